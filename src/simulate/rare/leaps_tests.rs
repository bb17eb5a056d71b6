//! Zones that take ten hosts at once: height is gained in leaps, and the way that matters is met by few paths.

use super::fleet::FleetClimb;
use super::forcing::by_strikes;
use super::splitting::split;
use super::*;
use crate::simulate::exact::{KOfN, explore};
use crate::stats::{Distribution, Estimate, estimate as mean};
use crate::stream::{Generator, Seed, Stream};

/// Three zones of ten hosts of which ten are needed within a day.
const ZONES: usize = 3;
const HOSTS: u32 = 10;
const NEEDED: u64 = 10;
const DAY: f64 = 24.0;
/// Mean hours between outages of a zone, of its outage, of a host's life and of its repair.
const MEANS: [f64; 4] = [43_800.0, 2.0, 8_760.0, 12.0];

fn stream(seed: u64) -> Stream {
    Stream::root(Seed(seed))
}

fn exponential(mean: f64) -> Distribution {
    Distribution::Exponential { mean }
}

/// Lognormal with this mean and σ = 1.
fn lognormal(mean: f64) -> Distribution {
    Distribution::Lognormal { median: mean / 0.5_f64.exp(), sigma: 1.0 }
}

fn zoned(law: fn(f64) -> Distribution) -> System {
    let [apart, outage, life, repair] = MEANS;
    let domain = Domain { parent: None, between: exponential(apart), outage: law(outage) };
    let units = |zone| Units { count: HOSTS, capacity: 1, domain: Some(zone), life: exponential(life), repair: law(repair) };
    System::new(vec![domain; ZONES], (0..ZONES).map(units).collect(), NEEDED).expect("valid")
}

/// The chain of (out, hosts down) of the zones, in order of size, as they are alike: P(fewer than needed within a day).
fn by_chain() -> f64 {
    let capacity = |zones: &[(bool, u32)]| zones.iter().filter(|zone| !zone.0).map(|zone| u64::from(HOSTS - zone.1)).sum::<u64>();
    let next = |zones: &Vec<(bool, u32)>| {
        if capacity(zones) < NEEDED {
            return Vec::new();
        }
        let [apart, outage, life, repair] = MEANS;
        let mut out = Vec::new();
        for (z, (dark, down)) in zones.iter().copied().enumerate() {
            let mut to = |zone: (bool, u32), rate: f64| {
                let mut after = zones.clone();
                after[z] = zone;
                after.sort_unstable();
                out.push((after, rate));
            };
            to((!dark, down), if dark { 1.0 / outage } else { 1.0 / apart });
            if down < HOSTS {
                to((dark, down + 1), f64::from(HOSTS - down) / life);
            }
            if down > 0 {
                to((dark, down - 1), f64::from(down) / repair);
            }
        }
        out
    };
    let (chain, states) = explore(vec![(false, 0); ZONES], 10_000, next).expect("few states");
    let short: Vec<bool> = states.iter().map(|zones| capacity(zones) < NEEDED).collect();
    chain.first_passage(&chain.start(0), &short, DAY).expect("valid").met
}

/// P(fewer than needed within a day) for any law of repairs: strikes on zones are a Poisson process of which two are forced (with
/// fewer, eleven hosts of twenty would have to fail within the day), the rest is as it is.
fn by_force(law: fn(f64) -> Distribution, n: u32) -> Estimate {
    let [apart, outage, life, repair] = MEANS;
    let (outage, repair) = (law(outage).sampler(), law(repair).sampler());
    let strikes = ZONES as f64 * DAY / apart;
    let forced = -(-strikes).exp_m1() - strikes * (-strikes).exp();
    let one = |rng: &mut Generator| {
        // the number of strikes given that it is two or more
        let (mut count, mut p, mut left) = (2, strikes * strikes / 2.0 * (-strikes).exp(), rng.uniform() * forced);
        while left > p && count < 20 {
            left -= p;
            count += 1;
            p *= strikes / f64::from(count);
        }
        let mut struck: Vec<(f64, usize)> = (0..count).map(|_| (DAY * rng.uniform(), rng.below(ZONES))).collect();
        struck.sort_by(|a, b| a.0.total_cmp(&b.0));
        // (hour, change of hosts up or of the zone's outages, zone, whether of the zone)
        let mut changes: Vec<(f64, i32, usize, bool)> = Vec::new();
        let mut free = [0.0; ZONES];
        for (at, zone) in struck {
            if at >= free[zone] {
                free[zone] = at + outage.draw(rng);
                changes.extend([(at, 1, zone, true), (free[zone], -1, zone, true)]);
            }
        }
        for host in 0..ZONES * HOSTS as usize {
            let mut at = life * rng.exponential();
            while at < DAY {
                let back = at + repair.draw(rng);
                changes.extend([(at, -1, host / HOSTS as usize, false), (back, 1, host / HOSTS as usize, false)]);
                at = back + life * rng.exponential();
            }
        }
        changes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut up, mut out) = ([HOSTS as i32; ZONES], [0; ZONES]);
        for (at, by, zone, whole) in changes {
            if at >= DAY {
                break;
            }
            *(if whole { &mut out[zone] } else { &mut up[zone] }) += by;
            let left: i32 = (0..ZONES).filter(|zone| out[*zone] == 0).map(|zone| up[zone]).sum();
            if i64::from(left) < NEEDED as i64 {
                return 1.0;
            }
        }
        0.0
    };
    let mut rng = stream(77).rng();
    let seen: Vec<f64> = (0..n).map(|_| one(&mut rng)).collect();
    let seen = mean(seen.iter().copied());
    Estimate { value: forced * seen.value, standard_error: forced * seen.standard_error }
}

