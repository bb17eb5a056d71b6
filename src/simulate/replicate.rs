use super::demand::{HAIR, at_hour, factors, profile_days};
use super::failure::{Outage, outages};
use super::outcome::{Outcome, PoolOutcome};
use super::reserve::{Installed, installed};
use super::world::{PoolWorld, World};
use crate::paths::{HOURS, Row, SamplePaths};
use crate::stream::Stream;

/// One possible future, one answer: pure in its arguments.
///
/// `stream` is that of the replication; demand and failures of a part depend on its name only, not on what else there is.
#[must_use]
pub fn replicate(world: &World, paths: &SamplePaths, row: Row<'_>, stream: Stream) -> Outcome {
    let profile = profile_days(world, paths, stream);
    let one = |pool: &PoolWorld| PoolRun::new(world, pool, paths, row, &profile, stream).outcome();
    Outcome { pools: world.pools.iter().map(one).collect() }
}

/// Capacity is constant from `at` to the next segment: by cell and resource, in `Timeline::usable`.
#[derive(Debug, Default)]
struct Timeline {
    at: Vec<f64>,
    usable: Vec<f64>,
}

pub(super) struct PoolRun<'a> {
    world: &'a World,
    pool: &'a PoolWorld,
    paths: &'a SamplePaths,
    profile: &'a [u32],
    /// Demand's level by resource and day.
    levels: Vec<Vec<f64>>,
    in_force: Vec<(f64, f64)>,
    stream: Stream,
    width: usize,
}

impl<'a> PoolRun<'a> {
    pub(super) fn new(
        world: &'a World,
        pool: &'a PoolWorld,
        paths: &'a SamplePaths,
        row: Row<'a>,
        profile: &'a [u32],
        stream: Stream,
    ) -> Self {
        let factors = factors(pool, world.days, stream);
        let step = paths.step_days as usize;
        let of = |series: &usize| {
            let levels = row.levels(*series);
            (0..world.days).map(|day| levels[day / step] * factors[day]).collect()
        };
        let levels = pool.series.iter().map(of).collect();
        let arrivals: Vec<f64> = pool
            .orders
            .iter()
            .map(|order| {
                let days =
                    order.lead_days.as_ref().map(|law| law.draw(&mut stream.named("arrival").at(order.address).rng()).max(0.0));
                order.placed + days.unwrap_or(0.0) * 24.0
            })
            .collect();
        let in_force = pool.hosts.iter().map(|host| host.order.map_or((host.from, host.until), |o| (arrivals[o], f64::INFINITY)));
        Self {
            in_force: in_force.collect(),
            world,
            pool,
            paths,
            profile,
            levels,
            stream,
            width: pool.shares.len() * pool.resources,
        }
    }

    /// Demand of a resource in an hour.
    #[inline]
    pub(super) fn demand(&self, resource: usize, day: usize, hour: usize) -> f64 {
        at_hour(self.levels[resource][day], self.shape(resource, day), hour)
    }

