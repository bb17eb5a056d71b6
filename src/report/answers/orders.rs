//! Question 7: what must be ordered, and by when?

use super::rule::{measure, measured};
use crate::model::RiskRule;
use crate::plan::{OrderBy, Plan, PoolPlan, Solving};
use crate::report::charts::chart;
use crate::report::compose::{finding, section};
use crate::report::tables::{both, chosen, table, text};
use crate::report::{Cell, Chart, ChartBody, Evidence, Finding, Section, Table, Weight, format};
use crate::simulate::{Measure, Method, PoolAdequacy};
use crate::stats::Estimate;
use crate::time::{Day, Month};
use crate::units::Money;

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let plan = evidence.plan;
    let mut findings = Vec::new();
    for pool in &plan.pools {
        let reserve = if pool.reserve_exhaustion.is_some() { " of the line with its redundancy lost" } else { "" };
        let by = match pool.order_by {
            OrderBy::NotNeeded => format!("no order is needed before {}", format::day(plan.end)),
            OrderBy::By(day) => format!(
                "order by {} so that P(arrival before the crossing{reserve}) is {}",
                format::day(day),
                format::declared(1.0 - plan.late_arrival)
            ),
            OrderBy::Overdue => format!(
                "in more than {} of futures an order placed today arrives after the crossing{reserve}",
                format::declared(plan.late_arrival)
            ),
        };
        let each: Vec<String> = chosen(pool)
            .orders
            .iter()
            .map(|order| {
                let term = if order.term.is_empty() { String::new() } else { format!(" {}", order.term) };
                let until = order.until.map_or_else(String::new, |day| format!(" until {}", format::day(day)));
                format!(
                    "{}{term} by {} (needed {}{until})",
                    format::units(order.units, &order.unit),
                    format::day(order.order_by),
                    format::day(order.needed)
                )
            })
            .collect();
        let buy = match (each.is_empty(), accepts_crossing(pool)) {
            (false, _) => format!("the risk rule asks for {}", each.join(", ")),
            (true, false) => "the risk rule asks for nothing".to_owned(),
            (true, true) => {
                "the risk rule asks for nothing: it bounds shortfalls, not how long the redundancy is kept".to_owned()
            }
        };
        let weight = match (each.is_empty(), &pool.order_by) {
            (true, OrderBy::NotNeeded) => Weight::Good,
            _ if accepts_crossing(pool) => Weight::Watch,
            _ => Weight::Act,
        };
        findings.push(
            finding(
                format!("{}: {by}; {buy}.", pool.pool),
                weight,
                "search over whole lots, each candidate simulated",
                "schedule",
            )
            .of(&pool.pool),
        );
    }
    findings.extend(solved(plan));
    let mut section = section(7, "orders", "What must be ordered, and by when?", findings)
        .show(&["orders", "risk"], &["schedule", "solver", "risk-by-month", "adequacy"]);
    let early: Vec<String> = plan.pools.iter().filter_map(|pool| too_late(plan, pool)).collect();
    section.caveats.extend(early);
    let judged = match plan.rule {
        RiskRule::ShortfallPerMonth(_) => {
            "The rule is P(any shortfall in the month) of each pool, judged in the months that an order placed today can reach; a shortfall is demand above the safe-load line, before anything breaks.".to_owned()
        }
        RiskRule::LeastCost(price) => format!(
            "No rule bounds the risk: each unit missing at the worst moment of a month costs {}, and orders and penalties together cost least.",
            format::money(Money(price), &plan.currency)
        ),
        rule => format!(
            "The rule is {} of each pool, at most {}, at the worst moment of each month that an order placed today can reach.",
            measure(rule),
            measured(rule, rule.at_most())
        ),
    };
    section.caveats.push(judged);
    section.beware(&[
        "The schedule is searched on these futures and simulated again under other failures (column “fresh failures”); the demand paths are the same.",
    ])
}

