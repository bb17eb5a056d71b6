//! The program as a user meets it: verbs, exit codes, run folders, interruption.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The starter model in a folder of its own, and where its runs go.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let made = desk.plimsoll(&["init", "starter"]);
        assert!(made.status.success(), "{}", told(&made));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(arguments).current_dir(self.folder.path()).env("NO_COLOR", "1");
        command
    }

    fn plimsoll(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn quick_run(&self, more: &[&str]) -> Output {
        self.plimsoll(&[&["run", "starter", "--replications", "200"], more].concat())
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`:\n{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    fn left_behind(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("runs/starter")).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(|name| name != ".lock").collect()
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(next).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else if path.file_name().is_some_and(|name| name != "manifest.json") {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_run_leaves_a_whole_folder_and_three_sentences() {
    let desk = Desk::new();
    let run = desk.quick_run(&[]);
    assert!(run.status.success(), "{}", told(&run));
    let latest = desk.path("runs/starter/latest");
    for name in ["report.html", "report.md", "report.json", "manifest.json"] {
        assert!(latest.join(name).is_file(), "{name} is missing");
    }
    assert!(fs::read_dir(latest.join("charts")).unwrap().count() >= 4);
    assert!(fs::read_dir(latest.join("tables")).unwrap().count() >= 4);
    let said = told(&run);
    assert!(said.trim_end().ends_with("report.html"), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&fs::read(latest.join("report.json")).unwrap()).unwrap();
    for sentence in report["summary"].as_array().unwrap() {
        assert!(said.contains(sentence.as_str().unwrap()), "{said}");
    }
    assert_eq!(report["summary"].as_array().unwrap().len(), 3);
}

#[test]
fn the_same_run_finds_its_work_done_and_a_rerun_gives_the_same_bytes() {
    let desk = Desk::new();
    assert!(desk.quick_run(&[]).status.success());
    let again = desk.quick_run(&[]);
    assert!(told(&again).contains("already there"), "{}", told(&again));
    let rerun = desk.plimsoll(&["rerun", "runs/starter/latest"]);
    assert!(rerun.status.success() && told(&rerun).contains("same bytes"), "{}", told(&rerun));
}

#[test]
fn a_rerun_on_changed_data_says_which_input_changed() {
    let desk = Desk::new();
    assert!(desk.quick_run(&[]).status.success());
    let data = fs::read_dir(desk.path("starter")).unwrap().flatten().map(|entry| entry.path());
    let data = data.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "csv")).unwrap();
    let mut text = fs::read_to_string(&data).unwrap();
    text.push('\n');
    fs::write(&data, text).unwrap();
    let rerun = desk.plimsoll(&["rerun", "runs/starter/latest"]);
    assert_eq!(rerun.status.code(), Some(3), "{}", told(&rerun));
    assert!(told(&rerun).contains("has changed"), "{}", told(&rerun));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let desk = Desk::new();
    let mut seen = Vec::new();
    for threads in ["1", "2", "7"] {
        let runs = format!("runs-{threads}");
        let run = desk.quick_run(&["--threads", threads, "--runs", &runs]);
        assert!(run.status.success(), "{}", told(&run));
        seen.push(files(&fs::canonicalize(desk.path(&runs).join("starter/latest")).unwrap()));
    }
    assert!(seen[0].len() > 10);
    for other in &seen[1..] {
        let differing: Vec<_> = seen[0].iter().filter(|(name, bytes)| other.get(*name) != Some(*bytes)).map(|(n, _)| n).collect();
        assert!(differing.is_empty() && other.len() == seen[0].len(), "{differing:?}");
    }
}

#[test]
fn another_seed_gives_another_run() {
    let desk = Desk::new();
    assert!(desk.quick_run(&["--seed", "1"]).status.success());
    assert!(desk.quick_run(&["--seed", "2"]).status.success());
    assert_eq!(desk.left_behind().iter().filter(|name| !["latest", "previous"].contains(&name.as_str())).count(), 2);
}

#[test]
fn two_runs_of_a_model_are_kept_apart() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("runs/starter")).unwrap();
    let lock = fs::File::create(desk.path("runs/starter/.lock")).unwrap();
    lock.lock().unwrap();
    let run = desk.quick_run(&[]);
    assert_eq!(run.status.code(), Some(6), "{}", told(&run));
    assert!(told(&run).contains("output/locked"), "{}", told(&run));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_130_and_leaves_nothing() {
    let desk = Desk::new();
    let mut run = desk.command(&["run", "starter", "--replications", "1000000"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    let begun = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("forecast") || line.starts_with("simulate"));
    assert!(begun.is_some(), "it ended before it told of any work");
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(run.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(desk.left_behind().is_empty(), "{:?}", desk.left_behind());
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_with_6_and_leaves_nothing() {
    let desk = Desk::new();
    // A limit of 8 blocks a file stands for a full disk: the write fails in the middle of the report.
    let script = format!("trap '' XFSZ; ulimit -f 8; exec {} run starter --replications 50", env!("CARGO_BIN_EXE_plimsoll"));
    let run = Command::new("bash").args(["-c", &script]).current_dir(desk.folder.path()).output().unwrap();
    assert_eq!(run.status.code(), Some(6), "{}", told(&run));
    assert!(told(&run).contains("output/write"), "{}", told(&run));
    assert!(desk.left_behind().is_empty(), "{:?}", desk.left_behind());
}

#[test]
fn a_report_folder_that_cannot_be_made_ends_with_6() {
    let desk = Desk::new();
    fs::write(desk.path("occupied"), "a file, not a folder").unwrap();
    let run = desk.quick_run(&["--runs", "occupied"]);
    assert_eq!(run.status.code(), Some(6), "{}", told(&run));
}

#[test]
fn every_verb_explains_itself_with_an_example() {
    let desk = Desk::new();
    let all = told(&desk.plimsoll(&["--help"]));
    for verb in ["run", "check", "generate", "forecast", "simulate", "plan", "report", "rerun", "schema", "init"] {
        assert!(all.contains(verb), "--help does not name {verb}");
        let help = desk.plimsoll(&[verb, "--help"]);
        assert!(help.status.success());
        assert!(verb == "schema" || told(&help).contains("Example"), "{verb} --help has no example");
    }
}

#[test]
fn a_wrong_flag_ends_with_2() {
    let desk = Desk::new();
    assert_eq!(desk.plimsoll(&["run", "starter", "--replicatoins", "5"]).status.code(), Some(2));
    assert_eq!(desk.plimsoll(&["run", "starter", "--as-of", "tomorrow"]).status.code(), Some(2));
}

#[test]
fn quiet_says_nothing_and_json_says_json() {
    let desk = Desk::new();
    let quiet = desk.quick_run(&["--quiet"]);
    assert!(quiet.status.success() && quiet.stderr.is_empty(), "{}", told(&quiet));
    let json = desk.quick_run(&["--again", "--log-format", "json"]);
    let lines = String::from_utf8(json.stderr).unwrap();
    assert!(lines.lines().count() > 4);
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

#[test]
fn the_stages_print_tables_for_machines() {
    let desk = Desk::new();
    for verb in ["forecast", "simulate", "plan"] {
        let out = desk.plimsoll(&[verb, "starter", "--replications", "100", "--format", "csv", "--quiet"]);
        assert!(out.status.success(), "{}", told(&out));
        let text = String::from_utf8(out.stdout).unwrap();
        assert!(text.lines().count() > 2 && text.lines().next().unwrap().contains(','), "{verb}: {text}");
    }
}

/// Each kind of bad input: a change to the starter model, the name of the error, the exit code.
#[test]
fn bad_input_is_refused_with_its_place_and_leaves_nothing() {
    for (file, from, to, slug, code) in bad_inputs() {
        let desk = Desk::new();
        desk.edit(&file, &from, &to);
        let run = desk.quick_run(&[]);
        assert_eq!(run.status.code(), Some(code), "{slug}: {}", told(&run));
        assert!(told(&run).contains(slug), "{slug}: {}", told(&run));
        assert!(desk.left_behind().is_empty(), "{slug}: {:?}", desk.left_behind());
    }
}

fn bad_inputs() -> Vec<(String, String, String, &'static str, i32)> {
    let all = [
        ("files = \"cpu.csv\"", "files = \"cup.csv\"", "spec/missing-file", 4),
        ("horizon = \"180 d\"", "horizn = \"180 d\"", "spec/unknown-key", 4),
        ("value = \"cores\"", "value = \"cores\"\nselect = { host = \"nowhere\" }", "ingest/selector-matches-nothing", 3),
        ("value = \"cores\"", "value = \"coers\"", "ingest/missing-column", 3),
        ("cpu = \"16 cores\"", "cpu = \"-16 cores\"", "spec/negative-capacity", 4),
        (
            "[domain.zone-a]\nlevel = \"zone\"\n[domain.zone-b]\nlevel = \"zone\"",
            "[domain.zone-a]\nlevel = \"zone\"\nwithin = \"zone-b\"\n[domain.zone-b]\nlevel = \"zone\"\nwithin = \"zone-a\"",
            "spec/domain-cycle",
            4,
        ),
        ("p50 = \"45 d\"", "p50 = \"20 d\"", "spec/quantiles-out-of-order", 4),
        ("horizon = \"180 d\"", "horizon = \"3000 d\"", "forecast/too-short", 5),
        ("zone = \"UTC\"", "zone = \"Europe/Atlantis\"", "spec/unknown-zone", 4),
        ("risk = 0.01", "risk = 1.01", "spec/out-of-range", 4),
        ("question = ", "question ", "spec/syntax", 4),
    ];
    let model = || "starter/model.toml".to_owned();
    all.into_iter().map(|(from, to, slug, code)| (model(), from.to_owned(), to.to_owned(), slug, code)).collect()
}

#[test]
fn a_history_without_any_value_is_refused() {
    let desk = Desk::new();
    let path = desk.path("starter/cpu.csv");
    let text = fs::read_to_string(&path).unwrap();
    let emptied: String = text
        .lines()
        .enumerate()
        .map(|(i, line)| if i == 0 { format!("{line}\n") } else { format!("{},\n", line.rsplit_once(',').unwrap().0) })
        .collect();
    fs::write(&path, emptied).unwrap();
    let run = desk.quick_run(&[]);
    assert_eq!(run.status.code(), Some(3), "{}", told(&run));
    assert!(told(&run).contains("ingest/no-data"), "{}", told(&run));
    assert!(desk.left_behind().is_empty(), "{:?}", desk.left_behind());
}

#[test]
fn a_bad_number_is_told_with_file_line_and_column() {
    let desk = Desk::new();
    let path = desk.path("starter/cpu.csv");
    let mut lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    let cut = lines[41].rsplit_once(',').unwrap().0.to_owned();
    lines[41] = format!("{cut},twelve");
    fs::write(&path, lines.join("\n")).unwrap();
    let run = desk.quick_run(&[]);
    assert_eq!(run.status.code(), Some(3), "{}", told(&run));
    for word in ["ingest/bad-number", "cpu.csv", "42", "cores", "twelve"] {
        assert!(told(&run).contains(word), "{word}: {}", told(&run));
    }
}

#[test]
fn a_run_that_would_not_fit_into_memory_is_refused_before_it_begins() {
    let desk = Desk::new();
    let run = desk.plimsoll(&["run", "starter", "--replications", "1000000", "--horizon", "550"]);
    assert_eq!(run.status.code(), Some(4), "{}", told(&run));
    assert!(told(&run).contains("spec/too-large"), "{}", told(&run));
    assert!(desk.left_behind().is_empty(), "{:?}", desk.left_behind());
}

#[test]
fn check_tells_every_problem_at_once_with_its_place_and_a_suggestion() {
    let desk = Desk::new();
    desk.edit("starter/model.toml", "horizon = \"180 d\"", "horizn = \"180 d\"");
    desk.edit("starter/model.toml", "cpu = \"16 cores\"", "cpu = \"-16 cores\"");
    desk.edit("starter/model.toml", "p50 = \"45 d\"", "p50 = \"20 d\"");
    let out = desk.plimsoll(&["check", "starter"]);
    assert_eq!(out.status.code(), Some(4), "{}", told(&out));
    let said = told(&out);
    for word in ["model.toml:13:1", "horizn", "`horizon`", "-16 cores", "spec/quantiles-out-of-order", "spec/negative-capacity"] {
        assert!(said.contains(word), "{word} is not in:\n{said}");
    }
}

#[test]
fn a_missing_model_is_told_by_its_path() {
    let desk = Desk::new();
    let run = desk.plimsoll(&["run", "nowhere"]);
    assert_eq!(run.status.code(), Some(4), "{}", told(&run));
    assert!(told(&run).contains("nowhere"), "{}", told(&run));
}

#[test]
fn a_horizon_beyond_the_history_is_refused_with_what_would_be_accepted() {
    let desk = Desk::new();
    let run = desk.quick_run(&["--horizon", "3000"]);
    assert_eq!(run.status.code(), Some(5), "{}", told(&run));
    assert!(told(&run).contains("forecast/"), "{}", told(&run));
    assert!(desk.left_behind().is_empty());
}
