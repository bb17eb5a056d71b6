//! The parts of a future, each with a stream of its own name, so that one can be drawn anew while the others stay.

use crate::stream::Stream;

/// A part of what is not known of a future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The path of demand, by day and by the hour.
    Demand,
    /// The uncertain numbers of the model and of the scenario.
    Numbers,
    /// Lead times of orders.
    LeadTimes,
    /// Failures, repairs, bad releases.
    Failures,
}

/// The streams of the parts of all replications, or of one. Drawn together as they usually are, all are the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    /// The replication that meets the first row of demand paths.
    first: usize,
    /// How much further on the row of demand paths is.
    further: usize,
    /// Hours within the day.
    pub hours: Stream,
    pub numbers: Stream,
    pub arrivals: Stream,
    pub failures: Stream,
}

impl Weather {
    pub(super) fn of(stream: Stream) -> Self {
        Self { first: 0, further: 0, hours: stream, numbers: stream, arrivals: stream, failures: stream }
    }

    /// The same where the first row of demand paths is that of this replication.
    pub(super) fn from(self, first: u32) -> Self {
        Self { first: first as usize, ..self }
    }

    /// The same with one part drawn anew. Demand paths are as many as replications: a replication then meets the path of the next one.
    pub(super) fn redrawn(self, part: Part) -> Self {
        let anew = |stream: Stream| stream.named("drawn anew");
        match part {
            Part::Demand => Self { further: self.further + 1, hours: anew(self.hours), ..self },
            Part::Numbers => Self { numbers: anew(self.numbers), ..self },
            Part::LeadTimes => Self { arrivals: anew(self.arrivals), ..self },
            Part::Failures => Self { failures: anew(self.failures), ..self },
        }
    }

    /// The streams of one replication.
    pub(super) fn replication(self, replication: u32) -> Self {
        let of = |stream: Stream| stream.replication(replication);
        Self {
            hours: of(self.hours),
            numbers: of(self.numbers),
            arrivals: of(self.arrivals),
            failures: of(self.failures),
            ..self
        }
    }

    /// The row of demand paths that a replication meets.
    pub(super) fn path(self, replication: usize, paths: usize) -> usize {
        (replication - self.first + self.further) % paths.max(1)
    }
}
