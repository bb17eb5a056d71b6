//! Severity, the run before, words and tables.

use super::answers::run;
use super::*;
use crate::report::Report;
use crate::time::Day;

fn judged(texts: &[(Severity, &str)], fired_before: &dyn Fn(&str) -> bool) -> Judged {
    let gates: Vec<Gate> = texts.iter().map(|(severity, text)| Gate::read(*severity, text, &names()).unwrap()).collect();
    run().judged(&gates, 0.95, fired_before)
}

/// 20 of 100 futures are short: between 12.7 % and 29.2 %.
const SURE: &str = "pool.api.p_shortfall > 0.1";
const OPEN: &str = "pool.api.p_shortfall > 0.2";
const CLEAR: &str = "pool.api.p_shortfall > 0.3";

#[test]
fn the_worst_failing_gate_decides_and_warnings_do_not() {
    let verdict = |texts: &[(Severity, &str)]| judged(texts, &|_| false).verdict;
    let (fail, warn) = (Severity::Fail, Severity::Warn);
    assert_eq!(verdict(&[(fail, CLEAR)]), Verdict::Pass);
    assert_eq!(verdict(&[(fail, SURE)]), Verdict::Fail);
    assert_eq!(verdict(&[(fail, OPEN)]), Verdict::None);
    assert_eq!(verdict(&[(fail, OPEN), (fail, SURE), (fail, CLEAR)]), Verdict::Fail);
    assert_eq!(verdict(&[(fail, CLEAR), (fail, OPEN)]), Verdict::None);
    assert_eq!(verdict(&[(warn, SURE), (warn, OPEN), (fail, CLEAR)]), Verdict::Pass);
    assert_eq!(verdict(&[]), Verdict::Pass);
}

#[test]
fn what_fired_before_is_held_until_it_is_surely_over() {
    let state = |text: &str, before: bool| {
        let judged = judged(&[(Severity::Fail, text)], &|_| before);
        (judged.gates[0].state, judged.verdict)
    };
    assert_eq!(state(SURE, false), (State::Fired, Verdict::Fail));
    assert_eq!(state(OPEN, false), (State::Unsure, Verdict::None));
    assert_eq!(state(OPEN, true), (State::Held, Verdict::Fail));
    assert_eq!(state(CLEAR, true), (State::Clear, Verdict::Pass));
}

#[test]
fn on_the_bound_a_gate_seldom_fires_and_is_seldom_let_go() {
    // the law of the count summed, no sampling: 100 futures, each short with the very probability of the bound
    for bound in ["0.02", "0.2", "0.5"] {
        let gate = Gate::read(Severity::Fail, &format!("pool.api.p_shortfall > {bound}"), &names()).unwrap();
        let chance = |state: State| -> f64 {
            let says = |hits: &u32| {
                let run = run().with_short(*hits);
                run.judged(std::slice::from_ref(&gate), 0.95, &|_| false).gates[0].state == state
            };
            let p = bound.parse().unwrap();
            (0..=100).filter(says).map(|hits| crate::stats::binomial_pmf(hits.into(), 100, p)).sum()
        };
        let (fires, clears) = (chance(State::Fired), chance(State::Clear));
        assert!(fires > 0.0 && fires <= 0.025 && clears <= 0.025, "{bound}: {fires} {clears}");
        assert!((chance(State::Unsure) - (1.0 - fires - clears)).abs() < 1e-12);
    }
}

#[test]
fn more_confidence_is_less_verdict() {
    let run = run();
    let gate = Gate::read(Severity::Fail, "pool.api.p_shortfall > 0.12", &names()).unwrap();
    let at = |confidence| run.judged(std::slice::from_ref(&gate), confidence, &|_| false).verdict;
    assert_eq!((at(0.9), at(0.99)), (Verdict::Fail, Verdict::None));
}

