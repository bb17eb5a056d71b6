//! The answer of the Prometheus HTTP API (`/api/v1/…`), typed, and how its samples become series. Thanos, Mimir, VictoriaMetrics and
//! the managed services answer in the same shape.
//!
//! Values are strings (`"NaN"`, `"+Inf"`), times are seconds with a fraction. A step without a value is absent. `warnings` and
//! `isPartial` say that a part of the data may be missing: an answer with status `success` can be incomplete.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::{Clock, Number, Options, Reading, Stamp};
use super::naming::place;
use crate::problem::Problem;

/// A document: an answer with its envelope, or its result alone.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// `success` or `error`; `None` for a result without envelope.
    pub(crate) status: Option<String>,
    /// The server's word for the kind of an error: `bad_data`, `timeout`, …
    pub(crate) error_type: Option<String>,
    /// The server's own message.
    pub(crate) error: Option<String>,
    /// What the server warns of.
    pub(crate) warnings: Vec<String>,
    /// What the server notes.
    pub(crate) infos: Vec<String>,
    /// The answer lacks a part (VictoriaMetrics).
    pub(crate) partial: bool,
    /// `matrix`, `vector`, `scalar`, `string`, `streams`.
    pub(crate) result_type: Option<String>,
    /// Elements of the result, or of a list in place of one.
    pub(crate) items: Vec<Item>,
    /// Names in `data` that are not a result, the first ones.
    pub(crate) names: Vec<String>,
    /// How many there are.
    pub(crate) named: u64,
    /// How many things the lists under them hold.
    pub(crate) listed: u64,
    /// Whether there was a result, be it empty.
    pub(crate) resulted: bool,
}

/// An element of a result or list.
#[derive(Debug)]
pub(crate) enum Item {
    /// A series with its samples.
    Series(Series),
    /// An object that is none: a label set, an exemplar; its names, the first ones.
    Object(Vec<String>),
    /// A number: the first of the pair of a scalar.
    Number(f64),
    /// A text: a label's name or value, the second of the pair of a scalar.
    Text(String),
    /// Anything else.
    Other,
}

/// A series with its samples.
#[derive(Debug, Default)]
pub(crate) struct Series {
    /// Its labels, among them `__name__`.
    pub(crate) metric: BTreeMap<String, String>,
    /// The samples of a matrix, or the one of a vector.
    pub(crate) samples: Vec<Sample>,
    /// How many native histograms it has: those are not numbers.
    pub(crate) histograms: u64,
}

/// Seconds since 1970 and a value; `None` for null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample(pub(crate) f64, pub(crate) Option<Number>);

/// Names kept of an object.
const MOST_NAMES: usize = 16;

impl Answer {
    /// Whether the server refused.
    pub(crate) fn failed(&self) -> bool {
        self.status.as_deref() == Some("error") || self.status.is_none() && self.error.is_some()
    }

    /// Adds the samples to the reading and tells what the server warns of. Returns how many series had samples or markers.
    ///
    /// # Errors
    /// When the samples could not be passed on.
    pub(crate) fn read(&self, options: &Options, line: u64, reading: &mut Reading<'_>) -> Result<usize, Problem> {
        self.tell(reading);
        let mut clock = Clock::new(options);
        if self.result_type.as_deref() == Some("scalar") {
            let [Item::Number(seconds), Item::Text(value)] = &self.items[..] else { return Ok(0) };
            let Some(number) = Number::parse(value) else { return Ok(0) };
            let place = place(reading, []);
            push(reading, &mut clock, place, Sample(*seconds, Some(number)), line)?;
            return Ok(1);
        }
        let mut count = 0;
        for series in self.items.iter().filter_map(Item::series) {
            if series.histograms > 0 {
                let left = || "native histograms are not series of numbers: left out".to_owned();
                reading.warn("native-histogram", line, left);
            }
            if series.samples.is_empty() {
                continue;
            }
            count += 1;
            let place = place(reading, series.metric.iter().map(|(label, value)| (label.as_str(), value.as_str())));
            for sample in &series.samples {
                push(reading, &mut clock, place, *sample, line)?;
            }
        }
        Ok(count)
    }

