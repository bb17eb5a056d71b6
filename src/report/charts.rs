//! The charts as data, each titled with its finding.

use std::collections::BTreeMap;

use super::tables::chosen;
use super::{Chart, ChartBody, Evidence, Marker, format};
use crate::model::{Arrival, Order, Pool};
use crate::paths::Forecast;
use crate::plan::{Exhaustion, PlanOption, PoolPlan};
use crate::series::SeriesKey;
use crate::stats::{Estimate, proportion};
use crate::time::Day;

/// Days of history drawn before the plan.
const HISTORY_DAYS: i32 = 540;

/// Every chart of a report.
pub(super) fn all(evidence: &Evidence<'_>) -> Vec<Chart> {
    let mut charts: Vec<Chart> = (0..evidence.plan.pools.len()).filter_map(|p| fan(evidence, p)).collect();
    charts.push(exhaustion(evidence));
    charts.extend(survival(evidence));
    charts.push(risk(evidence));
    charts.push(cost_risk(evidence));
    charts.extend(orders(evidence));
    charts
}

fn chart(evidence: &Evidence<'_>, id: &str, title: String, subtitle: String, body: ChartBody) -> Chart {
    let provenance = &evidence.provenance;
    let model = evidence.scenarios.first().map_or("", |scenario| scenario.model.name.as_str());
    let footer = format!(
        "{} · model {model} · seed {} · {} futures · data to {}",
        provenance.program,
        provenance.seed,
        format::number(f64::from(provenance.replications)),
        format::day(evidence.plan.today.plus(-1))
    );
    Chart { id: id.to_owned(), title, subtitle, footer, pool: None, body }
}

/// "on 14 Mar 2027 (80 %: 2 Feb – 30 May)".
pub(super) fn crossing_words(found: &Exhaustion, end: Day) -> Option<String> {
    let middle = found.p50?;
    let low = found.p10.map_or_else(|| "before".to_owned(), format::day_of_month);
    let high = found.p90.map_or_else(|| format!("after {}", format::day(end)), format::day);
    let low = found.p10.map_or(low, |day| {
        if found.p90.is_some_and(|p90| p90.date().year() == day.date().year()) {
            format::day_of_month(day)
        } else {
            format::day(day)
        }
    });
    Some(format!("on {} (80 %: {low} – {high})", format::day(middle)))
}

fn fan(evidence: &Evidence<'_>, p: usize) -> Option<Chart> {
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
    let title = match crossing_words(&plan.exhaustion, evidence.plan.end) {
        Some(words) => format!("{} crosses its safe-load line {words}", plan.pool),
        None => format!(
            "{} stays under its safe-load line until {} in {} of futures",
            plan.pool,
            format::day(evidence.plan.end),
            format::percent(plan.exhaustion.never.value)
        ),
    };
    let reserve = plan.reserve_exhaustion.as_ref().and_then(|found| crossing_words(found, evidence.plan.end));
    let reserve = reserve.map_or_else(String::new, |words| format!(" With its redundancy lost it crosses {words}."));
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

fn level_at(steps: &[(Day, f64)], day: Day) -> f64 {
    let after = steps.partition_point(|(from, _)| *from <= day);
    steps.get(after.saturating_sub(1)).map_or(0.0, |(_, level)| *level)
}

fn arrival_day(evidence: &Evidence<'_>, order: &Order) -> Option<Day> {
    let model = &evidence.scenarios.first()?.model;
    Some(match &order.arrival {
        Arrival::On(day) => *day,
        Arrival::LeadTimeDays(law) => order.ordered.plus(law.quantile(0.5).max(0.0).ceil() as i32),
    })
    .filter(|_| model.catalog.contains_key(&order.unit))
}

/// Capacity of a resource from `from` to the end of the plan: units in force, orders at the median of their arrival.
fn capacity(evidence: &Evidence<'_>, pool: &Pool, resource: &str, from: Day) -> Vec<(Day, f64)> {
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
    markers
        .extend(recommended.map(|order| Marker { day: order.order_by, label: format!("order {} {}", order.units, order.unit) }));
    markers.sort_by(|a, b| a.day.cmp(&b.day).then_with(|| a.label.cmp(&b.label)));
    markers
}

/// The pool that crosses first, by the date that guards its redundancy where one is declared.
pub(super) fn first_to_cross<'a>(evidence: &'a Evidence<'_>) -> Option<(&'a PoolPlan, &'a Exhaustion)> {
    let guarded = |pool: &'a PoolPlan| pool.reserve_exhaustion.as_ref().unwrap_or(&pool.exhaustion);
    let all = evidence.plan.pools.iter().map(|pool| (pool, guarded(pool)));
    all.filter(|(_, found)| found.p50.is_some()).min_by_key(|(_, found)| (found.p50, found.p10))
}

