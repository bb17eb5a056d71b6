//! Model files: the schema fits what is shipped, the reference is fresh, laws are read as written.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll::spec;

fn shipped() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let mut found: Vec<PathBuf> = folders.map(|folder| folder.join("model.toml")).collect();
    assert!(found.len() >= 8, "{found:?}");
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
fn a_launch_has_a_date_or_a_law_of_dates() {
    use plimsoll::scenario::Override;
    use plimsoll::stats::Distribution;
    let read = |start: &str| {
        let launch = format!("launch = [{{ name = \"shop\", size = 0.2, start = {start} }}]");
        let declared = starter_with(&[], &format!("[scenario.asked]\nsupposes = \"so\"\n{launch}\n"), &[])?;
        let changes = &declared.scenarios.last().unwrap().overrides;
        let Override::Launch { start, delay_days, .. } = &changes[0] else { panic!("{changes:?}") };
        Ok::<_, Vec<plimsoll::problem::Problem>>((start.to_string(), delay_days.clone()))
    };
    assert_eq!(read("2027-03-01").unwrap(), ("2027-03-01".to_owned(), Distribution::constant(0.0)));
    // January and February before March, 31 + 28 days; two months after it
    let (middle, days) = read("{ p10 = 2027-01-01, p50 = \"2027-03-01\", p90 = 2027-05-01 }").unwrap();
    let points = vec![(0.1, -59.0), (0.5, 0.0), (0.9, 61.0)];
    assert_eq!((middle.as_str(), &days), ("2027-03-01", &Distribution::Quantiles { points, low: None, high: None }));
    assert!((days.cdf(-59.0) - 0.1).abs() < 1e-12);
    let (middle, days) = read("{ law = \"uniform\", low = 2027-01-01, high = 2027-01-21 }").unwrap();
    assert_eq!((middle.as_str(), days), ("2027-01-11", Distribution::Uniform { low: -10.0, high: 10.0 }));
    for (start, slug, said) in [
        ("{ p10 = 3, p50 = 4 }", "spec/wrong-type", "a date such as"),
        ("{ law = \"normal\", mean = 2027-01-01, sd = 2027-01-02 }", "spec/invalid-law", "a normal law is none of dates"),
        ("{ p10 = 2027-05-01, p50 = 2027-03-01 }", "spec/quantiles-out-of-order", "quantiles"),
        ("{ p10 = 2027-01-01, p50 = 2027-03-01 }, delay = \"3 d\"", "spec/out-of-range", "one of the two"),
    ] {
        let problems = read(start).unwrap_err();
        assert!(problems.iter().any(|one| one.slug == slug && one.message.contains(said)), "{start}: {problems:?}");
    }
    assert_eq!(law("{ law = \"minimum\", of = [1, 2] }").unwrap(), law("{ law = \"minimum\", laws = [1, 2] }").unwrap());
    let mixed = |list: &str| law(&format!("{{ law = \"mixture\", {list} = [1, 2], weights = [1, 3] }}")).unwrap();
    assert_eq!(mixed("of"), mixed("laws"));
}

#[test]
fn a_freeze_has_two_days_in_order() {
    use plimsoll::scenario::Override;
    let read =
        |freeze: &str| starter_with(&[], &format!("[scenario.asked]\nsupposes = \"so\"\nfreeze = [{{ {freeze} }}]\n"), &[]);
    let declared = read("from = 2026-11-20, until = 2027-01-02").unwrap();
    let changes = &declared.scenarios.last().unwrap().overrides;
    let [Override::Freeze { from, until }] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((from.to_string().as_str(), until.since(*from)), ("2026-11-20", 43));
    for (freeze, slug, said) in [
        ("from = 2026-11-20, until = 2026-11-20", "spec/out-of-range", "a day after `from`, 2026-11-20"),
        ("from = 2026-11-20", "spec/missing-key", "until"),
        ("from = 2026-11-20, until = \"soon\"", "spec/wrong-type", "date"),
        ("from = 2026-11-20, until = 2026-11-21, to = 3", "spec/unknown-key", "to"),
    ] {
        let problems = read(freeze).unwrap_err();
        assert!(problems.iter().any(|one| one.slug == slug && one.message.contains(said)), "{freeze}: {problems:?}");
    }
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
        (
            "{ law = \"discrete\", values = [1, 2], weights = [1] }",
            "spec/invalid-law",
            "weights` has 1 items and `values` has 2, expected as many",
        ),
        ("{ law = \"discrete\", values = 1, weights = [1] }", "spec/wrong-type", "expected a list"),
        (
            "{ law = \"mixture\", of = [{ p50 = 1 }], weights = [1] }",
            "spec/quantiles-out-of-order",
            "of[1]`: quantiles are p50 = 1",
        ),
        ("{ law = \"samples\", file = \"none.txt\" }", "spec/missing-file", "cannot be read"),
        ("{ law = \"samples\", file = \"bad.txt\" }", "spec/wrong-type", "line 2 of `bad.txt` is `3 d`, expected a number"),
        ("{ law = \"samples\", values = [] }", "spec/out-of-range", "expected one of values or more"),
        ("{ law = \"normale\", mean = 1, sd = 1 }", "spec/unknown-name", "there is no law `normale`"),
    ] {
        let problems = law(text).unwrap_err();
        let found = problems.iter().find(|problem| problem.slug == slug && problem.message.contains(said));
        assert!(found.is_some_and(|problem| problem.line.is_some() && problem.column.is_some()), "{text}: {problems:?}");
    }
}

