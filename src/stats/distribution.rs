use std::fmt;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Gamma as GammaLaw, Normal as NormalLaw};

mod compound;
mod moments;

use crate::portable::{exp, exp_m1, ln, ln_1p, normal_quantile, powf};
use crate::stream::Generator;

/// A law by name and parameters: the same words in model files, code and report. Valid once [`Distribution::check`] passed.
///
/// ```
/// use plimsoll::stats::Distribution;
/// let lead_time = Distribution::Quantiles { points: vec![(0.05, 10.0), (0.5, 14.0), (0.95, 30.0)] };
/// assert!(lead_time.check().is_ok());
/// assert!((lead_time.quantile(0.95) - 30.0).abs() < 1e-9);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "law")]
#[non_exhaustive]
pub enum Distribution {
    /// Always this value.
    Constant {
        /// The value.
        value: f64,
    },
    /// Uniform on [low, high].
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Triangular on [low, high] with its peak at `mode`.
    Triangular {
        /// Lower end.
        low: f64,
        /// Peak.
        mode: f64,
        /// Upper end.
        high: f64,
    },
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
    },
    /// exp of a normal: `ln x ~ N(ln median, sigma²)`.
    Lognormal {
        /// Median, above 0.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Exponential.
    Exponential {
        /// Mean, above 0.
        mean: f64,
    },
    /// `P(X > x) = exp(-(x / scale)^shape)`.
    Weibull {
        /// Shape: below 1 infant mortality, above 1 wear-out.
        shape: f64,
        /// Scale: the 63.2 % point.
        scale: f64,
    },
    /// Gamma; its mean is shape × scale. A whole shape is an Erlang law.
    Gamma {
        /// Shape.
        shape: f64,
        /// Scale.
        scale: f64,
    },
    /// Through these (probability, value) points exactly: the quantile function is linear in the normal score of the
    /// probability between them, and goes on with its last slope outside (on the log of the values when all are above 0,
    /// so that they stay so).
    Quantiles {
        /// Two or more points, both coordinates strictly rising.
        points: Vec<(f64, f64)>,
    },
    /// One of these values, each as likely.
    ///
    /// Its quantile is a step, x_(⌈np⌉): no value between two of them is ever drawn.
    Empirical {
        /// The values, sorted.
        values: Vec<f64>,
    },
    /// One of several exponentials, chosen by chance: `P(X > x) = Σ weight exp(-x / mean)`. Spread wider than one exponential.
    Hyperexponential {
        /// (weight, mean) of each, all above 0; the weights sum to 1.
        branches: Vec<(f64, f64)>,
    },
    /// The first of several independent causes: `P(X > x) = Π P(Xᵢ > x)`. A bathtub is the least of a Weibull below shape 1, an
    /// exponential and a Weibull above 1.
    Minimum {
        /// The law of each; none goes below 0.
        laws: Vec<Distribution>,
    },
}

/// Why parameters are no distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{parameter} {seen}, expected {expected}")]
pub struct Invalid {
    /// The parameter.
    pub parameter: &'static str,
    /// What it is.
    pub seen: String,
    /// What is accepted.
    pub expected: &'static str,
}

fn demand(ok: bool, parameter: &'static str, seen: f64, expected: &'static str) -> Result<(), Invalid> {
    if ok { Ok(()) } else { Err(Invalid { parameter, seen: format!("is {seen}"), expected }) }
}

fn positive(parameter: &'static str, seen: f64) -> Result<(), Invalid> {
    demand(seen.is_finite() && seen > 0.0, parameter, seen, "a finite number above 0")
}

fn finite(parameter: &'static str, seen: f64) -> Result<(), Invalid> {
    demand(seen.is_finite(), parameter, seen, "a finite number")
}

fn standard_normal() -> NormalLaw {
    NormalLaw::new(0.0, 1.0).expect("0 and 1 are a valid mean and standard deviation")
}

impl Distribution {
    /// Always this value.
    #[must_use]
    pub fn constant(value: f64) -> Self {
        Self::Constant { value }
    }

