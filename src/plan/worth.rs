//! What it would be worth to know more before ordering.

use serde::Serialize;

use super::cost::order_cost;
use super::missing::{add_unit_hours, carries};
use super::search::Desk;
use super::{Error, PlannedOrder, PoolPlan};
use crate::model::{Model, Place};
use crate::scenario::Scenario;
use crate::simulate::{Input, Outcomes, PoolOutcomes, inputs};
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

/// For every pool, over the options that were considered for it, by what was seen with them.
///
/// # Errors
/// When the inputs of futures cannot be told.
pub(super) fn worths(desk: &Desk<'_>, pools: &[PoolPlan], seen: &[(&str, &Outcomes)]) -> Result<Vec<Worth>, Error> {
    if desk.model().objective.shortfall_price.is_none() {
        return Ok(Vec::new());
    }
    let known = inputs(desk.base, desk.demand, desk.world)?;
    let mut all = Vec::new();
    for (p, pool) in pools.iter().enumerate() {
        let ways = pool.options.iter().filter_map(|option| {
            let (_, outcomes) = seen.iter().find(|(name, _)| *name == option.name)?;
            Some((option.name.clone(), option.orders.as_slice(), &*outcomes.pools[p]))
        });
        let carries = carries(desk.model(), &desk.model().pools[p])?;
        all.extend(worth(desk, &ways.collect::<Vec<_>>(), &known, &carries));
    }
    Ok(all)
}

/// The value of knowing each input before choosing among `ways`; `None` without a price of shortfalls, fewer than two ways, or
/// fewer than 200 futures.
fn worth(desk: &Desk<'_>, ways: &[Way<'_>], inputs: &[Input], carries: &[f64]) -> Option<Worth> {
    let (scenario, world) = (desk.base, desk.world);
    let shortfall_price = scenario.model.objective.shortfall_price?;
    let pool = ways.first().filter(|_| ways.len() > 1)?.2.pool.clone();
    let mut losses = costs(scenario, desk.end(), ways, world);
    let futures = losses.first()?.len();
    for (loss, (.., seen)) in losses.iter_mut().zip(ways) {
        let mut hours = vec![0.0; futures];
        add_unit_hours(&mut hours, carries, seen, seen.hours_short.len() / futures.max(1));
        loss.iter_mut().zip(hours).for_each(|(loss, hours)| *loss += shortfall_price * hours);
    }
    let certainty = value_of_certainty(&losses)?;
    let expected = losses.iter().map(|loss| crate::stats::estimate(loss.iter().copied()));
    let (taken, cost) = expected.enumerate().min_by(|(_, a), (_, b)| a.value.total_cmp(&b.value))?;
    let mine = inputs.iter().filter(|input| input.pool.as_ref().is_none_or(|name| *name == pool));
    let of = |input: &Input| {
        let sample = sample_of(&input.values, REMOVED, world, &input.name);
        Some((input.name.clone(), value_of_knowing(&losses, &input.values)?, value_of_knowing(&losses, &sample)?))
    };
    let mut inputs: Vec<_> = mine.filter_map(of).collect();
    inputs.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    Some(Worth { pool, shortfall_price, taken: ways[taken].0.clone(), cost, options: ways.len(), certainty, inputs })
}

/// What the orders of each way cost in each future: the same in all unless prices are uncertain.
fn costs(scenario: &Scenario, end: Day, ways: &[Way<'_>], world: Stream) -> Vec<Vec<f64>> {
    let model = &scenario.model;
    let in_future = |model: &Model, orders: &[PlannedOrder]| -> f64 {
        orders.iter().map(|order| order_cost(&model.catalog, order, end).0).sum()
    };
    let prices = |place: &Place| matches!(place, Place::Purchase { .. } | Place::Monthly { .. });
    let (numbers, pairs) = crate::scenario::drawn_together(model, &scenario.overrides);
    let joint = JointLaw::new(&numbers, &pairs).ok().filter(|_| model.uncertain.iter().any(|number| prices(&number.place)));
    let Some(joint) = joint else {
        return ways.iter().map(|(_, orders, _)| vec![in_future(model, orders); scenario.replications as usize]).collect();
    };
    let mut costs = vec![Vec::with_capacity(scenario.replications as usize); ways.len()];
    for r in 0..scenario.replications {
        let one = model.with(&joint.draw(world, r)[..model.uncertain.len()]);
        costs.iter_mut().zip(ways).for_each(|(costs, (_, orders, _))| costs.push(in_future(&one, orders)));
    }
    costs
}
