//! The six lines that LAYOUT promises, with checksums before and files after.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::gates::{self, Gates};
use super::manifest::{self, Input, Manifest, Output};
use super::parts::Part;
use super::{RunFolder, directory, fetched};
use crate::error::Error;
use crate::forecast::{self, Choice, Forecasts, Wanted};
use crate::ingest::store::Store;
use crate::model::Model;
use crate::observe::Observer;
use crate::plan::{self, Plan};
use crate::problem::Problem;
use crate::report::gate::{self, Gate, Judged, Memory};
use crate::report::{self, Evidence, Provenance, Report, Table};
use crate::scenario::Scenario;
use crate::series::{Panel, SeriesKey};
use crate::simulate::{self, Outcomes};
use crate::spec::{self, Declared};
use crate::stream::{Seed, Stream};
use crate::time::Day;
use crate::{formats, ingest, render};

/// Demand paths are held in memory: a run that would need more than this is refused before it begins.
const MOST_BYTES: u64 = 4_000_000_000;

/// What the command line may change in a model file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overrides {
    /// The seed.
    pub seed: Option<u64>,
    /// Futures simulated.
    pub replications: Option<u32>,
    /// Days planned for.
    pub horizon_days: Option<u32>,
    /// The last full day of history.
    pub as_of: Option<Day>,
    /// Stores of answers of live sources to use in place of asking again, by the source's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fetched: BTreeMap<String, PathBuf>,
    /// Conditions that the run is judged by.
    #[serde(default, skip_serializing_if = "Gates::is_empty")]
    pub gates: Gates,
}

/// A run as meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The model file or its folder.
    pub model: PathBuf,
    /// Runs are kept below this folder.
    pub runs: PathBuf,
    /// What differs from the file.
    pub overrides: Overrides,
    /// Run again even when the same run is there.
    pub again: bool,
    /// What every future saw, in a file, in place of simulating: it must be of this very run, so no result depends on it.
    pub outcomes: Option<PathBuf>,
}

/// A model file read and settled, before any data.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What the file declares, with the command line's changes.
    pub declared: Declared,
    /// Every file that the run reads, with its checksum, by path.
    pub inputs: Vec<Input>,
    /// A digest of program, inputs and settings: of all that decides what every future sees.
    pub digest: String,
    /// Names the run: the digest, and the gates where there are any.
    pub name: String,
    /// The conditions that it is judged by.
    pub gates: Vec<Gate>,
    /// Where the answers of live sources are kept, by the source's name.
    pub fetched: BTreeMap<String, PathBuf>,
}

/// The history that was read.
#[derive(Debug, Clone)]
pub struct Past {
    /// Demand by pool and resource, and what was wrong with the data.
    pub panel: Panel,
    /// The last full day of it, or as declared.
    pub as_of: Day,
}

/// The forecasts and one scenario each question.
#[derive(Debug, Clone)]
pub struct Futures {
    /// Forecasts and joint paths.
    pub forecasts: Forecasts,
    /// The scenarios, `base` first.
    pub scenarios: Vec<Scenario>,
}

/// Whether the plan as declared keeps within the accepted risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every month's risk is surely within what is accepted.
    Within,
    /// Some month's risk is surely above.
    Missed,
    /// The interval of some month's risk spans what is accepted.
    Unsure,
}

/// A run that exists.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its folder.
    pub folder: PathBuf,
    /// It was found done; nothing was computed.
    pub reused: bool,
    /// The sentences that matter.
    pub summary: Vec<String>,
    /// Whether the plan as declared keeps within the accepted risk.
    pub verdict: Verdict,
    /// The last full day of its history.
    pub as_of: Day,
    /// What its gates say; `None`: it has none.
    pub gates: Option<Judged>,
}

impl Prepared {
    /// Reads the model file, asks the servers that it names, and takes the checksums of all its data.
    ///
    /// # Errors
    /// All problems of the model file at once, then of the gates; [`Error::Read`] when a source cannot be read.
    pub fn load(request: &Request, observer: &dyn Observer) -> Result<Self, Error> {
        let mut declared = spec::load(&request.model).map_err(Error::Problems)?;
        let settings = &mut declared.settings;
        settings.seed = request.overrides.seed.map_or(settings.seed, Seed);
        settings.replications = request.overrides.replications.unwrap_or(settings.replications);
        settings.horizon_days = request.overrides.horizon_days.unwrap_or(settings.horizon_days);
        settings.as_of = request.overrides.as_of.or(settings.as_of);
        let gates = request.overrides.gates.read(&declared)?;
        let home = request.runs.join(&declared.model.name);
        let fetched = fetched::settle(&mut declared, &home, &request.overrides.fetched, observer)?;
        let mut paths = Vec::new();
        for path in &declared.files {
            // a store's index holds the checksums of all that is in it
            match path {
                path if Store::is_at(path) => paths.push(path.join("index.json")),
                path if path.is_dir() => paths.extend(formats::files_below(path).map_err(Error::Problems)?),
                path => paths.push(path.clone()),
            }
        }
        paths.sort();
        paths.dedup();
        let inputs = paths.iter().map(|path| Input::of(path)).collect::<Result<Vec<_>, _>>()?;
        let digest = digest(&declared, &inputs);
        let name = gates::name_with(&digest, &gates, request.overrides.gates.confidence);
        Ok(Self { declared, inputs, digest, name, gates, fetched })
    }

