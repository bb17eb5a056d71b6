//! Tables of `sadf`, sysstat's exporter: `-d` (`;`-separated, for databases) and `-p` (tab-separated, one value a line).
//!
//! A file of `-d` has a section for each activity, each with a `#` header of its own; the item of a row (CPU, device, interface) is a
//! column, and CPU -1 is all of them. With `-h` all activities stand on one line (see `horizontal`). Stamps are UTC and say so, or
//! seconds since 1970 (`-U`), or local without a zone (`-t`, `-T`). Restarts and comments are lines of their own. Values are rates.
//! Specification: the manual pages sadf(1) and sar(1).

use super::calendar;
use super::columns::{is_label, numbers, place};
use super::faults::{Faults, number};
use super::horizontal::{self, Group};
use super::lines::Lines;
use super::within_second::WithinSecond;
use crate::formats::{Clock, Head, Identity, Input, Options, Parser, Reading};
use crate::problem::Problem;

/// `sadf -d`, also `-dh`, `-dU`, `-dt`, `-dT`.
pub(super) const SADF_D: Parser =
    Parser { format: "sadf-d", says: "sadf -d, tables of sar's data", recognise: is_d, read: read_d };

/// `sadf -p`.
pub(super) const SADF_P: Parser =
    Parser { format: "sadf-p", says: "sadf -p, lines of sar's data", recognise: is_p, read: read_p };

const HEADER: &str = "# hostname;interval;timestamp";

fn is_d(head: &Head) -> Option<String> {
    let found = head.lines().take(20).any(|line| line.starts_with(HEADER));
    found.then(|| format!("it has a line `{HEADER}`"))
}

fn is_p(head: &Head) -> Option<String> {
    let line = head.first_line();
    let fields: Vec<&str> = line.split('\t').collect();
    let [_, interval, stamp, rest @ ..] = &fields[..] else { return None };
    let stamped = interval.parse::<i64>().is_ok() && calendar::zoned(stamp, &Options::default()).is_some();
    let value = rest.len() == 3 && number(rest[2]).is_some() && number(rest[1]).is_none();
    let event = rest.first().is_some_and(|word| is_event(interval, word));
    (stamped && (value || event)).then(|| "its lines are host, interval, time, device, metric and value, by tabs".to_owned())
}

/// Restarts and comments have an interval of -1.
fn is_event(interval: &str, word: &str) -> bool {
    word.starts_with("LINUX-RESTART")
        || (interval.trim() == "-1" && (word == "COM" || word.starts_with("COM ") || word.starts_with("COMMENT")))
}

/// Notes a restart or a comment.
fn event(word: &str, line: u64, reading: &mut Reading<'_>) {
    if word.starts_with("LINUX") {
        reading.note("restart", line, || "the host was started anew: what it counts began again, and there is a gap".to_owned());
    } else {
        reading.note("comment", line, || "comments put into the record by hand: not samples".to_owned());
    }
}

/// How the rows of a section are laid out.
enum Layout {
    Vertical(Vec<String>),
    Horizontal(Vec<Group>),
}

fn layout(header: &str) -> Layout {
    let names: Vec<&str> = header.split(';').skip(3).map(str::trim).collect();
    let labels = names.iter().filter(|name| name.bytes().all(|byte| byte.is_ascii_uppercase())).count();
    if names.iter().any(|name| name.ends_with("[...]")) || labels > 2 {
        return Layout::Horizontal(horizontal::groups(&names));
    }
    Layout::Vertical(names.into_iter().map(str::to_owned).collect())
}

fn read_d(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let mut lines = Lines::of(input, options)?;
    let mut faults = Faults::of(input, options);
    let (mut clock, mut section, mut within) = (Clock::new(options), None, WithinSecond::default());
    while let Some((line, text)) = lines.next()? {
        if text.starts_with('#') {
            section = Some(layout(text));
            continue;
        }
        if text.trim().is_empty() {
            continue;
        }
        let fields: Vec<&str> = text.split(';').collect();
        let [host, interval, stamp, cells @ ..] = &fields[..] else {
            faults.ragged(reading, line, fields.len(), 4);
            continue;
        };
        if let Some(word) = cells.first().filter(|word| is_event(interval, word)) {
            event(word, line, reading);
            continue;
        }
        if within.repeats(interval, stamp, line, reading) {
            continue;
        }
        let Some(stamp) = calendar::zoned(stamp, options) else {
            faults.bad_time(reading, line, stamp);
            continue;
        };
        let row = match &section {
            None => None,
            Some(Layout::Horizontal(groups)) => horizontal::items(groups, cells),
            Some(Layout::Vertical(names)) => vertical(names, cells).map(|names| vec![(names, cells.to_vec())]),
        };
        let Some(items) = row else {
            let message =
                format!("saw a row of {} values that does not fit the header before it, expected one a column", cells.len());
            faults.left_out(reading, line, "ingest/ragged-row", message);
            continue;
        };
        for (names, cells) in items {
            let found = numbers(reading, host, &names, &cells);
            let Some((key, _)) = found.first() else { continue };
            let Some(at) = clock.instant(*key, stamp, line, reading) else { continue };
            faults.push_row(reading, at, &found, line)?;
        }
    }
    faults.end()
}

