//! Whether draws follow their law, body and tails: fixed seeds, limits at 5 standard errors or their like.

use statrs::distribution::{ContinuousCDF, Normal};

use super::*;
use crate::stats::estimate;
use crate::stream::{Seed, Stream};

fn drawn(seed: u64, n: usize, one: impl Fn(&mut Generator) -> f64) -> Vec<f64> {
    let mut rng = Stream::root(Seed(seed)).named("draws").rng();
    let mut draws: Vec<f64> = (0..n).map(|_| one(&mut rng)).collect();
    draws.sort_by(f64::total_cmp);
    draws
}

/// √n times the largest distance between the share of sorted draws and their law (Kolmogorov–Smirnov).
fn distance(sorted: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let n = sorted.len() as f64;
    let farthest = sorted.iter().enumerate().fold(0.0f64, |most, (i, x)| {
        let p = cdf(*x);
        most.max(p - i as f64 / n).max((i + 1) as f64 / n - p)
    });
    farthest * n.sqrt()
}

/// Above it with probability 2 exp(-2 x²) = 6e-7, as a normal beyond 5 standard errors.
const FAR: f64 = 2.74;

fn laws() -> Vec<Distribution> {
    let shapes = [0.05, 0.3, 0.7, 1.0, 1.5, 2.5, 30.0];
    let mut laws: Vec<_> = shapes.iter().map(|shape| Distribution::Gamma { shape: *shape, scale: 4.0 }).collect();
    laws.extend([0.4, 0.7, 1.0, 2.0, 5.0].map(|shape| Distribution::Weibull { shape, scale: 10.0 }));
    laws.extend([0.1, 0.7, 2.0].map(|sigma| Distribution::Lognormal { median: 8.0, sigma }));
    laws.extend([
        Distribution::Normal { mean: 2.0, sd: 0.5 },
        Distribution::Exponential { mean: 3.0 },
        Distribution::Uniform { low: -1.0, high: 3.0 },
        Distribution::Triangular { low: 0.0, mode: 1.0, high: 5.0 },
        Distribution::quantiles(&[(0.05, 10.0), (0.5, 14.0), (0.95, 30.0)]),
        Distribution::Beta { alpha: 0.2, beta: 7.0, low: 0.0, high: 3.0 },
        Distribution::Mixture {
            parts: vec![(1.0, Distribution::Exponential { mean: 1.0 }), (2.0, Distribution::Gamma { shape: 9.0, scale: 1.0 })],
        },
    ]);
    laws
}

#[test]
fn draws_follow_their_law_from_end_to_end() {
    for law in laws() {
        let sampler = law.sampler();
        let draws = drawn(21, 60_000, |rng| sampler.draw(rng));
        let seen = distance(&draws, |x| law.cdf(x));
        assert!(seen < FAR, "{law}: {seen}");
    }
}

#[test]
fn the_tails_hold_what_they_should() {
    let n = 60_000_usize;
    for law in laws() {
        let sampler = law.sampler();
        let draws = drawn(22, n, |rng| sampler.draw(rng));
        for p in [1e-3, 1e-2, 0.99, 0.999] {
            let below = draws.partition_point(|x| law.cdf(*x) <= p) as f64;
            let (mean, sd) = (p * n as f64, (p * (1.0 - p) * n as f64).sqrt());
            assert!((below - mean).abs() < 5.0 * sd, "{law}: {below} at or below p = {p}, {mean} expected");
        }
    }
}

#[test]
fn times_are_above_zero_and_finite() {
    for law in laws() {
        if matches!(law, Distribution::Normal { .. } | Distribution::Uniform { .. }) {
            continue;
        }
        let sampler = law.sampler();
        let draws = drawn(23, 20_000, |rng| sampler.draw(rng));
        assert!(draws[0] > 0.0 && draws[draws.len() - 1].is_finite(), "{law}: {}", draws[0]);
    }
}

