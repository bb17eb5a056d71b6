//! What each function gives, by hand, on 100 futures of 90 days.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::evaluate::{Read, holds};
use super::super::value::{Spread, Truth};
use super::*;
use crate::model::{Bounds, DomainTree, Level, Objective, Pool, Price, Question, Redundancy, RiskRule, Routing, UnitType};
use crate::plan::{
    CostSpread, Exhaustion, Headroom, OrderBy, Plan, PlanOption, PlannedOrder, Policies, PoolPlan, Regret, Solving,
    Spread as Quantiles, Why,
};
use crate::scenario::Scenario;
use crate::simulate::rare::{self, RareEstimate, Warning};
use crate::simulate::{Answered, Measure, Method, MonthAdequacy, Outcomes, PoolAdequacy, PoolOutcomes, Survival};
use crate::stats::{Distribution, Estimate, clopper_pearson, upper_if_none_seen};
use crate::time::{Day, Month, Zone};
use crate::units::Money;

const N: u32 = 100;

fn start() -> Day {
    "2027-01-01".parse().unwrap()
}

/// A finished run.
pub(super) struct Run {
    scenarios: Vec<Scenario>,
    outcomes: Vec<Outcomes>,
    plan: Plan,
}

fn model() -> Model {
    let pool = |name: &str| Pool {
        name: name.to_owned(),
        groups: Vec::new(),
        demands: Vec::new(),
        routing: Routing::Shared,
        transfers: Vec::new(),
        overload: None,
        redundancy: Redundancy::default(),
        orders: Vec::new(),
        buys: "m8".to_owned(),
        or_buys: Vec::new(),
        service: None,
        notes: String::new(),
    };
    let unit = UnitType {
        name: "m8".to_owned(),
        capacity: BTreeMap::new(),
        price: Price { purchase: 0.0, monthly: 0.0 },
        terms: Vec::new(),
        price_changes: Vec::new(),
        lot: 1,
        lead_time_days: Distribution::constant(5.0),
        limit: None,
    };
    let risk = RiskRule::ShortfallPerMonth(0.01);
    Model {
        name: "small".to_owned(),
        question: String::new(),
        zone: Zone::utc(),
        currency: "EUR".to_owned(),
        resources: BTreeMap::new(),
        catalog: BTreeMap::from([("m8".to_owned(), unit)]),
        domains: DomainTree::default(),
        failures: Vec::new(),
        crews: BTreeMap::new(),
        shelves: BTreeMap::new(),
        drains: Vec::new(),
        deploys: Vec::new(),
        questions: vec![Question {
            name: "three down".to_owned(),
            pool: "api".to_owned(),
            below: 1,
            within_hours: 1.0,
            precision: 0.1,
        }],
        pools: vec![pool("api"), pool("check out")],
        bounds: Bounds::default(),
        objective: Objective {
            risk,
            late_arrival: 0.1,
            confirmation_days: 1,
            availability: None,
            shortfall_price: None,
            reforecast: 0,
            review_days: 91,
        },
        uncertain: Vec::new(),
        correlations: Vec::new(),
    }
}

/// Of the first pool 5, 10 and 20 of 100 futures are short by the end of each month, for 2 hours each; future r crosses on day r, or not
/// at all from the 60th on; with the redundancy lost on day r ÷ 2. Nothing befalls the second.
fn outcomes(scenario: &str, shift: u32) -> Outcomes {
    let futures = || 0..N;
    let short = |r: u32| [5, 10, 20].map(|hits| if r < hits + shift { 2.0 } else { 0.0 });
    let room = |r: u32| [r as i32 - 50, r as i32 - 40, r as i32 - 60];
    let pool = |name: &str, busy: bool| PoolOutcomes {
        pool: name.to_owned(),
        resources: vec!["cpu".to_owned(), "memory".to_owned()],
        hours_short: futures().flat_map(|r| if busy { short(r) } else { [0.0; 3] }).collect(),
        unserved: vec![vec![0.0; 3 * N as usize]; 2],
        room_units: vec![0; 3 * N as usize],
        reserve_room_units: futures().flat_map(|r| room(r).map(|units| units - 7)).collect(),
        room_by_resource: vec![vec![500; 3 * N as usize], futures().flat_map(room).collect()],
        exhaustion: futures().map(|r| (busy && r < 60).then_some(r)).collect(),
        reserve_exhaustion: futures().map(|r| busy.then_some(r / 2)).collect(),
        survival: vec![Survival { level: Level::Zone, survives: futures().flat_map(|r| [r < 90, r < 80, true]).collect() }],
    };
    let (start, months) = (start(), Month::spanning(start(), start().plus(89)));
    let pools = vec![Arc::new(pool("api", true)), Arc::new(pool("check out", false))];
    Outcomes { scenario: scenario.to_owned(), replications: N, start, days: 90, months, pools }
}

