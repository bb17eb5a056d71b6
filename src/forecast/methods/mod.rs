//! Forecasting methods for one series: numeric kernels from past values to an [`Outlook`].
//!
//! A past is `&[f64]` on a regular step, the oldest first; **a gap is NaN here and only here** (kernels run over plain arrays;
//! everywhere else a gap is `None`). Every method gives a fitted value that implements [`Fitted`]; the selection, the
//! calibration and the joint paths know no more of it than that.

mod arima;
mod ces;
mod curve;
mod drivers;
mod ets;
mod external;
mod harmonic;
mod intermittent;
mod loess;
mod mstl;
mod naive;
#[cfg(test)]
mod noise;
mod outlook;
mod peaks;
mod phase_effects;
mod plain_pool;
mod pool;
mod regression;
mod saturating;
mod season;
mod seasonal_regression;
mod stl;
mod theta;
mod triangle;

pub use arima::{Arima, ArimaSearch, AutoArima, FittedArima};
pub use ces::{Ces, CesForm, FittedCes};
pub use curve::{Changepoints, Curve, FittedCurve};
pub use drivers::{Driver, DriverError, DriverFuture, DriverModel, DriverTable, Effect, Event, FittedDrivers};
pub use ets::{EtsCriterion, EtsError, EtsFit, EtsForm, EtsOptions, EtsSeason, EtsTrend};
pub use external::{ExternalError, ExternalStep, external};
pub use harmonic::{FittedHarmonic, Harmonic, HarmonicTrend};
pub use intermittent::{Demand, DemandPattern, FittedIntermittent, Intermittent, IntermittentForm, IntermittentLoss, demand};
pub use loess::LocalFit;
pub use mstl::{Components, FittedMstl, Mstl};
pub use naive::{Benchmark, FittedBenchmark};
pub(in crate::forecast) use outlook::NORMAL;
pub use outlook::{Fitted, GRID, GRID_POINTS, Outlook};
pub use peaks::{FittedPeaks, Peaks};
pub use plain_pool::{FittedPlainPool, PlainPool};
pub use pool::{FittedPool, SeasonalPool};
pub use saturating::{FittedSaturating, Saturating, Shape};
pub use season::{Composition, Seasonal, is_seasonal, is_seasonal_at};
pub use seasonal_regression::{FittedSeasonalRegression, SeasonalRegression};
pub use stl::{Decomposition, SeasonalWindow, Stl};
pub use theta::{Adjustment, FittedTheta, Theta, ThetaForm};
