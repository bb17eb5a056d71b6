use std::sync::Arc;

use crate::model::Level;
use crate::scenario::LOSSES;
use crate::stats::{Estimate, proportion};
use crate::time::{Day, Month};

/// What all replications of one scenario saw, in replication order.
///
/// Matrices are flat: the value of replication `r` and month `m` stands at `r * months.len() + m`.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcomes {
    /// The scenario's name.
    pub scenario: String,
    /// How many futures.
    pub replications: u32,
    /// The first day simulated.
    pub start: Day,
    /// Days simulated.
    pub days: u32,
    /// The months that the days touch; the first and last may be partial.
    pub months: Vec<Month>,
    /// One per pool, in the model's order; shared by plans in which a pool has the same orders.
    pub pools: Vec<Arc<PoolOutcomes>>,
}

impl Outcomes {
    /// P(the month's peak is carried) when the worst host, rack or zone is lost, by what is lost and month, of one pool.
    #[must_use]
    pub fn survival(&self, pool: usize) -> Vec<(Level, Vec<Estimate>)> {
        let months = self.months.len().max(1);
        let share = |survives: &[bool], m: usize| {
            let kept = survives.iter().skip(m).step_by(months).filter(|kept| **kept).count();
            proportion(kept as u64, u64::from(self.replications))
        };
        let of = |loss: &Survival| (loss.level, (0..self.months.len()).map(|m| share(&loss.survives, m)).collect());
        self.pools[pool].survival.iter().map(of).collect()
    }

    /// The replications of `later` after these. Both are of one scenario of one model.
    pub fn join(&mut self, later: Self) {
        self.replications += later.replications;
        for (pool, later) in self.pools.iter_mut().zip(later.pools) {
            Arc::make_mut(pool).join(Arc::unwrap_or_clone(later));
        }
    }
}

impl PoolOutcomes {
    /// Of no replication yet.
    pub(super) fn none(pool: &str, resources: &[String]) -> Self {
        Self {
            pool: pool.to_owned(),
            resources: resources.to_vec(),
            hours_short: Vec::new(),
            unserved: vec![Vec::new(); resources.len()],
            room_units: Vec::new(),
            reserve_room_units: Vec::new(),
            room_by_resource: vec![Vec::new(); resources.len()],
            exhaustion: Vec::new(),
            reserve_exhaustion: Vec::new(),
            survival: LOSSES.iter().map(|level| Survival { level: *level, survives: Vec::new() }).collect(),
        }
    }

    /// Makes room for so many replications of so many months.
    pub(super) fn reserve(&mut self, replications: usize, months: usize) {
        let cells = replications * months;
        self.hours_short.reserve_exact(cells);
        self.unserved.iter_mut().for_each(|one| one.reserve_exact(cells));
        self.room_units.reserve_exact(cells);
        self.reserve_room_units.reserve_exact(cells);
        self.room_by_resource.iter_mut().for_each(|one| one.reserve_exact(cells));
        self.exhaustion.reserve_exact(replications);
        self.reserve_exhaustion.reserve_exact(replications);
        self.survival.iter_mut().for_each(|one| one.survives.reserve_exact(cells));
    }

    /// One replication more.
    pub(super) fn push(&mut self, seen: &PoolOutcome) {
        self.hours_short.extend_from_slice(&seen.hours_short);
        self.room_units.extend_from_slice(&seen.room_units);
        self.reserve_room_units.extend_from_slice(&seen.reserve_room_units);
        for (to, from) in self.unserved.iter_mut().zip(&seen.unserved) {
            to.extend_from_slice(from);
        }
        for (to, from) in self.room_by_resource.iter_mut().zip(&seen.room_by_resource) {
            to.extend_from_slice(from);
        }
        self.exhaustion.push(seen.exhaustion);
        self.reserve_exhaustion.push(seen.reserve_exhaustion);
        for (to, from) in self.survival.iter_mut().zip(&seen.survives) {
            to.survives.extend_from_slice(from);
        }
    }

