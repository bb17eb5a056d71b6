use super::world::{Clock, FailureSource, PoolWorld};
use crate::stream::{Generator, Stream};

/// An outage of one source: what it takes, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outage {
    pub from: f64,
    pub until: f64,
    pub source: u32,
    /// Which outage of its source, for the address of its common-cause draws.
    pub number: u32,
}

/// All outages of a pool within `0..horizon` hours, in the order of the sources. `from` may be negative: begun before.
///
/// Sources start in their steady state. An alternating process is down at the start with probability
/// mean repair ÷ (mean life + mean repair), and what is left of the current life or repair follows the equilibrium law
/// (density survival ÷ mean; Cox 1962, *Renewal Theory*, §5.2), drawn as a uniform share of a length-biased life. Poisson-like
/// overlapping shocks have a Poisson number in progress. A unit that comes into force later starts new.
pub(super) fn outages(pool: &PoolWorld, in_force: &[(f64, f64)], horizon: f64, stream: Stream, into: &mut Vec<Outage>) {
    into.clear();
    for (s, source) in pool.sources.iter().enumerate() {
        let (start, end) = if source.own { in_force[source.members[0] as usize] } else { (f64::NEG_INFINITY, horizon) };
        let end = end.min(horizon);
        if start >= end {
            continue;
        }
        let mut rng = stream.at(source.address).rng();
        let mut push = |from: f64, until: f64, number: u32| into.push(Outage { from, until, source: s as u32, number });
        if source.overlapping {
            overlapping(source, start.max(0.0), end, &mut rng, &mut push);
        } else {
            alternating(source, start, end, &mut rng, &mut push);
        }
    }
}

fn alternating(source: &FailureSource, start: f64, end: f64, rng: &mut Generator, push: &mut impl FnMut(f64, f64, u32)) {
    let mut number = 0;
    let mut at = start.max(0.0);
    if start > 0.0 {
        at += source.life.draw(rng);
    } else {
        let down = rng.uniform() * (source.life.mean + source.repair.mean) < source.repair.mean;
        if down {
            let until = source.repair.left(rng);
            push(-1.0, until, number);
            number += 1;
            at = until + source.life.draw(rng);
        } else {
            at += source.life.left(rng);
        }
    }
    while at < end {
        let until = at + source.repair.draw(rng);
        push(at, until, number);
        number += 1;
        at = until + source.life.draw(rng);
    }
}

fn overlapping(source: &FailureSource, start: f64, end: f64, rng: &mut Generator, push: &mut impl FnMut(f64, f64, u32)) {
    let mut number = 0;
    // A Poisson number in progress: arrivals of a unit-rate process before the mean.
    let mean = source.repair.mean / source.life.mean;
    let mut passed = rng.exponential();
    while passed < mean && start == 0.0 {
        push(-1.0, source.repair.left(rng), number);
        number += 1;
        passed += rng.exponential();
    }
    let mut at = start + source.life.left(rng);
    while at < end {
        push(at, at + source.repair.draw(rng), number);
        number += 1;
        at += source.life.draw(rng);
    }
}

/// A life is at least a nanosecond-like step, so that a law with mass at zero cannot stop the clock.
const SHORTEST_HOURS: f64 = 1e-6;

impl Clock {
    #[inline]
    fn draw(&self, rng: &mut Generator) -> f64 {
        self.law.draw(rng).max(SHORTEST_HOURS)
    }

    /// What is left of the current interval in steady state.
    #[inline]
    fn left(&self, rng: &mut Generator) -> f64 {
        let Some((total, _)) = self.biased.last() else { return self.draw(rng) };
        let aim = rng.uniform() * total;
        let at = self.biased.partition_point(|(sum, _)| *sum < aim).min(self.biased.len() - 1);
        rng.uniform() * self.biased[at].1
    }
}