/// How good the schedule is, where it took more than buying each lot as late as it may be.
fn solved(plan: &Plan) -> Vec<Finding> {
    let (solving, currency) = (&plan.solving, plan.currency.as_str());
    let terms =
        plan.pools.iter().flat_map(|pool| &pool.options).flat_map(|option| &option.orders).any(|order| !order.term.is_empty());
    let plain = matches!(plan.rule, RiskRule::ShortfallPerMonth(_));
    if !terms && plain && solving.binding.is_empty() && solving.short.is_empty() {
        return Vec::new();
    }
    let mut told = Vec::new();
    let money = |money| format::money(money, currency);
    let mut sentence = format!(
        "For what is missing in these futures the schedule costs {}; none costs less than {} (a gap of {}).",
        money(solving.cost),
        money(solving.bound),
        format::percent(solving.gap)
    );
    if let Some(batches) = solving.batches {
        sentence.push_str(&format!(
            " {} parts of {} futures each ask for {} ± {} (standard error).",
            batches.count,
            batches.futures,
            money(Money(batches.cost.value)),
            money(Money(batches.cost.standard_error))
        ));
    }
    told.push(finding(sentence, Weight::Good, "least-cost flow with prices for limits; a bound that is proved", "solver"));
    if !solving.binding.is_empty() {
        let each = solving.binding.iter().take(4).map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        told.push(finding(format!("What binds: {each}."), Weight::Watch, "prices of limits in the solver's bound", "solver"));
    }
    if let Some((pool, month, units)) = solving.short.first() {
        let sentence = format!(
            "{pool}: no schedule within the limits and lead times brings what {} needs; {units} more units would be wanted.",
            format::month(*month)
        );
        told.push(finding(sentence, Weight::Act, "solver over terms, limits and budgets", "solver").of(pool));
    }
    told
}

/// Limits that bind and months that stay short.
pub(in crate::report) fn solver_table(evidence: &Evidence<'_>) -> Table {
    let solving = &evidence.plan.solving;
    let number = |what: &str, value: f64| vec![text(what), Cell::Missing, Cell::Number(value)];
    let mut rows = vec![
        number("cost of the schedule for what is missing", solving.cost.0),
        number("no schedule costs less than", solving.bound.0),
        number("gap between the two, as a ratio", solving.gap),
    ];
    if let Some(batches) = solving.batches {
        rows.push(number("mean cost of schedules for parts of the futures", batches.cost.value));
        rows.push(number("standard error of that mean", batches.cost.standard_error));
        rows.push(number("that mean is above, with 95 % confidence", batches.low));
    }
    let binding = solving.binding.iter().map(|(name, price)| vec![text("one more saves"), text(name), Cell::Number(*price)]);
    rows.extend(binding);
    let short = solving.short.iter().map(|(pool, month, units)| {
        vec![text("units short"), text(&format!("{pool} {month}")), Cell::Integer(i64::from(*units))]
    });
    rows.extend(short);
    table("solver", "How good the schedule is", &[("what", "What", ""), ("where", "Where", ""), ("value", "Value", "")], rows)
}

/// Of the months that no order placed today surely helps, the one with the highest risk, where that is above what is accepted.
pub(in crate::report) fn worst_before_help(plan: &Plan, pool: &PoolPlan) -> Option<(usize, Estimate)> {
    let early = chosen(pool).risk.iter().take(pool.first_month).enumerate();
    let (month, worst) = early.max_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    (worst.value > plan.rule.marked()).then_some((month, *worst))
}

/// Whether the redundancy of a pool is crossed, and the rule on risk is met all the same with no order and no crossing of all that is up: a
/// date to know, and nothing to do.
pub(in crate::report) fn accepts_crossing(pool: &PoolPlan) -> bool {
    let option = chosen(pool);
    pool.reserve_exhaustion.is_some() && pool.exhaustion.p50.is_none() && option.orders.is_empty() && option.meets
}

/// Whether the recommended orders leave a month that they can reach above the risk that the rule accepts.
pub(in crate::report) fn missed(plan: &Plan, worst: Estimate) -> bool {
    plan.accepted.is_some_and(|accepted| worst.value > accepted)
}

/// What keeps the orders of a pool from being enough, as the end of a sentence; nothing where it is not known.
pub(in crate::report) fn why_short(plan: &Plan, pool: &str, month: Month) -> String {
    short_of(&plan.solving, pool, month)
}

