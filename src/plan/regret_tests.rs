use super::*;
use crate::stats::normal_tail;
use crate::stream::Seed;

fn stream() -> Stream {
    Stream::root(Seed(5))
}

fn scenarios(weights: &[f64]) -> Vec<(String, f64)> {
    weights.iter().enumerate().map(|(s, weight)| (format!("s{s}"), *weight)).collect()
}

/// Three plans in three scenarios of one future. With a unit-hour worth 1 they cost 10 15 30, 12 13 22, 18 18 18.
fn three(weights: &[f64]) -> CostMatrix {
    let mut matrix = CostMatrix::new(scenarios(weights));
    for (name, orders, hours) in [("a", 10.0, [0.0, 5.0, 20.0]), ("b", 12.0, [0.0, 1.0, 10.0]), ("c", 18.0, [0.0; 3])] {
        matrix.add(name, vec![orders; 3], hours.iter().map(|hours| vec![*hours]).collect());
    }
    matrix
}

fn close(seen: f64, wanted: f64) {
    assert!((seen - wanted).abs() < 1e-12, "{seen} {wanted}");
}

#[test]
fn three_plans_in_three_scenarios_by_hand() {
    let third = 1.0 / 3.0;
    let found = three(&[third; 3]).regret(Some(1.0), stream());
    let wanted = [([0.0, 2.0, 12.0], 55.0, 14.0), ([2.0, 0.0, 4.0], 47.0, 6.0), ([8.0, 5.0, 0.0], 54.0, 13.0)];
    for (plan, (by_scenario, cost, regret)) in found.plans.iter().zip(wanted) {
        let priced = plan.priced.as_ref().unwrap();
        assert_eq!(priced.by_scenario, by_scenario);
        close(priced.maximum, by_scenario.into_iter().fold(0.0, f64::max));
        close(priced.cost.value, cost * third);
        close(priced.expected.value, regret * third);
    }
    assert_eq!((found.least_expected, found.least_maximum), (Some(1), Some(1)));
    // 80 % of the weight on the third scenario moves the expected choice, and not that of the worst scenario
    let found = three(&[0.1, 0.1, 0.8]).regret(Some(1.0), stream());
    let costs: Vec<f64> = found.plans.iter().map(|plan| plan.priced.as_ref().unwrap().cost.value).collect();
    close(costs[0], 26.5);
    close(costs[1], 20.1);
    close(costs[2], 18.0);
    assert_eq!((found.least_expected, found.least_maximum), (Some(2), Some(1)));
}

#[test]
fn orders_cost_what_each_scenario_asks_for_them() {
    // without shortfalls: 10 and 10 against 6 and 18 at even weights, 10 and 12 in the mean, regrets of (4, 0) and (0, 8)
    let mut matrix = CostMatrix::new(scenarios(&[0.5, 0.5]));
    matrix.add("rent", vec![10.0, 10.0], vec![vec![0.0], vec![0.0]]);
    matrix.add("buy", vec![6.0, 18.0], vec![vec![0.0], vec![0.0]]);
    let found = matrix.regret(Some(1.0), stream());
    let told = |p: usize| (found.plans[p].orders.0, found.plans[p].priced.clone().unwrap());
    assert_eq!((told(0).0, told(0).1.by_scenario), (10.0, vec![4.0, 0.0]));
    assert_eq!((told(1).0, told(1).1.by_scenario), (12.0, vec![0.0, 8.0]));
    assert_eq!((found.least_expected, found.least_maximum), (Some(0), Some(0)));
}

#[test]
fn prices_between_which_each_plan_is_cheapest_by_hand() {
    // expected unit-hours 25/3, 11/3, 0: a and b meet at 2 / (14/3), b and c at 6 / (11/3)
    let found = three(&[1.0 / 3.0; 3]).regret(None, stream());
    let between: Vec<_> = found.plans.iter().map(|plan| plan.cheapest_between.unwrap()).collect();
    close(between[0].0, 0.0);
    close(between[0].1.unwrap(), 3.0 / 7.0);
    close(between[1].0, 3.0 / 7.0);
    close(between[1].1.unwrap(), 18.0 / 11.0);
    close(between[2].0, 18.0 / 11.0);
    assert_eq!(between[2].1, None);
    assert!(found.least_expected.is_none() && found.plans.iter().all(|plan| plan.priced.is_none()));
    // above the envelope: dearer than b with nearly the same hours
    let mut matrix = three(&[1.0 / 3.0; 3]);
    matrix.add("d", vec![17.9; 3], vec![vec![0.0], vec![1.0], vec![9.0]]);
    assert_eq!(matrix.regret(None, stream()).plans[3].cheapest_between, None);
}

