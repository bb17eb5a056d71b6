//! Hours short and unserved amounts with failures worked out exactly, future by future of demand: conditional Monte Carlo.
//!
//! Interruptions of independent sources in steady state have a capacity distribution that is known exactly ([`Amounts`]). Given a
//! future of demand, expected hours short are a sum of P(C < demand) over its hours; only demand is left to sample. The estimate has
//! the same mean as counting simulated hours, less variance, and says 1e-12 where a count says 0 of 2,000.
//!
//! Source: Asmussen & Glynn (2007), *Stochastic Simulation*, §V.4 (conditional Monte Carlo).

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use super::exact::{Amounts, CapacityTable, Interruptions, Place, Takes, Units};
use super::outcome::{Outcomes, PoolOutcomes};
use super::redraw::Weather;
use super::replicate::{Future, PoolRun};
use super::world::{FailureSource, PoolWorld, World};
use super::{Error, demand};
use crate::paths::SamplePaths;
use crate::scenario::Scenario;
use crate::stats::{Estimate, Interval, clopper_pearson, estimate, proportion};
use crate::stream::Stream;

/// With fewer hits than this a count says little.
const FEW_HITS: f64 = 10.0;

/// How a number was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Demand and failures counted over the futures.
    Counted,
    /// Failures exactly, demand over the futures.
    FailuresExact,
}

/// A number with its error, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measure {
    /// The number.
    pub estimate: Estimate,
    /// How it was found.
    pub method: Method,
    /// (Σx)² ÷ Σx² over the futures: how many of them carry it. For a count of yes and no, the number of yes.
    pub effective: f64,
    /// The same counted, less this, over the standard error of the difference: a check of one way by the other, where ten
    /// futures or more carry the count.
    pub check: Option<f64>,
    /// Its 95 % interval: exact for a share that was counted (Clopper & Pearson 1934), ± 1.96 standard errors else, and none
    /// where fewer than ten futures carry a number that is no share, as its standard error then says little.
    pub interval: Option<Interval>,
}

/// The 97.5 % point of the standard normal.
const NORMAL_975: f64 = 1.959_963_984_540_054;

impl Measure {
    fn new(estimate: Estimate, method: Method, effective: f64, check: Option<f64>) -> Self {
        let half = NORMAL_975 * estimate.standard_error;
        let around = Interval { low: (estimate.value - half).max(0.0), high: estimate.value + half };
        let interval = (effective >= FEW_HITS).then_some(around);
        Self { estimate, method, effective, check, interval }
    }
}

impl Measure {
    /// Fewer than ten futures carry it: its standard error says little.
    #[must_use]
    pub fn is_thin(&self) -> bool {
        self.effective < FEW_HITS
    }
}

/// The risk of one pool in one month, or over the horizon, as well as it can be told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonthAdequacy {
    /// P(any shortfall in the month).
    pub lolp: Measure,
    /// Expected hours short.
    pub lole_hours: Measure,
    /// Expected unserved amount × hours, by resource.
    pub eue: Vec<Measure>,
}

/// One pool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PoolAdequacy {
    /// Its name.
    pub pool: String,
    /// By month.
    pub months: Vec<MonthAdequacy>,
    /// Over the whole horizon.
    pub horizon: MonthAdequacy,
    /// Why failures could not be worked out exactly; `None`: they were.
    pub counted_because: Option<String>,
}

