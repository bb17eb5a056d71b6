//! Makes a run again from its manifest and compares every byte.
#![expect(clippy::disallowed_methods, reason = "manifests are read here")]

use std::path::{Path, PathBuf};

use super::manifest::{Input, Manifest};
use super::pipeline::{Finished, Request, Verdict, run};
use crate::error::Error;
use crate::observe::Observer;

/// A run made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerun {
    /// How many outputs have the same bytes: all of them.
    pub same: usize,
    /// The run that was compared with.
    pub of: PathBuf,
}

pub(super) fn read_manifest(path: &Path) -> Result<Manifest, Error> {
    let text = std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let unreadable = |error: serde_json::Error| Error::Manifest { path: path.to_owned(), reason: error.to_string() };
    serde_json::from_slice(&text).map_err(unreadable)
}

/// Reads what a finished run said.
pub(super) fn reopen(folder: PathBuf) -> Result<Finished, Error> {
    let path = folder.join("report.json");
    let text = std::fs::read(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let broken = |reason: String| Error::Manifest { path: path.clone(), reason };
    let report: serde_json::Value = serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
    let lines = report["summary"].as_array().ok_or_else(|| broken("it has no summary".to_owned()))?;
    let summary = lines.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect();
    let verdict = match report["within_rule"].as_bool() {
        Some(true) => Verdict::Within,
        Some(false) => Verdict::Missed,
        None => Verdict::Unsure,
    };
    let as_of = report["as_of"].as_str().and_then(|day| day.parse().ok()).ok_or_else(|| broken("it has no day".to_owned()))?;
    let gates = match report.get("gates") {
        Some(judged) => Some(serde_json::from_value(judged.clone()).map_err(|error| broken(error.to_string()))?),
        None => None,
    };
    Ok(Finished { folder, reused: true, summary, verdict, as_of, gates })
}

/// Runs the manifest's model on the manifest's inputs with the manifest's settings, in a temporary folder.
///
/// # Errors
/// [`Error::Manifest`] when an input has changed since; [`Error::Differs`] when an output has other bytes.
pub fn rerun(manifest_path: &Path, observer: &dyn Observer) -> Result<Rerun, Error> {
    let path = if manifest_path.is_dir() { super::named(manifest_path).join("manifest.json") } else { manifest_path.to_owned() };
    let manifest = read_manifest(&path)?;
    let changed: Vec<String> = manifest.inputs.iter().filter_map(difference).collect();
    if !changed.is_empty() {
        return Err(Error::Manifest { path, reason: changed.join("; ") });
    }
    let scratch = tempfile::tempdir().map_err(|source| Error::Output { path: std::env::temp_dir(), source })?;
    let request = Request {
        model: manifest.model.clone(),
        runs: scratch.path().to_owned(),
        overrides: manifest.overrides.clone(),
        again: true,
        outcomes: None,
    };
    let fresh = run(&request, observer)?;
    let fresh = read_manifest(&fresh.folder.join("manifest.json"))?;
    let names = |of: &Manifest| of.outputs.iter().map(|output| output.name.clone()).collect::<Vec<_>>();
    let mut differing: Vec<String> =
        manifest.outputs.iter().filter(|output| !fresh.outputs.contains(output)).map(|output| output.name.clone()).collect();
    differing.extend(names(&fresh).into_iter().filter(|name| !names(&manifest).contains(name)));
    if differing.is_empty() {
        return Ok(Rerun { same: fresh.outputs.len(), of: path });
    }
    Err(Error::Differs { files: differing, total: manifest.outputs.len() })
}

fn difference(input: &Input) -> Option<String> {
    match Input::of(&input.path) {
        Err(_) => Some(format!("input `{}` cannot be read", input.path.display())),
        Ok(now) if now.sha256 != input.sha256 => Some(format!("input `{}` has changed", input.path.display())),
        Ok(_) => None,
    }
}
