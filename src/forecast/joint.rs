//! Joint draws: the same past dates for all series, so that what peaked together peaks together again.

use crate::stream::Stream;

/// Blocks of past dates that are drawn whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blocks {
    /// Past dates to draw from, 0 the oldest.
    pub(super) dates: usize,
    /// Dates a block.
    pub(super) length: usize,
    /// A block begins on the same phase as the step it is drawn for.
    pub(super) phase: usize,
}

impl Blocks {
    /// Blocks over `dates` past dates with a season of `season` steps.
    ///
    /// Two seasons of a daily series (14 days), one of longer seasons; shorter, and then of any phase, where that would leave
    /// under 20 different blocks.
    pub(super) fn over(dates: usize, season: usize) -> Self {
        let whole = if season <= 12 { 2 * season } else { season };
        if season > 1 && dates >= whole + 20 * season {
            return Self { dates, length: whole, phase: season };
        }
        let length = ((dates as f64).cbrt().ceil() as usize).min(dates / 4).max(1);
        Self { dates, length, phase: 1 }
    }

    /// The past date for each of `count` steps, of which the first is step `first` when the oldest date is step 0.
    ///
    /// A longer `count` begins with the same dates.
    pub(super) fn draw(self, stream: Stream, first: usize, count: usize) -> Vec<u32> {
        let mut rng = stream.named("dates").rng();
        let mut drawn = Vec::with_capacity(count + self.length);
        while drawn.len() < count {
            let phase = (first + drawn.len()) % self.phase;
            let starts = (self.dates - self.length - phase.min(self.dates - self.length)) / self.phase + 1;
            let start = phase + self.phase * rng.below(starts);
            drawn.extend((start..(start + self.length).min(self.dates)).map(|date| date as u32));
        }
        drawn.truncate(count);
        drawn
    }
}
