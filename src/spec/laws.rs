//! Laws as people write them: a value, quantiles, or a law by name.

use super::reader::{Node, Reader, Value, number};
use crate::stats::Distribution;

/// What a parameter of a law is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In the unit of the law: a number or a duration.
    Leaf,
    /// A number without a unit.
    Pure,
    /// A whole number of 1 or more.
    Whole,
    /// A list of values in the unit of the law.
    Leaves,
    /// A list of numbers without a unit.
    Pures,
    /// A list of laws.
    Laws,
}

/// Every law by name, with its parameters.
const LAWS: &[(&str, &[(&str, Kind)])] = &[
    ("constant", &[("value", Kind::Leaf)]),
    ("uniform", &[("low", Kind::Leaf), ("high", Kind::Leaf)]),
    ("triangular", &[("low", Kind::Leaf), ("mode", Kind::Leaf), ("high", Kind::Leaf)]),
    ("normal", &[("mean", Kind::Leaf), ("sd", Kind::Leaf)]),
    ("lognormal", &[("median", Kind::Leaf), ("sigma", Kind::Pure)]),
    ("exponential", &[("mean", Kind::Leaf)]),
    ("weibull", &[("shape", Kind::Pure), ("scale", Kind::Leaf)]),
    ("gamma", &[("shape", Kind::Pure), ("scale", Kind::Leaf)]),
    ("erlang", &[("phases", Kind::Whole), ("mean", Kind::Leaf)]),
    ("hyperexponential", &[("weights", Kind::Pures), ("means", Kind::Leaves)]),
    ("empirical", &[("values", Kind::Leaves)]),
    ("minimum", &[("laws", Kind::Laws)]),
];

/// Laws may stand within laws so deep; a cause of a cause needs no more.
const DEEPEST: usize = 3;
/// Weights are written with some digits only: a sum this near to 1 is taken as 1.
const WRITTEN: f64 = 1e-5;

/// How the values of a law are read.
pub(super) struct Leaf<'r, 'a> {
    /// What a value is, in words.
    pub expected: &'r str,
    pub read: &'r dyn Fn(&Value<'a>) -> Option<f64>,
}

impl<'a> Reader<'a> {
    /// A law: one value, `{ law = … }` or quantiles, whose parameters make a law.
    pub(super) fn law_of(&self, path: &str, value: &'a Value<'a>, leaf: &Leaf<'_, 'a>) -> Option<Distribution> {
        LawParts { reader: self, leaf }.law(path, value, 0)
    }
}

/// The pieces of a law being read.
struct LawParts<'r, 'a> {
    reader: &'r Reader<'a>,
    leaf: &'r Leaf<'r, 'a>,
}

