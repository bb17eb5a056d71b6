//! Faults that show only when tested.

use super::convolution::binomial;
use super::invalid::{Invalid, checked, positive};
use super::kofn::KOfN;

/// A k-out-of-n group whose failures stay hidden until a proof test restores all of it; tests are perfect and take no time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProofTested {
    units: u32,
    needed: u32,
    failure_rate: f64,
    interval: f64,
}

impl ProofTested {
    /// `needed` of `units` with a failure rate per hour, tested every `interval` hours.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a number outside its range.
    pub fn new(units: u32, needed: u32, failure_rate: f64, interval: f64) -> Result<Self, Invalid> {
        checked("units needed", f64::from(needed), "1 to the number of units", (1..=units).contains(&needed))?;
        Ok(Self {
            units,
            needed,
            failure_rate: positive("failure rate", failure_rate)?,
            interval: positive("test interval", interval)?,
        })
    }

    /// Average probability of failure on demand: the expected share of a test interval with fewer than `needed` units good.
    ///
    /// # Errors
    /// None: the numbers were checked.
    pub fn average_probability_of_failure_on_demand(&self) -> Result<f64, Invalid> {
        // without crews nothing is repaired; every unit that is left can fail
        let group =
            KOfN { units: self.units, needed: self.needed, mttf: 1.0 / self.failure_rate, mttr: 1.0, crews: 0, standby: 1.0 };
        Ok(group.transient(self.interval)?.interval_unavailability)
    }

    /// Its usual approximation for λT ≪ 1: C(n, m) (λT)^m ÷ (m + 1) with m = n − k + 1 failures that bring the group down.
    ///
    /// IEC 61508-6:2010, Annex B.
    #[must_use]
    pub fn approximation(&self) -> f64 {
        let fatal = self.units - self.needed + 1;
        // C(n, m) = 2^n P(m of n tosses of a coin)
        let ways = (binomial(self.units, 0.5)[fatal as usize] * f64::from(self.units).exp2()).round();
        ways * (self.failure_rate * self.interval).powi(fatal as i32) / f64::from(fatal + 1)
    }
}
