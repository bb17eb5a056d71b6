//! Splitting by the number of strikes on domains: each number is given, its probability is exact.

use super::fleet::FleetClimb;
use super::splitting::{Split, Splitting, Step, climb_again, plan};
use super::system::System;
use super::tally::Effort;
use crate::stats::Estimate;
use crate::stream::{Address, Stream};

/// With more strikes than this on average within the horizon they are not what is rare.
const MANY: f64 = 8.0;
/// What may be missing of the answer: numbers of strikes that are left out.
const MISSING: f64 = 1e-3;
/// Repetitions of a number of strikes that matters, at first, and of one that does not.
const FIRST: usize = 32;
const FEW: usize = 2;
/// Fewer effective repetitions of a number that matters say little of its error.
const EVEN: f64 = 24.0;
/// Numbers of strikes at most.
const MOST: u32 = 64;

/// What all numbers of strikes together say.
pub(super) struct Forced {
    pub estimate: Estimate,
    pub paths: u64,
    /// Of the numbers that make a tenth or more of it: the fewest effective repetitions, and the fewest paths at a level.
    pub effective: f64,
    pub fewest: f64,
    /// The largest repetition's share of the sum.
    pub largest: f64,
}

/// A number of strikes.
struct Stratum<'a> {
    weight: f64,
    climb: FleetClimb<'a>,
    steps: Vec<Step>,
    stream: Stream,
    split: Split,
    repetitions: usize,
}

impl Stratum<'_> {
    /// What it adds to the answer by the pilot.
    fn about(&self) -> f64 {
        self.weight * self.steps.iter().map(|step| step.share).product::<f64>()
    }

    fn repeat(&mut self, repetitions: usize) {
        let settings = Splitting { repetitions, ..Splitting::default() };
        self.split = climb_again(&self.climb, &self.steps, settings, self.stream);
        self.repetitions = repetitions;
    }

    fn error(&self) -> f64 {
        self.weight * self.split.estimate.standard_error
    }
}

/// P(capacity falls below need within the horizon), as Σ P(k strikes on domains) × P(it falls, given k), each of the latter by
/// splitting. `None` where no domain fails without memory, or so many do that their number says little.
///
/// A zone that takes ten hosts at once jumps over levels of capacity; that two do within a day cannot be split into likelier
/// steps, but its probability is that of a Poisson number. Stratified sampling: Cochran (1977), *Sampling Techniques*, ch. 5;
/// conditioning on the number of shocks is forcing in the sense of Lewis & Böhm (1984), "Monte Carlo simulation of Markov
/// unreliability models", *Nuclear Engineering and Design* 77(1), 49–62.
pub(super) fn by_strikes(system: &System, hours: f64, effort: Effort, stream: Stream) -> Option<Forced> {
    let mean = FleetClimb::new(system, hours).mean_strikes();
    if mean <= 0.0 || mean > MANY {
        return None;
    }
    let mut strata = pilots(system, hours, mean, stream);
    let about: f64 = strata.iter().map(Stratum::about).sum();
    let least = MISSING * about / strata.len() as f64;
    for stratum in &mut strata {
        if stratum.about() < least {
            // no more paths than the least at a level: what it adds is not seen
            stratum.steps.iter_mut().for_each(|step| step.paths = Splitting::default().paths);
            stratum.repeat(FEW);
        } else {
            stratum.repeat(FIRST);
        }
    }
    loop {
        let seen = together(&strata);
        let used: u64 = strata.iter().map(|stratum| stratum.split.paths).sum();
        let even = seen.effective >= EVEN;
        let sure = even && seen.estimate.standard_error <= effort.relative_error * seen.estimate.value;
        let worst = strata.iter_mut().max_by(|a, b| a.error().total_cmp(&b.error()))?;
        // it is repeated twice as often: so many paths more
        if (sure && seen.estimate.value > 0.0) || used + 2 * worst.split.paths > effort.budget || worst.error() == 0.0 {
            return Some(Forced { paths: used, ..seen });
        }
        worst.repeat(2 * worst.repetitions);
    }
}

/// The numbers of strikes from 0 up to where the rest is too seldom to matter.
fn pilots(system: &System, hours: f64, mean: f64, stream: Stream) -> Vec<Stratum<'_>> {
    let mut strata: Vec<Stratum<'_>> = Vec::new();
    let mut weight = (-mean).exp();
    let mut about = 0.0;
    for strikes in 0..MOST {
        let stream = stream.named("strikes").at(Address::of("number").child(u64::from(strikes)));
        // streams of paths are by address: each number needs a purpose of its own
        let stream = stream.named(&strikes.to_string());
        let climb = FleetClimb::new(system, hours).given_strikes(strikes);
        let steps = plan(&climb, Splitting::default(), stream);
        let split = Split { estimate: Estimate::default(), paths: 0, fewest: 0.0, effective: 0.0, largest: 0.0 };
        let stratum = Stratum { weight, climb, steps, stream, split, repetitions: 0 };
        about += stratum.about();
        strata.push(stratum);
        weight *= mean / f64::from(strikes + 1);
        // terms from here on fall at least by this ratio
        let ratio = mean / f64::from(strikes + 2);
        if ratio < 1.0 && weight / (1.0 - ratio) < MISSING * about {
            break;
        }
    }
    strata
}

fn together(strata: &[Stratum<'_>]) -> Forced {
    let value: f64 = strata.iter().map(|one| one.weight * one.split.estimate.value).sum();
    let variance: f64 = strata.iter().map(|one| one.error().powi(2)).sum();
    let share = |one: &Stratum<'_>| if value > 0.0 { one.weight * one.split.estimate.value / value } else { 0.0 };
    let matters = |one: &&Stratum<'_>| share(one) >= 0.1;
    let least = |of: fn(&Split) -> f64| strata.iter().filter(matters).map(|one| of(&one.split)).fold(f64::INFINITY, f64::min);
    Forced {
        estimate: Estimate { value, standard_error: variance.sqrt() },
        paths: 0,
        effective: if value > 0.0 { least(|split| split.effective) } else { 0.0 },
        fewest: least(|split| split.fewest),
        largest: strata.iter().map(|one| share(one) * one.split.largest).fold(0.0, f64::max),
    }
}
