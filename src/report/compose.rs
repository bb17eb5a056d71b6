//! The findings: sentences with their numbers, intervals and evidence, in the order of the planner's twelve questions.

use super::answers::exhaustion::{already, crossing_words, first_to_cross};
use super::answers::orders::{beyond_help, missed, why_short};
use super::answers::rule::{self, kept};
use super::tables::{self, chosen};
use super::{Finding, Provenance, Report, SCHEMA, Section, Weight, answers, charts, director, format, links, pools};
use crate::paths::Forecast;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::series::Panel;
use crate::stats::Estimate;

/// What a report is made of.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The questions, `base` first.
    pub scenarios: &'a [Scenario],
    /// The past, with what was wrong with it.
    pub panel: &'a Panel,
    /// The forecasts by pool and resource.
    pub forecasts: &'a [Forecast],
    /// The decision.
    pub plan: &'a Plan,
    /// How to get the same numbers again.
    pub provenance: Provenance,
}

/// Says everything about a run.
#[must_use]
pub fn compose(evidence: &Evidence<'_>) -> Report {
    let mut sections = vec![
        answers::data::answer(evidence),
        answers::now::answer(evidence),
        answers::demand::answer(evidence),
        answers::exhaustion::answer(evidence),
        answers::survival::answer(evidence),
        answers::orders::answer(evidence),
        answers::cost::answer(evidence),
        answers::what_if::answer(evidence),
        answers::why::answer(evidence),
        answers::provenance::answer(evidence),
    ];
    let after = sections.iter().position(|section| section.number > 10).unwrap_or(sections.len());
    sections.splice(after..after, answers::matters::answer(evidence));
    let base = evidence.scenarios.first();
    let (tables, charts) = (tables::all(evidence), charts::all(evidence));
    // sections name every chart that may be theirs: without orders, an objective or hourly history some are not drawn
    for section in &mut sections {
        section.charts.retain(|id| charts.iter().any(|chart| chart.id == *id));
    }
    links::link(&mut sections, &tables);
    Report {
        schema: SCHEMA.to_owned(),
        model: base.map_or_else(String::new, |scenario| scenario.model.name.clone()),
        question: base.map_or_else(String::new, |scenario| scenario.model.question.clone()),
        as_of: evidence.plan.today.plus(-1),
        horizon_days: base.map_or(0, |scenario| scenario.horizon_days),
        within_rule: evidence.plan.as_declared_within_rule(),
        summary: summary(evidence),
        director: director::page(evidence, &tables),
        pools: pools::lines(evidence, &sections),
        sections,
        tables,
        charts,
        provenance: evidence.provenance.clone(),
        gates: None,
    }
}

pub(super) fn finding(sentence: String, weight: Weight, method: &str, evidence: &str) -> Finding {
    Finding {
        sentence,
        pool: None,
        weight,
        value: None,
        low: None,
        high: None,
        interval: None,
        method: method.to_owned(),
        evidence: Some(evidence.to_owned()),
        row: None,
    }
}

impl Finding {
    pub(super) fn of(self, pool: &str) -> Self {
        Self { pool: Some(pool.to_owned()), ..self }
    }

    pub(super) fn number(self, value: f64, low: f64, high: f64, interval: &str) -> Self {
        Self { value: Some(value), low: Some(low), high: Some(high), interval: Some(interval.to_owned()), ..self }
    }

    pub(super) fn estimate(self, estimate: Estimate) -> Self {
        let half = crate::stats::TWO_SIDED_95 * estimate.standard_error;
        self.number(estimate.value, estimate.value - half, estimate.value + half, "95 % confidence, Monte Carlo")
    }
}

pub(super) fn section(number: u8, id: &str, question: &str, findings: Vec<Finding>) -> Section {
    Section {
        number,
        id: id.to_owned(),
        question: question.to_owned(),
        findings,
        tables: Vec::new(),
        charts: Vec::new(),
        caveats: Vec::new(),
    }
}

