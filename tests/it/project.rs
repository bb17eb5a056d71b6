//! `plimsoll project`: growth in words to a table, errors told, the same bytes for any number of threads.

use std::process::{Command, Output};

fn project(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("project").args(arguments).output().unwrap()
}

const PLAIN: [&str; 8] = ["--start", "1200", "--growth", "0.03", "--volatility", "0.05", "--months", "12"];

fn rows(output: &Output) -> Vec<serde_json::Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn means_are_within_five_errors_of_compound_growth_in_every_way_of_sampling() {
    for way in ["sobol", "sobol-pca", "antithetic", "plain"] {
        let rows = rows(&project(&[&PLAIN[..], &["--sampling", way, "--paths", "32768", "--format", "json"]].concat()));
        assert_eq!(rows.len(), 12);
        for (month, row) in (1..).zip(&rows) {
            let number = |name: &str| row[name].as_f64().unwrap();
            assert!((number("mean") - 1_200.0 * 1.03_f64.powi(month)).abs() < 5.0 * number("mean_error"), "{way}: {row}");
            assert!(row["p_reached"].is_null(), "{row}");
        }
    }
}

#[test]
fn an_uncertain_question_is_answered_to_its_precision_with_the_same_bytes_on_any_number_of_threads() {
    let question = [
        "--start",
        "lognormal:1000,1400",
        "--growth",
        "normal:0.02,0.04",
        "--volatility",
        "0.02",
        "--months",
        "12",
        "--capacity",
        "2000,7=2500",
        "--launch",
        "4=lognormal:100,300",
        "--step",
        "10=0.9",
        "--correlate",
        "growth,launch1=0.5",
        "--precision",
        "0.01",
        "--control",
    ];
    let one = project(&[&question[..], &["--threads", "1", "--format", "csv"]].concat());
    let two = project(&[&question[..], &["--threads", "2", "--format", "csv"]].concat());
    assert!(one.status.success(), "{}", String::from_utf8_lossy(&one.stderr));
    assert_eq!(one.stdout, two.stdout);
    let said = String::from_utf8(one.stderr).unwrap();
    assert!(said.contains("as sure as asked for") && said.contains("the capacity is reached"), "{said}");
}

#[test]
fn what_cannot_be_read_is_told_all_at_once_and_what_cannot_be_is_refused() {
    let output = project(&["--start", "many", "--growth", "0.03", "--volatility", "0.02", "--launch", "soon"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("start is `many`") && said.contains("a launch is `soon`"), "{said}");
    let output = project(&["--start", "-5", "--growth", "0.03", "--volatility", "0.02"]);
    assert_eq!(output.status.code(), Some(2));
    let output = project(&["--start", "5", "--growth", "-1.5", "--volatility", "0.02"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("growth reaches from -1.5"), "{said}");
}
