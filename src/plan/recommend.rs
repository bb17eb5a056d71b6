use std::cell::{Cell, RefCell};

use serde::Serialize;

use super::scenarios::{compare, risk_by_month};
use super::search::{Desk, judge};
use super::{Error, Exhaustion, Headroom, Line, OrderBy, PlanOption, RollUp, ScenarioResult, Spread, Tranche, order_by};
use crate::model::Pool;
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::simulate::{Answered, Outcomes, PoolAdequacy, PoolOutcomes, adequacy, answer, safe_load_line};
use crate::stats::Estimate;
use crate::stream::Stream;
use crate::time::{Day, Month};
use crate::units::Money;

/// Days by which the option "later" orders later.
const LATER: i32 = 30;
/// Other accepted risks whose plans are priced, as multiples of the model's.
const FRONTIER: [f64; 3] = [10.0, 3.0, 0.3];
/// 95 % of a normal estimate lies within so many standard errors on one side.
const ONE_SIDED_95: f64 = 1.645;

/// What to do, and what was considered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The risk accepted: P(any shortfall in a month).
    pub accepted: f64,
    /// P(late) accepted for an order.
    pub late_arrival: f64,
    /// All money is in this currency.
    pub currency: String,
    /// The day after the last of history.
    pub today: Day,
    /// The last day planned for.
    pub end: Day,
    /// The months planned for.
    pub months: Vec<Month>,
    /// By pool, in the model's order.
    pub pools: Vec<PoolPlan>,
    /// By scenario, `base` first.
    pub scenarios: Vec<ScenarioResult>,
    /// Plans for other accepted risks over all pools: accepted risk, cost, risk of the worst pool and month.
    pub frontier: Vec<(f64, Money, Estimate)>,
    /// Simulations made by the search.
    pub simulations: u32,
    /// Rare events that the model asks for.
    pub answers: Vec<Answered>,
    /// Room and exhaustion of services, zones and regions; empty until [`super::roll_ups`] fills it.
    pub roll_ups: Vec<RollUp>,
}

/// The decision on one pool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PoolPlan {
    /// The pool.
    pub pool: String,
    /// The unit type to buy.
    pub unit: String,
    /// The safe-load line of each resource.
    pub lines: Vec<Line>,
    /// Room in the first month.
    pub now: Headroom,
    /// Room in the last whole month, with the orders as declared.
    pub at_end: Headroom,
    /// When demand crosses with everything up.
    pub exhaustion: Exhaustion,
    /// When demand crosses with the declared redundancy lost; `None` when none is declared.
    pub reserve_exhaustion: Option<Exhaustion>,
    /// The latest day to order, by that date.
    pub order_by: OrderBy,
    /// Risk with the orders as declared.
    pub adequacy: PoolAdequacy,
    /// The first month that an order placed today surely helps; the rule is judged from it on.
    pub first_month: usize,
    /// What was simulated.
    pub options: Vec<PlanOption>,
    /// Position of the chosen one.
    pub chosen: usize,
    /// The chosen one under failures that the search did not see: P(any shortfall in the month).
    pub fresh: Vec<Estimate>,
}

impl Plan {
    /// Whether the plan as the model file declares it keeps within the accepted risk: `None` when an interval spans it.
    #[must_use]
    pub fn as_declared_within_rule(&self) -> Option<bool> {
        let months = || self.pools.iter().flat_map(|pool| &pool.adequacy.months).map(|month| month.lolp.estimate);
        if months().any(|risk| risk.value - ONE_SIDED_95 * risk.standard_error > self.accepted) {
            return Some(false);
        }
        months().all(|risk| risk.value + ONE_SIDED_95 * risk.standard_error <= self.accepted).then_some(true)
    }

    /// Cost of the chosen options of all pools.
    #[must_use]
    pub fn cost(&self) -> Money {
        self.pools.iter().map(|pool| pool.options[pool.chosen].cost).sum()
    }
}

