//! What a smaller risk costs: the cheapest simulated plan for each of a grid of accepted risks, and the price between neighbours.

use std::sync::Arc;

use serde::Serialize;

use super::regret::{Named, resamples};
use super::regret_matrix::multiplicities;
use super::scenarios::risk_by_month;
use super::search::Desk;
use super::{Error, Tranche};
use crate::model::RiskRule;
use crate::simulate::{Outcomes, PoolOutcomes};
use crate::stats::{Estimate, TWO_SIDED_95, estimate, proportion};
use crate::units::Money;

/// Accepted risks that are planned for, as multiples of the model's.
const GRID: [f64; 11] = [10.0, 6.0, 4.0, 2.5, 1.6, 1.0, 0.6, 0.4, 0.25, 0.15, 0.1];
/// No rule is looser than this.
const LOOSEST: f64 = 0.5;
/// Resamples of the futures, with replacement.
const RESAMPLES: u32 = 200;

/// The cheapest of the simulated plans that keeps a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrontierPoint {
    /// The tightest rule of the grid that it keeps: P(any shortfall in a month) in every month that an order can still help.
    pub accepted: f64,
    /// Cost of its orders within the horizon.
    pub cost: Money,
    /// P(any shortfall) of its worst pool in its worst month that an order can still help.
    pub worst: Estimate,
    /// Expected minutes with demand over the line, of all pools together, from the first month in which the plans tried differ on.
    pub minutes: Estimate,
    /// It is the recommended plan.
    pub recommended: bool,
    /// Share of bootstrap resamples of the futures in which it is the cheapest that keeps the model's rule.
    pub stability: f64,
    /// From the next cheaper point to this one; `None` for the cheapest.
    pub step: Option<RiskStep>,
}

/// What is paid and what is got between neighbours of the frontier, on the same futures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RiskStep {
    /// Paid more, within the horizon.
    pub cost: Money,
    /// Fall of the worst month's risk, with the standard error of the paired difference.
    pub risk: Estimate,
    /// Minutes over the line avoided, likewise.
    pub minutes: Estimate,
}

/// A price with the interval that the Monte Carlo error of its divisor leaves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MarginalPrice {
    /// Cost ÷ what is got; `None` when nothing is.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval; `None` when even the most that may be got is nothing.
    pub low: Option<f64>,
    /// Upper end; `None` when it cannot be told whether anything is got at all: the two plans are tied.
    pub high: Option<f64>,
}

impl MarginalPrice {
    /// `cost` is known, what is got is estimated: the ends are `cost ÷ (got ± 1.96 standard errors)`, the interval of Fieller
    /// (1954), *Journal of the Royal Statistical Society B* 16(2), 175–185, for a numerator without error.
    ///
    /// ```
    /// use plimsoll::{plan::MarginalPrice, stats::Estimate};
    /// let price = MarginalPrice::of(41_000.0, Estimate { value: 0.4, standard_error: 0.1 });
    /// assert_eq!(price.value, Some(102_500.0));
    /// assert!(price.low < price.value && price.value < price.high);
    /// assert_eq!(MarginalPrice::of(41_000.0, Estimate { value: 0.1, standard_error: 0.1 }).high, None);
    /// ```
    #[must_use]
    pub fn of(cost: f64, got: Estimate) -> Self {
        let by = |got: f64| (got > 0.0).then(|| cost / got);
        let half = TWO_SIDED_95 * got.standard_error;
        Self { value: by(got.value), low: by(got.value + half), high: by(got.value - half) }
    }

    /// The same for so many times as much.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let by = |end: Option<f64>| end.map(|end| end * factor);
        Self { value: by(self.value), low: by(self.low), high: by(self.high) }
    }
}

impl RiskStep {
    /// Money for each percentage point of the worst month's risk.
    #[must_use]
    pub fn per_point(&self) -> MarginalPrice {
        MarginalPrice::of(self.cost.0, self.risk).times(0.01)
    }

    /// Money for each minute over the line that is avoided.
    #[must_use]
    pub fn per_minute(&self) -> MarginalPrice {
        MarginalPrice::of(self.cost.0, self.minutes)
    }
}

/// The accepted risks that are planned for, from the loosest on: those that so many futures can tell from none, and the model's own.
fn grid(accepted: f64, futures: u32) -> Vec<f64> {
    let futures = f64::from(futures.max(1));
    let mut grid: Vec<f64> = GRID.iter().map(|factor| (accepted * factor).min(LOOSEST)).collect();
    // a risk below one future in all cannot be told from none; the model's own rule is always there
    grid.retain(|one| *one * futures >= 1.0 || (*one - accepted).abs() < 1e-12);
    grid.dedup();
    grid
}

