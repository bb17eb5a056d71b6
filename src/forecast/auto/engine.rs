//! A batch of series forecast at once: what worked and how wide bands must be is learned from all of them.

use rayon::prelude::*;

use super::super::methods::{DriverError, DriverTable, Effect, FittedDrivers, Outlook};
use super::super::prepare::Scale;
use super::blend::{blended, loss, losses, pooled, weights};
use super::calibrate::{Factors, Held, HeldBack, learn};
use super::candidates::Method;
use super::context::context;
use super::ground::{Calendar, driven, widened};
use super::joint::{Joint, Part, Persistence, Products, quantile, score_of};
use super::tested::{Tested, beats_naive, temper};
use super::trial::{MEDIAN, Row, Trial};
use super::words::reasons;
use crate::stream::Stream;

/// A past to be forecast.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The values on a regular step, the oldest first; `None` is a gap.
    pub values: &'a [Option<f64>],
    /// Steps from its last value to the newest of the batch: series of one batch share dates.
    pub behind: usize,
    /// What drives it: pasts as long as `values`, futures over the horizon. It is taken off before any method sees the values.
    pub drivers: Option<&'a DriverTable>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Steps ahead.
    pub horizon: usize,
    /// Steps of each season that may be there; empty or 1 for none.
    pub seasons: Vec<usize>,
    /// Whether the series of a batch lived through the same dates: what one origin says of one of them it says of all.
    pub shared_dates: bool,
    /// Only these methods; `None` chooses.
    pub methods: Option<Vec<Method>>,
    /// What no quantile and no path may pass; [`Method::Saturating`] grows toward it.
    pub ceiling: Option<f64>,
}

/// The forecast of one series.
#[derive(Debug, Clone)]
pub struct OneForecast {
    /// The methods and their weights, the heaviest first.
    pub methods: Vec<(String, f64)>,
    /// Calibrated quantiles at [`super::super::methods::GRID`], a row a step.
    rows: Vec<Row>,
    /// No quantile is above it.
    ceiling: f64,
    /// Held-back points and how many of them lay inside the 80 % and 95 % bands.
    pub held: usize,
    /// Mean CRPS over held-back points.
    pub crps: f64,
    /// Why these methods, in plain words.
    pub reasons: Vec<String>,
    /// The point forecast of each step as an outside forecast states it; `None` for our own.
    pub stated: Option<Vec<f64>>,
    /// One-step errors of the combination over the past, NaN where there is none.
    pub errors: Vec<f64>,
    /// What each driver and event does to it, or why that cannot be told; empty without drivers.
    pub effects: Result<Vec<Effect>, DriverError>,
    /// Of levels: how it did on what was held back; `None` where nothing could be.
    pub(in crate::forecast) tested: Option<Tested>,
    /// Spikes cut back before fitting.
    pub(in crate::forecast) spikes: usize,
    /// Whether a yearly pattern was found.
    pub(in crate::forecast) yearly: bool,
    /// Whether methods worked on logarithms.
    pub(in crate::forecast) log: bool,
}

impl OneForecast {
    /// The median of the step `ahead` (0 the first).
    #[must_use]
    pub fn median(&self, ahead: usize) -> f64 {
        self.rows[ahead][MEDIAN]
    }

    /// The quantile of a step.
    #[must_use]
    pub fn quantile(&self, ahead: usize, probability: f64) -> f64 {
        quantile(&self.rows[ahead], probability).min(self.ceiling)
    }
}

/// The forecasts of a batch, and its joint paths.
pub struct Batch {
    /// One a past, in the order given.
    pub series: Vec<OneForecast>,
    /// The generator of joint paths.
    pub joint: Joint,
}

impl Batch {
    /// Puts an outlook made elsewhere in the place of a series' own: quantiles and point forecast as it states them, no value above the ceiling
    /// asked for. Paths keep the order that the past errors of our own methods had.
    pub fn give(&mut self, series: usize, outlook: &Outlook, name: &str, reason: String) {
        let one = &mut self.series[series];
        let steps = one.rows.len();
        one.rows = (0..steps).map(|h| outlook.quantiles_at(h).map(|value| value.min(one.ceiling))).collect();
        one.stated = Some(outlook.centre.iter().take(steps).map(|value| value.min(one.ceiling)).collect());
        one.methods = vec![(name.to_owned(), 1.0)];
        one.reasons = vec![reason];
        self.joint.give(series, one.rows.clone());
    }
}

