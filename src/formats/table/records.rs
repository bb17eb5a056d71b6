//! Records of a delimited file with their lines, and what happens to those that do not fit.

use std::borrow::Cow;
use std::cell;
use std::io::{BufRead, Cursor, Read};
use std::rc::Rc;

use csv::ByteRecord;

use crate::formats::{Input, Number, OnInvalid, Options, Reading};
use crate::problem::Problem;

/// Bytes of one record: performance logs of a hypervisor have headers of several MB.
const MOST_RECORD: usize = 16 << 20;

/// Problems told of one file; the others are counted.
const MOST_PROBLEMS: usize = 20;

/// Passes bytes on, until a single record has had more than is allowed of them. The last line is given its end where it has none.
struct Bounded<'i> {
    inner: Box<dyn BufRead + 'i>,
    given: Rc<cell::Cell<usize>>,
    last: u8,
}

impl Read for Bounded<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.given.get() > MOST_RECORD {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, HUGE));
        }
        let mut count = self.inner.read(into)?;
        if count == 0
            && self.last != b'\n'
            && let Some(first) = into.first_mut()
        {
            (*first, count) = (b'\n', 1);
        }
        self.last = count.checked_sub(1).and_then(|end| into.get(end)).copied().unwrap_or(self.last);
        self.given.set(self.given.get().saturating_add(count));
        Ok(count)
    }
}

const HUGE: &str = "a record is too long";

/// The records of a file, one at a time.
pub(super) struct Records<'i> {
    input: &'i Input,
    reader: csv::Reader<Bounded<'i>>,
    given: Rc<cell::Cell<usize>>,
    /// Lines before the first record.
    before: u64,
    latin1: bool,
    /// What separates fields.
    pub(super) separator: u8,
}

impl<'i> Records<'i> {
    /// Opens an input: a byte-order mark is left out, UTF-16 is decoded, and a first line `sep=;` names the separator.
    pub(super) fn open(input: &'i Input, options: &Options, separator: u8) -> Result<Self, Vec<Problem>> {
        let mut inner = input.open()?;
        let start = inner.fill_buf().map_err(|error| vec![input.broken(&error, "0 bytes")])?;
        if let [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] = start {
            inner = Box::new(Cursor::new(input.text(options.most_bytes)?.into_bytes()));
        } else if start.starts_with(&[0xEF, 0xBB, 0xBF]) {
            inner.consume(3);
        }
        let (mut separator, mut before) = (separator, 0);
        let told = inner.fill_buf().map_err(|error| vec![input.broken(&error, "0 bytes")])?;
        if let Some(named) = separator_line(told) {
            let length = told.iter().position(|byte| *byte == b'\n').map_or(told.len(), |end| end + 1);
            inner.consume(length);
            (separator, before) = (named, 1);
        }
        let given = Rc::new(cell::Cell::new(0));
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            // A carriage return before it is trimmed with the last field; so lines are counted right.
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(Bounded { inner, given: Rc::clone(&given), last: b'\n' });
        Ok(Self { input, reader, given, before, latin1: options.latin1, separator })
    }

    /// The next record with its line, 1-based; blank lines are passed over.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> Result<Option<u64>, Vec<Problem>> {
        loop {
            self.given.set(0);
            if !self.reader.read_byte_record(record).map_err(|error| vec![self.broken(&error)])? {
                return Ok(None);
            }
            let blank = record.len() <= 1 && record.iter().all(|field| field.trim_ascii().is_empty());
            if !blank {
                let inside = record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
                return Ok(Some((self.before + self.reader.position().line()).saturating_sub(inside + 1).max(1)));
            }
        }
    }

    fn broken(&self, error: &csv::Error) -> Problem {
        let line = self.before + self.reader.position().line();
        let after = format!("line {line}");
        match error.kind() {
            csv::ErrorKind::Io(io) if io.to_string() == HUGE => {
                let message = format!("saw a record of more than {MOST_RECORD} bytes, expected at most that");
                let problem = self.input.problem("ingest/huge-field", message).at_line(line);
                problem.help("try to close the quote that is open, or to export fewer series at a time")
            }
            csv::ErrorKind::Io(io) => self.input.broken(io, &after),
            _ => self.input.problem("ingest/unreadable", error.to_string()).at_line(line),
        }
    }

    /// A field as trimmed text: UTF-8, or the Latin-1 of older Windows tools.
    pub(super) fn text<'r>(&self, field: &'r [u8]) -> Cow<'r, str> {
        let field = field.trim_ascii();
        match std::str::from_utf8(field) {
            Ok(text) if !self.latin1 => Cow::Borrowed(text),
            _ => Cow::Owned(field.iter().map(|byte| char::from(*byte)).collect()),
        }
    }
}