const CAPACITY: &str = "cpu = \"16 cores\"";
const LIFE: &str = "time_to_failure = { law = \"exponential\", mean = \"8000 h\" }";
const LEAD: &str = "lead_time = { p10 = \"30 d\", p50 = \"45 d\", p90 = \"80 d\" }";

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
fn numbers_of_a_law_may_be_uncertain() {
    use plimsoll::stats::Distribution;
    let life = "time_to_failure = { law = \"exponential\", mean = { p10 = \"1 y\", p90 = \"4 y\" } }";
    let lead =
        "lead_time = { law = \"lognormal\", median = { p10 = \"30 d\", p90 = \"60 d\" }, sigma = { p10 = 0.2, p90 = 0.4 } }";
    let changes = [(LIFE, life), (LEAD, lead)];
    let declared = starter_with(&changes, "", &[]).unwrap();
    let names: Vec<&str> = declared.model.uncertain.iter().map(|number| number.name.as_str()).collect();
    assert_eq!(names, ["unit.m8.lead_time.median", "unit.m8.lead_time.sigma", "failure.host.time_to_failure.mean"]);
    // until they are drawn, a mixture over them stands for the law
    assert!(matches!(declared.model.failures[0].time_to_failure_hours, Distribution::Mixture { .. }));
    let one = declared.model.with(&[45.0, 0.3, 20_000.0]);
    assert_eq!(one.catalog["m8"].lead_time_days, Distribution::Lognormal { median: 45.0, sigma: 0.3 });
    assert_eq!(one.failures[0].time_to_failure_hours, Distribution::Exponential { mean: 20_000.0 });
    let value: toml::Value = toml::from_str(&edited(&changes, "")).unwrap();
    assert!(jsonschema::validator_for(&spec::schema()).unwrap().is_valid(&dates_as_text(value)));
    for (life, slug, said) in [
        (
            "{ law = \"exponential\", mean = { law = \"normal\", mean = \"1 y\", sd = \"1 y\" } }",
            "spec/invalid-law",
            "expected a finite number above 0",
        ),
        ("{ law = \"exponential\", mean = { p10 = 3, p90 = 4 } }", "spec/wrong-type", "expected a duration"),
        (
            "{ law = \"exponential\", mean = { p10 = \"1 y\", p90 = \"4 y\" }, sd = \"1 d\" }",
            "spec/unknown-key",
            "`sd` is not a parameter",
        ),
        (
            "{ law = \"minimum\", laws = { p10 = \"1 y\", p90 = \"4 y\" } }",
            "spec/invalid-law",
            "numbers of a minimum law cannot be uncertain",
        ),
    ] {
        let problems = starter_with(&[(LIFE, &format!("time_to_failure = {life}"))], "", &[]).unwrap_err();
        assert!(problems.iter().any(|one| one.slug == slug && one.message.contains(said)), "{life}: {problems:?}");
    }
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

/// The starter with one more failure mode, whose repair is this.
fn with_repair(law: &str) -> (tempfile::TempDir, PathBuf, String) {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("cpu.csv"), "").unwrap();
    let path = desk.path().join("model.toml");
    let starter = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/starter.toml")).unwrap();
    let mode = "[[failure]]\nname = \"extra\"\nstrikes = \"host\"\ntime_to_failure = \"1 y\"\n";
    (desk, path, format!("{starter}\n{mode}repair = {law}\n"))
}

