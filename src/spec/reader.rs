//! Reads a spanned TOML tree against the key tables and collects every problem.

use std::cell::RefCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::Key;
use crate::model::UncertainNumber;
use crate::problem::{Problem, nearest};
use crate::time::Day;

/// A value with its place.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// The file being read, and what is wrong with it so far.
pub(super) struct Reader<'a> {
    pub path: &'a Path,
    /// The file's text, then a line for each value that the command line sets.
    pub text: &'a str,
    /// Where the file's own text ends.
    file_end: usize,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
    /// Uncertain numbers, in the order in which they are met.
    uncertain: RefCell<Vec<UncertainNumber>>,
    /// Files of samples.
    files: RefCell<Vec<PathBuf>>,
}

/// A table being read, by its key path.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub name: String,
    pub span: Range<usize>,
    pub table: &'a DeTable<'a>,
}

impl<'a> Reader<'a> {
    pub fn new(path: &'a Path, text: &'a str, file_end: usize) -> Self {
        Self {
            path,
            text,
            file_end,
            problems: RefCell::default(),
            warnings: RefCell::default(),
            uncertain: RefCell::default(),
            files: RefCell::default(),
        }
    }

    /// All problems, in the order of their places.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.span.as_ref().map(|span| span.start), problem.message.clone()));
        problems.dedup();
        problems
    }

    /// Whether nothing is wrong so far.
    pub fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Notes a problem at a place.
    pub fn problem(&self, slug: &'static str, span: &Range<usize>, message: impl Into<String>, help: Option<String>) {
        let told = self.placed(slug, span, message.into(), help);
        // what is wrong once is told once, whatever found it
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&told) {
            problems.push(told);
        }
    }

    /// Notes what is mended, and not refused.
    pub fn warn(&self, slug: &'static str, span: &Range<usize>, message: String, help: Option<String>) {
        self.warnings.borrow_mut().push(self.placed(slug, span, message, help));
    }

    fn placed(&self, slug: &'static str, span: &Range<usize>, message: String, help: Option<String>) -> Problem {
        if span.start > self.file_end {
            let line = self.text[self.file_end..span.start].rfind('\n').map_or(span.start, |at| self.file_end + at + 1);
            let typed = self.text[line..].lines().next().unwrap_or_default();
            let mut problem = Problem::new(slug, format!("--set {typed}"), message);
            problem.help = help;
            return problem;
        }
        let (line, column) = place(self.text, span.start);
        let mut problem = Problem::new(slug, self.path, message).at_line(line).in_column(column.to_string());
        problem.span = Some(span.clone());
        problem.help = help;
        problem
    }

    /// What was mended.
    pub fn take_warnings(&self) -> Vec<Problem> {
        self.warnings.take()
    }

    /// Notes an uncertain number.
    pub fn is_uncertain(&self, number: UncertainNumber) {
        self.uncertain.borrow_mut().push(number);
    }

    /// The uncertain numbers of what was read.
    pub fn take_uncertain(&self) -> Vec<UncertainNumber> {
        self.uncertain.take()
    }

    /// Notes a file that was read with the model file.
    pub fn reads(&self, file: PathBuf) {
        self.files.borrow_mut().push(file);
    }

    /// The files that were read with the model file.
    pub fn take_files(&self) -> Vec<PathBuf> {
        self.files.take()
    }

    /// A table whose keys are all known and whose required keys are all there; otherwise the problems are noted.
    pub fn table(&self, name: &str, value: &'a Value<'a>, keys: &[Key]) -> Option<Node<'a>> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(name, value, "a table");
            return None;
        };
        let node = Node { name: name.to_owned(), span: value.span(), table };
        self.known_keys(&node, keys);
        Some(node)
    }

    pub fn known_keys(&self, node: &Node<'a>, keys: &[Key]) {
        let names: Vec<&str> = keys.iter().map(|key| key.name).collect();
        for key in node.table.keys().filter(|key| !names.contains(&key.get_ref().as_ref())) {
            let help = super::called::help(key.get_ref().as_ref(), &names);
            let message = format!("`{}` is not a key of {}", key.get_ref(), described(&node.name));
            self.problem("spec/unknown-key", &key.span(), message, Some(help));
        }
        for key in keys.iter().filter(|key| key.required && node.get(key.name).is_none()) {
            let message = format!("{} has no `{}`", described(&node.name), key.name);
            self.problem("spec/missing-key", &node.head(), message, Some(key.says.to_owned()));
        }
    }

    pub fn wrong_type(&self, name: &str, value: &Value<'a>, expected: &str) {
        let message = format!("`{name}` is {}, expected {expected}", article(value.get_ref().type_str()));
        self.problem("spec/wrong-type", &value.span(), message, None);
    }

    pub fn text(&self, node: &Node<'a>, key: &str) -> Option<&'a str> {
        let value = node.get(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(&node.path(key), value, "text in quotes");
        }
        text
    }

    /// A finite number, whole or not.
    pub fn number(&self, node: &Node<'a>, key: &str) -> Option<f64> {
        let value = node.get(key)?;
        let number = number(value);
        if number.is_none() {
            self.wrong_type(&node.path(key), value, "a finite number");
        }
        number
    }

    /// A number within `low..=high`.
    pub fn number_within(&self, node: &Node<'a>, key: &str, low: f64, high: f64) -> Option<f64> {
        let number = self.number(node, key)?;
        if (low..=high).contains(&number) {
            return Some(number);
        }
        let expected = if high.is_finite() { format!("{low} to {high}") } else { format!("{low} or more") };
        self.out_of_range(node, key, &number.to_string(), &expected);
        None
    }

    /// A whole number of at least `low`.
    pub fn whole(&self, node: &Node<'a>, key: &str, low: u32) -> Option<u32> {
        let value = node.get(key)?;
        let Some(whole) = whole(value) else {
            if value.get_ref().as_table().is_some() {
                let message = format!("`{}` is a law, and counts are known: expected a whole number", node.path(key));
                let help = "give the likeliest count, try others with `--set`; what may come later is an `order` with a law of its `lead_time`, a \
                            share of units that may be down a `failure`, and a unit that may carry less a law in `capacity`";
                self.problem("spec/uncertain-count", &value.span(), message, Some(help.to_owned()));
                return None;
            }
            self.wrong_type(&node.path(key), value, "a whole number");
            return None;
        };
        let accepted = u32::try_from(whole).ok().filter(|whole| *whole >= low && *whole <= MOST_WHOLE);
        if accepted.is_none() {
            self.out_of_range(node, key, &whole.to_string(), &format!("{low} to {MOST_WHOLE}"));
        }
        accepted
    }

    pub fn out_of_range(&self, node: &Node<'a>, key: &str, seen: &str, expected: &str) {
        let Some(value) = node.get(key) else { return };
        let message = format!("`{}` is {seen}, expected {expected}", node.path(key));
        self.problem("spec/out-of-range", &value.span(), message, None);
    }

    pub fn flag(&self, node: &Node<'a>, key: &str) -> Option<bool> {
        let value = node.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(&node.path(key), value, "true or false");
        }
        flag
    }

    pub fn date(&self, node: &Node<'a>, key: &str) -> Option<Day> {
        let value = node.get(key)?;
        let day = super::laws::date(value);
        if day.is_none() {
            self.wrong_type(&node.path(key), value, "a date such as 2026-10-31");
        }
        day
    }

    /// One of some words; the first is what it is unless given.
    pub fn one_of<T: Copy>(&self, node: &Node<'a>, key: &str, accepted: &[(&str, T)]) -> T {
        self.one_of_these(node, key, accepted).unwrap_or(accepted[0].1)
    }

    /// The same, `None` where the key is not given.
    pub fn one_of_these<T: Copy>(&self, node: &Node<'a>, key: &str, accepted: &[(&str, T)]) -> Option<T> {
        let text = self.text(node, key)?;
        if let Some((_, found)) = accepted.iter().find(|(word, _)| *word == text) {
            return Some(*found);
        }
        let words: Vec<&str> = accepted.iter().map(|(word, _)| *word).collect();
        let help = nearest(text, &words).map(|near| format!("did you mean `{near}`?"));
        let message = format!("`{}` is `{text}`, expected {}", node.path(key), words.join(", "));
        self.problem("spec/unknown-word", &node.span_of(key), message, help);
        None
    }

    /// One text, or a list of texts.
    pub fn strings(&self, node: &Node<'a>, key: &str) -> Vec<(String, Range<usize>)> {
        let Some(value) = node.get(key) else { return Vec::new() };
        if let Some(text) = value.get_ref().as_str() {
            return vec![(text.to_owned(), value.span())];
        }
        let items = value.get_ref().as_array().map(|array| array.iter().collect::<Vec<_>>());
        let texts: Option<Vec<_>> = items
            .and_then(|items| items.into_iter().map(|item| Some((item.get_ref().as_str()?.to_owned(), item.span()))).collect());
        texts.unwrap_or_else(|| {
            self.wrong_type(&node.path(key), value, "text or a list of texts");
            Vec::new()
        })
    }

    /// The tables of a list.
    pub fn tables(&self, node: &Node<'a>, key: &str, keys: &[Key]) -> Vec<Node<'a>> {
        let Some(value) = node.get(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(&node.path(key), value, "a list of tables");
            return Vec::new();
        };
        let items = array.iter().enumerate();
        items.filter_map(|(i, item)| self.table(&format!("{}[{}]", node.path(key), i + 1), item, keys)).collect()
    }

    /// The tables below a key, by name.
    pub fn named(&self, node: &Node<'a>, key: &str, keys: &[Key]) -> Vec<(String, Node<'a>)> {
        let Some(value) = node.get(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(&node.path(key), value, "tables by name");
            return Vec::new();
        };
        let each = table.iter().map(|(name, value)| (name.get_ref().to_string(), name.span(), value));
        each.filter_map(|(name, span, value)| {
            let mut below = self.table(&format!("{}.{name}", node.path(key)), value, keys)?;
            below.span = span;
            Some((name, below))
        })
        .collect()
    }

    /// Notes a name that should have been declared.
    pub fn unknown_name(&self, span: &Range<usize>, what: &str, seen: &str, declared: &[&str]) {
        let help = match nearest(seen, declared) {
            Some(near) => format!("did you mean `{near}`?"),
            None if declared.is_empty() => format!("no {what} is declared"),
            None => format!("declared: {}", declared.join(", ")),
        };
        self.problem("spec/unknown-name", span, format!("there is no {what} `{seen}`"), Some(help));
    }
}

