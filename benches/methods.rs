//! The inner loops of forecasting: one method on one generated series, and one joint path.
//!
//! `cargo bench --no-default-features --bench methods` builds it without dataframes. Each benchmark's name selects it, so that a
//! profiler can be given one: `valgrind --tool=callgrind BENCH --bench ets --profile-time 1`.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::f64::consts::TAU;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use plimsoll::forecast::auto::{Past, Settings, forecast_batch};
use plimsoll::forecast::methods::{ArimaSearch, AutoArima, Ces, EtsOptions, Fitted, Mstl, SeasonalPool, Theta};
use plimsoll::stream::{Seed, Stream};

/// A level that grows and wanders, times a season: 1.5 % noise a step.
fn series(steps: usize, seasons: &[usize], seed: u64) -> Vec<f64> {
    let mut rng = Stream::root(Seed(seed)).named("series").rng();
    let mut level: f64 = 1_000.0;
    let mut next = |step: usize| {
        level *= 1.0 + 0.002 + 0.01 * rng.normal();
        let season: f64 = seasons.iter().map(|season| 0.2 * (TAU * step as f64 / *season as f64).sin()).sum();
        level * (1.0 + season) * (1.0 + 0.015 * rng.normal())
    };
    (0..steps).map(&mut next).collect()
}

fn smoothed(rest: &[f64]) -> Option<Box<dyn Fitted>> {
    let options = EtsOptions { additive_only: true, ..EtsOptions::default() };
    options.fit(rest, 1).map(|fit| Box::new(fit) as Box<dyn Fitted>)
}

fn fits(criterion: &mut Criterion) {
    let monthly = series(120, &[12], 1);
    let hourly = series(24 * 7 * 4, &[24, 168], 2);
    let mut group = criterion.benchmark_group("fit");
    group.bench_function("ets, 120 months", |b| b.iter(|| EtsOptions::default().fit(black_box(&monthly), 12)));
    group.bench_function("dynamic theta, 120 months", |b| b.iter(|| Theta::DYNAMIC.fit(black_box(&monthly), 12)));
    group.bench_function("ces, 120 months", |b| b.iter(|| Ces::AUTO.fit(black_box(&monthly), 12)));
    let arima = AutoArima { search: ArimaSearch::Fast, power: None };
    group.bench_function("fast arima, 120 months", |b| b.iter(|| arima.fit(black_box(&monthly), 12)));
    let mstl = Mstl::new(&[24, 168]);
    group.bench_function("mstl, 672 hours", |b| b.iter(|| mstl.fit(black_box(&hourly), smoothed)));
    let pool = SeasonalPool { season: 24, long: Some(168) };
    group.bench_function("pool, 672 hours", |b| b.iter(|| pool.fit(black_box(&hourly))));
}

fn refits(criterion: &mut Criterion) {
    let monthly = series(120, &[12], 1);
    let mut group = criterion.benchmark_group("refit");
    let ets = EtsOptions::default().fit(&monthly, 12).expect("fitted");
    group.bench_function("ets, 102 months", |b| b.iter(|| ets.refit(black_box(&monthly[..102]))));
    let theta = Theta::DYNAMIC.fit(&monthly, 12).expect("fitted");
    group.bench_function("dynamic theta, 102 months", |b| b.iter(|| theta.refit(black_box(&monthly[..102]))));
    let ces = Ces::AUTO.fit(&monthly, 12).expect("fitted");
    group.bench_function("ces, 102 months", |b| b.iter(|| ces.refit(black_box(&monthly[..102]))));
    let arima = AutoArima { search: ArimaSearch::Fast, power: None }.fit(&monthly, 12).expect("fitted");
    group.bench_function("arima, 102 months", |b| b.iter(|| arima.refit(black_box(&monthly[..102]))));
}

fn joint(criterion: &mut Criterion) {
    let pasts: Vec<Vec<Option<f64>>> = (0..8).map(|seed| series(120, &[12], seed).into_iter().map(Some).collect()).collect();
    let pasts: Vec<Past> = pasts.iter().map(|values| Past { values, behind: 0, drivers: None }).collect();
    let settings = Settings { horizon: 18, seasons: vec![12], shared_dates: false, ceiling: None, methods: None };
    let root = Stream::root(Seed(1));
    let mut group = criterion.benchmark_group("batch");
    group.sample_size(10);
    group
        .bench_function("the default, 8 series of 120 months", |b| b.iter(|| forecast_batch(black_box(&pasts), &settings, root)));
    group.finish();
    let joint = forecast_batch(&pasts, &settings, root).joint;
    let mut group = criterion.benchmark_group("joint");
    let mut path = 0;
    group.bench_function("dates of a path, 18 months", |b| {
        b.iter(|| {
            path += 1;
            joint.dates(path)
        });
    });
    let (dates, mut out) = (joint.dates(1), vec![0.0; 18]);
    group.bench_function("a path, 18 months", |b| b.iter(|| joint.path(black_box(3), &dates, &mut out)));
}

criterion_group!(benches, fits, refits, joint);
criterion_main!(benches);
