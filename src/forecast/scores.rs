//! Scores of forecasts against what came: plain functions of numbers.
//!
//! Definitions follow the M4 competition where it has one: Makridakis, Spiliotis & Assimakopoulos (2020), "The M4 Competition:
//! 100,000 time series and 61 forecasting methods", *International Journal of Forecasting* 36(1), 54–74.

/// What a score is measured in: how a series moved over a season before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Mean |y(t) − y(t − m)|; 0 for a series that never moved.
    pub absolute: f64,
    /// Mean (y(t) − y(t − m))².
    pub squared: f64,
}

/// The past with each gap filled by the value before it; gaps before the first value are left out.
#[must_use]
pub fn carried_forward(past: &[Option<f64>]) -> Vec<f64> {
    let mut last = None;
    let each = past.iter().filter_map(|value| {
        last = value.or(last);
        last
    });
    each.collect()
}

/// The scale of a past without gaps: its differences over `season` steps, over one where the past is no longer than that.
#[must_use]
pub fn scale(past: &[f64], season: usize) -> Scale {
    let lag = if past.len() > season { season.max(1) } else { 1 };
    let n = past.len().saturating_sub(lag) as f64;
    let away = || past.iter().skip(lag).zip(past).map(|(new, old)| new - old);
    Scale { absolute: away().map(f64::abs).sum::<f64>() / n, squared: away().map(|away| away * away).sum::<f64>() / n }
}

/// The last season again, `steps` steps; the last value where the past is shorter than a season. Empty for an empty past.
#[must_use]
pub fn seasonal_naive(past: &[f64], season: usize, steps: usize) -> Vec<f64> {
    let season = if past.len() >= season { season.max(1) } else { 1 };
    let from = past.len().saturating_sub(season);
    past[from..].iter().copied().cycle().take(if past.is_empty() { 0 } else { steps }).collect()
}

/// 200 |y − f| / (|y| + |f|), in percent; 0 where both are 0.
#[must_use]
pub fn smape(came: f64, stated: f64) -> f64 {
    let size = came.abs() + stated.abs();
    if size > 0.0 { 200.0 * (came - stated).abs() / size } else { 0.0 }
}

/// The quantile loss of `stated` as the quantile at `p`: p (y − q) above it, (1 − p)(q − y) below.
#[must_use]
pub fn pinball(came: f64, stated: f64, p: f64) -> f64 {
    let away = came - stated;
    (p * away).max((p - 1.0) * away)
}

/// The interval score at `level` (a share): width, plus 2/α times how far outside what came was.
///
/// Gneiting & Raftery (2007), "Strictly proper scoring rules, prediction, and estimation", *JASA* 102(477), 359–378.
#[must_use]
pub fn interval(came: f64, low: f64, high: f64, level: f64) -> f64 {
    let penalty = 2.0 / (1.0 - level);
    (high - low) + penalty * (low - came).max(0.0) + penalty * (came - high).max(0.0)
}

/// The CRPS of quantiles at rising probabilities: twice the integral of the quantile loss by the trapezoid rule, the loss going
/// to 0 at the probabilities 0 and 1.
///
/// Gneiting & Ranjan (2011), "Comparing density forecasts using threshold- and quantile-weighted scoring rules", *JBES* 29(3),
/// 411–422.
#[must_use]
pub fn crps_of_quantiles(probabilities: &[f64], quantiles: &[f64], came: f64) -> f64 {
    let (mut sum, mut last) = (0.0, (0.0, 0.0));
    let each = probabilities.iter().zip(quantiles).map(|(p, q)| (*p, pinball(came, *q, *p)));
    for (p, loss) in each.chain([(1.0, 0.0)]) {
        sum += (p - last.0) * (loss + last.1) / 2.0;
        last = (p, loss);
    }
    2.0 * sum
}

/// The continuous ranked probability score of a sample against what came, in the unit of the values; lower is better.
///
/// E|X − y| − ½ E|X − X′| with the second mean over pairs of different members, which is unbiased for the score of the law
/// that the sample was drawn from. `sorted` rises. Gneiting & Raftery (2007), *JASA* 102(477), 359–378; the fair form: Ferro
/// (2014), *QJRMS* 140(683), 1917–1923. 0 for an empty sample.
#[must_use]
pub fn crps(sorted: &[f64], seen: f64) -> f64 {
    let n = sorted.len() as f64;
    if sorted.is_empty() {
        return 0.0;
    }
    let distance = sorted.iter().map(|value| (value - seen).abs()).sum::<f64>() / n;
    if sorted.len() < 2 {
        return distance;
    }
    // Σ_{i<j} (x_j − x_i) = Σ_i x_i (2i − n + 1), i from 0
    let spread: f64 = sorted.iter().enumerate().map(|(i, value)| (value - sorted[0]) * (2.0 * i as f64 - n + 1.0)).sum();
    distance - spread / (n * (n - 1.0))
}

/// The CRPS of a normal law in closed form: σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π), z = (y − μ) / σ.
///
/// Gneiting, Raftery, Westveld & Goldman (2005), *Monthly Weather Review* 133(5), 1098–1118.
#[must_use]
pub fn crps_normal(mean: f64, sd: f64, seen: f64) -> f64 {
    let z = (seen - mean) / sd;
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let below = 0.5 * statrs::function::erf::erfc(-z / std::f64::consts::SQRT_2);
    sd * (z * (2.0 * below - 1.0) + 2.0 * density - 1.0 / std::f64::consts::PI.sqrt())
}

