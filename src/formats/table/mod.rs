//! Tables of text: CSV and its relatives, with a header or declared columns, long or wide, from programs and from spreadsheets.
//!
//! There is no specification: RFC 4180 says how fields are quoted, and every producer has its own separator, decimal mark, form of
//! times and order of columns. So a first look finds those out ([`look`], [`layout`]), tells what it found ([`Reading::columns`]),
//! and the rows are read by that in one pass with constant memory ([`rows`], [`scan`]). What does not fit is told with line, field
//! and column.

mod azure_trace;
mod bitbrains;
mod cells;
mod date_order;
mod decode;
mod grafana;
mod grafana_cells;
mod keys;
mod layout;
mod look;
mod names;
mod pdh;
mod records;
mod rows;
mod scan;
#[cfg(test)]
mod tests;
mod times;

use super::{Head, Input, Options, Parser, Problems, Reading};

/// The parsers of this family.
pub(super) const PARSERS: &[Parser] = &[
    grafana::PARSER,
    pdh::PARSER,
    bitbrains::PARSER,
    azure_trace::PARSER,
    // whatever has no format of its own
    Parser { format: "csv-long", says: "a table with one row for each metric and instant", recognise: long, read },
    Parser { format: "csv-wide", says: "a table with one column for each metric", recognise: wide, read },
];

/// Seen text in a message: at most 40 characters.
fn cut(text: &str) -> String {
    let short: String = text.chars().take(40).map(|char| if char.is_control() { ' ' } else { char }).collect();
    if short.chars().count() < text.chars().count() { short + "…" } else { short }
}

fn long(head: &Head) -> Option<String> {
    let look = look::look_at(head)?;
    let layout = layout::layout(&Input::memory("", Vec::new()), &Options::default(), &look).ok()?;
    layout.is_long().then(|| format!("rows of {} name a metric or entity and its value", described(&look)))
}

fn wide(head: &Head) -> Option<String> {
    let text = look::head_text(head);
    if look::is_html(&text) {
        return Some("a web page in place of a table".to_owned());
    }
    let utf16 = matches!(head.bytes[..], [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]);
    if !utf16 && head.bytes.contains(&0) || text.trim_start().starts_with(['{', '[', '<']) {
        return None;
    }
    let separator = look::separator(&text)?;
    let look = look::look_at(head).unwrap_or(look::Look { separator, ..look::Look::default() });
    Some(format!("lines of {}", described(&look)))
}

fn described(look: &look::Look) -> String {
    let mark = match look.separator {
        b'\t' => "tabs".to_owned(),
        mark => format!("`{}`", char::from(mark)),
    };
    format!("fields between {mark}")
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let look = look::look(input, options)?;
    let mut layout = layout::layout(input, options, &look)?;
    if layout.forms.len() > 1 {
        layout.forms = vec![date_order::proven(input, options, &look, &layout, reading)?];
    }
    scan::scan(input, options, &look, &layout, reading)
}
