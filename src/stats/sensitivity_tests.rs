//! Ishigami's function, the g-function, a linear model: shares in closed form.

use std::f64::consts::PI;

use super::*;
use crate::stream::{Address, Seed, Stream};

const FUTURES: u32 = 16_384;

fn uniform(name: &str, low: f64, high: f64) -> Vec<f64> {
    let stream = Stream::root(Seed(11)).named("inputs").at(Address::of(name));
    (0..FUTURES).map(|r| low + (high - low) * stream.replication(r).rng().uniform()).collect()
}

/// Inputs, the same inputs drawn anew, and the outcomes: of all inputs, and with input i drawn anew.
struct Design {
    inputs: Vec<Vec<f64>>,
    outcome: Vec<f64>,
    redrawn: Vec<Vec<f64>>,
}

fn design(count: usize, (low, high): (f64, f64), model: impl Fn(&[f64]) -> f64) -> Design {
    let draw = |set: &str| -> Vec<Vec<f64>> { (0..count).map(|i| uniform(&format!("{set} {i}"), low, high)).collect() };
    let (inputs, others) = (draw("first"), draw("second"));
    let with = |other: Option<usize>| -> Vec<f64> {
        let value = |i: usize, r: usize| if other == Some(i) { others[i][r] } else { inputs[i][r] };
        (0..FUTURES as usize).map(|r| model(&(0..count).map(|i| value(i, r)).collect::<Vec<_>>())).collect()
    };
    let (outcome, redrawn) = (with(None), (0..count).map(|i| with(Some(i))).collect());
    Design { inputs, outcome, redrawn }
}

fn near(seen: Estimate, want: f64, what: &str) {
    assert!((seen.value - want).abs() <= 5.0 * seen.standard_error, "{what}: {seen:?}, expected {want}");
    assert!(seen.standard_error < 0.02, "{what}, too unsure to tell: {seen:?}");
}

fn check(design: &Design, first: &[f64], total: &[f64]) {
    for i in 0..first.len() {
        near(first_order(&design.inputs[i], &design.outcome).unwrap(), first[i], &format!("first {i}"));
        near(total_share(&design.outcome, &design.redrawn[i]).unwrap(), total[i], &format!("total {i}"));
    }
}

#[test]
fn shares_of_ishigamis_function() {
    // sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1 on (-π, π)³: Ishigami & Homma (1990)
    let (a, b) = (7.0, 0.1);
    let variance = a * a / 8.0 + b * PI.powi(4) / 5.0 + b * b * PI.powi(8) / 18.0 + 0.5;
    let first = 0.5 * (1.0 + b * PI.powi(4) / 5.0).powi(2) / variance;
    let second = a * a / 8.0 / variance;
    let both = b * b * PI.powi(8) * (1.0 / 18.0 - 1.0 / 50.0) / variance;
    assert!((first - 0.3139).abs() < 5e-5 && (second - 0.4424).abs() < 5e-5 && (both - 0.2437).abs() < 5e-5);
    let design = design(3, (-PI, PI), |x| x[0].sin() + a * x[1].sin().powi(2) + b * x[2].powi(4) * x[0].sin());
    check(&design, &[first, second, 0.0], &[first + both, second, both]);
}

#[test]
fn shares_of_the_g_function() {
    // Π (|4 x - 2| + a) / (1 + a) on (0, 1): Var of factor i is 1 / (3 (1 + a)²); Saltelli & Sobol' (1995)
    let a = [0.0, 1.0, 4.5, 9.0];
    let of = |i: usize| 1.0 / (3.0 * (1.0_f64 + a[i]).powi(2));
    let all = (0..4).map(|i| 1.0 + of(i)).product::<f64>();
    let first: Vec<f64> = (0..4).map(|i| of(i) / (all - 1.0)).collect();
    let total: Vec<f64> = (0..4).map(|i| of(i) * all / (1.0 + of(i)) / (all - 1.0)).collect();
    let design = design(4, (0.0, 1.0), |x| x.iter().zip(a).map(|(x, a)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a)).product());
    check(&design, &first, &total);
}

#[test]
fn shares_of_a_linear_model_are_its_squared_coefficients() {
    let weights = [3.0, 2.0, 1.0, 0.0];
    let shares: Vec<f64> = weights.iter().map(|weight| weight * weight / 14.0).collect();
    let design = design(4, (-1.0, 1.0), |x| x.iter().zip(weights).map(|(x, weight)| weight * x).sum());
    check(&design, &shares, &shares);
    // and the outcome at the first's percentiles is three times it
    for (p, at) in [(0.1, -0.8), (0.9, 0.8)] {
        let seen = expected_at(&design.inputs[0], &design.outcome, p).unwrap();
        assert!((seen.input - at).abs() < 5.0 * 2.0 * (0.09_f64 / f64::from(FUTURES)).sqrt(), "{seen:?}");
        let off = seen.outcome.value - 3.0 * seen.input;
        assert!(off.abs() < 5.0 * seen.outcome.standard_error && seen.outcome.standard_error < 0.1, "{seen:?}");
    }
}

#[test]
fn standard_errors_are_as_large_as_the_spread_of_estimates() {
    // 60 sets of 600 futures of one model: y = x + z, both normal; the share is a half
    let estimates: Vec<Estimate> = (0..60)
        .map(|set| {
            let draw = |name: &str| -> Vec<f64> {
                let stream = Stream::root(Seed(12)).named(name).at(Address::of("set").child(set));
                (0..600).map(|r| stream.replication(r).rng().normal()).collect()
            };
            let (x, z) = (draw("x"), draw("z"));
            let y: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x + z).collect();
            first_order(&x, &y).unwrap()
        })
        .collect();
    let told = estimates.iter().map(|one| one.standard_error).sum::<f64>() / 60.0;
    let seen = variance(estimates.iter().map(|one| one.value)).sqrt();
    // the deviation of 60 estimates is known to 1/√118 = 9 %
    assert!((seen / told - 1.0).abs() < 5.0 * 0.092, "{seen} {told}");
    let mean = crate::stats::estimate(estimates.iter().map(|one| one.value));
    assert!((mean.value - 0.5).abs() < 5.0 * mean.standard_error, "{mean:?}");
}

#[test]
fn inputs_that_go_together_share_what_they_explain() {
    // y = x1, and x2 has correlation 0.6 with it: knowing x2 explains 0.36
    let normal = |name: &str| -> Vec<f64> {
        let stream = Stream::root(Seed(13)).named(name);
        (0..FUTURES).map(|r| stream.replication(r).rng().normal()).collect()
    };
    let (x, z) = (normal("x"), normal("z"));
    let other: Vec<f64> = x.iter().zip(&z).map(|(x, z)| 0.6 * x + 0.8 * z).collect();
    near(first_order(&other, &x).unwrap(), 0.36, "the other");
}

#[test]
fn where_nothing_varies_there_is_no_share() {
    let some: Vec<f64> = (0..300).map(f64::from).collect();
    assert_eq!(first_order(&some, &[1.0; 300]), None);
    assert_eq!(first_order(&[1.0; 300], &some), None);
    assert_eq!(first_order(&some[..199], &some[..199]), None);
    assert_eq!(total_share(&some, &some[..200]), None);
    assert_eq!(expected_at(&some, &[1.0; 300], 0.5), None);
}
