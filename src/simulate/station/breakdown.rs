use std::collections::VecDeque;

use super::priority::soonest;
use super::{Arrivals, Law, Stationary};
use crate::stream::Stream;

/// Servers that fail, also when idle, and are repaired by a few crews in the order in which they failed; one queue, first come,
/// first served. Interrupted work goes to the head of the queue and resumes on any server where it was.
#[derive(Debug, Clone)]
pub struct Breakdowns {
    /// How customers come.
    pub arrivals: Arrivals,
    /// Service.
    pub service: Law,
    /// How many servers.
    pub servers: u32,
    /// Time from repair to failure.
    pub failure: Law,
    /// Time of a repair.
    pub repair: Law,
    /// How many repairs go on at once.
    pub crews: u32,
}

/// What a replication saw in its window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BreakdownTally {
    /// Length of the window.
    pub length: f64,
    /// Customers who came.
    pub came: f64,
    /// ∫ servers up dt.
    pub up: f64,
    /// ∫ number at the station dt.
    pub number: f64,
    /// Time with n at the station, by n.
    pub time_at: Vec<f64>,
}

impl BreakdownTally {
    /// Time with `number` or more at the station.
    #[must_use]
    pub fn time_at_least(&self, number: usize) -> f64 {
        self.time_at.iter().skip(number).sum()
    }

    fn pass(&mut self, span: f64, up: u32, number: usize) {
        if span <= 0.0 {
            return;
        }
        self.up += span * f64::from(up);
        self.number += span * number as f64;
        if self.time_at.len() <= number {
            self.time_at.resize(number + 1, 0.0);
        }
        self.time_at[number] += span;
    }
}

/// What stands at a server: when it fails or is repaired, when its work ends (never, without work).
struct State {
    change: Vec<f64>,
    up: Vec<bool>,
    ends: Vec<f64>,
    broken: VecDeque<usize>,
    queue: VecDeque<f64>,
    in_repair: u32,
    count_up: u32,
    number: usize,
}

impl Breakdowns {
    /// How long a start is remembered: 2σ²/m² with m the drift of work to spare and σ² its variance rate (customers' and the
    /// capacity's), and the time constants of the servers beside it; for exponential failures and repairs the mean capacity is
    /// exact. `None` when the servers up cannot carry the load.
    #[must_use]
    pub fn memory(&self) -> Option<f64> {
        let (fail, mend) = (1.0 / self.failure.mean(), 1.0 / self.repair.mean());
        let (all, crews) = (self.servers, self.crews);
        let down = Stationary::new(|n| f64::from(all.saturating_sub(n)) * fail, |n| f64::from(n.min(crews)) * mend)?;
        let mean_down: f64 = (0..all).map(|n| 1.0 - down.p_at_most(n)).sum();
        let mean_up = f64::from(all) - mean_down;
        let (rate, service) = (self.arrivals.rate(), self.service.mean());
        let spare = mean_up - rate * service;
        let slowest = (1.0 / (fail + mend)) * (1.0 + f64::from(all) * fail / (f64::from(crews) * mend));
        let customers = rate * service * service * (self.arrivals.scv() + self.service.scv());
        let capacity = 2.0 * mean_down * (mean_up / f64::from(all)) * slowest;
        (spare > 0.0).then(|| 2.0 * (customers + capacity) / (spare * spare) + service + slowest)
    }

