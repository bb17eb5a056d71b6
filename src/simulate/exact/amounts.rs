//! The capacity of units below outages that take them one by one, in part, or together: a distribution over real amounts.
//!
//! Every step adds and multiplies probabilities, nothing is subtracted: a tail of 1e-20 is as exact as the body.

use super::convolution::Adequacy;

/// Amounts closer than this share of the largest are the same: rounding of sums of capacities.
const SAME: f64 = 1e-9;

/// More states than this are not enumerated.
const MOST_STATES: usize = 20_000;

/// Probabilities of a Poisson number in progress below this share of their sum are left out.
const LEAST: f64 = 1e-40;

/// Independent outages of one kind: how many are in progress at a random instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interruptions {
    /// Mean time between the end of one and the begin of the next (of the begin of two, where they overlap).
    pub mean_apart: f64,
    /// Mean length.
    pub mean_length: f64,
    /// Whether one may begin while another lasts: a Poisson number in progress. Otherwise one or none.
    pub overlapping: bool,
    /// What each takes.
    pub takes: Takes,
}

/// What an outage takes of the capacity below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Takes {
    /// This share of all.
    Share(f64),
    /// Each unit below, independently with this probability.
    Each(f64),
}

impl Interruptions {
    /// P(n in progress) for n = 0, 1, …: insensitive to the laws, which enter by their means only (renewal theory for one or none,
    /// M/G/∞ for overlapping ones).
    fn in_progress(&self) -> Vec<f64> {
        if !self.overlapping {
            let cycle = self.mean_apart + self.mean_length;
            return vec![self.mean_apart / cycle, self.mean_length / cycle];
        }
        let load = self.mean_length / self.mean_apart;
        let mut all = vec![(-load).exp()];
        while all.len() < 1_000 {
            let n = all.len() as f64;
            let next = all[all.len() - 1] * load / n;
            if n > load && next < LEAST {
                break;
            }
            all.push(next);
        }
        all
    }
}

/// Alike units, and what strikes each on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Units {
    /// How many.
    pub count: u32,
    /// Capacity of each.
    pub capacity: f64,
    /// What strikes one.
    pub outages: Vec<Interruptions>,
}

/// A place: what strikes it strikes all below.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// What strikes it.
    pub outages: Vec<Interruptions>,
    /// Units that stand in it directly.
    pub units: Vec<Units>,
    /// Places within it.
    pub within: Vec<Place>,
}

/// A distribution over amounts: amount and probability, rising by amount.
#[derive(Debug, Clone, PartialEq)]
pub struct Amounts(Vec<(f64, f64)>);

/// One state of some outages: its probability, the share of the capacity that is left, and the probability that a unit is not hit.
struct State {
    probability: f64,
    left: f64,
    spared: f64,
}

/// All states of independent outages together.
fn states(outages: &[Interruptions]) -> Vec<State> {
    let mut all = vec![State { probability: 1.0, left: 1.0, spared: 1.0 }];
    for of in outages {
        let numbers = of.in_progress();
        all = all
            .iter()
            .flat_map(|state| {
                numbers.iter().enumerate().map(move |(n, p)| {
                    let n = n as i32;
                    let (left, spared) = match of.takes {
                        Takes::Share(share) => ((1.0 - share).powi(n), 1.0),
                        Takes::Each(probability) => (1.0, (1.0 - probability).powi(n)),
                    };
                    State { probability: state.probability * p, left: state.left * left, spared: state.spared * spared }
                })
            })
            .filter(|state| state.probability > 0.0)
            .collect();
    }
    all
}

impl Amounts {
    /// Nothing, surely.
    fn nothing() -> Self {
        Self(vec![(0.0, 1.0)])
    }

    /// Sorts, and adds up what is the same amount.
    fn of(mut all: Vec<(f64, f64)>) -> Self {
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let same = SAME * all.last().map_or(0.0, |last| last.0);
        let mut merged: Vec<(f64, f64)> = Vec::with_capacity(all.len());
        for (amount, probability) in all {
            match merged.last_mut() {
                Some(last) if amount - last.0 <= same => last.1 += probability,
                _ => merged.push((amount, probability)),
            }
        }
        Self(merged)
    }

    /// The sum of two independent amounts; `None` when it has too many states.
    fn plus(&self, other: &Self) -> Option<Self> {
        if self.0.len() * other.0.len() > 64 * MOST_STATES {
            return None;
        }
        let sums = self.0.iter().flat_map(|(a, p)| other.0.iter().map(move |(b, q)| (a + b, p * q)));
        Some(Self::of(sums.collect())).filter(|sum| sum.0.len() <= MOST_STATES)
    }

    /// The sum of `count` independent ones, by doubling.
    fn times(&self, count: u32) -> Option<Self> {
        let (mut sum, mut power, mut left) = (Self::nothing(), self.clone(), count);
        while left > 0 {
            if left & 1 == 1 {
                sum = sum.plus(&power)?;
            }
            left >>= 1;
            if left > 0 {
                power = power.plus(&power)?;
            }
        }
        Some(sum)
    }

