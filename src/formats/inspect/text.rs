//! An inspection for people: a sentence, then tables, in at most 96 columns.

use std::fmt::Write as _;

use super::describe::{Found, Inspection, Metric, formats};
use super::questions::{duration, roughly};
use super::steps::Step;
use crate::units::canonical;

/// Columns of a line.
const WIDTH: usize = 96;
/// Columns of a table up to which those of values are shown.
const MOST_VALUES: usize = 8;
/// Metrics, labels and columns shown; the others are counted.
const MOST_LINES: usize = 16;

/// The inspection as text.
#[must_use]
pub fn text(inspection: &Inspection) -> String {
    let mut text = wrapped(&sentence(inspection), 0);
    if let Some(incomplete) = &inspection.incomplete {
        text += &wrapped(&format!("It is not complete: {incomplete}"), 0);
    }
    text.push('\n');
    facts(inspection, &mut text);
    metrics(inspection, &mut text);
    names(inspection, &mut text);
    samples(inspection, &mut text);
    findings(&inspection.findings, &mut text);
    questions(inspection, &mut text);
    if !inspection.command.is_empty() {
        let _ = write!(text, "\nTo ingest it as read here:\n{}", broken(&inspection.command));
    }
    let _ = write!(text, "\nIn a model file (words in capitals are yours to fill in):\n{}", indented(&inspection.source));
    text
}

/// Every format, one a line.
#[must_use]
pub fn formats_text() -> String {
    let lines: Vec<Vec<String>> = formats().iter().map(|line| vec![line.format.to_owned(), line.says.to_owned()]).collect();
    format!("{} formats are known by their first bytes, asked in this order:\n\n{}", lines.len(), table(&lines, &[]))
}

fn sentence(inspection: &Inspection) -> String {
    let Inspection { path, says, format, .. } = inspection;
    let series = counted(inspection.series as u64, "series", "series");
    let points = counted(inspection.points, "number", "numbers");
    let what = match inspection.metrics.as_slice() {
        [one] if !one.name.is_empty() => format!(" of {}", short(&one.name, 60)),
        [] | [_] => String::new(),
        many => format!(" of {} metrics", many.len() + inspection.metrics_left_out),
    };
    let span = match (&inspection.first, &inspection.last, &inspection.step) {
        (Some(first), Some(last), Some(step)) if first != last => {
            let every = match (step.steps.len() > 1, step.regular) {
                (true, _) => "mostly every",
                (false, true) => "every",
                (false, false) => "about every",
            };
            let seconds = if step.seconds > 10.0 { step.seconds.round() } else { step.seconds };
            let step = roughly(&Step { seconds, ..step.clone() });
            format!(", {every} {step} from {} to {}", moment(first), moment(last))
        }
        (Some(first), Some(last), _) if first == last => format!(", all at {}", moment(first)),
        (Some(first), Some(last), _) => format!(", from {} to {}", moment(first), moment(last)),
        _ => String::new(),
    };
    format!("{path} is {says} ({format}) with {series}{what} and {points}{span}.")
}

/// `2017-09-04 12:00:00 UTC` without what is zero.
fn moment(instant: &str) -> String {
    let plain = instant.trim_end_matches('Z').replace('T', " ");
    let plain = plain.split('.').next().unwrap_or(&plain);
    format!("{} UTC", plain.strip_suffix(":00").unwrap_or(plain))
}

fn facts(inspection: &Inspection, text: &mut String) {
    let mut rows = vec![("known by", inspection.why.clone())];
    let size = inspection.bytes.map(|bytes| human(bytes as f64, Some("bytes")));
    let records = (inspection.rows > 0).then(|| counted(inspection.rows, "row", "rows"));
    let both: Vec<String> = size.into_iter().chain(records).collect();
    if !both.is_empty() {
        rows.push(("size", both.join(", ")));
    }
    let mut gone = Vec::new();
    for (count, word) in [
        (inspection.missing, "without a value"),
        (inspection.infinite, "infinite"),
        (inspection.empty_series as u64, "series without any number"),
    ] {
        if count > 0 {
            gone.push(format!("{} {word}", grouped(count)));
        }
    }
    if !gone.is_empty() {
        rows.push(("left out", gone.join(", ")));
    }
    if let Some(step) = &inspection.step {
        let steps: Vec<String> = step.steps.iter().map(|step| duration(*step)).collect();
        let words = match (step.regular, steps.len()) {
            (true, _) => format!("{}, regular", duration(step.seconds)),
            (false, 1) => format!("{} in the median, not regular", duration(step.seconds)),
            (false, _) => format!("{} in the median; stretches or series of {}", duration(step.seconds), steps.join(", ")),
        };
        rows.push(("step", words));
    }
    rows.push(("times", inspection.zone.clone()));
    for (name, words) in rows {
        let lines = wrapped(&words, 12);
        let _ = write!(text, "  {name:<9} {}", lines.trim_start());
    }
}

