//! M/G/1: Pollaczek–Khinchine moments for any service law, and the exact law of the wait where services are made of
//! exponential phases.
//!
//! The wait is a geometric number (P(more than n) = ρ^(n+1)) of residual services: Pollaczek (1930), Khinchine (1932); Asmussen
//! (2003), *Applied Probability and Queues*, §VIII.5.

use statrs::function::gamma::gamma;

use super::tail::{poisson_mixture, where_tail_reaches};

/// A law of service times, in seconds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Service {
    /// Always as long.
    Constant {
        /// Seconds.
        seconds: f64,
    },
    /// Exponential.
    Exponential {
        /// Mean in seconds.
        mean: f64,
    },
    /// `phases` exponential phases one after the other.
    Erlang {
        /// How many.
        phases: u32,
        /// Mean of the whole in seconds.
        mean: f64,
    },
    /// Exponential with one of several rates per second.
    Hyperexponential {
        /// (probability, rate) of each; the probabilities add up to 1.
        branches: Vec<(f64, f64)>,
    },
    /// Gamma; its mean is shape × scale.
    Gamma {
        /// Shape.
        shape: f64,
        /// Scale in seconds.
        scale: f64,
    },
    /// exp of a normal.
    Lognormal {
        /// Mean of the logarithm of seconds.
        mu: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// P(S > t) = exp(-(t / scale)^shape).
    Weibull {
        /// Shape.
        shape: f64,
        /// Scale in seconds.
        scale: f64,
    },
    /// Uniform.
    Uniform {
        /// Least, in seconds.
        low: f64,
        /// Most, in seconds.
        high: f64,
    },
}

impl Service {
    /// Whether its parameters make a law of positive times.
    fn valid(&self) -> bool {
        let positive = |each: &[f64]| each.iter().all(|one| one.is_finite() && *one > 0.0);
        match self {
            Self::Constant { seconds: mean } | Self::Exponential { mean } => positive(&[*mean]),
            Self::Erlang { phases, mean } => *phases > 0 && positive(&[*mean]),
            Self::Hyperexponential { branches } => {
                let sum: f64 = branches.iter().map(|one| one.0).sum();
                (sum - 1.0).abs() < 1e-9 && branches.iter().all(|(share, rate)| *share >= 0.0 && positive(&[*rate]))
            }
            Self::Gamma { shape, scale } | Self::Weibull { shape, scale } => positive(&[*shape, *scale]),
            Self::Lognormal { mu, sigma } => mu.is_finite() && positive(&[*sigma]),
            Self::Uniform { low, high } => *low >= 0.0 && high > low && high.is_finite(),
        }
    }

    /// E Sⁿ in secondsⁿ, n = 1, 2, 3.
    #[must_use]
    pub fn moment(&self, n: u32) -> f64 {
        let factorial = f64::from((1..=n).product::<u32>());
        let (power, whole) = (f64::from(n), n as i32);
        match self {
            Self::Constant { seconds } => seconds.powi(whole),
            Self::Exponential { mean } => factorial * mean.powi(whole),
            Self::Erlang { phases, mean } => {
                let k = f64::from(*phases);
                (0..n).fold(1.0, |product, i| product * (k + f64::from(i)) * mean / k)
            }
            Self::Hyperexponential { branches } => {
                branches.iter().map(|(share, rate)| share * factorial / rate.powi(whole)).sum()
            }
            Self::Gamma { shape, scale } => (0..n).fold(1.0, |product, i| product * (shape + f64::from(i)) * scale),
            Self::Lognormal { mu, sigma } => (power * mu + power * power * sigma * sigma / 2.0).exp(),
            Self::Weibull { shape, scale } => scale.powi(whole) * gamma(1.0 + power / shape),
            Self::Uniform { low, high } => (high.powi(whole + 1) - low.powi(whole + 1)) / ((power + 1.0) * (high - low)),
        }
    }

    /// Variance ÷ mean²: 0 constant, 1 exponential.
    #[must_use]
    pub fn squared_variation(&self) -> f64 {
        match self {
            Self::Constant { .. } => 0.0,
            Self::Exponential { .. } => 1.0,
            Self::Erlang { phases, .. } => 1.0 / f64::from(*phases),
            Self::Gamma { shape, .. } => 1.0 / shape,
            Self::Lognormal { sigma, .. } => (sigma * sigma).exp_m1(),
            Self::Uniform { low, high } => (high - low).powi(2) / (3.0 * (high + low).powi(2)),
            Self::Hyperexponential { .. } | Self::Weibull { .. } => self.moment(2) / self.moment(1).powi(2) - 1.0,
        }
    }
}

