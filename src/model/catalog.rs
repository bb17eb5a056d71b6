use std::collections::BTreeMap;

use super::Resource;
use crate::stats::Distribution;

/// What one unit costs. All three may be combined; money in the model's currency.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Price {
    /// Once, on the day of the order.
    pub purchase: f64,
    /// A month in force, from its arrival.
    pub monthly: f64,
}

/// A type of unit that can be bought and run.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitType {
    /// Its name in the catalog.
    pub name: String,
    /// Capacity of one unit per resource, in base units.
    pub capacity: BTreeMap<Resource, f64>,
    /// What it costs.
    pub price: Price,
    /// Units are bought in multiples of this (at least 1).
    pub lot: u32,
    /// Days from order to service.
    pub lead_time_days: Distribution,
    /// At most this many may be in force over all pools (slots, power, quota).
    pub limit: Option<u32>,
}
