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

#[test]
fn crews_shelves_planned_work_and_releases_are_read_as_written_and_refused_in_words() {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("cpu.csv"), "").unwrap();
    let path = &desk.path().join("model.toml");
    let starter = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/starter.toml")).unwrap();
    let work = r#"
[crew.hands]
jobs = 2
[shelf.disks]
parts = 4
lead_time = "10 d"
review = "7 d"
[domain.west]
level = "zone"
[[failure]]
name = "worn"
strikes = "host"
time_to_failure = { law = "exponential", mean = "1 y" }
repair = "4 h"
crew = "hands"
rank = 1
shelf = "disks"
[[drain]]
name = "firmware"
takes = "zone"
first = 2026-02-01
every = "90 d"
lasts = "6 h"
[[deploy]]
name = "release"
every = { law = "exponential", mean = "60 d" }
detection = "20 min"
rollback = "1 h"
share = 0.5
"#;
    let declared = spec::parse(path, &format!("{starter}{work}")).unwrap();
    let model = &declared.model;
    let worn = model.failures.iter().find(|mode| mode.name == "worn").unwrap();
    assert_eq!((worn.crew.clone(), worn.shelf.as_deref()), (Some(("hands".to_owned(), 1)), Some("disks")));
    assert_eq!((model.crews["hands"].jobs, model.shelves["disks"].parts), (2, 4));
    assert_eq!((model.shelves["disks"].lead_hours.mean(), model.shelves["disks"].review_hours), (240.0, 168.0));
    assert_eq!((model.drains[0].every_hours, model.drains[0].apart_hours), (Some(2_160.0), 24.0));
    assert!(model.drains[0].one_at_a_time);
    assert_eq!((model.deploys[0].share_lost, model.deploys[0].gap_hours), (0.5, 1.0));
    for (good, bad, slug) in [
        ("crew = \"hands\"", "crew = \"hand\"", "spec/unknown-name"),
        ("crew = \"hands\"\n", "", "spec/missing-key"),
        ("shelf = \"disks\"", "shelf = \"tapes\"", "spec/unknown-name"),
        ("jobs = 2", "jobs = 0", "spec/out-of-range"),
        ("takes = \"zone\"", "takes = \"host\"", "spec/unknown-name"),
        ("every = \"90 d\"", "every = \"2 h\"", "spec/out-of-range"),
        ("share = 0.5", "share = 0", "spec/out-of-range"),
        ("rank = 1", "overlapping = true\ntime_to_failure = 1", "spec/syntax"),
    ] {
        let broken = format!("{starter}{}", work.replace(good, bad));
        let problems = spec::parse(path, &broken).unwrap_err();
        assert!(problems.iter().any(|problem| problem.slug == slug), "{bad}: {problems:?}");
    }
    let transfer = "\n[[pool.transfer]]\nfrom = \"west\"\nto = \"west\"\nat_most = 0.2\n";
    let problems = spec::parse(path, &format!("{starter}{transfer}{work}")).unwrap_err();
    for words in ["another zone than `from`", "and this pool's load is shared by all"] {
        assert!(problems.iter().any(|problem| problem.message.contains(words)), "{words}: {problems:?}");
    }
    let waits = starter.replace("in = \"zone-a\", count = 1", "in = \"zone-a\", count = 2, standby = { units = 2 }");
    assert!(waits != starter, "the starter has no group of one host in zone-a");
    let overload = "\n[pool.overload]\ntrips_at = 0.5\nrestart = \"5 min\"\n";
    let waits = waits.replace("\n[[source]]", &format!("{overload}\n[[source]]"));
    let rare = "\n[[rare]]\nname = \"few\"\npool = \"wbe\"\nbelow = 0\nwithin = \"1 y\"\n";
    let problems = spec::parse(path, &format!("{waits}{rare}")).unwrap_err();
    for words in ["trips_at", "below the group's count of 2", "wbe", "below"] {
        assert!(problems.iter().any(|problem| problem.message.contains(words)), "{words}: {problems:?}");
    }
    let shock = work.replace("repair = \"4 h\"", "repair = \"4 h\"\noverlapping = true").replace(
        "time_to_failure = { law = \"exponential\", mean = \"1 y\" }",
        "time_to_failure = { law = \"weibull\", shape = 2, scale = \"1 y\" }",
    );
    let problems = spec::parse(path, &format!("{starter}{shock}")).unwrap_err();
    assert!(problems.iter().any(|problem| problem.message.contains("exponential")), "{problems:?}");
}
