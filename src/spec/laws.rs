//! Laws as people write them: by name, by quantiles, as a mixture, by values or samples.

use serde_json::json;

use super::reader::{Node, Reader, Value, number};
use super::values::{DURATION, amount_in, hours};
use crate::stats::{Distribution, Invalid};
use crate::units::Unit;

/// What the numbers of a law are.
#[derive(Clone, Copy)]
pub(super) enum Leaf<'u> {
    Plain,
    /// In units of so many hours.
    Duration(f64),
    /// In a base unit.
    Amount(&'u Unit),
}

impl Leaf<'_> {
    fn expected(self) -> String {
        match self {
            Self::Plain => "a number".to_owned(),
            Self::Duration(_) => DURATION.to_owned(),
            Self::Amount(unit) => format!("an amount such as \"16 {unit}\""),
        }
    }

    fn read(self, value: &Value<'_>) -> Option<f64> {
        match self {
            Self::Plain => number(value),
            Self::Duration(unit) => value.get_ref().as_str().and_then(hours).map(|hours| hours / unit),
            Self::Amount(unit) => number(value).or_else(|| value.get_ref().as_str().and_then(|text| amount_in(text, unit))),
        }
    }

    /// A line of a file of samples.
    fn read_line(self, text: &str) -> Option<f64> {
        let plain = || text.parse::<f64>().ok().filter(|number| number.is_finite());
        match self {
            Self::Plain => plain(),
            Self::Duration(unit) => hours(text).map(|hours| hours / unit),
            Self::Amount(unit) => plain().or_else(|| amount_in(text, unit)),
        }
    }
}

/// The named laws with their parameters; one name may be said in several ways, the usual one first.
const LAWS: &[(&str, &[&str])] = &[
    ("constant", &["value"]),
    ("uniform", &["low", "high"]),
    ("triangular", &["low", "mode", "high"]),
    ("pert", &["low", "mode", "high"]),
    ("beta", &["alpha", "beta", "low", "high"]),
    ("normal", &["mean", "sd"]),
    ("lognormal", &["median", "sigma"]),
    ("lognormal", &["mean", "sd"]),
    ("lognormal", &["median", "p90"]),
    ("exponential", &["mean"]),
    ("weibull", &["shape", "scale"]),
    ("gamma", &["shape", "scale"]),
    ("discrete", &["values", "weights"]),
    ("samples", &["values"]),
    ("samples", &["file"]),
    ("mixture", &["of", "weights"]),
];

/// Parameters without a unit.
const PURE: &[&str] = &["shape", "sigma", "alpha", "beta"];

fn law_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = LAWS.iter().map(|(law, _)| *law).collect();
    names.dedup();
    names
}

impl<'a> Reader<'a> {
    /// A law of plain numbers.
    pub fn law(&self, node: &Node<'a>, key: &str) -> Option<Distribution> {
        self.law_at(&node.path(key), node.get(key)?, Leaf::Plain)
    }

    /// A law of durations, in units of `unit_hours`.
    pub fn duration_law(&self, node: &Node<'a>, key: &str, unit_hours: f64) -> Option<Distribution> {
        let law = self.law_at(&node.path(key), node.get(key)?, Leaf::Duration(unit_hours))?;
        if law.least() < 0.0 && law.cdf(0.0) > 1e-9 && !matches!(law, Distribution::Normal { .. }) {
            self.out_of_range(node, key, &law.to_string(), "a law of durations, none below zero");
            return None;
        }
        Some(law)
    }

    /// A number, or a law of it, at a place.
    pub(super) fn law_at(&self, path: &str, value: &'a Value<'a>, leaf: Leaf<'_>) -> Option<Distribution> {
        if let Some(constant) = leaf.read(value) {
            return Some(Distribution::constant(constant));
        }
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(path, value, &format!("{}, {{ law = … }} or {{ p5 = …, p50 = …, p95 = … }}", leaf.expected()));
            return None;
        };
        let node = Node { name: path.to_owned(), span: value.span(), table };
        let parts = LawParts { reader: self, node: &node, leaf };
        let law = if node.get("law").is_some() { parts.named() } else { parts.by_quantiles() }?;
        law.check().map_err(|invalid| parts.refuse(&invalid)).ok()?;
        Some(law)
    }
}

/// Whether a table is a law, where it could be another table too.
pub(super) fn is_law(value: &Value<'_>) -> bool {
    let keys = value.get_ref().as_table().into_iter().flat_map(|table| table.keys());
    keys.into_iter().any(|key| key.get_ref() == "law" || percent(key.get_ref()).is_some())
}

