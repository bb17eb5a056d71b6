//! `plimsoll anomalies`: what was unusual in the series of a file, when, and by how much.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;

use super::batches::{Asked, SeriesBatch, batches};
use super::series::stamps;
use super::survey::Survey;
use crate::error::Error;
use crate::forecast;
use crate::forecast::anomaly::{Anomaly, AnomalyKind, AnomalyOptions, scan};
use crate::forecast::repair::repair;
use crate::ingest::{Tidy, TidyColumns, TidySeries, tidy};
use crate::observe::{Event, Observer};
use crate::render::{Frame, Values};
use crate::report::{Chart, ChartBody, UnusualPanel, format};

/// What to look at, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomalyRequest {
    /// A CSV or Parquet file, one row an observation.
    pub input: PathBuf,
    /// Its columns.
    pub columns: TidyColumns,
    /// Steps of each season; `None` takes those of the calendar from the step of the series.
    pub seasons: Option<Vec<usize>>,
    /// A ceiling that values cannot pass: those at it say "at least".
    pub ceiling: Option<f64>,
    /// Score from which a step is unusual.
    pub threshold: f64,
    /// Times as text, in the form of the file; otherwise in the type that its column has.
    pub text: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundAnomalies {
    /// A row a finding: `unique_id, from, to, kind, …, sentence`, with times in the form of the file.
    pub frame: Frame,
    /// How many unusual stretches; lasting changes, gaps and saturation are not counted.
    pub unusual: usize,
    /// The findings in a few sentences.
    pub summary: Vec<String>,
    /// A picture of the most unusual series.
    pub chart: Chart,
}

/// One row.
struct Finding {
    from: usize,
    /// The last step of it.
    to: usize,
    kind: &'static str,
    /// Score, value, the middle and the edges of what was usual.
    score: Option<f64>,
    value: Option<f64>,
    usual: Option<(f64, f64)>,
    /// Size and standard error of a lasting change, and their scale.
    change: Option<(f64, f64)>,
    scale: &'static str,
    sentence: String,
}

/// The findings of one series.
struct Looked<'a> {
    series: &'a TidySeries,
    findings: Vec<Finding>,
    anomalies: Vec<Anomaly>,
    changes: Vec<usize>,
    bands: Vec<(f64, f64)>,
    /// Too short for anything to be learned before it is judged.
    short: bool,
}

impl Looked<'_> {
    fn worst(&self) -> f64 {
        self.anomalies.iter().map(|one| one.score).fold(0.0, f64::max)
    }
}

/// Most panels of the picture, and sentences told.
const TOLD: usize = 5;
/// Values within this share of the ceiling are at it.
const AT: f64 = 1e-3;

fn kind(kind: AnomalyKind) -> (&'static str, &'static str) {
    match kind {
        AnomalyKind::Spike => ("spike", "a spike"),
        AnomalyKind::Dip => ("dip", "a dip"),
        AnomalyKind::LevelShift => ("level_shift", "a shift of level"),
        AnomalyKind::Dropout => ("dropout", "a dropout to zero"),
        AnomalyKind::VarianceChange => ("variance_change", "a change in the size of the noise"),
    }
}