fn measure(value: f64, standard_error: f64, effective: f64) -> Measure {
    Measure { estimate: Estimate { value, standard_error }, method: Method::Counted, effective, check: None, interval: None }
}

fn pool_plan(seen: &PoolOutcomes, order_by: OrderBy, order: Option<PlannedOrder>) -> PoolPlan {
    // 5, 10, 20 of 100 futures short for 2 hours: the first month rests on too few
    let month = |lole: Measure| MonthAdequacy { lolp: measure(0.0, 0.0, 0.0), lole_hours: lole, eue: Vec::new() };
    let months = [measure(0.1, 0.04, 5.0), measure(0.2, 0.06, 10.0), measure(0.4, 0.08, 20.0)].map(month).to_vec();
    let none = Quantiles { p10: 0, p50: 0, p90: 0 };
    let room =
        |month: Month| Headroom { month, all_up: none, reserve: none, by_resource: Vec::new(), binding: "memory".to_owned() };
    let option = PlanOption {
        name: "recommended".to_owned(),
        cost: Money(order.as_ref().map_or(0.0, |_| 1_500.0)),
        orders: order.into_iter().collect(),
        risk: Vec::new(),
        measure: Vec::new(),
        penalty: Estimate::default(),
        breaks: None,
        worst_month: 0,
        meets: true,
        why: Why::Chosen,
    };
    PoolPlan {
        pool: seen.pool.clone(),
        unit: "m8".to_owned(),
        lines: Vec::new(),
        now: room(start().month()),
        at_end: room(start().month()),
        exhaustion: Exhaustion::of(&seen.exhaustion, start()),
        reserve_exhaustion: None,
        order_by,
        adequacy: PoolAdequacy { pool: seen.pool.clone(), horizon: months[2].clone(), months, counted_because: None },
        first_month: 0,
        options: vec![option],
        chosen: 0,
        fresh: Vec::new(),
        held_out: Vec::new(),
        survival: Vec::new(),
        minutes_short: Vec::new(),
    }
}

pub(super) fn run() -> Run {
    let (base, launch) = (outcomes("base", 0), outcomes("launch-2027", 40));
    let (first, day) = (start(), |days| start().plus(days));
    let order = PlannedOrder {
        unit: "m8".to_owned(),
        term: String::new(),
        until: None,
        units: 3,
        order_by: day(20),
        needed: day(30),
        arrival: (day(25), day(25), day(25)),
        late: 0.0,
        overdue: false,
        cost: Money(1_500.0),
    };
    // a lead time of 5 days; 10 of 100 futures cross before day 10: ordered on day 5 the chance to be late is 0.1
    let pools =
        vec![pool_plan(&base.pools[0], OrderBy::By(day(5)), Some(order)), pool_plan(&base.pools[1], OrderBy::NotNeeded, None)];
    let (model, months) = (model(), base.months.clone());
    let answer = RareEstimate {
        value: 3e-5,
        standard_error: 1e-6,
        relative_error: 1.0 / 30.0,
        effective_sample_size: 900.0,
        replications: 1_000,
        method: rare::Method::FailureBiasing,
        cross_check: None,
        warning: None,
    };
    let plan = Plan {
        freezes: crate::scenario::Freezes::default(),
        accepted: Some(0.01),
        rule: RiskRule::ShortfallPerMonth(0.01),
        solving: Solving { cost: Money(0.0), bound: Money(0.0), gap: 0.0, binding: Vec::new(), short: Vec::new(), batches: None },
        late_arrival: 0.1,
        currency: "EUR".to_owned(),
        today: first,
        end: day(89),
        months,
        pools,
        scenarios: Vec::new(),
        frontier: Vec::new(),
        regret: Regret {
            price: None,
            futures: 0,
            scenarios: Vec::new(),
            plans: Vec::new(),
            least_expected: None,
            least_maximum: None,
        },
        policies: Policies { judged: 0, learned: 0, review_days: 91, policies: Vec::new(), spread: CostSpread::default() },
        simulations: 0,
        answers: vec![Answered { question: model.questions[0].clone(), hosts: 9, answer }],
        matters: Vec::new(),
        worth: Vec::new(),
        roll_ups: Vec::new(),
    };
    let (model, as_of) = (Arc::new(model), first.plus(-1));
    let scenario = |name: &str| Scenario::bare(name, &model, as_of, 90, N);
    let scenarios = vec![scenario("base"), scenario("launch-2027")];
    Run { scenarios, outcomes: vec![base, launch], plan }
}

