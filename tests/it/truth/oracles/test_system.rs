//! The IEEE reliability test system of 1979: by convolution, and by the sequential simulator.

use std::collections::BTreeMap;

use plimsoll::model::{CapacityChange, FailureMode, Group, Strikes};
use plimsoll::paths::HOURS;
use plimsoll::simulate::exact::{adequacy, capacity_table};
use plimsoll::stats::Distribution;
use plimsoll::time::Day;
use serde_json::Value;

use super::case::family;
use super::world::{World, yearly};
use crate::support::assert_within;

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
            world.groups.push(Group { unit: name.clone(), domain: None, racks: 0, counts, standby: None });
            world.failures.push(FailureMode {
                name: name.clone(),
                strikes: Strikes::Hosts { unit: Some(name), pool: None },
                time_to_failure_hours: Distribution::Exponential { mean: *mttf },
                repair_hours: Distribution::Exponential { mean: *mttr },
                share_lost: 1.0,
                hits_each_with: None,
                overlapping: false,
                crew: None,
                shelf: None,
            });
        }
        let (hours, unserved) = yearly(&world.simulate(6_000), 1.0);
        let expected = |quantity: &str| value["expected"][quantity].as_f64().unwrap();
        assert_within("LOLE", hours.value, expected("lole_hours_per_year"), 4.0 * hours.standard_error);
        assert_within("EENS", unserved.value, expected("eens_mwh_per_year"), 4.0 * unserved.standard_error);
        assert!(hours.standard_error < 0.05 * hours.value, "the error bar is too wide to say anything: {hours:?}");
    }
}
