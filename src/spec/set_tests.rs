use std::path::Path;

use super::{load_with, parse};
use crate::model::RiskRule;
use crate::scenario::Override;
use crate::stats::Distribution;

fn starter() -> &'static str {
    include_str!("starter.toml")
}

/// The starter model with its data's file taken from the test's own folder.
fn text() -> String {
    let folder = env!("CARGO_MANIFEST_DIR");
    starter().replace("files = \"cpu.csv\"", &format!("files = \"{folder}/Cargo.toml\""))
}

fn with(set: &[&str]) -> Result<super::Declared, Vec<crate::problem::Problem>> {
    let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
    load_with(Path::new("starter/model.toml"), Some(&text()), &set)
}

#[test]
fn values_are_set_by_their_key_paths() {
    let declared = with(&[
        "plan.risk=0.005",
        "plan.horizon=\"90 d\"",
        "unit.m8.price.purchase=100",
        "unit.m8.lead_time = { p50 = \"10 d\", p90 = \"20 d\" }",
        "pool.web.demand.cpu.line=0.5",
        "pool.web.units.2.count=9",
        "pool.web.growth=0.2",
        "failure.\"zone outage\".share=0.5",
    ])
    .unwrap();
    let model = &declared.model;
    assert_eq!(model.objective.risk, RiskRule::ShortfallPerMonth(0.005));
    assert_eq!(declared.settings.horizon_days, 90);
    assert_eq!(model.catalog["m8"].price.purchase, 100.0);
    assert_eq!(model.catalog["m8"].price.monthly, 310.0);
    assert!((model.catalog["m8"].lead_time_days.quantile(0.5) - 10.0).abs() < 1e-9);
    assert_eq!(model.pools[0].demands[0].line, crate::model::LoadLine::Utilization(0.5));
    assert_eq!(model.pools[0].groups[1].counts[0].units, 9);
    assert_eq!(model.failures[1].share_lost, 0.5);
    let growth = Override::Growth { pool: Some("web".to_owned()), annual: Distribution::constant(0.2) };
    assert_eq!(declared.scenarios[0].overrides, std::slice::from_ref(&growth));
    assert_eq!((&declared.scenarios[1].overrides[0], declared.scenarios[1].overrides.len()), (&growth, 2));
    assert_eq!(declared.text, text(), "the file's own text is kept as it is");
}

#[test]
fn what_is_set_wrong_is_told_as_what_is_written_wrong() {
    let told = |set: &str| {
        let problems = with(&[set]).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems[0].to_string()
    };
    for (set, words) in [
        ("plan.risk=2", "error[spec/out-of-range]: --set plan.risk=2: `plan.risk` is 2, expected 0 to 1"),
        ("plan.rsk=0.1", "error[spec/unknown-key]: --set plan.rsk=0.1: `rsk` is not a key of `plan`"),
        ("pool.wbe.buys=\"m8\"", "there is no `pool` `wbe`"),
        ("plan.risk.high=0.1", "`plan.risk` is a float: there is no `high` below it"),
        ("plan.horizon=90 d", "error[spec/syntax]: --set plan.horizon=90 d: "),
        ("plan.risk", "error[spec/syntax]: --set plan.risk: "),
        ("pool.web.growth=\"fast\"", "error[spec/wrong-type]: --set pool.web.growth=\"fast\": "),
        ("plan.risk=0.1\nseed=3", "error[spec/syntax]"),
        ("", "error[spec/syntax]"),
    ] {
        let seen = told(set);
        assert!(seen.contains(words), "{set}: {seen}");
    }
    assert!(with(&["pool.web.groth=1"]).unwrap_err()[0].help.as_deref().unwrap().contains("did you mean `growth`?"));
}

#[test]
fn scenarios_are_made_of_others_each_of_them_once() {
    let more = "
[scenario.launch]
supposes = \"A launch.\"
launch = [{ name = \"app\", start = 2027-01-01, size = 0.5 }]
[scenario.both]
supposes = \"Both.\"
with = [\"launch\", \"strong-growth\"]
efficiency = [{ name = \"cache\", from = 2027-01-01, gain = 0.1 }]
[scenario.all]
supposes = \"All.\"
with = [\"both\", \"launch\"]
";
    let kinds = |declared: &super::Declared, name: &str| {
        let one = declared.scenarios.iter().find(|one| one.name == name).unwrap();
        let kind = |change: &Override| match change {
            Override::Growth { .. } => 'g',
            Override::Launch { .. } => 'l',
            Override::Efficiency { .. } => 'e',
            _ => '?',
        };
        one.overrides.iter().map(kind).collect::<String>()
    };
    let read = |more: &str| parse(Path::new("starter/model.toml"), &format!("{}{more}", text()));
    let declared = read(more).unwrap();
    assert_eq!(["base", "both", "all"].map(|name| kinds(&declared, name)), ["", "lge", "lge"]);
    // what is committed is in all of them, once
    let committed = read(&more.replace("supposes = \"A launch.\"", "supposes = \"A launch.\"\ncommitted = true")).unwrap();
    let names = ["base", "launch", "both", "strong-growth"];
    assert_eq!(names.map(|name| kinds(&committed, name)), ["l", "l", "lge", "lg"]);
    assert!(committed.scenarios[0].supposes.contains("Committed: A launch."));
    let cycle = read(
        &more
            .replace("with = [\"both\", \"launch\"]", "with = [\"both\"]")
            .replace("[\"launch\", \"strong-growth\"]", "[\"all\"]"),
    );
    assert!(cycle.unwrap_err().iter().any(|problem| problem.slug == "spec/scenario-cycle"));
    let unknown = read(&more.replace("[\"both\", \"launch\"]", "[\"lunch\"]")).unwrap_err();
    assert!(unknown[0].to_string().contains("did you mean `launch`?"), "{unknown:?}");
    let price = read(
        "\n[scenario.p]\nsupposes = \"p\"\ncommitted = true\nprice = [{ unit = \"m8\", from = 2027-01-01, purchase = 1.1 }]\n",
    );
    assert_eq!(price.unwrap_err()[0].slug, "spec/committed-price");
}

#[test]
fn a_scenario_is_committed_by_one_line_and_all_else_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.toml");
    let before = text();
    std::fs::write(&file, &before).unwrap();
    let (path, after) = super::commit(folder.path(), "strong-growth").unwrap();
    assert_eq!(path, file);
    let added: Vec<&str> = after.lines().filter(|line| !before.lines().any(|held| held == *line)).collect();
    assert_eq!((added, after.lines().count()), (vec!["committed = true"], before.lines().count() + 1));
    let declared = parse(&file, &after).unwrap();
    assert_eq!(declared.scenarios[0].overrides, declared.scenarios[1].overrides);
    std::fs::write(&file, &after).unwrap();
    assert!(super::commit(folder.path(), "strong-growth").unwrap_err()[0].message.contains("committed already"));
    assert!(super::commit(folder.path(), "strong-grwth").unwrap_err()[0].help.as_deref().unwrap().contains("strong-growth"));
    let inline = after
        .replace("[scenario.strong-growth]\ncommitted = true\n", "[scenario]\nstrong-growth.supposes = \"x\"\n")
        .replace("growth = [{ annual", "strong-growth.growth = [{ annual");
    let inline = inline.lines().filter(|line| !line.starts_with("supposes")).collect::<Vec<_>>().join("\n");
    std::fs::write(&file, inline).unwrap();
    assert!(super::commit(folder.path(), "strong-growth").unwrap_err()[0].message.contains("has no line"));
}
