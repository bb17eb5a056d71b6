//! The exact Gaussian likelihood of a stationary ARMA without gaps, in O(n (p + q)).
//!
//! Chandrasekhar's form of the Kalman filter: the change of the state's covariance from step to step has rank one, so that vectors
//! are carried where the ordinary filter carries matrices. Morf, Sidhu & Kailath (1974), "Some new algorithms for recursive
//! estimation in constant, linear, discrete-time systems", *IEEE Transactions on Automatic Control* 19(4), 315–323; Pearlman
//! (1980), "An algorithm for the exact likelihood of a high-order autoregressive-moving average process", *Biometrika* 67(1),
//! 232–233. Once the gain stands still the filter is the plain recursion of the residuals.

use super::Coefficients;
use super::polynomial::weights;

/// The relative excess of the innovation variance over σ² at which the gain counts as standing still.
const STEADY: f64 = 1e-11;

/// What the filter needs of a model: both polynomials multiplied out, and its stationary start (for σ² = 1).
pub(super) struct Process {
    /// φ₁ … φᵣ, zero-padded to the size of the state.
    pub(super) auto: Vec<f64>,
    /// θ₁ … θᵣ with the sign of a moving average, zero-padded.
    pub(super) moving: Vec<f64>,
    /// Cov(stateᵢ, y).
    pub(super) start: Vec<f64>,
}

impl Process {
    /// None where the model is not stationary to working precision.
    pub(super) fn new(model: &Coefficients, season: usize) -> Option<Self> {
        let (auto, opposite) = (model.auto(season), model.moving(season));
        let size = auto.len().max(opposite.len() + 1);
        let gamma = autocovariances(&auto, &opposite, size + 1)?;
        let psi = weights(&auto, &opposite, size + 1);
        let mut moving: Vec<f64> = opposite.iter().map(|c| -c).collect();
        let mut auto = auto;
        auto.resize(size, 0.0);
        moving.resize(size, 0.0);
        let start = (0..size)
            .map(|i| {
                let past: f64 = auto[i..].iter().zip(&gamma[1..]).map(|(a, g)| a * g).sum();
                let shocks: f64 = if i == 0 {
                    1.0 + moving.iter().zip(&psi[1..]).map(|(t, s)| t * s).sum::<f64>()
                } else {
                    moving[i - 1..].iter().zip(&psi).map(|(t, s)| t * s).sum()
                };
                past + shocks
            })
            .collect::<Vec<f64>>();
        (start[0].is_finite() && start[0] < 1e9).then_some(Self { auto, moving, start })
    }

    /// The covariance matrix of the stationary state, row after row.
    pub(super) fn covariance(&self) -> Vec<f64> {
        let r = self.auto.len();
        let shock = |i: usize| if i == 0 { 1.0 } else { self.moving[i - 1] };
        let mut found = vec![0.0; r * r];
        for i in (0..r).rev() {
            for j in (0..r).rev() {
                let beyond = |k: usize| if k + 1 < r { self.start[k + 1] } else { 0.0 };
                let corner = if i + 1 < r && j + 1 < r { found[(i + 1) * r + j + 1] } else { 0.0 };
                found[i * r + j] = self.auto[i] * self.auto[j] * self.start[0]
                    + self.auto[i] * beyond(j)
                    + self.auto[j] * beyond(i)
                    + corner
                    + shock(i) * shock(j);
            }
        }
        found
    }
}

