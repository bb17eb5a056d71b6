//! Answers of Amazon CloudWatch as `aws cloudwatch` or an SDK saves them: `GetMetricData` (results with parallel lists of times and
//! values) and `GetMetricStatistics` (one object a datapoint, in no order).
//!
//! The traps: the newest sample stands first by default; times are epoch seconds or ISO text by the client's configuration;
//! `GetMetricData` names neither statistic nor unit, only a free label; `PartialData` and `NextToken` say that there is more.
//! Source: the CloudWatch API reference (`GetMetricData`, `GetMetricStatistics`, `MetricDatum` for the words of units).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::formats::document::{Samples, each_document, list, text};
use crate::formats::faults::{not_a_series, seen, server_error};
use crate::formats::{Head, Identity, Input, Options, Reading};
use crate::problem::Problem;
use crate::source::Kind;

type Problems = Vec<Problem>;

/// Lists without samples: the name that holds them, what they are, how a sentence calls them.
const LISTS: &[(&str, &str)] = &[
    ("Metrics", "list of metrics (names and dimensions)"),
    ("MetricAlarms", "list of alarms (thresholds and states)"),
    ("CompositeAlarms", "list of alarms (rules and states)"),
    ("AlarmHistoryItems", "history of alarms"),
    ("AnomalyDetectors", "list of anomaly detectors"),
    ("DashboardEntries", "list of dashboards"),
    ("Entries", "list of metric streams"),
];

/// Statistics of a datapoint besides percentiles.
const STATISTICS: &[&str] = &["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

pub(super) fn recognise(head: &Head) -> Option<String> {
    let says = |what: &str| Some(format!("JSON with the names of CloudWatch's {what}"));
    if head.has_keys(&["MetricDataResults"]) {
        return says("GetMetricData");
    }
    let statistic = STATISTICS.iter().any(|name| head.keys.contains(*name)) || head.has_keys(&["ExtendedStatistics"]);
    if head.has_keys(&["Datapoints"]) && (head.has_keys(&["Label"]) || (head.has_keys(&["Timestamp"]) && statistic)) {
        return says("GetMetricStatistics");
    }
    if head.has_keys(&["Metrics", "MetricName", "Namespace"]) {
        return says("ListMetrics");
    }
    if head.has_keys(&["Id", "Label", "Timestamps"]) {
        return says("results of GetMetricData (`--query MetricDataResults`)");
    }
    let point = |name: &String| ["Timestamp", "Unit"].contains(&name.as_str()) || STATISTICS.contains(&name.as_str());
    let bare =
        head.text.trim_start().starts_with('[') && head.keys.iter().all(|name| point(name) || name == "ExtendedStatistics");
    if bare && head.has_keys(&["Timestamp", "Unit"]) {
        return says("datapoints (`--query Datapoints`)");
    }
    if let Some(output) = other_output(head) {
        return Some(format!("the names of CloudWatch's answers in the client's output format {output}"));
    }
    let only = |name: &str| head.keys.len() == 1 && head.keys.contains(name);
    let alarms = ["MetricAlarms", "CompositeAlarms", "AlarmHistoryItems", "AnomalyDetectors", "DashboardEntries"];
    if only("Metrics") || alarms.iter().any(|name| head.keys.contains(*name)) {
        return says("lists");
    }
    (head.has_keys(&["__type"]) && head.keys.len() <= 3 && head.text.contains("amazonaws"))
        .then(|| "an error of an AWS service".into())
}

/// The output format of the command line client, where it is not JSON.
fn other_output(head: &Head) -> Option<&'static str> {
    let lines: Vec<&str> = head.lines().filter(|line| !line.trim().is_empty()).take(3).collect();
    let any = |starts: &[&str]| lines.iter().any(|line| starts.iter().any(|start| line.starts_with(start)));
    if any(&["METRICDATARESULTS\t", "DATAPOINTS\t", "METRICS\t"]) {
        return Some("text");
    }
    if any(&["MetricDataResults:", "Datapoints:"]) {
        return Some("yaml");
    }
    let framed = lines.first().is_some_and(|line| line.len() > 8 && line.bytes().all(|byte| byte == b'-'));
    let named = |line: &&str| ["GetMetricData", "GetMetricStatistics", "ListMetrics"].contains(&line.trim_matches(['|', ' ']));
    (framed && lines.get(1).is_some_and(named)).then_some("table")
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    if let Some(output) = other_output(&input.head()?) {
        let saw = format!("an answer of CloudWatch in the client's output format {output}");
        return Err(not_a_series(input, &saw, "try the same command with --output json"));
    }
    let mut samples = Samples::new(input, options, reading);
    let mut more = None;
    each_document(input, options, |document, _| {
        more = Some(text(&document, "NextToken").to_owned()).filter(|token| !token.is_empty());
        if document.get("MetricDataResults").is_some() {
            return results(&document, &mut samples);
        }
        if document.get("Datapoints").is_some() {
            return statistics(&document, &mut samples);
        }
        match bare(document) {
            Ok(whole) if whole.get("Datapoints").is_some() => statistics(&whole, &mut samples),
            Ok(whole) => results(&whole, &mut samples),
            Err(other) => Err(refusal(&other, input)),
        }
    })?;
    if more.is_some() {
        let sentence = "the answer has a NextToken: there is another page that is not in this input";
        samples.reading.incomplete = Some(sentence.to_owned());
        samples.reading.warn("more-pages", 0, || sentence.to_owned());
    }
    samples.finish()
}

