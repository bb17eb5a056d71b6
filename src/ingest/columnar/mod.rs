//! Files of columns: Parquet, Arrow IPC (Feather 2) and folders of them, also Hive partitions.
//!
//! They are written by pyarrow, pandas, polars, Spark, DuckDB and the exports of data lakes. The traps: times come as six physical
//! types with and without a zone (INT96 has none and means UTC by convention), as whole numbers of four units, as dates and as text;
//! pandas leaves its row index behind as a column; a Hive partition keeps columns in the folders' names only, and those that are
//! dates must not split a series. Which column is what is found out from types, names and the first rows, or declared by `--map`.
//!
//! Specifications: parquet-format (LogicalTypes), Arrow columnar format (IPC file and stream).

mod batches;
mod cells;
mod partition;
mod roles;
mod rows;

use std::path::{Path, PathBuf};

use batches::Form;
pub(super) use batches::Opened;
use roles::Roles;
use rows::Rows;

use crate::formats::{Options, Reading};
use crate::problem::Problem;

type Problems = Vec<Problem>;

/// The format names that are read here, with a line on what writes each.
pub(super) const FORMATS: &[(&str, &str)] = &[
    ("parquet", "Parquet files of pyarrow, pandas, polars, Spark, DuckDB"),
    ("arrow-ipc", "Arrow IPC files and streams, Feather 2"),
    ("hive", "a folder of Parquet files with `key=value` in the names of its folders"),
];

/// Whether the file is read here: by its first bytes, unless another format is declared.
pub(super) fn is_columnar(path: &Path, options: &Options) -> bool {
    match &options.format {
        Some(name) => FORMATS.iter().any(|(format, _)| format == name),
        None => batches::form(path).is_some(),
    }
}

/// Reads one file.
pub(super) fn read_file(path: &Path, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    read_parts(path, &[path.to_owned()], options, reading)
}

/// Reads the files of a folder as one data set, in the order of their paths.
pub(super) fn read_folder(
    folder: &Path,
    files: &[PathBuf],
    options: &Options,
    reading: &mut Reading<'_>,
) -> Result<(), Problems> {
    let (parts, others): (Vec<PathBuf>, Vec<PathBuf>) = files.iter().cloned().partition(|path| is_columnar(path, options));
    // `_SUCCESS`, `_metadata` and the like belong to the writer of the data set.
    let stray = |path: &&PathBuf| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_'));
    for other in others.iter().filter(stray) {
        reading.warn("stray-file", 0, || format!("`{}` is not of the data set's format: left out", other.display()));
    }
    read_parts(folder, &parts, options, reading)
}

fn read_parts(whole: &Path, parts: &[PathBuf], options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (mut problems, mut rows) = (Problems::new(), Rows::new(options));
    for part in parts {
        if let Err(mut told) = read_part(part, options, &mut rows, reading) {
            problems.append(&mut told);
        }
    }
    problems.extend(rows.judge(whole, reading));
    if !problems.is_empty() {
        return Err(capped(problems, whole));
    }
    reading.declare(options);
    if reading.is_empty() {
        let message = "saw tables without a single sample, expected series of numbers over time";
        return Err(vec![Problem::new("ingest/no-data", whole, message).help("try another file, or a wider query")]);
    }
    Ok(())
}

fn read_part(path: &Path, options: &Options, rows: &mut Rows, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let opened = Opened::open(path)?;
    let constant = partition::of(path);
    (reading.format, reading.why) = match (opened.form, constant.is_empty()) {
        (Form::Parquet, true) => ("parquet", "it begins with PAR1".to_owned()),
        (Form::Parquet, false) => ("hive", "it begins with PAR1, and folders of its path are named key=value".to_owned()),
        (Form::File, _) => ("arrow-ipc", "it begins with ARROW1".to_owned()),
        (Form::Stream, _) => ("arrow-ipc", "it begins with an Arrow schema message".to_owned()),
    };
    let roles = Roles::choose(&opened, &constant, options, reading)?;
    let wanted = roles.wanted();
    rows.begin(path, &roles, &opened);
    opened.each(&wanted, None, &mut |batch, first| rows.take(batch, first, reading))
}

/// The first twenty problems, and how many more there are.
fn capped(mut problems: Problems, path: &Path) -> Problems {
    const MOST: usize = 20;
    if problems.len() > MOST {
        let more = problems.len() - MOST;
        problems.truncate(MOST);
        problems.push(Problem::new("ingest/more-problems", path, format!("and {more} more problems like these")));
    }
    problems
}
