//! Estimates by the conditional sum of squares: what came before the first step is taken as zero.
//!
//! The residuals are the series sent through four short filters, e = (1−φ)(1−Φ)/((1−θ)(1−Θ)) (w − Xβ); how they move with a
//! coefficient is one more filter of the residuals, shifted, so that the whole Jacobian costs a few passes. Box, Jenkins &
//! Reinsel (1994), *Time Series Analysis*, 3rd ed., §7.2; minimised by Levenberg–Marquardt, Marquardt (1963), *SIAM Journal* 11(2).

use super::polynomial::partial_jacobian;
use super::prepared::Differenced;
use super::{Coefficients, MOST_ORDER};

/// The bound of the free numbers: tanh 3.5 is 0.998.
pub(super) const FREE_BOUND: f64 = 3.5;

/// Where a search stands: the free numbers of the four polynomials and the regressors' coefficients.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) free: Vec<f64>,
    pub(super) beta: Vec<f64>,
}

/// The residuals of a model, in buffers used again from point to point.
pub(super) struct Conditional<'a> {
    data: &'a Differenced,
    sizes: [usize; 4],
    season: usize,
    /// Residuals left out at the beginning, those an autoregression has no past for.
    from: usize,
    residuals: Vec<f64>,
    base: Vec<f64>,
    /// A column an unknown.
    columns: Vec<f64>,
}

/// `x` ← (1 − Σ cₖ Bᵏˡᵃᵍ) x.
fn multiply(x: &mut [f64], c: &[f64], lag: usize) {
    if c.is_empty() {
        return;
    }
    for t in (lag..x.len()).rev() {
        let mut value = x[t];
        for (c, k) in c.iter().zip(1..=t / lag) {
            value -= c * x[t - k * lag];
        }
        x[t] = value;
    }
}

/// `x` ← x / (1 − Σ cₖ Bᵏˡᵃᵍ).
fn divide(x: &mut [f64], c: &[f64], lag: usize) {
    if c.is_empty() {
        return;
    }
    for t in lag..x.len() {
        let mut value = x[t];
        for (c, k) in c.iter().zip(1..=t / lag) {
            value += c * x[t - k * lag];
        }
        x[t] = value;
    }
}

impl<'a> Conditional<'a> {
    pub(super) fn new(data: &'a Differenced, sizes: [usize; 4], season: usize) -> Self {
        let (n, unknowns) = (data.values.len(), sizes.iter().sum::<usize>() + data.columns.len());
        let lags = sizes[0] + sizes[2] * season;
        let from = if n >= lags + (3 * unknowns).max(n / 2) { lags } else { 0 };
        Self { data, sizes, season, from, residuals: vec![0.0; n], base: vec![0.0; n], columns: vec![0.0; n * unknowns] }
    }

    /// Σ e² over the residuals that count.
    pub(super) fn sum_of_squares(&mut self, at: &Point) -> f64 {
        let model = Coefficients::from_free(self.sizes, &at.free);
        self.residuals.copy_from_slice(&self.data.values);
        for (column, beta) in self.data.columns.iter().zip(&at.beta) {
            self.residuals.iter_mut().zip(column).for_each(|(e, x)| *e -= beta * x);
        }
        Self::whiten(&mut self.residuals, &model, self.season);
        if !self.data.seen.is_empty() {
            self.residuals.iter_mut().zip(&self.data.seen).filter(|(_, seen)| !**seen).for_each(|(e, _)| *e = 0.0);
        }
        self.residuals[self.from..].iter().map(|e| e * e).sum()
    }

    fn whiten(x: &mut [f64], model: &Coefficients, season: usize) {
        multiply(x, model.block(2), season);
        multiply(x, model.block(0), 1);
        divide(x, model.block(1), 1);
        divide(x, model.block(3), season);
    }

