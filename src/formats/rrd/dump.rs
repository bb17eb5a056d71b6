//! `rrdtool dump`: a whole database as XML, every archive of every data source.
//!
//! An archive has a consolidation function and a resolution; both are part of a series' identity. The time of a row stands in a comment
//! before it only; without comments it is counted back from `lastupdate`, rounded down to the archive's step. Sources that count
//! are stored as rates per second, so all are gauges. NaN is no value. Specification: the manual page rrddump(1).

use quick_xml::Reader;
use quick_xml::events::Event;

use super::super::host::{Cell, number, xml};
use crate::formats::{Clock, Head, Identity, Input, NANOS, Number, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::Kind;

type Problems = Vec<Problem>;

/// `rrdtool dump`.
pub(super) const RRD_DUMP_XML: Parser = Parser { format: "rrd-dump-xml", says: "rrdtool dump, XML", recognise, read };

fn recognise(head: &Head) -> Option<String> {
    let xml = head.text.trim_start().starts_with('<') && head.text.contains("<rrd>") && head.text.contains("<lastupdate>");
    xml.then(|| "it is XML of <rrd> with <lastupdate>".to_owned())
}

/// A value; `None` for NaN and what is no number.
pub(super) fn value(text: &str) -> Option<Number> {
    match number(text)? {
        Cell::Number(number) => Some(number),
        Cell::Missing => None,
    }
}

/// One archive.
#[derive(Default)]
struct Archive {
    function: String,
    points: i64,
    places: Vec<usize>,
    rows: Vec<Vec<Option<Number>>>,
}

struct Walk<'i> {
    input: &'i Input,
    clock: Clock,
    step: Option<i64>,
    last: Option<i64>,
    sources: Vec<String>,
    archive: Archive,
    time: Option<i64>,
    values: Vec<Option<Number>>,
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let text = xml::text(input, options)?;
    let mut events = Reader::from_str(&text);
    let mut walk = Walk {
        input,
        clock: Clock::new(options),
        step: None,
        last: None,
        sources: Vec::new(),
        archive: Archive::default(),
        time: None,
        values: Vec::new(),
    };
    let (mut inner, mut open): (String, Vec<String>) = (String::new(), Vec::new());
    loop {
        let event =
            events.read_event().map_err(|error| xml::broken(input, &text, events.error_position(), &error.to_string()))?;
        match event {
            Event::Start(start) => {
                inner.clear();
                open.push(xml::name(&start));
                if open.len() > 32 {
                    return Err(xml::broken(input, &text, events.buffer_position(), "elements nested too deeply"));
                }
                walk.opened(open.last().map_or("", String::as_str));
            }
            Event::Text(text) => inner.push_str(&text),
            Event::GeneralRef(reference) => inner.push_str(&xml::resolved(&reference)),
            Event::Comment(comment) => walk.commented(&comment, &open),
            Event::End(_) => {
                let closed = open.pop().unwrap_or_default();
                walk.closed(&closed, open.last().map_or("", String::as_str), inner.trim(), reading)?;
                inner.clear();
            }
            Event::Eof if open.is_empty() => break,
            Event::Eof => return Err(xml::broken(input, &text, text.len() as u64, "the end before all elements are closed")),
            _ => {}
        }
    }
    reading.note("interval-end", 0, || "a time is the end of the interval that its row is of".to_owned());
    Ok(())
}

