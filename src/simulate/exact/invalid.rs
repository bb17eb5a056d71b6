/// Why a declared system has no exact answer as it stands.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A number outside its range.
    #[error("{name} is {seen}, expected {accepted}")]
    Number {
        /// What the number is.
        name: &'static str,
        /// What was given.
        seen: f64,
        /// What would be accepted.
        accepted: &'static str,
    },
    /// A reference to a state, part, node or element that is not there.
    #[error("{what} {seen} is not there, expected less than {count}")]
    Missing {
        /// State, part or node.
        what: &'static str,
        /// What was referred to.
        seen: usize,
        /// How many there are.
        count: usize,
    },
    /// A chain whose long run depends on where it starts.
    #[error("the chain ends in one of several sets of states that it never leaves; its long run depends on the start")]
    SeveralClosedClasses,
    /// More states than wanted.
    #[error("the system has more than {limit} states")]
    TooManyStates {
        /// The most that was allowed.
        limit: usize,
    },
    /// A fault tree that does not read or does not fit together.
    #[error("fault tree: {0}")]
    FaultTree(String),
}

/// `seen` when it is within the range that `accepted` tells.
pub(super) fn checked(name: &'static str, seen: f64, accepted: &'static str, fits: bool) -> Result<f64, Invalid> {
    if fits { Ok(seen) } else { Err(Invalid::Number { name, seen, accepted }) }
}

/// A rate or time that must be above zero and finite.
pub(super) fn positive(name: &'static str, seen: f64) -> Result<f64, Invalid> {
    checked(name, seen, "a finite number above 0", seen > 0.0 && seen.is_finite())
}

/// A rate that may be zero.
pub(super) fn not_negative(name: &'static str, seen: f64) -> Result<f64, Invalid> {
    checked(name, seen, "a finite number of at least 0", seen >= 0.0 && seen.is_finite())
}

/// A probability.
pub(super) fn probability(name: &'static str, seen: f64) -> Result<f64, Invalid> {
    checked(name, seen, "0 to 1", (0.0..=1.0).contains(&seen))
}
