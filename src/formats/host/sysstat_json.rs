//! JSON of sysstat: `sadf -j`, `iostat -o JSON`, `mpstat -o JSON`.
//!
//! One object for each report, in it one section for each activity: an object of numbers, or a list of objects that name their item
//! (`"cpu": "all"`). A series is section, item and field. sadf's stamps are UTC unless `utc` is 0 (or `tz` names another zone, since
//! sysstat 12.7.3); restarts and comments stand apart. iostat and mpstat write dates in the caller's locale; mpstat's reports have a
//! time only, its date is that of the host. The first report of iostat is the mean since boot, unless it was called with `-y`.
//! Specification: the manual pages and the JSON that sysstat 12 writes.

use serde_json::{Map, Value};

use super::within_second::WithinSecond;
use super::{calendar, sysstat_units};
use crate::formats::document::values_fit;
use crate::formats::{Clock, Head, Identity, Input, Number, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::time::DAY_SECONDS;

type Problems = Vec<Problem>;

/// `sadf -j`.
pub(super) const SADF_J: Parser =
    Parser { format: "sadf-j", says: "sadf -j, JSON of sar's data", recognise: is_sadf, read: read_sadf };
/// `iostat -o JSON`.
pub(super) const IOSTAT_JSON: Parser =
    Parser { format: "iostat-json", says: "iostat -o JSON", recognise: is_iostat, read: read_iostat };
/// `mpstat -o JSON`.
pub(super) const MPSTAT_JSON: Parser =
    Parser { format: "mpstat-json", says: "mpstat -o JSON", recognise: is_mpstat, read: read_mpstat };

fn is_sadf(head: &Head) -> Option<String> {
    let sadf = head.has_keys(&["sysstat", "hosts"]) && head.keys.contains("file-date");
    sadf.then(|| "it has the names sysstat, hosts and file-date".to_owned())
}

fn is_iostat(head: &Head) -> Option<String> {
    let report = head.keys.contains("avg-cpu") || head.keys.contains("disk");
    (head.has_keys(&["sysstat", "hosts", "date"]) && report)
        .then(|| "it has the names sysstat, hosts, avg-cpu or disk".to_owned())
}

fn is_mpstat(head: &Head) -> Option<String> {
    let report = ["cpu-load", "node-load", "sum-interrupts", "individual-interrupts", "soft-interrupts"];
    let found = report.iter().find(|name| head.keys.contains(**name))?;
    head.has_keys(&["sysstat", "hosts", "date"]).then(|| format!("it has the names sysstat, hosts and {found}"))
}

/// One host with what it reported.
struct Host<'v> {
    name: &'v str,
    date: &'v str,
    reports: Vec<&'v Map<String, Value>>,
    whole: &'v Value,
}

fn hosts<'v>(document: &'v Value, input: &Input) -> Result<Vec<Host<'v>>, Problems> {
    let Some(hosts) = document["sysstat"]["hosts"].as_array() else {
        let message = "saw no list of hosts, expected {\"sysstat\": {\"hosts\": [...]}}";
        return Err(vec![input.problem("ingest/wrong-type", message).help("try the export again")]);
    };
    let host = |host: &'v Value| Host {
        name: host["nodename"].as_str().unwrap_or(""),
        date: host["date"].as_str().unwrap_or(""),
        reports: host["statistics"].as_array().into_iter().flatten().filter_map(Value::as_object).collect(),
        whole: host,
    };
    Ok(hosts.iter().map(host).collect())
}

fn document(input: &Input, options: &Options) -> Result<Value, Problems> {
    let bytes = input.bytes(options.most_bytes)?;
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&bytes);
    values_fit(input, bytes, options)?;
    serde_json::from_slice(bytes).map_err(|error| {
        let (slug, help) = if error.is_eof() {
            ("ingest/truncated", "try to let the command end by itself: an interrupted one does not close its brackets")
        } else {
            ("ingest/bad-json", "try the export again")
        };
        vec![input.problem(slug, format!("saw {error}, expected JSON")).at_line(error.line() as u64).help(help)]
    })
}

