//! Cells of CSV and Parquet files of plain series.
#![expect(clippy::disallowed_methods, reason = "this is where a file of series is read")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::rc::Rc;

use polars::prelude::{Column, DataType, ParquetReader, SerReader, TimeUnit};

use super::sort::Rows;
use super::stamps::{StampForm, StampStyle};
use super::{Few, Odd, TidyColumns, Unread, held};
use crate::ingest::columnar::Opened;
use crate::ingest::guarded::guarded;
use crate::observe::{Event, Observer};
use crate::problem::Problem;
use crate::time::Day;

const NANOS: i64 = 1_000_000_000;

fn unreadable(path: &Path, error: &impl ToString) -> Vec<Problem> {
    vec![Problem::new("ingest/unreadable", path, error.to_string())]
}

fn open(path: &Path) -> Result<File, Vec<Problem>> {
    File::open(path).map_err(|error| {
        let help = "give the path of a CSV file (also .gz, .zst) or of a Parquet file";
        vec![Problem::new("ingest/missing-file", path, error.to_string()).help(help)]
    })
}

/// Counts the bytes of a file as they are read.
struct Counted {
    file: File,
    bytes: Rc<Cell<u64>>,
}

impl std::io::Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(into)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}

/// The bytes of a file, unpacked; `bytes` counts them as they are read, before that.
fn opened(path: &Path, bytes: &Rc<Cell<u64>>) -> Result<Box<dyn std::io::Read>, Vec<Problem>> {
    let file = BufReader::new(Counted { file: open(path)?, bytes: Rc::clone(bytes) });
    Ok(match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Some("zst") => Box::new(zstd::Decoder::with_buffer(file).map_err(|error| unreadable(path, &error))?),
        _ => Box::new(file),
    })
}

/// A problem of a CSV reader, with its line where it is known.
fn unreadable_at(path: &Path, error: &csv::Error) -> Vec<Problem> {
    let mut problems = unreadable(path, error);
    if let Some(at) = error.position() {
        problems[0].line = Some(at.line());
    }
    problems
}

/// A table whose header was read: its rows to come, and the names of its columns.
fn with_header(path: &Path, bytes: &Rc<Cell<u64>>) -> Result<(csv::Reader<Box<dyn std::io::Read>>, Vec<String>), Vec<Problem>> {
    let mut reader = csv::Reader::from_reader(opened(path, bytes)?);
    let header = reader.headers().map_err(|error| unreadable_at(path, &error))?;
    if header.iter().all(str::is_empty) {
        return Err(vec![Problem::new("ingest/no-data", path, "it is empty, expected a header and rows")]);
    }
    let names = header.iter().map(|name| name.trim().trim_start_matches('\u{feff}').to_owned()).collect();
    Ok((reader, names))
}

/// Whether a file is read as Parquet.
pub(super) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "parquet" || ending == "pq")
}

/// Rows between two looks at how far the file was read.
const ROWS_AT_ONCE: u64 = 1 << 16;

/// Tells how far a file was read, in MB, and asks whether to go on.
struct Reading<'o> {
    observer: &'o dyn Observer,
    size: u64,
    told: u64,
}

const STAGE: &str = "read";
const MB: u64 = 1_000_000;

impl<'o> Reading<'o> {
    fn begin(path: &Path, observer: &'o dyn Observer) -> Self {
        let size = std::fs::metadata(path).map_or(0, |file| file.len());
        observer.on(&Event::Started { stage: STAGE, work: size.div_ceil(MB) });
        Self { observer, size, told: 0 }
    }

    fn at(&mut self, bytes: u64) -> Result<(), Unread> {
        let parts = (bytes / MB).saturating_sub(self.told);
        if parts > 0 {
            self.observer.on(&Event::Advanced { stage: STAGE, parts });
            self.told += parts;
        }
        if self.observer.interrupted() { Err(Unread::Interrupted) } else { Ok(()) }
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.observer.on(&Event::Finished { stage: STAGE });
    }
}

impl From<Vec<Problem>> for Unread {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Problems(problems)
    }
}

impl From<std::io::Error> for Unread {
    fn from(error: std::io::Error) -> Self {
        Self::Problems(held::temporary(&error))
    }
}