    /// The capacity of a place in steady state; `None` when it has more than 20,000 states.
    ///
    /// Given the outages in progress above, units are independent; so the distribution is the mixture, over those states, of
    /// convolutions. Source: Billinton & Allan (1996), *Reliability Evaluation of Power Systems*, §2.2, with common causes by
    /// conditioning (total probability).
    ///
    /// ```
    /// use plimsoll::simulate::exact::{Amounts, Interruptions, Place, Takes, Units};
    /// let fails = Interruptions { mean_apart: 90.0, mean_length: 10.0, overlapping: false, takes: Takes::Share(1.0) };
    /// let place = Place { units: vec![Units { count: 2, capacity: 5.0, outages: vec![fails] }], ..Place::default() };
    /// let capacity = Amounts::of_place(&place).unwrap();
    /// assert!((capacity.below(10.0) - 0.19).abs() < 1e-15);
    /// assert!((capacity.below(5.0) - 0.01).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn of_place(place: &Place) -> Option<Self> {
        Self::of_place_spared(place, 1.0)
    }

    fn of_place_spared(place: &Place, spared: f64) -> Option<Self> {
        let mut all = Vec::new();
        for state in states(&place.outages) {
            let spared = spared * state.spared;
            if state.left == 0.0 {
                all.push((0.0, state.probability));
                continue;
            }
            let mut sum = Self::nothing();
            for units in &place.units {
                sum = sum.plus(&Self::of_units(units, spared)?)?;
            }
            // alike places are worked out once
            let mut done = vec![false; place.within.len()];
            for (i, within) in place.within.iter().enumerate() {
                if done[i] {
                    continue;
                }
                let mut alike = 0;
                for (j, other) in place.within.iter().enumerate().skip(i) {
                    if !done[j] && other == within {
                        done[j] = true;
                        alike += 1;
                    }
                }
                sum = sum.plus(&Self::of_place_spared(within, spared)?.times(alike)?)?;
            }
            all.extend(sum.0.into_iter().map(|(amount, p)| (amount * state.left, p * state.probability)));
        }
        Some(Self::of(all)).filter(|found| found.0.len() <= MOST_STATES)
    }

    fn of_units(units: &Units, spared: f64) -> Option<Self> {
        let mut one = Vec::new();
        for state in states(&units.outages) {
            let spared = spared * state.spared;
            one.push((units.capacity * state.left, state.probability * spared));
            one.push((0.0, state.probability * (1.0 - spared)));
        }
        Self::of(one).times(units.count)
    }

    /// P(capacity < `demand`).
    #[must_use]
    pub fn below(&self, demand: f64) -> f64 {
        self.0.iter().take_while(|(amount, _)| *amount < demand).map(|(_, p)| p).sum()
    }

    /// Mean amount.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0.iter().map(|(amount, p)| amount * p).sum()
    }

    /// A table that answers for many demands.
    #[must_use]
    pub fn table(&self) -> CapacityTable {
        let (mut below, mut amount) = (vec![0.0], vec![0.0]);
        for (i, (of, p)) in self.0.iter().enumerate() {
            below.push(below[i] + p);
            amount.push(amount[i] + of * p);
        }
        let amounts: Vec<f64> = self.0.iter().map(|(of, _)| *of).collect();
        let largest = amounts.last().copied().unwrap_or(0.0);
        let cells = (4 * amounts.len()).next_power_of_two();
        let per_cell = if largest > 0.0 { cells as f64 / largest } else { 0.0 };
        // the first state that a demand in this cell may be above
        let first = (0..=cells).map(|cell| {
            let least = cell as f64 / per_cell;
            if per_cell > 0.0 { amounts.partition_point(|of| *of < least) } else { 0 }
        });
        let hint = first.map(|at| at as u32).collect();
        CapacityTable { amounts, below, amount, per_cell, hint }
    }
}

/// Hours short and unserved amount for a demand, in a few nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct CapacityTable {
    amounts: Vec<f64>,
    /// P(capacity is one of the first k states), k = 0, 1, ….
    below: Vec<f64>,
    /// E(capacity; it is one of them).
    amount: Vec<f64>,
    per_cell: f64,
    hint: Vec<u32>,
}

