//! What a choice of units costs: 370 types of four resources in uncertain worlds, beside `benches/peers/capacity_choice.py`.
//!
//! Printed: `work TAB cpu_seconds TAB the first choices`, the least of several rounds on one thread.
//! `cargo bench --no-default-features --bench choice_speed`.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use clock::{cpu, least};
use plimsoll::plan::{Candidate, ChoiceQuestion, Need, choose};
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};

const TYPES: usize = 370;

fn main() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    for worlds in [128, 256, 512, 8_192, 65_536] {
        let asked = question(worlds);
        let (spent, choice) = least(cpu, 5, || one.install(|| choose(&asked, Stream::root(Seed(42)))));
        let choice = choice.expect("a choice");
        let first: Vec<String> = choice
            .ranked
            .iter()
            .take(3)
            .map(|one| {
                let (cost, behind) = (one.cost, one.behind);
                format!(
                    "{} × {}, {:.0} ± {:.0}, behind {:.0} ± {:.0}",
                    one.units, one.name, cost.value, cost.standard_error, behind.value, behind.standard_error
                )
            })
            .collect();
        let ties = choice.ranked.iter().filter(|one| one.tie).count();
        println!("capacity choice, {TYPES} types, {worlds} worlds\t{spent:.5}\t{}; {ties} not told apart", first.join("; "));
    }
}

/// Types in families of cores to memory, of several sizes and generations, priced about in proportion.
fn question(worlds: u32) -> ChoiceQuestion {
    let mut rng = Stream::root(Seed(1)).named("types").rng();
    let candidates = (0..TYPES).map(|i| {
        let cores = [2.0, 4.0, 8.0, 16.0, 32.0, 48.0, 64.0, 96.0][i % 8];
        let memory = cores * [2.0, 4.0, 8.0][i / 8 % 3];
        let speed = 0.8 + 0.5 * rng.uniform();
        let price = (cores * speed * 190.0 + memory * 24.0) * (0.9 + 0.25 * rng.uniform());
        Candidate {
            name: format!("type-{i:03}"),
            capacity: vec![cores * speed, memory, 60.0 * cores, 0.6 + 0.15 * cores],
            price,
            lot: 1,
            most: Some(256),
        }
    });
    let need = |resource: &str, low: f64, middle: f64, high: f64| Need {
        resource: resource.to_owned(),
        demand: Distribution::Quantiles { points: vec![(0.05, low), (0.5, middle), (0.95, high)], low: Some(0.0), high: None },
        line: 0.7,
    };
    ChoiceQuestion {
        needs: vec![
            need("cpu", 300.0, 520.0, 1_100.0),
            need("memory", 900.0, 1_500.0, 3_200.0),
            need("disk", 6_000.0, 10_000.0, 22_000.0),
            need("network", 30.0, 60.0, 150.0),
        ],
        correlations: vec![(0, 3, 0.8), (0, 1, 0.6)],
        candidates: candidates.collect(),
        spare: 1,
        penalty: 40_000_000.0,
        risk: 1.0,
        worlds,
    }
}