/// Looks for unusual stretches, lasting changes, gaps and (where a ceiling is given) saturation in every series of a file.
///
/// # Errors
/// Problems of the file; a season that is longer than every series; an interrupt.
pub fn find_anomalies(request: &AnomalyRequest, observer: &dyn Observer) -> Result<FoundAnomalies, Error> {
    let tidy = tidy(&request.input, &request.columns).map_err(Error::Problems)?;
    let asked = Asked { horizon: 1, seasons: request.seasons.clone(), ..Asked::default() };
    let mut survey = Survey::new(&asked, tidy.style.form, &request.input);
    tidy.series.iter().for_each(|one| survey.see(one));
    let mut summary = survey.season_notes()?;
    if request.seasons.is_some() {
        summary.clear(); // what it tells of seasons that were asked for is about forecasts
    }
    let stage = "anomalies";
    observer.on(&Event::Started { stage, work: tidy.series.len() as u64 });
    let mut looked = Vec::with_capacity(tidy.series.len());
    for batch in batches(&tidy, &asked, None) {
        if observer.interrupted() {
            return Err(forecast::Error::Interrupted.into());
        }
        looked.par_extend(batch.series.par_iter().map(|series| look(series, &batch, &tidy, request)));
        observer.on(&Event::Advanced { stage, parts: batch.series.len() as u64 });
    }
    observer.on(&Event::Finished { stage });
    let unusual = looked.iter().map(|one| one.anomalies.len()).sum();
    summary.extend(told(&looked, request));
    Ok(FoundAnomalies { frame: frame(&looked, &tidy, request.text), unusual, summary, chart: chart(&looked, &tidy, request) })
}

fn look<'a>(series: &'a TidySeries, batch: &SeriesBatch<'_>, tidy: &Tidy, request: &AnomalyRequest) -> Looked<'a> {
    let values: Vec<f64> = series.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let options = AnomalyOptions { threshold: request.threshold, ..AnomalyOptions::default() };
    let scanned = scan(&values, &batch.seasons, options);
    let date = |step: usize| tidy.style.text(series.stamp(step));
    let mut findings: Vec<Finding> = scanned.anomalies.iter().map(|one| unusual(one, &date)).collect();
    let mut changes = Vec::new();
    if let Some(repaired) = repair(&values, &batch.seasons) {
        let scale = if repaired.cleaned.profile.log { "log" } else { "linear" };
        let sentences = repaired.sentences(date);
        let sentences = &sentences[sentences.len() - repaired.shifts.len()..];
        for (shift, sentence) in repaired.shifts.iter().zip(sentences) {
            changes.push(shift.index);
            findings.push(Finding {
                change: (shift.size != 0.0).then_some((shift.size, shift.standard_error)),
                scale,
                ..plain("lasting_change", (shift.index, shift.index), sentence.clone())
            });
        }
    }
    findings.extend(runs(&series.values, |value| value.is_none()).into_iter().map(|(from, to)| {
        let steps = to + 1 - from;
        plain("gap", (from, to), format!("{}: no value for {}.", span(from, to, &date), plural(steps, "step")))
    }));
    if let Some(ceiling) = request.ceiling {
        findings.extend(runs(&series.values, |value| at(value, ceiling)).into_iter().map(|(from, to)| {
            let said =
                format!("{}: at the ceiling of {}; demand was at least that.", span(from, to, &date), format::number(ceiling));
            Finding { value: series.values[from], ..plain("saturation", (from, to), said) }
        }));
    }
    findings.sort_by_key(|one| (one.from, one.to));
    let probation = (2 * batch.season()).max(50);
    let short = series.values.len() <= probation;
    Looked { series, findings, anomalies: scanned.anomalies, changes, bands: scanned.bands, short }
}

fn at(value: Option<f64>, ceiling: f64) -> bool {
    value.is_some_and(|value| value >= ceiling - AT * ceiling.abs())
}

fn plain(kind: &'static str, (from, to): (usize, usize), sentence: String) -> Finding {
    Finding { from, to, kind, score: None, value: None, usual: None, change: None, scale: "", sentence }
}

fn span(from: usize, to: usize, date: &impl Fn(usize) -> String) -> String {
    if from == to { date(from) } else { format!("{} to {}", date(from), date(to)) }
}

