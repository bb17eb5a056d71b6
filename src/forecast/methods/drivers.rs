//! Regression on business drivers and events, with autoregressive errors.
//!
//! y = a + b t + season + Σ βₖ driverₖ(t − lag) + Σ effect(event, steps from it) + error. Coefficients but a and b have a normal
//! prior about 0 (a ridge). The uncertainty of the drivers' own future is carried into the outlook: for a row x of regressors
//! with mean μ and covariance V, independent of the estimate with covariance Σ, var(x'β̂) = μ'Σμ + β'Vβ + tr(ΣV). Harvey (1989),
//! *Forecasting, Structural Time Series Models and the Kalman Filter*, §7; Hyndman & Athanasopoulos (2021), *Forecasting:
//! Principles and Practice*, 3rd ed., §10.

mod table;

pub use self::table::{Driver, DriverError, DriverFuture, DriverTable, Event};

use self::table::Doubt;
use super::outlook::{Fitted, Outlook};
use super::regression::{Design, Regressed, pairs, push_fourier, quadratic, regress};

/// How to forecast by drivers.
///
/// ```
/// use plimsoll::forecast::methods::{Driver, DriverError, DriverFuture, DriverModel, DriverTable, Fitted};
///
/// let past: Vec<f64> = (0..30).map(|t| 10.0 + 2.0 * f64::from(t % 7)).collect();
/// let orders = Driver {
///     name: "orders".to_owned(),
///     past: (0..30).map(|t| f64::from(t % 7)).collect(),
///     future: DriverFuture::Uncertain { centre: vec![3.0, 9.0], sd: vec![0.1, 0.5] },
///     lags: Vec::new(),
/// };
/// let table = DriverTable { drivers: vec![orders], events: Vec::new() };
/// let fitted = DriverModel::default().fit(&past, 1, &table, 2)?;
/// assert!((fitted.effects()[0].size - 2.0).abs() < 1e-3);
/// assert!((fitted.outlook(2).sd[1] - 1.0).abs() < 1e-2); // 2 × 0.5
/// # Ok::<(), DriverError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriverModel {
    /// Whether there is growth of its own beside the drivers.
    pub trend: bool,
    /// The highest order of the autoregression of the errors.
    pub order: usize,
    /// The standard deviation expected of a coefficient, in standard deviations of the series for one of the driver (or for an
    /// event); smaller: a stronger ridge.
    pub prior: f64,
}

impl Default for DriverModel {
    fn default() -> Self {
        Self { trend: true, order: 2, prior: 2.0 }
    }
}

/// A regressor beside trend and season.
#[derive(Debug, Clone)]
enum Column {
    Driver { driver: usize, lag: usize, mean: f64, scale: f64 },
    Event { event: usize, offset: isize, seen: bool },
}

impl DriverModel {
    /// Fits to a past, for a forecast of `steps`; with a season of `season` steps where that makes the criterion smaller.
    ///
    /// # Errors
    /// A driver has no future (or one that is too short or not finite), a column does not fit the past, or too little is known.
    pub fn fit(&self, past: &[f64], season: usize, table: &DriverTable, steps: usize) -> Result<FittedDrivers, DriverError> {
        table.check(past.len(), steps)?;
        let known = past.iter().filter(|value| value.is_finite()).count();
        let seasons = if season > 1 && past.len() >= 2 * season && known > 4 * pairs(season) { vec![0, season] } else { vec![0] };
        seasons
            .into_iter()
            .filter_map(|season| self.fit_with(past, season, table))
            .min_by(|a, b| a.regressed.criterion(0.0).total_cmp(&b.regressed.criterion(0.0)))
            .ok_or(DriverError::TooShort)
    }