#[test]
fn normal_draws_pass_in_the_body_in_both_tails_and_in_sign() {
    let normal = Normal::new(0.0, 1.0).expect("a valid law");
    let n = 1_000_000;
    let draws = drawn(24, n, Generator::normal);
    assert!(distance(&draws, |x| normal.cdf(x)) < FAR);
    // beyond 3.654 draws come from Marsaglia's tail
    let start = 3.654_152_885_361_009;
    let share = normal.cdf(-start);
    let (expected, sd) = (share * n as f64, (share * n as f64).sqrt());
    let low = draws.partition_point(|x| *x < -start);
    let high = draws.len() - draws.partition_point(|x| *x < start);
    for seen in [low, high] {
        assert!((seen as f64 - expected).abs() < 5.0 * sd, "{seen} beyond the start of the tail, {expected} expected");
    }
    let mut tail: Vec<f64> = draws[..low].iter().map(|x| -x).chain(draws[n - high..].iter().copied()).collect();
    tail.sort_by(f64::total_cmp);
    let seen = distance(&tail, |x| 1.0 - normal.cdf(-x) / share);
    assert!(seen < FAR, "{seen} in the tail");
}

#[test]
fn moments_of_the_normal_are_right_to_the_eighth() {
    let n = 1_000_000_u32;
    let mut rng = Stream::root(Seed(25)).rng();
    let mut sums = [0.0; 9];
    for _ in 0..n {
        let x = rng.normal();
        let mut power = 1.0;
        for sum in &mut sums {
            *sum += power;
            power *= x;
        }
    }
    // E x^k = (k - 1)!! for even k, 0 for odd; its variance is E x^2k - (E x^k)^2
    let moment = |k: u32| if k % 2 == 1 { 0.0 } else { (1..k).step_by(2).map(f64::from).product::<f64>() };
    for k in 1..9_u32 {
        let error = ((moment(2 * k) - moment(k).powi(2)) / f64::from(n)).sqrt();
        let seen = sums[k as usize] / f64::from(n);
        assert!((seen - moment(k)).abs() < 5.0 * error, "moment {k}: {seen}, {} expected, standard error {error}", moment(k));
    }
}

#[test]
fn exponential_draws_pass_in_the_body_and_beyond_the_tables() {
    let n = 1_000_000;
    let draws = drawn(26, n, Generator::exponential);
    assert!(distance(&draws, |x| 1.0 - (-x).exp()) < FAR);
    let start = 7.697_117_470_131_05;
    let tail = &draws[draws.partition_point(|x| *x < start)..];
    let expected = (-start).exp() * n as f64;
    assert!((tail.len() as f64 - expected).abs() < 5.0 * expected.sqrt(), "{} of {expected}", tail.len());
    assert!(distance(tail, |x| 1.0 - (start - x).exp()) < FAR);
    // near 0, where an interval is short
    let near: Vec<f64> = draws.iter().copied().take_while(|x| *x < 1e-3).collect();
    let share = 1.0 - (-1e-3f64).exp();
    assert!(distance(&near, |x| (1.0 - (-x).exp()) / share) < FAR);
}

#[test]
fn neighbours_in_a_stream_do_not_lean_on_each_other() {
    let n = 400_000_u32;
    for (name, one, mean) in
        [("normal", Generator::normal as fn(&mut Generator) -> f64, 0.0), ("exponential", Generator::exponential, 1.0)]
    {
        let mut rng = Stream::root(Seed(27)).rng();
        let draws: Vec<f64> = (0..n).map(|_| one(&mut rng) - mean).collect();
        for lag in [1, 2, 3, 8] {
            let product: f64 = draws.windows(lag + 1).map(|w| w[0] * w[lag]).sum::<f64>() / f64::from(n);
            // both laws have variance 1, so the product of two independent draws has too
            assert!(product.abs() < 5.0 / f64::from(n).sqrt(), "{name}, lag {lag}: {product}");
        }
    }
}

