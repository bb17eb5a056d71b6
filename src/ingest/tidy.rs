//! Plain series for `plimsoll forecast` and `plimsoll backtest`: one row an observation, with a date, an instant or a whole number
//! as time.

mod cells;
mod held;
mod sheet;
mod sort;
mod stamps;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::observe::{Observer, Silent};
use crate::problem::Problem;
use sort::Rows;

pub use held::HeldSeries;
pub use sheet::{Sheet, first_problems, sheet};
pub use stamps::{Pace, StampForm, StampStyle};

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

/// The series of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Tidy {
    /// How the file writes its times.
    pub style: StampStyle,
    /// In the order of their names.
    pub series: Vec<TidySeries>,
}

impl Tidy {
    /// The positions of the series of each pace, in the order of their names.
    #[must_use]
    pub fn places(&self) -> BTreeMap<Pace, Vec<u64>> {
        let mut places: BTreeMap<Pace, Vec<u64>> = BTreeMap::new();
        for (place, series) in (0..).zip(&self.series) {
            places.entry(series.pace).or_default().push(place);
        }
        places
    }
}

/// One series on its regular pace.
#[derive(Debug, Clone, PartialEq)]
pub struct TidySeries {
    /// Its name.
    pub id: String,
    /// The time of the first value, as its form counts.
    pub first: i64,
    /// From one value to the next.
    pub pace: Pace,
    /// The values; `None` is a gap.
    pub values: Vec<Option<f64>>,
    form: StampForm,
}

impl TidySeries {
    /// A series of values on a pace, from the time `first` on.
    #[must_use]
    pub fn of(id: &str, first: i64, pace: Pace, values: Vec<Option<f64>>, form: StampForm) -> Self {
        Self { id: id.to_owned(), first, pace, values, form }
    }

    /// The time of the value `index` steps after the first, as its form counts.
    #[must_use]
    pub fn stamp(&self, index: usize) -> i64 {
        self.pace.after(self.form, self.first, index)
    }

    /// The step at which a time falls; `None` when it is off the pace or before the first.
    #[must_use]
    pub fn index_of(&self, stamp: i64) -> Option<usize> {
        self.pace.index(self.form, self.first, stamp)
    }

    /// The sum of series of one pace that share their steps: from the first step of all of them to the last, a gap where one has a gap.
    /// `None` where they share no step, or none is given.
    #[must_use]
    pub fn sum(id: &str, of: &[&Self]) -> Option<Self> {
        let newest = of.iter().max_by_key(|one| one.first)?;
        let starts: Option<Vec<usize>> = of.iter().map(|one| one.index_of(newest.first)).collect();
        let each: Vec<&[Option<f64>]> =
            of.iter().zip(starts?).map(|(one, start)| one.values.get(start..).unwrap_or(&[])).collect();
        let steps = each.iter().map(|values| values.len()).min().filter(|steps| *steps > 0)?;
        let values = (0..steps).map(|step| each.iter().map(|values| values[step]).sum()).collect();
        Some(Self { id: id.to_owned(), first: newest.first, pace: newest.pace, values, form: newest.form })
    }

    /// How many values it has, gaps left out.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.values.iter().flatten().count()
    }
}

/// Bytes of rows that are brought together in memory, and of series that wait in it; what is more goes to temporary files.
pub const ROOM: usize = 64 << 20;

/// Why the series of a file were not read.
#[derive(Debug)]
pub enum Unread {
    /// Its problems.
    Problems(Vec<Problem>),
    /// The user asked to stop.
    Interrupted,
}

/// Reads every series of a CSV (also `.gz`, `.zst`) or Parquet file into memory, in the order of their names, each on its regular pace
/// with gaps where rows are missing.
///
/// # Errors
/// `ingest/*` problems, all at once: a file that cannot be read, a missing column, a time or value that cannot be read, two rows of
/// a series at one time, a time off the pace, no rows.
pub fn tidy(path: &Path, columns: &TidyColumns) -> Result<Tidy, Vec<Problem>> {
    match HeldSeries::read(path, columns, ROOM, &Silent) {
        Ok(held) => held.whole(),
        Err(Unread::Problems(problems)) => Err(problems),
        Err(Unread::Interrupted) => unreachable!("nobody asks the silent observer to stop"),
    }
}

