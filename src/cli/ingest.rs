//! `plimsoll ingest`: exports into a store, acknowledged file by file.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::args::{IngestArgs, Talk};
use super::progress::Progress;
use super::{live, show};
use crate::error::Error;
use crate::formats::{Finding, Reading};
use crate::ingest::store::{self, Outcome, Receipt, Writer};
use crate::observe::Observer;
use crate::problem::Problem;
use crate::run;
use crate::series::Severity;

/// Reads every input into the store and tells each as it is acknowledged.
pub fn ingest(typed: &IngestArgs, talk: Talk) -> Result<ExitCode, Error> {
    let refuse = |problem: Problem| Error::Problems(vec![problem]);
    let (places, mut problems) = live::places(typed);
    let mut writer = Writer::open(&typed.output).map_err(refuse)?;
    let (interrupts, mut told, mut hindered) = (Progress::new(talk), Vec::new(), None);
    let options = typed.read.options();
    let fill = &mut |name: &str, reading: &mut Reading<'_>| {
        let url = name.split(' ').next().unwrap_or(name);
        if live::is_elsewhere(url) { typed.live.fetch(url, &options, talk, reading) } else { live::read_stdin(&options, reading) }
    };
    let stopped = store::ingest(&mut writer, &places, &options, fill, &mut |path, outcome| {
        match outcome {
            Ok(receipt) => {
                hindered = hindered.take().or(acknowledge(&receipt, talk).err());
                told.push(read(&receipt));
            }
            Err(mut refused) => {
                told.push(
                    json!({"path": path, "outcome": "refused", "problems": refused.iter().map(problem).collect::<Vec<_>>()}),
                );
                problems.append(&mut refused);
            }
        }
        hindered.is_none() && !interrupts.interrupted()
    });
    problems.extend(stopped.err());
    if let Some(path) = &typed.report {
        report(path, &typed.output, &told, &problems)?;
    }
    if let Some(error) = hindered {
        return Err(error);
    }
    if interrupts.interrupted() {
        show::say(talk, "interrupted; what was acknowledged stays");
        return Ok(ExitCode::from(130));
    }
    if problems.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Error::Problems(problems)) }
}

/// One line to stdout for a file that is in the store; what was odd about it to stderr.
fn acknowledge(receipt: &Receipt, talk: Talk) -> Result<(), Error> {
    let (path, counts) = (receipt.path.display(), format!("{} series, {} samples", receipt.series, receipt.samples));
    let line = match &receipt.outcome {
        Outcome::New => format!("new: {path}: {counts} ({})\n", receipt.format),
        Outcome::Known { origin } if same(origin, &receipt.path) => format!("known: {path}: {counts}, nothing new\n"),
        Outcome::Known { origin } => format!("known: {path}: {counts}, the same bytes as {}\n", origin.display()),
        Outcome::Replaced { samples } => format!("replaced: {path}: {counts} ({}) for {samples} samples\n", receipt.format),
    };
    let line = if talk.json { format!("{}\n", read(receipt)) } else { line };
    show::data(line.as_bytes())?;
    for finding in receipt.findings.iter().filter(|finding| finding.severity == Severity::Warning) {
        show::say(talk, &format!("warning: {path}: {} ({})", finding.text, times(finding)));
    }
    if let Some(more) = &receipt.incomplete {
        show::say(talk, &format!("warning: {path}: not all of it: {more}"));
    }
    for question in &receipt.questions {
        show::say(talk, &format!("question: {path}: {} Answer with {}", question.text, question.flag));
    }
    Ok(())
}

/// `counter-reset`, or with how often where it is more than once.
fn times(finding: &Finding) -> String {
    if finding.count == 1 { finding.kind.to_owned() } else { format!("{}, {} times", finding.kind, finding.count) }
}

fn same(origin: &Path, path: &Path) -> bool {
    std::fs::canonicalize(path).is_ok_and(|path| path == origin)
}

fn read(receipt: &Receipt) -> Value {
    let (outcome, origin, removed) = match &receipt.outcome {
        Outcome::New => ("new", None, None),
        Outcome::Known { origin } => ("known", Some(origin), None),
        Outcome::Replaced { samples } => ("replaced", None, Some(*samples)),
    };
    let severity = |severity: Severity| if severity == Severity::Warning { "warning" } else { "note" };
    let findings = receipt.findings.iter().map(|finding| {
        json!({
            "severity": severity(finding.severity), "kind": finding.kind, "count": finding.count, "lines": finding.lines,
            "text": finding.text,
        })
    });
    let questions =
        receipt.questions.iter().map(|question| json!({"rank": question.rank, "text": question.text, "flag": question.flag}));
    json!({
        "path": receipt.path, "outcome": outcome, "same_bytes_as": origin, "samples_removed": removed, "format": receipt.format,
        "series": receipt.series, "samples": receipt.samples, "missing": receipt.missing, "incomplete": receipt.incomplete,
        "findings": findings.collect::<Vec<_>>(), "questions": questions.collect::<Vec<_>>(),
    })
}

fn problem(problem: &Problem) -> Value {
    json!({
        "slug": problem.slug, "path": problem.path, "line": problem.line, "field": problem.field, "column": problem.column,
        "message": problem.message, "help": problem.help,
    })
}

fn report(path: &Path, store: &Path, inputs: &[Value], problems: &[Problem]) -> Result<(), Error> {
    let report = json!({
        "schema": "plimsoll-quality/1", "store": store, "inputs": inputs, "problems": problems.iter().map(problem).collect::<Vec<_>>(),
    });
    run::write_whole(path, format!("{report:#}\n").as_bytes())
}
