//! Error budgets: how likely it is that incidents of random number and length spend what an objective allows.

use crate::stats::{Distribution, complement, ln_gamma_tail, poisson_at_least, poisson_pmf};

/// Downtime that an objective allows over a window: (1 - objective) × window, in the unit of the window. NaN for an objective
/// outside [0, 1].
///
/// ```
/// assert_eq!(plimsoll::simulate::exact::allowed_downtime(0.999, 43_200.0), 43.2); // minutes of 30 days
/// ```
#[must_use]
pub fn allowed_downtime(objective: f64, window: f64) -> f64 {
    complement(objective) * window
}

/// Incidents that come as a Poisson process, each with a length of its own; lengths add up, and an incident counts whole in the
/// window in which it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Incidents {
    mean_count: f64,
    length: Distribution,
}

/// The most incidents a window may expect: the lattices would be too coarse for more.
const MOST: f64 = 2_000.0;

impl Incidents {
    /// Incidents with `mean_count` in the window; `None` for a count outside 0 to 2,000 or a length that is no law or may be
    /// negative.
    #[must_use]
    pub fn new(mean_count: f64, length: Distribution) -> Option<Self> {
        let sane = (0.0..=MOST).contains(&mean_count) && length.check().is_ok() && length.cdf(-f64::MIN_POSITIVE) == 0.0;
        sane.then_some(Self { mean_count, length })
    }

    /// Expected sum of lengths: λ E(L).
    #[must_use]
    pub fn mean_sum(&self) -> f64 {
        self.mean_count * self.length.mean()
    }

    /// Variance of the sum: λ E(L²).
    #[must_use]
    pub fn variance_of_sum(&self) -> f64 {
        self.mean_count * self.length.second_moment()
    }

    /// P(no incident) = e^-λ.
    #[must_use]
    pub fn p_none(&self) -> f64 {
        (-self.mean_count).exp()
    }

    /// P(sum of lengths > `amount`).
    ///
    /// Constant lengths: a Poisson tail. Exponential and gamma: a Poisson mixture of gamma tails (a sum of n has shape n × k).
    /// Other laws: Panjer's recursion on four lattices, each half as wide as the one before, 512 cells below `amount` or
    /// more (two to the 10 % point of a length, at most 4096) on the first, the mass of each cell at its middle, extrapolated to a
    /// width of zero. Panjer (1981), "Recursive evaluation of a family of compound distributions", *ASTIN Bulletin* 12(1).
    #[must_use]
    pub fn p_sum_exceeds(&self, amount: f64) -> f64 {
        if amount < 0.0 {
            return 1.0;
        }
        match &self.length {
            // a hair of tolerance, so that three lengths of 14.4 are not more than 43.2
            Distribution::Constant { value } if *value > 0.0 => {
                poisson_at_least((amount / value * (1.0 + 1e-12)).floor() as u64 + 1, self.mean_count)
            }
            Distribution::Constant { .. } => 0.0,
            Distribution::Exponential { mean } => self.mixture(1.0, amount / mean),
            Distribution::Gamma { shape, scale } => self.mixture(*shape, amount / scale),
            _ => self.by_lattice(amount),
        }
    }

    /// Σ_n P(N = n) Q(n × shape, x): all terms positive, until those left can't change the sum.
    fn mixture(&self, shape: f64, x: f64) -> f64 {
        let mut sum = 0.0;
        for n in 1.. {
            let term = poisson_pmf(n, self.mean_count) * ln_gamma_tail(n as f64 * shape, x).exp();
            sum += term;
            let counted = n as f64;
            // past the mode of the count and of the tail the terms fall at least like the Poisson law
            if counted > self.mean_count && (counted * shape > x || counted > 1_000.0 + 2.0 * self.mean_count) {
                let left = poisson_pmf(n, self.mean_count) * counted / (counted + 1.0 - self.mean_count);
                if left <= 1e-17 * sum || counted > 1e6 {
                    break;
                }
            }
        }
        sum
    }

    fn by_lattice(&self, amount: f64) -> f64 {
        if amount == 0.0 {
            return -f64::exp_m1(-self.mean_count * (1.0 - self.length.cdf(0.0)));
        }
        // wide laws bend most near their short end: cells have to be narrow there
        let asked = (2.0 * amount / self.length.quantile(0.1)).clamp(512.0, 4_096.0) as usize;
        let coarse: Vec<f64> = (0..4).map(|level| 1.0 - self.within(amount, asked << level)).collect();
        // the error is even in the width: three rounds of Richardson's extrapolation with factors 4, 16, 64
        let mut table = coarse;
        for factor in [4.0, 16.0, 64.0] {
            table = table.windows(2).map(|pair| (factor * pair[1] - pair[0]) / (factor - 1.0)).collect();
        }
        table[0].clamp(0.0, 1.0)
    }

