//! From pools, terms, budgets and limits to leases over months, and from what was bought back to orders.

use std::collections::BTreeMap;

use super::cost::{arrival_on_average, payments};
use super::search::Desk;
use super::solve::{Bought, Cover, Lease, Shared};
use super::{Stay, Tranche, cost_of_term};
use crate::model::{Limit, Pool, Term, UnitType};
use crate::time::{Day, Month};

/// A lot that is short costs so many times the dearest lease: it is, only when no limit leaves another way.
const SHORT: f64 = 50.0;

/// One limit in one month, or one quarter's budget.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub name: String,
    /// The first day it holds, and the day after the last.
    pub from: Day,
    pub to: Day,
    pub at_most: f64,
    /// The limit it is of; `None`: a budget.
    pub limit: Option<usize>,
}

/// Lots wanted in each month of a pool, and what each lot below costs.
pub(super) struct Wanted {
    pub lots: Vec<u32>,
    /// Prices of being short, where the rule has them.
    pub short: Option<Vec<Vec<(u32, f64)>>>,
}

/// What can be bought for every pool, within what.
pub(super) struct Market<'a> {
    desk: &'a Desk<'a>,
    limits: Vec<Limit>,
    pub rows: Vec<Row>,
    /// By pool: leases, and the term of each.
    pools: Vec<(Vec<Lease>, Vec<usize>)>,
}

impl<'a> Market<'a> {
    /// With the terms that `allowed` lets in, within budgets and limits or (not `bounded`) without.
    pub(super) fn of(desk: &'a Desk<'a>, allowed: impl Fn(usize) -> bool, bounded: bool) -> Self {
        let mut market = Self { desk, limits: Vec::new(), rows: Vec::new(), pools: Vec::new() };
        if bounded {
            market.add_limits();
            market.add_budgets();
        }
        market.pools = desk.model().pools.iter().map(|pool| market.leases(pool, &allowed)).collect();
        market
    }

    fn add_limits(&mut self) {
        let model = self.desk.model();
        let of_unit = |unit: &UnitType| {
            Some(Limit {
                name: format!("limit of {}", unit.name),
                at_most: f64::from(unit.limit?),
                uses: BTreeMap::from([(unit.name.clone(), 1.0)]),
                domain: None,
            })
        };
        self.limits = model.catalog.values().filter_map(of_unit).chain(model.bounds.limits.iter().cloned()).collect();
        for (l, limit) in self.limits.iter().enumerate() {
            for month in self.desk.months {
                let left = limit.at_most - self.in_force(limit, month.first_day());
                self.rows.push(Row {
                    name: format!("{} in {month}", limit.name),
                    from: month.first_day(),
                    to: month.next().first_day(),
                    at_most: left.max(0.0),
                    limit: Some(l),
                });
            }
        }
    }

    /// What declared units and committed orders draw on a limit.
    fn in_force(&self, limit: &Limit, day: Day) -> f64 {
        let model = self.desk.model();
        let each = |unit: &str| limit.uses.get(unit).copied().unwrap_or(0.0);
        let drawn = |pool: &Pool| {
            let groups = pool.groups.iter().filter(|group| self.is_below(group.domain.as_deref(), limit));
            let declared: f64 = groups.map(|group| f64::from(group.units_on(day)) * each(&group.unit)).sum();
            let there = |order: &&crate::model::Order| order.committed && order.leaves.is_none_or(|leaves| leaves > day);
            let ordered = pool.orders.iter().filter(there).map(|order| {
                let share = if order.domain.is_some() {
                    f64::from(u8::from(self.is_below(order.domain.as_deref(), limit)))
                } else {
                    self.share_below(pool, limit)
                };
                f64::from(order.units) * each(&order.unit) * share
            });
            declared + ordered.sum::<f64>()
        };
        model.pools.iter().map(drawn).sum()
    }