impl<'a> LawParts<'_, 'a> {
    fn law(&self, path: &str, value: &'a Value<'a>, depth: usize) -> Option<Distribution> {
        if let Some(constant) = (self.leaf.read)(value) {
            return Some(Distribution::constant(constant));
        }
        let Some(table) = value.get_ref().as_table() else {
            let expected = format!("{}, {{ law = … }} or {{ p5 = …, p50 = …, p95 = … }}", self.leaf.expected);
            self.reader.wrong_type(path, value, &expected);
            return None;
        };
        let node = Node { name: path.to_owned(), span: value.span(), table };
        let law = if node.get("law").is_some() { self.named(&node, depth) } else { self.quantiles(&node) }?;
        match law.check() {
            Ok(()) => Some(law),
            Err(invalid) => {
                let slug = if invalid.parameter == "quantiles" { "spec/quantiles-out-of-order" } else { "spec/invalid-law" };
                self.reader.problem(slug, &value.span(), format!("`{path}`: {invalid}"), None);
                None
            }
        }
    }

    fn quantiles(&self, node: &Node<'a>) -> Option<Distribution> {
        let mut points = Vec::new();
        for (key, value) in node.table {
            let percent = key.get_ref().strip_prefix('p').and_then(|p| p.replace('_', ".").parse::<f64>().ok());
            match (percent, (self.leaf.read)(value)) {
                (Some(percent), Some(x)) => points.push((percent / 100.0, x)),
                (None, _) => {
                    let message = format!("`{}` of `{}` is neither `law` nor a quantile such as `p50`", key.get_ref(), node.name);
                    self.reader.problem("spec/unknown-key", &key.span(), message, None);
                    return None;
                }
                (_, None) => {
                    self.reader.wrong_type(&node.path(key.get_ref()), value, self.leaf.expected);
                    return None;
                }
            }
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(Distribution::Quantiles { points })
    }

    fn named(&self, node: &Node<'a>, depth: usize) -> Option<Distribution> {
        let name = self.reader.text(node, "law")?;
        let Some((_, parameters)) = LAWS.iter().find(|(law, _)| *law == name) else {
            let names: Vec<&str> = LAWS.iter().map(|(law, _)| *law).collect();
            self.reader.unknown_name(&node.span_of("law"), "law", name, &names);
            return None;
        };
        let names: Vec<&str> = parameters.iter().map(|(name, _)| *name).collect();
        let mut clean = true;
        for key in node.table.keys().filter(|key| *key.get_ref() != "law" && !names.contains(&key.get_ref().as_ref())) {
            let message = format!("`{}` is not a parameter of the {name} law; it has {}", key.get_ref(), names.join(", "));
            self.reader.problem("spec/unknown-key", &key.span(), message, None);
            clean = false;
        }
        // all are read, so that all that is wrong is told
        let scalars = parameters.iter().filter(|(_, kind)| matches!(kind, Kind::Leaf | Kind::Pure | Kind::Whole));
        let scalars: Vec<Option<f64>> = scalars.map(|(parameter, kind)| self.scalar(node, parameter, *kind)).collect();
        let lists = parameters.iter().filter(|(_, kind)| matches!(kind, Kind::Leaves | Kind::Pures));
        let lists: Vec<Option<Vec<f64>>> = lists.map(|(parameter, kind)| self.list(node, parameter, *kind)).collect();
        let laws =
            parameters.iter().find(|(_, kind)| *kind == Kind::Laws).map(|(parameter, _)| self.laws(node, parameter, depth));
        let v: Vec<f64> = scalars.into_iter().collect::<Option<_>>()?;
        let lists: Vec<Vec<f64>> = lists.into_iter().collect::<Option<_>>()?;
        if !clean {
            return None;
        }
        Some(match name {
            "constant" => Distribution::Constant { value: v[0] },
            "uniform" => Distribution::Uniform { low: v[0], high: v[1] },
            "triangular" => Distribution::Triangular { low: v[0], mode: v[1], high: v[2] },
            "normal" => Distribution::Normal { mean: v[0], sd: v[1] },
            "lognormal" => Distribution::Lognormal { median: v[0], sigma: v[1] },
            "exponential" => Distribution::Exponential { mean: v[0] },
            "weibull" => Distribution::Weibull { shape: v[0], scale: v[1] },
            "gamma" => Distribution::Gamma { shape: v[0], scale: v[1] },
            "erlang" => Distribution::Gamma { shape: v[0], scale: v[1] / v[0] },
            "hyperexponential" => self.mixture(node, &lists[0], &lists[1])?,
            "empirical" => {
                let mut values = lists.into_iter().next()?;
                values.sort_by(f64::total_cmp);
                Distribution::Empirical { values }
            }
            _ => Distribution::Minimum { laws: laws?? },
        })
    }

    /// A parameter that must be there.
    fn parameter(&self, node: &Node<'a>, parameter: &str) -> Option<&'a Value<'a>> {
        let found = node.get(parameter);
        if found.is_none() {
            let message = format!("`{}` has no `{parameter}`", node.name);
            self.reader.problem("spec/missing-key", &node.span_of("law"), message, None);
        }
        found
    }

    fn scalar(&self, node: &Node<'a>, parameter: &str, kind: Kind) -> Option<f64> {
        let value = self.parameter(node, parameter)?;
        if kind == Kind::Whole {
            return self.reader.whole(node, parameter, 1).map(f64::from);
        }
        self.value(&node.path(parameter), value, kind)
    }

    fn value(&self, path: &str, value: &Value<'a>, kind: Kind) -> Option<f64> {
        let pure = matches!(kind, Kind::Pure | Kind::Pures);
        let found = if pure { number(value) } else { (self.leaf.read)(value) };
        if found.is_none() {
            self.reader.wrong_type(path, value, if pure { "a number" } else { self.leaf.expected });
        }
        found
    }

    /// The items of a list that is not empty, each with its path.
    fn items(&self, node: &Node<'a>, parameter: &str, of: &str) -> Option<Vec<(String, &'a Value<'a>)>> {
        let value = self.parameter(node, parameter)?;
        let path = node.path(parameter);
        let Some(array) = value.get_ref().as_array() else {
            self.reader.wrong_type(&path, value, &format!("a list of {of}"));
            return None;
        };
        if array.is_empty() {
            let message = format!("`{path}` is an empty list, expected one of {of} or more");
            self.reader.problem("spec/out-of-range", &value.span(), message, None);
            return None;
        }
        Some(array.iter().enumerate().map(|(i, item)| (format!("{path}[{}]", i + 1), item)).collect())
    }

    fn list(&self, node: &Node<'a>, parameter: &str, kind: Kind) -> Option<Vec<f64>> {
        let items = self.items(node, parameter, if kind == Kind::Pures { "numbers" } else { "values" })?;
        let values: Vec<Option<f64>> = items.iter().map(|(path, item)| self.value(path, item, kind)).collect();
        values.into_iter().collect()
    }

    fn laws(&self, node: &Node<'a>, parameter: &str, depth: usize) -> Option<Vec<Distribution>> {
        let items = self.items(node, parameter, "laws")?;
        if depth >= DEEPEST {
            let message = format!("`{}` holds laws within laws more than {DEEPEST} deep", node.path(parameter));
            let help = "the least of several leasts is the least of them all: write their laws in one list".to_owned();
            self.reader.problem("spec/law-too-deep", &node.span_of(parameter), message, Some(help));
            return None;
        }
        let laws: Vec<Option<Distribution>> = items.iter().map(|(path, item)| self.law(path, item, depth + 1)).collect();
        laws.into_iter().collect()
    }

    /// Exponentials by weight. Weights are told one by one where they are no shares, and all together where they do not add up.
    fn mixture(&self, node: &Node<'a>, weights: &[f64], means: &[f64]) -> Option<Distribution> {
        let refuse = |place: &Value<'a>, message: String| {
            let help = "a weight above 0 for each branch, 1 together, and as many means, each above 0".to_owned();
            self.reader.problem("spec/invalid-law", &place.span(), message, Some(help));
        };
        let mut clean = true;
        for (parameter, values) in [("weights", weights), ("means", means)] {
            let items = self.items(node, parameter, "values")?;
            for ((path, item), value) in items.iter().zip(values).filter(|(_, value)| **value <= 0.0) {
                refuse(item, format!("`{path}` is {value}, expected a number above 0"));
                clean = false;
            }
        }
        let (weighed, sum) = (node.get("weights")?, weights.iter().sum::<f64>());
        let path = node.path("weights");
        if weights.len() != means.len() {
            refuse(weighed, format!("`{path}` has {} items and `means` has {}, expected as many", weights.len(), means.len()));
            return None;
        }
        if clean && (sum - 1.0).abs() > WRITTEN {
            refuse(weighed, format!("`{path}` sums to {sum}, expected 1"));
            return None;
        }
        let branches = weights.iter().map(|weight| weight / sum).zip(means.iter().copied()).collect();
        clean.then_some(Distribution::Hyperexponential { branches })
    }
}

