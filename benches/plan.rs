//! The search for orders, with all it simulates.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod desk;

use criterion::{Criterion, criterion_group, criterion_main};

fn plan(criterion: &mut Criterion) {
    let prepared = desk::prepared(2_000);
    let past = desk::past(&prepared);
    let futures = desk::futures(&prepared, &past);
    let outcomes = desk::outcomes(&prepared, &futures);
    let plan = || prepared.plan(&futures, &outcomes, &plimsoll::observe::Silent);
    criterion.bench_function("plan/webshop", |b| b.iter(plan));
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = plan }
criterion_main!(benches);