    /// The columns ∂e/∂unknown at the point the residuals are of.
    fn differentiate(&mut self, at: &Point) {
        let model = Coefficients::from_free(self.sizes, &at.free);
        let n = self.residuals.len();
        let mut first = 0;
        let mut jacobian = [0.0; MOST_ORDER * MOST_ORDER];
        for which in 0..4 {
            let size = self.sizes[which];
            if size == 0 {
                continue;
            }
            let (lag, sign) = (if which < 2 { 1 } else { self.season }, if which % 2 == 0 { -1.0 } else { 1.0 });
            self.base.copy_from_slice(&self.residuals);
            divide(&mut self.base, model.block(which), lag);
            let mut partial = [0.0; MOST_ORDER];
            partial[..size].iter_mut().zip(&at.free[first..]).for_each(|(r, u)| *r = u.tanh());
            partial_jacobian(&partial[..size], &mut jacobian[..size * size]);
            for unknown in 0..size {
                let slope = sign * (1.0 - partial[unknown].powi(2));
                let column = &mut self.columns[(first + unknown) * n..][..n];
                column.fill(0.0);
                for k in 0..size {
                    let (weight, shift) = (slope * jacobian[k * size + unknown], (k + 1) * lag);
                    if weight != 0.0 && shift < n {
                        column[shift..].iter_mut().zip(&self.base).for_each(|(c, b)| *c += weight * b);
                    }
                }
            }
            first += size;
        }
        for (regressor, column) in self.data.columns.iter().zip(self.columns[first * n..].chunks_exact_mut(n)) {
            column.iter_mut().zip(regressor).for_each(|(c, x)| *c = -x);
            Self::whiten(column, &model, self.season);
        }
        if !self.data.seen.is_empty() {
            for column in self.columns.chunks_exact_mut(n) {
                column.iter_mut().zip(&self.data.seen).filter(|(_, seen)| !**seen).for_each(|(c, _)| *c = 0.0);
            }
        }
    }

    /// Levenberg–Marquardt from `start`; ends when a step gains less than `tolerance` of the sum. The sum of squares is given too.
    pub(super) fn minimise(&mut self, start: Point, most: usize, tolerance: f64) -> (Point, f64) {
        let mut at = start;
        let mut value = self.sum_of_squares(&at);
        let (n, unknowns) = (self.residuals.len(), at.free.len() + at.beta.len());
        if unknowns == 0 {
            return (at, value);
        }
        let mut damping = 1e-3;
        for _ in 0..most {
            self.differentiate(&at);
            let (residuals, columns) = (&self.residuals[self.from..], &self.columns);
            let (normal, gradient) = normal_equations(unknowns, |k| &columns[k * n + self.from..(k + 1) * n], residuals);
            let mut gained = None;
            for _ in 0..6 {
                let Some(step) = damped_step(&normal, &gradient, damping) else { break };
                let next = moved(&at, &step);
                let there = self.sum_of_squares(&next);
                if there < value {
                    gained = Some(value - there);
                    (at, value) = (next, there);
                    damping = (damping * 0.1).max(1e-9);
                    break;
                }
                damping *= 10.0;
            }
            match gained {
                Some(gained) if gained > tolerance * value => {}
                Some(_) => break,
                None => {
                    self.sum_of_squares(&at);
                    break;
                }
            }
        }
        (at, value)
    }
}

/// The next point, its free numbers moved by no more than 1.5 and kept inside their bound.
pub(super) fn moved(at: &Point, step: &[f64]) -> Point {
    let (free, beta) = step.split_at(at.free.len());
    let largest = free.iter().fold(0.0_f64, |most, s| most.max(s.abs()));
    let shrink = if largest > 1.5 { 1.5 / largest } else { 1.0 };
    let bounded = |(u, s): (&f64, &f64)| (u + shrink * s).clamp(-FREE_BOUND, FREE_BOUND);
    Point {
        free: at.free.iter().zip(free).map(bounded).collect(),
        beta: at.beta.iter().zip(beta).map(|(b, s)| b + shrink * s).collect(),
    }
}

/// `JᵀJ`, row after row, and `−Jᵀe`.
pub(super) fn normal_equations<'c>(
    unknowns: usize,
    column: impl Fn(usize) -> &'c [f64],
    residuals: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let mut normal = vec![0.0; unknowns * unknowns];
    let mut gradient = vec![0.0; unknowns];
    for i in 0..unknowns {
        for j in 0..=i {
            let product = dot(column(i), column(j));
            normal[i * unknowns + j] = product;
            normal[j * unknowns + i] = product;
        }
        gradient[i] = -dot(column(i), residuals);
    }
    (normal, gradient)
}

