//! Block diagrams, networks and capacities against counting all outcomes.

use super::capacity::{Capacity, CapacityModel, Outages};
use super::{Block, BlockDiagram, CommonCause, ErasureCode, Invalid, KOfN, Network, Odds, ProofTested, ZonedFleet};
use crate::stream::{Generator, Seed, Stream};

#[track_caller]
fn close(seen: f64, expected: f64, relative: f64) {
    assert!((seen - expected).abs() <= relative * expected.abs(), "{seen:e} against {expected:e}");
}

fn draws(name: &str, seed: u64) -> Generator {
    Stream::root(Seed(seed)).named(name).rng()
}

fn works(block: &Block, up: &[bool]) -> bool {
    let count = |all: &[Block]| all.iter().filter(|one| works(one, up)).count();
    match block {
        Block::Part(part) => up[*part],
        Block::Series(all) => count(all) == all.len(),
        Block::Parallel(all) => count(all) > 0,
        Block::AtLeast(wanted, all) => count(all) >= *wanted,
    }
}

/// All combinations of `n` parts up or down, with the probability of each.
fn outcomes(fails: &[f64]) -> Vec<(Vec<bool>, f64)> {
    let up = |bits: u32| -> Vec<bool> { (0..fails.len()).map(|part| bits >> part & 1 == 1).collect() };
    let p = |up: &[bool]| up.iter().zip(fails).map(|(up, q)| if *up { 1.0 - q } else { *q }).product();
    (0..1_u32 << fails.len()).map(up).map(|up| (up.clone(), p(&up))).collect()
}

fn random_block(draws: &mut Generator, depth: u32, parts: usize) -> Block {
    if depth == 0 || draws.uniform() < 0.2 {
        return Block::Part((draws.uniform() * parts as f64) as usize);
    }
    let all: Vec<Block> = (0..3).map(|_| random_block(draws, depth - 1, parts)).collect();
    match (draws.uniform() * 3.0) as u32 {
        0 => Block::Series(all),
        1 => Block::Parallel(all),
        _ => Block::AtLeast(2, all),
    }
}

#[test]
fn a_diagram_with_repeated_parts_is_the_sum_over_all_outcomes() {
    let parts = 7;
    for seed in 0..40 {
        let mut draws = draws("block", seed);
        let block = random_block(&mut draws, 3, parts);
        let fails: Vec<f64> = (0..parts).map(|_| draws.uniform() * 0.5).collect();
        let odds: Vec<Odds> = fails.iter().map(|q| Odds::failing(*q).unwrap()).collect();
        let diagram = BlockDiagram::new(&block, parts).unwrap();
        let seen = diagram.odds(&odds).unwrap();
        let all = outcomes(&fails);
        let down: f64 = all.iter().filter(|one| !works(&block, &one.0)).map(|one| one.1).sum();
        assert!((seen.fails - down).abs() < 1e-14 && (seen.works + seen.fails - 1.0).abs() < 1e-14, "{seen:?}, {down}");
        let importance = diagram.birnbaum(&odds).unwrap();
        for (part, seen) in importance.iter().enumerate() {
            let fixed = |up: bool| {
                let all = all.iter().filter(|one| one.0[part] == up && works(&block, &one.0));
                all.map(|one| one.1).sum::<f64>() / if up { odds[part].works } else { odds[part].fails }
            };
            assert!((seen - (fixed(true) - fixed(false))).abs() < 1e-13);
        }
    }
}

#[test]
fn a_rare_failure_of_a_diagram_keeps_its_digits() {
    // two of three at q = 1e-9: 3 q² (1 − q) + q³
    let parts = Block::AtLeast(2, (0..3).map(Block::Part).collect());
    let diagram = BlockDiagram::new(&parts, 3).unwrap();
    let q = 1e-9;
    let odds = diagram.odds(&[Odds::failing(q).unwrap(); 3]).unwrap();
    close(odds.fails, 3.0 * q * q * (1.0 - q) + q * q * q, 1e-15);
}

#[test]
fn the_mean_life_of_k_of_n_is_a_sum_of_harmonic_terms_also_when_rates_are_far_apart() {
    let block = Block::AtLeast(3, (0..6).map(Block::Part).collect());
    let diagram = BlockDiagram::new(&block, 6).unwrap();
    close(diagram.mttf(&[1e-4; 6]).unwrap(), 1e4 * (1.0 / 6.0 + 1.0 / 5.0 + 1.0 / 4.0 + 1.0 / 3.0), 1e-13);
    let pair = BlockDiagram::new(&Block::Parallel(vec![Block::Part(0), Block::Part(1)]), 2).unwrap();
    let (fast, slow) = (10.0, 1e-6);
    close(pair.mttf(&[fast, slow]).unwrap(), 1.0 / fast + 1.0 / slow - 1.0 / (fast + slow), 1e-12);
    assert!(BlockDiagram::new(&Block::Series(vec![]), 0).unwrap().mttf(&[]).unwrap().is_infinite());
}

