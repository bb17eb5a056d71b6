//! From the model file to the finished run folder.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod desk;

use criterion::{Criterion, criterion_group, criterion_main};

fn end_to_end(criterion: &mut Criterion) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let request = plimsoll::run::Request {
        model: root.join("models/webshop"),
        runs: root.join("target/bench-runs"),
        overrides: plimsoll::run::Overrides::default(),
        again: true,
        outcomes: None,
    };
    let run = || plimsoll::run::run(&request, &plimsoll::observe::Silent);
    criterion.bench_function("end to end/webshop", |b| b.iter(run));
    let _first = desk::prepared(1);
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = end_to_end }
criterion_main!(benches);
