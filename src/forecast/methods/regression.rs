//! Linear regression with autoregressive errors: the ground of growth curves and of driver models.

use crate::stats::{cholesky, invert_cholesky};

/// Prediction-error filters of a stationary autoregression, of every order up to its own.
///
/// By Burg's reflection coefficients over the pairs that are known, so that it is stationary whatever the gaps. Burg (1975),
/// *Maximum Entropy Spectral Analysis*, Stanford University.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Autoregression {
    /// The coefficients of each order 0, 1, …; the last are those in use.
    orders: Vec<Vec<f64>>,
    /// The variance left by each order, as a share of the variance of the series.
    left: Vec<f64>,
}

/// No reflection is closer to 1: an error that never comes back would be a trend of its own.
const MOST_REFLECTED: f64 = 0.995;

impl Autoregression {
    /// No autoregression: every error stands alone.
    fn white() -> Self {
        Self { orders: vec![Vec::new()], left: vec![1.0] }
    }

    /// The order up to `most` with the least Bayesian criterion n ln v + p ln n.
    pub fn fit(errors: &[f64], most: usize) -> Self {
        let n = errors.len();
        let known = errors.iter().filter(|e| e.is_finite()).count();
        let most = most.min(known / 4);
        let (mut forward, mut backward) = (errors.to_vec(), errors.to_vec());
        let (mut orders, mut left) = (vec![Vec::new()], vec![1.0]);
        let mut best = (0.0, 0);
        for order in 1..=most {
            let (mut cross, mut power) = (0.0, 0.0);
            for t in order..n {
                let (f, b) = (forward[t], backward[t - 1]);
                if f.is_finite() && b.is_finite() {
                    cross += f * b;
                    power += f * f + b * b;
                }
            }
            let reflected = if power > 0.0 { (2.0 * cross / power).clamp(-MOST_REFLECTED, MOST_REFLECTED) } else { 0.0 };
            let before = &orders[order - 1];
            let mut next: Vec<f64> = (0..order - 1).map(|i| before[i] - reflected * before[order - 2 - i]).collect();
            next.push(reflected);
            orders.push(next);
            left.push(left[order - 1] * (1.0 - reflected * reflected));
            for t in (order..n).rev() {
                let (f, b) = (forward[t], backward[t - 1]);
                forward[t] = f - reflected * b;
                backward[t] = b - reflected * f;
            }
            let criterion = known as f64 * left[order].ln() + order as f64 * (known as f64).ln();
            if criterion < best.0 {
                best = (criterion, order);
            }
        }
        orders.truncate(best.1 + 1);
        left.truncate(best.1 + 1);
        Self { orders, left }
    }

    pub fn coefficients(&self) -> &[f64] {
        &self.orders[self.orders.len() - 1]
    }

    /// For a step with `run` known steps right before it: the filter to use and the factor that gives it the innovations' variance.
    fn filter(&self, run: usize) -> (&[f64], f64) {
        let order = run.min(self.orders.len() - 1);
        (&self.orders[order], (self.left[self.left.len() - 1] / self.left[order]).sqrt())
    }

    /// The errors expected after these, `steps` of them. Unknown ones count as zero.
    pub fn ahead(&self, errors: &[f64], steps: usize) -> Vec<f64> {
        let phi = self.coefficients();
        let p = phi.len();
        let mut all = vec![0.0; p];
        for (back, error) in errors.iter().rev().take(p).enumerate() {
            all[p - 1 - back] = if error.is_finite() { *error } else { 0.0 };
        }
        for _ in 0..steps {
            let next = phi.iter().zip(all.iter().rev()).map(|(phi, error)| phi * error).sum();
            all.push(next);
        }
        all.split_off(p)
    }

    /// The variance of the error of each step ahead, innovations of variance 1: Σ ψ².
    pub fn variance_ahead(&self, steps: usize) -> Vec<f64> {
        let phi = self.coefficients();
        let mut psi: Vec<f64> = Vec::with_capacity(steps);
        let mut total = 0.0;
        (0..steps)
            .map(|h| {
                let next = if h == 0 { 1.0 } else { (0..phi.len().min(h)).map(|i| phi[i] * psi[h - 1 - i]).sum() };
                psi.push(next);
                total += next * next;
                total
            })
            .collect()
    }
}

