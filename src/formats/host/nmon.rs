//! nmon's recording (`nmon -f`), of Linux and AIX: many tables in one file, a line's first field says which.
//!
//! `AAA` and `BBB…` lines describe the host. A line whose second field is not a snapshot (`T0001`) is the header of its table and may
//! come late. `ZZZZ` lines say when a snapshot was taken, without a zone; users sort the file, so they may also come last: they are
//! looked up in a first pass. Tables of single processes (`TOP`, `UARG`) have no series of their own and are left out with a note.
//! Negative values (-1, -0) mean "not available" and are kept as they are. Specification: nmon's documentation of its file format.

use std::collections::BTreeMap;

use super::faults::Faults;
use super::lines::Lines;
use super::{calendar, nmon_units};
use crate::formats::{Clock, Head, Identity, Input, Options, Parser, Reading};
use crate::problem::Problem;
use crate::time::DAY_SECONDS;

type Problems = Vec<Problem>;

/// `nmon -f`.
pub(super) const NMON: Parser = Parser { format: "nmon", says: "nmon's recording", recognise, read };

fn recognise(head: &Head) -> Option<String> {
    let known = ["AAA,progname,", "AAA,command,", "AAA,version,", "AAA,host,", "AAA,AIX,"];
    let nmon = head.first_line().starts_with("AAA,")
        && head.lines().take(60).any(|line| known.iter().any(|start| line.starts_with(start)));
    nmon.then(|| "it begins with nmon's lines AAA".to_owned())
}

