//! Distributions, percentiles, moments, intervals: numbers about numbers.

mod distribution;
mod moments;
mod percentile;

pub use distribution::{Distribution, Invalid, Sampler};
pub use moments::{Estimate, estimate, proportion};
pub use percentile::{percentile, percentile_of_sorted};
