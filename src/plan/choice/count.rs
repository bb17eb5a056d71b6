use rayon::prelude::*;

use super::{Candidate, ChoiceQuestion, MOST_UNITS, Rejected, inverse, units_needed, unserved};
use crate::stats::{DRAWN_TOGETHER, JointLaw};
use crate::stream::Stream;

/// The count of a type, and the resource that binds most often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub units: u32,
    pub binding: usize,
}

/// The best count of every candidate in the question's worlds.
#[expect(clippy::needless_range_loop, reason = "a world is a row through all columns of the block")]
pub(super) fn counts(question: &ChoiceQuestion, law: &JointLaw, stream: Stream) -> Vec<Result<Counted, Rejected>> {
    let blocks: Vec<Vec<Vec<f64>>> =
        (0..question.worlds.div_ceil(DRAWN_TOGETHER).max(1)).into_par_iter().map(|block| law.draw_block(stream, block)).collect();
    let each = question.candidates.par_iter();
    each.map(|one| {
        let lacking = one.capacity.iter().position(|amount| *amount <= 0.0);
        if let Some(resource) = lacking {
            return Err(Rejected::Lacks { resource: question.needs[resource].resource.clone() });
        }
        let (per_unit, mut binds) = (inverse(question, one), vec![0_u32; question.needs.len()]);
        let mut needed = Vec::with_capacity(blocks.len() * DRAWN_TOGETHER as usize);
        for block in &blocks {
            for w in 0..DRAWN_TOGETHER as usize {
                let (x, r) = units_needed(&per_unit, |r| block[r][w]);
                binds[r] += 1;
                needed.push(x);
            }
        }
        let binding = (0..binds.len()).rev().max_by_key(|r| binds[*r]).unwrap_or(0);
        best(question, one, &mut needed, binding)
    })
    .collect()
}

fn best(question: &ChoiceQuestion, one: &Candidate, needed: &mut [f64], binding: usize) -> Result<Counted, Rejected> {
    let whole = |units: f64| (units / f64::from(one.lot)).ceil().min(f64::from(MOST_UNITS)) as u32;
    let spare = f64::from(question.spare);
    let most = one.most.unwrap_or(MOST_UNITS) / one.lot;
    // the least count at which at most the accepted share of worlds is short
    let allowed = (question.risk * needed.len() as f64 + 1e-9).floor() as usize;
    let safe = if allowed < needed.len() {
        let (_, x, _) = needed.select_nth_unstable_by(allowed, |a, b| b.total_cmp(a));
        whole((*x * (1.0 - 1e-12)).ceil() + spare)
    } else {
        0
    };
    if safe > most {
        let units = |lots: u32| lots.saturating_mul(one.lot);
        let binding = question.needs[binding].resource.clone();
        return Err(Rejected::TooMany { needed: units(safe), most: units(most), binding });
    }
    // the cost is convex in the count: the first lot that is not worth its price, by halving
    let up = |lots: u32| (f64::from(lots) * f64::from(one.lot) - spare).max(0.0);
    let mean = |lots: u32| needed.iter().map(|x| unserved(up(lots), *x)).sum::<f64>() / needed.len() as f64;
    let price = one.price * f64::from(one.lot);
    let (mut low, mut high) = (safe, most);
    if question.penalty > 0.0 {
        // beyond what the worst world needs nothing is left to gain
        let worst = needed.iter().copied().fold(0.0, f64::max);
        high = high.min(whole(worst.ceil() + spare)).max(low);
        while low < high {
            let middle = low + (high - low) / 2;
            let gain = question.penalty * (mean(middle) - mean(middle + 1));
            if gain > price { low = middle + 1 } else { high = middle }
        }
    }
    Ok(Counted { units: low * one.lot, binding })
}
