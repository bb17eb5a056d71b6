//! All rows of a table, by the layout that the first look found: in one pass, with constant memory.

use super::cells::{self, Cell};
use super::cut;
use super::decode::Encoding;
use super::keys::Keys;
use super::layout::Layout;
use super::look::Look;
use super::rows::{Fault, Row, Rows};
use super::times::{Form, Odd, Times};
use crate::formats::{Clock, Identity, Input, NANOS, Number, OnInvalid, Options, Reading, Stamp, Stat};
use crate::problem::Problem;
use crate::source::Kind;
use crate::units::canonical;

/// Problems told of one file; more are counted.
const MOST_PROBLEMS: usize = 20;
/// Series of one file: a column of running numbers among the labels would make one of every row.
const MOST_SERIES: usize = 2_000_000;
/// Nanoseconds beyond which a time is no neighbour of the others: 30 years.
const FAR: u64 = 946_728_000 * NANOS as u64;

type Problems = Vec<Problem>;

/// Reads all rows.
///
/// # Errors
/// Every problem at once, at most [`MOST_PROBLEMS`] and how many more.
pub(super) fn scan(
    input: &Input,
    options: &Options,
    look: &Look,
    layout: &Layout,
    reading: &mut Reading<'_>,
) -> Result<(), Problems> {
    let mut rows = Rows::new(input.open()?, look.separator, options.latin1);
    if options.format.is_none() {
        reading.format = if layout.is_long() { "csv-long" } else { "csv-wide" };
    }
    reading.columns = layout.roles();
    tell_what_was_found(look, layout, rows.encoding(), reading);
    let mut grouped: Vec<usize> = layout.labels.clone();
    grouped.extend(layout.metric.into_iter().chain(layout.unit));
    let mut scan = Scan {
        input,
        options,
        look,
        layout,
        reading,
        times: Times::new(layout.forms[0].clone()),
        usual: usual_time(look, layout),
        latest: first_times(look, layout).nth(1).map(nanos),
        clock: Clock::new(options).in_order_of(first_times(look, layout)),
        grouped,
        keys: Keys::default(),
        places: Vec::new(),
        factors: Vec::new(),
        units: layout.values.iter().map(|value| value.unit.clone()).collect(),
        cells: vec![Read::Missing; layout.values.len()],
        joined: Vec::new(),
        problems: Vec::new(),
        more: 0,
        bad: 0,
        rows: 0,
    };
    loop {
        match rows.next() {
            Ok(Some(row)) if row.line <= look.begin => {}
            Ok(Some(row)) => {
                if scan.row(&row)? == Go::Stop {
                    break;
                }
            }
            Ok(None) => break,
            Err(fault) => scan.fault(&fault),
        }
    }
    scan.end()
}

/// The times of the first rows.
fn first_times<'l>(look: &'l Look, layout: &'l Layout) -> impl Iterator<Item = Stamp> + 'l {
    look.rows.iter().filter_map(|row| layout.forms[0].read(&layout.time_of(row)?))
}

fn nanos(stamp: Stamp) -> i64 {
    let (Stamp::Instant(at) | Stamp::Local(at)) = stamp;
    at
}

