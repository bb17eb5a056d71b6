//! `plimsoll plot`: the same picture as in the run, for other sizes; what is wrong with a run or a name is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// With one finished run of the starter model.
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        for arguments in [&["init", "starter", "--quiet"][..], &["run", "starter", "--replications", "200", "--quiet"]] {
            let out = desk.plimsoll(arguments);
            assert!(out.status.success(), "{}", told(&out));
        }
        desk
    }

    fn plimsoll(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).current_dir(self.folder.path()).output().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn report(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path("runs/starter/latest/report.json")).unwrap()).unwrap()
    }

    /// A run beside the real one whose report is this text.
    fn other(&self, text: &[u8]) -> String {
        fs::create_dir_all(self.path("other")).unwrap();
        fs::write(self.path("other/report.json"), text).unwrap();
        "other".to_owned()
    }
}

fn told(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn size(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG"));
    let at = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (at(16), at(20))
}

fn charts(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut ids: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".svg")?.to_owned())).collect();
    ids.sort();
    ids
}

#[test]
fn every_chart_is_drawn_again_to_the_byte_and_in_other_sizes() {
    let desk = Desk::new();
    let latest = desk.path("runs/starter/latest");
    let kept = charts(&latest.join("charts"));
    let out = desk.plimsoll(&["plot", "runs/starter/latest", "--json"]);
    let listed: Vec<Value> = serde_json::from_slice(&out.stdout).unwrap();
    let mut ids: Vec<String> = listed.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    assert_eq!(ids, kept);
    for id in &ids {
        let out = desk.plimsoll(&["plot", "runs/starter/latest", id]);
        assert!(out.status.success(), "{}", told(&out));
        let same =
            fs::read(desk.path(&format!("{id}.svg"))).unwrap() == fs::read(latest.join(format!("charts/{id}.svg"))).unwrap();
        assert!(same, "{id} is not the chart of the run");
        let slide = desk.plimsoll(&["plot", "runs/starter", id, "--size", "slide", "--format", "png", "-o", "-"]);
        assert_eq!(size(&slide.stdout), (1920, 1080), "{id}");
        let page = desk.plimsoll(&["plot", "runs/starter/latest", id, "--size", "page", "-o", "page.png"]);
        assert!(page.status.success() && told(&page).contains("wrote page.png"), "{}", told(&page));
        assert_eq!(size(&fs::read(desk.path("page.png")).unwrap()).0, 1360, "{id}");
    }
}

#[test]
fn a_list_says_what_each_chart_says() {
    let desk = Desk::new();
    let out = desk.plimsoll(&["plot", "runs/starter/latest"]);
    let text = String::from_utf8(out.stdout).unwrap();
    for chart in desk.report()["charts"].as_array().unwrap() {
        let line = text.lines().find(|line| line.split_whitespace().next() == chart["id"].as_str()).unwrap();
        assert!(line.ends_with(chart["title"].as_str().unwrap()), "{line}");
    }
}

#[test]
fn a_wrong_name_a_wrong_flag_and_a_missing_run_are_told() {
    let desk = Desk::new();
    let out = desk.plimsoll(&["plot", "runs/starter/latest", "exhastion"]);
    assert_eq!(out.status.code(), Some(2));
    let text = told(&out);
    for words in ["input/unknown-chart", "there is no chart `exhastion`", "risk", "did you mean `exhaustion`?"] {
        assert!(text.contains(words), "{text}");
    }
    let out = desk.plimsoll(&["plot", "runs/starter/latest", "risk", "--format", "svg", "-o", "risk.png"]);
    assert!(out.status.code() == Some(2) && told(&out).contains("contradicts the ending .png"), "{}", told(&out));
    assert!(!desk.path("risk.png").exists());
    let out = desk.plimsoll(&["plot", "runs/nothing"]);
    assert!(out.status.code() == Some(2) && told(&out).contains("input/read"), "{}", told(&out));
}

#[test]
fn a_report_that_is_not_as_it_was_written_is_told() {
    let desk = Desk::new();
    let mut report = desk.report();
    let check = |run: &str, words: &str| {
        let out = desk.plimsoll(&["plot", run, "risk"]);
        assert!(out.status.code() == Some(3) && told(&out).contains("rerun/charts"), "{}", told(&out));
        assert!(told(&out).contains(words), "{}", told(&out));
    };
    check(&desk.other(b"{ \"schema\": \"plimsoll-report/1\", \"charts\": "), "it is no report");
    check(&desk.other(b"{ \"schema\": \"plimsoll-report/9\", \"charts\": [] }"), "its schema is `plimsoll-report/9`");
    check(&desk.other(b"{ \"schema\": \"plimsoll-report/1\", \"charts\": [{}] }"), "its chart 1 has no id");
    let place = report["charts"].as_array().unwrap().iter().position(|chart| chart["id"] == "risk").unwrap();
    report["charts"][place]["body"]["accepted"] = "much".into();
    let text = serde_json::to_vec(&report).unwrap();
    check(&desk.other(&text), "the numbers of chart `risk` cannot be read");
    // the others can still be drawn
    let out = desk.plimsoll(&["plot", "other", "exhaustion", "-o", "-"]);
    assert!(out.status.success() && out.stdout.starts_with(b"<svg"), "{}", told(&out));
}

#[test]
fn lists_of_other_lengths_than_they_should_have_stop_nothing() {
    let desk = Desk::new();
    let mut report = desk.report();
    let ids: Vec<String> =
        report["charts"].as_array().unwrap().iter().map(|chart| chart["id"].as_str().unwrap().to_owned()).collect();
    for chart in report["charts"].as_array_mut().unwrap() {
        cut(&mut chart["body"], 9);
    }
    let run = desk.other(&serde_json::to_vec(&report).unwrap());
    for id in ids {
        let out = desk.plimsoll(&["plot", &run, &id, "-o", "-"]);
        // tuples that were cut cannot be read; nothing may be a bug
        assert!(matches!(out.status.code(), Some(0 | 3)), "{id}: {}", told(&out));
    }
}

fn cut(value: &mut Value, keep: usize) {
    match value {
        Value::Array(all) => {
            all.truncate(keep.max(2)); // points are pairs
            all.iter_mut().enumerate().for_each(|(i, one)| cut(one, keep.saturating_sub(i % 3)));
        }
        Value::Object(all) => all.iter_mut().enumerate().for_each(|(i, (_, one))| cut(one, keep.saturating_sub(i % 4))),
        _ => {}
    }
}
