use std::collections::BTreeMap;

use serde::Serialize;

use super::LookedBack;
use crate::forecast::observed_levels;
use crate::forecast::scores::{carried_forward, crps_of_quantiles, seasonal_naive};
use crate::model::Statistic;
use crate::report::past::{PastRow, PastTable};
use crate::series::SeriesKey;
use crate::time::Day;

/// The bands that are scored: percentiles of their ends.
const BANDS: [(f64, f64); 3] = [(0.25, 0.75), (0.1, 0.9), (0.025, 0.975)];
/// Days of the season that the naive forecast repeats: the week. Where levels are weekly, it repeats the last level.
const WEEK: usize = 7;

/// How one forecast did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DemandScore {
    /// The pool.
    pub pool: String,
    /// The resource.
    pub resource: String,
    /// The unit of the errors.
    pub unit: String,
    /// Levels that came and were forecast.
    pub points: u32,
    /// How many of them lay inside the 50, 80 and 95 % bands.
    pub inside: [u32; 3],
    /// Mean CRPS of the forecast, from its percentiles.
    pub crps: f64,
    /// The same of seasonal naive, one number a level: its mean absolute error. `None` without any history before.
    pub naive_crps: Option<f64>,
    /// Mean of what came less the forecast's median.
    pub median_error: f64,
}

/// One forecast level: its first day and its percentiles.
struct Ahead {
    day: Day,
    quantiles: Vec<f64>,
}

pub(super) fn demands(run: &LookedBack<'_>) -> Vec<DemandScore> {
    let forecasts = PastTable::of(run.report, "forecasts");
    let probabilities = percentiles(&forecasts);
    let mut each: BTreeMap<(String, String, String), Vec<Ahead>> = BTreeMap::new();
    for row in forecasts.rows() {
        let quantiles: Option<Vec<f64>> = probabilities.iter().map(|(name, _)| row.number(name)).collect();
        if let (Some(day), Some(quantiles)) = (row.day("day"), quantiles) {
            let key = ["pool", "resource", "unit"].map(|column| PastRow::text(&row, column).to_owned());
            each.entry(key.into()).or_default().push(Ahead { day, quantiles });
        }
    }
    let probabilities: Vec<f64> = probabilities.into_iter().map(|(_, p)| p).collect();
    each.into_iter()
        .filter_map(|((pool, resource, unit), ahead)| one(run, &probabilities, (pool, resource, unit), &ahead))
        .collect()
}

/// The columns `p1`, `p2.5`, … and their probabilities, rising.
fn percentiles(forecasts: &PastTable<'_>) -> Vec<(String, f64)> {
    let percent = |name: &str| name.strip_prefix('p')?.parse::<f64>().ok();
    let names = forecasts.names().iter().filter_map(|name| Some(((*name).to_owned(), percent(name)? / 100.0)));
    let mut found: Vec<(String, f64)> = names.collect();
    found.sort_by(|a, b| a.1.total_cmp(&b.1));
    found
}

fn one(
    run: &LookedBack<'_>,
    probabilities: &[f64],
    (pool, resource, unit): (String, String, String),
    ahead: &[Ahead],
) -> Option<DemandScore> {
    let key = SeriesKey::demand(&pool, &resource);
    let statistic = statistic_of(run, &pool, &resource)?;
    let levels: BTreeMap<Day, f64> =
        observed_levels(run.panel, &key, statistic, run.until, &run.model.zone).into_iter().collect();
    let step = ahead.windows(2).map(|pair| pair[1].day.since(pair[0].day)).min().unwrap_or(1).max(1);
    let naive = naive(&levels, run.as_of, step, ahead.len());
    let at = |p: f64| probabilities.iter().position(|one| (one - p).abs() < 1e-9);
    let (mut points, mut inside, mut crps, mut off, mut error) = (0_u32, [0; 3], 0.0, 0.0, 0.0);
    for (i, step_ahead) in ahead.iter().enumerate() {
        let last = step_ahead.day.plus(step - 1);
        let Some(came) = level_of(&levels, step_ahead.day, last, statistic).filter(|_| last <= run.until) else { continue };
        points += 1;
        for (band, (low, high)) in inside.iter_mut().zip(BANDS) {
            let (Some(low), Some(high)) = (at(low), at(high)) else { continue };
            *band += u32::from((step_ahead.quantiles[low]..=step_ahead.quantiles[high]).contains(&came));
        }
        crps += crps_of_quantiles(probabilities, &step_ahead.quantiles, came);
        off += naive.get(i).map_or(0.0, |stated| (came - stated).abs());
        error += at(0.5).map_or(0.0, |middle| came - step_ahead.quantiles[middle]);
    }
    let n = f64::from(points);
    let naive_crps = (!naive.is_empty()).then_some(off / n);
    (points > 0).then(|| DemandScore {
        pool,
        resource,
        unit,
        points,
        inside,
        crps: crps / n,
        naive_crps,
        median_error: error / n,
    })
}

pub(super) fn statistic_of(run: &LookedBack<'_>, pool: &str, resource: &str) -> Option<Statistic> {
    let pool = run.model.pools.iter().find(|one| one.name == pool)?;
    Some(pool.demands.iter().find(|demand| demand.resource == resource)?.statistic)
}

/// The level of days `first..=last` that were observed.
fn level_of(levels: &BTreeMap<Day, f64>, first: Day, last: Day, statistic: Statistic) -> Option<f64> {
    let seen: Vec<f64> = levels.range(first..=last).map(|(_, level)| *level).collect();
    match statistic {
        _ if seen.is_empty() => None,
        Statistic::Mean => Some(seen.iter().sum::<f64>() / seen.len() as f64),
        _ => seen.into_iter().reduce(f64::max),
    }
}

/// The last week again and again; by the week the last level. Gaps are filled with what came before them.
fn naive(levels: &BTreeMap<Day, f64>, as_of: Day, step: i32, steps: usize) -> Vec<f64> {
    let Some((first, _)) = levels.first_key_value() else { return Vec::new() };
    let known = as_of.since(*first) + 1;
    if step > 1 {
        let last = levels.range(..=as_of).next_back().map(|(_, level)| *level);
        return last.map_or_else(Vec::new, |last| vec![last; steps]);
    }
    let past: Vec<Option<f64>> = (0..known.max(0)).map(|i| levels.get(&first.plus(i)).copied()).collect();
    seasonal_naive(&carried_forward(&past), WEEK, steps)
}
