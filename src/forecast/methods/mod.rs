//! Forecasting methods for one series: numeric kernels from past values to an [`Outlook`].
//!
//! A past is `&[f64]` on a regular step, the oldest first; **a gap is NaN here and only here** (kernels run over plain arrays;
//! everywhere else a gap is `None`). Every method gives a fitted value that implements [`Fitted`]; the selection, the
//! calibration and the joint paths know no more of it than that.

mod combine;
mod curve;
mod drivers;
mod external;
mod intermittent;
#[cfg(test)]
mod noise;
mod outlook;
mod regression;
mod saturating;

pub use combine::{Combination, combination_weights, combine};
pub use curve::{Changepoints, Curve, FittedCurve};
pub use drivers::{Driver, DriverError, DriverFuture, DriverModel, DriverTable, Effect, Event, FittedDrivers};
pub use external::{ExternalError, ExternalStep, external};
pub use intermittent::{Demand, DemandPattern, FittedIntermittent, Intermittent, IntermittentForm, IntermittentLoss, demand};
pub use outlook::{Fitted, GRID, GRID_POINTS, Outlook};
pub use saturating::{FittedSaturating, Saturating, Shape};
