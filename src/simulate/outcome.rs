use crate::model::Level;
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
    /// One per pool, in the model's order.
    pub pools: Vec<PoolOutcomes>,
}

impl Outcomes {
    /// The replications of `later` after these. Both are of one scenario of one model.
    pub fn join(&mut self, later: Self) {
        self.replications += later.replications;
        for (pool, later) in self.pools.iter_mut().zip(later.pools) {
            pool.join(later);
        }
    }
}

impl PoolOutcomes {
    fn join(&mut self, later: Self) {
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
#[derive(Debug, Clone, PartialEq)]
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
