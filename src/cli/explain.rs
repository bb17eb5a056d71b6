//! `plimsoll explain`: what a word, the name of an error or a kind of finding means. The pages of the docs come with the program.

use clap::Args;
use serde_json::{Map, Value, json};

use super::args::Talk;
use super::show;
use crate::error::Error;
use crate::problem::{Problem, nearest};

/// Flags of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  plimsoll explain spec/unknown-key
  plimsoll explain common random numbers
  plimsoll explain counter-reset
  plimsoll explain LOLE --json
  plimsoll explain                      list all that there is

The same text stands in docs/glossary.md, docs/reference/errors.md and docs/guides/bad-data.md.")]
pub struct ExplainArgs {
    /// A word of a report, the name of an error, or a kind of finding; all are listed unless given.
    #[arg(value_name = "TERM|SLUG")]
    pub term: Vec<String>,
}

/// The width that text is laid out for where it is not a table.
const WIDTH: usize = 80;

const GLOSSARY: &str = include_str!("../../docs/glossary.md");
const ERRORS: &str = include_str!("../../docs/reference/errors.md");
const FINDINGS: &str = include_str!("../../docs/guides/bad-data.md");

/// One thing explained.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// `term`, `error` or `finding`.
    kind: &'static str,
    name: String,
    also: Vec<String>,
    text: String,
    /// `source`, `see`, `such as`, `do`, `exit code`, …
    details: Vec<(String, String)>,
}

/// Prints what is asked for, or the list of all.
pub fn explain(typed: &ExplainArgs, talk: Talk) -> Result<(), Error> {
    let all = entries();
    if typed.term.is_empty() {
        let text = if talk.json { format!("{:#}\n", listed_as_json(&all)) } else { listed(&all) };
        return show::data(text.as_bytes());
    }
    let asked = typed.term.join(" ");
    let found = find(&all, &asked);
    if found.is_empty() {
        return Err(Error::Problems(vec![unknown(&all, &asked)]));
    }
    let text = if talk.json {
        format!("{:#}\n", Value::Array(found.iter().map(|entry| entry.as_json()).collect()))
    } else {
        found.iter().map(|entry| entry.as_text()).collect::<Vec<_>>().join("\n")
    };
    show::data(text.as_bytes())
}

/// The line that sends a reader of an error here; none for one of this verb, which said already where to look.
pub fn more(error: &Error) -> Option<String> {
    (error.slug() != UNKNOWN).then(|| format!("more: plimsoll explain {}", error.slug()))
}

const UNKNOWN: &str = "input/unknown-term";

fn entries() -> Vec<Entry> {
    let mut all = headed("term", GLOSSARY, "docs");
    all.extend(headed("error", ERRORS, "docs/reference"));
    all.extend(findings(FINDINGS));
    all
}

/// The entries of a page that has a heading for each, a paragraph, and a list of details.
fn headed(kind: &'static str, page: &str, folder: &str) -> Vec<Entry> {
    let entry = |part: &str| {
        let (name, body) = part.split_once('\n').unwrap_or((part, ""));
        let mut entry = Entry { kind, name: name.to_owned(), also: Vec::new(), text: String::new(), details: Vec::new() };
        for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.strip_prefix("- ").and_then(|detail| detail.split_once(": ")) {
                Some(("also", words)) => entry.also = words.split(", ").map(str::to_owned).collect(),
                Some((label, says)) => entry.details.push((label.to_owned(), plain(says, folder))),
                None => {
                    let between = if entry.text.is_empty() { "" } else { " " };
                    entry.text += &format!("{between}{}", plain(line, folder));
                }
            }
        }
        entry
    };
    page.split("\n## ").skip(1).map(entry).collect()
}

/// The rows of the tables of kinds: kind, what was seen, what is done, what to do; or kinds and what they are about.
fn findings(page: &str) -> Vec<Entry> {
    let (mut all, mut labels): (Vec<Entry>, &[&str]) = (Vec::new(), &[]);
    for line in page.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(|cell| cell.trim_matches([' ', '|'])).collect();
        match cells.first() {
            Some(&"kind") => labels = &["plimsoll", "you"],
            Some(&"kinds") => labels = &["about"],
            Some(first) if first.starts_with('`') && !labels.is_empty() && line.starts_with('|') => {
                let texts: Vec<String> = cells[1..].iter().map(|cell| plain(cell, "docs/guides")).collect();
                for name in first.split('`').skip(1).step_by(2) {
                    let (text, rest) = texts.split_first().map_or((String::new(), &[][..]), |(text, rest)| (text.clone(), rest));
                    let details = labels.iter().zip(rest).map(|(label, says)| ((*label).to_owned(), says.clone())).collect();
                    all.push(Entry { kind: "finding", name: name.to_owned(), also: Vec::new(), text, details });
                }
            }
            _ if !line.starts_with('|') => labels = &[],
            _ => {}
        }
    }
    all
}

