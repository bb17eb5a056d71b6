use super::methods::DriverError;

/// Why no forecast was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no history at all, so that no day can be the last of it.
    #[error("no source holds a single full day of history")]
    NoHistory,
    /// A demand that is planned for has no history.
    #[error("{series}: no source gives a history for it")]
    NoSeries {
        /// Pool and resource.
        series: String,
    },
    /// Every value is missing.
    #[error("{series}: all {seen} {unit} of its history are missing, expected at least {required} with a value")]
    NoData {
        /// Pool and resource, or the id of the series.
        series: String,
        /// Days (or steps) without a value.
        seen: usize,
        /// What it takes.
        required: usize,
        /// `days`, `weeks` or `steps`.
        unit: &'static str,
    },
    /// The history does not carry the horizon.
    #[error("{series}: {seen} {unit} of history, expected at least {required} to forecast {horizon} {unit} ahead{}", reach(*since, *carries, unit))]
    TooShort {
        /// Pool and resource, or the id of the series.
        series: String,
        /// Days (weeks, steps) with a value.
        seen: usize,
        /// How many it takes.
        required: usize,
        /// How far ahead was asked for.
        horizon: usize,
        /// How many of them have passed since its last value.
        since: usize,
        /// How far ahead such a history carries, where that is known.
        carries: Option<usize>,
        /// `days`, `weeks` or `steps`.
        unit: &'static str,
    },
    /// Its history begins after the last day that may be used.
    #[error("{series}: its history begins on {first}, after {as_of}, the last day that the plan may use")]
    Later {
        /// Pool and resource.
        series: String,
        /// The first day with a value.
        first: crate::time::Day,
        /// The last day to use.
        as_of: crate::time::Day,
    },
    /// A value is not a finite number.
    #[error("{series}: value {position} is not a finite number; a missing value is a gap")]
    NotFinite {
        /// The id of the series.
        series: String,
        /// 1-based position of the value.
        position: usize,
    },
    /// None of the methods asked for can be fitted.
    #[error("{series}: none of the methods asked for can be fitted to it; leave `--method` out, or add `naive` to its list")]
    NoMethod {
        /// The id of the series.
        series: String,
    },
    /// Its drivers or events cannot be fitted.
    #[error("{series}: {reason}")]
    Drivers {
        /// The id of the series.
        series: String,
        /// What is wrong with them.
        reason: DriverError,
    },
    /// More than one series cannot be forecast: all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Error>),
    /// The last of [`Several`](Self::Several): how many are not named.
    #[error("and {0} more series")]
    More(usize),
    /// The user asked to stop.
    #[error("interrupted while forecasting")]
    Interrupted,
}

/// What else is said of a history that is too short.
fn reach(since: usize, carries: Option<usize>, unit: &str) -> String {
    let passed = if since > 0 { format!(", {since} of them since its last value") } else { String::new() };
    let most = carries.map_or_else(String::new, |most| format!("; it carries {most} {unit}"));
    passed + &most
}

impl Error {
    /// Its stable name.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Self::NoHistory | Self::More(_) => "forecast/no-history",
            Self::NoSeries { .. } => "forecast/no-series",
            Self::NoData { .. } | Self::Later { .. } => "forecast/no-data",
            Self::TooShort { .. } => "forecast/too-short",
            Self::NotFinite { .. } => "forecast/not-finite",
            Self::NoMethod { .. } => "forecast/no-method",
            Self::Drivers { .. } => "forecast/drivers",
            Self::Several(errors) => errors.first().map_or("forecast/no-history", Self::slug),
            Self::Interrupted => "forecast/interrupted",
        }
    }

    /// The same, told of the series `id`.
    #[must_use]
    pub fn of_series(self, id: &str) -> Self {
        let named = id.to_owned();
        match self {
            Self::NoSeries { .. } => Self::NoSeries { series: named },
            Self::NoData { seen, required, unit, .. } => Self::NoData { series: named, seen, required, unit },
            Self::TooShort { seen, required, horizon, since, carries, unit, .. } => {
                Self::TooShort { series: named, seen, required, horizon, since, carries, unit }
            }
            Self::Later { first, as_of, .. } => Self::Later { series: named, first, as_of },
            Self::NotFinite { position, .. } => Self::NotFinite { series: named, position },
            Self::NoMethod { .. } => Self::NoMethod { series: named },
            Self::Drivers { reason, .. } => Self::Drivers { series: named, reason },
            Self::Several(errors) => Self::Several(errors.into_iter().map(|error| error.of_series(id)).collect()),
            Self::NoHistory | Self::More(_) | Self::Interrupted => self,
        }
    }

    /// One error for several, none for none.
    pub(super) fn of_all(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Self::Several(errors)),
        }
    }
}
