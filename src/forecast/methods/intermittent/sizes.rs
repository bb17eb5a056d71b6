//! The distribution of the size of a demand.

use statrs::distribution::{ContinuousCDF, Gamma};

/// A demand's size: what was seen, the newest weighing most, or a law with the same mean where too little was seen.
#[derive(Debug, Clone)]
pub(super) struct Sizes {
    mean: f64,
    variance: f64,
    smallest: f64,
    law: Law,
}

#[derive(Debug, Clone)]
enum Law {
    /// Always the mean.
    Fixed,
    /// Sizes seen, rising, each with its cumulative weight; whole numbers are not interpolated.
    Seen {
        rising: Vec<(f64, f64)>,
        whole: bool,
    },
    /// 1 + a negative binomial (a Poisson where the variance is no greater than the mean).
    Count,
    Gamma(Gamma),
}

/// Sizes that count in full for the empirical distribution to be trusted.
const ENOUGH: f64 = 10.0;

impl Sizes {
    /// From the demands, oldest first. Exponential smoothing from the first demand gives the i-th of n the weight
    /// α(1 − α)^(n−1−i) (the first (1 − α)^(n−1)): with these weights the mean of the sizes seen *is* the smoothed size.
    pub fn new(demands: &[f64], alpha: f64, mean: f64) -> Self {
        let n = demands.len();
        let smallest = demands.iter().copied().fold(f64::INFINITY, f64::min);
        let weight = |at: usize| (1.0 - alpha).powf((n - 1 - at) as f64) * if at == 0 { 1.0 } else { alpha };
        let squares: f64 = (0..n).map(|at| weight(at).powi(2)).sum();
        let own: f64 = (0..n).map(|at| weight(at) * demands[at]).sum();
        let whole = demands.iter().all(|size| size.fract() == 0.0);
        let fixed = Self { mean, variance: 0.0, smallest: smallest.min(mean), law: Law::Fixed };
        if n == 0 || mean <= 0.0 {
            return fixed;
        }
        if squares * ENOUGH <= 1.0 {
            // 1 but for ADIDA, whose mean may not be that of its sizes
            let scale = if (mean / own - 1.0).abs() < 1e-9 { 1.0 } else { mean / own };
            let mut rising: Vec<(f64, f64)> = (0..n).map(|at| (demands[at] * scale, weight(at))).collect();
            rising.sort_by(|a, b| a.0.total_cmp(&b.0));
            let variance = rising.iter().map(|(size, weight)| weight * (size - mean).powi(2)).sum();
            let mut total = 0.0;
            for (_, weight) in &mut rising {
                total += *weight;
                *weight = total;
            }
            return Self { mean, variance, smallest: rising[0].0, law: Law::Seen { rising, whole: whole && scale == 1.0 } };
        }
        // fewer than three sizes say nothing of their spread: as wide as an exponential law
        let variance = match n {
            1 | 2 => mean * mean,
            _ => demands.iter().map(|size| (size - mean).powi(2)).sum::<f64>() / (n - 1) as f64,
        };
        if variance <= 1e-12 * mean * mean {
            return fixed;
        }
        if whole && (1.0..1e3).contains(&mean) {
            return Self { mean, variance, smallest, law: Law::Count };
        }
        match Gamma::new((mean * mean / variance).max(0.05), 1.0) {
            Ok(unit) => Self { mean, variance, smallest, law: Law::Gamma(unit) },
            Err(_) => fixed,
        }
    }

    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// The size not exceeded with this chance, 0 < chance < 1.
    pub fn quantile(&self, chance: f64) -> f64 {
        match &self.law {
            Law::Fixed => self.mean,
            Law::Seen { rising, whole } => seen_quantile(rising, *whole, chance),
            Law::Count => 1.0 + count_quantile(self.mean - 1.0, self.variance, chance),
            Law::Gamma(unit) => {
                let shape = (self.mean * self.mean / self.variance).max(0.05);
                self.mean / shape * unit.inverse_cdf(chance)
            }
        }
    }

