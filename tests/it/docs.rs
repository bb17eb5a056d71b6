//! What the docs say works: every `plimsoll` command in them is understood, and links lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn pages() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, found);
            } else if entry.extension().is_some_and(|ending| ending == "md") {
                found.push(entry);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<PathBuf> =
        ["README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root.join(name)).to_vec();
    walk(&root.join("docs"), &mut found);
    found.sort();
    found
}

#[test]
fn links_within_the_project_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !target.starts_with("http") && !target.starts_with('#') {
                let path = page.parent().unwrap().join(target.split('#').next().unwrap());
                assert!(path.exists(), "{}: {target} is not there", page.display());
            }
        }
    }
}

#[test]
fn every_verb_in_the_docs_exists() {
    let help = Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let verbs: Vec<&str> =
        help.lines().filter_map(|line| line.strip_prefix("  ")).filter_map(|line| line.split_whitespace().next()).collect();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for command in text.split("`plimsoll ").skip(1).filter_map(|rest| rest.split('`').next()) {
            let verb = command.split_whitespace().next().unwrap_or("");
            assert!(verb.starts_with('-') || verbs.contains(&verb), "{}: plimsoll {command}", page.display());
        }
    }
}

#[test]
fn the_readme_holds_its_two_commands() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let script = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    for command in ["cargo run --release -- run models/webshop", "cargo test"] {
        assert!(readme.lines().any(|line| line == command), "README lacks `{command}`");
        assert!(script.lines().any(|line| line == command), ".ci/run lacks `{command}`");
    }
}

/// A fenced block of a page: what stands behind the fence, its text, the line of the fence, and the condition in a comment before it.
struct Block {
    word: String,
    text: String,
    line: usize,
    only_with: Option<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut open, mut before): (Vec<Block>, bool, &str) = (Vec::new(), false, "");
    for (number, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(word) => {
                let only_with = before.strip_prefix("<!-- run only with ").and_then(|rest| rest.strip_suffix(" -->"));
                let only_with = only_with.map(str::to_owned);
                found.push(Block { word: word.trim().to_owned(), text: String::new(), line: number + 1, only_with });
                open = true;
            }
            None if open => {
                let block = found.last_mut().unwrap();
                block.text += line;
                block.text.push('\n');
            }
            None => {}
        }
        before = line;
    }
    found
}

fn is_on_the_path(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}

/// Runs a block in a folder; stdout and stderr come as one text, in their order.
fn run(script: &str, folder: &Path) -> (bool, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths(program.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&others))).unwrap();
    let out = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{script}")])
        .current_dir(folder)
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("bash is there");
    (out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned())
}

/// The first lines of what a page shows that are not in the output, in order. `…` on a line of its own stands for any lines, and within a
/// line for any text.
fn not_in<'s>(shown: &'s str, output: &str) -> Option<Vec<&'s str>> {
    let output: Vec<&str> = output.lines().map(str::trim_end).collect();
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    let mut from = 0;
    for part in lines.split(|line| line.trim() == "…").filter(|part| !part.is_empty()) {
        let fits = |at: &usize| {
            let here = output[*at..].iter();
            output.len() - at >= part.len() && part.iter().zip(here).all(|(shown, line)| fits(shown, line))
        };
        match (from..output.len()).find(fits) {
            Some(at) => from = at + part.len(),
            None => return Some(part.to_vec()),
        }
    }
    None
}

fn fits(shown: &str, line: &str) -> bool {
    let pieces: Vec<&str> = shown.split('…').collect();
    let [first, between @ .., last] = pieces.as_slice() else { return shown == line };
    let Some(mut rest) = line.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    between.iter().all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// Runs every ```sh block of a page in one empty folder, in order; a ```text block is what the block before it shows.
fn follow(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for shipped in ["datasets", "models"] {
        std::os::unix::fs::symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join(shipped), folder.path().join(shipped)).unwrap();
    }
    let (mut wrong, mut output) = (Vec::new(), None);
    for block in blocks(&text) {
        let place = format!("{}:{}", page.display(), block.line);
        match block.word.as_str() {
            "sh" if block.only_with.as_deref().is_some_and(|program| !is_on_the_path(program)) => output = None,
            "sh" => {
                let (done, told) = run(&block.text, folder.path());
                if !done {
                    wrong.push(format!("{place}: the block fails:\n{told}"));
                }
                output = Some(told);
            }
            "text" => {
                if let Some(told) = output.as_deref()
                    && let Some(lines) = not_in(&block.text, told)
                {
                    wrong.push(format!("{place}: not in the output:\n{}\nwhich is\n{told}", lines.join("\n")));
                }
            }
            _ => output = None,
        }
    }
    wrong
}

