//! Tables downloaded from a panel of Grafana (Inspect, Data, Download CSV): a time column, then a column for each series; or, after a
//! transformation, label columns beside value columns.
//!
//! Traps: formatted cells have a unit each, whose scale changes from row to row, and few digits; times are then local, in the zone of
//! the viewer, who is not named; without formatting, times are milliseconds since 1970. A header cell is a legend, which is a label set
//! only where nobody named it. With the header for Excel, a first line `sep=;` names the separator. Frames that were not joined stand one
//! below the other, each with its header.
//! The writer is Grafana's own `toCSV`; older versions wrote `Series;Time;Value` too.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use csv::ByteRecord;

use super::grafana_cells::{Order, Shown, local_time, shown};
use super::records::{Faults, Records, Verdict, cut, separator_line};
use crate::formats::known::{kind_of_name, unit_of_name};
use crate::formats::{Clock, Head, Identity, Input, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::{Kind, TimeForm};

/// Reads downloads of panels.
pub(super) const PARSER: Parser =
    Parser { format: "grafana-csv", says: "a table downloaded from a panel of Grafana", recognise, read };

/// Rows looked at to tell label columns from value columns.
const SAMPLE: usize = 500;

fn recognise(head: &Head) -> Option<String> {
    let text = head.text.trim_start();
    let named = separator_line(text.as_bytes());
    let text = if named.is_some() { text.split_once('\n')?.1 } else { text };
    let (header, rest) = text.trim_start().split_once('\n').unwrap_or((text, ""));
    let separator = named.or_else(|| separator_of(header))?;
    let cells = split(header.trim_end(), separator);
    let name = |index: usize| cells.get(index).map(|cell| cell.trim_matches('"')).unwrap_or_default();
    let timed = name(0).eq_ignore_ascii_case("time") || (name(0) == "Series" && name(1) == "Time");
    let labelled = cells.iter().skip(1).any(|cell| cell.contains('{') && cell.contains("=\"\""));
    let quoted = header.starts_with('"') && cells.iter().all(|cell| cell.starts_with('"'));
    let column = usize::from(name(0) == "Series");
    let row = split(rest.trim_start().lines().next().unwrap_or(""), separator);
    let first = row.get(column).copied().unwrap_or_default();
    let stamp = first.trim_matches('"');
    let epoch = stamp.len() == 13 && stamp.bytes().all(|byte| byte.is_ascii_digit());
    let local = matches!(local_time(stamp, Order::of(std::iter::once(stamp)).unwrap_or_default()), Some(Stamp::Local(_)));
    let like = epoch || (local && !stamp.contains('T')) || rest.trim().is_empty();
    let any = like || local_time(stamp, Order::MonthDay).is_some();
    let why = if timed && labelled && any {
        "a time column and columns named by label sets"
    } else if named.is_some() && timed && any {
        "a first line that names the separator, then a time column"
    } else if timed && quoted && like && (!first.starts_with('"') || stamp.contains(char::from(separator))) {
        "every header cell is quoted, the first is the time, and rows begin with milliseconds or a local time"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// What follows the first cell of a header.
fn separator_of(header: &str) -> Option<u8> {
    let after = match header.strip_prefix('"') {
        Some(rest) => rest.split_once('"').map_or("", |(_, rest)| rest),
        None => header.trim_start_matches(|c: char| c.is_ascii_alphanumeric()),
    };
    after.bytes().next().filter(|byte| b",;\t|".contains(byte))
}

/// Cells of one line, quotes left on.
fn split(line: &str, separator: u8) -> Vec<&str> {
    let (mut cells, mut start, mut inside) = (Vec::new(), 0, false);
    for (index, byte) in line.bytes().enumerate() {
        inside ^= byte == b'"';
        if byte == separator && !inside {
            cells.push(&line[start..index]);
            start = index + 1;
        }
    }
    cells.push(&line[start..]);
    cells
}

/// A series as its header cell names it, and whether the name is a metric's own (a label set), not a legend.
fn named(legend: &str) -> (Identity, bool) {
    let Some((name, labels)) =
        legend.split_once('{').and_then(|(name, rest)| Some((name.trim(), rest.trim_end().strip_suffix('}')?)))
    else {
        return (Identity::named(legend), false);
    };
    let Some(mut labels) = labels_of(labels) else { return (Identity::named(legend), false) };
    let own = labels.remove("__name__").unwrap_or_default();
    let metric = if own.is_empty() { name } else { &own };
    let identity = labels.iter().fold(Identity::named(metric), |identity, (label, value)| identity.with(label, value));
    (identity, true)
}

/// Reads `a="1", b="x"`, or `a: 1, b: x` as some sources are shown. A value ends where a quote is followed by the next label: quotes
/// and backslashes inside are not escaped.
fn labels_of(text: &str) -> Option<BTreeMap<String, String>> {
    let (mut labels, mut rest) = (BTreeMap::new(), text.trim());
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_.-/".contains(c)))?;
        let (label, after) = rest.split_at(end);
        if label.is_empty() {
            return None;
        }
        let (value, next) = if let Some(after) = after.strip_prefix("=\"") {
            let close = after.match_indices('"').find(|(at, _)| ends_value(&after[at + 1..]))?.0;
            (&after[..close], &after[close + 1..])
        } else {
            let after = after.strip_prefix(':')?;
            after.split_at(after.find(", ").unwrap_or(after.len()))
        };
        labels.insert(label.to_owned(), value.trim().to_owned());
        rest = next.trim_start_matches([',', ' ']);
    }
    (!labels.is_empty()).then_some(labels)
}

fn ends_value(rest: &str) -> bool {
    let Some(next) = rest.strip_prefix(',') else { return rest.trim().is_empty() };
    let next = next.trim_start();
    let end = next.find(|c: char| !(c.is_alphanumeric() || "_.-/".contains(c))).unwrap_or(next.len());
    end > 0 && next[end..].starts_with("=\"")
}

/// A row with its line.
type Row = (ByteRecord, u64);

/// What the columns of one table are.
struct Layout {
    header: Vec<String>,
    time: usize,
    /// Columns that hold values.
    values: Vec<usize>,
    /// Columns whose texts are labels; empty in a table with a column for each series.
    labels: Vec<usize>,
    /// The column that names the series.
    metric: Option<usize>,
    order: Order,
    comma: bool,
}

impl Layout {
    fn of(
        header: Vec<String>,
        sample: &VecDeque<Row>,
        records: &Records<'_>,
        options: &Options,
        reading: &mut Reading<'_>,
    ) -> Self {
        let time = time_column(&header, options);
        let comma = records.separator == b';';
        let looks: Vec<Look> = (0..header.len()).map(|index| Look::at(index, sample, records, comma)).collect();
        let is_value = |index: &usize| header[*index] == "Value" || header[*index].starts_with("Value #");
        let others = || (0..header.len()).filter(|index| *index != time);
        let words = |index: &usize| looks[*index] == Look::Text;
        let metric =
            others().filter(words).find(|index| ["Metric", "Series", "__name__", "metric", "series"].contains(&&*header[*index]));
        let long = others().any(|index| words(&index));
        // Beside a column of texts and one called Value, columns of numbers (`cpu`, `core`) are labels as well.
        let numbers = |index: &usize| {
            looks[*index] == Look::Number && (!long || is_value(index) || !others().any(|other| is_value(&other)))
        };
        let values: Vec<usize> = others().filter(numbers).collect();
        let label = |index: &usize| {
            long && Some(*index) != metric && !values.contains(index) && matches!(looks[*index], Look::Text | Look::Number)
        };
        let labels: Vec<usize> = others().filter(label).collect();
        let (order, doubt) = date_order(time, sample, records);
        if doubt && options.time == TimeForm::Auto {
            reading.ask(1, "--time-format", "Are dates month/day or day/month? Month first is assumed: a pattern declares it.");
            reading.warn("ambiguous-date", 0, || "dates may be month/day or day/month: month first is assumed".to_owned());
        }
        for index in others().filter(|index| looks[*index] == Look::Time) {
            reading.note("time-column", 0, || format!("column `{}` holds further times: left out", cut(&header[index])));
        }
        let layout = Self { header, time, values, labels, metric, order, comma };
        layout.tell(reading);
        layout
    }

    fn tell(&self, reading: &mut Reading<'_>) {
        for (index, name) in self.header.iter().enumerate() {
            let role = if index == self.time {
                "time"
            } else if Some(index) == self.metric {
                "metric"
            } else if self.labels.contains(&index) {
                "label"
            } else if self.values.contains(&index) {
                "value"
            } else {
                "left out"
            };
            reading.columns.push((name.clone(), role.to_owned()));
        }
    }
}

/// What the first rows of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Number,
    Text,
    Time,
}

impl Look {
    fn at(index: usize, sample: &VecDeque<Row>, records: &Records<'_>, comma: bool) -> Self {
        let (mut numbers, mut texts, mut times) = (0, 0, 0);
        for (record, _) in sample {
            let text = records.text(record.get(index).unwrap_or_default());
            match shown(&text, comma) {
                Some(Shown::Missing) => {}
                Some(Shown::Value { .. }) => numbers += 1,
                None if local_time(&text, Order::MonthDay).is_some() => times += 1,
                None => texts += 1,
            }
        }
        if times > numbers + texts {
            Self::Time
        } else if texts > numbers {
            Self::Text
        } else {
            Self::Number
        }
    }
}

fn time_column(header: &[String], options: &Options) -> usize {
    let declared = options.mapping.time.as_ref().and_then(|name| header.iter().position(|cell| cell == name));
    let named = || header.iter().position(|cell| cell.eq_ignore_ascii_case("time"));
    declared.or_else(named).unwrap_or(0)
}

/// The order of dates, and whether it had to be assumed.
fn date_order(time: usize, sample: &VecDeque<Row>, records: &Records<'_>) -> (Order, bool) {
    let texts: Vec<_> = sample.iter().filter_map(|(record, _)| record.get(time)).map(|field| records.text(field)).collect();
    let dated = texts.first().is_some_and(|text| local_time(text, Order::MonthDay).is_some());
    match Order::of(texts.iter().map(AsRef::as_ref)) {
        Some(order) => (order, false),
        None => (Order::default(), dated),
    }
}

/// What is known of the series while rows are read.
#[derive(Default)]
struct State {
    /// Base unit by place, once a cell has told one.
    units: BTreeMap<usize, String>,
    /// Most significant digits of formatted cells, and whether there are any.
    digits: Option<usize>,
    tables: usize,
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let head = input.head()?;
    let separator = head.lines().find(|line| !line.trim().is_empty()).and_then(separator_of).unwrap_or(b',');
    let mut records = Records::open(input, options, separator)?;
    let (mut faults, mut clock, mut state) = (Faults::new(input, options), Clock::new(options), State::default());
    let mut record = ByteRecord::new();
    let mut header = records.next(&mut record)?.map(|_| texts(&records, &record));
    while let Some(names) = header {
        let mut sample = VecDeque::new();
        header = None;
        while sample.len() < SAMPLE
            && let Some(line) = records.next(&mut record)?
        {
            if is_header(&records, &record, &names) {
                header = Some(texts(&records, &record));
                break;
            }
            sample.push_back((record.clone(), line));
        }
        let full = sample.len() == SAMPLE;
        let layout = Layout::of(names, &sample, &records, options, reading);
        let mut table = Table::new(input, layout, &mut state, reading)?;
        for (record, line) in &sample {
            table.row((&records, record), *line, (&mut faults, &mut clock, &mut state), options, reading)?;
        }
        while full
            && header.is_none()
            && let Some(line) = records.next(&mut record)?
        {
            if is_header(&records, &record, &table.layout.header) {
                header = Some(texts(&records, &record));
            } else {
                table.row((&records, &record), line, (&mut faults, &mut clock, &mut state), options, reading)?;
            }
        }
    }
    finish(&state, reading);
    faults.finish(reading)
}

fn texts(records: &Records<'_>, record: &ByteRecord) -> Vec<String> {
    record.iter().map(|cell| records.text(cell).into_owned()).collect()
}

/// The header of a further table.
fn is_header(records: &Records<'_>, record: &ByteRecord, names: &[String]) -> bool {
    let first = records.text(record.get(0).unwrap_or_default());
    !first.is_empty() && names.first().is_some_and(|name| *name == *first) && (record.len() > 1 || names.len() == 1)
}

/// What the cells said of units and digits.
fn finish(state: &State, reading: &mut Reading<'_>) {
    for (place, unit) in &state.units {
        reading.unit(*place, unit);
    }
    if let Some(digits) = state.digits {
        reading.note("rounded", 0, || {
            format!(
                "cells stand as the panel showed them, with at most {digits} significant digits: the download without formatting has all"
            )
        });
    }
    if state.tables > 1 {
        reading.note("tables", 0, || format!("{} tables one below the other: each is read with its own header", state.tables));
    }
}

/// One table of the file while it is read.
struct Table {
    layout: Layout,
    /// The places of value columns, where each is a series.
    places: Vec<usize>,
    known: BTreeMap<Vec<Vec<u8>>, Vec<usize>>,
    key: usize,
}

impl Table {
    fn new(input: &Input, layout: Layout, state: &mut State, reading: &mut Reading<'_>) -> Result<Self, Vec<Problem>> {
        if layout.values.is_empty() {
            let names: Vec<String> = layout.header.iter().take(5).map(|name| cut(name)).collect();
            let message = format!("saw the columns {}, expected at least one with numbers beside the time", names.join(", "));
            let problem = input.problem("ingest/not-a-series", message);
            return Err(vec![problem.help("try the download of a panel that shows series over time")]);
        }
        let mut table = Self { layout, places: Vec::new(), known: BTreeMap::new(), key: state.tables };
        state.tables += 1;
        if table.layout.labels.is_empty() && table.layout.metric.is_none() {
            let mut seen = BTreeSet::new();
            for index in table.layout.values.clone() {
                let (mut identity, own) = named(&table.layout.header[index]);
                if !seen.insert(identity.clone()) {
                    reading.note("duplicate-column", 1, || {
                        format!("columns of the same name (`{identity}`): told apart by label `column`")
                    });
                    identity = identity.with("column", &(index + 1).to_string());
                }
                table.places.push(place(identity, own, reading));
            }
        }
        Ok(table)
    }

    /// The places of the value columns of a row: by its labels where there are some.
    fn places(&mut self, records: &Records<'_>, record: &ByteRecord, reading: &mut Reading<'_>) -> Vec<usize> {
        let layout = &self.layout;
        if layout.labels.is_empty() && layout.metric.is_none() {
            return self.places.clone();
        }
        let key: Vec<Vec<u8>> =
            layout.metric.iter().chain(&layout.labels).map(|index| record.get(*index).unwrap_or_default().to_vec()).collect();
        if let Some(places) = self.known.get(&key) {
            return places.clone();
        }
        let text = |index: usize| records.text(record.get(index).unwrap_or_default());
        let places: Vec<usize> = layout
            .values
            .iter()
            .map(|index| {
                let column = &layout.header[*index];
                let (mut identity, own) = match layout.metric {
                    Some(metric) => named(&text(metric)),
                    None if column == "Value" => (Identity::default(), false),
                    None => named(column),
                };
                if layout.metric.is_some() && layout.values.len() > 1 {
                    identity = identity.with("column", column);
                }
                let labels = layout.labels.iter().map(|label| (&layout.header[*label], text(*label)));
                let identity = labels.fold(identity, |identity, (label, value)| identity.with(label, &value));
                // Beside label columns, a column that is not called Value has the metric's own name.
                place(identity, own || layout.metric.is_none(), reading)
            })
            .collect();
        self.known.insert(key, places.clone());
        places
    }

    fn row(
        &mut self,
        (records, record): (&Records<'_>, &ByteRecord),
        line: u64,
        (faults, clock, state): (&mut Faults<'_>, &mut Clock, &mut State),
        options: &Options,
        reading: &mut Reading<'_>,
    ) -> Result<(), Vec<Problem>> {
        if record.len() != self.layout.header.len() {
            let message = format!("saw {} fields, expected {} as in the header", record.len(), self.layout.header.len());
            faults.row("ingest/ragged-row", line, message, "try the download again, or --on-invalid skip", reading);
            return Ok(());
        }
        let time = records.text(record.get(self.layout.time).unwrap_or_default());
        let Some(stamp) = stamp(&time, self.layout.order, options) else {
            let message = format!("saw the time `{}`, expected milliseconds since 1970 or a date and time", cut(&time));
            faults.row(
                "ingest/bad-time",
                line,
                message,
                "try the download without formatted data, or --time-format with a pattern",
                reading,
            );
            return Ok(());
        };
        let places = self.places(records, record, reading);
        let mut cells = Vec::with_capacity(places.len());
        for (index, place) in self.layout.values.iter().zip(&places) {
            let text = records.text(record.get(*index).unwrap_or_default());
            let cell = shown(&text, self.layout.comma).filter(|cell| state.fits(*place, cell));
            let cell = cell.or_else(|| {
                let verdict = faults.cell((line, *index), &self.layout.header[*index], &text, reading);
                (verdict == Verdict::Missing).then_some(Shown::Missing)
            });
            let Some(cell) = cell else { return Ok(()) };
            cells.push((*place, cell));
        }
        reading.rows += 1;
        let long = !self.layout.labels.is_empty() || self.layout.metric.is_some();
        let mut at = if long { None } else { clock.instant(self.key, stamp, line, reading) };
        for (place, cell) in cells {
            if long {
                at = clock.instant(place, stamp, line, reading);
            }
            let Some(at) = at else { continue };
            match cell {
                Shown::Missing => reading.missing(place, Some(at)),
                Shown::Value { number, .. } => reading.push(place, at, number, line).map_err(|problem| vec![problem])?,
            }
        }
        Ok(())
    }
}

impl State {
    /// Whether a cell is in the unit of its series; the first that has a unit tells it. A bare zero fits everywhere.
    fn fits(&mut self, place: usize, cell: &Shown) -> bool {
        let Shown::Value { number, unit, formatted, digits } = cell else { return true };
        if *formatted {
            self.digits = Some(self.digits.unwrap_or(0).max(*digits));
        }
        if unit.is_empty() {
            return !self.units.contains_key(&place) || number.real() == 0.0 || number.real().is_infinite();
        }
        let known = self.units.entry(place).or_insert_with(|| unit.clone().into_owned());
        *known == *unit || number.real() == 0.0
    }
}

/// Milliseconds since 1970, or a local time.
fn stamp(text: &str, order: Order, options: &Options) -> Option<Stamp> {
    if options.time != TimeForm::Auto {
        return Stamp::parse(text, &options.time);
    }
    local_time(text, order).or_else(|| text.parse::<f64>().ok().filter(|ms| ms.is_finite()).map(|ms| Stamp::epoch(ms, 1_000)))
}

/// The place of a series, with what its name says. Only a metric's own name tells its kind: a legend may be of its rate.
fn place(identity: Identity, own: bool, reading: &mut Reading<'_>) -> usize {
    let unit = unit_of_name(&identity.metric);
    let parts = ["_sum", "_count", "_bucket"].iter().any(|end| identity.metric.ends_with(end));
    let gauge = unit.filter(|_| !parts).map(|_| Kind::Gauge);
    let kind = kind_of_name(&identity.metric).or(gauge).filter(|_| own);
    let place = reading.series(identity);
    if let Some(unit) = unit {
        reading.unit(place, unit);
    }
    if let Some(kind) = kind {
        reading.kind(place, kind);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> bool {
        recognise(&Input::memory("t.csv", text.into()).head().unwrap()).is_some()
    }

    fn reading(text: &str, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
        let (input, mut reading) = (Input::memory("t.csv", text.into()), Reading::default());
        assert!(taken(text), "{text}");
        read(&input, options, &mut reading).map(|()| reading)
    }

    fn ids(reading: &Reading<'_>) -> Vec<String> {
        reading.series.iter().map(|series| series.id.to_string()).collect()
    }

    #[test]
    fn tables_of_other_producers_are_left_to_others() {
        for text in [
            "time,cpu\n1504526400000,1\n",
            "\"time\",\"cpu\"\n\"2026-01-01T00:00:00Z\",\"1\"\n",
            "\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\A\\B\\C\"\n\"11/23/2026 05:47:04\",\"1\"\n",
            "Time\n",
            "sep=;\n",
            "",
        ] {
            assert!(text.is_empty() || !taken(text), "{text}");
        }
    }

    #[test]
    fn label_values_may_hold_quotes_commas_and_backslashes() {
        let (id, own) = named(r#"{__name__="disk", path="C:\", note="a "b", c", x="}"}"#);
        assert!(own);
        assert_eq!(id.to_string(), r#"disk{note="a \"b\", c",path="C:\\",x="}"}"#);
        assert_eq!(named(r#"node_load1{job="n"}"#).0.to_string(), r#"node_load1{job="n"}"#);
        assert_eq!(named("cpu.mean {host: web1, cpu: 0}").0.to_string(), r#"cpu.mean{cpu="0",host="web1"}"#);
        for legend in ["web {1}", "a{", "{}", "{=\"\"}", "plain, text"] {
            assert_eq!(named(legend), (Identity::named(legend), false), "{legend}");
        }
    }

    #[test]
    fn a_legend_of_a_counter_is_not_taken_for_the_counter() {
        let text = "\"Time\",\"rx_bytes_total\",\"{__name__=\"\"rx_bytes_total\"\"}\"\n1504526400000,1,2\n";
        let reading = reading(text, &Options::default()).unwrap();
        assert_eq!(reading.series.len(), 2);
        assert_eq!((reading.series[0].kind, reading.series[1].kind), (None, Some(Kind::Counter)));
    }

    #[test]
    fn nulls_are_missing_with_their_instant() {
        let text = "\u{FEFF}sep=;\r\n\"Time\";\"a\";\"b\"\r\n1504526400000;;null\r\n1504526460000;1;undefined\r\n";
        let reading = reading(text, &Options::default()).unwrap();
        assert_eq!(reading.series.iter().map(|series| series.missing).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(reading.series[1].missing_at.len(), 2);
        assert_eq!(reading.series[0].lines, [4]);
    }

    #[test]
    fn tables_below_each_other_have_their_own_header() {
        let text = "\"Time\",\"a\"\n2026-11-23 01:00:00,1 kB\n\n\"Time\",\"b\"\n2026-11-23 01:00:00,2 ms\n";
        let reading = reading(text, &Options::default()).unwrap();
        assert_eq!(ids(&reading), ["a", "b"]);
        assert_eq!(reading.series[1].unit.as_deref(), Some("seconds"));
        assert_eq!(reading.series[0].at, reading.series[1].at);
    }

    #[test]
    fn transformed_tables_have_label_columns() {
        let text =
            "\"Time\",\"device\",\"cpu\",\"Value\"\n1504526400000,eth0,0,1\n1504526400000,eth1,0,2\n1504526460000,eth0,0,3\n";
        let reading_ = reading(text, &Options::default()).unwrap();
        assert_eq!(ids(&reading_), [r#"{cpu="0",device="eth0"}"#, r#"{cpu="0",device="eth1"}"#]);
        let text = "\"Series\";\"Time\";\"Value\"\n\"{a=\"\"b\"\"}\";\"2020-01-01T00:00:00+00:00\";1\nweb;\"2020-01-01T00:00:00+00:00\";2\n";
        let reading_ = reading(&format!("sep=;\n{text}"), &Options::default()).unwrap();
        assert_eq!(ids(&reading_), [r#"{a="b"}"#, "web"]);
        let text = "\"Time\",\"instance\",\"node_load1\",\"node_up\"\n1504526400000,h1,0.5,1\n";
        let reading_ = reading(text, &Options::default()).unwrap();
        assert_eq!(ids(&reading_), [r#"node_load1{instance="h1"}"#, r#"node_up{instance="h1"}"#]);
    }

    #[test]
    fn a_cell_in_another_unit_or_of_text_is_a_problem_or_missing_as_declared() {
        let text = "\"Time\",\"a\"\n2026-11-23 01:00:00,1 kB\n2026-11-23 01:01:00,2 ms\n2026-11-23 01:02:00,oops\n";
        let problems = reading(text, &Options::default()).err().unwrap();
        assert_eq!(
            problems.iter().map(|problem| (problem.slug, problem.line)).collect::<Vec<_>>(),
            [("ingest/not-a-number", Some(3)), ("ingest/not-a-number", Some(4))]
        );
        let options = Options { on_invalid: crate::formats::OnInvalid::Null, ..Options::default() };
        let reading = reading(text, &options).unwrap();
        assert_eq!((reading.series[0].at.len(), reading.series[0].missing), (1, 2));
    }

    #[test]
    fn dates_that_may_be_either_ask() {
        let text = |day: u32| format!("\"Time\",\"a\"\n\"03/{day:02}/2026, 5:47:04 PM\",1\n");
        let asks = |text: &str| {
            reading(text, &Options::default()).unwrap().questions.iter().any(|question| question.flag == "--time-format")
        };
        assert!(asks(&text(4)));
        assert!(!asks(&text(14)));
    }

    #[test]
    fn formatted_cells_are_told_to_be_rounded() {
        let reading = reading("\"Time\",\"a\"\n2026-11-23 01:00:00,15.8%\n", &Options::default()).unwrap();
        let note = reading.findings.iter().find(|finding| finding.kind == "rounded").unwrap();
        assert!(note.text.contains("3 significant digits"));
    }
}
