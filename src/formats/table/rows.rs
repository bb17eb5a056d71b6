//! Text to rows of fields, block by block, by RFC 4180 with other separators: quotes around fields, doubled inside them; CR, LF and CRLF.
//!
//! At most [`MOST_ROW`] bytes are held, whatever stands in the input. A quote that is not closed does not swallow what follows: it
//! is told where it was opened, and reading goes on with the next line.

use std::io::{BufRead, Error};

use memchr::{memchr2, memchr3};

use super::decode::{Decoder, Encoding};
use crate::formats::Input;
use crate::problem::Problem;

/// A longer field is no measurement and no name.
pub(super) const MOST_FIELD: usize = 1 << 20;
/// A longer row is not held.
pub(super) const MOST_ROW: usize = 4 << 20;
/// A field or row that goes on for longer ends the reading.
const MOST_SKIPPED: u64 = 16 << 20;
/// A quoted field over more lines is taken for one whose quote is not closed.
const MOST_LINES: usize = 64;
/// Read at once.
const BLOCK: usize = 1 << 18;

/// Something wrong with the text itself.
#[derive(Debug)]
pub(super) enum Fault {
    /// A field (or, `whole`, a row) that is too long to be one.
    Huge { line: u64, field: u64, bytes: u64, more: bool, whole: bool },
    /// A quote that is not closed.
    Unclosed { line: u64, field: u64, character: u64 },
    /// A byte that is not UTF-8.
    NotUtf8 { line: u64, field: u64, offset: u64, byte: u8 },
    /// The source ends early.
    Truncated { rows: u64, error: Error },
}

impl Fault {
    /// The line where it stands; 0 for none.
    pub(super) fn line(&self) -> u64 {
        match self {
            Self::Huge { line, .. } | Self::Unclosed { line, .. } | Self::NotUtf8 { line, .. } => *line,
            Self::Truncated { .. } => 0,
        }
    }

    /// As a problem with the input whose columns are called so.
    pub(super) fn problem(&self, input: &Input, names: &[String]) -> Problem {
        let place = |problem: Problem, line: u64, field: u64| {
            let problem = problem.at_line(line).at_field(field);
            match names.get(field as usize - 1) {
                Some(name) => problem.in_column(super::cut(name)),
                None => problem,
            }
        };
        match self {
            Self::Huge { line, field, bytes, more, whole } => {
                let what = if *whole { "row" } else { "field" };
                let most = if *whole { MOST_ROW } else { MOST_FIELD };
                let over = if *more { "more than " } else { "" };
                let message = format!("saw a {what} of {over}{bytes} bytes, expected at most {most}");
                let help = "try to export again without that column, or remove the row";
                place(input.problem("ingest/huge-field", message), *line, *field).help(help)
            }
            Self::Unclosed { line, field, character } => {
                let message = format!(
                    "saw a quote opened at character {character} that is not closed, expected a closing quote before the next separator or line end"
                );
                let help = "try to double quotes inside of fields, or to remove the single one";
                place(input.problem("ingest/unclosed-quote", message), *line, *field).help(help)
            }
            Self::NotUtf8 { line, field, offset, byte } => {
                let message =
                    format!("saw the byte 0x{byte:02X} at byte offset {offset}, which is not UTF-8, expected UTF-8 text");
                place(input.problem("ingest/not-utf8", message), *line, *field).help("try --encoding latin1, or save it as UTF-8")
            }
            Self::Truncated { rows, error } => input.broken(error, &format!("{rows} rows")),
        }
    }
}

/// Where a field lies in the buffer.
type Span = (u32, u32);

/// One row: its fields, and the line where it begins.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    /// 1-based.
    pub(super) line: u64,
    bytes: &'r [u8],
    fields: &'r [Span],
}

impl<'r> Row<'r> {
    /// How many fields it has; at least one.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field without spaces around it; empty when the row is too short.
    pub(super) fn field(&self, at: usize) -> &'r [u8] {
        self.fields.get(at).map_or(&[], |(start, end)| self.bytes[*start as usize..*end as usize].trim_ascii())
    }

    /// The same as text. Rows are checked to be UTF-8.
    pub(super) fn text(&self, at: usize) -> &'r str {
        std::str::from_utf8(self.field(at)).unwrap_or("").trim()
    }

    /// All fields as text.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'r str> + use<'_, 'r> {
        (0..self.len()).map(|at| self.text(at))
    }

    /// Whether no field says anything.
    pub(super) fn is_blank(&self) -> bool {
        (0..self.len()).all(|at| self.field(at).is_empty())
    }
}

