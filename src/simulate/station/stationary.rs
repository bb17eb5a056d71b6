use crate::portable::{exp, ln};
use crate::stream::Generator;

/// The stationary law of a birth–death chain on 0, 1, 2, …: how a simulation of a Markov station starts without a warm-up.
///
/// π(n+1) = π(n) · up(n) / down(n+1), by logarithms so that a thousand servers neither overflow nor vanish.
#[derive(Debug, Clone)]
pub struct Stationary {
    up_to: Vec<f64>,
}

impl Stationary {
    /// From the rates up and down at n; cut where what is left is under 1e-17 of the whole. `None` when there is no stationary
    /// law (no end after ten million states) or a rate is negative or not a number.
    ///
    /// ```
    /// use plimsoll::simulate::station::Stationary;
    /// let mm1 = Stationary::new(|_| 1.0, |_| 2.0).unwrap();
    /// assert!((mm1.p_at_most(0) - 0.5).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn new(up: impl Fn(u32) -> f64, down: impl Fn(u32) -> f64) -> Option<Self> {
        let mut logs = vec![0.0_f64];
        let mut top = 0.0_f64;
        for n in 0..10_000_000 {
            let (rise, fall) = (up(n), down(n + 1));
            if !(rise >= 0.0 && (fall > 0.0 || rise <= 0.0)) {
                return None;
            }
            if rise <= 0.0 {
                return Some(Self::of(&logs, top));
            }
            let next = logs[logs.len() - 1] + ln(rise / fall);
            // under the top by e^-40 and shrinking: a geometric tail with ratio r holds 1/(1-r) of it
            if rise < fall && next - ln(1.0 - rise / fall) < top - 40.0 {
                return Some(Self::of(&logs, top));
            }
            top = top.max(next);
            logs.push(next);
        }
        None
    }

    fn of(logs: &[f64], top: f64) -> Self {
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = Vec::with_capacity(logs.len());
        for one in logs {
            sum += exp(one - top);
            up_to.push(sum);
        }
        for one in &mut up_to {
            *one /= sum;
        }
        Self { up_to }
    }

    /// M/M/c with room for `room` in all and patience: arrivals at `arrival`, services at `service` for each server, those who
    /// wait leave at `abandonment` each. `None` when it has no stationary law.
    #[must_use]
    pub fn station(arrival: f64, service: f64, servers: u32, room: Option<u32>, abandonment: f64) -> Option<Self> {
        let up = |n: u32| if room.is_some_and(|room| n >= room) { 0.0 } else { arrival };
        Self::new(up, |n| f64::from(n.min(servers)) * service + f64::from(n.saturating_sub(servers)) * abandonment)
    }

    /// P(N ≤ n).
    #[must_use]
    pub fn p_at_most(&self, n: u32) -> f64 {
        self.up_to.get(n as usize).copied().unwrap_or(1.0)
    }

    /// A draw.
    pub fn draw(&self, rng: &mut Generator) -> u32 {
        let at = rng.uniform();
        self.up_to.partition_point(|below| *below < at).min(self.up_to.len() - 1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::queue::{Mmc, erlang_b};

    #[test]
    fn it_is_erlangs_law() {
        let mmc = Stationary::station(7.2, 1.0, 8, None, 0.0).unwrap();
        assert!((1.0 - mmc.p_at_most(7) - Mmc::new(7.2, 1.0, 8).unwrap().p_wait()).abs() < 1e-12);
        let loss = Stationary::station(970.0, 1.0, 1_000, Some(1_000), 0.0).unwrap();
        assert!((1.0 - loss.p_at_most(999) - erlang_b(970.0, 1_000)).abs() < 1e-12);
        // patience at the service rate: as many servers as customers, Poisson
        let patient = Stationary::station(3.0, 1.0, 2, None, 1.0).unwrap();
        assert!((patient.p_at_most(0) - (-3.0_f64).exp()).abs() < 1e-12);
        assert!(Stationary::station(1.0, 1.0, 1, None, 0.0).is_none());
        assert!(Stationary::station(1.3, 1.0, 1, Some(10), 0.0).is_some());
    }
}
