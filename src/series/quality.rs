use serde::Serialize;

use crate::time::Timestamp;

/// How much a remark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Results may be off; it was repaired or left out, and counted.
    Warning,
}

/// One thing found in the data, in words for the report: what, where, what was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remark {
    /// How much it matters.
    pub severity: Severity,
    /// A stable name such as `gap`, `duplicate`, `counter-reset`, `saturated`, `unit-change`, `level-shift`.
    pub kind: String,
    /// The sentence.
    pub text: String,
}

/// What was found in, repaired in and refused from one series of one source: the rows of the report's quality table.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Quality {
    /// The source's name in the model file.
    pub source: String,
    /// The series (or pool and resource) as displayed.
    pub series: String,
    /// Rows read.
    pub rows: u64,
    /// Entities (hosts, VMs, drives) that were summed.
    pub entities: u64,
    /// First and last instant seen.
    pub first: Option<Timestamp>,
    /// See `first`.
    pub last: Option<Timestamp>,
    /// The step found, in seconds.
    pub step_seconds: Option<i64>,
    /// Bins of the pool's sum with no value at all.
    pub gap_bins: u64,
    /// Bins of the pool's sum in which at least one entity that should have been there was missing.
    pub partial_bins: u64,
    /// Duplicate rows with the same value, dropped.
    pub duplicates: u64,
    /// Duplicate rows with another value (kept by the declared policy).
    pub conflicts: u64,
    /// Rows that were not in time order.
    pub out_of_order: u64,
    /// Counter resets and wraps handled.
    pub counter_resets: u64,
    /// Samples at the ceiling: demand was at least that much.
    pub saturated: u64,
    /// Values that were missing, not finite, or impossible (set missing).
    pub invalid: u64,
    /// The source holds averages over its step, so that peaks within a step are hidden.
    pub averaged: bool,
    /// All else, in words.
    pub remarks: Vec<Remark>,
}
