//! The annotated CSV of InfluxDB 2 and Flux: tables one after another, each with rows of annotations (`#group`, `#datatype`,
//! `#default`), a header and records; also without annotations, and as `influx write` takes it (`#datatype measurement,tag,…`).
//!
//! The traps: the first column belongs to the annotations; every table has columns of its own; `_start` and `_stop` are the range of
//! the query, not samples; an empty cell is the default of its column; one file may hold several results (`yield`); an error is a
//! table with the columns `error` and `reference`; pivoted tables have a column a field instead of `_field` and `_value`.
//! Source: the InfluxDB documentation (annotated CSV; extended annotated CSV).

use super::select::{Places, identity, is_function, no_times};
use crate::formats::document::Samples;
use crate::formats::faults::server_error;
use crate::formats::text_lines::CsvRows;
use crate::formats::{Head, Identity, Input, Number, Options, Reading};
use crate::problem::Problem;

type Problems = Vec<Problem>;

pub(super) fn recognise(head: &Head) -> Option<String> {
    let line = head.first_line();
    let annotated = ["#group", "#datatype", "#default", "#constant"].iter().any(|name| line.starts_with(name));
    if annotated {
        return Some("a table with rows of annotations (#datatype, #group, #default)".into());
    }
    let header =
        [",result,table", ",error,reference", "error,reference", "result,table,_"].iter().any(|start| line.starts_with(start));
    header.then(|| "a table with the columns of Flux (result, table)".into())
}

/// What the annotations say of the columns, by their position.
#[derive(Default)]
struct Annotations {
    datatype: Vec<String>,
    group: Vec<String>,
    default: Vec<String>,
    /// Measurement and tags that hold for all rows (`#constant`).
    measurement: String,
    tags: Vec<(String, String)>,
}

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Ignored,
    Time,
    Measurement,
    Field,
    Result,
    Label,
    Value,
    /// Values that are text or a length of time.
    NoNumber,
}

/// A table: its columns and the places of its series.
#[derive(Default)]
struct Table {
    names: Vec<String>,
    roles: Vec<Role>,
    places: Places,
}

pub(super) fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Problems> {
    let (mut samples, mut rows) = (Samples::new(input, options, reading), CsvRows::new(input)?);
    let (mut annotations, mut table) = (Annotations::default(), None::<Table>);
    let mut untimed = 0;
    while let Some((row, line)) = rows.next()? {
        if row.first().is_some_and(|cell| cell.starts_with('#')) {
            if table.take().is_some() {
                annotations = Annotations::default();
            }
            annotations.add(row);
            continue;
        }
        let header = is_header(row);
        let Some(table) = table.as_mut().filter(|_| !header) else {
            table = Some(Table { names: row.to_vec(), ..Table::default() });
            continue;
        };
        if let Some(said) = table.error(row) {
            return Err(server_error(input, "InfluxDB", &said));
        }
        if row.len() != table.names.len() {
            samples.bad_row(&format!("saw {} fields, expected {} as in the header", row.len(), table.names.len()), line);
            continue;
        }
        if table.roles.is_empty() {
            table.judge(&annotations, row);
        }
        if table.roles.contains(&Role::Time) { table.row(row, line, &annotations, &mut samples)? } else { untimed += 1 }
    }
    if samples.reading.is_empty() && untimed > 0 {
        return Err(no_times(input, "a table of Flux", untimed));
    }
    if untimed > 0 {
        samples.reading.warn("no-time", 0, || format!("{untimed} rows of tables without a time: left out"));
    }
    samples.finish()
}

/// Whether a row is a header: one that names the columns which every table has.
fn is_header(row: &[String]) -> bool {
    let begins = |at: usize, names: [&str; 2]| {
        names.iter().enumerate().all(|(next, name)| row.get(at + next).is_some_and(|cell| cell == name))
    };
    [0, 1].iter().any(|at| begins(*at, ["result", "table"]) || begins(*at, ["error", "reference"]))
}

impl Annotations {
    fn add(&mut self, row: &[String]) {
        let mut cells = row.to_vec();
        let Some(first) = cells.first_mut() else { return };
        // extended annotations have no column of their own: `#datatype measurement,tag`
        let (name, own) =
            first.split_once(' ').map_or((first.clone(), String::new()), |(name, own)| (name.to_owned(), own.to_owned()));
        *first = own;
        let cell = |at: usize| cells.get(at).map(|cell| cell.trim().to_owned()).unwrap_or_default();
        match name.as_str() {
            "#datatype" => self.datatype = cells,
            "#group" => self.group = cells,
            "#default" => self.default = cells,
            "#constant" if cell(0) == "measurement" => self.measurement = cell(1),
            "#constant" if cell(0) == "tag" => self.tags.push((cell(1), cell(2))),
            _ => {}
        }
    }

