//! Bins of every series of an input, in memory that does not grow with its rows: for exports too large to be held.
//!
//! Plain tables, which is what the largest exports are, have a way of their own that takes about a tenth of the time. It decides
//! nothing: the table's own reader first reads the first lines, and says which column is what; it then reads the first row of every
//! series, and names the series. Both have to find the same instants and values there. Whatever is not plain, the whole input
//! is read by its own reader.

mod fold;
mod keys;
mod moment;
mod number;
mod part;
mod plan;
mod scan;

use plan::Plan;
use scan::{Firsts, Scan};

pub use fold::Fold;

use super::{Finding, Input, NANOS, Options, Parser, RawSeries, Reading, Values, choose, examine, read_into};
use crate::problem::Problem;
use crate::series::Bin;
use crate::time::{Step, Timestamp};

/// Samples held at most by readers that do not fold themselves.
const MOST_HELD: usize = 1 << 20;

/// The bins of every series of an input.
pub struct Bins {
    /// The length of a bin.
    pub step: Step,
    /// The series, without samples, and what was odd.
    pub reading: Reading<'static>,
    /// Of each series: bins with their begins (nanoseconds since 1970, whole steps), ascending. A bin without samples is not there.
    pub bins: Vec<Vec<(i64, Bin)>>,
}

/// Count, mean, maximum and percentiles (type 7) of the values as they stand, for every step of every series.
///
/// Nothing is examined: what values mean, and whether they can be true, takes all samples of a series at once.
///
/// The result does not depend on the order of the rows. Of samples of one series at one instant, `options.on_duplicate` tells which one
/// counts; equal ones always count once.
///
/// # Errors
/// `ingest/*`: every problem of the input at once.
pub fn bins(input: &Input, options: &Options, step: Step) -> Result<Bins, Vec<Problem>> {
    let (parser, why) = choose(input, options)?;
    let mut fold = Fold::new(step, options.on_duplicate);
    let reading = if let Some(mut reading) = plain_table(input, options, parser, &mut fold)? {
        reading.why = why;
        reading
    } else {
        fold = fold.anew();
        by_own_reader(input, options, &mut fold)?
    };
    settled(input, options, reading, fold, step)
}

/// Folds a plain table; `None` when it is not one.
fn plain_table(
    input: &Input,
    options: &Options,
    parser: &Parser,
    fold: &mut Fold,
) -> Result<Option<Reading<'static>>, Vec<Problem>> {
    if !matches!(parser.format, "csv-long" | "csv-wide") {
        return Ok(None);
    }
    let Some(plan) = plan(input, options, parser)? else { return Ok(None) };
    let mut scan = Scan::new(&plan, options);
    let mut read = |fold: &mut Fold| -> Result<Option<()>, Vec<Problem>> { Ok(scan.read(&mut *input.open()?, fold)) };
    if read(fold)?.is_none() {
        return Ok(None);
    }
    fold.finish();
    while fold.begin_again() {
        if read(fold)?.is_none() || !fold.end_again() {
            return Err(changed(input));
        }
    }
    Ok(if scan.rows > 0 { named(input, options, parser, &plan, scan) } else { None })
}

/// The plan, from the whole lines of the first bytes.
fn plan(input: &Input, options: &Options, parser: &Parser) -> Result<Option<Plan>, Vec<Problem>> {
    let head = input.head()?;
    let Some(end) = memchr::memrchr(b'\n', &head.bytes) else { return Ok(None) };
    let first = Input::memory(&input.path().to_string_lossy(), head.bytes[..end].to_vec());
    let mut reading = Reading::default();
    let read = (parser.read)(&first, options, &mut reading);
    Ok(read.ok().filter(|()| !options.latin1).and_then(|()| Plan::of(head.text.lines().next()?, &reading)))
}

