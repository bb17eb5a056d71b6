//! Lines of text, one at a time, none of them longer than allowed.

use std::io::{BufRead, Read};

use crate::formats::{Input, Options};
use crate::problem::Problem;

/// The longest line of a table, in bytes.
const LONGEST: u64 = 1 << 20;

/// The lines of an input, counted from 1, without their ends and without a byte-order mark.
pub(in crate::formats) struct Lines<'i> {
    input: &'i Input,
    bytes: Box<dyn BufRead + 'i>,
    latin1: bool,
    number: u64,
    raw: Vec<u8>,
    text: String,
}

impl<'i> Lines<'i> {
    /// The lines of an input.
    pub(in crate::formats) fn of(input: &'i Input, options: &Options) -> Result<Self, Vec<Problem>> {
        Ok(Self { input, bytes: input.open()?, latin1: options.latin1, number: 0, raw: Vec::new(), text: String::new() })
    }

    /// The next line with its number, or `None` after the last.
    pub(in crate::formats) fn next(&mut self) -> Result<Option<(u64, &str)>, Vec<Problem>> {
        self.raw.clear();
        self.text.clear();
        let read = (&mut self.bytes).take(LONGEST).read_until(b'\n', &mut self.raw);
        if let Err(error) = read {
            return Err(vec![self.input.broken(&error, &format!("{} lines", self.number))]);
        }
        if self.raw.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if self.raw.len() as u64 == LONGEST && self.raw.last() != Some(&b'\n') {
            let message = format!("saw a line of more than {LONGEST} bytes, expected shorter ones");
            return Err(vec![
                self.input.problem("ingest/huge-field", message).at_line(self.number).help("try to export it anew"),
            ]);
        }
        while self.raw.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
            self.raw.pop();
        }
        let mark: &[u8] = if self.number == 1 { &[0xEF, 0xBB, 0xBF] } else { &[] };
        let raw = self.raw.strip_prefix(mark).unwrap_or(&self.raw);
        match std::str::from_utf8(raw) {
            Ok(text) => self.text.push_str(text),
            Err(_) if self.latin1 => self.text.extend(raw.iter().map(|byte| char::from(*byte))),
            Err(_) => {
                let problem = self.input.problem("ingest/not-utf8", "saw a byte that is not UTF-8, expected UTF-8 text");
                return Err(vec![problem.at_line(self.number).help("try --encoding latin1, or save it as UTF-8")]);
            }
        }
        Ok(Some((self.number, &self.text)))
    }
}