    fn of(list: &[String], at: usize) -> &str {
        list.get(at).map_or("", |cell| cell.trim())
    }

    /// A cell, or the default of its column.
    fn cell<'c>(&'c self, row: &'c [String], at: usize) -> &'c str {
        let own = row.get(at).map_or("", String::as_str);
        if own.is_empty() { Self::of(&self.default, at) } else { own }
    }
}

impl Table {
    /// What the server says, where the table is one of errors.
    fn error(&self, row: &[String]) -> Option<String> {
        let column = |name: &str| self.names.iter().position(|own| own == name);
        let (error, reference) = (column("error")?, column("reference")?);
        let code = row.get(reference).map_or("", String::as_str);
        Some([row.get(error).map_or("", String::as_str), code].join(" ").trim().to_owned())
    }

    /// Finds out what the columns are: by their names and types, and where no type is written by the first row.
    fn judge(&mut self, annotations: &Annotations, row: &[String]) {
        let has = |name: &str| self.names.iter().any(|own| own == name);
        let (time, value) = (has("_time"), has("_value"));
        let role = |(at, name): (usize, &String)| {
            let datatype = Annotations::of(&annotations.datatype, at);
            let stamped = datatype.starts_with("dateTime") || datatype == "time" || (datatype.is_empty() && name == "time");
            let grouped = Annotations::of(&annotations.group, at) == "true";
            let looks = Number::parse(annotations.cell(row, at)).is_some();
            match name.as_str() {
                "" | "table" | "_start" | "_stop" => Role::Ignored,
                "result" => Role::Result,
                "_time" => Role::Time,
                "_measurement" => Role::Measurement,
                "_field" => Role::Field,
                _ if stamped => {
                    if time {
                        Role::Ignored
                    } else {
                        Role::Time
                    }
                }
                _ if grouped || datatype == "tag" => Role::Label,
                "_value" if datatype.is_empty() => Role::Value,
                _ => match datatype {
                    "double" | "long" | "unsignedLong" | "boolean" => Role::Value,
                    "measurement" => Role::Measurement,
                    "ignored" | "ignore" => Role::Ignored,
                    "duration" | "base64Binary" => Role::NoNumber,
                    "field" if looks => Role::Value,
                    "" if !value && looks => Role::Value,
                    _ if name == "_value" => Role::NoNumber,
                    _ => Role::Label,
                },
            }
        };
        self.roles = self.names.iter().enumerate().map(role).collect();
        // an aggregate of a whole range has no time of its own: its range ends at _stop
        if !self.roles.contains(&Role::Time)
            && let Some(stop) = self.names.iter().position(|name| name == "_stop")
        {
            self.roles[stop] = Role::Time;
        }
    }

    fn row(
        &mut self,
        row: &[String],
        line: u64,
        annotations: &Annotations,
        samples: &mut Samples<'_, '_>,
    ) -> Result<(), Problems> {
        let roles = &self.roles;
        let columns =
            |wanted: &'static [Role]| roles.iter().enumerate().filter(|(_, role)| wanted.contains(role)).map(|(at, _)| at);
        let about = columns(&[Role::Measurement, Role::Field, Role::Result, Role::Label]);
        let key = about.map(|at| annotations.cell(row, at));
        let series_of = |at| samples.reading.series(identity_of(&self.names, roles, row, at, annotations));
        let places = self.places.of(key, || columns(&[Role::Value]).map(series_of).collect());
        if columns(&[Role::NoNumber]).next().is_some() {
            samples
                .reading
                .note("text-field", line, || "values that are text or lengths of time: no series, left out".to_owned());
        }
        let (Some(first), Some(time)) = (places.first(), columns(&[Role::Time]).next()) else { return Ok(()) };
        if self.names.get(time).is_some_and(|name| name == "_stop") {
            samples.reading.note("range-time", line, || "rows without _time: taken at the end of their range, _stop".to_owned());
        }
        let Some(at) = samples.instant_of_text(*first, annotations.cell(row, time), line) else { return Ok(()) };
        for (column, place) in columns(&[Role::Value]).zip(places) {
            samples.put_text(*place, at, annotations.cell(row, column), line)?;
        }
        Ok(())
    }
}

