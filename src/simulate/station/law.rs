use crate::portable::{exp, powf};
use crate::stats::{Distribution, Invalid, Sampler};
use crate::stream::Generator;

/// The law of a duration (service, patience, time between arrivals): one [`Distribution`] or a mixture of several, with the
/// moments that warm-ups need.
///
/// ```
/// use plimsoll::simulate::station::Law;
/// use plimsoll::stats::Distribution;
/// let quick = Distribution::Exponential { mean: 0.5 };
/// let slow = Distribution::Exponential { mean: 5.0 };
/// let service = Law::mixture(&[(0.9, quick), (0.1, slow)]).unwrap();
/// assert!((service.mean() - 0.95).abs() < 1e-12);
/// assert!(service.scv() > 1.0);
/// ```
#[derive(Debug, Clone)]
pub struct Law {
    parts: Vec<Part>,
    mean: f64,
    scv: f64,
}

#[derive(Debug, Clone)]
struct Part {
    /// Share of this part and those before it.
    up_to: f64,
    share: f64,
    law: Distribution,
    sampler: Sampler,
}

impl Law {
    /// One law.
    ///
    /// # Errors
    /// Parameters that make no law, and laws that give negative durations or no duration at all.
    pub fn new(law: Distribution) -> Result<Self, Invalid> {
        Self::mixture(&[(1.0, law)])
    }

    /// Exponential.
    ///
    /// # Errors
    /// A mean that is not a finite number above 0.
    pub fn exponential(mean: f64) -> Result<Self, Invalid> {
        Self::new(Distribution::Exponential { mean })
    }

    /// Each law with its share; shares are taken relative to their sum. Of exponentials: the hyperexponential law.
    ///
    /// # Errors
    /// No parts, shares that are not above 0, and what [`Law::new`] refuses.
    pub fn mixture(parts: &[(f64, Distribution)]) -> Result<Self, Invalid> {
        let whole: f64 = parts.iter().map(|part| part.0).sum();
        if parts.is_empty() || parts.iter().any(|part| !(part.0.is_finite() && part.0 > 0.0)) {
            let seen = format!("are {:?}", parts.iter().map(|part| part.0).collect::<Vec<_>>());
            return Err(Invalid { parameter: "shares", seen, expected: "one or more numbers above 0" });
        }
        let mut up_to = 0.0;
        let mut made = Vec::new();
        for (share, law) in parts {
            law.check()?;
            check_duration(law)?;
            up_to += share / whole;
            made.push(Part { up_to, share: share / whole, law: law.clone(), sampler: law.sampler() });
        }
        let mean: f64 = made.iter().map(|part| part.share * part.law.mean()).sum();
        let square: f64 = made.iter().map(|part| part.share * part.law.second_moment()).sum();
        if !(mean.is_finite() && mean > 0.0) {
            return Err(Invalid { parameter: "mean", seen: format!("is {mean}"), expected: "a finite duration above 0" });
        }
        Ok(Self { parts: made, mean, scv: (square / mean / mean - 1.0).max(0.0) })
    }

    /// Its mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Squared coefficient of variation: variance ÷ mean².
    #[must_use]
    pub fn scv(&self) -> f64 {
        self.scv
    }

    /// P(X > x).
    #[must_use]
    pub fn p_above(&self, x: f64) -> f64 {
        self.parts.iter().map(|part| part.share * (1.0 - part.law.cdf(x))).sum()
    }

    /// Whether it is exponential: no memory.
    #[must_use]
    pub fn is_exponential(&self) -> bool {
        matches!(self.parts[..], [Part { law: Distribution::Exponential { .. }, .. }])
    }

    /// One draw.
    #[inline]
    pub fn draw(&self, rng: &mut Generator) -> f64 {
        match &self.parts[..] {
            [one] => one.sampler.draw(rng),
            parts => {
                let at = rng.uniform();
                parts.iter().find(|part| at <= part.up_to).unwrap_or(&parts[parts.len() - 1]).sampler.draw(rng)
            }
        }
    }

    /// Fills `out` with draws.
    pub fn fill(&self, rng: &mut Generator, out: &mut [f64]) {
        match &self.parts[..] {
            [Part { law: Distribution::Exponential { mean }, .. }] => {
                rng.fill_exponential(out);
                for one in out {
                    *one *= mean;
                }
            }
            _ => out.iter_mut().for_each(|one| *one = self.draw(rng)),
        }
    }

