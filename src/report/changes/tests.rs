use serde_json::json;

use super::*;

fn report(p50: &str, low: &str, high: &str, lolp: f64, units: i64) -> serde_json::Value {
    let columns = |names: &[&str]| names.iter().map(|name| json!({"name": name, "unit": "EUR"})).collect::<Vec<_>>();
    let schedule = if units > 0 { vec![json!(["web", units, "2027-01-05", 100.0 * units as f64])] } else { vec![] };
    json!({"tables": [
        {"id": "exhaustion", "columns": columns(&["pool", "variant", "p50", "p50_low", "p50_high", "p_never", "p_never_se"]),
         "rows": [["web", "everything up", p50, low, high, 0.2, 0.01]]},
        {"id": "schedule", "columns": columns(&["pool", "units", "order_by", "cost"]), "rows": schedule},
        {"id": "risk-by-month", "columns": columns(&["pool", "month", "lolp", "lolp_se"]),
         "rows": [["web", "2027-03", lolp, 0.02]]},
    ]})
}

#[test]
fn the_same_report_has_no_change() {
    let facts = Facts::of(&report("2027-03-01", "2027-02-20", "2027-03-10", 0.1, 3));
    assert_eq!(facts.facts.len(), 6, "{facts:?}");
    assert_eq!(facts.currency, "EUR");
    assert!(compare(&facts, &facts).is_empty());
}

#[test]
fn a_change_is_beyond_error_when_it_is_larger_than_both_intervals_together() {
    // half-widths of 9 days each: 12.7 days together
    let before = Facts::of(&report("2027-03-01", "2027-02-20", "2027-03-10", 0.1, 3));
    let sized = |p50: &str, low: &str, high: &str, lolp: f64| {
        let changes = compare(&before, &Facts::of(&report(p50, low, high, lolp, 3)));
        changes.iter().map(|change| (change.conclusion.what, change.difference.unwrap(), change.size)).collect::<Vec<_>>()
    };
    assert_eq!(sized("2027-03-13", "2027-03-04", "2027-03-22", 0.1), [(What::Exhaustion, 12.0, Size::Within)]);
    assert_eq!(sized("2027-03-14", "2027-03-05", "2027-03-23", 0.1), [(What::Exhaustion, 13.0, Size::Beyond)]);
    // 1.96 √(0.02² + 0.02²) = 0.0554
    let seen = sized("2027-03-01", "2027-02-20", "2027-03-10", 0.155);
    assert_eq!((seen[0].0, seen[0].2), (What::Risk, Size::Within));
    assert_eq!(sized("2027-03-01", "2027-02-20", "2027-03-10", 0.156)[0].2, Size::Beyond);
}

#[test]
fn decisions_have_no_sampling_error_and_no_order_is_no_date() {
    let before = Facts::of(&report("2027-03-01", "2027-02-20", "2027-03-10", 0.1, 3));
    let after = Facts::of(&report("2027-03-01", "2027-02-20", "2027-03-10", 0.1, 0));
    let changes = compare(&before, &after);
    let seen: Vec<_> = changes.iter().map(|change| (change.conclusion.what, change.difference, change.size)).collect();
    let decided = |what, difference| (what, difference, Size::Decision);
    assert_eq!(seen, [decided(What::OrderBy, None), decided(What::Units, Some(-3.0)), decided(What::Cost, Some(-300.0))]);
    let shown = changes_table(&changes, "EUR", Some(&["model".to_owned(), "model".to_owned(), "model".to_owned()]));
    assert_eq!(shown.rows[0][4], Cell::Text("nothing to order".to_owned()));
    assert_eq!(shown.rows[2][3], Cell::Text("EUR 300".to_owned()));
}

#[test]
fn a_crossing_that_leaves_the_horizon_is_beyond_only_where_the_intervals_do_not_meet() {
    let known = |day: Option<i32>, low: Option<i32>, high: Option<i32>| {
        let day_of = |day: Option<i32>| day.map(crate::time::Day);
        Some(Known::Crossing { day: day_of(day), low: day_of(low), high: day_of(high) })
    };
    assert_eq!(size(known(Some(100), Some(90), None), known(None, None, None)), Size::Within);
    assert_eq!(size(known(Some(100), Some(90), Some(110)), known(None, None, None)), Size::Beyond);
    assert_eq!(size(known(Some(100), Some(90), Some(110)), known(Some(105), Some(100), None)), Size::Within);
}
