//! The main job on real data: every model below `tests/data-models/` reaches a report whose numbers make sense.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::truth;

/// What the back-test table of a report says, one row a series.
struct Tested {
    model: String,
    ratio: f64,
    points: f64,
    inside: f64,
}

fn run(name: &str, into: &Path) -> Option<PathBuf> {
    let root = truth("utilization")?.parent().unwrap().to_owned();
    let declared = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data-models").join(name).join("model.toml");
    let text = fs::read_to_string(declared).unwrap().replace("PLIMSOLL_TRUTH", &root.display().to_string());
    let folder = into.join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("model.toml"), text).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(["run", name, "--quiet"]).current_dir(into).output().unwrap();
    assert!(out.status.success(), "{name}: {}", String::from_utf8_lossy(&out.stderr));
    Some(into.join("runs").join(name).join("latest"))
}

fn report(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap()
}

fn table<'a>(report: &'a Value, id: &str) -> (Vec<&'a str>, &'a Vec<Value>) {
    let found = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == id).unwrap();
    let names = found["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    (names, found["rows"].as_array().unwrap())
}

fn tested(name: &str, report: &Value) -> Vec<Tested> {
    let (names, rows) = table(report, "backtest");
    let at = |wanted: &str| names.iter().position(|name| *name == wanted).unwrap();
    let each = rows.iter().map(|row| {
        let number = |column: &str| row[at(column)].as_f64().unwrap_or_else(|| panic!("{name}: no {column} in {row}"));
        Tested {
            model: format!("{name}/{} {}", row[at("pool")], row[at("model")]),
            ratio: number("ratio"),
            points: number("points"),
            inside: number("coverage_80") * number("points"),
        }
    });
    each.collect()
}

#[test]
fn every_data_model_reaches_a_report_that_beats_naive_and_whose_bands_hold() {
    let names = ["azure_v2_fleet", "bitbrains_small", "git_storage_growth", "pjm_load", "pypi_downloads"];
    let into = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for name in names {
        let Some(folder) = run(name, into.path()) else { return };
        let report = report(&folder);
        assert_eq!(report["summary"].as_array().unwrap().len(), 3, "{name}");
        let of_model = tested(name, &report);
        for one in &of_model {
            println!(
                "{}: {:.3} × naive, {:.0} % of {} points inside",
                one.model,
                one.ratio,
                100.0 * one.inside / one.points,
                one.points
            );
        }
        // pooled over the series of a model, the forecaster chosen is no worse than the naive one
        let mean = of_model.iter().map(|one| one.ratio).sum::<f64>() / of_model.len() as f64;
        assert!(mean <= 1.0, "{name}: error {mean:.3} × seasonal naive");
        all.extend(of_model);
    }
    let (inside, points) = all.iter().fold((0.0, 0.0), |(inside, points), one| (inside + one.inside, points + one.points));
    let share = inside / points;
    assert!((0.7..=0.9).contains(&share), "the 80 % bands hold {share:.3} of {points} held-back points");
}
