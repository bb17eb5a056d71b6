//! Plain series for `plimsoll forecast`: one row an observation, with a date, an instant or a whole number as time.
#![expect(clippy::disallowed_methods, reason = "this is where a file of series is read")]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use polars::prelude::{Column, DataType, ParquetReader, SerReader, TimeUnit};

use crate::problem::Problem;
use crate::time::{DAY_SECONDS, Day, Timestamp};

/// Which columns hold what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TidyColumns {
    /// Names the series.
    pub id: String,
    /// The time.
    pub time: String,
    /// The value.
    pub value: String,
}

/// The form of the times of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampForm {
    /// Whole numbers.
    Integer,
    /// Days since 1970-01-01.
    Date,
    /// Seconds since 1970-01-01T00:00:00Z.
    Instant,
}

/// How far one observation is from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// So many whole numbers, days or seconds.
    Even(i64),
    /// So many calendar months.
    Months(i32),
}

/// One series on its regular pace.
#[derive(Debug, Clone, PartialEq)]
pub struct TidySeries {
    /// Its name.
    pub id: String,
    /// The time of the first value.
    pub first: i64,
    /// From one value to the next.
    pub pace: Pace,
    /// The values; `None` is a gap.
    pub values: Vec<Option<f64>>,
    form: StampForm,
}

impl TidySeries {
    /// The time of the value `index` steps after the first, as written in the file's own form.
    #[must_use]
    pub fn stamp(&self, index: usize) -> String {
        let at = match self.pace {
            Pace::Even(step) => self.first + index as i64 * step,
            Pace::Months(months) => self.months_on(i64::from(months) * index as i64),
        };
        match self.form {
            StampForm::Integer => at.to_string(),
            StampForm::Date => Day(at as i32).to_string(),
            StampForm::Instant => Timestamp(at).to_string(),
        }
    }

    /// Calendar months after the first time. A series at month ends stays at month ends.
    fn months_on(&self, months: i64) -> i64 {
        let (day, rest) = match self.form {
            StampForm::Instant => (self.first.div_euclid(DAY_SECONDS), self.first.rem_euclid(DAY_SECONDS)),
            _ => (self.first, 0),
        };
        let date = Day(day as i32).date();
        let moved = date.checked_add(jiff::Span::new().months(months)).unwrap_or(date);
        let moved = if date == date.last_of_month() { moved.last_of_month() } else { moved };
        let day = i64::from(Day::of(moved).0);
        if self.form == StampForm::Instant { day * DAY_SECONDS + rest } else { day }
    }
}

type Rows = BTreeMap<String, Vec<(i64, Option<f64>)>>;

/// Reads every series of a file, in the order of their names, each on its regular pace with gaps where rows are missing.
///
/// # Errors
/// `ingest/*` problems: a file that cannot be read, a missing column, a time or value that cannot be read, two rows of a
/// series at one time, no rows.
pub fn tidy(path: &Path, columns: &TidyColumns) -> Result<Vec<TidySeries>, Vec<Problem>> {
    let parquet = path.extension().is_some_and(|ending| ending == "parquet");
    let (form, rows) = if parquet { read_parquet(path, columns)? } else { read_csv(path, columns)? };
    if rows.is_empty() {
        return Err(vec![Problem::new("ingest/no-data", path, "it has a header but no rows")]);
    }
    let mut problems = Vec::new();
    let mut series = Vec::new();
    for (id, rows) in rows {
        match regular(id, form, rows) {
            Ok(one) => series.push(one),
            Err(message) => problems.push(Problem::new("ingest/irregular-series", path, message)),
        }
    }
    if problems.is_empty() { Ok(series) } else { Err(problems) }
}

fn regular(id: String, form: StampForm, mut rows: Vec<(i64, Option<f64>)>) -> Result<TidySeries, String> {
    rows.sort_by_key(|row| row.0);
    let first = rows[0].0;
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let twice = TidySeries { id: id.clone(), first: pair[0].0, pace: Pace::Even(1), values: vec![], form };
        return Err(format!("series `{id}` has two rows at {}", twice.stamp(0)));
    }
    let pace = pace(form, &rows);
    let mut series = TidySeries { id, first, pace, values: Vec::new(), form };
    for (stamp, value) in rows {
        let index = series.index_of(stamp).ok_or_else(|| {
            let odd = TidySeries { first: stamp, ..series.clone() };
            format!("series `{}`: the row at {} is off its step of {pace:?} from {}", series.id, odd.stamp(0), series.stamp(0))
        })?;
        if index > MOST_STEPS {
            return Err(format!("series `{}` would have {index} steps, at most {MOST_STEPS} are read", series.id));
        }
        series.values.resize(index, None);
        series.values.push(value);
    }
    Ok(series)
}

