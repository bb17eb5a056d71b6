//! Laws as functions of a standard normal score: what a Gaussian copula and common random numbers draw with.

use super::cumulated::LogConcave;
use super::sampler::{cumulated, reached};
use super::{Distribution, QuantileLaw, normal_quantile_of_tail, normal_tail};
use crate::portable::{exp, exp_m1, ln, ln_1p, normal_quantile, powf};

/// x = F⁻¹(Φ(z)): the law of `at(Z)` for a standard normal Z is the one it was made of, and x never falls as z rises.
///
/// Bytes are the same on every machine: only [`crate::portable`] functions are called, also for gamma and beta laws, which are
/// tabulated from their own densities (|CDF error| below 1e-9).
///
/// ```
/// use plimsoll::stats::Distribution;
/// let price = Distribution::Uniform { low: 100.0, high: 200.0 }.by_score();
/// assert_eq!(price.at(0.0), 150.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ByScore(Form);

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Constant(f64),
    Uniform {
        low: f64,
        high: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        log_median: f64,
        sigma: f64,
    },
    /// scale × E^power of an exponential E.
    Weibull {
        scale: f64,
        power: f64,
    },
    Through(QuantileLaw),
    /// Running sums of weights, and values.
    Values(Vec<(f64, f64)>),
    /// Each with its weight; they sum to 1.
    Mixture(Vec<(f64, Distribution, ByScore)>),
    /// The first of several causes.
    Least(Vec<(Distribution, ByScore)>),
}

/// P(Z <= z).
#[inline]
fn below(z: f64) -> f64 {
    normal_tail(-z)
}

impl ByScore {
    pub(super) fn of(law: &Distribution) -> Self {
        Self(match law {
            Distribution::Constant { value } => Form::Constant(*value),
            Distribution::Uniform { low, high } => Form::Uniform { low: *low, high: *high },
            Distribution::Triangular { low, mode, high } => Form::Triangular { low: *low, mode: *mode, high: *high },
            Distribution::Normal { mean, sd } => Form::Normal { mean: *mean, sd: *sd },
            Distribution::Lognormal { median, sigma } => Form::Lognormal { log_median: ln(*median), sigma: *sigma },
            Distribution::Exponential { mean } => Form::Weibull { scale: *mean, power: 1.0 },
            Distribution::Weibull { shape, scale } => Form::Weibull { scale: *scale, power: 1.0 / shape },
            Distribution::Gamma { shape, scale } => Form::Through(LogConcave::gamma(*shape).law(0.0, None, *scale)),
            Distribution::Beta { alpha, beta, low, high } => {
                Form::Through(LogConcave::logistic(*alpha, *beta).law(*low, Some(*high), 1.0))
            }
            Distribution::Quantiles { points, low, high } => {
                Form::Through(QuantileLaw::through(points, *low, *high).expect("the quantiles were checked"))
            }
            Distribution::Empirical { values } => Form::Values(cumulated(values.iter().map(|value| (1.0, *value)))),
            Distribution::Discrete { points } => Form::Values(cumulated(points.iter().map(|(value, weight)| (*weight, *value)))),
            Distribution::Mixture { parts } => {
                let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
                let each = parts.iter().map(|(weight, law)| (weight / total, law.clone(), Self::of(law)));
                Form::Mixture(each.collect())
            }
            Distribution::Hyperexponential { branches } => {
                let exponential = |mean: f64| Distribution::Exponential { mean };
                let each = branches.iter().map(|(weight, mean)| (*weight, exponential(*mean)));
                return Self::of(&Distribution::Mixture { parts: each.collect() });
            }
            Distribution::Minimum { laws } => Form::Least(laws.iter().map(|law| (law.clone(), Self::of(law))).collect()),
        })
    }

    /// The value at a score. A few nanoseconds to tens of them; about 5 µs for a mixture or the least of several,
    /// which are inverted by halving.
    #[inline]
    #[must_use]
    pub fn at(&self, z: f64) -> f64 {
        match &self.0 {
            Form::Constant(value) => *value,
            Form::Normal { mean, sd } => mean + sd * z,
            Form::Lognormal { log_median, sigma } => exp(log_median + sigma * z),
            Form::Through(law) => law.at(z),
            Form::Uniform { low, high } => low + (high - low) * below(z),
            Form::Triangular { low, mode, high } => {
                let (width, rise) = (high - low, mode - low);
                if below(z) * width <= rise {
                    low + (below(z) * width * rise).sqrt()
                } else {
                    high - (below(-z) * width * (high - mode)).sqrt()
                }
            }
            Form::Weibull { scale, power } => {
                let exponential = if z > 0.0 { -ln(below(-z)) } else { -ln_1p(-below(z)) };
                scale * if *power == 1.0 { exponential } else { powf(exponential, *power) }
            }
            Form::Values(values) => *reached(values, below(z)),
            Form::Mixture(parts) => of_mixture(parts, z),
            Form::Least(parts) => of_least(parts, z),
        }
    }
}

