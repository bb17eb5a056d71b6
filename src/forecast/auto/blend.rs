//! Weights of the candidates: what worked on this series, drawn toward what worked over the whole run.

use super::super::methods::GRID;
use super::candidates::Method;
use super::trial::{Origin, Row, Trial};

/// Twice the mean pinball loss over the grid, each level weighted by the part of (0, 1) it stands for: the CRPS by quadrature.
///
/// Gneiting & Ranjan (2011), "Comparing density forecasts using threshold- and quantile-weighted scoring rules", *JBES* 29(3).
pub(super) fn loss(row: &Row, came: f64) -> f64 {
    let mut sum = 0.0;
    for (i, (p, q)) in GRID.iter().zip(row).enumerate() {
        let below = if i == 0 { 0.0 } else { f64::midpoint(GRID[i - 1], *p) };
        let above = GRID.get(i + 1).map_or(1.0, |next| f64::midpoint(*p, *next));
        let away = came - q;
        sum += (above - below) * if away >= 0.0 { p * away } else { (p - 1.0) * away };
    }
    2.0 * sum
}

/// Quantiles combined level by level: half way from their weighted mean (Vincentization) to their weighted median.
///
/// A mean uses all candidates, a median forgives one that runs away; half of each did better than either on the M1, M3 and
/// tourism series. Petropoulos & Svetunkov (2020), "A simple combination of univariate models", *IJF* 36(1), take the median.
pub(super) fn blended<'a>(rows: impl Iterator<Item = (f64, &'a Row)>) -> Row {
    let rows: Vec<(f64, &Row)> = rows.filter(|(weight, _)| *weight > 0.0).collect();
    if let [(_, only)] = rows.as_slice() {
        return **only;
    }
    let total: f64 = rows.iter().map(|(weight, _)| weight).sum();
    let mut values: Vec<(f64, f64)> = Vec::with_capacity(rows.len());
    std::array::from_fn(|level| {
        values.clear();
        values.extend(rows.iter().map(|(weight, row)| (row[level], weight / total)));
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mean: f64 = values.iter().map(|(value, weight)| value * weight).sum();
        f64::midpoint(mean, weighted_median(&values))
    })
}

/// The median of values that rise, each with its share: straight between the middles of the shares.
fn weighted_median(values: &[(f64, f64)]) -> f64 {
    let (mut below, mut before) = (0.0, None);
    for (value, share) in values {
        let middle = below + share / 2.0;
        if middle >= 0.5 {
            return before.map_or(*value, |(from, at): (f64, f64)| from + (0.5 - at) / (middle - at) * (value - from));
        }
        below += share;
        before = Some((*value, middle));
    }
    values.last().map_or(0.0, |last| last.0)
}

/// Mean loss of each candidate at each origin of one series, `None` where it could not be tried.
pub(super) fn losses(trial: &Trial) -> Vec<Vec<Option<f64>>> {
    let at = |rows: &Option<Vec<Row>>, came: &[f64]| {
        let rows = rows.as_ref()?;
        Some(rows.iter().zip(came).map(|(row, came)| loss(row, *came)).sum::<f64>() / rows.len() as f64)
    };
    trial.origins.iter().map(|origin| origin.stated.iter().map(|rows| at(rows, &origin.came)).collect()).collect()
}

/// How strongly a better score is preferred: weights are proportional to loss^−SHARPNESS.
const SHARPNESS: f64 = 3.0;
/// So many origins' worth of belief that a series is as the others of its run.
const POOLING: f64 = 12.0;
/// A candidate under this weight is left out.
const LEAST: f64 = 0.05;

/// What worked over the run: for each candidate the mean log loss relative to its rivals on the same series.
pub(super) fn pooled(trials: &[Trial], losses: &[Vec<Vec<Option<f64>>>]) -> Vec<(Method, f64)> {
    let mut sums: Vec<(Method, f64, f64)> = Vec::new();
    for (trial, losses) in trials.iter().zip(losses) {
        for ((candidate, ..), log) in trial.fits.iter().zip(relative(trial, losses, None)) {
            let Some(log) = log else { continue };
            match sums.iter_mut().find(|held| held.0 == *candidate) {
                Some(held) => {
                    held.1 += log;
                    held.2 += 1.0;
                }
                None => sums.push((*candidate, log, 1.0)),
            }
        }
    }
    // a handful of series says little: belief of four series that all candidates are alike
    sums.into_iter().map(|(candidate, sum, n)| (candidate, sum / (n + 4.0))).collect()
}

/// ln of the loss of each tried candidate less the mean of them all, `without` one of the origins and what
/// shares values with it.
fn relative(trial: &Trial, losses: &[Vec<Option<f64>>], without: Option<usize>) -> Vec<Option<f64>> {
    let tiny = (trial.context.scale * 1e-3).max(f64::MIN_POSITIVE);
    let log = |candidate: usize| {
        let each = losses
            .iter()
            .zip(&trial.origins)
            .filter(|(_, origin)| !without.is_some_and(|out| origin.overlaps(&trial.origins[out])));
        let sum = each.map(|(losses, _)| losses[candidate]).try_fold((0.0, 0), |(sum, n), loss| Some((sum + loss?, n + 1)))?;
        (sum.1 > 0).then(|| (sum.0 / f64::from(sum.1) + tiny).ln())
    };
    let logs: Vec<Option<f64>> = (0..trial.fits.len()).map(log).collect();
    let n = logs.iter().flatten().count().max(1) as f64;
    let mean = logs.iter().flatten().sum::<f64>() / n;
    logs.into_iter().map(|log| Some((log? - mean).clamp(-1.5, 1.5))).collect()
}

/// The weights of one series' candidates, summing to 1, `without` what one of its origins says.
pub(super) fn weights(trial: &Trial, losses: &[Vec<Option<f64>>], run: &[(Method, f64)], without: Option<usize>) -> Vec<f64> {
    let own = relative(trial, losses, without);
    let out = |origin: &&Origin| without.is_some_and(|out| origin.overlaps(&trial.origins[out]));
    let n = (losses.len() - trial.origins.iter().filter(out).count()) as f64;
    let raw = trial.fits.iter().zip(own).map(|((candidate, ..), own)| {
        let of_run = run.iter().find(|held| held.0 == *candidate).map_or(0.0, |held| held.1);
        let score = own.map_or(of_run, |own| (n * own + POOLING * of_run) / (n + POOLING));
        (-SHARPNESS * score).exp()
    });
    normalised(raw.collect())
}

fn normalised(mut raw: Vec<f64>) -> Vec<f64> {
    let total: f64 = raw.iter().sum();
    if total <= 0.0 {
        let n = raw.len().max(1) as f64;
        return vec![1.0 / n; raw.len()];
    }
    raw.iter_mut().for_each(|weight| *weight /= total);
    if raw.iter().any(|weight| *weight > 0.0 && *weight < LEAST) {
        raw.iter_mut().filter(|weight| **weight < LEAST).for_each(|weight| *weight = 0.0);
        return normalised(raw);
    }
    raw
}
