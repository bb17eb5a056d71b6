//! A simulation cut into parts and put together again is the simulation: `simulate --blocks`, `merge`, `--outcomes`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// The starter model, three parts of its 300 futures (five blocks of 64, the last short), and the whole.
struct Desk(TempDir);

const RANGES: [&str; 3] = ["0..2", "2..3", "3..5"];

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.done(&["init", "starter"]);
        desk
    }

    fn with_parts() -> Self {
        let desk = Self::new();
        desk.simulate(&["-o", "whole.parquet"]);
        for (n, range) in RANGES.iter().enumerate() {
            desk.simulate(&["--blocks", range, "-o", &format!("part-{n}.parquet"), "--threads", "1"]);
        }
        desk
    }

    fn plimsoll(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).current_dir(self.0.path()).output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.plimsoll(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn simulate(&self, more: &[&str]) -> String {
        self.done(&[&["simulate", "starter", "--replications", "300"], more].concat())
    }

    /// What is said when it is refused, which must be with exit code 3.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.plimsoll(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        said
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

#[test]
fn parts_in_any_order_make_the_whole_byte_for_byte() {
    let desk = Desk::with_parts();
    let whole = desk.bytes("whole.parquet");
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let parts = order.map(|n| format!("part-{n}.parquet"));
        desk.done(&["merge", &parts[0], &parts[1], &parts[2], "-o", "merged.parquet"]);
        assert!(desk.bytes("merged.parquet") == whole, "{order:?}");
    }
    // parts of parts
    assert!(desk.refused(&["merge", "part-1.parquet", "part-2.parquet", "-o", "some.parquet"]).contains("blocks 0..2 of 0..5"));
    assert!(!desk.path("some.parquet").exists());
}

#[test]
fn what_was_simulated_elsewhere_gives_the_same_tables_and_the_same_run() {
    let desk = Desk::with_parts();
    let same = |verb: &str| {
        let here = desk.done(&[verb, "starter", "--replications", "300", "--format", "csv"]);
        assert_eq!(
            here,
            desk.done(&[verb, "starter", "--replications", "300", "--format", "csv", "--outcomes", "whole.parquet"])
        );
    };
    same("simulate");
    same("plan");
    let run = |runs: &str, more: &[&str]| {
        desk.done(&[&["run", "starter", "--replications", "300", "--runs", runs], more].concat());
        fs::read(desk.path(runs).join("starter/latest/report.json")).unwrap()
    };
    assert!(run("here", &[]) == run("there", &["--outcomes", "whole.parquet"]));
}

#[test]
fn all_that_is_wrong_with_parts_is_told_at_once() {
    let desk = Desk::with_parts();
    let merge = |more: &[&str]| desk.refused(&[&["merge", "-o", "merged.parquet"], more].concat());
    // two that hold the same block
    desk.simulate(&["--blocks", "1..3", "-o", "more.parquet"]);
    let said = merge(&["part-0.parquet", "more.parquet", "part-2.parquet"]);
    assert!(said.contains("ingest/overlapping-parts") && said.contains("blocks 1..2"), "{said}");
    // another seed, a file of another kind, a broken one, one that is not there: four problems
    desk.simulate(&["--seed", "7", "--blocks", "2..3", "-o", "foreign.parquet"]);
    fs::write(desk.path("text.parquet"), "no Parquet").unwrap();
    fs::write(desk.path("cut.parquet"), &desk.bytes("part-1.parquet")[..1000]).unwrap();
    let said = merge(&["part-0.parquet", "foreign.parquet", "text.parquet", "cut.parquet", "none.parquet"]);
    for (file, slug) in [
        ("foreign", "ingest/foreign-part"),
        ("text", "ingest/not-a-part"),
        ("cut", "ingest/not-a-part"),
        ("none", "ingest/missing-file"),
    ] {
        let found = said.lines().any(|line| line.contains(&format!("{file}.parquet")) && line.contains(slug));
        assert!(found, "{file} {slug}: {said}");
    }
    assert!(!desk.path("merged.parquet").exists());
    // a run of other settings takes no outcomes of this one, nor a part for the whole
    let said = desk.refused(&["simulate", "starter", "--replications", "300", "--seed", "8", "--outcomes", "whole.parquet"]);
    assert!(said.contains("ingest/foreign-part"), "{said}");
    let said = desk.refused(&["simulate", "starter", "--replications", "300", "--outcomes", "part-1.parquet"]);
    assert!(said.contains("ingest/missing-blocks") && said.contains("0..2, 3..5"), "{said}");
}

#[test]
fn a_changed_value_is_seen() {
    let desk = Desk::with_parts();
    let bytes = desk.bytes("part-1.parquet");
    let mut seen = 0;
    // every 97th byte of the body, flipped: refused, or (in padding that no value depends on) read as it was
    for at in (4..bytes.len() - 2_000).step_by(97) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        fs::write(desk.path("changed.parquet"), changed).unwrap();
        let output = desk.plimsoll(&["merge", "part-0.parquet", "changed.parquet", "part-2.parquet", "-o", "merged.parquet"]);
        match output.status.code() {
            Some(3) => seen += 1,
            Some(0) => assert!(desk.bytes("merged.parquet") == desk.bytes("whole.parquet"), "byte {at}"),
            code => panic!("byte {at}: {code:?} {}", String::from_utf8_lossy(&output.stderr)),
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn blocks_that_are_not_there_are_refused() {
    let desk = Desk::new();
    let output = desk.plimsoll(&["simulate", "starter", "--replications", "300", "--blocks", "4..6", "-o", "part.parquet"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("0..5"), "{said}");
    let output = desk.plimsoll(&["simulate", "starter", "--blocks", "4-6", "-o", "part.parquet"]);
    assert_eq!(output.status.code(), Some(2));
}
