use serde::{Deserialize, Serialize};

use super::auto::Method;
use crate::model::Statistic;
use crate::paths::{Forecast, SamplePaths};
use crate::series::SeriesKey;
use crate::time::{Day, Zone};

/// Which forecaster to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// A mean of those that beat seasonal naive in the back-test, weighted by how they did there.
    #[default]
    Auto,
    /// The last season again.
    SeasonalNaive,
    /// A straight line through the season-adjusted levels, from the first to the last.
    Drift,
    /// Exponential smoothing in state-space form, its form chosen by AICc.
    Ets,
    /// Dynamic optimised Theta: exponential smoothing with a share of the long-run slope.
    Theta,
}

impl Choice {
    /// The methods it asks for by name; `None` lets the back-test choose.
    pub(super) fn methods(self) -> Option<Vec<Method>> {
        let method = match self {
            Self::Auto => return None,
            Self::SeasonalNaive => Method::SeasonalNaive,
            Self::Drift => Method::Drift,
            Self::Ets => Method::Ets,
            Self::Theta => Method::Theta,
        };
        Some(vec![method])
    }
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