fn read_sadf(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let document = document(input, options)?;
    let (mut clock, mut problems) = (Clock::new(options), Vec::new());
    for (key, host) in hosts(&document, input)?.into_iter().enumerate() {
        events(host.whole, reading);
        let base = Identity::default().with("host", host.name);
        let mut within = WithinSecond::default();
        for report in host.reports {
            reading.rows += 1;
            let stamp = report.get("timestamp").unwrap_or(&Value::Null);
            let interval = stamp["interval"].to_string();
            if within.repeats(&interval, &format!("{} {}", stamp["date"], stamp["time"]), 0, reading) {
                continue;
            }
            match sadf_stamp(stamp, options) {
                None => bad_stamp(&mut problems, input, stamp),
                Some(stamp) => {
                    if let Some(at) = clock.instant(key, stamp, 0, reading) {
                        sections(report, &base, at, reading)?;
                    }
                }
            }
        }
    }
    told(problems)
}

/// Notes restarts and comments, which stand beside the reports.
fn events(host: &Value, reading: &mut Reading<'_>) {
    for _ in host["restarts"].as_array().into_iter().flatten() {
        reading.note("restart", 0, || "the host was started anew: what it counts began again, and there is a gap".to_owned());
    }
    for _ in host["comments"].as_array().into_iter().flatten() {
        reading.note("comment", 0, || "comments put into the record by hand: not samples".to_owned());
    }
}

fn sadf_stamp(stamp: &Value, options: &Options) -> Option<Stamp> {
    let (date, time) = (stamp["date"].as_str()?, stamp["time"].as_str()?);
    zone_of_sadf(date, time, stamp["utc"].as_i64(), stamp["tz"].as_str(), options)
}

/// The stamp of a report of sadf: `utc` is 1 for UTC and 0 for local, or `tz` names the zone.
pub(super) fn zone_of_sadf(date: &str, time: &str, utc: Option<i64>, tz: Option<&str>, options: &Options) -> Option<Stamp> {
    if let Some(stamp) = calendar::zoned(time, options) {
        return Some(stamp); // -U: seconds since 1970
    }
    match Stamp::iso(&format!("{date} {time}"))? {
        Stamp::Local(at) if utc == Some(1) => Some(Stamp::Instant(at)),
        stamp => Some(tz.map_or(stamp, |tz| calendar::shifted(stamp, tz, options))),
    }
}

fn read_iostat(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let document = document(input, options)?;
    let (mut clock, mut problems) = (Clock::new(options), Vec::new());
    for (key, host) in hosts(&document, input)?.into_iter().enumerate() {
        let base = Identity::default().with("host", host.name);
        let alone = host.reports.len() == 1;
        for report in host.reports {
            reading.rows += 1;
            let stamp = match report.get("timestamp") {
                None | Some(Value::Null) => {
                    let at = options.at.filter(|_| alone).ok_or_else(|| without_time(input, alone))?;
                    Some((Stamp::Instant(at), false))
                }
                Some(stamp) => stamp.as_str().and_then(|text| calendar::date_and_time(text, options)),
            };
            let Some((stamp, ambiguous)) = stamp else {
                bad_stamp(&mut problems, input, &report["timestamp"]);
                continue;
            };
            if ambiguous {
                reading.warn("ambiguous-date", 0, || calendar::AMBIGUOUS.to_owned());
            }
            if let Some(at) = clock.instant(key, stamp, 0, reading) {
                sections(report, &base, at, reading)?;
            }
        }
        reading
            .note("since-boot", 0, || "the first report holds means since the host was started, unless -y was given".to_owned());
    }
    told(problems)
}

