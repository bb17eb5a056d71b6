use super::Law;
use crate::stream::Address;

/// A unit or a domain of units.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it stands in; declared before it.
    pub parent: Option<u32>,
    /// What it adds by itself, by lane; empty for a domain.
    pub capacity: Vec<i64>,
    /// At most so much is passed on, by lane: the active units of a standby group. Empty: no limit.
    pub limit: Vec<i64>,
    /// Names it for draws of its own.
    pub address: Address,
}

impl Node {
    /// A domain below `parent`.
    #[must_use]
    pub fn domain(parent: Option<u32>, address: Address) -> Self {
        Self { parent, capacity: Vec::new(), limit: Vec::new(), address }
    }

    /// A unit with a capacity in one lane.
    #[must_use]
    pub fn unit(parent: Option<u32>, capacity: i64, address: Address) -> Self {
        Self { parent, capacity: vec![capacity], limit: Vec::new(), address }
    }
}

/// A way to fail: one clock for each of some alike nodes.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each says of its own what the failures of a mode do")]
pub struct Mode {
    /// Names its draws. Two modes of one system have two addresses.
    pub address: Address,
    /// The nodes that it strikes.
    pub members: Vec<u32>,
    /// The clock of an exponential mode runs for so many nodes, at least those there are: with more room than members, another
    /// member moves no draw of the others.
    pub slots: u32,
    /// Hours from repair (or start) to failure.
    pub life: Law,
    /// Hours of repair, once a part and a crew are there.
    pub repair: Law,
    /// Share of what the node passes on that is lost meanwhile, up to 1; 0: it only asks for a crew or a part.
    pub lost: f64,
    /// Common cause: each leaf below is lost with this probability, instead of the node.
    pub hits: Option<f64>,
    /// Each leaf that a common cause takes is repaired by itself; otherwise all come back together.
    pub each: bool,
    /// What is down already is not struck: its clock stands still (a shock finds only those that are up).
    pub only_up: bool,
    /// A failure may begin while an earlier one lasts (Poisson shocks): exponential lives only.
    pub overlapping: bool,
    /// All clocks of the mode, failures and repairs, as one that is drawn anew after each event (Gillespie 1977, "Exact
    /// stochastic simulation of coupled chemical reactions", *J. Phys. Chem.* 81(25)): the fastest, for exponential lives and
    /// repairs that wait for nothing. Another member moves the draws of the others.
    pub pooled: bool,
    /// The crew that repairs, and its rank in the queue: lower first, then first come, first served.
    pub crew: Option<(u32, u32)>,
    /// The depot that a part comes from.
    pub depot: Option<u32>,
    /// Not all members are needed at once.
    pub standby: Option<Standby>,
}

impl Mode {
    /// Whole members fail, each on its own clock, and are repaired at once: the other fields say otherwise.
    #[must_use]
    pub fn new(address: Address, members: Vec<u32>, life: Law, repair: Law) -> Self {
        Self {
            address,
            slots: members.len() as u32,
            members,
            life,
            repair,
            lost: 1.0,
            hits: None,
            each: false,
            only_up: false,
            overlapping: false,
            pooled: false,
            crew: None,
            depot: None,
            standby: None,
        }
    }
}

impl Mode {
    /// Whether whole members fail by clocks without memory, and nothing else decides when they do and when they are repaired.
    pub(super) fn is_known_ahead(&self) -> bool {
        let waits = self.crew.is_some() || self.depot.is_some() || self.standby.is_some();
        let whole = !self.only_up && self.hits.is_none() && self.lost >= 1.0;
        self.life.is_memoryless() && !self.pooled && !waits && whole
    }
}

/// Units that wait to take over. Exponential lives only.
#[derive(Debug, Clone, Copy)]
pub struct Standby {
    /// Units active at once, taken from the first members that are up.
    pub active: u32,
    /// Failure rate of one that waits, as a share of that of an active one: 1 hot, 0 cold, between them warm.
    pub factor: f64,
    /// P(a spare takes over when an active unit fails while one waits).
    pub coverage: f64,
    /// The node that is down when none took over, until the failed unit is repaired.
    pub group: u32,
}