/// The least x whose probability reaches that of the score, to the last bits: it lies between the parts' own values there.
fn of_mixture(parts: &[(f64, Distribution, ByScore)], z: f64) -> f64 {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (_, _, part) in parts {
        let x = part.at(z);
        low = low.min(x);
        high = high.max(x);
    }
    let p = below(z);
    let reaches = |x: f64| parts.iter().map(|(weight, law, _)| weight * law.cdf(x)).sum::<f64>() >= p;
    first_reached(low, high, reaches)
}

/// The least x whose cumulative hazard reaches that of the score, to the last bits: one of n causes has an n-th of it there or more,
/// and none has more than the whole.
fn of_least(parts: &[(Distribution, ByScore)], z: f64) -> f64 {
    let hazard = if z > 0.0 { -ln(below(-z)) } else { -ln_1p(-below(z)) };
    let share = hazard / parts.len() as f64;
    let least = if share > 0.5 { normal_quantile_of_tail(exp(-share)) } else { normal_quantile(-exp_m1(-share)) };
    let first = |z: f64| parts.iter().map(|(_, part)| part.at(z)).fold(f64::INFINITY, f64::min);
    first_reached(first(least), first(z), |x| parts.iter().map(|(law, _)| law.cumulative_hazard(x)).sum::<f64>() >= hazard)
}

