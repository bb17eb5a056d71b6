//! Exact answers, used as checks of the simulation and in its place where a model qualifies.

mod amounts;
mod block_diagram;
mod budget;
mod capacity;
mod chain;
mod common_cause;
mod convolution;
mod decision;
mod erasure;
mod fault_tree;
mod growth;
mod invalid;
mod kofn;
mod network;
mod overflow;
mod proof_test;
mod renewal;
mod shocks;
mod spares;
mod standby;
#[cfg(test)]
mod structures_tests;
mod walk;
mod zones;

pub use amounts::{Amounts, CapacityTable, Interruptions, Place, Takes, Units};
pub use block_diagram::{Block, BlockDiagram, Odds};
pub use budget::{Incidents, allowed_downtime};
pub use capacity::{Capacity, CapacityModel, Outages};
pub use chain::{Chain, Course, FirstPassage, explore};
pub use common_cause::CommonCause;
pub use convolution::{Adequacy, Pmf, adequacy, binomial, capacity_table, convolve, moments, under_domain};
pub use erasure::ErasureCode;
pub use fault_tree::{Element, FaultTree, Gate, TopEvent};
pub use growth::{Exceedance, GrowingDemand, SeasonalPeak, gamblers_ruin};
pub use invalid::Invalid;
pub use kofn::{KOfN, Transient};
pub use network::Network;
pub use overflow::{SingleOverflow, TandemOverflow};
pub use proof_test::ProofTested;
pub use renewal::{AgeReplacement, PowerLawProcess, expected_renewals, expected_renewals_erlang, renewal_asymptote};
pub use shocks::Shocks;
pub use spares::Spares;
pub use standby::CoveredStandby;
pub use walk::{Start, Walk};
pub use zones::ZonedFleet;
