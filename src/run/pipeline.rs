//! The six lines that LAYOUT promises, with checksums before and files after.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::decide::Decided;
use super::earlier::{Earlier, MODEL_COPY, PastRun};
use super::gates::{self, Gates};
use super::manifest::{self, Input, Manifest, Output};
use super::parts::Part;
use super::score::scorecard;
use super::{RunFolder, directory, fetched};
use crate::error::Error;
use crate::forecast::{self, Choice, Forecasts, Wanted};
use crate::ingest::store::Store;
use crate::model::{Model, Place};
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::plan::{self, Plan};
use crate::problem::Problem;
use crate::report::changes::{Facts, add_since, add_waterfall, compare};
use crate::report::gate::{self, Gate, Judged, Memory};
use crate::report::{self, Evidence, Provenance, Report, Table};
use crate::scenario::{Override, Scenario, drawn_together, migrated};
use crate::series::{Panel, SeriesKey};
use crate::simulate::{self, Outcomes};
use crate::spec::{self, Declared};
use crate::stats::JointLaw;
use crate::stream::{Seed, Stream};
use crate::time::Day;
use crate::{formats, ingest, render};

/// Demand paths are held in memory: a run that would need more than this is refused before it begins.
pub(super) const MOST_BYTES: u64 = 4_000_000_000;

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
    /// Values in place of the model file's: `key.path=value`, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
    /// Earlier runs that the report looks back on; `None`: what lies beside the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
    /// The text of the model file in place of what is on disk: a manifest has its checksum.
    #[serde(skip)]
    pub text: Option<String>,
}

