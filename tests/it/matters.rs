//! What matters most: what goes into a future is what the simulation met, and shares are those that can be worked out by hand.

use std::sync::Arc;

use plimsoll::model::{Arrival, Model, Order, Place, Redundancy, UncertainNumber};
use plimsoll::observe::Silent;
use plimsoll::paths::SamplePaths;
use plimsoll::plan::{Matter, Measured, Plan, recommend};
use plimsoll::scenario::{Override, Scenario};
use plimsoll::simulate::{self, Input, Outcomes, Part, inputs, run_redrawn};
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::Day;

use crate::support::world;

const FUTURES: u32 = 2_000;

fn stream() -> Stream {
    Stream::root(Seed(5))
}

/// Eight hosts of 16 cores that never fail, of which 0.7 may be used; demand stands at `load` all day.
fn steady(load: f64, change: impl FnOnce(&mut Model), overrides: Vec<Override>) -> (Scenario, SamplePaths) {
    let (scenario, mut paths) = world(&["a"], FUTURES);
    let mut model = (*scenario.model).clone();
    model.failures.clear();
    model.objective.confirmation_days = 1;
    model.pools[0].redundancy = Redundancy::default();
    change(&mut model);
    paths.values.fill(load);
    for series in &mut paths.series {
        series.profile.days = vec![[1.0; 24]];
    }
    (Scenario { model: Arc::new(model), overrides, ..scenario }, paths)
}

fn growth(annual: Distribution) -> Override {
    Override::Growth { pool: None, annual }
}

fn launch(name: &str) -> Override {
    Override::Launch {
        name: name.to_owned(),
        pool: Some("a".to_owned()),
        start: Day(20),
        delay_days: Distribution::Uniform { low: 0.0, high: 60.0 },
        size: Distribution::Uniform { low: 0.2, high: 0.6 },
        ramp_days: Distribution::Uniform { low: 1.0, high: 90.0 },
    }
}

fn named<'a>(inputs: &'a [Input], name: &str) -> &'a [f64] {
    &inputs.iter().find(|input| input.name == name).unwrap_or_else(|| panic!("{name} of {inputs:?}")).values
}

fn run(scenario: &Scenario, paths: &SamplePaths) -> Outcomes {
    simulate::run(scenario, paths, stream(), &Silent).unwrap()
}

#[test]
fn inputs_are_the_numbers_that_each_future_met() {
    let load = 80.0;
    let changes = vec![growth(Distribution::Uniform { low: 0.0, high: 0.3 }), launch("shop")];
    let (scenario, paths) = steady(load, |_| (), changes);
    let (seen, told) = (run(&scenario, &paths), inputs(&scenario, &paths, stream()).unwrap());
    let [annual, delay, size, ramp] =
        ["growth", "launch.shop.delay", "launch.shop.size", "launch.shop.ramp"].map(|name| named(&told, name));
    let crosses = |r: usize| {
        // the first day simulated is day 1: the launch on day 20 is 19 days later
        (0..scenario.horizon_days).find(|day| {
            let day = f64::from(*day);
            let launched = 1.0 + size[r] * ((day + 1.0 - 19.0 - delay[r]) / ramp[r]).clamp(0.0, 1.0);
            load * (1.0 + annual[r]).powf(day / 365.25) * launched > 8.0 * 16.0 * 0.7
        })
    };
    let mut crossed = 0;
    for r in 0..FUTURES as usize {
        assert_eq!(seen.pools[0].exhaustion[r], crosses(r), "future {r}");
        crossed += u32::from(crosses(r).is_some());
    }
    assert!(crossed > FUTURES / 2, "{crossed}");
}

/// Hosts of 14 to 18 cores where 16 are needed, until four more come within 200 days.
fn small_hosts_until_more_come() -> (Scenario, SamplePaths) {
    let capacity = UncertainNumber {
        name: "unit.m8.capacity.cpu".to_owned(),
        law: Distribution::Uniform { low: 14.0, high: 18.0 },
        place: Place::Capacity { unit: "m8".to_owned(), resource: "cpu".to_owned() },
    };
    let order = Order {
        name: "one".to_owned(),
        unit: "m8".to_owned(),
        units: 4,
        domain: None,
        ordered: Day(1),
        arrival: Arrival::LeadTimeDays(Distribution::Uniform { low: 0.0, high: 200.0 }),
        committed: true,
        leaves: None,
    };
    let change = |model: &mut Model| {
        model.uncertain.push(capacity);
        model.pools[0].orders.push(order);
    };
    steady(8.0 * 16.0 * 0.7, change, Vec::new())
}

#[test]
fn inputs_drawn_together_and_lead_times_are_those_of_the_future() {
    let (scenario, paths) = small_hosts_until_more_come();
    let (seen, told) = (run(&scenario, &paths), inputs(&scenario, &paths, stream()).unwrap());
    let (each, lead) = (named(&told, "unit.m8.capacity.cpu"), named(&told, "lead time of a"));
    let months = seen.months.len();
    for r in 0..FUTURES as usize {
        let short: f32 = seen.pools[0].hours_short[r * months..(r + 1) * months].iter().sum();
        // hosts of less than 16 cores are too few until four more come; those are enough for 10.7 and more
        let exactly = if each[r] < 16.0 { lead[r] * 24.0 } else { 0.0 };
        assert!((f64::from(short) - exactly).abs() < 1e-2, "future {r}: {short} {exactly}");
    }
    assert!(named(&told, "demand of a, cpu").iter().all(|level| (level / (8.0 * 16.0 * 0.7) - 1.0).abs() < 1e-12));
}

