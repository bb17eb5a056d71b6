//! `vmstat -t`: a table of the whole host, narrow or wide (`-w`), with the time at the right.
//!
//! Two header lines, repeated once a screen; the second names the columns, and above the times it names the zone (`UTC`, `CET`).
//! Memory is in KiB (`-S` changes that and says so nowhere), swap and block traffic in KiB/s. The first row holds means since the host
//! was started (unless `-y` was given). Without `-t` rows have no time. Specification: the manual page vmstat(8).

use super::calendar;
use super::faults::Faults;
use super::lines::Lines;
use crate::formats::{Clock, Head, Identity, Input, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::Kind;

type Problems = Vec<Problem>;

/// `vmstat`.
pub(super) const VMSTAT: Parser = Parser { format: "vmstat", says: "vmstat -t", recognise, read };

fn recognise(head: &Head) -> Option<String> {
    let found = head.lines().take(4).any(|line| is_header(&words(line)));
    found.then(|| "it has vmstat's columns r, b, swpd, free".to_owned())
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn is_header(words: &[&str]) -> bool {
    words.starts_with(&["r", "b", "swpd", "free"])
}

/// The unit of a column.
fn unit(name: &str) -> Option<&'static str> {
    Some(match name {
        "swpd" | "free" | "buff" | "cache" | "inact" | "active" => "KiB",
        "si" | "so" | "bi" | "bo" => "KiB/s",
        "in" | "cs" => "1/s",
        "us" | "sy" | "id" | "wa" | "st" | "gu" => "percent",
        _ => return None,
    })
}

/// The columns of numbers, and the zone above the times when there are any.
fn columns<'t>(words: &[&'t str]) -> (Vec<&'t str>, Option<&'t str>) {
    let last = words.last().copied();
    let zone = last.filter(|name| unit(name).is_none() && !matches!(*name, "r" | "b"));
    let count = words.len() - usize::from(zone.is_some());
    (words.iter().take(count).copied().collect(), zone)
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let mut lines = Lines::of(input, options)?;
    let (mut faults, mut clock) = (Faults::of(input, options), Clock::new(options));
    let (mut places, mut zone, mut untimed) = (Vec::new(), None::<String>, 0_u64);
    while let Some((line, text)) = lines.next()? {
        let words = words(text);
        if is_header(&words) {
            let (names, named) = columns(&words);
            places = names.iter().map(|name| reading.placed(Identity::named(name), unit(name), Some(Kind::Gauge))).collect();
            zone = named.map(str::to_owned);
            continue;
        }
        if words.is_empty() || text.contains("--") {
            continue;
        }
        let stamp = match words.len().checked_sub(places.len()) {
            Some(2) => calendar::zoned(&words[places.len()..].join(" "), options),
            Some(0) if !places.is_empty() => {
                untimed += 1;
                Some(Stamp::Instant(options.at.ok_or_else(|| without_time(input))?))
            }
            _ => {
                faults.ragged(reading, line, words.len(), places.len() + 2);
                continue;
            }
        };
        if untimed > 1 {
            return Err(without_time(input));
        }
        let Some(stamp) = stamp else {
            faults.bad_time(reading, line, &words.get(places.len()..).unwrap_or_default().join(" "));
            continue;
        };
        let stamp = zone.as_deref().map_or(stamp, |zone| calendar::shifted(stamp, zone, options));
        if let Some(at) = clock.instant(0, stamp, line, reading) {
            let cells: Vec<(usize, &str)> = places.iter().copied().zip(words).collect();
            faults.push_row(reading, at, &cells, line)?;
        }
    }
    reading.note("since-boot", 0, || "the first row holds means since the host was started, unless -y was given".to_owned());
    reading.note("assumed-unit", 0, || "memory is taken as KiB, which is so unless vmstat was called with -S".to_owned());
    faults.end()
}

fn without_time(input: &Input) -> Problems {
    let message = "saw rows without a time, expected a date and a time at the end of each";
    let help = "try vmstat with -t, which writes the time; for a single row try --at with the instant of the snapshot";
    vec![input.problem("ingest/needs-instant", message).help(help)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: &str = "--procs-- -----------------------memory---------------------- ---swap-- -----io---- -system-- ----------cpu---------- -----timestamp-----\n   \
        r    b         swpd         free         buff        cache   si   so    bi    bo   in   cs  us  sy  id  wa  st  gu                 CET\n   \
        1    0            0     24074200         2584       462568    0    0  3482  5762  262  338  24   7  69   0   0   0 2026-11-24 22:58:47\n";

    #[test]
    fn the_zone_above_the_times_holds_and_wide_tables_have_the_same_columns() {
        let reading = crate::formats::read(&Input::memory("v", WIDE.as_bytes().to_vec()), &Options::default()).unwrap();
        assert_eq!((reading.format, reading.series.len()), ("vmstat", 18));
        let at = "2026-11-24T21:58:47Z".parse::<jiff::Timestamp>().unwrap().as_nanosecond();
        assert!(reading.series.iter().all(|series| series.at.iter().all(|other| i128::from(*other) == at)));
    }

    #[test]
    fn rows_without_a_time_are_refused_with_what_to_do() {
        let text = " r  b   swpd   free  inact active   si   so    bi    bo   in   cs us sy id wa st\n 2  0  0 24132576 100196  54332  0  0  3479  5758  261  338 24  7 69  0  0\n";
        let input = Input::memory("v", text.as_bytes().to_vec());
        let problems = crate::formats::read(&input, &Options::default()).err().unwrap();
        assert_eq!(problems[0].slug, "ingest/needs-instant");
        assert!(crate::formats::read(&input, &Options { at: Some(0), ..Options::default() }).is_ok());
        let twice = Input::memory("v", format!("{text} 2 0 0 1 2 3 0 0 1 1 1 1 1 1 1 1 1\n").into_bytes());
        assert!(crate::formats::read(&twice, &Options { at: Some(0), ..Options::default() }).is_err());
    }
}