/// The mean of a distribution told by its quantiles: the mean of 199 of them, spread evenly over (0, 1).
#[must_use]
pub fn mean_of_quantiles(quantile: impl Fn(f64) -> f64) -> f64 {
    let n = 199;
    (0..n).map(|i| quantile((f64::from(i) + 0.5) / f64::from(n))).sum::<f64>() / f64::from(n)
}

/// A mean with its standard error over independent parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its standard error; `None` for fewer than two parts.
    pub standard_error: Option<f64>,
    /// How many parts.
    pub parts: usize,
}

/// The mean of what there is; `None` when there is nothing.
#[must_use]
pub fn mean(values: impl Iterator<Item = f64>) -> Option<Mean> {
    let values: Vec<f64> = values.collect();
    ratio(values.into_iter().map(|value| (value, 1.0)))
}

/// Σa / Σb over parts, with the standard error of a ratio of means; `None` when Σb is 0.
///
/// Cochran (1977), *Sampling Techniques*, 3rd ed., section 2.11.
#[must_use]
pub fn ratio(parts: impl Iterator<Item = (f64, f64)>) -> Option<Mean> {
    let parts: Vec<(f64, f64)> = parts.collect();
    let (above, below) = parts.iter().fold((0.0, 0.0), |(above, below), (a, b)| (above + a, below + b));
    if below == 0.0 {
        return None;
    }
    let (n, value) = (parts.len() as f64, above / below);
    let spread: f64 = parts.iter().map(|(a, b)| (a - value * b).powi(2)).sum();
    let standard_error = (parts.len() > 1).then(|| (spread / (n * (n - 1.0))).sqrt() * n / below.abs());
    Some(Mean { value, standard_error, parts: parts.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_single_points_are_as_worked_by_hand() {
        assert_eq!(smape(3.0, 1.0), 100.0);
        assert_eq!(smape(0.0, 0.0), 0.0);
        assert_eq!(smape(-1.0, 1.0), 200.0);
        assert_eq!((pinball(10.0, 6.0, 0.75), pinball(6.0, 10.0, 0.75)), (3.0, 1.0));
        assert_eq!(interval(5.0, 4.0, 6.0, 0.95), 2.0);
        assert!((interval(8.0, 4.0, 6.0, 0.75) - (2.0 + 8.0 * 2.0)).abs() < 1e-12);
        assert!((interval(3.0, 4.0, 6.0, 0.75) - (2.0 + 8.0)).abs() < 1e-12);
    }

    #[test]
    fn the_scale_is_the_mean_step_over_a_season() {
        let past = [1.0, 2.0, 4.0, 3.0, 4.0, 9.0];
        assert_eq!(scale(&past, 1), Scale { absolute: 10.0 / 5.0, squared: 32.0 / 5.0 });
        assert_eq!(scale(&past, 3), Scale { absolute: 9.0 / 3.0, squared: 33.0 / 3.0 });
        assert_eq!(scale(&past, 6), scale(&past, 1), "a season as long as the past leaves no difference");
    }

    #[test]
    fn gaps_repeat_what_came_before_and_the_last_season_comes_again() {
        let past = carried_forward(&[None, Some(1.0), None, Some(3.0), Some(4.0)]);
        assert_eq!(past, [1.0, 1.0, 3.0, 4.0]);
        assert_eq!(seasonal_naive(&past, 3, 5), [1.0, 3.0, 4.0, 1.0, 3.0]);
        assert_eq!(seasonal_naive(&past, 7, 2), [4.0, 4.0]);
        assert_eq!(seasonal_naive(&[], 7, 2), [0.0; 0]);
    }

    #[test]
    fn the_crps_of_one_quantile_is_that_of_its_two_trapezoids() {
        // the median alone: loss |y − q| / 2 at 1/2, two triangles of base 1/2, twice their area
        assert_eq!(crps_of_quantiles(&[0.5], &[6.0], 10.0), 2.0 * (0.5 * 2.0));
    }

    #[test]
    fn the_crps_of_many_quantiles_nears_the_closed_form_of_a_normal_law() {
        let normal = statrs::distribution::Normal::standard();
        let quantile = |p: f64| statrs::distribution::ContinuousCDF::inverse_cdf(&normal, p);
        let probabilities: Vec<f64> = (1..2_000).map(|i| f64::from(i) / 2_000.0).collect();
        let quantiles: Vec<f64> = probabilities.iter().map(|p| quantile(*p)).collect();
        for seen in [-2.0, 0.0, 0.7] {
            let (near, exact) = (crps_of_quantiles(&probabilities, &quantiles, seen), crps_normal(0.0, 1.0, seen));
            assert!((near - exact).abs() < 1e-3, "{seen}: {near} against {exact}");
        }
        assert!((mean_of_quantiles(|p| 3.0 + 2.0 * quantile(p)) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_ratio_of_equal_denominators_is_a_mean_with_its_textbook_error() {
        let mean = mean([1.0, 2.0, 3.0, 6.0].into_iter()).unwrap();
        // variance (4 + 1 + 0 + 9) / 3, over n = 4
        assert_eq!((mean.value, mean.parts), (3.0, 4));
        assert!((mean.standard_error.unwrap() - f64::sqrt(14.0 / 3.0 / 4.0)).abs() < 1e-12);
        assert_eq!(ratio([(2.0, 4.0), (1.0, 2.0)].into_iter()).unwrap().standard_error, Some(0.0));
        assert_eq!(ratio([(2.0, 0.0)].into_iter()), None);
    }
}