    fn outcome(&self) -> PoolOutcome {
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
        self.hours(&mut outcome);
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
            for (survives, carried) in outcome.survives.iter_mut().zip(&now.carried) {
                survives[month] &= self.levels.iter().zip(carried).all(|(levels, most)| levels[day] <= *most);
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
        for (r, levels) in self.levels.iter().enumerate() {
            let room = self.pool.room(&now.all_up, r, levels[day]);
            let kept = &mut outcome.room_by_resource[r][month];
            *kept = (*kept).min(room);
            least = least.min(room);
        }
        least
    }

    fn least_room(&self, capacity: &[f64], day: usize) -> i32 {
        let rooms = self.levels.iter().enumerate().map(|(r, levels)| self.pool.room(capacity, r, levels[day]));
        rooms.min().unwrap_or(i32::MAX)
    }

    /// Hour by hour against the capacity alive. A day whose peak is far below its lowest capacity is not looked into.
    fn hours(&self, outcome: &mut PoolOutcome) {
        let timeline = self.timeline();
        let segments = timeline.at.len();
        let mut first = 0;
        let mut lowest = vec![0.0; self.width];
        for day in 0..self.world.days {
            let (start, end) = (day as f64 * 24.0, day as f64 * 24.0 + 24.0);
            while first + 1 < segments && timeline.at[first + 1] <= start {
                first += 1;
            }
            let mut last = first;
            lowest.copy_from_slice(self.segment(&timeline, first));
            while last + 1 < segments && timeline.at[last + 1] < end {
                last += 1;
                for (low, usable) in lowest.iter_mut().zip(self.segment(&timeline, last)) {
                    *low = low.min(*usable);
                }
            }
            let month = self.world.month_of[day];
            let bound = self.bound(&lowest, day);
            if bound < 0 || bound < outcome.room_units[month] {
                self.look_into(&timeline, (first, last), day, outcome);
            }
        }
    }

    fn shape(&self, resource: usize, day: usize) -> &[f32; HOURS] {
        &self.paths.series[self.pool.series[resource]].profile.days[self.profile[day] as usize]
    }

    /// Room at the day's highest hour under its lowest capacity: no hour of the day has less.
    fn bound(&self, lowest: &[f64], day: usize) -> i32 {
        let rooms = (0..self.pool.resources).map(|r| {
            let peak = self.world.profile_peaks[self.pool.series[r]][self.profile[day] as usize];
            self.pool.room(lowest, r, self.levels[r][day] * f64::from(peak))
        });
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
        for r in 0..self.pool.resources {
            let demand = self.demand(r, day, hour);
            let lack = |(cell, share): (usize, &f64)| {
                let lack = demand * share - capacity[cell * self.pool.resources + r];
                if lack > HAIR * demand { lack } else { 0.0 }
            };
            let missing: f64 = self.pool.shares.iter().enumerate().map(lack).sum();
            if missing > 0.0 {
                short = true;
                outcome.unserved[r][month] += (missing * length) as f32;
            }
            let room = self.pool.room(capacity, r, demand);
            let kept = &mut outcome.room_units[month];
            *kept = (*kept).min(room);
        }
        if short {
            outcome.hours_short[month] += length as f32;
        }
    }

    /// Usable capacity over time: units in force, less what failures take.
    fn timeline(&self) -> Timeline {
        let horizon = (self.world.days * HOURS) as f64;
        let mut found: Vec<Outage> = Vec::new();
        outages(self.pool, &self.in_force, horizon, self.stream.named("failure"), &mut found);
        let mut changes = self.changes(&found, horizon);
        changes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut alive = Alive::new(self.pool, self.width);
        let mut timeline = Timeline { at: vec![0.0], usable: Vec::with_capacity((changes.len() + 1) * self.width) };
        let mut next = 0;
        while next < changes.len() && changes[next].0 <= 0.0 {
            alive.apply(changes[next]);
            next += 1;
        }
        timeline.usable.extend_from_slice(alive.usable());
        while next < changes.len() {
            let now = changes[next].0;
            while next < changes.len() && changes[next].0 == now {
                alive.apply(changes[next]);
                next += 1;
            }
            timeline.at.push(now);
            timeline.usable.extend_from_slice(alive.usable());
        }
        timeline
    }

    /// (hour, host, change): every change of a host's state. Repairs undo exactly what failures did.
    fn changes(&self, found: &[Outage], horizon: f64) -> Vec<(f64, u32, Change)> {
        let mut changes = Vec::with_capacity(found.len() * 2 + self.in_force.len());
        for (host, (from, until)) in self.in_force.iter().enumerate() {
            if *from < horizon && *until > 0.0 {
                changes.push((from.max(0.0), host as u32, Change::Arrive));
                changes.push((*until, host as u32, Change::Leave));
            }
        }
        for outage in found {
            let source = &self.pool.sources[outage.source as usize];
            for host in &source.members {
                if source.hits.is_some_and(|p| !self.is_hit(outage, *host, p)) {
                    continue;
                }
                let lost = if source.hits.is_some() { 1.0 } else { source.share };
                changes.push((outage.from.max(0.0), *host, Change::Fail(lost)));
                changes.push((outage.until, *host, Change::Repair(lost)));
            }
        }
        for (members, from, until) in &self.pool.losses {
            for host in members {
                changes.push((from.max(0.0), *host, Change::Fail(1.0)));
                changes.push((*until, *host, Change::Repair(1.0)));
            }
        }
        changes.retain(|change| change.0 < horizon);
        changes
    }

    /// Whether a common-cause outage takes this host: a draw of its own, so that another host moves nothing.
    fn is_hit(&self, outage: &Outage, host: u32, p: f64) -> bool {
        let source = self.pool.sources[outage.source as usize].address.child(u64::from(outage.number));
        let address = source.joined(self.pool.hosts[host as usize].address);
        self.stream.named("common cause").at(address).rng().uniform() < p
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    Arrive,
    Leave,
    Fail(f64),
    Repair(f64),
}

/// Who is alive, and what they carry together.
struct Alive<'a> {
    pool: &'a PoolWorld,
    in_force: Vec<bool>,
    /// Full outages on each host; any takes it down.
    down: Vec<u32>,
    /// Shares lost by partial outages on each host, in the order they began.
    partial: Vec<Vec<f64>>,
    usable: Vec<f64>,
    /// Units × share alive, by cell and unit class, are summed anew when partial shares end, so that rounding cannot build up.
    changes: u32,
}

impl<'a> Alive<'a> {
    fn new(pool: &'a PoolWorld, width: usize) -> Self {
        let hosts = pool.hosts.len();
        Self {
            pool,
            in_force: vec![false; hosts],
            down: vec![0; hosts],
            partial: vec![Vec::new(); hosts],
            usable: vec![0.0; width],
            changes: 0,
        }
    }

