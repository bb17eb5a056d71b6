//! What a run would read, simulate and write, and about how long it would take; nothing is written and no server is asked.
#![expect(clippy::disallowed_methods, reason = "sizes of files and the time of a slice are looked at; no result depends on them")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::decide::{self, BYTES_AT_ONCE};
use super::manifest::Manifest;
use super::pipeline::{MOST_BYTES, Overrides, Prepared, Request, scenarios_of};
use super::{blocks_of, directory};
use crate::error::Error;
use crate::ingest::store::Store;
use crate::model::Model;
use crate::observe::Silent;
use crate::paths::{HOURS, HourProfile, PathSeries, SamplePaths};
use crate::scenario::Scenario;
use crate::series::SeriesKey;
use crate::spec::{self, Declared};
use crate::stream::{Seed, Stream};
use crate::time::Day;
use crate::{formats, simulate};

/// A run that was not made.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// The files that would be read, with their bytes.
    pub reads: Vec<(PathBuf, u64)>,
    /// The servers that would be asked, as `source: url`.
    pub asks: Vec<String>,
    /// The scenarios that would be simulated, `base` first; none where outcomes are given in a file.
    pub scenarios: Vec<String>,
    /// Futures a scenario.
    pub replications: u32,
    /// Blocks into which these can be cut for several machines.
    pub blocks: u32,
    /// Pools of the model.
    pub pools: usize,
    /// Demands: pools × resources that are planned for.
    pub demands: usize,
    /// Days ahead.
    pub days: u32,
    /// Rare events asked for, which the estimate leaves out.
    pub rare_events: usize,
    /// Memory that the paths of demand take, in bytes: those that are held at once.
    pub bytes_of_paths: u64,
    /// Pools that are planned for at once; `None`: all of them.
    pub pools_at_once: Option<usize>,
    /// The folder below which the run would be written.
    pub home: PathBuf,
    /// The run that is there already: nothing would be computed.
    pub done: Option<PathBuf>,
    /// Files and bytes of the newest run of this model, where there is one.
    pub last_outputs: Option<(usize, u64)>,
    /// Futures that were simulated to measure how long one takes.
    pub measured: u32,
    /// The seconds each stage may take, in order.
    pub seconds: Vec<(&'static str, f64)>,
    /// Whether the stages but `simulate` and `plan` are from the newest run on this machine, not from rates.
    pub from_last_run: bool,
}

impl DryRun {
    /// About how long all of it takes, in seconds.
    #[must_use]
    pub fn total_seconds(&self) -> f64 {
        self.seconds.iter().map(|(_, seconds)| seconds).sum()
    }
}

/// Bytes of exports that are read in a second. Rates were measured with release builds of models/webshop (7.6 MB, 10 demands, 5 pools:
/// 2.3 s, 2.8 s, 2.4 s) and models/archive (0.3 s, 1.5 s for one) on two busy cores, 2026-11-25; the program says that they are guesses.
const BYTES_A_SECOND: f64 = 4e6;
/// Seconds to try forecasters on one demand.
const SECONDS_A_DEMAND: f64 = 0.3;
/// Seconds to draw the pictures of a run, and those of one pool.
const SECONDS_OF_A_REPORT: (f64, f64) = (1.0, 0.3);
/// A search for orders takes about as long as so many scenarios: 5.0 with models/webshop, without rare events.
const SCENARIOS_OF_A_SEARCH: f64 = 5.0;
/// A slice is simulated for at least so long, so that the clock can tell.
const LONG_ENOUGH: Duration = Duration::from_millis(300);
/// Futures of the first slice.
const FIRST_SLICE: u32 = 16;

/// Looks at a run without making it.
///
/// # Errors
/// All problems of the model file at once, then of the gates; [`Error::Read`] when a source is not there.
pub fn dry_run(request: &Request) -> Result<DryRun, Error> {
    let Overrides { text, set, .. } = &request.overrides;
    let mut declared = spec::load_with(&request.model, text.as_deref(), set).map_err(Error::Problems)?;
    request.overrides.settle(&mut declared);
    request.overrides.gates.read(&declared)?;
    let home = request.runs.join(&declared.model.name);
    let asks: Vec<String> = declared
        .sources
        .iter()
        .filter_map(|source| source.live.as_ref().map(|live| format!("{}: {}", source.name, live.url)))
        .collect();
    // without servers, the checksums of all files say whether the run is there
    let done = if asks.is_empty() && !request.again {
        directory::finished(&home, &Prepared::load(request, &Silent)?.name)
    } else {
        None
    };
    let last = directory::latest(&home)
        .and_then(|folder| serde_json::from_slice::<Manifest>(&std::fs::read(folder.join("manifest.json")).ok()?).ok());
    let reads = files(&declared)?;
    let (settings, model) = (declared.settings, Arc::clone(&declared.model));
    let demands = model.demands();
    let mut dry = DryRun {
        reads,
        asks,
        scenarios: declared.scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
        replications: settings.replications,
        blocks: blocks_of(settings.replications),
        pools: model.pools.len(),
        demands,
        days: settings.horizon_days,
        rare_events: model.questions.len(),
        bytes_of_paths: 0,
        pools_at_once: None,
        home,
        done,
        last_outputs: last.as_ref().map(|run| (run.outputs.len(), run.outputs.iter().map(|output| output.bytes).sum())),
        measured: 0,
        seconds: Vec::new(),
        from_last_run: last.is_some(),
    };
    dry.hold(&declared, request.outcomes.is_some());
    if request.outcomes.is_some() {
        dry.scenarios.clear();
    }
    dry.estimate(&declared, last.as_ref())?;
    Ok(dry)
}

