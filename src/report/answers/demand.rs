//! Question 4: where is demand going?

use std::collections::BTreeMap;

use super::backtest::held;
use super::exhaustion::{already, crossing_said, crossing_words};
use crate::model::{Arrival, Order, Pool};
use crate::paths::Forecast;
use crate::plan::PoolPlan;
use crate::report::charts::chart;
use crate::report::compose::{finding, section};
use crate::report::tables::{chosen, count, table, text};
use crate::report::{Cell, Chart, ChartBody, Column, Evidence, Marker, Section, Table, Weight, format};
use crate::series::SeriesKey;
use crate::time::Day;

/// Days of history drawn before the plan.
pub(super) const HISTORY_DAYS: i32 = 540;

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let mut findings = Vec::new();
    for pool in &evidence.plan.pools {
        let Some(forecast) = binding_forecast(evidence, pool) else { continue };
        let (Some(last), Some(first)) = (forecast.quantiles.last(), forecast.quantiles.first()) else { continue };
        let at = |of: &[crate::paths::QuantileAt], p: f64| {
            of.iter().find(|at| (at.probability - p).abs() < 1e-9).map_or(0.0, |at| at.value)
        };
        let test = forecast.backtest.as_ref().map_or_else(
            || {
                if forecast.history.is_empty() { "stated, with no history to test it on" } else { "no back-test was possible" }
                    .to_owned()
            },
            |test| {
                let ratio = if test.naive_crps > 0.0 { test.crps / test.naive_crps } else { 1.0 };
                let error = if test.held.is_empty() { "" } else { " (± a standard error over the origins)" };
                format!(
                    "back-test error {:.2} × seasonal naive over {} origins, the 80 % band held {} of {} points{error}",
                    ratio,
                    test.origins,
                    if test.held.is_empty() { format::percent(test.coverage_80) } else { held(&test.held, 0) },
                    test.points
                )
            },
        );
        let (low, mid, high) = (at(last, 0.1), at(last, 0.5), at(last, 0.9));
        let sentence = format!(
            "{} {}: {} at the start, {} at the end in the median future (80 %: {} to {}), by {}; {test}.",
            pool.pool,
            forecast.key.metric,
            format::amount(at(first, 0.5), &forecast.unit),
            format::amount(mid, &forecast.unit),
            format::amount(low, &forecast.unit),
            format::amount(high, &forecast.unit),
            forecast.model
        );
        let doubtful = forecast.backtest.is_none() || super::wide::told(forecast).is_some();
        let weight = if doubtful { Weight::Watch } else { Weight::Good };
        findings.push(finding(sentence, weight, "joint sample paths", "forecasts").of(&pool.pool).number(
            mid,
            low,
            high,
            "80 % of futures",
        ));
    }
    // those that are drawn
    let mut ids = vec!["fleet".to_owned()];
    for pool in &evidence.plan.pools {
        ids.push(format!("demand-{}", pool.pool));
        ids.push(format!("backtest-{}", pool.pool));
        ids.push(format!("season-{}", pool.pool));
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    section(4, "demand", "Where is demand going?", findings).show(&ids, &["backtest"]).beware(&[
        "Paths draw the same past dates for all pools, so what peaked together peaks together; what never happened in the history is not in them: put it into a scenario.",
    ])
}

/// Levels ahead: one row a series and step.
pub(in crate::report) fn forecasts_table(forecasts: &[Forecast]) -> Table {
    let mut rows = Vec::new();
    for forecast in forecasts {
        for (step, quantiles) in forecast.quantiles.iter().enumerate() {
            let mut row = vec![
                text(forecast.key.pool().unwrap_or("")),
                text(&forecast.key.metric),
                Cell::Day(forecast.start.plus(step as i32 * forecast.step_days as i32)),
                text(forecast.unit.name()),
                Cell::Number(forecast.mean[step]),
            ];
            row.extend(quantiles.iter().map(|at| Cell::Number(at.value)));
            rows.push(row);
        }
    }
    let mut table = table(
        "forecasts",
        "Demand ahead: quantiles of the planned level",
        &[("pool", "Pool", ""), ("resource", "Resource", ""), ("day", "Day", ""), ("unit", "Unit", ""), ("mean", "Mean", "")],
        rows,
    );
    for probability in crate::forecast::PROBABILITIES {
        let percent = probability * 100.0;
        table.columns.push(Column::new(&format!("p{percent}"), &format!("P{percent}"), ""));
    }
    table
}