/// 0.005 of `p0_5`.
fn percent(key: &str) -> Option<f64> {
    let digits = key.strip_prefix('p').filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))?;
    digits.replace('_', ".").parse::<f64>().ok().map(|percent| percent / 100.0)
}

/// The pieces of a law being read.
struct LawParts<'r, 'a> {
    reader: &'r Reader<'a>,
    node: &'r Node<'a>,
    leaf: Leaf<'r>,
}

impl<'a> LawParts<'_, 'a> {
    fn refuse(&self, invalid: &Invalid) {
        let slug = if invalid.parameter == "quantiles" { "spec/quantiles-out-of-order" } else { "spec/invalid-law" };
        self.reader.problem(slug, &self.node.span, format!("`{}`: {invalid}", self.node.name), None);
    }

    fn number(&self, key: &str, value: &'a Value<'a>, leaf: Leaf<'_>) -> Option<f64> {
        let found = leaf.read(value);
        if found.is_none() {
            self.reader.wrong_type(&self.node.path(key), value, &leaf.expected());
        }
        found
    }

    fn by_quantiles(&self) -> Option<Distribution> {
        let (mut points, mut low, mut high) = (Vec::new(), None, None);
        for (key, value) in self.node.table {
            let name = key.get_ref();
            match (percent(name), name.as_ref()) {
                (Some(p), _) => points.push((p, self.number(name, value, self.leaf)?)),
                (None, "low") => low = Some(self.number(name, value, self.leaf)?),
                (None, "high") => high = Some(self.number(name, value, self.leaf)?),
                _ => {
                    let message =
                        format!("`{name}` of `{}` is neither `law` nor a quantile such as `p50` nor a bound", self.node.name);
                    let help = Some("accepted here: p1 to p99 (p0_5 is 0.5 %), low, high".to_owned());
                    self.reader.problem("spec/unknown-key", &key.span(), message, help);
                    return None;
                }
            }
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(Distribution::Quantiles { points, low, high })
    }

    fn named(&self) -> Option<Distribution> {
        let name = self.reader.text(self.node, "law")?;
        let ways: Vec<&[&str]> = LAWS.iter().filter(|(law, _)| *law == name).map(|(_, parameters)| *parameters).collect();
        let Some(usual) = ways.first() else {
            self.reader.unknown_name(&self.node.span_of("law"), "law", name, &law_names());
            return None;
        };
        let whole = |way: &&&[&str]| way.iter().all(|parameter| self.node.get(parameter).is_some());
        let parameters = ways.iter().find(whole).unwrap_or(usual);
        let mut clean = true;
        for key in self.node.table.keys().filter(|key| key.get_ref() != "law" && !parameters.contains(&key.get_ref().as_ref())) {
            let accepted: Vec<String> = ways.iter().map(|way| way.join(", ")).collect();
            let message = format!("`{}` is not a parameter of the {name} law; it has {}", key.get_ref(), accepted.join("; or "));
            self.reader.problem("spec/unknown-key", &key.span(), message, None);
            clean = false;
        }
        for parameter in parameters.iter().filter(|parameter| self.node.get(parameter).is_none()) {
            let message = format!("`{}` has no `{parameter}`", self.node.name);
            self.reader.problem("spec/missing-key", &self.node.span_of("law"), message, None);
            clean = false;
        }
        if !clean {
            return None;
        }
        match name {
            "discrete" => self.discrete(),
            "samples" => self.samples(),
            "mixture" => self.mixture(),
            _ => self.parametric(name, parameters),
        }
    }

    fn parametric(&self, name: &str, parameters: &[&str]) -> Option<Distribution> {
        let value = |parameter: &&str| {
            let leaf = if PURE.contains(parameter) { Leaf::Plain } else { self.leaf };
            self.number(parameter, self.node.get(parameter)?, leaf)
        };
        let values: Vec<Option<f64>> = parameters.iter().map(value).collect();
        let v = values.into_iter().collect::<Option<Vec<f64>>>()?;
        let law = match (name, parameters[parameters.len() - 1]) {
            ("constant", _) => Ok(Distribution::Constant { value: v[0] }),
            ("uniform", _) => Ok(Distribution::Uniform { low: v[0], high: v[1] }),
            ("triangular", _) => Ok(Distribution::Triangular { low: v[0], mode: v[1], high: v[2] }),
            ("pert", _) => Distribution::pert(v[0], v[1], v[2]),
            ("beta", _) => Ok(Distribution::Beta { alpha: v[0], beta: v[1], low: v[2], high: v[3] }),
            ("normal", _) => Ok(Distribution::Normal { mean: v[0], sd: v[1] }),
            ("lognormal", "sd") => Distribution::lognormal_of_mean(v[0], v[1]),
            ("lognormal", "p90") => Distribution::lognormal_of_p90(v[0], v[1]),
            ("lognormal", _) => Ok(Distribution::Lognormal { median: v[0], sigma: v[1] }),
            ("exponential", _) => Ok(Distribution::Exponential { mean: v[0] }),
            ("weibull", _) => Ok(Distribution::Weibull { shape: v[0], scale: v[1] }),
            _ => Ok(Distribution::Gamma { shape: v[0], scale: v[1] }),
        };
        law.map_err(|invalid| self.refuse(&invalid)).ok()
    }

    /// The items of a list.
    fn list(&self, key: &str) -> Option<Vec<&'a Value<'a>>> {
        let value = self.node.get(key)?;
        let items = value.get_ref().as_array().map(|array| array.iter().collect());
        if items.is_none() {
            self.reader.wrong_type(&self.node.path(key), value, "a list");
        }
        items
    }

    fn numbers(&self, key: &str, leaf: Leaf<'_>) -> Option<Vec<f64>> {
        self.list(key)?.into_iter().map(|value| self.number(key, value, leaf)).collect()
    }

    /// As many weights as there are parts.
    fn weights(&self, parts: usize) -> Option<Vec<f64>> {
        let weights = self.numbers("weights", Leaf::Plain)?;
        if weights.len() == parts {
            return Some(weights);
        }
        self.reader.out_of_range(self.node, "weights", &format!("a list of {}", weights.len()), &format!("one of {parts}"));
        None
    }

    fn discrete(&self) -> Option<Distribution> {
        let values = self.numbers("values", self.leaf)?;
        let mut points: Vec<(f64, f64)> = values.iter().copied().zip(self.weights(values.len())?).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(Distribution::Discrete { points })
    }

    fn mixture(&self) -> Option<Distribution> {
        let items = self.list("of")?;
        let weights = self.weights(items.len())?;
        let path = self.node.path("of");
        let laws =
            items.into_iter().enumerate().map(|(i, item)| self.reader.law_at(&format!("{path}[{}]", i + 1), item, self.leaf));
        Some(Distribution::Mixture { parts: weights.into_iter().zip(laws.collect::<Option<Vec<_>>>()?).collect() })
    }

    fn samples(&self) -> Option<Distribution> {
        let mut values = match self.node.get("file") {
            Some(_) => self.samples_of(self.reader.text(self.node, "file")?)?,
            None => self.numbers("values", self.leaf)?,
        };
        values.sort_by(f64::total_cmp);
        Some(Distribution::Empirical { values })
    }

    /// One sample a line; empty lines and what follows `#` are passed over.
    #[expect(clippy::disallowed_methods, reason = "samples that a model file names are read with it")]
    fn samples_of(&self, file: &str) -> Option<Vec<f64>> {
        let path = self.reader.path.parent().map_or_else(|| file.into(), |folder| folder.join(file));
        let span = self.node.span_of("file");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                self.reader.problem("spec/missing-file", &span, format!("`{}` cannot be read: {error}", path.display()), None);
                return None;
            }
        };
        self.reader.reads(path);
        let mut values = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let Some(value) = self.leaf.read_line(line) else {
                let message = format!("line {} of `{file}` is `{line}`, expected {}", index + 1, self.leaf.expected());
                self.reader.problem("spec/wrong-type", &span, message, Some("one sample a line".to_owned()));
                return None;
            };
            values.push(value);
        }
        Some(values)
    }
}

