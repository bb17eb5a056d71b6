//! Every broken file of `bad/` against its row of `manifest.csv`: refused with the place, or repaired and told, or accepted.

use std::path::Path;

use plimsoll::formats::{Finding, Mapping, Options, Reading};
use plimsoll::problem::Problem;
use plimsoll::source::{Kind, OnDuplicate};
use plimsoll::time::Zone;

use crate::support::truth;

/// The longest message that a person is shown.
const LONGEST: usize = 2_000;

#[cfg(feature = "frames")]
fn read(path: &Path, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    plimsoll::ingest::read_export(path, options)
}

#[cfg(not(feature = "frames"))]
fn read(path: &Path, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
    plimsoll::formats::read_path(path, options)
}

/// One row of the manifest.
struct Case {
    file: String,
    severity: String,
    expected: String,
    place: String,
    count: String,
}

impl Case {
    fn all(root: &Path) -> Vec<Self> {
        let mut rows = csv::Reader::from_path(root.join("manifest.csv")).unwrap();
        let rows = rows.records().map(|row| row.unwrap());
        let field = |row: &csv::StringRecord, at: usize| row[at].to_owned();
        rows.map(|row| Self {
            file: field(&row, 0),
            severity: field(&row, 1),
            expected: field(&row, 2),
            place: field(&row, 3),
            count: field(&row, 4),
        })
        .collect()
    }

    /// What the row says that is to be declared.
    fn options(&self) -> Options {
        let zone = self.expected.split("--tz ").nth(1).map(|rest| {
            let name: String = rest.chars().take_while(|char| char.is_alphanumeric() || "/_".contains(*char)).collect();
            Zone::named(&name).unwrap()
        });
        let counter = self.expected.contains("as counter") || self.expected.contains("wrap ");
        // a conflict is an error unless a policy is declared
        let conflict = self.expected.contains("--on-duplicate");
        Options {
            zone,
            kind: counter.then_some(Kind::Counter),
            on_duplicate: if conflict { OnDuplicate::First } else { OnDuplicate::Error },
            mapping: Mapping {
                time: self.expected.contains("--map timestamp=").then(|| "timestamp".to_owned()),
                ..Mapping::default()
            },
            ..Options::default()
        }
    }

    /// The lines that are to be named: `line 12; line 22`, `lines 5,9`, `lines 10-17 and 20`.
    fn lines(&self) -> Vec<u64> {
        let Some((_, lines)) = self.place.split(" col ").next().unwrap().split_once("line") else { return Vec::new() };
        let mut all = Vec::new();
        for part in lines.split(|char: char| !(char.is_ascii_digit() || char == '-')).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            if let (Ok(first), Ok(last)) = (first.parse::<u64>(), last.parse()) {
                all.extend(first..=last);
            }
        }
        all
    }

    /// The field: `line 7 col 2`.
    fn field(&self) -> Option<u64> {
        let number: String = self.place.split(" col ").nth(1)?.chars().take_while(char::is_ascii_digit).collect();
        number.parse().ok()
    }

    /// The number at the beginning of the count: `4 missing + 3 non-finite` is 4 and 3.
    fn counts(&self) -> Vec<u64> {
        if self.count.contains(" x") {
            return Vec::new();
        }
        self.count.split(|char: char| !char.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
    }
}

/// What is wrong with a refusal.
fn refused(case: &Case, problems: &[Problem]) -> Vec<String> {
    let mut wrong = Vec::new();
    if case.severity == "accept" || case.severity == "warn+repair" && !case.expected.contains("error") {
        wrong.push("it was refused".to_owned());
    }
    for line in case.lines().into_iter().filter(|_| !case.severity.starts_with("warn")) {
        let field = case.field();
        if !problems.iter().any(|problem| problem.line == Some(line) && (field.is_none() || problem.field == field)) {
            wrong.push(format!("no problem is at line {line}, field {field:?}"));
        }
    }
    for problem in problems {
        let shown = problem.to_string();
        let place = match (problem.line, problem.field) {
            (Some(line), Some(field)) => format!("{}:{line}:{field}", case.file),
            (Some(_), None) => format!("(a field in {})", case.file),
            _ => case.file.clone(),
        };
        if !(shown.starts_with("error[ingest/") && shown.contains(&place) && shown.contains(": saw ")) {
            wrong.push(format!("`{shown}` is not of the form error[...]: file:line:col: saw ..., expected ..."));
        }
    }
    wrong
}

