//! Many possible futures of the declared system: failures event by event, demand by the hour, orders as they arrive.

mod adequacy;
mod demand;
mod error;
pub mod exact;
pub mod growth;
mod inputs;
mod line;
mod outcome;
mod plant;
mod question;
pub mod queue;
pub mod rare;
mod redraw;
mod replicate;
mod reserve;
mod run;
mod scan;
pub mod sequential;
mod spare;
pub mod station;
pub mod stopping;
mod transfer;
mod uncertain;
mod world;

pub use adequacy::{Measure, Method, MonthAdequacy, PoolAdequacy, adequacy};
pub use error::Error;
pub use inputs::{Input, Kind, inputs};
pub use line::{SafeLine, latency_curve, safe_load_line};
pub use outcome::{Outcome, Outcomes, PoolOutcome, PoolOutcomes, Survival};
pub use question::{Answered, answer};
pub use redraw::Part;
pub use replicate::replicate;
pub use run::{run, run_range, run_redrawn};
pub use spare::{Spare, Together, spare};
pub use world::World;
