//! Files to `Panel`: exports of any format as they stand, then their meaning: one demand for each pool and resource.

mod combine;
mod entity;
mod fold;
mod read;
mod tidy;

pub use read::{CapacityInForce, read};
pub use tidy::{Pace, StampForm, TidyColumns, TidySeries, tidy};

use std::path::Path;

use crate::formats::{self, Options, Reading};
use crate::problem::Problem;

/// Reads any export, a file or a folder, as it stands, and examines it: see [`formats::read_path`].
///
/// # Errors
/// `ingest/*`: every problem at once.
pub fn read_export(path: &Path, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    let mut reading = read_raw(path, options)?;
    formats::examine(&mut reading, options, path)?;
    Ok(reading)
}

/// The same, not yet examined: the series of a source are examined once they are chosen.
fn read_raw(path: &Path, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    formats::read_path_raw(path, options)
}
