//! All demands of a run at once: back-test, choose, correct the bands, draw joint paths.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::analysis::{Dates, Ensemble, Family, Scratch, Weather};
use super::backtest::{Trial, trial};
use super::bands::{Learned, learn};
use super::joint::Blocks;
use super::level::{Levels, levels, step_days};
use super::profile::{Profiles, profiles};
use super::{Choice, Error, Forecasts, Options, Prepared, Scale, Wanted};
use crate::observe::{Event, Observer};
use crate::paths::{Forecast, PathSeries, QuantileAt, SamplePaths};
use crate::series::Panel;
use crate::stats::percentile_of_sorted;
use crate::stream::{Address, Stream};
use crate::time::Day;

/// The probabilities that a forecast states at every step.
pub const PROBABILITIES: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99];

/// One demand made ready to draw from.
struct Ready {
    levels: Levels,
    trial: Option<Trial>,
    fit: Ensemble,
    /// Path without shocks, and the width factor, by step after the last level.
    centre: Vec<f64>,
    factors: Vec<f64>,
}

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
    let mut wanted = wanted.to_vec();
    wanted.sort_by(|a, b| a.key.cmp(&b.key));
    let step_days = step_days(panel, &wanted);
    let steps = options.horizon_days.div_ceil(step_days) as usize;
    let histories = all_levels(panel, &wanted, options, (step_days, steps))?;
    let stage = "forecast";
    observer.on(&Event::Started { stage, work: wanted.len() as u64 });
    let trials: Vec<Option<Trial>> = histories
        .par_iter()
        .zip(&wanted)
        .map(|(levels, one)| {
            if observer.interrupted() {
                return Err(Error::Interrupted);
            }
            let own = stream.at(Address::of(&one.key.to_string()));
            let done = trial(&levels.history, steps, options.choice, own);
            observer.on(&Event::Advanced { stage, parts: 1 });
            Ok(done)
        })
        .collect::<Result<_, _>>()?;
    let learned = learn(&trials.iter().map(Option::as_ref).collect::<Vec<_>>());
    let tried: Vec<(Levels, Option<Trial>)> = histories.into_iter().zip(trials).collect();
    let ready = fit_all(tried, &learned, &wanted, steps, options.choice, stream);
    let (values, paths) = (draw(&ready, steps, options.paths, stream), options.paths);
    let by_day: Vec<BTreeMap<Day, f64>> = ready.iter().map(|one| level_by_day(&one.levels, step_days)).collect();
    let Profiles { series: hours, choice } = profiles(panel, &wanted, &by_day, options.as_of, &options.zone);
    let named = wanted.iter().zip(&ready).zip(hours);
    let series =
        named.map(|((one, ready), profile)| PathSeries { key: one.key.clone(), unit: ready.levels.unit.clone(), profile });
    let paths = SamplePaths {
        start: options.as_of.plus(1),
        step_days,
        steps,
        paths,
        zone: options.zone.clone(),
        series: series.collect(),
        profile_choice: choice,
        profile_replay: None,
        values,
    };
    let told = (0..wanted.len()).into_par_iter().map(|s| tell(&ready[s], &learned[s], &paths, s, options.choice)).collect();
    observer.on(&Event::Finished { stage });
    Ok(Forecasts { series: told, paths })
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

fn fit_all(
    tried: Vec<(Levels, Option<Trial>)>,
    learned: &[Learned],
    wanted: &[Wanted],
    steps: usize,
    choice: Choice,
    stream: Stream,
) -> Vec<Ready> {
    let prepared: Vec<Prepared> = tried.par_iter().map(|(levels, _)| Prepared::of(&levels.history)).collect();
    let own = |(prepared, (levels, _)): (&Prepared, &(Levels, _))| Dates::of(prepared).count + levels.trailing_gap;
    let count = prepared.iter().zip(&tried).map(own).max().unwrap_or(1);
    let work: Vec<_> = tried.into_iter().zip(prepared).zip(learned.iter().zip(wanted)).collect();
    let fitted = work.into_par_iter().map(|(((levels, trial), prepared), (learned, one))| {
        let chosen = trial.as_ref().map_or_else(|| Family::untried(choice), |trial| trial.chosen.clone());
        let dates = Dates { count, trailing_gap: levels.trailing_gap };
        let own = stream.at(Address::of(&one.key.to_string()));
        let mut fit = Ensemble::fit(&prepared, &chosen, dates, own);
        if fit.components.is_empty() {
            fit = Ensemble::fit(&prepared, &[Family::Naive], dates, own);
        }
        let all = levels.trailing_gap + steps;
        let centre = fit.centre(all);
        let factors = (1..=all).map(|ahead| learned.all.at(ahead)).collect();
        Ready { levels, trial, fit, centre, factors }
    });
    fitted.collect()
}

