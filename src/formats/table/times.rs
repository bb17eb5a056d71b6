//! Times of a table: which form a column of them has, and instants of that form, fast.
//!
//! Dates in digits are the trap: `02/03/2026` is the 2nd of March in most of the world and the 3rd of February in the United
//! States. Which one holds is proven by the whole column, never cell by cell. Points (`02.03.2026`) are only used day first.

use std::sync::LazyLock;

use jiff::civil::{ISOWeekDate, Weekday};

use crate::formats::stamp::{epoch_unit, local_nanos};
use crate::formats::{NANOS, Stamp};
use crate::source::TimeForm;

/// What stands first in a date of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// 31/12/2026, 31.12.2026
    Day,
    /// 12/31/2026
    Month,
    /// 2026/12/31, without zeros in front: 2026-3-2
    Year,
}

/// How times are written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// ISO 8601, RFC 3339; with and without offsets.
    Iso,
    /// A number since 1970 of so many a second. `sized`: found out by its size, so that a change can be told.
    Epoch { per_second: u64, sized: bool },
    /// Days since 1899-12-30, as spreadsheets keep times.
    Serial,
    /// Seconds since an instant in nanoseconds.
    Since(i64),
    /// Numbers in an order, then a time of day.
    Parts(Order),
    /// Digits without separators: 20260302, 202603020015, 20260302T001500Z.
    Compact,
    /// A month, a quarter or a week: 2026-03, Mar 2026, 2026-Q1, 2026-W10 (ISO 8601). It begins with its first day.
    Month,
    /// A strptime pattern.
    Pattern(String),
}

impl Form {
    /// The declared form, if one is.
    pub(super) fn declared(form: &TimeForm) -> Option<Self> {
        match form {
            TimeForm::Auto => None,
            TimeForm::Epoch { per_second } => Some(Self::Epoch { per_second: *per_second, sized: false }),
            TimeForm::SecondsSince(zero) => Some(Self::Since(zero.0.saturating_mul(NANOS))),
            TimeForm::Pattern(pattern) => Some(Self::Pattern(pattern.clone())),
        }
    }

    /// In words, for `inspect`.
    pub(super) fn says(&self) -> String {
        match self {
            Self::Iso => "ISO 8601".to_owned(),
            Self::Epoch { per_second: 1, .. } => "seconds since 1970".to_owned(),
            Self::Epoch { per_second: 1_000, .. } => "milliseconds since 1970".to_owned(),
            Self::Epoch { per_second: 1_000_000, .. } => "microseconds since 1970".to_owned(),
            Self::Epoch { .. } => "nanoseconds since 1970".to_owned(),
            Self::Serial => "spreadsheet days since 1899-12-30".to_owned(),
            Self::Since(_) => "seconds since a declared instant".to_owned(),
            Self::Parts(Order::Day) => "day, month, year".to_owned(),
            Self::Parts(Order::Month) => "month, day, year".to_owned(),
            Self::Parts(Order::Year) => "year, month, day".to_owned(),
            Self::Compact => "digits without separators".to_owned(),
            Self::Month => "year and month, quarter or week: its first day".to_owned(),
            Self::Pattern(pattern) => format!("pattern {pattern}"),
        }
    }

    /// Reads one time.
    pub(super) fn read(&self, text: &str) -> Option<Stamp> {
        match self {
            Self::Iso => Stamp::iso(text),
            Self::Epoch { per_second, .. } => epoch(text, *per_second),
            Self::Serial => {
                let days: f64 = text.replace(',', ".").parse().ok()?;
                // ten decimals are 9 us: what is kept is the millisecond
                let millis = ((days - 25_569.0) * 86_400_000.0).round();
                days.is_finite().then(|| Stamp::Local((millis as i64).saturating_mul(NANOS / 1_000)))
            }
            Self::Since(origin) => {
                let Stamp::Instant(since) = epoch(text, 1)? else { return None };
                Some(Stamp::Instant(origin.saturating_add(since)))
            }
            Self::Parts(order) => parts(text, *order),
            Self::Compact => compact(text),
            Self::Month => month(text),
            Self::Pattern(pattern) => Stamp::by_pattern(text, pattern),
        }
    }
}

fn epoch(text: &str, per_second: u64) -> Option<Stamp> {
    Stamp::parse(text, &TimeForm::Epoch { per_second })
}

