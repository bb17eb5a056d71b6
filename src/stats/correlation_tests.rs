//! Repair against a published example and the inequality that the nearest point of a convex set obeys; draws against what is asked.

use super::*;
use crate::stats::estimate;
use crate::stream::{Address, Generator, Seed, Stream};

#[test]
fn highams_example_is_mended_as_published() {
    // Higham (2002), §4: 0.7607 and 0.1573
    let mended = nearest_correlation(&[1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0], 3);
    for (row, column, want) in [(0, 1, 0.7607), (1, 2, 0.7607), (0, 2, 0.1573)] {
        assert!((mended[row * 3 + column] - want).abs() < 5e-5, "{mended:?}");
        assert_eq!(mended[row * 3 + column].to_bits(), mended[column * 3 + row].to_bits());
    }
    let copula = Copula::of_ranks(3, &[(0, 1, 1.0), (1, 2, 1.0)]).unwrap();
    let repair = copula.repair().unwrap();
    // 6/π asin(0.7607 / 2) = 0.7452
    assert_eq!(repair.pair, (0, 1));
    assert!((repair.stated - 1.0).abs() < 1e-12 && (repair.used - 0.7452).abs() < 1e-4, "{repair:?}");
}

fn random(n: usize, rng: &mut Generator, entry: impl Fn(&mut Generator) -> f64) -> Vec<f64> {
    let mut matrix = vec![0.0; n * n];
    for a in 0..n {
        matrix[a * n + a] = 1.0;
        for b in 0..a {
            matrix[a * n + b] = entry(rng);
            matrix[b * n + a] = matrix[a * n + b];
        }
    }
    matrix
}

/// A correlation matrix: unit vectors in three dimensions, times each other.
fn valid(n: usize, rng: &mut Generator) -> Vec<f64> {
    let vectors: Vec<[f64; 3]> = (0..n)
        .map(|_| {
            let v = [rng.normal(), rng.normal(), rng.normal()];
            let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            v.map(|x| x / length)
        })
        .collect();
    let entry = |k: usize| (0..3).map(|axis| vectors[k / n][axis] * vectors[k % n][axis]).sum();
    (0..n * n).map(entry).collect()
}

#[test]
fn what_is_mended_is_valid_and_no_valid_matrix_is_nearer() {
    let mut rng = Stream::root(Seed(5)).named("matrices").rng();
    for n in [3, 4, 6, 9] {
        for _ in 0..8 {
            let stated = random(n, &mut rng, |rng| 2.0 * rng.uniform() - 1.0);
            let near = nearest_correlation(&stated, n);
            assert!((0..n).all(|i| near[i * n + i] == 1.0) && near.iter().all(|entry| entry.abs() <= 1.0));
            let least = Eigen::of(&near, n).values.into_iter().fold(f64::INFINITY, f64::min);
            assert!(least > -1e-12, "{least}");
            // the nearest point X of a convex set to A: <A - X, C - X> <= 0 for every C in it
            for _ in 0..50 {
                let other = valid(n, &mut rng);
                let product: f64 = (0..n * n).map(|k| (stated[k] - near[k]) * (other[k] - near[k])).sum();
                assert!(product < 1e-7, "{n}: {product}");
            }
        }
    }
}

#[test]
fn a_valid_matrix_is_left_as_it_is() {
    let mut rng = Stream::root(Seed(6)).named("matrices").rng();
    for n in [2, 5, 8] {
        let stated = valid(n, &mut rng);
        let (used, repair) = mended(&stated, n);
        assert_eq!((used, repair), (stated.clone(), None));
        let near = nearest_correlation(&stated, n);
        assert!(near.iter().zip(&stated).all(|(a, b)| (a - b).abs() < 1e-9));
        let rows = triangle(&stated, n);
        for a in 0..n {
            for b in 0..n {
                let product: f64 =
                    rows[a].iter().map(|(k, w)| w * rows[b].iter().find(|(j, _)| j == k).map_or(0.0, |(_, v)| *v)).sum();
                assert!((product - stated[a * n + b]).abs() < 1e-6, "{a} {b}: {product} {}", stated[a * n + b]);
            }
        }
    }
}

