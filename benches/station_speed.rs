//! What a queue costs to simulate, in CPU time: beside `benches/peers/station.py` (SimPy) and `benches/peers/simcore`.
//!
//! M/M/8 at 90 %, a million customers, first come, first served, from empty; printed: `work TAB cpu_seconds TAB note`, the least of
//! several rounds, draws included. The note holds the mean wait: exactly 0.8769 in steady state.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use plimsoll::simulate::station::{Arrivals, Keep, Law, Length, Run, Start, Station, Waits};
use plimsoll::stream::{Seed, Stream};

use clock::{cpu, least};

const CUSTOMERS: usize = 1_000_000;
const SERVERS: u32 = 8;
const RATE: f64 = 7.2;
const BLOCK: usize = 1_000;
const ROUNDS: u32 = 9;

fn main() {
    told("M/M/8, the recursion in blocks", blocks);
    told("M/M/8, a station with any laws", general);
}

fn told(work: &str, round: impl Fn() -> f64) {
    let (spent, wait) = least(cpu, ROUNDS, round);
    println!("{work}\t{spent:.5}\tmean wait {wait:.4}");
}

fn stream() -> Stream {
    Stream::root(Seed(1))
}

fn blocks() -> f64 {
    let (mut gaps, mut services) = (stream().named("arrivals").rng(), stream().named("services").rng());
    let mut waits = Waits::<8>::new(SERVERS).expect("eight servers");
    let (mut gap, mut service, mut wait) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
    let mut sum = 0.0;
    for _ in 0..CUSTOMERS / BLOCK {
        gaps.fill_exponential(&mut gap);
        for one in &mut gap {
            *one /= RATE;
        }
        services.fill_exponential(&mut service);
        waits.fill(&gap, &service, &mut wait);
        sum += wait.iter().sum::<f64>();
    }
    sum / CUSTOMERS as f64
}

fn general() -> f64 {
    let arrivals = Arrivals::poisson(RATE).expect("a rate");
    let station = Station::new(SERVERS, Law::exponential(1.0).expect("a mean")).expect("servers");
    let start = Start::Empty { warm_up: 0.0 };
    let length = Length::Customers(CUSTOMERS as u64);
    let run = Run { arrivals: &arrivals, factor: 1.0, station: &station, start: &start, length };
    run.tally(Keep::default(), stream()).wait / CUSTOMERS as f64
}
