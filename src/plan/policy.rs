//! Policies in closed loop: at each review the planner sees the data of that future so far, and nothing of what comes.

use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use super::missing::carries;
use super::policy_cost::{CostSpread, Prices};
use super::policy_need::{Predictor, SEEN_DAYS, Seen, whole};
use super::search::Desk;
use super::{Error, Stay, Tranche, cost_of_term};
use crate::model::{Arrival, Model, Order, Pool, Term, UnitType};
use crate::observe::Silent;
use crate::paths::SamplePaths;
use crate::scenario::{Freezes, Scenario};
use crate::simulate::{self, Outcomes};
use crate::stats::{Distribution, Estimate, estimate, proportion};
use crate::stream::Stream;
use crate::time::{Day, Month};

/// Futures in which policies are judged; the planner never learns from them.
const JUDGED: u32 = 192;
/// Values that stand for what a forecast of demand leaves open of what will be missing.
const OPEN: usize = 20;
/// The quantile that a planner who has no rule would order up to.
const NINE_IN_TEN: f64 = 0.1;

/// An order of a policy in one future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// The day of the order.
    pub placed: Day,
    /// The day for which it is meant.
    pub needed: Day,
    /// How many units.
    pub units: u32,
    /// Position of the way to pay in [`UnitType::ways_to_pay`](crate::model::UnitType::ways_to_pay).
    pub term: usize,
    /// The day they are returned; `None`: they stay.
    pub until: Option<Day>,
}

/// Forecasts demand again from the history and what a future has shown since.
pub trait Reforecast: Sync {
    /// Paths of all series after the levels seen: `past[series]` are the levels of the simulated steps so far, in the order of the run's
    /// paths; the answer holds `[(path * series + s) * steps + step]`. `None`: no forecast can be made of it.
    fn again(&self, past: &[Vec<f64>], steps: usize) -> Option<Vec<f64>>;
}

/// How policies do, on the same futures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Policies {
    /// Futures in which they were judged.
    pub judged: u32,
    /// Other futures, from which the planner learned what will be missing.
    pub learned: u32,
    /// Days between reviews.
    pub review_days: u32,
    /// The fixed schedule first.
    pub policies: Vec<PolicyResult>,
    /// Cost of the fixed schedule over all futures of the run, with prices and arrivals as they come.
    pub spread: CostSpread,
}

/// One policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyResult {
    /// What it does.
    pub name: String,
    /// Futures it was judged in: the first of them.
    pub futures: u32,
    /// Cost within the horizon.
    pub cost: CostSpread,
    /// P(any shortfall) of the worst pool in its worst month.
    pub worst: Estimate,
    /// Hours short within the horizon, all pools, in the months that an order can still help.
    pub hours_short: Estimate,
    /// Cost less that of the fixed schedule in the same futures.
    pub cost_difference: Estimate,
    /// Hours short, likewise.
    pub hours_difference: Estimate,
}

/// What can be bought for one pool, and when it comes.
struct Shop {
    lot: u32,
    /// The way to pay for what is kept to the end: that which costs least for units needed from the first day on.
    term: usize,
    lead_days: Distribution,
    /// Units that may still be bought.
    most: u32,
    /// By resource: where its series stands, and what one unit carries of it under the line.
    carries: Vec<(usize, f64)>,
}

/// A planner who knows what the run knew on its first day: futures that are not judged.
pub struct Planner<'a> {
    scenario: &'a Scenario,
    demand: &'a SamplePaths,
    months: &'a [Month],
    /// The month of each day.
    month_of: Vec<usize>,
    shops: Vec<Shop>,
    /// Days after the start, 0 the first.
    reviews: Vec<usize>,
    /// By review, pool and month: what will be missing without further orders, from what was seen.
    missing: Vec<Vec<Vec<Predictor>>>,
    /// By pool and month: the same from the month's highest level.
    by_peak: Vec<Vec<Predictor>>,
}

