//! The command line as typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::anomalies::AnomalyArgs;
use super::choose::ChooseArgs;
use super::diff::DiffArgs;
use super::explain::ExplainArgs;
use super::fit::FitArgs;
use super::forecast::{BacktestArgs, ForecastArgs};
use super::live::LiveArgs;
use super::man::ManArgs;
use super::plot::PlotArgs;
use super::project::ProjectArgs;
use super::read::ReadArgs;
use super::score::ScoreArgs;
use crate::run::{Earlier, Gates, Overrides, Request};
use crate::time::{Day, Step};

/// From utilization history to an order-by date, with its cost and its risk.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, about, propagate_version = true, after_help = EXAMPLES, max_term_width = 110)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to talk about it.
    #[command(flatten)]
    pub talk: Talk,
}

const EXAMPLES: &str = "\
Examples:
  plimsoll init my-system               write a small commented model that runs
  plimsoll check my-system              tell every problem of its model file
  plimsoll run my-system                write the report to runs/my-system/latest/report.html
  plimsoll run my-system --check        for a scheduler: exit code 10 when the plan misses its objective
  plimsoll rerun runs/my-system/latest  make it again and compare every byte
  plimsoll explain LOLE                 what a word, an error or a finding means

Exit codes: 0 done, 2 wrong command line, 3 wrong data, 4 wrong model, 5 too little history, 6 output not written,
10 objective missed (--check) or a gate failed (--fail-if), 11 too uncertain to say (--check, --fail-if), 130 interrupted, 1 a bug in plimsoll";

/// Flags of every command.
#[derive(Debug, Clone, Copy, Args)]
pub struct Talk {
    /// Say nothing but errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// How progress and errors are written to stderr.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Threads to use; all cores unless given. The results are the same for any number.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print facts and tables as JSON on stdout: the same as `--format json` where a verb has a format.
    #[arg(long, global = true)]
    pub json: bool,
}

/// See [`Talk::log_format`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: bars on a terminal, plain lines otherwise.
    Text,
    /// One JSON object a line.
    Json,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read history, forecast, simulate, plan, and write the report of a model.
    Run(RunArgs),
    /// Tell what an export is: format, columns, units, zone, step, oddities, and the questions that only you can answer.
    Inspect(InspectArgs),
    /// Read exports of monitoring systems into a store, acknowledged file by file.
    Ingest(IngestArgs),
    /// Count, mean, maximum and percentiles of every series of an export or a store, by the hour or any other step.
    Bins(BinsArgs),
    /// Tell every problem of a model file, without reading its data.
    #[command(after_help = "Examples:\n  plimsoll check models/webshop\n  plimsoll check models/webshop --set plan.risk=0.005")]
    Check {
        /// The model file or its folder.
        model: PathBuf,
        /// A value in place of one of the model file, as of `run`; may be repeated.
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
    },
    /// Make a scenario part of `base`: one line more in the model file.
    #[command(after_help = "Example:\n  plimsoll commit my-system strong-growth")]
    Commit {
        /// The model file or its folder.
        model: PathBuf,
        /// The scenario.
        scenario: String,
    },
    /// Make a fleet that never was, with its truth known, from a recipe.
    #[command(after_help = "Example:\n  plimsoll generate datasets/webshop/recipe.toml -o fresh --csv")]
    Generate(GenerateArgs),
    /// Forecast the demands of a model, or the series of a file.
    Forecast(ForecastArgs),
    /// Try the forecaster on the series of a file: forecast from earlier origins, and score against what came.
    Backtest(BacktestArgs),
    /// Find what is unusual in the series of a file: spikes, dips, dropouts, shifts of level, gaps, saturation.
    Anomalies(AnomalyArgs),
    /// Fit the laws of failure and repair to a table of drives or incidents, for a model file.
    Fit(FitArgs),
    /// Project growth into a capacity from what people know alone: demand by month, when the capacity is reached.
    Project(ProjectArgs),
    /// Choose a type of unit and how many of it before demand is known: cost, risk, ties, and why not each other.
    Choose(ChooseArgs),
    /// Simulate a model as it stands, without a plan: risk by month.
    Simulate(SimulateArgs),
    /// Put the parts of one simulation together, in any order.
    Merge(MergeArgs),
    /// Plan the orders of a model: what, by when, at what cost.
    #[command(after_help = "Example:\n  plimsoll plan models/webshop --replications 500")]
    Plan(StageArgs),
    /// Print the report of a finished run.
    #[command(
        after_help = "Examples:\n  plimsoll report runs/webshop/latest\n  plimsoll report runs/webshop/latest --format json | jq .summary"
    )]
    Report {
        /// The run folder.
        run: PathBuf,
        /// Which form.
        #[arg(long, value_enum, default_value_t = ReportFormat::Markdown)]
        format: ReportFormat,
    },
    /// Draw one chart of a finished run, for a slide or a page; list those that it has.
    Plot(PlotArgs),
    /// What changed between two runs, and what each change is due to.
    Diff(DiffArgs),
    /// How an earlier run did: its bands against what came, its orders in hindsight.
    Score(ScoreArgs),
    /// Make a run again from its manifest and compare every byte.
    #[command(after_help = "Example:\n  plimsoll rerun runs/webshop/latest/manifest.json")]
    Rerun {
        /// The manifest, or the run folder.
        manifest: PathBuf,
    },
    /// Print the JSON Schema of model files, for editors, or of `report.json`.
    #[command(
        after_help = "Examples:\n  plimsoll schema > plimsoll.schema.json\n  plimsoll schema --of report > plimsoll-report.schema.json"
    )]
    Schema {
        /// Of what.
        #[arg(long, value_enum, default_value_t = SchemaOf::Model)]
        of: SchemaOf,
    },
    /// Write a small commented model that runs.
    #[command(after_help = "Example:\n  plimsoll init my-system && plimsoll run my-system")]
    Init {
        /// The folder, made if missing; nothing in it is overwritten.
        folder: PathBuf,
    },
    /// Say what a word of a report, the name of an error or a kind of finding means.
    Explain(ExplainArgs),
    /// Print the manual page, or write those of all verbs to a folder.
    Man(ManArgs),
    /// Print a completion script for a shell.
    #[command(after_help = "Example:\n  plimsoll completions bash > ~/.local/share/bash-completion/completions/plimsoll")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What a run may change of its model file.
