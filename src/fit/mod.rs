//! Laws of failure and repair from what was seen: lifetimes, some of them cut short, to a law with its uncertainty.

mod family;
mod fitted;
mod goodness;
mod law;
mod likelihood;
mod mode;
mod nonparametric;
mod observation;
mod rows;
#[cfg(test)]
mod rows_tests;
mod search;
#[cfg(test)]
mod tests;

pub use family::Family;
pub use fitted::{FittedLaw, Parameter, fit_law};
pub use goodness::{Goodness, Test, goodness_of_fit};
pub use law::Law;
pub use likelihood::log_likelihood;
pub use mode::{Criterion, FittedMode, FittedQuantity, Observed, Options, fit, fit_best};
pub use nonparametric::{SurvivalStep, survival};
pub use observation::{Error, Lifetimes, Observation, Seen};
pub use rows::{Read, Reading, RowProblem, TableShape, read};