/// The separator that a first line `sep=;` names.
pub(super) fn separator_line(start: &[u8]) -> Option<u8> {
    let rest = start.strip_prefix(b"sep=").or_else(|| start.strip_prefix(b"\"sep="))?;
    rest.first().copied().filter(|byte| !byte.is_ascii_alphanumeric() && *byte != b'\n' && *byte != b'\r')
}

/// What to do after a cell that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It counts as missing.
    Missing,
    /// The whole row is left out.
    SkipRow,
}

/// The cells and rows of a file that could not be read, treated as the user declared.
pub(super) struct Faults<'i> {
    input: &'i Input,
    on_invalid: OnInvalid,
    max_bad: f64,
    problems: Vec<Problem>,
    more: u64,
    left_out: u64,
}

impl<'i> Faults<'i> {
    pub(super) fn new(input: &'i Input, options: &Options) -> Self {
        let (on_invalid, max_bad) = (options.on_invalid, options.max_bad);
        Self { input, on_invalid, max_bad, problems: Vec::new(), more: 0, left_out: 0 }
    }

    /// A cell that is neither a number nor a known marker.
    pub(super) fn cell(&mut self, at: (u64, usize), column: &str, seen: &str, reading: &mut Reading<'_>) -> Verdict {
        let (line, field) = at;
        match self.on_invalid {
            OnInvalid::Error => {
                let message = format!("saw `{}`, expected a number, with a unit or not", cut(seen));
                let problem = self.input.problem("ingest/not-a-number", message).at_line(line).at_field(field as u64 + 1);
                self.add(problem.in_column(cut(column)).help("try --on-invalid null if it stands for no value"));
                Verdict::Missing
            }
            OnInvalid::Null => {
                reading.warn("invalid-cell", line, || format!("cells that are not numbers (`{}`): taken as missing", cut(seen)));
                Verdict::Missing
            }
            OnInvalid::Skip => {
                self.left_out += 1;
                reading.warn("invalid-row", line, || format!("rows with a cell that is no number (`{}`): left out", cut(seen)));
                Verdict::SkipRow
            }
        }
    }

    /// A row whose time or shape cannot be read.
    pub(super) fn row(&mut self, slug: &'static str, line: u64, message: String, help: &str, reading: &mut Reading<'_>) {
        if self.on_invalid == OnInvalid::Error {
            self.add(self.input.problem(slug, message).at_line(line).help(help));
        } else {
            self.left_out += 1;
            reading.warn("invalid-row", line, || format!("rows that do not fit ({message}): left out"));
        }
    }

    fn add(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS { self.problems.push(problem) } else { self.more += 1 }
    }