/// A plan for all pools, with its cost by pool and what was seen with it.
struct Candidate {
    plan: Vec<Vec<Tranche>>,
    costs: Vec<f64>,
    /// P(any shortfall in the month) by pool and month.
    risks: Vec<Vec<f64>>,
    seen: Outcomes,
}

/// The plans tried, in the order in which ties are broken.
pub(super) struct Tried<'a> {
    pub(super) plan: &'a [Vec<Tranche>],
    pub(super) seen: &'a Outcomes,
}

/// Pools that do not touch each other take their orders each from the plan that suits it; the others go together.
struct Frontier<'a> {
    desk: &'a Desk<'a>,
    candidates: Vec<Candidate>,
    groups: Vec<Vec<usize>>,
    /// By pool, the first month that an order can still help for sure: the rule holds from it on.
    first: Vec<usize>,
    /// By pool, the first month in which the plans are told apart: `first`, or an earlier one that some orders reach by a quick delivery.
    differs: Vec<usize>,
}

/// Of `tried` (the recommended plan first) and of a plan made for each accepted risk of a grid: by rule, the cheapest that keeps
/// it, from the loosest on; `None` where some pool cannot keep it. A tighter rule never costs less, as it leaves fewer of the same plans.
pub(super) fn frontier(
    desk: &Desk<'_>,
    bare: &Outcomes,
    tried: &[Tried<'_>],
    chosen: &[Money],
) -> Result<Vec<Option<(Rule, Named)>>, Error> {
    let grid = grid(desk.accepted(), bare.replications);
    let mut candidates: Vec<Candidate> = tried.iter().map(|one| candidate(desk, one.plan.to_vec(), one.seen.clone())).collect();
    for accepted in &grid {
        let plan = desk.scheduled(RiskRule::ShortfallPerMonth(*accepted), bare);
        if !candidates.iter().any(|one| one.plan == plan) {
            let seen = desk.simulate(&plan)?;
            candidates.push(candidate(desk, plan, seen));
        }
    }
    let pools: Vec<usize> = (0..desk.model().pools.len()).collect();
    let groups = if desk.model().pools_meet() { vec![pools] } else { pools.into_iter().map(|pool| vec![pool]).collect() };
    let last = desk.months.len().saturating_sub(1);
    let first: Vec<usize> = desk.model().pools.iter().map(|pool| desk.first_month(pool).min(last)).collect();
    let differs = first.iter().enumerate().map(|(p, first)| differs(&candidates, p, desk.months.len()).min(*first)).collect();
    let frontier = Frontier { desk, candidates, groups, first, differs };
    let kept: Vec<Option<Vec<usize>>> = grid.iter().map(|accepted| frontier.cheapest(*accepted)).collect();
    let mut keeps = frontier.keeping(&kept).into_iter();
    let rule = |(accepted, from): (&f64, &Option<Vec<usize>>)| {
        let from = from.as_ref()?;
        let rule = frontier.rule(*accepted, from, chosen, keeps.next()?);
        Some((rule, Named { name: rule_name(*accepted), plan: frontier.plan(from) }))
    };
    Ok(grid.iter().zip(&kept).map(rule).collect())
}

fn candidate(desk: &Desk<'_>, plan: Vec<Vec<Tranche>>, seen: Outcomes) -> Candidate {
    let costs = desk.model().pools.iter().zip(&plan).map(|(pool, tranches)| desk.cost_of_pool(pool, tranches).0).collect();
    let risk = |pool: &Arc<PoolOutcomes>| {
        risk_by_month(pool, desk.months.len(), seen.replications).into_iter().map(|month| month.value).collect()
    };
    let risks = seen.pools.iter().map(risk).collect();
    Candidate { plan, costs, risks, seen }
}

/// The first month in which some future is not short for as long with all candidates; the number of months when there is none.
fn differs(candidates: &[Candidate], p: usize, months: usize) -> usize {
    let Some((one, others)) = candidates.split_first() else { return months };
    let apart = |other: &Candidate| {
        let (one, other) = (&one.seen.pools[p].hours_short, &other.seen.pools[p].hours_short);
        let unlike = one.iter().zip(other).enumerate().filter(|(_, (a, b))| a != b);
        unlike.map(|(cell, _)| cell % months.max(1)).min().unwrap_or(months)
    };
    others.iter().map(apart).min().unwrap_or(months)
}

/// `plan for 0.5 %`.
fn rule_name(accepted: f64) -> String {
    format!("plan for {} %", (accepted * 1e6).round() / 1e4)
}

/// Of one pool, by month: the futures that fall short.
type Hits = Vec<Vec<u32>>;

/// What the cheapest plans under a rule come to, all pools together.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    accepted: f64,
    cost: f64,
    /// The risk of the worst month of the worst pool.
    worst: f64,
    /// By future: short in it.
    hit: Vec<bool>,
    /// By future.
    minutes: Vec<f64>,
    /// By resample: the model's rule is kept.
    keeps: Vec<bool>,
    /// They cost what the recommended plan does, pool by pool.
    recommended: bool,
}

