//! Many possible futures of the declared system: failures event by event, demand by the hour, orders as they arrive.

mod demand;
mod error;
pub mod exact;
mod failure;
mod outcome;
pub mod queue;
mod replicate;
mod reserve;
mod run;
pub mod sequential;
mod world;

pub use error::Error;
pub use outcome::{Outcome, Outcomes, PoolOutcome, PoolOutcomes, Survival};
pub use replicate::replicate;
pub use run::{run, run_range};
pub use world::{World, safe_load_line};
