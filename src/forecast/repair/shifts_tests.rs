use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal, StudentT};

use super::super::{SpikeOptions, clean};
use super::*;

/// A stationary AR(1) series of deviation 1.
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

fn found(values: &[f64]) -> Vec<Shift> {
    shifts(values, ShiftOptions::default())
}

#[test]
fn under_one_in_twenty_stationary_series_has_a_false_shift() {
    for n in [60, 120, 300, 1_000] {
        for phi in [0.0, 0.3, 0.5, 0.7] {
            let count = 400;
            let alarms = (0..count).filter(|seed| !found(&ar1(n, phi, *seed)).is_empty()).count();
            assert!(alarms * 20 < count as usize, "n {n} phi {phi}: {alarms} of {count}");
        }
    }
}

#[test]
fn nor_do_heavy_tails_or_a_season_make_more() {
    let tails = StudentT::new(3.0).unwrap();
    let mut alarms = (0, 0);
    for seed in 0..200 {
        let mut rng = rand::rngs::SmallRng::seed_from_u64(seed);
        let heavy: Vec<f64> = (0..300).map(|_| tails.sample(&mut rng)).collect();
        alarms.0 += usize::from(!found(&heavy).is_empty());
        let season: Vec<f64> =
            ar1(480, 0.5, seed).iter().enumerate().map(|(t, value)| value + 4.0 * ((t % 24) as f64 * 0.2618).sin()).collect();
        let profile = clean(&season, &[24], SpikeOptions::default()).unwrap().profile;
        alarms.1 += usize::from(!found(&profile.deseasonalised()).is_empty());
    }
    assert!(alarms.0 < 10 && alarms.1 < 10, "{alarms:?} of 200");
}

#[test]
fn a_clear_shift_is_found_dated_and_sized() {
    for (n, phi, size, least) in [(120, 0.0, 3.0, 0.9), (120, 0.5, 5.0, 0.7), (1_000, 0.5, 2.0, 0.9), (8_000, 0.7, 2.0, 0.99)] {
        let truth = n * 6 / 10;
        let (mut hits, mut covered, mut more) = (0, 0, 0);
        for seed in 0..100 {
            let mut values = ar1(n, phi, seed);
            values[truth..].iter_mut().for_each(|value| *value += size);
            let all = found(&values);
            more += all.len().saturating_sub(1);
            let near = all.iter().find(|one| one.index.abs_diff(truth) <= (n / 50).max(4));
            if let Some(one) = near {
                hits += 1;
                covered += usize::from((one.size - size).abs() < 2.0 * one.standard_error);
                assert!(one.confidence > 0.8, "{one:?}");
            }
        }
        assert!(f64::from(hits) >= least * 100.0, "n {n} phi {phi} size {size}: {hits} of 100");
        // Two standard errors hold 95 %; of 100 series under 86 come with probability 1e-4. The error itself is estimated.
        assert!(covered as f64 >= 0.86 * f64::from(hits), "n {n} phi {phi}: {covered} of {hits}");
        assert!(more <= 3, "{more} more");
    }
}

#[test]
fn a_bend_is_a_change_of_slope_and_not_of_level() {
    let values: Vec<f64> =
        ar1(400, 0.3, 1).iter().enumerate().map(|(t, value)| value + 0.1 * (t as f64 - 250.0).max(0.0)).collect();
    let all = found(&values);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].index.abs_diff(250) <= 12 && all[0].size == 0.0, "{all:?}");
    assert!((all[0].slope - 0.1).abs() < 4.0 * all[0].slope_error, "{all:?}");
}

#[test]
fn a_line_without_noise_and_odd_series_have_none() {
    let line: Vec<f64> = (0..200).map(|t| 1e12 + 1e9 * f64::from(t)).collect();
    for values in [line, vec![0.0; 200], vec![1e-9; 200], vec![f64::NAN; 200], vec![1.0, 2.0], Vec::new()] {
        assert!(found(&values).is_empty());
    }
    let mut step = vec![1e-9; 100];
    step[60..].fill(2e-9);
    let all = found(&step);
    assert!(all.len() == 1 && all[0].index == 60 && (all[0].size - 1e-9).abs() < 1e-12, "{all:?}");
}

#[test]
fn gaps_do_not_move_a_shift() {
    let mut values = ar1(300, 0.2, 5);
    values[180..].iter_mut().for_each(|value| *value += 5.0);
    values[100..130].fill(f64::NAN);
    values[175..180].fill(f64::NAN);
    let all = found(&values);
    assert_eq!(all.len(), 1);
    assert!((175..=180).contains(&all[0].index), "{all:?}");
}

#[test]
fn the_history_is_lifted_to_the_new_level_or_cut() {
    let mut values: Vec<f64> =
        ar1(210, 0.0, 2).iter().enumerate().map(|(t, value)| 100.0 + value + [0.0, 9.0, -9.0][t % 3]).collect();
    values[70..].iter_mut().for_each(|value| *value -= 40.0);
    values[140..].iter_mut().for_each(|value| *value += 90.0);
    values[30] = f64::NAN;
    let cleaned = clean(&values, &[3], SpikeOptions::default()).unwrap();
    let all = found(&cleaned.profile.deseasonalised());
    assert_eq!(all.iter().map(|one| one.index).collect::<Vec<_>>(), [70, 140]);
    let lifted = relevel(&values, &cleaned.profile, &all);
    // Each step has an error of about √(2/70) = 0.17; three of both together.
    for (from, until) in [(0, 70), (70, 140)] {
        let seen: Vec<f64> = lifted[from..until].iter().copied().filter(|value| value.is_finite()).collect();
        let mean = seen.iter().sum::<f64>() / seen.len() as f64;
        assert!((mean - 150.0).abs() < 1.0, "{mean}");
    }
    assert!(lifted[30].is_nan() && lifted[140..] == values[140..]);
    assert_eq!((cut(210, &all, 50), cut(210, &all, 100), cut(210, &all, 200)), (140, 70, 0));
}