    /// Whether its parameters make a law.
    ///
    /// # Errors
    /// The first parameter that does not, what it is and what is accepted.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Constant { value } => finite("value", *value),
            Self::Uniform { low, high } => {
                finite("low", *low)?;
                demand(high.is_finite() && high > low, "high", *high, "a finite number above `low`")
            }
            Self::Triangular { low, mode, high } => {
                finite("low", *low)?;
                demand(high.is_finite() && high > low, "high", *high, "a finite number above `low`")?;
                demand(mode >= low && mode <= high, "mode", *mode, "a number from `low` to `high`")
            }
            Self::Normal { mean, sd } => finite("mean", *mean).and_then(|()| positive("sd", *sd)),
            Self::Lognormal { median, sigma } => positive("median", *median).and_then(|()| positive("sigma", *sigma)),
            Self::Exponential { mean } => positive("mean", *mean),
            Self::Weibull { shape, scale } | Self::Gamma { shape, scale } => {
                positive("shape", *shape).and_then(|()| positive("scale", *scale))
            }
            Self::Quantiles { points } => check_quantiles(points),
            Self::Empirical { values } => {
                let none = || Invalid { parameter: "values", seen: "are none".to_owned(), expected: "one value or more" };
                values.first().ok_or_else(none)?;
                values.iter().try_for_each(|value| finite("values", *value))?;
                let falls = values.windows(2).find(|pair| pair[1] < pair[0]);
                falls.map_or(Ok(()), |pair| demand(false, "values", pair[1], "sorted, none below the one before"))
            }
            Self::Hyperexponential { branches } => compound::check_branches(branches),
            Self::Minimum { laws } => compound::check_causes(laws),
        }
    }

    /// The value below which a draw falls with probability `p`. Exact, but slow for gamma (about 1 µs) and for laws made of
    /// several (by bisection): not for hot loops.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        match self {
            Self::Constant { value } => *value,
            Self::Uniform { low, high } => low + p * (high - low),
            Self::Triangular { low, mode, high } => {
                let (width, rise) = (high - low, mode - low);
                if p * width <= rise {
                    low + (p * width * rise).sqrt()
                } else {
                    high - ((1.0 - p) * width * (high - mode)).sqrt()
                }
            }
            Self::Normal { mean, sd } => mean + sd * normal_quantile(p),
            Self::Lognormal { median, sigma } => median * exp(sigma * normal_quantile(p)),
            Self::Exponential { mean } => -mean * ln_1p(-p),
            Self::Weibull { shape, scale } => scale * powf(-ln_1p(-p), 1.0 / shape),
            Self::Gamma { shape, scale } => scale * unit_gamma(*shape).inverse_cdf(p),
            Self::Quantiles { points } => Line::through(points).at(normal_quantile(p)),
            Self::Empirical { values } => step_of_sorted(values, p),
            Self::Hyperexponential { .. } | Self::Minimum { .. } => self.quantile_by_bisection(p),
        }
    }

    /// P(X <= x).
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        match self {
            Self::Constant { value } => f64::from(u8::from(x >= *value)),
            Self::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Self::Triangular { low, mode, high } => {
                if x <= *low {
                    0.0
                } else if x <= *mode {
                    (x - low).powi(2) / ((high - low) * (mode - low))
                } else if x < *high {
                    1.0 - (high - x).powi(2) / ((high - low) * (high - mode))
                } else {
                    1.0
                }
            }
            Self::Normal { mean, sd } => standard_normal().cdf((x - mean) / sd),
            Self::Lognormal { .. } | Self::Exponential { .. } | Self::Weibull { .. } | Self::Gamma { .. } if x <= 0.0 => 0.0,
            Self::Lognormal { median, sigma } => standard_normal().cdf(ln(x / median) / sigma),
            Self::Exponential { mean } => -exp_m1(-x / mean),
            Self::Weibull { shape, scale } => -exp_m1(-powf(x / scale, *shape)),
            Self::Gamma { shape, scale } => unit_gamma(*shape).cdf(x / scale),
            Self::Quantiles { points } => standard_normal().cdf(Line::through(points).score_of(x)),
            Self::Empirical { values } => values.partition_point(|value| *value <= x) as f64 / values.len() as f64,
            Self::Hyperexponential { .. } | Self::Minimum { .. } => -exp_m1(-self.cumulative_hazard(x)),
        }
    }

    /// Its sampler: build it once outside a loop, draw from it inside.
    #[must_use]
    pub fn sampler(&self) -> Sampler {
        match self {
            Self::Constant { value } => Sampler::Constant(*value),
            Self::Exponential { mean } => Sampler::Exponential(*mean),
            Self::Weibull { shape, scale } => Sampler::Weibull { power: 1.0 / shape, scale: *scale },
            Self::Normal { mean, sd } => Sampler::Normal { mean: *mean, sd: *sd },
            Self::Lognormal { median, sigma } => Sampler::Lognormal { log_median: ln(*median), sigma: *sigma },
            Self::Gamma { shape, scale } => Sampler::Gamma(GammaSampler::new(*shape, *scale)),
            Self::Quantiles { points } => Sampler::Quantiles(Line::through(points)),
            Self::Empirical { values } => Sampler::Empirical(values.clone()),
            Self::Hyperexponential { branches } => Sampler::Mixture(compound::cumulated(branches)),
            Self::Minimum { laws } => Sampler::Least(laws.iter().map(Self::sampler).collect()),
            Self::Uniform { .. } | Self::Triangular { .. } => Sampler::ByQuantile(self.clone()),
        }
    }

    /// One draw.
    #[must_use]
    pub fn sample(&self, rng: &mut Generator) -> f64 {
        self.sampler().draw(rng)
    }
}

