//! Fixed-effort multilevel splitting: the rare event as a product of likelier ones.

use rayon::prelude::*;

use crate::stats::{Estimate, estimate};
use crate::stream::{Address, Generator, Stream};

/// A path that climbs towards a rare event.
pub(super) trait Climb: Sync {
    /// All that the future depends on.
    type State: Clone + Send + Sync;

    fn begin(&self, rng: &mut Generator) -> Self::State;

    fn height(&self, state: &Self::State) -> f64;

    /// The height that is the event.
    fn top(&self) -> f64;

    /// Follows the path until its height is `level` or more, or to its end; the greatest height that was met.
    fn climb(&self, state: &mut Self::State, level: f64, rng: &mut Generator) -> f64;

    /// Draws what lies ahead anew, given what is past: copies of a state part at once.
    fn refresh(&self, _state: &mut Self::State, _rng: &mut Generator) {}
}

/// How splitting is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Splitting {
    /// Paths at each level, at least: where few of them reach the next one the pilot asks for more.
    pub paths: usize,
    /// Independent repetitions, from which the standard error comes.
    pub repetitions: usize,
}

impl Default for Splitting {
    fn default() -> Self {
        Self { paths: 256, repetitions: 64 }
    }
}

/// A level, and the paths that start towards it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub level: f64,
    pub paths: usize,
    /// The share of the pilot's paths that reached it; where none did, what one of them would have been.
    pub share: f64,
}

/// P(the path reaches the top), from independent repetitions with levels and efforts that a pilot chose.
///
/// Within a repetition a number of paths that is fixed beforehand starts at each level, from the states in which the level
/// before was entered, in turn from a random place on. The product of the shares that reach the next level is unbiased for
/// any levels and efforts that are fixed beforehand; a level may be jumped over. Garvels (2000), *The splitting method in
/// rare event simulation*, ch. 2; L'Ecuyer, Demers & Tuffin (2007), "Rare events, splitting, and quasi-Monte Carlo", *ACM
/// TOMACS* 17(2), art. 9.
///
/// Where height cannot be gained in small steps (a zone takes ten hosts at once) a level is reached by few of the paths, and
/// by fewer still in the way that matters for the next one: with the same effort at each level no repetition met that way,
/// and they agreed with each other on a value a hundred times too small. So a level gets as many paths as let
/// [`SHARE`] of `settings.paths` reach it on average, up to [`MOST`].
#[cfg(test)]
pub(super) fn split<C: Climb>(model: &C, settings: Splitting, stream: Stream) -> Split {
    climb_again(model, &plan(model, settings, stream), settings, stream)
}

/// The levels and efforts that a pilot chooses, the event last.
pub(super) fn plan<C: Climb>(model: &C, settings: Splitting, stream: Stream) -> Vec<Step> {
    pilot(model, settings.paths, stream.named("pilot"))
}

/// The repetitions with levels and efforts that are fixed.
pub(super) fn climb_again<C: Climb>(model: &C, steps: &[Step], settings: Splitting, stream: Stream) -> Split {
    let one = |repetition: usize| {
        let at = Address::of("repetition").child(repetition as u64);
        repeat(model, steps, &mut stream.named("splitting").at(at).rng())
    };
    let each: Vec<Climbed> = (0..settings.repetitions).into_par_iter().map(one).collect();
    let (sum, squares) = each.iter().fold((0.0, 0.0), |(sum, squares), one| (sum + one.share, squares + one.share * one.share));
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let met = |step: usize| {
        let tried = each.iter().filter_map(|one| one.met.get(step));
        share(tried.clone().sum::<usize>() as f64, tried.count() as f64)
    };
    Split {
        estimate: estimate(each.iter().map(|one| one.share)),
        paths: each.iter().map(|one| steps[..one.met.len()].iter().map(|step| step.paths as u64).sum::<u64>()).sum(),
        fewest: (0..steps.len()).map(met).fold(f64::INFINITY, f64::min),
        effective: share(sum * sum, squares),
        largest: share(each.iter().map(|one| one.share).fold(0.0, f64::max), sum),
    }
}

/// What splitting saw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Split {
    pub estimate: Estimate,
    /// Paths started, over all repetitions and levels.
    pub paths: u64,
    /// Paths that reached the level which the fewest reached, on average over the repetitions that came to it.
    pub fewest: f64,
    /// (Σp)² ÷ Σp² over the repetitions.
    pub effective: f64,
    /// The largest repetition's share of the sum.
    pub largest: f64,
}

/// The share of the pilot's paths that should reach a next level: the optimum is near e^−2, flat around it (Garvels 2000).
const SHARE: f64 = 0.2;
/// Paths of the pilot that are to rise above a level.
const MET: f64 = 50.0;
/// Paths that start towards a level at most.
const MOST: usize = 16_384;
/// Paths of the pilot that have a generator in common; part of the meaning of a seed.
const BATCH: usize = 256;