/// Four partial sums, so that additions need not wait for each other.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a_fours, b_fours) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a_fours.remainder().iter().zip(b_fours.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a_fours.zip(b_fours) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    rest + (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// (A + damping · diag A) step = gradient by Cholesky's factor; None where it is not positive.
pub(super) fn damped_step(normal: &[f64], gradient: &[f64], damping: f64) -> Option<Vec<f64>> {
    let n = gradient.len();
    let mut factor = normal.to_vec();
    let largest = (0..n).map(|i| normal[i * n + i]).fold(0.0, f64::max);
    for i in 0..n {
        factor[i * n + i] += damping * normal[i * n + i] + 1e-12 * largest + f64::MIN_POSITIVE;
    }
    let mut step = gradient.to_vec();
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| factor[i * n + k] * factor[j * n + k]).sum();
            let left = factor[i * n + j] - known;
            if i == j {
                if left.is_nan() || left <= 0.0 {
                    return None;
                }
                factor[i * n + i] = left.sqrt();
            } else {
                factor[i * n + j] = left / factor[j * n + j];
            }
        }
        let known: f64 = (0..i).map(|k| factor[i * n + k] * step[k]).sum();
        step[i] = (step[i] - known) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| factor[k * n + i] * step[k]).sum();
        step[i] = (step[i] - known) / factor[i * n + i];
    }
    step.iter().all(|s| s.is_finite()).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(n: usize) -> Differenced {
        let values = (0..n).map(|t| ((t * t) as f64 * 0.37).sin() + 0.5 * ((t / 3) as f64).cos()).collect();
        Differenced { values, columns: vec![vec![1.0; n]], seen: Vec::new() }
    }

    #[test]
    fn residuals_are_those_of_the_definition() {
        let data = data(30);
        let mut sum = Conditional::new(&data, [1, 1, 1, 1], 4);
        let at = Point { free: vec![0.4, -0.2, 0.3, 0.5], beta: vec![0.1] };
        sum.sum_of_squares(&at);
        let [phi, theta, seasonal_phi, seasonal_theta] = [0.4_f64, -0.2, 0.3, 0.5].map(f64::tanh);
        let x: Vec<f64> = data.values.iter().map(|w| w - 0.1).collect();
        let mut e = vec![0.0; 30];
        let get = |v: &[f64], t: usize, k: usize| if t >= k { v[t - k] } else { 0.0 };
        for t in 0..30 {
            e[t] = x[t] - phi * get(&x, t, 1) - seasonal_phi * get(&x, t, 4)
                + phi * seasonal_phi * get(&x, t, 5)
                + theta * get(&e, t, 1)
                + seasonal_theta * get(&e, t, 4)
                - theta * seasonal_theta * get(&e, t, 5);
            assert!((e[t] - sum.residuals[t]).abs() < 1e-12, "{t}");
        }
    }

    #[test]
    fn the_jacobian_is_that_of_differences() {
        let data = data(40);
        let at = Point { free: vec![0.4, -0.3, 0.2, 0.3, 0.5, -0.2], beta: vec![0.1] };
        let sizes = [2, 1, 1, 2];
        let mut sum = Conditional::new(&data, sizes, 4);
        sum.sum_of_squares(&at);
        sum.differentiate(&at);
        for k in 0..7 {
            let shifted = |by: f64| {
                let mut step = vec![0.0; 7];
                step[k] = by;
                let mut sum = Conditional::new(&data, sizes, 4);
                sum.sum_of_squares(&moved(&at, &step));
                sum.residuals
            };
            let (up, down) = (shifted(1e-6), shifted(-1e-6));
            for t in 0..40 {
                assert!((sum.columns[k * 40 + t] - (up[t] - down[t]) / 2e-6).abs() < 1e-7, "{k} {t}");
            }
        }
    }

    #[test]
    fn an_autoregression_is_its_least_squares() {
        let data = data(50);
        let (at, _) = Conditional::new(&data, [1, 0, 0, 0], 1).minimise(Point { free: vec![0.0], beta: vec![0.0] }, 30, 1e-14);
        let rows: Vec<f64> = (1..50).flat_map(|t| [1.0, data.values[t - 1]]).collect();
        let found = crate::stats::least_squares(&rows, 2, &data.values[1..], 0.0);
        assert!((at.free[0].tanh() - found[1]).abs() < 1e-6, "{at:?} {found:?}");
    }
}
