//! Answers of Graphite's render (graphite-web, carbonapi): `format=json`, `format=csv` and `format=raw`.
//!
//! The traps: in JSON a point is `[value, time]`, VALUE FIRST; infinity is written `1e9999`; the CSV has no header, and its times are
//! without an offset, in the zone of the server or of the parameter `tz`; targets with commas are quoted. What a point is (average,
//! maximum) is only known where the target or its tags say `summarize` or `consolidateBy`.
//! Source: the Graphite documentation (The Render URL API; Functions).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::formats::document::{Samples, each_document, label, list, text};
use crate::formats::faults::not_a_series;
use crate::formats::text_lines::{CsvRows, TextLines, split_csv};
use crate::formats::{Head, Identity, Input, NANOS, Number, Options, Reading, Stamp};
use crate::problem::Problem;

type Problems = Vec<Problem>;

/// Lines looked at to know the CSV.
const LOOKED_AT: usize = 20;

pub(super) fn recognise_json(head: &Head) -> Option<String> {
    if head.has_keys(&["target", "datapoints"]) {
        return Some("JSON with the names of Graphite's render (target, datapoints)".into());
    }
    head.has_keys(&["leaf", "expandable", "allowChildren", "text"])
        .then(|| "JSON with the names of Graphite's search for metrics".into())
}

pub(super) fn read_json(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut samples = Samples::new(input, options, reading);
    each_document(input, options, |document, _| {
        let alone = std::slice::from_ref(&document);
        let all = document.as_array().map_or(alone, Vec::as_slice);
        let names = all.iter().filter(|one| one.get("expandable").is_some()).count();
        if names > 0 {
            let help = "try /render?target=NAME&from=-7d&format=json";
            return Err(not_a_series(input, &format!("a list of names of metrics, no samples: it lists {names}"), help));
        }
        all.iter().try_for_each(|one| series(one, &mut samples))
    })?;
    samples.finish()
}

fn series(one: &Value, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
    let (target, tags) = (text(one, "target"), one.get("tags").and_then(Value::as_object));
    let mut id = Identity::named(target);
    for (name, value) in tags.into_iter().flatten().filter(|(name, _)| *name != "name") {
        let name = if name == "stat" { "tag_stat" } else { name };
        id = id.with(name, &label(value));
    }
    let tagged = ["summarizeFunction", "consolidateBy"].iter().find_map(|name| tags?.get(*name)?.as_str());
    if let Some(word) = statistic(target).or(tagged.filter(|_| target.contains('('))) {
        id = id.stat(word);
    }
    let place = samples.reading.series(id);
    for point in list(one, "datapoints") {
        if let Some(at) = samples.instant(place, point.get(1).unwrap_or(&Value::Null), 0) {
            samples.put(place, at, point.get(0).unwrap_or(&Value::Null), 0)?;
        }
    }
    Ok(())
}

