//! Rare events, by methods made for them.

use plimsoll::simulate::exact::{KOfN, SingleOverflow, TandemOverflow};
use plimsoll::simulate::rare::{Domain, Effort, Goal, Group, Network, Problem, System, Tail, Units, Warning, estimate};
use plimsoll::stats::{Distribution, Estimate};
use plimsoll::stream::{Seed, Stream};

use super::case::{Case, Check, case, family};

/// Families answered exactly here.
pub const FAMILIES: &[&str] = &["overflow_mm1", "overflow_tandem"];

const YEAR: f64 = 8_760.0;

fn single(case: &Case) -> SingleOverflow {
    SingleOverflow::new(case.number("arrival_rate"), case.number("service_rate"), case.whole("level")).unwrap()
}

fn tandem(case: &Case) -> TandemOverflow {
    let rates = ["arrival_rate", "mu1", "mu2"].map(|name| case.number(name));
    TandemOverflow::new(rates[0], rates[1], rates[2], case.whole("level")).unwrap()
}

#[test]
fn overflow_of_one_queue() {
    for case in family("overflow_mm1").iter().map(case) {
        case.check(|quantity| (quantity == "p_overflow").then(|| vec![single(&case).probability()]));
    }
}

#[test]
fn overflow_of_two_queues_in_a_row() {
    for case in family("overflow_tandem").iter().map(case) {
        case.check(|quantity| (quantity == "p_overflow").then(|| vec![tandem(&case).probability()]));
    }
}

/// A stream of its own for each case.
fn stream(case: &Case) -> Stream {
    Stream::root(Seed(2_026)).named("rare").named(&case.name)
}

const EFFORT: usize = 16_384;

fn effort() -> Effort {
    Effort::fixed(EFFORT as u64)
}

/// The front door, without its exact answers: what it says, and what its second method says.
fn both(case: &Case, quantity: &str, problem: &Problem, into: &mut Vec<Check>) {
    let goal = Goal { half_width: 0.01, budget: EFFORT as u64, crude: 1_000, exact: false };
    let seen = estimate(problem, &goal, stream(case).named(quantity)).unwrap();
    // a hundredth of the value may be more than the budget gives; anything else would be a fault
    let trusted = matches!(seen.warning, None | Some(Warning::Unsure { .. } | Warning::NotChecked));
    assert!(trusted, "{}: {quantity} {seen:?}", case.name);
    into.push(case.simulated(quantity, Estimate { value: seen.value, standard_error: seen.standard_error }));
    // a second method that saw almost nothing has no standard error to speak of; the front door says so
    if let Some(other) = seen.cross_check.filter(|other| other.standard_error < 0.2 * other.value) {
        into.push(case.simulated(quantity, Estimate { value: other.value, standard_error: other.standard_error }));
    }
}

fn groups(into: &mut Vec<Check>) {
    for case in family("kofn_rare").iter().map(case) {
        let group = Group::new(&case.group()).unwrap();
        let steady = group.steady(stream(&case), effort());
        let up = Estimate { value: f64::from(case.whole("units")) - steady.mean_failed.value, ..steady.mean_failed };
        let within = group.horizon(case.number("horizon"), stream(&case), effort());
        into.extend([
            case.simulated("steady_unavailability", steady.unavailability),
            case.simulated("outage_frequency", steady.outage_frequency),
            case.simulated("mean_outage_duration", steady.mean_outage),
            case.simulated("mttf_system", steady.mttf),
            case.simulated("mean_units_up", up),
            case.simulated("unavailability_at_T", within.unavailability),
            case.simulated("interval_unavailability_T", within.interval_unavailability),
            case.simulated("expected_outages_T", within.outages),
            case.simulated("p_outage_by_T", within.p_outage),
        ]);
    }
}

fn codes(into: &mut Vec<Check>) {
    for case in family("erasure_mttdl").iter().map(case) {
        let drives = case.whole("n");
        let crews = if case.parameters["rebuild"] == "serial" { 1 } else { drives };
        let (mttf, mttr) = (case.number("mttf"), case.number("mttr"));
        let code = KOfN { units: drives, needed: case.whole("k"), mttf, mttr, crews, standby: 1.0 };
        let steady = Group::new(&code).unwrap().steady(stream(&case), effort());
        into.push(case.simulated("mttdl", steady.mttf));
        for quantity in case.expected.iter().map(|one| &one.0) {
            let Some(years) = quantity.strip_prefix("p_data_loss_").and_then(|rest| rest.strip_suffix('y')) else { continue };
            let hours = years.parse::<f64>().unwrap() * YEAR;
            both(&case, quantity, &Problem::GroupWithin { group: code, hours }, into);
        }
    }
}

