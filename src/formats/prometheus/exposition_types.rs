//! What `# TYPE` and `# UNIT` lines say of the samples of a family.

use std::collections::BTreeMap;

use super::super::Reading;
use super::super::known::kind_of_name;
use crate::source::Kind;

/// Endings that the samples of a family add to its name.
const ENDINGS: &[&str] = &["_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info"];

/// What is declared of families.
#[derive(Default)]
pub(super) struct Families {
    types: BTreeMap<String, String>,
    units: BTreeMap<String, String>,
}

impl Families {
    /// Takes in a comment line: `# TYPE name type`, `# UNIT name unit`. Others say nothing of kind and unit.
    pub(super) fn comment(&mut self, line: &str) {
        let mut words = line.trim_start_matches('#').split_whitespace();
        let (word, name, rest) = (words.next(), words.next(), words.next());
        if let (Some(word @ ("TYPE" | "UNIT")), Some(name), Some(rest)) = (word, name, rest) {
            let declared = if word == "TYPE" { &mut self.types } else { &mut self.units };
            declared.insert(name.trim_matches('"').to_owned(), rest.to_owned());
        }
    }

    /// Sets kind and unit of a new series from its family's declarations, where there are any.
    pub(super) fn apply(&self, reading: &mut Reading<'_>, place: usize, metric: &str) {
        let (family, ending) = self.family(metric);
        let counts = ["_bucket", "_count", "_gcount", "_info"].contains(&ending);
        if let Some(unit) = self.units.get(family).filter(|_| !counts && ending != "_created") {
            reading.unit(place, super::super::known::unit_of_ucum(unit).as_deref().unwrap_or(unit));
        }
        let kind = match (self.types.get(family).map(String::as_str), ending) {
            (Some(_), "_created") => Some(Kind::Gauge),
            (Some("counter"), _) | (Some("histogram"), "_bucket" | "_sum" | "_count") | (Some("summary"), "_sum" | "_count") => {
                Some(Kind::Counter)
            }
            (Some("gauge" | "summary" | "stateset"), "") => Some(Kind::Gauge),
            (Some("info"), "" | "_info") | (Some("gaugehistogram"), _) => Some(Kind::Gauge),
            _ => kind_of_name(metric),
        };
        reading.series[place].kind = kind;
    }

    /// The family that a sample belongs to, and what its name adds to it.
    fn family<'n>(&self, metric: &'n str) -> (&'n str, &'n str) {
        let known = |name: &str| self.types.contains_key(name) || self.units.contains_key(name);
        if known(metric) {
            // The old text format declares counters with their ending.
            return (metric, "");
        }
        let shorter = ENDINGS.iter().filter_map(|ending| metric.strip_suffix(ending));
        shorter.into_iter().find(|name| known(name)).map_or((metric, ""), |name| metric.split_at(name.len()))
    }
}
