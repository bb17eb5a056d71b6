//! k-out-of-n groups that fail and are repaired: a birth–death chain.

use super::convolution::{Pmf, moments};
use super::uniformization::poisson_weights;

/// k-out-of-n units with exponential failures and repairs, a number of repair crews, and spares that fail at a share of the
/// active rate (1: hot, 0: cold). State i = units failed; down when fewer than `needed` are up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KOfN {
    /// Units in all.
    pub units: u32,
    /// Units needed.
    pub needed: u32,
    /// Mean time to failure of an active unit, in hours.
    pub mttf: f64,
    /// Mean time to repair, in hours.
    pub mttr: f64,
    /// Repairs at once.
    pub crews: u32,
    /// Failure rate of a spare ÷ that of an active unit.
    pub standby: f64,
}

impl KOfN {
    fn fails(&self, failed: u32) -> f64 {
        let up = self.units - failed;
        let active = up.min(self.needed);
        (f64::from(active) + self.standby * f64::from(up - active)) / self.mttf
    }

    fn repairs(&self, failed: u32) -> f64 {
        f64::from(failed.min(self.crews)) / self.mttr
    }

    /// The first down state.
    fn down(&self) -> usize {
        (self.units - self.needed + 1) as usize
    }

    /// Steady-state probability of each number of failed units, by detailed balance.
    #[must_use]
    pub fn steady(&self) -> Pmf {
        let mut weights = vec![1.0];
        for i in 0..self.units {
            let last = weights[i as usize];
            weights.push(last * self.fails(i) / self.repairs(i + 1));
        }
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    }

    /// P(down) in steady state.
    #[must_use]
    pub fn unavailability(&self) -> f64 {
        self.steady()[self.down()..].iter().sum()
    }

    /// Outages per hour in steady state.
    #[must_use]
    pub fn outage_frequency(&self) -> f64 {
        let edge = self.down() - 1;
        self.steady()[edge] * self.fails(edge as u32)
    }

    /// Mean units up in steady state.
    #[must_use]
    pub fn mean_up(&self) -> f64 {
        f64::from(self.units) - moments(&self.steady(), &[]).0
    }

    /// Mean hours from all up to the first outage: Σ over the edges below it of (1 + repairs(i) · h(i-1)) / fails(i).
    #[must_use]
    pub fn mttf_system(&self) -> f64 {
        let mut step = 0.0;
        let steps = (0..self.down() as u32).map(|i| {
            step = (1.0 + self.repairs(i) * step) / self.fails(i);
            step
        });
        steps.sum()
    }

    /// Transient measures over `0..hours` with all up at 0, by uniformization.
    #[must_use]
    pub fn transient(&self, hours: f64) -> Transient {
        let all = self.jump(hours, false);
        let first = self.jump(hours, true);
        let down = self.down();
        let edge = down - 1;
        Transient {
            unavailability: all.at_end[down..].iter().sum(),
            interval_unavailability: all.mean[down..].iter().sum(),
            expected_outages: all.mean[edge] * self.fails(edge as u32) * hours,
            p_outage: first.at_end[down],
            p_no_outage: first.at_end[..down].iter().sum(),
        }
    }

    /// State probabilities at the end, and their mean over the time, started all up; the first down state may absorb.
    ///
    /// Uniformization: jumps of a Poisson clock of rate Λ; Σ Poisson(k) P^k and Σ P(N > k) / (Λ t) P^k.
    /// Grassmann (1977), "Transient solutions in Markovian queueing systems", *Computers & OR* 4, 47–53.
    fn jump(&self, hours: f64, absorb: bool) -> Jumped {
        let states = if absorb { self.down() + 1 } else { self.units as usize + 1 };
        let leaves = |i: usize| -> (f64, f64) {
            if absorb && i + 1 == states {
                return (0.0, 0.0);
            }
            let i = i as u32;
            (if i < self.units { self.fails(i) } else { 0.0 }, self.repairs(i))
        };
        let rate = (0..states).map(|i| leaves(i).0 + leaves(i).1).fold(0.0, f64::max) * 1.02;
        let jumps = rate * hours;
        let poisson = poisson_weights(jumps);
        let mut now = vec![0.0; states];
        now[0] = 1.0;
        let (mut at_end, mut mean) = (vec![0.0; states], vec![0.0; states]);
        for (weight, beyond) in poisson {
            for i in 0..states {
                at_end[i] += weight * now[i];
                mean[i] += beyond / jumps * now[i];
            }
            let mut next = vec![0.0; states];
            for (i, p) in now.iter().enumerate() {
                let (up, back) = leaves(i);
                next[i] += p * (1.0 - (up + back) / rate);
                if up > 0.0 {
                    next[i + 1] += p * up / rate;
                }
                if back > 0.0 {
                    next[i - 1] += p * back / rate;
                }
            }
            now = next;
        }
        Jumped { at_end, mean }
    }
}

struct Jumped {
    at_end: Vec<f64>,
    mean: Vec<f64>,
}

/// What happens to a k-of-n group within a time, all up at its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transient {
    /// P(down) at the end.
    pub unavailability: f64,
    /// Expected share of the time down.
    pub interval_unavailability: f64,
    /// Expected number of outages begun.
    pub expected_outages: f64,
    /// P(at least one outage).
    pub p_outage: f64,
    /// P(none): summed on its own, as it may be far smaller than 1 − `p_outage` can tell.
    pub p_no_outage: f64,
}
