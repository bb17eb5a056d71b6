use serde::Serialize;

/// What is known of one lifetime. Times in one unit of your choice, from the same zero (installation, or the last repair).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Failed at this time.
    Failed(f64),
    /// Had not failed by this time (right-censored).
    Alive(f64),
    /// Had failed before this time, first looked at then (left-censored).
    FailedBefore(f64),
    /// Failed between two looks (interval-censored).
    FailedBetween(f64, f64),
}

/// One lifetime and the age at which it came under watch: one that had failed before that age would not be in the data
/// (left truncation).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Observation {
    /// Age at which the watch began; 0 when from new.
    pub entry: f64,
    /// What was seen then.
    pub seen: Seen,
}

impl Observation {
    /// A failure at `time`, watched from new.
    #[must_use]
    pub fn failed(time: f64) -> Self {
        Self { entry: 0.0, seen: Seen::Failed(time) }
    }

    /// Alive at `time`, watched from new.
    #[must_use]
    pub fn alive(time: f64) -> Self {
        Self { entry: 0.0, seen: Seen::Alive(time) }
    }

    /// The same, watched from an age on.
    #[must_use]
    pub fn from_age(self, entry: f64) -> Self {
        Self { entry, ..self }
    }

    /// Whether it saw a failure, exactly dated or not.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        !matches!(self.seen, Seen::Alive(_))
    }

    /// The last time at which something is known of it.
    #[must_use]
    pub fn until(&self) -> f64 {
        match self.seen {
            Seen::Failed(time) | Seen::Alive(time) | Seen::FailedBefore(time) | Seen::FailedBetween(_, time) => time,
        }
    }

    fn is_possible(&self) -> bool {
        let entry = self.entry.is_finite() && self.entry >= 0.0;
        let after = |time: f64| time.is_finite() && time > self.entry;
        entry
            && match self.seen {
                Seen::Failed(time) | Seen::FailedBefore(time) => after(time),
                Seen::Alive(time) => time.is_finite() && time >= self.entry,
                Seen::FailedBetween(low, high) => low >= self.entry && high > low && high.is_finite(),
            }
    }
}

/// Lifetimes that can be fitted: finite, after their entry, in an order that does not depend on that of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifetimes {
    all: Vec<Observation>,
    failures: usize,
    exact: bool,
}

/// Why lifetimes can't be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are none.
    #[error("there are no lifetimes to fit; one failure or more is needed")]
    Empty,
    /// A time is no time, or lies before the watch began.
    #[error("lifetime {} is {observation:?}; expected finite times after its entry, and its entry 0 or more", index + 1)]
    Impossible {
        /// Its place, from 0.
        index: usize,
        /// What was given.
        observation: Observation,
    },
    /// Nothing failed: a law can't be fitted, but its mean can be bounded.
    #[error(
        "none of {count} lifetimes failed in {total_time} of time under watch; expected one failure or more (if failures are \
         memoryless, the mean is above {mean_at_least} with 95 % confidence)"
    )]
    NoFailure {
        /// Lifetimes.
        count: usize,
        /// Sum of their times under watch.
        total_time: f64,
        /// total_time ÷ -ln 0.05.
        mean_at_least: f64,
    },
    /// Too few different failure times for so many parameters.
    #[error("{distinct} different failure times can't tell the {parameters} parameters of {law}; expected {parameters} or more")]
    TooFew {
        /// Different times.
        distinct: usize,
        /// Parameters of the law.
        parameters: usize,
        /// The law's name.
        law: &'static str,
    },
    /// The likelihood has no maximum that the search could find.
    #[error("the likelihood of {law} has no maximum inside its parameters on these lifetimes")]
    NoMaximum {
        /// The law's name.
        law: &'static str,
    },
}

impl Lifetimes {
    /// Checks and sorts.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Impossible`], [`Error::NoFailure`].
    pub fn new(all: &[Observation]) -> Result<Self, Error> {
        if all.is_empty() {
            return Err(Error::Empty);
        }
        if let Some(index) = all.iter().position(|one| !one.is_possible()) {
            return Err(Error::Impossible { index, observation: all[index] });
        }
        let failures = all.iter().filter(|one| one.has_failed()).count();
        if failures == 0 {
            let total_time = all.iter().map(|one| one.until() - one.entry).sum::<f64>();
            return Err(Error::NoFailure { count: all.len(), total_time, mean_at_least: total_time / -(0.05_f64.ln()) });
        }
        let mut all = all.to_vec();
        let key = |one: &Observation| {
            let (kind, low) = match one.seen {
                Seen::Failed(_) => (0, 0.0),
                Seen::Alive(_) => (1, 0.0),
                Seen::FailedBefore(_) => (2, 0.0),
                Seen::FailedBetween(low, _) => (3, low),
            };
            (one.until(), kind, one.entry, low)
        };
        all.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2)).then(a.3.total_cmp(&b.3))
        });
        let exact = all.iter().all(|one| matches!(one.seen, Seen::Failed(_) | Seen::Alive(_)));
        Ok(Self { all, failures, exact })
    }

    /// The lifetimes, by time.
    #[must_use]
    pub fn all(&self) -> &[Observation] {
        &self.all
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// How many failed.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// Whether each failure is exactly dated: no left- or interval-censored one.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// Different times of failure; of an interval its middle.
    #[must_use]
    pub fn distinct_failures(&self) -> usize {
        let mut times: Vec<f64> = self
            .all
            .iter()
            .filter_map(|one| match one.seen {
                Seen::Alive(_) => None,
                Seen::Failed(time) | Seen::FailedBefore(time) => Some(time),
                Seen::FailedBetween(low, high) => Some(f64::midpoint(low, high)),
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        times.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_is_refused_with_its_place() {
        let bad = [Observation::failed(1.0), Observation::failed(2.0).from_age(3.0)];
        assert!(matches!(Lifetimes::new(&bad), Err(Error::Impossible { index: 1, .. })));
        assert_eq!(Lifetimes::new(&[]), Err(Error::Empty));
        assert!(Lifetimes::new(&[Observation::failed(f64::NAN)]).is_err());
    }

    #[test]
    fn without_a_failure_the_mean_is_bounded() {
        let Err(Error::NoFailure { total_time, mean_at_least, .. }) = Lifetimes::new(&[Observation::alive(10.0); 3]) else {
            panic!("nothing failed")
        };
        assert_eq!(total_time, 30.0);
        assert!((mean_at_least - 30.0 / 2.995_732_273_553_991).abs() < 1e-12);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter() {
        let rows = [Observation::failed(2.0), Observation::alive(2.0), Observation::failed(1.0).from_age(0.5)];
        let mut turned = rows;
        turned.reverse();
        assert_eq!(Lifetimes::new(&rows), Lifetimes::new(&turned));
    }
}
