//! Means and second moments.

use statrs::function::gamma::gamma;

use super::{Distribution, Line};
use crate::portable::{exp, ln, normal_quantile};
use crate::stats::quadrature::integral;

/// Cells of equal probability for laws through quantiles.
const CELLS: u32 = 20_000;

impl Distribution {
    /// Its mean. For `Quantiles` by the midpoint rule over 20,000 equal probabilities; for `Minimum` ∫ P(X > x) dx to 1e-12.
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
            Self::Quantiles { points } => over_cells(points, |x| x),
            Self::Empirical { values } => values.iter().sum::<f64>() / values.len() as f64,
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
            Self::Quantiles { points } => over_cells(points, |x| x * x),
            Self::Empirical { values } => values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64,
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
            Self::Uniform { low, high } => [*low, *high].into_iter().for_each(note),
            Self::Triangular { low, mode, high } => [*low, *mode, *high].into_iter().for_each(note),
            Self::Empirical { values } => values.iter().copied().for_each(note),
            Self::Quantiles { points } => points.iter().map(|point| point.1).for_each(note),
            Self::Minimum { laws } => laws.iter().for_each(|law| law.edges(note)),
            _ => {}
        }
    }
}

fn over_cells(points: &[(f64, f64)], of: impl Fn(f64) -> f64) -> f64 {
    let line = Line::through(points);
    let middle = |cell| of(line.at(normal_quantile((f64::from(cell) + 0.5) / f64::from(CELLS))));
    (0..CELLS).map(middle).sum::<f64>() / f64::from(CELLS)
}
