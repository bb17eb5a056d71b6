//! The week of each demand: which hours of which days carry it.

use crate::report::charts::chart;
use crate::report::{Chart, ChartBody, Evidence, format};
use crate::series::SeriesKey;
use crate::time::Step;

/// Weeks of history that the means are over.
const WEEKS: i32 = 8;
/// A week whose highest hour is at most so many times its lowest has no hours of its own.
const FLAT: f64 = 1.1;
/// Fewer hours of the week than a day has say nothing of a week.
const LEAST_CELLS: usize = 24;

const DAYS: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/// That of a pool with hourly history.
pub(in crate::report) fn season_chart(evidence: &Evidence<'_>, p: usize) -> Option<Chart> {
    let plan = &evidence.plan.pools[p];
    let resource = &plan.at_end.binding;
    let series = evidence.panel.series.get(&SeriesKey::demand(&plan.pool, resource))?;
    if series.step > Step::HOUR {
        return None;
    }
    let zone = &evidence.scenarios.first()?.model.zone;
    let until = evidence.plan.today;
    let mut sums = vec![[(0.0, 0_u32); 24]; 7];
    for (index, bin) in series.bins.iter().enumerate() {
        let (day, hour) = zone.civil(series.at(index));
        if let Some(bin) = bin
            && day < until
            && day >= until.plus(-7 * WEEKS)
        {
            let cell = &mut sums[day.weekday()][usize::from(hour)];
            *cell = (cell.0 + bin.mean, cell.1 + 1);
        }
    }
    let mean = |(sum, count): &(f64, u32)| (*count > 0).then(|| sum / f64::from(*count));
    let cells: Vec<Vec<Option<f64>>> = sums.iter().map(|day| day.iter().map(mean).collect()).collect();
    let known: Vec<(usize, usize, f64)> = cells
        .iter()
        .enumerate()
        .flat_map(|(day, row)| row.iter().enumerate().filter_map(move |(hour, cell)| Some((day, hour, (*cell)?))))
        .collect();
    if known.len() < LEAST_CELLS {
        return None;
    }
    let whole = known.iter().map(|cell| cell.2).sum::<f64>() / known.len() as f64;
    // of ties the first
    let most = known.iter().rev().max_by(|a, b| a.2.total_cmp(&b.2))?;
    let least = known.iter().min_by(|a, b| a.2.total_cmp(&b.2))?;
    let times = |value: f64| if whole > 0.0 { format!("{:.1} times", value / whole) } else { "as much as".to_owned() };
    let at = |(day, hour, _): &(usize, usize, f64)| format!("on {} at {hour}:00", DAYS[*day]);
    let title = if most.2 <= FLAT * least.2 {
        let share = |value: f64| format!("{:.2}", value / whole);
        let (low, high) = (share(least.2), share(most.2));
        format!("{} needs about as much {resource} in every hour of the week: {low} to {high} times its mean", plan.pool)
    } else {
        let (most, least) = ((at(most), times(most.2)), (at(least), times(least.2)));
        format!("{} needs most {resource} {}, {} its mean; least {}, {}", plan.pool, most.0, most.1, least.0, least.1)
    };
    let subtitle = format!(
        "Mean demand for {resource} by weekday and hour over the last {WEEKS} weeks to {}, time zone {}",
        format::day(until.plus(-1)),
        zone.name()
    );
    let body = ChartBody::Season { unit: series.unit.name().to_owned(), cells };
    Some(Chart { pool: Some(plan.pool.clone()), ..chart(evidence, &format!("season-{}", plan.pool), title, subtitle, body) })
}
