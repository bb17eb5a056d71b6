//! Runs held against each other and against what came: `diff`, `score`, questions 2 and 11 of the next report.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with the starter model.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.plimsoll(&["init", "starter"]);
        desk
    }

    fn try_plimsoll(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(arguments).current_dir(self.folder.path()).env("NO_COLOR", "1").output().unwrap()
    }

    fn plimsoll(&self, arguments: &[&str]) -> String {
        let out = self.try_plimsoll(arguments);
        assert!(out.status.success(), "{arguments:?}: {}", told(&out));
        told(&out)
    }

    fn run(&self, more: &[&str]) -> String {
        self.plimsoll(&[&["run", "starter", "--replications", "200"], more].concat())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn change_model(&self, from: &str, to: &str) {
        let path = self.path("starter/model.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    /// Every value of the history times this.
    fn scale_data(&self, factor: f64) {
        let path = self.path("starter/cpu.csv");
        let text = fs::read_to_string(&path).unwrap();
        let line = |line: &str| match line.rsplit_once(',') {
            Some((before, value)) if value != "cores" => format!("{before},{:.3}\n", value.parse::<f64>().unwrap() * factor),
            _ => format!("{line}\n"),
        };
        fs::write(path, text.lines().map(line).collect::<String>()).unwrap();
    }

    fn diff(&self, more: &[&str]) -> Value {
        let out = self.try_plimsoll(&[&["diff", "runs/starter", "--json", "--quiet"], more].concat());
        serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", told(&out)))
    }

    fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("runs/starter/latest/report.json")).unwrap()).unwrap()
    }
}

fn told(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

/// The causes named, over all changes.
fn causes(diff: &Value) -> Vec<String> {
    let changes = diff["changes"].as_array().unwrap();
    let mut all: Vec<String> = changes
        .iter()
        .flat_map(|one| one["because"].as_array().unwrap())
        .map(|cause| cause.as_str().unwrap().to_owned())
        .collect();
    all.sort();
    all.dedup();
    all
}

fn of<'a>(diff: &'a Value, what: &str) -> &'a Value {
    diff["changes"].as_array().unwrap().iter().find(|one| one["what"] == what).unwrap_or_else(|| panic!("{what}: {diff:#}"))
}

#[test]
fn a_swap_of_one_thing_is_attributed_to_it_alone() {
    let desk = Desk::new();
    desk.run(&[]);
    assert!(desk.try_plimsoll(&["diff", "runs/starter"]).status.code() == Some(2), "there is no run before");
    let same = desk.plimsoll(&["diff", "runs/starter/latest", "runs/starter/latest", "--check"]);
    assert!(same.contains("differ in: nothing.") && same.contains("No conclusion has changed."), "{same}");
    desk.run(&["--seed", "7"]);
    let seed = desk.diff(&[]);
    assert_eq!((&seed["differs"], &causes(&seed)[..]), (&serde_json::json!(["seed"]), &["seed".to_owned()][..]));
    assert_eq!(seed["how"], serde_json::json!(["seed 42 → 7"]));
    desk.change_model("risk = 0.01", "risk = 0.2");
    desk.run(&["--seed", "7"]);
    let model = desk.diff(&[]);
    assert_eq!((&model["differs"], &causes(&model)[..]), (&serde_json::json!(["model"]), &["model".to_owned()][..]));
    assert_eq!(model["how"], serde_json::json!(["model: plan.risk 0.01 → 0.2"]));
    assert_eq!(of(&model, "cost")["size"], "decision");
    desk.scale_data(1.2);
    desk.run(&["--seed", "7"]);
    let data = desk.diff(&[]);
    assert_eq!((&data["differs"], &causes(&data)[..]), (&serde_json::json!(["data"]), &["data".to_owned()][..]));
    assert_eq!(data["how"], serde_json::json!(["data: cpu.csv changed"]));
    let beyond = |one: &Value| one["what"] == "risk" && one["size"] == "beyond";
    assert!(data["runs_made"] == 0 && data["changes"].as_array().unwrap().iter().any(beyond), "{data:#}");
    assert_eq!(desk.try_plimsoll(&["diff", "runs/starter", "--check"]).status.code(), Some(10));
    // the report of the later run says it too, and why section 11 has its name
    let report = desk.report();
    let why = report["sections"].as_array().unwrap().iter().find(|section| section["id"] == "why").unwrap();
    assert!(why["question"].as_str().unwrap().contains("changed since the last run"), "{why}");
    let changes = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == "changes").unwrap();
    assert_eq!(changes["rows"].as_array().unwrap().len(), data["changes"].as_array().unwrap().len());
    // with the last run as an input, the run is made again byte for byte
    assert!(desk.plimsoll(&["rerun", "runs/starter/latest"]).contains("same bytes"));
}

