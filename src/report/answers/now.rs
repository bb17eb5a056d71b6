//! Question 3: where are we now?

use super::exhaustion::by_crossing;
use super::orders::accepts_crossing;
use crate::plan::{RollUp, Spread};
use crate::report::compose::{finding, section};
use crate::report::tables::{both, count, day, table, text};
use crate::report::{Cell, Evidence, Finding, Section, Table, Weight, format};

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
        let words = |n: i32| match n {
            0 => format!("no {} to spare", pool.unit),
            n if n < 0 => format!("{} × {} missing", -n, pool.unit),
            n => format!("{n} × {} to spare", pool.unit),
        };
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
        let weight = if reserve.p50 < 0 && !accepts_crossing(pool) {
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
    let mut tables = vec!["headroom", "load-lines"];
    if !evidence.plan.roll_ups.is_empty() {
        tables.push("roll-ups");
    }
    let findings = each.chain(alike(&evidence.plan.roll_ups).iter().map(|(named, of)| together(named, of))).collect();
    // those that are drawn
    let charts: Vec<String> =
        by_crossing(evidence).into_iter().map(|p| format!("latency-{}", evidence.plan.pools[p].pool)).collect();
    let charts: Vec<&str> = charts.iter().map(String::as_str).collect();
    section(3, "now", "Where are we now?", findings).show(&charts, &tables)
}

/// The room of a service, zone or region.
fn together(named: &str, of: &RollUp) -> Finding {
    let [now, _] = &of.rooms;
    let (room, reserve) = (now.all_up, now.reserve);
    let words = |amount: f64| {
        let said = if amount < 0.0 { "missing" } else { "to spare" };
        let units = of.units(amount).zip(of.bought.as_ref());
        let units = units.map_or_else(String::new, |(units, (unit, _))| match units {
            0 => format!(" (less than 1 × {unit})"),
            units => format!(" ({} × {unit})", units.abs()),
        });
        format!("{}{units} {said}", format::amount(amount.abs(), &of.unit))
    };
    let guarded = if of.reserve_exhaustion.is_some() {
        format!("; with the redundancy of each pool lost {}", words(reserve.p50))
    } else {
        String::new()
    };
    let sentence = format!(
        "{named}, {} of {}: in {} {} with everything up{guarded} (median future).",
        of.resource,
        format::counted(of.pools, "pool"),
        format::month(now.month),
        words(room.p50)
    );
    let weight = if reserve.p50 < 0.0 {
        Weight::Act
    } else if reserve.p10 < 0.0 {
        Weight::Watch
    } else {
        Weight::Good
    };
    let basis = "usable capacity less demand of all its pools on the same day, future by future; load of one pool does not move to another";
    finding(sentence, weight, basis, "roll-ups").number(room.p50, room.p10, room.p90, "80 % of futures")
}

/// Services, zones and regions, those with the same numbers once with the names of all: "Zones a and b, each", "Service shop and zone a, each".
pub(super) fn alike(all: &[RollUp]) -> Vec<(String, &RollUp)> {
    let numbers = |of: &RollUp| (of.rooms, of.pools);
    let same = |a: &RollUp, b: &RollUp| {
        numbers(a) == numbers(b)
            && (&a.resource, &a.unit, &a.bought) == (&b.resource, &b.unit, &b.bought)
            && (&a.exhaustion, &a.reserve_exhaustion) == (&b.exhaustion, &b.reserve_exhaustion)
    };
    let mut groups: Vec<Vec<&RollUp>> = Vec::new();
    for of in all {
        match groups.iter_mut().find(|group| same(group[0], of)) {
            Some(group) => group.push(of),
            None => groups.push(vec![of]),
        }
    }
    groups.into_iter().map(|group| (names(&group), group[0])).collect()
}

