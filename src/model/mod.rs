//! The declared system: catalog, pools, failure domains, orders, the rule of the plan. It knows no file format and no result.

mod catalog;
mod domain;
mod pool;
mod question;
mod rule;
mod uncertain;
mod work;

use std::collections::BTreeMap;

pub use catalog::{Price, PriceChange, Term, UnitType};
pub use domain::{DomainNode, DomainTree, FailureMode, Level, Strikes};
pub use pool::{
    Arrival, CapacityChange, Demand, Group, LatencyCurve, LatencyObjective, LoadLine, Order, Overload, Pool, Redundancy, Routing,
    Standby, Statistic, Transfer, rack_name,
};
pub use question::Question;
pub use rule::{Bounds, Budget, Limit, Objective, RiskRule};
pub use uncertain::{Form, LawOf, Place, RankCorrelation, UncertainNumber};
pub use work::{Crew, Deploy, Drain, Shelf, Takes};

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
    /// Who repairs, by name.
    pub crews: BTreeMap<String, Crew>,
    /// Spare parts, by name.
    pub shelves: BTreeMap<String, Shelf>,
    /// Planned work.
    pub drains: Vec<Drain>,
    /// Bad releases.
    pub deploys: Vec<Deploy>,
    /// Rare events asked for by name.
    pub questions: Vec<Question>,
    /// What carries demand, in name order.
    pub pools: Vec<Pool>,
    /// What is asked of the plan.
    pub objective: Objective,
    /// What all orders of the plan together must keep within.
    pub bounds: Bounds,
    /// Numbers that are not known; where one number is needed, the model holds their means.
    pub uncertain: Vec<UncertainNumber>,
    /// How they, and the changes of scenarios, go together.
    pub correlations: Vec<RankCorrelation>,
}

impl Model {
    /// Capacity in force of every pool and resource: rising instants and amounts in base units, the first holding from always.
    ///
    /// Units in force × capacity of a unit, summed over the pool's groups; orders are not in it, as it is for the past.
    #[must_use]
    pub fn capacity_in_force(&self) -> BTreeMap<crate::series::SeriesKey, Vec<(crate::time::Timestamp, f64)>> {
        let mut all = BTreeMap::new();
        for pool in &self.pools {
            for demand in &pool.demands {
                let at = |(day, amount)| (self.zone.midnight(day), amount);
                let steps = self.installed(pool, &demand.resource).into_iter().map(at).collect();
                all.insert(crate::series::SeriesKey::demand(&pool.name, &demand.resource), steps);
            }
        }
        all
    }

    /// Whether what befalls one pool depends on which others are there: shared crews and shelves, rounds of work and of releases
    /// that go from one domain of the whole model to the next.
    #[must_use]
    pub fn pools_meet(&self) -> bool {
        let waits = self.failures.iter().any(|mode| mode.crew.is_some() || mode.shelf.is_some());
        waits || !self.drains.is_empty() || !self.deploys.is_empty()
    }

    /// How many demands all pools have.
    #[must_use]
    pub fn demands(&self) -> usize {
        self.pools.iter().map(|pool| pool.demands.len()).sum()
    }

    /// How many the pool with the most has; 1 where there is none.
    #[must_use]
    pub fn most_demands(&self) -> usize {
        self.pools.iter().map(|pool| pool.demands.len()).max().unwrap_or(1)
    }

    /// Declared units of a pool × capacity of a unit for one resource, from each day on that it changes; orders are not in it.
    #[must_use]
    pub fn installed(&self, pool: &Pool, resource: &str) -> Vec<(crate::time::Day, f64)> {
        let mut days: Vec<_> = pool.groups.iter().flat_map(|group| group.counts.iter().map(|change| change.day)).collect();
        days.sort_unstable();
        days.dedup();
        let unit = |name: &str| self.catalog.get(name).and_then(|unit| unit.capacity.get(resource)).copied().unwrap_or(0.0);
        let amount = |day| pool.groups.iter().map(|group| f64::from(group.units_on(day)) * unit(&group.unit)).sum();
        days.into_iter().map(|day| (day, amount(day))).collect()
    }
}
