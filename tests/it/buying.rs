//! What to buy under terms, budgets, limits and every rule: against closed forms, and laws that hold in every world.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll::model::{
    Arrival, Bounds, Budget, Limit, Model, Order, Place, Price, PriceChange, RiskRule, Strikes, Term, UncertainNumber,
};
use plimsoll::observe::Silent;
use plimsoll::paths::SamplePaths;
use plimsoll::plan::solve::{Cover, Lease};
use plimsoll::plan::{self, Plan, Why};
use plimsoll::scenario::{Freezes, Override, Scenario};
use plimsoll::simulate;
use plimsoll::stats::{Distribution, normal_density, normal_quantile, normal_tail};
use plimsoll::stream::{Address, Seed, Stream};
use plimsoll::time::Day;
use proptest::prelude::*;

use crate::support::{assert_within, world};

const DRAWS: u32 = 20_000;

fn drawn(law: impl Fn(&mut plimsoll::stream::Generator) -> f64) -> Vec<u32> {
    let stream = Stream::root(Seed(31)).named("demand");
    let one = |r| law(&mut stream.replication(r).at(Address::of("d")).rng());
    (0..DRAWS).map(|r| one(r).max(0.0).round() as u32).collect()
}

/// Lots that cost least when one costs `cost` and one missing `penalty`.
fn newsvendor(missing: &[u32], cost: f64, penalty: f64) -> f64 {
    let short = plan::penalties(missing, 1, penalty);
    let wanted = short.iter().map(|(lots, _)| lots).sum();
    let lease = Lease { from: 0, to: 1, cost, uses: Vec::new() };
    f64::from(Cover { leases: vec![lease], wanted: vec![wanted], short: vec![short] }.solve().lots[0])
}

#[test]
fn the_newsvendor_buys_the_quantile_of_the_critical_ratio() {
    let n = f64::from(DRAWS);
    let (mean, sigma) = (5_000.0, 800.0);
    let normal = drawn(|rng| mean + sigma * rng.normal());
    let exponential = drawn(|rng| -1_000.0 * (1.0 - rng.uniform()).ln());
    for (cost, penalty) in [(30.0, 100.0), (5.0, 100.0), (1.0, 100.0), (50.0, 60.0)] {
        let ratio = 1.0 - cost / penalty;
        let error = (ratio * (1.0 - ratio) / n).sqrt();
        let z = normal_quantile(ratio);
        let tolerance = 5.0 * error * sigma / normal_density(z) + 1.0;
        assert_within("normal", newsvendor(&normal, cost, penalty), mean + sigma * z, tolerance);
        let tolerance = 5.0 * error * 1_000.0 / (1.0 - ratio) + 1.0;
        assert_within("exponential", newsvendor(&exponential, cost, penalty), -1_000.0 * (1.0 - ratio).ln(), tolerance);
    }
}

#[test]
fn the_worst_futures_of_known_laws_have_their_known_mean() {
    let (mean, sigma, spread) = (20_000.0, 3_000.0, 0.5);
    let normal = drawn(|rng| mean + sigma * rng.normal());
    let lognormal = drawn(|rng| 10_000.0 * (spread * rng.normal()).exp());
    for level in [0.5, 0.9, 0.99] {
        let z = normal_quantile(level);
        // Rockafellar & Uryasev 2000, and Norton, Khokhlov & Uryasev 2021, prop. 8
        let exact = mean + sigma * normal_density(z) / (1.0 - level);
        let seen = plan::cvar_missing(&normal, level, 0);
        assert_within("normal", seen.value, exact, 5.0 * seen.standard_error + 1.0);
        let exact = 10_000.0 * (spread * spread / 2.0).exp() * normal_tail(z - spread) / (1.0 - level);
        let seen = plan::cvar_missing(&lognormal, level, 0);
        assert_within("lognormal", seen.value, exact, 5.0 * seen.standard_error + 1.0);
        let more = plan::cvar_missing(&normal, level, 1_000);
        assert_within("1,000 more", more.value, plan::cvar_missing(&normal, level, 0).value - 1_000.0, 15.0);
    }
}

