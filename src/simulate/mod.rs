//! Many possible futures of the declared system: failures event by event, demand by the hour, orders as they arrive.

mod outcome;

pub use outcome::{Outcomes, PoolOutcomes, Survival};