#[test]
fn the_guides_can_be_followed() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides");
    let mut pages: Vec<PathBuf> = fs::read_dir(guides).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    let wrong: Vec<String> = pages.iter().flat_map(|page| follow(page)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_a_guide_shows_is_compared_line_by_line() {
    let output = "one\ntwo of 7\nthree\nfour\n";
    assert_eq!(not_in("one\n…\nfour\n", output), None);
    assert_eq!(not_in("two of …\nthree", output), None);
    assert_eq!(not_in("…wo … 7", output), None);
    assert_eq!(not_in("one\nthree", output), Some(vec!["one", "three"]));
    assert_eq!(not_in("four\n…\none", output), Some(vec!["one"]));
    assert_eq!(not_in("two", output), Some(vec!["two"]));
}

/// The kinds of findings in a source file: the first text behind `note(` or `warn(`.
fn kinds(source: &str) -> Vec<String> {
    let before_tests = source.split("#[cfg(test)]").next().unwrap_or("");
    let calls =
        [".note(", ".warn(", "note(quality,", "once(quality,"].into_iter().flat_map(|call| before_tests.split(call).skip(1));
    let of = |rest: &str| {
        let rest = rest.trim_start();
        let rest =
            rest.strip_prefix("Severity::").and_then(|rest| rest.split_once(',')).map_or(rest, |(_, rest)| rest.trim_start());
        rest.strip_prefix('"')?.split('"').next().map(str::to_owned)
    };
    calls.filter_map(of).collect()
}

#[test]
fn every_kind_of_finding_is_explained() {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, found);
            } else if entry.extension().is_some_and(|ending| ending == "rs") {
                found.append(&mut kinds(&fs::read_to_string(&entry).unwrap()));
            }
        }
    }
    let (root, mut found) = (Path::new(env!("CARGO_MANIFEST_DIR")), Vec::new());
    for stage in ["formats", "ingest", "live"] {
        walk(&root.join("src").join(stage), &mut found);
    }
    assert!(found.len() > 80, "only {} were found: have the calls another form?", found.len());
    let page = fs::read_to_string(root.join("docs/guides/bad-data.md")).unwrap();
    let unknown: std::collections::BTreeSet<&String> = found.iter().filter(|kind| !page.contains(&format!("`{kind}`"))).collect();
    assert!(unknown.is_empty(), "docs/guides/bad-data.md says nothing of {unknown:?}");
}

/// What the formats have in common: their title, the guide that shows them, and their names.
const FAMILIES: &[(&str, &str, &[&str])] = &[
    ("Tables", "csv-and-spreadsheets", &["csv-long", "csv-wide"]),
    ("Columns", "parquet-and-arrow", &["parquet", "arrow-ipc", "hive"]),
    (
        "Prometheus, OpenTelemetry, VictoriaMetrics, Kubernetes",
        "prometheus-files",
        &[
            "prometheus-api",
            "promtool-query",
            "openmetrics",
            "prometheus-text",
            "tsdb-dump",
            "remote-read",
            "tsdb-tar",
            "victoriametrics-jsonl",
            "victoriametrics-csv",
            "victoriametrics-native",
            "otlp-json",
            "otlp-protobuf",
            "k8s-metrics",
            "kubectl-top",
        ],
    ),
    ("Clouds", "clouds", &["cloudwatch-json", "azure-monitor", "gcp-monitoring", "datadog"]),
    (
        "Dashboards and databases of series",
        "dashboards-and-databases",
        &[
            "grafana-csv",
            "graphite-json",
            "graphite-csv",
            "graphite-raw",
            "influx-line",
            "influx-annotated-csv",
            "influx-csv",
            "influx-json",
            "zabbix",
        ],
    ),
    (
        "Hosts",
        "hosts",
        &[
            "sadf-d",
            "sadf-j",
            "sadf-p",
            "sadf-x",
            "sar-text",
            "sadf-header",
            "sa-binary",
            "iostat-json",
            "mpstat-json",
            "vmstat",
            "nmon",
            "collectd-csv",
            "rrd-fetch",
            "rrd-xport-json",
            "rrd-xport-xml",
            "rrd-dump-xml",
            "rrd-info",
            "rrd-binary",
            "pdh-csv",
            "df",
        ],
    ),
    ("Public traces", "traces", &["bitbrains", "azure-trace"]),
];