    fn fit_with(&self, past: &[f64], season: usize, table: &DriverTable) -> Option<FittedDrivers> {
        let n = past.len();
        let columns = columns(table, n);
        let mut form =
            FittedDrivers { model: *self, table: table.clone(), season, n, columns, fixed: 0, regressed: Regressed::empty() };
        let mut rows = Vec::new();
        for t in 0..n {
            form.push_row(&mut rows, t);
        }
        let width = rows.len() / n.max(1);
        form.fixed = width.checked_sub(form.columns.len())?;
        let free = 1 + usize::from(self.trend);
        let (mut mean, mut count) = (0.0, 0.0);
        past.iter().filter(|y| y.is_finite()).for_each(|y| (mean, count) = (mean + y, count + 1.0));
        mean /= f64::max(count, 1.0);
        let squares: f64 = past.iter().filter(|y| y.is_finite()).map(|y| (y - mean).powi(2)).sum();
        let spread = (squares / f64::max(count, 1.0)).sqrt().max(1e-9 * mean.abs()).max(f64::MIN_POSITIVE.sqrt());
        let prior: Vec<f64> = (0..width).map(|i| if i < free { f64::INFINITY } else { self.prior * spread }).collect();
        form.regressed = regress(&Design { rows, width }, past, &prior, self.order)?;
        Some(form)
    }
}

/// The columns of a table over the first `n` steps: drivers by lag, centred and in standard deviations; events by steps from
/// them.
fn columns(table: &DriverTable, n: usize) -> Vec<Column> {
    let mut columns = Vec::new();
    for (at, driver) in table.drivers.iter().enumerate() {
        let known: Vec<f64> = driver.past[..n].iter().copied().filter(|value| value.is_finite()).collect();
        let count = known.len().max(1) as f64;
        let mean = known.iter().sum::<f64>() / count;
        let sd = (known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        // a driver that never moved says nothing yet; its unit is then its own size, or one
        let scale = if sd > 1e-12 * mean.abs() {
            sd
        } else if mean != 0.0 {
            mean.abs()
        } else {
            1.0
        };
        columns.extend(driver.lags().into_iter().map(|lag| Column::Driver { driver: at, lag, mean, scale }));
    }
    for (at, event) in table.events.iter().enumerate() {
        for offset in -(event.before as isize)..=event.after as isize {
            let seen = (0..n).any(|t| comes(event, offset, t) > 0.0);
            columns.push(Column::Event { event: at, offset, seen });
        }
    }
    columns
}

/// How many of an event's dates lie `offset` steps before a step.
fn comes(event: &Event, offset: isize, t: usize) -> f64 {
    event.at.iter().filter(|at| at.checked_add_signed(offset) == Some(t)).count() as f64
}

/// The effect of one unit of a driver, or of one event, on the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The driver or event, with its lag or its steps from the event where these are not 0.
    pub name: String,
    /// The change in the series, in its unit (for a driver: for one unit of the driver).
    pub size: f64,
    /// Its standard deviation.
    pub sd: f64,
}

/// A regression on drivers fitted to one past.
#[derive(Debug, Clone)]
pub struct FittedDrivers {
    model: DriverModel,
    table: DriverTable,
    season: usize,
    n: usize,
    columns: Vec<Column>,
    /// Coefficients before the columns.
    fixed: usize,
    regressed: Regressed,
}

impl FittedDrivers {
    fn push_row(&self, row: &mut Vec<f64>, t: usize) {
        row.push(1.0);
        if self.model.trend {
            row.push(t as f64 / self.n as f64);
        }
        push_fourier(row, t, self.season);
        row.extend(self.columns.iter().map(|column| match column {
            Column::Driver { driver, lag, mean, scale } => {
                let driver = &self.table.drivers[*driver];
                let value = t.checked_sub(*lag).map_or(f64::NAN, |step| driver.expected(step));
                // a forecast goes on from the last value known, the fit leaves the step out
                let value = if value.is_nan() && t >= self.n { driver.last_known(t - lag.min(&t)) } else { value };
                (value - mean) / scale
            }
            Column::Event { event, offset, .. } => comes(&self.table.events[*event], *offset, t),
        }));
    }