    /// A quantile moved away from the mean by a factor >= 1, but not below what was seen; rising in `quantile`.
    pub fn stretched(&self, quantile: f64, factor: f64) -> f64 {
        (self.mean + factor * (quantile - self.mean)).max(quantile.min(self.smallest))
    }
}

/// The smallest size whose cumulative weight reaches the chance; between sizes that are not whole, on the line through the
/// middles of their weights.
fn seen_quantile(rising: &[(f64, f64)], whole: bool, chance: f64) -> f64 {
    let last = rising.len() - 1;
    let total = rising[last].1;
    let at = rising.partition_point(|(_, reached)| *reached < chance * total * (1.0 - 1e-12)).min(last);
    if whole {
        return rising[at].0;
    }
    let middle = |i: usize| f64::midpoint(rising[i].1, if i == 0 { 0.0 } else { rising[i - 1].1 });
    let target = chance * total;
    let (low, high) = if target < middle(at) { (at.saturating_sub(1), at) } else { (at, (at + 1).min(last)) };
    let span = middle(high) - middle(low);
    let share = if span > 0.0 { ((target - middle(low)) / span).clamp(0.0, 1.0) } else { 0.0 };
    rising[low].0 + share * (rising[high].0 - rising[low].0)
}

/// The quantile of a negative binomial with this mean and variance; of a Poisson where the variance is not above the mean.
///
/// By the sum of its probabilities: P(0) = (r/(r+m))^r, P(k+1) = P(k) (k+r)/(k+1) m/(m+r), with r = m²/(v − m).
fn count_quantile(mean: f64, variance: f64, chance: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    let most = mean + 60.0 * variance.max(mean).sqrt() + 60.0;
    let over = variance - mean;
    let (first, shape) = if over > 1e-9 * mean {
        let shape = mean * mean / over;
        (shape * (shape / (shape + mean)).ln(), Some(shape))
    } else {
        (-mean, None)
    };
    // logarithms, as P(0) may be too small for a number
    let (mut log, mut reached, mut k) = (first, first.exp(), 0.0);
    while reached < chance && k < most {
        log += match shape {
            Some(shape) => ((k + shape) / (k + 1.0) * (mean / (mean + shape))).ln(),
            None => (mean / (k + 1.0)).ln(),
        };
        k += 1.0;
        reached += log.exp();
    }
    k
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_smoothing_give_the_smoothed_mean() {
        let demands: Vec<f64> = (1..60).map(|i| f64::from(i % 7) + 0.5).collect();
        let mut mean = demands[0];
        for size in &demands[1..] {
            mean += 0.1 * (size - mean);
        }
        let sizes = Sizes::new(&demands, 0.1, mean);
        let Law::Seen { rising, .. } = &sizes.law else { panic!("enough was seen") };
        let mut before = 0.0;
        let mut own = 0.0;
        for (size, reached) in rising {
            own += size * (reached - before);
            before = *reached;
        }
        assert!((own - mean).abs() < 1e-12 && (before - 1.0).abs() < 1e-12, "{own} {mean}");
    }

    #[test]
    fn counts_have_the_quantiles_of_a_poisson_and_of_a_geometric_law() {
        // Poisson(2): P(<=1) = 0.4060, P(<=2) = 0.6767, P(<=5) = 0.9834
        assert_eq!([0.40, 0.41, 0.67, 0.68, 0.98].map(|p| count_quantile(2.0, 2.0, p)), [1.0, 2.0, 2.0, 3.0, 5.0]);
        // r = 1, mean 1, variance 2: geometric, P(<=k) = 1 − 2^−(k+1)
        assert_eq!([0.49, 0.51, 0.76, 0.99].map(|p| count_quantile(1.0, 2.0, p)), [0.0, 1.0, 2.0, 6.0]);
    }

    #[test]
    fn few_sizes_follow_a_gamma_law_with_their_mean() {
        // variance = mean²: exponential, median = mean ln 2
        let sizes = Sizes::new(&[2.5], 0.1, 2.5);
        assert!((sizes.quantile(0.5) - 2.5 * 2.0_f64.ln()).abs() < 1e-6, "{}", sizes.quantile(0.5));
    }
}