/// Whether a field is the name of a snapshot.
fn is_snapshot(field: &str) -> bool {
    field.strip_prefix('T').is_some_and(|digits| digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The host, and when each snapshot was taken.
#[derive(Default)]
struct Calendar {
    host: String,
    day: Option<i64>,
    before: Option<i64>,
    snapshots: BTreeMap<String, Option<i64>>,
}

fn first_pass(
    input: &Input,
    options: &Options,
    reading: &mut Reading<'_>,
    faults: &mut Faults<'_>,
) -> Result<Calendar, Problems> {
    let mut lines = Lines::of(input, options)?;
    let (mut calendar, mut clock) = (Calendar::default(), Clock::new(options));
    while let Some((line, text)) = lines.next()? {
        let fields: Vec<&str> = text.splitn(5, ',').map(str::trim).collect();
        match fields[..] {
            ["AAA", "host", host, ..] => host.clone_into(&mut calendar.host),
            ["AAA", "date", date, ..] if calendar.day.is_none() => calendar.day = day(date),
            ["ZZZZ", snapshot, time, ref rest @ ..] => {
                let date = rest.first().copied().unwrap_or_default();
                let Some((day, second)) = calendar.moment(time, date) else {
                    faults.bad_time(reading, line, text);
                    continue;
                };
                let at = clock.instant(0, calendar::local(day, second), line, reading);
                if calendar.snapshots.insert(snapshot.to_owned(), at).is_some() {
                    reading.warn("repeated-snapshot", line, || {
                        "a snapshot has two times (files put together?): the last holds".to_owned()
                    });
                }
            }
            _ => {}
        }
    }
    Ok(calendar)
}

fn day(date: &str) -> Option<i64> {
    calendar::date_with_word(date).or_else(|| calendar::date(date, false).map(|date| date.day))
}

impl Calendar {
    /// The day and second of a snapshot; without a date of its own it follows the one before.
    fn moment(&mut self, time: &str, date: &str) -> Option<(i64, i64)> {
        let (second, _) = calendar::time_of_day(&[time])?;
        let midnight = self.before.is_some_and(|before| before - second > DAY_SECONDS / 2);
        self.day = if date.is_empty() { self.day.map(|day| day + i64::from(midnight)) } else { day(date) };
        self.before = Some(second);
        self.day.map(|day| (day, second))
    }
}

/// A column: its series, or none when it has no name.
type Columns = Vec<Option<usize>>;

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut faults = Faults::of(input, options);
    let calendar = first_pass(input, options, reading, &mut faults)?;
    let mut lines = Lines::of(input, options)?;
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    while let Some((line, text)) = lines.next()? {
        let fields: Vec<&str> = text.split(',').collect();
        let [table, second, rest @ ..] = &fields[..] else { continue };
        match *table {
            "ZZZZ" | "AAA" | "ERROR" => continue,
            "TOP" | "UARG" => {
                reading.note("processes", line, || "tables of single processes (TOP, UARG): left out".to_owned());
                continue;
            }
            _ if table.starts_with("BBB") => continue,
            _ => {}
        }
        if !is_snapshot(second) {
            let columns = columns(table, &calendar.host, rest, line, reading);
            tables.insert((*table).to_owned(), columns);
            continue;
        }
        let Some(at) = calendar.snapshots.get(*second) else {
            reading.warn("snapshot-without-time", line, || "rows of snapshots without a line ZZZZ: left out".to_owned());
            continue;
        };
        let Some(columns) = tables.get(*table) else {
            let message = "saw a row of a table before its header, expected the names of its columns first".to_owned();
            faults.left_out(reading, line, "ingest/missing-column", message);
            continue;
        };
        let Some(at) = at else { continue };
        let named = columns.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        if rest.iter().skip(named).any(|cell| !cell.trim().is_empty()) {
            reading.warn("unnamed-column", line, || {
                "rows with more values than their table has columns: the rest is left out".to_owned()
            });
        }
        if rest.len() < named {
            reading.note("short-row", line, || "rows with fewer values than their table has columns (cut off?)".to_owned());
        }
        let cells: Vec<(usize, &str)> =
            columns.iter().zip(rest).filter_map(|(place, cell)| place.map(|place| (place, *cell))).collect();
        faults.push_row(reading, *at, &cells, line)?;
    }
    faults.end()
}

/// The series of a table's columns. A name that stands twice is told apart by its position.
fn columns(table: &str, host: &str, names: &[&str], line: u64, reading: &mut Reading<'_>) -> Columns {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::with_capacity(names.len());
    for (position, name) in names.iter().enumerate() {
        let name = name.trim();
        if name.is_empty() {
            all.push(None);
            continue;
        }
        let times = seen.entry(name).or_default();
        *times += 1;
        let mut id = Identity::named(name).with("table", table).with("host", host);
        if *times > 1 {
            reading.note("repeated-column", line, || "columns of one name: told apart by their position".to_owned());
            id = id.with("column", &(position + 1).to_string());
        }
        all.push(Some(reading.placed(id, nmon_units::unit(table, name), nmon_units::kind(table))));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zone;

    fn read_text(text: &str) -> Reading<'static> {
        let options = Options { zone: Some(Zone::utc()), ..Options::default() };
        crate::formats::read(&Input::memory("x.nmon", text.as_bytes().to_vec()), &options).unwrap()
    }

    #[test]
    fn a_sorted_file_has_its_times_last_and_midnight_may_lie_between() {
        let text = "AAA,date,23-NOV-2026\nAAA,host,web1\nAAA,progname,nmon\nCPU_ALL,CPU Total web1,User%,Busy\nCPU_ALL,T0001,1.0,\n\
            CPU_ALL,T0002,2.0,\nTOP,+PID,Time,%CPU\nTOP,0000001,T0001,1.0\nZZZZ,T0001,23:59:59\nZZZZ,T0002,00:00:01\n";
        let reading = read_text(text);
        let series = &reading.series[0];
        assert_eq!((reading.format, series.at.len(), series.at[1] - series.at[0]), ("nmon", 2, 2_000_000_000));
        assert_eq!((reading.series[1].missing, series.unit.as_deref()), (2, Some("percent")));
        assert!(reading.findings.iter().any(|finding| finding.kind == "processes"));
    }

    #[test]
    fn columns_of_one_name_stay_apart() {
        let text = "AAA,progname,nmon\nZZZZ,T0001,10:00:00,23-OKT-2026\nJFSFILE,JFS,/a,/a\nJFSFILE,T0001,1.0,2.0\n";
        assert_eq!(read_text(text).series.len(), 2);
    }
}