fn usual_time(look: &Look, layout: &Layout) -> Option<i64> {
    let mut times: Vec<i64> = first_times(look, layout).filter(|stamp| stamp.is_sane()).map(nanos).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// What the first look decided for the whole file.
fn tell_what_was_found(look: &Look, layout: &Layout, encoding: Encoding, reading: &mut Reading<'_>) {
    if let Encoding::Utf16 { little } = encoding {
        let end = if little { "little-endian" } else { "big-endian" };
        reading.warn("encoding", 0, || format!("the text is UTF-16 ({end}) by its mark: decoded"));
    }
    for line in &look.titles {
        reading.note("title-lines", *line, || "lines before the header: passed over".to_owned());
    }
    if let Some(example) = &layout.example {
        let example = cut(example);
        let between = match look.separator {
            b'\t' => "tabs".to_owned(),
            mark => format!("`{}`", char::from(mark)),
        };
        match layout.marks {
            cells::Marks::Comma => reading.warn("decimal-comma", 0, || {
                format!("fields stand between {between}; numbers such as `{example}` are taken to have a decimal comma and points between thousands")
            }),
            cells::Marks::Point => reading.warn("thousands-mark", 0, || {
                format!("numbers such as `{example}` are taken to have commas between thousands")
            }),
        }
    }
    for (at, why) in &layout.ignored {
        let name = &layout.names[*at];
        match *why {
            "row numbers" | "another time" | "a flag" => {
                reading.note("column-left-out", 0, || format!("the column `{}` is left out: {why}", cut(name)));
            }
            _ => {
                reading.warn("column-left-out", 0, || format!("the column `{}` is left out: {why}", cut(name)));
                reading.ask(
                    3,
                    "--map",
                    "Which columns name the entity? Columns with another word in nearly every row are left out.",
                );
            }
        }
    }
}

/// A cell, read.
#[derive(Clone, Copy, PartialEq)]
enum Read {
    Number(Number),
    Missing,
}

#[derive(PartialEq)]
enum Go {
    On,
    Stop,
}

struct Scan<'a, 'r, 's> {
    input: &'a Input,
    options: &'a Options,
    look: &'a Look,
    layout: &'a Layout,
    reading: &'r mut Reading<'s>,
    times: Times,
    /// The middle one of the first times, and the time of the latest row that counts.
    usual: Option<i64>,
    latest: Option<i64>,
    clock: Clock,
    /// Columns whose cells tell which series a row belongs to.
    grouped: Vec<usize>,
    keys: Keys,
    /// The place of each group's series, one for each value column; what its values are multiplied by.
    places: Vec<usize>,
    factors: Vec<f64>,
    /// The unit of each value column, from its name or its first cell with one.
    units: Vec<Option<String>>,
    cells: Vec<Read>,
    /// Date and time of day put together, where they stand apart.
    joined: Vec<u8>,
    problems: Problems,
    more: u64,
    bad: u64,
    rows: u64,
}

