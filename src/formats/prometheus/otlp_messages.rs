//! The messages of OpenTelemetry metrics (opentelemetry-proto, `metrics/v1`), for both encodings: only what samples need.
//!
//! What is one of several in the definition is here a field for each: on the wire that is the same. JSON writes 64-bit numbers as
//! strings, names in lowerCamelCase (the original names are accepted too), and enums as numbers or words.

use serde::{Deserialize, Deserializer};

use super::super::Number;
use super::answer::Value;

/// `MetricsData`, and the same as `ExportMetricsServiceRequest`.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct MetricsData {
    #[prost(message, repeated, tag = "1")]
    #[serde(rename = "resourceMetrics", alias = "resource_metrics")]
    pub(super) resources: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct ResourceMetrics {
    #[prost(message, optional, tag = "1")]
    pub(super) resource: Option<Attributed>,
    #[prost(message, repeated, tag = "2")]
    #[serde(rename = "scopeMetrics", alias = "scope_metrics")]
    pub(super) scopes: Vec<ScopeMetrics>,
    /// The name of the same before version 0.15.
    #[prost(message, repeated, tag = "1000")]
    #[serde(rename = "instrumentationLibraryMetrics", alias = "instrumentation_library_metrics")]
    pub(super) libraries: Vec<ScopeMetrics>,
}

/// A resource.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Attributed {
    #[prost(message, repeated, tag = "1")]
    pub(super) attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct ScopeMetrics {
    #[prost(message, optional, tag = "1")]
    #[serde(alias = "instrumentationLibrary", alias = "instrumentation_library")]
    pub(super) scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    pub(super) metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Scope {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Metric {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "3")]
    pub(super) unit: String,
    #[prost(message, optional, tag = "5")]
    pub(super) gauge: Option<Numbers>,
    #[prost(message, optional, tag = "7")]
    pub(super) sum: Option<Numbers>,
    #[prost(message, optional, tag = "9")]
    pub(super) histogram: Option<Histogram>,
    #[prost(message, optional, tag = "10")]
    #[serde(rename = "exponentialHistogram", alias = "exponential_histogram")]
    pub(super) exponential: Option<Exponential>,
    #[prost(message, optional, tag = "11")]
    pub(super) summary: Option<Summary>,
}

