//! Draws by address: a generator made, and one draw taken.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod desk;

use criterion::{Criterion, criterion_group, criterion_main};

fn streams(criterion: &mut Criterion) {
    let root = plimsoll::stream::Stream::root(plimsoll::stream::Seed(1)).named("world");
    let at = plimsoll::stream::Address::of("pool/host");
    criterion.bench_function("streams/address and one exponential", |b| {
        let mut replication = 0;
        b.iter(|| {
            replication += 1;
            root.replication(replication).at(at).rng().exponential()
        });
    });
    let mut rng = root.rng();
    criterion.bench_function("streams/uniform", |b| b.iter(|| rng.uniform()));
    let _first = desk::prepared(1);
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = streams }
criterion_main!(benches);