/// The series by name: the table's own reader reads the first row of each. `None` when it does not find there what was found here.
fn named(input: &Input, options: &Options, parser: &Parser, plan: &Plan, scan: Scan<'_>) -> Option<Reading<'static>> {
    let count = scan.series();
    let Scan { firsts: Firsts { text, at, values }, missing, missing_rows, missing_lines, rows, .. } = scan;
    let header = String::from_utf8_lossy(text.split(|byte| *byte == b'\n').next()?).trim_start_matches('\u{FEFF}').to_owned();
    let first = Input::memory(&input.path().to_string_lossy(), text);
    let mut reading = Reading::default();
    reading.format = parser.format;
    (parser.read)(&first, options, &mut reading).ok()?;
    if Plan::of(&header, &reading).as_ref() != Some(plan) {
        return None;
    }
    reading.declare(options);
    let same = |(number, series): (usize, &RawSeries)| {
        let (row, value) = (number / plan.values, values[number]);
        match (&series.at[..], value.is_nan()) {
            ([], true) => series.missing == 1,
            ([only], false) => *only == at[row] && series.values.at(0).real() == value && series.lines == [row as u32 + 2],
            _ => false,
        }
    };
    if reading.series.len() != count || !reading.series.iter().enumerate().all(same) {
        return None;
    }
    // What is odd about single rows has to be told of all of them. Without an offset they all are, and about missing values we know.
    let of_rows = |finding: &Finding| finding.kind != "missing" && finding.lines.iter().any(|line| *line > 1);
    if reading.findings.iter().any(of_rows) {
        return None;
    }
    reading.findings.iter_mut().filter(|finding| finding.kind == "naive-time").for_each(|finding| finding.count = rows);
    if !missing_lines.is_empty() {
        reading.note("missing", 0, || "cells without a value (blank, NaN, null): missing".to_owned());
        for finding in reading.findings.iter_mut().filter(|finding| finding.kind == "missing") {
            (finding.count, finding.lines) = (missing_rows, missing_lines.clone());
        }
    }
    reading.rows = rows;
    for (series, missing) in reading.series.iter_mut().zip(missing) {
        empty(series);
        series.missing = missing;
    }
    Some(reading)
}

/// Folds what the format's own reader reads.
fn by_own_reader(input: &Input, options: &Options, fold: &mut Fold) -> Result<Reading<'static>, Vec<Problem>> {
    let reading = once_by_own_reader(input, options, fold)?;
    fold.finish();
    while fold.begin_again() {
        once_by_own_reader(input, options, fold)?;
        if !fold.end_again() {
            return Err(changed(input));
        }
    }
    Ok(reading)
}

fn once_by_own_reader(input: &Input, options: &Options, fold: &mut Fold) -> Result<Reading<'static>, Vec<Problem>> {
    let mut spill = |all: &mut [RawSeries]| {
        for (number, series) in all.iter_mut().enumerate() {
            for (index, at) in series.at.iter().enumerate() {
                fold.push(number, *at, series.values.at(index).real());
            }
            empty(series);
        }
        Ok(())
    };
    let mut reading = Reading::passing_on(MOST_HELD, &mut spill);
    read_into(input, options, &mut reading)?;
    reading.flush().map_err(|problem| vec![problem])?;
    let mut settled = Reading::default();
    (settled.format, settled.why, settled.rows) = (reading.format, reading.why, reading.rows);
    (settled.series, settled.findings, settled.questions) = (reading.series, reading.findings, reading.questions);
    (settled.incomplete, settled.columns) = (reading.incomplete, reading.columns);
    Ok(settled)
}

/// Takes the samples away, and keeps all else.
fn empty(series: &mut RawSeries) {
    series.at.clear();
    series.lines.clear();
    series.missing_at.clear();
    match &mut series.values {
        Values::Real(values) => values.clear(),
        Values::Whole(values) => values.clear(),
    }
}

fn changed(input: &Input) -> Vec<Problem> {
    let message = "saw other rows when it was read again, expected the same ones: it is being written to";
    vec![input.problem("ingest/changed", message).help("try a copy of it")]
}

