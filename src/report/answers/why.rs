//! Question 11: why this and not that?

use super::rule::{accepted, measure, measured};
use crate::model::RiskRule;
use crate::plan::{Plan, PlanOption, Why};
use crate::report::compose::{finding, section};
use crate::report::tables::{both, table, text};
use crate::report::{Cell, Evidence, Section, Table, Weight, format};
use crate::units::Money;

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let mut findings = Vec::new();
    for pool in &evidence.plan.pools {
        for (i, option) in pool.options.iter().enumerate() {
            let weight = if i == pool.chosen { Weight::Good } else { Weight::Watch };
            let sentence = format!(
                "{}, {}: {} for {}{}; {}.",
                pool.pool,
                option.name,
                match option.orders.first() {
                    // a unit that was not settled on is told by its own name
                    Some(order) => format::units(option.units(), &order.unit),
                    None => "nothing".to_owned(),
                },
                format::money(option.cost, &evidence.plan.currency),
                missing(option, evidence.plan),
                why(option, evidence)
            );
            findings.push(
                finding(sentence, weight, "simulated on the same futures", "options").of(&pool.pool).estimate(option.worst()),
            );
        }
    }
    section(11, "why", "Why this and not that?", findings).show(&[], &["options"])
}

pub(in crate::report) fn options_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    let currency = evidence.plan.currency.as_str();
    for pool in &evidence.plan.pools {
        for option in &pool.options {
            let mut row =
                vec![text(&pool.pool), text(&option.name), Cell::Integer(i64::from(option.units())), Cell::Number(option.cost.0)];
            row.push(text(&evidence.plan.months[option.worst_month].to_string()));
            row.extend(both(option.worst()));
            row.push(Cell::Flag(option.meets));
            row.push(Cell::Text(why(option, evidence)));
            rows.push(row);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("option", "Option", ""),
        ("units", "Units", ""),
        ("cost", "Cost in the horizon", currency),
        ("worst_month", "Worst month", ""),
        ("risk", "P(shortfall) there", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
        ("meets", "Within the rule", ""),
        ("why", "Why, why not", ""),
    ];
    table("options", "What was considered", &columns, rows)
}

/// What is still missing costs so much in the mean, where it has a price.
fn missing(option: &PlanOption, plan: &Plan) -> String {
    let RiskRule::LeastCost(_) = plan.rule else { return String::new() };
    format!(" and {} for what is missing", format::money(Money(option.penalty.value), &plan.currency))
}

/// Why an option was taken or left, as a sentence.
pub(in crate::report) fn why(option: &PlanOption, evidence: &Evidence<'_>) -> String {
    let (accepted, priced) = (accepted(evidence.plan.rule), matches!(evidence.plan.rule, RiskRule::LeastCost(_)));
    // what no order can help is no reason to leave an option; the reader is told where that is
    let above = option.measure.iter().any(|month| month.value > evidence.plan.rule.at_most());
    let reach = if above { " where an order can still help" } else { "" };
    match &option.why {
        Why::Chosen if priced => "chosen: with what is missing the cheapest found".to_owned(),
        Why::Tie if priced => "at the same cost: a tie".to_owned(),
        Why::Chosen => format!("chosen: the cheapest found that keeps within the rule{reach}"),
        Why::Tie => format!("within the rule{reach} at the same cost: a tie"),
        Why::Dearer(more) => {
            let error = if more.standard_error < 0.5 {
                String::new()
            } else {
                format!(" ± {}", format::number(more.standard_error.round()))
            };
            let more = format!("{}{error} dearer", format::money(Money(more.value), &evidence.plan.currency));
            if priced { format!("with what is missing {more}") } else { format!("within the rule{reach}, but {more}") }
        }
        Why::TooRisky(month) => format!(
            "{} in {} is {}, accepted is {accepted}",
            measure(evidence.plan.rule),
            format::month(evidence.plan.months[*month]),
            measured(evidence.plan.rule, option.worst_measure().value)
        ),
        Why::LeastRisky => format!("nothing found keeps within {accepted}; this is the least risky"),
        Why::Breaks(limit, more) => {
            let (word, money) = if more.0 < 0.0 { ("less", Money(-more.0)) } else { ("more", *more) };
            format!("above the {limit}; it would cost {} {word}", format::money(money, &evidence.plan.currency))
        }
    }
}
