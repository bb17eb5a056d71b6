//! From a path to what is declared.
#![expect(clippy::disallowed_methods, reason = "model files are read here")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::DeTable;

use super::keys;
use super::reader::{Node, Reader};
use crate::model::Model;
use crate::problem::Problem;
use crate::scenario::Override;
use crate::source::Source;
use crate::stream::Seed;
use crate::time::Day;

/// A model file, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The file that was read.
    pub path: PathBuf,
    /// The system.
    pub model: Arc<Model>,
    /// Where its history is.
    pub sources: Vec<Source>,
    /// The questions; the first is `base`, without overrides.
    pub scenarios: Vec<ScenarioDeclared>,
    /// Horizon, replications, seed.
    pub settings: Settings,
    /// The model file and every file that its sources and laws name, sorted.
    pub files: Vec<PathBuf>,
    /// What was mended, and should be known.
    pub warnings: Vec<Problem>,
}

/// A scenario as declared.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioDeclared {
    /// Its name.
    pub name: String,
    /// What it supposes.
    pub supposes: String,
    /// What it changes.
    pub overrides: Vec<Override>,
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
    let file = if path.is_dir() { path.join("model.toml") } else { path.to_owned() };
    let unreadable = |message: String| {
        let help = "give a model file, or a folder that holds `model.toml`; `plimsoll init` writes one";
        vec![Problem::new("spec/missing-file", &file, message).help(help)]
    };
    let bytes = std::fs::read(&file).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        vec![Problem::new("spec/not-utf8", &file, "is not UTF-8 text").at_line(line).help("save it as UTF-8")]
    })?;
    parse(&file, &text)
}

/// Resolves the text of a model file; relative paths in it start from the file's folder.
///
/// # Errors
/// Every problem of the text, in the order of their places.
pub fn parse(path: &Path, text: &str) -> Result<Declared, Vec<Problem>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let reader = Reader::new(path, text);
    for error in &errors {
        reader.problem("spec/syntax", &error.span().unwrap_or(0..0), error.message().to_owned(), None);
    }
    if !reader.is_clean() {
        return Err(reader.into_problems());
    }
    let node = Node { name: String::new(), span: 0..text.len().min(1), table: root.get_ref() };
    reader.known_keys(&node, keys::MODEL);
    let declared = reader.declared(&node);
    match declared {
        Some(declared) if reader.is_clean() => Ok(declared),
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
        files.push(self.path.to_owned());
        files.extend(self.take_files());
        files.sort();
        files.dedup();
        let (path, warnings) = (self.path.to_owned(), self.take_warnings());
        Some(Declared { path, model: Arc::new(model), sources, scenarios, settings: settings?, files, warnings })
    }
}
