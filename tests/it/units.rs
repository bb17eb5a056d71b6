//! One of several units for a pool: the one that is taken, its orders and its cost against all of them worked out by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll::model::{Limit, LoadLine, Model, Price, Redundancy, UnitType};
use plimsoll::observe::Silent;
use plimsoll::paths::SamplePaths;
use plimsoll::plan::{self, MONTH_DAYS, Plan, PoolPlan, Why};
use plimsoll::scenario::Scenario;
use plimsoll::simulate;
use plimsoll::spec;
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::{Day, Month};

use crate::support::{assert_within, world};

const FUTURES: u32 = 40;

fn unit(name: &str, cores: f64, (purchase, monthly): (f64, f64), lot: u32) -> UnitType {
    UnitType {
        name: name.to_owned(),
        capacity: BTreeMap::from([("cpu".to_owned(), cores)]),
        price: Price { purchase, monthly },
        terms: Vec::new(),
        price_changes: Vec::new(),
        lot,
        lead_time_days: Distribution::constant(0.0),
        limit: None,
    }
}

/// Eight hosts of 16 cores a pool that never fail, a demand known to the day: 80 cores that grow by 0.3 % a day, of which the line lets 0.7 of
/// the capacity be used.
fn known(pools: &[&str], units: &[UnitType], change: impl FnOnce(&mut Model)) -> (Scenario, SamplePaths) {
    let (mut scenario, mut paths) = world(pools, FUTURES);
    let model = Arc::make_mut(&mut scenario.model);
    model.failures.clear();
    model.catalog.extend(units.iter().map(|unit| (unit.name.clone(), unit.clone())));
    model.catalog.get_mut("m8").unwrap().lead_time_days = Distribution::constant(0.0);
    for pool in &mut model.pools {
        pool.redundancy = Redundancy::default();
        pool.demands[0].line = LoadLine::Utilization(0.7);
        pool.or_buys = units.iter().map(|unit| unit.name.clone()).collect();
    }
    change(model);
    let steps = paths.steps;
    paths.values.iter_mut().enumerate().for_each(|(i, level)| *level = demand((i % steps) as i32));
    (scenario, paths)
}

fn demand(step: i32) -> f64 {
    80.0 * (0.003 * f64::from(step)).exp()
}

fn planned(scenario: &Scenario, paths: &SamplePaths) -> Plan {
    let root = Stream::root(Seed(3));
    let settled = plan::settle(std::slice::from_ref(scenario), paths, root, &Silent).unwrap();
    let outcomes: Vec<_> = settled.scenarios.iter().map(|one| simulate::run(one, paths, root, &Silent).unwrap()).collect();
    let mut plan = plan::recommend(&settled.scenarios, paths, &outcomes, root, &Silent).unwrap();
    plan.beside(settled.others, &settled.scenarios[0], root).unwrap();
    plan
}

/// Units and cost of the cheapest orders of one unit alone: each lot on the first day of the month that needs it.
fn by_hand(unit: &UnitType) -> (u32, f64) {
    let (mut have, mut cost) = (0, 0.0);
    for month in Month::spanning(Day(1), Day(240)) {
        // demand only rises: its last day of the month counts
        let last = month.next().first_day().plus(-1).min(Day(240));
        let lacking = demand(last.since(Day(1))) / 0.7 - 128.0;
        let need = ((lacking / unit.capacity["cpu"]).ceil().max(0.0) as u32).div_ceil(unit.lot) * unit.lot;
        if need > have {
            let days = f64::from(Day(240).since(month.first_day().max(Day(1))));
            cost += f64::from(need - have) * (unit.price.purchase + unit.price.monthly * days / MONTH_DAYS);
            have = need;
        }
    }
    (have, cost)
}

fn told<'p>(pool: &'p PoolPlan, name: &str) -> &'p plan::PlanOption {
    pool.options.iter().find(|option| option.name == name).unwrap_or_else(|| panic!("{name}: {:?}", pool.options))
}

#[test]
fn the_unit_that_carries_the_need_at_least_cost_is_taken_and_each_other_says_why_not() {
    let m8 = unit("m8", 16.0, (1_000.0, 50.0), 1);
    let catalogs = [
        // large units cost less a core, but are left idle; small ones fit
        vec![unit("m32", 64.0, (3_300.0, 160.0), 1), unit("m4", 8.0, (520.0, 30.0), 1), unit("gold", 16.0, (5_000.0, 50.0), 1)],
        // the smallest is dear and the large one a bargain
        vec![unit("m32", 64.0, (1_500.0, 60.0), 1), unit("m4", 8.0, (900.0, 30.0), 1)],
        // cheap, but by four at a time
        vec![unit("lots", 16.0, (700.0, 40.0), 4), unit("m12", 24.0, (1_450.0, 70.0), 1)],
        // cheap to run, dear to buy
        vec![unit("green", 16.0, (1_250.0, 1.0), 1)],
    ];
    for others in catalogs {
        let (scenario, paths) = known(&["a"], &others, |_| ());
        let plan = planned(&scenario, &paths);
        let pool = &plan.pools[0];
        let all: Vec<&UnitType> = [&m8].into_iter().chain(&others).collect();
        let best = all.iter().min_by(|a, b| by_hand(a).1.total_cmp(&by_hand(b).1)).unwrap();
        assert_eq!(pool.unit, best.name, "{:?}", all.iter().map(|unit| (&unit.name, by_hand(unit))).collect::<Vec<_>>());
        let chosen = &pool.options[pool.chosen];
        let (units, cost) = by_hand(best);
        assert!(units > 0 && chosen.orders.iter().all(|order| order.unit == best.name));
        assert_eq!(chosen.units(), units);
        assert_within(&best.name, chosen.cost.0, cost, 1e-9 * cost);
        for other in all.iter().filter(|unit| unit.name != best.name) {
            let (option, (units, more)) = (told(pool, &format!("all {}", other.name)), by_hand(other));
            assert_eq!(option.units(), units, "{}", other.name);
            assert_within(&other.name, option.cost.0, more, 1e-9 * more);
            let Why::Dearer(apart) = option.why else { panic!("{:?}", option.why) };
            assert_within("dearer", apart.value, more - cost, 1e-9 * more);
        }
    }
}

