use std::collections::BTreeMap;

use super::{Quality, SeriesKey};
use crate::time::{Day, Step, Timestamp};
use crate::units::Unit;

/// What one step of a series holds: averaging alone would destroy the peaks that capacity must carry.
///
/// All values finite, in the unit of the series; `mean <= max`, `p95 <= p99 <= max`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// How many samples it was made of (at least 1).
    pub count: u32,
    /// Their mean.
    pub mean: f64,
    /// Their largest.
    pub max: f64,
    /// Their 95th percentile (type 7).
    pub p95: f64,
    /// Their 99th percentile (type 7).
    pub p99: f64,
    /// Some of its samples were saturated: the true value was at least this.
    pub censored: bool,
}

impl Bin {
    /// A bin of one sample.
    #[must_use]
    pub fn of(value: f64) -> Self {
        Self { count: 1, mean: value, max: value, p95: value, p99: value, censored: false }
    }
}

/// One metric of one entity (or of a pool's sum) on a regular step. A missing bin is a gap, never zero and never NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Whose it is.
    pub key: SeriesKey,
    /// The unit of its values, always a base unit.
    pub unit: Unit,
    /// The instant at which the first bin begins.
    pub start: Timestamp,
    /// The length of a bin.
    pub step: Step,
    /// Its bins in time order; `None` is a gap.
    pub bins: Vec<Option<Bin>>,
}

impl Series {
    /// The instant at which bin `index` begins.
    #[must_use]
    pub fn at(&self, index: usize) -> Timestamp {
        Timestamp(self.start.0 + index as i64 * self.step.0)
    }

    /// The instant just after the last bin.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.at(self.bins.len())
    }

    /// How many bins are gaps.
    #[must_use]
    pub fn gaps(&self) -> usize {
        self.bins.iter().filter(|bin| bin.is_none()).count()
    }
}

/// A series by civil day of the model's zone, each bin made of *all* samples of that day at the source's own step.
#[derive(Debug, Clone, PartialEq)]
pub struct Daily {
    /// Whose it is.
    pub key: SeriesKey,
    /// The unit of its values, always a base unit.
    pub unit: Unit,
    /// The day of the first bin.
    pub first: Day,
    /// One bin a day; `None` is a gap. A day that has under half of its samples is a gap.
    pub bins: Vec<Option<Bin>>,
}

/// Many series in the order of their keys, and what was found while reading them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Panel {
    /// Demand of each pool and resource by key, on an hourly step in UTC (finer sources are folded into it), or on the
    /// source's own step where that is coarser.
    pub series: BTreeMap<SeriesKey, Series>,
    /// The same by civil day; absent where the source's step is longer than a day.
    pub daily: BTreeMap<SeriesKey, Daily>,
    /// One record a source and series, in the order of their names.
    pub quality: Vec<Quality>,
}
