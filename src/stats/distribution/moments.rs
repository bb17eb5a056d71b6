//! Means and second moments.

use statrs::function::gamma::gamma;

use super::{Distribution, weighed};
use crate::portable::{exp, ln};
use crate::stats::quadrature::integral;

impl Distribution {
    /// Its mean. For `Quantiles` see [`QuantileLaw::mean`](crate::stats::QuantileLaw::mean); for `Minimum` ∫ P(X > x) dx to 1e-12.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant { value } => *value,
            Self::Uniform { low, high } => f64::midpoint(*low, *high),
            Self::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Self::Normal { mean, .. } | Self::Exponential { mean } => *mean,
            Self::Lognormal { median, sigma } => median * exp(sigma * sigma / 2.0),
            Self::Weibull { shape, scale } => scale * gamma(1.0 + 1.0 / shape),
            Self::Gamma { shape, scale } => shape * scale,
            Self::Beta { alpha, beta, low, high } => low + (high - low) * alpha / (alpha + beta),
            Self::Quantiles { .. } => self.through().mean(),
            Self::Empirical { values } => values.iter().sum::<f64>() / values.len() as f64,
            Self::Discrete { points } => of_points(points, |x| x),
            Self::Mixture { parts } => weighed(parts, Self::mean),
            Self::Hyperexponential { branches } => branches.iter().map(|(weight, mean)| weight * mean).sum(),
            Self::Minimum { .. } => self.moment_by_survival(1),
        }
    }

    /// E X², computed as the mean is.
    #[must_use]
    pub fn second_moment(&self) -> f64 {
        match self {
            Self::Constant { value } => value * value,
            Self::Uniform { low, high } => (low * low + low * high + high * high) / 3.0,
            Self::Triangular { low, mode, high } => {
                (low * low + mode * mode + high * high + low * mode + low * high + mode * high) / 6.0
            }
            Self::Normal { mean, sd } => mean * mean + sd * sd,
            Self::Exponential { mean } => 2.0 * mean * mean,
            Self::Lognormal { median, sigma } => median * median * exp(2.0 * sigma * sigma),
            Self::Weibull { shape, scale } => scale * scale * gamma(1.0 + 2.0 / shape),
            Self::Gamma { shape, scale } => shape * (shape + 1.0) * scale * scale,
            Self::Beta { alpha, beta, low, high } => {
                let (sum, width) = (alpha + beta, high - low);
                self.mean().powi(2) + width * width * alpha * beta / (sum * sum * (sum + 1.0))
            }
            Self::Quantiles { .. } => {
                let law = self.through();
                law.variance() + law.mean().powi(2)
            }
            Self::Empirical { values } => values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64,
            Self::Discrete { points } => of_points(points, |x| x * x),
            Self::Mixture { parts } => weighed(parts, Self::second_moment),
            Self::Hyperexponential { branches } => branches.iter().map(|(weight, mean)| 2.0 * weight * mean * mean).sum(),
            Self::Minimum { .. } => self.moment_by_survival(2),
        }
    }

    /// E Xⁿ = ∫ n xⁿ⁻¹ P(X > x) dx of a law of times, over ln x: a power at 0 and a slow tail are both smooth there. Where laws jump
    /// or bend, panels end.
    fn moment_by_survival(&self, n: i32) -> f64 {
        let longest = self.quantile(1.0 - 1e-12);
        if longest <= 0.0 {
            return 0.0;
        }
        let power = f64::from(n);
        let mut end = longest;
        // what is left beyond is below e^-80 of longestⁿ
        while self.cumulative_hazard(end) < 80.0 + power * ln(end / longest) && end < 1e300 {
            end *= 2.0;
        }
        let start = longest * 1e-40;
        let mut edges = vec![ln(start), ln(end)];
        self.edges(&mut |at| {
            if at > start && at < end {
                edges.push(ln(at));
            }
        });
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let term = |t: f64| power * exp(power * t - self.cumulative_hazard(exp(t)));
        integral(&edges, 1e-13, &term)
    }

    /// Where its survival jumps or bends.
    fn edges(&self, note: &mut dyn FnMut(f64)) {
        match self {
            Self::Constant { value } => note(*value),
            Self::Uniform { low, high } | Self::Beta { low, high, .. } => [*low, *high].into_iter().for_each(note),
            Self::Triangular { low, mode, high } => [*low, *mode, *high].into_iter().for_each(note),
            Self::Empirical { values } => values.iter().copied().for_each(note),
            Self::Quantiles { points, low, high } => {
                points.iter().map(|point| point.1).chain(*low).chain(*high).for_each(note);
            }
            Self::Discrete { points } => points.iter().map(|point| point.0).for_each(note),
            Self::Mixture { parts } => parts.iter().for_each(|(_, law)| law.edges(note)),
            Self::Minimum { laws } => laws.iter().for_each(|law| law.edges(note)),
            _ => {}
        }
    }
}

/// The weighted mean over values with weights.
fn of_points(points: &[(f64, f64)], of: impl Fn(f64) -> f64) -> f64 {
    points.iter().map(|(x, weight)| of(*x) * weight).sum::<f64>() / points.iter().map(|(_, weight)| weight).sum::<f64>()
}
