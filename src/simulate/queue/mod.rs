//! Queues: from utilization to waits, and back to the highest safe utilization.

mod birth_death;
mod breakdown;
mod engset;
mod erlang_a;
mod fanout;
mod jackson;
mod md1;
mod mg1;
mod mgc;
mod mm1;
mod mmc;
mod mmck;
mod priority;
mod qbd;
mod scalability;
mod tail;
mod tandem;
mod transient;

pub use breakdown::{BreakdownParameters, BreakdownQueue};
pub use engset::Engset;
pub use erlang_a::ErlangA;
pub use fanout::Fanout;
pub use jackson::{Jackson, NetworkError, Node};
pub use md1::Md1;
pub use mg1::{Mg1, Service};
pub use mgc::Mgc;
pub use mm1::{Mm1, SetupQueue};
pub use mmc::{Mmc, erlang_b, servers_for_blocking, servers_for_wait};
pub use mmck::Mmck;
pub use priority::PriorityQueue;
pub use scalability::Scalability;
pub use tandem::Tandem;
pub use transient::Mm1Transient;
