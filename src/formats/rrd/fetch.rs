//! `rrdtool fetch`: names of data sources, a blank line, then `time: value value` in seconds since 1970.
//!
//! A stamp is the END of the interval that a row is of. The consolidation (AVERAGE, MAX, …) was an argument and stands nowhere. What the
//! sources count comes out as rates per second, so all are gauges. `nan` is no value. Specification: the manual page rrdfetch(1).

use super::super::host::{Faults, Lines};
use crate::formats::{Clock, Head, Identity, Input, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::{Kind, TimeForm};

/// `rrdtool fetch`.
pub(super) const RRD_FETCH: Parser = Parser { format: "rrd-fetch", says: "rrdtool fetch", recognise, read };

fn recognise(head: &Head) -> Option<String> {
    let mut lines = head.lines();
    let names = names(lines.next()?)?;
    let blank = lines.next()?.trim().is_empty();
    let (_, values) = row(lines.next()?)?;
    (blank && values.len() == names.len()).then(|| "it has names, a blank line, then times with a colon".to_owned())
}

/// Names of data sources: letters, digits, underscores and dashes.
fn names(line: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = line.split_whitespace().collect();
    let plain = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (line.starts_with([' ', '\t']) && !names.is_empty() && names.iter().all(plain)).then_some(names)
}

/// The time and the values of a row.
fn row(line: &str) -> Option<(&str, Vec<&str>)> {
    let (time, values) = line.split_once(':')?;
    let time = time.trim();
    let epoch = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    epoch.then(|| (time, values.split_whitespace().collect()))
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let mut lines = Lines::of(input, options)?;
    let (mut faults, mut clock) = (Faults::of(input, options), Clock::new(options));
    let mut places: Vec<usize> = Vec::new();
    while let Some((line, text)) = lines.next()? {
        if let Some(names) = names(text).filter(|_| places.is_empty()) {
            for name in names {
                let place = reading.series(Identity::named(name));
                reading.kind(place, Kind::Gauge);
                places.push(place);
            }
            continue;
        }
        if text.trim().is_empty() {
            continue;
        }
        let Some((time, values)) = row(text) else {
            faults.bad_time(reading, line, text);
            continue;
        };
        if values.len() != places.len() {
            faults.ragged(reading, line, values.len() + 1, places.len() + 1);
            continue;
        }
        let Some(stamp) = Stamp::parse(time, &TimeForm::Epoch { per_second: 1 }) else {
            faults.bad_time(reading, line, time);
            continue;
        };
        if let Some(at) = clock.instant(0, stamp, line, reading) {
            let cells: Vec<(usize, &str)> = places.iter().copied().zip(values).collect();
            faults.push_row(reading, at, &cells, line)?;
        }
    }
    if options.stat.is_none() {
        reading.ask(2, "--stat", "Which consolidation was fetched (AVERAGE, MAX, MIN, LAST)? The output does not say.");
    }
    reading.note("interval-end", 0, || "a time is the end of the interval that its row is of".to_owned());
    faults.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_missing_and_a_decimal_comma_is_understood() {
        let text =
            "                          rx                  tx\n\n1520402400: 1,5e+03 -nan\n1520404200: nan 2.0000000000e+00\n";
        let reading = crate::formats::read(&Input::memory("f", text.as_bytes().to_vec()), &Options::default()).unwrap();
        assert_eq!((reading.format, reading.series.len()), ("rrd-fetch", 2));
        assert_eq!(
            (reading.series[0].values.at(0).real(), reading.series[0].missing, reading.series[1].missing),
            (1_500.0, 1, 1)
        );
        assert_eq!(reading.questions[0].flag, "--stat");
    }
}
