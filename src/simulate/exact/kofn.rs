//! k-out-of-n groups that fail and are repaired: a birth–death chain.

use super::chain::{Chain, FirstPassage};
use super::convolution::{Pmf, moments};
use super::invalid::{Invalid, checked, not_negative, positive};

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
    pub(super) fn fails(&self, failed: u32) -> f64 {
        let up = self.units - failed;
        let active = up.min(self.needed);
        (f64::from(active) + self.standby * f64::from(up - active)) / self.mttf
    }

    pub(super) fn repairs(&self, failed: u32) -> f64 {
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

    /// The group as a chain; state i = units failed. With no crew there is no repair.
    ///
    /// # Errors
    /// [`Invalid::Number`] for fewer units than needed, none needed, or a time or share out of its range.
    pub fn chain(&self) -> Result<Chain, Invalid> {
        positive("mean time to failure", self.mttf)?;
        positive("mean time to repair", self.mttr)?;
        not_negative("failure rate of a spare ÷ that of an active unit", self.standby)?;
        let needed = f64::from(self.needed);
        checked("units needed", needed, "1 to the number of units", (1..=self.units).contains(&self.needed))?;
        let fail = (0..self.units).map(|i| (i as usize, i as usize + 1, self.fails(i)));
        let repair = (1..=self.units).map(|i| (i as usize, i as usize - 1, self.repairs(i)));
        Chain::new(self.units as usize + 1, fail.chain(repair))
    }

    /// Which states are an outage.
    fn is_down(&self) -> Vec<bool> {
        (0..=self.units as usize).map(|failed| failed >= self.down()).collect()
    }

    /// Variance of the time from all up to the first outage, in hours².
    ///
    /// # Errors
    /// As [`Self::chain`].
    pub fn variance_of_time_to_outage(&self) -> Result<f64, Invalid> {
        Ok(self.chain()?.variance_of_time_to(&self.is_down())[0])
    }

    /// Whether there is an outage within `hours`, all up at 0.
    ///
    /// # Errors
    /// As [`Self::chain`], and for a negative time.
    pub fn first_outage(&self, hours: f64) -> Result<FirstPassage, Invalid> {
        let chain = self.chain()?;
        chain.first_passage(&chain.start(0), &self.is_down(), hours)
    }

    /// Transient measures over `0..hours` with all up at 0, by uniformization.
    ///
    /// # Errors
    /// As [`Self::chain`], and for a negative time.
    pub fn transient(&self, hours: f64) -> Result<Transient, Invalid> {
        let (chain, is_down, down) = (self.chain()?, self.is_down(), self.down());
        let start = chain.start(0);
        let course = chain.course(&start, hours)?;
        let first = self.first_outage(hours)?;
        let hours_down: f64 = course.time_in[down..].iter().sum();
        Ok(Transient {
            unavailability: course.at_end[down..].iter().sum(),
            interval_unavailability: if hours > 0.0 { hours_down / hours } else { 0.0 },
            expected_outages: chain.frequency_into(&is_down, &course.time_in),
            p_outage: first.met,
            p_no_outage: first.not_met,
        })
    }
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
