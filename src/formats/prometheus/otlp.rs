//! OpenTelemetry metrics as protobuf (`MetricsData`, `ExportMetricsServiceRequest`), and how its points become series.
//!
//! A sum is a counter or an amount per interval by its temporality, not by its name; one that may fall is a level. Utilizations are ratios
//! of unit `1`, units are UCUM codes. A histogram gives a series each for count, sum, min, max and every bucket; buckets count what
//! fell into them alone, unlike those of Prometheus. See the OpenTelemetry metrics data model.

use std::collections::BTreeMap;

use prost::Message;

use super::super::known::{kind_of_name, unit_of_ucum};
use super::super::{Clock, Head, Identity, Input, Number, Options, Problems, Reading, Stamp};
use super::otlp_messages::{Histogram, HistogramPoint, KeyValue, Metric, MetricsData, Numbers, Summary};
use super::wire::{fields, first, is_text};
use crate::problem::Problem;
use crate::source::Kind;

pub(super) fn recognise(head: &Head) -> Option<String> {
    let prefixed = || {
        let (length, rest) = (first_length(&head.bytes)?, head.bytes.get(4..)?);
        message_of(&rest[..length.min(rest.len())])
    };
    message_of(&head.bytes).or_else(prefixed).map(|()| "protobuf of resources, scopes and metrics".to_owned())
}

/// The length before each message in files of the collector: four bytes, the highest first.
fn first_length(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    (length > 0 && bytes.get(4) == Some(&0x0A)).then_some(length)
}

/// Whether bytes begin as a message of metrics.
fn message_of(bytes: &[u8]) -> Option<()> {
    let outer = fields(bytes, 4)?;
    let resource_metrics = fields(first(&outer, 1)?, 8)?;
    // A resource has attributes, whose values are messages; scopes have metrics, which have a name and data of one type.
    let scope_metrics = fields(first(&resource_metrics, 2)?, 8)?;
    let metric = fields(first(&scope_metrics, 2)?, 8)?;
    let data = metric.iter().any(|(number, field)| [5, 7, 9, 10, 11].contains(number) && field.bytes().is_some());
    (is_text(first(&metric, 1)?) && data).then_some(())
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let bytes = input.bytes(options.most_bytes)?;
    let broken = |error: &str| {
        let message = format!("saw a message that is damaged or ends early ({error}), expected MetricsData whole");
        vec![input.problem("ingest/truncated", message).help("try to save the message again, byte by byte")]
    };
    let (mut clock, mut rest) = (Clock::new(options), bytes.as_slice());
    let prefixed = message_of(rest).is_none();
    while !rest.is_empty() {
        let one = if prefixed {
            let length = first_length(rest).ok_or_else(|| broken("no length of a message"))?;
            let (one, after) = rest[4..].split_at_checked(length).ok_or_else(|| broken("shorter than its length"))?;
            rest = after;
            one
        } else {
            std::mem::take(&mut rest)
        };
        let data = MetricsData::decode(one).map_err(|error| broken(&error.to_string()))?;
        add(&data, &mut clock, 0, reading).map_err(|problem| vec![problem])?;
    }
    Ok(())
}

/// Adds every point of a message.
pub(super) fn add(data: &MetricsData, clock: &mut Clock, line: u64, reading: &mut Reading<'_>) -> Result<(), Problem> {
    for resource in &data.resources {
        let of_resource = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
        for scope in resource.scopes.iter().chain(&resource.libraries) {
            let mut labels = labels(&BTreeMap::new(), of_resource, "resource");
            if let Some(scope) = &scope.scope {
                labels = self::labels(&labels, &scope.attributes, "scope");
                labels.insert("otel.scope.name".to_owned(), scope.name.clone());
            }
            for metric in &scope.metrics {
                Points { metric, labels: &labels, clock, line, reading }.all()?;
            }
        }
    }
    Ok(())
}

