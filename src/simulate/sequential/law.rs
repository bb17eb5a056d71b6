use std::sync::{Arc, OnceLock};

use crate::portable::{exp, ln, normal_quantile, powf};
use crate::stats::{Distribution, Invalid, Sampler};
use crate::stream::Generator;
use crate::wide::exp_in_place;

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
    law: Arc<Distribution>,
    draw: Draw,
    mean: f64,
    biased: Biased,
}

#[derive(Debug, Clone)]
enum Draw {
    Exponential(f64),
    Lognormal { log_median: f64, sigma: f64 },
    One(Sampler),
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
    /// The same of a law whose values are found by halving: made at the first draw, since where laws are uncertain those of the model as
    /// it stands are never drawn from.
    Late(Arc<OnceLock<Vec<(f64, f64)>>>),
    /// What is left is exponential again: cumulated weight × mean, and mean.
    Mixture(Vec<(f64, f64)>),
    /// What is left, drawn from its density P(X > x) ÷ mean.
    Left(Left),
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
        Ok(Self { law: Arc::new(law.clone()), draw, mean, biased: biased(law) })
    }

    /// The law as it was given.
    pub(super) fn distribution(&self) -> &Distribution {
        &self.law
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
            Draw::One(_) => out.iter_mut().for_each(|x| *x = self.draw(rng)),
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
            Biased::Table(lives) => any_part(lives, rng),
            Biased::Late(late) => any_part(late.get_or_init(|| table(&self.law)), rng),
            Biased::Mixture(parts) => pick(parts, rng.uniform() * parts.last().map_or(0.0, |last| last.0)) * rng.exponential(),
            Biased::Left(left) => left.draw(rng),
        }
    }
}

/// Draws from the density P(X > x) ÷ mean by rejection under steps: in each cell the survival at its start, so that nothing but
/// the draws themselves is rounded. Cells end where the cumulative hazard has risen by a quarter, so four of five are accepted.
///
/// Devroye (1986), *Non-Uniform Random Variate Generation*, §II.3.
#[derive(Debug, Clone)]
struct Left {
    law: Distribution,
    /// By cumulated area: start, width, survival at the start.
    cells: Vec<(f64, Cell)>,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    start: f64,
    width: f64,
    survival: f64,
}

impl Left {
    /// Rise of the cumulative hazard over a cell.
    const RISE: f64 = 0.25;
    /// What survives this hazard, e^-64, is left out.
    const MOST: u32 = 256;

    fn of(law: &Distribution) -> Self {
        let (mut cells, mut area, mut start) = (Vec::new(), 0.0, 0.0);
        for step in 1..=Self::MOST {
            let survival = law.survival(start);
            let end = where_hazard_reaches(law, start, f64::from(step) * Self::RISE);
            let width = end - start;
            if !(survival > 0.0 && width.is_finite()) {
                break;
            }
            area += survival * width;
            cells.push((area, Cell { start, width, survival }));
            start = end;
        }
        Self { law: law.clone(), cells }
    }

    fn draw(&self, rng: &mut Generator) -> f64 {
        let Some((area, _)) = self.cells.last() else { return 0.0 };
        loop {
            let cell = pick(&self.cells, rng.uniform() * area);
            let x = cell.start + cell.width * rng.uniform();
            if rng.uniform() * cell.survival < self.law.survival(x) {
                return x;
            }
        }
    }
}

/// Near the first x from `start` on with a cumulative hazard of `level`, on the far side: on ln x to 1e-5, all that a cell's end
/// needs.
fn where_hazard_reaches(law: &Distribution, start: f64, level: f64) -> f64 {
    if law.cumulative_hazard(start) >= level {
        return start;
    }
    let (mut low, mut high) = (ln(start.max(1e-300)), ln(1e300));
    while high - low > 1e-5 {
        let middle = f64::midpoint(low, high);
        if law.cumulative_hazard(exp(middle)) < level { low = middle } else { high = middle }
    }
    exp(high)
}

/// A uniform share of a life that is met as often as it is long.
fn any_part(lives: &[(f64, f64)], rng: &mut Generator) -> f64 {
    let total = lives.last().map_or(0.0, |last| last.0);
    let aim = rng.uniform() * total;
    rng.uniform() * pick(lives, aim)
}

/// The entry whose cumulated weight first reaches `aim`.
fn pick<T: Copy>(cumulated: &[(f64, T)], aim: f64) -> T {
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
        // branches are met as often as they are long, and forget their age
        Distribution::Hyperexponential { branches } => {
            let mut sum = 0.0;
            let weigh = |(weight, mean): &(f64, f64)| {
                sum += weight * mean;
                (sum, *mean)
            };
            Biased::Mixture(branches.iter().map(weigh).collect())
        }
        Distribution::Minimum { .. } => Biased::Left(Left::of(law)),
        _ => Biased::Late(Arc::default()),
    }
}

/// Lives by cumulated weight, at the middles of cells of one probability.
fn table(law: &Distribution) -> Vec<(f64, f64)> {
    let by_score = law.by_score();
    let cell = |i: u32| by_score.at(normal_quantile((f64::from(i) + 0.5) / f64::from(CELLS))).max(0.0);
    cumulate((0..CELLS).map(cell).collect())
}
