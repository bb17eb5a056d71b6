//! The line protocol of InfluxDB and Telegraf: `measurement,tag=value field=value,field=value time`, one point a line.
//!
//! The traps: commas, spaces and equals signs are escaped by a backslash; text stands in quotes and may hold line breaks; whole
//! numbers end in `i` or `u`; the precision of the times is not written (nanoseconds by default; told by their size here); a line may
//! have no time; dumps of `influx_inspect` begin with statements and name the database in comments.
//! Source: the InfluxDB documentation (line protocol reference).

use std::collections::BTreeMap;

use super::select::identity;
use crate::formats::document::Samples;
use crate::formats::faults::seen;
use crate::formats::stamp::epoch_unit;
use crate::formats::text_lines::{MOST_JOINED, TextLines};
use crate::formats::{Head, Input, NANOS, Number, Options, Reading, Stamp};
use crate::problem::Problem;
use crate::source::TimeForm;

type Problems = Vec<Problem>;

/// Points looked at to know the format.
const LOOKED_AT: usize = 5;

pub(super) fn recognise(head: &Head) -> Option<String> {
    if head.text.starts_with("# INFLUXDB EXPORT") {
        return Some("a dump of influx_inspect in line protocol".into());
    }
    let whole = head.text.rfind('\n').map_or(head.text.as_str(), |end| &head.text[..end]);
    let (mut good, mut joined) = (0, String::new());
    for (number, line) in whole.lines().filter(|line| !is_other(line.trim())).enumerate() {
        if good == LOOKED_AT || number == MOST_JOINED {
            break;
        }
        joined.push_str(line.trim_start());
        match Point::parse(&joined) {
            Ok(point) if is_typical(&point) => good += 1,
            Err(Broken::OpenQuote) => {
                joined.push('\n');
                continue;
            }
            _ => return None,
        }
        joined.clear();
    }
    (good > 0).then(|| "lines of measurement, tags, fields and time, as the line protocol has them".into())
}

/// Whether a point looks like one that a collector wrote: `export A=1` and lines of logs are points as well, strictly speaking.
fn is_typical(point: &Point<'_>) -> bool {
    let measurement = point.series.split(',').next().unwrap_or_default();
    let stamped = point.time.is_some() || point.series.len() > measurement.len();
    stamped && !measurement.contains(['=', '"', '{']) && identity_of(point.series, "").is_some()
}

/// Whether a line holds no point: blank, a comment, or a statement of a dump.
fn is_other(line: &str) -> bool {
    line.is_empty() || line.starts_with('#') || line.starts_with("CREATE DATABASE ")
}

/// One line.
struct Point<'l> {
    /// Measurement and tags, as written.
    series: &'l str,
    fields: Vec<(&'l str, Field)>,
    time: Option<&'l str>,
}

/// The value of a field.
#[derive(Clone, Copy)]
enum Field {
    Number(Number),
    Text,
}

/// Why a line is no point.
#[derive(Debug, PartialEq)]
enum Broken {
    /// Text goes on on the next line.
    OpenQuote,
    /// What was expected.
    Expected(&'static str),
}

impl<'l> Point<'l> {
    fn parse(line: &'l str) -> Result<Self, Broken> {
        let (series, mut rest) = split_at(line, b" ").ok_or(Broken::Expected("fields after measurement and tags"))?;
        if series.is_empty() {
            return Err(Broken::Expected("a measurement"));
        }
        rest = rest.trim_start_matches(' ');
        let mut fields = Vec::new();
        loop {
            let (name, after) = split_at(rest, b"=").ok_or(Broken::Expected("a field with a value (name=value)"))?;
            if name.is_empty() || name.contains(|c: char| c.is_control()) {
                return Err(Broken::Expected("the name of a field before `=`"));
            }
            let (field, behind) = value(after)?;
            fields.push((name, field));
            let Some(next) = behind.strip_prefix(',') else {
                rest = behind;
                break;
            };
            rest = next;
        }
        let time = rest.trim();
        if !(time.is_empty() || (rest.starts_with(' ') && time.parse::<i64>().is_ok())) {
            return Err(Broken::Expected("a time as a whole number after the fields"));
        }
        Ok(Self { series, fields, time: Some(time).filter(|time| !time.is_empty()) })
    }
}

/// Splits at the first of some bytes that no backslash escapes; the byte is left out.
fn split_at<'l>(text: &'l str, ends: &[u8]) -> Option<(&'l str, &'l str)> {
    let (bytes, mut at) = (text.as_bytes(), 0);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'\\' {
            at += 2;
        } else if ends.contains(byte) {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        } else {
            at += 1;
        }
    }
    None
}