/// The least x from `low` to `high` at which `reaches` begins to hold.
fn first_reached(mut low: f64, mut high: f64, reaches: impl Fn(f64) -> bool) -> f64 {
    if reaches(low) {
        return low;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if reaches(middle) { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{complement, normal_quantile};

    fn laws() -> Vec<Distribution> {
        let mut laws = vec![
            Distribution::Uniform { low: -1.0, high: 3.0 },
            Distribution::Triangular { low: 0.0, mode: 1.0, high: 5.0 },
            Distribution::Triangular { low: 0.0, mode: 5.0, high: 5.0 },
            Distribution::Normal { mean: 2.0, sd: 0.5 },
            Distribution::Lognormal { median: 8.0, sigma: 0.7 },
            Distribution::Exponential { mean: 3.0 },
            Distribution::Weibull { shape: 0.7, scale: 10.0 },
            Distribution::quantiles(&[(0.05, 10.0), (0.5, 14.0), (0.95, 30.0)]),
            Distribution::Mixture {
                parts: vec![(3.0, Distribution::Normal { mean: 0.0, sd: 1.0 }), (1.0, Distribution::Exponential { mean: 9.0 })],
            },
            Distribution::Hyperexponential { branches: vec![(0.9, 1.0), (0.1, 40.0)] },
            Distribution::Minimum {
                laws: vec![
                    Distribution::Weibull { shape: 0.5, scale: 300.0 },
                    Distribution::Exponential { mean: 80.0 },
                    Distribution::Weibull { shape: 5.0, scale: 60.0 },
                ],
            },
        ];
        let shapes = [0.02, 0.3, 1.0, 2.5, 40.0, 1e4];
        laws.extend(shapes.map(|shape| Distribution::Gamma { shape, scale: 4.0 }));
        for (alpha, beta) in [(0.5, 0.5), (0.05, 3.0), (1.0, 1.0), (2.0, 5.0), (300.0, 0.7), (400.0, 900.0)] {
            laws.push(Distribution::Beta { alpha, beta, low: 0.0, high: 1.0 });
            laws.push(Distribution::Beta { alpha: beta, beta: alpha, low: -3.0, high: 5.0 });
        }
        laws
    }

    #[test]
    fn the_probability_below_a_value_is_that_of_its_score() {
        for law in &laws() {
            let by_score = law.by_score();
            for step in -60..=60 {
                let z = f64::from(step) / 10.0 + 0.003;
                let (x, p) = (by_score.at(z), below(z));
                if x <= f64::MIN_POSITIVE {
                    continue; // what is below the smallest number is told as that
                }
                // a beta law crowds at its ends, where the spacing of numbers is worth its power α or β of probability; shapes of
                // 0.05 are held against their closed form below
                let crowds = match law {
                    Distribution::Beta { alpha, beta, .. } if alpha.min(*beta) < 0.3 => continue,
                    Distribution::Beta { alpha, beta, .. } => 4.0 * ((alpha + beta) * f64::EPSILON).powf(alpha.min(*beta)),
                    _ => 0.0,
                };
                let off = (law.cdf(x) - p).abs();
                assert!(off < 1e-9 + crowds, "{law}: z {z}, x {x}, p {p}, off {off}");
            }
        }
    }

    #[test]
    fn crowded_ends_are_right_on_the_open_side() {
        // P(B <= x) = x^α for β = 1, and 1 - (1 - x)^β for α = 1
        let steep = Distribution::Beta { alpha: 0.05, beta: 1.0, low: 0.0, high: 1.0 }.by_score();
        let mirror = Distribution::Beta { alpha: 1.0, beta: 0.05, low: 0.0, high: 1.0 }.by_score();
        for z in [-4.0, -2.0, -0.7, 0.4, 1.9, 3.3, 5.0] {
            let want = below(z).powf(20.0);
            assert!((steep.at(z) / want - 1.0).abs() < 1e-6 || want < 1e-300, "{z}: {} {want}", steep.at(z));
            assert!((mirror.at(-z) - (1.0 - want)).abs() < 1e-9, "{z}: {}", mirror.at(-z));
        }
        let exponential = Distribution::Gamma { shape: 1.0, scale: 2.0 }.by_score();
        for z in [-7.0_f64, -3.0, 0.0, 2.0, 7.0] {
            let want = Distribution::Exponential { mean: 2.0 }.by_score().at(z);
            assert!((exponential.at(z) / want - 1.0).abs() < 1e-8, "{z}: {} {want}", exponential.at(z));
        }
    }

    #[test]
    fn laws_of_huge_shapes_are_right() {
        // SciPy 1.17 gives gammainc(1e7, x) = 0.115653277374251 for this x, and Φ(-1.197) is 0.115653277374615
        let x = Distribution::Gamma { shape: 1e7, scale: 1.0 }.by_score().at(-1.197);
        assert!((x / 9_996_214.897_968_975 - 1.0).abs() < 1e-14, "{x}");
        // betainc(1e5, 2e5, x) is 0.4219137688911651, Φ(-0.197) 0.4219137688911644
        let x = Distribution::Beta { alpha: 1e5, beta: 2e5, low: 0.0, high: 1.0 }.by_score().at(-0.197);
        assert!((x / 0.333_163_426_650_837 - 1.0).abs() < 1e-14, "{x}");
    }

    #[test]
    fn the_first_of_two_equal_causes_is_one_of_twice_the_rate() {
        let laws = vec![Distribution::Exponential { mean: 4.0 }; 2];
        let (first, one) = (Distribution::Minimum { laws }.by_score(), Distribution::Exponential { mean: 2.0 }.by_score());
        for z in [-7.0_f64, -3.0, 0.0, 0.1, 2.0, 7.0] {
            assert!((first.at(z) / one.at(z) - 1.0).abs() < 1e-14, "{z}: {} {}", first.at(z), one.at(z));
        }
    }

    #[test]
    fn values_never_fall_as_the_score_rises_and_stay_numbers() {
        for law in laws() {
            let by_score = law.by_score();
            let mut before = f64::NEG_INFINITY;
            for step in -900..=900 {
                let x = by_score.at(f64::from(step) / 100.0);
                assert!(x >= before && x.is_finite() && x >= law.least(), "{law}: {before} {x}");
                before = x;
            }
        }
    }

    #[test]
    fn values_with_a_probability_of_their_own_are_kept() {
        let samples = Distribution::Empirical { values: vec![1.0, 2.0, 2.0, 7.0] }.by_score();
        let dice = Distribution::Discrete { points: vec![(1.0, 1.0), (2.0, 2.0), (7.0, 1.0)] }.by_score();
        let at = |p: f64| normal_quantile(p);
        for (p, x) in [(0.01, 1.0), (0.249, 1.0), (0.251, 2.0), (0.749, 2.0), (0.751, 7.0), (complement(1e-9), 7.0)] {
            assert_eq!((samples.at(at(p)), dice.at(at(p))), (x, x), "{p}");
        }
        let parts = vec![(0.7, Distribution::constant(0.0)), (0.3, Distribution::Uniform { low: 10.0, high: 20.0 })];
        let perhaps = Distribution::Mixture { parts }.by_score();
        assert_eq!([at(0.001), at(0.3), at(0.699)].map(|z| perhaps.at(z)), [0.0; 3]);
        assert!((perhaps.at(at(0.85)) - 15.0).abs() < 1e-9);
    }
}
