//! Tails of sums and walks by exponential tilting.

use rand_distr::Distribution as _;

use super::tally::{Effort, Tally, replicate};
use crate::stats::Invalid;
use crate::stream::{Generator, Stream};

/// A tail probability of a sum or of a walk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tail {
    /// P(sum of `n` exponentials of mean 1 > x).
    Exponentials {
        /// How many.
        n: u32,
        /// The bound.
        x: f64,
    },
    /// P(Poisson >= k).
    Poisson {
        /// Its mean.
        mean: f64,
        /// The count.
        k: u32,
    },
    /// P(binomial >= k).
    Binomial {
        /// Trials.
        trials: u32,
        /// Probability of success.
        p: f64,
        /// Successes.
        k: u32,
    },
    /// P(standard normal > x).
    Normal {
        /// The bound.
        x: f64,
    },
    /// A walk of +1 with probability `up`, else -1, from `start`: P(`upper` before 0).
    Ruin {
        /// Probability of a step up.
        up: f64,
        /// Where it starts.
        start: u32,
        /// Where it is to get.
        upper: u32,
    },
    /// A Gaussian walk from 0: P(at `level` or above at one of its first `steps` steps).
    Walk {
        /// The level, above 0.
        level: f64,
        /// Mean of a step.
        drift: f64,
        /// Standard deviation of a step.
        sd: f64,
        /// Steps.
        steps: u32,
        /// Whether to count crossings between steps, as a Brownian motion with the same moments has them.
        continuous: bool,
    },
}

fn refuse(ok: bool, parameter: &'static str, seen: f64, expected: &'static str) -> Result<(), Invalid> {
    if ok { Ok(()) } else { Err(Invalid { parameter, seen: format!("is {seen}"), expected }) }
}

impl Tail {
    /// Whether its parameters make sense.
    ///
    /// # Errors
    /// The first parameter that does not, what it is and what is accepted.
    pub fn check(&self) -> Result<(), Invalid> {
        match *self {
            Self::Exponentials { n, x } => {
                refuse(n >= 1, "n", f64::from(n), "1 or more")?;
                refuse(x.is_finite() && x > 0.0, "x", x, "a finite number above 0")
            }
            Self::Poisson { mean, k } => {
                refuse(mean.is_finite() && mean > 0.0, "mean", mean, "a finite number above 0")?;
                refuse(k >= 1, "k", f64::from(k), "1 or more")
            }
            Self::Binomial { trials, p, k } => {
                refuse(p > 0.0 && p < 1.0, "p", p, "above 0 and below 1")?;
                refuse(k >= 1 && k < trials, "k", f64::from(k), "above 0 and below the trials")
            }
            Self::Normal { x } => refuse(x.is_finite(), "x", x, "a finite number"),
            Self::Ruin { up, start, upper } => {
                refuse(up > 0.0 && up < 1.0, "up", up, "above 0 and below 1")?;
                refuse(start >= 1 && start < upper, "start", f64::from(start), "above 0 and below `upper`")
            }
            Self::Walk { level, drift, sd, steps, .. } => {
                refuse(level.is_finite() && level > 0.0, "level", level, "a finite number above 0")?;
                refuse(drift.is_finite(), "drift", drift, "a finite number")?;
                refuse(sd.is_finite() && sd > 0.0, "sd", sd, "a finite number above 0")?;
                refuse(steps >= 1, "steps", f64::from(steps), "1 or more")
            }
        }
    }

    /// Samples with the law moved so that the event is its mean course (`strength` 1), or as it is (`strength` 0), and
    /// weighs by the likelihood ratio. No tilt where the event is on this side of the mean already.
    ///
    /// Siegmund (1976), "Importance sampling in the Monte Carlo study of sequential tests", *Annals of Statistics* 4(4);
    /// Asmussen & Glynn (2007), *Stochastic Simulation*, VI.2: for light tails the relative error then grows more slowly
    /// than any power of 1/p.
    pub(super) fn sample(&self, strength: f64, stream: Stream, effort: Effort) -> Tally<1> {
        let draw = self.tilted(strength);
        replicate(stream.named("tilting"), effort, 0, || (), |(), rng| [draw.weight(rng)])
    }