/// Text of a page as it is read on a terminal: links as their words and the page that they lead to, no marks of emphasis.
fn plain(text: &str, folder: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let link = after.split_once("](").and_then(|(words, after)| Some((words, after.split_once(')')?)));
        let Some((words, (target, left))) = link.filter(|(words, _)| !words.contains(['`', ']'])) else {
            out.push('[');
            rest = after;
            continue;
        };
        let target = target.split('#').next().unwrap_or("");
        let place = match target.strip_prefix("../") {
            _ if target.starts_with("http") => target.to_owned(),
            Some(up) => format!("docs/{up}"),
            None => format!("{folder}/{target}"),
        };
        out.push_str(&format!("{words} ({place})"));
        rest = left;
    }
    out.push_str(rest);
    // stars stand for emphasis only outside of code
    let pieces: Vec<String> = out
        .split('`')
        .enumerate()
        .map(|(at, piece)| if at % 2 == 0 { piece.replace('*', "") } else { piece.to_owned() })
        .collect();
    pieces.join("`")
}

/// As words are compared: small letters, one blank between them, and no matter which kind of dash.
fn normal(text: &str) -> String {
    let text = text.trim().trim_matches('`').to_lowercase().replace(['-', '–', '_', '’', '\''], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Entry {
    fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.name).chain(&self.also)
    }

    fn as_text(&self) -> String {
        let also = if self.also.is_empty() { String::new() } else { format!(" (also: {})", self.also.join(", ")) };
        let kind = match self.kind {
            "error" => ", an error",
            "finding" => ", a kind of finding about data",
            _ => "",
        };
        let mut text = format!("{}{also}{kind}\n{}", self.name, wrapped(&self.text, "  ", "  "));
        for (label, says) in &self.details {
            text.push_str(&wrapped(says, &format!("  {label}: "), "    "));
        }
        text
    }

    fn as_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("kind".to_owned(), self.kind.into());
        object.insert("name".to_owned(), self.name.clone().into());
        object.insert("also".to_owned(), json!(self.also));
        object.insert("text".to_owned(), self.text.clone().into());
        for (label, says) in &self.details {
            let value = says.parse::<u8>().map_or_else(|_| says.clone().into(), Value::from);
            object.insert(label.replace(' ', "_"), value);
        }
        object.into()
    }
}

/// Lines of at most [`WIDTH`] characters, where words are short enough.
fn wrapped(text: &str, first: &str, others: &str) -> String {
    let (mut out, mut line) = (String::new(), first.to_owned());
    let mut begun = false;
    for word in text.split_whitespace() {
        if begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            others.clone_into(&mut line);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    format!("{out}{line}\n")
}

/// All entries of that name: a word may also be a kind of finding. The last part of an error's name will do.
fn find<'e>(all: &'e [Entry], asked: &str) -> Vec<&'e Entry> {
    let asked = normal(asked);
    let exact: Vec<&Entry> = all.iter().filter(|entry| entry.names().any(|name| normal(name) == asked)).collect();
    if !exact.is_empty() {
        return exact;
    }
    let last_part = |name: &str| name.split_once('/').is_some_and(|(_, what)| normal(what) == asked);
    all.iter().filter(|entry| last_part(&entry.name)).collect()
}

fn unknown(all: &[Entry], asked: &str) -> Problem {
    let message = format!("saw `{asked}`, expected a word of the glossary, the name of an error, or a kind of finding");
    let near = suggested(all, asked);
    let help = if near.is_empty() {
        "`plimsoll explain` without a word lists all".to_owned()
    } else {
        format!("did you mean {}?", near.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "))
    };
    Problem::new(UNKNOWN, "explain", message).help(help)
}

/// Names that are a slip of the fingers away, or hold what was asked for; at most five.
fn suggested<'e>(all: &'e [Entry], asked: &str) -> Vec<&'e str> {
    const MOST: usize = 5;
    let asked = normal(asked);
    let last_part = |name: &str| name.split_once('/').map(|(_, what)| normal(what));
    let spelled = |entry: &'e Entry| entry.names().flat_map(move |name| [Some(normal(name)), last_part(name)]).flatten();
    let names: Vec<(String, &Entry)> = all.iter().flat_map(|entry| spelled(entry).map(move |name| (name, entry))).collect();
    let words: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    let slip = nearest(&asked, &words);
    let holds = |name: &str| asked.chars().count() >= 3 && name.contains(&asked);
    let first = names.iter().filter(|(name, _)| slip == Some(name.as_str()));
    let others = names.iter().filter(|(name, _)| holds(name));
    let mut found: Vec<&str> = Vec::new();
    for (_, entry) in first.chain(others) {
        if !found.contains(&entry.name.as_str()) && found.len() < MOST {
            found.push(&entry.name);
        }
    }
    found
}