impl Rule {
    /// With other pools under the same rule.
    pub(super) fn add(&mut self, other: Self) {
        self.cost += other.cost;
        if other.worst > self.worst {
            (self.worst, self.hit) = (other.worst, other.hit);
        }
        self.minutes.iter_mut().zip(other.minutes).for_each(|(minutes, more)| *minutes += more);
        self.keeps.iter_mut().zip(other.keeps).for_each(|(keeps, also)| *keeps &= also);
        self.recommended &= other.recommended;
    }
}

/// By rule from the loosest on, as places in the grid; those that another one dominates are left out.
pub(super) fn picked(rules: &[Option<Rule>]) -> Vec<usize> {
    let mut picked: Vec<(usize, &Rule)> = Vec::new();
    for (at, one) in rules.iter().enumerate() {
        let Some(one) = one else { continue };
        let hits = |one: &Rule| one.hit.iter().filter(|hit| **hit).count();
        let minutes = |one: &Rule| one.minutes.iter().sum::<f64>();
        match picked.last_mut() {
            // the same orders, or others that cost no more
            Some(last) if last.1.cost >= one.cost => *last = (at, one),
            Some((_, last)) if hits(last) <= hits(one) && minutes(last) <= minutes(one) => {}
            _ => picked.push((at, one)),
        }
    }
    picked.into_iter().map(|(at, _)| at).collect()
}

/// The points that were picked.
pub(super) fn points(picked: &[&Rule]) -> Vec<FrontierPoint> {
    let mut stability = vec![0.0; picked.len()];
    for resample in 0..picked.first().map_or(0, |one| one.keeps.len()) {
        if let Some(first) = picked.iter().position(|one| one.keeps[resample]) {
            stability[first] += 1.0 / f64::from(RESAMPLES);
        }
    }
    let point = |(i, one): (usize, &&Rule)| FrontierPoint {
        accepted: one.accepted,
        cost: Money(one.cost),
        worst: proportion(one.hit.iter().filter(|hit| **hit).count() as u64, one.hit.len() as u64),
        minutes: estimate(one.minutes.iter().copied()),
        recommended: one.recommended,
        stability: stability[i],
        step: i.checked_sub(1).map(|cheaper| step(picked[cheaper], one)),
    };
    picked.iter().enumerate().map(point).collect()
}

