//! One-off spikes, dropouts and runs of bad values, and the series without them.

use super::profile::{SeasonProfile, season_profile};
use super::robust::{quantile_of, spread_about_zero};
use crate::stats::TWO_SIDED_95;

/// What an unusual value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpikeKind {
    /// Well over what was expected, for one or two steps.
    Up,
    /// Well under what was expected, for one or two steps.
    Down,
    /// Zero in a series that is not otherwise: a reading that was lost, or a service that was down.
    Dropout,
    /// Part of three or more unusual steps in a row.
    Run,
}

/// One value that was replaced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spike {
    /// Its step.
    pub index: usize,
    /// What was recorded, in the unit of the series.
    pub value: f64,
    /// What was expected there: level and seasons, in the unit of the series.
    pub expected: f64,
    /// How many robust standard deviations lie between, on the working scale of the profile; negative for a dip.
    pub score: f64,
    /// What it is.
    pub kind: SpikeKind,
}

/// How spikes are told from the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpikeOptions {
    /// Robust standard deviations that a one-off value must be off, in a series with normal noise; heavier tails raise it.
    pub threshold: f64,
    /// Events a step (and three anyway) that may still be called one-off; in a series with more of them bursts are usual, and only
    /// what towers over the rest of them is taken out.
    pub often: f64,
}

impl Default for SpikeOptions {
    fn default() -> Self {
        Self { threshold: 6.0, often: 0.002 }
    }
}

/// A series with its spikes replaced, and the spikes.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaned {
    /// The values with spikes replaced by what was expected; gaps stay NaN.
    pub cleaned: Vec<f64>,
    /// What was replaced, in order of time: peaks stay available.
    pub spikes: Vec<Spike>,
    /// The expectation, taken without the spikes.
    pub profile: SeasonProfile,
}

/// Zero is a dropout only where it is rarer than this.
const RARE_ZERO: f64 = 0.1;
/// A dropout needs so many robust standard deviations.
const DROPOUT: f64 = 3.0;
/// Within so many steps of the end a spike cannot yet be told from a shift: twice the threshold is asked for.
const END: usize = 3;
/// In a series of bursts, an event stands out when it is so many times the next smaller one.
const TOWERS: f64 = 1.5;
/// Phase groups a season for the spread, and the fewest values in one.
const GROUPS: (usize, usize) = (24, 20);

/// Finds one-off spikes against the seasonal expectation and replaces them; `None` for fewer than eight values.
///
/// A value is a spike when its residual is far out for the series (a robust score, its threshold raised by the square of
/// (95 % point of |score|) / (that of a normal law), so that heavy-tailed series keep their values), and nothing like it is found at the same phase
/// of half of the neighbouring cycles: scheduled jobs recur and are no outliers.
#[must_use]
pub fn clean(values: &[f64], seasons: &[usize], options: SpikeOptions) -> Option<Cleaned> {
    let zeros = dropouts(values, seasons);
    let kept: Vec<f64> = values.iter().zip(&zeros).map(|(value, zero)| if *zero { f64::NAN } else { *value }).collect();
    let mut profile = season_profile(&kept, seasons)?;
    let scores = scores(&profile);
    let limit = options.threshold * tail_factor(&scores);
    let mut flagged = Vec::new();
    for (index, score) in scores.iter().enumerate() {
        let asked = if index + END >= values.len() { 2.0 * limit } else { limit };
        let far = score.abs() > asked && !recurs(&profile.residuals, index, seasons);
        if zeros[index] || far {
            flagged.push((index, *score));
        }
    }
    one_off(&mut flagged, &zeros, (options.often * values.len() as f64) as usize);
    if flagged.is_empty() {
        return Some(Cleaned { cleaned: values.to_vec(), spikes: Vec::new(), profile });
    }
    let mut cleaned = kept;
    for (index, _) in &flagged {
        cleaned[*index] = f64::NAN;
    }
    profile.follow(&cleaned);
    let scale = if profile.spread > 0.0 { profile.spread } else { 1.0 };
    let mut spikes = Vec::with_capacity(flagged.len());
    for (index, score) in flagged {
        let expected = profile.expected(index);
        // A zero has no logarithm: its score is that of a thousandth of what was expected.
        let least = if profile.log { expected.abs() * 1e-3 } else { f64::NEG_INFINITY };
        let off = (profile.to(values[index].max(least)) - profile.to(expected)) / scale;
        let score = if score.is_finite() { score } else { off };
        if zeros[index] && off.abs() < DROPOUT {
            cleaned[index] = values[index];
            continue;
        }
        cleaned[index] = expected;
        spikes.push(Spike { index, value: values[index], expected, score, kind: SpikeKind::Run });
    }
    classify(&mut spikes);
    Some(Cleaned { cleaned, spikes, profile })
}

