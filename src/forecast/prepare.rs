use super::decompose::{running_median, season_of, spread};
use super::yearly::Yearly;

/// The scale that forecasters work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// As recorded.
    Identity,
    /// The natural logarithm: swings and growth are ratios.
    Log,
}

impl Scale {
    /// To the working scale.
    pub(super) fn to(self, value: f64) -> f64 {
        if self == Self::Log { value.ln() } else { value }
    }

    /// Back to the recorded scale.
    pub(super) fn back(self, value: f64) -> f64 {
        if self == Self::Log { value.clamp(-700.0, 700.0).exp() } else { value }
    }

    /// The scale on which swings keep their size: the log scale where all levels are positive, none is under 2 % of their
    /// median, and either swings go with the level or it grows by over a fifth.
    ///
    /// Guerrero (1993), *Journal of Forecasting* 12(1), 37–48: over blocks of the history, that scale is chosen on which the
    /// coefficient of variation of (swing ÷ level^(1 − λ)) is smallest, here of λ = 0 and λ = 1 only.
    pub(super) fn of(values: &[Option<f64>], block: usize) -> Self {
        let seen: Vec<f64> = values.iter().flatten().copied().collect();
        let median = crate::stats::percentile(&seen, 0.5).unwrap_or(0.0);
        if seen.len() < 8 || seen.iter().any(|value| *value <= 0.02 * median) || median <= 0.0 {
            return Self::Identity;
        }
        let block = block.max(2).max(seen.len() / 30);
        let blocks: Vec<(f64, f64)> = seen.chunks_exact(block).map(moments).collect();
        let varies = |power: i32| -> f64 {
            let ratios: Vec<f64> = blocks.iter().map(|(mean, sd)| sd / mean.powi(power)).collect();
            let (mean, sd) = moments(&ratios);
            if mean > 0.0 { sd / mean } else { 0.0 }
        };
        let quarter = (seen.len() / 4).max(1);
        let growth = moments(&seen[seen.len() - quarter..]).0 / moments(&seen[..quarter]).0;
        let grows = growth > 1.2 && varies(1) <= 1.25 * varies(0);
        if blocks.len() >= 3 && (varies(1) < varies(0) || grows) { Self::Log } else { Self::Identity }
    }
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

/// A history made ready for forecasters: on its scale, the yearly pattern taken out, spikes cut for fitting.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prepared {
    /// The scale.
    pub(super) scale: Scale,
    /// What numbers are least far from zero around: the first value on the log scale, 0 on the other.
    pub(super) centre: f64,
    /// On the working scale, nothing taken out.
    pub(super) values: Vec<Option<f64>>,
    /// Without the yearly pattern.
    pub(super) level: Vec<Option<f64>>,
    /// Without the yearly pattern, spikes cut back: what forecasters fit and follow.
    pub(super) clean: Vec<Option<f64>>,
    /// How many spikes were cut back.
    pub(super) spikes: usize,
    pub(super) yearly: Yearly,
}

/// Values further than this many (robust) standard deviations from the running median of the seasonally adjusted series are
/// cut back to there: in a normal series one in 1.7 million.
const SPIKE: f64 = 5.0;
/// Half the width of the running median: a level shift is followed within so many steps, a shorter excursion is a spike.
const HALF_WINDOW: usize = 10;
/// Most seasons (and steps) that are fitted: older ones say little about the parameters, and cost time.
const NEWEST: (usize, usize) = (10, 1_100);

