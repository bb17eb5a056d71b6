//! The default forecaster: looks at a series, tries a few different methods at rolling origins, weighs them, makes the bands
//! as wide as held-back points ask, and draws joint paths.
//!
//! ```text
//!  values ──context──▶ Context ──Trial::of──▶ Trial ──blend──▶ rows ──calibrate──▶ rows ──joint──▶ paths
//!          (what it is)          (each candidate      (weights)      (as wide as      (same dates
//!                                 at each origin)                     they must be)    for all)
//! ```

mod blend;
mod calibrate;
mod candidates;
mod context;
mod engine;
mod ground;
mod joint;
#[cfg(test)]
mod levels_tests;
mod tested;
mod trial;
mod words;

pub use candidates::Method;
pub(in crate::forecast) use engine::forecast_levels;
pub use engine::{Batch, OneForecast, Past, Settings, forecast_batch};
pub(in crate::forecast) use ground::Calendar;
pub use joint::{Joint, PathDates, quantile};
pub(in crate::forecast) use tested::Tested;