impl Section {
    pub(super) fn show(mut self, charts: &[&str], tables: &[&str]) -> Self {
        self.charts = charts.iter().map(|id| (*id).to_owned()).collect();
        self.tables = tables.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    pub(super) fn beware(mut self, caveats: &[&str]) -> Self {
        self.caveats.extend(caveats.iter().map(|caveat| (*caveat).to_owned()));
        self
    }
}

/// The three sentences that matter: when, what to order, at which risk.
fn summary(evidence: &Evidence<'_>) -> Vec<String> {
    let plan = evidence.plan;
    let end = format::day(plan.end);
    let when = first_to_cross(evidence).and_then(|(pool, found)| {
        let words = crossing_words(found, plan.end)?;
        let lost = if pool.reserve_exhaustion.is_some() { ", its redundancy kept in reserve" } else { "" };
        let crosses = if plan.pools.len() > 1 { "is first to cross" } else { "crosses" };
        Some(match already(found, plan.today) {
            Some(above) => format!("{} is already above its safe-load line{lost}: {above}.", pool.pool),
            None => format!("{} {crosses} its safe-load line{lost}: {words}.", pool.pool),
        })
    });
    let when = when.unwrap_or_else(|| format!("No pool is likely to cross its safe-load line before {end}."));
    vec![when, order_sentence(evidence), risk_sentence(evidence)]
}

fn order_sentence(evidence: &Evidence<'_>) -> String {
    let plan = evidence.plan;
    let mut orders: Vec<_> =
        plan.pools.iter().flat_map(|pool| chosen(pool).orders.iter().map(move |order| (order.order_by, pool, order))).collect();
    orders.sort_by_key(|(day, ..)| *day);
    let Some((day, pool, first)) = orders.first() else {
        return format!("Nothing has to be ordered before {}.", format::day(plan.end));
    };
    let units: u32 = orders.iter().map(|(_, _, order)| order.units).sum();
    let late = orders.iter().filter(|(.., order)| order.overdue).count();
    let late = if late > 0 { format!(" {late} should have been placed already.") } else { String::new() };
    let what = format::units(first.units, &first.unit);
    let (cost, by) = (format::money(plan.cost(), &plan.currency), format::day(*day));
    if orders.len() == 1 {
        return format!("Order {what} for {}, {cost}, by {by}.{late}", pool.pool);
    }
    format!("Order {units} units in {} orders for {cost}, the first ({what} for {}) by {by}.{late}", orders.len(), pool.pool)
}

fn risk_sentence(evidence: &Evidence<'_>) -> String {
    let plan = evidence.plan;
    let Some((pool, month, before)) = director::as_declared(evidence) else { return "There is no pool to plan for.".to_owned() };
    let orders = plan.pools.iter().any(|pool| !chosen(pool).orders.is_empty());
    let accepted = plan.accepted.map_or_else(String::new, |accepted| format!(" (accepted: {})", format::declared(accepted)));
    if before.value == 0.0 && !orders {
        return format!("As declared, no pool falls short in {}{accepted}.{}", any_future(evidence), kept(plan));
    }
    let helped = match director::with_orders(evidence) {
        Some(after) if missed(plan, after.2) => not_met(plan, &after, orders),
        Some((_, _, after)) => format!(
            "with{} no month that {} can still help is {}{accepted}",
            if orders { " these orders" } else { "out any order" },
            if orders { "they" } else { "one" },
            if after.value == 0.0 {
                format!("short in {}", any_future(evidence))
            } else {
                format!("above {}", format::percent(after.value))
            },
        ),
        None => format!("no order placed today can be relied on to help before {}", format::day(plan.end)),
    };
    format!(
        "As declared, {pool} falls short in {} with a chance of {} ({}); {helped}.{}{}",
        format::month(plan.months[month]),
        format::percent(before.value),
        format::chance(before.value),
        kept(plan),
        beyond_help(plan)
    )
}

/// "any of 300 futures": what none of them shows has no chance that could be told.
pub(super) fn any_future(evidence: &Evidence<'_>) -> String {
    format!("any of {} futures", format::number(f64::from(evidence.provenance.replications)))
}

/// "the accepted 10 % cannot be met: even with these orders web stays at 45 % in Mar 2027: …"; where nothing is known to keep it from being met,
/// only that the best plan that was found does not.
fn not_met(plan: &Plan, (pool, month, risk): &(String, usize, Estimate), orders: bool) -> String {
    let with = if orders { "even with these orders" } else { "no order that helps was found, and" };
    let month = plan.months[*month];
    let why = why_short(plan, pool, month);
    let met = if why.is_empty() { "is not met by the best plan that was found" } else { "cannot be met" };
    format!(
        "the accepted {} {met}: {with} {pool} stays at {} in {}{why}",
        rule::accepted(plan.rule),
        format::percent(risk.value),
        format::month(month),
    )
}
