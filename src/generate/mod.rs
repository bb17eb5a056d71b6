//! A fleet that never was, with its truth known: from a recipe to usage by host, events and parameters.
//!
//! Every draw is addressed by the recipe's seed and the name of what it is for, so that a longer history or one more
//! service leaves all other numbers where they were.

mod fleet;
mod recipe;
mod storage;
mod traffic;
mod workload;

pub use fleet::{Fleet, HostUsage, fleet};
pub use recipe::{Burst, Error, HostCount, HostType, Launch, Pace, Recipe, Service, Shape, Storage, Workload};
pub use storage::{Drive, NodeUsage, Store, store};
pub use traffic::{ServiceDemand, Truth, demands};
pub use workload::{Asked, AskedTruth, workloads};
