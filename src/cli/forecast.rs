//! `plimsoll forecast` and `plimsoll backtest`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::{TableFormat, Talk};
use super::progress::Progress;
use super::show;
use crate::error::Error;
use crate::forecast::Choice;
use crate::forecast::auto::Method;
use crate::ingest::{ROOM, TidyColumns};
use crate::problem::Problem;
use crate::render::{Frame, FrameWriter, Values};
use crate::report::{Cell, Column, Table};
use crate::run::{
    self, Asked, BacktestRequest, Driving, Levelled, Overrides, Point, Prepared, Reconcile, Request, SeriesRequest, TableFile,
};
use crate::stream::Seed;
use crate::time::Day;

/// Flags of `forecast`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll forecast models/webshop --format csv > forecasts.csv
  plimsoll forecast --input sales.csv --horizon 18 --output forecasts.csv
  plimsoll forecast --input load.parquet --id host --time ts --value cpu --horizon 48 --quantiles 0.99 --output f.parquet
  plimsoll forecast --input hosts.csv --horizon 48 --hierarchy sites.csv --paths 2000 --paths-output paths.parquet -o f.parquet
  plimsoll forecast --input sales.csv --horizon 12 --hierarchy regions.csv --reconcile mint --output f.csv
  plimsoll forecast --input sales.csv --horizon 18 --external theirs.csv --paths-output paths.csv --output f.csv
  plimsoll forecast --input customers.csv --horizon 24 --method logistic --ceiling 50000
  plimsoll forecast --input cpu.csv --horizon 48 --ceiling 100 --saturated 100 --output f.csv
  plimsoll forecast --input sales.csv --horizon 18 --drivers plan.csv --driver price,orders --events holidays.csv --output f.csv
  plimsoll forecast --input load.parquet --horizon 168 --season 24,168 --paths 500 --paths-output paths.parquet -o f.parquet

