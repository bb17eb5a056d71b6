//! Many pools at once: small fans, the first to cross first.

use super::demand::{HISTORY_DAYS, binding_forecast, capacity, level_at};
use super::exhaustion::by_crossing;
use crate::paths::QuantileAt;
use crate::report::charts::chart;
use crate::report::{Chart, ChartBody, Evidence, SmallFan, format};
use crate::time::Day;

/// Panels at most; a slide shows fewer.
const PANELS: usize = 24;

/// Small fans of all pools that have a forecast; `None` for fewer than two.
pub(in crate::report) fn fans_chart(evidence: &Evidence<'_>) -> Option<Chart> {
    let pools = &evidence.plan.pools;
    let panels: Vec<SmallFan> = by_crossing(evidence).into_iter().filter_map(|p| small_fan(evidence, p)).take(PANELS).collect();
    if panels.len() < 2 {
        return None;
    }
    let crossing = pools.iter().filter(|pool| pool.exhaustion.p50.is_some()).count();
    let end = format::day(evidence.plan.end);
    let title = match (crossing, pools.len()) {
        (0, all) => format!("With everything up, none of {all} pools is likely to cross its safe-load line by {end}"),
        (1, all) => {
            format!("With everything up, 1 of {all} pools is likely to cross its safe-load line by {end}: {}", panels[0].pool)
        }
        (some, all) => {
            let first = &panels[0].pool;
            format!("With everything up, {some} of {all} pools are likely to cross their safe-load line by {end}, {first} first")
        }
    };
    let subtitle = "Highest day of each week: history (dark), median and 8 of 10 futures (blue); safe-load line (red). Each pool has a scale of its own; \
                    no unit lost, orders as declared"
        .to_owned();
    let body = ChartBody::Fans { panels, pools: pools.len(), as_of: evidence.plan.today.plus(-1) };
    Some(chart(evidence, "fleet", title, subtitle, body))
}

fn small_fan(evidence: &Evidence<'_>, p: usize) -> Option<SmallFan> {
    let plan = &evidence.plan.pools[p];
    let forecast = binding_forecast(evidence, plan)?;
    let line = plan.lines.iter().find(|line| line.resource == plan.at_end.binding)?;
    let from = forecast.start.plus(-HISTORY_DAYS);
    let pool = &evidence.scenarios.first()?.model.pools[p];
    let all = capacity(evidence, pool, &plan.at_end.binding, from);
    let safe: Vec<(Day, f64)> = all.iter().map(|(day, amount)| (*day, amount * line.ratio)).collect();
    let every = (7 / forecast.step_days.max(1)).max(1) as usize;
    let value = |of: &[QuantileAt], p: f64| of.iter().find(|at| (at.probability - p).abs() < 1e-9).map_or(0.0, |at| at.value);
    // a week that is not whole would be lower for no reason
    let weeks = || forecast.quantiles.chunks_exact(every);
    // the day of the week that is highest, as in the history
    let highest = |p: f64| weeks().map(move |week| week.iter().map(|day| value(day, p)).fold(f64::NEG_INFINITY, f64::max));
    let history: Vec<(Day, Option<f64>)> = forecast.history.iter().filter(|(day, _)| *day >= from).copied().collect();
    let crosses = plan.exhaustion.p50.map_or_else(
        || format!("no crossing in {} of futures", format::percent(plan.exhaustion.never.value)),
        |day| format!("crosses {}", format::day(day)),
    );
    Some(SmallFan {
        pool: plan.pool.clone(),
        crosses,
        unit: forecast.unit.name().to_owned(),
        history: weekly(&history, every),
        days: (0..weeks().len()).map(|w| forecast.start.plus((w * every) as i32 * forecast.step_days as i32)).collect(),
        band: highest(0.1).zip(highest(0.9)).collect(),
        median: highest(0.5).collect(),
        crossing: plan.exhaustion.p50.map(|day| (day, level_at(&safe, day))),
        line: safe,
    })
}

/// The highest level of each whole week, `every` values, on its first day; weeks end with the history, those without any level are left out.
fn weekly(history: &[(Day, Option<f64>)], every: usize) -> Vec<(Day, f64)> {
    let highest = |week: &[(Day, Option<f64>)]| {
        let seen = week.iter().filter_map(|(_, level)| *level);
        Some((week.first()?.0, seen.reduce(f64::max)?))
    };
    history[history.len() % every..].chunks_exact(every).filter_map(highest).collect()
}
