//! `[plan]`: the objective and how the questions are answered.

use super::load::Settings;
use super::reader::{Node, Reader};
use crate::model::{Objective, RiskRule};
use crate::stream::Seed;

/// Unless a file says otherwise.
const REPLICATIONS: u32 = 2_000;
const SEED: u32 = 42;
const LATE_ARRIVAL: f64 = 0.1;
/// A quarter.
const REVIEW_DAYS: f64 = 91.0;
/// No unit-hour is worth more.
const MOST_PRICE: f64 = 1e12;

impl<'a> Reader<'a> {
    pub(super) fn settings(&self, plan: &Node<'a>) -> Option<Settings> {
        let days = self.duration(plan, "horizon").map(|hours| (hours / 24.0).round());
        if days.is_some_and(|days| !(1.0..=3_660.0).contains(&days)) {
            let seen = self.text(plan, "horizon").unwrap_or_default().to_owned();
            self.out_of_range(plan, "horizon", &seen, "1 d to 10 y");
        }
        let as_of = self.date(plan, "as_of");
        let replications = self.whole(plan, "replications", 2).unwrap_or(REPLICATIONS);
        let seed = self.whole(plan, "seed", 0).unwrap_or(SEED);
        Some(Settings { as_of, horizon_days: days? as u32, replications, seed: Seed(u64::from(seed)) })
    }

    fn review_days(&self, plan: Option<&Node<'a>>) -> u32 {
        let days = plan.and_then(|plan| self.duration(plan, "review")).map_or(REVIEW_DAYS, |hours| (hours / 24.0).round());
        days.clamp(1.0, 3_660.0) as u32
    }

    pub(super) fn objective(&self, plan: Option<&Node<'a>>) -> Objective {
        let ratio = |key: &str| plan.and_then(|plan| self.number_within(plan, key, 0.0, 1.0));
        let risk = self.risk(plan);
        if let (RiskRule::LeastCost(_), Some(plan)) = (risk, plan) {
            let expected = "one price of what is missing: that of a month in `risk`, or that of an hour here with another rule";
            self.out_of_range(plan, "shortfall_price", "beside `risk = { penalty = … }`", expected);
        }
        let days = plan.and_then(|plan| self.duration(plan, "confirmation")).map_or(1.0, |hours| (hours / 24.0).ceil());
        Objective {
            risk,
            late_arrival: ratio("late_arrival").unwrap_or(LATE_ARRIVAL),
            confirmation_days: days.clamp(1.0, 366.0) as u32,
            availability: ratio("availability"),
            review_days: self.review_days(plan),
            reforecast: plan.and_then(|plan| self.whole(plan, "reforecast", 0)).unwrap_or(0),
            shortfall_price: plan.and_then(|plan| self.number_within(plan, "shortfall_price", 0.0, MOST_PRICE)),
        }
    }
}