/// Spare parts on a shelf, ordered one for one.
#[derive(Debug, Clone)]
pub struct Depot {
    /// Names its draws.
    pub address: Address,
    /// Parts on the shelf when all is well.
    pub parts: u32,
    /// Hours from order to arrival.
    pub lead: Law,
    /// Orders are gathered and placed every so many hours; 0: at once.
    pub every: f64,
}

/// A recorded or announced outage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outage {
    /// The node.
    pub node: u32,
    /// Hours after the start.
    pub from: f64,
    /// Hours after the start.
    pub until: f64,
    /// Share lost, in (0, 1].
    pub lost: f64,
}

/// A node taken out on purpose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drain {
    /// The node.
    pub node: u32,
    /// Hours after the start when it is due.
    pub due: f64,
    /// How many hours it lasts once it begins.
    pub hours: f64,
    /// The set (of [`Parts::exclusive`]) of which no two may be down: it waits until all others of the set are up.
    pub exclusive: Option<u32>,
}

/// Releases rolled out in waves.
#[derive(Debug, Clone)]
pub struct Deploys {
    /// Names its draws.
    pub address: Address,
    /// Hours between two bad ones (the mean is that between deploys ÷ the share of bad ones, for exponential laws).
    pub every: Law,
    /// The nodes of each wave, in turn.
    pub waves: Vec<Vec<u32>>,
    /// Hours between two waves.
    pub gap: f64,
    /// Hours from the first wave until it is seen to be bad: no wave begins after that.
    pub detection: Law,
    /// Hours from then until all are rolled back.
    pub rollback: Law,
    /// Share lost of each node that has it, in (0, 1].
    pub lost: f64,
}

/// Carriers of one load that trip when they are asked for too much.
#[derive(Debug, Clone)]
pub struct Cascade {
    /// Names its draws.
    pub address: Address,
    /// The nodes that share the load by their capacity.
    pub carriers: Vec<u32>,
    /// The lane of their capacity.
    pub lane: u32,
    /// Load by the hour, again and again from the start.
    pub load: Vec<f64>,
    /// A carrier trips when load ÷ capacity of all is above this.
    pub limit: f64,
    /// Hours until a carrier that tripped is back.
    pub restart: Law,
}

/// What a system is made of.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// Amounts kept apart, such as resources or zones.
    pub lanes: usize,
    /// Units and domains, each after what it stands in.
    pub nodes: Vec<Node>,
    /// Ways to fail.
    pub modes: Vec<Mode>,
    /// Jobs that each crew does at once.
    pub crews: Vec<u32>,
    /// Shelves.
    pub depots: Vec<Depot>,
    /// Outages that are known: a recorded trace, or losses supposed.
    pub outages: Vec<Outage>,
    /// Planned work.
    pub drains: Vec<Drain>,
    /// Sets of nodes of which no two may be down for planned work.
    pub exclusive: Vec<Vec<u32>>,
    /// Bad releases.
    pub deploys: Vec<Deploys>,
    /// Hours between which no release begins.
    pub frozen: Vec<(f64, f64)>,
    /// Overload that spreads.
    pub cascades: Vec<Cascade>,
}

/// Why parts make no system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {index}: {seen}, expected {expected}")]
pub struct Fault {
    /// What kind of part.
    pub what: &'static str,
    /// Which of them, from 0.
    pub index: usize,
    /// What it says.
    pub seen: String,
    /// What is accepted.
    pub expected: &'static str,
}

/// A valid system, ready to simulate.
#[derive(Debug, Clone)]
pub struct System {
    parts: Parts,
    /// The leaves below each node that a common cause strikes, by node.
    leaves: Vec<Vec<u32>>,
}

/// Modes, crews and such are numbered in 24 bits on the agenda.
const MOST: usize = 1 << 24;

