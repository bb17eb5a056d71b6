use std::collections::BTreeMap;

use super::plant::Plant;
use super::transfer::Transfers;
use super::uncertain::{Drawn, Uncertain, address_of};
use super::{Error, safe_load_line};
use crate::model::{Arrival, DomainTree, Level, Model, Order, Pool, Routing, rack_name};
use crate::paths::{HOURS, SamplePaths};
use crate::scenario::{Freezes, Override, Scenario, thawed};
use crate::stats::Sampler;
use crate::stream::{Address, Stream};
use crate::time::{Day, Month};

/// A scenario compiled to indices and arrays: built once, shared by all replications, never changed.
#[derive(Debug, Clone)]
pub struct World {
    pub(super) start: Day,
    pub(super) days: usize,
    pub(super) months: Vec<Month>,
    /// The month of each day.
    pub(super) month_of: Vec<usize>,
    /// The day after the last of each month.
    pub(super) month_ends: Vec<usize>,
    pub(super) confirmation_days: usize,
    pub(super) pools: Vec<PoolWorld>,
    pub(super) plant: Plant,
    pub(super) names: Vec<(String, Vec<String>)>,
    pub(super) uncertain: Uncertain,
    /// Hours after the start in which nothing is changed.
    pub(super) frozen: Vec<(f64, f64)>,
}

/// One pool, compiled.
#[derive(Debug, Clone)]
pub(super) struct PoolWorld {
    /// Where each resource's demand stands in the paths.
    pub series: Vec<usize>,
    /// The highest hour of each profile day, by resource.
    pub peaks: Vec<Vec<f32>>,
    pub resources: usize,
    /// Cells that carry load separately: 1 when shared, a zone each when pinned.
    pub shares: Vec<f64>,
    /// What cells may carry for each other.
    pub transfers: Transfers,
    /// Declared hosts, with the hours between which each is in force.
    pub hosts: Vec<Host>,
    pub orders: Vec<OrderWorld>,
    /// Usable capacity of one bought unit, by resource.
    pub bought: Vec<f64>,
    pub sources: Vec<FailureSource>,
    /// Why capacity is not that of independent failures in their steady state, where it is not.
    pub irregular: Option<&'static str>,
    pub redundancy: crate::model::Redundancy,
    pub demand: Vec<DemandChange>,
    pub zones: usize,
    /// In the order of the hosts' numbers.
    pub zone_names: Vec<String>,
    pub racks: usize,
}

/// One unit: what it adds, where it stands.
#[derive(Debug, Clone)]
pub(super) struct Host {
    /// Usable capacity (under the line) by resource.
    pub usable: Vec<f64>,
    /// The cell whose load it carries.
    pub cell: usize,
    /// Index of its zone within the pool, and of its rack.
    pub zone: usize,
    pub rack: usize,
    /// Hours after the start between which it is in force.
    pub from: f64,
    pub until: f64,
    /// It waits to take over, and adds nothing while all is well.
    pub waits: bool,
    /// The order that brings it, and then `from` is drawn.
    pub order: Option<usize>,
    pub address: Address,
}

/// When an order arrives.
#[derive(Debug, Clone)]
pub(super) struct OrderWorld {
    pub address: Address,
    /// Hours after the start when it was (or will be) placed.
    pub placed: f64,
    pub lead_days: Option<Sampler>,
    /// Hours after the start when its units leave.
    pub leaves: f64,
}

impl OrderWorld {
    /// Days from placing to arrival in the replication of a stream; `None` for a known day.
    pub fn lead(&self, stream: Stream) -> Option<f64> {
        self.lead_days.as_ref().map(|law| law.draw(&mut stream.named("arrival").at(self.address).rng()).max(0.0))
    }
}

/// A failure mode on one thing, for exact answers: its means and the hosts below it.
#[derive(Debug, Clone)]
pub(super) struct FailureSource {
    /// Mean hours of life and of repair.
    pub mean_life: f64,
    pub mean_repair: f64,
    pub share: f64,
    pub hits: Option<f64>,
    pub overlapping: bool,
    pub members: Vec<u32>,
    /// A host's own failure: its clock starts when it comes into force.
    pub own: bool,
}

/// How a scenario changes demand.
#[derive(Debug, Clone)]
pub(super) enum DemandChange {
    Growth { address: Address, annual: Drawn },
    Launch { address: Address, start: i32, delay: Drawn, size: Drawn, ramp: Drawn },
    Efficiency { address: Address, from: i32, gain: Drawn },
}

