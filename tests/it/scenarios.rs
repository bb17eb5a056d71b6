//! Scenarios as a run tells them: the matrix, paired differences, prices, moved load, what the command line sets, what is committed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn plimsoll(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

fn told(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn webshop() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/webshop").display().to_string()
}

/// A run of the web shop, short and with few futures.
fn report(folder: &Path, more: &[&str]) -> Value {
    let webshop = webshop();
    let out = plimsoll(folder, &[&["run", &webshop, "--replications", "100", "--horizon", "200"], more].concat());
    assert!(out.status.success(), "{}", told(&out));
    serde_json::from_slice(&fs::read(folder.join("runs/webshop/latest/report.json")).unwrap()).unwrap()
}

/// The value of a column of `scenarios` for a scenario and a pool.
fn cell<'r>(report: &'r Value, scenario: &str, pool: &str, column: &str) -> &'r Value {
    let table = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == "scenarios").unwrap();
    let at = table["columns"].as_array().unwrap().iter().position(|one| one["name"] == column).unwrap();
    let row = table["rows"].as_array().unwrap().iter().find(|row| row[0] == scenario && row[1] == pool);
    &row.unwrap_or_else(|| panic!("{scenario} {pool}"))[at]
}

fn number(report: &Value, scenario: &str, pool: &str, column: &str) -> f64 {
    cell(report, scenario, pool, column).as_f64().unwrap_or_else(|| panic!("{scenario} {pool} {column}"))
}

const DEARER: &str = "scenario.dearer={ supposes = \"Twice the price.\", price = [{ unit = \"m8\", from = 2020-01-01, purchase = 2.0, monthly = 2.0 }] }";
const MOVED: &str = "scenario.moved={ supposes = \"The api moves in with web.\", migration = [{ name = \"api\", from = \"api\", to = \"web\", start = 2020-01-01, share = 1.0 }] }";
const BOTH: &str = "scenario.both={ supposes = \"Both.\", with = [\"moved\", \"dearer\"] }";

#[test]
fn prices_move_costs_and_moved_load_moves_risks() {
    let folder = tempfile::tempdir().unwrap();
    let seen = report(folder.path(), &["--set", DEARER, "--set", MOVED, "--set", BOTH]);
    // a price moves no demand: the same futures to the last bit, at twice the cost
    for pool in ["api", "catalog", "checkout", "search", "web", "all pools"] {
        for column in ["difference", "difference_se", "lacking_difference", "lacking_difference_se"] {
            assert_eq!(number(&seen, "dearer", pool, column), 0.0, "{pool} {column}");
        }
        let (base, dearer) = (number(&seen, "base", pool, "cost"), number(&seen, "dearer", pool, "cost"));
        assert!((dearer - 2.0 * base).abs() <= 1e-9 * base, "{pool}: {base} {dearer}");
    }
    // an api without load never crosses, and web with the load of both needs more
    assert_eq!((number(&seen, "moved", "api", "risk"), number(&seen, "moved", "api", "p_never")), (0.0, 1.0));
    assert!(number(&seen, "moved", "web", "lacking_difference") > 0.0);
    assert_eq!(number(&seen, "moved", "search", "difference"), 0.0);
    let both = (number(&seen, "both", "web", "lacking_difference"), number(&seen, "moved", "web", "lacking_difference"));
    assert_eq!(both.0, both.1);
    let (moved, dearer) = (number(&seen, "moved", "web", "cost"), number(&seen, "both", "web", "cost"));
    assert!(moved > 0.0 && (dearer - 2.0 * moved).abs() <= 1e-9 * moved, "{moved} {dearer}");
    // some pool is short at least as often as any one, at most as often as all of them one after the other
    for scenario in ["base", "moved"] {
        let each: Vec<f64> =
            ["api", "catalog", "checkout", "search", "web"].iter().map(|pool| number(&seen, scenario, pool, "risk")).collect();
        let all = number(&seen, scenario, "all pools", "risk");
        assert!(each.iter().all(|risk| *risk <= all) && all <= each.iter().sum::<f64>() + 1e-12, "{each:?} {all}");
    }
    let matrix = seen["tables"].as_array().unwrap().iter().find(|table| table["id"] == "scenario-matrix").unwrap();
    let rows = matrix["rows"].as_array().unwrap();
    // one column a pool, the scenario and the cost; base, those of the file and the three that were set
    assert!(rows.len() >= 4 && matrix["columns"].as_array().unwrap().len() == 7, "{matrix}");
    assert!(
        rows.iter().any(|row| row[0] == "moved" && row[1].as_str().unwrap().starts_with("0 %, none missing, stays below")),
        "{rows:?}"
    );
}

#[test]
fn a_committed_move_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let asked = report(folder.path(), &["--set", MOVED, "--no-score"]);
    let committed = report(folder.path(), &["--set", MOVED, "--set", "scenario.moved.committed=true", "--no-score"]);
    for column in ["risk", "hours_short", "units_needed", "cost"] {
        for pool in ["api", "web"] {
            let moved = cell(&asked, "moved", pool, column);
            assert_eq!(cell(&committed, "base", pool, column), moved, "{pool} {column}");
            assert_eq!(cell(&committed, "moved", pool, column), moved, "{pool} {column}");
        }
    }
    // what is planned is planned for the pools as they will be
    let orders = |report: &Value| {
        let table = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == "schedule").unwrap();
        table["rows"].as_array().unwrap().iter().filter(|row| row[0] == "web").count()
    };
    assert!(orders(&asked) == 0 && orders(&committed) > 0, "{} {}", orders(&asked), orders(&committed));
}