impl System {
    /// Checks the parts.
    ///
    /// # Errors
    /// The first part that cannot be, what it says and what is accepted.
    pub fn new(parts: Parts) -> Result<Self, Fault> {
        let checks = Checks { parts: &parts };
        checks.nodes()?;
        checks.modes()?;
        checks.planned()?;
        let leaves = leaves_below(&parts);
        Ok(Self { parts, leaves })
    }

    /// How many amounts are kept apart.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.parts.lanes
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.parts.nodes
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(super) fn leaves(&self, node: u32) -> &[u32] {
        &self.leaves[node as usize]
    }
}

fn leaves_below(parts: &Parts) -> Vec<Vec<u32>> {
    let mut below = vec![Vec::new(); parts.nodes.len()];
    if parts.modes.iter().all(|mode| mode.hits.is_none()) {
        return below;
    }
    for (n, node) in parts.nodes.iter().enumerate().filter(|(_, node)| !node.capacity.is_empty()) {
        below[n].push(n as u32);
        let mut above = node.parent;
        while let Some(parent) = above {
            below[parent as usize].push(n as u32);
            above = parts.nodes[parent as usize].parent;
        }
    }
    below
}

struct Checks<'a> {
    parts: &'a Parts,
}

fn fault<T>(what: &'static str, index: usize, seen: impl std::fmt::Display, expected: &'static str) -> Result<T, Fault> {
    Err(Fault { what, index, seen: seen.to_string(), expected })
}

