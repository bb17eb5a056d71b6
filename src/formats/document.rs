//! JSON answers of monitoring services: one document, several after another (pages saved into one file), or one a line.
//!
//! Numbers that JSON cannot hold are understood where producers write them all the same: bare `NaN` and `Infinity` (Python), and
//! `1e9999` for infinity (Graphite). They become markers of no value and infinite samples, as everywhere.

use std::io::{BufRead, Read};

use serde_json::Value;

use super::faults::{Faults, seen};
use super::stamp::epoch_unit;
use super::{Clock, Input, NANOS, Number, OnInvalid, Options, Reading, Stamp};
use crate::problem::Problem;
use crate::source::TimeForm;

type Problems = Vec<Problem>;

/// Hands over every document of the input with its line (0 when the documents do not stand one a line).
///
/// # Errors
/// `ingest/truncated` and `ingest/bad-json` with the line, `ingest/too-large`, and what `each` says.
pub(super) fn each_document(
    input: &Input,
    options: &Options,
    mut each: impl FnMut(Value, u64) -> Result<(), Problems>,
) -> Result<(), Problems> {
    let (mut lines, mut line, mut number, mut any) = (input.open()?, Vec::new(), 0_u64, false);
    loop {
        line.clear();
        let read = lines.by_ref().take(options.most_bytes.saturating_add(1)).read_until(b'\n', &mut line);
        if let Err(error) = read {
            return Err(vec![input.broken(&error, &format!("{number} lines"))]);
        }
        if line.is_empty() {
            return Ok(());
        }
        number += 1;
        if line.len() as u64 > options.most_bytes {
            input.bytes(options.most_bytes)?;
        }
        let plain = line.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&line).trim_ascii();
        if plain.is_empty() {
            continue;
        }
        values_fit(input, plain, options)?;
        match parse(plain) {
            Ok(document) => each(document, number)?,
            Err(_) if !any => return whole(input, options, each),
            Err(error) => return Err(vec![unreadable(input, &error, number)]),
        }
        any = true;
    }
}

/// Documents that spread over lines.
fn whole(input: &Input, options: &Options, mut each: impl FnMut(Value, u64) -> Result<(), Problems>) -> Result<(), Problems> {
    let text = input.text(options.most_bytes)?;
    values_fit(input, text.as_bytes(), options)?;
    let mut documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let mut good = 0;
    while let Some(document) = documents.next() {
        let Ok(document) = document else {
            let mended = mend(&text.as_bytes()[good..]);
            for document in serde_json::Deserializer::from_slice(&mended).into_iter::<Value>() {
                let lines = || text[..good].bytes().filter(|byte| *byte == b'\n').count() as u64;
                let document = document.map_err(|error| vec![unreadable(input, &error, lines() + error.line() as u64)])?;
                each(document, 0)?;
            }
            return Ok(());
        };
        good = documents.byte_offset();
        each(document, 0)?;
    }
    Ok(())
}

/// A value takes some hundred bytes in memory where `1,` has two, and a packed file of a megabyte may hold hundreds of millions of
/// them: so many of the bytes that may be held are reckoned for each.
const BYTES_A_VALUE: u64 = 64;

/// Refuses a document of more values than fit into memory, before they are made.
///
/// # Errors
/// `ingest/too-large` with their number.
pub(super) fn values_fit(input: &Input, text: &[u8], options: &Options) -> Result<(), Problems> {
    let most = options.most_bytes / BYTES_A_VALUE;
    if text.len() as u64 <= most {
        return Ok(());
    }
    let values = text.iter().filter(|byte| b",[{".contains(byte)).count() as u64;
    if values <= most {
        return Ok(());
    }
    let message = format!("saw a JSON document of about {values} values, expected at most {most}");
    Err(vec![input.problem("ingest/too-large", message).help("try to split the export by time or by series")])
}

fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(text).or_else(|error| if error.is_eof() { Err(error) } else { serde_json::from_slice(&mend(text)) })
}

fn unreadable(input: &Input, error: &serde_json::Error, line: u64) -> Problem {
    if error.is_eof() {
        let message = "saw the JSON document end early, expected it whole";
        return input.problem("ingest/truncated", message).at_line(line).help("try to download or export it again");
    }
    let message = format!("saw something that is not JSON ({error}), expected a JSON document");
    input.problem("ingest/bad-json", message).at_line(line).help("try to export it again, as the service wrote it")
}

/// The same text with numbers that JSON cannot hold as strings: `NaN`, `Infinity`, `1e9999`. Line breaks stay where they are.
fn mend(text: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(byte) = text.get(at) {
        let start = at;
        if *byte == b'"' {
            at += 1;
            while let Some(inner) = text.get(at).filter(|inner| **inner != b'"') {
                at += if *inner == b'\\' { 2 } else { 1 };
            }
            at = (at + 1).min(text.len());
            out.extend_from_slice(&text[start..at]);
            continue;
        }
        while text.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)) {
            at += 1;
        }
        if at == start {
            out.push(*byte);
            at += 1;
            continue;
        }
        let word = String::from_utf8_lossy(&text[start..at]);
        let beyond = word.parse::<f64>().is_ok_and(|number| !number.is_finite());
        if beyond {
            out.extend([b"\"", &text[start..at], b"\""].concat());
        } else {
            out.extend_from_slice(&text[start..at]);
        }
    }
    out
}