impl Run {
    fn asked(&self, gates: &[Gate], confidence: f64) -> Asked {
        let mut asked = Asked::default();
        let (scenarios, outcomes, pools) = (&self.scenarios, &self.outcomes, &self.plan.pools);
        asked.look(gates, &scenarios[0].model, &Sight { scenarios, outcomes, pools, forecasts: &[], confidence });
        asked
    }

    /// What gates say.
    pub(super) fn judged(&self, gates: &[Gate], confidence: f64, fired_before: &dyn Fn(&str) -> bool) -> Judged {
        let asked = &self.asked(gates, confidence);
        judge(gates, &Facts { scenarios: &self.scenarios, plan: &self.plan, asked, confidence }, fired_before)
    }

    /// Whether a condition holds, and what that rests on.
    fn read(&self, text: &str) -> (Truth, Vec<Read>) {
        let gate = [read(text).unwrap()];
        let asked = &self.asked(&gate, 0.95);
        holds(&gate[0].condition, &Facts { scenarios: &self.scenarios, plan: &self.plan, asked, confidence: 0.95 })
    }

    /// The same, had so many futures of the first pool been short.
    pub(super) fn with_short(mut self, hits: u32) -> Self {
        Arc::make_mut(&mut self.outcomes[0].pools[0]).hours_short =
            (0..N).flat_map(|r| [f32::from(u8::from(r < hits)); 3]).collect();
        self
    }

    fn holds(&self, text: &str) -> Truth {
        self.read(text).0
    }

    /// The only term of a condition.
    fn term(&self, text: &str) -> (Spread, Truth, Option<&'static str>) {
        let read = self.read(&format!("{text} > {text} or {text} < {text}")).1;
        let [only] = read.as_slice() else { panic!("{read:?}") };
        (only.found.spread, only.found.null, only.found.note)
    }

    fn spread(&self, text: &str) -> Spread {
        self.term(text).0
    }
}

fn counted(hits: u64) -> Spread {
    let interval = clopper_pearson(hits, u64::from(N), 0.95).unwrap();
    Spread::between(hits as f64 / f64::from(N), interval.low, interval.high)
}

/// Days after the first.
fn days(days: i32) -> f64 {
    f64::from(start().0 + days)
}