fn continuous() -> Vec<Distribution> {
    vec![
        Distribution::Uniform { low: -1.0, high: 3.0 },
        Distribution::Triangular { low: 0.0, mode: 1.0, high: 5.0 },
        Distribution::Normal { mean: 2.0, sd: 0.5 },
        Distribution::Lognormal { median: 8.0, sigma: 0.7 },
        Distribution::Exponential { mean: 3.0 },
        Distribution::Weibull { shape: 0.7, scale: 10.0 },
        Distribution::Gamma { shape: 2.5, scale: 4.0 },
        Distribution::quantiles(&[(0.05, 10.0), (0.5, 14.0), (0.95, 30.0)]),
        Distribution::quantiles(&[(0.1, -2.0), (0.5, 1.0), (0.9, 2.0)]),
        Distribution::Quantiles { points: vec![(0.1, 0.2), (0.5, 0.3), (0.9, 0.8)], low: Some(0.1), high: Some(1.0) },
        Distribution::Beta { alpha: 0.4, beta: 3.0, low: -1.0, high: 4.0 },
        Distribution::pert(2.0, 3.0, 9.0).expect("a law"),
        Distribution::Mixture {
            parts: vec![
                (3.0, Distribution::Normal { mean: 0.0, sd: 1.0 }),
                (1.0, Distribution::Lognormal { median: 5.0, sigma: 0.5 }),
            ],
        },
        Distribution::Hyperexponential { branches: vec![(0.9, 1.0), (0.1, 40.0)] },
        Distribution::Minimum {
            laws: vec![
                Distribution::Weibull { shape: 0.5, scale: 300.0 },
                Distribution::Exponential { mean: 80.0 },
                Distribution::Weibull { shape: 5.0, scale: 60.0 },
            ],
        },
        Distribution::Minimum {
            laws: vec![Distribution::Lognormal { median: 8.0, sigma: 0.7 }, Distribution::Gamma { shape: 2.5, scale: 4.0 }],
        },
    ]
}

#[test]
fn cdf_undoes_quantile() {
    for law in continuous() {
        for p in [0.001, 0.05, 0.1, 0.5, 0.77, 0.95, 0.999] {
            let back = law.cdf(law.quantile(p));
            assert!((back - p).abs() < 1e-9, "{law}: {p} -> {back}");
        }
    }
}

#[test]
fn draws_have_the_mean_and_the_cdf_of_their_law() {
    let n = 100_000_u32;
    for law in continuous() {
        let sampler = law.sampler();
        let mut rng = Stream::root(Seed(11)).named("law").rng();
        let draws: Vec<f64> = (0..n).map(|_| sampler.draw(&mut rng)).collect();
        let seen = estimate(draws.iter().copied());
        assert!((seen.value - law.mean()).abs() < 5.0 * seen.standard_error + 1e-3 * law.mean().abs(), "{law}: {seen:?}");
        for p in [0.05, 0.5, 0.95] {
            let quantile = law.quantile(p);
            let below = draws.iter().filter(|x| **x <= quantile).count() as f64 / f64::from(n);
            assert!((below - p).abs() < 5.0 * (p * (1.0 - p) / f64::from(n)).sqrt(), "{law}: {p} {below}");
        }
    }
}

#[test]
fn quantiles_out_of_order_are_refused_with_what_was_seen() {
    let law = Distribution::quantiles(&[(0.05, 10.0), (0.5, 9.0), (0.95, 30.0)]);
    assert_eq!(
        law.check().unwrap_err().to_string(),
        "quantiles are p5 = 10, p50 = 9, p95 = 30, expected values that rise with their probabilities"
    );
}

#[test]
fn second_moments_are_those_of_draws_and_of_hand() {
    let n = 200_000;
    for law in continuous() {
        let sampler = law.sampler();
        let mut rng = Stream::root(Seed(12)).named("law").rng();
        let seen = estimate((0..n).map(|_| sampler.draw(&mut rng).powi(2)).collect::<Vec<_>>().into_iter());
        assert!((seen.value - law.second_moment()).abs() < 5.0 * seen.standard_error, "{law}: {seen:?} {}", law.second_moment());
    }
    let dice = Distribution::Discrete { points: (1..=6).map(|face| (f64::from(face), 2.0)).collect() };
    assert!((dice.mean() - 3.5).abs() < 1e-14 && (dice.second_moment() - 91.0 / 6.0).abs() < 1e-14);
}

