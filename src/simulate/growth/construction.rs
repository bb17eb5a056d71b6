//! From scores to a walk, so that the first few scores decide most of it.

use crate::portable::sin_cos_pi;

/// How the walk W at times 1, …, T is made of T independent scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Construction {
    /// The end first, then the middle of each interval given its ends: P. Glasserman (2003), *Monte Carlo Methods in Financial
    /// Engineering*, §3.1.1; B. Moskowitz, R. E. Caflisch (1996), *Math. Comput. Modelling* 23(8–9).
    Bridge,
    /// By principal components: the eigenvectors of min(s, t) in falling order of variance, in closed form (P. Acworth, M.
    /// Broadie, P. Glasserman 1998, "A comparison of some Monte Carlo and quasi Monte Carlo techniques for option pricing").
    Principal,
}

/// One score's part in the bridge: W at `at` between `left` (0 is the origin) and `right`.
pub(super) struct Middle {
    left: usize,
    at: usize,
    right: usize,
}

/// A construction for a number of steps.
pub(super) enum Builder {
    Bridge(Vec<Middle>),
    /// Row t, column k: √λ_k v_k(t).
    Principal(Vec<f64>),
}

impl Builder {
    pub(super) fn new(construction: Construction, steps: usize) -> Self {
        match construction {
            Construction::Bridge => Self::Bridge(middles(steps)),
            Construction::Principal => Self::Principal(components(steps)),
        }
    }

    /// Overwrites `steps` rows of `width` independent scores with the increments of their walks; `work` is as large.
    pub(super) fn increments(&self, scores: &mut [f64], work: &mut [f64], width: usize) {
        match self {
            Self::Bridge(middles) => bridge(middles, scores, work, width),
            Self::Principal(matrix) => principal(matrix, scores, work, width),
        }
        scores.copy_from_slice(work);
        for row in (1..scores.len() / width).rev() {
            let (before, from) = scores.split_at_mut(row * width);
            for (now, before) in from[..width].iter_mut().zip(&before[(row - 1) * width..]) {
                *now -= before;
            }
        }
    }
}

/// The intervals to halve, widest first.
fn middles(steps: usize) -> Vec<Middle> {
    let mut found = Vec::with_capacity(steps);
    let mut intervals = std::collections::VecDeque::from([(0, steps)]);
    while let Some((left, right)) = intervals.pop_front() {
        if right - left < 2 {
            continue;
        }
        let at = usize::midpoint(left, right);
        found.push(Middle { left, at, right });
        intervals.extend([(left, at), (at, right)]);
    }
    found
}

fn bridge(middles: &[Middle], scores: &[f64], walk: &mut [f64], width: usize) {
    let steps = scores.len() / width;
    let row = |time: usize| (time - 1) * width..time * width;
    let far = (steps as f64).sqrt();
    for (end, z) in walk[row(steps)].iter_mut().zip(scores) {
        *end = far * z;
    }
    for (Middle { left, at, right }, scores) in middles.iter().zip(scores[width..].chunks_exact(width)) {
        let (before, after, whole) = ((at - left) as f64, (right - at) as f64, (right - left) as f64);
        let (share, sd) = (before / whole, (before * after / whole).sqrt());
        for (place, z) in scores.iter().enumerate() {
            let from = if *left == 0 { 0.0 } else { walk[(left - 1) * width + place] };
            let until = walk[(right - 1) * width + place];
            walk[(at - 1) * width + place] = from + share * (until - from) + sd * z;
        }
    }
}

/// λ_k = 1 / (4 sin²(θ_k/2)) and v_k(t) = 2/√(2T + 1) sin(t θ_k) with θ_k = (2k - 1)π/(2T + 1), k = 1, …, T.
fn components(steps: usize) -> Vec<f64> {
    let whole = (2 * steps + 1) as f64;
    let entry = |t: usize, k: usize| {
        let turn = (2 * k - 1) as f64 / whole;
        let root = 0.5 / sin_cos_pi(turn / 2.0).0;
        root * 2.0 / whole.sqrt() * sin_cos_pi(t as f64 * turn).0
    };
    (1..=steps).flat_map(|t| (1..=steps).map(move |k| entry(t, k))).collect()
}

fn principal(matrix: &[f64], scores: &[f64], walk: &mut [f64], width: usize) {
    let steps = scores.len() / width;
    for (row, weights) in walk.chunks_exact_mut(width).zip(matrix.chunks_exact(steps)) {
        row.fill(0.0);
        for (weight, scores) in weights.iter().zip(scores.chunks_exact(width)) {
            for (at, z) in row.iter_mut().zip(scores) {
                *at += weight * z;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The linear map as a matrix, by what it makes of unit vectors: row k the walk of score k.
    fn walks(construction: Construction, steps: usize) -> Vec<Vec<f64>> {
        let builder = Builder::new(construction, steps);
        let walk = |k: usize| {
            let mut scores = vec![0.0; steps];
            scores[k] = 1.0;
            builder.increments(&mut scores, &mut vec![0.0; steps], 1);
            let mut at = 0.0;
            for step in &mut scores {
                at += *step;
                *step = at;
            }
            scores
        };
        (0..steps).map(walk).collect()
    }

    #[test]
    fn walks_have_the_covariance_of_brownian_motion() {
        for construction in [Construction::Bridge, Construction::Principal] {
            for steps in [1, 2, 3, 12, 24, 37] {
                let walks = walks(construction, steps);
                for s in 0..steps {
                    for t in 0..steps {
                        let seen: f64 = walks.iter().map(|walk| walk[s] * walk[t]).sum();
                        let wanted = (s.min(t) + 1) as f64;
                        assert!((seen - wanted).abs() < 1e-12 * steps as f64, "{construction:?} {steps}: {s} {t} {seen}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_scores_decide_most_and_no_other_order_decides_more() {
        let share = |construction, first: usize| {
            let each: Vec<f64> = walks(construction, 24).iter().map(|walk| walk.iter().map(|w| w * w).sum::<f64>()).collect();
            each[..first].iter().sum::<f64>() / each.iter().sum::<f64>()
        };
        // the trace of min(s, t) is T(T + 1)/2 = 300; the first eigenvalue is 1/(4 sin²(π/98)), and no direction has more
        let largest = 0.25 / (std::f64::consts::PI / 98.0).sin().powi(2) / 300.0;
        assert!((share(Construction::Principal, 1) - largest).abs() < 1e-13);
        for first in 1..24 {
            assert!(share(Construction::Principal, first) >= share(Construction::Bridge, first) - 1e-12, "{first}");
        }
        // in the plain order the first of 24 steps has T of T(T + 1)/2
        assert!(share(Construction::Bridge, 1) > 8.0 * 24.0 / 300.0);
    }

    #[test]
    fn rows_of_several_paths_are_built_each_on_its_own() {
        for construction in [Construction::Bridge, Construction::Principal] {
            let builder = Builder::new(construction, 5);
            let mut both: Vec<f64> = (0..10).map(|n| f64::from(n * n % 7)).collect();
            let mut second: Vec<f64> = both.chunks(2).map(|pair| pair[1]).collect();
            builder.increments(&mut both, &mut [0.0; 10], 2);
            builder.increments(&mut second, &mut [0.0; 5], 1);
            assert!(both.chunks(2).map(|pair| pair[1]).eq(second));
        }
    }
}