#[test]
fn a_part_drawn_anew_moves_what_depends_on_it_and_nothing_else() {
    let (scenario, paths) = steady(80.0, |_| (), vec![growth(Distribution::Uniform { low: 0.0, high: 0.5 })]);
    let seen = run(&scenario, &paths);
    let anew = |part| run_redrawn(&scenario, &paths, part, stream(), &Silent).unwrap();
    // nothing fails, nothing is ordered, all paths are the same
    for part in [Part::Failures, Part::LeadTimes, Part::Demand] {
        assert_eq!(anew(part), seen, "{part:?}");
    }
    assert_ne!(anew(Part::Numbers), seen);
    // where demand alone differs, a future meets the path of the next one
    let (scenario, mut paths) = world(&["a"], 300);
    let seen = run_redrawn(&scenario, &paths, Part::Demand, stream(), &Silent).unwrap();
    paths.values.rotate_left(240);
    assert_eq!(seen, run(&scenario, &paths));
    // and with failures drawn anew, room with everything up stays
    let (scenario, paths) = world(&["a"], 300);
    let (seen, anew) = (run(&scenario, &paths), run_redrawn(&scenario, &paths, Part::Failures, stream(), &Silent).unwrap());
    assert_eq!(seen.pools[0].room_by_resource, anew.pools[0].room_by_resource);
    assert_ne!(seen.pools[0].hours_short, anew.pools[0].hours_short);
}

fn plan(scenario: &Scenario, paths: &SamplePaths) -> Plan {
    let outcomes = [run(scenario, paths)];
    recommend(std::slice::from_ref(scenario), paths, &outcomes, stream(), &Silent).unwrap()
}

fn matter(plan: &Plan, measured: Measured) -> &Matter {
    plan.matters.iter().find(|matter| matter.measured == measured).unwrap()
}

#[test]
fn hours_short_follow_the_one_number_that_decides_them() {
    // a growth that is the same all year: hours short are a function of it alone, its share is all of the variance
    let changes = vec![growth(Distribution::Uniform { low: 0.0, high: 0.6 }), {
        let none = Distribution::Uniform { low: 0.0, high: 1e-9 };
        Override::Efficiency { name: "idle".to_owned(), pool: None, from: Day(1), gain: none }
    }];
    let (scenario, paths) = steady(80.0, |_| (), changes);
    let plan = plan(&scenario, &paths);
    for measured in [Measured::HoursShort, Measured::DaysToCrossing] {
        let matter = matter(&plan, measured);
        assert_eq!(matter.inputs[0].input, "growth");
        let share = matter.inputs[0].share;
        assert!((share.value - 1.0).abs() < 5.0 * share.standard_error.max(0.002), "{share:?}");
        assert!(!matter.inputs[1].is_seen(), "{:?}", matter.inputs[1]);
        // one part only: nothing to compare it with
        assert!(matter.parts.is_empty());
    }
}

#[test]
fn parts_that_act_alone_or_together_have_the_total_shares_of_the_arithmetic() {
    // hours short = (capacity < 16) × days of lead: U is 0 or 1 with p = 1/2, L uniform on 0..200 days, independent.
    // Var = E[U²]E[L²] - (E U E L)²; total of L: E[U² Var L]; total of U: E[L² Var U]
    let (scenario, paths) = small_hosts_until_more_come();
    let plan = plan(&scenario, &paths);
    let hours = matter(&plan, Measured::HoursShort);
    let (square, mean, variance) = (200.0 * 200.0 / 3.0, 100.0, 200.0 * 200.0 / 12.0);
    let all = 0.5 * square - 0.25 * mean * mean;
    let total = |part: Part| hours.parts.iter().find(|(other, _)| *other == part).unwrap().1;
    for (part, exactly) in [(Part::LeadTimes, 0.5 * variance / all), (Part::Numbers, 0.25 * square / all), (Part::Demand, 0.0)] {
        let seen = total(part);
        assert!((seen.value - exactly).abs() <= 5.0 * seen.standard_error, "{part:?}: {seen:?}, exactly {exactly}");
    }
    // first-order: Var(E[UL | L]) = E[U]² Var L
    let lead = hours.inputs.iter().find(|one| one.input == "lead time of a").unwrap();
    let exactly = 0.25 * variance / all;
    assert!((lead.share.value - exactly).abs() < 5.0 * lead.share.standard_error, "{lead:?} {exactly}");
}

#[test]
fn knowing_the_growth_that_decides_between_two_orders_is_worth_what_it_saves() {
    let change = |model: &mut Model| model.objective.shortfall_price = Some(100.0);
    let (scenario, paths) = steady(80.0, change, vec![growth(Distribution::Uniform { low: 0.0, high: 0.6 })]);
    let plan = plan(&scenario, &paths);
    let worth = &plan.worth[0];
    // nothing fails: growth is all that is not known, but for lead times of what is ordered
    let (name, knowing, sample) = &worth.inputs[0];
    assert_eq!(name, "growth");
    assert!(knowing.value > 5.0 * knowing.standard_error, "{worth:?}");
    assert!(knowing.value <= worth.certainty.value + 1e-9, "{worth:?}");
    assert!(sample.value < knowing.value, "half of the variance is worth less than all of it: {worth:?}");
    // without a price there is no loss to weigh
    let (scenario, paths) = steady(80.0, |_| (), vec![growth(Distribution::Uniform { low: 0.0, high: 0.6 })]);
    assert!(self::plan(&scenario, &paths).worth.is_empty());
}
