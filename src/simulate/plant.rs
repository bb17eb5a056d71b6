use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::sequential::{
    Cascade, Deploys, Depot, Drain, Engine, Law, Mode, Node, Outage, Parts, Presence, Standby, Start, State, System,
};
use super::world::{Placed, Places, PoolWorld};
use crate::model::{FailureMode, Level, Model, Takes};
use crate::scenario::{Freezes, Override, Scenario, put_off};
use crate::stats::Distribution;
use crate::stream::{Address, Stream};
use crate::time::Day;

/// One whole unit, in the whole numbers that the sequential engine adds: shares of it are kept to a part in four billion.
const WHOLE: i64 = 1 << 32;
/// Queues of crews and shelves have no steady state in closed form: they run for so many hours before the first day.
const WARM_UP_HOURS: f64 = 8_766.0;
/// Hosts of one group on one clock. It has room for as many from the start, so that another host moves no draw of the others.
const SLOTS: usize = 16;

/// All pools of a scenario as one system: what fails in one place fails for every pool, crews and shelves are shared.
#[derive(Debug, Clone)]
pub(super) struct Plant {
    system: System,
    /// Hours played before the first day.
    before: f64,
    pools: Vec<Lanes>,
    /// The pool of each cascade.
    overloaded: Vec<usize>,
}

/// Where the units of a pool are counted: a lane for each cell and each class of units that carry the same.
#[derive(Debug, Clone)]
struct Lanes {
    first: usize,
    /// Usable capacity of one unit of each class, by resource.
    classes: Vec<Vec<f64>>,
    count: usize,
    /// The node of each host.
    nodes: Vec<u32>,
    /// The node of each group of which some stand by.
    standby: BTreeMap<Address, u32>,
}

/// What was played of one future, and room to work in; used again by the next.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    /// Of each pool.
    pub timelines: Vec<Timeline>,
    presence: Vec<Presence>,
    last: Vec<i64>,
}

/// Capacity is constant from `at` to the next segment: by cell and resource, in `usable`.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// Hours after the start.
    pub at: Vec<f64>,
    pub usable: Vec<f64>,
}

impl Plant {
    pub(super) fn build(
        scenario: &Scenario,
        start: Day,
        days: usize,
        pools: &[PoolWorld],
        places: &[Places],
    ) -> Result<Self, Error> {
        let model = &*scenario.model;
        let stands_by = model.pools.iter().flat_map(|pool| &pool.groups).any(|group| group.standby.is_some());
        let waits = stands_by || model.failures.iter().any(|mode| mode.crew.is_some() || mode.shelf.is_some());
        let before = if waits { WARM_UP_HOURS } else { 0.0 };
        Self::compose(&Builder { scenario, model, start, before, end: before + days as f64 * 24.0 }, pools, places)
    }

    /// The same for a future of so many hours that begins all up and new.
    pub(super) fn within(
        scenario: &Scenario,
        start: Day,
        hours: f64,
        pools: &[PoolWorld],
        places: &[Places],
    ) -> Result<Self, Error> {
        Self::compose(&Builder { scenario, model: &scenario.model, start, before: 0.0, end: hours }, pools, places)
    }

    fn compose(builder: &Builder<'_>, pools: &[PoolWorld], places: &[Places]) -> Result<Self, Error> {
        let model = builder.model;
        let (nodes, domains, lanes) = builder.nodes(pools, places);
        let parts = Parts {
            lanes: lanes.iter().map(|lanes| lanes.count).sum(),
            modes: builder.modes(&domains, &lanes, places)?,
            crews: model.crews.values().map(|crew| crew.jobs).collect(),
            depots: builder.depots()?,
            outages: builder.losses(&domains)?,
            deploys: builder.deploys(places, &lanes)?,
            cascades: builder.cascades(&lanes)?,
            frozen: builder.frozen(),
            nodes,
            ..Parts::default()
        };
        let (drains, exclusive) = builder.drains(&domains);
        let system = System::new(Parts { drains, exclusive, ..parts })?;
        let overloaded = (0..pools.len()).filter(|p| model.pools[*p].overload.is_some()).collect();
        Ok(Self { system, before: builder.before, pools: lanes, overloaded })
    }

