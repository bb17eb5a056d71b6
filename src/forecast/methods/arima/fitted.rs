//! A fitted ARIMA and its forecasts.

use super::super::outlook::{Fitted, Outlook};
use super::estimate::{Likelihood, Task, integrated_ones};
use super::exact::Process;
use super::polynomial::{differencing, expand, weights};
use super::prepared::Prepared;
use super::{Arima, Coefficients, gaps};

/// A seasonal ARIMA with its estimates.
#[derive(Debug, Clone)]
pub struct FittedArima {
    order: Arima,
    season: usize,
    free: Vec<f64>,
    model: Coefficients,
    /// The constant's coefficient, then the regressors', on the prepared scale.
    beta: Vec<f64>,
    scale: f64,
    power: Option<f64>,
    /// σ² on the prepared scale, degrees of freedom considered.
    variance: f64,
    log_likelihood: f64,
    counted: usize,
    length: usize,
    /// The expected ARMA state after the last step, then the last values of the series less its regressors, the latest first.
    state: Vec<f64>,
    covariance: Option<Vec<f64>>,
    /// Steps of the past after its last value.
    trailing: usize,
    /// The regressors at the last value and after it.
    later: Vec<Vec<f64>>,
    residuals: Vec<f64>,
}

/// The Box–Cox transformation: (yᵖ − 1) / p, log y where p = 0; NaN where it has no value. Box & Cox (1964), *JRSS B* 26(2).
pub(super) fn transformed(y: f64, power: f64) -> f64 {
    if y.is_nan() || y < 0.0 || (y == 0.0 && power <= 0.0) {
        f64::NAN
    } else if power == 0.0 {
        y.ln()
    } else {
        (y.powf(power) - 1.0) / power
    }
}

fn restored(x: f64, power: f64) -> f64 {
    if power == 0.0 { x.min(300.0).exp() } else { (power * x + 1.0).max(0.0).powf(1.0 / power).min(1e150) }
}

impl Arima {
    /// Fits these orders to a past; None where it is too short for them.
    ///
    /// ```
    /// use plimsoll::forecast::methods::{Arima, Fitted};
    /// let past: Vec<f64> = (0..40).map(|t| f64::from(t) + f64::from(t % 7)).collect();
    /// let airline = Arima { differences: 1, ma: 1, ..Arima::default() };
    /// let fitted = airline.fit(&past, 1).expect("long enough");
    /// assert_eq!(fitted.outlook(3).centre.len(), 3);
    /// ```
    #[must_use]
    pub fn fit(self, past: &[f64], season: usize) -> Option<FittedArima> {
        self.fit_with(past, season, &[], None)
    }

    /// Fits these orders beside `regressors` (each as long as the past, without gaps), to the past transformed by Box–Cox with
    /// `power` (0 the logarithm) where one is given; None where it is too short, or not positive and so not transformable.
    #[must_use]
    pub fn fit_with(self, past: &[f64], season: usize, regressors: &[Vec<f64>], power: Option<f64>) -> Option<FittedArima> {
        let prepared = prepare(past, season, regressors, power)?;
        self.fit_prepared(&prepared, season, None).map(|fitted| fitted.on(past, power))
    }

    /// Fits to what is prepared, from `start` where there is one.
    pub(super) fn fit_prepared(self, prepared: &Prepared, season: usize, start: Option<&[f64]>) -> Option<FittedArima> {
        let seasonal = self.seasonal_ar + self.seasonal_differences + self.seasonal_ma > 0;
        if !self.is_sound() || season == 0 || (seasonal && season < 2) || prepared.filled.len() < self.lost(season) + 2 {
            return None;
        }
        let data = prepared.differenced(self, season);
        let task = Task { prepared, data: &data, order: self, season };
        let seen = if data.seen.is_empty() { data.values.len() } else { data.seen.iter().filter(|seen| **seen).count() };
        if seen < task.parameters() + 1 {
            return None;
        }
        let (free, found) = match start {
            Some(free) if free.len() == self.dynamics() => task.exactly(free.to_vec(), 3, 1e-6)?,
            _ => {
                let begun = task.conditionally(task.blank(), 15, 1e-4);
                task.exactly(begun.free, 15, 1e-8)?
            }
        };
        Some(FittedArima::new(&task, free, found))
    }
}

/// Transforms and prepares a past.
pub(super) fn prepare(past: &[f64], season: usize, regressors: &[Vec<f64>], power: Option<f64>) -> Option<Prepared> {
    match power {
        None => Prepared::new(past, season, regressors),
        Some(power) => {
            let changed: Vec<f64> = past.iter().map(|y| transformed(*y, power)).collect();
            if past.iter().zip(&changed).any(|(y, x)| !y.is_nan() && x.is_nan()) {
                return None;
            }
            Prepared::new(&changed, season, regressors)
        }
    }
}

