use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::outcome::{Outcomes, PoolOutcomes};
use super::redraw::{Part, Weather};
use super::replicate::{Future, Player, replicate_in};
use super::{Error, World};
use crate::observe::{Event, Observer};
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
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
    let range = range.start..range.end.min(scenario.replications);
    let stage = format!("simulate {}", scenario.name);
    observer.on(&Event::Started { stage: &stage, work: u64::from(range.end.saturating_sub(range.start)) });
    let worlds = worlds(scenario, demand)?;
    let chunks: Vec<u32> = range.clone().step_by(CHUNK as usize).collect();
    let done = chunks.par_iter().map(|first| {
        if observer.interrupted() {
            return Err(Error::Interrupted);
        }
        let last = (first + CHUNK).min(range.end);
        let chunk = chunk(scenario, &worlds, demand, *first..last, weather)?;
        observer.on(&Event::Advanced { stage: &stage, parts: u64::from(last - first) });
        Ok(chunk)
    });
    let chunks: Vec<Vec<PoolOutcomes>> = done.collect::<Result<_, Error>>()?;
    observer.on(&Event::Finished { stage: &stage });
    let mut pools = none(&worlds, range.len());
    for chunk in chunks {
        pools.iter_mut().zip(chunk).for_each(|(pool, later)| pool.join(later));
    }
    let first = &worlds[0];
    Ok(Outcomes {
        scenario: scenario.name.clone(),
        replications: range.end.saturating_sub(range.start),
        start: first.start,
        days: first.days as u32,
        pools: pools.into_iter().map(Arc::new).collect(),
        months: first.months.clone(),
    })
}

/// One world, or one a pool where pools do not meet: what stands in one place fails for all pools at once in either case, since draws
/// are addressed by name. An event of a small world is quick, whatever else there is.
fn worlds(scenario: &Scenario, demand: &SamplePaths) -> Result<Vec<World>, Error> {
    let model = &scenario.model;
    let varies = model.uncertain.iter().any(|number| number.place.is_simulated());
    if model.pools.len() < 2 || model.pools_meet() || varies {
        return Ok(vec![World::build(scenario, demand)?]);
    }
    let each = scenario.each_pool_alone();
    each.iter().map(|alone| World::build(alone, demand)).collect()
}

/// With room for so many futures.
fn none(worlds: &[World], futures: usize) -> Vec<PoolOutcomes> {
    let mut pools = Vec::new();
    for world in worlds {
        for (pool, resources) in &world.names {
            let mut pool = PoolOutcomes::none(pool, resources);
            pool.reserve(futures, world.months.len());
            pools.push(pool);
        }
    }
    pools
}

/// What every pool saw in some futures, one world after the other.
fn chunk(
    scenario: &Scenario,
    worlds: &[World],
    demand: &SamplePaths,
    range: Range<u32>,
    weather: Weather,
) -> Result<Vec<PoolOutcomes>, Error> {
    let mut pools = none(worlds, range.len());
    let first = &worlds[0];
    if first.uncertain.changes().is_some() {
        for r in range {
            // its own hosts, lines and failures
            let Some(own) = first.of_future(scenario, demand, weather.numbers, r)? else { continue };
            let seen = replicate_in(&own, demand, r, weather);
            pools.iter_mut().zip(&seen.pools).for_each(|(pool, seen)| pool.push(seen));
        }
        return Ok(pools);
    }
    let futures: Vec<Future<'_>> = range.map(|r| Future::new(first, demand, r, weather)).collect();
    let mut at = 0;
    for world in worlds {
        let mut player = Player::of(world);
        for future in &futures {
            player.play(demand, future, |p, seen| pools[at + p].push(seen));
        }
        at += world.pools.len();
    }
    Ok(pools)
}