    fn tell(&self, reading: &mut Reading<'_>) {
        if !self.warnings.is_empty() {
            reading.warn("server-warning", 0, || format!("the server warns: {}", self.warnings.join("; ")));
        }
        if !self.infos.is_empty() {
            reading.note("server-info", 0, || format!("the server notes: {}", self.infos.join("; ")));
        }
        let partial = |text: &String| text.to_lowercase().contains("partial");
        if self.partial || self.warnings.iter().any(partial) {
            let text = "the server says that its answer is partial: series or samples may be missing";
            reading.warn("partial", 0, || text.to_owned());
            reading.incomplete = Some(text.to_owned());
        }
    }
}

fn push(reading: &mut Reading<'_>, clock: &mut Clock, place: usize, sample: Sample, line: u64) -> Result<(), Problem> {
    reading.rows += 1;
    let Some(at) = clock.instant(place, Stamp::epoch(sample.0, 1), line, reading) else { return Ok(()) };
    if let Some(number) = sample.1 {
        return reading.push(place, at, number, line);
    }
    reading.missing(place, Some(at));
    Ok(())
}

impl Item {
    /// The series that it is.
    pub(crate) fn series(&self) -> Option<&Series> {
        if let Self::Series(series) = self { Some(series) } else { None }
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Document;
        impl<'de> Visitor<'de> for Document {
            type Value = Answer;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an answer of the Prometheus API or its result")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Answer, A::Error> {
                Ok(Answer { items: items(list)?, resulted: true, ..Answer::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answer, A::Error> {
                let (mut answer, mut series) = (Answer::default(), Gathered::default());
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "status" => answer.status = map.next_value::<Text>()?.0,
                        "errorType" => answer.error_type = map.next_value::<Text>()?.0,
                        "error" => answer.error = map.next_value::<Text>()?.0,
                        "warnings" => answer.warnings = map.next_value::<Option<Vec<String>>>()?.unwrap_or_default(),
                        "infos" => answer.infos = map.next_value::<Option<Vec<String>>>()?.unwrap_or_default(),
                        "isPartial" => answer.partial = map.next_value::<Option<bool>>()?.unwrap_or_default(),
                        "data" => map.next_value::<Data>()?.into(&mut answer),
                        "resultType" => answer.result_type = map.next_value::<Text>()?.0,
                        "result" => map.next_value::<Data>()?.into(&mut answer),
                        _ => series.value(&key, &mut map)?,
                    }
                }
                if let Item::Series(series) = series.item() {
                    answer.items.push(Item::Series(series));
                    answer.resulted = true;
                }
                Ok(answer)
            }
        }
        deserializer.deserialize_any(Document)
    }
}

/// What stands under `data` or `result`.
#[derive(Default)]
struct Data {
    inner: Answer,
}

impl Data {
    fn into(self, answer: &mut Answer) {
        answer.items = self.inner.items;
        answer.names = self.inner.names;
        (answer.named, answer.listed) = (self.inner.named, self.inner.listed);
        answer.resulted = self.inner.resulted;
        answer.result_type = self.inner.result_type.or(answer.result_type.take());
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Held;
        impl<'de> Visitor<'de> for Held {
            type Value = Data;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a result or a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Data, A::Error> {
                Ok(Data { inner: Answer { items: items(list)?, resulted: true, ..Answer::default() } })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
                let mut inner = Answer::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "resultType" => inner.result_type = map.next_value::<Text>()?.0,
                        "result" => {
                            inner.items = map.next_value::<Data>()?.inner.items;
                            inner.resulted = true;
                        }
                        _ => {
                            inner.listed += map.next_value::<Length>()?.0;
                            inner.named += 1;
                            if inner.names.len() < MOST_NAMES {
                                inner.names.push(key);
                            }
                        }
                    }
                }
                Ok(Data { inner })
            }
            fn visit_unit<E: de::Error>(self) -> Result<Data, E> {
                Ok(Data::default())
            }
            fn visit_str<E: de::Error>(self, _: &str) -> Result<Data, E> {
                Ok(Data::default())
            }
        }
        deserializer.deserialize_any(Held)
    }
}

/// How many elements a list has; nothing for anything else.
struct Length(u64);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(value.as_array().map_or(0, Vec::len) as u64))
    }
}

fn items<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Vec<Item>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = list.next_element()? {
        items.push(item);
    }
    Ok(items)
}

