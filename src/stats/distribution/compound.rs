//! Laws made of several: mixtures of exponentials, and the first of several causes.

use super::{Distribution, Invalid, demand, positive, weighed};
use crate::portable::{exp, exp_m1, ln, ln_1p, powf};
use crate::stats::{ln_gamma_tail, ln_normal_tail, normal_tail};

/// Weights may be off from 1 by so much: what adding them up rounds away.
const ROUNDED: f64 = 1e-9;

pub(super) fn check_branches(branches: &[(f64, f64)]) -> Result<(), Invalid> {
    if branches.is_empty() {
        return Err(Invalid { parameter: "weights", seen: "are none".to_owned(), expected: "one or more" });
    }
    for (weight, mean) in branches {
        positive("weights", *weight)?;
        positive("means", *mean)?;
    }
    let sum: f64 = branches.iter().map(|branch| branch.0).sum();
    let seen = || format!("sum to {sum}");
    if (sum - 1.0).abs() <= ROUNDED {
        Ok(())
    } else {
        Err(Invalid { parameter: "weights", seen: seen(), expected: "a sum of 1" })
    }
}

pub(super) fn check_causes(laws: &[Distribution]) -> Result<(), Invalid> {
    if laws.is_empty() {
        return Err(Invalid { parameter: "laws", seen: "are none".to_owned(), expected: "one or more" });
    }
    laws.iter().try_for_each(Distribution::check)?;
    laws.iter().try_for_each(|law| demand(law.least() >= 0.0, "laws", law.least(), "laws that do not go below 0"))
}

impl Distribution {
    /// The largest number that no draw is below; minus infinity where there is none.
    #[must_use]
    pub fn least(&self) -> f64 {
        let least = |all: &mut dyn Iterator<Item = f64>| all.fold(f64::INFINITY, f64::min);
        match self {
            Self::Constant { value } => *value,
            Self::Uniform { low, .. } | Self::Triangular { low, .. } | Self::Beta { low, .. } => *low,
            Self::Normal { .. } => f64::NEG_INFINITY,
            Self::Lognormal { .. } | Self::Exponential { .. } | Self::Weibull { .. } | Self::Gamma { .. } => 0.0,
            Self::Hyperexponential { .. } => 0.0,
            Self::Quantiles { .. } => self.through().least(),
            Self::Empirical { values } => least(&mut values.iter().copied()),
            Self::Discrete { points } => least(&mut points.iter().map(|(value, _)| *value)),
            Self::Mixture { parts } => least(&mut parts.iter().map(|(_, law)| law.least())),
            Self::Minimum { laws } => least(&mut laws.iter().map(Self::least)),
        }
    }

    /// The smallest number that no draw is above; infinity where there is none.
    #[must_use]
    pub fn most(&self) -> f64 {
        let most = |all: &mut dyn Iterator<Item = f64>| all.fold(f64::NEG_INFINITY, f64::max);
        match self {
            Self::Constant { value } => *value,
            Self::Uniform { high, .. } | Self::Triangular { high, .. } | Self::Beta { high, .. } => *high,
            Self::Quantiles { high, .. } => high.unwrap_or(f64::INFINITY),
            Self::Empirical { values } => most(&mut values.iter().copied()),
            Self::Discrete { points } => most(&mut points.iter().map(|(value, _)| *value)),
            Self::Mixture { parts } => most(&mut parts.iter().map(|(_, law)| law.most())),
            Self::Minimum { laws } => laws.iter().map(Self::most).fold(f64::INFINITY, f64::min),
            _ => f64::INFINITY,
        }
    }

    /// P(X > x) = 1 - F(x), to its last digits also far out where the law has a tail that is known there.
    ///
    /// ```
    /// use plimsoll::stats::Distribution;
    /// let causes = vec![Distribution::Exponential { mean: 2.0 }, Distribution::Exponential { mean: 2.0 }];
    /// let first = Distribution::Minimum { laws: causes };
    /// assert!((first.survival(50.0) / (-50.0_f64).exp() - 1.0).abs() < 1e-13);
    /// ```
    #[must_use]
    pub fn survival(&self, x: f64) -> f64 {
        exp(-self.cumulative_hazard(x))
    }

