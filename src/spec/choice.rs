//! A choice of units: a file with `[resource]`, `[unit.*]` and `[choice]`.
#![expect(clippy::disallowed_methods, reason = "choice files are read here")]

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::DeTable;

use super::keys;
use super::laws::Leaf;
use super::reader::{Node, Reader};
use crate::problem::Problem;
use crate::stats::Distribution;
use crate::stream::Seed;
use crate::units::Unit;

/// Unless a file says otherwise.
const WORLDS: u32 = 8_192;
const SEED: u32 = 42;
/// More worlds than this are no help and would not fit.
const MOST_WORLDS: u32 = 1 << 20;

/// A type of unit as declared.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitDeclared {
    /// Its name.
    pub name: String,
    /// Capacity of one unit by resource, in base units.
    pub capacity: BTreeMap<String, f64>,
    /// What one costs over the span that is planned.
    pub price: f64,
    /// Units come in multiples of this.
    pub lot: u32,
    /// At most so many.
    pub limit: Option<u32>,
}

/// A choice file, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct ChoiceDeclared {
    /// The question as a sentence, where one is given.
    pub question: Option<String>,
    /// The currency of all prices.
    pub currency: String,
    /// What is asked of each resource, by name, in base units.
    pub requirement: Vec<(String, Distribution)>,
    /// Rank correlations, by place in `requirement`.
    pub correlations: Vec<(usize, usize, f64)>,
    /// The share of capacity that may be used.
    pub line: f64,
    /// The types to choose from, by name.
    pub units: Vec<UnitDeclared>,
    /// Units that may be lost without a shortage.
    pub spare: u32,
    /// What it costs to serve nothing over the span.
    pub penalty: f64,
    /// Accepted P(some demand is unserved).
    pub risk: f64,
    /// Worlds.
    pub worlds: u32,
    /// The seed.
    pub seed: Seed,
}

/// Reads and resolves a choice file.
///
/// # Errors
/// Every problem of the file, in the order of their places.
pub fn load_choice(path: &Path) -> Result<ChoiceDeclared, Vec<Problem>> {
    let unreadable = |message: String| {
        let help = "give a TOML file with `[resource]`, `[unit.<name>]` and `[choice]`";
        vec![Problem::new("spec/missing-file", path, message).help(help)]
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    parse_choice(path, &text)
}

/// Resolves the text of a choice file.
///
/// # Errors
/// Every problem of the text, in the order of their places.
pub fn parse_choice(path: &Path, text: &str) -> Result<ChoiceDeclared, Vec<Problem>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let reader = Reader::new(path, text, text.len());
    for error in &errors {
        reader.problem("spec/syntax", &error.span().unwrap_or(0..0), error.message().to_owned(), None);
    }
    if !reader.is_clean() {
        return Err(reader.into_problems());
    }
    let node = Node { name: String::new(), span: 0..text.len().min(1), table: root.get_ref() };
    reader.known_keys(&node, keys::CHOICE_FILE);
    match reader.choice(&node) {
        Some(declared) if reader.is_clean() => Ok(declared),
        _ => Err(reader.into_problems()),
    }
}

impl<'a> Reader<'a> {
    fn choice(&self, node: &Node<'a>) -> Option<ChoiceDeclared> {
        let resources = self.resources(node);
        let choice = node.get("choice").and_then(|value| self.table("choice", value, keys::CHOICE))?;
        let requirement = self.requirement(&choice, &resources);
        let names: Vec<&str> = requirement.iter().map(|(name, _)| name.as_str()).collect();
        let correlations = self.tables(node, "correlation", keys::CHOICE_CORRELATION);
        let correlations = correlations.iter().filter_map(|pair| self.pair(pair, &names)).collect();
        let worlds = self.whole(&choice, "worlds", 2).unwrap_or(WORLDS);
        if worlds > MOST_WORLDS {
            self.out_of_range(&choice, "worlds", &worlds.to_string(), "at most 1048576");
        }
        let ratio = |key: &str| self.number_within(&choice, key, 0.0, 1.0);
        Some(ChoiceDeclared {
            question: self.text(node, "question").map(str::to_owned),
            currency: self.text(node, "currency").unwrap_or("EUR").to_owned(),
            units: self.choices(node, &choice, &resources),
            correlations,
            line: ratio("line").unwrap_or(1.0),
            spare: self.whole(&choice, "spare", 0).unwrap_or(0),
            penalty: self.number_within(&choice, "penalty", 0.0, f64::INFINITY).unwrap_or(0.0),
            risk: ratio("risk").unwrap_or(1.0),
            worlds,
            seed: Seed(u64::from(self.whole(&choice, "seed", 0).unwrap_or(SEED))),
            requirement,
        })
    }

