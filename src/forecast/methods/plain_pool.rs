//! The last few values of the same phase, all alike: the slowest of pools, which one burst does not sway.

use super::outlook::{Fitted, GRID, GRID_POINTS, Outlook};

/// Values of the same phase that are looked back on.
const SEASONS: usize = 14;

/// The pool of the newest fourteen values of the same phase with equal weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainPool {
    /// Steps of the season, 1 for none.
    pub season: usize,
}

/// A plain pool with what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedPlainPool {
    season: usize,
    /// Quantiles at the grid for each of the next `season` steps.
    rows: Vec<[f64; GRID_POINTS]>,
    sd: Vec<f64>,
    residuals: Vec<f64>,
}

impl PlainPool {
    /// The pool of a past; `None` where some phase has under three values.
    ///
    /// ```
    /// use plimsoll::forecast::methods::{Fitted, PlainPool};
    /// let past: Vec<f64> = (0..12).map(|t| [1.0, 5.0][t % 2] + f64::from((t / 2) as u32)).collect();
    /// let outlook = PlainPool { season: 2 }.fit(&past).unwrap().outlook(2);
    /// assert_eq!(outlook.centre, [3.5, 7.5]); // the medians of 1..6 and of 5..10
    /// ```
    #[must_use]
    pub fn fit(&self, past: &[f64]) -> Option<FittedPlainPool> {
        let season = self.season.max(1);
        let pools: Option<Vec<Vec<f64>>> = (0..season)
            .map(|ahead| {
                let mut pool = before(past, past.len() + ahead, season);
                pool.sort_unstable_by(f64::total_cmp);
                (pool.len() >= 3).then_some(pool)
            })
            .collect();
        let pools = pools?;
        let residuals = (0..past.len()).map(|t| past[t] - median(before(past, t, season))).collect();
        Some(FittedPlainPool {
            season,
            rows: pools.iter().map(|pool| std::array::from_fn(|i| quantile(pool, GRID[i]))).collect(),
            sd: pools.iter().map(|pool| deviation(pool)).collect(),
            residuals,
        })
    }
}

/// The newest values of the phase of step `t` that came before the past's end and before `t`.
fn before(past: &[f64], t: usize, season: usize) -> Vec<f64> {
    let same_phase = (1..=t / season).map(|back| t - back * season).filter(|at| *at < past.len());
    same_phase.map(|at| past[at]).filter(|value| value.is_finite()).take(SEASONS).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    values.sort_unstable_by(f64::total_cmp);
    quantile(&values, 0.5)
}

fn quantile(sorted: &[f64], p: f64) -> f64 {
    crate::stats::percentile_of_sorted(sorted, p).unwrap_or(f64::NAN)
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

impl FittedPlainPool {
    /// The pool of another past.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        PlainPool { season: self.season }.fit(past)
    }
}

impl Fitted for FittedPlainPool {
    fn name(&self) -> String {
        format!("last {SEASONS} seasons")
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let rows: Vec<[f64; GRID_POINTS]> = (0..steps).map(|h| self.rows[h % self.season]).collect();
        Outlook {
            centre: rows.iter().map(|row| row[GRID_POINTS / 2]).collect(),
            sd: (0..steps).map(|h| self.sd[h % self.season]).collect(),
            quantiles: Some(rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_fourteen_of_a_phase_count_and_gaps_do_not() {
        let mut past: Vec<f64> = (0..40).map(f64::from).collect();
        past[38] = f64::NAN;
        let fitted = PlainPool { season: 2 }.fit(&past).unwrap();
        let even: Vec<f64> = (0..14).map(|i| 36.0 - 2.0 * f64::from(i)).collect(); // 36, 34, …, 10
        assert_eq!(fitted.rows[0][GRID_POINTS / 2], even.iter().sum::<f64>() / 14.0); // evenly spaced: median = mean
        assert_eq!(fitted.residuals[4], 4.0 - 1.0); // the median of 0 and 2
        assert!(fitted.residuals[38].is_nan() && fitted.residuals[1].is_nan());
    }

    #[test]
    fn too_few_values_of_a_phase_are_refused() {
        assert!(PlainPool { season: 3 }.fit(&[1.0; 8]).is_none());
    }
}
