//! Queues: from utilization to waits, and back to the highest safe utilization.

mod mmc;

pub use mmc::{Mmc, erlang_b, safe_utilization, servers_for_blocking, servers_for_wait};
