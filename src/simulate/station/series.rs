use super::fifo::AtWork;
use super::{Arrivals, Fate, Law, Start, Station};
use crate::stream::{Address, Stream};

/// Stations one after another: who leaves one comes to the next; who is refused or loses patience is gone.
#[derive(Debug, Clone)]
pub struct Tandem {
    /// How customers come to the first.
    pub arrivals: Arrivals,
    /// The stations.
    pub stations: Vec<Station>,
    /// How each begins; all warm-ups together are thrown away.
    pub starts: Vec<Start>,
}

impl Tandem {
    /// End-to-end times of `customers` that came after the warm-up, in the order of coming; without those who were refused or
    /// left. Station by station: with one server each this is D(i,n) = max(D(i-1,n), D(i,n-1)) + S.
    ///
    /// With [`Start::Stationary`] at every station of a chain of M/M/c the start is exact: their numbers are independent
    /// (Burke (1956); Reich (1957), "Waiting times when queues are in tandem", *Annals of Math. Statistics* 28, 768–773).
    #[must_use]
    pub fn responses(&self, customers: usize, stream: Stream) -> Vec<f64> {
        let warm_up: f64 = self.starts.iter().map(Start::warm_up).sum();
        let mut gaps = stream.named("arrivals").rng();
        let mut came = Vec::new();
        let (mut now, mut counted) = (0.0, 0);
        while counted < customers {
            now = self.arrivals.after(now, 1.0, &mut gaps);
            counted += usize::from(now >= warm_up);
            came.push(now);
        }
        // who, and when at the next station; who was there at the start has no number
        let mut next: Vec<(f64, Option<usize>)> = came.iter().enumerate().map(|(who, at)| (*at, Some(who))).collect();
        for (place, (station, start)) in self.stations.iter().zip(&self.starts).enumerate() {
            let mut rng = stream.named("services").at(Address::of("station").child(place as u64)).rng();
            let mut work = AtWork::new(station);
            let mut out: Vec<(f64, Option<usize>)> =
                work.begin(start, &mut rng).iter().map(|visit| (visit.departure, None)).collect();
            for (at, who) in next {
                let visit = work.arrive(at, &mut rng);
                if visit.fate == Fate::Served {
                    out.push((visit.departure, who));
                }
            }
            // more than one server: customers overtake
            out.sort_by(|one, other| one.0.total_cmp(&other.0));
            next = out;
        }
        let mut ends: Vec<(usize, f64)> = next.iter().filter_map(|(at, who)| Some(((*who)?, *at))).collect();
        ends.sort_by_key(|one| one.0);
        ends.iter().filter(|(who, _)| came[*who] >= warm_up).map(|(who, at)| at - came[*who]).collect()
    }
}

/// A request that is split over stations and done when the last part is.
#[derive(Debug, Clone)]
pub struct ForkJoin {
    /// How requests come.
    pub arrivals: Arrivals,
    /// The stations; each gets a part of every request.
    pub branches: Vec<Station>,
}

impl ForkJoin {
    /// Times of `customers` requests that came after `warm_up`, from empty. A part that is refused or leaves is not waited for.
    #[must_use]
    pub fn responses(&self, warm_up: f64, customers: usize, stream: Stream) -> Vec<f64> {
        let mut gaps = stream.named("arrivals").rng();
        let mut branches: Vec<_> = self
            .branches
            .iter()
            .enumerate()
            .map(|(place, station)| {
                let rng = stream.named("services").at(Address::of("branch").child(place as u64)).rng();
                (AtWork::new(station), rng)
            })
            .collect();
        let mut responses = Vec::with_capacity(customers);
        let mut now = 0.0;
        while responses.len() < customers {
            now = self.arrivals.after(now, 1.0, &mut gaps);
            let done = branches.iter_mut().map(|(work, rng)| work.arrive(now, rng).departure).fold(now, f64::max);
            if now >= warm_up {
                responses.push(done - now);
            }
        }
        responses
    }
}

/// Times of requests that are sent to `width` leaves at once and wait for all; each leaf call goes to `replicas` servers and
/// the fastest counts (hedging).
///
/// Dean & Barroso (2013), "The tail at scale", *Communications of the ACM* 56(2), 74–80.
#[must_use]
pub fn fan_out(width: u32, replicas: u32, leaf: &Law, requests: usize, stream: Stream) -> Vec<f64> {
    let mut rng = stream.named("leaves").rng();
    let mut draws = vec![0.0; replicas.max(1) as usize * width as usize];
    let one = |_| {
        leaf.fill(&mut rng, &mut draws);
        let fastest = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
        draws.chunks_exact(replicas.max(1) as usize).map(fastest).fold(0.0, f64::max)
    };
    (0..requests).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Distribution;
    use crate::stream::Seed;

    fn constant(value: f64) -> Law {
        Law::new(Distribution::constant(value)).unwrap()
    }

    fn empty() -> Start {
        Start::Empty { warm_up: 0.0 }
    }

    #[test]
    fn a_line_of_constant_servers_waits_at_the_slowest_only() {
        let stations = [1.0, 3.0, 2.0].map(|one| Station::new(1, constant(one)).unwrap()).to_vec();
        let line = Tandem { arrivals: Arrivals::Renewal { gap: constant(2.0) }, stations, starts: vec![empty(); 3] };
        assert_eq!(line.responses(4, Stream::root(Seed(1))), [6.0, 7.0, 8.0, 9.0]);
    }

    #[test]
    fn a_join_waits_for_the_slower_branch() {
        let branches = [1.0, 3.0].map(|one| Station::new(1, constant(one)).unwrap()).to_vec();
        let join = ForkJoin { arrivals: Arrivals::Renewal { gap: constant(2.0) }, branches };
        assert_eq!(join.responses(0.0, 3, Stream::root(Seed(1))), [3.0, 4.0, 5.0]);
    }

    #[test]
    fn a_fan_out_is_the_largest_of_the_least() {
        assert_eq!(fan_out(10, 2, &constant(4.0), 2, Stream::root(Seed(1))), [4.0, 4.0]);
    }
}