/// Rows of regressors, one after another.
#[derive(Debug, Clone, Default)]
pub(super) struct Design {
    pub rows: Vec<f64>,
    pub width: usize,
}

impl Design {
    pub fn row(&self, at: usize) -> &[f64] {
        &self.rows[at * self.width..(at + 1) * self.width]
    }

    /// Rows and targets through the filters of the errors, so that what is left is white; unknown rows are left out.
    ///
    /// Returns the rows, `width` + 1 wide with the target last, and the sum of the logarithms of the factors.
    pub fn whitened(&self, targets: &[f64], errors: &Autoregression) -> (Vec<f64>, f64) {
        let mut out = Vec::with_capacity(targets.len() * (self.width + 1));
        let (mut run, mut logs) = (0, 0.0);
        for (t, target) in targets.iter().enumerate() {
            if !target.is_finite() || self.row(t).iter().any(|value| !value.is_finite()) {
                run = 0;
                continue;
            }
            let (phi, factor) = errors.filter(run);
            let start = out.len();
            out.extend(self.row(t).iter().copied().chain([*target]));
            for (back, phi) in phi.iter().enumerate() {
                let earlier = self.row(t - 1 - back).iter().copied().chain([targets[t - 1 - back]]);
                out[start..].iter_mut().zip(earlier).for_each(|(cell, value)| *cell -= phi * value);
            }
            out[start..].iter_mut().for_each(|cell| *cell *= factor);
            logs += factor.ln();
            run += 1;
        }
        (out, logs)
    }
}

/// A regression fitted by generalised least squares.
#[derive(Debug, Clone)]
pub(super) struct Regressed {
    pub coefficients: Vec<f64>,
    /// Of the coefficients, `width` × `width`.
    pub covariance: Vec<f64>,
    pub autoregression: Autoregression,
    /// The standard deviation of the innovations.
    pub sigma: f64,
    /// Targets less the regression; NaN where unknown.
    pub errors: Vec<f64>,
    /// Errors one step ahead; NaN where unknown.
    pub residuals: Vec<f64>,
    /// −2 log-likelihood, without the constant n ln 2π + n.
    pub deviance: f64,
    /// Parameters: the freedom of the coefficients, the variance, the autoregression.
    pub parameters: f64,
    /// Steps known.
    pub count: f64,
}

impl Regressed {
    /// The Bayesian criterion, corrected for few observations, with `more` parameters beside those fitted here: deviance +
    /// p ln n × n/(n − p − 1). McQuarrie & Tsai (1998), *Regression and Time Series Model Selection*, World Scientific, §2.
    pub fn criterion(&self, more: f64) -> f64 {
        let (n, p) = (self.count, self.parameters + more);
        if n - p > 1.5 { self.deviance + p * n.ln() * n / (n - p - 1.0) } else { f64::MAX }
    }

    /// Before anything is fitted.
    pub fn empty() -> Self {
        Self {
            coefficients: Vec::new(),
            covariance: Vec::new(),
            autoregression: Autoregression::white(),
            sigma: 0.0,
            errors: Vec::new(),
            residuals: Vec::new(),
            deviance: f64::INFINITY,
            parameters: 0.0,
            count: 0.0,
        }
    }
}

