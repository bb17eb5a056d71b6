//! One test binary: the dataframe library is slow to link. The list of test names is the specification.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests touch the world")]
#![allow(clippy::format_collect, clippy::too_many_lines, reason = "plain code for small inputs")]

mod batches;
mod buying;
mod decisions;
mod determinism;
mod laws;
mod layers;
mod matters;
mod oracle;
mod policies;
mod questions;
mod roll_ups;
mod support;
mod truth;
mod uncertain;
mod units;
mod work;

#[cfg(feature = "cli")]
mod anomalies;
#[cfg(feature = "cli")]
mod ceiling;
#[cfg(feature = "cli")]
mod choose;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "frames")]
mod columnar;
#[cfg(feature = "cli")]
mod coverage;
#[cfg(feature = "cli")]
mod desk;
#[cfg(feature = "cli")]
mod docs;
#[cfg(feature = "cli")]
mod driven;
#[cfg(feature = "cli")]
mod fit;
#[cfg(feature = "cli")]
mod gallery;
#[cfg(feature = "cli")]
mod gates;
#[cfg(feature = "cli")]
mod generate;
#[cfg(feature = "cli")]
mod golden;
#[cfg(feature = "cli")]
mod held;
#[cfg(feature = "cli")]
mod held_back;
#[cfg(feature = "cli")]
mod hierarchy;
#[cfg(feature = "frames")]
mod ingest;
#[cfg(feature = "live")]
mod live;
#[cfg(feature = "cli")]
mod looking_back;
#[cfg(feature = "cli")]
mod models;
#[cfg(feature = "cli")]
mod newcomer;
#[cfg(feature = "cli")]
mod outside;
#[cfg(feature = "cli")]
mod page;
#[cfg(feature = "cli")]
mod pages;
#[cfg(feature = "cli")]
mod parts;
#[cfg(feature = "charts")]
mod pictures;
#[cfg(feature = "cli")]
mod plain_series;
#[cfg(feature = "cli")]
mod plot;
#[cfg(feature = "cli")]
mod project;
#[cfg(feature = "cli")]
mod reference;
#[cfg(feature = "charts")]
mod render;
#[cfg(feature = "cli")]
mod scenarios;
#[cfg(feature = "spec")]
mod spec;
#[cfg(feature = "cli")]
mod store;
#[cfg(feature = "cli")]
mod words;