#[test]
fn a_chance_constraint_takes_the_quantile_of_the_law() {
    let (mean, sigma) = (5_000.0, 800.0);
    let room: Vec<i32> = drawn(|rng| mean + sigma * rng.normal()).into_iter().map(|d| -(d as i32)).collect();
    for accepted in [0.1, 0.01, 0.001] {
        let need = f64::from(plan::needs_of(RiskRule::ShortfallPerMonth(accepted), &room, 1)[0]);
        let z = normal_quantile(1.0 - accepted);
        let error = (accepted * (1.0 - accepted) / f64::from(DRAWS)).sqrt();
        assert_within("normal", need, mean + sigma * z, 5.0 * error * sigma / normal_density(z) + 1.0);
    }
    // 400 hosts, each down with 3 %: no sample says less than the quantile less five errors, nor more
    let down = drawn(|rng| (0..400).map(|_| f64::from(u8::from(rng.uniform() < 0.03))).sum());
    let room: Vec<i32> = down.into_iter().map(|d| -(d as i32)).collect();
    for accepted in [0.1, 0.01] {
        let need = plan::needs_of(RiskRule::ShortfallPerMonth(accepted), &room, 1)[0];
        let above = |n: u32| plimsoll::stats::binomial_at_least(u64::from(n) + 1, 400, 0.03);
        let error = 5.0 * (accepted * (1.0 - accepted) / f64::from(DRAWS)).sqrt();
        assert!(above(need) <= accepted + error && above(need - 1) >= accepted - error, "{accepted}: {need}");
    }
}

fn changed(scenario: &Scenario, change: impl FnOnce(&mut Model)) -> Scenario {
    let mut model = (*scenario.model).clone();
    change(&mut model);
    Scenario { model: Arc::new(model), ..scenario.clone() }
}

fn planned(scenario: &Scenario, paths: &SamplePaths) -> Plan {
    let root = Stream::root(Seed(3));
    let outcomes = vec![simulate::run(scenario, paths, root, &Silent).unwrap()];
    plan::recommend(std::slice::from_ref(scenario), paths, &outcomes, root, &Silent).unwrap()
}

fn term(name: &str, upfront: f64, monthly: f64, commits_months: Option<u32>, lead: Option<f64>) -> Term {
    let lead_time_days = lead.map(Distribution::constant);
    Term { name: name.to_owned(), upfront, monthly, commits_months, lead_time_days }
}

/// On demand at once, reserved for a year, or bought.
fn terms() -> Vec<Term> {
    vec![
        term("on demand", 0.0, 260.0, Some(1), Some(1.0)),
        term("reserved 1 y", 0.0, 160.0, Some(12), Some(7.0)),
        term("bought", 1_000.0, 50.0, None, None),
    ]
}

fn with_terms(pools: &[&str], futures: u32) -> (Scenario, SamplePaths) {
    let (scenario, paths) = world(pools, futures);
    (changed(&scenario, |model| model.catalog.get_mut("m8").unwrap().terms = terms()), paths)
}

