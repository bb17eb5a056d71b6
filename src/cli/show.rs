//! Tables and problems as text.

use std::io::{IsTerminal, Write};

use super::args::{LogFormat, TableFormat, Talk};
use crate::error::Error;
use crate::report::{Cell, Table};
use crate::{render, spec};

/// Prints a table to stdout.
///
/// # Errors
/// When it cannot be encoded or stdout is closed.
pub fn table(table: &Table, format: TableFormat) -> Result<(), Error> {
    let bytes = match format {
        TableFormat::Table => aligned(table).into_bytes(),
        TableFormat::Csv => {
            render::csv(table).map_err(|reason| Error::Render { file: table.id.clone(), reason: reason.to_string() })?
        }
        TableFormat::Json => json(table).into_bytes(),
    };
    data(&bytes)
}

/// Writes data to stdout.
///
/// # Errors
/// When stdout is closed.
pub fn data(bytes: &[u8]) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|source| Error::Output { path: "stdout".into(), source })
}

/// Says something to stderr, unless quiet.
pub fn say(talk: Talk, text: &str) {
    if talk.quiet {
        return;
    }
    let line = match talk.log_format {
        LogFormat::Text => text.to_owned(),
        LogFormat::Json => serde_json::json!({"event": "said", "text": text}).to_string(),
    };
    let _nobody_listening = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes an event to stderr for a machine, unless quiet.
pub fn event(talk: Talk, event: &serde_json::Value) {
    if !talk.quiet {
        let _nobody_listening = writeln!(std::io::stderr().lock(), "{event}");
    }
}

/// Tells an error to stderr, with its causes and what to do.
pub fn error(error: &Error, talk: Talk) {
    let text = match talk.log_format {
        LogFormat::Json => as_json(error),
        LogFormat::Text => {
            let more = super::explain::more(error).map_or_else(String::new, |more| format!("\n{more}"));
            format!("{}{more}", as_text(error).trim_end())
        }
    };
    let _nobody_listening = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

fn as_text(error: &Error) -> String {
    if let Error::Problems(problems) = error {
        let color = std::io::stderr().is_terminal() && no_color_unset();
        return spec::explain(problems, color);
    }
    if let Error::Gates(_) = error {
        return error.to_string();
    }
    let mut text = format!("error[{}]: {error}", error.slug());
    for cause in causes(error) {
        text.push_str(&format!("\n  because: {cause}"));
    }
    if let Some(help) = error.help() {
        text.push_str(&format!("\n  help: {help}"));
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "NO_COLOR is obeyed: https://no-color.org")]
fn no_color_unset() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn causes(error: &Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

fn as_json(error: &Error) -> String {
    let one = |slug: &str, message: String, place: serde_json::Value| {
        serde_json::json!({"event": "error", "slug": slug, "message": message, "place": place}).to_string()
    };
    if let Error::Gates(refused) = error {
        let all = refused.iter().flat_map(|gate| gate.faults.iter().map(move |fault| (gate, fault)));
        let lines = all.map(|(gate, fault)| {
            let (from, to) = (fault.span.start, fault.span.end);
            let place =
                serde_json::json!({"flag": gate.severity.flag(), "text": gate.text, "bytes": [from, to], "help": fault.help});
            one(fault.slug, fault.message.clone(), place)
        });
        return lines.collect::<Vec<_>>().join("\n");
    }
    let Error::Problems(problems) = error else {
        return one(error.slug(), error.to_string(), causes(error).into());
    };
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = serde_json::json!({
                "path": problem.path, "line": problem.line, "column": problem.column, "help": problem.help,
            });
            one(problem.slug, problem.message.clone(), place)
        })
        .collect();
    lines.join("\n")
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => short(*number),
        Cell::Integer(whole) => whole.to_string(),
        Cell::Day(day) => day.to_string(),
        Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Cell::Missing => "–".to_owned(),
    }
}

/// Five significant digits; scientific only far from 1.
fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let size = number.abs();
    if !(1e-4..1e15).contains(&size) {
        return format!("{number:.4e}");
    }
    let decimals = (4 - size.log10().floor() as i32).clamp(0, 8) as usize;
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn aligned(table: &Table) -> String {
    let headings = table.columns.iter().map(|column| match column.unit.as_str() {
        "" => column.heading.clone(),
        unit => format!("{} [{unit}]", column.heading),
    });
    let mut lines: Vec<Vec<String>> = vec![headings.collect()];
    lines.extend(table.rows.iter().map(|row| row.iter().map(text).collect()));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let is_number = |cell: &Cell| matches!(cell, Cell::Number(_) | Cell::Integer(_));
    let numeric: Vec<bool> =
        (0..table.columns.len()).map(|column| table.rows.iter().any(|row| is_number(&row[column]))).collect();
    let mut out = format!("{}\n", table.title);
    for line in &lines {
        let cells = line.iter().enumerate().map(|(column, cell)| {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            if numeric[column] { format!("{pad}{cell}") } else { format!("{cell}{pad}") }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out.push('\n');
    out
}

fn json(table: &Table) -> String {
    let rows: Vec<serde_json::Value> = table
        .rows
        .iter()
        .map(|row| table.columns.iter().zip(row).map(|(column, cell)| (column.name.clone(), value(cell))).collect())
        .collect();
    format!("{:#}\n", serde_json::Value::Array(rows))
}

fn value(cell: &Cell) -> serde_json::Value {
    match cell {
        Cell::Text(text) => text.clone().into(),
        Cell::Number(number) => (*number).into(),
        Cell::Integer(whole) => (*whole).into(),
        Cell::Day(day) => day.to_string().into(),
        Cell::Flag(flag) => (*flag).into(),
        Cell::Missing => serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_shown_with_five_digits() {
        let shown: Vec<String> = [0.0, 1.5, 12_345.678, 0.001_234_56, 1e-9, 3e20, -2.0].map(short).to_vec();
        assert_eq!(shown, ["0", "1.5", "12346", "0.0012346", "1.0000e-9", "3.0000e20", "-2"]);
    }
}
