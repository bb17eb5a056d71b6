//! A forecast made elsewhere, read as an outlook.

use super::outlook::{GRID_POINTS, NORMAL, Outlook};
use statrs::distribution::{ContinuousCDF, Normal};

/// What an outside forecast says of one step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExternalStep {
    /// The point forecast, in the unit of the series.
    pub centre: f64,
    /// Pairs of probability (between 0 and 1) and value, in any order; may be empty.
    pub quantiles: Vec<(f64, f64)>,
}

/// Why an outside forecast cannot be used; steps count from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExternalError {
    /// It ends too early.
    #[error("the forecast has {have} steps where {want} are wanted")]
    MissingSteps {
        /// Steps given.
        have: usize,
        /// Steps wanted.
        want: usize,
    },
    /// A centre or a quantile is NaN or infinite.
    #[error("step {step}: a value is not a finite number")]
    NotFinite {
        /// The step.
        step: usize,
    },
    /// A probability is not between 0 and 1.
    #[error("step {step}: {probability} is not a probability between 0 and 1")]
    Probability {
        /// The step.
        step: usize,
        /// The number given.
        probability: f64,
    },
    /// A probability is stated twice.
    #[error("step {step}: the quantile at {probability} is stated twice")]
    Twice {
        /// The step.
        step: usize,
        /// The probability.
        probability: f64,
    },
    /// A higher probability has a lower value.
    #[error("step {step}: the quantile at {higher} is below the one at {lower}")]
    Crossing {
        /// The step.
        step: usize,
        /// The lower probability.
        lower: f64,
        /// The higher probability.
        higher: f64,
    },
}

/// The outlook of the first `want` steps of an outside forecast.
///
/// Between stated quantiles the value is a monotone cubic in the normal score z = Φ⁻¹(p): Fritsch & Carlson (1980), "Monotone
/// piecewise cubic interpolation", *SIAM Journal on Numerical Analysis* 17, 238–246. Beyond the outermost ones it goes on
/// along the line through the last two (a normal tail). A single quantile is joined by the centre, taken as the median, where
/// the two do not cross. A step with a centre alone is certain: its sd is 0.
///
/// ```
/// use plimsoll::forecast::methods::{ExternalStep, external};
///
/// let step = ExternalStep { centre: 100.0, quantiles: vec![(0.1, 90.0), (0.5, 100.0), (0.9, 125.0)] };
/// assert_eq!(external(&[step], 1).expect("sound").quantiles_at(0)[12], 125.0);
/// ```
///
/// # Errors
/// Steps are missing, a number is not finite, a probability is outside (0, 1) or stated twice, quantiles cross.
pub fn external(steps: &[ExternalStep], want: usize) -> Result<Outlook, ExternalError> {
    if steps.len() < want {
        return Err(ExternalError::MissingSteps { have: steps.len(), want });
    }
    let mut outlook = Outlook { centre: Vec::with_capacity(want), sd: Vec::with_capacity(want), quantiles: None };
    let mut quantiles = Vec::with_capacity(want);
    for (at, step) in steps[..want].iter().enumerate() {
        let through = Through::new(step, at + 1)?;
        outlook.centre.push(step.centre);
        outlook.sd.push(through.spread());
        quantiles.push(through.grid());
    }
    outlook.quantiles = steps[..want].iter().any(|step| !step.quantiles.is_empty()).then_some(quantiles);
    Ok(outlook)
}

