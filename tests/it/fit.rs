//! `plimsoll fit`: the truth behind generated drives is found again, and its lines are lines of a model file.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn fit(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("fit").args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_law_that_the_generator_put_in_is_within_five_standard_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let truth: serde_json::Value = serde_json::from_slice(&fs::read(root.join("datasets/archive/truth.json")).unwrap()).unwrap();
    let storage = &truth["recipe"]["storage"];
    let output = fit(root, &["datasets/archive/drive-failures.csv", "--from", "2023-11-01", "--format", "json", "--refits", "0"]);
    assert!(output.status.success(), "{}", said(&output));
    let laws: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let near = |parameter: &str, expected: f64| {
        let row = laws.iter().find(|row| row["law"] == "Weibull" && row["parameter"] == parameter).unwrap();
        let number = |name: &str| row[name].as_f64().unwrap();
        // the interval is symmetric in the logarithm: ±1.96 standard errors
        let error = (number("high") / number("low")).ln() / (2.0 * 1.959_964);
        let off = (number("value") / expected).ln().abs();
        assert!(off < 5.0 * error, "{parameter}: {row} against {expected}");
    };
    near("shape", storage["drive_shape"].as_f64().unwrap());
    near("scale", storage["drive_scale_years"].as_f64().unwrap() * 365.25 * 24.0);
}

#[test]
fn what_it_prints_goes_into_a_model_file() {
    let folder = tempfile::tempdir().unwrap();
    let program = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(arguments).current_dir(folder.path()).output().unwrap()
    };
    assert!(program(&["init", "shop"]).status.success());
    let mut table = "service,start_h,end_h\n".to_owned();
    for n in 0..40 {
        let start = 100.0 * f64::from(n) + 7.0 * f64::from(n * n % 11);
        table.push_str(&format!("a,{start},{}\n", start + 1.0 + f64::from(n * 3 % 7)));
    }
    fs::write(folder.path().join("incidents.csv"), table).unwrap();
    let output = fit(folder.path(), &["incidents.csv", "--name", "link", "--strikes", "zone", "--refits", "19"]);
    assert!(output.status.success(), "{}", said(&output));
    let path = folder.path().join("shop/model.toml");
    let model = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{model}\n{}", String::from_utf8(output.stdout).unwrap())).unwrap();
    let check = program(&["check", "shop"]);
    assert!(check.status.success(), "{}", said(&check));
}

#[test]
fn rows_that_cannot_be_read_are_all_told_and_may_be_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.csv"), "time_h,event\n5,1\nsoon,1\n9,1\n-3,1\n30,0\n").unwrap();
    let output = fit(folder.path(), &["t.csv", "--refits", "0"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let text = said(&output);
    assert!(text.contains("t.csv:3") && text.contains("t.csv:5") && text.contains("soon"), "{text}");
    let output = fit(folder.path(), &["t.csv", "--refits", "0", "--set-aside"]);
    assert!(output.status.success() && said(&output).contains("set aside: row 2"), "{}", said(&output));
    let output = fit(folder.path(), &["none.csv"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}