fn agrees(what: &str, seen: Estimate, exact: f64) {
    assert!((seen.value - exact).abs() <= 5.0 * seen.standard_error, "{what}: {seen:?} against {exact}");
    assert!(seen.standard_error < 0.25 * exact, "{what}: {seen:?} tells nothing of {exact}");
}

/// Both within five standard errors of their difference.
fn agree(what: &str, one: Estimate, other: Estimate) {
    let apart = one.standard_error.hypot(other.standard_error);
    assert!((one.value - other.value).abs() <= 5.0 * apart, "{what}: {one:?} against {other:?}");
    assert!(apart < 0.25 * other.value, "{what}: {one:?} and {other:?} tell nothing");
}

#[test]
fn forced_strikes_and_the_chain_tell_the_same_truth() {
    let exactly = by_chain();
    // the value that the concept page names
    assert!((exactly / 1.288_711_868_6e-9 - 1.0).abs() < 1e-9, "{exactly:e}");
    agrees("forced", by_force(exponential, 200_000), exactly);
}

#[test]
fn failure_biasing_and_splitting_by_strikes_meet_the_way_that_matters() {
    let exactly = by_chain();
    let system = zoned(exponential);
    let biased = system.horizon(DAY, stream(1), Effort::fixed(50_000)).expect("constant rates").p_outage;
    agrees("biasing", biased, exactly);
    let effort = Effort { relative_error: 0.05, budget: 2_000_000 };
    let split = by_strikes(&system, DAY, effort, stream(2)).expect("zones strike without memory");
    agrees("splitting by strikes", split.estimate, exactly);
    assert!(split.effective > 20.0 && split.fewest > 4.0 && split.largest < 0.2, "{}", split.effective);
}

#[test]
fn splitting_on_capacity_alone_says_itself_that_it_rests_on_little() {
    // a zone more takes ten levels at once: of 51 paths that reach a level about one came by it
    let system = zoned(exponential);
    let seen = split(&FleetClimb::new(&system, DAY), Splitting { paths: 64, repetitions: 16 }, stream(2));
    assert!(seen.effective < 10.0, "{seen:?}");
}

#[test]
fn with_lognormal_repairs_the_answer_is_biased_and_checked_by_splitting() {
    let system = zoned(lognormal);
    let goal = Goal { half_width: 0.1, exact: false, ..Goal::default() };
    let seen = estimate(&Problem::SystemWithin { system, hours: DAY }, &goal, stream(3)).expect("valid");
    assert_eq!(seen.method, Method::FailureBiasing);
    let check = seen.cross_check.expect("splitting by strikes is sure enough");
    assert!(check.method == Method::Splitting && check.z.abs() < 4.0, "{seen:?}");
    assert_eq!(seen.warning, None, "{seen:?}");
    let told = Estimate { value: seen.value, standard_error: seen.standard_error };
    agree("biased and forced", told, by_force(lognormal, 200_000));
}

#[test]
fn wearing_hosts_below_zones_are_split_by_strikes_alone() {
    // no failure biasing with lives that age: a zone of two and a need of the other's half; by hand where hosts never fail
    let [apart, outage, ..] = MEANS;
    let domain = Domain { parent: None, between: exponential(apart), outage: exponential(outage) };
    let never = Distribution::Weibull { shape: 3.0, scale: 1e9 };
    let units = |zone| Units { count: 4, capacity: 1, domain: Some(zone), life: never.clone(), repair: exponential(1.0) };
    let system = System::new(vec![domain; 2], (0..2).map(units).collect(), 1).expect("valid");
    let zones = KOfN { units: 2, needed: 1, mttf: apart, mttr: outage, crews: 2, standby: 1.0 };
    let exactly = zones.first_outage(DAY).expect("valid").met;
    let goal = Goal { half_width: 0.2, ..Goal::default() };
    let seen = estimate(&Problem::SystemWithin { system, hours: DAY }, &goal, stream(4)).expect("valid");
    assert_eq!((seen.method, seen.warning), (Method::Splitting, Some(Warning::NotChecked)), "{seen:?}");
    agrees("two zones", Estimate { value: seen.value, standard_error: seen.standard_error }, exactly);
}