impl Scan<'_, '_, '_> {
    fn row(&mut self, row: &Row<'_>) -> Result<Go, Problems> {
        self.rows += 1;
        let width = self.layout.names.len();
        if row.len() != width && !(self.look.trailing && row.len() == width + 1) {
            return Ok(self.ragged(row));
        }
        let Some((stamp, odd)) = self.time(row) else { return Ok(self.no_time(row)) };
        if !stamp.is_sane() || self.is_stand_in(stamp) {
            self.out_of_range(row);
            return Ok(Go::On);
        }
        if !self.values(row) {
            return Ok(Go::On);
        }
        if let Some(odd) = odd {
            self.odd(row, odd);
        }
        let (group, new) =
            if self.grouped.is_empty() { (0, self.places.is_empty()) } else { self.keys.group(row, &self.grouped) };
        if new {
            self.start(row)?;
        }
        let Some(at) = self.clock.instant(group, stamp, row.line, self.reading) else { return Ok(Go::On) };
        let count = self.layout.values.len();
        for column in 0..count {
            let place = self.places[group * count + column];
            let factor = self.factors[group * count + column];
            match self.cells[column] {
                Read::Missing => {
                    self.reading.missing(place, Some(at));
                    self.reading
                        .note("missing", row.line, || "cells without a value (blank, NaN, null, N/A, -): missing".to_owned());
                }
                Read::Number(number) => {
                    let number = if factor == 1.0 { number } else { Number::Real(number.real() * factor) };
                    if matches!(number, Number::Real(value) if value.is_infinite()) {
                        self.reading.warn("not-finite", row.line, || {
                            "values that are infinite or too large for a number: left out, as if missing".to_owned()
                        });
                    }
                    self.reading.push(place, at, number, row.line).map_err(|problem| vec![problem])?;
                }
            }
        }
        Ok(Go::On)
    }

    fn time(&mut self, row: &Row<'_>) -> Option<(Stamp, Option<Odd>)> {
        let text = row.field(self.layout.time);
        let Some(clock) = self.layout.clock else { return self.times.read(text) };
        self.joined.clear();
        self.joined.extend_from_slice(text);
        self.joined.push(b' ');
        let of_day = row.field(clock);
        if of_day.get(1) == Some(&b':') {
            self.joined.push(b'0');
        }
        self.joined.extend_from_slice(of_day);
        self.times.read(&self.joined)
    }

    /// What programs write for a time that they do not know (zero since 1970, 2099-12-31): further off than [`FAR`] both from
    /// the row before and from most of the first rows.
    fn is_stand_in(&mut self, stamp: Stamp) -> bool {
        let at = nanos(stamp);
        let far = |other: i64| at.abs_diff(other) > FAR;
        let far = self.usual.is_some_and(|usual| far(usual) && far(self.latest.unwrap_or(usual)));
        if !far {
            self.latest = Some(at);
        }
        far
    }

    /// Reads the value cells; whether the row is to be kept.
    fn values(&mut self, row: &Row<'_>) -> bool {
        let (mut good, mut nulled) = (true, false);
        for column in 0..self.layout.values.len() {
            let at = self.layout.values[column].at;
            let field = row.field(at);
            let read = match cells::cell(field, self.layout.marks) {
                Cell::Number(number) => Some(Read::Number(number)),
                Cell::Missing => Some(Read::Missing),
                Cell::Measured(number, unit) => self.measured(column, number, unit).map(Read::Number),
                Cell::Other => None,
            };
            if let Some(read) = read {
                self.cells[column] = read;
                continue;
            }
            self.cells[column] = Read::Missing;
            match self.options.on_invalid {
                OnInvalid::Error => {
                    self.tell(|scan| scan.bad_number(row, at));
                    good = false;
                }
                OnInvalid::Null => {
                    self.reading.warn("invalid-value", row.line, || "cells that are no number: taken as missing".to_owned());
                    nulled = true;
                }
                OnInvalid::Skip => {
                    if good {
                        self.reading
                            .warn("invalid-value", row.line, || "rows with a cell that is no number: left out".to_owned());
                        nulled = true;
                    }
                    good = false;
                }
            }
        }
        self.bad += u64::from(nulled);
        good
    }

    fn bad_number(&self, row: &Row<'_>, at: usize) -> Problem {
        let marks = match self.layout.marks {
            cells::Marks::Point => "a number",
            cells::Marks::Comma => "a number with a decimal comma, as elsewhere in the file",
        };
        let problem = self.at(row, at, "ingest/bad-number", format!("saw `{}`, expected {marks}", cut(row.text(at))));
        problem.help("try --on-invalid null, or --map value=NAME if the column holds no values")
    }

    /// A problem at a field.
    fn at(&self, row: &Row<'_>, at: usize, slug: &'static str, message: String) -> Problem {
        let problem = self.input.problem(slug, message).at_line(row.line).at_field(at as u64 + 1);
        match self.layout.names.get(at) {
            Some(name) => problem.in_column(cut(name)),
            None => problem,
        }
    }

    /// A number with its unit, in the unit of its column; `None` when the two do not convert.
    fn measured(&mut self, column: usize, number: Number, unit: &str) -> Option<Number> {
        let Some(known) = &self.units[column] else {
            self.units[column] = Some(unit.to_owned());
            let count = self.layout.values.len();
            for place in self.places.iter().skip(column).step_by(count) {
                self.reading.unit(*place, unit);
            }
            return Some(number);
        };
        if known == unit {
            return Some(number);
        }
        let factor = conversion(unit, known)?;
        Some(if factor == 1.0 { number } else { Number::Real(number.real() * factor) })
    }

    /// The series of a new group.
    fn start(&mut self, row: &Row<'_>) -> Result<(), Problems> {
        if self.places.len() + self.layout.values.len() > MOST_SERIES || self.keys.is_full() {
            let names: Vec<String> =
                self.grouped.iter().take(12).map(|at| format!("`{}`", cut(&self.layout.names[*at]))).collect();
            let message = format!("saw more than {MOST_SERIES} series by {}, expected fewer", names.join(", "));
            let problem = self.input.problem("ingest/too-many-series", message).at_line(row.line).at_field(1);
            return Err(vec![problem.help("try --map entity=NAME with the columns that name the things to plan for")]);
        }
        for column in 0..self.layout.values.len() {
            let value = &self.layout.values[column];
            let metric = self.layout.metric.map_or(value.name.as_str(), |at| row.text(at));
            let mut id = Identity::named(metric);
            for at in &self.layout.labels {
                id = id.with(&self.layout.names[*at], row.text(*at));
            }
            if let Some(stat) = &value.stat {
                let known = Stat::named(stat).is_some() || self.layout.metric.is_none();
                id = if known { id.stat(stat) } else { id.with("column", stat) };
            }
            let place = self.reading.series(id);
            let stated = self.layout.unit.map(|at| row.text(at).to_owned()).filter(|unit| !unit.is_empty());
            let (named, kind) = match self.layout.metric {
                Some(_) => (super::names::unit(metric), super::names::kind(metric, stated.as_deref())),
                None => (self.units[column].clone(), value.kind),
            };
            let unit = stated.or(named).or_else(|| self.units[column].clone());
            let factor = self.settle(row, place, unit.as_deref(), kind);
            self.factors.push(factor);
            self.places.push(place);
        }
        Ok(())
    }

    /// Sets unit and kind of a series, or finds what converts to those it has.
    fn settle(&mut self, row: &Row<'_>, place: usize, unit: Option<&str>, kind: Option<Kind>) -> f64 {
        if let Some(kind) = kind {
            self.reading.kind(place, kind);
        }
        let Some(unit) = unit else { return 1.0 };
        let Some(known) = self.reading.series[place].unit.clone() else {
            self.reading.unit(place, unit);
            return 1.0;
        };
        if known == unit {
            return 1.0;
        }
        let Some(factor) = conversion(unit, &known) else {
            let id = cut(&self.reading.series[place].id.to_string());
            let at = self.layout.unit.unwrap_or(self.layout.time);
            let message = format!("saw the unit `{}` for {id}, expected `{}` as in rows before", cut(unit), cut(&known));
            self.tell(|scan| scan.at(row, at, "ingest/unit-conflict", message).help("try to export the metrics one by one"));
            return 1.0;
        };
        self.reading.note("mixed-units", row.line, || format!("values in `{unit}` among values in `{known}`: converted"));
        factor
    }

    fn odd(&mut self, row: &Row<'_>, odd: Odd) {
        match odd {
            Odd::Leap => self.reading.warn("leap-second", row.line, || "times with second 60: taken as second 59".to_owned()),
            Odd::Unit(unit) => {
                let form = Form::Epoch { per_second: unit, sized: true };
                let before = self.layout.forms[0].says();
                self.reading.warn("epoch-unit-change", row.line, || {
                    format!("times in {} among times in {before}: each is read by its size", form.says())
                });
            }
        }
    }

    fn out_of_range(&mut self, row: &Row<'_>) {
        let at = self.layout.time;
        self.reject(
            row.line,
            "time-out-of-range",
            "rows with a time before 1970, after 2200 or decades off the others (stand-ins for no time?): left out",
            |scan| {
                let message =
                    format!("saw `{}`, expected a time from 1970 to 2200, not decades off the others", cut(row.text(at)));
                scan.at(row, at, "ingest/time-out-of-range", message)
                    .help("a stand-in for `no time`, or another unit: try --on-invalid skip, or --time-format")
            },
        );
    }

    /// A row whose time cannot be read: another header, a repeated one, or just bad.
    fn no_time(&mut self, row: &Row<'_>) -> Go {
        let at = self.layout.time;
        if row.is_blank() {
            self.reading.note("blank-rows", row.line, || "rows of blank fields only: passed over".to_owned());
            return Go::On;
        }
        let text = row.text(at);
        if text.trim_start_matches('#').trim() == self.layout.names[at]
            && row.texts().skip(1).zip(&self.layout.names[1..]).all(|(a, b)| a == b)
        {
            self.reading.note("repeated-header", row.line, || "the header stands again among the rows: passed over".to_owned());
            return Go::On;
        }
        if self.is_other_header(row) {
            let seen: Vec<&str> = row.texts().take(12).collect();
            let message = format!("saw another header (`{}`), expected rows below the first one", cut(&seen.join(",")));
            let problem = self.at(row, 0, "ingest/other-header", message);
            self.more += u64::from(self.problems.len() >= MOST_PROBLEMS);
            self.problems.truncate(MOST_PROBLEMS - 1);
            self.problems.push(problem.help("try to split the file at this line: its parts have other columns"));
            return Go::Stop;
        }
        if text.starts_with("0000-00-00") {
            self.out_of_range(row);
            return Go::On;
        }
        let slug = if cells::is_missing(row.field(at)) { "ingest/missing-time" } else { "ingest/bad-time" };
        self.reject(row.line, "bad-time", "rows whose time is missing or cannot be read: left out", |scan| {
            let form = scan.layout.forms[0].says();
            let problem =
                scan.at(row, at, slug, format!("saw `{}`, expected a time ({form}) as elsewhere in the column", cut(text)));
            problem.help("try --time-format with the pattern of all times, or --on-invalid skip")
        });
        Go::On
    }

    /// Words where values and times stand.
    fn is_other_header(&self, row: &Row<'_>) -> bool {
        let filled = row.texts().all(|text| !text.is_empty() && text.len() <= 100);
        let word = |at: usize| cells::cell(row.field(at), self.layout.marks) == Cell::Other;
        let wordy = (0..row.len()).all(|at| word(at) && self.layout.forms[0].read(row.text(at)).is_none());
        filled && wordy && row.len() > 1
    }

    fn ragged(&mut self, row: &Row<'_>) -> Go {
        if row.is_blank() {
            self.reading.note("blank-rows", row.line, || "rows of blank fields only: passed over".to_owned());
            return Go::On;
        }
        let (fields, expected) = (row.len(), self.layout.names.len());
        self.reject(row.line, "ragged-row", "rows with more or fewer fields than the header: left out", |scan| {
            // the first field that is missing, or that is too much
            let at = fields.min(expected);
            let message = format!("saw {fields} fields, expected {expected} as in the header");
            let problem = scan.input.problem("ingest/ragged-row", message).at_line(row.line).at_field(at as u64 + 1);
            problem.help("try --on-invalid skip to leave such rows out")
        });
        Go::On
    }

    /// A row that does not count: a problem, or left out with a warning, as declared.
    fn reject(&mut self, line: u64, kind: &'static str, left_out: &str, problem: impl FnOnce(&Self) -> Problem) {
        if self.options.on_invalid == OnInvalid::Error {
            self.tell(problem);
        } else {
            self.bad += 1;
            self.reading.warn(kind, line, || left_out.to_owned());
        }
    }

    fn tell(&mut self, problem: impl FnOnce(&Self) -> Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            let problem = problem(self);
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Something wrong with the text itself.
    fn fault(&mut self, fault: &Fault) {
        let lost = fault.line() <= self.look.begin;
        self.rows += 1;
        if lost || self.options.on_invalid == OnInvalid::Error {
            self.tell(|scan| fault.problem(scan.input, &scan.layout.names));
        } else {
            self.bad += 1;
            self.reading.warn("unreadable-row", fault.line(), || {
                "rows with an unclosed quote, a huge field or bytes that are not text: left out".to_owned()
            });
        }
    }

    fn end(mut self) -> Result<(), Problems> {
        self.reading.rows += self.rows;
        let share = self.bad as f64 / self.rows.max(1) as f64;
        if self.problems.is_empty() && share > self.options.max_bad {
            let (bad, rows, most) = (self.bad, self.rows, self.options.max_bad);
            let message = format!("saw {bad} bad rows of {rows} (a share of {share:.4}), expected at most a share of {most}");
            let line = self.reading.findings.iter().filter_map(|finding| finding.lines.first()).min();
            let problem = self.input.problem("ingest/too-many-bad", message);
            let problem = line.map_or(problem.clone(), |line| problem.at_line(*line).at_field(1));
            return Err(vec![problem.help("try --max-bad with a larger share, or mend the export")]);
        }
        if self.more > 0 {
            let message = format!("saw {} more problems like these, expected none", self.more);
            self.problems.push(self.input.problem("ingest/more", message));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }
}

/// What turns values of one unit into the other.
fn conversion(from: &str, to: &str) -> Option<f64> {
    let ((base, factor), (other, wanted)) = (canonical(from), canonical(to));
    (base == other).then(|| factor / wanted)
}
