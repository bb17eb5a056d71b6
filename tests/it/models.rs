//! Every shipped model loads, runs by the command of its page, and answers its question; the page holds the answer. What runs write is listed in
//! the reference of outputs.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pages::{blocks, desk, root, run};
use super::reference::{Outputs, kept_or_updated};

const BEGIN: &str = "<!-- answer: made by a test, `UPDATE_DOCS=1 cargo test --test it models` -->\n";
const END: &str = "<!-- end of answer -->\n";

#[test]
fn every_model_answers_its_question() {
    let mut seen = BTreeSet::new();
    let mut outputs = Outputs::default();
    let index = fs::read_to_string(root().join("models/README.md")).unwrap();
    for model in folders(&root().join("models")) {
        let name = model.file_name().unwrap().to_str().unwrap().to_owned();
        let page = fs::read_to_string(model.join("README.md")).unwrap_or_else(|_| panic!("models/{name} has no README.md"));
        let here = desk();
        for block in blocks(&page).iter().filter(|block| block.word == "sh") {
            let (done, told) = run(&block.text, here.path());
            assert!(done, "models/{name}/README.md:{}: the block fails:\n{told}", block.line);
        }
        let folder = here.path().join("runs").join(&name).join("latest");
        let report: Value = serde_json::from_slice(&fs::read(folder.join("report.json")).unwrap()).unwrap();
        opens_with_its_question(&name, &model, &page);
        is_whole(&name, &report);
        if name == "opening" {
            the_date_is_worth_an_amount(&report);
        }
        if let "encoding" | "pipeline" = name.as_str() {
            no_chance_is_accepted(&name, &report);
        }
        let answer = answer(&report, &fs::read_to_string(folder.join("report.md")).unwrap());
        kept_or_updated(&model.join("README.md"), &with_answer(&page, &answer, &name));
        assert!(index.contains(&format!("({name}/README.md)")), "models/README.md does not lead to {name}");
        outputs.add(&folder, &report);
        seen.insert(name);
    }
    assert!(seen.len() >= 10, "{seen:?}");
    kept_or_updated(&root().join("docs/reference/outputs.md"), &outputs.page());
}

/// Rules that bound something else than the chance of a shortfall: no sentence tells of an accepted one, no chart marks one, and what
/// the rule bounds is told.
fn no_chance_is_accepted(name: &str, report: &Value) {
    let sentences = ["director", "summary", "sections"].map(|part| report[part].to_string()).concat();
    for words in ["(accepted:", ") is accepted\"", "%) is accepted", "the accepted", "resamples of the futures choose this plan"]
    {
        assert!(!sentences.contains(words), "{name}: {words}");
    }
    let told = if name == "encoding" { " a unit and month." } else { "the mean of units missing is at most 0.0" };
    assert!(report["summary"][2].as_str().unwrap().contains(told), "{name}: {}", report["summary"][2]);
    for id in ["risk", "cost-risk"] {
        let chart = report["charts"].as_array().unwrap().iter().find(|chart| chart["id"] == id).unwrap();
        let title = chart["title"].as_str().unwrap();
        assert!(chart.to_string().contains("\"accepted\":null"), "{name}: {id}: {chart}");
        assert!(!title.contains("1 %"), "{name}: {title}");
    }
}

fn folders(below: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn opens_with_its_question(name: &str, model: &Path, page: &str) {
    let text = fs::read_to_string(model.join("model.toml")).unwrap();
    let first = text.lines().next().unwrap_or("");
    let question = first.strip_prefix("# ").filter(|question| question.ends_with('?'));
    let question = question.unwrap_or_else(|| panic!("{name} opens with the question it answers, not with `{first}`"));
    assert!(page.contains(question), "models/{name}/README.md lacks the question of the model file: {question}");
}

fn is_whole(name: &str, report: &Value) {
    let sections = report["sections"].as_array().unwrap();
    let numbers: Vec<u64> = sections.iter().map(|section| section["number"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted() && numbers.len() >= 9, "{numbers:?}");
    for section in sections {
        for kind in ["tables", "charts"] {
            let kept: Vec<&Value> = report[kind].as_array().unwrap().iter().map(|one| &one["id"]).collect();
            for id in section[kind].as_array().unwrap() {
                assert!(kept.contains(&id), "{name}: section {} shows {id}, which is not among the {kind}", section["id"]);
            }
        }
    }
}

/// Knowing when it opens is worth more than nothing by five standard errors, and no more than knowing everything; what the demand will be is
/// not.
fn the_date_is_worth_an_amount(report: &Value) {
    let table = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == "worth").unwrap();
    let of = |input: &str| {
        let row =
            table["rows"].as_array().unwrap().iter().find(|row| row[1] == input).unwrap_or_else(|| panic!("{input}: {table}"));
        (row[2].as_f64().unwrap(), row[3].as_f64().unwrap())
    };
    let ((date, error), (all, of_all)) = (of("opening: date of the launch"), of("the whole future"));
    assert!(date > 5.0 * error && date <= all + 5.0 * (error + of_all), "{table}");
    let (level, error) = of("shop: cpu demand, level");
    assert!(level < date / 2.0 && level < 5.0 * error, "{table}");
}

/// The summary of a report, what each pool crosses and when, and the table of orders as the report prints it.
fn answer(report: &Value, markdown: &str) -> String {
    let mut answer = String::new();
    for sentence in report["summary"].as_array().unwrap() {
        writeln!(answer, "- {}", sentence.as_str().unwrap()).unwrap();
    }
    let findings = report["sections"].as_array().into_iter().flatten().filter_map(|section| section["findings"].as_array());
    for worth in findings.flatten().filter(|finding| finding["evidence"] == "worth") {
        writeln!(answer, "- {}", worth["sentence"].as_str().unwrap()).unwrap();
    }
    let orders = markdown.split("\nWhat to order, and by when\n").nth(1);
    let table: Vec<&str> =
        orders.unwrap_or("").lines().skip_while(|line| line.is_empty()).take_while(|line| line.starts_with('|')).collect();
    if table.len() > 2 {
        writeln!(answer, "\n{}", table.join("\n")).unwrap();
    }
    let replications = &report["provenance"]["replications"];
    let (horizon, as_of) = (&report["horizon_days"], report["as_of"].as_str().unwrap());
    writeln!(answer, "\n{replications} futures of {horizon} days from {as_of} on, seed {}.", report["provenance"]["seed"])
        .unwrap();
    answer
}

fn with_answer(page: &str, answer: &str, name: &str) -> String {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.unwrap_or_else(|| panic!("models/{name}/README.md lacks the lines {BEGIN}{END}"));
    format!("{before}{BEGIN}\n{answer}\n{END}{after}")
}

#[test]
fn the_answer_stands_between_its_lines() {
    let page = format!("# A\n{BEGIN}old\n{END}\nMore.\n");
    assert_eq!(with_answer(&page, "new\n", "a"), format!("# A\n{BEGIN}\nnew\n\n{END}\nMore.\n"));
    let report = serde_json::json!({"summary": ["Order 3."], "provenance": {"replications": 5, "seed": 1}, "horizon_days": 9, "as_of": "2026-01-01"});
    let markdown = "x\n\nWhat to order, and by when\n\n| a |\n| --- |\n| 1 |\n\n| other |\n";
    let expected = "- Order 3.\n\n| a |\n| --- |\n| 1 |\n\n5 futures of 9 days from 2026-01-01 on, seed 1.\n";
    assert_eq!(answer(&report, markdown), expected);
}
