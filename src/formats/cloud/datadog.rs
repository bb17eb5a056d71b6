//! Answers of Datadog's metric queries: v1 (`/api/v1/query`: a list of points a series) and v2 (`/api/v2/query/timeseries`: common
//! times, a list of values a series).
//!
//! The traps: times are milliseconds, as floats; null is a bucket without data; points are rolled up to `interval` by the average
//! unless the query says `.rollup(…)`, while `aggr` says how several hosts became one series; `unit` is a pair of which the second
//! is what the first is divided by; `as_count()` gives amounts of an interval. The v2 answer does not name the metric.
//! Source: the Datadog API reference (Query timeseries points; Query timeseries data across multiple products), its page on rollup.

use serde_json::Value;

use crate::formats::document::{Samples, each_document, label, list, text};
use crate::formats::faults::{not_a_series, server_error};
use crate::formats::{Head, Identity, Input, Options, Reading};
use crate::problem::Problem;
use crate::source::Kind;

type Problems = Vec<Problem>;

pub(super) fn recognise(head: &Head) -> Option<String> {
    if head.has_keys(&["pointlist"]) && (head.has_keys(&["series"]) || head.has_keys(&["metric", "scope"])) {
        return Some("JSON with the names of Datadog's query (series, pointlist)".into());
    }
    if head.has_keys(&["status", "res_type"]) || (head.has_keys(&["status", "from_date", "to_date"])) {
        return Some("JSON with the names of Datadog's query (status, res_type)".into());
    }
    if head.has_keys(&["data", "attributes", "times", "values"]) && head.text.contains("timeseries_response") {
        return Some("JSON with the names of Datadog's timeseries answer (v2)".into());
    }
    let keys: Vec<&str> = head.keys.iter().map(String::as_str).collect();
    let only_errors = keys == ["errors"]
        && serde_json::from_str::<Value>(&head.text).is_ok_and(|document| list(&document, "errors").iter().any(Value::is_string));
    if only_errors {
        return Some("an error document of Datadog".into());
    }
    (keys == ["from", "metrics"]).then(|| "JSON with the names of Datadog's list of active metrics".into())
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut samples = Samples::new(input, options, reading);
    each_document(input, options, |document, _| {
        if let Some(problems) = refusal(&document, input) {
            return Err(problems);
        }
        if document.get("data").is_some() { second(&document, &mut samples) } else { first(&document, &mut samples) }
    })?;
    samples.finish()
}

/// Why a document without samples is refused.
fn refusal(document: &Value, input: &Input) -> Option<Problems> {
    let help = "try GET /api/v1/query with a query such as avg:system.cpu.user{*} by {host}, and hand over its answer";
    let said = text(document, "error");
    if text(document, "status") == "error" || !said.is_empty() {
        let said = if said.is_empty() { text(document, "message") } else { said };
        return Some(server_error(input, "Datadog", said));
    }
    let errors: Vec<String> =
        list(document, "errors").iter().map(|one| if one.is_string() { label(one) } else { one.to_string() }).collect();
    let failed = document
        .get("errors")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .or_else(|| (!errors.is_empty()).then(|| errors.join("; ")));
    if let Some(said) = failed.filter(|said| !said.is_empty()) {
        return Some(server_error(input, "Datadog", &said));
    }
    let names = document.get("metrics").and_then(Value::as_array)?;
    Some(not_a_series(input, &format!("a list of metrics (names only), no samples: it lists {}", names.len()), help))
}