/// Hands over the rows of a CSV file.
pub(super) fn of_csv(path: &Path, columns: &TidyColumns, rows: &mut Rows, observer: &dyn Observer) -> Result<StampStyle, Unread> {
    let bytes = Rc::default();
    let (mut reader, names) = with_header(path, &bytes)?;
    let mut reading = Reading::begin(path, observer);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let [id_at, time_at, value_at] = positions(path, columns, &names)?;
    let (mut problems, mut style, mut count) = (Few::default(), None, 0_u64);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| unreadable_at(path, &error))? {
        count += 1;
        if count.is_multiple_of(ROWS_AT_ONCE) {
            reading.at(bytes.get())?;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let field = |position: usize| record.get(position).unwrap_or("").trim();
        let place = Place { path, line, id: field(id_at) };
        let (time, value) = (stamp(field(time_at), style.as_ref()), number(field(value_at)));
        if time.is_none() {
            problems.push(place.bad(&columns.time, field(time_at), expected_time(style.as_ref())));
        }
        if value.is_none() {
            problems.push(place.bad(&columns.value, field(value_at), "a finite number (empty or NaN is a gap)"));
        }
        let (Some((stamp, seen)), Some(value)) = (time, value) else { continue };
        style.get_or_insert(seen);
        rows.push(place.id, (stamp, value))?;
    }
    let style = style.unwrap_or_else(|| StampStyle::plain(StampForm::Integer));
    if problems.kept.is_empty() { Ok(style) } else { Err(problems.told(path).into()) }
}

/// Names of columns, rows of cells, the line of each row.
type Cells = (Vec<String>, Vec<Vec<String>>, Vec<u64>);

pub(super) fn text_of_csv(path: &Path) -> Result<Cells, Vec<Problem>> {
    let told = |error| unreadable_at(path, &error);
    let (mut reader, names) = with_header(path, &Rc::default())?;
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(told)?;
        lines.push(record.position().map_or(0, csv::Position::line));
        rows.push(record.iter().map(|cell| cell.trim().to_owned()).collect());
    }
    Ok((names, rows, lines))
}

pub(super) fn text_of_parquet(path: &Path) -> Result<Cells, Vec<Problem>> {
    let file = open(path)?;
    let frame = guarded(|| ParquetReader::new(file).finish()).map_err(|error| unreadable(path, &error))?;
    let names: Vec<String> = frame.columns().iter().map(|column| column.name().to_string()).collect();
    let mut rows = vec![Vec::with_capacity(names.len()); frame.height()];
    for column in frame.columns() {
        if matches!(column.dtype(), DataType::Datetime(..) | DataType::Date) {
            let columns = TidyColumns { id: String::new(), time: column.name().to_string(), value: String::new() };
            let mut style = None;
            let stamps = parquet_stamps(path, &columns, column, &mut style)?;
            let written = |stamp| style.as_ref().map(|style| style.text(stamp));
            let text = |stamp: Option<i64>| stamp.and_then(written).unwrap_or_default();
            rows.iter_mut().zip(stamps).for_each(|(row, stamp)| row.push(text(stamp)));
            continue;
        }
        let text = column.cast(&DataType::String).map_err(|error| unreadable(path, &error))?;
        let text = text.str().map_err(|error| unreadable(path, &error))?;
        rows.iter_mut().zip(text.iter()).for_each(|(row, cell)| row.push(cell.unwrap_or("").to_owned()));
    }
    Ok((names, rows, Vec::new()))
}

/// The line of each odd row: the last that has its time. 0 where it is not found again.
pub(super) fn lines_of(path: &Path, columns: &TidyColumns, odd: &[Odd], style: &StampStyle) -> Vec<u64> {
    let mut lines = vec![0; odd.len()];
    let wanted: BTreeMap<(&str, i64), usize> =
        odd.iter().enumerate().map(|(at, odd)| ((odd.id.as_str(), odd.stamp), at)).collect();
    let Ok((mut reader, names)) = with_header(path, &Rc::default()) else { return lines };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Ok([id_at, time_at, _]) = positions(path, columns, &names) else { return lines };
    for record in reader.records().map_while(Result::ok) {
        let field = |position: usize| record.get(position).unwrap_or("").trim();
        let found = stamp(field(time_at), Some(style)).and_then(|(stamp, _)| wanted.get(&(field(id_at), stamp)));
        if let (Some(at), Some(position)) = (found, record.position()) {
            lines[*at] = position.line();
        }
    }
    lines
}

