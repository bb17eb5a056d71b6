use crate::simulate;

/// Why no plan could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no scenario to plan for.
    #[error("no scenario was simulated; a plan needs at least `base`")]
    NoScenario,
    /// An order names a unit or a way to pay that the catalog does not have.
    #[error("an order of `{unit}` is paid by `{term}`, which the catalog does not have; it has {have}")]
    UnknownTerm {
        /// The unit.
        unit: String,
        /// The way to pay; empty where the catalog has one price alone.
        term: String,
        /// The ways to pay of the unit.
        have: String,
    },
    /// All orders together break a limit or budget that pools planned apart draw on.
    #[error("the orders of all pools together break {0}, and these pools were not planned together")]
    SharedLimit(String),
    /// A candidate plan could not be simulated.
    #[error(transparent)]
    Simulate(#[from] simulate::Error),
}

impl Error {
    /// Its stable name.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::NoScenario => "plan/no-scenario",
            Self::UnknownTerm { .. } => "plan/unknown-term",
            Self::SharedLimit(_) => "plan/shared-limit",
            Self::Simulate(error) => error.slug(),
        }
    }
}
