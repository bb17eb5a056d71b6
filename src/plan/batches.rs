//! Plans of many pools, some at a time: paths and outcomes of all of them at once would not fit.

use super::{Error, Plan, recommend};
use crate::model::{Model, Pool};
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::simulate::{self, Outcomes};
use crate::stream::Stream;

/// Simulates every scenario and decides for every pool what to order, so many pools at a time: the same plan as that of all pools at
/// once ([`simulate::run`] and [`recommend`]), in the memory of one batch.
///
/// `draw` gives the joint paths of some pools; path *r* of a pool is to be the same whichever others are asked for with it. `keep` is
/// given the outcomes of each batch, by scenario, to take from them what is needed before they are dropped. Pools that meet (see
/// [`Model::pools_meet`]) and models whose capacity is uncertain are one batch. Roll-ups are not in the plan: they are sums over pools of
/// all batches.
///
/// # Errors
/// As [`simulate::run`] and [`recommend`].
pub fn recommend_in_batches(
    scenarios: &[Scenario],
    pools_at_once: usize,
    draw: impl Fn(&[Pool]) -> SamplePaths,
    world: Stream,
    observer: &dyn Observer,
    mut keep: impl FnMut(&[Outcomes]),
) -> Result<Plan, Error> {
    let model = &scenarios.first().ok_or(Error::NoScenario)?.model;
    let at_once = if is_one(model) { model.pools.len() } else { pools_at_once }.max(1);
    let mut whole: Option<Plan> = None;
    for pools in model.pools.chunks(at_once) {
        let about: Vec<Scenario> = if pools.len() == model.pools.len() {
            scenarios.to_vec()
        } else {
            scenarios.iter().map(|scenario| scenario.about(pools.to_vec())).collect()
        };
        let paths = draw(pools);
        let run = |scenario| simulate::run(scenario, &paths, world, observer);
        let outcomes = about.iter().map(run).collect::<Result<Vec<_>, _>>()?;
        let plan = recommend(&about, &paths, &outcomes, world, observer)?;
        keep(&outcomes);
        match &mut whole {
            None => whole = Some(plan),
            Some(whole) => whole.join(plan),
        }
    }
    let mut plan = whole.ok_or(Error::NoScenario)?;
    let place = |name: &String| model.questions.iter().position(|question| question.name == *name);
    plan.answers.sort_by_key(|answered| place(&answered.question.name));
    Ok(plan)
}

/// Whether all pools have to be simulated together.
fn is_one(model: &Model) -> bool {
    model.pools_meet() || model.uncertain.iter().any(|number| number.place.is_simulated())
}

impl Plan {
    /// The plan of these pools and of others of the same model.
    fn join(&mut self, later: Self) {
        self.pools.extend(later.pools);
        for (scenario, later) in self.scenarios.iter_mut().zip(later.scenarios) {
            scenario.pools.extend(later.pools);
        }
        for (here, there) in self.frontier.iter_mut().zip(later.frontier) {
            here.1.0 += there.1.0;
            if there.2.value >= here.2.value {
                here.2 = there.2;
            }
        }
        self.simulations = self.simulations.max(later.simulations);
        self.answers.extend(later.answers);
    }
}
