//! A growth question in words to a table by month.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::problem::Problem;
use crate::report::{Cell, Column, Table};
use crate::simulate::growth::{
    Answer, BATCHES, Construction, PATHS_PER_BLOCK, Passage, Projection, Question, Sampling, Sure, Way, Words, project,
};
use crate::simulate::stopping::{Progress, Stopping, Why};
use crate::stream::{Seed, Stream};

/// Paths of one round: a block of each batch.
const ROUND: u64 = BATCHES as u64 * PATHS_PER_BLOCK as u64;
const CONFIDENCE: f64 = 0.95;
/// The shares whose quantiles are told.
const SHARES: [f64; 3] = [0.05, 0.5, 0.95];

/// Where draws come from, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    /// Scrambled Sobol points by a Brownian bridge.
    Bridge,
    /// Scrambled Sobol points by principal components.
    Components,
    /// Antithetic pairs.
    Antithetic,
    /// Independent draws.
    Plain,
}

/// What is asked, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectRequest {
    /// The question.
    pub words: Words,
    /// Where draws come from.
    pub drawn: Drawn,
    /// Whether means are corrected by a control.
    pub control: bool,
    /// Half of each 95 % interval ÷ value at which to stop; none plays all paths.
    pub precision: Option<f64>,
    /// Paths, at most where there is a precision.
    pub paths: u64,
    /// Seconds after which no further round begins.
    pub time_limit: Option<f64>,
    /// The seed.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Projected {
    /// A row a month.
    pub table: Table,
    /// What to know first, in words.
    pub summary: Vec<String>,
}

/// Answers a growth question.
///
/// # Errors
/// All words that cannot be read, or what of the question cannot be.
pub fn project_growth(request: &ProjectRequest) -> Result<Projected, Error> {
    let told = |messages: Vec<String>| {
        Error::Problems(messages.into_iter().map(|message| Problem::new("input/growth", "project", message)).collect())
    };
    let question = request.words.question().map_err(|wrong| told(wrong.iter().map(ToString::to_string).collect()))?;
    let projection = Projection::new(question).map_err(|error| told(vec![error.to_string()]))?;
    let stopping = stopping(request).map_err(|message| told(vec![message]))?;
    let way = match request.drawn {
        Drawn::Bridge => Way::Sobol(Construction::Bridge),
        Drawn::Components => Way::Sobol(Construction::Principal),
        Drawn::Antithetic => Way::Antithetic,
        Drawn::Plain => Way::Plain,
    };
    let stream = Stream::root(Seed(request.seed)).named("growth");
    let sampling = Sampling { way, control: request.control };
    let answer = project(&projection, sampling, stream, &SHARES, &stopping, patience(request.time_limit));
    Ok(Projected { table: table(&answer), summary: summary(&answer, projection.question()) })
}

fn stopping(request: &ProjectRequest) -> Result<Stopping, String> {
    let rounds = u32::try_from(request.paths.div_ceil(ROUND).max(1)).map_err(|_| "too many paths".to_owned())?;
    // Sobol points are balanced in whole powers of two
    let is_sobol = matches!(request.drawn, Drawn::Bridge | Drawn::Components);
    let rounds = if is_sobol { rounds.next_power_of_two() } else { rounds };
    let rule = match request.precision {
        Some(relative) => Stopping::at_precision(relative, CONFIDENCE, 1, rounds),
        None => Stopping::after(rounds, CONFIDENCE),
    };
    rule.map_err(|error| error.to_string())
}

/// Goes on while the next round, at the pace so far, ends within the limit.
#[expect(clippy::disallowed_methods, reason = "the time limit is kept here, on this side of the engine")]
fn patience(limit: Option<f64>) -> impl FnMut(&Progress) -> bool {
    let limit = limit.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let begun = Instant::now();
    move |progress| {
        let after = f64::from(progress.rounds + progress.next) / f64::from(progress.rounds);
        limit.is_none_or(|limit| begun.elapsed().mul_f64(after) <= limit)
    }
}

fn table(answer: &Answer) -> Table {
    let columns = [
        ("month", "Month", ""),
        ("mean", "Mean", ""),
        ("mean_error", "±", ""),
        ("p5", "p5", ""),
        ("p5_error", "±", ""),
        ("p50", "p50", ""),
        ("p50_error", "±", ""),
        ("p95", "p95", ""),
        ("p95_error", "±", ""),
        ("p_reached", "P(reached)", "ratio"),
        ("p_reached_error", "±", "ratio"),
        ("p_reached_low", "Low", "ratio"),
        ("p_reached_high", "High", "ratio"),
    ];
    let row = |month: &crate::simulate::growth::Month| {
        let mut cells = vec![Cell::Integer(month.month as i64)];
        for sure in [&month.mean].into_iter().chain(&month.quantiles) {
            cells.extend([Cell::Number(sure.value), Cell::Number(sure.standard_error)]);
        }
        let of = |value: fn(&Sure) -> f64| month.reached.as_ref().map_or(Cell::Missing, |sure| Cell::Number(value(sure)));
        cells.extend([of(|s| s.value), of(|s| s.standard_error), of(|s| s.low), of(|s| s.high)]);
        cells
    };
    Table {
        id: "growth".to_owned(),
        title: "Demand by month, with standard errors, and the chance that it has reached the capacity".to_owned(),
        columns: columns.iter().map(|(name, heading, unit)| Column::new(name, heading, unit)).collect(),
        rows: answer.months.iter().map(row).collect(),
    }
}

fn summary(answer: &Answer, question: &Question) -> Vec<String> {
    let mut told: Vec<String> = answer.passages.iter().map(|passage| dated(passage, question.months)).collect();
    let why = match answer.stopped {
        Some(Why::Precise) => "as sure as asked for",
        Some(Why::Interrupted) => "the time limit ended it",
        Some(Why::Budget) | None => "all paths played",
    };
    told.push(format!(
        "{} paths, means and quantiles within ± {:.2} % (95 %): {why}",
        answer.paths,
        100.0 * answer.relative_half_width()
    ));
    told
}

fn dated(passage: &Passage, months: usize) -> String {
    let share = 100.0 * passage.p;
    let latest = passage.latest.map_or_else(|| format!("after {months}"), |month| month.to_string());
    match (passage.month, passage.earliest) {
        (Some(month), Some(earliest)) => {
            format!("with probability {share:.0} % the capacity is reached by month {month} ({earliest} to {latest})")
        }
        _ => format!("the capacity is reached with less than {share:.0} % within {months} months"),
    }
}
