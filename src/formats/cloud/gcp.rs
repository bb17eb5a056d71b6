//! Answers of Google Cloud Monitoring v3 (`projects.timeSeries.list`), as the REST API or a client saves them; a bare list of time
//! series is taken too.
//!
//! The traps: the newest point stands first; 64-bit integers are text; the instant of a point is the END of its interval;
//! `CUMULATIVE` series are counters that restart with a new `startTime`; `10^2.%` is a ratio; a distribution is no number (its count
//! and its mean are series of their own); JSON leaves out what is zero inside a distribution; the unit of the answer holds only where
//! the series have none of their own.
//! Source: the Cloud Monitoring API reference (`TimeSeries`, `TypedValue`, `Distribution`) and UCUM for units.

use serde_json::{Map, Value};

use crate::formats::document::{Samples, each_document, label, list, number, text};
use crate::formats::faults::{not_a_series, server_error};
use crate::formats::{Head, Identity, Input, Options, Reading};
use crate::problem::Problem;
use crate::source::Kind;

type Problems = Vec<Problem>;

pub(super) fn recognise(head: &Head) -> Option<String> {
    let values = ["doubleValue", "int64Value", "boolValue", "distributionValue", "stringValue", "metricKind"];
    if head.has_keys(&["interval", "endTime"]) && values.iter().any(|name| head.keys.contains(*name)) {
        return Some("JSON with the names of Cloud Monitoring's time series (points, interval, metricKind)".into());
    }
    if head.has_keys(&["timeSeries"]) || (head.has_keys(&["executionErrors"]) && head.keys.len() <= 5) {
        return Some("JSON with the names of Cloud Monitoring's answer (timeSeries)".into());
    }
    if head.has_keys(&["timeSeriesDescriptor"]) || head.has_keys(&["labelValues", "pointData"]) {
        return Some("JSON with the names of Cloud Monitoring's answer in MQL (timeSeriesDescriptor, pointData)".into());
    }
    if ["metricDescriptors", "monitoredResourceDescriptors"].iter().any(|name| head.keys.contains(*name)) {
        return Some("JSON with the names of Cloud Monitoring's descriptors".into());
    }
    let error = head.has_keys(&["error", "code", "message", "status"]);
    (error && serde_json::from_str::<Value>(&head.text).is_ok_and(|document| is_error(&document)))
        .then(|| "an error document of a Google API".into())
}

fn is_error(document: &Value) -> bool {
    let error = if let Some(first) = document.get(0) { first.get("error") } else { document.get("error") };
    error.is_some_and(|error| error["code"].is_u64() && error["status"].is_string())
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut samples = Samples::new(input, options, reading);
    let mut more = false;
    each_document(input, options, |document, _| {
        let document = around(document);
        if let Some(problems) = refusal(&document, input) {
            return Err(problems);
        }
        more = !text(&document, "nextPageToken").is_empty();
        for error in list(&document, "executionErrors") {
            let sentence = format!(
                "the service says that results are partial: {}",
                text(error, "message").chars().take(200).collect::<String>()
            );
            samples.reading.warn("server-message", 0, || sentence.clone());
            samples.reading.incomplete.get_or_insert(sentence);
        }
        let all = document.as_array().map_or_else(|| list(&document, "timeSeries"), Vec::as_slice);
        let alone = document.get("points").is_some();
        let all = if alone { std::slice::from_ref(&document) } else { all };
        let own_units = all.iter().any(|one| !text(one, "unit").is_empty());
        let common = if own_units || alone { "" } else { text(&document, "unit") };
        all.iter().try_for_each(|one| series(one, common, &mut samples))
    })?;
    if more {
        let sentence = "the answer has a nextPageToken: there is another page that is not in this input";
        samples.reading.incomplete = Some(sentence.to_owned());
        samples.reading.warn("more-pages", 0, || sentence.to_owned());
    }
    samples.finish()
}

/// A series around points alone.
fn around(document: Value) -> Value {
    let points = document.get(0).is_some_and(|first| first.get("interval").is_some() && first.get("value").is_some());
    if points { Value::Object([("points".to_owned(), document)].into_iter().collect()) } else { document }
}

/// Why a document without samples is refused.
fn refusal(document: &Value, input: &Input) -> Option<Problems> {
    if is_error(document) {
        let error = document.get(0).unwrap_or(document).get("error")?;
        return Some(server_error(input, "Google Cloud", &format!("{}: {}", text(error, "status"), text(error, "message"))));
    }
    if document.get("timeSeriesDescriptor").is_some() || document.get("timeSeriesData").is_some() {
        let saw = "an answer of timeSeries.query in the retired query language MQL";
        return Some(not_a_series(input, saw, "try projects.timeSeries.list, or a query in PromQL, and hand over its answer"));
    }
    let lists =
        [("metricDescriptors", "metric descriptors"), ("monitoredResourceDescriptors", "descriptors of monitored resources")];
    let (name, what) = lists.iter().find(|(name, _)| document.get(name).is_some())?;
    let saw = format!("a list of {what} (names, kinds, units), no samples: it lists {}", list(document, name).len());
    Some(not_a_series(input, &saw, "try projects.timeSeries.list with a filter on a metric type, and hand over its answer"))
}