impl<'a> Planner<'a> {
    /// Learns from the futures `learned` of `bare`, which the scenario had with committed orders only.
    ///
    /// # Errors
    /// When a latency objective cannot be met.
    pub fn new(
        scenario: &'a Scenario,
        demand: &'a SamplePaths,
        bare: &'a Outcomes,
        learned: std::ops::Range<u32>,
    ) -> Result<Self, simulate::Error> {
        let shops = scenario.model.pools.iter().map(|pool| shop(scenario, demand, pool)).collect::<Result<Vec<_>, _>>()?;
        let step = scenario.model.objective.review_days.max(1) as usize;
        let reviews: Vec<usize> = (0..scenario.horizon_days as usize).step_by(step).collect();
        let months: &[Month] = &bare.months;
        let firsts: Vec<Day> = months.iter().map(|month| month.first_day()).collect();
        let month = |day: i32| firsts.partition_point(|first| *first <= scenario.as_of.plus(1 + day)).saturating_sub(1);
        let month_of = (0..scenario.horizon_days as i32).map(month).collect();
        let mut planner = Self { scenario, demand, months, month_of, shops, reviews, missing: Vec::new(), by_peak: Vec::new() };
        let width = bare.months.len();
        let missing = |p: usize, m: usize| -> Vec<f64> {
            let room = &bare.pools[p].room_units;
            learned.clone().map(|r| -f64::from(room[r as usize * width + m])).collect()
        };
        let fit = |seen: &[Seen], p: usize| (0..width).map(|m| Predictor::fit(seen, &missing(p, m))).collect::<Vec<_>>();
        let pools = 0..planner.shops.len();
        let of_review = |day: &usize| {
            let of_pool = |p: usize| {
                let seen: Vec<Seen> = learned.clone().map(|r| planner.seen(p, r, *day)).collect();
                fit(&seen, p)
            };
            pools.clone().map(of_pool).collect()
        };
        let by_review = planner.reviews.iter().map(of_review).collect();
        let peaks = |p: usize| {
            let peaks: Vec<Vec<f64>> = learned.clone().map(|r| planner.peaks(p, demand.row(r as usize), 0)).collect();
            let of = |m: usize| {
                let seen: Vec<Seen> = peaks.iter().map(|future| [future[m], 0.0]).collect();
                Predictor::fit(&seen, &missing(p, m))
            };
            (0..width).map(of).collect()
        };
        let by_peak = pools.clone().map(peaks).collect();
        (planner.missing, planner.by_peak) = (by_review, by_peak);
        Ok(planner)
    }

    fn start(&self) -> Day {
        self.scenario.as_of.plus(1)
    }

    /// Demand of a pool in units to buy on a day of a row of levels that begins `from` steps after the start.
    fn units(&self, p: usize, level: impl Fn(usize, usize) -> f64, step: usize) -> f64 {
        let of = |(series, carries): &(usize, f64)| if *carries > 0.0 { level(*series, step) / carries } else { 0.0 };
        self.shops[p].carries.iter().map(of).fold(0.0, f64::max)
    }

    /// What is seen of future `r` before `day`.
    fn seen(&self, p: usize, r: u32, day: usize) -> Seen {
        let (row, width) = (self.demand.row(r as usize), self.demand.step_days as usize);
        // whole steps only: one that is not over has not been seen
        let steps = day / width;
        if steps == 0 {
            return [0.0; 2];
        }
        let first = steps.saturating_sub(SEEN_DAYS.div_ceil(width));
        let each: Vec<f64> = (first..steps).map(|step| self.units(p, |s, step| row.levels(s)[step], step)).collect();
        [each[each.len() - 1], each.iter().sum::<f64>() / each.len() as f64]
    }

    /// The highest demand by month in units to buy, of levels that begin at step `from`; 0 in months that are over by then.
    fn peaks(&self, p: usize, row: crate::paths::Row<'_>, from: usize) -> Vec<f64> {
        self.peaks_of(p, |s, step| row.levels(s)[step - from], from)
    }

    fn peaks_of(&self, p: usize, level: impl Fn(usize, usize) -> f64, from: usize) -> Vec<f64> {
        let (days, width) = (self.month_of.len(), self.demand.step_days as usize);
        let mut peaks = vec![0.0_f64; self.months.len()];
        for step in from..days.div_ceil(width) {
            let units = self.units(p, &level, step);
            for day in [step * width, ((step + 1) * width - 1).min(days - 1)] {
                let peak = &mut peaks[self.month_of[day]];
                *peak = peak.max(units);
            }
        }
        peaks
    }

    /// Orders by pool in future `r`: at each review, up to what at most a share `accepted` of like futures will miss, each lot as late as it
    /// may be but for a chance `accepted` to be late, and no sooner than the review before its day.
    #[must_use]
    pub fn order_up_to(&self, r: u32, accepted: f64) -> Vec<Vec<Bought>> {
        self.closed_loop(accepted, |review, p| {
            let seen = self.seen(p, r, self.reviews[review]);
            Some(self.missing[review][p].iter().map(|month| whole(month.above(seen, accepted))).collect())
        })
    }