/// The v1 answer.
fn first(document: &Value, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
    // a client may have saved the series alone, or one of them
    let alone = if document.get("pointlist").is_some() { std::slice::from_ref(document) } else { list(document, "series") };
    let all = document.as_array().map_or(alone, Vec::as_slice);
    let several = all.iter().any(|one| one.get("query_index") != all[0].get("query_index"));
    for one in all {
        let expression = text(one, "expression");
        let mut id = Identity::named(text(one, "metric")).with("aggr", text(one, "aggr"));
        if several {
            id = id.with("expression", expression);
        }
        let tags: Vec<&str> = list(one, "tag_set").iter().filter_map(Value::as_str).collect();
        let scope = text(one, "scope");
        id = if tags.is_empty() { tagged(id, scope.split(',')) } else { tagged(id, tags.into_iter()) };
        let amount = expression.contains(".as_count()");
        let place = samples.reading.series(id.stat(rollup(expression).unwrap_or(if amount { "sum" } else { "avg" })));
        if amount {
            samples.reading.kind(place, Kind::Delta);
        }
        samples.reading.unit(place, &unit_word(one.get("unit").unwrap_or(&Value::Null)));
        for point in list(one, "pointlist") {
            if let Some(at) = samples.instant(place, point.get(0).unwrap_or(&Value::Null), 0) {
                samples.put(place, at, point.get(1).unwrap_or(&Value::Null), 0)?;
            }
        }
    }
    Ok(())
}

