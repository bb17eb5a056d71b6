//! How a forecast did on what was held back, told honestly: each origin under weights and widths learned without it.

use super::blend::loss;
use super::calibrate::{Factors, Held, HeldBack};
use super::trial::{Row, Trial};
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
}

/// The places in the grid of the bounds of the 80 % and the 95 % band.
const BANDS: [(usize, usize); 2] = [(4, 12), (2, 14)];

impl Tested {
    /// `others`: for each origin the factors of this series learned without it. `None` under two origins.
    pub(super) fn of(trial: &Trial, scores: &[Vec<Option<f64>>], held: &HeldBack, others: &[Factors]) -> Option<Self> {
        let mean_of = |candidate: usize| {
            let each: Option<Vec<f64>> = scores.iter().map(|origin| origin[candidate]).collect();
            each.filter(|each| !each.is_empty()).map(|each| each.iter().sum::<f64>() / each.len() as f64)
        };
        let naive_crps = mean_of(trial.naive()?)?;
        if scores.len() < 2 || held.points.is_empty() {
            return None;
        }
        let mut candidates: Vec<(String, f64)> =
            trial.fits.iter().enumerate().filter_map(|(at, (_, fit, _))| Some((fit.fitted().name(), mean_of(at)?))).collect();
        candidates.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (mut by_origin, mut inside) = (vec![(0.0, 0.0); scores.len()], [0.0; 2]);
        for point in &held.points {
            let row = others[point.origin].corrected(&point.row, point.ahead, f64::NEG_INFINITY);
            let (sum, n) = &mut by_origin[point.origin];
            *sum += unscaled(trial, &row, point);
            *n += 1.0;
            for (inside, (low, high)) in inside.iter_mut().zip(BANDS) {
                *inside += f64::from(u8::from((row[low]..=row[high]).contains(&point.came)));
            }
        }
        let score = estimate(by_origin.iter().filter(|(_, n)| *n > 0.0).map(|(sum, n)| sum / n));
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
        })
    }
}

/// A correction may raise the error of held-back points by at most this ratio; one that would is weakened.
const DEARER: f64 = 1.02;

/// Weakens the correction of one series by halves until the error of its held-back points, each corrected without its own origin,
/// is about as low as without any: a wider band that covers more can still be a worse forecast.
pub(super) fn temper(trial: &Trial, held: &HeldBack, factors: &mut Factors, others: &mut [Factors]) {
    let plain: f64 = held.points.iter().map(|point| unscaled(trial, &point.row, point)).sum();
    let corrected = |others: &[Factors]| -> f64 {
        let row = |point: &Held| others[point.origin].corrected(&point.row, point.ahead, f64::NEG_INFINITY);
        held.points.iter().map(|point| unscaled(trial, &row(point), point)).sum()
    };
    for _ in 0..3 {
        if corrected(others) <= DEARER * plain {
            return;
        }
        factors.halve();
        others.iter_mut().for_each(Factors::halve);
    }
    if corrected(others) > DEARER * plain {
        factors.clear();
        others.iter_mut().for_each(Factors::clear);
    }
}

/// The CRPS of a row, both on the scale of the trial, in the unit of the series.
fn unscaled(trial: &Trial, row: &Row, point: &Held) -> f64 {
    loss(&row.map(|value| trial.scale.back(value)), trial.scale.back(point.came))
}
