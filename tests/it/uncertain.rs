//! Uncertain numbers of a model and of scenarios, against exact answers.

use std::sync::Arc;

use plimsoll::model::{Arrival, Form, LawOf, Model, Order, Place, RankCorrelation, UncertainNumber};
use plimsoll::observe::Silent;
use plimsoll::scenario::{Override, Scenario};
use plimsoll::simulate::{self, Outcomes, adequacy};
use plimsoll::stats::{Distribution, Family, proportion};
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::Day;

use crate::support::world;

/// Eight hosts of 16 cores in each pool, of which 0.7 may be used, that never fail; demand stands at `load` cores.
fn steady(load: f64, pools: &[&str], change: impl FnOnce(&mut Model), overrides: Vec<Override>) -> Outcomes {
    let (scenario, mut paths) = world(pools, 2_000);
    let mut model = (*scenario.model).clone();
    model.failures.clear();
    change(&mut model);
    paths.values.fill(load);
    for series in &mut paths.series {
        series.profile.days = vec![[1.0; 24]];
    }
    let scenario = Scenario { model: Arc::new(model), overrides, ..scenario };
    let stream = Stream::root(Seed(5));
    let seen = simulate::run(&scenario, &paths, stream, &Silent).unwrap();
    let told = adequacy(&scenario, &paths, &seen, stream).unwrap();
    let varies = scenario.model.uncertain.iter().any(|number| number.place.is_simulated());
    assert_eq!(told[0].counted_because.as_deref().is_some_and(|because| because.contains("uncertain")), varies);
    seen
}

fn number(name: &str, law: Distribution, place: Place) -> UncertainNumber {
    UncertainNumber { name: name.to_owned(), law, place }
}

fn capacity(law: Distribution) -> UncertainNumber {
    number("unit.m8.capacity.cpu", law, Place::Capacity { unit: "m8".to_owned(), resource: "cpu".to_owned() })
}

fn line(law: Distribution) -> UncertainNumber {
    number("pool.a.demand.cpu.line", law, Place::Line { pool: "a".to_owned(), resource: "cpu".to_owned() })
}

fn purchase() -> UncertainNumber {
    let law = Distribution::Uniform { low: 900.0, high: 1_100.0 };
    number("unit.m8.price.purchase", law, Place::Purchase { unit: "m8".to_owned() })
}

/// Replications that are short at some time.
fn short(seen: &Outcomes) -> Vec<bool> {
    seen.pools[0].hours_short.chunks(seen.months.len()).map(|months| months.iter().any(|hours| *hours > 0.0)).collect()
}

fn assert_share(seen: &Outcomes, exactly: f64) {
    let short = short(seen);
    let share = proportion(short.iter().filter(|short| **short).count() as u64, short.len() as u64);
    assert!((share.value - exactly).abs() < 5.0 * share.standard_error, "{share:?} {exactly}");
}

#[test]
fn an_uncertain_capacity_is_short_as_often_as_it_is_too_small() {
    let law = Distribution::quantiles(&[(0.1, 14.0), (0.5, 16.0), (0.9, 17.0)]);
    // short when 8 hosts x 0.7 x capacity < load
    for (load, exactly) in [(8.0 * 0.7 * 14.0, 0.1), (8.0 * 0.7 * 16.0, 0.5), (8.0 * 0.7 * 17.0, 0.9)] {
        assert_share(&steady(load, &["a"], |model| model.uncertain.push(capacity(law.clone())), Vec::new()), exactly);
    }
}

#[test]
fn an_uncertain_line_is_short_as_often_as_it_is_too_low_and_one_pool_s_line_is_not_another_s() {
    let law = Distribution::Uniform { low: 0.6, high: 0.8 };
    let seen = steady(8.0 * 16.0 * 0.65, &["a", "b"], |model| model.uncertain.push(line(law)), Vec::new());
    assert_share(&seen, 0.25);
    assert!(seen.pools[1].hours_short.iter().all(|hours| *hours == 0.0));
}

