//! `plimsoll forecast --input`: the forecaster alone, on the plain series of a file, batch by batch.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::batches::{Asked, SeriesBatch, load_all, plans, refused};
use super::beside::{Companions, Ready};
use super::directory::WholeFile;
use super::drivers::Driving;
use super::hierarchy::{Levelled, Reconcile};
use super::levelled::Levelling;
use crate::error::Error;
use crate::forecast::auto::{Batch, OneForecast, PathDates};
use crate::forecast::{self, mean_of_quantiles};
use crate::ingest::{StampForm, StampStyle, TidyColumns, TidySeries};
use crate::observe::{Event, Observer};
use crate::render::{Frame, FrameWriter, Values};
use crate::stream::{Seed, Stream};

/// Which point of the distribution stands in the column `mean`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The median: best under absolute error.
    Median,
    /// The mean: best under squared error, and the one that adds up over series.
    Mean,
}

/// What to forecast, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRequest {
    /// A CSV or Parquet file, one row an observation.
    pub input: PathBuf,
    /// Its columns.
    pub columns: TidyColumns,
    /// Horizon, seasons, methods.
    pub asked: Asked,
    /// What drives the series.
    pub driving: Driving,
    /// Coverage of the bands, in percent.
    pub levels: Vec<f64>,
    /// More quantiles, as probabilities.
    pub quantiles: Vec<f64>,
    /// What `mean` holds.
    pub point: Point,
    /// How many joint sample paths, and the file that they go to.
    pub paths: Option<(u32, PathBuf)>,
    /// The file that says which methods were taken, and why.
    pub explain: Option<PathBuf>,
    /// A file with a forecast made elsewhere, which is given out in the place of ours.
    pub external: Option<PathBuf>,
    /// A hierarchy of the series, all of whose levels are given out.
    pub levelled: Option<Levelled>,
    /// The seed.
    pub seed: Seed,
    /// Bytes of rows, and as many of series, that wait in memory; what does not fit waits in temporary files.
    pub room: usize,
}

impl SeriesRequest {
    /// The probability of each column of quantiles, with its name.
    pub(super) fn columns_of_quantiles(&self) -> Vec<(String, f64)> {
        let bands = self
            .levels
            .iter()
            .flat_map(|level| [(format!("lo-{level}"), 0.5 - level / 200.0), (format!("hi-{level}"), 0.5 + level / 200.0)]);
        bands.chain(self.quantiles.iter().map(|p| (format!("q-{}", percent(*p)), *p))).collect()
    }
}

/// 0.07 as 7, not 7.000000000000001.
fn percent(p: f64) -> f64 {
    (p * 1e10).round() / 1e8
}

/// Told of each batch of forecasts as a frame, in the order of the file.
pub type Sink<'a> = &'a mut dyn FnMut(&Frame) -> Result<(), Error>;

/// A table written batch by batch: CSV or Parquet by the ending of its path, whole or not at all.
pub struct TableFile {
    file: WholeFile,
    writer: FrameWriter<BufWriter<File>>,
    path: PathBuf,
}

impl TableFile {
    /// Begins it.
    ///
    /// # Errors
    /// [`Error::Output`] when it cannot be made there.
    pub fn begin(path: &Path) -> Result<Self, Error> {
        let file = WholeFile::begin(path)?;
        let writer = FrameWriter::new(BufWriter::new(file.out()?), is_parquet(path));
        Ok(Self { file, writer, path: path.to_owned() })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When they cannot be written, such as on a full disk.
    pub fn write(&mut self, frame: &Frame) -> Result<(), Error> {
        self.writer.write(frame).map_err(|reason| failed(&self.path, &reason))
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn publish(self) -> Result<(), Error> {
        self.writer.finish().map_err(|reason| failed(&self.path, &reason))?;
        self.file.publish()
    }
}

fn failed(path: &Path, reason: &crate::render::Error) -> Error {
    Error::Output { path: path.to_owned(), source: std::io::Error::other(reason.to_string()) }
}

/// Whether a path names a Parquet file.
#[must_use]
pub fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "parquet")
}