impl World {
    /// The world of one future where uncertain numbers of the model make it its own; `None` where all futures have this one.
    ///
    /// # Errors
    /// See [`World::build`].
    pub(super) fn of_future(
        &self,
        scenario: &Scenario,
        demand: &SamplePaths,
        stream: Stream,
        replication: u32,
    ) -> Result<Option<Self>, Error> {
        self.uncertain.model_of(scenario, stream, replication).map(|own| Self::build(&own, demand)).transpose()
    }

    /// Compiles a scenario against its demand paths.
    ///
    /// # Errors
    /// When a demand has no path, paths are too few or too short, or a latency objective cannot be met.
    pub fn build(scenario: &Scenario, demand: &SamplePaths) -> Result<Self, Error> {
        let (days, wanted) = (scenario.horizon_days as usize, scenario.replications as usize);
        let short = |what, seen, wanted| if seen < wanted { Err(Error::Short { what, seen, wanted }) } else { Ok(()) };
        short("days", demand.days(), days)?;
        short("futures", demand.paths, wanted)?;
        let start = demand.start;
        let months = Month::spanning(start, start.plus(days.max(1) as i32 - 1));
        let end = |month: &Month| (month.next().first_day().since(start).max(0) as usize).min(days);
        let month_ends: Vec<usize> = months.iter().map(end).collect();
        let month_of = (0..days).map(|day| month_ends.partition_point(|end| *end <= day)).collect();
        let uncertain = Uncertain::of(scenario)?;
        let (pools, places) = compiled(scenario, demand, start, &uncertain)?;
        let plant = Plant::build(scenario, start, days, &pools, &places)?;
        let names = scenario
            .model
            .pools
            .iter()
            .map(|pool| (pool.name.clone(), pool.demands.iter().map(|demand| demand.resource.clone()).collect()));
        let confirmation_days = scenario.model.objective.confirmation_days.max(1) as usize;
        let frozen = Freezes::of(&scenario.overrides).hours(start);
        let names = names.collect();
        Ok(Self { start, days, months, month_of, month_ends, confirmation_days, pools, plant, names, uncertain, frozen })
    }
}

impl Plant {
    /// The plant of a scenario from the first hour of a day on, for so many hours, all up and new then.
    pub(super) fn of(scenario: &Scenario, demand: &SamplePaths, day: Day, hours: f64) -> Result<Self, Error> {
        let (pools, places) = compiled(scenario, demand, day, &Uncertain::of(scenario)?)?;
        Self::within(scenario, day, hours, &pools, &places)
    }
}

fn compiled(
    scenario: &Scenario,
    demand: &SamplePaths,
    start: Day,
    uncertain: &Uncertain,
) -> Result<(Vec<PoolWorld>, Vec<Places>), Error> {
    let frozen = Freezes::of(&scenario.overrides).hours(start);
    let compile = |pool| Compiler { scenario, demand, start, pool, uncertain, frozen: &frozen }.compile();
    Ok(scenario.model.pools.iter().map(compile).collect::<Result<Vec<_>, _>>()?.into_iter().unzip())
}

struct Compiler<'a> {
    scenario: &'a Scenario,
    demand: &'a SamplePaths,
    start: Day,
    pool: &'a Pool,
    uncertain: &'a Uncertain,
    /// Hours in which nothing is changed.
    frozen: &'a [(f64, f64)],
}

/// What a host is and where it stands.
pub(super) struct Placed {
    /// The domain right above it.
    pub within: Option<String>,
    pub zone: String,
    pub rack: String,
    pub unit: String,
    /// Hosts of one group or order have one clock.
    pub group: Address,
    /// Units active at once where some stand by, and how.
    pub standby: Option<(u32, crate::model::Standby)>,
}

/// Hosts as they are added, and the names of the places they stand in.
#[derive(Default)]
pub(super) struct Places {
    hosts: Vec<Host>,
    /// One for each host.
    pub placed: Vec<Placed>,
    /// Racks that a pool implies, and the domain of each.
    pub implied: BTreeMap<String, Option<String>>,
    zones: BTreeMap<String, usize>,
    racks: BTreeMap<String, usize>,
    /// Members of each node, by its full name.
    below: BTreeMap<String, Vec<u32>>,
}