    /// The same drivers and events at another past of the same series, no longer than the drivers' pasts: what came after it
    /// counts as known of the drivers, see [`DriverTable::at`].
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        let table = self.table.at(past.len())?;
        self.model.fit_with(past, self.season, &table)
    }

    /// The effects of drivers and events, in the order of the table.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        let width = self.fixed + self.columns.len();
        let effect = |(at, column): (usize, &Column)| {
            let at = self.fixed + at;
            let (name, scale) = match column {
                Column::Driver { driver, lag: 0, scale, .. } => (self.table.drivers[*driver].name.clone(), *scale),
                Column::Driver { driver, lag, scale, .. } => {
                    (format!("{} (lag {lag})", self.table.drivers[*driver].name), *scale)
                }
                Column::Event { event, offset: 0, .. } => (self.table.events[*event].name.clone(), 1.0),
                Column::Event { event, offset, .. } => (format!("{} ({offset:+})", self.table.events[*event].name), 1.0),
            };
            let sd = self.regressed.covariance[at * width + at].max(0.0).sqrt() / scale;
            Effect { name, size: self.regressed.coefficients[at] / scale, sd }
        };
        self.columns.iter().enumerate().map(effect).collect()
    }

    /// Events that have not come in the past at all: their effect is unknown (0, as uncertain as the prior).
    #[must_use]
    pub fn unseen_events(&self) -> Vec<&str> {
        let unseen =
            |at: usize| self.columns.iter().all(|c| !matches!(c, Column::Event { event, seen: true, .. } if *event == at));
        self.table.events.iter().enumerate().filter(|(at, _)| unseen(*at)).map(|(_, event)| event.name.as_str()).collect()
    }

    /// What drivers and events make of step `t` (0 the oldest of the past), in the unit of the series: μ'β over their columns, drivers
    /// counted from their mean over the past; and its variance μ'Σμ, the coefficients being estimates.
    #[must_use]
    pub fn part(&self, t: usize) -> (f64, f64) {
        let mut row = Vec::new();
        self.push_row(&mut row, t);
        row[..self.fixed].fill(0.0);
        let part = row.iter().zip(&self.regressed.coefficients).map(|(x, b)| x * b).sum();
        (part, quadratic(&self.regressed.covariance, &row).max(0.0))
    }

    /// The drivers and events it was fitted to.
    #[must_use]
    pub fn table(&self) -> &DriverTable {
        &self.table
    }

    /// What the doubts about the drivers add to the variance of step `t`: β'Vβ + tr(ΣV).
    #[must_use]
    pub fn doubt(&self, t: usize) -> f64 {
        let width = self.fixed + self.columns.len();
        let mut doubts: Vec<(usize, usize, Doubt, f64)> = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            if let Column::Driver { driver, lag, scale, .. } = column
                && let Some(step) = t.checked_sub(*lag)
            {
                match self.table.drivers[*driver].doubt(step) {
                    Doubt::None => {}
                    doubt => doubts.push((self.fixed + at, *driver, doubt, *scale)),
                }
            }
        }
        let mut total = 0.0;
        for (i, driver, doubt, scale) in &doubts {
            for (j, other, against, by) in &doubts {
                let covariance = doubt.covariance(against, driver == other) / (scale * by);
                let (beta, gamma) = (self.regressed.coefficients[*i], self.regressed.coefficients[*j]);
                total += covariance * (beta * gamma + self.regressed.covariance[i * width + j]);
            }
        }
        total.max(0.0)
    }
}

impl Fitted for FittedDrivers {
    fn name(&self) -> String {
        let order = self.regressed.autoregression.coefficients().len();
        format!("regression on {} drivers and {} events, AR({order})", self.table.drivers.len(), self.table.events.len())
    }

    fn residuals(&self) -> &[f64] {
        &self.regressed.residuals
    }

    /// Beyond the steps that were promised at the fit, drivers stay at their last value.
    fn outlook(&self, steps: usize) -> Outlook {
        let found = &self.regressed;
        let errors = found.autoregression.ahead(&found.errors, steps);
        let noise = found.autoregression.variance_ahead(steps);
        let mut outlook = Outlook { centre: Vec::with_capacity(steps), sd: Vec::with_capacity(steps), quantiles: None };
        let mut row = Vec::new();
        for h in 0..steps {
            row.clear();
            self.push_row(&mut row, self.n + h);
            let centre: f64 = row.iter().zip(&found.coefficients).map(|(x, b)| x * b).sum();
            let variance = found.sigma.powi(2) * noise[h] + quadratic(&found.covariance, &row) + self.doubt(self.n + h);
            outlook.centre.push(centre + errors[h]);
            outlook.sd.push(variance.max(0.0).sqrt());
        }
        outlook
    }
}

#[cfg(test)]
mod tests;