The column `mean` holds the point forecast: the median of what may come, which is best under absolute error. --point mean takes the mean.
Series are forecast in batches of at most 256: weights and bands are learned over the series of a batch, paths are joint over the file.")]
pub struct ForecastArgs {
    /// A model file or its folder; or give `--input`.
    #[arg(required_unless_present = "input", conflicts_with = "input")]
    pub model: Option<PathBuf>,
    /// A CSV (also .gz, .zst) or Parquet file of series, one row an observation.
    #[arg(long, value_name = "FILE", requires = "horizon")]
    pub input: Option<PathBuf>,
    /// How far ahead: steps for a file, days for a model (180 unless its file says otherwise).
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub horizon: Option<u32>,
    /// How the file is to be understood.
    #[command(flatten)]
    pub series: SeriesArgs,
    /// What the column `mean` holds: the median, with --hierarchy the mean.
    #[arg(long, value_enum)]
    pub point: Option<PointArg>,
    /// How many joint sample paths are written to `--paths-output`, and give the quantiles of sums with `--hierarchy`: 1000 unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub paths: Option<u32>,
    /// Where joint sample paths go, as `unique_id, path, ds, y` (CSV or Parquet by its ending).
    #[arg(long, value_name = "FILE", requires = "input")]
    pub paths_output: Option<PathBuf>,
    /// A forecast made elsewhere: unique_id, ds, mean, and lo-80, hi-80, q-99, … It is checked, scored against ours where it tells of the past,
    /// and given out in the place of ours. Rows of several earlier forecasts have a column `cutoff`, the last time known to each.
    #[arg(long, value_name = "FILE", requires = "input")]
    pub external: Option<PathBuf>,
    /// Which series are sums of which.
    #[command(flatten)]
    pub levels: LevelArgs,
    /// Where it is said which methods each series was given to, with what weight and why (CSV or Parquet by its ending).
    #[arg(long, value_name = "FILE", requires = "input")]
    pub explain: Option<PathBuf>,
    /// Where the forecasts go (CSV or Parquet by its ending); stdout unless given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Futures simulated a scenario, in place of the model's.
    #[arg(long, value_name = "N", conflicts_with = "input", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub replications: Option<u32>,
    /// The last day of a model's history to use, such as 2026-10-31; later data are not looked at.
    #[arg(long, value_name = "DATE", conflicts_with = "input", value_parser = super::args::day)]
    pub as_of: Option<Day>,
    /// How tables are printed to stdout.
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// Which series of a file are sums of which.
#[derive(Debug, Clone, Args)]
pub struct LevelArgs {
    /// Which series are sums of which: rows of `child`, `parent`; or a row a series with a column for each way of grouping. All levels
    /// are given out.
    #[arg(long, value_name = "FILE", requires = "input")]
    pub hierarchy: Option<PathBuf>,
    /// How the levels are made to agree.
    #[arg(long, value_enum, value_name = "HOW", requires = "hierarchy", default_value_t = ReconcileArg::Sum)]
    pub reconcile: ReconcileArg,
}

impl LevelArgs {
    fn levelled(&self, paths: Option<u32>) -> Option<Levelled> {
        let reconcile = match self.reconcile {
            ReconcileArg::Sum => Reconcile::Sum,
            ReconcileArg::Wls => Reconcile::Wls,
            ReconcileArg::Mint => Reconcile::Mint,
        };
        self.hierarchy.clone().map(|path| Levelled { path, reconcile, paths: paths.unwrap_or(PATHS) })
    }
}

/// Which columns of a file of series hold what.
#[derive(Debug, Clone, Args)]
pub struct ColumnArgs {
    /// The column that names the series.
    #[arg(long, value_name = "COLUMN", default_value = "unique_id")]
    pub id: String,
    /// The column of the time: a date, an instant or a whole number.
    #[arg(long, value_name = "COLUMN", default_value = "ds")]
    pub time: String,
    /// The column of the value.
    #[arg(long, value_name = "COLUMN", default_value = "y")]
    pub value: String,
}

impl From<&ColumnArgs> for TidyColumns {
    fn from(typed: &ColumnArgs) -> Self {
        Self { id: typed.id.clone(), time: typed.time.clone(), value: typed.value.clone() }
    }
}

/// What drives the series of a file.
#[derive(Debug, Clone, Args)]
pub struct DriverArgs {
    /// A CSV (also .gz, .zst) or Parquet file of what drives the series: one row a time, or a series and time, over the past and (to forecast) every
    /// step ahead.
    #[arg(long, value_name = "FILE", requires = "driver")]
    pub drivers: Option<PathBuf>,
    /// Which of its columns. NAME-sd, or NAME-lo-80 and NAME-hi-80, says how uncertain NAME is.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', requires = "drivers")]
    pub driver: Vec<String>,
    /// A CSV or Parquet file of holidays and other events: name, start, end (its last step), and the column of --id for events of one series.
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
}

impl DriverArgs {
    fn driving(&self) -> Driving {
        Driving { drivers: self.drivers.clone().map(|path| (path, self.driver.clone())), events: self.events.clone() }
    }
}

/// Flags that both verbs have of a file of series.
#[derive(Debug, Clone, Args)]
pub struct SeriesArgs {
    /// Its columns.
    #[command(flatten)]
    pub columns: ColumnArgs,
    /// Steps of each season, such as 24,168 for hours with a day and a week; 1 for none. Unless given they follow from the step:
    /// day and week below a day, 7 for days, 52 for weeks, 12 for months, 4 for quarters, none for whole numbers.
    #[arg(long, value_name = "STEPS,…", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub season: Vec<u32>,
    /// Which forecaster; several with commas are combined by weight.
    #[arg(
        long = "method",
        visible_alias = "model",
        value_enum,
        value_name = "METHOD,…",
        value_delimiter = ',',
        default_value = "auto"
    )]
    pub family: Vec<Family>,
    /// Coverage of the bands, in percent.
    #[arg(long, value_name = "PERCENT,…", value_delimiter = ',', default_values_t = [80.0, 95.0])]
    pub levels: Vec<f64>,
    /// More quantiles, as probabilities.
    #[arg(long, value_name = "P,…", value_delimiter = ',')]
    pub quantiles: Vec<f64>,
    /// What the values cannot pass, in their unit: no band and no path is above it, and `--method logistic` grows toward it.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub ceiling: Option<f64>,
    /// Values from here on say "at least", such as 100 for a utilization in percent: what demand may have been is put in their place.
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub saturated: Option<f64>,
    /// What drives the series beside their own past.
    #[command(flatten)]
    pub driving: DriverArgs,
    /// The seed; 42 unless given (for a model: as its file says).
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// Flags of `backtest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll backtest --input load.parquet --horizon 48
  plimsoll backtest --input load.csv.gz --horizon 24 --origins 5 --step 24 --output scores.csv --plot backtest.svg
  plimsoll backtest --input sales.csv --horizon 12 --method snaive
  plimsoll backtest --input sales.csv --horizon 12 --drivers plan.csv --driver price
  plimsoll backtest --input sales.csv --horizon 12 --hierarchy regions.csv --reconcile mint

