//! A folder in which the program is run on small files, and what a test reads of its answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use plimsoll::render::{Frame, Values, frame_parquet};
use tempfile::TempDir;

/// A folder with a file of series.
pub struct Desk(TempDir);

impl Desk {
    pub fn with(name: &str, text: &str) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::write(desk.path(name), text).unwrap();
        desk
    }

    pub fn of(name: &str, frame: Vec<(&str, Values)>) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        let columns = frame.into_iter().map(|(name, values)| (name.to_owned(), values)).collect();
        fs::write(desk.path(name), frame_parquet(&Frame { columns }).unwrap()).unwrap();
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn run(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(line.split_whitespace()).current_dir(self.0.path()).env("NO_COLOR", "1");
        command.output().unwrap()
    }

    /// stdout and stderr of a command that has to work.
    pub fn done(&self, line: &str) -> (String, String) {
        let out = self.run(line);
        let (data, talk) = (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap());
        assert!(out.status.success(), "{line}: {talk}");
        (data, talk)
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Refused with this code, nothing left behind but these files, and all of these words in what is told.
    pub fn refused(&self, line: &str, code: i32, words: &[&str], names: &[&str]) {
        let out = self.run(line);
        let told = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(code), "{line}: {told}");
        // the printer breaks long lines: what is said is compared word by word
        let flat: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(flat.contains(word), "{line}: `{word}` is not in:\n{told}");
        }
        assert_eq!(self.names(), names, "{line} left something behind");
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

/// A CSV text as its header and rows.
pub fn table(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    (header, rows)
}

/// The numbers of one column, by series and time.
pub fn numbers(text: &str, column: &str) -> BTreeMap<(String, String), f64> {
    let (header, rows) = table(text);
    let at = header.iter().position(|name| name == column).unwrap();
    rows.into_iter().map(|row| ((row[0].clone(), row[1].clone()), row[at].parse().unwrap())).collect()
}

/// Standard normal numbers, the same each time.
pub fn normals(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    // twelve uniform numbers less six: mean 0, variance 1
    move || (0..12).map(|_| uniform()).sum::<f64>() - 6.0
}
