//! Rank correlations between uncertain numbers: checked, mended, drawn by a Gaussian copula.

use super::eigen::Eigen;
use crate::portable::sin_cos_pi;

/// Standard normal scores with given rank correlations.
///
/// A Spearman correlation r of two normal scores is a Pearson correlation 2 sin(πr/6): Pearson (1907), *On further methods of
/// determining correlation*. Pairs that are not stated have correlation 0. A matrix that no numbers can have is replaced by the
/// nearest one that they can ([`nearest_correlation`]), and what was changed most is told.
///
/// ```
/// use plimsoll::stats::Copula;
/// let copula = Copula::of_ranks(2, &[(0, 1, 0.6)])?;
/// assert!(copula.repair().is_none());
/// assert!(Copula::of_ranks(3, &[(0, 1, 0.9), (1, 2, 0.9), (0, 2, -0.9)])?.repair().is_some());
/// # Ok::<(), plimsoll::stats::NoCorrelation>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Copula {
    /// For each number the scores before it and its own that it is made of, by weight; the squares of a row sum to 1.
    rows: Vec<Vec<(usize, f64)>>,
    repair: Option<Repair>,
}

/// What a repair changed most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repair {
    /// The pair, by number.
    pub pair: (usize, usize),
    /// Its rank correlation as stated (0 where it was not).
    pub stated: f64,
    /// Its rank correlation in use.
    pub used: f64,
}

/// Why numbers are no rank correlations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCorrelation {
    /// Not within [-1, 1].
    #[error("the rank correlation of numbers {} and {} is {rank}, expected -1 to 1", pair.0 + 1, pair.1 + 1)]
    Outside {
        /// The pair, counted from 0.
        pair: (usize, usize),
        /// What was stated, as text.
        rank: String,
    },
    /// A number with itself.
    #[error("number {} is correlated with itself, expected two different numbers", number + 1)]
    Itself {
        /// The number, counted from 0.
        number: usize,
    },
    /// A number that is not there.
    #[error("there is no number {}, there are {count}", number + 1)]
    Missing {
        /// The number, counted from 0.
        number: usize,
        /// How many there are.
        count: usize,
    },
    /// The same pair twice.
    #[error("the rank correlation of numbers {} and {} is stated twice, expected once", pair.0 + 1, pair.1 + 1)]
    Twice {
        /// The pair, counted from 0.
        pair: (usize, usize),
    },
}

/// Eigenvalues above minus this are rounding.
const ROUNDING: f64 = 1e-10;

impl Copula {
    /// The copula of `count` numbers with these rank correlations (first, second, rank) by number.
    ///
    /// # Errors
    /// When a rank is outside [-1, 1], a pair is stated twice, or a number is not there or paired with itself.
    pub fn of_ranks(count: usize, pairs: &[(usize, usize, f64)]) -> Result<Self, NoCorrelation> {
        let mut stated = vec![0.0; count * count];
        (0..count).for_each(|i| stated[i * count + i] = 1.0);
        for (k, (a, b, rank)) in pairs.iter().enumerate() {
            let (a, b, pair) = (*a, *b, (*a, *b));
            if let Some(number) = [a, b].into_iter().find(|number| *number >= count) {
                return Err(NoCorrelation::Missing { number, count });
            }
            if a == b {
                return Err(NoCorrelation::Itself { number: a });
            }
            if !(-1.0..=1.0).contains(rank) {
                return Err(NoCorrelation::Outside { pair, rank: rank.to_string() });
            }
            if pairs[..k].iter().any(|(c, d, _)| (*c, *d) == pair || (*d, *c) == pair) {
                return Err(NoCorrelation::Twice { pair });
            }
            stated[a * count + b] = 2.0 * sin_cos_pi(rank / 6.0).0;
            stated[b * count + a] = stated[a * count + b];
        }
        let (used, repair) = mended(&stated, count);
        Ok(Self { rows: triangle(&used, count), repair })
    }

    /// What was changed most to make the stated correlations possible; `None` when they are as stated.
    #[must_use]
    pub fn repair(&self) -> Option<Repair> {
        self.repair
    }

