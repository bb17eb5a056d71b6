//! Exact answers: every file of each family below `oracles/`, every quantity in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use plimsoll::model::{
    CapacityChange, Demand, DomainNode, DomainTree, FailureMode, Group, Level, LoadLine, Model, Objective, Pool, Price,
    Redundancy, RiskRule, Routing, Statistic, Strikes, UnitType,
};
use plimsoll::observe::Silent;
use plimsoll::paths::{HOURS, HourProfile, PathSeries, SamplePaths};
use plimsoll::scenario::Scenario;
use plimsoll::series::SeriesKey;
use plimsoll::simulate::exact::{KOfN, Spares, adequacy, binomial, capacity_table, convolve, moments, under_domain};
use plimsoll::simulate::queue::{Mmc, erlang_b, servers_for_blocking, servers_for_wait};
use plimsoll::simulate::{Outcomes, run};
use plimsoll::stats::{Distribution, Estimate, estimate};
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::{Day, Zone};
use plimsoll::units::Unit;
use serde_json::Value;

use crate::support::{assert_within, truth};

/// A case of the first shape: parameters by name and expected quantities.
struct Case {
    name: String,
    parameters: BTreeMap<String, Value>,
    expected: Vec<(String, Value, f64)>,
}

impl Case {
    fn number(&self, name: &str) -> f64 {
        self.parameters[name].as_f64().unwrap_or_else(|| panic!("{}: parameter {name} is not a number", self.name))
    }

    fn whole(&self, name: &str) -> u32 {
        self.number(name) as u32
    }

    /// Compares every expected quantity with what `answer` says of it; a quantity without an answer fails.
    fn check(&self, answer: impl Fn(&str) -> Option<Vec<f64>>) {
        for (quantity, value, digits) in &self.expected {
            let what = format!("{}: {quantity}", self.name);
            let seen = answer(quantity).unwrap_or_else(|| panic!("{what} has no answer"));
            let wanted: Vec<f64> = match value {
                Value::Array(list) => list.iter().map(|one| one.as_f64().unwrap()).collect(),
                one => vec![one.as_f64().unwrap()],
            };
            assert_eq!(seen.len(), wanted.len(), "{what}");
            let relative = 10_f64.powf(-(digits.min(12.0) - 1.0));
            // of a list (a distribution) what is under 1e-16 of the whole is rounding
            let least = if wanted.len() > 1 { 1e-16 } else { 0.0 };
            for (seen, wanted) in seen.iter().zip(&wanted) {
                assert_within(&what, *seen, *wanted, relative * wanted.abs() + least);
            }
        }
    }
}

