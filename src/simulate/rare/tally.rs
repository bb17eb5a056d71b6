//! Sums of weighted replications: means, how sure they are, and how even the weights.

use crate::stats::Estimate;
use crate::stream::{Generator, Stream};
use rayon::prelude::*;

/// How long to sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Stop when standard error ÷ value is at most this; 0: never before the budget is used.
    pub relative_error: f64,
    /// Replications (cycles) at most.
    pub budget: u64,
}

impl Effort {
    /// This many replications, whatever they show.
    #[must_use]
    pub fn fixed(budget: u64) -> Self {
        Self { relative_error: 0.0, budget }
    }

    /// Until the 95 % interval is value × (1 ± `half_width`), or the budget is used.
    #[must_use]
    pub fn half_width(half_width: f64, budget: u64) -> Self {
        Self { relative_error: half_width / NORMAL_975, budget }
    }
}

/// The 97.5 % point of the standard normal.
pub(super) const NORMAL_975: f64 = 1.959_963_984_540_054;
/// Replications that share a generator; part of the meaning of a seed.
const BLOCK: u64 = 256;
/// Nothing is decided on fewer replications, nor on fewer that count.
const LEAST: u64 = 1_024;
const LEAST_HITS: u64 = 64;

/// Means and joint second moments of K numbers a replication. Merged in block order by the pairwise update of Chan, Golub &
/// LeVeque (1983), "Algorithms for computing the sample variance", *The American Statistician* 37(3), 242–247.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tally<const K: usize> {
    count: u64,
    mean: [f64; K],
    moment: [[f64; K]; K],
    hits: [u64; K],
    largest: [f64; K],
}

impl<const K: usize> Tally<K> {
    pub(super) fn new() -> Self {
        Self { count: 0, mean: [0.0; K], moment: [[0.0; K]; K], hits: [0; K], largest: [0.0; K] }
    }