impl HeldSeries {
    /// Reads every series of a file as [`tidy`] does, with about `room` bytes of rows and as many of series in memory: the rows of a file may
    /// come in any order, and it is read once.
    ///
    /// # Errors
    /// As [`tidy`]; `ingest/temporary-file` where what does not fit cannot be put away.
    pub fn read(path: &Path, columns: &TidyColumns, room: usize, observer: &dyn Observer) -> Result<Self, Unread> {
        let mut rows = Rows::within(room);
        let parquet = cells::is_parquet(path);
        let read = if parquet { cells::of_parquet } else { cells::of_csv };
        let mut style = read(path, columns, &mut rows, observer)?;
        let failed = |error: io::Error| Unread::Problems(held::temporary(&error));
        let mut rows = rows.sorted().map_err(failed)?;
        if rows.is_empty() {
            return Err(Unread::Problems(vec![Problem::new("ingest/no-data", path, "it has a header but no rows")]));
        }
        let mut days = style.has_clock();
        if days {
            let mut look = |_: &str, rows: &mut Vec<sort::Row>| {
                days &= StampStyle::days_apart(rows);
                Ok(())
            };
            rows.each(&mut look).map_err(failed)?;
        }
        style.local = days;
        let (mut held, mut odd) = (Self::within(style.clone(), room), Few::default());
        let mut regulate = |id: &str, rows: &mut Vec<sort::Row>| {
            style.on_the_clock(rows);
            match regular(id, &style, rows) {
                Ok(one) => held.push(one)?,
                Err(found) => odd.push(Odd { id: id.to_owned(), ..found }),
            }
            *rows = Vec::new(); // in memory a series stands once
            Ok(())
        };
        rows.each(&mut regulate).map_err(failed)?;
        if odd.kept.is_empty() {
            return held.finished().map_err(failed);
        }
        let lines = if parquet { Vec::new() } else { cells::lines_of(path, columns, &odd.kept, &style) };
        let problem = |(at, odd): (usize, &Odd)| {
            let problem = Problem::new("ingest/irregular-series", path, odd.message.clone()).in_column(&columns.time);
            let help = "a series has one row at each step: remove repeated rows, or bring it to a step with `plimsoll bins`";
            let line = lines.get(at).copied().unwrap_or(0);
            if line > 0 { problem.at_line(line).help(help) } else { problem.help(help) }
        };
        let kept = odd.kept.iter().enumerate().map(problem).collect();
        Err(Unread::Problems(Few { kept, more: odd.more }.told(path)))
    }
}

/// A row that is not where it should be.
struct Odd {
    id: String,
    stamp: i64,
    message: String,
}

/// So many problems of one file are told; of more, how many.
const MOST_TOLD: usize = 50;

/// The first of what may be many.
#[derive(Debug)]
struct Few<T> {
    kept: Vec<T>,
    more: usize,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), more: 0 }
    }
}

impl<T> Few<T> {
    fn push(&mut self, one: T) {
        if self.kept.len() < MOST_TOLD { self.kept.push(one) } else { self.more += 1 }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(all: I) -> Self {
        let mut few = Self::default();
        for one in all {
            few.push(one);
        }
        few
    }
}

impl Few<Problem> {
    fn told(mut self, path: &Path) -> Vec<Problem> {
        if let (Some(last), true) = (self.kept.last(), self.more > 0) {
            let more = Problem::new(last.slug, path, format!("and {} more problems like these", self.more));
            self.kept.push(more);
        }
        self.kept
    }
}

/// A series from its rows in the order of their times.
fn regular(id: &str, style: &StampStyle, rows: &[sort::Row]) -> Result<TidySeries, Odd> {
    let odd = |stamp: i64, message: String| Odd { id: String::new(), stamp, message };
    let first = rows[0].0;
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let (at, more) = (style.text(pair[0].0), rows.windows(2).filter(|pair| pair[0].0 == pair[1].0).count() - 1);
        let more = if more > 0 { format!(", and {more} more such times") } else { String::new() };
        return Err(odd(pair[0].0, format!("series `{id}` has two rows at {at}{more}")));
    }
    let pace = Pace::of(style.form, rows.iter().map(|row| row.0));
    let mut series = TidySeries { id: id.to_owned(), first, pace, values: Vec::new(), form: style.form };
    for &(stamp, value) in rows {
        let index = series.index_of(stamp).filter(|index| *index >= series.values.len()).ok_or_else(|| {
            let (at, from) = (style.text(stamp), style.text(first));
            odd(stamp, format!("series `{id}`: the row at {at} is off its step of {} from {from}", pace.in_words(style.form)))
        })?;
        if index > MOST_STEPS {
            return Err(odd(stamp, format!("series `{id}` would have {index} steps, at most {MOST_STEPS} are read")));
        }
        series.values.resize(index, None);
        series.values.push((!value.is_nan()).then_some(value));
    }
    Ok(series)
}

/// A longer series would be mostly gaps: a wrong time column, or milliseconds taken for seconds.
const MOST_STEPS: usize = 10_000_000;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests touch the world")]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Tidy, Vec<Problem>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        let columns = TidyColumns { id: "unique_id".into(), time: "ds".into(), value: "y".into() };
        tidy(&path, &columns)
    }

    #[test]
    fn month_ends_go_on_as_month_ends() {
        let Tidy { style, series } = read("unique_id,ds,y\na,2026-01-31,1\na,2026-02-28,2\na,2026-04-30,4\n").unwrap();
        assert_eq!(series[0].values, [Some(1.0), Some(2.0), None, Some(4.0)]);
        assert_eq!([4, 5].map(|step| style.text(series[0].stamp(step))), ["2026-05-31", "2026-06-30"]);
    }

    #[test]
    fn a_bad_cell_is_told_with_line_and_column() {
        let problems = read("unique_id,ds,y\na,1,1\na,2,x\na,z,3\n").unwrap_err();
        let told: Vec<String> = problems.iter().map(|p| format!("{:?} {:?} {}", p.line, p.column, p.message)).collect();
        assert_eq!(
            told,
            [
                "Some(3) Some(\"y\") `x` of series `a` is not a finite number (empty or NaN is a gap)",
                "Some(4) Some(\"ds\") `z` of series `a` is not a whole number, as the times before it are"
            ]
        );
    }

    #[test]
    fn two_rows_at_one_time_are_refused() {
        let problems = read("unique_id,ds,y\na,2026-01-01T00:00:00Z,1\na,2026-01-01T00:00:00Z,2\n").unwrap_err();
        assert!(problems[0].message.contains("two rows at 2026-01-01T00:00:00Z"), "{}", problems[0].message);
    }
}
