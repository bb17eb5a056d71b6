use std::borrow::Cow;

use super::demand::{at_hour, factors, profile_days};
use super::outcome::{Outcome, PoolOutcome};
use super::plant::{Plant, Tracks};
use super::redraw::Weather;
use super::reserve::Reserves;
use super::scan::{Desk, scan};
use super::sequential::Engine;
use super::world::{OrderWorld, PoolWorld, World};
use crate::paths::{HOURS, Row, SamplePaths};
use crate::scenario::thawed;
use crate::stream::Stream;

/// Possible future number `replication`, one answer: pure in its arguments.
///
/// `stream` is that of all replications; demand and failures of a part depend on its name only, not on what else there is. Numbers
/// that are uncertain in the model itself stand at their means; [`super::run`] draws them.
#[must_use]
pub fn replicate(world: &World, paths: &SamplePaths, replication: u32, stream: Stream) -> Outcome {
    replicate_in(world, paths, replication, Weather::of(stream))
}

/// The same in a weather of which parts may be drawn anew.
pub(super) fn replicate_in(world: &World, paths: &SamplePaths, replication: u32, weather: Weather) -> Outcome {
    let future = Future::new(world, paths, replication, weather);
    let mut pools = Vec::with_capacity(world.pools.len());
    Player::of(world).play(paths, &future, |_, seen| pools.push(seen.clone()));
    Outcome { pools }
}

/// Plays the futures of a world one after the other; its buffers are used again.
pub(super) struct Player<'w> {
    world: &'w World,
    engine: Engine<'w>,
    /// Capacity with everything up and with parts lost, of each pool.
    reserves: Vec<Reserves>,
    tracks: Tracks,
    desk: Desk,
    seen: PoolOutcome,
}

impl<'w> Player<'w> {
    pub(super) fn of(world: &'w World) -> Self {
        Self {
            world,
            engine: world.plant.engine(),
            reserves: world.pools.iter().map(|_| Reserves::default()).collect(),
            tracks: Tracks::default(),
            desk: Desk::default(),
            seen: PoolOutcome::default(),
        }
    }

    /// Tells `each` what every pool saw in a future, by its place in the world.
    pub(super) fn play(&mut self, paths: &SamplePaths, future: &Future<'_>, mut each: impl FnMut(usize, &PoolOutcome)) {
        let world = self.world;
        let runs: Vec<PoolRun<'_>> = world.pools.iter().map(|pool| PoolRun::new(world, pool, paths, future)).collect();
        carry(&mut self.engine, &world.plant, world, &runs);
        let horizon = (world.days * HOURS) as f64;
        let in_force = runs.iter().map(|run| run.in_force.as_slice());
        world.plant.timelines(&mut self.engine, in_force, horizon, future.weather.failures, &mut self.tracks);
        for (p, (run, timeline)) in runs.iter().zip(&self.tracks.timelines).enumerate() {
            scan(run, timeline, &mut self.reserves[p], &mut self.desk, &mut self.seen);
            each(p, &self.seen);
        }
    }
}

/// Tells an engine what overloaded pools are asked for in a future.
fn carry(engine: &mut Engine<'_>, plant: &Plant, world: &World, runs: &[PoolRun<'_>]) {
    for (cascade, pool) in plant.overloaded().iter().enumerate() {
        let demand = |resource: usize, hour: usize| runs[*pool].demand(resource, hour / HOURS, hour % HOURS);
        plant.carry(engine, cascade, world.days * HOURS, demand);
    }
}

/// The same for an engine of another plant of the same pools: that of one of the futures.
pub(super) fn carry_future(
    engine: &mut Engine<'_>,
    plant: &Plant,
    world: &World,
    paths: &SamplePaths,
    (future, stream): (u32, Stream),
) {
    let future = Future::new(world, paths, future, Weather::of(stream));
    let runs: Vec<PoolRun<'_>> = world.pools.iter().map(|pool| PoolRun::new(world, pool, paths, &future)).collect();
    carry(engine, plant, world, &runs);
}

/// What all pools of one replication have in common.
pub(super) struct Future<'a> {
    row: Row<'a>,
    /// The streams of the replication.
    weather: Weather,
    profile: Vec<u32>,
    /// Numbers drawn together, by their place in the world's list.
    drawn: Vec<f64>,
}

impl<'a> Future<'a> {
    pub(super) fn new(world: &World, paths: &'a SamplePaths, replication: u32, weather: Weather) -> Self {
        let drawn = world.uncertain.draw(weather.numbers, replication);
        let row = paths.row(weather.path(replication as usize, paths.paths));
        let weather = weather.replication(replication);
        Self { row, weather, profile: profile_days(world, paths, weather.hours), drawn }
    }
}

pub(super) struct PoolRun<'a> {
    pub(super) world: &'a World,
    pub(super) pool: &'a PoolWorld,
    paths: &'a SamplePaths,
    pub(super) profile: &'a [u32],
    /// Demand's level by resource and day.
    pub(super) levels: Vec<Cow<'a, [f64]>>,
    pub(super) in_force: Vec<(f64, f64)>,
    pub(super) width: usize,
}

impl<'a> PoolRun<'a> {
    pub(super) fn new(world: &'a World, pool: &'a PoolWorld, paths: &'a SamplePaths, future: &'a Future<'a>) -> Self {
        let (row, weather) = (future.row, future.weather);
        let step = paths.step_days as usize;
        let unchanged = step == 1 && pool.demand.is_empty();
        let factors = if unchanged { Vec::new() } else { factors(pool, world.days, weather.numbers, &future.drawn) };
        let of = |series: &usize| match row.levels(*series) {
            levels if unchanged => Cow::Borrowed(&levels[..world.days]),
            levels => Cow::Owned((0..world.days).map(|day| levels[day / step] * factors[day]).collect()),
        };
        let levels = pool.series.iter().map(of).collect();
        let arrives = |order: &OrderWorld| order.placed + order.lead(weather.arrivals).unwrap_or(0.0) * 24.0;
        let arrivals: Vec<f64> = pool.orders.iter().map(|order| thawed(&world.frozen, arrives(order))).collect();
        // an order that comes after its units were to leave brings none
        let of_order = |o: usize| (arrivals[o], pool.orders[o].leaves.max(arrivals[o]));
        let in_force = pool.hosts.iter().map(|host| host.order.map_or((host.from, host.until), of_order));
        Self {
            in_force: in_force.collect(),
            world,
            pool,
            paths,
            profile: &future.profile,
            levels,
            width: pool.shares.len() * pool.resources,
        }
    }

    /// Demand of a resource in an hour.
    #[inline]
    pub(super) fn demand(&self, resource: usize, day: usize, hour: usize) -> f64 {
        at_hour(self.levels[resource][day], self.shape(resource, day), hour)
    }

    pub(super) fn shape(&self, resource: usize, day: usize) -> &[f32; HOURS] {
        &self.paths.series[self.pool.series[resource]].profile.days[self.profile[day] as usize]
    }

    /// Demand of a resource in the highest hour of a day.
    #[inline]
    pub(super) fn peak(&self, resource: usize, day: usize) -> f64 {
        let peak = self.pool.peaks[resource][self.profile[day] as usize];
        self.levels[resource][day] * f64::from(peak)
    }
}
