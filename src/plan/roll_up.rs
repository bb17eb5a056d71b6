//! Room and exhaustion of services, zones and regions: the pools' futures are summed, and percentiles are taken of the sum.

use std::borrow::Cow;
use std::ops::Range;

use serde::Serialize;

use super::headroom::at_share;
use super::{Error, Exhaustion};
use crate::model::{Level, Model, Redundancy};
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::simulate::{Spare, Together, safe_load_line, spare};
use crate::stream::Stream;
use crate::time::{Day, Month};
use crate::units::Unit;

/// A tenth, the half, nine tenths of all futures are at or below.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Amounts {
    /// The 10th percentile.
    pub p10: f64,
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
}

impl Amounts {
    /// Order statistics of values in any order; zeros for none.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| at_share(&values, p).unwrap_or(0.0);
        Self { p10: at(0.1), p50: at(0.5), p90: at(0.9) }
    }
}

/// What is to spare at the worst planned level of a month; negative is missing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RolledRoom {
    /// The month.
    pub month: Month,
    /// With everything up.
    pub all_up: Amounts,
    /// With the declared redundancy of each pool lost.
    pub reserve: Amounts,
}

/// One resource of all pools of a service, or of what stands in a zone or region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RollUp {
    /// `service`, `zone` or `region`.
    pub level: &'static str,
    /// Its name.
    pub name: String,
    /// The resource.
    pub resource: String,
    /// The unit of its amounts.
    pub unit: Unit,
    /// How many pools are summed.
    pub pools: usize,
    /// The unit that all its pools buy and the usable capacity of one, where they buy one unit under one line.
    pub bought: Option<(String, f64)>,
    /// The first month and the last whole one.
    pub rooms: [RolledRoom; 2],
    /// When demand stays above usable capacity, everything up.
    pub exhaustion: Exhaustion,
    /// The same with the declared redundancy of each pool lost; `None` when none of them declares any.
    pub reserve_exhaustion: Option<Exhaustion>,
}

impl RollUp {
    /// An amount in whole units that its pools buy: to spare rounded down, missing (negative) rounded away from zero.
    #[must_use]
    pub fn units(&self, amount: f64) -> Option<i64> {
        let usable = self.bought.as_ref().map(|(_, usable)| *usable).filter(|usable| *usable > 0.0)?;
        // a hair of rounding is not a unit
        let units = amount / usable;
        Some(if amount < 0.0 { -(-units - 1e-9).ceil().max(0.0) } else { (units + 1e-9).floor() } as i64)
    }
}

/// Every service that a pool names, every zone and every region that hosts stand in, resource by resource, in the futures of a
/// scenario that is simulated with the same paths and stream.
///
/// # Errors
/// As [`spare`].
pub fn roll_ups(
    scenario: &Scenario,
    paths: &SamplePaths,
    months: &[Month],
    stream: Stream,
    observer: &dyn Observer,
) -> Result<Vec<RollUp>, Error> {
    let whole = |_: Range<u32>| Cow::Borrowed(paths);
    roll_ups_by(scenario, &whole, scenario.replications, months, stream, observer)
}

/// The same with paths of so many futures at once: the first row of `paths` is the first of those futures.
///
/// # Errors
/// As [`spare`].
pub fn roll_ups_by<'p>(
    scenario: &Scenario,
    paths: &dyn Fn(Range<u32>) -> Cow<'p, SamplePaths>,
    at_once: u32,
    months: &[Month],
    stream: Stream,
    observer: &dyn Observer,
) -> Result<Vec<RollUp>, Error> {
    let model = &*scenario.model;
    let named = named(model);
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let together: Vec<Together> = named.iter().map(|(.., of)| of.clone()).collect();
    let mut seen = vec![Spare::default(); together.len()];
    for first in (0..scenario.replications).step_by(at_once.max(1) as usize) {
        let futures = first..first.saturating_add(at_once.max(1)).min(scenario.replications);
        let some = spare(scenario, &paths(futures.clone()), futures, stream, &together, observer)?;
        seen.iter_mut().zip(some).for_each(|(seen, some)| seen.join(some));
    }
    let start = scenario.as_of.plus(1);
    named.into_iter().zip(seen).map(|((level, name, of), seen)| told(model, (level, name), &of, &seen, (start, months))).collect()
}