#[test]
fn every_law_is_read_as_written_and_fits_the_schema() {
    use plimsoll::stats::Distribution::{
        Beta, Constant, Discrete, Empirical, Exponential, Gamma, Hyperexponential, Lognormal, Minimum, Mixture, Normal,
        Quantiles, Triangular, Uniform, Weibull,
    };
    let validator = jsonschema::validator_for(&spec::schema()).unwrap();
    let bathtub = "{ law = \"minimum\", laws = [{ law = \"weibull\", shape = 0.5, scale = \"2 d\" }, \"1 w\",\n  \
        { law = \"minimum\", laws = [{ law = \"exponential\", mean = \"3 h\" }] }] }";
    let causes =
        vec![Weibull { shape: 0.5, scale: 48.0 }, Constant { value: 168.0 }, Minimum { laws: vec![Exponential { mean: 3.0 }] }];
    let bounded = Quantiles { points: vec![(0.1, 1.0), (0.9, 2.0)], low: None, high: Some(3.0) };
    for (written, law) in [
        ("\"90 min\"", Constant { value: 1.5 }),
        ("{ law = \"constant\", value = \"2 h\" }", Constant { value: 2.0 }),
        ("{ law = \"uniform\", low = \"1 h\", high = \"4 h\" }", Uniform { low: 1.0, high: 4.0 }),
        (
            "{ law = \"triangular\", low = \"1 h\", mode = \"2 h\", high = \"4 h\" }",
            Triangular { low: 1.0, mode: 2.0, high: 4.0 },
        ),
        ("{ law = \"normal\", mean = \"8 h\", sd = \"1 h\" }", Normal { mean: 8.0, sd: 1.0 }),
        ("{ law = \"lognormal\", median = \"8 h\", sigma = 0.7 }", Lognormal { median: 8.0, sigma: 0.7 }),
        ("{ law = \"exponential\", mean = \"1 d\" }", Exponential { mean: 24.0 }),
        ("{ law = \"weibull\", shape = 2, scale = \"1 d\" }", Weibull { shape: 2.0, scale: 24.0 }),
        ("{ law = \"gamma\", shape = 2.5, scale = \"1 h\" }", Gamma { shape: 2.5, scale: 1.0 }),
        ("{ law = \"erlang\", phases = 4, mean = \"2 h\" }", Gamma { shape: 4.0, scale: 0.5 }),
        (
            "{ law = \"hyperexponential\", weights = [0.75, 0.25], means = [\"1 h\", \"2 d\"] }",
            Hyperexponential { branches: vec![(0.75, 1.0), (0.25, 48.0)] },
        ),
        (
            "{ law = \"empirical\", values = [\"3 h\", \"1 h\", \"30 min\", \"1 h\"] }",
            Empirical { values: vec![0.5, 1.0, 1.0, 3.0] },
        ),
        (bathtub, Minimum { laws: causes }),
        (
            "{ law = \"beta\", alpha = 2, beta = 3, low = \"1 h\", high = \"1 d\" }",
            Beta { alpha: 2.0, beta: 3.0, low: 1.0, high: 24.0 },
        ),
        (
            "{ law = \"discrete\", values = [\"1 d\", \"1 h\"], weights = [1, 3] }",
            Discrete { points: vec![(1.0, 3.0), (24.0, 1.0)] },
        ),
        (
            "{ law = \"mixture\", of = [\"1 h\", { law = \"minimum\", laws = [{ p10 = \"1 h\", p90 = \"2 h\", high = \"3 h\" }] }], weights = [9, 1] }",
            Mixture { parts: vec![(9.0, Constant { value: 1.0 }), (1.0, Minimum { laws: vec![bounded] })] },
        ),
        (
            "{ p10 = \"1 h\", p50 = \"2 h\", p90 = \"9 h\" }",
            plimsoll::stats::Distribution::quantiles(&[(0.1, 1.0), (0.5, 2.0), (0.9, 9.0)]),
        ),
    ] {
        let (_desk, path, text) = with_repair(written);
        let declared = spec::parse(&path, &text).unwrap_or_else(|problems| panic!("{written}: {problems:?}"));
        let mode = declared.model.failures.iter().find(|mode| mode.name == "extra").unwrap();
        assert_eq!(mode.repair_hours, law, "{written}");
        let value = dates_as_text(toml::from_str(&text).unwrap());
        let wrong: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{written}: {wrong:?}");
    }
    // thirds are written with some digits; they are scaled to sum to 1
    let thirds = "{ law = \"hyperexponential\", weights = [0.33333, 0.33333, 0.33333], means = [\"1 h\", \"2 h\", \"3 h\"] }";
    let (_desk, path, text) = with_repair(thirds);
    let declared = spec::parse(&path, &text).unwrap();
    let law = &declared.model.failures.iter().find(|mode| mode.name == "extra").unwrap().repair_hours;
    assert!(law.check().is_ok() && (law.mean() - 2.0).abs() < 1e-12, "{law}");
}

