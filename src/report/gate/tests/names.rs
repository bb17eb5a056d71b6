//! Names and types: each kind of fault with its place, and what it suggests.

use super::*;

/// The slug and the marked text of the only fault, and its help.
fn fault(text: &str) -> (&'static str, String, String) {
    let refused = read(text).expect_err(text);
    let [fault] = refused.faults.as_slice() else { panic!("{text}: {:?}", refused.faults) };
    (fault.slug, text[fault.span.clone()].to_owned(), fault.help.clone().unwrap_or_default())
}

#[test]
fn each_fault_has_its_name_its_place_and_a_way_out() {
    for (text, slug, place, help) in [
        ("pool.apu.cost > 1", "gate/unknown-pool", "apu", "did you mean `api`?"),
        ("pool.\"checkout\".cost > 1", "gate/unknown-pool", "\"checkout\"", "did you mean `check out`?"),
        ("pool.database.cost > 1", "gate/unknown-pool", "database", "there are `api`, `check out`"),
        ("pool.api.p_shortfal_by(today) > 0.1", "gate/unknown-function", "p_shortfal_by", "did you mean `p_shortfall_by`?"),
        ("repot.cost > 1", "gate/syntax", "repot", "`report.`"),
        ("any_pol(cost > 1)", "gate/unknown-function", "any_pol", "did you mean `any_pool`?"),
        ("report.cots > 1", "gate/unknown-function", "cots", "did you mean `cost`?"),
        ("scenario.lunch-2027.pool.api.p_shortfall > 0.1", "gate/unknown-scenario", "lunch-2027", "did you mean `launch-2027`?"),
        ("report.p_event(\"two down\") > 0.1", "gate/unknown-event", "\"two down\"", "there are `three down`"),
        ("scenario.launch-2027.pool.api.cost > 1", "gate/base-only", "cost", ""),
        ("p_shortfall > 0.1", "gate/needs-a-pool", "p_shortfall", "write `pool.NAME.p_shortfall`"),
        ("pool.api.p_shortfall > 5", "gate/out-of-range", "5", "write `5 %`"),
        ("-0.1 > pool.api.p_shortfall", "gate/out-of-range", "-0.1", "write `5 %`"),
        ("pool.api.exhaustion(1) < today", "gate/out-of-range", "1", "such as `0.5`"),
        ("pool.api.exhaustion(pool.api.p_shortfall) < today", "gate/out-of-range", "pool.api.p_shortfall", "such as `0.5`"),
        ("pool.api.p_shortfall_by > 0.1", "gate/arguments", "pool.api.p_shortfall_by", ""),
        ("pool.api.cost(3) > 1", "gate/arguments", "pool.api.cost(3)", ""),
        ("pool.api.survives(\"row\", \"2027-03\") < 0.9", "gate/arguments", "\"row\"", "\"host\""),
        ("pool.api.survives(zone, \"2027-03\") < 0.9", "gate/type", "zone", ""),
        ("pool.api.p_shortfall_by(\"2027-02-30\") > 0.1", "gate/not-a-date", "\"2027-02-30\"", "\"2027-03-31\""),
        ("pool.api.p_shortfall_in(\"2027-13\") > 0.1", "gate/not-a-date", "\"2027-13\"", "\"2027-03\""),
        ("pool.api.p_shortfall_by(pool.api.order_by) > 0.1", "gate/type", "pool.api.order_by", "such as"),
        ("pool.api.p_shortfall_by(90 d) > 0.1", "gate/type", "90 d", "such as"),
        ("pool.api.order_by < 2027-03-31", "gate/type", "pool.api.order_by < 2027-03-31", "\"2027-03-31\""),
        ("pool.api.order_by < 30 d", "gate/type", "pool.api.order_by < 30 d", "\"2027-03-31\""),
        ("pool.api.order_by + today == today", "gate/type", "pool.api.order_by + today", "`today + 90 d`"),
        ("today + 90 < today", "gate/type", "today + 90", "`today + 90 d`"),
        ("pool.api.p_shortfall", "gate/type", "pool.api.p_shortfall", "compare it"),
        ("pool.api.p_shortfall and true", "gate/type", "pool.api.p_shortfall", "compare it"),
        ("(1 < 2) < 3", "gate/type", "(1 < 2)", ""),
        ("pool.api.cost == null", "gate/type", "pool.api.cost", ""),
        ("pool.api.order_by < null", "gate/type", "null", "`== null`"),
        ("3 == null", "gate/type", "3", ""),
        ("any_pool(any_pool(cost > 1))", "gate/type", "any_pool(cost > 1)", "within each other"),
        ("1 < 2 < 3", "gate/syntax", "<", "`a < b and b < c`"),
        ("1 < 2 && true", "gate/syntax", "&&", "write `and`"),
        ("1 = 1", "gate/syntax", "=", "write `==`"),
        ("30 days > 1", "gate/syntax", "days", ""),
        ("30days > 1 d", "gate/syntax", "days", "`30 d`"),
        ("pool.api.cost > ", "gate/syntax", "", ""),
        ("", "gate/syntax", "", ""),
        ("(true", "gate/syntax", "", ""),
        ("true)", "gate/syntax", ")", ""),
        ("\"2027", "gate/syntax", "\"", ""),
        ("scenario.base.report.cost > 1", "gate/syntax", "report", "`pool.NAME.…`"),
        ("pool.3.cost > 1", "gate/syntax", "3", "in quotes"),
    ] {
        let found = fault(text);
        assert_eq!((found.0, found.1.as_str()), (slug, place), "{text}");
        assert!(found.2.contains(help) && help.is_empty() == found.2.is_empty(), "{text}: {}", found.2);
    }
}

#[test]
fn all_faults_of_a_condition_are_told_with_a_caret_below_each() {
    let text = "pool.apu.cost > 1 or pool.api.p_shortfall > 7 and any_pool(cots > 1)";
    let told = read(text).unwrap_err().to_string();
    let lines: Vec<&str> = told.lines().collect();
    let mut marked = Vec::new();
    for fault in lines.chunks(4) {
        let [message, shown, caret, help] = fault else { panic!("{told}") };
        assert_eq!(*shown, format!("  --fail-if {text}"));
        assert!(message.starts_with("error[gate/") && help.starts_with("  help: "), "{told}");
        marked.push(&shown[caret.find('^').unwrap()..caret.len()]);
    }
    assert_eq!(marked, ["apu", "7", "cots"], "{told}");
    let wide = read("'é' == pool.größe.cost").unwrap_err().to_string();
    let lines: Vec<&str> = wide.lines().collect();
    let (from, to) = (lines[2].find('^').unwrap(), lines[2].len());
    assert_eq!(lines[1].chars().skip(from).take(to - from).collect::<String>(), "größe", "{wide}");
}

#[test]
fn the_reference_holds_every_function() {
    let page = reference();
    for function in super::super::functions::FUNCTIONS {
        assert!(page.contains(&format!("| `{}", function.name)), "{}", function.name);
    }
}