    pub(super) fn join(&mut self, later: Self) {
        fn each<T>(to: &mut [Vec<T>], from: Vec<Vec<T>>) {
            for (to, from) in to.iter_mut().zip(from) {
                to.extend(from);
            }
        }
        self.hours_short.extend(later.hours_short);
        each(&mut self.unserved, later.unserved);
        self.room_units.extend(later.room_units);
        self.reserve_room_units.extend(later.reserve_room_units);
        each(&mut self.room_by_resource, later.room_by_resource);
        self.exhaustion.extend(later.exhaustion);
        self.reserve_exhaustion.extend(later.reserve_exhaustion);
        for (survival, later) in self.survival.iter_mut().zip(later.survival) {
            survival.survives.extend(later.survives);
        }
    }
}

/// What one pool saw.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolOutcomes {
    /// The pool.
    pub pool: String,
    /// Its resources, in the order of its demands.
    pub resources: Vec<String>,
    /// Hours in the month with a shortfall of any resource, by replication and month.
    pub hours_short: Vec<f32>,
    /// For each resource, unserved amount × hours (core-hours, byte-hours), by replication and month.
    pub unserved: Vec<Vec<f32>>,
    /// The smallest room of the month, in units to buy (`Pool::buys`): how many fewer would still carry it; negative: how many
    /// more were needed. Over failures, arrivals and hours; whole units rounded down (so -1 means up to one unit short).
    pub room_units: Vec<i32>,
    /// The same at each day's planned level with everything up but the declared redundancy lost.
    pub reserve_room_units: Vec<i32>,
    /// For each resource, the same at each day's planned level with everything up: which resource binds.
    pub room_by_resource: Vec<Vec<i32>>,
    /// Days after `start` on which demand's level first exceeds usable capacity with everything up, and stays so for the
    /// confirmation span; `None`: not within the horizon. By replication.
    pub exhaustion: Vec<Option<u32>>,
    /// The same with the declared redundancy lost.
    pub reserve_exhaustion: Vec<Option<u32>>,
    /// Whether the peak of each month survives a loss.
    pub survival: Vec<Survival>,
}

/// Whether the worst peak of each month is carried when the worst part of this level is lost and all else is up.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// What is lost: the worst single host, rack or zone.
    pub level: Level,
    /// By replication and month.
    pub survives: Vec<bool>,
}

/// What one replication saw, one a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// In the model's order.
    pub pools: Vec<PoolOutcome>,
}

/// What one pool saw in one replication: see [`PoolOutcomes`] for each field.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PoolOutcome {
    /// By month.
    pub hours_short: Vec<f32>,
    /// By resource and month.
    pub unserved: Vec<Vec<f32>>,
    /// By month.
    pub room_units: Vec<i32>,
    /// By month.
    pub reserve_room_units: Vec<i32>,
    /// By resource and month.
    pub room_by_resource: Vec<Vec<i32>>,
    /// Days after the start.
    pub exhaustion: Option<u32>,
    /// Days after the start.
    pub reserve_exhaustion: Option<u32>,
    /// By loss (host, rack, zone) and month.
    pub survives: Vec<Vec<bool>>,
}

impl PoolOutcome {
    /// Nothing seen yet.
    pub(super) fn reset(&mut self, months: usize, resources: usize) {
        fn filled<T: Clone>(all: &mut Vec<Vec<T>>, of: usize, months: usize, with: &T) {
            all.resize(of, Vec::new());
            for one in all {
                one.clear();
                one.resize(months, with.clone());
            }
        }
        self.hours_short.clear();
        self.hours_short.resize(months, 0.0);
        filled(&mut self.unserved, resources, months, &0.0);
        for rooms in [&mut self.room_units, &mut self.reserve_room_units] {
            rooms.clear();
            rooms.resize(months, i32::MAX);
        }
        filled(&mut self.room_by_resource, resources, months, &i32::MAX);
        self.exhaustion = None;
        self.reserve_exhaustion = None;
        filled(&mut self.survives, LOSSES.len(), months, &true);
    }
}
