//! Earlier runs of a model, as they lie in its folder.
#![expect(clippy::disallowed_methods, reason = "finished runs are read here")]

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::directory;
use super::manifest::{Input, Manifest};
use super::rerun::read_manifest;
use crate::error::Error;
use crate::time::Day;

/// The runs that a report looks back on. They are inputs: the manifest has their checksums.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// The last run before this one, whose conclusions are held against the new ones.
    pub since: Option<PathBuf>,
    /// Runs of earlier days, whose forecasts and orders are scored with the history since; by day.
    pub scored: Vec<PathBuf>,
}

impl Earlier {
    /// What lies in the folder of a model's runs when a run of that day and name is made.
    ///
    /// # Errors
    /// [`Error::Read`] when the folder cannot be listed or a manifest cannot be read.
    pub(super) fn look(home: &Path, as_of: Day, name: &str) -> Result<Self, Error> {
        let mut found = Self::default();
        let mut runs: Vec<(Day, PathBuf)> = Vec::new();
        for folder in directory::runs(home)? {
            let of = read_manifest(&folder.join("manifest.json"))?.as_of;
            runs.extend((of < as_of).then_some((of, folder)));
        }
        runs.sort();
        found.scored = runs.into_iter().map(|(_, folder)| folder).collect();
        let Some(latest) = directory::pointed(home, "latest") else { return Ok(found) };
        let manifest = read_manifest(&latest.join("manifest.json"))?;
        let itself = latest.file_name().is_some_and(|last| last.to_string_lossy().ends_with(&format!("-{name}")));
        found.since = match manifest.overrides.earlier {
            // the same run again has the past that it had
            Some(earlier) if itself => earlier.since,
            _ if itself || manifest.as_of > as_of => None,
            _ => Some(latest),
        };
        Ok(found)
    }

    /// The files of them that are read.
    ///
    /// # Errors
    /// [`Error::Read`] when one is not there.
    pub(super) fn inputs(&self) -> Result<Vec<Input>, Error> {
        let folders = self.since.iter().chain(&self.scored);
        let files = folders.flat_map(|folder| ["report.json", "manifest.json", MODEL_COPY].map(|name| folder.join(name)));
        // runs of older versions kept no model file
        let kept = |path: &PathBuf| !path.ends_with(MODEL_COPY) || path.is_file();
        let mut files: Vec<PathBuf> = files.filter(kept).collect();
        files.sort();
        files.dedup();
        files.iter().map(|path| Input::of(path)).collect()
    }
}

/// A finished run.
#[derive(Debug)]
pub(super) struct PastRun {
    pub folder: PathBuf,
    pub manifest: Manifest,
    /// Its `report.json`.
    pub report: Value,
}

impl PastRun {
    /// Reads a finished run, as [`directory::named`] finds it.
    ///
    /// # Errors
    /// [`Error::Read`] when there is none; [`Error::Manifest`] when it is not as it was written.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        // a pointer is told by the run that it stands for
        let pointer = path.file_name().filter(|name| *name == "latest" || *name == "previous").map(|name| name.to_string_lossy());
        let pointed = pointer.and_then(|name| directory::pointed(path.parent().unwrap_or(Path::new(".")), &name));
        let folder = pointed.unwrap_or_else(|| directory::named(path));
        let manifest = read_manifest(&folder.join("manifest.json"))?;
        let file = folder.join("report.json");
        let broken = |error: serde_json::Error| Error::Manifest { path: file.clone(), reason: error.to_string() };
        let report = serde_json::from_slice(&directory::read_output(&folder, "report.json")?).map_err(broken)?;
        Ok(Self { folder, manifest, report })
    }

    /// The name of its folder.
    pub(super) fn name(&self) -> String {
        self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The text of its model file: kept with the run, or what is on disk where that is still the same.
    ///
    /// # Errors
    /// Why it is not known any more.
    pub(super) fn model_text(&self) -> Result<String, String> {
        if let Ok(text) = std::fs::read_to_string(self.folder.join(MODEL_COPY)) {
            return Ok(text);
        }
        let path = &self.manifest.model;
        let recorded = self.manifest.inputs.iter().find(|input| input.path == *path);
        let now = Input::of(path).ok();
        match std::fs::read_to_string(path) {
            Ok(text) if now.as_ref() == recorded => Ok(text),
            _ => Err(format!("`{}` has changed, and `{}` keeps no copy of it", path.display(), self.folder.display())),
        }
    }

    /// All that it read but its model file and earlier runs.
    pub(super) fn data(&self) -> Vec<&Input> {
        let earlier = self.manifest.overrides.earlier.clone().unwrap_or_default();
        let of_earlier =
            |input: &&Input| earlier.since.iter().chain(&earlier.scored).any(|folder| input.path.starts_with(folder));
        let inputs = self.manifest.inputs.iter().filter(|input| input.path != self.manifest.model);
        inputs.filter(|input| !of_earlier(input)).collect()
    }
}

/// The copy of the model file in a run's folder.
pub(super) const MODEL_COPY: &str = "inputs/model.toml";