#[test]
fn what_makes_no_law_is_told_with_its_place_and_what_is_accepted() {
    let nested = |depth: usize| {
        let opened = "{ law = \"minimum\", laws = [".repeat(depth);
        format!("{opened}\"1 h\"{}", "] }".repeat(depth))
    };
    let (_desk, path, text) = with_repair(&nested(3));
    assert!(spec::parse(&path, &text).is_ok());
    let deep = nested(4);
    let place_of_the_fourth = deep.match_indices('[').nth(3).unwrap().0;
    for (written, at, words) in [
        (
            deep.as_str(),
            place_of_the_fourth,
            "`failure[3].repair.laws[1].laws[1].laws[1].laws` holds laws within laws more than 3 deep",
        ),
        (
            "{ law = \"hyperexponential\", weights = [1.25, -0.25], means = [\"1 h\", \"2 h\"] }",
            45,
            "`failure[3].repair.weights[2]` is -0.25, expected a number above 0",
        ),
        (
            "{ law = \"hyperexponential\", weights = [0.5, 0.25], means = [\"1 h\", \"2 h\"] }",
            38,
            "`failure[3].repair.weights` sums to 0.75, expected 1",
        ),
        (
            "{ law = \"hyperexponential\", weights = [1], means = [\"1 h\", \"2 h\"] }",
            38,
            "`failure[3].repair.weights` has 1 items and `means` has 2, expected as many",
        ),
        (
            "{ law = \"hyperexponential\", weights = [0.5, 0.5], means = [\"1 h\", 2] }",
            66,
            "`failure[3].repair.means[2]` is an integer, expected a duration such as",
        ),
        (
            "{ law = \"empirical\", values = [] }",
            30,
            "`failure[3].repair.values` is an empty list, expected one of values or more",
        ),
        ("{ law = \"empirical\", values = \"1 h\" }", 30, "`failure[3].repair.values` is a string, expected a list of values"),
        ("{ law = \"empirical\", values = [\"-1 h\"] }", 0, "expected a law of durations, none below zero"),
        ("{ law = \"erlang\", phases = 0, mean = \"1 h\" }", 27, "`failure[3].repair.phases` is 0, expected 1 to"),
        ("{ law = \"minimum\" }", 8, "`failure[3].repair` has no `of`"),
        (
            "{ law = \"minimum\", laws = [{ law = \"weibull\", shape = -1, scale = \"1 h\" }] }",
            27,
            "`failure[3].repair.laws[1]`: shape is -1, expected a finite number above 0",
        ),
        ("{ law = \"minimum\", laws = [{ law = \"normal\", mean = \"1 h\", sd = \"1 h\" }] }", 0, "laws that do not go below 0"),
        ("{ law = \"minimum\", laws = [7] }", 27, "`failure[3].repair.laws[1]` is an integer, expected a duration such as"),
        ("{ law = \"minimums\", laws = [] }", 8, "there is no law `minimums`"),
    ] {
        let (_desk, path, text) = with_repair(written);
        let problems = spec::parse(&path, &text).unwrap_err();
        let told = problems.iter().find(|problem| problem.message.contains(words));
        let told = told.unwrap_or_else(|| panic!("{written}: {problems:?}"));
        let line = text.lines().count() as u64;
        let column = ("repair = ".len() + at + 1).to_string();
        assert_eq!((told.line, told.column.as_deref()), (Some(line), Some(column.as_str())), "{written}: {told:?}");
    }
}

