//! Policies in closed loop: what they order is known by hand where nothing is uncertain, and nothing of the future is seen.

use std::sync::Arc;

use plimsoll::model::{Model, RiskRule};
use plimsoll::observe::Silent;
use plimsoll::paths::SamplePaths;
use plimsoll::plan::{self, Bought, Planner, Reforecast};
use plimsoll::scenario::Scenario;
use plimsoll::simulate::{self, Outcomes};
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::{Day, Month};

use crate::support::world;

/// The world of the other tests with orders that take 30 days and hosts that do not fail, levels as given.
fn calm(replications: u32, level: impl Fn(u32, usize) -> f64) -> (Scenario, SamplePaths) {
    let (scenario, mut paths) = world(&["a"], replications);
    let mut model: Model = (*scenario.model).clone();
    model.failures.clear();
    model.catalog.get_mut("m8").unwrap().lead_time_days = Distribution::constant(30.0);
    let steps = paths.steps;
    for (i, value) in paths.values.iter_mut().enumerate() {
        *value = level((i / steps) as u32, i % steps);
    }
    (Scenario { model: Arc::new(model), ..scenario }, paths)
}

fn months(scenario: &Scenario) -> Vec<Month> {
    Month::spanning(Day(1), scenario.as_of.plus(scenario.horizon_days as i32))
}

fn bare(scenario: &Scenario, paths: &SamplePaths) -> Outcomes {
    simulate::run(scenario, paths, Stream::root(Seed(3)), &Silent).unwrap()
}

/// Demand stays as it was last seen, and rises by a twentieth a month.
struct Rises;

impl Reforecast for Rises {
    fn again(&self, past: &[Vec<f64>], steps: usize) -> Option<Vec<f64>> {
        let path = past.iter().flat_map(|of| {
            let last = of.last().copied().unwrap_or(0.0);
            (0..steps).map(move |step| last * 1.05_f64.powf(step as f64 / 30.0))
        });
        Some(path.collect())
    }
}

/// Levels that step up by 7 % on the first of each month.
fn stairs(step: usize) -> f64 {
    let months = Month::spanning(Day(1), Day(1 + step as i32)).len() as i32 - 1;
    80.0 * 1.07_f64.powi(months)
}

#[test]
fn where_all_is_certain_every_policy_is_the_optimum_by_hand() {
    let (scenario, paths) = calm(64, |_, step| stairs(step));
    // 8 hosts of 16 cores under 70 %; a unit carries 11.2
    let mut wanted: Vec<Bought> = Vec::new();
    let mut have = 0;
    for (m, month) in months(&scenario).into_iter().enumerate() {
        let need = ((80.0 * 1.07_f64.powi(m as i32) - 8.0 * 11.2) / 11.2).ceil().max(0.0) as u32;
        if need > have {
            let needed = month.first_day().max(Day(31));
            wanted.push(Bought { placed: needed.plus(-30), needed, units: need - have, term: 0, until: None });
            have = need;
        }
    }
    assert!(wanted.len() >= 4, "{wanted:?}");
    let seen = bare(&scenario, &paths);
    let planner = Planner::new(&scenario, &paths, &seen, 16..64).unwrap();
    for r in 0..4 {
        assert_eq!(planner.order_up_to(r, 0.05), vec![wanted.clone()]);
        assert_eq!(planner.rolling(r, 0.05, &Rises), vec![wanted.clone()]);
    }
    // the search finds the same: costs and hours are equal, and the cost is that by hand
    let outcomes = vec![seen];
    let root = Stream::root(Seed(3));
    let plan = plan::recommend_with(std::slice::from_ref(&scenario), &paths, &outcomes, root, Some(&Rises), &Silent).unwrap();
    let month = 365.25 / 12.0;
    let in_force = |one: &Bought| f64::from(240 - one.placed.since(Day(0)) - 30) / month;
    let cost: f64 = wanted.iter().map(|one| f64::from(one.units) * (1_000.0 + 50.0 * in_force(one))).sum();
    assert_eq!(plan.policies.policies.len(), 4);
    for policy in &plan.policies.policies {
        assert!((policy.cost.mean.value - cost).abs() < 1e-6, "{policy:?} {cost}");
        assert_eq!((policy.cost_difference.value, policy.hours_difference.value), (0.0, 0.0), "{policy:?}");
        assert_eq!(policy.hours_short.value, 0.0);
    }
    assert!((plan.policies.spread.mean.value - plan.cost().0).abs() < 1e-6);
}

/// Levels that walk: each day its own step, each future its own steps.
fn walk(r: u32, step: usize) -> f64 {
    let mut rng = Stream::root(Seed(11)).replication(r).rng();
    (0..=step).fold(70.0, |at, _| at + 0.15 + 0.8 * rng.normal())
}

#[test]
fn no_policy_sees_the_future() {
    let (scenario, paths) = calm(200, walk);
    let seen = bare(&scenario, &paths);
    let orders = |paths: &SamplePaths| {
        let planner = Planner::new(&scenario, paths, &seen, 40..200).unwrap();
        (planner.order_up_to(0, 0.05), planner.rolling(0, 0.05, &Rises))
    };
    let before = orders(&paths);
    for review in [91_usize, 182] {
        // from the day of a review on, the future is another
        let mut other = paths.clone();
        other.values[review..240].iter_mut().for_each(|level| *level *= 1.6);
        let after = orders(&other);
        let next = Day(1 + review as i32 + 91);
        let known =
            |orders: &[Vec<Bought>]| -> Vec<Bought> { orders[0].iter().filter(|one| one.placed < next).copied().collect() };
        assert_eq!(known(&before.0), known(&after.0), "{review}");
        assert_eq!(known(&before.1), known(&after.1), "{review}");
    }
    // what has come by the last review does change what is ordered then
    let mut other = paths.clone();
    other.values[91..240].iter_mut().for_each(|level| *level *= 1.6);
    let after = orders(&other);
    assert!(before.0 != after.0 && before.1 != after.1);
}

#[test]
fn ordering_up_to_a_quantile_keeps_its_promise_in_futures_that_it_did_not_learn_from() {
    let (scenario, paths) = calm(1_200, walk);
    let mut model: Model = (*scenario.model).clone();
    model.objective.risk = RiskRule::ShortfallPerMonth(0.1);
    let scenario = Scenario { model: Arc::new(model), ..scenario };
    let outcomes = vec![bare(&scenario, &paths)];
    let plan = plan::recommend(std::slice::from_ref(&scenario), &paths, &outcomes, Stream::root(Seed(3)), &Silent).unwrap();
    let up_to = &plan.policies.policies[1];
    assert_eq!(up_to.name, "order up to p90");
    assert_eq!((up_to.futures, plan.policies.learned), (192, 1_008));
    let error = (0.1 * 0.9 / f64::from(up_to.futures)).sqrt();
    assert!(up_to.worst.value <= 0.1 + 5.0 * error, "{up_to:?}");
    // it buys: without orders the worst month is short far more often
    let none = &plan.pools[0].options.iter().find(|option| option.name == "no further orders").unwrap();
    assert!(none.worst().value > 0.1 + 10.0 * error, "{none:?}");
    // both met the same futures: the mean of the paired differences is the difference of the means, and of both together
    let fixed = &plan.policies.policies[0];
    let apart = up_to.cost.mean.value - fixed.cost.mean.value;
    assert!((up_to.cost_difference.value - apart).abs() <= 1e-9 * fixed.cost.mean.value, "{up_to:?} {fixed:?}");
    // its orders follow the future, those of the schedule do not
    assert!(up_to.cost.p90 > up_to.cost.p10, "{:?}", up_to.cost);
}