    /// -ln P(X > x): it keeps its digits near 0, where the survival is almost 1, and far out, where it is almost 0. Hazards of
    /// independent causes add up.
    #[must_use]
    pub fn cumulative_hazard(&self, x: f64) -> f64 {
        let of_gone = |gone: f64| if gone < 1.0 { -ln_1p(-gone) } else { f64::INFINITY };
        match self {
            Self::Exponential { .. } | Self::Weibull { .. } | Self::Hyperexponential { .. } if x <= 0.0 => 0.0,
            Self::Lognormal { .. } | Self::Gamma { .. } if x <= 0.0 => 0.0,
            Self::Exponential { mean } => x / mean,
            Self::Weibull { shape, scale } => powf(x / scale, *shape),
            Self::Gamma { shape, scale } => -ln_gamma_tail(*shape, x / scale),
            Self::Lognormal { median, sigma } => {
                let z = ln(x / median) / sigma;
                if z < 0.0 { of_gone(normal_tail(-z)) } else { -ln_normal_tail(z) }
            }
            Self::Hyperexponential { branches } => {
                let gone: f64 = branches.iter().map(|(weight, mean)| -weight * exp_m1(-x / mean)).sum();
                if gone < 0.5 {
                    return of_gone(gone);
                }
                // the slowest branch is what is left far out: it is taken out of the sum, which can not vanish then
                let slowest = branches.iter().map(|branch| branch.1).fold(0.0, f64::max);
                let left = branches.iter().map(|(weight, mean)| weight * exp(x / slowest - x / mean)).sum();
                x / slowest - ln(left)
            }
            Self::Minimum { laws } => laws.iter().map(|law| law.cumulative_hazard(x)).sum(),
            // beyond the half what is left has the digits of the parts' tails
            Self::Mixture { parts } if self.cdf(x) >= 0.5 => -ln(weighed(parts, |law| law.survival(x))),
            _ => of_gone(self.cdf(x)),
        }
    }

    /// The least x with P(X <= x) >= p, to the last bit but rounding, between bounds from the laws that it is made of.
    pub(super) fn quantile_by_bisection(&self, p: f64) -> f64 {
        let reached = |x: f64| if p < 0.5 { self.cdf(x) >= p } else { self.survival(x) <= 1.0 - p };
        let (mut low, mut high) = self.around(p);
        if low >= high || reached(low) {
            return low;
        }
        // bounds that rounding has put on the wrong side
        while !reached(high) && high < f64::MAX {
            high *= 1.0 + 1e-9;
        }
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if reached(middle) { high = middle } else { low = middle }
        }
        high
    }

    /// Bounds of the quantile: of a mixture between those of its branches; of the first of n causes at most the least of theirs,
    /// and at least the least of theirs at p/n, as P(X <= x) <= Σ P(Xᵢ <= x).
    fn around(&self, p: f64) -> (f64, f64) {
        let least = |all: &mut dyn Iterator<Item = f64>| all.fold(f64::INFINITY, f64::min);
        match self {
            Self::Hyperexponential { branches } => {
                let unit = -ln_1p(-p);
                let longest = branches.iter().map(|branch| branch.1).fold(0.0, f64::max);
                (unit * least(&mut branches.iter().map(|branch| branch.1)), unit * longest)
            }
            Self::Minimum { laws } => {
                let share = p / laws.len() as f64;
                (least(&mut laws.iter().map(|law| law.quantile(share))), least(&mut laws.iter().map(|law| law.quantile(p))))
            }
            other => (other.quantile(p), other.quantile(p)),
        }
    }
}

#[cfg(test)]
mod tests;
