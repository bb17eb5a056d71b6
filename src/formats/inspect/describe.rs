use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::command::STORE;
use super::steps::{Step, step};
use super::{command, questions};
use crate::formats::{Finding, Options, RawSeries, Reading, Stat, files_below, parsers};
use crate::series::Severity;
use crate::source::Kind;
use crate::units::canonical;

/// Metrics told apart; the others are counted in `metrics_left_out`.
const MOST_METRICS: usize = 1_000;
/// Values of a label shown as examples, and first samples shown.
const EXAMPLES: usize = 4;

/// What stands in an input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The input.
    pub path: String,
    /// The format's name, as in `--format`.
    pub format: String,
    /// One line on what writes it.
    pub says: String,
    /// Why it was taken for that.
    pub why: String,
    /// Bytes on disk, where it is a file or folder.
    pub bytes: Option<u64>,
    /// Rows or records read; 0 where the format has none.
    pub rows: u64,
    /// Series with at least one number.
    pub series: usize,
    /// Series with markers of no value only.
    pub empty_series: usize,
    /// Numbers over all series.
    pub points: u64,
    /// Markers of no value.
    pub missing: u64,
    /// Infinite values, left out.
    pub infinite: u64,
    /// The first instant, RFC 3339, UTC.
    pub first: Option<String>,
    /// The last instant.
    pub last: Option<String>,
    /// How far apart samples are; none for a snapshot.
    pub step: Option<Step>,
    /// Whether times had no offset and no zone was declared.
    pub naive: bool,
    /// How times became instants, in words.
    pub zone: String,
    /// Columns of a table and what they were taken for.
    pub columns: Vec<Column>,
    /// Metrics by name and statistic, in the order of the input.
    pub metrics: Vec<Metric>,
    /// Metrics beyond those listed.
    pub metrics_left_out: usize,
    /// Series by unit as written; an empty word where none is stated.
    pub units: BTreeMap<String, usize>,
    /// Series by kind; an empty word where none is stated.
    pub kinds: BTreeMap<String, usize>,
    /// Series by statistic.
    pub stats: BTreeMap<String, usize>,
    /// Labels, those with most values first.
    pub labels: Vec<LabelLine>,
    /// The first samples of the first series.
    pub samples: Option<Samples>,
    /// The input says that there is more elsewhere.
    pub incomplete: Option<String>,
    /// What is odd.
    pub findings: Vec<Found>,
    /// What only the user knows, by rank.
    pub questions: Vec<QuestionLine>,
    /// The command that ingests it as it was read here; empty for a store.
    pub command: String,
    /// What a model file would say of it.
    pub source: String,
}

/// A column and its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// As in the header.
    pub name: String,
    /// What it was taken for.
    pub role: String,
}

/// All series of one metric and statistic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// As the input writes it; may be empty.
    pub name: String,
    /// The statistic: `raw`, `avg`, …
    pub stat: &'static str,
    /// How many series.
    pub series: usize,
    /// How many numbers.
    pub points: u64,
    /// The unit as written.
    pub unit: Option<String>,
    /// The base unit it is kept in.
    pub base_unit: Option<String>,
    /// `gauge`, `counter`, `delta`.
    pub kind: Option<&'static str>,
    /// The smallest value, in the unit as written.
    pub low: Option<f64>,
    /// The mean.
    pub mean: Option<f64>,
    /// The largest.
    pub high: Option<f64>,
    /// Labels whose values tell its series apart.
    pub told_apart_by: Vec<String>,
}

/// A label and its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelLine {
    /// Its name.
    pub name: String,
    /// How many values it has.
    pub distinct: usize,
    /// The first of them.
    pub examples: Vec<String>,
}

/// First samples of one series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Samples {
    /// Which one.
    pub series: String,
    /// Its samples.
    pub values: Vec<SampleLine>,
}

/// One sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleLine {
    /// RFC 3339, UTC.
    pub time: String,
    /// In the unit as written.
    pub value: f64,
}

/// Something odd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// `note` or `warning`.
    pub severity: &'static str,
    /// Its stable name.
    pub kind: String,
    /// How often.
    pub count: u64,
    /// The first lines where it stands.
    pub lines: Vec<u64>,
    /// What was seen, what was done.
    pub text: String,
}

