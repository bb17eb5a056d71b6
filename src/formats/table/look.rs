//! A first look at a table: what stands between its fields, where its header is, and the first rows.

use super::rows::{Fault, Row, Rows};
use super::times::text_forms;
use super::{cells, cut};
use crate::formats::{Head, Input, Options};
use crate::problem::Problem;

/// Rows and cells looked at.
const MOST_ROWS: usize = 1_000;
const MOST_CELLS: usize = 100_000;
/// More columns are no table.
const MOST_COLUMNS: usize = 100_000;
/// Characters of a cell that are kept for the look.
const MOST_CELL: usize = 256;
/// Lines before the header that are passed over: titles and comments.
const MOST_TITLES: usize = 20;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) separator: u8,
    /// The names of the columns; empty when the file has none.
    pub(super) names: Vec<String>,
    /// Rows up to this line are no data: titles and the header.
    pub(super) begin: u64,
    /// The header's line; 0 for none.
    pub(super) header: u64,
    /// The line of each title and comment before the header.
    pub(super) titles: Vec<u64>,
    /// The first rows of data, cells cut.
    pub(super) rows: Vec<Vec<String>>,
    /// Every row ends in a separator, but the header does not.
    pub(super) trailing: bool,
}

/// The head as text, whatever its encoding.
pub(super) fn head_text(head: &Head) -> String {
    let units = |little: bool| {
        let pairs = head.bytes.as_chunks::<2>().0.iter().skip(1);
        pairs.map(move |pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) })
    };
    match head.bytes[..] {
        [0xFF, 0xFE, ..] => char::decode_utf16(units(true)).map(|char| char.unwrap_or('\u{FFFD}')).collect(),
        [0xFE, 0xFF, ..] => char::decode_utf16(units(false)).map(|char| char.unwrap_or('\u{FFFD}')).collect(),
        _ => head.text.clone(),
    }
}

/// Whether it is a web page.
pub(super) fn is_html(text: &str) -> bool {
    let mut start = text.chars().take(1_000).collect::<String>().to_lowercase();
    if let Some((comment, rest)) = start.split_once("-->")
        && comment.trim_start().starts_with("<!--")
    {
        start = rest.to_owned();
    }
    let tags = ["<!doctype html", "<html", "<head", "<body", "<script", "<meta", "<title"];
    tags.iter().any(|tag| start.trim_start().starts_with(tag))
}

/// The separator that splits most lines into as many fields: `;`, tab and `|` before the comma, which may be a decimal mark.
pub(super) fn separator(text: &str) -> Option<u8> {
    if let Some(mark) = declared_separator(text) {
        return Some(mark);
    }
    let lines: Vec<&str> =
        text.split(['\n', '\r']).filter(|line| !line.trim().is_empty() && !line.starts_with('#')).take(100).collect();
    let lines = if lines.is_empty() { text.lines().take(1).collect() } else { lines };
    let share = |mark: u8| {
        let mut counts: Vec<usize> = lines.iter().map(|line| marks_outside_quotes(line, mark)).collect();
        counts.sort_unstable();
        let runs = counts.chunk_by(|a, b| a == b).filter(|run| run[0] > 0).map(<[usize]>::len);
        runs.max().unwrap_or(0)
    };
    let best = [b',', b'|', b'\t', b';'].into_iter().map(|mark| (share(mark), mark)).max_by_key(|(share, _)| *share)?;
    (best.0 > 0 && best.0 * 2 >= lines.len()).then_some(best.1)
}

/// The mark in a first line `sep=;`, as spreadsheets understand it.
fn declared_separator(text: &str) -> Option<u8> {
    let first = text.lines().next()?.trim_end();
    let mark = first.trim_matches('"').strip_prefix("sep=")?;
    match mark.as_bytes() {
        [mark] if mark.is_ascii() => Some(*mark),
        _ => None,
    }
}

fn marks_outside_quotes(line: &str, mark: u8) -> usize {
    let (mut quoted, mut count) = (false, 0);
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        count += usize::from(byte == mark && !quoted);
    }
    count
}

/// Looks at the first rows.
///
/// # Errors
/// When it is no table, has no header and none is declared, or has nothing below the header.
pub(super) fn look(input: &Input, options: &Options) -> Result<Look, Vec<Problem>> {
    let text = head_text(&input.head()?);
    if is_html(&text) {
        let message =
            "saw a web page (HTML), expected a table: perhaps the login page of an expired session, saved in place of the export";
        let problem = input.problem("ingest/html", message).at_line(1).at_field(1);
        return Err(vec![problem.help("try the download again after logging in")]);
    }
    let Some(separator) = separator(&text) else {
        let first: String = cut(text.lines().next().unwrap_or(""));
        let message = format!("saw lines such as `{first}`, expected fields between `,`, `;`, tabs or `|`");
        return Err(vec![input.problem("ingest/no-table", message).at_line(1).at_field(1).help("try --format")]);
    };
    sample(Rows::new(input.open()?, separator, options.latin1), separator, declared_separator(&text).is_some())
        .with_header(input, options)
        // what is cut off so early may look like anything
        .map_err(|problems| input.head_cut_off().map_or(problems, |problem| vec![problem]))
}

