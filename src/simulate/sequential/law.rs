use crate::portable::{exp, exp_in_place, ln, normal_quantile, powf};
use crate::stats::{Distribution, Invalid, Sampler};
use crate::stream::Generator;

/// Hours that a clock runs, made ready: to draw from, and to start in the steady state.
///
/// ```
/// use plimsoll::simulate::sequential::Law;
/// use plimsoll::stats::Distribution;
/// let wear_out = Law::of(&Distribution::Weibull { shape: 2.0, scale: 100.0 })?;
/// assert!((wear_out.mean() - 88.6227).abs() < 1e-4);
/// # Ok::<(), plimsoll::stats::Invalid>(())
/// ```
#[derive(Debug, Clone)]
pub struct Law {
    draw: Draw,
    mean: f64,
    biased: Biased,
}

#[derive(Debug, Clone)]
enum Draw {
    Exponential(f64),
    Lognormal {
        log_median: f64,
        sigma: f64,
    },
    One(Sampler),
    /// Cumulated weights, each with the mean of its exponential.
    Mixture(Vec<(f64, f64)>),
    Least(Vec<Sampler>),
}

/// The law of the life that covers an instant in the steady state: density x f(x) ÷ mean.
#[derive(Debug, Clone)]
enum Biased {
    /// What is left is as a new one.
    Memoryless,
    /// A law known in closed form.
    Known(Sampler),
    /// (x / scale)^shape is gamma of 1 + 1 / shape.
    Weibull { gamma: Sampler, power: f64, scale: f64 },
    /// Lives by cumulated weight.
    Table(Vec<(f64, f64)>),
    /// What is left is exponential again: cumulated weight × mean, and mean.
    Mixture(Vec<(f64, f64)>),
}

/// Quantiles kept of a law whose length-biased law has no closed form.
const CELLS: u32 = 4_096;
/// A life lasts at least so many hours, that a law with mass at zero cannot stop the clock.
const SHORTEST_HOURS: f64 = 1e-6;

fn refuse(parameter: &'static str, seen: f64, expected: &'static str) -> Invalid {
    Invalid { parameter, seen: format!("is {seen}"), expected }
}

impl Law {
    /// Makes a law ready. A whole gamma shape is an Erlang law; `Empirical` draws its values again.
    ///
    /// # Errors
    /// When its parameters make no law, or its mean is below 0 or not finite.
    pub fn of(law: &Distribution) -> Result<Self, Invalid> {
        law.check()?;
        let mean = law.mean();
        if !(mean >= 0.0 && mean.is_finite()) {
            return Err(refuse("mean", mean, "a finite number of hours, 0 or more"));
        }
        let draw = match law {
            Distribution::Exponential { mean } => Draw::Exponential(*mean),
            Distribution::Lognormal { median, sigma } => Draw::Lognormal { log_median: ln(*median), sigma: *sigma },
            other => Draw::One(other.sampler()),
        };
        Ok(Self { draw, mean, biased: biased(law) })
    }

    /// Exponentials with these (weight, mean in hours): spread wider than one exponential. Weights are scaled to sum to 1.
    ///
    /// # Errors
    /// When there is none, or a weight or mean is not a finite number above 0.
    pub fn hyperexponential(parts: &[(f64, f64)]) -> Result<Self, Invalid> {
        let total: f64 = parts.iter().map(|part| part.0).sum();
        if parts.is_empty() {
            return Err(refuse("parts", 0.0, "one or more"));
        }
        for (parameter, seen) in parts.iter().flat_map(|(weight, mean)| [("weight", *weight), ("mean", *mean)]) {
            if !(seen > 0.0 && seen.is_finite()) {
                return Err(refuse(parameter, seen, "a finite number above 0"));
            }
        }
        let mean = parts.iter().map(|(weight, mean)| weight / total * mean).sum();
        let cumulated = |weigh: &dyn Fn(&(f64, f64)) -> f64| {
            let mut sum = 0.0;
            let each = parts.iter().map(|part| {
                sum += weigh(part);
                (sum, part.1)
            });
            each.collect::<Vec<_>>()
        };
        let draw = Draw::Mixture(cumulated(&|part| part.0 / total));
        Ok(Self { draw, mean, biased: Biased::Mixture(cumulated(&|part| part.0 / total * part.1 / mean)) })
    }

    /// The first of several causes: a bathtub is the least of a Weibull below shape 1, an exponential and one above.
    ///
    /// # Errors
    /// When there is none, or one makes no law.
    pub fn minimum(parts: &[Distribution]) -> Result<Self, Invalid> {
        if parts.is_empty() {
            return Err(refuse("parts", 0.0, "one or more"));
        }
        parts.iter().try_for_each(Distribution::check)?;
        let longest = parts.iter().map(|part| part.quantile(1.0 - 1e-12)).fold(f64::INFINITY, f64::min);
        let survives = |x: f64| parts.iter().map(|part| 1.0 - part.cdf(x)).product::<f64>();
        let quantile = |i: u32| {
            let left = 1.0 - (f64::from(i) + 0.5) / f64::from(CELLS);
            let (mut low, mut high) = (0.0, longest);
            for _ in 0..60 {
                let middle = f64::midpoint(low, high);
                if survives(middle) > left { low = middle } else { high = middle }
            }
            f64::midpoint(low, high)
        };
        let lives: Vec<f64> = (0..CELLS).map(quantile).collect();
        let mean = lives.iter().sum::<f64>() / f64::from(CELLS);
        let draw = Draw::Least(parts.iter().map(Distribution::sampler).collect());
        Ok(Self { draw, mean, biased: Biased::Table(cumulate(lives)) })
    }

