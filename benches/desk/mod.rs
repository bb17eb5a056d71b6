//! What the benchmarks share: the webshop model, taken through the stages before the one that is timed.

#![allow(dead_code, reason = "each benchmark uses a part")]

use std::path::Path;

use plimsoll::observe::Silent;
use plimsoll::run::{Futures, Overrides, Past, Prepared, Request};
use plimsoll::simulate::Outcomes;

/// The webshop with so many futures.
pub fn prepared(replications: u32) -> Prepared {
    Prepared::load(&request(replications), &Silent).expect("the shipped model loads")
}

/// A run of it.
pub fn request(replications: u32) -> Request {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let overrides = Overrides { replications: Some(replications), ..Overrides::default() };
    Request { model: root.join("models/webshop"), runs: root.join("target/bench-runs"), overrides, again: true, outcomes: None }
}

/// Its history.
pub fn past(prepared: &Prepared) -> Past {
    prepared.past(&Silent).expect("the shipped data are read")
}

/// Its futures.
pub fn futures(prepared: &Prepared, past: &Past) -> Futures {
    prepared.futures(past, plimsoll::forecast::Choice::Auto, &Silent).expect("the history carries the horizon")
}

/// What happens in them.
pub fn outcomes(prepared: &Prepared, futures: &Futures) -> Vec<Outcomes> {
    prepared.outcomes(futures, &Silent).expect("the scenarios are simulated")
}
