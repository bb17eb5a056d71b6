//! Answers that are kept, so that a fetch that was interrupted goes on where it was.
//!
//! A file holds one answer as the server gave it, packed, named by a hash of everything it answers: address, tenant, expression, bounds,
//! step. Credentials are no part of it. A file is written whole or not at all; one that cannot be unpacked is asked for again.
#![expect(clippy::disallowed_methods, reason = "a folder of kept answers is read and written here")]

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// A folder of kept answers, or none.
pub(super) struct Kept<'p> {
    folder: Option<&'p Path>,
    most: u64,
}

impl<'p> Kept<'p> {
    /// Opens a folder and makes it where it is not there yet.
    pub(super) fn open(folder: Option<&'p Path>, most: u64) -> Result<Self, Problem> {
        let Some(path) = folder else {
            return Ok(Self { folder, most });
        };
        fs::create_dir_all(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self { folder, most })
    }

    /// The answer under a name, if it is kept and whole.
    pub(super) fn get(&self, name: &str) -> Option<Vec<u8>> {
        let file = File::open(self.path(name)?).ok()?;
        let mut bytes = Vec::new();
        GzDecoder::new(file).take(self.most + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= self.most).then_some(bytes)
    }

    /// Keeps an answer.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        let Some(path) = self.path(name) else {
            return Ok(());
        };
        let unfinished = path.with_extension(format!("{}.part", std::process::id()));
        let written = write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &path));
        written.map_err(|error| {
            drop(fs::remove_file(&unfinished));
            unwritable(&path, &error)
        })
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.folder.map(|folder| folder.join(format!("{name}.json.gz")))
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut packed = GzEncoder::new(File::create(path)?, Compression::fast());
    packed.write_all(bytes)?;
    packed.finish()?.sync_all()
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new("live/cache", path, format!("cannot keep answers: {error}"))
        .help("free some space, or name another folder, or none")
}

/// The name of an answer: a hash of what it answers.
pub(super) fn name(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::open(Some(folder.path()), 1_000).unwrap();
        assert_eq!(kept.get("a"), None);
        kept.put("a", b"{\"status\":\"success\"}").unwrap();
        assert_eq!(kept.get("a").as_deref(), Some(&b"{\"status\":\"success\"}"[..]));
        let path = folder.path().join("a.json.gz");
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(kept.get("a"), None, "cut to {length} bytes");
        }
        kept.put("b", &[b' '; 1_001]).unwrap();
        assert_eq!(kept.get("b"), None, "larger than allowed");
    }

    #[test]
    fn names_tell_all_parts_apart() {
        assert_ne!(name(&["a", "bc"]), name(&["ab", "c"]));
        assert_eq!(name(&["a", "bc"]).len(), 32);
    }
}
