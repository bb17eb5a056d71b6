use serde::Serialize;

use super::market::{Market, Wanted};
use super::search::Desk;
use super::{Exhaustion, needs};
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
    /// By pool, the least cost of what is missing in a scenario under the rule's accepted share of futures, at the prices of that scenario.
    fn costs_missing(&self, scenario: &Scenario, seen: &Outcomes) -> Vec<Money> {
        let priced = scenario.priced();
        let desk = self.in_scenario(&priced);
        let (market, months) = (Market::of(&desk, |_| true, false), seen.months.len());
        let wanted = desk.model().pools.iter().zip(&seen.pools).map(|(pool, seen)| {
            let Some(unit) = desk.unit(pool) else { return Wanted { lots: vec![0; months], short: None } };
            let mut needs = needs(&seen.room_units, months, desk.accepted());
            let first = desk.month_of(desk.reachable(pool, desk.late_of(unit)));
            // what is missing before anything can come is bought for the first month in which it can
            let before = needs.iter().take(first).copied().max().unwrap_or(0);
            needs.iter_mut().take(first).for_each(|need| *need = 0);
            if let Some(need) = needs.get_mut(first) {
                *need = before.max(*need);
            }
            Wanted { lots: needs.into_iter().map(|need| need.div_ceil(unit.lot.max(1))).collect(), short: None }
        });
        let asked = market.asked(&wanted.collect::<Vec<_>>());
        let bought = asked.solve().bought;
        asked.covers.iter().zip(&bought).map(|(cover, bought)| Money(cover.cost(bought) - cover.short_cost(bought))).collect()
    }
}

/// One scenario against `base`.
pub(super) fn compare(desk: &Desk<'_>, scenario: &Scenario, outcomes: &Outcomes, base: &Outcomes) -> ScenarioResult {
    let (months, accepted) = (outcomes.months.len(), desk.accepted());
    let costs = desk.costs_missing(scenario, outcomes);
    let pools = outcomes.pools.iter().zip(&base.pools).zip(costs).map(|((pool, base), cost)| {
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
            cost,
        }
    });
    ScenarioResult { scenario: outcomes.scenario.clone(), supposes: scenario.supposes.clone(), pools: pools.collect() }
}