/// A series between its trial and its forecast.
struct Combined {
    trial: Trial,
    /// Mean loss by origin and candidate.
    scores: Vec<Vec<Option<f64>>>,
    weights: Vec<f64>,
    rows: Vec<Row>,
    held: HeldBack,
    floor: f64,
    /// Steps between its last value and its end.
    gap: usize,
}

/// Forecasts a batch.
#[must_use]
pub fn forecast_batch(pasts: &[Past], settings: &Settings, stream: Stream) -> Batch {
    let trials = pasts.par_iter().map(|past| tried(past, settings, None)).collect();
    combined(trials, pasts, settings, stream)
}

/// Forecasts levels of days or weeks, which have a year and grow, over any horizon; `advance` is called as each series has been tried.
///
/// # Errors
/// What `advance` says.
pub(in crate::forecast) fn forecast_levels<E: Send>(
    pasts: &[Past],
    settings: &Settings,
    calendar: Calendar,
    stream: Stream,
    advance: impl Fn() -> Result<(), E> + Sync,
) -> Result<Batch, E> {
    let trials = pasts.par_iter().map(|past| {
        let done = tried(past, settings, Some(calendar));
        advance().map(|()| done)
    });
    Ok(combined(trials.collect::<Result<_, E>>()?, pasts, settings, stream))
}

fn combined(trials: Vec<(Trial, usize, f64)>, pasts: &[Past], settings: &Settings, stream: Stream) -> Batch {
    let (trials, ends): (Vec<Trial>, Vec<(usize, f64)>) =
        trials.into_iter().map(|(trial, gap, floor)| (trial, (gap, floor))).unzip();
    let scores: Vec<Vec<Vec<Option<f64>>>> = trials.par_iter().map(losses).collect();
    let run = pooled(&trials, &scores);
    let combined: Vec<Combined> = trials
        .into_par_iter()
        .zip(ends)
        .zip(scores)
        .map(|((trial, (gap, floor)), scores)| {
            let mut shares = weights(&trial, &scores, &run, None);
            let mut held = held_back(&trial, |origin| weights(&trial, &scores, &run, Some(origin)));
            if let Some(naive) = trial.floor().filter(|_| !beats_naive(&trial, &scores, &held)) {
                shares = (0..trial.fits.len()).map(|at| f64::from(u8::from(at == naive))).collect();
                held = held_back(&trial, |_| shares.clone());
            }
            let weights = shares;
            let rows = (0..trial.context.horizon)
                .map(|h| blended(trial.fits.iter().zip(&weights).map(|((.., rows), weight)| (*weight, &rows[h]))))
                .collect();
            Combined { trial, scores, weights, rows, held, floor, gap }
        })
        .collect();
    let held: Vec<HeldBack> = combined.iter().map(|one| one.held.clone()).collect();
    let levels = combined.iter().any(|one| one.trial.context.calendar.is_some());
    let mut factors = learn(&held, settings.horizon, settings.shared_dates, levels);
    let tested = if levels { tested(&combined, &mut factors, settings) } else { vec![None; combined.len()] };
    let mut batch = finished(&combined, &factors, pasts, settings, stream);
    batch.series.iter_mut().zip(tested).for_each(|(one, tested)| one.tested = tested);
    batch
}

fn tried(past: &Past, settings: &Settings, calendar: Option<Calendar>) -> (Trial, usize, f64) {
    let last = past.values.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let gap = past.values.len() - last;
    let values: Vec<f64> = past.values[..last].iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let floor = if values.iter().any(|value| *value < 0.0) { f64::NEG_INFINITY } else { 0.0 };
    let context = context(&values, settings, calendar, gap + settings.horizon);
    let driven = past.drivers.map(|table| driven(table, &values, &context)).transpose();
    (Trial::of(&values, context, driven), gap, floor)
}

