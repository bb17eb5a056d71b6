//! The rows of a plain table, block by block, without more than a line held.
//!
//! A row costs three searches, two comparisons with what the row before it was, and a short loop over the digits. All that is checked
//! of a key (its fields, quotes, encoding) is checked once, when it is first seen. What is not understood is not judged here: `None`
//! means that the table's own reader has to read the input, and say what it finds.

use std::io::BufRead;

use memchr::{memchr, memchr_iter, memrchr};

use super::fold::Fold;
use super::keys::Keys;
use super::moment::Moments;
use super::number::decimal;
use super::plan::{Piece, Plan};
use crate::formats::Options;

/// Longest line, in bytes.
const LONGEST: usize = 1 << 20;

/// Reads rows, and remembers what it learned for reading the input again.
pub(super) struct Scan<'o> {
    plan: &'o Plan,
    options: &'o Options,
    moments: Moments<'o>,
    keys: Keys,
    /// The first row of each key.
    pub firsts: Firsts,
    /// Of each series, how many rows say that there is no value.
    pub missing: Vec<u64>,
    /// Rows read.
    pub rows: u64,
    line: u64,
    /// The row at hand: its values (NaN for none), and its key where that is not one piece.
    values: Vec<f64>,
    key: Vec<u8>,
}

/// The first row of each key, in the order of the keys.
#[derive(Default)]
pub(super) struct Firsts {
    /// The header and the rows as they stand.
    pub text: Vec<u8>,
    /// Where each row stands in the input, 1-based.
    pub lines: Vec<u64>,
    /// The instant of each row, in nanoseconds since 1970.
    pub at: Vec<i64>,
    /// The values of each row, one after another; NaN for none.
    pub values: Vec<f64>,
}

impl<'o> Scan<'o> {
    pub fn new(plan: &'o Plan, options: &'o Options) -> Self {
        Self {
            plan,
            options,
            moments: Moments::new(options),
            keys: Keys::new(),
            firsts: Firsts::default(),
            missing: Vec::new(),
            rows: 0,
            line: 0,
            values: vec![f64::NAN; plan.values],
            key: Vec::new(),
        }
    }

    /// Folds all rows of an input. The second time, series have the same numbers as before.
    pub fn read(&mut self, source: &mut dyn BufRead, fold: &mut Fold) -> Option<()> {
        (self.line, self.rows, self.moments) = (0, 0, Moments::new(self.options));
        self.missing.fill(0);
        // The beginning of a line whose end is in the next block.
        let mut begun = Vec::new();
        loop {
            let block = source.fill_buf().ok()?;
            let length = block.len();
            if length == 0 {
                break;
            }
            let (mut lines, rest) = block.split_at(memrchr(b'\n', block).map_or(0, |end| end + 1));
            if let Some(end) = memchr(b'\n', lines).filter(|_| !begun.is_empty()) {
                begun.extend_from_slice(&lines[..end]);
                self.line(&begun, fold)?;
                begun.clear();
                lines = &lines[end + 1..];
            }
            let mut start = 0;
            for end in memchr_iter(b'\n', lines) {
                self.line(&lines[start..end], fold)?;
                start = end + 1;
            }
            begun.extend_from_slice(rest);
            if begun.len() > LONGEST {
                return None;
            }
            source.consume(length);
        }
        if begun.is_empty() { Some(()) } else { self.line(&begun, fold) }
    }

    #[inline]
    fn line(&mut self, line: &[u8], fold: &mut Fold) -> Option<()> {
        self.line += 1;
        let row = line.strip_suffix(b"\r").unwrap_or(line);
        if self.line == 1 {
            if self.firsts.text.is_empty() {
                self.firsts.text.extend_from_slice(row);
                self.firsts.text.push(b'\n');
            }
            return Some(());
        }
        if row.is_empty() { Some(()) } else { self.row(row, fold) }
    }

    #[inline]
    fn row(&mut self, row: &[u8], fold: &mut Fold) -> Option<()> {
        let plan = self.plan;
        self.rows += 1;
        self.key.clear();
        let (mut at, mut rest) = (0, row);
        for piece in &plan.front {
            let (cell, behind) = split(rest, memchr(plan.separator, rest)?);
            rest = behind;
            self.piece(*piece, cell, &mut at)?;
        }
        for piece in &plan.back {
            let cell = match memrchr(plan.separator, rest) {
                Some(index) => {
                    let (before, cell) = split(rest, index);
                    rest = before;
                    cell
                }
                None if plan.middle == 0 => std::mem::take(&mut rest),
                None => return None,
            };
            self.piece(*piece, cell, &mut at)?;
        }
        let number = if self.key.is_empty() {
            self.keys.find(rest)
        } else {
            self.key.extend_from_slice(rest);
            self.keys.find(&self.key)
        };
        let number = number.or_else(|| self.first(row, rest, at))?;
        for (index, value) in self.values.iter().enumerate() {
            let series = number * plan.values + index;
            if value.is_nan() {
                self.missing[series] += 1;
            } else {
                fold.push(series, at, *value);
            }
        }
        Some(())
    }

    #[inline]
    fn piece(&mut self, piece: Piece, cell: &[u8], at: &mut i64) -> Option<()> {
        match piece {
            Piece::Time => *at = self.moments.at(unquoted(cell))?,
            Piece::Value(index) => self.values[index] = value(unquoted(cell))?,
            Piece::Key => {
                self.key.extend_from_slice(cell);
                self.key.push(self.plan.separator);
            }
        }
        Some(())
    }

    /// A row of a new key: the number of the key.
    #[cold]
    fn first(&mut self, row: &[u8], middle: &[u8], at: i64) -> Option<usize> {
        let separators = memchr_iter(self.plan.separator, middle).count();
        let whole = if self.key.is_empty() { middle } else { &self.key };
        let plain = separators == self.plan.middle.saturating_sub(1)
            && whole.split(|byte| *byte == self.plan.separator).all(is_plain)
            && std::str::from_utf8(whole).is_ok();
        if !plain {
            return None;
        }
        let number = self.keys.add(whole)?;
        self.missing.resize((number + 1) * self.plan.values, 0);
        self.firsts.text.extend_from_slice(row);
        self.firsts.text.push(b'\n');
        self.firsts.lines.push(self.line);
        self.firsts.at.push(at);
        self.firsts.values.extend_from_slice(&self.values);
        Some(number)
    }

    /// How many series there are.
    pub fn series(&self) -> usize {
        self.keys.len() * self.plan.values
    }
}

/// The bytes before and behind one of them.
fn split(bytes: &[u8], index: usize) -> (&[u8], &[u8]) {
    (&bytes[..index], &bytes[index + 1..])
}

fn unquoted(cell: &[u8]) -> &[u8] {
    match cell {
        [b'"', inner @ .., b'"'] => inner,
        cell => cell,
    }
}

/// A number, or NaN for a marker of no value.
fn value(cell: &[u8]) -> Option<f64> {
    let missing = || cell.is_empty() || [&b"nan"[..], b"null"].iter().any(|word| cell.eq_ignore_ascii_case(word));
    decimal(cell).or_else(|| missing().then_some(f64::NAN))
}

/// Whether a cell has no quotes but at both ends, so that separators and line ends are what they seem.
fn is_plain(cell: &[u8]) -> bool {
    !unquoted(cell).iter().any(|byte| matches!(byte, b'"' | b'\r' | 0))
}
