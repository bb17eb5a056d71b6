//! Times as written, to instants in nanoseconds.

use std::collections::BTreeSet;

use jiff::civil;
use jiff::tz::AmbiguousOffset;

use super::{Options, Reading};
use crate::source::TimeForm;
use crate::time::{DAY_SECONDS, Day, Zone};

/// Nanoseconds in a second.
pub const NANOS: i64 = 1_000_000_000;

/// A time read from a file, in nanoseconds since 1970: an instant, or a local time whose zone is declared elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// UTC.
    Instant(i64),
    /// As clocks showed it.
    Local(i64),
}

/// Years outside these are sentinels (0001-01-01, 9999-12-31) or a wrong unit, and would make a grid of centuries.
const SANE: std::ops::Range<i64> = 0..7_258_118_400; // 1970 to 2200

impl Stamp {
    /// Whether it lies within 1970 to 2200.
    #[must_use]
    pub fn is_sane(self) -> bool {
        let (Self::Instant(at) | Self::Local(at)) = self;
        SANE.contains(&at.div_euclid(NANOS))
    }

    /// Reads a time written as ISO 8601 or RFC 3339: `YYYY-MM-DD`, then `T` or a space and `HH:MM[:SS[.fff]]`, then `Z`, ` UTC`,
    /// `±HH:MM`, `±HHMM` or nothing. Second 60 is taken as 59. A year that nanoseconds cannot hold gives a stamp that is not sane.
    #[must_use]
    pub fn iso(text: &str) -> Option<Self> {
        iso(text.as_bytes())
    }

    /// An instant from a number since 1970 of so many units a second.
    #[must_use]
    pub fn epoch(number: f64, per_second: u64) -> Self {
        Self::Instant(nanos(number, per_second))
    }

    /// An instant from a number since 1970 whose unit is told by its size: s, ms, us or ns (years 1973 to 2200 do not overlap).
    #[must_use]
    pub fn epoch_by_size(number: f64) -> Self {
        Self::epoch(number, epoch_unit(number))
    }

    /// Reads a time by a strptime pattern.
    #[must_use]
    pub fn by_pattern(text: &str, pattern: &str) -> Option<Self> {
        by_pattern(text, pattern)
    }

    /// Reads a time of a declared form. `Auto`: ISO text, or a number whose unit is told by its size.
    #[must_use]
    pub fn parse(text: &str, form: &TimeForm) -> Option<Self> {
        match form {
            TimeForm::Auto => Self::iso(text).or_else(|| number(text).map(Self::epoch_by_size)),
            TimeForm::Epoch { per_second } => exact_epoch(text, *per_second).map(Self::Instant),
            TimeForm::SecondsSince(zero) => {
                number(text).map(|seconds| Self::Instant(zero.0.saturating_mul(NANOS).saturating_add(nanos(seconds, 1))))
            }
            TimeForm::Pattern(pattern) => by_pattern(text, pattern),
        }
    }
}

/// Units a second of a number since 1970: 1, 1e3, 1e6 or 1e9, by its size.
pub(super) fn epoch_unit(number: f64) -> u64 {
    match number.abs() {
        size if size < 1e11 => 1,
        size if size < 1e14 => 1_000,
        size if size < 1e17 => 1_000_000,
        _ => 1_000_000_000,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Whole numbers exactly, others through floats.
fn exact_epoch(text: &str, per_second: u64) -> Option<i64> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.saturating_mul(NANOS / per_second as i64));
    }
    number(text).map(|number| nanos(number, per_second))
}

/// Floats to nanoseconds: the whole part exactly, the fraction to the microsecond where the float holds no more.
fn nanos(number: f64, per_second: u64) -> i64 {
    let each = NANOS / per_second as i64;
    let whole = number.floor();
    let rest = ((number - whole) * each as f64).round() as i64;
    let rest = if per_second == 1 && whole > 1e8 { (rest + 500) / 1_000 * 1_000 } else { rest };
    (whole as i64).saturating_mul(each).saturating_add(rest)
}

fn by_pattern(text: &str, pattern: &str) -> Option<Stamp> {
    let broken_down = jiff::fmt::strtime::parse(pattern, text).ok()?;
    if broken_down.offset().is_some() {
        return broken_down.to_timestamp().ok().map(|at| Stamp::Instant(saturate(at.as_nanosecond())));
    }
    let local = broken_down.to_datetime().or_else(|_| broken_down.to_date().map(civil::Date::into)).ok()?;
    Some(Stamp::Local(local_nanos(local)))
}