/// Σ (whitened error)² + σ² Σ (β / prior)² made small over β, in turn with the autoregression of order `most` or less.
///
/// `prior` holds the standard deviation each coefficient is expected to have (infinite: free). Cochrane & Orcutt (1949),
/// *Journal of the American Statistical Association* 44, 32–61, with the starting rows kept as in Prais & Winsten (1954).
pub(super) fn regress(design: &Design, targets: &[f64], prior: &[f64], most: usize) -> Option<Regressed> {
    let width = design.width;
    let free = prior.iter().filter(|prior| prior.is_infinite()).count();
    let mut autoregression = Autoregression::white();
    let mut variance: Option<f64> = None;
    for pass in 0..4 {
        let (whitened, logs) = design.whitened(targets, &autoregression);
        let count = whitened.len() / (width + 1);
        if count < free + 2 {
            return None;
        }
        let solved = solve(&whitened, prior, variance)?;
        let errors: Vec<f64> = targets
            .iter()
            .enumerate()
            .map(|(t, y)| y - design.row(t).iter().zip(&solved.coefficients).map(|(x, b)| x * b).sum::<f64>())
            .collect();
        variance = Some(solved.variance);
        let next = if pass == 3 || most == 0 { autoregression.clone() } else { Autoregression::fit(&errors, most) };
        if next == autoregression && pass > 1 {
            let n = count as f64;
            let parameters = solved.freedom + 1.0 + autoregression.coefficients().len() as f64;
            let deviance = n * (solved.squares / n).ln() - 2.0 * logs;
            let residuals = one_step(&errors, &autoregression);
            return Some(Regressed {
                coefficients: solved.coefficients,
                covariance: solved.covariance,
                autoregression,
                sigma: solved.variance.sqrt(),
                errors,
                residuals,
                deviance,
                parameters,
                count: n,
            });
        }
        autoregression = next;
    }
    None
}

/// Each error less what the known ones right before it let expect.
fn one_step(errors: &[f64], autoregression: &Autoregression) -> Vec<f64> {
    let mut run = 0;
    let step = |(t, error): (usize, &f64)| {
        if !error.is_finite() {
            run = 0;
            return f64::NAN;
        }
        let (phi, _) = autoregression.filter(run);
        run += 1;
        error - phi.iter().enumerate().map(|(back, phi)| phi * errors[t - 1 - back]).sum::<f64>()
    };
    errors.iter().enumerate().map(step).collect()
}

struct Solved {
    coefficients: Vec<f64>,
    covariance: Vec<f64>,
    variance: f64,
    squares: f64,
    freedom: f64,
}

/// The normal equations of whitened rows: X'X, row after row, and X'y.
fn normal(whitened: &[f64], width: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut gram, mut cross) = (vec![0.0; width * width], vec![0.0; width]);
    for row in whitened.chunks_exact(width + 1) {
        for (i, x) in row[..width].iter().enumerate().filter(|(_, x)| **x != 0.0) {
            gram[i * width..=i * width + i].iter_mut().zip(row).for_each(|(cell, value)| *cell += x * value);
            cross[i] += x * row[width];
        }
    }
    for i in 0..width {
        for j in i + 1..width {
            gram[i * width + j] = gram[j * width + i];
        }
    }
    (gram, cross)
}

/// With σ² given for the priors; none: a first guess without them.
fn solve(whitened: &[f64], prior: &[f64], variance: Option<f64>) -> Option<Solved> {
    let width = prior.len();
    let (mut matrix, cross) = normal(whitened, width);
    let penalty: Vec<f64> = (0..width)
        .map(|i| {
            // a column that others span, or of zeros, is kept from dividing by nothing
            let own = matrix[i * width + i];
            let penalty = variance.map_or(0.0, |variance| variance / prior[i].powi(2));
            if own + penalty > 0.0 { 1e-10 * own + penalty } else { 1.0 }
        })
        .collect();
    (0..width).for_each(|i| matrix[i * width + i] += penalty[i]);
    let inverse = invert_cholesky(&cholesky(&matrix, width)?, width);
    let coefficients: Vec<f64> =
        inverse.chunks_exact(width).map(|row| row.iter().zip(&cross).map(|(a, b)| a * b).sum()).collect();
    let (mut squares, mut size) = (0.0, 0.0);
    for row in whitened.chunks_exact(width + 1) {
        let expected: f64 = row.iter().zip(&coefficients).map(|(x, b)| x * b).sum();
        squares += (row[width] - expected).powi(2);
        size += row[width].powi(2);
    }
    squares = squares.max(1e-24 * size).max(f64::MIN_POSITIVE);
    let freedom = width as f64 - (0..width).map(|i| penalty[i] * inverse[i * width + i]).sum::<f64>();
    let count = whitened.len() / (width + 1);
    let variance = squares / (count as f64 - freedom).max(1.0);
    let covariance: Vec<f64> = inverse.iter().map(|value| value * variance).collect();
    coefficients.iter().chain(&covariance).all(|v| v.is_finite()).then_some(Solved {
        coefficients,
        covariance,
        variance,
        squares,
        freedom,
    })
}

