//! One function a verb: arguments as typed to requests as meant, results to words.

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use serde_json::json;

use super::args::{Arguments, Command, GenerateArgs, MergeArgs, ReportFormat, RunArgs, SchemaOf, SimulateArgs, StageArgs, Talk};
use super::progress::{self, Progress};
use super::{
    anomalies, bins, choose, diff, dry, exit, explain, fit, flags, forecast, ingest, inspect, json, man, plot, project, score,
    show, summary,
};
use crate::error::Error;
use crate::forecast::Choice;
use crate::report::gate::{Severity, State};
use crate::report::{Table, format};
use crate::run::{self, Finished, Prepared, Verdict};
use crate::spec;

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut arguments = Arguments::try_parse().unwrap_or_else(|error| flags::told(error, &typed).exit());
    let talk = arguments.talk;
    json::choose(&mut arguments.command, talk);
    progress::listen_for_interrupts();
    if let Some(threads) = talk.threads {
        // Fails only when a pool exists already, and nothing has run yet.
        drop(rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads)).build_global());
    }
    match obey(arguments.command, talk) {
        Ok(code) => code,
        Err(error) => {
            show::error(&error, talk);
            ExitCode::from(error.exit_code())
        }
    }
}

fn obey(command: Command, talk: Talk) -> Result<ExitCode, Error> {
    let done = |()| ExitCode::SUCCESS;
    match command {
        Command::Run(typed) => run_model(&typed, talk),
        Command::Inspect(typed) => inspect::inspect(&typed, talk).map(done),
        Command::Bins(typed) => bins::bins(&typed, talk).map(done),
        Command::Ingest(typed) => ingest::ingest(&typed, talk),
        Command::Check { model, set } => check(&model, &set, talk).map(done),
        Command::Commit { model, scenario } => commit(&model, &scenario, talk).map(done),
        Command::Diff(typed) => diff::diff(&typed, talk),
        Command::Score(typed) => score::score(&typed, talk).map(done),
        Command::Generate(typed) => generate(&typed, talk).map(done),
        Command::Forecast(typed) => forecast::forecast(&typed, talk).map(done),
        Command::Backtest(typed) => forecast::backtest(&typed, talk).map(done),
        Command::Anomalies(typed) => anomalies::anomalies(&typed, talk),
        Command::Fit(typed) => fit::fit(&typed, talk).map(done),
        Command::Project(typed) => project::project(&typed, talk).map(done),
        Command::Choose(typed) => choose::choose(&typed, talk).map(done),
        Command::Simulate(typed) => simulate(&typed, talk).map(done),
        Command::Merge(typed) => merge(&typed, talk).map(done),
        Command::Plan(typed) => plan(&typed, talk).map(done),
        Command::Plot(typed) => plot::plot(&typed, talk).map(done),
        Command::Report { run, format } => report(&run, format).map(done),
        Command::Rerun { manifest } => rerun(&manifest, talk).map(done),
        Command::Schema { of } => schema(of).map(done),
        Command::Init { folder } => init(&folder, talk).map(done),
        Command::Explain(typed) => explain::explain(&typed, talk).map(done),
        Command::Man(typed) => man::man(&typed, talk).map(done),
        Command::Completions { shell } => completions(shell).map(done),
    }
}

fn schema(of: SchemaOf) -> Result<(), Error> {
    let schema = match of {
        SchemaOf::Model => spec::schema(),
        SchemaOf::Report => crate::report::schema(),
    };
    show::data(format!("{schema:#}\n").as_bytes())
}

fn run_model(typed: &RunArgs, talk: Talk) -> Result<ExitCode, Error> {
    if typed.dry_run {
        return dry::tell(&run::dry_run(&typed.into())?, talk).map(|()| ExitCode::SUCCESS);
    }
    let finished = run::run(&typed.into(), &Progress::new(talk))?;
    tell(&finished, typed.check, talk)?;
    Ok(exit::of_run(&finished, typed.check))
}

fn tell(finished: &Finished, check: bool, talk: Talk) -> Result<(), Error> {
    for sentence in &finished.summary {
        show::say(talk, sentence);
    }
    summary::tell(finished, talk)?;
    // what ends a job is an error of it: told when quiet too
    let loud = |ends: bool| Talk { quiet: talk.quiet && !ends, ..talk };
    if let Some(sentence) = judged(finished, check) {
        show::say(loud(check), &sentence);
    }
    for gate in finished.gates.iter().flat_map(|judged| &judged.gates) {
        show::say(loud(gate.severity == Severity::Fail && gate.state != State::Clear), &gate.sentence);
    }
    let note = if finished.reused { " (already there: same program, inputs and settings)" } else { "" };
    show::say(talk, &format!("Report: {}{note}", finished.folder.join("report.html").display()));
    Ok(())
}

/// What the rule of the model file says of the orders as declared, where it does not hold surely.
fn judged(finished: &Finished, check: bool) -> Option<String> {
    let told = finished.summary.last().map_or("", String::as_str);
    match (finished.verdict, check) {
        (Verdict::Missed, true) => Some(format!("Check failed, the accepted risk is exceeded. {told}")),
        (Verdict::Unsure, _) => {
            let check = if check { "Check without a verdict: too" } else { "Too" };
            Some(format!(
                "{check} uncertain to say whether the accepted risk is kept with the orders as declared; more replications narrow the \
                 interval."
            ))
        }
        _ => None,
    }
}