#[test]
fn numbers_that_go_together_are_short_together() {
    let uniform = |low, high| Distribution::Uniform { low, high };
    // capacity x line below 8 x 16 x 0.7: with rank -1, (12 + 8u)(0.9 - 0.4u) for a uniform u
    let with = |rank: Option<f64>| {
        let change = |model: &mut Model| {
            model.uncertain = vec![capacity(uniform(12.0, 20.0)), line(uniform(0.5, 0.9))];
            let between = [model.uncertain[0].name.clone(), model.uncertain[1].name.clone()];
            model.correlations.extend(rank.map(|rank| RankCorrelation { between, rank }));
        };
        steady(8.0 * 10.0, &["a"], change, Vec::new())
    };
    // (12 + 8u)(0.5 + 0.4u) < 10 from u = 0 to the root of 3.2u² + 8.8u - 4
    let root = (-8.8 + (8.8_f64 * 8.8 + 4.0 * 3.2 * 4.0).sqrt()) / 6.4;
    assert_share(&with(Some(1.0)), root);
    // (12 + 8u)(0.9 - 0.4u) < 10 where 3.2u² - 2.4u - 0.8 > 0: above 1, never
    assert!(short(&with(Some(-1.0))).iter().all(|short| !short));
    // independent: the mean over u of P(line < 10 ÷ (12 + 8u)), by hand ln(20/12) x 10 / 8 / 0.4 - 1.25 within u where it is 0 to 1
    assert_share(&with(None), (20.0_f64 / 12.0).ln() * 10.0 / 8.0 / 0.4 - 0.5 / 0.4);
}

#[test]
fn growth_of_two_pools_goes_together_as_asked() {
    let law = Distribution::quantiles(&[(0.1, 0.05), (0.5, 0.3), (0.9, 0.8)]);
    let overrides = || ["a", "b"].map(|pool| Override::Growth { pool: Some(pool.to_owned()), annual: law.clone() }).to_vec();
    let seen = |rank: Option<f64>| {
        let between = ["growth.a".to_owned(), "growth.b".to_owned()];
        let change = |model: &mut Model| model.correlations.extend(rank.map(|rank| RankCorrelation { between, rank }));
        steady(80.0, &["a", "b"], change, overrides())
    };
    let together = seen(Some(1.0));
    assert_eq!(together.pools[0].exhaustion, together.pools[1].exhaustion);
    // demand 80 stands above 89.6 on the last two of days 0 to 239 when growth is above (89.6/80)^(365.25/238) - 1
    let growth = (89.6_f64 / 80.0).powf(365.25 / 238.0) - 1.0;
    let never = |seen: &Outcomes, pool: usize| seen.pools[pool].exhaustion.iter().filter(|day| day.is_none()).count() as u64;
    let apart = seen(None);
    assert_ne!(apart.pools[0].exhaustion, apart.pools[1].exhaustion);
    for outcomes in [&together, &apart, &seen(Some(-0.7))] {
        for pool in [0, 1] {
            let share = proportion(never(outcomes, pool), 2_000);
            assert!((share.value - law.cdf(growth)).abs() < 5.0 * share.standard_error, "{share:?} {}", law.cdf(growth));
        }
    }
}

#[test]
fn a_price_and_what_another_scenario_correlates_change_no_outcome() {
    let failing = |model: &mut Model| model.uncertain = vec![capacity(Distribution::Normal { mean: 16.0, sd: 1.0 })];
    let bare = steady(88.0, &["a"], failing, Vec::new());
    let priced = steady(
        88.0,
        &["a"],
        |model| {
            failing(model);
            model.uncertain.insert(0, purchase());
            model.correlations.push(RankCorrelation { between: [purchase().name, "growth.nowhere".to_owned()], rank: 0.5 });
        },
        Vec::new(),
    );
    assert_eq!(bare.pools[0].hours_short, priced.pools[0].hours_short);
    assert_eq!(bare.pools[0].room_units, priced.pools[0].room_units);
}

