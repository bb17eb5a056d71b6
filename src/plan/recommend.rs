use std::cell::RefCell;

use serde::Serialize;

use super::frontier::{Tried, frontier};
use super::ledger::{Found, Ledger};
use super::market::Market;
use super::matters::{Matter, matters};
use super::policy::policies;
use super::policy_cost::Prices;
use super::regret::{self, Named};
use super::scenarios::{compare, risk_by_month};
use super::search::{Desk, judge};
use super::worth::{Worth, worths};
use super::{
    Amounts, Error, Exhaustion, FrontierPoint, Headroom, Line, OrderBy, PlanOption, Policies, Reforecast, Regret, RollUp,
    ScenarioResult, Solving, Spread, Tranche, order_by,
};
use crate::model::{Level, Pool, RiskRule};
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::scenario::{Freezes, Scenario};
use crate::simulate::{Answered, Outcomes, PoolAdequacy, PoolOutcomes, adequacy, answer, safe_load_line};
use crate::stats::{Estimate, ONE_SIDED_95};
use crate::stream::Stream;
use crate::time::{Day, Month};
use crate::units::Money;

/// Days by which the option "later" orders later.
const LATER: i32 = 30;
/// Plans that stand before those of the frontier's rules: the recommended one and none.
pub(super) const FIXED_PLANS: usize = 2;
/// The option to buy nothing.
const NONE: &str = "no further orders";
/// The option of the orders of the model file.
const DECLARED: &str = "as declared";

/// What to do, and what was considered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The risk accepted: P(any shortfall in a month); `None` where the rule is another.
    pub accepted: Option<f64>,
    /// The rule.
    pub rule: RiskRule,
    /// How good the schedule is that the simulation confirmed or repaired.
    pub solving: Solving,
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
    /// Cost against risk over all pools, from the loosest rule on.
    pub frontier: Vec<FrontierPoint>,
    /// Simulations of a pool that the search made, at most.
    pub simulations: u32,
    /// Rare events that the model asks for.
    pub answers: Vec<Answered>,
    /// These and other plans in the futures of every scenario.
    pub regret: Regret,
    /// The recommended orders against policies that review them.
    pub policies: Policies,
    /// What each outcome depends on, by scenario and pool.
    pub matters: Vec<Matter>,
    /// What knowing more would be worth, by pool; empty without a price of shortfalls.
    pub worth: Vec<Worth>,
    /// Room and exhaustion of services, zones and regions; empty until [`super::roll_ups`] fills it.
    pub roll_ups: Vec<RollUp>,
    /// When nothing may be changed.
    #[serde(skip)]
    pub freezes: Freezes,
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
    /// P(the month's peak is carried) when the worst host, rack or zone is lost, by month; orders as declared.
    pub survival: Vec<(Level, Vec<Estimate>)>,
    /// Minutes short from the first day to the end of each month; orders as declared.
    pub minutes_short: Vec<Amounts>,
    /// The first month that an order placed today surely helps; the rule is judged from it on.
    pub first_month: usize,
    /// What was simulated.
    pub options: Vec<PlanOption>,
    /// Position of the chosen one.
    pub chosen: usize,
    /// The chosen one under failures that the search did not see: P(any shortfall in the month).
    pub fresh: Vec<Estimate>,
    /// What the rule bounds by month in futures that a schedule did not see: each half of them judges that of the other.
    pub held_out: Vec<Estimate>,
}

impl PoolPlan {
    /// Position of the orders of the model file, or of no order where it has none.
    fn as_declared(&self) -> Option<usize> {
        let named = |name| self.options.iter().position(|option| option.name == name);
        named(DECLARED).or_else(|| named(NONE))
    }
}

