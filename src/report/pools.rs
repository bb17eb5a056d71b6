//! A line a pool: what an index of many pools shows.

use serde::Serialize;

use super::answers::exhaustion::guarded;
use super::tables::chosen;
use super::{Evidence, Section, Weight, format};
use crate::plan::PoolPlan;
use crate::time::{Day, Month};

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// The state of one pool in a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PoolLine {
    /// The pool.
    pub pool: String,
    /// The worst of what is found about it.
    pub state: Weight,
    /// The decision in a sentence.
    pub decision: String,
    /// The median day from which demand stays above the safe-load line, the declared redundancy lost; `None`: not within the horizon.
    pub crosses: Option<Day>,
    /// One of ten futures has crossed by then.
    pub crosses_p10: Option<Day>,
    /// Nine of ten futures have crossed by then.
    pub crosses_p90: Option<Day>,
    /// P(never within the horizon).
    pub never: f64,
    /// The day of the first recommended order.
    pub order_by: Option<Day>,
    /// That day is past.
    pub overdue: bool,
    /// Recommended orders.
    pub orders: u32,
    /// Units in all of them.
    pub units: u32,
    /// The unit type that is bought.
    pub unit: String,
    /// What they cost within the horizon.
    pub cost: f64,
    /// P(any shortfall) in the worst month, orders as declared.
    pub risk: f64,
    /// Its Monte Carlo standard error.
    pub risk_se: f64,
    /// That month.
    pub risk_month: Option<Month>,
    /// P(any shortfall) in the worst month that the recommended orders can still help.
    pub risk_with_orders: f64,
    /// Its Monte Carlo standard error.
    pub risk_with_orders_se: f64,
}

/// A line for every pool.
pub(super) fn lines(evidence: &Evidence<'_>, sections: &[Section]) -> Vec<PoolLine> {
    evidence.plan.pools.iter().map(|pool| line(evidence, sections, pool)).collect()
}

fn line(evidence: &Evidence<'_>, sections: &[Section], pool: &PoolPlan) -> PoolLine {
    let about = sections.iter().flat_map(|section| &section.findings).filter(|one| one.pool.as_ref() == Some(&pool.pool));
    let crossing = guarded(pool);
    let option = chosen(pool);
    let first = option.orders.iter().min_by_key(|order| order.order_by);
    let units: u32 = option.orders.iter().map(|order| order.units).sum();
    let months = || pool.adequacy.months.iter().map(|month| month.lolp.estimate).enumerate();
    // the first of the worst: `max_by` would take the last
    let worst = months().rev().max_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let (risk_month, risk) =
        worst.map_or((None, crate::stats::Estimate::default()), |(m, risk)| (evidence.plan.months.get(m).copied(), risk));
    let with_orders = option.worst();
    PoolLine {
        pool: pool.pool.clone(),
        state: about.map(|one| one.weight).max().unwrap_or(Weight::Good),
        decision: decision(evidence, pool, units),
        crosses: crossing.p50,
        crosses_p10: crossing.p10,
        crosses_p90: crossing.p90,
        never: crossing.never.value,
        order_by: first.map(|order| order.order_by),
        overdue: option.orders.iter().any(|order| order.overdue),
        orders: option.orders.len() as u32,
        units,
        unit: pool.unit.clone(),
        cost: option.cost.0,
        risk: risk.value,
        risk_se: risk.standard_error,
        risk_month,
        risk_with_orders: with_orders.value,
        risk_with_orders_se: with_orders.standard_error,
    }
}

fn decision(evidence: &Evidence<'_>, pool: &PoolPlan, units: u32) -> String {
    let option = chosen(pool);
    let Some(first) = option.orders.iter().min_by_key(|order| order.order_by) else {
        return "Order nothing.".to_owned();
    };
    let cost = format::money(option.cost, &evidence.plan.currency);
    let by = format::day(first.order_by);
    let late = if first.overdue { ", which is past" } else { "" };
    let what = format::units(units, &first.unit);
    if option.orders.len() == 1 {
        return format!("Order {what} by {by}{late}, {cost}.");
    }
    format!("Order {what} in {} orders, the first by {by}{late}, {cost}.", option.orders.len())
}
