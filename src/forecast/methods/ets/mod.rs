//! Exponential smoothing in state-space form: all thirty forms, their likelihoods, the choice among them.
//!
//! Hyndman, Koehler, Snyder & Grose (2002), "A state space framework for automatic forecasting using exponential smoothing
//! methods", *International Journal of Forecasting* 18(3), 439–454; Hyndman, Koehler, Ord & Snyder (2008), *Forecasting with
//! Exponential Smoothing: The State Space Approach*, Springer.

mod ahead;
mod choice;
mod form;
mod recursion;
mod search;
mod start;

use super::{Fitted, Outlook};
use ahead::Ahead;
use choice::{Scaled, choose, normalised};
pub use form::{EtsError, EtsForm, EtsSeason, EtsTrend};
use recursion::{Point, States, passes, trace};
use search::{Effort, Found, Prior};

/// What forms are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EtsCriterion {
    /// Akaike's with the correction for short series of Hurvich & Tsai (1989), *Biometrika* 76(2).
    #[default]
    Aicc,
    /// Akaike's.
    Aic,
    /// Schwarz's.
    Bic,
}

/// How to smooth. The default chooses among the stable forms without a multiplicative trend by Akaike's corrected criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EtsOptions {
    /// This form and no other; `None` chooses.
    pub form: Option<EtsForm>,
    /// Only damped trends, or only straight ones; a form without a trend may always be chosen.
    pub damped: Option<bool>,
    /// Only additive errors, trends and seasons: for series already taken apart or on a log scale.
    pub additive_only: bool,
    /// Whether trends by a ratio may be chosen.
    pub multiplicative_trend: bool,
    /// What forms are compared by.
    pub criterion: EtsCriterion,
    /// Whether the likelihood alone decides. Otherwise β/α has the prior Beta(1, 9), of mean 0.1, which is part of the
    /// criterion too: the likelihood of a short past often peaks at slopes that follow every value, and such a peak
    /// forecasts badly.
    pub likelihood_alone: bool,
}

/// Exponential smoothing fitted to one past.
#[derive(Debug, Clone)]
pub struct EtsFit {
    form: EtsForm,
    ahead: Ahead,
    /// the numbers on the scale of the fit, and that scale
    point: Point,
    scale: f64,
    residuals: Vec<f64>,
    deviance: f64,
    criterion: f64,
    options: EtsOptions,
}

impl EtsOptions {
    fn prior(self) -> Prior {
        if self.likelihood_alone { Prior::default() } else { Prior { beta: 8.0, gamma: 0.0 } }
    }

    /// Always this form.
    #[must_use]
    pub fn of(form: EtsForm) -> Self {
        Self { form: Some(form), ..Self::default() }
    }

    /// Fits `past` (the oldest first, gaps NaN) with a season of so many steps (1: none). `None` with fewer than three values,
    /// or where the asked form does not suit: a factor on values at or near zero, a season not seen once whole. Seasons of
    /// more than 24 steps are never chosen by themselves, and where asked for keep the seeds of a classical decomposition.
    ///
    /// ```
    /// # use plimsoll::forecast::methods::{EtsOptions, Fitted};
    /// let past: Vec<f64> = (0..40).map(|t| 10.0 + f64::from(t) + f64::from(t % 4)).collect();
    /// let fit = EtsOptions::default().fit(&past, 4).expect("long enough");
    /// assert!((fit.outlook(1).centre[0] - 50.0).abs() < 0.5);
    /// ```
    #[must_use]
    pub fn fit(&self, past: &[f64], season: usize) -> Option<EtsFit> {
        let (scale, scaled) = scaled(past)?;
        let mut at = Scaled::new(&scaled, season.max(1));
        let constant = is_constant(&scaled);
        let (form, found) = match self.form {
            None if constant => (EtsForm::SIMPLE, flat(&scaled)?),
            Some(form) => (form, at.fit(form, &[], Effort { bar: f64::INFINITY, most: 120, starts: 6, prior: self.prior() })?),
            None => choose(&mut at, *self)?,
        };
        EtsFit::new(form, found, past, &at, scale, *self)
    }
}

/// `past` by its mean size, and that size; `None` with fewer than three values.
fn scaled(past: &[f64]) -> Option<(f64, Vec<f64>)> {
    let given: Vec<f64> = past.iter().filter(|y| y.is_finite()).map(|y| y.abs()).collect();
    if given.len() < 3 {
        return None;
    }
    let most = given.iter().copied().fold(0.0, f64::max);
    let mean = if most > 0.0 { most * (given.iter().map(|y| y / most).sum::<f64>() / given.len() as f64) } else { 1.0 };
    (mean.is_normal()).then(|| (mean, past.iter().map(|y| if y.is_finite() { y / mean } else { f64::NAN }).collect()))
}

