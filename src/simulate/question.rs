use std::collections::BTreeMap;

use super::Error;
use super::exact::KOfN;
use super::rare::{Domain, Goal, Problem, RareEstimate, System, Units, estimate};
use crate::model::{FailureMode, Level, Model, Pool, Question, rack_name};
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
/// rare events that a second one checks (see [`estimate`]).
///
/// # Errors
/// [`Error::Part`] with the question and what of its pool has no such answer.
pub fn answer(model: &Model, day: Day, stream: Stream) -> Result<Vec<Answered>, Error> {
    let one = |question: &Question| {
        let refuse = |why: String| Error::Part(format!("question `{}`: {why}", question.name));
        let pool = model.pools.iter().find(|pool| pool.name == question.pool);
        let pool = pool.ok_or_else(|| Error::Unknown(question.pool.clone()))?;
        let hosts: u32 = pool.groups.iter().map(|group| group.units_on(day)).sum();
        let asked = Asked { model, pool, day, question };
        let problem = asked.problem(hosts).map_err(refuse)?;
        let goal = Goal { half_width: question.precision, ..Goal::default() };
        let stream = stream.named("question").at(Address::of(&question.name));
        let answer = estimate(&problem, &goal, stream).map_err(|invalid| refuse(invalid.to_string()))?;
        Ok(Answered { question: question.clone(), hosts, answer })
    };
    model.questions.iter().map(one).collect()
}

struct Asked<'a> {
    model: &'a Model,
    pool: &'a Pool,
    day: Day,
    question: &'a Question,
}

impl Asked<'_> {
    fn problem(&self, hosts: u32) -> Result<Problem, String> {
        if self.question.below > hosts {
            return Err(format!("asks for fewer than {} of {hosts} hosts, expected {hosts} at most", self.question.below));
        }
        if !self.model.drains.is_empty() || !self.model.deploys.is_empty() {
            return Err("planned work and releases go by the calendar, expected a model without `drain` and `deploy`".to_owned());
        }
        if self.pool.overload.is_some() || self.pool.groups.iter().any(|group| group.standby.is_some()) {
            return Err("expected a pool without `overload` and `standby`".to_owned());
        }
        let (domains, at) = self.domains()?;
        let mut units = Vec::new();
        for group in &self.pool.groups {
            let mode = self.host_mode(&group.unit)?;
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
            return Ok(Problem::GroupWithin { group, hours });
        }
        if let Some(crew) = self.model.failures.iter().find(|mode| mode.crew.is_some() || mode.shelf.is_some()) {
            let name = &crew.name;
            return Err(format!(
                "repairs of `{name}` wait for a crew or a part, expected that only for one group of alike hosts, a crew, and exponential laws"
            ));
        }
        let system = System::new(domains, units, u64::from(self.question.below)).map_err(|invalid| invalid.to_string())?;
        Ok(Problem::SystemWithin { system, hours })
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
        let mode = self.host_mode(&self.pool.groups.first()?.unit).ok()?;
        let waits_alike = |other: &FailureMode| other.crew == mode.crew && other.shelf == mode.shelf;
        if !self.pool.groups.iter().all(|group| self.host_mode(&group.unit).is_ok_and(waits_alike)) {
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

    /// The one way in which hosts of a kind go down. A mode that takes a share of a host takes none down.
    fn host_mode(&self, unit: &str) -> Result<&FailureMode, String> {
        let whole = |mode: &&FailureMode| mode.share_lost >= 1.0 && mode.strikes.takes_hosts(unit, &self.pool.name);
        let mut modes = self.model.failures.iter().filter(whole);
        match (modes.next(), modes.next()) {
            (Some(mode), None) => Ok(mode),
            (None, _) => Err(format!("no failure takes a whole host `{unit}` of pool `{}` down", self.pool.name)),
            (Some(one), Some(two)) => Err(format!(
                "`{}` and `{}` both take hosts `{unit}` down, expected one failure: put both into one law",
                one.name, two.name
            )),
        }
    }

    /// Domains above the pool's hosts that fail as a whole, from the top down, by name.
    fn domains(&self) -> Result<(Vec<Domain>, BTreeMap<String, usize>), String> {
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
        let (mut domains, mut at) = (Vec::new(), BTreeMap::new());
        for (level, name, parent) in above {
            let around = parent.and_then(|parent| at.get(&parent).copied());
            let mut innermost = around;
            for mode in self.model.failures.iter().filter(|mode| mode.strikes.takes(&name, level)) {
                if mode.hits_each_with.is_some() || mode.share_lost < 1.0 {
                    return Err(format!("`{}` takes a part of `{name}`, expected failures of whole domains", mode.name));
                }
                let overlaps = mode.overlapping && mode.repair_hours.mean() > 0.01 * mode.time_to_failure_hours.mean();
                if overlaps {
                    return Err(format!("shocks of `{}` overlap often, expected `overlapping = false`", mode.name));
                }
                let (between, outage) = (mode.time_to_failure_hours.clone(), mode.repair_hours.clone());
                domains.push(Domain { parent: innermost, between, outage });
                innermost = Some(domains.len() - 1);
            }
            if let Some(innermost) = innermost {
                at.insert(name, innermost);
            }
        }
        Ok((domains, at))
    }
}
