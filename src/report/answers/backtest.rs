//! What was said from earlier days against what came: the back-test of each forecast, point by point.

use std::collections::{BTreeMap, BTreeSet};

use super::demand::binding_forecast;
use crate::paths::{Forecast, HeldBack};
use crate::report::charts::chart;
use crate::report::tables::{count, table, text};
use crate::report::{Cell, Chart, ChartBody, Evidence, Panel, Table, format};
use crate::stats::Estimate;
use crate::time::Day;

/// Origins that have a panel.
const PANELS: usize = 3;
/// Levels before the origin that a panel shows, at most.
const PAST: usize = 180;
/// Stretches of the steps ahead by which coverage is told.
const STRETCHES: usize = 8;

/// Every level that was held back, with what was said of it before: one row a series, origin and day.
pub(in crate::report) fn points_table(forecasts: &[Forecast]) -> Table {
    let mut rows = Vec::new();
    for forecast in forecasts {
        for point in forecast.backtest.iter().flat_map(|test| &test.held) {
            let mut row = vec![
                text(forecast.key.pool().unwrap_or("")),
                text(&forecast.key.metric),
                text(forecast.unit.name()),
                Cell::Day(point.origin),
                count(u64::from(point.ahead)),
                Cell::Day(point.day),
                Cell::Number(point.came),
            ];
            row.extend(point.said.map(Cell::Number));
            row.extend([0, 1].map(|band| Cell::Flag(point.inside(band))));
            rows.push(row);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("resource", "Resource", ""),
        ("unit", "Unit", ""),
        ("origin", "Last day known", ""),
        ("ahead", "Steps ahead", ""),
        ("day", "Day", ""),
        ("actual", "What came", ""),
        ("p2.5", "P2.5", ""),
        ("p10", "P10", ""),
        ("p50", "P50", ""),
        ("p90", "P90", ""),
        ("p97.5", "P97.5", ""),
        ("inside_80", "In the 80 % band", ""),
        ("inside_95", "In the 95 % band", ""),
    ];
    table("backtest-points", "What was forecast from earlier days, and what came", &columns, rows)
}

/// The share of points inside a band (0: 80 %, 1: 95 %), k ÷ n, and its standard error over origins, whose points lie in or out together:
/// √(J ÷ (J − 1) · Σ (kⱼ − p nⱼ)²) ÷ n for J origins with kⱼ of nⱼ inside.
fn coverage(points: &[HeldBack], band: usize) -> Estimate {
    let mut origins: BTreeMap<Day, (f64, f64)> = BTreeMap::new();
    for point in points {
        let (inside, all) = origins.entry(point.origin).or_default();
        *inside += f64::from(u8::from(point.inside(band)));
        *all += 1.0;
    }
    let (inside, all) = origins.values().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let (share, each) = (inside / f64::max(all, 1.0), origins.len() as f64);
    let squares: f64 = origins.values().map(|(inside, all)| (inside - share * all).powi(2)).sum();
    let standard_error = if each > 1.0 { (each / (each - 1.0) * squares).sqrt() / all } else { 0.0 };
    Estimate { value: share, standard_error }
}

/// The share inside a band with its standard error, in words.
pub(super) fn held(points: &[HeldBack], band: usize) -> String {
    let share = coverage(points, band);
    format!("{} ± {}", format::percent(share.value), format::percent(share.standard_error))
}

/// All amounts of a panel in a unit that is `factor` times as large.
fn scale(panel: &mut Panel, factor: f64) {
    panel.past.iter_mut().chain(&mut panel.came).flatten().for_each(|level| *level /= factor);
    panel.median.iter_mut().for_each(|level| *level /= factor);
    panel.bands.iter_mut().flat_map(|(_, lows, highs)| lows.iter_mut().chain(highs)).for_each(|level| *level /= factor);
}

/// Last step, shares inside the 80 % and the 95 % band, by stretches of the steps ahead with about as many points each: far steps have few,
/// and the share of a few dives or leaps by chance.
fn by_step(points: &[HeldBack]) -> Vec<(u32, f64, f64)> {
    let mut steps: BTreeMap<u32, Vec<HeldBack>> = BTreeMap::new();
    for point in points {
        steps.entry(point.ahead).or_default().push(*point);
    }
    let enough = points.len().div_ceil(STRETCHES);
    let mut stretches: Vec<(u32, Vec<HeldBack>)> = Vec::new();
    for (step, some) in steps {
        match stretches.last_mut() {
            Some((last, of)) if of.len() < enough => {
                *last = step;
                of.extend(some);
            }
            _ => stretches.push((step, some)),
        }
    }
    // what is left over joins the stretch before it
    if let [.., before, (last, of)] = stretches.as_mut_slice()
        && 2 * of.len() < enough
    {
        before.0 = *last;
        before.1.append(of);
        stretches.pop();
    }
    stretches.into_iter().map(|(last, of)| (last, coverage(&of, 0).value, coverage(&of, 1).value)).collect()
}

/// That of a pool's binding resource; `None` where nothing could be held back.
pub(in crate::report) fn backtest_chart(evidence: &Evidence<'_>, p: usize) -> Option<Chart> {
    let plan = &evidence.plan.pools[p];
    let forecast = binding_forecast(evidence, plan)?;
    let points = forecast.backtest.as_ref().map(|test| test.held.as_slice()).filter(|points| !points.is_empty())?;
    let origins: Vec<Day> = points.iter().map(|point| point.origin).collect::<BTreeSet<_>>().into_iter().collect();
    let shown = origins.len().min(PANELS);
    // the oldest, the newest and what lies between them
    let picked: BTreeSet<usize> = (0..shown).map(|i| i * (origins.len() - 1) / (shown - 1).max(1)).collect();
    let most = points.iter().map(|point| point.came.abs()).fold(0.0, f64::max);
    let (prefix, factor) = format::prefix(most, &forecast.unit);
    let mut panels: Vec<Panel> = picked.into_iter().filter_map(|at| panel(forecast, points, origins[at])).collect();
    for panel in &mut panels {
        scale(panel, factor);
    }
    let said = |band: usize| held(points, band);
    let title = format!("{}: the 80 % band held {} of what came, the 95 % band {}", plan.pool, said(0), said(1));
    let step = if forecast.step_days == 1 { "a day" } else { "a week" };
    let subtitle = format!(
        "{} in {}. Above: from {} of {} earlier days, what came (dark), median, 80 and 95 % bands of the steps scored (blue). Below: share of {} points inside the \
         bands by steps ahead (a step is {step}). ± is a standard error over the earlier days, which share part of what came",
        plan.at_end.binding,
        format::unit_name(prefix, &forecast.unit),
        panels.len(),
        origins.len(),
        points.len()
    );
    let body = ChartBody::Backtest { panels, coverage: by_step(points) };
    Some(Chart { pool: Some(plan.pool.clone()), ..chart(evidence, &format!("backtest-{}", plan.pool), title, subtitle, body) })
}

/// What was said on one day.
fn panel(forecast: &Forecast, points: &[HeldBack], origin: Day) -> Option<Panel> {
    let of: Vec<&HeldBack> = points.iter().filter(|point| point.origin == origin).collect();
    let last = of.last()?;
    let known = forecast.history.partition_point(|(day, _)| *day <= origin);
    let levels =
        |from: usize, to: usize| forecast.history.get(from..to).map(|days| days.iter().map(|(_, level)| *level).collect());
    let said = |at: usize| of.iter().map(|point| point.said[at]).collect::<Vec<f64>>();
    let first = forecast.history.get(known)?.0;
    Some(Panel {
        name: format!("said on {}", format::day(origin)),
        past: levels(known.saturating_sub(PAST.min(2 * last.ahead as usize)), known)?,
        came: levels(known, known + last.ahead as usize)?,
        median: said(2),
        bands: vec![(0.95, said(0), said(4)), (0.8, said(1), said(3))],
        steps: of.iter().map(|point| point.ahead).collect(),
        ends: Some((format::day_of_month(first), format::day(last.day))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(origin: i32, ahead: u32, came: f64) -> HeldBack {
        let day = Day(origin + ahead as i32);
        HeldBack { origin: Day(origin), day, ahead, came, said: [0.0, 1.0, 5.0, 9.0, 10.0] }
    }

    #[test]
    fn coverage_is_counted_and_its_error_is_over_origins() {
        // two of four and four of four inside the 80 % band, edges among them: p = 6/8, s.e. = √(2 · (1 + 1)) / 8 = 1/4
        let first = [0.5, 1.0, 9.0, 9.5].map(|came| point(100, 1, came));
        let then = [1.0, 2.0, 3.0, 4.0].map(|came| point(200, 2, came));
        let all: Vec<HeldBack> = first.into_iter().chain(then).collect();
        let (narrow, wide) = (coverage(&all, 0), coverage(&all, 1));
        assert_eq!((narrow.value, narrow.standard_error), (0.75, 0.25));
        assert_eq!((wide.value, wide.standard_error), (1.0, 0.0));
        assert_eq!(by_step(&all), [(1, 0.5, 1.0), (2, 1.0, 1.0)]);
        assert_eq!(coverage(&first, 0).standard_error, 0.0, "one origin has no spread");
    }

    #[test]
    fn coverage_by_step_counts_every_point_once() {
        let all: Vec<HeldBack> = (1..=48).map(|ahead| point(100, ahead, if ahead <= 6 { 20.0 } else { 5.0 })).collect();
        let told = by_step(&all);
        assert_eq!(told.len(), STRETCHES);
        assert_eq!((told[0], told[1], told[7].0), ((6, 0.0, 0.0), (12, 1.0, 1.0), 48));
    }

    #[test]
    fn a_few_points_of_far_steps_are_no_stretch_of_their_own() {
        // ten points a step up to step 8, one a step after that, all outside
        let near = (1..=8).flat_map(|ahead| (0..10).map(move |i| point(100 + i, ahead, 5.0)));
        let all: Vec<HeldBack> = near.chain((9..=11).map(|ahead| point(100, ahead, 20.0))).collect();
        let told = by_step(&all);
        assert_eq!(told.last().map(|last| last.0), Some(11));
        assert!(told.iter().all(|(_, narrow, _)| *narrow > 0.8), "{told:?}");
    }
}
