//! `plimsoll choose`: a file to a ranked table, all problems told, the same bytes for any number of threads.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn choose(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("choose").args(arguments).output().unwrap()
}

fn shipped() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/webshop/choice.toml").to_str().unwrap().to_owned()
}

#[test]
fn the_shipped_choice_is_ranked_with_errors_and_reasons() {
    let output = choose(&[&shipped(), "--format", "json", "--threads", "1"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows.len(), 6);
    let costs: Vec<f64> = rows.iter().filter_map(|row| row["cost"].as_f64()).collect();
    assert!(costs.is_sorted() && costs.len() >= 4, "{costs:?}");
    assert!(rows[0]["cost_error"].as_f64().unwrap() > 0.0);
    let why = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap()["why"].as_str().unwrap().to_owned();
    assert_eq!(why("diskless"), "it has no disk");
    let two = choose(&[&shipped(), "--format", "json", "--threads", "2"]);
    assert!(output.stdout == two.stdout);
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("choice.toml");
    let text =
        "[resource]\ncpu = \"cores\"\n[unit.a]\ncapacity = { gpu = 1 }\nprice = -1\n[choice]\nrequirement.cpx = 3\nrisc = 0.1\n";
    std::fs::write(&path, text).unwrap();
    let output = choose(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for word in ["gpu", "price", "cpx", "risc"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    std::fs::write(
        &path,
        "[resource]\ncpu = \"cores\"\n[unit.a]\ncapacity = { cpu = 1 }\nprice = 1\n[choice]\nrequirement.cpu = 3\n",
    )
    .unwrap();
    let output = choose(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected a penalty above 0 or a risk below 1"));
}
