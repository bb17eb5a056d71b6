//! Lines of text, one at a time, of bounded length.

use std::io::{BufRead, Read};

use super::Input;
use crate::problem::Problem;

type Problems = Vec<Problem>;

/// Longest line, in bytes: 1 MiB.
const LONGEST: u64 = 1 << 20;

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

    /// The number of the line last read, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line; bytes that are not UTF-8 are a problem.
    ///
    /// # Errors
    /// `ingest/huge-field`, `ingest/not-utf8` with the line, `ingest/truncated` when the packed stream ends early.
    pub(super) fn next(&mut self) -> Result<Option<&str>, Problems> {
        self.line.clear();
        if !self.more()? {
            return Ok(None);
        }
        self.text().map(Some)
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
