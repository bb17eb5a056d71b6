//! A schedule within the limits from a mean of schedules that is not whole: rounded down, then filled lot by lot.

use super::flow::{Bought, Cover, Lease};
use super::shared::Shared;

/// Room for rounding in a limit.
const SLACK: f64 = 1e-9;

/// Lots that keep within the limits, made from mean lots by pool and lease; of two lots that do the same, the one that is cheaper
/// at these prices of the limits goes first.
pub(super) fn rounded(asked: &Shared, mean: &[Vec<f64>], prices: &[f64]) -> Vec<Bought> {
    let whole = |mean: &Vec<f64>| mean.iter().map(|lots| (lots + 1e-3).max(0.0).floor() as u32).collect();
    let mut filler = Filler { asked, prices, lots: mean.iter().map(whole).collect(), drawn: vec![0.0; asked.limits.len()] };
    filler.count();
    filler.cut();
    filler.fill();
    (0..asked.covers.len()).for_each(|p| filler.trim(p));
    // what trimming gave back may fill what was left short
    filler.fill();
    let short = |p: usize| (0..asked.covers[p].wanted.len()).map(|m| filler.lacks(p, m)).collect();
    (0..asked.covers.len()).map(|p| Bought { lots: filler.lots[p].clone(), short: short(p) }).collect()
}

struct Filler<'a> {
    asked: &'a Shared,
    prices: &'a [f64],
    lots: Vec<Vec<u32>>,
    drawn: Vec<f64>,
}

impl Filler<'_> {
    fn cover(&self, p: usize) -> &Cover {
        &self.asked.covers[p]
    }

    fn count(&mut self) {
        self.drawn.iter_mut().for_each(|drawn| *drawn = 0.0);
        for (cover, lots) in self.asked.covers.iter().zip(&self.lots) {
            for (lease, lots) in cover.leases.iter().zip(lots) {
                lease.uses.iter().for_each(|(limit, each)| self.drawn[*limit] += each * f64::from(*lots));
            }
        }
    }

    /// How many lots of a lease the limits still have.
    fn room(&self, lease: &Lease) -> u32 {
        let left = |(limit, each): &(usize, f64)| {
            let left = self.asked.limits[*limit] * (1.0 + SLACK) + SLACK - self.drawn[*limit];
            if *each > 0.0 { (left / each).max(0.0) } else { f64::INFINITY }
        };
        lease.uses.iter().map(left).fold(f64::from(u32::MAX), f64::min) as u32
    }

    fn add(&mut self, p: usize, j: usize, lots: i64) {
        self.lots[p][j] = (i64::from(self.lots[p][j]) + lots).max(0) as u32;
        for (limit, each) in &self.asked.covers[p].leases[j].uses {
            self.drawn[*limit] += each * lots as f64;
        }
    }

    /// Gives lots back where the mean itself is above a limit, the largest draws first.
    fn cut(&mut self) {
        for limit in 0..self.drawn.len() {
            while self.drawn[limit] > self.asked.limits[limit] * (1.0 + SLACK) + SLACK {
                let draw = |p: usize, j: usize| {
                    let of_limit = self.cover(p).leases[j].uses.iter().find(|(l, _)| *l == limit);
                    of_limit.filter(|_| self.lots[p][j] > 0).map(|(_, each)| *each)
                };
                let all = (0..self.lots.len()).flat_map(|p| (0..self.lots[p].len()).map(move |j| (p, j)));
                let most = all.filter_map(|(p, j)| Some((draw(p, j)?, (p, j)))).max_by(|a, b| a.0.total_cmp(&b.0));
                let Some((_, (p, j))) = most else { break };
                self.add(p, j, -1);
            }
        }
    }

    fn lacks(&self, p: usize, month: usize) -> u32 {
        let (cover, lots) = (self.cover(p), &self.lots[p]);
        let here = cover.leases.iter().zip(lots).filter(|(lease, _)| lease.from <= month && month < lease.to);
        cover.wanted[month].saturating_sub(here.fold(0, |sum: u32, (_, lots)| sum.saturating_add(*lots)))
    }

    /// What the last lot short costs when so many are.
    fn last(cover: &Cover, month: usize, short: u32) -> f64 {
        let mut left = short;
        for (lots, cost) in &cover.short[month] {
            if left <= *lots {
                return if left == 0 { 0.0 } else { *cost };
            }
            left -= lots;
        }
        cover.short[month].last().map_or(0.0, |(_, cost)| *cost)
    }

    /// Adds the lots that save most of what being short costs for their price, over all pools, while any saves more than it costs.
    fn fill(&mut self) {
        let mut best: Vec<Option<(f64, usize, u32)>> = (0..self.lots.len()).map(|p| self.best(p)).collect();
        loop {
            let first = best.iter().enumerate().filter_map(|(p, best)| Some((best.as_ref()?.0, p)));
            let Some((_, p)) = first.min_by(|a, b| a.0.total_cmp(&b.0)) else { return };
            let Some((_, j, lots)) = best[p] else { return };
            let room = self.room(&self.cover(p).leases[j]);
            if room >= 1 {
                self.add(p, j, i64::from(lots.min(room)));
            }
            best[p] = self.best(p);
        }
    }

    /// The lease of a pool that saves most for its price: price ÷ saved, the lease, how many lots.
    fn best(&self, p: usize) -> Option<(f64, usize, u32)> {
        let cover = self.cover(p);
        let lacks: Vec<u32> = (0..cover.wanted.len()).map(|m| self.lacks(p, m)).collect();
        let saves: Vec<f64> = lacks.iter().enumerate().map(|(m, short)| Self::last(cover, m, *short)).collect();
        let worth = |lease: &Lease| saves[lease.from..lease.to].iter().sum::<f64>();
        let priced = |lease: &Lease| lease.cost + lease.uses.iter().map(|(limit, each)| self.prices[*limit] * each).sum::<f64>();
        let useful = cover.leases.iter().enumerate().filter(|(_, lease)| worth(lease) > lease.cost && self.room(lease) > 0);
        let each = useful.map(|(j, lease)| (priced(lease) / worth(lease), j));
        let (price, j) = each.min_by(|a, b| a.0.total_cmp(&b.0))?;
        let lease = &cover.leases[j];
        // as many as the least lacking month that it serves takes, one where prices of being short differ
        let flat = cover.short[lease.from..lease.to].iter().all(|steps| steps.len() <= 1);
        let serves = (lease.from..lease.to).map(|m| lacks[m]).filter(|lacks| *lacks > 0);
        Some((price, j, if flat { serves.min().unwrap_or(1) } else { 1 }))
    }

    /// Gives back lots that no month lacks.
    fn trim(&mut self, p: usize) {
        let mut order: Vec<usize> = (0..self.cover(p).leases.len()).collect();
        order.sort_by(|a, b| self.cover(p).leases[*b].cost.total_cmp(&self.cover(p).leases[*a].cost));
        for j in order {
            let (cover, lots) = (self.cover(p), &self.lots[p]);
            let spare = |m: usize| {
                let here = cover.leases.iter().zip(lots).filter(|(lease, _)| lease.from <= m && m < lease.to);
                here.fold(0, |sum: u32, (_, lots)| sum.saturating_add(*lots)).saturating_sub(cover.wanted[m])
            };
            let lease = &cover.leases[j];
            let most = (lease.from..lease.to).map(spare).min().unwrap_or(0).min(lots[j]);
            self.add(p, j, -i64::from(most));
        }
    }
}
