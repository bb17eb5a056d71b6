//! Question 12, put first: dates, money and risk for who decides and does not plan.

use serde::Serialize;

use super::answers::exhaustion::{already, first_to_cross, guarded};
use super::answers::orders::{beyond_help, missed, why_short, worst_of};
use super::answers::rule::kept;
use super::compose::any_future;
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

/// A pool that so many futures see run out is named, even where most do not.
const TOLD: f64 = 0.05;

fn when(evidence: &Evidence<'_>) -> String {
    let (today, end) = (evidence.plan.today, format::day(evidence.plan.end));
    let Some((pool, found)) = first_to_cross(evidence) else {
        let none = format!("No service is likely to run out of safe capacity before {end}");
        let many = evidence.plan.pools.len() > 1;
        let likeliest = evidence.plan.pools.iter().map(|pool| (1.0 - guarded(pool).never.value, pool));
        return match likeliest.max_by(|a, b| a.0.total_cmp(&b.0)) {
            Some((p, pool)) if p >= TOLD => {
                let likeliest = if many { "is the likeliest to" } else { "may" };
                let lost = if pool.reserve_exhaustion.is_some() {
                    " have no room left for the failure that it must survive"
                } else {
                    ""
                };
                format!("{none}; {} {likeliest}{lost}, with {} ({}).", pool.pool, a_chance(p), format::percent(p))
            }
            _ => format!("{none}."),
        };
    };
    let middle = found.p50.map_or_else(String::new, format::day);
    // out in most futures, or in nearly all
    let sure = found.p90.is_some_and(|day| day <= today);
    let out = already(found, today).map(|above| if sure { String::new() } else { format!(" {above}") });
    let (name, many) = (&pool.pool, evidence.plan.pools.len() > 1);
    if pool.reserve_exhaustion.is_none() {
        return match out {
            Some(above) => format!("{name} is out of safe capacity already{above}."),
            None if many => format!("{name} is the first to run out of safe capacity, around {middle}."),
            None => format!("{name} runs out of safe capacity around {middle}."),
        };
    }
    let whole = match pool.exhaustion.p50 {
        Some(day) if day <= today => "with everything up it is out already".to_owned(),
        Some(day) => format!("with everything up it runs out around {}", format::day(day)),
        None => format!("with everything up it is likely to last beyond {end}"),
    };
    if let Some(above) = out {
        return format!("{name} already has no room left for the failure that it must survive{above}; {whole}.");
    }
    let lost = "no room left for the failure that it must survive";
    if many {
        format!("{name} is the first to have {lost}, around {middle}; {whole}.")
    } else {
        format!("{name} has {lost} from around {middle} on; {whole}.")
    }
}

fn order(evidence: &Evidence<'_>) -> String {
    let plan = evidence.plan;
    let orders = orders(evidence);
    let Some((pool, first)) = orders.first() else {
        return format!("Nothing has to be bought before {}.", format::day(plan.end));
    };
    let units: u32 = orders.iter().map(|(_, order)| order.units).sum();
    let cost = format::spoken_money(plan.cost(), &plan.currency);
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
    let accepted = plan.accepted.map_or_else(String::new, |accepted| {
        format!("; {} ({}) is accepted", format::chance(accepted), format::declared(accepted))
    });
    if before.value == 0.0 && plan.cost().0 == 0.0 {
        return format!("Without further orders no service falls short in {}{accepted}.{}", any_future(evidence), kept(plan));
    }
    let worst = falls_short(&pool, &format::month(plan.months[month]), before.value);
    let planned = with_orders(evidence);
    let helped = match &planned {
        None => format!("; none placed today can be relied on to help before {}", format::day(plan.end)),
        Some(_) if plan.cost().0 == 0.0 => ", the worst month of all".to_owned(),
        Some((pool, month, after)) if missed(plan, *after) => format!(
            "; even with them {pool} falls short in {} with a chance of {}{}",
            format::month(plan.months[*month]),
            format::percent(after.value),
            why_short(plan, pool, plan.months[*month]),
        ),
        Some((_, _, after)) if after.value == 0.0 => {
            format!("; with them no month that they can still help is short in {}", any_future(evidence))
        }
        Some((_, _, after)) if after.value > LIKELY => {
            format!(
                "; with them the worst month that they can still help is short all the same ({})",
                format::percent(after.value)
            )
        }
        Some((_, _, after)) => format!(
            "; with them the chance is {} ({}) in the worst month that they can still help",
            format::chance(after.value),
            format::percent(after.value)
        ),
    };
    let missed = planned.filter(|(_, _, after)| missed(plan, *after));
    let met = missed.map_or("", |(pool, month, _)| match why_short(plan, &pool, plan.months[month]).as_str() {
        "" => ", which the best plan that was found does not meet",
        _ => ", which cannot be met",
    });
    format!("Without further orders {worst}{helped}{accepted}{met}.{}{}", kept(plan), beyond_help(plan))
}

/// From this chance on words say more than `9 in 10`.
const LIKELY: f64 = 0.9;

/// "web falls short in Mar 2027 with a chance of about 1 in 5 (20 %)", "web is nearly certain to fall short in Mar 2027 (100 %)".
fn falls_short(pool: &str, month: &str, risk: f64) -> String {
    let percent = format::percent(risk);
    if risk > LIKELY {
        return format!("{pool} is {} to fall short in {month} ({percent})", format::chance(risk));
    }
    format!("{pool} falls short in {month} with {} ({percent})", a_chance(risk))
}

