//! Forecasting methods for one series: numeric kernels from past values to an [`Outlook`].
//!
//! A past is `&[f64]` on a regular step, the oldest first; **a gap is NaN here and only here** (kernels run over plain arrays;
//! everywhere else a gap is `None`). Every method gives a fitted value that implements [`Fitted`]; the selection, the
//! calibration and the joint paths know no more of it than that.

mod ces;
mod naive;
mod outlook;
mod season;
mod theta;

pub use ces::{Ces, CesForm, FittedCes};
pub use naive::{Benchmark, FittedBenchmark};
pub use outlook::{Fitted, GRID, GRID_POINTS, Outlook};
pub use season::{Composition, Seasonal, is_seasonal, is_seasonal_at};
pub use theta::{Adjustment, FittedTheta, Theta, ThetaForm};
