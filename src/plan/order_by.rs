use serde::Serialize;

use crate::stats::Distribution;
use crate::time::Day;

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
    let mut counts = vec![0_u32; horizon_days as usize + 1];
    for day in crossing.iter().flatten() {
        counts[(*day).min(horizon_days) as usize] += 1;
    }
    let total = crossing.len().max(1) as f64;
    let never = 1.0 - counts.iter().map(|n| f64::from(*n)).sum::<f64>() / total;
    let arrives: Vec<f64> = (0..=horizon_days).map(|days| lead_days.cdf(f64::from(days))).collect();
    let on_time = |placed: usize| {
        let each = counts.iter().enumerate().skip(placed).map(|(day, n)| f64::from(*n) * arrives[day - placed]);
        never + each.sum::<f64>() / total
    };
    let horizon = horizon_days as usize;
    match (0..=horizon).rev().find(|placed| on_time(*placed) >= 1.0 - late) {
        None => OrderBy::Overdue,
        Some(placed) if placed == horizon => OrderBy::NotNeeded,
        Some(placed) => OrderBy::By(start.plus(placed as i32)),
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
}
