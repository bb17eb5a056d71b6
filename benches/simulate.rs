//! One scenario: 2,000 futures of five pools over a year.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod desk;

use criterion::{Criterion, criterion_group, criterion_main};

fn simulate(criterion: &mut Criterion) {
    let prepared = desk::prepared(2_000);
    let past = desk::past(&prepared);
    let futures = desk::futures(&prepared, &past);
    let stream = plimsoll::stream::Stream::root(plimsoll::stream::Seed(1));
    let run = || plimsoll::simulate::run(&futures.scenarios[0], &futures.forecasts.paths, stream, &plimsoll::observe::Silent);
    criterion.bench_function("simulate/webshop base, 2000 futures", |b| b.iter(run));
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = simulate }
criterion_main!(benches);