/// A longer series would be mostly gaps: a wrong time column, or milliseconds taken for seconds.
const MOST_STEPS: usize = 10_000_000;

impl TidySeries {
    fn index_of(&self, stamp: i64) -> Option<usize> {
        match self.pace {
            Pace::Even(step) => ((stamp - self.first) % step == 0).then(|| ((stamp - self.first) / step) as usize),
            Pace::Months(months) => {
                let day =
                    |at: i64| Day(if self.form == StampForm::Instant { at.div_euclid(DAY_SECONDS) } else { at } as i32).date();
                let (from, to) = (day(self.first), day(stamp));
                let apart = i32::from(to.year() - from.year()) * 12 + i32::from(to.month()) - i32::from(from.month());
                (apart % months == 0).then_some((apart / months) as usize)
            }
        }
    }
}

/// Months where all differences look like it, otherwise the smallest difference.
fn pace(form: StampForm, rows: &[(i64, Option<f64>)]) -> Pace {
    let apart = || rows.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let smallest = apart().min().unwrap_or(1);
    let day = match form {
        StampForm::Integer => return Pace::Even(smallest),
        StampForm::Date => 1,
        StampForm::Instant => DAY_SECONDS,
    };
    let calendar = [(28, 31, 1), (89, 92, 3), (365, 366, 12)];
    let months = calendar.iter().find(|(low, high, _)| (low * day..=high * day).contains(&smallest));
    months.map_or(Pace::Even(smallest), |(_, _, months)| Pace::Months(*months))
}

fn read_csv(path: &Path, columns: &TidyColumns) -> Result<(StampForm, Rows), Vec<Problem>> {
    let unreadable = |error: csv::Error| {
        let problem = Problem::new("ingest/unreadable", path, error.to_string());
        vec![error.position().map_or(problem.clone(), |at| problem.at_line(at.line()))]
    };
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    let header = reader.headers().map_err(unreadable)?.clone();
    let names: Vec<&str> = header.iter().map(str::trim).collect();
    let positions = positions(path, columns, &names)?;
    let (mut problems, mut form, mut rows) = (Vec::new(), None, Rows::new());
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |position: usize| record.get(position).unwrap_or("").trim();
        match (stamp(field(positions[1]), form), number(field(positions[2]))) {
            (Some((stamp, seen)), Ok(value)) => {
                form = Some(seen);
                rows.entry(field(positions[0]).to_owned()).or_default().push((stamp, value));
            }
            (None, _) => {
                problems.push(bad(path, line, &columns.time, field(positions[1]), "a date, an instant or a whole number"));
            }
            (_, Err(())) => problems.push(bad(path, line, &columns.value, field(positions[2]), "a finite number")),
        }
    }
    if problems.is_empty() { Ok((form.unwrap_or(StampForm::Integer), rows)) } else { Err(problems) }
}

fn bad(path: &Path, line: u64, column: &str, seen: &str, expected: &str) -> Problem {
    let seen: String = seen.chars().take(40).collect();
    Problem::new("ingest/bad-cell", path, format!("`{seen}` is not {expected}")).at_line(line).in_column(column)
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
fn stamp(text: &str, form: Option<StampForm>) -> Option<(i64, StampForm)> {
    let forms = form.map_or_else(|| vec![StampForm::Integer, StampForm::Date, StampForm::Instant], |one| vec![one]);
    forms.into_iter().find_map(|form| {
        let stamp = match form {
            StampForm::Integer => text.parse::<i64>().ok(),
            StampForm::Date if text.len() == 10 => text.parse::<Day>().ok().map(|day| i64::from(day.0)),
            StampForm::Date => None,
            StampForm::Instant => instant(text),
        };
        stamp.map(|stamp| (stamp, form))
    })
}

fn instant(text: &str) -> Option<i64> {
    let exact = text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    exact.or_else(|| {
        let naive = text.parse::<jiff::civil::DateTime>().ok()?;
        naive.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second())
    })
}

fn number(text: &str) -> Result<Option<f64>, ()> {
    if text.is_empty() || ["na", "nan", "null"].contains(&text.to_ascii_lowercase().as_str()) {
        return Ok(None);
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Some).ok_or(())
}