#[test]
fn a_model_takes_the_numbers_of_a_future_in_their_places() {
    let (scenario, _) = world(&["a", "b"], 1);
    let mut model = (*scenario.model).clone();
    let of = |name: &str, place| number(name, Distribution::constant(0.0), place);
    let failure = || "zone".to_owned();
    model.uncertain = vec![
        purchase(),
        of("monthly", Place::Monthly { unit: "m8".to_owned() }),
        capacity(Distribution::constant(0.0)),
        line(Distribution::constant(0.0)),
        of("share", Place::ShareLost { failure: failure() }),
        of("hits", Place::HitsEach { failure: failure() }),
        of("gone", Place::Line { pool: "left out".to_owned(), resource: "cpu".to_owned() }),
    ];
    let future = model.with(&[1.0, 2.0, 3.0, 0.4, 0.5, 0.6, 0.7]);
    let unit = &future.catalog["m8"];
    assert_eq!((unit.price.purchase, unit.price.monthly, unit.capacity["cpu"]), (1.0, 2.0, 3.0));
    assert_eq!(future.pools[0].demands[0].line, plimsoll::model::LoadLine::Utilization(0.4));
    assert_eq!(future.pools[1], model.pools[1]);
    assert_eq!((future.failures[1].share_lost, future.failures[1].hits_each_with), (0.5, Some(0.6)));
    assert_eq!(future.failures[0], model.failures[0]);
}

#[test]
fn numbers_that_cannot_be_drawn_together_are_refused() {
    let (scenario, paths) = world(&["a"], 10);
    let mut model = (*scenario.model).clone();
    model.uncertain = vec![purchase(), purchase()];
    let twins = Scenario { model: Arc::new(model), ..scenario };
    let error = simulate::run(&twins, &paths, Stream::root(Seed(5)), &Silent).unwrap_err();
    assert_eq!(error.slug(), "simulate/uncertain-numbers");
    assert_eq!(error.to_string(), "there are two uncertain numbers named `unit.m8.price.purchase`");
}

/// A law whose number number `index` is uncertain, and the mixture over it.
fn open(of: LawOf, family: Family, numbers: &[f64], index: usize, law: Distribution) -> (UncertainNumber, Distribution) {
    let form = Form { family, numbers: numbers.to_vec() };
    let mixture = form.mixture(&[(index, law.clone())]).unwrap();
    (number("open", law, Place::Parameter { of, form, index }), mixture)
}

#[test]
fn hosts_of_an_uncertain_life_are_short_as_often_as_they_are_of_the_bad_kind() {
    // three in ten futures: a host fails every 100 h; otherwise never. Eight hosts are needed, all the time.
    let mean = Distribution::Discrete { points: vec![(100.0, 0.3), (1e9, 0.7)] };
    let (life, mixture) = open(LawOf::TimeToFailure("host".to_owned()), Family::Exponential, &[7e8], 0, mean);
    let (scenario, mut paths) = world(&["a"], 2_000);
    let mut model = (*scenario.model).clone();
    model.failures.truncate(1);
    model.failures[0].time_to_failure_hours = mixture;
    model.uncertain.push(life);
    paths.values.fill(8.0 * 16.0 * 0.7 - 1.0);
    paths.series[0].profile.days = vec![[1.0; 24]];
    let scenario = Scenario { model: Arc::new(model), ..scenario };
    let seen = simulate::run(&scenario, &paths, Stream::root(Seed(5)), &Silent).unwrap();
    assert_share(&seen, 0.3);
    let told = adequacy(&scenario, &paths, &seen, Stream::root(Seed(5))).unwrap();
    assert_eq!(told[0].counted_because.as_deref(), Some("its failures or arrivals have laws that are uncertain"));
}