/// The value at the start of a text, and what follows it.
fn value(text: &str) -> Result<(Field, &str), Broken> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (_, behind) = split_at(quoted, b"\"").ok_or(Broken::OpenQuote)?;
        return Ok((Field::Text, behind));
    }
    let end = text.find([',', ' ']).unwrap_or(text.len());
    let (word, behind) = text.split_at(end);
    let number = match word {
        "t" | "T" | "true" | "True" | "TRUE" => Some(Number::Whole(1)),
        "f" | "F" | "false" | "False" | "FALSE" => Some(Number::Whole(0)),
        _ => match word.as_bytes().last() {
            Some(b'i') => whole(&word[..word.len() - 1]),
            Some(b'u') => word[..word.len() - 1].parse().ok().map(Number::Whole),
            _ => Number::parse(word),
        },
    };
    number.map(|number| (Field::Number(number), behind)).ok_or(Broken::Expected("a number, a truth value or text in quotes"))
}

fn whole(digits: &str) -> Option<Number> {
    let signed: i64 = digits.parse().ok()?;
    Some(u64::try_from(signed).map_or(Number::Real(signed as f64), Number::Whole))
}

/// Without the backslashes before commas, equals signs and spaces.
fn unescaped(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, behind)) = rest.split_once('\\') {
        out.push_str(before);
        if !behind.starts_with([',', '=', ' ']) {
            out.push('\\');
        }
        let next = behind.chars().next().map_or(0, char::len_utf8);
        out.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    out.push_str(rest);
    out
}

/// Tags written as `name=value,name=value`; parts without a value are left out.
pub(super) fn tags_of(text: &str) -> Vec<(String, String)> {
    let (mut tags, mut rest) = (Vec::new(), Some(text));
    while let Some(part) = rest {
        let (tag, behind) = split_at(part, b",").map_or((part, None), |(tag, behind)| (tag, Some(behind)));
        if let Some((name, value)) = split_at(tag.trim_start(), b"=") {
            tags.push((unescaped(name), unescaped(value)));
        }
        rest = behind;
    }
    tags
}

/// The identity of a field of a series; `None` when a tag has no name or value.
fn identity_of(series: &str, field: &str) -> Option<crate::formats::Identity> {
    let (measurement, tags) = split_at(series, b",").map_or((series, None), |(name, tags)| (name, Some(tags)));
    let tags = tags.map_or_else(
        || Some(Vec::new()),
        |text| {
            let parts = 1 + count_unescaped(text);
            let tags = tags_of(text);
            let whole = tags.len() == parts && tags.iter().all(|(name, value)| !name.is_empty() && !value.is_empty());
            whole.then_some(tags)
        },
    )?;
    let labels = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Some(identity(&unescaped(measurement), &unescaped(field), labels))
}

fn count_unescaped(text: &str) -> usize {
    let (mut count, mut rest) = (0, text);
    while let Some((_, behind)) = split_at(rest, b",") {
        count += 1;
        rest = behind;
    }
    count
}

