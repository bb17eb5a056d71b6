//! What a risk rule bounds, as a function of the units added: each is a sample average over the same futures.
//!
//! Units missing in future *r* of a month are `d_r` = −room, at its worst moment; with *n* more units, `(d_r − n)⁺` are. So P(short),
//! the mean, and the mean of the worst futures depend on the whole number *n* alone: no variable a future is needed, and the
//! least *n* that meets a rule is exact for the sample (sample-average approximation: Kleywegt, Shapiro & Homem-de-Mello 2002).

use super::needs;
use crate::model::RiskRule;
use crate::stats::{Estimate, estimate};

/// Units missing in one month, by future: `room` is by future and month.
pub(super) fn missing(room: &[i32], months: usize, month: usize) -> Vec<u32> {
    room.iter().skip(month).step_by(months.max(1)).map(|room| room.saturating_neg().max(0) as u32).collect()
}

/// The mean of `(d − more)⁺`.
#[must_use]
pub fn expected_missing(missing: &[u32], more: u32) -> Estimate {
    estimate(missing.iter().map(|d| f64::from(d.saturating_sub(more))))
}

/// The mean of `(d − more)⁺` over the worst 1 − `level` of futures; the future at the quantile counts with the share that is
/// missing to it (Rockafellar & Uryasev 2002, Conditional value-at-risk for general loss distributions, §3).
#[must_use]
pub fn cvar_missing(missing: &[u32], level: f64, more: u32) -> Estimate {
    let mut worst: Vec<u32> = missing.iter().map(|d| d.saturating_sub(more)).collect();
    worst.sort_unstable_by(|a, b| b.cmp(a));
    let n = worst.len() as f64;
    let tail = (1.0 - level) * n;
    let quantile = worst.get(((tail - 1e-9).ceil().max(1.0) as usize) - 1).copied().unwrap_or(0);
    // quantile + E[(d - quantile)+] / (1 - level): its error is that of the mean of the excess
    let excess = estimate(worst.iter().map(|d| f64::from(d.saturating_sub(quantile))));
    let share = (tail / n).max(f64::MIN_POSITIVE);
    Estimate { value: f64::from(quantile) + excess.value / share, standard_error: excess.standard_error / share }
}

/// The least units more in each month that meet the rule; none where nothing is bounded.
#[must_use]
pub fn needs_of(rule: RiskRule, room: &[i32], months: usize) -> Vec<u32> {
    let measure: &dyn Fn(&[u32], u32) -> f64 = match rule {
        RiskRule::ShortfallPerMonth(accepted) => return needs(room, months, accepted),
        RiskRule::LeastCost(_) => return vec![0; months],
        RiskRule::ExpectedShortfall(_) => &|d, more| expected_missing(d, more).value,
        RiskRule::Cvar { level, .. } => &move |d, more| cvar_missing(d, level, more).value,
    };
    let least = |month: usize| {
        let d = missing(room, months, month);
        let (mut low, mut high) = (0, d.iter().copied().max().unwrap_or(0));
        while low < high {
            let middle = low + (high - low) / 2;
            if measure(&d, middle) <= rule.at_most() + 1e-12 { high = middle } else { low = middle + 1 }
        }
        low
    };
    (0..months).map(least).collect()
}

/// What each lot below the most ever missing costs a month at `penalty` a unit: (lots, cost of each), the last lots first, which
/// the fewest futures miss. The mean of `(d − n)⁺` is convex in n, so they rise.
#[must_use]
pub fn penalties(missing: &[u32], lot: u32, penalty: f64) -> Vec<(u32, f64)> {
    let lot = lot.max(1);
    let most = missing.iter().copied().max().unwrap_or(0).div_ceil(lot);
    let mut steps: Vec<(u32, f64)> = Vec::new();
    for lots in (0..most).rev() {
        let fewer = expected_missing(missing, lots * lot).value - expected_missing(missing, (lots + 1) * lot).value;
        match steps.last_mut() {
            Some((count, cost)) if *cost == penalty * fewer => *count += 1,
            _ => steps.push((1, penalty * fewer)),
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_futures_count_with_their_share() {
        let d: Vec<u32> = (1..=10).collect();
        // the worst 25 % of ten: 10, 9 and half of 8
        assert!((cvar_missing(&d, 0.75, 0).value - (10.0 + 9.0 + 0.5 * 8.0) / 2.5).abs() < 1e-12);
        assert!((cvar_missing(&d, 0.0, 3).value - expected_missing(&d, 3).value).abs() < 1e-12);
        assert_eq!(cvar_missing(&d, 0.9, 10).value, 0.0);
    }

    #[test]
    fn the_least_that_meets_a_rule_meets_it_and_one_less_does_not() {
        let room: Vec<i32> = (0..400).map(|r| 20 - (r * r / 2000)).collect();
        let d = missing(&room, 1, 0);
        for (rule, measure) in [
            (RiskRule::ExpectedShortfall(0.5), (&|n| expected_missing(&d, n).value) as &dyn Fn(u32) -> f64),
            (RiskRule::Cvar { level: 0.95, at_most: 2.0 }, &|n| cvar_missing(&d, 0.95, n).value),
        ] {
            let need = needs_of(rule, &room, 1)[0];
            assert!(need > 0 && measure(need) <= rule.at_most() && measure(need - 1) > rule.at_most(), "{rule:?}: {need}");
        }
    }

    #[test]
    fn penalties_rise_and_add_up_to_the_whole_shortfall() {
        let d: Vec<u32> = (0..200).map(|r| r % 17).collect();
        for lot in [1, 3] {
            let steps = penalties(&d, lot, 100.0);
            assert!(steps.windows(2).all(|pair| pair[0].1 < pair[1].1), "{steps:?}");
            let all: f64 = steps.iter().map(|(lots, cost)| f64::from(*lots) * cost).sum();
            assert!((all - 100.0 * expected_missing(&d, 0).value).abs() < 1e-9);
        }
    }
}
