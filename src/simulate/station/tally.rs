use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::fifo::AtWork;
use super::{Arrivals, Fate, Start, Station, Visit};
use crate::stats::{Estimate, batch_percentile, batch_variance, ratio};
use crate::stream::Stream;

/// How long a replication is, after its warm-up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Length {
    /// So many arrivals.
    Customers(u64),
    /// All arrivals within so many units of time.
    Time(f64),
}

/// A replication of a station: what comes, what serves, how it begins, how long it goes on.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// How customers come.
    pub arrivals: &'a Arrivals,
    /// Their rate is multiplied by this; draws stay the same, so that two loads meet the same customers.
    pub factor: f64,
    /// Where they are served.
    pub station: &'a Station,
    /// How it begins.
    pub start: &'a Start,
    /// How long it goes on.
    pub length: Length,
}

/// What a replication keeps beside its sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Every wait.
    pub waits: bool,
    /// Every response of a served customer.
    pub responses: bool,
    /// How many are at the station when a customer comes (that customer not counted). With Poisson arrivals this is how many
    /// are there at any time: Wolff (1982), "Poisson arrivals see time averages", *Operations Research* 30(2), 223–231.
    pub numbers: bool,
}

/// What a replication saw of the customers who came after its warm-up.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Time from the end of the warm-up to the last arrival (or the end of the window).
    pub length: f64,
    /// Customers who came.
    pub came: f64,
    /// Those refused.
    pub refused: f64,
    /// Those who left the queue.
    pub left: f64,
    /// Those let in who did not start at once.
    pub waited: f64,
    /// Σ waits of those let in.
    pub wait: f64,
    /// Σ squares of those waits.
    pub wait_squares: f64,
    /// Σ responses of the served.
    pub response: f64,
    /// Σ services of the served.
    pub busy: f64,
    /// Waits of those let in, if kept.
    pub waits: Vec<f64>,
    /// Responses of the served, if kept.
    pub responses: Vec<f64>,
    /// How many customers found n others, by n, if kept.
    pub found: Vec<u64>,
}

impl Tally {
    fn add(&mut self, visit: &Visit, keep: Keep) {
        self.came += 1.0;
        if visit.fate == Fate::Refused {
            self.refused += 1.0;
            return;
        }
        let wait = visit.wait();
        self.waited += f64::from(u8::from(wait > 0.0));
        self.wait += wait;
        self.wait_squares += wait * wait;
        if keep.waits {
            self.waits.push(wait);
        }
        if visit.fate == Fate::Left {
            self.left += 1.0;
            return;
        }
        self.response += visit.response();
        self.busy += visit.departure - visit.start;
        if keep.responses {
            self.responses.push(visit.response());
        }
    }

    fn find(&mut self, number: usize) {
        if self.found.len() <= number {
            self.found.resize(number + 1, 0);
        }
        self.found[number] += 1;
    }

    fn let_in(&self) -> f64 {
        self.came - self.refused
    }

    fn found_at_least(&self, number: usize) -> f64 {
        self.found.iter().skip(number).sum::<u64>() as f64
    }

    /// Mean over those who came of a power of the number found.
    fn found_power(&self, power: i32) -> f64 {
        let sum: f64 = self.found.iter().enumerate().map(|(n, count)| (n as f64).powi(power) * *count as f64).sum();
        sum / self.came
    }
}

impl Run<'_> {
    /// One replication, visit by visit: `see` gets each one and whether it counts.
    pub(super) fn visits(&self, stream: Stream, mut see: impl FnMut(&Visit, bool)) -> f64 {
        let mut gaps = stream.named("arrivals").rng();
        let mut services = stream.named("services").rng();
        let mut work = AtWork::new(self.station);
        for visit in work.begin(self.start, &mut stream.named("start").rng()) {
            see(&visit, false);
        }
        let warm_up = self.start.warm_up();
        let (most, end) = match self.length {
            Length::Customers(count) => (count, f64::INFINITY),
            Length::Time(time) => (u64::MAX, warm_up + time),
        };
        let (mut now, mut counted) = (0.0, 0);
        while counted < most {
            now = self.arrivals.after(now, self.factor, &mut gaps);
            if now > end {
                return end - warm_up;
            }
            let visit = work.arrive(now, &mut services);
            counted += u64::from(now >= warm_up);
            see(&visit, now >= warm_up);
        }
        now - warm_up
    }

    /// One replication's sums.
    #[must_use]
    pub fn tally(&self, keep: Keep, stream: Stream) -> Tally {
        let mut tally = Tally::default();
        let mut present: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
        tally.length = self.visits(stream, |visit, counts| {
            if keep.numbers {
                while present.peek().is_some_and(|gone| f64::from_bits(gone.0) <= visit.arrival) {
                    present.pop();
                }
                if counts {
                    tally.find(present.len());
                }
                if visit.fate != Fate::Refused {
                    present.push(Reverse(visit.departure.to_bits()));
                }
            }
            if counts {
                tally.add(visit, keep);
            }
        });
        tally
    }

    /// The mean number at the station over the time of one replication, whose length has to be a time.
    #[must_use]
    pub fn mean_number(&self, stream: Stream) -> f64 {
        let from = self.start.warm_up();
        let to = from + if let Length::Time(time) = self.length { time } else { f64::INFINITY };
        let mut area = 0.0;
        let length = self.visits(stream, |visit, _| area += (visit.departure.min(to) - visit.arrival.max(from)).max(0.0));
        area / length
    }

    /// How many are at the station at each of `times` of one replication.
    #[must_use]
    pub fn numbers_at(&self, times: &[f64], stream: Stream) -> Vec<u32> {
        let mut numbers = vec![0; times.len()];
        self.visits(stream, |visit, _| {
            for (number, time) in numbers.iter_mut().zip(times) {
                *number += u32::from(visit.arrival <= *time && visit.departure > *time);
            }
        });
        numbers
    }
}

