//! Where each family's likelihood has its maximum.

use super::family::{Chart, Family};
use super::law::Law;
use super::likelihood::{Maximum, log_likelihood, maximum, newton};
use super::observation::{Error, Lifetimes, Observation, Seen};

/// The most phases of an Erlang law that are tried.
const MOST_PHASES: u32 = 200;

/// The chart and the maximum of a family's likelihood.
pub(super) fn search(family: Family, lifetimes: &Lifetimes) -> Result<(Chart, Maximum), Error> {
    let law = family.name();
    let parameters = family.parameters().len();
    let distinct = lifetimes.distinct_failures();
    // one free parameter needs one failure; every further one another time of failure
    if distinct < parameters {
        return Err(Error::TooFew { distinct, parameters, law });
    }
    let chart = Chart::Plain(family);
    let found = match family {
        Family::Exponential => exponential(lifetimes),
        Family::Weibull if lifetimes.is_exact() => weibull(lifetimes),
        Family::Erlang => return erlang(lifetimes).ok_or(Error::NoMaximum { law }),
        Family::Hyperexponential => hyperexponential(lifetimes),
        Family::Bathtub => bathtub(lifetimes),
        Family::Weibull | Family::Lognormal | Family::Gamma => maximum(chart, lifetimes, &start(family, lifetimes)),
    };
    found.map(|top| (chart, top)).ok_or(Error::NoMaximum { law })
}

/// What is known of each time, as one number: the time itself, the middle of an interval, half of an upper end.
fn rough(lifetimes: &Lifetimes) -> (f64, Vec<f64>) {
    let mut under_watch = 0.0;
    let mut failed = Vec::new();
    for one in lifetimes.all() {
        let time = match one.seen {
            Seen::Failed(time) | Seen::Alive(time) => time,
            Seen::FailedBefore(time) => f64::midpoint(one.entry, time),
            Seen::FailedBetween(low, high) => f64::midpoint(low, high),
        };
        under_watch += time - one.entry;
        if one.has_failed() {
            failed.push(time);
        }
    }
    (under_watch, failed)
}

/// A start near the answer: the spread of ln t of those that failed, the mean by total time on test.
fn start(family: Family, lifetimes: &Lifetimes) -> Vec<f64> {
    let (under_watch, failed) = rough(lifetimes);
    let n = failed.len() as f64;
    let centre = failed.iter().map(|t| t.ln()).sum::<f64>() / n;
    let spread = (failed.iter().map(|t| (t.ln() - centre).powi(2)).sum::<f64>() / n).sqrt().clamp(0.05, 5.0);
    let mean = (under_watch / n).ln();
    // censoring hides the long lives: the centre moves on by as much as the mean of all exceeds that of the failed
    let seen = (failed.iter().sum::<f64>() / n).ln();
    match family {
        Family::Lognormal => vec![centre + (mean - seen), spread.ln()],
        // the spread of ln t is 1.28 / shape for a Weibull law
        Family::Weibull => vec![(1.28 / spread).ln(), mean],
        Family::Gamma => vec![-2.0 * spread.ln().min(2.0), mean],
        _ => vec![mean],
    }
}

fn exponential(lifetimes: &Lifetimes) -> Option<Maximum> {
    let chart = Chart::Plain(Family::Exponential);
    if !lifetimes.is_exact() {
        return maximum(chart, lifetimes, &start(Family::Exponential, lifetimes));
    }
    // total time on test ÷ failures
    let mean = lifetimes.all().iter().map(|one| one.until() - one.entry).sum::<f64>() / lifetimes.failures() as f64;
    Some(Maximum { at: vec![mean.ln()], value: log_likelihood(&Law::Exponential { mean }, lifetimes) })
}

/// Σ t^k, Σ t^k ln t and Σ t^k ln² t over the time under watch, with t in units of the longest.
struct Sums {
    powers: [f64; 3],
}