/// The orders that text times of these may be in: one, or several that nothing tells apart. Each must read most of them.
pub(super) fn text_forms(cells: &[&str]) -> Vec<Form> {
    let read = |form: &Form| cells.iter().filter(|cell| form.read(cell).is_some()).count();
    let orders = [Order::Day, Order::Month, Order::Year].map(Form::Parts);
    let simple: Vec<(usize, Form)> =
        [Form::Iso, Form::Compact, Form::Month].into_iter().chain(orders).map(|form| (read(&form), form)).collect();
    let most = simple.iter().map(|(count, _)| *count).max().unwrap_or(0);
    if most > 0 && most * 10 >= cells.len() * 6 {
        let mut best: Vec<Form> = simple.into_iter().filter(|(count, _)| *count == most).map(|(_, form)| form).collect();
        if [Form::Iso, Form::Compact, Form::Month].iter().any(|form| best.contains(form)) {
            best.truncate(1);
        }
        return best;
    }
    let Some(first) = cells.first().filter(|cell| cell.len() >= 8 && names_month(cell)) else { return Vec::new() };
    let likely = MONTH_PATTERNS.iter().filter(|pattern| Stamp::by_pattern(first, pattern).is_some());
    let likely = likely.map(|pattern| Form::Pattern(pattern.clone())).max_by_key(read);
    likely.into_iter().filter(|form| read(form) * 10 >= cells.len() * 6).collect()
}

/// Whether a text may hold a date with the name of its month: trying the patterns costs much, and most words hold none.
fn names_month(text: &str) -> bool {
    let months = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let begins = |three: &[u8]| months.iter().any(|month| three.eq_ignore_ascii_case(*month));
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.as_bytes().windows(3).any(begins)
}

/// Patterns with the name of the month.
static MONTH_PATTERNS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let dates = ["%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y", "%a, %d %b %Y"];
    let times = ["", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M:%S", ", %I:%M:%S %p", " %H:%M:%S %z"];
    let mut all: Vec<String> = dates.iter().flat_map(|date| times.iter().map(move |time| format!("{date}{time}"))).collect();
    all.extend(["%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S %Y"].map(str::to_owned));
    all
});

/// The form of numbers that are times: since 1970 by their size, days of a spreadsheet, or relative ones.
pub(super) fn number_form(numbers: &[f64]) -> Option<Form> {
    let within = |range: std::ops::Range<f64>| numbers.iter().filter(|number| range.contains(number)).count();
    let units: Vec<u64> = numbers.iter().filter_map(|number| likely_unit(*number)).collect();
    if !units.is_empty() && units.len() * 10 >= numbers.len() * 8 {
        // the unit of the first rows: a change is told from where it happens
        return Some(Form::Epoch { per_second: *units.first()?, sized: true });
    }
    (!numbers.is_empty() && within(20_000.0..80_000.0) == numbers.len()).then_some(Form::Serial)
}

/// The unit of a number since 1970 by its size, when the instant is between 1982 and 2200. The stand-ins for no time (year 9999
/// in seconds) are none of another unit.
fn likely_unit(number: f64) -> Option<u64> {
    let per_second = epoch_unit(number);
    (4e8..7.3e9).contains(&(number / per_second as f64)).then_some(per_second)
}

/// Reads numbers, each of at most so many digits.
struct Digits<'t>(&'t [u8]);

impl Digits<'_> {
    fn number(&mut self, most: usize) -> Option<(u32, usize)> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 || length > most {
            return None;
        }
        let number = self.0[..length].iter().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
        self.0 = &self.0[length..];
        Some((number, length))
    }

    fn skip(&mut self, accepted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        accepted.contains(first).then(|| self.0 = rest).map(|()| *first)
    }
}

