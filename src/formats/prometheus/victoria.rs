//! Exports of VictoriaMetrics: JSON lines (`/api/v1/export`), and the native form, which is refused.
//!
//! A line is a part of a series: labels, `values` and `timestamps` of the same length, in milliseconds. A value is null for NaN, and
//! `"Infinity"` or `"-Infinity"` for those; a long series comes in several lines. Gauges and counters are not told apart.

use serde::Deserialize;

use super::super::{Clock, Head, Input, Options, Problems, Reading, Stamp};
use super::answer::{Labels, Value};
use super::documents::each_document;
use super::naming::place;
use super::told::Told;

#[derive(Deserialize)]
struct Line {
    metric: Labels,
    values: Vec<Value>,
    timestamps: Vec<i64>,
}

pub(super) fn recognise_lines(head: &Head) -> Option<String> {
    let text = head.text.trim_start();
    // A long line's `timestamps` lie beyond the head: its values are numbers then, not pairs as in an answer of the query API.
    let values =
        text.find("\"values\"").map(|at| text[at + 8..].chars().filter(|c| !c.is_whitespace()).take(3).collect::<String>());
    let numbers = values.is_some_and(|values| values.starts_with(":[") && !values.starts_with(":[["));
    let long = head.bytes.len() >= 1 << 16 && !head.first_line().ends_with('}');
    let keys = head.has_keys(&["metric", "values", "timestamps"]) || head.has_keys(&["metric", "values"]) && long;
    (text.starts_with('{') && keys && numbers && !head.keys.contains("status"))
        .then(|| "JSON lines of metric, values and timestamps".to_owned())
}

pub(super) fn read_lines(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (mut told, mut clock) = (Told::new(input), Clock::new(options));
    each_document(input, options, &mut told, &mut |line, part: Line, told| {
        reading.rows += part.values.len() as u64;
        if part.values.len() != part.timestamps.len() {
            let (values, stamps) = (part.values.len(), part.timestamps.len());
            told.invalid(
                reading,
                options,
                line,
                format!("saw {values} values and {stamps} timestamps, expected as many of both"),
            );
            return Ok(());
        }
        let place = place(reading, part.metric.0.iter().map(|(label, value)| (label.as_str(), value.as_str())));
        for (value, time) in part.values.iter().zip(&part.timestamps) {
            let stamp = Stamp::Instant(time.saturating_mul(1_000_000));
            match (clock.instant(place, stamp, line, reading), value.0) {
                (Some(at), Some(number)) => reading.push(place, at, number, line)?,
                (Some(at), None) => reading.missing(place, Some(at)),
                (None, _) => {}
            }
        }
        Ok(())
    })?;
    told.finish(reading, options)
}

pub(super) fn recognise_native(head: &Head) -> Option<String> {
    // First and last time of the range, then the length and bytes of the first series' name, its parts ended by 1.
    let number = |at: usize| Some(i64::from_be_bytes(head.bytes.get(at..at + 8)?.try_into().ok()?));
    let time = |at: usize| number(at).map(|coded| (coded as u64 >> 1) as i64 ^ -(coded & 1));
    let (first, last) = (time(0)?, time(8)?);
    let length = u32::from_be_bytes(head.bytes.get(16..20)?.try_into().ok()?);
    let name = head.bytes.get(20..20_usize.checked_add(length as usize)?)?;
    let parts = name.contains(&1) && name.iter().all(|byte| *byte >= 0x20 || (1..=3).contains(byte));
    let sane = (0..=last).contains(&first) && (2..1 << 16).contains(&length);
    (sane && parts).then(|| "a binary range of times and the name of a series".to_owned())
}

pub(super) fn read_native(input: &Input, _: &Options, _: &mut Reading<'_>) -> Result<(), Problems> {
    let message = "saw a native export of VictoriaMetrics: binary and bound to its version, expected an export as JSON lines";
    let help = "try /api/v1/export instead of /api/v1/export/native: it gives JSON lines";
    Err(vec![input.problem("ingest/not-a-series", message).help(help)])
}

#[cfg(test)]
mod tests {
    use super::super::super::read as read_any;
    use super::*;

    #[test]
    fn nulls_infinities_and_parts_of_a_series_are_read() {
        let text = "{\"metric\":{\"__name__\":\"a\"},\"values\":[1,null,\"Infinity\"],\"timestamps\":[1700000000000,1700000060000,1700000120000]}\n\
                    {\"metric\":{\"__name__\":\"a\"},\"values\":[2.5],\"timestamps\":[1700000180000]}\n";
        let reading = read_any(&Input::memory("a", text.as_bytes().to_vec()), &Options::default()).unwrap();
        let one = &reading.series[0];
        let seen = (reading.format, reading.series.len(), one.at.len(), one.missing, one.infinite);
        assert_eq!(seen, ("victoriametrics-jsonl", 1, 2, 1, 1));
        let problems =
            read_any(&Input::memory("a", text.replace("[2.5]", "[]").into_bytes()), &Options::default()).err().unwrap();
        assert_eq!((problems[0].slug, problems[0].line), ("ingest/malformed", Some(2)));
    }
}
