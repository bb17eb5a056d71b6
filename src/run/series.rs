//! `plimsoll forecast --input`: the forecaster alone, on the plain series of a file.

use std::path::PathBuf;

use rayon::prelude::*;

use crate::error::Error;
use crate::forecast::{self, Choice, SeriesForecast};
use crate::ingest::{TidyColumns, TidySeries, tidy};
use crate::observe::{Event, Observer};
use crate::report::{Cell, Column, Table};
use crate::stream::{Address, Seed, Stream};

/// What to forecast, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRequest {
    /// A CSV or Parquet file, one row an observation.
    pub input: PathBuf,
    /// Its columns.
    pub columns: TidyColumns,
    /// Steps ahead.
    pub horizon: usize,
    /// Steps of a season; 1 for none.
    pub season: usize,
    /// Which forecaster.
    pub choice: Choice,
    /// Coverage of the bands, in percent.
    pub levels: Vec<f64>,
    /// More quantiles, as probabilities.
    pub quantiles: Vec<f64>,
    /// Sample paths behind the bands.
    pub paths: usize,
    /// The seed.
    pub seed: Seed,
}

/// One row a series and step: `unique_id, ds, mean, lo-80, hi-80, …, q-99`, with the forecaster chosen.
///
/// # Errors
/// Problems of the file; a series too short for any forecaster.
pub fn forecast_series(request: &SeriesRequest, observer: &dyn Observer) -> Result<Table, Error> {
    let series = tidy(&request.input, &request.columns).map_err(Error::Problems)?;
    let stage = "forecast";
    observer.on(&Event::Started { stage, work: series.len() as u64 });
    let root = Stream::root(request.seed).named("series");
    let forecasts = series.par_iter().map(|one| {
        if observer.interrupted() {
            return Err(forecast::Error::Interrupted);
        }
        let stream = root.at(Address::of(&one.id));
        let done = forecast::series(&one.values, request.season, request.horizon, request.paths, request.choice, stream);
        observer.on(&Event::Advanced { stage, parts: 1 });
        done.map_err(|error| error.of_series(&one.id))
    });
    let forecasts = forecasts.collect::<Result<Vec<SeriesForecast>, _>>()?;
    observer.on(&Event::Finished { stage });
    let rows = series.iter().zip(&forecasts).flat_map(|(one, forecast)| rows(request, one, forecast));
    Ok(Table { id: "forecasts".to_owned(), title: "Forecasts".to_owned(), columns: columns(request), rows: rows.collect() })
}

fn columns(request: &SeriesRequest) -> Vec<Column> {
    let plain = |name: &str| Column::new(name, name, "");
    let mut columns = vec![plain("unique_id"), plain("ds"), plain("mean")];
    for level in &request.levels {
        columns.extend([plain(&format!("lo-{level}")), plain(&format!("hi-{level}"))]);
    }
    columns.extend(request.quantiles.iter().map(|p| plain(&format!("q-{}", p * 100.0))));
    columns.push(plain("model"));
    columns
}

fn rows(request: &SeriesRequest, series: &TidySeries, forecast: &SeriesForecast) -> Vec<Vec<Cell>> {
    let probabilities: Vec<f64> = request
        .levels
        .iter()
        .flat_map(|level| [0.5 - level / 200.0, 0.5 + level / 200.0])
        .chain(request.quantiles.iter().copied())
        .collect();
    let row = |step: usize| {
        let stamp = series.stamp(series.values.len() + step);
        let mut row = vec![Cell::Text(series.id.clone()), Cell::Text(stamp), Cell::Number(forecast.mean(step))];
        row.extend(probabilities.iter().map(|p| Cell::Number(forecast.quantile(step, *p))));
        row.push(Cell::Text(forecast.model.clone()));
        row
    };
    (0..request.horizon).map(row).collect()
}
