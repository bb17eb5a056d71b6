//! Two million rows of Parquet to the demand of ten series.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod desk;

use criterion::{Criterion, criterion_group, criterion_main};

fn ingest(criterion: &mut Criterion) {
    let prepared = desk::prepared(100);
    criterion.bench_function("ingest/webshop 2.1 M rows", |b| b.iter(|| desk::past(&prepared)));
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = ingest }
criterion_main!(benches);
