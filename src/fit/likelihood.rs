use crate::stats::{bfgs, by_differences, cholesky, invert_cholesky, solve_cholesky};

use super::family::Chart;
use super::law::Law;
use super::observation::{Lifetimes, Observation, Seen};

/// ln of the likelihood: density of a failure, survival of one alive, ln(S(a) - S(b)) between two looks, each over the survival
/// to the age at which the watch began.
///
/// Klein & Moeschberger (2003), *Survival Analysis*, 2nd ed., §3.5.
#[must_use]
pub fn log_likelihood(law: &Law, lifetimes: &Lifetimes) -> f64 {
    lifetimes.all().iter().map(|one| contribution(law, one)).sum()
}

fn contribution(law: &Law, one: &Observation) -> f64 {
    let entered = if one.entry > 0.0 { law.ln_survival(one.entry) } else { 0.0 };
    let between = |low: f64, high: f64| {
        let (first, last) = (law.ln_survival(low), law.ln_survival(high));
        first + (-(last - first).exp_m1()).ln()
    };
    match one.seen {
        Seen::Failed(time) => law.ln_density(time) - entered,
        Seen::Alive(time) => law.ln_survival(time) - entered,
        Seen::FailedBefore(time) if one.entry == 0.0 => law.ln_below(time),
        Seen::FailedBefore(time) => between(one.entry, time) - entered,
        Seen::FailedBetween(0.0, high) => law.ln_below(high) - entered,
        Seen::FailedBetween(low, high) => between(low, high) - entered,
    }
}

/// A maximum of the likelihood, in the coordinates of a [`Chart`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Maximum {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
}

/// Step of the differences: their errors, h⁴ for a slope and h² for a curvature, stay under 1e-12 and 1e-6.
const STEP: f64 = 1e-3;

fn value(chart: Chart, lifetimes: &Lifetimes, at: &[f64]) -> f64 {
    chart.law(at).map_or(f64::NEG_INFINITY, |law| log_likelihood(&law, lifetimes))
}

/// The maximum near `start`: BFGS, then Newton's method with fourth-order differences until a step is under 1e-9. `None` where
/// it runs off (a coordinate beyond ±60, e^60 of the unit) or the curvature there is no maximum's.
pub(super) fn maximum(chart: Chart, lifetimes: &Lifetimes, start: &[f64]) -> Option<Maximum> {
    let scale = lifetimes.count() as f64;
    let found = bfgs(start, 1e-9, 600, by_differences(|at| -value(chart, lifetimes, at) / scale));
    newton(chart, lifetimes, found.at)
}

/// Newton's method alone, for a start that is close.
pub(super) fn newton(chart: Chart, lifetimes: &Lifetimes, start: Vec<f64>) -> Option<Maximum> {
    let f = |at: &[f64]| value(chart, lifetimes, at);
    let n = start.len();
    let mut at = start;
    let mut best = f(&at);
    for _ in 0..60 {
        if !best.is_finite() || at.iter().any(|x| x.abs() > 60.0) {
            return None;
        }
        let slopes = gradient(&f, &at);
        let curved = information(&f, &at, best);
        let lower = cholesky(&curved, n)?;
        let step = solve_cholesky(&lower, n, &slopes);
        let longest = step.iter().fold(0.0_f64, |most, s| most.max(s.abs()));
        if !longest.is_finite() {
            return None;
        }
        let mut share = (2.0 / longest).min(1.0);
        let mut moved = None;
        for _ in 0..30 {
            let there: Vec<f64> = at.iter().zip(&step).map(|(x, s)| x + share * s).collect();
            let value = f(&there);
            // close to the top the values differ by rounding only, and the step is right whatever they say
            if value >= best - 1e-9 * best.abs().max(1.0) * f64::from(u8::from(longest < 1e-4)) {
                moved = Some((there, value));
                break;
            }
            share *= 0.5;
        }
        let (there, value) = moved?;
        (at, best) = (there, value);
        if longest * share < 1e-9 {
            break;
        }
    }
    at.iter().all(|x| x.abs() <= 60.0).then_some(Maximum { at, value: best })
}

/// Fourth-order central differences.
fn gradient(f: &impl Fn(&[f64]) -> f64, at: &[f64]) -> Vec<f64> {
    let mut point = at.to_vec();
    (0..at.len())
        .map(|i| {
            let mut shifted = |by: f64| {
                point[i] = at[i] + by * STEP;
                let value = f(&point);
                point[i] = at[i];
                value
            };
            (8.0 * (shifted(1.0) - shifted(-1.0)) - (shifted(2.0) - shifted(-2.0))) / (12.0 * STEP)
        })
        .collect()
}

/// Minus the matrix of second differences: the observed information.
fn information(f: &impl Fn(&[f64]) -> f64, at: &[f64], here: f64) -> Vec<f64> {
    let n = at.len();
    let mut point = at.to_vec();
    let mut shifted = |moves: &[(usize, f64)]| {
        for (i, by) in moves {
            point[*i] += by * STEP;
        }
        let value = f(&point);
        point.copy_from_slice(at);
        value
    };
    let mut matrix = vec![0.0; n * n];
    for i in 0..n {
        matrix[i * n + i] = (2.0 * here - shifted(&[(i, 1.0)]) - shifted(&[(i, -1.0)])) / (STEP * STEP);
        for j in 0..i {
            let same = shifted(&[(i, 1.0), (j, 1.0)]) + shifted(&[(i, -1.0), (j, -1.0)]);
            let apart = shifted(&[(i, 1.0), (j, -1.0)]) + shifted(&[(i, -1.0), (j, 1.0)]);
            let mixed = (apart - same) / (4.0 * STEP * STEP);
            matrix[i * n + j] = mixed;
            matrix[j * n + i] = mixed;
        }
    }
    matrix
}

/// The covariance of the coordinates at a maximum: the inverse of the observed information.
pub(super) fn covariance(chart: Chart, lifetimes: &Lifetimes, top: &Maximum) -> Option<Vec<f64>> {
    let f = |at: &[f64]| value(chart, lifetimes, at);
    let n = top.at.len();
    let lower = cholesky(&information(&f, &top.at, top.value), n)?;
    Some(invert_cholesky(&lower, n))
}

/// The highest likelihood with coordinate `held` at `at`, started from `start`.
pub(super) fn profile(chart: Chart, lifetimes: &Lifetimes, start: &[f64], held: usize, at: f64) -> Maximum {
    let mut full = start.to_vec();
    full[held] = at;
    if full.len() == 1 {
        let value = value(chart, lifetimes, &full);
        return Maximum { at: full, value };
    }
    let free: Vec<usize> = (0..full.len()).filter(|i| *i != held).collect();
    let scale = lifetimes.count() as f64;
    let mut whole = full.clone();
    let from: Vec<f64> = free.iter().map(|i| full[*i]).collect();
    let found = bfgs(
        &from,
        1e-9,
        300,
        by_differences(|some| {
            free.iter().zip(some).for_each(|(i, x)| whole[*i] = *x);
            -value(chart, lifetimes, &whole) / scale
        }),
    );
    free.iter().zip(&found.at).for_each(|(i, x)| full[*i] = *x);
    Maximum { at: full, value: -found.value * scale }
}
