//! When to stop: once an interval is narrow enough, a budget is used, or whoever asks has waited long enough.

use std::ops::Range;

use serde::Serialize;

/// Why a stopping rule makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A relative half-width that is no share.
    #[error("the relative half-width is {0}, expected above 0 and below 1")]
    HalfWidth(f64),
    /// A confidence that is no probability.
    #[error("the confidence is {0}, expected above 0 and below 1")]
    Confidence(f64),
    /// Rounds out of range.
    #[error("{least} rounds at least and {most} at most, expected 1 or more and no less at most than at least")]
    Rounds {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
}

/// Stop when half of the interval is at most a share of the estimate: looked at after `least` rounds of work, then each time
/// their number has doubled, until `most`.
///
/// A rule that looks often stops when the spread happens to look small, and covers less than it says; one that looks each time
/// the work has doubled looks a handful of times. P. W. Glynn, W. Whitt (1992), "The asymptotic validity of sequential stopping
/// rules for stochastic simulations", *Ann. Appl. Probab.* 2(1), 180–198; A. M. Law, W. D. Kelton (1982), "Confidence intervals
/// for steady-state simulations II", *Management Science* 28(5), 550–562.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stopping {
    relative: Option<f64>,
    confidence: f64,
    least: u32,
    most: u32,
}

/// Where the work stands between two rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Rounds done.
    pub rounds: u32,
    /// Rounds that would be done next.
    pub next: u32,
    /// Half of the interval ÷ estimate.
    pub half_width: f64,
}

/// Why the work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// As sure as asked for.
    Precise,
    /// The most rounds are done.
    Budget,
    /// Whoever asked said so.
    Interrupted,
}

/// How the work ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stopped {
    /// Rounds done.
    pub rounds: u32,
    /// Half of the interval ÷ estimate.
    pub half_width: f64,
    /// Why no more were.
    pub why: Why,
}

impl Stopping {
    /// A rule for half-widths of `relative` × estimate at `confidence`, with `least` to `most` rounds.
    ///
    /// # Errors
    /// Where a number is out of its range.
    pub fn at_precision(relative: f64, confidence: f64, least: u32, most: u32) -> Result<Self, Invalid> {
        if !(relative > 0.0 && relative < 1.0) {
            return Err(Invalid::HalfWidth(relative));
        }
        let rule = Self::after(most, confidence)?;
        if least == 0 || least > most {
            return Err(Invalid::Rounds { least, most });
        }
        Ok(Self { relative: Some(relative), least, ..rule })
    }

    /// No rule but the number of rounds, done at once.
    ///
    /// # Errors
    /// Where a number is out of its range.
    pub fn after(rounds: u32, confidence: f64) -> Result<Self, Invalid> {
        if rounds == 0 {
            return Err(Invalid::Rounds { least: rounds, most: rounds });
        }
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Invalid::Confidence(confidence));
        }
        Ok(Self { relative: None, confidence, least: rounds, most: rounds })
    }

    /// The confidence of the intervals.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.confidence
    }

    /// Calls `extend` with the next rounds, each time once; it answers with half of the interval ÷ estimate over all rounds so
    /// far (NaN where there is none yet). Between two calls `go_on` is asked, which may look at a clock.
    pub fn run(&self, mut extend: impl FnMut(Range<u32>) -> f64, mut go_on: impl FnMut(&Progress) -> bool) -> Stopped {
        let mut done = 0;
        let mut until = self.least;
        loop {
            let half_width = extend(done..until);
            done = until;
            let stopped = |why| Stopped { rounds: done, half_width, why };
            if self.relative.is_some_and(|wanted| half_width <= wanted) {
                return stopped(Why::Precise);
            }
            if done == self.most {
                return stopped(Why::Budget);
            }
            until = done.saturating_mul(2).min(self.most);
            if !go_on(&Progress { rounds: done, next: until - done, half_width }) {
                return stopped(Why::Interrupted);
            }
        }
    }
}

#[cfg(test)]
#[path = "stopping_tests.rs"]
mod tests;