#[test]
fn shortfalls_are_counted_with_an_exact_interval() {
    let run = run();
    let by = |day: &str| run.term(&format!("pool.api.p_shortfall_by({day})"));
    assert_eq!(by("\"2027-01-31\""), (counted(5), Truth::No, None));
    assert_eq!(by("\"2027-02-28\"").0, counted(10));
    assert_eq!(by("end").0, counted(20));
    assert_eq!(by("today - 1 d").0, Spread::exact(0.0));
    assert_eq!(by("\"2026-01-01\"").0, Spread::exact(0.0));
    let (within, _, note) = by("\"2027-03-15\"");
    assert_eq!((within.value, within.low, within.high), (Some(0.2), counted(10).low, counted(20).high));
    assert!(note.unwrap().contains("by month"));
    let (beyond, _, note) = by("end + 1 d");
    assert_eq!((beyond.value, beyond.low, beyond.high), (Some(0.2), counted(20).low, 1.0));
    assert!(note.unwrap().contains("beyond the horizon"));
    assert_eq!(run.spread("pool.api.p_shortfall"), counted(20));
    assert_eq!(run.spread("pool.api.p_shortfall_in(\"2027-02\")"), counted(10));
    assert_eq!(run.spread("pool.api.p_shortfall_in(today + 40 d)"), counted(10));
    assert_eq!(run.spread("pool.api.p_shortfall_in(\"2027-02-03\")"), counted(10));
    assert_eq!(run.spread("pool.api.p_shortfall_in(\"2027-04\")"), Spread::UNKNOWN);
    assert_eq!(run.spread("pool.api.p_shortfall_worst"), counted(20));
    // nothing seen is not nothing: 1 − 0.025^(1/100)
    let none = run.spread("pool.\"check out\".p_shortfall");
    assert!(none.value == Some(0.0) && none.low == 0.0 && (none.high - (1.0 - 0.025_f64.powf(0.01))).abs() < 1e-12);
    assert_eq!(run.spread("scenario.launch-2027.pool.api.p_shortfall"), counted(60));
}

#[test]
fn hours_short_are_a_mean_where_enough_futures_carry_it() {
    let run = run();
    let month = run.spread("pool.api.hours_short_in(\"2027-02\")");
    assert!(month.value == Some(0.2) && (month.high - (0.2 + 1.959_964 * 0.06)).abs() < 1e-6, "{month:?}");
    assert!((month.low - (0.2 - 1.959_964 * 0.06)).abs() < 1e-6, "{month:?}");
    let few = run.spread("pool.api.hours_short_in(\"2027-01\")");
    assert_eq!((few.value, few.low, few.high), (Some(0.1), 0.0, counted(5).high * 31.0 * 24.0));
    assert_eq!(run.spread("pool.api.hours_short").value, Some(0.4));
    // another scenario has no measures of the plan: 50 of 100 futures are short for 2 hours in February
    let counted = run.spread("scenario.launch-2027.pool.api.hours_short_in(\"2027-02\")");
    let standard_error = (0.25 * 4.0 * 100.0 / 99.0 / 100.0_f64).sqrt();
    assert!(counted.value == Some(1.0) && (counted.high - (1.0 + 1.959_964 * standard_error)).abs() < 1e-6, "{counted:?}");
}

#[test]
fn the_day_of_crossing_is_a_rank_with_its_exact_interval() {
    let run = run();
    // the ranks 40 and 61 of 100 enclose the median with 95 %: Conover (1999), table A3
    let (median, null, _) = run.term("pool.api.exhaustion(0.5)");
    assert_eq!((median.value, median.low, median.high, null), (Some(days(49)), days(39), f64::INFINITY, Truth::Unknown));
    // 5 of 100 can still be 10 %, 17 of 100 must be
    let (tenth, null, _) = run.term("pool.api.exhaustion(10 %)");
    assert_eq!((tenth.value, tenth.low, tenth.high, null), (Some(days(9)), days(4), days(16), Truth::No));
    let (late, null, _) = run.term("pool.api.exhaustion(0.9)");
    assert_eq!((late.value, late.low, null), (Some(f64::INFINITY), days(90), Truth::Yes));
    assert_eq!(run.spread("pool.api.reserve_exhaustion(0.5)").value, Some(days(24)));
    assert_eq!(run.spread("pool.api.p_exhausted_by(today + 9 d)"), counted(10));
    assert_eq!(run.spread("pool.api.p_reserve_exhausted_by(today + 9 d)"), counted(20));
    assert_eq!(run.spread("pool.api.p_exhausted_by(today - 1 d)"), Spread::exact(0.0));
    let beyond = run.spread("pool.api.p_exhausted_by(end + 400 d)");
    assert_eq!((beyond.value, beyond.low, beyond.high), (Some(0.6), counted(60).low, 1.0));
}