/// A rising curve of values over normal scores.
struct Through {
    scores: Vec<f64>,
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Through {
    fn new(step: &ExternalStep, number: usize) -> Result<Self, ExternalError> {
        let mut stated = step.quantiles.clone();
        if !step.centre.is_finite() || stated.iter().any(|(_, value)| !value.is_finite()) {
            return Err(ExternalError::NotFinite { step: number });
        }
        if let Some((probability, _)) = stated.iter().find(|(p, _)| !(*p > 0.0 && *p < 1.0)) {
            return Err(ExternalError::Probability { step: number, probability: *probability });
        }
        stated.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in stated.windows(2) {
            let ((lower, below), (higher, above)) = (pair[0], pair[1]);
            if lower == higher {
                return Err(ExternalError::Twice { step: number, probability: lower });
            }
            if below > above {
                return Err(ExternalError::Crossing { step: number, lower, higher });
            }
        }
        match stated[..] {
            [] => stated.push((0.5, step.centre)),
            [(p, value)] if p < 0.5 && value <= step.centre => stated.push((0.5, step.centre)),
            [(p, value)] if p > 0.5 && value >= step.centre => stated.insert(0, (0.5, step.centre)),
            _ => {}
        }
        let normal = Normal::standard();
        let scores: Vec<f64> = stated.iter().map(|(p, _)| normal.inverse_cdf(*p)).collect();
        let values: Vec<f64> = stated.iter().map(|(_, value)| *value).collect();
        let slopes = slopes(&scores, &values);
        Ok(Self { scores, values, slopes })
    }

    fn at(&self, z: f64) -> f64 {
        let last = self.scores.len() - 1;
        if last == 0 {
            return self.values[0];
        }
        let secant = |i: usize| (self.values[i + 1] - self.values[i]) / (self.scores[i + 1] - self.scores[i]);
        if z <= self.scores[0] {
            return self.values[0] + secant(0) * (z - self.scores[0]);
        }
        if z >= self.scores[last] {
            return self.values[last] + secant(last - 1) * (z - self.scores[last]);
        }
        let i = self.scores.partition_point(|score| *score <= z).clamp(1, last) - 1;
        let width = self.scores[i + 1] - self.scores[i];
        let s = (z - self.scores[i]) / width;
        let (low, high) = (self.values[i], self.values[i + 1]);
        let bend = s * (1.0 - s) * width * ((1.0 - s) * self.slopes[i] - s * self.slopes[i + 1]);
        let value = low + (high - low) * s * s * (3.0 - 2.0 * s) + bend;
        value.clamp(low, high)
    }

    fn grid(&self) -> [f64; GRID_POINTS] {
        let mut grid: [f64; GRID_POINTS] = std::array::from_fn(|p| self.at(NORMAL[p]));
        // a probability stated is met to the last digit
        for (p, value) in grid.iter_mut().enumerate() {
            if let Some(at) = self.scores.iter().position(|score| (score - NORMAL[p]).abs() < 1e-9) {
                *value = self.values[at];
            }
        }
        for p in 1..GRID_POINTS {
            grid[p] = grid[p].max(grid[p - 1]);
        }
        grid
    }

    /// The standard deviation of the whole curve, z standard normal: Simpson's rule over six each way.
    fn spread(&self) -> f64 {
        let middle = self.at(0.0);
        let (mut weights, mut first, mut second) = (0.0, 0.0, 0.0);
        for i in 0..=240_u32 {
            let z = -6.0 + 0.05 * f64::from(i);
            let simpson = if i == 0 || i == 240 { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
            let weight = simpson * (-0.5 * z * z).exp();
            let away = self.at(z) - middle;
            weights += weight;
            first += weight * away;
            second += weight * away * away;
        }
        (second / weights - (first / weights).powi(2)).max(0.0).sqrt()
    }
}

/// Slopes at the knots that keep a cubic monotone: the weighted harmonic mean of the secants either side, the outer secant at
/// the ends. Fritsch & Butland (1984), *SIAM Journal on Scientific and Statistical Computing* 5, 300–304.
fn slopes(scores: &[f64], values: &[f64]) -> Vec<f64> {
    let n = scores.len();
    let secant = |i: usize| (values[i + 1] - values[i]) / (scores[i + 1] - scores[i]);
    (0..n)
        .map(|i| match i {
            _ if n == 1 => 0.0,
            0 => secant(0),
            _ if i == n - 1 => secant(n - 2),
            _ => {
                let (before, after) = (secant(i - 1), secant(i));
                if before * after <= 0.0 {
                    return 0.0;
                }
                let (left, right) = (scores[i] - scores[i - 1], scores[i + 1] - scores[i]);
                let (a, b) = (2.0 * right + left, right + 2.0 * left);
                (a + b) / (a / before + b / after)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step(centre: f64, quantiles: &[(f64, f64)]) -> ExternalStep {
        ExternalStep { centre, quantiles: quantiles.to_vec() }
    }

    #[test]
    fn normal_quantiles_give_back_the_normal() {
        let given = step(10.0, &[(0.9, 10.0 + 2.0 * 1.281_551_565_544_6), (0.1, 10.0 - 2.0 * 1.281_551_565_544_6), (0.5, 10.0)]);
        let outlook = external(&[given], 1).expect("fine");
        for (seen, z) in outlook.quantiles_at(0).iter().zip(NORMAL) {
            assert!((seen - (10.0 + 2.0 * z)).abs() < 1e-8, "{seen}");
        }
        assert!((outlook.sd[0] - 2.0).abs() < 1e-4, "{}", outlook.sd[0]);
    }

    #[test]
    fn a_lognormal_is_near_what_it_was() {
        let normal = Normal::standard();
        let stated: Vec<(f64, f64)> =
            [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95].iter().map(|p| (*p, (0.3 * normal.inverse_cdf(*p)).exp())).collect();
        let outlook = external(&[step(1.0, &stated)], 1).expect("fine");
        for (p, seen) in outlook.quantiles_at(0).iter().enumerate().filter(|(p, _)| (3..=13).contains(p)) {
            assert!((seen / (0.3 * NORMAL[p]).exp() - 1.0).abs() < 0.01, "{p} {seen}");
        }
    }

    #[test]
    fn one_quantile_is_joined_by_the_centre_and_none_is_certain() {
        let outlook = external(&[step(10.0, &[(0.975, 10.0 + 1.959_963_984_540_054)]), step(7.0, &[])], 2).expect("fine");
        assert!((outlook.quantiles_at(0)[4] - (10.0 - 1.281_551_565_544_6)).abs() < 1e-8 && outlook.sd[1] == 0.0);
        assert_eq!(outlook.quantiles_at(1), [7.0; GRID_POINTS]);
        assert_eq!(external(&[step(7.0, &[])], 1).expect("fine").quantiles, None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |step: ExternalStep| external(&[step], 1).expect_err("wrong");
        assert_eq!(external(&[], 2), Err(ExternalError::MissingSteps { have: 0, want: 2 }));
        assert_eq!(error(step(f64::NAN, &[])), ExternalError::NotFinite { step: 1 });
        assert_eq!(error(step(1.0, &[(0.5, f64::INFINITY)])), ExternalError::NotFinite { step: 1 });
        assert_eq!(error(step(1.0, &[(1.0, 2.0)])), ExternalError::Probability { step: 1, probability: 1.0 });
        assert_eq!(error(step(1.0, &[(0.5, 2.0), (0.5, 2.0)])), ExternalError::Twice { step: 1, probability: 0.5 });
        let crossing = error(step(1.0, &[(0.9, 1.0), (0.1, 2.0)]));
        assert_eq!(crossing.to_string(), "step 1: the quantile at 0.9 is below the one at 0.1");
    }

    proptest! {
        #[test]
        fn quantiles_rise_and_stated_ones_are_kept(mut values in prop::collection::vec(-1e3..1e3, 3), width in 0.0..5.0) {
            values.sort_by(f64::total_cmp);
            values[1] = values[0] + f64::min(width, values[2] - values[0]);
            let outlook = external(&[step(0.0, &[(0.1, values[0]), (0.5, values[1]), (0.9, values[2])])], 1).expect("fine");
            let grid = outlook.quantiles_at(0);
            prop_assert!(grid.windows(2).all(|pair| pair[0] <= pair[1]), "{grid:?}");
            prop_assert_eq!([grid[4], grid[8], grid[12]], [values[0], values[1], values[2]]);
        }
    }
}