#[test]
fn several_swaps_are_told_apart_by_runs_with_one_of_them() {
    let desk = Desk::new();
    desk.run(&[]);
    // half as much demand again, and a rule that no order has to meet
    desk.change_model("risk = 0.01", "risk = 1.0");
    desk.scale_data(1.3);
    desk.run(&["--set", "unit.m8.price.monthly=311"]);
    let both = desk.diff(&[]);
    assert_eq!(both["differs"], serde_json::json!(["data", "model", "settings"]));
    let set = "--set nothing → `unit.m8.price.monthly=311`";
    assert!(both["how"].as_array().unwrap().contains(&set.into()), "{both:#}");
    assert_eq!((&both["runs_made"], &both["not_attributed"]), (&3.into(), &serde_json::json!([])));
    // the rule of the plan moves no demand: the crossing is due to the data, that nothing is ordered to the model
    assert_eq!(of(&both, "exhaustion")["because"], serde_json::json!(["data"]));
    assert_eq!(of(&both, "risk")["because"], serde_json::json!(["data"]));
    assert!(of(&both, "order_by")["because"].as_array().unwrap().contains(&"model".into()), "{both:#}");
    // the data of neither run are on disk any more
    desk.scale_data(1.01);
    let lost = desk.diff(&[]);
    assert!(lost["not_attributed"][0].as_str().unwrap().contains("cpu.csv"), "{lost:#}");
    assert!(causes(&lost).is_empty());
    assert!(told(&desk.try_plimsoll(&["diff", "runs/starter"])).contains("Not attributed: nothing could be run again"));
}

#[test]
fn a_model_file_with_other_sources_is_not_run_on_those_of_the_other_run() {
    let desk = Desk::new();
    desk.run(&[]);
    fs::copy(desk.path("starter/cpu.csv"), desk.path("starter/other.csv")).unwrap();
    desk.change_model("files = \"cpu.csv\"", "files = \"other.csv\"");
    desk.run(&["--seed", "7"]);
    let found = desk.diff(&[]);
    assert_eq!(found["differs"], serde_json::json!(["data", "model", "seed"]));
    let told: Vec<&str> = found["not_attributed"].as_array().unwrap().iter().map(|why| why.as_str().unwrap()).collect();
    assert!(
        told.len() == 2 && told[0].starts_with("data: the sources of ") && told[1].starts_with("model: the sources of "),
        "{told:?}"
    );
    assert_eq!(causes(&found), ["seed"]);
}

#[test]
fn a_plan_is_scored_by_the_next_run_and_by_hand() {
    let desk = Desk::new();
    desk.run(&["--as-of", "2026-08-31", "--horizon", "120"]);
    let early = fs::read_link(desk.path("runs/starter/latest")).unwrap();
    let early = early.to_str().unwrap();
    let too_soon = desk.try_plimsoll(&["score", &format!("runs/starter/{early}"), "--until", "2026-08-31"]);
    assert!(
        too_soon.status.code() == Some(3) && told(&too_soon).contains("nothing of its horizon has come"),
        "{}",
        told(&too_soon)
    );
    let scored = desk.plimsoll(&["score", &format!("runs/starter/{early}"), "--format", "csv"]);
    let table = fs::read_to_string(desk.path(&format!("runs/starter/scores/{early}-2026-10-30-last-plan.csv"))).unwrap();
    assert!(scored.contains(&table), "{scored}\n{table}");
    desk.run(&[]);
    let report = desk.report();
    let numbers: Vec<u64> = report["sections"].as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers[..3], [1, 2, 3]);
    let rows = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == "last-plan").unwrap()["rows"].clone();
    // sixty days of September and October
    assert_eq!((rows[0][0].as_str(), rows[0][5].as_u64()), (Some(early), Some(60)));
    let first = table.lines().nth(1).unwrap().split(',').collect::<Vec<_>>();
    assert_eq!(first[5].parse::<u64>().ok(), rows[0][5].as_u64());
    assert_eq!(first[9].parse::<f64>().ok(), rows[0][9].as_f64());
    // earlier runs are inputs: the run is made again byte for byte, until one of them is not as it was
    assert!(desk.plimsoll(&["rerun", "runs/starter/latest"]).contains("same bytes"));
    let said = desk.run(&[]);
    assert!(said.contains("already there"), "{said}");
    let alone = desk.run(&["--again", "--no-score"]);
    assert!(!alone.contains("already there"));
    assert_eq!(desk.report()["sections"][1]["number"], 3, "nothing was looked back on");
    assert!(desk.plimsoll(&["rerun", "runs/starter/latest"]).contains("same bytes"));
    // an earlier run whose model file names what is gone is told, and stops nothing
    let kept = desk.path(&format!("runs/starter/{early}/inputs/model.toml"));
    fs::write(&kept, fs::read_to_string(&kept).unwrap().replace("cpu.csv", "gone.csv")).unwrap();
    desk.run(&["--again"]);
    assert!(desk.report()["sections"][1]["caveats"].to_string().contains("cannot be scored"), "{}", desk.report()["sections"][1]);
    fs::write(desk.path(&format!("runs/starter/{early}/report.json")), "{}").unwrap();
    let changed = desk.try_plimsoll(&["rerun", "runs/starter/latest"]);
    assert!(changed.status.code() == Some(3) && told(&changed).contains("report.json` has changed"), "{}", told(&changed));
}
