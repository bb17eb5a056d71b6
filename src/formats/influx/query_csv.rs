//! Answers of InfluxDB's InfluxQL in CSV: of the command line client (`-format csv`) and of `/query` with `Accept: application/csv`.
//!
//! The traps: columns change midway, with a new header behind a blank line; `tags` holds all tags in one cell; times are numbers in
//! the precision that was asked for, or RFC 3339 text; types are not written, so that a column is text when a cell of its first rows
//! is no number (a tag such as `cpu` whose values are numbers is known by times that repeat without it, or declared as an entity).
//! Source: the InfluxDB 1.x documentation (`influx` CLI; HTTP API).

use std::collections::BTreeSet;

use super::line::tags_of;
use super::select::{Places, identity, no_times, warn_of_zero};
use crate::formats::document::{Samples, stamp_of_text};
use crate::formats::faults::{not_a_series, seen, server_error};
use crate::formats::text_lines::{CsvRows, split_csv};
use crate::formats::{Head, Input, Number, Options, Reading, Stamp};
use crate::problem::Problem;

type Problems = Vec<Problem>;

/// Rows of a table looked at before its columns are judged.
const LOOKED_AT: usize = 1_000;

/// Whether the client printed columns for human eyes, as it does unless `-format` says otherwise.
fn is_column_format(head: &Head) -> bool {
    let mut lines = head.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let name = lines.next().is_some_and(|line| line.starts_with("name: "));
    let rule = |line: &str| line.contains("----") && line.bytes().all(|byte| b"- \t".contains(&byte));
    name && lines.take(3).any(rule)
}

pub(super) fn recognise(head: &Head) -> Option<String> {
    if is_column_format(head) {
        return Some("the columns that InfluxDB's command line client prints".into());
    }
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    let (mut header, mut row) = (Vec::new(), Vec::new());
    let closed = split_csv(lines.next()?, &mut header);
    if header == ["error"] && lines.next().is_some() && lines.next().is_none() {
        return Some("a table of one error, as InfluxDB answers in CSV".into());
    }
    let begins = |names: &[&str]| header.iter().map(String::as_str).take(names.len()).eq(names.iter().copied());
    if !closed || header.len() < 2 || !(begins(&["name", "tags"]) || begins(&["name", "time"]) || begins(&["name", "name"])) {
        return None;
    }
    let Some(time) = time_of(&header) else {
        return (header.len() > 2 || header[1] == "name").then(|| "a list of names, as InfluxDB answers in CSV".into());
    };
    split_csv(lines.next()?, &mut row);
    let cell = row.get(time)?;
    let instant = matches!(stamp_of_text(cell, &Options::default()), Some(Stamp::Instant(_)));
    instant.then(|| "a table that begins with name, tags and time, as InfluxDB answers in CSV".into())
}

/// Where the column of times stands in a header.
fn time_of(header: &[String]) -> Option<usize> {
    [1, 2].into_iter().find(|at| header.get(*at).is_some_and(|name| name == "time"))
}

/// Whether a row is a header.
fn is_header(row: &[String]) -> bool {
    row.first().is_some_and(|name| name == "name") && (time_of(row) == Some(1) || row.get(1).is_some_and(|name| name == "tags"))
}

