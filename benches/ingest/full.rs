//! A fleet's month in one CSV of 20.7 million rows, by the hour: beside DuckDB and polars, each in a process of its own.

use std::fs::{File, create_dir_all};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::fleet::{self, Order};

/// Options after `--full`: `--days 30`, `--runs 3`, `--by-series`.
pub fn run(args: &[String]) {
    let number = |name: &str, usual: u64| {
        let at = args.iter().position(|arg| arg == name).map(|at| at + 1);
        at.and_then(|at| args.get(at)?.parse().ok()).unwrap_or(usual)
    };
    let (days, runs) = (number("--days", 30), number("--runs", 3));
    let order = if args.iter().any(|arg| arg == "--by-series") { Order::BySeries } else { Order::ByTime };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("target/ingest");
    create_dir_all(&folder).expect("target is writable");
    let (csv, python) = (csv(&folder, days, order), python(&folder));
    let own = std::env::current_exe().expect("this program has a path");
    let child = |what: &str, paths: &[&Path]| {
        let paths: Vec<String> = paths.iter().map(|path| format!("'{}'", path.display())).collect();
        format!("'{}' --child {what} {}", own.display(), paths.join(" "))
    };
    let store = store(&folder, &csv, &own);
    let peers = Command::new(python)
        .arg(here.join("benches/peers/ingest.py"))
        .arg(&csv)
        .args(["--runs", &runs.to_string()])
        .args(["--other", &format!("plimsoll, table={}", child("csv", &[&csv]))])
        .args(["--other", &format!("plimsoll, store={}", child("store", &[&store]))])
        .output()
        .expect("python runs");
    assert!(peers.status.success(), "{}", String::from_utf8_lossy(&peers.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&peers.stdout).expect("figures are JSON");
    show(&figures, days * fleet::SLOTS * fleet::SERIES);
}

/// The table, generated unless it is there.
fn csv(folder: &Path, days: u64, order: Order) -> PathBuf {
    let path = folder.join(format!("fleet-{days}d-{order:?}.csv"));
    if !path.is_file() {
        let fresh = path.with_extension("fresh");
        let file = File::create(&fresh).expect("target is writable");
        fleet::write(file, days * fleet::SLOTS, order).expect("there is room for the table");
        std::fs::rename(fresh, &path).expect("target is writable");
    }
    path
}

/// The same as a store, made unless it is there.
fn store(folder: &Path, csv: &Path, own: &Path) -> PathBuf {
    let store = folder.join(csv.file_stem().expect("a table has a name"));
    if !store.join("index.json").is_file() {
        let made = Command::new(own).args(["--child", "ingest"]).args([csv, &store]).status();
        assert!(made.is_ok_and(|status| status.success()), "the table cannot be ingested");
    }
    store
}

/// An environment with the peers, installed unless it is there.
fn python(folder: &Path) -> PathBuf {
    let python = folder.join("peers/bin/python");
    if !python.is_file() {
        let done = |command: &mut Command| command.status().is_ok_and(|status| status.success());
        assert!(done(Command::new("python3").args(["-m", "venv"]).arg(folder.join("peers"))), "python3 with venv is needed");
        let pip = ["-m", "pip", "install", "--quiet", "duckdb", "polars"];
        assert!(done(Command::new(&python).args(pip)), "duckdb and polars cannot be installed");
    }
    python
}

fn show(figures: &serde_json::Value, rows: u64) {
    let mut out = std::io::stdout().lock();
    let mut line = |line: String| writeln!(out, "{line}").expect("stdout is open");
    line(format!("{rows} rows; least of the runs; CPU is user + system"));
    line("| who | CPU s | ns a row | ÷ DuckDB | wall s | peak MiB | hours compared | differ |".to_owned());
    line("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |".to_owned());
    for (name, of) in figures.as_object().expect("figures by name") {
        let [cpu, wall, peak, share] =
            ["cpu_s", "wall_s", "peak_mib", "of_duckdb"].map(|figure| of[figure].as_f64().unwrap_or(f64::NAN));
        let each = cpu * 1e9 / rows as f64;
        let (compared, differ) = (&of["compared"], &of["differ"]);
        line(format!("| {name} | {cpu:.2} | {each:.0} | {share:.2} | {wall:.2} | {peak:.0} | {compared} | {differ} |"));
    }
}
