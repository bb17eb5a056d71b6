//! Exact answers, used as checks of the simulation and in its place where a model qualifies.

mod convolution;
mod kofn;
mod overflow;
mod spares;
mod uniformization;

pub use convolution::{Adequacy, Pmf, adequacy, binomial, capacity_table, convolve, moments, under_domain};
pub use kofn::{KOfN, Transient};
pub use overflow::{SingleOverflow, TandemOverflow};
pub use spares::Spares;
