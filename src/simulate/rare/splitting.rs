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
    /// Paths at each level.
    pub paths: usize,
    /// Independent repetitions, from which the standard error comes.
    pub repetitions: usize,
}

impl Default for Splitting {
    fn default() -> Self {
        Self { paths: 256, repetitions: 64 }
    }
}

/// P(the path reaches the top), from independent repetitions with levels that a pilot chose.
///
/// Within a repetition the same number of paths starts at each level, from the states in which the level before was
/// entered, in turn from a random place on. The product of the shares that reach the next level is unbiased for any levels
/// fixed beforehand; a level may be jumped over. Garvels (2000), *The splitting method in rare event simulation*, ch. 2;
/// L'Ecuyer, Demers & Tuffin (2007), "Rare events, splitting, and quasi-Monte Carlo", *ACM TOMACS* 17(2), art. 9.
pub(super) fn split<C: Climb>(model: &C, settings: Splitting, stream: Stream) -> Split {
    let levels = pilot(model, settings.paths.max(500), &mut stream.named("pilot").rng());
    let one = |repetition: usize| {
        let at = Address::of("repetition").child(repetition as u64);
        repeat(model, settings.paths, &levels, &mut stream.named("splitting").at(at).rng())
    };
    let each: Vec<f64> = (0..settings.repetitions).into_par_iter().map(one).collect();
    let (sum, squares) = each.iter().fold((0.0, 0.0), |(sum, squares), p| (sum + p, squares + p * p));
    let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    Split {
        estimate: estimate(each.iter().copied()),
        levels,
        effective: share(sum * sum, squares),
        largest: share(each.iter().copied().fold(0.0, f64::max), sum),
    }
}

/// What splitting saw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Split {
    pub estimate: Estimate,
    /// The levels, the event last.
    pub levels: Vec<f64>,
    /// (Σp)² ÷ Σp² over the repetitions.
    pub effective: f64,
    /// The largest repetition's share of the sum.
    pub largest: f64,
}

/// The share of the pilot's paths that should reach a next level: the optimum is near e^−2, flat around it (Garvels 2000).
const SHARE: f64 = 0.2;

/// Levels that about a fifth of the paths reach each from the one before.
fn pilot<C: Climb>(model: &C, paths: usize, rng: &mut Generator) -> Vec<f64> {
    let (mut levels, mut starts) = (Vec::new(), Vec::new());
    let top = model.top();
    loop {
        let mut from: Vec<C::State> = Vec::with_capacity(paths);
        let mut heights = Vec::with_capacity(paths);
        for i in 0..paths {
            let state = next_start(model, &starts, i, rng);
            heights.push(model.climb(&mut state.clone(), top, rng));
            from.push(state);
        }
        heights.sort_by(|a, b| b.total_cmp(a));
        let reached = heights[(SHARE * paths as f64) as usize].min(top);
        let last = levels.last().copied().unwrap_or(f64::NEG_INFINITY);
        // ties: the next height above that any path met
        let next = if reached > last { Some(reached) } else { heights.iter().rev().copied().find(|height| *height > last) };
        let Some(next) = next.filter(|next| *next < top) else {
            levels.push(top);
            return levels;
        };
        let entered = |mut state: C::State| (model.climb(&mut state, next, rng) >= next).then_some(state);
        let reached: Vec<C::State> = from.into_iter().filter_map(entered).collect();
        levels.push(next);
        if reached.is_empty() {
            levels.push(top);
            return levels;
        }
        starts = reached;
    }
}

fn next_start<C: Climb>(model: &C, starts: &[C::State], i: usize, rng: &mut Generator) -> C::State {
    if starts.is_empty() {
        return model.begin(rng);
    }
    let mut state = starts[i % starts.len()].clone();
    model.refresh(&mut state, rng);
    state
}

fn repeat<C: Climb>(model: &C, paths: usize, levels: &[f64], rng: &mut Generator) -> f64 {
    let mut starts: Vec<C::State> = Vec::new();
    let mut probability = 1.0;
    for level in levels {
        let offset = if starts.is_empty() { 0 } else { rng.below(starts.len()) };
        let mut entered = Vec::with_capacity(paths);
        for i in 0..paths {
            let mut state = next_start(model, &starts, i + offset, rng);
            if model.height(&state) >= *level || model.climb(&mut state, *level, rng) >= *level {
                entered.push(state);
            }
        }
        probability *= entered.len() as f64 / paths as f64;
        if entered.is_empty() {
            return 0.0;
        }
        starts = entered;
    }
    probability
}
