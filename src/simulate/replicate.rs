use super::demand::{HAIR, at_hour, factors, profile_days};
use super::outcome::{Outcome, PoolOutcome};
use super::plant::{Plant, Timeline};
use super::redraw::Weather;
use super::reserve::{Installed, installed};
use super::sequential::Engine;
use super::world::{PoolWorld, World};
use crate::paths::{HOURS, Row, SamplePaths};
use crate::stream::Stream;

/// Possible future number `replication`, one answer: pure in its arguments.
///
/// `stream` is that of all replications; demand and failures of a part depend on its name only, not on what else there is. Numbers
/// that are uncertain in the model itself stand at their means; [`super::run`] draws them.
#[must_use]
pub fn replicate(world: &World, paths: &SamplePaths, replication: u32, stream: Stream) -> Outcome {
    replicate_with(&mut world.plant.engine(), world, paths, replication, Weather::of(stream))
}

/// The same with an engine of the world's plant that is used again.
pub(super) fn replicate_with(
    engine: &mut Engine<'_>,
    world: &World,
    paths: &SamplePaths,
    replication: u32,
    weather: Weather,
) -> Outcome {
    let future = Future::new(world, paths, replication, weather);
    let failures = future.weather.failures;
    let runs: Vec<PoolRun<'_>> = world.pools.iter().map(|pool| PoolRun::new(world, pool, paths, &future)).collect();
    let in_force: Vec<&[(f64, f64)]> = runs.iter().map(|run| run.in_force.as_slice()).collect();
    carry(engine, &world.plant, world, &runs);
    let timelines = world.plant.timelines(engine, &in_force, (world.days * HOURS) as f64, failures);
    Outcome { pools: runs.iter().zip(&timelines).map(|(run, timeline)| run.outcome(timeline)).collect() }
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
    world: &'a World,
    pool: &'a PoolWorld,
    paths: &'a SamplePaths,
    profile: &'a [u32],
    /// Demand's level by resource and day.
    levels: Vec<Vec<f64>>,
    in_force: Vec<(f64, f64)>,
    width: usize,
}

