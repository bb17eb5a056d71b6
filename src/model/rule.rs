use std::collections::BTreeMap;

use crate::time::Day;

/// P(any shortfall in a month) that charts and scenarios mark where the rule is another.
const MARKED: f64 = 0.01;

/// The rule that a plan must meet.
///
/// Units missing in a month are those missing at its worst moment, in whole units to buy.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskRule {
    /// In every month of the horizon, P(any shortfall in that month) <= this.
    ShortfallPerMonth(f64),
    /// In every month, the mean of the units missing <= this.
    ExpectedShortfall(f64),
    /// In every month, the mean of the units missing over the worst 1 − `level` of futures <= `at_most`.
    Cvar {
        /// Such as 0.95.
        level: f64,
        /// Units.
        at_most: f64,
    },
    /// None: the cost of orders and of what is missing together is least, at this price a unit missing and month.
    LeastCost(f64),
}

impl RiskRule {
    /// The P(any shortfall in a month) that the rule accepts; `None` where it bounds something else, or nothing.
    #[must_use]
    pub fn accepted(&self) -> Option<f64> {
        if let Self::ShortfallPerMonth(accepted) = self { Some(*accepted) } else { None }
    }

    /// The same, or what is marked where it says nothing of it.
    #[must_use]
    pub fn marked(&self) -> f64 {
        self.accepted().unwrap_or(MARKED)
    }

    /// The most that its measure of a month may be; no bound for least cost.
    #[must_use]
    pub fn at_most(&self) -> f64 {
        match self {
            Self::ShortfallPerMonth(most) | Self::ExpectedShortfall(most) | Self::Cvar { at_most: most, .. } => *most,
            Self::LeastCost(_) => f64::INFINITY,
        }
    }
}

/// What is asked of the plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// The risk accepted.
    pub risk: RiskRule,
    /// P(an order arrives after it is needed) accepted when order-by dates are set.
    pub late_arrival: f64,
    /// Days that demand must stay above usable capacity before that counts as exhaustion; 1 or more.
    pub confirmation_days: u32,
    /// Availability promised, such as 0.999, for minutes of error budget; `None` when none is.
    pub availability: Option<f64>,
    /// Money for a unit to buy that is missing for an hour; `None`: what is missing has no price.
    pub shortfall_price: Option<f64>,
    /// Days from one review of the orders to the next, for policies.
    pub review_days: u32,
    /// Futures in which a policy is judged that forecasts demand anew at each review; 0: none, as it costs far more than all else.
    pub reforecast: u32,
}

/// What all orders of a plan together must keep within.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bounds {
    /// Money that orders may take a quarter: from each day on, that much a quarter; rising by day, none before the first.
    pub budgets: Vec<Budget>,
    /// Slots, power, quotas.
    pub limits: Vec<Limit>,
}

/// From a day on, orders may take so much money a calendar quarter: upfront prices when they are placed, monthly ones as they run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// It holds for quarters that begin on this day or later.
    pub from: Day,
    /// Money a quarter.
    pub amount: f64,
}

/// A limit that units of several types, in all pools or in one domain, share.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Its name.
    pub name: String,
    /// At most so much, what is in force today included.
    pub at_most: f64,
    /// What one unit of a type draws on it.
    pub uses: BTreeMap<String, f64>,
    /// Only units below this domain; `None`: all.
    pub domain: Option<String>,
}
