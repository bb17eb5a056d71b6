//! Question 12, put first: dates, money and risk for who decides and does not plan.

use serde::Serialize;

use super::answers::exhaustion::first_to_cross;
use super::answers::orders::{beyond_help, worst_of};
use super::tables::chosen;
use super::{Evidence, Table, format};
use crate::plan::{Exhaustion, PlannedOrder, PoolPlan};
use crate::slo::budget_minutes_per_month;
use crate::stats::{Estimate, TWO_SIDED_95};
use crate::time::Day;

/// Dates of a kind on the page; all are in the tables.
const DATES: usize = 4;

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// The page for who decides and does not plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Director {
    /// When, what to order, at which risk: three sentences without jargon.
    pub sentences: Vec<String>,
    /// What happens when, the earliest first.
    pub dates: Vec<Fact>,
    /// What it costs.
    pub money: Vec<Fact>,
    /// What may go wrong.
    pub risk: Vec<Fact>,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// One number in plain words beside the exact one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// In plain words: `about 1 in 5`, `14 Mar 2027`.
    pub plain: String,
    /// Exactly, with its interval and what that covers.
    pub exact: String,
    /// The pool it is about, where it is about one.
    pub pool: Option<String>,
    /// The table that holds it, by id.
    pub table: String,
    /// The row of that table, by id.
    pub row: Option<String>,
}

/// The page, from values; `tables` are those of the report.
pub(super) fn page(evidence: &Evidence<'_>, tables: &[Table]) -> Director {
    let mut page = Director {
        sentences: vec![when(evidence), order(evidence), risk(evidence)],
        dates: dates(evidence),
        money: money(evidence),
        risk: risks(evidence),
    };
    for fact in page.dates.iter_mut().chain(&mut page.money).chain(&mut page.risk) {
        let Some(wanted) = fact.row.take() else { continue };
        let table = tables.iter().find(|table| table.id == fact.table);
        fact.row = table.and_then(|table| table.row_ids().into_iter().find(|id| id.starts_with(&wanted)));
    }
    page
}

fn when(evidence: &Evidence<'_>) -> String {
    let end = evidence.plan.end;
    let Some((pool, found)) = first_to_cross(evidence) else {
        return format!("No service is likely to run out of safe capacity before {}.", format::day(end));
    };
    let middle = found.p50.map_or_else(String::new, format::day);
    let lost = if pool.reserve_exhaustion.is_some() { ", with what it must keep in reserve for a failure set aside" } else { "" };
    format!("{} is the first to run out of safe capacity, around {middle}{lost}.", pool.pool)
}

fn order(evidence: &Evidence<'_>) -> String {
    let plan = evidence.plan;
    let orders = orders(evidence);
    let Some((pool, first)) = orders.first() else {
        return format!("Nothing has to be bought before {}.", format::day(plan.end));
    };
    let units: u32 = orders.iter().map(|(_, order)| order.units).sum();
    let cost = format::money(plan.cost(), &plan.currency);
    let machines = format::counted(units as usize, "unit");
    let late = orders.iter().filter(|(_, order)| order.overdue).count();
    let late = match late {
        0 => String::new(),
        1 => " One order should have been placed already.".to_owned(),
        late => format!(" {late} orders should have been placed already."),
    };
    format!("Buy {machines} for {cost}; the first order, for {}, is due by {}.{late}", pool.pool, format::day(first.order_by))
}

fn risk(evidence: &Evidence<'_>) -> String {
    let Some((pool, month, before)) = as_declared(evidence) else { return "There is no service to plan for.".to_owned() };
    let plan = evidence.plan;
    let accepted = format!("{} is accepted", format::chance(plan.accepted));
    let said = |risk: Estimate| format!("{} ({})", format::chance(risk.value), format::percent(risk.value));
    let worst = format!("the chance that {pool} falls short in {} is {}", format::month(plan.months[month]), said(before));
    let helped = match with_orders(evidence) {
        None => format!("; none placed today can be relied on to help before {}", format::day(plan.end)),
        Some(_) if plan.cost().0 == 0.0 => ", the worst of all".to_owned(),
        Some((_, _, after)) => format!("; with them it is {} in the worst month that they can still help", said(after)),
    };
    format!("Without further orders {worst}{helped}; {accepted}.{}", beyond_help(plan))
}

