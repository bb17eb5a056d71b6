//! Series of a file in equal batches: what is learned from other series is learned within one.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::drivers::DriverTables;
use crate::error::Error;
use crate::forecast::auto::{Batch, Method, OneForecast, Past, Settings, forecast_batch};
use crate::forecast::repair::uncensor;
use crate::forecast::{self};
use crate::ingest::{Pace, StampForm, Tidy, TidySeries};
use crate::problem::Problem;
use crate::stream::Stream;

/// Most series of one batch: enough to learn from, few enough to hold.
const MOST: usize = 256;

/// Fewest values that say anything about a future.
const FEWEST: usize = 3;

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

/// What to tell of saturated values; a value above the ceiling is refused.
///
/// # Errors
/// `input/ceiling`: every series that is above the ceiling, by name.
pub fn ceiling_notes(tidy: &Tidy, asked: &Asked, input: &std::path::Path) -> Result<Vec<String>, Error> {
    let ceiling = asked.ceiling.unwrap_or(f64::INFINITY);
    let above = tidy.series.iter().filter_map(|one| {
        let most = one.values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let message = format!("series `{}` has the value {most}, above --ceiling {ceiling}", one.id);
        let help = "the ceiling is in the unit of the values, and none may be above it: give one that no value passes";
        (most > ceiling).then(|| Problem::new("input/ceiling", input, message).help(help))
    });
    let above: Vec<Problem> = above.collect();
    if !above.is_empty() {
        return Err(Error::Problems(above));
    }
    let Some(saturated) = asked.saturated else { return Ok(Vec::new()) };
    let met = |one: &TidySeries| one.values.iter().flatten().filter(|value| at_least(**value, saturated)).count();
    let counts: Vec<(usize, &TidySeries)> = tidy.series.iter().map(|one| (met(one), one)).filter(|one| one.0 > 0).collect();
    let (values, all): (usize, usize) = (counts.iter().map(|one| one.0).sum(), tidy.series.iter().map(TidySeries::seen).sum());
    let mut notes = vec![format!(
        "{values} of {all} values, in {} of {} series, are at {saturated} or above and taken as \"at least\"",
        counts.len(),
        tidy.series.len()
    )];
    let few: Vec<&str> =
        counts.iter().filter(|(met, one)| one.seen() - met < FEWEST_BELOW).map(|(_, one)| one.id.as_str()).collect();
    if !few.is_empty() {
        let (count, names) = (few.len(), first_three(&few));
        notes.push(format!(
            "warning: {count} series with fewer than {FEWEST_BELOW} values below it are taken as they are: {names}"
        ));
    }
    Ok(notes)
}

/// Fewest values below saturation from which demand above it can be told.
const FEWEST_BELOW: usize = 10;

/// As [`uncensor`] sees it.
fn at_least(value: f64, saturated: f64) -> bool {
    value >= saturated - 1e-3 * saturated.abs()
}

/// The series of a file, those of one pace together, in as few batches as can be, all about as large.
#[must_use]
pub fn batches<'a>(tidy: &'a Tidy, asked: &Asked, drivers: Option<&'a DriverTables>) -> Vec<SeriesBatch<'a>> {
    let mut paces: BTreeMap<Pace, Vec<&TidySeries>> = BTreeMap::new();
    for series in &tidy.series {
        paces.entry(series.pace).or_default().push(series);
    }
    let mut found = Vec::new();
    for (pace, series) in paces {
        let mut seasons = asked.seasons.clone().unwrap_or_else(|| pace.seasons(tidy.style.form));
        seasons.retain(|season| *season > 1);
        seasons.sort_unstable();
        seasons.dedup();
        let many = series.len().div_ceil(MOST);
        for batch in 0..many {
            let (from, to) = (series.len() * batch / many, series.len() * (batch + 1) / many);
            let dated = tidy.style.form != StampForm::Integer;
            found.push(SeriesBatch { series: series[from..to].to_vec(), seasons: seasons.clone(), dated, drivers });
        }
    }
    found
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

/// Refuses series that nothing can be said of: all of them, by name.
///
/// # Errors
/// `forecast/no-data`, `forecast/too-short`.
pub fn carry(tidy: &Tidy, horizon: usize) -> Result<(), Error> {
    let unit = "steps";
    let refused = tidy.series.iter().filter_map(|one| {
        let (series, seen) = (format!("series `{}`", one.id), one.seen());
        match seen {
            0 => Some(forecast::Error::NoData { series, seen: one.values.len(), required: FEWEST, unit }),
            _ if seen < FEWEST => Some(forecast::Error::TooShort { series, seen, required: FEWEST, horizon, unit }),
            _ => None,
        }
    });
    let mut refused: Vec<forecast::Error> = refused.collect();
    match refused.len() {
        0 => Ok(()),
        1 => Err(refused.remove(0).into()),
        _ => Err(forecast::Error::Several(refused).into()),
    }
}

/// What to tell of the seasons: where they came from, and which series are too short for those that were asked for.
///
/// # Errors
/// `input/season` when a season asked for is longer than every series.
pub fn season_notes(tidy: &Tidy, asked: &Asked, input: &std::path::Path) -> Result<Vec<String>, Error> {
    let Some(seasons) = &asked.seasons else { return Ok(derived(tidy)) };
    let (mut notes, mut problems) = (Vec::new(), Vec::new());
    let longest = tidy.series.iter().map(|one| one.values.len()).max().unwrap_or(0);
    for season in seasons.iter().filter(|season| **season > 1) {
        if *season > longest {
            let message = format!("--season {season} is longer than every series; the longest has {longest} steps");
            let help = "give steps, not hours or days: 24 for a day of hourly values; 1 for no season";
            problems.push(Problem::new("input/season", input, message).help(help));
            continue;
        }
        let short: Vec<&str> =
            tidy.series.iter().filter(|one| one.values.len() < 2 * season).map(|one| one.id.as_str()).collect();
        if !short.is_empty() {
            notes.push(format!(
                "warning: a season of {season} steps takes {} values: {} of {} series {} fewer ({}), and {} forecast without it",
                2 * season,
                short.len(),
                tidy.series.len(),
                if short.len() == 1 { "has" } else { "have" },
                first_three(&short),
                if short.len() == 1 { "is" } else { "are" },
            ));
        }
    }
    if problems.is_empty() { Ok(notes) } else { Err(Error::Problems(problems)) }
}

fn first_three(names: &[&str]) -> String {
    let more = if names.len() > 3 { ", …" } else { "" };
    names[..names.len().min(3)].join(", ") + more
}

fn derived(tidy: &Tidy) -> Vec<String> {
    let mut paces: BTreeMap<Pace, usize> = BTreeMap::new();
    for series in &tidy.series {
        *paces.entry(series.pace).or_default() += 1;
    }
    let told = paces.iter().map(|(pace, count)| {
        let step = pace.in_words(tidy.style.form);
        let whose = if paces.len() > 1 { format!(" of {count} series") } else { String::new() };
        match pace.seasons(tidy.style.form).as_slice() {
            [] => format!("no season follows from the step of {step}{whose}; give one with --season"),
            seasons => {
                let seasons: Vec<String> = seasons.iter().map(ToString::to_string).collect();
                format!("season {} taken from the step of {step}{whose}; --season says otherwise", seasons.join(","))
            }
        }
    });
    let mut told: Vec<String> = told.collect();
    if told.len() > 5 {
        let more = told.len() - 5;
        told.truncate(5);
        told.push(format!("and {more} more steps"));
    }
    told
}
