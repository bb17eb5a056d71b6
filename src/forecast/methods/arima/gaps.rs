//! The Kalman filter of an ARIMA with its differences in the state, for pasts with gaps: a missing value skips the update.
//!
//! Harvey (1989), *Forecasting, Structural Time Series Models and the Kalman Filter*, ch. 3 and 4; the differenced part of the
//! state begins diffuse, its variance a large multiple of σ², and values that only settle it do not count in the likelihood, as
//! Kohn & Ansley (1986), "Estimation, prediction, and interpolation for ARIMA models with missing data", *JASA* 81(395), 751–761.

use super::exact::Process;

/// The variance of what is unknown at the beginning, in σ².
const DIFFUSE: f64 = 1e7;

/// An innovation variance above this is one that only settles the beginning.
const SETTLING: f64 = 1e4;

/// The filter of one model: the state is that of the ARMA and, with differences, the last values of the series.
pub(super) struct Filter {
    auto: Vec<f64>,
    shocks: Vec<f64>,
    /// y = w + Σ past[k] yₜ₋ₖ₋₁.
    past: Vec<f64>,
    covariance: Vec<f64>,
}

/// What a run gives, for each of the columns run together.
pub(super) struct Run {
    /// vₜ; NaN at gaps and while the beginning is being settled.
    pub(super) innovations: Vec<Vec<f64>>,
    /// Fₜ in σ²; NaN where vₜ is.
    pub(super) variances: Vec<f64>,
    /// The expected state after the last step.
    pub(super) states: Vec<Vec<f64>>,
    /// Its covariance, row after row.
    pub(super) covariance: Vec<f64>,
}

impl Filter {
    /// `past`: the coefficients of the differencing polynomial, with the sign of an autoregression.
    pub(super) fn new(process: &Process, past: &[f64]) -> Self {
        let r = process.auto.len();
        let size = r + past.len();
        let mut covariance = vec![0.0; size * size];
        for (row, known) in process.covariance().chunks_exact(r).enumerate() {
            covariance[row * size..row * size + r].copy_from_slice(known);
        }
        for k in r..size {
            covariance[k * size + k] = DIFFUSE;
        }
        let mut shocks = vec![1.0];
        shocks.extend_from_slice(&process.moving[..r - 1]);
        Self { auto: process.auto.clone(), shocks, past: past.to_vec(), covariance }
    }

    pub(super) fn size(&self) -> usize {
        self.auto.len() + self.past.len()
    }

    /// Z x: the observed combination of a state.
    pub(super) fn observed(&self, state: &[f64]) -> f64 {
        let r = self.auto.len();
        state[0] + self.past.iter().zip(&state[r..]).map(|(c, x)| c * x).sum::<f64>()
    }

    /// T x in place.
    pub(super) fn advance(&self, state: &mut [f64]) {
        let r = self.auto.len();
        let (value, first) = (self.observed(state), state[0]);
        for i in 0..r {
            let next = if i + 1 < r { state[i + 1] } else { 0.0 };
            state[i] = self.auto[i] * first + next;
        }
        if state.len() > r {
            state[r..].rotate_right(1);
            state[r] = value;
        }
    }

    /// T P Tᵀ + R Rᵀ in place; P symmetric.
    pub(super) fn spread(&self, covariance: &mut [f64]) {
        let size = self.size();
        for row in covariance.chunks_exact_mut(size) {
            self.advance(row);
        }
        // P Tᵀ is now in the rows: its transpose is T P, whose rows advance to the whole
        for i in 0..size {
            for j in 0..i {
                covariance.swap(i * size + j, j * size + i);
            }
        }
        for row in covariance.chunks_exact_mut(size) {
            self.advance(row);
        }
        for (i, a) in self.shocks.iter().enumerate() {
            for (j, b) in self.shocks.iter().enumerate() {
                covariance[i * size + j] += a * b;
            }
        }
    }

    /// Runs over columns of one length; a gap of the first is a gap of all.
    pub(super) fn run(&self, columns: &[&[f64]]) -> Run {
        let (size, n) = (self.size(), columns[0].len());
        let mut covariance = self.covariance.clone();
        let mut states = vec![vec![0.0; size]; columns.len()];
        let mut innovations = vec![vec![f64::NAN; n]; columns.len()];
        let mut variances = vec![f64::NAN; n];
        let mut gain = vec![0.0; size];
        for t in 0..n {
            if columns[0][t].is_finite() {
                for (gain, row) in gain.iter_mut().zip(covariance.chunks_exact(size)) {
                    *gain = self.observed(row);
                }
                let variance = self.observed(&gain);
                let counts = variance < SETTLING;
                if counts {
                    variances[t] = variance;
                }
                for ((column, state), kept) in columns.iter().zip(&mut states).zip(&mut innovations) {
                    let surprise = column[t] - self.observed(state);
                    if counts {
                        kept[t] = surprise;
                    }
                    state.iter_mut().zip(&gain).for_each(|(x, g)| *x += g * surprise / variance);
                }
                for (i, row) in covariance.chunks_exact_mut(size).enumerate() {
                    let share = gain[i] / variance;
                    row.iter_mut().zip(&gain).for_each(|(p, g)| *p -= share * g);
                }
            }
            for state in &mut states {
                self.advance(state);
            }
            self.spread(&mut covariance);
        }
        Run { innovations, variances, states, covariance }
    }
}
