use serde::Serialize;

use crate::stats::{Estimate, proportion};
use crate::time::Day;

/// When demand first stays above usable capacity: the distribution of that day over all futures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exhaustion {
    /// One future in ten has crossed by this day; `None`: fewer have within the horizon.
    pub p10: Option<Day>,
    /// Half of the futures have crossed by this day.
    pub p50: Option<Day>,
    /// Nine in ten have.
    pub p90: Option<Day>,
    /// Interval of the P50 day from sampling error alone (95 %): order statistics at n/2 ± 0.98 √n.
    pub p50_interval: (Option<Day>, Option<Day>),
    /// P(not crossed within the horizon).
    pub never: Estimate,
    /// P(crossed by the end of the day), at each day on which it rises; cumulative.
    pub curve: Vec<(Day, f64)>,
}

impl Exhaustion {
    /// From the day of crossing in each future, counted from `start`.
    #[must_use]
    pub fn of(days: &[Option<u32>], start: Day) -> Self {
        let n = days.len();
        let mut crossed: Vec<u32> = days.iter().flatten().copied().collect();
        crossed.sort_unstable();
        let at = |rank: f64| {
            let index = rank.max(0.0) as usize;
            crossed.get(index).map(|day| start.plus(*day as i32))
        };
        let quantile = |p: f64| at((p * n as f64).ceil() - 1.0);
        let (middle, half) = (0.5 * n as f64, 0.98 * (n as f64).sqrt());
        let mut curve: Vec<(Day, f64)> = Vec::new();
        for (i, day) in crossed.iter().enumerate() {
            let (day, share) = (start.plus(*day as i32), (i + 1) as f64 / n as f64);
            match curve.last_mut() {
                Some((last, held)) if *last == day => *held = share,
                _ => curve.push((day, share)),
            }
        }
        Self {
            p10: quantile(0.1),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p50_interval: (at((middle - half).floor()), at((middle + half).ceil())),
            never: proportion((n - crossed.len()) as u64, n as u64),
            curve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_beyond_those_that_crossed_is_no_day() {
        let days: Vec<Option<u32>> = (0..100).map(|i| (i < 60).then_some(i)).collect();
        let found = Exhaustion::of(&days, Day(0));
        assert_eq!((found.p10, found.p50, found.p90), (Some(Day(9)), Some(Day(49)), None));
        assert!((found.never.value - 0.4).abs() < 1e-12);
        assert_eq!(found.curve.last(), Some(&(Day(59), 0.6)));
    }
}
