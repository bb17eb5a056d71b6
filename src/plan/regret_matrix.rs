//! The arithmetic of regret: plan × scenario × future.

use super::regret::{PlanRegret, Priced, Regret, resamples};
use crate::stats::{Estimate, TWO_SIDED_95, estimate};
use crate::stream::Stream;
use crate::units::Money;

/// Resamples of the futures, with replacement.
const RESAMPLES: u32 = 500;

/// Costs of plans in futures: future *r* of all scenarios and plans has the same weather.
pub(super) struct CostMatrix {
    scenarios: Vec<(String, f64)>,
    plans: Vec<Row>,
}

struct Row {
    name: String,
    /// What its orders cost, by scenario.
    orders: Vec<f64>,
    /// Unit-hours missing by scenario and future.
    hours: Vec<Vec<f64>>,
}

impl CostMatrix {
    /// Scenarios by name with weights that add up to 1.
    pub(super) fn new(scenarios: Vec<(String, f64)>) -> Self {
        Self { scenarios, plans: Vec::new() }
    }

    /// A plan: what its orders cost by scenario, and unit-hours missing by scenario and future.
    pub(super) fn add(&mut self, name: &str, orders: Vec<f64>, hours: Vec<Vec<f64>>) {
        self.plans.push(Row { name: name.to_owned(), orders, hours });
    }

    fn futures(&self) -> usize {
        self.plans.first().and_then(|row| row.hours.first()).map_or(0, Vec::len)
    }

    /// By future, the weighted mean over scenarios of a number.
    fn weighed(&self, number: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let of = |r: usize| self.scenarios.iter().enumerate().map(|(s, (_, weight))| weight * number(s, r)).sum();
        (0..self.futures()).map(of).collect()
    }

    pub(super) fn regret(&self, price: Option<f64>, world: Stream) -> Regret {
        let hours: Vec<Estimate> =
            self.plans.iter().map(|row| estimate(self.weighed(|s, r| row.hours[s][r]).into_iter())).collect();
        let orders = |row: &Row| self.scenarios.iter().zip(&row.orders).map(|((_, weight), orders)| weight * orders).sum::<f64>();
        let lines: Vec<(f64, f64)> = self.plans.iter().zip(&hours).map(|(row, hours)| (orders(row), hours.value)).collect();
        let priced = price.map(|price| self.priced(price, world));
        let least = |of: &dyn Fn(&Priced) -> f64| {
            let priced = priced.as_ref()?;
            (0..priced.len()).min_by(|a, b| of(&priced[*a]).total_cmp(&of(&priced[*b])))
        };
        let (least_expected, least_maximum) = (least(&|one| one.cost.value), least(&|one| one.maximum));
        let plans = self.plans.iter().enumerate().map(|(p, row)| PlanRegret {
            name: row.name.clone(),
            orders: Money(lines[p].0),
            unit_hours: hours[p],
            cheapest_between: cheapest_between(&lines, p),
            priced: priced.as_ref().map(|all| all[p].clone()),
        });
        let (futures, scenarios) = (self.futures() as u32, self.scenarios.clone());
        Regret { price, futures, scenarios, plans: plans.collect(), least_expected, least_maximum }
    }