fn without_time(input: &Input, alone: bool) -> Problems {
    let message = "saw reports without a time, expected a `timestamp` in each";
    let help = if alone { "try --at with the instant of the snapshot" } else { "try iostat with -t, which writes the time" };
    vec![input.problem("ingest/needs-instant", message).help(help)]
}

fn read_mpstat(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let document = document(input, options)?;
    let (mut clock, mut problems) = (Clock::new(options), Vec::new());
    for (key, host) in hosts(&document, input)?.into_iter().enumerate() {
        let base = Identity::default().with("host", host.name);
        let mut day: Option<(i64, i64)> = None;
        for report in host.reports {
            reading.rows += 1;
            let stamp = &report.get("timestamp").cloned().unwrap_or(Value::Null);
            let words: Vec<&str> = stamp.as_str().unwrap_or("").split_whitespace().collect();
            let Some((second, used)) = calendar::time_of_day(&words) else {
                bad_stamp(&mut problems, input, stamp);
                continue;
            };
            let today = match day {
                Some((day, before)) => Some(day + i64::from(before - second > DAY_SECONDS / 2)),
                None => calendar::date(host.date, used == 2).map(|date| {
                    if date.ambiguous {
                        reading.warn("ambiguous-date", 0, || calendar::AMBIGUOUS.to_owned());
                    }
                    date.day
                }),
            };
            let Some(today) = today else {
                bad_stamp(&mut problems, input, &host.whole["date"]);
                break;
            };
            day = Some((today, second));
            if let Some(at) = clock.instant(key, calendar::local(today, second), 0, reading) {
                sections(report, &base, at, reading)?;
            }
        }
    }
    told(problems)
}

fn bad_stamp(problems: &mut Problems, input: &Input, saw: &Value) {
    if problems.len() < 20 {
        let saw: String = saw.to_string().chars().take(40).collect();
        let message = format!("saw the time {saw}, expected a date and a time");
        problems.push(input.problem("ingest/bad-time", message).help("try the export again with S_TIME_FORMAT=ISO set"));
    }
}

