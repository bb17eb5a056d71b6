//! The search for the cheapest orders that meet the rule: a schedule from the needs seen, then simulated, repaired and pruned.

use std::cell::RefCell;
use std::sync::Arc;

use super::market::Market;
use super::policy::ordering;
use super::policy_cost::Prices;
use super::repair::Repairs;
use super::scenarios::risk_by_month;
use super::terms::ROUNDING;
use super::{Error, PlanOption, PlannedOrder, Stay, Tranche, Why, cost_of_term, needs, schedule};
use crate::model::{Model, Pool, Term, UnitType};
use crate::observe::Observer;
use crate::paths::SamplePaths;
use crate::scenario::{Freezes, Scenario};
use crate::simulate::{self, Outcomes, PoolOutcomes};
use crate::stats::{Estimate, estimate};
use crate::stream::Stream;
use crate::time::{Day, Month};
use crate::units::Money;

/// Rounds of pruning.
const PRUNINGS: usize = 3;
/// An order is postponed by so many days at a time.
const LATER: i32 = 15;

/// What all candidate plans have in common.
pub(super) struct Desk<'a> {
    pub(super) base: &'a Scenario,
    /// The model that its pools are of: how they are searched for orders does not depend on which of them are planned at once.
    pub(super) whole: &'a Model,
    pub(super) demand: &'a SamplePaths,
    pub(super) world: Stream,
    pub(super) observer: &'a dyn Observer,
    pub(super) months: &'a [Month],
    /// What was seen of a pool under its orders: pools do not touch each other, so each is simulated once under the same orders.
    pub(super) seen: RefCell<Vec<(usize, Vec<Tranche>, Arc<PoolOutcomes>)>>,
    /// Simulations by pool.
    pub(super) simulated: RefCell<Vec<u32>>,
}

