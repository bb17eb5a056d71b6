//! Conditional Monte Carlo: outages of the domains are drawn, the units below them are summed exactly.

use super::system::{Fleet, System};
use super::tally::{Effort, Tally, replicate};
use crate::simulate::exact::{Pmf, convolve};
use crate::stats::Estimate;
use crate::stream::Stream;

/// Long-run measures of a system.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditional {
    /// Share of time with capacity below need.
    pub unavailability: Estimate,
    /// Outages per hour.
    pub outage_frequency: Estimate,
    /// Hours an outage.
    pub mean_outage: Estimate,
    /// (Σw)² ÷ Σw² of the share of time.
    pub effective_sample_size: f64,
    /// The largest weight's share of the sum.
    pub largest_share: f64,
    /// Replications made.
    pub replications: u64,
}

/// A probability and its complement, neither from a difference.
#[derive(Clone, Copy)]
struct Up {
    up: f64,
    down: f64,
    /// Failures per hour up.
    rate: f64,
}

/// Domains out of service in a biased draw, on average, where that is not more than half of them.
const OUT: f64 = 1.5;

impl System {
    fn states(&self) -> Vec<Up> {
        let of = |life: f64, repair: f64| Up { up: life / (life + repair), down: repair / (life + repair), rate: 1.0 / life };
        self.laws().iter().map(|law| of(law.life.mean(), law.repair.mean())).collect()
    }

    /// Capacity of the units of a kind.
    fn kind(&self, kind: usize, state: Up, count: u32) -> Pmf {
        let each = self.units[kind].capacity as usize;
        (0..count).fold(vec![1.0], |table, _| {
            let mut next = vec![0.0; table.len() + each];
            for (k, p) in table.iter().enumerate() {
                next[k] += p * state.down;
                next[k + each] += p * state.up;
            }
            next
        })
    }

    /// P(capacity < need) in the long run, exactly: by convolution from the leaves of the tree to its root. Independent parts
    /// that alternate are up a share of the time that depends on their means only, whatever the laws.
    #[must_use]
    pub fn steady(&self) -> f64 {
        let states = self.states();
        let kinds = self.units.len();
        let mut inside: Vec<Pmf> = vec![vec![1.0]; self.domains.len() + 1];
        let root = self.domains.len();
        for (kind, units) in self.units.iter().enumerate() {
            let at = units.domain.unwrap_or(root);
            inside[at] = convolve(&inside[at], &self.kind(kind, states[kind], units.count));
        }
        for domain in (0..self.domains.len()).rev() {
            let state = states[kinds + domain];
            let mut table: Pmf = inside[domain].iter().map(|p| p * state.up).collect();
            table[0] += state.down;
            let at = self.domains[domain].parent.unwrap_or(root);
            inside[at] = convolve(&inside[at], &table);
        }
        inside[root].iter().take(self.needed as usize).sum()
    }