Everything is chosen again at each origin from the values before it. Errors are in units of the mean absolute seasonal difference of
those values, so that series can be compared; the standard error is over series.")]
pub struct BacktestArgs {
    /// A CSV (also .gz, .zst) or Parquet file of series, one row an observation.
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Steps ahead.
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub horizon: u32,
    /// How many origins; the newest holds back one horizon.
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub origins: u32,
    /// Steps from one origin to the next: a horizon unless given.
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub step: Option<u32>,
    /// How the file is to be understood.
    #[command(flatten)]
    pub series: SeriesArgs,
    /// Which series are sums of which.
    #[command(flatten)]
    pub levels: LevelArgs,
    /// Joint paths that give the quantiles of sums with --hierarchy: 1000 unless given.
    #[arg(long, value_name = "N", requires = "hierarchy", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub paths: Option<u32>,
    /// Where the scores of each series go (CSV or Parquet by its ending).
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where the scores of each step ahead go (CSV or Parquet by its ending).
    #[arg(long, value_name = "FILE")]
    pub steps_output: Option<PathBuf>,
    /// Where a picture goes: forecasts against what came, coverage by step (SVG or PNG by its ending).
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// How the pooled scores are printed.
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// See [`ForecastArgs::point`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PointArg {
    /// Best under absolute error.
    Median,
    /// Best under squared error; adds up over series.
    Mean,
}

/// See [`LevelArgs::reconcile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReconcileArg {
    /// The lowest series are forecast, all others are sums of their paths.
    Sum,
    /// All are forecast, and reconciled by the variances of their errors.
    Wls,
    /// All are forecast, and reconciled by the covariance of their errors, shrunk (MinT).
    Mint,
}

/// A family of forecasters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Family {
    /// Chosen and combined by back-test.
    Auto,
    /// The last value again.
    Naive,
    /// The last season again.
    Snaive,
    /// Random walk with drift.
    Drift,
    /// Exponential smoothing in state-space form.
    Ets,
    /// Dynamic optimised Theta.
    Theta,
    /// Complex exponential smoothing.
    Ces,
    /// Seasonal ARIMA.
    Arima,
    /// Several seasons by loess, the rest by exponential smoothing.
    Mstl,
    /// Sines and cosines with autoregressive errors.
    Harmonic,
    /// Regression on the values a day and a week before.
    Regression,
    /// Past values of the same phase, as they are.
    Pool,
    /// Croston's method for intermittent demand.
    Croston,
    /// Croston's method with the correction of Syntetos and Boylan.
    Sba,
    /// Intermittent demand that may die out.
    Tsb,
    /// Intermittent demand aggregated over time.
    Adida,
    /// Logistic or Gompertz growth toward `--ceiling`.
    Logistic,
}

impl Family {
    /// The method of plain series; `None` chooses.
    fn method(self) -> Option<Method> {
        Some(match self {
            Self::Auto => return None,
            Self::Naive => Method::Naive,
            Self::Snaive => Method::SeasonalNaive,
            Self::Drift => Method::Drift,
            Self::Ets => Method::Ets,
            Self::Theta => Method::Theta,
            Self::Ces => Method::Ces,
            Self::Arima => Method::Arima,
            Self::Mstl => Method::Mstl,
            Self::Harmonic => Method::Harmonic,
            Self::Regression => Method::Regression,
            Self::Pool => Method::Pool,
            Self::Croston => Method::Croston,
            Self::Sba => Method::Sba,
            Self::Tsb => Method::Tsb,
            Self::Adida => Method::Adida,
            Self::Logistic => Method::Saturating,
        })
    }

    /// The forecaster of a model's demands, where it has one.
    fn choice(self) -> Option<Choice> {
        match self {
            Self::Auto => Some(Choice::Auto),
            Self::Snaive => Some(Choice::SeasonalNaive),
            Self::Drift => Some(Choice::Drift),
            Self::Ets => Some(Choice::Ets),
            Self::Theta => Some(Choice::Theta),
            _ => None,
        }
    }
}

/// A run is never unseeded: two runs differ by their data, not by luck.
const DEFAULT_SEED: u64 = 42;

impl SeriesArgs {
    fn columns(&self) -> TidyColumns {
        (&self.columns).into()
    }

    fn seed(&self) -> Seed {
        Seed(self.seed.unwrap_or(DEFAULT_SEED))
    }

