//! What a run was made of and what it made: enough to make it again and to see that nothing changed.
#![expect(clippy::disallowed_methods, reason = "inputs are read here to take their checksums")]

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::pipeline::Overrides;
use crate::error::Error;
use crate::time::Day;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Input {
    /// Its path as the model file names it, resolved.
    pub path: PathBuf,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its name within the run folder.
    pub name: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// `manifest.json`: replays a run. Only `seconds` may differ between two runs of the same inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Changes when the meaning of a field changes.
    pub schema: String,
    /// The program's version.
    pub program: String,
    /// The model file.
    pub model: PathBuf,
    /// What the command line changed.
    pub overrides: Overrides,
    /// The seed used.
    pub seed: u64,
    /// The last full day of history.
    pub as_of: Day,
    /// Days planned for.
    pub horizon_days: u32,
    /// Futures simulated a scenario.
    pub replications: u32,
    /// The scenarios, in order.
    pub scenarios: Vec<String>,
    /// All files read, by path.
    pub inputs: Vec<Input>,
    /// All files written but this one, by name.
    pub outputs: Vec<Output>,
    /// Seconds of wall time a stage took, in order.
    pub seconds: Vec<(String, f64)>,
}

/// The schema of [`Manifest`].
pub const SCHEMA: &str = "plimsoll-manifest/1";

impl Input {
    /// Reads a file's checksum.
    ///
    /// # Errors
    /// [`Error::Read`] when it cannot be read.
    pub fn of(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::Read { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        let (mut hasher, mut buffer, mut bytes) = (Sha256::new(), vec![0; 1 << 16], 0);
        loop {
            let read = file.read(&mut buffer).map_err(|source| Error::Read { path: path.to_owned(), source })?;
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            bytes += read as u64;
        }
        Ok(Self { path: path.to_owned(), sha256: hex(&hasher.finalize()), bytes })
    }
}

impl Input {
    /// The same of a text that stands in place of a file's.
    #[must_use]
    pub(super) fn of_text(path: &Path, text: &str) -> Self {
        Self { path: path.to_owned(), sha256: checksum(text.as_bytes()), bytes: text.len() as u64 }
    }
}

/// SHA-256 of bytes, in hexadecimal.
#[must_use]
pub fn checksum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