struct Place<'a> {
    path: &'a Path,
    line: u64,
    id: &'a str,
}

impl Place<'_> {
    fn bad(&self, column: &str, seen: &str, expected: &str) -> Problem {
        let seen: String = seen.chars().take(40).collect();
        let message = format!("`{seen}` of series `{}` is not {expected}", self.id);
        let problem = Problem::new("ingest/bad-cell", self.path, message).in_column(column);
        if self.line > 0 { problem.at_line(self.line) } else { problem }
    }
}

pub(super) fn expected_time(style: Option<&StampStyle>) -> &'static str {
    match style.map(|style| style.form) {
        None => "a date, an instant or a whole number",
        Some(StampForm::Integer) => "a whole number, as the times before it are",
        Some(StampForm::Date) => "a date such as 2026-11-24, as the times before it are",
        Some(StampForm::Instant) => "an instant such as 2026-11-24T10:00:00, as the times before it are",
    }
}

fn positions(path: &Path, columns: &TidyColumns, names: &[&str]) -> Result<[usize; 3], Vec<Problem>> {
    let mut missing = Vec::new();
    let mut at = |wanted: &str| {
        names.iter().position(|name| *name == wanted).unwrap_or_else(|| {
            let message = format!("it has no column `{wanted}`; it has {}", names.join(", "));
            missing.push(
                Problem::new("ingest/missing-column", path, message).help("name the columns with --id, --time and --value"),
            );
            0
        })
    };
    let found = [at(&columns.id), at(&columns.time), at(&columns.value)];
    if missing.is_empty() { Ok(found) } else { Err(missing) }
}

/// A time in the form that the column has had so far, or in the first that fits.
pub(super) fn stamp(text: &str, style: Option<&StampStyle>) -> Option<(i64, StampStyle)> {
    let forms = [StampForm::Integer, StampForm::Date, StampForm::Instant];
    forms.into_iter().filter(|form| style.is_none_or(|style| style.form == *form)).find_map(|form| {
        let mut found = StampStyle::plain(form);
        let stamp = match form {
            StampForm::Integer => text.parse::<i64>().ok(),
            StampForm::Date if text.len() == 10 => text.parse::<Day>().ok().map(|day| i64::from(day.0)),
            StampForm::Date => None,
            StampForm::Instant => {
                let (at, zoned) = instant(text)?;
                found.spaced = text.as_bytes().get(10) == Some(&b' ');
                found.zone = zoned.then(|| "UTC".to_owned());
                Some(at)
            }
        };
        stamp.map(|stamp| (stamp, found))
    })
}

/// Nanoseconds, and whether the text says its offset.
fn instant(text: &str) -> Option<(i64, bool)> {
    let nanos = |at: jiff::Timestamp| i64::try_from(at.as_nanosecond()).ok();
    if let Ok(exact) = text.parse::<jiff::Timestamp>() {
        return Some((nanos(exact)?, true));
    }
    let naive = text.parse::<jiff::civil::DateTime>().ok()?;
    Some((nanos(naive.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())?, false))
}

