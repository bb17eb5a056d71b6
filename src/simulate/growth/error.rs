use super::projection::Input;
use crate::stats;

/// Why a growth question cannot be played.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A law whose parameters are no law.
    #[error("{input}: {source}")]
    Law {
        /// Which input.
        input: Input,
        /// What is wrong.
        source: stats::Invalid,
    },
    /// A law that cannot be drawn through a normal score.
    #[error("{0} is a gamma law, expected one with a quick quantile function, such as lognormal")]
    Slow(Input),
    /// A law that reaches where its input makes no sense.
    #[error("{input} reaches from {low} to {high}, expected {accepted}; bound it, or take a law that stays there")]
    Range {
        /// Which input.
        input: Input,
        /// The least that a draw may be.
        low: f64,
        /// The most.
        high: f64,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// A number of months, a month or a count out of range.
    #[error("{what} is {seen}, expected {least} to {most}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// What was given.
        seen: usize,
        /// The least.
        least: usize,
        /// The most.
        most: usize,
    },
    /// A capacity that is no amount.
    #[error("the capacity of month {month} is {seen}, expected a finite amount above 0")]
    Capacity {
        /// The month, 1 for the first.
        month: usize,
        /// What was given.
        seen: f64,
    },
    /// A correlation of an input that is known, or of one with itself.
    #[error("{0} and {1} cannot go together: expected two different inputs that are both uncertain")]
    Pair(Input, Input),
    /// A rank correlation out of range.
    #[error("the rank correlation of {0} and {1} is {2}, expected above -1 and below 1")]
    Correlation(Input, Input, f64),
    /// Correlations that no inputs can have all at once.
    #[error("the rank correlations contradict each other: no inputs have them all; bring them nearer to 0")]
    Correlations,
}

/// Why two parts are not parts of one projection, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Foreign {
    /// Another question, way of sampling or seed.
    #[error("the parts are of different questions, ways of sampling or seeds")]
    Question,
    /// Blocks that both hold.
    #[error("both parts hold block {0}")]
    Overlap(u32),
    /// Blocks that nobody holds.
    #[error("block {0} is in no part")]
    Hole(u32),
    /// Batches of unequal size.
    #[error("{0} blocks were played, expected a whole multiple of 32, at least 32")]
    Uneven(u32),
}
