//! Estimates from batches: independent replications, or stretches of one long run that are long against its memory.
//!
//! A run's own values are correlated, so s/√n of them is far too narrow; the means of long batches are nearly independent.
//! Law (2015), *Simulation Modeling and Analysis*, 5th ed., §9.5.3; Asmussen & Glynn (2007), *Stochastic Simulation*, ch. IV.

use super::{Estimate, estimate};

/// The mean of a stationary run with its standard error from `batches` equal stretches; values that do not fill the last one
/// are left out at the front. `None` for fewer than two batches or fewer values than batches.
///
/// ```
/// let seen = plimsoll::stats::batch_means(&[1.0, 3.0, 2.0, 6.0], 2).unwrap();
/// assert_eq!((seen.value, seen.standard_error), (3.0, 1.0));
/// ```
#[must_use]
pub fn batch_means(values: &[f64], batches: usize) -> Option<Estimate> {
    let length = values.len().checked_div(batches).filter(|length| batches > 1 && *length > 0)?;
    let means: Vec<f64> = values[values.len() - length * batches..].chunks_exact(length).map(mean).collect();
    Some(estimate(means.iter().copied()))
}

/// The mean of a stationary run with its standard error from all overlapping stretches of `length` values: two thirds of the
/// variance of [`batch_means`] in the standard error, at the same length.
///
/// σ̂² = n m / ((n - m + 1)(n - m)) Σ (Ȳ_j - Ȳ)², standard error √(σ̂²/n). Meketon & Schmeiser (1984), "Overlapping batch
/// means: something for nothing?", *Proc. Winter Simulation Conference*, 227–230. `None` unless 0 < length < n.
#[must_use]
pub fn overlapping_batch_means(values: &[f64], length: usize) -> Option<Estimate> {
    let n = values.len();
    if length == 0 || length >= n {
        return None;
    }
    let value = mean(values);
    let mut sum: f64 = values[..length].iter().map(|one| one - value).sum();
    let mut squares = sum * sum;
    for (new, old) in values[length..].iter().zip(values) {
        sum += new - old;
        squares += sum * sum;
    }
    let (count, span) = (n as f64, length as f64);
    let constant = count * span / ((count - span + 1.0) * (count - span)) * squares / (span * span);
    Some(Estimate { value, standard_error: (constant / count).sqrt() })
}

/// The variance constant σ² = lim T·Var(mean over T) of a stationary run, from the means of independent batches of `length`
/// each, and its standard error.
///
/// σ̂² = length × s², and Var(s²) = (m₄ - s⁴ (B - 3)/(B - 1)) / B, but no less than the 2 s⁴/(B - 1) of normal means: means of
/// queues have longer tails than that, and a few batches that happen to show none would claim too much. `None` for fewer than
/// four batches. The bias is of order memory ÷ length. Whitt (1989), "Planning queueing simulations", *Management Science* 35(11), 1341–1366.
#[must_use]
pub fn variance_constant(means: &[f64], length: f64) -> Option<Estimate> {
    if means.len() < 4 {
        return None;
    }
    let (count, centre) = (means.len() as f64, mean(means));
    let power = |exponent: i32| means.iter().map(|one| (one - centre).powi(exponent)).sum::<f64>();
    let (variance, fourth) = (power(2) / (count - 1.0), power(4) / count);
    let spread = (fourth - variance * variance * (count - 3.0) / (count - 1.0)) / count;
    let normal = 2.0 * variance * variance / (count - 1.0);
    Some(Estimate { value: length * variance, standard_error: length * spread.max(normal).sqrt() })
}

/// Σ parts ÷ Σ wholes with its standard error over independent batches (delta method): a share of customers, a mean over time.
///
/// Cochran (1977), *Sampling Techniques*, 3rd ed., §6.3. `None` for fewer than two batches, unequal numbers or no whole.
#[must_use]
pub fn ratio(parts: &[f64], wholes: &[f64]) -> Option<Estimate> {
    let whole: f64 = wholes.iter().sum();
    if parts.len() < 2 || parts.len() != wholes.len() || whole.abs() < f64::MIN_POSITIVE {
        return None;
    }
    let value = parts.iter().sum::<f64>() / whole;
    let count = parts.len() as f64;
    let left = parts.iter().zip(wholes).map(|(part, whole)| part - value * whole);
    let standard_error = estimate(left).standard_error * count / whole.abs();
    Some(Estimate { value, standard_error })
}

/// The variance of a value with its standard error, from each batch's mean of the value and of its square (delta method).
/// `None` for fewer than two batches or unequal numbers.
#[must_use]
pub fn batch_variance(first: &[f64], second: &[f64]) -> Option<Estimate> {
    if first.len() < 2 || first.len() != second.len() {
        return None;
    }
    let centre = mean(first);
    let around = estimate(first.iter().zip(second).map(|(one, square)| square - 2.0 * centre * one));
    let noise = estimate(first.iter().copied()).standard_error.powi(2);
    Some(Estimate { value: around.value + centre * centre + noise, standard_error: around.standard_error })
}

/// The percentile at fraction `p` of all batches' values together, with its standard error.
///
/// The share of each batch below the pooled percentile gives the standard error e of p; the pooled percentiles at p ± e are
/// two standard errors apart. Woodruff (1952), "Confidence intervals for medians and other position measures", *JASA* 47,
/// 635–646. `None` for fewer than two batches or no values.
#[must_use]
pub fn batch_percentile<B: AsRef<[f64]>>(batches: &[B], p: f64) -> Option<Estimate> {
    let mut all: Vec<f64> = batches.iter().flat_map(AsRef::as_ref).copied().collect();
    let value = order_statistic(&mut all, p)?;
    let below: Vec<f64> = batches.iter().map(|one| one.as_ref().iter().filter(|seen| **seen <= value).count() as f64).collect();
    let sizes: Vec<f64> = batches.iter().map(|one| one.as_ref().len() as f64).collect();
    let error = ratio(&below, &sizes)?.standard_error;
    let (high, low) = (order_statistic(&mut all, p + error)?, order_statistic(&mut all, p - error)?);
    Some(Estimate { value, standard_error: (high - low) / 2.0 })
}

