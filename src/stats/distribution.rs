use std::fmt;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Gamma as GammaLaw, Normal as NormalLaw};
use statrs::function::beta::beta_reg;

mod compound;
mod moments;

use super::by_score::ByScore;
use super::quantile_law::told;
use super::{QuantileLaw, Sampler};
use crate::portable::{exp, exp_m1, ln, ln_1p, normal_quantile, powf};
use crate::stream::Generator;

/// A law by name and parameters: the same words in model files, code and report. Valid once [`Distribution::check`] passed.
///
/// ```
/// use plimsoll::stats::Distribution;
/// let lead_time = Distribution::quantiles(&[(0.05, 10.0), (0.5, 14.0), (0.95, 30.0)]);
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
    /// Beta on [low, high]; its mean is `low + (high - low) α ÷ (α + β)`.
    Beta {
        /// Weight towards the upper end.
        alpha: f64,
        /// Weight towards the lower end.
        beta: f64,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Through these (probability, value) points exactly, inside their bounds: see [`QuantileLaw`].
    Quantiles {
        /// Two or more points, both coordinates strictly rising.
        points: Vec<(f64, f64)>,
        /// All values are above this; 0 when it is not given and all points are above 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<f64>,
        /// All values are below this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<f64>,
    },
    /// One of these values, each as likely.
    ///
    /// Its quantile is a step, x_(⌈np⌉): no value between two of them is ever drawn.
    Empirical {
        /// The values, sorted.
        values: Vec<f64>,
    },
    /// One of these values, each with its weight.
    Discrete {
        /// (value, weight), rising by value; weights above 0 are scaled to sum to 1.
        points: Vec<(f64, f64)>,
    },
    /// A draw from one of these laws, each with its weight.
    Mixture {
        /// (weight, law); weights above 0 are scaled to sum to 1.
        parts: Vec<(f64, Distribution)>,
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

    /// Through these (probability, value) points, without stated bounds.
    #[must_use]
    pub fn quantiles(points: &[(f64, f64)]) -> Self {
        Self::Quantiles { points: points.to_vec(), low: None, high: None }
    }

    /// The PERT law: beta on [low, high] with its peak at `mode` and the mean (low + 4 mode + high) ÷ 6.
    ///
    /// Malcolm, Roseboom, Clark & Fazar (1959), "Application of a technique for research and development program evaluation",
    /// *Operations Research* 7(5), 646–669.
    ///
    /// # Errors
    /// When `low` < `high` or `mode` between them does not hold.
    pub fn pert(low: f64, mode: f64, high: f64) -> Result<Self, Invalid> {
        Self::Triangular { low, mode, high }.check()?;
        let share = (mode - low) / (high - low);
        Ok(Self::Beta { alpha: 1.0 + 4.0 * share, beta: 5.0 - 4.0 * share, low, high })
    }

    /// The lognormal law with this mean and standard deviation: sigma² = ln(1 + (sd ÷ mean)²).
    ///
    /// # Errors
    /// When one is not a finite number above 0.
    pub fn lognormal_of_mean(mean: f64, sd: f64) -> Result<Self, Invalid> {
        positive("mean", mean).and_then(|()| positive("sd", sd))?;
        let square = ln_1p((sd / mean) * (sd / mean));
        Ok(Self::Lognormal { median: mean * exp(-0.5 * square), sigma: square.sqrt() })
    }

    /// The lognormal law with this median and 90th percentile.
    ///
    /// # Errors
    /// When the median is not above 0 or `p90` not above the median.
    pub fn lognormal_of_p90(median: f64, p90: f64) -> Result<Self, Invalid> {
        positive("median", median)?;
        demand(p90.is_finite() && p90 > median, "p90", p90, "a finite number above the median")?;
        Ok(Self::Lognormal { median, sigma: ln(p90 / median) / normal_quantile(0.9) })
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
            Self::Beta { alpha, beta, low, high } => {
                positive("alpha", *alpha).and_then(|()| positive("beta", *beta)).and_then(|()| finite("low", *low))?;
                demand(high.is_finite() && high > low, "high", *high, "a finite number above `low`")
            }
            Self::Quantiles { points, low, high } => QuantileLaw::through(points, *low, *high).map(|_| ()),
            Self::Empirical { values } => {
                let none = || Invalid { parameter: "values", seen: "are none".to_owned(), expected: "one value or more" };
                values.first().ok_or_else(none)?;
                values.iter().try_for_each(|value| finite("values", *value))?;
                let falls = values.windows(2).find(|pair| pair[1] < pair[0]);
                falls.map_or(Ok(()), |pair| demand(false, "values", pair[1], "sorted, none below the one before"))
            }
            Self::Discrete { points } => {
                demand(!points.is_empty(), "values", 0.0, "one value or more")?;
                points.iter().try_for_each(|(value, weight)| finite("values", *value).and(positive("weights", *weight)))?;
                let twin = points.windows(2).find(|pair| pair[1].0 <= pair[0].0);
                twin.map_or(Ok(()), |pair| demand(false, "values", pair[1].0, "values that rise, each once"))
            }
            Self::Mixture { parts } => {
                demand(!parts.is_empty(), "parts", 0.0, "one law or more")?;
                parts.iter().try_for_each(|(weight, law)| positive("weights", *weight).and_then(|()| law.check()))
            }
            Self::Hyperexponential { branches } => compound::check_branches(branches),
            Self::Minimum { laws } => compound::check_causes(laws),
        }
    }

    /// The value below which a draw falls with probability `p`. Slow, for gamma and for laws made of several most: for loops there
    /// is [`Distribution::by_score`].
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
            Self::Beta { .. } | Self::Quantiles { .. } | Self::Discrete { .. } | Self::Mixture { .. } => {
                self.by_score().at(normal_quantile(p))
            }
            Self::Empirical { values } => step_of_sorted(values, p),
            Self::Hyperexponential { .. } | Self::Minimum { .. } => self.quantile_by_bisection(p),
        }
    }

    /// The least whole days d ≥ 0 with P(X ≤ d) ≥ `p`, for a law in days: its quantile rounded up, but for a millionth of a day of rounding.
    ///
    /// ```
    /// use plimsoll::stats::Distribution;
    /// let lead = Distribution::quantiles(&[(0.1, 30.0), (0.5, 45.0), (0.9, 70.0)]);
    /// assert_eq!(lead.whole_days(0.9), 70);
    /// assert_eq!(Distribution::Exponential { mean: 10.0 }.whole_days(0.9), 24); // 10 ln 10 = 23.03
    /// ```
    #[must_use]
    pub fn whole_days(&self, p: f64) -> i32 {
        (self.quantile(p) - 1e-6).max(0.0).ceil() as i32
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
            Self::Beta { alpha, beta, low, high } => beta_reg(*alpha, *beta, ((x - low) / (high - low)).clamp(0.0, 1.0)),
            Self::Quantiles { .. } => self.through().cdf(x),
            Self::Empirical { values } => values.partition_point(|value| *value <= x) as f64 / values.len() as f64,
            Self::Discrete { points } => {
                let weight = |points: &[(f64, f64)]| points.iter().map(|(_, weight)| weight).sum::<f64>();
                weight(&points[..points.partition_point(|(value, _)| *value <= x)]) / weight(points)
            }
            Self::Mixture { parts } => weighed(parts, |law| law.cdf(x)),
            Self::Hyperexponential { .. } | Self::Minimum { .. } => -exp_m1(-self.cumulative_hazard(x)),
        }
    }

    /// The law of `Quantiles`.
    fn through(&self) -> QuantileLaw {
        let Self::Quantiles { points, low, high } = self else { unreachable!("only asked of quantiles") };
        QuantileLaw::through(points, *low, *high).expect("the quantiles were checked")
    }

    /// It as a function of a standard normal score z, F⁻¹(Φ(z)): build it once outside a loop.
    #[must_use]
    pub fn by_score(&self) -> ByScore {
        ByScore::of(self)
    }

    /// Its sampler: build it once outside a loop, draw from it inside.
    #[must_use]
    pub fn sampler(&self) -> Sampler {
        Sampler::of(self)
    }

    /// One draw.
    #[must_use]
    pub fn sample(&self, rng: &mut Generator) -> f64 {
        self.sampler().draw(rng)
    }
}

/// The weighted mean of what laws give.
fn weighed(parts: &[(f64, Distribution)], of: impl Fn(&Distribution) -> f64) -> f64 {
    parts.iter().map(|(weight, law)| weight * of(law)).sum::<f64>() / parts.iter().map(|(weight, _)| weight).sum::<f64>()
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
            Self::Beta { alpha, beta, low, high } => write!(f, "beta, alpha {alpha}, beta {beta}, from {low} to {high}"),
            Self::Quantiles { points, low, high } => f.write_str(&told(points, *low, *high)),
            Self::Empirical { values } => write!(f, "{} samples", values.len()),
            Self::Discrete { points } => {
                let all: Vec<String> = points.iter().map(|(value, weight)| format!("{value} with weight {weight}")).collect();
                write!(f, "one of {}", all.join(", "))
            }
            Self::Mixture { parts } => {
                let all: Vec<String> = parts.iter().map(|(weight, law)| format!("{weight} of ({law})")).collect();
                write!(f, "mixture of {}", all.join(", "))
            }
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
mod tests;
