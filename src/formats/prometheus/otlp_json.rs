//! OpenTelemetry metrics as JSON: one message, or one a line as the collector's file exporter writes them.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::super::{Clock, Head, Input, Options, Problems, Reading};
use super::documents::each_document;
use super::otlp::add;
use super::otlp_messages::MetricsData;
use super::told::Told;

/// First names of the other signals, which have no samples.
const OTHERS: &[&str] = &["resourceSpans", "resource_spans", "resourceLogs", "resource_logs"];

fn metrics(head: &Head) -> bool {
    head.keys.contains("resourceMetrics") || head.keys.contains("resource_metrics")
}

pub(super) fn recognise(head: &Head) -> Option<String> {
    if metrics(head) {
        return Some("JSON with resourceMetrics".to_owned());
    }
    let other = OTHERS.iter().find(|name| head.keys.contains(**name))?;
    Some(format!("JSON with {other}"))
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let head = input.head()?;
    if !metrics(&head) && OTHERS.iter().any(|name| head.keys.contains(*name)) {
        let message = "saw traces or logs of OpenTelemetry, no metrics, expected resourceMetrics";
        let help = "try the file of the collector's metrics pipeline";
        return Err(vec![input.problem("ingest/not-a-series", message).help(help)]);
    }
    let (mut told, mut clock) = (Told::new(input), Clock::new(options));
    each_document(input, options, &mut told, &mut |line, data: Messages, _| {
        data.0.iter().try_for_each(|one| add(one, &mut clock, line, reading))
    })?;
    told.finish(reading, options)
}

/// A message, or a list of them as programs gather them.
struct Messages(Vec<MetricsData>);

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Told;
        impl<'de> Visitor<'de> for Told {
            type Value = Messages;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message with resourceMetrics")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Messages, A::Error> {
                MetricsData::deserialize(MapAccessDeserializer::new(map)).map(|one| Messages(vec![one]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Messages, A::Error> {
                let mut all = Vec::new();
                while let Some(Messages(mut some)) = list.next_element()? {
                    all.append(&mut some);
                }
                Ok(Messages(all))
            }
        }
        deserializer.deserialize_any(Told)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Number, read as read_any};
    use super::*;
    use crate::source::Kind;

    fn of(metric: &str) -> Reading<'static> {
        let attribute = r#"{"key":"a","value":{"intValue":"7"}}"#;
        let text = format!(
            r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{attribute}]}},"scopeMetrics":[{{"scope":{{}},"metrics":[{metric}]}}]}}]}}"#
        );
        let reading = read_any(&Input::memory("a", text.into_bytes()), &Options::default()).unwrap();
        assert_eq!(reading.format, "otlp-json");
        reading
    }

    #[test]
    fn messages_may_stand_in_a_list_and_times_in_hours_scale() {
        let message = |host: &str| {
            format!(
                r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{{"key":"host.name","value":{{"stringValue":"{host}"}}}}]}},"scopeMetrics":[{{"metrics":[{{"name":"up","unit":"h","gauge":{{"dataPoints":[{{"timeUnixNano":"1700000000000000000","asDouble":2}}]}}}}]}}]}}]}}"#
            )
        };
        let text = format!("[{},{}]", message("a"), message("b"));
        let reading = read_any(&Input::memory("a", text.into_bytes()), &Options::default()).unwrap();
        let unit = crate::units::canonical(reading.series[1].unit.as_deref().unwrap());
        assert_eq!((reading.series.len(), unit), (2, ("seconds".to_owned(), 3_600.0)));
    }

    #[test]
    fn temporality_as_number_or_word_gives_the_kind() {
        let sum = |temporality: &str, monotonic: bool| {
            let point = r#"{"timeUnixNano":"1700000000000000000","asInt":"9007199254740993"}"#;
            let rest = format!(r#""aggregationTemporality":{temporality},"isMonotonic":{monotonic}"#);
            let reading = of(&format!(r#"{{"name":"m","unit":"By","sum":{{"dataPoints":[{point}],{rest}}}}}"#));
            assert_eq!(reading.series[0].values.at(0), Number::Whole(9_007_199_254_740_993));
            assert_eq!(reading.series[0].id.labels["a"], "7");
            reading.series[0].kind
        };
        assert_eq!(sum("1", true), Some(Kind::Delta));
        assert_eq!(sum("\"AGGREGATION_TEMPORALITY_DELTA\"", true), Some(Kind::Delta));
        assert_eq!(sum("2", true), Some(Kind::Counter));
        assert_eq!(sum("2", false), Some(Kind::Gauge));
        assert_eq!(sum("0", true), None);
    }

    #[test]
    fn histograms_give_a_series_each_for_count_sum_bounds_and_buckets() {
        let point = r#"{"timeUnixNano":1700000000000000000,"count":"3","sum":1.5,"bucketCounts":["1","2"],"explicitBounds":[0.5],"max":1,
            "attributes":[{"key":"a","value":{"stringValue":"b"}}]}"#;
        let reading =
            of(&format!(r#"{{"name":"m","unit":"s","histogram":{{"dataPoints":[{point}],"aggregationTemporality":2}}}}"#));
        let ids: Vec<String> = reading.series.iter().map(|series| series.id.to_string()).collect();
        let named = |rest: &str| format!(r#"m{{a="7",{rest}}}"#);
        let expected = [
            r#"point.a="b",stat="count""#,
            r#"point.a="b",stat="sum""#,
            r#"point.a="b",stat="max""#,
            r#"le="0.5",point.a="b",stat="bucket""#,
            r#"le="+Inf",point.a="b",stat="bucket""#,
        ];
        assert_eq!(ids, expected.map(named));
        let units: Vec<_> = reading.series.iter().map(|series| series.unit.as_deref()).collect();
        assert_eq!(units, [None, Some("seconds"), Some("seconds"), None, None]);
    }

    #[test]
    fn points_without_value_or_with_words_for_numbers_are_counted() {
        let points = r#"{"timeUnixNano":"1700000000000000000","flags":1},{"timeUnixNano":"1700000060000000000","asDouble":"Infinity"},
            {"timeUnixNano":"1700000120000000000","asDouble":2}"#;
        let reading = of(&format!(r#"{{"name":"cpu.utilization","unit":"1","gauge":{{"dataPoints":[{points}]}}}}"#));
        let one = &reading.series[0];
        assert_eq!((one.at.len(), one.missing, one.infinite, one.unit.as_deref()), (1, 1, 1, Some("ratio")));
    }

    #[test]
    fn exponential_histograms_and_summaries_are_read_without_their_buckets() {
        let point =
            r#"{"timeUnixNano":"1700000000000000000","count":"3","sum":1.5,"quantileValues":[{"quantile":0.5,"value":2}]}"#;
        let reading =
            of(&format!(r#"{{"name":"m","exponentialHistogram":{{"dataPoints":[{point}],"aggregationTemporality":1}}}}"#));
        assert_eq!((reading.series.len(), reading.findings[0].kind), (2, "exponential-buckets"));
        let reading = of(&format!(r#"{{"name":"m","summary":{{"dataPoints":[{point}]}}}}"#));
        assert_eq!(reading.series.len(), 3);
    }
}