    /// The same with demand forecast anew at each review from what future `r` has shown; the first review has the run's own forecast. A
    /// review without a forecast orders nothing.
    #[must_use]
    pub fn rolling(&self, r: u32, accepted: f64, forecaster: &dyn Reforecast) -> Vec<Vec<Bought>> {
        let (row, series) = (self.demand.row(r as usize), self.demand.series.len());
        let again = |day: &usize| {
            let from = day / self.demand.step_days as usize;
            let past: Vec<Vec<f64>> = (0..series).map(|s| row.levels(s)[..from].to_vec()).collect();
            let steps = self.demand.steps.saturating_sub(from);
            if from == 0 { None } else { forecaster.again(&past, steps).map(|paths| (from, steps, paths)) }
        };
        let forecasts: Vec<_> = self.reviews.iter().map(again).collect();
        self.closed_loop(accepted, |review, p| {
            if self.reviews[review] == 0 {
                return Some(self.missing[0][p].iter().map(|month| whole(month.above([0.0; 2], accepted))).collect());
            }
            let (from, steps, paths) = forecasts[review].as_ref()?;
            Some(self.needs_of(p, (*from, *steps), paths, accepted))
        })
    }

    /// By month, what at most a share `accepted` is above, of forecast paths and all else that is open.
    fn needs_of(&self, p: usize, (from, steps): (usize, usize), paths: &[f64], accepted: f64) -> Vec<u32> {
        let series = self.demand.series.len();
        let peaks: Vec<Vec<f64>> = paths
            .chunks_exact((series * steps).max(1))
            .map(|path| self.peaks_of(p, |s, step| path[s * steps + step - from], from))
            .collect();
        let month = |m: usize| {
            let predictor = &self.by_peak[p][m];
            let open = predictor.open(OPEN);
            let mut all: Vec<f64> = peaks
                .iter()
                .flat_map(|path| {
                    let expected = predictor.expected([path[m], 0.0]);
                    open.iter().map(move |rest| expected + rest)
                })
                .collect();
            all.sort_unstable_by(|a, b| b.total_cmp(a));
            let allowed = (accepted * all.len() as f64 + 1e-9).floor() as usize;
            all.get(allowed).map_or(0, |units| whole(*units))
        };
        (0..self.months.len()).map(month).collect()
    }

    fn closed_loop(&self, accepted: f64, needs: impl Fn(usize, usize) -> Option<Vec<u32>>) -> Vec<Vec<Bought>> {
        let freezes = Freezes::of(&self.scenario.overrides);
        let of_pool = |(p, shop): (usize, &Shop)| {
            let mut bought: Vec<Bought> = Vec::new();
            // an order may be late as often as anything may be missing
            let lead = shop.lead_days.whole_days(1.0 - accepted);
            for (k, day) in self.reviews.iter().enumerate() {
                let Some(needs) = needs(k, p) else { continue };
                let (review, next) = (self.start().plus(*day as i32), self.reviews.get(k + 1));
                let next = next.map(|day| self.start().plus(*day as i32));
                shop.buy(&needs, self.months, (review, next, lead), &freezes, k > 0, &mut bought);
            }
            bought
        };
        self.shops.iter().enumerate().map(of_pool).collect()
    }
}

fn shop(scenario: &Scenario, demand: &SamplePaths, pool: &Pool) -> Result<Shop, simulate::Error> {
    let model = &scenario.model;
    let unit = model.catalog.get(&pool.buys).ok_or_else(|| simulate::Error::Unknown(pool.buys.clone()))?;
    let end = scenario.as_of.plus(scenario.horizon_days as i32);
    let groups = model.pools.iter().flat_map(|pool| &pool.groups).filter(|group| group.unit == unit.name);
    let have: u32 = groups.map(|group| group.units_on(end)).sum();
    let each = pool.demands.iter().zip(carries(model, pool)?);
    let carries = each.filter_map(|(one, carries)| Some((demand.position(&pool.name, &one.resource)?, carries))).collect();
    let (lot, ways, today) = (unit.lot.max(1), unit.ways_to_pay(), scenario.as_of.plus(1));
    let kept = |term: &Term| cost_of_term(unit, term, lot, &Stay { placed: today, needed: today, until: None }, end).0;
    let cheapest = ways.iter().map(kept).enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b));
    let term = cheapest.map_or(0, |(at, _)| at);
    Ok(Shop {
        lot,
        term,
        lead_days: unit.lead(&ways[term]).clone(),
        most: unit.limit.map_or(u32::MAX, |limit| limit.saturating_sub(have) / lot * lot),
        carries,
    })
}

