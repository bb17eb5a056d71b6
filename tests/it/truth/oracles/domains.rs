//! Fleets in nested failure domains: by convolution, and by the sequential simulator.

use std::collections::BTreeMap;

use plimsoll::model::{CapacityChange, DomainNode, Group, Level, Strikes};
use plimsoll::paths::HOURS;
use plimsoll::simulate::exact::{adequacy, binomial, convolve, moments, under_domain};
use plimsoll::simulate::{Measure, MonthAdequacy};
use plimsoll::time::Day;

use super::case::{Case, Check, case, family};
use super::world::{World, mode, yearly};
use crate::support::assert_within;

/// Families answered here.
pub const FAMILIES: &[&str] = &["failure_domains"];

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

pub fn simulated(into: &mut Vec<Check>) {
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
                standby: None,
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
        let (outcomes, measured) = world.simulate_and_measure(3_000);
        let scale = YEAR / (days as f64 * 24.0);
        let (hours, unserved) = yearly(&outcomes, scale);
        // failures worked out exactly, demand certain: no error is left
        assert_eq!(measured.counted_because, None, "{}", case.name);
        let sum =
            |of: &dyn Fn(&MonthAdequacy) -> Measure| measured.months.iter().map(|month| of(month).estimate.value).sum::<f64>();
        for (quantity, seen) in [
            ("shortfall_hours_per_year", sum(&|month| month.lole_hours)),
            ("expected_unserved_server_hours_per_year", sum(&|month| month.eue[0])),
        ] {
            // shapes of days are kept as f32, and demand is lowered by a millionth
            let exact = case.exact(quantity);
            assert_within(&format!("{}: {quantity}", case.name), seen * scale, exact, 1e-5 * exact);
        }
        into.push(case.simulated("shortfall_hours_per_year", hours));
        into.push(case.simulated("expected_unserved_server_hours_per_year", unserved));
    }
}