impl Checks<'_> {
    fn known(&self, what: &'static str, index: usize, nodes: &[u32]) -> Result<(), Fault> {
        match nodes.iter().find(|node| **node as usize >= self.parts.nodes.len()) {
            Some(node) => fault(what, index, format_args!("node {node}"), "a node that is declared"),
            None => Ok(()),
        }
    }

    fn nodes(&self) -> Result<(), Fault> {
        if self.parts.nodes.len() >= u32::MAX as usize {
            return fault("node", self.parts.nodes.len(), "one too many", "fewer than 2^32 - 1");
        }
        for (n, node) in self.parts.nodes.iter().enumerate() {
            if node.parent.is_some_and(|parent| parent as usize >= n) {
                return fault("node", n, format_args!("stands in {:?}", node.parent), "a node declared before it");
            }
            if node.capacity.len() > self.parts.lanes || node.limit.len() > self.parts.lanes {
                return fault("node", n, format_args!("{} amounts", node.capacity.len()), "one for each lane at most");
            }
            if node.capacity.iter().chain(&node.limit).any(|amount| *amount < 0) {
                return fault("node", n, "an amount below 0", "0 or more");
            }
        }
        Ok(())
    }

    fn modes(&self) -> Result<(), Fault> {
        if self.parts.modes.len() >= MOST || self.parts.depots.len() >= MOST || self.parts.crews.len() >= MOST {
            return fault("mode", self.parts.modes.len(), "too many", "fewer than 2^24");
        }
        for (m, mode) in self.parts.modes.iter().enumerate() {
            self.known("mode", m, &mode.members)?;
            self.mode(m, mode)?;
        }
        for (d, depot) in self.parts.depots.iter().enumerate() {
            if !(depot.every >= 0.0 && depot.every.is_finite()) {
                return fault("depot", d, depot.every, "0 or more hours between orders");
            }
        }
        match self.parts.crews.iter().position(|jobs| *jobs == 0) {
            Some(c) => fault("crew", c, 0, "one or more"),
            None => Ok(()),
        }
    }

    fn mode(&self, m: usize, mode: &Mode) -> Result<(), Fault> {
        let shared = |p: f64| p > 0.0 && p <= 1.0;
        if (mode.slots as usize) < mode.members.len() {
            return fault("mode", m, format_args!("{} slots", mode.slots), "one for each member or more");
        }
        if mode.life.mean() <= 0.0 {
            return fault("mode", m, mode.life.mean(), "a mean life above 0");
        }
        let takes = shared(mode.lost) || (mode.lost == 0.0 && (mode.crew.is_some() || mode.depot.is_some()));
        if !takes || mode.hits.is_some_and(|p| !shared(p)) {
            return fault("mode", m, format_args!("takes {} ({:?} of each)", mode.lost, mode.hits), "shares above 0, up to 1");
        }
        let memoryless = mode.life.is_memoryless();
        if mode.each && (mode.hits.is_none() || !memoryless) {
            return fault("mode", m, "repaired each by itself", "an exponential law of life and a share of leaves hit");
        }
        if mode.only_up && !memoryless {
            return fault("mode", m, "strikes only what is up", "an exponential law of life");
        }
        if (mode.overlapping || mode.standby.is_some()) && !memoryless {
            return fault("mode", m, "a law of life that ages", "an exponential law for shocks that overlap and for standby");
        }
        let waits = mode.crew.is_some() || mode.depot.is_some() || mode.standby.is_some();
        let alone = !waits && !mode.overlapping && !mode.only_up && mode.hits.is_none() && mode.lost >= 1.0;
        if mode.pooled && !(alone && memoryless && mode.repair.is_memoryless()) {
            return fault("mode", m, "pooled", "exponential lives and repairs of whole units that wait for nothing");
        }
        if mode.crew.is_some_and(|(crew, _)| crew as usize >= self.parts.crews.len()) {
            return fault("mode", m, "an unknown crew", "a crew that is declared");
        }
        if mode.depot.is_some_and(|depot| depot as usize >= self.parts.depots.len()) {
            return fault("mode", m, "an unknown depot", "a depot that is declared");
        }
        if let Some(standby) = mode.standby {
            self.known("mode", m, &[standby.group])?;
            let ratio = |p: f64| (0.0..=1.0).contains(&p);
            if mode.overlapping || !ratio(standby.factor) || !ratio(standby.coverage) {
                return fault("mode", m, format_args!("{standby:?}"), "ratios from 0 to 1, and failures that do not overlap");
            }
        }
        Ok(())
    }

    fn planned(&self) -> Result<(), Fault> {
        let hours = |at: f64| at >= 0.0 && at.is_finite();
        let share = |lost: f64| lost > 0.0 && lost <= 1.0;
        for (i, outage) in self.parts.outages.iter().enumerate() {
            self.known("outage", i, &[outage.node])?;
            if outage.from.is_nan() || outage.until.is_nan() || outage.until < outage.from || !share(outage.lost) {
                return fault("outage", i, format_args!("{outage:?}"), "an end after its start, and a share above 0, up to 1");
            }
        }
        for (i, nodes) in self.parts.exclusive.iter().enumerate() {
            self.known("exclusive set", i, nodes)?;
        }
        for (i, drain) in self.parts.drains.iter().enumerate() {
            self.known("drain", i, &[drain.node])?;
            if !hours(drain.due) || !hours(drain.hours) {
                return fault("drain", i, format_args!("{drain:?}"), "hours of 0 or more");
            }
            if drain.exclusive.is_some_and(|set| set as usize >= self.parts.exclusive.len()) {
                return fault("drain", i, "an unknown set", "a set that is declared");
            }
        }
        for (i, deploys) in self.parts.deploys.iter().enumerate() {
            deploys.waves.iter().try_for_each(|wave| self.known("deploys", i, wave))?;
            if !hours(deploys.gap) || !share(deploys.lost) || deploys.every.mean() <= 0.0 {
                return fault("deploys", i, deploys.gap, "hours between waves of 0 or more, and a share above 0, up to 1");
            }
        }
        for (i, cascade) in self.parts.cascades.iter().enumerate() {
            self.known("cascade", i, &cascade.carriers)?;
            let loads = !cascade.load.is_empty() && cascade.load.iter().all(|load| hours(*load));
            if !loads
                || cascade.limit.is_nan()
                || cascade.limit <= 0.0
                || cascade.lane as usize >= self.parts.lanes
                || cascade.restart.mean() <= 0.0
            {
                return fault("cascade", i, cascade.limit, "loads of 0 or more, a limit above 0, a lane that is there");
            }
        }
        Ok(())
    }
}
