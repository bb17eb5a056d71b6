//! Weights of the candidates: what worked on this series, drawn toward what worked over the whole run.

use super::super::methods::GRID;
use super::super::scores::pinball;
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
        sum += (above - below) * pinball(came, *q, *p);
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
        let out = |origin: &Origin| without.is_some_and(|out| trial.overlaps(origin, out));
        let each = losses.iter().zip(&trial.origins).filter(|(_, origin)| !out(origin));
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
    let out = |origin: &&Origin| without.is_some_and(|out| trial.overlaps(origin, out));
    let n = (losses.len() - trial.origins.iter().filter(out).count()) as f64;
    let scores = trial.fits.iter().zip(&own).map(|((candidate, ..), own)| {
        let of_run = run.iter().find(|held| held.0 == *candidate).map_or(0.0, |held| held.1);
        own.map_or(of_run, |own| (n * own + POOLING * of_run) / (n + POOLING))
    });
    let scores: Vec<f64> = scores.collect();
    let mut raw: Vec<f64> = scores.iter().map(|score| (-SHARPNESS * score).exp()).collect();
    if trial.context.calendar.is_some() {
        keep_those_above_the_floor(trial, &own, &mut raw);
    }
    normalised(raw)
}

/// Of levels, a method that did not beat seasonal naive on this series is not used, and seasonal naive only where none did. Where
/// nothing could be held back, all are used; where methods were asked for by name, those are.
fn keep_those_above_the_floor(trial: &Trial, own: &[Option<f64>], raw: &mut [f64]) {
    let Some(floor) = trial.naive() else { return };
    let used = |at: usize| match (&trial.context.asked, own[floor]) {
        (Some(asked), _) => asked.contains(&trial.fits[at].0),
        (None, None) => true,
        (None, Some(naive)) => at != floor && own[at].is_some_and(|own| own < naive),
    };
    let used: Vec<bool> = (0..raw.len()).map(used).collect();
    let any = used.contains(&true);
    for (at, weight) in raw.iter_mut().enumerate() {
        if !(if any { used[at] } else { at == floor }) {
            *weight = 0.0;
        }
    }
}

fn normalised(mut raw: Vec<f64>) -> Vec<f64> {
    let total: f64 = raw.iter().sum();
    if total <= 0.0 {
        let n = raw.len().max(1) as f64;
        return vec![1.0 / n; raw.len()];
    }
    for weight in &mut raw {
        *weight /= total;
    }
    if raw.iter().any(|weight| *weight > 0.0 && *weight < LEAST) {
        raw.iter_mut().filter(|weight| **weight < LEAST).for_each(|weight| *weight = 0.0);
        return normalised(raw);
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_of_a_point_forecast_is_its_absolute_error() {
        // all quantiles at one value: ∫ 2 (1{y < q} − p)(q − y) dp = |q − y|
        for came in [3.0, 9.5] {
            assert!((loss(&[7.0; 17], came) - (came - 7.0_f64).abs()).abs() < 1e-12, "{came}");
        }
    }

    #[test]
    fn the_loss_of_a_normal_row_is_near_its_closed_form() {
        // CRPS of N(0, 1) at 0: 2 φ(0) − 1/√π = 0.2337; 17 cells by their middles are 2.9 % low there
        let closed = 2.0 / (2.0 * std::f64::consts::PI).sqrt() - 1.0 / std::f64::consts::PI.sqrt();
        let ratio = loss(&super::super::super::methods::NORMAL, 0.0) / closed;
        assert!((0.965..1.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_blend_lies_half_way_from_mean_to_median() {
        let rows = [[1.0; 17], [2.0; 17], [9.0; 17]];
        // mean 4; middles of thirds at 1/6, 1/2, 5/6: median 2
        assert_eq!(blended(rows.iter().map(|row| (1.0, row))), [3.0; 17]);
        assert_eq!(blended(rows.iter().zip([0.0, 1.0, 0.0]).map(|(row, weight)| (weight, row))), [2.0; 17]);
    }

    #[test]
    fn a_weighted_median_is_drawn_toward_the_heavier_value() {
        // shares 0.75 and 0.25: middles at 0.375 and 0.875; half lies a quarter of the way
        assert!((weighted_median(&[(0.0, 0.75), (8.0, 0.25)]) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn weights_sum_to_one_and_the_light_ones_go() {
        assert_eq!(normalised(vec![0.02, 1.0, 1.0]), [0.0, 0.5, 0.5]);
        assert_eq!(normalised(vec![0.0, 0.0]), [0.5, 0.5]);
    }
}
