//! Cells as Grafana formats them: a number, then a unit whose scale changes from row to row (`533 MiB`, `80.8 GiB`, `767 mB/s`), and
//! local times. Its unit formats are documented in its value-format catalogue.

use std::borrow::Cow;

use jiff::civil;

use crate::formats::{NANOS, Number, Stamp};
use crate::time::{DAY_SECONDS, Day};

/// A cell that holds a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shown {
    /// Nothing: blank, null, undefined, NaN.
    Missing,
    /// A number in the base unit of the cell; an empty unit where the cell has none.
    Value {
        /// In the base unit.
        number: Number,
        /// The base unit.
        unit: Cow<'static, str>,
        /// Whether the cell was formatted: it had a unit, a scale or separators.
        formatted: bool,
        /// Significant digits shown.
        digits: usize,
    },
}

/// Units that take the prefixes of the SI and of IEC 80000, and the base unit they are kept in.
const PREFIXED: &[(&str, &str)] = &[
    ("B/s", "bytes/s"),
    ("Bps", "bytes/s"),
    ("bps", "bit/s"),
    ("b/s", "bit/s"),
    ("B", "bytes"),
    ("b", "bit"),
    ("Hz", "hertz"),
    ("p/s", "1/s"),
    ("pps", "1/s"),
    ("FLOP/s", "FLOP/s"),
    ("FLOPS", "FLOP/s"),
    ("H/s", "H/s"),
    ("Wh", "Wh"),
    ("VA", "VA"),
    ("VAr", "VAr"),
    ("Ah", "Ah"),
    ("Ω", "Ω"),
    ("Pa", "Pa"),
    ("bar", "bar"),
    ("W", "W"),
    ("V", "V"),
    ("A", "A"),
    ("J", "J"),
    ("", ""),
];

