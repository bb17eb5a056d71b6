use super::*;
use crate::stream::Seed;

/// Demand of 10 or 30 cores, a half each.
fn ten_or_thirty() -> Distribution {
    Distribution::Discrete { points: vec![(10.0, 0.5), (30.0, 0.5)] }
}

fn candidate(name: &str, capacity: &[f64], price: f64) -> Candidate {
    Candidate { name: name.to_owned(), capacity: capacity.to_vec(), price, lot: 1, most: None }
}

fn question(needs: Vec<Need>, candidates: Vec<Candidate>, penalty: f64, risk: f64) -> ChoiceQuestion {
    ChoiceQuestion { needs, correlations: Vec::new(), candidates, spare: 0, penalty, risk, worlds: 4_096 }
}

fn cpu(demand: Distribution) -> Vec<Need> {
    vec![Need { resource: "cpu".to_owned(), demand, line: 1.0 }]
}

fn root() -> Stream {
    Stream::root(Seed(5))
}

#[test]
fn two_candidates_and_two_demands_by_hand() {
    // small: 5 cores for 1. With 2: half of the worlds leave 2/3 unserved: 2 + 60 × ½ × ⅔ = 22; each further unit saves
    // 60 × ½ × ⅙ = 5 for 1, up to 6: cost 6. large: 30 cores for 7: 1 of them carries both: cost 7.
    let asked =
        question(cpu(ten_or_thirty()), vec![candidate("large", &[30.0], 7.0), candidate("small", &[5.0], 1.0)], 60.0, 1.0);
    let found = choose(&asked, root()).unwrap();
    let told: Vec<(&str, u32, f64)> = found.ranked.iter().map(|one| (one.name.as_str(), one.units, one.cost.value)).collect();
    assert_eq!(told, [("small", 6, 6.0), ("large", 1, 7.0)]);
    assert_eq!((found.ranked[0].best_in.value, found.ranked[1].behind.value), (1.0, 1.0));
    assert!(found.ranked[0].tie && !found.ranked[1].tie);
}

#[test]
fn a_cheap_shortage_is_left_and_its_cost_is_the_enumerated_one() {
    // a unit saves 6 × ½ × ⅙ = 0.5 of the high demand, less than 1: two of them, 2 + 6 × ½ × ⅔ = 4, short in half of the worlds;
    // dear: 10 cores for 3: one of them, 3 + 6 × ½ × ⅔ = 5. In no world is it the cheaper.
    let asked = question(cpu(ten_or_thirty()), vec![candidate("small", &[5.0], 1.0), candidate("dear", &[10.0], 3.0)], 6.0, 1.0);
    let found = choose(&asked, root()).unwrap();
    let first = &found.ranked[0];
    assert_eq!((first.name.as_str(), first.units), ("small", 2));
    assert!((first.cost.value - 4.0).abs() <= 5.0 * first.cost.standard_error, "{:?}", first.cost);
    // the penalty is 0 or 4 with even chances: its standard deviation is 2
    assert!((first.cost.standard_error - 2.0 / 64.0).abs() < 0.001, "{:?}", first.cost);
    assert!((first.short.value - 0.5).abs() <= 5.0 * first.short.standard_error);
    assert_eq!(found.ranked[1].best_in.value, 0.0);
    assert_eq!(found.ranked[1].behind, crate::stats::Estimate { value: 1.0, standard_error: 0.0 });
}

#[test]
fn the_share_of_worlds_in_which_each_is_best_is_the_enumerated_one() {
    // lean: 10 cores for 1, at most one; wide: 30 cores for 2.5. At 10 cores lean costs 1 and wide 2.5; at 30 lean costs 1 + 9 × ⅔ = 7.
    let lean = Candidate { most: Some(1), ..candidate("lean", &[10.0], 1.0) };
    let low_more_often = Distribution::Discrete { points: vec![(10.0, 0.7), (30.0, 0.3)] };
    let found = choose(&question(cpu(low_more_often), vec![lean, candidate("wide", &[30.0], 2.5)], 9.0, 1.0), root()).unwrap();
    let of = |name: &str| found.ranked.iter().find(|one| one.name == name).unwrap();
    assert!((of("lean").best_in.value - 0.7).abs() <= 5.0 * of("lean").best_in.standard_error);
    assert!((of("lean").best_in.value + of("wide").best_in.value - 1.0).abs() < 1e-12);
    let expected = 1.0 + 0.3 * 6.0;
    assert!((of("lean").cost.value - expected).abs() <= 5.0 * of("lean").cost.standard_error);
}

