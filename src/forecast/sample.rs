//! All demands of a run at once: back-test, choose, correct the bands, draw joint paths.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::auto::{Batch, Calendar, Joint, OneForecast, Past, Settings, Tested, forecast_levels};
use super::level::{Levels, levels, step_days};
use super::profile::{Profiles, profiles};
use super::{Choice, Error, Forecasts, Options, Wanted};
use crate::observe::{Event, Observer};
use crate::paths::{Backtest, Forecast, HeldBack, PathSeries, QuantileAt, SamplePaths};
use crate::series::Panel;
use crate::stats::percentile_of_sorted;
use crate::stream::Stream;
use crate::time::Day;

/// The probabilities that a forecast states at every step.
pub const PROBABILITIES: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99];

/// Forecasts all `wanted` demands from `panel`, with joint sample paths: path *r* draws the same past dates for every series.
///
/// # Errors
/// All demands whose history is absent or does not carry the horizon; [`Error::Interrupted`].
pub fn sample(
    panel: &Panel,
    wanted: &[Wanted],
    options: &Options,
    stream: Stream,
    observer: &dyn Observer,
) -> Result<Forecasts, Error> {
    let learned = learn(panel, wanted, options, stream, observer)?;
    let all: Vec<usize> = (0..learned.series.len()).collect();
    Ok(learned.forecasts(&all))
}

/// What was learned from the past of all demands: paths of any of them, drawn when they are wanted.
#[derive(Debug)]
pub struct Learned {
    choice: Choice,
    joint: Joint,
    forecasts: Vec<OneForecast>,
    histories: Vec<Levels>,
    series: Vec<PathSeries>,
    /// All but the values, and without series.
    template: SamplePaths,
}

/// The first half of [`sample`].
///
/// # Errors
/// As [`sample`].
pub fn learn(
    panel: &Panel,
    wanted: &[Wanted],
    options: &Options,
    stream: Stream,
    observer: &dyn Observer,
) -> Result<Learned, Error> {
    let mut wanted = wanted.to_vec();
    wanted.sort_by(|a, b| a.key.cmp(&b.key));
    let step_days = step_days(panel, &wanted);
    let steps = options.horizon_days.div_ceil(step_days) as usize;
    let histories = all_levels(panel, &wanted, options, (step_days, steps))?;
    let stage = "forecast";
    observer.on(&Event::Started { stage, work: wanted.len() as u64 });
    let ended: Vec<Vec<Option<f64>>> = histories
        .iter()
        .map(|levels| levels.values.iter().copied().chain(std::iter::repeat_n(None, levels.trailing_gap)).collect())
        .collect();
    let Batch { series: forecasts, joint } = batch(&ended, options.choice, (step_days, steps), stream, || {
        if observer.interrupted() {
            return Err(Error::Interrupted);
        }
        observer.on(&Event::Advanced { stage, parts: 1 });
        Ok(())
    })?;
    let by_day: Vec<BTreeMap<Day, f64>> = histories.iter().map(|levels| level_by_day(levels, step_days)).collect();
    let Profiles { series: hours, choice } = profiles(panel, &wanted, &by_day, options.as_of, &options.zone);
    let named = wanted.iter().zip(&histories).zip(hours);
    let series = named.map(|((one, levels), profile)| PathSeries { key: one.key.clone(), unit: levels.unit.clone(), profile });
    let series = series.collect();
    observer.on(&Event::Finished { stage });
    let template = SamplePaths {
        start: options.as_of.plus(1),
        step_days,
        steps,
        paths: options.paths,
        zone: options.zone.clone(),
        series: Vec::new(),
        profile_choice: choice,
        profile_replay: None,
        values: Vec::new(),
    };
    Ok(Learned { choice: options.choice, joint, forecasts, histories, series, template })
}

impl Learned {
    /// The demands, in the order of their keys.
    #[must_use]
    pub fn series(&self) -> &[PathSeries] {
        &self.series
    }

    /// Paths of some of them, by place: those that they have among the paths of all.
    #[must_use]
    pub fn paths(&self, which: &[usize]) -> SamplePaths {
        self.paths_of(which, 0..self.template.paths as u32)
    }

    /// The same in some of the futures.
    #[must_use]
    pub fn paths_of(&self, which: &[usize], futures: Range<u32>) -> SamplePaths {
        let series = which.iter().map(|s| self.series[*s].clone()).collect();
        let values = draw(&self.joint, which, self.template.steps, futures.clone());
        SamplePaths { series, values, paths: futures.len(), ..self.template.clone() }
    }