fn told(problems: Problems) -> Result<(), Problems> {
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Adds the samples of every section of a report.
fn sections(report: &Map<String, Value>, base: &Identity, at: i64, reading: &mut Reading<'_>) -> Result<(), Problems> {
    for (name, section) in report.iter().filter(|(name, _)| *name != "timestamp") {
        walk(section, name, base, at, reading)?;
    }
    Ok(())
}

/// Names of numbers that say which item an object is about.
const ITEMS: &[&str] = &["line", "number", "bus_number"];

/// Adds the numbers below a value; texts beside them are their labels.
fn walk(value: &Value, section: &str, base: &Identity, at: i64, reading: &mut Reading<'_>) -> Result<(), Problems> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, section, base, at, reading)),
        Value::Object(fields) => {
            let mut labels = base.clone().with("section", section);
            for (name, value) in fields {
                match value {
                    // sysstat has a handful of them
                    _ if labels.labels.len() > 16 => break,
                    Value::String(text) => labels = labels.with(name, text),
                    Value::Number(number) if ITEMS.contains(&name.as_str()) => labels = labels.with(name, &number.to_string()),
                    _ => {}
                }
            }
            for (name, value) in fields.iter().filter(|(name, _)| !ITEMS.contains(&name.as_str())) {
                match value {
                    Value::Object(_) | Value::Array(_) => {
                        let below = Identity { labels: without_section(&labels), ..Identity::default() };
                        // mpstat nests its list of interrupts in that of CPUs
                        let section = if name == "intr" { section } else { name };
                        walk(value, section, &below, at, reading)?;
                    }
                    Value::Number(_) | Value::Null => {
                        let id = Identity { metric: name.clone(), ..labels.clone() };
                        let place = reading.placed(id, sysstat_units::unit(section, name), Some(sysstat_units::kind(name)));
                        match plain(value) {
                            Some(number) => reading.push(place, at, number, 0).map_err(|problem| vec![problem])?,
                            None => reading.missing(place, Some(at)),
                        }
                    }
                    Value::Bool(_) | Value::String(_) => {}
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn without_section(labels: &Identity) -> std::collections::BTreeMap<String, String> {
    let kept = labels.labels.iter().filter(|(name, _)| *name != "section");
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn plain(value: &Value) -> Option<Number> {
    value.as_u64().map(Number::Whole).or_else(|| value.as_f64().map(Number::Real))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Reading<'static>, Problems> {
        crate::formats::read(&Input::memory("j", text.as_bytes().to_vec()), &Options::default())
    }

    fn first(reading: &Reading<'_>) -> String {
        let first = reading.series.iter().flat_map(|series| series.at.iter().copied()).min().unwrap();
        jiff::Timestamp::from_nanosecond(i128::from(first)).unwrap().to_string()
    }

    #[test]
    fn stamps_of_sadf_are_utc_or_say_their_zone() {
        let with = |stamp: &str| {
            let report = format!("{{\"timestamp\": {stamp}, \"cpu-load\": [{{\"cpu\": \"all\", \"usr\": 0.48}}]}}");
            let text = format!(
                "{{\"sysstat\": {{\"hosts\": [{{\"nodename\": \"web\", \"file-date\": \"x\", \"statistics\": [{report}], \
                \"restarts\": [{{\"boot\": {{}}}}]}}]}}}}"
            );
            let reading = read_text(&text).unwrap();
            assert!(reading.findings.iter().any(|finding| finding.kind == "restart"));
            (first(&reading), reading.questions.len())
        };
        let noon = |count: usize| ("2026-11-23T12:00:00Z".to_owned(), count);
        assert_eq!(with("{\"date\": \"2026-11-23\", \"time\": \"12:00:00\", \"utc\": 1}"), noon(0));
        assert_eq!(with("{\"date\": \"2026-11-23\", \"time\": \"12:00:00\", \"utc\": 0}"), noon(1));
        assert_eq!(with("{\"date\": \"2026-11-23\", \"time\": \"12:00:00\", \"tz\": \"UTC\"}"), noon(0));
        assert_eq!(with("{\"date\": \"2026-11-23\", \"time\": \"13:00:00\", \"tz\": \"CET\"}"), noon(0));
    }

    #[test]
    fn dates_of_iostat_and_mpstat_are_in_the_locale_of_the_caller() {
        for stamp in ["11/23/26 12:00:00", "11/23/2026 12:00:00 PM", "23.11.2026 12:00:00", "2026-11-23T12:00:00+0000"] {
            let text = format!(
                "{{\"sysstat\": {{\"hosts\": [{{\"date\": \"x\", \"statistics\": [{{\"timestamp\": \"{stamp}\", \
                \"avg-cpu\": {{\"user\": 1.0}}}}]}}]}}}}"
            );
            assert_eq!(first(&read_text(&text).unwrap()), "2026-11-23T12:00:00Z", "{stamp}");
        }
        let text = "{\"sysstat\": {\"hosts\": [{\"date\": \"11/23/26\", \"statistics\": [\
            {\"timestamp\": \"23:59:59\", \"cpu-load\": [{\"cpu\": \"all\", \"usr\": 1.0}]}, \
            {\"timestamp\": \"00:00:01\", \"cpu-load\": [{\"cpu\": \"all\", \"usr\": 2.0}]}]}]}}";
        let reading = read_text(text).unwrap();
        assert_eq!((reading.format, reading.series[0].at[1] - reading.series[0].at[0]), ("mpstat-json", 2_000_000_000));
    }

    #[test]
    fn an_interrupted_command_leaves_its_brackets_open() {
        let problems = read_text("{\"sysstat\": {\"hosts\": [{\"file-date\": \"x\", \"statistics\": [").err().unwrap();
        assert_eq!(problems[0].slug, "ingest/truncated");
    }
}
