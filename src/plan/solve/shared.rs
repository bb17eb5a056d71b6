//! Pools that share limits: branch and bound over Lagrangian bounds.
//!
//! Each limit gets a price; at any prices ≥ 0 the pools part, each is a flow, and the sum of their costs less price × limit bounds
//! the least cost from below (Geoffrion 1974, Lagrangean relaxation for integer programming, §2). The bound is concave in the prices:
//! at the root one price after the other climbs to its best, by halving; then the volume algorithm (Barahona & Anbil 2000, §2) goes on, whose
//! running mean of schedules tells which lease to branch on. The climb comes first because the steps of the volume algorithm, taken
//! from far, may pass over every price that is better than none. Work is counted in flows solved, never in seconds: the same
//! answer on every machine.

use super::flow::{Bought, Cover, Lease};
use super::rounding::rounded;

/// Flows solved before the search stops with the gap it has.
const FLOWS: usize = 12_000;
/// Steps of the prices at the root, and at each node below it.
const STEPS: (usize, usize) = (200, 40);
/// Prices tried by the climb at the root: as many as make half of the flows, and at least so many.
const TRIED: usize = 120;
/// Rounds of the climb over the limits that bind, and halvings of the interval of one price in each.
const CLIMB: (usize, usize) = (3, 16);
/// Good enough: the cost is within this share of the bound.
const ENOUGH: f64 = 1e-6;
/// Weight of a new schedule in the running mean.
const WEIGHT: f64 = 0.05;

/// Pools, and limits that their leases draw on together.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// A question for each pool.
    pub covers: Vec<Cover>,
    /// At most so much of each limit; 0 or more.
    pub limits: Vec<f64>,
}

/// A schedule for every pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved {
    /// By pool.
    pub bought: Vec<Bought>,
    /// What it costs, being short included.
    pub cost: f64,
    /// No schedule costs less: proved.
    pub bound: f64,
    /// What one more of each limit would save, about; 0 for a limit that does not bind.
    pub prices: Vec<f64>,
}

impl Solved {
    /// (cost − bound) ÷ cost.
    #[must_use]
    pub fn gap(&self) -> f64 {
        gap(self.cost, self.bound)
    }
}

/// (cost − bound) ÷ cost; 0 where nothing costs.
pub(in crate::plan) fn gap(cost: f64, bound: f64) -> f64 {
    if cost > 0.0 { ((cost - bound) / cost).max(0.0) } else { 0.0 }
}

impl Shared {
    /// The cheapest schedules found within all limits, with a bound on what any could cost.
    #[must_use]
    pub fn solve(&self) -> Solved {
        let bought: Vec<Bought> = self.covers.iter().map(Cover::solve).collect();
        let cost = self.cost(&bought);
        if self.within(&bought) {
            return Solved { bought, cost, bound: cost, prices: vec![0.0; self.limits.len()] };
        }
        Search::new(self, cost).run()
    }

    /// A proved bound on what any schedule within the limits costs, without a search for one.
    #[must_use]
    pub fn bound(&self) -> f64 {
        let bought: Vec<Bought> = self.covers.iter().map(Cover::solve).collect();
        let cost = self.cost(&bought);
        if self.within(&bought) {
            return cost;
        }
        let mut search = Search::new(self, cost);
        let free = search.free();
        search.bounded(&free, &vec![0.0; self.limits.len()], STEPS.0).bound.min(search.ceiling)
    }

    fn cost(&self, bought: &[Bought]) -> f64 {
        self.covers.iter().zip(bought).map(|(cover, bought)| cover.cost(bought)).sum()
    }

    /// What schedules draw on each limit.
    #[must_use]
    pub fn drawn(&self, bought: &[Bought]) -> Vec<f64> {
        let mut drawn = vec![0.0; self.limits.len()];
        for (cover, bought) in self.covers.iter().zip(bought) {
            for (lease, lots) in cover.leases.iter().zip(&bought.lots) {
                lease.uses.iter().for_each(|(limit, each)| drawn[*limit] += each * f64::from(*lots));
            }
        }
        drawn
    }

    fn within(&self, bought: &[Bought]) -> bool {
        self.drawn(bought).iter().zip(&self.limits).all(|(drawn, limit)| *drawn <= limit * (1.0 + 1e-12) + 1e-9)
    }
}

/// At least and at most so many lots of each lease, by pool.
type Bounds = Vec<Vec<(u32, u32)>>;

struct Search<'a> {
    asked: &'a Shared,
    /// Limits are counted in the largest draw of a lot on them.
    scale: Vec<f64>,
    best: Option<(f64, Vec<Bought>)>,
    /// Above any schedule's cost.
    ceiling: f64,
    flows: usize,
}

/// What a node has told.
struct Bounded {
    bound: f64,
    prices: Vec<f64>,
    /// Mean schedules, by pool and lease.
    mean: Vec<Vec<f64>>,
}