/// What is short in that month, or in another of the pool.
fn short_of(solving: &Solving, pool: &str, month: Month) -> String {
    let of_pool = || solving.short.iter().filter(|(name, _, _)| name == pool);
    if let Some((_, month, units)) = of_pool().find(|(_, short, _)| *short == month).or_else(|| of_pool().next()) {
        let more = format::counted(*units as usize, "unit");
        return format!(": limits and lead times keep {more} from being there in {}", format::month(*month));
    }
    solving.binding.first().map_or_else(String::new, |(name, _)| format!(": what binds is {name}"))
}

/// What no order can be relied on to help, of the pool that is worst off, as a sentence after another; nothing where all is within the rule.
pub(in crate::report) fn beyond_help(plan: &Plan) -> String {
    let early = plan.pools.iter().filter_map(|pool| Some((pool, worst_before_help(plan, pool)?)));
    // of equals the first
    let worst = early.rev().max_by(|a, b| a.1.1.value.total_cmp(&b.1.1.value));
    worst.map_or_else(String::new, |(pool, (month, risk))| {
        let (month, risk) = (format::month(plan.months[month]), format::percent(risk.value));
        format!(" Orders may come too late for {month}, when {} falls short with a chance of {risk}.", pool.pool)
    })
}

/// Months before any order can arrive whose risk is above the rule.
fn too_late(plan: &Plan, pool: &PoolPlan) -> Option<String> {
    worst_before_help(plan, pool).map(|(month, worst)| {
        format!(
            "{}: orders placed today may come too late for {}: with the recommended ones the risk there is {} ({} as declared).",
            pool.pool,
            format::month(plan.months[month]),
            format::percent(worst.value),
            format::percent(pool.adequacy.months[month].lolp.estimate.value)
        )
    })
}

pub(in crate::report) fn schedule_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for order in &chosen(pool).orders {
            rows.push(vec![
                text(&pool.pool),
                text(&order.unit),
                text(&order.term),
                Cell::Integer(i64::from(order.units)),
                Cell::Day(order.order_by),
                Cell::Day(order.needed),
                order.until.map_or(Cell::Missing, Cell::Day),
                Cell::Day(order.arrival.0),
                Cell::Day(order.arrival.1),
                Cell::Day(order.arrival.2),
                Cell::Number(order.late),
                Cell::Flag(order.overdue),
                Cell::Number(order.cost.0),
            ]);
        }
    }
    let currency = evidence.plan.currency.as_str();
    let columns = [
        ("pool", "Pool", ""),
        ("unit", "Unit", ""),
        ("term", "Term", ""),
        ("units", "How many", ""),
        ("order_by", "Order by", ""),
        ("needed", "Needed on", ""),
        ("until", "Returned on", ""),
        ("arrival_p10", "Arrives P10", ""),
        ("arrival_p50", "Arrives P50", ""),
        ("arrival_p90", "Arrives P90", ""),
        ("p_late", "P(late)", "ratio"),
        ("overdue", "Overdue", ""),
        ("cost", "Cost in the horizon", currency),
    ];
    table("schedule", "What to order, and by when", &columns, rows)
}

pub(in crate::report) fn risk_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for (m, month) in evidence.plan.months.iter().enumerate() {
            let risk = &pool.adequacy.months[m];
            let mut row = vec![text(&pool.pool), text(&month.to_string())];
            row.extend(both(risk.lolp.estimate));
            row.extend(both(risk.lole_hours.estimate));
            row.push(Cell::Number(chosen(pool).risk[m].value));
            row.push(Cell::Number(chosen(pool).risk[m].standard_error));
            row.push(Cell::Number(pool.fresh[m].value));
            row.extend(both(pool.held_out[m]));
            rows.push(row);
        }
    }
    // a probability, or units
    let held_out = if matches!(evidence.plan.rule, RiskRule::ShortfallPerMonth(_)) { "ratio" } else { "" };
    let columns = [
        ("pool", "Pool", ""),
        ("month", "Month", ""),
        ("lolp", "LOLP as declared", "ratio"),
        ("lolp_se", "± s.e.", "ratio"),
        ("lole_hours", "LOLE as declared", "h"),
        ("lole_hours_se", "± s.e.", "h"),
        ("lolp_recommended", "LOLP recommended", "ratio"),
        ("lolp_recommended_se", "± s.e.", "ratio"),
        ("lolp_recommended_fresh", "LOLP recommended, fresh failures", "ratio"),
        ("held_out", "The rule's measure in futures held out of the schedule", held_out),
        ("held_out_se", "± s.e.", held_out),
    ];
    table("risk-by-month", "Risk of a shortfall by month", &columns, rows)
}

