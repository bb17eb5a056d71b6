//! The cost of the orders in the last run and now, pool by pool.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::report::past::PastTable;
use crate::report::{Chart, ChartBody, Report, format};
use crate::time::Day;
use crate::units::Money;

/// Cost and units of the recommended orders of a run, by pool.
#[derive(Default)]
struct Orders {
    cost: BTreeMap<String, f64>,
    units: BTreeMap<String, f64>,
}

impl Orders {
    fn of(report: &Value) -> Self {
        let mut all = Self::default();
        for row in PastTable::of(report, "schedule").rows() {
            *all.cost.entry(row.text("pool").to_owned()).or_default() += row.number("cost").unwrap_or(0.0);
            *all.units.entry(row.text("pool").to_owned()).or_default() += row.number("units").unwrap_or(0.0);
        }
        all
    }

    fn whole(&self) -> f64 {
        // a sum of nothing is -0
        self.cost.values().fold(0.0, |sum, cost| sum + cost)
    }
}

/// From what the last run wanted to spend to what this one does, the largest change first; `None` when neither orders anything, or when
/// the two count in other currencies.
#[must_use]
pub fn waterfall(before: &Value, after: &Value, footer: &str) -> Option<Chart> {
    let currency = PastTable::unit(after, "schedule", "cost").unwrap_or_default();
    if PastTable::unit(before, "schedule", "cost").unwrap_or_default() != currency {
        return None;
    }
    let (old, new) = (Orders::of(before), Orders::of(after));
    if old.cost.is_empty() && new.cost.is_empty() {
        return None;
    }
    let pools: std::collections::BTreeSet<&String> = old.cost.keys().chain(new.cost.keys()).collect();
    let of = |all: &BTreeMap<String, f64>, pool: &str| all.get(pool).copied().unwrap_or(0.0);
    let mut steps: Vec<(String, f64)> = Vec::new();
    for pool in pools {
        let (units, was) = (of(&new.units, pool), of(&old.units, pool));
        let change = of(&new.cost, pool) - of(&old.cost, pool);
        let words = format!("{pool}: {} → {} units", format::number(was), format::number(units));
        steps.extend((change != 0.0 || units != was).then_some((words, change)));
    }
    steps.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
    let (from, to) = (old.whole(), new.whole());
    let title = match (steps.first(), to - from) {
        (None, _) => format!("The orders cost what they did in the last plan: {}", format::money(Money(to), currency)),
        (Some(_), change) => format!(
            "The orders cost {} {} than in the last plan: {} in place of {}",
            format::money(Money(change), currency),
            if change < 0.0 { "less" } else { "more" },
            format::money(Money(to), currency),
            format::money(Money(from), currency)
        ),
    };
    let day = |report: &Value| report["as_of"].as_str().and_then(|text| text.parse::<Day>().ok());
    let days = |report: &Value| report["horizon_days"].as_i64().unwrap_or(0);
    let dated = |report: &Value| day(report).map_or_else(String::new, format::day);
    let subtitle = format!(
        "Cost of the recommended orders within the horizon, by pool: the plan of {} ({} days ahead) against that of {} ({} days)",
        dated(before),
        days(before),
        dated(after),
        days(after)
    );
    let body = ChartBody::Waterfall {
        unit: currency.to_owned(),
        from: (format!("plan of {}", dated(before)), from),
        steps,
        to: (format!("plan of {}", dated(after)), to),
    };
    Some(Chart { id: "changes".to_owned(), title, subtitle, footer: footer.to_owned(), pool: None, body })
}

/// Adds it to question 11 of a report, of which `after` is the JSON.
pub fn add_waterfall(report: &mut Report, before: &Value, after: &Value) {
    let footer = report.charts.first().map_or_else(String::new, |chart| chart.footer.clone());
    let Some(chart) = waterfall(before, after, &footer) else { return };
    if let Some(section) = report.sections.iter_mut().find(|section| section.id == "why") {
        section.charts.push(chart.id.clone());
        report.charts.push(chart);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(day: &str, rows: &Value) -> Value {
        let column = |name: &str, unit: &str| json!({ "name": name, "unit": unit });
        let columns = json!([column("pool", ""), column("units", ""), column("cost", "EUR")]);
        json!({ "as_of": day, "horizon_days": 365, "tables": [{ "id": "schedule", "columns": columns, "rows": rows }] })
    }

    #[test]
    fn steps_lead_from_the_old_total_to_the_new_one() {
        let before = report("2026-09-30", &json!([["web", 2, 2000.0], ["web", 1, 1000.0], ["db", 1, 700.0], ["old", 4, 400.0]]));
        let after = report("2026-12-31", &json!([["web", 5, 5500.0], ["db", 1, 700.0], ["new", 1, 100.0]]));
        let chart = waterfall(&before, &after, "").unwrap();
        let ChartBody::Waterfall { unit, from, steps, to } = &chart.body else { panic!("{chart:?}") };
        assert_eq!((unit.as_str(), from.1, to.1), ("EUR", 4100.0, 6300.0));
        let expected = [("web: 3 → 5 units", 2500.0), ("old: 4 → 0 units", -400.0), ("new: 0 → 1 units", 100.0)];
        assert_eq!(*steps, expected.map(|(name, change)| (name.to_owned(), change)));
        assert_eq!(from.1 + steps.iter().map(|step| step.1).sum::<f64>(), to.1);
        assert_eq!(chart.title, "The orders cost EUR 2,200 more than in the last plan: EUR 6,300 in place of EUR 4,100");
    }

    #[test]
    fn nothing_ordered_or_another_currency_is_no_chart() {
        let (none, some) = (report("2026-09-30", &json!([])), report("2026-12-31", &json!([["web", 1, 10.0]])));
        assert_eq!(waterfall(&none, &none, ""), None);
        assert!(waterfall(&none, &some, "").is_some());
        let mut other = some.clone();
        other["tables"][0]["columns"][2]["unit"] = json!("USD");
        assert_eq!(waterfall(&other, &some, ""), None);
    }
}
