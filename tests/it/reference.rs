//! The reference of the command line, made from `--help`, and of what a run writes, made from the runs of the shipped models.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::pages::root;

/// Fails where a generated page is stale, or writes it anew under `UPDATE_DOCS`.
pub fn kept_or_updated(path: &Path, fresh: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, fresh).unwrap();
        return;
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    let differs = fresh.lines().zip(kept.lines().chain(std::iter::repeat(""))).find(|(fresh, kept)| fresh != kept);
    assert!(
        kept == fresh,
        "{} is stale, first here: {differs:?}\nrun UPDATE_DOCS=1 cargo test --test it, read what changed, commit it",
        path.display()
    );
}

fn help(arguments: &[&str]) -> String {
    let out =
        Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).env("NO_COLOR", "1").env_remove("COLUMNS").output().unwrap();
    assert!(out.status.success(), "{arguments:?}");
    String::from_utf8(out.stdout).unwrap().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A help text: what it does, its usage, its arguments and options by entry, and what stands below them.
struct Help {
    about: String,
    usage: String,
    arguments: Vec<String>,
    options: Vec<String>,
    after: String,
}

impl Help {
    fn of(text: &str) -> Self {
        let (about, rest) = text.split_once("\nUsage: ").unwrap_or_else(|| panic!("no usage in:\n{text}"));
        let usage = rest.lines().next().unwrap_or("").to_owned();
        let (mut arguments, mut options, mut after, mut here) = (Vec::new(), Vec::new(), String::new(), "");
        for line in rest.lines().skip(1) {
            let opens = !line.is_empty() && !line.starts_with(' ');
            if matches!(line, "Arguments:" | "Options:") && after.is_empty() {
                here = line;
                continue;
            }
            if opens {
                here = "after";
            }
            match here {
                "Arguments:" => add(&mut arguments, line),
                "Options:" => add(&mut options, line),
                "after" => writeln!(after, "{line}").unwrap(),
                _ => {}
            }
        }
        Self { about: about.trim().to_owned(), usage, arguments, options, after: after.trim().to_owned() }
    }
}

impl Help {
    /// The first paragraph, on one line, for a table.
    fn does(&self) -> String {
        self.about.lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ").replace('|', "\\|")
    }
}

/// An entry opens with a flag or a name; what it says is indented deeper.
fn add(entries: &mut Vec<String>, line: &str) {
    let words = line.trim_start();
    let indent = line.len() - words.len();
    if (1..10).contains(&indent) && (words.starts_with('-') || words.starts_with('<') || words.starts_with('[')) {
        entries.push(String::new());
    }
    if let Some(entry) = entries.last_mut() {
        writeln!(entry, "{line}").unwrap();
    }
}

fn command_page() -> String {
    let top = help(&["--help"]);
    let listed = top.split("\nCommands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let verbs: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).filter(|verb| *verb != "help").collect();
    assert!(verbs.len() > 20, "{verbs:?}");
    let helps: Vec<Help> = verbs.iter().map(|verb| Help::of(&help(&[verb, "--help"]))).collect();
    let common: Vec<&String> = helps[0]
        .options
        .iter()
        .filter(|option| helps.iter().all(|help| help.options.iter().any(|one| one.trim() == option.trim())))
        .collect();
    let mut page = "# Commands\n\n\
        Made from `--help` by a test: change that, not this page (`UPDATE_DOCS=1 cargo test --test it reference`). On the command line:\n\
        `plimsoll --help`, `--help` after each verb, `plimsoll man`. What exit codes mean: [README](../../README.md#what-it-does).\n\n\
        | verb | does |\n| --- | --- |\n"
        .to_owned();
    for (verb, help) in verbs.iter().zip(&helps) {
        writeln!(page, "| [`{verb}`](#{verb}) | {} |", help.does()).unwrap();
    }
    writeln!(page, "\n## Flags of every verb\n\n```text\n{}\n```", joined(common.iter().map(|one| one.as_str()))).unwrap();
    for (verb, help) in verbs.iter().zip(&helps) {
        writeln!(page, "\n## {verb}\n\n{}\n\n```text\n{}\n```", help.about, help.usage).unwrap();
        let own = help.options.iter().filter(|option| !common.iter().any(|one| one.trim() == option.trim()));
        let entries = joined(help.arguments.iter().chain(own).map(String::as_str));
        if !entries.is_empty() {
            writeln!(page, "\n```text\n{entries}\n```").unwrap();
        }
        if !help.after.is_empty() {
            writeln!(page, "\n```text\n{}\n```", help.after).unwrap();
        }
    }
    page
}

fn joined<'e>(entries: impl Iterator<Item = &'e str>) -> String {
    entries.map(str::trim_end).collect::<Vec<_>>().join("\n\n").trim_end().trim_start_matches('\n').to_owned()
}

#[test]
fn the_reference_of_commands_is_fresh() {
    let page = command_page();
    for known in
        ["## run\n", "--replications <N>", "Examples:\n  plimsoll run models/webshop", "## Flags of every verb\n\n```text\n"]
    {
        assert!(page.contains(known), "{known} is lost:\n{page}");
    }
    assert_eq!(page.matches("--log-format <LOG_FORMAT>").count(), 1, "flags of every verb stand once");
    kept_or_updated(&root().join("docs/reference/cli.md"), &page);
}

