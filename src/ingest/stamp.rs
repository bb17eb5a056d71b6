//! Times as written, to instants.

use std::collections::BTreeSet;

use jiff::civil;
use jiff::tz::AmbiguousOffset;

use crate::source::TimeForm;
use crate::time::{DAY_SECONDS, Day, Zone};

/// A time read from a file: an instant, or a local time whose zone is declared elsewhere. Seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    Instant(i64),
    Local(i64),
}

/// Years outside these are sentinels (0001-01-01, 9999-12-31) or a wrong unit, and would make a grid of centuries.
const SANE: std::ops::Range<i64> = 0..7_258_118_400; // 1970 to 2200

impl Stamp {
    pub(super) fn is_sane(self) -> bool {
        let (Self::Instant(at) | Self::Local(at)) = self;
        SANE.contains(&at)
    }
}

/// Reads a written time; `None` when it is not one of that form.
pub(super) fn parse(text: &str, form: &TimeForm) -> Option<Stamp> {
    match form {
        TimeForm::Auto => iso(text.as_bytes()),
        TimeForm::Epoch { per_second } => {
            text.parse::<f64>().ok().map(|at| Stamp::Instant((at / *per_second as f64).floor() as i64))
        }
        TimeForm::SecondsSince(zero) => text.parse::<f64>().ok().map(|seconds| Stamp::Instant(zero.0 + seconds.floor() as i64)),
        TimeForm::Pattern(pattern) => by_pattern(text, pattern),
    }
}

fn by_pattern(text: &str, pattern: &str) -> Option<Stamp> {
    let broken_down = jiff::fmt::strtime::parse(pattern, text).ok()?;
    if broken_down.offset().is_some() {
        return broken_down.to_timestamp().ok().map(|at| Stamp::Instant(at.as_second()));
    }
    let local = broken_down.to_datetime().or_else(|_| broken_down.to_date().map(civil::Date::into)).ok()?;
    Some(Stamp::Local(local_seconds(local)))
}

fn local_seconds(local: civil::DateTime) -> i64 {
    let time = local.time();
    let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    i64::from(Day::of(local.date()).0) * DAY_SECONDS + seconds
}

/// `YYYY-MM-DD`, then `T` or a space and `HH:MM[:SS[.fff]]`, then `Z`, `±HH:MM`, `±HHMM` or nothing.
fn iso(text: &[u8]) -> Option<Stamp> {
    let digits = |from: usize, to: usize| -> Option<i64> {
        let part = text.get(from..to)?;
        part.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let at = |index: usize, accepted: &[u8]| text.get(index).is_some_and(|byte| accepted.contains(byte));
    if !(at(4, b"-") && at(7, b"-")) {
        return None;
    }
    let date = civil::Date::new(digits(0, 4)? as i16, digits(5, 7)? as i8, digits(8, 10)? as i8).ok()?;
    let midnight = i64::from(Day::of(date).0) * DAY_SECONDS;
    if text.len() == 10 {
        return Some(Stamp::Local(midnight));
    }
    if !(at(10, b"T ") && at(13, b":")) {
        return None;
    }
    let (hour, minute) = (digits(11, 13)?, digits(14, 16)?);
    let (second, mut next) = if at(16, b":") { (digits(17, 19)?, 19) } else { (0, 16) };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if at(next, b".,") {
        next += 1 + text[next + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    }
    let local = midnight + hour * 3_600 + minute * 60 + second;
    match text.get(next..)? {
        b"" => Some(Stamp::Local(local)),
        b"Z" | b"z" | b" UTC" => Some(Stamp::Instant(local)),
        offset => offset_seconds(offset).map(|offset| Stamp::Instant(local - offset)),
    }
}

fn offset_seconds(text: &[u8]) -> Option<i64> {
    let sign = match text.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: Vec<i64> = text[1..].iter().filter(|byte| **byte != b':').map(|byte| i64::from(*byte) - 48).collect();
    let valid = digits.iter().all(|digit| (0..10).contains(digit)) && [2, 4].contains(&digits.len());
    let minutes = || digits.get(2).map_or(0, |tens| tens * 10 + digits[3]);
    valid.then(|| sign * ((digits[0] * 10 + digits[1]) * 3_600 + minutes() * 60))
}

/// Turns the local times of one entity into instants, in the order of the file.
pub(super) struct Localizer<'z> {
    zone: &'z Zone,
    folded: BTreeSet<i64>,
}

/// What became of a local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Localized {
    At(i64),
    /// It occurs twice: the first of the file is summer time, the second winter time.
    Folded(i64),
    /// The clocks were put forward over it.
    Skipped,
}

impl<'z> Localizer<'z> {
    pub(super) fn new(zone: &'z Zone) -> Self {
        Self { zone, folded: BTreeSet::new() }
    }

    pub(super) fn instant(&mut self, stamp: Stamp) -> Localized {
        let local = match stamp {
            Stamp::Instant(at) => return Localized::At(at),
            Stamp::Local(local) => local,
        };
        match self.zone.offsets_of_local(local) {
            AmbiguousOffset::Unambiguous { offset } => Localized::At(local - i64::from(offset.seconds())),
            AmbiguousOffset::Gap { .. } => Localized::Skipped,
            AmbiguousOffset::Fold { before, after } => {
                let offset = if self.folded.insert(local) { before } else { after };
                Localized::Folded(local - i64::from(offset.seconds()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Stamp> {
        parse(text, &TimeForm::Auto)
    }

    #[test]
    fn offsets_and_fractions_are_understood() {
        let noon = Some(Stamp::Instant(1_772_452_800));
        for text in ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00+01:00", "2026-03-02 07:00:00.250-0500", "2026-03-02T12:00Z"] {
            assert_eq!(at(text), noon, "{text}");
        }
        assert_eq!(at("2026-03-02 12:00:00"), Some(Stamp::Local(1_772_452_800)));
        assert_eq!((at("2026-02-30"), at("02.03.2026"), at("2026-03-02T12:61")), (None, None, None));
    }

    #[test]
    fn the_hour_that_occurs_twice_is_told_apart_by_order() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let mut localizer = Localizer::new(&zone);
        let local = at("2026-10-25 02:30:00").unwrap();
        let (first, second) = (localizer.instant(local), localizer.instant(local));
        let (Localized::Folded(first), Localized::Folded(second)) = (first, second) else { panic!("{first:?} {second:?}") };
        assert_eq!(second - first, 3_600);
        assert_eq!(localizer.instant(at("2026-03-29 02:30:00").unwrap()), Localized::Skipped);
    }
}