#[test]
fn a_diagram_of_a_part_that_is_not_there_is_refused() {
    assert_eq!(BlockDiagram::new(&Block::Part(3), 3), Err(Invalid::Missing { what: "part", seen: 3, count: 3 }));
    let one = BlockDiagram::new(&Block::Part(0), 1).unwrap();
    assert!(one.odds(&[]).is_err() && one.mttf(&[0.0]).is_err() && Odds::failing(1.5).is_err());
}

#[test]
fn a_random_network_is_the_sum_over_all_its_links() {
    for seed in 0..40 {
        let mut draws = draws("network", seed);
        let nodes = 6;
        let node = |draws: &mut Generator| (draws.uniform() * nodes as f64) as usize;
        let links: Vec<(usize, usize, f64)> =
            (0..11).map(|_| (node(&mut draws), node(&mut draws), draws.uniform() * 0.6)).collect();
        let fails: Vec<f64> = links.iter().map(|link| link.2).collect();
        let connected = |up: &[bool]| {
            let mut reached = vec![false; nodes];
            reached[0] = true;
            for _ in 0..nodes {
                for ((a, b, _), up) in links.iter().zip(up) {
                    let either = reached[*a] || reached[*b];
                    if *up && either {
                        (reached[*a], reached[*b]) = (true, true);
                    }
                }
            }
            reached[nodes - 1]
        };
        let down: f64 = outcomes(&fails).iter().filter(|one| !connected(&one.0)).map(|one| one.1).sum();
        let seen = Network::new(nodes, links.clone()).unwrap().connected(0, nodes - 1).unwrap();
        close(seen.fails, down, 1e-13);
        assert!((seen.works + seen.fails - 1.0).abs() < 1e-13);
    }
}

#[test]
fn a_network_in_series_and_one_cut_in_two_need_no_enumeration() {
    let path = Network::new(31, (0..30).map(|i| (i, i + 1, 1e-12))).unwrap().connected(0, 30).unwrap();
    // 1 − (1 − q)^30
    close(path.fails, -(30.0 * (-1e-12_f64).ln_1p()).exp_m1(), 1e-13);
    let cut = Network::new(4, [(0, 1, 0.1), (2, 3, 0.1)]).unwrap();
    assert_eq!(cut.connected(0, 3).unwrap(), Odds { works: 0.0, fails: 1.0 });
    assert_eq!(cut.connected(2, 2).unwrap().works, 1.0);
    assert!(cut.connected(0, 4).is_err() && Network::new(2, [(0, 2, 0.1)]).is_err());
}

fn tree() -> CapacityModel {
    let rack = |servers, each| CapacityModel::Domain {
        outages: Outages::overlapping(0.01, 3.0).unwrap(),
        within: vec![CapacityModel::Units { count: servers, each, outages: Outages::alternating(0.02, 10.0).unwrap() }],
    };
    let zone = |racks| CapacityModel::Domain { outages: Outages::alternating(0.005, 4.0).unwrap(), within: racks };
    CapacityModel::All(vec![zone(vec![rack(2, 1), rack(2, 1)]), zone(vec![rack(1, 3)])])
}

/// Parts of [`tree`] in the order zone, rack, servers, …, and the capacity that they give.
fn capacity_of(up: &[bool]) -> usize {
    let is = |part: usize| usize::from(up[part]);
    is(0) * (is(1) * (is(2) + is(3)) + is(4) * (is(5) + is(6))) + is(7) * is(8) * 3 * is(9)
}

#[test]
fn a_capacity_tree_and_its_frequencies_are_sums_over_all_outcomes() {
    let (zone, rack, server) =
        (Outages::alternating(0.005, 4.0), Outages::overlapping(0.01, 3.0), Outages::alternating(0.02, 10.0));
    let parts: Vec<Outages> =
        [&zone, &rack, &server, &server, &rack, &server, &server, &zone, &rack, &server].map(|one| one.clone().unwrap()).to_vec();
    let rates = [0.005, 0.01, 0.02, 0.02, 0.01, 0.02, 0.02, 0.005, 0.01, 0.02];
    let fails: Vec<f64> = parts.iter().map(|one| 1.0 - one.availability()).collect();
    let seen = tree().capacity().unwrap();
    let (mut pmf, mut falls) = (vec![0.0; 8], vec![0.0; 8]);
    for (up, p) in outcomes(&fails) {
        let all = capacity_of(&up);
        pmf[all] += p;
        for part in (0..up.len()).filter(|part| up[*part]) {
            let mut less = up.clone();
            less[part] = false;
            for fall in &mut falls[capacity_of(&less) + 1..=all] {
                *fall += p * rates[part];
            }
        }
    }
    for k in 0..8 {
        close(seen.pmf[k], pmf[k], 1e-12);
        close(seen.falls[k], falls[k], 1e-12);
    }
}