/// Labels with attributes added: where a name is taken, both are kept.
fn labels(known: &BTreeMap<String, String>, attributes: &[KeyValue], owner: &str) -> BTreeMap<String, String> {
    let mut labels = known.clone();
    for attribute in attributes {
        let value = attribute.value.as_ref().map(super::otlp_messages::AnyValue::label).unwrap_or_default();
        let taken = labels.get(&attribute.key).is_some_and(|other| *other != value);
        labels.insert(if taken { format!("{owner}.{}", attribute.key) } else { attribute.key.clone() }, value);
    }
    labels
}

/// The points of one metric.
struct Points<'p, 'r, 's> {
    metric: &'p Metric,
    labels: &'p BTreeMap<String, String>,
    clock: &'p mut Clock,
    line: u64,
    reading: &'r mut Reading<'s>,
}

impl Points<'_, '_, '_> {
    fn all(&mut self) -> Result<(), Problem> {
        let metric = self.metric;
        if let Some(gauge) = &metric.gauge {
            self.numbers(gauge, Some(Kind::Gauge))?;
        }
        if let Some(sum) = &metric.sum {
            let kind = match (sum.temporality, sum.monotonic) {
                (1, _) => Some(Kind::Delta),
                (2, true) => Some(Kind::Counter),
                (2, false) => Some(Kind::Gauge),
                _ => {
                    let text = || "a sum without temporality: its kind is not stated".to_owned();
                    self.reading.warn("temporality-unspecified", self.line, text);
                    kind_of_name(&metric.name)
                }
            };
            self.numbers(sum, kind)?;
        }
        if let Some(histogram) = &metric.histogram {
            self.histogram(histogram)?;
        }
        if let Some(exponential) = &metric.exponential {
            let left = || "buckets of exponential histograms are left out: count, sum, min and max are read".to_owned();
            self.reading.note("exponential-buckets", self.line, left);
            let whole = |point: &super::otlp_messages::ExponentialPoint| HistogramPoint {
                time: point.time,
                count: point.count,
                sum: point.sum,
                buckets: Vec::new(),
                bounds: Vec::new(),
                attributes: point.attributes.clone(),
                flags: point.flags,
                min: point.min,
                max: point.max,
            };
            let points = exponential.points.iter().map(whole).collect();
            self.histogram(&Histogram { points, temporality: exponential.temporality })?;
        }
        if let Some(summary) = &metric.summary {
            self.summary(summary)?;
        }
        Ok(())
    }

    fn numbers(&mut self, numbers: &Numbers, kind: Option<Kind>) -> Result<(), Problem> {
        let unit = self.unit();
        for point in &numbers.points {
            let number = match (point.int, point.double) {
                (Some(int), _) => Some(u64::try_from(int).map_or(Number::Real(int as f64), Number::Whole)),
                (None, double) => double.map(Number::Real),
            };
            let id = self.id(&point.attributes);
            self.push(id, point.time, number.filter(|_| point.flags & 1 == 0), kind, unit.as_deref())?;
        }
        Ok(())
    }

    fn histogram(&mut self, histogram: &Histogram) -> Result<(), Problem> {
        let unit = self.unit();
        let kind = match histogram.temporality {
            1 => Some(Kind::Delta),
            2 => Some(Kind::Counter),
            _ => None,
        };
        for point in &histogram.points {
            let id = self.id(&point.attributes);
            let kept = |number: Number| Some(number).filter(|_| point.flags & 1 == 0);
            self.push(id.clone().stat("count"), point.time, kept(Number::Whole(point.count)), kind, None)?;
            if let Some(sum) = point.sum {
                self.push(id.clone().stat("sum"), point.time, kept(Number::Real(sum)), kind, unit.as_deref())?;
            }
            for (word, value) in [("min", point.min), ("max", point.max)] {
                if let Some(value) = value {
                    self.push(id.clone().stat(word), point.time, kept(Number::Real(value)), Some(Kind::Gauge), unit.as_deref())?;
                }
            }
            for (at, count) in point.buckets.iter().enumerate() {
                let bound = point.bounds.get(at).map_or("+Inf".to_owned(), ToString::to_string);
                let id = id.clone().with("le", &bound).stat("bucket");
                self.push(id, point.time, kept(Number::Whole(*count)), kind, None)?;
            }
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> Result<(), Problem> {
        let unit = self.unit();
        for point in &summary.points {
            let id = self.id(&point.attributes);
            let kept = |number: Number| Some(number).filter(|_| point.flags & 1 == 0);
            let counter = Some(Kind::Counter);
            self.push(id.clone().stat("count"), point.time, kept(Number::Whole(point.count)), counter, None)?;
            self.push(id.clone().stat("sum"), point.time, kept(Number::Real(point.sum)), counter, unit.as_deref())?;
            for one in &point.quantiles {
                let id = id.clone().with("quantile", &one.quantile.to_string());
                self.push(id, point.time, kept(Number::Real(one.value)), Some(Kind::Gauge), unit.as_deref())?;
            }
        }
        Ok(())
    }

    fn id(&self, attributes: &[KeyValue]) -> Identity {
        Identity { metric: self.metric.name.clone(), labels: labels(self.labels, attributes, "point"), ..Identity::default() }
    }

    /// The unit: UCUM in our words. `1` of a utilization is a ratio; of anything else it is a plain number.
    fn unit(&self) -> Option<String> {
        let name = &self.metric.name;
        let share = ["utilization", "utilisation", "ratio", "fraction"].iter().any(|word| name.contains(word));
        if self.metric.unit.trim() == "1" {
            return share.then(|| "ratio".to_owned());
        }
        unit_of_ucum(&self.metric.unit).or_else(|| super::super::known::unit_of_name(name).map(str::to_owned))
    }

    fn push(
        &mut self,
        id: Identity,
        time: u64,
        number: Option<Number>,
        kind: Option<Kind>,
        unit: Option<&str>,
    ) -> Result<(), Problem> {
        self.reading.rows += 1;
        if time == 0 {
            self.reading.warn("time-missing", self.line, || "points without a time: left out".to_owned());
            return Ok(());
        }
        let id = Identity { labels: id.labels.into_iter().filter(|(_, value)| !value.is_empty()).collect(), ..id };
        let before = self.reading.series.len();
        let place = self.reading.series(id);
        // its samples may have been passed on
        let known = place < before;
        if known && self.reading.series[place].kind != kind {
            let text = || "a metric changes its temporality or type: the later one is taken".to_owned();
            self.reading.warn("kind-change", self.line, text);
        }
        let unit = unit.map(str::to_owned);
        let series = &mut self.reading.series[place];
        let differs = known && series.unit != unit;
        (series.kind, series.unit) = (kind, unit);
        if differs {
            self.reading.warn("unit-change", self.line, || "a metric changes its unit: the later one is taken".to_owned());
        }
        let stamp = Stamp::Instant(i64::try_from(time).unwrap_or(i64::MAX));
        match (self.clock.instant(place, stamp, self.line, self.reading), number) {
            (Some(at), Some(number)) => self.reading.push(place, at, number, self.line),
            (Some(at), None) => {
                self.reading.missing(place, Some(at));
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::read as read_any;
    use super::super::otlp_messages::{NumberPoint, ResourceMetrics, ScopeMetrics};
    use super::*;

    #[test]
    fn messages_may_have_their_length_before_them() {
        let point = NumberPoint { time: 1_700_000_000_000_000_000, int: Some(5), ..NumberPoint::default() };
        let gauge = Some(Numbers { points: vec![point], ..Numbers::default() });
        let metric = Metric { name: "queue".to_owned(), gauge, ..Metric::default() };
        let scopes = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
        let message = MetricsData { resources: vec![ResourceMetrics { scopes, ..ResourceMetrics::default() }] }.encode_to_vec();
        let framed = [&(message.len() as u32).to_be_bytes()[..], &message].concat();
        let read = |bytes: Vec<u8>| read_any(&Input::memory("a", bytes), &Options::default());
        for (bytes, count) in [(message.clone(), 1), (framed.clone(), 1), (framed.repeat(3), 3)] {
            let reading = read(bytes).unwrap();
            assert_eq!((reading.format, reading.series.len(), reading.rows), ("otlp-protobuf", 1, count));
        }
        assert_eq!(read(framed[..framed.len() - 1].to_vec()).err().unwrap()[0].slug, "ingest/truncated");
    }
}
