//! How a forecast did on what was held back, told honestly: each origin under weights and widths learned without it.

use super::blend::loss;
use super::calibrate::{Factors, HeldBack};
use super::trial::{MEDIAN, Trial};
use crate::stats::estimate;

/// The scores of one series, in its unit.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::forecast) struct Tested {
    pub(in crate::forecast) origins: usize,
    /// The furthest step that was scored.
    pub(in crate::forecast) horizon: usize,
    pub(in crate::forecast) points: usize,
    /// Mean over origins of the mean CRPS of the combination, its widths corrected.
    pub(in crate::forecast) crps: f64,
    pub(in crate::forecast) crps_standard_error: f64,
    /// Name and mean CRPS of each candidate as it is, best first.
    pub(in crate::forecast) candidates: Vec<(String, f64)>,
    /// That of seasonal naive on the same points.
    pub(in crate::forecast) naive_crps: f64,
    /// Shares inside the 80 % and the 95 % band.
    pub(in crate::forecast) inside: [f64; 2],
    /// What was said of each point, and what came.
    pub(in crate::forecast) told: Vec<Told>,
}

/// One held-back point in the unit of its series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::forecast) struct Told {
    /// Values that were known.
    pub(in crate::forecast) known: usize,
    /// Steps ahead, 1 the next.
    pub(in crate::forecast) ahead: usize,
    pub(in crate::forecast) came: f64,
    /// P2.5, P10, P50, P90 and P97.5.
    pub(in crate::forecast) said: [f64; 5],
}

/// The places in the grid of what is told of a point.
const SAID: [usize; 5] = [2, 4, MEDIAN, 12, 14];
/// The places among them of the bounds of the 80 % and the 95 % band.
const BANDS: [(usize, usize); 2] = [(1, 3), (0, 4)];

/// Mean CRPS of a candidate over the origins; `None` where it could not be tried at one of them.
fn mean_of(scores: &[Vec<Option<f64>>], candidate: usize) -> Option<f64> {
    let each: Option<Vec<f64>> = scores.iter().map(|origin| origin[candidate]).collect();
    each.filter(|each| !each.is_empty()).map(|each| each.iter().sum::<f64>() / each.len() as f64)
}

/// Mean CRPS of the combination at each origin, its widths corrected by that origin's factors where they are given.
fn by_origin(trial: &Trial, held: &HeldBack, others: Option<&[Factors]>) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); held.origins];
    for point in &held.points {
        let row = others.map_or(point.row, |others| others[point.origin].corrected(&point.row, point.ahead, f64::NEG_INFINITY));
        let (sum, n) = &mut sums[point.origin];
        // both are on the scale of the trial, the score is in the unit of the series
        *sum += loss(&row.map(|value| trial.scale.back(value)), trial.scale.back(point.came));
        *n += 1.0;
    }
    sums.into_iter().filter(|(_, n)| *n > 0.0).map(|(sum, n)| sum / n).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Whether the combination did better than seasonal naive on what was held back, or nothing was.
pub(super) fn beats_naive(trial: &Trial, scores: &[Vec<Option<f64>>], held: &HeldBack) -> bool {
    let naive = trial.naive().and_then(|naive| mean_of(scores, naive));
    held.points.is_empty() || naive.is_none_or(|naive| mean(&by_origin(trial, held, None)) < naive)
}

impl Tested {
    /// `others`: for each origin the factors of this series learned without it. `None` under two origins.
    pub(super) fn of(trial: &Trial, scores: &[Vec<Option<f64>>], held: &HeldBack, others: &[Factors]) -> Option<Self> {
        let naive_crps = mean_of(scores, trial.naive()?)?;
        if scores.len() < 2 || held.points.is_empty() {
            return None;
        }
        let named = trial.fits.iter().enumerate();
        let mut candidates: Vec<(String, f64)> =
            named.filter_map(|(at, (_, fit, _))| Some((fit.fitted().name(), mean_of(scores, at)?))).collect();
        candidates.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut inside = [0.0; 2];
        let mut told = Vec::with_capacity(held.points.len());
        for point in &held.points {
            let row = others[point.origin].corrected(&point.row, point.ahead, f64::NEG_INFINITY);
            // both there and back on the scale, so that a value on the edge of a closed band stays on it
            let back = |value: f64| trial.scale.back(value);
            let (came, said) = (back(point.came), SAID.map(|at| back(row[at])));
            for (inside, (low, high)) in inside.iter_mut().zip(BANDS) {
                *inside += f64::from(u8::from((said[low]..=said[high]).contains(&came)));
            }
            told.push(Told { known: trial.origins[point.origin].start, ahead: point.ahead, came, said });
        }
        let score = estimate(by_origin(trial, held, Some(others)).into_iter());
        let points = held.points.len();
        Some(Self {
            origins: scores.len(),
            horizon: held.points.iter().map(|point| point.ahead).max().unwrap_or(0),
            points,
            crps: score.value,
            crps_standard_error: score.standard_error,
            candidates,
            naive_crps,
            inside: inside.map(|inside| inside / points as f64),
            told,
        })
    }
}

/// A correction may raise the error of held-back points by at most this ratio; one that would is weakened.
const DEARER: f64 = 1.02;

/// Weakens the correction of one series by halves until the error of its held-back points, each corrected without its own origin,
/// is about as low as without any, and below that of seasonal naive where it was: a wider band that covers more can still be a worse
/// forecast.
pub(super) fn temper(trial: &Trial, scores: &[Vec<Option<f64>>], held: &HeldBack, factors: &mut Factors, others: &mut [Factors]) {
    let plain = mean(&by_origin(trial, held, None));
    let naive = trial.naive().and_then(|naive| mean_of(scores, naive)).unwrap_or(f64::INFINITY);
    let most = (DEARER * plain).min(naive.max(plain));
    for _ in 0..3 {
        if mean(&by_origin(trial, held, Some(others))) <= most {
            return;
        }
        factors.halve();
        others.iter_mut().for_each(Factors::halve);
    }
    if mean(&by_origin(trial, held, Some(others))) > most {
        factors.clear();
        others.iter_mut().for_each(Factors::clear);
    }
}
