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

/// The starter with these replacements and lines after it.
fn edited(changes: &[(&str, &str)], after: &str) -> String {
    let mut text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/starter.toml")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    format!("{text}\n{after}")
}

/// The same, read next to files that it names.
fn starter_with(
    changes: &[(&str, &str)],
    after: &str,
    files: &[(&str, &str)],
) -> Result<spec::Declared, Vec<plimsoll::problem::Problem>> {
    let desk = tempfile::tempdir().unwrap();
    for (name, text) in [("cpu.csv", "")].iter().chain(files) {
        fs::write(desk.path().join(name), text).unwrap();
    }
    spec::parse(&desk.path().join("model.toml"), &edited(changes, after))
}

fn law(text: &str) -> Result<plimsoll::stats::Distribution, Vec<plimsoll::problem::Problem>> {
    let scenario = format!("[scenario.asked]\nsupposes = \"so\"\ngrowth = [{{ annual = {text} }}]");
    let declared = starter_with(&[], &scenario, &[("samples.txt", "0.3 # the first\n\n0.1\n0.2\n"), ("bad.txt", "0.3\n3 d\n")])?;
    let changes = &declared.scenarios.last().unwrap().overrides;
    let plimsoll::scenario::Override::Growth { annual, .. } = &changes[0] else { panic!("{changes:?}") };
    Ok(annual.clone())
}

#[test]
fn laws_are_read_in_every_way_that_they_may_be_said() {
    use plimsoll::stats::Distribution;
    let bounded = Distribution::Quantiles { points: vec![(0.1, 0.2), (0.9, 0.4)], low: Some(0.1), high: Some(1.0) };
    assert_eq!(law("{ high = 1, p90 = 0.4, p10 = 0.2, low = 0.1 }").unwrap(), bounded);
    assert_eq!(law("{ law = \"pert\", low = 0, mode = 0.1, high = 0.5 }").unwrap(), Distribution::pert(0.0, 0.1, 0.5).unwrap());
    let beta = Distribution::Beta { alpha: 2.0, beta: 3.0, low: 0.0, high: 0.5 };
    assert_eq!(law("{ law = \"beta\", alpha = 2, beta = 3, low = 0, high = 0.5 }").unwrap(), beta);
    for (text, mean) in [
        ("{ law = \"lognormal\", mean = 0.2, sd = 0.1 }", 0.2),
        ("{ law = \"lognormal\", median = 0.2, sigma = 0.5 }", 0.2 * 0.125_f64.exp()),
        ("{ law = \"discrete\", values = [0.4, 0], weights = [1, 3] }", 0.1),
        ("{ law = \"samples\", values = [0.3, 0.1, 0.2] }", 0.2),
        ("{ law = \"samples\", file = \"samples.txt\" }", 0.2),
        ("{ law = \"mixture\", weights = [3, 1], of = [0, { law = \"uniform\", low = 0.2, high = 0.6 }] }", 0.1),
    ] {
        let read = law(text).unwrap();
        assert!((read.mean() - mean).abs() < 1e-12, "{text}: {read}");
    }
    let p90 = law("{ law = \"lognormal\", median = 0.2, p90 = 0.5 }").unwrap();
    assert!((p90.cdf(0.5) - 0.9).abs() < 1e-9, "{p90}");
}

#[test]
fn laws_that_are_none_are_refused_with_the_reason_and_the_place() {
    for (text, slug, said) in [
        ("{ p10 = 0.3, p50 = 0.2 }", "spec/quantiles-out-of-order", "values that rise with their probabilities"),
        ("{ p10 = 0.1, p50 = 0.2, low = 0.1 }", "spec/quantiles-out-of-order", "values inside their bounds, not at them"),
        ("{ p10 = 0.1, p10_0 = 0.2 }", "spec/quantiles-out-of-order", "each probability once"),
        ("{ p10 = 0.1, q50 = 0.2 }", "spec/unknown-key", "neither `law` nor a quantile"),
        ("{ p100 = 0.1, p50 = 0.2 }", "spec/quantiles-out-of-order", "probabilities above p0 and below p100"),
        ("{ law = \"lognormal\", median = 0.2, p90 = 0.1 }", "spec/invalid-law", "p90 is 0.1"),
        ("{ law = \"lognormal\", median = 0.2, sd = 0.1 }", "spec/unknown-key", "median, sigma; or mean, sd; or median, p90"),
        ("{ law = \"pert\", low = 0, mode = 2, high = 1 }", "spec/invalid-law", "mode is 2"),
        ("{ law = \"discrete\", values = [1, 2], weights = [1] }", "spec/out-of-range", "a list of 1, expected one of 2"),
        ("{ law = \"discrete\", values = 1, weights = [1] }", "spec/wrong-type", "expected a list"),
        (
            "{ law = \"mixture\", of = [{ p50 = 1 }], weights = [1] }",
            "spec/quantiles-out-of-order",
            "of[1]`: quantiles are p50 = 1",
        ),
        ("{ law = \"samples\", file = \"none.txt\" }", "spec/missing-file", "cannot be read"),
        ("{ law = \"samples\", file = \"bad.txt\" }", "spec/wrong-type", "line 2 of `bad.txt` is `3 d`, expected a number"),
        ("{ law = \"samples\", values = [] }", "spec/invalid-law", "one value or more"),
        ("{ law = \"normale\", mean = 1, sd = 1 }", "spec/unknown-name", "there is no law `normale`"),
    ] {
        let problems = law(text).unwrap_err();
        let found = problems.iter().find(|problem| problem.slug == slug && problem.message.contains(said));
        assert!(found.is_some_and(|problem| problem.line.is_some() && problem.column.is_some()), "{text}: {problems:?}");
    }
}