pub(super) type Worst = Option<(String, usize, Estimate)>;

/// The worst month of all pools as declared.
pub(super) fn as_declared(evidence: &Evidence<'_>) -> Worst {
    let months = |pool: &PoolPlan| pool.adequacy.months.iter().map(|month| month.lolp.estimate).collect();
    let all: Vec<_> = evidence.plan.pools.iter().map(|pool| (pool.pool.clone(), months(pool))).collect();
    worst_of(&all).map(|(pool, month, risk)| (pool.to_owned(), month, risk))
}

/// The worst month of all that an order placed today can be relied on to help, with the recommended orders.
pub(super) fn with_orders(evidence: &Evidence<'_>) -> Worst {
    let plan = evidence.plan;
    let first = |pool: &PoolPlan| pool.first_month.min(plan.months.len());
    let all: Vec<_> = plan.pools.iter().map(|pool| (pool.pool.clone(), chosen(pool).risk[first(pool)..].to_vec())).collect();
    let (name, month, risk) = worst_of(&all)?;
    let skipped = plan.pools.iter().find(|pool| pool.pool == name).map_or(0, first);
    Some((name.to_owned(), month + skipped, risk))
}

fn orders<'a>(evidence: &'a Evidence<'_>) -> Vec<(&'a PoolPlan, &'a PlannedOrder)> {
    let each = evidence.plan.pools.iter().flat_map(|pool| chosen(pool).orders.iter().map(move |order| (pool, order)));
    let mut orders: Vec<_> = each.collect();
    orders.sort_by_key(|(_, order)| order.order_by);
    orders
}

fn dates(evidence: &Evidence<'_>) -> Vec<Fact> {
    let guarded = |pool: &PoolPlan| pool.reserve_exhaustion.clone().unwrap_or_else(|| pool.exhaustion.clone());
    let mut crossing: Vec<(Day, String, Exhaustion, bool)> = Vec::new();
    for pool in &evidence.plan.pools {
        let found = guarded(pool);
        crossing.extend(found.p50.map(|day| (day, pool.pool.clone(), found, pool.reserve_exhaustion.is_some())));
    }
    crossing.sort_by_key(|(day, ..)| *day);
    let mut dated: Vec<(Day, Fact)> = Vec::new();
    for (day, pool, found, lost) in crossing.into_iter().take(DATES) {
        let low = found.p10.map_or_else(|| "the first day".to_owned(), format::day);
        let high = found.p90.map_or_else(|| format!("after {}", format::day(evidence.plan.end)), format::day);
        let fact = Fact {
            label: format!("{pool} runs out of safe capacity"),
            plain: format::day(day),
            exact: format!("80 % of futures: {low} to {high}; never in {}", format::percent(found.never.value)),
            row: Some(format!(
                "exhaustion-{}-{}",
                super::links::slug(&pool),
                if lost { "redundancy-lost" } else { "everything-up" }
            )),
            pool: Some(pool),
            table: "exhaustion".to_owned(),
        };
        dated.push((day, fact));
    }
    for (pool, order) in orders(evidence).into_iter().take(DATES) {
        let fact = Fact {
            label: format!("last day to order {} for {}", format::units(order.units, &order.unit), pool.pool),
            plain: format::day(order.order_by),
            exact: format!(
                "needed {}; arrives {} to {} in 80 % of lead times",
                format::day(order.needed),
                format::day(order.arrival.0),
                format::day(order.arrival.2)
            ),
            pool: Some(pool.pool.clone()),
            table: "schedule".to_owned(),
            row: Some(format!("schedule-{}-{}", super::links::slug(&pool.pool), order.order_by.month())),
        };
        dated.push((order.order_by, fact));
    }
    dated.sort_by_key(|(day, _)| *day);
    dated.into_iter().map(|(_, fact)| fact).collect()
}