/// The JSON Schema of a law, to stand under the name `here` of the definitions; `leaf` is that of one value.
pub(super) fn law_schema(leaf: &serde_json::Value, here: &str) -> serde_json::Value {
    let list = |of: serde_json::Value| serde_json::json!({"type": "array", "minItems": 1, "items": of});
    let number = || serde_json::json!({"type": "number"});
    let of_kind = |kind: Kind| match kind {
        Kind::Leaf => leaf.clone(),
        Kind::Pure => number(),
        Kind::Whole => serde_json::json!({"type": "integer", "minimum": 1}),
        Kind::Leaves => list(leaf.clone()),
        Kind::Pures => list(number()),
        Kind::Laws => list(serde_json::json!({"$ref": format!("#/$defs/{here}")})),
    };
    let laws = LAWS.iter().map(|(name, parameters)| {
        let mut properties = serde_json::Map::new();
        properties.insert("law".to_owned(), serde_json::json!({"const": name}));
        properties.extend(parameters.iter().map(|(parameter, kind)| ((*parameter).to_owned(), of_kind(*kind))));
        let required: Vec<&str> = ["law"].into_iter().chain(parameters.iter().map(|(parameter, _)| *parameter)).collect();
        serde_json::json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
    });
    let quantiles = serde_json::json!({
        "type": "object", "patternProperties": {"^p[0-9]+(_[0-9]+)?$": leaf}, "minProperties": 2, "additionalProperties": false,
    });
    let forms: Vec<serde_json::Value> = [leaf.clone(), quantiles].into_iter().chain(laws).collect();
    serde_json::json!({"anyOf": forms})
}

/// The laws by name with their parameters, for the reference.
pub(super) fn law_table() -> String {
    let mut table = String::from("| law | parameters |\n|---|---|\n");
    for (name, parameters) in LAWS {
        let each = parameters.iter().map(|(parameter, kind)| {
            let what = match kind {
                Kind::Leaf => "",
                Kind::Pure => " (number)",
                Kind::Whole => " (whole number)",
                Kind::Leaves => " (list)",
                Kind::Pures => " (list of numbers)",
                Kind::Laws => " (list of laws)",
            };
            format!("`{parameter}`{what}")
        });
        table.push_str(&format!("| `{name}` | {} |\n", each.collect::<Vec<_>>().join(", ")));
    }
    table
}
