use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::arrivals::above_zero;
use super::servers::Servers;
use super::{Arrivals, Law, Stationary};
use crate::stats::Invalid;
use crate::stream::Generator;

/// Alike servers behind one queue, first come, first served.
#[derive(Debug, Clone)]
pub struct Station {
    pub(super) servers: u32,
    pub(super) service: Law,
    pub(super) room: Option<u32>,
    pub(super) patience: Option<Law>,
}

/// What became of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Served.
    Served,
    /// There was no room.
    Refused,
    /// Left the queue before it was served.
    Left,
}

/// One customer's way through a station.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// When it came.
    pub arrival: f64,
    /// When its wait ended: it was served, or it left.
    pub start: f64,
    /// When it was gone.
    pub departure: f64,
    /// What became of it.
    pub fate: Fate,
}

impl Visit {
    /// Time in the queue.
    #[must_use]
    pub fn wait(&self) -> f64 {
        self.start - self.arrival
    }

    /// Time at the station.
    #[must_use]
    pub fn response(&self) -> f64 {
        self.departure - self.arrival
    }
}

impl Station {
    /// Servers with one service law, endless room and patience.
    ///
    /// # Errors
    /// No server, or more than a million.
    pub fn new(servers: u32, service: Law) -> Result<Self, Invalid> {
        if servers == 0 || servers > 1_000_000 {
            return Err(Invalid { parameter: "servers", seen: format!("is {servers}"), expected: "from 1 to 1,000,000" });
        }
        Ok(Self { servers, service, room: None, patience: None })
    }

    /// With room for `room` customers in all, waiting or served; who finds it full is refused. Room for as many as there are
    /// servers is a loss system.
    ///
    /// # Errors
    /// Less room than servers.
    pub fn with_room(self, room: u32) -> Result<Self, Invalid> {
        if room < self.servers {
            return Err(Invalid { parameter: "room", seen: format!("is {room}"), expected: "at least the number of servers" });
        }
        Ok(Self { room: Some(room), ..self })
    }

    /// With customers who leave when their wait outlasts their patience.
    #[must_use]
    pub fn with_patience(self, patience: Law) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// How many servers.
    #[must_use]
    pub fn servers(&self) -> u32 {
        self.servers
    }

    /// The service law.
    #[must_use]
    pub fn service(&self) -> &Law {
        &self.service
    }

    /// Offered load of each server at `rate` customers per unit of time: rate × mean service ÷ servers.
    #[must_use]
    pub fn utilization(&self, rate: f64) -> f64 {
        rate * self.service.mean() / f64::from(self.servers)
    }

    /// How long a station started empty remembers it at `factor` times the rate of the arrivals, in units of time: the relaxation time of reflected Brownian motion with
    /// the drift and variance of its work, 2ρ(c_a² + c_s²) E S / (servers (1-ρ)²), and a service beside it.
    ///
    /// A scale, not a bound: services with tails heavier than exponential are remembered longer than e^-memories says.
    /// For M/M/1 near saturation this is the exact 1/(μ(1-√ρ)²). Whitt (1989), "Planning queueing simulations", *Management
    /// Science* 35(11), §4. `None` when an endless queue has no steady state. With little room or patience the memory is no
    /// longer than that of as much work as can wait.
    #[must_use]
    pub fn memory(&self, arrivals: &Arrivals, factor: f64) -> Option<f64> {
        let load = self.utilization(arrivals.rate() * factor);
        let (service, servers) = (self.service.mean(), f64::from(self.servers));
        let noise = arrivals.scv() + self.service.scv();
        let one = service * (1.0 + self.service.scv());
        let endless = (load < 1.0).then(|| 2.0 * load * noise * service / (servers * (1.0 - load).powi(2)));
        // a room of K: diffusion across it takes (work that fits)² ÷ variance rate
        let room = self.room.map(|room| {
            let work = f64::from(room - self.servers + 1) * service;
            work * work / (load.max(0.1) * servers * service * noise.max(0.1))
        });
        let patience = self.patience.as_ref().map(|patience| patience.mean() * (1.0 + patience.scv()));
        [endless, room, patience].into_iter().flatten().reduce(f64::min).map(|queue| queue + one)
    }
}

