//! Question 8: what does it cost?

use crate::plan::{PlanOption, PoolPlan};
use crate::report::charts::chart;
use crate::report::compose::{finding, section};
use crate::report::tables::{both, chosen, table};
use crate::report::{Cell, Chart, ChartBody, Evidence, Finding, Section, Table, Weight, format};

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let plan = evidence.plan;
    let total = format::money(plan.cost(), &plan.currency);
    let sentence = format!("The recommended orders cost {total} until {}.", format::day(plan.end));
    let exact = finding(
        sentence,
        Weight::Watch,
        "purchase on order, monthly price from the mean arrival to the end of the horizon",
        "schedule",
    );
    let exact = Finding { value: Some(plan.cost().0), ..exact };
    let mut findings = vec![exact];
    if let Some((accepted, cheaper, worst)) = plan.frontier.first() {
        let sentence = format!(
            "Accepting {} a month in place of {} would cost {}; the worst month's risk is then {}.",
            format::percent(*accepted),
            format::percent(plan.accepted),
            format::money(*cheaper, &plan.currency),
            format::percent(worst.value)
        );
        findings.push(finding(sentence, Weight::Good, "schedule for that rule, simulated", "frontier").estimate(*worst));
    }
    section(8, "cost", "What does it cost?", findings)
        .show(&["cost-risk"], &["frontier"])
        .beware(&["Units already in force and committed orders are in every option, and so in none of these costs."])
}

pub(in crate::report) fn frontier_table(evidence: &Evidence<'_>) -> Table {
    let rows = evidence.plan.frontier.iter().map(|(accepted, cost, worst)| {
        let mut row = vec![Cell::Number(*accepted), Cell::Number(cost.0)];
        row.extend(both(*worst));
        row
    });
    let currency = evidence.plan.currency.as_str();
    let columns = [
        ("accepted", "Risk accepted", "ratio"),
        ("cost", "Cost in the horizon", currency),
        ("risk", "Worst month's risk, simulated", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
    ];
    table("frontier", "What other accepted risks would cost", &columns, rows.collect())
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
    for (accepted, cost, worst) in &plan.frontier {
        points.push((format!("plan for {}", format::percent(*accepted)), cost.0, worst.value, worst.standard_error));
    }
    let mut merged: Vec<(String, f64, f64, f64)> = Vec::new();
    for (name, cost, risk, se) in points {
        match merged.iter_mut().find(|(_, held, at, _)| *held == cost && *at == risk) {
            Some((names, ..)) if names == "recommended" => {}
            Some((names, ..)) if name == "recommended" => *names = name,
            Some((names, ..)) => *names = format!("{names} = {name}"),
            None => merged.push((name, cost, risk, se)),
        }
    }
    let all_meet = plan.pools.iter().all(|pool| chosen(pool).meets);
    let (price, risk) = (format::money(plan.cost(), &plan.currency), format::percent(risk));
    let title = if plan.cost().0 == 0.0 && all_meet {
        format!("Nothing has to be bought: the worst month's risk is {risk}")
    } else if all_meet {
        format!("{price} keep the risk of every month within {}", format::percent(plan.accepted))
    } else {
        format!("{price} bring the worst month's risk down to {risk}, above the {} accepted", format::percent(plan.accepted))
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
