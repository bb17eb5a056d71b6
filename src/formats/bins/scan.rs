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
use crate::formats::{Finding, Options};

/// Longest line, in bytes.
const LONGEST: usize = 1 << 20;
/// Most series.
const MOST_SERIES: usize = 1 << 21;
/// Most bytes of first rows.
const MOST_FIRSTS: usize = 1 << 26;

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
    /// How many rows do for some series, and the first lines of them.
    pub missing_rows: u64,
    pub missing_lines: Vec<u64>,
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
            missing_rows: 0,
            missing_lines: Vec::new(),
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
        (self.missing_rows, self.missing_lines) = (0, Vec::new());
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
        let mut missing = false;
        for (index, value) in self.values.iter().enumerate() {
            let series = number * plan.values + index;
            if value.is_nan() {
                self.missing[series] += 1;
                missing = true;
            } else {
                fold.push(series, at, *value);
            }
        }
        if missing {
            self.missing_rows += 1;
            if self.missing_lines.len() < Finding::MOST_LINES {
                self.missing_lines.push(self.line);
            }
        }
        Some(())
    }

    #[inline]
    fn piece(&mut self, piece: Piece, cell: &[u8], at: &mut i64) -> Option<()> {
        match piece {
            Piece::Time => *at = self.moments.at(unquoted(cell))?,
            Piece::Value(index) => self.values[index] = value(unquoted(cell))?,
            Piece::Skip if is_plain(cell) && cell.is_ascii() => {}
            Piece::Skip => return None,
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
        let fits = self.series() + self.plan.values <= MOST_SERIES && self.firsts.text.len() + row.len() < MOST_FIRSTS;
        if !(plain && fits) {
            return None;
        }
        let number = self.keys.add(whole)?;
        self.missing.resize((number + 1) * self.plan.values, 0);
        self.firsts.text.extend_from_slice(row);
        self.firsts.text.push(b'\n');
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Bin;
    use crate::source::OnDuplicate;
    use crate::time::Step;

    /// A source that hands out so many bytes at a time.
    struct Blocks<'t>(&'t [u8], usize);

    impl std::io::Read for Blocks<'_> {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            unreachable!("blocks are asked for")
        }
    }

    impl BufRead for Blocks<'_> {
        fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
            Ok(&self.0[..self.0.len().min(self.1)])
        }
        fn consume(&mut self, amount: usize) {
            self.0 = &self.0[amount..];
        }
    }

    /// The bins, the missing values and the first rows of a text.
    type Found = (Vec<Vec<(i64, Bin)>>, Vec<u64>, String);

    fn scanned(pieces: &[Piece], text: &str, block: usize) -> Option<Found> {
        let values = pieces.iter().filter(|piece| matches!(piece, Piece::Value(_))).count();
        let (plan, options) = (Plan::cut(b',', pieces, values), Options::default());
        let mut scan = Scan::new(&plan, &options);
        let mut fold = Fold::new(Step::HOUR, OnDuplicate::Error);
        scan.read(&mut Blocks(text.as_bytes(), block), &mut fold)?;
        fold.finish();
        Some((fold.into_bins(), scan.missing, String::from_utf8(scan.firsts.text).unwrap()))
    }

    const LONG: [Piece; 4] = [Piece::Time, Piece::Key, Piece::Key, Piece::Value(0)];

    #[test]
    fn a_row_is_the_same_wherever_blocks_end() {
        let text = "time,host,metric,value\r\n2026-03-01T00:00:00Z,a,cpu,1.5\r\n2026-03-01T00:05:00Z,a,cpu,2.5\r\n\r\n\
            \"2026-03-01T00:05:00Z\",\"b\",cpu,\"-3\"\r\n2026-03-01T01:05:00Z,a,cpu,\r\n2026-03-01T01:10:00Z,a,cpu,9";
        let whole = scanned(&LONG, text, usize::MAX).unwrap();
        let shown: Vec<Vec<(u32, f64, f64)>> =
            whole.0.iter().map(|bins| bins.iter().map(|(_, bin)| (bin.count, bin.mean, bin.max)).collect()).collect();
        assert_eq!(shown, [vec![(2, 2.0, 2.5), (1, 9.0, 9.0)], vec![(1, -3.0, -3.0)]]);
        assert_eq!(whole.1, [1, 0]);
        assert_eq!(
            whole.2.lines().collect::<Vec<_>>(),
            ["time,host,metric,value", "2026-03-01T00:00:00Z,a,cpu,1.5", "\"2026-03-01T00:05:00Z\",\"b\",cpu,\"-3\""]
        );
        for block in 1..text.len() {
            assert_eq!(scanned(&LONG, text, block).as_ref(), Some(&whole), "blocks of {block}");
        }
    }

    #[test]
    fn columns_may_stand_in_any_order() {
        let long = scanned(&LONG, "h\n2026-03-01T00:00:00Z,a,cpu,1\n2026-03-01T00:05:00Z,a,cpu,2\n", 1 << 16).unwrap();
        let orders: [(&[Piece], &str); 4] = [
            (
                &[Piece::Value(0), Piece::Key, Piece::Time, Piece::Key],
                "h\n1,a,2026-03-01T00:00:00Z,cpu\n2,a,2026-03-01T00:05:00Z,cpu\n",
            ),
            (&[Piece::Key, Piece::Value(0), Piece::Time], "h\na,1,2026-03-01T00:00:00Z\na,2,2026-03-01T00:05:00Z\n"),
            (&[Piece::Skip, Piece::Time, Piece::Value(0)], "h\n17,2026-03-01T00:00:00Z,1\n18,2026-03-01T00:05:00Z,2\n"),
            (&[Piece::Time, Piece::Value(0)], "h\n2026-03-01T00:00:00Z,1\n2026-03-01T00:05:00Z,2\n"),
        ];
        for (pieces, text) in orders {
            assert_eq!(scanned(pieces, text, 1 << 16).unwrap().0, long.0, "{text}");
        }
        let wide = "h\n2026-03-01T00:00:00Z,1,NaN\n2026-03-01T00:05:00Z,2,5\n";
        let wide = scanned(&[Piece::Time, Piece::Value(0), Piece::Value(1)], wide, 1 << 16).unwrap();
        assert_eq!((&wide.0[0], wide.0[1][0].1, wide.1), (&long.0[0], Bin::of(5.0), vec![0, 1]));
    }

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        let good = "h\n2026-03-01T00:00:00Z,a,cpu,1\n";
        let naive = "2026-03-01T00:05:00,a,cpu,1\n";
        assert!(scanned(&LONG, good, 9).is_some() && scanned(&LONG, &format!("h\n{naive}"), 9).is_some());
        assert_eq!(scanned(&LONG, &format!("{good}{naive}"), 9), None);
        for row in [
            "2026-03-01T00:05:00Z,a,cpu,1,7",
            "2026-03-01T00:05:00Z,a,1",
            "2026-03-01T00:05:00Z",
            "2026-03-01T00:05:00Z,\"a,b\",cpu,1",
            "2026-03-01T00:05:00Z,\"a,cpu,1",
            "2026-03-01T00:05:00Z,a\"b,cpu,1",
            "2026-03-01T00:05:00Z,a\rb,cpu,1",
            "2026-03-01T00:05:00Z,a,cpu,1 ms",
            "2026-03-01T00:05:00Z,a,cpu,inf",
            "yesterday,a,cpu,1",
            "# comment",
        ] {
            assert_eq!(scanned(&LONG, &format!("{good}{row}\n"), 9), None, "{row}");
            assert_eq!(scanned(&LONG, &format!("h\n{row}\n"), 9), None, "{row}");
        }
    }
}
