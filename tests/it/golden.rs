//! The report of the starter model: one page that needs nothing else, the same numbers in all its forms.

use std::fs;
use std::process::Command;

use serde_json::Value;

#[test]
fn the_page_is_whole_and_agrees_with_the_numbers() {
    let desk = tempfile::tempdir().unwrap();
    let plimsoll = |arguments: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).current_dir(desk.path()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    };
    plimsoll(&["init", "starter", "--quiet"]);
    plimsoll(&["run", "starter", "--replications", "200", "--quiet"]);
    let folder = desk.path().join("runs/starter/latest");
    let html = fs::read_to_string(folder.join("report.html")).unwrap();
    let markdown = fs::read_to_string(folder.join("report.md")).unwrap();
    let report: Value = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["schema"], "plimsoll-report/1");
    for outside in ["src=\"http", "href=\"http", "@import", "url(http", "<link"] {
        assert!(!html.contains(outside), "the page reaches out by {outside}");
    }
    for sentence in report["summary"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()) {
        assert!(markdown.contains(sentence), "{sentence}");
    }
    for section in report["sections"].as_array().unwrap() {
        let id = section["id"].as_str().unwrap();
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
        for finding in section["findings"].as_array().unwrap() {
            assert!(markdown.contains(finding["sentence"].as_str().unwrap()), "{finding}");
            let evidence = finding["evidence"].as_str();
            let shown = evidence.is_none_or(|id| html.contains(&format!("id=\"table-{id}\"")) || id == "forecasts");
            assert!(shown, "{evidence:?} is not on the page");
        }
    }
    for chart in report["charts"].as_array().unwrap() {
        let id = chart["id"].as_str().unwrap();
        assert!(html.contains(&format!("id=\"chart-{id}\"")), "{id}");
        assert!(!chart["title"].as_str().unwrap().is_empty());
    }
}