    /// Some of them with their paths: as among all.
    #[must_use]
    pub fn forecasts(&self, which: &[usize]) -> Forecasts {
        let paths = self.paths(which);
        let one = |(at, s): (usize, &usize)| tell(&self.histories[*s], &self.forecasts[*s], &paths, at, self.choice);
        Forecasts { series: which.par_iter().enumerate().map(one).collect(), paths }
    }
}

/// The forecasts of all levels, which end on the same day.
pub(super) fn batch<E: Send>(
    ended: &[Vec<Option<f64>>],
    choice: Choice,
    (step_days, steps): (u32, usize),
    stream: Stream,
    advance: impl Fn() -> Result<(), E> + Sync,
) -> Result<Batch, E> {
    let pasts: Vec<Past> = ended.iter().map(|values| Past { values, behind: 0, drivers: None }).collect();
    let (season, month) = if step_days == 1 { (7, 28) } else { (1, 4) };
    let settings =
        Settings { horizon: steps, seasons: vec![season], shared_dates: false, ceiling: None, methods: choice.methods() };
    let calendar = Calendar { year: 365.25 / f64::from(step_days), month };
    forecast_levels(&pasts, &settings, calendar, stream, advance)
}

fn all_levels(panel: &Panel, wanted: &[Wanted], options: &Options, step: (u32, usize)) -> Result<Vec<Levels>, Error> {
    if wanted.is_empty() {
        return Err(Error::NoHistory);
    }
    let (mut all, mut errors) = (Vec::new(), Vec::new());
    for one in wanted {
        match levels(panel, one, options.as_of, &options.zone, step) {
            Ok(levels) => all.push(levels),
            Err(error) => errors.push(error),
        }
    }
    Error::of_all(errors)?;
    Ok(all)
}

/// `values[(path * which.len() + s) * steps + step]` of some of the series.
pub(super) fn draw(joint: &Joint, which: &[usize], steps: usize, futures: Range<u32>) -> Vec<f64> {
    let mut values = vec![0.0; futures.len() * which.len() * steps];
    values.par_chunks_mut((which.len() * steps).max(1)).enumerate().for_each(|(r, row)| {
        let dates = joint.dates(futures.start + r as u32);
        for (series, row) in which.iter().zip(row.chunks_mut(steps)) {
            joint.path(*series, &dates, row);
            for value in row.iter_mut() {
                *value = value.max(0.0);
            }
        }
    });
    values
}

fn level_by_day(levels: &Levels, step_days: u32) -> BTreeMap<Day, f64> {
    let each = levels.values.iter().enumerate().filter_map(|(i, level)| level.map(|level| (i as i32, level)));
    let width = step_days as i32;
    each.flat_map(|(i, level)| (0..width).map(move |day| (levels.first.plus(i * width + day), level))).collect()
}

/// The percentiles and the mean of a series at every step.
pub(super) fn summed_up(paths: &SamplePaths, s: usize) -> (Vec<Vec<QuantileAt>>, Vec<f64>) {
    let (mut quantiles, mut mean) = (Vec::with_capacity(paths.steps), Vec::with_capacity(paths.steps));
    for step in 0..paths.steps {
        let mut column = paths.column(s, step);
        mean.push(column.iter().sum::<f64>() / column.len().max(1) as f64);
        column.sort_unstable_by(f64::total_cmp);
        let at = |p: &f64| QuantileAt { probability: *p, value: percentile_of_sorted(&column, *p).unwrap_or(0.0) };
        quantiles.push(PROBABILITIES.iter().map(at).collect());
    }
    (quantiles, mean)
}

/// Tells forecasts again from paths of the same demands that something was done to: `with` is said of those that it changed.
pub fn retold(forecasts: &mut [Forecast], paths: &SamplePaths, with: &str) {
    for forecast in forecasts {
        let Some(s) = paths.series.iter().position(|series| series.key == forecast.key) else { continue };
        let (quantiles, mean) = summed_up(paths, s);
        if quantiles != forecast.quantiles {
            forecast.model = format!("{}, {with}", forecast.model);
            (forecast.quantiles, forecast.mean) = (quantiles, mean);
        }
    }
}

fn tell(levels: &Levels, forecast: &OneForecast, paths: &SamplePaths, s: usize, choice: Choice) -> Forecast {
    let (quantiles, mean) = summed_up(paths, s);
    let dated = levels.values.iter().enumerate();
    Forecast {
        key: paths.series[s].key.clone(),
        unit: levels.unit.clone(),
        model: model(forecast),
        reasons: reasons(levels, forecast, paths, choice),
        start: paths.start,
        step_days: paths.step_days,
        quantiles,
        mean,
        history: dated.map(|(i, level)| (levels.first.plus(i as i32 * paths.step_days as i32), *level)).collect(),
        backtest: forecast.tested.as_ref().map(|tested| backtest(tested, levels.first, paths.step_days)),
    }
}

