//! `plimsoll score`.

use std::path::PathBuf;

use clap::Args;

use super::args::{TableFormat, Talk};
use super::progress::Progress;
use super::show;
use crate::error::Error;
use crate::run;
use crate::time::Day;

/// Flags of `score`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll score runs/my-system/2026-06-30-0123456789ab
  plimsoll score runs/my-system/2026-06-30-0123456789ab my-system --until 2026-09-30 --format csv

The history is read from the sources of the model file as they are today. Two tables are written into the folder `scores` beside the
run; `plimsoll run` says the same of all earlier runs in section 2 of its report.")]
pub struct ScoreArgs {
    /// The folder of the earlier run.
    pub run: PathBuf,
    /// The model file or folder whose sources have the newer history; that of the run unless given.
    pub model: Option<PathBuf>,
    /// The last day of history to judge by; the last full day unless given.
    #[arg(long, value_name = "DATE", value_parser = super::args::day)]
    pub until: Option<Day>,
    /// How tables are printed.
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// Scores a run.
pub fn score(typed: &ScoreArgs, talk: Talk) -> Result<(), Error> {
    let found = run::score_run(&typed.run, typed.model.as_deref(), typed.until, &Progress::new(talk))?;
    for table in &found.tables {
        show::table(table, typed.format)?;
    }
    for path in &found.written {
        show::say(talk, &format!("wrote {}", path.display()));
    }
    Ok(())
}
