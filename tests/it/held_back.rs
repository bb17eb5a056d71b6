//! What a run keeps of its back-tests says the same as their scores: coverage is counted from the table of points by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll::report::ChartBody;
use plimsoll::run::Charts;
use serde_json::Value;

/// A row of a table, its cells by column.
type Row = BTreeMap<String, Value>;

fn rows(report: &Value, id: &str) -> Vec<Row> {
    let table = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == id).unwrap();
    let names: Vec<&str> = table["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    let one =
        |row: &Value| names.iter().zip(row.as_array().unwrap()).map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect();
    table["rows"].as_array().unwrap().iter().map(one).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].as_f64().unwrap()
}

#[test]
fn the_coverage_of_a_run_is_counted_from_its_points() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let desk = tempfile::tempdir().unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["run", "models/webshop", "--replications", "50", "--quiet", "--runs"])
        .arg(desk.path())
        .current_dir(root)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let run = desk.path().join("webshop");
    let charts = Charts::open(&run).unwrap();
    let report: Value = serde_json::from_slice(&fs::read(charts_report(&run)).unwrap()).unwrap();
    let points = rows(&report, "backtest-points");
    let scores = rows(&report, "backtest");
    assert!(scores.len() > 1);
    for score in &scores {
        let of: Vec<&Row> =
            points.iter().filter(|row| row["pool"] == score["pool"] && row["resource"] == score["resource"]).collect();
        let Some(all) = score["points"].as_u64() else {
            assert!(of.is_empty(), "no score, no points");
            continue;
        };
        assert_eq!(of.len() as u64, all);
        let mut origins: Vec<&str> = of.iter().map(|row| row["origin"].as_str().unwrap()).collect();
        origins.dedup();
        assert_eq!(origins.len() as u64, score["origins"].as_u64().unwrap(), "points stand by origin");
        for (low, high, flag, told) in [("p10", "p90", "inside_80", "coverage_80"), ("p2.5", "p97.5", "inside_95", "coverage_95")]
        {
            let mut inside = 0_u32;
            for row in &of {
                let came = number(row, "actual");
                let within = number(row, low) <= came && came <= number(row, high);
                assert_eq!(row[flag].as_bool().unwrap(), within);
                inside += u32::from(within);
            }
            let share = f64::from(inside) / of.len() as f64;
            assert!((share - number(score, told)).abs() < 1e-12, "{told}: {share} counted, {} told", score[told]);
        }
    }
    // the panel of each pool shows the points of its table
    let mut drawn = 0;
    for listed in charts.listed().map(|one| one.id.clone()).filter(|id| id.starts_with("backtest-")).collect::<Vec<_>>() {
        let chart = charts.chart(&listed).unwrap();
        let ChartBody::Backtest { panels, coverage } = &chart.body else { panic!("{listed} is no back-test") };
        let pool = chart.pool.clone().unwrap();
        let of: Vec<&Row> = points.iter().filter(|row| row["pool"] == pool.as_str()).collect();
        let said = |row: &Row, step: u32, median: f64| {
            row["ahead"].as_u64() == Some(u64::from(step)) && row["p50"].as_f64() == Some(median)
        };
        assert!(!panels.is_empty() && !coverage.is_empty());
        for panel in panels {
            for (step, median) in panel.steps.iter().zip(&panel.median) {
                let row = of.iter().find(|row| said(row, *step, *median));
                let row = row.unwrap_or_else(|| panic!("{listed}: no row says {median} at step {step}"));
                // the table went there and back on a scale of logarithms: rounding of 1e-12 is allowed
                let (shown, told) = (panel.came[*step as usize - 1].unwrap(), number(row, "actual"));
                assert!((shown - told).abs() <= 1e-12 * told.abs(), "{listed} at step {step}: {shown}, {told}");
            }
        }
        drawn += 1;
    }
    assert!(drawn > 1);
}

fn charts_report(run: &Path) -> std::path::PathBuf {
    let latest = run.join("latest");
    if latest.join("report.json").exists() { latest.join("report.json") } else { run.join("report.json") }
}