fn read_parquet(path: &Path, columns: &TidyColumns) -> Result<(StampForm, Rows), Vec<Problem>> {
    let unreadable = |error: String| vec![Problem::new("ingest/unreadable", path, error)];
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let frame = ParquetReader::new(file).finish().map_err(|error| unreadable(error.to_string()))?;
    let names: Vec<&str> = frame.get_column_names().into_iter().map(polars::prelude::PlSmallStr::as_str).collect();
    let positions = positions(path, columns, &names)?;
    let columns_of = |position: usize| &frame.columns()[position];
    let cast = |column: &Column, to: DataType| column.cast(&to).map_err(|error| unreadable(error.to_string()));
    let ids = cast(columns_of(positions[0]), DataType::String)?;
    let (form, stamps) = parquet_stamps(columns_of(positions[1])).map_err(unreadable)?;
    let values = cast(columns_of(positions[2]), DataType::Float64)?;
    let (ids, values) = (ids.str().map_err(|e| unreadable(e.to_string()))?, values.f64().map_err(|e| unreadable(e.to_string()))?);
    let mut rows = Rows::new();
    for ((id, stamp), value) in ids.iter().zip(stamps).zip(values.iter()) {
        if let (Some(id), Some(stamp)) = (id, stamp) {
            rows.entry(id.to_owned()).or_default().push((stamp, value.filter(|value| value.is_finite())));
        }
    }
    Ok((form, rows))
}

fn parquet_stamps(column: &Column) -> Result<(StampForm, Vec<Option<i64>>), String> {
    let (form, divide) = match column.dtype() {
        DataType::Date => (StampForm::Date, 1),
        DataType::Datetime(TimeUnit::Nanoseconds, _) => (StampForm::Instant, 1_000_000_000),
        DataType::Datetime(TimeUnit::Microseconds, _) => (StampForm::Instant, 1_000_000),
        DataType::Datetime(TimeUnit::Milliseconds, _) => (StampForm::Instant, 1_000),
        kind if kind.is_integer() => (StampForm::Integer, 1),
        DataType::String => {
            let text = column.str().map_err(|error| error.to_string())?;
            let form = text.iter().flatten().find_map(|text| stamp(text, None)).map_or(StampForm::Instant, |found| found.1);
            return Ok((form, text.iter().map(|text| stamp(text?, Some(form)).map(|found| found.0)).collect()));
        }
        other => return Err(format!("its time column is {other}, expected a date, an instant, a whole number or text")),
    };
    let numbers = column.cast(&DataType::Int64).map_err(|error| error.to_string())?;
    let numbers = numbers.i64().map_err(|error| error.to_string())?;
    Ok((form, numbers.iter().map(|stamp| stamp.map(|stamp| stamp.div_euclid(divide))).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<TidySeries>, Vec<Problem>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        let columns = TidyColumns { id: "unique_id".into(), time: "ds".into(), value: "y".into() };
        tidy(&path, &columns)
    }

    #[test]
    fn month_ends_go_on_as_month_ends() {
        let series = read("unique_id,ds,y\na,2026-01-31,1\na,2026-02-28,2\na,2026-04-30,4\n").unwrap();
        assert_eq!(series[0].values, [Some(1.0), Some(2.0), None, Some(4.0)]);
        assert_eq!((series[0].stamp(4), series[0].stamp(5)), ("2026-05-31".to_owned(), "2026-06-30".to_owned()));
    }

    #[test]
    fn a_bad_cell_is_told_with_line_and_column() {
        let problems = read("unique_id,ds,y\na,1,1\na,2,x\na,z,3\n").unwrap_err();
        let told: Vec<String> = problems.iter().map(|p| format!("{:?} {:?} {}", p.line, p.column, p.message)).collect();
        assert_eq!(
            told,
            [
                "Some(3) Some(\"y\") `x` is not a finite number",
                "Some(4) Some(\"ds\") `z` is not a date, an instant or a whole number"
            ]
        );
    }

    #[test]
    fn two_rows_at_one_time_are_refused() {
        let problems = read("unique_id,ds,y\na,2026-01-01T00:00:00Z,1\na,2026-01-01T00:00:00Z,2\n").unwrap_err();
        assert!(problems[0].message.contains("two rows at 2026-01-01T00:00:00Z"), "{}", problems[0].message);
    }
}
