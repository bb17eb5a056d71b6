//! What a rare event costs: CPU seconds on one thread until its 95 % interval is ±10 % and ±1 % of the value.
//!
//! `cargo bench --no-default-features --bench rare_speed`. Printed: a line a measurement, `work TAB cpu_seconds TAB note`; times
//! are the least of three runs. The cases are those of `oracles/`, written out; exact values are in the notes.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use plimsoll::simulate::exact::{KOfN, SingleOverflow, TandemOverflow};
use plimsoll::simulate::rare::{Domain, Effort, Goal, Group, Network, Problem, RareEstimate, System, Tail, Units, estimate};
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};
use rayon::ThreadPoolBuilder;

use clock::{cpu, least};

const YEAR: f64 = 8_760.0;
const RUNS: u32 = 3;
const BUDGET: u64 = 200_000_000;

fn main() {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(|| {
        groups();
        systems();
        rest();
    });
}

fn stream() -> Stream {
    Stream::root(Seed(1))
}

/// The method for the kind of problem by itself, to a goal; then the front door, with crude sampling first and a check after.
fn groups() {
    let group = |units, needed, mttf, mttr, crews| KOfN { units, needed, mttf, mttr, crews, standby: 1.0 };
    let cases = [
        ("kofn 20 of 24, 2 crews", group(24, 20, 20_000.0, 6.0, 2)),
        ("kofn 2 of 5", group(5, 2, 8_760.0, 24.0, 5)),
        ("kofn 2 of 6", group(6, 2, 10_000.0, 12.0, 6)),
        ("kofn 44 of 50", group(50, 44, 20_000.0, 8.0, 50)),
        ("kofn 4 of 6", group(6, 4, 5_000.0, 10.0, 6)),
    ];
    for (name, group) in cases {
        let sampled = Group::new(&group).expect("valid");
        for half_width in [0.1, 0.01] {
            let effort = Effort::half_width(half_width, BUDGET);
            let (seconds, seen) = least(cpu, RUNS, || sampled.steady(stream(), effort).unavailability);
            let exact = group.unavailability();
            println!(
                "{name}, long run, {half_width}\t{seconds:.6}\t{:.4e} ± {:.1e}, exact {exact:.4e}",
                seen.value, seen.standard_error
            );
            let (seconds, seen) = least(cpu, RUNS, || sampled.horizon(YEAR, stream(), effort).p_outage);
            let exact = group.transient(YEAR).expect("a valid group").p_outage;
            println!(
                "{name}, a year, {half_width}\t{seconds:.6}\t{:.4e} ± {:.1e}, exact {exact:.4e}",
                seen.value, seen.standard_error
            );
        }
    }
}

fn zoned(zones: usize, servers: u32, needed: u64, server: (f64, f64), zone: (f64, f64), sigma: Option<f64>) -> System {
    let repair = |mean: f64| match sigma {
        Some(sigma) => Distribution::Lognormal { median: mean * (-sigma * sigma / 2.0).exp(), sigma },
        None => Distribution::Exponential { mean },
    };
    let life = |mean| Distribution::Exponential { mean };
    let domain = Domain { parent: None, between: life(zone.0), outage: repair(zone.1) };
    let units = (0..zones).map(|zone| Units {
        count: servers,
        capacity: 1,
        domain: Some(zone),
        life: life(server.0),
        repair: repair(server.1),
    });
    System::new(vec![domain; zones], units.collect(), needed).expect("valid")
}