/// The state of a reading.
struct Lines<'a, 's> {
    samples: Samples<'a, 's>,
    /// The places of the fields of each series, as written.
    places: BTreeMap<String, BTreeMap<String, usize>>,
    database: String,
    /// Times a second of the first time.
    precision: Option<u64>,
    /// A line without a time was told of.
    timeless: bool,
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let samples = Samples::new(input, options, reading);
    let mut state = Lines { samples, places: BTreeMap::new(), database: String::new(), precision: None, timeless: false };
    let mut lines = TextLines::new(input)?;
    while let Some((line, number)) = lines.next()? {
        if let Some(name) = line.strip_prefix("# CONTEXT-DATABASE:") {
            name.trim().clone_into(&mut state.database);
            state.places.clear();
        }
        let mut shown = seen(line);
        let mut broken = if is_other(line.trim()) { None } else { state.line(line.trim(), number)? };
        for _ in 0..MOST_JOINED {
            if broken != Some(Broken::OpenQuote) {
                break;
            }
            let Some(line) = lines.join_next()? else { break };
            shown = seen(line);
            broken = state.line(line.trim(), number)?;
        }
        match broken {
            Some(Broken::Expected(what)) => state.samples.bad_row(&format!("saw `{shown}`, expected {what}"), number),
            Some(Broken::OpenQuote) => {
                state.samples.bad_row(&format!("saw `{shown}` with an open quote, expected its end"), number);
            }
            None => {}
        }
    }
    state.samples.finish()
}

impl Lines<'_, '_> {
    /// Reads one point; tells why it is none.
    fn line(&mut self, line: &str, number: u64) -> Result<Option<Broken>, Problems> {
        let point = match Point::parse(line) {
            Ok(point) => point,
            Err(broken) => return Ok(Some(broken)),
        };
        if !self.places.contains_key(point.series) {
            if identity_of(point.series, "").is_none() {
                return Ok(Some(Broken::Expected("tags as name=value")));
            }
            self.places.insert(point.series.to_owned(), BTreeMap::new());
        }
        let Some(stamp) = self.stamp(point.time, number) else { return Ok(None) };
        let Some(at) = self.samples.at(0, stamp, number) else { return Ok(None) };
        for (name, field) in point.fields {
            let Field::Number(value) = field else {
                self.samples.reading.note("text-field", number, || "fields of text: no series, left out".to_owned());
                continue;
            };
            let place = self.place(point.series, name);
            self.samples.reading.push(place, at, value, number).map_err(|problem| vec![problem])?;
        }
        Ok(None)
    }

    /// The series of a field.
    fn place(&mut self, series: &str, field: &str) -> usize {
        if let Some(place) = self.places.get(series).and_then(|fields| fields.get(field)) {
            return *place;
        }
        let id = identity_of(series, field).unwrap_or_default().with("database", &self.database);
        let place = self.samples.reading.series(id);
        self.places.entry(series.to_owned()).or_default().insert(field.to_owned(), place);
        place
    }