pub(in crate::report) fn backtests_table(evidence: &Evidence<'_>) -> Table {
    let row = |forecast: &Forecast| {
        let mut row = vec![
            text(forecast.key.pool().unwrap_or("")),
            text(&forecast.key.metric),
            text(forecast.unit.name()),
            text(&forecast.model),
        ];
        match &forecast.backtest {
            Some(test) => row.extend([
                count(test.origins as u64),
                count(test.points as u64),
                Cell::Number(test.crps),
                Cell::Number(test.crps_standard_error),
                Cell::Number(test.naive_crps),
                Cell::Number(if test.naive_crps > 0.0 { test.crps / test.naive_crps } else { 1.0 }),
                Cell::Number(test.coverage_80),
                Cell::Number(test.coverage_95),
            ]),
            None => row.extend(vec![Cell::Missing; 8]),
        }
        row.push(Cell::Text(forecast.reasons.join("; ")));
        row
    };
    let columns = [
        ("pool", "Pool", ""),
        ("resource", "Resource", ""),
        ("unit", "Unit", ""),
        ("model", "Forecaster", ""),
        ("origins", "Origins", ""),
        ("points", "Points held back", ""),
        ("crps", "CRPS", ""),
        ("crps_standard_error", "± s.e.", ""),
        ("naive_crps", "CRPS of seasonal naive", ""),
        ("ratio", "Ratio to naive", "ratio"),
        ("coverage_80", "80 % band covers", "ratio"),
        ("coverage_95", "95 % band covers", "ratio"),
        ("reasons", "Why", ""),
    ];
    table("backtest", "How well the forecasts did on held-back history", &columns, evidence.forecasts.iter().map(row).collect())
}

pub(in crate::report) fn fan_chart(evidence: &Evidence<'_>, p: usize) -> Option<Chart> {
    let plan = &evidence.plan.pools[p];
    let pool = &evidence.scenarios.first()?.model.pools[p];
    let resource = &plan.at_end.binding;
    let key = SeriesKey::demand(&plan.pool, resource);
    let forecast = evidence.forecasts.iter().find(|forecast| forecast.key == key)?;
    let line = plan.lines.iter().find(|line| line.resource == *resource)?;
    let from = forecast.start.plus(-HISTORY_DAYS);
    let capacity = capacity(evidence, pool, resource, from);
    let days: Vec<Day> =
        (0..forecast.quantiles.len()).map(|i| forecast.start.plus(i as i32 * forecast.step_days as i32)).collect();
    let at = |probability: f64| -> Vec<f64> {
        let value = |step: &Vec<crate::paths::QuantileAt>| {
            step.iter().find(|at| (at.probability - probability).abs() < 1e-9).map_or(f64::NAN, |at| at.value)
        };
        forecast.quantiles.iter().map(value).collect()
    };
    let median = at(0.5);
    let safe: Vec<(Day, f64)> = capacity.iter().map(|(day, amount)| (*day, amount * line.ratio)).collect();
    let crossing = plan.exhaustion.p50.map(|day| (day, level_at(&safe, day)));
    let above = already(&plan.exhaustion, evidence.plan.today);
    let title = match (above, crossing_words(&plan.exhaustion, evidence.plan.end)) {
        (Some(above), _) => format!("{} is already above its safe-load line {above}", plan.pool),
        (None, Some(words)) => format!("{} crosses its safe-load line {words}", plan.pool),
        (None, None) => format!(
            "{}{} stays under its safe-load line until {} in {} of futures",
            plan.pool,
            // the subtitle tells of a crossing without its redundancy
            if plan.reserve_exhaustion.as_ref().is_some_and(|found| found.p10.is_some()) { " with everything up" } else { "" },
            format::day(evidence.plan.end),
            format::percent(plan.exhaustion.never.value)
        ),
    };
    let (today, end) = (evidence.plan.today, evidence.plan.end);
    let reserve = plan.reserve_exhaustion.as_ref().and_then(|found| crossing_said(found, today, end));
    let reserve = reserve.map_or_else(String::new, |said| format!(" With its redundancy lost it {said}."));
    let statistic = pool
        .demands
        .iter()
        .find(|demand| demand.resource == *resource)
        .map_or(String::new(), |d| format!("{:?}", d.statistic).to_lowercase());
    let every = if forecast.step_days == 1 { "day" } else { "week" };
    let subtitle =
        format!("{resource}, {statistic} of each {every}; bands hold 50, 80 and 95 % of futures by {}.{reserve}", forecast.model);
    let body = ChartBody::Fan {
        unit: forecast.unit.name().to_owned(),
        history: forecast.history.iter().filter(|(day, _)| *day >= from).copied().collect(),
        days,
        bands: vec![(0.95, at(0.025), at(0.975)), (0.8, at(0.1), at(0.9)), (0.5, at(0.25), at(0.75))],
        median,
        line: safe,
        capacity,
        crossing,
        markers: markers(evidence, plan, pool),
        as_of: forecast.start.plus(-1),
    };
    Some(Chart { pool: Some(plan.pool.clone()), ..chart(evidence, &format!("demand-{}", plan.pool), title, subtitle, body) })
}

