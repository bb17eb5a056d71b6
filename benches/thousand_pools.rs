//! What an estate costs: 10, 100 and (with `--full`) 1,000 pools of twelve hosts over 18 months, 10,000 futures each, failures and
//! orders included. Pools that do not meet are simulated a few at a time, so that memory does not grow with their number; what is
//! kept of each is its risk by month and when it runs out. The whole plan is timed for the first few, or for all (`--plan`).
//! `cargo bench --no-default-features --bench thousand_pools -- [--full] [--no-search | --plan] [POOLS [REPLICATIONS]]`.
//!
//! Printed: `work TAB cpu_seconds TAB wall seconds, microseconds of CPU a pool and future, largest resident set`.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;
mod estate;

use clock::{cpu, wall};
use plimsoll::observe::Silent;
use plimsoll::plan::Ledger;
use plimsoll::simulate;
use plimsoll::stream::{Seed, Stream};

/// Pools whose paths are in memory at once.
const AT_ONCE: usize = 20;
/// Futures in which the first few pools are planned for.
const SEARCHED: u32 = 1_000;
/// Pools × futures that are planned for at once.
const PLANNED: usize = 20_000;

fn main() {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u32> = typed.iter().filter_map(|word| word.parse().ok()).collect();
    let replications = numbers.get(1).copied().unwrap_or(10_000);
    let said = |flag: &str| typed.iter().any(|word| word == flag);
    let sizes = match (numbers.first(), said("--full")) {
        (Some(pools), _) => vec![*pools as usize],
        (None, true) => vec![10, 100, 1_000],
        (None, false) => vec![10, 100],
    };
    if said("--plan") {
        for pools in sizes {
            planned(pools, replications);
        }
        return;
    }
    for pools in &sizes {
        simulated(*pools, replications);
    }
    for pools in sizes.iter().filter(|_| !said("--no-search")) {
        planned((*pools).min(AT_ONCE), replications.min(SEARCHED));
    }
}

/// Paths and outcomes of an estate, batch by batch.
fn simulated(pools: usize, replications: u32) {
    let whole = estate::scenario(pools, replications);
    let stream = Stream::root(Seed(3)).named("world");
    let (mut sampled, mut run) = (Spent::default(), Spent::default());
    let (mut short, mut crossed, mut memory) = (0_u64, 0_u64, Vec::new());
    for batch in whole.model.pools.chunks(AT_ONCE) {
        let scenario = whole.about(batch.to_vec());
        let paths = sampled.on(|| estate::paths_in(memory, batch, replications));
        let seen = run.on(|| simulate::run(&scenario, &paths, stream, &Silent)).expect("a simulation");
        for pool in &seen.pools {
            short += pool.hours_short.iter().filter(|hours| **hours > 0.0).count() as u64;
            crossed += pool.exhaustion.iter().flatten().count() as u64;
        }
        memory = paths.values;
    }
    let each = f64::from(replications) * pools as f64;
    sampled.tell(&format!("{pools} pools, paths"), each);
    run.tell(&format!("{pools} pools, simulate"), each);
    println!(
        "{pools} pools, seen\t{:.6}\tof months short; {:.6} of futures run out",
        short as f64 / (18.0 * each),
        crossed as f64 / each
    );
}

/// The plan of an estate: search for orders, options, frontier, regret, policies, what matters; some pools at a time.
fn planned(pools: usize, replications: u32) {
    let whole = [estate::scenario(pools, replications)];
    let stream = Stream::root(Seed(3)).named("world");
    let (mut ledger, mut spent, mut memory) = (Ledger::new(&whole, stream), Spent::default(), Vec::new());
    let at_once = (PLANNED / replications as usize).clamp(1, AT_ONCE);
    for batch in whole[0].model.pools.chunks(at_once) {
        let scenario = whole[0].about(batch.to_vec());
        let paths = estate::paths_in(memory, batch, replications);
        let seen = [simulate::run(&scenario, &paths, stream, &Silent).expect("a simulation")];
        spent.on(|| ledger.add(&[scenario], &paths, &seen, None, &Silent).map(|_| ())).expect("a plan of some pools");
        memory = paths.values;
    }
    let plan = spent.on(|| ledger.plan()).expect("a plan");
    spent.tell(&format!("{pools} pools, plan"), f64::from(replications) * pools as f64);
    println!("{pools} pools, cost\t{:.2}\t{} simulations", plan.cost().0, plan.simulations);
}

/// Seconds of some work.
#[derive(Default)]
struct Spent {
    cpu: f64,
    wall: f64,
}

impl Spent {
    fn on<T>(&mut self, one: impl FnOnce() -> T) -> T {
        let (before, from) = (cpu(), wall());
        let seen = one();
        self.cpu += cpu() - before;
        self.wall += wall() - from;
        seen
    }

    fn tell(&self, work: &str, each: f64) {
        println!(
            "{work}\t{:.3}\t{:.3} s, {:.2} µs a pool and future, {} MB at most",
            self.cpu,
            self.wall,
            1e6 * self.cpu / each,
            memory()
        );
    }
}

/// The largest resident set so far, in megabytes; 0 where the system does not tell.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1_024
}
