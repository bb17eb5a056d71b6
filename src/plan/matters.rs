//! What matters most: how much each thing that is not known explains of each outcome.

use rayon::prelude::*;
use serde::Serialize;

use super::Error;
use crate::model::{Arrival, Model, Redundancy};
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::simulate::{Input, Kind, Outcomes, Part, PoolOutcomes, inputs, run_redrawn};
use crate::stats::{Conditional, Distribution, Estimate, LEAST_FUTURES, estimate, expected_at, first_order, total_share};
use crate::stream::Stream;
use crate::units::Unit;

/// A number that a future gives for a pool, with the orders as declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured {
    /// Units missing in the last whole month (negative: units left), over failures, arrivals and hours.
    UnitsMissing,
    /// Days until demand crosses, the declared redundancy lost where there is one; the whole horizon where it does not.
    DaysToCrossing,
    /// Hours short over the horizon.
    HoursShort,
}

/// What one outcome of one pool depends on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matter {
    /// The scenario.
    pub scenario: String,
    /// The pool.
    pub pool: String,
    /// The outcome.
    pub measured: Measured,
    /// Its mean over futures.
    pub mean: Estimate,
    /// Its standard deviation over futures.
    pub deviation: f64,
    /// What explains it, by the span of the outcome expected between the input's P10 and P90, widest first.
    pub inputs: Vec<Explains>,
    /// For whole parts of a future, the total share: what is left of the variance when all but this part is known. Only of `base`,
    /// and only where there are two parts or more.
    pub parts: Vec<(Part, Estimate)>,
}

/// What one input explains.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explains {
    /// The input: see [`Input::name`].
    pub input: String,
    /// What it is.
    pub kind: Kind,
    /// The unit of its values; `None`: that of the model file's key.
    #[serde(skip)]
    pub unit: Option<Unit>,
    /// First-order share of the variance.
    pub share: Estimate,
    /// At the input's P10.
    pub low: Conditional,
    /// At the input's P90.
    pub high: Conditional,
}

impl Explains {
    /// By how much the outcome expected differs between the input's P10 and P90.
    #[must_use]
    pub fn span(&self) -> f64 {
        (self.high.outcome.value - self.low.outcome.value).abs()
    }

    /// Whether the share can be told from none: above two standard errors.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.share.value > 2.0 * self.share.standard_error
    }
}

impl Measured {
    /// All, in the order of the report.
    const ALL: [Self; 3] = [Self::UnitsMissing, Self::DaysToCrossing, Self::HoursShort];

    /// Its value in every future.
    fn values(self, pool: &PoolOutcomes, guarded: bool, outcomes: &Outcomes) -> Vec<f64> {
        let months = outcomes.months.len().max(1);
        let crossing = if guarded { &pool.reserve_exhaustion } else { &pool.exhaustion };
        match self {
            Self::UnitsMissing => {
                pool.room_units.iter().skip(months.saturating_sub(2)).step_by(months).map(|room| -f64::from(*room)).collect()
            }
            Self::DaysToCrossing => crossing.iter().map(|day| f64::from(day.unwrap_or(outcomes.days))).collect(),
            Self::HoursShort => {
                pool.hours_short.chunks(months).map(|of| of.iter().map(|hours| f64::from(*hours)).sum()).collect()
            }
        }
    }
}

/// What was drawn anew, and what was seen then.
type Anew = Vec<(Part, Outcomes)>;

/// What each outcome of each pool depends on, by scenario: shares by input from the futures that `outcomes` saw, and for `base` the total
/// shares of whole parts, from a simulation more for each. Nothing for fewer than 200 futures; outcomes that are the same in all
/// futures are left out.
///
/// # Errors
/// Whatever stops a simulation.
pub(super) fn matters(
    scenarios: &[Scenario],
    demand: &SamplePaths,
    outcomes: &[Outcomes],
    whole: &Model,
    world: Stream,
    observer: &dyn Observer,
) -> Result<Vec<Matter>, Error> {
    let mut all = Vec::new();
    for (s, (scenario, seen)) in scenarios.iter().zip(outcomes).enumerate() {
        if (seen.replications as usize) < LEAST_FUTURES {
            continue;
        }
        let inputs = inputs(scenario, demand, world)?;
        let parts = if s == 0 { parts_of(whole) } else { Vec::new() };
        let mut anew = Anew::new();
        for part in parts {
            anew.push((part, run_redrawn(scenario, demand, part, world, observer)?));
        }
        let pools: Vec<usize> = (0..seen.pools.len()).collect();
        let each = pools.par_iter().map(|p| of_pool(scenario, seen, *p, &inputs, &anew));
        all.extend(each.collect::<Vec<_>>().into_iter().flatten());
    }
    Ok(all)
}

/// The parts that a model has, where there are two or more.
fn parts_of(model: &Model) -> Vec<Part> {
    let arrivals = model.pools.iter().flat_map(|pool| &pool.orders).map(|order| &order.arrival);
    let has = [
        (Part::Demand, true),
        (Part::Numbers, model.uncertain.iter().any(|number| number.place.is_simulated())),
        (
            Part::LeadTimes,
            arrivals
                .into_iter()
                .any(|arrival| matches!(arrival, Arrival::LeadTimeDays(law) if !matches!(law, Distribution::Constant { .. }))),
        ),
        (Part::Failures, !model.failures.is_empty() || !model.deploys.is_empty()),
    ];
    let parts: Vec<Part> = has.into_iter().filter(|(_, has)| *has).map(|(part, _)| part).collect();
    if parts.len() > 1 { parts } else { Vec::new() }
}

fn of_pool(scenario: &Scenario, seen: &Outcomes, p: usize, inputs: &[Input], anew: &Anew) -> Vec<Matter> {
    let pool = &seen.pools[p];
    let guarded = scenario.model.pools[p].redundancy != Redundancy::default();
    let mine = |input: &&Input| input.pool.as_ref().is_none_or(|name| *name == pool.pool);
    let of = |measured: Measured| {
        let values = measured.values(pool, guarded, seen);
        if values.iter().all(|value| *value == values[0]) {
            return None;
        }
        let mean = estimate(values.iter().copied());
        let mut explained: Vec<Explains> = inputs.iter().filter(mine).filter_map(|input| explains(input, &values)).collect();
        explained.sort_by(|a, b| b.span().total_cmp(&a.span()));
        let redrawn = |(part, outcomes): &(Part, Outcomes)| {
            let other = measured.values(&outcomes.pools[p], guarded, outcomes);
            total_share(&values, &other).map(|share| (*part, share))
        };
        Some(Matter {
            scenario: scenario.name.clone(),
            pool: pool.pool.clone(),
            measured,
            mean,
            deviation: mean.standard_error * (values.len() as f64).sqrt(),
            inputs: explained,
            parts: anew.iter().filter_map(redrawn).collect(),
        })
    };
    Measured::ALL.into_iter().filter_map(of).collect()
}

fn explains(input: &Input, outcome: &[f64]) -> Option<Explains> {
    Some(Explains {
        input: input.name.clone(),
        kind: input.kind,
        unit: input.unit.clone(),
        share: first_order(&input.values, outcome)?,
        low: expected_at(&input.values, outcome, 0.1)?,
        high: expected_at(&input.values, outcome, 0.9)?,
    })
}
