use serde::Serialize;
use statrs::function::gamma::{gamma, ln_gamma};

use crate::stats::{Distribution, Invalid, ln_gamma_below, ln_gamma_tail, ln_normal_tail, normal_quantile_of_tail, normal_tail};
use crate::stream::Generator;

/// A law of lifetimes: positive, continuous, with what a likelihood and a hazard need. Time in one unit of your choice.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "law")]
#[non_exhaustive]
pub enum Law {
    /// S(t) = e^(-t / mean).
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// S(t) = e^(-(t / scale)^shape).
    Weibull {
        /// Shape: below 1 infant mortality, above 1 wear-out.
        shape: f64,
        /// Scale: the 63.2 % point.
        scale: f64,
    },
    /// ln t is normal.
    Lognormal {
        /// Mean of ln t: the median is e^mu.
        mu: f64,
        /// Standard deviation of ln t.
        sigma: f64,
    },
    /// Gamma; a whole shape is an Erlang law.
    Gamma {
        /// Shape.
        shape: f64,
        /// Scale: the mean is shape × scale.
        scale: f64,
    },
    /// One of several exponential laws, chosen by chance at the start.
    Hyperexponential {
        /// (probability, mean) of each; the probabilities sum to 1.
        branches: Vec<(f64, f64)>,
    },
    /// The first of several independent Weibull risks. One of shape below 1 and one above it make a bathtub.
    CompetingWeibulls {
        /// (shape, scale) of each.
        risks: Vec<(f64, f64)>,
    },
}

fn positive(parameter: &'static str, seen: f64) -> Result<(), Invalid> {
    let ok = seen.is_finite() && seen > 0.0;
    if ok { Ok(()) } else { Err(Invalid { parameter, seen: format!("is {seen}"), expected: "a finite number above 0" }) }
}

