use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::model::{
    CapacityChange, Demand, DomainTree, Group, LoadLine, Objective, Pool, Price, Redundancy, RiskRule, Routing, Statistic,
    UnitType,
};
use crate::series::{Bin, Daily, Series, SeriesKey};
use crate::stats::Distribution;
use crate::time::{Step, Timestamp, Zone};
use crate::units::Unit;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// One pool of ten units of one core at 310 a month, used to 80 %.
fn model() -> Model {
    let unit = UnitType {
        name: "m8".to_owned(),
        capacity: BTreeMap::from([("cpu".to_owned(), 1.0)]),
        price: Price { purchase: 9_200.0, monthly: 310.0 },
        lot: 1,
        lead_time_days: Distribution::constant(30.0),
        limit: None,
        terms: Vec::new(),
        price_changes: Vec::new(),
    };
    let counts = vec![CapacityChange { day: Day(0), units: 10 }];
    let pool = Pool {
        service: None,
        name: "web".to_owned(),
        groups: vec![Group { unit: "m8".to_owned(), domain: None, racks: 0, counts, standby: None }],
        demands: vec![Demand { resource: "cpu".to_owned(), statistic: Statistic::P99, line: LoadLine::Utilization(0.8) }],
        routing: Routing::Shared,
        transfers: Vec::new(),
        overload: None,
        redundancy: Redundancy::default(),
        orders: Vec::new(),
        buys: "m8".to_owned(),
        or_buys: Vec::new(),
        notes: String::new(),
    };
    Model {
        name: "small".to_owned(),
        question: String::new(),
        zone: Zone::utc(),
        currency: "EUR".to_owned(),
        resources: BTreeMap::from([("cpu".to_owned(), Unit::named("cores"))]),
        catalog: BTreeMap::from([("m8".to_owned(), unit)]),
        domains: DomainTree::default(),
        failures: Vec::new(),
        crews: BTreeMap::new(),
        shelves: BTreeMap::new(),
        drains: Vec::new(),
        deploys: Vec::new(),
        questions: Vec::new(),
        pools: vec![pool],
        objective: Objective {
            risk: RiskRule::ShortfallPerMonth(0.01),
            late_arrival: 0.1,
            confirmation_days: 2,
            availability: None,
            shortfall_price: None,
            review_days: 91,
            reforecast: 0,
        },
        bounds: crate::model::Bounds::default(),
        uncertain: Vec::new(),
        correlations: Vec::new(),
    }
}

/// Days of one level each from a day on; by the hour the level holds from 8 to 20, and half of it else.
fn panel(first: Day, levels: &[f64]) -> Panel {
    let key = SeriesKey::demand("web", "cpu");
    let bins = levels.iter().map(|level| Some(Bin::of(*level))).collect();
    let hours = levels
        .iter()
        .flat_map(|level| (0..24).map(move |h| Some(Bin::of(if (8..20).contains(&h) { *level } else { level / 2.0 }))));
    let hourly = Series {
        key: key.clone(),
        unit: Unit::named("cores"),
        start: Timestamp(i64::from(first.0) * 86_400),
        step: Step::HOUR,
        bins: hours.collect(),
    };
    Panel {
        series: BTreeMap::from([(key.clone(), hourly)]),
        daily: BTreeMap::from([(key.clone(), Daily { key, unit: Unit::named("cores"), first, bins })]),
        quality: Vec::new(),
    }
}

/// A report whose forecast of every day is one to five at P2.5 … P97.5 of a wide law around `middle`, and these orders.
fn report(first: Day, days: i32, middle: f64, orders: &[(u32, &str)]) -> Value {
    let columns = |names: &[&str]| names.iter().map(|name| json!({"name": name, "unit": ""})).collect::<Vec<_>>();
    let ahead: Vec<Value> = (0..days)
        .map(|i| {
            let q = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0].map(|off| middle + off);
            json!(["web", "cpu", first.plus(i).to_string(), "cores", q[0], q[1], q[2], q[3], q[4], q[5], q[6]])
        })
        .collect();
    let orders: Vec<Value> = orders.iter().map(|(units, arrives)| json!(["web", "m8", units, arrives])).collect();
    json!({"tables": [
        {"id": "forecasts", "rows": ahead,
         "columns": columns(&["pool", "resource", "day", "unit", "p2.5", "p10", "p25", "p50", "p75", "p90", "p97.5"])},
        {"id": "load-lines", "columns": columns(&["pool", "resource", "line_ratio"]), "rows": [["web", "cpu", 0.8]]},
        {"id": "exhaustion", "columns": columns(&["pool", "variant", "p10", "p50", "p90"]),
         "rows": [["web", "everything up", "2026-04-10", "2026-05-01", "2026-05-20"]]},
        {"id": "schedule", "columns": columns(&["pool", "unit", "units", "arrival_p50"]), "rows": orders},
    ]})
}

fn judged(panel: &Panel, report: &Value, as_of: &str, until: &str) -> Score {
    score(&LookedBack { run: "r", report, model: &model(), as_of: day(as_of), panel, until: day(until) })
}