/// Something that only the user knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuestionLine {
    /// 1 matters most.
    pub rank: u8,
    /// The question, with what is assumed.
    pub text: String,
    /// The flag that answers it; empty where none does.
    pub flag: String,
}

/// One format that can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormatLine {
    /// As in `--format`.
    pub format: &'static str,
    /// What writes it.
    pub says: &'static str,
}

/// Every format that can be read, in the order in which they are asked.
#[must_use]
pub fn formats() -> Vec<FormatLine> {
    parsers().map(|parser| FormatLine { format: parser.format, says: parser.says }).collect()
}

/// Describes what was read from a file or folder.
#[must_use]
pub fn describe(path: &Path, reading: &Reading<'_>, options: &Options) -> Inspection {
    let full = || reading.series.iter().filter(|series| !series.at.is_empty());
    let all = || full().flat_map(|series| series.at.iter().copied());
    let (metrics, metrics_left_out) = metrics(reading);
    let tally = |word: fn(&RawSeries) -> String| {
        full().fold(BTreeMap::new(), |mut counts: BTreeMap<String, usize>, series| {
            *counts.entry(word(series)).or_default() += 1;
            counts
        })
    };
    let naive = reading.findings.iter().any(|finding| finding.kind == "naive-time");
    // A store is no export: nothing ingests it again.
    let is_store = reading.format == "store";
    let other = if is_store { "a store" } else { "a table" };
    let mut inspection = Inspection {
        path: path.display().to_string(),
        format: reading.format.to_owned(),
        says: parsers().find(|parser| parser.format == reading.format).map_or(other, |parser| parser.says).to_owned(),
        why: reading.why.clone(),
        bytes: size(path),
        rows: reading.rows,
        series: full().count(),
        empty_series: reading.series.iter().filter(|series| series.at.is_empty() && series.missing > 0).count(),
        points: full().map(|series| series.at.len() as u64).sum(),
        missing: reading.series.iter().map(|series| series.missing).sum(),
        infinite: reading.series.iter().map(|series| series.infinite).sum(),
        first: all().min().map(instant),
        last: all().max().map(instant),
        step: step(&reading.series),
        naive,
        zone: zone(reading, options, naive),
        columns: reading.columns.iter().map(|(name, role)| Column { name: name.clone(), role: role.clone() }).collect(),
        metrics,
        metrics_left_out,
        units: tally(|series| series.unit.clone().unwrap_or_default()),
        kinds: tally(|series| series.kind.map_or("", kind_name).to_owned()),
        stats: tally(|series| series.id.stat.name().to_owned()),
        labels: labels(reading),
        samples: full().next().map(samples),
        incomplete: reading.incomplete.clone(),
        findings: findings(reading),
        questions: Vec::new(),
        command: String::new(),
        source: String::new(),
    };
    inspection.questions = questions::questions(&inspection, reading, options);
    if !is_store {
        inspection.command = command::command(path, &inspection, options);
    }
    inspection.source = command::source(&inspection, if is_store { &inspection.path } else { STORE });
    inspection
}

/// The name of a kind in flags and model files.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
        Kind::Delta => "delta",
        Kind::Event => "event",
    }
}

fn size(path: &Path) -> Option<u64> {
    let of = |path: &Path| std::fs::metadata(path).ok().map(|metadata| metadata.len());
    if path.is_dir() { files_below(path).ok()?.iter().map(|file| of(file)).sum() } else { of(path) }
}

/// RFC 3339, UTC.
fn instant(nanos: i64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(nanos)).map_or_else(|_| nanos.to_string(), |at| at.to_string())
}

fn zone(reading: &Reading<'_>, options: &Options, naive: bool) -> String {
    let named = reading.findings.iter().find(|finding| ["named-zone", "zone-by-bias"].contains(&finding.kind));
    match (&options.zone, named) {
        (Some(zone), _) => format!("times without an offset are in {}, as declared", zone.name()),
        (None, Some(finding)) => finding.text.clone(),
        (None, None) if naive => "times have no offset: taken as UTC".to_owned(),
        (None, None) => "instants, no zone needed".to_owned(),
    }
}