impl Compiler<'_> {
    fn model(&self) -> &Model {
        &self.scenario.model
    }

    fn tree(&self) -> &DomainTree {
        &self.scenario.model.domains
    }

    fn compile(&self) -> Result<(PoolWorld, Places), Error> {
        let lines = self
            .pool
            .demands
            .iter()
            .map(|demand| safe_load_line(&demand.line).map(|line| line.value))
            .collect::<Result<Vec<_>, _>>()?;
        let series = self.pool.demands.iter().map(|demand| self.series(&demand.resource)).collect::<Result<Vec<_>, _>>()?;
        let highest = |day: &[f32; HOURS]| day.iter().copied().fold(0.0, f32::max);
        let peaks = series.iter().map(|s| self.demand.series[*s].profile.days.iter().map(highest).collect()).collect();
        let mut places = Places::default();
        self.declared_hosts(&lines, &mut places)?;
        let orders = self.ordered_hosts(&lines, &mut places)?;
        let shares = self.cells(&mut places);
        let sources = self.sources(&places);
        let world = PoolWorld {
            series,
            peaks,
            resources: lines.len(),
            transfers: self.transfers(&places),
            shares,
            orders,
            bought: self.usable(&self.pool.buys, &lines)?,
            sources,
            irregular: self.irregular(),
            redundancy: self.pool.redundancy,
            demand: self.demand_changes(),
            zones: places.zones.len(),
            zone_names: in_order(&places.zones),
            racks: places.racks.len(),
            hosts: std::mem::take(&mut places.hosts),
        };
        Ok((world, places))
    }

    fn series(&self, resource: &str) -> Result<usize, Error> {
        self.demand.position(&self.pool.name, resource).ok_or_else(|| {
            let have: Vec<String> = self.demand.series.iter().map(|series| series.key.to_string()).collect();
            Error::NoPath { pool: self.pool.name.clone(), resource: resource.to_owned(), have: have.join(", ") }
        })
    }

    fn usable(&self, unit: &str, lines: &[f64]) -> Result<Vec<f64>, Error> {
        let unit = self.model().catalog.get(unit).ok_or_else(|| Error::Unknown(unit.to_owned()))?;
        let each = self.pool.demands.iter().zip(lines);
        Ok(each.map(|(demand, line)| unit.capacity.get(&demand.resource).copied().unwrap_or(0.0) * line).collect())
    }

    fn hours(&self, day: Day) -> f64 {
        f64::from(day.since(self.start)) * 24.0
    }

    /// When a change that is meant for a day is made.
    fn changed(&self, day: Day) -> f64 {
        thawed(self.frozen, self.hours(day))
    }

    /// One host a unit that is ever in force from the start on.
    fn declared_hosts(&self, lines: &[f64], places: &mut Places) -> Result<(), Error> {
        for (g, group) in self.pool.groups.iter().enumerate() {
            let most = group.counts.iter().map(|change| change.units).max().unwrap_or(0);
            let usable = self.usable(&group.unit, lines)?;
            let alike =
                self.pool.groups[..g].iter().filter(|other| other.unit == group.unit && other.domain == group.domain).count();
            let domain = group.domain.as_deref().unwrap_or("-");
            let named = Address::of(&format!("{}/{}/{domain}/{alike}", self.pool.name, group.unit));
            for index in 0..most {
                for (from, until) in self.spans(group, index) {
                    let host = Host {
                        usable: usable.clone(),
                        cell: 0,
                        zone: 0,
                        rack: 0,
                        from,
                        until,
                        waits: group.standby.is_some_and(|standby| index >= most - standby.units.min(most)),
                        order: None,
                        address: named.child(u64::from(index)),
                    };
                    self.place(places, host, (&group.unit, named), (group.domain.as_deref(), group.racks), index);
                    if let (Some(standby), Some(placed)) = (group.standby, places.placed.last_mut()) {
                        placed.standby = Some((most.saturating_sub(standby.units), standby));
                    }
                }
            }
        }
        Ok(())
    }

    /// The hours in which unit number `index` of a group is in force.
    fn spans(&self, group: &crate::model::Group, index: u32) -> Vec<(f64, f64)> {
        let mut spans: Vec<(f64, f64)> = Vec::new();
        for (c, change) in group.counts.iter().enumerate() {
            let from = if c == 0 { f64::NEG_INFINITY } else { self.changed(change.day) };
            let until = group.counts.get(c + 1).map_or(f64::INFINITY, |next| self.changed(next.day));
            if change.units <= index || until <= 0.0 {
                continue;
            }
            match spans.last_mut() {
                Some(last) if last.1 >= from => last.1 = until,
                _ => spans.push((from, until)),
            }
        }
        spans
    }

    fn place(
        &self,
        places: &mut Places,
        mut host: Host,
        (unit, group): (&str, Address),
        (domain, racks): (Option<&str>, u32),
        index: u32,
    ) {
        let path = domain.map(|name| self.tree().ancestry(name)).unwrap_or_default();
        let level_of = |name: &str| self.tree().nodes.get(name).map(|node| node.level);
        let named = |level| path.iter().find(|name| level_of(name) == Some(level)).map(|name| (*name).to_owned());
        let implied = rack_name(domain.unwrap_or(&self.pool.name), racks, index);
        let zone = named(Level::Zone).or_else(|| domain.map(str::to_owned)).unwrap_or_default();
        let rack = implied.clone().or_else(|| named(Level::Rack)).unwrap_or_else(|| format!("{zone}/-"));
        let number = |names: &mut BTreeMap<String, usize>, name: String| {
            let next = names.len();
            *names.entry(name).or_insert(next)
        };
        host.zone = number(&mut places.zones, zone.clone());
        host.rack = number(&mut places.racks, rack.clone());
        let at = places.hosts.len() as u32;
        if let Some(rack) = &implied {
            places.implied.insert(rack.clone(), domain.map(str::to_owned));
        }
        for name in path.iter().map(|name| (*name).to_owned()).chain(implied.clone()) {
            places.below.entry(name).or_default().push(at);
        }
        let within = implied.or_else(|| domain.map(str::to_owned));
        places.placed.push(Placed { within, zone, rack, unit: unit.to_owned(), group, standby: None });
        places.hosts.push(host);
    }

    /// Hosts that orders bring, spread over the pool's groups by their size on the first day unless a place is named.
    fn ordered_hosts(&self, lines: &[f64], places: &mut Places) -> Result<Vec<OrderWorld>, Error> {
        let mut orders = Vec::new();
        for (o, order) in self.pool.orders.iter().enumerate() {
            orders.push(self.order(order)?);
            let usable = self.usable(&order.unit, lines)?;
            let named = Address::of(&format!("{}/order/{}", self.pool.name, order.name));
            for index in 0..order.units {
                let (domain, racks) = self.landing(order, index);
                let host = Host {
                    usable: usable.clone(),
                    cell: 0,
                    zone: 0,
                    rack: 0,
                    from: f64::INFINITY,
                    until: f64::INFINITY,
                    waits: false,
                    order: Some(o),
                    address: named.child(u64::from(index)),
                };
                self.place(places, host, (&order.unit, named), (domain.as_deref(), racks), index);
            }
        }
        Ok(orders)
    }

    fn order(&self, order: &Order) -> Result<OrderWorld, Error> {
        let placed = self.hours(order.ordered);
        let address = Address::of(&format!("{}/{}", self.pool.name, order.name));
        let leaves = order.leaves.map_or(f64::INFINITY, |day| self.changed(day));
        let law = match &order.arrival {
            Arrival::On(day) => return Ok(OrderWorld { address, placed: self.hours(*day), lead_days: None, leaves }),
            Arrival::LeadTimeDays(law) => law,
        };
        Ok(OrderWorld { address, placed, lead_days: Some(law.sampler()), leaves })
    }

    /// Where unit `index` of an order goes: the named place, or the groups in turn, so that zones stay even.
    fn landing(&self, order: &Order, index: u32) -> (Option<String>, u32) {
        if let Some(domain) = &order.domain {
            let racks =
                self.pool.groups.iter().find(|group| group.domain.as_ref() == Some(domain)).map_or(0, |group| group.racks);
            return (Some(domain.clone()), racks);
        }
        let groups = &self.pool.groups;
        if groups.is_empty() {
            return (None, 0);
        }
        let group = &groups[index as usize % groups.len()];
        (group.domain.clone(), group.racks)
    }

    /// The share of demand that each cell carries, and the cell of each host.
    fn cells(&self, places: &mut Places) -> Vec<f64> {
        if self.pool.routing == Routing::Shared || places.zones.len() < 2 {
            return vec![1.0];
        }
        let mut units = vec![0.0; places.zones.len()];
        for host in &mut places.hosts {
            host.cell = host.zone;
            units[host.zone] += f64::from(u8::from(host.from <= 0.0));
        }
        let total: f64 = units.iter().sum::<f64>().max(1.0);
        units.iter().map(|count| count / total).collect()
    }

    /// Transfers between zones that the pool stands in.
    fn transfers(&self, places: &Places) -> Transfers {
        let cell = |zone: &String| places.zones.get(zone).copied();
        if self.pool.routing == Routing::Shared || places.zones.len() < 2 {
            return Transfers::default();
        }
        let edge = |of: &crate::model::Transfer| Some((cell(&of.from)?, cell(&of.to)?, of.at_most));
        Transfers { edges: self.pool.transfers.iter().filter_map(edge).collect() }
    }

    /// What fails by itself, as the exact engine takes it.
    fn sources(&self, places: &Places) -> Vec<FailureSource> {
        let mut sources = Vec::new();
        for mode in &self.model().failures {
            let source = |members, own| FailureSource {
                mean_life: mode.time_to_failure_hours.mean(),
                mean_repair: mode.repair_hours.mean(),
                share: mode.share_lost,
                hits: mode.hits_each_with,
                overlapping: mode.overlapping,
                members,
                own,
            };
            let hosts = places.placed.iter().enumerate();
            let hosts = hosts.filter(|(_, placed)| mode.strikes.takes_hosts(&placed.unit, &self.pool.name));
            sources.extend(hosts.map(|(h, _)| source(vec![h as u32], true)));
            // racks that are only implied are no nodes of the tree
            let level = |name: &str| self.tree().nodes.get(name).map_or(Level::Rack, |node| node.level);
            let domains = places.below.iter().filter(|(name, _)| mode.strikes.takes(name, level(name)));
            sources.extend(domains.map(|(_, members)| source(members.clone(), false)));
        }
        sources
    }

    /// Why failures of this scenario are not independent of each other and of the calendar.
    fn irregular(&self) -> Option<&'static str> {
        let model = self.model();
        let taken = self.scenario.overrides.iter().any(|change| matches!(change, Override::DomainLoss { .. }));
        if let Some(reason) = self.uncertain.changes() {
            return Some(reason);
        }
        let reasons = [
            (taken, "the scenario takes a domain away"),
            (model.failures.iter().any(|mode| mode.crew.is_some()), "repairs wait for a crew"),
            (model.failures.iter().any(|mode| mode.shelf.is_some()), "repairs wait for spare parts"),
            (!model.drains.is_empty(), "domains are taken out for planned work"),
            (!model.deploys.is_empty(), "bad releases are rolled out in waves"),
            (self.pool.overload.is_some(), "hosts stop under overload"),
            (self.pool.groups.iter().any(|group| group.standby.is_some()), "hosts wait to take over"),
        ];
        reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason)
    }

    fn demand_changes(&self) -> Vec<DemandChange> {
        let mine = |pool: &Option<String>| pool.as_ref().is_none_or(|pool| *pool == self.pool.name);
        let changes = self.scenario.overrides.iter().filter_map(|change| {
            let mut drawn = self.uncertain.drawn(change).into_iter();
            let mut next = || drawn.next();
            match change {
                Override::Growth { pool, .. } if mine(pool) => {
                    Some(DemandChange::Growth { address: address_of(change)?, annual: next()? })
                }
                Override::Launch { pool, start, .. } if mine(pool) => Some(DemandChange::Launch {
                    address: address_of(change)?,
                    start: start.since(self.start),
                    delay: next()?,
                    size: next()?,
                    ramp: next()?,
                }),
                Override::Efficiency { pool, from, .. } if mine(pool) => {
                    Some(DemandChange::Efficiency { address: address_of(change)?, from: from.since(self.start), gain: next()? })
                }
                _ => None,
            }
        });
        changes.collect()
    }
}

/// Names by their numbers.
fn in_order(numbered: &BTreeMap<String, usize>) -> Vec<String> {
    let mut named: Vec<(&usize, &String)> = numbered.iter().map(|(name, number)| (number, name)).collect();
    named.sort_unstable();
    named.into_iter().map(|(_, name)| name.clone()).collect()
}