/// A date of three numbers, and perhaps a time of day on a clock of 24 or 12 hours.
fn parts(text: &str, order: Order) -> Option<Stamp> {
    let mut rest = Digits(text.as_bytes());
    let first = rest.number(4)?;
    let mark = rest.skip(b"/.-")?;
    let second = rest.number(2)?;
    rest.skip(&[mark])?;
    let third = rest.number(4)?;
    let (year, month, day) = match order {
        Order::Day => (third, second, first),
        Order::Month if mark != b'.' => (third, first, second),
        Order::Year if first.1 == 4 => (first, second, third),
        _ => return None,
    };
    if month.1 > 2 || day.1 > 2 || ![2, 4].contains(&year.1) {
        return None;
    }
    let year = if year.1 == 2 { 2_000 + year.0 } else { year.0 };
    let mut text = Written::date(year, month.0, day.0);
    while rest.skip(b", T").is_some() {}
    if rest.0.is_empty() {
        return text.stamp(b"");
    }
    let (mut hour, _) = rest.number(2)?;
    rest.skip(b":")?;
    let (minute, _) = rest.number(2)?;
    let second = if rest.skip(b":").is_some() { rest.number(2)?.0 } else { 0 };
    let fraction = rest.0.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let (fraction, mut zone) = rest.0.split_at(fraction);
    zone = zone.trim_ascii();
    if let [half @ (b'a' | b'A' | b'p' | b'P'), b'm' | b'M', after @ ..] = zone {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half.eq_ignore_ascii_case(&b'p') { 12 } else { 0 };
        zone = after.trim_ascii();
    }
    text.time(hour, minute, second);
    text.add(fraction);
    text.stamp(zone)
}

/// Digits only, or with a `T` between date and time.
fn compact(text: &str) -> Option<Stamp> {
    let mut rest = Digits(text.as_bytes());
    let whole = rest.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if ![8, 12, 14].contains(&whole) || text.len() > 40 {
        return None;
    }
    let two = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
    let (date, mut time) = rest.0[..whole].split_at(8);
    let year = two(&date[..4]);
    if !(1_970..2_200).contains(&year) {
        return None;
    }
    let mut written = Written::date(year, two(&date[4..6]), two(&date[6..]));
    rest.0 = &rest.0[whole..];
    if time.is_empty() && rest.skip(b"T").is_some() {
        let length = rest.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if ![4, 6].contains(&length) {
            return None;
        }
        (time, rest.0) = rest.0.split_at(length);
    }
    if !time.is_empty() {
        written.time(two(&time[..2]), two(&time[2..4]), time.get(4..6).map_or(0, two));
    }
    written.stamp(rest.0)
}

/// `2026-03`, `2026-Q1`, `2026Q1`, `2026-W10`, `Mar 2026`.
fn month(text: &str) -> Option<Stamp> {
    if text.as_bytes().first()?.is_ascii_alphabetic() {
        return named_month(text);
    }
    let mut rest = Digits(text.as_bytes());
    let (year, 4) = rest.number(4)? else { return None };
    let dash = rest.skip(b"-/").is_some();
    let quarter = rest.skip(b"Qq").is_some();
    let week = rest.skip(b"Ww").is_some();
    let (number, length) = rest.number(2)?;
    if week {
        let monday = ISOWeekDate::new(year as i16, number as i8, Weekday::Monday)
            .ok()
            .filter(|_| length == 2 && !quarter && rest.0.is_empty());
        return monday.map(|week| Stamp::Local(local_nanos(week.date().into()))).filter(|stamp| stamp.is_sane());
    }
    let month = match (quarter, length) {
        (true, 1) if (1..=4).contains(&number) => number * 3 - 2,
        (false, 2) if dash => number,
        _ => return None,
    };
    (rest.0.is_empty() && (1_970..2_200).contains(&year)).then(|| Written::date(year, month, 1).stamp(b""))?
}

/// `Mar 2026`, `March 2026`, `Mar-2026`: the name of a month and a year.
fn named_month(text: &str) -> Option<Stamp> {
    let names = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let end = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (word, rest) = (text[..end].to_ascii_lowercase(), &text[end..]);
    let at = names.iter().position(|name| *name == word || word.len() == 3 && name.starts_with(&word))?;
    let digits = rest.strip_prefix([' ', '-', '/']).filter(|digits| digits.len() == 4)?;
    let year: u32 = digits.parse().ok().filter(|year| (1_970..2_200).contains(year))?;
    Written::date(year, at as u32 + 1, 1).stamp(b"")
}

/// A time put together as ISO 8601, without the heap.
struct Written {
    text: [u8; 64],
    length: usize,
}

impl Written {
    fn date(year: u32, month: u32, day: u32) -> Self {
        let mut written = Self { text: [0; 64], length: 0 };
        written.digits(year / 100);
        written.digits(year % 100);
        written.add(b"-");
        written.digits(month);
        written.add(b"-");
        written.digits(day);
        written
    }

    fn time(&mut self, hour: u32, minute: u32, second: u32) {
        for (mark, number) in [(b"T", hour), (b":", minute), (b":", second)] {
            self.add(mark);
            self.digits(number);
        }
    }

    fn digits(&mut self, number: u32) {
        self.add(&[b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]);
    }

