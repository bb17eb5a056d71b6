//! What it costs to have planned for one future and to meet another.

use std::cell::RefCell;
use std::sync::Arc;

use serde::Serialize;

use super::missing::{add_unit_hours, carries_of_all};
use super::search::Desk;
use super::{Error, Tranche, regret_matrix::CostMatrix};
use crate::model::Pool;
use crate::scenario::Scenario;
use crate::simulate::{Outcomes, PoolOutcomes, Survival};
use crate::stats::Estimate;
use crate::stream::Stream;
use crate::units::Money;

/// Futures of each scenario that every plan meets; fewer where the run has fewer.
const FUTURES: u32 = 400;

/// Plans against the futures of every named scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Regret {
    /// Money for a unit missing for an hour; `None`: the model names none, and regret has no money.
    pub price: Option<f64>,
    /// Futures of each scenario, the same for all.
    pub futures: u32,
    /// Scenarios with their weights, which add up to 1.
    pub scenarios: Vec<(String, f64)>,
    /// The plans, the recommended one first.
    pub plans: Vec<PlanRegret>,
    /// The least expected regret, with its position among the plans; `None` without a price.
    pub least_expected: Option<usize>,
    /// The least regret in the scenario that is worst for it.
    pub least_maximum: Option<usize>,
}

/// One plan, whatever comes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanRegret {
    /// Which plan; several names when they order the same.
    pub name: String,
    /// Cost of its orders within the horizon, at the prices of each scenario, scenarios by weight.
    pub orders: Money,
    /// Expected unit-hours missing over the horizon, all pools, scenarios by weight.
    pub unit_hours: Estimate,
    /// Prices of a unit-hour between which no other plan costs less in expectation (`None`: no end); `None` where there are none.
    pub cheapest_between: Option<(f64, Option<f64>)>,
    /// With a price for what is missing.
    pub priced: Option<Priced>,
}

/// Regret in money.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Priced {
    /// Expected cost: orders and what is missing.
    pub cost: Estimate,
    /// Mean over futures and scenarios of its cost less that of the plan that is best in that very future.
    pub expected: Estimate,
    /// By scenario: its expected cost there less the least that any plan has there.
    pub by_scenario: Vec<f64>,
    /// The greatest of these.
    pub maximum: f64,
    /// Its expected cost less that of the plan with the least, on the same futures.
    pub above_least: Estimate,
    /// That difference cannot be told from none (95 %).
    pub tied: bool,
    /// Share of bootstrap resamples of the futures in which its expected regret is the least.
    pub stability: f64,
    /// Share of them in which its maximum regret over scenarios is the least.
    pub stability_of_maximum: f64,
}

/// A plan by name, with what its orders cost.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) plan: Vec<Vec<Tranche>>,
}

/// What was seen with the orders of the model file, where they are planned and not committed.
pub(super) type Declared<'a> = Option<&'a [Outcomes]>;

/// What a plan costs and misses, all pools together; plans stand in the same order for any pools.
#[derive(Debug, Clone)]
pub(super) struct Meets {
    name: String,
    /// The first plan that orders the same.
    same_as: usize,
    /// What its orders cost, by scenario.
    orders: Vec<f64>,
    /// Unit-hours missing by scenario and future.
    hours: Vec<Vec<f64>>,
}

/// Plans by place; `None`: some pool has no such plan.
pub(super) type Met = Vec<Option<Meets>>;

impl Meets {
    fn add(&mut self, other: &Self) {
        self.orders.iter_mut().zip(&other.orders).for_each(|(cost, more)| *cost += more);
        for (hours, more) in self.hours.iter_mut().zip(&other.hours) {
            hours.iter_mut().zip(more).for_each(|(hours, more)| *hours += more);
        }
    }
}

/// What the same plans meet with other pools.
pub(super) fn add(met: &mut Met, other: Met) {
    let class = |of: &Met, at: usize| of[at].as_ref().map(|one| one.same_as);
    // plans order the same where they do for all pools
    let classes: Vec<_> = (0..met.len()).map(|at| class(met, at).zip(class(&other, at))).collect();
    for (at, other) in other.into_iter().enumerate() {
        met[at] = match (met[at].take(), other) {
            (Some(mut one), Some(other)) => {
                one.same_as = classes.iter().position(|class| *class == classes[at]).unwrap_or(at);
                one.add(&other);
                Some(one)
            }
            _ => None,
        };
    }
}

/// What follows from what the plans met that are asked for, plans that order the same as one under all their names.
pub(super) fn told(met: Met, asked: impl Fn(usize) -> bool, scenarios: &[Scenario], world: Stream) -> Regret {
    let mut kept: Vec<Meets> = Vec::new();
    for one in met.into_iter().enumerate().filter(|(at, _)| asked(*at)).filter_map(|(_, one)| one) {
        match kept.iter_mut().find(|held| held.same_as == one.same_as) {
            Some(held) => held.name = format!("{} = {}", held.name, one.name),
            None => kept.push(one),
        }
    }
    let mut matrix = CostMatrix::new(weights(scenarios));
    for one in kept {
        matrix.add(&one.name, one.orders, one.hours);
    }
    matrix.regret(scenarios.first().and_then(|base| base.model.objective.shortfall_price), world)
}

