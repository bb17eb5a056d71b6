//! Public traces of virtual machines of Azure (2017 and 2019): gzipped CSV without headers. Readings of CPU are rows of seconds since
//! the start of the trace, machine, least, most and average percentage of five minutes.
//!
//! Traps: the time is relative and its origin is not published (`--origin` gives one); the table of machines lies beside the readings
//! and is an inventory, not a series: life span, cores, memory and a summary of CPU.

use std::collections::BTreeMap;

use csv::ByteRecord;

use super::records::{Faults, Records, cut};
use crate::formats::{Clock, Head, Identity, Input, NANOS, Number, Options, Parser, Reading, Stamp};
use crate::problem::Problem;
use crate::source::Kind;

/// Reads the readings of CPU, and says what the other files of a trace are.
pub(super) const PARSER: Parser =
    Parser { format: "azure-trace", says: "a public trace of virtual machines of Azure", recognise, read };

/// Seconds between readings.
const STEP: u64 = 300;

/// Which field holds what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fields {
    time: usize,
    machine: usize,
    values: [usize; 3],
}

const DOCUMENTED: Fields = Fields { time: 0, machine: 1, values: [2, 3, 4] };
const STATS: [&str; 3] = ["min", "max", "avg"];

/// Whether a text is an anonymous identity as in these traces: base64 of a digest.
fn is_identity(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    (40..=128).contains(&text.len()) && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

fn is_reading(fields: &[&str]) -> bool {
    let [time, machine, rest @ ..] = fields else { return false };
    let values: Vec<f64> = rest.iter().filter_map(|value| value.trim().parse().ok()).collect();
    let percentages = values.len() == 3 && rest.len() == 3 && values.iter().all(|value| (0.0..=100.5).contains(value));
    time.parse::<u64>().is_ok_and(|seconds| seconds % STEP == 0 && seconds < 1_000_000_000) && is_identity(machine) && percentages
}

/// A row of the table of machines: three identities, then numbers and words.
fn is_machine(fields: &[&str]) -> bool {
    fields.len() >= 9 && fields.iter().take(3).all(|field| is_identity(field))
}

/// Rows of the tables of subscriptions and of deployments: an identity and a few numbers.
fn is_group(fields: &[&str]) -> bool {
    let [identity, rest @ ..] = fields else { return false };
    !rest.is_empty() && rest.len() < 9 && is_identity(identity) && rest.iter().all(|field| field.trim().parse::<f64>().is_ok())
}

/// Whether the first whole lines are all of a shape.
fn shape(head: &Head, is: fn(&[&str]) -> bool) -> bool {
    let whole = head.text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let lines: Vec<&str> = whole.lines().take(20).collect();
    let lines = if lines.is_empty() { vec![head.first_line()] } else { lines };
    lines.iter().all(|line| is(&line.split(',').collect::<Vec<_>>()))
}

fn recognise(head: &Head) -> Option<String> {
    let why = if shape(head, is_reading) {
        "no header; seconds in steps of 300, an anonymous machine and three percentages"
    } else if shape(head, is_machine) {
        "no header; anonymous machine, subscription and deployment, then its life and size"
    } else if shape(head, is_group) {
        "no header; an anonymous identity and a few numbers"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// The fields as declared (`timestamp,vm id,min cpu,max cpu,avg cpu`, in any order), or as documented.
fn fields(input: &Input, options: &Options) -> Result<Fields, Vec<Problem>> {
    let Some(names) = &options.columns else { return Ok(DOCUMENTED) };
    let find = |words: &[&str]| names.iter().position(|name| words.iter().any(|word| name.to_ascii_lowercase().contains(word)));
    let found = (
        find(&["time", "second"]),
        find(&["vm", "machine", "id"]),
        find(&["min"]),
        find(&["max"]),
        find(&["avg", "mean", "average"]),
    );
    let (Some(time), Some(machine), Some(min), Some(max), Some(avg)) = found else {
        let message = format!("saw the columns {}, expected a time, a vm, and min, max, avg", names.join(","));
        let problem = input.problem("ingest/needs-columns", message);
        return Err(vec![problem.help("try --columns \"timestamp,vm id,min cpu,max cpu,avg cpu\"")]);
    };
    Ok(Fields { time, machine, values: [min, max, avg] })
}

fn refused(input: &Input, options: &Options, machines: bool) -> Result<(), Vec<Problem>> {
    let (mut records, mut record, mut count) = (Records::open(input, options, b',')?, ByteRecord::new(), 0_u64);
    while records.next(&mut record)?.is_some() {
        count += 1;
    }
    let message = if machines {
        format!(
            "saw a table of {count} machines (life span, cores, memory, a summary of CPU), not time series; it could serve as an \
             inventory of {count} machines"
        )
    } else {
        format!("saw a table of {count} subscriptions or deployments, not time series")
    };
    let problem = input.problem("ingest/not-a-series", message);
    Err(vec![problem.help("try the files of CPU readings of the same trace (vm_cpu_readings-file-*.csv.gz)")])
}

fn read(input: &Input, options: &Options, reading: &mut Reading<'_>) -> Result<(), Vec<Problem>> {
    let head = input.head()?;
    if options.columns.is_none() && !shape(&head, is_reading) && (shape(&head, is_machine) || shape(&head, is_group)) {
        return refused(input, options, shape(&head, is_machine));
    }
    let Some(origin) = options.origin else {
        let message = "saw seconds since the start of the trace, expected the instant of its start to be declared";
        return Err(vec![
            input.problem("ingest/needs-origin", message).help("try --origin 2016-11-16T00:00:00Z, or any instant"),
        ]);
    };
    let fields = fields(input, options)?;
    for (name, role) in
        [("timestamp", "time, relative"), ("vm id", "entity"), ("min cpu", "value"), ("max cpu", "value"), ("avg cpu", "value")]
    {
        reading.columns.push((name.to_owned(), role.to_owned()));
    }
    let mut records = Records::open(input, options, b',')?;
    let (mut record, mut faults, mut clock) = (ByteRecord::new(), Faults::new(input, options), Clock::new(options));
    let mut machines: BTreeMap<Vec<u8>, [usize; 3]> = BTreeMap::new();
    while let Some(line) = records.next(&mut record)? {
        let Some((seconds, values)) = row(&records, &record, fields) else {
            let seen = cut(&records.text(record.as_slice()));
            let message = format!("saw `{seen}`, expected seconds, a machine, and its min, max and avg CPU");
            faults.row("ingest/bad-row", line, message, "try --columns if the order is another", reading);
            continue;
        };
        let stamp = Stamp::Instant(origin.saturating_add(seconds.saturating_mul(NANOS)));
        let Some(at) = clock.instant(0, stamp, line, reading) else { continue };
        let machine = record.get(fields.machine).unwrap_or_default();
        let places = if let Some(places) = machines.get(machine) {
            *places
        } else {
            let places = places(&records.text(machine), reading);
            machines.insert(machine.to_vec(), places);
            places
        };
        reading.rows += 1;
        order(values, line, reading);
        for (place, value) in places.into_iter().zip(values) {
            reading.push(place, at, value, line).map_err(|problem| vec![problem])?;
        }
    }
    faults.finish(reading)
}

fn row(records: &Records<'_>, record: &ByteRecord, fields: Fields) -> Option<(i64, [Number; 3])> {
    let text = |index: usize| record.get(index).map(|field| records.text(field));
    let number = |index: usize| Number::parse(&text(index)?);
    let seconds = text(fields.time)?.parse::<f64>().ok().filter(|seconds| seconds.is_finite())? as i64;
    let [min, max, avg] = fields.values;
    text(fields.machine).filter(|machine| !machine.is_empty())?;
    Some((seconds, [number(min)?, number(max)?, number(avg)?]))
}

fn places(machine: &str, reading: &mut Reading<'_>) -> [usize; 3] {
    STATS.map(|stat| {
        let place = reading.series(Identity::named("cpu").with("vm", machine).stat(stat));
        reading.unit(place, "percent");
        reading.kind(place, Kind::Gauge);
        place
    })
}

/// An average outside of least and most tells that the columns are in another order.
fn order([min, max, avg]: [Number; 3], line: u64, reading: &mut Reading<'_>) {
    if !(min.real() <= avg.real() + 1e-6 && avg.real() <= max.real() + 1e-6) {
        reading.warn("column-order", line, || {
            "rows whose average is not between their min and max: is the order of columns right?".to_owned()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "+ZcrOp5/c/fJ6mVgP5qMZlOAGDwyjaaDNM0WoWOt2IDb47gT0UwK9lFwkPQv3C7Q";

    fn reading(text: String, options: &Options) -> Result<Reading<'static>, Vec<Problem>> {
        let (input, mut reading) = (Input::memory("t.csv", text.into()), Reading::default());
        read(&input, options, &mut reading).map(|()| reading)
    }

    #[test]
    fn relative_seconds_need_an_origin() {
        let text = format!("0,{ONE},2.0,3.9,2.8\n300,{ONE},1,2,1.5\n");
        assert_eq!(reading(text.clone(), &Options::default()).err().unwrap()[0].slug, "ingest/needs-origin");
        let options = Options { origin: Some(NANOS), ..Options::default() };
        let reading = reading(text, &options).unwrap();
        assert_eq!(reading.series[2].at, [NANOS, 301 * NANOS]);
        assert_eq!(reading.series[2].values.reals(), [2.8, 1.5]);
    }

    #[test]
    fn columns_may_be_declared_in_another_order() {
        let columns = ["vm id", "timestamp", "avg cpu", "min cpu", "max cpu"].map(str::to_owned).to_vec();
        let options = Options { origin: Some(0), columns: Some(columns), ..Options::default() };
        let reading = reading(format!("{ONE},600,5,1,9\n"), &options).unwrap();
        let values: Vec<f64> = reading.series.iter().map(|series| series.values.at(0).real()).collect();
        assert_eq!((values, reading.series[0].at[0]), (vec![1.0, 9.0, 5.0], 600 * NANOS));
        assert!(reading.findings.is_empty());
    }

    #[test]
    fn an_average_beyond_the_maximum_is_told() {
        let options = Options { origin: Some(0), ..Options::default() };
        let reading = reading(format!("300,{ONE},1,2,9\n"), &options).unwrap();
        assert_eq!(reading.findings[0].kind, "column-order");
    }
}