fn commit(model: &Path, scenario: &str, talk: Talk) -> Result<(), Error> {
    let (file, text) = spec::commit(model, scenario).map_err(Error::Problems)?;
    run::write_whole(&file, text.as_bytes())?;
    show::say(
        talk,
        &format!("{}: scenario `{scenario}` is committed: it is part of `base` from the next run on", file.display()),
    );
    Ok(())
}

fn check(model: &Path, set: &[String], talk: Talk) -> Result<(), Error> {
    let declared = spec::load_with(model, None, set).map_err(Error::Problems)?;
    let pools = declared.model.pools.len();
    if talk.json {
        let warnings = declared.warnings.iter().map(|warning| json!({"line": warning.line, "message": warning.message}));
        return json::print(&json!({
            "model": declared.path, "pools": pools, "sources": declared.sources.len(), "scenarios": declared.scenarios.len(),
            "warnings": warnings.collect::<Vec<_>>(),
        }));
    }
    let text = format!(
        "{}: no problem found ({}, {}, {})",
        declared.path.display(),
        format::counted(pools, "pool"),
        format::counted(declared.sources.len(), "source"),
        format::counted(declared.scenarios.len(), "scenario")
    );
    show::say(talk, &text);
    for warning in &declared.warnings {
        let line = warning.line.map_or_else(String::new, |line| format!(":{line}"));
        show::say(talk, &format!("warning: {}{line}: {}", warning.path.display(), warning.message));
    }
    Ok(())
}

fn generate(typed: &GenerateArgs, talk: Talk) -> Result<(), Error> {
    let order = run::generate::Order { csv: typed.csv, seed: typed.seed, force: typed.force };
    json::wrote(&run::generate::write(&typed.recipe, &typed.output, &order)?, talk)
}

fn tables(typed: &StageArgs, ids: &[&str], talk: Talk) -> Result<(), Error> {
    let observer = Progress::new(talk);
    let request = typed.request();
    let prepared = Prepared::load(&request, &observer)?;
    let past = prepared.past(&observer)?;
    let decided = prepared.decide(&request, &past, &mut |_| (), &observer)?;
    let report = prepared.report(&past, &decided);
    let find = |id: &&str| report.tables.iter().find(|table| table.id == **id);
    ids.iter().filter_map(find).try_for_each(|table: &Table| show::table(table, typed.format))
}

fn simulate(typed: &SimulateArgs, talk: Talk) -> Result<(), Error> {
    let Some(output) = &typed.output else {
        let (observer, request) = (Progress::new(talk), typed.stage.request());
        let prepared = Prepared::load(&request, &observer)?;
        let past = prepared.past(&observer)?;
        let tables = prepared.risk(&request, &past, &observer)?;
        return tables.iter().try_for_each(|table| show::table(table, typed.stage.format));
    };
    let observer = Progress::new(talk);
    let prepared = Prepared::load(&typed.stage.request(), &observer)?;
    let past = prepared.past(&observer)?;
    let futures = prepared.futures(&past, Choice::Auto, &observer)?;
    let part = prepared.part(&futures, typed.blocks.clone().map(|blocks| blocks.0), &observer)?;
    part.write(output)?;
    let sentence = format!("wrote what {} futures saw to {}", part.replications(), output.display());
    json::wrote_futures(output, part.replications(), &sentence, talk)
}

fn merge(typed: &MergeArgs, talk: Talk) -> Result<(), Error> {
    let whole = run::merge(&typed.parts)?;
    whole.write(&typed.output)?;
    let text =
        format!("put {} parts together: {} futures in {}", typed.parts.len(), whole.replications(), typed.output.display());
    json::wrote_futures(&typed.output, whole.replications(), &text, talk)
}

fn plan(typed: &StageArgs, talk: Talk) -> Result<(), Error> {
    tables(typed, &["exhaustion", "schedule", "options"], talk)
}

fn report(folder: &Path, format: ReportFormat) -> Result<(), Error> {
    let name = match format {
        ReportFormat::Markdown => "report.md",
        ReportFormat::Json => "report.json",
        ReportFormat::Html => "report.html",
    };
    show::data(&run::read_output(&run::named(folder), name)?)
}

fn rerun(manifest: &Path, talk: Talk) -> Result<(), Error> {
    let rerun = run::rerun(manifest, &Progress::new(talk))?;
    if talk.json {
        return json::print(&json!({"manifest": rerun.of, "same": rerun.same, "different": 0}));
    }
    show::say(talk, &format!("{}: all {} outputs have the same bytes", rerun.of.display(), rerun.same));
    Ok(())
}

fn init(folder: &Path, talk: Talk) -> Result<(), Error> {
    json::wrote(&spec::init(folder)?, talk)?;
    show::say(talk, &format!("Next: plimsoll run {}", folder.display()));
    Ok(())
}

fn completions(shell: clap_complete::Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "plimsoll", &mut script);
    show::data(&script)
}