/// The document around a list of results or of datapoints, or around one result, as `--query` picks them out of an answer. The name
/// of the metric stands outside of its datapoints.
fn bare(document: Value) -> Result<Value, Value> {
    let first = document.get(0).unwrap_or(&document);
    let name = match (first.get("Timestamps"), first.get("Timestamp")) {
        (Some(_), _) => "MetricDataResults",
        (None, Some(_)) => "Datapoints",
        _ => return Err(document),
    };
    let list = if document.is_array() { document } else { Value::Array(vec![document]) };
    Ok(Value::Object([(name.to_owned(), list)].into_iter().collect()))
}

/// Why a document without samples is refused.
fn refusal(document: &Value, input: &Input) -> Problems {
    let help = "try `aws cloudwatch get-metric-data` with the metrics you need, and hand over its answer";
    let (mut count, mut says) = (0, None);
    for (name, what) in LISTS {
        if document.get(name).is_some() {
            count += list(document, name).len();
            says = says.or(Some(*what));
        }
    }
    if let Some(what) = says {
        return not_a_series(input, &format!("a {what} without samples: it lists {count}"), help);
    }
    let said = [text(document, "message"), text(document, "Message")].concat();
    if document.get("__type").is_some() {
        return server_error(input, "AWS", &format!("{}: {said}", text(document, "__type")));
    }
    let names: Vec<&str> =
        document.as_object().into_iter().flat_map(|members| members.keys().map(String::as_str)).take(5).collect();
    not_a_series(input, &format!("a document with `{}`", seen(&names.join("`, `"))), help)
}

/// `GetMetricData`: one series a result.
fn results(document: &Value, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
    for message in list(document, "Messages") {
        say(message, samples);
    }
    for result in list(document, "MetricDataResults") {
        let (id, name) = (text(result, "Id"), text(result, "Label"));
        let place = samples.reading.series(Identity::named(if name.is_empty() { id } else { name }).with("id", id));
        status(result, id, samples);
        let (times, values) = (list(result, "Timestamps"), list(result, "Values"));
        if times.len() != values.len() {
            let message = format!("saw {} timestamps and {} values, expected as many of both", times.len(), values.len());
            let problem = samples.input.problem("ingest/ragged-row", message).in_column(seen(id));
            samples.wrong(problem.help("try to export it again"));
            continue;
        }
        for (time, value) in times.iter().zip(values) {
            if let Some(at) = samples.instant(place, time, 0) {
                samples.put(place, at, value, 0)?;
            }
        }
    }
    Ok(())
}

/// What the service says of the state of a result.
fn status(result: &Value, id: &str, samples: &mut Samples<'_, '_>) {
    let state = text(result, "StatusCode");
    let sentence = match state {
        "PartialData" => format!("the result `{}` is PartialData: more of it is on another page", seen(id)),
        "InternalError" | "Forbidden" => format!("the result `{}` is {state}: the service could not give it in full", seen(id)),
        _ => return list(result, "Messages").iter().for_each(|message| say(message, samples)),
    };
    samples.reading.warn("partial-result", 0, || sentence.clone());
    samples.reading.incomplete.get_or_insert(sentence);
    for message in list(result, "Messages") {
        say(message, samples);
    }
}