/// A table: a header and the rows behind it.
#[derive(Default)]
struct Table {
    header: Vec<String>,
    time: usize,
    /// Rows that wait until the columns are judged.
    waiting: Vec<(Vec<String>, u64)>,
    /// Which columns are text and which are numbers, once judged.
    judged: Option<(Vec<usize>, Vec<usize>)>,
    places: Places,
    listed: usize,
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    if is_column_format(&input.head()?) {
        let saw = "columns for human eyes, as InfluxDB's command line client prints them";
        return Err(not_a_series(input, saw, "try the same command with -format csv or -format json"));
    }
    let (mut samples, mut rows) = (Samples::new(input, options, reading), CsvRows::new(input)?);
    let mut table = Table::default();
    while let Some((row, line)) = rows.next()? {
        if table.header == ["error"] {
            return Err(server_error(input, "InfluxDB", row.first().map_or("", String::as_str)));
        }
        if table.header.is_empty() || is_header(row) {
            table.finish(&mut samples)?;
            let listed = table.listed;
            table = Table { header: row.to_vec(), time: time_of(row).unwrap_or(0), listed, ..Table::default() };
        } else if table.time == 0 {
            table.listed += 1;
        } else if row.len() != table.header.len() {
            samples.bad_row(&format!("saw {} fields, expected {} as in the header", row.len(), table.header.len()), line);
        } else if table.judged.is_some() {
            table.row(row, line, &mut samples)?;
        } else {
            table.waiting.push((row.to_vec(), line));
            if table.waiting.len() >= LOOKED_AT {
                table.finish(&mut samples)?;
            }
        }
    }
    table.finish(&mut samples)?;
    if samples.reading.is_empty() && table.listed > 0 {
        return Err(no_times(input, &seen(&table.header.join(", ")), table.listed));
    }
    samples.finish()
}

impl Table {
    /// Judges the columns and reads the rows that waited for it.
    fn finish(&mut self, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
        let waiting = std::mem::take(&mut self.waiting);
        if self.judged.is_none() {
            let entity = samples.options.mapping.entities();
            let is_text = |at: &usize| {
                let declared = self.header.get(*at).is_some_and(|name| entity.contains(name));
                declared || waiting.iter().any(|(row, _)| row.get(*at).is_some_and(|cell| !is_number(cell)))
            };
            let (mut texts, mut values): (Vec<usize>, Vec<usize>) = (self.time + 1..self.header.len()).partition(is_text);
            if let Some(tag) = tag_among(&values, &texts, self.time, &waiting) {
                let name = seen(&self.header[tag]);
                samples.reading.warn("numeric-tag", waiting[0].1, || {
                    format!("times repeat unless the whole numbers of `{name}` are a tag: they are taken for one")
                });
                values.retain(|at| *at != tag);
                texts.push(tag);
            }
            self.judged = Some((texts, values));
        }
        waiting.iter().try_for_each(|(row, line)| self.row(row, *line, samples))
    }

    fn row(&mut self, row: &[String], line: u64, samples: &mut Samples<'_, '_>) -> Result<(), Problems> {
        let Self { header, time, judged, places, .. } = self;
        let Some((texts, values)) = judged else { return Ok(()) };
        let own = (0..*time).chain(texts.iter().copied());
        let key = own.filter_map(|at| row.get(at)).map(String::as_str);
        let places = places.of(key, || {
            let tags = if *time == 2 { tags_of(&row[1]) } else { Vec::new() };
            let series_of = |at: &usize| {
                let labels = tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let labels = labels.chain(texts.iter().map(|at| (header[*at].as_str(), row[*at].as_str())));
                samples.reading.series(identity(&row[0], &header[*at], labels))
            };
            values.iter().map(series_of).collect()
        });
        let Some(at) = places.first().and_then(|first| samples.instant_of_text(*first, &row[*time], line)) else { return Ok(()) };
        warn_of_zero(at, line, samples);
        for (column, place) in values.iter().zip(places) {
            samples.put_text(*place, at, &row[*column], line)?;
        }
        Ok(())
    }
}

/// The column of whole numbers that is a tag (`cpu`: 0, 1, …), where times repeat without it and no longer do with it. Of several such
/// columns the one with the fewest values.
fn tag_among(values: &[usize], texts: &[usize], time: usize, rows: &[(Vec<String>, u64)]) -> Option<usize> {
    let repeats = |with: Option<usize>| {
        let mut known = BTreeSet::new();
        let columns: Vec<usize> = (0..=time).chain(texts.iter().copied()).chain(with).collect();
        rows.iter().any(|(row, _)| !known.insert(columns.iter().filter_map(|at| row.get(*at)).collect::<Vec<_>>()))
    };
    if values.len() < 2 || !repeats(None) {
        return None;
    }
    let whole = |at: &usize| rows.iter().all(|(row, _)| row.get(*at).is_some_and(|cell| cell.parse::<u32>().is_ok()));
    let count = |at: usize| rows.iter().filter_map(|(row, _)| row.get(at)).collect::<BTreeSet<_>>().len();
    let tags = values.iter().copied().filter(whole).filter(|at| !repeats(Some(*at)));
    tags.min_by_key(|at| count(*at)).filter(|at| count(*at) * 2 <= rows.len())
}