/// γ₀ … of the ARMA with unit shocks: those of the autoregression by the Levinson recursion, seen through the moving average.
fn autocovariances(auto: &[f64], opposite: &[f64], count: usize) -> Option<Vec<f64>> {
    let (p, q) = (auto.len(), opposite.len());
    let mut lower = vec![0.0; p * p];
    let mut variance = 1.0;
    if p > 0 {
        lower[(p - 1) * p..].copy_from_slice(auto);
    }
    for order in (0..p).rev() {
        let last = lower[order * p + order];
        let left = 1.0 - last * last;
        if left.is_nan() || left <= 0.0 {
            return None;
        }
        variance /= left;
        let (below, above) = lower.split_at_mut(order * p);
        if order > 0 {
            let below = &mut below[(order - 1) * p..][..order];
            let scale = 1.0 / left;
            for (below, (a, b)) in below.iter_mut().zip(above[..order].iter().zip(above[..order].iter().rev())) {
                *below = (a + last * b) * scale;
            }
        }
    }
    let mut plain = vec![0.0; count + q];
    plain[0] = variance;
    for k in 1..count + q {
        let with = k.min(p);
        if with > 0 {
            let row = &lower[(with - 1) * p..][..with];
            // below order p, the prediction from k values is exact only with the k-th partial, which the row of order k holds
            plain[k] = row.iter().zip(plain[k - with..k].iter().rev()).map(|(a, g)| a * g).sum();
        }
    }
    let theta = |k: usize| if k == 0 { 1.0 } else { -opposite[k - 1] };
    let used: Vec<usize> = (0..=q).filter(|k| theta(*k) != 0.0).collect();
    let mut gamma = vec![0.0; count];
    for lag in 0..=q {
        let rho: f64 = used.iter().filter(|k| **k + lag <= q).map(|k| theta(*k) * theta(k + lag)).sum();
        if rho != 0.0 {
            for (k, gamma) in gamma.iter_mut().enumerate() {
                *gamma += rho * plain[k + lag];
                if lag > 0 {
                    *gamma += rho * plain[k.abs_diff(lag)];
                }
            }
        }
    }
    Some(gamma)
}

/// One series seen through the filter.
#[derive(Debug, Clone, Default)]
pub(super) struct Filtered {
    /// vₜ: each value less its expectation from those before.
    pub(super) innovations: Vec<f64>,
    /// The expected state after the last value: its first entry is the forecast, as it shifts.
    pub(super) state: Vec<f64>,
}

/// Fₜ for the steps before the gain stands still; 1 after them.
pub(super) fn filter(process: &Process, columns: &[&[f64]], out: &mut [Filtered]) -> Vec<f64> {
    let (r, n) = (process.auto.len(), columns[0].len());
    let auto = process.auto.as_slice();
    let shifted = |from: &[f64], to: &mut Vec<f64>| {
        to.clear();
        to.extend((0..r).map(|i| auto[i] * from[0] + from.get(i + 1).copied().unwrap_or(0.0)));
    };
    let mut gain = Vec::with_capacity(r + 1);
    shifted(&process.start, &mut gain);
    gain.push(0.0);
    let mut along = gain.clone();
    for filtered in out.iter_mut() {
        filtered.state.clear();
        filtered.state.resize(r + 1, 0.0);
        filtered.innovations.clear();
    }
    let mut variance = process.start[0];
    let mut middle = -1.0 / variance;
    let mut variances = Vec::with_capacity(n);
    for t in 0..n {
        if variance - 1.0 < STEADY {
            break;
        }
        variances.push(variance);
        for (filtered, column) in out.iter_mut().zip(columns) {
            let expected = filtered.state[0];
            let surprise = column[t] - expected;
            filtered.innovations.push(surprise);
            step(&mut filtered.state, expected, auto, surprise / variance, &gain);
        }
        let first = along[0];
        let weight = middle * first;
        let next = (variance + weight * first).max(1.0);
        for i in 0..r {
            gain[i] += weight * (auto[i] * first + along[i + 1]);
        }
        let share = first / next;
        for i in 0..r {
            along[i] = auto[i] * first + along[i + 1] - gain[i] * share;
        }
        middle += weight * weight / variance;
        variance = next;
    }
    for (filtered, column) in out.iter_mut().zip(columns) {
        steadily(process, column, filtered);
    }
    variances
}

/// One step of the state: shifted, moved by the surprise along the gain.
fn step(state: &mut [f64], expected: f64, auto: &[f64], surprise: f64, gain: &[f64]) {
    for i in 0..auto.len() {
        state[i] = state[i + 1] + auto[i] * expected + gain[i] * surprise;
    }
}

