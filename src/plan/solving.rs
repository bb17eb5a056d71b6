//! How good the schedule is: the solver's gap, what another sample of futures would have said, futures that were held out.

use serde::Serialize;

use super::market::Market;
use super::measure::missing;
use super::search::Desk;
use super::solve::{Shared, Solved, gap};
use super::{cvar_missing, expected_missing};
use crate::model::RiskRule;
use crate::simulate::Outcomes;
use crate::stats::{Estimate, estimate, proportion, student_quantile};
use crate::time::Month;
use crate::units::Money;

/// Samples that the futures are cut into.
const BATCHES: usize = 10;
/// Futures that a batch needs.
const FUTURES: usize = 20;

/// The schedule for the units missing in the simulated futures, before failures and late deliveries of what it brings repair it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Solving {
    /// What it costs; expected penalties included where the rule has them.
    pub cost: Money,
    /// No schedule for these futures costs less: proved.
    pub bound: Money,
    /// (cost − bound) ÷ cost.
    pub gap: f64,
    /// Limits and budgets that bind: the name, and about what one more unit of it would save.
    pub binding: Vec<(String, f64)>,
    /// Units that no schedule within the limits can bring: pool, month, units.
    pub short: Vec<(String, Month, u32)>,
    /// The least cost over batches of the futures; `None` with too few futures, and where units stay short.
    pub batches: Option<Batches>,
}

/// The same question put to parts of the futures (Mak, Morton & Wood 1999, Monte Carlo bounding techniques, §2).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Batches {
    /// How many.
    pub count: u32,
    /// Futures in each.
    pub futures: u32,
    /// The mean of the least costs.
    pub cost: Estimate,
    /// 95 % of such samples have a mean above this; under a price for units missing it bounds the true least cost from below, under
    /// the other rules it tells how much the sample decides.
    pub low: f64,
}

/// The schedules of some pools that share no limit with others, summed.
#[derive(Debug, Clone, Default)]
pub(super) struct Schedules {
    /// Being short included.
    cost: f64,
    bound: f64,
    /// What being short is counted with, where the rule has no price of it.
    unserved: f64,
    binding: Vec<(String, f64)>,
    short: Vec<(String, Month, u32)>,
    /// The least cost of each batch; none with too few futures.
    batches: Vec<f64>,
    /// Futures in each.
    futures: u32,
}

impl Schedules {
    /// With those of other pools.
    pub(super) fn add(&mut self, other: Self) {
        self.cost += other.cost;
        self.bound += other.bound;
        self.unserved += other.unserved;
        self.binding.extend(other.binding);
        self.short.extend(other.short);
        self.batches.resize(other.batches.len(), 0.0);
        self.batches.iter_mut().zip(other.batches).for_each(|(cost, more)| *cost += more);
        self.futures = other.futures;
    }

    pub(super) fn told(self) -> Solving {
        let shown = |cost: f64| Money((cost - self.unserved).max(0.0));
        let batches = || {
            let cost = estimate(self.batches.iter().copied());
            let low = cost.value - student_quantile(0.95, (BATCHES - 1) as f64) * cost.standard_error;
            Batches { count: BATCHES as u32, futures: self.futures, cost, low }
        };
        Solving {
            cost: shown(self.cost),
            bound: shown(self.bound),
            gap: gap(self.cost, self.bound),
            batches: (self.short.is_empty() && !self.batches.is_empty()).then(batches),
            binding: self.binding,
            short: self.short,
        }
    }
}