fn systems() {
    let cases = [
        ("zones 2x20 need 18", 2, 20, 18, (20_000.0, 8.0), (50_000.0, 3.0)),
        ("zones 3x10 need 10", 3, 10, 10, (8_760.0, 12.0), (43_800.0, 2.0)),
        ("zones 3x8 need 12", 3, 8, 12, (8_760.0, 24.0), (26_280.0, 4.0)),
    ];
    for (name, zones, servers, needed, server, zone) in cases {
        for (law, sigma) in [("exponential", None), ("lognormal", Some(1.0))] {
            let system = zoned(zones, servers, needed, server, zone, sigma);
            let exact = system.steady();
            for half_width in [0.1, 0.01] {
                let effort = Effort::half_width(half_width, BUDGET);
                let (seconds, seen) = least(cpu, RUNS, || system.conditional(stream(), effort).unavailability);
                println!(
                    "{name}, {law}, long run by domains, {half_width}\t{seconds:.6}\t{:.4e} ± {:.1e}, exact {exact:.4e}",
                    seen.value, seen.standard_error
                );
            }
            let effort = Effort::half_width(0.1, BUDGET);
            let (seconds, seen) = least(cpu, RUNS, || system.cycles(stream(), effort).expect("constant rates").unavailability);
            println!(
                "{name}, {law}, long run by cycles, 0.1\t{seconds:.6}\t{:.4e} ± {:.1e}, exact {exact:.4e}",
                seen.value, seen.standard_error
            );
            let (seconds, seen) = least(cpu, RUNS, || system.horizon(YEAR, stream(), effort).expect("constant rates").p_outage);
            println!("{name}, {law}, a year, 0.1\t{seconds:.6}\t{:.4e} ± {:.1e}", seen.value, seen.standard_error);
        }
    }
    // near 1e-9 within a time, lognormal repairs, with its check
    let system = zoned(3, 10, 10, (8_760.0, 12.0), (43_800.0, 2.0), Some(1.0));
    let (seconds, seen) = least(cpu, RUNS, || door(&Problem::SystemWithin { system: system.clone(), hours: 24.0 }, 0.1));
    print("zones 3x10 need 10, lognormal, a day, front door", seconds, &seen);
}

fn door(problem: &Problem, half_width: f64) -> RareEstimate {
    estimate(problem, &Goal { half_width, budget: 4_000_000, exact: false, ..Goal::default() }, stream()).expect("valid")
}

fn print(name: &str, seconds: f64, seen: &RareEstimate) {
    let check =
        seen.cross_check.map_or_else(String::new, |check| format!("; {:?} {:.4e}, z {:.1}", check.method, check.value, check.z));
    println!(
        "{name}\t{seconds:.6}\t{:?} {:.4e} ± {:.1e}{check}; {:?}",
        seen.method, seen.value, seen.standard_error, seen.warning
    );
}

/// Corner to corner of a dodecahedron.
fn dodecahedron(q: f64) -> Network {
    let mut links = Vec::new();
    for i in 0..5 {
        let next = (i + 1) % 5;
        // rings of the top and the bottom, down from both, and the belt of ten between
        links.extend([(i, next), (i, i + 5), (i + 15, next + 15), (i + 10, i + 15)]);
        links.extend([(i + 5, i + 10), (i + 10, next + 5)]);
    }
    let links: Vec<_> = links.into_iter().map(|(a, b)| (a, b, q)).collect();
    Network::new(&links, 0, 17).expect("valid")
}

fn rest() {
    for (q, exact) in [(1e-3, 2.006_018e-9), (1e-4, 2.000_600e-12)] {
        for half_width in [0.1, 0.01] {
            let (seconds, seen) = least(cpu, RUNS, || door(&Problem::Apart(dodecahedron(q)), half_width));
            print(&format!("dodecahedron {q}, {half_width}, exact {exact:e}"), seconds, &seen);
        }
    }
    for (rates, level) in [([0.04, 0.48, 0.48], 10), ([0.2, 0.45, 0.35], 25), ([0.2, 0.35, 0.45], 60)] {
        let queue = TandemOverflow::new(rates[0], rates[1], rates[2], level).expect("valid");
        let (seconds, exact) = least(cpu, RUNS, || queue.probability());
        println!("tandem {rates:?} to {level}, exact\t{seconds:.6}\t{exact:.6e}");
        for half_width in [0.1, 0.01] {
            let (seconds, seen) = least(cpu, RUNS, || door(&Problem::TandemOverflow(queue), half_width));
            print(&format!("tandem {rates:?} to {level}, {half_width}"), seconds, &seen);
        }
    }
    let single = SingleOverflow::new(0.3, 1.0, 18).expect("valid");
    let tail = Tail::Exponentials { n: 10, x: 50.0 };
    for half_width in [0.1, 0.01] {
        let (seconds, seen) = least(cpu, RUNS, || door(&Problem::Overflow(single), half_width));
        print(&format!("single queue to 18, {half_width}, exact {:.4e}", single.probability()), seconds, &seen);
        let (seconds, seen) = least(cpu, RUNS, || door(&Problem::Tail(tail), half_width));
        print(&format!("sum of 10 exponentials above 50, {half_width}, exact 1.2596e-12"), seconds, &seen);
    }
}