/// What the files of a run are; one that is not named here fails the test.
const FILES: &[(&str, &str)] = &[
    ("report.html", "the report for people: one file, offline, with charts"),
    ("report.md", "the same as Markdown"),
    (
        "report.json",
        "the same as JSON: `summary`, `sections` with their findings, `tables`, `charts` with the data that they draw, `provenance`; `schema` is its version",
    ),
    (
        "manifest.json",
        "what makes the run again: program, inputs with checksums, seed, settings, checksums of all outputs. `plimsoll rerun` takes it",
    ),
    ("inputs/model.toml", "the model file as it was"),
    ("charts/….svg, charts/….png", "each chart of the report, twice"),
    ("tables/….parquet, tables/….csv", "each table of the report, twice; all of them are listed below"),
];

#[derive(Default)]
struct Table {
    title: String,
    section: String,
    /// By name, in the order of the first run: headings, units, types.
    columns: Vec<(String, BTreeSet<String>, BTreeSet<String>, BTreeSet<&'static str>)>,
    models: BTreeSet<String>,
}

/// What runs wrote: files, charts and tables, over several runs.
#[derive(Default)]
pub struct Outputs {
    files: BTreeSet<String>,
    charts: BTreeMap<String, BTreeSet<String>>,
    tables: BTreeMap<String, Table>,
    order: Vec<String>,
    models: usize,
}

impl Outputs {
    pub fn add(&mut self, folder: &Path, report: &Value) {
        self.models += 1;
        let model = report["model"].as_str().unwrap();
        let pools = pools(report);
        self.list(folder, Path::new(""));
        for chart in report["charts"].as_array().unwrap() {
            let id = chart["id"].as_str().unwrap().to_owned();
            self.charts.entry(general(&id, &pools)).or_default().insert(chart["body"]["kind"].as_str().unwrap().to_owned());
        }
        for table in report["tables"].as_array().unwrap() {
            let id = table["id"].as_str().unwrap();
            for ending in ["csv", "parquet"] {
                assert!(folder.join(format!("tables/{id}.{ending}")).is_file(), "{model}: tables/{id}.{ending} is not there");
            }
            let currency = report_currency(report);
            self.table(id, table, report, &pools, &currency);
        }
    }

    fn list(&mut self, folder: &Path, below: &Path) {
        for entry in fs::read_dir(folder.join(below)).unwrap().map(|entry| entry.unwrap()) {
            let name = below.join(entry.file_name());
            if entry.path().is_dir() {
                self.list(folder, &name);
            } else if !name.starts_with("charts") && !name.starts_with("tables") {
                self.files.insert(name.to_str().unwrap().to_owned());
            }
        }
    }

    fn table(&mut self, id: &str, table: &Value, report: &Value, pools: &BTreeSet<String>, currency: &str) {
        if !self.tables.contains_key(id) {
            self.order.push(id.to_owned());
        }
        let known = self.tables.entry(id.to_owned()).or_default();
        known.models.insert(report["model"].as_str().unwrap().to_owned());
        if known.title.is_empty() {
            table["title"].as_str().unwrap().clone_into(&mut known.title);
            let shows = |section: &&Value| section["tables"].as_array().unwrap().iter().any(|one| one == id);
            let section = report["sections"].as_array().unwrap().iter().find(shows);
            known.section =
                section.map_or_else(String::new, |one| format!("{}. {}", one["number"], one["question"].as_str().unwrap()));
        }
        for (at, column) in table["columns"].as_array().unwrap().iter().enumerate() {
            let text = |key: &str| column[key].as_str().unwrap().replace(currency, "currency");
            let name = general(column["name"].as_str().unwrap(), pools);
            let heading = if name.contains('…') { "a pool each".to_owned() } else { text("heading") };
            let place = known.columns.iter().position(|one| one.0 == name).unwrap_or_else(|| {
                known.columns.push((name, BTreeSet::new(), BTreeSet::new(), BTreeSet::new()));
                known.columns.len() - 1
            });
            known.columns[place].1.insert(heading);
            known.columns[place].2.insert(text("unit"));
            known.columns[place].3.extend(table["rows"].as_array().unwrap().iter().filter_map(|row| kind(&row[at])));
        }
    }

