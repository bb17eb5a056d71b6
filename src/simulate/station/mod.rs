//! Stations with queues, simulated: any laws, by the recursions of Lindley and of Kiefer and Wolfowitz where customers are
//! served in the order in which they come, by events where they are not.

mod arrivals;
mod breakdown;
mod fifo;
mod latency;
mod law;
mod network;
mod priority;
mod series;
mod servers;
mod setup;
mod sources;
mod stationary;
mod tally;

pub use arrivals::{Arrivals, Profile};
pub use breakdown::{BreakdownTally, Breakdowns};
pub use fifo::{Fate, Start, Station, Visit};
pub use latency::{Effort, NoLoad, Objective, SafeLoad, latency_at, safe_load};
pub use law::Law;
pub use network::{Network, NetworkTally, Node, NodeTally};
pub use priority::{Class, ClassTally, Priorities};
pub use series::{ForkJoin, Tandem, fan_out};
pub use servers::Waits;
pub use setup::{Setup, SetupTally};
pub use sources::{Sources, SourcesTally};
pub use stationary::Stationary;
pub use tally::{Keep, Length, Observed, Run, Tally, replicate};