fn zones(into: &mut Vec<Check>) {
    for case in family("zone_rare").iter().map(case) {
        let law = |name: &str| Distribution::Exponential { mean: case.number(name) };
        let zones = case.whole("zones") as usize;
        let domain = Domain { parent: None, between: law("zone_mttf"), outage: law("zone_mttr") };
        let units = (0..zones).map(|zone| Units {
            count: case.whole("servers_per_zone"),
            capacity: 1,
            domain: Some(zone),
            life: law("server_mttf"),
            repair: law("server_mttr"),
        });
        let system = System::new(vec![domain; zones], units.collect(), u64::from(case.whole("needed"))).unwrap();
        let steady = system.conditional(stream(&case), Effort::fixed(4_096));
        into.push(case.simulated("steady_unavailability", steady.unavailability));
        into.push(case.simulated("outage_frequency", steady.outage_frequency));
        into.push(case.simulated("mean_outage_duration", steady.mean_outage));
        // on its own streams, so that no check is another one again
        if let Some(cycles) = system.cycles(stream(&case), effort()) {
            let hours = case.number("horizon");
            let Estimate { value, standard_error } = cycles.outage_frequency;
            let outages = Estimate { value: value * hours, standard_error: standard_error * hours };
            into.push(case.simulated("expected_outages_T", outages));
            into.push(case.simulated("steady_unavailability", cycles.unavailability));
        }
        let exact = system.steady();
        let wanted = case.exact("steady_unavailability");
        assert!((exact / wanted - 1.0).abs() < 1e-11, "{}: {exact} {wanted}", case.name);
    }
}

fn networks(into: &mut Vec<Check>) {
    for case in family("network_reliability").iter().map(case) {
        let q = case.number("q_link");
        let ends = case.parameters["edges"].as_array().unwrap();
        let links = ends.iter().map(|ends| (ends[0].as_u64().unwrap() as usize, ends[1].as_u64().unwrap() as usize, q));
        let links: Vec<_> = links.collect();
        let network = Network::new(&links, case.whole("source") as usize, case.whole("target") as usize);
        both(&case, "unreliability", &Problem::Apart(network.unwrap()), into);
    }
}

fn tails(into: &mut Vec<Check>) {
    for case in family("tail_sums").iter().map(case) {
        let (n, x, mean, k) = (case.whole("n"), case.number("x"), case.number("lam"), case.whole("k"));
        for (quantity, tail) in [
            ("p_sum_exp_gt_x", Tail::Exponentials { n, x }),
            ("p_poisson_ge_k", Tail::Poisson { mean, k }),
            ("p_binomial_ge_k", Tail::Binomial { trials: 200, p: 0.01, k }),
            ("p_normal_gt", Tail::Normal { x: x / f64::from(n) }),
        ] {
            both(&case, quantity, &Problem::Tail(tail), into);
        }
    }
    for case in family("gamblers_ruin").iter().map(case) {
        let tail = Tail::Ruin { up: case.number("p_up"), start: case.whole("start"), upper: case.whole("upper") };
        both(&case, "p_reach_upper", &Problem::Tail(tail), into);
    }
    for case in family("random_walk_hit").iter().map(case) {
        for (quantity, continuous) in [("p_hit_discrete", false), ("p_hit_continuous", true)] {
            let tail = Tail::Walk {
                level: case.number("level"),
                drift: case.number("drift_per_step"),
                sd: case.number("sd_per_step"),
                steps: case.whole("steps"),
                continuous,
            };
            both(&case, quantity, &Problem::Tail(tail), into);
        }
    }
}

pub fn simulated(into: &mut Vec<Check>) {
    groups(into);
    codes(into);
    zones(into);
    networks(into);
    tails(into);
    for case in family("overflow_mm1").iter().map(case) {
        both(&case, "p_overflow", &Problem::Overflow(single(&case)), into);
    }
    for case in family("overflow_tandem").iter().map(case) {
        both(&case, "p_overflow", &Problem::TandemOverflow(tandem(&case)), into);
    }
}

#[test]
fn rare_events_agree_with_their_exact_probabilities() {
    let mut all = Vec::new();
    simulated(&mut all);
    let far: Vec<&str> =
        all.iter().filter(|check| check.z.is_nan() || check.z.abs() > 4.0).map(|check| check.what.as_str()).collect();
    assert!(far.is_empty(), "{}", far.join("\n"));
    let beyond = all.iter().filter(|check| check.z.abs() > 2.0).count();
    assert!(
        all.is_empty() || all.len() > 60 && beyond * 8 < all.len(),
        "{beyond} of {} are beyond two standard errors",
        all.len()
    );
}
