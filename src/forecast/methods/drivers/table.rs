//! Named columns of drivers and events, and what is wrong with them.

/// What is known of a driver after the past, the first step after it first.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum DriverFuture {
    /// Nothing.
    #[default]
    Missing,
    /// Its values.
    Known(Vec<f64>),
    /// A forecast: centres and standard deviations, in the unit of the driver.
    Uncertain {
        /// Centres.
        centre: Vec<f64>,
        /// Standard deviations, >= 0.
        sd: Vec<f64>,
    },
    /// Sample paths, equally likely, each as long as the horizon. Drivers with equally many paths are taken jointly, path by
    /// path.
    Paths(Vec<Vec<f64>>),
}

/// A column that drives the series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Driver {
    /// Its name.
    pub name: String,
    /// Its values at the steps of the past; a gap is NaN and leaves its step (and those that lag it) out of the fit.
    pub past: Vec<f64>,
    /// Its values after the past.
    pub future: DriverFuture,
    /// The steps by which the series follows it; empty: at once.
    pub lags: Vec<usize>,
}

/// Something that comes now and then, such as a holiday or a launch, with the same effect each time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// The steps it came at and will come at, 0 the oldest of the past.
    pub at: Vec<usize>,
    /// Steps before with an effect of their own.
    pub before: usize,
    /// Steps after with an effect of their own.
    pub after: usize,
}

/// The drivers and events of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DriverTable {
    /// Drivers.
    pub drivers: Vec<Driver>,
    /// Events.
    pub events: Vec<Event>,
}

/// Why a series cannot be forecast by drivers; steps count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// A driver's future is not given though it is needed.
    #[error("driver '{name}' has no future values: a forecast by it needs a forecast of it")]
    NoFuture {
        /// The driver.
        name: String,
    },
    /// A driver's future ends too early.
    #[error("driver '{name}' has {have} future values where {want} are needed")]
    FutureTooShort {
        /// The driver.
        name: String,
        /// Values given.
        have: usize,
        /// Values needed.
        want: usize,
    },
    /// A driver's past is not as long as the series.
    #[error("driver '{name}' has {have} past values where the series has {want}")]
    PastLength {
        /// The driver.
        name: String,
        /// Values given.
        have: usize,
        /// Values of the series.
        want: usize,
    },
    /// A future value is NaN, a value is infinite, or a standard deviation is negative.
    #[error("driver '{name}', step {step}: not a usable number")]
    NotFinite {
        /// The driver.
        name: String,
        /// The step, 1 the oldest of the past.
        step: usize,
    },
    /// A driver has no known past value.
    #[error("driver '{name}' has no known past value")]
    NoValues {
        /// The driver.
        name: String,
    },
    /// Two columns have the same name.
    #[error("two drivers or events are called '{name}'")]
    SameName {
        /// The name.
        name: String,
    },
    /// Too few steps at which the series and all drivers are known.
    #[error("too few steps are known for so many drivers, events and seasons")]
    TooShort,
}

impl DriverTable {
    /// The same for a past of its first `length` steps: what is known of later steps counts as known of the future, its gaps filled by
    /// the value before. `None` where a driver has no value in that past, or a past that is shorter.
    #[must_use]
    pub fn at(&self, length: usize) -> Option<Self> {
        let drivers: Option<Vec<Driver>> = self.drivers.iter().map(|driver| driver.at(length)).collect();
        Some(Self { drivers: drivers?, events: self.events.clone() })
    }

    /// Checks the columns for a series of `n` steps and a forecast of `steps`.
    pub(super) fn check(&self, n: usize, steps: usize) -> Result<(), DriverError> {
        let mut names: Vec<&str> =
            self.drivers.iter().map(|d| d.name.as_str()).chain(self.events.iter().map(|e| e.name.as_str())).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(DriverError::SameName { name: pair[0].to_owned() });
        }
        self.drivers.iter().try_for_each(|driver| driver.check(n, steps))
    }
}

impl Driver {
    fn at(&self, length: usize) -> Option<Self> {
        let n = self.past.len();
        if length > n || !self.past[..length].iter().any(|value| value.is_finite()) {
            return None;
        }
        if length == n {
            return Some(self.clone());
        }
        let seen: Vec<f64> = (length..n).map(|step| self.last_known(step + 1)).collect();
        let with = |later: &[f64]| seen.iter().chain(later).copied().collect::<Vec<f64>>();
        let future = match &self.future {
            DriverFuture::Missing => DriverFuture::Known(seen.clone()),
            DriverFuture::Known(values) => DriverFuture::Known(with(values)),
            DriverFuture::Uncertain { centre, sd } => {
                DriverFuture::Uncertain { centre: with(centre), sd: vec![0.0; seen.len()].iter().chain(sd).copied().collect() }
            }
            DriverFuture::Paths(paths) => DriverFuture::Paths(paths.iter().map(|path| with(path)).collect()),
        };
        Some(Self { name: self.name.clone(), past: self.past[..length].to_vec(), future, lags: self.lags.clone() })
    }

