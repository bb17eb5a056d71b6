//! The pipeline, the run directory, the manifest. This module touches the world and holds no arithmetic.

mod anomalies;
mod backtest;
mod batches;
mod directory;
mod fetched;
pub mod generate;
mod manifest;
mod parts;
mod pipeline;
mod rerun;
mod series;

pub use anomalies::{AnomalyRequest, FoundAnomalies, find_anomalies};
pub use backtest::{BacktestRequest, Backtested, backtest_series, write_chart};
pub use batches::{Asked, SeriesBatch, batches, carry, ceiling_notes, season_notes};
pub use directory::{RunFolder, WholeFile, latest, read_output, write_table, write_whole};
pub use manifest::{Input, Manifest, Output};
pub use parts::{BLOCK, Part, blocks_of, merge};
pub use pipeline::{Finished, Futures, Overrides, Past, Prepared, Request, Verdict, run};
pub use rerun::{Rerun, rerun};
pub use series::{Point, SeriesRequest, Sink, TableFile, forecast_series, forecasts, is_parquet};
