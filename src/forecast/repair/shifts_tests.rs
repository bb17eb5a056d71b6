use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use super::*;

fn ar1(n: usize, phi: f64, seed: u64) -> Vec<f64> {
    let mut rng = rand::rngs::SmallRng::seed_from_u64(seed);
    let mut last: f64 = StandardNormal.sample(&mut rng);
    (0..n)
        .map(|_| {
            let noise: f64 = StandardNormal.sample(&mut rng);
            last = phi * last + (1.0 - phi * phi).sqrt() * noise;
            last
        })
        .collect()
}

#[test]
fn under_one_in_twenty_stationary_series_has_a_false_shift() {
    for n in [60, 120, 300, 1_000] {
        for phi in [0.0, 0.3, 0.5, 0.7] {
            let count = 400;
            let false_alarms = (0..count).filter(|seed| !shifts(&ar1(n, phi, *seed), ShiftOptions::default()).is_empty()).count();
            let share = false_alarms as f64 / count as f64;
            eprintln!("n {n} phi {phi}: {share}");
            assert!(share < 0.05, "n {n} phi {phi}: {share}");
        }
    }
}

#[test]
fn power() {
    for (n, phi, size) in [
        (120, 0.0, 2.0),
        (120, 0.0, 3.0),
        (120, 0.5, 3.0),
        (120, 0.5, 5.0),
        (1_000, 0.5, 2.0),
        (1_000, 0.7, 3.0),
        (8_000, 0.7, 2.0),
    ] {
        let (mut hits, mut cover, mut off, mut extra) = (0, 0, 0.0, 0);
        for seed in 0..200 {
            let mut x = ar1(n, phi, seed);
            x[n * 6 / 10..].iter_mut().for_each(|v| *v += size);
            let found = shifts(&x, ShiftOptions::default());
            extra += found.len().saturating_sub(1);
            if let Some(one) = found.iter().min_by_key(|s| s.index.abs_diff(n * 6 / 10))
                && one.index.abs_diff(n * 6 / 10) < n / 20
            {
                hits += 1;
                off += one.index.abs_diff(n * 6 / 10) as f64;
                if (one.size - size).abs() < 2.0 * one.standard_error {
                    cover += 1;
                }
            }
        }
        eprintln!("n {n} phi {phi} size {size}: hits {hits}/200 off {:.1} cover {cover} extra {extra}", off / f64::from(hits));
    }
}