/// Level, name, and what is summed.
fn named(model: &Model) -> Vec<(&'static str, String, Together)> {
    let mut all = Vec::new();
    let mut add = |level: &'static str, name: &str, pools: Vec<usize>, zones: Option<Vec<String>>| {
        for resource in model.resources.keys() {
            let asked = |p: &usize| model.pools[*p].demands.iter().any(|demand| demand.resource == *resource);
            let pools: Vec<usize> = pools.iter().copied().filter(asked).collect();
            if !pools.is_empty() {
                let of = Together { resource: resource.clone(), pools, zones: zones.clone() };
                all.push((level, name.to_owned(), of));
            }
        }
    };
    let mut services: Vec<&String> = model.pools.iter().filter_map(|pool| pool.service.as_ref()).collect();
    services.sort_unstable();
    services.dedup();
    for service in services {
        let of = (0..model.pools.len()).filter(|p| model.pools[*p].service.as_ref() == Some(service));
        add("service", service, of.collect(), None);
    }
    for level in [Level::Zone, Level::Region] {
        for node in model.domains.nodes.values().filter(|node| node.level == level) {
            let zones: Vec<String> = model
                .domains
                .nodes
                .values()
                .filter(|zone| zone.level == Level::Zone && model.domains.ancestry(&zone.name).contains(&node.name.as_str()))
                .map(|zone| zone.name.clone())
                .collect();
            let stands = |p: &usize| {
                let domains = model.pools[*p].groups.iter().filter_map(|group| group.domain.as_ref());
                domains.into_iter().any(|domain| model.domains.ancestry(domain).contains(&node.name.as_str()))
            };
            add(level.name(), &node.name, (0..model.pools.len()).filter(stands).collect(), Some(zones));
        }
    }
    all
}

fn told(
    model: &Model,
    (level, name): (&'static str, String),
    of: &Together,
    seen: &Spare,
    (start, months): (Day, &[Month]),
) -> Result<RollUp, Error> {
    let room = |month: usize| {
        let column = |all: &[f64]| Amounts::of(all.iter().skip(month).step_by(months.len().max(1)).copied().collect());
        RolledRoom { month: months[month], all_up: column(&seen.all_up), reserve: column(&seen.reserve) }
    };
    let guarded = of.pools.iter().any(|p| model.pools[*p].redundancy != Redundancy::default());
    Ok(RollUp {
        level,
        name,
        unit: model.resources.get(&of.resource).cloned().unwrap_or_else(Unit::ratio),
        pools: of.pools.len(),
        bought: bought(model, of)?,
        rooms: [room(0), room(months.len().saturating_sub(2))],
        exhaustion: Exhaustion::of(&seen.exhaustion, start),
        reserve_exhaustion: guarded.then(|| Exhaustion::of(&seen.reserve_exhaustion, start)),
        resource: of.resource.clone(),
    })
}

/// The one unit that all pools buy and what of it may be used, where they agree.
fn bought(model: &Model, of: &Together) -> Result<Option<(String, f64)>, Error> {
    let mut one: Option<(String, f64)> = None;
    for pool in of.pools.iter().map(|p| &model.pools[*p]) {
        for demand in pool.demands.iter().filter(|demand| demand.resource == of.resource) {
            let line = safe_load_line(&demand.line)?.value;
            let capacity = model.catalog.get(&pool.buys).and_then(|unit| unit.capacity.get(&of.resource)).copied().unwrap_or(0.0);
            let here = (pool.buys.clone(), capacity * line);
            match &one {
                Some(there) if *there != here => return Ok(None),
                _ => one = Some(here),
            }
        }
    }
    Ok(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_whole_units_on_the_safe_side() {
        let room = RolledRoom {
            month: Month::spanning(crate::time::Day(0), crate::time::Day(0))[0],
            all_up: Amounts::of(vec![]),
            reserve: Amounts::of(vec![]),
        };
        let roll_up = RollUp {
            level: "zone",
            name: "z".to_owned(),
            resource: "cpu".to_owned(),
            unit: Unit::named("cores"),
            pools: 1,
            bought: Some(("m8".to_owned(), 4.0)),
            rooms: [room, room],
            exhaustion: Exhaustion::of(&[None], crate::time::Day(0)),
            reserve_exhaustion: None,
        };
        let units: Vec<i64> = [9.0, 8.0, 7.9, 0.0, -0.1, -4.0, -4.1].iter().filter_map(|amount| roll_up.units(*amount)).collect();
        assert_eq!(units, [2, 2, 1, 0, -1, -1, -2]);
    }
}