/// Prefixes with their factors.
const PREFIXES: &[(&str, f64)] = &[
    ("", 1.0),
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("Zi", 1_180_591_620_717_411_303_424.0),
    ("Yi", 1_208_925_819_614_629_174_706_176.0),
    ("f", 1e-15),
    ("p", 1e-12),
    ("n", 1e-9),
    ("µ", 1e-6),
    ("μ", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("K", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("Z", 1e21),
    ("Y", 1e24),
];

/// Words that are no prefixed units: the short scale, times, counts.
const WORDS: &[(&str, &str, f64)] = &[
    ("%", "percent", 1.0),
    ("Mil", "", 1e6),
    ("Bil", "", 1e9),
    ("Tri", "", 1e12),
    ("Quadr", "", 1e15),
    ("Quint", "", 1e18),
    ("Sext", "", 1e21),
    ("Sept", "", 1e24),
    ("ns", "seconds", 1e-9),
    ("µs", "seconds", 1e-6),
    ("μs", "seconds", 1e-6),
    ("us", "seconds", 1e-6),
    ("ms", "seconds", 1e-3),
    ("s", "seconds", 1.0),
    ("min", "seconds", 60.0),
    ("hour", "seconds", 3_600.0),
    ("day", "seconds", 86_400.0),
    ("week", "seconds", 604_800.0),
    ("year", "seconds", 31_536_000.0),
    ("req/s", "requests/s", 1.0),
    ("reqps", "requests/s", 1.0),
    ("req/m", "requests/s", 1.0 / 60.0),
    ("°C", "celsius", 1.0),
];

/// Counts in a second, and in a minute.
const COUNTS: &[&str] = &["c", "ops", "rd", "wr", "io", "evt", "msg", "mess", "rec", "rows", "err", "evts", "msgs"];
const COUNTS_OF_OLD: &[(&str, f64)] = &[
    ("cps", 1.0),
    ("ops", 1.0),
    ("rps", 1.0),
    ("wps", 1.0),
    ("iops", 1.0),
    ("cpm", 1.0 / 60.0),
    ("opm", 1.0 / 60.0),
    ("wpm", 1.0 / 60.0),
];

/// The base unit of a unit as shown, and the factor to it; a word that is not known is its own unit.
fn base(shown: &str) -> (Cow<'static, str>, f64) {
    let singular = shown.strip_suffix('s').unwrap_or(shown);
    let known = |word: &str| WORDS.iter().find(|(name, _, _)| *name == word);
    let plural = ["min", "hour", "day", "week", "year"].contains(&singular);
    if let Some((_, unit, factor)) = known(if plural { singular } else { shown }) {
        return (Cow::Borrowed(unit), *factor);
    }
    if let Some((_, factor)) = COUNTS_OF_OLD.iter().find(|(name, _)| *name == shown) {
        return (Cow::Borrowed("1/s"), *factor);
    }
    if let Some((count, each)) = shown.rsplit_once('/')
        && COUNTS.contains(&count)
        && let Some(factor) = [("s", 1.0), ("m", 1.0 / 60.0)].iter().find(|(unit, _)| *unit == each)
    {
        return (Cow::Borrowed("1/s"), factor.1);
    }
    for (ending, unit) in PREFIXED {
        if let Some(prefix) = shown.strip_suffix(ending)
            && let Some((_, factor)) = PREFIXES.iter().find(|(name, _)| *name == prefix)
        {
            return (Cow::Borrowed(unit), *factor);
        }
    }
    (Cow::Owned(shown.to_owned()), 1.0)
}

/// Whether a text is a marker of no value.
fn is_missing(text: &str) -> bool {
    ["", "null", "undefined", "nan", "-", "n/a", "no data"].iter().any(|marker| text.eq_ignore_ascii_case(marker))
}

/// Reads a cell; `None` when it is text. `comma` tells that a lone comma is the decimal mark (tables saved again elsewhere).
pub(super) fn shown(text: &str, comma: bool) -> Option<Shown> {
    let text = text.trim();
    if is_missing(text) {
        return Some(Shown::Missing);
    }
    if let Some(number) = Number::parse(text).filter(|number| number.real().is_finite()) {
        return Some(Shown::Value { number, unit: Cow::Borrowed(""), formatted: false, digits: digits(text) });
    }
    let (negative, rest) = text.strip_prefix(['-', '−']).map_or((false, text), |rest| (true, rest));
    let symbol: String = rest.chars().take_while(|c| "$£€¥₽₴₹₩฿".contains(*c)).collect();
    let rest = &rest[symbol.len()..];
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(rest.len());
    let end = exponent(rest, end);
    let (figure, suffix) = rest.split_at(end);
    if figure.is_empty() {
        let infinite = suffix.starts_with('∞') || suffix.eq_ignore_ascii_case("infinity");
        let nan = suffix.strip_prefix("NaN").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '%']));
        let number = Number::Real(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
        let value = Shown::Value { number, unit: Cow::Borrowed(""), formatted: false, digits: 0 };
        return if infinite { Some(value) } else { nan.then_some(Shown::Missing) };
    }
    let number = Number::parse(&plain(figure, comma)?).filter(|number| number.real().is_finite())?;
    let (unit, factor) = scaled(suffix)?;
    let unit = if unit.is_empty() && !symbol.is_empty() { Cow::Owned(symbol) } else { unit };
    let number = if factor == 1.0 && !negative { number } else { signed(number.real(), factor, negative) };
    Some(Shown::Value { number, unit, formatted: true, digits: digits(figure) })
}

/// Multiplies by a power of ten so that `767 m` is 0.767 and not one bit beside it.
fn signed(value: f64, factor: f64, negative: bool) -> Number {
    let scaled = if factor < 1.0 { value / (1.0 / factor).round() } else { value * factor };
    Number::Real(if negative { -scaled } else { scaled })
}

/// The end of a figure with its exponent: `1.5e+21`.
fn exponent(text: &str, end: usize) -> usize {
    let Some(rest) = text[end..].strip_prefix(['e', 'E']) else { return end };
    let sign = usize::from(rest.starts_with(['+', '-']));
    let count = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 { end } else { end + 1 + sign + count }
}

/// A figure without separators of thousands, with a point for its decimals.
fn plain(figure: &str, comma: bool) -> Option<Cow<'_, str>> {
    if !figure.contains(',') {
        return (figure.matches('.').count() <= 1).then_some(Cow::Borrowed(figure));
    }
    let (whole, rest) = figure.split_once('.').map_or((figure, None), |(whole, rest)| (whole, Some(rest)));
    let groups: Vec<&str> = whole.split(',').collect();
    if comma && groups.len() == 2 && rest.is_none() {
        return Some(Cow::Owned(figure.replace(',', ".")));
    }
    let thousands =
        groups.iter().skip(1).all(|group| group.len() == 3) && groups.first().is_some_and(|first| (1..=3).contains(&first.len()));
    let fraction = rest.map_or(String::new(), |rest| format!(".{rest}"));
    (thousands && !fraction.contains(',')).then(|| Cow::Owned(groups.concat() + &fraction))
}

