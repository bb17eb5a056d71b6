use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use super::*;

/// Hours of a day with a peak, noise 2 about 50 ± 20.
fn days(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = rand::rngs::SmallRng::seed_from_u64(seed);
    (0..24 * count)
        .map(|t| {
            let noise: f64 = StandardNormal.sample(&mut rng);
            50.0 + 20.0 * ((t % 24) as f64 / 24.0 * std::f64::consts::TAU).sin() + 2.0 * noise
        })
        .collect()
}

#[test]
fn one_off_spikes_dropouts_and_runs_are_found_and_named() {
    let truth = days(21, 3);
    let mut values = truth.clone();
    values[100] += 40.0;
    values[200] -= 30.0;
    values[300] = 0.0;
    for value in &mut values[400..405] {
        *value += 35.0;
    }
    values[50] = f64::NAN;
    let found = clean(&values, &[24], SpikeOptions::default()).unwrap();
    let kinds: Vec<(usize, SpikeKind)> = found.spikes.iter().map(|spike| (spike.index, spike.kind)).collect();
    let run = (400..405).map(|index| (index, SpikeKind::Run));
    let wanted: Vec<(usize, SpikeKind)> =
        [(100, SpikeKind::Up), (200, SpikeKind::Down), (300, SpikeKind::Dropout)].into_iter().chain(run).collect();
    assert_eq!(kinds, wanted);
    for spike in &found.spikes {
        assert_eq!(spike.value, values[spike.index]); // the peak is still known
        assert_eq!(found.cleaned[spike.index], spike.expected);
        // Noise 2, a median of 21 cycles (1.25 · 2 / √21 = 0.55) and of a window that holds part of the run: within 4 · 2.2.
        assert!((spike.expected - truth[spike.index]).abs() < 9.0, "{spike:?}, truth {}", truth[spike.index]);
    }
    assert!(found.cleaned[50].is_nan());
}

#[test]
fn a_job_that_runs_each_night_is_no_outlier_even_a_little_late_or_new() {
    let mut values = days(21, 5);
    for day in 0..21 {
        values[day * 24 + 2 + usize::from(day % 5 == 0)] += 60.0; // now and then an hour late
        if day > 12 {
            values[day * 24 + 16] += 50.0; // new since two weeks
        }
    }
    let found = clean(&values, &[24, 168], SpikeOptions::default()).unwrap();
    assert!(found.spikes.is_empty(), "{:?}", found.spikes);
    let mut weekly = days(28, 6);
    for week in 0..4 {
        weekly[week * 168 + 30] += 70.0;
    }
    assert!(clean(&weekly, &[24, 168], SpikeOptions::default()).unwrap().spikes.is_empty());
}

#[test]
fn noise_seldom_has_spikes_and_zeros_of_intermittent_demand_stay() {
    let touched =
        (0..200).filter(|seed| !clean(&days(10, *seed), &[24], SpikeOptions::default()).unwrap().spikes.is_empty()).count();
    // Beyond 6 deviations is 2e-9 of a normal value; the estimated ones are narrower by a few per cent.
    assert!(touched <= 2, "{touched} of 200");
    let spare: Vec<f64> = (0..100).map(|t| if t * 7 % 11 < 3 { f64::from(t % 5) + 1.0 } else { 0.0 }).collect();
    let found = clean(&spare, &[7], SpikeOptions::default()).unwrap();
    assert_eq!((found.cleaned, found.spikes), (spare, Vec::new()));
}

#[test]
fn a_series_of_bursts_keeps_them_but_for_the_one_that_towers() {
    let mut values = days(60, 9);
    for burst in 0..40_usize {
        values[burst * 35 + 7 + burst * burst % 13] += 30.0 + (burst % 5) as f64;
    }
    assert!(clean(&values, &[24], SpikeOptions::default()).unwrap().spikes.is_empty());
    values[1_000] += 500.0;
    let found = clean(&values, &[24], SpikeOptions::default()).unwrap();
    assert_eq!(found.spikes.iter().map(|spike| spike.index).collect::<Vec<_>>(), [1_000]);
}

#[test]
fn odd_series_are_left_alone() {
    for values in [vec![0.0; 40], vec![7.0; 40], vec![1e12; 40], vec![1e-9; 40]] {
        assert!(clean(&values, &[7], SpikeOptions::default()).unwrap().spikes.is_empty());
    }
    let mut flat = vec![5.0; 60];
    flat[33] = 100.0;
    assert_eq!(clean(&flat, &[7], SpikeOptions::default()).unwrap().cleaned, vec![5.0; 60]);
    assert!(clean(&[1.0, 2.0, f64::NAN], &[7], SpikeOptions::default()).is_none());
    assert!(clean(&[], &[], SpikeOptions::default()).is_none());
}