pub(super) fn level_at(steps: &[(Day, f64)], day: Day) -> f64 {
    let after = steps.partition_point(|(from, _)| *from <= day);
    steps.get(after.saturating_sub(1)).map_or(0.0, |(_, level)| *level)
}

fn arrival_day(evidence: &Evidence<'_>, order: &Order) -> Option<Day> {
    let model = &evidence.scenarios.first()?.model;
    Some(match &order.arrival {
        Arrival::On(day) => *day,
        Arrival::LeadTimeDays(law) => order.ordered.plus(law.whole_days(0.5)),
    })
    .filter(|_| model.catalog.contains_key(&order.unit))
}

/// Capacity of a resource from `from` to the end of the plan: units in force, orders at the median of their arrival.
pub(super) fn capacity(evidence: &Evidence<'_>, pool: &Pool, resource: &str, from: Day) -> Vec<(Day, f64)> {
    let Some(scenario) = evidence.scenarios.first() else { return Vec::new() };
    let installed = scenario.model.installed(pool, resource);
    let mut changes: BTreeMap<Day, f64> = BTreeMap::new();
    let mut before = 0.0;
    for (day, amount) in &installed {
        *changes.entry((*day).max(from)).or_default() += amount - before;
        before = *amount;
    }
    for order in &pool.orders {
        let each = scenario.model.catalog.get(&order.unit).and_then(|unit| unit.capacity.get(resource)).copied().unwrap_or(0.0);
        if let Some(day) = arrival_day(evidence, order) {
            *changes.entry(day.max(from)).or_default() += each * f64::from(order.units);
        }
    }
    let first = installed.first().map_or(from, |(day, _)| *day).max(from);
    let mut level = 0.0;
    let mut steps: Vec<(Day, f64)> = Vec::new();
    for (day, change) in changes {
        level += change;
        if day <= evidence.plan.end {
            steps.push((day.max(first), level));
        }
    }
    if let Some(start) = steps.first_mut() {
        start.0 = from; // the first count also holds before its day
    }
    steps.push((evidence.plan.end, level_at(&steps, evidence.plan.end)));
    steps
}

fn markers(evidence: &Evidence<'_>, plan: &PoolPlan, pool: &Pool) -> Vec<Marker> {
    let mut markers: Vec<Marker> = pool
        .orders
        .iter()
        .filter_map(|order| {
            let day = arrival_day(evidence, order).filter(|day| *day <= evidence.plan.end)?;
            Some(Marker { day, label: format!("+{} {} on order", order.units, order.unit) })
        })
        .collect();
    let recommended = chosen(plan).orders.iter().filter(|_| chosen(plan).name != "as declared");
    // orders of a day for one unit are one label
    let mut ordered: Vec<(Day, &str, u32)> = Vec::new();
    for order in recommended {
        match ordered.iter_mut().find(|(day, unit, _)| *day == order.order_by && *unit == order.unit) {
            Some((_, _, units)) => *units += order.units,
            None => ordered.push((order.order_by, &order.unit, order.units)),
        }
    }
    markers.extend(ordered.into_iter().map(|(day, unit, units)| Marker { day, label: format!("order {units} {unit}") }));
    markers.sort_by(|a, b| a.day.cmp(&b.day).then_with(|| a.label.cmp(&b.label)));
    markers
}

/// The forecast of a pool's binding resource.
pub(in crate::report) fn binding_forecast<'a>(evidence: &'a Evidence<'_>, pool: &PoolPlan) -> Option<&'a Forecast> {
    let key = SeriesKey::demand(&pool.pool, &pool.at_end.binding);
    evidence.forecasts.iter().find(|forecast| forecast.key == key)
}