impl Overrides {
    /// Puts the command line's settings in place of the file's.
    pub(super) fn settle(&self, declared: &mut Declared) {
        let settings = &mut declared.settings;
        settings.seed = self.seed.map_or(settings.seed, Seed);
        settings.replications = self.replications.unwrap_or(settings.replications);
        settings.horizon_days = self.horizon_days.unwrap_or(settings.horizon_days);
        settings.as_of = self.as_of.or(settings.as_of);
    }
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
    /// What is set in place of the file's values, as flags.
    set: String,
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
    /// The scenarios, `base` first; each pool buys one unit.
    pub scenarios: Vec<Scenario>,
    /// By pool, what buying another of its units would have been.
    pub others: Vec<(String, plan::PlanOption)>,
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
        let Overrides { text, set, .. } = &request.overrides;
        let mut declared = spec::load_with(&request.model, text.as_deref(), set).map_err(Error::Problems)?;
        request.overrides.settle(&mut declared);
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
        let given = |path: &PathBuf| text.is_some() && *path == declared.path;
        let inputs =
            paths.iter().map(|path| if given(path) { Ok(Input::of_text(path, &declared.text)) } else { Input::of(path) });
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let digest = digest(&declared, &inputs, set);
        let name = gates::name_with(&digest, &gates, request.overrides.gates.confidence);
        let set = set.iter().fold(String::new(), |text, one| text + " --set '" + one + "'");
        Ok(Self { declared, inputs, digest, name, gates, fetched, set })
    }

    /// The declared system.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.declared.model
    }

    pub(super) fn root(&self) -> Stream {
        Stream::root(self.declared.settings.seed)
    }

    /// Reads the history.
    ///
    /// # Errors
    /// All problems of the data at once.
    pub fn past(&self, observer: &dyn Observer) -> Result<Past, Error> {
        let model = self.model();
        let mut panel =
            ingest::read(&self.declared.sources, &model.capacity_in_force(), &model.zone, observer).map_err(Error::Problems)?;
        let as_of = self.declared.settings.as_of.or_else(|| forecast::last_full_day(&panel, &model.zone));
        let as_of = as_of.ok_or(forecast::Error::NoHistory)?;
        panel.tell_stale(as_of, &model.zone);
        Ok(Past { panel, as_of })
    }

    /// Forecasts every demand of every pool, and settles the scenarios and what each pool buys.
    ///
    /// # Errors
    /// When the history does not carry the horizon; when units to choose from cannot be planned with.
    pub fn futures(&self, past: &Past, choice: Choice, observer: &dyn Observer) -> Result<Futures, Error> {
        let futures = self.forecast(past, choice, observer)?;
        let settled = plan::settle(&futures.scenarios, &futures.forecasts.paths, self.root().named("world"), observer)?;
        Ok(Futures { scenarios: settled.scenarios, others: settled.others, ..futures })
    }

    /// The same before pools that may buy one of several units have settled on one.
    fn forecast(&self, past: &Past, choice: Choice, observer: &dyn Observer) -> Result<Futures, Error> {
        let (model, options) = (self.model(), self.forecast_options(past, choice));
        let wanted = wanted(model);
        let stated = model.uncertain.iter().filter(|number| matches!(number.place, Place::Level { .. })).count();
        self.fits(wanted.len() + stated)?;
        let stream = self.root().named("demand");
        let from_history = !wanted.is_empty() || stated == 0;
        let forecasts = from_history.then(|| forecast::sample(&past.panel, &wanted, &options, stream, observer)).transpose()?;
        let mut forecasts = self.with_stated(forecasts, &options)?;
        // moves that are committed are made once, in the futures that all scenarios share
        let committed = self.declared.scenarios.first().map(|base| base.overrides.clone()).unwrap_or_default();
        let moved = match migrated(&forecasts.paths, &committed, self.root().named("scenario")) {
            Cow::Owned(moved) => Some(moved),
            Cow::Borrowed(_) => None,
        };
        forecasts.paths = moved.unwrap_or(forecasts.paths);
        Ok(Futures { forecasts, scenarios: self.scenarios(past), others: Vec::new() })
    }

    pub(super) fn forecast_options(&self, past: &Past, choice: Choice) -> forecast::Options {
        let settings = &self.declared.settings;
        forecast::Options {
            as_of: past.as_of,
            horizon_days: settings.horizon_days,
            paths: settings.replications as usize,
            zone: self.model().zone.clone(),
            choice,
        }
    }

    /// Bytes that the paths of so many demands take.
    pub(super) fn bytes_of(&self, demands: usize) -> u64 {
        let settings = &self.declared.settings;
        SamplePaths::bytes(settings.replications, settings.horizon_days, demands)
    }

    /// How many futures of so many demands take so many bytes; 1 at least.
    pub(super) fn futures_in(&self, bytes: u64, demands: usize) -> u32 {
        (bytes / SamplePaths::bytes(1, self.declared.settings.horizon_days, demands).max(1)).max(1) as u32
    }

    /// # Errors
    /// When the paths of so many demands are more than memory is taken for.
    pub(super) fn fits(&self, demands: usize) -> Result<(), Error> {
        let (settings, bytes) = (&self.declared.settings, self.bytes_of(demands));
        if bytes <= MOST_BYTES {
            return Ok(());
        }
        let message = format!(
            "{} replications × {} days × {demands} demands need {} GB of memory, at most {} GB are taken",
            settings.replications,
            settings.horizon_days,
            bytes / 1_000_000_000,
            MOST_BYTES / 1_000_000_000
        );
        let problem = Problem::new("spec/too-large", &self.declared.path, message);
        Err(Error::Problems(vec![problem.help("fewer `replications`, or a shorter `horizon`")]))
    }

    pub(super) fn scenarios(&self, past: &Past) -> Vec<Scenario> {
        scenarios_of(&self.declared, past.as_of)
    }

    /// With the demands that the model states, of the numbers that each future is simulated with.
    fn with_stated(&self, forecasts: Option<Forecasts>, options: &forecast::Options) -> Result<Forecasts, Error> {
        let model = self.model();
        let (numbers, pairs) = drawn_together(model, &[]);
        let joint = JointLaw::new(&numbers, &pairs).map_err(simulate::Error::from)?;
        let world = self.root().named("world");
        let drawn = |replication: u32| joint.draw(world, replication);
        match forecasts {
            Some(held) if !model.uncertain.iter().any(|number| number.place.is_demand()) => Ok(held),
            held => Ok(forecast::with_stated(held, model, options, &drawn, self.root().named("demand"))),
        }
    }

    /// The forecasts alone, as a table.
    ///
    /// # Errors
    /// When the history does not carry the horizon.
    pub fn forecast_table(&self, past: &Past, choice: Choice, observer: &dyn Observer) -> Result<Table, Error> {
        Ok(report::forecast_table(&self.forecast(past, choice, observer)?.forecasts.series))
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
        let one = |scenario: &Scenario| {
            let paths = migrated(&futures.forecasts.paths, &scenario.overrides, self.root().named("scenario"));
            simulate::run_range(scenario, &paths, range.clone(), world, observer)
        };
        Ok(futures.scenarios.iter().map(one).collect::<Result<_, _>>()?)
    }

    /// Decides what to order.
    ///
    /// # Errors
    /// When no plan can be made, or on interruption.
    pub fn plan(&self, futures: &Futures, outcomes: &[Outcomes], observer: &dyn Observer) -> Result<Plan, Error> {
        let world = self.root().named("world");
        let again = Again { told: &futures.forecasts, stream: self.root().named("demand again") };
        let demand = &futures.forecasts.paths;
        let mut plan = plan::recommend_with(&futures.scenarios, demand, outcomes, world, Some(&again), observer)?;
        plan.beside(futures.others.clone(), &futures.scenarios[0], world)?;
        plan.roll_ups = plan::roll_ups(&futures.scenarios[0], demand, &plan.months, world, observer)?;
        Ok(plan)
    }

    /// Says it.
    #[must_use]
    pub fn report(&self, past: &Past, decided: &Decided) -> Report {
        report::compose(&Evidence {
            scenarios: &decided.scenarios,
            panel: &past.panel,
            forecasts: &decided.forecasts,
            plan: &decided.plan,
            provenance: self.provenance(),
        })
    }

    /// What the gates say; `None` without any.
    pub(super) fn judge(&self, request: &Request, decided: &Decided, memory: &Memory) -> Option<Judged> {
        let (asked, plan) = (&request.overrides.gates, &decided.plan);
        let facts = gate::Facts { scenarios: &decided.scenarios, plan, asked: &decided.asked, confidence: asked.confidence };
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
            command: format!("plimsoll run {}{}", self.declared.path.display(), self.set),
        }
    }

    /// Where runs of this model are kept.
    #[must_use]
    pub fn home(&self, request: &Request) -> PathBuf {
        request.runs.join(&self.model().name)
    }
}

