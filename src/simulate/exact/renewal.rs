//! Replacement: how often a position fails over a time, when to replace before it fails, failures whose rate drifts.

use statrs::function::gamma::{gamma, gamma_lr};

use crate::stats::{poisson_at_least, poisson_pmf};

/// Expected failures in [0, `horizon`] of a position whose unit is replaced at once by a new one with the lifetime law `cdf`
/// (F(0) = 0): M(t) = F(t) + ∫ M(t - x) dF(x), `None` for a horizon that is not above 0.
///
/// Midpoint Riemann–Stieltjes sums, which take a density that is infinite at 0 as it is, on 750, 1500 and 3000 steps; the order of
/// the error is read off the three and extrapolated. Right to about 1e-7. Xie (1989), "On the solution of renewal-type integral
/// equations", *Communications in Statistics – Simulation* 18(1), 281–293.
#[must_use]
pub fn expected_renewals(cdf: impl Fn(f64) -> f64, horizon: f64) -> Option<f64> {
    if !(horizon > 0.0 && horizon.is_finite()) {
        return None;
    }
    let [coarse, middle, fine] = [750, 1_500, 3_000].map(|steps| renewals_on_grid(&cdf, horizon, steps));
    let (before, last) = (middle - coarse, fine - middle);
    // Aitken's extrapolation where the differences shrink by a steady factor, else the finest value
    let ratio = before / last;
    Some(if ratio.is_finite() && ratio > 1.5 { fine + last / (ratio - 1.0) } else { fine })
}

/// M_i = F(t_i) + Σ_(j <= i) (M_j - M_(j-1)) F(t_i - t_(j-1/2)), solved for M_i.
fn renewals_on_grid(cdf: &impl Fn(f64) -> f64, horizon: f64, steps: usize) -> f64 {
    let step = horizon / steps as f64;
    let at: Vec<f64> = (0..=steps).map(|i| cdf(i as f64 * step)).collect();
    let middle: Vec<f64> = (0..=steps).map(|i| cdf((i as f64 + 0.5) * step)).collect();
    let mut renewals = vec![0.0; steps + 1];
    for i in 1..=steps {
        let earlier: f64 = (1..i).map(|j| (renewals[j] - renewals[j - 1]) * middle[i - j]).sum();
        renewals[i] = (at[i] + earlier - renewals[i - 1] * middle[0]) / (1.0 - middle[0]);
    }
    renewals[steps]
}

/// The same for Erlang lifetimes of `phases` phases and the given mean: failures are every k-th arrival of a Poisson process,
/// M(t) = Σ_j P(N(t) >= j k). Cox (1962), *Renewal Theory*, §4.3.
#[must_use]
pub fn expected_renewals_erlang(phases: u32, mean: f64, horizon: f64) -> Option<f64> {
    if phases == 0 || mean.is_nan() || mean <= 0.0 || !(horizon >= 0.0 && horizon.is_finite()) {
        return None;
    }
    let arrivals = f64::from(phases) * horizon / mean;
    let mut sum = 0.0;
    for j in 1_u64.. {
        let term = poisson_at_least(j * u64::from(phases), arrivals);
        sum += term;
        if term <= 1e-18 * sum || term == 0.0 {
            break;
        }
    }
    Some(sum)
}

/// The line that the renewals approach: t/μ + E(X²)/(2μ²) - 1. Cox (1962), §4.2.
#[must_use]
pub fn renewal_asymptote(mean: f64, variance: f64, horizon: f64) -> f64 {
    horizon / mean + (variance + mean * mean) / (2.0 * mean * mean) - 1.0
}

/// Replacing a unit of Weibull lifetime at an age, before it fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgeReplacement {
    shape: f64,
    scale: f64,
    planned: f64,
    failure: f64,
}

impl AgeReplacement {
    /// Lifetimes of this law, and what a planned replacement and a failure cost; `None` unless all are above 0.
    #[must_use]
    pub fn new(shape: f64, scale: f64, cost_planned: f64, cost_failure: f64) -> Option<Self> {
        let sane = [shape, scale, cost_planned, cost_failure].iter().all(|value| *value > 0.0 && value.is_finite());
        sane.then_some(Self { shape, scale, planned: cost_planned, failure: cost_failure })
    }

    /// E[min(T, age)] = scale/shape × Γ(1/shape) P(1/shape, (age/scale)^shape).
    fn mean_life_up_to(&self, age: f64) -> f64 {
        self.scale * gamma(1.0 + 1.0 / self.shape) * gamma_lr(1.0 / self.shape, (age / self.scale).powf(self.shape))
    }

    /// Cost a unit of time when replaced at `age` > 0: (c_p S + c_f F) / E[min(T, age)].
    #[must_use]
    pub fn cost_rate(&self, age: f64) -> f64 {
        let failed = -(-(age / self.scale).powf(self.shape)).exp_m1();
        (self.planned * (1.0 - failed) + self.failure * failed) / self.mean_life_up_to(age)
    }

