//! The tidy tables: one fact a row, amounts in base units.

use super::{Cell, Column, Evidence, Table, answers};
use crate::plan::{PlanOption, PoolPlan};
use crate::stats::Estimate;
use crate::time::Day;

pub(super) fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

pub(super) fn day(value: Option<Day>) -> Cell {
    value.map_or(Cell::Missing, Cell::Day)
}

pub(super) fn count(value: u64) -> Cell {
    Cell::Integer(value as i64)
}

pub(super) fn both(estimate: Estimate) -> [Cell; 2] {
    [Cell::Number(estimate.value), Cell::Number(estimate.standard_error)]
}

pub(super) fn table(id: &str, title: &str, columns: &[(&str, &str, &str)], rows: Vec<Vec<Cell>>) -> Table {
    let columns = columns.iter().map(|(name, heading, unit)| Column::new(name, heading, unit)).collect();
    Table { id: id.to_owned(), title: title.to_owned(), columns, rows }
}

/// Every table of a report.
pub(super) fn all(evidence: &Evidence<'_>) -> Vec<Table> {
    let plan = evidence.plan;
    let base = evidence.scenarios.first();
    let declared = base.into_iter().flat_map(|base| base.model.pools.iter().map(|pool| (&base.model, pool)));
    let survival =
        plan.pools.iter().zip(declared).flat_map(|(pool, (model, declared))| {
            answers::survival::survival_rows(model, declared, &plan.months, &pool.survival)
        });
    let survival = survival.collect();
    let mut tables = vec![
        answers::data::quality_table(evidence),
        answers::now::headroom_table(evidence),
        answers::now::lines_table(evidence),
        answers::demand::forecasts_table(evidence.forecasts),
        answers::demand::backtests_table(evidence),
        answers::backtest::points_table(evidence.forecasts),
        answers::exhaustion::exhaustion_table(evidence),
        answers::survival::survival_table(survival),
        answers::orders::schedule_table(evidence),
        answers::orders::solver_table(evidence),
        answers::why::options_table(evidence),
        answers::orders::risk_table(evidence),
        answers::orders::adequacy_table(adequacy(evidence)),
        answers::what_if::scenarios_table(evidence),
        answers::what_if::by_month_table(evidence),
        answers::cost::frontier_table(evidence),
        answers::regret::cost_table(evidence),
        answers::regret::regret_table(evidence),
        answers::regret::policies_table(evidence),
    ];
    tables.extend(answers::what_if::matrix_table(evidence));
    if !evidence.plan.roll_ups.is_empty() {
        tables.push(answers::now::roll_ups_table(evidence));
    }
    if !evidence.plan.answers.is_empty() {
        tables.push(answers::survival::rare_table(&evidence.plan.answers));
    }
    tables.extend(answers::matters::all_tables(evidence));
    tables
}

/// The rows of the table of that name.
fn adequacy(evidence: &Evidence<'_>) -> Vec<Vec<Cell>> {
    let rows = |pool: &PoolPlan| {
        let resources: Vec<(String, String)> =
            pool.lines.iter().map(|line| (line.resource.clone(), line.unit.name().to_owned())).collect();
        answers::orders::adequacy_rows(&resources, &evidence.plan.months, &pool.adequacy)
    };
    evidence.plan.pools.iter().flat_map(rows).collect()
}

/// The chosen option of a pool.
pub(super) fn chosen(pool: &PoolPlan) -> &PlanOption {
    &pool.options[pool.chosen]
}
