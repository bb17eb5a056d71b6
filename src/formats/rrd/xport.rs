//! `rrdtool xport`, as XML and as JSON (which `rrdtool graph` writes too): legends, start, step, and rows without a time.
//!
//! Row `i` is of `start + i * step`, the end of its interval, as `rrdtool fetch` gives it; with `--showtime` a row says its time.
//! Several consolidations of one source are several columns, told apart by the user's legend only. NaN or null is no value.
//! Specification: the manual page rrdxport(1).

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::super::host::xml;
use crate::formats::document::values_fit;
use crate::formats::{Clock, Head, Identity, Input, NANOS, Number, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::Kind;

type Problems = Vec<Problem>;

/// `rrdtool xport --json`, `rrdtool graph --imgformat JSON`.
pub(super) const RRD_XPORT_JSON: Parser =
    Parser { format: "rrd-xport-json", says: "rrdtool xport --json", recognise: is_json, read: read_json };
/// `rrdtool xport`.
pub(super) const RRD_XPORT_XML: Parser =
    Parser { format: "rrd-xport-xml", says: "rrdtool xport, XML", recognise: is_xml, read: read_xml };

fn is_json(head: &Head) -> Option<String> {
    let xport = head.has_keys(&["about", "meta", "start", "step", "legend"]) && head.text.contains("RRDtool");
    xport.then(|| "it has the names about (RRDtool), meta, start, step, legend".to_owned())
}

fn is_xml(head: &Head) -> Option<String> {
    let xml = head.text.trim_start().starts_with('<') && head.text.contains("<xport>") && head.text.contains("<meta>");
    xml.then(|| "it is XML of <xport> with <meta>".to_owned())
}

/// What stands above the rows.
#[derive(Default)]
struct Meta {
    start: Option<i64>,
    step: Option<i64>,
    legends: Vec<String>,
}

/// Rows to samples.
struct Rows<'i> {
    input: &'i Input,
    meta: Meta,
    clock: Clock,
    places: Vec<usize>,
    count: i64,
}

impl<'i> Rows<'i> {
    fn of(input: &'i Input, options: &Options, meta: Meta, reading: &mut Reading<'_>) -> Self {
        let (mut places, mut taken): (Vec<usize>, BTreeSet<usize>) = (Vec::new(), BTreeSet::new());
        for (position, legend) in meta.legends.iter().enumerate() {
            let id = Identity::named(legend);
            let place = reading.series(id.clone());
            let place = if !taken.insert(place) || legend.is_empty() {
                reading.note("repeated-column", 0, || "columns of one legend or none: told apart by their position".to_owned());
                reading.series(id.with("column", &(position + 1).to_string()))
            } else {
                place
            };
            reading.kind(place, Kind::Gauge);
            places.push(place);
        }
        reading.note("interval-end", 0, || "a time is the end of the interval that its row is of".to_owned());
        Self { input, meta, clock: Clock::new(options), places, count: 0 }
    }

    /// One row; its values are `None` where there are none.
    fn add(&mut self, time: Option<i64>, values: &[Option<Number>], reading: &mut Reading<'_>) -> Result<(), Problems> {
        reading.rows += 1;
        let counted = || Some(self.meta.start?.saturating_add(self.meta.step?.saturating_mul(self.count)));
        let Some(second) = time.or_else(counted) else {
            let message = "saw rows without a time, expected `start` and `step` above them";
            return Err(vec![self.input.problem("ingest/bad-time", message).help("try rrdtool xport with --showtime")]);
        };
        self.count += 1;
        if values.len() != self.places.len() {
            let message = format!("saw a row of {} values, expected one for each of {} legends", values.len(), self.places.len());
            return Err(vec![self.input.problem("ingest/ragged-row", message).help("try the export again")]);
        }
        let stamp = Stamp::Instant(second.saturating_mul(NANOS));
        let Some(at) = self.clock.instant(0, stamp, 0, reading) else { return Ok(()) };
        for (place, value) in self.places.iter().zip(values) {
            match value {
                Some(number) => reading.push(*place, at, *number, 0).map_err(|problem| vec![problem])?,
                None => reading.missing(*place, Some(at)),
            }
        }
        Ok(())
    }
}

