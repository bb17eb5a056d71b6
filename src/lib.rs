//! **plimsoll** draws the load line of a computing system: how much load it can safely carry, through growth and failure; when
//! demand will cross that line; what must be ordered by which day, at what cost and what risk.
//!
//! ```text
//!  files ──ingest──▶ Panel ──forecast──▶ SamplePaths ──simulate──▶ Outcomes ──plan──▶ Plan ──report──▶ Report ──render──▶ files
//!           (past)           (demand)                  (world)                (decision)       (evidence)
//!  models/*.toml ──spec──▶ Model + Scenario ─────────────┘
//! ```
//!
//! Left to right only. [`fit`], [`forecast`], [`simulate`], [`plan`] and [`report`] are functions from values to values and build with
//! `--no-default-features`; the other stages touch the world and stand behind features.

pub mod error;
// words
pub mod observe;
pub mod portable;
pub mod problem;
pub mod stats;
pub mod stream;
pub mod time;
pub mod units;
pub(crate) mod wide;
pub(crate) mod ziggurat;
// values
pub mod model;
pub mod paths;
pub mod scenario;
pub mod series;
pub mod slo;
pub mod source;
// engines
pub mod fit;
pub mod forecast;
pub mod generate;
pub mod plan;
pub mod report;
pub mod simulate;
// shell
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "formats")]
pub mod formats;
#[cfg(feature = "frames")]
pub mod ingest;
#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "charts")]
pub mod render;
#[cfg(feature = "cli")]
pub mod run;
#[cfg(feature = "spec")]
pub mod spec;