/// What an object holds so far.
#[derive(Default)]
struct Gathered {
    series: Series,
    labelled: bool,
    sampled: bool,
    names: Vec<String>,
}

impl Gathered {
    fn value<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "metric" => {
                // Label sets of /targets/metadata have a text here.
                self.labelled = true;
                self.series.metric = map.next_value::<Labels>()?.0;
            }
            "values" => {
                self.sampled = true;
                self.series.samples.append(&mut map.next_value()?);
            }
            "value" => match map.next_value::<MaybeSample>()?.0 {
                Some(sample) => {
                    self.sampled = true;
                    self.series.samples.push(sample);
                }
                None => self.names.push("value".to_owned()),
            },
            "histogram" | "histograms" => {
                map.next_value::<IgnoredAny>()?;
                self.sampled = true;
                self.series.histograms += 1;
            }
            _ => {
                map.next_value::<IgnoredAny>()?;
                if self.names.len() < MOST_NAMES {
                    self.names.push(key.to_owned());
                }
            }
        }
        Ok(())
    }

    fn item(self) -> Item {
        if self.labelled && self.sampled { Item::Series(self.series) } else { Item::Object(self.names) }
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Element;
        impl<'de> Visitor<'de> for Element {
            type Value = Item;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a series")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
                let mut gathered = Gathered::default();
                while let Some(key) = map.next_key::<String>()? {
                    gathered.value(&key, &mut map)?;
                }
                Ok(gathered.item())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Item, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Item::Other)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Item, E> {
                Ok(Item::Number(number))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Item, E> {
                Ok(Item::Number(number as f64))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Item, E> {
                Ok(Item::Number(number as f64))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Item, E> {
                Ok(Item::Text(text.to_owned()))
            }
            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Item, E> {
                Ok(Item::Other)
            }
            fn visit_unit<E: de::Error>(self) -> Result<Item, E> {
                Ok(Item::Other)
            }
        }
        deserializer.deserialize_any(Element)
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (time, value) = <(Value, Value)>::deserialize(deserializer)?;
        let time = time.0.map(Number::real).filter(|time| time.is_finite());
        let time = time.ok_or_else(|| de::Error::custom("saw no time, expected seconds since 1970"))?;
        Ok(Self(time, value.0))
    }
}

/// A number, or a text that is one; `None` for null.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value(pub(super) Option<Number>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Told;
        impl Visitor<'_> for Told {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a number as text")
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
                Ok(Value(Some(Number::Real(number))))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
                Ok(Value(Some(Number::Whole(number))))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
                Ok(Value(Some(Number::Real(number as f64))))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                let number = Number::parse(text);
                let seen = || format!("saw `{}`, expected a number as text", super::told::seen(text));
                number.map(|number| Value(Some(number))).ok_or_else(|| de::Error::custom(seen()))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
                Ok(Value(None))
            }
        }
        deserializer.deserialize_any(Told)
    }
}

/// A sample, or something else of that name.
struct MaybeSample(Option<Sample>);

impl<'de> Deserialize<'de> for MaybeSample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Told;
        impl<'de> Visitor<'de> for Told {
            type Value = MaybeSample;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pair of time and value")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<MaybeSample, A::Error> {
                Sample::deserialize(de::value::SeqAccessDeserializer::new(list)).map(|sample| MaybeSample(Some(sample)))
            }
            fn visit_str<E: de::Error>(self, _: &str) -> Result<MaybeSample, E> {
                Ok(MaybeSample(None))
            }
        }
        deserializer.deserialize_any(Told)
    }
}

/// Labels; nothing for a text in their place.
pub(super) struct Labels(pub(super) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Told;
        impl<'de> Visitor<'de> for Told {
            type Value = Labels;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Labels, A::Error> {
                BTreeMap::deserialize(de::value::MapAccessDeserializer::new(map)).map(Labels)
            }
            fn visit_str<E: de::Error>(self, _: &str) -> Result<Labels, E> {
                Ok(Labels(BTreeMap::new()))
            }
        }
        deserializer.deserialize_any(Told)
    }
}

/// A text, or nothing for a value of another type.
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(Some(text))),
            serde_json::Value::Null => Ok(Self(None)),
            other => Ok(Self(Some(other.to_string()))),
        }
    }
}
