//! Flags, help, progress, exit codes. Data goes to stdout, talk to stderr.

mod anomalies;
mod args;
mod bins;
mod choose;
mod commands;
mod diff;
mod dry;
mod exit;
mod explain;
mod fit;
mod flags;
mod forecast;
mod ingest;
mod inspect;
mod json;
mod live;
mod man;
mod plot;
mod progress;
mod project;
mod read;
mod score;
mod show;
mod summary;

pub use args::Arguments;
pub use commands::main;