/// "a chance of about 1 in 5", "an about even chance".
fn a_chance(risk: f64) -> String {
    let words = format::chance(risk);
    if words == "about even" { "an about even chance".to_owned() } else { format!("a chance of {words}") }
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
    let mut crossing: Vec<(Day, String, Exhaustion, bool)> = Vec::new();
    for pool in &evidence.plan.pools {
        let found = guarded(pool).clone();
        crossing.extend(found.p50.map(|day| (day, pool.pool.clone(), found, pool.reserve_exhaustion.is_some())));
    }
    crossing.sort_by_key(|(day, ..)| *day);
    let mut dated: Vec<(Day, Fact)> = Vec::new();
    for (day, pool, found, lost) in crossing.into_iter().take(DATES) {
        let low = found.p10.map_or_else(|| "the first day".to_owned(), format::day);
        let high = found.p90.map_or_else(|| format!("after {}", format::day(evidence.plan.end)), format::day);
        let never =
            if found.never.value > 0.0 { format!("; never in {}", format::percent(found.never.value)) } else { String::new() };
        let fact = Fact {
            label: match (lost, already(&found, evidence.plan.today)) {
                (true, None) => format!("{pool} has no room left for the failure that it must survive"),
                (true, Some(_)) => format!("{pool} already has no room left for the failure that it must survive"),
                (false, None) => format!("{pool} runs out of safe capacity"),
                (false, Some(_)) => format!("{pool} is already out of safe capacity"),
            },
            plain: format::day(day),
            exact: if low == high {
                format!("80 % of futures: that day{never}")
            } else {
                format!("80 % of futures: {low} to {high}{never}")
            },
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
            exact: format!("needed on {}; arrives {}", format::day(order.needed), arrives(order)),
            pool: Some(pool.pool.clone()),
            table: "schedule".to_owned(),
            row: Some(format!("schedule-{}-{}", super::links::slug(&pool.pool), order.order_by.month())),
        };
        dated.push((order.order_by, fact));
    }
    dated.sort_by_key(|(day, _)| *day);
    dated.into_iter().map(|(_, fact)| fact).collect()
}

/// When an order comes.
fn arrives(order: &PlannedOrder) -> String {
    let (first, last) = (format::day(order.arrival.0), format::day(order.arrival.2));
    if first == last { first } else { format!("{first} to {last} in 80 % of lead times") }
}

fn money(evidence: &Evidence<'_>) -> Vec<Fact> {
    let plan = evidence.plan;
    let amount = |value: f64| format::money(crate::units::Money(value), &plan.currency);
    let spread = plan.policies.spread;
    let orders: usize = plan.pools.iter().map(|pool| chosen(pool).orders.len()).sum();
    let spoken = |value: f64| format::spoken_money(crate::units::Money(value), &plan.currency);
    let (low, high) = (amount(spread.p10), amount(spread.p90));
    let between = if low == high { "the same in every future".to_owned() } else { format!("80 % of futures: {low} to {high}") };
    let mut facts = vec![Fact {
        label: format!("all recommended orders, until {}", format::day(plan.end)),
        plain: spoken(plan.cost().0),
        exact: match orders {
            0 => "no order".to_owned(),
            orders => format!("{}; {between}", format::counted(orders, "order")),
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
            plain: spoken(point.cost.0),
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
    let fact = |label: &str, reach: &str, (pool, month, risk): (String, usize, Estimate)| {
        let none = risk.value == 0.0;
        Fact {
            label: if none {
                format!("{label}: a month{reach} is short")
            } else {
                format!("{label}: {pool} falls short in {}", format::month(plan.months[month]))
            },
            plain: if none { format!("not in {}", any_future(evidence)) } else { format::chance(risk.value) },
            exact: interval(risk),
            row: Some(format!("risk-by-month-{}-{}", super::links::slug(&pool), plan.months[month])),
            pool: (!none).then_some(pool),
            table: "risk-by-month".to_owned(),
        }
    };
    let mut facts: Vec<Fact> = Vec::new();
    facts.extend(as_declared(evidence).map(|worst| fact("without further orders", "", worst)));
    if plan.cost().0 > 0.0 {
        let reach = " that they can still help";
        facts.extend(with_orders(evidence).map(|worst| fact("with the recommended orders", reach, worst)));
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
    let (low, high) = (format::spell((value - half).max(0.0)), format::spell(value + half));
    Some(Fact {
        label: format!("error budget of {pool} used in {}, without further orders", format::month(month)),
        plain: format!("{}; {} allowed", format::spell(value), format::spell(budget_minutes_per_month(availability))),
        exact: format!("95 % confidence: {low} to {high}; {} of availability is promised", format::declared(availability)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_read_as_words() {
        assert_eq!((a_chance(0.48).as_str(), a_chance(0.2).as_str()), ("an about even chance", "a chance of about 1 in 5"));
        assert_eq!(falls_short("web", "Mar 2027", 0.5), "web falls short in Mar 2027 with an about even chance (50 %)");
        assert_eq!(falls_short("web", "Mar 2027", 0.999), "web is nearly certain to fall short in Mar 2027 (99.9 %)");
    }
}