/// The percentile of values in any order (type 7, as [`super::percentile`]) without sorting them all.
fn order_statistic(values: &mut [f64], p: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let rank = p.clamp(0.0, 1.0) * last as f64;
    let (_, at, above) = values.select_nth_unstable_by(rank.floor() as usize, f64::total_cmp);
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    let part = rank - rank.floor();
    Some(if part > 0.0 { *at + part * (next - *at) } else { *at })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::percentile;
    use crate::stream::{Seed, Stream};

    /// X' = φX + Z: mean 0, variance constant 1/(1-φ)².
    fn autoregression(phi: f64, n: usize, replication: u32) -> Vec<f64> {
        let mut rng = Stream::root(Seed(3)).named("ar").replication(replication).rng();
        let mut at = rng.normal() / (1.0 - phi * phi).sqrt();
        let step = |_| {
            at = phi * at + rng.normal();
            at
        };
        (0..n).map(step).collect()
    }

    #[test]
    fn order_statistics_are_the_percentiles() {
        let values = autoregression(0.5, 1_001, 1);
        for p in [0.0, 0.013, 0.5, 0.95, 0.999, 1.0] {
            assert_eq!(order_statistic(&mut values.clone(), p), percentile(&values, p));
        }
    }

    #[test]
    fn intervals_of_a_correlated_run_cover_as_often_as_they_say() {
        // 90 batches of 200: the memory is 10; 500 runs of each kind
        let mut inside = [0_u32; 3];
        let runs = 500;
        for run in 0..runs {
            let values = autoregression(0.9, 18_000, run);
            let two = [
                batch_means(&values, 90).unwrap(),
                overlapping_batch_means(&values, 200).unwrap(),
                estimate(values.iter().copied()),
            ];
            for (count, seen) in inside.iter_mut().zip(two) {
                *count += u32::from(seen.value.abs() <= 1.96 * seen.standard_error);
            }
        }
        // The variance of a mean over 200 is short of its limit by 2φ/((1-φ²)·200) ≈ 4.7 %: 94.5 % are covered, five standard
        // errors of 500 runs are 5.1 %.
        let share = |count: u32| f64::from(count) / f64::from(runs);
        assert!((share(inside[0]) - 0.945).abs() < 0.051, "{inside:?}");
        assert!((share(inside[1]) - 0.945).abs() < 0.051, "{inside:?}");
        // taken as independent, the same values would cover a third: P(|Z| < 1.96/√19) = 0.347
        assert!((share(inside[2]) - 0.347).abs() < 0.106, "{inside:?}");
    }

    #[test]
    fn the_variance_constant_of_an_autoregression_is_found() {
        let means: Vec<f64> = (0..400).map(|run| mean(&autoregression(0.8, 2_000, run))).collect();
        let seen = variance_constant(&means, 2_000.0).unwrap();
        // the limit is 1/(1-φ)² = 25; batches are short of it by 2φ/((1-φ²) n) = 0.2 %
        assert!((seen.value - 25.0).abs() < 5.0 * seen.standard_error + 0.1, "{seen:?}");
        assert!((seen.standard_error / 25.0 - (2.0_f64 / 399.0).sqrt()).abs() < 0.02, "{seen:?}");
    }

    #[test]
    fn a_ratio_of_equal_wholes_is_the_mean() {
        let parts = [1.0, 4.0, 2.0, 7.0];
        let (seen, wanted) = (ratio(&parts, &[2.0; 4]).unwrap(), estimate(parts.iter().map(|part| part / 2.0)));
        assert!((seen.value - wanted.value).abs() < 1e-15 && (seen.standard_error - wanted.standard_error).abs() < 1e-15);
    }

    #[test]
    fn a_percentile_of_batches_is_as_sure_as_its_error_says() {
        // the median of a stationary autoregression is 0
        let mut squares = 0.0;
        for run in 0..200 {
            let values = autoregression(0.8, 6_000, run);
            let batches: Vec<Vec<f64>> = values.chunks_exact(200).map(<[f64]>::to_vec).collect();
            let seen = batch_percentile(&batches, 0.5).unwrap();
            squares += (seen.value / seen.standard_error).powi(2);
        }
        // mean square of a Student's t with 29 degrees is 29/27 = 1.07, batches are short of 1/σ² by 5 %; 5 standard errors
        assert!((squares / 200.0 - 1.1).abs() < 5.0 * (2.0_f64 / 200.0).sqrt(), "{squares}");
    }

    #[test]
    fn too_little_is_no_estimate() {
        assert_eq!(batch_means(&[1.0, 2.0], 1), None);
        assert_eq!(batch_means(&[1.0], 2), None);
        assert_eq!(overlapping_batch_means(&[1.0, 2.0], 2), None);
        assert_eq!(variance_constant(&[1.0; 3], 1.0), None);
        assert_eq!(ratio(&[1.0], &[1.0]), None);
        assert_eq!(batch_percentile::<&[f64]>(&[&[], &[]], 0.5), None);
        assert_eq!(batch_variance(&[1.0], &[1.0]), None);
    }
}
