use crate::stats::Distribution;
use crate::time::Day;

use super::Level;

/// People (or robots) who repair: so many jobs at once, shared by all failure modes that name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crew {
    /// Its name.
    pub name: String,
    /// Jobs at once; at least 1.
    pub jobs: u32,
}

/// Spare parts on a shelf. Each repair takes one and orders one.
#[derive(Debug, Clone, PartialEq)]
pub struct Shelf {
    /// Its name, part of the address of its draws.
    pub name: String,
    /// Parts on it when none is on order.
    pub parts: u32,
    /// Hours from order to arrival.
    pub lead_hours: Distribution,
    /// Hours between two orders, which gather what was taken; 0: a part is ordered when one is taken.
    pub review_hours: f64,
}

/// What planned work takes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// Every node of a level, one after the other in name order.
    Every(Level),
    /// One named node.
    Node(String),
}

/// Planned work: nodes are taken out of service, worked on, and put back.
#[derive(Debug, Clone, PartialEq)]
pub struct Drain {
    /// Its name.
    pub name: String,
    /// What it takes out.
    pub takes: Takes,
    /// The day of the first node, from 00:00.
    pub first: Day,
    /// Hours between two rounds; `None`: one round.
    pub every_hours: Option<f64>,
    /// Hours from one node of a round to the next.
    pub apart_hours: f64,
    /// Hours that a node is out.
    pub lasts_hours: f64,
    /// A node waits until no other node of the round is down, for whatever reason.
    pub one_at_a_time: bool,
}

/// Releases that turn out to be bad: rolled out zone by zone or rack by rack, seen after a while, rolled back.
#[derive(Debug, Clone, PartialEq)]
pub struct Deploy {
    /// Its name, part of the address of its draws.
    pub name: String,
    /// The pool that it goes to; `None`: all.
    pub pool: Option<String>,
    /// Hours between two bad releases.
    pub every_hours: Distribution,
    /// A wave is all hosts of one node of this level: zone or rack.
    pub waves: Level,
    /// Hours between two waves.
    pub gap_hours: f64,
    /// Hours from the first wave until it is seen to be bad: no wave begins after that.
    pub detection_hours: Distribution,
    /// Hours from then until every host is rolled back.
    pub rollback_hours: Distribution,
    /// Share of a host's capacity that is lost while it has the release, in (0, 1].
    pub share_lost: f64,
}