    fn tilted(&self, strength: f64) -> Tilted {
        let towards = |from: f64, to: f64| from + strength * (to - from).max(0.0);
        match *self {
            Self::Exponentials { n, x } => Tilted::Exponentials { n, x, mean: towards(1.0, x / f64::from(n)) },
            Self::Poisson { mean, k } => Tilted::poisson(mean, towards(mean, f64::from(k)), k),
            Self::Binomial { trials, p, k } => Tilted::binomial(trials, p, towards(p, f64::from(k) / f64::from(trials)), k),
            Self::Normal { x } => Tilted::Normal { x, shift: towards(0.0, x) },
            Self::Ruin { up, start, upper } => Tilted::Ruin { up, tilted: towards(up, 1.0 - up), start, upper },
            Self::Walk { level, drift, sd, steps, continuous } => {
                // the likeliest way: straight to the level at the end, or at the slope -drift when that is there sooner
                let to = (level / f64::from(steps)).max(-drift);
                Tilted::Walk { level, drift, tilted: towards(drift, to), sd, steps, continuous }
            }
        }
    }
}

/// A tail made ready to sample.
enum Tilted {
    Exponentials { n: u32, x: f64, mean: f64 },
    Poisson { law: Option<rand_distr::Poisson<f64>>, log_ratio: f64, less: f64, k: f64 },
    Binomial { law: Option<rand_distr::Binomial>, hit: f64, miss: f64, trials: u32, k: u64 },
    Normal { x: f64, shift: f64 },
    Ruin { up: f64, tilted: f64, start: u32, upper: u32 },
    Walk { level: f64, drift: f64, tilted: f64, sd: f64, steps: u32, continuous: bool },
}

impl Tilted {
    fn poisson(mean: f64, tilted: f64, k: u32) -> Self {
        let law = rand_distr::Poisson::new(tilted).ok();
        Self::Poisson { law, log_ratio: (mean / tilted).ln(), less: tilted - mean, k: f64::from(k) }
    }

    fn binomial(trials: u32, p: f64, tilted: f64, k: u32) -> Self {
        let law = rand_distr::Binomial::new(u64::from(trials), tilted).ok();
        let (hit, miss) = ((p / tilted).ln(), ((1.0 - p) / (1.0 - tilted)).ln());
        Self::Binomial { law, hit, miss, trials, k: u64::from(k) }
    }

    fn weight(&self, rng: &mut Generator) -> f64 {
        match self {
            Self::Exponentials { n, x, mean } => {
                let sum = mean * (0..*n).map(|_| rng.exponential()).sum::<f64>();
                if sum > *x { (f64::from(*n) * mean.ln() - sum * (1.0 - 1.0 / mean)).exp() } else { 0.0 }
            }
            Self::Poisson { law, log_ratio, less, k } => {
                let seen = law.as_ref().map_or(f64::NAN, |law| law.sample(rng));
                if seen >= *k { (seen * log_ratio + less).exp() } else { 0.0 }
            }
            Self::Binomial { law, hit, miss, trials, k } => {
                let seen = law.as_ref().map_or(0, |law| law.sample(rng));
                if seen >= *k { (seen as f64 * hit + (f64::from(*trials) - seen as f64) * miss).exp() } else { 0.0 }
            }
            Self::Normal { x, shift } => {
                let seen = shift + rng.normal();
                if seen > *x { (shift * (shift / 2.0 - seen)).exp() } else { 0.0 }
            }
            Self::Ruin { up, tilted, start, upper } => ruin(*up, *tilted, *start, *upper, rng),
            Self::Walk { level, drift, tilted, sd, steps, continuous } => {
                let theta = (tilted - drift) / (sd * sd);
                let (mut at, mut step) = (0.0, 0);
                while step < *steps {
                    let next = at + tilted + sd * rng.normal();
                    step += 1;
                    // a Brownian bridge from below to below meets the level with probability exp(-2 (b - x)(b - y) / sd²)
                    let over = next >= *level
                        || (*continuous && rng.uniform() < (-2.0 * (level - at) * (level - next) / (sd * sd)).exp());
                    if over {
                        let elapsed = f64::from(step);
                        return (-theta * (next - elapsed * f64::midpoint(*drift, *tilted))).exp();
                    }
                    at = next;
                }
                0.0
            }
        }
    }
}

/// The weight of a walk that got to `upper`; steps taken twice, up and down, weigh up·(1 − up) ÷ the same of the tilted walk.
fn ruin(up: f64, tilted: f64, start: u32, upper: u32, rng: &mut Generator) -> f64 {
    let (mut at, mut steps) = (start, 0_u64);
    while at > 0 && at < upper {
        if rng.uniform() < tilted {
            at += 1;
        } else {
            at -= 1;
        }
        steps += 1;
    }
    if at == 0 {
        return 0.0;
    }
    let climbed = f64::from(upper - start);
    let pairs = (steps as f64 - climbed) / 2.0;
    (up / tilted).powf(climbed) * (up * (1.0 - up) / (tilted * (1.0 - tilted))).powf(pairs)
}
