//! A fleet from its recipe, encoded.

#![allow(missing_docs, reason = "criterion's macros make public items")]

mod desk;

use criterion::{Criterion, criterion_group, criterion_main};

fn generate(criterion: &mut Criterion) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let recipe = plimsoll::run::generate::read_recipe(&root.join("datasets/webshop/recipe.toml")).expect("the recipe is read");
    criterion.bench_function("generate/webshop", |b| b.iter(|| plimsoll::run::generate::files(&recipe, false)));
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = generate }
criterion_main!(benches);
