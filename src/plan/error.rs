use crate::simulate;

/// Why no plan could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no scenario to plan for.
    #[error("no scenario was simulated; a plan needs at least `base`")]
    NoScenario,
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
            Self::Simulate(error) => error.slug(),
        }
    }
}