/// The same from the head alone, for finding out the format.
pub(super) fn look_at(head: &Head) -> Option<Look> {
    let text = head_text(head);
    let separator = separator(&text)?;
    let end = if head.bytes.len() < 1 << 16 { text.len() } else { text.rfind('\n')? };
    let rows = Rows::new(Box::new(&text.as_bytes()[..end]), separator, false);
    let look = sample(rows, separator, declared_separator(&text).is_some());
    look.with_header(&Input::memory("", Vec::new()), &Options::default()).ok()
}

/// The first rows as they stand, with their lines.
fn sample(mut rows: Rows<'_>, separator: u8, declared: bool) -> Sampled {
    let mut taken: Vec<(u64, Vec<String>)> = Vec::new();
    let (mut cells, mut faults, mut first) = (0, 0, None);
    while taken.len() < MOST_ROWS && (cells < MOST_CELLS || taken.len() < 20) && faults < 100 {
        match rows.next() {
            Ok(Some(row)) if declared && row.line == 1 => {}
            Ok(Some(row)) => {
                cells += row.len();
                taken.push((row.line, kept(&row)));
            }
            Ok(None) => break,
            Err(fault) => {
                faults += 1;
                first = first.or(taken.is_empty().then_some(fault));
            }
        }
    }
    Sampled { separator, rows: taken, begin: u64::from(declared), fault: first }
}

fn kept(row: &Row<'_>) -> Vec<String> {
    let short = |text: &str| text.chars().take(MOST_CELL).collect();
    row.texts().take(MOST_COLUMNS + 1).map(short).collect()
}

struct Sampled {
    separator: u8,
    rows: Vec<(u64, Vec<String>)>,
    begin: u64,
    /// What stands in place of the first row: the header is lost then.
    fault: Option<Fault>,
}

impl Sampled {
    /// Tells the header from titles before it and data below it.
    fn with_header(mut self, input: &Input, options: &Options) -> Result<Look, Vec<Problem>> {
        if let Some(fault) = &self.fault {
            return Err(vec![fault.problem(input, &[])]);
        }
        let widths: Vec<usize> = self.rows.iter().map(|(_, row)| row.len()).collect();
        let width = most_frequent(&widths);
        // a spreadsheet fills a line of one cell up with separators
        let alone = |row: &[String]| width > 2 && row.iter().filter(|cell| !cell.is_empty()).count() < 2;
        let is_title = |(_, row): &(u64, Vec<String>)| {
            width > 1 && (row.len() == 1 || row[0].starts_with('#') && row.len() != width || alone(row))
        };
        let titles = self.rows.iter().take(MOST_TITLES).take_while(|row| is_title(row)).count();
        let titles: Vec<u64> = self.rows.drain(..titles).map(|(line, _)| line).collect();
        let begin = titles.last().copied().unwrap_or(0).max(self.begin);
        let mut look = Look { separator: self.separator, begin, titles, ..Look::default() };
        let refuse = |slug, line: u64, field: u64, message: String, help: &str| {
            Err(vec![input.problem(slug, message).at_line(line).at_field(field).help(help)])
        };
        let Some((line, first)) = self.rows.first() else {
            let message = "saw no row that can be read, expected a header and rows below it".to_owned();
            return refuse("ingest/no-data", 1, 1, message, "try the export again");
        };
        if width > MOST_COLUMNS || first.len() > MOST_COLUMNS {
            let message = format!("saw more than {MOST_COLUMNS} columns, expected fewer");
            return refuse(
                "ingest/too-many-columns",
                *line,
                MOST_COLUMNS as u64 + 1,
                message,
                "try one row for each metric and instant",
            );
        }
        let below: Vec<&[String]> = self.rows[1..].iter().map(|(_, row)| row.as_slice()).collect();
        let headed = is_header(first, &below);
        if headed {
            (look.begin, look.header) = (*line, *line);
        }
        look.names = match &options.columns {
            Some(names) => names.clone(),
            None if headed => tidied(first),
            None => {
                let seen = cut(&first.join(&char::from(self.separator).to_string()));
                let message = format!("saw no header: the first row is `{seen}`; expected names of its {} columns", first.len());
                let help = "try --columns with the names in order, such as time,host,value";
                return refuse("ingest/needs-columns", *line, 1, message, help);
            }
        };
        look.trailing = width == look.names.len() + 1
            && below.iter().filter(|row| row.len() == width).all(|row| row.last().is_some_and(String::is_empty));
        if options.columns.is_some() && width != look.names.len() && !look.trailing {
            let message = format!("saw rows of {width} fields, expected the {} that --columns names", look.names.len());
            return refuse("ingest/needs-columns", *line, 1, message, "try --columns with a name for every field");
        }
        look.rows = first_part(self.rows.into_iter().skip(usize::from(headed)).map(|(_, row)| row).collect());
        if look.rows.is_empty() {
            let message = format!(
                "saw a header (`{}`) and 0 rows below it, expected series of numbers over time",
                cut(&look.names.join(","))
            );
            return refuse(
                "ingest/no-data",
                look.header.max(1),
                1,
                message,
                "try a wider time range or another query in the export",
            );
        }
        Ok(look)
    }
}

