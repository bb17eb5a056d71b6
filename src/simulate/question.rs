use std::collections::BTreeMap;
use std::sync::Arc;

use super::exact::KOfN;
use super::plant::Plant;
use super::rare::{Demand, Domain, Goal, Played, Problem, RareEstimate, System, Units, estimate, estimate_played};
use super::{Error, World};
use crate::model::{CapacityChange, FailureMode, Level, Model, Pool, Question, rack_name};
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::stats::Distribution;
use crate::stream::{Address, Stream};
use crate::time::Day;

/// The answer to a question of a model.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Answered {
    /// What was asked.
    pub question: Question,
    /// Hosts in force on the first day.
    pub hosts: u32,
    /// The probability, how it was found, and how far it can be trusted.
    pub answer: RareEstimate,
}

/// Answers the questions of a model for the hosts in force on `day`: exactly where there is a closed form, else by a method for
/// rare events that a second one checks (see [`estimate`]). What is more than independent parts is played by the sequential
/// engine, and split where it is rare; `demand` and `stream` are those of the scenario's replications, from which overload comes.
///
/// # Errors
/// [`Error::Part`] with the question and what of its pool has no such answer.
pub fn answer(scenario: &Scenario, demand: &SamplePaths, day: Day, stream: Stream) -> Result<Vec<Answered>, Error> {
    let model = &*scenario.model;
    let one = |question: &Question| {
        let refuse = |why: String| Error::Part(format!("question `{}`: {why}", question.name));
        let pool = model.pools.iter().find(|pool| pool.name == question.pool);
        let pool = pool.ok_or_else(|| Error::Unknown(question.pool.clone()))?;
        let hosts: u32 = pool.groups.iter().map(|group| group.units_on(day)).sum();
        let asked = Asked { model, pool, day, question };
        let problem = asked.problem(hosts).map_err(refuse)?;
        let goal = Goal { half_width: question.precision, ..Goal::default() };
        let of = stream.named("question").at(Address::of(&question.name));
        let answer = match problem {
            Some(problem) => estimate(&problem, &goal, of).map_err(|invalid| refuse(invalid.to_string()))?,
            None => asked.play(scenario, demand, &goal, (of, stream))?,
        };
        Ok(Answered { question: question.clone(), hosts, answer })
    };
    model.questions.iter().map(one).collect()
}

/// Domains, and the innermost of each place by name.
type Above = (Vec<Domain>, BTreeMap<String, usize>);

struct Asked<'a> {
    model: &'a Model,
    pool: &'a Pool,
    day: Day,
    question: &'a Question,
}