/// Forecasts every series of a file: frames `unique_id, ds, mean, lo-80, hi-80, …, q-99, model` go to `sink`, a batch at a time,
/// with times as text where `text` says so. Joint paths and explanations go to their files.
///
/// Returns what to tell the user: the methods chosen.
///
/// # Errors
/// Problems of the file; series that nothing can be said of; outputs that cannot be written. Nothing is left behind then.
pub fn forecast_series(
    request: &SeriesRequest,
    text: bool,
    sink: Sink<'_>,
    observer: &dyn Observer,
) -> Result<Vec<String>, Error> {
    let with = Companions {
        driving: &request.driving,
        ahead: request.asked.horizon,
        levelled: request.levelled.as_ref(),
        external: request.external.as_deref(),
    };
    let file = (request.input.as_path(), &request.columns, request.room);
    let Ready { held, drivers, levels, mut outside, mut notes, .. } = Ready::read(file, &request.asked, with, observer)?;
    let plans = plans(held.places(), held.style.form, &request.asked);
    let mut out = Outputs::begin(request)?;
    let stage = "forecast";
    observer.on(&Event::Started { stage, work: held.len() as u64 });
    let stream = Stream::root(request.seed).named("series");
    let mut chosen: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for plan in &plans {
        if observer.interrupted() {
            return Err(forecast::Error::Interrupted.into());
        }
        let mut read = Vec::new();
        let batch = &plan.load(&held, Some(&drivers), &mut read)?;
        let mut forecast = forecasts(batch, &request.asked, stream)?;
        if let Some(outside) = &mut outside {
            outside.replace(batch, &mut forecast, &request.asked, stream);
        }
        for one in &forecast.series {
            *chosen.entry(kind(&one.methods[0].0)).or_default() += 1;
        }
        if levels.is_some() {
            kept.push(forecast);
        } else {
            sink(&frame(request, &held.style, batch, &forecast, text))?;
            out.write(&held.style, batch, &forecast, request, observer)?;
        }
        observer.on(&Event::Advanced { stage, parts: batch.series.len() as u64 });
    }
    if let (Some(levels), Some(asked)) = (&levels, &request.levelled) {
        let mut read = Vec::new();
        let batches = &load_all(&plans, &held, &drivers, &mut read)?;
        if let Some(outside) = outside.as_ref().filter(|_| asked.reconcile != Reconcile::Sum) {
            outside.carry_errors(batches)?;
        }
        let levelling = Levelling { request, style: &held.style, levels, asked, batches };
        levelling.write(&mut kept, text, sink, &mut out, observer)?;
    }
    observer.on(&Event::Finished { stage });
    out.publish()?;
    notes.extend(outside.map(|outside| outside.told()));
    notes.push(summary(&chosen, held.len(), plans.len()));
    Ok(notes)
}

/// The files that go with the forecasts.
pub(super) struct Outputs {
    pub(super) paths: Option<TableFile>,
    pub(super) explained: Option<TableFile>,
}

impl Outputs {
    fn begin(request: &SeriesRequest) -> Result<Self, Error> {
        Ok(Self {
            paths: request.paths.as_ref().map(|(_, path)| TableFile::begin(path)).transpose()?,
            explained: request.explain.as_ref().map(|path| TableFile::begin(path)).transpose()?,
        })
    }

    /// Joint paths and explanations of a batch.
    fn write(
        &mut self,
        style: &StampStyle,
        batch: &SeriesBatch<'_>,
        forecast: &Batch,
        request: &SeriesRequest,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        if let (Some(file), Some((count, path))) = (&mut self.paths, &request.paths) {
            write_paths(style, batch, forecast, (request.asked.horizon, *count), !is_parquet(path), file, observer)?;
        }
        match &mut self.explained {
            Some(file) => file.write(&explanation(batch, forecast)),
            None => Ok(()),
        }
    }

    fn publish(self) -> Result<(), Error> {
        self.paths.into_iter().chain(self.explained).try_for_each(TableFile::publish)
    }
}

/// The forecasts of a batch from all of its values.
///
/// # Errors
/// [`forecast::Error::NoMethod`] where no method could be fitted, [`forecast::Error::Drivers`] where drivers could not.
pub fn forecasts(batch: &SeriesBatch<'_>, asked: &Asked, stream: Stream) -> Result<Batch, Error> {
    forecasts_before(batch, 0, asked, stream)
}

