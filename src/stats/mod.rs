//! Distributions, percentiles, moments, intervals: numbers about numbers.

mod batch;
mod by_score;
mod correlation;
mod cumulated;
mod distribution;
mod eigen;
mod exact_sum;
mod family;
mod information;
mod interval;
mod joint;
mod linear;
mod moments;
mod optimize;
mod percentile;
mod pieces;
pub(crate) mod quadrature;
mod quantile_law;
mod sampler;
mod sensitivity;
mod sketch;
mod symmetric;
mod tails;

pub use batch::{batch_means, batch_percentile, batch_variance, overlapping_batch_means, ratio, variance_constant};
pub use by_score::ByScore;
pub use correlation::{Copula, NoCorrelation, Repair, nearest_correlation};
pub use distribution::{Distribution, Invalid};
pub use exact_sum::ExactSum;
pub use family::Family;
pub use information::{sample_of, value_of_certainty, value_of_knowing};
pub use interval::{Interval, clopper_pearson, replications_for, upper_if_none_seen, wilson};
pub use joint::{DRAWN_TOGETHER, JointLaw, NoJointLaw};
pub use linear::least_squares;
pub use moments::{Estimate, ONE_SIDED_95, TWO_SIDED_95, estimate, proportion};
pub use optimize::{Minimum, bfgs, by_differences};
pub use percentile::{percentile, percentile_of_sorted};
pub use quantile_law::QuantileLaw;
pub use sampler::{GammaSampler, Sampler};
pub use sensitivity::{Conditional, LEAST_FUTURES, expected_at, first_order, total_share};
pub use sketch::{Sketch, SketchError};
pub use symmetric::{cholesky, invert_cholesky, solve_cholesky};
pub use tails::{
    binomial_at_least, binomial_pmf, complement, ln_gamma_below, ln_gamma_tail, ln_normal_tail, mills_ratio, normal_density,
    normal_quantile, normal_quantile_of_tail, normal_tail, poisson_at_least, poisson_pmf, student_quantile,
};
