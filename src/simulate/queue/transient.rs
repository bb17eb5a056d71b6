//! M/M/1 that starts empty: how long a simulation, or a service after a restart, takes to reach its steady state.
//!
//! With D(t) the arrivals minus the services that a never-idle server would have done by t (a difference of two Poisson counts,
//! Skellam 1946), the queue is D reflected at 0. Reflection and the ballot theorem give sums of positive terms over the law of D,
//! for any load, in place of the differences of Bessel functions of the textbook form (Kleinrock 1975, vol. 1, eq. 2.163):
//! `P(N(t) = 0) = Σ n·P(D = -n) / (μt)` over n >= 1, and `E N(t) = Σ P(D = m)·(m + ρ^-1 + … + ρ^-(m-1))` over m >= 1.

/// One M/M/1 queue, empty at time 0, at one instant. Loads above 1 are welcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Mm1Transient {
    services: f64,
    load: f64,
    /// P(D = m), m = 0, 1, …
    up: Vec<f64>,
    /// P(D = -m), m = 0, 1, …
    down: Vec<f64>,
}

impl Mm1Transient {
    /// From arrivals and services per second (above 0) and the instant in seconds (0 or later).
    ///
    /// ```
    /// let queue = plimsoll::simulate::queue::Mm1Transient::new(1.2, 1.0, 10.0).unwrap();
    /// assert!((queue.mean_in_system() - 4.374_289_502_445).abs() < 1e-11);
    /// ```
    #[must_use]
    pub fn new(arrivals: f64, service: f64, seconds: f64) -> Option<Self> {
        let valid = arrivals > 0.0 && service > 0.0 && seconds >= 0.0;
        let spread = ((arrivals + service) * seconds).sqrt();
        let reach = (arrivals - service).abs() * seconds + 14.0 * spread + 80.0;
        if !(valid && reach < 1e8) {
            return None;
        }
        let (up, down) = skellam(arrivals, service, seconds, reach as usize);
        Some(Self { services: service * seconds, load: arrivals / service, up, down })
    }

    /// P(no one is in the system).
    #[must_use]
    pub fn p_empty(&self) -> f64 {
        if self.services == 0.0 {
            return 1.0;
        }
        let sum: f64 = self.down.iter().enumerate().map(|(n, weight)| n as f64 * weight).sum();
        sum / self.services
    }

    /// Mean number waiting or in service.
    #[must_use]
    pub fn mean_in_system(&self) -> f64 {
        let (mut mean, mut powers) = (0.0, 0.0);
        // powers: ρ^-1 + … + ρ^-(m-1) where ρ > 1; else ρ + … + ρ^(m-1), with P(D = m) ρ^-m = P(D = -m)
        let ratio = if self.load > 1.0 { 1.0 / self.load } else { self.load };
        let mut power = ratio;
        for m in 1..self.up.len() {
            let reflected = if self.load > 1.0 { self.up[m] } else { self.down[m] };
            mean += m as f64 * self.up[m] + reflected * powers;
            powers += power;
            power *= ratio;
        }
        mean
    }
}

/// P(D = m) and P(D = -m) for m up to `reach`: √ρ^±m·I(m, x) with x = 2t√(λμ), where the ratios of the Bessel functions
/// come from their continued fraction downwards (all terms positive), and the whole is divided by its sum.
fn skellam(arrivals: f64, service: f64, seconds: f64, reach: usize) -> (Vec<f64>, Vec<f64>) {
    let x = 2.0 * seconds * (arrivals * service).sqrt();
    if x == 0.0 {
        return (vec![1.0], vec![1.0]);
    }
    let mut ratios = vec![0.0; reach + 1];
    let mut ratio = 0.0;
    for m in (1..=reach + 40 + (10.0 * x.sqrt()) as usize).rev() {
        ratio = x / (2.0 * m as f64 + x * ratio);
        if m <= reach {
            ratios[m] = ratio;
        }
    }
    let tilt = 0.5 * (arrivals / service).ln();
    let (mut log, mut logs) = (0.0, vec![0.0; reach + 1]);
    for m in 1..=reach {
        log += ratios[m].ln();
        logs[m] = log;
    }
    let largest = (0..=reach).map(|m| logs[m] + tilt.abs() * m as f64).fold(0.0, f64::max);
    let at = |sign: f64| (0..=reach).map(move |m| (m, sign)).map(|(m, sign)| (logs[m] + sign * tilt * m as f64 - largest).exp());
    let (mut up, mut down): (Vec<f64>, Vec<f64>) = (at(1.0).collect(), at(-1.0).collect());
    let total = up.iter().sum::<f64>() + down.iter().skip(1).sum::<f64>();
    for weight in up.iter_mut().chain(&mut down) {
        *weight /= total;
    }
    (up, down)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The slow twin: uniformization of the chain on 0..states, step by step.
    fn twin(arrivals: f64, service: f64, seconds: f64, states: usize) -> (f64, f64) {
        let rate = arrivals + service;
        let mut held = vec![0.0; states];
        held[0] = 1.0;
        let (mut weight, mut empty, mut mean) = ((-rate * seconds).exp(), 0.0, 0.0);
        for jump in 1..4_000 {
            empty += weight * held[0];
            mean += weight * held.iter().enumerate().map(|(n, p)| n as f64 * p).sum::<f64>();
            let mut next = vec![0.0; states];
            for (n, p) in held.iter().enumerate() {
                next[(n + 1).min(states - 1)] += p * arrivals / rate;
                next[n.saturating_sub(1)] += p * service / rate;
            }
            held = next;
            weight *= rate * seconds / f64::from(jump);
        }
        (empty, mean)
    }

    #[test]
    fn it_is_what_uniformization_of_the_chain_gives() {
        for (arrivals, service, seconds) in
            [(0.9, 1.0, 10.0), (1.2, 1.0, 40.0), (3.0, 1.0, 20.0), (0.2, 2.0, 5.0), (1.0, 1.0, 60.0)]
        {
            let (empty, mean) = twin(arrivals, service, seconds, 400);
            let queue = Mm1Transient::new(arrivals, service, seconds).unwrap();
            // the twin's own rounding: a few thousand additions
            assert!((queue.p_empty() / empty - 1.0).abs() < 1e-12, "{arrivals} {seconds}: {} {empty}", queue.p_empty());
            assert!((queue.mean_in_system() / mean - 1.0).abs() < 1e-12, "{arrivals}: {} {mean}", queue.mean_in_system());
        }
    }

    #[test]
    fn it_starts_empty_and_ends_in_the_steady_state() {
        let start = Mm1Transient::new(0.5, 1.0, 0.0).unwrap();
        assert_eq!((start.p_empty(), start.mean_in_system()), (1.0, 0.0));
        let end = Mm1Transient::new(0.5, 1.0, 4_000.0).unwrap();
        assert!((end.p_empty() - 0.5).abs() < 1e-13 && (end.mean_in_system() - 1.0).abs() < 1e-12, "{end:?}");
        assert!(Mm1Transient::new(0.5, f64::NAN, 1.0).is_none());
    }
}