/// The rest of a series once the gain stands still: the residuals' own recursion over the coefficients that are not zero.
fn steadily(process: &Process, column: &[f64], filtered: &mut Filtered) {
    let (r, from) = (process.auto.len(), filtered.innovations.len());
    let sparse = |of: &[f64]| of.iter().enumerate().filter(|(_, c)| **c != 0.0).map(|(k, c)| (k + 1, *c)).collect::<Vec<_>>();
    let (auto, moving) = (sparse(&process.auto), sparse(&process.moving));
    let begun = filtered.state.clone();
    for t in from..column.len() {
        let since = t - from;
        let mut expected = if since < r { begun[since] } else { 0.0 };
        for (k, a) in auto.iter().take_while(|(k, _)| *k <= since) {
            expected += a * column[t - k];
        }
        for (k, m) in moving.iter().take_while(|(k, _)| *k <= since) {
            expected += m * filtered.innovations[t - k];
        }
        filtered.innovations.push(column[t] - expected);
    }
    let passed = column.len() - from;
    for (ahead, state) in filtered.state[..r].iter_mut().enumerate() {
        let mut expected = begun.get(ahead + passed).copied().unwrap_or(0.0);
        let reach = |k: &&(usize, f64)| k.0 > ahead && k.0 - ahead <= passed;
        expected += auto.iter().filter(reach).map(|(k, a)| a * column[column.len() + ahead - k]).sum::<f64>();
        expected += moving.iter().filter(reach).map(|(k, m)| m * filtered.innovations[column.len() + ahead - k]).sum::<f64>();
        *state = expected;
    }
    filtered.state.truncate(r);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(sizes: [usize; 4], all: &[f64]) -> Coefficients {
        Coefficients { sizes, all: all.to_vec() }
    }

    fn models() -> Vec<(Coefficients, usize)> {
        vec![
            (model([1, 0, 0, 0], &[0.7]), 1),
            (model([0, 1, 0, 0], &[-0.6]), 1),
            (model([2, 1, 0, 0], &[0.5, 0.3, 0.4]), 1),
            (model([1, 1, 1, 1], &[0.5, 0.3, 0.6, 0.7]), 4),
            (model([3, 0, 0, 2], &[0.3, 0.2, -0.4, 0.5, 0.2]), 3),
            (model([0, 0, 0, 0], &[]), 1),
        ]
    }

    fn noise(n: usize) -> Vec<f64> {
        (0..n)
            .scan(7_u64, |s, _| {
                *s = s.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                Some((*s >> 40) as f64 / 8e6 - 1.0)
            })
            .collect()
    }

    #[test]
    fn autocovariances_are_those_of_the_infinite_moving_average() {
        for (model, season) in models() {
            let (auto, opposite) = (model.auto(season), model.moving(season));
            let psi = weights(&auto, &opposite, 4_000);
            let gamma = autocovariances(&auto, &opposite, 12).unwrap();
            for (lag, gamma) in gamma.iter().enumerate() {
                let slow: f64 = psi.iter().zip(&psi[lag..]).map(|(a, b)| a * b).sum();
                assert!((slow - gamma).abs() < 1e-9 * slow.abs().max(1.0), "{model:?} {lag}: {slow} {gamma}");
            }
            let process = Process::new(&model, season).unwrap();
            assert!((process.start[0] - gamma[0]).abs() < 1e-9 * gamma[0]);
            let covariance = process.covariance();
            for (a, b) in covariance.iter().zip(&process.start) {
                assert!((a - b).abs() < 1e-9 * gamma[0], "{model:?}");
            }
        }
    }

    #[test]
    fn the_fast_filter_is_the_ordinary_kalman_filter() {
        for (model, season) in models() {
            let process = Process::new(&model, season).unwrap();
            let series = noise(60);
            let mut out = [Filtered::default()];
            let variances = filter(&process, &[&series], &mut out);
            let slow = super::super::gaps::Filter::new(&process, &[]).run(&[&series]);
            for t in 0..60 {
                let fast = variances.get(t).copied().unwrap_or(1.0);
                assert!((fast - slow.variances[t]).abs() < 1e-9, "{model:?} {t}: {fast} {}", slow.variances[t]);
                assert!((out[0].innovations[t] - slow.innovations[0][t]).abs() < 1e-8, "{model:?} {t}");
            }
            for (a, b) in out[0].state.iter().zip(&slow.states[0]) {
                assert!((a - b).abs() < 1e-8, "{model:?}: {:?} {:?}", out[0].state, slow.states[0]);
            }
        }
    }
}