impl Desk<'_> {
    pub(super) fn model(&self) -> &Model {
        &self.base.model
    }

    pub(super) fn accepted(&self) -> f64 {
        self.model().objective.risk.marked()
    }

    pub(super) fn today(&self) -> Day {
        self.base.as_of.plus(1)
    }

    pub(super) fn end(&self) -> Day {
        self.base.as_of.plus(self.base.horizon_days as i32)
    }

    pub(super) fn unit<'m>(&'m self, pool: &Pool) -> Option<&'m UnitType> {
        self.model().catalog.get(&pool.buys)
    }

    /// The day by which an order placed today has arrived under the fastest term, but for a chance of `late`.
    pub(super) fn reachable(&self, pool: &Pool, late: f64) -> Day {
        let fastest = |unit: &UnitType| unit.ways_to_pay().iter().map(|term| self.reachable_by(unit, term, late)).min();
        self.unit(pool).and_then(fastest).unwrap_or_else(|| self.today())
    }

    fn month_from(&self, day: Day) -> usize {
        self.months.iter().position(|month| month.first_day() >= day).unwrap_or(self.months.len())
    }

    /// The first month that an order placed today surely helps: it is late there with at most half of the accepted risk. The
    /// number of months when there is none.
    pub(super) fn first_month(&self, pool: &Pool) -> usize {
        self.month_from(self.reachable(pool, self.accepted() / 2.0))
    }

    pub(super) fn placed(&self, pool: &Pool, tranche: &Tranche) -> Day {
        let Some(unit) = self.unit(pool) else { return tranche.needed };
        let ways = unit.ways_to_pay();
        let lead = ways.get(tranche.term).map_or(&unit.lead_time_days, |term| unit.lead(term));
        self.in_time(tranche).placed(lead, self.late_of(unit), self.today())
    }

    pub(super) fn freezes(&self) -> Freezes {
        Freezes::of(&self.base.overrides)
    }

    /// The same, needed before a freeze that would hold it back.
    pub(super) fn in_time(&self, tranche: &Tranche) -> Tranche {
        Tranche { needed: self.freezes().needed(tranche.needed), ..*tranche }
    }

    /// What the base scenario sees with committed orders and these; a pool already simulated under them is not
    /// simulated again, unless what was seen of it depends on the orders of others.
    pub(super) fn simulate(&self, plan: &[Vec<Tranche>]) -> Result<Outcomes, Error> {
        if self.model().pools_meet() {
            let every: Vec<usize> = (0..plan.len()).collect();
            return self.simulate_pools(&every, plan, self.world);
        }
        let known = |p: usize| {
            let seen = self.seen.borrow();
            seen.iter().find(|(pool, tranches, _)| *pool == p && *tranches == plan[p]).map(|(.., outcome)| outcome.clone())
        };
        let mut pools: Vec<Option<Arc<PoolOutcomes>>> = (0..plan.len()).map(known).collect();
        let missing: Vec<usize> = (0..plan.len()).filter(|p| pools[*p].is_none()).collect();
        let outcomes = self.simulate_pools(&missing, plan, self.world)?;
        for (p, outcome) in missing.iter().zip(outcomes.pools.iter()) {
            self.seen.borrow_mut().push((*p, plan[*p].clone(), outcome.clone()));
            pools[*p] = Some(outcome.clone());
        }
        Ok(Outcomes { pools: pools.into_iter().flatten().collect(), ..outcomes })
    }

    /// Simulates some pools under these orders and other failures.
    pub(super) fn simulate_pools(&self, which: &[usize], plan: &[Vec<Tranche>], world: Stream) -> Result<Outcomes, Error> {
        let mut model = self.model().clone();
        model.pools = which
            .iter()
            .map(|p| (&self.model().pools[*p], &plan[*p]))
            .map(|(pool, tranches)| ordering(pool, self.model(), &self.bought(pool, tranches)))
            .collect();
        let scenario = Scenario { name: "orders".to_owned(), model: Arc::new(model), ..self.base.clone() };
        let mut simulated = self.simulated.borrow_mut();
        simulated.resize(self.model().pools.len(), 0);
        for p in which {
            simulated[*p] += 1;
        }
        drop(simulated);
        Ok(simulate::run(&scenario, self.demand, world, self.observer)?)
    }

    /// A schedule for each pool from the needs seen in `outcomes`.
    pub(super) fn first_schedule(&self, outcomes: &Outcomes, accepted: f64) -> Vec<Vec<Tranche>> {
        let each = self.model().pools.iter().zip(&outcomes.pools).map(|(pool, seen)| {
            let Some(unit) = self.unit(pool) else { return Vec::new() };
            let needs = needs(&seen.room_units, self.months.len(), accepted);
            let soonest = self.reachable(pool, self.model().objective.late_arrival);
            self.limited(unit, schedule(&needs, self.months, unit.lot, soonest))
        });
        each.collect()
    }

    /// Cut to what the catalog's limit leaves, pool by pool.
    pub(super) fn limited(&self, unit: &UnitType, mut tranches: Vec<Tranche>) -> Vec<Tranche> {
        tranches.retain(|tranche| tranche.units > 0);
        let Some(limit) = unit.limit else { return tranches };
        let groups = self.model().pools.iter().flat_map(|pool| &pool.groups).filter(|group| group.unit == unit.name);
        let have: u32 = groups.map(|group| group.units_on(self.end())).sum();
        let mut left = limit.saturating_sub(have) / unit.lot.max(1) * unit.lot.max(1);
        for tranche in &mut tranches {
            tranche.units = tranche.units.min(left);
            left -= tranche.units;
        }
        tranches.retain(|tranche| tranche.units > 0);
        tranches
    }

    /// The cheapest plan found for each pool, and what was seen with it.
    pub(super) fn search(&self, bare: &Outcomes) -> Result<(Vec<Vec<Tranche>>, Outcomes), Error> {
        let market = Market::of(self, |_| true, true);
        let mut plan = self.first_schedule(bare, self.accepted());
        if !self.is_plain() || market.broken(&plan).is_some() {
            return self.search_market(&market, bare);
        }
        let mut seen = self.simulate(&plan)?;
        let mut repairs: Vec<Repairs<Vec<Tranche>>> = plan.iter().map(|_| Repairs::default()).collect();
        for _ in 0..self.rounds() {
            let mut changed = false;
            for (p, (tranches, repairs)) in plan.iter_mut().zip(&mut repairs).enumerate() {
                changed |= self.repair(p, &seen, tranches, repairs);
            }
            if !changed {
                break;
            }
            seen = self.simulate(&plan)?;
        }
        let floor: Vec<Vec<Estimate>> = (0..plan.len()).map(|p| self.risk(p, &seen)).collect();
        for _ in 0..PRUNINGS {
            if !self.adopt(&mut plan, &mut seen, &floor, |pool, tranches| self.one_lot_fewer(pool, tranches))? {
                break;
            }
        }
        for _ in 0..PRUNINGS {
            if !self
                .adopt(&mut plan, &mut seen, &floor, |_, tranches| tranches.iter().map(|one| self.postponed(one)).collect())?
            {
                break;
            }
        }
        Ok((plan, seen))
    }

    /// Later by a step, but never needed after the end of the horizon.
    fn postponed(&self, tranche: &Tranche) -> Tranche {
        let later = tranche.later(LATER);
        if later.needed > self.end() { *tranche } else { later }
    }

    pub(super) fn risk(&self, p: usize, seen: &Outcomes) -> Vec<Estimate> {
        risk_by_month(&seen.pools[p], self.months.len(), seen.replications)
    }

    /// Tries a cheaper change on every pool at once, and keeps it where the rule still holds; whether any was kept.
    fn adopt(
        &self,
        plan: &mut [Vec<Tranche>],
        seen: &mut Outcomes,
        floor: &[Vec<Estimate>],
        change: impl Fn(&Pool, &[Tranche]) -> Vec<Tranche>,
    ) -> Result<bool, Error> {
        let changed: Vec<Vec<Tranche>> =
            self.model().pools.iter().zip(plan.iter()).map(|(pool, tranches)| change(pool, tranches)).collect();
        if changed == plan {
            return Ok(false);
        }
        let tried = self.simulate(&changed)?;
        let mut kept = false;
        for (p, tranches) in changed.into_iter().enumerate() {
            if tranches != plan[p] && self.meets(p, &self.risk(p, &tried), &floor[p]) {
                plan[p] = tranches;
                seen.pools[p] = tried.pools[p].clone();
                kept = true;
            }
        }
        Ok(kept)
    }

    /// The same with the last order one lot smaller.
    pub(super) fn one_lot_fewer(&self, pool: &Pool, tranches: &[Tranche]) -> Vec<Tranche> {
        let lot = self.unit(pool).map_or(1, |unit| unit.lot.max(1));
        let mut fewer = tranches.to_vec();
        if let Some(last) = fewer.last_mut() {
            last.units = last.units.saturating_sub(lot);
        }
        fewer.retain(|tranche| tranche.units > 0);
        fewer
    }

    /// Whether the risk is within what is accepted in every month that an order can still help, and in earlier months no higher
    /// than with the orders that gave `floor`.
    pub(super) fn meets(&self, p: usize, risk: &[Estimate], floor: &[Estimate]) -> bool {
        let first = self.first_month(&self.model().pools[p]);
        let rule = self.rule().at_most() + ROUNDING;
        let most = |m: usize| if m < first { rule.max(floor[m].value) } else { rule };
        risk.iter().enumerate().all(|(m, risk)| risk.value <= most(m))
    }

    /// An option for one pool, from its orders and what was seen with them.
    pub(super) fn option(&self, p: usize, name: &str, tranches: &[Tranche], seen: &Outcomes, floor: &Outcomes) -> PlanOption {
        let pool = &self.model().pools[p];
        let orders: Vec<PlannedOrder> = tranches.iter().filter_map(|tranche| self.order(pool, tranche)).collect();
        self.with_orders(p, name, orders, seen, floor)
    }

    /// An option with these orders.
    pub(super) fn with_orders(
        &self,
        p: usize,
        name: &str,
        orders: Vec<PlannedOrder>,
        seen: &Outcomes,
        floor: &Outcomes,
    ) -> PlanOption {
        let (pool, risk, measure) = (&self.model().pools[p], self.risk(p, seen), self.measure(&seen.pools[p], seen.replications));
        let meets = self.meets(p, &measure, &self.measure(&floor.pools[p], floor.replications));
        let first = self.first_month(pool).min(risk.len().saturating_sub(1));
        let from = if measure[first..].iter().all(|month| month.value <= self.rule().at_most() + ROUNDING) && !meets {
            0
        } else {
            first
        };
        let worst_month =
            (from..risk.len()).max_by(|a, b| measure[*a].value.total_cmp(&measure[*b].value).then(b.cmp(a))).unwrap_or(first);
        let cost = orders.iter().map(|order| order.cost).sum();
        let (penalty, why) = (self.penalty(pool, &seen.pools[p]), Why::TooRisky(worst_month));
        PlanOption { name: name.to_owned(), orders, cost, risk, measure, penalty, breaks: None, worst_month, meets, why }
    }

    /// Says how far futures tell the options that cost more apart from the chosen one: `seen` is what was seen of pool `p` by option.
    ///
    /// # Errors
    /// An order without a price.
    pub(super) fn pair(
        &self,
        p: usize,
        options: &mut [PlanOption],
        chosen: usize,
        prices: &Prices<'_>,
        seen: &[&PoolOutcomes],
    ) -> Result<(), Error> {
        if !options.iter().any(|option| matches!(option.why, Why::Dearer(_))) {
            return Ok(());
        }
        let pool = &self.model().pools[p];
        let costs = |i: usize, option: &PlanOption| -> Result<Vec<f64>, Error> {
            let mut costs = prices.costs_of(pool, &option.orders, self.base.replications)?;
            let penalties = self.penalties(pool, seen[i]).unwrap_or_default();
            costs.iter_mut().zip(penalties).for_each(|(cost, penalty)| *cost += penalty);
            Ok(costs)
        };
        let least = costs(chosen, &options[chosen])?;
        for (i, option) in options.iter_mut().enumerate() {
            let Why::Dearer(more) = option.why else { continue };
            let apart = estimate(costs(i, option)?.iter().zip(&least).map(|(here, there)| here - there));
            option.why = Why::Dearer(Estimate { standard_error: apart.standard_error, ..more });
        }
        Ok(())
    }

    /// An order as it is told.
    pub(super) fn order(&self, pool: &Pool, tranche: &Tranche) -> Option<PlannedOrder> {
        let unit = self.unit(pool)?;
        let stay = Stay { placed: self.placed(pool, tranche), needed: tranche.needed, until: tranche.until };
        let ways = unit.ways_to_pay();
        Some(told(unit, ways.get(tranche.term)?, tranche.units, stay, self.today(), self.end()))
    }

    /// The planned (not committed) orders of the model file.
    pub(super) fn declared_orders(&self, pool: &Pool) -> Vec<PlannedOrder> {
        let planned = pool.orders.iter().filter(|order| !order.committed);
        let each = planned.filter_map(|order| {
            let unit = self.model().catalog.get(&order.unit)?;
            let arrival = order.ordered.plus(unit.lead_time_days.whole_days(0.9));
            let stay = Stay { placed: order.ordered, needed: arrival, until: order.leaves };
            Some(told(unit, unit.ways_to_pay().first()?, order.units, stay, self.today(), self.end()))
        });
        each.collect()
    }
}