/// How a replication begins.
#[derive(Debug, Clone)]
pub enum Start {
    /// Empty, and the first so many units of time are not counted.
    Empty {
        /// How long.
        warm_up: f64,
    },
    /// With so many customers as the stationary law says, who came just now: exact where services and patience are exponential
    /// and arrivals Poisson, so that nothing has to be thrown away.
    Stationary {
        /// The law of their number.
        number: Stationary,
    },
    /// A loss system with so many customers as Erlang's law says, each with what is left of a service that is met under way:
    /// exact for any service law, as the law of the number does not feel it (Sevastyanov (1957), *Theory of Probability and
    /// its Applications* 2(1), 104–112). From empty, constant services would come in waves for a long time.
    StationaryLoss {
        /// The law of their number.
        number: Stationary,
    },
    /// One server with the work that stands before an arrival of M/G/1 in steady state: exact, by the Pollaczek–Khinchine
    /// formula read as a geometric number of services met under way (Asmussen (2003), *Applied Probability and Queues*, VIII.5).
    StationaryWork {
        /// Utilization.
        load: f64,
    },
}

impl Start {
    /// The best start that is known for arrivals at `factor` times their rate: the exact stationary law of a Markov station or of M/G/1, else empty with a warm-up of
    /// `memories` × [`Station::memory`], after which e^-memories of the initial bias is left.
    ///
    /// # Errors
    /// A station without a steady state.
    pub fn steady(station: &Station, arrivals: &Arrivals, factor: f64, memories: f64) -> Result<Self, Invalid> {
        above_zero("memories", memories)?;
        above_zero("factor", factor)?;
        let load = station.utilization(arrivals.rate() * factor);
        let markov = station.service.is_exponential() && station.patience.as_ref().is_none_or(Law::is_exponential);
        if let Arrivals::Poisson { rate } = arrivals {
            let leaving = station.patience.as_ref().map_or(0.0, |patience| 1.0 / patience.mean());
            let number = markov.then(|| {
                Stationary::station(rate * factor, 1.0 / station.service.mean(), station.servers, station.room, leaving)
            });
            if let Some(number) = number.flatten() {
                return Ok(Self::Stationary { number });
            }
            let mut probe = crate::stream::Stream::root(crate::stream::Seed(0)).rng();
            let known = station.service.knows_left(&mut probe);
            if station.room == Some(station.servers) && known {
                // nobody waits, so that patience does not matter
                let number = Stationary::station(rate * factor, 1.0 / station.service.mean(), station.servers, station.room, 0.0);
                if let Some(number) = number {
                    return Ok(Self::StationaryLoss { number });
                }
            }
            let plain = station.servers == 1 && station.room.is_none() && station.patience.is_none() && load < 1.0;
            if plain && known {
                return Ok(Self::StationaryWork { load });
            }
        }
        let memory = station.memory(arrivals, factor).ok_or_else(|| Invalid {
            parameter: "utilization",
            seen: format!("is {load}"),
            expected: "below 1 for a queue with endless room and patience",
        })?;
        Ok(Self::Empty { warm_up: memories * memory })
    }

    pub(super) fn warm_up(&self) -> f64 {
        if let Self::Empty { warm_up } = self { *warm_up } else { 0.0 }
    }
}

/// A station at work: customers go in one by one, in the order in which they come.
#[derive(Debug, Clone)]
pub(super) struct AtWork<'a> {
    station: &'a Station,
    servers: Servers,
    /// When those who wait stop waiting; kept only where the room is limited.
    waiting: BinaryHeap<Reverse<u64>>,
}

impl<'a> AtWork<'a> {
    pub(super) fn new(station: &'a Station) -> Self {
        Self { station, servers: Servers::new(station.servers), waiting: BinaryHeap::new() }
    }

    /// Begins with the customers of the stationary law; returns when they are gone.
    pub(super) fn begin(&mut self, start: &Start, rng: &mut Generator) -> Vec<Visit> {
        match start {
            Start::Empty { .. } => Vec::new(),
            Start::Stationary { number } => (0..number.draw(rng)).map(|_| self.arrive(0.0, rng)).collect(),
            Start::StationaryLoss { number } => {
                let left = |rng: &mut Generator| self.station.service.draw_left(rng).unwrap_or(0.0);
                (0..number.draw(rng)).map(|_| left(rng)).map(|left| self.visit(0.0, left, f64::INFINITY)).collect()
            }
            Start::StationaryWork { load } => {
                let mut work = 0.0;
                while rng.uniform() < *load {
                    work += self.station.service.draw_left(rng).unwrap_or(0.0);
                }
                vec![self.visit(0.0, work, f64::INFINITY)]
            }
        }
    }

    /// The next customer, with its service and patience drawn.
    #[inline]
    pub(super) fn arrive(&mut self, now: f64, rng: &mut Generator) -> Visit {
        let service = self.station.service.draw(rng);
        let patience = self.station.patience.as_ref().map_or(f64::INFINITY, |patience| patience.draw(rng));
        self.visit(now, service, patience)
    }