fn saturate(nanos: i128) -> i64 {
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

/// A calendar date and time as nanoseconds since 1970-01-01T00:00:00 on the same clock.
pub(super) fn local_nanos(local: civil::DateTime) -> i64 {
    let time = local.time();
    let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    let seconds = i64::from(Day::of(local.date()).0) * DAY_SECONDS + seconds;
    seconds.saturating_mul(NANOS).saturating_add(i64::from(time.subsec_nanosecond()))
}

fn iso(text: &[u8]) -> Option<Stamp> {
    let digits = |from: usize, to: usize| -> Option<i64> {
        let part = text.get(from..to)?;
        part.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let at = |index: usize, accepted: &[u8]| text.get(index).is_some_and(|byte| accepted.contains(byte));
    if !(at(4, b"-/") && text.get(7) == text.get(4)) {
        return None;
    }
    let date = civil::Date::new(digits(0, 4)? as i16, digits(5, 7)? as i8, digits(8, 10)? as i8).ok()?;
    let midnight = i64::from(Day::of(date).0) * DAY_SECONDS;
    if text.len() == 10 {
        return Some(Stamp::Local(midnight.saturating_mul(NANOS)));
    }
    if !(at(10, b"T t") && at(13, b":")) {
        return None;
    }
    let (hour, minute) = (digits(11, 13)?, digits(14, 16)?);
    let (second, mut next) = if at(16, b":") { (digits(17, 19)?, 19) } else { (0, 16) };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut fraction = 0;
    if at(next, b".,") {
        let tail = &text[next + 1..];
        let count = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
        fraction = (0..9).fold(0, |sum, place| sum * 10 + if place < count { i64::from(tail[place] - b'0') } else { 0 });
        next += 1 + count;
    }
    let seconds = midnight + hour * 3_600 + minute * 60 + second.min(59);
    let local = |offset: i64| (seconds - offset).saturating_mul(NANOS).saturating_add(fraction);
    match text.get(next..)? {
        b"" => Some(Stamp::Local(local(0))),
        b"Z" | b"z" | b" UTC" | b" Z" => Some(Stamp::Instant(local(0))),
        offset => offset_seconds(offset.strip_prefix(b" ").unwrap_or(offset)).map(|offset| Stamp::Instant(local(offset))),
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

/// Turns stamps into instants: local times by the declared zone (UTC until one is declared, and the question is asked).
#[derive(Debug)]
pub struct Clock {
    zone: Zone,
    declared: bool,
    folded: BTreeSet<(usize, i64)>,
    last: Option<(i64, i64)>,
    /// The local time before, and how much oftener times went back than on: a file may stand newest first.
    before: Option<i64>,
    falls: i64,
}

impl Clock {
    /// The clock of the declared zone.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            zone: options.zone.clone().unwrap_or_else(Zone::utc),
            declared: options.zone.is_some(),
            folded: BTreeSet::new(),
            last: None,
            before: None,
            falls: 0,
        }
    }

    /// The same, for a file whose first times these are: they tell whether it stands newest first.
    #[must_use]
    pub fn in_order_of(mut self, stamps: impl Iterator<Item = Stamp>) -> Self {
        for stamp in stamps {
            if let Stamp::Local(local) = stamp {
                self.follow(local);
            }
        }
        self.before = None;
        self
    }

    fn follow(&mut self, local: i64) {
        match self.before.replace(local).map(|before| local.cmp(&before)) {
            Some(std::cmp::Ordering::Less) => self.falls += 1,
            Some(std::cmp::Ordering::Greater) => self.falls -= 1,
            _ => {}
        }
    }

    /// The same, in a zone that the input itself names, unless the user declared another.
    #[must_use]
    pub fn or_named(mut self, name: &str) -> Self {
        if !self.declared
            && let Ok(zone) = Zone::named(name)
        {
            (self.zone, self.declared) = (zone, true);
        }
        self
    }

    /// The instant of a stamp of entity `key`, in the order of the file: an hour that occurs twice is told apart by which comes
    /// first (the later one where the file stands newest first). `None` for a local time that does not exist (noted as `dst-gap`) and for one that is not sane (`time-out-of-range`).
    pub fn instant(&mut self, key: usize, stamp: Stamp, line: u64, reading: &mut Reading<'_>) -> Option<i64> {
        if !stamp.is_sane() {
            reading.warn("time-out-of-range", line, || {
                "times before 1970 or after 2200 (sentinels, another unit?): left out".to_owned()
            });
            return None;
        }
        let local = match stamp {
            Stamp::Instant(at) => return Some(at),
            Stamp::Local(local) => local,
        };
        if !self.declared {
            reading.ask(1, "--tz", "In which zone are the times without an offset? UTC is assumed.");
            reading.warn("naive-time", 0, || "times have no offset and no zone is declared: taken as UTC".to_owned());
        }
        self.follow(local);
        // Neighbours mostly share an hour, and within an hour that is not folded the offset is one.
        let hour = local.div_euclid(3_600 * NANOS);
        if let Some((_, offset)) = self.last.filter(|last| last.0 == hour) {
            return Some(local - offset);
        }
        match self.zone.offsets_of_local(local.div_euclid(NANOS)) {
            AmbiguousOffset::Unambiguous { offset } => {
                let offset = i64::from(offset.seconds()) * NANOS;
                // looked at every half an hour: on Lord Howe Island clocks are changed by that much
                let whole = |half: i64| matches!(self.zone.offsets_of_local(half * 1_800), AmbiguousOffset::Unambiguous { .. });
                self.last = (hour * 2..hour * 2 + 3).all(whole).then_some((hour, offset));
                Some(local - offset)
            }
            AmbiguousOffset::Gap { .. } => {
                reading.warn("dst-gap", line, || "local times that the change to summer time skips: left out".to_owned());
                None
            }
            AmbiguousOffset::Fold { before, after } => {
                let newest_first = self.falls > 0;
                reading.note("dst-fold", line, || {
                    let order = if newest_first { ["winter", "summer"] } else { ["summer", "winter"] };
                    let [first, second] = order;
                    format!("local times that occur twice: the first in the file is taken as {first} time, the second as {second} time")
                });
                let offset = if self.folded.insert((key, local)) == newest_first { after } else { before };
                Some(local - i64::from(offset.seconds()) * NANOS)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_fractions_are_understood() {
        let noon = Some(Stamp::Instant(1_772_452_800 * NANOS));
        for text in ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00+01:00", "2026-03-02 07:00:00-0500", "2026-03-02T12:00Z"] {
            assert_eq!(Stamp::iso(text), noon, "{text}");
        }
        assert_eq!(Stamp::iso("2026-03-02 12:00:00.25"), Some(Stamp::Local(1_772_452_800 * NANOS + NANOS / 4)));
        assert_eq!((Stamp::iso("2026-02-30"), Stamp::iso("02.03.2026"), Stamp::iso("2026-03-02T12:61")), (None, None, None));
        for far in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
            assert!(!Stamp::iso(far).unwrap().is_sane(), "{far}");
        }
    }

    #[test]
    fn epochs_are_told_by_size_and_keep_their_fraction() {
        for text in ["1504447811.347713", "1504447811347.713", "1504447811347713", "1504447811347713000"] {
            let Some(Stamp::Instant(at)) = Stamp::parse(text, &TimeForm::Auto) else { panic!("{text}") };
            assert!((at - 1_504_447_811_347_713_000).abs() < 1_000, "{text}: {at}");
        }
    }

    #[test]
    fn half_an_hour_that_occurs_twice_is_seen_behind_one_that_does_not() {
        let options = Options { zone: Some(Zone::named("Australia/Lord_Howe").unwrap()), ..Options::default() };
        let (mut clock, mut reading) = (Clock::new(&options), Reading::default());
        let mut at = |text: &str| clock.instant(0, Stamp::iso(text).unwrap(), 1, &mut reading).unwrap() / NANOS / 60;
        let times = ["01:15", "01:30", "01:45", "01:30", "01:45", "02:00"];
        let minutes: Vec<i64> = times.iter().map(|time| at(&format!("2026-04-05 {time}"))).collect();
        assert!(minutes.windows(2).all(|pair| pair[1] - pair[0] == 15), "{minutes:?}");
    }

    #[test]
    fn newest_first_the_later_of_two_hours_comes_first() {
        let options = Options { zone: Some(Zone::named("Europe/Berlin").unwrap()), ..Options::default() };
        let times = ["02:30", "02:00", "02:30", "02:00", "01:30"].map(|time| Stamp::iso(&format!("2026-10-25 {time}")).unwrap());
        let mut reading = Reading::default();
        let mut clock = Clock::new(&options).in_order_of(times.into_iter());
        let minutes: Vec<i64> =
            times.iter().map(|stamp| clock.instant(0, *stamp, 1, &mut reading).unwrap() / NANOS / 60).collect();
        assert!(minutes.windows(2).all(|pair| pair[0] - pair[1] == 30), "{minutes:?}");
    }

    #[test]
    fn the_hour_that_occurs_twice_is_told_apart_by_order() {
        let options = Options { zone: Some(Zone::named("Europe/Berlin").unwrap()), ..Options::default() };
        let (mut clock, mut reading) = (Clock::new(&options), Reading::default());
        let mut at = |text: &str| clock.instant(0, Stamp::iso(text).unwrap(), 1, &mut reading);
        let (first, second) = (at("2026-10-25 02:30:00").unwrap(), at("2026-10-25 02:30:00").unwrap());
        assert_eq!(second - first, 3_600 * NANOS);
        assert_eq!(at("2026-03-29 02:30:00"), None);
        assert_eq!(at("2026-03-29 03:30:00"), Some(1_774_747_800 * NANOS));
        let kinds: Vec<&str> = reading.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, ["dst-fold", "dst-gap"]);
    }
}
