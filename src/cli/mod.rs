//! Flags, help, progress, exit codes. Data goes to stdout, talk to stderr.

mod anomalies;
mod args;
mod bins;
mod choose;
mod commands;
mod exit;
mod fit;
mod forecast;
mod ingest;
mod inspect;
mod live;
mod progress;
mod project;
mod read;
mod show;

pub use args::Arguments;
pub use commands::main;