#[derive(Debug, Clone, Args)]
pub struct Changes {
    /// The seed, in place of the model's.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Futures simulated a scenario, in place of the model's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub replications: Option<u32>,
    /// Days planned for, in place of the model's: 180, or "6 months", "1 y".
    #[arg(long, value_name = "DAYS", value_parser = days)]
    pub horizon: Option<u32>,
    /// The last day of history to use, such as 2026-10-31; later data are not looked at.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub as_of: Option<Day>,
    /// A value in place of one of the model file, such as plan.risk=0.005 or pool.web.growth=0.2; may be repeated. Items of lists
    /// are found by name, by resource or by number from 1; texts need quotes.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// So many days: a number, or a length of time as in a model file.
fn days(typed: &str) -> Result<u32, String> {
    let days = typed.trim().parse::<f64>().ok().or_else(|| crate::spec::hours(typed).map(|hours| hours / 24.0));
    let whole = days.map(f64::round).filter(|days| (1.0..=3_660.0).contains(days));
    whole
        .map(|days| days as u32)
        .ok_or_else(|| "expected 1 to 3660 days, such as 180, \"180 d\", \"6 months\" or \"1 y\"".to_owned())
}

/// A day.
pub(super) fn day(typed: &str) -> Result<Day, String> {
    typed.parse().map_err(|_: jiff::Error| "expected a day such as 2026-10-31 (year, month, day)".to_owned())
}

impl From<&Changes> for Overrides {
    fn from(typed: &Changes) -> Self {
        Self {
            seed: typed.seed,
            replications: typed.replications,
            horizon_days: typed.horizon,
            as_of: typed.as_of,
            set: typed.set.clone(),
            ..Self::default()
        }
    }
}

/// Flags of `run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll run models/webshop
  plimsoll run models/webshop --replications 10000 --seed 7
  plimsoll run models/webshop --dry-run
  plimsoll run models/webshop --check --quiet || mail -s 'capacity' team < runs/webshop/latest/report.md
  plimsoll run models/webshop --fail-if 'pool.checkout.p_shortfall_by(\"2027-03-31\") > 0.05' --warn-if 'any_pool(order_by < today + 30 d)'

What a condition may ask for: docs/guides/gates.md, docs/reference/gates.md.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct RunArgs {
    /// The model file or its folder.
    pub model: PathBuf,
    /// Runs are kept below this folder.
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs: PathBuf,
    /// What differs from the file.
    #[command(flatten)]
    pub changes: Changes,
    /// Compute even when the same run is already there.
    #[arg(long)]
    pub again: bool,
    /// Say what would be read, simulated and written, and about how long it would take; write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not look back on earlier runs: no score of their plans, nothing about what changed since.
    #[arg(long)]
    pub no_score: bool,
    /// Take what every future saw from this file of `simulate -o` or `merge`, in place of simulating.
    #[arg(long, value_name = "FILE")]
    pub outcomes: Option<PathBuf>,
    /// End with 10 when the plan as declared misses its objective, with 11 when that is too uncertain to say.
    #[arg(long)]
    pub check: bool,
    /// End with 10 when this holds of the run, with 11 when that is too uncertain to say; may be repeated.
    #[arg(long, value_name = "CONDITION", allow_hyphen_values = true)]
    pub fail_if: Vec<String>,
    /// Say so when this holds of the run; may be repeated.
    #[arg(long, value_name = "CONDITION", allow_hyphen_values = true)]
    pub warn_if: Vec<String>,
    /// The confidence of the intervals that conditions are compared by.
    #[arg(long, value_name = "SHARE", default_value_t = Gates::default().confidence, value_parser = confidence)]
    pub confidence: f64,
}

fn confidence(typed: &str) -> Result<f64, String> {
    let share = typed.parse().ok().filter(|share| (0.5..=0.999_999).contains(share));
    share.ok_or_else(|| "expected a share from 0.5 to 0.999999, such as 0.95".to_owned())
}

impl From<&RunArgs> for Request {
    fn from(typed: &RunArgs) -> Self {
        let gates = Gates {
            fail_if: typed.fail_if.clone(),
            warn_if: typed.warn_if.clone(),
            confidence: typed.confidence,
            fired_before: None,
        };
        Self {
            model: typed.model.clone(),
            runs: typed.runs.clone(),
            overrides: Overrides { gates, earlier: typed.no_score.then(Earlier::default), ..(&typed.changes).into() },
            again: typed.again,
            outcomes: typed.outcomes.clone(),
        }
    }
}

/// Flags of `ingest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll ingest exports/ -o store
  plimsoll ingest 'exports/*.csv.gz' -o store --tz Europe/Berlin --map timestamp=when,entity=machine,value=load
  plimsoll ingest exports/ -o store --on-invalid null --max-bad 1% --report quality.json
  plimsoll ingest http://127.0.0.1:9090 --query node_load1 --start 2026-11-01 --step 5m -o store
  psql --csv -c 'select time, host, cpu from usage' | plimsoll ingest - --name usage -o store

A line on stdout says that a file is acknowledged: from then on it stays, whatever happens. The same bytes again are nothing new;
other bytes under the same path replace what it gave before. Ends with 3 when some file could not be read; the others are in.")]
pub struct IngestArgs {
    /// Files, folders, patterns with * (in quotes), `-` for standard input, or the address of a server that speaks the HTTP API of
    /// Prometheus. All files below a folder are read, hidden ones left out.
    #[arg(required = true, value_name = "PATH|URL")]
    pub inputs: Vec<String>,
    /// The store, made if missing.
    #[arg(long, short, value_name = "STORE")]
    pub output: PathBuf,
    /// How the files are to be read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// What is asked of a server.
    #[command(flatten)]
    pub live: LiveArgs,
    /// The name by which standard input is known: the same name again replaces what it gave before.
    #[arg(long, value_name = "NAME", default_value = "stdin")]
    pub name: String,
    /// Write what was odd in each file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Flags of `inspect`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll inspect exports/cpu.csv
  plimsoll inspect exports/ --tz Europe/Berlin
  plimsoll inspect http://127.0.0.1:9090 --query node_load1 --start 2026-11-01 --step 5m
  plimsoll inspect --formats")]
pub struct InspectArgs {
    /// Files, folders, `-` for standard input, or the address of a server that speaks the HTTP API of Prometheus.
    #[arg(required_unless_present = "formats", value_name = "PATH|URL")]
    pub inputs: Vec<String>,
    /// List every format that is read.
    #[arg(long)]
    pub formats: bool,
    /// How the files are to be read.
    #[command(flatten)]
    pub read: ReadArgs,
    /// What is asked of a server.
    #[command(flatten)]
    pub live: LiveArgs,
}

/// Flags of `bins`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll bins fleet.csv.gz > hourly.csv
  plimsoll bins store --every 1d -o daily.parquet

Values are taken as they stand: totals of counters are not rates yet. Plain tables take little memory, however many rows they have.")]
pub struct BinsArgs {
    /// A file of series, or a store.
    #[arg(value_name = "PATH")]
    pub input: String,
    /// The length of a bin; bins begin at whole multiples of it since 1970, UTC.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = super::live::step)]
    pub every: Step,
    /// Where the table goes (CSV or Parquet by its ending); CSV to stdout unless given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How the file is to be read.
    #[command(flatten)]
    pub read: ReadArgs,
}

/// Flags of `simulate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll simulate models/webshop --replications 500 --format csv > risk.csv
  plimsoll simulate models/webshop --blocks 0..16 -o part-1.parquet   on one machine
  plimsoll simulate models/webshop --blocks 16..32 -o part-2.parquet  on another
  plimsoll merge part-1.parquet part-2.parquet -o outcomes.parquet
  plimsoll run models/webshop --outcomes outcomes.parquet

The tables are those of `base`. Pools that do not meet (no crews, shelves, planned work, releases or moves of load) are simulated a few at a time, so that memory does not grow with their number.")]
pub struct SimulateArgs {
    /// As of `plan`.
    #[command(flatten)]
    pub stage: StageArgs,
    /// Simulate only these blocks of 64 futures: from the first to before the last, such as 0..16.
    #[arg(long, value_name = "A..B", value_parser = blocks, requires = "output", conflicts_with = "outcomes")]
    pub blocks: Option<Blocks>,
    /// Write what every future saw to this Parquet file, in place of printing tables.
    #[arg(long, short, value_name = "FILE", conflicts_with = "outcomes")]
    pub output: Option<PathBuf>,
}

/// A range of blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks(pub std::ops::Range<u32>);

fn blocks(typed: &str) -> Result<Blocks, String> {
    let numbers = typed.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    match numbers {
        Some((from, to)) if from < to => Ok(Blocks(from..to)),
        _ => Err("expected the first block, two dots, and the block after the last, such as 0..16".to_owned()),
    }
}

/// Flags of `merge`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  plimsoll merge part-1.parquet part-2.parquet -o outcomes.parquet

The file has the same bytes as `plimsoll simulate MODEL -o outcomes.parquet` on one machine. Parts of another run, blocks that two
parts hold, blocks that none holds, and files that are not as they were written are errors, all told at once.")]
pub struct MergeArgs {
    /// The parts.
    #[arg(required = true, value_name = "FILE")]
    pub parts: Vec<PathBuf>,
    /// The file of all futures.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
}

/// Flags of `simulate` and `plan`.
#[derive(Debug, Args)]
pub struct StageArgs {
    /// The model file or its folder.
    pub model: PathBuf,
    /// What differs from the file.
    #[command(flatten)]
    pub changes: Changes,
    /// Take what every future saw from this file of `simulate -o` or `merge`, in place of simulating.
    #[arg(long, value_name = "FILE")]
    pub outcomes: Option<PathBuf>,
    /// How tables are printed.
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

impl StageArgs {
    /// The request this makes, with nothing written.
    #[must_use]
    pub fn request(&self) -> Request {
        Request {
            model: self.model.clone(),
            runs: PathBuf::from("runs"),
            overrides: (&self.changes).into(),
            again: true,
            outcomes: self.outcomes.clone(),
        }
    }
}

/// How a table is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Aligned columns.
    Table,
    /// CSV with a header.
    Csv,
    /// An array of objects.
    Json,
}

/// Of what a JSON Schema is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Model files.
    Model,
    /// `report.json`.
    Report,
}

/// Which file of a run is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// `report.md`.
    Markdown,
    /// `report.json`.
    Json,
    /// `report.html`.
    Html,
}

/// Flags of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// The recipe.
    pub recipe: PathBuf,
    /// Where the files go.
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Write CSV files beside the Parquet files.
    #[arg(long)]
    pub csv: bool,
    /// The seed, in place of the recipe's.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Overwrite files that differ.
    #[arg(long)]
    pub force: bool,
}