    fn is_below(&self, domain: Option<&str>, limit: &Limit) -> bool {
        let Some(wanted) = &limit.domain else { return true };
        let tree = &self.desk.model().domains;
        domain.is_some_and(|domain| tree.ancestry(domain).iter().any(|above| above == wanted))
    }

    /// The share of bought units that go below a limit's domain: they are spread over the pool's groups in turn.
    fn share_below(&self, pool: &Pool, limit: &Limit) -> f64 {
        if limit.domain.is_none() || pool.groups.is_empty() {
            return f64::from(u8::from(limit.domain.is_none()));
        }
        let below = pool.groups.iter().filter(|group| self.is_below(group.domain.as_deref(), limit)).count();
        below as f64 / pool.groups.len() as f64
    }

    fn add_budgets(&mut self) {
        let budgets = &self.desk.model().bounds.budgets;
        let last = self.desk.end();
        let mut month = self.desk.today().month();
        month.month -= (month.month - 1) % 3;
        while month.first_day() <= last {
            let next = month.next().next().next();
            let quarter = format!("budget {} Q{}", month.year, (month.month + 2) / 3);
            let after = budgets.partition_point(|budget| budget.from <= month.first_day());
            if let Some(budget) = after.checked_sub(1).map(|at| budgets[at]) {
                let (from, to) = (month.first_day(), next.first_day());
                self.rows.push(Row { name: quarter, from, to, at_most: budget.amount, limit: None });
            }
            month = next;
        }
    }

    fn leases(&self, pool: &Pool, allowed: &impl Fn(usize) -> bool) -> (Vec<Lease>, Vec<usize>) {
        let (mut leases, mut terms) = (Vec::new(), Vec::new());
        let (Some(unit), months) = (self.desk.unit(pool), self.desk.months.len()) else { return (leases, terms) };
        for (t, term) in unit.ways_to_pay().iter().enumerate().filter(|(t, _)| allowed(*t)) {
            let first = self.desk.month_of(self.desk.reachable_by(unit, term, self.desk.late_of(unit)));
            for from in first..months {
                let to = term.commits_months.map_or(months, |length| (from + length as usize).min(months));
                let tranche = self.tranche(unit, (t, term), (from, to), unit.lot.max(1));
                let cost = self.cost(unit, term, &tranche);
                leases.push(Lease { from, to, cost, uses: self.draws(pool, &tranche) });
                terms.push(t);
            }
        }
        (leases, terms)
    }

    fn tranche(&self, unit: &UnitType, (t, term): (usize, &Term), (from, to): (usize, usize), units: u32) -> Tranche {
        let soonest = self.desk.reachable_by(unit, term, self.desk.late_of(unit));
        let needed = self.desk.months[from].first_day().max(soonest);
        let until = (to < self.desk.months.len()).then(|| self.desk.months[to].first_day());
        Tranche { needed, units, earlier_days: 0, term: t, until }
    }

    fn stay(&self, unit: &UnitType, term: &Term, tranche: &Tranche) -> Stay {
        let placed = self.desk.in_time(tranche).placed(unit.lead(term), self.desk.late_of(unit), self.desk.today());
        Stay { placed, needed: tranche.needed, until: tranche.until }
    }

    fn cost(&self, unit: &UnitType, term: &Term, tranche: &Tranche) -> f64 {
        cost_of_term(unit, term, tranche.units, &self.stay(unit, term, tranche), self.desk.end()).0
    }

