//! Outages that arrive as a Poisson process and may overlap.

use statrs::function::erf::erfc;

use super::invalid::{Invalid, not_negative, positive};

/// Poisson shocks, each an outage of lognormal length; outages overlap, and what they strike is up when none is in progress: the
/// number in progress is that of an M/G/∞ queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shocks {
    rate: f64,
    mu: f64,
    sigma: f64,
}

impl Shocks {
    /// `rate` shocks an hour, whose log length in hours is normal with mean `mu` and standard deviation `sigma`.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a rate that is negative or a deviation that is not positive.
    pub fn lognormal(rate: f64, mu: f64, sigma: f64) -> Result<Self, Invalid> {
        super::invalid::checked("mean of the log length", mu, "a finite number", mu.is_finite())?;
        Ok(Self { rate: not_negative("shocks an hour", rate)?, mu, sigma: positive("deviation of the log length", sigma)? })
    }

    /// P(none in progress) after `hours`, none at 0: exp(−rate ∫ P(length > s) ds over 0..hours).
    ///
    /// Takács (1962), *Introduction to the Theory of Queues*, ch. 3. The integral is E[min(length, t)] = t P(length > t) +
    /// E[length; length ≤ t], both in closed form for the lognormal.
    #[must_use]
    pub fn p_up_at(&self, hours: f64) -> f64 {
        if hours <= 0.0 {
            return 1.0;
        }
        let z = (hours.ln() - self.mu) / self.sigma;
        let within = hours * normal_cdf(-z) + self.mean_length() * normal_cdf(z - self.sigma);
        (-self.rate * within).exp()
    }

    /// P(none in progress) in the long run: exp(−rate × mean length).
    #[must_use]
    pub fn p_up(&self) -> f64 {
        (-self.rate * self.mean_length()).exp()
    }

    fn mean_length(&self) -> f64 {
        (self.mu + self.sigma * self.sigma / 2.0).exp()
    }
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}
