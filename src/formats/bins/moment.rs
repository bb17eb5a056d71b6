//! Times of neighbouring rows to instants: most are the same, or of the same day.

use jiff::tz::AmbiguousOffset;

use crate::formats::Options;
use crate::formats::stamp::{NANOS, Stamp};
use crate::source::TimeForm;
use crate::time::Zone;

/// Bytes of a time that are remembered; longer ones are read anew.
const LONGEST: usize = 40;

/// Reads times of one form. A time that it does not understand, a change of form, and a local hour that is skipped or occurs twice
/// are left to the reader that can say so.
pub(super) struct Moments<'o> {
    form: &'o TimeForm,
    zone: Option<&'o Zone>,
    shape: Option<Shape>,
    last: Text,
    last_at: i64,
    /// Days met, each at a place that its month and day give.
    days: Vec<Option<Day>>,
    hour: Option<(i64, i64)>,
}

/// What must not change within a file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Instant,
    Local,
    /// A number since 1970 with so many digits before the point.
    Epoch(usize),
}

/// A short text by value.
#[derive(Clone, Copy)]
struct Text {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Text {
    const EMPTY: Self = Self { bytes: [0; LONGEST], length: 0 };

    fn of(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { bytes, length: text.len() })
    }

    fn is(&self, text: &[u8]) -> bool {
        self.bytes[..self.length] == *text
    }
}

/// Places for days: more than months of 32 days are in a year.
const DAYS: usize = 512;

/// The place of a day by the last digits of month and day, wherever they stand in what may be a date.
fn place(date: &[u8; 11]) -> usize {
    let digit = |index: usize| usize::from(date[index].wrapping_sub(b'0'));
    (digit(5) * 320 + digit(6) * 32 + digit(8) * 10 + digit(9)) % DAYS
}

/// A date as written up to the hour's first digit, what stands behind the seconds (a fraction, the offset), and the nanoseconds at
/// midnight with that fraction.
struct Day {
    date: [u8; 11],
    behind: Text,
    midnight: i64,
}

impl<'o> Moments<'o> {
    pub fn new(options: &'o Options) -> Self {
        // A zone without changes of the clock is the declared offset zero.
        let zone = options.zone.as_ref().filter(|zone| zone.name() != "UTC");
        Self { form: &options.time, zone, shape: None, last: Text::EMPTY, last_at: 0, days: Vec::new(), hour: None }
    }

    /// The instant in nanoseconds since 1970; `None` when the slow reader has to look at it.
    #[inline]
    pub fn at(&mut self, text: &[u8]) -> Option<i64> {
        if self.last.length > 0 && self.last.is(text) {
            return Some(self.last_at);
        }
        let at = match self.on_known_day(text) {
            Some(stamp) => self.instant(stamp)?,
            None => self.anew(text)?,
        };
        if let Some(last) = Text::of(text) {
            (self.last, self.last_at) = (last, at);
        }
        Some(at)
    }

    fn on_known_day(&self, text: &[u8]) -> Option<i64> {
        let (date, rest) = text.split_first_chunk::<11>()?;
        let day = self.days.get(place(date))?.as_ref()?;
        let (time, behind) = rest.split_first_chunk::<8>()?;
        if *date != day.date || !day.behind.is(behind) {
            return None;
        }
        Some(day.midnight + seconds_of_day(time)? * NANOS)
    }

    #[cold]
    fn anew(&mut self, text: &[u8]) -> Option<i64> {
        let words = std::str::from_utf8(text).ok()?;
        if text.get(16..19) == Some(b":60") {
            return None; // a leap second: told by others
        }
        let (shape, stamp) = match self.form {
            TimeForm::Auto if text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') => {
                let whole = text.iter().position(|byte| *byte == b'.').unwrap_or(text.len());
                (Shape::Epoch(whole), epoch(words)?)
            }
            form => match Stamp::parse(words, form)? {
                stamp @ Stamp::Instant(_) => (Shape::Instant, stamp),
                stamp @ Stamp::Local(_) => (Shape::Local, stamp),
            },
        };
        if *self.shape.get_or_insert(shape) != shape || !stamp.is_sane() {
            return None;
        }
        let (Stamp::Instant(at) | Stamp::Local(at)) = stamp;
        self.remember_day(text, at);
        self.instant(at)
    }

    fn remember_day(&mut self, text: &[u8], at: i64) {
        if let Some((date, rest)) = text.split_first_chunk::<11>()
            && let Some((time, behind)) = rest.split_first_chunk::<8>()
            && matches!(self.form, TimeForm::Auto)
            && matches!(date[10], b'T' | b' ')
            && let (Some(seconds), Some(behind)) = (seconds_of_day(time), Text::of(behind))
        {
            let midnight = at - seconds * NANOS;
            if [midnight, midnight + 86_400 * NANOS].map(Stamp::Instant).iter().all(|stamp| stamp.is_sane()) {
                self.days.resize_with(DAYS, || None);
                self.days[place(date)] = Some(Day { date: *date, behind, midnight });
            }
        }
    }

    /// A time on the clock of the file to an instant; the zone's offset is looked up once an hour.
    fn instant(&mut self, at: i64) -> Option<i64> {
        let (Some(zone), Some(Shape::Local)) = (self.zone, self.shape) else { return Some(at) };
        let hour = at.div_euclid(3_600 * NANOS);
        if let Some((_, offset)) = self.hour.filter(|known| known.0 == hour) {
            return Some(at - offset);
        }
        let offset = |seconds: i64| match zone.offsets_of_local(seconds) {
            AmbiguousOffset::Unambiguous { offset } => Some(i64::from(offset.seconds()) * NANOS),
            AmbiguousOffset::Gap { .. } | AmbiguousOffset::Fold { .. } => None,
        };
        let here = offset(at.div_euclid(NANOS))?;
        // Clocks change at most once in an hour.
        let certain = offset(hour * 3_600) == Some(here) && offset((hour + 1) * 3_600) == Some(here);
        self.hour = certain.then_some((hour, here));
        Some(at - here)
    }
}

