use serde::Serialize;

use crate::time::Month;
use crate::units::Unit;

/// A tenth, the half, nine tenths of all futures are at or below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// The 10th percentile.
    pub p10: i32,
    /// The median.
    pub p50: i32,
    /// The 90th percentile.
    pub p90: i32,
}

impl Spread {
    /// Of values in any order; zeros for none. Order statistics, so that whole units stay whole.
    #[must_use]
    pub fn of(mut values: Vec<i32>) -> Self {
        values.sort_unstable();
        let at = |p: f64| at_share(&values, p).unwrap_or(0);
        Self { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
    }
}

/// The least of rising values that a share `p` of all is at or below.
pub(super) fn at_share<T: Copy>(rising: &[T], p: f64) -> Option<T> {
    let rank = (p * rising.len() as f64).ceil() as usize;
    rising.get(rank.saturating_sub(1)).copied()
}

/// Room in units to buy: positive is spare, negative is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Headroom {
    /// The month whose worst planned level is meant.
    pub month: Month,
    /// With everything up.
    pub all_up: Spread,
    /// With the declared redundancy lost.
    pub reserve: Spread,
    /// With everything up, by resource.
    pub by_resource: Vec<(String, Spread)>,
    /// The resource with the least room.
    pub binding: String,
}

/// The safe-load line of one resource on the day of the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The resource.
    pub resource: String,
    /// Its unit.
    pub unit: Unit,
    /// The share of the capacity that may be used.
    pub ratio: f64,
    /// Between which shares the line is, where that is known.
    pub interval: Option<(f64, f64)>,
    /// How it was found, in words.
    pub method: String,
    /// Capacity in force.
    pub capacity: f64,
}
