//! What `sar` (and `mpstat`) print: a banner with host and date, then tables with a time at the left.
//!
//! The date stands in the banner only, in the caller's locale, and the zone nowhere. Times may have AM or PM. A table begins anew at the
//! first time of the file for each activity, so a time that goes back is midnight only when it goes back by more than half a day within
//! a table. Headers repeat; `Average:` rows (in the caller's language) are sums of the others; `LINUX RESTART` parts the file.
//! Specification: the manual pages sar(1) and mpstat(1).

use std::collections::BTreeMap;

use super::calendar::{self, AMBIGUOUS};
use super::columns::{is_label, numbers};
use super::faults::{Faults, number};
use super::lines::Lines;
use super::within_second::WithinSecond;
use crate::formats::{Clock, Head, Input, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::TimeForm;
use crate::time::DAY_SECONDS;
use crate::units::canonical;

type Problems = Vec<Problem>;

/// `sar`, `mpstat`.
pub(super) const SAR_TEXT: Parser = Parser { format: "sar-text", says: "sar, tables as printed", recognise, read };

fn recognise(head: &Head) -> Option<String> {
    banner(head.first_line())?;
    let header = head.lines().skip(1).take(50).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (_, used) = calendar::time_of_day(&words)?;
        words.get(used..).filter(|rest| is_header(rest)).map(<[&str]>::to_vec)
    })?;
    let processes = header.iter().any(|name| matches!(*name, "PID" | "TGID"));
    (!processes).then(|| "it has the banner of sysstat, then tables with a time at the left".to_owned())
}

/// The host and what follows it in `Linux 6.1.0 (web1) \t11/23/26 \t_x86_64_\t(2 CPU)`.
fn banner(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("Linux ")?;
    let (host, rest) = rest.split_once('(')?.1.split_once(')')?;
    Some((host, rest.split('_').next().unwrap_or(rest).split('(').next().unwrap_or_default().trim()))
}

/// Names, no numbers.
fn is_header(words: &[&str]) -> bool {
    // mpstat has columns such as `24/s`, after the numbers of interrupts
    let value = |word: &str| number(word).is_some() || (word.starts_with(|c: char| c.is_ascii_digit()) && !word.ends_with("/s"));
    let name = |word: &&str| !value(word) && *word != "RESTART";
    !words.is_empty() && words.iter().all(name)
}

/// A number as `--human` writes it (`20.1G`, `0.5%`), in the unit of its column.
fn plain(text: &str, unit: Option<&str>) -> Option<String> {
    let letter = text.strip_suffix(|c: char| c.is_ascii_alphabetic() || c == '%')?;
    let number: f64 = letter.replace(',', ".").parse().ok()?;
    let power = match text.get(letter.len()..)? {
        "%" => return Some(letter.to_owned()),
        "B" => 0,
        "k" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        "P" => 5,
        _ => return None,
    };
    let (base, factor) = canonical(unit?);
    base.starts_with("bytes").then(|| (number * 1024_f64.powi(power) / factor).to_string())
}

/// A table, and the latest time in it.
struct Table {
    names: Vec<String>,
    day: i64,
    second: i64,
}

/// A moment on the file's clock: day and second.
type Moment = (i64, i64);

struct Walk<'i, 'o> {
    input: &'i Input,
    options: &'o Options,
    clock: Clock,
    faults: Faults<'i>,
    host: String,
    date: Option<String>,
    begin: Option<Moment>,
    tables: BTreeMap<String, Table>,
    current: Option<String>,
    /// The latest instant of each row of a table: the samples themselves may have been passed on.
    latest: BTreeMap<usize, i64>,
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut lines = Lines::of(input, options)?;
    let mut walk = Walk {
        input,
        options,
        clock: Clock::new(options),
        faults: Faults::of(input, options),
        host: String::new(),
        date: None,
        begin: None,
        tables: BTreeMap::new(),
        current: None,
        latest: BTreeMap::new(),
    };
    while let Some((line, text)) = lines.next()? {
        if let Some((host, date)) = banner(text) {
            host.clone_into(&mut walk.host);
            (walk.date, walk.begin, walk.current) = (Some(date.to_owned()), None, None);
            walk.tables.clear();
            continue;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        match calendar::time_of_day(&words) {
            Some((second, used)) => walk.timed(second, used == 2, words.get(used..).unwrap_or_default(), line, reading)?,
            None => reading.note("summary-row", line, || "rows of averages over the whole file: not samples".to_owned()),
        }
    }
    walk.faults.end()
}

impl Walk<'_, '_> {
    /// A line that begins with a time.
    fn timed(&mut self, second: i64, twelve: bool, rest: &[&str], line: u64, reading: &mut Reading<'_>) -> Result<(), Problems> {
        let begin = match self.begin {
            Some(begin) => begin,
            None => *self.begin.insert((self.first_day(twelve, line, reading)?, second)),
        };
        if rest.first() == Some(&"COM") {
            reading.note("comment", line, || "comments put into the record by hand: not samples".to_owned());
        } else if rest.contains(&"RESTART") {
            reading
                .note("restart", line, || "the host was started anew: what it counts began again, and there is a gap".to_owned());
            let latest = self.tables.values().map(|table| (table.day, table.second)).max().unwrap_or(begin);
            self.begin = Some((after(latest, second), second));
            self.tables.clear();
            self.current = None;
        } else if is_header(rest) {
            self.header(begin, second, rest);
        } else {
            self.row(second, rest, line, reading)?;
        }
        Ok(())
    }