/// Every plan in the first futures of every scenario, under the same demand, failures and lead times; the best orders for each
/// scenario come after the plans, and last those of the model file.
pub(super) fn met(
    desk: &Desk<'_>,
    scenarios: &[Scenario],
    mut plans: Vec<Option<Named>>,
    declared: Declared<'_>,
) -> Result<Met, Error> {
    let futures = FUTURES.min(desk.base.replications);
    let few: Vec<Scenario> = scenarios.iter().map(|one| Scenario { replications: futures, ..one.priced() }).collect();
    let desks: Vec<Desk<'_>> = few.iter().map(|scenario| desk.in_scenario(scenario)).collect();
    let nothing = vec![Vec::new(); desk.model().pools.len()];
    // what was seen of the base scenario need not be simulated again: its first futures are the same
    let seen_before = |s: usize, plan: &[Vec<Tranche>]| {
        if s == 0 {
            desk.lend(plan, &desks[0], futures);
        }
    };
    for (s, (scenario, here)) in few.iter().zip(&desks).enumerate() {
        seen_before(s, &nothing);
        let plan = here.scheduled(here.rule(), &here.simulate(&nothing)?);
        plans.push(Some(Named { name: format!("best for {}", scenario.name), plan }));
    }
    let carries = carries_of_all(desk.model())?;
    let mut met = Met::new();
    for (at, named) in plans.iter().enumerate() {
        let Some(named) = named else {
            met.push(None);
            continue;
        };
        let mut hours = Vec::with_capacity(desks.len());
        for (s, here) in desks.iter().enumerate() {
            seen_before(s, &named.plan);
            hours.push(unit_hours(&carries, &here.simulate(&named.plan)?, futures));
        }
        let same = |other: &Option<Named>| other.as_ref().is_some_and(|other| other.plan == named.plan);
        let same_as = plans.iter().position(same).unwrap_or(at);
        let orders = desks.iter().map(|here| here.cost(&named.plan).0).collect();
        met.push(Some(Meets { name: named.name.clone(), same_as, orders, hours }));
    }
    if let Some(outcomes) = declared {
        let cost = |here: &Desk<'_>| {
            let orders = here.model().pools.iter().flat_map(|pool| here.declared_orders(pool));
            orders.map(|order| order.cost).sum::<Money>().0
        };
        let hours = outcomes.iter().map(|seen| unit_hours(&carries, seen, futures)).collect();
        let orders = desks.iter().map(cost).collect();
        met.push(Some(Meets { name: "as declared".to_owned(), same_as: met.len(), orders, hours }));
    }
    Ok(met)
}

fn weights(scenarios: &[Scenario]) -> Vec<(String, f64)> {
    let all: f64 = scenarios.iter().map(|scenario| scenario.weight).sum();
    let share = |weight: f64| if all > 0.0 { weight / all } else { 1.0 / scenarios.len() as f64 };
    scenarios.iter().map(|scenario| (scenario.name.clone(), share(scenario.weight))).collect()
}

/// Unit-hours missing over the horizon in the first futures, all pools; `carries` is by pool.
fn unit_hours(carries: &[Vec<f64>], seen: &Outcomes, futures: u32) -> Vec<f64> {
    let mut hours = vec![0.0; futures as usize];
    for (carries, pool) in carries.iter().zip(&seen.pools) {
        add_unit_hours(&mut hours, carries, pool, seen.months.len());
    }
    hours
}

impl<'a> Desk<'a> {
    /// The same desk in another scenario, with nothing seen yet.
    pub(super) fn in_scenario(&self, base: &'a Scenario) -> Self {
        let Self { whole, demand, world, observer, months, .. } = *self;
        Desk { base, whole, demand, world, observer, months, seen: RefCell::default(), simulated: RefCell::default() }
    }

    /// Tells another desk of the same scenario with fewer futures what was seen of pools under these orders.
    fn lend(&self, plan: &[Vec<Tranche>], to: &Self, futures: u32) {
        let mut told = to.seen.borrow_mut();
        for (p, tranches, seen) in self.seen.borrow().iter().filter(|(p, tranches, _)| plan[*p] == *tranches) {
            if !told.iter().any(|(pool, known, _)| pool == p && known == tranches) {
                told.push((*p, tranches.clone(), Arc::new(first_futures(seen, futures, self.base.replications))));
            }
        }
    }

    /// What these orders cost within the horizon.
    fn cost(&self, plan: &[Vec<Tranche>]) -> Money {
        self.model().pools.iter().zip(plan).map(|(pool, tranches)| self.cost_of_pool(pool, tranches)).sum()
    }

    /// Those of one pool.
    pub(super) fn cost_of_pool(&self, pool: &Pool, tranches: &[Tranche]) -> Money {
        tranches.iter().filter_map(|tranche| self.order(pool, tranche)).map(|order| order.cost).sum()
    }
}

/// What the first of `all` futures saw.
fn first_futures(seen: &PoolOutcomes, futures: u32, all: u32) -> PoolOutcomes {
    fn first<T: Clone>(values: &[T], futures: u32, all: u32) -> Vec<T> {
        values[..values.len() / all.max(1) as usize * futures as usize].to_vec()
    }
    let of = |survival: &Survival| Survival { level: survival.level, survives: first(&survival.survives, futures, all) };
    PoolOutcomes {
        pool: seen.pool.clone(),
        resources: seen.resources.clone(),
        hours_short: first(&seen.hours_short, futures, all),
        unserved: seen.unserved.iter().map(|of| first(of, futures, all)).collect(),
        room_units: first(&seen.room_units, futures, all),
        reserve_room_units: first(&seen.reserve_room_units, futures, all),
        room_by_resource: seen.room_by_resource.iter().map(|of| first(of, futures, all)).collect(),
        exhaustion: first(&seen.exhaustion, futures, all),
        reserve_exhaustion: first(&seen.reserve_exhaustion, futures, all),
        survival: seen.survival.iter().map(of).collect(),
    }
}

/// The stream of resamples.
pub(super) fn resamples(world: Stream) -> Stream {
    world.named("bootstrap")
}