impl Desk<'_> {
    /// How good the schedule for what is missing in these futures is; and, by pool, what the rule bounds by month in futures that a
    /// schedule did not see: that of each half, judged on the other.
    pub(super) fn solving(&self, bare: &Outcomes) -> (Schedules, Vec<Vec<Estimate>>) {
        let market = Market::of(self, |_| true, true);
        let rooms: Vec<Vec<i32>> = bare.pools.iter().map(|pool| pool.room_units.clone()).collect();
        let asked = market.asked(&self.wanted(&rooms));
        let solved = asked.solve();
        let lots = |p: usize| self.unit(&self.model().pools[p]).map_or(1, |unit| unit.lot.max(1));
        let mut short = Vec::new();
        let priced = matches!(self.rule(), RiskRule::LeastCost(_));
        if !priced {
            for (p, pool) in self.model().pools.iter().enumerate() {
                for (m, month) in self.months.iter().enumerate().filter(|(m, _)| solved.bought[p].short[*m] > 0) {
                    short.push((pool.name.clone(), *month, solved.bought[p].short[m] * lots(p)));
                }
            }
        }
        let unserved: f64 = asked.covers.iter().zip(&solved.bought).map(|(cover, bought)| cover.short_cost(bought)).sum();
        let drawn = asked.drawn(&solved.bought);
        let binds = |row: usize| solved.prices[row] > 1e-6 && drawn[row] > 0.9 * asked.limits[row];
        let bound_rows = market.rows.iter().enumerate().filter(|(row, _)| binds(*row));
        let (futures, batches) = if short.is_empty() { self.batches(&market, &rooms) } else { (0, Vec::new()) };
        let schedules = Schedules {
            cost: solved.cost,
            bound: solved.bound,
            unserved: if priced { 0.0 } else { unserved },
            binding: bound_rows.map(|(row, told)| (told.name.clone(), solved.prices[row])).collect(),
            short,
            batches,
            futures,
        };
        (schedules, self.held_out(&market, &rooms))
    }

    /// Every `of`-th future from `first` on.
    fn part(&self, rooms: &[Vec<i32>], first: usize, of: usize) -> Vec<Vec<i32>> {
        let months = self.months.len().max(1);
        let pick = |room: &Vec<i32>| room.chunks(months).skip(first).step_by(of).flatten().copied().collect();
        rooms.iter().map(pick).collect()
    }

    /// Futures of a batch, and the least cost of each.
    fn batches(&self, market: &Market<'_>, rooms: &[Vec<i32>]) -> (u32, Vec<f64>) {
        let futures = rooms.first().map_or(0, Vec::len) / self.months.len().max(1) / BATCHES;
        if futures < FUTURES {
            return (0, Vec::new());
        }
        let cost = |first| market.asked(&self.wanted(&self.part(rooms, first, BATCHES))).bound();
        (futures as u32, (0..BATCHES).map(cost).collect())
    }

    fn held_out(&self, market: &Market<'_>, rooms: &[Vec<i32>]) -> Vec<Vec<Estimate>> {
        let months = self.months.len();
        let halves = [self.part(rooms, 0, 2), self.part(rooms, 1, 2)];
        let asked: Vec<Shared> = halves.iter().map(|half| market.asked(&self.wanted(half))).collect();
        let solved: Vec<Solved> = asked.iter().map(Shared::solve).collect();
        let unseen = |p: usize, m: usize| {
            let lot = self.unit(&self.model().pools[p]).map_or(1, |unit| unit.lot.max(1));
            let each: Vec<Estimate> = (0..2)
                .map(|half| {
                    let more = asked[half].covers[p].in_force(&solved[half].bought[p], m) * lot;
                    self.missing_with(&missing(&halves[1 - half][p], months, m), more)
                })
                .collect();
            let error = each.iter().map(|half| half.standard_error.powi(2)).sum::<f64>().sqrt() / 2.0;
            Estimate { value: f64::midpoint(each[0].value, each[1].value), standard_error: error }
        };
        (0..rooms.len()).map(|p| (0..months).map(|m| unseen(p, m)).collect()).collect()
    }

    /// What the rule bounds, with so many units more.
    fn missing_with(&self, missing: &[u32], more: u32) -> Estimate {
        match self.rule() {
            RiskRule::ShortfallPerMonth(_) => {
                proportion(missing.iter().filter(|d| **d > more).count() as u64, missing.len() as u64)
            }
            RiskRule::Cvar { level, .. } => cvar_missing(missing, level, more),
            RiskRule::ExpectedShortfall(_) | RiskRule::LeastCost(_) => expected_missing(missing, more),
        }
    }
}
