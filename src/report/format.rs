//! Numbers and dates as people read them.

use crate::stats::Estimate;
use crate::time::{Day, Month};
use crate::units::{Money, Unit};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// So many minutes are told in hours.
pub const HOURS: f64 = 6_000.0;

/// `1 pool`, `2 pools`.
#[must_use]
pub fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `14 Mar 2027`.
#[must_use]
pub fn day(day: Day) -> String {
    let date = day.date();
    format!("{} {} {}", date.day(), MONTHS[date.month() as usize - 1], date.year())
}

/// `14 Mar`.
#[must_use]
pub fn day_of_month(day: Day) -> String {
    let date = day.date();
    format!("{} {}", date.day(), MONTHS[date.month() as usize - 1])
}

/// `Mar 2027`.
#[must_use]
pub fn month(month: Month) -> String {
    let date = month.first_day().date();
    format!("{} {}", MONTHS[date.month() as usize - 1], date.year())
}

/// `Mar`.
#[must_use]
pub fn month_short(month: Month) -> &'static str {
    MONTHS[month.first_day().date().month() as usize - 1]
}

/// Three significant digits, thousands parted by commas: `0.0123`, `12.3`, `1,230`.
#[must_use]
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.2e}");
    }
    let decimals = (2 - size.log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{size:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let sign = if value < 0.0 { "−" } else { "" };
    let whole = thousands(whole);
    rest.map_or_else(|| format!("{sign}{whole}"), |rest| format!("{sign}{whole}.{rest}"))
}

/// Fewer minutes than these are none that anybody could see.
pub const SHORTEST: f64 = 1e-3;

/// Minutes, but not of times that are shorter than anything that is measured.
#[must_use]
pub fn minutes(value: f64) -> String {
    if value > 0.0 && value < SHORTEST { format!("less than {SHORTEST}") } else { number(value) }
}

fn thousands(digits: &str) -> String {
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The prefix that makes an amount of this size readable, and its factor.
#[must_use]
pub fn prefix(size: f64, unit: &Unit) -> (&'static str, f64) {
    const BINARY: [(&str, f64); 5] = [
        ("Pi", 1_125_899_906_842_624.0),
        ("Ti", 1_099_511_627_776.0),
        ("Gi", 1_073_741_824.0),
        ("Mi", 1_048_576.0),
        ("Ki", 1_024.0),
    ];
    const DECIMAL: [(&str, f64); 4] = [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e4)];
    let size = size.abs();
    if unit.is_bytes() {
        return BINARY.into_iter().find(|(_, factor)| size >= *factor).unwrap_or(("", 1.0));
    }
    let found = DECIMAL.into_iter().find(|(_, least)| size >= *least);
    found.map_or(("", 1.0), |(name, least)| (name, if name == "k" { 1e3 } else { least }))
}

/// The unit with its prefix: `GiB`, `cores`, `k requests/s`.
#[must_use]
pub fn unit_name(prefix: &str, unit: &Unit) -> String {
    if unit.is_bytes() {
        return format!("{prefix}{}", unit.name().replace("bytes", "B"));
    }
    if prefix.is_empty() { unit.name().to_owned() } else { format!("{prefix} {}", unit.name()) }
}

/// `70.1 cores`, `1.25 TiB`; a share as percent.
#[must_use]
pub fn amount(value: f64, unit: &Unit) -> String {
    if unit.name() == "ratio" {
        return share(value);
    }
    let (prefix, factor) = prefix(value, unit);
    format!("{} {}", number(value / factor), unit_name(prefix, unit))
}

/// A share or a difference of two as percent, above 1 and below 0 too: `12 %`, `−3.1 %`, `140 %`.
#[must_use]
pub fn share(value: f64) -> String {
    if value != 0.0 && value.abs() < 1.0 {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", percent(value.abs()));
    }
    format!("{} %", number(value * 100.0))
}

/// A share that somebody declared, with the digits that they gave: `1 %`, `99.95 %`.
#[must_use]
pub fn declared(share: f64) -> String {
    let text = format!("{:.6}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A probability as percent: `12 %`, `0.4 %`, `< 0.05 %`, `> 99.9 %`.
#[must_use]
pub fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent == 0.0 || percent == 100.0 {
        return format!("{percent} %");
    }
    if percent < 0.05 {
        return "< 0.05 %".to_owned();
    }
    // what is not certain is never rounded to it
    if percent >= 99.95 {
        return "> 99.9 %".to_owned();
    }
    if (10.0..=99.0).contains(&percent) { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// A probability with its standard error: `12.3 % ± 0.7`.
#[must_use]
pub fn estimated(estimate: Estimate) -> String {
    format!("{:.1} % ± {:.1}", estimate.value * 100.0, estimate.standard_error * 100.0)
}

/// A probability in plain words: `about 1 in 5`. No more digits than a reader keeps: `about 1 in 110` and not `111`.
#[must_use]
pub fn chance(probability: f64) -> String {
    let one_in = |times: f64| {
        let step = match times {
            few if few < 20.0 => 1.0,
            some if some < 97.5 => 5.0,
            many if many < 995.0 => 10.0,
            _ => 100.0,
        };
        format!("about 1 in {}", number((times / step).round() * step))
    };
    match probability {
        p if p < 0.0005 => "less than 1 in 2,000".to_owned(),
        p if p < 0.275 => one_in(1.0 / p),
        p if p < 0.365 => "about 1 in 3".to_owned(),
        p if p <= 0.45 => "about 4 in 10".to_owned(),
        p if p < 0.55 => "about even".to_owned(),
        p if p <= 0.9 => format!("about {} in 10", (p * 10.0).round()),
        p if p < 0.99 => "very likely".to_owned(),
        _ => "nearly certain".to_owned(),
    }
}

/// `EUR 128,400`.
#[must_use]
pub fn money(amount: Money, currency: &str) -> String {
    format!("{currency} {}", thousands(&format!("{:.0}", amount.0.abs())))
}

/// Large sums as they are spoken, `USD 38.5 million`; others to the unit, `EUR 128,400`.
#[must_use]
pub fn spoken_money(amount: Money, currency: &str) -> String {
    let said = [(1e12, "trillion"), (1e9, "billion"), (1e6, "million")];
    let found = said.into_iter().find(|(size, _)| amount.0.abs() >= *size);
    found.map_or_else(|| money(amount, currency), |(size, word)| format!("{currency} {} {word}", number(amount.0.abs() / size)))
}

/// Minutes, many of them as hours: `43.8 minutes`, `341 hours`.
#[must_use]
pub fn spell(minutes: f64) -> String {
    if minutes.abs() < HOURS {
        format!("{} minutes", self::minutes(minutes))
    } else {
        format!("{} hours", number(minutes / 60.0))
    }
}

/// `1 m8`, `12 m8`.
#[must_use]
pub fn units(count: u32, unit: &str) -> String {
    format!("{count} × {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_say_enough() {
        for (value, text) in
            [(0.0, "0"), (0.0123, "0.0123"), (70.14, "70.1"), (1234.0, "1,234"), (-2.5, "−2.5"), (1e9, "1,000,000,000")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(amount(1.5 * 1_099_511_627_776.0, &Unit::named("bytes")), "1.5 TiB");
        assert_eq!(amount(12_500.0, &Unit::named("requests/s")), "12.5 k requests/s");
    }

    #[test]
    fn names_are_listed_with_one_and() {
        let listed = |names: &[&str]| super::listed(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            [listed(&[]), listed(&["a"]), listed(&["a", "b"]), listed(&["a", "b", "c"])],
            ["", "a", "a and b", "a, b and c"]
        );
    }

    #[test]
    fn minutes_that_nobody_could_see_are_told_as_such() {
        assert_eq!(
            [0.0, 1.02e-74, 0.000_9, 0.001, 43.8].map(minutes),
            ["0", "less than 0.001", "less than 0.001", "0.001", "43.8"]
        );
    }

    #[test]
    fn small_chances_are_not_rounded_to_nothing() {
        assert_eq!((percent(0.0001).as_str(), percent(0.0).as_str(), percent(0.123).as_str()), ("< 0.05 %", "0 %", "12 %"));
        assert_eq!(chance(0.2), "about 1 in 5");
        assert_eq!((percent(0.9996).as_str(), percent(0.9994).as_str(), percent(1.0).as_str()), ("> 99.9 %", "99.9 %", "100 %"));
    }

    #[test]
    fn chances_have_no_more_digits_than_a_reader_keeps() {
        for (p, words) in [
            (0.009, "about 1 in 110"),
            (0.0187, "about 1 in 55"),
            (0.0476, "about 1 in 20"),
            (0.05, "about 1 in 20"),
            (0.3, "about 1 in 3"),
            (0.42, "about 4 in 10"),
            (0.001, "about 1 in 1,000"),
        ] {
            assert_eq!(chance(p), words);
        }
    }

    #[test]
    fn what_was_declared_keeps_its_digits() {
        assert_eq!((declared(0.9995).as_str(), declared(0.01).as_str(), declared(0.999).as_str()), ("99.95 %", "1 %", "99.9 %"));
        assert_eq!(amount(0.0123, &Unit::named("ratio")), "1.2 %");
    }

    #[test]
    fn large_sums_are_spoken() {
        assert_eq!(spoken_money(Money(38_517_431.0), "USD"), "USD 38.5 million");
        assert_eq!(spoken_money(Money(128_400.0), "EUR"), "EUR 128,400");
        assert_eq!((spell(43.83), spell(20_468.0)), ("43.8 minutes".to_owned(), "341 hours".to_owned()));
    }
}