#[test]
fn what_is_fitted_can_be_read_again() {
    use plimsoll::fit::{Family, FittedQuantity, Law, Observation, Observed, Options, fit};
    use plimsoll::stream::{Seed, Stream};
    let root = Stream::root(Seed(4));
    for (family, law) in [
        (Family::Exponential, Law::Exponential { mean: 30.0 }),
        (Family::Weibull, Law::Weibull { shape: 0.8, scale: 20.0 }),
        (Family::Lognormal, Law::Lognormal { mu: 1.0, sigma: 1.1 }),
        (Family::Gamma, Law::Gamma { shape: 2.5, scale: 3.0 }),
        (Family::Erlang, Law::Gamma { shape: 3.0, scale: 3.0 }),
        (Family::Hyperexponential, Law::Hyperexponential { branches: vec![(0.7, 1.0), (0.3, 25.0)] }),
        (Family::Bathtub, Law::CompetingWeibulls { risks: vec![(0.5, 200.0), (4.0, 50.0)] }),
    ] {
        let mut rng = root.named("lives").rng();
        let rows: Vec<Observation> = (0..600).map(|_| Observation::failed(law.sample(&mut rng))).collect();
        let options = Options { families: vec![family], refits: 0, ..Options::new(root) };
        let observed = Observed { repair: rows, ..Observed::default() };
        let mode = fit(&observed, &options).unwrap();
        let written = mode.to_model_toml("extra", "host");
        let (_desk, path, text) = with_repair("\"1 h\"");
        let text = text.split("[[failure]]\nname = \"extra\"").next().unwrap();
        let text =
            format!("{text}{}\n", written.replace("# time_to_failure was not fitted: give it here", "time_to_failure = \"1 y\""));
        let declared = spec::parse(&path, &text).unwrap_or_else(|problems| panic!("{written}: {problems:?}"));
        let read = &declared.model.failures.iter().find(|mode| mode.name == "extra").unwrap().repair_hours;
        let fitted = mode.repair.as_ref().map(FittedQuantity::best).unwrap().law.distribution();
        assert_eq!(std::mem::discriminant(read), std::mem::discriminant(&fitted), "{written}");
        // six figures are written
        for p in [0.01, 0.5, 0.99] {
            assert!((read.quantile(p) / fitted.quantile(p) - 1.0).abs() < 1e-4, "{family:?}: {written}");
        }
    }
}

/// The starter with this line of the demand on its first pool.
fn with_line(line: &str) -> (tempfile::TempDir, PathBuf, String) {
    let (desk, path, text) = with_repair("\"1 h\"");
    assert_eq!(text.matches("line = 0.7").count(), 1);
    (desk, path, text.replace("line = 0.7", &format!("line = {line}")))
}

#[test]
fn every_latency_curve_is_read_as_written_and_fits_the_schema() {
    use plimsoll::model::{LatencyCurve, LoadLine};
    use plimsoll::stats::Distribution::{Constant, Gamma, Lognormal};
    let validator = jsonschema::validator_for(&spec::schema()).unwrap();
    for (written, curve) in [
        ("service_time = \"500 ms\", servers = 4", LatencyCurve::Mmc { service_seconds: 0.5, servers: 4 }),
        ("by = \"mmc\", service_time = \"500 ms\", servers = 4", LatencyCurve::Mmc { service_seconds: 0.5, servers: 4 }),
        (
            "by = \"mgc\", service_time = { law = \"lognormal\", median = \"1 s\", sigma = 0.5 }, servers = 4",
            LatencyCurve::Mgc { service: Lognormal { median: 1.0, sigma: 0.5 }, servers: 4 },
        ),
        (
            "by = \"mgc\", service_time = \"1 s\", variation = 4, servers = 4",
            LatencyCurve::Mgc { service: Gamma { shape: 0.25, scale: 4.0 }, servers: 4 },
        ),
        (
            "by = \"mgc\", service_time = \"1 s\", variation = 0, servers = 4",
            LatencyCurve::Mgc { service: Constant { value: 1.0 }, servers: 4 },
        ),
        (
            "by = \"scalability\", rate = 120, contention = 0.03, coherence = 1e-4",
            LatencyCurve::Scalability { rate: 120.0, contention: 0.03, coherence: 1e-4 },
        ),
        (
            "by = \"measured\", points = [{ utilization = 0.5, latency = \"1 s\" }, { utilization = 0.8, latency = \"1 min\" }]",
            LatencyCurve::Measured { points: vec![(0.5, 1.0), (0.8, 60.0)] },
        ),
    ] {
        let (_desk, path, text) = with_line(&format!("{{ percentile = 0.99, target = \"9 s\", {written} }}"));
        let declared = spec::parse(&path, &text).unwrap_or_else(|problems| panic!("{written}: {problems:?}"));
        let mut lines = declared.model.pools.iter().flat_map(|pool| &pool.demands).map(|demand| &demand.line);
        let objective = lines.find_map(|line| if let LoadLine::Latency(objective) = line { Some(objective) } else { None });
        let objective = objective.unwrap();
        assert_eq!((objective.percentile, &objective.curve), (0.99, &curve), "{written}");
        assert!((objective.target_seconds - 9.0).abs() < 1e-12, "{written}");
        let value = dates_as_text(toml::from_str(&text).unwrap());
        let wrong: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{written}: {wrong:?}");
    }
}

