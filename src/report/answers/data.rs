//! Question 1: can I trust the data?

use crate::report::compose::{finding, section};
use crate::report::tables::{count, table, text};
use crate::report::{Cell, Evidence, Section, Table, Weight, format};
use crate::series::Severity;

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
        for remark in one.remarks.iter().filter(|remark| remark.severity == Severity::Warning) {
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
        ("bins without any value", sums(&|one| one.gap_bins)),
        ("bins with a missing entity", sums(&|one| one.partial_bins)),
        ("duplicate rows", sums(&|one| one.duplicates)),
        ("rows out of order", sums(&|one| one.out_of_order)),
        ("counter resets", sums(&|one| one.counter_resets)),
        ("saturated samples", sums(&|one| one.saturated)),
        ("invalid values", sums(&|one| one.invalid)),
    ];
    let some: Vec<String> =
        counts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{} {what}", format::number(*n as f64))).collect();
    let found = if some.is_empty() {
        "No gap, duplicate or reset was found.".to_owned()
    } else {
        format!("Found and handled: {}.", some.join(", "))
    };
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
