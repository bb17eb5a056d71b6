//! The columns of a file that sources need, whatever its format.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, Engine, LazyFrame, PlRefPath, ScanArgsParquet, TimeUnit, col};

use super::stamp::{Stamp, parse};
use crate::problem::Problem;
use crate::source::TimeForm;

/// Words kept once, and a number for each row.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    pub words: Vec<String>,
    pub codes: Vec<u32>,
    index: BTreeMap<String, u32>,
}

impl Words {
    pub fn push(&mut self, word: &str) {
        let code = self.index.get(word).copied().unwrap_or_else(|| {
            let code = self.words.len() as u32;
            self.words.push(word.to_owned());
            self.index.insert(word.to_owned(), code);
            code
        });
        self.codes.push(code);
    }

    pub fn code(&self, word: &str) -> Option<u32> {
        self.index.get(word).copied()
    }
}

/// What the sources of a file want from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub time: String,
    pub words: BTreeSet<String>,
    pub values: BTreeSet<String>,
    /// Values are all columns not named otherwise.
    pub all_values: bool,
}

/// A file's columns; all have the same length.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub times: Vec<Stamp>,
    pub words: BTreeMap<String, Words>,
    /// NaN is a missing value here, and nowhere after.
    pub values: BTreeMap<String, Vec<f64>>,
    /// Values that were no finite number (inf, overflow), set missing.
    pub not_finite: u64,
    /// Things worth telling that were repaired.
    pub repairs: Vec<String>,
}

/// Refuses a file whose columns are not there, with the nearest names.
pub(super) fn missing_column(path: &Path, name: &str, have: &[String]) -> Problem {
    let near = have.iter().find(|other| other.eq_ignore_ascii_case(name) || other.trim() == name);
    let help =
        near.map_or_else(|| "name the column in the model's [[source]]".to_owned(), |near| format!("did you mean `{near}`?"));
    Problem::new("ingest/missing-column", path, format!("it has no column `{name}`; it has {}", have.join(", "))).help(help)
}

/// Reads the wanted columns of a Parquet file lazily: the others are never decoded.
pub(super) fn read_parquet(path: &Path, wanted: &Wanted, form: &TimeForm) -> Result<Table, Vec<Problem>> {
    let broken = |error: &dyn std::fmt::Display| {
        let first = error.to_string().lines().next().unwrap_or_default().to_owned();
        vec![Problem::new("ingest/unreadable", path, format!("it is not a whole Parquet file: {first}"))]
    };
    let mut frame = PlRefPath::try_from_path(path)
        .and_then(|path| LazyFrame::scan_parquet(path, ScanArgsParquet::default()))
        .map_err(|error| broken(&error))?;
    let schema = frame.collect_schema().map_err(|error| broken(&error))?;
    let have: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let mut wanted = wanted.clone();
    if wanted.all_values {
        wanted.values = have.iter().filter(|name| **name != wanted.time && !wanted.words.contains(*name)).cloned().collect();
    }
    let names: Vec<&String> = [&wanted.time].into_iter().chain(&wanted.words).chain(&wanted.values).collect();
    let missing: Vec<Problem> =
        names.iter().filter(|name| !have.contains(name)).map(|name| missing_column(path, name, &have)).collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let columns: Vec<_> = names.iter().collect::<BTreeSet<_>>().into_iter().map(|name| col(name.as_str())).collect();
    let result = frame.select(columns).collect_with_engine(Engine::Streaming).map_err(|error| broken(&error))?;
    from_frame(path, &result.unwrap_single(), &wanted, form)
}

fn from_frame(path: &Path, frame: &DataFrame, wanted: &Wanted, form: &TimeForm) -> Result<Table, Vec<Problem>> {
    let broken = |error: &dyn std::fmt::Display| vec![Problem::new("ingest/unreadable", path, error.to_string())];
    let column = |name: &str| frame.column(name).map_err(|error| broken(&error));
    let mut table = Table { times: times(path, column(&wanted.time)?, form)?, ..Table::default() };
    for name in &wanted.words {
        let text = column(name)?.cast(&DataType::String).map_err(|error| broken(&error))?;
        let mut words = Words::default();
        text.str().map_err(|error| broken(&error))?.iter().for_each(|word| words.push(word.unwrap_or("")));
        table.words.insert(name.clone(), words);
    }
    for name in &wanted.values {
        let numbers = column(name)?;
        if !numbers.dtype().is_numeric() {
            let message = format!("column `{name}` is {}, expected numbers", numbers.dtype());
            return Err(vec![Problem::new("ingest/wrong-type", path, message).in_column(name)]);
        }
        let numbers = numbers.cast(&DataType::Float64).map_err(|error| broken(&error))?;
        let values: Vec<f64> =
            numbers.f64().map_err(|error| broken(&error))?.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        table.not_finite += values.iter().filter(|value| value.is_infinite()).count() as u64;
        table
            .values
            .insert(name.clone(), values.into_iter().map(|value| if value.is_finite() { value } else { f64::NAN }).collect());
    }
    Ok(table)
}

fn times(path: &Path, column: &Column, form: &TimeForm) -> Result<Vec<Stamp>, Vec<Problem>> {
    let refuse = |message: String| vec![Problem::new("ingest/bad-time", path, message).in_column(column.name().as_str())];
    let (per_second, local) = match column.dtype() {
        DataType::Datetime(unit, zone) => {
            let per_second = match unit {
                TimeUnit::Nanoseconds => 1_000_000_000,
                TimeUnit::Microseconds => 1_000_000,
                TimeUnit::Milliseconds => 1_000,
            };
            (per_second, zone.is_none())
        }
        DataType::Date => {
            let days = column.cast(&DataType::Int32).map_err(|error| refuse(error.to_string()))?;
            let days = days.i32().map_err(|error| refuse(error.to_string()))?;
            let each = days.iter().map(|day| day.map(|day| Stamp::Local(i64::from(day) * crate::time::DAY_SECONDS)));
            return each.collect::<Option<_>>().ok_or_else(|| refuse("a time is missing".to_owned()));
        }
        _ => return written_times(path, column, form),
    };
    let numbers = column.cast(&DataType::Int64).map_err(|error| refuse(error.to_string()))?;
    let numbers = numbers.i64().map_err(|error| refuse(error.to_string()))?;
    let stamp = |at: i64| if local { Stamp::Local(at.div_euclid(per_second)) } else { Stamp::Instant(at.div_euclid(per_second)) };
    numbers.iter().map(|at| at.map(stamp)).collect::<Option<_>>().ok_or_else(|| refuse("a time is missing".to_owned()))
}

/// Times kept as text or numbers.
fn written_times(path: &Path, column: &Column, form: &TimeForm) -> Result<Vec<Stamp>, Vec<Problem>> {
    let bad = |row: usize, seen: &str| {
        let message = format!("`{seen}` in row {} is not a time of the declared form", row + 1);
        vec![Problem::new("ingest/bad-time", path, message).in_column(column.name().as_str()).help("declare `time_form`")]
    };
    let text = column.cast(&DataType::String).map_err(|error| bad(0, &error.to_string()))?;
    let text = text.str().map_err(|error| bad(0, &error.to_string()))?;
    let each = text.iter().enumerate().map(|(row, text)| {
        let text = text.unwrap_or("");
        parse(text, form).filter(|stamp| stamp.is_sane()).ok_or_else(|| bad(row, text))
    });
    each.collect()
}