#[test]
fn terms_cost_no_more_than_the_best_of_them_alone() {
    let (scenario, paths) = with_terms(&["a", "b"], 300);
    let plan = planned(&scenario, &paths);
    for pool in &plan.pools {
        let chosen = &pool.options[pool.chosen];
        assert!(chosen.meets && chosen.units() > 0, "{}: {chosen:?}", pool.pool);
        let alone: Vec<_> = pool.options.iter().filter(|option| option.name.starts_with("all ")).collect();
        assert_eq!(alone.len(), 3, "{:?}", pool.options);
        for option in alone.iter().filter(|option| option.meets) {
            assert!(option.cost.0 >= chosen.cost.0 - 1e-6, "{} {:?} beats {:?}", option.name, option.cost, chosen.cost);
            assert!(option.name == "x" || !matches!(option.why, Why::Chosen) || option.cost == chosen.cost);
        }
        assert_eq!(pool.held_out.len(), plan.months.len());
    }
    assert!(plan.solving.gap < 1e-9, "pools alone are solved exactly: {:?}", plan.solving);
    // the best orders for a scenario are the schedule that is proved to cost least for what is missing there
    let best = plan.regret.plans.iter().find(|one| one.name.contains("best for base")).unwrap();
    let (best, least) = (best.orders.0, plan.solving.cost.0);
    assert!((best - least).abs() <= 1e-6 * least, "best for base costs {best}, the solver proved {least}");
    let batches = plan.solving.batches.unwrap();
    assert!(batches.low <= batches.cost.value && batches.cost.value > 0.0, "{batches:?}");
}

#[test]
fn a_budget_is_kept_binds_and_is_named() {
    let (scenario, paths) = with_terms(&["a", "b"], 200);
    let free = planned(&scenario, &paths);
    // the world begins in a quarter's first days
    let amount = 0.5 * free.cost().0;
    let bounds = Bounds { budgets: vec![Budget { from: Day(i32::MIN), amount }], limits: Vec::new() };
    let tight = changed(&scenario, |model| model.bounds = bounds.clone());
    let plan = planned(&tight, &paths);
    assert!(plan.solving.bound.0 <= plan.solving.cost.0 + 1e-6);
    assert!(plan.cost().0 >= free.cost().0 - 1e-6, "a budget made the plan cheaper");
    let scanty = changed(&scenario, |model| {
        model.bounds = Bounds { budgets: vec![Budget { from: Day(i32::MIN), amount: 500.0 }], limits: Vec::new() };
    });
    let plan = planned(&scanty, &paths);
    assert!(!plan.solving.short.is_empty(), "500 a quarter carries nothing: {:?}", plan.solving);
    let broken = plan.pools.iter().flat_map(|pool| &pool.options).filter_map(|option| match &option.why {
        Why::Breaks(name, _) => Some(name.as_str()),
        _ => None,
    });
    assert!(broken.into_iter().any(|name| name.starts_with("budget 1970 Q")), "{:?}", plan.pools[0].options);
}

#[test]
fn a_limit_is_shared_by_pools() {
    let (scenario, paths) = with_terms(&["a", "b"], 200);
    let free = planned(&scenario, &paths);
    let most = |plan: &Plan| -> u32 {
        let all = plan.pools.iter().flat_map(|pool| &pool.options[pool.chosen].orders).filter(|order| order.until.is_none());
        all.map(|order| order.units).sum()
    };
    let power = |spare: f64| {
        let uses = BTreeMap::from([("m8".to_owned(), 450.0)]);
        Limit { name: "power".to_owned(), at_most: 450.0 * (16.0 + spare), uses, domain: None }
    };
    let loose = changed(&scenario, |model| model.bounds.limits = vec![power(1_000.0)]);
    assert_eq!(planned(&loose, &paths).cost(), free.cost(), "a limit that does not bind changed the plan");
    let spare = 2.0;
    let tight = changed(&scenario, |model| model.bounds.limits = vec![power(spare)]);
    let plan = planned(&tight, &paths);
    assert!(most(&free) > 2, "the limit would not have bound");
    assert!(f64::from(most(&plan)) <= spare, "{:?}", plan.solving);
    assert!(plan.solving.short.iter().any(|(_, _, units)| *units > 0));
}