impl<'a> PoolRun<'a> {
    pub(super) fn new(world: &'a World, pool: &'a PoolWorld, paths: &'a SamplePaths, future: &'a Future<'a>) -> Self {
        let (row, weather) = (future.row, future.weather);
        let factors = factors(pool, world.days, weather.numbers, &future.drawn);
        let step = paths.step_days as usize;
        let of = |series: &usize| {
            let levels = row.levels(*series);
            (0..world.days).map(|day| levels[day / step] * factors[day]).collect()
        };
        let levels = pool.series.iter().map(of).collect();
        let arrivals: Vec<f64> =
            pool.orders.iter().map(|order| order.placed + order.lead(weather.arrivals).unwrap_or(0.0) * 24.0).collect();
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

    fn outcome(&self, timeline: &Timeline) -> PoolOutcome {
        let months = self.world.months.len();
        let mut outcome = PoolOutcome {
            hours_short: vec![0.0; months],
            unserved: vec![vec![0.0; months]; self.pool.resources],
            room_units: vec![i32::MAX; months],
            reserve_room_units: vec![i32::MAX; months],
            room_by_resource: vec![vec![i32::MAX; months]; self.pool.resources],
            exhaustion: None,
            reserve_exhaustion: None,
            survives: vec![vec![true; months]; 3],
        };
        self.planned_levels(&mut outcome);
        self.hours(timeline, &mut outcome);
        outcome
    }

    /// What does not depend on failures: each day's level against everything installed, and with parts lost.
    fn planned_levels(&self, outcome: &mut PoolOutcome) {
        let installed = installed(self.pool, &self.in_force, self.world.days);
        let (mut over, mut reserve_over) = (0, 0);
        let mut step = 0;
        for day in 0..self.world.days {
            while installed.get(step + 1).is_some_and(|next| next.from_day <= day) {
                step += 1;
            }
            let (now, month) = (&installed[step], self.world.month_of[day]);
            let room = self.day_room(now, day, month, outcome);
            let reserve = now.reserve.iter().map(|left| self.least_room(left, day)).min().unwrap_or(room);
            let kept = &mut outcome.reserve_room_units[month];
            *kept = (*kept).min(reserve);
            for (level, survives) in outcome.survives.iter_mut().enumerate() {
                survives[month] &= self.survives(now, level, day);
            }
            over = if room < 0 { over + 1 } else { 0 };
            reserve_over = if reserve < 0 { reserve_over + 1 } else { 0 };
            let first = |run: usize| (run == self.world.confirmation_days).then(|| (day + 1 - run) as u32);
            outcome.exhaustion = outcome.exhaustion.or_else(|| first(over));
            outcome.reserve_exhaustion = outcome.reserve_exhaustion.or_else(|| first(reserve_over));
        }
    }

    fn day_room(&self, now: &Installed, day: usize, month: usize, outcome: &mut PoolOutcome) -> i32 {
        let mut least = i32::MAX;
        let shares = self.pool.shares_carried(&now.all_up, |r| self.levels[r][day]);
        for (r, levels) in self.levels.iter().enumerate() {
            let room = self.pool.room(&shares, &now.all_up, r, levels[day]);
            let kept = &mut outcome.room_by_resource[r][month];
            *kept = (*kept).min(room);
            least = least.min(room);
        }
        least
    }

    /// Whether a day's level is carried whatever one part of a level is lost.
    fn survives(&self, now: &Installed, level: usize, day: usize) -> bool {
        if self.pool.transfers.edges.is_empty() {
            return self.levels.iter().zip(&now.carried[level]).all(|(levels, most)| levels[day] <= *most);
        }
        now.left[level].iter().all(|left| self.least_room(left, day) >= 0)
    }

    fn least_room(&self, capacity: &[f64], day: usize) -> i32 {
        let shares = self.pool.shares_carried(capacity, |r| self.levels[r][day]);
        let rooms = self.levels.iter().enumerate().map(|(r, levels)| self.pool.room(&shares, capacity, r, levels[day]));
        rooms.min().unwrap_or(i32::MAX)
    }

    /// Hour by hour against the capacity alive. A day whose peak is far below its lowest capacity is not looked into.
    fn hours(&self, timeline: &Timeline, outcome: &mut PoolOutcome) {
        let segments = timeline.at.len();
        let mut first = 0;
        let mut lowest = vec![0.0; self.width];
        for day in 0..self.world.days {
            let (start, end) = (day as f64 * 24.0, day as f64 * 24.0 + 24.0);
            while first + 1 < segments && timeline.at[first + 1] <= start {
                first += 1;
            }
            let mut last = first;
            lowest.copy_from_slice(self.segment(timeline, first));
            while last + 1 < segments && timeline.at[last + 1] < end {
                last += 1;
                for (low, usable) in lowest.iter_mut().zip(self.segment(timeline, last)) {
                    *low = low.min(*usable);
                }
            }
            let month = self.world.month_of[day];
            let bound = self.bound(&lowest, day);
            if bound < 0 || bound < outcome.room_units[month] {
                self.look_into(timeline, (first, last), day, outcome);
            }
        }
    }

    fn shape(&self, resource: usize, day: usize) -> &[f32; HOURS] {
        &self.paths.series[self.pool.series[resource]].profile.days[self.profile[day] as usize]
    }

    /// Room at the day's highest hour under its lowest capacity: no hour of the day has less.
    fn bound(&self, lowest: &[f64], day: usize) -> i32 {
        let peak = |r: usize| {
            let peak = self.world.profile_peaks[self.pool.series[r]][self.profile[day] as usize];
            self.levels[r][day] * f64::from(peak)
        };
        let shares = self.pool.shares_carried(lowest, peak);
        let rooms = (0..self.pool.resources).map(|r| self.pool.room(&shares, lowest, r, peak(r)));
        rooms.min().unwrap_or(i32::MAX)
    }

    fn segment<'t>(&self, timeline: &'t Timeline, index: usize) -> &'t [f64] {
        &timeline.usable[index * self.width..(index + 1) * self.width]
    }

    fn look_into(&self, timeline: &Timeline, (first, last): (usize, usize), day: usize, outcome: &mut PoolOutcome) {
        let month = self.world.month_of[day];
        let mut segment = first;
        for hour in 0..HOURS {
            let (start, end) = ((day * HOURS + hour) as f64, (day * HOURS + hour + 1) as f64);
            let mut from = start;
            while from < end {
                let until = if segment < last { timeline.at[segment + 1].min(end) } else { end };
                self.piece(self.segment(timeline, segment), (day, hour), until - from, month, outcome);
                from = until;
                if segment < last && timeline.at[segment + 1] <= from {
                    segment += 1;
                }
            }
        }
    }

    fn piece(&self, capacity: &[f64], (day, hour): (usize, usize), length: f64, month: usize, outcome: &mut PoolOutcome) {
        if length <= 0.0 {
            return;
        }
        let mut short = false;
        let shares = self.pool.shares_carried(capacity, |r| self.demand(r, day, hour));
        for r in 0..self.pool.resources {
            let demand = self.demand(r, day, hour);
            let lack = |(cell, share): (usize, &f64)| {
                let lack = demand * share - capacity[cell * self.pool.resources + r];
                if lack > HAIR * demand { lack } else { 0.0 }
            };
            let missing: f64 = shares.iter().enumerate().map(lack).sum();
            if missing > 0.0 {
                short = true;
                outcome.unserved[r][month] += (missing * length) as f32;
            }
            let room = self.pool.room(&shares, capacity, r, demand);
            let kept = &mut outcome.room_units[month];
            *kept = (*kept).min(room);
        }
        if short {
            outcome.hours_short[month] += length as f32;
        }
    }
}
