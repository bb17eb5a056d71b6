//! The search where terms, budgets, limits or a rule other than P(shortfall) are: the solver gives the schedule, the simulation
//! confirms it, and months above the rule raise what is wanted.

use super::market::{Market, Wanted, month_of};
use super::measure::{missing, needs_of, penalties};
use super::repair::Raised;
use super::scenarios::risk_by_month;
use super::search::Desk;
use super::solve::{Bought, Solved};
use super::{Error, PlanOption, Tranche, cvar_missing, expected_missing};
use crate::model::{Bounds, Pool, RiskRule, Term, UnitType};
use crate::simulate::{Outcomes, PoolOutcomes};
use crate::stats::Estimate;
use crate::time::Day;

/// A mean over futures may be so much off by rounding.
pub(super) const ROUNDING: f64 = 1e-12;

/// An option for a pool, its orders, and which of the simulations of alternatives saw it.
#[derive(Clone)]
pub(super) struct Alternative {
    pub(super) option: PlanOption,
    pub(super) orders: Vec<Tranche>,
    pub(super) seen: usize,
}

impl Desk<'_> {
    pub(super) fn rule(&self) -> RiskRule {
        self.model().objective.risk
    }

    /// Whether every unit has one price for good, and nothing bounds the orders but the rule of P(shortfall).
    pub(super) fn is_plain(&self) -> bool {
        let plain = |pool: &Pool| self.unit(pool).is_none_or(|unit| unit.terms.is_empty() && unit.price_changes.is_empty());
        let rule = matches!(self.rule(), RiskRule::ShortfallPerMonth(_));
        rule && self.model().bounds == Bounds::default() && self.whole.pools.iter().all(plain)
    }

    /// P(late) at which orders are placed: that of the plan; where units of one term take over from those of another, no more than
    /// half of the risk, for these are gone when the others come late.
    pub(super) fn late_of(&self, unit: &UnitType) -> f64 {
        let late = self.model().objective.late_arrival;
        if unit.terms.len() > 1 { late.min(self.rule().marked() / 2.0) } else { late }
    }

    /// The day by which an order of a term placed today has arrived, but for a chance of `late`.
    pub(super) fn reachable_by(&self, unit: &UnitType, term: &Term, late: f64) -> Day {
        self.freezes().day(self.today().plus(unit.lead(term).whole_days(1.0 - late)))
    }

    pub(super) fn month_of(&self, day: Day) -> usize {
        month_of(self.months, day)
    }

    /// What the rule bounds, by month.
    pub(super) fn measure(&self, seen: &PoolOutcomes, futures: u32) -> Vec<Estimate> {
        let months = self.months.len();
        let each =
            |measure: &dyn Fn(&[u32]) -> Estimate| (0..months).map(|m| measure(&missing(&seen.room_units, months, m))).collect();
        match self.rule() {
            RiskRule::ShortfallPerMonth(_) => risk_by_month(seen, months, futures),
            RiskRule::Cvar { level, .. } => each(&|d| cvar_missing(d, level, 0)),
            RiskRule::ExpectedShortfall(_) | RiskRule::LeastCost(_) => each(&|d| expected_missing(d, 0)),
        }
    }

    /// Expected price of what is missing from the first month on that an order can help; nothing where the rule has none.
    pub(super) fn penalty(&self, pool: &Pool, seen: &PoolOutcomes) -> Estimate {
        self.penalties(pool, seen).map_or_else(Estimate::default, |each| crate::stats::estimate(each.into_iter()))
    }

    /// The same in each future; `None` where the rule has no price.
    pub(super) fn penalties(&self, pool: &Pool, seen: &PoolOutcomes) -> Option<Vec<f64>> {
        let RiskRule::LeastCost(price) = self.rule() else { return None };
        let first = self.first_month(pool);
        let of = |room: &[i32]| -> f64 {
            room[first.min(room.len())..].iter().map(|room| f64::from(room.saturating_neg().max(0))).sum()
        };
        Some(seen.room_units.chunks(self.months.len().max(1)).map(|room| price * of(room)).collect())
    }

    /// What each pool wants, from rooms by future and month; the months that nothing placed today reaches want nothing.
    pub(super) fn wanted(&self, rooms: &[Vec<i32>]) -> Vec<Wanted> {
        self.wanted_under(self.rule(), rooms)
    }

    /// The schedule for what is missing under a rule, unrepaired: of the solver where terms, budgets or limits are.
    pub(super) fn scheduled(&self, rule: RiskRule, outcomes: &Outcomes) -> Vec<Vec<Tranche>> {
        if self.is_plain() {
            return self.first_schedule(outcomes, rule.marked());
        }
        let rooms: Vec<Vec<i32>> = outcomes.pools.iter().map(|pool| pool.room_units.clone()).collect();
        let market = Market::of(self, |_| true, true);
        Self::solved(&market, &self.wanted_under(rule, &rooms)).0
    }

    fn wanted_under(&self, rule: RiskRule, rooms: &[Vec<i32>]) -> Vec<Wanted> {
        let months = self.months.len();
        let each = self.model().pools.iter().zip(rooms).map(|(pool, room)| {
            let Some(unit) = self.unit(pool) else { return Wanted { lots: vec![0; months], short: None } };
            let lot = unit.lot.max(1);
            let first = self.month_of(self.reachable(pool, self.late_of(unit)));
            if let RiskRule::LeastCost(price) = rule {
                let steps = |m| if m < first { Vec::new() } else { penalties(&missing(room, months, m), lot, price) };
                let short: Vec<Vec<(u32, f64)>> = (0..months).map(steps).collect();
                let lots = short.iter().map(|steps| steps.iter().map(|(lots, _)| lots).sum()).collect();
                return Wanted { lots, short: Some(short) };
            }
            let needs = needs_of(rule, room, months).into_iter().enumerate();
            Wanted { lots: needs.map(|(m, need)| if m < first { 0 } else { need.div_ceil(lot) }).collect(), short: None }
        });
        each.collect()
    }

    /// The cheapest orders for what is wanted.
    pub(super) fn solved(market: &Market<'_>, wanted: &[Wanted]) -> (Vec<Vec<Tranche>>, Solved) {
        let solved = market.asked(wanted).solve();
        let plan = solved.bought.iter().enumerate().map(|(p, bought): (usize, &Bought)| market.orders(p, bought)).collect();
        (plan, solved)
    }

    /// The cheapest plan of a market for each pool that the simulation confirms, and what was seen with it.
    pub(super) fn search_market(&self, market: &Market<'_>, bare: &Outcomes) -> Result<(Vec<Vec<Tranche>>, Outcomes), Error> {
        let rooms: Vec<Vec<i32>> = bare.pools.iter().map(|pool| pool.room_units.clone()).collect();
        let mut raised: Vec<Raised> = rooms.iter().map(|_| Raised::none(self.months.len())).collect();
        let mut best: Option<(usize, Vec<Vec<Tranche>>, Outcomes)> = None;
        for _ in 0..=self.rounds() {
            let mut wanted = self.wanted(&rooms);
            for (wanted, raised) in wanted.iter_mut().zip(&raised) {
                wanted.lots.iter_mut().zip(&raised.lots).for_each(|(lots, more)| *lots = (*lots).max(*more));
            }
            let (mut plan, _) = Self::solved(market, &wanted);
            for (tranches, raised) in plan.iter_mut().zip(&raised) {
                for tranche in tranches {
                    let days = raised.earlier.iter().find(|(term, needed, _)| (*term, *needed) == (tranche.term, tranche.needed));
                    tranche.earlier_days = days.map_or(0, |(.., days)| *days);
                }
            }
            if best.as_ref().is_some_and(|(_, known, _)| *known == plan) {
                break;
            }
            let seen = self.simulate(&plan)?;
            let mut above = 0;
            for (p, raised) in raised.iter_mut().enumerate() {
                above += usize::from(self.raise(p, &seen, &plan[p], raised));
            }
            if best.as_ref().is_none_or(|(known, ..)| above <= *known) {
                best = Some((above, plan, seen));
            }
            if above == 0 {
                break;
            }
        }
        best.map(|(_, plan, seen)| (plan, seen)).ok_or(Error::NoScenario)
    }

    /// What else could be bought, for each pool: all of one term; anything without budgets and limits. And what was seen with them.
    pub(super) fn alternatives(
        &self,
        bare: &Outcomes,
        floor: &Outcomes,
    ) -> Result<(Vec<Vec<Alternative>>, Vec<Outcomes>), Error> {
        let pools = &self.model().pools;
        let (mut options, mut all_seen) = (vec![Vec::new(); pools.len()], Vec::new());
        let bounded = Market::of(self, |_| true, true);
        let ways = pools.iter().map(|pool| self.unit(pool).map_or(0, |unit| unit.terms.len())).max().unwrap_or(0);
        for t in 0..if ways > 1 { ways } else { 0 } {
            let market = Market::of(self, |term| term == t, true);
            let (plan, seen) = self.search_market(&market, bare)?;
            for (p, pool) in pools.iter().enumerate() {
                let term = self.unit(pool).and_then(|unit| Some(unit.ways_to_pay().get(t)?.name.clone()));
                if let Some(term) = term.filter(|_| !plan[p].is_empty()) {
                    let option = self.option(p, &format!("all {term}"), &plan[p], &seen, floor);
                    options[p].push(Alternative { option, orders: plan[p].clone(), seen: all_seen.len() });
                }
            }
            all_seen.push(seen);
        }
        if !bounded.rows.is_empty() && !self.is_plain() {
            let market = Market::of(self, |_| true, false);
            let (plan, seen) = self.search_market(&market, bare)?;
            if let Some(broken) = bounded.broken(&plan) {
                for (p, tranches) in plan.iter().enumerate().filter(|(_, tranches)| !tranches.is_empty()) {
                    let mut option = self.option(p, "without budgets and limits", tranches, &seen, floor);
                    (option.breaks, option.meets) = (Some(broken.clone()), false);
                    options[p].push(Alternative { option, orders: tranches.clone(), seen: all_seen.len() });
                }
                all_seen.push(seen);
            }
        }
        Ok((options, all_seen))
    }
}
