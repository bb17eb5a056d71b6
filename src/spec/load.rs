//! From a path to what is declared.
#![expect(clippy::disallowed_methods, reason = "model files are read here")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::DeTable;

use super::keys;
use super::reader::{Node, Reader};
use super::set::Text;
use crate::model::{Model, Pool};
use crate::problem::Problem;
use crate::scenario::Override;
use crate::source::Source;
use crate::stream::Seed;
use crate::time::Day;

/// What is left of a plan after the first order that it can rely on, at least, in days.
const MONTH: f64 = 30.0;

/// A model file, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The file that was read.
    pub path: PathBuf,
    /// The system.
    pub model: Arc<Model>,
    /// Where its history is.
    pub sources: Vec<Source>,
    /// The questions; the first is `base`: it has what pools and committed scenarios change, and so have all others.
    pub scenarios: Vec<ScenarioDeclared>,
    /// Horizon, replications, seed.
    pub settings: Settings,
    /// The model file and every file that its sources and laws name, sorted.
    pub files: Vec<PathBuf>,
    /// What was mended, and should be known.
    pub warnings: Vec<Problem>,
    /// The model file as it was read.
    pub text: String,
}

/// A scenario as declared.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioDeclared {
    /// Its name.
    pub name: String,
    /// What it supposes.
    pub supposes: String,
    /// Its weight among the scenarios; 1 unless given.
    pub weight: f64,
    /// What it changes, with all that it is made of and all that is committed.
    pub overrides: Vec<Override>,
    /// It is part of `base`.
    pub committed: bool,
}

/// How the questions are to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The last day of history, where it is declared.
    pub as_of: Option<Day>,
    /// Days planned for.
    pub horizon_days: u32,
    /// Futures simulated a scenario.
    pub replications: u32,
    /// The seed.
    pub seed: Seed,
}

/// Reads and resolves a model file.
///
/// # Errors
/// Every problem of the file, in the order of their places; a file that is not there or not text is one problem.
pub fn load(path: &Path) -> Result<Declared, Vec<Problem>> {
    load_with(path, None, &[])
}

/// The same with values set in place of the file's (`key.path=value`, in order), and with another text than what is on disk where one is
/// given.
///
/// # Errors
/// As [`load`]; what is set wrong is told as what is written wrong.
pub fn load_with(path: &Path, text: Option<&str>, set: &[String]) -> Result<Declared, Vec<Problem>> {
    match text {
        Some(text) => parse_with(&named(path), text, set),
        None => file_of(path).and_then(|(file, text)| parse_with(&file, &text, set)),
    }
}

/// The file of a model that may be named by its folder.
fn named(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("model.toml") } else { path.to_owned() }
}

/// A model file and its text.
pub(super) fn file_of(path: &Path) -> Result<(PathBuf, String), Vec<Problem>> {
    let file = named(path);
    let unreadable = |message: String| {
        let help = "give a model file, or a folder that holds `model.toml`; `plimsoll init` writes one";
        vec![Problem::new("spec/missing-file", &file, message).help(help)]
    };
    let bytes = std::fs::read(&file).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        vec![Problem::new("spec/not-utf8", &file, "is not UTF-8 text").at_line(line).help("save it as UTF-8")]
    })?;
    Ok((file, text))
}

/// Resolves the text of a model file; relative paths in it start from the file's folder.
///
/// # Errors
/// Every problem of the text, in the order of their places.
pub fn parse(path: &Path, text: &str) -> Result<Declared, Vec<Problem>> {
    parse_with(path, text, &[])
}

fn parse_with(path: &Path, file: &str, set: &[String]) -> Result<Declared, Vec<Problem>> {
    let text = Text::new(file, set);
    let (root, errors) = DeTable::parse_recoverable(file);
    let reader = Reader::new(path, &text.whole, file.len());
    for error in &errors {
        reader.problem("spec/syntax", &error.span().unwrap_or(0..0), error.message().to_owned(), None);
    }
    let mut root = root.into_inner();
    if reader.is_clean() {
        text.set_in(&mut root, &reader);
    }
    if !reader.is_clean() {
        return Err(reader.into_problems());
    }
    let node = Node { name: String::new(), span: 0..file.len().min(1), table: &root };
    reader.known_keys(&node, keys::MODEL);
    let declared = reader.declared(&node);
    match declared {
        Some(declared) if reader.is_clean() => Ok(Declared { text: file.to_owned(), ..declared }),
        _ => Err(reader.into_problems()),
    }
}

impl<'a> Reader<'a> {
    fn declared(&self, node: &Node<'a>) -> Option<Declared> {
        let plan = node.get("plan").and_then(|value| self.table("plan", value, keys::PLAN));
        let settings = plan.as_ref().and_then(|plan| self.settings(plan));
        let mut model = self.model(node, plan.as_ref());
        let scenarios = self.scenarios(node, &model);
        self.correlations(node, &mut model, &scenarios);
        let (sources, mut files) = self.sources(node, &model);
        if let (true, Some(plan), Some(settings)) = (sources.is_empty() && self.is_clean(), &plan, &settings)
            && settings.as_of.is_none()
        {
            let message = "`plan` has no `as_of`, and there is no history to end on a day".to_owned();
            let help = "`as_of = 2026-11-30`: the plan begins the day after".to_owned();
            self.problem("spec/missing-key", &plan.head(), message, Some(help));
        }
        if let (Some(plan), Some(settings)) = (&plan, &settings) {
            self.tell_short_horizon(plan, &model, settings);
        }
        files.push(self.path.to_owned());
        files.extend(self.take_files());
        files.sort();
        files.dedup();
        let (path, warnings) = (self.path.to_owned(), self.take_warnings());
        Some(Declared {
            path,
            model: Arc::new(model),
            sources,
            scenarios,
            settings: settings?,
            files,
            warnings,
            text: String::new(),
        })
    }

    /// A horizon in which no order can be relied on for a month: the plan would be judged where it can help little.
    fn tell_short_horizon(&self, plan: &Node<'a>, model: &Model, settings: &Settings) {
        let sure = 1.0 - model.objective.late_arrival;
        let soonest = |pool: &Pool| {
            let units = std::iter::once(&pool.buys).chain(&pool.or_buys).filter_map(|name| model.catalog.get(name));
            let each = units.flat_map(|unit| unit.ways_to_pay().into_iter().map(move |term| unit.lead(&term).quantile(sure)));
            each.min_by(f64::total_cmp)
        };
        let slow = model.pools.iter().filter_map(|pool| Some((pool, soonest(pool)?)));
        let slowest =
            slow.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, days)| *days + MONTH > f64::from(settings.horizon_days));
        if let Some((pool, days)) = slowest {
            let message = format!(
                "the plan looks {} days ahead, and {:.0} % of orders for `{}` are there within {days:.0} days: no whole month of the plan \
                 can rely on one",
                settings.horizon_days,
                100.0 * sure,
                pool.name
            );
            let help = format!("a `horizon` of {:.0} d or more", (days + MONTH).ceil());
            self.warn("spec/horizon-below-lead-time", &plan.span_of("horizon"), message, Some(help));
        }
    }
}