fn metrics(inspection: &Inspection, text: &mut String) {
    if inspection.metrics.is_empty() {
        return;
    }
    let head = ["metric", "stat", "series", "numbers", "unit", "kind", "lowest", "mean", "highest"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(inspection.metrics.iter().take(MOST_LINES).map(row));
    // The other columns keep their width, names are cut to what is left.
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count() + 2).max();
    let others: usize = (1..head.len()).filter_map(width).sum();
    for row in &mut rows {
        row[0] = short(&row[0], WIDTH.saturating_sub(others + 2).max(16));
    }
    text.push('\n');
    text.push_str(&table(&rows, &[2, 3, 6, 7, 8]));
    more(inspection.metrics.len() + inspection.metrics_left_out, MOST_LINES, "metrics", text);
}

fn row(metric: &Metric) -> Vec<String> {
    let value = |value: Option<f64>| value.map_or("-".to_owned(), |value| human(value, metric.unit.as_deref()));
    let unit = metric.unit.as_deref().map_or("?".to_owned(), |unit| short(unit, 10));
    let name = if metric.name.is_empty() { "(no name)".to_owned() } else { metric.name.clone() };
    vec![
        name,
        metric.stat.to_owned(),
        grouped(metric.series as u64),
        grouped(metric.points),
        unit,
        metric.kind.unwrap_or("?").to_owned(),
        value(metric.low),
        value(metric.mean),
        value(metric.high),
    ]
}

fn names(inspection: &Inspection, text: &mut String) {
    let labels = inspection.labels.iter().take(MOST_LINES).map(|label| {
        let mut examples: Vec<String> = label.examples.iter().map(|value| short(value, 24)).collect();
        if label.distinct > examples.len() {
            examples.push("…".to_owned());
        }
        vec![short(&label.name, 24), grouped(label.distinct as u64), fitted(&examples, 60)]
    });
    let labels: Vec<Vec<String>> = labels.collect();
    if !labels.is_empty() {
        let head = vec!["label".to_owned(), "values".to_owned(), "such as".to_owned()];
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(labels).collect();
        let _ = write!(text, "\n{}", table(&rows, &[1]));
        more(inspection.labels.len(), MOST_LINES, "labels", text);
    }
    // A wide table has a value column for each series: those are told already.
    let told: Vec<Vec<String>> = inspection
        .columns
        .iter()
        .filter(|column| column.role != "value" || inspection.columns.len() <= MOST_VALUES)
        .take(MOST_LINES)
        .map(|column| vec![short(&column.name, 60), column.role.clone()])
        .collect();
    if !told.is_empty() {
        let rows: Vec<Vec<String>> = std::iter::once(vec!["column".to_owned(), "taken for".to_owned()]).chain(told).collect();
        let _ = write!(text, "\n{}", table(&rows, &[]));
        more(inspection.columns.len(), rows.len() - 1, "columns", text);
    }
}

fn samples(inspection: &Inspection, text: &mut String) {
    let Some(samples) = &inspection.samples else { return };
    let _ = writeln!(text, "\nFirst numbers of {}:", short(&samples.series, WIDTH - 20));
    let rows: Vec<Vec<String>> =
        samples.values.iter().map(|sample| vec![sample.time.clone(), format!("{}", sample.value)]).collect();
    text.push_str(&table(&rows, &[1]));
}

fn findings(found: &[Found], text: &mut String) {
    if found.is_empty() {
        return;
    }
    text.push_str("\nWhat is odd:\n");
    for one in found {
        let times = if one.count > 1 { format!(", {} times", grouped(one.count)) } else { String::new() };
        let lines: Vec<String> = one.lines.iter().take(3).map(u64::to_string).collect();
        let at = match lines.len() {
            0 => String::new(),
            1 => format!(", line {}", lines[0]),
            _ => format!(", lines {}{}", lines.join(", "), if one.lines.len() > 3 { ", …" } else { "" }),
        };
        let said = format!("{} {}{times}{at}: {}", one.severity, one.kind, one.text);
        let _ = write!(text, "  {}", wrapped(&said, 4).trim_start());
    }
}

