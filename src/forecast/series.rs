use super::auto::{Past, Settings, forecast_batch};
use super::{Choice, Error};
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

/// Forecasts one plain series by `paths` sample paths.
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
    let settings = Settings { horizon, seasons: vec![season], shared_dates: false, methods: choice.methods() };
    let batch = forecast_batch(&[Past { values, behind: 0 }], &settings, stream);
    let mut drawn = vec![0.0; paths * horizon];
    for (r, path) in drawn.chunks_mut(horizon.max(1)).enumerate() {
        batch.joint.path(0, &batch.joint.dates(r as u32), path);
    }
    let sorted = (0..horizon).map(|step| {
        let mut column: Vec<f64> = drawn.iter().skip(step).step_by(horizon).copied().collect();
        column.sort_by(f64::total_cmp);
        column
    });
    let sorted = sorted.collect();
    let names: Vec<&str> = batch.series[0].methods.iter().map(|(name, _)| name.as_str()).collect();
    Ok(SeriesForecast { model: names.join(" + "), horizon, paths, values: drawn, sorted })
}