/// The profile of the scale: score(k) = d/k + Σ_failed ln t - d S1/S0, scale = (S0/d)^(1/k); Newton's method inside a bracket.
///
/// Lawless (2003), *Statistical Models and Methods for Lifetime Data*, 2nd ed., §5.2.
fn weibull(lifetimes: &Lifetimes) -> Option<Maximum> {
    let all = lifetimes.all();
    let longest = all.iter().map(Observation::until).fold(0.0, f64::max);
    // -inf for those watched from new, whose power is then 0
    let logs: Vec<(f64, f64)> = all.iter().map(|one| ((one.until() / longest).ln(), (one.entry / longest).ln())).collect();
    let failures = lifetimes.failures() as f64;
    let failed: f64 =
        all.iter().zip(&logs).filter(|(one, _)| one.has_failed()).map(|(_, (ln_time, _))| ln_time).sum::<f64>() / failures;
    let sums = |k: f64| {
        let mut powers = [0.0; 3];
        for (ln_time, ln_entry) in &logs {
            let power = (k * ln_time).exp();
            powers[0] += power;
            powers[1] += power * ln_time;
            powers[2] += power * ln_time * ln_time;
            if *ln_entry > f64::NEG_INFINITY {
                let power = (k * ln_entry).exp();
                powers[0] -= power;
                powers[1] -= power * ln_entry;
                powers[2] -= power * ln_entry * ln_entry;
            }
        }
        Sums { powers }
    };
    let score = |k: f64| {
        let [zero, one, two] = sums(k).powers;
        (1.0 / k + failed - one / zero, -1.0 / (k * k) - two / zero + (one / zero).powi(2))
    };
    let (mut low, mut high) = (1e-3_f64, 1e3_f64);
    if score(low).0 <= 0.0 || score(high).0 >= 0.0 {
        return None;
    }
    let mut k = start(Family::Weibull, lifetimes)[0].exp().clamp(low, high);
    for _ in 0..200 {
        let (value, slope) = score(k);
        if value > 0.0 {
            low = k;
        } else {
            high = k;
        }
        let mut next = k - value / slope;
        if !(next > low && next < high) {
            next = (low * high).sqrt();
        }
        let done = (next - k).abs() <= 1e-14 * k;
        k = next;
        if done {
            break;
        }
    }
    let scale = longest * (sums(k).powers[0] / failures).powf(1.0 / k);
    let law = Law::Weibull { shape: k, scale };
    law.check().is_ok().then(|| Maximum { at: vec![k.ln(), scale.ln()], value: log_likelihood(&law, lifetimes) })
}

/// The best scale for each number of phases, from the gamma shape outwards while the likelihood rises.
fn erlang(lifetimes: &Lifetimes) -> Option<(Chart, Maximum)> {
    let (under_watch, failed) = rough(lifetimes);
    let mean = (under_watch / failed.len() as f64).ln();
    let of = |phases: u32| {
        let chart = Chart::Erlang(phases);
        maximum(chart, lifetimes, &[mean - f64::from(phases).ln()]).map(|top| (chart, top))
    };
    let gamma = maximum(Chart::Plain(Family::Gamma), lifetimes, &start(Family::Gamma, lifetimes));
    let near = gamma.map_or(1, |top| top.at[0].exp().round().clamp(1.0, f64::from(MOST_PHASES)) as u32);
    (near.saturating_sub(1).max(1)..=(near + 1).min(MOST_PHASES))
        .filter_map(of)
        .max_by(|a, b| a.1.value.total_cmp(&b.1.value).then_with(|| phases(b.0).cmp(&phases(a.0))))
}

fn phases(chart: Chart) -> u32 {
    match chart {
        Chart::Erlang(phases) => phases,
        Chart::Plain(_) => 0,
    }
}