/// The JSON Schema of a law.
pub(super) fn law_schema(leaf: &serde_json::Value) -> serde_json::Value {
    let list = |of: &serde_json::Value| json!({"type": "array", "items": of, "minItems": 1});
    let number = json!({"type": "number"});
    let laws = LAWS.iter().map(|(name, parameters)| {
        let mut properties = serde_json::Map::new();
        properties.insert("law".to_owned(), json!({"const": name}));
        for parameter in *parameters {
            let kind = match *parameter {
                "values" => list(leaf),
                "weights" => list(&number),
                "of" => list(&json!({"type": ["object", "number", "string"]})),
                "file" => json!({"type": "string"}),
                pure if PURE.contains(&pure) => number.clone(),
                _ => leaf.clone(),
            };
            properties.insert((*parameter).to_owned(), kind);
        }
        let required: Vec<&str> = ["law"].iter().chain(*parameters).copied().collect();
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
    });
    let quantiles = json!({
        "type": "object", "properties": {"low": leaf, "high": leaf}, "patternProperties": {"^p[0-9]+(_[0-9]+)?$": leaf},
        "minProperties": 2, "additionalProperties": false,
    });
    let forms: Vec<serde_json::Value> = [leaf.clone(), quantiles].into_iter().chain(laws).collect();
    json!({"anyOf": forms})
}
