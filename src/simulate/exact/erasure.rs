//! Data spread over drives so that some may be lost.

use super::invalid::{Invalid, checked, positive};
use super::kofn::KOfN;

/// An (n, k) code of maximum distance, a RAID group, or copies (k = 1): data is lost when more than n − k chunks are failed at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErasureCode(KOfN);

impl ErasureCode {
    /// `chunks` in all, any `needed` of which hold the data, on drives that fail every `mttf` hours and take `mttr` to rebuild;
    /// rebuilds run side by side or (`serial`) one by one.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a number outside its range.
    pub fn new(chunks: u32, needed: u32, mttf: f64, mttr: f64, serial: bool) -> Result<Self, Invalid> {
        checked("chunks needed", f64::from(needed), "1 to the number of chunks", (1..=chunks).contains(&needed))?;
        Ok(Self(KOfN {
            units: chunks,
            needed,
            mttf: positive("mean time to failure", mttf)?,
            mttr: positive("mean time to rebuild", mttr)?,
            crews: if serial { 1 } else { chunks },
            standby: 1.0,
        }))
    }

    /// Mean hours to data loss, all chunks good at first.
    ///
    /// Gibson (1992), *Redundant Disk Arrays*, MIT Press, ch. 5; exact here, without the usual approximation.
    #[must_use]
    pub fn mean_time_to_data_loss(&self) -> f64 {
        self.0.mttf_system()
    }

    /// The usual approximation for mttr ≪ mttf: the product of the repair rates ÷ the product of the failure rates on the way.
    #[must_use]
    pub fn approximation(&self) -> f64 {
        let way = self.0.units - self.0.needed;
        let steps = (1..=way).map(|i| self.0.repairs(i) / self.0.fails(i));
        steps.product::<f64>() / self.0.fails(0)
    }

    /// P(data loss within `hours`), all chunks good at first.
    ///
    /// # Errors
    /// [`Invalid::Number`] for a negative time.
    pub fn p_loss(&self, hours: f64) -> Result<f64, Invalid> {
        Ok(self.0.first_outage(hours)?.met)
    }
}
