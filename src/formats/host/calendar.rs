//! Dates and times as the C library prints them in the locale of the caller (`%x`, `%X`), and the names of zones beside them.
//!
//! The order of day and month is told by the separators where they do: a year first, dots (`23.11.2026`) and dashes (`23-11-26`) are
//! certain. Slashes are not: a number above 12 tells them, AM and PM speak for month first, and so does the C locale with its
//! year of two digits. Days that could be read both ways are marked as ambiguous.

use jiff::civil;

use crate::formats::{NANOS, Options, Stamp};
use crate::source::TimeForm;
use crate::time::{DAY_SECONDS, Day};

/// A date on some clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    /// Days since 1970-01-01.
    pub(super) day: i64,
    /// Whether day and month could be the other way round.
    pub(super) ambiguous: bool,
}

/// The sentence about ambiguous dates.
pub(super) const AMBIGUOUS: &str = "dates that could have day or month first: taken by the custom of the locale that wrote them";

fn day(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = match year {
        0..70 => year + 2_000,
        70..100 => year + 1_900,
        _ => year,
    };
    let date = civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(i64::from(Day::of(date).0))
}

/// Reads a date of numbers in some locale's order. `twelve`: times beside it have AM or PM.
pub(super) fn date(text: &str, twelve: bool) -> Option<Date> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let [a, b, c] = parts[..] else { return None };
    if parts.iter().any(|part| part.len() > 4) {
        return None;
    }
    let (first, second, third): (i64, i64, i64) = (a.parse().ok()?, b.parse().ok()?, c.parse().ok()?);
    let certain = |day: Option<i64>| day.map(|day| Date { day, ambiguous: false });
    if a.len() == 4 {
        return certain(day(first, second, third));
    }
    if !text.contains('/') || first > 12 {
        return certain(day(third, second, first));
    }
    if second > 12 {
        return certain(day(third, first, second));
    }
    let month_first = twelve || c.len() == 2;
    let day = if month_first { day(third, first, second) } else { day(third, second, first) };
    day.map(|day| Date { day, ambiguous: first != second })
}

/// Reads a time of day from the first words: seconds since midnight, and how many words it took. `21:54:45`, `09:54:45 PM`.
pub(super) fn time_of_day(words: &[&str]) -> Option<(i64, usize)> {
    let mut parts = words.first()?.split([':', '.']);
    let mut next = |most: i64| -> Option<i64> {
        let part = parts.next()?;
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number| digits && *number <= most)
    };
    let (hour, minute, second) = (next(23)?, next(59)?, next(60)?.min(59));
    if parts.next().is_some() {
        return None;
    }
    let half = words.get(1).map(|word| word.replace('.', "").to_ascii_lowercase());
    let (hour, used) = match half.as_deref() {
        Some("am") if (1..=12).contains(&hour) => (hour % 12, 2),
        Some("pm") if (1..=12).contains(&hour) => (hour % 12 + 12, 2),
        _ => (hour, 1),
    };
    Some((hour * 3_600 + minute * 60 + second, used))
}

/// A date and a time of day on some clock.
pub(super) fn local(day: i64, second: i64) -> Stamp {
    Stamp::Local(day.saturating_mul(DAY_SECONDS).saturating_add(second).saturating_mul(NANOS))
}

/// Reads a date and a time in some locale's form; the flag says that the date is ambiguous.
pub(super) fn date_and_time(text: &str, options: &Options) -> Option<(Stamp, bool)> {
    if let TimeForm::Pattern(pattern) = &options.time {
        return Stamp::by_pattern(text, pattern).map(|stamp| (stamp, false));
    }
    if let Some(stamp) = zoned(text, options) {
        return Some((stamp, false));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let (at, (second, used)) = (1..words.len()).find_map(|at| time_of_day(&words[at..]).map(|time| (at, time)))?;
    let date = date(&words[..at].join(" "), used == 2)?;
    let rest = words.get(at + used..).unwrap_or_default();
    match rest {
        [] => Some((local(date.day, second), date.ambiguous)),
        [zone] => Some((shifted(local(date.day, second), zone, options), date.ambiguous)),
        _ => None,
    }
}

/// Reads `YYYY-MM-DD HH:MM:SS` with or without a zone's name, ISO 8601, or whole seconds since 1970.
pub(super) fn zoned(text: &str, options: &Options) -> Option<Stamp> {
    if let Some(stamp) = Stamp::iso(text) {
        return Some(stamp);
    }
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Stamp::parse(text, &TimeForm::Auto);
    }
    let (stamp, zone) = text.rsplit_once(' ')?;
    let stamp @ Stamp::Local(_) = Stamp::iso(stamp)? else { return None };
    is_zone(zone).then(|| shifted(stamp, zone, options))
}

fn is_zone(word: &str) -> bool {
    word.len() <= 6 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-')) && !word.is_empty()
}

