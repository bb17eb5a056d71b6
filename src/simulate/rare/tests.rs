use super::fleet::FleetClimb;
use super::group::GroupClimb;
use super::overflow::{SingleClimb, Tandem};
use super::splitting::split;
use super::*;
use crate::simulate::exact::{KOfN, SingleOverflow, TandemOverflow, binomial};
use crate::stats::{Distribution, Estimate};
use crate::stream::{Seed, Stream};

const YEAR: f64 = 8_760.0;

fn stream(seed: u64) -> Stream {
    Stream::root(Seed(seed))
}

fn agrees(what: &str, seen: Estimate, exact: f64) {
    assert!((seen.value - exact).abs() <= 5.0 * seen.standard_error + 1e-12 * exact, "{what}: {seen:?} against {exact}");
    assert!(seen.standard_error < 0.2 * exact, "{what}: {seen:?} tells nothing of {exact}");
}

fn exponential(mean: f64) -> Distribution {
    Distribution::Exponential { mean }
}

/// Lognormal with this mean and σ = 1.
fn lognormal(mean: f64) -> Distribution {
    Distribution::Lognormal { median: mean / 0.5_f64.exp(), sigma: 1.0 }
}

fn alike(count: u32, domain: Option<usize>, life: Distribution, repair: Distribution) -> Units {
    Units { count, capacity: 1, domain, life, repair }
}

/// Zones of servers.
fn zoned(zones: usize, servers: u32, needed: u64, repair: &Distribution, outage: &Distribution) -> System {
    let domain = Domain { parent: None, between: exponential(26_280.0), outage: outage.clone() };
    let units = (0..zones).map(|zone| alike(servers, Some(zone), exponential(YEAR), repair.clone())).collect();
    System::new(vec![domain; zones], units, needed).expect("valid")
}

fn kofn(units: u32, needed: u32, crews: u32, standby: f64, mttr: f64) -> KOfN {
    KOfN { units, needed, mttf: 1_000.0, mttr, crews, standby }
}

#[test]
fn a_group_has_its_exact_measures_whether_rare_or_not() {
    let groups = [kofn(6, 4, 6, 1.0, 100.0), kofn(6, 4, 1, 0.0, 10.0), kofn(4, 4, 2, 1.0, 5.0), kofn(9, 6, 2, 0.5, 2.0)];
    for (seed, group) in groups.iter().enumerate() {
        let sampled = Group::new(group).expect("valid");
        let effort = Effort::fixed(20_000);
        let steady = sampled.steady(stream(seed as u64), effort);
        agrees("unavailability", steady.unavailability, group.unavailability());
        agrees("frequency", steady.outage_frequency, group.outage_frequency());
        agrees("mean outage", steady.mean_outage, group.unavailability() / group.outage_frequency());
        agrees("mtbf", steady.mtbf, 1.0 / group.outage_frequency());
        agrees("mttf", steady.mttf, group.mttf_system());
        agrees("mean failed", steady.mean_failed, f64::from(group.units) - group.mean_up());
        for hours in [20.0, 2_000.0] {
            let (seen, exact) = (sampled.horizon(hours, stream(seed as u64), effort), group.transient(hours).unwrap());
            agrees("P(outage)", seen.p_outage, exact.p_outage);
            agrees("outages", seen.outages, exact.expected_outages);
            agrees("interval unavailability", seen.interval_unavailability, exact.interval_unavailability);
            agrees("unavailability at the end", seen.unavailability, exact.unavailability);
        }
    }
}

#[test]
fn relative_error_of_a_group_stays_bounded_as_repairs_get_faster() {
    for mttr in [1.0, 1e-2, 1e-4] {
        let seen = Group::new(&kofn(8, 5, 8, 1.0, mttr)).expect("valid").horizon(YEAR, stream(1), Effort::fixed(4_096));
        assert!(seen.p_outage.standard_error < 0.02 * seen.p_outage.value, "{mttr}: {seen:?}");
    }
}

