//! Plain decimal numbers to floats, correctly rounded.

/// Powers of ten that a float holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22,
];

/// Reads `12`, `-3.5`, `1e9`; `None` for anything else and for numbers that no float holds.
///
/// Up to 2^53 without the point and up to 22 decimals, both parts are exact and one division rounds once (Clinger 1990, "How to read
/// floating point numbers accurately"); the rest is left to the standard library.
pub(super) fn decimal(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (_, _) => (false, text),
    };
    let (mut mantissa, mut point) = (0_u64, None);
    if digits.len() > 17 {
        return general(text); // 17 digits and points at most: no overflow below
    }
    for (index, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(index);
        } else {
            return general(text);
        }
    }
    let decimals = point.map_or(0, |point| digits.len() - 1 - point);
    let plain = digits.len() > usize::from(point.is_some()) && mantissa <= 1 << 53;
    if !plain {
        return general(text);
    }
    let value = mantissa as f64 / TENS[decimals];
    Some(if negative { -value } else { value })
}

#[cold]
fn general(text: &[u8]) -> Option<f64> {
    let numeric = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    let text = text.iter().all(numeric).then(|| std::str::from_utf8(text).ok())??;
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_by_the_standard_library() {
        let odd = [
            "0",
            "-0",
            "0.1",
            "43.217",
            "-7.1739",
            ".5",
            "5.",
            "+5",
            "9007199254740993",
            "9007199254740992",
            "123456789012345678901",
            "1e22",
            "1e23",
            "-1.5E-7",
            "0.30000000000000004",
            "17976931348623157e292",
            "4.9e-324",
            "99999999999999999",
            "0.00000000000000001",
        ];
        for text in odd {
            assert_eq!(decimal(text.as_bytes()).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits), "{text}");
        }
        let mut state = 7_u64;
        for _ in 0..100_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let text =
                format!("{}.{:0width$}", (state >> 33) % 1_000_000, (state >> 20) % 10_000, width = (state >> 60) as usize % 12);
            assert_eq!(decimal(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn other_words_are_no_numbers() {
        for text in
            ["", "-", ".", "-.", "1e309", "inf", "NaN", "1,5", "1_000", "0x10", "1.2.3", " 1", "1 ", "--1", "1e", "\u{661}"]
        {
            assert_eq!(decimal(text.as_bytes()), None, "{text}");
        }
    }
}
