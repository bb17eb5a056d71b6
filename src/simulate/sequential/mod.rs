//! The sequential simulator: one event loop a replication over units, domains, crews, shelves and planned work.
//!
//! A [`System`] is a forest of nodes with capacities in whole numbers, and the modes by which nodes fail. An [`Engine`] plays
//! one possible future of it at a time; a [`Watch`] is told of every span between two events. See
//! `docs/concepts/sequential-simulation.md`.

mod agenda;
mod ahead;
mod branch;
mod capacity;
mod engine;
mod law;
mod measure;
mod outage;
mod planned;
mod pool;
mod start;
mod strikes;
mod system;
#[cfg(test)]
mod tests;

pub use capacity::Standing;
pub use engine::{Engine, Presence, Start, State, Watch};
pub use law::Law;
pub use measure::{Adequacy, DailyLoad};
pub use system::{Cascade, Deploys, Depot, Drain, Fault, Mode, Node, Outage, Parts, Standby, System};