/// Every measure of risk with the orders as declared, by month and over the horizon: its error, how it was found, what it rests on.
pub(in crate::report) fn adequacy_table(rows: Vec<Vec<Cell>>) -> Table {
    let columns = [
        ("pool", "Pool", ""),
        ("month", "Month", ""),
        ("measure", "Measure", ""),
        ("unit", "Unit", ""),
        ("value", "As declared", ""),
        ("standard_error", "± s.e.", ""),
        ("low", "95 % from", ""),
        ("high", "95 % to", ""),
        ("method", "Method", ""),
        // these two are in no unit of the row
        ("effective", "It rests on", "futures"),
        ("check", "Counted against it", "s.e."),
    ];
    table("adequacy", "Risk of a shortfall: each number with its method", &columns, rows)
}

/// Its rows of one pool, whose resources have these names and units.
pub(in crate::report) fn adequacy_rows(
    resources: &[(String, String)],
    months: &[Month],
    adequacy: &PoolAdequacy,
) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    let each = months.iter().map(ToString::to_string).zip(&adequacy.months);
    for (month, of) in each.chain([("horizon".to_owned(), &adequacy.horizon)]) {
        let amounts = resources.iter().zip(&of.eue);
        let amounts = amounts.map(|((resource, unit), eue)| (format!("EUE {resource}"), format!("{unit}·h"), eue));
        let others = [("LOLP".to_owned(), "ratio".to_owned(), &of.lolp), ("LOLE".to_owned(), "h".to_owned(), &of.lole_hours)];
        for (measure, unit, found) in others.into_iter().chain(amounts) {
            let mut row = vec![text(&adequacy.pool), text(&month), text(&measure), text(&unit)];
            row.extend(both(found.estimate));
            row.push(found.interval.map_or(Cell::Missing, |interval| Cell::Number(interval.low)));
            row.push(found.interval.map_or(Cell::Missing, |interval| Cell::Number(interval.high)));
            row.push(text(method(found)));
            row.push(Cell::Number(found.effective));
            row.push(found.check.map_or(Cell::Missing, Cell::Number));
            rows.push(row);
        }
    }
    rows
}

/// How a measure was found, in words.
fn method(found: &Measure) -> &'static str {
    match found.method {
        Method::FailuresExact if found.estimate.standard_error == 0.0 => "exact",
        Method::FailuresExact => "failures exact, demand sampled",
        Method::Counted if found.is_thin() => "counted, too few hits to trust",
        Method::Counted => "counted",
    }
}

pub(in crate::report) fn orders_chart(evidence: &Evidence<'_>) -> Option<Chart> {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for order in &chosen(pool).orders {
            let label = format!("{}: {}", pool.pool, format::units(order.units, &order.unit));
            rows.push((label, order.order_by, order.arrival.0, order.arrival.1, order.arrival.2, order.needed));
        }
    }
    rows.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    let first = rows.first()?;
    let title = first_orders(evidence, first.1);
    let subtitle = format!(
        "Order by, arrival (80 % of lead times, median marked) and the day needed; P(late) is at most {}",
        format::declared(evidence.plan.late_arrival)
    );
    let body = ChartBody::Orders { rows, as_of: evidence.plan.today.plus(-1) };
    Some(chart(evidence, "orders", title, subtitle, body))
}

/// What must be ordered on the first day, of the first pools that have an order then.
fn first_orders(evidence: &Evidence<'_>, day: Day) -> String {
    let mut each: Vec<(String, u32, &str)> = Vec::new();
    let orders = evidence.plan.pools.iter().flat_map(|pool| chosen(pool).orders.iter().map(move |order| (pool, order)));
    for (pool, order) in orders.filter(|(_, order)| order.order_by == day) {
        match each.iter_mut().find(|(name, _, unit)| *name == pool.pool && *unit == order.unit) {
            Some((_, units, _)) => *units += order.units,
            None => each.push((pool.pool.clone(), order.units, &order.unit)),
        }
    }
    let first = each.iter().take(NAMED).map(|(pool, units, unit)| format!("{} for {pool}", format::units(*units, unit)));
    let mut what = first.collect::<Vec<_>>().join(", ");
    if each.len() > NAMED {
        what.push_str(&format!(" and {} more", each.len() - NAMED));
    }
    format!("The first order must be placed by {}: {what}", format::day(day))
}

