//! What it would be worth to know more before ordering.

use serde::Serialize;

use super::cost::order_cost;
use super::missing::{add_unit_hours, carries};
use super::search::Desk;
use super::{Error, PlannedOrder, PoolPlan};
use crate::model::{Model, Place};
use crate::scenario::Scenario;
use crate::simulate::{self, Input, PoolOutcomes, inputs};
use crate::stats::{Estimate, JointLaw, sample_of, value_of_certainty, value_of_knowing};
use crate::stream::Stream;
use crate::time::Day;

/// The sample whose value is told takes away this share of an input's variance.
pub const REMOVED: f64 = 0.5;

/// What knowing more would be worth for the orders of one pool, in money.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Worth {
    /// The pool.
    pub pool: String,
    /// Money for a unit missing for an hour.
    pub shortfall_price: f64,
    /// The option that costs least on average, shortfalls counted.
    pub taken: String,
    /// Its expected cost, shortfalls counted.
    pub cost: Estimate,
    /// Options that were compared.
    pub options: usize,
    /// The expected value of perfect information: of knowing all of the future, failures included.
    pub certainty: Estimate,
    /// By input, the most valuable first: what knowing it would be worth (EVPPI), and what a sample that takes away half of its
    /// variance would be worth (EVSI).
    pub inputs: Vec<(String, Estimate, Estimate)>,
}

/// One way to buy for a pool: its name, its orders, and what was seen with them.
type Way<'a> = (String, &'a [PlannedOrder], &'a PoolOutcomes);

/// For every pool, over all options that were considered for it and break no limit, by what was seen with them: `seen` is by pool and
/// option.
///
/// # Errors
/// When the inputs of futures cannot be told, or an order has no price.
pub(super) fn worths(desk: &Desk<'_>, pools: &[PoolPlan], seen: &[Vec<&PoolOutcomes>]) -> Result<Vec<Worth>, Error> {
    if desk.model().objective.shortfall_price.is_none() {
        return Ok(Vec::new());
    }
    let known = inputs(desk.base, desk.demand, desk.world)?;
    let mut all = Vec::new();
    for (p, pool) in pools.iter().enumerate() {
        let allowed = pool.options.iter().zip(&seen[p]).filter(|(option, _)| option.breaks.is_none());
        let ways = allowed.map(|(option, seen)| (option.name.clone(), option.orders.as_slice(), *seen));
        let carries = carries(desk.model(), &desk.model().pools[p])?;
        all.extend(worth(desk, &ways.collect::<Vec<_>>(), &known, &carries)?);
    }
    Ok(all)
}

/// The value of knowing each input before choosing among `ways`; `None` without a price of shortfalls, fewer than two ways, or
/// fewer than 200 futures.
fn worth(desk: &Desk<'_>, ways: &[Way<'_>], inputs: &[Input], carries: &[f64]) -> Result<Option<Worth>, Error> {
    let (Some(shortfall_price), Some((.., first))) = (desk.model().objective.shortfall_price, ways.first()) else {
        return Ok(None);
    };
    if ways.len() < 2 {
        return Ok(None);
    }
    let mut losses = costs(desk.base, desk.end(), ways, desk.world)?;
    let futures = desk.base.replications as usize;
    for (loss, (.., seen)) in losses.iter_mut().zip(ways) {
        let mut hours = vec![0.0; futures];
        add_unit_hours(&mut hours, carries, seen, seen.hours_short.len() / futures.max(1));
        loss.iter_mut().zip(hours).for_each(|(loss, hours)| *loss += shortfall_price * hours);
    }
    Ok(of_losses(desk, ways, (first.pool.clone(), shortfall_price), inputs, &losses))
}

/// The same from what each way costs in each future, shortfalls counted.
fn of_losses(
    desk: &Desk<'_>,
    ways: &[Way<'_>],
    (pool, shortfall_price): (String, f64),
    inputs: &[Input],
    losses: &[Vec<f64>],
) -> Option<Worth> {
    let certainty = value_of_certainty(losses)?;
    let expected = losses.iter().map(|loss| crate::stats::estimate(loss.iter().copied()));
    let (taken, cost) = expected.enumerate().min_by(|(_, a), (_, b)| a.value.total_cmp(&b.value))?;
    let mine = inputs.iter().filter(|input| input.pool.as_ref().is_none_or(|name| *name == pool));
    let of = |input: &Input| {
        let sample = sample_of(&input.values, REMOVED, desk.world, &input.name);
        Some((input.name.clone(), value_of_knowing(losses, &input.values)?, value_of_knowing(losses, &sample)?))
    };
    let mut inputs: Vec<_> = mine.filter_map(of).collect();
    inputs.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    Some(Worth { pool, shortfall_price, taken: ways[taken].0.clone(), cost, options: ways.len(), certainty, inputs })
}

/// What the orders of each way cost in each future: the same in all unless prices are uncertain.
fn costs(scenario: &Scenario, end: Day, ways: &[Way<'_>], world: Stream) -> Result<Vec<Vec<f64>>, Error> {
    let model = &scenario.model;
    let in_future = |model: &Model, orders: &[PlannedOrder]| -> Result<f64, Error> {
        orders.iter().map(|order| Ok(order_cost(&model.catalog, order, end)?.0)).sum()
    };
    let prices = |place: &Place| matches!(place, Place::Purchase { .. } | Place::Monthly { .. });
    let (numbers, pairs) = crate::scenario::drawn_together(model, &scenario.overrides);
    if !model.uncertain.iter().any(|number| prices(&number.place)) {
        let each = ways.iter().map(|(_, orders, _)| Ok(vec![in_future(model, orders)?; scenario.replications as usize]));
        return each.collect();
    }
    let joint = JointLaw::new(&numbers, &pairs).map_err(simulate::Error::from)?;
    let mut costs = vec![Vec::with_capacity(scenario.replications as usize); ways.len()];
    for r in 0..scenario.replications {
        let one = model.with(&joint.draw(world, r)[..model.uncertain.len()]);
        for (costs, (_, orders, _)) in costs.iter_mut().zip(ways) {
            costs.push(in_future(&one, orders)?);
        }
    }
    Ok(costs)
}
