use super::analysis::{Dates, Ensemble, Family, Scratch, Weather};
use super::backtest::trial;
use super::bands::learn;
use super::joint::Blocks;
use super::{Choice, Error, History, Prepared};
use crate::paths::Backtest;
use crate::stats::percentile_of_sorted;
use crate::stream::Stream;

/// Fewest values that say anything about a future.
const FEWEST: usize = 3;

/// The forecast of one plain series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesForecast {
    /// The forecaster in words.
    pub model: String,
    /// Steps ahead.
    pub horizon: usize,
    /// How many sample paths.
    pub paths: usize,
    /// `values[path * horizon + step]`, in the unit of the series.
    pub values: Vec<f64>,
    /// Its score; `None` when the history is too short to hold any back.
    pub backtest: Option<Backtest>,
    sorted: Vec<Vec<f64>>,
}

impl SeriesForecast {
    /// The mean of all paths at a step.
    #[must_use]
    pub fn mean(&self, step: usize) -> f64 {
        self.sorted[step].iter().sum::<f64>() / self.paths as f64
    }

    /// The quantile of all paths at a step.
    #[must_use]
    pub fn quantile(&self, step: usize, probability: f64) -> f64 {
        percentile_of_sorted(&self.sorted[step], probability).unwrap_or(f64::NAN)
    }
}

/// The history of a plain series: the season given, gaps at its end cut off.
pub(super) fn history(values: &[Option<f64>], season: usize, horizon: usize) -> Result<History, Error> {
    if let Some(at) = values.iter().position(|value| value.is_some_and(|value| !value.is_finite())) {
        return Err(Error::NotFinite { series: String::new(), position: at + 1 });
    }
    let seen = values.iter().flatten().count();
    if seen == 0 {
        return Err(Error::NoData { series: String::new(), seen: values.len(), required: FEWEST, unit: "steps" });
    }
    if seen < FEWEST {
        return Err(Error::TooShort { series: String::new(), seen, required: FEWEST, horizon, unit: "steps" });
    }
    let last = values.iter().rposition(Option::is_some).unwrap_or(0);
    let season = if values.len() >= 2 * season.max(1) { season.max(1) } else { 1 };
    let block = season.max((values.len() / 24).div_ceil(season) * season).max(1);
    let values = values[..=last].to_vec();
    Ok(History { values, season, naive_season: season, year: None, block })
}

/// Forecasts one plain series by `paths` sample paths; values may be of any sign. Negative values come only where the past has
/// some.
///
/// Values missing at the end are forecast through. Path *r* is decided by `stream.replication(r)` alone.
///
/// # Errors
/// [`Error::NotFinite`]; [`Error::NoData`] without any value; [`Error::TooShort`] under three.
pub fn series(
    values: &[Option<f64>],
    season: usize,
    horizon: usize,
    paths: usize,
    choice: Choice,
    stream: Stream,
) -> Result<SeriesForecast, Error> {
    let history = history(values, season, horizon)?;
    let gap = values.len() - history.values.len();
    let tried = trial(&history, horizon, choice, stream);
    let learned = learn(&[tried.as_ref()]).swap_remove(0);
    let chosen = tried.as_ref().map_or_else(|| Family::untried(choice), |trial| trial.chosen.clone());
    let prepared = Prepared::of(&history);
    let dates = Dates::of(&prepared);
    let fit = Ensemble::fit(&prepared, &chosen, dates, stream);
    let steps = gap + horizon;
    let centre = fit.centre(steps);
    let factors: Vec<f64> = (1..=steps).map(|ahead| learned.all.at(ahead)).collect();
    let blocks = Blocks::over(dates.count, history.season);
    let floor = if history.values.iter().flatten().any(|value| *value < 0.0) { f64::NEG_INFINITY } else { 0.0 };
    let (mut path, mut scratch) = (vec![0.0; steps], Scratch::default());
    let mut drawn = Vec::with_capacity(paths * horizon);
    for r in 0..paths {
        let weather = Weather::draw(blocks, dates.count, steps, fit.growth.len(), stream.replication(r as u32));
        fit.path(&weather.dates, fit.growth.slope(&weather.growth), &mut scratch, &mut path);
        let corrected = (gap..steps).map(|h| prepared.scale.back(centre[h] + factors[h] * (path[h] - centre[h])).max(floor));
        drawn.extend(corrected);
    }
    let sorted = (0..horizon).map(|step| {
        let mut column: Vec<f64> = (0..paths).map(|path| drawn[path * horizon + step]).collect();
        column.sort_by(f64::total_cmp);
        column
    });
    let sorted = sorted.collect();
    let backtest = tried.map(|trial| trial.report(&learned.others));
    Ok(SeriesForecast { model: fit.name(), horizon, paths, values: drawn, backtest, sorted })
}
