//! What a series is, before any method sees it.

use super::super::methods::ArimaSearch;
use super::candidates::{Context, Method};
use super::engine::Settings;
use super::ground::Calendar;

/// The seasons worth modelling among those declared: at least two whole ones in the past, and tested.
fn seasons(past: &[f64], declared: &[usize]) -> Vec<usize> {
    let mut seasons: Vec<usize> = declared.iter().copied().filter(|season| *season > 1 && past.len() >= 2 * season).collect();
    seasons.sort_unstable();
    seasons.dedup();
    seasons
}

/// Mean absolute difference over one season (or one step), gaps left out.
fn scale(past: &[f64], season: usize) -> f64 {
    let lag = if past.len() > season { season } else { 1 };
    let each = past.iter().skip(lag).zip(past).map(|(new, old)| (new - old).abs()).filter(|away| away.is_finite());
    let (sum, n) = each.fold((0.0, 0.0), |(sum, n), away| (sum + away, n + 1.0));
    let size = past.iter().filter(|value| value.is_finite()).fold(0.0_f64, |most, value| most.max(value.abs()));
    if n > 0.0 && sum > 0.0 { sum / n } else { 1e-3 * size.max(1e-9) }
}

/// Looks at a past.
pub(super) fn context(past: &[f64], settings: &Settings, calendar: Option<Calendar>, horizon: usize) -> Context {
    let seasons = seasons(past, &settings.seasons);
    let season = seasons.first().copied().unwrap_or(1);
    Context {
        horizon,
        scale: scale(past, season),
        candidates: candidates(past, settings, calendar, &seasons),
        most_origins: origins(past.len()),
        calendar,
        asked: settings.methods.clone(),
        arima: ArimaSearch::Fast,
        ceiling: settings.ceiling,
        seasons,
    }
}

/// The methods that were asked for or suit; levels are always held against seasonal naive.
fn candidates(past: &[f64], settings: &Settings, calendar: Option<Calendar>, seasons: &[usize]) -> Vec<Method> {
    let mut candidates = match (&settings.methods, calendar) {
        (Some(asked), _) => asked.clone(),
        (None, Some(_)) => LEVELS.to_vec(),
        (None, None) => defaults(past, seasons),
    };
    if calendar.is_some() && !candidates.contains(&Method::SeasonalNaive) {
        candidates.push(Method::SeasonalNaive);
    }
    candidates
}

/// What levels of days and weeks are given to, over horizons of months: those that state growth, and its floor.
const LEVELS: [Method; 5] = [Method::Ets, Method::Theta, Method::Drift, Method::Harmonic, Method::SeasonalNaive];

/// How many origins a past is tried at: a long one can bear more of them, a very long one costs too much.
fn origins(n: usize) -> usize {
    if (300..3_000).contains(&n) { 8 } else { 4 }
}

/// The small set that `auto` tries.
fn defaults(_past: &[f64], seasons: &[usize]) -> Vec<Method> {
    match seasons.first().copied().unwrap_or(1) {
        24.. if seasons[0] != 52 => {
            vec![Method::Regression, Method::Pool, Method::PlainPool, Method::Mstl, Method::SeasonalNaive]
        }
        13.. => vec![Method::Ets, Method::Theta, Method::Ces, Method::Harmonic, Method::Mstl],
        7 => vec![Method::Ets, Method::Theta, Method::Pool, Method::SeasonalNaive],
        _ => vec![Method::Ets, Method::Theta, Method::Ces, Method::Arima, Method::SeasonalNaive],
    }
}