/// Their names, level by level.
fn names(group: &[&RollUp]) -> String {
    let of_a_level = |same: &[&RollUp]| {
        let level = format!("{}{}", same[0].level, if same.len() > 1 { "s" } else { "" });
        format!("{level} {}", format::listed(&same.iter().map(|of| of.name.clone()).collect::<Vec<_>>()))
    };
    let levels: Vec<String> = group.chunk_by(|a, b| a.level == b.level).map(of_a_level).collect();
    let each = if group.len() > 1 { ", each" } else { "" };
    format!("{}{each}", capitalised(&format::listed(&levels)))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Rooms and dates of services, zones and regions.
pub(in crate::report) fn roll_ups_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for of in &evidence.plan.roll_ups {
        for room in &of.rooms {
            let mut row = vec![
                text(of.level),
                text(&of.name),
                text(&of.resource),
                count(of.pools as u64),
                text(&room.month.to_string()),
                text(of.unit.name()),
            ];
            for amounts in [room.all_up, room.reserve] {
                row.extend([amounts.p10, amounts.p50, amounts.p90].map(Cell::Number));
            }
            row.push(of.bought.as_ref().map_or(Cell::Missing, |(unit, _)| text(unit)));
            row.extend([room.all_up, room.reserve].map(|of_room| of.units(of_room.p50).map_or(Cell::Missing, Cell::Integer)));
            row.extend([day(of.exhaustion.p10), day(of.exhaustion.p50), day(of.exhaustion.p90)]);
            row.extend(both(of.exhaustion.never));
            let reserve = of.reserve_exhaustion.as_ref();
            row.push(day(reserve.and_then(|found| found.p50)));
            row.extend(reserve.map_or([Cell::Missing, Cell::Missing], |found| both(found.never)));
            rows.push(row);
        }
    }
    let columns = [
        ("level", "Level", ""),
        ("name", "Name", ""),
        ("resource", "Resource", ""),
        ("pools", "Pools", ""),
        ("month", "Month", ""),
        ("unit", "Unit", ""),
        ("room_p10", "Room P10", ""),
        ("room_p50", "Room P50", ""),
        ("room_p90", "Room P90", ""),
        ("reserve_p10", "With reserve P10", ""),
        ("reserve_p50", "With reserve P50", ""),
        ("reserve_p90", "With reserve P90", ""),
        ("buys", "Unit to buy", ""),
        ("room_units", "Room P50", "units"),
        ("reserve_units", "With reserve P50", "units"),
        ("crosses_p10", "Crosses P10", ""),
        ("crosses_p50", "Crosses P50", ""),
        ("crosses_p90", "Crosses P90", ""),
        ("p_never", "P(never in the horizon)", "ratio"),
        ("p_never_se", "± s.e.", "ratio"),
        ("reserve_crosses_p50", "With reserve, crosses P50", ""),
        ("reserve_p_never", "With reserve, P(never)", "ratio"),
        ("reserve_p_never_se", "± s.e.", "ratio"),
    ];
    table("roll-ups", "Room of services, zones and regions: pools summed future by future", &columns, rows)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Amounts, Exhaustion, RolledRoom};
    use crate::time::Day;
    use crate::units::Unit;

    fn of(level: &'static str, name: &str, room: f64) -> RollUp {
        let amounts = Amounts { p10: room, p50: room, p90: room };
        let room = RolledRoom { month: "2026-11".parse().unwrap(), all_up: amounts, reserve: amounts };
        RollUp {
            level,
            name: name.to_owned(),
            resource: "cpu".to_owned(),
            unit: Unit::named("cores"),
            pools: 1,
            bought: None,
            rooms: [room, room],
            exhaustion: Exhaustion::of(&[None; 4], Day(0)),
            reserve_exhaustion: None,
        }
    }

    #[test]
    fn roll_ups_of_the_same_numbers_stand_once_with_the_names_of_all() {
        let all = [
            of("service", "shop", 9.0),
            of("zone", "a", 3.0),
            of("zone", "b", 3.0),
            of("zone", "c", 4.0),
            of("region", "eu", 9.0),
        ];
        let told: Vec<String> = alike(&all).iter().map(|(named, of)| together(named, of).sentence).collect();
        let starts = [
            "Service shop and region eu, each, cpu of 1 pool: in Nov 2026 9 cores to spare",
            "Zones a and b, each, cpu",
            "Zone c, cpu",
        ];
        assert_eq!(told.len(), starts.len(), "{told:?}");
        assert!(told.iter().zip(starts).all(|(told, start)| told.starts_with(start)), "{told:?}");
    }
}
