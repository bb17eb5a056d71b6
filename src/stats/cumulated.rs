//! Gamma and beta laws from their densities alone: integrated on a line where these are smooth, and inverted.

use super::quadrature::integrate;
use super::{QuantileLaw, normal_density, normal_tail};
use crate::portable::{exp, exp_m1, ln, ln_1p};

/// A density on the line that is log-concave with exponential tails. Everything is measured from its mode, where rounding matters.
pub(super) struct LogConcave {
    /// ln of density ÷ density at the mode.
    log_ratio: fn(d: f64, alpha: f64, beta: f64) -> f64,
    alpha: f64,
    beta: f64,
    mode: f64,
    /// Panels are so wide: a quarter of the width of the peak, and of 1.
    step: f64,
    /// Beyond these the density is exponential to 1e-18.
    ends: (f64, f64),
}

/// Below e^-80 of the mode a tail holds nothing that a double sees.
const DEEP: f64 = 80.0;
/// ln 1e-18.
const EXPONENTIAL: f64 = -42.0;
/// Scores of the table: 0.05 apart from -8.5 to 8.5.
const KNOTS: i32 = 170;
const APART: f64 = 0.05;

impl LogConcave {
    /// ln x of a gamma law with scale 1: density ∝ e^(shape y - e^y).
    pub(super) fn gamma(shape: f64) -> Self {
        Self {
            log_ratio: |d, shape, _| shape * (d - exp_m1(d)),
            alpha: shape,
            beta: f64::INFINITY,
            mode: ln(shape),
            step: 0.25 / shape.max(1.0).sqrt(),
            ends: (EXPONENTIAL, f64::INFINITY),
        }
    }

    /// ln(x ÷ (1 - x)) of a beta law on [0, 1]: density ∝ e^(α y) ÷ (1 + e^y)^(α + β).
    pub(super) fn logistic(alpha: f64, beta: f64) -> Self {
        let sum = alpha + beta;
        let log_ratio = |d: f64, alpha: f64, beta: f64| {
            let (up, down) = (alpha / (alpha + beta), beta / (alpha + beta));
            // ln (1 + e^y) less its value at the mode
            let grown = if d > -1.0 { ln_1p(up * exp_m1(d)) } else { ln(down + up * exp(d)) };
            alpha * d - (alpha + beta) * grown
        };
        Self {
            log_ratio,
            alpha,
            beta,
            mode: ln(alpha / beta),
            step: 0.25 / (alpha * beta / sum).max(1.0).sqrt(),
            ends: (ln(beta / sum) + EXPONENTIAL, -ln(alpha / sum) - EXPONENTIAL),
        }
    }

    /// Density at a distance from the mode, over that at the mode.
    fn density(&self, d: f64) -> f64 {
        exp((self.log_ratio)(d, self.alpha, self.beta))
    }

    /// The law of scale × x above `low` where x > 0, or between `low` and `high`.
    pub(super) fn law(&self, low: f64, high: Option<f64>, scale: f64) -> QuantileLaw {
        let mass = Mass::of(self);
        let knots = (-KNOTS..=KNOTS).map(|knot| {
            let z = f64::from(knot) * APART;
            let (d, density) = mass.reached(z);
            (z, self.mode + d + ln(scale), normal_density(z) * mass.total() / density)
        });
        QuantileLaw::tabulated(low, high, &knots.collect::<Vec<_>>())
    }
}

/// A density added up from both ends.
struct Mass<'a> {
    of: &'a LogConcave,
    first: f64,
    /// Left of each node, and right of it; what is beyond the ends included.
    left: Vec<f64>,
    right: Vec<f64>,
}

impl<'a> Mass<'a> {
    fn of(of: &'a LogConcave) -> Self {
        let deep = exp(-DEEP);
        let out = |sign: f64, end: f64| {
            let mut steps = 1_u32;
            loop {
                let d = sign * of.step * f64::from(steps);
                if sign * d >= sign * end || of.density(d) < deep {
                    return steps;
                }
                steps += 1;
            }
        };
        let (before, after) = (out(-1.0, of.ends.0), out(1.0, of.ends.1));
        let first = -of.step * f64::from(before);
        let node = |i: usize| first + of.step * i as f64;
        let count = (before + after) as usize;
        let panels: Vec<f64> = (0..count).map(|i| integrate(node(i), node(i + 1), 1, |d| of.density(d))).collect();
        let mut left = vec![of.density(first) / of.alpha];
        for panel in &panels {
            left.push(left[left.len() - 1] + panel);
        }
        let mut right = vec![of.density(node(count)) / of.beta];
        for panel in panels.iter().rev() {
            right.push(right[right.len() - 1] + panel);
        }
        right.reverse();
        Self { of, first, left, right }
    }

    fn total(&self) -> f64 {
        self.left[self.left.len() - 1] + self.right[self.right.len() - 1]
    }

    /// The distance from the mode at a score, and the density there.
    fn reached(&self, z: f64) -> (f64, f64) {
        let (total, of) = (self.total(), self.of);
        let last = self.left.len() - 1;
        let node = |i: usize| self.first + of.step * i as f64;
        // each half is measured from its own end, so that both keep their digits
        let (aim, at) = if z < 0.0 {
            let aim = total * normal_tail(-z);
            (aim, self.left.partition_point(|mass| *mass < aim))
        } else {
            let aim = total * normal_tail(z);
            (aim, self.right.partition_point(|mass| *mass > aim))
        };
        if at == 0 {
            return (self.first + ln(aim / self.left[0]) / of.alpha, aim * of.alpha);
        }
        if at > last {
            return (node(last) - ln(aim / self.right[last]) / of.beta, aim * of.beta);
        }
        // Newton's steps inside the panel before node `at`
        let (from, until) = (node(at - 1), node(at));
        let within = if z < 0.0 { aim - self.left[at - 1] } else { self.right[at - 1] - aim };
        let panel = integrate(from, until, 1, |d| of.density(d));
        let mut d = from + of.step * (within / panel).clamp(0.0, 1.0);
        for _ in 0..30 {
            let off = integrate(from, d, 1, |d| of.density(d)) - within;
            let next = (d - off / of.density(d)).clamp(from, until);
            if (next - d).abs() <= 1e-15 * of.step {
                break;
            }
            d = next;
        }
        (d, of.density(d))
    }
}
