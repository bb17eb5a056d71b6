//! What went into each future, as numbers: the other side of what came out of it.

use super::uncertain::address_of;
use super::{Error, World};
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::stats::Distribution;
use crate::stream::Stream;
use crate::units::Unit;

/// Days at the end of the horizon whose mean level stands for a path of demand.
const LAST_DAYS: usize = 28;

/// One thing that was not known, in every simulated future.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// An uncertain number by its name, or what the values sum up: `demand of web, cpu`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The pool it belongs to; `None`: it may touch all.
    pub pool: Option<String>,
    /// The unit of its values; `None`: that of the model file's key.
    pub unit: Option<Unit>,
    /// By replication.
    pub values: Vec<f64>,
}

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A number of the model or of the scenario that was drawn.
    Number,
    /// Mean level of a demand over the last 28 days, before the scenario's changes: one number of a whole path.
    Demand,
    /// Mean days from placing to arrival over all units on order of a pool.
    LeadTime,
}

/// What every future of [`super::run`] with this stream was made of: uncertain numbers as drawn, summaries of demand paths and lead
/// times. Failures have no summary here: [`super::run_redrawn`] tells what they do.
///
/// # Errors
/// As [`World::build`].
pub fn inputs(scenario: &Scenario, demand: &SamplePaths, stream: Stream) -> Result<Vec<Input>, Error> {
    let world = World::build(scenario, demand)?;
    let mut inputs = numbers(&world, scenario, stream);
    for (pool, (name, resources)) in world.pools.iter().zip(&world.names) {
        // a stated demand is told by its level and growth, which are numbers of the model
        let forecast = pool.series.iter().zip(resources).filter(|(_, resource)| !scenario.model.states(name, resource));
        for (series, resource) in forecast {
            let steps = LAST_DAYS.div_ceil(demand.step_days as usize).clamp(1, demand.steps);
            let last = |r: u32| &demand.row(r as usize).levels(*series)[demand.steps - steps..];
            let values = (0..scenario.replications).map(|r| last(r).iter().sum::<f64>() / steps as f64).collect();
            let (name, pool) = (format!("demand of {name}, {resource}"), Some(name.clone()));
            let unit = Some(demand.series[*series].unit.clone());
            inputs.push(Input { name, kind: Kind::Demand, pool, unit, values });
        }
        let units = |order: usize| pool.hosts.iter().filter(|host| host.order == Some(order)).count() as f64;
        let drawn: Vec<_> = pool.orders.iter().enumerate().filter(|(_, order)| order.lead_days.is_some()).collect();
        let all: f64 = drawn.iter().map(|(o, _)| units(*o)).sum();
        let mean = |r: u32| {
            let lead = |(o, order): &(usize, &super::world::OrderWorld)| Some(units(*o) * order.lead(stream.replication(r))?);
            drawn.iter().filter_map(lead).sum::<f64>() / all
        };
        if all > 0.0 {
            let values = (0..scenario.replications).map(mean).collect();
            let (name, pool) = (format!("lead time of {name}"), Some(name.clone()));
            inputs.push(Input { name, kind: Kind::LeadTime, pool, unit: Some(Unit::named("days")), values });
        }
    }
    Ok(inputs)
}

/// All uncertain numbers: those drawn together, then those of changes that are drawn alone.
fn numbers(world: &World, scenario: &Scenario, stream: Stream) -> Vec<Input> {
    let input = |name: &String| Input { name: name.clone(), kind: Kind::Number, pool: None, unit: None, values: Vec::new() };
    let mut inputs: Vec<Input> = world.uncertain.names().iter().map(input).collect();
    let together = inputs.len();
    // (the change, its number's place within it, its place in the list)
    let mut alone: Vec<(usize, usize, usize)> = Vec::new();
    for (c, change) in scenario.overrides.iter().enumerate() {
        for (n, (name, law)) in change.numbers().into_iter().enumerate() {
            if !matches!(law, Distribution::Constant { .. }) && !world.uncertain.names().contains(&name) {
                alone.push((c, n, inputs.len()));
                inputs.push(Input { pool: change.pool().map(str::to_owned), ..input(&name) });
            }
        }
    }
    let draws: Vec<_> = scenario.overrides.iter().map(|change| (world.uncertain.drawn(change), address_of(change))).collect();
    for r in 0..scenario.replications {
        let drawn = world.uncertain.draw(stream, r);
        inputs[..together].iter_mut().zip(&drawn).for_each(|(input, value)| input.values.push(*value));
        let of_scenario = stream.replication(r).named("scenario");
        for (c, (numbers, address)) in draws.iter().enumerate() {
            let Some(address) = address else { continue };
            let mut rng = of_scenario.at(*address).rng();
            // all of a change in their order, as the simulation draws them
            for (n, number) in numbers.iter().enumerate() {
                let value = number.draw(&mut rng, &drawn);
                if let Some((.., at)) = alone.iter().find(|(change, place, _)| (*change, *place) == (c, n)) {
                    inputs[*at].values.push(value);
                }
            }
        }
    }
    // a stated number that is known is no input
    inputs.retain(|input| input.values.iter().any(|value| *value != input.values[0]));
    inputs
}
