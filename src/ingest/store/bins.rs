//! A store by the hour: how many samples each series has, their mean, maximum and 95th percentile.

use super::index::Entry;
use super::scan::{Select, Store};
use crate::formats::{NANOS, Number};
use crate::problem::Problem;
use crate::source::OnDuplicate;

/// The samples of one hour of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourBin {
    /// Hours since 1970, UTC.
    pub hour: i64,
    /// Samples.
    pub count: u32,
    /// Their mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
    /// The 95th percentile, interpolated between order statistics.
    pub p95: f64,
}

impl Store {
    /// Hands over each selected series by the hour; hours without samples are absent. The values are as written: what a rate of a
    /// counter is has to be decided before its mean means something.
    ///
    /// # Errors
    /// As [`Store::scan`].
    pub fn hourly(
        &self,
        select: &Select,
        on_duplicate: OnDuplicate,
        take: &mut dyn FnMut(&Entry, &[HourBin]) -> Result<(), Problem>,
    ) -> Result<(), Vec<Problem>> {
        let (mut bins, mut values) = (Vec::new(), Vec::new());
        self.each(select, on_duplicate, false, &mut |stored| {
            bins.clear();
            bin(stored.at, stored.numbers, &mut values, &mut bins);
            take(stored.entry, &bins)
        })
    }
}

/// Bins sorted samples.
fn bin(at: &[i64], numbers: &[Number], values: &mut Vec<f64>, bins: &mut Vec<HourBin>) {
    const HOUR: i64 = 3_600 * NANOS;
    let mut start = 0;
    while start < at.len() {
        let hour = at[start].div_euclid(HOUR);
        let next = (hour + 1).saturating_mul(HOUR);
        let end = start + at[start..].iter().take_while(|at| **at < next).count();
        values.clear();
        values.extend(numbers[start..end].iter().map(|number| number.real()));
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        bins.push(HourBin { hour, count: count as u32, mean, max, p95: p95(values) });
        start = end;
    }
}

/// As `stats::percentile_of_sorted`, without sorting all of them. There is at least one value.
fn p95(values: &mut [f64]) -> f64 {
    let rank = 0.95 * (values.len() - 1) as f64;
    let below = rank.floor() as usize;
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let (low, fraction) = (*low, rank - below as f64);
    if fraction == 0.0 || above.is_empty() {
        return low;
    }
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    low + fraction * (next - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::percentile;

    #[test]
    fn the_percentile_is_that_of_sorted_values() {
        for count in 1..50_u64 {
            let mut values: Vec<f64> = (0..count).map(|index| ((index * 7_919) % 101) as f64).collect();
            let expected = percentile(&values, 0.95).unwrap();
            let seen = p95(&mut values);
            assert!((seen - expected).abs() < 1e-12, "{count}: {seen} and {expected}");
        }
    }

    #[test]
    fn an_hour_holds_its_first_instant_and_not_the_next_hours() {
        let hour = 3_600 * NANOS;
        let at = [-1, 0, 1, hour - 1, hour, 5 * hour];
        let numbers: Vec<Number> = (1..=6).map(Number::Whole).collect();
        let (mut values, mut bins) = (Vec::new(), Vec::new());
        bin(&at, &numbers, &mut values, &mut bins);
        let told: Vec<(i64, u32, f64, f64)> = bins.iter().map(|bin| (bin.hour, bin.count, bin.mean, bin.max)).collect();
        assert_eq!(told, [(-1, 1, 1.0, 1.0), (0, 3, 3.0, 4.0), (1, 1, 5.0, 5.0), (5, 1, 6.0, 6.0)]);
    }
}
