//! Which methods a series is given to, and one face for all of them.

use super::super::methods::{
    EtsFit, EtsOptions, Fitted, FittedIntermittent, FittedMstl, FittedPool, FittedSeasonalRegression, FittedTheta, Mstl, Outlook,
    SeasonalPool, SeasonalRegression, Theta,
};
use super::trial::Row;

/// What is known of a series before any method sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Context {
    pub(super) horizon: usize,
    /// Seasons that were declared or found, and tested; the shortest first.
    pub(super) seasons: Vec<usize>,
    /// Mean absolute seasonal difference: the unit of errors.
    pub(super) scale: f64,
    pub(super) candidates: Vec<Method>,
    pub(super) most_origins: usize,
}

impl Context {
    /// The shortest season, 1 for none.
    pub(super) fn season(&self) -> usize {
        self.seasons.first().copied().unwrap_or(1)
    }
}

/// A forecasting method by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// The last value again.
    Naive,
    /// The last season again.
    SeasonalNaive,
    /// A straight line from the first value to the last.
    Drift,
    /// Exponential smoothing in state-space form, the form by AICc.
    Ets,
    /// Dynamic optimised Theta.
    Theta,
    /// Complex exponential smoothing.
    Ces,
    /// Seasonal ARIMA, orders by AICc.
    Arima,
    /// Several seasons by loess, the rest by exponential smoothing.
    Mstl,
    /// Sines and cosines with autoregressive errors.
    Harmonic,
    /// Regression on the values a day and a week before.
    Regression,
    /// Past values of the same phase, as they are.
    Pool,
    /// Croston's method for intermittent demand.
    Croston,
    /// Croston's method with the correction of Syntetos and Boylan.
    Sba,
    /// Intermittent demand that may die out, after Teunter, Syntetos and Babai.
    Tsb,
    /// Intermittent demand aggregated over time.
    Adida,
}

/// A candidate fitted.
pub(super) enum Fit {
    Theta(FittedTheta),
    Regression(FittedSeasonalRegression),
    Intermittent(FittedIntermittent),
    Ets(EtsFit),
    Pool(FittedPool),
    Mstl(FittedMstl),
    Other(Box<dyn Fitted>),
}

impl Method {
    /// Weight before anything was tried, relative to the others.
    pub(super) fn prior(self) -> f64 {
        1.0
    }

    pub(super) fn fit(self, past: &[f64], context: &Context) -> Option<Fit> {
        let season = context.season();
        match self {
            Self::SeasonalNaive => SeasonalNaive { season }.fit(past).map(|fit| Fit::Other(Box::new(fit))),
            Self::Theta => Theta::DYNAMIC.fit(past, season).map(Fit::Theta),
            Self::Regression => {
                let long = context.seasons.get(1).copied();
                SeasonalRegression { season, long }.fit(past).map(Fit::Regression)
            }
            Self::Ets => EtsOptions::default().fit(past, season).map(Fit::Ets),
            Self::Pool => SeasonalPool { season, long: context.seasons.get(1).copied() }.fit(past).map(Fit::Pool),
            Self::Mstl => Mstl::new(&context.seasons).fit(past, smoothed).map(Fit::Mstl),
            Self::Croston | Self::Sba | Self::Tsb | Self::Adida => None,
            _ => None,
        }
    }

    /// The same with its form kept, at an earlier origin.
    pub(super) fn refit(self, fit: &Fit, past: &[f64], context: &Context) -> Option<Fit> {
        match fit {
            Fit::Theta(fit) => fit.refit(past).map(Fit::Theta),
            Fit::Regression(fit) => fit.refit(past).map(Fit::Regression),
            Fit::Intermittent(fit) => fit.refit(past).map(Fit::Intermittent),
            Fit::Ets(fit) => fit.refit(past).map(Fit::Ets),
            Fit::Pool(fit) => fit.refit(past).map(Fit::Pool),
            Fit::Mstl(fit) => fit.refit(past, smoothed).map(Fit::Mstl),
            Fit::Other(_) => self.fit(past, context),
        }
    }
}

/// What forecasts a series once its seasons are taken out.
fn smoothed(rest: &[f64]) -> Option<Box<dyn Fitted>> {
    let options = EtsOptions { additive_only: true, ..EtsOptions::default() };
    options.fit(rest, 1).map(|fit| Box::new(fit) as Box<dyn Fitted>)
}

impl Fit {
    pub(super) fn fitted(&self) -> &dyn Fitted {
        match self {
            Self::Theta(fit) => fit,
            Self::Regression(fit) => fit,
            Self::Intermittent(fit) => fit,
            Self::Ets(fit) => fit,
            Self::Pool(fit) => fit,
            Self::Mstl(fit) => fit,
            Self::Other(fit) => fit.as_ref(),
        }
    }

    /// Its rows over the next `steps`; `None` when anything is not finite.
    pub(super) fn rows(&self, steps: usize) -> Option<Vec<Row>> {
        let outlook = self.fitted().outlook(steps);
        let rows: Vec<Row> = (0..steps).map(|h| outlook.quantiles_at(h)).collect();
        rows.iter().flatten().all(|value| value.is_finite()).then_some(rows)
    }
}

struct SeasonalNaive {
    season: usize,
}
struct Sn {
    last: Vec<f64>,
    res: Vec<f64>,
    sd: f64,
}
impl SeasonalNaive {
    fn fit(&self, past: &[f64]) -> Option<Sn> {
        let m = self.season;
        if past.len() < m {
            return None;
        }
        let res: Vec<f64> = (0..past.len()).map(|t| if t >= m { past[t] - past[t - m] } else { f64::NAN }).collect();
        let (s, n) = res.iter().filter(|v| v.is_finite()).fold((0.0, 0.0), |(s, n), v| (s + v * v, n + 1.0));
        let sd = if n > 0.0 { f64::sqrt(s / n) } else { 0.0 };
        let last = (0..m)
            .map(|i| {
                let mut t = past.len() - m + i;
                loop {
                    if past[t].is_finite() {
                        return past[t];
                    }
                    if t < m {
                        return past.iter().rev().copied().find(|v| v.is_finite()).unwrap();
                    }
                    t -= m;
                }
            })
            .collect();
        Some(Sn { last, res, sd })
    }
}
impl Fitted for Sn {
    fn name(&self) -> String {
        "seasonal naive".into()
    }
    fn residuals(&self) -> &[f64] {
        &self.res
    }
    fn outlook(&self, steps: usize) -> Outlook {
        let m = self.last.len();
        Outlook {
            centre: (0..steps).map(|h| self.last[h % m]).collect(),
            sd: (0..steps).map(|h| self.sd * ((h / m + 1) as f64).sqrt()).collect(),
            quantiles: None,
        }
    }
}