/// The forecasts of a batch without the last `cut` values of each series.
pub(super) fn forecasts_before(batch: &SeriesBatch<'_>, cut: usize, asked: &Asked, stream: Stream) -> Result<Batch, Error> {
    let lengths: Vec<usize> = batch.series.iter().map(|one| one.values.len() - cut).collect();
    let forecast = batch.forecast(&lengths, asked, stream);
    let failed = batch.series.iter().zip(&forecast.series).filter_map(|(series, one)| refused(series, one, asked.horizon));
    let mut failed: Vec<forecast::Error> = failed.collect();
    match failed.len() {
        0 => Ok(forecast),
        1 => Err(failed.remove(0).into()),
        _ => Err(forecast::Error::Several(failed).into()),
    }
}

/// The kind of a method: `ETS(A,Ad,A)` is an `ETS`.
fn kind(name: &str) -> String {
    name.split('(').next().unwrap_or(name).trim().to_owned()
}

fn summary(chosen: &BTreeMap<String, usize>, series: usize, batches: usize) -> String {
    let mut counts: Vec<(&String, &usize)> = chosen.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1));
    let counts: Vec<String> = counts.into_iter().map(|(name, count)| format!("{name} {count}")).collect();
    let batches = if batches > 1 { format!(" in {batches} batches") } else { String::new() };
    format!("{series} series forecast{batches}; the method of most weight: {}", counts.join(", "))
}

/// Methods with their weights, such as `ETS(A,N,A) 0.62 + seasonal naive 0.38`.
pub(super) fn model(one: &OneForecast) -> String {
    if let [(only, _)] = one.methods.as_slice() {
        return only.clone();
    }
    let each: Vec<String> = one.methods.iter().map(|(name, weight)| format!("{name} {weight:.2}")).collect();
    each.join(" + ")
}

fn frame(request: &SeriesRequest, style: &StampStyle, batch: &SeriesBatch<'_>, forecast: &Batch, text: bool) -> Frame {
    let horizon = request.asked.horizon;
    let by_row = |value: &(dyn Fn(&OneForecast, usize) -> f64 + Sync)| {
        let each: Vec<Vec<f64>> =
            forecast.series.par_iter().map(|one| (0..horizon).map(|step| value(one, step)).collect()).collect();
        Values::Number(each.into_iter().flatten().map(Some).collect())
    };
    let point: &(dyn Fn(&OneForecast, usize) -> f64 + Sync) = match request.point {
        Point::Median => &|one, step| one.stated.as_ref().map_or_else(|| one.median(step), |stated| stated[step]),
        Point::Mean => {
            &|one, step| one.stated.as_ref().map_or_else(|| mean_of_quantiles(|p| one.quantile(step, p)), |stated| stated[step])
        }
    };
    let label = |names: Vec<String>| Values::Labels {
        of: (0..names.len() as u32).flat_map(|at| std::iter::repeat_n(at, horizon)).collect(),
        names,
    };
    let mut columns = vec![
        ("unique_id".to_owned(), label(batch.series.iter().map(|one| one.id.clone()).collect())),
        ("ds".to_owned(), stamps(style, &ahead(batch, horizon), 1, text)),
        ("mean".to_owned(), by_row(point)),
    ];
    for (name, p) in request.columns_of_quantiles() {
        columns.push((name, by_row(&|one, step| one.quantile(step, p))));
    }
    columns.push(("model".to_owned(), label(forecast.series.iter().map(model).collect())));
    Frame { columns }
}

/// The times ahead of each series.
pub(super) fn ahead(batch: &SeriesBatch<'_>, horizon: usize) -> Vec<Vec<i64>> {
    let of = |one: &&TidySeries| (0..horizon).map(|step| one.stamp(one.values.len() + step)).collect();
    batch.series.iter().map(of).collect()
}

/// A column of times: those of each series so many times over.
pub(super) fn stamps(style: &StampStyle, each: &[Vec<i64>], times: usize, text: bool) -> Values {
    if text || style.text {
        let names: Vec<String> = each.iter().flatten().map(|stamp| style.text(*stamp)).collect();
        let (mut of, mut from) = (Vec::with_capacity(names.len() * times), 0);
        for stamps in each {
            let to = from + stamps.len() as u32;
            (0..times).for_each(|_| of.extend(from..to));
            from = to;
        }
        return Values::Labels { names, of };
    }
    let ticks = |stamp: &i64| match style.form {
        StampForm::Instant => style.utc(*stamp).div_euclid(1_000_000_000 / style.per_second),
        StampForm::Integer | StampForm::Date => *stamp,
    };
    let each: Vec<Vec<i64>> = each.iter().map(|stamps| stamps.iter().map(ticks).collect()).collect();
    let all = each.iter().flat_map(|stamps| (0..times).flat_map(move |_| stamps.iter().copied()));
    match style.form {
        StampForm::Integer => Values::Integer(all.collect()),
        StampForm::Date => Values::Date(all.map(|day| day as i32).collect()),
        StampForm::Instant => Values::Moment { ticks: all.collect(), per_second: style.per_second, zone: style.zone.clone() },
    }
}

