//! Rare events: methods made for them, chosen by themselves and checked against one another.

mod conditional;
mod estimate;
mod fleet;
mod forcing;
mod group;
#[cfg(test)]
mod leaps_tests;
mod network;
mod overflow;
mod played;
mod renewal;
mod splitting;
mod system;
mod tail;
mod tally;
#[cfg(test)]
mod tests;

pub use conditional::Conditional;
pub(in crate::simulate) use estimate::estimate_played;
pub use estimate::{CrossCheck, Goal, Method, Problem, RareEstimate, Warning, estimate};
pub use group::Group;
pub use network::Network;
pub(in crate::simulate) use played::{Demand, Played};
pub use renewal::{HorizonRare, SteadyRare};
pub use splitting::Splitting;
pub use system::{Domain, System, Units};
pub use tail::Tail;
pub use tally::Effort;
