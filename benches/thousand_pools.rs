//! What an estate costs: 10, 100 and (with `--full`) 1,000 pools of twelve hosts over 18 months, 10,000 futures each, failures and
//! orders included. `cargo bench --no-default-features --bench thousand_pools -- [--full] [POOLS [REPLICATIONS]]`.
//!
//! Printed: `work TAB cpu_seconds TAB wall seconds, microseconds of CPU a pool and future, largest resident set`.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;
mod estate;

use clock::{cpu, wall};
use plimsoll::observe::Silent;
use plimsoll::plan;
use plimsoll::simulate;
use plimsoll::stream::{Seed, Stream};

fn main() {
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u32> = typed.iter().filter_map(|word| word.parse().ok()).collect();
    let replications = numbers.get(1).copied().unwrap_or(10_000);
    let sizes = match (numbers.first(), typed.iter().any(|word| word == "--full")) {
        (Some(pools), _) => vec![*pools as usize],
        (None, true) => vec![10, 100, 1_000],
        (None, false) => vec![10, 100],
    };
    for pools in sizes {
        let scenario = estate::scenario(pools, replications);
        let each = f64::from(replications) * pools as f64;
        let stream = Stream::root(Seed(3)).named("world");
        let paths = told(&format!("{pools} pools, paths"), each, || estate::paths(&scenario.model.pools, replications));
        let seen = told(&format!("{pools} pools, simulate"), each, || simulate::run(&scenario, &paths, stream, &Silent));
        let seen = [seen.expect("a simulation")];
        let plan = told(&format!("{pools} pools, recommend"), each, || {
            plan::recommend(std::slice::from_ref(&scenario), &paths, &seen, stream, &Silent)
        });
        let plan = plan.expect("a plan");
        println!("{pools} pools, cost\t{:.2}\t{} simulations", plan.cost().0, plan.simulations);
    }
}

fn told<T>(work: &str, each: f64, one: impl FnOnce() -> T) -> T {
    let (before, from) = (cpu(), wall());
    let seen = one();
    let (spent, lasted) = (cpu() - before, wall() - from);
    println!("{work}\t{spent:.3}\t{lasted:.3} s, {:.2} µs a pool and future, {} MB at most", 1e6 * spent / each, memory());
    seen
}

/// The largest resident set so far, in megabytes; 0 where the system does not tell.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1_024
}