/// Levels that about a fifth of the paths reach each from the one before, or few where height is gained in leaps.
fn pilot<C: Climb>(model: &C, paths: usize, stream: Stream) -> Vec<Step> {
    let (mut steps, mut starts): (Vec<Step>, Vec<C::State>) = (Vec::new(), Vec::new());
    let top = model.top();
    loop {
        let last = steps.last().map_or(f64::NEG_INFINITY, |step: &Step| step.level);
        let stream = stream.at(Address::of("level").child(steps.len() as u64));
        let heights = heights(model, &starts, last, stream.named("heights"));
        let reached = heights[(SHARE * heights.len() as f64) as usize].min(top);
        // ties: the next height above that any path met
        let next = if reached > last { Some(reached) } else { heights.iter().rev().copied().find(|height| *height > last) };
        let next = next.unwrap_or(top).min(top);
        let share = heights.iter().filter(|height| **height >= next).count() as f64 / heights.len() as f64;
        let share = share.max(1.0 / heights.len() as f64);
        let effort = paths as f64 * SHARE / share;
        steps.push(Step { level: next, paths: (effort.min(MOST as f64) as usize).max(paths), share });
        if next >= top {
            return steps;
        }
        starts = entered(model, &starts, next, heights.len(), stream.named("entered"));
        if starts.is_empty() {
            steps.push(Step { level: top, paths: MOST, share: 1.0 / MOST as f64 });
            return steps;
        }
    }
}

/// The greatest heights of paths from `starts`, falling: of as many paths as let some rise above `last`.
fn heights<C: Climb>(model: &C, starts: &[C::State], last: f64, stream: Stream) -> Vec<f64> {
    let mut heights: Vec<f64> = Vec::new();
    let mut batches = 0;
    loop {
        let next = (2 * batches).max(2);
        let batch = |number: usize| -> Vec<f64> {
            let mut rng = stream.replication(number as u32).rng();
            (0..BATCH)
                .map(|i| model.climb(&mut next_start(model, starts, number * BATCH + i, &mut rng), model.top(), &mut rng))
                .collect()
        };
        heights.extend((batches..next).into_par_iter().map(batch).collect::<Vec<_>>().concat());
        batches = next;
        let risen = heights.iter().filter(|height| **height > last).count() as f64;
        if risen >= MET || heights.len() >= MOST {
            heights.sort_by(|a, b| b.total_cmp(a));
            return heights;
        }
    }
}

/// States in which some of so many paths enter a level: not many more than [`MET`].
fn entered<C: Climb>(model: &C, starts: &[C::State], level: f64, paths: usize, stream: Stream) -> Vec<C::State> {
    let batch = |number: usize| -> Vec<C::State> {
        let mut rng = stream.replication(number as u32).rng();
        let mut enters = |i: usize| {
            let mut state = next_start(model, starts, number * BATCH + i, &mut rng);
            (model.climb(&mut state, level, &mut rng) >= level).then_some(state)
        };
        (0..BATCH).filter_map(&mut enters).collect()
    };
    let mut all = Vec::new();
    for number in 0..paths.div_ceil(BATCH) {
        all.extend(batch(number));
        if all.len() as f64 >= 2.0 * MET {
            break;
        }
    }
    all
}

fn next_start<C: Climb>(model: &C, starts: &[C::State], i: usize, rng: &mut Generator) -> C::State {
    if starts.is_empty() {
        return model.begin(rng);
    }
    let mut state = starts[i % starts.len()].clone();
    model.refresh(&mut state, rng);
    state
}

/// One repetition: the product of the shares, and the paths that reached each level it came to.
struct Climbed {
    share: f64,
    met: Vec<usize>,
}

fn repeat<C: Climb>(model: &C, steps: &[Step], rng: &mut Generator) -> Climbed {
    let mut starts: Vec<C::State> = Vec::new();
    let mut climbed = Climbed { share: 1.0, met: Vec::with_capacity(steps.len()) };
    for step in steps {
        let offset = if starts.is_empty() { 0 } else { rng.below(starts.len()) };
        let mut entered = Vec::new();
        for i in 0..step.paths {
            let mut state = next_start(model, &starts, i + offset, rng);
            if model.height(&state) >= step.level || model.climb(&mut state, step.level, rng) >= step.level {
                entered.push(state);
            }
        }
        climbed.share *= entered.len() as f64 / step.paths as f64;
        climbed.met.push(entered.len());
        if entered.is_empty() {
            return climbed;
        }
        starts = entered;
    }
    climbed
}