    /// What an order draws on each row.
    pub(super) fn draws(&self, pool: &Pool, tranche: &Tranche) -> Vec<(usize, f64)> {
        let Some(unit) = self.desk.unit(pool) else { return Vec::new() };
        let terms = unit.ways_to_pay();
        let Some(term) = terms.get(tranche.term) else { return Vec::new() };
        let stay = self.stay(unit, term, tranche);
        let paid = payments(unit, term, &stay, arrival_on_average(unit, term, &stay), self.desk.end());
        let units = f64::from(tranche.units);
        let drawn = |row: &Row| {
            if let Some(l) = row.limit {
                let there = tranche.needed < row.to && tranche.until.is_none_or(|until| until > row.from);
                let each = self.limits[l].uses.get(&unit.name).copied().unwrap_or(0.0) * self.share_below(pool, &self.limits[l]);
                if there { units * each } else { 0.0 }
            } else {
                let each = paid.iter().map(|payment| {
                    let upfront = if (row.from..row.to).contains(&payment.day) { payment.upfront } else { 0.0 };
                    let (from, to) = payment.runs;
                    let within = (to.min(f64::from(row.to.0)) - from.max(f64::from(row.from.0))).max(0.0);
                    upfront + if within > 0.0 { payment.monthly * within / (to - from) } else { 0.0 }
                });
                units * each.sum::<f64>()
            }
        };
        self.rows.iter().map(drawn).enumerate().filter(|(_, drawn)| *drawn > 0.0).collect()
    }

    /// The first limit or budget that these orders of all pools break.
    pub(super) fn broken(&self, plan: &[Vec<Tranche>]) -> Option<String> {
        let mut drawn = vec![0.0; self.rows.len()];
        for (pool, tranches) in self.desk.model().pools.iter().zip(plan) {
            for (row, each) in tranches.iter().flat_map(|tranche| self.draws(pool, tranche)) {
                drawn[row] += each;
            }
        }
        let over = self.rows.iter().zip(&drawn).find(|(row, drawn)| **drawn > row.at_most * (1.0 + 1e-9) + 1e-6);
        over.map(|(row, _)| row.name.clone())
    }

    /// The question for the solver.
    pub(super) fn asked(&self, wanted: &[Wanted]) -> Shared {
        let dearest = self.pools.iter().flat_map(|(leases, _)| leases).map(|lease| lease.cost).fold(1.0, f64::max);
        let covers = self.pools.iter().zip(wanted).map(|((leases, _), wanted)| Cover {
            leases: leases.clone(),
            wanted: wanted.lots.clone(),
            short: match &wanted.short {
                Some(short) => short.clone(),
                None => wanted.lots.iter().map(|lots| vec![(*lots, SHORT * dearest)]).collect(),
            },
        });
        Shared { covers: covers.collect(), limits: self.rows.iter().map(|row| row.at_most).collect() }
    }

    /// The orders of a pool: a lease that follows another of its term is the same units, kept on.
    pub(super) fn orders(&self, p: usize, bought: &Bought) -> Vec<Tranche> {
        let Some(unit) = self.desk.unit(&self.desk.model().pools[p]) else { return Vec::new() };
        let (leases, terms) = &self.pools[p];
        let ways = unit.ways_to_pay();
        // (term, first month, month after the last, lots)
        let mut runs: Vec<(usize, usize, usize, u32)> = Vec::new();
        for ((lease, term), lots) in leases.iter().zip(terms).zip(&bought.lots) {
            let mut left = *lots;
            for at in 0..runs.len() {
                let (run_term, from, to, have) = runs[at];
                if left == 0 || run_term != *term || to != lease.from {
                    continue;
                }
                let kept = have.min(left);
                left -= kept;
                runs[at] = (run_term, from, lease.to, kept);
                if have > kept {
                    runs.push((run_term, from, to, have - kept));
                }
            }
            if left > 0 {
                runs.push((*term, lease.from, lease.to, left));
            }
        }
        runs.sort_by_key(|(term, from, to, _)| (*from, *term, *to));
        let each =
            runs.iter().map(|(t, from, to, lots)| self.tranche(unit, (*t, &ways[*t]), (*from, *to), lots * unit.lot.max(1)));
        each.collect()
    }
}

/// The month that a day lies in, or those after all.
pub(super) fn month_of(months: &[Month], day: Day) -> usize {
    months.iter().position(|month| month.next().first_day() > day).unwrap_or(months.len())
}