/// The rows up to another header: below it the columns hold something else.
fn first_part(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let words =
        |row: &Vec<String>| row.len() > 1 && row.iter().all(|cell| !cell.is_empty() && !is_number(cell) && !is_time(cell));
    if !rows.first().is_some_and(words)
        && let Some(other) = rows.iter().position(words)
    {
        rows.truncate(other);
    }
    rows
}

fn most_frequent(widths: &[usize]) -> usize {
    let mut sorted = widths.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).max_by_key(|run| (run.len(), run[0])).map_or(0, |run| run[0])
}

/// Names without a comment sign before them, each one only once, none of them empty.
fn tidied(first: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(first.len());
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for (at, name) in first.iter().enumerate() {
        let name = if at == 0 { name.trim_start_matches('#').trim() } else { name.as_str() };
        let name = if name.is_empty() { format!("column {}", at + 1) } else { name.to_owned() };
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        names.push(if *count > 1 { format!("{name} #{count}") } else { name });
    }
    names
}

/// Whether a row names columns: it is all words, or at least its cell above a column of times is no time.
pub(super) fn is_header(first: &[String], below: &[&[String]]) -> bool {
    let valued = |cell: &String| is_number(cell) || is_time(cell);
    let filled: Vec<&String> = first.iter().filter(|cell| !cell.is_empty()).collect();
    if filled.is_empty() {
        return false;
    }
    if !filled.iter().any(|cell| valued(cell)) {
        // words above words only: a table of words, or a header without anything below it; a column of row names has none
        return filled.len() * 2 > first.len() || first[0].is_empty() && filled.len() + 1 == first.len();
    }
    let like = |at: usize| {
        let cells: Vec<&String> = below.iter().take(50).filter_map(|row| row.get(at)).collect();
        !cells.is_empty() && cells.iter().filter(|cell| is_time(cell) || big(cell)).count() * 10 >= cells.len() * 8
    };
    (0..first.len()).find(|at| like(*at)).is_some_and(|at| !valued(&first[at]))
}

fn is_number(cell: &str) -> bool {
    [cells::Marks::Point, cells::Marks::Comma]
        .iter()
        .any(|marks| matches!(cells::cell(cell.as_bytes(), *marks), cells::Cell::Number(_) | cells::Cell::Measured(..)))
}

fn is_time(cell: &str) -> bool {
    cell.len() >= 6 && cell.bytes().any(|byte| byte.is_ascii_digit()) && !text_forms(&[cell]).is_empty()
}

/// A number large enough to be a time since 1970 or a day of a spreadsheet.
fn big(cell: &str) -> bool {
    cell.parse::<f64>().is_ok_and(|number| number >= 20_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_splits_every_line_alike() {
        assert_eq!(separator("t;a;b\n1;30,45;2,5\n2;31,45;2,6\n"), Some(b';'));
        assert_eq!(separator("t,labels,v\n1,a;b,3\n2,\"c,d\",4\n"), Some(b','));
        assert_eq!(separator("t\ta\n1\t2,5\n"), Some(b'\t'));
        assert_eq!(separator("sep=|\na,b|c\n"), Some(b'|'));
        assert_eq!(separator("some words\nmore words\n"), None);
    }

    #[test]
    fn headers_are_words_above_values() {
        let row = |text: &str| -> Vec<String> { text.split(',').map(str::to_owned).collect() };
        let data = row("2026-03-02T00:00:00Z,web-01,30.45");
        assert!(is_header(&row("time,host,cpu"), &[&data]));
        assert!(is_header(&row("time,1,2"), &[&row("2026-03-02T00:00:00Z,5,6")]));
        assert!(is_header(&row(",cpu"), &[&row("2026-03-02T00:00:00Z,5")]));
        assert!(!is_header(&data, &[&data]));
        assert!(!is_header(&row("1772409600,1,2"), &[&row("1772409660,1,2")]));
    }
}