/// The adequacy of every pool under one scenario, whose `outcomes` were simulated from the same paths and stream.
///
/// # Errors
/// As [`World::build`].
pub fn adequacy(
    scenario: &Scenario,
    paths: &SamplePaths,
    outcomes: &Outcomes,
    stream: Stream,
) -> Result<Vec<PoolAdequacy>, Error> {
    let world = World::build(scenario, paths)?;
    let tables: Vec<Result<Capacity, &'static str>> = world.pools.iter().map(|pool| Capacity::of(pool, &world)).collect();
    let futures: Vec<Vec<Option<Expected>>> = (0..outcomes.replications)
        .into_par_iter()
        .map(|r| {
            let future = Future::new(&world, paths, r, Weather::of(stream));
            let one = |(pool, table): (&PoolWorld, &Result<Capacity, _>)| {
                let table = table.as_ref().ok()?;
                Some(table.expected(&world, &PoolRun::new(&world, pool, paths, &future)))
            };
            world.pools.iter().zip(&tables).map(one).collect()
        })
        .collect();
    let months = outcomes.months.len();
    let each = outcomes.pools.iter().enumerate().map(|(p, seen)| {
        let exact: Option<Vec<&Expected>> = futures.iter().map(|future| future[p].as_ref()).collect();
        PoolAdequacy {
            pool: seen.pool.clone(),
            months: (0..months).map(|m| measures(seen, months, m..m + 1, exact.as_deref())).collect(),
            horizon: measures(seen, months, 0..months, exact.as_deref()),
            counted_because: tables[p].as_ref().err().map(|why| (*why).to_owned()),
        }
    });
    Ok(each.collect())
}

/// Expected hours short by month, and amounts by resource and month, given one future of demand.
struct Expected {
    hours: Vec<f64>,
    amounts: Vec<Vec<f64>>,
}

/// The capacity of a pool whose units all carry the same mix of resources: the distribution of the share of a unit's mix.
struct Capacity {
    table: CapacityTable,
    /// One unit of the table, by resource.
    mix: Vec<f64>,
}

impl Capacity {
    fn of(pool: &PoolWorld, world: &World) -> Result<Self, &'static str> {
        if pool.shares.len() > 1 {
            return Err("its load is pinned to zones");
        }
        if let Some(reason) = pool.irregular {
            return Err(reason);
        }
        let end = (world.days * crate::paths::HOURS) as f64;
        if pool.hosts.iter().any(|host| host.order.is_some() || (host.from > 0.0 && host.from < end) || host.until < end) {
            return Err("units come or go within the horizon");
        }
        let mix = pool.hosts.iter().max_by(|a, b| a.usable[0].total_cmp(&b.usable[0])).map(|host| host.usable.clone());
        let mix = mix.filter(|mix| mix.iter().all(|amount| *amount > 0.0)).ok_or("it has no capacity of some resource")?;
        let size = |usable: &[f64]| {
            let size = usable[0] / mix[0];
            let alike = usable.iter().zip(&mix).all(|(amount, of)| (amount - size * of).abs() <= 1e-9 * of);
            alike.then_some(size)
        };
        let sizes: Option<Vec<f64>> = pool.hosts.iter().map(|host| size(&host.usable)).collect();
        let sizes = sizes.ok_or("its units carry different mixes of resources")?;
        let place = place(pool, &sizes)?;
        let amounts = Amounts::of_place(&place).ok_or("its capacity has too many states")?;
        Ok(Self { table: amounts.table(), mix })
    }

    fn expected(&self, world: &World, run: &PoolRun<'_>) -> Expected {
        let months = world.months.len();
        let mut expected = Expected { hours: vec![0.0; months], amounts: vec![vec![0.0; months]; self.mix.len()] };
        for day in 0..world.days {
            let month = world.month_of[day];
            for hour in 0..crate::paths::HOURS {
                let mut most = 0.0_f64;
                for (r, of) in self.mix.iter().enumerate() {
                    let demand = run.demand(r, day, hour) / of;
                    most = most.max(demand * (1.0 - demand::HAIR));
                    expected.amounts[r][month] += self.table.hour(demand).eue * of;
                }
                expected.hours[month] += self.table.hour(most).lole_hours;
            }
        }
        expected
    }
}

fn outages(source: &FailureSource) -> Interruptions {
    let takes = source.hits.map_or(Takes::Share(source.share), Takes::Each);
    Interruptions { mean_apart: source.mean_life, mean_length: source.mean_repair, overlapping: source.overlapping, takes }
}

