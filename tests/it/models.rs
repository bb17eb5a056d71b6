//! Every shipped model loads, runs, and answers its question.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn every_model_answers_its_question() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let into = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(root.join("models")).unwrap() {
        let model = entry.unwrap().path();
        let out = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["run", model.to_str().unwrap(), "--replications", "300", "--quiet", "--runs", into.path().to_str().unwrap()])
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let name = model.file_name().unwrap();
        let report = fs::read(into.path().join(name).join("latest/report.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        let first = fs::read_to_string(model.join("model.toml")).unwrap().lines().next().unwrap().to_owned();
        assert!(
            first.starts_with("# ") && first.ends_with('?'),
            "{name:?} opens with the question it answers, not with `{first}`"
        );
        let numbers: Vec<u64> =
            report["sections"].as_array().unwrap().iter().map(|section| section["number"].as_u64().unwrap()).collect();
        assert!(numbers.is_sorted() && numbers.len() >= 9, "{numbers:?}");
        for section in report["sections"].as_array().unwrap() {
            let kept = |kind: &str| report[kind].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
            for kind in ["tables", "charts"] {
                for id in section[kind].as_array().unwrap() {
                    assert!(
                        kept(kind).contains(id),
                        "{name:?}: section {} shows {id}, which is not among the {kind}",
                        section["id"]
                    );
                }
            }
        }
        seen += 1;
    }
    assert!(seen >= 2);
}