    /// The declared system.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.declared.model
    }

    fn root(&self) -> Stream {
        Stream::root(self.declared.settings.seed)
    }

    /// Reads the history.
    ///
    /// # Errors
    /// All problems of the data at once.
    pub fn past(&self, observer: &dyn Observer) -> Result<Past, Error> {
        let model = self.model();
        let panel =
            ingest::read(&self.declared.sources, &model.capacity_in_force(), &model.zone, observer).map_err(Error::Problems)?;
        let as_of = self.declared.settings.as_of.or_else(|| forecast::last_full_day(&panel, &model.zone));
        Ok(Past { panel, as_of: as_of.ok_or(forecast::Error::NoHistory)? })
    }

    /// Forecasts every demand of every pool, and settles the scenarios.
    ///
    /// # Errors
    /// When the history does not carry the horizon.
    pub fn futures(&self, past: &Past, choice: Choice, observer: &dyn Observer) -> Result<Futures, Error> {
        let (model, settings) = (self.model(), &self.declared.settings);
        let options = forecast::Options {
            as_of: past.as_of,
            horizon_days: settings.horizon_days,
            paths: settings.replications as usize,
            zone: model.zone.clone(),
            choice,
        };
        let wanted = wanted(model);
        let bytes = u64::from(settings.replications) * u64::from(settings.horizon_days) * wanted.len() as u64 * 8;
        if bytes > MOST_BYTES {
            let message = format!(
                "{} replications × {} days × {} demands need {} GB of memory, at most {} GB are taken",
                settings.replications,
                settings.horizon_days,
                wanted.len(),
                bytes / 1_000_000_000,
                MOST_BYTES / 1_000_000_000
            );
            let problem = Problem::new("spec/too-large", &self.declared.path, message);
            return Err(Error::Problems(vec![problem.help("fewer `replications`, or a shorter `horizon`")]));
        }
        let forecasts = forecast::sample(&past.panel, &wanted, &options, self.root().named("demand"), observer)?;
        let scenarios = self.declared.scenarios.iter().map(|declared| Scenario {
            name: declared.name.clone(),
            supposes: declared.supposes.clone(),
            model: Arc::clone(model),
            overrides: declared.overrides.clone(),
            as_of: past.as_of,
            horizon_days: settings.horizon_days,
            replications: settings.replications,
            seed: settings.seed,
        });
        Ok(Futures { forecasts, scenarios: scenarios.collect() })
    }

    /// The forecasts alone, as a table.
    ///
    /// # Errors
    /// When the history does not carry the horizon.
    pub fn forecast_table(&self, past: &Past, choice: Choice, observer: &dyn Observer) -> Result<Table, Error> {
        Ok(report::forecast_table(&self.futures(past, choice, observer)?.forecasts.series))
    }

    /// Simulates every scenario as the file declares it.
    ///
    /// # Errors
    /// When a scenario cannot be simulated, or on interruption.
    pub fn outcomes(&self, futures: &Futures, observer: &dyn Observer) -> Result<Vec<Outcomes>, Error> {
        self.outcomes_of(futures, 0..self.declared.settings.replications, observer)
    }

    /// What every future saw: from the request's file where it names one, otherwise simulated.
    ///
    /// # Errors
    /// When the file is not of this run, as [`Part::complete`]; otherwise as [`Prepared::outcomes`].
    pub fn settle_outcomes(&self, request: &Request, futures: &Futures, observer: &dyn Observer) -> Result<Vec<Outcomes>, Error> {
        match &request.outcomes {
            Some(path) => Part::read(path).map_err(|problem| Error::Problems(vec![problem]))?.complete(self),
            None => self.outcomes(futures, observer),
        }
    }

    /// The same for some of the futures.
    pub(super) fn outcomes_of(
        &self,
        futures: &Futures,
        range: Range<u32>,
        observer: &dyn Observer,
    ) -> Result<Vec<Outcomes>, Error> {
        let world = self.root().named("world");
        let one = |scenario| simulate::run_range(scenario, &futures.forecasts.paths, range.clone(), world, observer);
        Ok(futures.scenarios.iter().map(one).collect::<Result<_, _>>()?)
    }

    /// Decides what to order.
    ///
    /// # Errors
    /// When no plan can be made, or on interruption.
    pub fn plan(&self, futures: &Futures, outcomes: &[Outcomes], observer: &dyn Observer) -> Result<Plan, Error> {
        let world = self.root().named("world");
        let paths = &futures.forecasts.paths;
        let mut plan = plan::recommend(&futures.scenarios, paths, outcomes, world, observer)?;
        plan.roll_ups = plan::roll_ups(&futures.scenarios[0], paths, &plan.months, world, observer)?;
        Ok(plan)
    }

    /// Says it.
    #[must_use]
    pub fn report(&self, past: &Past, futures: &Futures, outcomes: &[Outcomes], plan: &Plan) -> Report {
        report::compose(&Evidence {
            scenarios: &futures.scenarios,
            panel: &past.panel,
            forecasts: &futures.forecasts.series,
            outcomes,
            plan,
            provenance: self.provenance(),
        })
    }

    /// What the gates say; `None` without any.
    fn judge(&self, request: &Request, futures: &Futures, outcomes: &[Outcomes], plan: &Plan, memory: &Memory) -> Option<Judged> {
        let asked = &request.overrides.gates;
        let facts = gate::Facts {
            model: self.model(),
            outcomes,
            plan,
            forecasts: &futures.forecasts.series,
            confidence: asked.confidence,
        };
        let as_of = plan.today.plus(-1);
        let fired_before = |key: &str| match &asked.fired_before {
            Some(held) => held.contains(key),
            None => memory.fired_before(key, as_of, &self.digest),
        };
        (!self.gates.is_empty()).then(|| gate::judge(&self.gates, &facts, &fired_before))
    }

    fn provenance(&self) -> Provenance {
        let settings = &self.declared.settings;
        Provenance {
            program: program(),
            seed: settings.seed.0,
            replications: settings.replications,
            inputs: self.inputs.iter().map(|input| (name_of(&input.path), input.sha256.clone())).collect(),
            command: format!("plimsoll run {}", self.declared.path.display()),
        }
    }

    /// Where runs of this model are kept.
    #[must_use]
    pub fn home(&self, request: &Request) -> PathBuf {
        request.runs.join(&self.model().name)
    }
}

