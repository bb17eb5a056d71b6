//! Redundancy with a cause that fails every unit at once.

use super::chain::Chain;
use super::invalid::{Invalid, checked, positive, probability};

/// The beta-factor model: each unit fails alone at (1 − β) λ, and a common shock at β λ fails every unit that is up, whatever the
/// state. The group is down when fewer than `needed` of `units` are up.
///
/// Fleming (1975), *A reliability model for common mode failures in redundant safety systems*, General Atomic GA-A13284.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommonCause {
    units: u32,
    needed: u32,
    failure_rate: f64,
    beta: f64,
}

impl CommonCause {
    /// `needed` of `units`, each with a failure rate per hour of which the share `beta` is common.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a number outside its range.
    pub fn new(units: u32, needed: u32, failure_rate: f64, beta: f64) -> Result<Self, Invalid> {
        checked("units needed", f64::from(needed), "1 to the number of units", (1..=units).contains(&needed))?;
        Ok(Self {
            units,
            needed,
            failure_rate: positive("failure rate", failure_rate)?,
            beta: probability("share of common failures", beta)?,
        })
    }

    /// State = units failed; each is repaired on its own at `repair_rate` (0: not at all).
    fn chain(&self, repair_rate: f64) -> Result<Chain, Invalid> {
        let (alone, common) = ((1.0 - self.beta) * self.failure_rate, self.beta * self.failure_rate);
        let all = self.units as usize;
        let alone = (0..all).map(|i| (i, i + 1, (all - i) as f64 * alone));
        let common = (0..all).map(|i| (i, all, common));
        let repair = (1..=all).map(|i| (i, i - 1, i as f64 * repair_rate));
        Chain::new(all + 1, alone.chain(common).chain(repair))
    }

    fn is_down(&self) -> Vec<bool> {
        (0..=self.units).map(|failed| failed + self.needed > self.units).collect()
    }

    /// P(down by `hours`) without repair.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a negative time.
    pub fn unreliability(&self, hours: f64) -> Result<f64, Invalid> {
        let chain = self.chain(0.0)?;
        Ok(chain.first_passage(&chain.start(0), &self.is_down(), hours)?.met)
    }

    /// Mean hours to the first time that the group is down, without repair.
    ///
    /// # Errors
    /// None: the numbers were checked.
    pub fn mttf_system(&self) -> Result<f64, Invalid> {
        Ok(self.chain(0.0)?.mean_time_to(&self.is_down())[0])
    }

    /// Long-run P(down) when every unit is repaired on its own, within `mttr` hours on average.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a time that is not positive.
    pub fn unavailability(&self, mttr: f64) -> Result<f64, Invalid> {
        let steady = self.chain(1.0 / positive("mean time to repair", mttr)?)?.steady()?;
        Ok(steady.iter().zip(self.is_down()).filter(|one| one.1).map(|one| one.0).sum())
    }
}
