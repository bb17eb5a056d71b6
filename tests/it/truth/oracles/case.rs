//! A case as it stands in its file, and how an answer is compared with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use plimsoll::simulate::exact::KOfN;
use plimsoll::stats::Estimate;
use serde_json::Value;

use crate::support::{assert_within, truth};

/// A case of the first shape: parameters by name and expected quantities.
pub struct Case {
    pub name: String,
    pub parameters: BTreeMap<String, Value>,
    pub expected: Vec<(String, Value, f64)>,
}

impl Case {
    pub fn number(&self, name: &str) -> f64 {
        self.parameters[name].as_f64().unwrap_or_else(|| panic!("{}: parameter {name} is not a number", self.name))
    }

    /// A k-out-of-n group by the names that its families share.
    pub fn group(&self) -> KOfN {
        KOfN {
            units: self.whole("units"),
            needed: self.whole("needed"),
            mttf: self.number("mttf"),
            mttr: self.number("mttr"),
            crews: self.whole("crews"),
            standby: self.number("standby_factor"),
        }
    }

    pub fn whole(&self, name: &str) -> u32 {
        self.number(name) as u32
    }

    /// Compares every expected quantity with what `answer` says of it; a quantity without an answer fails.
    pub fn check(&self, answer: impl Fn(&str) -> Option<Vec<f64>>) {
        for (quantity, value, digits) in &self.expected {
            let what = format!("{}: {quantity}", self.name);
            let seen = answer(quantity).unwrap_or_else(|| panic!("{what} has no answer"));
            let wanted: Vec<f64> = match value {
                Value::Array(list) => list.iter().map(|one| one.as_f64().unwrap()).collect(),
                one => vec![one.as_f64().unwrap()],
            };
            assert_eq!(seen.len(), wanted.len(), "{what}");
            let relative = 10_f64.powf(-(digits.min(12.0) - 1.0));
            // of a list (a distribution) what is under 1e-16 of the whole is rounding
            let least = if wanted.len() > 1 { 1e-16 } else { 0.0 };
            for (seen, wanted) in seen.iter().zip(&wanted) {
                assert_within(&what, *seen, *wanted, relative * wanted.abs() + least);
            }
        }
    }
}

pub fn parse(path: &Path) -> Value {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn case(value: &Value) -> Case {
    let named = value["parameters"].as_object().unwrap();
    let expected = value["expected"].as_array().unwrap().iter().map(|one| {
        (one["quantity"].as_str().unwrap().to_owned(), one["value"].clone(), one["trusted_digits"].as_f64().unwrap_or(12.0))
    });
    Case {
        name: value["name"].as_str().unwrap().to_owned(),
        parameters: named.iter().map(|(name, held)| (name.clone(), held["value"].clone())).collect(),
        expected: expected.collect(),
    }
}

/// All cases below `oracles/`, in the order of their names.
pub fn cases() -> Vec<Value> {
    let Some(folder) = truth("oracles") else { return Vec::new() };
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    paths.iter().filter(|path| !path.ends_with("failure_trace_archive_fits.json")).map(|path| parse(path)).collect()
}

/// All files of a family, or of a name that begins so where there is no family in the file. With the variable set, none is a
/// failure: the test would compare nothing.
pub fn family(wanted: &str) -> Vec<Value> {
    let of = |value: &Value| {
        value["family"] == *wanted || value["name"].as_str().is_some_and(|name| name.starts_with(&format!("{wanted}_peak")))
    };
    let found: Vec<Value> = cases().into_iter().filter(of).collect();
    assert!(!found.is_empty() || truth("oracles").is_none(), "no file of the family {wanted}");
    found
}

/// What a simulation says of an exactly known quantity.
pub struct Check {
    /// Case and quantity.
    pub what: String,
    /// (seen - exact) ÷ standard error.
    pub z: f64,
}

impl Case {
    /// The exact value of a quantity.
    pub fn exact(&self, quantity: &str) -> f64 {
        let found = self.expected.iter().find(|one| one.0 == quantity);
        found.and_then(|one| one.1.as_f64()).unwrap_or_else(|| panic!("{}: no number {quantity}", self.name))
    }

    /// Whether crude sampling can tell a probability: 25 hits and 25 misses expected of `n`, as fewer have no normal law.
    pub fn is_visible(&self, quantity: &str, n: u32) -> bool {
        let p = self.exact(quantity);
        p.min(1.0 - p) * f64::from(n) >= 25.0
    }

    /// Sets an estimate beside the exact value.
    pub fn simulated(&self, quantity: &str, seen: Estimate) -> Check {
        let z = (seen.value - self.exact(quantity)) / seen.standard_error;
        Check { what: format!("{}: {quantity} {seen:?} against {}", self.name, self.exact(quantity)), z }
    }
}
