//! What a series is expected to be: a running median level and a median for each phase of each season.

use super::robust::{hold, median_of, quantile_of, running_median, spread_about_zero};

/// Fewest whole cycles for a season: the median of two is their mean, which a spike moves by half of itself.
const CYCLES: usize = 3;
/// A season is kept where it makes the mean size of what remains smaller by at least this factor (in short series more: by 1 / √n,
/// about the error of that size), its own degrees of freedom counted.
const WORTH: f64 = 0.95;
/// Logarithms are used where they make the swings more alike by at least this factor.
const CLEARLY: f64 = 0.9;
/// Windows of the coarse level a season.
const STRIDES: usize = 8;

/// The robust expectation of a series and what remains: value = level + Σ pattern(phase) + residual, or the same of the logarithms.
#[derive(Debug, Clone, PartialEq)]
pub struct SeasonProfile {
    /// Levels, patterns and residuals are those of natural logarithms.
    pub log: bool,
    /// The seasons that are there, in steps, the shortest first.
    pub seasons: Vec<usize>,
    /// For each of them the median by phase (index modulo season), on the working scale.
    pub patterns: Vec<Vec<f64>>,
    /// The running median without seasons, on the working scale; finite at every step.
    pub level: Vec<f64>,
    /// What remains, on the working scale; NaN at gaps.
    pub residuals: Vec<f64>,
    /// The robust standard deviation of what remains.
    pub spread: f64,
    /// Half the width of the window of the level, in steps.
    pub half: usize,
}

impl SeasonProfile {
    /// What the seasons add at step `index`, on the working scale.
    #[must_use]
    pub fn season_at(&self, index: usize) -> f64 {
        self.patterns.iter().map(|pattern| pattern[index % pattern.len()]).sum()
    }

    /// The expectation at step `index`, in the unit of the series.
    #[must_use]
    pub fn expected(&self, index: usize) -> f64 {
        self.back(self.level[index] + self.season_at(index))
    }

    /// From the working scale to the unit of the series.
    #[must_use]
    pub fn back(&self, value: f64) -> f64 {
        if self.log { value.clamp(-700.0, 700.0).exp() } else { value }
    }

    /// From the unit of the series to the working scale; NaN where there is none.
    #[must_use]
    pub fn to(&self, value: f64) -> f64 {
        match self.log {
            true if value > 0.0 => value.ln(),
            true => f64::NAN,
            false => value,
        }
    }

    /// The values without their seasons, on the working scale: level + residual.
    #[must_use]
    pub fn deseasonalised(&self) -> Vec<f64> {
        self.level.iter().zip(&self.residuals).map(|(level, residual)| level + residual).collect()
    }

    /// Takes level and residuals anew from `values`, the patterns kept.
    pub(super) fn follow(&mut self, values: &[f64]) {
        let flat: Vec<f64> = values.iter().enumerate().map(|(t, value)| self.to(*value) - self.season_at(t)).collect();
        self.level = running_median(&flat, self.half);
        self.residuals = flat.iter().zip(&self.level).map(|(value, level)| value - level).collect();
        self.spread = spread_about_zero(self.residuals.iter().copied());
    }
}

/// The robust expectation of `values` (gaps NaN) given candidate `seasons` in steps; `None` for fewer than eight values.
///
/// The seasons with three whole cycles or more are tried from the shortest on; each is the median by phase of what remains over a
/// coarse level (medians over the longest season), and stays if the size of what remains falls by 5 % or more. Logarithms are used where all
/// values are positive and swings go with the level. The same idea as the median-based decomposition for anomaly detection by
/// Hochenbaum, Vallis & Kejariwal (2017), arXiv 1704.07706.
#[must_use]
pub fn season_profile(values: &[f64], seasons: &[usize]) -> Option<SeasonProfile> {
    let seen = values.iter().filter(|value| value.is_finite()).count();
    if seen < 8 {
        return None;
    }
    let mut tried: Vec<usize> = seasons.iter().copied().filter(|season| *season > 1 && values.len() >= CYCLES * season).collect();
    tried.sort_unstable();
    tried.dedup();
    let longest = tried.last().copied().unwrap_or(1);
    let log = goes_with_level(values, longest);
    let mut profile = SeasonProfile {
        log,
        seasons: Vec::new(),
        patterns: Vec::new(),
        level: Vec::new(),
        residuals: Vec::new(),
        spread: 0.0,
        half: half_window(values.len(), longest),
    };
    if !tried.is_empty() {
        let working: Vec<f64> = values.iter().map(|value| profile.to(*value)).collect();
        let coarse = coarse_level(&working, longest);
        let mut rest: Vec<f64> = working.iter().zip(&coarse).map(|(value, level)| value - level).collect();
        for season in tried {
            add_season(&mut profile, &mut rest, season);
        }
        if !profile.seasons.is_empty() {
            again(&mut profile, &working, &rest, longest);
        }
    }
    profile.follow(values);
    Some(profile)
}

