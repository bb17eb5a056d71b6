use serde::Serialize;

use crate::stats::{Distribution, Interval, clopper_pearson};
use crate::time::Day;

/// Chances are off by so much at most: rounding, and quantiles that a law holds to a millionth.
const ROUNDING: f64 = 1e-6;

/// The latest day to order before demand crosses the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderBy {
    /// Not within the horizon.
    NotNeeded,
    /// By this day.
    By(Day),
    /// Even an order placed today is more likely late than is accepted.
    Overdue,
}

/// The latest day d with P(d + lead ≤ crossing) ≥ 1 − `late`; a future that never crosses is never late.
///
/// The mean over futures of F_lead(crossing − d), which falls as d rises. `crossing` is counted in days from `start`, and so is
/// the lead time.
#[must_use]
pub fn order_by(crossing: &[Option<u32>], start: Day, horizon_days: u32, lead_days: &Distribution, late: f64) -> OrderBy {
    Arrivals::of(crossing, horizon_days, lead_days).latest(start, |on_time| on_time + ROUNDING >= 1.0 - late)
}

/// The days that [`order_by`] lies between when P(arrival before the crossing) is only known with `confidence`: the latest day at
/// which the low end of its interval still meets 1 − `late`, and the latest at which the high end does.
///
/// The interval is that of a count of futures in which the order is there in time (Clopper–Pearson): exact for a lead time that is
/// certain. For an uncertain one each future gives a share in [0, 1], whose mean varies no more than that of such a count; it is
/// rounded outwards to whole futures.
#[must_use]
pub fn order_by_between(
    crossing: &[Option<u32>],
    start: Day,
    horizon_days: u32,
    lead_days: &Distribution,
    late: f64,
    confidence: f64,
) -> (OrderBy, OrderBy) {
    let (arrivals, n) = (Arrivals::of(crossing, horizon_days, lead_days), crossing.len() as u64);
    // the least count of futures whose interval reaches 1 − late with its low, its high end; n + 1: none does
    let least = |end: fn(Interval) -> f64| {
        let (mut from, mut to) = (0, n + 1);
        while from < to {
            let middle = u64::midpoint(from, to);
            match clopper_pearson(middle, n, confidence) {
                Some(interval) if end(interval) >= 1.0 - late => to = middle,
                _ => from = middle + 1,
            }
        }
        from as f64
    };
    let (must, may) = (least(|interval| interval.low), least(|interval| interval.high));
    // whole sums of shares differ from whole numbers by rounding
    let count = |on_time: f64| on_time * n as f64;
    (
        arrivals.latest(start, |on_time| (count(on_time) + 1e-9).floor() >= must),
        arrivals.latest(start, |on_time| (count(on_time) - 1e-9).ceil() >= may),
    )
}

/// Chances that an order is there before the crossing.
struct Arrivals {
    /// Futures that cross, by day.
    counts: Vec<u32>,
    total: f64,
    never: f64,
    /// P(lead time ≤ so many days).
    arrives: Vec<f64>,
}

impl Arrivals {
    fn of(crossing: &[Option<u32>], horizon_days: u32, lead_days: &Distribution) -> Self {
        let mut counts = vec![0_u32; horizon_days as usize + 1];
        for day in crossing.iter().flatten() {
            counts[(*day).min(horizon_days) as usize] += 1;
        }
        let total = crossing.len().max(1) as f64;
        let never = 1.0 - counts.iter().map(|n| f64::from(*n)).sum::<f64>() / total;
        Self { counts, total, never, arrives: (0..=horizon_days).map(|days| lead_days.cdf(f64::from(days))).collect() }
    }

    fn on_time(&self, placed: usize) -> f64 {
        let each = self.counts.iter().enumerate().skip(placed).map(|(day, n)| f64::from(*n) * self.arrives[day - placed]);
        self.never + each.sum::<f64>() / self.total
    }

