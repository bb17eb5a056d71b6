//! What tests of several families share.

use std::io::Write;
use std::path::PathBuf;

/// The folder of a family below `PLIMSOLL_TRUTH`; `None`, told on stderr, when the variable is not set.
///
/// # Panics
/// When the variable is set but the folder is missing: a test that silently reads nothing cannot fail.
pub fn truth(family: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("PLIMSOLL_TRUTH") else {
        // written straight to stderr, so that it is told of passing tests too
        drop(writeln!(std::io::stderr(), "left out: PLIMSOLL_TRUTH is not set, so `{family}` was not read"));
        return None;
    };
    let folder = PathBuf::from(root).join(family);
    assert!(folder.is_dir(), "PLIMSOLL_TRUTH is set, but {} is not a folder", folder.display());
    Some(folder)
}

/// Asserts |seen - expected| <= tolerance, and shows all three.
#[track_caller]
pub fn assert_within(what: &str, seen: f64, expected: f64, tolerance: f64) {
    let off = (seen - expected).abs();
    assert!(off <= tolerance, "{what}: {seen} is {off:e} off {expected}, allowed {tolerance:e}");
}

/// A small world: pools of eight hosts of 16 cores in two zones that fail, 240 days of demand that grows through the line.
pub fn world(pools: &[&str], replications: u32) -> (plimsoll::scenario::Scenario, plimsoll::paths::SamplePaths) {
    use plimsoll::model::{
        Bounds, CapacityChange, Demand, DomainNode, DomainTree, FailureMode, Group, Level, LoadLine, Model, Objective, Pool,
        Price, Redundancy, RiskRule, Routing, Statistic, Strikes, UnitType,
    };
    use plimsoll::paths::{HOURS, HourProfile, PathSeries, SamplePaths};
    use plimsoll::series::SeriesKey;
    use plimsoll::stats::Distribution;
    use plimsoll::stream::{Address, Seed, Stream};
    use plimsoll::time::{Day, Zone};
    use plimsoll::units::Unit;
    use std::collections::BTreeMap;

    let exponential = |mean| Distribution::Exponential { mean };
    let zone = |name: &str| (name.to_owned(), DomainNode { name: name.to_owned(), level: Level::Zone, parent: None });
    let unit = UnitType {
        name: "m8".to_owned(),
        capacity: BTreeMap::from([("cpu".to_owned(), 16.0)]),
        price: Price { purchase: 1_000.0, monthly: 50.0 },
        terms: Vec::new(),
        price_changes: Vec::new(),
        lot: 1,
        lead_time_days: Distribution::quantiles(&[(0.1, 20.0), (0.5, 30.0), (0.9, 45.0)]),
        limit: None,
    };
    let mode = |name: &str, strikes, mean, repair| FailureMode {
        name: name.to_owned(),
        strikes,
        time_to_failure_hours: exponential(mean),
        repair_hours: exponential(repair),
        share_lost: 1.0,
        hits_each_with: None,
        overlapping: false,
        crew: None,
        shelf: None,
    };
    let group = |zone: &str| Group {
        unit: "m8".to_owned(),
        domain: Some(zone.to_owned()),
        racks: 2,
        counts: vec![CapacityChange { day: Day(0), units: 4 }],
        standby: None,
    };
    let pool = |name: &&str| Pool {
        name: (*name).to_owned(),
        groups: vec![group("z1"), group("z2")],
        demands: vec![Demand { resource: "cpu".to_owned(), statistic: Statistic::P99, line: LoadLine::Utilization(0.7) }],
        routing: Routing::Shared,
        transfers: Vec::new(),
        overload: None,
        redundancy: Redundancy { hosts: 1, rack: false, zone: false },
        orders: Vec::new(),
        buys: "m8".to_owned(),
        or_buys: Vec::new(),
        service: None,
        notes: String::new(),
    };
    let model = Model {
        name: "small".to_owned(),
        question: "When?".to_owned(),
        zone: Zone::utc(),
        currency: "EUR".to_owned(),
        resources: BTreeMap::from([("cpu".to_owned(), Unit::named("cores"))]),
        catalog: BTreeMap::from([("m8".to_owned(), unit)]),
        domains: DomainTree { nodes: BTreeMap::from([zone("z1"), zone("z2")]) },
        failures: vec![
            mode("host", Strikes::Hosts { unit: None, pool: None }, 3_000.0, 12.0),
            mode("zone", Strikes::Every(Level::Zone), 30_000.0, 5.0),
        ],
        crews: BTreeMap::new(),
        shelves: BTreeMap::new(),
        drains: Vec::new(),
        uncertain: Vec::new(),
        correlations: Vec::new(),
        deploys: Vec::new(),
        questions: Vec::new(),
        pools: pools.iter().map(pool).collect(),
        bounds: Bounds::default(),
        objective: Objective {
            risk: RiskRule::ShortfallPerMonth(0.05),
            late_arrival: 0.1,
            confirmation_days: 2,
            availability: None,
            shortfall_price: None,
            review_days: 91,
            reforecast: 24,
        },
    };
    let steps = 240;
    let mut values = Vec::new();
    for path in 0..replications {
        for name in pools {
            let mut rng = Stream::root(Seed(9)).replication(path).at(Address::of(name)).rng();
            let pace = 1.0 + 0.25 * rng.normal();
            values.extend((0..steps).map(|step| 60.0 * (0.0015 * pace * f64::from(step)).exp()));
        }
    }
    let shape: [f32; HOURS] = std::array::from_fn(|hour| if (8..20).contains(&hour) { 1.0 } else { 0.6 });
    let paths = SamplePaths {
        start: Day(1),
        step_days: 1,
        steps: steps as usize,
        paths: replications as usize,
        zone: Zone::utc(),
        series: pools
            .iter()
            .map(|name| PathSeries {
                key: SeriesKey::demand(name, "cpu"),
                unit: Unit::named("cores"),
                profile: HourProfile { days: vec![shape] },
            })
            .collect(),
        profile_choice: std::array::from_fn(|_| vec![0]),
        profile_replay: None,
        values,
    };
    let scenario = plimsoll::scenario::Scenario {
        name: "base".to_owned(),
        supposes: String::new(),
        model: std::sync::Arc::new(model),
        weight: 1.0,
        overrides: Vec::new(),
        as_of: Day(0),
        horizon_days: steps as u32,
        replications,
        seed: Seed(1),
    };
    (scenario, paths)
}