/// Half the window of the level without seasons: an excursion that is shorter does not move it, a longer one is a shift.
fn half_window(n: usize, longest: usize) -> usize {
    if longest >= 24 { (longest / 8).clamp(10, 48) } else { (n / 10).clamp(3, 10) }
}

/// Keeps the pattern of `season` in `rest` if it is worth its degrees of freedom, and takes it out of `rest`.
fn add_season(profile: &mut SeasonProfile, rest: &mut [f64], season: usize) {
    let pattern = phase_medians(rest, season);
    let cycles = rest.len() as f64 / season as f64;
    let after: Vec<f64> = rest.iter().enumerate().map(|(t, value)| value - pattern[t % season]).collect();
    let cut = 3.0 * spread_about_zero(rest.iter().copied());
    let before = size_up_to(rest, cut);
    let size = size_up_to(&after, cut) * (cycles / (cycles - 1.0)).sqrt();
    if size < (WORTH.min(1.0 - 1.0 / (rest.len() as f64).sqrt())) * before {
        rest.copy_from_slice(&after);
        profile.seasons.push(season);
        profile.patterns.push(pattern);
    }
}

/// Takes the patterns anew over the moving mean of one `longest` season: the median of a window that holds a season on a slope
/// follows one phase for a while and then the next, a staircase that the patterns would keep; a mean does not. Outliers (by the
/// first expectation, `rest` what it leaves) are clipped for it, gaps filled.
fn again(profile: &mut SeasonProfile, working: &[f64], rest: &[f64], longest: usize) {
    let clip = 3.0 * spread_about_zero(rest.iter().copied());
    let mut held = 0.0;
    let tame: Vec<f64> = working
        .iter()
        .zip(rest)
        .map(|(value, rest)| {
            if rest.is_finite() {
                held = value - rest;
            }
            if rest.is_finite() { held + rest.clamp(-clip, clip) } else { held }
        })
        .collect();
    let level = moving_mean(&tame, longest);
    let mut rest: Vec<f64> = working.iter().zip(&level).map(|(value, level)| value - level).collect();
    for (pattern, season) in profile.patterns.iter_mut().zip(&profile.seasons) {
        *pattern = phase_medians(&rest, *season);
        for (t, value) in rest.iter_mut().enumerate() {
            *value -= pattern[t % season];
        }
    }
}

/// Centred means over one season (the two end values of an even one count half), carried on at the ends by the slope over the
/// season next to them.
fn moving_mean(values: &[f64], season: usize) -> Vec<f64> {
    let n = values.len();
    let half = season / 2;
    let mut sums = Vec::with_capacity(n + 1);
    sums.push(0.0);
    let centre = values[0]; // sums of differences: large levels keep their digits
    for (t, value) in values.iter().enumerate() {
        sums.push(sums[t] + (value - centre));
    }
    let mean = |t: usize| {
        let sum = if season % 2 == 1 {
            sums[t + half + 1] - sums[t - half]
        } else {
            0.5 * (sums[t + half + 1] - sums[t - half] + sums[t + half] - sums[t - half + 1])
        };
        centre + sum / season as f64
    };
    let (first, last) = (half, n - 1 - half);
    let span = season.min(last - first).max(1);
    let slope = |from: usize| if last > first { (mean(from + span) - mean(from)) / span as f64 } else { 0.0 };
    let (rise, end) = (slope(first), slope(last - span.min(last - first)));
    (0..n)
        .map(|t| match t {
            t if t < first => mean(first) - rise * (first - t) as f64,
            t if t > last => mean(last) + end * (t - last) as f64,
            t => mean(t),
        })
        .collect()
}

/// The mean size of values that are there, each counted at most `cut`: one spike does not decide about a season.
fn size_up_to(values: &[f64], cut: f64) -> f64 {
    let seen = values.iter().filter(|value| value.is_finite());
    let (count, sum) = seen.fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value.abs().min(cut)));
    sum / f64::from(count.max(1))
}

/// The median at each phase; their own median is taken off, so that they add nothing to the level.
fn phase_medians(rest: &[f64], season: usize) -> Vec<f64> {
    let mut scratch = Vec::with_capacity(rest.len() / season + 1);
    let mut pattern: Vec<f64> = (0..season)
        .map(|phase| {
            scratch.clear();
            scratch.extend(rest.iter().skip(phase).step_by(season));
            median_of(&mut scratch)
        })
        .collect();
    let middle = median_of(&mut pattern.clone());
    for value in &mut pattern {
        *value = if value.is_finite() { *value - middle } else { 0.0 };
    }
    pattern
}

