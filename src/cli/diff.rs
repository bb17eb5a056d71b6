//! `plimsoll diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::args::{TableFormat, Talk};
use super::progress::Progress;
use super::{exit, show};
use crate::error::Error;
use crate::report::changes::changed;
use crate::report::format::counted;
use crate::run::{self, Diff, Verdict};

/// Flags of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll diff runs/my-system                                       the last run against the one before
  plimsoll diff runs/my-system/previous runs/my-system/latest --json
  plimsoll diff runs/my-system/2026-09-30-0123456789ab runs/my-system/latest --check

Where more than one of data, model, settings, seed and program differ, runs are made again with one of them swapped.
Ends with 0 when the two are compared; with --check with 10 when a decision changed, or a number by more than Monte Carlo error.")]
pub struct DiffArgs {
    /// The first run, or the folder of a model's runs: then `previous` and `latest` in it are compared.
    #[arg(value_name = "RUN")]
    pub before: PathBuf,
    /// The second run.
    #[arg(value_name = "RUN")]
    pub after: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// End with 10 when a decision changed, or a number by more than Monte Carlo error.
    #[arg(long)]
    pub check: bool,
}

/// Compares two runs.
pub fn diff(typed: &DiffArgs, talk: Talk) -> Result<ExitCode, Error> {
    let (before, after) = match &typed.after {
        Some(after) => (typed.before.clone(), after.clone()),
        None => (typed.before.join("previous"), typed.before.join("latest")),
    };
    let found = run::diff(&before, &after, &Progress::new(talk))?;
    for sentence in sentences(&found) {
        show::say(talk, &sentence);
    }
    if typed.json {
        let text = serde_json::to_string_pretty(&found);
        let text = text.map_err(|error| Error::Render { file: "diff".into(), reason: error.to_string() })?;
        show::data(format!("{text}\n").as_bytes())?;
    } else if !found.changes.is_empty() {
        show::table(&found.table(), TableFormat::Table)?;
    }
    let verdict = if typed.check && found.matters() { Verdict::Missed } else { Verdict::Within };
    Ok(exit::judged(verdict))
}

/// Lines of how inputs differ, at most.
const TOLD: usize = 8;

/// A line each; of a long list its first ones and how many more there are.
fn shortened(how: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = how.iter().take(TOLD).map(|one| format!("- {one}")).collect();
    if how.len() > TOLD {
        lines.push(format!("- and {} more (--json has them all)", how.len() - TOLD));
    }
    lines
}

fn sentences(found: &Diff) -> Vec<String> {
    let names: Vec<&str> = found.differs.iter().map(|factor| factor.word()).collect();
    let differs = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let mut said = vec![format!("{} and {} differ in: {differs}.", found.before.display(), found.after.display())];
    said.extend(shortened(&found.how));
    said.push(match (found.changes.len(), found.matters()) {
        (0, _) => "No conclusion has changed.".to_owned(),
        (n, true) => format!("{}.", changed(n)),
        (n, false) => format!("{}, none by more than Monte Carlo error.", changed(n)),
    });
    if found.runs_made > 0 {
        let runs = counted(found.runs_made, "run");
        said.push(format!("Causes: {runs} made again with one of these swapped."));
    }
    said.extend(found.not_attributed.iter().map(|why| format!("Not attributed: {why}")));
    said
}