/// x' `matrix` x.
pub(super) fn quadratic(matrix: &[f64], x: &[f64]) -> f64 {
    let n = x.len();
    (0..n).map(|i| x[i] * (0..n).map(|j| matrix[i * n + j] * x[j]).sum::<f64>()).sum()
}

/// How many pairs of sine and cosine a season of this length gets: all up to 12 steps, six beyond.
pub(super) fn pairs(season: usize) -> usize {
    if season < 2 { 0 } else { (season / 2).min(6) }
}

/// Appends the sines and cosines of step `t`; the sine at half the season, which is always zero, is left out.
pub(super) fn push_fourier(row: &mut Vec<f64>, t: usize, season: usize) {
    for pair in 1..=pairs(season) {
        let angle = std::f64::consts::TAU * ((pair * t) % season) as f64 / season as f64;
        row.push(angle.cos());
        if 2 * pair != season {
            row.push(angle.sin());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoregression_of_order_two_is_found_and_its_variance_is_the_closed_form() {
        let mut errors = vec![0.0, 0.0];
        let mut noise = super::super::noise::Noise::new(5);
        for t in 2..4_000 {
            errors.push(0.5 * errors[t - 1] + 0.3 * errors[t - 2] + noise.normal());
        }
        errors[1_000] = f64::NAN;
        let found = Autoregression::fit(&errors, 4);
        let phi = found.coefficients();
        assert!(phi.len() == 2 && (phi[0] - 0.5).abs() < 0.05 && (phi[1] - 0.3).abs() < 0.05, "{phi:?}");
        let one = Autoregression { orders: vec![vec![], vec![0.6]], left: vec![1.0, 0.64] };
        for (h, seen) in one.variance_ahead(5).into_iter().enumerate() {
            assert!((seen - (1.0 - 0.36_f64.powi(h as i32 + 1)) / 0.64).abs() < 1e-12);
        }
        assert_eq!(one.ahead(&[5.0, 2.0], 2), vec![1.2, 0.72]);
    }

    #[test]
    fn whitening_is_the_inverse_of_the_covariance() {
        // y' V⁻¹ y by the filters against Cholesky on the covariance φ^|i−j| of an AR(1)
        let one = Autoregression { orders: vec![vec![], vec![0.6]], left: vec![1.0, 0.64] };
        let y = [1.0, -2.0, 0.5, 3.0];
        let design = Design { rows: vec![1.0; 4], width: 1 };
        let (white, logs) = design.whitened(&y, &one);
        let squares: f64 = white.chunks(2).map(|row| row[1] * row[1]).sum();
        let covariance: Vec<f64> = (0..16_usize).map(|k| 0.6_f64.powi((k / 4).abs_diff(k % 4) as i32) / (1.0 - 0.36)).collect();
        let lower = cholesky(&covariance, 4).expect("positive");
        let solved = crate::stats::solve_cholesky(&lower, 4, &y);
        let want: f64 = solved.iter().zip(y).map(|(a, b)| a * b).sum();
        let logdet: f64 = (0..4).map(|i| lower[i * 4 + i].ln()).sum();
        assert!((squares - want).abs() < 1e-12 && (logs + logdet).abs() < 1e-12, "{squares} {want} {logs} {logdet}");
    }

    #[test]
    fn a_prior_shrinks_a_mean_by_its_closed_form() {
        let y = [1.0, 3.0, 2.0, 4.0, 2.0, 3.0];
        let design = Design { rows: vec![1.0; 6], width: 1 };
        let found = regress(&design, &y, &[1.0], 0).expect("fits");
        // β = Σy / (n + σ²), σ² that of the pass before
        let implied = 15.0 / found.coefficients[0] - 6.0;
        assert!((implied - found.sigma.powi(2)).abs() < 0.05 * implied, "{implied} {found:?}");
        let free = regress(&design, &y, &[f64::INFINITY], 0).expect("fits");
        assert!((free.coefficients[0] - 2.5).abs() < 1e-8 && (free.covariance[0] - 1.1 / 6.0).abs() < 1e-8, "{free:?}");
    }
}