/// Which of a series' values a series of ours holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Plain,
    Count,
    Mean,
}

fn series(one: &Value, common_unit: &str, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
    let id = identity(one);
    let kind = match text(one, "metricKind") {
        "GAUGE" => Some(Kind::Gauge),
        "DELTA" => Some(Kind::Delta),
        "CUMULATIVE" => Some(Kind::Counter),
        _ => None,
    };
    let own = text(one, "unit");
    let unit = unit_word(if own.is_empty() { common_unit } else { own });
    let mut places: [Option<usize>; 3] = [None; 3];
    for point in list(one, "points") {
        let value = point.get("value").and_then(Value::as_object);
        for (part, amount) in value.map_or_else(Vec::new, parts) {
            let slot = &mut places[part as usize];
            let place = *slot.get_or_insert_with(|| place(&id, part, kind, &unit, samples));
            let interval = point.get("interval").unwrap_or(&Value::Null);
            if let Some(at) = samples.instant(place, interval.get("endTime").unwrap_or(&Value::Null), 0) {
                samples.put(place, at, &amount, 0)?;
            }
        }
        if value.is_some_and(|value| value.contains_key("distributionValue")) {
            let sentence = || "of distributions, count and mean are read; their buckets are left out".to_owned();
            samples.reading.note("distribution-buckets", 0, sentence);
        }
        if value.is_some_and(|value| value.contains_key("stringValue")) {
            samples.reading.note("text-value", 0, || "values that are text: left out".to_owned());
        }
    }
    Ok(())
}

/// The numbers of a value. What is zero inside a distribution is left out by the service.
fn parts(value: &Map<String, Value>) -> Vec<(Part, Value)> {
    if let Some(distribution) = value.get("distributionValue") {
        let count = distribution.get("count").cloned().unwrap_or_else(|| Value::from(0));
        let none = number(&count).is_some_and(|count| count.real() == 0.0);
        let mean = distribution.get("mean").cloned().unwrap_or_else(|| if none { Value::Null } else { Value::from(0) });
        return vec![(Part::Count, count), (Part::Mean, if none { Value::Null } else { mean })];
    }
    let plain = ["doubleValue", "int64Value", "boolValue"].iter().find_map(|name| value.get(*name));
    let null = value.is_empty().then_some(&Value::Null);
    plain.or(null).map(|amount| vec![(Part::Plain, amount.clone())]).unwrap_or_default()
}

/// The series of a part: the mean of a distribution is no counter, and its count has no unit.
fn place(id: &Identity, part: Part, kind: Option<Kind>, unit: &str, samples: &mut Samples<'_, '_>) -> usize {
    let (id, kind, unit) = match part {
        Part::Plain => (id.clone(), kind, unit),
        Part::Count => (id.clone().stat("count"), kind, ""),
        Part::Mean => (id.clone().stat("mean"), Some(Kind::Gauge), unit),
    };
    let place = samples.reading.series(id);
    if let Some(kind) = kind {
        samples.reading.kind(place, kind);
    }
    samples.reading.unit(place, unit);
    place
}

/// Metric type with the labels of metric, resource and metadata; where a name is taken, that of the resource gets a prefix.
fn identity(one: &Value) -> Identity {
    let (metric, resource) = (one.get("metric").unwrap_or(&Value::Null), one.get("resource").unwrap_or(&Value::Null));
    let mut id = Identity::named(text(metric, "type")).with("resource_type", text(resource, "type"));
    let metadata = one.get("metadata").unwrap_or(&Value::Null);
    let groups = [
        (metric.get("labels"), "metric_"),
        (resource.get("labels"), "resource_"),
        (metadata.get("userLabels"), "user_"),
        (metadata.get("systemLabels"), "system_"),
    ];
    for (labels, prefix) in groups {
        for (name, value) in labels.and_then(Value::as_object).into_iter().flatten() {
            let taken = id.labels.contains_key(name) || name == "stat";
            let name = if taken { format!("{prefix}{name}") } else { name.clone() };
            id = id.with(&name, &label(value));
        }
    }
    id
}