/// A message of the service: passed on.
fn say(message: &Value, samples: &mut Samples<'_, '_>) {
    let (code, words) = (text(message, "Code"), text(message, "Value"));
    samples.reading.warn("server-message", 0, || {
        format!("the service says {}: {}", seen(code), words.chars().take(200).collect::<String>())
    });
}

/// `GetMetricStatistics`: one series a statistic (and unit, where they differ).
fn statistics(document: &Value, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
    let metric = text(document, "Label");
    let mut places = BTreeMap::new();
    for point in list(document, "Datapoints") {
        let unit = text(point, "Unit");
        let plain = STATISTICS.iter().filter_map(|name| point.get(*name).map(|value| (*name, value)));
        let extended = point.get("ExtendedStatistics").and_then(Value::as_object);
        let percentiles = extended.into_iter().flatten().map(|(name, value)| (name.as_str(), value));
        for (statistic, value) in plain.chain(percentiles) {
            let key = (statistic.to_owned(), unit.to_owned());
            let known = places.get(&key).copied();
            let place = known.unwrap_or_else(|| {
                let other = places.keys().any(|(name, _): &(String, String)| name == statistic);
                let place = statistic_series(metric, statistic, unit, other, samples);
                places.insert(key, place);
                place
            });
            if let Some(at) = point.get("Timestamp").and_then(|time| samples.instant(place, time, 0)) {
                samples.put(place, at, value, 0)?;
            }
        }
    }
    Ok(())
}

/// The series of a statistic. The number of samples has no unit, whatever the metric's is; sums and numbers are amounts of a period.
fn statistic_series(metric: &str, statistic: &str, unit: &str, other_unit: bool, samples: &mut Samples<'_, '_>) -> usize {
    let mut id = Identity::named(metric).stat(statistic);
    if other_unit {
        id = id.with("unit", unit);
        samples
            .reading
            .warn("unit-change", 0, || "datapoints of one metric have several units: each is a series of its own".to_owned());
    }
    let place = samples.reading.series(id);
    let counted = statistic == "SampleCount";
    samples.reading.kind(place, if counted || statistic == "Sum" { Kind::Delta } else { Kind::Gauge });
    if !counted && let Some(word) = unit_word(unit) {
        if unit.starts_with("Kilo") || unit.starts_with("Mega") || unit.starts_with("Giga") || unit.starts_with("Tera") {
            let sentence = || {
                format!(
                    "the unit {unit} is taken in steps of 1000; declare another with --unit where it was sent in steps of 1024"
                )
            };
            samples.reading.note("unit-prefix", 0, sentence);
        }
        samples.reading.unit(place, &word);
    }
    place
}