/// What follows the figure: nothing, `%`, a letter of the short scale right at it (`1.5K ops/s`), a space and a unit.
fn scaled(suffix: &str) -> Option<(Cow<'static, str>, f64)> {
    if let Some(unit) = suffix.strip_prefix([' ', '\u{A0}', '\u{202F}']) {
        return Some(base(unit.trim()));
    }
    let letters = [('K', 1e3), ('M', 1e6), ('B', 1e9), ('T', 1e12)];
    let mut rest = suffix.chars();
    match rest.next() {
        None => Some((Cow::Borrowed(""), 1.0)),
        Some('%') => Some((Cow::Borrowed("percent"), 1.0)),
        Some(letter) => {
            let (_, scale) = letters.iter().find(|(name, _)| *name == letter)?;
            let rest = rest.as_str();
            let (unit, factor) = if rest.is_empty() { (Cow::Borrowed(""), 1.0) } else { base(rest.strip_prefix(' ')?) };
            Some((unit, factor * scale))
        }
    }
}

/// Significant digits of a figure.
fn digits(figure: &str) -> usize {
    let mantissa = figure.split(['e', 'E']).next().unwrap_or("");
    let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let all = all.trim_start_matches('0');
    if mantissa.contains('.') { all.len() } else { all.trim_end_matches('0').len() }
}

/// Which comes first in a date that does not begin with the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    /// Month/day, as browsers of the United States show it.
    #[default]
    MonthDay,
    /// Day/month.
    DayMonth,
}

impl Order {
    /// What a few dates tell; `None` where they may be either.
    pub(super) fn of<'t>(mut texts: impl Iterator<Item = &'t str>) -> Option<Self> {
        texts.find_map(|text| {
            let (parts, mark) = date_parts(text.trim())?;
            match parts {
                [year, _, _] if year > 31 => Some(Self::MonthDay),
                [first, ..] if first > 12 || mark == '.' => Some(Self::DayMonth),
                [_, second, _] if second > 12 => Some(Self::MonthDay),
                _ => None,
            }
        })
    }
}

/// The three numbers of a date and what stands between them.
fn date_parts(text: &str) -> Option<([i16; 3], char)> {
    let date = text.split([' ', ',', 'T']).next()?;
    let mark = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| "-/.".contains(*c))?;
    let parts: Vec<i16> = date.split(mark).map(|part| part.parse().ok().filter(|_| part.len() <= 4)).collect::<Option<_>>()?;
    Some((parts.try_into().ok()?, mark))
}

/// Reads a local time: `2026-11-23 05:47:04.250`, `11/23/2026, 5:47:04 PM`, `23.11.2026 05:47`.
pub(super) fn local_time(text: &str, order: Order) -> Option<Stamp> {
    let text = text.trim();
    if let Some(stamp) = Stamp::iso(text) {
        return Some(stamp);
    }
    let ([first, second, third], mark) = date_parts(text)?;
    let (year, month, day) = match order {
        _ if first > 31 => (first, second, third),
        _ if mark == '.' => (third, second, first),
        Order::MonthDay => (third, first, second),
        Order::DayMonth => (third, second, first),
    };
    let date = civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().filter(|_| year > 99)?;
    let rest = text.split_once([' ', ',', 'T']).map_or("", |(_, rest)| rest.trim_start_matches([',', ' ']));
    let nanos = if rest.is_empty() { 0 } else { clock(rest)? };
    let seconds = i64::from(Day::of(date).0) * DAY_SECONDS;
    Some(Stamp::Local(seconds.saturating_mul(NANOS).saturating_add(nanos)))
}

