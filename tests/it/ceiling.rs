//! `plimsoll forecast --ceiling` and `--saturated` as a user meets them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn run(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(line.split_whitespace()).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

fn done(folder: &Path, line: &str) -> String {
    let out = run(folder, line);
    let talk = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success(), "{line}: {talk}");
    talk
}

fn noise(t: i64) -> f64 {
    ((t * 7_919 + 13) % 101) as f64 / 50.0 - 1.0
}

/// `grow`: logistic growth to 1000, half way at step 60. `full`: a day of 24 steps whose peaks are cut off at 100.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut grow = "unique_id,ds,y\n".to_owned();
    for t in 0..60_i64 {
        grow += &format!("grow,{t},{:.3}\n", 1_000.0 / (1.0 + (-(t as f64 - 60.0) / 10.0).exp()) * (1.0 + 0.01 * noise(t)));
    }
    fs::write(folder.path().join("grow.csv"), grow).unwrap();
    let mut full = "unique_id,ds,y\n".to_owned();
    for t in 0..24 * 21_i64 {
        full += &format!("full,{t},{:.3}\n", demand(t).min(100.0));
    }
    fs::write(folder.path().join("full.csv"), full).unwrap();
    folder
}

/// From 50 to 130 over a day.
fn demand(t: i64) -> f64 {
    90.0 + 40.0 * ((t % 24) as f64 / 24.0 * std::f64::consts::TAU).sin() + 3.0 * noise(t)
}

fn column(folder: &Path, file: &str, name: &str) -> Vec<f64> {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let at = text.lines().next().unwrap().split(',').position(|column| column == name).unwrap();
    text.lines().skip(1).map(|line| line.split(',').nth(at).unwrap().parse().unwrap()).collect()
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn growth_toward_a_ceiling_is_forecast_and_no_band_and_no_path_passes_it() {
    let desk = desk();
    let folder = desk.path();
    let flags = "--input grow.csv --horizon 60 --method logistic --ceiling 1000 --quantiles 0.999 --season 1";
    done(folder, &format!("forecast {flags} --output f.csv --paths 300 --paths-output p.csv"));
    let mean = column(folder, "f.csv", "mean");
    for (step, mean) in mean.iter().enumerate() {
        let truth = 1_000.0 / (1.0 + (-(step as f64) / 10.0).exp());
        // noise of 1 % and a slope known to about as much: the truth is met within a twentieth of the ceiling
        assert!((mean - truth).abs() < 50.0, "step {step}: {mean}, truth {truth}");
    }
    for name in ["hi-80", "hi-95", "q-99.9"] {
        assert!(most(&column(folder, "f.csv", name)) <= 1_000.0, "{name}");
    }
    let paths = column(folder, "p.csv", "y");
    assert!(paths.len() == 300 * 60 && most(&paths) <= 1_000.0 && most(&paths) > 900.0);
    let text = fs::read_to_string(folder.join("f.csv")).unwrap();
    assert!(text.contains("growth to 1000"), "{text}");
}

#[test]
fn every_method_stays_under_a_ceiling_that_is_given() {
    let desk = desk();
    let folder = desk.path();
    for method in ["auto", "drift", "ets"] {
        done(folder, &format!("forecast --input grow.csv --horizon 40 --method {method} --season 1 --output free.csv"));
        let flags = "--ceiling 600 --season 1 --output f.csv --paths 200 --paths-output p.csv";
        done(folder, &format!("forecast --input grow.csv --horizon 40 --method {method} {flags}"));
        assert!(most(&column(folder, "free.csv", "hi-95")) > 600.0, "{method} does not reach the ceiling");
        for (file, name) in [("f.csv", "mean"), ("f.csv", "hi-95"), ("p.csv", "y")] {
            assert!(most(&column(folder, file, name)) <= 600.0, "{method}: {name}");
        }
    }
}

#[test]
fn saturated_values_are_taken_as_at_least_and_counted() {
    let desk = desk();
    let folder = desk.path();
    let flags = "--input full.csv --horizon 24 --season 24";
    done(folder, &format!("forecast {flags} --output as-is.csv"));
    let talk = done(folder, &format!("forecast {flags} --saturated 100 --output f.csv"));
    let count = (0..24 * 21).filter(|t| demand(*t) >= 99.9).count();
    assert!(talk.contains(&format!("{count} of 504 values, in 1 of 1 series, are at 100 or above")), "{count}: {talk}");
    assert!(most(&column(folder, "as-is.csv", "mean")) < 101.0);
    assert!(most(&column(folder, "f.csv", "mean")) > 102.0, "the forecast of demand is still cut off");
    // what demand asks for and what can be recorded: with both flags the forecast is of what can be
    done(folder, &format!("forecast {flags} --saturated 100 --ceiling 100 --output both.csv"));
    assert!(most(&column(folder, "both.csv", "hi-95")) <= 100.0);
}

#[test]
fn a_ceiling_that_makes_no_sense_is_refused() {
    let desk = desk();
    let cases: [(&str, &[&str]); 4] = [
        ("forecast --input grow.csv --horizon 3 --method logistic", &["--method logistic", "--ceiling", "unit of the values"]),
        ("forecast --input grow.csv --horizon 3 --ceiling nan", &["--ceiling NaN", "a finite number"]),
        (
            "forecast --input full.csv --horizon 3 --ceiling 90",
            &["input/ceiling", "series `full`", "has the value 100", "above --ceiling 90"],
        ),
        ("backtest --input full.csv --horizon 3 --ceiling 90", &["input/ceiling", "series `full`"]),
    ];
    for (line, words) in cases {
        let out = run(desk.path(), line);
        let told = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{line}: {told}");
        let flat: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(flat.contains(word), "`{word}` is not in:\n{told}");
        }
    }
}
