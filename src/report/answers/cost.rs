//! Question 8: what does it cost?

use super::orders::worst_before_help;
use super::rule::{accepted, measure};
use crate::model::RiskRule;
use crate::plan::{FrontierPoint, Plan, PlanOption, PoolPlan, RiskStep};
use crate::report::charts::chart;
use crate::report::compose::{finding, section};
use crate::report::tables::{both, chosen, table};
use crate::report::{Cell, Chart, ChartBody, Evidence, Finding, Section, Table, Weight, format};
use crate::slo::budget_minutes_per_month;
use crate::units::Money;

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let plan = evidence.plan;
    let (total, end) = (format::money(plan.cost(), &plan.currency), format::day(plan.end));
    let (sentence, weight) = if buys(plan) {
        (format!("The recommended orders cost {total} until {end}."), Weight::Watch)
    } else {
        (format!("Nothing has to be bought until {end}."), Weight::Good)
    };
    let exact =
        finding(sentence, weight, "purchase on order, monthly price from the mean arrival to the end of the horizon", "schedule");
    let exact = Finding { value: Some(plan.cost().0), ..exact };
    let mut findings = vec![exact];
    findings.extend(margin(evidence));
    findings.extend(super::regret::findings(evidence));
    section(8, "cost", "What does it cost?", findings)
        .show(&["cost-risk"], &["cost", "frontier", "regret", "policies"])
        .beware(&[
            "Units already in force and committed orders are in every option, and so in none of these costs.",
            "The plans compared are those that were simulated: the frontier lies at or above the one over all plans. Policies order by need and month, without the repairs of the fixed schedule.",
        ])
}

/// Whether anything is ordered.
fn buys(plan: &Plan) -> bool {
    plan.pools.iter().any(|pool| !chosen(pool).orders.is_empty())
}

/// What the last bit of risk costs that the recommended orders take away, and what the next one would.
fn margin(evidence: &Evidence<'_>) -> Vec<Finding> {
    let frontier = &evidence.plan.frontier;
    let Some(at) = frontier.iter().position(|point| point.recommended) else { return Vec::new() };
    let mut findings = vec![minutes(evidence, &frontier[at])];
    if let Some(step) = frontier[at].step {
        findings.push(priced(evidence, "The last", &frontier[at - 1], &frontier[at], step));
    }
    if let Some((next, step)) = frontier.get(at + 1).and_then(|next| Some((next, next.step?))) {
        findings.push(priced(evidence, "The next", &frontier[at], next, step));
    }
    findings
}

fn minutes(evidence: &Evidence<'_>, point: &FrontierPoint) -> Finding {
    let objective = evidence.scenarios.first().map(|base| base.model.objective);
    let budget = objective.and_then(|of| of.availability).map_or_else(String::new, |availability| {
        let minutes = format::number(budget_minutes_per_month(availability));
        format!("; an availability of {availability} leaves each pool {minutes} a month")
    });
    let spent = format::number(point.minutes.value);
    let with = if buys(evidence.plan) { "With them" } else { "Without orders" };
    let sentence = format!(
        "{with} demand is over the line for {spent} minutes until then in the mean over all futures, all pools together{budget}."
    );
    finding(
        sentence,
        Weight::Good,
        "hours short of all futures, from the first month in which the plans tried differ on",
        "frontier",
    )
    .estimate(point.minutes)
}

/// `The next 0.1 % of risk costs EUR 41,000 a year`, or that the futures cannot tell.
fn priced(evidence: &Evidence<'_>, which: &str, from: &FrontierPoint, to: &FrontierPoint, step: RiskStep) -> Finding {
    let plan = evidence.plan;
    let money = |amount: f64| format::money(Money(amount), &plan.currency);
    let (down, more) =
        (format!("{} to {}", format::percent(from.worst.value), format::percent(to.worst.value)), money(step.cost.0));
    let years = f64::from(plan.end.since(plan.today) + 1) / 365.25;
    let tenth = step.per_point().times(0.1 / years);
    let method = "difference of two simulated plans on the same futures; the interval is that of the risk between them";
    let costs = if which == "The last" { "cost" } else { "costs" };
    let minute = step.per_minute();
    if let (None, Some(value), Some(low), Some(high)) = (tenth.value, minute.value, minute.low, minute.high) {
        let sentence = format!(
            "{which} {more} leave{} the worst month's risk at {} and avoid{} minutes over the line, each for {}.",
            if which == "The last" { "" } else { "s" },
            format::percent(to.worst.value),
            if which == "The last" { "" } else { "s" },
            money(value),
        );
        return finding(sentence, Weight::Good, method, "frontier").number(value, low, high, "95 % confidence, Monte Carlo");
    }
    let (Some(value), Some(low), Some(high)) = (tenth.value, tenth.low, tenth.high) else {
        let sentence = format!(
            "{which} step of the worst month's risk, {down}, {costs} {more} more, but these futures cannot tell the two risks apart: no price can be put on it."
        );
        return finding(sentence, Weight::Watch, method, "frontier").estimate(step.risk);
    };
    let minute = match (minute.value, minute.high) {
        (Some(value), Some(_)) => format!(", or {} for each minute over the line less", money(value)),
        _ => String::new(),
    };
    let sentence =
        format!("{which} 0.1 % of the worst month's risk {costs} {} a year ({more} take it from {down}){minute}.", money(value));
    finding(sentence, Weight::Good, method, "frontier").number(value, low, high, "95 % confidence, Monte Carlo")
}