/// A gauge or a sum.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Numbers {
    #[prost(message, repeated, tag = "1")]
    #[serde(rename = "dataPoints", alias = "data_points")]
    pub(super) points: Vec<NumberPoint>,
    /// 0 unspecified, 1 delta, 2 cumulative.
    #[prost(int32, tag = "2")]
    #[serde(rename = "aggregationTemporality", alias = "aggregation_temporality", deserialize_with = "temporality")]
    pub(super) temporality: i32,
    #[prost(bool, tag = "3")]
    #[serde(rename = "isMonotonic", alias = "is_monotonic")]
    pub(super) monotonic: bool,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct NumberPoint {
    #[prost(fixed64, tag = "3")]
    #[serde(rename = "timeUnixNano", alias = "time_unix_nano", deserialize_with = "whole")]
    pub(super) time: u64,
    #[prost(double, optional, tag = "4")]
    #[serde(rename = "asDouble", alias = "as_double", deserialize_with = "real")]
    pub(super) double: Option<f64>,
    #[prost(sfixed64, optional, tag = "6")]
    #[serde(rename = "asInt", alias = "as_int", deserialize_with = "integer")]
    pub(super) int: Option<i64>,
    #[prost(message, repeated, tag = "7")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "8")]
    pub(super) flags: u32,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Histogram {
    #[prost(message, repeated, tag = "1")]
    #[serde(rename = "dataPoints", alias = "data_points")]
    pub(super) points: Vec<HistogramPoint>,
    #[prost(int32, tag = "2")]
    #[serde(rename = "aggregationTemporality", alias = "aggregation_temporality", deserialize_with = "temporality")]
    pub(super) temporality: i32,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct HistogramPoint {
    #[prost(fixed64, tag = "3")]
    #[serde(rename = "timeUnixNano", alias = "time_unix_nano", deserialize_with = "whole")]
    pub(super) time: u64,
    #[prost(fixed64, tag = "4")]
    #[serde(deserialize_with = "whole")]
    pub(super) count: u64,
    #[prost(double, optional, tag = "5")]
    #[serde(deserialize_with = "real")]
    pub(super) sum: Option<f64>,
    #[prost(fixed64, repeated, tag = "6")]
    #[serde(rename = "bucketCounts", alias = "bucket_counts", deserialize_with = "wholes")]
    pub(super) buckets: Vec<u64>,
    #[prost(double, repeated, tag = "7")]
    #[serde(rename = "explicitBounds", alias = "explicit_bounds", deserialize_with = "reals")]
    pub(super) bounds: Vec<f64>,
    #[prost(message, repeated, tag = "9")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "10")]
    pub(super) flags: u32,
    #[prost(double, optional, tag = "11")]
    #[serde(deserialize_with = "real")]
    pub(super) min: Option<f64>,
    #[prost(double, optional, tag = "12")]
    #[serde(deserialize_with = "real")]
    pub(super) max: Option<f64>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Exponential {
    #[prost(message, repeated, tag = "1")]
    #[serde(rename = "dataPoints", alias = "data_points")]
    pub(super) points: Vec<ExponentialPoint>,
    #[prost(int32, tag = "2")]
    #[serde(rename = "aggregationTemporality", alias = "aggregation_temporality", deserialize_with = "temporality")]
    pub(super) temporality: i32,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct ExponentialPoint {
    #[prost(message, repeated, tag = "1")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(fixed64, tag = "3")]
    #[serde(rename = "timeUnixNano", alias = "time_unix_nano", deserialize_with = "whole")]
    pub(super) time: u64,
    #[prost(fixed64, tag = "4")]
    #[serde(deserialize_with = "whole")]
    pub(super) count: u64,
    #[prost(double, optional, tag = "5")]
    #[serde(deserialize_with = "real")]
    pub(super) sum: Option<f64>,
    #[prost(uint32, tag = "10")]
    pub(super) flags: u32,
    #[prost(double, optional, tag = "12")]
    #[serde(deserialize_with = "real")]
    pub(super) min: Option<f64>,
    #[prost(double, optional, tag = "13")]
    #[serde(deserialize_with = "real")]
    pub(super) max: Option<f64>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    #[serde(rename = "dataPoints", alias = "data_points")]
    pub(super) points: Vec<SummaryPoint>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct SummaryPoint {
    #[prost(fixed64, tag = "3")]
    #[serde(rename = "timeUnixNano", alias = "time_unix_nano", deserialize_with = "whole")]
    pub(super) time: u64,
    #[prost(fixed64, tag = "4")]
    #[serde(deserialize_with = "whole")]
    pub(super) count: u64,
    #[prost(double, tag = "5")]
    #[serde(deserialize_with = "plain")]
    pub(super) sum: f64,
    #[prost(message, repeated, tag = "6")]
    #[serde(rename = "quantileValues", alias = "quantile_values")]
    pub(super) quantiles: Vec<Quantile>,
    #[prost(message, repeated, tag = "7")]
    pub(super) attributes: Vec<KeyValue>,
    #[prost(uint32, tag = "8")]
    pub(super) flags: u32,
}

#[derive(Clone, Copy, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Quantile {
    #[prost(double, tag = "1")]
    #[serde(deserialize_with = "plain")]
    pub(super) quantile: f64,
    #[prost(double, tag = "2")]
    #[serde(deserialize_with = "plain")]
    pub(super) value: f64,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct KeyValue {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(message, optional, tag = "2")]
    pub(super) value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct AnyValue {
    #[prost(string, optional, tag = "1")]
    #[serde(rename = "stringValue", alias = "string_value")]
    pub(super) text: Option<String>,
    #[prost(bool, optional, tag = "2")]
    #[serde(rename = "boolValue", alias = "bool_value")]
    pub(super) truth: Option<bool>,
    #[prost(int64, optional, tag = "3")]
    #[serde(rename = "intValue", alias = "int_value", deserialize_with = "integer")]
    pub(super) int: Option<i64>,
    #[prost(double, optional, tag = "4")]
    #[serde(rename = "doubleValue", alias = "double_value", deserialize_with = "real")]
    pub(super) double: Option<f64>,
    #[prost(message, optional, tag = "5")]
    #[serde(rename = "arrayValue", alias = "array_value")]
    pub(super) list: Option<ArrayValue>,
}

#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct ArrayValue {
    #[prost(message, repeated, tag = "1")]
    pub(super) values: Vec<AnyValue>,
}

impl AnyValue {
    /// As the text of a label.
    pub(super) fn label(&self) -> String {
        let plain = self.text.clone().or_else(|| self.truth.map(|truth| truth.to_string()));
        let number = || self.int.map(|int| int.to_string()).or_else(|| self.double.map(|double| double.to_string()));
        let list = || self.list.as_ref().map(|list| list.values.iter().map(Self::label).collect::<Vec<_>>().join(","));
        plain.or_else(number).or_else(list).unwrap_or_default()
    }
}

fn of_text<'de, D: Deserializer<'de>, T: std::str::FromStr>(deserializer: D, what: &str) -> Result<Option<T>, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => Ok(None),
        serde_json::Value::String(text) => {
            let error = || format!("saw `{}`, expected {what}", super::told::seen(&text));
            text.parse().map(Some).map_err(|_| serde::de::Error::custom(error()))
        }
        serde_json::Value::Number(number) => {
            let text = number.to_string();
            text.parse().map(Some).map_err(|_| serde::de::Error::custom(format!("saw `{text}`, expected {what}")))
        }
        _ => Err(serde::de::Error::custom(format!("saw something else, expected {what}"))),
    }
}

fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    of_text(deserializer, "a whole number as text").map(Option::unwrap_or_default)
}

fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    of_text(deserializer, "a whole number as text")
}

/// A double: a number, or the words for what JSON numbers cannot be.
fn real<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Value::deserialize(deserializer).map(|value| value.0.map(Number::real))
}

fn plain<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    real(deserializer).map(Option::unwrap_or_default)
}

fn wholes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    #[derive(Deserialize)]
    struct One(#[serde(deserialize_with = "whole")] u64);
    Ok(Option::<Vec<One>>::deserialize(deserializer)?.unwrap_or_default().into_iter().map(|one| one.0).collect())
}

fn reals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    #[derive(Deserialize)]
    struct One(#[serde(deserialize_with = "plain")] f64);
    Ok(Option::<Vec<One>>::deserialize(deserializer)?.unwrap_or_default().into_iter().map(|one| one.0).collect())
}

/// `AggregationTemporality` as a number or a word.
fn temporality<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(number) => Ok(number.as_i64().and_then(|number| i32::try_from(number).ok()).unwrap_or(0)),
        serde_json::Value::String(word) if word.ends_with("DELTA") => Ok(1),
        serde_json::Value::String(word) if word.ends_with("CUMULATIVE") => Ok(2),
        _ => Ok(0),
    }
}
