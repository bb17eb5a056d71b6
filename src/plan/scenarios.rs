use serde::Serialize;

use super::{Exhaustion, needs};
use crate::simulate::{Outcomes, PoolOutcomes};
use crate::stats::{Estimate, estimate};

/// What one scenario does to each pool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioResult {
    /// Its name.
    pub scenario: String,
    /// What it supposes.
    pub supposes: String,
    /// By pool, in the model's order.
    pub pools: Vec<ScenarioPool>,
}

/// What one scenario does to one pool, with the orders as declared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioPool {
    /// The pool.
    pub pool: String,
    /// P(any shortfall in the month), by month.
    pub risk: Vec<Estimate>,
    /// P(any shortfall within the horizon).
    pub risk_over_horizon: Estimate,
    /// That less the same in `base`, from the same futures: its standard error is that of the paired difference.
    pub difference: Estimate,
    /// Hours short over the horizon.
    pub hours_short: Estimate,
    /// When demand crosses, everything up.
    pub exhaustion: Exhaustion,
    /// Units to be added at most so that the rule holds in every month.
    pub units_needed: u32,
}

/// P(any shortfall in the month), by month.
pub(super) fn risk_by_month(pool: &PoolOutcomes, months: usize, futures: u32) -> Vec<Estimate> {
    let short = |month: usize| pool.hours_short.iter().skip(month).step_by(months.max(1)).filter(|hours| **hours > 0.0).count();
    (0..months).map(|month| crate::stats::proportion(short(month) as u64, u64::from(futures))).collect()
}

fn any(pool: &PoolOutcomes, months: usize) -> Vec<f64> {
    pool.hours_short.chunks(months.max(1)).map(|of| f64::from(u8::from(of.iter().any(|hours| *hours > 0.0)))).collect()
}

/// One scenario against `base`.
pub(super) fn compare(outcomes: &Outcomes, base: &Outcomes, supposes: &str, accepted: f64) -> ScenarioResult {
    let months = outcomes.months.len();
    let pools = outcomes.pools.iter().zip(&base.pools).map(|(pool, base)| {
        let (here, there) = (any(pool, months), any(base, months));
        let hits = here.iter().filter(|hit| **hit > 0.0).count() as u64;
        let hours = pool.hours_short.chunks(months.max(1)).map(|of| of.iter().map(|hours| f64::from(*hours)).sum::<f64>());
        ScenarioPool {
            pool: pool.pool.clone(),
            risk: risk_by_month(pool, months, outcomes.replications),
            risk_over_horizon: crate::stats::proportion(hits, u64::from(outcomes.replications)),
            difference: estimate(here.iter().zip(&there).map(|(here, there)| here - there)),
            hours_short: estimate(hours.collect::<Vec<_>>().into_iter()),
            exhaustion: Exhaustion::of(&pool.exhaustion, outcomes.start),
            units_needed: needs(&pool.room_units, months, accepted).into_iter().max().unwrap_or(0),
        }
    });
    ScenarioResult { scenario: outcomes.scenario.clone(), supposes: supposes.to_owned(), pools: pools.collect() }
}
