//! Report, charts and tables to bytes.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod desk;

use criterion::{Criterion, criterion_group, criterion_main};

fn render(criterion: &mut Criterion) {
    let prepared = desk::prepared(200);
    let past = desk::past(&prepared);
    let decided = prepared.decide(&desk::request(200), &past, &mut |_| (), &plimsoll::observe::Silent).expect("a plan is made");
    let report = prepared.report(&past, &decided);
    let files = || plimsoll::render::files(&report, &plimsoll::observe::Silent);
    criterion.bench_function("render/webshop, all files", |b| b.iter(files));
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = render }
criterion_main!(benches);