impl Walk<'_> {
    fn opened(&mut self, name: &str) {
        match name {
            "rra" => self.archive = Archive::default(),
            "row" => self.values.clear(),
            "database" => self.time = None,
            _ => {}
        }
    }

    /// The series of an archive, one for each source.
    fn places(&mut self, reading: &mut Reading<'_>) {
        let step = self.archive_step().map(|step| step.to_string()).unwrap_or_default();
        for source in &self.sources {
            let place = reading.series(Identity::named(source).stat(&self.archive.function).with("step", &step));
            reading.kind(place, Kind::Gauge);
            self.archive.places.push(place);
        }
    }

    fn archive_step(&self) -> Option<i64> {
        self.step?.checked_mul(self.archive.points).filter(|step| *step > 0)
    }

    /// `2018-03-07 10:23:30 UTC / 1520418210` before a row.
    fn commented(&mut self, comment: &str, open: &[String]) {
        if open.last().is_some_and(|name| name == "database") {
            self.time = comment.rsplit('/').next().and_then(|time| time.trim().parse().ok());
        }
    }

    fn closed(&mut self, name: &str, above: &str, text: &str, reading: &mut Reading<'_>) -> Result<(), Problems> {
        match (name, above) {
            ("step", "rrd") => self.step = text.parse().ok(),
            ("lastupdate", "rrd") => self.last = text.parse().ok(),
            ("name", "ds") => self.sources.push(text.to_owned()),
            ("cf", "rra") => text.clone_into(&mut self.archive.function),
            ("pdp_per_row", "rra") => self.archive.points = text.parse().unwrap_or(0),
            ("v", "row") => self.values.push(value(text)),
            ("row", "database") => {
                reading.rows += 1;
                let values = std::mem::take(&mut self.values);
                match self.time.take() {
                    Some(second) => self.add(second, &values, reading)?,
                    None => self.archive.rows.push(values),
                }
            }
            ("database", _) => self.counted_back(reading)?,
            _ => {}
        }
        Ok(())
    }

    /// Rows without a comment: the last one ends at `lastupdate`, rounded down to the step.
    fn counted_back(&mut self, reading: &mut Reading<'_>) -> Result<(), Problems> {
        let rows = std::mem::take(&mut self.archive.rows);
        let count = rows.len() as i64;
        if count == 0 {
            return Ok(());
        }
        let (Some(step), Some(last)) = (self.archive_step(), self.last) else {
            let message =
                "saw rows without a time, expected `lastupdate`, `step` and `pdp_per_row`, or a comment before each row";
            return Err(vec![self.input.problem("ingest/bad-time", message).help("try rrdtool dump again")]);
        };
        let end = last - last.rem_euclid(step);
        for (index, values) in rows.iter().enumerate() {
            let second = end.saturating_sub(step.saturating_mul(count - 1 - index as i64));
            self.add(second, values, reading)?;
        }
        Ok(())
    }

    fn add(&mut self, second: i64, values: &[Option<Number>], reading: &mut Reading<'_>) -> Result<(), Problems> {
        let Some(at) = self.clock.instant(0, Stamp::Instant(second.saturating_mul(NANOS)), 0, reading) else { return Ok(()) };
        if values.len() != self.sources.len() {
            let message =
                format!("saw a row of {} values, expected one for each of {} sources", values.len(), self.sources.len());
            return Err(vec![self.input.problem("ingest/ragged-row", message).help("try rrdtool dump again")]);
        }
        // only now, so that archives without rows cost nothing
        if self.archive.places.is_empty() {
            self.places(reading);
        }
        for (place, value) in self.archive.places.iter().zip(values) {
            match value {
                Some(number) => reading.push(*place, at, *number, 0).map_err(|problem| vec![problem])?,
                None => reading.missing(*place, Some(at)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_comments_are_counted_back_from_the_last_update() {
        let text = "<?xml version=\"1.0\"?>\n<rrd><version>0003</version><step>10</step><lastupdate>1520428203</lastupdate>\
            <ds><name> rx </name><type> COUNTER </type></ds>\
            <rra><cf>MAX</cf><pdp_per_row>30</pdp_per_row><cdp_prep><ds><value>NaN</value></ds></cdp_prep>\
            <database><row><v>1.0</v></row><row><v> NaN </v></row><row><v>3.0</v></row></database></rra></rrd>";
        let reading = crate::formats::read(&Input::memory("d", text.as_bytes().to_vec()), &Options::default()).unwrap();
        let series = &reading.series[0];
        assert_eq!(series.id.to_string(), "rx{stat=\"MAX\",step=\"300\"}");
        assert_eq!((series.at.clone(), series.missing), (vec![1_520_427_600 * NANOS, 1_520_428_200 * NANOS], 1));
    }
}