fn backtest(tested: &Tested, first: Day, step_days: u32) -> Backtest {
    let day = |step: usize| first.plus(step as i32 * step_days as i32);
    let each = tested.told.iter().map(|told| HeldBack {
        origin: day(told.known).plus(-1),
        day: day(told.known + told.ahead - 1),
        ahead: told.ahead as u32,
        came: told.came,
        said: told.said,
    });
    let mut held: Vec<HeldBack> = each.collect();
    held.sort_by_key(|point| (point.origin, point.ahead));
    Backtest {
        origins: tested.origins,
        horizon: tested.horizon,
        crps: tested.crps,
        crps_standard_error: tested.crps_standard_error,
        naive_crps: tested.naive_crps,
        coverage_80: tested.inside[0],
        coverage_95: tested.inside[1],
        points: tested.points,
        candidates: tested.candidates.clone(),
        held,
    }
}

/// The forecaster in words: its methods, and on what they worked.
fn model(forecast: &OneForecast) -> String {
    let names: Vec<&str> = forecast.methods.iter().map(|(name, _)| name.as_str()).collect();
    let mut name = match names.as_slice() {
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("mean of {} and {last}", all.join(", ")),
        [] => "the last level".to_owned(),
    };
    if forecast.log {
        name.push_str(" on the log scale");
    }
    if forecast.yearly {
        name.push_str(", with a yearly pattern");
    }
    name
}

/// Why this forecaster, and what speaks against it.
fn reasons(levels: &Levels, forecast: &OneForecast, paths: &SamplePaths, choice: Choice) -> Vec<String> {
    let unit = if paths.step_days == 1 { "days" } else { "weeks" };
    let mut reasons = Vec::new();
    if let [_, _, ..] = forecast.methods.as_slice() {
        let each: Vec<String> =
            forecast.methods.iter().map(|(name, weight)| format!("{name} ({:.0} %)", 100.0 * weight)).collect();
        reasons.push(format!("weighted mean of {}", each.join(", ")));
    }
    match &forecast.tested {
        None => reasons.push(format!(
            "{} {unit} of history are too few to hold any back: the bands are the model's own, corrected by the other series",
            levels.values.iter().flatten().count()
        )),
        Some(_) if choice != Choice::Auto => reasons.push("asked for by name".to_owned()),
        Some(tested) => reasons.push(against_naive(tested, forecast, unit)),
    }
    if forecast.log {
        reasons.push("swings go with the level, so growth and season are ratios".to_owned());
    }
    if forecast.spikes > 0 {
        let spikes = if forecast.spikes == 1 { "1 spike is".to_owned() } else { format!("{} spikes are", forecast.spikes) };
        reasons.push(format!("{spikes} kept as noise and not followed as growth"));
    }
    if levels.trailing_gap > 0 {
        reasons.push(format!("the last {} {unit} were not observed and are forecast through", levels.trailing_gap));
    }
    let longest = forecast.tested.as_ref().map_or(0, |tested| tested.horizon);
    if longest > 0 && longest < levels.trailing_gap + paths.steps {
        reasons.push(format!("the back-test reaches {longest} {unit} ahead; bands beyond it keep its last correction"));
    }
    reasons
}

/// What the back-test said of the methods and of seasonal naive.
fn against_naive(tested: &Tested, forecast: &OneForecast, unit: &str) -> String {
    let (origins, horizon) = (tested.origins, tested.horizon);
    if matches!(forecast.methods.as_slice(), [(name, _)] if name == NAIVE) {
        let better = tested.candidates.iter().any(|(_, score)| *score < tested.naive_crps);
        let none = if better { "no mean of forecasters" } else { "no forecaster" };
        return format!("{none} beat seasonal naive on this history, so seasonal naive is used");
    }
    let below = 100.0 * (1.0 - tested.crps / tested.naive_crps);
    let said = if below >= 0.0 { format!("{below:.0} % below") } else { format!("{:.0} % above", -below) };
    let left_out: Vec<&str> = tested
        .candidates
        .iter()
        .filter(|(name, score)| name != NAIVE && *score >= tested.naive_crps)
        .map(|(name, _)| name.as_str())
        .collect();
    let beside =
        if left_out.is_empty() { String::new() } else { format!("; {} did not beat it and is left out", left_out.join(" and ")) };
    format!("error (CRPS) {said} seasonal naive over {origins} rolling origins, up to {horizon} {unit} ahead{beside}")
}

/// The name of seasonal naive among the methods.
const NAIVE: &str = "seasonal naive";