#[test]
fn a_system_of_one_kind_is_the_group_by_biasing_and_by_splitting() {
    let units = alike(6, None, exponential(1_000.0), exponential(4.0));
    let system = System::new(Vec::new(), vec![units], 4).expect("valid");
    let exact = kofn(6, 4, 6, 1.0, 4.0).transient(500.0).unwrap();
    let seen = system.horizon(500.0, stream(2), Effort::fixed(20_000)).expect("constant rates");
    agrees("P(outage)", seen.p_outage, exact.p_outage);
    agrees("outages", seen.outages, exact.expected_outages);
    agrees("interval unavailability", seen.interval_unavailability, exact.interval_unavailability);
    let settings = Splitting { paths: 500, repetitions: 40 };
    agrees("by splitting", split(&FleetClimb::new(&system, 500.0), settings, stream(2)).estimate, exact.p_outage);
    let group = Group::new(&kofn(6, 4, 6, 1.0, 4.0)).expect("valid");
    agrees("of states", split(&GroupClimb { group: &group, hours: 500.0 }, settings, stream(2)).estimate, exact.p_outage);
}

#[test]
fn the_long_run_is_that_of_the_means_when_repairs_are_lognormal() {
    // alternating parts are up mean / (mean + mean) of the time whatever their laws
    let system = zoned(2, 10, 8, &lognormal(12.0), &lognormal(3.0));
    let exact = system.steady();
    assert!((1e-10..1e-6).contains(&exact), "{exact}");
    agrees("by cycles", system.cycles(stream(3), Effort::fixed(100_000)).expect("constant rates").unavailability, exact);
    let conditional = system.conditional(stream(3), Effort::fixed(4_096));
    agrees("by domains", conditional.unavailability, exact);
    let cycles = system.cycles(stream(4), Effort::fixed(100_000)).expect("constant rates");
    let apart = (cycles.outage_frequency.value - conditional.outage_frequency.value)
        / cycles.outage_frequency.standard_error.hypot(conditional.outage_frequency.standard_error);
    assert!(apart.abs() < 5.0, "{cycles:?} {conditional:?}");
}

#[test]
fn domains_within_domains_and_units_of_several_capacities_are_summed_exactly() {
    // by hand: a zone (up 0.9) with a rack (up 0.8) of one unit of 3 (up 0.7) and, beside the rack, one unit of 2 (up 0.6)
    let law = |up: f64| (exponential(up), exponential(1.0 - up));
    let part = |up: f64, parent| Domain { parent, between: law(up).0, outage: law(up).1 };
    let unit = |capacity, domain, up: f64| Units { count: 1, capacity, domain: Some(domain), life: law(up).0, repair: law(up).1 };
    let system = |needed| {
        System::new(vec![part(0.9, None), part(0.8, Some(0))], vec![unit(3, 1, 0.7), unit(2, 0, 0.6)], needed).expect("valid")
    };
    let (three, two) = (0.8 * 0.7, 0.6);
    for (needed, up) in [(5, three * two), (3, three), (1, three + two - three * two)] {
        assert!((system(needed).steady() - (1.0 - 0.9 * up)).abs() < 1e-14, "{needed}");
        let seen = system(needed).conditional(stream(5), Effort::fixed(20_000));
        agrees("by domains", seen.unavailability, 1.0 - 0.9 * up);
        // of the parts that the need hangs on, one that is up p of the time fails 1/p times an hour up
        let often = match needed {
            5 => 0.9 * three * two * (1.0 / 0.9 + 1.0 / 0.8 + 1.0 / 0.7 + 1.0 / 0.6),
            3 => 0.9 * three * (1.0 / 0.9 + 1.0 / 0.8 + 1.0 / 0.7),
            _ => up + 0.9 * (three * (1.0 - two) * (1.0 / 0.8 + 1.0 / 0.7) + two * (1.0 - three) / 0.6),
        };
        agrees("frequency by domains", seen.outage_frequency, often);
    }
}

#[test]
fn wearing_units_that_are_not_repaired_in_time_are_binomial() {
    let life = Distribution::Weibull { shape: 2.0, scale: 100_000.0 };
    let units = alike(20, None, life.clone(), Distribution::Constant { value: 1e9 });
    let system = System::new(Vec::new(), vec![units], 16).expect("valid");
    let exact: f64 = binomial(20, 1.0 - life.cdf(YEAR))[..16].iter().sum();
    assert!(exact < 1e-5, "{exact}");
    let goal = Goal { half_width: 0.15, ..Goal::default() };
    let seen = estimate(&Problem::SystemWithin { system, hours: YEAR }, &goal, stream(7)).expect("valid");
    assert_eq!(seen.method, Method::Splitting);
    agrees("splitting", Estimate { value: seen.value, standard_error: seen.standard_error }, exact);
    // constant rates are needed for the other method: this one stands alone, and says so
    assert_eq!((seen.cross_check, seen.warning), (None, Some(Warning::NotChecked)));
}

