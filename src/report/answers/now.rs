//! Question 3: where are we now?

use crate::plan::Spread;
use crate::report::compose::{finding, section};
use crate::report::tables::{table, text};
use crate::report::{Cell, Evidence, Section, Table, Weight, format};

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let each = evidence.plan.pools.iter().map(|pool| {
        let binding = &pool.now.binding;
        let line = pool.lines.iter().find(|line| line.resource == *binding);
        let used = line.and_then(|line| {
            let peak = recent_peak(evidence, &pool.pool, binding)?;
            let safe = line.capacity * line.ratio;
            Some(format!(": {} of {} in the last 28 days", format::amount(peak, &line.unit), format::amount(safe, &line.unit)))
        });
        let (room, reserve) = (pool.now.all_up, pool.now.reserve);
        let words =
            |n: i32| if n < 0 { format!("{} × {} missing", -n, pool.unit) } else { format!("{n} × {} to spare", pool.unit) };
        let guarded = if pool.reserve_exhaustion.is_some() {
            format!("; with its redundancy lost {}", words(reserve.p50))
        } else {
            String::new()
        };
        let sentence = format!(
            "{}: {binding} binds{}; in {} {} with everything up{guarded} (median future).",
            pool.pool,
            used.unwrap_or_default(),
            format::month(pool.now.month),
            words(room.p50)
        );
        let weight = if reserve.p50 < 0 {
            Weight::Act
        } else if reserve.p10 < 0 {
            Weight::Watch
        } else {
            Weight::Good
        };
        let by = line.map_or_else(String::new, |line| format!("; the line: {}{}", line.method, between(line)));
        let basis = format!("least room of the month over all futures, rounded down to whole units{by}");
        finding(sentence, weight, &basis, "headroom").of(&pool.pool).number(
            f64::from(room.p50),
            f64::from(room.p10),
            f64::from(room.p90),
            "80 % of futures",
        )
    });
    section(3, "now", "Where are we now?", each.collect()).show(&[], &["headroom", "load-lines"])
}

/// ", 0.71 to 0.74 of capacity", where the interval of a line is known.
fn between(line: &crate::plan::Line) -> String {
    let words = |(low, high): (f64, f64)| format!(", {} to {} of capacity", format::percent(low), format::percent(high));
    line.interval.map_or_else(String::new, words)
}

pub(in crate::report) fn headroom_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for headroom in [&pool.now, &pool.at_end] {
            let mut row = vec![text(&pool.pool), text(&headroom.month.to_string()), text(&pool.unit), text(&headroom.binding)];
            row.extend(spread(headroom.all_up));
            row.extend(spread(headroom.reserve));
            rows.push(row);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("month", "Month", ""),
        ("unit", "Unit to buy", ""),
        ("binding", "Binds", ""),
        ("room_p10", "Room P10", "units"),
        ("room_p50", "Room P50", "units"),
        ("room_p90", "Room P90", "units"),
        ("reserve_p10", "With reserve P10", "units"),
        ("reserve_p50", "With reserve P50", "units"),
        ("reserve_p90", "With reserve P90", "units"),
    ];
    table("headroom", "Room at the month's worst planned level, in units to buy", &columns, rows)
}

pub(in crate::report) fn lines_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        for line in &pool.lines {
            let recent = recent_peak(evidence, &pool.pool, &line.resource);
            rows.push(vec![
                text(&pool.pool),
                text(&line.resource),
                text(line.unit.name()),
                Cell::Number(line.capacity),
                Cell::Number(line.ratio),
                line.interval.map_or(Cell::Missing, |(low, _)| Cell::Number(low)),
                line.interval.map_or(Cell::Missing, |(_, high)| Cell::Number(high)),
                Cell::Number(line.capacity * line.ratio),
                recent.map_or(Cell::Missing, Cell::Number),
                recent.map_or(Cell::Missing, |level| Cell::Number(level / (line.capacity * line.ratio))),
                text(&line.method),
            ]);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("resource", "Resource", ""),
        ("unit", "Unit", ""),
        ("capacity", "Capacity", ""),
        ("line_ratio", "Safe share", "ratio"),
        ("line_low", "At least", "ratio"),
        ("line_high", "At most", "ratio"),
        ("line", "Safe-load line", ""),
        ("recent_peak", "Peak of the last 28 days", ""),
        ("used", "Of the line", "ratio"),
        ("method", "Line by", ""),
    ];
    table("load-lines", "Demand against the safe-load line today", &columns, rows)
}

fn spread(spread: Spread) -> [Cell; 3] {
    [spread.p10, spread.p50, spread.p90].map(|value| Cell::Integer(i64::from(value)))
}

/// The highest level of the last 28 days of history.
pub(in crate::report) fn recent_peak(evidence: &Evidence<'_>, pool: &str, resource: &str) -> Option<f64> {
    let key = crate::series::SeriesKey::demand(pool, resource);
    let forecast = evidence.forecasts.iter().find(|forecast| forecast.key == key)?;
    let from = forecast.start.plus(-28);
    let recent = forecast.history.iter().filter(|(day, _)| *day >= from).filter_map(|(_, level)| *level);
    recent.fold(None, |peak, level| Some(peak.map_or(level, |peak: f64| peak.max(level))))
}