/// Hosts struck together, rising, and by what.
type Struck = (Vec<u32>, Vec<Interruptions>);

/// The tree of places that the sources strike: sets of hosts, each within the next or apart from it.
fn place(pool: &PoolWorld, sizes: &[f64]) -> Result<Place, &'static str> {
    let mut own: Vec<Vec<Interruptions>> = vec![Vec::new(); sizes.len()];
    let mut sets: Vec<Struck> = Vec::new();
    for source in &pool.sources {
        if source.own {
            own[source.members[0] as usize].push(outages(source));
            continue;
        }
        let mut members = source.members.clone();
        members.sort_unstable();
        match sets.iter_mut().find(|(of, _)| *of == members) {
            Some((_, held)) => held.push(outages(source)),
            None if members.is_empty() => {}
            None => sets.push((members, vec![outages(source)])),
        }
    }
    // the largest first: a set's parent is the smallest before it that holds its members
    sets.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.0.cmp(&b.0)));
    let all: Vec<u32> = (0..sizes.len() as u32).collect();
    build(&all, Vec::new(), sets, sizes, &own)
}

/// A place that holds `hosts`, with the sets within it (the largest first).
fn build(
    hosts: &[u32],
    outages: Vec<Interruptions>,
    mut inner: Vec<Struck>,
    sizes: &[f64],
    own: &[Vec<Interruptions>],
) -> Result<Place, &'static str> {
    let mut place = Place { outages, ..Place::default() };
    let mut free: Vec<u32> = hosts.to_vec();
    while !inner.is_empty() {
        let (members, of) = inner.remove(0);
        let holds = |host: &u32| members.binary_search(host).is_ok();
        let (below, apart): (Vec<Struck>, Vec<Struck>) = inner.into_iter().partition(|(other, _)| other.iter().any(holds));
        if !below.iter().all(|(other, _)| other.iter().all(holds)) {
            return Err("what its failures strike overlaps without one lying within the other");
        }
        free.retain(|host| !holds(host));
        place.within.push(build(&members, of, below, sizes, own)?);
        inner = apart;
    }
    for host in free {
        let (capacity, outages) = (sizes[host as usize], own[host as usize].clone());
        match place.units.iter_mut().find(|units| units.capacity == capacity && units.outages == outages) {
            Some(units) => units.count += 1,
            None => place.units.push(Units { count: 1, capacity, outages }),
        }
    }
    Ok(place)
}