/// Orders of the first day that a title names.
const NAMED: usize = 2;

pub(in crate::report) fn risk_chart(evidence: &Evidence<'_>) -> Chart {
    let width = evidence.plan.months.len();
    let worst_pool = |risks: &[&Vec<Estimate>]| -> Vec<(f64, f64)> {
        let worst = |m: usize| risks.iter().map(|risk| risk[m]).max_by(|a, b| a.value.total_cmp(&b.value)).unwrap_or_default();
        (0..width).map(|m| (worst(m).value, worst(m).standard_error)).collect()
    };
    let mut lines: Vec<(String, Vec<(f64, f64)>)> = evidence
        .plan
        .scenarios
        .iter()
        .map(|scenario| {
            (scenario.scenario.clone(), worst_pool(&scenario.pools.iter().map(|pool| &pool.risk).collect::<Vec<_>>()))
        })
        .collect();
    let recommended: Vec<&Vec<Estimate>> = evidence.plan.pools.iter().map(|pool| &chosen(pool).risk).collect();
    lines.push(("recommended orders".to_owned(), worst_pool(&recommended)));
    let base: Vec<(String, Vec<Estimate>)> = evidence
        .plan
        .pools
        .iter()
        .map(|pool| (pool.pool.clone(), pool.adequacy.months.iter().map(|month| month.lolp.estimate).collect()))
        .collect();
    let title = worst_of(&base).map_or_else(String::new, |(pool, m, risk)| {
        if let Some(accepted) = evidence.plan.accepted.filter(|accepted| risk.value <= *accepted) {
            return format!("The risk of a shortfall stays within {} in every month", format::declared(accepted));
        }
        let month = format::month(evidence.plan.months[m]);
        format!("With the orders as declared, {pool} falls short in {month} with a chance of {}", format::percent(risk.value))
    });
    let subtitle = "P(any shortfall in the month) of the worst pool, by scenario; ± 2 standard errors".to_owned();
    let body = ChartBody::Risk { months: evidence.plan.months.clone(), lines, accepted: evidence.plan.accepted };
    chart(evidence, "risk", title, subtitle, body)
}

/// The worst pool and month of a set of risks.
pub(in crate::report) fn worst_of(pools: &[(String, Vec<Estimate>)]) -> Option<(&str, usize, Estimate)> {
    let each = pools.iter().flat_map(|(pool, months)| months.iter().enumerate().map(move |(m, risk)| (pool.as_str(), m, *risk)));
    each.fold(
        None,
        |worst: Option<(&str, usize, Estimate)>, one| {
            if worst.is_none_or(|worst| one.2.value > worst.2.value) { Some(one) } else { worst }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_missed_is_told_with_what_keeps_it_from_being_met() {
        let month = |text: &str| -> Month { text.parse().unwrap() };
        let solving = |short: &[(&str, &str, u32)], binding: &[(&str, f64)]| Solving {
            cost: Money(0.0),
            bound: Money(0.0),
            gap: 0.0,
            binding: binding.iter().map(|(name, price)| ((*name).to_owned(), *price)).collect(),
            short: short.iter().map(|(pool, at, units)| ((*pool).to_owned(), month(at), *units)).collect(),
            batches: None,
        };
        let some = solving(&[("web", "2027-03", 22), ("web", "2027-04", 1)], &[("budget of 2027", 3.0)]);
        let web = short_of(&some, "web", month("2027-04"));
        assert_eq!(web, ": limits and lead times keep 1 unit from being there in Apr 2027");
        assert!(short_of(&some, "web", month("2027-05")).contains("22 units from being there in Mar 2027"));
        assert_eq!(short_of(&some, "api", month("2027-04")), ": what binds is budget of 2027");
        assert_eq!(short_of(&solving(&[], &[]), "web", month("2027-04")), "");
    }
}