/// The result, unless samples contradict each other or a warning is not accepted.
fn settled(
    input: &Input,
    options: &Options,
    mut reading: Reading<'static>,
    fold: Fold,
    step: Step,
) -> Result<Bins, Vec<Problem>> {
    if let Some((number, at)) = fold.conflict() {
        let name = reading.series.get(number).map_or(String::new(), |series| series.id.to_string());
        let message = format!("saw two values of {name} at {}, expected one for an instant", Timestamp(at.div_euclid(NANOS)));
        let help = "try --on-duplicate first, last, max or mean (`on_duplicate` in a model file)";
        return Err(vec![input.problem("ingest/conflicting-duplicates", message).help(help)]);
    }
    reading.series.iter_mut().for_each(|series| series.values = Values::Whole(Vec::new()));
    let dropped = fold.dropped();
    if dropped > 0 {
        reading.warn("duplicate", 0, || {
            "samples of one series at one instant: equal ones count once, of others one as declared".to_owned()
        });
        reading.findings.iter_mut().filter(|finding| finding.kind == "duplicate").for_each(|finding| finding.count = dropped);
    }
    examine::strict(&reading, options, input.path())?;
    let mut bins = fold.into_bins();
    bins.resize_with(reading.series.len(), Vec::new);
    Ok(Bins { step, reading, bins })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What both ways find, without what only one of them may word.
    fn told(bins: &Bins) -> String {
        let findings: Vec<_> =
            bins.reading.findings.iter().map(|finding| (finding.kind, finding.count, &finding.lines)).collect();
        let reading = &bins.reading;
        format!(
            "{:?}",
            (reading.format, &reading.series, findings, &reading.questions, &reading.columns, reading.rows, &bins.bins)
        )
    }

    /// The bins as the plain way finds them (`None`: it leaves the input to the other), and as the format's own reader does.
    fn both(text: &str, options: &Options) -> (Option<String>, Result<String, Vec<Problem>>) {
        let input = Input::memory("fleet.csv", text.as_bytes().to_vec());
        let new = || Fold::new(Step::HOUR, options.on_duplicate);
        let (parser, why) = choose(&input, options).unwrap();
        let mut fold = new();
        let plain = plain_table(&input, options, parser, &mut fold).unwrap().map(|mut reading| {
            reading.why.clone_from(&why);
            told(&settled(&input, options, reading, fold, Step::HOUR).unwrap())
        });
        let mut fold = new();
        let own = by_own_reader(&input, options, &mut fold);
        (plain, own.and_then(|reading| settled(&input, options, reading, fold, Step::HOUR)).map(|bins| told(&bins)))
    }

    /// Six hours of two metrics of three hosts.
    fn fleet(row: impl Fn(&str, usize, &str, &str) -> String) -> String {
        let stamp = |slot: usize| format!("2026-03-0{}T{:02}:{:02}:00", 1 + slot / 36, slot / 6 % 6, slot % 6 * 10);
        let value =
            |slot: usize, host: usize, metric: usize| format!("{}.{:02}", 40 + slot * 7 % 31 + host, slot * 13 % 97 + metric);
        let rows = (0..72).flat_map(|slot| (0..6).map(move |series| (slot, series / 2, series % 2)));
        rows.map(|(slot, host, metric)| {
            row(&stamp(slot), host, ["cpu_percent", "disk_bytes"][metric], &value(slot, host, metric))
        })
        .collect()
    }

    #[test]
    fn plain_tables_give_what_their_own_reader_gives() {
        let long = |end: &str| fleet(|at, host, metric, value| format!("{at}Z,web-{host},{metric},{value}{end}"));
        let header = "time,host,metric,value\n";
        let shuffled = |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            let mixed: Vec<&str> = (0..lines.len()).map(|index| lines[index * 263 % lines.len()]).collect();
            mixed.join("\n")
        };
        let texts = [
            format!("{header}{}", long("\n")),
            format!("time,host,metric,value\r\n{}", long("\r\n")),
            format!("\u{FEFF}{header}{}", long("\n").trim_end()),
            format!("{header}{}", shuffled(&long("\n"))),
            format!("{header}{}{}", long("\n"), long("\n")),
            format!("{header}{}", fleet(|at, host, metric, value| format!("{at},\"web-{host}\",{metric},{value}\n"))),
            format!(
                "{header}{}",
                fleet(|at, host, metric, value| format!(
                    "{at}Z,web-{host},{metric},{}\n",
                    if value.len() % 2 == 1 && value < "50" { "" } else { value }
                ))
            ),
            format!(
                "value\tmetric\thost\ttime\n{}",
                fleet(|at, host, metric, value| format!("{value}\t{metric}\tweb-{host}\t{at}+02:00\n"))
            ),
            format!(
                "time,a_percent,b_bytes\n{}",
                fleet(|at, host, metric, value| if host == 0 && metric == "cpu_percent" {
                    format!("{at}Z,{value},{host}\n")
                } else {
                    String::new()
                })
            ),
        ];
        for text in texts {
            let (plain, own) = both(&text, &Options::default());
            let plain = plain.unwrap_or_else(|| panic!("left to the other: {text:.200}"));
            assert!(plain == own.unwrap(), "{text:.200}");
        }
    }
}
