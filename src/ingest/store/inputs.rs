//! Paths, folders and patterns to files.
#![expect(clippy::disallowed_methods, reason = "folders of data files are listed here")]

use std::path::{Component, Path, PathBuf};

use crate::formats;
use crate::problem::Problem;

/// The files that paths, folders and patterns with `*` name, each once, in the order given and sorted within one; and what names
/// nothing. Files that begin with `_` or `.` below a folder belong to the writer of a data set and are left out, and so is what
/// lies in the store itself.
#[must_use]
pub fn inputs(given: &[PathBuf], store: &Path) -> (Vec<PathBuf>, Vec<Problem>) {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for path in given {
        let found = if path.exists() { vec![path.clone()] } else { matching(path) };
        if found.is_empty() {
            let message = "saw no such file, folder or pattern with matches, expected at least one file";
            problems.push(Problem::new("ingest/missing-file", path, message).help("try the path from the working directory"));
        }
        for one in found {
            if !one.is_dir() {
                files.push(one);
                continue;
            }
            match formats::files_below(&one) {
                Ok(below) => files.extend(below.into_iter().filter(|file| !is_of_the_writer(file))),
                Err(mut told) => problems.append(&mut told),
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|file| seen.insert(file.clone()));
    if let Ok(store) = store.canonicalize() {
        files.retain(|file| !file.canonicalize().is_ok_and(|file| file.starts_with(&store)));
    }
    (files, problems)
}

fn is_of_the_writer(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('_'))
}

/// The paths that fit a pattern, sorted: `*` and `?` within a name.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = match part {
            Component::Normal(name) => name.to_string_lossy().into_owned(),
            other => {
                for path in &mut found {
                    path.push(other);
                }
                continue;
            }
        };
        if !name.contains(['*', '?']) {
            for path in &mut found {
                path.push(&name);
            }
            continue;
        }
        found = found.iter().flat_map(|folder| named(folder, &name)).collect();
    }
    found.retain(|path| path.exists());
    found.sort();
    found
}

fn named(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(listed).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let fits = |name: &String| {
        let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
        (pattern[0] == '.' || name.first() != Some(&'.')) && fits(&pattern, &name)
    };
    names.filter(fits).map(|name| folder.join(name)).collect()
}

/// Whether a name fits a pattern; goes back to the last `*` only, so that no pattern takes long.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                (at, seen) = (back + 1, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters_within_a_name() {
        let fits = |pattern: &str, name: &str| fits(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>());
        assert!(fits("*.csv", "a.csv") && fits("a*b*c", "a1b2bc") && fits("*", "x") && fits("a?", "ab"));
        assert!(!fits("*.csv", "a.csv.gz") && !fits("a*b", "ac") && !fits("a?", "a"));
    }

    #[test]
    fn folders_and_patterns_name_each_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("a/b")).unwrap();
        for name in ["a/1.csv", "a/b/2.csv", "a/_SUCCESS", "a/.hidden"] {
            std::fs::write(path(name), "x").unwrap();
        }
        let (files, problems) = inputs(&[path("a/*.csv"), path("a"), path("none*")], &path("store"));
        assert_eq!(files, [path("a/1.csv"), path("a/b/2.csv")]);
        assert_eq!(inputs(&[path("a")], &path("a/b")).0, [path("a/1.csv")], "what lies in the store is no input");
        assert_eq!(problems.len(), 1);
    }
}
