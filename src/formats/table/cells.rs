//! What stands in one cell of a table: a number, a marker of no value, a number with its unit, or something else.

use crate::formats::Number;

/// What people and programs write for a value that is not there.
const MISSING: [&[u8]; 14] = [
    b"na",
    b"n/a",
    b"nan",
    b"-nan",
    b"null",
    b"nil",
    b"none",
    b"-",
    b"--",
    b"#n/a",
    b"<unknown>",
    b"unknown",
    b"undefined",
    b"missing",
];

/// Powers of ten that floats hold exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
];

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'c> {
    /// A number; may be infinite when the text says so or overflows.
    Number(Number),
    /// A number and the unit after it.
    Measured(Number, &'c str),
    /// A marker of no value.
    Missing,
    /// Neither.
    Other,
}

/// Which marks stand in the numbers of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Marks {
    /// A point before decimals; commas between thousands.
    #[default]
    Point,
    /// A comma before decimals; points between thousands.
    Comma,
}

impl Marks {
    /// The mark before decimals, and the one between thousands.
    pub(super) fn pair(self) -> (u8, u8) {
        match self {
            Self::Point => (b'.', b','),
            Self::Comma => (b',', b'.'),
        }
    }
}

/// Reads a cell without spaces around it.
pub(super) fn cell(bytes: &[u8], marks: Marks) -> Cell<'_> {
    if let Some(number) = plain(bytes, marks.pair().0) {
        return Cell::Number(number);
    }
    if is_missing(bytes) {
        return Cell::Missing;
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Cell::Other };
    if let Some(number) = full(text, marks) {
        return Cell::Number(number);
    }
    match measured(text) {
        Some((number, unit)) => match plain(number.as_bytes(), marks.pair().0).or_else(|| full(number, marks)) {
            Some(number) => Cell::Measured(number, unit),
            None => Cell::Other,
        },
        None => Cell::Other,
    }
}

/// Whether it says that there is no value.
pub(super) fn is_missing(bytes: &[u8]) -> bool {
    bytes.is_empty() || bytes.len() <= 9 && MISSING.iter().any(|word| bytes.eq_ignore_ascii_case(word))
}

/// Digits with at most one mark before decimals: nearly every cell. `None` for all that needs a closer look.
pub(super) fn plain(bytes: &[u8], decimal: u8) -> Option<Number> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let (mut whole, mut point) = (0_u64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            byte if *byte == decimal && point.is_none() => point = Some(at + 1),
            _ => return None,
        }
    }
    let Some(point) = point else {
        return match negative {
            false => Some(Number::Whole(whole)),
            true if whole < 1 << 53 => Some(Number::Real(-(whole as f64))),
            true => None,
        };
    };
    // both are exact, so their quotient is the nearest float to the text
    if whole >= 1 << 53 || digits.len() == 1 {
        return None;
    }
    let value = whole as f64 / TENS[digits.len() - point];
    Some(Number::Real(if negative { -value } else { value }))
}

/// Exponents, infinities, many digits, and marks between thousands.
fn full(text: &str, marks: Marks) -> Option<Number> {
    let begins = text.starts_with(|char: char| char.is_ascii_digit() || "+-.,∞iI".contains(char));
    if !begins || text.len() > 400 {
        return None;
    }
    let (decimal, _) = marks.pair();
    if decimal == b'.'
        && let Some(number) = Number::parse(text)
    {
        return (!number.real().is_nan()).then_some(number);
    }
    let written = without_thousands(text, marks)?;
    Number::parse(&written).filter(|number| !number.real().is_nan())
}

