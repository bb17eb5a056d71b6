//! Traces of virtual machines in the form of the Grid Workloads Archive, data set T-12 (Bitbrains, 2013): one file a machine, a row
//! every five minutes, fields separated by `;` and a tab.
//!
//! Traps: the header says `Timestamp [ms]` but the stamps are seconds; `KB` is 1024 bytes (the memory sizes are round only so); which
//! machine it is stands in the file's name alone; two of the columns are capacities, not usage.

use csv::ByteRecord;

use super::records::{Faults, Records, cut, push_row};
use crate::formats::{Clock, Head, Identity, Input, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::{Kind, TimeForm};

/// Reads Bitbrains traces.
pub(super) const PARSER: Parser =
    Parser { format: "bitbrains", says: "a machine's trace of the Grid Workloads Archive (Bitbrains)", recognise, read };

fn recognise(head: &Head) -> Option<String> {
    let names: Vec<String> = head.first_line().split(';').map(|name| name.trim().to_ascii_lowercase()).collect();
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    let known = has("timestamp") && has("cpu cores") && has("cpu capacity provisioned") && has("cpu usage");
    known.then(|| "the header has CPU cores, capacity provisioned and usage, separated by `;`".to_owned())
}

/// The unit that a header states in brackets.
fn unit_of(name: &str) -> Option<&'static str> {
    let inside = name.rsplit_once('[').and_then(|(_, rest)| rest.strip_suffix(']')).unwrap_or("");
    match inside.trim().to_ascii_lowercase().as_str() {
        "mhz" => Some("MHz"),
        "ghz" => Some("GHz"),
        "%" => Some("percent"),
        "kb" => Some("KiB"),
        "mb" => Some("MiB"),
        "kb/s" => Some("KiB/s"),
        "mb/s" => Some("MiB/s"),
        "" if name.to_ascii_lowercase().contains("cores") => Some("cores"),
        _ => None,
    }
}

/// One series for every column but the time.
fn places(header: &[String], input: &Input, reading: &mut Reading<'_>) -> Vec<usize> {
    let name = input.name();
    let machine = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    header
        .iter()
        .skip(1)
        .map(|name| {
            let place = reading.series(Identity::named(name).with("vm", machine));
            reading.kind(place, Kind::Gauge);
            if let Some(unit) = unit_of(name) {
                reading.unit(place, unit);
            }
            place
        })
        .collect()
}

fn columns(header: &[String], reading: &mut Reading<'_>) {
    for (index, name) in header.iter().enumerate() {
        let lower = name.to_ascii_lowercase();
        let capacity = lower.contains("provisioned") || lower.contains("cores");
        let role = if index == 0 { "time" } else { ["value", "capacity"][usize::from(capacity)] };
        reading.columns.push((name.clone(), role.to_owned()));
    }
}

fn stamp(text: &str, header: &str, options: &Options, reading: &mut Reading<'_>) -> Option<Stamp> {
    let stamp = Stamp::parse(text, &options.time)?;
    if options.time == TimeForm::Auto
        && header.to_ascii_lowercase().contains("[ms]")
        && reading.rows == 0
        && text.parse::<f64>().is_ok_and(|number| number.abs() < 1e11)
    {
        reading
            .note("time-unit", 1, || "the header says [ms], the stamps are seconds by their size: taken as seconds".to_owned());
    }
    Some(stamp)
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let mut records = Records::open(input, options, b';')?;
    let mut record = ByteRecord::new();
    records.next(&mut record)?;
    let mut header: Vec<String> = record.iter().map(|name| records.text(name).into_owned()).collect();
    header.truncate(header.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1));
    if header.len() < 2 {
        let problem = input.problem("ingest/no-header", "saw no header, expected one as `Timestamp [ms];\tCPU cores;…`");
        return Err(vec![problem.help("try --format csv")]);
    }
    let header = header.as_slice();
    let places = places(header, input, reading);
    columns(header, reading);
    if header.iter().any(|name| name.to_ascii_lowercase().ends_with("[kb]")) {
        reading.note("binary-units", 1, || "KB is taken as 1024 bytes, as the sizes of memory in these traces show".to_owned());
    }
    let (mut faults, mut clock) = (Faults::new(input, options), Clock::new(options));
    while let Some(line) = records.next(&mut record)? {
        if record.len() < header.len() || record.iter().skip(header.len()).any(|field| !field.trim_ascii().is_empty()) {
            let message = format!("saw {} fields, expected {}", record.len(), header.len());
            faults.row("ingest/ragged-row", line, message, "try to copy the file again, or --on-invalid skip", reading);
            continue;
        }
        let text = records.text(&record[0]);
        let Some(stamp) = stamp(&text, &header[0], options, reading) else {
            let message = format!("saw the time `{}`, expected seconds since 1970", cut(&text));
            faults.row("ingest/bad-time", line, message, "try --time-format with its form", reading);
            continue;
        };
        let Some(at) = clock.instant(0, stamp, line, reading) else { continue };
        push_row((&records, &record), (at, line), (&places, header), &mut faults, reading)?;
    }
    faults.finish(reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory usage [KB]\n";

    fn reading(rows: &str) -> Result<Reading<'static>, Vec<Problem>> {
        let mut reading = Reading::default();
        let input = Input::memory("traces/17.csv", format!("{HEADER}{rows}").into());
        read(&input, &Options::default(), &mut reading).map(|()| reading)
    }

    #[test]
    fn stamps_said_to_be_ms_are_taken_by_their_size() {
        for (stamp, noted) in [("1376314846", true), ("1376314846000", false)] {
            let reading = reading(&format!("{stamp};\t1;\t2600.0;\t19.0;\t0.7;\t2097152.0\n")).unwrap();
            assert_eq!(reading.series[0].at, [1_376_314_846_000_000_000]);
            assert_eq!(reading.findings.iter().any(|finding| finding.kind == "time-unit"), noted, "{stamp}");
            assert_eq!(reading.series[0].id.labels["vm"], "17");
        }
    }

    #[test]
    fn a_row_that_is_cut_off_is_a_problem_with_its_line() {
        let problems = reading("1376314846;\t1;\t2600.0;\t19.0;\t0.7;\t1.0\n1376315146;\t1;\t26").err().unwrap();
        assert_eq!((problems[0].slug, problems[0].line), ("ingest/ragged-row", Some(3)));
    }

    #[test]
    fn columns_that_are_capacities_are_told_apart() {
        let reading = reading("1376314846;\t1;\t2600.0;\t19.0;\t0.7;\t1.0\n").unwrap();
        let roles: Vec<&str> = reading.columns.iter().map(|(_, role)| role.as_str()).collect();
        assert_eq!(roles, ["time", "capacity", "capacity", "value", "value", "value"]);
    }
}