#[test]
fn what_makes_no_latency_curve_is_told_with_its_place_and_what_is_accepted() {
    for (written, at, words) in [
        ("service_time = \"1 s\"", "", "line` has no `servers`"),
        ("by = \"mgc\", service_time = \"1 s\", servers = 2", "\"1 s\"", "is a mean only, and `"),
        (
            "by = \"mgc\", service_time = { p10 = \"1 s\", p90 = \"2 s\" }, variation = 1, servers = 2",
            "1, servers",
            "beside a law",
        ),
        ("by = \"mgc\", service_time = \"1 s\", variation = -1, servers = 2", "-1", "variation` is -1, expected 0 to 100"),
        (
            "by = \"mgc\", service_time = { law = \"normal\", mean = \"1 s\", sd = \"1 s\" }, servers = 2",
            "{ law",
            "a law without negative values",
        ),
        ("by = \"mmc\", service_time = \"1 s\", servers = 2, points = []", "points", "says nothing where latency is by `mmc`"),
        ("by = \"mmk\"", "\"mmk\"", "is `mmk`, expected mmc, mgc, scalability, measured"),
        ("by = \"scalability\", rate = 10", "", "neither `contention` nor `coherence` above 0"),
        ("by = \"scalability\", contention = 0.1", "", "line` has no `rate`"),
        ("by = \"scalability\", rate = 0, contention = 0.1", "0, contention", "rate` is 0, expected"),
        ("by = \"measured\"", "", "line` has no `points`"),
        (
            "by = \"measured\", points = [{ utilization = 0.5, latency = \"1 s\" }]",
            "[{",
            "points` is 1 points, expected two or more",
        ),
        (
            "by = \"measured\", points = [{ utilization = 0.5, latency = \"1 s\" }, { utilization = 0.4, latency = \"20 s\" }]",
            "0.4",
            "points[2].utilization` does not rise",
        ),
        (
            "by = \"measured\", points = [{ utilization = 0.5, latency = \"20 s\" }, { utilization = 0.6, latency = \"19 s\" }]",
            "\"19 s\"",
            "points[2].latency` does not rise",
        ),
        (
            "by = \"measured\", points = [{ utilization = 0.5, latency = \"1 s\" }, { utilization = 0.6, latency = \"2 s\" }]",
            "\"9 s\"",
            "s, outside the measured curve, which goes from 1 s at 0.5 to 2 s at 0.6",
        ),
    ] {
        let whole = format!("{{ percentile = 0.99, target = \"9 s\", {written} }}");
        let (_desk, path, text) = with_line(&whole);
        let problems = spec::parse(&path, &text).unwrap_err();
        let told = problems.iter().find(|problem| problem.message.contains(words));
        let told = told.unwrap_or_else(|| panic!("{written}: {problems:?}"));
        let byte = text.find(&whole).unwrap() + whole.find(at).unwrap();
        let line = text[..byte].matches('\n').count() as u64 + 1;
        let column = (text[..byte].rsplit('\n').next().unwrap().chars().count() + 1).to_string();
        assert_eq!((told.line, told.column.as_deref()), (Some(line), Some(column.as_str())), "{written}: {told:?}");
    }
}
