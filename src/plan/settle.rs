//! Which unit to buy where a pool may have one of several: every one is planned with, and the cheapest that keeps the rule is taken.

use std::cell::RefCell;
use std::sync::Arc;

use super::market::Market;
use super::policy_cost::Prices;
use super::search::Desk;
use super::terms::ROUNDING;
use super::{Error, Plan, PlanOption, Tranche, Why};
use crate::model::Model;
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::simulate::Outcomes;
use crate::stats::{Estimate, estimate};
use crate::stream::Stream;
use crate::time::Month;
use crate::units::Money;

/// Scenarios in which each pool buys one unit, and what was left for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The scenarios, as they came but for [`Pool::buys`](crate::model::Pool::buys).
    pub scenarios: Vec<Scenario>,
    /// What buying another unit would have been, by the pool's name.
    pub others: Vec<(String, PlanOption)>,
}

/// One unit a pool, by position in its list; and for each pool the option that its orders are.
struct Tried {
    units: Vec<usize>,
    options: Vec<PlanOption>,
    /// A limit or budget that all orders together break.
    breaks: Option<String>,
}

impl Tried {
    /// Smaller is better: no limit broken, pools that keep the rule, cost.
    fn order(&self, pools: &[usize]) -> (bool, usize, f64) {
        let options = || pools.iter().map(|p| &self.options[*p]);
        (self.breaks.is_some(), options().filter(|option| !option.meets).count(), options().map(PlanOption::expected_cost).sum())
    }

    fn beats(&self, other: &Self, pools: &[usize]) -> bool {
        let (mine, its) = (self.order(pools), other.order(pools));
        // of two that keep no rule, the less risky; of equal cost, the first
        let worst = |tried: &Self| pools.iter().map(|p| tried.options[*p].worst_measure().value).fold(0.0, f64::max);
        if (mine.0, mine.1) != (its.0, its.1) {
            return (mine.0, mine.1) < (its.0, its.1);
        }
        if mine.1 > 0 && worst(self) < worst(other) - ROUNDING {
            return true;
        }
        (mine.1 == 0 || worst(self) <= worst(other) + ROUNDING) && mine.2 < its.2 - 1e-9 * its.2.abs()
    }
}

/// Settles on one unit for each pool that may buy one of several: the orders of each are searched for and simulated on the same
/// futures, and judged by the same months, those that an order of the unit that comes first can still help. Of those that keep the rule the
/// cheapest is taken, of equal cost the first in the list; where none does, the least risky.
///
/// Pools that share limits, budgets or crews are settled one after the other, in the order of their names, each against what those
/// before it took and the first unit of those after it.
///
/// # Errors
/// Whatever stops a simulation; [`Error::NoScenario`] without any.
pub fn settle(scenarios: &[Scenario], demand: &SamplePaths, world: Stream, observer: &dyn Observer) -> Result<Settled, Error> {
    let base = scenarios.first().ok_or(Error::NoScenario)?;
    let model = &base.model;
    let open: Vec<usize> = (0..model.pools.len()).filter(|p| !model.pools[*p].or_buys.is_empty()).collect();
    let mut settled = Settled { scenarios: scenarios.to_vec(), others: Vec::new() };
    if open.is_empty() {
        return Ok(settled);
    }
    let shop = Shop { base, demand, world, observer };
    let first = shop.first_months(&open);
    let mut taken = shop.tried(vec![0; model.pools.len()], &first)?;
    let mut others: Vec<(usize, PlanOption)> = Vec::new();
    let alone = !shop.pools_share(&open);
    let most = open.iter().map(|p| model.pools[*p].or_buys.len()).max().unwrap_or(0);
    // pools that do not touch each other are tried all at once
    let rounds: Vec<Vec<usize>> = if alone { vec![open.clone()] } else { open.iter().map(|p| vec![*p]).collect() };
    for pools in &rounds {
        for at in 1..=most {
            let changed: Vec<usize> = pools.iter().copied().filter(|p| at <= model.pools[*p].or_buys.len()).collect();
            if changed.is_empty() {
                continue;
            }
            let mut units = taken.units.clone();
            for p in &changed {
                units[*p] = at;
            }
            let tried = shop.tried(units, &first)?;
            let all: Vec<usize> = if alone { Vec::new() } else { (0..model.pools.len()).collect() };
            for p in changed {
                let judged = if alone { vec![p] } else { all.clone() };
                let wins = tried.beats(&taken, &judged);
                let (mut lost, was) =
                    if wins { (taken.options[p].clone(), taken.units[p]) } else { (tried.options[p].clone(), at) };
                lost.name = format!("all {}", unit_of(model, p, was));
                if !wins && !alone {
                    lost.breaks = tried.breaks.clone().filter(|_| taken.breaks.is_none());
                    lost.meets &= lost.breaks.is_none();
                }
                others.push((p, lost));
                if wins && alone {
                    taken.units[p] = at;
                    taken.options[p] = tried.options[p].clone();
                } else if wins {
                    taken = Tried { units: tried.units.clone(), options: tried.options.clone(), breaks: tried.breaks.clone() };
                }
            }
        }
    }
    for scenario in &mut settled.scenarios {
        scenario.model = Arc::new(with_units(&scenario.model, &taken.units));
    }
    others.sort_by_key(|(p, _)| *p);
    settled.others = others.into_iter().map(|(p, option)| (model.pools[p].name.clone(), option)).collect();
    Ok(settled)
}

