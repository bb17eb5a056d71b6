//! Stations with queues, simulated: any laws, by the recursions of Lindley and of Kiefer and Wolfowitz where customers are
//! served in the order in which they come, by events where they are not.

mod arrivals;
mod fifo;
mod law;
mod servers;
mod stationary;
mod tally;

pub use arrivals::{Arrivals, Profile};
pub use fifo::{Fate, Start, Station, Visit};
pub use law::Law;
pub use servers::Waits;
pub use stationary::Stationary;
pub use tally::{Keep, Length, Observed, Run, Tally, replicate};