    /// How many numbers it joins.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Turns independent standard normal scores, one slice a number, into correlated ones, in place. Numbers without a
    /// correlation keep theirs.
    ///
    /// # Panics
    /// When there are not as many slices as numbers, or they differ in length.
    pub fn correlate(&self, scores: &mut [&mut [f64]]) {
        assert_eq!(scores.len(), self.rows.len(), "one slice a number");
        // from the last on, as each is made of those before it
        for (number, row) in self.rows.iter().enumerate().rev() {
            if let [(only, weight)] = row.as_slice()
                && *only == number
                && *weight == 1.0
            {
                continue;
            }
            let (before, rest) = scores.split_at_mut(number);
            let own = row.iter().find(|(other, _)| *other == number).map_or(0.0, |(_, weight)| *weight);
            for score in rest[0].iter_mut() {
                *score *= own;
            }
            for (other, weight) in row.iter().filter(|(other, _)| *other < number) {
                for (score, other) in rest[0].iter_mut().zip(before[*other].iter()) {
                    *score += weight * other;
                }
            }
        }
    }
}

/// The rank correlation of normal scores whose correlation is `rho`: the r with 2 sin(πr/6) = rho, by Newton's steps.
fn rank_of(rho: f64) -> f64 {
    let mut rank = rho;
    for _ in 0..8 {
        let (sine, cosine) = sin_cos_pi(rank / 6.0);
        rank -= (2.0 * sine - rho) / (std::f64::consts::FRAC_PI_3 * cosine);
    }
    rank
}

/// The matrix, or the nearest one that numbers can have and what it changed most.
fn mended(stated: &[f64], n: usize) -> (Vec<f64>, Option<Repair>) {
    let least = Eigen::of(stated, n).values.into_iter().fold(f64::INFINITY, f64::min);
    if least >= -ROUNDING {
        return (stated.to_vec(), None);
    }
    let used = nearest_correlation(stated, n);
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let changes = pairs.map(|(a, b)| Repair { pair: (a, b), stated: rank_of(stated[a * n + b]), used: rank_of(used[a * n + b]) });
    let change = |repair: &Repair| (repair.used - repair.stated).abs();
    let most = changes.reduce(|most, next| if change(&next) > change(&most) { next } else { most });
    (used, most)
}

/// The correlation matrix nearest to a symmetric `n` × `n` matrix in the Frobenius norm.
///
/// Alternating projections onto the positive semidefinite matrices and those with a unit diagonal, with Dykstra's correction:
/// Higham (2002), "Computing the nearest correlation matrix: a problem from finance", *IMA J. Numer. Anal.* 22(3), 329–343,
/// algorithm 3.3. Until steps are below 1e-12 of the matrix or 10,000 were made; the last is scaled to a unit diagonal, so that
/// it is valid to the last bits.
#[must_use]
pub fn nearest_correlation(matrix: &[f64], n: usize) -> Vec<f64> {
    let mut unit = matrix.to_vec();
    let mut correction = vec![0.0; n * n];
    let norm = |m: &[f64]| m.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut valid = unit.clone();
    for _ in 0..10_000 {
        let from: Vec<f64> = unit.iter().zip(&correction).map(|(y, c)| y - c).collect();
        valid = Eigen::of(&from, n).without_negatives();
        for ((c, x), r) in correction.iter_mut().zip(&valid).zip(&from) {
            *c = x - r;
        }
        let before = std::mem::replace(&mut unit, valid.clone());
        (0..n).for_each(|i| unit[i * n + i] = 1.0);
        let step: Vec<f64> = unit.iter().zip(&before).map(|(y, b)| y - b).collect();
        let apart: Vec<f64> = unit.iter().zip(&valid).map(|(y, x)| y - x).collect();
        if norm(&step).max(norm(&apart)) <= 1e-12 * norm(&unit) {
            break;
        }
    }
    let scale: Vec<f64> = (0..n).map(|i| valid[i * n + i].sqrt()).collect();
    let entry = |k: usize| if k / n == k % n { 1.0 } else { (valid[k] / (scale[k / n] * scale[k % n])).clamp(-1.0, 1.0) };
    (0..n * n).map(entry).collect()
}

/// Rows of the lower triangle L with L Lᵀ = `matrix`, zeros left out. A pivot that is zero but for rounding is zero: that number
/// is made of those before it alone.
fn triangle(matrix: &[f64], n: usize) -> Vec<Vec<(usize, f64)>> {
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| lower[row * n + k] * lower[column * n + k]).sum();
            let left = matrix[row * n + column] - known;
            lower[row * n + column] = if row == column {
                if left > ROUNDING { left.sqrt() } else { 0.0 }
            } else if lower[column * n + column] > 0.0 {
                left / lower[column * n + column]
            } else {
                0.0
            };
        }
    }
    let row = |row: usize| {
        let weights = &lower[row * n..=row * n + row];
        let length = weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
        let kept = weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
        kept.map(|(column, weight)| (column, weight / length)).collect()
    };
    (0..n).map(row).collect()
}

#[cfg(test)]
#[path = "correlation_tests.rs"]
mod tests;
