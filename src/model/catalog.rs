use std::collections::BTreeMap;

use super::Resource;
use crate::stats::Distribution;
use crate::time::Day;

/// What one unit costs. All three may be combined; money in the model's currency.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Price {
    /// Once, on the day of the order.
    pub purchase: f64,
    /// A month in force, from its arrival.
    pub monthly: f64,
}

/// A way to pay for a unit: on demand, reserved, bought.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Its name.
    pub name: String,
    /// Once a commitment.
    pub upfront: f64,
    /// A month in force.
    pub monthly: f64,
    /// Whole months of a commitment: within them it cannot be returned, after them it is returned or committed again. `None`: it
    /// is kept for good.
    pub commits_months: Option<u32>,
    /// Days from order to service where they differ from the unit's.
    pub lead_time_days: Option<Distribution>,
}

/// From a day on, prices of a unit type are those of the catalog times these, under every term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceChange {
    /// The first day with it.
    pub from: Day,
    /// Times upfront and purchase prices of the catalog, 0 or more.
    pub upfront: f64,
    /// Times monthly prices of the catalog, 0 or more.
    pub monthly: f64,
}

impl PriceChange {
    /// All prices times one factor.
    #[must_use]
    pub fn of_all(from: Day, factor: f64) -> Self {
        Self { from, upfront: factor, monthly: factor }
    }
}

/// A type of unit that can be bought and run.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitType {
    /// Its name in the catalog.
    pub name: String,
    /// Capacity of one unit per resource, in base units.
    pub capacity: BTreeMap<Resource, f64>,
    /// What it costs, where no `terms` are.
    pub price: Price,
    /// Ways to pay for it; none: `price` alone, and it is kept for good.
    pub terms: Vec<Term>,
    /// How its prices change, rising by day.
    pub price_changes: Vec<PriceChange>,
    /// Units are bought in multiples of this (at least 1).
    pub lot: u32,
    /// Days from order to service.
    pub lead_time_days: Distribution,
    /// At most this many may be in force over all pools (slots, power, quota).
    pub limit: Option<u32>,
}

impl UnitType {
    /// Its terms, the one of `price` where none are declared.
    #[must_use]
    pub fn ways_to_pay(&self) -> Vec<Term> {
        if !self.terms.is_empty() {
            return self.terms.clone();
        }
        let Price { purchase, monthly } = self.price;
        vec![Term { name: "bought".to_owned(), upfront: purchase, monthly, commits_months: None, lead_time_days: None }]
    }

    /// What upfront and monthly prices of the catalog are multiplied with on a day.
    #[must_use]
    pub fn price_factors(&self, day: Day) -> (f64, f64) {
        let after = self.price_changes.partition_point(|change| change.from <= day);
        let last = after.checked_sub(1).map(|last| self.price_changes[last]);
        last.map_or((1.0, 1.0), |change| (change.upfront, change.monthly))
    }

    /// The same unit when its prices change once more: from that day on, all that they are is multiplied by the factors of `change`.
    #[must_use]
    pub fn with_price_change(mut self, change: PriceChange) -> Self {
        if self.price_changes.iter().all(|known| known.from != change.from) {
            let (upfront, monthly) = self.price_factors(change.from);
            let at = self.price_changes.partition_point(|known| known.from < change.from);
            self.price_changes.insert(at, PriceChange { from: change.from, upfront, monthly });
        }
        for known in self.price_changes.iter_mut().filter(|known| known.from >= change.from) {
            known.upfront *= change.upfront;
            known.monthly *= change.monthly;
        }
        self
    }

    /// Days from order to service of units of a term.
    #[must_use]
    pub fn lead<'a>(&'a self, term: &'a Term) -> &'a Distribution {
        term.lead_time_days.as_ref().unwrap_or(&self.lead_time_days)
    }
}
