//! Files to `Panel`: exports of any format as they stand (files of columns here, all others by `formats`), then their meaning: one
//! demand for each pool and resource.

mod columnar;
mod combine;
mod dropouts;
mod entity;
mod fold;
mod guarded;
mod read;
mod shares;
pub mod store;
mod tidy;

pub use guarded::guarded;
pub use read::{CapacityInForce, read};
pub use tidy::{
    HeldSeries, Pace, ROOM, Sheet, StampForm, StampStyle, Tidy, TidyColumns, TidySeries, Unread, first_problems, sheet, tidy,
};

use std::path::Path;

use crate::formats::{self, Input, Options, Reading};
use crate::problem::Problem;

type Problems = Vec<Problem>;

/// Reads any export, a file or a folder, as it stands, and examines what was read. Files of columns are read here, all others by
/// [`formats`]; a folder of Parquet files is one data set, and a store is read as it stands.
///
/// # Errors
/// `ingest/*`: every problem at once.
pub fn read_export(path: &Path, options: &Options) -> Result<Reading<'static>, Problems> {
    let mut reading = Reading::default();
    read_export_into(path, options, &mut reading)?;
    formats::examine(&mut reading, options, path)?;
    Ok(reading)
}

/// The same into a reading that may pass its samples on as it goes. Nothing is examined.
///
/// # Errors
/// `ingest/*`: every problem at once.
pub fn read_export_into(path: &Path, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    if store::Store::is_at(path) {
        let store = store::Store::open(path).map_err(|problem| vec![problem])?;
        return store.read_into(&store::Select::default(), options.on_duplicate, reading);
    }
    if !path.is_dir() {
        return if columnar::is_columnar(path, options) {
            columnar::read_file(path, options, reading)
        } else {
            formats::read_into(&Input::file(path), options, reading)
        };
    }
    let files = formats::files_below(path)?;
    if files.iter().any(|file| columnar::is_columnar(file, options)) {
        return columnar::read_folder(path, &files, options, reading);
    }
    formats::read_files_into(&files, options, reading)
}

/// Every format that is read: its name in `--format`, and what writes it.
pub fn formats_known() -> impl Iterator<Item = (&'static str, &'static str)> {
    formats::parsers().map(|parser| (parser.format, parser.says)).chain(columnar::FORMATS.iter().copied())
}

/// The series of a file or folder, not yet examined: those of a source are examined once they are chosen.
fn read_raw(path: &Path, options: &Options) -> Result<Reading<'static>, Problems> {
    let mut reading = Reading::default();
    read_export_into(path, options, &mut reading)?;
    Ok(reading)
}
