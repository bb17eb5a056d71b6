//! A generated estate: pools in three zones that fail by host, rack and zone, grow through their lines, and have orders on the way.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::sync::Arc;

use plimsoll::model::{
    Arrival, CapacityChange, Demand, DomainNode, DomainTree, FailureMode, Group, Level, LoadLine, Model, Objective, Order, Pool,
    Price, Redundancy, RiskRule, Routing, Statistic, Strikes, UnitType,
};
use plimsoll::paths::{HOURS, HourProfile, PathSeries, SamplePaths};
use plimsoll::scenario::Scenario;
use plimsoll::series::SeriesKey;
use plimsoll::stats::Distribution;
use plimsoll::stream::{Address, Seed, Stream};
use plimsoll::time::{Day, Zone};
use plimsoll::units::Unit;
use rayon::prelude::*;

/// Eighteen months.
pub const DAYS: usize = 548;
/// Past days that shapes and swings are drawn from.
const PAST: usize = 364;
const YEAR: f64 = 8_766.0;
const FIRST: Day = Day(20_454);

/// The question over an estate of so many pools.
pub fn scenario(pools: usize, replications: u32) -> Scenario {
    let zone = |name: &&str| ((*name).to_owned(), DomainNode { name: (*name).to_owned(), level: Level::Zone, parent: None });
    let unit = UnitType {
        name: "m16".to_owned(),
        capacity: BTreeMap::from([("cpu".to_owned(), 16.0)]),
        price: Price { purchase: 9_000.0, monthly: 60.0 },
        lot: 1,
        lead_time_days: Distribution::quantiles(&[(0.1, 28.0), (0.5, 42.0), (0.9, 70.0)]),
        limit: None,
        terms: Vec::new(),
        price_changes: Vec::new(),
    };
    let model = Model {
        name: "estate".to_owned(),
        question: "What must be ordered, and by when?".to_owned(),
        zone: Zone::utc(),
        currency: "EUR".to_owned(),
        resources: BTreeMap::from([("cpu".to_owned(), Unit::named("cores"))]),
        catalog: BTreeMap::from([("m16".to_owned(), unit)]),
        domains: DomainTree { nodes: ["z1", "z2", "z3"].iter().map(zone).collect() },
        failures: vec![
            failure("host", Strikes::Hosts { unit: None, pool: None }, 2.0, (10.0, 1.0)),
            failure("rack", Strikes::Every(Level::Rack), 5.0, (5.0, 0.8)),
            failure("zone", Strikes::Every(Level::Zone), 3.0, (3.0, 0.8)),
        ],
        crews: BTreeMap::new(),
        shelves: BTreeMap::new(),
        drains: Vec::new(),
        deploys: Vec::new(),
        questions: Vec::new(),
        pools: (0..pools).map(pool).collect(),
        bounds: plimsoll::model::Bounds::default(),
        objective: Objective {
            risk: RiskRule::ShortfallPerMonth(0.05),
            late_arrival: 0.1,
            confirmation_days: 3,
            availability: None,
            shortfall_price: None,
            review_days: 91,
            reforecast: 0,
        },
        uncertain: Vec::new(),
        correlations: Vec::new(),
    };
    Scenario {
        weight: 1.0,
        name: "base".to_owned(),
        supposes: String::new(),
        model: Arc::new(model),
        overrides: Vec::new(),
        as_of: FIRST.plus(-1),
        horizon_days: DAYS as u32,
        replications,
        seed: Seed(1),
    }
}

fn failure(name: &str, strikes: Strikes, years: f64, (median, sigma): (f64, f64)) -> FailureMode {
    FailureMode {
        name: name.to_owned(),
        strikes,
        time_to_failure_hours: Distribution::Exponential { mean: years * YEAR },
        repair_hours: Distribution::Lognormal { median, sigma },
        share_lost: 1.0,
        hits_each_with: None,
        overlapping: false,
        crew: None,
        shelf: None,
    }
}

