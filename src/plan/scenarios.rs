use std::cmp::Ordering;

use serde::Serialize;

use super::market::{Market, Wanted};
use super::search::Desk;
use super::{Exhaustion, needs_of};
use crate::model::RiskRule;
use crate::scenario::Scenario;
use crate::simulate::{Outcomes, PoolOutcomes};
use crate::stats::{Estimate, estimate};
use crate::units::Money;

/// What one scenario does to each pool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioResult {
    /// Its name.
    pub scenario: String,
    /// What it supposes.
    pub supposes: String,
    /// By pool, in the model's order.
    pub pools: Vec<ScenarioPool>,
    /// All of them together.
    pub together: AllPools,
}

/// What one scenario does to all pools together, with the orders as declared.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct AllPools {
    /// P(any shortfall of any pool within the horizon).
    pub risk: Estimate,
    /// That less the same in `base`, from the same futures.
    pub difference: Estimate,
    /// Units lacking in the worst month of each pool, summed, less the same in `base`.
    pub lacking_difference: Estimate,
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
    /// Units lacking in the worst month of a future, less the same in `base`.
    pub lacking_difference: Estimate,
    /// When demand crosses, everything up.
    pub exhaustion: Exhaustion,
    /// Units to be added at most so that the rule holds in every month.
    pub units_needed: u32,
    /// What they cost within the horizon at the prices of the scenario: the cheapest leases over all terms that have in force, in
    /// every month that an order can reach, what the rule asks for there; no budget and no limit counted.
    pub cost: Money,
}

/// P(any shortfall in the month), by month.
pub(super) fn risk_by_month(pool: &PoolOutcomes, months: usize, futures: u32) -> Vec<Estimate> {
    let short = |month: usize| pool.hours_short.iter().skip(month).step_by(months.max(1)).filter(|hours| **hours > 0.0).count();
    (0..months).map(|month| crate::stats::proportion(short(month) as u64, u64::from(futures))).collect()
}

fn any(pool: &PoolOutcomes, months: usize) -> Vec<f64> {
    pool.hours_short.chunks(months.max(1)).map(|of| f64::from(u8::from(of.iter().any(|hours| *hours > 0.0)))).collect()
}

impl Desk<'_> {
    /// By pool, the units missing in a scenario under the rule, and their least cost at the prices of that scenario.
    fn missing_under_rule(&self, scenario: &Scenario, seen: &Outcomes) -> Vec<(u32, Money)> {
        let priced = scenario.priced();
        let desk = self.in_scenario(&priced);
        let (market, months) = (Market::of(&desk, |_| true, false), seen.months.len());
        // what a price asks for is known when it is bought
        let needs = match desk.rule() {
            RiskRule::LeastCost(_) => None,
            rule => Some(seen.pools.iter().map(|pool| needs_of(rule, &pool.room_units, months)).collect::<Vec<_>>()),
        };
        let asked = market.asked(&match &needs {
            None => desk.wanted(&seen.pools.iter().map(|pool| pool.room_units.clone()).collect::<Vec<_>>()),
            Some(needs) => desk.wanted_when_it_can_come(needs),
        });
        let bought = asked.solve().bought;
        let each = asked.covers.iter().zip(&bought).zip(&desk.model().pools).enumerate().map(|(p, ((cover, bought), pool))| {
            let units = |m: usize| match &needs {
                None => cover.in_force(bought, m) * desk.unit(pool).map_or(1, |unit| unit.lot.max(1)),
                Some(needs) => needs[p][m],
            };
            ((0..months).map(units).max().unwrap_or(0), Money(cover.cost(bought) - cover.short_cost(bought)))
        });
        each.collect()
    }

    /// Lots for units needed by pool and month; what is missing before anything can come is bought for the first month in which it can.
    fn wanted_when_it_can_come(&self, needs: &[Vec<u32>]) -> Vec<Wanted> {
        let wanted = self.model().pools.iter().zip(needs).map(|(pool, needs)| {
            let Some(unit) = self.unit(pool) else { return Wanted { lots: vec![0; needs.len()], short: None } };
            let first = self.month_of(self.reachable(pool, self.late_of(unit)));
            let before = needs.iter().take(first).copied().max().unwrap_or(0);
            let need = |(m, need): (usize, &u32)| match m.cmp(&first) {
                Ordering::Less => 0,
                Ordering::Equal => before.max(*need),
                Ordering::Greater => *need,
            };
            let lots = needs.iter().enumerate().map(need).map(|need| need.div_ceil(unit.lot.max(1)));
            Wanted { lots: lots.collect(), short: None }
        });
        wanted.collect()
    }
}