    fn share(&self, host: usize) -> f64 {
        if !self.in_force[host] || self.down[host] > 0 {
            return 0.0;
        }
        self.partial[host].iter().map(|lost| 1.0 - lost).product()
    }

    fn apply(&mut self, (_, host, change): (f64, u32, Change)) {
        let host = host as usize;
        let before = self.share(host);
        match change {
            Change::Arrive => self.in_force[host] = true,
            Change::Leave => self.in_force[host] = false,
            Change::Fail(lost) if lost >= 1.0 => self.down[host] += 1,
            Change::Repair(lost) if lost >= 1.0 => self.down[host] = self.down[host].saturating_sub(1),
            Change::Fail(lost) => self.partial[host].push(lost),
            Change::Repair(lost) => {
                if let Some(at) = self.partial[host].iter().position(|one| *one == lost) {
                    self.partial[host].remove(at);
                }
            }
        }
        let moved = self.share(host) - before;
        if moved != 0.0 {
            let at = self.pool.hosts[host].cell * self.pool.resources;
            for (usable, each) in self.usable[at..].iter_mut().zip(&self.pool.hosts[host].usable) {
                *usable += moved * each;
            }
            self.changes += 1;
        }
        if self.changes >= SUM_ANEW {
            self.sum_anew();
        }
    }

    fn sum_anew(&mut self) {
        self.changes = 0;
        self.usable.fill(0.0);
        for host in 0..self.pool.hosts.len() {
            let share = self.share(host);
            let at = self.pool.hosts[host].cell * self.pool.resources;
            for (usable, each) in self.usable[at..].iter_mut().zip(&self.pool.hosts[host].usable) {
                *usable += share * each;
            }
        }
    }

    fn usable(&self) -> &[f64] {
        &self.usable
    }
}

/// After so many changes capacity is summed anew: rounding stays below 1e-12 of it.
const SUM_ANEW: u32 = 4_096;