fn effective(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, squares) = values.fold((0.0, 0.0), |(sum, squares), value| (sum + value, squares + value * value));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// The measures of some months together: one, or all of the horizon.
fn measures(seen: &PoolOutcomes, months: usize, range: Range<usize>, exact: Option<&[&Expected]>) -> MonthAdequacy {
    let sums = |all: &[f32]| -> Vec<f64> {
        all.chunks(months).map(|of| of[range.clone()].iter().map(|value| f64::from(*value)).sum()).collect()
    };
    let hours = sums(&seen.hours_short);
    let hits = hours.iter().filter(|hours| **hours > 0.0).count() as u64;
    let n = hours.len() as u64;
    let lolp = Measure {
        interval: clopper_pearson(hits, n, 0.95),
        ..Measure::new(proportion(hits, n), Method::Counted, hits as f64, None)
    };
    let measure = |counted: &[f64], of: &dyn Fn(&Expected) -> &[f64]| {
        let Some(exact) = exact else {
            let carried = effective(counted.iter().copied());
            return Measure::new(estimate(counted.iter().copied()), Method::Counted, carried, None);
        };
        let values: Vec<f64> = exact.iter().map(|expected| of(expected)[range.clone()].iter().sum()).collect();
        let apart = estimate(counted.iter().zip(&values).map(|(counted, exact)| counted - exact));
        let checks = effective(counted.iter().copied()) >= FEW_HITS && apart.standard_error > 0.0;
        let check = checks.then(|| apart.value / apart.standard_error);
        let carried = effective(values.iter().copied());
        Measure::new(estimate(values.iter().copied()), Method::FailuresExact, carried, check)
    };
    MonthAdequacy {
        lolp,
        lole_hours: measure(&hours, &|expected| &expected.hours),
        eue: (0..seen.resources.len()).map(|r| measure(&sums(&seen.unserved[r]), &|expected| &expected.amounts[r])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOCK: Interruptions =
        Interruptions { mean_apart: 9.0, mean_length: 1.0, overlapping: false, takes: Takes::Share(1.0) };

    #[test]
    fn sets_become_the_tree_that_they_nest_in() {
        // two zones of two and three hosts, the second with a rack of two
        let sets = vec![(vec![2, 3, 4], vec![SHOCK]), (vec![0, 1], vec![SHOCK]), (vec![3, 4], vec![SHOCK, SHOCK])];
        let place = build(&[0, 1, 2, 3, 4], Vec::new(), sets, &[1.0; 5], &vec![Vec::new(); 5]).unwrap();
        let units = |count| vec![Units { count, capacity: 1.0, outages: Vec::new() }];
        let rack = Place { outages: vec![SHOCK, SHOCK], units: units(2), within: Vec::new() };
        let second = Place { outages: vec![SHOCK], units: units(1), within: vec![rack] };
        let first = Place { outages: vec![SHOCK], units: units(2), within: Vec::new() };
        assert_eq!(place, Place { outages: Vec::new(), units: Vec::new(), within: vec![second, first] });
    }

    #[test]
    fn sets_that_overlap_are_no_tree() {
        let sets = vec![(vec![0, 1, 2], vec![SHOCK]), (vec![2, 3], vec![SHOCK])];
        assert!(build(&[0, 1, 2, 3], Vec::new(), sets, &[1.0; 4], &vec![Vec::new(); 4]).is_err());
    }

    fn counted(hours: &[f32]) -> MonthAdequacy {
        let seen = PoolOutcomes {
            pool: "a".to_owned(),
            resources: vec!["cpu".to_owned()],
            hours_short: hours.to_vec(),
            unserved: vec![hours.to_vec()],
            room_units: Vec::new(),
            reserve_room_units: Vec::new(),
            room_by_resource: Vec::new(),
            exhaustion: Vec::new(),
            reserve_exhaustion: Vec::new(),
            survival: Vec::new(),
        };
        measures(&seen, 1, 0..1, None)
    }

    #[test]
    fn few_hits_have_the_exact_interval_of_a_share_and_no_other() {
        // none of 2,000: at most 1 - 0.025^(1/2000)
        let none = counted(&[0.0; 2_000]);
        let interval = none.lolp.interval.unwrap();
        assert_eq!(interval.low, 0.0);
        assert!((interval.high - (1.0 - 0.025_f64.powf(1.0 / 2_000.0))).abs() < 1e-12);
        assert_eq!(none.lole_hours.interval, None);
        // 3 of 100: (0.00623, 0.08518), as tables have it
        let mut hours = [0.0; 100];
        hours[..3].fill(2.0);
        let few = counted(&hours);
        let interval = few.lolp.interval.unwrap();
        assert!((interval.low - 0.00623).abs() < 5e-6 && (interval.high - 0.08518).abs() < 5e-6, "{interval:?}");
        assert_eq!((few.lole_hours.interval, few.lole_hours.is_thin()), (None, true));
        hours[..50].fill(2.0);
        let many = counted(&hours).lole_hours;
        let half = 1.959_963_984_540_054 * many.estimate.standard_error;
        let interval = many.interval.unwrap();
        assert!((interval.high - 1.0 - half).abs() < 1e-12 && (interval.low - 1.0 + half).abs() < 1e-12);
    }

    #[test]
    fn a_count_rests_on_its_hits() {
        assert_eq!(effective([1.0, 0.0, 1.0, 1.0, 0.0].into_iter()), 3.0);
        assert_eq!(effective([0.0, 0.0].into_iter()), 0.0);
    }
}
