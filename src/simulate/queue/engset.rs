//! A loss system of few sources.

use super::birth_death::steady_state;

/// `servers` shared by `sources` clients; each idle one asks at rate γ, holds a server for 1/μ on average, and goes back to idle
/// when all are busy. Engset (1918); Kleinrock (1975), vol. 1, §3.10.
#[derive(Debug, Clone, PartialEq)]
pub struct Engset {
    states: Vec<f64>,
    servers: usize,
    sources: usize,
}

impl Engset {
    /// From clients, the load γ/μ of an idle client in erlangs, and servers (at most 10⁷).
    #[must_use]
    pub fn new(sources: u32, load: f64, servers: u32) -> Option<Self> {
        let last = sources.min(servers);
        let states = || steady_state((1..=last).map(|n| (f64::from(sources - n + 1) * load, f64::from(n))));
        let valid = sources > 0 && servers > 0 && load > 0.0 && load.is_finite() && last <= 10_000_000;
        valid.then(|| Self { states: states(), servers: servers as usize, sources: sources as usize })
    }

    /// Share of time that all servers are busy.
    #[must_use]
    pub fn p_time_blocked(&self) -> f64 {
        self.states.get(self.servers).copied().unwrap_or(0.0)
    }

    /// Share of requests that find all servers busy: weighted by the clients that can ask.
    #[must_use]
    pub fn p_call_blocked(&self) -> f64 {
        let asking = |n: usize| (self.sources - n) as f64;
        let asked: f64 = self.states.iter().enumerate().map(|(n, p)| asking(n) * p).sum();
        if self.servers < self.sources { asking(self.servers) * self.p_time_blocked() / asked } else { 0.0 }
    }

    /// Mean number of busy servers.
    #[must_use]
    pub fn mean_busy(&self) -> f64 {
        self.states.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_servers_as_sources_block_no_one() {
        let roomy = Engset::new(5, 0.5, 5).unwrap();
        assert_eq!(roomy.p_call_blocked(), 0.0);
        assert!((roomy.mean_busy() - 5.0 * 0.5 / 1.5).abs() < 1e-15);
        assert_eq!(Engset::new(3, 0.5, 9).unwrap().p_time_blocked(), 0.0);
    }
}