/// One server, Poisson arrivals, services of any law, first come first served.
#[derive(Debug, Clone, PartialEq)]
pub struct Mg1 {
    arrivals: f64,
    service: Service,
}

impl Mg1 {
    /// From arrivals per second and the service law; `None` when it is no law or there is no steady state.
    ///
    /// ```
    /// use plimsoll::simulate::queue::{Mg1, Service};
    /// let queue = Mg1::new(0.8, Service::Erlang { phases: 4, mean: 1.0 }).unwrap();
    /// assert!((queue.mean_wait() - 2.5).abs() < 1e-14);
    /// ```
    #[must_use]
    pub fn new(arrivals: f64, service: Service) -> Option<Self> {
        (service.valid() && arrivals > 0.0 && arrivals * service.moment(1) < 1.0).then_some(Self { arrivals, service })
    }

    /// ρ = λ E S; also the probability that an arrival waits.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        self.arrivals * self.service.moment(1)
    }

    /// The service law.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Mean wait in seconds: λ E S² / (2 (1 - ρ)).
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.arrivals * self.service.moment(2) / (2.0 * (1.0 - self.utilization()))
    }

    /// Variance of the wait in seconds²: λ E S³ / (3 (1 - ρ)) + (mean wait)².
    #[must_use]
    pub fn variance_of_wait(&self) -> f64 {
        self.arrivals * self.service.moment(3) / (3.0 * (1.0 - self.utilization())) + self.mean_wait().powi(2)
    }

    /// Mean response in seconds.
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        self.mean_wait() + self.service.moment(1)
    }

    /// Mean number waiting (Little).
    #[must_use]
    pub fn mean_queue(&self) -> f64 {
        self.arrivals * self.mean_wait()
    }

    /// The percentile of the wait in seconds, exactly; `None` for laws without a closed form (gamma of a broken shape, lognormal,
    /// Weibull, uniform: simulate those).
    #[must_use]
    pub fn wait_percentile(&self, p: f64) -> Option<f64> {
        let (level, mean) = (1.0 - p, self.mean_wait());
        match &self.service {
            Service::Exponential { mean } => self.wait_of_phases(1, *mean, level),
            Service::Erlang { phases, mean } => self.wait_of_phases(*phases, *mean, level),
            Service::Gamma { shape, scale } if shape.fract() == 0.0 && *shape < f64::from(u32::MAX) => {
                self.wait_of_phases(*shape as u32, shape * scale, level)
            }
            Service::Hyperexponential { branches } => {
                let terms = self.exponential_terms(branches);
                let tail = |t: f64| terms.iter().map(|(share, rate)| share * (-rate * t).exp()).sum();
                Some(where_tail_reaches(level, mean, tail))
            }
            Service::Constant { seconds } => Some(super::Md1::new(self.arrivals, *seconds)?.wait_percentile(p)),
            _ => None,
        }
    }

    /// The wait ahead of an arrival as a number of phases: a residual Erlang(k) service has 1..=k phases, each as likely, so
    /// that P(more than n phases) = ρ·P(residual > n) + (ρ/k)·Σ P(more than n - j), j = 1..=min(k, n). All terms are positive.
    fn wait_of_phases(&self, phases: u32, mean: f64, level: f64) -> Option<f64> {
        let (busy, k) = (self.utilization(), phases as usize);
        let rate = f64::from(phases) / mean;
        let mut more: Vec<f64> = vec![busy];
        let mut window = busy; // the sum of the last k
        // what is beyond the end weighs less than 1e-17 of the level: the tail falls faster than its last terms say
        while more[more.len() - 1] > level * 1e-17 {
            let n = more.len();
            let residual = if n < k { (k - n) as f64 / k as f64 } else { 0.0 };
            more.push(busy * residual + busy / k as f64 * window);
            window = more[(n + 1).saturating_sub(k)..].iter().sum();
            if n > 5_000_000 {
                return None;
            }
        }
        Some(where_tail_reaches(level, self.mean_wait(), |seconds| poisson_mixture(rate * seconds, &more)))
    }

    /// P(wait > t) = Σ share·e^{-rate t} for hyperexponential services: the rates z solve λ Σ p/(r - z) = 1, one below the least
    /// r and one between each two; the share is (1 - ρ) / (z λ Σ p/(r - z)²).
    fn exponential_terms(&self, branches: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let mut merged: Vec<(f64, f64)> = branches.iter().copied().filter(|(share, _)| *share > 0.0).collect();
        merged.sort_by(|a, b| a.1.total_cmp(&b.1));
        merged.dedup_by(|next, kept| next.1 == kept.1 && (kept.0 += next.0, true).1);
        let idle = 1.0 - self.utilization();
        let root = |i: usize| {
            // z = top - below: solved for the distance to the pole above, so that none is lost to rounding
            let top = merged[i].1;
            let width = if i == 0 { top } else { top - merged[i - 1].1 };
            let excess = |distance: f64| -> f64 {
                self.arrivals * merged.iter().map(|(share, rate)| share / ((rate - top) + distance)).sum::<f64>() - 1.0
            };
            let (mut low, mut high) = (0.0, width);
            loop {
                let middle = f64::midpoint(low, high);
                if middle <= low || middle >= high {
                    break middle;
                }
                if excess(middle) > 0.0 { low = middle } else { high = middle }
            }
        };
        let term = |i: usize| {
            let (distance, top) = (root(i), merged[i].1);
            let slope: f64 = merged.iter().map(|(share, rate)| share / ((rate - top) + distance).powi(2)).sum();
            let rate = top - distance;
            (idle / (rate * self.arrivals * slope), rate)
        };
        (0..merged.len()).map(term).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mm1;
    use super::*;

    #[test]
    fn exponential_services_in_any_guise_give_the_wait_of_mm1() {
        let wanted = Mm1::new(0.8, 1.0).unwrap().wait_percentile(0.999);
        for service in [
            Service::Exponential { mean: 1.0 },
            Service::Gamma { shape: 1.0, scale: 1.0 },
            Service::Hyperexponential { branches: vec![(0.3, 1.0), (0.7, 1.0)] },
        ] {
            let seen = Mg1::new(0.8, service).unwrap().wait_percentile(0.999).unwrap();
            assert!((seen / wanted - 1.0).abs() < 1e-13, "{seen} {wanted}");
        }
    }

    #[test]
    fn many_phases_come_near_a_constant_service_from_above() {
        let at = |phases| Mg1::new(0.8, Service::Erlang { phases, mean: 1.0 }).unwrap().wait_percentile(0.99).unwrap();
        let constant = Mg1::new(0.8, Service::Constant { seconds: 1.0 }).unwrap().wait_percentile(0.99).unwrap();
        // the gap falls as 1/phases
        let (coarse, fine) = (at(50) / constant - 1.0, at(500) / constant - 1.0);
        assert!(coarse > 0.0 && fine > 0.0 && (coarse / fine - 10.0).abs() < 0.2, "{coarse} {fine}");
    }

    #[test]
    fn three_branches_have_the_mean_wait_of_their_moments() {
        let branches = vec![(0.5, 4.0), (0.3, 1.0), (0.2, 0.5)];
        let queue = Mg1::new(0.9, Service::Hyperexponential { branches: branches.clone() }).unwrap();
        let terms = queue.exponential_terms(&branches);
        let mean: f64 = terms.iter().map(|(share, rate)| share / rate).sum();
        let square: f64 = terms.iter().map(|(share, rate)| 2.0 * share / (rate * rate)).sum();
        assert!((mean / queue.mean_wait() - 1.0).abs() < 1e-13);
        assert!(((square - mean * mean) / queue.variance_of_wait() - 1.0).abs() < 1e-12);
        assert!((terms.iter().map(|term| term.0).sum::<f64>() - queue.utilization()).abs() < 1e-14);
    }

    #[test]
    fn what_is_no_law_or_has_no_steady_state_is_none() {
        assert!(Mg1::new(1.0, Service::Exponential { mean: 1.0 }).is_none());
        assert!(Mg1::new(0.5, Service::Gamma { shape: f64::NAN, scale: 1.0 }).is_none());
        assert!(Mg1::new(0.5, Service::Hyperexponential { branches: vec![(0.5, 1.0)] }).is_none());
        assert_eq!(Mg1::new(0.5, Service::Lognormal { mu: -0.5, sigma: 1.0 }).unwrap().wait_percentile(0.9), None);
    }
}
