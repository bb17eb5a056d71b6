//! Series of a file in equal batches: what is learned from other series is learned within one.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::drivers::DriverTables;
use crate::error::Error;
use crate::forecast::auto::{Batch, Method, OneForecast, Past, Settings, forecast_batch};
use crate::forecast::repair::uncensor;
use crate::forecast::{self};
use crate::ingest::{HeldSeries, Pace, StampForm, Tidy, TidySeries};
use crate::stream::Stream;

/// Most series of one batch: enough to learn from, few enough to hold.
const MOST: usize = 256;

/// What is asked of every batch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// Steps ahead.
    pub horizon: usize,
    /// Steps of each season; `None` takes those of the calendar from the step of the series.
    pub seasons: Option<Vec<usize>>,
    /// Only these methods, combined; `None` chooses.
    pub methods: Option<Vec<Method>>,
    /// What no forecast may pass.
    pub ceiling: Option<f64>,
    /// From here on a value says "at least": what demand may have been is put in its place before anything is fitted.
    pub saturated: Option<f64>,
}

/// Series of one pace that are forecast together.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesBatch<'a> {
    /// In the order of their names.
    pub series: Vec<&'a TidySeries>,
    /// Steps of their seasons, the shortest first.
    pub seasons: Vec<usize>,
    /// Whether their times are dates, which all of them lived through, not mere counts.
    pub dated: bool,
    /// What drives its series, by their names.
    pub drivers: Option<&'a DriverTables>,
}

impl SeriesBatch<'_> {
    /// The shortest season, 1 for none.
    #[must_use]
    pub fn season(&self) -> usize {
        self.seasons.first().copied().unwrap_or(1)
    }

    /// Forecasts its series, each from its first so many values.
    #[must_use]
    pub fn forecast(&self, lengths: &[usize], asked: &Asked, stream: Stream) -> Batch {
        let end = |(series, length): (&&TidySeries, &usize)| series.stamp(length.saturating_sub(1));
        let newest = self.series.iter().zip(lengths).map(end).max().unwrap_or(0);
        let past = |(series, length): (&&'_ TidySeries, &usize)| {
            let behind = series.index_of(newest).map_or(0, |at| (at + 1).saturating_sub(*length));
            (*length, behind)
        };
        let spans: Vec<(usize, usize)> = self.series.iter().zip(lengths).map(past).collect();
        let demand: Vec<Option<Vec<Option<f64>>>> = self
            .series
            .par_iter()
            .zip(lengths)
            .map(|(series, length)| demand(&series.values[..*length], self.season(), asked.saturated?))
            .collect();
        let pasts: Vec<Past<'_>> = self
            .series
            .iter()
            .zip(spans)
            .zip(&demand)
            .map(|((series, (length, behind)), demand)| Past {
                values: demand.as_deref().unwrap_or(&series.values[..length]),
                behind,
                drivers: self.drivers.and_then(|drivers| drivers.get(&series.id)),
            })
            .collect();
        let settings = Settings {
            horizon: asked.horizon,
            seasons: self.seasons.clone(),
            shared_dates: self.dated,
            methods: asked.methods.clone(),
            ceiling: asked.ceiling,
        };
        forecast_batch(&pasts, &settings, stream)
    }
}

/// Demand behind a past whose values from `saturated` on say "at least"; `None` where none does, or too few values lie below.
fn demand(past: &[Option<f64>], season: usize, saturated: f64) -> Option<Vec<Option<f64>>> {
    let values: Vec<f64> = past.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let found = uncensor(&values, season, saturated)?;
    Some(found.demand.into_iter().map(|value| value.is_finite().then_some(value)).collect())
}

/// Series that will be one batch, still where they are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan<'a> {
    places: &'a [u64],
    seasons: Vec<usize>,
    dated: bool,
}

impl Plan<'_> {
    /// The batch; `read` is where those series go that were not in memory.
    pub(super) fn load<'a>(
        &self,
        held: &'a HeldSeries,
        drivers: Option<&'a DriverTables>,
        read: &'a mut Vec<TidySeries>,
    ) -> Result<SeriesBatch<'a>, Error> {
        let series = held.some(self.places, read).map_err(Error::Problems)?;
        Ok(SeriesBatch { series, seasons: self.seasons.clone(), dated: self.dated, drivers })
    }
}

/// All batches at once; `read` is where their series go that were not in memory.
pub(super) fn load_all<'a>(
    plans: &[Plan<'_>],
    held: &'a HeldSeries,
    drivers: &'a DriverTables,
    read: &'a mut Vec<Vec<TidySeries>>,
) -> Result<Vec<SeriesBatch<'a>>, Error> {
    read.resize(plans.len(), Vec::new());
    plans.iter().zip(read).map(|(plan, read)| plan.load(held, Some(drivers), read)).collect()
}

/// The series of a file, those of one pace together, in as few batches as can be, all about as large.
pub(super) fn plans<'a>(places: &'a BTreeMap<Pace, Vec<u64>>, form: StampForm, asked: &Asked) -> Vec<Plan<'a>> {
    let mut found = Vec::new();
    for (pace, places) in places {
        let mut seasons = asked.seasons.clone().unwrap_or_else(|| pace.seasons(form));
        seasons.retain(|season| *season > 1);
        seasons.sort_unstable();
        seasons.dedup();
        let many = places.len().div_ceil(MOST);
        for batch in 0..many {
            let (from, to) = (places.len() * batch / many, places.len() * (batch + 1) / many);
            found.push(Plan { places: &places[from..to], seasons: seasons.clone(), dated: form != StampForm::Integer });
        }
    }
    found
}

/// The batches of series in memory.
#[must_use]
pub fn batches<'a>(tidy: &'a Tidy, asked: &Asked, drivers: Option<&'a DriverTables>) -> Vec<SeriesBatch<'a>> {
    let of = |plan: Plan<'_>| SeriesBatch {
        series: plan.places.iter().map(|place| &tidy.series[*place as usize]).collect(),
        seasons: plan.seasons,
        dated: plan.dated,
        drivers,
    };
    plans(&tidy.places(), tidy.style.form, asked).into_iter().map(of).collect()
}

/// Why a series has no forecast: its drivers cannot be fitted, or no method can; `None` where it has one.
#[must_use]
pub fn refused(series: &TidySeries, one: &OneForecast, horizon: usize) -> Option<forecast::Error> {
    let name = format!("series `{}`", series.id);
    if let Err(reason) = &one.effects {
        return Some(forecast::Error::Drivers { series: name, reason: reason.clone() });
    }
    let stands = !one.methods.is_empty() && [0, horizon.saturating_sub(1)].iter().all(|step| one.median(*step).is_finite());
    (!stands).then_some(forecast::Error::NoMethod { series: name })
}
