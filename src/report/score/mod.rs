//! How an earlier run did, now that part of its horizon is history: its bands against what came, its orders in hindsight.

mod demand;
mod hindsight;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value;

pub use demand::DemandScore;
pub use hindsight::{OrderScore, PoolScore, Timing, calendar_months};

use super::tables::{day, table, text};
use super::{Cell, Table};
use crate::model::Model;
use crate::series::Panel;
use crate::time::Day;

/// A finished run with the history that has come since.
#[derive(Debug, Clone, Copy)]
pub struct LookedBack<'a> {
    /// Its name.
    pub run: &'a str,
    /// Its `report.json`.
    pub report: &'a Value,
    /// The model as it was declared then.
    pub model: &'a Model,
    /// The last day of its history.
    pub as_of: Day,
    /// The history, its own and what came since.
    pub panel: &'a Panel,
    /// The last full day of it.
    pub until: Day,
}

/// What an earlier run is worth in hindsight.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Its name.
    pub run: String,
    /// The last day of its history.
    pub as_of: Day,
    /// The last day that it is judged by.
    pub until: Day,
    /// Its forecasts, by pool and resource.
    pub demands: Vec<DemandScore>,
    /// When its pools crossed.
    pub pools: Vec<PoolScore>,
    /// Its orders, as if they had been placed as it said.
    pub orders: Vec<OrderScore>,
}

/// Scores an earlier run; nothing is in it of what the history does not reach yet.
#[must_use]
pub fn score(run: &LookedBack<'_>) -> Score {
    let (pools, orders) = hindsight::hindsight(run);
    let demands = demand::demands(run);
    Score { run: run.run.to_owned(), as_of: run.as_of, until: run.until, demands, pools, orders }
}

/// Forecasts against what came, a row a run, pool and resource.
#[must_use]
pub fn demand_table(scores: &[Score]) -> Table {
    let mut rows = Vec::new();
    for run in scores {
        for one in &run.demands {
            let share = |inside: u32| Cell::Number(f64::from(inside) / f64::from(one.points.max(1)));
            rows.push(vec![
                text(&run.run),
                Cell::Day(run.as_of),
                text(&one.pool),
                text(&one.resource),
                text(&one.unit),
                Cell::Integer(i64::from(one.points)),
                share(one.inside[0]),
                share(one.inside[1]),
                share(one.inside[2]),
                Cell::Number(one.crps),
                one.naive_crps.map_or(Cell::Missing, Cell::Number),
                Cell::Number(one.median_error),
            ]);
        }
    }
    let columns = [
        ("run", "Run", ""),
        ("as_of", "Knew until", ""),
        ("pool", "Pool", ""),
        ("resource", "Resource", ""),
        ("unit", "Unit", ""),
        ("points", "Levels that came", ""),
        ("inside_50", "Inside 50 %", "ratio"),
        ("inside_80", "Inside 80 %", "ratio"),
        ("inside_95", "Inside 95 %", "ratio"),
        ("crps", "CRPS", ""),
        ("naive_crps", "CRPS, seasonal naive", ""),
        ("median_error", "Came less median, mean", ""),
    ];
    table("last-plan", "Earlier forecasts against what came", &columns, rows)
}

/// Crossings and orders in hindsight, a row each.
#[must_use]
pub fn decision_table(scores: &[Score], currency: &str) -> Table {
    let mut rows = Vec::new();
    for run in scores {
        for one in &run.pools {
            let mut row = vec![text(&run.run), Cell::Day(run.as_of), text(&one.pool), text("crossing")];
            row.extend([Cell::Missing, day(one.predicted.1), day(one.crossed), text(&one.says())]);
            row.extend([Cell::Missing, Cell::Missing, Cell::Missing]);
            rows.push(row);
        }
        for one in &run.orders {
            let mut row = vec![text(&run.run), Cell::Day(run.as_of), text(&one.pool), text("order")];
            row.extend([Cell::Integer(i64::from(one.units)), Cell::Day(one.arrives), day(one.needed), text(one.timing.word())]);
            row.extend([Cell::Number(one.months), Cell::Number(one.idle_cost), Cell::Number(one.hours_short)]);
            rows.push(row);
        }
    }
    let columns = [
        ("run", "Run", ""),
        ("as_of", "Knew until", ""),
        ("pool", "Pool", ""),
        ("what", "What", ""),
        ("units", "Units", ""),
        ("planned", "Expected", ""),
        ("came", "Came", ""),
        ("verdict", "In hindsight", ""),
        ("months", "Months too early, late below 0", "months"),
        ("idle_cost", "Cost of idle units", currency),
        ("hours_short", "Hours short", "h"),
    ];
    table("last-decisions", "Earlier decisions in hindsight", &columns, rows)
}
