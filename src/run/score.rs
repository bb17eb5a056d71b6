//! Earlier runs against the history that came since.

use std::path::{Path, PathBuf};

use super::directory::write_table;
use super::earlier::{Earlier, PastRun};
use super::pipeline::{Overrides, Past, Prepared, Request};
use crate::error::Error;
use crate::observe::Observer;
use crate::report::Table;
use crate::report::score::{LookedBack, Score, decision_table, demand_table, score};
use crate::spec;
use crate::time::Day;

/// An earlier run scored, with the tables that were written.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The scores.
    pub score: Score,
    /// Forecasts against what came, and decisions in hindsight.
    pub tables: [Table; 2],
    /// Where they were written.
    pub written: Vec<PathBuf>,
}

/// Scores a finished run with the history that a model's sources give today, and writes two tables into `scores` beside the run.
///
/// # Errors
/// When the run cannot be read or its model is not known any more; all problems of the model file and the data; [`Error::Manifest`] when
/// no day of its horizon has come.
pub fn score_run(run: &Path, model: Option<&Path>, until: Option<Day>, observer: &dyn Observer) -> Result<Scored, Error> {
    let earlier = PastRun::open(run)?;
    let model = model.unwrap_or(&earlier.manifest.model).to_owned();
    let scratch = tempfile::tempdir().map_err(|source| Error::Output { path: std::env::temp_dir(), source })?;
    let overrides = Overrides { as_of: until, ..Overrides::default() };
    let request = Request { model, runs: scratch.path().to_owned(), overrides, again: true, outcomes: None };
    let prepared = Prepared::load(&request, observer)?;
    let past = prepared.past(observer)?;
    let found = of_run(&earlier, &past)?;
    if found.demands.is_empty() {
        let reason = format!("it knew the history until {}, and nothing of its horizon has come by {}", found.as_of, found.until);
        return Err(Error::NothingToScore { path: earlier.folder, reason });
    }
    let all = [found];
    let tables = [demand_table(&all), decision_table(&all, &prepared.model().currency)];
    let home = earlier.folder.parent().unwrap_or(Path::new(".")).join("scores");
    let mut written = Vec::new();
    for table in &tables {
        let path = home.join(format!("{}-{}-{}.csv", earlier.name(), past.as_of, table.id));
        write_table(&path, table)?;
        written.push(path);
    }
    let [score] = all;
    Ok(Scored { score, tables, written })
}

/// The scores of all earlier runs that a report looks back on, and which of them cannot be scored, and why: a run of which the model file
/// names what is gone is no reason to stop the run of today.
pub(super) fn scorecard(earlier: &Earlier, past: &Past) -> Result<(Vec<Score>, Vec<String>), Error> {
    let (mut scores, mut left_out) = (Vec::new(), Vec::new());
    for folder in &earlier.scored {
        let run = PastRun::open(folder)?;
        match of_run(&run, past) {
            Ok(found) => scores.push(found),
            Err(error) => {
                let told = error.to_string();
                left_out.push(format!("The run {} cannot be scored: {}", run.name(), told.lines().next().unwrap_or_default()));
            }
        }
    }
    Ok((scores, left_out))
}

fn of_run(run: &PastRun, past: &Past) -> Result<Score, Error> {
    let broken = |reason| Error::Manifest { path: run.folder.join("manifest.json"), reason };
    let text = run.model_text().map_err(broken)?;
    let declared = spec::load_with(&run.manifest.model, Some(&text), &run.manifest.overrides.set).map_err(Error::Problems)?;
    let name = run.name();
    Ok(score(&LookedBack {
        run: &name,
        report: &run.report,
        model: &declared.model,
        as_of: run.manifest.as_of,
        panel: &past.panel,
        until: past.as_of,
    }))
}
