//! M/M/8 at 90 %, a million customers, by simcore: the peer of `benches/station_speed.rs`.
//!
//! Prints `work TAB cpu_seconds TAB note`, the least of several rounds. `ordered` uses simcore's queue for events that are
//! emitted in the order of their times, as the arrivals here are.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use rand_distr::Exp;
use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext, cast};

const CUSTOMERS: u64 = 1_000_000;
const SERVERS: usize = 8;
const RATE: f64 = 7.2;

#[derive(Clone, Serialize)]
struct Arrival {}

#[derive(Clone, Serialize)]
struct Done {}

struct Station {
    ctx: SimulationContext,
    gap: Exp<f64>,
    service: Exp<f64>,
    ordered: bool,
    came: u64,
    busy: usize,
    queue: VecDeque<f64>,
    waits: f64,
}

impl Station {
    fn next_arrival(&self) {
        let gap = self.ctx.sample_from_distribution(&self.gap);
        if self.ordered {
            self.ctx.emit_ordered_self(Arrival {}, gap);
        } else {
            self.ctx.emit_self(Arrival {}, gap);
        }
    }

    fn serve(&mut self, came: f64) {
        self.waits += self.ctx.time() - came;
        let service = self.ctx.sample_from_distribution(&self.service);
        self.ctx.emit_self(Done {}, service);
    }
}

impl EventHandler for Station {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Arrival {} => {
                self.came += 1;
                let now = self.ctx.time();
                if self.busy < SERVERS {
                    self.busy += 1;
                    self.serve(now);
                } else {
                    self.queue.push_back(now);
                }
                if self.came < CUSTOMERS {
                    self.next_arrival();
                }
            }
            Done {} => {
                match self.queue.pop_front() {
                    Some(came) => self.serve(came),
                    None => self.busy -= 1,
                }
            }
        })
    }
}

fn cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

fn run(ordered: bool) -> f64 {
    let mut sim = Simulation::new(1);
    let ctx = sim.create_context("station");
    let (gap, service) = (Exp::new(RATE).unwrap(), Exp::new(1.0).unwrap());
    let station = Station { ctx, gap, service, ordered, came: 0, busy: 0, queue: VecDeque::new(), waits: 0.0 };
    let station = Rc::new(RefCell::new(station));
    sim.add_handler("station", station.clone());
    station.borrow().next_arrival();
    sim.step_until_no_events();
    let waits = station.borrow().waits;
    waits / CUSTOMERS as f64
}

fn main() {
    for (name, ordered) in [("heap", false), ("ordered arrivals", true)] {
        let (mut least, mut wait) = (f64::INFINITY, 0.0);
        for _ in 0..5 {
            let from = cpu();
            wait = run(ordered);
            least = least.min(cpu() - from);
        }
        println!("M/M/8, simcore 0.1.0, {name}\t{least:.5}\tmean wait {wait:.4}");
    }
}