fn money(evidence: &Evidence<'_>) -> Vec<Fact> {
    let plan = evidence.plan;
    let amount = |value: f64| format::money(crate::units::Money(value), &plan.currency);
    let spread = plan.policies.spread;
    let orders: usize = plan.pools.iter().map(|pool| chosen(pool).orders.len()).sum();
    let mut facts = vec![Fact {
        label: format!("all recommended orders, until {}", format::day(plan.end)),
        plain: amount(plan.cost().0),
        exact: match orders {
            0 => "no order".to_owned(),
            1 => format!("1 order; 80 % of futures: {} to {}", amount(spread.p10), amount(spread.p90)),
            orders => format!("{orders} orders; 80 % of futures: {} to {}", amount(spread.p10), amount(spread.p90)),
        },
        pool: None,
        table: if orders == 0 { "frontier" } else { "cost" }.to_owned(),
        row: (orders > 0).then(|| "cost-recommended".to_owned()),
    }];
    let Some(at) = plan.frontier.iter().position(|point| point.recommended) else { return facts };
    let row = |at: usize| Some(format!("frontier-{}", at + 1));
    let here = &plan.frontier[at];
    let beside = [at.checked_sub(1).map(|at| (at, "cheaper, at more risk")), Some((at + 1, "dearer, at less risk"))];
    for (at, which) in beside.into_iter().flatten() {
        let Some(point) = plan.frontier.get(at) else { continue };
        facts.push(Fact {
            label: format!("the next plan that is {which}"),
            plain: amount(point.cost.0),
            exact: format!("worst month {} in place of {}", interval(point.worst), format::percent(here.worst.value)),
            pool: None,
            table: "frontier".to_owned(),
            row: row(at),
        });
    }
    facts
}

fn risks(evidence: &Evidence<'_>) -> Vec<Fact> {
    let plan = evidence.plan;
    let fact = |label: String, (pool, month, risk): (String, usize, Estimate)| Fact {
        label: format!("{label}: {pool} falls short in {}", format::month(plan.months[month])),
        plain: format::chance(risk.value),
        exact: interval(risk),
        row: Some(format!("risk-by-month-{}-{}", super::links::slug(&pool), plan.months[month])),
        pool: Some(pool),
        table: "risk-by-month".to_owned(),
    };
    let mut facts: Vec<Fact> = Vec::new();
    facts.extend(as_declared(evidence).map(|worst| fact("without further orders".to_owned(), worst)));
    if plan.cost().0 > 0.0 {
        facts.extend(with_orders(evidence).map(|worst| fact("with the recommended orders".to_owned(), worst)));
    }
    let allowed = evidence.scenarios.first().and_then(|base| base.model.objective.availability);
    facts.extend(allowed.and_then(|availability| minutes(evidence, availability)));
    facts
}

/// Expected minutes over the line in the worst month, against what the objective allows.
fn minutes(evidence: &Evidence<'_>, availability: f64) -> Option<Fact> {
    let months = |pool: &PoolPlan| pool.adequacy.months.iter().map(|month| month.lole_hours.estimate).collect();
    let all: Vec<_> = evidence.plan.pools.iter().map(|pool| (pool.pool.clone(), months(pool))).collect();
    let (pool, month, hours) = worst_of(&all)?;
    let month = evidence.plan.months[month];
    let (value, half) = (hours.value * 60.0, hours.standard_error * 60.0 * TWO_SIDED_95);
    let (low, high) = (format::minutes((value - half).max(0.0)), format::minutes(value + half));
    Some(Fact {
        label: format!("error budget of {pool} used in {}, without further orders", format::month(month)),
        plain: format!("{} of {} minutes", format::minutes(value), format::number(budget_minutes_per_month(availability))),
        exact: format!("95 % confidence: {low} to {high} minutes; {} of availability is promised", format::percent(availability)),
        row: Some(format!("risk-by-month-{}-{month}", super::links::slug(pool))),
        pool: Some(pool.to_owned()),
        table: "risk-by-month".to_owned(),
    })
}

fn interval(risk: Estimate) -> String {
    let half = TWO_SIDED_95 * risk.standard_error;
    let (low, high) = ((risk.value - half).max(0.0), (risk.value + half).min(1.0));
    format!("{} (95 % confidence: {} to {})", format::percent(risk.value), format::percent(low), format::percent(high))
}
