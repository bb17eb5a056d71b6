//! Forecasting methods for one series: numeric kernels from past values to an [`Outlook`].
//!
//! A past is `&[f64]` on a regular step, the oldest first; **a gap is NaN here and only here** (kernels run over plain arrays;
//! everywhere else a gap is `None`). Every method gives a fitted value that implements [`Fitted`]; the selection, the
//! calibration and the joint paths know no more of it than that.

mod outlook;
mod peaks;
mod phase_effects;
mod pool;
mod seasonal_regression;

pub use outlook::{Fitted, GRID, GRID_POINTS, Outlook};
pub use peaks::{FittedPeaks, Peaks};
pub use pool::{FittedPool, SeasonalPool};
pub use seasonal_regression::{FittedSeasonalRegression, SeasonalRegression};