/// The rows of a text.
pub(super) struct Rows<'a> {
    source: Decoder<'a>,
    separator: u8,
    buffer: Vec<u8>,
    /// Where the next row begins in the buffer; its line; the bytes of the text before the buffer.
    from: usize,
    line: u64,
    before: u64,
    /// All of the buffer is ASCII, so it need not be checked.
    ascii: bool,
    /// Where the row at hand begins and ends, its line, its fields.
    row: (usize, usize),
    at: u64,
    fields: Vec<Span>,
    /// Fields with doubled quotes.
    doubled: Vec<usize>,
    rows: u64,
    /// Bytes read at once, at least.
    block: usize,
    ended: bool,
    failed: Option<Error>,
}

/// What was found at the place of the next row.
enum Cut {
    Row,
    Blank,
    /// It does not end in the buffer.
    Open,
    Fault(Fault),
}

/// Where a field without quotes ends: at a separator or line end. Most fields are shorter than what a vector search takes to begin.
fn end_of_field(bytes: &[u8], separator: u8) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    // the lowest byte of 0x80 in this is where the lowest byte of 0 in the word is
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & ONES << 7;
    let [separators, ends, returns] = [separator, b'\n', b'\r'].map(|byte| ONES * u64::from(byte));
    let (words, _) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().take(4).enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zero(word ^ separators) | zero(word ^ ends) | zero(word ^ returns);
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let seen = words.len().min(4) * 8;
    memchr3(separator, b'\n', b'\r', &bytes[seen..]).map(|at| seen + at)
}

/// The end of one field.
enum End {
    /// A separator: the next field begins there.
    Field(usize),
    /// A line end: the next row begins there.
    Line(usize),
    /// Not in the buffer.
    Open,
    /// A quote that is not closed.
    Unclosed,
}

impl<'a> Rows<'a> {
    /// Rows with that byte between fields.
    pub(super) fn new(source: Box<dyn BufRead + 'a>, separator: u8, latin1: bool) -> Self {
        let source = Decoder::new(source, latin1);
        Self {
            before: source.mark(),
            source,
            separator,
            buffer: Vec::new(),
            from: 0,
            line: 1,
            ascii: true,
            row: (0, 0),
            at: 0,
            fields: Vec::new(),
            doubled: Vec::new(),
            rows: 0,
            block: BLOCK,
            ended: false,
            failed: None,
        }
    }

    /// How the bytes were understood.
    pub(super) fn encoding(&self) -> Encoding {
        self.source.encoding()
    }