/// A local stamp beside the name of its zone: an instant when the name has one offset in use and the user declares no zone.
pub(super) fn shifted(stamp: Stamp, zone: &str, options: &Options) -> Stamp {
    let Stamp::Local(at) = stamp else { return stamp };
    match offset(zone) {
        Some(0) => Stamp::Instant(at),
        Some(seconds) if options.zone.is_none() => Stamp::Instant(at.saturating_sub(seconds * NANOS)),
        _ => stamp,
    }
}

/// Seconds east of Greenwich of a zone's abbreviation; only those that mean one offset the world over (CST and IST do not).
fn offset(zone: &str) -> Option<i64> {
    let minutes = match zone {
        "UTC" | "GMT" | "WET" | "Z" => 0,
        "BST" | "CET" | "WEST" => 60,
        "CEST" | "EET" | "SAST" => 120,
        "EEST" | "MSK" => 180,
        "PKT" => 300,
        "AWST" | "HKT" => 480,
        "JST" | "KST" => 540,
        "ACST" => 570,
        "AEST" => 600,
        "ACDT" => 630,
        "AEDT" => 660,
        "NZST" => 720,
        "NZDT" => 780,
        "NST" => -210,
        "NDT" => -150,
        "ADT" => -180,
        "EDT" => -240,
        "EST" | "CDT" => -300,
        "MDT" => -360,
        "MST" | "PDT" => -420,
        "PST" | "AKDT" => -480,
        "AKST" => -540,
        "HST" => -600,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let digits = zone.strip_prefix(['+', '-'])?;
            let number: i64 = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            match digits.len() {
                2 if number <= 18 => sign * number * 60,
                4 if number <= 1_800 && number % 100 < 60 => sign * (number / 100 * 60 + number % 100),
                _ => return None,
            }
        }
    };
    Some(minutes * 60)
}

/// Months by the first letters of their abbreviations in English, German, French, Italian, Spanish, Portuguese and Dutch.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "gen", "ene"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "mrz", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mag", "mei"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott", "out"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

/// Reads a date whose month is a word: `23-NOV-2026`.
pub(super) fn date_with_word(text: &str) -> Option<i64> {
    let mut parts = text.trim().split(['-', ' ', '/']);
    let (number, word, year) = (parts.next()?.parse().ok()?, parts.next()?.to_lowercase(), parts.next()?.parse().ok()?);
    let month = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    day(year, month as i64 + 1, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_of(text: &str) -> i64 {
        i64::from(text.parse::<Day>().unwrap().0)
    }

    #[test]
    fn separators_and_size_tell_the_order_of_a_date() {
        let wanted = day_of("2026-11-23");
        for text in
            ["11/23/26", "11/23/2026", "23.11.2026", "23-11-26", "2026-11-23", "23/11/2026", "2026年11月23日", "23. 11. 2026"]
        {
            assert_eq!(date(text, false), Some(Date { day: wanted, ambiguous: false }), "{text}");
        }
        assert_eq!(date("02/03/26", false), Some(Date { day: day_of("2026-02-03"), ambiguous: true }));
        assert_eq!(date("02/03/2026", false), Some(Date { day: day_of("2026-03-02"), ambiguous: true }));
        assert_eq!(date("02/03/2026", true), Some(Date { day: day_of("2026-02-03"), ambiguous: true }));
        assert_eq!((date("31/31/26", false), date("1/2", false), date("", true)), (None, None, None));
    }

    #[test]
    fn noon_and_midnight_are_twelve_on_a_clock_of_twelve_hours() {
        let of = |text: &str| time_of_day(&text.split(' ').collect::<Vec<_>>());
        assert_eq!(of("12:00:01 AM"), Some((1, 2)));
        assert_eq!(of("12:00:01 PM"), Some((43_201, 2)));
        assert_eq!(of("09:54:45 p.m."), Some((78_885, 2)));
        assert_eq!(of("21:54:45 all"), Some((78_885, 1)));
        assert_eq!((of("Average: all"), of("24:00:00"), of("1:2"), of("")), (None, None, None, None));
    }

    #[test]
    fn a_zone_beside_a_stamp_gives_the_instant_unless_it_means_several_offsets() {
        let options = Options::default();
        let noon = Some(Stamp::Instant(1_772_452_800 * NANOS));
        for text in ["2026-03-02 12:00:00 UTC", "2026-03-02 13:00:00 CET", "2026-03-02 07:00:00 EST", "2026-03-02 17:30:00 +0530"]
        {
            assert_eq!(zoned(text, &options), noon, "{text}");
        }
        assert_eq!(zoned("2026-03-02 12:00:00 IST", &options), Some(Stamp::Local(1_772_452_800 * NANOS)));
        assert_eq!(zoned("1772452800", &options), noon);
    }

    #[test]
    fn months_may_be_words_of_other_languages() {
        for text in ["23-MAY-2026", "23-MAI-2026", "23-mei-2026"] {
            assert_eq!(date_with_word(text), Some(day_of("2026-05-23")), "{text}");
        }
        assert_eq!(date_with_word("23-OKT-2026"), Some(day_of("2026-10-23")));
        assert_eq!((date_with_word("23-XXX-2026"), date_with_word("")), (None, None));
    }
}
