//! Question 11: why this and not that?

use crate::model::RiskRule;
use crate::plan::{PlanOption, Why};
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
                "{}, {}: {} for {}; {}.",
                pool.pool,
                option.name,
                match option.orders.first() {
                    // a unit that was not settled on is told by its own name
                    Some(order) => format::units(option.units(), &order.unit),
                    None => "nothing".to_owned(),
                },
                format::money(option.cost, &evidence.plan.currency),
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

/// Why an option was taken or left, as a sentence.
pub(in crate::report) fn why(option: &PlanOption, evidence: &Evidence<'_>) -> String {
    let accepted = accepted(evidence.plan.rule);
    // what no order can help is no reason to leave an option; the reader is told where that is
    let above = option.measure.iter().any(|month| month.value > evidence.plan.rule.at_most());
    let reach = if above { " where an order can still help" } else { "" };
    match &option.why {
        Why::Chosen => format!("chosen: the cheapest found that keeps within the rule{reach}"),
        Why::Tie => format!("within the rule{reach} at the same cost: a tie"),
        Why::Dearer(more) => {
            let error = if more.standard_error < 0.5 {
                String::new()
            } else {
                format!(" ± {}", format::number(more.standard_error.round()))
            };
            format!("within the rule{reach}, but {}{error} dearer", format::money(Money(more.value), &evidence.plan.currency))
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

/// What the rule bounds, in words.
pub(in crate::report) fn measure(rule: RiskRule) -> String {
    match rule {
        RiskRule::ShortfallPerMonth(_) => "risk".to_owned(),
        RiskRule::ExpectedShortfall(_) | RiskRule::LeastCost(_) => "the mean of units missing".to_owned(),
        RiskRule::Cvar { level, .. } => format!("the mean of units missing in the worst {}", format::percent(1.0 - level)),
    }
}

/// A value of it: a probability, or units.
pub(in crate::report) fn measured(rule: RiskRule, value: f64) -> String {
    match rule {
        RiskRule::ShortfallPerMonth(_) => format::percent(value),
        _ => format::number(value),
    }
}

/// What the rule accepts.
fn accepted(rule: RiskRule) -> String {
    match rule {
        RiskRule::LeastCost(_) => "any at its price".to_owned(),
        RiskRule::ShortfallPerMonth(_) => format::declared(rule.at_most()),
        _ => measured(rule, rule.at_most()),
    }
}