/// What a scenario does to the pools so far.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    scenario: String,
    supposes: String,
    pools: Vec<ScenarioPool>,
    /// By future: some pool is short.
    short: Vec<bool>,
    /// By future: units lacking in the worst month of each pool, summed.
    lacking: Vec<f64>,
}

impl Compared {
    /// With other pools.
    pub(super) fn add(&mut self, other: Self) {
        self.pools.extend(other.pools);
        self.short.iter_mut().zip(other.short).for_each(|(short, also)| *short |= also);
        self.lacking.iter_mut().zip(other.lacking).for_each(|(units, more)| *units += more);
    }

    /// Against `base`.
    pub(super) fn told(self, base: &Self) -> ScenarioResult {
        let count = |short: bool| f64::from(u8::from(short));
        let hits = self.short.iter().filter(|short| **short).count() as u64;
        let together = AllPools {
            risk: crate::stats::proportion(hits, self.short.len() as u64),
            difference: estimate(self.short.iter().zip(&base.short).map(|(here, there)| count(*here) - count(*there))),
            lacking_difference: estimate(self.lacking.iter().zip(&base.lacking).map(|(here, there)| here - there)),
        };
        ScenarioResult { scenario: self.scenario, supposes: self.supposes, pools: self.pools, together }
    }
}

/// Units that a future lacks in its worst month, by future.
fn lacking(pool: &PoolOutcomes, months: usize) -> Vec<f64> {
    pool.room_units.chunks(months.max(1)).map(|room| f64::from(-room.iter().copied().min().unwrap_or(0).min(0))).collect()
}

/// One scenario against `base`.
pub(super) fn compare(desk: &Desk<'_>, scenario: &Scenario, outcomes: &Outcomes, base: &Outcomes) -> Compared {
    let months = outcomes.months.len();
    let missing = desk.missing_under_rule(scenario, outcomes);
    let (mut some, mut units) = (vec![false; outcomes.replications as usize], vec![0.0; outcomes.replications as usize]);
    let pools = outcomes.pools.iter().zip(&base.pools).zip(missing).map(|((pool, base), (units_needed, cost))| {
        let (here, there) = (any(pool, months), any(base, months));
        some.iter_mut().zip(&here).for_each(|(some, here)| *some |= *here > 0.0);
        let (lack, lacked) = (lacking(pool, months), lacking(base, months));
        units.iter_mut().zip(&lack).for_each(|(units, lack)| *units += lack);
        let hits = here.iter().filter(|hit| **hit > 0.0).count() as u64;
        let hours = pool.hours_short.chunks(months.max(1)).map(|of| of.iter().map(|hours| f64::from(*hours)).sum::<f64>());
        ScenarioPool {
            pool: pool.pool.clone(),
            risk: risk_by_month(pool, months, outcomes.replications),
            risk_over_horizon: crate::stats::proportion(hits, u64::from(outcomes.replications)),
            difference: estimate(here.iter().zip(&there).map(|(here, there)| here - there)),
            hours_short: estimate(hours.collect::<Vec<_>>().into_iter()),
            lacking_difference: estimate(lack.iter().zip(&lacked).map(|(here, there)| here - there)),
            exhaustion: Exhaustion::of(&pool.exhaustion, outcomes.start),
            units_needed,
            cost,
        }
    });
    let pools = pools.collect();
    let (scenario, supposes) = (outcomes.scenario.clone(), scenario.supposes.clone());
    Compared { scenario, supposes, pools, short: some, lacking: units }
}
