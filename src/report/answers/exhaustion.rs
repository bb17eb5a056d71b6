//! Question 5: when do we cross?

use super::now::alike;
use super::orders::accepts_crossing;
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
            let sentence = match crossing_said(found, evidence.plan.today, end) {
                Some(said) => format!(
                    "{} with {variant}: {said}; P(never before {}) = {}.",
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
            let weight = if found.p50.is_some() && !accepts_crossing(pool) {
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
    for (named, of) in alike(&evidence.plan.roll_ups) {
        let variants = [("everything up", Some(&of.exhaustion)), ("each pool's redundancy lost", of.reserve_exhaustion.as_ref())];
        for (variant, found) in variants.into_iter().filter_map(|(variant, found)| Some((variant, found?))) {
            // those that hold are in the table
            if found.p10.is_some() {
                findings.push(together(of, &named, variant, found, evidence));
            }
        }
    }
    section(5, "exhaustion", "When do we cross?", findings).show(&["exhaustion"], &["exhaustion"])
}

/// When a service, zone or region runs out.
fn together(of: &RollUp, named: &str, variant: &str, found: &Exhaustion, evidence: &Evidence<'_>) -> Finding {
    let (today, end) = (evidence.plan.today, evidence.plan.end);
    let never = format!("P(never before {}) = {}", format::day(end), format::percent(found.never.value));
    let said = crossing_said(found, today, end).unwrap_or_else(|| "crosses in fewer than half of the futures".to_owned());
    let sentence = format!("{named}, {} of all its pools with {variant}: {said}; {never}.", of.resource);
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
    let curves = evidence.plan.pools.iter().map(|pool| (pool.pool.clone(), guarded(pool).curve.clone()));
    let title = match first_to_cross(evidence).and_then(|(pool, found)| Some((pool, crossing_words(found, evidence.plan.end)?))) {
        Some((pool, _)) if is_out(evidence, pool) => {
            format!(
                "{} is out of safe capacity from the first day, {}, in nine of ten futures",
                pool.pool,
                format::day(evidence.plan.today)
            )
        }
        Some((pool, words)) => match already(guarded(pool), evidence.plan.today) {
            Some(above) => format!("{} is already out of safe capacity {above}", pool.pool),
            None if evidence.plan.pools.len() > 1 => format!("{} is first to run out: {words}", pool.pool),
            None => format!("{} runs out {words}", pool.pool),
        },
        None => format!("No pool is likely to run out before {}", format::day(evidence.plan.end)),
    };
    let subtitle =
        "P(demand has crossed the safe-load line and stays above), the declared redundancy lost, orders as declared".to_owned();
    let body = ChartBody::Exhaustion { curves: curves.collect(), today: evidence.plan.today, horizon: evidence.plan.end };
    chart(evidence, "exhaustion", title, subtitle, body)
}

/// Whether a pool is above its line from the first day on in nearly all futures.
fn is_out(evidence: &Evidence<'_>, pool: &PoolPlan) -> bool {
    guarded(pool).p90.is_some_and(|day| day <= evidence.plan.today)
}

/// The crossing that guards the redundancy of a pool, where it declares one.
pub(in crate::report) fn guarded(pool: &PoolPlan) -> &Exhaustion {
    pool.reserve_exhaustion.as_ref().unwrap_or(&pool.exhaustion)
}

/// "on 5 Mar 2027, in 96 % of futures", where most futures are above the line on the first day of the plan.
pub(in crate::report) fn already(found: &Exhaustion, today: Day) -> Option<String> {
    found.p50.filter(|day| *day <= today)?;
    let above = found.curve.iter().take_while(|(day, _)| *day <= today).last().map_or(0.5, |(_, share)| *share);
    Some(format!("on {}, in {} of futures", format::day(today), format::percent(above)))
}

/// What a line of this does: "is already above its safe-load line on 5 Mar 2027, in 96 % of futures", "crosses on 14 Mar 2027 (80 %: …)".
pub(in crate::report) fn crossing_said(found: &Exhaustion, today: Day, end: Day) -> Option<String> {
    let words = crossing_words(found, end)?;
    Some(match already(found, today) {
        Some(above) => format!("is already above its safe-load line {above}"),
        None => format!("crosses {words}"),
    })
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
    let all = evidence.plan.pools.iter().map(|pool| (pool, guarded(pool)));
    all.filter(|(_, found)| found.p50.is_some()).min_by_key(|(_, found)| (found.p50, found.p10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_its_line_today_is_not_said_to_cross() {
        let (today, end) = (Day(20_000), Day(20_365));
        let days = |above: usize| {
            let days: Vec<Option<u32>> = (0..100).map(|future| if future < above { Some(0) } else { Some(40) }).collect();
            crossing_said(&Exhaustion::of(&days, today), today, end).unwrap()
        };
        assert_eq!(days(96), "is already above its safe-load line on 4 Oct 2024, in 96 % of futures");
        assert_eq!(days(60), "is already above its safe-load line on 4 Oct 2024, in 60 % of futures");
        assert!(days(40).starts_with("crosses on 13 Nov 2024"), "{}", days(40));
        assert_eq!(crossing_said(&Exhaustion::of(&[None; 10], today), today, end), None);
    }
}
