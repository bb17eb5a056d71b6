//! The pipeline, the run directory, the manifest. This module touches the world and holds no arithmetic.

mod anomalies;
mod backtest;
mod batches;
mod directory;
mod drivers;
mod fetched;
mod fit;
mod gates;
pub mod generate;
mod hierarchy;
mod levelled;
mod manifest;
mod outside;
mod parts;
mod pipeline;
mod rerun;
mod series;

pub use anomalies::{AnomalyRequest, FoundAnomalies, find_anomalies};
pub use backtest::{BacktestRequest, Backtested, backtest_series, write_chart};
pub use batches::{Asked, SeriesBatch, batches, carry, ceiling_notes, season_notes};
pub use directory::{RunFolder, WholeFile, latest, read_output, write_table, write_whole};
pub use drivers::{DriverTables, Driving, driver_tables};
pub use fit::{FitRequest, FittedTable, fit_table};
pub use gates::Gates;
pub use hierarchy::{Levelled, Levels, Reconcile};
pub use manifest::{Input, Manifest, Output};
pub use outside::Outside;
pub use parts::{BLOCK, Part, blocks_of, merge};
pub use pipeline::{Finished, Futures, Overrides, Past, Prepared, Request, Verdict, run};
pub use rerun::{Rerun, rerun};
pub use series::{Point, SeriesRequest, Sink, TableFile, forecast_series, forecasts, is_parquet};
