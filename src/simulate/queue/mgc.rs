//! M/G/c: many servers, services of any law, by approximation.

use super::mmc::Mmc;
use crate::portable::powf;
use crate::stats::quadrature::stretch;
use crate::stats::{Distribution, Invalid};

/// Cells of the time up to the target.
const CELLS: usize = 512;

/// Services made ready: what does not depend on the load.
///
/// The chance to wait is that of M/M/c. Who waits, waits for the first of c services under way to end, and then, for each of a
/// geometric number of customers ahead (P(n or more) = ρⁿ), for a service under way that c servers share: as if they worked as one,
/// c times as fast, while all are busy. It is exact for one server (the Pollaczek–Khinchine formula) and for exponential services;
/// its mean wait is that of Tijms, van Hoorn & Federgruen.
///
/// Tijms, van Hoorn & Federgruen (1981), "Approximations for the steady-state probabilities in the M/G/c queue", *Advances in
/// Applied Probability* 13(1), 186–206; Tijms (2003), *A First Course in Stochastic Models*, §9.6.
///
/// ```
/// use plimsoll::simulate::queue::{Mgc, Mmc};
/// use plimsoll::stats::Distribution;
/// let services = Mgc::new(&Distribution::Exponential { mean: 0.04 }, 8, 0.25)?;
/// let exact = Mmc::new(0.8 * 200.0, 25.0, 8).unwrap();
/// assert!((services.p_late(0.8) / exact.p_response_above(0.25) - 1.0).abs() < 1e-3);
/// # Ok::<(), plimsoll::stats::Invalid>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mgc {
    mean: f64,
    scv: f64,
    servers: u32,
    /// P(service > target).
    longer: f64,
    /// Mass on each cell's edge of a service under way that all servers share.
    shared: Vec<f64>,
    /// P(service and the wait for the first to end > time left), by cells from 0 on.
    own: Vec<f64>,
}

impl Mgc {
    /// Servers with a law of services in seconds, and the target for the response in seconds.
    ///
    /// # Errors
    /// A law that is none or has negative durations or no finite mean and variance, no servers, a target that is not above 0.
    pub fn new(service: &Distribution, servers: u32, target_seconds: f64) -> Result<Self, Invalid> {
        let refuse = |parameter, seen: String, expected| Err(Invalid { parameter, seen: format!("is {seen}"), expected });
        service.check()?;
        let (mean, square) = (service.mean(), service.second_moment());
        if !(service.least() >= 0.0 && mean > 0.0 && square.is_finite()) {
            return refuse("service", service.to_string(), "a law without negative values, of finite mean above 0 and variance");
        }
        if servers == 0 {
            return refuse("servers", "0".to_owned(), "1 or more");
        }
        if !(target_seconds > 0.0 && target_seconds.is_finite()) {
            return refuse("target", target_seconds.to_string(), "a finite number of seconds above 0");
        }
        let (width, c) = (target_seconds / CELLS as f64, f64::from(servers));
        let plain = Excess::of(service, mean, square, width);
        let wide = Excess::of(service, mean, square, width * c);
        let shared = masses(&wide.second.iter().map(|over| over / c).collect::<Vec<_>>(), width);
        let served = masses(&plain.first, width);
        let first_ends: Vec<f64> = plain.first.iter().map(|over| powf(over / mean, c)).collect();
        let mut left = 1.0;
        let own = (0..=CELLS).map(|k| {
            left -= served[k];
            (0..=k).map(|i| served[i] * first_ends[k - i]).sum::<f64>() + left.max(0.0)
        });
        let own = own.collect();
        let scv = (square / mean / mean - 1.0).max(0.0);
        Ok(Self { mean, scv, servers, longer: service.survival(target_seconds), shared, own })
    }

    /// Squared coefficient of variation of the services: variance ÷ mean².
    #[must_use]
    pub fn scv(&self) -> f64 {
        self.scv
    }

    /// Mean service in seconds.
    #[must_use]
    pub fn mean_service(&self) -> f64 {
        self.mean
    }

    /// P(service > target): what is late without any load.
    #[must_use]
    pub fn p_late_alone(&self) -> f64 {
        self.longer
    }

    /// P(response > target) at a utilization in (0, 1). The geometric sum on the cells is Panjer's recursion (1981).
    #[must_use]
    pub fn p_late(&self, utilization: f64) -> f64 {
        let queue = Mmc::new(utilization * f64::from(self.servers) / self.mean, 1.0 / self.mean, self.servers);
        let Some(queue) = queue else { return 1.0 };
        let stay = 1.0 - utilization * self.shared[0];
        let mut ahead = Vec::with_capacity(CELLS + 1);
        ahead.push((1.0 - utilization) / stay);
        for j in 1..=CELLS {
            let sum: f64 = self.shared[1..=j].iter().zip(ahead.iter().rev()).map(|(shared, ahead)| shared * ahead).sum();
            ahead.push(utilization / stay * sum);
        }
        let within: f64 = ahead.iter().sum();
        let late: f64 = ahead.iter().zip(self.own.iter().rev()).map(|(ahead, own)| ahead * own).sum();
        (1.0 - queue.p_wait()) * self.longer + queue.p_wait() * (late + (1.0 - within).max(0.0))
    }
}