    /// The latest day whose chance is still enough.
    fn latest(&self, start: Day, enough: impl Fn(f64) -> bool) -> OrderBy {
        let horizon = self.counts.len() - 1;
        match (0..=horizon).rev().find(|placed| enough(self.on_time(*placed))) {
            None => OrderBy::Overdue,
            Some(placed) if placed == horizon => OrderBy::NotNeeded,
            Some(placed) => OrderBy::By(start.plus(placed as i32)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certain_crossing_and_a_certain_lead_time_subtract() {
        let found = order_by(&[Some(100); 50], Day(0), 365, &Distribution::constant(40.0), 0.1);
        assert_eq!(found, OrderBy::By(Day(60)));
        assert_eq!(order_by(&[Some(30); 50], Day(0), 365, &Distribution::constant(40.0), 0.1), OrderBy::Overdue);
        assert_eq!(order_by(&[None; 50], Day(0), 365, &Distribution::constant(40.0), 0.1), OrderBy::NotNeeded);
    }

    #[test]
    fn an_exponential_lead_time_is_ordered_its_quantile_ahead() {
        let lead = Distribution::Exponential { mean: 10.0 };
        let found = order_by(&[Some(100); 7], Day(0), 365, &lead, 0.1);
        assert_eq!(found, OrderBy::By(Day(100 - 24))); // 10 ln 10 = 23.03 days, so 24 whole ones
    }

    #[test]
    fn a_stated_quantile_is_ordered_that_many_days_ahead_and_not_one_more() {
        let lead = Distribution::quantiles(&[(0.1, 30.0), (0.5, 45.0), (0.9, 70.0)]);
        assert_eq!(order_by(&[Some(100); 7], Day(0), 365, &lead, 0.1), OrderBy::By(Day(30)));
        assert_eq!(lead.whole_days(0.9), 70);
    }

    #[test]
    fn the_interval_holds_the_day_and_its_ends_solve_their_equations() {
        // a lead time of exactly 40 days: the chance is the share that crosses 40 days on or later
        let crossing: Vec<Option<u32>> = (0..200).map(|i| Some(100 + i)).collect();
        let lead = Distribution::constant(40.0);
        let day = order_by(&crossing, Day(0), 365, &lead, 0.1);
        let (low, high) = order_by_between(&crossing, Day(0), 365, &lead, 0.1, 0.95);
        assert_eq!(day, OrderBy::By(Day(80)));
        // ordered on day d, 200 − (d − 60) of 200 arrive in time
        let ends = |on_time: u64| clopper_pearson(on_time, 200, 0.95).unwrap();
        let (OrderBy::By(low), OrderBy::By(high)) = (low, high) else { panic!("{low:?} {high:?}") };
        let on_time = |day: Day| 200 - (day.0 - 60) as u64;
        assert!(ends(on_time(low)).low >= 0.9 && ends(on_time(low.plus(1))).low < 0.9);
        assert!(ends(on_time(high)).high >= 0.9 && ends(on_time(high.plus(1))).high < 0.9);
        assert!(low < Day(80) && Day(80) < high);
    }

    #[test]
    fn few_futures_that_never_cross_leave_it_open() {
        let lead = Distribution::constant(40.0);
        assert_eq!(
            order_by_between(&[None; 20], Day(0), 365, &lead, 0.1, 0.95),
            (OrderBy::Overdue, OrderBy::NotNeeded),
            "the interval of 20 of 20 begins at 0.83"
        );
        assert_eq!(order_by_between(&[None; 200], Day(0), 365, &lead, 0.1, 0.95), (OrderBy::NotNeeded, OrderBy::NotNeeded));
    }

    #[test]
    fn the_interval_holds_the_true_day_as_often_as_it_says() {
        // with probability q demand crosses on day 100, else never; 40 days from order to arrival: by day 60 when q > 0.1, else no order
        // is needed. The law of the count summed, no sampling.
        let lead = Distribution::constant(40.0);
        for (q, truth) in [(0.12, OrderBy::By(Day(60))), (0.101, OrderBy::By(Day(60))), (0.099, OrderBy::NotNeeded)] {
            let missed = |hits: &u64| {
                let crossing: Vec<Option<u32>> = (0..200).map(|r| (r < *hits).then_some(100)).collect();
                let (low, high) = order_by_between(&crossing, Day(0), 365, &lead, 0.1, 0.95);
                if truth == OrderBy::NotNeeded { high != truth } else { low != truth }
            };
            let chance: f64 = (0..=200).filter(missed).map(|hits| crate::stats::binomial_pmf(hits, 200, q)).sum();
            assert!(chance <= 0.025, "{q}: {chance}");
        }
    }
}
