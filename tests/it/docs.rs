//! What the docs say works: every `plimsoll` command in them is understood, and links lead somewhere.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::pages::pages;

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
