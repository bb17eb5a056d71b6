//! Lines of text and rows of comma-separated text, one at a time, of bounded length.

use std::io::{BufRead, Read};

use super::Input;
use crate::problem::Problem;

type Problems = Vec<Problem>;

/// Longest line, in bytes: 1 MiB.
const LONGEST: u64 = 1 << 20;

/// Lines that one quoted field may spread over.
pub(super) const MOST_JOINED: usize = 100;

/// The lines of an input, without their ends and without a byte-order mark.
pub(super) struct TextLines<'i> {
    input: &'i Input,
    from: Box<dyn BufRead + 'i>,
    line: Vec<u8>,
    number: u64,
}

impl<'i> TextLines<'i> {
    pub(super) fn new(input: &'i Input) -> Result<Self, Problems> {
        Ok(Self { input, from: input.open()?, line: Vec::new(), number: 0 })
    }

    /// The next line with its number, from 1; bytes that are not UTF-8 are a problem.
    ///
    /// # Errors
    /// `ingest/huge-field`, `ingest/not-utf8` with the line, `ingest/truncated` when the packed stream ends early.
    pub(super) fn next(&mut self) -> Result<Option<(&str, u64)>, Problems> {
        self.line.clear();
        if !self.more()? {
            return Ok(None);
        }
        self.text().map(|line| Some((line, self.number)))
    }

    /// The last line with the next one behind it: for text in quotes that has a line break. `None` at the end.
    ///
    /// # Errors
    /// As [`TextLines::next`].
    pub(super) fn join_next(&mut self) -> Result<Option<&str>, Problems> {
        self.line.push(b'\n');
        if !self.more()? {
            return Ok(None);
        }
        self.text().map(Some)
    }

    /// Reads one more line behind what is held.
    fn more(&mut self) -> Result<bool, Problems> {
        let held = self.line.len();
        let room = (LONGEST + 1).saturating_sub(held as u64);
        if let Err(error) = self.from.by_ref().take(room).read_until(b'\n', &mut self.line) {
            return Err(vec![self.input.broken(&error, &format!("{} lines", self.number))]);
        }
        if self.line.len() == held && room > 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.len() as u64 > LONGEST {
            let message = "saw a line longer than 1 MiB, expected shorter ones (a quote that is not closed?)";
            return Err(vec![
                self.input.problem("ingest/huge-field", message).at_line(self.number).help("try to find the open quote"),
            ]);
        }
        while self.line.last().is_some_and(|byte| b"\r\n".contains(byte)) && self.line.len() > held {
            self.line.pop();
        }
        Ok(true)
    }

    fn text(&self) -> Result<&str, Problems> {
        let bytes = if self.number == 1 { self.line.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(&self.line) } else { &self.line };
        std::str::from_utf8(bytes).map_err(|_| {
            let message = "saw a byte that is not UTF-8, expected UTF-8 text";
            vec![self.input.problem("ingest/not-utf8", message).at_line(self.number).help("try to save it as UTF-8")]
        })
    }
}

/// Rows of comma-separated text (RFC 4180): quotes around a field, doubled quotes inside, line breaks inside quotes. Blank lines
/// are left out.
pub(super) struct CsvRows<'i> {
    lines: TextLines<'i>,
    cells: Vec<String>,
}

impl<'i> CsvRows<'i> {
    pub(super) fn new(input: &'i Input) -> Result<Self, Problems> {
        Ok(Self { lines: TextLines::new(input)?, cells: Vec::new() })
    }

    /// The next row with the line on which it begins.
    ///
    /// # Errors
    /// As [`TextLines::next`], and `ingest/unclosed-quote`.
    pub(super) fn next(&mut self) -> Result<Option<(&[String], u64)>, Problems> {
        let (mut closed, start) = loop {
            let Some((line, number)) = self.lines.next()? else { return Ok(None) };
            if !line.trim().is_empty() {
                break (split_csv(line, &mut self.cells), number);
            }
        };
        for _ in 0..MOST_JOINED {
            if closed {
                return Ok(Some((&self.cells, start)));
            }
            let Some(line) = self.lines.join_next()? else { break };
            closed = split_csv(line, &mut self.cells);
        }
        let message = "saw a quote that is not closed, expected its end";
        Err(vec![self.lines.input.problem("ingest/unclosed-quote", message).at_line(start).help("try to export the file again")])
    }
}

/// Splits a line into its fields. False when a quote is still open at its end. What follows a closing quote is taken as it stands.
pub(super) fn split_csv(line: &str, cells: &mut Vec<String>) -> bool {
    let (mut count, mut rest) = (0, line);
    loop {
        if cells.len() == count {
            cells.push(String::new());
        }
        let cell = &mut cells[count];
        cell.clear();
        count += 1;
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted;
            loop {
                let Some((inside, behind)) = rest.split_once('"') else { return false };
                cell.push_str(inside);
                rest = behind;
                let Some(doubled) = behind.strip_prefix('"') else { break };
                cell.push('"');
                rest = doubled;
            }
        }
        let Some((plain, behind)) = rest.split_once(',') else {
            cell.push_str(rest);
            cells.truncate(count);
            return true;
        };
        cell.push_str(plain);
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_inside_and_may_hold_commas_and_line_breaks() {
        let input = Input::memory("a", b"\xEF\xBB\xBFa,\"b,\"\"c\"\"\",\r\n\r\n\"x\ny\",2\n\"open\n".to_vec());
        let mut rows = CsvRows::new(&input).unwrap();
        assert_eq!(rows.next().unwrap(), Some((&["a".to_owned(), "b,\"c\"".to_owned(), String::new()][..], 1)));
        assert_eq!(rows.next().unwrap(), Some((&["x\ny".to_owned(), "2".to_owned()][..], 3)));
        assert_eq!(rows.next().unwrap_err()[0].slug, "ingest/unclosed-quote");
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_fills_the_memory() {
        let input = Input::memory("a", vec![b'a'; 3 << 20]);
        assert_eq!(TextLines::new(&input).unwrap().next().unwrap_err()[0].slug, "ingest/huge-field");
    }
}