#[test]
fn equal_candidates_are_ties_and_share_the_worlds() {
    let twins = vec![candidate("a", &[5.0], 1.0), candidate("b", &[5.0], 1.0), candidate("c", &[5.0], 1.5)];
    let found = choose(&question(cpu(ten_or_thirty()), twins, 60.0, 1.0), root()).unwrap();
    let told: Vec<(&str, bool, f64)> = found.ranked.iter().map(|one| (one.name.as_str(), one.tie, one.best_in.value)).collect();
    assert_eq!(told, [("a", true, 0.5), ("b", true, 0.5), ("c", false, 0.0)]);
}

#[test]
fn the_accepted_risk_sets_the_count_where_shortage_costs_nothing() {
    // uniform on [0, 100] with lots of 4 units of 1 core, two of them spare: at most 5 % short asks for 95 + 2 = 97, so 100
    let uniform = Distribution::Uniform { low: 0.0, high: 100.0 };
    let one = Candidate { lot: 4, ..candidate("one", &[1.0], 1.0) };
    let asked = ChoiceQuestion { spare: 2, worlds: 65_536, ..question(cpu(uniform), vec![one], 0.0, 0.05) };
    let first = &choose(&asked, root()).unwrap().ranked[0];
    assert_eq!(first.units, 100);
    // 98 up: P(x > 98) = 0.02
    assert!((first.short.value - 0.02).abs() <= 5.0 * first.short.standard_error, "{:?}", first.short);
}

#[test]
fn the_least_cost_count_is_that_of_trying_all() {
    let law = Distribution::Lognormal { median: 40.0, sigma: 0.5 };
    for (price, penalty) in [(1.0, 30.0), (1.0, 300.0), (0.1, 5_000.0)] {
        let asked = question(cpu(law.clone()), vec![candidate("one", &[1.0], price)], penalty, 1.0);
        let joint = asked.check().unwrap();
        let stream = root().named("choice");
        let units = count::counts(&asked, &joint, stream)[0].clone().unwrap().units;
        let worlds: Vec<f64> = (0..64).flat_map(|block| joint.draw_block(stream, block).swap_remove(0)).collect();
        let cost = |n: u32| {
            f64::from(n) * price + penalty * worlds.iter().map(|x| unserved(f64::from(n), *x)).sum::<f64>() / worlds.len() as f64
        };
        let best = (0..600).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap();
        assert!((cost(units) - cost(best)).abs() < 1e-9 * cost(best), "{units} {best}");
    }
}

#[test]
fn why_not_is_told_of_each() {
    let needs = vec![
        Need { resource: "cpu".to_owned(), demand: Distribution::constant(100.0), line: 0.5 },
        Need { resource: "disk".to_owned(), demand: Distribution::constant(7.0), line: 1.0 },
    ];
    let few = Candidate { most: Some(19), ..candidate("few", &[10.0, 1.0], 1.0) };
    let asked =
        question(needs, vec![candidate("diskless", &[8.0, 0.0], 1.0), few, candidate("fits", &[10.0, 1.0], 1.0)], 0.0, 0.0);
    let found = choose(&asked, root()).unwrap();
    let too_many = Rejected::TooMany { needed: 20, most: 19, binding: "cpu".to_owned() };
    let lacks = Rejected::Lacks { resource: "disk".to_owned() };
    assert_eq!(found.rejected, [("diskless".to_owned(), lacks), ("few".to_owned(), too_many)]);
    assert_eq!((found.ranked[0].units, found.ranked[0].binding.as_str()), (20, "cpu"));
}

#[test]
fn an_unused_candidate_changes_nothing_of_the_others() {
    let law = Distribution::Lognormal { median: 40.0, sigma: 0.5 };
    let two = vec![candidate("a", &[4.0], 1.0), candidate("b", &[9.0], 2.0)];
    let three = [two.clone(), vec![candidate("never", &[1.0], 1_000.0)]].concat();
    let before = choose(&question(cpu(law.clone()), two, 500.0, 1.0), root()).unwrap();
    let after = choose(&question(cpu(law), three, 500.0, 1.0), root()).unwrap();
    assert_eq!(before.ranked[..], after.ranked[..2]);
}

#[test]
fn questions_that_are_none_are_refused() {
    let sound = question(cpu(ten_or_thirty()), vec![candidate("a", &[5.0], 1.0)], 1.0, 1.0);
    let no_rule = ChoiceQuestion { penalty: 0.0, ..sound.clone() };
    assert!(matches!(choose(&no_rule, root()), Err(NoChoice::NoRule { .. })));
    assert!(matches!(choose(&ChoiceQuestion { candidates: Vec::new(), ..sound.clone() }, root()), Err(NoChoice::Nothing { .. })));
    let mut broken = sound.clone();
    broken.candidates[0].capacity = vec![f64::NAN];
    assert!(matches!(choose(&broken, root()), Err(NoChoice::OutOfRange { .. })));
    let below = ChoiceQuestion { needs: cpu(Distribution::Normal { mean: 1.0, sd: 1.0 }), ..sound };
    assert!(matches!(choose(&below, root()), Err(NoChoice::OutOfRange { .. })));
}