/// The text of a member, or nothing.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The elements of a member that is a list, or none.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A scalar as a label's value: text as it is, numbers and truth values as written, else nothing.
pub(super) fn label(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    }
}

/// What a member says as a number: a JSON number, one written as text, or a truth value (1 or 0).
pub(super) fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => number.as_u64().map(Number::Whole).or_else(|| number.as_f64().map(Number::Real)),
        Value::String(text) => Number::parse(text.trim()),
        Value::Bool(truth) => Some(Number::Whole(u64::from(*truth))),
        _ => None,
    }
}

/// A time as a number since 1970 or as text, whole numbers exactly.
pub(super) fn stamp(value: &Value, options: &Options) -> Option<Stamp> {
    match value {
        Value::String(text) => stamp_of_text(text.trim(), options),
        Value::Number(number) => stamp_of_text(&number.to_string(), options),
        _ => None,
    }
}

/// The same from text.
pub(super) fn stamp_of_text(text: &str, options: &Options) -> Option<Stamp> {
    if options.time != TimeForm::Auto
        && let Some(stamp) = Stamp::parse(text, &options.time)
    {
        return Some(stamp);
    }
    match text.parse::<i64>() {
        Ok(whole) => Some(Stamp::Instant(whole.saturating_mul(NANOS / epoch_unit(whole as f64) as i64))),
        Err(_) => Stamp::parse(text, &TimeForm::Auto),
    }
}

/// Where samples of JSON answers go: times and numbers are understood here, and what is neither is gathered as a problem or
/// treated as the user declared.
pub(super) struct Samples<'a, 's> {
    pub(super) reading: &'a mut Reading<'s>,
    pub(super) input: &'a Input,
    pub(super) options: &'a Options,
    clock: Clock,
    faults: Faults,
    bad: u64,
}

impl<'a, 's> Samples<'a, 's> {
    pub(super) fn new(input: &'a Input, options: &'a Options, reading: &'a mut Reading<'s>) -> Self {
        Self { reading, input, options, clock: Clock::new(options), faults: Faults::default(), bad: 0 }
    }

    /// The instant of a time; `None` when it is none, which is a problem, or when it is left out with a finding.
    pub(super) fn instant(&mut self, key: usize, time: &Value, line: u64) -> Option<i64> {
        let Some(stamp) = stamp(time, self.options) else {
            let written = if time.is_null() { "no time".to_owned() } else { format!("the time `{}`", seen(&label(time))) };
            self.bad_time(&written, line);
            return None;
        };
        self.at(key, stamp, line)
    }

    /// The same of a time in text.
    pub(super) fn instant_of_text(&mut self, key: usize, time: &str, line: u64) -> Option<i64> {
        let Some(stamp) = stamp_of_text(time.trim(), self.options) else {
            self.bad_time(&format!("the time `{}`", seen(time)), line);
            return None;
        };
        self.at(key, stamp, line)
    }

    /// The instant of a stamp; see [`Clock::instant`].
    pub(super) fn at(&mut self, key: usize, stamp: Stamp, line: u64) -> Option<i64> {
        self.reading.rows += 1;
        self.clock.instant(key, stamp, line, self.reading)
    }

    /// A time that is none.
    pub(super) fn bad_time(&mut self, written: &str, line: u64) {
        self.reading.rows += 1;
        let problem = self.input.problem("ingest/bad-time", format!("saw {written}, expected an instant (epoch or ISO 8601)"));
        let problem = if line > 0 { problem.at_line(line) } else { problem };
        self.bad(problem.help("try --on-invalid skip to leave such samples out"), line);
    }

    /// Adds a sample: a number, or null for a marker of no value.
    pub(super) fn put(&mut self, place: usize, at: i64, value: &Value, line: u64) -> Result<(), Problems> {
        match number(value) {
            Some(number) => self.reading.push(place, at, number, line).map_err(|problem| vec![problem]),
            None if value.is_null() => {
                self.reading.missing(place, Some(at));
                Ok(())
            }
            None => {
                let name = self.reading.series.get(place).map(|series| series.id.metric.clone()).unwrap_or_default();
                let written = if value.is_string() { label(value) } else { value.to_string() };
                self.bad_value(place, at, &written, &name, line);
                Ok(())
            }
        }
    }

