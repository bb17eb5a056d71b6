//! The cheapest leases that carry what is wanted: exact for a pool alone, with a proved bound for pools that share limits.

mod flow;
mod rounding;
mod shared;
#[cfg(test)]
mod tests;

pub use flow::{Bought, Cover, Lease};
pub(super) use shared::gap;
pub use shared::{Shared, Solved};