#[test]
fn other_rules_are_kept_and_stricter_ones_cost_no_less() {
    let (scenario, paths) = with_terms(&["a"], 300);
    let rules: [&[RiskRule]; 2] = [
        &[0.5, 0.1, 0.02].map(RiskRule::ExpectedShortfall),
        &[1.0, 0.3, 0.0].map(|at_most| RiskRule::Cvar { level: 0.9, at_most }),
    ];
    for rules in rules {
        let mut last = 0.0;
        for rule in rules {
            let plan = planned(&changed(&scenario, |model| model.objective.risk = *rule), &paths);
            let pool = &plan.pools[0];
            let chosen = &pool.options[pool.chosen];
            assert!(chosen.meets, "{rule:?}: {chosen:?}");
            assert!(chosen.measure[pool.first_month..].iter().all(|month| month.value <= rule.at_most() + 1e-12), "{rule:?}");
            assert!(plan.solving.cost.0 >= last, "{rule:?} costs {}, a looser one {last}", plan.solving.cost.0);
            last = plan.solving.cost.0;
        }
        assert!(last > 0.0);
    }
}

#[test]
fn a_dearer_shortfall_buys_no_less() {
    let (scenario, paths) = with_terms(&["a"], 300);
    let mut last = 0;
    for price in [10.0, 1_000.0, 100_000.0] {
        let plan = planned(&changed(&scenario, |model| model.objective.risk = RiskRule::LeastCost(price)), &paths);
        let chosen = &plan.pools[0].options[plan.pools[0].chosen];
        let best = plan.pools[0].options.iter().map(plan::PlanOption::expected_cost).fold(f64::INFINITY, f64::min);
        assert!(chosen.expected_cost() <= best + 1e-6, "{price}");
        assert!(chosen.units() >= last, "{price}: {} units after {last}", chosen.units());
        last = chosen.units();
    }
    assert!(last > 0);
}

#[test]
fn an_option_that_nobody_takes_changes_nothing() {
    let (scenario, paths) = with_terms(&["a"], 200);
    let more = changed(&scenario, |model| {
        let unit = model.catalog.get_mut("m8").unwrap();
        unit.terms.push(term("gold", 90_000.0, 9_000.0, Some(12), Some(7.0)));
    });
    let (plan, with) = (planned(&scenario, &paths), planned(&more, &paths));
    let chosen = |plan: &Plan| plan.pools[0].options[plan.pools[0].chosen].clone();
    assert_eq!(chosen(&plan).orders, chosen(&with).orders);
    assert_eq!(plan.solving, with.solving);
}

#[test]
fn a_lower_price_from_a_day_on_is_waited_for_or_costs_less() {
    let (scenario, paths) = with_terms(&["a"], 200);
    let cheaper = changed(&scenario, |model| {
        let unit = model.catalog.get_mut("m8").unwrap();
        unit.price_changes = vec![PriceChange::of_all(Day(60), 0.5)];
    });
    let (plan, with) = (planned(&scenario, &paths), planned(&cheaper, &paths));
    assert!(with.solving.cost.0 < plan.solving.cost.0, "{} {}", with.solving.cost.0, plan.solving.cost.0);
}

#[test]
fn what_a_schedule_costs_in_each_future_is_what_its_orders_cost() {
    // nothing of an order is uncertain: every future costs what the plan says, terms, returns and lower prices counted
    let (scenario, paths) = with_terms(&["a", "b"], 200);
    let known = changed(&scenario, |model| {
        let unit = model.catalog.get_mut("m8").unwrap();
        unit.lead_time_days = Distribution::constant(20.0);
        unit.price_changes = vec![PriceChange::of_all(Day(60), 0.5)];
    });
    let plan = planned(&known, &paths);
    let (cost, spread) = (plan.cost().0, plan.policies.spread);
    assert!(cost > 0.0);
    for seen in [spread.mean.value, spread.p10, spread.p90] {
        assert_within("a future", seen, cost, 1e-9 * cost);
    }
}