    /// Adds a sample written as text: a number, a truth value, or nothing (also `null` and `None`) for a marker of no value.
    pub(super) fn put_text(&mut self, place: usize, at: i64, value: &str, line: u64) -> Result<(), Problems> {
        let value = value.trim();
        let number = match value {
            "" | "null" | "None" => {
                self.reading.missing(place, Some(at));
                return Ok(());
            }
            "true" => Some(Number::Whole(1)),
            "false" => Some(Number::Whole(0)),
            _ => Number::parse(value),
        };
        if let Some(number) = number {
            return self.reading.push(place, at, number, line).map_err(|problem| vec![problem]);
        }
        let name = self.reading.series.get(place).map(|series| series.id.metric.clone()).unwrap_or_default();
        self.bad_value(place, at, value, &name, line);
        Ok(())
    }

    /// A row whose shape is not that of the table.
    pub(super) fn bad_row(&mut self, message: &str, line: u64) {
        let problem = self.input.problem("ingest/ragged-row", message).at_line(line);
        self.bad(problem.help("try --on-invalid skip to leave such lines out"), line);
    }

    /// A value that is neither a number nor a marker of no value.
    pub(super) fn bad_value(&mut self, place: usize, at: i64, written: &str, name: &str, line: u64) {
        let problem = self.input.problem("ingest/bad-cell", format!("saw `{}`, expected a number or null", seen(written)));
        let problem = if line > 0 { problem.at_line(line) } else { problem };
        self.bad(problem.in_column(seen(name)).help("try --on-invalid null to take such values as missing"), line);
        if self.options.on_invalid == OnInvalid::Null {
            self.reading.missing(place, Some(at));
        }
    }

    /// A problem with the shape of the input that no option can answer.
    pub(super) fn wrong(&mut self, problem: Problem) {
        self.faults.add(problem);
    }

    fn bad(&mut self, problem: Problem, line: u64) {
        self.bad += 1;
        if self.options.on_invalid == OnInvalid::Error {
            self.faults.add(problem);
        } else {
            self.reading.warn("invalid", line, || "values or times that are none: left out as declared".to_owned());
        }
    }

    /// All problems, or nothing.
    pub(super) fn finish(mut self) -> Result<(), Problems> {
        let most = self.options.max_bad * self.reading.rows as f64;
        if self.options.on_invalid != OnInvalid::Error && self.bad as f64 > most {
            let message = format!("saw {} invalid of {} samples, expected at most {most:.0}", self.bad, self.reading.rows);
            self.faults.add(self.input.problem("ingest/bad-cell", message).help("try a higher --max-bad"));
        }
        self.faults.told(self.input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_json_cannot_hold_are_understood_outside_of_text() {
        let mended = mend(br#"{"a NaN \" Infinity":[NaN,-Infinity,1e9999,1.5e3,null,true]}"#);
        let value: Value = serde_json::from_slice(&mended).unwrap();
        let found: Vec<Option<f64>> =
            value["a NaN \" Infinity"].as_array().unwrap().iter().map(|one| number(one).map(Number::real)).collect();
        assert!(found[0].unwrap().is_nan());
        assert_eq!(found[1..], [Some(f64::NEG_INFINITY), Some(f64::INFINITY), Some(1500.0), None, Some(1.0)]);
    }

    #[test]
    fn documents_may_stand_one_a_line_or_spread_over_lines() {
        let read = |text: &str| {
            let input = Input::memory("a.json", text.as_bytes().to_vec());
            let mut seen = Vec::new();
            let told = each_document(&input, &Options::default(), |value, line| {
                seen.push((value, line));
                Ok(())
            });
            (seen.len(), seen.last().map_or(0, |last| last.1), told.err().map(|problems| (problems[0].slug, problems[0].line)))
        };
        assert_eq!(read("{\"a\":1}\n\n{\"a\":2}\n"), (2, 3, None));
        assert_eq!(read("{\n\"a\":1}{\"a\":NaN}\n{\n}"), (3, 0, None));
        assert_eq!(read("{\"a\":1}\n{\"a\":"), (1, 1, Some(("ingest/truncated", Some(2)))));
        assert_eq!(read("{\n\"a\":[1,\n"), (0, 0, Some(("ingest/truncated", Some(3)))));
        assert_eq!(read("{\n\"a\" 1}"), (0, 0, Some(("ingest/bad-json", Some(2)))));
    }

    #[test]
    fn documents_of_too_many_values_are_refused_before_they_are_made() {
        let options = Options { most_bytes: 1 << 20, ..Options::default() };
        for text in ["[".to_owned() + &"1,".repeat(200_000), "[\n".to_owned() + &"[],".repeat(100_000), "{\"a\":".repeat(100_000)]
        {
            let input = Input::memory("a.json", text.into_bytes());
            let problems = each_document(&input, &options, |_, _| Ok(())).unwrap_err();
            assert_eq!(problems[0].slug, "ingest/too-large");
        }
        let input = Input::memory("a.json", format!("[\"{}\"]", "a".repeat(500_000)).into_bytes());
        assert!(each_document(&input, &options, |_, _| Ok(())).is_ok());
    }

    #[test]
    fn nanoseconds_since_1970_stay_exact() {
        let value: Value = serde_json::from_str("1504447811347713001").unwrap();
        assert_eq!(stamp(&value, &Options::default()), Some(Stamp::Instant(1_504_447_811_347_713_001)));
    }
}
