//! Gates of a job: from texts to gates, and what they said from one run to the next.
#![expect(clippy::disallowed_methods, reason = "the memory of gates is read here")]

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::directory::write_whole;
use super::manifest;
use crate::error::Error;
use crate::report::gate::{Gate, Judged, Memory, Names, Severity};
use crate::spec::Declared;
use crate::time::Day;

/// Beside the runs of a model.
const FILE: &str = "gates.json";
/// The schema of that file.
const SCHEMA: &str = "plimsoll-gates/1";

/// Gates as typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gates {
    /// Conditions under which the job fails.
    pub fail_if: Vec<String>,
    /// Conditions that are told.
    pub warn_if: Vec<String>,
    /// The confidence of every interval, strictly between 0 and 1.
    pub confidence: f64,
    /// Those that had fired before the run, by [`Gate::key`]; `None`: as remembered beside the runs.
    pub fired_before: Option<BTreeSet<String>>,
}

impl Default for Gates {
    fn default() -> Self {
        Self { fail_if: Vec::new(), warn_if: Vec::new(), confidence: 0.95, fired_before: None }
    }
}

impl Gates {
    /// None is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fail_if.is_empty() && self.warn_if.is_empty()
    }

    /// Reads all of them, looking names up in a model file.
    ///
    /// # Errors
    /// [`Error::Gates`] with all that is wrong with any.
    pub fn read(&self, declared: &Declared) -> Result<Vec<Gate>, Error> {
        let scenarios = declared.scenarios.iter().map(|scenario| scenario.name.clone()).collect();
        let names = Names::of(&declared.model, scenarios);
        let typed = [(Severity::Fail, &self.fail_if), (Severity::Warn, &self.warn_if)];
        let (mut gates, mut refused) = (Vec::new(), Vec::new());
        for (severity, text) in typed.into_iter().flat_map(|(severity, texts)| texts.iter().map(move |text| (severity, text))) {
            match Gate::read(severity, text, &names) {
                Ok(gate) => gates.push(gate),
                Err(fault) => refused.push(fault),
            }
        }
        if refused.is_empty() { Ok(gates) } else { Err(Error::Gates(refused)) }
    }
}

/// The name of a run with gates: that of the run without, when there are none.
pub(super) fn name_with(digest: &str, gates: &[Gate], confidence: f64) -> String {
    if gates.is_empty() {
        return digest.to_owned();
    }
    let keys: Vec<String> = gates.iter().map(Gate::key).collect();
    let text = format!("{digest}\n{confidence}\n{}", keys.join("\n"));
    manifest::checksum(text.as_bytes())[..12].to_owned()
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    schema: String,
    #[serde(flatten)]
    memory: Memory,
}

/// What gates said in the runs below `home`; nothing when none has said anything.
///
/// # Errors
/// [`Error::GateMemory`] when the file is not as it was written; [`Error::Read`] when it cannot be read.
pub(super) fn recall(home: &Path) -> Result<Memory, Error> {
    let path = home.join(FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Memory::default()),
        Err(source) => return Err(Error::Read { path, source }),
    };
    let wrong = |reason: String| Error::GateMemory { path: path.clone(), reason };
    let held: Remembered = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    if held.schema != SCHEMA {
        return Err(wrong(format!("its schema is `{}`, not `{SCHEMA}`", held.schema)));
    }
    Ok(held.memory)
}

/// Keeps what a run said for the next, and forgets gates that were last judged on a day of which no run is left.
///
/// # Errors
/// [`Error::Read`] when the runs cannot be listed; [`Error::Output`] when it cannot be written.
pub(super) fn remember(home: &Path, mut memory: Memory, judged: &Judged, as_of: Day, run: &str) -> Result<(), Error> {
    memory.remember(judged, as_of, run);
    let runs = super::directory::runs(home)?;
    let of_day = |folder: &std::path::PathBuf, day: Day| {
        folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!("{day}-")))
    };
    memory.gates.retain(|_, held| runs.iter().any(|folder| of_day(folder, held.as_of)));
    let held = Remembered { schema: SCHEMA.to_owned(), memory };
    let unwritable = |error: serde_json::Error| Error::Render { file: FILE.into(), reason: error.to_string() };
    write_whole(&home.join(FILE), &serde_json::to_vec_pretty(&held).map_err(unwritable)?)
}
