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