/// What is wrong with a reading.
fn repaired(case: &Case, reading: &Reading<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    match case.severity.as_str() {
        "error" => wrong.push("it was read, expected to be refused".to_owned()),
        "accept" => {
            let loud = reading.findings.iter().filter(|finding| finding.severity == plimsoll::series::Severity::Warning);
            wrong.extend(loud.map(|finding| format!("it is accepted with the warning `{}`", finding.text)));
        }
        _ if reading.findings.is_empty() => wrong.push("it was read and nothing was told".to_owned()),
        _ => {}
    }
    if case.count == "60 rows" && reading.series.iter().any(|series| series.at.len() != 60) {
        let points: Vec<usize> = reading.series.iter().map(|series| series.at.len()).collect();
        wrong.push(format!("there are {points:?} samples, expected 60 of each"));
    }
    let told: Vec<u64> = reading.findings.iter().flat_map(|finding: &Finding| finding.lines.iter().copied()).collect();
    let lines = if case.count == "60 rows" { Vec::new() } else { case.lines() };
    wrong.extend(lines.iter().filter(|line| !told.contains(line)).map(|line| format!("no finding names line {line}")));
    if case.severity != "accept" && case.count != "60 rows" {
        let counted = |count: &u64| reading.findings.iter().any(|finding| finding.count == *count);
        wrong.extend(case.counts().iter().filter(|count| !counted(count)).map(|count| format!("no finding counts {count}")));
    }
    wrong
}

#[test]
fn every_broken_file_is_refused_or_repaired_as_its_row_says() {
    let Some(root) = truth("bad") else { return };
    let only = std::env::var("PLIMSOLL_ONLY").ok();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for case in Case::all(&root) {
        let parquet = case.file.ends_with(".parquet") && !cfg!(feature = "frames");
        if parquet || only.as_ref().is_some_and(|only| !case.file.contains(only.as_str())) {
            continue;
        }
        seen += 1;
        let outcome = read(&root.join(&case.file), &case.options());
        let (mut told, texts): (Vec<String>, Vec<String>) = match &outcome {
            Ok(reading) => (repaired(&case, reading), reading.findings.iter().map(|finding| finding.text.clone()).collect()),
            Err(problems) => (refused(&case, problems), problems.iter().map(ToString::to_string).collect()),
        };
        let long = texts.iter().filter(|text| text.chars().count() > LONGEST);
        told.extend(long.map(|text| format!("a message has {} characters", text.chars().count())));
        if !told.is_empty() {
            told.extend(texts.iter().take(4).map(|text| format!("  told: {text}")));
            wrong.push(format!("{} ({}: {}):\n    {}", case.file, case.severity, case.expected, told.join("\n    ")));
        }
    }
    assert!(seen > 0, "no file was read");
    assert!(wrong.is_empty(), "{} of {seen} files are not as expected:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_truncated_export_is_never_taken_for_the_whole() {
    let Some(root) = truth("bad") else { return };
    for case in Case::all(&root).iter().filter(|case| case.expected.contains("ends early")) {
        let problems = read(&root.join(&case.file), &case.options()).err().unwrap_or_default();
        assert!(
            problems.iter().any(|problem| problem.slug == "ingest/truncated" && problem.message.contains("rows")),
            "{problems:?}"
        );
    }
}

#[test]
fn left_out_rows_do_not_stretch_the_span() {
    let Some(root) = truth("bad") else { return };
    for case in Case::all(&root).iter().filter(|case| case.expected.contains("sentinel dates")) {
        let options = Options { on_invalid: plimsoll::formats::OnInvalid::Skip, max_bad: 0.5, ..case.options() };
        let reading = read(&root.join(&case.file), &options).unwrap_or_else(|problems| panic!("{problems:?}"));
        let (first, last) = reading.span().unwrap();
        assert!(last.0 - first.0 < 86_400 * 366, "{first} to {last}");
        let told = reading.findings.iter().find(|finding| finding.kind == "time-out-of-range").expect("it is told");
        assert_eq!((told.count, told.lines.clone()), (2, case.lines()));
    }
}