#[test]
fn what_is_missing_in_a_scenario_is_paid_by_the_cheapest_term_at_its_prices() {
    // missing in every future: two units in April, one from May on; the horizon ends on 29 August, the 240th day. Rented for a month
    // for 100, or bought for 900; both are there on the day of the order.
    let (scenario, paths) = world(&["a"], 40);
    let priced = changed(&scenario, |model| {
        let unit = model.catalog.get_mut("m8").unwrap();
        unit.terms = vec![term("rented", 0.0, 100.0, Some(1), Some(0.0)), term("bought", 900.0, 0.0, None, Some(0.0))];
    });
    let moved = |name: &str, overrides: Vec<Override>| Scenario { name: name.to_owned(), overrides, ..priced.clone() };
    let price = |from: i32, purchase: f64, monthly: f64| Override::PriceChange {
        unit: "m8".to_owned(),
        from: Day(from),
        purchase,
        monthly,
    };
    let (march, june) = (59, 151);
    let scenarios = [
        priced.clone(),
        moved("as it is", Vec::new()),
        moved("rents treble in June", vec![price(june, 1.0, 3.0)]),
        moved("and purchases double in March: bought before", vec![price(june, 1.0, 3.0), price(march, 2.0, 1.0)]),
        moved("and purchases have doubled", vec![price(june, 1.0, 3.0), price(0, 2.0, 1.0)]),
        moved(
            "of another unit",
            vec![Override::PriceChange { unit: "other".to_owned(), from: Day(0), purchase: 9.0, monthly: 9.0 }],
        ),
    ];
    let root = Stream::root(Seed(3));
    let mut outcomes = vec![simulate::run(&priced, &paths, root, &Silent).unwrap()];
    for scenario in &scenarios[1..] {
        let mut seen = outcomes[0].clone();
        seen.scenario.clone_from(&scenario.name);
        Arc::make_mut(&mut seen.pools[0]).room_units = [0, 0, 0, -2, -1, -1, -1, -1].repeat(40);
        outcomes.push(seen);
    }
    let plan = plan::recommend(&scenarios, &paths, &outcomes, root, &Silent).unwrap();
    let rent = |days: f64| 100.0 * days / plan::MONTH_DAYS;
    let april = rent(30.0);
    let wanted = [
        april + rent(30.0 + 31.0 + 30.0 + 31.0 + 28.0),
        april + 900.0,
        april + 900.0,
        april + rent(30.0 + 31.0) + 3.0 * rent(30.0 + 31.0 + 28.0),
        april + rent(30.0 + 31.0 + 30.0 + 31.0 + 28.0),
    ];
    for (scenario, wanted) in plan.scenarios[1..].iter().zip(wanted) {
        assert_eq!(scenario.pools[0].units_needed, 2);
        assert_within(&scenario.scenario, scenario.pools[0].cost.0, wanted, 1e-9 * wanted);
    }
    // the same prices written into the catalog say the same
    let mut catalog = (*priced.model).clone();
    let unit = catalog.catalog.get_mut("m8").unwrap();
    unit.price_changes = vec![
        PriceChange { from: Day(march), upfront: 2.0, monthly: 1.0 },
        PriceChange { from: Day(june), upfront: 2.0, monthly: 3.0 },
    ];
    assert_eq!(*scenarios[3].priced().model, catalog);
}