impl Law {
    /// Whether its parameters make a law.
    ///
    /// # Errors
    /// The first parameter that does not, what it is and what is accepted.
    pub fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Exponential { mean } => positive("mean", *mean),
            Self::Weibull { shape, scale } | Self::Gamma { shape, scale } => {
                positive("shape", *shape).and_then(|()| positive("scale", *scale))
            }
            Self::Lognormal { mu, sigma } => {
                if !mu.is_finite() {
                    return Err(Invalid { parameter: "mu", seen: format!("is {mu}"), expected: "a finite number" });
                }
                positive("sigma", *sigma)
            }
            Self::Hyperexponential { branches } => {
                let sum: f64 = branches.iter().map(|branch| branch.0).sum();
                if (sum - 1.0).abs() > 1e-9 || branches.iter().any(|branch| branch.0 < 0.0) {
                    let seen = format!("sum to {sum}");
                    return Err(Invalid { parameter: "probabilities", seen, expected: "a sum of 1, none below 0" });
                }
                branches.iter().try_for_each(|branch| positive("mean", branch.1))
            }
            Self::CompetingWeibulls { risks } => {
                if risks.is_empty() {
                    return Err(Invalid { parameter: "risks", seen: "are none".to_owned(), expected: "one risk or more" });
                }
                risks.iter().try_for_each(|risk| positive("shape", risk.0).and_then(|()| positive("scale", risk.1)))
            }
        }
    }

    /// ln S(t) = -H(t), minus the cumulative hazard; 0 for t <= 0.
    #[must_use]
    pub fn ln_survival(&self, t: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Exponential { mean } => -t / mean,
            Self::Weibull { shape, scale } => -(t / scale).powf(*shape),
            Self::Lognormal { mu, sigma } => {
                let z = (t.ln() - mu) / sigma;
                // near 1 the logarithm of the survival is that of what is missing
                if z < 0.0 { (-normal_tail(-z)).ln_1p() } else { ln_normal_tail(z) }
            }
            Self::Gamma { shape, scale } => ln_gamma_tail(*shape, t / scale),
            Self::Hyperexponential { branches } => {
                let gone: f64 = branches.iter().map(|(p, mean)| p * (-t / mean).exp_m1()).sum();
                if gone > -0.9 {
                    return gone.ln_1p();
                }
                log_sum(branches.iter().map(|(p, mean)| p.ln() - t / mean))
            }
            Self::CompetingWeibulls { risks } => risks.iter().map(|(shape, scale)| -(t / scale).powf(*shape)).sum(),
        }
    }

    /// S(t) = P(T > t).
    #[must_use]
    pub fn survival(&self, t: f64) -> f64 {
        self.ln_survival(t).exp()
    }

    /// ln P(T <= t).
    #[must_use]
    pub fn ln_below(&self, t: f64) -> f64 {
        match self {
            _ if t <= 0.0 => f64::NEG_INFINITY,
            Self::Lognormal { mu, sigma } => ln_normal_tail((mu - t.ln()) / sigma),
            Self::Gamma { shape, scale } => ln_gamma_below(*shape, t / scale),
            _ => (-self.ln_survival(t).exp_m1()).ln(),
        }
    }

    /// ln of the density; minus infinity for t <= 0.
    #[must_use]
    pub fn ln_density(&self, t: f64) -> f64 {
        if t <= 0.0 {
            return f64::NEG_INFINITY;
        }
        match self {
            Self::Exponential { mean } => -t / mean - mean.ln(),
            Self::Weibull { shape, scale } => {
                let ln_ratio = (t / scale).ln();
                shape.ln() - scale.ln() + (shape - 1.0) * ln_ratio - (shape * ln_ratio).exp()
            }
            Self::Lognormal { mu, sigma } => {
                let z = (t.ln() - mu) / sigma;
                -0.5 * z * z - t.ln() - sigma.ln() - 0.5 * std::f64::consts::TAU.ln()
            }
            Self::Gamma { shape, scale } => (shape - 1.0) * t.ln() - t / scale - ln_gamma(*shape) - shape * scale.ln(),
            Self::Hyperexponential { branches } => log_sum(branches.iter().map(|(p, mean)| p.ln() - mean.ln() - t / mean)),
            Self::CompetingWeibulls { .. } => self.hazard(t).ln() + self.ln_survival(t),
        }
    }

    /// The hazard, density ÷ survival, in failures a unit of time.
    #[must_use]
    pub fn hazard(&self, t: f64) -> f64 {
        match self {
            Self::Exponential { mean } => 1.0 / mean,
            Self::Weibull { shape, scale } => weibull_hazard(t, *shape, *scale),
            Self::CompetingWeibulls { risks } => risks.iter().map(|(shape, scale)| weibull_hazard(t, *shape, *scale)).sum(),
            _ => (self.ln_density(t) - self.ln_survival(t)).exp(),
        }
    }

    /// P(T <= age + span | T > age): the chance that what has come to `age` fails within `span`.
    #[must_use]
    pub fn conditional_failure(&self, age: f64, span: f64) -> f64 {
        -(self.ln_survival(age + span) - self.ln_survival(age)).exp_m1()
    }

    /// The t with ln S(t) = `target` (0 or below).
    #[must_use]
    pub fn time_at(&self, target: f64) -> f64 {
        if target >= 0.0 {
            return 0.0;
        }
        match self {
            Self::Exponential { mean } => -target * mean,
            Self::Weibull { shape, scale } => scale * (-target).powf(1.0 / shape),
            Self::Lognormal { mu, sigma } if target > -700.0 => (mu + sigma * normal_score(target)).exp(),
            _ => self.search(target),
        }
    }

    /// By halving on ln t, then Newton's method on the same scale: d ln S / d ln t = -t h(t).
    fn search(&self, target: f64) -> f64 {
        let (mut low, mut high) = (-700.0_f64, 700.0_f64);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.ln_survival(middle.exp()) > target {
                low = middle;
            } else {
                high = middle;
            }
            if high - low < 1e-6 {
                break;
            }
        }
        let mut t = f64::midpoint(low, high).exp();
        for _ in 0..4 {
            let slope = t * self.hazard(t);
            let step = (self.ln_survival(t) - target) / slope;
            if !step.is_finite() || step.abs() > 1e-3 {
                break;
            }
            t *= step.exp();
        }
        t
    }

    /// The time by which a failure comes with probability `p` in [0, 1).
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.time_at((-p).ln_1p())
    }

    /// E(T).
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.moments().0
    }

    /// Var(T).
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.moments().1
    }

    fn moments(&self) -> (f64, f64) {
        match self {
            Self::Exponential { mean } => (*mean, mean * mean),
            Self::Weibull { shape, scale } => {
                let (first, second) = (gamma(1.0 + 1.0 / shape), gamma(1.0 + 2.0 / shape));
                (scale * first, scale * scale * (second - first * first))
            }
            Self::Lognormal { mu, sigma } => {
                let mean = (mu + sigma * sigma / 2.0).exp();
                (mean, mean * mean * (sigma * sigma).exp_m1())
            }
            Self::Gamma { shape, scale } => (shape * scale, shape * scale * scale),
            Self::Hyperexponential { branches } => {
                let mean: f64 = branches.iter().map(|(p, mean)| p * mean).sum();
                (mean, branches.iter().map(|(p, one)| 2.0 * p * one * one).sum::<f64>() - mean * mean)
            }
            Self::CompetingWeibulls { risks } => self.moments_by_quadrature(risks),
        }
    }

    /// E[T] = ∫ S, E[T²] = ∫ 2t S by the trapezoidal rule in ln t, which converges at an exponential rate.
    fn moments_by_quadrature(&self, risks: &[(f64, f64)]) -> (f64, f64) {
        let steepest = risks.iter().map(|risk| risk.0).fold(1.0, f64::max);
        let step = 1.0 / (8.0 * steepest).max(32.0);
        let end = self.time_at(-60.0).ln();
        let (mut first, mut second) = (0.0, 0.0);
        for i in 0..(60.0 / step) as usize {
            let t = (end - i as f64 * step).exp();
            let survival = self.survival(t);
            first += survival * t * step;
            second += 2.0 * t * survival * t * step;
        }
        (first, second - first * first)
    }

    /// The age of the lowest hazard and that hazard; `None` unless it first falls and then rises.
    ///
    /// Halving on the sign of d h / d ln t = Σ (k - 1) h_k, for the two kinds of risk on either side of 1.
    #[must_use]
    pub fn hazard_minimum(&self) -> Option<(f64, f64)> {
        let Self::CompetingWeibulls { risks } = self else { return None };
        if !(risks.iter().any(|risk| risk.0 < 1.0) && risks.iter().any(|risk| risk.0 > 1.0)) {
            return None;
        }
        let slope = |t: f64| risks.iter().map(|(shape, scale)| (shape - 1.0) * weibull_hazard(t, *shape, *scale)).sum::<f64>();
        let (mut low, mut high) = (-300.0_f64, 300.0_f64);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if slope(middle.exp()) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let age = high.exp();
        Some((age, self.hazard(age)))
    }

    /// One draw. Exponentials are -ln of a uniform that is never 0 (52 bits, the midpoints of their cells), so that the shortest
    /// and the longest of 2^52 draws are where they belong.
    #[must_use]
    pub fn sample(&self, rng: &mut Generator) -> f64 {
        match self {
            Self::Exponential { mean } => mean * rng.exponential(),
            Self::Weibull { shape, scale } => scale * rng.exponential().powf(1.0 / shape),
            Self::Lognormal { mu, sigma } => (mu + sigma * rng.normal()).exp(),
            Self::Gamma { shape, scale } => Distribution::Gamma { shape: *shape, scale: *scale }.sample(rng),
            Self::Hyperexponential { branches } => {
                let mut left = rng.uniform();
                let chosen = branches.iter().find(|(p, _)| {
                    left -= p;
                    left < 0.0
                });
                chosen.or(branches.last()).map_or(f64::NAN, |(_, mean)| mean * rng.exponential())
            }
            Self::CompetingWeibulls { risks } => {
                let first = |soonest: f64, risk: &(f64, f64)| soonest.min(risk.1 * rng.exponential().powf(1.0 / risk.0));
                risks.iter().fold(f64::INFINITY, first)
            }
        }
    }

    /// The law as model files know it.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        match self {
            Self::Exponential { mean } => Distribution::Exponential { mean: *mean },
            Self::Weibull { shape, scale } => Distribution::Weibull { shape: *shape, scale: *scale },
            Self::Lognormal { mu, sigma } => Distribution::Lognormal { median: mu.exp(), sigma: *sigma },
            Self::Gamma { shape, scale } => Distribution::Gamma { shape: *shape, scale: *scale },
            Self::Hyperexponential { branches } => Distribution::Hyperexponential { branches: branches.clone() },
            Self::CompetingWeibulls { risks } => {
                let causes = risks.iter().map(|(shape, scale)| Distribution::Weibull { shape: *shape, scale: *scale });
                Distribution::Minimum { laws: causes.collect() }
            }
        }
    }
}