#[test]
fn shortages_begin_when_capacity_falls_or_load_rises() {
    let unit = Outages::alternating(0.01, 10.0).unwrap();
    let capacity: Capacity = CapacityModel::Units { count: 3, each: 1, outages: unit }.capacity().unwrap();
    // a constant load: only falls; 24 hours of it
    close(capacity.shortages(&[2.5; 24]), 24.0 * capacity.falls[3], 1e-14);
    // a load that rises once from 1 to 3: P(1 or 2 up) more
    let rises = capacity.shortages(&[1.0, 3.0]);
    close(rises, capacity.falls[1] + capacity.falls[3] + capacity.pmf[1] + capacity.pmf[2], 1e-14);
    let short = capacity.adequacy(&[1.0, 3.0]);
    close(short.lole_hours, capacity.pmf[0] + capacity.pmf[..3].iter().sum::<f64>(), 1e-14);
    close(short.eue, 4.0 * capacity.pmf[0] + 2.0 * capacity.pmf[1] + capacity.pmf[2], 1e-14);
    close(capacity.adequacy(&[5.5]).eue, 5.5 - 3.0 * unit.availability(), 1e-14);
    assert_eq!((capacity.frequency_below(9.0), capacity.p_below(0.0)), (0.0, 0.0));
    close(capacity.p_below(9.0), 1.0, 1e-14);
}

#[test]
fn too_large_or_impossible_models_are_refused() {
    let units = CapacityModel::Units { count: 2_000_000, each: 1, outages: Outages::NONE };
    assert!(matches!(units.capacity(), Err(Invalid::Number { .. })));
    assert!(Outages::alternating(-1.0, 1.0).is_err() && Outages::overlapping(1.0, f64::INFINITY).is_err());
    let group = KOfN { units: 2, needed: 3, mttf: 1.0, mttr: 1.0, crews: 1, standby: 1.0 };
    assert!(group.transient(1.0).is_err());
    assert!(CommonCause::new(2, 1, 1.0, 1.1).is_err());
    assert!(ErasureCode::new(3, 0, 1.0, 1.0, true).is_err());
    assert!(ProofTested::new(1, 1, 0.0, 1.0).is_err());
    let none = ZonedFleet { zones: 0, servers: 1, server: (1.0, 1.0), zone: (1.0, 1.0) };
    assert!(none.capacity().is_err() && none.p_minimum_at_most(0, 1.0).is_err());
}

#[test]
fn one_zone_that_never_fails_is_a_group_of_its_servers() {
    let fleet = ZonedFleet { zones: 1, servers: 6, server: (500.0, 20.0), zone: (1e300, 1.0) };
    for level in 0..6 {
        let group = KOfN { units: 6, needed: level + 1, mttf: 500.0, mttr: 20.0, crews: 6, standby: 1.0 };
        close(fleet.p_minimum_at_most(level, 1_000.0).unwrap(), group.transient(1_000.0).unwrap().p_outage, 1e-12);
    }
    assert_eq!(fleet.p_minimum_at_most(6, 1.0), Ok(1.0));
}

#[test]
fn tests_and_codes_agree_with_their_closed_forms() {
    // 1 − (1 − e^(−x)) ÷ x for one unit
    let x = 0.3_f64;
    let one = ProofTested::new(1, 1, 0.1, 3.0).unwrap();
    close(one.average_probability_of_failure_on_demand().unwrap(), 1.0 + (-x).exp_m1() / x, 1e-13);
    close(ProofTested::new(5, 3, 0.1, 3.0).unwrap().approximation(), 10.0 * x.powi(3) / 4.0, 1e-15);
    // a mirror: (3λ + μ) ÷ 2λ²
    let mirror = ErasureCode::new(2, 1, 1e6, 10.0, true).unwrap();
    close(mirror.mean_time_to_data_loss(), (3e-6 + 0.1) / 2e-12, 1e-14);
    // a beta of 1: the shock alone
    let shock = CommonCause::new(4, 2, 1e-3, 1.0).unwrap();
    close(shock.mttf_system().unwrap(), 1_000.0, 1e-15);
    close(shock.unreliability(100.0).unwrap(), -(-0.1_f64).exp_m1(), 1e-13);
}
