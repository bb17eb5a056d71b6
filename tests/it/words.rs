//! The words of the command line: names of errors, the glossary, `explain`, `man`, help, `--json`, colours, `--dry-run`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn plimsoll(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).current_dir(folder).env_remove("NO_COLOR").output().unwrap()
}

fn said(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

const STAGES: [&str; 11] = ["forecast", "gate", "ingest", "input", "live", "output", "plan", "rerun", "run", "simulate", "spec"];

/// `"stage/what"` in the code of a file, tests left out.
fn slugs(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or("");
    let is_slug = |text: &&str| {
        text.split_once('/').is_some_and(|(stage, what)| {
            let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            STAGES.contains(&stage) && !what.is_empty() && what.chars().all(letters)
        })
    };
    code.split('"').filter(is_slug).map(str::to_owned).collect()
}

fn of_the_source() -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() && name != "tests" {
                walk(&entry, found);
            } else if entry.extension().is_some_and(|ending| ending == "rs") && name != "tests.rs" {
                found.extend(slugs(&fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&root().join("src"), &mut found);
    found
}

/// The headings of a page, in order, each with its text.
fn headings(page: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let part = |part: &str| part.split_once('\n').map(|(name, text)| (name.to_owned(), text.to_owned())).unwrap();
    text.split("\n## ").skip(1).map(part).collect()
}

fn code_of(entry: &str) -> Option<&str> {
    entry.lines().find_map(|line| line.strip_prefix("- exit code: "))
}

#[test]
fn the_index_of_errors_holds_each_name_of_the_source_once_in_order() {
    let entries = headings("docs/reference/errors.md");
    let told: Vec<&String> = entries.iter().map(|(name, _)| name).collect();
    let known = of_the_source();
    assert!(known.len() > 140, "only {} were found: have they another form?", known.len());
    assert_eq!(told, known.iter().collect::<Vec<_>>(), "docs/reference/errors.md");
    for (name, entry) in &entries {
        for label in ["- such as: ", "- do: ", "- exit code: "] {
            assert!(entry.lines().any(|line| line.len() > label.len() && line.starts_with(label)), "{name} lacks `{label}`");
        }
    }
}

#[test]
fn the_index_says_the_exit_code_that_the_program_gives() {
    use plimsoll::error::Error;
    use plimsoll::problem::Problem;
    for (name, entry) in headings("docs/reference/errors.md") {
        let told = code_of(&entry).unwrap().to_owned();
        let problem = Problem::new(Box::leak(name.clone().into_boxed_str()), "x", "y");
        let given = match name.as_str() {
            "forecast/interrupted" => Error::Forecast(plimsoll::forecast::Error::Interrupted).exit_code(),
            "gate/memory" => Error::GateMemory { path: "x".into(), reason: String::new() }.exit_code(),
            "spec/correlations-repaired" | "spec/horizon-below-lead-time" => {
                assert_eq!(told, "none, a warning");
                continue;
            }
            _ => Error::Problems(vec![problem]).exit_code(),
        };
        assert_eq!(told, given.to_string(), "{name}");
    }
}

#[test]
fn the_glossary_is_in_order_and_says_something_of_each_word() {
    let entries = headings("docs/glossary.md");
    assert!(entries.len() >= 100, "{}", entries.len());
    let names: Vec<String> = entries.iter().map(|(name, _)| name.to_lowercase()).collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(names, sorted);
    for (name, entry) in &entries {
        let first = entry.lines().find(|line| !line.is_empty()).unwrap();
        assert!(!first.starts_with("- ") && first.split_whitespace().count() >= 3, "{name}: {first}");
    }
}

/// What the index gives as causes, tried: the words of a model that are changed, or a file and what is done with it.
#[test]
fn examples_of_the_index_cause_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for shipped in ["datasets", "models"] {
        std::os::unix::fs::symlink(root().join(shipped), at.join(shipped)).unwrap();
    }
    let model = fs::read_to_string(root().join("models/webshop/model.toml")).unwrap().replace("../../datasets", "datasets");
    let edits: &[(&str, &str, &str)] = &[
        ("spec/unknown-key", "lead_time =", "lead_tiem ="),
        ("spec/missing-key", "buys = \"m8\"", ""),
        ("spec/wrong-type", "replications = 2000", "replications = \"many\""),
        ("spec/unknown-word", "[[pool]]", "[[pool]]\nrouting = \"share\""),
        ("spec/unknown-name", "buys = \"m8\"", "buys = \"m9\""),
        ("spec/unknown-zone", "zone = \"Europe/Berlin\"", "zone = \"Mars/Base\""),
        ("spec/unit-mismatch", "memory = \"64 GiB\"", "memory = \"16 cores\""),
        ("spec/negative-capacity", "cpu = \"16 cores\"", "cpu = -16"),
        ("spec/quantiles-out-of-order", "p10 = \"35 d\", p50 = \"49 d\"", "p10 = \"49 d\", p50 = \"35 d\""),
        ("spec/invalid-law", "sigma = 0.7", "sigma = -0.7"),
        ("spec/syntax", "currency = \"EUR\"", "currency = EUR"),
        ("spec/out-of-range", "risk = 0.01", "risk = 1.4"),
        ("spec/domain-cycle", "[domain.eu]", "[domain.eu]\nwithin = \"zone-a\""),
        ("spec/duplicate-name", "[domain.eu]", "[scenario.base]\nsupposes = \"x\"\n[domain.eu]"),
    ];
    for (slug, from, to) in edits {
        assert!(model.contains(from), "{from}");
        fs::write(at.join("m.toml"), model.replacen(from, to, 1)).unwrap();
        causes(at, slug, &["check", "m.toml"]);
    }
    let head = "time,host,cpu_percent\n";
    let rows: String = (0..10).map(|n| format!("2026-03-02T09:{:02}:00Z,web-1,4{n}\n", 5 * n)).collect();
    let table = |more: &str| format!("{head}{rows}{more}");
    let files: &[(&str, String, &[&str])] = &[
        ("ingest/bad-number", table("2026-03-02T09:50:00Z,web-1,forty\n"), &[]),
        ("ingest/bad-time", table("yesterday,web-1,40\n"), &[]),
        ("ingest/missing-time", table(",web-1,40\n"), &[]),
        ("ingest/conflicting-duplicates", table("2026-03-02T09:00:00Z,web-1,77\n"), &[]),
        ("ingest/empty-file", String::new(), &[]),
        ("ingest/html", "<!DOCTYPE html><html><body>Log in</body></html>".to_owned(), &[]),
        ("ingest/missing-column", table(""), &["--map", "value=cpu"]),
        ("ingest/ragged-row", table("2026-03-02T09:50:00Z,web-1,10,20\n"), &[]),
        ("ingest/no-time-column", "host,size\na,1\nb,2\n".to_owned(), &[]),
        ("ingest/other-header", table(&format!("when,machine,memory\n{rows}")), &[]),
        ("ingest/strict", table("2026-03-02T09:50:00Z,web-1,187\n"), &["--strict"]),
        ("ingest/server-error", "{\"status\":\"error\",\"errorType\":\"timeout\",\"error\":\"query timed out\"}".to_owned(), &[]),
        ("ingest/not-a-series", "{\"status\":\"success\",\"data\":[\"a\",\"b\"]}".to_owned(), &[]),
        ("ingest/no-data", "[]".to_owned(), &[]),
        ("ingest/time-out-of-range", table("0001-01-01T00:00:00Z,web-1,40\n"), &[]),
        ("ingest/unknown-format", table(""), &["--format", "prometeus"]),
        ("ingest/too-many-bad", table("2026-03-02T09:50:00Z,web-1,forty\n"), &["--on-invalid", "null"]),
        ("ingest/needs-instant", "NAME    CPU(cores)   MEMORY(bytes)\nweb-1   12m   20Mi\n".to_owned(), &[]),
    ];
    for (slug, text, flags) in files {
        fs::write(at.join("x.csv"), text).unwrap();
        causes(at, slug, &[&["ingest", "x.csv", "-o", "store"], *flags].concat());
    }
    fs::write(at.join("x.csv"), table("")).unwrap();
    causes(at, "output/not-a-store", &["ingest", "x.csv", "-o", "."]);
    causes(at, "ingest/missing-file", &["inspect", "nothing.csv"]);
    causes(at, "spec/missing-file", &["check", "nowhere"]);
    causes(at, "input/read", &["report", "runs/web/latest"]);
    causes(at, "input/growth", &["project", "--start", "10", "--growth", "normal:0.04,0.02", "--volatility", "0.1"]);
    causes(at, "live/query", &["inspect", "http://127.0.0.1:1"]);
    causes(at, "live/url", &["inspect", "http://user:secret@127.0.0.1:1", "--query", "up", "--start", "2026-11-01"]);
    causes(at, "ingest/not-a-part", &["merge", "x.csv", "-o", "all.parquet"]);
    let gates = [
        ("gate/arguments", "pool.search.survives(\"continent\", \"2027-03\") < 0.9"),
        ("gate/needs-a-pool", "order_by < today + 30 d"),
        ("gate/base-only", "scenario.launch.pool.search.order_by < today"),
        ("gate/not-a-date", "pool.search.p_shortfall_by(\"31.3.2027\") > 0.05"),
        ("gate/out-of-range", "pool.search.p_shortfall > 5"),
        ("gate/syntax", "pool.search.p_shortfall_by(\"2027-03-31\") => 0.05"),
        ("gate/type", "pool.search.order_by > 0.05"),
        ("gate/unknown-event", "report.p_event(\"both zones\") > 1e-6"),
        ("gate/unknown-function", "pool.search.orderby < today"),
        ("gate/unknown-pool", "pool.chekout.order_by < today"),
        ("gate/unknown-scenario", "scenario.lauch.pool.search.p_shortfall > 0.1"),
    ];
    let launch = model.split("[scenario.").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
    for (slug, gate) in gates {
        let gate = gate.replace("scenario.launch", &format!("scenario.{launch}"));
        causes(at, slug, &["run", "models/webshop", "--dry-run", "--fail-if", &gate]);
    }
}

/// Runs it: the error's name is told with where more is said of it, and the exit code is that of the index.
#[track_caller]
fn causes(folder: &Path, slug: &str, arguments: &[&str]) {
    let output = plimsoll(folder, arguments);
    let (_, told) = said(&output);
    assert!(told.contains(slug), "{slug}: {arguments:?}\n{told}");
    let index = headings("docs/reference/errors.md");
    let entry = &index.iter().find(|(name, _)| name == slug).unwrap().1;
    assert_eq!(output.status.code().map(|code| code.to_string()).as_deref(), code_of(entry), "{slug}\n{told}");
    let more: Vec<&str> = told.lines().filter(|line| line.starts_with("more: plimsoll explain ")).collect();
    assert_eq!(more.len(), 1, "{told}");
    let explained = plimsoll(folder, &["explain", more[0].rsplit(' ').next().unwrap()]);
    assert!(explained.status.success(), "{told}");
}

#[test]
fn words_errors_and_findings_are_explained() {
    let at = root();
    for (asked, expected) in [
        (&["explain", "spec/unknown-key"][..], "spec/unknown-key, an error\n"),
        (&["explain", "unknown-key"], "spec/unknown-key, an error\n"),
        (&["explain", "Common", "random-numbers"], "common random numbers (also: CRN)\n"),
        (&["explain", "P50"], "P10, P50, P90"),
        (&["explain", "dst-fold"], "dst-fold, a kind of finding about data\n"),
    ] {
        let output = plimsoll(at, asked);
        let (text, told) = said(&output);
        assert!(output.status.success() && text.starts_with(expected), "{asked:?}: {text}{told}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
    // a word, and a kind of finding of the same name
    assert_eq!(said(&plimsoll(at, &["explain", "counter"])).0.lines().filter(|line| line.starts_with("counter")).count(), 2);
    let output = plimsoll(at, &["explain", "LOLE", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&read[0]["kind"], &read[0]["name"]), (&"term".into(), &"LOLE".into()), "{read}");
    let output = plimsoll(at, &["explain", "forecast/too-short", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read[0]["exit_code"], 5, "{read}");
}

#[test]
fn an_unknown_word_is_refused_with_what_is_near() {
    let output = plimsoll(root(), &["explain", "exaustion", "date"]);
    let (text, told) = said(&output);
    assert_eq!((output.status.code(), text.as_str()), (Some(2), ""));
    assert!(told.contains("error[input/unknown-term]") && told.contains("did you mean `exhaustion date`"), "{told}");
    assert!(!told.contains("more: "), "{told}");
}

#[test]
fn all_names_are_listed() {
    let output = plimsoll(root(), &["explain", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors: BTreeSet<String> =
        read["error"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(errors, of_the_source());
    assert!(read["finding"].as_array().unwrap().len() > 100 && read["term"].as_array().unwrap().len() >= 100);
    let text = said(&plimsoll(root(), &["explain"])).0;
    assert!(
        text.contains("order-by date")
            && text.contains("spec/unknown-key")
            && text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn manual_pages_are_printed_or_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let printed = plimsoll(folder.path(), &["man"]);
    assert!(printed.status.success() && printed.stdout.starts_with(b".ie"), "{}", said(&printed).0);
    let pages = folder.path().join("share/man1");
    let written = plimsoll(folder.path(), &["man", "share/man1", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&written.stdout).unwrap();
    let mut found: Vec<String> =
        fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    assert_eq!(read["wrote"].as_array().unwrap().len(), found.len());
    assert_eq!(fs::read(pages.join("plimsoll.1")).unwrap(), printed.stdout);
    for verb in verbs() {
        assert!(found.contains(&format!("plimsoll-{verb}.1")), "{verb}: {found:?}");
    }
    // a file where the folder should be: nothing is written
    fs::write(folder.path().join("taken"), "").unwrap();
    let refused = plimsoll(folder.path(), &["man", "taken"]);
    assert_eq!(refused.status.code(), Some(6), "{}", said(&refused).1);
}

/// The verbs, as `--help` lists them.
fn verbs() -> Vec<String> {
    let help = said(&plimsoll(root(), &["--help"])).0;
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let name = |line: &str| {
        line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).and_then(|rest| rest.split(' ').next().map(str::to_owned))
    };
    list.lines().filter_map(name).filter(|verb| verb != "help").collect()
}

#[test]
fn every_verb_has_examples_and_each_can_be_typed() {
    let program = <plimsoll::cli::Arguments as clap::CommandFactory>::command();
    let mut examples = 0;
    for command in std::iter::once(&program).chain(program.get_subcommands()) {
        let verb = command.get_name();
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default().replace("\\\n", " ");
        assert!(help.starts_with("Example"), "`{verb}` has no examples: {help}");
        let shown = help.split("\n\n").next().unwrap_or("");
        let lines: Vec<&str> = shown.lines().skip(1).map(str::trim).collect();
        let own = if verb == "plimsoll" { "plimsoll ".to_owned() } else { format!("plimsoll {verb}") };
        assert!(lines.iter().any(|line| line.contains(&own)), "`{verb}` has no example of itself: {help}");
        for line in lines {
            let typed = line.split("  ").next().unwrap();
            for part in typed.split("plimsoll ").skip(1) {
                let words = std::iter::once("plimsoll".to_owned()).chain(words(part));
                let parsed = <plimsoll::cli::Arguments as clap::Parser>::try_parse_from(words);
                assert!(parsed.is_ok(), "{line}\n{}", parsed.err().unwrap());
                examples += 1;
            }
        }
    }
    assert!(examples > 50, "only {examples} examples were found: have they another form?");
}

/// The arguments of a line of the shell, up to a pipe, a redirection or another command.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.push(c),
            ('\'' | '"', None) => (quote, any) = (Some(c), true),
            ('|' | '>' | '<' | '&' | ';', None) => break,
            (' ', None) => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            (c, None) => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

#[test]
fn nothing_is_coloured_where_nobody_looks_or_no_color_is_set() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.toml"), "question = 3\n").unwrap();
    fs::write(folder.path().join("x.csv"), "ds,y\n2026-01-01,1\n2026-01-02,2\n2026-01-03,3\n").unwrap();
    let asked: [&[&str]; 7] = [
        &["--help"],
        &["run", "--help"],
        &["rnu"],
        &["check", "m.toml"],
        &["explain", "LOLE"],
        &["explain", "nothing of the kind"],
        &["inspect", "x.csv"],
    ];
    for arguments in asked {
        let output = plimsoll(folder.path(), arguments);
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{arguments:?}: {:?}", said(&output));
    }
    // on a terminal, made by script(1): coloured, unless NO_COLOR is set
    if Command::new("script").arg("--version").output().is_err() {
        return;
    }
    let typed = |no_color: Option<&str>| {
        let line = format!("{} check m.toml", env!("CARGO_BIN_EXE_plimsoll"));
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path()).env_remove("NO_COLOR").env("TERM", "xterm");
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        command.stdin(std::process::Stdio::null()).output().unwrap().stdout
    };
    assert!(typed(None).contains(&0x1b), "{}", String::from_utf8_lossy(&typed(None)));
    assert!(!typed(Some("1")).contains(&0x1b), "{}", String::from_utf8_lossy(&typed(Some("1"))));
}

#[test]
fn a_dry_run_says_what_would_be_done_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(plimsoll(at, &["init", "mine"]).status.success());
    let names = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = (names(at), names(&at.join("mine")));
    let output = plimsoll(at, &["run", "mine", "--replications", "64", "--dry-run", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((names(at), names(&at.join("mine"))), before, "something was written");
    assert_eq!((&read["replications"], &read["blocks"]), (&64.into(), &1.into()), "{read}");
    assert_eq!(read["reads"].as_array().unwrap().len(), 2, "{read}");
    let size = fs::metadata(at.join("mine/cpu.csv")).unwrap().len();
    assert!(read["reads"].as_array().unwrap().iter().any(|file| file["bytes"] == size), "{read}");
    assert_eq!(read["bytes_of_paths"], 64 * 8 * read["days"].as_u64().unwrap() * read["demands"].as_u64().unwrap());
    let measured = read["measured_futures"].as_u64().unwrap();
    assert!((1..=64).contains(&measured) && read["about_seconds"].as_f64().unwrap() > 0.0, "{read}");
    assert!(read["already_there"].is_null() && read["from_last_run"] == false, "{read}");
    // after the run, it says that there is nothing to do
    assert!(plimsoll(at, &["run", "mine", "--replications", "64", "-q"]).status.success());
    let (text, _) = said(&plimsoll(at, &["run", "mine", "--replications", "64", "--dry-run"]));
    assert!(text.contains("Would compute nothing: "), "{text}");
    let (text, _) = said(&plimsoll(at, &["run", "mine", "--replications", "128", "--dry-run"]));
    assert!(text.contains("scenarios × 128 futures × 1 pool ×") && text.contains("the last run of this model here"), "{text}");
    assert!(text.contains("Nothing was written."), "{text}");
}

#[test]
fn a_run_ends_with_a_table_of_its_pools_and_json_says_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(plimsoll(at, &["init", "mine"]).status.success());
    let output = plimsoll(at, &["run", "mine", "--replications", "64", "--json"]);
    let (text, told) = said(&output);
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(at.join(read["folder"].as_str().unwrap()).join("report.json")).unwrap()).unwrap();
    assert_eq!(read["summary"], report["summary"]);
    assert_eq!(read["pools"].as_array().unwrap().len(), 1, "{read}");
    let table: Vec<&str> = told.lines().skip_while(|line| !line.starts_with("pool ")).take(2).collect();
    assert!(table[0].contains("crosses (P10–P90)") && table[1].starts_with(read["pools"][0]["pool"].as_str().unwrap()), "{told}");
    assert!(table.iter().all(|line| line.chars().count() <= 80), "{told}");
    // other verbs
    for (arguments, key) in [
        (&["check", "mine", "--json"][..], "pools"),
        (&["rerun", "runs/mine/latest", "--json"], "same"),
        (&["report", "runs/mine/latest", "--json"], "tables"),
        (&["init", "other", "--json"], "wrote"),
        (&["simulate", "mine", "--replications", "64", "-o", "part.parquet", "--json"], "replications"),
        (&["merge", "part.parquet", "-o", "all.parquet", "--json"], "wrote"),
    ] {
        let output = plimsoll(at, arguments);
        let read: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {:?}", said(&output)));
        assert!(!read[key].is_null(), "{arguments:?}: {read}");
    }
    for arguments in [
        &["bins", "mine/cpu.csv", "--json"][..],
        &["inspect", "mine/cpu.csv", "--json"],
        &["anomalies", "--input", "mine/cpu.csv", "--id", "host", "--time", "time", "--value", "cores", "--json"],
        &["project", "--start", "10", "--growth", "0.03", "--volatility", "0.05", "--months", "3", "--json"],
    ] {
        let output = plimsoll(at, arguments);
        let read: Result<Vec<serde_json::Value>, _> = serde_json::from_slice(&output.stdout);
        assert!(read.is_ok(), "{arguments:?}: {:?}", said(&output));
    }
    let output = plimsoll(at, &["ingest", "mine/cpu.csv", "-o", "store", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read["outcome"], "new", "{read}");
}