impl<'a> Search<'a> {
    fn new(asked: &'a Shared, free: f64) -> Self {
        let mut scale = vec![1e-300_f64; asked.limits.len()];
        for (limit, each) in asked.covers.iter().flat_map(|cover| &cover.leases).flat_map(|lease| &lease.uses) {
            scale[*limit] = scale[*limit].max(*each);
        }
        let mut search = Self { asked, scale, best: None, ceiling: free, flows: 0 };
        let nothing: Vec<Vec<(u32, u32)>> = asked.covers.iter().map(|cover| vec![(0, 0); cover.leases.len()]).collect();
        let none = search.at(&nothing, &vec![0.0; asked.limits.len()]);
        search.offer(none);
        search
    }

    fn free(&self) -> Bounds {
        self.asked.covers.iter().map(|cover| vec![(0, cover.most()); cover.leases.len()]).collect()
    }

    fn offer(&mut self, bought: Vec<Bought>) {
        let met = |(cover, bought): (&Cover, &Bought)| cover.is_met(bought);
        if !self.asked.within(&bought) || !self.asked.covers.iter().zip(&bought).all(met) {
            return;
        }
        let cost = self.asked.cost(&bought);
        if self.best.as_ref().is_none_or(|(best, _)| cost < *best) {
            self.ceiling = cost;
            self.best = Some((cost, bought));
        }
    }

    /// Each pool's best at these prices.
    fn at(&mut self, bounds: &Bounds, prices: &[f64]) -> Vec<Bought> {
        self.flows += self.asked.covers.len();
        let dearer = |lease: &Lease| lease.uses.iter().map(|(limit, each)| prices[*limit] * each).sum();
        self.asked.covers.iter().zip(bounds).map(|(cover, bounds)| cover.solve_within(bounds, dearer)).collect()
    }

    /// The bound that the prices give, and how far above the limits each draws (in scaled units).
    fn value(&self, bought: &[Bought], prices: &[f64]) -> (f64, Vec<f64>) {
        let drawn = self.asked.drawn(bought);
        let above: Vec<f64> = drawn.iter().zip(&self.asked.limits).map(|(drawn, limit)| drawn - limit).collect();
        let paid: f64 = above.iter().zip(prices).map(|(above, price)| above * price).sum();
        // a part of money a lot is what the solver rounds away
        let lots: f64 = bought.iter().flat_map(|one| one.lots.iter().chain(&one.short)).map(|lots| f64::from(*lots)).sum();
        (
            self.asked.cost(bought) + paid - 2e-4 * lots,
            above.iter().zip(&self.scale).map(|(above, scale)| above / scale).collect(),
        )
    }

    /// The best bound over some steps of the volume algorithm.
    fn bounded(&mut self, bounds: &Bounds, start: &[f64], steps: usize) -> Bounded {
        let first = self.at(bounds, start);
        let (bound, _) = self.value(&first, start);
        let mean = first.iter().map(|one| one.lots.iter().map(|lots| f64::from(*lots)).collect()).collect();
        let mut told = Bounded { bound, prices: start.to_vec(), mean };
        self.offer(first);
        if steps == STEPS.0 {
            self.climb(bounds, &mut told);
            let here = self.at(bounds, &told.prices);
            told.mean = here.iter().map(|one| one.lots.iter().map(|lots| f64::from(*lots)).collect()).collect();
        }
        let (mut pace, mut idle) = (1.0, 0);
        for step_at in 0..steps {
            if told.bound >= self.ceiling - ENOUGH * self.ceiling.abs() {
                break;
            }
            let above = self.above(&told.mean);
            // a limit far from binding stays at the price 0: its slack must not make the step of those that bind small
            let moves = |(above, price): &(&f64, &f64)| **above > 0.0 || **price > 0.0;
            let size: f64 = above.iter().zip(&told.prices).filter(moves).map(|(above, _)| above * above).sum();
            if size < 1e-18 {
                break;
            }
            // the target rises with the bound until a schedule is known
            let target = (1.05 * self.ceiling).min(told.bound + 0.1 * told.bound.abs() + 1.0);
            let step = pace * (target - told.bound).max(1e-6) / size;
            let moved = told.prices.iter().zip(&above).zip(&self.scale);
            let prices: Vec<f64> = moved.map(|((price, above), scale)| (price + step * above / scale).max(0.0)).collect();
            let bought = self.at(bounds, &prices);
            let (bound, _) = self.value(&bought, &prices);
            for (mean, one) in told.mean.iter_mut().zip(&bought) {
                for (mean, lots) in mean.iter_mut().zip(&one.lots) {
                    *mean += WEIGHT * (f64::from(*lots) - *mean);
                }
            }
            if bound > told.bound {
                (told.bound, told.prices, idle) = (bound, prices, 0);
                pace = (pace * 1.1_f64).min(2.0);
            } else {
                idle += 1;
                if idle % 5 == 0 {
                    pace *= 0.7;
                }
            }
            self.offer(bought);
            // schedules within the limits lower the target while the prices are sought
            if step_at % 20 == 19 {
                self.offer(rounded(self.asked, &told.mean, &told.prices));
            }
        }
        self.offer(rounded(self.asked, &told.mean, &told.prices));
        told
    }

