//! A forecast made again where some of the future has come: as a planner does at a review.

use super::Choice;
use super::auto::Batch;
use super::sample::{batch, draw};
use crate::paths::Forecast;
use crate::stream::Stream;

/// Paths of the demands that were `told`, forecast anew after `past`: the levels of the steps since then, a list a series. Values stand as in
/// [`crate::paths::SamplePaths::values`]; `None` when no series was told or one has no history.
///
/// One method forecasts all of them, fitted and back-tested on history and past together: [`best_alone`].
#[must_use]
pub fn again(told: &[Forecast], past: &[Vec<f64>], (steps, paths): (usize, usize), stream: Stream) -> Option<Vec<f64>> {
    let step_days = told.first()?.step_days;
    let ended = |(one, past): (&Forecast, &Vec<f64>)| {
        let (last, _) = one.history.last()?;
        let gap = (one.start.since(*last) / one.step_days as i32 - 1).max(0) as usize;
        let levels = one.history.iter().map(|(_, level)| *level).chain(std::iter::repeat_n(None, gap));
        Some(levels.chain(past.iter().map(|level| Some(*level))).collect())
    };
    let ended: Vec<Vec<Option<f64>>> = told.iter().zip(past).map(ended).collect::<Option<_>>()?;
    let never = || Ok::<(), std::convert::Infallible>(());
    let Ok(Batch { joint, .. }) = batch(&ended, best_alone(told), (step_days, steps), stream, never);
    Some(draw(&joint, &(0..joint.len()).collect::<Vec<_>>(), steps, 0..paths as u32))
}

/// Of the methods that can be asked for by name, the one with the least CRPS against seasonal naive, in the mean over all series whose
/// back-test tried it; Theta where none was tried.
#[must_use]
pub fn best_alone(told: &[Forecast]) -> Choice {
    let named = [(Choice::Theta, "dotm"), (Choice::Ets, "ets"), (Choice::Drift, "drift"), (Choice::SeasonalNaive, "naive")];
    let score = |word: &str| {
        let tried = told.iter().filter_map(|one| {
            let test = one.backtest.as_ref().filter(|test| test.naive_crps > 0.0)?;
            let of = |(name, _): &&(String, f64)| name.to_lowercase().contains(word);
            test.candidates.iter().find(of).map(|(_, crps)| crps / test.naive_crps)
        });
        let (count, sum) = tried.fold((0.0, 0.0), |(n, sum), score| (n + 1.0, sum + score));
        if count > 0.0 { sum / count } else { f64::INFINITY }
    };
    let scored = named.map(|(choice, word)| (choice, score(word)));
    scored.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Choice::Theta, |(choice, _)| choice)
}
