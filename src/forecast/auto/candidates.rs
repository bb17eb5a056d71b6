//! Which methods a series is given to, and one face for all of them.

use super::super::methods::{
    ArimaSearch, AutoArima, Benchmark, Ces, EtsFit, EtsOptions, Fitted, FittedArima, FittedBenchmark, FittedCes, FittedHarmonic,
    FittedIntermittent, FittedMstl, FittedPlainPool, FittedPool, FittedSaturating, FittedSeasonalRegression, FittedTheta,
    Harmonic, Intermittent, IntermittentForm, Mstl, PlainPool, Saturating, SeasonalPool, SeasonalRegression, Shape, Theta,
};
use super::ground::Calendar;
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
    pub(super) arima: ArimaSearch,
    /// Levels of days or weeks, with a year and growth.
    pub(super) calendar: Option<Calendar>,
    /// Methods that were asked for by name.
    pub(super) asked: Option<Vec<Method>>,
    /// What the series cannot pass.
    pub(super) ceiling: Option<f64>,
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
    /// The last fourteen values of the same phase, all alike.
    PlainPool,
    /// Croston's method for intermittent demand.
    Croston,
    /// Croston's method with the correction of Syntetos and Boylan.
    Sba,
    /// Intermittent demand that may die out, after Teunter, Syntetos and Babai.
    Tsb,
    /// Intermittent demand aggregated over time.
    Adida,
    /// Logistic or Gompertz growth toward the ceiling of [`super::Settings`], whichever was nearer to the past.
    Saturating,
}

/// A candidate fitted.
pub(super) enum Fit {
    Benchmark(FittedBenchmark),
    Ets(EtsFit),
    Theta(FittedTheta),
    Ces(FittedCes),
    Arima(Box<FittedArima>),
    Mstl(FittedMstl),
    Harmonic(Box<FittedHarmonic>),
    Regression(FittedSeasonalRegression),
    Pool(FittedPool),
    PlainPool(FittedPlainPool),
    Intermittent(FittedIntermittent),
    Saturating(Box<FittedSaturating>),
}

impl Method {
    /// The past that it is given: without one-off spikes where it would carry them on; as it was where it keeps whole values.
    pub(super) fn reads<'a>(self, past: &'a [f64], cleaned: Option<&'a [f64]>) -> &'a [f64] {
        match self {
            Self::Ets | Self::Theta | Self::Ces | Self::Arima | Self::Mstl | Self::Harmonic | Self::Regression => {
                cleaned.unwrap_or(past)
            }
            _ => past,
        }
    }

    pub(super) fn fit(self, past: &[f64], context: &Context) -> Option<Fit> {
        let season = context.season();
        let long = context.seasons.get(1).copied();
        let intermittent = |form| Intermittent { form, ..Intermittent::default() }.fit(past).map(Fit::Intermittent);
        match self {
            Self::Naive => Benchmark::Naive.fit(past, 1).map(Fit::Benchmark),
            Self::SeasonalNaive => Benchmark::SeasonalNaive.fit(past, season).map(Fit::Benchmark),
            Self::Drift => {
                Benchmark::SeasonalDrift.fit(past, season).or_else(|| Benchmark::Drift.fit(past, 1)).map(Fit::Benchmark)
            }
            // where the scale is chosen already, ratios need not be tried
            Self::Ets => {
                EtsOptions { additive_only: context.calendar.is_some(), ..EtsOptions::default() }.fit(past, season).map(Fit::Ets)
            }
            Self::Theta => Theta::DYNAMIC.fit(past, season).map(Fit::Theta),
            Self::Ces => Ces::AUTO.fit(past, season).map(Fit::Ces),
            Self::Arima => {
                let search = if past.len() > LONG { ArimaSearch::Fast } else { context.arima };
                let season = if season > 24 { 1 } else { season };
                AutoArima { search, power: None }.fit(past, season).map(|fit| Fit::Arima(Box::new(fit)))
            }
            Self::Mstl => Mstl::new(&context.seasons).fit(past, smoothed).map(Fit::Mstl),
            Self::Harmonic => {
                let periods: Vec<f64> = context.seasons.iter().map(|season| period(*season)).collect();
                let mut harmonic = Harmonic::new(&periods);
                if context.calendar.is_some() {
                    (harmonic.log, harmonic.level) = (Some(false), 1.0);
                }
                harmonic.fit(past).map(|fit| Fit::Harmonic(Box::new(fit)))
            }
            Self::Regression => SeasonalRegression { season, long }.fit(past).map(Fit::Regression),
            Self::Pool => SeasonalPool { season, long }.fit(past).map(Fit::Pool),
            Self::PlainPool => PlainPool { season }.fit(past).map(Fit::PlainPool),
            Self::Croston => intermittent(IntermittentForm::Croston),
            Self::Sba => intermittent(IntermittentForm::Sba),
            Self::Tsb => intermittent(IntermittentForm::Tsb),
            Self::Adida => intermittent(IntermittentForm::Adida),
            Self::Saturating => saturating(past, season, context.ceiling?).map(|fit| Fit::Saturating(Box::new(fit))),
        }
    }
}