/// Nanoseconds since midnight of `5:47[:04[.250]] [PM]`.
fn clock(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase().replace(['\u{202F}', '\u{A0}'], " ");
    let (lower, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim_end(), Some(0)),
        (_, Some(rest)) => (rest.trim_end(), Some(12)),
        _ => (lower.trim_end(), None),
    };
    let (whole, fraction) = lower.split_once(['.', ',']).unwrap_or((lower, "0"));
    let parts: Vec<i64> = whole.split(':').map(|part| part.parse().ok().filter(|_| part.len() <= 2)).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let hour = half.map_or(Some(hour), |half| (1..=12).contains(&hour).then_some(hour % 12 + half))?;
    let known = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    let nanos: i64 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    known.then_some((hour * 3_600 + minute * 60 + second.min(59)) * NANOS + nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<(f64, String)> {
        match shown(text, false)? {
            Shown::Missing => Some((f64::NAN, "missing".to_owned())),
            Shown::Value { number, unit, .. } => Some((number.real(), unit.into_owned())),
        }
    }

    #[test]
    fn units_of_the_catalogue_are_scaled_to_their_base() {
        let known = [
            ("80.8 GiB", 86_758_339_379.2, "bytes"),
            ("0 B", 0.0, "bytes"),
            ("-1.5 kB", -1500.0, "bytes"),
            ("767 mB/s", 0.767, "bytes/s"),
            ("2.31 kB/s", 2310.0, "bytes/s"),
            ("1.2 KiB/s", 1228.8, "bytes/s"),
            ("12 Mb/s", 12e6, "bit/s"),
            ("12 Mbps", 12e6, "bit/s"),
            ("3 Gib", 3.0 * 1_073_741_824.0, "bit"),
            ("15.8%", 15.8, "percent"),
            ("250 µs", 0.000_25, "seconds"),
            ("1.5 ms", 0.0015, "seconds"),
            ("2.5 mins", 150.0, "seconds"),
            ("1 hour", 3600.0, "seconds"),
            ("1.5K ops/s", 1500.0, "1/s"),
            ("20 io/s", 20.0, "1/s"),
            ("60 ops/m", 1.0, "1/s"),
            ("3 req/s", 3.0, "requests/s"),
            ("1.5 K", 1500.0, ""),
            ("2 Mil", 2e6, ""),
            ("3.1 Bil", 3.1e9, ""),
            ("4 Tri", 4e12, ""),
            ("5 Quadr", 5e15, ""),
            ("200 m", 0.2, ""),
            ("2.6 GHz", 2.6e9, "hertz"),
            ("-$1.5K", -1500.0, "$"),
            ("12 widgets", 12.0, "widgets"),
            ("1,234,567.5", 1_234_567.5, ""),
            ("1e+21", 1e21, ""),
            ("∞", f64::INFINITY, ""),
        ];
        for (text, number, unit) in known {
            let (seen, word) = value(text).unwrap();
            assert!(seen == number || (seen - number).abs() <= 1e-12 * number.abs(), "{text}: {seen}");
            assert_eq!(word, unit, "{text}");
        }
    }

    #[test]
    fn no_value_and_text_are_told_apart() {
        for text in ["", "null", "undefined", "NaN", "N/A", "-", "NaN B"] {
            assert_eq!(shown(text, false), Some(Shown::Missing), "{text}");
        }
        for text in ["eth0", "10.0.0.1:9100", "2026-11-23", "1,23,4", "3 4 5x".get(1..).unwrap(), "1.2.3"] {
            let unit = value(text).map(|(_, unit)| unit);
            assert!(unit.is_none() || text.starts_with(' '), "{text}: {unit:?}");
        }
        assert_eq!(shown("1,5", true).map(|shown| matches!(shown, Shown::Value { number: Number::Real(1.5), .. })), Some(true));
    }

    #[test]
    fn local_times_of_several_languages_are_one() {
        let noon = Some(Stamp::Local(1_795_456_024_250_000_000));
        for (text, order) in [
            ("2026-11-23 17:47:04.250", Order::MonthDay),
            ("2026-11-23 5:47:04.25 PM", Order::MonthDay),
            ("11/23/2026, 5:47:04.250 pm", Order::MonthDay),
            ("23/11/2026 17:47:04,250", Order::DayMonth),
            ("23.11.2026, 17:47:04.250", Order::MonthDay),
            ("2026/11/23 17:47:04.250", Order::MonthDay),
        ] {
            assert_eq!(local_time(text, order), noon, "{text}");
        }
        assert_eq!(local_time("2026-11-23 12:00:00 AM", Order::MonthDay), Some(Stamp::Local(1_795_392_000 * NANOS)));
        for text in ["17:47:04", "2026-13-23 01:00:00", "11/23/2026 13:00 PM", "x", "", "1504526400000"] {
            assert_eq!(local_time(text, Order::MonthDay), None, "{text}");
        }
    }

    #[test]
    fn the_order_of_day_and_month_shows_where_one_is_beyond_twelve() {
        assert_eq!(Order::of(["01/02/2026", "01/13/2026"].into_iter()), Some(Order::MonthDay));
        assert_eq!(Order::of(["01/02/2026", "13/01/2026"].into_iter()), Some(Order::DayMonth));
        assert_eq!(Order::of(["01/02/2026"].into_iter()), None);
    }
}
