//! Decisions: room left, when it runs out, what to order by which day, what that costs, why not something else.

mod cost;
mod error;
mod exhaustion;
mod frontier;
mod headroom;
mod market;
mod measure;
mod need;
mod option;
mod order_by;
mod policy;
mod policy_cost;
mod policy_need;
mod recommend;
mod regret;
mod regret_matrix;
mod scenarios;
mod search;
pub mod solve;
mod solving;
mod terms;

pub use cost::{Stay, cost_of, cost_of_term};
pub use error::Error;
pub use exhaustion::Exhaustion;
pub use frontier::{FrontierPoint, MarginalPrice, RiskStep};
pub use headroom::{Headroom, Line, Spread};
pub use measure::{cvar_missing, expected_missing, needs_of, penalties};
pub use need::{needs, schedule};
pub use option::{PlanOption, PlannedOrder, Tranche, Why};
pub use order_by::{OrderBy, order_by, order_by_between};
pub use policy::{Bought, Planner, Policies, PolicyResult, Reforecast};
pub use policy_cost::CostSpread;
pub use recommend::{Plan, PoolPlan, recommend, recommend_with};
pub use regret::{PlanRegret, Priced, Regret};
pub use scenarios::{ScenarioPool, ScenarioResult};
pub use solving::{Batches, Solving};