    /// P(sum on the lattice <= amount), with `amount` at the border between two cells.
    fn within(&self, amount: f64, cells: usize) -> f64 {
        let width = amount / (cells as f64 + 0.5);
        let edges: Vec<f64> = (0..=cells).map(|j| self.length.cdf((j as f64 + 0.5) * width)).collect();
        let mass = |j: usize| if j == 0 { edges[0] } else { edges[j] - edges[j - 1] };
        let mass: Vec<f64> = (0..=cells).map(mass).collect();
        // a count so large that e^-λ is no number is halved, and the sum added to itself
        let halvings = (self.mean_count / 500.0).log2().ceil().max(0.0) as u32;
        let mean = self.mean_count / f64::from(2_u32.pow(halvings));
        let mut sum = panjer(mean, &mass);
        for _ in 0..halvings {
            sum = (0..=cells).map(|k| (0..=k).map(|i| sum[i] * sum[k - i]).sum()).collect();
        }
        sum.iter().sum()
    }
}

/// The compound Poisson law on a lattice: g_0 = e^(-λ(1 - f_0)), g_k = λ/k Σ_j j f_j g_(k-j).
fn panjer(mean: f64, mass: &[f64]) -> Vec<f64> {
    let mut sum = vec![(-mean * (1.0 - mass[0])).exp()];
    let weighted: Vec<f64> = mass.iter().enumerate().map(|(j, f)| j as f64 * f).collect();
    for k in 1..mass.len() {
        let total: f64 = weighted[1..=k].iter().zip(sum.iter().rev()).map(|(f, g)| f * g).sum();
        sum.push(mean / k as f64 * total);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lattice_agrees_with_the_closed_form_of_the_same_law() {
        // a Weibull law of shape 1 is exponential, but goes by the lattice; its density jumps at 0, the worst case
        for (count, amount) in [(2.0, 43.2), (20.0, 400.0), (0.1, 5.0)] {
            let lattice = Incidents::new(count, Distribution::Weibull { shape: 1.0, scale: 15.0 }).expect("sane");
            let closed = Incidents::new(count, Distribution::Exponential { mean: 15.0 }).expect("sane");
            let (seen, exact) = (lattice.p_sum_exceeds(amount), closed.p_sum_exceeds(amount));
            assert!((seen - exact).abs() < 1e-9, "{seen} {exact}");
        }
    }

    #[test]
    fn a_large_count_is_halved_without_harm() {
        let lattice = Incidents::new(1_200.0, Distribution::Weibull { shape: 1.0, scale: 1.0 }).expect("sane");
        let closed = Incidents::new(1_200.0, Distribution::Exponential { mean: 1.0 }).expect("sane");
        let (seen, exact) = (lattice.p_sum_exceeds(1_250.0), closed.p_sum_exceeds(1_250.0));
        assert!((seen - exact).abs() < 1e-6, "{seen} {exact}");
    }

    #[test]
    fn constant_lengths_spend_the_budget_only_with_strictly_more() {
        let incidents = Incidents::new(2.0, Distribution::constant(14.4)).expect("sane");
        assert!((incidents.p_sum_exceeds(43.2) - poisson_at_least(4, 2.0)).abs() < 1e-15);
    }

    #[test]
    fn gamma_lengths_of_shape_one_are_exponential() {
        let gamma = Incidents::new(3.0, Distribution::Gamma { shape: 1.0, scale: 7.0 }).expect("sane");
        let exponential = Incidents::new(3.0, Distribution::Exponential { mean: 7.0 }).expect("sane");
        assert_eq!(gamma.p_sum_exceeds(30.0), exponential.p_sum_exceeds(30.0));
        assert_eq!(gamma.variance_of_sum(), exponential.variance_of_sum());
    }

    #[test]
    fn lengths_that_may_be_negative_are_refused() {
        assert_eq!(Incidents::new(1.0, Distribution::Normal { mean: 5.0, sd: 1.0 }), None);
        assert_eq!(Incidents::new(-1.0, Distribution::constant(1.0)), None);
    }
}