#[test]
fn a_cheaper_unit_that_comes_too_late_is_left_and_of_equal_cost_the_first_is_taken() {
    let mut slow = unit("slow", 16.0, (10.0, 1.0), 1);
    slow.lead_time_days = Distribution::constant(200.0);
    let twin = unit("twin", 16.0, (1_000.0, 50.0), 1);
    let (scenario, paths) = known(&["a"], &[slow, twin], |_| ());
    let plan = planned(&scenario, &paths);
    let pool = &plan.pools[0];
    assert_eq!(pool.unit, "m8");
    assert!(matches!(told(pool, "all slow").why, Why::TooRisky(_)), "{:?}", told(pool, "all slow").why);
    assert_eq!(told(pool, "all twin").why, Why::Tie);
}

#[test]
fn pools_that_share_a_limit_choose_within_it() {
    // by hand, one of m32 carries what four of m8 do, and costs 5,000: alone, either pool takes m8. Nine slots more than stand there
    // let one pool have as many m8 as it needs, and the other one m32
    let m32 = unit("m32", 128.0, (50_000.0, 0.0), 1);
    let (small, large) = (by_hand(&unit("m8", 16.0, (1_000.0, 50.0), 1)), by_hand(&m32));
    assert!(small.0 > 2 && large.0 == 1 && small.1 < large.1, "{small:?} {large:?}");
    let slots = |more: u32| Limit {
        name: "slots".to_owned(),
        at_most: f64::from(16 + more),
        uses: BTreeMap::from([("m8".to_owned(), 1.0), ("m32".to_owned(), 1.0)]),
        domain: None,
    };
    let chosen = |more: u32| {
        let (scenario, paths) = known(&["a", "b"], std::slice::from_ref(&m32), |model| model.bounds.limits = vec![slots(more)]);
        let plan = planned(&scenario, &paths);
        let meets = plan.pools.iter().all(|pool| pool.options[pool.chosen].meets);
        let mut units: Vec<String> = plan.pools.iter().map(|pool| pool.unit.clone()).collect();
        units.sort();
        (units, meets, plan.cost().0)
    };
    // every pair of units with its slots and cost, the cheapest that fits
    for more in [2 * small.0, small.0 + 1, 2] {
        let pairs = [(2 * small.0, 2.0 * small.1), (small.0 + 1, small.1 + large.1), (2, 2.0 * large.1)];
        let best = pairs.iter().filter(|(slots, _)| *slots <= more).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        let (units, meets, cost) = chosen(more);
        assert!(meets, "{more}: {units:?}");
        assert_within(&format!("{more} slots, {units:?}"), cost, best.1, 1e-9 * best.1);
    }
}

#[test]
fn a_list_of_units_is_read_in_its_order_and_refused_in_words() {
    let desk = tempfile::tempdir().unwrap();
    std::fs::write(desk.path().join("cpu.csv"), "").unwrap();
    let path = &desk.path().join("model.toml");
    let starter = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec/starter.toml");
    let starter = std::fs::read_to_string(starter).unwrap();
    let more =
        "\n[unit.m16]\ncapacity = { cpu = \"32 cores\" }\nlead_time = \"9 d\"\n[unit.bare]\ncapacity = {}\nlead_time = \"9 d\"\n";
    let text = format!("{}{more}", starter.replace("buys = \"m8\"", "buys = [\"m16\", \"m8\"]"));
    let pool = spec::parse(path, &text).unwrap_or_else(|problems| panic!("{problems:?}")).model.pools[0].clone();
    assert_eq!((pool.buys.as_str(), pool.or_buys.as_slice()), ("m16", ["m8".to_owned()].as_slice()));
    for (good, bad, slug, says) in [
        ("[\"m16\", \"m8\"]", "[\"m16\", \"m9\"]", "spec/unknown-name", "there is no unit `m9`"),
        ("[\"m16\", \"m8\"]", "[\"m8\", \"m8\"]", "spec/duplicate-name", "names `m8` twice"),
        ("[\"m16\", \"m8\"]", "[]", "spec/out-of-range", "names no unit"),
        ("[\"m16\", \"m8\"]", "[\"m8\", \"bare\"]", "spec/unit-without-resource", "`bare` has no `cpu`"),
        ("risk = 0.01 ", "risk = { penalty = 5000 } ", "spec/conflicting-keys", "names several units"),
        ("count = 1", "count = { p10 = 1, p90 = 2 }", "spec/uncertain-count", "is a law, and counts are known"),
    ] {
        assert!(text.contains(good), "{good}");
        let problems = spec::parse(path, &text.replace(good, bad)).unwrap_err();
        let told = problems.iter().filter(|problem| problem.slug == slug && problem.message.contains(says));
        assert!(told.count() > 0, "{bad}: {problems:?}");
    }
    // what a pool lacks is told once for a resource, however often the pool is planned for it
    let twice = text.replace("[\"m16\", \"m8\"]", "\"bare\"");
    let line = twice.lines().find(|line| line.contains("statistic = \"p99\"")).unwrap();
    let problems = spec::parse(path, &twice.replace(line, &format!("{line}\n{line}"))).unwrap_err();
    assert_eq!(problems.iter().filter(|problem| problem.slug == "spec/unit-without-resource").count(), 1, "{problems:?}");
}