/// `None` when it is not a number; NaN is a gap.
pub(super) fn number(text: &str) -> Option<f64> {
    if text.is_empty() || ["na", "nan", "null"].contains(&text.to_ascii_lowercase().as_str()) {
        return Some(f64::NAN);
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Hands over the rows of a Parquet file, some at a time.
pub(super) fn of_parquet(
    path: &Path,
    columns: &TidyColumns,
    rows: &mut Rows,
    observer: &dyn Observer,
) -> Result<StampStyle, Unread> {
    open(path)?;
    let file = Opened::open(path)?;
    let (all, mut reading) = (file.rows().max(1), Reading::begin(path, observer));
    let names: Vec<&str> = file.fields.iter().map(|field| field.name.as_str()).collect();
    positions(path, columns, &names)?;
    let wanted = [&columns.id, &columns.time, &columns.value].map(Clone::clone);
    let (mut style, mut problems, mut stopped) = (None, Few::default(), None);
    let read = file.each(&wanted, None, &mut |frame, first| {
        let share = first as f64 / all as f64;
        if let Err(asked) = reading.at((share * reading.size as f64) as u64) {
            stopped = Some(asked);
            return Err(Vec::new());
        }
        let column = |name: &str| frame.column(name).map_err(|error| unreadable(path, &error));
        let ids = column(&columns.id)?.cast(&DataType::String).map_err(|error| unreadable(path, &error))?;
        let stamps = parquet_stamps(path, columns, column(&columns.time)?, &mut style)?;
        let values = parquet_values(path, columns, column(&columns.value)?)?;
        let ids = ids.str().map_err(|error| unreadable(path, &error))?;
        let values = values.f64().map_err(|error| unreadable(path, &error))?;
        for (row, ((id, stamp), value)) in (first + 1..).zip(ids.iter().zip(stamps).zip(values.iter())) {
            let id = id.unwrap_or("");
            let bad = |column: &str, seen: &str, expected: &str| {
                let seen = format!("row {row}: {seen} of series `{id}` is not {expected}");
                Problem::new("ingest/bad-cell", path, seen).in_column(column)
            };
            let value = value.unwrap_or(f64::NAN);
            if value.is_infinite() {
                problems.push(bad(&columns.value, &value.to_string(), "a finite number (null or NaN is a gap)"));
            }
            match stamp {
                Some(stamp) => rows.push(id, (stamp, value)).map_err(|error| held::temporary(&error))?,
                None => problems.push(bad(&columns.time, "the time", expected_time(style.as_ref()))),
            }
        }
        Ok(())
    });
    if let Some(stopped) = stopped {
        return Err(stopped);
    }
    read?;
    let style = style.unwrap_or_else(|| StampStyle::plain(StampForm::Instant));
    if problems.kept.is_empty() { Ok(style) } else { Err(problems.told(path).into()) }
}

fn parquet_values(path: &Path, columns: &TidyColumns, column: &Column) -> Result<Column, Vec<Problem>> {
    let kind = column.dtype();
    let accepted = kind.is_primitive_numeric() || kind.is_decimal() || matches!(kind, DataType::Boolean | DataType::Null);
    if !accepted {
        let message = format!("its values are {kind}, expected numbers");
        let help = "name the column of numbers with --value, or write it as numbers";
        return Err(vec![Problem::new("ingest/bad-cell", path, message).in_column(&columns.value).help(help)]);
    }
    column.cast(&DataType::Float64).map_err(|error| unreadable(path, &error))
}

/// The times of a column; `known` is the form of those before, and becomes that of these.
fn parquet_stamps(
    path: &Path,
    columns: &TidyColumns,
    column: &Column,
    known: &mut Option<StampStyle>,
) -> Result<Vec<Option<i64>>, Vec<Problem>> {
    let mut style = StampStyle::plain(StampForm::Instant);
    let nanos = match column.dtype() {
        DataType::Datetime(unit, zone) => {
            style.per_second = match unit {
                TimeUnit::Nanoseconds => NANOS,
                TimeUnit::Microseconds => 1_000_000,
                TimeUnit::Milliseconds => 1_000,
            };
            style.zone = zone.as_ref().map(ToString::to_string);
            NANOS / style.per_second
        }
        DataType::Date => {
            style.form = StampForm::Date;
            1
        }
        kind if kind.is_integer() => {
            style.form = StampForm::Integer;
            1
        }
        DataType::String => return text_stamps(path, column, known),
        other => {
            let message = format!("its times are {other}, expected dates, instants, whole numbers or text");
            let help = "name the column of times with --time";
            return Err(vec![Problem::new("ingest/bad-cell", path, message).in_column(&columns.time).help(help)]);
        }
    };
    let numbers = column.cast(&DataType::Int64).map_err(|error| unreadable(path, &error))?;
    let numbers = numbers.i64().map_err(|error| unreadable(path, &error))?;
    let days = style.form == StampForm::Date;
    let within = |stamp: &i64| !days || CALENDAR.contains(stamp);
    *known = Some(style);
    Ok(numbers.iter().map(|stamp| stamp?.checked_mul(nanos).filter(within)).collect())
}

/// Days of the years -9999 to 9999.
const CALENDAR: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;

fn text_stamps(path: &Path, column: &Column, known: &mut Option<StampStyle>) -> Result<Vec<Option<i64>>, Vec<Problem>> {
    let text = column.str().map_err(|error| unreadable(path, &error))?;
    if known.is_none() {
        let first = text.iter().flatten().find_map(|text| stamp(text, None));
        *known = first.map(|(_, found)| StampStyle { text: true, ..found });
    }
    Ok(text.iter().map(|text| stamp(text?, known.as_ref()).map(|found| found.0)).collect())
}
