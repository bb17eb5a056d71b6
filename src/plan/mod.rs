//! Decisions: room left, when it runs out, what to order by which day, what that costs, why not something else.

mod cost;
mod error;
mod exhaustion;
mod headroom;
mod matters;
mod need;
mod option;
mod order_by;
mod recommend;
mod scenarios;
mod search;
mod worth;

pub use cost::cost_of;
pub use error::Error;
pub use exhaustion::Exhaustion;
pub use headroom::{Headroom, Line, Spread};
pub use matters::{Explains, Matter, Measured};
pub use need::{needs, schedule};
pub use option::{PlanOption, PlannedOrder, Tranche, Why};
pub use order_by::{OrderBy, order_by, order_by_between};
pub use recommend::{Plan, PoolPlan, recommend};
pub use scenarios::{ScenarioPool, ScenarioResult};
pub use worth::{REMOVED, Worth};