/// The names of a row's cells; `CPU*` stands for as many columns as there are.
fn vertical<'n>(names: &'n [String], cells: &[&str]) -> Option<Vec<&'n str>> {
    let mut all: Vec<&str> = names.iter().map(String::as_str).collect();
    if all.last() == Some(&"CPU*") && cells.len() >= all.len() {
        all.resize(cells.len(), "CPU*");
    }
    (all.len() == cells.len()).then_some(all)
}

fn read_p(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let mut lines = Lines::of(input, options)?;
    let mut faults = Faults::of(input, options);
    let (mut clock, mut before, mut within) = (Clock::new(options), String::new(), WithinSecond::default());
    while let Some((line, text)) = lines.next()? {
        if text.trim().is_empty() {
            continue;
        }
        let fields: Vec<&str> = text.split('\t').collect();
        if let Some(word) = fields.get(3).filter(|word| is_event(fields.get(1).copied().unwrap_or_default(), word)) {
            event(word, line, reading);
            continue;
        }
        let [host, interval, stamp, device, metric, value] = fields[..] else {
            faults.ragged(reading, line, fields.len(), 6);
            continue;
        };
        if within.repeats(interval, stamp, line, reading) {
            continue;
        }
        if is_label(metric) {
            reading.note("text-value", line, || "values that are text (names of makers and products): left out".to_owned());
            continue;
        }
        let Some(stamp) = calendar::zoned(stamp, options) else {
            faults.bad_time(reading, line, stamp);
            continue;
        };
        let device = if device == "-" { "" } else { device };
        let labels = Identity::default().with("host", host).with("device", device);
        let place = place(reading, &labels, metric, Some(&before));
        metric.clone_into(&mut before);
        if let Some(at) = clock.instant(place, stamp, line, reading) {
            faults.push_row(reading, at, &[(place, value)], line)?;
        }
    }
    faults.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::NANOS;

    fn read_text(text: &str) -> Reading<'static> {
        crate::formats::read(&Input::memory("sa", text.as_bytes().to_vec()), &Options::default()).unwrap()
    }

    #[test]
    fn restarts_and_comments_are_notes_even_when_a_comment_has_separators() {
        let text = "web;-1;2026-11-24 21:54:40 UTC;LINUX-RESTART\t(2 CPU)\n# hostname;interval;timestamp;CPU;%user\n\
            web;1;2026-11-24 21:54:45 UTC;-1;1,50\nweb;-1;2026-11-24 21:54:46 UTC;COM hello; a comment\n\
            # hostname;interval;timestamp;call/s;retrans/s\nweb;1;1795557286;2.00;3.00\n\
            # hostname;interval;timestamp;atmptf/s;estres/s;retrans/s\nweb;1;1795557286;2.00;3.00;4.00\n";
        let reading = read_text(text);
        assert_eq!((reading.format, reading.series.len()), ("sadf-d", 6));
        assert_eq!((reading.series[0].values.at(0).real(), reading.series[0].at[0]), (1.5, 1_795_557_285 * NANOS));
        let kinds: Vec<&str> = reading.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, ["restart", "decimal-comma", "comment"]);
    }

    #[test]
    fn a_second_sample_within_a_second_is_left_out_and_told() {
        let text = "# hostname;interval;timestamp;CPU;%user\nweb;1;1795557285;-1;1.50\nweb;0;1795557285;-1;99.00\nweb;0;1795557286;-1;2.00\n";
        let reading = read_text(text);
        assert_eq!((reading.series[0].values.reals(), reading.findings[0].kind), (vec![1.5, 2.0], "within-second"));
    }

    #[test]
    fn lines_of_one_value_may_begin_with_a_restart() {
        let text = "web\t-1\t2026-11-24 21:54:46 UTC\tLINUX-RESTART\t(2 CPU)\nweb\t1\t2026-11-24 21:54:47 UTC\t-\tkbmemfree\t7\n";
        let reading = read_text(text);
        assert_eq!((reading.format, reading.series[0].id.to_string().as_str()), ("sadf-p", "kbmemfree{host=\"web\"}"));
    }

    #[test]
    fn a_row_that_does_not_fit_is_told_with_its_line() {
        let text = "# hostname;interval;timestamp;CPU;%user\nweb;1;2026-11-24 21:54:45 UTC;-1\nweb;1;yesterday;-1;1.0\nweb;1;1795557286;-1;x\n";
        let input = Input::memory("sa", text.as_bytes().to_vec());
        let problems = crate::formats::read(&input, &Options::default()).err().unwrap();
        let seen: Vec<(&str, Option<u64>)> = problems.iter().map(|problem| (problem.slug, problem.line)).collect();
        assert_eq!(seen, [("ingest/ragged-row", Some(2)), ("ingest/bad-time", Some(3)), ("ingest/bad-number", Some(4))]);
    }
}