impl Plan {
    /// Whether the plan as the model file declares it keeps the rule: `None` when an interval spans what is accepted. Under a price of
    /// units missing it does where nothing else costs less.
    #[must_use]
    pub fn as_declared_within_rule(&self) -> Option<bool> {
        if let RiskRule::LeastCost(_) = self.rule {
            return Some(self.pools.iter().all(|pool| pool.as_declared().is_none_or(|at| at == pool.chosen)));
        }
        let most = self.rule.at_most();
        let measured = |pool: &PoolPlan| match self.accepted {
            Some(_) => pool.adequacy.months.iter().map(|month| month.lolp.estimate).collect(),
            None => pool.as_declared().map_or_else(Vec::new, |at| pool.options[at].measure.clone()),
        };
        let months: Vec<Estimate> = self.pools.iter().flat_map(measured).collect();
        if months.iter().any(|risk| risk.value - ONE_SIDED_95 * risk.standard_error > most) {
            return Some(false);
        }
        months.iter().all(|risk| risk.value + ONE_SIDED_95 * risk.standard_error <= most).then_some(true)
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
    recommend_with(scenarios, demand, outcomes, world, None, observer)
}

/// The same, with a forecaster that policies in closed loop may ask again.
///
/// # Errors
/// As [`recommend`].
pub fn recommend_with(
    scenarios: &[Scenario],
    demand: &SamplePaths,
    outcomes: &[Outcomes],
    world: Stream,
    forecaster: Option<&dyn Reforecast>,
    observer: &dyn Observer,
) -> Result<Plan, Error> {
    let mut ledger = Ledger::new(scenarios, world);
    ledger.add(scenarios, demand, outcomes, forecaster, observer)?;
    ledger.plan()
}

/// What is found of the pools of `scenarios`, which are some of those of `whole`, or all.
#[expect(clippy::too_many_lines, reason = "one step after the other: each needs what those before it found")]
pub(super) fn find(
    whole: &Scenario,
    scenarios: &[Scenario],
    demand: &SamplePaths,
    outcomes: &[Outcomes],
    world: Stream,
    forecaster: Option<&dyn Reforecast>,
    observer: &dyn Observer,
) -> Result<Found, Error> {
    let (Some(base), Some(declared)) = (scenarios.first(), outcomes.first()) else { return Err(Error::NoScenario) };
    let (months, whole) = (&declared.months, &whole.model);
    let (seen, simulated) = (RefCell::default(), RefCell::default());
    let desk = Desk { base, whole, demand, world, observer, months, seen, simulated };
    let model = desk.model();
    let nothing: Vec<Vec<Tranche>> = vec![Vec::new(); model.pools.len()];
    let has_planned = |pool: &Pool| pool.orders.iter().any(|order| !order.committed);
    // a pool without orders of the model file has been seen without any
    let known = declared.pools.iter().enumerate().filter(|(p, _)| !has_planned(&model.pools[*p]));
    desk.seen.borrow_mut().extend(known.map(|(p, pool)| (p, Vec::new(), pool.clone())));
    let bare = desk.simulate(&nothing)?;
    let (plan, seen) = desk.search(&bare)?;
    let later: Vec<Vec<Tranche>> = plan.iter().map(|tranches| tranches.iter().map(|one| one.later(LATER)).collect()).collect();
    let fewer: Vec<Vec<Tranche>> = model.pools.iter().zip(&plan).map(|(pool, t)| desk.one_lot_fewer(pool, t)).collect();
    let later_seen = desk.simulate(&later)?;
    let fewer_seen = desk.simulate(&fewer)?;
    let every: Vec<usize> = (0..model.pools.len()).collect();
    let (others, others_seen) = desk.alternatives(&bare, &seen)?;
    let prices = Prices::of(base, world)?;
    let (solving, held_out) = desk.solving(&bare);
    let (mut held, market) = (plan.clone(), Market::of(&desk, |_| true, true));
    let fresh = desk.simulate_pools(&every, &plan, world.named("fresh"))?;
    let measured = adequacy(base, demand, declared, world)?;
    let answers = answer(base, demand, desk.today(), world)?;
    let mut pools = Vec::with_capacity(model.pools.len());
    let mut seen_by_option = Vec::with_capacity(model.pools.len());
    for (p, measured) in measured.into_iter().enumerate() {
        let (mut options, mut seen_of): (Vec<PlanOption>, Vec<&PoolOutcomes>) =
            usual(&desk, p, (&plan[p], &seen), &bare, declared).into_iter().unzip();
        let mut tried = Vec::new();
        if !plan[p].is_empty() {
            tried.push((desk.option(p, "one lot fewer", &fewer[p], &fewer_seen, &seen), fewer[p].clone()));
            tried.push((desk.option(p, "30 days later", &later[p], &later_seen, &seen), later[p].clone()));
            seen_of.extend([&*fewer_seen.pools[p], &*later_seen.pools[p]]);
        }
        let first = options.len();
        seen_of.extend(others[p].iter().map(|other| &*others_seen[other.seen].pools[p]));
        tried.extend(others[p].iter().map(|other| (other.option.clone(), other.orders.clone())));
        for (mut option, orders) in tried.iter().cloned() {
            let before = std::mem::replace(&mut held[p], orders);
            option.breaks = option.breaks.or_else(|| market.broken(&held));
            option.meets &= option.breaks.is_none();
            held[p] = before;
            options.push(option);
        }
        let chosen = judge(&mut options);
        desk.pair(p, &mut options, chosen, &prices, &seen_of)?;
        seen_by_option.push(seen_of);
        // what the next pools may draw on limits depends on what this one takes
        if let Some((_, orders)) = chosen.checked_sub(first).and_then(|at| tried.get(at)) {
            held[p].clone_from(orders);
        }
        let fresh = risk_by_month(&fresh.pools[p], desk.months.len(), fresh.replications);
        pools.push(PoolPlan {
            fresh,
            held_out: held_out[p].clone(),
            survival: declared.survival(p),
            minutes_short: minutes_short(&declared.pools[p], desk.months.len(), declared.replications),
            ..pool_plan(&desk, p, declared, options, chosen, measured)?
        });
    }
    let worth = worths(&desk, &pools, &seen_by_option)?;
    let tried = [(&plan, &seen), (&nothing, &bare), (&fewer, &fewer_seen), (&later, &later_seen)];
    let tried: Vec<Tried<'_>> = tried.into_iter().map(|(plan, seen)| Tried { plan, seen }).collect();
    let chosen: Vec<Money> = pools.iter().map(|pool| pool.options[pool.chosen].cost).collect();
    let (rules, on_it) = frontier(&desk, &bare, &tried, &chosen)?.into_iter().map(Option::unzip).unzip();
    let taken = taken(&pools, held);
    let policies = policies(&desk, &bare, &taken, forecaster)?;
    let named = [("recommended", taken.clone()), (NONE, nothing.clone())];
    let named =
        named.into_iter().map(|(name, plan)| Some(Named { name: name.to_owned(), plan })).chain::<Vec<_>>(on_it).collect();
    let regret = regret::met(&desk, scenarios, named, whole.pools.iter().any(has_planned).then_some(outcomes))?;
    let compared = outcomes.iter().zip(scenarios).map(|(seen, asked)| compare(&desk, asked, seen, declared)).collect();
    let matters = matters(scenarios, demand, outcomes, whole, world, observer)?;
    let simulations = desk.simulated.borrow().iter().copied().max().unwrap_or(0);
    Ok(Found {
        months: declared.months.clone(),
        pools,
        taken,
        scenarios: compared,
        solving,
        rules,
        simulations,
        answers,
        regret,
        policies,
        matters,
        worth,
    })
}

/// Minutes short from the first day to the end of each month: over futures, with what was seen.
fn minutes_short(seen: &PoolOutcomes, months: usize, futures: u32) -> Vec<Amounts> {
    let mut used = vec![0.0_f64; futures as usize];
    let month = |m: usize| {
        let hours = seen.hours_short.iter().skip(m).step_by(months);
        used.iter_mut().zip(hours).for_each(|(minutes, hours)| *minutes += f64::from(*hours) * 60.0);
        Amounts::of(used.clone())
    };
    (0..months).map(month).collect()
}

/// The options that each pool has: the orders found (where there are any), none, those of the model file; and what was seen with each.
fn usual<'s>(
    desk: &Desk<'_>,
    p: usize,
    (found, seen): (&[Tranche], &'s Outcomes),
    bare: &'s Outcomes,
    declared: &'s Outcomes,
) -> Vec<(PlanOption, &'s PoolOutcomes)> {
    let pool = &desk.model().pools[p];
    let mut options = Vec::new();
    if !found.is_empty() {
        options.push((desk.option(p, "recommended", found, seen, seen), &*seen.pools[p]));
    }
    options.push((desk.option(p, NONE, &[], bare, seen), &*bare.pools[p]));
    if pool.orders.iter().any(|order| !order.committed) {
        options.push((desk.with_orders(p, DECLARED, desk.declared_orders(pool), declared, seen), &*declared.pools[p]));
    }
    options
}

/// The orders of each pool's chosen option; `held` are those of the last plan but for pools that are better off with none.
fn taken(pools: &[PoolPlan], held: Vec<Vec<Tranche>>) -> Vec<Vec<Tranche>> {
    let none = |pool: &PoolPlan| pool.options[pool.chosen].name == NONE;
    pools.iter().zip(held).map(|(pool, held)| if none(pool) { Vec::new() } else { held }).collect()
}

fn pool_plan(
    desk: &Desk<'_>,
    p: usize,
    declared: &Outcomes,
    options: Vec<PlanOption>,
    chosen: usize,
    adequacy: PoolAdequacy,
) -> Result<PoolPlan, Error> {
    let (pool, seen) = (&desk.model().pools[p], &declared.pools[p]);
    let last_whole = declared.months.len().saturating_sub(2);
    let guarded = pool.redundancy != crate::model::Redundancy::default();
    let crossing = if guarded { &seen.reserve_exhaustion } else { &seen.exhaustion };
    let lead = desk.model().catalog.get(&pool.buys).map(|unit| &unit.lead_time_days);
    let late = desk.model().objective.late_arrival;
    let by = lead.map_or(OrderBy::NotNeeded, |lead| {
        order_by(&desk.freezes().crossings(crossing, declared.start), declared.start, declared.days, lead, late)
    });
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
        fresh: Vec::new(),
        held_out: Vec::new(),
        survival: Vec::new(),
        minutes_short: Vec::new(),
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