    fn priced(&self, price: f64, world: Stream) -> Vec<Priced> {
        let cost = |p: usize, s: usize, r: usize| self.plans[p].orders[s] + price * self.plans[p].hours[s][r];
        let count = self.plans.len();
        let best = |s: usize, r: usize| (0..count).map(|p| cost(p, s, r)).fold(f64::INFINITY, f64::min);
        let best: Vec<Vec<f64>> = (0..self.scenarios.len()).map(|s| (0..self.futures()).map(|r| best(s, r)).collect()).collect();
        // by plan and future over scenarios, and by plan and scenario over futures
        let costs: Vec<Vec<f64>> = (0..count).map(|p| self.weighed(|s, r| cost(p, s, r))).collect();
        let by_scenario: Vec<Vec<Vec<f64>>> = (0..count)
            .map(|p| (0..self.scenarios.len()).map(|s| (0..self.futures()).map(|r| cost(p, s, r)).collect()).collect())
            .collect();
        let means: Vec<Vec<f64>> = by_scenario.iter().map(|plan| plan.iter().map(|of| mean(of)).collect()).collect();
        let regrets = regrets_by_scenario(&means);
        let estimates: Vec<Estimate> = costs.iter().map(|of| estimate(of.iter().copied())).collect();
        let least = least(estimates.iter().map(|one| one.value));
        let shares = self.stability(&costs, &by_scenario, world);
        let each = (0..count).map(|p| {
            let above = estimate(costs[p].iter().zip(&costs[least]).map(|(here, there)| here - there));
            Priced {
                cost: estimates[p],
                expected: estimate(self.weighed(|s, r| cost(p, s, r) - best[s][r]).into_iter()),
                maximum: regrets[p].iter().copied().fold(0.0, f64::max),
                by_scenario: regrets[p].clone(),
                above_least: above,
                tied: above.value <= TWO_SIDED_95 * above.standard_error,
                stability: shares[p].0,
                stability_of_maximum: shares[p].1,
            }
        });
        each.collect()
    }

    /// Shares of resamples in which a plan has the least expected cost, and the least maximum regret over scenarios. Efron (1979),
    /// *Annals of Statistics* 7(1), 1–26; a future is drawn whole, with all its scenarios and plans.
    fn stability(&self, costs: &[Vec<f64>], by_scenario: &[Vec<Vec<f64>>], world: Stream) -> Vec<(f64, f64)> {
        let mut shares = vec![(0.0, 0.0); costs.len()];
        if self.futures() == 0 {
            return shares;
        }
        let each = 1.0 / f64::from(RESAMPLES);
        for resample in 0..RESAMPLES {
            let drawn = multiplicities(self.futures(), resamples(world), resample);
            let weighed =
                |of: &Vec<f64>| of.iter().zip(&drawn).map(|(cost, times)| cost * times).sum::<f64>() / self.futures() as f64;
            shares[least(costs.iter().map(weighed))].0 += each;
            let means: Vec<Vec<f64>> = by_scenario.iter().map(|plan| plan.iter().map(weighed).collect()).collect();
            let most = regrets_by_scenario(&means).into_iter().map(|of| of.into_iter().fold(0.0, f64::max));
            shares[least(most)].1 += each;
        }
        shares
    }
}

/// How often each of `futures` is drawn in a resample of as many.
pub(super) fn multiplicities(futures: usize, stream: Stream, resample: u32) -> Vec<f64> {
    let mut rng = stream.replication(resample).rng();
    let mut times = vec![0.0; futures];
    for _ in 0..futures {
        times[rng.below(futures)] += 1.0;
    }
    times
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The first of the smallest.
fn least(values: impl Iterator<Item = f64>) -> usize {
    values.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at)
}

/// Mean costs by plan and scenario, less the least of each scenario. Savage (1951), "The Theory of Statistical Decision", *JASA* 46,
/// 55–67.
fn regrets_by_scenario(means: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let least = |s: usize| means.iter().map(|plan| plan[s]).fold(f64::INFINITY, f64::min);
    means.iter().map(|plan| plan.iter().enumerate().map(|(s, cost)| cost - least(s)).collect()).collect()
}

/// Where on the lower envelope of the lines `orders + price × hours` a plan stands: the prices of an hour between which no other costs
/// less. `None` where another is cheaper at every price.
fn cheapest_between(lines: &[(f64, f64)], p: usize) -> Option<(f64, Option<f64>)> {
    let (cost, hours) = lines[p];
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    for (q, (other, more)) in lines.iter().enumerate().filter(|(q, _)| *q != p) {
        if *more > hours {
            low = low.max((cost - other) / (more - hours));
        } else if *more < hours {
            high = high.min((other - cost) / (hours - more));
        } else if *other < cost || (*other <= cost && q < p) {
            return None;
        }
    }
    (low < high).then_some((low, high.is_finite().then_some(high)))
}

#[cfg(test)]
#[path = "regret_tests.rs"]
mod tests;