    /// All problems, or none and few enough rows left out.
    pub(super) fn finish(mut self, reading: &Reading<'_>) -> Result<(), Vec<Problem>> {
        if self.more > 0 {
            let message = format!("saw {} more problems of these kinds", self.more);
            self.problems.push(self.input.problem("ingest/more-problems", message));
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let share = self.left_out as f64 / (reading.rows + self.left_out).max(1) as f64;
        if self.left_out > 0 && share > self.max_bad {
            let message = format!(
                "saw {} rows of {} that had to be left out, expected at most {} %",
                self.left_out,
                reading.rows + self.left_out,
                self.max_bad * 100.0
            );
            return Err(vec![self.input.problem("ingest/too-many-bad-rows", message).help("try --max-bad with a higher share")]);
        }
        Ok(())
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// A marker of no value.
    Missing,
    /// A number.
    Number(Number),
}

impl Cell {
    /// A plain number or a blank; `None` for anything else.
    fn plain(text: &str) -> Option<Self> {
        if text.is_empty() { Some(Self::Missing) } else { Number::parse(text).map(Self::Number) }
    }
}

/// Adds a row of plain numbers: the field after the time belongs to the first of `places`, and so on.
pub(super) fn push_row(
    (records, record): (&Records<'_>, &ByteRecord),
    (at, line): (i64, u64),
    (places, header): (&[usize], &[String]),
    faults: &mut Faults<'_>,
    reading: &mut Reading<'_>,
) -> Result<(), Vec<Problem>> {
    let mut cells = Vec::with_capacity(places.len());
    for (index, field) in record.iter().enumerate().skip(1).take(places.len()) {
        let text = records.text(field);
        let cell = Cell::plain(&text).or_else(|| {
            let column = header.get(index).map_or("", String::as_str);
            let verdict = faults.cell((line, index), column, &text, reading);
            (verdict == Verdict::Missing).then_some(Cell::Missing)
        });
        let Some(cell) = cell else { return Ok(()) };
        cells.push(cell);
    }
    reading.rows += 1;
    for (place, cell) in places.iter().zip(cells) {
        match cell {
            Cell::Missing => reading.missing(*place, Some(at)),
            Cell::Number(number) => reading.push(*place, at, number, line).map_err(|problem| vec![problem])?,
        }
    }
    Ok(())
}

/// Text as seen, short enough for a message.
pub(super) fn cut(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u64, usize)> {
        let (input, options) = (Input::memory("t.csv", text.into()), Options::default());
        let mut records = Records::open(&input, &options, b',').unwrap();
        let (mut record, mut found) = (ByteRecord::new(), Vec::new());
        while let Some(line) = records.next(&mut record).unwrap() {
            found.push((line, record.len()));
        }
        found
    }

    #[test]
    fn lines_are_counted_with_both_endings_blank_lines_and_line_breaks_in_quotes() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "1,2", "", "\"3", "x\",4", "5,6"].join(end);
            assert_eq!(lines(&text), [(1, 2), (2, 2), (4, 2), (6, 2)], "{end:?}, no end");
            assert_eq!(lines(&(text + end)), [(1, 2), (2, 2), (4, 2), (6, 2)], "{end:?}");
        }
        assert_eq!(lines("sep=;\r\na;b\r\n1;2\r\n"), [(2, 2), (3, 2)]);
        assert_eq!(lines("\u{FEFF}a,b\n1,2,3\n"), [(1, 2), (2, 3)]);
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_fill_the_memory() {
        let mut bytes = b"a,b\n1,\"".to_vec();
        bytes.resize(MOST_RECORD * 2, b'x');
        let input = Input::memory("t.csv", bytes);
        let mut records = Records::open(&input, &Options::default(), b',').unwrap();
        let mut record = ByteRecord::new();
        records.next(&mut record).unwrap();
        assert_eq!(records.next(&mut record).unwrap_err()[0].slug, "ingest/huge-field");
    }

    #[test]
    fn utf16_and_latin1_are_decoded() {
        let utf16: Vec<u8> = "\u{FEFF}ä,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [utf16, vec![0xE4, b',', b'b', b'\n']] {
            let (input, mut record) = (Input::memory("t.csv", bytes), ByteRecord::new());
            let mut records = Records::open(&input, &Options::default(), b',').unwrap();
            records.next(&mut record).unwrap();
            assert_eq!(records.text(record.get(0).unwrap()), "ä");
        }
    }
}