/// Larger counts are typing errors, and would exhaust memory.
const MOST_WHOLE: u32 = 10_000_000;

impl<'a> Node<'a> {
    pub fn get(&self, key: &str) -> Option<&'a Value<'a>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The place of a key's value, or of the table's first line.
    pub fn span_of(&self, key: &str) -> Range<usize> {
        self.get(key).map_or_else(|| self.head(), Spanned::span)
    }

    /// The first bytes of the table.
    pub fn head(&self) -> Range<usize> {
        self.span.start..self.span.end.min(self.span.start + 1)
    }
}

pub(super) fn number(value: &Value<'_>) -> Option<f64> {
    match value.get_ref() {
        DeValue::Integer(_) => whole(value).map(|whole| whole as f64),
        DeValue::Float(float) => float.as_str().replace('_', "").parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

fn whole(value: &Value<'_>) -> Option<i64> {
    let integer = value.get_ref().as_integer()?;
    i64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
}

fn described(name: &str) -> String {
    if name.is_empty() { "a model file".to_owned() } else { format!("`{name}`") }
}

fn article(kind: &str) -> String {
    match kind {
        "integer" | "array" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

/// 1-based line and character column of a byte.
pub(super) fn place(text: &str, byte: usize) -> (u64, usize) {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() as u64 + 1;
    (line, before.rsplit('\n').next().unwrap_or("").chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        assert_eq!(place("a = 1\nβ = 2\n", 10), (2, 4));
    }
}
