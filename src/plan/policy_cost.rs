//! What orders cost in one future: prices and arrivals as they come there.

use serde::Serialize;

use super::policy::{Bought, order_name};
use crate::model::{Model, Place};
use crate::scenario::{Scenario, drawn_together};
use crate::simulate;
use crate::stats::{Estimate, JointLaw, Sampler, estimate, percentile};
use crate::stream::{Address, Stream};
use crate::time::Day;

/// Mean days a month.
const MONTH_DAYS: f64 = 365.25 / 12.0;

/// Costs over futures.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct CostSpread {
    /// Their mean.
    pub mean: Estimate,
    /// The 10th percentile.
    pub p10: f64,
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
}

impl CostSpread {
    /// Of the costs of futures.
    pub(super) fn of(costs: &[f64]) -> Self {
        let at = |p: f64| percentile(costs, p).unwrap_or(0.0);
        Self { mean: estimate(costs.iter().copied()), p10: at(0.1), p50: at(0.5), p90: at(0.9) }
    }
}

/// Prices of each future, and when its orders arrive: the draws that the simulation makes.
pub(super) struct Prices<'a> {
    model: &'a Model,
    joint: JointLaw,
    end: Day,
    world: Stream,
    /// By pool: the sampler of its lead time.
    leads: Vec<Option<Sampler>>,
}

impl<'a> Prices<'a> {
    pub(super) fn of(base: &'a Scenario, world: Stream) -> Result<Self, simulate::Error> {
        let (numbers, pairs) = drawn_together(&base.model, &base.overrides);
        let model = &base.model;
        let lead = |pool: &crate::model::Pool| model.catalog.get(&pool.buys).map(|unit| unit.lead_time_days.sampler());
        Ok(Self {
            model,
            joint: JointLaw::new(&numbers, &pairs)?,
            end: base.as_of.plus(base.horizon_days as i32),
            world,
            leads: model.pools.iter().map(lead).collect(),
        })
    }

    /// Purchase with the order and the monthly price from its arrival in future `r` to the end of the horizon.
    pub(super) fn cost(&self, r: u32, orders: &[Vec<Bought>]) -> f64 {
        let drawn = if self.joint.count() == 0 { Vec::new() } else { self.joint.draw(self.world, r) };
        let stream = self.world.replication(r).named("arrival");
        let mut cost = 0.0;
        for ((pool, lead), bought) in self.model.pools.iter().zip(&self.leads).zip(orders) {
            let (purchase, monthly) = self.prices(&pool.buys, &drawn);
            for (place, one) in bought.iter().enumerate().filter(|(_, one)| one.placed <= self.end) {
                let address = Address::of(&format!("{}/{}", pool.name, order_name(place)));
                let days = lead.as_ref().map_or(0.0, |lead| lead.draw(&mut stream.at(address).rng()).max(0.0));
                let in_force = (f64::from(self.end.since(one.placed)) - days).max(0.0) / MONTH_DAYS;
                cost += f64::from(one.units) * (purchase + monthly * in_force);
            }
        }
        cost
    }

    fn prices(&self, wanted: &str, drawn: &[f64]) -> (f64, f64) {
        let price = self.model.catalog.get(wanted).map(|unit| unit.price).unwrap_or_default();
        let (mut purchase, mut monthly) = (price.purchase, price.monthly);
        for (number, value) in self.model.uncertain.iter().zip(drawn) {
            match &number.place {
                Place::Purchase { unit } if unit == wanted => purchase = *value,
                Place::Monthly { unit } if unit == wanted => monthly = *value,
                _ => {}
            }
        }
        (purchase, monthly)
    }
}