#[test]
fn what_is_set_is_in_the_name_and_the_manifest_and_a_rerun_sets_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let out = plimsoll(folder.path(), &[&["run", "starter", "--replications", "100"], more].concat());
        assert!(out.status.success(), "{}", told(&out));
        fs::read_link(folder.path().join("runs/starter/latest")).unwrap()
    };
    plimsoll(folder.path(), &["init", "starter"]);
    let (plain, grown) = (run(&[]), run(&["--set", "pool.web.growth=0.5"]));
    assert_ne!(plain, grown);
    let read = |of: &PathBuf, file: &str| -> Value {
        serde_json::from_slice(&fs::read(folder.path().join("runs/starter").join(of).join(file)).unwrap()).unwrap()
    };
    assert_eq!(read(&grown, "manifest.json")["overrides"]["set"], serde_json::json!(["pool.web.growth=0.5"]));
    let risk = |of: &PathBuf| number(&read(of, "report.json"), "base", "web", "risk");
    assert!(risk(&grown) > risk(&plain), "{} {}", risk(&grown), risk(&plain));
    assert!(told(&plimsoll(folder.path(), &["rerun", "runs/starter/latest"])).contains("same bytes"));
    let wrong = plimsoll(folder.path(), &["run", "starter", "--set", "plan.risk=2"]);
    assert_eq!(wrong.status.code(), Some(4));
    assert!(told(&wrong).contains("--set plan.risk=2: `plan.risk` is 2, expected 0 to 1"), "{}", told(&wrong));
}

#[test]
fn a_committed_scenario_is_base() {
    let folder = tempfile::tempdir().unwrap();
    plimsoll(folder.path(), &["init", "starter"]);
    let run = || -> Value {
        let out = plimsoll(folder.path(), &["run", "starter", "--replications", "100"]);
        assert!(out.status.success(), "{}", told(&out));
        serde_json::from_slice(&fs::read(folder.path().join("runs/starter/latest/report.json")).unwrap()).unwrap()
    };
    let before = run();
    assert!(plimsoll(folder.path(), &["commit", "starter", "strong-growth"]).status.success());
    let after = run();
    let risk = |report: &Value, scenario: &str| number(report, scenario, "web", "risk");
    assert!(risk(&before, "base") < risk(&before, "strong-growth"));
    assert_eq!(risk(&after, "base"), risk(&before, "strong-growth"));
    assert_eq!(risk(&after, "strong-growth"), risk(&after, "base"));
    assert_eq!(plimsoll(folder.path(), &["commit", "starter", "strong-growth"]).status.code(), Some(4));
}

#[test]
fn demand_is_told_with_what_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    plimsoll(folder.path(), &["init", "starter"]);
    let levels = |more: &[&str]| -> (Vec<f64>, String) {
        let out = plimsoll(folder.path(), &[&["run", "starter", "--replications", "100"], more].concat());
        assert!(out.status.success(), "{}", told(&out));
        let run = folder.path().join("runs/starter/latest");
        let table = fs::read_to_string(run.join("tables/forecasts.csv")).unwrap();
        let at = table.lines().next().unwrap().split(',').position(|name| name == "p50").unwrap();
        let rows = table.lines().skip(1).map(|row| row.split(',').nth(at).unwrap().parse().unwrap());
        (rows.collect(), fs::read_to_string(run.join("report.md")).unwrap())
    };
    let grown = "scenario.grown={ supposes = \"A fifth a year.\", growth = [{ annual = 0.2 }], committed = ";
    let (plain, silent) = levels(&["--set", &format!("{grown}false }}")]);
    let (committed, said) = levels(&["--set", &format!("{grown}true }}")]);
    // the same futures, each times (1 + g)^(t / 365.25)
    assert_eq!((plain.len(), committed.len()), (180, 180));
    for (day, (plain, committed)) in plain.iter().zip(&committed).enumerate() {
        let wanted = plain * 1.2_f64.powf(day as f64 / 365.25);
        assert!((committed - wanted).abs() < 1e-9 * wanted, "{day}: {committed} {wanted}");
    }
    assert!(said.contains("with grown committed") && !silent.contains("with grown committed"), "{said}");
}

#[test]
fn a_redundancy_that_the_rule_does_not_ask_to_keep_is_watched_and_asks_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    plimsoll(folder.path(), &["init", "starter"]);
    let state = |risk: &str| -> (String, String) {
        let set = format!("plan.risk={risk}");
        let out = plimsoll(folder.path(), &["run", "starter", "--replications", "100", "--set", &set]);
        assert!(out.status.success(), "{}", told(&out));
        let run = folder.path().join("runs/starter/latest");
        let report: Value = serde_json::from_slice(&fs::read(run.join("report.json")).unwrap()).unwrap();
        let line = report["pools"].as_array().unwrap().iter().find(|line| line["pool"] == "web").unwrap();
        (line["state"].as_str().unwrap().to_owned(), fs::read_to_string(run.join("report.md")).unwrap())
    };
    let why = "the risk rule asks for nothing: it bounds shortfalls, not how long the redundancy is kept";
    let (accepted, said) = state("1.0");
    assert!(accepted == "watch" && said.contains(why), "{accepted}: {said}");
    let (strict, said) = state("0.01");
    assert!(strict == "act" && !said.contains(why), "{strict}: {said}");
}