/// Every demand of every pool.
fn wanted(model: &Model) -> Vec<Wanted> {
    let each = model.pools.iter().flat_map(|pool| pool.demands.iter().map(move |demand| (pool, demand)));
    each.map(|(pool, demand)| Wanted { key: SeriesKey::demand(&pool.name, &demand.resource), statistic: demand.statistic })
        .collect()
}

fn program() -> String {
    format!("plimsoll {}", env!("CARGO_PKG_VERSION"))
}

fn name_of(path: &std::path::Path) -> String {
    if path.ends_with("index.json")
        && let Some(store) = path.parent().and_then(std::path::Path::file_name)
    {
        return format!("{}/index.json", store.to_string_lossy());
    }
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Twelve hexadecimal digits over all that decides the bytes of a run: the program, the inputs' contents, the settings.
fn digest(declared: &Declared, inputs: &[Input]) -> String {
    use std::fmt::Write;
    let settings = &declared.settings;
    let mut text = format!("{} {} {}\n", program(), report::SCHEMA, manifest::SCHEMA);
    let _infallible = writeln!(text, "{:?}", (settings.seed, settings.replications, settings.horizon_days, settings.as_of));
    for input in inputs {
        let _infallible = writeln!(text, "{} {}", name_of(&input.path), input.sha256);
    }
    manifest::checksum(text.as_bytes())[..12].to_owned()
}

/// From a model file to a finished run folder.
///
/// # Errors
/// Whatever a stage found; no folder is left behind then.
pub fn run(request: &Request, observer: &dyn Observer) -> Result<Finished, Error> {
    let prepared = Prepared::load(request, observer)?;
    let home = prepared.home(request);
    let folder = RunFolder::begin(&home)?;
    let memory = if prepared.gates.is_empty() { Memory::default() } else { gates::recall(&home)? };
    if let Some(done) = directory::finished(&home, &prepared.name).filter(|_| !request.again) {
        let finished = super::rerun::reopen(done)?;
        if let Some(judged) = &finished.gates {
            gates::remember(&home, memory, judged, finished.as_of, &prepared.digest)?;
        }
        return Ok(finished);
    }
    let mut clock = Stopwatch::start();
    let past = clock.time("ingest", prepared.past(observer))?;
    let futures = clock.time("forecast", prepared.futures(&past, Choice::Auto, observer))?;
    let outcomes = clock.time("simulate", prepared.settle_outcomes(request, &futures, observer))?;
    let plan = clock.time("plan", prepared.plan(&futures, &outcomes, observer))?;
    let mut report = prepared.report(&past, &futures, &outcomes, &plan);
    let judged = prepared.judge(request, &futures, &outcomes, &plan, &memory);
    if let Some(judged) = judged.clone() {
        judged.add_to(&mut report);
    }
    let outputs = write_outputs(&folder, &report, observer)?;
    clock.lap("render");
    if observer.interrupted() {
        return Err(Error::Interrupted);
    }
    let manifest = prepared.manifest(request, &past, &report, outputs, clock.laps);
    folder.write("manifest.json", &manifest_bytes(&manifest)?)?;
    // a kill in between loses nothing: the same run again finds its work done and remembers it then
    let remember = |judged| gates::remember(&home, memory, judged, past.as_of, &prepared.digest);
    let path = folder.publish(&format!("{}-{}", past.as_of, prepared.name))?;
    judged.as_ref().map_or(Ok(()), remember)?;
    let mended = prepared.declared.warnings.iter().map(|warning| format!("warning: {}", warning.message));
    let summary = mended.chain(report.summary.iter().cloned()).collect();
    Ok(Finished { folder: path, reused: false, summary, verdict: verdict(&plan), as_of: past.as_of, gates: judged })
}

/// The verdict on the plan as declared.
fn verdict(plan: &Plan) -> Verdict {
    match plan.as_declared_within_rule() {
        Some(true) => Verdict::Within,
        Some(false) => Verdict::Missed,
        None => Verdict::Unsure,
    }
}

fn manifest_bytes(manifest: &Manifest) -> Result<Vec<u8>, Error> {
    serde_json::to_vec_pretty(manifest).map_err(|error| Error::Render { file: "manifest.json".into(), reason: error.to_string() })
}

impl Prepared {
    fn manifest(
        &self,
        request: &Request,
        past: &Past,
        report: &Report,
        outputs: Vec<Output>,
        seconds: Vec<(String, f64)>,
    ) -> Manifest {
        Manifest {
            schema: manifest::SCHEMA.to_owned(),
            program: program(),
            model: self.declared.path.clone(),
            overrides: Overrides { fetched: self.fetched.clone(), gates: settled(request, report), ..request.overrides.clone() },
            seed: self.declared.settings.seed.0,
            as_of: past.as_of,
            horizon_days: report.horizon_days,
            replications: self.declared.settings.replications,
            scenarios: self.declared.scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
            inputs: self.inputs.clone(),
            outputs,
            seconds,
        }
    }
}

/// The gates with what was known of the run before: made again, the run says the same.
fn settled(request: &Request, report: &Report) -> Gates {
    let fired = |judged: &Judged| judged.gates.iter().filter(|gate| gate.fired_before).map(gate::JudgedGate::key).collect();
    Gates { fired_before: report.gates.as_ref().map(fired), ..request.overrides.gates.clone() }
}

/// Every file of the report; each is checksummed as it is written.
fn write_outputs(folder: &RunFolder, report: &Report, observer: &dyn Observer) -> Result<Vec<Output>, Error> {
    let mut outputs = Vec::new();
    for (name, bytes) in render::files(report, observer).map_err(|(file, reason)| Error::Render { file, reason })? {
        folder.write(&name, &bytes)?;
        outputs.push(Output { sha256: manifest::checksum(&bytes), bytes: bytes.len() as u64, name });
    }
    outputs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(outputs)
}

/// Wall time by stage, for the manifest only: no result depends on it.
struct Stopwatch {
    last: std::time::Instant,
    laps: Vec<(String, f64)>,
}

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "timings are reported in the manifest and decide nothing")]
    fn start() -> Self {
        Self { last: std::time::Instant::now(), laps: Vec::new() }
    }

    #[expect(clippy::disallowed_methods, reason = "timings are reported in the manifest and decide nothing")]
    fn lap(&mut self, stage: &str) {
        let now = std::time::Instant::now();
        self.laps.push((stage.to_owned(), now.duration_since(self.last).as_secs_f64()));
        self.last = now;
    }

    fn time<T>(&mut self, stage: &str, done: T) -> T {
        self.lap(stage);
        done
    }
}
