use std::collections::VecDeque;

use super::{Arrivals, Law};
use crate::stream::{Address, Generator, Stream};

/// A class of customers.
#[derive(Debug, Clone)]
pub struct Class {
    /// How they come.
    pub arrivals: Arrivals,
    /// Service.
    pub service: Law,
}

/// Alike servers that always take from the first class where somebody waits; within a class first come, first served.
#[derive(Debug, Clone)]
pub struct Priorities {
    /// How many servers.
    pub servers: u32,
    /// The classes, the most urgent first.
    pub classes: Vec<Class>,
    /// Whether an urgent customer takes a server from one who is less so; the interrupted service resumes where it was.
    pub preemptive: bool,
}

/// What a class met in one replication: customers who came in its window, all of them to their end.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ClassTally {
    /// Customers.
    pub customers: f64,
    /// Σ time not in service.
    pub wait: f64,
    /// Σ time at the station.
    pub response: f64,
}

#[derive(Debug, Clone, Copy)]
struct Job {
    class: usize,
    arrival: f64,
    service: f64,
    left: f64,
    counts: bool,
}

#[derive(Debug, Clone, Copy)]
struct Busy {
    end: f64,
    job: Job,
}

struct AtWork<'a> {
    of: &'a Priorities,
    queues: Vec<VecDeque<Job>>,
    busy: Vec<Busy>,
}

impl Priorities {
    /// One replication from empty: customers who come within `length` after `warm_up` count.
    #[must_use]
    pub fn run(&self, warm_up: f64, length: f64, stream: Stream) -> Vec<ClassTally> {
        let place = |name: &str, class: usize| stream.named(name).at(Address::of("class").child(class as u64)).rng();
        let mut gaps: Vec<Generator> = (0..self.classes.len()).map(|class| place("arrivals", class)).collect();
        let mut services: Vec<Generator> = (0..self.classes.len()).map(|class| place("services", class)).collect();
        let draw_gap =
            |class: usize, now: f64, gaps: &mut [Generator]| self.classes[class].arrivals.after(now, 1.0, &mut gaps[class]);
        let mut next: Vec<f64> = (0..self.classes.len()).map(|class| draw_gap(class, 0.0, &mut gaps)).collect();
        let mut work = AtWork { of: self, queues: vec![VecDeque::new(); self.classes.len()], busy: Vec::new() };
        let mut tallies = vec![ClassTally::default(); self.classes.len()];
        let mut open = 0_u64;
        while let Some((class, arrival)) = soonest(next.iter().copied()) {
            if arrival > warm_up + length && open == 0 {
                break;
            }
            match soonest(work.busy.iter().map(|one| one.end)) {
                Some((server, end)) if end <= arrival => {
                    let job = work.finish(server, end);
                    if job.counts {
                        open -= 1;
                        let tally = &mut tallies[job.class];
                        tally.customers += 1.0;
                        tally.response += end - job.arrival;
                        tally.wait += end - job.arrival - job.service;
                    }
                }
                _ => {
                    let counts = arrival >= warm_up && arrival <= warm_up + length;
                    open += u64::from(counts);
                    let service = self.classes[class].service.draw(&mut services[class]);
                    work.arrive(Job { class, arrival, service, left: service, counts }, arrival);
                    next[class] = draw_gap(class, arrival, &mut gaps);
                }
            }
        }
        tallies
    }
}

impl AtWork<'_> {
    fn arrive(&mut self, job: Job, now: f64) {
        if self.busy.len() < self.of.servers as usize {
            self.busy.push(Busy { end: now + job.left, job });
            return;
        }
        // of those in service the least urgent, and of these the last to come
        let least = (0..self.busy.len()).max_by(|one, other| {
            let (one, other) = (&self.busy[*one].job, &self.busy[*other].job);
            (one.class, one.arrival).partial_cmp(&(other.class, other.arrival)).unwrap_or(std::cmp::Ordering::Equal)
        });
        match least {
            Some(place) if self.of.preemptive && self.busy[place].job.class > job.class => {
                let Busy { end, job: mut out } = self.busy[place];
                out.left = end - now;
                self.queues[out.class].push_front(out);
                self.busy[place] = Busy { end: now + job.left, job };
            }
            _ => self.queues[job.class].push_back(job),
        }
    }

    fn finish(&mut self, server: usize, now: f64) -> Job {
        let done = self.busy[server].job;
        match self.queues.iter_mut().find_map(VecDeque::pop_front) {
            Some(job) => self.busy[server] = Busy { end: now + job.left, job },
            None => {
                self.busy.swap_remove(server);
            }
        }
        done
    }
}

/// The least of some times and its place.
pub(super) fn soonest(times: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
    times.enumerate().fold(None, |least, (place, time)| match least {
        Some((_, known)) if known <= time => least,
        _ => Some((place, time)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Distribution;
    use crate::stream::Seed;

    fn law(value: f64) -> Law {
        Law::new(Distribution::constant(value)).unwrap()
    }

    fn classes(preemptive: bool) -> Priorities {
        let class = |gap: f64, service: f64| Class { arrivals: Arrivals::Renewal { gap: law(gap) }, service: law(service) };
        Priorities { servers: 1, classes: vec![class(10.0, 2.0), class(7.0, 5.0)], preemptive }
    }

    #[test]
    fn by_hand() {
        // class 2 comes at 7 and 14, class 1 at 10 and 20
        let waits = |preemptive| classes(preemptive).run(0.0, 20.0, Stream::root(Seed(1))).iter().map(|one| one.wait).collect();
        // not preemptive: 2 in 7..12, 1 in 12..14, 2 in 14..19, 1 in 20..22
        let not: Vec<f64> = waits(false);
        assert_eq!(not, [2.0, 0.0]);
        // preemptive: 1 in 10..12, 2 ends at 14; the second 2 in 14..19
        let yes: Vec<f64> = waits(true);
        assert_eq!(yes, [0.0, 2.0]);
    }
}
