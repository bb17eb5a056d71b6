//! Files to `Panel`: CSV with line-exact errors, Parquet through lazy dataframes, then one demand for each pool and resource.

mod combine;
mod entity;
mod fold;
mod read;
mod stamp;
mod table;
mod text;
mod tidy;

pub use read::{CapacityInForce, read};
pub use tidy::{Pace, StampForm, TidyColumns, TidySeries, tidy};

use std::path::Path;

use crate::formats::{self, Options, Reading};
use crate::problem::Problem;

/// Reads any export, a file or a folder, as it stands: see [`formats::read_path`].
///
/// # Errors
/// `ingest/*`: every problem at once.
pub fn read_export(path: &Path, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    formats::read_path(path, options)
}