const CAPACITY: &str = "cpu = \"16 cores\"";

#[test]
fn uncertain_numbers_are_read_with_their_names_and_stand_at_their_means() {
    let changes = [
        (CAPACITY, "cpu = { p10 = \"14 cores\", p50 = 16, p90 = \"17 cores\" }"),
        ("purchase = 9200", "purchase = { law = \"uniform\", low = 8_000, high = 12_000 }"),
        ("line = 0.7", "line = { law = \"triangular\", low = 0.6, mode = 0.7, high = 0.8 }"),
    ];
    let correlation = "[[correlation]]\nbetween = [\"unit.m8.price.purchase\", \"pool.web.demand.cpu.line\"]\nrank = -0.4";
    let declared = starter_with(&changes, correlation, &[]).unwrap();
    let model = &declared.model;
    let names: Vec<&str> = model.uncertain.iter().map(|number| number.name.as_str()).collect();
    assert_eq!(names, ["unit.m8.capacity.cpu", "unit.m8.price.purchase", "pool.web.demand.cpu.line"]);
    assert_eq!(model.catalog["m8"].price.purchase, 10_000.0);
    assert_eq!(model.catalog["m8"].capacity["cpu"], model.uncertain[0].law.mean());
    assert_eq!(model.with(&[15.0, 9_000.0, 0.65]).catalog["m8"].capacity["cpu"], 15.0);
    assert_eq!((model.correlations.len(), model.correlations[0].rank), (1, -0.4));
    assert!(declared.warnings.is_empty());
    let value: toml::Value = toml::from_str(&edited(&changes, correlation)).unwrap();
    assert!(jsonschema::validator_for(&spec::schema()).unwrap().is_valid(&dates_as_text(value)));
}

#[test]
fn uncertain_numbers_that_cannot_be_are_refused_with_what_is_accepted() {
    let line = |law: &str| starter_with(&[("line = 0.7", &format!("line = {law}"))], "", &[]);
    for (law, slug, said) in [
        ("{ p10 = 0.6, p90 = 0.8 }", "spec/out-of-range", "expected a law of numbers that are 0 to 1"),
        ("{ law = \"normal\", mean = 0.7, sd = 0.1 }", "spec/out-of-range", "expected a law of numbers that are 0 to 1"),
        ("{ p10 = 0.6, p90 = 0.8, high = 0.8 }", "spec/quantiles-out-of-order", "values inside their bounds"),
    ] {
        let problems = line(law).unwrap_err();
        assert!(problems.iter().any(|one| one.slug == slug && one.message.contains(said)), "{law}: {problems:?}");
    }
    assert!(line("{ p10 = 0.6, p90 = 0.8, high = 1 }").is_ok());
    let cores = starter_with(&[(CAPACITY, "cpu = { p10 = \"14 GiB\", p90 = 17 }")], "", &[]).unwrap_err();
    assert!(cores.iter().any(|one| one.message.contains("expected an amount such as \"16 cores\"")), "{cores:?}");
}

#[test]
fn correlations_name_what_is_uncertain_and_are_mended_where_no_numbers_have_them() {
    let scenario = "[scenario.asked]\nsupposes = \"so\"\ngrowth = [{ pool = \"web\", annual = { p10 = 0.1, p90 = 0.3 } }]\n\
                    launch = [{ name = \"shop\", start = 2026-06-01, size = { p10 = 0.1, p90 = 0.2 }, delay = { p50 = \"1 d\", p90 = \"9 d\" } }]\n";
    let pair = |a: &str, b: &str, rank: f64| format!("[[correlation]]\nbetween = [\"{a}\", \"{b}\"]\nrank = {rank}\n");
    let (growth, size, delay) = ("growth.web", "launch.shop.size", "launch.shop.delay");
    let read = |pairs: &[String]| starter_with(&[], &format!("{scenario}{}", pairs.concat()), &[]);
    let fine = read(&[pair(growth, size, 0.6), pair(size, delay, 0.5)]).unwrap();
    assert!(fine.warnings.is_empty() && fine.model.correlations.len() == 2);
    let mended = read(&[pair(growth, size, 0.9), pair(size, delay, 0.9), pair(growth, delay, -0.5)]).unwrap();
    let told = &mended.warnings[0];
    assert_eq!((told.slug, mended.warnings.len()), ("spec/correlations-repaired", 1));
    assert!(told.message.contains("scenario `asked`") && told.message.contains("Changed most: `"), "{}", told.message);
    for (pairs, slug, said) in [
        (vec![pair("growth.wbe", size, 0.5)], "spec/unknown-name", "there is no uncertain number `growth.wbe`"),
        (vec![pair("launch.shop.ramp", size, 0.5)], "spec/unknown-name", "there is no uncertain number `launch.shop.ramp`"),
        (vec![pair(growth, growth, 0.5)], "spec/out-of-range", "two different names"),
        (vec![pair(growth, size, 1.5)], "spec/out-of-range", "expected -1 to 1"),
        (vec![pair(growth, size, 0.5), pair(size, growth, 0.5)], "spec/invalid-correlation", "stated twice"),
        (vec!["[[correlation]]\nbetween = [\"growth.web\"]\nrank = 0.5\n".to_owned()], "spec/out-of-range", "expected two names"),
    ] {
        let problems = read(&pairs).unwrap_err();
        let found = problems.iter().find(|problem| problem.slug == slug && problem.message.contains(said));
        assert!(found.is_some_and(|problem| problem.line.is_some()), "{said}: {problems:?}");
    }
}