fn unit_gamma(shape: f64) -> GammaLaw {
    GammaLaw::new(shape, 1.0).expect("the shape was checked to be above 0")
}

/// x_(⌈np⌉): the first value at or below which lies a share of `p` or more.
fn step_of_sorted(values: &[f64], p: f64) -> f64 {
    let n = values.len() as f64;
    let rank = (n * p).ceil().clamp(1.0, n);
    // n p may be rounded up across a whole number
    let rank = if rank > 1.0 && (rank - 1.0) / n >= p { rank - 1.0 } else { rank };
    values[rank as usize - 1]
}

fn check_quantiles(points: &[(f64, f64)]) -> Result<(), Invalid> {
    let as_text = || points.iter().map(|(p, x)| format!("p{} = {x}", p * 100.0)).collect::<Vec<_>>().join(", ");
    let refuse = |expected| Err(Invalid { parameter: "quantiles", seen: format!("are {}", as_text()), expected });
    if points.len() < 2 {
        return refuse("two or more");
    }
    if points.iter().any(|(p, x)| !(*p > 0.0 && *p < 1.0 && x.is_finite())) {
        return refuse("probabilities above p0 and below p100, and finite values");
    }
    if points.windows(2).any(|pair| pair[1].0 <= pair[0].0 || pair[1].1 <= pair[0].1) {
        return refuse("values that rise with their probabilities");
    }
    Ok(())
}

/// A line through points of (normal score, value or its logarithm), that goes on outside with its last slopes.
#[derive(Debug, Clone)]
pub struct Line {
    points: Vec<(f64, f64)>,
    log: bool,
}

impl Line {
    fn through(points: &[(f64, f64)]) -> Self {
        let log = points[0].1 > 0.0;
        let points = points.iter().map(|(p, x)| (normal_quantile(*p), if log { ln(*x) } else { *x })).collect();
        Self { points, log }
    }

    /// The two points around the first place that `before` says is not past.
    fn around(&self, before: impl Fn(&(f64, f64)) -> bool) -> [(f64, f64); 2] {
        let last = self.points.len() - 1;
        let upper = 1 + self.points[1..last].iter().take_while(|point| before(point)).count();
        [self.points[upper - 1], self.points[upper]]
    }

    #[inline]
    pub(crate) fn at(&self, score: f64) -> f64 {
        let [(z0, x0), (z1, x1)] = self.around(|(z, _)| score > *z);
        let x = x0 + (x1 - x0) * (score - z0) / (z1 - z0);
        if self.log { exp(x) } else { x }
    }

    fn score_of(&self, value: f64) -> f64 {
        if self.log && value <= 0.0 {
            return f64::NEG_INFINITY;
        }
        let value = if self.log { ln(value) } else { value };
        let [(z0, x0), (z1, x1)] = self.around(|(_, x)| value > *x);
        z0 + (z1 - z0) * (value - x0) / (x1 - x0)
    }
}

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
    /// See [`Distribution::Quantiles`].
    Quantiles(Line),
    /// See [`Distribution::Empirical`].
    Empirical(Vec<f64>),
    /// See [`Distribution::Hyperexponential`]: cumulated weights, each with its mean.
    Mixture(Vec<(f64, f64)>),
    /// See [`Distribution::Minimum`].
    Least(Vec<Sampler>),
    /// By inversion of the quantile function.
    ByQuantile(Distribution),
}