#[test]
fn a_quantile_and_the_share_crossed_by_a_day_say_the_same() {
    // F(day) ≥ p if and only if the p quantile is at or before the day: so with their intervals, at every day and share
    let run = run();
    for p in ["0.03", "0.1", "0.25", "0.5", "0.58", "0.7"] {
        for day in (0..90).step_by(7) {
            let early = run.holds(&format!("pool.api.exhaustion({p}) <= today + {day} d"));
            let crossed = run.holds(&format!("pool.api.p_exhausted_by(today + {day} d) >= {p}"));
            assert_eq!(early, crossed, "{p} {day}");
        }
    }
}

#[test]
fn null_is_later_than_every_day_of_the_horizon_and_open_beyond() {
    let run = run();
    for (text, truth) in [
        ("pool.api.exhaustion(0.9) == null", Truth::Yes),
        ("pool.api.exhaustion(0.9) != null", Truth::No),
        ("pool.api.exhaustion(0.5) == null", Truth::Unknown),
        ("pool.api.exhaustion(0.1) == null", Truth::No),
        ("pool.api.exhaustion(0.9) <= end", Truth::No),
        ("pool.api.exhaustion(0.9) > end", Truth::Yes),
        ("pool.api.exhaustion(0.9) < \"2030-01-01\"", Truth::Unknown),
        ("pool.\"check out\".next_order == null", Truth::Yes),
        ("pool.\"check out\".next_order < today + 60 d", Truth::No),
        ("pool.api.next_order == null", Truth::No),
        ("pool.api.next_order == \"2027-01-21\"", Truth::Yes),
        ("pool.api.forecast_ratio == null", Truth::Yes),
        ("pool.api.forecast_ratio > 1", Truth::Unknown),
        ("not pool.api.forecast_ratio > 1", Truth::Unknown),
    ] {
        assert_eq!(run.holds(text), truth, "{text}");
    }
}

#[test]
fn the_order_by_day_has_the_interval_of_the_chance_to_arrive() {
    let mut run = run();
    // ordered on day d it comes on day d + 5, too late for the futures that cross before: min(d + 5, 60) of 100
    let (by, null, _) = run.term("pool.api.order_by");
    assert_eq!((by.value, null), (Some(days(5)), Truth::No));
    let late = |day: f64| clopper_pearson(u64::from(N) - (day - days(0)) as u64 - 5, 100, 0.95).unwrap();
    assert_eq!(by.low, f64::NEG_INFINITY, "95 of 100 in time may be fewer than 90 %, even ordered today");
    assert!(late(by.high).high >= 0.9 && late(by.high + 1.0).high < 0.9);
    let in_days = run.spread("pool.api.order_by_in_days");
    assert_eq!((in_days.value, in_days.high), (Some(5.0), by.high - days(0)));
    assert_eq!(run.holds("pool.api.order_by < today + 60 d"), Truth::Yes);
    let (never, null, _) = run.term("pool.\"check out\".order_by");
    assert_eq!((never.value, never.low, null), (Some(f64::INFINITY), days(90), Truth::Yes));
    Arc::make_mut(&mut run.outcomes[0].pools[0]).exhaustion = vec![Some(1); N as usize];
    run.plan.pools[0].order_by = OrderBy::Overdue;
    let (overdue, null, note) = run.term("pool.api.order_by");
    assert_eq!((overdue.value, overdue.high, null), (Some(f64::NEG_INFINITY), days(-1), Truth::No));
    assert!(note.unwrap().starts_with("even an order"));
    assert_eq!(run.holds("pool.api.order_by < today"), Truth::Yes);
    assert_eq!(run.holds("pool.api.order_by_in_days < 0"), Truth::Yes);
}

