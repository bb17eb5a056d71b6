//! Demand without a history: a level, a growth and their spread as the model file states them.

use rayon::prelude::*;

use super::sample::summed_up;
use super::{Forecasts, Options};
use crate::model::{Model, Place};
use crate::paths::{Forecast, HOURS, HourProfile, PathSeries, SamplePaths};
use crate::portable::{exp, ln, ln_1p};
use crate::series::SeriesKey;
use crate::stream::{Address, Stream};

const YEAR: f64 = 365.25;

/// Where the numbers of one stated demand stand among the uncertain numbers of the model.
struct Stated {
    key: SeriesKey,
    hours: Vec<f64>,
    level: usize,
    growth: Option<usize>,
    volatility: Option<usize>,
    noise: Option<usize>,
}

/// The demands that a model states, in the order of their keys.
fn all(model: &Model) -> Vec<Stated> {
    let at = |wanted: &Place| model.uncertain.iter().position(|number| number.place == *wanted);
    let of = |(level, place): (usize, &Place)| {
        let Place::Level { pool, resource, hours } = place else { return None };
        let (pool, resource) = (pool.clone(), resource.clone());
        Some(Stated {
            key: SeriesKey::demand(&pool, &resource),
            hours: hours.clone(),
            level,
            growth: at(&Place::Growth { pool: pool.clone(), resource: resource.clone() }),
            volatility: at(&Place::Volatility { pool: pool.clone(), resource: resource.clone() }),
            noise: at(&Place::Noise { pool, resource }),
        })
    };
    let mut all: Vec<Stated> = model.uncertain.iter().map(|number| &number.place).enumerate().filter_map(of).collect();
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

impl Stated {
    /// ln level + ln(1 + growth) t + volatility W(t) + noise Z, t in years, W a Brownian motion, Z anew each step.
    fn path(&self, numbers: &[f64], stream: Stream, step_days: f64, row: &mut [f64]) {
        let number = |place: Option<usize>| place.map_or(0.0, |place| numbers[place]);
        let (pace, volatility, noise) = (ln_1p(number(self.growth).max(-0.99)), number(self.volatility), number(self.noise));
        let start = ln(numbers[self.level].max(f64::MIN_POSITIVE));
        let mut rng = stream.at(Address::of(&self.key.to_string())).rng();
        let (years, mut wandered) = (step_days / YEAR, 0.0);
        for (step, value) in row.iter_mut().enumerate() {
            if step > 0 {
                wandered += volatility * years.sqrt() * rng.normal();
            }
            *value = exp(start + pace * years * step as f64 + wandered + noise * rng.normal());
        }
    }
}

/// Adds the demands that the model states to those that were forecast from history; alone where there are none of these.
///
/// Path *r* has the numbers that `drawn` gives for replication *r*, in the order of the model's uncertain numbers: those that the
/// simulation meets. The level on the first day is as drawn; it grows by (1 + growth) a year, wanders by `volatility` (standard
/// deviation of its logarithm after a year, a geometric Brownian motion whose median grows), and each day is off by `noise`.
#[must_use]
pub fn with_stated(
    forecast: Option<Forecasts>,
    model: &Model,
    options: &Options,
    drawn: &(dyn Fn(u32) -> Vec<f64> + Sync),
    stream: Stream,
) -> Forecasts {
    let all = all(model);
    let (step_days, steps) =
        forecast.as_ref().map_or((1, options.horizon_days as usize), |held| (held.paths.step_days, held.paths.steps));
    let mut values = vec![0.0; options.paths * all.len() * steps];
    let stream = stream.named("stated demand");
    values.par_chunks_mut((all.len() * steps).max(1)).enumerate().for_each(|(r, rows)| {
        let (numbers, stream) = (drawn(r as u32), stream.replication(r as u32));
        for (one, row) in all.iter().zip(rows.chunks_mut(steps)) {
            one.path(&numbers, stream, f64::from(step_days), row);
        }
    });
    let days = forecast.as_ref().and_then(|held| held.paths.series.first()).map_or(1, |series| series.profile.days.len());
    let series = all.iter().map(|one| PathSeries {
        key: one.key.clone(),
        unit: model.resources.get(&one.key.metric).cloned().unwrap_or_else(crate::units::Unit::ratio),
        profile: HourProfile { days: vec![std::array::from_fn::<f32, HOURS, _>(|hour| one.hours[hour] as f32); days] },
    });
    let paths = SamplePaths {
        start: options.as_of.plus(1),
        step_days,
        steps,
        paths: options.paths,
        zone: options.zone.clone(),
        series: series.collect(),
        profile_choice: std::array::from_fn(|_| vec![0]),
        profile_replay: None,
        values,
    };
    let told = (0..all.len()).map(|s| tell(&paths, s)).collect();
    let stated = Forecasts { series: told, paths };
    match forecast {
        Some(held) => joined(&held, &stated),
        None => stated,
    }
}

fn tell(paths: &SamplePaths, s: usize) -> Forecast {
    let (quantiles, mean) = summed_up(paths, s);
    let series = &paths.series[s];
    Forecast {
        key: series.key.clone(),
        unit: series.unit.clone(),
        model: "the stated level and growth".to_owned(),
        reasons: vec!["there is no history: level, growth and their spread are those of the model file".to_owned()],
        start: paths.start,
        step_days: paths.step_days,
        quantiles,
        mean,
        history: Vec::new(),
        backtest: None,
    }
}

/// Both, in the order of their keys; `held` says which profile days may be drawn.
fn joined(held: &Forecasts, stated: &Forecasts) -> Forecasts {
    // (key, from the stated ones, place there)
    let keys = |of: &Forecasts, second: bool| {
        of.paths.series.iter().enumerate().map(move |(s, series)| (series.key.clone(), second, s)).collect::<Vec<_>>()
    };
    let mut order = [keys(held, false), keys(stated, true)].concat();
    order.sort_by(|a, b| a.0.cmp(&b.0));
    let of = |second: bool| if second { stated } else { held };
    let mut values = Vec::with_capacity(held.paths.values.len() + stated.paths.values.len());
    for path in 0..held.paths.paths {
        for (_, second, s) in &order {
            values.extend_from_slice(of(*second).paths.row(path).levels(*s));
        }
    }
    let series = order.iter().map(|(_, second, s)| of(*second).paths.series[*s].clone()).collect();
    let told = order.iter().map(|(_, second, s)| of(*second).series[*s].clone()).collect();
    Forecasts { series: told, paths: SamplePaths { series, values, ..held.paths.clone() } }
}

#[cfg(test)]
#[path = "stated_tests.rs"]
mod tests;
