//! Stations one after the other.

use super::tail::{poisson_mixture, where_tail_reaches};

/// M/M/1 stations in a row, first come first served: the times of one request in them are independent exponentials (Burke 1956,
/// *Operations Research* 4(6); Reich 1957, *Ann. Math. Stat.* 28(3)), so that the whole is hypoexponential.
#[derive(Debug, Clone, PartialEq)]
pub struct Tandem {
    /// μ - λ of each, per second.
    rates: Vec<f64>,
}

impl Tandem {
    /// From arrivals per second and services per second of each station; `None` without a steady state.
    ///
    /// ```
    /// let row = plimsoll::simulate::queue::Tandem::new(1.0, &[1.5, 2.0, 1.25]).unwrap();
    /// assert!((row.mean_response() - 7.0).abs() < 1e-14);
    /// ```
    #[must_use]
    pub fn new(arrivals: f64, services: &[f64]) -> Option<Self> {
        let rates: Vec<f64> = services.iter().map(|service| service - arrivals).collect();
        let valid = arrivals >= 0.0 && !rates.is_empty() && rates.iter().all(|rate| *rate > 0.0 && rate.is_finite());
        valid.then_some(Self { rates })
    }

    /// Mean response in seconds: Σ 1 / (μ - λ).
    #[must_use]
    pub fn mean_response(&self) -> f64 {
        self.rates.iter().map(|rate| 1.0 / rate).sum()
    }

    /// The percentile of the response in seconds. Partial fractions cancel where two rates are close; jumps of one clock at the
    /// fastest rate (uniformization) have only positive terms.
    #[must_use]
    pub fn response_percentile(&self, p: f64) -> f64 {
        let clock = self.rates.iter().copied().fold(0.0, f64::max);
        let survival = self.survival(clock, (1.0 - p) * 1e-17);
        where_tail_reaches(1.0 - p, self.mean_response(), |seconds| poisson_mixture(clock * seconds, &survival))
    }

    /// P(not through after n jumps), n = 0, 1, …, until below `least`.
    fn survival(&self, clock: f64, least: f64) -> Vec<f64> {
        let mut held = vec![0.0; self.rates.len()];
        held[0] = 1.0;
        let mut survival = vec![1.0];
        while survival[survival.len() - 1] > least && survival.len() < 50_000_000 {
            let mut came = 0.0;
            for (share, rate) in held.iter_mut().zip(&self.rates) {
                let moved = *share * rate / clock;
                *share = *share * ((clock - rate) / clock) + came;
                came = moved;
            }
            survival.push(held.iter().sum());
        }
        survival
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_stations_make_an_erlang_and_unlike_ones_a_difference_of_exponentials() {
        // Erlang(2, 1) > t: e^-t (1 + t)
        let alike = Tandem::new(1.0, &[2.0, 2.0]).unwrap().response_percentile(0.99);
        assert!(((-alike).exp() * (1.0 + alike) / 0.01 - 1.0).abs() < 1e-12, "{alike}");
        // rates 1 and 3: (3 e^-t - e^-3t) / 2
        let unlike = Tandem::new(1.0, &[2.0, 4.0]).unwrap().response_percentile(0.999);
        let tail = (3.0 * (-unlike).exp() - (-3.0 * unlike).exp()) / 2.0;
        assert!((tail / 0.001 - 1.0).abs() < 1e-12, "{tail}");
    }
}