    fn requirement(&self, choice: &Node<'a>, resources: &BTreeMap<String, Unit>) -> Vec<(String, Distribution)> {
        let Some(table) = choice.get("requirement").and_then(|value| self.table_of_any("choice.requirement", value)) else {
            return Vec::new();
        };
        let declared: Vec<&str> = resources.keys().map(String::as_str).collect();
        let mut all = Vec::new();
        for (name, value) in table.table {
            let name = name.get_ref().as_ref();
            match resources.get(name) {
                None => self.unknown_name(&value.span(), "resource", name, &declared),
                Some(unit) => {
                    let law = self.law_at(&table.path(name), value, Leaf::Amount(unit));
                    all.extend(law.map(|law| (name.to_owned(), law)));
                }
            }
        }
        all
    }

    fn choices(&self, node: &Node<'a>, choice: &Node<'a>, resources: &BTreeMap<String, Unit>) -> Vec<UnitDeclared> {
        let units = self.named(node, "unit", keys::CHOICE_UNIT);
        let names: Vec<&str> = units.iter().map(|(name, _)| name.as_str()).collect();
        let among = self.strings(choice, "among");
        for (name, span) in among.iter().filter(|(name, _)| !names.contains(&name.as_str())) {
            self.unknown_name(span, "unit", name, &names);
        }
        let asked = |name: &str| among.is_empty() || among.iter().any(|(other, _)| other == name);
        let one = |(name, node): &(String, Node<'a>)| {
            let table = node.get("capacity").and_then(|value| self.table_of_any(&node.path("capacity"), value))?;
            let declared: Vec<&str> = resources.keys().map(String::as_str).collect();
            let mut capacity = BTreeMap::new();
            for (resource, value) in table.table {
                let resource = resource.get_ref().as_ref();
                match resources.get(resource) {
                    None => self.unknown_name(&value.span(), "resource", resource, &declared),
                    Some(unit) => {
                        let amount = self.amount(&table.path(resource), value, unit);
                        capacity.extend(amount.map(|amount| (resource.to_owned(), amount)));
                    }
                }
            }
            let price = self.number_within(node, "price", 0.0, f64::INFINITY)?;
            let (lot, limit) = (self.whole(node, "lot", 1).unwrap_or(1), self.whole(node, "limit", 1));
            Some(UnitDeclared { name: name.clone(), capacity, price, lot, limit })
        };
        units
            .iter()
            .filter_map(|unit| Some((one(unit)?, asked(&unit.0))))
            .filter(|(_, asked)| *asked)
            .map(|(one, _)| one)
            .collect()
    }

    fn pair(&self, pair: &Node<'a>, names: &[&str]) -> Option<(usize, usize, f64)> {
        let between = self.strings(pair, "between");
        let rank = self.number_within(pair, "rank", -1.0, 1.0)?;
        let mut places = Vec::new();
        for (name, span) in &between {
            match names.iter().position(|other| other == name) {
                Some(place) => places.push(place),
                None => self.unknown_name(span, "requirement", name, names),
            }
        }
        match places.as_slice() {
            [a, b] if a != b && between.len() == 2 => Some((*a, *b, rank)),
            _ if places.len() == between.len() => {
                self.out_of_range(pair, "between", &format!("a list of {}", between.len()), "two different names");
                None
            }
            _ => None,
        }
    }
}
