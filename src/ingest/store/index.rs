//! `index.json`: what was acknowledged, and the table of series.
#![expect(clippy::disallowed_methods, reason = "the index is read and replaced here")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::formats::{Identity, Stat};
use crate::problem::Problem;
use crate::source::Kind;

/// Changes when the meaning of a field changes.
pub(super) const SCHEMA: &str = "plimsoll-store/1";

/// An input whose samples are on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Where it was read from.
    pub origin: PathBuf,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// The format that it was read as.
    pub format: String,
    /// What was declared when it was read: read anew when that changes.
    pub declared: String,
    /// How many series it gave.
    pub series: u64,
    /// A checksum of their identities: the same bytes in another folder may be other series.
    pub identities: String,
    /// How many samples.
    pub samples: u64,
    /// Explicit markers of no value, which are counted and not kept.
    pub missing: u64,
    /// The files that hold them.
    pub parts: Vec<Part>,
}

/// A file of samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Below `data/`.
    pub file: String,
    /// Samples in it.
    pub rows: u64,
    /// Its first instant, in nanoseconds since 1970.
    pub first: i64,
    /// Its last instant.
    pub last: i64,
    /// For each row group: rows, lowest and highest series.
    pub groups: Vec<(u64, u32, u32)>,
}

/// A series; its number is its place in the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number in the parts.
    pub series: u32,
    /// The metric.
    pub metric: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What a sample of it already is: see [`Stat::name`].
    pub stat: String,
    /// `gauge`, `counter`, `delta` or `event`, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its unit as written, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl Entry {
    pub(super) fn new(series: u32, id: &Identity, unit: Option<String>) -> Self {
        let (metric, labels, stat) = (id.metric.clone(), id.labels.clone(), id.stat.name().to_owned());
        Self { series, metric, labels, stat, kind: None, unit }
    }

    /// What makes it this series and no other.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let stat = Stat::named(&self.stat).unwrap_or_default();
        Identity { metric: self.metric.clone(), labels: self.labels.clone(), stat }
    }

    /// Its kind, where known.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        KINDS.iter().find(|(_, name)| Some(*name) == self.kind.as_deref()).map(|(kind, _)| *kind)
    }
}

const KINDS: &[(Kind, &str)] =
    &[(Kind::Gauge, "gauge"), (Kind::Counter, "counter"), (Kind::Delta, "delta"), (Kind::Event, "event")];

/// The name of a kind in the table.
pub(super) fn kind_name(kind: Kind) -> String {
    KINDS.iter().find(|(other, _)| *other == kind).map_or_else(String::new, |(_, name)| (*name).to_owned())
}

/// The whole index. Of two inputs that overlap, the one that stands later was acknowledged later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    pub schema: String,
    /// The number of the next part: no name is used twice.
    pub next: u64,
    pub inputs: Vec<Acknowledged>,
    pub series: Vec<Entry>,
}

impl Default for Index {
    fn default() -> Self {
        Self { schema: SCHEMA.to_owned(), next: 0, inputs: Vec::new(), series: Vec::new() }
    }
}

impl Index {
    /// Reads the index of a store; an empty one where there is none yet.
    ///
    /// # Errors
    /// `store/unreadable`, `store/other-schema`.
    pub fn load(folder: &Path) -> Result<Self, Problem> {
        let path = folder.join("index.json");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Problem::new("ingest/store-unreadable", path, error.to_string())),
        };
        let broken = |reason: String| {
            let message = format!("saw an index that cannot be read ({reason}), expected one written by `plimsoll ingest`");
            Problem::new("ingest/store-unreadable", &path, message).help("try to ingest the exports into a new store")
        };
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        if value["schema"] != SCHEMA {
            let message = format!("saw a store of schema {}, expected \"{SCHEMA}\"", value["schema"]);
            return Err(Problem::new("ingest/store-schema", path, message).help("try the version of plimsoll that wrote it"));
        }
        let index: Self = serde_json::from_value(value).map_err(|error| broken(error.to_string()))?;
        if index.series.iter().enumerate().any(|(place, entry)| entry.series as usize != place) {
            return Err(broken("its series are not numbered in order".to_owned()));
        }
        Ok(index)
    }

    /// Replaces the index on disk; its size. When this returns it stays, whatever happens next.
    ///
    /// # Errors
    /// What the system says.
    pub fn save(&self, folder: &Path) -> std::io::Result<u64> {
        let fresh = folder.join(format!("{FRESH}{}", std::process::id()));
        let size = self.write(&fresh).inspect_err(|_| drop(fs::remove_file(&fresh)))?;
        fs::rename(&fresh, folder.join("index.json"))?;
        sync_folder(folder)?;
        Ok(size)
    }

    fn write(&self, path: &Path) -> std::io::Result<u64> {
        let mut out = BufWriter::new(File::create(path)?);
        serde_json::to_writer(&mut out, self)?;
        out.write_all(b"\n")?;
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

/// Beginning of the name of an index that is being written.
pub(super) const FRESH: &str = ".index-";

/// Makes names that were just made or changed in a folder stay.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
