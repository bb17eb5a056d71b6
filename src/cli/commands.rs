//! One function a verb: arguments as typed to requests as meant, results to words.

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use super::args::{Arguments, Command, GenerateArgs, MergeArgs, ReportFormat, RunArgs, SimulateArgs, StageArgs, Talk};
use super::progress::{self, Progress};
use super::{anomalies, bins, choose, exit, fit, forecast, ingest, inspect, project, show};
use crate::error::Error;
use crate::forecast::Choice;
use crate::report::Table;
use crate::run::{self, Finished, Prepared, Verdict};
use crate::spec;

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let talk = arguments.talk;
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
        Command::Check { model } => check(&model, talk).map(done),
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
        Command::Report { run, format } => report(&run, format).map(done),
        Command::Rerun { manifest } => rerun(&manifest, talk).map(done),
        Command::Schema => show::data(format!("{:#}\n", spec::schema()).as_bytes()).map(done),
        Command::Init { folder } => init(&folder, talk).map(done),
        Command::Completions { shell } => completions(shell).map(done),
    }
}

fn run_model(typed: &RunArgs, talk: Talk) -> Result<ExitCode, Error> {
    let finished = run::run(&typed.into(), &Progress::new(talk))?;
    tell(&finished, talk);
    Ok(exit::of_run(&finished, typed.check))
}

fn tell(finished: &Finished, talk: Talk) {
    for sentence in &finished.summary {
        show::say(talk, sentence);
    }
    if finished.verdict == Verdict::Unsure {
        show::say(talk, "Too uncertain to say whether the accepted risk is kept; more replications narrow the interval.");
    }
    for gate in finished.gates.iter().flat_map(|judged| &judged.gates) {
        show::say(talk, &gate.sentence);
    }
    let note = if finished.reused { " (already there: same program, inputs and settings)" } else { "" };
    show::say(talk, &format!("Report: {}{note}", finished.folder.join("report.html").display()));
}

fn check(model: &Path, talk: Talk) -> Result<(), Error> {
    let declared = spec::load(model).map_err(Error::Problems)?;
    let pools = declared.model.pools.len();
    let text = format!(
        "{}: no problem found ({pools} pools, {} sources, {} scenarios)",
        declared.path.display(),
        declared.sources.len(),
        declared.scenarios.len()
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
    for path in run::generate::write(&typed.recipe, &typed.output, &order)? {
        show::say(talk, &format!("wrote {}", path.display()));
    }
    Ok(())
}

fn tables(typed: &StageArgs, ids: &[&str], talk: Talk) -> Result<(), Error> {
    let observer = Progress::new(talk);
    let request = typed.request();
    let prepared = Prepared::load(&request, &observer)?;
    let past = prepared.past(&observer)?;
    let futures = prepared.futures(&past, Choice::Auto, &observer)?;
    let outcomes = prepared.settle_outcomes(&request, &futures, &observer)?;
    let plan = prepared.plan(&futures, &outcomes, &observer)?;
    let report = prepared.report(&past, &futures, &outcomes, &plan);
    let find = |id: &&str| report.tables.iter().find(|table| table.id == **id);
    ids.iter().filter_map(find).try_for_each(|table: &Table| show::table(table, typed.format))
}

fn simulate(typed: &SimulateArgs, talk: Talk) -> Result<(), Error> {
    let Some(output) = &typed.output else {
        return tables(&typed.stage, &["adequacy", "survival", "rare"], talk);
    };
    let observer = Progress::new(talk);
    let prepared = Prepared::load(&typed.stage.request(), &observer)?;
    let past = prepared.past(&observer)?;
    let futures = prepared.futures(&past, Choice::Auto, &observer)?;
    let part = prepared.part(&futures, typed.blocks.clone().map(|blocks| blocks.0), &observer)?;
    part.write(output)?;
    show::say(talk, &format!("wrote what {} futures saw to {}", part.replications(), output.display()));
    Ok(())
}

fn merge(typed: &MergeArgs, talk: Talk) -> Result<(), Error> {
    let whole = run::merge(&typed.parts)?;
    whole.write(&typed.output)?;
    let text =
        format!("put {} parts together: {} futures in {}", typed.parts.len(), whole.replications(), typed.output.display());
    show::say(talk, &text);
    Ok(())
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
    show::data(&run::read_output(folder, name)?)
}

fn rerun(manifest: &Path, talk: Talk) -> Result<(), Error> {
    let rerun = run::rerun(manifest, &Progress::new(talk))?;
    show::say(talk, &format!("{}: all {} outputs have the same bytes", rerun.of.display(), rerun.same));
    Ok(())
}

fn init(folder: &Path, talk: Talk) -> Result<(), Error> {
    for path in spec::init(folder)? {
        show::say(talk, &format!("wrote {}", path.display()));
    }
    show::say(talk, &format!("Next: plimsoll run {}", folder.display()));
    Ok(())
}

fn completions(shell: clap_complete::Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "plimsoll", &mut script);
    show::data(&script)
}
