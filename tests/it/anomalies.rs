//! `plimsoll anomalies` as a user meets it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn run(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(line.split_whitespace()).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

/// Four weeks of hours: `a` has a spike at step 400, `b` steps up by 40 at step 500, `c` lacks steps 450 to 454 and meets 70.
fn hours() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "unique_id,ds,y\n".to_owned();
    for (id, shift) in [("a", 0_i64), ("b", 1), ("c", 2)] {
        for t in 0..24 * 28_i64 {
            let noise = ((t * 7_919 + shift * 104_729) % 97) as f64 / 24.0;
            let mut value = 50.0 + 20.0 * ((t % 24) as f64 / 24.0 * std::f64::consts::TAU).sin() + noise;
            match id {
                "a" if t == 400 => value = 190.0,
                "b" if t >= 500 => value += 40.0,
                "c" if (450..455).contains(&t) => continue,
                "c" => value = value.min(70.0),
                _ => {}
            }
            text += &format!("{id},2026-10-{:02}T{:02}:00:00Z,{value:.2}\n", 1 + t / 24, t % 24);
        }
    }
    fs::write(folder.path().join("s.csv"), text).unwrap();
    folder
}

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

#[test]
fn a_spike_a_lasting_change_a_gap_and_saturation_are_dated_in_the_form_of_the_file() {
    let folder = hours();
    let out = run(folder.path(), "anomalies --input s.csv --ceiling 70 --output found.csv --plot found.svg");
    let talk = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success(), "{talk}");
    let text = fs::read_to_string(folder.path().join("found.csv")).unwrap();
    let head = "unique_id,from,to,kind,steps,score,value,expected,low,high,change,change_standard_error,change_scale,sentence";
    assert_eq!(text.lines().next(), Some(head));
    let found = rows(&text);
    let of = |id: &str, kind: &str| -> Vec<&Vec<&str>> { found.iter().filter(|row| row[0] == id && row[3] == kind).collect() };
    let number = |row: &[&str], at: usize| row[at].parse::<f64>().unwrap();

    let spikes: Vec<&&str> = found.iter().filter(|row| row[3] == "spike").map(|row| &row[1]).collect();
    assert_eq!(spikes, [&"2026-10-17T16:00:00Z"], "{text}");
    let spike = of("a", "spike")[0];
    assert!(number(spike, 5) >= 6.0 && number(spike, 6) == 190.0, "{spike:?}");
    assert!(number(spike, 8) < number(spike, 7) && number(spike, 7) < number(spike, 9) && number(spike, 9) < 190.0, "{spike:?}");

    let change = of("b", "lasting_change")[0];
    let (size, error) = (number(change, 10), number(change, 11));
    assert!((size - 40.0).abs() <= 5.0 * error && error > 0.0 && change[12] == "linear", "{change:?}");
    assert!(change[1].starts_with("2026-10-21T"), "step 500 is 20:00 on the 21st: {change:?}");

    assert_eq!(of("c", "gap")[0][1..5], ["2026-10-19T18:00:00Z", "2026-10-19T22:00:00Z", "gap", "5"]);
    let held: f64 = of("c", "saturation").iter().map(|row| number(row, 4)).sum();
    assert!(held > 20.0, "{held} values of `c` lie at the ceiling");
    for said in ["3 series looked at: ", "1 gap", "at the ceiling of 70: ", "demand was at least that", "a spike; 190 where"] {
        assert!(talk.contains(said), "`{said}` is not in:\n{talk}");
    }
    let drawing = fs::read_to_string(folder.path().join("found.svg")).unwrap();
    assert!(drawing.contains("2026-10-17T16:00:00Z: a spike, 190"), "the title does not say the finding");
}

#[test]
fn a_quiet_series_has_no_findings_and_the_exit_code_says_so_only_where_asked() {
    let folder = hours();
    let path = folder.path().join("s.csv");
    let text = fs::read_to_string(&path).unwrap();
    let without: String =
        text.lines().filter(|line| !line.starts_with("c,") && !line.starts_with("b,")).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("a.csv"), &without).unwrap();
    let calm: String = without.lines().filter(|line| !line.contains(",190.00")).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("calm.csv"), calm).unwrap();
    let code = |line: &str| run(folder.path(), line).status.code();
    assert_eq!(code("anomalies --input a.csv --quiet"), Some(0));
    assert_eq!(code("anomalies --input a.csv --quiet --fail-if-any"), Some(10));
    assert_eq!(code("anomalies --input calm.csv --quiet --fail-if-any"), Some(0));
    assert_eq!(code("anomalies --input a.csv --quiet --fail-if-any --threshold 1000"), Some(0));
}

#[test]
fn the_findings_are_the_same_on_any_number_of_threads_and_in_parquet() {
    let folder = hours();
    let made = |threads: u32| {
        let line = format!("anomalies --input s.csv --quiet --threads {threads} -o f{threads}.csv --plot p{threads}.svg");
        assert!(run(folder.path(), &line).status.success());
        ["f", "p"].map(|name| {
            let ending = if name == "f" { "csv" } else { "svg" };
            fs::read(folder.path().join(format!("{name}{threads}.{ending}"))).unwrap()
        })
    };
    assert!(made(1) == made(4));
    assert!(run(folder.path(), "anomalies --input s.csv --quiet -o f.parquet").status.success());
    assert_eq!(&fs::read(folder.path().join("f.parquet")).unwrap()[..4], b"PAR1");
}

#[test]
fn bad_flags_and_files_are_told() {
    let folder = hours();
    let cases: [(&str, &[&str], i32); 5] = [
        ("anomalies --input s.csv --threshold 0", &["--threshold 0", "a score above 0, such as 6"], 2),
        ("anomalies --input s.csv --ceiling inf", &["--ceiling inf", "a finite number"], 2),
        ("anomalies --input s.csv --season 5000", &["input/season", "longer than every series"], 2),
        ("anomalies --input s.csv --value load", &["ingest/missing-column", "no column `load`", "unique_id, ds, y"], 3),
        ("anomalies --input none.csv", &["ingest/missing-file", "none.csv"], 3),
    ];
    for (line, words, code) in cases {
        let out = run(folder.path(), line);
        let told = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(code), "{line}: {told}");
        let flat: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(flat.contains(word), "`{word}` is not in:\n{told}");
        }
    }
}