fn parse(path: &Path) -> Value {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn case(value: &Value) -> Case {
    let named = value["parameters"].as_object().unwrap();
    let expected = value["expected"].as_array().unwrap().iter().map(|one| {
        (one["quantity"].as_str().unwrap().to_owned(), one["value"].clone(), one["trusted_digits"].as_f64().unwrap_or(12.0))
    });
    Case {
        name: value["name"].as_str().unwrap().to_owned(),
        parameters: named.iter().map(|(name, held)| (name.clone(), held["value"].clone())).collect(),
        expected: expected.collect(),
    }
}

/// All files of a family, or of a name that begins so where there is no family in the file.
fn family(wanted: &str) -> Vec<Value> {
    let Some(folder) = truth("oracles") else { return Vec::new() };
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    let found: Vec<Value> = paths
        .iter()
        .filter(|path| !path.ends_with("failure_trace_archive_fits.json"))
        .map(|path| parse(path))
        .filter(|value| {
            value["family"] == *wanted || value["name"].as_str().is_some_and(|name| name.starts_with(&format!("{wanted}_peak")))
        })
        .collect();
    assert!(!found.is_empty(), "no file of the family {wanted}");
    found
}

#[test]
fn mmc() {
    for case in family("mmc").iter().map(case) {
        let rate = case.number("service_rate");
        let queue = Mmc::new(case.number("arrival_rate"), rate, case.whole("servers")).unwrap();
        let target = case.parameters.get("wait_target").and_then(Value::as_f64).unwrap_or(0.0);
        case.check(|quantity| {
            let percentile = |name: &str| {
                name.strip_prefix('p').map(|digits| digits.parse::<f64>().unwrap() / 10_f64.powi(digits.len() as i32))
            };
            Some(vec![match quantity {
                "offered_load" => queue.offered(),
                "utilization" => queue.utilization(),
                "p_wait" => queue.p_wait(),
                "mean_queue_length" => queue.mean_queue(),
                "mean_number_in_system" => queue.mean_in_system(),
                "mean_wait" => queue.mean_wait(),
                "mean_response" => queue.mean_response(),
                "mean_wait_given_wait" => queue.mean_wait_given_wait(),
                "service_level" => queue.p_wait_within(target),
                other => match (other.strip_prefix("wait_"), other.strip_prefix("response_")) {
                    (Some(name), _) => queue.wait_percentile(percentile(name)?),
                    (_, Some(name)) => queue.response_percentile(percentile(name)?),
                    _ => return None,
                },
            }])
        });
    }
}

#[test]
fn mmc_sizing() {
    for case in family("mmc_sizing").iter().map(case) {
        let (arrivals, rate, target) = (case.number("arrival_rate"), case.number("service_rate"), case.number("wait_target"));
        let (servers, queue) = servers_for_wait(arrivals, rate, target, case.number("level"));
        let fewer = Mmc::new(arrivals, rate, servers - 1).map_or(0.0, |queue| queue.p_wait_within(target));
        case.check(|quantity| {
            Some(vec![match quantity {
                "min_servers" => f64::from(servers),
                "service_level_at_min" => queue.p_wait_within(target),
                "service_level_one_fewer" => fewer,
                "p_wait_at_min" => queue.p_wait(),
                "utilization_at_min" => queue.utilization(),
                _ => return None,
            }])
        });
    }
}

#[test]
fn erlang_b_blocking() {
    for case in family("erlang_b").iter().map(case) {
        let (offered, servers) = (case.number("offered_load"), case.whole("servers"));
        let blocked = erlang_b(offered, servers);
        case.check(|quantity| {
            Some(vec![match quantity {
                "p_block" => blocked,
                "carried_load" => offered * (1.0 - blocked),
                "utilization" => offered * (1.0 - blocked) / f64::from(servers),
                other => f64::from(servers_for_blocking(offered, other.strip_prefix("min_servers_")?.parse().ok()?)),
            }])
        });
    }
}

#[test]
fn kofn() {
    for case in family("kofn").iter().map(case) {
        let group = KOfN {
            units: case.whole("units"),
            needed: case.whole("needed"),
            mttf: case.number("mttf"),
            mttr: case.number("mttr"),
            crews: case.whole("crews"),
            standby: case.number("standby_factor"),
        };
        let transient = group.transient(case.number("horizon"));
        let (down, often) = (group.unavailability(), group.outage_frequency());
        case.check(|quantity| {
            Some(match quantity {
                "steady_unavailability" => vec![down],
                "steady_availability" => vec![1.0 - down],
                "outage_frequency" => vec![often],
                "mean_outage_duration" => vec![down / often],
                "mtbf_system" => vec![1.0 / often],
                "mttf_system" => vec![group.mttf_system()],
                "mean_units_up" => vec![group.mean_up()],
                "unavailability_at_T" => vec![transient.unavailability],
                "interval_unavailability_T" => vec![transient.interval_unavailability],
                "expected_outages_T" => vec![transient.expected_outages],
                "p_outage_by_T" => vec![transient.p_outage],
                "p_no_outage_by_T" => vec![transient.p_no_outage],
                "state_probabilities" => group.steady(),
                _ => return None,
            })
        });
    }
}

#[test]
fn spares_leadtime() {
    for case in family("spares_leadtime").iter().map(case) {
        let fleet = Spares {
            needed: case.whole("needed"),
            spares: case.whole("spares"),
            mttf: case.number("mttf"),
            lead_time: case.number("lead_time"),
        };
        let periodic = Spares { spares: case.whole("spares_for_period"), ..fleet };
        case.check(|quantity| {
            Some(vec![match quantity {
                "p_short_hot_n_plus_k" => fleet.p_short_hot(),
                "p_short_palm" => fleet.p_short_palm(),
                "fill_rate_palm" => fleet.fill_rate_palm(),
                "expected_backorders_palm" => fleet.backorders_palm(),
                "p_stockout_periodic" => periodic.p_stockout_periodic(case.number("order_interval")),
                other => f64::from(fleet.spares_for(other.strip_prefix("min_spares_")?.parse().ok()?)),
            }])
        });
    }
}

/// What a case of failure domains declares, in hours.
struct Domains {
    zones: Vec<(u32, u32)>,
    server: (f64, f64),
    rack: (f64, f64),
    zone: (f64, f64),
    region: (f64, f64),
    overlapping: bool,
    loads: [f64; HOURS],
}

const YEAR: f64 = 8_760.0;

impl Domains {
    fn of(case: &Case) -> Self {
        let named = |part: &str, often: &str, long: &str| {
            let held = &case.parameters[part];
            (held[often].as_f64().unwrap() / YEAR, held[long].as_f64().unwrap())
        };
        let shocks = |part| named(part, "shocks_per_year", "mean_outage_h");
        let zones = case.parameters["zones"]
            .as_array()
            .unwrap()
            .iter()
            .map(|zone| (zone["racks"].as_u64().unwrap() as u32, zone["servers_per_rack"].as_u64().unwrap() as u32));
        let (base, amplitude) = (case.number("demand_base"), case.number("demand_amp"));
        let at = |hour: usize| base + amplitude * (std::f64::consts::TAU * (hour as f64 - 14.0) / 24.0).cos();
        Self {
            zones: zones.collect(),
            server: named("server", "failures_per_year", "mean_repair_h"),
            rack: shocks("rack"),
            zone: shocks("zone"),
            region: shocks("region"),
            overlapping: case.parameters["shock_mode"] == "overlapping",
            loads: std::array::from_fn(at),
        }
    }

    /// Alternating: up 1 / (1 + rate × mean). Overlapping: exp(−rate × mean), no shock in progress.
    fn up(&self, (rate, mean): (f64, f64)) -> f64 {
        if self.overlapping { (-rate * mean).exp() } else { 1.0 / (1.0 + rate * mean) }
    }

    fn server_up(&self) -> f64 {
        1.0 / (1.0 + self.server.0 * self.server.1)
    }

    fn capacity(&self) -> Vec<f64> {
        let zone = |(racks, servers): &(u32, u32)| {
            let rack = under_domain(&binomial(*servers, self.server_up()), self.up(self.rack));
            let all = (0..*racks).fold(vec![1.0], |sum, _| convolve(&sum, &rack));
            under_domain(&all, self.up(self.zone))
        };
        let all = self.zones.iter().fold(vec![1.0], |sum, one| convolve(&sum, &zone(one)));
        under_domain(&all, self.up(self.region))
    }
}

#[test]
fn failure_domains_exactly() {
    for case in family("failure_domains").iter().map(case) {
        let domains = Domains::of(&case);
        let pmf = domains.capacity();
        let (mean, variance, quantiles) = moments(&pmf, &[0.5, 0.05, 0.01, 0.001, 0.0001]);
        let short = adequacy(&pmf, &domains.loads);
        let peak = adequacy(&pmf, &[domains.loads[14]]).lole_hours;
        case.check(|quantity| {
            Some(vec![match quantity {
                "server_availability" => domains.server_up(),
                "rack_availability" => domains.up(domains.rack),
                "zone_availability" => domains.up(domains.zone),
                "mean_capacity" => mean,
                "var_capacity" => variance,
                "capacity_p50" => quantiles[0] as f64,
                "capacity_p05" => quantiles[1] as f64,
                "capacity_p01" => quantiles[2] as f64,
                "capacity_p001" => quantiles[3] as f64,
                "capacity_p0001" => quantiles[4] as f64,
                "p_shortfall_peak" => peak,
                "p_shortfall_mean" => short.lole_hours / 24.0,
                "shortfall_hours_per_year" => short.lole_hours / 24.0 * YEAR,
                "expected_unserved_server_hours_per_year" => short.eue / 24.0 * YEAR,
                "pmf" => return Some(pmf.clone()),
                _ => return None,
            }])
        });
    }
}

/// One pool that carries `loads` by the hour of `days` days, each future the same.
struct World {
    units: Vec<(String, f64)>,
    groups: Vec<Group>,
    nodes: BTreeMap<String, DomainNode>,
    failures: Vec<FailureMode>,
    days: Vec<[f64; HOURS]>,
}

impl World {
    fn simulate(self, replications: u32) -> Outcomes {
        let peak = self.days.iter().flatten().copied().fold(0.0, f64::max);
        let catalog = self.units.iter().map(|(name, capacity)| {
            let unit = UnitType {
                name: name.clone(),
                capacity: BTreeMap::from([("work".to_owned(), *capacity)]),
                price: Price::default(),
                lot: 1,
                lead_time_days: Distribution::constant(0.0),
                limit: None,
            };
            (name.clone(), unit)
        });
        let pool = Pool {
            name: "pool".to_owned(),
            groups: self.groups,
            demands: vec![Demand { resource: "work".to_owned(), statistic: Statistic::Max, line: LoadLine::Utilization(1.0) }],
            routing: Routing::Shared,
            redundancy: Redundancy::default(),
            orders: Vec::new(),
            buys: self.units[0].0.clone(),
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
            pools: vec![pool],
            objective: Objective {
                risk: RiskRule::ShortfallPerMonth(0.01),
                late_arrival: 0.1,
                confirmation_days: 1,
                availability: None,
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
            overrides: Vec::new(),
            as_of: Day(-1),
            horizon_days: steps as u32,
            replications,
            seed: Seed(1),
        };
        run(&scenario, &paths, Stream::root(Seed(1)).named("world"), &Silent).unwrap()
    }
}

/// Hours short and unserved amount of each replication, scaled by `factor`.
fn yearly(outcomes: &Outcomes, factor: f64) -> (Estimate, Estimate) {
    let (pool, months) = (&outcomes.pools[0], outcomes.months.len());
    let sums = |all: &[f32]| -> Vec<f64> {
        all.chunks(months).map(|of| of.iter().map(|value| f64::from(*value)).sum::<f64>() * factor).collect()
    };
    (estimate(sums(&pool.hours_short).into_iter()), estimate(sums(&pool.unserved[0]).into_iter()))
}

fn mode(name: &str, strikes: Strikes, (rate, mean): (f64, f64), overlapping: bool) -> Option<FailureMode> {
    (rate > 0.0).then(|| FailureMode {
        name: name.to_owned(),
        strikes,
        time_to_failure_hours: Distribution::Exponential { mean: 1.0 / rate },
        // σ = 1 on the log scale: a mean is e^½ medians
        repair_hours: Distribution::Lognormal { median: mean * (-0.5_f64).exp(), sigma: 1.0 },
        share_lost: 1.0,
        hits_each_with: None,
        overlapping,
    })
}

#[test]
fn failure_domains_simulated() {
    for case in family("failure_domains").iter().map(case) {
        let domains = Domains::of(&case);
        let node = |name: &str, level, parent: Option<&str>| {
            (name.to_owned(), DomainNode { name: name.to_owned(), level, parent: parent.map(str::to_owned) })
        };
        let mut nodes = BTreeMap::from([node("region", Level::Region, None)]);
        let mut groups = Vec::new();
        for (z, (racks, servers)) in domains.zones.iter().enumerate() {
            let zone = format!("zone-{z}");
            nodes.extend([node(&zone, Level::Zone, Some("region"))]);
            groups.push(Group {
                unit: "server".to_owned(),
                domain: Some(zone),
                racks: *racks,
                counts: vec![CapacityChange { day: Day(-1), units: racks * servers }],
            });
        }
        let hosts = Strikes::Hosts { unit: None, pool: None };
        let failures = [
            mode("server", hosts, domains.server, false),
            mode("rack", Strikes::Every(Level::Rack), domains.rack, domains.overlapping),
            mode("zone", Strikes::Every(Level::Zone), domains.zone, domains.overlapping),
            mode("region", Strikes::Every(Level::Region), domains.region, domains.overlapping),
        ];
        let days = 364;
        let world = World {
            units: vec![("server".to_owned(), 1.0)],
            groups,
            nodes,
            failures: failures.into_iter().flatten().collect(),
            days: vec![domains.loads; days],
        };
        let (hours, unserved) = yearly(&world.simulate(3_000), YEAR / (days as f64 * 24.0));
        let expected = |quantity: &str| case.expected.iter().find(|one| one.0 == quantity).unwrap().1.as_f64().unwrap();
        let near = |quantity: &str, seen: Estimate| {
            assert_within(&format!("{}: {quantity}", case.name), seen.value, expected(quantity), 4.0 * seen.standard_error);
        };
        near("shortfall_hours_per_year", hours);
        near("expected_unserved_server_hours_per_year", unserved);
    }
}

/// Units of the reliability test system, and its load by the hour of 364 days.
fn test_system(value: &Value) -> (Vec<(u32, u32, f64, f64)>, Vec<[f64; HOURS]>) {
    let number = |held: &Value| held.as_f64().unwrap();
    let units = value["units"].as_array().unwrap().iter().map(|unit| {
        let whole = |name: &str| unit[name].as_u64().unwrap() as u32;
        (whole("count"), whole("capacity_mw"), number(&unit["mttf_hours"]), number(&unit["mttr_hours"]))
    });
    let load = &value["load"];
    let list = |held: &Value| -> Vec<f64> { held.as_array().unwrap().iter().map(number).collect() };
    let season = |week: u64| -> &str {
        let named = load["season_of_week"].as_object().unwrap();
        let within = |span: &Value| (span[0].as_u64().unwrap()..=span[1].as_u64().unwrap()).contains(&week);
        named.iter().find(|(_, spans)| spans.as_array().unwrap().iter().any(within)).unwrap().0
    };
    let (weeks, days) = (list(&load["weekly_peak_percent"]), list(&load["daily_peak_percent_from_monday"]));
    let peak = number(&load["annual_peak_mw"]);
    let mut loads = Vec::new();
    for (week, of_year) in weeks.iter().enumerate() {
        for (day, of_week) in days.iter().enumerate() {
            let hourly = &load["hourly_percent"][season(week as u64 + 1)];
            let part = if day < 5 { "weekday" } else { "weekend" };
            let hours = list(&hourly[part]);
            loads.push(std::array::from_fn(|hour| peak * of_year * of_week * hours[hour] / 1e6));
        }
    }
    (units.collect(), loads)
}

#[test]
fn ieee_rts79_exactly() {
    for value in family("ieee_rts79") {
        let (units, loads) = test_system(&value);
        let each: Vec<(u32, f64)> = units
            .iter()
            .flat_map(|(count, capacity, mttf, mttr)| (0..*count).map(move |_| (*capacity, mttf / (mttf + mttr))))
            .collect();
        let table = capacity_table(&each);
        let hours: Vec<f64> = loads.iter().flatten().copied().collect();
        let found = adequacy(&table, &hours);
        let peaks: Vec<f64> = loads.iter().map(|day| day.iter().copied().fold(0.0, f64::max)).collect();
        for (quantity, seen) in [
            ("lole_hours_per_year", found.lole_hours),
            ("eens_mwh_per_year", found.eue),
            ("lole_days_per_year_daily_peak", adequacy(&table, &peaks).lole_hours),
        ] {
            let expected = value["expected"][quantity].as_f64().unwrap();
            assert_within(quantity, seen, expected, 1e-10 * expected);
        }
    }
}

#[test]
fn ieee_rts79_simulated() {
    for value in family("ieee_rts79") {
        let (units, loads) = test_system(&value);
        let mut world =
            World { units: Vec::new(), groups: Vec::new(), nodes: BTreeMap::new(), failures: Vec::new(), days: loads };
        for (i, (count, capacity, mttf, mttr)) in units.iter().enumerate() {
            let name = format!("unit-{i}-{capacity}");
            world.units.push((name.clone(), f64::from(*capacity)));
            let counts = vec![CapacityChange { day: Day(-1), units: *count }];
            world.groups.push(Group { unit: name.clone(), domain: None, racks: 0, counts });
            world.failures.push(FailureMode {
                name: name.clone(),
                strikes: Strikes::Hosts { unit: Some(name), pool: None },
                time_to_failure_hours: Distribution::Exponential { mean: *mttf },
                repair_hours: Distribution::Exponential { mean: *mttr },
                share_lost: 1.0,
                hits_each_with: None,
                overlapping: false,
            });
        }
        let (hours, unserved) = yearly(&world.simulate(6_000), 1.0);
        let expected = |quantity: &str| value["expected"][quantity].as_f64().unwrap();
        assert_within("LOLE", hours.value, expected("lole_hours_per_year"), 4.0 * hours.standard_error);
        assert_within("EENS", unserved.value, expected("eens_mwh_per_year"), 4.0 * unserved.standard_error);
        assert!(hours.standard_error < 0.05 * hours.value, "the error bar is too wide to say anything: {hours:?}");
    }
}
