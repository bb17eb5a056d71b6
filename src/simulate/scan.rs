//! What a pool saw in one future: its demand by the day and by the hour against the capacity of that time.
//!
//! Room falls as demand rises, so the least room of days with one capacity is that of their highest demand: days are taken in blocks,
//! and a day is looked into hour by hour only where a shortage is possible, or a change within it may leave the least room.

use std::ops::Range;

use super::demand::HAIR;
use super::outcome::PoolOutcome;
use super::plant::Timeline;
use super::replicate::PoolRun;
use super::reserve::{Installed, Reserves};
use crate::paths::HOURS;

/// Whole days of one month under one segment of the timeline, or one day with changes within it.
#[derive(Debug, Clone)]
struct Item {
    days: Range<usize>,
    /// The first and the last segment.
    segments: (usize, usize),
    month: usize,
    /// Something may be short.
    short: bool,
}

/// Room to work in, used again by the next pool and future.
#[derive(Debug, Default)]
pub(super) struct Desk {
    items: Vec<Item>,
    /// The highest demand of some days, by resource.
    most: Vec<f64>,
    /// The lowest capacity of some segments, by cell and resource.
    lowest: Vec<f64>,
}

/// What the pool saw, in `seen`.
pub(super) fn scan(run: &PoolRun<'_>, timeline: &Timeline, reserves: &mut Reserves, desk: &mut Desk, seen: &mut PoolOutcome) {
    seen.reset(run.world.months.len(), run.pool.resources);
    desk.most.clear();
    desk.most.resize(run.pool.resources, 0.0);
    desk.lowest.clear();
    desk.lowest.resize(run.width, 0.0);
    run.planned_levels(reserves, &mut desk.most, seen);
    run.hours(timeline, desk, seen);
}

/// Maxima that are kept side by side.
const LANES: usize = 4;

/// The highest of some numbers, none below 0, in lanes that do not wait for each other; 0 for none.
#[inline]
fn highest<'a, T: 'a>(numbers: &'a [T], of: impl Fn(&'a T) -> f64) -> f64 {
    let mut lanes = [0.0_f64; LANES];
    let chunks = numbers.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (most, number) in lanes.iter_mut().zip(chunk) {
            let value = of(number);
            *most = if value > *most { value } else { *most };
        }
    }
    rest.iter().map(of).chain(lanes).fold(0.0, f64::max)
}