/// Whether a cell may stand in a column of numbers.
fn is_number(cell: &str) -> bool {
    cell.is_empty() || cell == "true" || cell == "false" || Number::parse(cell).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Mapping, read};

    fn read_with(text: &str, options: &Options) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.csv", text.as_bytes().to_vec()), options)
    }

    #[test]
    fn columns_change_midway_and_tags_stand_in_one_cell() {
        let text = "name,tags,time,max\ncpu,\"host=a,rack=x\\,1\",1504447811,1\ncpu,host=b,1504447811,\n\nname,tags,time,free,text\nmem,,1504447811,5,on\nmem,,1504447871,true,off\n";
        let reading = read_with(text, &Options::default()).unwrap();
        let told: Vec<String> = reading.series.iter().map(|one| format!("{} {} {}", one.id, one.at.len(), one.missing)).collect();
        let expected = [
            r#"max{host="a",measurement="cpu",rack="x,1",stat="max"} 1 0"#,
            r#"max{host="b",measurement="cpu",stat="max"} 0 1"#,
            r#"free{measurement="mem",text="on"} 1 0"#,
            r#"free{measurement="mem",text="off"} 1 0"#,
        ];
        assert_eq!(told, expected);
        assert_eq!(reading.series[2].lines, [6]);
    }

    #[test]
    fn a_tag_whose_values_are_numbers_is_a_label_where_it_is_declared() {
        let text = "name,time,cpu,usage\ncpu,1504447811,0,5\ncpu,1504447871,0,6\ncpu,1504447931,1,6\n";
        assert_eq!(read_with(text, &Options::default()).unwrap().series[0].id.metric, "cpu");
        let mapping = Mapping { entity: Some(vec!["cpu".to_owned()]), ..Mapping::default() };
        let reading = read_with(text, &Options { mapping, ..Options::default() }).unwrap();
        assert_eq!(reading.series[1].id.labels["cpu"], "1");
    }

    #[test]
    fn a_tag_of_numbers_is_known_by_times_that_repeat_without_it() {
        let row = |at: u64| format!("cpu,{},{},{},{at}\n", 1_504_447_811 + at / 2 * 60, at % 2, at * 7);
        let text = format!("name,time,cpu,switches,usage\n{}", (0..8).map(row).collect::<String>());
        let reading = read_with(&text, &Options::default()).unwrap();
        let ids: Vec<String> = reading.series.iter().map(|one| one.id.to_string()).collect();
        let both = |cpu: u8| ["switches", "usage"].map(|name| format!(r#"{name}{{cpu="{cpu}",measurement="cpu"}}"#));
        assert_eq!((ids, reading.findings[0].kind), ([both(0), both(1)].concat(), "numeric-tag"));
    }

    #[test]
    fn lists_errors_and_other_tables() {
        let declared = Options { format: Some("influx-csv".to_owned()), ..Options::default() };
        let slug = |text: &str| read_with(text, &declared).err().map(|problems| problems[0].slug);
        assert_eq!(slug("name,tags,key,value\ncpu,,host,a\ncpu,,host,b\n"), Some("ingest/not-a-series"));
        assert_eq!(slug("error\nerror parsing query\n"), Some("ingest/server-error"));
        assert_eq!(slug("name: disk\ntime free\n---- ----\n1504447811 5\n"), Some("ingest/not-a-series"));
        let other = Input::memory("a.csv", b"name,time,value\nweb,2026-01-01 00:00:00,5\n".to_vec());
        assert_eq!(recognise(&other.head().unwrap()), None);
        assert_eq!(slug("name,time,value\nweb,1504447811,5\nweb,1504447871\n"), Some("ingest/ragged-row"));
    }
}