#[test]
fn capacity_of_zones_with_lognormal_repairs_within_a_year_is_told_to_a_tenth_and_checked() {
    let system = zoned(2, 10, 9, &lognormal(12.0), &lognormal(3.0));
    let goal = Goal { half_width: 0.2, budget: 1_000_000, ..Goal::default() };
    let seen = estimate(&Problem::SystemWithin { system, hours: 100.0 }, &goal, stream(8)).expect("valid");
    assert_eq!(seen.method, Method::FailureBiasing);
    assert!(seen.relative_error <= 0.2 / 1.95 && seen.value < 1e-3, "{seen:?}");
    let check = seen.cross_check.expect("splitting");
    assert!(check.method == Method::Splitting && check.z.abs() < 4.0, "{seen:?}");
    assert!(seen.warning.is_none(), "{seen:?}");
}

#[test]
fn relative_error_of_a_tandem_stays_bounded_as_its_level_rises_equal_rates_included() {
    for (l, a, b) in [(0.04, 0.48, 0.48), (0.1, 0.4, 0.5), (0.1, 0.5, 0.4), (0.05, 0.8, 0.15), (0.2, 0.35, 0.45)] {
        for level in [10, 30, 60] {
            let queue = TandemOverflow::new(l, a, b, level).expect("valid");
            let tally = Tandem::new(&queue, true).sample(stream(u64::from(level)), Effort::fixed(8_192));
            let (seen, exact) = (tally.estimate(0), queue.probability());
            assert!(seen.standard_error < exact / 8_192_f64.sqrt(), "{queue:?} {seen:?} {exact}");
            agrees("tandem", seen, exact);
        }
    }
}

type Sampled<'a> = &'a dyn Fn(Stream) -> Estimate;

