//! Cells that are not numbers and rows that do not fit: told all at once, or left out and counted, as the user wishes.

use crate::formats::{Input, Number, OnInvalid, Options, Reading};
use crate::problem::Problem;

/// Problems told in full; the rest is counted.
const MOST: usize = 20;

/// The problems of one input.
pub(in crate::formats) struct Faults<'i> {
    input: &'i Input,
    on_invalid: OnInvalid,
    problems: Vec<Problem>,
    more: u64,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::formats) enum Cell {
    /// A number, perhaps infinite.
    Number(Number),
    /// A marker of no value.
    Missing,
}

/// Reads a cell as the tools of hosts write it: `nan` in any spelling, `-` and blanks are no value, and under some locales the
/// decimal mark is a comma. `None` when it is nothing of these.
pub(in crate::formats) fn number(text: &str) -> Option<Cell> {
    let text = text.trim();
    let bare = text.trim_start_matches(['-', '+']);
    if bare.is_empty() || bare.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("nan")) {
        return Some(Cell::Missing);
    }
    if let Some(number) = Number::parse(text) {
        return Some(Cell::Number(number));
    }
    let comma = text.contains(',') && !text.contains('.') && text.matches(',').count() == 1;
    let parsed = if comma { Number::parse(&text.replace(',', ".")) } else { None };
    parsed.map(Cell::Number)
}

/// Seen text, cut to what a message may hold.
pub(in crate::formats) fn cut(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

impl<'i> Faults<'i> {
    /// None so far.
    pub(in crate::formats) fn of(input: &'i Input, options: &Options) -> Self {
        Self { input, on_invalid: options.on_invalid, problems: Vec::new(), more: 0 }
    }

    /// One more, whatever the user wishes.
    pub(in crate::formats) fn add(&mut self, problem: Problem) {
        if self.problems.len() < MOST { self.problems.push(problem) } else { self.more += 1 }
    }

    /// A row that is not of the shape of its header.
    pub(in crate::formats) fn ragged(&mut self, reading: &mut Reading<'_>, line: u64, saw: usize, expected: usize) {
        self.left_out(reading, line, "ingest/ragged-row", format!("saw {saw} fields, expected {expected}"));
    }

    /// A row whose time cannot be read.
    pub(in crate::formats) fn bad_time(&mut self, reading: &mut Reading<'_>, line: u64, saw: &str) {
        self.left_out(reading, line, "ingest/bad-time", format!("saw the time `{}`, expected a date and a time", cut(saw)));
    }

    /// A row that cannot be read at all.
    pub(in crate::formats) fn left_out(&mut self, reading: &mut Reading<'_>, line: u64, slug: &'static str, message: String) {
        if self.on_invalid == OnInvalid::Error {
            let problem = self.input.problem(slug, message).help("try --on-invalid skip to leave such rows out");
            self.add(if line > 0 { problem.at_line(line) } else { problem });
        } else {
            reading.warn("bad-row", line, || "rows that cannot be read: left out".to_owned());
        }
    }

    /// Adds the cells of one row, each to its series. A cell that is no number is told, missing, or takes its row with it.
    pub(in crate::formats) fn push_row(
        &mut self,
        reading: &mut Reading<'_>,
        at: i64,
        cells: &[(usize, &str)],
        line: u64,
    ) -> Result<(), Vec<Problem>> {
        reading.rows += 1;
        let bad = |cells: &[(usize, &str)]| cells.iter().any(|(_, text)| number(text).is_none());
        if self.on_invalid == OnInvalid::Skip && bad(cells) {
            reading.warn("bad-row", line, || "rows with cells that are no numbers: left out".to_owned());
            return Ok(());
        }
        for (place, text) in cells {
            match number(text) {
                Some(Cell::Number(number)) => {
                    if text.contains(',') {
                        reading.note("decimal-comma", line, || "numbers have a decimal comma: read as such".to_owned());
                    }
                    reading.push(*place, at, number, line).map_err(|problem| vec![problem])?;
                }
                Some(Cell::Missing) => reading.missing(*place, Some(at)),
                None if self.on_invalid == OnInvalid::Null => {
                    reading.warn("bad-cell", line, || "cells that are no numbers: taken as missing".to_owned());
                    reading.missing(*place, Some(at));
                }
                None => {
                    let column = reading.series.get(*place).map(|series| series.id.metric.clone()).unwrap_or_default();
                    let message = format!("saw `{}`, expected a number", cut(text));
                    let problem = self.input.problem("ingest/bad-number", message).in_column(column);
                    let problem = if line > 0 { problem.at_line(line) } else { problem };
                    self.add(problem.help("try --on-invalid null to take such cells as missing"));
                }
            }
        }
        Ok(())
    }

    /// All problems at once, if there are any.
    pub(in crate::formats) fn end(mut self) -> Result<(), Vec<Problem>> {
        if self.more > 0 {
            let message = format!("saw {} more problems like these, expected none", self.more);
            self.problems.push(self.input.problem("ingest/more", message));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(self.problems) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_nan_is_missing_and_a_comma_may_be_the_decimal_mark() {
        for text in ["nan", "-nan", "NaN", "+NAN", "", " ", "-", "-nan(ind)"] {
            assert_eq!(number(text), Some(Cell::Missing), "{text}");
        }
        assert_eq!(number("0,48"), Some(Cell::Number(Number::Real(0.48))));
        assert_eq!(number("18446744073709551615"), Some(Cell::Number(Number::Whole(u64::MAX))));
        assert_eq!((number("1,234.5"), number("all"), number("1.2.3")), (None, None, None));
    }
}