/// Seconds since midnight of `HH:MM:SS`, second 60 left out.
fn seconds_of_day(time: &[u8; 8]) -> Option<i64> {
    let two = |index: usize| {
        let (tens, ones) = (time[index].wrapping_sub(b'0'), time[index + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then_some(i64::from(tens) * 10 + i64::from(ones))
    };
    let (hour, minute, second) = (two(0)?, two(3)?, two(6)?);
    (time[2] == b':' && time[5] == b':' && hour < 24 && minute < 60 && second < 60).then_some(hour * 3_600 + minute * 60 + second)
}

/// A number since 1970 whose unit is told by its size, whole ones exactly.
fn epoch(text: &str) -> Option<Stamp> {
    let number: f64 = text.parse().ok()?;
    let per_second = crate::formats::stamp::epoch_unit(number);
    match text.parse::<i64>() {
        Ok(whole) => whole.checked_mul(NANOS / per_second as i64).map(Stamp::Instant),
        Err(_) => Some(Stamp::epoch(number, per_second)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &Options, texts: &[&str]) -> Vec<Option<i64>> {
        let mut moments = Moments::new(options);
        texts.iter().map(|text| moments.at(text.as_bytes()).map(|at| at / NANOS)).collect()
    }

    #[test]
    fn times_are_read_as_one_by_one() {
        let texts = [
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:05:07Z",
            "2026-03-01T23:59:59Z",
            "2026-03-01T00:05:07+01:00",
            "2026-03-01 00:05:07+01:00",
            "2026-03-02T00:00:00Z",
            "2026-03-02T00:00:00.250Z",
            "2026-03-02T00:00:01.250Z",
            "2026-03-02T00:00:02.125Z",
            "1970-01-01T05:00:00+05:00",
            "1970-01-01T04:59:59+05:00",
            "2026-03-02T12:34Z",
            "1969-12-31T23:59:59Z",
            "2026-03-02T24:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-03-02T00:0:000Z",
            "",
        ];
        let one_by_one = texts.map(|text| match Stamp::iso(text).filter(|stamp| stamp.is_sane())? {
            Stamp::Instant(at) => Some(at / NANOS),
            Stamp::Local(_) => None,
        });
        assert_eq!(read(&Options::default(), &texts), one_by_one);
    }

    #[test]
    fn a_leap_second_is_left_to_others() {
        assert_eq!(read(&Options::default(), &["2016-12-31T23:59:59Z", "2016-12-31T23:59:60Z"]), [Some(1_483_228_799), None]);
    }

    #[test]
    fn local_times_follow_the_zone_and_doubtful_hours_are_left_to_others() {
        let options = Options { zone: Some(Zone::named("Europe/Berlin").unwrap()), ..Options::default() };
        let texts =
            ["2026-03-29 01:59:59", "2026-03-29 02:30:00", "2026-03-29 03:00:00", "2026-10-25 02:30:00", "2026-10-25 03:00:00"];
        assert_eq!(read(&options, &texts), [Some(1_774_745_999), None, Some(1_774_746_000), None, Some(1_792_893_600)]);
    }

    #[test]
    fn a_change_of_form_is_left_to_others() {
        assert_eq!(
            read(&Options::default(), &["1772323200", "1772323500", "1772323500000"]),
            [Some(1_772_323_200), Some(1_772_323_500), None]
        );
        assert_eq!(read(&Options::default(), &["2026-03-01T00:00:00Z", "2026-03-01T00:00:00"]), [Some(1_772_323_200), None]);
    }
}
