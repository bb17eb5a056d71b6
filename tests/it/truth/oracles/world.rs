//! One pool as a model, for families that the sequential simulator answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll::model::{
    Bounds, Demand, DomainNode, DomainTree, FailureMode, Group, LoadLine, Model, Objective, Pool, Price, Redundancy, RiskRule,
    Routing, Statistic, Strikes, UnitType,
};
use plimsoll::observe::Silent;
use plimsoll::paths::{HOURS, HourProfile, PathSeries, SamplePaths};
use plimsoll::scenario::Scenario;
use plimsoll::series::SeriesKey;
use plimsoll::simulate::{Outcomes, PoolAdequacy, adequacy, run};
use plimsoll::stats::{Distribution, Estimate, estimate};
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::{Day, Zone};
use plimsoll::units::Unit;

/// One pool that carries `loads` by the hour of `days` days, each future the same.
pub struct World {
    pub units: Vec<(String, f64)>,
    pub groups: Vec<Group>,
    pub nodes: BTreeMap<String, DomainNode>,
    pub failures: Vec<FailureMode>,
    pub days: Vec<[f64; HOURS]>,
}

impl World {
    /// What every future saw.
    pub fn simulate(self, replications: u32) -> Outcomes {
        self.simulate_and_measure(replications).0
    }

    /// The same, and the measures that work out failures exactly.
    pub fn simulate_and_measure(self, replications: u32) -> (Outcomes, PoolAdequacy) {
        let peak = self.days.iter().flatten().copied().fold(0.0, f64::max);
        let catalog = self.units.iter().map(|(name, capacity)| {
            let unit = UnitType {
                name: name.clone(),
                capacity: BTreeMap::from([("work".to_owned(), *capacity)]),
                price: Price::default(),
                terms: Vec::new(),
                price_changes: Vec::new(),
                lot: 1,
                lead_time_days: Distribution::constant(0.0),
                limit: None,
            };
            (name.clone(), unit)
        });
        let pool = Pool {
            service: None,
            name: "pool".to_owned(),
            groups: self.groups,
            demands: vec![Demand { resource: "work".to_owned(), statistic: Statistic::Max, line: LoadLine::Utilization(1.0) }],
            routing: Routing::Shared,
            transfers: Vec::new(),
            overload: None,
            redundancy: Redundancy::default(),
            orders: Vec::new(),
            buys: self.units[0].0.clone(),
            or_buys: Vec::new(),
            notes: String::new(),
        };
        let model = Model {
            name: "oracle".to_owned(),
            question: String::new(),
            zone: Zone::utc(),
            currency: "EUR".to_owned(),
            resources: BTreeMap::from([("work".to_owned(), Unit::named("units"))]),
            catalog: catalog.collect(),
            domains: DomainTree { nodes: self.nodes },
            failures: self.failures,
            crews: BTreeMap::new(),
            shelves: BTreeMap::new(),
            drains: Vec::new(),
            uncertain: Vec::new(),
            correlations: Vec::new(),
            deploys: Vec::new(),
            questions: Vec::new(),
            pools: vec![pool],
            bounds: Bounds::default(),
            objective: Objective {
                risk: RiskRule::ShortfallPerMonth(0.01),
                late_arrival: 0.1,
                confirmation_days: 1,
                availability: None,
                shortfall_price: None,
                review_days: 91,
                reforecast: 24,
            },
        };
        let steps = self.days.len();
        let shapes = self.days.iter().map(|day| day.map(|load| (load / peak) as f32)).collect();
        let paths = SamplePaths {
            start: Day(0),
            step_days: 1,
            steps,
            paths: replications as usize,
            zone: Zone::utc(),
            series: vec![PathSeries {
                key: SeriesKey::demand("pool", "work"),
                unit: Unit::named("units"),
                profile: HourProfile { days: shapes },
            }],
            profile_choice: std::array::from_fn(|_| vec![0]),
            profile_replay: Some((0..steps as u32).collect()),
            values: vec![peak; replications as usize * steps],
        };
        let scenario = Scenario {
            name: "base".to_owned(),
            supposes: String::new(),
            model: Arc::new(model),
            weight: 1.0,
            overrides: Vec::new(),
            as_of: Day(-1),
            horizon_days: steps as u32,
            replications,
            seed: Seed(1),
        };
        let stream = Stream::root(Seed(1)).named("world");
        let outcomes = run(&scenario, &paths, stream, &Silent).unwrap();
        let mut measured = adequacy(&scenario, &paths, &outcomes, stream).unwrap();
        (outcomes, measured.remove(0))
    }
}

/// Hours short and unserved amount of each replication, scaled by `factor`.
pub fn yearly(outcomes: &Outcomes, factor: f64) -> (Estimate, Estimate) {
    let (pool, months) = (&outcomes.pools[0], outcomes.months.len());
    let sums = |all: &[f32]| -> Vec<f64> {
        all.chunks(months).map(|of| of.iter().map(|value| f64::from(*value)).sum::<f64>() * factor).collect()
    };
    (estimate(sums(&pool.hours_short).into_iter()), estimate(sums(&pool.unserved[0]).into_iter()))
}

pub fn mode(name: &str, strikes: Strikes, (rate, mean): (f64, f64), overlapping: bool) -> Option<FailureMode> {
    (rate > 0.0).then(|| FailureMode {
        name: name.to_owned(),
        strikes,
        time_to_failure_hours: Distribution::Exponential { mean: 1.0 / rate },
        // σ = 1 on the log scale: a mean is e^½ medians
        repair_hours: Distribution::Lognormal { median: mean * (-0.5_f64).exp(), sigma: 1.0 },
        share_lost: 1.0,
        hits_each_with: None,
        overlapping,
        crew: None,
        shelf: None,
    })
}