    /// The day of the banner.
    fn first_day(&self, twelve: bool, line: u64, reading: &mut Reading<'_>) -> Result<i64, Problems> {
        let text = self.date.as_deref().unwrap_or_default();
        if let TimeForm::Pattern(pattern) = &self.options.time
            && let Some(Stamp::Local(at)) = Stamp::by_pattern(text, pattern)
        {
            return Ok(at.div_euclid(DAY_SECONDS * crate::formats::NANOS));
        }
        let Some(date) = calendar::date(text, twelve) else {
            let message = format!("saw the date `{}` in the banner, expected day, month and year", super::faults::cut(text));
            let help = "try the command again with S_TIME_FORMAT=ISO set, or sadf -d";
            return Err(vec![self.input.problem("ingest/bad-time", message).at_line(1).help(help)]);
        };
        if date.ambiguous {
            reading.warn("ambiguous-date", line, || AMBIGUOUS.to_owned());
        }
        Ok(date.day)
    }

    /// A table begins, or its header is repeated.
    fn header(&mut self, begin: Moment, second: i64, names: &[&str]) {
        let header = names.join(" ");
        let table = self.tables.entry(header.clone()).or_insert_with(|| Table {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            day: begin.0,
            second: begin.1,
        });
        (table.day, table.second) = (after((table.day, table.second), second), second);
        self.current = Some(header);
    }

