//! Erlang A: clients that give up.

use super::birth_death::steady_state;

/// M/M/c with impatience: one that waits leaves after an exponential patience. Palm (1957); Garnett, Mandelbaum & Reiman (2002),
/// "Designing a call center with impatient customers", *MSOM* 4(3), 208–227.
#[derive(Debug, Clone, PartialEq)]
pub struct ErlangA {
    arrivals: f64,
    servers: usize,
    abandonment: f64,
    states: Vec<f64>,
}

impl ErlangA {
    /// From arrivals per second, services per second and server, servers, and abandonments per second of each that waits (above
    /// 0: then there is a steady state at any load). `None` too where more than 10⁷ would have to be followed.
    #[must_use]
    pub fn new(arrivals: f64, service: f64, servers: u32, abandonment: f64) -> Option<Self> {
        if !(arrivals > 0.0 && service > 0.0 && servers > 0 && abandonment > 0.0 && arrivals.is_finite()) {
            return None;
        }
        let full = f64::from(servers) * service;
        // where the rates down are 1.5 times those up for good, 200 more states leave 1e-35 of the largest
        let last = f64::from(servers) + ((1.5 * arrivals - full) / abandonment).max(0.0) + 200.0;
        let last = (last < 1e7).then_some(last as u32)?;
        let down = |n: u32| f64::from(n.min(servers)) * service + f64::from(n.saturating_sub(servers)) * abandonment;
        let states = steady_state((1..=last).map(|n| (arrivals, down(n))));
        Some(Self { arrivals, servers: servers as usize, abandonment, states })
    }

    /// Mean number waiting.
    #[must_use]
    pub fn mean_queue(&self) -> f64 {
        self.states.iter().skip(self.servers).enumerate().map(|(n, p)| n as f64 * p).sum()
    }

    /// Share of arrivals that leave unserved: θ Lq / λ.
    #[must_use]
    pub fn p_abandon(&self) -> f64 {
        self.abandonment * self.mean_wait()
    }

    /// P(an arrival does not start at once).
    #[must_use]
    pub fn p_wait(&self) -> f64 {
        self.states.iter().skip(self.servers).sum()
    }

    /// Mean time in the queue in seconds, of all arrivals.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.mean_queue() / self.arrivals
    }

    /// Busy share of each server.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        let busy: f64 = self.states.iter().enumerate().map(|(n, p)| n.min(self.servers) as f64 * p).sum();
        busy / self.servers as f64
    }

    /// Mean number waiting or in service.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.states.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_as_long_as_a_service_makes_it_infinitely_many_servers() {
        // θ = μ: the number in system is Poisson(λ/μ)
        let queue = ErlangA::new(30.0, 1.0, 20, 1.0).unwrap();
        assert!((queue.mean_in_system() - 30.0).abs() < 1e-12, "{}", queue.mean_in_system());
        let none = (-30.0_f64).exp();
        assert!((queue.states[0] / none - 1.0).abs() < 1e-13);
    }
}
