//! What exact answers cost, in CPU time. Printed: a line a work, `work TAB seconds of CPU per answer TAB the answer`; times are the
//! least of several rounds. `benches/peers/exact.py` prints the same lines with SciPy.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use std::hint::black_box;

use plimsoll::simulate::exact::{
    Block, BlockDiagram, CapacityModel, Chain, FaultTree, KOfN, Network, Odds, Outages, ZonedFleet, explore,
};

use clock::{cpu, least};

const ROUNDS: u32 = 7;
const YEAR: f64 = 8_760.0;

fn main() {
    groups();
    fleets();
    structures();
    grid();
}

/// Times `answer`, repeated `times` a round.
fn report(work: &str, times: u32, mut answer: impl FnMut() -> f64) {
    let round = || (0..times).map(|_| black_box(answer())).last();
    let (spent, seen) = least(cpu, ROUNDS, round);
    println!("{work}\t{:.3e}\t{:.12e}", spent / f64::from(times), seen.expect("an answer"));
}

fn groups() {
    let rare = KOfN { units: 24, needed: 20, mttf: 20_000.0, mttr: 6.0, crews: 2, standby: 1.0 };
    report("20 of 24, 2 crews: long run", 10_000, || rare.unavailability());
    report("20 of 24, 2 crews: first outage within a year", 100, || rare.first_outage(YEAR).unwrap().met);
    let large = KOfN { units: 200, needed: 191, mttf: YEAR, mttr: 24.0, crews: 200, standby: 1.0 };
    report("191 of 200: first outage within a year", 100, || large.first_outage(YEAR).unwrap().met);
}

fn fleets() {
    let zones = ZonedFleet { zones: 2, servers: 12, server: (4_380.0, 24.0), zone: (17_520.0, 4.0) };
    report("2 zones of 12: minimum of a year at most 12", 3, || zones.p_minimum_at_most(12, YEAR).unwrap());
    let outages = |per_year: f64, hours| Outages::alternating(per_year / YEAR, hours).unwrap();
    let servers = CapacityModel::Units { count: 17, each: 1, outages: outages(2.0, 24.0) };
    let rack = CapacityModel::Domain { outages: outages(0.5, 6.0), within: vec![servers] };
    let zone = CapacityModel::Domain { outages: outages(0.2, 4.0), within: vec![rack; 4] };
    let fleet = CapacityModel::All(vec![zone; 3]);
    let loads: Vec<f64> =
        (0..24).map(|hour| 130.0 + 30.0 * (f64::from(hour - 14) / 24.0 * std::f64::consts::TAU).cos()).collect();
    report("204 servers in 3 x 4 domains: LOLE, EUE of a day", 100, || {
        fleet.capacity().unwrap().adequacy(black_box(&loads)).lole_hours
    });
}

fn structures() {
    let bridge = Block::paths(&[vec![0, 1], vec![2, 3], vec![0, 4, 3], vec![2, 4, 1]]);
    let odds = [Odds::failing(1e-3).unwrap(); 5];
    report("bridge: diagram and unavailability", 1_000, || {
        BlockDiagram::new(black_box(&bridge), 5).unwrap().odds(&odds).unwrap().fails
    });
    let network = dodecahedron(1e-4);
    report("dodecahedron, 30 links: two-terminal unreliability", 3, || network.connected(0, 17).unwrap().fails);
    let text = "toplevel S; S or PSF MSF BSF IF; PSF and P1 P2; P1 wsp A1 AS; P2 wsp A2 AS; MSF 3of5 M1 M2 M3 M4 M5; \
        BSF and BU1 BU2; IF or HW SW; A1 lambda=1.0e-4 dorm=0; A2 lambda=1.0e-4 dorm=0; AS lambda=1.0e-4 dorm=0; \
        M1 lambda=6.0e-5; M2 lambda=6.0e-5; M3 lambda=6.0e-5; M4 lambda=6.0e-5; M5 lambda=6.0e-5; \
        BU1 lambda=1.0e-6; BU2 lambda=1.0e-6; HW lambda=5.0e-5; SW lambda=6.0e-5;";
    report("dynamic fault tree of 12 parts: mean time", 10, || {
        FaultTree::from_galileo(black_box(text)).unwrap().solve(100_000).unwrap().mttf()
    });
}

fn dodecahedron(fails: f64) -> Network {
    let ring = |from: usize| (0..5).map(move |i| (from + i, from + (i + 1) % 5, 0.0));
    let middle = (0..5).flat_map(|i| [(5 + i, 10 + i), (10 + i, 5 + (i + 1) % 5)]).map(|(a, b)| (a, b, 0.0));
    let spokes = (0..5).flat_map(|i| [(i, 5 + i, 0.0), (10 + i, 15 + i, 0.0)]);
    let links = ring(0).chain(spokes).chain(middle).chain(ring(15));
    Network::new(20, links.map(|(a, b, _)| (a, b, fails))).unwrap()
}

/// Two groups of 30 units with a crew for both, who mends the first group first: 961 states that do not fall apart.
fn grid() {
    let chain = two_groups();
    report("961 states: long run", 3, || chain.steady().unwrap()[960]);
    let all_down: Vec<bool> = (0..961).map(|state| state == 960).collect();
    report("961 states: mean time to all down", 3, || chain.mean_time_to(&all_down)[0]);
    report("961 states: a year from all up", 3, || chain.course(&chain.start(0), YEAR).unwrap().at_end[960]);
}

fn two_groups() -> Chain {
    let next = |state: &(u32, u32)| {
        let (a, b) = *state;
        let mut to = Vec::new();
        if a < 30 {
            to.push(((a + 1, b), f64::from(30 - a) * 0.01));
        }
        if b < 30 {
            to.push(((a, b + 1), f64::from(30 - b) * 0.02));
        }
        match (a, b) {
            (0, 0) => {}
            (0, b) => to.push(((0, b - 1), 1.0)),
            (a, b) => to.push(((a - 1, b), 1.0)),
        }
        to
    };
    let (chain, states) = explore((0, 0), 2_000, next).unwrap();
    // numbered so that all down is the last
    let place = |state: &(u32, u32)| (state.0 * 31 + state.1) as usize;
    let rates: Vec<(usize, usize, f64)> = (0..chain.states())
        .flat_map(|from| chain.rates(from).iter().map(move |(to, rate)| (from, *to, *rate)))
        .map(|(from, to, rate)| (place(&states[from]), place(&states[to]), rate))
        .collect();
    Chain::new(961, rates).unwrap()
}
