//! Samples of one input, chunk by chunk, to sorted parts.

use std::path::Path;

use super::index::Part;
use super::parts::{self, Columns};
use crate::formats::{Identity, NANOS, RawSeries};
use crate::problem::Problem;
use crate::time::{DAY_SECONDS, Day, Month};

/// A chunk of at most this many rows is one part, whatever months it spans: a year of one host is one file and not twelve.
const SMALL: usize = 1 << 18;

/// Gives a series its number in the store.
pub(super) type Number<'n> = dyn FnMut(&Identity, Option<&str>) -> u32 + 'n;

/// The parts of one input, as far as it was read.
pub(super) struct Chunks<'c> {
    data: &'c Path,
    /// Beginning of the parts' names.
    hash: &'c str,
    next: &'c mut u64,
    number: &'c mut Number<'c>,
    /// The store's number of each place of the reading.
    pub numbers: Vec<u32>,
    pub parts: Vec<Part>,
    pub samples: u64,
}

impl<'c> Chunks<'c> {
    pub fn new(data: &'c Path, hash: &'c str, next: &'c mut u64, number: &'c mut Number<'c>) -> Self {
        Self { data, hash, next, number, numbers: Vec::new(), parts: Vec::new(), samples: 0 }
    }

    /// Writes what is held of each series, and empties it.
    ///
    /// # Errors
    /// `output/write`.
    pub fn take(&mut self, series: &mut [RawSeries]) -> Result<(), Problem> {
        for one in series.iter().skip(self.numbers.len()) {
            self.numbers.push((self.number)(&one.id, one.unit.as_deref()));
        }
        let mut order: Vec<usize> = (0..series.len()).filter(|place| !series[*place].at.is_empty()).collect();
        order.sort_by_key(|place| self.numbers[*place]);
        let rows: usize = order.iter().map(|place| series[*place].at.len()).sum();
        let sorted: Vec<(u32, Vec<u32>, &RawSeries)> =
            order.iter().map(|place| (self.numbers[*place], by_instant(&series[*place].at), &series[*place])).collect();
        for (name, from, to) in spans(&sorted, rows) {
            let mut columns = Columns::default();
            for (number, permutation, one) in &sorted {
                let begin = permutation.partition_point(|row| one.at[*row as usize] < from);
                let end = permutation.partition_point(|row| one.at[*row as usize] < to);
                for row in &permutation[begin..end] {
                    columns.push(*number, one.at[*row as usize], one.values.at(*row as usize));
                }
            }
            if !columns.series.is_empty() {
                let file = format!("{name}/{}-{}.parquet", self.hash, self.next);
                let failed = |error: std::io::Error| {
                    Problem::new("output/write", self.data.join(&file), error.to_string())
                        .help("free some space or name another store with -o; what was acknowledged stays")
                };
                self.parts.push(parts::write(self.data, &file, columns).map_err(failed)?);
                *self.next += 1;
            }
        }
        self.samples += rows as u64;
        for one in series {
            one.at = Vec::new();
            one.values = crate::formats::Values::Whole(Vec::new());
            one.lines = Vec::new();
            one.missing_at = Vec::new();
        }
        Ok(())
    }
}

/// The rows in the order of their instants; those of one instant in the order of the input.
fn by_instant(at: &[i64]) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..at.len() as u32).collect();
    if !at.is_sorted() {
        rows.sort_by_key(|row| at[*row as usize]);
    }
    rows
}

/// Folders with the half-open spans of instants that go there: one for a small chunk, else one a month.
fn spans(sorted: &[(u32, Vec<u32>, &RawSeries)], rows: usize) -> Vec<(String, i64, i64)> {
    let ends = sorted.iter().filter_map(|(_, permutation, one)| {
        Some((one.at[*permutation.first()? as usize], one.at[*permutation.last()? as usize]))
    });
    let Some((first, last)) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return Vec::new() };
    let day = |at: i64| Day(at.div_euclid(DAY_SECONDS * NANOS) as i32);
    if rows <= SMALL {
        return vec![(day(first).month().to_string(), i64::MIN, i64::MAX)];
    }
    let start = |month: Month| i64::from(month.first_day().0).saturating_mul(DAY_SECONDS * NANOS);
    let months = Month::spanning(day(first), day(last));
    months.into_iter().map(|month| (month.to_string(), start(month), start(month.next()))).collect()
}
