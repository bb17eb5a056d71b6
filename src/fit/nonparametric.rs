use serde::Serialize;

use crate::stats::{Interval, complement, normal_quantile_of_tail};

use super::observation::{Lifetimes, Seen};

/// The survival function at one time of failure, without a law.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SurvivalStep {
    /// Time of one failure or more.
    pub time: f64,
    /// Under watch just before it.
    pub at_risk: usize,
    /// Failures at it.
    pub failures: usize,
    /// Kaplan–Meier: S just after it, Π (1 - d / n).
    pub survival: f64,
    /// Greenwood's standard error, S √Σ d / (n (n - d)); 0 once S is 0.
    pub standard_error: f64,
    /// S ± z × standard error, cut at 0 and 1.
    pub plain: Interval,
    /// S^e^(±z se / (S ln S)): stays inside (0, 1), better in small samples; nothing but [S, S] where S is 0 or 1.
    pub log_log: Interval,
    /// Nelson–Aalen: the cumulative hazard, Σ d / n.
    pub cumulative_hazard: f64,
    /// √Σ d / n².
    pub cumulative_hazard_error: f64,
}

/// Kaplan–Meier with Greenwood's bands and Nelson–Aalen, a step a time of failure; with left truncation (a unit is at risk from
/// its entry on). `None` where a failure is not exactly dated, or for a confidence outside (0, 1).
///
/// A unit alive at the time of a failure counts as at risk there. Kaplan & Meier (1958), *JASA* 53, 457–481; Greenwood (1926);
/// Aalen (1978); bands as in Kalbfleisch & Prentice (2002), *The Statistical Analysis of Failure Time Data*, §1.4.
#[must_use]
pub fn survival(lifetimes: &Lifetimes, confidence: f64) -> Option<Vec<SurvivalStep>> {
    let sane = confidence > 0.0 && confidence < 1.0;
    if !lifetimes.is_exact() || !sane {
        return None;
    }
    let z = normal_quantile_of_tail(complement(confidence) / 2.0);
    let all = lifetimes.all();
    let mut entries: Vec<f64> = all.iter().map(|one| one.entry).collect();
    entries.sort_by(f64::total_cmp);
    let (mut alive, mut greenwood, mut hazard, mut hazard_variance) = (1.0, 0.0, 0.0, 0.0);
    let mut steps = Vec::new();
    let mut first = 0;
    while first < all.len() {
        let time = all[first].until();
        let here = all[first..].partition_point(|one| one.until() <= time);
        let failures = all[first..first + here].iter().filter(|one| matches!(one.seen, Seen::Failed(_))).count();
        if failures > 0 {
            let at_risk = entries.partition_point(|entry| *entry < time) - first;
            let (d, n) = (failures as f64, at_risk as f64);
            alive *= 1.0 - d / n;
            greenwood += d / (n * (n - d));
            hazard += d / n;
            hazard_variance += d / (n * n);
            steps.push(step(time, (at_risk, failures), (alive, greenwood), (hazard, hazard_variance), z));
        }
        first += here;
    }
    Some(steps)
}

fn step(time: f64, (at_risk, failures): (usize, usize), s: (f64, f64), h: (f64, f64), z: f64) -> SurvivalStep {
    let (survival, greenwood) = s;
    let standard_error = if survival > 0.0 { survival * greenwood.sqrt() } else { 0.0 };
    let plain = Interval { low: (survival - z * standard_error).max(0.0), high: (survival + z * standard_error).min(1.0) };
    let log_log = if survival > 0.0 && survival < 1.0 {
        let width = (z * greenwood.sqrt() / survival.ln()).abs().exp();
        Interval { low: survival.powf(width), high: survival.powf(1.0 / width) }
    } else {
        Interval { low: survival, high: survival }
    };
    SurvivalStep {
        time,
        at_risk,
        failures,
        survival,
        standard_error,
        plain,
        log_log,
        cumulative_hazard: h.0,
        cumulative_hazard_error: h.1.sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::Observation;

    #[test]
    fn without_censoring_it_is_the_share_still_alive() {
        let rows: Vec<Observation> = (1..=10).map(|t| Observation::failed(f64::from(t))).collect();
        let steps = survival(&Lifetimes::new(&rows).expect("failures"), 0.95).expect("exact");
        for (i, step) in steps.iter().enumerate() {
            let share = 1.0 - (i + 1) as f64 / 10.0;
            assert!((step.survival - share).abs() < 1e-14);
            // Greenwood's variance is then the binomial one
            assert!((step.standard_error - (share * (1.0 - share) / 10.0).sqrt()).abs() < 1e-14);
        }
    }

    #[test]
    fn a_unit_is_at_risk_only_from_its_entry_on() {
        let rows = [Observation::failed(1.0), Observation::failed(3.0).from_age(2.0), Observation::alive(4.0)];
        let steps = survival(&Lifetimes::new(&rows).expect("failures"), 0.95).expect("exact");
        assert_eq!(steps.iter().map(|step| step.at_risk).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(steps[1].survival, 0.25);
        assert!((steps[1].cumulative_hazard - 1.0).abs() < 1e-15);
    }

    #[test]
    fn bands_hold_the_estimate_and_the_second_kind_stays_inside_zero_and_one() {
        let rows: Vec<Observation> = (1..=9)
            .map(|t| if t % 3 == 0 { Observation::alive(f64::from(t)) } else { Observation::failed(f64::from(t)) })
            .collect();
        for step in survival(&Lifetimes::new(&rows).expect("failures"), 0.9).expect("exact") {
            assert!(step.plain.contains(step.survival) && step.log_log.contains(step.survival));
            assert!(step.log_log.low > 0.0 && step.log_log.high < 1.0, "{step:?}");
        }
    }
}