impl FittedArima {
    pub(super) fn new(task: &Task, free: Vec<f64>, found: Likelihood) -> Self {
        let Task { prepared, order, season, .. } = *task;
        let polynomial = differencing(order.differences, order.seasonal_differences, season);
        let n = prepared.filled.len();
        let mut state = found.state;
        if found.covariance.is_none() {
            let ones = if order.constant { integrated_ones(&polynomial, n) } else { Vec::new() };
            let parts = order.constant.then_some(&ones).into_iter().chain(&prepared.regressors);
            let parts: Vec<(&Vec<f64>, &f64)> = parts.zip(&found.beta).collect();
            let reach = n.saturating_sub(polynomial.len());
            state.extend((reach..n).rev().map(|t| prepared.filled[t] - parts.iter().map(|(x, b)| *b * x[t]).sum::<f64>()));
        }
        let lost = n - found.innovations.len();
        let mut residuals = vec![f64::NAN; prepared.skipped + lost];
        let known = found.innovations.iter().zip(&prepared.seen[lost..]);
        residuals.extend(known.map(|(v, seen)| if *seen { v * prepared.scale } else { f64::NAN }));
        residuals.resize(residuals.len() + prepared.trailing, f64::NAN);
        let spare = found.counted.saturating_sub(task.parameters() - 1).max(1) as f64;
        Self {
            order,
            season,
            model: Coefficients::from_free(order.sizes(), &free),
            free,
            beta: found.beta,
            scale: prepared.scale,
            power: None,
            variance: found.variance * found.counted as f64 / spare,
            log_likelihood: found.log - found.counted as f64 * prepared.scale.ln(),
            counted: found.counted,
            length: n,
            state,
            covariance: found.covariance,
            trailing: prepared.trailing,
            later: prepared.later.clone(),
            residuals,
        }
    }

    /// Remembers the transformation and puts the residuals in the unit of the past.
    pub(super) fn on(mut self, past: &[f64], power: Option<f64>) -> Self {
        self.power = power;
        if let Some(power) = power {
            for (residual, y) in self.residuals.iter_mut().zip(past) {
                *residual = y - restored(transformed(*y, power) - *residual, power);
            }
        }
        self
    }

