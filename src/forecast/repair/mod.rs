//! What is wrong with a history, and the history without it: spikes, dropouts, shifts, censored demand.

mod censored;
mod features;
mod partition;
mod profile;
pub(super) mod robust;
mod shifts;
mod spikes;

pub use censored::{Noise, Uncensored, uncensor};
pub use features::{Features, SeasonStrength};
pub use profile::{SeasonProfile, season_profile};
pub use shifts::{Shift, ShiftOptions, cut, relevel, shifts};
pub use spikes::{Cleaned, Spike, SpikeKind, SpikeOptions, clean};
