//! Any system that the sequential engine plays, as a path that climbs from spare capacity to none.

use super::fleet::rest_of;
use super::splitting::Climb;
use crate::paths::SamplePaths;
use crate::simulate::plant::Plant;
use crate::simulate::replicate::carry_future;
use crate::simulate::sequential::{Engine, State};
use crate::simulate::world::World;
use crate::stream::{Generator, Seed, Stream};

/// Whether a pool has fewer hosts that serve than some number, at some moment within hours of a first day on which everything is
/// up and new.
pub(in crate::simulate) struct Played<'a> {
    pub plant: &'a Plant,
    /// The pool.
    pub pool: usize,
    pub below: u32,
    pub hours: f64,
    /// Futures of demand, where hosts stop under overload.
    pub demand: Option<Demand<'a>>,
}

/// Futures of demand: each path meets one of them.
pub(in crate::simulate) struct Demand<'a> {
    pub world: &'a World,
    pub paths: &'a SamplePaths,
    /// That of all replications.
    pub stream: Stream,
    pub replications: u32,
}

/// A future on its way; height is minus the hosts that serve.
#[derive(Clone)]
pub(in crate::simulate) struct OnItsWay<'a> {
    engine: Engine<'a>,
    over: bool,
}

/// The game as it stands before a future begins.
pub(super) struct Play<'a> {
    asked: &'a Played<'a>,
    engine: Engine<'a>,
}

impl<'a> Play<'a> {
    pub(super) fn of(asked: &'a Played<'a>) -> Self {
        Self { asked, engine: asked.plant.branching() }
    }

    fn up(&self, state: &State) -> f64 {
        self.asked.plant.serving(self.asked.pool, state) as f64
    }
}

impl<'a> Climb for Play<'a> {
    type State = OnItsWay<'a>;

    fn begin(&self, rng: &mut Generator) -> Self::State {
        let mut engine = self.engine.clone();
        if let Some(demand) = &self.asked.demand {
            let future = rng.below(demand.replications as usize) as u32;
            carry_future(&mut engine, self.asked.plant, demand.world, demand.paths, (future, demand.stream));
        }
        engine.set_out(Stream::root(Seed(rng.bits64())));
        OnItsWay { engine, over: false }
    }

    fn height(&self, state: &Self::State) -> f64 {
        -self.up(state.engine.state())
    }

    fn top(&self) -> f64 {
        1.0 - f64::from(self.asked.below)
    }

    fn climb(&self, state: &mut Self::State, level: f64, _: &mut Generator) -> f64 {
        if state.over {
            return f64::NEG_INFINITY;
        }
        let (mut highest, mut over) = (self.height(state), false);
        state.engine.go_on(&mut |from: f64, _: f64, now: &State| {
            over = from >= self.asked.hours;
            if !over {
                highest = highest.max(-self.up(now));
            }
            !over && highest < level
        });
        state.over = over;
        highest
    }

    fn refresh(&self, state: &mut Self::State, rng: &mut Generator) {
        state.engine.branch(Stream::root(Seed(rng.bits64())), rest_of);
    }
}