    /// What is asked; every flag that cannot be obeyed at once.
    fn asked(&self, input: &Path, horizon: u32) -> Result<Asked, Error> {
        let mut problems = Vec::new();
        let mut refuse = |message: String| problems.push(Problem::new("input/flag", input, message));
        for level in self.levels.iter().filter(|level| !(**level > 0.0 && **level < 100.0)) {
            refuse(format!("--levels {level}: expected percents between 0 and 100, such as 80,95"));
        }
        for p in self.quantiles.iter().filter(|p| !(**p > 0.0 && **p < 1.0)) {
            refuse(format!("--quantiles {p}: expected probabilities between 0 and 1, such as 0.99"));
        }
        for (flag, value) in [("ceiling", self.ceiling), ("saturated", self.saturated)] {
            if let Some(value) = value.filter(|value| !value.is_finite()) {
                refuse(format!("--{flag} {value}: expected a finite number, such as 100"));
            }
        }
        let named = self.driving.driver.iter().enumerate();
        for (_, name) in named.filter(|(at, name)| self.driving.driver[..*at].contains(name)) {
            refuse(format!("--driver {name}: it is there twice"));
        }
        if self.family.contains(&Family::Logistic) && self.ceiling.is_none() {
            refuse("--method logistic: say with --ceiling what it grows toward, in the unit of the values".to_owned());
        }
        let auto = self.family.contains(&Family::Auto);
        if auto && self.family.len() > 1 {
            refuse("--method auto chooses by itself: leave it out of the list".to_owned());
        }
        if !problems.is_empty() {
            return Err(Error::Problems(problems));
        }
        let mut methods: Vec<Method> = self.family.iter().filter_map(|family| family.method()).collect();
        methods.sort_unstable();
        methods.dedup();
        Ok(Asked {
            horizon: horizon as usize,
            seasons: (!self.season.is_empty()).then(|| self.season.iter().map(|season| *season as usize).collect()),
            methods: (!auto).then_some(methods),
            ceiling: self.ceiling,
            saturated: self.saturated,
        })
    }
}

/// Forecasts a model's demands, or the series of a file.
pub fn forecast(typed: &ForecastArgs, talk: Talk) -> Result<(), Error> {
    match &typed.input {
        Some(input) => of_file(typed, input, talk),
        None => of_model(typed, talk),
    }
}

fn of_model(typed: &ForecastArgs, talk: Talk) -> Result<(), Error> {
    let observer = Progress::new(talk);
    let model = typed.model.clone().unwrap_or_default();
    let refuse = |message: &str| Err(Error::Problems(vec![Problem::new("input/flag", &model, message)]));
    let [Some(choice)] = typed.series.family.iter().map(|family| family.choice()).collect::<Vec<_>>()[..] else {
        return refuse("--method: a model's demands take one of auto, snaive, drift, ets, theta; the others are for --input");
    };
    if typed.series.ceiling.or(typed.series.saturated).is_some() {
        return refuse("--ceiling and --saturated are for --input: a model file declares its own limits");
    }
    if typed.series.driving.driving() != Driving::default() {
        return refuse("--drivers and --events are for --input: a model file declares its own events");
    }
    if typed.horizon.is_some_and(|days| days > 3_660) {
        return refuse("--horizon: a model is planned for at most 3660 days");
    }
    let overrides = Overrides {
        seed: typed.series.seed,
        replications: typed.replications,
        horizon_days: typed.horizon,
        as_of: typed.as_of,
        ..Overrides::default()
    };
    let request = Request { model, runs: PathBuf::from("runs"), overrides, again: true, outcomes: None };
    let prepared = Prepared::load(&request, &observer)?;
    let past = prepared.past(&observer)?;
    let table = prepared.forecast_table(&past, choice, &observer)?;
    match &typed.output {
        Some(path) => run::write_table(path, &table).map(|()| show::say(talk, &format!("wrote {}", path.display()))),
        None => show::table(&table, typed.format),
    }
}

/// Joint sample paths where a file for them was named and no number.
const PATHS: u32 = 1_000;

impl ForecastArgs {
    /// Refuses flags that say nothing, or against each other, together.
    fn together(&self, input: &Path) -> Result<(), Error> {
        let mut problems = Vec::new();
        let mut refuse = |message: &str| problems.push(Problem::new("input/flag", input, message));
        if self.paths.is_some() && self.paths_output.is_none() && self.levels.hierarchy.is_none() {
            refuse("--paths: say with --paths-output where they go");
        }
        if self.levels.hierarchy.is_some() && self.point == Some(PointArg::Median) {
            refuse("--point median with --hierarchy: medians do not add up; leave it out, `mean` holds means then");
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Problems(problems)) }
    }
}

