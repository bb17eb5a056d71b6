//! Exact answers, used as checks of the simulation and in its place where a model qualifies.

mod amounts;
mod convolution;
mod kofn;
mod spares;
mod uniformization;

pub use amounts::{Amounts, CapacityTable, Outages, Place, Takes, Units};
pub use convolution::{Adequacy, Pmf, adequacy, binomial, capacity_table, convolve, moments, under_domain};
pub use kofn::{KOfN, Transient};
pub use spares::Spares;