    /// An engine whose copies go on by draws of their own.
    pub(super) fn branching(&self) -> Engine<'_> {
        Engine::that_branches(&self.system)
    }

    /// Hosts of a pool that serve: those up, of a group of which some stand by as many as are needed at most.
    pub(super) fn serving(&self, pool: usize, state: &State) -> i64 {
        let lanes = &self.pools[pool];
        state.standing.totals()[lanes.first..lanes.first + lanes.count].iter().sum::<i64>() / WHOLE
    }

    pub(super) fn engine(&self) -> Engine<'_> {
        Engine::new(&self.system)
    }

    /// Pools whose hosts stop under overload.
    pub(super) fn overloaded(&self) -> &[usize] {
        &self.overloaded
    }

    /// Tells an engine what the pool of a cascade is asked for in this future, hour by hour, by resource.
    pub(super) fn carry(&self, engine: &mut Engine<'_>, cascade: usize, hours: usize, demand: impl Fn(usize, usize) -> f64) {
        let class = &self.pools[self.overloaded[cascade]].classes[0];
        let units = |hour: usize| {
            let of = class.iter().enumerate().filter(|(_, usable)| **usable > 0.0);
            of.map(|(r, usable)| demand(r, hour) / usable).fold(0.0, f64::max) * WHOLE as f64
        };
        let before = std::iter::repeat_n(0.0, self.before as usize);
        engine.carry(cascade, before.chain((0..hours).map(units)).collect());
    }

    /// Usable capacity of each pool over one future, from when its units are in force, in `tracks`.
    pub(super) fn timelines<'r>(
        &self,
        engine: &mut Engine<'_>,
        in_force: impl Iterator<Item = &'r [(f64, f64)]>,
        horizon: f64,
        stream: Stream,
        tracks: &mut Tracks,
    ) {
        let Tracks { presence, timelines, last } = tracks;
        presence.clear();
        last.clear();
        timelines.resize_with(self.pools.len(), Timeline::default);
        for timeline in timelines.iter_mut() {
            timeline.at.clear();
            timeline.usable.clear();
        }
        for (pool, spans) in self.pools.iter().zip(in_force) {
            for (node, (from, until)) in pool.nodes.iter().zip(spans) {
                if *from > 0.0 || *until < horizon {
                    let from = if *from > 0.0 { from + self.before } else { 0.0 };
                    presence.push(Presence { node: *node, from, until: until + self.before });
                }
            }
        }
        let mut watch = |from: f64, until: f64, state: &State| {
            if until > self.before {
                let now = state.standing.totals();
                if last.as_slice() != now {
                    for (timeline, pool) in timelines.iter_mut().zip(&self.pools) {
                        pool.record((from - self.before).max(0.0), now, last, timeline);
                    }
                    last.clear();
                    last.extend_from_slice(now);
                }
            }
            true
        };
        engine.run(stream, Start::Steady, horizon + self.before, presence, &mut watch);
    }
}

impl Lanes {
    fn record(&self, at: f64, now: &[i64], last: &[i64], timeline: &mut Timeline) {
        let lanes = self.first..self.first + self.count;
        if !timeline.at.is_empty() && last[lanes.clone()] == now[lanes.clone()] {
            return;
        }
        timeline.at.push(at);
        for cell in now[lanes].chunks_exact(self.classes.len()) {
            for resource in 0..self.classes[0].len() {
                let carries = |(units, class): (&i64, &Vec<f64>)| *units as f64 / WHOLE as f64 * class[resource];
                timeline.usable.push(cell.iter().zip(&self.classes).map(carries).sum());
            }
        }
    }
}

/// The domains of a model and the racks that its pools imply, by name.
type Domains = BTreeMap<String, (u32, Level)>;

struct Builder<'a> {
    scenario: &'a Scenario,
    model: &'a Model,
    start: Day,
    before: f64,
    end: f64,
}