/// Rows of paths that are held at once.
const ROWS_AT_ONCE: usize = 500_000;

/// Writes joint paths `unique_id, path, ds, y`, some paths of all series of the batch at a time.
fn write_paths(
    style: &StampStyle,
    batch: &SeriesBatch<'_>,
    forecast: &Batch,
    (horizon, count): (usize, u32),
    text: bool,
    file: &mut TableFile,
    observer: &dyn Observer,
) -> Result<(), Error> {
    let ahead = ahead(batch, horizon);
    let many = batch.series.len();
    let at_once = (ROWS_AT_ONCE / (many * horizon)).clamp(1, count as usize);
    let names: Vec<String> = batch.series.iter().map(|one| one.id.clone()).collect();
    for from in (0..count).step_by(at_once) {
        if observer.interrupted() {
            return Err(forecast::Error::Interrupted.into());
        }
        let to = (from + at_once as u32).min(count);
        let dates: Vec<PathDates> = (from..to).into_par_iter().map(|path| forecast.joint.dates(path)).collect();
        let values: Vec<Vec<f64>> = (0..many)
            .into_par_iter()
            .map(|series| {
                let mut values = vec![0.0; dates.len() * horizon];
                let each = values.chunks_exact_mut(horizon).zip(&dates);
                each.for_each(|(path, dates)| forecast.joint.path(series, dates, path));
                values
            })
            .collect();
        let rows = dates.len() * horizon;
        let of = (0..many as u32).flat_map(|series| std::iter::repeat_n(series, rows)).collect();
        let path = (0..many).flat_map(|_| (from..to).flat_map(|path| std::iter::repeat_n(i64::from(path), horizon)));
        let columns = vec![
            ("unique_id".to_owned(), Values::Labels { names: names.clone(), of }),
            ("path".to_owned(), Values::Integer(path.collect())),
            ("ds".to_owned(), stamps(style, &ahead, dates.len(), text)),
            ("y".to_owned(), Values::Number(values.into_iter().flatten().map(Some).collect())),
        ];
        file.write(&Frame { columns })?;
    }
    Ok(())
}

/// A row a series and method: its weight, what was held back, and why.
pub(super) fn explanation(batch: &SeriesBatch<'_>, forecast: &Batch) -> Frame {
    let seasons: Vec<String> = batch.seasons.iter().map(ToString::to_string).collect();
    let each = || {
        let both = batch.series.iter().zip(&forecast.series);
        both.flat_map(|(series, one)| one.methods.iter().map(move |method| (*series, one, method)))
    };
    let columns = vec![
        ("unique_id".to_owned(), Values::Text(each().map(|(series, ..)| series.id.clone()).collect())),
        ("method".to_owned(), Values::Text(each().map(|(.., method)| method.0.clone()).collect())),
        ("weight".to_owned(), Values::Number(each().map(|(.., method)| Some(method.1)).collect())),
        ("values".to_owned(), Values::Integer(each().map(|(series, ..)| series.seen() as i64).collect())),
        ("gaps".to_owned(), Values::Integer(each().map(|(series, ..)| (series.values.len() - series.seen()) as i64).collect())),
        ("seasons_offered".to_owned(), Values::Text(each().map(|_| seasons.join(" ")).collect())),
        ("held_back_points".to_owned(), Values::Integer(each().map(|(_, one, _)| one.held as i64).collect())),
        ("held_back_crps".to_owned(), Values::Number(each().map(|(_, one, _)| (one.held > 0).then_some(one.crps)).collect())),
        ("reasons".to_owned(), Values::Text(each().map(|(_, one, _)| one.reasons.join("; ")).collect())),
    ];
    Frame { columns }
}
