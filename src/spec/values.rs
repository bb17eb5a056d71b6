//! Durations, amounts and laws as people write them.

use super::reader::{Node, Reader, Value, number};
use crate::stats::Distribution;
use crate::units::{Scale, Unit};

/// Written time units, in hours.
const HOURS: &[(&[&str], f64)] = &[
    (&["ms"], 1.0 / 3_600_000.0),
    (&["s", "second", "seconds"], 1.0 / 3_600.0),
    (&["min", "minute", "minutes"], 1.0 / 60.0),
    (&["h", "hour", "hours"], 1.0),
    (&["d", "day", "days"], 24.0),
    (&["w", "week", "weeks"], 168.0),
    (&["month", "months"], crate::time::MONTH_HOURS),
    (&["y", "year", "years"], 8_766.0),
];

const DURATION: &str = "a duration such as \"90 min\", \"12 h\", \"30 d\", \"6 months\" or \"2 y\"";

/// A number and the word after it.
fn number_and_word(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-._eE".contains(c))).unwrap_or(text.len());
    // "3e" of "3 eggs" is no number: give letters back until it parses.
    let number = text[..end].trim_end_matches(|c: char| "eE".contains(c));
    let value = number.replace('_', "").parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some((value, text[number.len()..].trim()))
}

fn hours(text: &str) -> Option<f64> {
    let (value, word) = number_and_word(text)?;
    HOURS.iter().find(|(words, _)| words.contains(&word)).map(|(_, hours)| value * hours)
}

impl<'a> Reader<'a> {
    /// A duration above zero, in hours.
    pub fn duration(&self, node: &Node<'a>, key: &str) -> Option<f64> {
        let value = node.get(key)?;
        let Some(found) = value.get_ref().as_str().and_then(hours) else {
            self.wrong_type(&node.path(key), value, DURATION);
            return None;
        };
        if found > 0.0 {
            return Some(found);
        }
        self.out_of_range(node, key, value.get_ref().as_str().unwrap_or(""), "more than nothing");
        None
    }

    /// An amount in the base unit: a number, or text with a unit that fits.
    pub fn amount(&self, name: &str, value: &'a Value<'a>, unit: &Unit) -> Option<f64> {
        if let Some(number) = number(value) {
            return self.not_negative(name, value, number);
        }
        let Some((amount, word)) = value.get_ref().as_str().and_then(number_and_word) else {
            self.wrong_type(name, value, &format!("an amount such as \"16 {unit}\""));
            return None;
        };
        let scale = Scale::of(word);
        if scale.unit != *unit {
            let message = format!("`{name}` is in {word}, expected {unit} or a multiple of it");
            self.problem("spec/unit-mismatch", &value.span(), message, None);
            return None;
        }
        self.not_negative(name, value, amount * scale.factor)
    }

    fn not_negative(&self, name: &str, value: &Value<'a>, number: f64) -> Option<f64> {
        if number >= 0.0 {
            return Some(number);
        }
        self.problem("spec/negative-capacity", &value.span(), format!("`{name}` is {number}, expected 0 or more"), None);
        None
    }

    /// A law of plain numbers.
    pub fn law(&self, node: &Node<'a>, key: &str) -> Option<Distribution> {
        self.law_in(node, key, "a number", &|value| number(value))
    }

    /// A law of durations, in units of `unit_hours`.
    pub fn duration_law(&self, node: &Node<'a>, key: &str, unit_hours: f64) -> Option<Distribution> {
        let read = |value: &Value<'a>| value.get_ref().as_str().and_then(hours).map(|hours| hours / unit_hours);
        let law = self.law_in(node, key, DURATION, &read)?;
        if law.quantile(1e-9) < 0.0 && !matches!(law, Distribution::Normal { .. }) {
            self.out_of_range(node, key, &law.to_string(), "a law of durations, none below zero");
            return None;
        }
        Some(law)
    }

    fn law_in(
        &self,
        node: &Node<'a>,
        key: &str,
        expected: &str,
        read: &dyn Fn(&Value<'a>) -> Option<f64>,
    ) -> Option<Distribution> {
        let value = node.get(key)?;
        if let Some(constant) = read(value) {
            return Some(Distribution::constant(constant));
        }
        let path = node.path(key);
        if value.get_ref().as_table().is_none() {
            self.wrong_type(&path, value, &format!("{expected}, {{ law = … }} or {{ p5 = …, p50 = …, p95 = … }}"));
            return None;
        }
        let parts = LawParts { reader: self, path: &path, value, expected, read };
        let law = parts.law()?;
        match law.check() {
            Ok(()) => Some(law),
            Err(invalid) => {
                let slug = if invalid.parameter == "quantiles" { "spec/quantiles-out-of-order" } else { "spec/invalid-law" };
                self.problem(slug, &value.span(), format!("`{path}`: {invalid}"), None);
                None
            }
        }
    }
}

/// The pieces of a law being read.
struct LawParts<'r, 'a> {
    reader: &'r Reader<'a>,
    path: &'r str,
    value: &'a Value<'a>,
    expected: &'r str,
    read: &'r dyn Fn(&Value<'a>) -> Option<f64>,
}

