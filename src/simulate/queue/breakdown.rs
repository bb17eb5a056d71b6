//! M/M/c whose servers fail and are repaired by a limited crew.

use super::birth_death::steady_state;
use super::qbd::{self, Levels};

/// `servers` behind one queue; each fails also when idle, `crews` repair one each, and interrupted work resumes on any server.
/// Mitrany & Avi-Itzhak (1968), "A many-server queue with service interruptions", *Operations Research* 16(3), 628–638.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakdownParameters {
    /// Arrivals per unit of time (any unit, the same for all rates).
    pub arrivals: f64,
    /// Services per unit of time and server.
    pub service: f64,
    /// Servers.
    pub servers: u32,
    /// Failures per unit of time of each server that is up, above 0.
    pub failure: f64,
    /// Repairs per unit of time and crew, above 0.
    pub repair: f64,
    /// Repair crews, at least 1.
    pub crews: u32,
}

/// Its steady state, solved exactly as a quasi-birth–death chain: level = requests, phase = servers up.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakdownQueue {
    parameters: BreakdownParameters,
    up: Vec<f64>,
    levels: Levels,
}

impl BreakdownQueue {
    /// Solves it; `None` when it has no steady state (arrivals at or above services × mean servers up), a rate is not above 0,
    /// or there are more than 200 servers.
    #[must_use]
    pub fn new(parameters: BreakdownParameters) -> Option<Self> {
        let BreakdownParameters { arrivals, service, servers, failure, repair, crews } = parameters;
        let positive = [arrivals, service, failure, repair].iter().all(|rate| rate.is_finite() && *rate > 0.0);
        if !(positive && (1..=200).contains(&servers) && crews >= 1) {
            return None;
        }
        let fails = |up: u32| f64::from(up) * failure;
        let mends = |up: u32| f64::from((servers - up).min(crews)) * repair;
        let up = steady_state((0..servers).map(|up| (mends(up), fails(up + 1))));
        let mean: f64 = up.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        if arrivals >= service * mean {
            return None;
        }
        let size = servers as usize + 1;
        let mut phases = qbd::Matrix::zero(size);
        for from in 0..=servers {
            if from > 0 {
                phases.set(from as usize, from as usize - 1, fails(from));
            }
            if from < servers {
                phases.set(from as usize, from as usize + 1, mends(from));
            }
        }
        let served = |level: usize, phase: usize| service * level.min(phase) as f64;
        let levels = qbd::solve(arrivals, &phases, size - 1, &served)?;
        Some(Self { parameters, up, levels })
    }

    /// Mean number of servers up.
    #[must_use]
    pub fn mean_servers_up(&self) -> f64 {
        self.up.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
    }

    /// Arrivals ÷ (services × mean servers up): below 1 there is a steady state.
    #[must_use]
    pub fn load(&self) -> f64 {
        self.parameters.arrivals / (self.parameters.service * self.mean_servers_up())
    }

    /// Mean number waiting or in service.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        self.levels.mean()
    }

    /// Mean response, in units of time (Little).
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        self.levels.mean() / self.parameters.arrivals
    }

    /// P(number in system >= n).
    #[must_use]
    pub fn p_number_at_least(&self, n: u32) -> f64 {
        self.levels.at_least(n as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mmc;
    use super::*;

    fn parameters() -> BreakdownParameters {
        BreakdownParameters { arrivals: 2.0, service: 1.0, servers: 3, failure: 0.05, repair: 0.5, crews: 1 }
    }

    /// The slow twin: the chain cut at `most` requests, by Gauss–Seidel sweeps.
    fn twin(of: BreakdownParameters, most: usize) -> Vec<f64> {
        let size = of.servers as usize + 1;
        let mut p = vec![vec![1.0; size]; most + 1];
        for _ in 0..4_000 {
            for n in 0..=most {
                for u in 0..size {
                    let served = |n: usize, u: usize| of.service * n.min(u) as f64;
                    let mends = |u: usize| of.repair * (of.servers as usize - u).min(of.crews as usize) as f64;
                    let mut into = 0.0;
                    let mut out = served(n, u) + of.failure * u as f64 + mends(u);
                    if n < most {
                        into += p[n + 1][u] * served(n + 1, u);
                        out += of.arrivals;
                    }
                    if n > 0 {
                        into += p[n - 1][u] * of.arrivals;
                    }
                    if u > 0 {
                        into += p[n][u - 1] * mends(u - 1);
                    }
                    if u + 1 < size {
                        into += p[n][u + 1] * of.failure * (u + 1) as f64;
                    }
                    p[n][u] = into / out;
                }
            }
        }
        let total: f64 = p.iter().flatten().sum();
        p.iter().map(|level| level.iter().sum::<f64>() / total).collect()
    }

    #[test]
    fn it_is_the_cut_chain_solved_by_sweeps() {
        for of in [
            BreakdownParameters { arrivals: 1.0, ..parameters() },
            BreakdownParameters { arrivals: 0.8, servers: 2, crews: 2, ..parameters() },
            BreakdownParameters { arrivals: 0.3, servers: 1, ..parameters() },
        ] {
            let (queue, levels) = (BreakdownQueue::new(of).unwrap(), twin(of, 120));
            let mean: f64 = levels.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
            assert!((queue.mean_in_system() / mean - 1.0).abs() < 1e-9, "{} {mean}", queue.mean_in_system());
            for n in [1, 2, 5, 20] {
                let tail: f64 = levels[n..].iter().sum();
                assert!((queue.p_number_at_least(n as u32) / tail - 1.0).abs() < 1e-9, "{n}");
            }
        }
    }

    #[test]
    fn servers_that_hardly_fail_are_those_of_mmc() {
        let queue = BreakdownQueue::new(BreakdownParameters { failure: 1e-13, repair: 1e3, ..parameters() }).unwrap();
        let open = Mmc::new(2.0, 1.0, 3).unwrap();
        assert!((queue.mean_in_system() / open.mean_in_system() - 1.0).abs() < 1e-12);
        assert!((queue.p_number_at_least(0) - 1.0).abs() < 1e-13);
    }

    #[test]
    fn without_a_steady_state_there_is_none() {
        assert!(BreakdownQueue::new(BreakdownParameters { arrivals: 2.7, ..parameters() }).is_none());
        assert!(BreakdownQueue::new(BreakdownParameters { failure: 0.0, ..parameters() }).is_none());
        assert!(BreakdownQueue::new(BreakdownParameters { crews: 0, ..parameters() }).is_none());
    }
}
