//! Laws of failure and repair from what was seen: lifetimes, some of them cut short, to a law with its uncertainty.

mod family;
mod fitted;
mod law;
mod likelihood;
mod nonparametric;
mod observation;
mod search;

pub use family::Family;
pub use fitted::{FittedLaw, Parameter, fit_law};
pub use law::Law;
pub use likelihood::log_likelihood;
pub use nonparametric::{SurvivalStep, survival};
pub use observation::{Error, Lifetimes, Observation, Seen};
