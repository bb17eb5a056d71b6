//! Two million rows of Parquet to the demand of ten series; tables of text to hourly bins, in memory.
//!
//! `cargo bench --bench ingest -- --full` compares a fleet's month with DuckDB and polars: see `benches/README.md`.

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::disallowed_methods, reason = "data is generated and peers are run here")]

#[path = "ingest/child.rs"]
mod child;
mod desk;
#[path = "ingest/fleet.rs"]
mod fleet;
#[path = "ingest/full.rs"]
mod full;

use criterion::{Criterion, Throughput, criterion_group};
use plimsoll::formats::{Fold, Input, Options, bins};
use plimsoll::source::OnDuplicate;
use plimsoll::time::Step;

fn ingest(criterion: &mut Criterion) {
    let prepared = desk::prepared(100);
    criterion.bench_function("ingest/webshop 2.1 M rows", |b| b.iter(|| desk::past(&prepared)));
}

/// Two hours of the fleet: 57,600 rows.
fn tables(criterion: &mut Criterion) {
    const INSTANTS: u64 = 24;
    let mut group = criterion.benchmark_group("bins");
    group.throughput(Throughput::Elements(INSTANTS * fleet::SERIES));
    for order in [fleet::Order::ByTime, fleet::Order::BySeries] {
        let mut text = Vec::new();
        fleet::write(&mut text, INSTANTS, order).expect("memory takes it");
        let input = Input::memory("fleet.csv", text.clone());
        group.bench_function(format!("plain table, {order:?}"), |b| b.iter(|| bins(&input, &Options::default(), Step::HOUR)));
        // A cell that only the table's own reader understands.
        text.extend_from_slice(b"2026-03-01T02:00:00Z,other,other,other,other,-\n");
        let input = Input::memory("fleet.csv", text);
        group.bench_function(format!("own reader, {order:?}"), |b| b.iter(|| bins(&input, &Options::default(), Step::HOUR)));
    }
    group.bench_function("samples alone", |b| {
        b.iter(|| {
            let mut fold = Fold::new(Step::HOUR, OnDuplicate::Error);
            for at in 0..INSTANTS as i64 {
                for series in 0..fleet::SERIES as usize {
                    fold.push(series, at * 300_000_000_000, at as f64);
                }
            }
            fold.finish();
            fold.into_bins()
        });
    });
}

criterion_group! { name = benches; config = Criterion::default().sample_size(10); targets = ingest, tables }

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.first().map(String::as_str) {
        Some("--child") => child::run(&args[1..]),
        Some("--full") => full::run(&args[1..]),
        _ => {
            benches();
            Criterion::default().configure_from_args().final_summary();
        }
    }
}
