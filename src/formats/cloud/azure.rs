//! Answers of Azure Monitor: `metrics` of one resource (REST, `az monitor metrics list`) and `metrics:getBatch` of several.
//!
//! The traps: a point without data keeps its `timeStamp` and lacks the aggregate (REST) or has it as null, next to aggregates that
//! nobody asked for (CLI, which writes all five); `localizedValue` differs by language; one metric may have several series, told
//! apart by `metadatavalues`; `total` and `count` are amounts of the interval.
//! Source: the Azure REST API specification, `Microsoft.Insights/metrics` (`GetMetric.json`, `MetricUnit`).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::formats::document::{Samples, each_document, label, list, text};
use crate::formats::faults::{not_a_series, seen, server_error};
use crate::formats::{Head, Identity, Input, Options, Reading};
use crate::problem::Problem;
use crate::source::Kind;

type Problems = Vec<Problem>;

const HELP: &str =
    "try `az monitor metrics list --resource ID --metrics NAME --aggregation Average Maximum` and hand over its answer";

pub(super) fn recognise(head: &Head) -> Option<String> {
    let series = head.has_keys(&["timeseries"])
        && ["timeStamp", "time_stamp", "metadatavalues", "localizedValue"].iter().any(|name| head.keys.contains(*name));
    if series {
        return Some("JSON with the names of Azure Monitor's metrics (timeseries, timeStamp)".into());
    }
    let aggregate = ["average", "maximum", "minimum", "total", "count"].iter().any(|name| head.keys.contains(*name));
    if head.has_keys(&["timeStamp"]) && (aggregate || head.has_keys(&["metadatavalues"])) {
        return Some("JSON with the names of Azure Monitor's points (timeStamp and aggregates)".into());
    }
    if head.has_keys(&["primaryAggregationType", "metricAvailabilities"]) {
        return Some("JSON with the names of Azure Monitor's metric definitions".into());
    }
    if head.has_keys(&["timespan", "resourceregion"]) || head.has_keys(&["timespan", "interval", "cost", "value"]) {
        return Some("JSON with the names of Azure Monitor's metrics (timespan, interval)".into());
    }
    let members: BTreeSet<&str> = head.keys.iter().map(String::as_str).collect();
    let known = ["error", "code", "message", "details", "innererror", "target", "additionalInfo", "type", "info"];
    let error = head.has_keys(&["code", "message"]) && members.iter().all(|name| known.contains(name));
    (error && code_is_word(&head.text)).then(|| "an error document of Azure Resource Manager".into())
}

/// An error of Azure has a word for a code; others have numbers. InfluxDB has words as well, all in small letters.
fn code_is_word(text: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return false };
    let error = document.get("error").unwrap_or(&document);
    self::text(error, "code").starts_with(|c: char| c.is_ascii_uppercase())
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut samples = Samples::new(input, options, reading);
    each_document(input, options, |document, _| {
        if let Some(problems) = refusal(&document, input) {
            return Err(problems);
        }
        let document = around(document);
        let batch = list(&document, "values");
        let answers = if batch.is_empty() { std::slice::from_ref(&document) } else { batch };
        answers.iter().try_for_each(|answer| metrics(answer, &mut samples))
    })?;
    samples.finish()
}

/// The list of metrics around what `--query` picks out of an answer: one metric, its series or their points. The name of the metric
/// stands outside of the last two.
fn around(document: Value) -> Value {
    let first = document.get(0).unwrap_or(&document);
    let is_points = first.get("timeStamp").is_some() || first.get("time_stamp").is_some();
    let (is_series, is_metric) = (first.get("data").is_some(), document.get("timeseries").is_some());
    let listed = |document: Value| if document.is_array() { document } else { Value::Array(vec![document]) };
    let inside = |name: &str, inner: Value| Value::Array(vec![Value::Object([(name.to_owned(), inner)].into_iter().collect())]);
    match (is_points, is_series, is_metric) {
        (true, _, _) => inside("timeseries", inside("data", listed(document))),
        (_, true, _) => inside("timeseries", listed(document)),
        (_, _, true) => listed(document),
        _ => document,
    }
}