/// EM over the hidden branch, for exact and right-censored times, then Newton's method on the whole likelihood.
///
/// Dempster, Laird & Rubin (1977), *JRSS B* 39(1), 1–38; a censored time weighs in with its survival.
fn hyperexponential(lifetimes: &Lifetimes) -> Option<Maximum> {
    let chart = Chart::Plain(Family::Hyperexponential);
    let (under_watch, failed) = rough(lifetimes);
    let mean = under_watch / failed.len() as f64;
    let starts = [(0.5, 0.2, 1.8), (0.8, 0.3, 3.8), (0.2, 0.05, 1.2)];
    let tops = starts.iter().filter_map(|(p, first, second)| {
        let law = expectation_maximization(lifetimes, (*p, first * mean, second * mean));
        let place = chart.place(&law)?;
        newton(chart, lifetimes, place.clone()).or_else(|| maximum(chart, lifetimes, &place))
    });
    let top = tops.max_by(|a, b| a.value.total_cmp(&b.value))?;
    // the shorter mean first; a branch without weight or twin branches are one exponential, and no maximum of this family
    let p = 1.0 / (1.0 + (-top.at[0]).exp());
    let distinct = (top.at[1] - top.at[2]).abs() > 1e-3 && p > 1e-6 && p < 1.0 - 1e-6;
    let ordered = if top.at[1] <= top.at[2] { top.at.clone() } else { vec![-top.at[0], top.at[2], top.at[1]] };
    distinct.then_some(Maximum { at: ordered, value: top.value })
}

fn expectation_maximization(lifetimes: &Lifetimes, (mut p, mut first, mut second): (f64, f64, f64)) -> Law {
    for _ in 0..200 {
        let (mut weight, mut time, mut events, mut rest_time, mut rest_events) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for one in lifetimes.all() {
            let failed = f64::from(u8::from(one.has_failed()));
            let span = one.until() - one.entry;
            let ln = |share: f64, mean: f64| share.ln() - failed * mean.ln() - span / mean;
            let mine = 1.0 / (1.0 + (ln(1.0 - p, second) - ln(p, first)).exp());
            weight += mine;
            time += mine * span;
            events += mine * failed;
            rest_time += (1.0 - mine) * span;
            rest_events += (1.0 - mine) * failed;
        }
        p = (weight / lifetimes.count() as f64).clamp(1e-9, 1.0 - 1e-9);
        first = time / events.max(1e-9);
        second = rest_time / rest_events.max(1e-9);
    }
    Law::Hyperexponential { branches: vec![(p, first), (1.0 - p, second)] }
}

/// Starts with the early or the late share of the failures due to each risk; the best maximum wins.
fn bathtub(lifetimes: &Lifetimes) -> Option<Maximum> {
    let chart = Chart::Plain(Family::Bathtub);
    let mut failed = rough(lifetimes).1;
    failed.sort_by(f64::total_cmp);
    let at = |p: f64| failed[((failed.len() - 1) as f64 * p) as usize];
    let share = failed.len() as f64 / lifetimes.count() as f64;
    let mut starts = Vec::new();
    for (infant_shape, early) in [(0.5, 0.1), (0.5, 0.3), (0.8, 0.5)] {
        for (wearout_shape, late) in [(2.0, 0.7), (5.0, 0.8)] {
            // H(t at the early share) = that share by the infant risk; the wear-out risk reaches 1 near the late failures
            let hazard = (early * share).max(1e-6);
            let infant: f64 = at(early).max(1e-300) / f64::powf(hazard, 1.0 / infant_shape);
            let wearout: f64 = at(late) / f64::powf(share.min(0.9), 1.0 / wearout_shape);
            starts.push(Law::CompetingWeibulls { risks: vec![(infant_shape, infant), (wearout_shape, wearout)] });
        }
    }
    starts.iter().filter_map(|law| maximum(chart, lifetimes, &chart.place(law)?)).max_by(|a, b| a.value.total_cmp(&b.value))
}
