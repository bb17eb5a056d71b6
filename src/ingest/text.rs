//! CSV, with the line of everything that is wrong with it.
#![expect(clippy::disallowed_methods, reason = "data files are opened here")]

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::stamp::{Stamp, parse};
use super::table::{Table, Wanted, Words, missing_column};
use crate::problem::Problem;
use crate::source::TimeForm;

/// Problems told of one file; more are counted.
const MOST_PROBLEMS: usize = 20;
/// A longer field is no measurement.
const LONGEST_FIELD: usize = 10_000;

type Problems = Vec<Problem>;

/// Reads the wanted columns of a CSV file, plain or packed with gzip or zstd.
pub(super) fn read_csv(path: &Path, wanted: &Wanted, form: &TimeForm) -> Result<Table, Problems> {
    let refuse = |slug, message: String| vec![Problem::new(slug, path, message)];
    let mut source = open(path).map_err(|error| refuse("ingest/unreadable", error.to_string()))?;
    let head = first_bytes(&mut source).map_err(|error| refuse("ingest/truncated", error.to_string()))?;
    if head.is_empty() {
        return Err(refuse("ingest/empty-file", "the file is empty".to_owned()));
    }
    if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return Err(vec![Problem::new("ingest/not-utf8", path, "it is UTF-16").help("save it as UTF-8")]);
    }
    let start = String::from_utf8_lossy(&head[..head.len().min(200)]).trim_start().to_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") {
        let message = "it is a web page, not CSV: perhaps a login page in place of a download";
        return Err(vec![Problem::new("ingest/html", path, message).at_line(1)]);
    }
    let bom = head.starts_with(&[0xEF, 0xBB, 0xBF]);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |byte: u8| line.iter().filter(|other| **other == byte).count();
    let delimiter = [b';', b'\t'].into_iter().find(|byte| count(*byte) > count(b',')).unwrap_or(b',');
    let head = std::io::Cursor::new(if bom { head[3..].to_vec() } else { head });
    let reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(head.chain(source));
    Scan { path, form, delimiter, problems: Vec::new(), more: 0, table: Table::default() }.run(reader, wanted)
}

fn open(path: &Path) -> std::io::Result<Box<dyn Read>> {
    let file = BufReader::with_capacity(1 << 18, File::open(path)?);
    Ok(match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Some("zst") => Box::new(zstd::Decoder::with_buffer(file)?),
        _ => Box::new(file),
    })
}

fn first_bytes(source: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    source.take(1 << 16).read_to_end(&mut head)?;
    Ok(head)
}

struct Scan<'a> {
    path: &'a Path,
    form: &'a TimeForm,
    delimiter: u8,
    problems: Problems,
    more: usize,
    table: Table,
}

/// Positions of the wanted columns.
struct Places {
    time: usize,
    words: Vec<usize>,
    values: Vec<usize>,
    names: Vec<String>,
}

