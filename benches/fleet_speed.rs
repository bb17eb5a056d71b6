//! What a fleet costs to simulate event by event, in CPU time: beside `benches/peers/fleet.py` (SimPy, numpy).
//!
//! A year of 200 servers in 3 zones of 4 racks: exponential failures, lognormal repairs, shocks of racks and zones that overlap,
//! hourly demand; what is short, by how much, and the lowest capacity. Then the rate of events of the two models, and 10,000
//! years of the 32 units of the IEEE reliability test system. Printed: `work TAB cpu_seconds TAB note`, the least of several
//! rounds, draws included; the line of two threads holds seconds of wall time.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use plimsoll::simulate::sequential::{Adequacy, DailyLoad, Engine, Law, Mode, Node, Parts, Start, State, System};
use plimsoll::stats::{Distribution, estimate};
use plimsoll::stream::{Address, Seed, Stream};
use rayon::prelude::*;

use clock::{cpu, least, wall};

const YEAR: f64 = 8_760.0;
const REPLICATIONS: u32 = 10_000;
const ROUNDS: u32 = 5;

fn main() {
    let system = fleet();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let two = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    told("fleet, 10,000 years of 200 servers", cpu, || one.install(|| noted(&years(&system, REPLICATIONS))));
    told("the same, one thread, wall", wall, || one.install(|| noted(&years(&system, REPLICATIONS))));
    told("the same, two threads, wall", wall, || two.install(|| noted(&years(&system, REPLICATIONS))));
    let lognormal = law(&Distribution::Lognormal { median: 24.0 * (-0.5_f64).exp(), sigma: 1.0 });
    rate("1,000 units, lognormal repairs, by heap", &units(1_000, 24.0, lognormal, false));
    rate("1,000 units, exponential repairs, by heap", &units(1_000, 24.0, exponential(24.0), false));
    rate("1,000 units, exponential repairs, pooled", &units(1_000, 24.0, exponential(24.0), true));
    let system = test_system();
    told("RTS-79, 10,000 years of 32 units", cpu, || one.install(|| noted(&rts_years(&system))));
}

fn told(work: &str, clock: fn() -> f64, round: impl Fn() -> String) {
    let (spent, note) = least(clock, ROUNDS, round);
    println!("{work}\t{spent:.5}\t{note}");
}

fn law(of: &Distribution) -> Law {
    Law::of(of).expect("a law")
}

fn exponential(mean: f64) -> Law {
    law(&Distribution::Exponential { mean })
}

fn lognormal(mean: f64) -> Law {
    law(&Distribution::Lognormal { median: mean * (-0.5_f64).exp(), sigma: 1.0 })
}

/// Servers by rack of each zone: 17, 17, 16.
fn fleet() -> System {
    let mut nodes: Vec<Node> = (0..3).map(|z| Node::domain(None, Address::of("zone").child(z))).collect();
    nodes.extend((0..12).map(|r| Node::domain(Some(r / 4), Address::of("rack").child(u64::from(r)))));
    let per_rack = [17, 17, 16];
    let racks = (0..12_u32).flat_map(|r| std::iter::repeat_n(r, per_rack[r as usize / 4]));
    nodes.extend(racks.enumerate().map(|(s, r)| Node::unit(Some(3 + r), 1, Address::of("server").child(s as u64))));
    let shock = |name: &str, members: std::ops::Range<u32>, a_year: f64, mean| Mode {
        overlapping: true,
        ..Mode::new(Address::of(name), members.collect(), exponential(YEAR / a_year), lognormal(mean))
    };
    let all = nodes.len() as u32;
    let servers = Mode::new(Address::of("server"), (15..all).collect(), exponential(YEAR / 1.2), lognormal(24.0));
    let modes = vec![servers, shock("rack", 3..15, 0.5, 6.0), shock("zone", 0..3, 0.3, 4.0)];
    System::new(Parts { lanes: 1, nodes, modes, ..Parts::default() }).expect("a system")
}

fn years(system: &System, replications: u32) -> Vec<Adequacy> {
    let day = |hour: i32| 150.0 + 35.0 * (2.0 * std::f64::consts::PI * f64::from(hour - 14) / 24.0).cos();
    let load = DailyLoad::new((0..24).map(day).collect()).expect("loads");
    played(system, &load, replications)
}

