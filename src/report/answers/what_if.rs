//! Question 9: what if?

use crate::plan::{ScenarioPool, ScenarioResult};
use crate::report::compose::{finding, section};
use crate::report::tables::{both, day, table, text};
use crate::report::{Cell, Column, Evidence, Finding, Section, Table, Weight, format};
use crate::units::Money;

/// Wider than this, a table of one column a pool is no help.
const MOST_POOLS: usize = 8;

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let each = evidence.plan.scenarios.iter().skip(1).filter_map(|scenario| one(evidence, scenario));
    let findings: Vec<Finding> = each.collect();
    let tables: &[&str] =
        if is_matrix(evidence) { &["scenario-matrix", "scenarios", "scenario-risk"] } else { &["scenarios", "scenario-risk"] };
    section(9, "what-if", "What if?", findings).show(&[], tables).beware(&[
        "Every scenario meets the same futures: the differences are those of each future, and their errors are paired.",
        "Units missing are what the rule asks for on top of what is in force and ordered; their cost is that of the cheapest whole lots over \
         all ways to pay, at the scenario's prices, no budget and no limit counted.",
    ])
}

fn one(evidence: &Evidence<'_>, scenario: &ScenarioResult) -> Option<Finding> {
    let worst = scenario.pools.iter().max_by(|a, b| a.difference.value.abs().total_cmp(&b.difference.value.abs()))?;
    let missing = scenario.pools.iter().filter(|pool| pool.units_needed > 0);
    let units: Vec<String> = missing.map(|pool| format!("{} {}", pool.units_needed, pool.pool)).collect();
    let (here, there) = (cost(scenario).0, evidence.plan.scenarios.first().map_or(0.0, |base| cost(base).0));
    let money = match (here - there, &evidence.plan.currency) {
        (more, currency) if more > 0.5 => format!(", {} more than base", format::money(Money(more), currency)),
        (less, currency) if less < -0.5 => format!(", {} less than base", format::money(Money(-less), currency)),
        _ => ", as in base".to_owned(),
    };
    let units = if units.is_empty() {
        "no unit is missing under the rule".to_owned()
    } else {
        let price = format::money(Money(here), &evidence.plan.currency);
        format!("units missing under the rule: {} ({price}{money})", units.join(", "))
    };
    let sentence = format!(
        "{}: {} The chance of a shortfall within the horizon moves most for {}: {} ({} ± {:.1} points against base); {units}.",
        scenario.scenario,
        scenario.supposes,
        worst.pool,
        format::percent(worst.risk_over_horizon.value),
        format!("{:+.1}", worst.difference.value * 100.0).replace('-', "−"),
        worst.difference.standard_error * 100.0
    );
    Some(finding(sentence, Weight::Watch, "common random numbers, paired difference", "scenarios").estimate(worst.difference))
}

/// The risk of every pool in every month of every scenario.
pub(in crate::report) fn by_month_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for scenario in &evidence.plan.scenarios {
        for pool in &scenario.pools {
            for (month, risk) in evidence.plan.months.iter().zip(&pool.risk) {
                let mut row = vec![text(&scenario.scenario), text(&pool.pool), text(&month.to_string())];
                row.extend(both(*risk));
                rows.push(row);
            }
        }
    }
    let columns = [
        ("scenario", "Scenario", ""),
        ("pool", "Pool", ""),
        ("month", "Month", ""),
        ("risk", "P(shortfall in the month)", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
    ];
    table("scenario-risk", "Risk of a shortfall by month, scenario and pool, orders as declared", &columns, rows)
}

/// What the units missing of all pools cost together.
fn cost(scenario: &ScenarioResult) -> Money {
    // a sum of nothing is −0
    Money(scenario.pools.iter().map(|pool| pool.cost.0).sum::<f64>() + 0.0)
}

