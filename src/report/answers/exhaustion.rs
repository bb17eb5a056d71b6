//! Question 5: when do we cross?

use super::now::capitalised;
use crate::plan::{Exhaustion, PoolPlan, RollUp};
use crate::report::charts::chart;
use crate::report::compose::{finding, section};
use crate::report::tables::{both, day, table, text};
use crate::report::{Chart, ChartBody, Evidence, Finding, Section, Table, Weight, format};
use crate::time::Day;

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let end = evidence.plan.end;
    let mut findings = Vec::new();
    for pool in &evidence.plan.pools {
        let variants = [("everything up", Some(&pool.exhaustion)), ("its redundancy lost", pool.reserve_exhaustion.as_ref())];
        for (variant, found) in variants.into_iter().filter_map(|(variant, found)| Some((variant, found?))) {
            let never = found.never;
            let sentence = match crossing_words(found, end) {
                Some(words) => format!(
                    "{} with {variant}: crosses {words}; P(never before {}) = {}.",
                    pool.pool,
                    format::day(end),
                    format::percent(never.value)
                ),
                None => format!(
                    "{} with {variant}: does not cross before {} in {} of futures.",
                    pool.pool,
                    format::day(end),
                    format::percent(never.value)
                ),
            };
            let weight = if found.p50.is_some() {
                Weight::Act
            } else if found.p10.is_some() {
                Weight::Watch
            } else {
                Weight::Good
            };
            findings.push(
                finding(sentence, weight, "first passage of each future, confirmed over the declared span", "exhaustion")
                    .of(&pool.pool)
                    .estimate(never),
            );
        }
    }
    for of in &evidence.plan.roll_ups {
        let variants = [("everything up", Some(&of.exhaustion)), ("each pool's redundancy lost", of.reserve_exhaustion.as_ref())];
        for (variant, found) in variants.into_iter().filter_map(|(variant, found)| Some((variant, found?))) {
            // those that hold are in the table
            if found.p10.is_some() {
                findings.push(together(of, variant, found, end));
            }
        }
    }
    section(5, "exhaustion", "When do we cross?", findings).show(&["exhaustion"], &["exhaustion"])
}

/// When a service, zone or region runs out.
fn together(of: &RollUp, variant: &str, found: &Exhaustion, end: Day) -> Finding {
    let never = format!("P(never before {}) = {}", format::day(end), format::percent(found.never.value));
    let words = crossing_words(found, end).unwrap_or_else(|| "in fewer than half of the futures".to_owned());
    let (level, name, resource) = (capitalised(of.level), &of.name, &of.resource);
    let sentence = format!("{level} {name}, {resource} of all its pools with {variant}: crosses {words}; {never}.");
    let weight = if found.p50.is_some() { Weight::Act } else { Weight::Watch };
    let basis = "first passage of the sum in each future, confirmed over the declared span";
    finding(sentence, weight, basis, "roll-ups").estimate(found.never)
}

pub(in crate::report) fn exhaustion_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for pool in &evidence.plan.pools {
        let mut add = |variant: &str, found: &Exhaustion| {
            let mut row = vec![text(&pool.pool), text(variant), day(found.p10), day(found.p50), day(found.p90)];
            row.extend([day(found.p50_interval.0), day(found.p50_interval.1)]);
            row.extend(both(found.never));
            rows.push(row);
        };
        add("everything up", &pool.exhaustion);
        if let Some(found) = &pool.reserve_exhaustion {
            add("redundancy lost", found);
        }
    }
    let columns = [
        ("pool", "Pool", ""),
        ("variant", "With", ""),
        ("p10", "P10", ""),
        ("p50", "P50", ""),
        ("p90", "P90", ""),
        ("p50_low", "P50, 95 % low", ""),
        ("p50_high", "P50, 95 % high", ""),
        ("p_never", "P(never in the horizon)", "ratio"),
        ("p_never_se", "± s.e.", "ratio"),
    ];
    table("exhaustion", "When demand stays above the safe-load line", &columns, rows)
}

pub(in crate::report) fn exhaustion_chart(evidence: &Evidence<'_>) -> Chart {
    let curves = evidence.plan.pools.iter().map(|pool| {
        let found = pool.reserve_exhaustion.as_ref().unwrap_or(&pool.exhaustion);
        (pool.pool.clone(), found.curve.clone())
    });
    let title = match first_to_cross(evidence).and_then(|(pool, found)| Some((pool, crossing_words(found, evidence.plan.end)?))) {
        Some((pool, _)) if is_out(evidence, pool) => {
            format!(
                "{} is out of safe capacity from the first day, {}, in nine of ten futures",
                pool.pool,
                format::day(evidence.plan.today)
            )
        }
        Some((pool, words)) => format!("{} is first to run out: {words}", pool.pool),
        None => format!("No pool is likely to run out before {}", format::day(evidence.plan.end)),
    };
    let subtitle =
        "P(demand has crossed the safe-load line and stays above), the declared redundancy lost, orders as declared".to_owned();
    let body = ChartBody::Exhaustion { curves: curves.collect(), today: evidence.plan.today, horizon: evidence.plan.end };
    chart(evidence, "exhaustion", title, subtitle, body)
}

/// Whether a pool is above its line from the first day on in nearly all futures.
fn is_out(evidence: &Evidence<'_>, pool: &PoolPlan) -> bool {
    let found = pool.reserve_exhaustion.as_ref().unwrap_or(&pool.exhaustion);
    found.p90.is_some_and(|day| day <= evidence.plan.today)
}

/// "on 14 Mar 2027 (80 %: 2 Feb – 30 May)".
pub(in crate::report) fn crossing_words(found: &Exhaustion, end: Day) -> Option<String> {
    let middle = found.p50?;
    if found.p10.is_some() && found.p10 == found.p90 {
        return Some(format!("on {} (in 80 % of futures that day)", format::day(middle)));
    }
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

/// Pools by their median crossing with everything up, the first to cross first; those that mostly do not, by how likely they do.
pub(in crate::report) fn by_crossing(evidence: &Evidence<'_>) -> Vec<usize> {
    let pools = &evidence.plan.pools;
    let day = |p: usize| pools[p].exhaustion.p50.map_or(i32::MAX, |day| day.0);
    let never = |p: usize| pools[p].exhaustion.never.value;
    let mut order: Vec<usize> = (0..pools.len()).collect();
    order.sort_by(|a, b| day(*a).cmp(&day(*b)).then(never(*a).total_cmp(&never(*b))).then(a.cmp(b)));
    order
}

/// The pool that crosses first, by the date that guards its redundancy where one is declared.
pub(in crate::report) fn first_to_cross<'a>(evidence: &'a Evidence<'_>) -> Option<(&'a PoolPlan, &'a Exhaustion)> {
    let guarded = |pool: &'a PoolPlan| pool.reserve_exhaustion.as_ref().unwrap_or(&pool.exhaustion);
    let all = evidence.plan.pools.iter().map(|pool| (pool, guarded(pool)));
    all.filter(|(_, found)| found.p50.is_some()).min_by_key(|(_, found)| (found.p50, found.p10))
}