pub(in crate::report) fn frontier_table(evidence: &Evidence<'_>) -> Table {
    let cell = |value: Option<f64>| value.map_or(Cell::Missing, Cell::Number);
    let rows = evidence.plan.frontier.iter().map(|point| {
        let mut row = vec![Cell::Number(point.accepted), Cell::Flag(point.recommended), Cell::Number(point.cost.0)];
        row.extend(both(point.worst));
        row.extend(both(point.minutes));
        for price in [point.step.map(|step| step.per_point()), point.step.map(|step| step.per_minute())] {
            row.extend([price.and_then(|p| p.value), price.and_then(|p| p.low), price.and_then(|p| p.high)].map(cell));
        }
        row
    });
    let currency = evidence.plan.currency.as_str();
    let columns = [
        ("accepted", "Tightest rule it keeps", "ratio"),
        ("recommended", "Recommended", ""),
        ("cost", "Cost in the horizon", currency),
        ("risk", "Worst month's risk, simulated", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
        ("minutes", "Minutes over the line", ""),
        ("minutes_se", "± s.e.", ""),
        ("per_point", "Price of a percentage point less", currency),
        ("per_point_low", "From (95 %)", currency),
        ("per_point_high", "To; empty: cannot be told apart", currency),
        ("per_minute", "Price of a minute less", currency),
        ("per_minute_low", "From (95 %)", currency),
        ("per_minute_high", "To; empty: cannot be told apart", currency),
    ];
    table("frontier", "Cost against risk: the cheapest plan of those simulated for each rule", &columns, rows.collect())
}

pub(in crate::report) fn cost_risk_chart(evidence: &Evidence<'_>) -> Chart {
    let plan = evidence.plan;
    let total = |pick: &dyn Fn(&PoolPlan) -> &PlanOption| {
        let cost: f64 = plan.pools.iter().map(|pool| pick(pool).cost.0).sum();
        let worst =
            plan.pools.iter().map(|pool| pick(pool).worst()).max_by(|a, b| a.value.total_cmp(&b.value)).unwrap_or_default();
        (cost, worst.value, worst.standard_error)
    };
    let named = |name: &'static str| move |pool: &'_ PoolPlan| pool.options.iter().position(|option| option.name == name);
    let mut points: Vec<(String, f64, f64, f64)> = Vec::new();
    for name in ["no further orders", "as declared", "one lot fewer", "30 days later"] {
        let find = named(name);
        if plan.pools.iter().any(|pool| find(pool).is_some()) {
            let (cost, risk, se) = total(&|pool| &pool.options[find(pool).unwrap_or(pool.chosen)]);
            points.push((name.to_owned(), cost, risk, se));
        }
    }
    let (cost, risk, se) = total(&|pool| chosen(pool));
    points.push(("recommended".to_owned(), cost, risk, se));
    for point in &plan.frontier {
        points.push((label(plan, point), point.cost.0, point.worst.value, point.worst.standard_error));
    }
    let mut merged: Vec<(String, f64, f64, f64)> = Vec::new();
    for (name, cost, risk, se) in points {
        match merged.iter_mut().find(|(_, held, at, _)| *held == cost && *at == risk) {
            Some((names, ..)) if names == "recommended" => {}
            Some((names, ..)) if name == "recommended" || names.is_empty() => *names = name,
            Some(_) if name.is_empty() => {}
            Some((names, ..)) => *names = format!("{names} = {name}"),
            None => merged.push((name, cost, risk, se)),
        }
    }
    let all_meet = plan.pools.iter().all(|pool| chosen(pool).meets);
    let (price, risk) = (format::money(plan.cost(), &plan.currency), format::percent(risk));
    let within = match plan.accepted {
        Some(accepted) => format!("the risk within {}", format::declared(accepted)),
        None => format!("{} within {}", measure(plan.rule), accepted(plan.rule)),
    };
    let title = if plan.pools.iter().all(|pool| pool.first_month >= plan.months.len()) {
        format!("No order placed today can be relied on to help before {}", format::day(plan.end))
    } else if plan.cost().0 == 0.0 && all_meet {
        format!("Nothing has to be bought: the worst month's risk is {risk}")
    } else if let RiskRule::LeastCost(missing) = plan.rule {
        let missing = format::money(Money(missing), &plan.currency);
        format!("{price} costs least where a unit missing costs {missing} a month; the worst month's risk is {risk}")
    } else if all_meet && plan.pools.iter().any(|pool| worst_before_help(plan, pool).is_some()) {
        format!("{price} keeps {within} in every month that they can still help")
    } else if all_meet {
        format!("{price} keeps {within} in every month")
    } else {
        format!("{price} brings the worst month's risk down to {risk}, and does not keep {within}")
    };
    let subtitle = "Cost of orders within the horizon against P(shortfall) of the worst pool in its worst month that an order can still help".to_owned();
    let body = ChartBody::CostRisk {
        currency: plan.currency.clone(),
        points: merged,
        chosen: "recommended".to_owned(),
        accepted: plan.accepted,
    };
    chart(evidence, "cost-risk", title, subtitle, body)
}

/// Only the neighbours of the recommended point and the ends have their name on the chart; all are in the table.
fn label(plan: &Plan, point: &FrontierPoint) -> String {
    let place = |wanted: &FrontierPoint| plan.frontier.iter().position(|one| one == wanted);
    let (at, chosen) = (place(point), plan.frontier.iter().position(|one| one.recommended));
    let near = at.zip(chosen).is_none_or(|(at, chosen)| at.abs_diff(chosen) <= 1);
    let end = at == Some(0) || at == plan.frontier.len().checked_sub(1);
    if near || end { format!("plan for {}", format::percent(point.accepted)) } else { String::new() }
}
