//! The yearly pattern: a few harmonics of the year, shrunk by how surely they are there.

use std::f64::consts::TAU;

/// Harmonics tried: the year, its half, its third.
const HARMONICS: usize = 3;
/// Terms of the trend beside them: a line with one bend in the middle.
const TREND: usize = 3;
/// Fewest years of history: below, a bend of the trend and half a year's swing cannot be told apart.
pub(super) const FEWEST_YEARS: f64 = 1.5;

/// A yearly pattern: Σ a_k cos(2πkt/P) + b_k sin(2πkt/P), t in steps since the first of the history.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Yearly {
    period: f64,
    terms: Vec<(f64, f64)>,
    offset: usize,
}

impl Yearly {
    /// The pattern at step `t`.
    pub(super) fn at(&self, t: usize) -> f64 {
        let angle = TAU * (t + self.offset) as f64 / self.period;
        self.terms
            .iter()
            .enumerate()
            .map(|(k, (a, b))| a * ((k + 1) as f64 * angle).cos() + b * ((k + 1) as f64 * angle).sin())
            .sum()
    }

    /// The same pattern, with t counted from `skip` steps later.
    pub(super) fn later(self, skip: usize) -> Self {
        Self { offset: self.offset + skip, ..self }
    }

    /// Half the way from its lowest to its highest.
    pub(super) fn swing(&self) -> f64 {
        if self.terms.is_empty() {
            return 0.0;
        }
        let each = (0..self.period as usize).map(|t| self.at(t));
        let (low, high) = each.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        (high - low) / 2.0
    }

    /// Estimates it from `values` at `period` steps a year; empty where the history is under a year and a half.
    ///
    /// Least squares on the medians of `block` steps (a week) beside a bent line. Each harmonic is multiplied by max(0, 1 − 1/F)
    /// (positive-part James–Stein), F the mean square of its two coefficients over their variance, which is inflated by
    /// (1 + ρ)/(1 − ρ) for residuals with autocorrelation ρ. A wandering level so earns no season.
    pub(super) fn of(values: &[Option<f64>], period: f64, block: usize) -> Self {
        let none = Self::default();
        if (values.len() as f64) < FEWEST_YEARS * period {
            return none;
        }
        let points = block_medians(values, block);
        let width = TREND + 2 * HARMONICS;
        if points.len() < 3 * width {
            return none;
        }
        let rows: Vec<Vec<f64>> = points.iter().map(|(t, _)| terms_at(*t, values.len() as f64, period)).collect();
        let targets: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
        let Some(found) = least_squares(&rows, &targets) else { return none };
        let rest: Vec<f64> = rows.iter().zip(&targets).map(|(row, y)| y - dot(row, &found)).collect();
        let n = rest.len() as f64;
        let variance = dot(&rest, &rest) / (n - width as f64);
        let lag: f64 = rest.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / dot(&rest, &rest).max(1e-300);
        let rho = (lag + (1.0 + 3.0 * lag.max(0.0)) * 2.0 / n).clamp(0.0, 0.95); // the fit took some of it: Kendall (1954), doubled
        let of_coefficient = 2.0 * variance / n * (1.0 + rho) / (1.0 - rho);
        let shrunk = (0..HARMONICS).map(|k| {
            let (a, b) = (found[TREND + 2 * k], found[TREND + 2 * k + 1]);
            let ratio = f64::midpoint(a * a, b * b) / of_coefficient.max(1e-300);
            let keep = if ratio > 2.0 { 1.0 - 1.0 / ratio } else { 0.0 };
            (a * keep, b * keep)
        });
        let terms: Vec<(f64, f64)> = shrunk.collect();
        if terms.iter().all(|(a, b)| *a == 0.0 && *b == 0.0) { none } else { Self { period, terms, offset: 0 } }
    }
}

/// The middle and median of each block with at least half of its values, blocks counted back from the end.
fn block_medians(values: &[Option<f64>], block: usize) -> Vec<(f64, f64)> {
    let skip = values.len() % block;
    let each = values[skip..].chunks(block).enumerate().filter_map(|(i, chunk)| {
        let seen: Vec<f64> = chunk.iter().flatten().copied().collect();
        let middle = (skip + i * block) as f64 + (block as f64 - 1.0) / 2.0;
        (2 * seen.len() >= block).then(|| crate::stats::percentile(&seen, 0.5).map(|median| (middle, median)))?
    });
    each.collect()
}

fn terms_at(t: f64, length: f64, period: f64) -> Vec<f64> {
    let u = t / length;
    let mut row = vec![1.0, u, (u - 0.5).max(0.0)];
    for k in 1..=HARMONICS {
        let angle = TAU * k as f64 * t / period;
        row.extend([angle.cos(), angle.sin()]);
    }
    row
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The coefficients that minimise the squared error; `None` when the columns depend on one another.
fn least_squares(rows: &[Vec<f64>], targets: &[f64]) -> Option<Vec<f64>> {
    let width = rows.first()?.len();
    let mut system: Vec<Vec<f64>> = (0..width)
        .map(|i| {
            let mut line: Vec<f64> = (0..width).map(|j| rows.iter().map(|row| row[i] * row[j]).sum()).collect();
            line.push(rows.iter().zip(targets).map(|(row, y)| row[i] * y).sum());
            line
        })
        .collect();
    for pivot in 0..width {
        let best = (pivot..width).max_by(|a, b| system[*a][pivot].abs().total_cmp(&system[*b][pivot].abs()))?;
        system.swap(pivot, best);
        if system[pivot][pivot].abs() < 1e-9 {
            return None;
        }
        let top = system[pivot].clone();
        for row in (0..width).filter(|row| *row != pivot) {
            let factor = system[row][pivot] / top[pivot];
            for (held, above) in system[row].iter_mut().zip(&top).skip(pivot) {
                *held -= factor * above;
            }
        }
    }
    Some((0..width).map(|i| system[i][width] / system[i][i]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Seed, Stream};

    #[test]
    fn a_yearly_swing_is_recovered_beside_a_bent_trend() {
        let mut rng = Stream::root(Seed(3)).rng();
        let values: Vec<Option<f64>> = (0..730)
            .map(|t| Some(0.001 * f64::from(t) + 0.1 * (TAU * f64::from(t) / 365.25).cos() + 0.05 * rng.normal()))
            .collect();
        let found = Yearly::of(&values, 365.25, 7);
        // 104 medians of 7 normals: σ 0.05 × 1.25 / √7 = 0.0236; a coefficient's standard error 0.0236 × √(2/104) = 0.0033, and
        // about twice that beside a bent line
        assert!((found.swing() - 0.1).abs() < 5.0 * 0.0066, "{}", found.swing());
    }

    #[test]
    fn a_random_walk_seldom_earns_a_yearly_season() {
        let swings = (0..40).filter(|seed| {
            let mut rng = Stream::root(Seed(*seed)).rng();
            let mut level = 0.0;
            let walk: Vec<Option<f64>> = (0..730)
                .map(|_| {
                    level += 0.01 * rng.normal();
                    Some(level)
                })
                .collect();
            Yearly::of(&walk, 365.25, 7).swing() > 0.05 // a fifth of the walk's own 0.01 √730 = 0.27
        });
        let seen = swings.count();
        assert!(seen <= 20, "{seen} of 40"); // under half; without the shrinking it is nearly all
    }
}
