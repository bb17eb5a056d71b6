//! `[plan]`: the objective and how the questions are answered.

use super::load::Settings;
use super::reader::{Node, Reader};
use crate::model::{Objective, RiskRule};
use crate::stream::Seed;

/// Unless a file says otherwise.
const REPLICATIONS: u32 = 2_000;
const SEED: u32 = 42;
const RISK: f64 = 0.01;
const LATE_ARRIVAL: f64 = 0.1;

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

    pub(super) fn objective(&self, plan: Option<&Node<'a>>) -> Objective {
        let ratio = |key: &str| plan.and_then(|plan| self.number_within(plan, key, 0.0, 1.0));
        let days = plan.and_then(|plan| self.duration(plan, "confirmation")).map_or(1.0, |hours| (hours / 24.0).ceil());
        Objective {
            risk: RiskRule::ShortfallPerMonth(ratio("risk").unwrap_or(RISK)),
            late_arrival: ratio("late_arrival").unwrap_or(LATE_ARRIVAL),
            confirmation_days: days.clamp(1.0, 366.0) as u32,
            availability: ratio("availability"),
            shortfall_price: plan.and_then(|plan| self.number_within(plan, "shortfall_price", 0.0, f64::INFINITY)),
        }
    }
}
