//! `promtool tsdb dump`: one sample a line, `{__name__="up", job="node"} 1 1504527016000`, grouped by series.
//!
//! Times are milliseconds; values are often in scientific notation; labels are quoted as Go quotes strings. Types are not in the dump.

use std::collections::BTreeMap;

use super::super::{Clock, Head, Input, Number, Options, Problems, Reading, Stamp};
use super::labels::{Quoting, parse, split};
use super::lines::{LONGEST, each_line};
use super::naming::place;
use super::told::{Told, seen};
use crate::source::TimeForm;

pub(super) fn recognise(head: &Head) -> Option<String> {
    let line = head.first_line();
    let (key, rest) = split(line).filter(|_| line.starts_with('{'))?;
    let labels = parse(key, Quoting::Go).ok()?;
    let timed = rest.split_whitespace().next_back()?.parse::<i64>().is_ok();
    let named = labels.iter().any(|(label, _)| label == "__name__") && key.contains("__name__=");
    (named && timed).then(|| "lines `{__name__=\"…\"} value milliseconds`".to_owned())
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (mut told, mut clock) = (Told::new(input), Clock::new(options));
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    each_line(input, LONGEST, &mut |line, text| {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        reading.rows += 1;
        let sample = match sample(text) {
            Ok(sample) => sample,
            Err(message) => {
                told.invalid(reading, options, line, message);
                return Ok(());
            }
        };
        let Some((key, number, stamp)) = sample else {
            reading.warn("native-histogram", line, || "native histograms are not series of numbers: left out".to_owned());
            return Ok(());
        };
        let at = clock.instant(0, stamp, line, reading);
        let known = places.get(key).copied();
        let place = match known.map_or_else(|| parse(key, Quoting::Go).map(|pairs| place_of(reading, &pairs)), Ok) {
            Ok(place) => place,
            Err(message) => {
                told.invalid(reading, options, line, message);
                return Ok(());
            }
        };
        if known.is_none() {
            places.insert(key.to_owned(), place);
        }
        at.map_or(Ok(()), |at| reading.push(place, at, number, line))
    })?;
    told.finish(reading, options)
}

fn place_of(reading: &mut Reading<'_>, pairs: &[(String, String)]) -> usize {
    place(reading, pairs.iter().map(|(label, value)| (label.as_str(), value.as_str())))
}

/// Labels, value and time; `None` for a native histogram, whose value stands in braces.
fn sample(text: &str) -> Result<Option<(&str, Number, Stamp)>, String> {
    let (key, rest) = split(text).ok_or("saw labels that do not close, expected `}`")?;
    if rest.trim_start().starts_with('{') {
        return Ok(None);
    }
    let mut words = rest.split_whitespace();
    let (Some(value), Some(time), None) = (words.next(), words.next(), words.next()) else {
        return Err(format!("saw `{}` after the labels, expected a value and milliseconds", seen(rest.trim())));
    };
    let number = Number::parse(value).ok_or_else(|| format!("saw `{}`, expected a number", seen(value)))?;
    let stamp = Stamp::parse(time, &TimeForm::Epoch { per_second: 1_000 });
    let stamp = stamp.ok_or_else(|| format!("saw `{}`, expected milliseconds since 1970", seen(time)))?;
    Ok(Some((key, number, stamp)))
}

#[cfg(test)]
mod tests {
    use super::super::super::read as read_any;
    use super::*;

    #[test]
    fn histograms_in_a_dump_are_left_out_and_told() {
        let text =
            "{A=\"\\u00fc\", __name__=\"a_total\"} 1.5e+01 1700000000000\n{__name__=\"h\"} {count:3, sum:4} 1700000000000\n";
        let reading = read_any(&Input::memory("a", text.as_bytes().to_vec()), &Options::default()).unwrap();
        assert_eq!((reading.format, reading.series.len(), reading.findings[0].kind), ("tsdb-dump", 1, "native-histogram"));
        assert_eq!(reading.series[0].id.labels["A"], "ü");
    }
}