    /// The time of a point: in the declared precision, or that which its size tells; without one, the declared instant.
    fn stamp(&mut self, time: Option<&str>, line: u64) -> Option<Stamp> {
        let Some(time) = time else {
            let declared = self.samples.options.at.map(Stamp::Instant);
            if declared.is_none() && !self.timeless {
                self.timeless = true;
                let message = "saw a point without a time, expected one (the server would take the instant of writing)";
                let problem = self.samples.input.problem("ingest/needs-instant", message).at_line(line);
                self.samples.wrong(problem.help("try --at with the instant of the snapshot"));
            }
            return declared;
        };
        let whole: i64 = time.parse().ok()?;
        let options = self.samples.options;
        if let Some(stamp) = Stamp::parse(time, &options.time).filter(|_| options.time != TimeForm::Auto) {
            return Some(stamp);
        }
        let per_second = epoch_unit(whole as f64);
        let first = *self.precision.get_or_insert(per_second);
        let says = |per_second| match per_second {
            1 => "seconds",
            1_000 => "milliseconds",
            1_000_000 => "microseconds",
            _ => "nanoseconds",
        };
        if first != per_second {
            let sentence = || format!("times of several precisions: {} and {} by their size", says(first), says(per_second));
            self.samples.reading.warn("mixed-precision", line, sentence);
        } else if per_second != NANOS as u64 {
            let sentence = || format!("times are taken as {} by their size: the precision is not written", says(per_second));
            self.samples.reading.note("time-precision", 0, sentence);
        }
        Some(Stamp::Instant(whole.saturating_mul(NANOS / per_second as i64)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read;

    fn read_with(text: &str, options: &Options) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.lp", text.as_bytes().to_vec()), options)
    }

    fn told(text: &str) -> Vec<String> {
        let reading = read_with(text, &Options::default()).map_err(|problems| problems[0].to_string()).unwrap();
        reading.series.iter().map(|one| format!("{} = {:?} @ {:?}", one.id, one.values.reals(), one.at)).collect()
    }

    #[test]
    fn escapes_of_names_tags_and_text() {
        let line =
            r#"my\ m\,x,tag\ key=va\=lue\,1,path=C:\dir field\ one=1,"quoted"="a, b=\"c\" d",two\=2=2i 1504447811000000000"#;
        let labels = r#"measurement="my m,x",path="C:\\dir",tag key="va=lue,1""#;
        let expected = [
            format!("field one{{{labels}}} = [1.0] @ [1504447811000000000]"),
            format!("two=2{{{labels}}} = [2.0] @ [1504447811000000000]"),
        ];
        assert_eq!(told(line), expected);
    }

    #[test]
    fn values_are_floats_integers_unsigned_and_truth_values() {
        let reading =
            read_with("m a=1e3,b=-5i,c=18446744073709551615u,d=T,e=false,f=\"x\" 1504447811\n", &Options::default()).unwrap();
        let values: Vec<f64> = reading.series.iter().map(|one| one.values.at(0).real()).collect();
        assert_eq!(values, [1000.0, -5.0, u64::MAX as f64, 1.0, 0.0]);
        assert_eq!(reading.series[2].values.at(0), Number::Whole(u64::MAX));
        let kinds: Vec<&str> = reading.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, ["time-precision", "text-field"]);
    }

    #[test]
    fn text_may_have_line_breaks_and_the_order_of_tags_does_not_matter() {
        let text = "m,a=1,b=2 v=1,log=\"one\ntwo\" 1504447811000000000\nm,b=2,a=1 v=2 1504447871000000000\n";
        assert_eq!(told(text), [r#"v{a="1",b="2",measurement="m"} = [1.0, 2.0] @ [1504447811000000000, 1504447871000000000]"#]);
    }

    #[test]
    fn dumps_name_their_database_and_carry_statements() {
        let text = "# INFLUXDB EXPORT: 1677 - 2262\n# DDL\nCREATE DATABASE db WITH NAME autogen\n# DML\n# CONTEXT-DATABASE:db\n\nm v=1 1504447811000000000\n";
        assert_eq!(told(text), [r#"v{database="db",measurement="m"} = [1.0] @ [1504447811000000000]"#]);
    }

    #[test]
    fn points_without_a_time_need_a_declared_instant_and_precision_may_be_declared() {
        let timeless = "m,a=b v=1\nm,a=b w=2\n";
        let problems = read_with(timeless, &Options::default()).err().unwrap();
        assert_eq!((problems.len(), problems[0].slug), (1, "ingest/needs-instant"));
        let options = Options { at: Some(5), ..Options::default() };
        assert_eq!(read_with(timeless, &options).unwrap().series[0].at, [5]);
        let options = Options { time: TimeForm::Epoch { per_second: 1_000 }, ..Options::default() };
        assert_eq!(read_with("m v=1 86400000\n", &options).unwrap().series[0].at, [86_400 * NANOS]);
    }

    #[test]
    fn lines_that_are_no_points_are_told_with_their_number() {
        let declared = Options { format: Some("influx-line".to_owned()), ..Options::default() };
        let problems =
            read_with("m v=1 1504447811\nm v= 1504447811\nm,t v=1 1504447811\nm v=1 x\nm v=\"open 1504447811\n", &declared)
                .err()
                .unwrap();
        let places: Vec<_> = problems.iter().map(|problem| (problem.slug, problem.line.unwrap())).collect();
        assert_eq!(places, [2, 3, 4, 5].map(|line| ("ingest/ragged-row", line)));
    }

    #[test]
    fn other_formats_are_not_taken_for_line_protocol() {
        for other in [
            "metric{a=\"b\"} 1 1504447811\n",
            "put sys.cpu 1504447811 1 host=a\n",
            "level=info msg=5\n",
            "export A=1\n",
            "a.b.c 1.5 1504447811\n",
            "time,value\n1504447811,1\n",
        ] {
            let head = Input::memory("a", other.as_bytes().to_vec()).head().unwrap();
            assert_eq!(recognise(&head), None, "{other}");
        }
    }
}
