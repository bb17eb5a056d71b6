//! A table of failures to a failure mode of a model file.
#![expect(clippy::disallowed_methods, reason = "the table is read here")]

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::fit::{self, FittedMode, FittedQuantity, Options, Reading, RowProblem};
use crate::problem::Problem;
use crate::report::{Cell, Column, Table};

/// A table larger than this is refused: it is held in memory.
const MOST_BYTES: u64 = 1_000_000_000;

/// What is fitted, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct FitRequest {
    /// A CSV table with a header.
    pub input: PathBuf,
    /// How its rows are read.
    pub reading: Reading,
    /// How laws are fitted and chosen.
    pub options: Options,
}

/// What was fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedTable {
    /// Both laws.
    pub mode: FittedMode,
    /// What was assumed or left out, in words.
    pub notes: Vec<String>,
}

/// Reads a table of lives, incidents, durations or days, and fits the laws of its failures and repairs.
///
/// # Errors
/// All problems of the table at once; `ingest/too-few-failures` where they do not carry a law.
pub fn fit_table(request: &FitRequest) -> Result<FittedTable, Error> {
    let path = &request.input;
    let (header, rows) = cells(path)?;
    let read = fit::read(&header, &rows, &request.reading)
        .map_err(|problems| Error::Problems(problems.iter().map(|problem| told(path, problem)).collect()))?;
    let mode = fit::fit(&read.observed, &request.options).map_err(|error| {
        Error::Problems(vec![Problem::new("ingest/too-few-failures", path, error.to_string()).help("a longer watch sees more")])
    })?;
    let aside = read.problems.iter().map(|problem| format!("set aside: {problem}"));
    Ok(FittedTable { mode, notes: read.notes.into_iter().chain(aside).collect() })
}

fn told(path: &Path, problem: &RowProblem) -> Problem {
    let message = format!("saw {}, expected {}", problem.seen, problem.accepted);
    // the header is line 1
    Problem::new("ingest/bad-failure-row", path, message)
        .at_line(problem.row as u64 + 1)
        .in_column(problem.column.clone())
        .help("mend the table, or go on without such rows with --set-aside")
}

fn cells(path: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    if bytes > MOST_BYTES {
        let message = format!("saw {bytes} bytes, expected at most {MOST_BYTES}");
        return Err(Error::Problems(vec![Problem::new("ingest/too-large", path, message)]));
    }
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let problem = Problem::new("ingest/bad-failure-row", path, format!("saw {error}, expected a CSV table with a header"));
        Error::Problems(vec![problem.at_line(line)])
    };
    let mut reader = csv::Reader::from_reader(file);
    let owned = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let header = owned(reader.headers().map_err(|error| broken(&error))?);
    let rows = reader.records().map(|record| record.map(|record| owned(&record)).map_err(|error| broken(&error)));
    Ok((header, rows.collect::<Result<_, _>>()?))
}

impl FittedTable {
    /// Every law tried, the best first: parameters with their intervals, criteria, and how well the best one fits.
    #[must_use]
    pub fn laws(&self) -> Table {
        let sides = [("time to failure", &self.mode.time_to_failure), ("repair", &self.mode.repair)];
        let rows =
            sides.into_iter().filter_map(|(name, side)| Some((name, side.as_ref()?))).flat_map(|(name, side)| rows(name, side));
        let columns = [
            ("quantity", "Quantity", ""),
            ("law", "Law", ""),
            ("parameter", "Parameter", ""),
            ("value", "Value", ""),
            ("low", "Low", ""),
            ("high", "High", ""),
            ("mean_hours", "Mean", "h"),
            ("failures", "Failures", ""),
            ("count", "Of", ""),
            ("aic", "AIC", ""),
            ("bic", "BIC", ""),
            ("p_value", "Anderson–Darling p", ""),
        ];
        Table {
            id: "laws".to_owned(),
            title: "Laws by maximum likelihood, the best first".to_owned(),
            columns: columns.iter().map(|(name, heading, unit)| Column::new(name, heading, unit)).collect(),
            rows: rows.collect(),
        }
    }
}

fn rows(quantity: &str, side: &FittedQuantity) -> Vec<Vec<Cell>> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let mut rows = Vec::new();
    for (rank, law) in side.laws.iter().enumerate() {
        let p = side.goodness.as_ref().filter(|_| rank == 0);
        for parameter in &law.parameters {
            rows.push(vec![
                text(quantity),
                text(law.family.name()),
                text(parameter.name),
                Cell::Number(parameter.value),
                Cell::Number(parameter.interval.low),
                Cell::Number(parameter.interval.high),
                Cell::Number(law.mean.value),
                Cell::Integer(law.failures as i64),
                Cell::Integer(law.count as i64),
                Cell::Number(law.aic),
                Cell::Number(law.bic),
                p.map_or(Cell::Missing, |goodness| Cell::Number(goodness.anderson_darling.p_value)),
            ]);
        }
    }
    rows
}
