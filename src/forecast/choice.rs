use serde::{Deserialize, Serialize};

use super::{FittedDrift, FittedEts, FittedNaive, FittedTheta, Prepared};
use crate::model::Statistic;
use crate::paths::{Forecast, SamplePaths};
use crate::series::SeriesKey;
use crate::time::{Day, Zone};

/// Which forecaster to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// The best by back-test, or a mean of the best few.
    #[default]
    Auto,
    /// The last season again.
    SeasonalNaive,
    /// Random walk with drift.
    Drift,
    /// Exponential smoothing in state-space form, its form chosen by AICc.
    Ets,
    /// Theta: simple exponential smoothing with half of the long-run slope.
    Theta,
}

/// A demand to forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Pool and resource.
    pub key: SeriesKey,
    /// The statistic of the day that is planned for.
    pub statistic: Statistic,
}

/// How to forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The last full civil day of history to be used.
    pub as_of: Day,
    /// Days ahead.
    pub horizon_days: u32,
    /// Sample paths.
    pub paths: usize,
    /// The zone whose civil days are planned.
    pub zone: Zone,
    /// Which forecaster.
    pub choice: Choice,
}

/// One forecast a series in key order, and the joint paths behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecasts {
    /// What is said about each series.
    pub series: Vec<Forecast>,
    /// Their joint futures.
    pub paths: SamplePaths,
}

/// A way to forecast that has not seen data.
pub trait Forecaster: Send + Sync {
    /// What it becomes once it has.
    type Fitted: Fitted;

    /// Fits it; `None` when the history is too short for its parameters.
    fn fit(&self, past: &Prepared) -> Option<Self::Fitted>;
}

/// A forecaster that has seen data. All values are on the working scale of its [`Prepared`] history.
pub trait Fitted: Send + Sync {
    /// Its name, such as `ETS(A,Ad,A)`.
    fn name(&self) -> String;

    /// One-step errors, one a step of the history; `None` where there was nothing to compare.
    fn innovations(&self) -> &[Option<f64>];

    /// Writes the path that follows when `innovations` come true, one a step after the history.
    ///
    /// An innovation moves the observation in full, and the state by at most `limit`: a spike passes, it does not stay.
    fn path(&self, innovations: &[f64], limit: f64, out: &mut [f64]);

    /// Whether doubt about the pace of growth is to be added: not for a forecaster that knows no growth.
    fn grows(&self) -> bool {
        true
    }
}

/// The closed set of fitted forecasters.
#[derive(Debug, Clone, PartialEq)]
pub enum FittedModel {
    /// Seasonal naive.
    Naive(FittedNaive),
    /// Random walk with drift.
    Drift(FittedDrift),
    /// Exponential smoothing.
    Ets(FittedEts),
    /// Theta.
    Theta(FittedTheta),
}

impl FittedModel {
    fn inner(&self) -> &dyn Fitted {
        match self {
            Self::Naive(model) => model,
            Self::Drift(model) => model,
            Self::Ets(model) => model,
            Self::Theta(model) => model,
        }
    }
}

impl Fitted for FittedModel {
    fn name(&self) -> String {
        self.inner().name()
    }

    fn innovations(&self) -> &[Option<f64>] {
        self.inner().innovations()
    }

    fn path(&self, innovations: &[f64], limit: f64, out: &mut [f64]) {
        self.inner().path(innovations, limit, out);
    }

    fn grows(&self) -> bool {
        self.inner().grows()
    }
}
