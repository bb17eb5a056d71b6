//! One bin from its samples.

use crate::series::Bin;
use crate::source::OnDuplicate;
use crate::stats::percentile_of_sorted;

/// A sample: nanoseconds since 1970, value.
pub(super) type Sample = (i64, f64);

/// A bin, or the count of a bin whose samples came in parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Where it begins, in nanoseconds since 1970.
    pub from: i64,
    /// Samples read.
    pub read: u32,
    /// Samples that count: without duplicates.
    count: u32,
    mean: f64,
    /// NaN while the bin is known in parts only.
    max: f64,
    p95: f64,
    p99: f64,
}

impl Part {
    /// Two parts of one bin: how many samples it has, no more.
    pub fn with(self, other: Self) -> Self {
        Self { read: self.read.saturating_add(other.read), max: f64::NAN, ..self }
    }

    pub fn is_whole(&self) -> bool {
        !self.max.is_nan()
    }

    /// Samples left out since another has the same instant.
    pub fn dropped(&self) -> u64 {
        u64::from(self.read - self.count.min(self.read))
    }

    pub fn bin(&self) -> Bin {
        Bin { count: self.count, mean: self.mean, max: self.max, p95: self.p95, p99: self.p99, censored: false }
    }
}

/// Makes parts, and tells what it met.
pub(super) struct Maker {
    /// Which of several samples at one instant counts.
    pub on_duplicate: OnDuplicate,
    values: Vec<f64>,
    /// The first instant met at which samples of one series contradict each other, where that is an error.
    pub conflict: Option<i64>,
}

impl Maker {
    pub fn new(on_duplicate: OnDuplicate) -> Self {
        Self { on_duplicate, values: Vec::new(), conflict: None }
    }

    /// The part from samples in the order of the input. `ascending`: by instant, none twice. `None` without samples.
    pub fn part(&mut self, from: i64, samples: &mut [Sample], ascending: bool) -> Option<Part> {
        self.values.clear();
        if ascending {
            self.values.extend(samples.iter().map(|sample| sample.1));
        } else {
            samples.sort_by_key(|sample| sample.0);
            for same in samples.chunk_by(|one, next| one.0 == next.0) {
                self.values.push(self.on_duplicate.one_of(same, &mut self.conflict));
            }
        }
        // Summed by size, so that the mean does not depend on the order of the rows either.
        self.values.sort_unstable_by(f64::total_cmp);
        let (lowest, highest, count) = (*self.values.first()?, *self.values.last()?, self.values.len());
        let sum: f64 = self.values.iter().sum();
        let percentile = |p| percentile_of_sorted(&self.values, p);
        let (p95, p99) = (percentile(0.95)?, percentile(0.99)?);
        let mean = (sum / count as f64).clamp(lowest, highest);
        Some(Part { from, read: samples.len() as u32, count: count as u32, mean, max: highest, p95, p99 })
    }
}

impl OnDuplicate {
    /// The value for an instant of which there are these samples, in the order of the input.
    fn one_of(self, same: &[Sample], conflict: &mut Option<i64>) -> f64 {
        let values = || same.iter().map(|sample| sample.1);
        let (first, last) = (same.first().map_or(f64::NAN, |sample| sample.1), same.last().map_or(f64::NAN, |sample| sample.1));
        if values().all(|value| value == first) {
            return first;
        }
        match self {
            Self::Error => {
                *conflict = conflict.or(same.first().map(|sample| sample.0));
                first
            }
            Self::First => first,
            Self::Last => last,
            Self::Max => values().fold(first, f64::max),
            Self::Mean => {
                // Repetitions of the first are one sample.
                let (sum, count) =
                    values().filter(|value| *value != first).fold((first, 1.0), |(sum, count), value| (sum + value, count + 1.0));
                sum / count
            }
        }
    }
}