    fn add(&mut self, bytes: &[u8]) {
        let room = bytes.len().min(self.text.len() - self.length);
        self.text[self.length..self.length + room].copy_from_slice(&bytes[..room]);
        self.length += room;
    }

    fn stamp(&mut self, zone: &[u8]) -> Option<Stamp> {
        self.add(zone);
        Stamp::iso(std::str::from_utf8(&self.text[..self.length]).ok()?)
    }
}

/// What is odd about a time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    /// Second 60, taken as 59.
    Leap,
    /// A number of another unit than the column's.
    Unit(u64),
}

/// Reads the times of one column. Neighbours mostly share their text or at least their date.
pub(super) struct Times {
    form: Form,
    last: Vec<u8>,
    read: Option<(Stamp, Option<Odd>)>,
    date: [u8; 10],
    midnight: i64,
}

impl Times {
    pub(super) fn new(form: Form) -> Self {
        Self { form, last: Vec::new(), read: None, date: [0; 10], midnight: 0 }
    }

    /// The time that a cell holds; `None` when it is not of the form.
    pub(super) fn read(&mut self, text: &[u8]) -> Option<(Stamp, Option<Odd>)> {
        if self.last == text && self.read.is_some() {
            return self.read;
        }
        self.read = self.fresh(text);
        self.last.clear();
        self.last.extend_from_slice(text);
        self.read
    }

    fn fresh(&mut self, text: &[u8]) -> Option<(Stamp, Option<Odd>)> {
        if self.form == Form::Iso
            && let Some(stamp) = self.same_date(text)
        {
            return Some((stamp, None));
        }
        let written = std::str::from_utf8(text).ok()?;
        if let Form::Epoch { per_second, sized: true } = self.form {
            let number: f64 = written.parse().ok().filter(|number: &f64| number.is_finite())?;
            let other = likely_unit(number).filter(|unit| *unit != per_second);
            return epoch(written, other.unwrap_or(per_second)).map(|stamp| (stamp, other.map(Odd::Unit)));
        }
        let stamp = self.form.read(written)?;
        if self.form == Form::Iso
            && let Some(date) = text.first_chunk::<10>()
            && let Some(Stamp::Local(midnight)) = Stamp::iso(&written[..10])
            && stamp.is_sane()
        {
            (self.date, self.midnight) = (*date, midnight);
        }
        let leap = written.match_indices(":60").any(|(at, _)| at >= 5 && text[at - 3] == b':');
        Some((stamp, leap.then_some(Odd::Leap)))
    }