/// The number with a point before decimals and nothing between thousands; `None` when the groups are not of three digits.
fn without_thousands(text: &str, marks: Marks) -> Option<String> {
    let (decimal, group) = marks.pair();
    let (whole, decimals) = match text.split_once(char::from(decimal)) {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (text, None),
    };
    let marked = |char: char| char == char::from(group) || matches!(char, ' ' | '\'' | '’' | '\u{A0}' | '\u{202F}');
    let mut parts = whole.split(marked);
    let first = parts.next()?;
    let mut plain = first.to_owned();
    for part in parts {
        let digits = first.trim_start_matches(['-', '+']).len();
        if part.len() != 3 || !part.bytes().all(|byte| byte.is_ascii_digit()) || !(1..=3).contains(&digits) {
            return None;
        }
        plain.push_str(part);
    }
    if let Some(decimals) = decimals {
        plain.push('.');
        plain.push_str(decimals);
    }
    Some(plain)
}

/// A number followed by a unit: `2,52 %`, `80.8 GiB`, `12ms`.
fn measured(text: &str) -> Option<(&str, &str)> {
    let end = text.rfind(|char: char| char.is_ascii_digit())? + 1;
    let (number, unit) = (text[..end].trim_end(), text[end..].trim());
    let known = || crate::units::canonical(unit) != (unit.to_owned(), 1.0) || super::names::is_base(unit);
    (!unit.is_empty() && known()).then_some((number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(text: &str, marks: Marks) -> Option<f64> {
        match cell(text.as_bytes(), marks) {
            Cell::Number(number) | Cell::Measured(number, _) => Some(number.real()),
            _ => None,
        }
    }

    #[test]
    fn numbers_are_those_that_the_standard_parser_reads() {
        for text in [
            "0",
            "7",
            "-7",
            "12.34",
            "-0.5",
            ".5",
            "5.",
            "1e3",
            "1E-7",
            "0.1",
            "9007199254740993.5",
            "123456789.123456789",
            "+4",
            "00.10",
        ] {
            assert_eq!(real(text, Marks::Point), Some(text.parse::<f64>().unwrap()), "{text}");
        }
        assert_eq!(cell(b"18446744073709551615", Marks::Point), Cell::Number(Number::Whole(u64::MAX)));
        for text in ["", "-", ".", "1.2.3", "0x10", "12abc", "1,2", "--5", "1_000", "infinite", "web-01", "2026-03-02", "1 2"] {
            assert_eq!(real(text, Marks::Point), None, "{text}");
        }
    }

    #[test]
    fn overflow_and_infinity_are_infinite_and_nan_is_missing() {
        for text in ["1e309", "inf", "-inf", "+Inf", "Infinity"] {
            assert!(real(text, Marks::Point).is_some_and(f64::is_infinite), "{text}");
        }
        for text in ["", "NaN", "null", "N/A", "-", "NA", "none", "#N/A", "<unknown>", "-nan"] {
            assert_eq!(cell(text.as_bytes(), Marks::Point), Cell::Missing, "{text}");
        }
    }

    #[test]
    fn thousands_stand_in_groups_of_three() {
        let german = |text| real(text, Marks::Comma);
        assert_eq!((german("24.117,42"), german("1.234.567"), german("-0,5")), (Some(24_117.42), Some(1_234_567.0), Some(-0.5)));
        assert_eq!((german("12.5"), german("1.23,4"), german("1.2345")), (None, None, None));
        assert_eq!((german("1 234,5"), german("1\u{202F}234\u{A0}567,25")), (Some(1_234.5), Some(1_234_567.25)));
        let english = |text| real(text, Marks::Point);
        assert_eq!((english("1,234.5"), english("12'345"), english("12,34")), (Some(1_234.5), Some(12_345.0), None));
    }

    #[test]
    fn units_after_numbers_are_split_off() {
        assert_eq!(cell("2,52 %".as_bytes(), Marks::Comma), Cell::Measured(Number::Real(2.52), "%"));
        assert_eq!(cell(b"80.8GiB", Marks::Point), Cell::Measured(Number::Real(80.8), "GiB"));
        assert_eq!(cell(b"5 apples", Marks::Point), Cell::Other);
    }
}
