//! Everything that can go wrong, in the words of the stage where it did, with a stable name, a help line and an exit code.

use std::io;
use std::path::PathBuf;

use crate::problem::Problem;
use crate::report::gate::Refused;
use crate::{forecast, plan, simulate};

/// What stops a run. The printer walks `source` once, so no message repeats it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data or the model file have problems: all of them, in the order of the files.
    #[error("{}", summary(.0))]
    Problems(Vec<Problem>),
    /// The history does not carry the forecast asked for.
    #[error(transparent)]
    Forecast(#[from] forecast::Error),
    /// The world could not be simulated.
    #[error(transparent)]
    Simulate(#[from] simulate::Error),
    /// No plan could be made.
    #[error(transparent)]
    Plan(#[from] plan::Error),
    /// Conditions of gates are refused.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Gates(Vec<Refused>),
    /// What gates said in earlier runs cannot be read.
    #[error("`{}` is not as it was written: {reason}", path.display())]
    GateMemory {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An output could not be written; nothing of it was left behind.
    #[error("cannot write `{}`", path.display())]
    Output {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be drawn or encoded.
    #[error("cannot make `{file}`: {reason}")]
    Render {
        /// Which output.
        file: String,
        /// What went wrong.
        reason: String,
    },
    /// Another run of the same model is under way.
    #[error("another run holds `{}`", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A file that a command needs cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A manifest cannot be followed.
    #[error("`{}` cannot be run again: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No day of an earlier run's horizon has come.
    #[error("`{}` cannot be scored yet: {reason}", path.display())]
    NothingToScore {
        /// The run.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A rerun gave other bytes than its manifest says.
    #[error("{} of {total} outputs differ from the manifest: {}", files.len(), files.join(", "))]
    Differs {
        /// The files that differ.
        files: Vec<String>,
        /// How many were compared.
        total: usize,
    },
    /// The user asked to stop.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// Whether every run has a file of that name.
fn is_of_run(path: &std::path::Path) -> bool {
    path.file_name().is_some_and(|name| name == "manifest.json" || name.to_string_lossy().starts_with("report."))
}

fn summary(problems: &[Problem]) -> String {
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    all.join("\n")
}

impl Error {
    /// Its stable name: `stage/what`.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Problems(problems) => problems.first().map_or("spec/empty", |problem| problem.slug),
            Self::Forecast(error) => error.slug(),
            Self::Simulate(error) => error.slug(),
            Self::Plan(error) => error.slug(),
            Self::Gates(refused) => refused.first().and_then(|one| one.faults.first()).map_or("gate/refused", |fault| fault.slug),
            Self::GateMemory { .. } => "gate/memory",
            Self::Output { .. } => "output/write",
            Self::Render { .. } => "output/render",
            Self::Locked { .. } => "output/locked",
            Self::Read { .. } => "input/read",
            Self::Manifest { .. } => "rerun/manifest",
            Self::NothingToScore { .. } => "rerun/nothing-to-score",
            Self::Differs { .. } => "rerun/differs",
            Self::Interrupted => "run/interrupted",
        }
    }

    /// What to do next, where there is something to say beyond the message.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Output { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                Some("nothing was written over; move it away, or name another folder")
            }
            Self::Read { path, source } if source.kind() == io::ErrorKind::NotFound && is_of_run(path) => {
                Some("name the folder of a finished run, such as runs/MODEL/latest; `plimsoll run MODEL` makes one")
            }
            Self::Output { .. } => {
                Some("free some space or name another folder with `--runs`; the unfinished folder was removed")
            }
            Self::Locked { .. } => Some("wait for it to end; a lock left by a killed run is released by the system"),
            Self::NothingToScore { .. } => Some("name the model whose sources have the newer history: plimsoll score RUN MODEL"),
            Self::GateMemory { .. } => Some("remove it: gates then begin without a past"),
            Self::Forecast(error) if error.slug() == "forecast/too-short" => {
                Some("give more history or a shorter horizon, or leave that series (a pool of a model) out")
            }
            Self::Differs { .. } => Some("the same program on another machine may differ in the last digit of `exp` and `ln`"),
            _ => None,
        }
    }

    /// The exit code of the program: see README.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Simulate(simulate::Error::Interrupted) | Self::Forecast(forecast::Error::Interrupted)) {
            return 130;
        }
        if matches!(self, Self::GateMemory { .. }) {
            return 3;
        }
        match self.slug().split('/').next() {
            Some("ingest" | "live") => 3,
            Some("spec") => 4,
            Some("input" | "gate") => 2,
            Some("forecast") => 5,
            Some("output") => 6,
            Some("simulate" | "plan") => 4,
            Some("rerun") => 3,
            Some("run") => 130,
            _ => 1,
        }
    }
}