    /// The mean, in hours.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Whether what is left never depends on what has passed.
    #[must_use]
    pub fn is_memoryless(&self) -> bool {
        matches!(self.draw, Draw::Exponential(_))
    }

    /// Hours of a new interval.
    #[inline]
    pub fn draw(&self, rng: &mut Generator) -> f64 {
        match &self.draw {
            Draw::Exponential(mean) => mean * rng.exponential(),
            Draw::Lognormal { log_median, sigma } => exp(log_median + sigma * rng.normal()),
            Draw::One(sampler) => sampler.draw(rng).max(0.0),
            Draw::Mixture(parts) => pick(parts, rng.uniform()) * rng.exponential(),
            Draw::Least(parts) => parts.iter().map(|part| part.draw(rng)).fold(f64::INFINITY, f64::min).max(0.0),
        }
    }

    /// Hours of many intervals, from as many numbers drawn before where one is enough.
    pub(super) fn fill(&self, rng: &mut Generator, bits: &[u64], out: &mut [f64]) {
        match &self.draw {
            Draw::Exponential(mean) => {
                for (x, bits) in out.iter_mut().zip(bits) {
                    *x = mean * rng.exponential_from(*bits);
                }
            }
            Draw::Lognormal { log_median, sigma } => {
                for (x, bits) in out.iter_mut().zip(bits) {
                    *x = log_median + sigma * rng.normal_from(*bits);
                }
                exp_in_place(out);
            }
            _ => out.iter_mut().for_each(|x| *x = self.draw(rng)),
        }
    }

    /// Hours of a new life: never quite 0.
    #[inline]
    pub(super) fn life(&self, rng: &mut Generator) -> f64 {
        self.draw(rng).max(SHORTEST_HOURS)
    }

    /// What is left of the interval that covers an instant in the steady state: a uniform share of a length-biased one
    /// (density survival ÷ mean; Cox 1962, *Renewal Theory*, §5.2).
    #[inline]
    pub fn left(&self, rng: &mut Generator) -> f64 {
        match &self.biased {
            Biased::Memoryless => self.draw(rng),
            Biased::Known(sampler) => rng.uniform() * sampler.draw(rng).max(0.0),
            Biased::Weibull { gamma, power, scale } => rng.uniform() * scale * powf(gamma.draw(rng), *power),
            Biased::Table(lives) => {
                let total = lives.last().map_or(0.0, |last| last.0);
                let aim = rng.uniform() * total;
                rng.uniform() * pick(lives, aim)
            }
            Biased::Mixture(parts) => pick(parts, rng.uniform()) * rng.exponential(),
        }
    }
}

/// The entry whose cumulated weight first reaches `aim`.
fn pick(cumulated: &[(f64, f64)], aim: f64) -> f64 {
    let at = cumulated.partition_point(|(sum, _)| *sum < aim).min(cumulated.len() - 1);
    cumulated[at].1
}

fn cumulate(lives: Vec<f64>) -> Vec<(f64, f64)> {
    let mut sum = 0.0;
    let weigh = |life: f64| {
        sum += life;
        (sum, life)
    };
    lives.into_iter().map(weigh).collect()
}

fn biased(law: &Distribution) -> Biased {
    match law {
        Distribution::Exponential { .. } => Biased::Memoryless,
        Distribution::Constant { .. } => Biased::Known(law.sampler()),
        // ln of the length-biased life is shifted by sigma²
        Distribution::Lognormal { median, sigma } => {
            Biased::Known(Distribution::Lognormal { median: median * exp(sigma * sigma), sigma: *sigma }.sampler())
        }
        Distribution::Gamma { shape, scale } => {
            Biased::Known(Distribution::Gamma { shape: shape + 1.0, scale: *scale }.sampler())
        }
        Distribution::Weibull { shape, scale } => {
            let gamma = Distribution::Gamma { shape: 1.0 + 1.0 / shape, scale: 1.0 }.sampler();
            Biased::Weibull { gamma, power: 1.0 / shape, scale: *scale }
        }
        Distribution::Empirical { values } => Biased::Table(cumulate(values.iter().map(|value| value.max(0.0)).collect())),
        _ => table(law),
    }
}

fn table(law: &Distribution) -> Biased {
    let by_score = law.by_score();
    let cell = |i: u32| by_score.at(normal_quantile((f64::from(i) + 0.5) / f64::from(CELLS))).max(0.0);
    Biased::Table(cumulate((0..CELLS).map(cell).collect()))
}
