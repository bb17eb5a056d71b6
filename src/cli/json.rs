//! `--json`: the facts of every verb for machines, on stdout.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::{Command, ReportFormat, TableFormat, Talk};
use super::show;
use crate::error::Error;

/// Makes `--json` mean `--format json` where a verb has a format.
pub fn choose(command: &mut Command, talk: Talk) {
    if !talk.json {
        return;
    }
    match command {
        Command::Forecast(typed) => typed.format = TableFormat::Json,
        Command::Backtest(typed) => typed.format = TableFormat::Json,
        Command::Anomalies(typed) => typed.format = TableFormat::Json,
        Command::Fit(typed) => typed.format = Some(TableFormat::Json),
        Command::Project(typed) => typed.format = TableFormat::Json,
        Command::Simulate(typed) => typed.stage.format = TableFormat::Json,
        Command::Plan(typed) => typed.format = TableFormat::Json,
        Command::Report { format, .. } => *format = ReportFormat::Json,
        _ => {}
    }
}

/// Writes one value to stdout.
///
/// # Errors
/// When stdout is closed.
pub fn print(value: &Value) -> Result<(), Error> {
    show::data(format!("{value:#}\n").as_bytes())
}

/// Tells which files were written: as `{"wrote": […]}`, or a line each to stderr.
///
/// # Errors
/// When stdout is closed.
pub fn wrote(paths: &[PathBuf], talk: Talk) -> Result<(), Error> {
    if talk.json {
        return print(&json!({ "wrote": paths }));
    }
    for path in paths {
        show::say(talk, &format!("wrote {}", path.display()));
    }
    Ok(())
}

/// Tells one file with what is in it: as JSON, or as a sentence to stderr.
///
/// # Errors
/// When stdout is closed.
pub fn wrote_futures(path: &Path, replications: u32, sentence: &str, talk: Talk) -> Result<(), Error> {
    if talk.json {
        return print(&json!({ "wrote": [path], "replications": replications }));
    }
    show::say(talk, sentence);
    Ok(())
}
