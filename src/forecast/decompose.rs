//! Lines, additive seasons, running medians: what the forecasters share.

use crate::stats::percentile;

/// The values less their centred moving mean over one season, where all of the season is there.
fn detrended(values: &[Option<f64>], m: usize) -> Vec<Option<f64>> {
    let half = m / 2;
    let mean_at = |t: usize| -> Option<f64> {
        let from = t.checked_sub(half)?;
        let window = values.get(from..=t + half)?;
        let mut sum = 0.0;
        for (i, value) in window.iter().enumerate() {
            let end = m.is_multiple_of(2) && (i == 0 || i == m);
            sum += (*value)? * if end { 0.5 } else { 1.0 };
        }
        Some(sum / m as f64)
    };
    (0..values.len()).map(|t| Some(values[t]? - mean_at(t)?)).collect()
}

/// The additive season by t mod m, its sum zero; `[0.0]` where there is none worth taking out.
///
/// Classical decomposition over the newest 60 seasons. The season is kept when the F ratio of between-phase to
/// within-phase variance exceeds 1 by 2.33 standard errors (1 % under no season): 1 + 2.33 √(2/(m − 1) + 2/(N − m)).
pub(super) fn season_of(values: &[Option<f64>], m: usize) -> Vec<f64> {
    if m < 2 || values.len() < 2 * m + 1 {
        return vec![0.0];
    }
    let skip = values.len().saturating_sub(NEWEST_SEASONS * m) / m * m;
    let rest = detrended(&values[skip..], m);
    let mut by_phase: Vec<Vec<f64>> = vec![Vec::new(); m];
    for (t, value) in rest.iter().enumerate() {
        by_phase[t % m].extend(value);
    }
    let n: usize = by_phase.iter().map(Vec::len).sum();
    if n < m + 2 || by_phase.iter().any(Vec::is_empty) {
        return vec![0.0];
    }
    let means: Vec<f64> = by_phase.iter().map(|values| values.iter().sum::<f64>() / values.len() as f64).collect();
    let centre = means.iter().sum::<f64>() / m as f64;
    let between: f64 = by_phase.iter().zip(&means).map(|(values, mean)| values.len() as f64 * (mean - centre).powi(2)).sum();
    let within: f64 = by_phase.iter().zip(&means).flat_map(|(values, mean)| values.iter().map(move |v| (v - mean).powi(2))).sum();
    let (df1, df2) = ((m - 1) as f64, (n - m) as f64);
    let critical = 1.0 + 2.33 * (2.0 / df1 + 2.0 / df2).sqrt();
    if between / df1 <= critical * within / df2 {
        return vec![0.0];
    }
    means.iter().map(|mean| mean - centre).collect()
}

const NEWEST_SEASONS: usize = 60;

/// The median over `2 * half + 1` steps about each one, gaps left out.
pub(super) fn running_median(values: &[Option<f64>], half: usize) -> Vec<Option<f64>> {
    let at = |t: usize| {
        let window = &values[t.saturating_sub(half)..(t + half + 1).min(values.len())];
        let seen: Vec<f64> = window.iter().flatten().copied().collect();
        percentile(&seen, 0.5)
    };
    (0..values.len()).map(at).collect()
}

/// 1.4826 × the median distance from the median: the standard deviation, were it normal. 0 for none.
pub(super) fn spread(values: &[f64]) -> f64 {
    let centre = percentile(values, 0.5).unwrap_or(0.0);
    let distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    1.4826 * percentile(&distances, 0.5).unwrap_or(0.0)
}