impl Builder<'_> {
    /// Domains from the top down, then hosts.
    fn nodes(&self, pools: &[PoolWorld], places: &[Places]) -> (Vec<Node>, Domains, Vec<Lanes>) {
        let (mut nodes, mut domains) = (Vec::new(), Domains::new());
        let mut domain = |name: &str, level, parent: Option<&String>| {
            let above = parent.and_then(|parent| domains.get(parent)).map(|(node, _)| *node);
            if !domains.contains_key(name) {
                domains.insert(name.to_owned(), (nodes.len() as u32, level));
                nodes.push(Node::domain(above, Address::of(name)));
            }
        };
        for level in [Level::Region, Level::Zone, Level::Rack] {
            for (name, node) in self.model.domains.nodes.iter().filter(|(_, node)| node.level == level) {
                domain(name, level, node.parent.as_ref());
            }
        }
        for (name, within) in places.iter().flat_map(|places| &places.implied) {
            domain(name, Level::Rack, within.as_ref());
        }
        let mut first = 0;
        let mut lanes = Vec::new();
        for (pool, places) in pools.iter().zip(places) {
            let mut classes: Vec<Vec<f64>> = Vec::new();
            for host in &pool.hosts {
                if !classes.contains(&host.usable) {
                    classes.push(host.usable.clone());
                }
            }
            if classes.is_empty() {
                classes.push(vec![0.0; pool.resources]);
            }
            let (mut hosts, mut standby) = (Vec::new(), BTreeMap::new());
            for (host, placed) in pool.hosts.iter().zip(&places.placed) {
                let class = classes.iter().position(|class| *class == host.usable).unwrap_or(0);
                let mut capacity = vec![0; first + host.cell * classes.len() + class];
                capacity.push(WHOLE);
                let mut parent = placed.within.as_ref().and_then(|name| domains.get(name)).map(|(node, _)| *node);
                if let Some((active, _)) = placed.standby {
                    let group = standby.entry(placed.group).or_insert_with(|| {
                        let limit = capacity.iter().map(|units| units * i64::from(active)).collect();
                        nodes.push(Node { parent, capacity: Vec::new(), limit, address: placed.group });
                        nodes.len() as u32 - 1
                    });
                    parent = Some(*group);
                }
                hosts.push(nodes.len() as u32);
                nodes.push(Node { parent, capacity, limit: Vec::new(), address: host.address });
            }
            let count = pool.shares.len() * classes.len();
            lanes.push(Lanes { first, classes, count, nodes: hosts, standby });
            first += count;
        }
        (nodes, domains, lanes)
    }

    fn modes(&self, domains: &Domains, lanes: &[Lanes], places: &[Places]) -> Result<Vec<Mode>, Error> {
        let (mut modes, mut taken) = (Vec::new(), BTreeSet::new());
        // a common cause that hits nobody is none
        for failure in self.model.failures.iter().filter(|mode| mode.hits_each_with != Some(0.0)) {
            let like = self.mode(failure)?;
            let mode = |address, members: Vec<u32>| Mode { address, slots: members.len() as u32, members, ..like.clone() };
            let named = like.address;
            for (name, (node, _)) in domains.iter().filter(|(name, (_, level))| failure.strikes.takes(name, *level)) {
                modes.push(mode(named.joined(Address::of(name)), vec![*node]));
            }
            for ((lanes, places), of) in lanes.iter().zip(places).zip(&self.model.pools) {
                let struck = |h: &usize| failure.strikes.takes_hosts(&places.placed[*h].unit, &of.name);
                let hosts: Vec<usize> = (0..lanes.nodes.len()).filter(struck).collect();
                for alike in hosts.chunk_by(|a, b| places.placed[*a].group == places.placed[*b].group) {
                    let group = places.placed[alike[0]].group;
                    let named = named.joined(group);
                    let standby = Self::standby(lanes, &places.placed[alike[0]]);
                    if standby.is_some() && !taken.insert(group) {
                        let seen = format!("`{}` is a second failure of hosts of pool `{}` that stand by", failure.name, of.name);
                        return Err(Error::Part(format!("{seen}: expected one at most; put both into one law")));
                    }
                    let together = if standby.is_some() { alike.len() } else { SLOTS };
                    for (c, chunk) in alike.chunks(together).enumerate() {
                        let members = chunk.iter().map(|h| lanes.nodes[*h]).collect();
                        modes.push(Mode { slots: together as u32, standby, ..mode(named.child(c as u64), members) });
                    }
                }
            }
        }
        Ok(modes)
    }

    fn standby(lanes: &Lanes, placed: &Placed) -> Option<Standby> {
        let (active, standby) = placed.standby?;
        let group = *lanes.standby.get(&placed.group)?;
        Some(Standby { active, factor: standby.ages, coverage: standby.takes_over, group })
    }

    /// A failure mode that strikes nothing yet.
    fn mode(&self, failure: &FailureMode) -> Result<Mode, Error> {
        let (life, repair) = (law(&failure.time_to_failure_hours)?, law(&failure.repair_hours)?);
        let mut mode = Mode::new(Address::of(&failure.name), Vec::new(), life, repair);
        mode.hits = failure.hits_each_with;
        mode.lost = if mode.hits.is_some() { 1.0 } else { failure.share_lost };
        mode.overlapping = failure.overlapping;
        if let Some((crew, rank)) = &failure.crew {
            mode.crew = Some((number(&self.model.crews, crew)?, *rank));
        }
        if let Some(shelf) = &failure.shelf {
            mode.depot = Some(number(&self.model.shelves, shelf)?);
        }
        Ok(mode)
    }

    fn depots(&self) -> Result<Vec<Depot>, Error> {
        let depot = |shelf: &crate::model::Shelf| {
            let address = Address::of(&shelf.name);
            Ok(Depot { address, parts: shelf.parts, lead: law(&shelf.lead_hours)?, every: shelf.review_hours })
        };
        self.model.shelves.values().map(depot).collect()
    }

    fn hours(&self, day: Day) -> f64 {
        f64::from(day.since(self.start)) * 24.0 + self.before
    }

    /// Domains that the scenario takes away.
    fn losses(&self, domains: &Domains) -> Result<Vec<Outage>, Error> {
        let mut losses = Vec::new();
        for change in &self.scenario.overrides {
            if let Override::DomainLoss { node, on, hours } = change {
                let (at, _) = domains.get(node).ok_or_else(|| Error::Unknown(node.clone()))?;
                let from = self.hours(*on);
                losses.push(Outage { node: *at, from, until: from + hours, lost: 1.0 });
            }
        }
        Ok(losses)
    }

    /// Hours in which nothing is changed.
    fn frozen(&self) -> Vec<(f64, f64)> {
        let spans = Freezes::of(&self.scenario.overrides).hours(self.start);
        spans.into_iter().map(|(from, until)| (from + self.before, until + self.before)).collect()
    }

    /// Planned work of the horizon, and the sets of which no two are taken at once.
    fn drains(&self, domains: &Domains) -> (Vec<Drain>, Vec<Vec<u32>>) {
        let (mut drains, mut exclusive, frozen) = (Vec::new(), Vec::new(), self.frozen());
        for work in &self.model.drains {
            let taken = |name: &String, level: Level| match &work.takes {
                Takes::Every(of) => *of == level,
                Takes::Node(node) => node == name,
            };
            let nodes: Vec<u32> =
                domains.iter().filter(|(name, (_, level))| taken(name, *level)).map(|(_, (node, _))| *node).collect();
            let set = work.one_at_a_time.then_some(exclusive.len() as u32);
            exclusive.extend(set.map(|_| nodes.clone()));
            let mut round = self.hours(work.first);
            while round < self.end {
                let mut due: Vec<f64> = (0..nodes.len()).map(|i| round + i as f64 * work.apart_hours).collect();
                put_off(&frozen, &mut due);
                let within = due.iter().zip(&nodes).filter(|(due, _)| **due >= self.before && **due < self.end);
                drains.extend(within.map(|(due, node)| Drain {
                    node: *node,
                    due: *due,
                    hours: work.lasts_hours,
                    exclusive: set,
                }));
                let Some(every) = work.every_hours else { break };
                round += every;
            }
        }
        (drains, exclusive)
    }

    /// Hosts of one kind that share one load.
    fn cascades(&self, lanes: &[Lanes]) -> Result<Vec<Cascade>, Error> {
        let mut cascades = Vec::new();
        for (pool, lanes) in self.model.pools.iter().zip(lanes) {
            let Some(overload) = &pool.overload else { continue };
            if lanes.count != 1 {
                let name = &pool.name;
                return Err(Error::Part(format!("`overload` of pool `{name}`: its hosts are of several kinds, expected one")));
            }
            cascades.push(Cascade {
                address: Address::of(&pool.name),
                carriers: lanes.nodes.clone(),
                lane: lanes.first as u32,
                load: vec![0.0],
                limit: overload.trips_at,
                restart: law(&overload.restart_hours)?,
            });
        }
        Ok(cascades)
    }

    /// Releases: a wave is the hosts of one zone or rack, in name order.
    fn deploys(&self, places: &[Places], lanes: &[Lanes]) -> Result<Vec<Deploys>, Error> {
        let deploys = |deploy: &crate::model::Deploy| {
            let mut waves: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
            for ((places, lanes), declared) in places.iter().zip(lanes).zip(&self.model.pools) {
                if deploy.pool.as_ref().is_some_and(|name| *name != declared.name) {
                    continue;
                }
                for (placed, node) in places.placed.iter().zip(&lanes.nodes) {
                    let wave = if deploy.waves == Level::Rack { &placed.rack } else { &placed.zone };
                    waves.entry(wave).or_default().push(*node);
                }
            }
            Ok(Deploys {
                address: Address::of(&deploy.name),
                every: law(&deploy.every_hours)?,
                waves: waves.into_values().collect(),
                gap: deploy.gap_hours,
                detection: law(&deploy.detection_hours)?,
                rollback: law(&deploy.rollback_hours)?,
                lost: deploy.share_lost,
            })
        };
        self.model.deploys.iter().map(deploys).collect()
    }
}

fn law(of: &Distribution) -> Result<Law, Error> {
    Law::of(of).map_err(|invalid| Error::Part(invalid.to_string()))
}

fn number<T>(declared: &BTreeMap<String, T>, name: &str) -> Result<u32, Error> {
    declared.keys().position(|one| one == name).map(|at| at as u32).ok_or_else(|| Error::Unknown(name.to_owned()))
}
