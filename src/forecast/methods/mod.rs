//! Forecasting methods for one series: numeric kernels from past values to an [`Outlook`].
//!
//! A past is `&[f64]` on a regular step, the oldest first; **a gap is NaN here and only here** (kernels run over plain arrays;
//! everywhere else a gap is `None`). Every method gives a fitted value that implements [`Fitted`]; the selection, the
//! calibration and the joint paths know no more of it than that.

mod harmonic;
mod loess;
mod mstl;
mod outlook;
mod stl;
mod triangle;

pub use harmonic::{FittedHarmonic, Harmonic, HarmonicTrend};
pub use loess::LocalFit;
pub use mstl::{Components, FittedMstl, Mstl};
pub use outlook::{Fitted, GRID, GRID_POINTS, Outlook};
pub use stl::{Decomposition, SeasonalWindow, Stl};
