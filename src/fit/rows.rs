use std::collections::BTreeMap;
use std::fmt;

use super::mode::Observed;
use super::observation::{Observation, Seen};

/// What is wrong with a cell, or with the table (row 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Row of data, from 1; 0 for the header.
    pub row: usize,
    /// Column.
    pub column: String,
    /// What it holds.
    pub seen: String,
    /// What is accepted.
    pub accepted: String,
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.row == 0 { "header".to_owned() } else { format!("row {}", self.row) };
        write!(f, "{place}, column `{}`: seen {}, expected {}", self.column, self.seen, self.accepted)
    }
}

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Columns that name a component, joined; empty: the first of the known names that is there.
    pub component: Vec<String>,
    /// Only rows whose column holds this: `("provider", "AWS")`.
    pub only: Option<(String, String)>,
    /// The watch on every component began here (an ISO moment, or a number in the unit of the columns).
    pub observed_from: Option<String>,
    /// The watch ended here; without it, at the last moment in the table for what is still open.
    pub observed_until: Option<String>,
    /// Go on without rows that have a problem, and tell them, instead of refusing the table.
    pub set_aside: bool,
}

/// The shape that a table was seen to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableShape {
    /// A row a component: installed, failed (empty: alive).
    Lives,
    /// A row an incident: start, end (empty: open).
    Incidents,
    /// A row a lifetime as a number, with or without a column that says whether it ended in a failure.
    Durations,
    /// A row a component and day, with a column that is 1 on the day of its failure.
    Daily,
}

/// What a table says of failures and repairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// Its shape.
    pub shape: TableShape,
    /// Times to failure and to repair, in hours.
    pub observed: Observed,
    /// What was assumed or left out, in words.
    pub notes: Vec<String>,
    /// Rows that were set aside, when [`Reading::set_aside`] says so.
    pub problems: Vec<RowProblem>,
}

const COMPONENTS: &[&str] =
    &["component", "drive", "serial_number", "serial", "disk", "device", "host", "node", "unit", "machine", "service"];
const INSTALLED: &[&str] =
    &["installed", "installed_at", "commissioned", "commissioned_at", "deployed", "deployed_at", "in_service"];
const FAILED: &[&str] = &["failed", "failed_at", "failure_at", "died", "died_at", "removed", "removed_at"];
const STARTS: &[&str] = &["started_at", "start", "started", "opened_at", "opened", "down_at", "began", "begin"];
const ENDS: &[&str] = &["resolved_at", "end", "ended_at", "ended", "resolved", "closed_at", "up_at", "repaired_at", "repaired"];
const TIMES: &[&str] = &["time", "lifetime", "duration", "time_to_failure", "age", "times"];
const EVENTS: &[&str] = &["event", "failed", "failure", "status", "dead"];
const UNITS: &[(&str, f64)] = &[
    ("_s", 1.0 / 3600.0),
    ("_sec", 1.0 / 3600.0),
    ("_seconds", 1.0 / 3600.0),
    ("_min", 1.0 / 60.0),
    ("_minutes", 1.0 / 60.0),
    ("_h", 1.0),
    ("_hours", 1.0),
    ("_d", 24.0),
    ("_days", 24.0),
];