impl Asked<'_> {
    /// The problem, where the pool is a system of independent parts or a group with an exact answer; `None` where it is to be
    /// played.
    fn problem(&self, hosts: u32) -> Result<Option<Problem>, String> {
        let waiting: u32 = self.pool.groups.iter().filter_map(|group| group.standby).map(|standby| standby.units).sum();
        let serving = hosts.saturating_sub(waiting);
        if self.question.below > serving {
            return Err(format!("asks for fewer than {} of {hosts} hosts, expected {serving} at most", self.question.below));
        }
        self.whole_domains()?;
        if self.is_planned() || self.pool.overload.is_some() || waiting > 0 {
            return self.takes_hosts().map(|()| None);
        }
        let Some((domains, at)) = self.domains() else { return Ok(None) };
        let mut units = Vec::new();
        for group in &self.pool.groups {
            let Some(mode) = self.host_mode(&group.unit) else { return self.takes_hosts().map(|()| None) };
            let racks = if group.racks == 0 { vec![group.units_on(self.day)] } else { self.by_rack(group) };
            for (rack, count) in racks.into_iter().enumerate().filter(|(_, count)| *count > 0) {
                let within = group.domain.as_ref().and_then(|name| at.get(name).copied());
                let named = group.domain.as_deref().unwrap_or(&self.pool.name);
                let rack = rack_name(named, group.racks, rack as u32).and_then(|name| at.get(&name).copied());
                units.push(Units {
                    count,
                    capacity: 1,
                    domain: rack.or(within),
                    life: mode.time_to_failure_hours.clone(),
                    repair: mode.repair_hours.clone(),
                });
            }
        }
        let hours = self.question.within_hours;
        if let Some(group) = self.alone(hosts, &domains, &units) {
            return Ok(Some(Problem::GroupWithin { group, hours }));
        }
        if self.model.failures.iter().any(|mode| mode.crew.is_some() || mode.shelf.is_some()) {
            return Ok(None);
        }
        let system = System::new(domains, units, u64::from(self.question.below)).map_err(|invalid| invalid.to_string())?;
        Ok(Some(Problem::SystemWithin { system, hours }))
    }

    /// Half of a zone's capacity gone may be half of its hosts, or half of each.
    fn whole_domains(&self) -> Result<(), String> {
        let above = self.above();
        for mode in self.model.failures.iter().filter(|mode| mode.share_lost < 1.0 && mode.hits_each_with.is_none()) {
            if let Some((_, name, _)) = above.iter().find(|(level, name, _)| mode.strikes.takes(name, *level)) {
                return Err(format!("`{}` takes a part of `{name}`, expected failures of whole domains", mode.name));
            }
        }
        Ok(())
    }

    fn is_planned(&self) -> bool {
        !self.model.drains.is_empty() || !self.model.deploys.is_empty()
    }

    /// Whether anything takes a host of the pool down.
    fn takes_hosts(&self) -> Result<(), String> {
        let whole = |mode: &FailureMode| mode.share_lost >= 1.0 || mode.hits_each_with.is_some();
        let fails = self.model.failures.iter().any(whole);
        let released = self.model.deploys.iter().any(|deploy| deploy.share_lost >= 1.0);
        if fails || released || !self.model.drains.is_empty() || self.pool.overload.is_some() {
            return Ok(());
        }
        Err(format!("nothing takes a whole host of pool `{}` down", self.pool.name))
    }

    /// The model in which only what takes whole hosts takes anything, with the hosts of the first day.
    fn of_whole_hosts(&self) -> Model {
        let mut model = self.model.clone();
        model.deploys.retain(|deploy| deploy.share_lost >= 1.0);
        // what takes a share of a host may hold up repairs of others
        model.failures.retain(|mode| {
            mode.share_lost >= 1.0 || mode.hits_each_with.is_some() || mode.crew.is_some() || mode.shelf.is_some()
        });
        for mode in model.failures.iter_mut().filter(|mode| mode.hits_each_with.is_none() && mode.share_lost < 1.0) {
            mode.share_lost = 0.0;
        }
        for pool in &mut model.pools {
            pool.orders.clear();
            for group in &mut pool.groups {
                group.counts = vec![CapacityChange { day: self.day, units: group.units_on(self.day) }];
            }
        }
        model
    }

    /// By the sequential engine.
    fn play(
        &self,
        scenario: &Scenario,
        demand: &SamplePaths,
        goal: &Goal,
        (of, replications): (Stream, Stream),
    ) -> Result<RareEstimate, Error> {
        let scenario = Scenario { model: Arc::new(self.of_whole_hosts()), ..scenario.clone() };
        let hours = self.question.within_hours;
        let plant = Plant::of(&scenario, demand, self.day, hours)?;
        let world = if plant.overloaded().is_empty() { None } else { Some(World::build(&scenario, demand)?) };
        let futures = world.as_ref().map(|world| Demand {
            world,
            paths: demand,
            stream: replications,
            replications: scenario.replications,
        });
        let pool = self.model.pools.iter().position(|pool| pool.name == self.pool.name).unwrap_or_default();
        let played = Played { plant: &plant, pool, below: self.question.below, hours, demand: futures };
        estimate_played(&played, goal, of).map_err(|invalid| Error::Part(format!("question `{}`: {invalid}", self.question.name)))
    }

    fn by_rack(&self, group: &crate::model::Group) -> Vec<u32> {
        let count = group.units_on(self.day);
        (0..group.racks).map(|rack| count / group.racks + u32::from(rack < count % group.racks)).collect()
    }

    /// Alike hosts with exponential laws that nothing else strikes have an exact answer, crews included.
    fn alone(&self, hosts: u32, domains: &[Domain], units: &[Units]) -> Option<KOfN> {
        let first = units.first()?;
        let alike = units.iter().all(|one| one.life == first.life && one.repair == first.repair);
        let (Distribution::Exponential { mean: mttf }, Distribution::Exponential { mean: mttr }) = (&first.life, &first.repair)
        else {
            return None;
        };
        if !alike || !domains.is_empty() {
            return None;
        }
        let mode = self.host_mode(&self.pool.groups.first()?.unit)?;
        let waits_alike = |other: &FailureMode| other.crew == mode.crew && other.shelf == mode.shelf;
        if !self.pool.groups.iter().all(|group| self.host_mode(&group.unit).is_some_and(waits_alike)) {
            return None;
        }
        let shared =
            |crew: &str| self.model.failures.iter().filter(|one| one.crew.as_ref().is_some_and(|(of, _)| of == crew)).count() > 1;
        let crews = match &mode.crew {
            _ if mode.shelf.is_some() => return None,
            Some((crew, _)) if shared(crew) || self.model.pools.len() > 1 => return None,
            Some((crew, _)) => self.model.crews.get(crew)?.jobs.min(hosts),
            None => hosts,
        };
        Some(KOfN { units: hosts, needed: self.question.below, mttf: *mttf, mttr: *mttr, crews, standby: 1.0 })
    }

    /// The one way in which hosts of a kind go down; `None` where there are none or several. A mode that takes a share of a host
    /// takes none down.
    fn host_mode(&self, unit: &str) -> Option<&FailureMode> {
        let whole = |mode: &&FailureMode| mode.share_lost >= 1.0 && mode.strikes.takes_hosts(unit, &self.pool.name);
        let mut modes = self.model.failures.iter().filter(whole);
        modes.next().filter(|_| modes.next().is_none())
    }

    /// Domains above the pool's hosts that fail as a whole, from the top down, by name; `None` where shocks hit their hosts one by
    /// one or overlap often.
    fn domains(&self) -> Option<Above> {
        let (mut domains, mut at) = (Vec::new(), BTreeMap::new());
        for (level, name, parent) in self.above() {
            let around = parent.and_then(|parent| at.get(&parent).copied());
            let mut innermost = around;
            for mode in self.model.failures.iter().filter(|mode| mode.strikes.takes(&name, level)) {
                let overlaps = mode.overlapping && mode.repair_hours.mean() > 0.01 * mode.time_to_failure_hours.mean();
                if mode.hits_each_with.is_some() || overlaps {
                    return None;
                }
                let (between, outage) = (mode.time_to_failure_hours.clone(), mode.repair_hours.clone());
                domains.push(Domain { parent: innermost, between, outage });
                innermost = Some(domains.len() - 1);
            }
            if let Some(innermost) = innermost {
                at.insert(name, innermost);
            }
        }
        Some((domains, at))
    }

    /// Domains above the pool's hosts, from the top down: level, name and parent.
    fn above(&self) -> Vec<(Level, String, Option<String>)> {
        let mut above: Vec<(Level, String, Option<String>)> = Vec::new();
        let mut add = |one: (Level, String, Option<String>)| {
            if !above.contains(&one) {
                above.push(one);
            }
        };
        let tree = &self.model.domains;
        for group in &self.pool.groups {
            for name in group.domain.iter().flat_map(|name| tree.ancestry(name)) {
                if let Some(node) = tree.nodes.get(name) {
                    add((node.level, node.name.clone(), node.parent.clone()));
                }
            }
            let named = group.domain.as_deref().unwrap_or(&self.pool.name);
            for name in (0..group.racks).filter_map(|rack| rack_name(named, group.racks, rack)) {
                add((Level::Rack, name, group.domain.clone()));
            }
        }
        above.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        above
    }
}
