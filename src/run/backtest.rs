//! `plimsoll backtest`: the whole forecaster again at earlier origins, batch by batch, against what came.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::backtest_levels::tried_levels;
use super::batches::{Asked, SeriesBatch, load_all, plans, refused};
use super::beside::{Companions, Ready};
use super::directory::write_whole;
use super::drivers::Driving;
use super::hierarchy::Levelled;
use crate::error::Error;
use crate::forecast::judge::{Judged, OneJudged, Point};
use crate::forecast::scores::{carried_forward, scale, seasonal_naive};
use crate::forecast::{self};
use crate::ingest::{HeldSeries, TidyColumns, TidySeries};
use crate::observe::{Event, Observer};
use crate::report::{Cell, Chart, ChartBody, Column, Panel, Table};
use crate::stream::{Seed, Stream};

/// What to try, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestRequest {
    /// A CSV or Parquet file, one row an observation.
    pub input: PathBuf,
    /// Its columns.
    pub columns: TidyColumns,
    /// Horizon, seasons, methods.
    pub asked: Asked,
    /// What drives the series: its later values count as known at each origin.
    pub driving: Driving,
    /// A hierarchy of the series, all of whose levels are scored.
    pub levelled: Option<Levelled>,
    /// How many origins; the newest holds back one horizon.
    pub origins: usize,
    /// Steps from one origin to the next.
    pub step: usize,
    /// Coverage of the bands whose ends are scored as quantiles, in percent.
    pub levels: Vec<f64>,
    /// More quantiles that are scored, as probabilities.
    pub quantiles: Vec<f64>,
    /// The seed.
    pub seed: Seed,
    /// Bytes of rows, and as many of series, that wait in memory; what does not fit waits in temporary files.
    pub room: usize,
}

