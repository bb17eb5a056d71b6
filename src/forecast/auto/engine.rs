//! A batch of series forecast at once: what worked and how wide bands must be is learned from all of them.

use rayon::prelude::*;

use super::blend::{blended, loss, losses, pooled, weights};
use super::calibrate::{Factors, Held, HeldBack, learn};
use super::candidates::Method;
use super::context::context;
use super::joint::{Joint, Part, Persistence, Products, quantile, score_of};
use super::trial::{MEDIAN, Row, Trial};
use crate::stream::Stream;

/// A past to be forecast.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The values on a regular step, the oldest first; `None` is a gap.
    pub values: &'a [Option<f64>],
    /// Steps from its last value to the newest of the batch: series of one batch share dates.
    pub behind: usize,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Steps ahead.
    pub horizon: usize,
    /// Steps of each season that may be there; empty or 1 for none.
    pub seasons: Vec<usize>,
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

/// A series between its trial and its forecast.
struct Combined {
    trial: Trial,
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
    let trials: Vec<(Trial, usize, f64)> = pasts.par_iter().map(|past| tried(past, settings)).collect();
    let (trials, ends): (Vec<Trial>, Vec<(usize, f64)>) =
        trials.into_iter().map(|(trial, gap, floor)| (trial, (gap, floor))).unzip();
    let scores: Vec<Vec<Vec<Option<f64>>>> = trials.par_iter().map(losses).collect();
    let run = pooled(&trials, &scores);
    let combined: Vec<Combined> = trials
        .into_par_iter()
        .zip(ends)
        .zip(scores)
        .map(|((trial, (gap, floor)), scores)| {
            let weights = weights(&trial, &scores, &run, None);
            let held = held_back(&trial, &scores, &run);
            let rows = (0..trial.context.horizon)
                .map(|h| blended(trial.fits.iter().zip(&weights).map(|((.., rows), weight)| (*weight, &rows[h]))))
                .collect();
            Combined { trial, weights, rows, held, floor, gap }
        })
        .collect();
    let held: Vec<HeldBack> = combined.iter().map(|one| one.held.clone()).collect();
    let factors = learn(&held, settings.horizon);
    finished(combined, &factors, pasts, settings, stream)
}

fn tried(past: &Past, settings: &Settings) -> (Trial, usize, f64) {
    let last = past.values.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let gap = past.values.len() - last;
    let values: Vec<f64> = past.values[..last].iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let floor = if values.iter().any(|value| *value < 0.0) { f64::NEG_INFINITY } else { 0.0 };
    let context = context(&values, settings, gap + settings.horizon);
    (Trial::of(&values, context), gap, floor)
}

/// The combination at each origin, with the weights that the other origins ask for.
fn held_back(trial: &Trial, scores: &[Vec<Option<f64>>], run: &[(Method, f64)]) -> HeldBack {
    let mut points = Vec::new();
    for (number, origin) in trial.origins.iter().enumerate() {
        let weights = weights(trial, scores, run, Some(number));
        let there: Vec<(f64, &Vec<Row>)> =
            origin.stated.iter().zip(&weights).filter_map(|(rows, weight)| Some((*weight, rows.as_ref()?))).collect();
        let total: f64 = there.iter().map(|(weight, _)| weight).sum();
        if total <= 0.0 {
            continue;
        }
        for (i, (ahead, came)) in origin.ahead.iter().zip(&origin.came).enumerate() {
            let row = blended(there.iter().map(|(weight, rows)| (weight / total, &rows[i])));
            points.push(Held { origin: number, ahead: *ahead, came: *came, row });
        }
    }
    let overlaps = trial.origins.iter().map(|one| trial.origins.iter().map(|other| one.overlaps(other)).collect()).collect();
    HeldBack { points, overlaps, origins: trial.origins.len(), tiny: 1e-3 * trial.context.scale }
}

fn finished(combined: Vec<Combined>, factors: &[Factors], pasts: &[Past], settings: &Settings, stream: Stream) -> Batch {
    let products: Vec<Products> = combined.iter().zip(factors).map(|(one, factors)| products(one, factors)).collect();
    let all = products.iter().fold(Products::default(), |sum, one| sum.with(one, 1.0));
    let n = products.len() as f64;
    let ceiling = settings.ceiling.unwrap_or(f64::INFINITY);
    let mut series = Vec::with_capacity(combined.len());
    let mut parts = Vec::with_capacity(combined.len());
    for ((one, factors), (past, products)) in combined.iter().zip(factors).zip(pasts.iter().zip(&products)) {
        let corrected = |(h, row): (usize, &Row)| factors.corrected(row, h + 1, one.floor).map(|value| value.min(ceiling));
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

/// So many average series' worth of belief that errors persist as they do over the whole run.
const POOLED: f64 = 3.0;

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
    let crps = one.held.points.iter().map(|held| loss(&held.row, held.came)).sum::<f64>() / held.max(1) as f64;
    OneForecast { methods, rows, ceiling, held, crps, reasons: Vec::new() }
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