    /// The same orders fitted to another past, beginning at these estimates.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        self.refit_with(past, &[])
    }

    /// As [`Self::refit`], beside regressors.
    #[must_use]
    pub fn refit_with(&self, past: &[f64], regressors: &[Vec<f64>]) -> Option<Self> {
        let prepared = prepare(past, self.season, regressors, self.power)?;
        self.order.fit_prepared(&prepared, self.season, Some(&self.free)).map(|fitted| fitted.on(past, self.power))
    }

    /// The orders.
    #[must_use]
    pub const fn order(&self) -> Arima {
        self.order
    }

    /// φ₁ … , of (1 − Σ φₖ Bᵏ).
    #[must_use]
    pub fn ar(&self) -> &[f64] {
        self.model.block(0)
    }

    /// θ₁ … , of (1 + Σ θₖ Bᵏ).
    #[must_use]
    pub fn ma(&self) -> Vec<f64> {
        self.model.block(1).iter().map(|c| -c).collect()
    }

    /// Φ₁ … , of (1 − Σ Φₖ Bᵏᵐ).
    #[must_use]
    pub fn seasonal_ar(&self) -> &[f64] {
        self.model.block(2)
    }

    /// Θ₁ … , of (1 + Σ Θₖ Bᵏᵐ).
    #[must_use]
    pub fn seasonal_ma(&self) -> Vec<f64> {
        self.model.block(3).iter().map(|c| -c).collect()
    }

    /// The mean of the differenced series, in the unit of the (transformed) past; None without a constant.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        self.order.constant.then(|| self.beta[0] * self.scale)
    }

    /// The regressors' coefficients, in units of the (transformed) past a unit of the regressor.
    #[must_use]
    pub fn coefficients(&self) -> Vec<f64> {
        self.beta[usize::from(self.order.constant)..].iter().map(|b| b * self.scale).collect()
    }

    /// σ², the variance of a step's shock, with degrees of freedom considered, in squared units of the (transformed) past.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.variance * self.scale * self.scale
    }

    /// The exact log-likelihood of the differenced series.
    #[must_use]
    pub const fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// `AICc`: −2 log L + 2 k n / (n − k − 1), k the coefficients and the variance. Hurvich & Tsai (1989), *Biometrika* 76(2).
    #[must_use]
    pub fn aicc(&self) -> f64 {
        corrected(self.log_likelihood, self.free.len() + self.beta.len() + 1, self.counted)
    }

    /// The next `steps` steps where the regressors will be `future`, each at least `steps` long.
    #[must_use]
    pub fn outlook_with(&self, steps: usize, future: &[Vec<f64>]) -> Outlook {
        let first = usize::from(self.order.constant);
        let at = |regressor: usize, ahead: usize| {
            let later = &self.later[regressor];
            let known = later[1..].get(ahead).or_else(|| future.get(regressor)?.get(ahead - self.trailing));
            known.copied().unwrap_or_else(|| later[later.len() - 1])
        };
        let reach = steps + self.trailing;
        let mut centre = self.expected(reach);
        for (ahead, centre) in centre.iter_mut().enumerate() {
            *centre += self.beta[first..].iter().enumerate().map(|(k, beta)| beta * at(k, ahead)).sum::<f64>();
        }
        let (centre, sd) = (centre.split_off(self.trailing), self.spreads(reach).split_off(self.trailing));
        let bounded = |x: f64| (x * self.scale).clamp(-1e150, 1e150);
        let plain = Outlook {
            centre: centre.into_iter().map(bounded).collect(),
            sd: sd.into_iter().map(bounded).collect(),
            quantiles: None,
        };
        let Some(power) = self.power else { return plain };
        let back = |x: f64| restored(x, power);
        let pairs = || plain.centre.iter().zip(&plain.sd);
        Outlook {
            centre: plain.centre.iter().map(|c| back(*c)).collect(),
            sd: pairs().map(|(c, s)| (back(c + s) - back(c - s)) / 2.0).collect(),
            quantiles: Some((0..steps).map(|ahead| plain.quantiles_at(ahead).map(back)).collect()),
        }
    }

    /// Without regressors: the ARMA forecasts, integrated, and the constant's path.
    fn expected(&self, steps: usize) -> Vec<f64> {
        let polynomial = differencing(self.order.differences, self.order.seasonal_differences, self.season);
        let auto = self.model.auto(self.season);
        let (arma, tail) = self.state.split_at(self.state.len() - polynomial.len());
        let mut steady: Vec<f64> = Vec::with_capacity(steps);
        let mut found: Vec<f64> = Vec::with_capacity(steps);
        for ahead in 0..steps {
            let own: f64 = auto.iter().zip(steady.iter().rev()).map(|(a, w)| a * w).sum();
            steady.push(own + arma.get(ahead).copied().unwrap_or(0.0));
            let before = found.iter().rev().chain(tail);
            let next = steady[ahead] + polynomial.iter().zip(before).map(|(c, y)| c * y).sum::<f64>();
            found.push(next);
        }
        if self.order.constant {
            let ones = integrated_ones(&polynomial, self.length + steps);
            found.iter_mut().zip(&ones[self.length..]).for_each(|(y, one)| *y += self.beta[0] * one);
        }
        found
    }

    /// Standard deviations ahead: σ² Σ ψ², or of the filter's own covariance where gaps leave the state unsettled.
    fn spreads(&self, steps: usize) -> Vec<f64> {
        let polynomial = differencing(self.order.differences, self.order.seasonal_differences, self.season);
        let process = self.covariance.as_ref().and_then(|_| Process::new(&self.model, self.season));
        if let (Some(covariance), Some(process)) = (&self.covariance, process) {
            let filter = gaps::Filter::new(&process, &polynomial);
            let mut covariance = covariance.clone();
            let size = filter.size();
            return (0..steps)
                .map(|_| {
                    let gain: Vec<f64> = covariance.chunks_exact(size).map(|row| filter.observed(row)).collect();
                    let variance = filter.observed(&gain);
                    filter.spread(&mut covariance);
                    (variance.max(0.0) * self.variance).sqrt()
                })
                .collect();
        }
        let whole = expand(&self.model.auto(self.season), &[], self.season);
        let joined = product(&whole, &polynomial);
        let mut sum = 0.0;
        weights(&joined, &self.model.moving(self.season), steps)
            .iter()
            .map(|psi| {
                sum += psi * psi;
                (sum * self.variance).sqrt()
            })
            .collect()
    }
}

/// (1 − Σ aₖ Bᵏ)(1 − Σ bₖ Bᵏ).
fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut found = vec![0.0; a.len() + b.len()];
    for (k, a) in a.iter().enumerate() {
        found[k] += a;
        for (j, b) in b.iter().enumerate() {
            found[k + j + 1] -= a * b;
        }
    }
    for (j, b) in b.iter().enumerate() {
        found[j] += b;
    }
    found
}

/// −2 log L with the correction of Hurvich & Tsai; infinite where too few values remain.
pub(super) fn corrected(log_likelihood: f64, parameters: usize, counted: usize) -> f64 {
    if counted < parameters + 2 {
        return f64::INFINITY;
    }
    let (k, n) = (parameters as f64, counted as f64);
    -2.0 * log_likelihood + 2.0 * k * n / (n - k - 1.0)
}

impl Fitted for FittedArima {
    fn name(&self) -> String {
        let name = self.order.name(self.season);
        if self.later.is_empty() { name } else { format!("regression with {name} errors") }
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// Regressors are taken to stay where they were last; [`FittedArima::outlook_with`] takes their future.
    fn outlook(&self, steps: usize) -> Outlook {
        self.outlook_with(steps, &[])
    }
}
