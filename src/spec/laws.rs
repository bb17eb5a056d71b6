//! Laws as people write them: a value, quantiles, or a law by name.

use serde_json::json;
use toml::de::DeValue;

use super::reader::{Node, Reader, Value, number};
use super::values::{DURATION, amount_in, hours};
use crate::model::{Form, LawOf, Place, UncertainNumber};
use crate::stats::{Distribution, Family, Invalid};
use crate::time::Day;
use crate::units::Unit;

/// What the values of a law are.
#[derive(Clone, Copy)]
pub(super) enum Leaf<'u> {
    Plain,
    /// In units of so many hours.
    Duration(f64),
    /// In a base unit.
    Amount(&'u Unit),
    /// Dates, as days after this one.
    Date(Day),
}

impl Leaf<'_> {
    fn expected(self) -> String {
        match self {
            Self::Plain => "a number".to_owned(),
            Self::Duration(_) => DURATION.to_owned(),
            Self::Amount(unit) => format!("an amount such as \"16 {unit}\""),
            Self::Date(_) => "a date such as 2026-10-31".to_owned(),
        }
    }

    fn read(self, value: &Value<'_>) -> Option<f64> {
        match self {
            Self::Plain => number(value),
            Self::Duration(unit) => value.get_ref().as_str().and_then(hours).map(|hours| hours / unit),
            Self::Amount(unit) => number(value).or_else(|| value.get_ref().as_str().and_then(|text| amount_in(text, unit))),
            Self::Date(from) => date(value).map(|day| f64::from(day.since(from))),
        }
    }

    /// A line of a file of samples.
    fn read_line(self, text: &str) -> Option<f64> {
        let plain = || text.parse::<f64>().ok().filter(|number| number.is_finite());
        match self {
            Self::Plain => plain(),
            Self::Duration(unit) => hours(text).map(|hours| hours / unit),
            Self::Amount(unit) => plain().or_else(|| amount_in(text, unit)),
            Self::Date(from) => text.parse::<Day>().ok().map(|day| f64::from(day.since(from))),
        }
    }
}

/// What a parameter of a law is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In the unit of the law.
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
    /// A file with a value on each line.
    File,
}

type Parameters = &'static [(&'static str, Kind)];

/// Laws all of whose parameters in their unit are places, not lengths: those of dates.
const DATE_LAWS: &[&str] = &["constant", "uniform", "triangular", "pert", "discrete"];
/// Days from the epoch that are on no calendar.
const FARTHEST: f64 = 1e6;

/// Every law by name, with its parameters; one name may be said in several ways, the usual one first.
const LAWS: &[(&str, Parameters)] = &[
    ("constant", &[("value", Kind::Leaf)]),
    ("uniform", &[("low", Kind::Leaf), ("high", Kind::Leaf)]),
    ("triangular", &[("low", Kind::Leaf), ("mode", Kind::Leaf), ("high", Kind::Leaf)]),
    ("pert", &[("low", Kind::Leaf), ("mode", Kind::Leaf), ("high", Kind::Leaf)]),
    ("beta", &[("alpha", Kind::Pure), ("beta", Kind::Pure), ("low", Kind::Leaf), ("high", Kind::Leaf)]),
    ("normal", &[("mean", Kind::Leaf), ("sd", Kind::Leaf)]),
    ("lognormal", &[("median", Kind::Leaf), ("sigma", Kind::Pure)]),
    ("lognormal", &[("mean", Kind::Leaf), ("sd", Kind::Leaf)]),
    ("lognormal", &[("median", Kind::Leaf), ("p90", Kind::Leaf)]),
    ("exponential", &[("mean", Kind::Leaf)]),
    ("weibull", &[("shape", Kind::Pure), ("scale", Kind::Leaf)]),
    ("gamma", &[("shape", Kind::Pure), ("scale", Kind::Leaf)]),
    ("erlang", &[("phases", Kind::Whole), ("mean", Kind::Leaf)]),
    ("hyperexponential", &[("weights", Kind::Pures), ("means", Kind::Leaves)]),
    ("empirical", &[("values", Kind::Leaves)]),
    ("samples", &[("values", Kind::Leaves)]),
    ("samples", &[("file", Kind::File)]),
    ("discrete", &[("values", Kind::Leaves), ("weights", Kind::Pures)]),
    ("mixture", &[("of", Kind::Laws), ("weights", Kind::Pures)]),
    ("mixture", &[("laws", Kind::Laws), ("weights", Kind::Pures)]),
    ("minimum", &[("of", Kind::Laws)]),
    ("minimum", &[("laws", Kind::Laws)]),
];