    /// What is left of a duration that is met under way (density P(X > x) ÷ mean): a uniform share of a length-biased draw.
    /// `None` where no length-biased sampler is known (triangular laws, those through quantiles and the first of several causes).
    ///
    /// Cox (1962), *Renewal Theory*, §5.4.
    pub fn draw_left(&self, rng: &mut Generator) -> Option<f64> {
        let at = rng.uniform() * self.mean;
        let mut below = 0.0;
        let met = self.parts.iter().find(|part| {
            below += part.share * part.law.mean();
            at <= below
        });
        let long = length_biased(&met.unwrap_or(&self.parts[self.parts.len() - 1]).law, rng)?;
        Some(long * rng.uniform())
    }
}

impl Law {
    /// Whether every part has a length-biased sampler.
    pub(super) fn knows_left(&self, rng: &mut Generator) -> bool {
        self.parts.iter().all(|part| length_biased(&part.law, rng).is_some())
    }
}

fn check_duration(law: &Distribution) -> Result<(), Invalid> {
    if law.least() >= 0.0 {
        return Ok(());
    }
    Err(Invalid { parameter: "law", seen: format!("is {law}"), expected: "a law without negative values" })
}

/// A draw with density proportional to x f(x).
fn length_biased(law: &Distribution, rng: &mut Generator) -> Option<f64> {
    let gamma = |shape: f64, rng: &mut Generator| Distribution::Gamma { shape, scale: 1.0 }.sample(rng);
    Some(match law {
        Distribution::Constant { value } => *value,
        Distribution::Exponential { mean } => mean * (rng.exponential() + rng.exponential()),
        Distribution::Gamma { shape, scale } => scale * gamma(shape + 1.0, rng),
        Distribution::Weibull { shape, scale } => scale * powf(gamma(1.0 + 1.0 / shape, rng), 1.0 / shape),
        Distribution::Lognormal { median, sigma } => median * exp(sigma * (rng.normal() + sigma)),
        Distribution::Uniform { low, high } => (low * low + rng.uniform() * (high * high - low * low)).sqrt(),
        Distribution::Empirical { values } => {
            let mut left = rng.uniform() * values.iter().sum::<f64>();
            let met = values.iter().find(|value| {
                left -= **value;
                left <= 0.0
            });
            *met.unwrap_or(&values[values.len() - 1])
        }
        Distribution::Hyperexponential { branches } => {
            let mut left = rng.uniform() * law.mean();
            let met = branches.iter().find(|(weight, mean)| {
                left -= weight * mean;
                left <= 0.0
            });
            met.unwrap_or(&branches[branches.len() - 1]).1 * (rng.exponential() + rng.exponential())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::estimate;
    use crate::stream::{Seed, Stream};

    #[test]
    fn what_is_left_has_the_mean_of_renewal_theory() {
        let laws = [
            Distribution::constant(2.0),
            Distribution::Exponential { mean: 3.0 },
            Distribution::Gamma { shape: 2.5, scale: 0.7 },
            Distribution::Weibull { shape: 1.7, scale: 2.0 },
            Distribution::Lognormal { median: 1.5, sigma: 0.6 },
            Distribution::Uniform { low: 1.0, high: 4.0 },
            Distribution::Empirical { values: vec![1.0, 2.0, 6.0] },
            Distribution::Hyperexponential { branches: vec![(0.8, 0.5), (0.2, 6.0)] },
        ];
        for (index, one) in laws.iter().enumerate() {
            let law = Law::mixture(&[(0.6, one.clone()), (0.4, Distribution::Exponential { mean: 1.0 })]).unwrap();
            let mut rng = Stream::root(Seed(7)).replication(index as u32).rng();
            let left = estimate((0..40_000).map(|_| law.draw_left(&mut rng).unwrap()).collect::<Vec<_>>().into_iter());
            // E X² / (2 E X)
            let wanted = law.mean() * (1.0 + law.scv()) / 2.0;
            assert!((left.value - wanted).abs() < 5.0 * left.standard_error, "{one}: {left:?} {wanted}");
            let drawn = estimate((0..40_000).map(|_| law.draw(&mut rng)).collect::<Vec<_>>().into_iter());
            assert!((drawn.value - law.mean()).abs() < 5.0 * drawn.standard_error, "{one}: {drawn:?}");
        }
    }

    #[test]
    fn negative_durations_are_refused() {
        let told = Law::new(Distribution::Normal { mean: 5.0, sd: 1.0 }).unwrap_err().to_string();
        assert_eq!(told, "law is normal, mean 5, sd 1, expected a law without negative values");
        assert!(Law::new(Distribution::Uniform { low: -1.0, high: 1.0 }).is_err());
        assert!(Law::new(Distribution::constant(0.0)).is_err());
        assert!(Law::mixture(&[]).is_err());
        assert!(Law::mixture(&[(0.0, Distribution::constant(1.0))]).is_err());
    }
}
