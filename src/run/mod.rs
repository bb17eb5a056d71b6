//! The pipeline, the run directory, the manifest. This module touches the world and holds no arithmetic.

mod directory;
mod fetched;
pub mod generate;
mod manifest;
mod pipeline;
mod rerun;
mod series;

pub use directory::{RunFolder, latest, read_output, write_table, write_whole};
pub use manifest::{Input, Manifest, Output};
pub use pipeline::{Finished, Futures, Overrides, Past, Prepared, Request, Verdict, run};
pub use rerun::{Rerun, rerun};
pub use series::{SeriesRequest, forecast_series};