impl Scan<'_> {
    fn run<R: Read>(mut self, mut reader: csv::Reader<R>, wanted: &Wanted) -> Result<Table, Problems> {
        let header = reader.byte_headers().map_err(|error| vec![self.broken(&error)])?.clone();
        let names: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
        let places = self.places(wanted, names)?;
        let mut words = vec![Words::default(); places.words.len()];
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); places.values.len()];
        let mut record = csv::ByteRecord::new();
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => self.row(&record, &places, &mut words, &mut values),
                Err(error) => {
                    let broken = self.broken(&error);
                    return Err(vec![broken]);
                }
            }
        }
        if self.more > 0 {
            let message = format!("{} more problems like these", self.more);
            self.problems.push(Problem::new("ingest/more", self.path, message));
        }
        if self.problems.is_empty() && self.table.times.is_empty() {
            let message = format!("it has a header ({}) but no rows", places.names.join(", "));
            self.problems.push(Problem::new("ingest/no-data", self.path, message).at_line(1));
        }
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        self.table.words = places.words.iter().map(|at| places.names[*at].clone()).zip(words).collect();
        self.table.values = places.values.iter().map(|at| places.names[*at].clone()).zip(values).collect();
        if self.delimiter == b';' {
            self.table.repairs.push("fields are separated by `;`, and a comma is the decimal mark".to_owned());
        }
        Ok(self.table)
    }

    fn places(&self, wanted: &Wanted, names: Vec<String>) -> Result<Places, Problems> {
        let mut missing = Vec::new();
        let mut at = |name: &String| {
            names.iter().position(|other| other == name).unwrap_or_else(|| {
                missing.push(missing_column(self.path, name, &names));
                0
            })
        };
        let time = at(&wanted.time);
        let words: Vec<usize> = wanted.words.iter().map(&mut at).collect();
        let mut values: Vec<usize> = wanted.values.iter().map(&mut at).collect();
        if wanted.all_values {
            values = (0..names.len()).filter(|at| *at != time && !words.contains(at)).collect();
        }
        if missing.is_empty() { Ok(Places { time, words, values, names }) } else { Err(missing) }
    }

    /// A gzip or zstd stream that ends early, or bytes that cannot be read.
    fn broken(&self, error: &csv::Error) -> Problem {
        let rows = self.table.times.len();
        match error.kind() {
            csv::ErrorKind::Io(error) => {
                Problem::new("ingest/truncated", self.path, format!("the stream ends early after {rows} rows: {error}"))
            }
            _ => Problem::new("ingest/unreadable", self.path, error.to_string()),
        }
    }

    fn tell(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS { self.problems.push(problem) } else { self.more += 1 }
    }

    fn row(&mut self, record: &csv::ByteRecord, places: &Places, words: &mut [Words], values: &mut [Vec<f64>]) {
        let line = record.position().map_or(0, csv::Position::line);
        let told = self.problems.len() + self.more;
        self.shape(record, places, line);
        let stamp = if self.problems.len() + self.more == told { self.time(record, places, line) } else { None };
        let Some(stamp) = stamp else { return };
        let mut numbers = Vec::with_capacity(places.values.len());
        for at in &places.values {
            match self.number(&record[*at]) {
                Some(number) => numbers.push(number),
                None => self.tell(self.bad("ingest/bad-number", line, &places.names[*at], &record[*at], "a number")),
            }
        }
        if numbers.len() < places.values.len() {
            return;
        }
        self.table.times.push(stamp);
        for (words, at) in words.iter_mut().zip(&places.words) {
            words.push(String::from_utf8_lossy(&record[*at]).trim());
        }
        for (values, number) in values.iter_mut().zip(numbers) {
            self.table.not_finite += u64::from(number.is_infinite());
            values.push(if number.is_finite() { number } else { f64::NAN });
        }
    }

    /// Ragged rows, fields that swallowed lines, bytes that are not UTF-8.
    fn shape(&mut self, record: &csv::ByteRecord, places: &Places, line: u64) {
        let long = record.iter().position(|field| field.len() > LONGEST_FIELD || field.contains(&b'\n'));
        if let Some(at) = long {
            let column = places.names.get(at).cloned().unwrap_or_else(|| (at + 1).to_string());
            let bytes = record[at].len();
            let open = record[at].contains(&b'\n');
            let message = if open {
                "a quote is opened here and not closed on the line".to_owned()
            } else {
                format!("a field of {bytes} bytes")
            };
            let slug = if open { "ingest/unclosed-quote" } else { "ingest/huge-field" };
            self.tell(Problem::new(slug, self.path, message).at_line(line).in_column(column));
        } else if record.len() != places.names.len() {
            let message = format!("{} fields, expected {}", record.len(), places.names.len());
            self.tell(Problem::new("ingest/ragged-row", self.path, message).at_line(line));
        } else if let Some(at) = record.iter().position(|field| std::str::from_utf8(field).is_err()) {
            let message = "it is not UTF-8 text here";
            let problem = Problem::new("ingest/not-utf8", self.path, message).at_line(line).in_column(&places.names[at]);
            self.tell(problem.help("save it as UTF-8"));
        }
    }

    fn time(&mut self, record: &csv::ByteRecord, places: &Places, line: u64) -> Option<Stamp> {
        let text = String::from_utf8_lossy(&record[places.time]);
        let name = &places.names[places.time];
        match parse(text.trim(), self.form) {
            Some(stamp) if stamp.is_sane() => Some(stamp),
            Some(_) => {
                let problem = self.bad("ingest/time-out-of-range", line, name, &record[places.time], "a time from 1970 to 2200");
                self.tell(problem.help("a sentinel date, or another unit (`time_form = \"epoch_ms\"`)?"));
                None
            }
            None => {
                let problem =
                    self.bad("ingest/bad-time", line, name, &record[places.time], "a time such as 2026-03-02T12:00:00Z");
                self.tell(problem.help("declare `time_form`, such as \"epoch_s\" or \"%d/%m/%Y %H:%M\""));
                None
            }
        }
    }

    fn bad(&self, slug: &'static str, line: u64, column: &str, seen: &[u8], expected: &str) -> Problem {
        let seen: String = String::from_utf8_lossy(seen).chars().take(40).collect();
        Problem::new(slug, self.path, format!("`{seen}`, expected {expected}")).at_line(line).in_column(column)
    }

    /// A number; NaN when the field says that there is none.
    fn number(&self, field: &[u8]) -> Option<f64> {
        let text = std::str::from_utf8(field).ok()?.trim();
        if let Ok(number) = text.parse::<f64>() {
            return Some(number);
        }
        if text.is_empty() || MISSING.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Some(f64::NAN);
        }
        let decimal_comma = self.delimiter == b';' && text.matches(',').count() == 1;
        if decimal_comma { text.replace(',', ".").parse().ok() } else { None }
    }
}

/// What people write for a value that is not there.
const MISSING: [&str; 6] = ["na", "n/a", "nan", "null", "none", "-"];