const LAWS: &[(&str, &[&str])] = &[
    ("constant", &["value"]),
    ("uniform", &["low", "high"]),
    ("triangular", &["low", "mode", "high"]),
    ("normal", &["mean", "sd"]),
    ("lognormal", &["median", "sigma"]),
    ("exponential", &["mean"]),
    ("weibull", &["shape", "scale"]),
    ("gamma", &["shape", "scale"]),
];

/// Parameters without a unit.
const PURE: &[&str] = &["shape", "sigma"];

impl<'a> LawParts<'_, 'a> {
    fn law(&self) -> Option<Distribution> {
        let table = self.value.get_ref().as_table()?;
        let node = Node { name: self.path.to_owned(), span: self.value.span(), table };
        if node.get("law").is_some() {
            return self.named_law(&node);
        }
        let mut points = Vec::new();
        for (key, value) in table {
            let percent = key.get_ref().strip_prefix('p').and_then(|p| p.replace('_', ".").parse::<f64>().ok());
            match (percent, (self.read)(value)) {
                (Some(percent), Some(x)) => points.push((percent / 100.0, x)),
                (None, _) => {
                    let message = format!("`{}` of `{}` is neither `law` nor a quantile such as `p50`", key.get_ref(), self.path);
                    self.reader.problem("spec/unknown-key", &key.span(), message, None);
                    return None;
                }
                (_, None) => {
                    self.reader.wrong_type(&node.path(key.get_ref()), value, self.expected);
                    return None;
                }
            }
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(Distribution::Quantiles { points, low: None, high: None })
    }

    fn named_law(&self, node: &Node<'a>) -> Option<Distribution> {
        let name = self.reader.text(node, "law")?;
        let Some((_, parameters)) = LAWS.iter().find(|(law, _)| *law == name) else {
            let names: Vec<&str> = LAWS.iter().map(|(law, _)| *law).collect();
            self.reader.unknown_name(&node.span_of("law"), "law", name, &names);
            return None;
        };
        let keys: Vec<&str> = ["law"].iter().chain(*parameters).copied().collect();
        let mut clean = true;
        for key in node.table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let message = format!("`{}` is not a parameter of the {name} law; it has {}", key.get_ref(), parameters.join(", "));
            self.reader.problem("spec/unknown-key", &key.span(), message, None);
            clean = false;
        }
        let values: Vec<Option<f64>> = parameters.iter().map(|parameter| self.parameter(node, parameter)).collect();
        let values: Option<Vec<f64>> = values.into_iter().collect();
        let v = values.filter(|_| clean)?;
        Some(match name {
            "constant" => Distribution::Constant { value: v[0] },
            "uniform" => Distribution::Uniform { low: v[0], high: v[1] },
            "triangular" => Distribution::Triangular { low: v[0], mode: v[1], high: v[2] },
            "normal" => Distribution::Normal { mean: v[0], sd: v[1] },
            "lognormal" => Distribution::Lognormal { median: v[0], sigma: v[1] },
            "exponential" => Distribution::Exponential { mean: v[0] },
            "weibull" => Distribution::Weibull { shape: v[0], scale: v[1] },
            _ => Distribution::Gamma { shape: v[0], scale: v[1] },
        })
    }

    fn parameter(&self, node: &Node<'a>, parameter: &str) -> Option<f64> {
        let Some(value) = node.get(parameter) else {
            let message = format!("`{}` has no `{parameter}`", self.path);
            self.reader.problem("spec/missing-key", &node.span_of("law"), message, None);
            return None;
        };
        let found = if PURE.contains(&parameter) { number(value) } else { (self.read)(value) };
        if found.is_none() {
            let expected = if PURE.contains(&parameter) { "a number" } else { self.expected };
            self.reader.wrong_type(&node.path(parameter), value, expected);
        }
        found
    }
}

/// The JSON Schema of a law.
pub(super) fn law_schema(leaf: &serde_json::Value) -> serde_json::Value {
    let laws = LAWS.iter().map(|(name, parameters)| {
        let mut properties = serde_json::Map::new();
        properties.insert("law".to_owned(), serde_json::json!({"const": name}));
        for parameter in *parameters {
            let kind = if PURE.contains(parameter) { serde_json::json!({"type": "number"}) } else { leaf.clone() };
            properties.insert((*parameter).to_owned(), kind);
        }
        let required: Vec<&str> = ["law"].iter().chain(*parameters).copied().collect();
        serde_json::json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
    });
    let quantiles = serde_json::json!({
        "type": "object", "patternProperties": {"^p[0-9]+(_[0-9]+)?$": leaf}, "minProperties": 2, "additionalProperties": false,
    });
    let forms: Vec<serde_json::Value> = [leaf.clone(), quantiles].into_iter().chain(laws).collect();
    serde_json::json!({"anyOf": forms})
}