impl DryRun {
    /// What is held in memory at once. The history is not read, so that its last day, and how many months the plan spans, are guessed.
    fn hold(&mut self, declared: &Declared, given: bool) {
        let scenarios = scenarios_of(declared, declared.settings.as_of.unwrap_or(Day(0)));
        let Some(base) = scenarios.first() else { return };
        self.pools_at_once = decide::together((BYTES_AT_ONCE, MOST_BYTES), &scenarios).filter(|_| !given);
        let demands = self.pools_at_once.map_or(self.demands, |pools| pools * declared.model.most_demands());
        self.bytes_of_paths = decide::bytes_of_paths(base, demands);
    }

    fn estimate(&mut self, declared: &Declared, last: Option<&Manifest>) -> Result<(), Error> {
        if self.done.is_some() {
            return Ok(());
        }
        let (futures, took) = slice(declared)?;
        self.measured = futures;
        let scenario = took.as_secs_f64() / f64::from(futures.max(1)) * f64::from(self.replications);
        let bytes: u64 = self.reads.iter().map(|(_, bytes)| bytes).sum();
        let known = |stage: &str, guess: f64| {
            let seconds = last.and_then(|run| run.seconds.iter().find(|(name, _)| name == stage));
            seconds.map_or(guess, |(_, seconds)| *seconds)
        };
        let (whole, pool) = SECONDS_OF_A_REPORT;
        self.seconds = vec![
            ("ingest", known("ingest", bytes as f64 / BYTES_A_SECOND)),
            ("forecast", known("forecast", SECONDS_A_DEMAND * self.demands as f64)),
            ("simulate", scenario * self.scenarios.len() as f64),
            ("plan", scenario * SCENARIOS_OF_A_SEARCH),
            ("render", known("render", whole + pool * self.pools as f64)),
        ];
        Ok(())
    }
}

/// The files that would be read, sorted, with their sizes; a store is counted with all that is in it.
fn files(declared: &Declared) -> Result<Vec<(PathBuf, u64)>, Error> {
    let mut paths = Vec::new();
    for path in &declared.files {
        match path {
            path if Store::is_at(path) || path.is_dir() => paths.extend(formats::files_below(path).map_err(Error::Problems)?),
            path => paths.push(path.clone()),
        }
    }
    paths.sort();
    paths.dedup();
    let size = |path: PathBuf| match std::fs::metadata(&path) {
        Ok(found) => Ok((path, found.len())),
        Err(source) => Err(Error::Read { path, source }),
    };
    paths.into_iter().map(size).collect()
}

/// Simulates some futures of the base scenario under a demand that grows from half to nine tenths of what is installed, until the clock
/// can tell how long they take. The history is not read for it.
fn slice(declared: &Declared) -> Result<(u32, Duration), Error> {
    let settings = declared.settings;
    let mut futures = FIRST_SLICE.min(settings.replications);
    loop {
        let demand = growing(&declared.model, settings.horizon_days, futures);
        let scenario = Scenario {
            weight: 1.0,
            name: "base".to_owned(),
            supposes: String::new(),
            model: Arc::clone(&declared.model),
            overrides: Vec::new(),
            as_of: demand.start.plus(-1),
            horizon_days: settings.horizon_days,
            replications: futures,
            seed: Seed(1),
        };
        let begun = Instant::now();
        simulate::run_range(&scenario, &demand, 0..futures, Stream::root(Seed(1)).named("dry"), &Silent)?;
        let took = begun.elapsed();
        if took >= LONG_ENOUGH || futures >= settings.replications {
            return Ok((futures, took));
        }
        futures = futures.saturating_mul(4).min(settings.replications);
    }
}

/// The same growing demand in every future.
fn growing(model: &Model, days: u32, futures: u32) -> SamplePaths {
    let last = |changes: &[(Day, f64)]| changes.last().map_or(0.0, |(_, amount)| *amount);
    let (mut amounts, mut series) = (Vec::new(), Vec::new());
    let each = model.pools.iter().flat_map(|pool| pool.demands.iter().map(move |demand| (pool, demand)));
    let mut wanted: Vec<_> = each.map(|(pool, demand)| (SeriesKey::demand(&pool.name, &demand.resource), pool, demand)).collect();
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    for (key, pool, demand) in wanted {
        let Some(unit) = model.resources.get(&demand.resource) else { continue };
        amounts.push(last(&model.installed(pool, &demand.resource)));
        series.push(PathSeries { key, unit: unit.clone(), profile: HourProfile { days: vec![[1.0; HOURS]] } });
    }
    let begins = model.pools.iter().flat_map(|pool| &pool.groups).flat_map(|group| &group.counts).map(|change| change.day);
    let one: Vec<f64> = amounts
        .iter()
        .flat_map(|amount| (0..days).map(move |day| amount * (0.5 + 0.4 * f64::from(day) / f64::from(days))))
        .collect();
    SamplePaths {
        start: begins.max().unwrap_or(Day(0)).plus(1),
        step_days: 1,
        steps: days as usize,
        paths: futures as usize,
        zone: model.zone.clone(),
        series,
        profile_choice: std::array::from_fn(|_| vec![0]),
        profile_replay: None,
        values: one.repeat(futures as usize),
    }
}