    /// Long-run measures by drawing which domains are out, far more often than they are, and summing their units exactly.
    ///
    /// Given the domains: the share of time from the units' convolution, and the rate of falling below need as Σ P(this unit
    /// or domain is what need hangs on) × its rate. What is integrated exactly adds no variance: Asmussen & Glynn (2007),
    /// *Stochastic Simulation*, V.4.
    #[must_use]
    pub fn conditional(&self, stream: Stream, effort: Effort) -> Conditional {
        let (states, kinds) = (self.states(), self.units.len());
        let often = (OUT / self.domains.len().max(1) as f64).min(0.5);
        let chances: Vec<(f64, f64)> = states[kinds..].iter().map(|state| (state.down, state.down.max(often))).collect();
        let tables: Vec<Pmf> =
            self.units.iter().enumerate().map(|(kind, units)| self.kind(kind, states[kind], units.count)).collect();
        let fewer: Vec<Pmf> = self
            .units
            .iter()
            .enumerate()
            .map(|(kind, units)| self.kind(kind, states[kind], units.count.saturating_sub(1)))
            .collect();
        let known = Known { system: self, states: &states, tables: &tables, fewer: &fewer };
        let tally: Tally<2> = replicate(stream.named("domains"), effort, 0, std::collections::BTreeMap::new, |seen, rng| {
            let mut weight = 1.0;
            let draw = |(natural, chosen): &(f64, f64)| {
                let out = rng.uniform() < *chosen;
                weight *= if out { natural / chosen } else { (1.0 - natural) / (1.0 - chosen) };
                out
            };
            let out: Vec<bool> = chances.iter().map(draw).collect();
            let (short, falls) = *seen.entry(out).or_insert_with_key(|out| known.given(out));
            [weight * short, weight * falls]
        });
        Conditional {
            unavailability: tally.estimate(0),
            outage_frequency: tally.estimate(1),
            mean_outage: tally.ratio(0, 1),
            effective_sample_size: tally.effective(0),
            largest_share: tally.largest_share(0),
            replications: tally.count(),
        }
    }
}

impl System {
    /// Every unit and domain drawn as it is in the long run: 1 when the capacity is below need.
    pub(super) fn drawn(&self, stream: Stream, effort: Effort) -> Tally<1> {
        let states = self.states();
        replicate(
            stream.named("drawn"),
            effort,
            0,
            || Fleet::new(self),
            |fleet, rng| {
                for (class, all) in self.units.iter().map(|units| units.count).chain(self.domains.iter().map(|_| 1)).enumerate() {
                    fleet.up[class] = (0..all).filter(|_| rng.uniform() >= states[class].down).count() as u32;
                }
                [f64::from(u8::from(self.capacity(fleet) < self.needed))]
            },
        )
    }
}

/// What does not depend on the domains drawn.
struct Known<'a> {
    system: &'a System,
    states: &'a [Up],
    /// Capacity of each kind, and with one unit fewer.
    tables: &'a [Pmf],
    fewer: &'a [Pmf],
}

impl Known<'_> {
    /// P(short), and outages begun per hour, with these domains out.
    fn given(&self, out: &[bool]) -> (f64, f64) {
        let system = self.system;
        let needed = system.needed as usize;
        let serves = |kind: usize| system.around[kind].iter().all(|domain| !out[*domain]);
        let sum = |kinds: &[usize]| kinds.iter().fold(vec![1.0], |sum, kind| convolve(&sum, &self.tables[*kind]));
        let there: Vec<usize> = (0..self.tables.len()).filter(|kind| serves(*kind)).collect();
        let short = below(&sum(&there), needed);
        let mut falls = 0.0;
        for kind in &there {
            let others: Vec<usize> = there.iter().copied().filter(|other| other != kind).collect();
            let rest = convolve(&sum(&others), &self.fewer[*kind]);
            // this unit up and the others within its capacity below need
            let (state, each) = (self.states[*kind], system.units[*kind].capacity as usize);
            let hangs: f64 = rest.iter().enumerate().filter(|(c, _)| *c < needed && c + each >= needed).map(|(_, p)| p).sum();
            falls += f64::from(system.units[*kind].count) * state.up * state.rate * hangs;
        }
        for domain in (0..out.len()).filter(|domain| !out[*domain]) {
            let (hidden, left): (Vec<usize>, Vec<usize>) = there.iter().partition(|kind| system.around[**kind].contains(&domain));
            if hidden.is_empty() {
                continue;
            }
            let (hidden, left) = (sum(&hidden), sum(&left));
            let hangs: f64 =
                left.iter().enumerate().take(needed).map(|(c, p)| p * hidden.iter().skip(needed - c).sum::<f64>()).sum();
            falls += self.states[self.tables.len() + domain].rate * hangs;
        }
        (short, falls)
    }
}

fn below(table: &[f64], needed: usize) -> f64 {
    table.iter().take(needed).sum()
}