/// The combination at each origin, with the weights that the other origins ask for.
fn held_back(trial: &Trial, weights_at: impl Fn(usize) -> Vec<f64>) -> HeldBack {
    let mut points = Vec::new();
    for (number, origin) in trial.origins.iter().enumerate() {
        let weights = weights_at(number);
        let there: Vec<(f64, &Vec<Row>)> =
            origin.stated.iter().zip(&weights).filter_map(|(rows, weight)| Some((*weight, rows.as_ref()?))).collect();
        let total: f64 = there.iter().map(|(weight, _)| weight).sum();
        if total <= 0.0 {
            continue;
        }
        for (i, (ahead, came)) in origin.ahead.iter().zip(&origin.came).enumerate() {
            let row = blended(there.iter().map(|(weight, rows)| (weight / total, &rows[i]))).map(|value| trial.scale.to(value));
            points.push(Held { origin: number, ahead: *ahead, came: trial.scale.to(*came), row });
        }
    }
    let overlaps =
        (0..trial.origins.len()).map(|out| trial.origins.iter().map(|other| trial.overlaps(other, out)).collect()).collect();
    let tiny = if trial.scale == Scale::Log { 1e-6 } else { 1e-3 * trial.context.scale };
    HeldBack { points, overlaps, origins: trial.origins.len(), tiny }
}

fn finished(combined: &[Combined], factors: &[Factors], pasts: &[Past], settings: &Settings, stream: Stream) -> Batch {
    let products: Vec<Products> = combined.par_iter().zip(factors).map(|(one, factors)| products(one, factors)).collect();
    let all = products.iter().fold(Products::default(), |sum, one| sum.with(one, 1.0));
    let n = products.len() as f64;
    let ceiling = settings.ceiling.unwrap_or(f64::INFINITY);
    let mut series = Vec::with_capacity(combined.len());
    let mut parts = Vec::with_capacity(combined.len());
    for ((one, factors), (past, products)) in combined.iter().zip(factors).zip(pasts.iter().zip(&products)) {
        let corrected = |(h, row): (usize, &Row)| one.corrected(factors, row, h + 1).map(|value| value.min(ceiling));
        let rows: Vec<Row> = one.rows.iter().enumerate().map(corrected).skip(one.gap).collect();
        let persistence =
            if n > 0.0 { products.with(&all, POOLED / n).persistence() } else { Persistence { share: 0.0, memory: 0.5 } };
        parts.push(Part {
            errors: errors(one),
            behind: past.behind + one.gap,
            persistence,
            rows: rows.clone(),
            bounds: (one.floor, ceiling),
        });
        series.push(told(one, rows, ceiling));
    }
    let season = combined.iter().map(|one| one.trial.context.season()).max().unwrap_or(1);
    Batch { series, joint: Joint::of(parts, season, settings.horizon, stream) }
}

impl Combined {
    /// A row of the combination `ahead` steps from its last value, its widths corrected on the scale of the trial.
    fn corrected(&self, factors: &Factors, row: &Row, ahead: usize) -> Row {
        let scale = self.trial.scale;
        if scale == Scale::Identity {
            let row = self.trial.limits.ended(&factors.corrected(row, ahead, self.floor));
            // at earlier origins the drivers were known: what is doubted of their future comes on top of what was learned there
            return match self.trial.doubts.get(ahead - 1) {
                Some(doubt) if *doubt > 0.0 => widened(&row, *doubt).map(|value| value.max(self.floor)),
                _ => row,
            };
        }
        let row = row.map(|value| scale.to(value.max(f64::MIN_POSITIVE)));
        factors.corrected(&row, ahead, f64::NEG_INFINITY).map(|value| scale.back(value))
    }
}

/// How each series did under widths learned without the origin that is scored; corrections that do harm there are weakened.
fn tested(combined: &[Combined], factors: &mut [Factors], settings: &Settings) -> Vec<Option<Tested>> {
    let origins = combined.iter().map(|one| one.held.origins).max().unwrap_or(0);
    let without = |origin| {
        let held: Vec<HeldBack> = combined.iter().map(|one| one.held.without(origin)).collect();
        learn(&held, settings.horizon, settings.shared_dates, true)
    };
    let others: Vec<Vec<Factors>> = (0..origins).into_par_iter().map(without).collect();
    let each = combined.iter().zip(factors).enumerate().map(|(at, (one, factors))| {
        let mut others: Vec<Factors> = others.iter().map(|of_run| of_run[at].clone()).collect();
        temper(&one.trial, &one.scores, &one.held, factors, &mut others);
        Tested::of(&one.trial, &one.scores, &one.held, &others)
    });
    each.collect()
}