/// Medians over windows of one `season`, some a season, with straight lines between; carried on at the ends by the median slope there.
fn coarse_level(values: &[f64], season: usize) -> Vec<f64> {
    let n = values.len();
    let stride = (season / STRIDES).max(1);
    let mut scratch = Vec::with_capacity(season);
    let mut knots: Vec<f64> = (0..=(n - season) / stride)
        .map(|i| {
            scratch.clear();
            scratch.extend_from_slice(&values[i * stride..i * stride + season]);
            median_of(&mut scratch)
        })
        .collect();
    hold(&mut knots);
    let centre = (season - 1) as f64 / 2.0;
    let slope = |from: usize, until: usize| -> f64 {
        let mut changes: Vec<f64> = (from..until).map(|t| (values[t + season] - values[t]) / season as f64).collect();
        let slope = median_of(&mut changes);
        if slope.is_finite() { slope } else { 0.0 }
    };
    let first = slope(0, season.min(n - season));
    let last = slope((n - season).saturating_sub(season), n - season);
    let end = knots.len() - 1;
    (0..n)
        .map(|t| {
            let at = (t as f64 - centre) / stride as f64;
            if at <= 0.0 {
                knots[0] + first * at * stride as f64
            } else if at >= end as f64 {
                knots[end] + last * (at - end as f64) * stride as f64
            } else {
                let below = at.floor() as usize;
                knots[below] + (at - at.floor()) * (knots[below + 1] - knots[below])
            }
        })
        .collect()
}

/// All values are positive, none is under 2 % of the median, neither a stretch nor a twentieth of the values is over
/// 20 medians (that is another state, not growth), and over blocks of the series (a season long) the swings keep a more
/// constant ratio to the level than a constant size (medians, so that a spike does not decide): Guerrero (1993), *Journal of Forecasting* 12(1), 37–48, for λ = 0 and 1.
fn goes_with_level(values: &[f64], season: usize) -> bool {
    let mut seen: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let least = seen.iter().copied().fold(f64::INFINITY, f64::min);
    let block = season.max(seen.len() / 30).max(4);
    let blocks: Vec<(f64, f64)> = seen
        .chunks_exact(block)
        .map(|block| {
            let middle = median_of(&mut block.to_vec());
            (middle, median_of(&mut block.iter().map(|value| (value - middle).abs()).collect()))
        })
        .collect();
    let middle = quantile_of(&mut seen, 0.5);
    let most = quantile_of(&mut seen, 0.95).max(blocks.iter().map(|(level, _)| *level).fold(0.0, f64::max));
    if blocks.len() < 3 || least <= 0.0 || least < 0.02 * middle || most > 20.0 * middle {
        return false;
    }
    let variation = |power: i32| {
        let ratios: Vec<f64> = blocks.iter().map(|(mean, swing)| swing / mean.powi(power)).collect();
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        let squares: f64 = ratios.iter().map(|ratio| (ratio - mean).powi(2)).sum();
        if mean > 0.0 { squares.sqrt() / mean } else { 0.0 }
    };
    variation(1) < CLEARLY * variation(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_on_a_line_is_found_exactly_and_spikes_do_not_move_it() {
        let shape = [0.0, 3.0, -2.0, 5.0, -6.0, 1.0, -1.0];
        let mut values: Vec<f64> = (0..70).map(|t| 100.0 + shape[t % 7]).collect();
        values[30] = 900.0;
        values[50] = f64::NAN;
        let profile = season_profile(&values, &[7]).unwrap();
        assert_eq!(profile.seasons, [7]);
        for t in 0..70 {
            assert!((profile.expected(t) - (100.0 + shape[t % 7])).abs() < 1e-9, "step {t}: {}", profile.expected(t));
        }
        assert!(profile.residuals[50].is_nan());
        assert!((profile.residuals[30] - (900.0 - 100.0 - shape[2])).abs() < 1e-9);
    }

    #[test]
    fn noise_without_a_season_gets_none() {
        let mut state = 7_u64;
        let values: Vec<f64> = (0..120)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f64 / f64::from(1 << 24)
            })
            .collect();
        assert!(season_profile(&values, &[12]).unwrap().seasons.is_empty());
    }

    #[test]
    fn odd_series_give_finite_numbers() {
        for values in [vec![0.0; 40], vec![5.0; 40], vec![1e12; 40], (0..40).map(|t| 1e-9 * f64::from(t)).collect()] {
            let profile = season_profile(&values, &[12, 4]).unwrap();
            assert!(profile.level.iter().chain(&profile.residuals).all(|value| value.is_finite()));
        }
        assert!(season_profile(&[1.0, 2.0, 3.0], &[2]).is_none());
        assert!(season_profile(&[f64::NAN; 30], &[2]).is_none());
    }
}
