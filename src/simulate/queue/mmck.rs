//! M/M/c/K: a queue with room for K, which sheds what arrives beyond.

use super::birth_death::steady_state;
use super::tail::{poisson_mixture, where_tail_reaches};

/// `servers` alike, room for `capacity` requests in all; what arrives beyond is shed. Gross & Harris (1998), §2.5.
#[derive(Debug, Clone, PartialEq)]
pub struct Mmck {
    arrivals: f64,
    service: f64,
    servers: usize,
    states: Vec<f64>,
}

impl Mmck {
    /// From arrivals per second, services per second and server, servers, and room in all (at least `servers`, at most 10⁷);
    /// any load.
    ///
    /// ```
    /// let queue = plimsoll::simulate::queue::Mmck::new(1.0, 1.0, 1, 1).unwrap();
    /// assert!((queue.p_block() - 0.5).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn new(arrivals: f64, service: f64, servers: u32, capacity: u32) -> Option<Self> {
        let valid = arrivals > 0.0 && service > 0.0 && servers > 0 && capacity >= servers && capacity <= 10_000_000;
        let states = || steady_state((1..=capacity).map(|n| (arrivals, f64::from(n.min(servers)) * service)));
        valid.then(|| Self { arrivals, service, servers: servers as usize, states: states() })
    }

    /// Share of arrivals shed: p(K).
    #[must_use]
    pub fn p_block(&self) -> f64 {
        self.states[self.states.len() - 1]
    }

    /// P(no one is in the system).
    #[must_use]
    pub fn p_empty(&self) -> f64 {
        self.states[0]
    }

    /// P(an arrival gets in), added up rather than taken from 1.
    fn p_accepted(&self) -> f64 {
        self.states[..self.states.len() - 1].iter().sum()
    }

    /// Requests let in per second.
    #[must_use]
    pub fn throughput(&self) -> f64 {
        self.arrivals * self.p_accepted()
    }

    /// Busy share of each server.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        self.throughput() / (self.service * self.servers as f64)
    }

    /// Mean number waiting or in service.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.states.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
    }

    /// Mean number waiting.
    #[must_use]
    pub fn mean_queue(&self) -> f64 {
        self.states.iter().skip(self.servers).enumerate().map(|(n, p)| n as f64 * p).sum()
    }

    /// Mean wait in seconds of those let in (Little).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.mean_queue() / self.throughput()
    }

    /// Mean response in seconds of those let in.
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        self.mean_in_system() / self.throughput()
    }

    /// P(more than `j` services must end before one that was let in starts), j = 0, 1, …
    fn ahead(&self) -> Vec<f64> {
        let (waiting, accepted) = (&self.states[self.servers..self.states.len() - 1], self.p_accepted());
        let mut sum = 0.0;
        let mut each: Vec<f64> = waiting.iter().rev().map(|p| (sum += p, sum / accepted).1).collect();
        each.reverse();
        each
    }

    /// P(one that was let in does not start at once).
    #[must_use]
    pub fn p_wait(&self) -> f64 {
        self.ahead().first().copied().unwrap_or(0.0)
    }

    /// The percentile of the wait in seconds of those let in: with n ahead, the wait is Erlang(n - c + 1, cμ).
    #[must_use]
    pub fn wait_percentile(&self, p: f64) -> f64 {
        let (ahead, rate) = (self.ahead(), self.service * self.servers as f64);
        where_tail_reaches(1.0 - p, 1.0 / rate, |seconds| poisson_mixture(rate * seconds, &ahead))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Mmc, erlang_b};
    use super::*;

    #[test]
    fn without_waiting_room_it_is_erlang_b_and_with_much_it_is_erlang_c() {
        let loss = Mmck::new(7.2, 1.0, 8, 8).unwrap();
        assert!((loss.p_block() - erlang_b(7.2, 8)).abs() < 1e-15);
        assert_eq!((loss.p_wait(), loss.wait_percentile(0.99)), (0.0, 0.0));
        let (roomy, open) = (Mmck::new(7.2, 1.0, 8, 1_000).unwrap(), Mmc::new(7.2, 1.0, 8).unwrap());
        assert!((roomy.p_wait() - open.p_wait()).abs() < 1e-13);
        assert!((roomy.wait_percentile(0.999) / open.wait_percentile(0.999) - 1.0).abs() < 1e-12);
    }
}