impl Sampler {
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
            Self::Quantiles(line) => line.at(rng.normal()),
            Self::Empirical(values) => values[rng.below(values.len())],
            Self::Mixture(branches) => {
                let at = rng.uniform();
                let met = branches.partition_point(|(up_to, _)| *up_to < at).min(branches.len() - 1);
                branches[met].1 * rng.exponential()
            }
            Self::Least(parts) => parts.iter().map(|part| part.draw(rng)).fold(f64::INFINITY, f64::min),
            Self::ByQuantile(law) => law.quantile(rng.uniform()),
        }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant { value } => write!(f, "{value}"),
            Self::Uniform { low, high } => write!(f, "uniform from {low} to {high}"),
            Self::Triangular { low, mode, high } => write!(f, "triangular {low}, {mode}, {high}"),
            Self::Normal { mean, sd } => write!(f, "normal, mean {mean}, sd {sd}"),
            Self::Lognormal { median, sigma } => write!(f, "lognormal, median {median}, sigma {sigma}"),
            Self::Exponential { mean } => write!(f, "exponential, mean {mean}"),
            Self::Weibull { shape, scale } => write!(f, "Weibull, shape {shape}, scale {scale}"),
            Self::Gamma { shape, scale } => write!(f, "gamma, shape {shape}, scale {scale}"),
            Self::Quantiles { points } => {
                let all: Vec<String> = points.iter().map(|(p, x)| format!("p{} = {x}", p * 100.0)).collect();
                f.write_str(&all.join(", "))
            }
            Self::Empirical { values } => write!(f, "{} samples", values.len()),
            Self::Hyperexponential { branches } => {
                let all: Vec<String> = branches.iter().map(|(weight, mean)| format!("{weight} with mean {mean}")).collect();
                write!(f, "hyperexponential, {}", all.join(", "))
            }
            Self::Minimum { laws } => {
                let all: Vec<String> = laws.iter().map(Self::to_string).collect();
                write!(f, "the least of ({})", all.join("; "))
            }
        }
    }
}

#[cfg(test)]
#[path = "distribution_tests.rs"]
mod draws;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::estimate;
    use crate::stream::{Seed, Stream};

    fn laws() -> Vec<Distribution> {
        vec![
            Distribution::Uniform { low: -1.0, high: 3.0 },
            Distribution::Triangular { low: 0.0, mode: 1.0, high: 5.0 },
            Distribution::Normal { mean: 2.0, sd: 0.5 },
            Distribution::Lognormal { median: 8.0, sigma: 0.7 },
            Distribution::Exponential { mean: 3.0 },
            Distribution::Weibull { shape: 0.7, scale: 10.0 },
            Distribution::Gamma { shape: 2.5, scale: 4.0 },
            Distribution::Quantiles { points: vec![(0.05, 10.0), (0.5, 14.0), (0.95, 30.0)] },
            Distribution::Quantiles { points: vec![(0.1, -2.0), (0.5, 1.0), (0.9, 2.0)] },
            Distribution::Hyperexponential { branches: vec![(0.9, 1.0), (0.1, 40.0)] },
            Distribution::Minimum {
                laws: vec![
                    Distribution::Weibull { shape: 0.5, scale: 300.0 },
                    Distribution::Exponential { mean: 80.0 },
                    Distribution::Weibull { shape: 5.0, scale: 60.0 },
                ],
            },
            Distribution::Minimum {
                laws: vec![Distribution::Lognormal { median: 8.0, sigma: 0.7 }, Distribution::Gamma { shape: 2.5, scale: 4.0 }],
            },
        ]
    }

    #[test]
    fn cdf_undoes_quantile() {
        for law in laws() {
            for p in [0.001, 0.05, 0.1, 0.5, 0.77, 0.95, 0.999] {
                let back = law.cdf(law.quantile(p));
                assert!((back - p).abs() < 1e-9, "{law}: {p} -> {back}");
            }
        }
    }

    #[test]
    fn draws_have_the_mean_and_the_cdf_of_their_law() {
        let n = 100_000_u32;
        for law in laws() {
            let sampler = law.sampler();
            let mut rng = Stream::root(Seed(11)).named("law").rng();
            let draws: Vec<f64> = (0..n).map(|_| sampler.draw(&mut rng)).collect();
            let seen = estimate(draws.iter().copied());
            assert!((seen.value - law.mean()).abs() < 5.0 * seen.standard_error + 1e-3 * law.mean().abs(), "{law}: {seen:?}");
            for p in [0.05, 0.5, 0.95] {
                let below = draws.iter().filter(|x| **x <= law.quantile(p)).count() as f64 / f64::from(n);
                assert!((below - p).abs() < 5.0 * (p * (1.0 - p) / f64::from(n)).sqrt(), "{law}: {p} {below}");
            }
        }
    }

    #[test]
    fn quantiles_out_of_order_are_refused_with_what_was_seen() {
        let law = Distribution::Quantiles { points: vec![(0.05, 10.0), (0.5, 9.0), (0.95, 30.0)] };
        assert_eq!(
            law.check().unwrap_err().to_string(),
            "quantiles are p5 = 10, p50 = 9, p95 = 30, expected values that rise with their probabilities"
        );
    }
}
