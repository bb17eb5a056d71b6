//! Decisions: room left, when it runs out, what to order by which day, what that costs, why not something else.

mod batches;
mod choice;
mod cost;
mod error;
mod exhaustion;
mod headroom;
mod need;
mod option;
mod order_by;
mod recommend;
mod roll_up;
mod scenarios;
mod search;

pub use batches::recommend_in_batches;
pub use choice::{Candidate, Choice, ChoiceQuestion, Need, NoChoice, Ranked, Rejected, choose};
pub use cost::cost_of;
pub use error::Error;
pub use exhaustion::Exhaustion;
pub use headroom::{Headroom, Line, Spread};
pub use need::{needs, schedule};
pub use option::{PlanOption, PlannedOrder, Tranche, Why};
pub use order_by::{OrderBy, order_by, order_by_between};
pub use recommend::{Plan, PoolPlan, recommend};
pub use roll_up::{Amounts, RollUp, RolledRoom, roll_ups};
pub use scenarios::{ScenarioPool, ScenarioResult};