impl PoolRun<'_> {
    /// The least room under a capacity over some days: by the highest demand of each resource in them where that tells, else day by day.
    fn least_room_of(
        &self,
        capacity: &[f64],
        days: Range<usize>,
        most: impl Fn(usize) -> f64 + Copy,
        demand: impl Fn(usize, usize) -> f64 + Copy,
    ) -> i32 {
        if days.len() == 1 || self.pool.carries_its_own(capacity, most) {
            return self.least_room(capacity, most);
        }
        days.map(|day| self.least_room(capacity, |r| demand(r, day))).min().unwrap_or(i32::MAX)
    }

    /// What does not depend on failures: each day's level against everything installed, and with parts lost.
    fn planned_levels(&self, reserves: &mut Reserves, most: &mut [f64], seen: &mut PoolOutcome) {
        reserves.install(self.pool, &self.in_force, self.world.days);
        let installed = reserves.installed();
        let mut days_over = [0; 2];
        for (at, (first, kept)) in installed.iter().enumerate() {
            let end = installed.get(at + 1).map_or(self.world.days, |next| next.0);
            let now = reserves.kept(*kept);
            let mut day = *first;
            while day < end {
                let month = self.world.month_of[day];
                let until = self.world.month_ends[month].min(end);
                for (most, levels) in most.iter_mut().zip(&self.levels) {
                    *most = highest(&levels[day..until], |level| *level);
                }
                self.span(now, day..until, (month, most), &mut days_over, seen);
                day = until;
            }
        }
    }

    /// Days of one month with one installed capacity, and the highest level of each resource in them.
    fn span(
        &self,
        now: &Installed,
        days: Range<usize>,
        (month, most): (usize, &[f64]),
        days_over: &mut [usize; 2],
        seen: &mut PoolOutcome,
    ) {
        let (most, level) = (|r: usize| most[r], |r: usize, day: usize| self.levels[r][day]);
        let least_room = |left: &Vec<f64>| self.least_room_of(left, days.clone(), most, level);
        let room = if self.pool.carries_its_own(&now.all_up, most) {
            self.rooms(&now.all_up, most, month, seen)
        } else {
            days.clone().map(|day| self.rooms(&now.all_up, |r| level(r, day), month, seen)).min().unwrap_or(i32::MAX)
        };
        let reserve = now.reserve.iter().map(least_room).min().unwrap_or(room);
        let kept = &mut seen.reserve_room_units[month];
        *kept = (*kept).min(reserve);
        for (level, survives) in seen.survives.iter_mut().enumerate() {
            survives[month] = survives[month]
                && if self.pool.transfers.edges.is_empty() {
                    now.carried[level].iter().enumerate().all(|(r, carried)| most(r) <= *carried)
                } else {
                    now.left[level].iter().all(|left| least_room(left) >= 0)
                };
        }
        let confirmed = self.world.confirmation_days;
        let one_day = |left: &[Vec<f64>], day: usize| left.iter().any(|left| self.least_room(left, |r| self.levels[r][day]) < 0);
        let all_up = std::slice::from_ref(&now.all_up);
        if seen.exhaustion.is_none() {
            seen.exhaustion =
                crossing(room < 0, days.clone(), &mut days_over[0], confirmed, |day| days.len() == 1 || one_day(all_up, day));
        }
        if seen.reserve_exhaustion.is_none() {
            let over = |day| days.len() == 1 || one_day(&now.reserve, day);
            seen.reserve_exhaustion = crossing(reserve < 0, days.clone(), &mut days_over[1], confirmed, over);
        }
    }

    /// The least room of all resources with everything up; that of each is kept.
    fn rooms(&self, all_up: &[f64], demand: impl Fn(usize) -> f64 + Copy, month: usize, seen: &mut PoolOutcome) -> i32 {
        let shares = self.pool.shares_carried(all_up, demand);
        let of = |(r, kept): (usize, &mut Vec<i32>)| {
            let room = self.pool.room(&shares, all_up, r, demand(r));
            kept[month] = kept[month].min(room);
            room
        };
        seen.room_by_resource.iter_mut().enumerate().map(of).min().unwrap_or(i32::MAX)
    }

    fn least_room(&self, capacity: &[f64], demand: impl Fn(usize) -> f64 + Copy) -> i32 {
        let shares = self.pool.shares_carried(capacity, demand);
        let rooms = (0..self.pool.resources).map(|r| self.pool.room(&shares, capacity, r, demand(r)));
        rooms.min().unwrap_or(i32::MAX)
    }

    /// Hour by hour against the capacity alive.
    fn hours(&self, timeline: &Timeline, desk: &mut Desk, seen: &mut PoolOutcome) {
        let Desk { items, most, lowest } = desk;
        self.items(timeline, items);
        for item in items.iter_mut().filter(|item| item.segments.0 == item.segments.1) {
            for (r, most) in most.iter_mut().enumerate() {
                *most = self.highest_peak(r, item.days.clone());
            }
            let capacity = self.segment(timeline, item.segments.0);
            let room = self.least_room_of(capacity, item.days.clone(), |r| most[r], |r, day| self.peak(r, day));
            let kept = &mut seen.room_units[item.month];
            *kept = (*kept).min(room);
            item.short = room < 0;
        }
        for item in items.iter() {
            let (first, last) = item.segments;
            if first == last && !item.short {
                continue;
            }
            self.lowest(timeline, item.segments, lowest);
            for day in item.days.clone() {
                let bound = self.least_room(lowest, |r| self.peak(r, day));
                if bound < 0 || bound < seen.room_units[item.month] {
                    self.look_into(timeline, (first, last), day, seen);
                }
            }
        }
    }

    /// Demand of a resource in the highest hour of some days.
    fn highest_peak(&self, r: usize, days: Range<usize>) -> f64 {
        let peaks = self.pool.peaks[r].as_slice();
        let (levels, profile) = (&self.levels[r][days.clone()], &self.profile[days]);
        let (mut lanes, whole) = ([0.0_f64; LANES], levels.len() - levels.len() % LANES);
        for (levels, days) in levels.chunks_exact(LANES).zip(profile.chunks_exact(LANES)) {
            for ((most, level), day) in lanes.iter_mut().zip(levels).zip(days) {
                let peak = level * f64::from(peaks[*day as usize]);
                *most = if peak > *most { peak } else { *most };
            }
        }
        let rest = levels[whole..].iter().zip(&profile[whole..]).map(|(level, day)| level * f64::from(peaks[*day as usize]));
        rest.chain(lanes).fold(0.0, f64::max)
    }

    /// The days in order: whole days under one segment together, month by month; others alone.
    fn items(&self, timeline: &Timeline, items: &mut Vec<Item>) {
        items.clear();
        let (at, days) = (&timeline.at, self.world.days);
        let (mut day, mut first) = (0, 0);
        while day < days {
            while at.get(first + 1).is_some_and(|next| *next <= day as f64 * 24.0) {
                first += 1;
            }
            let month = self.world.month_of[day];
            let whole = at.get(first + 1).map_or(days, |next| (next / 24.0) as usize);
            let end = if whole > day { whole.min(self.world.month_ends[month]) } else { day + 1 };
            let mut last = first;
            while at.get(last + 1).is_some_and(|next| *next < end as f64 * 24.0) {
                last += 1;
            }
            items.push(Item { days: day..end, segments: (first, last), month, short: false });
            day = end;
        }
    }

    /// The lowest capacity of some segments, by cell and resource.
    fn lowest(&self, timeline: &Timeline, (first, last): (usize, usize), lowest: &mut [f64]) {
        lowest.copy_from_slice(self.segment(timeline, first));
        for segment in first + 1..=last {
            for (low, usable) in lowest.iter_mut().zip(self.segment(timeline, segment)) {
                *low = low.min(*usable);
            }
        }
    }

    fn segment<'t>(&self, timeline: &'t Timeline, index: usize) -> &'t [f64] {
        &timeline.usable[index * self.width..(index + 1) * self.width]
    }

    /// The hours of a day, segment by segment. Where every cell could carry its own in all of them, the highest hour under a segment has
    /// its least room, and where that is not short no other hour is.
    fn look_into(&self, timeline: &Timeline, (first, last): (usize, usize), day: usize, seen: &mut PoolOutcome) {
        let month = self.world.month_of[day];
        let (start, end) = ((day * HOURS) as f64, ((day + 1) * HOURS) as f64);
        for segment in first..=last {
            let from = timeline.at[segment].max(start);
            let until = if segment < last { timeline.at[segment + 1].min(end) } else { end };
            if from >= until {
                continue;
            }
            let capacity = self.segment(timeline, segment);
            let hours = (from - start) as usize..((until - start).ceil() as usize).min(HOURS);
            let most = |r: usize| {
                let highest = highest(&self.shape(r, day)[hours.clone()], |hour| f64::from(*hour));
                self.levels[r][day] * highest
            };
            if self.pool.carries_its_own(capacity, most) {
                let room = self.least_room(capacity, most);
                let kept = &mut seen.room_units[month];
                *kept = (*kept).min(room);
                if room >= 0 {
                    continue;
                }
            }
            for hour in hours {
                let (begins, ends) = (start + hour as f64, start + (hour + 1) as f64);
                self.piece(capacity, (day, hour), until.min(ends) - from.max(begins), month, seen);
            }
        }
    }

    fn piece(&self, capacity: &[f64], (day, hour): (usize, usize), length: f64, month: usize, seen: &mut PoolOutcome) {
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
                seen.unserved[r][month] += (missing * length) as f32;
            }
            let room = self.pool.room(&shares, capacity, r, demand);
            let kept = &mut seen.room_units[month];
            *kept = (*kept).min(room);
        }
        if short {
            seen.hours_short[month] += length as f32;
        }
    }
}

/// The first day of the first run of days over that is as long as `confirmed`; `length` is how long the run has lasted so far.
fn crossing(any: bool, days: Range<usize>, length: &mut usize, confirmed: usize, over: impl Fn(usize) -> bool) -> Option<u32> {
    if !any {
        *length = 0;
        return None;
    }
    for day in days {
        *length = if over(day) { *length + 1 } else { 0 };
        if *length == confirmed {
            return Some((day + 1 - confirmed) as u32);
        }
    }
    None
}
