//! Bytes of an input: a file or memory, plain or packed, never more of them than allowed.
#![expect(clippy::disallowed_methods, reason = "data files are opened here")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use super::utf16::{self, Utf16};
use crate::problem::Problem;

/// Bytes looked at to find out the format.
const HEAD: usize = 1 << 16;

/// Where bytes come from.
#[derive(Debug, Clone)]
pub struct Input {
    path: PathBuf,
    memory: Option<Vec<u8>>,
}

impl Input {
    /// A file, read when asked for.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self { path: path.to_owned(), memory: None }
    }

    /// Bytes at hand, called `name` in messages.
    #[must_use]
    pub fn memory(name: &str, bytes: Vec<u8>) -> Self {
        Self { path: name.into(), memory: Some(bytes) }
    }

    /// What it is called in messages; labels may be taken from it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's name without folders and without the endings of packers (`.gz`, `.zst`).
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name).to_owned()
    }

    /// A problem with this input.
    #[must_use]
    pub fn problem(&self, slug: &'static str, message: impl Into<String>) -> Problem {
        Problem::new(slug, &self.path, message)
    }

    /// The bytes from the start, unpacked (gzip and zstd by their first bytes); text in UTF-16, as `>` of PowerShell writes it,
    /// as UTF-8 without its mark.
    ///
    /// # Errors
    /// `ingest/unreadable` when it cannot be opened.
    pub fn open(&self) -> Result<Box<dyn BufRead + '_>, Vec<Problem>> {
        let mut unpacked = self.unpacked()?;
        // A stream that fails here fails again where it is read.
        let little = unpacked.fill_buf().ok().and_then(utf16::little_end_first);
        Ok(match little {
            Some(little) => Box::new(BufReader::with_capacity(1 << 16, Utf16::new(unpacked, little))),
            None => unpacked,
        })
    }

    fn unpacked(&self) -> Result<Box<dyn BufRead + '_>, Vec<Problem>> {
        let unreadable = |error: std::io::Error| vec![self.problem("ingest/unreadable", error.to_string())];
        let mut plain: Box<dyn BufRead + '_> = match &self.memory {
            Some(bytes) => Box::new(Cursor::new(bytes.as_slice())),
            None => Box::new(BufReader::with_capacity(1 << 18, File::open(&self.path).map_err(unreadable)?)),
        };
        let magic = plain.fill_buf().map_err(unreadable)?;
        Ok(match magic {
            [0x1F, 0x8B, ..] => Box::new(BufReader::with_capacity(1 << 18, flate2::bufread::MultiGzDecoder::new(plain))),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => {
                Box::new(BufReader::with_capacity(1 << 18, zstd::Decoder::with_buffer(plain).map_err(unreadable)?))
            }
            _ => plain,
        })
    }

    /// Whether it is text in UTF-16, which [`Input::open`] decodes.
    #[must_use]
    pub fn is_utf16(&self) -> bool {
        self.unpacked().is_ok_and(|mut bytes| bytes.fill_buf().is_ok_and(|start| utf16::little_end_first(start).is_some()))
    }

    /// The first bytes, unpacked.
    ///
    /// # Errors
    /// `ingest/unreadable`, `ingest/truncated` when the packed stream ends early, `ingest/empty-file`.
    pub fn head(&self) -> Result<Head, Vec<Problem>> {
        let mut bytes = Vec::new();
        let read = self.open()?.take(HEAD as u64).read_to_end(&mut bytes);
        if let Err(error) = read
            && bytes.is_empty()
        {
            return Err(vec![self.broken(&error, "0 rows")]);
        }
        if bytes.is_empty() {
            let message = "saw an empty file, expected an export of a monitoring system";
            return Err(vec![self.problem("ingest/empty-file", message).help("try the export again")]);
        }
        Ok(Head::new(&self.path, bytes))
    }

    /// What hinders reading even the first bytes whole, though some could be read.
    pub(super) fn head_cut_off(&self) -> Option<Problem> {
        let mut bytes = Vec::new();
        let error = self.open().ok()?.take(HEAD as u64).read_to_end(&mut bytes).err()?;
        let rows = memchr::memchr_iter(b'\n', &bytes).count();
        Some(self.broken(&error, &format!("{rows} rows")))
    }

    /// All bytes, unpacked, when they are at most `most`.
    ///
    /// # Errors
    /// As [`Input::head`], and `ingest/too-large`.
    pub fn bytes(&self, most: u64) -> Result<Vec<u8>, Vec<Problem>> {
        let mut bytes = Vec::new();
        if let Err(error) = self.open()?.take(most + 1).read_to_end(&mut bytes) {
            return Err(vec![self.broken(&error, &format!("{} bytes", bytes.len()))]);
        }
        if bytes.len() as u64 > most {
            let message = format!("saw more than {most} bytes (unpacked), expected at most that for a format that is read whole");
            return Err(vec![self.problem("ingest/too-large", message).help("try to split the export by time or by series")]);
        }
        Ok(bytes)
    }

    /// All of it as text: UTF-8 (a mark at its start is left out).
    ///
    /// # Errors
    /// As [`Input::bytes`], and `ingest/not-utf8` with the line.
    pub fn text(&self, most: u64) -> Result<String, Vec<Problem>> {
        let bytes = self.bytes(most)?;
        let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).map(<[u8]>::to_vec).unwrap_or(bytes);
        String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count() as u64;
            let message = format!("saw a byte that is not UTF-8 at offset {}, expected UTF-8 text", good.len());
            vec![self.problem("ingest/not-utf8", message).at_line(line).help("try to save it as UTF-8")]
        })
    }

    /// A stream that ends early or cannot be unpacked.
    #[must_use]
    pub fn broken(&self, error: &std::io::Error, after: &str) -> Problem {
        let message = format!("saw the stream end early after {after} ({error}), expected it whole");
        self.problem("ingest/truncated", message).help("try to copy or download the file again")
    }
}

