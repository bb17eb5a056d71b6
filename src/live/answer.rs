//! What the API answers: an envelope with a status, and series of `[seconds, "number"]`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};

use crate::formats::Number;

/// The envelope of every answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer<D> {
    pub(super) status: String,
    #[serde(default = "nothing")]
    pub(super) data: Option<D>,
    #[serde(default)]
    pub(super) error_type: Option<String>,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) warnings: Option<Vec<String>>,
    #[serde(default)]
    pub(super) infos: Option<Vec<String>>,
    /// VictoriaMetrics: some of its storage nodes did not answer.
    #[serde(default)]
    pub(super) is_partial: Option<bool>,
}

fn nothing<D>() -> Option<D> {
    None
}

impl<D: DeserializeOwned> Answer<D> {
    /// Reads an answer whole.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

/// Series over a range, or at an instant.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    pub(super) result_type: String,
    pub(super) result: Vec<Series>,
}

/// One series of an answer.
#[derive(Debug, Deserialize)]
pub(super) struct Series {
    #[serde(default)]
    pub(super) metric: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) values: Vec<Point>,
    #[serde(default)]
    pub(super) value: Option<Point>,
    /// Native histograms are no numbers; they are counted.
    #[serde(default)]
    pub(super) histograms: Vec<serde::de::IgnoredAny>,
}

/// A sample: milliseconds since 1970, and its number, which may be NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point(pub(super) i64, pub(super) Number);

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair;
        impl<'de> Visitor<'de> for Pair {
            type Value = Point;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pair of seconds and a number in quotes")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Point, A::Error> {
                let short = || A::Error::custom("expected a pair of seconds and a number in quotes");
                let seconds: f64 = pair.next_element()?.ok_or_else(short)?;
                let Text(text) = pair.next_element()?.ok_or_else(short)?;
                let number = Number::parse(&text).ok_or_else(short)?;
                if pair.next_element::<serde::de::IgnoredAny>()?.is_some() {
                    return Err(short());
                }
                // Servers know milliseconds; the cast saturates.
                Ok(Point((seconds * 1_000.0).round() as i64, number))
            }
        }
        deserializer.deserialize_seq(Pair)
    }
}

/// Borrowed wherever the JSON has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What a server says of its build.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Build {
    #[serde(default)]
    pub(super) version: String,
    #[serde(default)]
    pub(super) revision: Option<String>,
    #[serde(default)]
    pub(super) application: Option<String>,
}

/// What a server knows of a metric.
#[derive(Debug, Deserialize)]
pub(super) struct Described {
    #[serde(default, rename = "type")]
    pub(super) kind: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_quotes_and_whole_ones_stay_exact() {
        let text = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"a","b":"\u00e4\"}"},
            "values":[[1504447811.347,"18446744073709551615"],[1504447871,"NaN"],[1504447931,"+Inf"],[1504447991,"1e-3"]]}]}}"#;
        let answer = Answer::<Data>::parse(text.as_bytes()).unwrap();
        let series = &answer.data.unwrap().result[0];
        assert_eq!(series.metric["b"], "ä\"}");
        assert_eq!(series.values[0], Point(1_504_447_811_347, Number::Whole(u64::MAX)));
        assert!(series.values[1].1.real().is_nan() && series.values[2].1.real().is_infinite());
        assert_eq!(series.values[3], Point(1_504_447_991_000, Number::Real(0.001)));
    }

    #[test]
    fn what_is_not_of_that_form_is_refused() {
        for values in ["[1,\"x\"]", "[1]", "[1,\"2\",3]", "[\"1\",\"2\"]", "[1,2]"] {
            let text = format!(
                r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{}},"values":[{values}]}}]}}}}"#
            );
            assert!(Answer::<Data>::parse(text.as_bytes()).is_err(), "{values}");
        }
        let cut = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]"#;
        assert!(Answer::<Data>::parse(cut.as_bytes()).is_err());
    }

    #[test]
    fn errors_warnings_and_partial_answers_are_seen() {
        let text = r#"{"status":"error","errorType":"timeout","error":"query timed out","data":null,"infos":["i"],"warnings":["w"],"isPartial":true}"#;
        let answer = Answer::<Data>::parse(text.as_bytes()).unwrap();
        assert_eq!((answer.error_type.as_deref(), answer.is_partial), (Some("timeout"), Some(true)));
        assert_eq!((answer.warnings.unwrap().len(), answer.infos.unwrap().len()), (1, 1));
    }
}