    pub(super) fn push(&mut self, values: &[f64; K]) {
        self.count += 1;
        let n = self.count as f64;
        let before: [f64; K] = std::array::from_fn(|i| values[i] - self.mean[i]);
        for i in 0..K {
            self.mean[i] += before[i] / n;
            self.hits[i] += u64::from(values[i] != 0.0);
            self.largest[i] = self.largest[i].max(values[i].abs());
            for (j, value) in values.iter().enumerate().take(i + 1) {
                self.moment[i][j] += before[i] * (value - self.mean[j]);
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        let (n, m) = (self.count as f64, other.count as f64);
        if other.count == 0 {
            return;
        }
        let shift: [f64; K] = std::array::from_fn(|i| other.mean[i] - self.mean[i]);
        self.count += other.count;
        for i in 0..K {
            for j in 0..=i {
                self.moment[i][j] += other.moment[i][j] + shift[i] * shift[j] * n * m / (n + m);
            }
        }
        for (i, by) in shift.iter().enumerate() {
            self.mean[i] += by * m / (n + m);
            self.hits[i] += other.hits[i];
            self.largest[i] = self.largest[i].max(other.largest[i]);
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Replications whose number `i` was not 0.
    pub(super) fn hits(&self, i: usize) -> u64 {
        self.hits[i]
    }

    /// Covariance of the means of numbers `i` and `j`.
    fn covariance(&self, i: usize, j: usize) -> f64 {
        let n = self.count as f64;
        self.moment[i.max(j)][i.min(j)] / ((n - 1.0).max(1.0) * n)
    }

    pub(super) fn estimate(&self, i: usize) -> Estimate {
        Estimate { value: self.mean[i], standard_error: self.covariance(i, i).sqrt() }
    }

    /// The ratio of two means, its standard error by the delta method: Crane & Iglehart (1975), "Simulating stable stochastic
    /// systems III: regenerative processes", *Operations Research* 23(1), 33–45.
    pub(super) fn ratio(&self, i: usize, j: usize) -> Estimate {
        let value = self.mean[i] / self.mean[j];
        let spread = self.covariance(i, i) - 2.0 * value * self.covariance(i, j) + value * value * self.covariance(j, j);
        Estimate { value, standard_error: spread.max(0.0).sqrt() / self.mean[j].abs() }
    }

    /// Standard error ÷ value; infinite while it is not to be trusted.
    pub(super) fn relative_error(&self, i: usize) -> f64 {
        let seen = self.estimate(i);
        if self.hits[i] < LEAST_HITS || seen.value == 0.0 { f64::INFINITY } else { seen.standard_error / seen.value.abs() }
    }

    /// (Σw)² ÷ Σw²: as many equal weights would be as sure. Kong, Liu & Wong (1994), *JASA* 89, 278–288.
    pub(super) fn effective(&self, i: usize) -> f64 {
        let n = self.count as f64;
        let total = n * self.mean[i] * self.mean[i];
        if total == 0.0 { 0.0 } else { n * total / (self.moment[i][i] + total) }
    }

    /// The largest weight's share of the sum.
    pub(super) fn largest_share(&self, i: usize) -> f64 {
        let sum = self.count as f64 * self.mean[i].abs();
        if sum == 0.0 { 0.0 } else { self.largest[i] / sum }
    }
}

/// Quotient of independent estimates.
pub(super) fn quotient(a: Estimate, b: Estimate) -> Estimate {
    let value = a.value / b.value;
    let (x, y) = (a.standard_error / b.value, value * b.standard_error / b.value);
    Estimate { value, standard_error: x.hypot(y) }
}

/// Replications in blocks, each from the stream of its number, in rounds that double until number `watched` is sure enough
/// or the budget is used. The same bytes on any number of threads: blocks are merged in their order.
pub(super) fn replicate<const K: usize, S>(
    stream: Stream,
    effort: Effort,
    watched: usize,
    scratch: impl Fn() -> S + Sync,
    one: impl Fn(&mut S, &mut Generator) -> [f64; K] + Sync,
) -> Tally<K> {
    let blocks = effort.budget.div_ceil(BLOCK).clamp(1, u64::from(u32::MAX));
    let (mut all, mut done) = (Tally::new(), 0);
    while done < blocks {
        let next = (done * 2).max(LEAST / BLOCK).min(blocks);
        let round: Vec<Tally<K>> = (done..next)
            .into_par_iter()
            .map(|block| {
                let (mut rng, mut work) = (stream.replication(block as u32).rng(), scratch());
                let mut tally = Tally::new();
                for _ in 0..BLOCK.min(effort.budget.max(1) - block * BLOCK) {
                    tally.push(&one(&mut work, &mut rng));
                }
                tally
            })
            .collect();
        for block in &round {
            all.merge(block);
        }
        done = next;
        if all.relative_error(watched) <= effort.relative_error {
            break;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Seed;

    #[test]
    fn a_tally_in_parts_is_the_tally_of_the_whole() {
        let values = [[1.0, 2.0], [4.0, 0.0], [2.5, 7.0], [0.0, 1.0], [3.0, 3.0]];
        let (mut whole, mut front, mut back) = (Tally::new(), Tally::new(), Tally::new());
        for (i, one) in values.iter().enumerate() {
            whole.push(one);
            if i < 2 { front.push(one) } else { back.push(one) }
        }
        front.merge(&back);
        // by hand: means 2.1 and 2.6; Σ(x - mean)² = 10.2, Σ(x - mean)(y - mean) = 28.5 - 27.3
        for tally in [whole, front] {
            assert!((tally.estimate(0).value - 2.1).abs() < 1e-14);
            assert!((tally.estimate(0).standard_error - (10.2_f64 / 20.0).sqrt()).abs() < 1e-14);
            assert!((tally.covariance(0, 1) - 1.2 / 20.0).abs() < 1e-14);
            assert_eq!((tally.hits(0), tally.hits(1)), (4, 4));
            assert!((tally.effective(0) - 10.5 * 10.5 / 32.25).abs() < 1e-12);
            assert!((tally.largest_share(1) - 7.0 / 13.0).abs() < 1e-14);
        }
    }

    #[test]
    fn sampling_ends_at_the_budget_or_when_it_is_sure_enough_on_any_number_of_threads() {
        let run =
            |effort| replicate(Stream::root(Seed(3)), effort, 0, || (), |(), rng| [f64::from(u8::from(rng.uniform() < 0.2))]);
        assert_eq!(run(Effort::fixed(1_000)).count(), 1_000);
        let sure = run(Effort { relative_error: 0.02, budget: 1_000_000 });
        assert!(sure.relative_error(0) <= 0.02 && sure.count() < 50_000, "{sure:?}");
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        assert_eq!(pool(1).install(|| run(Effort::fixed(10_000))), pool(3).install(|| run(Effort::fixed(10_000))));
    }
}