impl Shop {
    /// What must be ordered before the next review: each lot as late as it may be.
    fn buy(
        &self,
        needs: &[u32],
        months: &[Month],
        (review, next, lead): (Day, Option<Day>, i32),
        freezes: &Freezes,
        begun: bool,
        bought: &mut Vec<Bought>,
    ) {
        let mut have: u32 = bought.iter().map(|one| one.units).sum();
        for (need, month) in needs.iter().zip(months) {
            // a month that has begun was ordered for at an earlier review
            if *need <= have || (begun && month.first_day() <= review) {
                continue;
            }
            let needed = freezes.needed(month.first_day()).max(review.plus(lead));
            let placed = needed.plus(-lead);
            if next.is_some_and(|next| placed >= next) {
                break;
            }
            let units = ((need - have).div_ceil(self.lot) * self.lot).min(self.most.saturating_sub(have));
            have += units;
            match bought.last_mut().filter(|last| last.needed == needed && last.placed == placed) {
                Some(last) => last.units += units,
                None if units > 0 => bought.push(Bought { placed, needed, units, term: self.term, until: None }),
                None => {}
            }
        }
    }
}

/// A pool with its committed orders and these; the address of an order, and so its lead time, is its place among them.
pub(super) fn ordering(pool: &Pool, model: &Model, bought: &[Bought]) -> Pool {
    let unit = model.catalog.get(&pool.buys);
    let ways = unit.map(UnitType::ways_to_pay).unwrap_or_default();
    let order = |(i, one): (usize, &Bought)| Order {
        leaves: one.until,
        name: order_name(i),
        unit: pool.buys.clone(),
        units: one.units,
        domain: None,
        ordered: one.placed,
        arrival: unit.map_or(Arrival::On(one.needed), |unit| {
            let lead = ways.get(one.term).map_or(&unit.lead_time_days, |term| unit.lead(term));
            Arrival::LeadTimeDays(lead.clone())
        }),
        committed: false,
    };
    let bought = bought.iter().enumerate().filter(|(_, one)| one.units > 0).map(order);
    let committed = pool.orders.iter().filter(|order| order.committed).cloned();
    Pool { orders: committed.chain(bought).collect(), ..pool.clone() }
}

/// Of an order, by its place among those of its pool.
pub(super) fn order_name(place: usize) -> String {
    format!("plan {}", place + 1)
}

/// What policies met, all pools together.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    judged: u32,
    learned: u32,
    review_days: u32,
    /// The fixed schedule first.
    policies: Vec<Summed>,
    /// Cost of the fixed schedule in every future.
    costs: Vec<f64>,
}

/// One policy, by future.
#[derive(Debug, Clone)]
struct Summed {
    name: String,
    costs: Vec<f64>,
    /// Hours short in the months that an order can still help.
    hours: Vec<f64>,
    /// Futures short in the worst month of the worst pool.
    worst: usize,
}

impl Tried {
    /// With the same policies of other pools.
    pub(super) fn add(&mut self, other: Self) {
        let add = |to: &mut Vec<f64>, from: Vec<f64>| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        for (policy, other) in self.policies.iter_mut().zip(other.policies) {
            add(&mut policy.costs, other.costs);
            add(&mut policy.hours, other.hours);
            policy.worst = policy.worst.max(other.worst);
        }
        add(&mut self.costs, other.costs);
    }

    pub(super) fn told(self) -> Policies {
        let less = |here: &[f64], there: &[f64]| estimate(here.iter().zip(there).map(|(here, there)| here - there));
        let policy = |one: &Summed| PolicyResult {
            name: one.name.clone(),
            futures: one.costs.len() as u32,
            cost: CostSpread::of(&one.costs),
            worst: proportion(one.worst as u64, one.costs.len() as u64),
            hours_short: estimate(one.hours.iter().copied()),
            cost_difference: less(&one.costs, &self.policies[0].costs),
            hours_difference: less(&one.hours, &self.policies[0].hours),
        };
        Policies {
            judged: self.judged,
            learned: self.learned,
            review_days: self.review_days,
            policies: self.policies.iter().map(policy).collect(),
            spread: CostSpread::of(&self.costs),
        }
    }
}

/// What a policy met in one future.
struct Met {
    cost: f64,
    /// By pool and month.
    hours: Vec<Vec<f32>>,
}