    /// Cost a unit of time when nothing is replaced before it fails.
    #[must_use]
    pub fn cost_rate_run_to_failure(&self) -> f64 {
        self.failure / (self.scale * gamma(1.0 + 1.0 / self.shape))
    }

    /// The age with the least cost: where h(t) E[min(T, t)] - F(t) = c_p / (c_f - c_p). `None` where running to failure is
    /// cheapest (a hazard that does not rise, or a failure that costs no more than a plan).
    ///
    /// Barlow & Proschan (1965), *Mathematical Theory of Reliability*, ch. 4 §2.1.
    #[must_use]
    pub fn optimal_age(&self) -> Option<f64> {
        if self.shape <= 1.0 || self.failure <= self.planned {
            return None;
        }
        let wanted = self.planned / (self.failure - self.planned);
        let excess = |x: f64| {
            // x = ln(age / scale)
            let power = (self.shape * x).exp();
            let hazard = self.shape / self.scale * ((self.shape - 1.0) * x).exp();
            hazard * self.mean_life_up_to(self.scale * x.exp()) + (-power).exp_m1() - wanted
        };
        let (mut low, mut high) = (-200.0 / self.shape, 1.0);
        while excess(high) < 0.0 {
            high *= 2.0;
            if high > 600.0 {
                return None;
            }
        }
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if excess(middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(self.scale * f64::midpoint(low, high).exp())
    }
}

/// Failures of a repairable system whose rate drifts: a Poisson process with a × t^b expected by time t (b < 1 grows reliable,
/// b > 1 wears). Crow (1974), *Reliability Analysis for Complex, Repairable Systems*.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerLawProcess {
    a: f64,
    b: f64,
}

impl PowerLawProcess {
    /// The process; `None` unless both are above 0.
    #[must_use]
    pub fn new(a: f64, b: f64) -> Option<Self> {
        (a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite()).then_some(Self { a, b })
    }

    /// Expected failures by `time`.
    #[must_use]
    pub fn expected(&self, time: f64) -> f64 {
        self.a * time.powf(self.b)
    }

    /// P(at most `count` failures by `time`).
    #[must_use]
    pub fn p_at_most(&self, count: u64, time: f64) -> f64 {
        (0..=count).map(|k| poisson_pmf(k, self.expected(time))).sum()
    }

    /// Mean time to the first failure: a^(-1/b) Γ(1 + 1/b).
    #[must_use]
    pub fn mean_first_failure(&self) -> f64 {
        self.a.powf(-1.0 / self.b) * gamma(1.0 + 1.0 / self.b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memoryless_position_fails_at_its_rate() {
        let seen = expected_renewals(|t| -(-t / 7.0_f64).exp_m1(), 21.0).expect("a horizon");
        assert!((seen - 3.0).abs() < 1e-7, "{seen}");
        assert!((expected_renewals_erlang(1, 7.0, 21.0).expect("sane") - 3.0).abs() < 1e-13);
    }

    #[test]
    fn the_integral_equation_and_the_poisson_sum_agree() {
        let rate = 3.0 / 1000.0;
        let cdf = |t: f64| 1.0 - (-rate * t).exp() * (1.0 + rate * t + (rate * t).powi(2) / 2.0);
        let (seen, exact) = (expected_renewals(cdf, 2_500.0), expected_renewals_erlang(3, 1_000.0, 2_500.0));
        assert!((seen.expect("sane") - exact.expect("sane")).abs() < 1e-7, "{seen:?} {exact:?}");
    }

    #[test]
    fn an_infinite_density_at_zero_is_met() {
        // gamma of shape 1/2: the n-th failure has shape n/2, so M(t) = Σ P(n/2, t)
        let cdf = |t: f64| 1.0 - (2.0 * crate::stats::normal_tail((2.0 * t).sqrt()));
        let whole = expected_renewals(|t| if t > 0.0 { cdf(t) } else { 0.0 }, 4.0).expect("a horizon");
        let exact: f64 = (1..400).map(|n| statrs::function::gamma::gamma_lr(f64::from(n) / 2.0, 4.0)).sum();
        assert!((whole - exact).abs() < 1e-4, "{whole} {exact}");
    }

    #[test]
    fn no_age_near_the_best_one_costs_less() {
        let policy = AgeReplacement::new(2.5, 40_000.0, 1.0, 5.0).expect("sane");
        let best = policy.optimal_age().expect("it wears");
        assert!(policy.cost_rate(best) < policy.cost_rate_run_to_failure());
        for factor in [0.9, 0.999, 1.001, 1.1] {
            assert!(policy.cost_rate(best * factor) > policy.cost_rate(best));
        }
        assert_eq!(AgeReplacement::new(0.9, 40_000.0, 1.0, 5.0).expect("sane").optimal_age(), None);
    }

    #[test]
    fn a_constant_rate_is_a_plain_poisson_process() {
        let process = PowerLawProcess::new(0.5, 1.0).expect("sane");
        assert!((process.mean_first_failure() - 2.0).abs() < 1e-14);
        assert!((process.p_at_most(0, 4.0) - (-2.0_f64).exp()).abs() < 1e-15);
    }
}