/// `values[(path * series + s) * steps + step]`.
fn draw(ready: &[Ready], steps: usize, paths: usize, stream: Stream) -> Vec<f64> {
    let longest = ready.iter().map(|one| one.centre.len()).max().unwrap_or(steps);
    let season = ready.iter().map(|one| one.levels.history.season).max().unwrap_or(1);
    let count = ready.iter().flat_map(|one| &one.fit.components).map(|one| one.shocks.len()).max().unwrap_or(1);
    let growth = ready.iter().map(|one| one.fit.growth.len()).max().unwrap_or(0);
    let blocks = Blocks::over(count, season);
    let mut values = vec![0.0; paths * ready.len() * steps];
    values.par_chunks_mut((ready.len() * steps).max(1)).enumerate().for_each_init(
        || (Scratch::default(), vec![0.0; longest]),
        |(scratch, path), (r, row)| {
            // dates by calendar day: step 0 is the day after `as_of` for all series, whatever their last observation
            let weather = Weather::draw(blocks, count, steps, growth, stream.replication(r as u32));
            let early = Weather::draw(blocks, count, longest - steps, 0, stream.named("gap").replication(r as u32));
            for (one, row) in ready.iter().zip(row.chunks_mut(steps)) {
                let gap = one.levels.trailing_gap;
                let dates: Vec<u32> = early.dates[..gap].iter().chain(&weather.dates).copied().collect();
                let path = &mut path[..gap + steps];
                one.fit.path(&dates, one.fit.growth.slope(&weather.growth), scratch, path);
                for (h, out) in row.iter_mut().enumerate() {
                    let at = gap + h;
                    let moved = one.centre[at] + one.factors[at] * (path[at] - one.centre[at]);
                    *out = one.fit.prepared.scale.back(moved).max(0.0);
                }
            }
        },
    );
    values
}

fn level_by_day(levels: &Levels, step_days: u32) -> BTreeMap<Day, f64> {
    let each = levels.history.values.iter().enumerate().filter_map(|(i, level)| level.map(|level| (i as i32, level)));
    let width = step_days as i32;
    each.flat_map(|(i, level)| (0..width).map(move |day| (levels.first.plus(i * width + day), level))).collect()
}

fn tell(ready: &Ready, learned: &Learned, paths: &SamplePaths, s: usize, choice: Choice) -> Forecast {
    let (mut quantiles, mut mean) = (Vec::with_capacity(paths.steps), Vec::with_capacity(paths.steps));
    for step in 0..paths.steps {
        let mut column = paths.column(s, step);
        mean.push(column.iter().sum::<f64>() / column.len().max(1) as f64);
        column.sort_unstable_by(f64::total_cmp);
        let at = |p: &f64| QuantileAt { probability: *p, value: percentile_of_sorted(&column, *p).unwrap_or(0.0) };
        quantiles.push(PROBABILITIES.iter().map(at).collect());
    }
    let levels = &ready.levels;
    let dated = levels.history.values.iter().enumerate();
    Forecast {
        key: paths.series[s].key.clone(),
        unit: levels.unit.clone(),
        model: ready.fit.name(),
        reasons: reasons(ready, learned, paths.step_days, choice),
        start: paths.start,
        step_days: paths.step_days,
        quantiles,
        mean,
        history: dated.map(|(i, level)| (levels.first.plus(i as i32 * paths.step_days as i32), *level)).collect(),
        backtest: ready.trial.as_ref().map(|trial| trial.report(&learned.others)),
    }
}

/// Why this forecaster, and what speaks against it.
fn reasons(ready: &Ready, learned: &Learned, step_days: u32, choice: Choice) -> Vec<String> {
    let unit = if step_days == 1 { "days" } else { "weeks" };
    let mut reasons = Vec::new();
    match &ready.trial {
        None => reasons.push(format!(
            "{} {unit} of history are too few to hold any back: the bands are the model's own, corrected by the other series",
            ready.levels.history.seen()
        )),
        Some(trial) if trial.naive_won => {
            reasons.push("no forecaster beat seasonal naive on this history, so seasonal naive is used".to_owned());
        }
        Some(_) if choice != Choice::Auto => reasons.push("asked for by name".to_owned()),
        Some(trial) => {
            let score = trial.report(&learned.others).crps;
            let better = 100.0 * (1.0 - score / trial.naive_crps);
            reasons.push(format!(
                "best of {} candidates over {} rolling origins, {} {unit} ahead; error {better:.0} % below seasonal naive",
                trial.candidates.len(),
                trial.origins,
                trial.horizon
            ));
        }
    }
    if ready.fit.prepared.scale == Scale::Log {
        reasons.push("swings go with the level, so growth and season are ratios".to_owned());
    }
    if ready.fit.prepared.spikes > 0 {
        let spikes = ready.fit.prepared.spikes;
        reasons.push(format!("{spikes} spikes are kept as noise and not followed as growth"));
    }
    if ready.levels.trailing_gap > 0 {
        reasons.push(format!("the last {} {unit} were not observed and are forecast through", ready.levels.trailing_gap));
    }
    let longest = ready.trial.as_ref().map_or(0, |trial| trial.horizon);
    if longest > 0 && longest < ready.factors.len() {
        reasons.push(format!("the back-test reaches {longest} {unit} ahead; bands beyond it keep its last correction"));
    }
    reasons
}
