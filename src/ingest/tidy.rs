//! Plain series for `plimsoll forecast` and `plimsoll backtest`: one row an observation, with a date, an instant or a whole number
//! as time.

mod cells;
mod sheet;
mod stamps;

use std::collections::BTreeMap;
use std::path::Path;

use crate::problem::Problem;

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

/// What was read of a file: the rows of each series as they came; a gap is NaN.
struct Read {
    style: StampStyle,
    rows: BTreeMap<String, Vec<(i64, f64)>>,
}

/// Reads every series of a CSV (also `.gz`, `.zst`) or Parquet file, in the order of their names, each on its regular pace with
/// gaps where rows are missing.
///
/// # Errors
/// `ingest/*` problems, all at once: a file that cannot be read, a missing column, a time or value that cannot be read, two rows of
/// a series at one time, a time off the pace, no rows.
pub fn tidy(path: &Path, columns: &TidyColumns) -> Result<Tidy, Vec<Problem>> {
    let parquet = path.extension().is_some_and(|ending| ending == "parquet" || ending == "pq");
    let read = if parquet { cells::of_parquet(path, columns) } else { cells::of_csv(path, columns) }?;
    if read.rows.is_empty() {
        return Err(vec![Problem::new("ingest/no-data", path, "it has a header but no rows")]);
    }
    let (mut style, mut rows) = (read.style, read.rows);
    for rows in rows.values_mut() {
        rows.sort_by_key(|row| row.0);
    }
    style.on_the_clock(rows.values_mut());
    let (mut odd, mut series) = (Vec::new(), Vec::with_capacity(rows.len()));
    for (id, rows) in rows {
        match regular(&id, &style, rows) {
            Ok(one) => series.push(one),
            Err(found) => odd.push(Odd { id, ..found }),
        }
    }
    if odd.is_empty() {
        return Ok(Tidy { style, series });
    }
    let lines = if parquet { Vec::new() } else { cells::lines_of(path, columns, &odd, &style) };
    let problem = |(at, odd): (usize, &Odd)| {
        let problem = Problem::new("ingest/irregular-series", path, odd.message.clone()).in_column(&columns.time);
        let help = "a series has one row at each step: remove repeated rows, or bring it to a step with `plimsoll bins`";
        let line = lines.get(at).copied().unwrap_or(0);
        if line > 0 { problem.at_line(line).help(help) } else { problem.help(help) }
    };
    Err(few(odd.iter().enumerate().map(problem).collect(), path))
}

/// A row that is not where it should be.
struct Odd {
    id: String,
    stamp: i64,
    message: String,
}

/// So many problems of one file are told; of more, how many.
const MOST_TOLD: usize = 50;

fn few(mut problems: Vec<Problem>, path: &Path) -> Vec<Problem> {
    if problems.len() > MOST_TOLD {
        let more = problems.len() - MOST_TOLD;
        let slug = problems[MOST_TOLD].slug;
        problems.truncate(MOST_TOLD);
        problems.push(Problem::new(slug, path, format!("and {more} more problems like these")));
    }
    problems
}

/// A series from its rows in the order of their times.
fn regular(id: &str, style: &StampStyle, rows: Vec<(i64, f64)>) -> Result<TidySeries, Odd> {
    let odd = |stamp: i64, message: String| Odd { id: String::new(), stamp, message };
    let first = rows[0].0;
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let (at, more) = (style.text(pair[0].0), rows.windows(2).filter(|pair| pair[0].0 == pair[1].0).count() - 1);
        let more = if more > 0 { format!(", and {more} more such times") } else { String::new() };
        return Err(odd(pair[0].0, format!("series `{id}` has two rows at {at}{more}")));
    }
    let pace = Pace::of(style.form, rows.iter().map(|row| row.0));
    let mut series = TidySeries { id: id.to_owned(), first, pace, values: Vec::new(), form: style.form };
    for (stamp, value) in rows {
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