/// Spearman's rank correlation of values without ties.
fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let ranks = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        let mut ranks = vec![0.0; values.len()];
        for (rank, at) in order.into_iter().enumerate() {
            ranks[at] = rank as f64;
        }
        ranks
    };
    let n = x.len() as f64;
    let apart: f64 = ranks(x).iter().zip(ranks(y)).map(|(a, b)| (a - b) * (a - b)).sum();
    1.0 - 6.0 * apart / (n * (n * n - 1.0))
}

fn scores(copula: &Copula, seed: u64, draws: usize) -> Vec<Vec<f64>> {
    let mut columns: Vec<Vec<f64>> = (0..copula.count())
        .map(|number| {
            let mut column = vec![0.0; draws];
            Stream::root(Seed(seed)).at(Address::of("number").child(number as u64)).rng().fill_normal(&mut column);
            column
        })
        .collect();
    let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
    copula.correlate(&mut slices);
    columns
}

#[test]
fn draws_have_the_rank_correlations_that_are_asked_for() {
    let pairs = [(0, 1, 0.6), (1, 3, -0.4), (0, 3, -0.7), (2, 4, 0.95)];
    let copula = Copula::of_ranks(5, &pairs).unwrap();
    assert_eq!(copula.repair(), None);
    // batches, so that the standard error needs no theory; their bias is below 1/1000 of a draw's
    let batches: Vec<Vec<Vec<f64>>> = (0..60).map(|batch| scores(&copula, 100 + batch, 4_000)).collect();
    for a in 0..5 {
        for b in 0..a {
            let seen = estimate(batches.iter().map(|columns| spearman(&columns[a], &columns[b])));
            let want = pairs.iter().find(|(c, d, _)| (*c, *d) == (b, a)).map_or(0.0, |(.., rank)| *rank);
            assert!((seen.value - want).abs() < 5.0 * seen.standard_error + 3e-4, "{a} {b}: {seen:?} {want}");
        }
        let seen = estimate(batches.iter().map(|columns| columns[a].iter().map(|z| z * z).sum::<f64>() / 4_000.0));
        assert!((seen.value - 1.0).abs() < 5.0 * seen.standard_error, "{a}: {seen:?}");
    }
}

#[test]
fn numbers_without_a_correlation_keep_their_draws_to_the_bit() {
    let (none, some) = (Copula::of_ranks(4, &[]).unwrap(), Copula::of_ranks(4, &[(1, 3, 0.5)]).unwrap());
    let (a, b) = (scores(&none, 3, 64), scores(&some, 3, 64));
    assert_eq!((&a[0], &a[1], &a[2]), (&b[0], &b[1], &b[2]));
    assert_ne!(a[3], b[3]);
}

#[test]
fn perfect_correlation_is_the_same_number_and_its_mirror() {
    let copula = Copula::of_ranks(3, &[(0, 1, 1.0), (0, 2, -1.0), (1, 2, -1.0)]).unwrap();
    assert_eq!(copula.repair(), None);
    let columns = scores(&copula, 4, 100);
    assert!((0..100).all(|k| columns[1][k] == columns[0][k] && columns[2][k] == -columns[0][k]));
}

#[test]
fn what_is_no_correlation_is_refused_with_the_reason() {
    let said = |pairs: &[(usize, usize, f64)]| Copula::of_ranks(2, pairs).unwrap_err().to_string();
    assert_eq!(said(&[(0, 1, 1.5)]), "the rank correlation of numbers 1 and 2 is 1.5, expected -1 to 1");
    assert_eq!(said(&[(0, 1, f64::NAN)]), "the rank correlation of numbers 1 and 2 is NaN, expected -1 to 1");
    assert_eq!(said(&[(1, 1, 0.5)]), "number 2 is correlated with itself, expected two different numbers");
    assert_eq!(said(&[(0, 2, 0.5)]), "there is no number 3, there are 2");
    assert_eq!(said(&[(0, 1, 0.5), (1, 0, 0.5)]), "the rank correlation of numbers 2 and 1 is stated twice, expected once");
}
