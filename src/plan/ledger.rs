//! A plan of pools that come a few at a time: what is told of each pool is kept, what is told of all is summed future by future.

use std::cell::RefCell;

use super::frontier::{self, Rule};
use super::market::Market;
use super::matters::Matter;
use super::policy::{self, Reforecast};
use super::recommend::{FIXED_PLANS, find};
use super::scenarios::Compared;
use super::search::Desk;
use super::solving::Schedules;
use super::{Error, Plan, PoolPlan, Tranche, Worth, regret};
use crate::observe::{Observer, Silent};
use crate::paths::SamplePaths;
use crate::scenario::{Freezes, Scenario};
use crate::simulate::{Answered, Outcomes};
use crate::stream::Stream;
use crate::time::Month;

/// What was found of some pools.
pub(super) struct Found {
    pub(super) months: Vec<Month>,
    pub(super) pools: Vec<PoolPlan>,
    /// The orders of the chosen options.
    pub(super) taken: Vec<Vec<Tranche>>,
    pub(super) scenarios: Vec<Compared>,
    pub(super) solving: Schedules,
    /// By rule of the grid.
    pub(super) rules: Vec<Option<Rule>>,
    pub(super) simulations: u32,
    pub(super) answers: Vec<Answered>,
    pub(super) regret: regret::Met,
    pub(super) policies: policy::Tried,
    pub(super) matters: Vec<Matter>,
    pub(super) worth: Vec<Worth>,
}

/// What was found of the pools so far.
///
/// Pools that share no crew, no work and no uncertain number may be added a few at a time, where the orders of all keep the limits and
/// budgets that they share: the plan is that of all at once, but for sums that round in another order, and for policies that forecast
/// again, which know the demands of the pools at hand. Memory does not grow with what each pool saw.
pub struct Ledger<'a> {
    whole: &'a [Scenario],
    world: Stream,
    /// How often pools were added.
    times: u32,
    found: Option<Found>,
}

impl<'a> Ledger<'a> {
    /// Of the scenarios, `base` first, with all pools; nothing is known yet.
    #[must_use]
    pub fn new(whole: &'a [Scenario], world: Stream) -> Self {
        Self { whole, world, times: 0, found: None }
    }

    /// Decides for some of the pools, in the order of the model: `scenarios` are about them alone ([`Scenario::about`]), `demand` and
    /// `outcomes` are theirs. What was decided of the last ones is returned.
    ///
    /// # Errors
    /// [`Error::NoScenario`] without any; whatever stops a simulation.
    pub fn add(
        &mut self,
        scenarios: &[Scenario],
        demand: &SamplePaths,
        outcomes: &[Outcomes],
        forecaster: Option<&dyn Reforecast>,
        observer: &dyn Observer,
    ) -> Result<&[PoolPlan], Error> {
        let whole = self.whole.first().ok_or(Error::NoScenario)?;
        let found = find(whole, scenarios, demand, outcomes, self.world, forecaster, observer)?;
        let last = found.pools.len();
        self.times += 1;
        let all = match &mut self.found {
            Some(all) => {
                all.add(found);
                all
            }
            none => none.insert(found),
        };
        Ok(&all.pools[all.pools.len() - last..])
    }

    /// The plan of all pools that were added.
    ///
    /// # Errors
    /// [`Error::NoScenario`] when none was; [`Error::SharedLimit`] when pools were added a few at a time and all orders together break
    /// what bounds them.
    pub fn plan(self) -> Result<Plan, Error> {
        let (Some(base), Some(mut found)) = (self.whole.first(), self.found) else { return Err(Error::NoScenario) };
        if self.times > 1
            && let Some(broken) = broken(base, &found, self.world)
        {
            return Err(Error::SharedLimit(broken));
        }
        let (model, objective) = (&base.model, &base.model.objective);
        let picked = frontier::picked(&found.rules);
        let points: Vec<&Rule> = picked.iter().filter_map(|at| found.rules[*at].as_ref()).collect();
        let frontier = frontier::points(&points);
        let rules = FIXED_PLANS..FIXED_PLANS + found.rules.len();
        let is_asked = |at: usize| !rules.contains(&at) || picked.contains(&(at - FIXED_PLANS));
        let regret = regret::told(found.regret, is_asked, self.whole, self.world);
        let scenario = |name: &String| self.whole.iter().position(|scenario| scenario.name == *name);
        found.matters.sort_by_key(|matter| scenario(&matter.scenario));
        let question = |name: &String| model.questions.iter().position(|question| question.name == *name);
        found.answers.sort_by_key(|answered| question(&answered.question.name));
        let declared = found.scenarios.first().cloned().ok_or(Error::NoScenario)?;
        Ok(Plan {
            accepted: objective.risk.accepted(),
            rule: objective.risk,
            solving: found.solving.told(),
            late_arrival: objective.late_arrival,
            currency: model.currency.clone(),
            today: base.as_of.plus(1),
            end: base.as_of.plus(base.horizon_days as i32),
            months: found.months,
            pools: found.pools,
            scenarios: found.scenarios.into_iter().map(|one| one.told(&declared)).collect(),
            frontier,
            simulations: found.simulations,
            answers: found.answers,
            regret,
            policies: found.policies.told(),
            matters: found.matters,
            worth: found.worth,
            roll_ups: Vec::new(),
            freezes: Freezes::of(&base.overrides),
        })
    }
}

/// The first limit or budget that the orders of all pools break.
fn broken(base: &Scenario, found: &Found, world: Stream) -> Option<String> {
    // what a limit leaves, and what orders draw on it, depends on no path of demand
    let demand = SamplePaths {
        start: base.as_of.plus(1),
        step_days: 1,
        steps: 0,
        paths: 0,
        zone: base.model.zone.clone(),
        series: Vec::new(),
        profile_choice: std::array::from_fn(|_| Vec::new()),
        profile_replay: None,
        values: Vec::new(),
    };
    let (whole, months) = (&base.model, found.months.as_slice());
    let (seen, simulated) = (RefCell::default(), RefCell::default());
    let desk = Desk { base, whole, demand: &demand, world, observer: &Silent, months, seen, simulated };
    Market::of(&desk, |_| true, true).broken(&found.taken)
}

impl Found {
    /// With what was found of other pools.
    fn add(&mut self, other: Self) {
        self.pools.extend(other.pools);
        self.taken.extend(other.taken);
        self.scenarios.iter_mut().zip(other.scenarios).for_each(|(one, other)| one.add(other));
        self.solving.add(other.solving);
        for (rule, other) in self.rules.iter_mut().zip(other.rules) {
            *rule = rule.take().zip(other).map(|(mut rule, other)| {
                rule.add(other);
                rule
            });
        }
        self.simulations = self.simulations.max(other.simulations);
        self.answers.extend(other.answers);
        regret::add(&mut self.regret, other.regret);
        self.policies.add(other.policies);
        self.matters.extend(other.matters);
        self.worth.extend(other.worth);
    }
}
