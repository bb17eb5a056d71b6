//! A past made ready: on its scale, without gaps at its ends, differenced.

use super::Arima;
use super::polynomial::differencing;

/// A past and its regressors, on the scale of the past.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    /// Values left out at the beginning because they are gaps.
    pub(super) skipped: usize,
    /// Values left out at the end because they are gaps: the first steps ahead are theirs.
    pub(super) trailing: usize,
    /// The values over `scale`, gaps filled in from their neighbours a season away or beside them.
    pub(super) filled: Vec<f64>,
    /// Which values were there.
    pub(super) seen: Vec<bool>,
    /// The mean size of the deviation from the mean.
    pub(super) scale: f64,
    /// A column a regressor, as long as `filled`.
    pub(super) regressors: Vec<Vec<f64>>,
    /// The regressors at the last value and after it.
    pub(super) later: Vec<Vec<f64>>,
}

impl Prepared {
    /// None where fewer than three values are there, one is infinite, or a regressor has a gap or another length.
    pub(super) fn new(past: &[f64], season: usize, regressors: &[Vec<f64>]) -> Option<Self> {
        let skipped = past.iter().position(|y| !y.is_nan())?;
        let end = past.iter().rposition(|y| !y.is_nan())? + 1;
        let values = &past[skipped..end];
        let seen: Vec<bool> = values.iter().map(|y| !y.is_nan()).collect();
        let known: Vec<f64> = values.iter().copied().filter(|y| !y.is_nan()).collect();
        let fits = |column: &Vec<f64>| column.len() == past.len() && column.iter().all(|x| x.is_finite());
        if known.len() < 3 || known.iter().any(|y| y.abs() > 1e150) || !regressors.iter().all(fits) {
            return None;
        }
        let n = known.len() as f64;
        let mean = known.iter().map(|y| y / n).sum::<f64>();
        let spread = known.iter().map(|y| (y - mean).abs() / n).sum::<f64>();
        // a constant past has only rounding for a deviation
        let scale = if spread > 1e-13 * mean.abs() { spread } else { mean.abs().max(f64::MIN_POSITIVE) };
        let mut filled: Vec<f64> = values.iter().map(|y| y / scale).collect();
        if known.len() < filled.len() {
            fill(&mut filled, season);
        }
        let later = regressors.iter().map(|column| column[end - 1..].to_vec()).collect();
        let regressors: Vec<Vec<f64>> = regressors.iter().map(|column| column[skipped..end].to_vec()).collect();
        filled.iter().all(|y| y.is_finite()).then_some(Self {
            skipped,
            trailing: past.len() - end,
            filled,
            seen,
            scale,
            regressors,
            later,
        })
    }

    pub(super) fn has_gaps(&self) -> bool {
        self.seen.iter().any(|seen| !seen)
    }

    /// Differenced as `order` says, the column of its constant and then the regressors beside it.
    pub(super) fn differenced(&self, order: Arima, season: usize) -> Differenced {
        let polynomial = differencing(order.differences, order.seasonal_differences, season);
        let values = difference(&self.filled, &polynomial);
        let mut columns: Vec<Vec<f64>> = Vec::new();
        if order.constant {
            columns.push(vec![1.0; values.len()]);
        }
        columns.extend(self.regressors.iter().map(|column| difference(column, &polynomial)));
        let seen = if self.has_gaps() { self.seen[polynomial.len().min(self.seen.len())..].to_vec() } else { Vec::new() };
        Differenced { values, columns, seen }
    }
}

/// A differenced past.
#[derive(Debug, Clone)]
pub(super) struct Differenced {
    pub(super) values: Vec<f64>,
    /// Differenced regressors, that of the constant the first.
    pub(super) columns: Vec<Vec<f64>>,
    /// Which steps were there; empty where all were.
    pub(super) seen: Vec<bool>,
}

/// yₜ − Σ cₖ yₜ₋ₖ where all of it is known.
pub(super) fn difference(values: &[f64], polynomial: &[f64]) -> Vec<f64> {
    let terms: Vec<(usize, f64)> = polynomial.iter().enumerate().filter(|(_, c)| **c != 0.0).map(|(k, c)| (k + 1, *c)).collect();
    (polynomial.len()..values.len()).map(|t| values[t] - terms.iter().map(|(k, c)| c * values[t - k]).sum::<f64>()).collect()
}

/// Gaps from the line between their neighbours a season away, where both are there, else between those beside them.
fn fill(values: &mut [f64], season: usize) {
    let n = values.len();
    let known: Vec<usize> = (0..n).filter(|t| !values[*t].is_nan()).collect();
    let mut line = values.to_vec();
    for pair in known.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        for (since, slot) in line[from..to].iter_mut().enumerate() {
            *slot = values[from] + since as f64 / (to - from) as f64 * (values[to] - values[from]);
        }
    }
    for t in 0..n {
        if values[t].is_nan() {
            let off = |at: Option<usize>| at.filter(|at| *at < n && !values[*at].is_nan()).map(|at| values[at]);
            let (before, after) = (off(t.checked_sub(season)), off(t.checked_add(season)));
            values[t] = match (season > 1, before, after) {
                (true, Some(before), Some(after)) => f64::midpoint(before, after),
                (true, Some(before), None) if t + season >= n => before,
                (true, None, Some(after)) if t < season => after,
                _ => line[t],
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_and_gaps_are_as_worked_by_hand() {
        assert_eq!(difference(&[1.0, 4.0, 9.0, 16.0, 25.0], &differencing(2, 0, 1)), [2.0, 2.0, 2.0]);
        assert_eq!(difference(&[1.0, 2.0, 4.0, 7.0], &differencing(0, 1, 2)), [3.0, 5.0]);
        let mut gapped = [1.0, f64::NAN, 3.0];
        fill(&mut gapped, 1);
        assert_eq!(gapped, [1.0, 2.0, 3.0]);
        let mut seasonal = [1.0, 9.0, 1.0, f64::NAN, 1.0, 11.0];
        fill(&mut seasonal, 2);
        assert_eq!(seasonal[3], 10.0);
    }

    #[test]
    fn outer_gaps_are_skipped_and_infinities_refused() {
        let prepared = Prepared::new(&[f64::NAN, 2.0, 4.0, 6.0, f64::NAN], 1, &[]).unwrap();
        assert_eq!((prepared.skipped, prepared.filled.len(), prepared.trailing, prepared.has_gaps()), (1, 3, 1, false));
        assert!(Prepared::new(&[1.0, f64::INFINITY, 2.0, 3.0], 1, &[]).is_none());
        assert!(Prepared::new(&[f64::NAN; 9], 1, &[]).is_none());
    }
}
