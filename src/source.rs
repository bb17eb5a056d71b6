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
    /// Files (after glob expansion, sorted), absolute or relative to the working directory.
    pub paths: Vec<PathBuf>,
    /// Which columns.
    pub columns: Columns,
    /// The form of the times.
    pub time: TimeForm,
    /// The zone of times without an offset.
    pub zone: Zone,
    /// The unit as written in the file, and its factor to the base unit.
    pub scale: Scale,
    /// Gauge, counter or delta.
    pub kind: Kind,
    /// What a row already is.
    pub sampled: Sampled,
    /// Keep only rows whose label columns have these values: `service = "web"`.
    pub select: BTreeMap<String, String>,
    /// What to do with conflicting duplicates.
    pub on_duplicate: OnDuplicate,
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

/// What the values of a source are.
#[derive(Debug, Clone, PartialEq)]
pub enum Measures {
    /// Amounts of the resource in use: they *are* demand.
    Demand,
    /// Ratios of the capacity in force: demand = value × capacity at that instant.
    Utilization {
        /// Capacity of one entity in base units, constant (each entity's utilization is multiplied by it), or by the
        /// pool's own capacity history when the source is one series for the whole pool.
        per_entity: Option<f64>,
    },
}