/// Why a document without samples is refused.
fn refusal(document: &Value, input: &Input) -> Option<Problems> {
    let error = document.get("error").unwrap_or(document);
    if error.get("code").is_some() && document.get("value").is_none() {
        return Some(server_error(input, "Azure", &format!("{}: {}", label(&error["code"]), text(error, "message"))));
    }
    let value = if document.is_array() { document.as_array().map_or(&[][..], Vec::as_slice) } else { list(document, "value") };
    let definitions =
        value.iter().filter(|one| one.get("primaryAggregationType").is_some() || one.get("metricAvailabilities").is_some());
    let count = definitions.count();
    (count > 0).then(|| {
        not_a_series(
            input,
            &format!("a list of metric definitions (names, units, aggregations), no samples: it lists {count}"),
            HELP,
        )
    })
}

/// The answer for one resource (or for all resources of a subscription).
fn metrics(answer: &Value, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
    let value = answer.as_array().map_or_else(|| list(answer, "value"), Vec::as_slice);
    let all: Vec<BTreeSet<&str>> = value.iter().map(aggregates).collect();
    let anywhere: BTreeSet<&str> = all.iter().flatten().copied().collect();
    for (metric, own) in value.iter().zip(&all) {
        let code = text(metric, "errorCode");
        if !(code.is_empty() || code == "Success") {
            let sentence = format!("Azure says of {}: {} {}", seen(name(metric)), seen(code), text(metric, "errorMessage"));
            samples.reading.warn("server-message", 0, || sentence.chars().take(300).collect());
            samples.reading.incomplete.get_or_insert(sentence);
        }
        // a metric without any value was asked for in the aggregations of the others
        let wanted = if own.is_empty() { &anywhere } else { own };
        for one in list(metric, "timeseries") {
            series(answer, metric, one, wanted, samples)?;
        }
    }
    Ok(())
}

fn name(metric: &Value) -> &str {
    metric.get("name").map_or("", |name| name.as_str().unwrap_or_else(|| text(name, "value")))
}

/// The aggregates that some point of a metric has.
fn aggregates(metric: &Value) -> BTreeSet<&str> {
    let points = list(metric, "timeseries").iter().flat_map(|one| list(one, "data")).filter_map(Value::as_object);
    let members = points.flat_map(|point| point.iter().filter(|(_, value)| !value.is_null()));
    members.map(|(name, _)| name.as_str()).filter(|name| !is_time(name)).collect()
}

fn is_time(name: &str) -> bool {
    name == "timeStamp" || name == "time_stamp"
}

/// One series of a metric: a series of ours for each aggregate.
fn series(
    answer: &Value,
    metric: &Value,
    one: &Value,
    wanted: &BTreeSet<&str>,
    samples: &mut Samples<'_, '_>,
) -> Result<(), Problems> {
    let id = identity(answer, metric, one);
    let mut places = Vec::new();
    for aggregate in wanted {
        let place = samples.reading.series(id.clone().stat(aggregate));
        let amount = *aggregate == "total" || *aggregate == "count";
        samples.reading.kind(place, if amount { Kind::Delta } else { Kind::Gauge });
        if *aggregate != "count" {
            samples.reading.unit(place, &unit_word(text(metric, "unit")));
        }
        places.push((*aggregate, place));
    }
    if places.is_empty() && !list(one, "data").is_empty() {
        places.push(("", samples.reading.series(id)));
    }
    for point in list(one, "data") {
        let Some(&(_, first)) = places.first() else { break };
        let time = point.get("timeStamp").or_else(|| point.get("time_stamp")).unwrap_or(&Value::Null);
        let Some(at) = samples.instant(first, time, 0) else { continue };
        for (aggregate, place) in &places {
            samples.put(*place, at, point.get(*aggregate).unwrap_or(&Value::Null), 0)?;
        }
    }
    Ok(())
}

/// Metric, dimensions, and the resource that the metric's id (or the answer of a batch) names.
fn identity(answer: &Value, metric: &Value, one: &Value) -> Identity {
    let mut id = Identity::named(name(metric)).with("namespace", text(answer, "namespace"));
    let path = text(metric, "id").split("/providers/Microsoft.Insights/").next().unwrap_or_default();
    let path = if path.is_empty() { text(answer, "resourceid") } else { path };
    let mut parts = path.split('/');
    if parts.by_ref().any(|part| part.eq_ignore_ascii_case("resourceGroups")) {
        id = id.with("resource_group", parts.next().unwrap_or_default());
    }
    if path.contains("/providers/") {
        id = id.with("resource", path.rsplit('/').next().unwrap_or_default());
    }
    for dimension in list(one, "metadatavalues").iter().chain(list(one, "metadataValues")) {
        let value = dimension.get("value").map(label).unwrap_or_default();
        id = id.with(name(dimension), &value);
    }
    id
}