fn unit_of(model: &Model, p: usize, at: usize) -> &str {
    let pool = &model.pools[p];
    at.checked_sub(1).map_or(&pool.buys, |at| &pool.or_buys[at])
}

/// The model in which each pool buys the unit at this position of its list alone.
fn with_units(model: &Model, units: &[usize]) -> Model {
    let mut with = model.clone();
    for (p, at) in units.iter().enumerate() {
        unit_of(model, p, *at).clone_into(&mut with.pools[p].buys);
        with.pools[p].or_buys = Vec::new();
    }
    with
}

struct Shop<'a> {
    base: &'a Scenario,
    demand: &'a SamplePaths,
    world: Stream,
    observer: &'a dyn Observer,
}

impl Shop<'_> {
    /// Whether what one pool buys may change what another does.
    fn pools_share(&self, open: &[usize]) -> bool {
        let model = &self.base.model;
        let limited = model.catalog.values().any(|unit| unit.limit.is_some());
        let bound = limited || !model.bounds.limits.is_empty() || !model.bounds.budgets.is_empty();
        model.pools_meet() || (bound && (open.len() > 1 || model.pools.len() > 1))
    }

    /// By pool, the first month that an order of any of its units surely helps.
    fn first_months(&self, open: &[usize]) -> Vec<usize> {
        let most = open.iter().map(|p| self.base.model.pools[*p].or_buys.len()).max().unwrap_or(0);
        let mut first = vec![usize::MAX; self.base.model.pools.len()];
        let months = self.months();
        for at in 0..=most {
            let units: Vec<usize> = self.base.model.pools.iter().map(|pool| at.min(pool.or_buys.len())).collect();
            let scenario = Scenario { model: Arc::new(with_units(&self.base.model, &units)), ..self.base.clone() };
            let desk = self.desk(&scenario, &months);
            for (first, pool) in first.iter_mut().zip(&scenario.model.pools) {
                *first = (*first).min(desk.first_month(pool));
            }
        }
        first
    }

    /// The months that are planned for.
    fn months(&self) -> Vec<Month> {
        let as_of = self.base.as_of;
        Month::spanning(as_of.plus(1), as_of.plus(self.base.horizon_days as i32))
    }

    fn desk<'d>(&'d self, scenario: &'d Scenario, months: &'d [Month]) -> Desk<'d> {
        let (seen, simulated) = (RefCell::default(), RefCell::default());
        let whole = &scenario.model;
        Desk { base: scenario, whole, demand: self.demand, world: self.world, observer: self.observer, months, seen, simulated }
    }

    /// The cheapest orders of these units, and how they keep the rule from the first months on.
    fn tried(&self, units: Vec<usize>, first: &[usize]) -> Result<Tried, Error> {
        let scenario = Scenario { model: Arc::new(with_units(&self.base.model, &units)), ..self.base.clone() };
        let nothing: Vec<Vec<Tranche>> = vec![Vec::new(); units.len()];
        let months = self.months();
        let desk = self.desk(&scenario, &months);
        let bare: Outcomes = desk.simulate(&nothing)?;
        let (plan, seen) = desk.search(&bare)?;
        let breaks = Market::of(&desk, |_| true, true).broken(&plan);
        let option = |p: usize| {
            let mut option = desk.option(p, "", &plan[p], &seen, &bare);
            let from = first[p].min(option.measure.len());
            let of = |m: usize| option.measure[m].value;
            option.worst_month = (from..option.measure.len())
                .max_by(|a, b| of(*a).total_cmp(&of(*b)).then(b.cmp(a)))
                .unwrap_or(option.worst_month);
            option.meets = (from..option.measure.len()).all(|m| of(m) <= desk.rule().at_most() + ROUNDING);
            option
        };
        let options = (0..units.len()).map(option).collect();
        Ok(Tried { units, options, breaks })
    }
}

impl Plan {
    /// Adds to the options of pools what buying another unit would have been, as [`settle`] left it, and says why it was left.
    ///
    /// # Errors
    /// An order without a price; a law of a price or lead time that cannot be drawn from.
    pub fn beside(&mut self, others: Vec<(String, PlanOption)>, base: &Scenario, world: Stream) -> Result<(), Error> {
        let prices = Prices::of(base, world)?;
        for (name, mut option) in others {
            let pool = base.model.pools.iter().find(|pool| pool.name == name);
            let (Some(pool), Some(plan)) = (pool, self.pools.iter_mut().find(|plan| plan.pool == name)) else { continue };
            let taken = &plan.options[plan.chosen];
            // nothing is missing: every unit is as good
            if taken.orders.is_empty() && option.orders.is_empty() {
                continue;
            }
            let more = option.expected_cost() - taken.expected_cost();
            option.why = if let Some(limit) = option.breaks.clone() {
                Why::Breaks(limit, Money(more))
            } else if !option.meets {
                Why::TooRisky(option.worst_month)
            } else if more > 0.0 {
                let here = prices.costs_of(pool, &option.orders, base.replications)?;
                let there = prices.costs_of(pool, &taken.orders, base.replications)?;
                let apart = estimate(here.iter().zip(&there).map(|(here, there)| here - there));
                Why::Dearer(Estimate { value: more, standard_error: apart.standard_error })
            } else {
                Why::Tie
            };
            plan.options.push(option);
        }
        Ok(())
    }
}