/// Observations from the cells of a table: the first row of names, then the rows.
///
/// The shape follows from the names of the columns (any case), the first that applies:
/// * `installed` and `failed` hold moments: a life a row, alive until the end of the watch where `failed` is empty;
/// * `date`, a component and `failure`: a row a component and day, the age from `smart_9_raw` (hours) where it is there, else from
///   the first row; a component is known from its first row on (left truncation);
/// * a start (`started_at`, `start_s`, `opened_at`, …) and an end (`resolved_at`, `end_s`, …): repairs from start to end, open ones
///   censored; times to failure from one end to the next start of the same component, incidents that overlap counted once. The
///   time before its first incident is known only with `observed_from`, that after its last only with `observed_until`;
/// * `time`, `lifetime` or `duration`, with a unit (`_s`, `_min`, `_h`, `_days`) or in hours: a lifetime a row, a failure unless
///   `event` is 0 or `censored` is 1; `entry` is the age at which the watch began.
///
/// Moments are ISO dates and times (UTC where they say nothing else) or numbers with the unit in the name of the column.
///
/// # Errors
/// All problems of the table at once; none but those of the header when `set_aside` is on.
pub fn read(header: &[String], rows: &[Vec<String>], reading: &Reading) -> Result<Read, Vec<RowProblem>> {
    let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let mut table = Table { names, header, rows, reading, problems: Vec::new(), notes: Vec::new() };
    let plan = table.plan();
    if !table.problems.is_empty() {
        return Err(table.problems);
    }
    let Some((shape, columns)) = plan else {
        return Err(vec![table.unknown_shape()]);
    };
    let observed = match shape {
        TableShape::Lives => table.lives(&columns),
        TableShape::Daily => table.daily(&columns),
        TableShape::Incidents => table.incidents(&columns),
        TableShape::Durations => table.durations(&columns),
    };
    let Table { problems, mut notes, .. } = table;
    if !problems.is_empty() && !reading.set_aside {
        return Err(problems);
    }
    if !problems.is_empty() {
        notes.push(format!("{} cells could not be used; their rows were set aside", problems.len()));
    }
    Ok(Read { shape, observed, notes, problems })
}

/// A column by its place and the hours of its unit, where its name has one.
#[derive(Debug, Clone, Copy)]
struct Column {
    at: usize,
    hours: Option<f64>,
}

struct Columns {
    first: Column,
    second: Option<Column>,
    component: Vec<usize>,
}

struct Table<'a> {
    names: Vec<String>,
    header: &'a [String],
    rows: &'a [Vec<String>],
    reading: &'a Reading,
    problems: Vec<RowProblem>,
    notes: Vec<String>,
}