/// The scenarios, `base` first. Moves that are committed are in the futures that all of them share.
pub(super) fn scenarios_of(declared: &Declared, as_of: Day) -> Vec<Scenario> {
    let settings = &declared.settings;
    let committed = declared.scenarios.first().map(|base| base.overrides.as_slice()).unwrap_or_default();
    let left = |change: &&Override| !matches!(change, Override::Migration { .. }) || !committed.contains(change);
    let each = declared.scenarios.iter().map(|one| Scenario {
        name: one.name.clone(),
        supposes: one.supposes.clone(),
        model: Arc::clone(&declared.model),
        weight: one.weight,
        overrides: one.overrides.iter().filter(left).cloned().collect(),
        as_of,
        horizon_days: settings.horizon_days,
        replications: settings.replications,
        seed: settings.seed,
    });
    each.collect()
}

/// Paths of a forecast that is made again at a review.
const PATHS_AGAIN: usize = 200;

/// The forecaster of the run, for a planner in a simulated future.
pub(super) struct Again<'a> {
    pub(super) told: &'a Forecasts,
    pub(super) stream: Stream,
}

impl plan::Reforecast for Again<'_> {
    fn again(&self, past: &[Vec<f64>], steps: usize) -> Option<Vec<f64>> {
        forecast::again(&self.told.series, past, (steps, PATHS_AGAIN), self.stream)
    }
}

/// Every demand of every pool that has a history.
pub(super) fn wanted(model: &Model) -> Vec<Wanted> {
    let each = model.pools.iter().flat_map(|pool| pool.demands.iter().map(move |demand| (pool, demand)));
    let each = each.filter(|(pool, demand)| !model.states(&pool.name, &demand.resource));
    each.map(|(pool, demand)| Wanted { key: SeriesKey::demand(&pool.name, &demand.resource), statistic: demand.statistic })
        .collect()
}

pub(super) fn program() -> String {
    format!("plimsoll {}", env!("CARGO_PKG_VERSION"))
}

