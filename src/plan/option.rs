use serde::Serialize;

use crate::stats::{Distribution, Estimate};
use crate::time::Day;
use crate::units::Money;

/// Units that must be in force by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tranche {
    /// The first day they are needed.
    pub needed: Day,
    /// How many.
    pub units: u32,
    /// Days by which the order is placed earlier than the late-arrival rule alone asks for.
    pub earlier_days: u32,
    /// Position of the way to pay in [`UnitType::ways_to_pay`](crate::model::UnitType::ways_to_pay).
    pub term: usize,
    /// The day they are returned; `None`: they stay.
    pub until: Option<Day>,
}

impl Tranche {
    /// The same, needed so many days later.
    #[must_use]
    pub fn later(&self, days: i32) -> Self {
        Self { needed: self.needed.plus(days), until: self.until.map(|until| until.plus(days)), ..*self }
    }

    /// The last day to place it: P(arrived by the day needed) >= 1 − `late`; never before `earliest`.
    #[must_use]
    pub fn placed(&self, lead_days: &Distribution, late: f64, earliest: Day) -> Day {
        let lead = lead_days.whole_days(1.0 - late);
        self.needed.plus(-lead - self.earlier_days as i32).max(earliest)
    }
}

/// An order of the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedOrder {
    /// The unit type.
    pub unit: String,
    /// The way to pay; empty where the catalog has one price alone.
    pub term: String,
    /// The day the units are returned; `None`: they stay.
    pub until: Option<Day>,
    /// How many.
    pub units: u32,
    /// The last day to place it.
    pub order_by: Day,
    /// The day the units are needed.
    pub needed: Day,
    /// Days by which one, five and nine of ten such orders have arrived.
    pub arrival: (Day, Day, Day),
    /// P(it comes after the day needed).
    pub late: f64,
    /// It should have been placed before today to be on time.
    pub overdue: bool,
    /// Purchase and running cost within the horizon.
    pub cost: Money,
}

/// Why an option was taken or left.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The cheapest found that meets the rule.
    Chosen,
    /// It meets the rule and costs this much more than the chosen one, penalties counted: the standard error is that of the difference in
    /// each future, prices, arrivals and shortfalls as they come there.
    Dearer(Estimate),
    /// The risk of a month is above what is accepted: position of the worst month.
    TooRisky(usize),
    /// It meets the rule at the same cost.
    Tie,
    /// Nothing found meets the rule; this is the least risky.
    LeastRisky,
    /// It is not allowed by this limit, budget or choice of the model; how much more it would cost.
    Breaks(String, Money),
}

/// A way to buy for one pool, simulated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanOption {
    /// What it is, in a few words.
    pub name: String,
    /// Its orders; those already committed are in every option and not listed.
    pub orders: Vec<PlannedOrder>,
    /// Their cost within the horizon.
    pub cost: Money,
    /// P(any shortfall in the month), by month.
    pub risk: Vec<Estimate>,
    /// What the rule bounds, by month: the risk, or units missing.
    pub measure: Vec<Estimate>,
    /// Expected cost of units missing in months that an order can still help, where the rule prices them.
    pub penalty: Estimate,
    /// The limit or budget that it breaks.
    pub breaks: Option<String>,
    /// The month with the highest measure among those that an order can still help.
    pub worst_month: usize,
    /// It keeps within the rule in every month that an order can still help, and within all limits and budgets.
    pub meets: bool,
    /// Why it was taken or left.
    pub why: Why,
}

impl PlanOption {
    /// The risk of its worst month.
    #[must_use]
    pub fn worst(&self) -> Estimate {
        self.risk.get(self.worst_month).copied().unwrap_or_default()
    }

    /// What the rule bounds, in its worst month.
    #[must_use]
    pub fn worst_measure(&self) -> Estimate {
        self.measure.get(self.worst_month).copied().unwrap_or_default()
    }

    /// Orders and penalty together.
    #[must_use]
    pub fn expected_cost(&self) -> f64 {
        self.cost.0 + self.penalty.value
    }

    /// Units over all its orders.
    #[must_use]
    pub fn units(&self) -> u32 {
        self.orders.iter().map(|order| order.units).sum()
    }
}