#[test]
fn one_estimate_in_twenty_two_is_more_than_two_standard_errors_off() {
    let group = kofn(8, 5, 8, 1.0, 4.0);
    let sampled = Group::new(&group).expect("valid");
    let links = [(0, 1, 1e-3), (0, 2, 1e-2), (1, 2, 1e-2), (1, 3, 1e-3), (2, 3, 1e-2)];
    let network = Network::new(&links, 0, 3).expect("valid");
    let queue = TandemOverflow::new(0.2, 0.35, 0.45, 15).expect("valid");
    let tandem = Tandem::new(&queue, true);
    let zones = zoned(2, 6, 5, &lognormal(12.0), &lognormal(3.0));
    // the bridge by its middle link, as sums
    let either = |a: f64, b: f64| a + b - a * b;
    let apart = 0.99 * either(1e-5, 1e-5) + 0.01 * either(1e-3, 1e-3) * either(1e-2, 1e-2);
    let effort = Effort::fixed(1_024);
    let methods: [(&str, f64, Sampled<'_>); 5] = [
        ("biasing", group.transient(2_000.0).unwrap().p_outage, &|at| sampled.horizon(2_000.0, at, effort).p_outage),
        ("cuts", apart, &|at| network.by_cuts(at, effort).estimate(0)),
        ("tilting", queue.probability(), &|at| tandem.sample(at, effort).estimate(0)),
        ("conditional", zones.steady(), &|at| zones.conditional(at, effort).unavailability),
        ("splitting", queue.probability(), &|at| split(&tandem, Splitting { paths: 100, repetitions: 50 }, at).estimate),
    ];
    let seeds = 200;
    for (name, exact, method) in methods {
        let beyond = |seed: &u64| {
            let seen = method(stream(1_000 + seed));
            (seen.value - exact).abs() > 2.0 * seen.standard_error
        };
        let share = (0..seeds).filter(beyond).count() as f64 / seeds as f64;
        // 4.55 %, five standard errors of a share of 200 above it: 7.4 % more; none at all would have probability 1e-4
        assert!(share > 0.0 && share < 0.12, "{name}: {share}");
    }
}

#[test]
fn splitting_is_unbiased_with_few_paths() {
    let queue = SingleOverflow::new(0.5, 1.0, 8).expect("valid");
    let seen = split(&SingleClimb(queue), Splitting { paths: 8, repetitions: 20_000 }, stream(9)).estimate;
    agrees("8 paths a level", seen, queue.probability());
    let tandem = TandemOverflow::new(0.2, 0.35, 0.45, 10).expect("valid");
    let seen = split(&Tandem::new(&tandem, true), Splitting { paths: 300, repetitions: 60 }, stream(9)).estimate;
    agrees("tandem", seen, tandem.probability());
}

#[test]
fn the_front_door_takes_the_exact_answer_then_crude_sampling_then_a_method_for_rare_events() {
    let group = |needed| Problem::GroupWithin { group: kofn(5, needed, 5, 1.0, 24.0), hours: YEAR };
    let asked = |problem: &Problem, exact| estimate(problem, &Goal { exact, ..Goal::default() }, stream(10)).expect("valid");
    let exact = asked(&group(2), true);
    assert_eq!((exact.method, exact.standard_error, exact.warning), (Method::Exact, 0.0, None));
    assert_eq!(asked(&group(4), false).method, Method::Crude);
    let rare = asked(&group(1), false);
    assert_eq!(rare.method, Method::FailureBiasing);
    assert!(rare.relative_error <= 0.1 / 1.95 && rare.cross_check.is_some(), "{rare:?}");
    // a system that is a group is answered as one
    let units = alike(5, None, exponential(1_000.0), exponential(24.0));
    let system = System::new(Vec::new(), vec![Units { capacity: 10, ..units }], 11).expect("valid");
    assert_eq!(asked(&Problem::SystemWithin { system, hours: YEAR }, true).value, exact.value);
}

#[test]
fn an_answer_is_the_same_bytes_on_any_number_of_threads() {
    let system = zoned(2, 6, 4, &lognormal(12.0), &lognormal(3.0));
    let goal = Goal { half_width: 0.3, budget: 50_000, crude: 300, exact: false };
    let problems = [Problem::SystemWithin { system: system.clone(), hours: 200.0 }, Problem::SystemSteady(system)];
    for problem in problems {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| estimate(&problem, &goal, stream(11)).expect("valid"))
        };
        assert_eq!(on(1), on(3));
    }
}

#[test]
fn an_event_that_no_method_sees_is_told_as_a_bound() {
    let units = alike(4, None, Distribution::Constant { value: 1e9 }, Distribution::Constant { value: 1.0 });
    let system = System::new(Vec::new(), vec![units], 2).expect("valid");
    let goal = Goal { crude: 3_000, budget: 10_000, ..Goal::default() };
    let seen = estimate(&Problem::SystemWithin { system, hours: YEAR }, &goal, stream(12)).expect("valid");
    assert_eq!(seen.warning, Some(Warning::NothingSeen { replications: 3_000 }));
    // (1 - bound)^3000 = 0.05
    assert!(((1.0 - seen.value).powi(3_000) - 0.05).abs() < 1e-9, "{seen:?}");
}

#[test]
fn what_makes_no_problem_is_refused_with_what_was_seen() {
    let goal = Goal::default();
    let asked =
        |problem: &Problem, goal: &Goal| estimate(problem, goal, stream(13)).map(|_| ()).expect_err("refused").to_string();
    let group = Problem::GroupWithin { group: kofn(3, 4, 1, 1.0, 1.0), hours: 1.0 };
    assert_eq!(asked(&group, &goal), "needed is 4, expected from 1 to the units there are");
    let tail = Problem::Tail(Tail::Normal { x: f64::NAN });
    assert_eq!(asked(&tail, &goal), "x is NaN, expected a finite number");
    assert!(asked(&tail, &Goal { half_width: 0.0, ..goal }).starts_with("half_width is 0"));
    assert!(System::new(Vec::new(), vec![alike(3, Some(0), exponential(1.0), exponential(1.0))], 2).is_err());
    let bad = Distribution::Normal { mean: 10.0, sd: 1.0 };
    assert!(System::new(Vec::new(), vec![alike(3, None, bad, exponential(1.0))], 2).is_err());
}