fn read_json(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let bytes = input.bytes(options.most_bytes)?;
    values_fit(input, &bytes, options)?;
    let document: Value = serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("saw {error}, expected JSON (rrdtool does not escape quotes in legends)");
        vec![input.problem("ingest/bad-json", message).at_line(error.line() as u64).help("try rrdtool xport without --json: XML")]
    })?;
    let meta = &document["meta"];
    let legends = match &meta["legend"] {
        Value::Array(all) => all.iter().map(|legend| legend.as_str().unwrap_or_default().to_owned()).collect(),
        Value::Object(all) => all.values().map(|legend| legend.as_str().unwrap_or_default().to_owned()).collect(),
        _ => Vec::new(),
    };
    let meta = Meta { start: meta["start"].as_i64(), step: meta["step"].as_i64(), legends };
    let Some(data) = document["data"].as_array() else {
        let message = "saw no `data`, expected a list of rows";
        return Err(vec![input.problem("ingest/wrong-type", message).help("try the export again")]);
    };
    let mut rows = Rows::of(input, options, meta, reading);
    for row in data {
        let cells = row.as_array().map(Vec::as_slice).unwrap_or_default();
        let (time, cells) = match cells {
            [first, rest @ ..] if rest.len() == rows.places.len() => {
                (first.as_i64().or_else(|| first.as_str()?.parse().ok()), rest)
            }
            _ => (None, cells),
        };
        let number = |value: &Value| value.as_u64().map(Number::Whole).or_else(|| value.as_f64().map(Number::Real));
        let values: Vec<Option<Number>> = cells.iter().map(number).collect();
        rows.add(time, &values, reading)?;
    }
    Ok(())
}

/// `v`, or with `--enumds` `v0`, `v1`, …
fn is_value(name: &str) -> bool {
    name.strip_prefix('v').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn read_xml(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let text = xml::text(input, options)?;
    let mut events = Reader::from_str(&text);
    let (mut meta, mut rows): (Meta, Option<Rows<'_>>) = (Meta::default(), None);
    let (mut inner, mut time, mut values) = (String::new(), None, Vec::new());
    loop {
        let event =
            events.read_event().map_err(|error| xml::broken(input, &text, events.error_position(), &error.to_string()))?;
        match event {
            Event::Start(start) => {
                inner.clear();
                match xml::name(&start).as_str() {
                    "data" => rows = Some(Rows::of(input, options, std::mem::take(&mut meta), reading)),
                    "row" => (time, values) = (None, Vec::new()),
                    _ => {}
                }
            }
            Event::Empty(start) if xml::name(&start) == "entry" => meta.legends.push(String::new()),
            Event::Text(text) => inner.push_str(&text),
            Event::GeneralRef(reference) => inner.push_str(&xml::resolved(&reference)),
            Event::End(end) => {
                let words = inner.trim();
                match (end.name().as_ref(), &mut rows) {
                    ("start", None) => meta.start = words.parse().ok(),
                    ("step", None) => meta.step = words.parse().ok(),
                    ("entry", None) => meta.legends.push(words.to_owned()),
                    ("t", Some(_)) => time = words.parse().ok(),
                    (name, Some(_)) if is_value(name) => values.push(super::dump::value(words)),
                    ("row", Some(rows)) => rows.add(time, &values, reading)?,
                    _ => {}
                }
                inner.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Reading<'static> {
        crate::formats::read(&Input::memory("x", text.as_bytes().to_vec()), &Options::default()).unwrap()
    }

    #[test]
    fn rows_may_say_their_time_and_legends_may_repeat() {
        let json = r#"{"about": "RRDtool xport JSON output", "meta": {"start": 1520427300, "end": 1520427900, "step": 300,
            "legend": ["rx", "rx", ""]}, "data": [["1520427400", 1.0, null, 3.0], [4.0, 5.0, 6.0]]}"#;
        let reading = read_text(json);
        assert_eq!((reading.format, reading.series.iter().filter(|series| !series.at.is_empty()).count()), ("rrd-xport-json", 3));
        assert_eq!(reading.series[0].at, [1_520_427_400 * NANOS, 1_520_427_600 * NANOS]);
        let xml = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<xport><meta><start>1520427300</start><step>300</step>\
            <legend><entry>a &amp; b</entry></legend></meta><data><row><t>1520427301</t><v>1.5</v></row><row><v0>NaN</v0></row></data></xport>";
        let reading = read_text(xml);
        assert_eq!((reading.format, reading.series[0].id.metric.as_str()), ("rrd-xport-xml", "a & b"));
        assert_eq!((reading.series[0].at.clone(), reading.series[0].missing), (vec![1_520_427_301 * NANOS], 1));
    }
}