fn unusual(one: &Anomaly, date: &impl Fn(usize) -> String) -> Finding {
    let (name, words) = kind(one.kind);
    let last = one.end - 1;
    let place = if one.start == last { String::new() } else { format!(" at {}", date(one.peak)) };
    let (low, high) = one.expected;
    let sentence = format!(
        "{}: {words}; {}{place} where {} to {} is usual (score {:.1}).",
        span(one.start, last, date),
        format::number(one.value),
        format::number(low),
        format::number(high),
        one.score
    );
    let (score, value, usual) = (Some(one.score), Some(one.value), Some(one.expected));
    Finding { score, value, usual, ..plain(name, (one.start, last), sentence) }
}

/// First and last steps of the stretches of which something holds.
fn runs(values: &[Option<f64>], holds: impl Fn(Option<f64>) -> bool) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for step in (0..values.len()).filter(|step| holds(values[*step])) {
        match found.last_mut() {
            Some((_, to)) if *to + 1 == step => *to = step,
            _ => found.push((step, step)),
        }
    }
    found
}

fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {one}s", format::number(count as f64)) }
}

fn frame(looked: &[Looked<'_>], tidy: &Tidy, as_text: bool) -> Frame {
    let each = || looked.iter().flat_map(|one| one.findings.iter().map(move |finding| (one.series, finding)));
    let text = |value: &dyn Fn(&Finding) -> String| Values::Text(each().map(|(_, finding)| value(finding)).collect());
    let number = |value: &dyn Fn(&Finding) -> Option<f64>| {
        Values::Number(each().map(|(_, finding)| value(finding).filter(|value| value.is_finite())).collect())
    };
    let time = |step: &dyn Fn(&Finding) -> usize| {
        let all: Vec<i64> = each().map(|(series, finding)| series.stamp(step(finding))).collect();
        stamps(&tidy.style, &[all], 1, as_text)
    };
    let columns = vec![
        ("unique_id", Values::Text(each().map(|(series, _)| series.id.clone()).collect())),
        ("from", time(&|one| one.from)),
        ("to", time(&|one| one.to)),
        ("kind", text(&|one| one.kind.to_owned())),
        ("steps", Values::Integer(each().map(|(_, one)| (one.to + 1 - one.from) as i64).collect())),
        ("score", number(&|one| one.score)),
        ("value", number(&|one| one.value)),
        ("expected", number(&|one| one.usual.map(|(low, high)| f64::midpoint(low, high)))),
        ("low", number(&|one| one.usual.map(|band| band.0))),
        ("high", number(&|one| one.usual.map(|band| band.1))),
        ("change", number(&|one| one.change.map(|change| change.0))),
        ("change_standard_error", number(&|one| one.change.map(|change| change.1))),
        ("change_scale", text(&|one| one.scale.to_owned())),
        ("sentence", text(&|one| one.sentence.clone())),
    ];
    Frame { columns: columns.into_iter().map(|(name, values)| (name.to_owned(), values)).collect() }
}

/// What was found in a few sentences: counts first, then the most unusual.
fn told(looked: &[Looked<'_>], request: &AnomalyRequest) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in looked.iter().flat_map(|one| &one.findings) {
        *counts.entry(finding.kind).or_default() += 1;
    }
    let other = |name: &str| counts.get(name).copied().unwrap_or(0);
    let (changes, gaps) = (other("lasting_change"), other("gap"));
    let kinds: Vec<String> = counts
        .iter()
        .filter(|(name, _)| !["lasting_change", "gap", "saturation"].contains(name))
        .map(|(name, count)| plural(*count, &name.replace('_', " ")))
        .collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let (unusual, series) = unusual_of(looked);
    let mut said = vec![format!(
        "{} series looked at: {} in {series} of them{kinds}; {}, {}",
        looked.len(),
        plural(unusual, "unusual stretch").replace("stretchs", "stretches"),
        plural(changes, "lasting change"),
        plural(gaps, "gap"),
    )];
    if let Some(ceiling) = request.ceiling {
        let met = |one: &&Looked<'_>| one.series.values.iter().filter(|value| at(**value, ceiling)).count();
        let all: usize = looked.iter().map(|one| one.series.seen()).sum();
        let (some, values) =
            (looked.iter().filter(|one| met(one) > 0).count(), looked.iter().map(|one| met(&one)).sum::<usize>());
        let share = 100.0 * values as f64 / all.max(1) as f64;
        said.push(format!(
            "at the ceiling of {}: {values} of {all} values ({share:.1} %), in {some} series; demand was at least that",
            format::number(ceiling)
        ));
    }
    let short = looked.iter().filter(|one| one.short).count();
    if short > 0 {
        said.push(format!(
            "{} too short to be judged: two of the shortest season (at least 50 steps) are only learned from",
            if short == 1 { "1 series is".to_owned() } else { format!("{short} series are") }
        ));
    }
    let mut worst: Vec<(f64, &str, &Finding)> = looked
        .iter()
        .flat_map(|one| one.findings.iter().filter_map(|finding| Some((finding.score?, one.series.id.as_str(), finding))))
        .collect();
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    said.extend(worst.iter().take(TOLD).map(|(_, id, finding)| format!("{id}, {}", finding.sentence)));
    if worst.len() > TOLD {
        said.push(format!("and {} more; --output writes them all", worst.len() - TOLD));
    }
    said
}

/// How many unusual stretches, and in how many series.
fn unusual_of(looked: &[Looked<'_>]) -> (usize, usize) {
    let unusual = looked.iter().map(|one| one.anomalies.len()).sum();
    (unusual, looked.iter().filter(|one| !one.anomalies.is_empty()).count())
}

fn chart(looked: &[Looked<'_>], tidy: &Tidy, request: &AnomalyRequest) -> Chart {
    let mut order: Vec<&Looked<'_>> = looked.iter().collect();
    order.sort_by(|a, b| b.worst().total_cmp(&a.worst()));
    let (unusual, series) = unusual_of(looked);
    let worst = order.first().and_then(|one| {
        let most = one.anomalies.iter().max_by(|a, b| a.score.total_cmp(&b.score))?;
        let when = tidy.style.text(one.series.stamp(most.peak));
        Some(format!("{}, {when}: {}, {}", one.series.id, kind(most.kind).1, format::number(most.value)))
    });
    let title = match worst {
        None => format!("Nothing unusual in {}", plural(looked.len(), "series").replace("seriess", "series")),
        Some(worst) if unusual == 1 => format!("One unusual stretch in {} series. {worst}", looked.len()),
        Some(worst) => format!("{unusual} unusual stretches in {series} of {} series. The most unusual: {worst}", looked.len()),
    };
    let drawn = if series == 0 { order.len().min(3) } else { series.min(TOLD) };
    Chart {
        id: "anomalies".to_owned(),
        title,
        subtitle: "Dark: what was recorded. Blue: what would have passed as usual, by the past only. Red: unusual. \
                   Blue dashes: the level or slope changes and stays changed."
            .to_owned(),
        footer: format!("plimsoll anomalies, {}, threshold {}", request.input.display(), request.threshold),
        pool: None,
        body: ChartBody::Anomalies { panels: order.iter().take(drawn).map(|one| panel(one, tidy, request.ceiling)).collect() },
    }
}

fn panel(one: &Looked<'_>, tidy: &Tidy, ceiling: Option<f64>) -> UnusualPanel {
    let (series, n) = (one.series, one.series.values.len());
    UnusualPanel {
        name: match one.anomalies.len() {
            0 => series.id.clone(),
            count => format!("{}: {count} unusual", series.id),
        },
        values: series.values.clone(),
        usual: one.bands.iter().map(|band| (band.0.is_finite() && band.1.is_finite()).then_some(*band)).collect(),
        unusual: one.anomalies.iter().map(|one| (one.start, one.end, one.peak)).collect(),
        changes: one.changes.clone(),
        ceiling,
        ends: (tidy.style.text(series.first), tidy.style.text(series.stamp(n.saturating_sub(1)))),
    }
}