/// CloudWatch's word for a unit in ours; `None` and unknown ones say nothing or themselves.
fn unit_word(unit: &str) -> Option<String> {
    let (amount, rate) = unit.strip_suffix("/Second").map_or((unit, ""), |amount| (amount, "/s"));
    let word = match amount {
        "" | "None" => return None,
        "Percent" => "percent",
        "Seconds" => "seconds",
        "Milliseconds" => "ms",
        "Microseconds" => "us",
        "Count" if !rate.is_empty() => "1",
        "Count" => "count",
        "Bytes" => "bytes",
        "Kilobytes" => "kB",
        "Megabytes" => "MB",
        "Gigabytes" => "GB",
        "Terabytes" => "TB",
        "Bits" => "bit",
        "Kilobits" => "kbit",
        "Megabits" => "Mbit",
        "Gigabits" => "Gbit",
        "Terabits" => "Tbit",
        _ => return Some(unit.to_owned()),
    };
    Some(format!("{word}{rate}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Stat, read};

    fn read_text(text: &str) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.json", text.as_bytes().to_vec()), &Options::default())
    }

    #[test]
    fn a_result_that_is_partial_and_a_token_say_that_there_is_more() {
        let partial =
            r#"{"MetricDataResults":[{"Id":"a","Label":"A","Timestamps":[1795348500],"Values":[1],"StatusCode":"PartialData"}]}"#;
        let token = r#"{"NextToken":"x","MetricDataResults":[{"Id":"a","Label":"A","Timestamps":[1795348500],"Values":[1],"StatusCode":"Complete"}]}"#;
        for page in [partial, token] {
            assert!(read_text(page).unwrap().incomplete.is_some(), "{page}");
        }
        let last = token.replace("\"NextToken\":\"x\",", "").replace("1795348500", "1795348800");
        let both = read_text(&format!("{token}\n{last}")).unwrap();
        assert_eq!((both.incomplete, both.series[0].at.len()), (None, 2));
    }

    #[test]
    fn what_query_picks_out_of_an_answer_is_read_and_other_outputs_are_refused() {
        let result = r#"{"Id":"a","Label":"A","Timestamps":["2026-11-22T12:55:00+01:00"],"Values":[1],"StatusCode":"Complete"}"#;
        for text in [result.to_owned(), format!("[{result}]")] {
            let reading = read_text(&text).unwrap();
            assert_eq!((reading.format, reading.series[0].at[0]), ("cloudwatch-json", 1_795_348_500_000_000_000));
        }
        let points = r#"[{"Timestamp":"2026-11-20 00:05:00+00:00","Sum":2.0,"Unit":"Bytes"}]"#;
        assert_eq!(read_text(points).unwrap().series[0].id.to_string(), r#"{stat="Sum"}"#);
        for (text, output) in [
            ("METRICDATARESULTS\ta\tA\tComplete\nTIMESTAMPS\t2026-11-22T11:55:00+00:00\n", "text"),
            ("CPUUtilization\nDATAPOINTS\t0.1\t2026-11-22T11:55:00+00:00\tPercent\n", "text"),
            ("MetricDataResults:\n- Id: a\n", "yaml"),
            ("-------------------\n|  GetMetricData  |\n+-----------------+\n", "table"),
        ] {
            let problem = &read_text(text).err().unwrap()[0];
            assert!(problem.slug == "ingest/not-a-series" && problem.message.contains(output), "{problem}");
        }
    }

    #[test]
    fn percentiles_and_units_of_datapoints_are_kept_apart() {
        let reading = read_text(
            r#"{"Label":"Latency","Datapoints":[
            {"Timestamp":"2026-11-20T00:05:00Z","Unit":"Milliseconds","ExtendedStatistics":{"p95":7.5,"p99":9}},
            {"Timestamp":"2026-11-20T00:00:00+00:00","Unit":"Milliseconds","Sum":4,"SampleCount":2,"ExtendedStatistics":{"p95":6.5}},
            {"Timestamp":"2026-11-20T00:10:00Z","Unit":"Seconds","ExtendedStatistics":{"p95":0.1}}]}"#,
        )
        .unwrap();
        let told: Vec<_> = reading.series.iter().map(|one| (one.id.stat, one.at.len(), one.unit.as_deref(), one.kind)).collect();
        let gauge = Some(Kind::Gauge);
        assert_eq!(told[0], (Stat::P95, 2, Some("ms"), gauge));
        assert_eq!(told[1], (Stat::P99, 1, Some("ms"), gauge));
        assert_eq!(told[2], (Stat::Count, 1, None, Some(Kind::Delta)));
        assert_eq!(told[3], (Stat::Sum, 1, Some("ms"), Some(Kind::Delta)));
        assert_eq!(told[4], (Stat::P95, 1, Some("seconds"), gauge));
    }

    #[test]
    fn lists_of_times_and_values_must_be_as_long() {
        let problems = read_text(r#"{"MetricDataResults":[{"Id":"a","Label":"A","Timestamps":[1795348500,2],"Values":[1]}]}"#)
            .err()
            .unwrap();
        assert_eq!(problems[0].slug, "ingest/ragged-row");
    }

    #[test]
    fn alarms_and_errors_are_refused_as_what_they_are() {
        let alarms = read_text(r#"{"MetricAlarms":[{"AlarmName":"a"},{"AlarmName":"b"}],"CompositeAlarms":[]}"#).err().unwrap();
        assert!(alarms[0].message.contains("alarms") && alarms[0].message.contains('2'), "{}", alarms[0]);
        let error =
            r#"{"__type":"com.amazonaws.cloudwatch.v2010_08_01#InvalidParameterValueException","message":"Period must be"}"#;
        assert_eq!(read_text(error).err().unwrap()[0].slug, "ingest/server-error");
    }
}