    fn check(&self, n: usize, steps: usize) -> Result<(), DriverError> {
        let name = || self.name.clone();
        if self.past.len() != n {
            return Err(DriverError::PastLength { name: name(), have: self.past.len(), want: n });
        }
        if let Some(at) = self.past.iter().position(|value| value.is_infinite()) {
            return Err(DriverError::NotFinite { name: name(), step: at + 1 });
        }
        if !self.past.iter().any(|value| value.is_finite()) {
            return Err(DriverError::NoValues { name: name() });
        }
        let want = steps.saturating_sub(self.lags.iter().copied().min().unwrap_or(0));
        let have = match &self.future {
            DriverFuture::Missing if want > 0 => return Err(DriverError::NoFuture { name: name() }),
            DriverFuture::Missing => 0,
            DriverFuture::Known(values) => values.len(),
            DriverFuture::Uncertain { centre, sd } => centre.len().min(sd.len()),
            DriverFuture::Paths(paths) => paths.iter().map(Vec::len).min().unwrap_or(0),
        };
        if have < want {
            return Err(DriverError::FutureTooShort { name: name(), have, want });
        }
        let unfit = |values: &[f64]| values.iter().position(|value| !value.is_finite());
        let unfit = match &self.future {
            DriverFuture::Missing => None,
            DriverFuture::Known(values) => unfit(values),
            DriverFuture::Uncertain { centre, sd } => unfit(centre).or(sd.iter().position(|sd| !(sd.is_finite() && *sd >= 0.0))),
            DriverFuture::Paths(paths) => paths.iter().find_map(|path| unfit(path)),
        };
        match unfit {
            Some(at) => Err(DriverError::NotFinite { name: name(), step: n + at + 1 }),
            None => Ok(()),
        }
    }

    /// The lags, at least one.
    pub(super) fn lags(&self) -> Vec<usize> {
        if self.lags.is_empty() { vec![0] } else { self.lags.clone() }
    }

    /// The value expected at a step from 0, the oldest. After the past a gap is filled by the last value known before it, as is
    /// what lies beyond the future given.
    pub(super) fn expected(&self, step: usize) -> f64 {
        let n = self.past.len();
        let Some(ahead) = step.checked_sub(n) else { return self.past[step] };
        let from = |values: &[f64]| values.get(ahead).or(values.last()).copied();
        let known = match &self.future {
            DriverFuture::Missing => None,
            DriverFuture::Known(values) => from(values),
            DriverFuture::Uncertain { centre, .. } => from(centre),
            DriverFuture::Paths(paths) => {
                let sum: f64 = paths.iter().filter_map(|path| from(path)).sum();
                (!paths.is_empty()).then(|| sum / paths.len() as f64)
            }
        };
        known.unwrap_or_else(|| self.last_known(n))
    }

    /// The last value known before a step of the past.
    pub(super) fn last_known(&self, before: usize) -> f64 {
        self.past[..before.min(self.past.len())].iter().rev().copied().find(|value| value.is_finite()).unwrap_or(0.0)
    }

    /// What may differ from the expected value at a step.
    pub(super) fn doubt(&self, step: usize) -> Doubt {
        let Some(ahead) = step.checked_sub(self.past.len()) else { return Doubt::None };
        match &self.future {
            DriverFuture::Missing | DriverFuture::Known(_) => Doubt::None,
            DriverFuture::Uncertain { sd, .. } => Doubt::Spread(sd.get(ahead).or(sd.last()).copied().unwrap_or(0.0)),
            DriverFuture::Paths(paths) => {
                let expected = self.expected(step);
                let away = |path: &Vec<f64>| path.get(ahead).or(path.last()).map_or(0.0, |value| value - expected);
                Doubt::Draws(paths.iter().map(away).collect())
            }
        }
    }
}

/// How a driver's value may differ from what is expected.
#[derive(Debug, Clone)]
pub(super) enum Doubt {
    None,
    /// By so much, together with the driver's other steps.
    Spread(f64),
    /// By these, equally likely.
    Draws(Vec<f64>),
}

impl Doubt {
    /// The covariance of two doubts, of the same driver or of two.
    pub fn covariance(&self, other: &Self, same: bool) -> f64 {
        match (self, other) {
            (Self::Spread(a), Self::Spread(b)) if same => a * b,
            (Self::Draws(a), Self::Draws(b)) if a.len() == b.len() && !a.is_empty() => {
                a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / a.len() as f64
            }
            _ => 0.0,
        }
    }
}