    pub fn page(&self) -> String {
        let named = |file: &String| FILES.iter().any(|(name, _)| name == file);
        let unknown: Vec<&String> = self.files.iter().filter(|file| !named(file)).collect();
        assert!(unknown.is_empty(), "say in FILES of tests/it/reference.rs what these are: {unknown:?}");
        let mut page = format!(
            "# What a run writes\n\n\
             Made from the runs of the {} [shipped models](../../models/README.md) by a test: change the program, not this page\n\
             (`UPDATE_DOCS=1 cargo test --test it models`). A run stands in `runs/MODEL/AS_OF-HASH/`; `runs/MODEL/latest` leads to the newest, `previous` to the one\n\
             before. It is written whole or not at all. `plimsoll score` adds `runs/MODEL/scores/*.csv` ([columns](../guides/diff-and-score.md#how-the-last-plan-did)),\n\
             `simulate -o` one Parquet file with every future ([columns](../guides/many-machines.md#reading-it-elsewhere)).\n\n\
             | file | what it is |\n| --- | --- |\n",
            self.models
        );
        for (name, says) in FILES {
            writeln!(page, "| `{name}` | {says} |").unwrap();
        }
        page += "\n## Charts\n\nTheir data stand in `report.json` under `charts`, by kind.\n\n| file | kind |\n| --- | --- |\n";
        for (id, kinds) in &self.charts {
            writeln!(page, "| `{id}` | {} |", kinds.iter().cloned().collect::<Vec<_>>().join(", ")).unwrap();
        }
        page += "\n## Tables\n\n\
            Tidy: one fact a row. Numbers are in the unit of their column, `ratio` is a share of one. A column without a unit counts, names or says. An empty cell: unknown,\n\
            not applicable, or, for a date, not within the horizon. Columns that end in `_se` are Monte Carlo standard errors of the column before.\n\
            A column that is empty in every row of a run is text in its Parquet file. Type: as in these runs.\n";
        for id in &self.order {
            self.tables[id].print(id, self.models, &mut page);
        }
        page
    }
}

impl Table {
    fn print(&self, id: &str, all: usize, page: &mut String) {
        let rare = if self.models.len() < all {
            format!(" Only where the model asks for it, such as {}.", self.models.iter().next().unwrap())
        } else {
            String::new()
        };
        let shown =
            if self.section.is_empty() { "Not shown in a section.".to_owned() } else { format!("Section {}", self.section) };
        let shown = if rare.is_empty() { shown } else { format!("{}.{rare}", shown.trim_end_matches('.')) };
        writeln!(page, "\n### {id}\n\n{}. {shown}\n\n| column | heading | unit | type |\n| --- | --- | --- | --- |", self.title)
            .unwrap();
        for (name, headings, units, kinds) in &self.columns {
            let listed = |set: &BTreeSet<String>| {
                let some: Vec<&str> = set.iter().filter(|one| !one.is_empty()).map(String::as_str).collect();
                some.join("; ").replace('|', "\\|")
            };
            let kinds = kinds.iter().copied().collect::<Vec<_>>().join(", ");
            writeln!(page, "| `{name}` | {} | {} | {kinds} |", listed(headings), listed(units)).unwrap();
        }
    }
}

fn pools(report: &Value) -> BTreeSet<String> {
    let exhaustion = report["tables"].as_array().unwrap().iter().find(|table| table["id"] == "exhaustion").unwrap();
    exhaustion["rows"].as_array().unwrap().iter().map(|row| row[0].as_str().unwrap().to_owned()).collect()
}

/// The currency that the plan is in: the unit of the cost in the schedule.
fn report_currency(report: &Value) -> String {
    let tables = report["tables"].as_array().unwrap();
    let schedule = tables.iter().find(|table| table["id"] == "schedule").unwrap();
    let cost = schedule["columns"].as_array().unwrap().iter().find(|column| column["name"] == "cost").unwrap();
    cost["unit"].as_str().unwrap().to_owned()
}

/// A name without what belongs to one model: `demand-web` is `demand-…`, `tornado-2` is `tornado-…`.
fn general(name: &str, pools: &BTreeSet<String>) -> String {
    let longest = pools
        .iter()
        .filter(|pool| name.ends_with(&format!("-{pool}")) || name.ends_with(&format!("_{}", pool.replace('-', "_"))))
        .max_by_key(|pool| pool.len());
    if let Some(pool) = longest {
        return format!("{}…", &name[..name.len() - pool.len()]);
    }
    match name.rsplit_once('-') {
        Some((first, number)) if number.chars().all(|c| c.is_ascii_digit()) => format!("{first}-…"),
        _ => name.to_owned(),
    }
}

fn kind(cell: &Value) -> Option<&'static str> {
    let is_day = |text: &str| {
        text.len() == 10
            && text.as_bytes()[4] == b'-'
            && text.as_bytes()[7] == b'-'
            && text[..4].chars().all(|c| c.is_ascii_digit())
    };
    match cell {
        Value::String(text) if is_day(text) => Some("date"),
        Value::String(text) if text.is_empty() => None,
        Value::String(_) => Some("text"),
        Value::Number(_) => Some("number"),
        Value::Bool(_) => Some("yes or no"),
        _ => None,
    }
}

#[test]
fn names_of_one_model_are_told_from_names_of_all() {
    let pools = BTreeSet::from(["web".to_owned(), "big-web".to_owned()]);
    for (name, expected) in [
        ("demand-web", "demand-…"),
        ("demand-big-web", "demand-…"),
        ("pool_big_web", "pool_…"),
        ("tornado-12", "tornado-…"),
        ("cost-risk", "cost-risk"),
    ] {
        assert_eq!(general(name, &pools), expected);
    }
    assert_eq!(kind(&Value::from("2026-01-31")), Some("date"));
    assert_eq!(kind(&Value::from("2026-01")), Some("text"));
}