pub(in crate::report) fn scenarios_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for scenario in &evidence.plan.scenarios {
        rows.extend(scenario.pools.iter().map(|pool| row(&scenario.scenario, pool)));
        rows.extend(together(scenario));
    }
    let currency = evidence.plan.currency.as_str();
    let columns = [
        ("scenario", "Scenario", ""),
        ("pool", "Pool", ""),
        ("risk", "P(shortfall in the horizon)", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
        ("difference", "Less base", "ratio"),
        ("difference_se", "± s.e., paired", "ratio"),
        ("hours_short", "Hours short", "h"),
        ("hours_short_se", "± s.e.", "h"),
        ("exhaustion_p50", "Crosses P50", ""),
        ("p_never", "P(never)", "ratio"),
        ("units_needed", "Units missing under the rule", ""),
        ("exhaustion_p10", "Crosses P10", ""),
        ("exhaustion_p90", "Crosses P90", ""),
        ("lacking_difference", "Units lacking in the worst month, less base", ""),
        ("lacking_difference_se", "± s.e., paired", ""),
        ("cost", "Cost of the units missing", currency),
    ];
    table("scenarios", "What if?", &columns, rows)
}

fn row(name: &str, pool: &ScenarioPool) -> Vec<Cell> {
    let mut row = vec![text(name), text(&pool.pool)];
    row.extend(both(pool.risk_over_horizon));
    row.extend(both(pool.difference));
    row.extend(both(pool.hours_short));
    row.extend([
        day(pool.exhaustion.p50),
        Cell::Number(pool.exhaustion.never.value),
        Cell::Integer(i64::from(pool.units_needed)),
        day(pool.exhaustion.p10),
        day(pool.exhaustion.p90),
    ]);
    row.extend(both(pool.lacking_difference));
    row.push(Cell::Number(pool.cost.0));
    row
}

/// The row of all pools of a scenario together: some pool is short, somewhere a unit is missing.
fn together(scenario: &ScenarioResult) -> Option<Vec<Cell>> {
    (scenario.pools.len() > 1).then_some(())?;
    let mut row = vec![text(&scenario.scenario), text("all pools")];
    row.extend(both(scenario.together.risk));
    row.extend(both(scenario.together.difference));
    row.extend(vec![Cell::Missing; 4]);
    row.push(Cell::Integer(scenario.pools.iter().map(|pool| i64::from(pool.units_needed)).sum()));
    row.extend(vec![Cell::Missing; 2]);
    row.extend(both(scenario.together.lacking_difference));
    row.push(Cell::Number(cost(scenario).0));
    Some(row)
}

fn is_matrix(evidence: &Evidence<'_>) -> bool {
    let scenarios = &evidence.plan.scenarios;
    scenarios.len() > 1 && (2..=MOST_POOLS).contains(&scenarios[0].pools.len())
}

/// Scenarios by pools, each cell its risk, the units missing and the day of crossing; `None` where there is one of either, or too many
/// pools.
pub(in crate::report) fn matrix_table(evidence: &Evidence<'_>) -> Option<Table> {
    is_matrix(evidence).then_some(())?;
    let scenarios = &evidence.plan.scenarios;
    let mut columns = vec![Column::new("scenario", "Scenario", "")];
    columns.extend(scenarios[0].pools.iter().map(|pool| Column::new(&format!("pool_{}", pool.pool), &pool.pool, "")));
    columns.push(Column::new("cost", "Cost of the units missing", &evidence.plan.currency));
    let cell = |pool: &ScenarioPool| {
        let units = if pool.units_needed == 0 { "none missing".to_owned() } else { format!("{} missing", pool.units_needed) };
        let crosses = pool.exhaustion.p50.map_or_else(|| "stays below".to_owned(), |day| format!("crosses {}", format::day(day)));
        Cell::Text(format!("{}, {units}, {crosses}", format::percent(pool.risk_over_horizon.value)))
    };
    let rows = scenarios.iter().map(|scenario| {
        let mut row = vec![text(&scenario.scenario)];
        row.extend(scenario.pools.iter().map(cell));
        row.push(Cell::Number(cost(scenario).0));
        row
    });
    let title = "Scenarios by pools: P(shortfall in the horizon), units missing under the rule, P50 of the crossing";
    Some(Table { id: "scenario-matrix".to_owned(), title: title.to_owned(), columns, rows: rows.collect() })
}
