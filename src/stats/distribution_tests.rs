//! Whether draws follow their law, body and tails: fixed seeds, limits at 5 standard errors or their like.

use statrs::distribution::{ContinuousCDF, Normal};

use super::*;
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
        Distribution::Quantiles { points: vec![(0.05, 10.0), (0.5, 14.0), (0.95, 30.0)] },
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
    let start = 3.654_152_885_361_008_8;
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
