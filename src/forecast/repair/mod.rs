//! What is wrong with a history, and the history without it: spikes, dropouts, shifts, censored demand.
//!
//! ```text
//!  values ──season_profile──▶ expectation + residuals ──clean──▶ cleaned values, spikes
//!                                                     ──shifts──▶ changes ──relevel / cut──▶ history of the present level
//!  values + ceiling ──uncensor──▶ demand behind the ceiling
//! ```

mod censored;
mod features;
mod partition;
mod profile;
mod repaired;
pub(super) mod robust;
mod shifts;
mod spikes;

pub use censored::{Noise, Uncensored, uncensor};
pub use features::{Features, SeasonStrength};
pub use profile::{SeasonProfile, season_profile};
pub use repaired::{Repaired, repair};
pub use shifts::{Shift, ShiftOptions, cut, relevel, shifts};
pub use spikes::{Cleaned, Spike, SpikeKind, SpikeOptions, clean};