fn told(unit: &UnitType, term: &Term, units: u32, stay: Stay, today: Day, end: Day) -> PlannedOrder {
    let (Stay { placed, needed, until }, lead) = (stay, unit.lead(term));
    let after = |p: f64| placed.plus(lead.whole_days(p));
    let late = 1.0 - lead.cdf(f64::from(needed.since(placed)));
    PlannedOrder {
        unit: unit.name.clone(),
        term: if unit.terms.is_empty() { String::new() } else { term.name.clone() },
        until,
        units,
        order_by: placed,
        needed,
        arrival: (after(0.1), after(0.5), after(0.9)),
        late: late.max(0.0),
        overdue: placed <= today && late > 0.1 + 1e-9,
        cost: cost_of_term(unit, term, units, &stay, end),
    }
}

/// Says of each option why it was taken or left: the cheapest that meets the rule wins, else the least risky. How sure it is that one is
/// dearer, [`Desk::pair`] says.
pub(super) fn judge(options: &mut [PlanOption]) -> usize {
    let better = |a: &PlanOption, b: &PlanOption| {
        a.expected_cost().total_cmp(&b.expected_cost()).then(a.worst_measure().value.total_cmp(&b.worst_measure().value))
    };
    let meeting = (0..options.len()).filter(|i| options[*i].meets).min_by(|a, b| better(&options[*a], &options[*b]));
    let chosen = meeting.unwrap_or_else(|| {
        let risk = |i: &usize| options[*i].worst_measure().value;
        (0..options.len())
            .filter(|i| options[*i].breaks.is_none())
            .min_by(|a, b| risk(a).total_cmp(&risk(b)).then(options[*a].cost.0.total_cmp(&options[*b].cost.0)))
            .unwrap_or(0)
    });
    let cost = options.get(chosen).map_or(0.0, PlanOption::expected_cost);
    for (i, option) in options.iter_mut().enumerate() {
        option.why = match (i == chosen, option.meets) {
            (false, _) if option.breaks.is_some() => {
                Why::Breaks(option.breaks.clone().unwrap_or_default(), Money(option.expected_cost() - cost))
            }
            (true, true) => Why::Chosen,
            (true, false) => Why::LeastRisky,
            (false, false) => Why::TooRisky(option.worst_month),
            (false, true) if option.expected_cost() > cost => {
                Why::Dearer(Estimate { value: option.expected_cost() - cost, standard_error: 0.0 })
            }
            (false, true) => Why::Tie,
        };
    }
    chosen
}
