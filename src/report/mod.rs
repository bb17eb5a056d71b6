//! The evidence: findings as sentences with numbers, intervals and sources; tables; charts as data. No HTML, no color, no pixel.

mod answers;
pub mod changes;
mod chart;
mod charts;
mod compose;
mod director;
pub mod format;
pub mod gate;
mod links;
mod past;
mod pools;
mod risk;
#[cfg(feature = "cli")]
mod schema;
pub mod score;
mod table;
mod tables;

pub use answers::last_plan::add_to as add_last_plan;
pub use chart::{Chart, ChartBody, Marker, Panel, SmallFan, TornadoBar, UnusualPanel};
pub use compose::{Evidence, compose};
pub use director::{Director, Fact};
pub use links::slug;
pub use pools::PoolLine;
pub use risk::Risk;
#[cfg(feature = "cli")]
pub use schema::{reference, schema};
pub use table::{Cell, Column, Table};

use serde::Serialize;

/// The schema of [`Report`] as JSON. A field may be added under the same number; one that goes or means something else gets a new one.
pub const SCHEMA: &str = "plimsoll-report/1";

/// The table of forecasts alone: what `plimsoll forecast` prints for a model.
#[must_use]
pub fn forecast_table(forecasts: &[crate::paths::Forecast]) -> Table {
    answers::demand::forecasts_table(forecasts)
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// Everything that is said about a run, in the order of the planner's twelve questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Changes when a field goes or means something else; fields may be added.
    pub schema: String,
    /// The model's name.
    pub model: String,
    /// The question it answers.
    pub question: String,
    /// The last full day of history.
    pub as_of: crate::time::Day,
    /// Days planned for.
    pub horizon_days: u32,
    /// Whether the plan as declared keeps within the accepted risk; `None` when the interval of some month spans it.
    pub within_rule: Option<bool>,
    /// The three sentences that matter, most important first.
    pub summary: Vec<String>,
    /// The page for who decides and does not plan: dates, money and risk in plain words.
    pub director: Director,
    /// A line a pool, in the order of the model.
    pub pools: Vec<PoolLine>,
    /// The answered questions, in the order of the twelve; those that cannot be answered yet are absent.
    pub sections: Vec<Section>,
    /// All tables, by id.
    pub tables: Vec<Table>,
    /// All charts, by id.
    pub charts: Vec<Chart>,
    /// Seed, method, replications, inputs by checksum.
    pub provenance: Provenance,
    /// What the gates of the job say; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gates: Option<gate::Judged>,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// One answered question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// 1 to 12: its place among the twelve questions.
    pub number: u8,
    /// A stable id, used as a link target: `data`, `last-plan`, `now`, `demand`, `exhaustion`, `survival`, `orders`, `cost`, `what-if`, `matters`, `gates`, `provenance`.
    pub id: String,
    /// The question.
    pub question: String,
    /// The answers, most important first.
    pub findings: Vec<Finding>,
    /// Ids of the tables shown here, in order.
    pub tables: Vec<String>,
    /// Ids of the charts shown here, in order.
    pub charts: Vec<String>,
    /// What a reader must know before trusting this.
    pub caveats: Vec<String>,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// One sentence with its number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The sentence, complete with number, unit and interval.
    pub sentence: String,
    /// The pool it is about, where it is about one.
    pub pool: Option<String>,
    /// Good, watch or act: how much it matters now.
    pub weight: Weight,
    /// The number for machines, in base units; `None` for sentences without one.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// What the interval covers, such as `80 % of futures` or `95 % confidence, Monte Carlo`.
    pub interval: Option<String>,
    /// The method in a few words.
    pub method: String,
    /// The table that holds it, by id.
    pub evidence: Option<String>,
    /// The row of that table, by id (the table's id and its key cells, such as `schedule-checkout-2027-03`); `None` where no row is its alone.
    pub row: Option<String>,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// How much a finding matters now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Nothing to do.
    Good,
    /// Keep an eye on it.
    Watch,
    /// Decide something.
    Act,
}

#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
/// What a reader needs to get the same numbers again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Provenance {
    /// The program's version.
    pub program: String,
    /// The seed.
    pub seed: u64,
    /// Replications a scenario.
    pub replications: u32,
    /// Name and SHA-256 of every input, sorted.
    pub inputs: Vec<(String, String)>,
    /// The command that makes this run again.
    pub command: String,
}
