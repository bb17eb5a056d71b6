//! Exact answers, used as checks of the simulation and in its place where a model qualifies.

mod budget;
mod convolution;
mod growth;
mod kofn;
mod renewal;
mod spares;
mod uniformization;
mod walk;

pub use budget::{Incidents, allowed_downtime};
pub use convolution::{Adequacy, Pmf, adequacy, binomial, capacity_table, convolve, moments, under_domain};
pub use growth::{Exceedance, GrowingDemand, SeasonalPeak, gamblers_ruin};
pub use kofn::{KOfN, Transient};
pub use renewal::{AgeReplacement, PowerLawProcess, expected_renewals, expected_renewals_erlang, renewal_asymptote};
pub use spares::Spares;
pub use walk::{Start, Walk};
