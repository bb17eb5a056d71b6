//! Question 11: why this and not that?

use crate::plan::{PlanOption, Why};
use crate::report::compose::{finding, section};
use crate::report::tables::{both, table, text};
use crate::report::{Cell, Evidence, Section, Table, Weight, format};

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
                if option.units() == 0 { "nothing".to_owned() } else { format::units(option.units(), &pool.unit) },
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
    let accepted = format::percent(evidence.plan.accepted);
    match &option.why {
        Why::Chosen => "chosen: the cheapest found that keeps within the rule".to_owned(),
        Why::Tie => "within the rule at the same cost: a tie".to_owned(),
        Why::Dearer(more) => format!("within the rule, but {} dearer", format::money(*more, &evidence.plan.currency)),
        Why::TooRisky(month) => format!(
            "risk in {} is {}, accepted is {accepted}",
            format::month(evidence.plan.months[*month]),
            format::percent(option.worst().value)
        ),
        Why::LeastRisky => format!("nothing found keeps within {accepted}; this is the least risky"),
    }
}