impl Table<'_> {
    fn exactly(&self, wanted: &[&str]) -> Option<usize> {
        wanted.iter().find_map(|name| self.names.iter().position(|held| held == name))
    }

    /// The first of the names, plain or with a unit at its end.
    fn column(&self, wanted: &[&str]) -> Option<Column> {
        wanted.iter().find_map(|name| {
            self.names.iter().enumerate().find_map(|(at, held)| {
                let rest = held.strip_prefix(name)?;
                if rest.is_empty() {
                    return Some(Column { at, hours: None });
                }
                let unit = UNITS.iter().find(|unit| unit.0 == rest)?;
                Some(Column { at, hours: Some(unit.1) })
            })
        })
    }

    /// The shape and its columns; names that the caller gave and the header lacks are problems.
    fn plan(&mut self) -> Option<(TableShape, Columns)> {
        let given: Vec<String> = self.reading.component.iter().map(|name| name.trim().to_lowercase()).collect();
        let only = self.reading.only.iter().map(|(name, _)| name.trim().to_lowercase());
        for name in given.iter().cloned().chain(only) {
            if !self.names.contains(&name) {
                let accepted = format!("one of {}", self.header.join(", "));
                self.problems.push(RowProblem { row: 0, column: name, seen: "no such column".to_owned(), accepted });
            }
        }
        let component: Vec<usize> = if given.is_empty() {
            self.exactly(COMPONENTS).into_iter().collect()
        } else {
            given.iter().filter_map(|name| self.names.iter().position(|held| held == name)).collect()
        };
        let columns = |first, second| Columns { first, second, component: component.clone() };
        if let (Some(installed), Some(failed)) = (self.column(INSTALLED), self.column(FAILED)) {
            return Some((TableShape::Lives, columns(installed, Some(failed))));
        }
        if let (Some(date), Some(failure), false) = (self.exactly(&["date"]), self.exactly(&["failure"]), component.is_empty()) {
            let plain = |at| Column { at, hours: None };
            return Some((TableShape::Daily, columns(plain(date), Some(plain(failure)))));
        }
        if let (Some(start), Some(end)) = (self.column(STARTS), self.column(ENDS)) {
            return Some((TableShape::Incidents, columns(start, Some(end))));
        }
        let time = self.column(TIMES)?;
        Some((TableShape::Durations, columns(time, None)))
    }

    fn unknown_shape(&self) -> RowProblem {
        RowProblem {
            row: 0,
            column: self.header.join(", "),
            seen: "no columns that say when something failed".to_owned(),
            accepted: "`installed` and `failed`; a start and an end (`started_at` and `resolved_at`); `date`, a component and \
                       `failure`; or `lifetime`"
                .to_owned(),
        }
    }

    fn cell(&self, row: usize, at: usize) -> &str {
        self.rows[row].get(at).map_or("", |cell| cell.trim())
    }

    fn wrong(&mut self, row: usize, at: usize, accepted: &str) {
        let seen = self.cell(row, at);
        let seen = if seen.is_empty() { "nothing".to_owned() } else { format!("`{seen}`") };
        self.problems.push(RowProblem { row: row + 1, column: self.header[at].clone(), seen, accepted: accepted.to_owned() });
    }

    /// Rows that are asked for, by place.
    fn asked(&self) -> Vec<usize> {
        let only = self.reading.only.as_ref().and_then(|(name, value)| {
            let at = self.names.iter().position(|held| *held == name.trim().to_lowercase())?;
            Some((at, value.trim()))
        });
        (0..self.rows.len()).filter(|row| only.is_none_or(|(at, value)| self.cell(*row, at) == value)).collect()
    }

    fn component(&self, row: usize, columns: &Columns) -> String {
        columns.component.iter().map(|at| self.cell(row, *at)).collect::<Vec<_>>().join("/")
    }

    /// A moment in hours; `None`, and a problem, where it is none.
    fn moment(&mut self, row: usize, column: Column) -> Option<f64> {
        let found = hours(self.cell(row, column.at), column.hours);
        if found.is_none() {
            let accepted = match column.hours {
                Some(_) => "a number",
                None => "an ISO date or time, such as 2024-05-01T12:30Z",
            };
            self.wrong(row, column.at, accepted);
        }
        found
    }

    /// A moment of the caller's, in the unit of a column.
    fn bound(&mut self, given: Option<&String>, column: Column, what: &str) -> Option<f64> {
        let text = given?;
        let found = hours(text.trim(), column.hours);
        if found.is_none() {
            let accepted = "a moment as the columns of the table hold it".to_owned();
            self.problems.push(RowProblem { row: 0, column: what.to_owned(), seen: format!("`{text}`"), accepted });
        }
        found
    }

    fn lives(&mut self, columns: &Columns) -> Observed {
        let (installed, failed) = (columns.first, columns.second.unwrap_or(columns.first));
        let from = self.bound(self.reading.observed_from.as_ref(), installed, "observed_from");
        let until = self.bound(self.reading.observed_until.as_ref(), installed, "observed_until");
        let mut held = Vec::new();
        for row in self.asked() {
            let Some(start) = self.moment(row, installed) else { continue };
            let end = if self.cell(row, failed.at).is_empty() { None } else { Some(self.moment(row, failed)) };
            match end {
                Some(None) => {}
                Some(Some(end)) if end <= start => self.wrong(row, failed.at, "a moment after that of installation, or nothing"),
                end => held.push((row, start, end.flatten())),
            }
        }
        let last = held.iter().map(|(_, start, end)| end.unwrap_or(*start)).fold(f64::NEG_INFINITY, f64::max);
        if until.is_none() && held.iter().any(|one| one.2.is_none()) {
            self.notes.push(
                "what has not failed counts as alive until the last moment in the table: say when the watch ended".to_owned(),
            );
        }
        let until = until.unwrap_or(last);
        let lives = held.into_iter().filter_map(|(row, start, end)| {
            let entry = from.map_or(0.0, |from| (from - start).max(0.0));
            let (end, failed_in) = end.filter(|end| *end <= until).map_or((until, false), |end| (end, true));
            let age = end - start;
            if age <= entry {
                // installed after the watch, failed before it, or not watched for any time
                if start > until {
                    self.wrong(row, installed.at, "a moment before the end of the watch");
                }
                return None;
            }
            let seen = if failed_in { Seen::Failed(age) } else { Seen::Alive(age) };
            Some(Observation { entry, seen })
        });
        let time_to_failure = lives.collect();
        Observed { time_to_failure, repair: Vec::new() }
    }

    fn durations(&mut self, columns: &Columns) -> Observed {
        let time = columns.first;
        let unit = time.hours.unwrap_or(1.0);
        if time.hours.is_none() {
            self.notes.push(format!("`{}` is read as hours; name it `{0}_days` or the like if it is not", self.header[time.at]));
        }
        let (event, censored) = (self.exactly(EVENTS), self.exactly(&["censored"]));
        let entry = self.column(&["entry"]);
        let mut lives = Vec::new();
        for row in self.asked() {
            let number = |table: &Self, at: usize| table.cell(row, at).parse::<f64>().ok().filter(|time| time.is_finite());
            let Some(length) = number(self, time.at).filter(|time| *time > 0.0) else {
                self.wrong(row, time.at, "a number above 0");
                continue;
            };
            let entry = match entry.map(|column| (column, number(self, column.at))) {
                None => 0.0,
                Some((column, Some(age))) if age >= 0.0 && age * column.hours.unwrap_or(unit) < length * unit => {
                    age * column.hours.unwrap_or(unit)
                }
                Some((column, _)) if self.cell(row, column.at).is_empty() => 0.0,
                Some((column, _)) => {
                    self.wrong(row, column.at, "an age from 0 to below the lifetime, or nothing");
                    continue;
                }
            };
            let flag = match (event, censored) {
                (Some(at), _) => (Some(at), yes(self.cell(row, at))),
                (None, Some(at)) => (Some(at), yes(self.cell(row, at)).map(|censored| !censored)),
                (None, None) => (None, Some(true)),
            };
            let (_, Some(failed)) = flag else {
                self.wrong(row, flag.0.unwrap_or(time.at), "1 or 0, true or false, yes or no, failed or alive");
                continue;
            };
            let seen = if failed { Seen::Failed(length * unit) } else { Seen::Alive(length * unit) };
            lives.push(Observation { entry, seen });
        }
        Observed { time_to_failure: lives, repair: Vec::new() }
    }

    fn daily(&mut self, columns: &Columns) -> Observed {
        let (date, failure) = (columns.first, columns.second.unwrap_or(columns.first));
        let age = self.exactly(&["smart_9_raw", "power_on_hours"]);
        let mut days: BTreeMap<String, Vec<(f64, bool, Option<f64>)>> = BTreeMap::new();
        for row in self.asked() {
            let Some(day) = self.moment(row, date) else { continue };
            let Some(failed) = yes(self.cell(row, failure.at)) else {
                self.wrong(row, failure.at, "1 or 0");
                continue;
            };
            let age = age.and_then(|at| self.cell(row, at).parse::<f64>().ok()).filter(|age| *age >= 0.0);
            days.entry(self.component(row, columns)).or_default().push((day, failed, age));
        }
        if age.is_none() {
            self.notes.push("ages count from the first row of each component: there is no `smart_9_raw`".to_owned());
        }
        let mut lives = Vec::new();
        for rows in days.values_mut() {
            rows.sort_by(|a, b| a.0.total_cmp(&b.0));
            // a failure ends the life; rows of the same name after it are another unit's
            let last = rows.iter().position(|one| one.1).unwrap_or(rows.len() - 1);
            let (first, end) = (rows[0], rows[last]);
            let entry = first.2.unwrap_or(0.0);
            // the day of a row is known, not its hour: its middle
            let until = entry + end.0 - first.0 + 12.0;
            lives.push(Observation { entry, seen: if end.1 { Seen::Failed(until) } else { Seen::Alive(until) } });
        }
        Observed { time_to_failure: lives, repair: Vec::new() }
    }

    fn incidents(&mut self, columns: &Columns) -> Observed {
        let (start, end) = (columns.first, columns.second.unwrap_or(columns.first));
        let from = self.bound(self.reading.observed_from.as_ref(), start, "observed_from");
        let until = self.bound(self.reading.observed_until.as_ref(), start, "observed_until");
        let mut outages: BTreeMap<String, Vec<(f64, Option<f64>)>> = BTreeMap::new();
        for row in self.asked() {
            let Some(began) = self.moment(row, start) else { continue };
            let ended = if self.cell(row, end.at).is_empty() { None } else { Some(self.moment(row, end)) };
            match ended {
                Some(None) => {}
                Some(Some(ended)) if ended <= began => self.wrong(row, end.at, "a moment after the start, or nothing"),
                ended => outages.entry(self.component(row, columns)).or_default().push((began, ended.flatten())),
            }
        }
        let moments = outages.values().flatten().flat_map(|one| [Some(one.0), one.1]).flatten();
        let last = until.unwrap_or(moments.fold(f64::NEG_INFINITY, f64::max));
        let all = outages.values().flatten().filter(|one| one.1.unwrap_or(last) > one.0);
        let repair = all.map(|(began, ended)| match ended {
            Some(ended) => Observation::failed(ended - began),
            None => Observation::alive(last - began),
        });
        let mut observed = Observed { repair: repair.collect(), ..Observed::default() };
        let mut merged = 0;
        for rows in outages.values_mut() {
            rows.sort_by(|a, b| a.0.total_cmp(&b.0));
            merged += gaps(rows, from, until, &mut observed.time_to_failure);
        }
        if merged > 0 {
            self.notes.push(format!("{merged} incidents began while another of the same component lasted: one failure for both"));
        }
        if columns.component.is_empty() {
            self.notes.push("no column names a component: all incidents count as those of one".to_owned());
        }
        if from.is_none() {
            self.notes
                .push("the time before the first incident of each component is not known: say when the watch began".to_owned());
        }
        if until.is_none() {
            self.notes
                .push("the time after the last incident of each component is not known: say when the watch ended".to_owned());
        }
        observed
    }
}