/// So many average series' worth of belief that errors persist as they do over the whole run.
const POOLED: f64 = 3.0;

/// What is known of one series once its methods are weighed.
pub(super) struct Weighed<'a> {
    pub(super) methods: &'a [(String, f64)],
    pub(super) origins: usize,
    /// Mean CRPS of the combination on what was held back, and that of seasonal naive.
    pub(super) crps: f64,
    pub(super) naive: Option<f64>,
    pub(super) seasons: &'a [usize],
    pub(super) spikes: usize,
    pub(super) gap: usize,
    pub(super) effects: &'a [Effect],
    pub(super) unseen: &'a [&'a str],
}

fn told(one: &Combined, rows: Vec<Row>, ceiling: f64) -> OneForecast {
    let mut methods: Vec<(String, f64)> = one
        .trial
        .fits
        .iter()
        .zip(&one.weights)
        .filter(|(_, weight)| **weight > 0.0)
        .map(|((_, fit, _), weight)| (fit.fitted().name(), *weight))
        .collect();
    methods.sort_by(|a, b| b.1.total_cmp(&a.1));
    let held = one.held.points.len();
    let crps = one
        .held
        .points
        .iter()
        .map(|held| loss(&held.row.map(|value| one.trial.scale.back(value)), one.trial.scale.back(held.came)))
        .sum::<f64>()
        / held.max(1) as f64;
    let spikes = one.trial.spikes.iter().flatten().filter(|spike| **spike != 0.0).count();
    let (yearly, log) = (one.trial.yearly, one.trial.scale == Scale::Log);
    let naive = one.trial.naive().and_then(|at| {
        let each: Option<Vec<f64>> = one.scores.iter().map(|origin| origin[at]).collect();
        each.filter(|each| !each.is_empty()).map(|each| each.iter().sum::<f64>() / each.len() as f64)
    });
    let (origins, seasons) = (one.trial.origins.len(), &one.trial.context.seasons);
    let driven = one.trial.driven.as_ref().map_err(Clone::clone);
    let effects = driven.map(|driven| driven.as_ref().map_or_else(Vec::new, FittedDrivers::effects));
    let unseen = one.trial.driven.iter().flatten().flat_map(FittedDrivers::unseen_events).collect::<Vec<_>>();
    let known = effects.as_deref().unwrap_or_default();
    let told =
        Weighed { methods: &methods, origins, crps, naive, seasons, spikes, gap: one.gap, effects: known, unseen: &unseen };
    let reasons = reasons(&told);
    let mut errors = errors(one);
    errors.resize(errors.len() + one.gap, f64::NAN);
    OneForecast { methods, rows, ceiling, held, crps, reasons, stated: None, errors, effects, tested: None, spikes, yearly, log }
}

/// What the held-back errors of one series have in common by lag, as normal scores under the corrected bands.
fn products(one: &Combined, factors: &Factors) -> Products {
    let mut products = Products::default();
    for origin in 0..one.trial.origins.len() {
        let points: Vec<&Held> = one.held.points.iter().filter(|held| held.origin == origin).collect();
        let ahead: Vec<usize> = points.iter().map(|held| held.ahead).collect();
        let scores: Vec<f64> =
            points.iter().map(|held| score_of(&factors.corrected(&held.row, held.ahead, f64::NEG_INFINITY), held.came)).collect();
        products.add(&ahead, &scores);
    }
    products
}

/// One-step errors of the combination: the weighted mean of its methods' where all have one.
fn errors(one: &Combined) -> Vec<f64> {
    let mut sum: Vec<f64> = Vec::new();
    for ((_, fit, _), weight) in one.trial.fits.iter().zip(&one.weights).filter(|(_, weight)| **weight > 0.0) {
        let residuals = fit.fitted().residuals();
        if sum.is_empty() {
            sum = vec![0.0; residuals.len()];
        }
        sum.iter_mut().zip(residuals).for_each(|(sum, residual)| *sum += weight * residual);
    }
    if let Some(spikes) = &one.trial.spikes {
        sum.iter_mut().zip(spikes).for_each(|(sum, spike)| *sum += spike);
    }
    sum
}