impl CapacityTable {
    /// P(C < demand) and E[(demand − C)+]: what one hour of this demand adds.
    #[must_use]
    #[inline]
    pub fn hour(&self, demand: f64) -> Adequacy {
        let cell = ((demand * self.per_cell) as usize).min(self.hint.len() - 1);
        let mut states = self.hint[cell] as usize;
        while states < self.amounts.len() && self.amounts[states] < demand {
            states += 1;
        }
        Adequacy { lole_hours: self.below[states], eue: demand * self.below[states] - self.amount[states] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::exact::{adequacy, binomial, capacity_table, convolve, under_domain};

    fn fails(apart: f64, length: f64) -> Interruptions {
        Interruptions { mean_apart: apart, mean_length: length, overlapping: false, takes: Takes::Share(1.0) }
    }

    fn near(seen: f64, expected: f64) {
        assert!((seen - expected).abs() <= 1e-12 * expected.abs(), "{seen:e} {expected:e}");
    }

    #[test]
    fn nested_domains_are_the_convolution_of_whole_units() {
        let racks = |servers| Place {
            outages: vec![Interruptions { overlapping: true, ..fails(900.0, 9.0) }],
            units: vec![Units { count: servers, capacity: 1.0, outages: vec![fails(2_000.0, 12.0)] }],
            within: Vec::new(),
        };
        let zone = Place { outages: vec![fails(4_000.0, 6.0)], units: Vec::new(), within: vec![racks(5), racks(5), racks(3)] };
        let found = Amounts::of_place(&Place { within: vec![zone.clone(), zone], ..Place::default() }).unwrap();
        let up = 2_000.0 / 2_012.0;
        let rack = |servers| under_domain(&binomial(servers, up), (-0.01_f64).exp());
        let zone = under_domain(&convolve(&convolve(&rack(5), &rack(5)), &rack(3)), 4_000.0 / 4_006.0);
        let expected = convolve(&zone, &zone);
        let table = found.table();
        for load in 0..=27 {
            let load = f64::from(load) - 0.5;
            let hour = adequacy(&expected, &[load]);
            assert!((table.hour(load).lole_hours - hour.lole_hours).abs() < 1e-13, "{load}");
            assert!((table.hour(load).eue - hour.eue).abs() < 1e-11, "{load}");
            assert_eq!(table.hour(load).lole_hours, found.below(load));
        }
    }

    #[test]
    fn a_tail_of_1e_minus_36_is_exact() {
        let place =
            Place { units: vec![Units { count: 12, capacity: 1.0, outages: vec![fails(0.999, 0.001)] }], ..Place::default() };
        near(Amounts::of_place(&place).unwrap().below(0.5), 1e-36);
    }

    #[test]
    fn unequal_units_are_the_capacity_table_of_resource_adequacy() {
        let units = |count, capacity: f64, down: f64| Units { count, capacity, outages: vec![fails(1.0 - down, down)] };
        let place = Place { units: vec![units(2, 12.0, 0.02), units(1, 20.0, 0.1), units(2, 50.0, 0.04)], ..Place::default() };
        let table = Amounts::of_place(&place).unwrap().table();
        let twin = capacity_table(&[(12, 0.98), (12, 0.98), (20, 0.9), (50, 0.96), (50, 0.96)]);
        for load in 1..150 {
            let (seen, expected) = (table.hour(f64::from(load)), adequacy(&twin, &[f64::from(load)]));
            assert!((seen.lole_hours - expected.lole_hours).abs() < 1e-14 && (seen.eue - expected.eue).abs() < 1e-12, "{load}");
        }
    }

    #[test]
    fn a_common_cause_hits_each_unit_on_its_own() {
        // two units, a shock in progress with probability ¼ that hits each with ½: both up ¾ + ¼·¼, none up ¼·¼
        let shock = Interruptions { mean_apart: 3.0, mean_length: 1.0, overlapping: false, takes: Takes::Each(0.5) };
        let place = Place {
            outages: vec![shock],
            units: vec![Units { count: 2, capacity: 1.0, outages: Vec::new() }],
            within: Vec::new(),
        };
        let found = Amounts::of_place(&place).unwrap();
        near(found.below(0.5), 0.0625);
        near(found.below(1.5), 0.0625 + 0.125);
        near(found.mean(), 2.0 * 0.875);
    }

    #[test]
    fn shocks_that_overlap_and_take_a_share_multiply() {
        // n in progress is Poisson with mean ½, each leaves ¾ of 100
        let shock = Interruptions { mean_apart: 10.0, mean_length: 5.0, overlapping: true, takes: Takes::Share(0.25) };
        let place = Place {
            outages: vec![shock],
            units: vec![Units { count: 1, capacity: 100.0, outages: Vec::new() }],
            within: Vec::new(),
        };
        let found = Amounts::of_place(&place).unwrap();
        // E(0.75^N) = e^{-½·¼}
        near(found.mean(), 100.0 * (-0.125_f64).exp());
        near(found.below(60.0), 1.0 - (-0.5_f64).exp() * 1.5);
    }

    #[test]
    fn too_many_states_are_refused() {
        let units = |i: i32| Units { count: 1, capacity: 1.0 + f64::from(i).sqrt(), outages: vec![fails(9.0, 1.0)] };
        assert_eq!(Amounts::of_place(&Place { units: (0..40).map(units).collect(), ..Place::default() }), None);
    }
}