#[test]
fn an_option_that_is_dearer_says_how_sure_that_is_by_the_difference_in_each_future() {
    // 40 units more than recommended at a price uniform between 500 and 1,500 and nothing a month: futures tell them apart by as
    // many times the price, whatever the recommended ones cost
    let (scenario, paths) = world(&["a"], 400);
    let uncertain = changed(&scenario, |model| {
        model.catalog.get_mut("m8").unwrap().price = Price { purchase: 1_000.0, monthly: 0.0 };
        model.uncertain.push(UncertainNumber {
            name: "unit.m8.price.purchase".to_owned(),
            law: Distribution::Uniform { low: 500.0, high: 1_500.0 },
            place: Place::Purchase { unit: "m8".to_owned() },
        });
        model.pools[0].orders.push(Order {
            name: "many".to_owned(),
            unit: "m8".to_owned(),
            units: 60,
            domain: None,
            ordered: Day(1),
            arrival: Arrival::LeadTimeDays(Distribution::constant(1.0)),
            leaves: None,
            committed: false,
        });
    });
    let plan = planned(&uncertain, &paths);
    let pool = &plan.pools[0];
    let (chosen, many) = (&pool.options[pool.chosen], pool.options.iter().find(|option| option.name == "as declared").unwrap());
    assert!(chosen.units() > 0 && chosen.units() < 60 && many.units() == 60, "{chosen:?}");
    let Why::Dearer(more) = many.why else { panic!("{:?}", many.why) };
    let apart = f64::from(60 - chosen.units());
    assert_within("more", more.value, 1_000.0 * apart, 1e-6);
    // the law's deviation is 1,000 / √12; that of 400 draws has an error of √((9/5 − 1) / (4 × 400)) of it
    let wanted = apart * 1_000.0 / 12.0_f64.sqrt() / 20.0;
    assert_within("its error", more.standard_error, wanted, 5.0 * wanted * (0.8_f64 / 1_600.0).sqrt());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn more_units_never_raise_a_measure(
        missing in prop::collection::vec(0_u32..40, 20..60),
        more in 0_u32..30,
        level in 0.0_f64..0.99,
    ) {
        prop_assert!(plan::expected_missing(&missing, more + 1).value <= plan::expected_missing(&missing, more).value);
        prop_assert!(plan::cvar_missing(&missing, level, more + 1).value <= plan::cvar_missing(&missing, level, more).value + 1e-9);
        prop_assert!(plan::cvar_missing(&missing, level, more).value >= plan::expected_missing(&missing, more).value - 1e-9);
    }

    #[test]
    fn a_longer_lead_time_never_moves_an_order_later(
        crossing in prop::collection::vec(prop::option::of(0_u32..300), 10..40),
        lead in 1.0_f64..90.0,
        longer in 0.0_f64..60.0,
        late in 0.01_f64..0.5,
    ) {
        let by = |days: f64| match plan::order_by(&crossing, Day(0), 300, &Distribution::Exponential { mean: days }, late) {
            plan::OrderBy::NotNeeded => i32::MAX,
            plan::OrderBy::By(day) => day.0,
            plan::OrderBy::Overdue => i32::MIN,
        };
        prop_assert!(by(lead + longer) <= by(lead));
    }
}