    /// Raises the bound by one price after the other: where the schedule at a price draws above the limit, the best price is not below it,
    /// else not above.
    fn climb(&mut self, bounds: &Bounds, told: &mut Bounded) {
        let dearest = self.asked.covers.iter().flat_map(|cover| &cover.leases).map(|lease| lease.cost).fold(1e-9, f64::max);
        let mut left = (FLOWS / 2 / self.asked.covers.len().max(1)).max(TRIED);
        for _ in 0..CLIMB.0 {
            let before = told.bound;
            for limit in 0..self.asked.limits.len() {
                let mut prices = told.prices.clone();
                // the price at which a lot draws a thousandth of what the dearest one costs
                let mut step = dearest / self.scale[limit] / 1024.0;
                let (mut low, mut high) = (0.0, f64::INFINITY);
                let mut halvings = 0;
                while left > 0 && halvings < CLIMB.1 && told.bound < self.ceiling * (1.0 - ENOUGH) {
                    left -= 1;
                    if self.tried(bounds, told, &prices, limit) {
                        low = prices[limit];
                    } else {
                        high = prices[limit];
                    }
                    if high <= low {
                        break; // none is needed
                    }
                    if high.is_finite() {
                        prices[limit] = f64::midpoint(low, high);
                        halvings += 1;
                    } else {
                        prices[limit] = low + step;
                        step *= 2.0;
                    }
                }
            }
            if told.bound <= before + ENOUGH * before.abs() {
                break;
            }
        }
    }

    /// Notes the bound at these prices where it is better; whether the schedule there draws above a limit.
    fn tried(&mut self, bounds: &Bounds, told: &mut Bounded, prices: &[f64], limit: usize) -> bool {
        let bought = self.at(bounds, prices);
        let (bound, above) = self.value(&bought, prices);
        if bound > told.bound {
            (told.bound, told.prices) = (bound, prices.to_vec());
        }
        self.offer(bought);
        above[limit] > 1e-9
    }

    /// How far the mean schedules draw above the limits.
    fn above(&self, mean: &[Vec<f64>]) -> Vec<f64> {
        let mut above: Vec<f64> = self.asked.limits.iter().map(|limit| -limit).collect();
        for (cover, mean) in self.asked.covers.iter().zip(mean) {
            for (lease, lots) in cover.leases.iter().zip(mean) {
                lease.uses.iter().for_each(|(limit, each)| above[*limit] += each * lots);
            }
        }
        above.iter().zip(&self.scale).map(|(above, scale)| above / scale).collect()
    }

    fn least_is_within(&self, bounds: &Bounds) -> bool {
        let least = bounds.iter().map(|bounds| bounds.iter().map(|(least, _)| f64::from(*least)).collect());
        self.above(&least.collect::<Vec<_>>()).iter().all(|above| *above <= 1e-9)
    }

    fn run(mut self) -> Solved {
        let free = self.free();
        let root = self.bounded(&free, &vec![0.0; self.asked.limits.len()], STEPS.0);
        let prices = root.prices.clone();
        let mut open = vec![(free, root)];
        // bounds of what is left open
        let mut left = f64::INFINITY;
        while let Some((bounds, told)) = open.pop() {
            if told.bound >= self.ceiling * (1.0 - ENOUGH) {
                left = left.min(told.bound);
                continue;
            }
            if self.flows >= FLOWS {
                left = left.min(told.bound);
                continue;
            }
            // with every lease fixed, the one schedule left has been offered
            let Some((pool, lease, at)) = split(&bounds, &told.mean) else { continue };
            let (mut below, mut above) = (bounds.clone(), bounds);
            below[pool][lease].1 = at;
            above[pool][lease].0 = at + 1;
            let nearer_above = told.mean[pool][lease] - f64::from(at) > 0.5;
            let sides = if nearer_above { [below, above] } else { [above, below] };
            for side in sides {
                if !self.least_is_within(&side) {
                    continue;
                }
                let child = self.bounded(&side, &told.prices, STEPS.1);
                let bound = child.bound.max(told.bound);
                open.push((side, Bounded { bound, ..child }));
            }
        }
        let (cost, bought) = self.best.unwrap_or_default();
        Solved { bought, cost, bound: left.min(cost), prices }
    }
}

/// The lease whose mean is farthest from whole, and the whole number below it.
fn split(bounds: &Bounds, mean: &[Vec<f64>]) -> Option<(usize, usize, u32)> {
    let mut best: Option<(f64, (usize, usize, u32))> = None;
    for (p, mean) in mean.iter().enumerate() {
        for (j, mean) in mean.iter().enumerate() {
            let (least, most) = bounds[p][j];
            if least >= most {
                continue;
            }
            let at = (mean.max(0.0).floor() as u32).clamp(least, most - 1);
            let whole = 1e-3 - (mean - mean.round()).abs();
            if best.is_none_or(|(known, _)| whole < known) {
                best = Some((whole, (p, j, at)));
            }
        }
    }
    best.map(|(_, found)| found)
}