/// Each replication is a year from the steady state, in blocks of 100 that share an engine.
fn played(system: &System, load: &DailyLoad, replications: u32) -> Vec<Adequacy> {
    let stream = Stream::root(Seed(1));
    let block = |first: u32| {
        let (mut engine, mut load) = (Engine::new(system), load.clone());
        let mut one = |r| {
            load.start();
            engine.run(stream.replication(r), Start::Steady, YEAR, &[], &mut load);
            load.seen
        };
        (first..(first + 100).min(replications)).map(&mut one).collect::<Vec<_>>()
    };
    let firsts: Vec<u32> = (0..replications).step_by(100).collect();
    firsts.into_par_iter().flat_map_iter(block).collect()
}

fn noted(seen: &[Adequacy]) -> String {
    let of = |value: &dyn Fn(&Adequacy) -> f64| estimate(seen.iter().map(value));
    let (hours, unserved) = (of(&|one| one.hours_short), of(&|one| one.unserved));
    let lowest = of(&|one| one.lowest as f64);
    format!(
        "hours short {:.3} ± {:.3}, unserved {:.3} ± {:.3}, lowest {:.3} ± {:.3}",
        hours.value, hours.standard_error, unserved.value, unserved.standard_error, lowest.value, lowest.standard_error
    )
}

fn units(count: u32, repair_mean: f64, repair: Law, pooled: bool) -> System {
    let nodes = (0..count).map(|u| Node::unit(None, 1, Address::of("unit").child(u64::from(u)))).collect();
    let life = exponential(10.0 * repair_mean);
    let mode = Mode { pooled, ..Mode::new(Address::of("fails"), (0..count).collect(), life, repair) };
    System::new(Parts { lanes: 1, nodes, modes: vec![mode], ..Parts::default() }).expect("a system")
}

/// Millions of events (changes of capacity) a second of CPU.
fn rate(work: &str, system: &System) {
    let mut most = 0.0_f64;
    let mut least = f64::INFINITY;
    for round in 0..5 {
        let (mut events, mut area) = (0_u64, 0.0);
        let mut engine = Engine::new(system);
        let mut watch = |from: f64, until: f64, state: &State| {
            events += 1;
            area += (until - from) * state.total(0) as f64;
            true
        };
        let from = cpu();
        engine.run(Stream::root(Seed(round)), Start::Steady, 20.0 * YEAR, &[], &mut watch);
        let spent = cpu() - from;
        std::hint::black_box(area);
        most = most.max(events as f64 / spent / 1e6);
        least = least.min(spent);
    }
    println!("{work}\t{least:.5}\t{most:.1} million events a second");
}

/// Size in MW, number, mean hours to failure and to repair of the units of IEEE RTS-79 (IEEE Reliability Test System Task Force
/// 1979, *IEEE Transactions on Power Apparatus and Systems* PAS-98(6), table 6).
const UNITS: [(i64, u32, f64, f64); 9] = [
    (12, 5, 2_940.0, 60.0),
    (20, 4, 450.0, 50.0),
    (50, 6, 1_980.0, 20.0),
    (76, 4, 1_960.0, 40.0),
    (100, 3, 1_200.0, 50.0),
    (155, 4, 960.0, 40.0),
    (197, 3, 950.0, 50.0),
    (350, 1, 1_150.0, 100.0),
    (400, 2, 1_100.0, 150.0),
];

fn test_system() -> System {
    let (mut nodes, mut modes) = (Vec::new(), Vec::new());
    for (size, count, life, repair) in UNITS {
        let first = nodes.len() as u32;
        let name = Address::of("unit").child(size as u64);
        nodes.extend((0..count).map(|u| Node::unit(None, size, name.child(u64::from(u)))));
        modes.push(Mode::new(name, (first..first + count).collect(), exponential(life), exponential(repair)));
    }
    System::new(Parts { lanes: 1, nodes, modes, ..Parts::default() }).expect("a system")
}

/// A year of days that peak at 60 to 100 % of 2,850 MW and fall to 60 % of that at night: the cost of the published load, whose
/// answer the tests compare.
fn rts_years(system: &System) -> Vec<Adequacy> {
    let hour = |h: u32| {
        let (day, hour) = (f64::from(h / 24), f64::from(h % 24));
        let turn = |x: f64| (2.0 * std::f64::consts::PI * x).cos();
        2_850.0 * (0.8 + 0.2 * turn(day / 364.0)) * (0.8 + 0.2 * turn((hour - 18.0) / 24.0))
    };
    played(system, &DailyLoad::new((0..8_736).map(hour).collect()).expect("loads"), 10_000)
}