/// Times from the end of one outage to the start of the next, overlapping ones counted once; how many were.
pub(super) fn gaps(outages: &[(f64, Option<f64>)], from: Option<f64>, until: Option<f64>, into: &mut Vec<Observation>) -> usize {
    let mut merged = 0;
    // up since this moment; `None` where that is not known (before the watch, or after an incident whose end nobody wrote down)
    let mut up_since = from;
    let mut down_until = f64::NEG_INFINITY;
    for (began, ended) in outages {
        if *began <= down_until {
            merged += 1;
        } else if let Some(since) = up_since.filter(|since| began > since) {
            into.push(Observation::failed(began - since));
        }
        match ended {
            Some(ended) => {
                down_until = down_until.max(*ended);
                up_since = Some(down_until);
            }
            None => up_since = None,
        }
    }
    if let (Some(since), Some(until)) = (up_since, until)
        && until > since
    {
        into.push(Observation::alive(until - since));
    }
    merged
}

/// A moment in hours: a number in `unit` hours, or an ISO moment.
fn hours(cell: &str, unit: Option<f64>) -> Option<f64> {
    if let Some(unit) = unit {
        return cell.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| value * unit);
    }
    if let Ok(moment) = cell.parse::<jiff::Timestamp>() {
        return Some(moment.as_second() as f64 / 3600.0);
    }
    let civil = cell.parse::<jiff::civil::DateTime>().ok()?;
    let moment = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
    Some(moment.as_second() as f64 / 3600.0)
}

fn yes(cell: &str) -> Option<bool> {
    match cell.to_lowercase().as_str() {
        "1" | "1.0" | "true" | "yes" | "y" | "failed" | "failure" | "dead" => Some(true),
        "0" | "0.0" | "false" | "no" | "n" | "alive" | "censored" | "ok" => Some(false),
        _ => None,
    }
}