/// Residuals in robust standard deviations: of the whole series or of the same part of the season, whichever is wider.
fn scores(profile: &SeasonProfile) -> Vec<f64> {
    let residuals = &profile.residuals;
    let longest = profile.seasons.first().copied().unwrap_or(1);
    let floor = profile.level.iter().map(|level| level.abs()).fold(0.0, f64::max) * 1e-9;
    let whole = profile.spread.max(if profile.log { 1e-9 } else { floor });
    if whole <= 0.0 {
        return residuals.iter().map(|residual| if residual.is_finite() { 0.0 } else { f64::NAN }).collect();
    }
    let groups = GROUPS.0.min(longest);
    if groups < 2 || residuals.len() < groups * GROUPS.1 {
        return residuals.iter().map(|residual| residual / whole).collect();
    }
    let group = |t: usize| t % longest * groups / longest;
    let mut sorted: Vec<Vec<f64>> = vec![Vec::with_capacity(residuals.len() / groups + 1); groups];
    for (t, residual) in residuals.iter().enumerate() {
        sorted[group(t)].push(*residual);
    }
    let spreads: Vec<f64> = sorted.into_iter().map(|group| spread_about_zero(group.into_iter()).max(whole)).collect();
    residuals.iter().enumerate().map(|(t, residual)| residual / spreads[group(t)]).collect()
}

/// How much heavier the tails are than normal ones: the square of the 95 % point of |score| over that of a normal law, at least 1.
fn tail_factor(scores: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = scores.iter().filter(|score| score.is_finite()).map(|score| score.abs()).collect();
    if sizes.is_empty() {
        return 1.0;
    }
    (quantile_of(&mut sizes, 0.95) / TWO_SIDED_95).powi(2).max(1.0)
}

/// Something at least half as large, to the same side, is found at the same phase of half of the nearest four other cycles.
pub(in crate::forecast) fn recurs(residuals: &[f64], index: usize, seasons: &[usize]) -> bool {
    let size = residuals[index].abs();
    let side = residuals[index].signum();
    seasons.iter().filter(|season| **season >= 4).any(|season| {
        let slack = usize::from(*season >= 24) + usize::from(*season >= 96); // jobs start a little late
        let alike = |at: usize| {
            let near = &residuals[at.saturating_sub(slack)..(at + slack + 1).min(residuals.len())];
            near.iter().any(|residual| residual * side >= 0.5 * size)
        };
        let before = (1..=2).filter_map(|cycle| index.checked_sub(cycle * season));
        let after = (1..=2).map(|cycle| index + cycle * season).filter(|at| *at < residuals.len());
        let others: Vec<bool> = before.chain(after).filter(|at| residuals[*at].is_finite()).map(alike).collect();
        let hits = others.iter().filter(|hit| **hit).count();
        hits > 0 && 2 * hits >= others.len()
    })
}

/// Zeros in a series that is otherwise positive and seldom near zero, not at phases that are zero in other cycles too.
fn dropouts(values: &[f64], seasons: &[usize]) -> Vec<bool> {
    let mut positive: Vec<f64> = values.iter().copied().filter(|value| value.is_finite() && *value != 0.0).collect();
    let seen = values.iter().filter(|value| value.is_finite()).count();
    let zeros = seen - positive.len();
    let none = vec![false; values.len()];
    if zeros == 0 || zeros as f64 > RARE_ZERO * seen as f64 || positive.iter().any(|value| *value < 0.0) {
        return none;
    }
    if quantile_of(&mut positive, 0.05) < 0.2 * quantile_of(&mut positive, 0.5) {
        return none; // low values are usual: a zero is one of them
    }
    let marks: Vec<f64> = values.iter().map(|value| if *value == 0.0 { 1.0 } else { 0.0 }).collect();
    (0..values.len()).map(|t| marks[t] > 0.0 && !recurs(&marks, t, seasons)).collect()
}

/// Leaves those of the `flagged` steps that are one-off. Steps that follow one another are one event, as large as the largest of
/// them. Where there are more than `most` events (at least three), those are kept that come before the widest relative gap among the
/// largest, if it is [`TOWERS`] or more. Dropouts always stay.
fn one_off(flagged: &mut Vec<(usize, f64)>, zeros: &[bool], most: usize) {
    let most = most.max(3);
    let mut events: Vec<f64> = flagged
        .chunk_by(|one, two| two.0 == one.0 + 1)
        .filter(|event| event.iter().any(|(index, _)| !zeros[*index]))
        .map(|event| event.iter().map(|(_, score)| score.abs()).fold(0.0, f64::max))
        .collect();
    if events.len() <= most {
        return;
    }
    events.sort_by(|one, two| two.total_cmp(one));
    let ratio = |at: usize| events[at - 1] / events[at];
    let gap = (1..=most).max_by(|one, two| ratio(*one).total_cmp(&ratio(*two))).unwrap_or(1);
    let limit = if ratio(gap) >= TOWERS { events[gap] } else { f64::INFINITY };
    flagged.retain(|(index, score)| zeros[*index] || score.abs() > limit);
}

fn classify(spikes: &mut [Spike]) {
    for group in spikes.chunk_by_mut(|one, two| two.index == one.index + 1 && (one.score > 0.0) == (two.score > 0.0)) {
        let long = group.len() >= 3;
        for spike in group {
            spike.kind = match spike.score > 0.0 {
                _ if spike.value == 0.0 && spike.score < 0.0 => SpikeKind::Dropout,
                _ if long => SpikeKind::Run,
                true => SpikeKind::Up,
                false => SpikeKind::Down,
            };
        }
    }
}

#[cfg(test)]
#[path = "spikes_tests.rs"]
mod tests;