impl Prepared {
    /// Makes levels with a season of `season` steps ready: `year` steps of a year where a yearly pattern is to be looked for, `scale` the
    /// scale where it is given.
    pub(super) fn of(levels: &[Option<f64>], season: usize, year: Option<f64>, scale: Option<Scale>) -> Self {
        let scale = scale.unwrap_or_else(|| Scale::of(levels, season));
        let all: Vec<Option<f64>> = levels.iter().map(|value| value.map(|value| scale.to(value))).collect();
        let yearly = year.map_or_else(Yearly::default, |year| Yearly::of(&all, year, season));
        let level: Vec<Option<f64>> = all.iter().enumerate().map(|(t, value)| value.map(|value| value - yearly.at(t))).collect();
        let keep = (NEWEST.0 * season).max(NEWEST.1);
        let skip = all.len().saturating_sub(keep) / season * season;
        let (values, level) = (all[skip..].to_vec(), level[skip..].to_vec());
        let yearly = yearly.later(skip);
        let (clean, spikes) = without_spikes(&level, season);
        let centre = if scale == Scale::Log { clean.iter().flatten().next().copied().unwrap_or(0.0) } else { 0.0 };
        Self { scale, centre, values, level, clean, spikes, yearly }
    }
}

fn without_spikes(values: &[Option<f64>], m: usize) -> (Vec<Option<f64>>, usize) {
    if values.len() < 2 * HALF_WINDOW {
        return (values.to_vec(), 0);
    }
    let season = season_of(values, m);
    let adjusted: Vec<Option<f64>> =
        values.iter().enumerate().map(|(t, value)| value.map(|value| value - season[t % season.len()])).collect();
    let centre = running_median(&adjusted, HALF_WINDOW);
    let away: Vec<Option<f64>> = adjusted.iter().zip(&centre).map(|(value, centre)| Some((*value)? - (*centre)?)).collect();
    let seen: Vec<f64> = away.iter().flatten().copied().collect();
    let limit = SPIKE * spread(&seen);
    if limit <= 0.0 {
        return (values.to_vec(), 0); // over half of the values lie on their median: nothing says what a spike is
    }
    let cut = |(value, away): (&Option<f64>, &Option<f64>)| Some((*value)? - (*away)? + (*away)?.clamp(-limit, limit));
    let spikes = seen.iter().filter(|away| away.abs() > limit).count();
    (values.iter().zip(&away).map(cut).collect(), spikes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(values: impl Iterator<Item = f64>) -> Prepared {
        Prepared::of(&values.map(Some).collect::<Vec<_>>(), 7, None, None)
    }

    fn ripple(t: usize) -> f64 {
        (t as f64 * 12.9898).sin()
    }

    #[test]
    fn a_spike_is_cut_and_a_level_shift_is_not() {
        let spiky = (0..200).map(|t| 100.0 + ripple(t) + if t == 90 { 80.0 } else { 0.0 });
        let prepared = prepared(spiky);
        assert_eq!(prepared.spikes, 1);
        // at most 101 (the ripple's top) and 5 × 1.4826 × its median distance from the median, itself at most 1
        assert!(prepared.scale.back(prepared.clean[90].unwrap()) <= 101.0 + 5.0 * 1.4826);
        let shifted = (0..200).map(|t| 100.0 + ripple(t) + if t >= 90 { 80.0 } else { 0.0 });
        assert_eq!(self::prepared(shifted).spikes, 0);
    }

    #[test]
    fn swings_that_go_with_the_level_are_put_on_the_log_scale() {
        let rising = |t: usize| 100.0 * (0.006 * t as f64).exp(); // so slow that its rise within a week is no swing
        let ripple = |t: usize| (ripple(t) * 43_758.545_3).fract();
        let ratio: Vec<Option<f64>> = (0..200).map(|t| Some(rising(t) * (1.0 + 0.1 * ripple(t)))).collect();
        assert_eq!(Scale::of(&ratio, 7), Scale::Log);
        let added: Vec<Option<f64>> = (0..200).map(|t| Some(rising(t) + 20.0 * ripple(t))).collect();
        assert_eq!(Scale::of(&added, 7), Scale::Identity);
        assert_eq!(Scale::of(&[Some(0.0), Some(1.0), Some(2.0)], 7), Scale::Identity);
    }
}