pub(super) fn name_of(path: &std::path::Path) -> String {
    if path.ends_with("index.json")
        && let Some(store) = path.parent().and_then(std::path::Path::file_name)
    {
        return format!("{}/index.json", store.to_string_lossy());
    }
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Twelve hexadecimal digits over all that decides the bytes of a run: the program, the inputs' contents, the settings.
fn digest(declared: &Declared, inputs: &[Input], set: &[String]) -> String {
    use std::fmt::Write;
    let settings = &declared.settings;
    let mut text = format!("{} {} {}\n", program(), report::SCHEMA, manifest::SCHEMA);
    let _infallible = writeln!(text, "{:?}", (settings.seed, settings.replications, settings.horizon_days, settings.as_of));
    for input in inputs {
        let _infallible = writeln!(text, "{} {}", name_of(&input.path), input.sha256);
    }
    for one in set {
        let _infallible = writeln!(text, "set {one}");
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
    let past = prepared.past(observer)?;
    clock.lap("ingest");
    let decided = prepared.decide(request, &past, &mut |stage| clock.lap(stage), observer)?;
    let mut report = prepared.report(&past, &decided);
    let earlier = match &request.overrides.earlier {
        Some(earlier) => earlier.clone(),
        None => Earlier::look(&home, past.as_of, &prepared.name)?,
    };
    look_back(&earlier, &past, &prepared.model().currency, &mut report)?;
    let judged = prepared.judge(request, &decided, &memory);
    if let Some(judged) = judged.clone() {
        judged.add_to(&mut report);
    }
    let outputs = write_outputs(&folder, &report, &prepared.declared.text, observer)?;
    clock.lap("render");
    if observer.interrupted() {
        return Err(Error::Interrupted);
    }
    let manifest = prepared.manifest(request, &past, &report, earlier, outputs, clock.laps)?;
    folder.write("manifest.json", &manifest_bytes(&manifest)?)?;
    // a kill in between loses nothing: the same run again finds its work done and remembers it then
    let remember = |judged| gates::remember(&home, memory, judged, past.as_of, &prepared.digest);
    let path = folder.publish(&format!("{}-{}", past.as_of, prepared.name))?;
    judged.as_ref().map_or(Ok(()), remember)?;
    let mended = prepared.declared.warnings.iter().map(|warning| format!("warning: {}", warning.message));
    let summary = mended.chain(report.summary.iter().cloned()).collect();
    Ok(Finished { folder: path, reused: false, summary, verdict: verdict(&decided.plan), as_of: past.as_of, gates: judged })
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
        earlier: Earlier,
        outputs: Vec<Output>,
        seconds: Vec<(String, f64)>,
    ) -> Result<Manifest, Error> {
        let mut inputs = self.inputs.clone();
        inputs.extend(earlier.inputs()?);
        let gates = settled(request, report);
        Ok(Manifest {
            schema: manifest::SCHEMA.to_owned(),
            program: program(),
            model: self.declared.path.clone(),
            overrides: Overrides { fetched: self.fetched.clone(), gates, earlier: Some(earlier), ..request.overrides.clone() },
            seed: self.declared.settings.seed.0,
            as_of: past.as_of,
            horizon_days: report.horizon_days,
            replications: self.declared.settings.replications,
            scenarios: self.declared.scenarios.iter().map(|scenario| scenario.name.clone()).collect(),
            inputs,
            outputs,
            seconds,
        })
    }
}

/// The gates with what was known of the run before: made again, the run says the same.
fn settled(request: &Request, report: &Report) -> Gates {
    let fired = |judged: &Judged| judged.gates.iter().filter(|gate| gate.fired_before).map(gate::JudgedGate::key).collect();
    Gates { fired_before: report.gates.as_ref().map(fired), ..request.overrides.gates.clone() }
}

/// What the report says of earlier runs: how they did, and what changed since the last one.
fn look_back(earlier: &Earlier, past: &Past, currency: &str, report: &mut Report) -> Result<(), Error> {
    if let Some(since) = &earlier.since {
        let last = PastRun::open(since)?;
        let written = |error: serde_json::Error| Error::Render { file: "report.json".into(), reason: error.to_string() };
        let value = serde_json::to_value(&*report).map_err(written)?;
        let now = Facts::of(&value);
        let changes = compare(&Facts::of(&last.report), &now);
        add_since(report, &changes, &last.name(), &now.currency);
        add_waterfall(report, &last.report, &value);
    }
    let (scores, left_out) = scorecard(earlier, past)?;
    report::add_last_plan(report, &scores, left_out, currency);
    Ok(())
}

/// Every file of the report, and the model file that it is of; each is checksummed as it is written.
fn write_outputs(folder: &RunFolder, report: &Report, model: &str, observer: &dyn Observer) -> Result<Vec<Output>, Error> {
    let mut outputs = Vec::new();
    let mut files = render::files(report, observer).map_err(|(file, reason)| Error::Render { file, reason })?;
    files.push((MODEL_COPY.to_owned(), model.as_bytes().to_vec()));
    for (name, bytes) in files {
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
        let took = now.duration_since(self.last).as_secs_f64();
        match self.laps.iter_mut().find(|(name, _)| name == stage) {
            Some((_, seconds)) => *seconds += took,
            None => self.laps.push((stage.to_owned(), took)),
        }
        self.last = now;
    }
}
