//! What the answers of InfluxQL have in common: measurement, tags, a column of times, columns of values and columns of text.

use std::collections::BTreeMap;

use crate::formats::document::Samples;
use crate::formats::faults::not_a_series;
use crate::formats::{Identity, Input};
use crate::problem::Problem;

/// Functions of InfluxQL and Flux that make one number of many: a column or a result that is called so is one.
const FUNCTIONS: &[&str] = &["mean", "max", "min", "sum", "count", "last"];

/// Whether a name is that of a function over time.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// The places of the series of each set of labels. Rows that follow each other mostly share theirs.
#[derive(Default)]
pub(super) struct Places {
    known: BTreeMap<Vec<String>, usize>,
    lists: Vec<Vec<usize>>,
    last: Option<(Vec<String>, usize)>,
}

impl Places {
    /// The places for a set of labels, made by `new` the first time.
    pub(super) fn of<'c>(&mut self, key: impl Iterator<Item = &'c str> + Clone, new: impl FnOnce() -> Vec<usize>) -> &[usize] {
        let same = self.last.as_ref().filter(|(last, _)| last.iter().map(String::as_str).eq(key.clone()));
        let at = if let Some((_, at)) = same {
            *at
        } else {
            let key: Vec<String> = key.map(str::to_owned).collect();
            let at = self.known.get(&key).copied().unwrap_or_else(|| {
                self.lists.push(new());
                self.known.insert(key.clone(), self.lists.len() - 1);
                self.lists.len() - 1
            });
            self.last = Some((key, at));
            at
        };
        &self.lists[at]
    }
}

/// The series of a column. Where a label's name is taken, it gets a prefix.
pub(super) fn identity<'t>(measurement: &str, column: &str, labels: impl Iterator<Item = (&'t str, &'t str)>) -> Identity {
    let mut id = Identity::named(column).with("measurement", measurement);
    for (name, value) in labels {
        let taken = id.labels.contains_key(name) || name == "stat";
        id = if taken { id.with(&format!("tag_{name}"), value) } else { id.with(name, value) };
    }
    if is_function(column) { id.stat(column) } else { id }
}

/// An aggregate without `GROUP BY time` has the instant zero, which is no time of a sample.
pub(super) fn warn_of_zero(at: i64, line: u64, samples: &mut Samples<'_, '_>) {
    if at == 0 {
        let sentence = || "rows at 1970-01-01T00:00:00Z: an aggregate without GROUP BY time has no time of its own".to_owned();
        samples.reading.warn("time-zero", line, sentence);
    }
}

/// Why an answer without a column of times is refused.
pub(super) fn no_times(input: &Input, columns: &str, rows: usize) -> Vec<Problem> {
    let saw = format!("a list ({columns}) without a column of times: it lists {rows}");
    not_a_series(input, &saw, "try a query such as SELECT mean(*) FROM measurement WHERE time > now() - 30d GROUP BY time(5m), *")
}