/// The first bytes of an input, for finding out its format.
#[derive(Debug, Clone)]
pub struct Head {
    /// What the input is called.
    pub path: PathBuf,
    /// At most 64 KiB, unpacked.
    pub bytes: Vec<u8>,
    /// The same as text, without a byte-order mark; other bytes replaced.
    pub text: String,
    /// Names before a colon in JSON, at any depth; empty when it does not begin as JSON does.
    pub keys: BTreeSet<String>,
}

impl Head {
    fn new(path: &Path, bytes: Vec<u8>) -> Self {
        let text = String::from_utf8_lossy(&bytes).trim_start_matches('\u{FEFF}').to_owned();
        let json = text.trim_start().starts_with(['{', '[']);
        let keys = if json { keys(&text) } else { BTreeSet::new() };
        Self { path: path.to_owned(), bytes, text, keys }
    }

    /// Whether it begins as JSON and has all these names.
    #[must_use]
    pub fn has_keys(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.keys.contains(*name))
    }

    /// Its first line that is not blank.
    #[must_use]
    pub fn first_line(&self) -> &str {
        self.text.lines().find(|line| !line.trim().is_empty()).unwrap_or("")
    }

    /// Its whole lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines()
    }

    /// In a few words, for a message about an unknown format.
    #[must_use]
    pub fn describe(&self) -> String {
        if self.bytes.contains(&0) {
            let first: Vec<String> = self.bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            return format!("binary data that begins with {}", first.join(" "));
        }
        let line: String = self.first_line().trim().chars().take(60).collect();
        if line.starts_with("HTTP/") {
            return format!("the headers of an HTTP answer (`{line}`; without -i, curl leaves them out)");
        }
        if line.starts_with(['{', '[']) {
            let names: Vec<&str> = self.keys.iter().take(6).map(String::as_str).collect();
            let names = if names.is_empty() { "no names".to_owned() } else { format!("`{}`", names.join("`, `")) };
            return format!("JSON with {names}: of no format that is known by them");
        }
        format!("text that begins with `{line}`")
    }
}

/// Every quoted name that a colon follows.
fn keys(text: &str) -> BTreeSet<String> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (BTreeSet::new(), 0);
    while let Some(open) = bytes[at..].iter().position(|byte| *byte == b'"').map(|next| at + next + 1) {
        let mut end = open;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        if end >= bytes.len() {
            break;
        }
        let mut next = end + 1;
        while next < bytes.len() && bytes[next].is_ascii_whitespace() {
            next += 1;
        }
        if bytes.get(next) == Some(&b':') && end - open <= 100 {
            found.insert(String::from_utf8_lossy(&bytes[open..end]).into_owned());
        }
        at = end + 1;
    }
    found
}
