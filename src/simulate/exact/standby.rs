//! Fail-over that may not succeed.

use super::chain::Chain;
use super::invalid::{Invalid, positive, probability};

/// One active unit, one cold spare, one repairman. A failure of the active unit is covered with probability `coverage`: the spare
/// takes over at once. Otherwise it is an outage until the failed unit is repaired.
///
/// Arnold (1973), "The concept of coverage and its effect on the reliability model of a repairable system", *IEEE Transactions on
/// Computers* C-22(3), 251–254.
#[derive(Debug, Clone, PartialEq)]
pub struct CoveredStandby {
    chain: Chain,
}

impl CoveredStandby {
    /// States that are an outage.
    const DOWN: [bool; 4] = [false, false, true, true];

    /// With rates per hour.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a rate that is not positive or a coverage that is no probability.
    pub fn new(failure_rate: f64, repair_rate: f64, coverage: f64) -> Result<Self, Invalid> {
        let fail = positive("failure rate", failure_rate)?;
        let repair = positive("repair rate", repair_rate)?;
        let covered = probability("coverage", coverage)?;
        let rates = [
            (0, 1, fail * covered),
            (0, 3, fail * (1.0 - covered)),
            (1, 0, repair),
            (1, 2, fail),
            (2, 1, repair),
            (3, 0, repair),
        ];
        Ok(Self { chain: Chain::new(4, rates)? })
    }

    /// Long-run probability of: both good; one failed, the other active; both failed; uncovered failure.
    ///
    /// # Errors
    /// None: the chain always comes back to both good.
    pub fn steady(&self) -> Result<Vec<f64>, Invalid> {
        self.chain.steady()
    }

    /// Long-run P(outage).
    ///
    /// # Errors
    /// As [`Self::steady`].
    pub fn unavailability(&self) -> Result<f64, Invalid> {
        Ok(self.steady()?[2..].iter().sum())
    }

    /// Mean hours from both good to the first outage.
    #[must_use]
    pub fn mttf_system(&self) -> f64 {
        self.chain.mean_time_to(&Self::DOWN)[0]
    }
}
