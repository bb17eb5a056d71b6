//! Durations and amounts as people write them.

use super::reader::{Node, Reader, Value, number};
use crate::units::{Scale, Unit};

/// Written time units, in hours.
const HOURS: &[(&[&str], f64)] = &[
    (&["ms"], 1.0 / 3_600_000.0),
    (&["s", "second", "seconds"], 1.0 / 3_600.0),
    (&["min", "minute", "minutes"], 1.0 / 60.0),
    (&["h", "hour", "hours"], 1.0),
    (&["d", "day", "days"], 24.0),
    (&["w", "week", "weeks"], 168.0),
    (&["month", "months"], crate::time::MONTH_HOURS),
    (&["y", "year", "years"], 8_766.0),
];

pub(super) const DURATION: &str = "a duration such as \"90 min\", \"12 h\", \"30 d\", \"6 months\" or \"2 y\"";

/// A number and the word after it.
pub(super) fn number_and_word(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-._eE".contains(c))).unwrap_or(text.len());
    // "3e" of "3 eggs" is no number: give letters back until it parses.
    let number = text[..end].trim_end_matches(|c: char| "eE".contains(c));
    let value = number.replace('_', "").parse::<f64>().ok().filter(|value| value.is_finite())?;
    Some((value, text[number.len()..].trim()))
}

/// The hours of a length of time such as `6 months`.
#[must_use]
pub fn hours(text: &str) -> Option<f64> {
    let (value, word) = number_and_word(text)?;
    HOURS.iter().find(|(words, _)| words.contains(&word)).map(|(_, hours)| value * hours)
}

/// An amount in the base unit, as text with a unit that fits.
pub(super) fn amount_in(text: &str, unit: &Unit) -> Option<f64> {
    let (amount, word) = number_and_word(text)?;
    let scale = Scale::of(word);
    (scale.unit == *unit).then_some(amount * scale.factor)
}

impl<'a> Reader<'a> {
    /// A duration above zero, in hours.
    pub fn duration(&self, node: &Node<'a>, key: &str) -> Option<f64> {
        let value = node.get(key)?;
        let Some(found) = value.get_ref().as_str().and_then(hours) else {
            self.wrong_type(&node.path(key), value, DURATION);
            return None;
        };
        if found > 0.0 {
            return Some(found);
        }
        self.out_of_range(node, key, value.get_ref().as_str().unwrap_or(""), "more than nothing");
        None
    }

    /// An amount in the base unit: a number, or text with a unit that fits.
    pub fn amount(&self, name: &str, value: &'a Value<'a>, unit: &Unit) -> Option<f64> {
        if let Some(number) = number(value) {
            return self.not_negative(name, value, number);
        }
        let Some((amount, word)) = value.get_ref().as_str().and_then(number_and_word) else {
            self.wrong_type(name, value, &format!("an amount such as \"16 {unit}\""));
            return None;
        };
        let scale = Scale::of(word);
        if scale.unit != *unit {
            let seen = if word.is_empty() { "has no unit".to_owned() } else { format!("is in {word}") };
            let message = format!("`{name}` {seen}, expected {unit} or a multiple of it");
            self.problem("spec/unit-mismatch", &value.span(), message, None);
            return None;
        }
        self.not_negative(name, value, amount * scale.factor)
    }

    fn not_negative(&self, name: &str, value: &Value<'a>, number: f64) -> Option<f64> {
        if number >= 0.0 {
            return Some(number);
        }
        self.problem("spec/negative-capacity", &value.span(), format!("`{name}` is {number}, expected 0 or more"), None);
        None
    }
}