/// 40 fleets whose demand follows a known law: what a plan made on 200 of its futures promises is kept in 500 others.
#[test]
fn the_risk_that_is_promised_is_the_risk_that_is_met() {
    const FLEETS: usize = 40;
    const SEEN: usize = 200;
    const FRESH: usize = 500;
    let names: Vec<String> = (0..FLEETS).map(|fleet| format!("fleet-{fleet:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (scenario, mut all) = world(&names, (SEEN + FRESH) as u32);
    let width = all.steps * all.series.len();
    for (at, value) in all.values.iter_mut().enumerate() {
        *value *= 0.9 + 0.02 * ((at % width) / all.steps) as f64;
    }
    let part = |from: usize, count: usize| SamplePaths {
        paths: count,
        values: all.values[from * width..(from + count) * width].to_vec(),
        ..all.clone()
    };
    let scenario = changed(&scenario, |model| {
        // zones strike all fleets at once: left out, so that fleets are independent
        model.failures.retain(|mode| matches!(mode.strikes, Strikes::Hosts { .. }));
    });
    let scenario = Scenario { replications: SEEN as u32, ..scenario };
    let plan = planned(&scenario, &part(0, SEEN));
    let accepted = plan.accepted.unwrap();
    let bought = changed(&scenario, |model| {
        let lead = model.catalog["m8"].lead_time_days.clone();
        for (pool, planned) in model.pools.iter_mut().zip(&plan.pools) {
            let orders = planned.options[planned.chosen].orders.iter().enumerate();
            pool.orders = orders
                .map(|(i, order)| Order {
                    name: format!("order {i}"),
                    unit: order.unit.clone(),
                    units: order.units,
                    domain: None,
                    ordered: order.order_by,
                    arrival: plimsoll::model::Arrival::LeadTimeDays(lead.clone()),
                    leaves: order.until,
                    committed: true,
                })
                .collect();
        }
    });
    let fresh = Scenario { replications: FRESH as u32, ..bought };
    let seen = simulate::run(&fresh, &part(SEEN, FRESH), Stream::root(Seed(77)), &Silent).unwrap();
    let months = seen.months.len();
    // the risk behind an order statistic of n futures has mean at most (n α + 1) ÷ (n + 1) and about this error
    let promised = (SEEN as f64 * accepted + 1.0) / (SEEN as f64 + 1.0);
    let one = (accepted * (1.0 - accepted) * (1.0 / SEEN as f64 + 1.0 / FRESH as f64)).sqrt();
    let mut judged = 0;
    for m in 0..months {
        let met = (0..FLEETS).filter(|p| m >= plan.pools[*p].first_month && plan.pools[*p].options[plan.pools[*p].chosen].meets);
        let share = |p: usize| {
            let short = seen.pools[p].hours_short.iter().skip(m).step_by(months).filter(|hours| **hours > 0.0).count();
            short as f64 / FRESH as f64
        };
        let risks: Vec<f64> = met.map(share).collect();
        if risks.is_empty() {
            continue;
        }
        judged += risks.len();
        let mean = risks.iter().sum::<f64>() / risks.len() as f64;
        assert!(mean <= promised + 5.0 * one / (risks.len() as f64).sqrt(), "month {m}: {mean} over {} fleets", risks.len());
        for risk in &risks {
            assert!(*risk <= promised + 5.0 * one, "month {m}: {risks:?}");
        }
    }
    assert!(judged >= 3 * FLEETS, "{judged} months of fleets were judged");
    assert!(plan.pools.iter().filter(|pool| pool.options[pool.chosen].units() > 0).count() > FLEETS / 2);
}

#[cfg(feature = "spec")]
#[test]
fn terms_limits_budgets_and_rules_are_read_as_written_and_refused_in_words() {
    use plimsoll::spec;
    let desk = tempfile::tempdir().unwrap();
    std::fs::write(desk.path().join("cpu.csv"), "").unwrap();
    let path = &desk.path().join("model.toml");
    let starter = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/starter.toml");
    let starter = std::fs::read_to_string(starter).unwrap();
    let price = "price = { purchase = 9200, monthly = 310 }";
    let terms = "price_change = [{ from = 2027-01-01, factor = 0.9 }]\nterm = [\n  { name = \"on demand\", monthly = 620, commits = \"1 month\", lead_time = \"1 d\" },\n  { name = \"reserved\", upfront = 1200, monthly = 280, commits = \"1 y\" },\n  { name = \"bought\", upfront = 9200 },\n]";
    let plan = "risk = { cvar = 1.5, level = 0.9 }\nbudget = [{ from = 2026-10-01, amount = 60_000 }]";
    let limit = "\n[limit.power]\nat_most = \"40 kW\"\nuses = { m8 = \"0.5 kW\" }\nin = \"zone-a\"\n";
    assert!(starter.contains(price) && starter.contains("risk = 0.01 "));
    let text = format!("{}{limit}", starter.replace(price, terms).replace("risk = 0.01 ", &format!("{plan}\n")));
    let declared = spec::parse(path, &text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let (unit, bounds) = (&declared.model.catalog["m8"], &declared.model.bounds);
    let commits: Vec<Option<u32>> = unit.terms.iter().map(|term| term.commits_months).collect();
    assert_eq!(commits, [Some(1), Some(12), None]);
    assert_eq!((unit.terms[1].upfront, unit.terms[1].monthly, unit.lead(&unit.terms[0]).mean()), (1_200.0, 280.0, 1.0));
    let factors = ["2026-12-31", "2027-01-01"].map(|day| unit.price_factors(day.parse().unwrap()));
    assert_eq!(factors, [(1.0, 1.0), (0.9, 0.9)]);
    assert_eq!(declared.model.objective.risk, RiskRule::Cvar { level: 0.9, at_most: 1.5 });
    assert_eq!(bounds.budgets, [Budget { from: "2026-10-01".parse().unwrap(), amount: 60_000.0 }]);
    let power = &bounds.limits[0];
    assert_within("lots of power", power.at_most / power.uses["m8"], 80.0, 1e-9);
    assert_eq!((power.name.as_str(), power.domain.as_deref()), ("power", Some("zone-a")));
    for (good, bad, slug) in [
        ("term = [", "price = { monthly = 1 }\nterm = [", "spec/two-prices"),
        ("commits = \"1 y\"", "commits = \"45 d\"", "spec/out-of-range"),
        ("name = \"reserved\"", "name = \"bought\"", "spec/duplicate-name"),
        ("factor = 0.9", "factor = -1", "spec/out-of-range"),
        ("cvar = 1.5", "cvar = 1.5, penalty = 3", "spec/risk-rule"),
        ("risk = { cvar = 1.5, level = 0.9 }", "risk = { penalty = 3 }\nshortfall_price = 2", "spec/out-of-range"),
        ("m8 = \"0.5 kW\"", "m8 = \"0.5 GiB\"", "spec/unit-mismatch"),
        ("m8 = \"0.5 kW\"", "m9 = \"0.5 kW\"", "spec/unknown-name"),
        ("in = \"zone-a\"\n", "in = \"zone-x\"\n", "spec/unknown-name"),
    ] {
        assert!(text.contains(good), "{good}");
        let problems = spec::parse(path, &text.replace(good, bad)).unwrap_err();
        assert!(problems.iter().any(|problem| problem.slug == slug), "{bad}: {problems:?}");
    }
}

#[test]
fn a_freeze_that_is_certain_makes_orders_come_before_it() {
    let (scenario, paths) = world(&["a"], 400);
    let root = Stream::root(Seed(3));
    let planned = |overrides: Vec<Override>| {
        let scenario = Scenario { overrides, ..scenario.clone() };
        let outcomes = vec![simulate::run(&scenario, &paths, root, &Silent).unwrap()];
        plan::recommend(std::slice::from_ref(&scenario), &paths, &outcomes, root, &Silent).unwrap()
    };
    let free = planned(Vec::new());
    let chosen = |plan: &Plan| plan.pools[0].options[plan.pools[0].chosen].clone();
    let first = chosen(&free).orders.iter().map(|order| order.needed).min().expect("an order");
    let freeze = Override::Freeze { from: first.plus(-20), until: first.plus(40) };
    let held = planned(vec![freeze]);
    let (before, after) = (chosen(&free), chosen(&held));
    assert!(before.meets && after.meets, "{before:?} {after:?}");
    let earliest = |option: &plan::PlanOption| option.orders.iter().map(|order| order.order_by).min().unwrap();
    assert!(earliest(&after).since(earliest(&before)) <= -20, "{before:?} {after:?}");
    // a crossing on the hundredth day, a lead time of 40 days: by the sixtieth, or 40 before the day before the freeze
    let crossing = vec![Some(100); 50];
    let by = |freezes: &Freezes| {
        let crossing = freezes.crossings(&crossing, Day(0));
        plan::order_by(&crossing, Day(0), 365, &Distribution::constant(40.0), 0.1)
    };
    assert_eq!(by(&Freezes::default()), plan::OrderBy::By(Day(60)));
    assert_eq!(by(&Freezes::of(&[Override::Freeze { from: Day(95), until: Day(101) }])), plan::OrderBy::By(Day(54)));
    assert_eq!(by(&Freezes::of(&[Override::Freeze { from: Day(95), until: Day(100) }])), plan::OrderBy::By(Day(60)));
}
