//! Forecasters, back-testing, joint sample paths: past to paths.
//!
//! ```text
//!  Panel ──levels──▶ History ──prepare──▶ Prepared ──fit──▶ Fitted ──paths──▶ SamplePaths
//!  (bins)            (a level a day)      (scale, year,     (closed set)      (same dates for all series)
//!                                          winsorised)
//! ```
//!
//! The back-test runs the same three steps at earlier origins; it chooses the forecaster and corrects the bands.

mod analysis;
pub mod anomaly;
pub mod auto;
mod backtest;
mod bands;
mod choice;
mod decompose;
mod error;
mod ets;
mod growth;
mod joint;
pub mod judge;
mod level;
pub mod methods;
mod minimize;
mod naive;
mod prepare;
mod profile;
pub mod reconcile;
pub mod repair;
mod sample;
mod score;
pub mod scores;
mod series;
mod theta;
mod yearly;

pub use backtest::backtest;
pub use choice::{Choice, Fitted, FittedModel, Forecaster, Forecasts, Options, Wanted};
pub use error::Error;
pub use ets::{Ets, EtsError, EtsForm, EtsSeason, EtsTrend, FittedEts};
pub use level::last_full_day;
pub use naive::{Drift, FittedDrift, FittedNaive, SeasonalNaive};
pub use prepare::{History, Prepared, Scale};
pub use sample::{PROBABILITIES, sample};
pub use score::{crps, crps_normal};
pub use scores::mean_of_quantiles;
pub use series::{SeriesForecast, series};
pub use theta::{FittedTheta, Theta};