/// Recognised, and refused with what to do instead.
const REFUSED: &[&str] = &["rrd-binary", "rrd-info", "sa-binary", "sadf-header", "tsdb-tar", "victoriametrics-native"];

/// Rarer, or a snapshot.
const SECOND: &[&str] = &[
    "df",
    "graphite-raw",
    "influx-csv",
    "influx-json",
    "k8s-metrics",
    "kubectl-top",
    "otlp-protobuf",
    "prometheus-text",
    "promtool-query",
    "rrd-dump-xml",
    "remote-read",
    "sadf-p",
    "sadf-x",
    "sar-text",
    "victoriametrics-csv",
];

/// Tested on files made by us after the published schema or the usual form: the producer itself was not at hand.
const MADE: &[&str] = &[
    "azure-monitor",
    "csv-long",
    "csv-wide",
    "datadog",
    "gcp-monitoring",
    "graphite-csv",
    "graphite-json",
    "graphite-raw",
    "influx-annotated-csv",
    "k8s-metrics",
    "kubectl-top",
    "otlp-json",
    "otlp-protobuf",
    "pdh-csv",
    "promtool-query",
    "zabbix",
];

fn format_page(listed: &str) -> String {
    let known: Vec<(&str, &str)> = listed.lines().filter_map(|line| line.split_once(' ')).collect();
    let placed: Vec<&str> = FAMILIES.iter().flat_map(|(_, _, names)| names.iter().copied()).collect();
    let lost: Vec<&str> = known.iter().map(|(name, _)| *name).filter(|name| !placed.contains(name)).collect();
    assert!(lost.is_empty(), "{lost:?} are in no family of tests/it/docs.rs");
    let mut page = "# Formats\n\n\
        Made from `plimsoll inspect --formats` by a test: change that, not this page. The name is what `--format` takes; mostly it is found\n\
        out. Any file may also be packed (`.gz`, `.zst`).\n\n\
        **first**: read whole; every value, unit, kind and instant is tested. **second**: the same, but rarer, or a snapshot of one instant, so\n\
        that a plan needs many of them. **refused**: known by its content, and refused with what to export instead. *Tested on* says\n\
        whether the test files were written by the *producer* itself, or *made* by us after the published schema.\n"
        .to_owned();
    for (title, guide, names) in FAMILIES {
        page += &format!(
            "\n## {title}\n\n[How to](../guides/{guide}.md)\n\n| name | what it is | support | tested on |\n| --- | --- | --- | --- |\n"
        );
        for name in *names {
            let says = known.iter().find(|(known, _)| known == name).map(|(_, says)| says.trim());
            let says = says.unwrap_or_else(|| panic!("{name} of tests/it/docs.rs is no format"));
            let support = if REFUSED.contains(name) {
                "refused"
            } else if SECOND.contains(name) {
                "second"
            } else {
                "first"
            };
            let on = if MADE.contains(name) { "made" } else { "producer" };
            page += &format!("| `{name}` | {says} | {support} | {on} |\n");
        }
    }
    page
}

#[test]
fn the_list_of_formats_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/formats.md");
    let out = Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(["inspect", "--formats"]).output().unwrap();
    let listed = String::from_utf8(out.stdout).unwrap();
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let fresh = format_page(&listed);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &fresh).unwrap();
        return;
    }
    assert!(kept == fresh, "{} is stale: run UPDATE_DOCS=1 cargo test --test it the_list_of_formats", path.display());
}

/// The commands of the service, the CronJob and the image are understood: they fail for want of the model, not for their flags.
#[test]
fn packaging_calls_commands_that_exist() {
    let read = |file: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(file)).unwrap();
    let (service, cron, image) = (read("systemd/plimsoll@.service"), read("kubernetes/cronjob.yaml"), read("Dockerfile"));
    let started = service.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/plimsoll ")).unwrap();
    let args = cron.lines().find_map(|line| line.trim().strip_prefix("args: ")).unwrap();
    let shown = image.lines().find_map(|line| line.strip_prefix("# docker run ")?.split(" plimsoll ").nth(1)).unwrap();
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for command in [words(started), serde_json::from_str(args).unwrap(), words(shown)] {
        let folder = tempfile::tempdir().unwrap();
        let here = |word: String| match word.strip_prefix('/') {
            Some(below) => folder.path().join(below).display().to_string(),
            None => word,
        };
        let done = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(command.iter().cloned().map(here))
            .current_dir(folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(4), "{command:?}: {told}");
        assert!(told.contains("spec/missing-file"), "{command:?}: {told}");
    }
}
