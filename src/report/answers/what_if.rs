//! Question 9: what if?

use crate::report::compose::{finding, section};
use crate::report::tables::{both, day, table, text};
use crate::report::{Cell, Evidence, Section, Table, Weight, format};

/// The answer.
pub(in crate::report) fn answer(evidence: &Evidence<'_>) -> Section {
    let plan = evidence.plan;
    let mut findings = Vec::new();
    for scenario in plan.scenarios.iter().skip(1) {
        let worst = scenario.pools.iter().max_by(|a, b| a.difference.value.abs().total_cmp(&b.difference.value.abs()));
        let Some(worst) = worst else { continue };
        let units: Vec<String> = scenario
            .pools
            .iter()
            .filter(|pool| pool.units_needed > 0)
            .map(|pool| format!("{} {}", pool.units_needed, pool.pool))
            .collect();
        let units = if units.is_empty() {
            "no unit is missing under the rule".to_owned()
        } else {
            format!("units missing under the rule: {}", units.join(", "))
        };
        let sentence = format!(
            "{}: {} The chance of a shortfall within the horizon moves most for {}: {} ({:+.1} ± {:.1} points against base); {units}.",
            scenario.scenario,
            scenario.supposes,
            worst.pool,
            format::percent(worst.risk_over_horizon.value),
            worst.difference.value * 100.0,
            worst.difference.standard_error * 100.0
        );
        findings.push(
            finding(sentence, Weight::Watch, "common random numbers, paired difference", "scenarios").estimate(worst.difference),
        );
    }
    section(9, "what-if", "What if?", findings).show(&[], &["scenarios"])
}

pub(in crate::report) fn scenarios_table(evidence: &Evidence<'_>) -> Table {
    let mut rows = Vec::new();
    for scenario in &evidence.plan.scenarios {
        for pool in &scenario.pools {
            let mut row = vec![text(&scenario.scenario), text(&pool.pool)];
            row.extend(both(pool.risk_over_horizon));
            row.extend(both(pool.difference));
            row.extend(both(pool.hours_short));
            row.extend([
                day(pool.exhaustion.p50),
                Cell::Number(pool.exhaustion.never.value),
                Cell::Integer(i64::from(pool.units_needed)),
            ]);
            rows.push(row);
        }
    }
    let columns = [
        ("scenario", "Scenario", ""),
        ("pool", "Pool", ""),
        ("risk", "P(shortfall in the horizon)", "ratio"),
        ("risk_se", "± s.e.", "ratio"),
        ("difference", "Less base", "ratio"),
        ("difference_se", "± s.e., paired", "ratio"),
        ("hours_short", "Hours short", "h"),
        ("hours_short_se", "± s.e.", "h"),
        ("exhaustion_p50", "Crosses P50", ""),
        ("p_never", "P(never)", "ratio"),
        ("units_needed", "Units missing under the rule", ""),
    ];
    table("scenarios", "What if?", &columns, rows)
}
