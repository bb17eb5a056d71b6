//! Laws that hold in every world.

use std::sync::Arc;

use plimsoll::model::{FailureMode, Level, LoadLine, RiskRule, Strikes};
use plimsoll::observe::Silent;
use plimsoll::paths::SamplePaths;
use plimsoll::plan;
use plimsoll::scenario::{Override, Scenario};
use plimsoll::simulate::{self, Outcomes};
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};
use proptest::prelude::*;

use crate::support::world;

fn run(scenario: &Scenario, paths: &SamplePaths) -> Outcomes {
    simulate::run(scenario, paths, Stream::root(Seed(3)), &Silent).unwrap()
}

fn changed(scenario: &Scenario, change: impl FnOnce(&mut plimsoll::model::Model)) -> Scenario {
    let mut model = (*scenario.model).clone();
    change(&mut model);
    Scenario { model: Arc::new(model), ..scenario.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn more_units_never_add_a_shortage(more in 1_u32..4, level in 20.0_f64..120.0) {
        let (scenario, mut paths) = world(&["a"], 40);
        paths.values.iter_mut().for_each(|value| *value *= level / 60.0);
        let larger = changed(&scenario, |model| model.pools[0].groups.iter_mut().for_each(|group| group.counts[0].units += more));
        let (before, after) = (run(&scenario, &paths), run(&larger, &paths));
        for (before, after) in before.pools[0].hours_short.iter().zip(&after.pools[0].hours_short) {
            prop_assert!(after <= before);
        }
    }

    #[test]
    fn a_higher_line_never_adds_a_shortage(line in 0.3_f64..0.9, raise in 0.0_f64..0.1) {
        let (scenario, paths) = world(&["a"], 40);
        let at = |ratio| changed(&scenario, |model| model.pools[0].demands[0].line = LoadLine::Utilization(ratio));
        let (low, high) = (run(&at(line), &paths), run(&at(line + raise), &paths));
        for (low, high) in low.pools[0].hours_short.iter().zip(&high.pools[0].hours_short) {
            prop_assert!(high <= low);
        }
    }

    #[test]
    fn growth_never_takes_a_shortage_away(annual in 0.0_f64..1.0) {
        let (scenario, paths) = world(&["a"], 40);
        let growth = Override::Growth { pool: None, annual: Distribution::constant(annual) };
        let grown = Scenario { overrides: vec![growth], ..scenario.clone() };
        let (before, after) = (run(&scenario, &paths), run(&grown, &paths));
        for (before, after) in before.pools[0].unserved[0].iter().zip(&after.pools[0].unserved[0]) {
            prop_assert!(after >= before);
        }
        for (before, after) in before.pools[0].exhaustion.iter().zip(&after.pools[0].exhaustion) {
            prop_assert!(after.unwrap_or(u32::MAX) <= before.unwrap_or(u32::MAX));
        }
    }

    #[test]
    fn losing_the_reserve_never_makes_room(seed in 0_u64..1000) {
        let (scenario, paths) = world(&["a"], 20);
        let seen = simulate::run(&scenario, &paths, Stream::root(Seed(seed)), &Silent).unwrap();
        for (all, reserve) in seen.pools[0].room_by_resource[0].iter().zip(&seen.pools[0].reserve_room_units) {
            prop_assert!(reserve <= all);
        }
    }
}

#[test]
fn a_stricter_rule_is_never_cheaper_and_the_chosen_plan_keeps_it() {
    let (scenario, paths) = world(&["a", "b"], 400);
    let mut last = 0.0;
    for accepted in [0.2, 0.05, 0.02] {
        let asked = changed(&scenario, |model| model.objective.risk = RiskRule::ShortfallPerMonth(accepted));
        let root = Stream::root(Seed(3));
        let outcomes = vec![run(&asked, &paths)];
        let plan = plan::recommend(std::slice::from_ref(&asked), &paths, &outcomes, root, &Silent).unwrap();
        for pool in &plan.pools {
            let chosen = &pool.options[pool.chosen];
            if chosen.meets {
                assert!(chosen.risk[pool.first_month..].iter().all(|month| month.value <= accepted), "{accepted}: {chosen:?}");
            }
        }
        assert!(plan.cost().0 >= last, "risk {accepted} costs {}, a looser one {last}", plan.cost().0);
        last = plan.cost().0;
    }
    assert!(last > 0.0, "nothing had to be bought: the law was not tried");
}

/// The small world over so many days, with demand that grows by so much a year more.
fn grown(days: u32, annual: f64, futures: u32) -> (Scenario, SamplePaths) {
    let (scenario, mut paths) = world(&["a"], futures);
    paths.step_days = days.div_ceil(paths.steps as u32);
    let step = f64::from(paths.step_days) / 365.25;
    let row = paths.values.chunks_mut(paths.steps);
    row.for_each(|row| row.iter_mut().enumerate().for_each(|(at, level)| *level *= (1.0 + annual).powf(at as f64 * step)));
    (Scenario { horizon_days: days, ..scenario }, paths)
}

fn planned(scenario: &Scenario, paths: &SamplePaths) -> plan::Plan {
    let outcomes = vec![run(scenario, paths)];
    plan::recommend(std::slice::from_ref(scenario), paths, &outcomes, Stream::root(Seed(3)), &Silent).unwrap()
}

#[test]
fn however_many_months_need_an_order_each_gets_it_in_time() {
    let (scenario, paths) = grown(720, 1.0, 400);
    let asked = changed(&scenario, |model| {
        model.objective.risk = RiskRule::ShortfallPerMonth(0.02);
        // placed for the median lead time, every second order comes late: each has to be placed earlier, twice
        model.objective.late_arrival = 0.5;
        model.failures.clear();
    });
    let plan = planned(&asked, &paths);
    let (pool, chosen) = (&plan.pools[0], &plan.pools[0].options[plan.pools[0].chosen]);
    assert!(chosen.orders.len() > 12, "{} orders prove nothing", chosen.orders.len());
    assert!(chosen.meets && chosen.risk[pool.first_month..].iter().all(|month| month.value <= 0.02), "{:?}", chosen.risk);
}

#[test]
fn what_takes_all_units_at_once_is_not_ordered_against() {
    let (scenario, paths) = grown(240, 0.0, 400);
    let with = |outages: bool| {
        let asked = changed(&scenario, |model| {
            model.pools[0].groups.truncate(1);
            model.pools[0].groups[0].counts[0].units = 8;
            model.failures.truncate(1);
            if outages {
                let dark = FailureMode {
                    name: "dark".to_owned(),
                    strikes: Strikes::Every(Level::Zone),
                    time_to_failure_hours: Distribution::Exponential { mean: 2_000.0 },
                    ..model.failures[0].clone()
                };
                model.failures.push(dark);
            }
        });
        let plan = planned(&asked, &paths);
        plan.pools[0].options.iter().find(|option| option.name == "recommended").map_or(0, plan::PlanOption::units)
    };
    let (quiet, dark) = (with(false), with(true));
    assert!(quiet > 0, "nothing is ordered: this proves nothing");
    // needs are counted with all zones up or gone: a month in three has an outage, and any number of units goes with it
    assert!(dark <= 3 * quiet.max(8), "{dark} units are ordered against outages that take them too, {quiet} without them");
}
