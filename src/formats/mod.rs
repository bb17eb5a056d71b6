//! Exports of monitoring systems, read as they stand: which series, which samples, in which unit, and what was odd about them.
//!
//! A parser takes an [`Input`] and fills a [`Reading`]. It repairs nothing in silence: a missing marker is counted, a doubt is a
//! [`Finding`], a thing that only the user can know is a [`Question`] or a problem that names the flag. What a value *means* for a
//! pool (rates of counters, utilization to demand) is decided later, in `ingest`.
#![expect(clippy::disallowed_methods, reason = "folders of data files are listed here")]

mod cloud;
mod document;
mod examine;
mod faults;
mod host;
mod influx;
mod input;
mod known;
mod options;
pub(crate) mod prometheus;
mod reading;
mod rrd;
mod shapes;
mod stamp;
mod table;
mod text_lines;

pub mod inspect;

pub use crate::source::OnInvalid;
pub use examine::Growth;
pub use input::{Head, Input};
pub use known::{kind_of_name, unit_of_name};
pub use options::{Mapping, Options};
pub use reading::{Finding, Identity, Number, Question, RawSeries, Reading, Stat, Values};
pub use stamp::{Clock, NANOS, Stamp};

use std::path::{Path, PathBuf};

use crate::problem::Problem;

type Problems = Vec<Problem>;

/// One format: how it is known from its first bytes, and how it is read.
pub struct Parser {
    /// Its stable name, as in `--format`.
    pub format: &'static str,
    /// One line on what writes it, for lists.
    pub says: &'static str,
    /// Why these first bytes are of this format, or `None`. Asked in the order of [`parsers`]: the most particular first.
    pub recognise: fn(&Head) -> Option<String>,
    /// Reads it whole into the reading.
    pub read: fn(&Input, &Options, &mut Reading<'_>) -> Result<(), Problems>,
}

/// Every parser, in the order in which they are asked.
pub fn parsers() -> impl Iterator<Item = &'static Parser> {
    [prometheus::PARSERS, cloud::PARSERS, influx::PARSERS, host::PARSERS, rrd::PARSERS, table::PARSERS].into_iter().flatten()
}

/// The parser for an input: as declared, or the first that recognises it, with its reason.
///
/// # Errors
/// `ingest/unknown-format` with the formats there are; whatever hinders reading its first bytes.
pub fn choose(input: &Input, options: &Options) -> Result<(&'static Parser, String), Problems> {
    if let Some(name) = &options.format {
        let found = parsers().find(|parser| parser.format == name);
        let names: Vec<&str> = parsers().map(|parser| parser.format).collect();
        return found.map(|parser| (parser, "declared".to_owned())).ok_or_else(|| {
            let message = format!("saw the format `{name}`, expected one of {}", names.join(", "));
            vec![Problem::new("ingest/unknown-format", input.path(), message).help("try --format auto")]
        });
    }
    let head = input.head()?;
    parsers()
        .find_map(|parser| (parser.recognise)(&head).map(|why| (parser, why)))
        .ok_or_else(|| vec![input.head_cut_off().unwrap_or_else(|| unknown(input, &head))])
}

/// What is in place of an export.
fn unknown(input: &Input, head: &Head) -> Problem {
    let text = head.text.trim_start();
    if text.is_empty() {
        let message = "saw nothing but blanks, expected an export of a monitoring system";
        return Problem::new("ingest/empty-file", input.path(), message).help("try the export again");
    }
    let message = format!("saw {}, expected an export of a monitoring system or a table", head.describe());
    let failed = ["error", "errors", "message", "detail"].iter().any(|key| head.keys.contains(*key));
    let markup = text.starts_with('<') && ["<error", "<html", "<fault"].iter().any(|tag| text.to_lowercase().contains(tag));
    let help = if failed || markup {
        "this looks like the answer of a server that refused (an expired session?), saved in place of the export: try it again"
    } else {
        "try --format with a name that `plimsoll inspect --formats` lists"
    };
    let problem = Problem::new("ingest/unknown-format", input.path(), message).help(help);
    if head.bytes.contains(&0) { problem } else { problem.at_line(1).at_field(1) }
}

/// Examines series at hand, as [`read`] does with what it has read: see [`Reading::of`].
///
/// # Errors
/// `ingest/conflicting-duplicates`, `ingest/strict`.
pub fn examined(series: Vec<RawSeries>, options: &Options, path: &Path) -> Result<Reading<'static>, Problems> {
    let mut reading = Reading::of(series);
    examine(&mut reading, options, path)?;
    Ok(reading)
}

/// Reads an input into a new reading, held in memory, and examines what was read.
///
/// # Errors
/// `ingest/*`: every problem of the input at once.
pub fn read(input: &Input, options: &Options) -> Result<Reading<'static>, Problems> {
    let mut reading = Reading::default();
    read_into(input, options, &mut reading)?;
    examine(&mut reading, options, input.path())?;
    Ok(reading)
}

/// Reads a file, or a folder with all files below it as one data set, and examines what was read.
///
/// # Errors
/// `ingest/*`: every problem of every file at once.
pub fn read_path(path: &Path, options: &Options) -> Result<Reading<'static>, Problems> {
    let mut reading = read_path_raw(path, options)?;
    examine(&mut reading, options, path)?;
    Ok(reading)
}

/// The same, not examined.
///
/// # Errors
/// `ingest/*`: every problem of every file at once.
pub fn read_path_raw(path: &Path, options: &Options) -> Result<Reading<'static>, Problems> {
    let (mut reading, mut problems) = (Reading::default(), Vec::new());
    if !path.is_dir() {
        read_into(&Input::file(path), options, &mut reading)?;
        return Ok(reading);
    }
    for file in files_below(path)? {
        if let Err(mut told) = read_into(&Input::file(&file), options, &mut reading) {
            problems.append(&mut told);
        }
    }
    if problems.is_empty() { Ok(reading) } else { Err(problems) }
}

/// Examines what was read: see the module's page.
///
/// # Errors
/// `ingest/conflicting-duplicates`, `ingest/strict`.
pub fn examine(reading: &mut Reading<'_>, options: &Options, path: &Path) -> Result<(), Problems> {
    examine::examine(reading, options, path)?;
    strict(reading, options, path)
}

/// Under [`Options::strict`], refuses a reading for its warnings.
///
/// # Errors
/// `ingest/strict`: a problem for each kind of warning.
pub fn strict(reading: &Reading<'_>, options: &Options, path: &Path) -> Result<(), Problems> {
    examine::strict(reading, options, path)
}

/// Every file below a folder, hidden ones left out, in the order of their paths.
///
/// # Errors
/// `ingest/unreadable`, and `ingest/no-data` for an empty folder.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, Problems> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        let unreadable = |error: std::io::Error| vec![Problem::new("ingest/unreadable", &next, error.to_string())];
        for entry in std::fs::read_dir(&next).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                continue;
            }
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(vec![Problem::new("ingest/no-data", folder, "saw an empty folder, expected files of series")]);
    }
    Ok(files)
}

/// Reads an input into a reading that may pass its samples on as it goes. Nothing is examined.
///
/// # Errors
/// `ingest/*`: every problem of the input at once.
pub fn read_into(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (parser, why) = choose(input, options)?;
    reading.format = parser.format;
    reading.why = why;
    (parser.read)(input, options, reading)?;
    reading.declare(options);
    if reading.is_empty() {
        let message = format!("saw {} without a single sample, expected series of numbers over time", parser.says);
        return Err(vec![Problem::new("ingest/no-data", input.path(), message).help("try another file, or a wider query")]);
    }
    Ok(())
}