#[test]
fn orders_without_a_lead_time_of_their_own_come_after_the_uncertain_one_of_their_unit() {
    let days = Distribution::Uniform { low: 10.0, high: 200.0 };
    let (lead, mixture) = open(LawOf::LeadTime("m8".to_owned()), Family::Constant, &[105.0], 0, days);
    let arrival = Arrival::LeadTimeDays(mixture.clone());
    let own = Arrival::LeadTimeDays(Distribution::constant(5.0));
    let change = |model: &mut Model| {
        model.uncertain.push(lead);
        model.catalog.get_mut("m8").unwrap().lead_time_days = mixture;
        let order = |name: &str, arrival| Order {
            name: name.to_owned(),
            unit: "m8".to_owned(),
            units: 1,
            domain: None,
            ordered: Day(1),
            arrival,
            committed: true,
            leaves: None,
        };
        model.pools[0].orders = vec![order("usual", arrival), order("own", own)];
    };
    // ten hosts are needed: short until both have come
    let seen = steady(10.0 * 16.0 * 0.7, &["a"], change, Vec::new());
    let months = seen.months.len();
    let hours: Vec<f32> = seen.pools[0].hours_short.chunks(months).map(|months| months.iter().sum()).collect();
    assert!(hours.iter().all(|hours| (10.0 * 24.0..200.0 * 24.0).contains(&f64::from(*hours))));
    let mean = plimsoll::stats::estimate(hours.iter().map(|hours| f64::from(*hours)));
    assert!((mean.value - 105.0 * 24.0).abs() < 5.0 * mean.standard_error, "{mean:?}");
}

#[test]
fn two_uncertain_numbers_of_one_law_are_put_in_together() {
    let (scenario, _) = world(&["a"], 1);
    let mut model = (*scenario.model).clone();
    let form = Form { family: Family::Weibull, numbers: vec![1.0, 100.0] };
    let of = || LawOf::Repair("host".to_owned());
    let uniform = |low, high| Distribution::Uniform { low, high };
    let place = |index| Place::Parameter { of: of(), form: form.clone(), index };
    model.uncertain = vec![number("shape", uniform(0.5, 1.5), place(0)), number("scale", uniform(50.0, 150.0), place(1))];
    let one = model.with(&[1.25, 60.0]);
    assert_eq!(one.failures[0].repair_hours, Distribution::Weibull { shape: 1.25, scale: 60.0 });
    assert_eq!(one.failures[1], model.failures[1]);
    // what can be no law at an edge is refused before anything is drawn
    assert!(form.mixture(&[(1, uniform(-1.0, 150.0))]).is_err());
    let mixture = form.mixture(&[(0, uniform(0.5, 1.5)), (1, uniform(50.0, 150.0))]).unwrap();
    assert!(mixture.least() >= 0.0 && mixture.cdf(50.0) > 0.2 && mixture.cdf(50.0) < 0.6);
}

#[test]
fn a_launch_on_one_of_two_dates_crosses_by_a_day_as_often_as_the_earlier_one_is_it() {
    // 80 cores of 89.6 that may be used; half as much again from day 40 (3 of 10) or day 160
    let launch = Override::Launch {
        name: "shop".to_owned(),
        pool: None,
        start: Day(140),
        delay_days: Distribution::Discrete { points: vec![(-100.0, 0.3), (20.0, 0.7)] },
        size: Distribution::constant(0.5),
        ramp_days: Distribution::constant(1.0),
    };
    let seen = steady(80.0, &["a"], |_| (), vec![launch]);
    let days: Vec<u32> = seen.pools[0].exhaustion.iter().map(|day| day.unwrap()).collect();
    let (early, late) = (*days.iter().min().unwrap(), *days.iter().max().unwrap());
    assert_eq!(late - early, 120);
    assert!(days.iter().all(|day| *day == early || *day == late));
    let share = proportion(days.iter().filter(|day| **day == early).count() as u64, days.len() as u64);
    assert!((share.value - 0.3).abs() < 5.0 * share.standard_error, "{share:?}");
}
