//! What `promtool query range` and `promtool query instant` print unless asked for JSON: a series, `=>`, and `value @[seconds]`.
//!
//! A range has the series on a line of its own and a sample on each line below; an instant query all on one line. Labels are quoted as
//! Go quotes strings.

use super::super::{Clock, Head, Input, Number, Options, Problems, Reading, Stamp};
use super::labels::{Pairs, Quoting, parse, split};
use super::lines::{LONGEST, each_line};
use super::naming::place;
use super::told::{Told, seen};
use crate::source::TimeForm;

/// A line that begins a series: name and labels, and what follows the arrow.
fn series_of(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = split(line)?;
    Some((key, rest.trim_start().strip_prefix("=>")?.trim()))
}

/// The name and labels; `{}` has neither, as the sum over all has.
fn pairs(key: &str) -> Result<Pairs, String> {
    if key == "{}" { Ok(Pairs::new()) } else { parse(key, Quoting::Go) }
}

/// A value and its time.
fn sample(text: &str) -> Option<(Number, Stamp)> {
    let (value, time) = text.split_once(" @[")?;
    let stamp = Stamp::parse(time.strip_suffix(']')?, &TimeForm::Epoch { per_second: 1 })?;
    Some((Number::parse(value.trim())?, stamp))
}

pub(super) fn recognise(head: &Head) -> Option<String> {
    let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty());
    let (key, rest) = series_of(lines.next()?)?;
    let first = if rest.is_empty() { lines.next()? } else { rest };
    (pairs(key).is_ok() && sample(first).is_some()).then(|| "lines `series => value @[seconds]`".to_owned())
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (mut told, mut clock, mut current) = (Told::new(input), Clock::new(options), None);
    each_line(input, LONGEST, &mut |line, text| {
        let mut text = text.trim();
        if let Some((key, rest)) = series_of(text) {
            current = match pairs(key) {
                Ok(pairs) => Some(place(reading, pairs.iter().map(|(label, value)| (label.as_str(), value.as_str())))),
                Err(message) => {
                    told.invalid(reading, options, line, message);
                    None
                }
            };
            text = rest;
        }
        if text.is_empty() {
            return Ok(());
        }
        reading.rows += 1;
        let (Some(place), Some((number, stamp))) = (current, sample(text)) else {
            told.invalid(reading, options, line, format!("saw `{}`, expected a value and seconds (5 @[1504526400])", seen(text)));
            return Ok(());
        };
        clock.instant(place, stamp, line, reading).map_or(Ok(()), |at| reading.push(place, at, number, line))
    })?;
    told.finish(reading, options)
}

#[cfg(test)]
mod tests {
    use super::super::super::read as read_any;
    use super::*;

    #[test]
    fn ranges_and_instants_are_read() {
        let range = "up{job=\"a =>\"} =>\n1 @[1504526400]\nNaN @[1504526460.5]\n{} =>\n2.5 @[1504526400]\n";
        let of = |text: &str| read_any(&Input::memory("a", text.as_bytes().to_vec()), &Options::default());
        let reading = of(range).unwrap();
        let told: Vec<_> = reading.series.iter().map(|one| (one.id.to_string(), one.at.len(), one.missing)).collect();
        assert_eq!(told, [("up{job=\"a =>\"}".to_owned(), 1, 1), (String::new(), 1, 0)]);
        assert!(of(&format!("{range}up{{job=}} =>\n1 @[5]\n")).is_err());
        let reading = of("up{job=\"a\"} => 1 @[1504526400.123]\n").unwrap();
        assert_eq!((reading.format, reading.series[0].at[0]), ("promtool-query", 1_504_526_400_123_000_000));
    }
}
