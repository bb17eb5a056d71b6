//! `sadf -x`: XML of sar's data.
//!
//! Numbers are attributes (`<cpu number="all" user="0.48"/>`), or the text of an element (`<memfree>9609792</memfree>`). `per` and
//! `unit` are remarks; an attribute that is text, or one of a few numbers, names the item. Stamps: `utc` is 1 for UTC, 0 for local, or
//! `tz` names the zone. Specification: sysstat's DTD and what sysstat 12 writes.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::faults::{Cell, Faults, number};
use super::sysstat_json::zone_of_sadf;
use super::within_second::WithinSecond;
use super::{sysstat_units, xml};
use crate::formats::{Clock, Head, Identity, Input, Options, Parser, Reading};
use crate::problem::Problem;

type Problems = Vec<Problem>;

/// `sadf -x`.
pub(super) const SADF_X: Parser = Parser { format: "sadf-x", says: "sadf -x, XML of sar's data", recognise, read };

/// Elements that only hold others: the section is the one below.
const HOLDERS: &[&str] = &["timestamp", "network", "psi", "power-management", "interrupts", "io"];
/// Attributes that name an item though they may be numbers.
const ITEMS: &[&str] = &["number", "line", "cpu", "intr", "bus_number", "dev", "iface", "fsname", "idvendor", "idprod"];
/// Nothing that sysstat writes is nested deeper than a few levels.
const DEEPEST: usize = 64;

fn recognise(head: &Head) -> Option<String> {
    let xml = head.text.trim_start().starts_with('<') && head.text.contains("<sysstat");
    (xml && head.text.contains("<sysdata-version>")).then(|| "it is XML of <sysstat> with <sysdata-version>".to_owned())
}

/// Where in the document we are.
struct Walk<'i, 'o> {
    options: &'o Options,
    clock: Clock,
    faults: Faults<'i>,
    open: Vec<(String, Identity)>,
    host: String,
    at: Option<i64>,
    text: String,
    within: WithinSecond,
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let text = xml::text(input, options)?;
    let mut events = Reader::from_str(&text);
    let mut walk = Walk {
        options,
        clock: Clock::new(options),
        faults: Faults::of(input, options),
        open: Vec::new(),
        host: String::new(),
        at: None,
        text: String::new(),
        within: WithinSecond::default(),
    };
    loop {
        let event =
            events.read_event().map_err(|error| xml::broken(input, &text, events.error_position(), &error.to_string()))?;
        match event {
            Event::Start(start) => {
                if walk.open.len() >= DEEPEST {
                    return Err(xml::broken(input, &text, events.buffer_position(), "elements nested too deeply"));
                }
                walk.opened(&start, reading)?;
            }
            Event::Empty(start) => {
                walk.opened(&start, reading)?;
                walk.closed(reading)?;
            }
            Event::Text(text) => walk.text.push_str(&text),
            Event::GeneralRef(reference) => walk.text.push_str(&xml::resolved(&reference)),
            Event::End(_) => walk.closed(reading)?,
            Event::Eof => break,
            _ => {}
        }
    }
    if !walk.open.is_empty() {
        return Err(xml::broken(input, &text, text.len() as u64, "the end before all elements are closed"));
    }
    walk.faults.end()
}

impl Walk<'_, '_> {
    fn opened(&mut self, start: &BytesStart<'_>, reading: &mut Reading<'_>) -> Result<(), Problems> {
        let name = xml::name(start);
        let attributes = xml::attributes(start);
        let of = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        self.text.clear();
        match name.as_str() {
            "host" => of("nodename").unwrap_or_default().clone_into(&mut self.host),
            "timestamp" => {
                reading.rows += 1;
                self.at = self.instant(&of, reading);
            }
            "boot" => {
                let text = "the host was started anew: what it counts began again, and there is a gap";
                reading.note("restart", 0, || text.to_owned());
            }
            "comment" => reading.note("comment", 0, || "comments put into the record by hand: not samples".to_owned()),
            _ => {}
        }
        let above = self.open.last().map_or("", |(name, _)| name.as_str());
        let section = if HOLDERS.contains(&above) { name.clone() } else { above.to_owned() };
        let inherited = self.open.last().map_or_else(Identity::default, |(_, labels)| labels.clone());
        let mut labels = inherited.with("host", &self.host);
        let samples = self.at.filter(|_| name != "timestamp");
        let item = |(name, value): &&(String, String)| ITEMS.contains(&name.as_str()) || number(value).is_none();
        if samples.is_some() {
            let stated = attributes.iter().filter(|(name, _)| name != "per" && name != "unit");
            for (name, value) in stated.clone().filter(item).take(16) {
                labels = labels.with(name, value);
            }
            for (metric, value) in stated.filter(|one| !item(one)) {
                self.sample(&section, metric, value, &labels, reading)?;
            }
        }
        self.open.push((name, labels));
        Ok(())
    }

    fn instant<'v>(&mut self, of: &dyn Fn(&str) -> Option<&'v str>, reading: &mut Reading<'_>) -> Option<i64> {
        let (date, time) = (of("date").unwrap_or_default(), of("time").unwrap_or_default());
        if self.within.repeats(of("interval").unwrap_or_default(), &format!("{date} {time}"), 0, reading) {
            return None;
        }
        let utc = of("utc").and_then(|utc| utc.parse().ok());
        let stamp = zone_of_sadf(date, time, utc, of("tz"), self.options);
        if stamp.is_none() {
            self.faults.bad_time(reading, 0, &format!("{date} {time}"));
        }
        self.clock.instant(0, stamp?, 0, reading)
    }

    fn closed(&mut self, reading: &mut Reading<'_>) -> Result<(), Problems> {
        let Some((name, labels)) = self.open.pop() else { return Ok(()) };
        let text = std::mem::take(&mut self.text);
        if name == "timestamp" {
            self.at = None;
        } else if self.at.is_some() && !text.trim().is_empty() {
            let section = self.open.last().map_or(String::new(), |(name, _)| name.clone());
            self.sample(&section, &name, &text, &labels, reading)?;
        }
        Ok(())
    }

    fn sample(
        &mut self,
        section: &str,
        metric: &str,
        value: &str,
        labels: &Identity,
        reading: &mut Reading<'_>,
    ) -> Result<(), Problems> {
        let (Some(at), Some(cell)) = (self.at, number(value)) else { return Ok(()) };
        let id = Identity { metric: metric.to_owned(), ..labels.clone() }.with("section", section);
        let place = reading.placed(id, sysstat_units::unit(section, metric), Some(sysstat_units::kind(metric)));
        match cell {
            Cell::Number(number) => reading.push(place, at, number, 0).map_err(|problem| vec![problem]),
            Cell::Missing => {
                reading.missing(place, Some(at));
                Ok(())
            }
        }
    }
}
