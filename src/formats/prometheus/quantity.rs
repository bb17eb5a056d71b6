//! Quantities of Kubernetes: `250m`, `123456789n`, `8149080Ki`, `1e3`, `2`.

use super::super::Number;

/// Reads a quantity as a plain number, whole where it is whole.
pub(super) fn quantity(text: &str) -> Option<Number> {
    const SUFFIXES: &[(&str, u64)] = &[
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("Pi", 1 << 50),
        ("Ei", 1 << 60),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("P", 1_000_000_000_000_000),
        ("E", 1_000_000_000_000_000_000),
    ];
    const SMALL: &[(&str, f64)] = &[("n", 1e9), ("u", 1e6), ("m", 1e3)];
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || b".+-eE".contains(&byte));
    let plain = |part: &str| Number::parse(part).filter(|number| digits(part) && number.real().is_finite());
    if let Some(number) = plain(text) {
        return Some(number);
    }
    if let Some((part, factor)) = SUFFIXES.iter().find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, *factor))) {
        let number = plain(part)?;
        let whole = if let Number::Whole(whole) = number { whole.checked_mul(factor) } else { None };
        return Some(whole.map_or_else(|| Number::Real(number.real() * factor as f64), Number::Whole));
    }
    // Dividing by a whole number rounds once: 302101428n is exactly the float nearest to 0.302101428.
    let (part, parts) = SMALL.iter().find_map(|(suffix, parts)| Some((text.strip_suffix(suffix)?, *parts)))?;
    plain(part).map(|number| Number::Real(number.real() / parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suffix_is_read() {
        let real = |text: &str| quantity(text).map(Number::real);
        let seen = ["302101428n", "151399u", "144m", "2", "1.5Gi", "1e3", "12E", "-1", "3k"].map(real);
        let expected = [0.302_101_428, 0.151_399, 0.144, 2.0, 1_610_612_736.0, 1e3, 12e18, -1.0, 3e3];
        assert_eq!(seen, expected.map(Some));
        assert_eq!(quantity("8149080Ki"), Some(Number::Whole(8_344_657_920)));
        for text in ["", "Ki", "<unknown>", "nan", "inf", "1Kib", "1 Mi"] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }
}
