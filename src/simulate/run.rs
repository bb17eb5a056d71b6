use std::ops::Range;

use rayon::prelude::*;

use super::outcome::{Outcome, Outcomes, PoolOutcomes, Survival};
use super::redraw::{Part, Weather};
use super::replicate::replicate_with;
use super::{Error, World};
use crate::observe::{Event, Observer};
use crate::paths::SamplePaths;
use crate::scenario::{LOSSES, Scenario};
use crate::stream::Stream;

/// Replications between two questions whether to go on.
const CHUNK: u32 = 64;

/// Simulates a scenario: replication *r* meets demand path *r* and the failures addressed by *r*, in parallel; results are in
/// replication order and the same bytes on any number of threads. The scenario's name is in no address: two scenarios meet
/// the same weather.
///
/// # Errors
/// See [`World::build`]; [`Error::Interrupted`] when the observer asks to stop.
pub fn run(scenario: &Scenario, demand: &SamplePaths, stream: Stream, observer: &dyn Observer) -> Result<Outcomes, Error> {
    run_range(scenario, demand, 0..scenario.replications, stream, observer)
}

/// The same for some of the replications: ranges that follow each other, joined by [`Outcomes::join`], are the whole run.
///
/// # Errors
/// As [`run`].
pub fn run_range(
    scenario: &Scenario,
    demand: &SamplePaths,
    range: Range<u32>,
    stream: Stream,
    observer: &dyn Observer,
) -> Result<Outcomes, Error> {
    run_weather(scenario, demand, range, Weather::of(stream), observer)
}

/// The same futures with one part of each drawn anew: what differs is the work of that part.
///
/// # Errors
/// As [`run`].
pub fn run_redrawn(
    scenario: &Scenario,
    demand: &SamplePaths,
    part: Part,
    stream: Stream,
    observer: &dyn Observer,
) -> Result<Outcomes, Error> {
    run_weather(scenario, demand, 0..scenario.replications, Weather::of(stream).redrawn(part), observer)
}

fn run_weather(
    scenario: &Scenario,
    demand: &SamplePaths,
    range: Range<u32>,
    weather: Weather,
    observer: &dyn Observer,
) -> Result<Outcomes, Error> {
    let world = World::build(scenario, demand)?;
    let range = range.start..range.end.min(scenario.replications);
    let stage = format!("simulate {}", scenario.name);
    observer.on(&Event::Started { stage: &stage, work: u64::from(range.end.saturating_sub(range.start)) });
    let chunks: Vec<u32> = range.clone().step_by(CHUNK as usize).collect();
    let done = chunks.par_iter().map(|first| {
        if observer.interrupted() {
            return Err(Error::Interrupted);
        }
        let last = (first + CHUNK).min(range.end);
        let mut engine = world.plant.engine();
        let mut one = |r: u32| match world.uncertain.model_of(scenario, weather.numbers, r) {
            None => Ok(replicate_with(&mut engine, &world, demand, r, weather)),
            // its own hosts, lines and failures
            Some(one) => {
                World::build(&one, demand).map(|world| replicate_with(&mut world.plant.engine(), &world, demand, r, weather))
            }
        };
        let chunk: Vec<Outcome> = (*first..last).map(&mut one).collect::<Result<_, _>>()?;
        observer.on(&Event::Advanced { stage: &stage, parts: u64::from(last - first) });
        Ok(chunk)
    });
    let outcomes: Vec<Vec<Outcome>> = done.collect::<Result<_, _>>()?;
    observer.on(&Event::Finished { stage: &stage });
    Ok(gather(scenario, &world, &outcomes.concat()))
}

fn gather(scenario: &Scenario, world: &World, outcomes: &[Outcome]) -> Outcomes {
    let pools = world.names.iter().enumerate().map(|(p, (pool, resources))| {
        let each = || outcomes.iter().map(move |outcome| &outcome.pools[p]);
        let by_resource = 0..resources.len();
        PoolOutcomes {
            pool: pool.clone(),
            resources: resources.clone(),
            hours_short: each().flat_map(|o| o.hours_short.iter().copied()).collect(),
            unserved: by_resource.clone().map(|r| each().flat_map(|o| o.unserved[r].iter().copied()).collect()).collect(),
            room_units: each().flat_map(|o| o.room_units.iter().copied()).collect(),
            reserve_room_units: each().flat_map(|o| o.reserve_room_units.iter().copied()).collect(),
            room_by_resource: by_resource.map(|r| each().flat_map(|o| o.room_by_resource[r].iter().copied()).collect()).collect(),
            exhaustion: each().map(|o| o.exhaustion).collect(),
            reserve_exhaustion: each().map(|o| o.reserve_exhaustion).collect(),
            survival: LOSSES
                .iter()
                .enumerate()
                .map(|(l, level)| Survival {
                    level: *level,
                    survives: each().flat_map(|o| o.survives[l].iter().copied()).collect(),
                })
                .collect(),
        }
    });
    Outcomes {
        scenario: scenario.name.clone(),
        replications: outcomes.len() as u32,
        start: world.start,
        days: world.days as u32,
        pools: pools.collect(),
        months: world.months.clone(),
    }
}