/// Compares a fixed schedule with policies that review it, in futures that the planner does not know.
pub(super) fn policies(
    desk: &Desk<'_>,
    bare: &Outcomes,
    fixed: &[Vec<Tranche>],
    forecaster: Option<&dyn Reforecast>,
) -> Result<Tried, Error> {
    let futures = desk.base.replications;
    let judged = JUDGED.min(futures / 4);
    let planner = Planner::new(desk.base, desk.demand, bare, judged..futures)?;
    let prices = Prices::of(desk.base, desk.world)?;
    let schedule: Vec<Vec<Bought>> =
        desk.model().pools.iter().zip(fixed).map(|(pool, tranches)| desk.bought(pool, tranches)).collect();
    let judge = Judge { base: desk.base, demand: desk.demand, world: desk.world, prices: &prices };
    let seen = desk.simulate(fixed)?;
    let months = seen.months.len();
    let kept: Vec<Met> = (0..judged as usize)
        .map(|r| Met {
            cost: prices.cost(r as u32, &schedule),
            hours: seen.pools.iter().map(|pool| pool.hours_short[r * months..(r + 1) * months].to_vec()).collect(),
        })
        .collect();
    let accepted = desk.accepted();
    let first: Vec<usize> = desk.model().pools.iter().map(|pool| desk.first_month(pool).min(months.saturating_sub(1))).collect();
    let mut found = vec![summed("fixed schedule".to_owned(), &kept, &first)];
    let mut add = |name: String, futures: u32, decide: &(dyn Fn(u32) -> Vec<Vec<Bought>> + Sync)| {
        if desk.observer.interrupted() {
            return Err(simulate::Error::Interrupted);
        }
        let met: Vec<Met> = (0..futures).into_par_iter().map(|r| judge.meets(r, &decide(r))).collect::<Result<_, _>>()?;
        found.push(summed(name, &met, &first));
        Ok(())
    };
    let percentile = |accepted: f64| format!("p{}", (1.0 - accepted) * 100.0);
    add(format!("order up to {}", percentile(accepted)), judged, &|r| planner.order_up_to(r, accepted))?;
    if (accepted - NINE_IN_TEN).abs() > 1e-9 {
        add(format!("order up to {}", percentile(NINE_IN_TEN)), judged, &|r| planner.order_up_to(r, NINE_IN_TEN))?;
    }
    let refitted = desk.model().objective.reforecast.min(judged);
    if let Some(forecaster) = forecaster.filter(|_| refitted > 0) {
        let name = format!("forecast again, up to {}", percentile(accepted));
        add(name, refitted, &|r| planner.rolling(r, accepted, forecaster))?;
    }
    let costs = (0..futures).map(|r| prices.cost(r, &schedule)).collect();
    let review_days = desk.model().objective.review_days;
    Ok(Tried { judged, learned: futures - judged, review_days, policies: found, costs })
}

struct Judge<'a> {
    base: &'a Scenario,
    demand: &'a SamplePaths,
    world: Stream,
    prices: &'a Prices<'a>,
}

impl Judge<'_> {
    /// The future with these orders: same demand, failures and lead times for all policies.
    fn meets(&self, r: u32, orders: &[Vec<Bought>]) -> Result<Met, simulate::Error> {
        let mut model = (*self.base.model).clone();
        model.pools = self.base.model.pools.iter().zip(orders).map(|(pool, of)| ordering(pool, &self.base.model, of)).collect();
        let scenario = Scenario { name: "policy".to_owned(), model: Arc::new(model), ..self.base.clone() };
        let seen = simulate::run_range(&scenario, self.demand, r..r + 1, self.world, &Silent)?;
        let hours = seen.pools.into_iter().map(|pool| Arc::unwrap_or_clone(pool).hours_short).collect();
        Ok(Met { cost: self.prices.cost(r, orders), hours })
    }
}

fn summed(name: String, met: &[Met], first: &[usize]) -> Summed {
    let hours = |one: &Met| -> f64 {
        one.hours.iter().zip(first).flat_map(|(pool, first)| &pool[*first..]).map(|hours| f64::from(*hours)).sum()
    };
    let mut worst = 0;
    for (p, first) in first.iter().enumerate() {
        let months = met.first().map_or(0, |one| one.hours[p].len());
        for m in *first..months {
            worst = worst.max(met.iter().filter(|one| one.hours[p][m] > 0.0).count());
        }
    }
    Summed { name, costs: met.iter().map(|one| one.cost).collect(), hours: met.iter().map(hours).collect(), worst }
}

impl Desk<'_> {
    /// Orders of a schedule with the days on which they are placed.
    pub(super) fn bought(&self, pool: &Pool, tranches: &[Tranche]) -> Vec<Bought> {
        let of = |tranche: &Tranche| {
            let (placed, Tranche { needed, units, term, until, .. }) = (self.placed(pool, tranche), *tranche);
            Bought { placed, needed, units, term, until }
        };
        tranches.iter().map(of).collect()
    }
}