fn is_constant(past: &[f64]) -> bool {
    let mut given = past.iter().filter(|y| !y.is_nan());
    let first = given.next();
    given.all(|y| Some(y) == first)
}

/// Simple smoothing of a constant.
fn flat(past: &[f64]) -> Option<Found> {
    let level = past.iter().copied().find(|y| !y.is_nan())?;
    let point = Point { alpha: 0.9999, share_beta: 0.0, share_gamma: 0.0, phi: 1.0, slope: 0.0, level, season: Vec::new() };
    Some(Found { point, deviance: past.len() as f64 * (1e-20 * past.len() as f64).ln() })
}

impl EtsFit {
    fn new(form: EtsForm, found: Found, past: &[f64], at: &Scaled, scale: f64, options: EtsOptions) -> Option<Self> {
        let (scaled, season) = (at.past, at.season);
        let prior = options.prior().deviance(&found.point);
        let point = normalised(form, found.point, &passes(form, season));
        let (expected, states) = trace(form, scaled, &point);
        let residuals: Vec<f64> = past.iter().zip(&expected).map(|(y, mean)| y - mean * scale).collect();
        let given = || scaled.iter().zip(&expected).filter(|(y, _)| !y.is_nan());
        let relative = form.error == EtsError::Multiplicative;
        let squares: f64 = given().map(|(y, mean)| ((y - mean) / if relative { *mean } else { 1.0 }).powi(2)).sum();
        let seen = given().count() as f64;
        let spare = seen - form.parameters(season) as f64 + 1.0;
        let unit = if relative { 1.0 } else { scale };
        let (low, high) = given().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (y, _)| (l.min(*y), h.max(*y)));
        let span = 10.0 * (high - low);
        let ratio = form.grows_by_ratio();
        let ahead = Ahead {
            form,
            alpha: point.alpha,
            beta: point.alpha * point.share_beta,
            gamma: (1.0 - point.alpha) * point.share_gamma,
            phi: point.phi,
            states: States {
                level: states.level * scale,
                slope: if ratio { states.slope } else { states.slope * scale },
                season: states.season.iter().map(|s| if form.season == EtsSeason::Additive { s * scale } else { *s }).collect(),
                place: states.place,
            },
            variance: squares / if spare >= 1.0 { spare } else { seen } * unit * unit,
            reach: ((low - span) * scale, (high + span) * scale),
        };
        let sound = ahead.variance.is_finite() && ahead.states.level.is_finite() && ahead.states.slope.is_finite();
        let shift = 2.0 * seen * scale.ln();
        let criterion = at.criterion(form, found.deviance, options.criterion) + shift;
        let deviance = found.deviance - prior + shift;
        sound.then_some(Self { form, ahead, point, scale, residuals, deviance, criterion, options })
    }

    /// The same form fitted to another past, such as a longer one: a search from these numbers on, not from the start.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        let (scale, scaled) = scaled(past)?;
        let season = self.point.season.len().max(1);
        let mut at = Scaled::new(&scaled, season);
        if is_constant(&scaled) && self.form == EtsForm::SIMPLE {
            return Self::new(self.form, flat(&scaled)?, past, &at, scale, self.options);
        }
        let mut start = self.point.clone();
        let by = self.scale / scale;
        start.level *= by;
        if !self.form.grows_by_ratio() {
            start.slope *= by;
        }
        if self.form.season == EtsSeason::Additive {
            start.season.iter_mut().for_each(|s| *s *= by);
        }
        let found =
            at.fit(self.form, &[start], Effort { bar: f64::INFINITY, most: 12, starts: 1, prior: self.options.prior() })?;
        Self::new(self.form, found, past, &at, scale, self.options)
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> EtsForm {
        self.form
    }

    /// (α, β, γ, φ); 0, and φ = 1, where the form has none.
    #[must_use]
    pub fn smoothing(&self) -> [f64; 4] {
        [self.ahead.alpha, self.ahead.beta, self.ahead.gamma, self.ahead.phi]
    }

    /// −2 × the log likelihood but for a constant of the number of values: n log Σ ε² + 2 Σ log μ (the second for
    /// multiplicative errors alone).
    #[must_use]
    pub fn deviance(&self) -> f64 {
        self.deviance
    }

    /// The criterion: the deviance and what its numbers cost.
    #[must_use]
    pub fn criterion(&self) -> f64 {
        self.criterion
    }
}

impl Fitted for EtsFit {
    fn name(&self) -> String {
        self.form.name()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        self.ahead.outlook(steps)
    }
}

#[cfg(test)]
mod tests;
