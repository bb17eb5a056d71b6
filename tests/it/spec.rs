//! Model files: the schema fits what is shipped, the reference is fresh, laws are read as written.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::spec;

fn shipped() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut found: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path().join("model.toml")).collect();
    found.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/starter.toml"));
    found.sort();
    found
}

#[test]
fn every_shipped_model_is_valid_under_the_schema() {
    let validator = jsonschema::validator_for(&spec::schema()).unwrap();
    for path in shipped() {
        let text = fs::read_to_string(&path).unwrap();
        let value: toml::Value = toml::from_str(&text).unwrap();
        let value = dates_as_text(value);
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {}", path.display(), errors.join("; "));
    }
}

/// TOML dates as an editor's checker sees them: text.
fn dates_as_text(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(date) => serde_json::Value::String(date.to_string()),
        toml::Value::Array(list) => list.into_iter().map(dates_as_text).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, dates_as_text(value))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

#[test]
fn the_schema_refuses_an_unknown_key() {
    let validator = jsonschema::validator_for(&spec::schema()).unwrap();
    let text = fs::read_to_string(&shipped()[0]).unwrap();
    let mut value = dates_as_text(toml::from_str(&text).unwrap());
    assert!(validator.is_valid(&value));
    value["questoin"] = "?".into();
    assert!(!validator.is_valid(&value));
}

#[test]
fn the_reference_page_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/model.md");
    let fresh = spec::reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == fresh, "docs/reference/model.md is stale: run UPDATE_DOCS=1 cargo test --test it the_reference_page");
}

#[test]
fn problems_are_told_in_the_order_of_the_file() {
    let path = Path::new("model.toml");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/starter.toml")).unwrap();
    let broken = text.replace("risk = 0.01", "rsik = 0.01").replace("line = 0.7", "line = 7").replace("\"UTC\"", "\"Mars\"");
    let problems = spec::parse(path, &broken).unwrap_err();
    let lines: Vec<u64> = problems.iter().filter_map(|problem| problem.line).collect();
    assert!(lines.is_sorted(), "{problems:?}");
    for slug in ["spec/unknown-zone", "spec/unknown-key", "spec/out-of-range"] {
        assert!(problems.iter().any(|problem| problem.slug == slug), "{slug}: {problems:?}");
    }
}