#[test]
fn the_least_expected_regret_of_a_newsvendor_is_at_the_critical_ratio() {
    // a unit costs 3, one that is missing 10: the smallest q with P(demand <= q) >= 1 - 3/10 (Arrow, Harris & Marschak 1951)
    let mut rng = stream().named("demand").rng();
    let demand: Vec<f64> = (0..301).map(|_| (20.0 + 6.0 * rng.normal()).round().max(0.0)).collect();
    let mut matrix = CostMatrix::new(scenarios(&[1.0]));
    for units in 0..60 {
        let units = f64::from(units);
        let missing = demand.iter().map(|demand| (demand - units).max(0.0)).collect();
        matrix.add("order", vec![3.0 * units], vec![missing]);
    }
    let share = |units: usize| demand.iter().filter(|demand| **demand <= units as f64).count() as f64 / 301.0;
    let critical = (0..60).find(|units| share(*units) >= 0.7).unwrap();
    let found = matrix.regret(Some(10.0), stream());
    assert_eq!(found.least_expected, Some(critical));
    // its regret is that of the mean: what every plan has above it is what it has above in regret
    let priced = |p: usize| found.plans[p].priced.clone().unwrap();
    for p in [0, 10, critical + 5] {
        let apart = priced(p).expected.value - priced(critical).expected.value;
        assert!((apart - priced(p).above_least.value).abs() < 1e-9 && apart >= 0.0);
    }
}

#[test]
fn plans_that_the_futures_cannot_tell_apart_are_ties() {
    let of = |shift: f64| {
        let mut matrix = CostMatrix::new(scenarios(&[1.0]));
        matrix.add("a", vec![5.0], vec![(0..400).map(|r| f64::from(r % 2)).collect()]);
        // the other one is short in the other futures: the same in the mean, but for `shift`
        matrix.add("b", vec![5.0 + shift], vec![(0..400).map(|r| f64::from((r + 1) % 2)).collect()]);
        matrix.regret(Some(1.0), stream()).plans[1].priced.clone().unwrap()
    };
    // the difference is 1 or -1: its standard error is 1/20
    assert!(of(0.0).tied && of(0.09).tied, "{:?}", of(0.09));
    assert!(!of(0.11).tied, "{:?}", of(0.11));
}

#[test]
fn the_share_of_resamples_is_that_of_the_normal_law() {
    let futures = 400;
    let mut rng = stream().named("differences").rng();
    let hours: Vec<f64> = (0..futures).map(|_| 50.0 + 10.0 * rng.normal()).collect();
    let mean = hours.iter().sum::<f64>() / f64::from(futures);
    let spread = (hours.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(futures)).sqrt();
    for scores in [-1.5, -0.5, 0.0, 1.0] {
        // the mean difference is so many standard errors of the resampled mean
        let mut matrix = CostMatrix::new(scenarios(&[1.0]));
        matrix.add("a", vec![0.0], vec![hours.clone()]);
        matrix.add("b", vec![mean - scores * spread / f64::from(futures).sqrt()], vec![vec![0.0; futures as usize]]);
        let found = matrix.regret(Some(1.0), stream());
        let seen = found.plans[0].priced.as_ref().unwrap().stability;
        let wanted = normal_tail(scores);
        let error = (wanted * (1.0 - wanted) / f64::from(RESAMPLES)).sqrt();
        assert!((seen - wanted).abs() < 5.0 * error, "{scores}: {seen} {wanted}");
        close(found.plans.iter().map(|plan| plan.priced.as_ref().unwrap().stability).sum(), 1.0);
    }
}
