//! What orders cost in one future: prices and arrivals as they come there.

use std::borrow::Cow;

use rayon::prelude::*;
use serde::Serialize;

use super::cost::{cost_from, way_of};
use super::policy::{Bought, order_name};
use super::{Error, PlannedOrder, Stay};
use crate::model::{Model, Place, Pool, Term, UnitType};
use crate::scenario::{Scenario, drawn_together};
use crate::simulate;
use crate::stats::{Estimate, JointLaw, Sampler, estimate, percentile};
use crate::stream::{Address, Stream};
use crate::time::Day;

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
    /// By pool: its unit type with the ways to pay for it and the samplers of their lead times; `None`: the catalog has none.
    shops: Vec<Option<Shop<'a>>>,
}

struct Shop<'a> {
    unit: &'a UnitType,
    terms: Vec<Term>,
    leads: Vec<Sampler>,
}

impl<'a> Prices<'a> {
    pub(super) fn of(base: &'a Scenario, world: Stream) -> Result<Self, simulate::Error> {
        let (numbers, pairs) = drawn_together(&base.model, &base.overrides);
        let model = &base.model;
        let shop = |pool: &Pool| {
            let unit = model.catalog.get(&pool.buys)?;
            let terms = unit.ways_to_pay();
            let leads = terms.iter().map(|term| unit.lead(term).sampler()).collect();
            Some(Shop { unit, terms, leads })
        };
        Ok(Self {
            model,
            joint: JointLaw::new(&numbers, &pairs)?,
            end: base.as_of.plus(base.horizon_days as i32),
            world,
            shops: model.pools.iter().map(shop).collect(),
        })
    }

    /// What orders cost in future `r` within the horizon, each by its own way to pay, from its arrival there.
    pub(super) fn cost(&self, r: u32, orders: &[Vec<Bought>]) -> f64 {
        let drawn = if self.joint.count() == 0 { Vec::new() } else { self.joint.draw(self.world, r) };
        let stream = self.world.replication(r).named("arrival");
        let mut cost = 0.0;
        for ((pool, shop), bought) in self.model.pools.iter().zip(&self.shops).zip(orders) {
            let Some(shop) = shop else { continue };
            let terms = self.terms(shop.unit, &shop.terms, &drawn);
            for (place, one) in bought.iter().enumerate() {
                let (Some(term), Some(lead)) = (terms.get(one.term), shop.leads.get(one.term)) else { continue };
                let address = Address::of(&format!("{}/{}", pool.name, order_name(place)));
                let days = lead.draw(&mut stream.at(address).rng()).max(0.0);
                let stay = Stay { placed: one.placed, needed: one.needed, until: one.until };
                cost += cost_from(shop.unit, term, one.units, &stay, f64::from(one.placed.0) + days, self.end).0;
            }
        }
        cost
    }

    /// What the orders of an option for a pool cost in each future, prices and arrivals as they come there.
    ///
    /// # Errors
    /// [`Error::UnknownTerm`] when an order has no price; a law of a lead time that cannot be drawn from.
    pub(super) fn costs_of(&self, pool: &Pool, orders: &[PlannedOrder], futures: u32) -> Result<Vec<f64>, Error> {
        let mut each = Vec::with_capacity(orders.len());
        for (place, order) in orders.iter().enumerate() {
            let (unit, ways, at) = way_of(&self.model.catalog, order)?;
            let lead = unit.lead(&ways[at]).sampler();
            each.push((order, unit, ways, at, lead, Address::of(&format!("{}/{}", pool.name, order_name(place)))));
        }
        let in_future = |r: u32| -> f64 {
            let drawn = if self.joint.count() == 0 { Vec::new() } else { self.joint.draw(self.world, r) };
            let stream = self.world.replication(r).named("arrival");
            let cost =
                |(order, unit, ways, at, lead, address): &(&PlannedOrder, &UnitType, Vec<Term>, usize, Sampler, Address)| {
                    let days = lead.draw(&mut stream.at(*address).rng()).max(0.0);
                    let stay = Stay { placed: order.order_by, needed: order.needed, until: order.until };
                    let terms = self.terms(unit, ways, &drawn);
                    cost_from(unit, &terms[*at], order.units, &stay, f64::from(order.order_by.0) + days, self.end).0
                };
            each.iter().map(cost).sum()
        };
        Ok((0..futures).into_par_iter().map(in_future).collect())
    }

    /// Ways to pay with the prices as drawn: those of terms are known.
    fn terms<'s>(&self, unit: &UnitType, ways: &'s [Term], drawn: &[f64]) -> Cow<'s, [Term]> {
        let mut terms = Cow::Borrowed(ways);
        let name = &unit.name;
        for (number, value) in self.model.uncertain.iter().zip(drawn).filter(|_| unit.terms.is_empty()) {
            let set: fn(&mut Term, f64) = match &number.place {
                Place::Purchase { unit } if unit == name => |term, price| term.upfront = price,
                Place::Monthly { unit } if unit == name => |term, price| term.monthly = price,
                _ => continue,
            };
            terms.to_mut().iter_mut().for_each(|term| set(term, *value));
        }
        terms
    }
}
