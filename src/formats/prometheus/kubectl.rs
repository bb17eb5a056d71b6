//! The table that `kubectl top nodes` and `kubectl top pods` print: a snapshot without time, rounded to millicores and MiB.
//!
//! Columns are padded by blanks; `<unknown>` is missing. Newer versions write `CPU(%)` for `CPU%`. `--sum` adds a line of totals
//! below a rule, and `--containers` a column for the pod.

use super::super::{Head, Identity, Input, Options, Problems, Reading};
use super::lines::{LONGEST, each_line};
use super::quantity::quantity;
use super::told::{Told, seen};
use crate::source::Kind;

/// Columns that name what a row is about.
const NAMES: &[&str] = &["NAME", "NAMESPACE", "POD"];

/// The columns of a heading, or `None` when a line is none.
fn heading(line: &str) -> Option<Vec<String>> {
    let columns: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let named = columns.first().is_some_and(|first| NAMES.contains(&first.as_str()));
    let all = columns.iter().all(|column| NAMES.contains(&column.as_str()) || unit(column).is_some());
    (named && all && columns.iter().any(|column| unit(column).is_some())).then_some(columns)
}

/// The unit of a column of numbers.
fn unit(column: &str) -> Option<&'static str> {
    let resource = ["CPU", "MEMORY", "SWAP"].iter().find_map(|resource| column.strip_prefix(resource))?;
    match resource {
        "(cores)" => Some("cores"),
        "(bytes)" => Some("bytes"),
        "%" | "(%)" => Some("percent"),
        _ => None,
    }
}

pub(super) fn recognise(head: &Head) -> Option<String> {
    heading(head.first_line()).map(|_| "the heading of kubectl top".to_owned())
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let Some(at) = options.at else {
        let message = "saw a snapshot without a time, expected the instant of the call";
        return Err(vec![input.problem("ingest/needs-instant", message).help("try --at with the instant of the snapshot")]);
    };
    let (mut told, mut columns, mut total) = (Told::new(input), Vec::new(), false);
    each_line(input, LONGEST, &mut |line, text| {
        if text.trim().is_empty() {
            return Ok(());
        }
        if let Some(found) = heading(text) {
            (columns, total) = (found, false);
            return Ok(());
        }
        let cells: Vec<&str> = text.split_whitespace().collect();
        if cells.iter().all(|cell| cell.bytes().all(|byte| byte == b'_' || byte == b'-')) {
            total = true;
            return Ok(());
        }
        if total {
            reading.note("total-row", line, || "a row of totals below a rule: left out".to_owned());
            return Ok(());
        }
        reading.rows += 1;
        if cells.len() != columns.len() {
            let message = format!("saw {} cells, expected {}", cells.len(), columns.len());
            told.invalid(reading, options, line, message);
            return Ok(());
        }
        row(&columns, &cells, at, line, options, &mut told, reading)
    })?;
    told.finish(reading, options)
}

fn row(
    columns: &[String],
    cells: &[&str],
    at: i64,
    line: u64,
    options: &Options,
    told: &mut Told<'_>,
    reading: &mut Reading<'_>,
) -> Result<(), crate::problem::Problem> {
    let has = |name: &str| columns.iter().any(|column| column == name);
    let mut id = Identity::default();
    for (column, cell) in columns.iter().zip(cells) {
        id = match column.as_str() {
            "NAMESPACE" => id.with("namespace", cell),
            "POD" => id.with("pod", cell),
            "NAME" if has("POD") => id.with("container", cell),
            "NAME" if has("CPU%") || has("CPU(%)") => id.with("node", cell),
            "NAME" => id.with("pod", cell),
            _ => id,
        };
    }
    for (column, cell) in columns.iter().zip(cells) {
        let Some(unit) = unit(column) else { continue };
        let place = reading.series(Identity { metric: column.clone(), ..id.clone() });
        reading.kind(place, Kind::Gauge);
        reading.unit(place, unit);
        if cell.starts_with('<') {
            reading.missing(place, Some(at));
            continue;
        }
        if let Some(number) = quantity(cell.strip_suffix('%').unwrap_or(cell)) {
            reading.push(place, at, number, line)?;
        } else {
            let message = format!("column {column}: saw `{}`, expected a quantity like 250m, 64Mi or 3%", seen(cell));
            told.invalid(reading, options, line, message);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::read as read_any;
    use super::*;

    #[test]
    fn containers_of_pods_and_totals_are_told_apart() {
        let text = "NAMESPACE   POD   NAME   CPU(cores)   MEMORY(bytes)\nn p c 5m 10Mi\nn p d <unknown> 1Gi\n   ____ ____\n   5m 1034Mi\n";
        let options = Options { at: Some(0), ..Options::default() };
        let reading = read_any(&Input::memory("a", text.as_bytes().to_vec()), &options).unwrap();
        assert_eq!(reading.series[0].id.to_string(), r#"CPU(cores){container="c",namespace="n",pod="p"}"#);
        assert_eq!((reading.series.len(), reading.series[2].missing, reading.findings[0].kind), (4, 1, "total-row"));
    }
}
