//! Rare events: methods made for them, chosen by themselves and checked against one another.

mod group;
mod network;
mod overflow;
mod renewal;
mod splitting;
mod system;
mod tail;
mod tally;

pub use group::Group;
pub use network::Network;
pub use renewal::{HorizonRare, SteadyRare};
pub use splitting::Splitting;
pub use system::{Domain, System, Units};
pub use tail::Tail;
pub use tally::Effort;
