//! `--set key.path=value`: what the command line puts in place of a model file's values, told wrong as the file is.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::reader::Reader;

type Keys<'a> = Vec<Spanned<std::borrow::Cow<'a, str>>>;

/// A model file's text with what is set written below it, a line each, so that every value has its place in one text.
pub(super) struct Text {
    pub whole: String,
    /// The line of each that is set.
    lines: Vec<Range<usize>>,
    /// For each, blanks up to its line and then the line: TOML of its own whose places are those of the whole.
    alone: Vec<String>,
}

impl Text {
    pub fn new(file: &str, set: &[String]) -> Self {
        let (mut whole, mut lines, mut alone) = (file.to_owned(), Vec::new(), Vec::new());
        for line in set {
            whole.push('\n');
            let from = whole.len();
            whole.push_str(line);
            lines.push(from..whole.len());
            alone.push(format!("{}{line}", " ".repeat(from)));
        }
        Self { whole, lines, alone }
    }

    /// Puts all that is set into the tree of the file; what cannot be has been noted as a problem.
    pub fn set_in<'a>(&'a self, root: &mut DeTable<'a>, reader: &Reader<'a>) {
        for (text, line) in self.alone.iter().zip(&self.lines) {
            let keys = keys_of(&self.whole[line.clone()]);
            let (tree, errors) = DeTable::parse_recoverable(text);
            let told = errors.first().map(|error| error.message().to_owned());
            match (told, single(tree.into_inner(), keys)) {
                (None, Some((keys, value))) if !text.trim().contains('\n') => put(root, &keys, value, "", reader),
                (told, _) => {
                    let (message, help) = amiss(&self.whole[line.clone()], keys, told);
                    reader.problem("spec/syntax", line, message, Some(help));
                }
            }
        }
    }
}

/// What is wrong with a line that is no key and value: mostly a text without quotes, or a percentage.
fn amiss(line: &str, keys: usize, told: Option<String>) -> (String, String) {
    let message = told.unwrap_or_else(|| "expected a key path, `=` and a value".to_owned());
    let plain = "as in the model file, texts in quotes: --set 'unit.m8.lead_time=\"30 d\"'".to_owned();
    let Some((key, value)) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else { return (message, plain) };
    let bare = !value.is_empty() && !value.contains(['"', '\'', '{', '[', '\n']);
    if keys == 0 || !bare {
        return (message, plain);
    }
    let share = value.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let help = match share {
        Some(percent) => format!("a share is a number: --set {key}={}", percent / 100.0),
        None => format!("a text stands in quotes, and the whole in others: --set '{key}=\"{value}\"'"),
    };
    (format!("`{value}` is neither a number, a date nor a text in quotes"), help)
}

/// How many keys stand before the `=`: the first `=` that has a whole key path before it, as quoted keys may hold others.
fn keys_of(line: &str) -> usize {
    let number = |at: usize| {
        let text = format!("{}= 0", &line[..at]);
        DeTable::parse(&text).ok().map(|tree| nested(tree.get_ref()))
    };
    line.match_indices('=').find_map(|(at, _)| number(at)).unwrap_or(0)
}

fn nested(table: &DeTable<'_>) -> usize {
    table.values().next().map_or(0, |value| 1 + value.get_ref().as_table().map_or(0, nested))
}

/// The keys and the value of a tree with one key at each of so many levels.
fn single(mut table: DeTable<'_>, keys: usize) -> Option<(Keys<'_>, Spanned<DeValue<'_>>)> {
    let mut path = Vec::new();
    loop {
        let (key, value) = table.into_iter().next()?;
        path.push(key);
        if path.len() == keys {
            return Some((path, value));
        }
        match value.into_inner() {
            DeValue::Table(below) => table = below,
            _ => return None,
        }
    }
}

/// Puts a value into a table; tables on the way are made.
fn put<'a>(
    table: &mut DeTable<'a>,
    path: &[Spanned<std::borrow::Cow<'a, str>>],
    value: Spanned<DeValue<'a>>,
    at: &str,
    reader: &Reader<'a>,
) {
    let Some((key, below)) = path.split_first() else { return };
    let at = if at.is_empty() { key.get_ref().to_string() } else { format!("{at}.{}", key.get_ref()) };
    let found = table.iter_mut().find(|(name, _)| name.get_ref() == key.get_ref()).map(|(_, value)| value);
    match (found, below.is_empty()) {
        (Some(held), true) => *held = value,
        (Some(held), false) => put_below(held, below, value, &at, reader),
        (None, true) => drop(table.insert(key.clone(), value)),
        (None, false) => {
            let mut made = DeTable::new();
            put(&mut made, below, value, &at, reader);
            table.insert(key.clone(), Spanned::new(key.span(), DeValue::Table(made)));
        }
    }
}

/// The same into what stands at a key: a table, or an item of a list by its name, its resource, or its number from 1.
fn put_below<'a>(
    held: &mut Spanned<DeValue<'a>>,
    path: &[Spanned<std::borrow::Cow<'a, str>>],
    value: Spanned<DeValue<'a>>,
    at: &str,
    reader: &Reader<'a>,
) {
    let Some((key, below)) = path.split_first() else { return };
    match held.get_mut() {
        DeValue::Table(table) => put(table, path, value, at, reader),
        DeValue::Array(items) => {
            let names: Vec<String> = items.iter().enumerate().map(|(i, item)| name_of(item, i)).collect();
            let wanted = key.get_ref().as_ref();
            let number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).filter(|i| *i < names.len());
            match (names.iter().position(|name| name == wanted).or(number), below.is_empty()) {
                (None, _) => {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    reader.unknown_name(&key.span(), &format!("`{at}`"), wanted, &names);
                }
                (Some(i), true) => items.as_mut()[i] = value,
                (Some(i), false) => put_below(&mut items.as_mut()[i], below, value, &format!("{at}.{wanted}"), reader),
            }
        }
        other => {
            let message = format!("`{at}` is a {}: there is no `{}` below it", other.type_str(), key.get_ref());
            reader.problem("spec/unknown-key", &key.span(), message, None);
        }
    }
}

/// What an item of a list is called.
fn name_of(item: &Spanned<DeValue<'_>>, index: usize) -> String {
    let named = |key: &str| item.get_ref().as_table()?.iter().find(|(name, _)| name.get_ref() == key)?.1.get_ref().as_str();
    named("name").or_else(|| named("resource")).map_or_else(|| (index + 1).to_string(), str::to_owned)
}