impl Frontier<'_> {
    fn months(&self) -> usize {
        self.desk.months.len()
    }

    fn plan(&self, from: &[usize]) -> Vec<Vec<Tranche>> {
        from.iter().enumerate().map(|(p, c)| self.candidates[*c].plan[p].clone()).collect()
    }

    /// For each pool the candidate that it takes its orders from; `None` when some pool cannot keep the rule with any.
    fn cheapest(&self, accepted: f64) -> Option<Vec<usize>> {
        let mut from = vec![0; self.first.len()];
        for group in &self.groups {
            let keeps = |c: &usize| group.iter().all(|p| self.keeps(*p, *c, accepted));
            let cost = |c: usize| group.iter().map(|p| self.candidates[c].costs[*p]).sum::<f64>();
            let best = (0..self.candidates.len()).filter(keeps).min_by(|a, b| cost(*a).total_cmp(&cost(*b)))?;
            for p in group {
                from[*p] = best;
            }
        }
        Some(from)
    }

    /// For each choice of plans, by resample of the futures, whether the model's rule is kept. The floor of early months is resampled with it.
    fn keeping(&self, kept: &[Option<Vec<usize>>]) -> Vec<Vec<bool>> {
        let hits: Vec<Vec<Hits>> = kept.iter().flatten().map(|from| self.hits(from)).collect();
        let floor = self.hits(&vec![0; self.first.len()]);
        let futures = self.candidates.first().map_or(0, |one| one.seen.replications as usize);
        let mut keeping = vec![Vec::new(); hits.len()];
        for resample in 0..if futures == 0 { 0 } else { RESAMPLES } {
            let drawn = multiplicities(futures, resamples(self.desk.world), resample);
            let share = |hits: &[u32]| hits.iter().map(|r| drawn[*r as usize]).sum::<f64>() / futures as f64;
            let early: Vec<Vec<f64>> = floor
                .iter()
                .zip(&self.first)
                .map(|(pool, first)| pool[..*first].iter().map(|hits| share(hits)).collect())
                .collect();
            let keeps = |plan: &Vec<Hits>| {
                let most = |p: usize, m: usize| early[p].get(m).copied().unwrap_or(0.0).max(self.desk.accepted());
                plan.iter().enumerate().all(|(p, pool)| pool.iter().enumerate().all(|(m, hits)| share(hits) <= most(p, m)))
            };
            keeping.iter_mut().zip(&hits).for_each(|(keeping, plan)| keeping.push(keeps(plan)));
        }
        keeping
    }

    /// By pool and month, the futures that fall short.
    fn hits(&self, from: &[usize]) -> Vec<Hits> {
        let months = self.months();
        let of = |hours: &[f32], m: usize| {
            let short = |(r, hours): (usize, &f32)| (*hours > 0.0).then_some(r as u32);
            hours.iter().skip(m).step_by(months.max(1)).enumerate().filter_map(short).collect()
        };
        let pool = |(p, c): (usize, &usize)| {
            let hours = &self.candidates[*c].seen.pools[p].hours_short;
            (0..months).map(|m| of(hours, m)).collect()
        };
        from.iter().enumerate().map(pool).collect()
    }

    fn keeps(&self, p: usize, candidate: usize, accepted: f64) -> bool {
        // in the months before an order can help no plan has to better the first candidate
        let most = |m: usize| if m < self.first[p] { accepted.max(self.candidates[0].risks[p][m]) } else { accepted };
        self.candidates[candidate].risks[p].iter().enumerate().all(|(m, risk)| *risk <= most(m))
    }

    fn rule(&self, accepted: f64, from: &[usize], chosen: &[Money], keeps: Vec<bool>) -> Rule {
        let months = self.months();
        let pools: Vec<&PoolOutcomes> = from.iter().enumerate().map(|(p, c)| &*self.candidates[*c].seen.pools[p]).collect();
        let futures = pools.first().map_or(0, |pool| pool.hours_short.len() / months.max(1));
        let mut worst = (0, 0, -1.0);
        for (p, c) in from.iter().enumerate() {
            for (m, risk) in self.candidates[*c].risks[p].iter().enumerate().skip(self.first[p]) {
                if *risk > worst.2 {
                    worst = (p, m, *risk);
                }
            }
        }
        let hours = |r: usize| {
            let of = |(p, pool): (usize, &&PoolOutcomes)| {
                pool.hours_short[r * months + self.differs[p]..(r + 1) * months]
                    .iter()
                    .map(|hours| f64::from(*hours))
                    .sum::<f64>()
            };
            pools.iter().enumerate().map(of).sum::<f64>()
        };
        Rule {
            accepted,
            worst: worst.2,
            keeps,
            recommended: from.iter().enumerate().all(|(p, c)| self.candidates[*c].costs[p] == chosen[p].0),
            cost: from.iter().enumerate().map(|(p, c)| self.candidates[*c].costs[p]).sum(),
            hit: (0..futures).map(|r| pools[worst.0].hours_short[r * months + worst.1] > 0.0).collect(),
            minutes: (0..futures).map(|r| 60.0 * hours(r)).collect(),
        }
    }
}

fn step(cheaper: &Rule, dearer: &Rule) -> RiskStep {
    let hit = |one: &bool| f64::from(u8::from(*one));
    let fall = cheaper.hit.iter().zip(&dearer.hit).map(|(a, b)| hit(a) - hit(b));
    let avoided = cheaper.minutes.iter().zip(&dearer.minutes).map(|(a, b)| a - b);
    RiskStep { cost: Money(dearer.cost - cheaper.cost), risk: estimate(fall), minutes: estimate(avoided) }
}