    fn row(&mut self, second: i64, cells: &[&str], line: u64, reading: &mut Reading<'_>) -> Result<(), Problems> {
        let Some(table) = self.current.as_ref().and_then(|header| self.tables.get_mut(header)) else {
            self.faults.left_out(
                reading,
                line,
                "ingest/ragged-row",
                "saw a row before any header, expected names first".to_owned(),
            );
            return Ok(());
        };
        (table.day, table.second) = (after((table.day, table.second), second), second);
        let names: Vec<&str> = table.names.iter().map(String::as_str).collect();
        let last = names.len().saturating_sub(1);
        let joined = (cells.len() > names.len() && names.last().is_some_and(|name| is_label(name)))
            .then(|| cells.get(last..).unwrap_or_default().join(" "));
        let cells: Vec<&str> = match &joined {
            Some(text) => cells.iter().take(last).copied().chain([text.as_str()]).collect(),
            None => cells.to_vec(),
        };
        if cells.len() != names.len() {
            self.faults.ragged(reading, line, cells.len(), names.len());
            return Ok(());
        }
        let stamp = calendar::local(table.day, second);
        let found = numbers(reading, &self.host, &names, &cells);
        let Some((key, _)) = found.first() else { return Ok(()) };
        let Some(at) = self.clock.instant(*key, stamp, line, reading) else { return Ok(()) };
        // in a zone that is told, no hour comes again as the same one
        if self.latest.insert(*key, at) == Some(at) && self.options.zone.is_some() {
            WithinSecond::tell(line, reading);
            return Ok(());
        }
        let plainly: Vec<Option<String>> = found
            .iter()
            .map(|(place, text)| plain(text, reading.series.get(*place).and_then(|series| series.unit.as_deref())))
            .collect();
        let found: Vec<(usize, &str)> =
            found.iter().zip(&plainly).map(|((place, text), plain)| (*place, plain.as_deref().unwrap_or(text))).collect();
        if plainly.iter().any(Option::is_some) {
            reading.note("rounded", line, || "numbers are rounded to three digits and scaled (--human)".to_owned());
        }
        self.faults.push_row(reading, at, &found, line)
    }
}

/// The day of a time that follows a moment: the next one when it went back by more than half a day.
fn after((day, before): Moment, second: i64) -> i64 {
    day + i64::from(before - second > DAY_SECONDS / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::NANOS;

    fn read_text(text: &str) -> Reading<'static> {
        let input = Input::memory("sar.txt", text.as_bytes().to_vec());
        crate::formats::read(&input, &Options { zone: Some(crate::time::Zone::utc()), ..Options::default() }).unwrap()
    }

    fn hours(reading: &Reading<'_>, metric: &str) -> Vec<i64> {
        let start = "2026-11-23T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
        let series = reading.series.iter().find(|series| series.id.metric == metric).unwrap();
        series.at.iter().map(|at| (at / NANOS - start) / 3_600).collect()
    }

    #[test]
    fn a_second_sample_within_a_second_is_left_out_also_where_samples_are_passed_on() {
        let text = "Linux 6.1.0 (web1) \t11/23/2026 \t_x86_64_\t(2 CPU)\n\n10:00:00        CPU     %user\n\
            10:10:00        all      1.00\n10:10:00        all      2.00\n10:20:00        all      3.00\n";
        assert_eq!(read_text(text).series[0].values.reals(), [1.0, 3.0]);
        let (mut passed, input) = (Vec::new(), Input::memory("sar.txt", text.as_bytes().to_vec()));
        let mut spill = |all: &mut [crate::formats::RawSeries]| {
            for series in all {
                passed.append(&mut series.values.reals());
                series.at.clear();
                series.lines.clear();
                series.values = crate::formats::Values::Whole(Vec::new());
            }
            Ok(())
        };
        let options = Options { zone: Some(crate::time::Zone::utc()), ..Options::default() };
        let mut reading = Reading::spilling(1, &options, input.path(), &mut spill);
        crate::formats::read_into(&input, &options, &mut reading).unwrap();
        drop(reading);
        assert_eq!(passed, [1.0, 3.0]);
    }

    #[test]
    fn midnight_is_rolled_over_in_each_table_of_its_own() {
        let text = "Linux 6.1.0 (web1) \t11/23/2026 \t_x86_64_\t(2 CPU)\n\n\
            10:00:00 PM     CPU     %user\n11:00:00 PM     all      1.00\n12:00:00 AM     all      2.00\n01:00:00 AM     all      3.00\n\
            Average:        all      2.00\n\n\
            10:00:00 PM    proc/s   cswch/s\n11:00:00 PM      1.00      5.00\n12:00:00 AM      2.00      6.00\n";
        let reading = read_text(text);
        assert_eq!(reading.format, "sar-text");
        assert_eq!(hours(&reading, "%user"), [23, 24, 25]);
        assert_eq!(hours(&reading, "cswch/s"), [23, 24]);
    }

    #[test]
    fn tables_that_take_turns_go_on_where_they_were() {
        let text = "Linux 6.1.0 (web1) \t23.11.2026 \t_x86_64_\t(2 CPU)\n\n\
            22:00:00        CPU     %user\n23:00:00        all      1,00\n\n22:00:00      proc/s   cswch/s\n23:00:00        1,00      5,00\n\n\
            23:00:00        CPU     %user\n00:00:00        all      1,50\n\n23:00:00      proc/s   cswch/s\n00:00:00        1,00      5,00\n\n\
            00:00:00        CPU     %user\n01:00:00        all      1,50\n\nDurchschn.:     all      1,00\n";
        let reading = read_text(text);
        assert_eq!(hours(&reading, "%user"), [23, 24, 25]);
        assert_eq!(hours(&reading, "cswch/s"), [23, 24]);
        assert!(reading.findings.iter().any(|finding| finding.kind == "decimal-comma"));
    }

    #[test]
    fn numbers_for_human_eyes_are_scaled_back_to_the_unit_of_their_column() {
        let text =
            "Linux 6.1.0 (web1) \t11/23/26 \t_x86_64_\t(2 CPU)\n\n22:00:00  kbmemfree  %memused\n23:00:00     1.5G     0.4%\n";
        let reading = read_text(text);
        assert_eq!((reading.series[0].values.at(0).real(), reading.series[0].unit.as_deref()), (1_572_864.0, Some("KiB")));
        assert_eq!(reading.series[1].values.at(0).real(), 0.4);
    }

    #[test]
    fn a_restart_parts_the_file_and_the_next_part_goes_on_in_time() {
        let text = "Linux 6.1.0 (web1) \t11/23/26 \t_x86_64_\t(2 CPU)\n\n22:00:00        CPU     %user\n23:00:00        all      1.00\n\n\
            00:30:00     LINUX RESTART\t(2 CPU)\n\n00:30:00        CPU     %user\n01:00:00        all      1.50\n";
        let reading = read_text(text);
        assert_eq!(hours(&reading, "%user"), [23, 25]);
        assert!(reading.findings.iter().any(|finding| finding.kind == "restart"));
    }
}