/// Decides for every pool what to order by when, and says what else was considered.
///
/// # Errors
/// [`Error::NoScenario`] without any; whatever stops a simulation.
pub fn recommend(
    scenarios: &[Scenario],
    demand: &SamplePaths,
    outcomes: &[Outcomes],
    world: Stream,
    observer: &dyn Observer,
) -> Result<Plan, Error> {
    let (Some(base), Some(declared)) = (scenarios.first(), outcomes.first()) else { return Err(Error::NoScenario) };
    let desk =
        Desk { base, demand, world, observer, months: &declared.months, seen: RefCell::default(), simulated: Cell::new(0) };
    let model = desk.model();
    let nothing: Vec<Vec<Tranche>> = vec![Vec::new(); model.pools.len()];
    let planned = model.pools.iter().any(|pool| pool.orders.iter().any(|order| !order.committed));
    if !planned {
        let known = declared.pools.iter().enumerate().map(|(p, pool)| (p, Vec::new(), pool.clone()));
        desk.seen.borrow_mut().extend(known);
    }
    let bare = desk.simulate(&nothing)?;
    let (plan, seen) = desk.search(&bare)?;
    let later: Vec<Vec<Tranche>> = plan.iter().map(|tranches| tranches.iter().map(|one| one.later(LATER)).collect()).collect();
    let fewer: Vec<Vec<Tranche>> = model.pools.iter().zip(&plan).map(|(pool, t)| desk.one_lot_fewer(pool, t)).collect();
    let later_seen = desk.simulate(&later)?;
    let fewer_seen = desk.simulate(&fewer)?;
    let every: Vec<usize> = (0..model.pools.len()).collect();
    let fresh = desk.simulate_pools(&every, &plan, world.named("fresh"))?;
    let measured = adequacy(base, demand, declared, world)?;
    let answers = answer(model, desk.today(), world)?;
    let mut pools = Vec::with_capacity(model.pools.len());
    for ((p, pool), measured) in model.pools.iter().enumerate().zip(measured) {
        let mut options = vec![desk.option(p, "recommended", &plan[p], &seen, &seen)];
        options.push(desk.option(p, "no further orders", &[], &bare, &seen));
        if pool.orders.iter().any(|order| !order.committed) {
            options.push(desk.with_orders(p, "as declared", desk.declared_orders(pool), declared, &seen));
        }
        if !plan[p].is_empty() {
            options.push(desk.option(p, "one lot fewer", &fewer[p], &fewer_seen, &seen));
            options.push(desk.option(p, "30 days later", &later[p], &later_seen, &seen));
        }
        if plan[p].is_empty() {
            options.remove(0); // it is "no further orders"
        }
        let chosen = judge(&mut options);
        let fresh = risk_by_month(&fresh.pools[p], desk.months.len(), fresh.replications);
        pools.push(pool_plan(&desk, p, declared, options, chosen, fresh, measured)?);
    }
    let mut frontier = Vec::new();
    for factor in FRONTIER {
        let accepted = (desk.accepted() * factor).min(0.5);
        let tranches = desk.first_schedule(&bare, accepted);
        let there = desk.simulate(&tranches)?;
        let options: Vec<PlanOption> =
            tranches.iter().enumerate().map(|(p, tranches)| desk.option(p, "frontier", tranches, &there, &there)).collect();
        let worst = options.iter().map(PlanOption::worst).max_by(|a, b| a.value.total_cmp(&b.value)).unwrap_or_default();
        frontier.push((accepted, options.iter().map(|option| option.cost).sum(), worst));
    }
    let compared = outcomes.iter().zip(scenarios).map(|(seen, asked)| compare(seen, declared, &asked.supposes, desk.accepted()));
    Ok(Plan {
        accepted: desk.accepted(),
        late_arrival: model.objective.late_arrival,
        currency: model.currency.clone(),
        today: desk.today(),
        end: desk.end(),
        months: declared.months.clone(),
        pools,
        scenarios: compared.collect(),
        frontier,
        simulations: desk.simulated.get(),
        answers,
        roll_ups: Vec::new(),
    })
}

fn pool_plan(
    desk: &Desk<'_>,
    p: usize,
    declared: &Outcomes,
    options: Vec<PlanOption>,
    chosen: usize,
    fresh: Vec<Estimate>,
    adequacy: PoolAdequacy,
) -> Result<PoolPlan, Error> {
    let (pool, seen) = (&desk.model().pools[p], &declared.pools[p]);
    let last_whole = declared.months.len().saturating_sub(2);
    let guarded = pool.redundancy != crate::model::Redundancy::default();
    let crossing = if guarded { &seen.reserve_exhaustion } else { &seen.exhaustion };
    let lead = desk.model().catalog.get(&pool.buys).map(|unit| &unit.lead_time_days);
    let late = desk.model().objective.late_arrival;
    let by = lead.map_or(OrderBy::NotNeeded, |lead| order_by(crossing, declared.start, declared.days, lead, late));
    Ok(PoolPlan {
        pool: pool.name.clone(),
        unit: pool.buys.clone(),
        lines: lines(desk, pool)?,
        now: headroom(seen, &declared.months, 0),
        at_end: headroom(seen, &declared.months, last_whole),
        exhaustion: Exhaustion::of(&seen.exhaustion, declared.start),
        reserve_exhaustion: guarded.then(|| Exhaustion::of(&seen.reserve_exhaustion, declared.start)),
        order_by: by,
        adequacy,
        first_month: desk.first_month(pool),
        options,
        chosen,
        fresh,
    })
}

fn headroom(seen: &PoolOutcomes, months: &[Month], month: usize) -> Headroom {
    let column = |all: &[i32]| Spread::of(all.iter().skip(month).step_by(months.len().max(1)).copied().collect());
    let by_resource: Vec<(String, Spread)> =
        seen.resources.iter().zip(&seen.room_by_resource).map(|(resource, room)| (resource.clone(), column(room))).collect();
    let binding = by_resource.iter().min_by_key(|(_, room)| (room.p50, room.p10)).map(|(resource, _)| resource.clone());
    let least = by_resource.iter().map(|(_, room)| *room).min_by_key(|room| (room.p50, room.p10));
    Headroom {
        month: months[month],
        all_up: least.unwrap_or(Spread { p10: 0, p50: 0, p90: 0 }),
        reserve: column(&seen.reserve_room_units),
        binding: binding.unwrap_or_default(),
        by_resource,
    }
}

fn lines(desk: &Desk<'_>, pool: &Pool) -> Result<Vec<Line>, Error> {
    let model = desk.model();
    let each = pool.demands.iter().map(|demand| {
        let capacity = model.installed(pool, &demand.resource);
        let after = capacity.partition_point(|(day, _)| *day <= desk.base.as_of);
        let in_force = capacity.get(after.saturating_sub(1)).map_or(0.0, |(_, amount)| *amount);
        let line = safe_load_line(&demand.line)?;
        Ok(Line {
            resource: demand.resource.clone(),
            unit: model.resources.get(&demand.resource).cloned().unwrap_or_else(crate::units::Unit::ratio),
            ratio: line.value,
            interval: line.interval,
            method: line.method,
            capacity: in_force,
        })
    });
    each.collect()
}