#[test]
fn a_sentence_shows_each_number_with_its_interval() {
    let told = |text: &str| judged(&[(Severity::Fail, text)], &|_| false).gates[0].sentence.clone();
    assert_eq!(
        told("pool.api.p_shortfall > 0.1"),
        "Gate failed: pool.api.p_shortfall > 0.1 holds; pool.api.p_shortfall is 20 % (95 %: 12.7 % to 29.2 %)."
    );
    assert_eq!(
        told("pool.api.exhaustion(0.5) < \"2027-03-01\""),
        "Gate without a verdict: pool.api.exhaustion(0.5) < \"2027-03-01\" cannot be told with 95 % confidence; \
         pool.api.exhaustion(0.5) is 19 Feb 2027 (95 %: 9 Feb 2027 to never within the horizon)."
    );
    assert_eq!(
        told("pool.\"check out\".next_order <= end"),
        "Gate clear: pool.\"check out\".next_order <= end does not hold; \
         pool.\"check out\".next_order is never within the horizon."
    );
    assert_eq!(told("false"), "Gate clear: false does not hold.");
    let warned = judged(&[(Severity::Warn, SURE)], &|_| false).gates[0].sentence.clone();
    assert!(warned.starts_with("Gate warns: "), "{warned}");
    let many =
        told("pool.api.p_shortfall > 0.1 and pool.api.cost + report.cost + report.accepted + pool.api.units_to_order + 1 > 0");
    assert!(many.ends_with("; and 1 more."), "{many}");
}

#[test]
fn the_judgement_is_the_same_after_json() {
    let all = judged(&[(Severity::Fail, "any_pool(exhaustion(0.5) == null or cost > 3)"), (Severity::Warn, OPEN)], &|_| true);
    let text = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Judged>(&text).unwrap(), all, "{text}");
    // a day as a day, never as null
    assert!(text.contains("\"value\":null,\"low\":\"2027-04-01\",\"high\":null"), "{text}");
}

#[test]
fn the_memory_is_of_the_last_run_and_the_same_run_again_has_the_same_past() {
    let (monday, later) = (Day(20_000), Day(20_007));
    let key = format!("--fail-if {SURE}");
    let mut memory = Memory::default();
    let said = |text: &str, before: bool| judged(&[(Severity::Fail, text)], &|_| before);
    assert!(!memory.fired_before(&key, monday, "a"), "the first run has no past");
    memory.remember(&said(SURE, false), monday, "a");
    assert!(!memory.fired_before(&key, monday, "a"), "the same run again");
    assert!(memory.fired_before(&key, later, "b"));
    assert!(memory.fired_before(&key, monday, "c"), "the same day with other inputs");
    assert!(!memory.fired_before(&key, monday.plus(-7), "d"), "an earlier day knows nothing of a later one");
    assert!(!memory.fired_before(&format!("--warn-if {SURE}"), later, "b"), "another severity is another gate");
    memory.remember(&said(SURE, true), later, "b");
    memory.remember(&said(SURE, false), monday, "a");
    assert_eq!(memory.gates[&key].as_of, later, "what a later day said stays");
    assert!(memory.fired_before(&key, later, "b"), "b had the past of a");
}

#[test]
fn a_report_gets_a_section_two_tables_and_the_judgement() {
    let mut report = Report {
        schema: String::new(),
        model: String::new(),
        question: String::new(),
        as_of: Day(0),
        horizon_days: 0,
        within_rule: None,
        summary: Vec::new(),
        director: crate::report::Director::default(),
        pools: Vec::new(),
        sections: Vec::new(),
        tables: Vec::new(),
        charts: Vec::new(),
        provenance: crate::report::Provenance {
            program: String::new(),
            seed: 0,
            replications: 0,
            inputs: Vec::new(),
            command: String::new(),
        },
        gates: None,
    };
    let all = judged(&[(Severity::Fail, SURE), (Severity::Warn, "pool.api.next_order < today")], &|_| false);
    all.clone().add_to(&mut report);
    assert_eq!(report.gates.as_ref(), Some(&all));
    assert_eq!(report.sections[0].findings.len(), 2);
    let shapes: Vec<_> = report.tables.iter().map(|table| (table.id.as_str(), table.rows.len(), table.columns.len())).collect();
    assert_eq!(shapes, [("gates", 2, 6), ("gate-terms", 2, 9)]);
    assert!(report.tables.iter().all(|table| table.rows.iter().all(|row| row.len() == table.columns.len())));
}
