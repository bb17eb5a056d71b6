/// The rule that a plan must meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RiskRule {
    /// In every month of the horizon, P(any shortfall in that month) <= this.
    ShortfallPerMonth(f64),
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
}
