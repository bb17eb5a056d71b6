//! First guesses of the states before the first step.

use super::form::{EtsForm, EtsSeason};
use super::recursion::Point;

/// A past's level, slope and season as a classical decomposition sees them.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    /// The line through the first steps, at step −1.
    pub level: f64,
    /// Its slope a step.
    pub slope: f64,
    /// The mean of the first steps.
    pub mean: f64,
    /// The season by place; empty without one.
    pub season: Vec<f64>,
}

/// Gaps filled along a straight line, the ends by the nearest value.
pub(super) fn filled(past: &[f64]) -> Vec<f64> {
    let mut filled = past.to_vec();
    let mut last: Option<usize> = None;
    for t in 0..past.len() {
        if past[t].is_nan() {
            continue;
        }
        let from = last.map_or(0, |l| l + 1);
        for (gap, value) in filled.iter_mut().enumerate().take(t).skip(from) {
            *value = last.map_or(past[t], |l| past[l] + (past[t] - past[l]) * (gap - l) as f64 / (t - l) as f64);
        }
        last = Some(t);
    }
    if let Some(l) = last {
        filled[l + 1..].fill(past[l]);
    }
    filled
}

/// The guess for `past` without gaps, with a season of `m` steps of that kind.
pub(super) fn guess(past: &[f64], m: usize, kind: EtsSeason) -> Guess {
    let season = if kind == EtsSeason::None { Vec::new() } else { season(past, m, kind == EtsSeason::Multiplicative) };
    let many = if season.is_empty() { 10 } else { 10.max(2 * m) }.min(past.len());
    let adjusted = past[..many].iter().enumerate().map(|(t, y)| match kind {
        EtsSeason::None => *y,
        EtsSeason::Additive => y - season[t % m],
        EtsSeason::Multiplicative => y / season[t % m].max(1e-2),
    });
    let n = many as f64;
    let middle = 0.5 * (n + 1.0);
    let (mut sum, mut with_time) = (0.0, 0.0);
    for (t, y) in adjusted.enumerate() {
        sum += y;
        with_time += y * (t as f64 + 1.0 - middle);
    }
    let slope = if many > 1 { 12.0 * with_time / (n * (n * n - 1.0)) } else { 0.0 };
    Guess { level: sum / n - slope * middle, slope, mean: sum / n, season }
}

/// The mean of each place's distance from (or ratio to) the centred moving average, together 0 (or 1 on average).
fn season(past: &[f64], m: usize, ratio: bool) -> Vec<f64> {
    let n = past.len();
    let (mut sums, mut counts) = (vec![0.0; m], vec![0.0; m]);
    let half = m / 2;
    let mut window: f64 = past[..m.min(n)].iter().sum();
    let overall = past.iter().sum::<f64>() / n as f64;
    for t in 0..n {
        let middle = if n >= 2 * m {
            if t < half || t + half >= n || (m.is_multiple_of(2) && t + half > n - 1) {
                continue;
            }
            // the window holds t − half .. t − half + m; for an even m its ends count half
            let from = t - half;
            if from > 0 {
                window += past.get(from + m - 1).copied().unwrap_or(0.0) - past[from - 1];
            }
            let even = if m.is_multiple_of(2) { 0.5 * (past[from + m] - past[from]) } else { 0.0 };
            (window + even) / m as f64
        } else {
            overall
        };
        sums[t % m] += if ratio { past[t] / middle } else { past[t] - middle };
        counts[t % m] += 1.0;
    }
    let neutral = if ratio { 1.0 } else { 0.0 };
    for (sum, count) in sums.iter_mut().zip(&counts) {
        *sum = if *count > 0.0 && sum.is_finite() { *sum / count } else { neutral };
        if ratio {
            *sum = sum.max(0.01);
        }
    }
    let mean = sums.iter().sum::<f64>() / m as f64;
    for s in &mut sums {
        *s = if ratio { *s / mean } else { *s - mean };
    }
    sums
}

/// A start of `form` with these smoothing parameters (α, β/α, γ/(1 − α), φ).
pub(super) fn point(form: EtsForm, guess: &Guess, smoothing: [f64; 4]) -> Point {
    let [alpha, share_beta, share_gamma, phi] = smoothing;
    let mut point = Point {
        alpha,
        share_beta: if form.trended() { share_beta } else { 0.0 },
        share_gamma: if form.seasonal() { share_gamma } else { 0.0 },
        phi: if form.damped() { phi } else { 1.0 },
        slope: 0.0,
        level: guess.mean,
        season: guess.season.clone(),
    };
    if form.trended() {
        (point.level, point.slope) = (guess.level, guess.slope);
        if form.damped() {
            point.slope /= phi;
        }
    }
    if form.grows_by_ratio() {
        point.slope = (1.0 + guess.slope / guess.level.max(1e-3)).clamp(0.9, 1.1);
        point.level = guess.level.max(0.1 * guess.mean);
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_season_is_taken_apart_exactly() {
        for m in [4, 5] {
            let wave: Vec<f64> = (0..m).map(|j| j as f64 - (m as f64 - 1.0) / 2.0).collect();
            let past: Vec<f64> = (0..6 * m).map(|t| 10.0 + 0.5 * t as f64 + wave[t % m]).collect();
            let seen = guess(&past, m, EtsSeason::Additive);
            assert!((seen.slope - 0.5).abs() < 1e-9 && (seen.level - 9.5).abs() < 1e-9, "{seen:?}");
            assert!(seen.season.iter().zip(&wave).all(|(a, b)| (a - b).abs() < 1e-9), "{seen:?}");
        }
    }

    #[test]
    fn gaps_are_bridged_by_lines() {
        let gap = f64::NAN;
        assert_eq!(filled(&[gap, 1.0, gap, gap, 4.0, gap]), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
    }
}