#[test]
fn a_discrete_law_gives_each_value_with_its_weight() {
    let law = Distribution::Discrete { points: vec![(-1.0, 1.0), (0.0, 2.0), (5.0, 7.0)] };
    assert!(law.check().is_ok());
    assert_eq!([0.05, 0.1 + 1e-9, 0.29, 0.31, 0.99].map(|p| law.quantile(p)), [-1.0, 0.0, 0.0, 5.0, 5.0]);
    for (x, p) in [(-1.1, 0.0), (-1.0, 0.1), (0.0, 0.3), (4.9, 0.3), (5.0, 1.0)] {
        assert!((law.cdf(x) - p).abs() < 1e-15, "{x}");
    }
    let n = 100_000;
    let sampler = law.sampler();
    let draws = drawn(28, n, |rng| sampler.draw(rng));
    for (x, p) in [(-1.0, 0.1), (0.0, 0.3)] {
        let share = draws.partition_point(|draw| *draw <= x) as f64 / n as f64;
        assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / n as f64).sqrt(), "{x}: {share}");
    }
}

#[test]
fn the_other_ways_to_say_a_law_mean_what_they_say() {
    let pert = Distribution::pert(2.0, 3.0, 9.0).expect("a law");
    assert!((pert.mean() - (2.0 + 4.0 * 3.0 + 9.0) / 6.0).abs() < 1e-14, "{pert}");
    let of_mean = Distribution::lognormal_of_mean(10.0, 4.0).expect("a law");
    assert!((of_mean.mean() - 10.0).abs() < 1e-12 && (of_mean.second_moment() - 116.0).abs() < 1e-10, "{of_mean}");
    let of_p90 = Distribution::lognormal_of_p90(10.0, 25.0).expect("a law");
    assert!((of_p90.cdf(25.0) - 0.9).abs() < 1e-10 && (of_p90.cdf(10.0) - 0.5).abs() < 1e-10, "{of_p90}");
}

#[test]
fn a_law_begins_and_ends_where_it_says() {
    let least = |law: &Distribution| law.least();
    assert_eq!(least(&Distribution::quantiles(&[(0.1, 1.0), (0.9, 2.0)])), 0.0);
    assert_eq!(least(&Distribution::quantiles(&[(0.1, -1.0), (0.9, 2.0)])), f64::NEG_INFINITY);
    assert_eq!(least(&Distribution::Quantiles { points: vec![(0.1, 1.0), (0.9, 2.0)], low: Some(0.5), high: None }), 0.5);
    let mixture =
        Distribution::Mixture { parts: vec![(1.0, Distribution::constant(3.0)), (1.0, Distribution::Exponential { mean: 1.0 })] };
    assert_eq!((least(&mixture), mixture.most()), (0.0, f64::INFINITY));
    let pert = Distribution::pert(2.0, 3.0, 9.0).expect("a law");
    assert_eq!((pert.least(), pert.most()), (2.0, 9.0));
}

#[test]
fn parameters_of_no_law_are_refused_with_what_was_seen() {
    let said = |law: Distribution| law.check().unwrap_err().to_string();
    let normal = || Distribution::Normal { mean: 0.0, sd: 1.0 };
    for (law, want) in [
        (Distribution::Beta { alpha: 0.0, beta: 1.0, low: 0.0, high: 1.0 }, "alpha is 0, expected a finite number above 0"),
        (Distribution::Beta { alpha: 1.0, beta: 1.0, low: 1.0, high: 1.0 }, "high is 1, expected a finite number above `low`"),
        (Distribution::Discrete { points: vec![] }, "values is 0, expected one value or more"),
        (Distribution::Discrete { points: vec![(1.0, 0.0)] }, "weights is 0, expected a finite number above 0"),
        (Distribution::Discrete { points: vec![(1.0, 1.0), (1.0, 2.0)] }, "values is 1, expected values that rise, each once"),
        (Distribution::Mixture { parts: vec![] }, "parts is 0, expected one law or more"),
        (Distribution::Mixture { parts: vec![(-1.0, normal())] }, "weights is -1, expected a finite number above 0"),
        (
            Distribution::Mixture { parts: vec![(1.0, normal()), (1.0, Distribution::Exponential { mean: 0.0 })] },
            "mean is 0, expected a finite number above 0",
        ),
    ] {
        assert_eq!(said(law), want);
    }
    assert!(Distribution::pert(1.0, 0.0, 2.0).is_err() && Distribution::lognormal_of_mean(0.0, 1.0).is_err());
    assert_eq!(
        Distribution::lognormal_of_p90(2.0, 2.0).unwrap_err().to_string(),
        "p90 is 2, expected a finite number above the median"
    );
}
