//! The one regression behind [`Harmonic`](super::Harmonic): cross products, their triangle, and what each wave takes off.

use super::harmonic::{Columns, Wave, penalty};

/// The triangle R of the columns and `z = Qᵀy`, by Cholesky's factor of their cross products: Fourier terms are all but
/// orthogonal, so that the products lose nothing, and each column's z² is what it takes off the sum of squares.
pub(super) struct Triangle {
    width: usize,
    r: Vec<f64>,
    pub(super) z: Vec<f64>,
    /// The sum of squares that all columns leave.
    pub(super) rest: f64,
}

impl Triangle {
    pub(super) fn new(series: &[f64], columns: &Columns, lags: usize, start: usize) -> Option<Self> {
        let width = lags + columns.width();
        let wide = width + 1;
        let mut products = vec![0.0; wide * wide];
        let mut rows = vec![0.0; BLOCK * wide];
        let mut t = start;
        while t < series.len() {
            for (at, row) in rows.chunks_exact_mut(wide).enumerate() {
                if t + at < series.len() {
                    (0..lags).for_each(|lag| row[lag] = series[t + at - lag - 1]);
                    columns.write(t + at, &mut row[lags..width]);
                    row[width] = series[t + at];
                } else {
                    row.fill(0.0);
                }
            }
            add_products(&mut products, &rows, wide);
            t += BLOCK;
        }
        let total = products[width * wide + width];
        let (r, z) = cholesky(products, wide);
        let rest = total - z.iter().map(|z| z * z).sum::<f64>();
        (total.is_finite() && total > 0.0).then(|| Self { width, r, z, rest: rest.max(1e-14 * total) })
    }

    /// What the pair of a wave takes off the sum of squares, after those before it.
    pub(super) fn gain(&self, base: usize, wave: usize) -> f64 {
        self.z[base + 2 * wave].powi(2) + self.z[base + 2 * wave + 1].powi(2)
    }

    /// The waves up to the best number of each season by AICc, and the sum of squares with them.
    pub(super) fn choose(&self, waves: &[Wave], base: usize, rows: f64) -> (Vec<bool>, f64) {
        let mut kept = vec![false; waves.len()];
        let mut sse = self.rest + (0..waves.len()).map(|at| self.gain(base, at)).sum::<f64>();
        let mut width = base;
        let seasons = waves.last().map_or(0, |wave| wave.season + 1);
        for season in 0..seasons {
            let own: Vec<usize> = (0..waves.len()).filter(|at| waves[*at].season == season).collect();
            let (mut best, mut number) = (rows * sse.ln() + penalty(width as f64, rows), 0);
            let mut left = sse;
            for (at, wave) in own.iter().enumerate() {
                left -= self.gain(base, *wave);
                let score = rows * left.max(self.rest).ln() + penalty((width + 2 * (at + 1)) as f64, rows);
                if score < best {
                    (best, number) = (score, at + 1);
                }
            }
            for wave in &own[..number] {
                kept[*wave] = true;
                sse -= self.gain(base, *wave);
            }
            width += 2 * number;
        }
        (kept, sse.max(self.rest))
    }

    /// z with each wave drawn toward nothing by the share of its gain that noise would make, and 0 for the waves not kept:
    /// the positive part of James & Stein's (1961) factor for a pair, `1 − 2 σ² / gain`. The drift alike.
    pub(super) fn drawn_in(&self, kept: &[bool], base: usize, drift: Option<usize>, sigma2: f64) -> Vec<f64> {
        let mut z = self.z.clone();
        if let Some(drift) = drift {
            z[drift] *= (1.0 - sigma2 / z[drift].powi(2).max(1e-300)).max(0.0);
        }
        for (wave, kept) in kept.iter().enumerate() {
            let gain = self.gain(base, wave);
            let factor = if *kept && gain > 0.0 { (1.0 - 2.0 * sigma2 / gain).max(0.0) } else { 0.0 };
            z[base + 2 * wave..base + 2 * wave + 2].iter_mut().for_each(|z| *z *= factor);
        }
        z
    }

    /// β of `R β = z`; a column that depends on those before it gets 0.
    pub(super) fn solve(&self, z: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; self.width];
        for i in (0..self.width).rev() {
            let row = &self.r[i * self.width..(i + 1) * self.width];
            if row[i] > 0.0 {
                let known: f64 = row[i + 1..].iter().zip(&found[i + 1..]).map(|(r, b)| r * b).sum();
                found[i] = (z[i] - known) / row[i];
            }
        }
        found
    }

    /// `uᵀ (RᵀR)⁻¹ u`: the variance that uncertain coefficients give to `u·β`, in σ².
    pub(super) fn leverage(&self, u: &[f64]) -> f64 {
        let mut v = vec![0.0; self.width];
        for i in 0..self.width {
            let diagonal = self.r[i * self.width + i];
            if diagonal > 0.0 {
                let known: f64 = (0..i).map(|j| self.r[j * self.width + i] * v[j]).sum();
                v[i] = (u[i] - known) / diagonal;
            }
        }
        v.iter().map(|v| v * v).sum()
    }
}

/// Rows whose products are added at once, so that each sum is loaded and stored once for all of them.
const BLOCK: usize = 4;

fn add_products(products: &mut [f64], rows: &[f64], wide: usize) {
    let (a, rest) = rows.split_at(wide);
    let (b, rest) = rest.split_at(wide);
    let (c, d) = rest.split_at(wide);
    for i in 0..wide {
        let sums = &mut products[i * wide + i..(i + 1) * wide];
        let (own_a, own_b, own_c, own_d) = (a[i], b[i], c[i], d[i]);
        for ((((sum, a), b), c), d) in sums.iter_mut().zip(&a[i..]).zip(&b[i..]).zip(&c[i..]).zip(&d[i..]) {
            *sum += own_a * a + own_b * b + (own_c * c + own_d * d);
        }
    }
}

/// Cholesky's factor of all but the last column, and the factor's last column.
fn cholesky(mut products: Vec<f64>, wide: usize) -> (Vec<f64>, Vec<f64>) {
    let width = wide - 1;
    let (mut r, mut z) = (vec![0.0; width * width], vec![0.0; width]);
    let own: Vec<f64> = (0..width).map(|i| products[i * wide + i]).collect();
    for i in 0..width {
        let pivot = products[i * wide + i];
        if pivot.is_nan() || pivot <= 1e-10 * own[i] {
            continue;
        }
        let root = pivot.sqrt();
        let row: Vec<f64> = products[i * wide + i..(i + 1) * wide].iter().map(|value| value / root).collect();
        for j in i + 1..wide {
            let factor = row[j - i];
            products[j * wide + j..(j + 1) * wide].iter_mut().zip(&row[j - i..]).for_each(|(cell, x)| *cell -= factor * x);
        }
        r[i * width + i..(i + 1) * width].copy_from_slice(&row[..width - i]);
        z[i] = row[width - i];
    }
    (r, z)
}