fn exhaustion(evidence: &Evidence<'_>) -> Chart {
    let curves = evidence.plan.pools.iter().map(|pool| {
        let found = pool.reserve_exhaustion.as_ref().unwrap_or(&pool.exhaustion);
        (pool.pool.clone(), found.curve.clone())
    });
    let title = match first_to_cross(evidence).and_then(|(pool, found)| Some((pool, crossing_words(found, evidence.plan.end)?))) {
        Some((pool, words)) => format!("{} is first to run out: {words}", pool.pool),
        None => format!("No pool is likely to run out before {}", format::day(evidence.plan.end)),
    };
    let subtitle =
        "P(demand has crossed the safe-load line and stays above), the declared redundancy lost, orders as declared".to_owned();
    let body = ChartBody::Exhaustion { curves: curves.collect(), today: evidence.plan.today, horizon: evidence.plan.end };
    chart(evidence, "exhaustion", title, subtitle, body)
}

fn survival(evidence: &Evidence<'_>) -> Option<Chart> {
    let base = evidence.outcomes.first()?;
    let width = base.months.len();
    let share = |survives: &[bool], m: usize| {
        let kept = survives.iter().skip(m).step_by(width).filter(|kept| **kept).count();
        proportion(kept as u64, u64::from(base.replications)).value
    };
    let mut rows = Vec::new();
    let mut worst: Option<(String, &'static str, usize, f64)> = None;
    for (pool, declared) in base.pools.iter().zip(&evidence.scenarios.first()?.model.pools) {
        for loss in &pool.survival {
            let each: Vec<f64> = (0..width).map(|m| share(&loss.survives, m)).collect();
            let asked = match loss.level {
                crate::model::Level::Host => declared.redundancy.hosts > 0,
                crate::model::Level::Rack => declared.redundancy.rack,
                _ => declared.redundancy.zone,
            };
            let low = each.iter().position(|p| *p < 0.9);
            if let (true, Some(m)) = (asked, low)
                && worst.as_ref().is_none_or(|(_, _, held, _)| m < *held)
            {
                worst = Some((pool.pool.clone(), loss.level.name(), m, each[m]));
            }
            let mark = if asked { " (wanted)" } else { "" };
            rows.push((format!("{}: a {}{mark}", pool.pool, loss.level.name()), each.into_iter().map(Some).collect()));
        }
    }
    let title = match worst {
        Some((pool, level, m, p)) => {
            format!(
                "From {} on, {pool} survives the loss of a {level} at peak in only {} of futures",
                format::month(base.months[m]),
                format::percent(p)
            )
        }
        None => "Every loss that must be survived is survived in nine futures of ten, all year".to_owned(),
    };
    let subtitle =
        "P(the month's highest hour is carried when the worst host, rack or zone is lost), orders as declared".to_owned();
    Some(chart(evidence, "survival", title, subtitle, ChartBody::Survival { months: base.months.clone(), rows }))
}

/// The worst pool and month of a set of risks.
pub(super) fn worst_of(pools: &[(String, Vec<Estimate>)]) -> Option<(&str, usize, Estimate)> {
    let each = pools.iter().flat_map(|(pool, months)| months.iter().enumerate().map(move |(m, risk)| (pool.as_str(), m, *risk)));
    each.fold(
        None,
        |worst: Option<(&str, usize, Estimate)>, one| {
            if worst.is_none_or(|worst| one.2.value > worst.2.value) { Some(one) } else { worst }
        },
    )
}

fn risk(evidence: &Evidence<'_>) -> Chart {
    let width = evidence.plan.months.len();
    let worst_pool = |risks: &[&Vec<Estimate>]| -> Vec<(f64, f64)> {
        let worst = |m: usize| risks.iter().map(|risk| risk[m]).max_by(|a, b| a.value.total_cmp(&b.value)).unwrap_or_default();
        (0..width).map(|m| (worst(m).value, worst(m).standard_error)).collect()
    };
    let mut lines: Vec<(String, Vec<(f64, f64)>)> = evidence
        .plan
        .scenarios
        .iter()
        .map(|scenario| {
            (scenario.scenario.clone(), worst_pool(&scenario.pools.iter().map(|pool| &pool.risk).collect::<Vec<_>>()))
        })
        .collect();
    let recommended: Vec<&Vec<Estimate>> = evidence.plan.pools.iter().map(|pool| &chosen(pool).risk).collect();
    lines.push(("recommended orders".to_owned(), worst_pool(&recommended)));
    let base: Vec<(String, Vec<Estimate>)> = evidence
        .plan
        .pools
        .iter()
        .map(|pool| (pool.pool.clone(), pool.adequacy.months.iter().map(|month| month.lolp.estimate).collect()))
        .collect();
    let title = worst_of(&base).map_or_else(String::new, |(pool, m, risk)| {
        if risk.value <= evidence.plan.accepted {
            format!("The risk of a shortfall stays within {} in every month", format::percent(evidence.plan.accepted))
        } else {
            let month = format::month(evidence.plan.months[m]);
            format!("With the orders as declared, {pool} falls short in {month} with a chance of {}", format::percent(risk.value))
        }
    });
    let subtitle = "P(any shortfall in the month) of the worst pool, by scenario; ± 2 standard errors".to_owned();
    let body = ChartBody::Risk { months: evidence.plan.months.clone(), lines, accepted: evidence.plan.accepted };
    chart(evidence, "risk", title, subtitle, body)
}

fn cost_risk(evidence: &Evidence<'_>) -> Chart {
    let plan = evidence.plan;
    let total = |pick: &dyn Fn(&PoolPlan) -> &PlanOption| {
        let cost: f64 = plan.pools.iter().map(|pool| pick(pool).cost.0).sum();
        let worst =
            plan.pools.iter().map(|pool| pick(pool).worst()).max_by(|a, b| a.value.total_cmp(&b.value)).unwrap_or_default();
        (cost, worst.value, worst.standard_error)
    };
    let named = |name: &'static str| move |pool: &'_ PoolPlan| pool.options.iter().position(|option| option.name == name);
    let mut points: Vec<(String, f64, f64, f64)> = Vec::new();
    for name in ["no further orders", "as declared", "one lot fewer", "30 days later"] {
        let find = named(name);
        if plan.pools.iter().any(|pool| find(pool).is_some()) {
            let (cost, risk, se) = total(&|pool| &pool.options[find(pool).unwrap_or(pool.chosen)]);
            points.push((name.to_owned(), cost, risk, se));
        }
    }
    let (cost, risk, se) = total(&|pool| chosen(pool));
    points.push(("recommended".to_owned(), cost, risk, se));
    for (accepted, cost, worst) in &plan.frontier {
        points.push((format!("plan for {}", format::percent(*accepted)), cost.0, worst.value, worst.standard_error));
    }
    let mut merged: Vec<(String, f64, f64, f64)> = Vec::new();
    for (name, cost, risk, se) in points {
        match merged.iter_mut().find(|(_, held, at, _)| *held == cost && *at == risk) {
            Some((names, ..)) if names == "recommended" => {}
            Some((names, ..)) if name == "recommended" => *names = name,
            Some((names, ..)) => *names = format!("{names} = {name}"),
            None => merged.push((name, cost, risk, se)),
        }
    }
    let all_meet = plan.pools.iter().all(|pool| chosen(pool).meets);
    let (price, risk) = (format::money(plan.cost(), &plan.currency), format::percent(risk));
    let title = if plan.cost().0 == 0.0 && all_meet {
        format!("Nothing has to be bought: the worst month's risk is {risk}")
    } else if all_meet {
        format!("{price} keep the risk of every month within {}", format::percent(plan.accepted))
    } else {
        format!("{price} bring the worst month's risk down to {risk}, above the {} accepted", format::percent(plan.accepted))
    };
    let subtitle = "Cost of orders within the horizon against P(shortfall) of the worst pool in its worst month that an order can still help".to_owned();
    let body = ChartBody::CostRisk {
        currency: plan.currency.clone(),
        points: merged,
        chosen: "recommended".to_owned(),
        accepted: plan.accepted,
    };
    chart(evidence, "cost-risk", title, subtitle, body)
}

fn orders(evidence: &Evidence<'_>) -> Option<Chart> {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for order in &chosen(pool).orders {
            let label = format!("{}: {}", pool.pool, format::units(order.units, &order.unit));
            rows.push((label, order.order_by, order.arrival.0, order.arrival.1, order.arrival.2, order.needed));
        }
    }
    rows.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    let first = rows.first()?;
    let title = format!("The first order must be placed by {}: {}", format::day(first.1), first.0);
    let subtitle = format!(
        "Order by, arrival (80 % of lead times, median marked) and the day needed; P(late) is at most {}",
        format::percent(evidence.plan.late_arrival)
    );
    let body = ChartBody::Orders { rows, as_of: evidence.plan.today.plus(-1) };
    Some(chart(evidence, "orders", title, subtitle, body))
}

/// The forecast of a pool's binding resource.
pub(super) fn binding_forecast<'a>(evidence: &'a Evidence<'_>, pool: &PoolPlan) -> Option<&'a Forecast> {
    let key = SeriesKey::demand(&pool.pool, &pool.at_end.binding);
    evidence.forecasts.iter().find(|forecast| forecast.key == key)
}