    /// One replication from empty with all servers up, counted for `length` after `warm_up`.
    #[must_use]
    pub fn run(&self, warm_up: f64, length: f64, stream: Stream) -> BreakdownTally {
        let mut gaps = stream.named("arrivals").rng();
        let mut rng = stream.named("station").rng();
        let servers = self.servers as usize;
        let mut at = State {
            change: (0..servers).map(|_| self.failure.draw(&mut rng)).collect(),
            up: vec![true; servers],
            ends: vec![f64::INFINITY; servers],
            broken: VecDeque::new(),
            queue: VecDeque::new(),
            in_repair: 0,
            count_up: self.servers,
            number: 0,
        };
        let mut tally = BreakdownTally { length, ..BreakdownTally::default() };
        let (mut last, end) = (0.0, warm_up + length);
        let mut arrival = self.arrivals.after(0.0, 1.0, &mut gaps);
        loop {
            let (changed, change) = soonest(at.change.iter().copied()).unwrap_or((0, f64::INFINITY));
            let (done, finish) = soonest(at.ends.iter().copied()).unwrap_or((0, f64::INFINITY));
            let now = arrival.min(change).min(finish);
            tally.pass(now.min(end) - f64::max(last, warm_up), at.count_up, at.number);
            if now > end {
                return tally;
            }
            last = now;
            if now == finish {
                at.ends[done] = f64::INFINITY;
                at.number -= 1;
                at.take(done, now);
            } else if now == arrival {
                tally.came += f64::from(u8::from(now >= warm_up));
                at.number += 1;
                at.queue.push_back(self.service.draw(&mut rng));
                if let Some(free) = (0..servers).find(|server| at.up[*server] && at.ends[*server] == f64::INFINITY) {
                    at.take(free, now);
                }
                arrival = self.arrivals.after(now, 1.0, &mut gaps);
            } else if at.up[changed] {
                at.fail(changed, now);
                self.mend(&mut at, now, &mut rng);
            } else {
                at.up[changed] = true;
                at.count_up += 1;
                at.in_repair -= 1;
                at.change[changed] = now + self.failure.draw(&mut rng);
                at.take(changed, now);
                self.mend(&mut at, now, &mut rng);
            }
        }
    }

    /// Free crews begin with those that have been broken longest.
    fn mend(&self, at: &mut State, now: f64, rng: &mut crate::stream::Generator) {
        while at.in_repair < self.crews
            && let Some(server) = at.broken.pop_front()
        {
            at.in_repair += 1;
            at.change[server] = now + self.repair.draw(rng);
        }
    }
}

impl State {
    /// A free server takes the head of the queue.
    fn take(&mut self, server: usize, now: f64) {
        if let Some(work) = self.queue.pop_front() {
            self.ends[server] = now + work;
        }
    }

    fn fail(&mut self, server: usize, now: f64) {
        self.up[server] = false;
        self.count_up -= 1;
        self.change[server] = f64::INFINITY;
        self.broken.push_back(server);
        if self.ends[server] < f64::INFINITY {
            let left = self.ends[server] - now;
            self.ends[server] = f64::INFINITY;
            // an idle server that is up goes on with it at once
            match (0..self.up.len()).find(|other| self.up[*other] && self.ends[*other] == f64::INFINITY) {
                Some(other) => self.ends[other] = now + left,
                None => self.queue.push_front(left),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Distribution;
    use crate::stream::Seed;

    #[test]
    fn by_hand() {
        // one server, up 10, down 4: customers at 7 (5 of work) and 14; the first is served 7..10, 14..16
        let law = |value| Law::new(Distribution::constant(value)).unwrap();
        let one = Breakdowns {
            arrivals: Arrivals::Renewal { gap: law(7.0) },
            service: law(5.0),
            servers: 1,
            failure: law(10.0),
            repair: law(4.0),
            crews: 1,
        };
        let tally = one.run(0.0, 17.0, Stream::root(Seed(1)));
        assert_eq!((tally.came, tally.up), (2.0, 13.0));
        // 7..14 one, 14..16 two, 16..17 one
        assert_eq!(tally.time_at, [7.0, 8.0, 2.0]);
        assert_eq!((tally.number, tally.time_at_least(1)), (12.0, 10.0));
    }

    #[test]
    fn without_failures_memory_is_that_of_the_plain_station() {
        let one = Breakdowns {
            arrivals: Arrivals::poisson(0.9).unwrap(),
            service: Law::exponential(1.0).unwrap(),
            servers: 1,
            failure: Law::exponential(1e9).unwrap(),
            repair: Law::exponential(1e-3).unwrap(),
            crews: 1,
        };
        let plain = super::super::Station::new(1, Law::exponential(1.0).unwrap()).unwrap();
        let (seen, wanted) = (one.memory().unwrap(), plain.memory(&one.arrivals, 1.0).unwrap());
        assert!((seen / wanted - 1.0).abs() < 0.02, "{seen} {wanted}");
        assert!(Breakdowns { arrivals: Arrivals::poisson(1.1).unwrap(), ..one }.memory().is_none());
    }
}