/// Twelve hosts, four in each zone on two racks; one order of two more is signed.
fn pool(index: usize) -> Pool {
    let group = |zone: &str| Group {
        unit: "m16".to_owned(),
        domain: Some(zone.to_owned()),
        racks: 2,
        counts: vec![CapacityChange { day: Day(0), units: 4 }],
        standby: None,
    };
    Pool {
        name: name(index),
        groups: ["z1", "z2", "z3"].map(group).to_vec(),
        demands: vec![Demand { resource: "cpu".to_owned(), statistic: Statistic::P99, line: LoadLine::Utilization(0.7) }],
        routing: Routing::Shared,
        transfers: Vec::new(),
        overload: None,
        redundancy: Redundancy { hosts: 1, rack: false, zone: false },
        orders: vec![Order {
            leaves: None,
            name: "signed".to_owned(),
            unit: "m16".to_owned(),
            units: 2,
            domain: None,
            ordered: FIRST.plus(-14),
            arrival: Arrival::LeadTimeDays(Distribution::quantiles(&[(0.1, 28.0), (0.5, 42.0), (0.9, 70.0)])),
            committed: true,
        }],
        buys: "m16".to_owned(),
        or_buys: Vec::new(),
        service: None,
        notes: String::new(),
    }
}

fn name(index: usize) -> String {
    format!("pool-{index:04}")
}

/// Joint futures of some pools, in memory that other paths left: growth of each its own, a weekly season, and swings of past days that all pools
/// share by date.
pub fn paths_in(mut values: Vec<f64>, pools: &[Pool], replications: u32) -> SamplePaths {
    let root = Stream::root(Seed(7));
    let each: Vec<Shape> = pools.iter().map(|pool| Shape::of(&pool.name, root)).collect();
    values.resize(replications as usize * pools.len() * DAYS, 0.0);
    values.par_chunks_mut(pools.len() * DAYS).enumerate().for_each(|(r, row)| {
        let future = root.named("paths").replication(r as u32);
        let mut rng = future.rng();
        let dates: Vec<u16> = (0..DAYS.div_ceil(14))
            .flat_map(|_| {
                let from = 7 * rng.below(PAST / 7 - 2) as u16;
                from..from + 14
            })
            .take(DAYS)
            .collect();
        for (shape, row) in each.iter().zip(row.chunks_mut(DAYS)) {
            shape.path(&dates, future, row);
        }
    });
    let series = pools.iter().zip(&each).map(|(pool, shape)| PathSeries {
        key: SeriesKey::demand(&pool.name, "cpu"),
        unit: Unit::named("cores"),
        profile: HourProfile { days: shape.hours.clone() },
    });
    SamplePaths {
        start: FIRST,
        step_days: 1,
        steps: DAYS,
        paths: replications as usize,
        zone: Zone::utc(),
        series: series.collect(),
        profile_choice: std::array::from_fn(|weekday| (0..PAST as u32).filter(|day| *day as usize % 7 == weekday).collect()),
        profile_replay: None,
        values,
    }
}

/// One pool's demand.
struct Shape {
    address: Address,
    level: f64,
    growth: f64,
    /// Swing of each past day, its weekday in it.
    swings: Vec<f64>,
    hours: Vec<[f32; HOURS]>,
}

impl Shape {
    fn of(name: &str, root: Stream) -> Self {
        let address = Address::of(name);
        let mut rng = root.named("shape").at(address).rng();
        let (level, growth) = (70.0 + 15.0 * rng.uniform(), 0.1 + 0.3 * rng.uniform());
        let mut swing = 0.0;
        let swings = (0..PAST).map(|day| {
            swing = 0.6 * swing + 0.04 * rng.normal();
            let weekend = if day % 7 > 4 { 0.85 } else { 1.0 };
            weekend * (1.0 + swing.clamp(-0.4, 0.4))
        });
        let swings = swings.collect();
        let mut hours = || {
            let phase = 14.0 + rng.normal();
            std::array::from_fn(|hour| (0.7 + 0.3 * (TAU * (hour as f64 - phase) / 24.0).cos()) as f32)
        };
        Self { address, level, growth, swings, hours: (0..PAST).map(|_| hours()).collect() }
    }

    fn path(&self, dates: &[u16], future: Stream, out: &mut [f64]) {
        let mut rng = future.at(self.address).rng();
        let pace = 1.0 + (self.growth + 0.1 * rng.normal()) / 365.25;
        let mut level = self.level * (1.0 + 0.03 * rng.normal());
        for (value, date) in out.iter_mut().zip(dates) {
            *value = (level * self.swings[*date as usize]).max(0.0);
            level *= pace;
        }
    }
}
