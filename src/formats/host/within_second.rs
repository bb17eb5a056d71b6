//! Samples that sar's collector took within a second of the one before: it was started anew, or called by hand beside its timer.
//!
//! Stamps are whole seconds, so both have the same one, and would pass for one sample with two values. The later has an interval that
//! is rounded to 0, and a rate over a few hundredths of a second means nothing: it is left out.

use crate::formats::Reading;

/// The stamp of the latest sample over a whole interval.
#[derive(Default)]
pub(super) struct WithinSecond(String);

impl WithinSecond {
    /// Whether a sample is of the same second as the one before, and over less than one.
    pub(super) fn repeats(&mut self, interval: &str, stamp: &str, line: u64, reading: &mut Reading<'_>) -> bool {
        if interval.trim() != "0" {
            if self.0 != stamp {
                stamp.clone_into(&mut self.0);
            }
            return false;
        }
        let repeats = self.0 == stamp;
        if repeats {
            Self::tell(line, reading);
        }
        repeats
    }

    /// Tells of a sample that is left out.
    pub(super) fn tell(line: u64, reading: &mut Reading<'_>) {
        let text = "a second sample within a second (the collector was started anew): left out";
        reading.note("within-second", line, || text.to_owned());
    }
}
