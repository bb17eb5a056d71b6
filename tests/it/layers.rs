//! Which module may know which: every `crate::` in `src/` is an edge, and an edge that is not in this table fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each module may know, in the order of the data flow. `error` wraps the stages' errors for the shell.
const MAY_KNOW: &[(&str, &[&str])] = &[
    // words
    ("units", &[]),
    ("time", &["units"]),
    ("portable", &[]),
    ("wide", &["portable"]),
    ("ziggurat", &["portable"]),
    ("stream", &["portable", "wide", "ziggurat"]),
    ("stats", &["units", "stream", "portable", "wide", "ziggurat"]),
    ("observe", &[]),
    ("problem", &[]),
    // values
    ("series", &["units", "time"]),
    ("source", &["units", "time"]),
    ("paths", &["portable", "series", "stats", "units", "time", "stream"]),
    ("slo", &["units", "time"]),
    ("model", &["portable", "slo", "stats", "series", "units", "time"]),
    ("scenario", &["model", "stats", "units", "time", "stream"]),
    // engines
    ("fit", &["portable", "stats", "units", "time", "stream"]),
    ("generate", &["portable", "stats", "units", "time", "stream"]),
    ("forecast", &["portable", "model", "series", "paths", "stats", "observe", "units", "time", "stream"]),
    ("simulate", &["portable", "wide", "scenario", "model", "paths", "slo", "stats", "observe", "units", "time", "stream"]),
    ("plan", &["portable", "simulate", "scenario", "model", "paths", "slo", "stats", "observe", "units", "time", "stream"]),
    (
        "report",
        &["problem", "plan", "forecast", "simulate", "scenario", "model", "paths", "series", "slo", "stats", "units", "time"],
    ),
    // shell
    ("error", &["problem", "forecast", "simulate", "plan", "report"]),
    ("formats", &["series", "source", "stats", "problem", "units", "time"]),
    ("live", &["formats", "source", "problem", "observe", "time"]),
    ("ingest", &["formats", "series", "source", "stats", "problem", "observe", "units", "time"]),
    ("spec", &["scenario", "model", "source", "slo", "stats", "problem", "error", "units", "time", "stream"]),
    ("render", &["report", "observe", "units", "time"]),
    (
        "run",
        &[
            "error", "fit", "forecast", "formats", "generate", "ingest", "live", "model", "observe", "plan", "problem", "render",
            "report", "scenario", "series", "simulate", "source", "spec", "stats", "stream", "time",
        ],
    ),
    (
        "cli",
        &[
            "fit", "live", "run", "spec", "observe", "error", "problem", "report", "render", "forecast", "formats", "ingest",
            "series", "source", "stream", "time",
        ],
    ),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            found.push(entry);
        }
    }
    found.sort();
    found
}

/// First names after `crate::` in code, also within `crate::{a, b}`.
fn known(code: &str) -> BTreeSet<String> {
    let name = |text: &str| -> String { text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut names = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let Some(list) = part.strip_prefix('{') else {
            names.insert(name(part));
            continue;
        };
        let mut depth = 0;
        let mut item = String::new();
        for c in list.chars() {
            match c {
                '}' if depth == 0 => break,
                ',' if depth == 0 => names.extend([name(&std::mem::take(&mut item))]),
                _ => {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    item.push(c);
                }
            }
        }
        names.insert(name(&item));
    }
    names.remove("");
    names
}

#[test]
fn no_module_knows_more_than_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for path in sources(&root) {
        let inner = path.strip_prefix(&root).unwrap();
        let module = inner.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" || module == "main" {
            continue;
        }
        let may = MAY_KNOW.iter().find(|(name, _)| *name == module);
        let may = may.unwrap_or_else(|| panic!("`{module}` is not in the table: say what it may know")).1;
        let text = fs::read_to_string(&path).unwrap();
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
        for other in known(&code).into_iter().filter(|other| *other != module && !may.contains(&other.as_str())) {
            wrong.push(format!("{} knows `{other}`", inner.display()));
        }
        seen.insert(module);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let declared: BTreeSet<String> = MAY_KNOW.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(seen, declared, "the table names modules that are not there");
}

#[test]
fn the_table_has_no_cycle() {
    for (place, (name, may)) in MAY_KNOW.iter().enumerate() {
        for other in *may {
            let at = MAY_KNOW.iter().position(|(name, _)| name == other).unwrap();
            assert!(at < place, "`{name}` may know `{other}`, which stands after it");
        }
    }
}

#[test]
fn the_dataframe_library_is_used_in_ingest_and_render_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        let inner = path.strip_prefix(&root).unwrap();
        if !inner.starts_with("ingest") && !inner.starts_with("render") {
            assert!(!fs::read_to_string(&path).unwrap().contains("polars::"), "{} uses the dataframe library", inner.display());
        }
    }
}