/// Azure's word for a unit in ours; an unspecified one is none, an unknown one stays.
fn unit_word(unit: &str) -> String {
    let word = match unit.to_ascii_lowercase().as_str() {
        "unspecified" => "",
        "percent" => "percent",
        "count" => "count",
        "countpersecond" => "1/s",
        "bytes" => "bytes",
        "bytespersecond" => "bytes/s",
        "bitspersecond" => "bit/s",
        "seconds" => "seconds",
        "milliseconds" => "ms",
        "cores" => "cores",
        "millicores" => "millicores",
        "nanocores" => "nanocores",
        "byteseconds" => "byte seconds",
        _ => unit,
    };
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read;

    fn read_text(text: &str) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.json", text.as_bytes().to_vec()), &Options::default())
    }

    #[test]
    fn aggregates_that_are_null_everywhere_were_not_asked_for() {
        let reading = read_text(
            r#"{"timespan":"x","interval":"PT1M","namespace":"Microsoft.Compute/virtualMachines","value":[
            {"id":"/subscriptions/0/resourceGroups/rg1/providers/Microsoft.Compute/virtualMachines/vm7/providers/Microsoft.Insights/metrics/Disk","name":{"value":"Disk","localizedValue":"Platte"},"unit":"BytesPerSecond",
            "timeseries":[{"metadatavalues":[{"name":{"value":"LUN"},"value":"0"}],"data":[
            {"timeStamp":"2026-11-20T00:00:00Z","average":null,"count":3.0,"maximum":null,"minimum":null,"total":12.0},
            {"timeStamp":"2026-11-20T00:01:00Z","average":null,"count":null,"maximum":null,"minimum":null,"total":null}]}]}]}"#,
        )
        .unwrap();
        let told: Vec<_> =
            reading.series.iter().map(|one| (one.id.stat.name(), one.missing, one.kind, one.unit.as_deref())).collect();
        assert_eq!(told, [("count", 1, Some(Kind::Delta), None), ("sum", 1, Some(Kind::Delta), Some("bytes/s"))]);
        let labels = &reading.series[0].id.labels;
        assert_eq!((labels["LUN"].as_str(), labels["resource"].as_str(), labels["resource_group"].as_str()), ("0", "vm7", "rg1"));
    }

    #[test]
    fn what_query_picks_out_of_an_answer_is_read() {
        let points = r#"[{"timeStamp":"2026-11-20T00:00:00Z","average":1.5,"total":null}]"#;
        let series = format!(r#"[{{"metadatavalues":[],"data":{points}}}]"#);
        let metric = format!(r#"{{"name":{{"value":"CPU","localizedValue":"CPU"}},"unit":"Percent","timeseries":{series}}}"#);
        let id = |text: &str| read_text(text).unwrap().series[0].id.to_string();
        assert_eq!((id(points), id(&series)), (r#"{stat="average"}"#.to_owned(), r#"{stat="average"}"#.to_owned()));
        assert_eq!(
            (id(&metric), id(&format!("[{metric}]"))),
            (r#"CPU{stat="average"}"#.to_owned(), r#"CPU{stat="average"}"#.to_owned())
        );
    }

    #[test]
    fn errors_and_definitions_are_refused_as_what_they_are() {
        let error = r#"{"error":{"code":"BadRequest","message":"Detected invalid time grain input"}}"#;
        let problems = read_text(error).err().unwrap();
        assert_eq!(problems[0].slug, "ingest/server-error");
        assert!(problems[0].message.contains("invalid time grain"));
        let definitions = r#"{"value":[{"id":"x","name":{"value":"A","localizedValue":"A"},"primaryAggregationType":"Average","metricAvailabilities":[]}]}"#;
        assert_eq!(read_text(definitions).err().unwrap()[0].slug, "ingest/not-a-series");
        let batch = r#"{"values":[{"resourceid":"/subscriptions/0/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/a","value":[{"name":{"value":"CPU","localizedValue":"CPU"},"errorCode":"Success","unit":"Percent","timeseries":[{"metadatavalues":[],"data":[{"timeStamp":"2026-11-20T00:00:00Z","average":1.5}]}]}]}]}"#;
        assert_eq!(read_text(batch).unwrap().series[0].id.labels["resource"], "a");
    }
}