fn metrics(reading: &Reading<'_>) -> (Vec<Metric>, usize) {
    let (mut places, mut found) = (BTreeMap::<(&str, Stat), usize>::new(), Vec::<Metric>::new());
    let (mut sums, mut members) = (Vec::<f64>::new(), Vec::<Vec<&RawSeries>>::new());
    let mut left_out = BTreeSet::new();
    for series in reading.series.iter().filter(|series| !series.at.is_empty()) {
        let key = (series.id.metric.as_str(), series.id.stat);
        let place = match places.get(&key) {
            Some(place) => *place,
            None if found.len() == MOST_METRICS => {
                left_out.insert(key);
                continue;
            }
            None => {
                places.insert(key, found.len());
                found.push(metric(series));
                sums.push(0.0);
                members.push(Vec::new());
                found.len() - 1
            }
        };
        let metric = &mut found[place];
        metric.series += 1;
        members[place].push(series);
        metric.points += series.at.len() as u64;
        if metric.unit != series.unit {
            (metric.unit, metric.base_unit) = (Some("various".to_owned()), None);
        }
        for value in series.values.reals() {
            metric.low = Some(metric.low.map_or(value, |low| low.min(value)));
            metric.high = Some(metric.high.map_or(value, |high| high.max(value)));
            sums[place] += value;
        }
    }
    for ((metric, sum), members) in found.iter_mut().zip(sums).zip(members) {
        metric.told_apart_by = varying(&members);
        metric.mean = Some(sum / metric.points.max(1) as f64).filter(|mean| mean.is_finite());
    }
    (found, left_out.len())
}

fn metric(series: &RawSeries) -> Metric {
    Metric {
        name: series.id.metric.clone(),
        stat: series.id.stat.name(),
        series: 0,
        points: 0,
        unit: series.unit.clone(),
        base_unit: series.unit.as_deref().map(|unit| canonical(unit).0),
        kind: series.kind.map(kind_name),
        low: None,
        mean: None,
        high: None,
        told_apart_by: Vec::new(),
    }
}

/// The labels that are not the same on all of these series; the statistic is told apart already.
fn varying(series: &[&RawSeries]) -> Vec<String> {
    let Some((first, others)) = series.split_first() else { return Vec::new() };
    let mut names = BTreeSet::new();
    for other in others {
        let both = first.id.labels.keys().chain(other.id.labels.keys());
        names.extend(both.filter(|name| first.id.labels.get(*name) != other.id.labels.get(*name)));
    }
    names.into_iter().filter(|name| *name != "stat").cloned().collect()
}

fn labels(reading: &Reading<'_>) -> Vec<LabelLine> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for series in &reading.series {
        for (name, value) in &series.id.labels {
            values.entry(name).or_default().insert(value);
        }
    }
    let line = |(name, values): (&str, BTreeSet<&str>)| LabelLine {
        name: name.to_owned(),
        distinct: values.len(),
        examples: values.iter().take(EXAMPLES).map(|value| (*value).to_owned()).collect(),
    };
    let mut lines: Vec<LabelLine> = values.into_iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.distinct));
    lines
}

fn samples(series: &RawSeries) -> Samples {
    let values = series.at.iter().zip(series.values.reals()).take(EXAMPLES);
    Samples {
        series: series.id.to_string(),
        values: values.map(|(at, value)| SampleLine { time: instant(*at), value }).collect(),
    }
}

/// Columns that are left out, all by name: the finding has the first of them.
fn left_out(reading: &Reading<'_>, finding: &Finding) -> Option<String> {
    let columns = reading.columns.iter().filter(|(_, role)| role.starts_with("left out"));
    let names: Vec<String> = columns.map(|(name, role)| format!("`{name}`{}", role.trim_start_matches("left out"))).collect();
    let all = finding.kind == "column-left-out" && finding.count > 1 && names.len() as u64 == finding.count;
    all.then(|| format!("columns are left out: {}", names.join(", ")))
}

fn findings(reading: &Reading<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = reading
        .findings
        .iter()
        .map(|finding| Found {
            severity: if finding.severity == Severity::Warning { "warning" } else { "note" },
            kind: finding.kind.to_owned(),
            count: finding.count,
            lines: finding.lines.clone(),
            text: left_out(reading, finding).unwrap_or_else(|| finding.text.clone()),
        })
        .collect();
    found.sort_by_key(|found| found.severity != "warning");
    found
}