/// What services exceed the edges of cells by: E(S - x)⁺, and the same of a service under way, E((S - x)⁺)² / (2 E S).
struct Excess {
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Excess {
    /// At the edges 0, `width`, …, one beyond the last cell; from the known moments down.
    fn of(service: &Distribution, mean: f64, square: f64, width: f64) -> Self {
        let (mut first, mut second) = (vec![mean], vec![square / (2.0 * mean)]);
        for i in 0..=CELLS {
            let (low, high) = (width * i as f64, width * (i + 1) as f64);
            let (over, under_way) = (first[i], second[i]);
            if over <= 1e-15 * mean {
                first.push(0.0);
                second.push(0.0);
                continue;
            }
            let lost = stretch(low, high, 1e-10 * mean, &|x| service.survival(x));
            let weighed = stretch(low, high, 1e-10 * mean * width, &|x| (high - x) * service.survival(x));
            first.push((over - lost).max(0.0));
            // ∫ of E(S - x)⁺ over the cell
            second.push((under_way - (width * over - weighed) / mean).max(0.0));
        }
        Self { first, second }
    }
}

/// Masses on the edges that keep the mean of each cell: second differences of E(X - x)⁺ (local moment matching, Gerber 1982).
fn masses(excess: &[f64], width: f64) -> Vec<f64> {
    let at_zero = 1.0 - (excess[0] - excess[1]) / width;
    let inner = excess.windows(3).map(|three| ((three[0] - 2.0 * three[1] + three[2]) / width).max(0.0));
    std::iter::once(at_zero.max(0.0)).chain(inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::queue::{Md1, Mg1, Service};

    #[test]
    fn one_server_is_late_as_pollaczek_and_khinchine_say() {
        // constant services: the response is late where the wait is longer than what the target leaves
        for (utilization, p) in [(0.3, 0.9), (0.6, 0.99), (0.9, 0.95)] {
            let wait = Md1::new(utilization, 1.0).unwrap().wait_percentile(p);
            let seen = Mgc::new(&Distribution::constant(1.0), 1, wait + 1.0).unwrap().p_late(utilization);
            assert!((seen / (1.0 - p) - 1.0).abs() < 0.01, "{utilization} {p}: {seen}");
        }
        // hyperexponential: by the share of each branch that waits, the wait drawn from its exact law by inversion
        let branches = vec![(0.8, 2.0), (0.2, 0.4)];
        let law =
            Distribution::Hyperexponential { branches: branches.iter().map(|(share, rate)| (*share, 1.0 / rate)).collect() };
        let exact = Mg1::new(0.7 / law.mean(), Service::Hyperexponential { branches }).unwrap();
        let target = 6.0;
        let waits: Vec<f64> = (0..4_000).map(|i| exact.wait_percentile((f64::from(i) + 0.5) / 4_000.0).unwrap()).collect();
        let wanted = waits.iter().map(|wait| law.survival((target - wait).max(0.0))).sum::<f64>() / 4_000.0;
        let seen = Mgc::new(&law, 1, target).unwrap().p_late(0.7);
        assert!((seen / wanted - 1.0).abs() < 2e-3, "{seen} {wanted}");
    }

    #[test]
    fn exponential_services_are_late_as_in_mmc() {
        for (servers, utilization, target) in [(1, 0.5, 6.0), (4, 0.8, 5.0), (64, 0.95, 5.0), (1_000, 0.99, 5.0)] {
            // a thousand share so that a service is less than a cell
            let rounding = if servers == 1_000 { 5e-3 } else { 1e-3 };
            let services = Mgc::new(&Distribution::Exponential { mean: 1.0 }, servers, target).unwrap();
            let exact = Mmc::new(utilization * f64::from(servers), 1.0, servers).unwrap().p_response_above(target);
            let seen = services.p_late(utilization);
            assert!((seen / exact - 1.0).abs() < rounding, "{servers}: {seen} {exact}");
        }
    }

    #[test]
    fn what_is_no_station_is_refused() {
        let exponential = Distribution::Exponential { mean: 1.0 };
        let told = |law: &Distribution, servers, target| Mgc::new(law, servers, target).unwrap_err().to_string();
        assert_eq!(told(&exponential, 0, 1.0), "servers is 0, expected 1 or more");
        assert_eq!(told(&exponential, 1, 0.0), "target is 0, expected a finite number of seconds above 0");
        assert!(told(&Distribution::Normal { mean: 1.0, sd: 0.1 }, 1, 1.0).contains("without negative values"));
    }
}
