use std::collections::BTreeMap;

use crate::stats::Distribution;

/// The height of a node in the domain tree. `Host` is one unit of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// One unit.
    Host,
    /// A rack of units.
    Rack,
    /// An availability zone.
    Zone,
    /// A region of zones.
    Region,
}

impl Level {
    /// Its word: `host`, `rack`, `zone`, `region`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Rack => "rack",
            Self::Zone => "zone",
            Self::Region => "region",
        }
    }
}

/// A declared node above the hosts.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainNode {
    /// Its name, unique in the tree: `eu-1a`.
    pub name: String,
    /// Rack, zone or region.
    pub level: Level,
    /// The node above it; `None` for a root.
    pub parent: Option<String>,
}

/// Region ⊃ zone ⊃ rack, by name: a forest without cycles (checked when built by `spec`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DomainTree {
    /// The nodes by name.
    pub nodes: BTreeMap<String, DomainNode>,
}

impl DomainTree {
    /// The names from a node up to its root, itself first; empty when there is no such node.
    #[must_use]
    pub fn ancestry(&self, name: &str) -> Vec<&str> {
        let mut path = Vec::new();
        let mut next = self.nodes.get(name);
        while let Some(node) = next {
            path.push(node.name.as_str());
            next = node.parent.as_ref().and_then(|parent| self.nodes.get(parent)).filter(|_| path.len() <= self.nodes.len());
        }
        path
    }
}

/// What a failure mode strikes.
#[derive(Debug, Clone, PartialEq)]
pub enum Strikes {
    /// Every host, each on its own clock; only of one unit type or one pool where these are given.
    Hosts {
        /// Only hosts of this unit type.
        unit: Option<String>,
        /// Only hosts of this pool.
        pool: Option<String>,
    },
    /// Every node of a level (rack, zone, region), each on its own clock.
    Every(Level),
    /// One named node.
    Node(String),
}

impl Strikes {
    /// Whether a domain of this name and level is struck as one.
    #[must_use]
    pub fn takes(&self, name: &str, level: Level) -> bool {
        match self {
            Self::Node(node) => node == name,
            Self::Every(of) => *of == level,
            Self::Hosts { .. } => false,
        }
    }

    /// Whether hosts of this unit type in this pool are struck, each by itself.
    #[must_use]
    pub fn takes_hosts(&self, of_unit: &str, of_pool: &str) -> bool {
        match self {
            Self::Hosts { unit, pool } => {
                unit.as_ref().is_none_or(|unit| unit == of_unit) && pool.as_ref().is_none_or(|pool| pool == of_pool)
            }
            Self::Every(_) | Self::Node(_) => false,
        }
    }
}

/// A way to fail: strikes, takes a share of what is below, is repaired.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureMode {
    /// Its name, part of the address of its draws.
    pub name: String,
    /// What it strikes.
    pub strikes: Strikes,
    /// Hours from repair (or start) to failure.
    pub time_to_failure_hours: Distribution,
    /// Hours from failure to repair.
    pub repair_hours: Distribution,
    /// Share of the capacity below that is lost while it lasts, in (0, 1].
    pub share_lost: f64,
    /// Common cause: when it strikes a node, each unit below is lost independently with this probability instead of a share
    /// of all (`None`: the share applies to all).
    pub hits_each_with: Option<f64>,
    /// A failure may begin while an earlier one of the same mode and node lasts (Poisson shocks). Otherwise the next clock
    /// starts at the repair.
    pub overlapping: bool,
    /// The crew that repairs and its rank in their queue (lower first, then first come, first served); `None`: at once.
    pub crew: Option<(String, u32)>,
    /// The shelf that a repair takes a part from; `None`: it needs none.
    pub shelf: Option<String>,
}
