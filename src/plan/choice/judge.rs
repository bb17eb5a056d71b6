use rayon::prelude::*;

use super::count::Counted;
use super::{Candidate, ChoiceQuestion, Ranked, inverse, units_needed, unserved};
use crate::stats::{DRAWN_TOGETHER, Estimate, JointLaw, TWO_SIDED_95, proportion};
use crate::stream::Stream;

/// Sums over some worlds, of one candidate.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Of the penalty.
    cost: f64,
    squares: f64,
    short: u32,
    /// Worlds in which it is the cheapest, shared among those that are.
    best: f64,
    /// Of the difference to the first.
    behind: f64,
    behind_squares: f64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.cost += other.cost;
        self.squares += other.squares;
        self.short += other.short;
        self.best += other.best;
        self.behind += other.behind;
        self.behind_squares += other.behind_squares;
    }
}

/// Judges all counts in the same fresh worlds; ranked by expected cost, and the number of worlds.
pub(super) fn judge(
    question: &ChoiceQuestion,
    law: &JointLaw,
    able: &[(&Candidate, Counted)],
    stream: Stream,
) -> (Vec<Ranked>, u32) {
    let blocks = question.worlds.div_ceil(DRAWN_TOGETHER).max(1);
    let worlds = blocks * DRAWN_TOGETHER;
    let per_unit: Vec<Vec<f64>> = able.iter().map(|(one, _)| inverse(question, one)).collect();
    let sums = |first: Option<usize>| {
        let each =
            (0..blocks).into_par_iter().map(|block| of_block(question, able, &per_unit, &law.draw_block(stream, block), first));
        let parts: Vec<Vec<Sums>> = each.collect();
        let mut all = vec![Sums::default(); able.len()];
        for part in &parts {
            all.iter_mut().zip(part).for_each(|(sum, part)| sum.add(part));
        }
        all
    };
    let price = |c: usize| f64::from(able[c].1.units) * able[c].0.price;
    let mean = |sum: f64| sum / f64::from(worlds);
    let costs: Vec<f64> = sums(None).iter().enumerate().map(|(c, sums)| price(c) + mean(sums.cost)).collect();
    let mut order: Vec<usize> = (0..able.len()).collect();
    order.sort_by(|a, b| costs[*a].total_cmp(&costs[*b]).then(a.cmp(b)));
    let first = order.first().copied();
    let all = sums(first);
    let estimate = |sum: f64, squares: f64| {
        let n = f64::from(worlds);
        let variance = (squares - sum * sum / n).max(0.0) / (n - 1.0);
        Estimate { value: sum / n, standard_error: (variance / n).sqrt() }
    };
    let ranked = order.into_iter().map(|c| {
        let ((one, counted), sums) = (&able[c], &all[c]);
        let penalty = estimate(sums.cost, sums.squares);
        let behind = estimate(sums.behind, sums.behind_squares);
        let share = proportion(sums.best.round() as u64, u64::from(worlds));
        Ranked {
            name: one.name.clone(),
            units: counted.units,
            price: price(c),
            cost: Estimate { value: price(c) + penalty.value, ..penalty },
            short: proportion(u64::from(sums.short), u64::from(worlds)),
            binding: question.needs[counted.binding].resource.clone(),
            best_in: Estimate { value: sums.best / f64::from(worlds), ..share },
            tie: Some(c) == first || behind.value <= TWO_SIDED_95 * behind.standard_error,
            behind,
        }
    });
    (ranked.collect(), worlds)
}

/// What the candidates cost in the worlds of a block, and what more than the first.
#[expect(clippy::needless_range_loop, reason = "a world is a row through all columns of the block")]
fn of_block(
    question: &ChoiceQuestion,
    able: &[(&Candidate, Counted)],
    per_unit: &[Vec<f64>],
    block: &[Vec<f64>],
    first: Option<usize>,
) -> Vec<Sums> {
    let mut all = vec![Sums::default(); able.len()];
    let mut costs = vec![0.0; able.len()];
    for w in 0..DRAWN_TOGETHER as usize {
        for (((one, counted), per_unit), (cost, sums)) in able.iter().zip(per_unit).zip(costs.iter_mut().zip(&mut all)) {
            let (x, _) = units_needed(per_unit, |r| block[r][w]);
            let share = unserved(f64::from(counted.units.saturating_sub(question.spare)), x);
            let penalty = question.penalty * share;
            sums.cost += penalty;
            sums.squares += penalty * penalty;
            sums.short += u32::from(share > 0.0);
            *cost = f64::from(counted.units) * one.price + penalty;
        }
        let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
        let among = costs.iter().filter(|cost| **cost == least).count() as f64;
        let of_first = first.map_or(0.0, |first| costs[first]);
        for (cost, sums) in costs.iter().zip(&mut all) {
            if *cost == least {
                sums.best += 1.0 / among;
            }
            let behind = cost - of_first;
            sums.behind += behind;
            sums.behind_squares += behind * behind;
        }
    }
    all
}
