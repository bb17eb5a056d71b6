//! A file that goes with plain series (drivers, events, hierarchies, outside forecasts): its cells as text, each with its place.

use std::path::{Path, PathBuf};

use super::Few;
use super::StampStyle;
use super::cells;
use crate::problem::Problem;

/// The cells of a CSV (also `.gz`, `.zst`) or Parquet file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The file.
    pub path: PathBuf,
    /// Its columns.
    pub names: Vec<String>,
    /// Its rows, as long as `names`.
    pub rows: Vec<Vec<String>>,
    /// The line of each row; empty where the file has none.
    lines: Vec<u64>,
}

/// Reads a file that goes with plain series.
///
/// # Errors
/// `ingest/*`: it cannot be read, has no header or no rows, or two columns of one name.
pub fn sheet(path: &Path) -> Result<Sheet, Vec<Problem>> {
    let (names, rows, lines) = if cells::is_parquet(path) { cells::text_of_parquet(path) } else { cells::text_of_csv(path) }?;
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    if let Some((_, name)) = twice {
        return Err(vec![Problem::new("ingest/missing-column", path, format!("it has two columns `{name}`"))]);
    }
    if rows.is_empty() {
        return Err(vec![Problem::new("ingest/no-data", path, "it has a header but no rows")]);
    }
    Ok(Sheet { path: path.to_owned(), names, rows, lines })
}

impl Sheet {
    /// The position of a column.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| own == name)
    }

    /// The position of a column that has to be there; `help` says how it may be named.
    ///
    /// # Errors
    /// `ingest/missing-column`.
    pub fn column(&self, name: &str, help: &str) -> Result<usize, Vec<Problem>> {
        self.find(name).ok_or_else(|| {
            let message = format!("it has no column `{name}`; it has {}", self.names.join(", "));
            vec![Problem::new("ingest/missing-column", &self.path, message).help(help)]
        })
    }

    /// A problem with a row, in a column.
    #[must_use]
    pub fn problem(&self, row: usize, column: &str, message: &str) -> Problem {
        match self.lines.get(row) {
            Some(line) => Problem::new("ingest/bad-cell", &self.path, message).at_line(*line).in_column(column),
            None => Problem::new("ingest/bad-cell", &self.path, format!("row {}: {message}", row + 1)).in_column(column),
        }
    }

    /// The number in a cell; `None` for an empty cell, `NA`, `NaN`, null.
    ///
    /// # Errors
    /// It is not a finite number.
    pub fn number(&self, row: usize, column: usize) -> Result<Option<f64>, Problem> {
        let seen = &self.rows[row][column];
        match cells::number(seen) {
            Some(value) => Ok((!value.is_nan()).then_some(value)),
            None => Err(self.problem(row, &self.names[column], &format!("`{}` is not a finite number", cut(seen)))),
        }
    }

    /// The time in a cell, as the series' own times count.
    ///
    /// # Errors
    /// It is not written as the series' times are.
    pub fn time(&self, row: usize, column: usize, style: &StampStyle) -> Result<i64, Problem> {
        let seen = &self.rows[row][column];
        // a time without an offset is on the clock that the series' times are on
        let found = cells::stamp(seen, Some(style)).map(|(stamp, as_seen)| match as_seen.zone {
            Some(_) => style.clock(stamp),
            None => stamp,
        });
        found.ok_or_else(|| {
            let expected = cells::expected_time(Some(style)).replace("the times before it", "those of the series");
            self.problem(row, &self.names[column], &format!("`{}` is not {expected}", cut(seen)))
        })
    }
}

fn cut(seen: &str) -> String {
    seen.chars().take(40).collect()
}

/// The first problems, and how many more there are.
#[must_use]
pub fn first_problems(problems: Vec<Problem>, path: &Path) -> Vec<Problem> {
    Few::from_iter(problems).told(path)
}