fn of_file(typed: &ForecastArgs, input: &Path, talk: Talk) -> Result<(), Error> {
    typed.together(input)?;
    let request = SeriesRequest {
        input: input.to_owned(),
        columns: typed.series.columns(),
        asked: typed.series.asked(input, typed.horizon.unwrap_or(1))?,
        driving: typed.series.driving.driving(),
        levels: typed.series.levels.clone(),
        quantiles: typed.series.quantiles.clone(),
        point: match typed.point {
            Some(PointArg::Mean) => Point::Mean,
            Some(PointArg::Median) | None => Point::Median,
        },
        paths: typed.paths_output.clone().map(|path| (typed.paths.unwrap_or(PATHS), path)),
        external: typed.external.clone(),
        levelled: typed.levels.levelled(typed.paths),
        explain: typed.explain.clone(),
        seed: typed.series.seed(),
        room: ROOM,
    };
    let notes = written(typed, &request, talk)?;
    for note in notes {
        show::say(talk, &note);
    }
    let files = [&typed.output, &typed.paths_output, &typed.explain];
    files.into_iter().flatten().for_each(|path| show::say(talk, &format!("wrote {}", path.display())));
    Ok(())
}

/// Forecasts, with each batch written as it comes: to its file, or to stdout (all at once where it is a table for people).
fn written(typed: &ForecastArgs, request: &SeriesRequest, talk: Talk) -> Result<Vec<String>, Error> {
    let observer = Progress::new(talk);
    if let Some(path) = &typed.output {
        let mut file = TableFile::begin(path)?;
        let notes = run::forecast_series(request, !run::is_parquet(path), &mut |frame| file.write(frame), &observer)?;
        return file.publish().map(|()| notes);
    }
    if typed.format == TableFormat::Csv {
        let failed = |reason: crate::render::Error| Error::Output {
            path: "stdout".into(),
            source: std::io::Error::other(reason.to_string()),
        };
        let mut writer = FrameWriter::new(std::io::stdout(), false);
        let notes = run::forecast_series(request, true, &mut |frame| writer.write(frame).map_err(failed), &observer)?;
        return writer.finish().map(|()| notes).map_err(failed);
    }
    let mut table = framed("forecasts", "Forecasts", &Frame { columns: Vec::new() });
    let mut add = |frame: &Frame| {
        let more = framed("forecasts", "Forecasts", frame);
        table.columns = more.columns;
        table.rows.extend(more.rows);
        Ok(())
    };
    let notes = run::forecast_series(request, true, &mut add, &observer)?;
    show::table(&table, typed.format).map(|()| notes)
}

/// A frame as a table for people.
pub(super) fn framed(id: &str, title: &str, frame: &Frame) -> Table {
    let rows = frame.columns.first().map_or(0, |(_, values)| values.len());
    Table {
        id: id.to_owned(),
        title: title.to_owned(),
        columns: frame.columns.iter().map(|(name, _)| Column::new(name, name, "")).collect(),
        rows: (0..rows).map(|row| frame.columns.iter().map(|(_, values)| cell(values, row)).collect()).collect(),
    }
}

fn cell(values: &Values, row: usize) -> Cell {
    match values {
        Values::Number(values) => values[row].map_or(Cell::Missing, Cell::Number),
        Values::Integer(values) => Cell::Integer(values[row]),
        other => Cell::Text(other.text(row)),
    }
}

/// Back-tests the series of a file.
pub fn backtest(typed: &BacktestArgs, talk: Talk) -> Result<(), Error> {
    let request = BacktestRequest {
        input: typed.input.clone(),
        columns: typed.series.columns(),
        asked: typed.series.asked(&typed.input, typed.horizon)?,
        driving: typed.series.driving.driving(),
        levelled: typed.levels.levelled(typed.paths),
        origins: typed.origins as usize,
        step: typed.step.unwrap_or(typed.horizon) as usize,
        levels: typed.series.levels.clone(),
        quantiles: typed.series.quantiles.clone(),
        seed: typed.series.seed(),
        room: ROOM,
    };
    let tested = run::backtest_series(&request, &Progress::new(talk))?;
    for note in &tested.notes {
        show::say(talk, note);
    }
    let wrote = |path: &Path| show::say(talk, &format!("wrote {}", path.display()));
    for (path, table) in [(&typed.output, &tested.by_series), (&typed.steps_output, &tested.by_step)] {
        if let Some(path) = path {
            run::write_table(path, table)?;
            wrote(path);
        }
    }
    if let Some(path) = &typed.plot {
        run::write_chart(path, &tested.chart)?;
        wrote(path);
    }
    show::table(&tested.pooled, typed.format)
}