fn questions(inspection: &Inspection, text: &mut String) {
    if inspection.questions.is_empty() {
        return;
    }
    text.push_str("\nWhat only you know, by weight:\n");
    for (index, question) in inspection.questions.iter().enumerate() {
        let flag = if question.flag.is_empty() { String::new() } else { format!(" ({})", question.flag) };
        let said = format!("{}. {}{flag}", index + 1, question.text);
        let _ = write!(text, "  {}", wrapped(&said, 5).trim_start());
    }
}

fn more(all: usize, shown: usize, what: &str, text: &mut String) {
    if all > shown {
        let _ = writeln!(text, "  and {} more {what}", all - shown);
    }
}

/// Breaks text between words, every line but the first indented; ends with a line feed.
fn wrapped(text: &str, indent: usize) -> String {
    let (mut lines, mut column) = (" ".repeat(indent), indent);
    for (index, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > WIDTH {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if index > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines + "\n"
}

/// Columns aligned, those in `right` to the right; the last is not padded.
fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            let (before, after) = if right.contains(&column) { (pad.as_str(), "") } else { ("", pad.as_str()) };
            let gap = if column == 0 { " " } else { "  " };
            let _ = write!(line, "{gap}{before}{cell}{after}");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A command on several lines, broken before flags.
fn broken(command: &str) -> String {
    let (mut text, mut line) = (String::new(), String::from("  "));
    for (index, part) in command.split(" --").enumerate() {
        let part = if index == 0 { part.to_owned() } else { format!(" --{part}") };
        if line.chars().count() + part.chars().count() > WIDTH - 2 && line.trim() != "" {
            text += &line;
            text += " \\\n";
            line = format!("   {part}");
        } else {
            line += &part;
        }
    }
    text + &line + "\n"
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") }).collect()
}

/// Items joined by commas as long as they fit.
fn fitted(items: &[String], width: usize) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() && text.chars().count() + 2 + item.chars().count() > width {
            return text + ", …";
        }
        if !text.is_empty() {
            text += ", ";
        }
        text += item;
    }
    text
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).collect::<String>() + "…" }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// Digits in threes.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A value of a unit with four digits: bytes with the prefixes that the unit is written with (binary where it has none), others by thousands.
fn human(value: f64, unit: Option<&str>) -> String {
    let (base, factor) = unit.map_or((String::new(), 1.0), canonical);
    let bytes = base == "bytes" || base == "bytes/s";
    // `TB` is a power of 1000, `TiB` of 1024: amounts are shown as they were written
    let decimal = factor > 1.0 && factor % 1000.0 == 0.0;
    let (mut value, step) = if bytes { (value * factor, if decimal { 1000.0 } else { 1024.0 }) } else { (value, 1000.0) };
    let prefixes = match (bytes, decimal) {
        (true, false) => ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"],
        (true, true) => ["B", "kB", "MB", "GB", "TB", "PB", "EB"],
        (false, _) => ["", "k", "M", "G", "T", "P", "E"],
    };
    let mut place = 0;
    let most = if bytes { step } else { 100_000.0 };
    if value.abs() >= most {
        while value.abs() >= step && place + 1 < prefixes.len() {
            value /= step;
            place += 1;
        }
    }
    let digits = digits(value);
    if prefixes[place].is_empty() { digits } else { format!("{digits} {}", prefixes[place]) }
}

