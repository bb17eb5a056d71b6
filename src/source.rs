//! Where history comes from, as declared: files, columns, units, time zone, and which pool they describe.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::time::Zone;
use crate::units::Scale;

/// How the values of a source are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value at (or over) an instant.
    Gauge,
    /// An ever-growing total whose differences matter; it may reset.
    Counter,
    /// An amount per row, to be divided by the step for a rate.
    Delta,
    /// Something that happened at an instant: rows are counted.
    Event,
}

/// What to do with a cell that is neither a number nor a missing marker, or a row that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInvalid {
    /// Refuse the file, telling every such place.
    #[default]
    Error,
    /// A bad value is missing; a row whose time or shape is bad is left out. Counted.
    Null,
    /// The whole row is left out. Counted.
    Skip,
}

/// The statistic that a row of the source already is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampled {
    /// A momentary sample.
    Raw,
    /// An average over the step: peaks inside it are hidden, and the report says so.
    Average,
    /// A maximum over the step.
    Maximum,
}

/// What to do with two rows of one entity at one instant that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDuplicate {
    /// Refuse the source.
    Error,
    /// Keep the row that stands first (last, largest, mean).
    First,
    /// Keep the last.
    Last,
    /// Keep the largest.
    Max,
    /// Keep their mean.
    Mean,
}

/// The form of the times in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeForm {
    /// Found out from the column: RFC 3339 / ISO 8601 text with or without offset, or a Parquet date/datetime column.
    Auto,
    /// Whole or fractional seconds (or ms, us, ns) since 1970.
    Epoch {
        /// Units per second: 1, 1e3, 1e6 or 1e9.
        per_second: u64,
    },
    /// Seconds since a declared instant, for sources without a clock.
    SecondsSince(crate::time::Timestamp),
    /// A strptime pattern.
    Pattern(String),
}

/// How the columns of a file map to time, entity and value.
#[derive(Debug, Clone, PartialEq)]
pub enum Columns {
    /// The format says it, or it is found out: series have names and labels of their own.
    Found {
        /// The labels whose values together name the entity; empty: each series is one.
        entity: Vec<String>,
    },
    /// One row an observation.
    Long {
        /// The time column.
        time: String,
        /// The columns whose values together name the entity; empty when the file is one series.
        entity: Vec<String>,
        /// The value column.
        value: String,
    },
    /// One column an entity.
    Wide {
        /// The time column.
        time: String,
        /// The value columns; empty: all others.
        values: Vec<String>,
    },
}

/// One declared source of history: it gives the demand of one pool for one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its name in the model file.
    pub name: String,
    /// Where the label of a series names its pool (`pool_from`): the label, and all pools that are told apart by it.
    pub pool_from: Option<(String, Vec<String>)>,
    /// Files, folders and stores (after glob expansion, sorted), absolute or relative to the working directory.
    pub paths: Vec<PathBuf>,
    /// A server to ask, in place of files.
    pub live: Option<Live>,
    /// The format's name; `None` to find out.
    pub format: Option<String>,
    /// The meaning of the columns of a file without a header, in order.
    pub header: Option<Vec<String>>,
    /// The instant of a snapshot that has no time of its own.
    pub at: Option<crate::time::Timestamp>,
    /// Which columns.
    pub columns: Columns,
    /// The form of the times.
    pub time: TimeForm,
    /// The zone of times without an offset.
    pub zone: Zone,
    /// The declared unit of the values and its factor to the base unit; `None`: the file's own.
    pub scale: Option<Scale>,
    /// Multiplies every value beside its unit.
    pub times: f64,
    /// Gauge, counter, delta or event; `None`: what the file says, else gauge.
    pub kind: Option<Kind>,
    /// What a row already is; `None`: what the file says, else raw.
    pub sampled: Option<Sampled>,
    /// Keep only rows whose label columns have one of these values, in which `*` stands for any letters: `service = ["web", "api-*"]`.
    /// `metric` and `stat` select by name and statistic.
    pub select: BTreeMap<String, Vec<String>>,
    /// What to do with conflicting duplicates.
    pub on_duplicate: OnDuplicate,
    /// Text is in ISO 8859-1.
    pub latin1: bool,
    /// What to do with cells and rows that cannot be read.
    pub on_invalid: OnInvalid,
    /// Highest share of rows that may be left out, 0 to 1.
    pub max_bad: f64,
    /// Any warning about the data refuses them.
    pub strict: bool,
    /// The pool described.
    pub pool: String,
    /// The resource described.
    pub resource: String,
    /// The base unit of the resource, and so of the demand.
    pub unit: crate::units::Unit,
    /// What the values mean.
    pub measures: Measures,
    /// A value at or above this (in base units) is saturated: demand was at least that much.
    pub saturation: Option<f64>,
}

/// A server that answers range queries in the way of Prometheus.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Its address, without credentials.
    pub url: String,
    /// The query (PromQL).
    pub query: String,
    /// Seconds from one sample to the next.
    pub step_seconds: i64,
    /// The first day asked for.
    pub start: crate::time::Day,
    /// The day after the last; `None`: as far as there are data when the run begins.
    pub end: Option<crate::time::Day>,
}

/// What the values of a source are.
#[derive(Debug, Clone, PartialEq)]
pub enum Measures {
    /// Amounts of the resource in use: they *are* demand.
    Demand,
    /// Ratios of the capacity in force: demand = value × capacity at that instant.
    Utilization {
        /// What a share is of.
        of: Whole,
    },
}

/// What a share is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Whole {
    /// The pool's capacity in force at that instant: the source is one series for the whole pool.
    Pool,
    /// So much of each entity, in base units, as declared.
    Each(f64),
    /// Not declared: of one series without an entity the pool's capacity in force, otherwise so much of each entity, what a unit has.
    Unit(f64),
}

/// Whether a text is one of those that are meant, in which `*` stands for any letters.
#[must_use]
pub fn fits(meant: &[String], text: &str) -> bool {
    meant.iter().any(|pattern| matches(pattern, text))
}

/// Whether a text fits a pattern in which `*` stands for any letters.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    if parts.len() == 1 || text.len() < first.len() + last.len() || !text.starts_with(first) || !text.ends_with(last) {
        return parts.len() == 1 && pattern == text;
    }
    let mut rest = &text[first.len()..text.len() - last.len()];
    parts[1..parts.len() - 1].iter().all(|part| {
        let at = rest.find(part);
        rest = at.map_or("", |at| &rest[at + part.len()..]);
        at.is_some()
    })
}