#[test]
fn coverage_and_crps_are_those_counted_by_hand() {
    // a week of 5, then eight days of 5, 5.5, 6.5, 7.5, 8.5, 5, 5, 5 against quantiles 2 to 8
    let first = day("2026-01-01");
    let past = [5.0; 7];
    let came = [5.0, 5.5, 6.5, 7.5, 8.5, 5.0, 5.0, 5.0];
    let panel = panel(first, &[&past[..], &came[..]].concat());
    let report = report(day("2026-01-08"), 30, 5.0, &[]);
    let seen = judged(&panel, &report, "2026-01-07", "2026-01-15");
    let one = &seen.demands[0];
    assert_eq!((one.points, one.inside), (8, [5, 6, 7]));
    // the naive forecast says 5 every day: its errors are 0, 0.5, 1.5, 2.5, 3.5, 0, 0, 0
    assert_eq!(one.naive_crps, Some(1.0));
    assert!((one.median_error - 1.0).abs() < 1e-12);
    // twice the trapezoid of the pinball loss, written out for a level at the median and one above all quantiles
    let p = [0.0, 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975, 1.0];
    let crps = |came: f64| {
        let loss: Vec<f64> = (0..9)
            .map(|i| {
                if i == 0 || i == 8 {
                    return 0.0;
                }
                let off = came - (5.0 + i as f64 - 4.0);
                if off >= 0.0 { p[i] * off } else { (p[i] - 1.0) * off }
            })
            .collect();
        (0..8).map(|i| (p[i + 1] - p[i]) * (loss[i] + loss[i + 1])).sum::<f64>()
    };
    let expected = came.iter().map(|came| crps(*came)).sum::<f64>() / 8.0;
    assert!((one.crps - expected).abs() < 1e-12, "{} {expected}", one.crps);
    let shown = demand_table(&[seen]);
    assert_eq!(shown.rows[0][5..9], [Cell::Integer(8), Cell::Number(0.625), Cell::Number(0.75), Cell::Number(0.875)]);
}

/// Levels of 7 until a day, of 9 from it on: above 0.8 × 10 cores.
fn crosses(first: &str, on: &str, until: &str) -> Panel {
    let (first, on, until) = (day(first), day(on), day(until));
    let levels: Vec<f64> = (0..=until.since(first)).map(|i| if first.plus(i) < on { 7.0 } else { 9.0 }).collect();
    panel(first, &levels)
}

#[test]
fn an_order_two_months_too_early_costs_its_units_times_two_months() {
    let panel = crosses("2026-01-01", "2026-05-01", "2026-06-30");
    let seen = judged(&panel, &report(day("2026-02-01"), 150, 7.0, &[(3, "2026-03-01")]), "2026-01-31", "2026-06-30");
    let order = &seen.orders[0];
    assert_eq!((order.timing, order.needed, order.months), (Timing::TooEarly, Some(day("2026-05-01")), 2.0));
    assert_eq!(order.idle_cost, 3.0 * 310.0 * 2.0);
    assert_eq!(seen.pools[0].crossed, Some(day("2026-05-01")));
    assert_eq!(seen.pools[0].says(), "within the 80 % interval");
}

#[test]
fn an_order_too_late_leaves_hours_short_and_one_on_the_day_nothing() {
    let panel = crosses("2026-01-01", "2026-05-01", "2026-06-30");
    let one = |arrives: &str| {
        judged(&panel, &report(day("2026-02-01"), 150, 7.0, &[(3, arrives)]), "2026-01-31", "2026-06-30").orders.remove(0)
    };
    // ten days of twelve hours above the line
    let late = one("2026-05-11");
    assert_eq!((late.timing, late.hours_short, late.idle_cost), (Timing::TooLate, 120.0, 0.0));
    assert!((late.months + 10.0 / 31.0).abs() < 1e-12);
    assert_eq!(one("2026-05-01").timing, Timing::OnTime);
    // 9 is above 0.8 × (10 + 1): the first unit is not enough, so a second order is needed on the same day
    let both =
        judged(&panel, &report(day("2026-02-01"), 150, 7.0, &[(1, "2026-05-01"), (1, "2026-06-01")]), "2026-01-31", "2026-06-30");
    assert_eq!(both.orders[1].needed, Some(day("2026-05-01")));
    // 9 is below 0.8 × (10 + 2): the third is not needed yet, and idle since it came
    let third =
        judged(&panel, &report(day("2026-02-01"), 150, 7.0, &[(2, "2026-05-01"), (1, "2026-05-30")]), "2026-01-31", "2026-06-30");
    assert_eq!((third.orders[1].timing, third.orders[1].months), (Timing::Idle, 1.0 + 1.0 / 30.0));
}

#[test]
fn a_single_day_above_the_line_is_no_crossing() {
    let first = day("2026-01-01");
    let mut levels = vec![7.0; 60];
    levels[40] = 9.0;
    let seen = judged(&panel(first, &levels), &report(day("2026-02-01"), 60, 7.0, &[]), "2026-01-31", "2026-03-01");
    assert_eq!(seen.pools[0].crossed, None);
    assert_eq!(seen.pools[0].says(), "not crossed yet, as may be");
}

#[test]
fn months_are_counted_on_the_calendar() {
    for (from, to, months) in [
        ("2026-03-01", "2026-05-01", 2.0),
        ("2026-01-31", "2026-02-28", 1.0),
        ("2026-12-15", "2027-01-15", 1.0),
        ("2026-05-01", "2026-05-01", 0.0),
        ("2026-05-01", "2026-03-01", -2.0),
        ("2026-02-01", "2026-02-15", 0.5),
    ] {
        assert_eq!(calendar_months(day(from), day(to)), months, "{from} {to}");
    }
}

#[test]
fn a_run_whose_horizon_has_not_begun_has_nothing_to_score() {
    let first = day("2026-01-01");
    let seen = judged(&panel(first, &[5.0; 31]), &report(day("2026-02-01"), 60, 5.0, &[]), "2026-01-31", "2026-01-31");
    assert!(seen.demands.is_empty(), "{seen:?}");
}