/// The statistic over time that a target states: the last word of the outermost `summarize`, `smartSummarize` or `consolidateBy`.
/// `maxSeries` and its like join series, not times.
fn statistic(target: &str) -> Option<&str> {
    let functions = ["summarize(", "smartSummarize(", "consolidateBy("];
    let (start, function) = functions.iter().filter_map(|name| target.find(name).map(|at| (at, *name))).min()?;
    let inside = target.get(start + function.len()..)?;
    let (mut depth, mut words) = (0_u32, Vec::new());
    let mut from = 0;
    for (at, c) in inside.char_indices() {
        match c {
            '(' | '{' => depth += 1,
            ')' | ',' if depth == 0 => {
                words.push(inside.get(from..at)?.trim().trim_matches(['"', '\'']));
                from = at + 1;
                if c == ')' {
                    break;
                }
            }
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let known = ["sum", "total", "avg", "average", "max", "min", "last", "count"];
    let stated = words.iter().skip(1).find(|word| known.contains(word)).copied();
    stated.or((function != "consolidateBy(" && words.len() > 1).then_some("sum"))
}

pub(super) fn recognise_csv(head: &Head) -> Option<String> {
    // the last line may be cut
    let cut = head.bytes.last() != Some(&b'\n') && head.bytes.len() >= 1 << 16;
    let mut lines: Vec<&str> = head.lines().filter(|line| !line.trim().is_empty()).take(LOOKED_AT + 1).collect();
    if lines.len() > LOOKED_AT || cut {
        lines.pop();
    }
    let mut cells = Vec::new();
    let mut good =
        |line: &&str| split_csv(line, &mut cells) && matches!(&cells[..], [target, time, value] if is_point(target, time, value));
    (!lines.is_empty() && lines.iter().all(&mut good))
        .then(|| "lines of target, time and value without a header, as Graphite's render writes".into())
}

/// Whether a line is one of Graphite's: a name, a time to the second without an offset, and a number or nothing.
fn is_point(target: &str, time: &str, value: &str) -> bool {
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let named = target.starts_with(|c: char| !c.is_ascii_digit()) && Number::parse(target).is_none();
    named && shape == "0000-00-00 00:00:00" && (value.is_empty() || Number::parse(value).is_some())
}

pub(super) fn read_csv(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut samples = Samples::new(input, options, reading);
    let (mut rows, mut places) = (CsvRows::new(input)?, BTreeMap::<String, usize>::new());
    while let Some((row, line)) = rows.next()? {
        let [target, time, value] = row else {
            let shape = format!("saw {} fields, expected target, time and value", row.len());
            samples.bad_row(&shape, line);
            continue;
        };
        let known = places.get(target).copied();
        let place = known.unwrap_or_else(|| {
            let id = Identity::named(target);
            let place = samples.reading.series(statistic(target).map_or(id.clone(), |word| id.stat(word)));
            places.insert(target.clone(), place);
            place
        });
        if let Some(at) = samples.instant_of_text(place, time, line) {
            samples.put_text(place, at, value, line)?;
        }
    }
    samples.finish()
}

/// The head of a line of `format=raw`: `target,start,end,step|`.
fn raw_head(line: &str) -> Option<(&str, i64, i64, i64)> {
    let mut parts = line.split_once('|')?.0.rsplitn(4, ',');
    let mut whole = || parts.next()?.trim().parse::<i64>().ok();
    let (step, end, start) = (whole()?, whole()?, whole()?);
    Some((parts.next()?, start, end, step)).filter(|_| step > 0 && start <= end && start > 0)
}

pub(super) fn recognise_raw(head: &Head) -> Option<String> {
    raw_head(head.first_line())
        .map(|_| "lines of target, start, end and step before values, as Graphite's render writes raw".into())
}

/// `format=raw`: one series a line, values at equal steps, `None` where there is none.
pub(super) fn read_raw(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut samples = Samples::new(input, options, reading);
    let mut lines = TextLines::new(input)?;
    while let Some((line, number)) = lines.next()? {
        if line.trim().is_empty() {
            continue;
        }
        let (Some((target, start, _, step)), Some((_, values))) = (raw_head(line), line.split_once('|')) else {
            samples.bad_row("saw another line, expected target,start,end,step|values", number);
            continue;
        };
        let id = Identity::named(target);
        let place = samples.reading.series(statistic(target).map_or(id.clone(), |word| id.stat(word)));
        for (value, at) in values.split(',').zip(0_i64..).filter(|_| !values.trim().is_empty()) {
            let seconds = start.saturating_add(at.saturating_mul(step));
            if let Some(at) = samples.at(place, Stamp::Instant(seconds.saturating_mul(NANOS)), number) {
                samples.put_text(place, at, value, number)?;
            }
        }
    }
    samples.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Stat, read};
    use crate::time::Zone;

    fn read_text(text: &str, options: &Options) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a", text.as_bytes().to_vec()), options)
    }

    #[test]
    fn the_statistic_over_time_is_what_the_target_says_of_time() {
        assert_eq!(statistic("summarize(a.b, \"1h\", \"max\", false)"), Some("max"));
        assert_eq!(statistic("summarize(a.b, '1h')"), Some("sum"));
        assert_eq!(statistic("alias(consolidateBy(sumSeries(a.{b,c}), 'min'), 'x')"), Some("min"));
        assert_eq!(statistic("maxSeries(a.b)"), None);
        assert_eq!(statistic("a.b"), None);
        let reading = read_text(r#"[{"target":"summarize(a, \"1h\", \"max\")","tags":{"name":"a","dc":"x"},"datapoints":[[1e9999,1504447860],[2,1504447920],[NaN,1504447980]]}]"#, &Options::default()).unwrap();
        let one = &reading.series[0];
        assert_eq!(
            (one.id.stat, one.id.labels["dc"].as_str(), one.at.len(), one.infinite, one.missing),
            (Stat::Maximum, "x", 1, 1, 1)
        );
    }

    #[test]
    fn raw_lines_have_a_start_and_a_step() {
        let text = "sum(a,b),1504447860,1504448040,60|1.0,None,3.5\nc,1504447860,1504447860,60|\n";
        let reading = read_text(text, &Options::default()).unwrap();
        let one = &reading.series[0];
        assert_eq!((reading.format, one.id.metric.as_str(), one.missing), ("graphite-raw", "sum(a,b)", 1));
        assert_eq!(one.at, [1_504_447_860 * NANOS, 1_504_447_980 * NANOS]);
        for other in ["a,b|c\n", "a,1,2,x|1\n", "1504447860|1504447860\n"] {
            assert_eq!(recognise_raw(&Input::memory("a", other.into()).head().unwrap()), None, "{other}");
        }
    }

    #[test]
    fn times_of_the_csv_are_of_the_declared_zone_and_targets_with_commas_are_quoted() {
        let options = Options { zone: Some(Zone::named("Europe/Berlin").unwrap()), ..Options::default() };
        let text = "\"a(b,c)\",2026-10-25 02:30:00,1\r\n\"a(b,c)\",2026-10-25 02:30:00,\r\nd,2026-10-25 04:00:00,2.5\r\n";
        let reading = read_text(text, &options).unwrap();
        assert_eq!((reading.format, reading.series[0].id.metric.as_str()), ("graphite-csv", "a(b,c)"));
        assert_eq!(reading.series[0].missing_at[0] - reading.series[0].at[0], 3_600_000_000_000);
        let problems = read_text("d,2026-10-25 04:00:00,2.5\n".repeat(30).as_str(), &options).map(|_| ());
        assert!(problems.is_ok());
        let cut = format!("{}d,2026-10-25 04:05:00,oops\nd,2026\n", "d,2026-10-25 04:00:00,2.5\n".repeat(30));
        let slugs: Vec<_> = read_text(&cut, &options).err().unwrap().iter().map(|problem| (problem.slug, problem.line)).collect();
        assert_eq!(slugs, [("ingest/bad-cell", Some(31)), ("ingest/ragged-row", Some(32))]);
    }

    #[test]
    fn a_table_with_a_header_or_numbers_first_is_not_taken_for_graphite() {
        for other in ["host,time,value\nweb,2026-10-25 04:00:00,1\n", "1,2026-10-25 04:00:00,1\n", "web,2026-10-25T04:00:00Z,1\n"]
        {
            let head = Input::memory("a", other.as_bytes().to_vec()).head().unwrap();
            assert_eq!(recognise_csv(&head), None, "{other}");
        }
    }
}
