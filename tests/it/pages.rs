//! The pages of the project: their blocks are run, and what they show is compared with what comes out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            walk(&entry, found);
        } else if entry.extension().is_some_and(|ending| ending == "md") {
            found.push(entry);
        }
    }
}

/// Every page that people read.
pub fn pages() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md", "benches/README.md"].map(|name| root().join(name)).to_vec();
    for folder in ["docs", "models", "datasets", "notebooks"] {
        walk(&root().join(folder), &mut found);
    }
    found.sort();
    found
}

/// A fenced block of a page: what stands behind the fence, its text, the line of the fence, and the remark in a comment before it.
pub struct Block {
    pub word: String,
    pub text: String,
    pub line: usize,
    only_with: Option<String>,
    not_run: Option<String>,
}

pub fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut open, mut before): (Vec<Block>, bool, &str) = (Vec::new(), false, "");
    for (number, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(word) => {
                let remark = |opens: &str| Some(before.strip_prefix(opens)?.strip_suffix(" -->")?.to_owned());
                let (only_with, not_run) = (remark("<!-- run only with "), remark("<!-- not run: "));
                found.push(Block { word: word.trim().to_owned(), text: String::new(), line: number + 1, only_with, not_run });
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
pub fn run(script: &str, folder: &Path) -> (bool, String) {
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

/// An empty folder with the shipped data and models in it.
pub fn desk() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for shipped in ["datasets", "models"] {
        std::os::unix::fs::symlink(root().join(shipped), folder.path().join(shipped)).unwrap();
    }
    folder
}

/// Runs every ```sh block of a page in one empty folder, in order; a ```text block is what the block before it shows.
fn follow(page: &Path) -> Vec<String> {
    let (text, folder) = (fs::read_to_string(page).unwrap(), desk());
    let (mut wrong, mut output) = (Vec::new(), None);
    for block in blocks(&text) {
        let place = format!("{}:{}", page.display(), block.line);
        let lacks = block.only_with.as_deref().is_some_and(|program| !is_on_the_path(program));
        match block.word.as_str() {
            "sh" if lacks || block.not_run.is_some() => output = None,
            "sh" => {
                let (done, told) = run(&block.text, folder.path());
                if !done {
                    wrong.push(format!("{place}: the block fails:\n{told}"));
                }
                output = Some(told);
            }
            "console" if block.not_run.is_none() => {
                wrong.push(format!("{place}: a block that is not run says why on the line before it: `<!-- not run: … -->`"));
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

/// All pages but those of models, whose commands `models.rs` runs, and guides, which have a test of their own.
#[test]
fn every_page_can_be_followed() {
    let elsewhere = [root().join("docs/guides"), root().join("models")];
    let others = pages().into_iter().filter(|page| !elsewhere.iter().any(|folder| page.starts_with(folder)));
    let wrong: Vec<String> = others.flat_map(|page| follow(&page)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_guides_can_be_followed() {
    let guides = root().join("docs/guides");
    let wrong: Vec<String> = pages().iter().filter(|page| page.starts_with(&guides)).flat_map(|page| follow(page)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn links_within_the_project_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            if file.starts_with("http") {
                continue;
            }
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(path.exists(), "{}: {target} is not there", page.display());
            if !anchor.is_empty() {
                let there = fs::read_to_string(&path).unwrap();
                assert!(anchors(&there).any(|one| one == anchor), "{}: {target} has no such heading", page.display());
            }
        }
    }
}

/// Anchors of headings, as GitHub makes them: lower case, spaces to `-`, no other signs.
fn anchors(page: &str) -> impl Iterator<Item = String> + '_ {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings.map(|heading| {
        let kept = heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
        kept.replace(' ', "-")
    })
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