const LISTS: [(&str, &str); 3] = [("term", "Words"), ("error", "Errors"), ("finding", "Kinds of findings about data")];

fn names_of<'e>(all: &'e [Entry], kind: &str) -> Vec<&'e str> {
    let mut names: Vec<&str> = all.iter().filter(|entry| entry.kind == kind).map(|entry| entry.name.as_str()).collect();
    names.dedup();
    names
}

fn listed(all: &[Entry]) -> String {
    let list = |(kind, title): &(&str, &str)| format!("{title}\n{}", wrapped(&names_of(all, kind).join(" · "), "  ", "  "));
    LISTS.iter().map(list).collect::<Vec<_>>().join("\n")
}

fn listed_as_json(all: &[Entry]) -> Value {
    LISTS.iter().map(|(kind, _)| ((*kind).to_owned(), json!(names_of(all, kind)))).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_read_into_entries() {
        let page = "# Title\n\nintro\n\n## a word\n\nIt *means* [this](x.md#here).\n\n- also: b, C-D\n- exit code: 4\n";
        let entry = Entry {
            kind: "term",
            name: "a word".to_owned(),
            also: vec!["b".to_owned(), "C-D".to_owned()],
            text: "It means this (docs/x.md).".to_owned(),
            details: vec![("exit code".to_owned(), "4".to_owned())],
        };
        let read = headed("term", page, "docs");
        assert_eq!(read, [entry]);
        for asked in ["A  word", "c_d", "`b`"] {
            assert_eq!(find(&read, asked).len(), 1, "{asked}");
        }
        assert!(find(&read, "title").is_empty());
        assert_eq!(read[0].as_json()["exit_code"], 4);
    }

    #[test]
    fn tables_of_kinds_are_read_and_no_other_table_is() {
        let page = "| option | means |\n| --- | --- |\n| `--x` | no |\n\n| kind | seen | does | do |\n| --- | --- | --- | --- |\n\
                    | `a`, `b-c` | two | keeps one | nothing |\n\n| kinds | about |\n| --- | --- |\n| `d` | rest |\n";
        let read = findings(page);
        let names: Vec<&str> = read.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["a", "b-c", "d"]);
        assert_eq!(read[1].as_text(), "b-c, a kind of finding about data\n  two\n  plimsoll: keeps one\n  you: nothing\n");
        assert_eq!(read[2].text, "rest");
    }

    #[test]
    fn stars_and_brackets_in_code_stay() {
        assert_eq!(plain("`a*b*c` *soft* `[[pool]]` ends", "docs"), "`a*b*c` soft `[[pool]]` ends");
        assert_eq!(plain("see [the page](../guides/x.md) there", "docs/reference"), "see the page (docs/guides/x.md) there");
        assert_eq!(plain("a [link](https://x.org/y)", "docs"), "a link (https://x.org/y)");
    }

    #[test]
    fn lines_are_at_most_eighty_wide() {
        let text = "word ".repeat(60);
        let lines = wrapped(&text, "  first: ", "    ");
        assert!(lines.lines().all(|line| line.chars().count() <= WIDTH) && lines.lines().count() > 3, "{lines}");
        assert_eq!(lines.split_whitespace().count(), 61);
    }

    #[test]
    fn slips_are_suggested() {
        let all = entries();
        assert_eq!(suggested(&all, "spec/unknwon-key"), ["spec/unknown-key"]);
        assert_eq!(suggested(&all, "bad-numbre").first(), Some(&"ingest/bad-number"));
        assert_eq!(suggested(&all, "colle"), ["LOLE"]);
        assert!(suggested(&all, "average cost of a walrus").is_empty());
        assert!(suggested(&all, "duplicate").contains(&"ingest/conflicting-duplicates"));
    }
}