/// The z with ln P(Z > z) = `target`.
fn normal_score(target: f64) -> f64 {
    if target > -0.5 { -normal_quantile_of_tail(-target.exp_m1()) } else { normal_quantile_of_tail(target.exp()) }
}

fn weibull_hazard(t: f64, shape: f64, scale: f64) -> f64 {
    shape / scale * (t / scale).powf(shape - 1.0)
}

fn log_sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY { most } else { most + terms.map(|term| (term - most).exp()).sum::<f64>().ln() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::estimate;
    use crate::stream::{Seed, Stream};

    fn laws() -> Vec<Law> {
        vec![
            Law::Exponential { mean: 3.0 },
            Law::Weibull { shape: 0.7, scale: 10.0 },
            Law::Lognormal { mu: 1.0, sigma: 1.2 },
            Law::Gamma { shape: 0.6, scale: 50.0 },
            Law::Hyperexponential { branches: vec![(0.8, 1.0), (0.2, 30.0)] },
            Law::CompetingWeibulls { risks: vec![(0.5, 2000.0), (1.0, 300.0), (5.0, 55.0)] },
        ]
    }

    #[test]
    fn survival_undoes_the_quantile_far_into_both_tails() {
        for law in laws() {
            for p in [1e-9, 0.001, 0.3, 0.5, 0.9, 0.999_999] {
                let t = law.quantile(p);
                assert!((law.ln_below(t) - p.ln()).abs() < 1e-9 * (1.0 + p.ln().abs()), "{law:?} {p}: {}", law.ln_below(t).exp());
            }
            let far = law.time_at(-300.0);
            assert!((law.ln_survival(far) + 300.0).abs() < 1e-7, "{law:?}: {}", law.ln_survival(far));
        }
    }

    #[test]
    fn the_density_is_minus_the_slope_of_survival() {
        for law in laws() {
            let t = law.quantile(0.4);
            let step = 1e-4 * t;
            let slope = (law.survival(t - step) - law.survival(t + step)) / (2.0 * step);
            // the difference quotient is off by t² f'' step² / 6, under 1e-6 of f for these laws
            assert!((law.ln_density(t).exp() / slope - 1.0).abs() < 1e-6, "{law:?}");
            assert!((law.hazard(t) / (law.ln_density(t) - law.ln_survival(t)).exp() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn draws_have_the_moments_and_quantiles_of_their_law() {
        let n = 40_000;
        for law in laws() {
            let mut rng = Stream::root(Seed(3)).named("law").rng();
            let draws: Vec<f64> = (0..n).map(|_| law.sample(&mut rng)).collect();
            let seen = estimate(draws.iter().copied());
            assert!((seen.value - law.mean()).abs() < 5.0 * seen.standard_error, "{law:?} {seen:?}");
            for p in [0.01, 0.5, 0.99] {
                let below = draws.iter().filter(|t| **t <= law.quantile(p)).count() as f64 / f64::from(n);
                assert!((below - p).abs() < 5.0 * (p * (1.0 - p) / f64::from(n)).sqrt(), "{law:?} {p}: {below}");
            }
        }
    }

    #[test]
    fn competing_risks_of_one_shape_are_one_weibull() {
        let pair = Law::CompetingWeibulls { risks: vec![(2.0, 10.0), (2.0, 10.0)] };
        let one = Law::Weibull { shape: 2.0, scale: 10.0 / 2.0_f64.sqrt() };
        assert!((pair.mean() / one.mean() - 1.0).abs() < 1e-13 && (pair.variance() / one.variance() - 1.0).abs() < 1e-12);
        assert_eq!(pair.hazard_minimum(), None);
    }

    #[test]
    fn what_is_no_law_is_named() {
        let seen = Law::Hyperexponential { branches: vec![(0.5, 1.0)] }.check().unwrap_err();
        assert_eq!(seen.to_string(), "probabilities sum to 0.5, expected a sum of 1, none below 0");
        assert!(Law::Weibull { shape: -1.0, scale: 1.0 }.check().is_err());
    }
}
