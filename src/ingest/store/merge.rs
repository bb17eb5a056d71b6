//! Samples of one series from several parts, as one: in order, each instant once.

use super::parts::Columns;
use crate::formats::Number;
use crate::source::OnDuplicate;

/// The samples of a series.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub at: Vec<i64>,
    pub numbers: Vec<Number>,
    /// Samples dropped because the same one was there already.
    pub repeated: u64,
    /// Instants with values that differ.
    pub conflicts: u64,
    /// The first of those: the instant and two of its values.
    pub first_conflict: Option<(i64, f64, f64)>,
}

impl Merged {
    /// Forgets the last series, keeps its memory.
    pub fn clear(&mut self) {
        self.at.clear();
        self.numbers.clear();
        (self.repeated, self.conflicts, self.first_conflict) = (0, 0, None);
    }

    /// Adds samples of a part, within instants `from..to`. Parts come in the order in which they were acknowledged.
    pub fn add(&mut self, columns: &Columns, rows: std::ops::Range<usize>, from: i64, to: i64) {
        let at = &columns.at[rows.clone()];
        let begin = rows.start + at.partition_point(|at| *at < from);
        let end = rows.start + at.partition_point(|at| *at < to);
        self.at.extend_from_slice(&columns.at[begin..end]);
        self.numbers.extend((begin..end).map(|row| columns.number(row)));
    }

    /// Puts them in order and settles instants that occur more than once.
    pub fn settle(&mut self, on_duplicate: OnDuplicate) {
        let strictly = |pair: &[i64]| pair[0] < pair[1];
        if self.at.windows(2).all(strictly) {
            return;
        }
        let mut rows: Vec<u32> = (0..self.at.len() as u32).collect();
        rows.sort_by_key(|row| self.at[*row as usize]);
        let (at, numbers) = (std::mem::take(&mut self.at), std::mem::take(&mut self.numbers));
        for same in rows.chunk_by(|a, b| at[*a as usize] == at[*b as usize]) {
            let instant = at[same[0] as usize];
            let values: Vec<Number> = same.iter().map(|row| numbers[*row as usize]).collect();
            let one = if values.len() == 1 { values[0] } else { self.one(instant, &values, on_duplicate) };
            self.at.push(instant);
            self.numbers.push(one);
        }
    }

    /// The one number of an instant.
    fn one(&mut self, at: i64, values: &[Number], on_duplicate: OnDuplicate) -> Number {
        let (first, last) = (values[0], values[values.len() - 1]);
        let Some(other) = values.iter().find(|value| !same(**value, first)) else {
            self.repeated += values.len() as u64 - 1;
            return first;
        };
        self.conflicts += 1;
        self.first_conflict.get_or_insert((at, first.real(), other.real()));
        match on_duplicate {
            OnDuplicate::First | OnDuplicate::Error => first,
            OnDuplicate::Last => last,
            OnDuplicate::Max => values.iter().copied().reduce(larger).unwrap_or(last),
            OnDuplicate::Mean => Number::Real(values.iter().map(|value| value.real()).sum::<f64>() / values.len() as f64),
        }
    }
}

/// Equal as numbers; whole numbers exactly.
fn same(a: Number, b: Number) -> bool {
    match (a, b) {
        (Number::Whole(a), Number::Whole(b)) => a == b,
        (a, b) => a.real() == b.real(),
    }
}

fn larger(a: Number, b: Number) -> Number {
    match (a, b) {
        (Number::Whole(a), Number::Whole(b)) => Number::Whole(a.max(b)),
        (a, b) => {
            if a.real() >= b.real() {
                a
            } else {
                b
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(samples: &[(i64, u64)], rule: OnDuplicate) -> Merged {
        let mut merged = Merged::default();
        for (at, value) in samples {
            merged.at.push(*at);
            merged.numbers.push(Number::Whole(*value));
        }
        merged.settle(rule);
        merged
    }

    #[test]
    fn the_same_sample_twice_is_one_and_others_go_by_the_rule() {
        let samples = [(2, 20), (1, 10), (2, 20), (3, 30), (3, 31), (3, 29)];
        for (rule, third) in [
            (OnDuplicate::First, Number::Whole(30)),
            (OnDuplicate::Last, Number::Whole(29)),
            (OnDuplicate::Max, Number::Whole(31)),
            (OnDuplicate::Mean, Number::Real(30.0)),
        ] {
            let merged = merged(&samples, rule);
            assert_eq!(merged.at, [1, 2, 3]);
            assert_eq!(merged.numbers[2], third, "{rule:?}");
            assert_eq!((merged.repeated, merged.conflicts, merged.first_conflict), (1, 1, Some((3, 30.0, 31.0))));
        }
    }

    #[test]
    fn counters_that_differ_in_the_last_digit_are_in_conflict() {
        let large = (1 << 53) + 1;
        assert_eq!(merged(&[(1, large), (1, large - 1)], OnDuplicate::Last).conflicts, 1);
    }
}