/// Independent replications of a station, on all threads; the same for any number of them.
#[must_use]
pub fn replicate(run: &Run, keep: Keep, replications: u32, stream: Stream) -> Observed {
    let each = (0..replications).into_par_iter().map(|one| run.tally(keep, stream.replication(one)));
    Observed { tallies: each.collect(), servers: f64::from(run.station.servers) }
}

/// What the replications of a station say, each figure with its standard error over replications. `None` for fewer than two
/// of them, and where nothing was seen or kept.
#[derive(Debug, Clone)]
pub struct Observed {
    tallies: Vec<Tally>,
    servers: f64,
}

impl Observed {
    /// One replication each.
    #[must_use]
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// Σ part ÷ Σ whole.
    #[must_use]
    pub fn share(&self, part: impl Fn(&Tally) -> f64, whole: impl Fn(&Tally) -> f64) -> Option<Estimate> {
        let of = |number: &dyn Fn(&Tally) -> f64| self.tallies.iter().map(number).collect::<Vec<f64>>();
        ratio(&of(&part), &of(&whole))
    }

    /// Share of customers who were refused.
    #[must_use]
    pub fn p_refused(&self) -> Option<Estimate> {
        self.share(|one| one.refused, |one| one.came)
    }

    /// Share of customers who left the queue.
    #[must_use]
    pub fn p_left(&self) -> Option<Estimate> {
        self.share(|one| one.left, |one| one.came)
    }

    /// Share of those let in who did not start at once.
    #[must_use]
    pub fn p_wait(&self) -> Option<Estimate> {
        self.share(|one| one.waited, Tally::let_in)
    }

    /// Mean wait of those let in.
    #[must_use]
    pub fn mean_wait(&self) -> Option<Estimate> {
        self.share(|one| one.wait, Tally::let_in)
    }

    /// Mean wait of those who waited.
    #[must_use]
    pub fn mean_wait_given_wait(&self) -> Option<Estimate> {
        self.share(|one| one.wait, |one| one.waited)
    }

    /// Variance of the wait of those let in.
    #[must_use]
    pub fn var_wait(&self) -> Option<Estimate> {
        let of = |sum: fn(&Tally) -> f64| self.tallies.iter().map(|one| sum(one) / one.let_in()).collect::<Vec<_>>();
        batch_variance(&of(|one| one.wait), &of(|one| one.wait_squares))
    }

    /// Mean response of the served.
    #[must_use]
    pub fn mean_response(&self) -> Option<Estimate> {
        self.share(|one| one.response, |one| one.let_in() - one.left)
    }

    /// Served customers per unit of time.
    #[must_use]
    pub fn throughput(&self) -> Option<Estimate> {
        self.share(|one| one.let_in() - one.left, |one| one.length)
    }

    /// Mean number of busy servers: the services of those who came in a stretch of time ÷ that time (Little).
    #[must_use]
    pub fn mean_busy(&self) -> Option<Estimate> {
        self.share(|one| one.busy, |one| one.length)
    }

    /// Busy share of each server.
    #[must_use]
    pub fn utilization(&self) -> Option<Estimate> {
        let servers = self.servers;
        self.share(|one| one.busy, move |one| one.length * servers)
    }

    /// Mean number waiting (Little).
    #[must_use]
    pub fn mean_queue(&self) -> Option<Estimate> {
        self.share(|one| one.wait, |one| one.length)
    }

    /// Mean number waiting or served (Little).
    #[must_use]
    pub fn mean_number(&self) -> Option<Estimate> {
        self.share(|one| one.wait + one.busy, |one| one.length)
    }

    /// Share of customers who found `number` others or more.
    #[must_use]
    pub fn p_found_at_least(&self, number: usize) -> Option<Estimate> {
        self.share(|one| one.found_at_least(number), |one| one.found_at_least(0))
    }

    /// Variance of the number found.
    #[must_use]
    pub fn var_found(&self) -> Option<Estimate> {
        let of = |power| self.tallies.iter().map(|one| one.found_power(power)).collect::<Vec<_>>();
        batch_variance(&of(1), &of(2))
    }

    /// Percentile of the wait of those let in.
    #[must_use]
    pub fn wait_percentile(&self, p: f64) -> Option<Estimate> {
        let all: Vec<&[f64]> = self.tallies.iter().map(|one| one.waits.as_slice()).collect();
        batch_percentile(&all, p)
    }

    /// Percentile of the response of the served.
    #[must_use]
    pub fn response_percentile(&self, p: f64) -> Option<Estimate> {
        let all: Vec<&[f64]> = self.tallies.iter().map(|one| one.responses.as_slice()).collect();
        batch_percentile(&all, p)
    }

    /// Share of waits of at most `most`.
    #[must_use]
    pub fn p_wait_within(&self, most: f64) -> Option<Estimate> {
        self.share(|one| one.waits.iter().filter(|wait| **wait <= most).count() as f64, |one| one.waits.len() as f64)
    }

    /// Share of responses above `most`.
    #[must_use]
    pub fn p_response_above(&self, most: f64) -> Option<Estimate> {
        self.share(|one| one.responses.iter().filter(|one| **one > most).count() as f64, |one| one.responses.len() as f64)
    }
}