    /// The next row that is not blank, or `None` at the end. After a fault the following rows can be read, but for a source that
    /// fails and a row without an end: there is nothing then.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, Fault> {
        loop {
            match self.cut() {
                Cut::Row => {
                    self.rows += 1;
                    if !self.ascii {
                        self.check()?;
                    }
                    return Ok(Some(Row { line: self.at, bytes: &self.buffer, fields: &self.fields }));
                }
                Cut::Blank => {}
                Cut::Fault(fault) => return Err(fault),
                Cut::Open if self.ended => {
                    let Some(error) = self.failed.take() else { return Ok(None) };
                    self.from = self.buffer.len();
                    return Err(Fault::Truncated { rows: self.rows, error });
                }
                Cut::Open if self.buffer.len() - self.from >= MOST_ROW => return Err(self.endless()),
                Cut::Open => self.fill(),
            }
        }
    }

    /// Makes room, and reads as much again as is held.
    fn fill(&mut self) {
        self.before += self.from as u64;
        self.buffer.drain(..self.from);
        self.from = 0;
        let want = self.buffer.len().max(self.block) + self.buffer.len();
        while self.buffer.len() < want && !self.ended {
            let room = want - self.buffer.len();
            match self.source.fill(&mut self.buffer, room) {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) => (self.ended, self.failed) = (true, Some(error)),
            }
        }
        self.ascii = self.buffer.is_ascii();
    }

    /// Cuts the next row out of the buffer.
    fn cut(&mut self) -> Cut {
        if self.from >= self.buffer.len() {
            return Cut::Open;
        }
        self.fields.clear();
        self.doubled.clear();
        let (mut start, mut lines) = (self.from, 0);
        loop {
            let mut open = start;
            if self.buffer.get(start) == Some(&b' ') {
                open += self.buffer[start..].iter().take_while(|byte| **byte == b' ').count();
            }
            let quoted = self.buffer.get(open) == Some(&b'"');
            let end = if quoted { self.quoted(open, &mut lines) } else { self.plain(start) };
            match end {
                End::Field(next) => start = next,
                End::Line(next) => return self.done(next, lines),
                End::Open => return Cut::Open,
                End::Unclosed => return Cut::Fault(self.unclosed(open)),
            }
        }
    }

    fn done(&mut self, next: usize, lines: usize) -> Cut {
        self.row = (self.from, next);
        self.at = self.line;
        self.line += lines as u64 + 1;
        self.from = next;
        if let [(start, end)] = self.fields[..]
            && self.buffer[start as usize..end as usize].trim_ascii().is_empty()
        {
            return Cut::Blank;
        }
        if next - self.row.0 > MOST_FIELD
            && let Some(at) = self.fields.iter().position(|(start, end)| (end - start) as usize > MOST_FIELD)
        {
            let bytes = u64::from(self.fields[at].1 - self.fields[at].0);
            return Cut::Fault(Fault::Huge { line: self.at, field: at as u64 + 1, bytes, more: false, whole: false });
        }
        if next - self.row.0 > MOST_ROW {
            let bytes = self.fields.last().map_or(0, |(_, end)| u64::from(*end)) - self.row.0 as u64;
            return Cut::Fault(Fault::Huge { line: self.at, field: 1, bytes, more: false, whole: true });
        }
        for at in 0..self.doubled.len() {
            self.undouble(self.doubled[at]);
        }
        Cut::Row
    }

    /// A field without quotes, up to a separator or line end.
    fn plain(&mut self, start: usize) -> End {
        let Some(length) = end_of_field(&self.buffer[start..], self.separator) else {
            if !self.ended || self.failed.is_some() {
                return End::Open;
            }
            self.fields.push((start as u32, self.buffer.len() as u32));
            return End::Line(self.buffer.len());
        };
        self.fields.push((start as u32, (start + length) as u32));
        self.after(start + length)
    }

    /// What follows a field: a separator, a line end or the end of all.
    fn after(&self, at: usize) -> End {
        match self.buffer.get(at) {
            Some(byte) if *byte == self.separator => End::Field(at + 1),
            Some(b'\n') => End::Line(at + 1),
            Some(b'\r') => match self.buffer.get(at + 1) {
                Some(b'\n') => End::Line(at + 2),
                None if !self.ended => End::Open,
                _ => End::Line(at + 1),
            },
            Some(_) => End::Unclosed,
            None if self.ended && self.failed.is_none() => End::Line(at),
            None => End::Open,
        }
    }

    /// A field in quotes; `lines` counts the line ends inside of it.
    fn quoted(&mut self, open: usize, lines: &mut usize) -> End {
        let (start, mut at, mut doubled, mut inside) = (open + 1, open + 1, false, 0);
        loop {
            let length = memchr2(b'"', b'\n', &self.buffer[at..]);
            let Some(found) = length.map(|length| at + length) else {
                return if self.ended && self.failed.is_none() { End::Unclosed } else { End::Open };
            };
            at = found + 1;
            if self.buffer[found] == b'\n' {
                inside += 1;
                if inside > MOST_LINES {
                    return End::Unclosed;
                }
            } else if self.buffer.get(at) == Some(&b'"') {
                (doubled, at) = (true, at + 1);
            } else if self.buffer.get(at).is_none() && !self.ended {
                return End::Open;
            } else {
                *lines += inside;
                if doubled {
                    self.doubled.push(self.fields.len());
                }
                self.fields.push((start as u32, found as u32));
                let spaces = self.buffer[at..].iter().take_while(|byte| **byte == b' ').count();
                return self.after(at + spaces);
            }
        }
    }

    /// Makes one quote of two, in place: the row is whole, and is not cut again.
    fn undouble(&mut self, at: usize) {
        let (start, end) = (self.fields[at].0 as usize, self.fields[at].1 as usize);
        let (mut from, mut to) = (start, start);
        while from < end {
            let byte = self.buffer[from];
            self.buffer[to] = byte;
            from += if byte == b'"' { 2 } else { 1 };
            to += 1;
        }
        self.fields[at].1 = to as u32;
    }

    /// Tells where a quote was opened, and goes on with the line after that.
    fn unclosed(&mut self, open: usize) -> Fault {
        let row = &self.buffer[self.from..open];
        let line = self.line + row.iter().filter(|byte| **byte == b'\n').count() as u64;
        let begin = row.iter().rposition(|byte| *byte == b'\n').map_or(self.from, |at| self.from + at + 1);
        let character = String::from_utf8_lossy(&self.buffer[begin..open]).chars().count() as u64 + 1;
        // the field in question may have been added already, when something else follows its closing quote
        let field = self.fields.iter().filter(|span| (span.0 as usize) <= open).count() as u64 + 1;
        self.from = open;
        if self.skip([b'\n', b'\r', b'\n']).1 {
            self.stop();
        }
        let both = self.buffer[self.from..].starts_with(b"\r\n");
        self.from = (self.from + 1 + usize::from(both)).min(self.buffer.len());
        self.line = line + 1;
        Fault::Unclosed { line, field, character }
    }

    /// A row that does not end within what is held: its huge field is counted and left out, but not without end.
    fn endless(&mut self) -> Fault {
        let (begin, line) = (self.from, self.line);
        let long = |(start, end): &Span| (end - start) as usize > MOST_FIELD;
        let (field, mut bytes, whole) = if let Some(at) = self.fields.iter().position(long) {
            (at + 1, u64::from(self.fields[at].1 - self.fields[at].0), false)
        } else {
            let start = self.fields.last().map_or(begin, |(_, end)| *end as usize + 1).min(self.buffer.len());
            let open = self.buffer.len() - start > MOST_FIELD;
            self.from = if open { start } else { begin };
            (if open { self.fields.len() + 1 } else { 1 }, 0, !open)
        };
        let mut more = false;
        if bytes == 0 {
            (bytes, more) = match self.buffer[self.from] {
                _ if whole => self.skip([b'\n'; 3]),
                b'"' => self.skip_quoted(),
                _ => self.skip([self.separator, b'\n', b'\r']),
            };
        }
        if more || self.skip([b'\n'; 3]).1 {
            self.stop();
            return Fault::Huge { line, field: field as u64, bytes, more, whole };
        }
        self.from = (self.from + 1).min(self.buffer.len());
        self.line = line + 1;
        Fault::Huge { line, field: field as u64, bytes, more, whole }
    }

    /// Leaves out everything up to one of these bytes; how much that was, and whether it went on for too long.
    fn skip(&mut self, stop: [u8; 3]) -> (u64, bool) {
        let mut skipped = 0;
        loop {
            let held = &self.buffer[self.from..];
            if let Some(length) = memchr3(stop[0], stop[1], stop[2], held) {
                self.from += length;
                return (skipped + length as u64, false);
            }
            skipped += held.len() as u64;
            self.from = self.buffer.len();
            if self.ended || skipped > MOST_SKIPPED {
                return (skipped, !self.ended);
            }
            self.fill();
        }
    }

    /// The same from an opening quote to the closing one.
    fn skip_quoted(&mut self) -> (u64, bool) {
        self.from += 1;
        let mut skipped = 0;
        loop {
            let (bytes, more) = self.skip([b'"'; 3]);
            skipped += bytes;
            if self.buffer.len() < self.from + 2 && !self.ended && !more {
                self.fill();
            }
            let doubled = self.buffer[self.from..].starts_with(b"\"\"");
            if !doubled || more || skipped > MOST_SKIPPED {
                return (skipped, doubled || more);
            }
            (self.from, skipped) = (self.from + 2, skipped + 2);
        }
    }

    /// Reads no further.
    fn stop(&mut self) {
        (self.from, self.ended, self.failed) = (self.buffer.len(), true, None);
    }

    /// Whether the row at hand is UTF-8.
    fn check(&self) -> Result<(), Fault> {
        let Err(error) = std::str::from_utf8(&self.buffer[self.row.0..self.row.1]) else { return Ok(()) };
        let at = self.row.0 + error.valid_up_to();
        let field = self.fields.iter().filter(|span| (span.1 as usize) < at).count() as u64 + 1;
        let inside = self.buffer[self.row.0..at].iter().filter(|byte| **byte == b'\n').count() as u64;
        let offset = self.before + at as u64;
        Err(Fault::NotUtf8 { line: self.at + inside, field, offset, byte: self.buffer[at] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor, Read};

    fn rows(text: &[u8]) -> Rows<'_> {
        Rows::new(Box::new(text), b',', false)
    }

    /// Each row as `line: fields between |`, faults as they are shown.
    fn told(mut rows: Rows<'_>) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            match rows.next() {
                Ok(Some(row)) => told.push(format!("{}: {}", row.line, row.texts().collect::<Vec<_>>().join("|"))),
                Ok(None) => return told,
                Err(fault) => told.push(format!("{fault:?}")),
            }
        }
    }

    /// The same byte so often, then nothing.
    struct Endless {
        byte: u8,
        left: u64,
    }

    impl Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
            into[..count].fill(self.byte);
            self.left -= count as u64;
            Ok(count)
        }
    }

    #[test]
    fn every_line_end_ends_a_row() {
        assert_eq!(told(rows(b"a,b\r\nc,d\re,f\n\n \ng,h")), ["1: a|b", "2: c|d", "3: e|f", "6: g|h"]);
        assert_eq!(told(rows(b"a,\n,b\n")), ["1: a|", "2: |b"]);
        assert_eq!(told(rows(b"")), Vec::<String>::new());
    }

    #[test]
    fn quotes_protect_separators_line_ends_and_doubled_quotes() {
        assert_eq!(told(rows(b"\"a,b\", \"c \"\"d\"\"\" ,\"\"\n1,2,3")), ["1: a,b|c \"d\"|", "2: 1|2|3"]);
        assert_eq!(told(rows(b"\"a\nb\",c\nd,e\"f\n")), ["1: a\nb|c", "3: d|e\"f"]);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told_where_it_opens_and_the_next_line_is_read() {
        let unclosed = |line, field, character| format!("{:?}", Fault::Unclosed { line, field, character });
        assert_eq!(told(rows(b"a,b\nc,\"d\ne,f\n")), ["1: a|b".to_owned(), unclosed(2, 2, 3), "3: e|f".to_owned()]);
        // the next quote opens another field: it does not close the first
        assert_eq!(told(rows(b"a,\"b\nc,\"d\"\n")), [unclosed(1, 2, 3), "2: c|d".to_owned()]);
        assert_eq!(told(rows(b"\"a\"b,c\nd,e\n")), [unclosed(1, 1, 1), "2: d|e".to_owned()]);
        let many = format!("\"a\n{}z\",b\n", "x\n".repeat(100));
        assert_eq!(told(rows(many.as_bytes()))[0], unclosed(1, 1, 1));
        assert_eq!(told(rows(b"\xC3\xA9,\"b\r\nc,d\r\n")), [unclosed(1, 2, 3), "2: c|d".to_owned()]);
    }

    #[test]
    fn a_huge_field_is_told_with_its_size_and_passed_over() {
        let text = format!("a,b\n1,{}\n2,3\n", "h".repeat(2_000_000));
        let huge = Fault::Huge { line: 2, field: 2, bytes: 2_000_000, more: false, whole: false };
        assert_eq!(told(rows(text.as_bytes())), ["1: a|b".to_owned(), format!("{huge:?}"), "3: 2|3".to_owned()]);
        let text = format!("a,b\n1,{},x\n2,3\n", "h".repeat(9_000_000));
        let huge = Fault::Huge { line: 2, field: 2, bytes: 9_000_000, more: false, whole: false };
        assert_eq!(told(rows(text.as_bytes())), ["1: a|b".to_owned(), format!("{huge:?}"), "3: 2|3".to_owned()]);
        let text = format!("a,b\n{}\n2,3\n", "1,".repeat(3_000_000));
        let huge = Fault::Huge { line: 2, field: 1, bytes: 6_000_000, more: false, whole: true };
        assert_eq!(told(rows(text.as_bytes())), ["1: a|b".to_owned(), format!("{huge:?}"), "3: 2|3".to_owned()]);
        let text = format!("a,\"{}\",c\n2,3\n", "h\"\"".repeat(3_000_000));
        let huge = Fault::Huge { line: 1, field: 2, bytes: 9_000_000, more: false, whole: false };
        assert_eq!(told(rows(text.as_bytes())), [format!("{huge:?}"), "2: 2|3".to_owned()]);
    }

    #[test]
    fn a_row_without_an_end_is_not_held() {
        for byte in [b'a', b',', b'"', 0xFF] {
            let source = BufReader::with_capacity(1 << 16, Endless { byte, left: 1 << 30 });
            let mut rows = Rows::new(Box::new(source), b',', false);
            assert!(matches!(rows.next(), Err(Fault::Huge { more: true, .. })), "{byte}");
            assert!(matches!(rows.next(), Ok(None)));
            assert!(rows.buffer.capacity() <= 4 * MOST_ROW, "{} bytes are held", rows.buffer.capacity());
        }
        // blank lines are none
        let source = BufReader::with_capacity(1 << 16, Endless { byte: b'\n', left: 1 << 20 });
        assert!(matches!(Rows::new(Box::new(source), b',', false).next(), Ok(None)));
    }

    #[test]
    fn a_packed_bomb_is_not_held() {
        let mut packed = Vec::new();
        let zeros = Endless { byte: b'0', left: 1 << 20 };
        flate2::read::GzEncoder::new(zeros, flate2::Compression::fast()).read_to_end(&mut packed).unwrap();
        let packed = packed.repeat(100);
        let input = Input::memory("bomb.csv.gz", packed);
        let mut rows = Rows::new(input.open().unwrap(), b',', false);
        assert!(matches!(rows.next(), Err(Fault::Huge { .. })));
        assert!(rows.buffer.capacity() <= 4 * MOST_ROW);
    }

    #[test]
    fn a_stream_that_ends_early_is_told_after_its_whole_rows() {
        let rows: Vec<String> = (0..50_000).map(|row| format!("{row},{}\n", row * 7919 % 10_007)).collect();
        let text = rows.concat();
        let mut packed = Vec::new();
        flate2::read::GzEncoder::new(text.as_bytes(), flate2::Compression::fast()).read_to_end(&mut packed).unwrap();
        packed.truncate(packed.len() / 2);
        let input = Input::memory("half.csv.gz", packed);
        let mut rows = Rows::new(input.open().unwrap(), b',', false);
        let mut count = 0;
        let fault = loop {
            match rows.next() {
                Ok(row) => count += u64::from(row.expect("it does not end well").len() == 2),
                Err(fault) => break fault,
            }
        };
        assert!(matches!(fault, Fault::Truncated { rows, .. } if rows == count && rows > 10_000));
        assert!(matches!(rows.next(), Ok(None)));
    }

    #[test]
    fn a_byte_that_is_not_utf_8_is_told_with_its_offset() {
        let told = told(rows(b"\xEF\xBB\xBFa,b\n1,w\xE9b\n2,c\n"));
        let fault = Fault::NotUtf8 { line: 2, field: 2, offset: 10, byte: 0xE9 };
        assert_eq!(told, ["1: a|b".to_owned(), format!("{fault:?}"), "3: 2|c".to_owned()]);
    }

    #[test]
    fn blocks_may_end_anywhere() {
        let text = "a,\"b \"\"c\"\"\nd\",e\r\n\"f\",ü,h\r\r\ni,j,k";
        let whole = told(rows(text.as_bytes()));
        for size in 1..12 {
            let mut rows = Rows::new(Box::new(BufReader::with_capacity(size, Cursor::new(text))), b',', false);
            rows.block = 3;
            assert_eq!(told(rows), whole, "blocks of {size} bytes");
        }
    }
}
