//! Exports of monitoring systems, read as they stand: which series, which samples, in which unit, and what was odd about them.
//!
//! A parser takes an [`Input`] and fills a [`Reading`]. It repairs nothing in silence: a missing marker is counted, a doubt is a
//! [`Finding`], a thing that only the user can know is a [`Question`] or a problem that names the flag. What a value *means* for a
//! pool (rates of counters, utilization to demand) is decided later, in `ingest`.
#![expect(clippy::disallowed_methods, reason = "folders of data files are listed here")]

mod bins;
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
mod utf16;

pub mod inspect;

pub use crate::source::OnInvalid;
pub use bins::{Bins, Fold, bins};
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
    if options.columns.as_ref().is_some_and(|names| prometheus::names_columns_as_exported(names))
        && let Some(parser) = parsers().find(|parser| parser.format == "victoriametrics-csv")
    {
        return Ok((parser, "columns are declared in the words of its export".to_owned()));
    }
    let head = input.head()?;
    if ["", "{}", "[]", "null"].contains(&head.text.trim()) {
        let message = format!("saw an empty answer (`{}`), no data, expected an export of a monitoring system", head.text.trim());
        return Err(vec![input.problem("ingest/no-data", message).help("try a wider query, or export it again")]);
    }
    parsers()
        .find_map(|parser| (parser.recognise)(&head).map(|why| (parser, why)))
        .ok_or_else(|| vec![input.head_cut_off().unwrap_or_else(|| unknown(input, &head))])
}

/// What is in place of an export.
fn unknown(input: &Input, head: &Head) -> Problem {
    let text = head.text.trim_start();
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
    let mut reading = Reading::default();
    let files = if path.is_dir() { files_below(path)? } else { vec![path.to_owned()] };
    read_files_into(&files, options, &mut reading)?;
    examine(&mut reading, options, path)?;
    Ok(reading)
}

/// Reads files as one data set. Nothing is examined.
///
/// # Errors
/// `ingest/*`: every problem of every file at once.
pub fn read_files_into(files: &[PathBuf], options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut problems = Vec::new();
    for file in files {
        if let Err(mut told) = read_into(&Input::file(file), options, reading) {
            problems.append(&mut told);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
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
    if input.is_utf16() {
        reading.warn("encoding", 0, || "the text is UTF-16 by its mark: decoded".to_owned());
    }
    reading.format = parser.format;
    reading.why = why;
    (parser.read)(input, options, reading)?;
    reading.declare(options);
    if reading.is_empty() {
        let markers: u64 = reading.series.iter().map(|series| series.missing + series.infinite).sum();
        let what = if markers == 0 {
            "that is empty: no data, not a single sample".to_owned()
        } else {
            format!("with no data: all of its {markers} values are missing (null, NaN, absent) or infinite")
        };
        let message = format!("saw {} {what}, expected series of numbers over time", parser.says);
        return Err(vec![Problem::new("ingest/no-data", input.path(), message).help("try another file, or a wider query")]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: Vec<u8>, options: &Options) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a", bytes), options)
    }

    #[test]
    fn text_in_utf16_is_read_as_the_same_text_is_and_told() {
        let text = "\u{FEFF}cpu,host=büro usage=5 1504447811000000000\r\n";
        let reading = of(text.encode_utf16().flat_map(u16::to_le_bytes).collect(), &Options::default()).unwrap();
        assert_eq!((reading.format, reading.series[0].id.labels["host"].as_str()), ("influx-line", "büro"));
        assert_eq!(reading.findings[0].kind, "encoding");
    }

    #[test]
    fn answers_without_data_say_so_and_whether_there_were_markers() {
        for (text, word) in [
            ("[]\n", "empty"),
            ("\u{FEFF}{}", "empty"),
            (" \r\n", "empty"),
            (r#"{"MetricDataResults":[]}"#, "empty"),
            (r#"[{"target":"a","datapoints":[[null,1504447860]]}]"#, "all of its 1 values are missing"),
        ] {
            let problem = &of(text.into(), &Options::default()).err().unwrap()[0];
            assert!(problem.slug == "ingest/no-data" && problem.message.contains("no data"), "{problem}");
            assert!(problem.message.contains(word), "{problem}");
        }
    }

    #[test]
    fn columns_declared_in_the_words_of_an_export_say_which_it_is() {
        let columns = ["__timestamp__:unix_s", "__value__", "instance"].map(str::to_owned).to_vec();
        let options = Options { columns: Some(columns), ..Options::default() };
        let reading = of(b"1504447811,5,a\n".to_vec(), &options).unwrap();
        assert_eq!((reading.format, reading.series[0].at[0]), ("victoriametrics-csv", 1_504_447_811 * NANOS));
    }
}
