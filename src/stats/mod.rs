//! Distributions, percentiles, moments, intervals: numbers about numbers.

mod distribution;
mod linear;
mod moments;
mod optimize;
mod percentile;
pub mod portable;
mod symmetric;
pub(crate) mod ziggurat;

pub use distribution::{Distribution, GammaSampler, Invalid, Line, Sampler};
pub use linear::least_squares;
pub use moments::{Estimate, estimate, proportion};
pub use optimize::{Minimum, bfgs, by_differences};
pub use percentile::{percentile, percentile_of_sorted};
pub use symmetric::{cholesky, invert_cholesky, solve_cholesky};