    /// `HH:MM:SS` and `Z` or nothing, on the same date as the time before.
    fn same_date(&self, text: &[u8]) -> Option<Stamp> {
        let zoned = match text.len() {
            19 => false,
            20 if text[19] == b'Z' => true,
            _ => return None,
        };
        if text[..10] != self.date || !matches!(text[10], b'T' | b' ') || text[13] != b':' || text[16] != b':' {
            return None;
        }
        let two = |at: usize| {
            let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
            (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
        };
        let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let at = self.midnight + (hour * 3_600 + minute * 60 + second) * NANOS;
        Some(if zoned { Stamp::Instant(at) } else { Stamp::Local(at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str) -> Stamp {
        Stamp::iso(text).unwrap()
    }

    #[test]
    fn dates_in_digits_are_read_in_the_given_order() {
        let day_first = Form::Parts(Order::Day);
        for text in ["02/03/2026 14:05:00", "2.3.2026 14:05", "02-03-26 2:05 PM", "02/03/2026, 14:05:00", "02.03.2026T02:05:00pm"]
        {
            assert_eq!(day_first.read(text), Some(iso("2026-03-02T14:05:00")), "{text}");
        }
        let month_first = Form::Parts(Order::Month);
        assert_eq!(month_first.read("11/23/26 00:05:00+01:00"), Some(iso("2026-11-23T00:05:00+01:00")));
        assert_eq!(month_first.read("11/23/2026 12:05:00 AM"), Some(iso("2026-11-23T00:05:00")));
        for text in ["31/02/2026", "1/2/3", "02/03-2026", "02/03/2026 13:05 PM", "02/03/2026 14", "//", "1.2.3.4", "14:05:00"] {
            assert_eq!(day_first.read(text), None, "{text}");
        }
        assert_eq!(month_first.read("02.03.2026"), None);
    }

    #[test]
    fn digits_without_separators_are_dates_where_they_can_be() {
        assert_eq!(compact("20260302"), Some(iso("2026-03-02")));
        assert_eq!(compact("202603020015"), Some(iso("2026-03-02T00:15")));
        assert_eq!(compact("20260302T001500Z"), Some(iso("2026-03-02T00:15:00Z")));
        assert_eq!((compact("20261302"), compact("1772409600"), compact("17724096000000")), (None, None, None));
    }

    #[test]
    fn months_and_quarters_begin_with_their_first_day() {
        assert_eq!(text_forms(&["2026-01", "2026-02"]), [Form::Month]);
        assert_eq!(
            (month("2026-03"), month("2026-Q2"), month("2026Q4")),
            (Some(iso("2026-03-01")), Some(iso("2026-04-01")), Some(iso("2026-10-01")))
        );
        // the first week of 2026 begins in 2025, and 2026 has 53
        assert_eq!(text_forms(&["2026-W01", "2026-W02"]), [Form::Month]);
        let weeks = ["2026-W01", "2026W53", "2026-W54", "2026-W1", "2026-QW1"].map(month);
        assert_eq!(weeks, [Some(iso("2025-12-29")), Some(iso("2026-12-28")), None, None, None]);
        assert_eq!(text_forms(&["Jan 2026", "February 2026"]), [Form::Month]);
        let named = ["mar 2026", "March-2026", "Sept 2026", "Mar 26", "Mars 2026", "Mar 2026 "].map(month);
        assert_eq!(named, [Some(iso("2026-03-01")), Some(iso("2026-03-01")), None, None, None, None]);
        assert_eq!(
            (month("2026-13"), month("2026-Q5"), month("2026"), month("202603"), month("1234-56")),
            (None, None, None, None, None)
        );
    }

    #[test]
    fn the_whole_column_proves_the_order() {
        let order = |cells: &[&str]| text_forms(cells);
        assert_eq!(order(&["02/03/2026", "13/03/2026"]), [Form::Parts(Order::Day)]);
        assert_eq!(order(&["02/03/2026", "03/13/2026"]), [Form::Parts(Order::Month)]);
        assert_eq!(order(&["02/03/2026", "03/03/2026"]).len(), 2);
        assert_eq!(order(&["02.03.2026"]), [Form::Parts(Order::Day)]);
        assert_eq!(order(&["2-Mar-2026 00:05", "3-Mar-2026 00:05"]), [Form::Pattern("%d-%b-%Y %H:%M".to_owned())]);
        assert_eq!(order(&["web-01", "web-02"]), []);
        assert!(!names_month("server-01 in Berlin") && names_month("2-Mar-26"));
        assert_eq!(order(&["MARCH 2, 2026", "April 30, 2026"]), [Form::Pattern("%B %d, %Y".to_owned())]);
    }

    #[test]
    fn numbers_are_told_by_size() {
        let unit = |number: f64| number_form(&[number]);
        assert_eq!(unit(1_772_409_600.5), Some(Form::Epoch { per_second: 1, sized: true }));
        assert_eq!(unit(1_772_409_600e6), Some(Form::Epoch { per_second: 1_000_000, sized: true }));
        assert_eq!((unit(42_981.59), unit(300.0), unit(-1.0)), (Some(Form::Serial), None, None));
    }

    #[test]
    fn the_fast_way_reads_what_the_slow_way_reads() {
        let mut times = Times::new(Form::Iso);
        for text in [
            "2026-03-02T00:00:00Z",
            "2026-03-02T23:59:59Z",
            "2026-03-02 12:00:01",
            "2026-03-02T12:00:01+01:00",
            "2026-03-03T00:00:00Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T12:0a:00Z",
            "2026-03-02",
            "2026-03-02T12:00:00.5Z",
        ] {
            assert_eq!(times.read(text.as_bytes()).map(|read| read.0), Stamp::iso(text), "{text}");
        }
        assert_eq!(times.read(b"2016-12-31T23:59:60Z").unwrap().1, Some(Odd::Leap));
    }

    #[test]
    fn a_change_of_unit_is_told() {
        let mut times = Times::new(Form::Epoch { per_second: 1, sized: true });
        assert_eq!(times.read(b"1772409600"), Some((iso("2026-03-02T00:00:00Z"), None)));
        assert_eq!(times.read(b"1772409600000"), Some((iso("2026-03-02T00:00:00Z"), Some(Odd::Unit(1_000)))));
    }
}
