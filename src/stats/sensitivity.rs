//! How much of an outcome's variance an input explains, from futures that were simulated anyway.
//!
//! For an outcome Y and an input X the first-order share is Var(E[Y | X]) / Var(Y): by how much the variance would fall, on average,
//! if X were known. The total share is E[Var(Y | all but X)] / Var(Y): what would remain if all but X were known. Sobol' (1993),
//! *Mathematical Modelling and Computational Experiments* 1(4), 407–414; Homma & Saltelli (1996), *Reliability Engineering and System Safety* 52, 1–17.

use super::pieces::{Fit, Pieces, sorted};
use super::{Estimate, percentile_of_sorted};

/// Fewer futures than this say nothing about shares.
pub const LEAST_FUTURES: usize = 200;
/// Blocks left out in turn for standard errors.
const BLOCKS: usize = 32;
/// The share of futures nearest to a percentile that its conditional mean is taken from.
const NEAR: f64 = 0.2;

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (count, sum) = values.clone().fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value));
    values.map(|value| (value - sum / count).powi(2)).sum::<f64>() / (count - 1.0)
}

/// Whether there is something to explain, and enough to explain it from.
fn varies(values: &[f64]) -> bool {
    values.len() >= LEAST_FUTURES && values.iter().any(|value| *value != values[0])
}

/// A statistic of `n` futures in their order with its jackknife standard error: each of 32 blocks of neighbours left out in turn.
/// Efron & Stein (1981), "The jackknife estimate of variance", *Annals of Statistics* 9(3), 586–596.
fn jackknife(n: usize, statistic: impl Fn(&dyn Fn(usize) -> bool) -> f64) -> Estimate {
    let parts: Vec<f64> = (0..BLOCKS).map(|left_out| statistic(&|r| r * BLOCKS / n != left_out)).collect();
    let mean = parts.iter().sum::<f64>() / BLOCKS as f64;
    let squares: f64 = parts.iter().map(|part| (part - mean).powi(2)).sum();
    let standard_error = (squares * (BLOCKS - 1) as f64 / BLOCKS as f64).sqrt();
    Estimate { value: statistic(&|_| true), standard_error }
}

/// The first-order share of `input` in the variance of `outcome`, from values of both in the same futures: no simulation beyond them.
///
/// 1 - E[Var(Y | X)] / Var(Y), the conditional variance from a straight line in each of up to 40 stretches of X with equally many
/// futures; it has no bias where E[Y | X] is straight within a stretch, and is near 0 (of either sign) for an input without effect.
/// Estimation from given data: Plischke, Borgonovo & Smith (2013), "Global sensitivity measures from given data", *European Journal
/// of Operational Research* 226(3), 536–550. Standard error: jackknife over 32 blocks of futures.
///
/// Where inputs depend on each other, a share counts what an input tells about the others too, and shares need not add up to 1.
/// `None` for fewer than 200 futures, unequal numbers, or an input or outcome that is the same in all.
///
/// ```
/// let (a, b): (Vec<f64>, Vec<f64>) = (0..1_000).map(|i| (f64::from(i * 7 % 1_000), f64::from(i % 10))).unzip();
/// let outcome: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 0.01 * a + b).collect();
/// let share = plimsoll::stats::first_order(&a, &outcome).unwrap();
/// assert!((share.value - 0.5).abs() < 0.05);
/// ```
#[must_use]
pub fn first_order(input: &[f64], outcome: &[f64]) -> Option<Estimate> {
    if input.len() != outcome.len() || !varies(input) || !varies(outcome) {
        return None;
    }
    let order = sorted(input);
    let share = |keep: &dyn Fn(usize) -> bool| {
        let kept = order.iter().map(|r| *r as usize).filter(|r| keep(*r));
        let points: Vec<(f64, f64)> = kept.map(|r| (input[r], outcome[r])).collect();
        let all = variance(points.iter().map(|point| point.1));
        Pieces::fit(&points).map_or(0.0, |pieces| if all > 0.0 { 1.0 - pieces.variance_left() / all } else { 0.0 })
    };
    Some(jackknife(outcome.len(), share))
}

/// The total share of what was drawn anew: `outcome` and `redrawn` are of the same futures but for it.
///
/// E[(Y - Y')²] / 2 Var(Y): Jansen (1999), "Analysis of variance designs for model output", *Computer Physics Communications* 117, 35–43.
/// Standard error: jackknife over 32 blocks of futures. `None` as in [`first_order`].
#[must_use]
pub fn total_share(outcome: &[f64], redrawn: &[f64]) -> Option<Estimate> {
    if outcome.len() != redrawn.len() || !varies(outcome) {
        return None;
    }
    let share = |keep: &dyn Fn(usize) -> bool| {
        let kept = || (0..outcome.len()).filter(|r| keep(*r));
        let squares: f64 = kept().map(|r| (outcome[r] - redrawn[r]).powi(2)).sum();
        // both are draws of one law: their variances are pooled, about their own means
        let all = f64::midpoint(variance(kept().map(|r| outcome[r])), variance(kept().map(|r| redrawn[r])));
        if all > 0.0 { squares / kept().count() as f64 / 2.0 / all } else { 0.0 }
    };
    Some(jackknife(outcome.len(), share))
}

/// What is expected of an outcome where an input stands at a percentile and all else keeps its law.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Conditional {
    /// The input there.
    pub input: f64,
    /// The outcome expected there.
    pub outcome: Estimate,
}

/// E[outcome | input at its percentile `p`]: a straight line through the fifth of the futures nearest to it in rank, with the
/// standard error of least squares. `None` as in [`first_order`].
#[must_use]
pub fn expected_at(input: &[f64], outcome: &[f64], p: f64) -> Option<Conditional> {
    if input.len() != outcome.len() || !varies(input) || !varies(outcome) {
        return None;
    }
    let order = sorted(input);
    let inputs: Vec<f64> = order.iter().map(|r| input[*r as usize]).collect();
    let at = percentile_of_sorted(&inputs, p)?;
    let wide = (inputs.len() as f64 * NEAR) as usize;
    let from = ((inputs.len() as f64 * p) as usize).saturating_sub(wide / 2).min(inputs.len() - wide);
    let near = order[from..from + wide].iter().map(|r| (input[*r as usize], outcome[*r as usize]));
    let fit = Fit::of(near);
    Some(Conditional { input: at, outcome: Estimate { value: fit.at(at), standard_error: fit.error_at(at) } })
}

#[cfg(test)]
#[path = "sensitivity_tests.rs"]
mod tests;
