//! How strong a season is: the share of what is left without trend that the season explains.
//!
//! 1 − Var(remainder) / Var(season + remainder) of a decomposition by loess: Wang, Smith & Hyndman (2006), "Characteristic-based
//! clustering for time series data", *Data Mining and Knowledge Discovery* 13, 335–364; Cleveland, Cleveland, `McRae` & Terpenning
//! (1990), "STL: a seasonal-trend decomposition procedure based on loess", *Journal of Official Statistics* 6(1), 3–73.

/// The span of the season's smoother, in seasons.
const SEASONAL_SPAN: usize = 11;

/// From 0 (none) to 1; 0 where fewer than two seasons are there. `values` without gaps.
pub(super) fn seasonal_strength(values: &[f64], season: usize) -> f64 {
    if season < 2 || values.len() < 2 * season {
        return 0.0;
    }
    let n = values.len();
    let mut trend = vec![0.0; n];
    let mut seasonal = vec![0.0; n];
    let wide = 1.5 * season as f64 / (1.0 - 1.5 / SEASONAL_SPAN as f64);
    for _ in 0..2 {
        let detrended: Vec<f64> = values.iter().zip(&trend).map(|(y, t)| y - t).collect();
        let cycles = smooth_cycles(&detrended, season);
        let passed = moving_mean(&moving_mean(&moving_mean(&cycles, season), season), 3);
        let low = loess(&passed, season | 1);
        (0..n).for_each(|t| seasonal[t] = cycles[t + season] - low[t]);
        let adjusted: Vec<f64> = values.iter().zip(&seasonal).map(|(y, s)| y - s).collect();
        trend = loess(&adjusted, wide.ceil() as usize | 1);
    }
    let detrended: Vec<f64> = values.iter().zip(&trend).map(|(y, t)| y - t).collect();
    let remainder: Vec<f64> = detrended.iter().zip(&seasonal).map(|(y, s)| y - s).collect();
    let whole = variance(&detrended);
    if whole > 0.0 { (1.0 - variance(&remainder) / whole).clamp(0.0, 1.0) } else { 0.0 }
}

fn variance(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
}

/// Each place of the season smoothed over the seasons by local means, and carried one season beyond both ends.
fn smooth_cycles(values: &[f64], season: usize) -> Vec<f64> {
    let mut found = vec![0.0; values.len() + 2 * season];
    for place in 0..season {
        let own: Vec<f64> = values[place..].iter().step_by(season).copied().collect();
        for (at, slot) in found[place..].iter_mut().step_by(season).enumerate() {
            *slot = local(&own, SEASONAL_SPAN, at as f64 - 1.0, false);
        }
    }
    found
}

fn moving_mean(values: &[f64], width: usize) -> Vec<f64> {
    let mut sum: f64 = values[..width].iter().sum();
    let mut found = vec![sum / width as f64];
    for t in width..values.len() {
        sum += values[t] - values[t - width];
        found.push(sum / width as f64);
    }
    found
}

/// Local lines over spans of `span` values, found at every tenth of a span and joined by straight lines.
fn loess(values: &[f64], span: usize) -> Vec<f64> {
    let (n, jump) = (values.len(), (span / 10).max(1));
    let mut found = vec![0.0; n];
    let mut before: Option<usize> = None;
    let mut at = 0;
    loop {
        found[at] = local(values, span, at as f64, true);
        if let Some(before) = before {
            for t in before + 1..at {
                let share = (t - before) as f64 / (at - before) as f64;
                found[t] = found[before] + share * (found[at] - found[before]);
            }
        }
        if at + 1 >= n {
            return found;
        }
        before = Some(at);
        at = (at + jump).min(n - 1);
    }
}

/// The line through the `span` values nearest to `at`, or else their mean, weighted by the tricube of their distance, at `at`.
fn local(values: &[f64], span: usize, at: f64, line: bool) -> f64 {
    let n = values.len();
    let taken = span.min(n);
    let from = (at.round() as isize - (taken / 2) as isize).clamp(0, (n - taken) as isize) as usize;
    let mut reach = (at - from as f64).abs().max(((from + taken - 1) as f64 - at).abs());
    reach += (span - taken) as f64 / 2.0;
    let reach = reach.max(1e-9) * 1.0001;
    let (mut weights, mut first, mut second, mut sum, mut product) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (t, y) in values.iter().enumerate().skip(from).take(taken) {
        let x = t as f64 - at;
        let near = x.abs() / reach;
        let cube = 1.0 - near * near * near;
        let weight = cube * cube * cube;
        weights += weight;
        first += weight * x;
        second += weight * x * x;
        sum += weight * y;
        product += weight * x * y;
    }
    let determinant = weights * second - first * first;
    if line && determinant > 1e-9 * weights * second { (second * sum - first * product) / determinant } else { sum / weights }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> Vec<f64> {
        (0..n)
            .scan(3_u64, |s, _| {
                *s = s.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                Some((*s >> 40) as f64 / 8e6 - 1.0)
            })
            .collect()
    }

    #[test]
    fn a_pure_season_is_strong_and_noise_is_not() {
        let season: Vec<f64> = (0..72).map(|t| f64::from(t) * 0.1 + f64::from(t % 12)).collect();
        assert!(seasonal_strength(&season, 12) > 0.99);
        assert!(seasonal_strength(&noise(144), 12) < 0.6);
        assert_eq!(seasonal_strength(&season[..20], 12), 0.0);
    }

    #[test]
    fn local_lines_keep_a_line() {
        let line: Vec<f64> = (0..30).map(|t| 2.0 + 3.0 * f64::from(t)).collect();
        for (found, line) in loess(&line, 23).iter().zip(&line) {
            assert!((found - line).abs() < 1e-9);
        }
        assert!((local(&line, 11, -1.0, true) - -1.0).abs() < 1e-9);
    }
}
