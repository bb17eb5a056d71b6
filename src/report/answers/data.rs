//! Question 1: can I trust the data?

use crate::report::compose::{finding, section};
use crate::report::tables::{count, table, text};
use crate::report::{Cell, Evidence, Section, Table, Weight, format};
use crate::series::{Remark, Severity};

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let quality = &evidence.panel.quality;
    if quality.is_empty() {
        let none =
            "There is no history: level, growth and spread of every demand are those that the model file states.".to_owned();
        return section(1, "data", "Can I trust the data?", vec![finding(none, Weight::Watch, "as declared", "quality")])
            .show(&[], &["quality"]);
    }
    let (rows, series) = (quality.iter().map(|one| one.rows).sum::<u64>(), quality.len());
    let read = format!("{} rows were read into {series} series of demand.", format::number(rows as f64));
    let mut findings = vec![finding(read, Weight::Good, "counted while reading", "quality")];
    for one in quality {
        // equal rows are counted below; nothing is to be done about them
        let harmless = |remark: &Remark| remark.kind == "duplicate" && one.conflicts == 0;
        for remark in one.remarks.iter().filter(|remark| remark.severity == Severity::Warning && !harmless(remark)) {
            findings.push(finding(
                format!("{} ({}): {}", one.series, one.source, remark.text),
                Weight::Watch,
                "checked while reading",
                "quality",
            ));
        }
    }
    let wide = evidence.forecasts.iter().filter_map(|forecast| Some((forecast, super::wide::told(forecast)?)));
    findings.extend(wide.map(|(forecast, said)| {
        finding(said, Weight::Watch, "80 % band of the last step, past levels", "forecasts").of(forecast.key.pool().unwrap_or(""))
    }));
    let sums = |pick: &dyn Fn(&crate::series::Quality) -> u64| quality.iter().map(pick).sum::<u64>();
    let counts = [
        ("step", " without any value", sums(&|one| one.gap_bins)),
        ("step", " with a missing entity", sums(&|one| one.partial_bins)),
        ("duplicate row", "", sums(&|one| one.duplicates)),
        ("conflicting row", "", sums(&|one| one.conflicts)),
        ("row", " out of order", sums(&|one| one.out_of_order)),
        ("counter reset", "", sums(&|one| one.counter_resets)),
        ("saturated sample", "", sums(&|one| one.saturated)),
        ("invalid value", "", sums(&|one| one.invalid)),
    ];
    let told = |(what, rest, n): &(&str, &str, u64)| {
        let s = if *n == 1 { "" } else { "s" };
        (*n > 0).then(|| format!("{} {what}{s}{rest}", format::number(*n as f64)))
    };
    let some: Vec<String> = counts.iter().filter_map(told).collect();
    let remarked = |kind: &str| quality.iter().flat_map(|one| &one.remarks).any(|remark| remark.kind == kind);
    let mut found = match (some.is_empty(), remarked("bridged")) {
        (true, false) => "No gap, duplicate or reset was found.".to_owned(),
        (true, true) => "No duplicate, no reset and no gap but short ones was found; those are bridged.".to_owned(),
        (false, false) => format!("Found and handled: {}.", some.join(", ")),
        (false, true) => format!("Found and handled: {}; short gaps are bridged.", some.join(", ")),
    };
    if remarked("stored") {
        found.push_str(" What was repeated within an export was settled when `ingest` kept it in the store, and told then.");
    }
    findings.push(finding(found, Weight::Good, "counted while reading", "quality"));
    let mut section = section(1, "data", "Can I trust the data?", findings).show(&[], &["quality"]);
    if quality.iter().any(|one| one.averaged) {
        section
            .caveats
            .push("Sources marked as averaged hide the peaks within their step; demand by the minute was higher.".to_owned());
    }
    section
}

pub(in crate::report) fn quality_table(evidence: &Evidence<'_>) -> Table {
    let row = |quality: &crate::series::Quality| {
        let remarks: Vec<&str> = quality.remarks.iter().map(|remark| remark.text.as_str()).collect();
        let instant = |at: Option<crate::time::Timestamp>| at.map_or(Cell::Missing, |at| Cell::Text(at.to_string()));
        vec![
            text(&quality.source),
            text(&quality.series),
            count(quality.rows),
            count(quality.entities),
            instant(quality.first),
            instant(quality.last),
            quality.step_seconds.map_or(Cell::Missing, Cell::Integer),
            count(quality.gap_bins),
            count(quality.partial_bins),
            count(quality.duplicates),
            count(quality.conflicts),
            count(quality.out_of_order),
            count(quality.counter_resets),
            count(quality.saturated),
            count(quality.invalid),
            Cell::Flag(quality.averaged),
            text(&remarks.join("; ")),
        ]
    };
    let columns = [
        ("source", "Source", ""),
        ("series", "Series", ""),
        ("rows", "Rows", ""),
        ("entities", "Entities", ""),
        ("first", "First", ""),
        ("last", "Last", ""),
        ("step_seconds", "Step", "s"),
        ("gap_bins", "Gaps", ""),
        ("partial_bins", "Partial", ""),
        ("duplicates", "Duplicates", ""),
        ("conflicts", "Conflicts", ""),
        ("out_of_order", "Out of order", ""),
        ("counter_resets", "Resets", ""),
        ("saturated", "Saturated", ""),
        ("invalid", "Invalid", ""),
        ("averaged", "Averaged", ""),
        ("remarks", "Remarks", ""),
    ];
    table("quality", "What was read, repaired and left out", &columns, evidence.panel.quality.iter().map(row).collect())
}