/// The series of a column of values: called by the field where there is one, else by the column.
fn identity_of(names: &[String], roles: &[Role], row: &[String], column: usize, annotations: &Annotations) -> Identity {
    let cell = |role: Role| roles.iter().position(|own| *own == role).map_or("", |at| annotations.cell(row, at));
    let name = names.get(column).map_or("", String::as_str);
    let field = cell(Role::Field);
    let metric = if name == "_value" && !field.is_empty() { field } else { name };
    let stated = cell(Role::Measurement);
    let measurement = if stated.is_empty() { &annotations.measurement } else { stated };
    let labels = roles.iter().enumerate().filter(|(_, role)| **role == Role::Label);
    let labels = labels.map(|(at, _)| (names[at].as_str(), annotations.cell(row, at)));
    let constant = annotations.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let id = identity(measurement, metric, labels.chain(constant));
    match cell(Role::Result) {
        "" | "_result" => id,
        result if is_function(result) => id.stat(result),
        result => id.with("result", result),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Stat, read};

    fn read_text(text: &str) -> Result<Reading<'static>, Problems> {
        read(&Input::memory("a.csv", text.as_bytes().to_vec()), &Options::default())
    }

    #[test]
    fn tables_have_columns_of_their_own_and_empty_cells_the_default() {
        let text = "#group,false,false,true,true,false,false,true,true\r\n#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string\r\n#default,mean,,,,,,,\r\n,result,table,_start,_stop,_time,_value,_field,host\r\n,,0,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,2026-01-01T00:05:00Z,1.5,load,a\r\n,,1,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,2026-01-01T00:05:00.5Z,,load,b\r\n\r\n#datatype,string,long,dateTime:RFC3339,string,string\r\n#default,max,,,,\r\n,result,table,_time,_value,_field\r\n,,0,2026-01-01T00:00:00Z,on,state\r\n";
        let reading = read_text(text).unwrap();
        let told: Vec<_> = reading
            .series
            .iter()
            .map(|one| (one.id.metric.as_str(), one.id.stat, one.id.labels["host"].as_str(), one.at.len(), one.missing))
            .collect();
        assert_eq!(told, [("load", Stat::Average, "a", 1, 0), ("load", Stat::Average, "b", 0, 1)]);
        assert_eq!((reading.findings[0].kind, reading.findings[0].lines[0]), ("text-field", 11));
    }

    #[test]
    fn pivoted_tables_and_those_without_annotations() {
        let pivoted = "#datatype,string,long,dateTime:RFC3339,string,double,unsignedLong\n#group,false,false,false,true,false,false\n#default,_result,,,,,\n,result,table,_time,host,idle,used\n,,0,2026-01-01T00:00:00Z,a,1.5,18446744073709551615\n";
        let reading = read_text(pivoted).unwrap();
        assert_eq!(
            reading.series.iter().map(|one| one.id.to_string()).collect::<Vec<_>>(),
            [r#"idle{host="a"}"#, r#"used{host="a"}"#]
        );
        assert_eq!(reading.series[1].values.at(0), Number::Whole(u64::MAX));
        let bare = ",result,table,_stop,_value,_field,cpu\n,_result,0,2026-01-01T00:00:00Z,1.5,idle,0\n\n,result,table,_time,_value,_field,cpu\n,_result,0,2026-01-01T00:05:00Z,2.5,idle,0\n";
        let reading = read_text(bare).unwrap();
        assert_eq!((reading.series.len(), reading.series[0].at.len(), reading.findings[0].kind), (1, 2, "range-time"));
    }

    #[test]
    fn tables_for_writing_name_measurement_and_tags_in_their_types() {
        let text = "#constant tag,dc,x\n#datatype measurement,tag,double,dateTime:RFC3339\nm,host,used,time\nmem,h1,64.5,2026-01-01T00:00:00Z\nmem,h2,72.5,2026-01-01T00:00:00Z\n";
        let told: Vec<String> = read_text(text).unwrap().series.iter().map(|one| one.id.to_string()).collect();
        assert_eq!(told, [r#"used{dc="x",host="h1",measurement="mem"}"#, r#"used{dc="x",host="h2",measurement="mem"}"#]);
    }

    #[test]
    fn a_table_of_errors_is_told_in_the_words_of_the_server() {
        for text in [
            "#datatype,string,string\n#group,true,true\n#default,,\n,error,reference\n,Failed to parse query,897\n",
            "error,reference\r\nFailed to parse query,897\r\n",
        ] {
            let problems = read_text(text).err().unwrap();
            assert!(
                problems[0].slug == "ingest/server-error" && problems[0].message.contains("Failed to parse query 897"),
                "{}",
                problems[0]
            );
        }
    }
}
