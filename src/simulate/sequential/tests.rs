mod laws;
mod planned;
mod presence;
mod repairs;
mod streams;
mod tree;

use super::*;
use crate::stats::Distribution;
use crate::stream::{Address, Seed, Stream};

fn law(distribution: &Distribution) -> Law {
    Law::of(distribution).unwrap()
}

fn exponential(mean: f64) -> Law {
    law(&Distribution::Exponential { mean })
}

fn constant(value: f64) -> Law {
    law(&Distribution::constant(value))
}

fn unit(parent: Option<u32>, name: &str) -> Node {
    Node::unit(parent, 1, Address::of(name))
}

/// Capacity of lane 0 from each hour on that it changes, from all up at hour 0.
fn path(parts: Parts, horizon: f64, replication: u32) -> Vec<(f64, i64)> {
    path_with(parts, Start::AllUp, horizon, replication, &[])
}

fn path_with(parts: Parts, start: Start, horizon: f64, replication: u32, presence: &[Presence]) -> Vec<(f64, i64)> {
    let system = System::new(Parts { lanes: parts.lanes.max(1), ..parts }).unwrap();
    let mut seen: Vec<(f64, i64)> = Vec::new();
    let mut watch = |from: f64, until: f64, state: &State| {
        assert!(until > from);
        if seen.last().is_none_or(|last| last.1 != state.total(0)) {
            seen.push((from, state.total(0)));
        }
        true
    };
    let stream = Stream::root(Seed(3)).replication(replication);
    Engine::new(&system).run(stream, start, horizon, presence, &mut watch);
    seen
}
