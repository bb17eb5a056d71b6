//! The declared system: catalog, pools, failure domains, orders, the rule of the plan. It knows no file format and no result.

mod catalog;
mod domain;
mod pool;
mod rule;

use std::collections::BTreeMap;

pub use catalog::{Price, UnitType};
pub use domain::{DomainNode, DomainTree, FailureMode, Level, Strikes};
pub use pool::{Arrival, CapacityChange, Demand, Group, LatencyObjective, LoadLine, Order, Pool, Redundancy, Routing, Statistic};
pub use rule::{Objective, RiskRule};

use crate::time::Zone;

/// A resource such as `cpu`, `memory`, `disk`, `requests`.
pub type Resource = String;

/// A declared system, valid by construction once `spec` has resolved it.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The name of its folder.
    pub name: String,
    /// The question it answers, as a sentence.
    pub question: String,
    /// The zone of its civil days.
    pub zone: Zone,
    /// The currency of all prices, such as `EUR`.
    pub currency: String,
    /// The base unit of each resource: `cpu` → `cores`.
    pub resources: BTreeMap<Resource, crate::units::Unit>,
    /// What can be bought, by name.
    pub catalog: BTreeMap<String, UnitType>,
    /// What stands where.
    pub domains: DomainTree,
    /// What breaks.
    pub failures: Vec<FailureMode>,
    /// What carries demand, in name order.
    pub pools: Vec<Pool>,
    /// What is asked of the plan.
    pub objective: Objective,
}
