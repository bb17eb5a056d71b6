//! Ten series of two years: back-test, choice, 2,000 joint paths of 365 days.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod desk;

use criterion::{Criterion, criterion_group, criterion_main};

fn forecast(criterion: &mut Criterion) {
    let prepared = desk::prepared(2_000);
    let past = desk::past(&prepared);
    criterion.bench_function("forecast/webshop 10 series x 2000 paths", |b| b.iter(|| desk::futures(&prepared, &past)));
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = forecast }
criterion_main!(benches);