/// Four significant digits without zeros at the end.
fn digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs().log10().floor();
    if !(-4.0..=6.0).contains(&size) {
        return format!("{value:.3e}");
    }
    let places = (3.0 - size).max(0.0) as usize;
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::formats::inspect::describe;
    use crate::formats::{Identity, NANOS, Number, Options, Reading};
    use crate::source::Kind;

    /// Two hosts' averages of CPU every five minutes, and one growing total.
    fn reading() -> Reading<'static> {
        let mut reading = Reading::default();
        (reading.format, reading.why) = ("csv-long", "a header and rows".to_owned());
        reading.columns =
            [("ts", "time"), ("host", "entity"), ("cpu", "value")].map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
        for host in ["web-1", "web-2"] {
            let place = reading.series(Identity::named("cpu").with("host", host).stat("Average"));
            reading.unit(place, "percent");
            reading.kind(place, Kind::Gauge);
            for step in 0..30 {
                reading
                    .push(place, (1_772_452_800 + step * 300) * NANOS, Number::Real(0.5 + step as f64), step as u64 + 2)
                    .unwrap();
            }
        }
        let place = reading.series(Identity::named("bytes").with("host", "web-1"));
        for step in 0..30_u64 {
            reading.push(place, (1_772_452_800 + step as i64 * 300) * NANOS, Number::Whole(step * 1_000_000), step + 2).unwrap();
        }
        reading.warn("naive-time", 0, || "times have no offset and no zone is declared: taken as UTC".to_owned());
        reading.ask(1, "--tz", "In which zone are the times without an offset? UTC is assumed.");
        reading
    }

    #[test]
    fn questions_stand_by_rank_with_the_flag_that_answers_each() {
        let inspection = describe(Path::new("usage.csv"), &reading(), &Options::default());
        let flags: Vec<&str> = inspection.questions.iter().map(|question| question.flag.as_str()).collect();
        assert_eq!(flags, ["--tz", "--stat avg", "--kind counter", "--unit"]);
        assert_eq!(inspection.questions[2].text, "Is `bytes` a counter? It only grows; gauge is assumed.");
        let declared = Options { unit: Some("bytes".to_owned()), kind: Some(Kind::Counter), ..Options::default() };
        assert_eq!(describe(Path::new("usage.csv"), &reading(), &declared).questions.len(), 2);
    }

    #[test]
    fn a_snapshot_is_asked_about() {
        let mut one = Reading::default();
        one.format = "df";
        let place = one.series(Identity::named("used"));
        one.push(place, NANOS, Number::Whole(1), 1).unwrap();
        let inspection = describe(Path::new("df.txt"), &one, &Options::default());
        assert!(inspection.questions[0].text.starts_with("Is this the only instant"));
        assert_eq!(inspection.step, None);
        let words = text(&inspection).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("all at 1970-01-01 00:00:01 UTC"), "{words}");
    }

    #[test]
    fn the_command_repeats_what_was_found_out_and_the_source_names_it() {
        let inspection = describe(Path::new("my data/usage.csv"), &reading(), &Options::default());
        assert_eq!(
            inspection.command,
            "plimsoll ingest 'my data/usage.csv' --format csv-long --tz UTC --map timestamp=ts,entity=host,value=cpu -o store"
        );
        let first = inspection.source.split("\n\n").next().unwrap();
        let lines = [
            "[[source]]",
            "name = \"cpu\"",
            "files = \"store\"",
            "resource = \"cpu\"",
            "pool = \"POOL\"",
            "entity = \"host\"",
            "measures = \"utilization\"",
            "select = { metric = \"cpu\" }",
        ];
        assert_eq!(first.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn a_store_is_read_where_it_is_and_not_ingested_again() {
        let mut stored = reading();
        stored.format = "store";
        let inspection = describe(Path::new("kept/here"), &stored, &Options::default());
        assert!(inspection.command.is_empty() && inspection.source.contains("files = \"kept/here\""));
        let text = text(&inspection);
        assert!(text.starts_with("kept/here is a store (store)") && !text.contains("To ingest"), "{text}");
    }

    #[test]
    fn the_text_fits_and_begins_with_a_sentence() {
        let text = text(&describe(Path::new("usage.csv"), &reading(), &Options::default()));
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.starts_with("usage.csv is a table"), "{text}");
        assert!(words.contains("(csv-long) with 3 series of 2 metrics and 90 numbers, every 5 min from 2026-03-02"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(text.contains("1. In which zone"), "{text}");
    }

    #[test]
    fn it_is_told_in_json_too() {
        let inspection = describe(Path::new("usage.csv"), &reading(), &Options::default());
        let json = serde_json::to_value(&inspection).unwrap();
        assert_eq!(
            (&json["series"], &json["step"]["seconds"], &json["labels"][0]["name"]),
            (&3.into(), &300.0.into(), &"host".into())
        );
        assert_eq!(json["findings"][0]["kind"], "naive-time");
    }

    #[test]
    fn every_format_is_listed_with_what_writes_it() {
        let all = formats();
        assert!(all.iter().all(|line| !line.says.is_empty()));
        assert_eq!(formats_text().lines().count(), all.len() + 2);
    }

    #[test]
    fn values_are_shown_with_four_digits() {
        let shown = [human(86_733_689_340.0, Some("bytes")), human(2048.0, Some("KiB")), human(2_599_999_309.0, Some("hertz"))];
        assert_eq!(shown, ["80.78 GiB", "2 MiB", "2.6 G"]);
        assert_eq!(
            [human(12.5, Some("TB")), human(12.5, Some("TiB")), human(1_500.0, Some("MB/s"))],
            ["12.5 TB", "12.5 TiB", "1.5 GB"]
        );
        assert_eq!([digits(0.157_720_8), digits(12_345.678), digits(-1.0), digits(1e-9)], ["0.1577", "12346", "-1", "1.000e-9"]);
    }
}
