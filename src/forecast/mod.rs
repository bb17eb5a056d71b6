//! Forecasters, back-testing, joint sample paths: past to paths.
//!
//! ```text
//!  Panel ──levels──▶ Levels ──prepare──▶ ground ──methods, blend, calibrate──▶ rows ──joint──▶ SamplePaths
//!  (bins)            (a level a day)     (scale, year,     (`auto`)                   (same dates for all series)
//!                                         spikes cut)
//! ```
//!
//! One engine, [`auto`], forecasts plain series as they are and levels of days or weeks on the ground that is prepared for them. Its
//! back-test runs the same steps at earlier origins: it weighs the methods and corrects the bands.

mod again;
pub mod anomaly;
pub mod auto;
mod choice;
pub mod coherent;
mod decompose;
mod error;
mod growth;
mod joint;
pub mod judge;
mod level;
pub mod methods;
mod prepare;
mod profile;
pub mod reconcile;
pub mod repair;
mod sample;
pub mod scores;
mod stated;
mod yearly;

pub use again::{again, best_alone};
pub use choice::{Choice, Forecasts, Options, Wanted};
pub use error::Error;
pub use level::{last_full_day, observed_levels};
pub use sample::{Learned, PROBABILITIES, learn, retold, sample};
pub use scores::{crps, crps_normal, mean_of_quantiles};
pub use stated::with_stated;