/// The v2 answer: times are common to all series.
fn second(document: &Value, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
    let attributes = document.pointer("/data/attributes").unwrap_or(&Value::Null);
    let times = list(attributes, "times");
    for (one, values) in list(attributes, "series").iter().zip(list(attributes, "values")) {
        let index = one.get("query_index").map(label).unwrap_or_default();
        let tags = list(one, "group_tags").iter().filter_map(Value::as_str);
        let place = samples.reading.series(tagged(Identity::default().with("query_index", &index), tags));
        samples.reading.unit(place, &unit_word(one.get("unit").unwrap_or(&Value::Null)));
        let values = values.as_array().map_or(&[][..], Vec::as_slice);
        if values.len() != times.len() {
            let message = format!("saw {} times and {} values, expected as many of both", times.len(), values.len());
            let problem = samples.input.problem("ingest/ragged-row", message).help("try to export it again");
            samples.wrong(problem);
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

/// Tags as labels: `host:a` is label `host`; a tag without a colon is a label `tag` (several joined). `*` says nothing.
fn tagged<'t>(mut id: Identity, tags: impl Iterator<Item = &'t str>) -> Identity {
    for tag in tags.map(str::trim).filter(|tag| !tag.is_empty() && *tag != "*") {
        let (name, value) = tag.split_once(':').unwrap_or(("tag", tag));
        let name = if ["stat", "aggr", "expression"].contains(&name) { format!("tag_{name}") } else { name.to_owned() };
        let joined = id.labels.get(&name).map_or_else(|| value.to_owned(), |before| format!("{before},{value}"));
        id = id.with(&name, &joined);
    }
    id
}

/// The method of a rollup that a query names.
fn rollup(expression: &str) -> Option<&str> {
    let (_, after) = expression.split_once(".rollup(")?;
    let word = after.split([',', ')']).next()?.trim();
    ["avg", "sum", "min", "max", "count"].contains(&word).then_some(word)
}

/// A unit and what it is divided by, in our words.
fn unit_word(pair: &Value) -> String {
    let Some(unit) = pair.get(0).filter(|unit| unit.is_object()) else { return String::new() };
    let per = pair.get(1).map_or("", |per| text(per, "name"));
    let thousands = unit.get("scale_factor").and_then(Value::as_f64).is_none_or(|factor| {
        let steps = factor.abs().log(1000.0);
        (steps - steps.round()).abs() < 1e-9
    });
    let name = text(unit, "name");
    let word = match name {
        "byte" => "bytes",
        "kilobyte" if thousands => "kB",
        "megabyte" if thousands => "MB",
        "gigabyte" if thousands => "GB",
        "terabyte" if thousands => "TB",
        "kilobyte" | "kibibyte" => "KiB",
        "megabyte" | "mebibyte" => "MiB",
        "gigabyte" | "gibibyte" => "GiB",
        "terabyte" | "tebibyte" => "TiB",
        "bit" => "bit",
        "kilobit" => "kbit",
        "megabit" => "Mbit",
        "gigabit" => "Gbit",
        "percent" => "percent",
        "fraction" => "ratio",
        "second" => "seconds",
        "millisecond" => "ms",
        "microsecond" => "us",
        "nanosecond" => "ns",
        "minute" => "min",
        "hour" => "h",
        "day" => "d",
        "core" => "cores",
        "millicore" => "millicores",
        "microcore" => "microcores",
        "nanocore" => "nanocores",
        "hertz" => "hertz",
        "kilohertz" => "kHz",
        "megahertz" => "MHz",
        "gigahertz" => "GHz",
        _ if text(unit, "plural").is_empty() => name,
        _ => text(unit, "plural"),
    };
    match per {
        "" => word.to_owned(),
        "second" => format!("{word}/s"),
        other => format!("{word}/{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Stat, read};

    fn read_text(text: &str) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.json", text.as_bytes().to_vec()), &Options::default())
    }

    #[test]
    fn two_queries_of_one_metric_stay_apart_and_the_rollup_is_the_statistic() {
        let reading = read_text(
            r#"{"status":"ok","res_type":"time_series","series":[
            {"metric":"net","aggr":"avg","scope":"host:a,az:b","tag_set":[],"expression":"avg:net{*}.rollup(max, 60)","query_index":0,"unit":[{"name":"byte","plural":"bytes","scale_factor":1},{"name":"second"}],"pointlist":[[1504447871000.0,1.5],[1504447931000.0,null]]},
            {"metric":"net","aggr":"sum","scope":"*","tag_set":["host:a","solo"],"expression":"sum:net{*}.as_count()","query_index":1,"unit":null,"pointlist":[[1504447871000.0,2]]}]}"#,
        )
        .unwrap();
        let (a, b) = (&reading.series[0], &reading.series[1]);
        assert_eq!(
            (a.id.stat, a.unit.as_deref(), a.missing, a.id.labels["az"].as_str()),
            (Stat::Maximum, Some("bytes/s"), 1, "b")
        );
        assert_eq!(
            (b.id.stat, b.kind, b.unit.as_deref(), b.id.labels["tag"].as_str()),
            (Stat::Sum, Some(Kind::Delta), None, "solo")
        );
    }

    #[test]
    fn the_second_version_shares_its_times() {
        let reading = read_text(
            r#"{"data":{"type":"timeseries_response","attributes":{"series":[{"group_tags":["env:a"],"query_index":0,"unit":[{"name":"percent"},null]},{"group_tags":["env:b"],"query_index":0}],
            "times":[1636625471000,1636625531000],"values":[[1.5,null],[3,4]]}}}"#,
        )
        .unwrap();
        assert_eq!(reading.series.iter().map(|one| (one.at.len(), one.missing)).collect::<Vec<_>>(), [(1, 1), (2, 0)]);
        assert_eq!(reading.series[0].unit.as_deref(), Some("percent"));
    }

    #[test]
    fn series_without_the_answer_around_them_are_read() {
        let one = r#"{"metric":"net","scope":"host:a","expression":"avg:net{*}","pointlist":[[1504447871000.0,1.5]]}"#;
        for text in [one.to_owned(), format!("[{one}]"), format!(r#"{{"series":[{one}]}}"#)] {
            assert_eq!(read_text(&text).unwrap().series[0].id.labels["host"], "a", "{text}");
        }
    }

    #[test]
    fn errors_are_told_in_the_words_of_the_service() {
        for error in [
            r#"{"status":"error","res_type":"time_series","series":[],"error":"Error parsing query: unable"}"#,
            r#"{"errors":["Error parsing query: unable"]}"#,
        ] {
            let problems = read_text(error).err().unwrap();
            assert!(problems[0].slug == "ingest/server-error" && problems[0].message.contains("unable"), "{}", problems[0]);
        }
    }
}