/// Laws may stand within laws so deep; a cause of a cause needs no more.
const DEEPEST: usize = 3;
/// Weights are written with some digits only: a sum this near to 1 is taken as 1.
const WRITTEN: f64 = 1e-5;

fn names_of(way: Parameters) -> Vec<&'static str> {
    way.iter().map(|(parameter, _)| *parameter).collect()
}

/// The laws in order, each once with all the ways to say it.
fn by_name() -> Vec<(&'static str, Vec<Parameters>)> {
    let mut all: Vec<(&str, Vec<Parameters>)> = Vec::new();
    for (name, parameters) in LAWS {
        match all.last_mut() {
            Some((last, ways)) if last == name => ways.push(parameters),
            _ => all.push((name, vec![parameters])),
        }
    }
    all
}

/// The family of a law by name that is made of some numbers.
fn family(name: &str, way: Parameters) -> Option<Family> {
    Some(match (name, way[way.len() - 1].0) {
        ("constant", _) => Family::Constant,
        ("uniform", _) => Family::Uniform,
        ("triangular", _) => Family::Triangular,
        ("pert", _) => Family::Pert,
        ("beta", _) => Family::Beta,
        ("normal", _) => Family::Normal,
        ("lognormal", "sd") => Family::LognormalOfMean,
        ("lognormal", "p90") => Family::LognormalOfP90,
        ("lognormal", _) => Family::Lognormal,
        ("exponential", _) => Family::Exponential,
        ("weibull", _) => Family::Weibull,
        ("gamma", _) => Family::Gamma,
        ("erlang", _) => Family::Erlang,
        _ => return None,
    })
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

    /// A law of durations whose own numbers may be laws: those are noted as uncertain, by the path `name` and the parameter, and the
    /// mixture over them stands for the law.
    pub(super) fn open_duration_law(
        &self,
        node: &Node<'a>,
        key: &str,
        unit_hours: f64,
        name: &str,
        of: impl Fn() -> LawOf,
    ) -> Option<Distribution> {
        let value = node.get(key)?;
        let has_laws = |table: &toml::de::DeTable<'a>| {
            table.get("law").is_some() && table.iter().any(|(_, value)| value.get_ref().is_table())
        };
        let Some(table) = value.get_ref().as_table().filter(|table| has_laws(table)) else {
            return self.duration_law(node, key, unit_hours);
        };
        let inner = Node { name: node.path(key), span: value.span(), table };
        let reader = LawReader { reader: self, leaf: Leaf::Duration(unit_hours) };
        let (form, open) = reader.form(&inner)?;
        let laws: Vec<(usize, Distribution)> = open.iter().map(|(index, _, law)| (*index, law.clone())).collect();
        let mixture = form.mixture(&laws).map_err(|invalid| reader.refuse(&inner, &invalid)).ok()?;
        if mixture.least() < 0.0 && mixture.cdf(0.0) > 1e-9 {
            self.out_of_range(node, key, "a law that goes below zero", "a law of durations, none below zero");
            return None;
        }
        for (index, parameter, law) in open {
            let place = Place::Parameter { of: of(), form: form.clone(), index };
            self.is_uncertain(UncertainNumber { name: format!("{name}.{parameter}"), law, place });
        }
        Some(mixture)
    }

    /// A date, or a law of dates: a day in its middle, and days after that (negative: before).
    pub(super) fn date_law(&self, node: &Node<'a>, key: &str) -> Option<(Day, Distribution)> {
        let value = node.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            return self.date(node, key).map(|day| (day, Distribution::constant(0.0)));
        };
        if let Some(law) = table.get("law").and_then(|law| law.get_ref().as_str()).filter(|law| !DATE_LAWS.contains(law)) {
            let message = format!("`{}`: a {law} law is none of dates", node.path(key));
            let help = format!("accepted here: quantiles such as p10, p50, p90, or {}", DATE_LAWS.join(", "));
            self.problem("spec/invalid-law", &value.span(), message, Some(help));
            return None;
        }
        // days after the epoch are all above 0, which quantiles would take for a bound: told from the middle, they have none
        let middle = self.law_at(&node.path(key), value, Leaf::Date(Day(0)))?.quantile(0.5);
        let middle = Day(middle.round().clamp(-FARTHEST, FARTHEST) as i32);
        Some((middle, self.law_at(&node.path(key), value, Leaf::Date(middle))?))
    }

    /// A law at a place: one value, `{ law = … }` or quantiles, whose parameters make a law.
    pub(super) fn law_at(&self, path: &str, value: &'a Value<'a>, leaf: Leaf<'_>) -> Option<Distribution> {
        LawReader { reader: self, leaf }.law(path, value, 0)
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

/// The date that a value is.
pub(super) fn date(value: &Value<'_>) -> Option<Day> {
    match value.get_ref() {
        DeValue::Datetime(at) if at.time.is_none() => at.to_string().parse().ok(),
        DeValue::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// What reads laws of one kind of values.
struct LawReader<'r, 'a> {
    reader: &'r Reader<'a>,
    leaf: Leaf<'r>,
}

/// The parameters of a law by name, as read.
#[derive(Default)]
struct Given {
    /// In the order of the table.
    numbers: Vec<f64>,
    lists: Vec<Vec<f64>>,
    laws: Vec<Distribution>,
}

impl<'a> LawReader<'_, 'a> {
    fn law(&self, path: &str, value: &'a Value<'a>, depth: usize) -> Option<Distribution> {
        if let Some(constant) = self.leaf.read(value) {
            return Some(Distribution::constant(constant));
        }
        let Some(table) = value.get_ref().as_table() else {
            let expected = format!("{}, {{ law = … }} or {{ p5 = …, p50 = …, p95 = … }}", self.leaf.expected());
            self.reader.wrong_type(path, value, &expected);
            return None;
        };
        let node = Node { name: path.to_owned(), span: value.span(), table };
        let law = if node.get("law").is_some() { self.named(&node, depth) } else { self.quantiles(&node) }?;
        law.check().map_err(|invalid| self.refuse(&node, &invalid)).ok()?;
        Some(law)
    }

    fn refuse(&self, node: &Node<'a>, invalid: &Invalid) {
        let slug = if invalid.parameter == "quantiles" { "spec/quantiles-out-of-order" } else { "spec/invalid-law" };
        self.reader.problem(slug, &node.span, format!("`{}`: {invalid}", node.name), None);
    }

    fn quantiles(&self, node: &Node<'a>) -> Option<Distribution> {
        let (mut points, mut low, mut high) = (Vec::new(), None, None);
        for (key, value) in node.table {
            let name = key.get_ref();
            let read = || self.value(&node.path(name), value, Kind::Leaf);
            match (percent(name), name.as_ref()) {
                (Some(p), _) => points.push((p, read()?)),
                (None, "low") => low = Some(read()?),
                (None, "high") => high = Some(read()?),
                _ => {
                    let message =
                        format!("`{name}` of `{}` is neither `law` nor a quantile such as `p50` nor a bound", node.name);
                    let help = Some("accepted here: p1 to p99 (p0_5 is 0.5 %), low, high".to_owned());
                    self.reader.problem("spec/unknown-key", &key.span(), message, help);
                    return None;
                }
            }
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Some(Distribution::Quantiles { points, low, high })
    }

    fn named(&self, node: &Node<'a>, depth: usize) -> Option<Distribution> {
        let (name, way, clean) = self.way(node)?;
        let given = self.given(node, way, depth)?;
        if !clean {
            return None;
        }
        self.made(node, name, way, given)
    }

    /// The law's name, the way in which it is said, and whether it has no other parameters.
    fn way(&self, node: &Node<'a>) -> Option<(&'a str, Parameters, bool)> {
        let name = self.reader.text(node, "law")?;
        let laws = by_name();
        let Some((_, ways)) = laws.iter().find(|(law, _)| *law == name) else {
            let names: Vec<&str> = laws.iter().map(|(law, _)| *law).collect();
            self.reader.unknown_name(&node.span_of("law"), "law", name, &names);
            return None;
        };
        let whole = |way: &&Parameters| way.iter().all(|(parameter, _)| node.get(parameter).is_some());
        let way = *ways.iter().find(whole).unwrap_or(&ways[0]);
        let names = names_of(way);
        let mut clean = true;
        for key in node.table.keys().filter(|key| *key.get_ref() != "law" && !names.contains(&key.get_ref().as_ref())) {
            let accepted: Vec<String> = ways.iter().map(|way| names_of(way).join(", ")).collect();
            let message = format!("`{}` is not a parameter of the {name} law; it has {}", key.get_ref(), accepted.join("; or "));
            self.reader.problem("spec/unknown-key", &key.span(), message, None);
            clean = false;
        }
        Some((name, way, clean))
    }

    /// A law by name some of whose numbers may be laws: its form with those at their means, and the laws by place and path.
    fn form(&self, node: &Node<'a>) -> Option<(Form, Vec<(usize, String, Distribution)>)> {
        let (name, way, clean) = self.way(node)?;
        let Some(family) = family(name, way) else {
            let message = format!("`{}`: numbers of a {name} law cannot be uncertain", node.name);
            self.reader.problem("spec/invalid-law", &node.span, message, None);
            return None;
        };
        let (mut numbers, mut open) = (Vec::new(), Vec::new());
        for (index, (parameter, kind)) in way.iter().enumerate() {
            let value = self.parameter(node, parameter)?;
            if !value.get_ref().is_table() || *kind == Kind::Whole {
                numbers.push(self.scalar(node, parameter, *kind)?);
                continue;
            }
            let leaf = if *kind == Kind::Pure { Leaf::Plain } else { self.leaf };
            let law = self.reader.law_at(&node.path(parameter), value, leaf)?;
            numbers.push(law.mean());
            open.push((index, (*parameter).to_owned(), law));
        }
        clean.then_some((Form { family, numbers }, open))
    }

    /// All parameters are read, so that all that is wrong is told.
    fn given(&self, node: &Node<'a>, way: Parameters, depth: usize) -> Option<Given> {
        let (mut given, mut whole) = (Given::default(), true);
        for (parameter, kind) in way {
            let read = match kind {
                Kind::Leaf | Kind::Pure | Kind::Whole => {
                    self.scalar(node, parameter, *kind).map(|number| given.numbers.push(number))
                }
                Kind::Leaves | Kind::Pures => self.list(node, parameter, *kind).map(|list| given.lists.push(list)),
                Kind::Laws => self.laws(node, parameter, depth).map(|laws| given.laws = laws),
                Kind::File => self.samples_of(node, parameter).map(|list| given.lists.push(list)),
            };
            whole &= read.is_some();
        }
        whole.then_some(given)
    }

    fn made(&self, node: &Node<'a>, name: &str, way: Parameters, given: Given) -> Option<Distribution> {
        let Given { numbers: v, mut lists, laws } = given;
        if let Some(family) = family(name, way) {
            return family.law(&v).map_err(|invalid| self.refuse(node, &invalid)).ok();
        }
        let law = match (name, way[way.len() - 1].0) {
            ("hyperexponential", _) => Ok(self.hyperexponential(node, &lists[0], &lists[1])?),
            ("discrete", _) => {
                self.as_many(node, &lists[1], "values", lists[0].len())?;
                let mut points: Vec<(f64, f64)> = lists[0].iter().copied().zip(lists[1].iter().copied()).collect();
                points.sort_by(|a, b| a.0.total_cmp(&b.0));
                Ok(Distribution::Discrete { points })
            }
            ("mixture", _) => {
                self.as_many(node, &lists[0], way[0].0, laws.len())?;
                Ok(Distribution::Mixture { parts: lists[0].iter().copied().zip(laws).collect() })
            }
            ("minimum", _) => Ok(Distribution::Minimum { laws }),
            // empirical, samples
            _ => {
                let mut values = lists.swap_remove(0);
                values.sort_by(f64::total_cmp);
                Ok(Distribution::Empirical { values })
            }
        };
        law.map_err(|invalid| self.refuse(node, &invalid)).ok()
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
        let leaf = if matches!(kind, Kind::Pure | Kind::Pures) { Leaf::Plain } else { self.leaf };
        let found = leaf.read(value);
        if found.is_none() {
            self.reader.wrong_type(path, value, &leaf.expected());
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
            let help = "the least of several leasts is the least of them all, a mixture of mixtures is one mixture: write their \
                        laws in one list";
            self.reader.problem("spec/law-too-deep", &node.span_of(parameter), message, Some(help.to_owned()));
            return None;
        }
        let laws: Vec<Option<Distribution>> = items.iter().map(|(path, item)| self.law(path, item, depth + 1)).collect();
        laws.into_iter().collect()
    }

    /// Weights there are as many as of what they weigh.
    fn as_many(&self, node: &Node<'a>, weights: &[f64], others: &str, count: usize) -> Option<()> {
        if weights.len() == count {
            return Some(());
        }
        let path = node.path("weights");
        let message = format!("`{path}` has {} items and `{others}` has {count}, expected as many", weights.len());
        self.reader.problem("spec/invalid-law", &node.get("weights")?.span(), message, None);
        None
    }

    /// Exponentials by weight. Weights are told one by one where they are no shares, and all together where they do not add up.
    fn hyperexponential(&self, node: &Node<'a>, weights: &[f64], means: &[f64]) -> Option<Distribution> {
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
        self.as_many(node, weights, "means", means.len())?;
        let sum = weights.iter().sum::<f64>();
        if clean && (sum - 1.0).abs() > WRITTEN {
            refuse(node.get("weights")?, format!("`{}` sums to {sum}, expected 1", node.path("weights")));
            return None;
        }
        let branches = weights.iter().map(|weight| weight / sum).zip(means.iter().copied()).collect();
        clean.then_some(Distribution::Hyperexponential { branches })
    }

    /// One sample a line; empty lines and what follows `#` are passed over.
    #[expect(clippy::disallowed_methods, reason = "samples that a model file names are read with it")]
    fn samples_of(&self, node: &Node<'a>, key: &str) -> Option<Vec<f64>> {
        self.parameter(node, key)?;
        let file = self.reader.text(node, key)?;
        let path = self.reader.path.parent().map_or_else(|| file.into(), |folder| folder.join(file));
        let span = node.span_of(key);
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

/// The JSON Schema of a law, to stand under the name `here` of the definitions; `leaf` is that of one value.
pub(super) fn law_schema(leaf: &serde_json::Value, here: &str) -> serde_json::Value {
    let list = |of: serde_json::Value| json!({"type": "array", "minItems": 1, "items": of});
    let number = || json!({"type": "number"});
    let of_kind = |kind: Kind| match kind {
        Kind::Leaf => leaf.clone(),
        Kind::Pure => number(),
        Kind::Whole => json!({"type": "integer", "minimum": 1}),
        Kind::Leaves => list(leaf.clone()),
        Kind::Pures => list(number()),
        Kind::Laws => list(json!({"$ref": format!("#/$defs/{here}")})),
        Kind::File => json!({"type": "string"}),
    };
    let laws = LAWS.iter().map(|(name, parameters)| {
        let mut properties = serde_json::Map::new();
        properties.insert("law".to_owned(), json!({"const": name}));
        properties.extend(parameters.iter().map(|(parameter, kind)| ((*parameter).to_owned(), of_kind(*kind))));
        let required: Vec<&str> = ["law"].into_iter().chain(names_of(parameters)).collect();
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
    });
    let quantiles = json!({
        "type": "object", "properties": {"low": leaf, "high": leaf}, "patternProperties": {"^p[0-9]+(_[0-9]+)?$": leaf},
        "minProperties": 2, "additionalProperties": false,
    });
    let forms: Vec<serde_json::Value> = [leaf.clone(), quantiles].into_iter().chain(laws).collect();
    json!({"anyOf": forms})
}

/// The same, where a number of a law by name may be a law itself: one that stands under the name `inner`.
pub(super) fn open_law_schema(leaf: &serde_json::Value, inner: &str) -> serde_json::Value {
    let laws = LAWS.iter().filter(|(name, way)| family(name, way).is_some()).map(|(name, way)| {
        let of = |kind: Kind| match kind {
            Kind::Whole => json!({"type": "integer", "minimum": 1}),
            Kind::Pure => json!({"$ref": "#/$defs/law"}),
            _ => json!({"anyOf": [leaf, {"$ref": format!("#/$defs/{inner}")}]}),
        };
        let mut properties = serde_json::Map::new();
        properties.insert("law".to_owned(), json!({"const": name}));
        properties.extend(way.iter().map(|(parameter, kind)| ((*parameter).to_owned(), of(*kind))));
        let required: Vec<&str> = ["law"].into_iter().chain(names_of(way)).collect();
        json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
    });
    let all: Vec<serde_json::Value> = [json!({"$ref": format!("#/$defs/{inner}")})].into_iter().chain(laws).collect();
    json!({"anyOf": all})
}

/// The laws by name with their parameters, for the reference.
pub(super) fn law_table() -> String {
    let one = |(parameter, kind): &(&str, Kind)| {
        let what = match kind {
            Kind::Leaf => "",
            Kind::Pure => " (number)",
            Kind::Whole => " (whole number)",
            Kind::Leaves => " (list)",
            Kind::Pures => " (list of numbers)",
            Kind::Laws => " (list of laws)",
            Kind::File => " (path)",
        };
        format!("`{parameter}`{what}")
    };
    let mut table = String::from("| law | parameters |\n|---|---|\n");
    for (name, ways) in by_name() {
        let ways: Vec<String> = ways.iter().map(|way| way.iter().map(one).collect::<Vec<_>>().join(", ")).collect();
        table.push_str(&format!("| `{name}` | {} |\n", ways.join("; or ")));
    }
    table
}
