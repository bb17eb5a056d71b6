//! Overflow of queues within a busy period by a change of measure.

use super::splitting::Climb;
use super::tally::{Effort, Tally, replicate};
use crate::simulate::exact::{SingleOverflow, TandemOverflow};
use crate::stream::{Generator, Stream};

/// Arrivals and services swapped: every way to overflow then has the weight (arrivals ÷ service)^(level − 1), and most
/// cycles overflow. An unstable queue is sampled as it is.
///
/// Asmussen & Glynn (2007), *Stochastic Simulation*, VI.2a (Siegmund's algorithm).
pub(super) fn single(queue: &SingleOverflow, biased: bool, stream: Stream, effort: Effort) -> Tally<1> {
    let (l, m) = (queue.arrivals, queue.service);
    let swap = biased && l < m;
    let up = if swap { m } else { l } / (l + m);
    let weight = if swap { (l / m).powf(f64::from(queue.level - 1)) } else { 1.0 };
    let level = queue.level;
    replicate(
        stream.named("single overflow"),
        effort,
        0,
        || (),
        |(), rng| {
            let mut number = 1;
            while number > 0 && number < level {
                if rng.uniform() < up { number += 1 } else { number -= 1 }
            }
            [if number == 0 { 0.0 } else { weight }]
        },
    )
}

/// The tandem made ready: probabilities that a path without the boundary of the first station ever reaches the level.
///
/// Each step goes to a neighbour with probability ∝ rate × h(neighbour), h = that probability of the limit process, in
/// closed form for two stations: h = ρ₂^d + (μ₂ − λ)/(μ₂ − μ₁) · (ρ₁^d − ρ₂^d) · ρ₁^y, d = missing to the level, y = number
/// at the second station; the limit for μ₁ = μ₂. Where the first station is empty h is not harmonic: weights differ there,
/// and only there.
///
/// Sezer (2015), "Exit probabilities and balayage of constrained random walks" (arXiv); a state-dependent change
/// is needed as the state-independent one fails near μ₁ = μ₂: Glasserman & Kou (1995), "Analysis of an importance sampling
/// estimator for tandem queues", *ACM TOMACS* 5(1), 22–42; Dupuis, Sezer & Wang (2007), *Annals of Applied Probability* 17(4).
pub(super) struct Tandem {
    queue: TandemOverflow,
    first: Vec<f64>,
    second: Vec<f64>,
    factor: Option<f64>,
    biased: bool,
}

impl Tandem {
    pub(super) fn new(queue: &TandemOverflow, biased: bool) -> Self {
        let TandemOverflow { arrivals, first, second, level } = *queue;
        let powers = |ratio: f64| (0..=level).map(|k| ratio.powf(f64::from(k))).collect();
        let alike = (first - second).abs() < 1e-6 * second;
        Self {
            queue: *queue,
            first: powers(arrivals / first),
            second: powers(arrivals / second),
            factor: (!alike).then(|| (second - arrivals) / (second - first)),
            biased: biased && arrivals < first.min(second),
        }
    }

    fn reach(&self, x: usize, y: usize) -> f64 {
        let d = self.queue.level as usize - x - y;
        let rest = match self.factor {
            Some(factor) => factor * (self.first[d] - self.second[d]),
            None => (1.0 - self.second[1]) * d as f64 * self.second[d],
        };
        self.second[d] + rest * self.first[y]
    }

    /// The ways on from (x, y): arrival, first service, second service, with rate and with rate × h.
    fn ways(&self, x: usize, y: usize) -> [(f64, f64); 3] {
        let way = |there: bool, rate: f64, x: usize, y: usize| {
            if !there {
                (0.0, 0.0)
            } else if !self.biased {
                (rate, rate)
            } else if x + y == 0 {
                (rate, 0.0)
            } else {
                (rate, rate * self.reach(x, y))
            }
        };
        [
            way(true, self.queue.arrivals, x + 1, y),
            way(x > 0, self.queue.first, x.wrapping_sub(1), y + 1),
            way(y > 0, self.queue.second, x, y.wrapping_sub(1)),
        ]
    }

    pub(super) fn sample(&self, stream: Stream, effort: Effort) -> Tally<1> {
        replicate(
            stream.named("tandem overflow"),
            effort,
            0,
            || (),
            |(), rng| {
                let (mut x, mut y, mut weight) = (1, 0, 1.0);
                while x + y > 0 && x + y < self.queue.level as usize {
                    let ways = self.ways(x, y);
                    let (rate, biased) = ways.iter().fold((0.0, 0.0), |sum, way| (sum.0 + way.0, sum.1 + way.1));
                    let chosen = pick(&ways, biased * rng.uniform());
                    weight *= ways[chosen].0 / rate * biased / ways[chosen].1;
                    (x, y) = moved(x, y, chosen);
                }
                [if x + y == 0 { 0.0 } else { weight }]
            },
        )
    }
}

fn pick(ways: &[(f64, f64); 3], mut left: f64) -> usize {
    for (i, way) in ways.iter().enumerate().take(2) {
        if left < way.1 {
            return i;
        }
        left -= way.1;
    }
    // rounding may leave a little after the last way that is open
    if ways[2].1 > 0.0 { 2 } else { 0 }
}

fn moved(x: usize, y: usize, way: usize) -> (usize, usize) {
    match way {
        0 => (x + 1, y),
        1 => (x - 1, y + 1),
        _ => (x, y - 1),
    }
}

/// Levels are those of ln h: the total alone climbs badly when the first station is the slower (Glasserman, Heidelberger,
/// Shahabuddin & Zajic 1998, "A large deviations perspective on the efficiency of multilevel splitting", *IEEE TAC* 43(12)).
impl Climb for Tandem {
    type State = (usize, usize);

    fn begin(&self, _: &mut Generator) -> Self::State {
        (1, 0)
    }

    fn height(&self, state: &Self::State) -> f64 {
        if state.0 + state.1 == 0 { f64::NEG_INFINITY } else { self.reach(state.0, state.1).ln() }
    }

    fn top(&self) -> f64 {
        0.0
    }

    fn climb(&self, state: &mut Self::State, level: f64, rng: &mut Generator) -> f64 {
        let mut highest = self.height(state);
        while highest < level && state.0 + state.1 > 0 {
            let rates = [
                self.queue.arrivals,
                if state.0 > 0 { self.queue.first } else { 0.0 },
                if state.1 > 0 { self.queue.second } else { 0.0 },
            ];
            let left = rng.uniform() * rates.iter().sum::<f64>();
            *state = moved(state.0, state.1, pick(&rates.map(|rate| (rate, rate)), left));
            highest = highest.max(self.height(state));
        }
        highest
    }
}

/// The number in a single queue as a height.
pub(super) struct SingleClimb(pub SingleOverflow);

impl Climb for SingleClimb {
    type State = u32;

    fn begin(&self, _: &mut Generator) -> u32 {
        1
    }

    fn height(&self, state: &u32) -> f64 {
        f64::from(*state)
    }

    fn top(&self) -> f64 {
        f64::from(self.0.level)
    }

    fn climb(&self, state: &mut u32, level: f64, rng: &mut Generator) -> f64 {
        let up = self.0.arrivals / (self.0.arrivals + self.0.service);
        let mut highest = *state;
        while f64::from(highest) < level && *state > 0 {
            if rng.uniform() < up {
                *state += 1;
            } else {
                *state -= 1;
            }
            highest = highest.max(*state);
        }
        f64::from(highest)
    }
}
