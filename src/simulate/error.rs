/// Why a scenario cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A pool's demand for a resource has no path.
    #[error("pool `{pool}` has no demand path for `{resource}`; paths are there for {have}")]
    NoPath {
        /// The pool.
        pool: String,
        /// The resource.
        resource: String,
        /// The series that are there.
        have: String,
    },
    /// The paths are fewer or shorter than the scenario asks for.
    #[error("{what}: the demand paths have {seen}, the scenario asks for {wanted}")]
    Short {
        /// Replications or days.
        what: &'static str,
        /// What the paths have.
        seen: usize,
        /// What the scenario asks for.
        wanted: usize,
    },
    /// A latency objective that no load can meet.
    #[error(
        "`{percentile}` of responses within {target} s cannot be met even without load: a service takes {service} s on average"
    )]
    Latency {
        /// The percentile asked for, as text.
        percentile: String,
        /// The target in seconds, as text.
        target: String,
        /// The mean service time in seconds, as text.
        service: String,
    },
    /// A latency objective outside what was measured.
    #[error("a response of {target} s is outside the measured latency curve, which goes from {first} to {last} of capacity")]
    OutsideCurve {
        /// The target in seconds, as text.
        target: String,
        /// The first point, as text.
        first: String,
        /// The last point, as text.
        last: String,
    },
    /// A name that the model does not declare.
    #[error("`{0}` is not declared in the model")]
    Unknown(String),
    /// Uncertain numbers that cannot be drawn together.
    #[error(transparent)]
    Uncertain(#[from] crate::stats::NoJointLaw),
    /// A part of the declared system that cannot be simulated.
    #[error("{0}")]
    Part(String),
    /// The user asked to stop.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// Its stable name.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::NoPath { .. } => "simulate/no-path",
            Self::Short { .. } => "simulate/short-paths",
            Self::Latency { .. } => "simulate/latency-unreachable",
            Self::OutsideCurve { .. } => "simulate/outside-latency-curve",
            Self::Unknown(_) => "simulate/unknown-name",
            Self::Uncertain(_) => "simulate/uncertain-numbers",
            Self::Part(_) => "simulate/impossible-part",
            Self::Interrupted => "run/interrupted",
        }
    }
}

impl From<super::sequential::Fault> for Error {
    fn from(fault: super::sequential::Fault) -> Self {
        Self::Part(fault.to_string())
    }
}