/// A unit of UCUM in our words. Annotations in braces say what is counted, not how.
fn unit_word(ucum: &str) -> String {
    match ucum {
        "" | "{not_a_unit}" => return String::new(),
        "10^2.%" => return "ratio".into(),
        "s{CPU}/s" => return "cores".into(),
        _ => {}
    }
    let (mut plain, mut inside, mut annotation) = (String::new(), false, String::new());
    for c in ucum.chars() {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            _ if inside => annotation.push(c),
            _ => plain.push(c),
        }
    }
    let (amount, rate) = plain.strip_suffix("/s").map_or((plain.as_str(), ""), |amount| (amount, "/s"));
    let word = match amount {
        "" | "1" if !rate.is_empty() => "1",
        "" => return annotation,
        "%" => "percent",
        "By" => "bytes",
        "kBy" => "kB",
        "MBy" => "MB",
        "GBy" => "GB",
        "TBy" => "TB",
        "KiBy" => "KiB",
        "MiBy" => "MiB",
        "GiBy" => "GiB",
        "TiBy" => "TiB",
        other => other,
    };
    format!("{word}{rate}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read;
    use crate::units::canonical;

    fn read_text(text: &str) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.json", text.as_bytes().to_vec()), &Options::default())
    }

    #[test]
    fn a_distribution_gives_its_count_and_its_mean() {
        let reading = read_text(
            r#"[{"metric":{"type":"x/latency","labels":{"zone":"m"}},"resource":{"type":"r","labels":{"zone":"z"}},"metricKind":"DELTA","valueType":"DISTRIBUTION","unit":"ms",
            "points":[{"interval":{"startTime":"2026-11-20T00:00:00Z","endTime":"2026-11-20T00:01:00Z"},"value":{"distributionValue":{"count":"4","mean":2.5}}},
            {"interval":{"endTime":"2026-11-20T00:02:00Z"},"value":{"distributionValue":{}}}]}]"#,
        )
        .unwrap();
        let told: Vec<_> = reading
            .series
            .iter()
            .map(|one| (one.id.stat.name(), one.at.len(), one.missing, one.kind, one.unit.as_deref()))
            .collect();
        assert_eq!(told, [("count", 2, 0, Some(Kind::Delta), None), ("avg", 1, 1, Some(Kind::Gauge), Some("ms"))]);
        assert_eq!(
            (reading.series[0].id.labels["zone"].as_str(), reading.series[0].id.labels["resource_zone"].as_str()),
            ("m", "z")
        );
    }

    #[test]
    fn points_without_their_series_are_read() {
        let points = r#"[{"interval":{"endTime":"2026-11-20T00:01:00Z"},"value":{"doubleValue":0.5}}]"#;
        assert_eq!(read_text(points).unwrap().series[0].values.reals(), [0.5]);
    }

    #[test]
    fn units_of_ucum_are_known_by_our_words() {
        let told = |ucum: &str| canonical(&unit_word(ucum));
        for (ucum, base, factor) in [
            ("By", "bytes", 1.0),
            ("KiBy/s", "bytes/s", 1024.0),
            ("10^2.%", "ratio", 1.0),
            ("%", "percent", 1.0),
            ("{packets}/s", "1/s", 1.0),
            ("us", "seconds", 1e-6),
            ("s{uptime}", "seconds", 1.0),
            ("min", "seconds", 60.0),
            ("h", "seconds", 3600.0),
            ("bit/s", "bytes/s", 0.125),
        ] {
            assert_eq!(told(ucum), (base.to_owned(), factor), "{ucum}");
        }
        assert_eq!(
            (unit_word("{packets}").as_str(), unit_word("1").as_str(), unit_word("{not_a_unit}").as_str()),
            ("packets", "1", "")
        );
    }

    #[test]
    fn a_token_and_execution_errors_say_that_there_is_more_and_errors_are_refused() {
        let page = r#"{"timeSeries":[{"metric":{"type":"a"},"metricKind":"CUMULATIVE","points":[{"interval":{"endTime":"2026-11-20T00:01:00Z"},"value":{"int64Value":"18446744073709551615"}}]}],"nextPageToken":"x"}"#;
        let reading = read_text(page).unwrap();
        assert!(reading.incomplete.is_some());
        assert_eq!(reading.series[0].values.at(0), crate::formats::Number::Whole(u64::MAX));
        let partial = page.replace(r#""nextPageToken":"x""#, r#""executionErrors":[{"code":4,"message":"deadline"}]"#);
        assert!(read_text(&partial).unwrap().incomplete.unwrap().contains("deadline"));
        let mql = r#"{"timeSeriesDescriptor":{},"timeSeriesData":[{"labelValues":[],"pointData":[]}]}"#;
        assert!(read_text(mql).err().unwrap()[0].message.contains("MQL"));
        let error =
            read_text(r#"{"error":{"code":400,"message":"Field filter had an invalid value","status":"INVALID_ARGUMENT"}}"#)
                .err()
                .unwrap();
        assert!(error[0].slug == "ingest/server-error" && error[0].message.contains("INVALID_ARGUMENT"), "{}", error[0]);
    }
}