impl BacktestRequest {
    /// Probabilities whose quantiles are scored, rising.
    pub(super) fn probabilities(&self) -> Vec<f64> {
        let ends = self.levels.iter().flat_map(|level| [0.5 - level / 200.0, 0.5 + level / 200.0]);
        let mut all: Vec<f64> = ends.chain(self.quantiles.iter().copied()).map(|p| (p * 1e10).round() / 1e10).collect();
        all.sort_unstable_by(f64::total_cmp);
        all.dedup();
        all
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtested {
    /// A row a score, over all series.
    pub pooled: Table,
    /// A row a series.
    pub by_series: Table,
    /// A row a step ahead.
    pub by_step: Table,
    /// A few forecasts against what came, and the coverage by step.
    pub chart: Chart,
    /// What to tell the user.
    pub notes: Vec<String>,
}

/// Fewest values before an origin.
const FEWEST: usize = 3;

/// Forecasts every series of a file from earlier origins, and scores that.
///
/// # Errors
/// Problems of the file; series that nothing can be said of; no series long enough to hold anything back.
pub fn backtest_series(request: &BacktestRequest, observer: &dyn Observer) -> Result<Backtested, Error> {
    let with = Companions { driving: &request.driving, ahead: 0, levelled: request.levelled.as_ref(), external: None };
    let file = (request.input.as_path(), &request.columns, request.room);
    let Ready { held, drivers, levels, most_seen, mut notes, .. } = Ready::read(file, &request.asked, with, observer)?;
    let probabilities = request.probabilities();
    let mut seen = Seen {
        judged: Judged::new(&probabilities, request.asked.horizon),
        rows: Vec::new(),
        short: Vec::new(),
        panels: BTreeMap::new(),
        drawn: drawn(&held)?,
    };
    let stage = "backtest";
    observer.on(&Event::Started { stage, work: (held.len() * request.origins) as u64 });
    let plans = plans(held.places(), held.style.form, &request.asked);
    if let (Some(levels), Some(levelled)) = (&levels, &request.levelled) {
        let mut read = Vec::new();
        let batches = load_all(&plans, &held, &drivers, &mut read)?;
        for (id, tried) in tried_levels(request, (levelled, levels), &batches, &mut seen, observer)? {
            seen.add(id, tried);
        }
    } else {
        for plan in &plans {
            let mut read = Vec::new();
            let batch = plan.load(&held, Some(&drivers), &mut read)?;
            let all = tried(request, &batch, &probabilities, &mut seen, observer)?;
            for (series, tried) in batch.series.iter().zip(all) {
                seen.add(series.id.clone(), tried);
            }
        }
    }
    observer.on(&Event::Finished { stage });
    if seen.rows.is_empty() {
        let (series, horizon) = ("every series".to_owned(), request.asked.horizon);
        let (seen, required, unit) = (most_seen, horizon + FEWEST, "steps");
        let carries = seen.checked_sub(FEWEST).filter(|most| *most > 0);
        return Err(forecast::Error::TooShort { series, seen, required, horizon, since: 0, carries, unit }.into());
    }
    if !seen.short.is_empty() {
        let (count, names) = (seen.short.len(), seen.short[..seen.short.len().min(3)].join(", "));
        notes.push(format!("warning: {count} series are too short to hold {} steps back: {names}", request.asked.horizon));
    }
    Ok(told(request, &seen, notes))
}

/// What was seen so far.
pub(super) struct Seen {
    judged: Judged,
    rows: Vec<(String, usize, usize, OneJudged)>,
    short: Vec<String>,
    pub(super) panels: BTreeMap<String, Panel>,
    drawn: BTreeSet<String>,
}

impl Seen {
    fn add(&mut self, id: String, (points, origins): Tried) {
        if points.is_empty() {
            self.short.push(id);
        } else {
            let one = self.judged.add(&points);
            self.rows.push((id, origins, points.len(), one));
        }
    }
}

/// Three series from over the file.
fn drawn(held: &HeldSeries) -> Result<BTreeSet<String>, Error> {
    let n = held.len();
    let wanted = [1, 3, 5].map(|sixth| sixth * n / 6);
    let (mut at, mut drawn) = (0, BTreeSet::new());
    let mut take = |one: &TidySeries| {
        if wanted.contains(&at) {
            drawn.insert(one.id.clone());
        }
        at += 1;
    };
    held.each(&mut take).map_err(Error::Problems)?;
    Ok(drawn)
}

/// The points of a series over all origins, and how many origins it had.
pub(super) type Tried = (Vec<Point>, usize);

/// Tries each series of a batch.
fn tried(
    request: &BacktestRequest,
    batch: &SeriesBatch<'_>,
    probabilities: &[f64],
    seen: &mut Seen,
    observer: &dyn Observer,
) -> Result<Vec<Tried>, Error> {
    let stream = Stream::root(request.seed).named("series");
    let mut all: Vec<Tried> = vec![(Vec::new(), 0); batch.series.len()];
    for origin in 0..request.origins {
        if observer.interrupted() {
            return Err(forecast::Error::Interrupted.into());
        }
        let cut = request.asked.horizon + origin * request.step;
        let places: Vec<usize> = (0..batch.series.len()).filter(|at| reaches(batch.series[*at], cut)).collect();
        let some = SeriesBatch {
            series: places.iter().map(|at| batch.series[*at]).collect(),
            seasons: batch.seasons.clone(),
            dated: batch.dated,
            drivers: batch.drivers,
        };
        let lengths: Vec<usize> = some.series.iter().map(|series| series.values.len() - cut).collect();
        let forecast = some.forecast(&lengths, &request.asked, stream);
        for ((place, length), one) in places.iter().zip(lengths).zip(&forecast.series) {
            let series = batch.series[*place];
            if let Some(error) = refused(series, one, request.asked.horizon) {
                return Err(error.into());
            }
            let (wanted, quantile) = ((request.asked.horizon, probabilities), |step: usize, p: f64| one.quantile(step, p));
            let points = points(series, length, batch.season(), wanted, |step| one.median(step), quantile);
            if points.is_empty() {
                continue;
            }
            if origin == 0 && seen.drawn.contains(&series.id) {
                let panel = panel(series, length, request.asked.horizon, |step| one.median(step), quantile);
                seen.panels.insert(series.id.clone(), panel);
            }
            all[*place].0.extend(points);
            all[*place].1 += 1;
        }
        observer.on(&Event::Advanced { stage: "backtest", parts: batch.series.len() as u64 });
    }
    Ok(all)
}

pub(super) fn reaches(series: &TidySeries, cut: usize) -> bool {
    series.values.len().checked_sub(cut).is_some_and(|length| series.values[..length].iter().flatten().count() >= FEWEST)
}

/// What was said from the first `length` values of a series, against what came.
pub(super) fn points(
    series: &TidySeries,
    length: usize,
    season: usize,
    (horizon, probabilities): (usize, &[f64]),
    stated: impl Fn(usize) -> f64,
    quantile: impl Fn(usize, f64) -> f64,
) -> Vec<Point> {
    let past = carried_forward(&series.values[..length]);
    let (scale, naive) = (scale(&past, season), seasonal_naive(&past, season, horizon));
    let came = series.values[length..].iter().take(horizon).enumerate();
    let seen = came.filter_map(|(step, came)| {
        let both = (stated(step), naive[step]);
        Some(Point::of((step + 1, (*came)?), both, scale, probabilities, |p| quantile(step, p)))
    });
    seen.collect()
}

/// A picture of what was said from the first `length` values of a series.
pub(super) fn panel(
    series: &TidySeries,
    length: usize,
    horizon: usize,
    median: impl Fn(usize) -> f64,
    quantile: impl Fn(usize, f64) -> f64,
) -> Panel {
    let from = length.saturating_sub((2 * horizon).max(24));
    let band = |level: f64| {
        let quantiles = |p: f64| (0..horizon).map(|step| quantile(step, p)).collect();
        (level, quantiles(0.5 - level / 2.0), quantiles(0.5 + level / 2.0))
    };
    Panel {
        name: series.id.clone(),
        past: series.values[from..length].to_vec(),
        came: series.values[length..].iter().take(horizon).copied().collect(),
        median: (0..horizon).map(median).collect(),
        bands: vec![band(0.95), band(0.8)],
        steps: Vec::new(),
        ends: None,
    }
}

fn cell(value: Option<f64>) -> Cell {
    value.filter(|value| value.is_finite()).map_or(Cell::Missing, Cell::Number)
}

fn told(request: &BacktestRequest, seen: &Seen, notes: Vec<String>) -> Backtested {
    Backtested {
        pooled: pooled(request, seen),
        by_series: by_series(seen),
        by_step: by_step(&seen.judged),
        chart: chart(request, seen),
        notes,
    }
}

fn pooled(request: &BacktestRequest, seen: &Seen) -> Table {
    let plain = |name: &str| Column::new(name, name, "");
    let rows = seen.judged.scores.iter().zip(&seen.judged.pooled).map(|(score, [ours, naive])| {
        let (ours, naive) = (ours.mean(), naive.mean());
        let relative = ours.zip(naive).and_then(|(ours, naive)| (naive.value > 0.0).then(|| ours.value / naive.value));
        vec![
            Cell::Text(score.name()),
            cell(ours.map(|mean| mean.value)),
            cell(ours.and_then(|mean| mean.standard_error)),
            cell(naive.map(|mean| mean.value)),
            cell(relative),
            ours.map_or(Cell::Missing, |mean| Cell::Integer(mean.parts as i64)),
        ]
    });
    let points: usize = seen.rows.iter().map(|row| row.2).sum();
    let (series, horizon, origins) = (seen.rows.len(), request.asked.horizon, origins(request));
    Table {
        id: "backtest".to_owned(),
        title: format!("Back-test: {series} series, {origins}, {horizon} steps ahead, {points} points"),
        columns: ["score", "value", "standard_error", "seasonal_naive", "relative", "series"].map(plain).to_vec(),
        rows: rows.collect(),
    }
}

fn origins(request: &BacktestRequest) -> String {
    if request.origins == 1 { "one origin".to_owned() } else { format!("up to {} origins", request.origins) }
}

fn by_series(seen: &Seen) -> Table {
    let plain = |name: &str| Column::new(name, name, "");
    let mut columns = ["unique_id", "origins", "points"].map(plain).to_vec();
    columns.extend(seen.judged.scores.iter().map(|score| plain(&score.name())));
    columns.extend(["seasonal_naive_mase", "relative_error"].map(plain));
    let rows = seen.rows.iter().map(|(id, origins, points, one)| {
        let mut row = vec![Cell::Text(id.clone()), Cell::Integer(*origins as i64), Cell::Integer(*points as i64)];
        row.extend(one.ours.iter().map(|value| cell(*value)));
        let relative = one.ours[0].zip(one.naive[0]).map(|(ours, naive)| ours / naive);
        row.extend([cell(one.naive[0]), cell(relative)]);
        row
    });
    Table { id: "backtest-series".to_owned(), title: "By series".to_owned(), columns, rows: rows.collect() }
}

fn by_step(judged: &Judged) -> Table {
    let mut columns = vec![Column::new("ahead", "ahead", ""), Column::new("series", "series", "")];
    for score in &judged.scores {
        let name = score.name();
        columns.extend([Column::new(&name, &name, ""), Column::new(&format!("{name}_se"), &format!("{name}_se"), "")]);
    }
    columns.push(Column::new("seasonal_naive_mase", "seasonal_naive_mase", ""));
    let rows = judged.steps.iter().enumerate().map(|(step, tallies)| {
        let series = tallies.iter().filter_map(|[ours, _]| ours.mean().map(|mean| mean.parts)).max().unwrap_or(0);
        let mut row = vec![Cell::Integer(step as i64 + 1), Cell::Integer(series as i64)];
        for [ours, _] in tallies {
            row.extend([cell(ours.mean().map(|mean| mean.value)), cell(ours.mean().and_then(|mean| mean.standard_error))]);
        }
        row.push(cell(tallies[0][1].mean().map(|mean| mean.value)));
        row
    });
    Table { id: "backtest-steps".to_owned(), title: "By step ahead".to_owned(), columns, rows: rows.collect() }
}

fn chart(request: &BacktestRequest, seen: &Seen) -> Chart {
    let of = |wanted: &str, tallies: &[[crate::forecast::judge::Tally; 2]], which: usize| {
        let at = seen.judged.scores.iter().position(|score| score.name() == wanted)?;
        tallies[at][which].mean().map(|mean| mean.value)
    };
    let pooled = |wanted: &str| of(wanted, &seen.judged.pooled, 0);
    let inside = |wanted: &str| pooled(wanted).map_or_else(|| "–".to_owned(), |share| format!("{share:.0} %"));
    let bands = format!("80 % bands hold {} and 95 % bands {} of what came", inside("coverage_80"), inside("coverage_95"));
    let title = match pooled("wape").zip(of("wape", &seen.judged.pooled, 1)) {
        Some((ours, naive)) if naive > 0.0 => {
            format!("The error is {:.2} times that of the seasonal naive forecast; {bands}", ours / naive)
        }
        _ => bands,
    };
    let coverage = seen.judged.steps.iter().enumerate().filter_map(|(step, tallies)| {
        let [narrow, wide] = ["coverage_80", "coverage_95"].map(|wanted| of(wanted, tallies, 0));
        Some((step as u32 + 1, narrow? / 100.0, wide? / 100.0))
    });
    let (series, horizon) = (seen.rows.len(), request.asked.horizon);
    Chart {
        id: "backtest".to_owned(),
        title,
        subtitle: format!(
            "Above: three of {series} series, the newest origin, {horizon} steps: what came (dark), median and 80 and 95 % bands (blue). \
             Below: share of what came inside the bands, by step ahead, over all series and {}.",
            origins(request)
        ),
        footer: format!("plimsoll backtest, {}, seed {}", request.input.display(), request.seed.0),
        pool: None,
        body: ChartBody::Backtest { panels: seen.panels.values().cloned().collect(), coverage: coverage.collect() },
    }
}

/// Writes a chart as SVG, or as PNG where its path ends so.
///
/// # Errors
/// When it cannot be drawn or written.
pub fn write_chart(path: &Path, chart: &Chart) -> Result<(), Error> {
    let drawing = crate::render::svg(chart);
    if path.extension().is_some_and(|ending| ending == "png") {
        let pixels = crate::render::png(&drawing, 2.0)
            .map_err(|reason| Error::Render { file: path.display().to_string(), reason: reason.to_string() })?;
        return write_whole(path, &pixels);
    }
    write_whole(path, drawing.as_bytes())
}