    /// The next customer: it waits until the first server is free unless there is no room or its patience ends before. A
    /// customer who leaves takes no server, so the recursion goes on without it.
    #[inline]
    pub(super) fn visit(&mut self, now: f64, service: f64, patience: f64) -> Visit {
        let free = self.servers.soonest();
        if let Some(room) = self.station.room.filter(|_| free > now) {
            // all servers are busy: full when as many wait as there is room for
            while self.waiting.peek().is_some_and(|ends| f64::from_bits(ends.0) <= now) {
                self.waiting.pop();
            }
            if self.waiting.len() >= (room - self.station.servers) as usize {
                return Visit { arrival: now, start: now, departure: now, fate: Fate::Refused };
            }
            self.waiting.push(Reverse(free.min(now + patience).to_bits()));
        }
        let start = if free > now { free } else { now };
        if start - now > patience {
            let gone = now + patience;
            return Visit { arrival: now, start: gone, departure: gone, fate: Fate::Left };
        }
        self.servers.occupy(start + service);
        Visit { arrival: now, start, departure: start + service, fate: Fate::Served }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Distribution;

    fn station(servers: u32) -> Station {
        Station::new(servers, Law::new(Distribution::constant(1.0)).unwrap()).unwrap()
    }

    #[test]
    fn by_hand_two_servers() {
        let one = station(2);
        let mut work = AtWork::new(&one);
        let visits = [(0.0, 5.0), (1.0, 1.0), (1.5, 2.0), (1.5, 1.0), (9.0, 1.0)].map(|(at, long)| work.visit(at, long, 99.0));
        assert_eq!(visits.map(|visit| visit.start), [0.0, 1.0, 2.0, 4.0, 9.0]);
        assert_eq!(visits.map(|visit| visit.departure), [5.0, 2.0, 4.0, 5.0, 10.0]);
    }

    #[test]
    fn by_hand_room_and_patience() {
        let one = station(1).with_room(2).unwrap();
        let mut work = AtWork::new(&one);
        let fates = [(0.0, 4.0), (1.0, 4.0), (2.0, 1.0), (4.0, 1.0)].map(|(at, long)| work.visit(at, long, 99.0).fate);
        assert_eq!(fates, [Fate::Served, Fate::Served, Fate::Refused, Fate::Served]);

        let endless = station(1);
        let mut work = AtWork::new(&endless);
        let visits = [(0.0, 4.0, 9.0), (1.0, 4.0, 2.0), (2.0, 1.0, 9.0)].map(|(at, long, most)| work.visit(at, long, most));
        assert_eq!(visits.map(|visit| visit.fate), [Fate::Served, Fate::Left, Fate::Served]);
        assert_eq!(visits.map(|visit| visit.start), [0.0, 3.0, 4.0]);

        // who leaves makes room at once
        let both = station(1).with_room(2).unwrap();
        let mut work = AtWork::new(&both);
        let fates = [(0.0, 9.0, 9.0), (1.0, 1.0, 1.0), (1.5, 1.0, 9.0), (2.5, 1.0, 9.0)];
        let fates = fates.map(|(at, long, most)| work.visit(at, long, most).fate);
        assert_eq!(fates, [Fate::Served, Fate::Left, Fate::Refused, Fate::Served]);
    }

    #[test]
    fn the_start_is_exact_where_it_can_be() {
        let poisson = Arrivals::poisson(0.5).unwrap();
        let markov = Station::new(1, Law::exponential(1.0).unwrap()).unwrap();
        assert!(matches!(Start::steady(&markov, &poisson, 1.0, 10.0), Ok(Start::Stationary { .. })));
        assert!(matches!(Start::steady(&station(1), &poisson, 1.0, 10.0), Ok(Start::StationaryWork { .. })));
        assert!(matches!(Start::steady(&station(2), &poisson, 1.0, 10.0), Ok(Start::Empty { .. })));
        let told = Start::steady(&station(2), &Arrivals::poisson(2.0).unwrap(), 1.0, 10.0).unwrap_err().to_string();
        assert_eq!(told, "utilization is 1, expected below 1 for a queue with endless room and patience");
    }

    #[test]
    fn memory_is_that_of_mm1_near_saturation() {
        let station = Station::new(1, Law::exponential(1.0).unwrap()).unwrap();
        let memory = station.memory(&Arrivals::poisson(0.99).unwrap(), 1.0).unwrap();
        assert!((memory * (1.0 - 0.99_f64.sqrt()).powi(2) - 1.0).abs() < 0.01, "{memory}");
    }
}