#[test]
fn room_is_that_of_the_resource_that_binds() {
    let run = run();
    // ranks 5, 10, 17 of r − 40; without the redundancy 7 units less
    let room = run.spread("pool.api.headroom(\"2027-02\", 0.1)");
    assert_eq!((room.value, room.low, room.high), (Some(-31.0), -36.0, -24.0));
    assert_eq!(run.spread("pool.api.reserve_headroom(\"2027-02\", 0.1)").value, Some(-38.0));
    // no rank is surely beyond the 1 % quantile from below
    let least = run.spread("pool.api.headroom(\"2027-02\", 0.01)");
    assert_eq!((least.value, least.low), (Some(-40.0), f64::NEG_INFINITY));
}

#[test]
fn losses_events_and_costs_are_those_of_the_report() {
    let mut run = run();
    assert_eq!(run.spread("pool.api.survives(\"zone\", \"2027-02\")"), counted(80));
    assert_eq!(run.spread("pool.api.survives(\"rack\", \"2027-02\")"), Spread::UNKNOWN);
    assert_eq!(run.spread("pool.api.cost"), Spread::exact(1_500.0));
    assert_eq!(run.spread("report.cost"), Spread::exact(1_500.0));
    assert_eq!(run.spread("pool.api.units_to_order"), Spread::exact(3.0));
    assert_eq!(run.spread("report.units_to_order"), Spread::exact(3.0));
    assert_eq!(run.spread("report.accepted"), Spread::exact(0.01));
    let event = run.spread("report.p_event(\"three down\")");
    assert!((event.high - (3e-5 + 1.959_964e-6)).abs() < 1e-11, "{event:?}");
    run.plan.answers[0].answer.warning = Some(Warning::NothingSeen { replications: 1_000 });
    let bound = upper_if_none_seen(1_000, 0.975).unwrap();
    assert_eq!(run.spread("report.p_event(\"three down\")"), Spread { value: None, low: 0.0, high: bound });
    run.plan.answers[0].answer.warning = Some(Warning::NotChecked);
    assert_eq!(run.spread("report.p_event(\"three down\")"), Spread::between(3e-5, 0.0, 1.0));
}

#[test]
fn pools_are_looked_at_in_turn_and_those_that_decide_are_kept() {
    let run = run();
    let told = |text: &str| {
        let (truth, read) = run.read(text);
        (truth, read.into_iter().map(|read| read.text).collect::<Vec<_>>())
    };
    let (api, other) = ("pool.api.p_shortfall", "pool.\"check out\".p_shortfall");
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(told("any_pool(p_shortfall > 0.05)"), (Truth::Yes, list(&[api])));
    assert_eq!(told("any_pool(p_shortfall > 0.5)"), (Truth::No, list(&[api, other])));
    assert_eq!(told("any_pool(p_shortfall > 0.2)"), (Truth::Unknown, list(&[api])));
    assert_eq!(told("all_pools(p_shortfall < 0.1)"), (Truth::No, list(&[api])));
    assert_eq!(told("all_pools(p_shortfall < 0.9)"), (Truth::Yes, list(&[api, other])));
    assert_eq!(told("all_pools(p_shortfall < 0.02)"), (Truth::No, list(&[api])), "the other is unknown");
    assert_eq!(
        told("scenario.launch-2027.any_pool(p_shortfall > 0.4)"),
        (Truth::Yes, list(&["scenario.launch-2027.pool.api.p_shortfall"]))
    );
}

#[test]
fn no_day_however_far_and_no_division_makes_it_panic() {
    let run = run();
    for text in [
        "pool.api.p_shortfall_by(today + 1e15 d) > 0.1",
        "pool.api.p_shortfall_in(today - 1e15 d) > 0.1",
        "pool.api.p_exhausted_by(today + 1 d / 0) > 0.1",
        "pool.api.headroom(today + 1e15 d, 0.5) > 0",
        "pool.api.exhaustion(0.5) - pool.api.exhaustion(0.9) < 1 d",
        "pool.api.cost / 0 > 1",
        "1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 * 1e15 > 1",
    ] {
        let gate = read(text).unwrap();
        let judged = run.judged(&[gate], 0.95, &|_| false);
        assert!(judged.gates[0].sentence.ends_with('.'), "{text}");
    }
}