/// Growth toward a ceiling in the shape that missed the past by less, one step ahead.
fn saturating(past: &[f64], season: usize, ceiling: f64) -> Option<FittedSaturating> {
    let least = past.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::min);
    // no floor is known below zero: one clearly under what was seen
    let floor = if least < 0.0 { least - 0.1 * (ceiling - least) } else { 0.0 };
    let fits = [Shape::Logistic, Shape::Gompertz]
        .into_iter()
        .filter_map(|shape| Saturating { shape, floor, ceiling, ..Saturating::default() }.fit(past, season));
    let missed = |fit: &FittedSaturating| -> f64 {
        fit.residuals().iter().filter(|error| error.is_finite()).map(|error| error * error).sum()
    };
    fits.min_by(|a, b| missed(a).total_cmp(&missed(b)))
}

/// Longer pasts get the fast search for ARIMA orders.
const LONG: usize = 400;

/// The period in steps that a season of whole steps stands for: a year of weeks is 52.18 of them.
fn period(season: usize) -> f64 {
    match season {
        52 => 365.25 / 7.0,
        365 => 365.25,
        whole => whole as f64,
    }
}

/// What forecasts a series once its seasons are taken out.
fn smoothed(rest: &[f64]) -> Option<Box<dyn Fitted>> {
    let options = EtsOptions { additive_only: true, ..EtsOptions::default() };
    options.fit(rest, 1).map(|fit| Box::new(fit) as Box<dyn Fitted>)
}

impl Fit {
    /// The same with its form kept, at an earlier origin.
    pub(super) fn refit(&self, past: &[f64]) -> Option<Self> {
        match self {
            Self::Benchmark(fit) => fit.refit(past).map(Self::Benchmark),
            Self::Ets(fit) => fit.refit(past).map(Self::Ets),
            Self::Theta(fit) => fit.refit(past).map(Self::Theta),
            Self::Ces(fit) => fit.refit(past).map(Self::Ces),
            Self::Arima(fit) => fit.refit(past).map(|fit| Self::Arima(Box::new(fit))),
            Self::Mstl(fit) => fit.refit(past, smoothed).map(Self::Mstl),
            Self::Harmonic(fit) => fit.refit(past).map(|fit| Self::Harmonic(Box::new(fit))),
            Self::Regression(fit) => fit.refit(past).map(Self::Regression),
            Self::Pool(fit) => fit.refit(past).map(Self::Pool),
            Self::PlainPool(fit) => fit.refit(past).map(Self::PlainPool),
            Self::Intermittent(fit) => fit.refit(past).map(Self::Intermittent),
            Self::Saturating(fit) => fit.refit(past).map(|fit| Self::Saturating(Box::new(fit))),
        }
    }

    pub(super) fn fitted(&self) -> &dyn Fitted {
        match self {
            Self::Benchmark(fit) => fit,
            Self::Ets(fit) => fit,
            Self::Theta(fit) => fit,
            Self::Ces(fit) => fit,
            Self::Arima(fit) => fit.as_ref(),
            Self::Mstl(fit) => fit,
            Self::Harmonic(fit) => fit.as_ref(),
            Self::Regression(fit) => fit,
            Self::Pool(fit) => fit,
            Self::PlainPool(fit) => fit,
            Self::Intermittent(fit) => fit,
            Self::Saturating(fit) => fit.as_ref(),
        }
    }

    /// Its rows over the next `steps`; `None` when anything is not finite.
    pub(super) fn rows(&self, steps: usize) -> Option<Vec<Row>> {
        let outlook = self.fitted().outlook(steps);
        let rows: Vec<Row> = (0..steps).map(|h| outlook.quantiles_at(h)).collect();
        rows.iter().flatten().all(|value| value.is_finite()).then_some(rows)
    }
}
