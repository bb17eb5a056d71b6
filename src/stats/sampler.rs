//! Laws made ready to draw from.

use super::{ByScore, Distribution};
use crate::portable::{exp, ln};
use crate::stream::Generator;

/// Marsaglia & Tsang (2000), "A simple method for generating gamma variables", *ACM TOMS* 26(3).
#[derive(Debug, Clone)]
pub struct GammaSampler {
    d: f64,
    c: f64,
    scale: f64,
    /// 1 / shape for shapes below 1, which are drawn as one of shape + 1 times U^(1 / shape).
    boost: Option<f64>,
}

impl GammaSampler {
    fn new(shape: f64, scale: f64) -> Self {
        let d = if shape < 1.0 { shape + 2.0 / 3.0 } else { shape - 1.0 / 3.0 };
        Self { d, c: 1.0 / (9.0 * d).sqrt(), scale, boost: (shape < 1.0).then_some(1.0 / shape) }
    }

    fn draw(&self, rng: &mut Generator) -> f64 {
        let x = self.scale * self.d * self.unit(rng);
        match self.boost {
            None => x,
            // of very small shapes, what is below the smallest double is told as that
            Some(power) => (x * exp(-power * rng.exponential())).max(f64::MIN_POSITIVE),
        }
    }

    #[inline]
    fn unit(&self, rng: &mut Generator) -> f64 {
        loop {
            let x = rng.normal();
            let root = 1.0 + self.c * x;
            if root <= 0.0 {
                continue;
            }
            let (v, u, square) = (root * root * root, rng.uniform(), x * x);
            if u < 1.0 - 0.0331 * square * square || ln(u) < 0.5 * square + self.d * (1.0 - v + ln(v)) {
                return v;
            }
        }
    }
}

/// A distribution made ready to draw from.
#[derive(Debug, Clone)]
pub enum Sampler {
    /// See [`Distribution::Constant`].
    Constant(f64),
    /// See [`Distribution::Exponential`]: the mean.
    Exponential(f64),
    /// See [`Distribution::Weibull`]: 1 / shape and scale.
    Weibull {
        /// 1 / shape.
        power: f64,
        /// Scale.
        scale: f64,
    },
    /// See [`Distribution::Normal`].
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// See [`Distribution::Lognormal`].
    Lognormal {
        /// ln of the median.
        log_median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// See [`Distribution::Gamma`].
    Gamma(GammaSampler),
    /// By a standard normal: see [`Distribution::Quantiles`] and [`Distribution::Beta`].
    ByScore(ByScore),
    /// See [`Distribution::Empirical`].
    Empirical(Vec<f64>),
    /// See [`Distribution::Discrete`]: cumulated weights, the last 1, and values.
    Discrete(Vec<(f64, f64)>),
    /// See [`Distribution::Mixture`]: cumulated weights, the last 1.
    Mixture(Vec<(f64, Sampler)>),
    /// See [`Distribution::Hyperexponential`]: cumulated weights, the last 1, and means.
    Hyperexponential(Vec<(f64, f64)>),
    /// See [`Distribution::Minimum`].
    Least(Vec<Sampler>),
    /// By inversion of the quantile function.
    ByQuantile(Distribution),
}

impl Sampler {
    /// See [`Distribution::sampler`].
    pub(super) fn of(law: &Distribution) -> Self {
        match law {
            Distribution::Constant { value } => Self::Constant(*value),
            Distribution::Exponential { mean } => Self::Exponential(*mean),
            Distribution::Weibull { shape, scale } => Self::Weibull { power: 1.0 / shape, scale: *scale },
            Distribution::Normal { mean, sd } => Self::Normal { mean: *mean, sd: *sd },
            Distribution::Lognormal { median, sigma } => Self::Lognormal { log_median: ln(*median), sigma: *sigma },
            Distribution::Gamma { shape, scale } => Self::Gamma(GammaSampler::new(*shape, *scale)),
            Distribution::Quantiles { .. } | Distribution::Beta { .. } => Self::ByScore(law.by_score()),
            Distribution::Empirical { values } => Self::Empirical(values.clone()),
            Distribution::Uniform { .. } | Distribution::Triangular { .. } => Self::ByQuantile(law.clone()),
            Distribution::Discrete { points } => {
                Self::Discrete(cumulated(points.iter().map(|(value, weight)| (*weight, *value))))
            }
            Distribution::Mixture { parts } => {
                Self::Mixture(cumulated(parts.iter().map(|(weight, law)| (*weight, law.sampler()))))
            }
            Distribution::Hyperexponential { branches } => Self::Hyperexponential(cumulated(branches.iter().copied())),
            Distribution::Minimum { laws } => Self::Least(laws.iter().map(Self::of).collect()),
        }
    }

    /// One draw. Always finite, and above 0 for the laws of times: the numbers behind it are never 0. The bytes are the same on
    /// every machine: only [`crate::portable`] functions are called.
    #[inline]
    pub fn draw(&self, rng: &mut Generator) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Exponential(mean) => mean * rng.exponential(),
            Self::Weibull { power, scale } => scale * exp(power * ln(rng.exponential())),
            Self::Normal { mean, sd } => mean + sd * rng.normal(),
            Self::Lognormal { log_median, sigma } => exp(log_median + sigma * rng.normal()),
            Self::Gamma(law) => law.draw(rng),
            Self::ByScore(law) => law.at(rng.normal()),
            Self::Empirical(values) => values[rng.below(values.len())],
            Self::Discrete(points) => *reached(points, rng.uniform()),
            Self::Mixture(parts) => reached(parts, rng.uniform()).draw(rng),
            Self::Hyperexponential(branches) => reached(branches, rng.uniform()) * rng.exponential(),
            Self::Least(parts) => parts.iter().map(|part| part.draw(rng)).fold(f64::INFINITY, f64::min),
            Self::ByQuantile(law) => law.quantile(rng.uniform()),
        }
    }
}

/// Running sums of weights scaled to end at 1, each with what it belongs to.
pub(super) fn cumulated<T>(parts: impl Iterator<Item = (f64, T)>) -> Vec<(f64, T)> {
    let mut sum = 0.0;
    let mut all: Vec<(f64, T)> = parts
        .map(|(weight, part)| {
            sum += weight;
            (sum, part)
        })
        .collect();
    for (reached, _) in &mut all {
        *reached /= sum;
    }
    all
}

/// The first part whose running sum reaches `p`.
#[inline]
pub(super) fn reached<T>(parts: &[(f64, T)], p: f64) -> &T {
    &parts[parts.partition_point(|(sum, _)| *sum < p).min(parts.len() - 1)].1
}
