//! How many differences make a series stationary.
//!
//! Kwiatkowski, Phillips, Schmidt & Shin (1992), "Testing the null hypothesis of stationarity against the alternative of a unit
//! root", *Journal of Econometrics* 54, 159–178; used for d as Hyndman & Khandakar (2008), §3.1.

/// Where stationarity about a mean is given up: at 5 % for the first difference, at 1 % for the second, which carries the last
/// slope on for ever and so must be clearly called for. Table 1 of the paper.
const CRITICAL: [f64; 2] = [0.463, 0.739];

/// η: the sum of squared partial sums of deviations from the mean over n² times their long-run variance, Bartlett weights
/// over 3√n / 13 lags.
pub(super) fn kpss(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let off: Vec<f64> = values.iter().map(|v| v - mean).collect();
    let mut partial = 0.0;
    let squares: f64 = off
        .iter()
        .map(|e| {
            partial += e;
            partial * partial
        })
        .sum();
    let lags = (3.0 * n.sqrt() / 13.0) as usize;
    let at_lag = |lag: usize| off.iter().zip(&off[lag..]).map(|(a, b)| a * b).sum::<f64>() / n;
    let weighted = |lag: usize| 2.0 * (1.0 - lag as f64 / (lag + 1).max(lags + 1) as f64) * at_lag(lag);
    let long_run = at_lag(0) + (1..=lags).map(weighted).sum::<f64>();
    if long_run > 0.0 { squares / (n * n * long_run) } else { 0.0 }
}

/// d: differences until the test keeps stationarity, at most 2 and while five values remain.
pub(super) fn differences(values: &[f64]) -> usize {
    let mut values = values.to_vec();
    for (count, critical) in CRITICAL.into_iter().enumerate() {
        if values.len() < 5 || is_constant(&values) || kpss(&values) < critical {
            return count;
        }
        values = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    }
    2
}

/// Whether all values are the same but for rounding.
pub(super) fn is_constant(values: &[f64]) -> bool {
    let largest = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    values.iter().all(|v| (v - values[0]).abs() <= 1e-10 * largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statistic_of_four_values_is_that_worked_by_hand() {
        // deviations −1.5 −0.5 0.5 1.5, partial sums −1.5 −2 −1.5 0: Σ = 8.5; no lag at n = 4; variance 1.25
        assert!((kpss(&[1.0, 2.0, 3.0, 4.0]) - 8.5 / (16.0 * 1.25)).abs() < 1e-12);
    }

    #[test]
    fn a_line_needs_one_difference_and_a_parabola_two() {
        let line: Vec<f64> = (0..60).map(|t| f64::from(t) + f64::from(t * 7 % 5)).collect();
        assert_eq!(differences(&line), 1);
        let parabola: Vec<f64> = (0..120).map(|t| f64::from(t * t) + f64::from(t * 7 % 5)).collect();
        assert_eq!(differences(&parabola), 2);
        assert_eq!(differences(&[3.0; 20]), 0);
    }
}
