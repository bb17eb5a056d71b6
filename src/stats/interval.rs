//! Intervals for a share that was counted.

use serde::Serialize;

use super::tails::{binomial_at_least, binomial_pmf, complement, normal_quantile_of_tail};

/// From `low` to `high`, both in the unit of what they enclose.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether it encloses a value.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A count of hits that makes a share, with a confidence strictly between 0 and 1.
fn sensible(hits: u64, n: u64, confidence: f64) -> bool {
    n > 0 && hits <= n && confidence > 0.0 && confidence < 1.0
}

/// The exact two-sided interval of a share of `hits` in `n` trials; `None` for no trials, more hits than trials or a confidence
/// outside (0, 1).
///
/// The low end solves P(X >= hits; p) = α/2, the high end P(X <= hits; p) = α/2. Never covers less often than promised.
/// Clopper & Pearson (1934), *Biometrika* 26(4), 404–413.
///
/// ```
/// let seen = plimsoll::stats::clopper_pearson(0, 1_000_000, 0.95).unwrap();
/// assert_eq!(seen.low, 0.0);
/// assert!((seen.high - 3.689e-6).abs() < 1e-9);
/// ```
#[must_use]
pub fn clopper_pearson(hits: u64, n: u64, confidence: f64) -> Option<Interval> {
    let each = complement(confidence) / 2.0;
    sensible(hits, n, confidence).then(|| Interval { low: low_end(hits, n, each), high: high_end(hits, n, each) })
}

/// The p with P(X >= hits; p) = `tail`: Newton on the logarithms, kept inside a bracket.
fn low_end(hits: u64, n: u64, tail: f64) -> f64 {
    if hits == 0 {
        return 0.0;
    }
    root(hits as f64 / n as f64 * 0.5, |p| {
        let seen = binomial_at_least(hits, n, p);
        // d P(X >= k) / dp = k pmf(k) / p
        (seen.ln() - tail.ln(), hits as f64 * binomial_pmf(hits, n, p) / seen)
    })
}

/// The p with P(X <= hits; p) = `tail`: an equation of its own, as 1 - (something near 1) would lose the digits of a small end.
fn high_end(hits: u64, n: u64, tail: f64) -> f64 {
    if hits == n {
        return 1.0;
    }
    if hits == 0 {
        return -(tail.ln() / n as f64).exp_m1();
    }
    let misses = n - hits;
    root((hits as f64 + 1.0) / n as f64, |p| {
        // P(X <= hits; p) = P(misses >= n - hits; 1 - p)
        let seen = at_most(hits, n, p);
        // d P(X <= k) / dp = -(n - k) pmf(k) / (1 - p); turned round so that the function rises
        (tail.ln() - seen.ln(), misses as f64 * binomial_pmf(hits, n, p) / seen * p / (1.0 - p))
    })
}

/// P(X <= k), summed downwards: relative precision where it is small.
fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if k as f64 >= n as f64 * p {
        return 1.0 - binomial_at_least(k + 1, n, p);
    }
    let (mut term, mut sum, mut at) = (binomial_pmf(k, n, p), 0.0, k);
    while term > 1e-18 * sum {
        sum += term;
        if at == 0 {
            break;
        }
        term *= at as f64 * (1.0 - p) / ((n - at + 1) as f64 * p);
        at -= 1;
    }
    sum
}

/// The root in (0, 1) of a rising function that gives its value and its slope by ln p.
fn root(start: f64, f: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    let mut p = start.clamp(1e-300, 1.0 - 1e-12);
    for _ in 0..200 {
        let (value, slope) = f(p);
        if value < 0.0 {
            low = p;
        } else {
            high = p;
        }
        let mut next = p * (-value / slope).clamp(-2.0, 2.0).exp();
        if !(next > low && next < high) {
            next = f64::midpoint(low, high);
        }
        if (next - p).abs() <= 4.0 * f64::EPSILON * p {
            return next;
        }
        p = next;
    }
    p
}

/// The score interval of a share of `hits` in `n` trials; `None` as in [`clopper_pearson`].
///
/// The roots of (p̂ - p)² = z² p(1-p)/n; the lower one from the product of both, so that it is exactly 0 when nothing was hit.
/// Wilson (1927), *Journal of the American Statistical Association* 22, 209–212.
#[must_use]
pub fn wilson(hits: u64, n: u64, confidence: f64) -> Option<Interval> {
    if !sensible(hits, n, confidence) {
        return None;
    }
    let (share, trials) = (hits as f64 / n as f64, n as f64);
    let square = normal_quantile_of_tail(complement(confidence) / 2.0).powi(2) / trials;
    let spread = (square * share * (1.0 - share) + square * square / 4.0).sqrt();
    let high = (share + square / 2.0 + spread) / (1.0 + square);
    Some(Interval { low: share * share / ((1.0 + square) * high), high: high.min(1.0) })
}

/// The one-sided upper bound of a probability after `n` trials without a hit: 1 - (1 - confidence)^(1/n), about 3/n at 95 %.
#[must_use]
pub fn upper_if_none_seen(n: u64, confidence: f64) -> Option<f64> {
    sensible(0, n, confidence).then(|| -(complement(confidence).ln() / n as f64).exp_m1())
}

/// Crude replications after which the half-width of the interval for a share is `relative` times the share:
/// (z / relative)² (1 - p) / p. `None` for a share of 0 or 1, or a half-width or confidence that makes no sense.
#[must_use]
pub fn replications_for(share: f64, relative: f64, confidence: f64) -> Option<f64> {
    let sane = share > 0.0 && share < 1.0 && relative > 0.0 && confidence > 0.0 && confidence < 1.0;
    sane.then(|| (normal_quantile_of_tail(complement(confidence) / 2.0) / relative).powi(2) * (1.0 - share) / share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_exact_interval_solve_their_equations() {
        for (hits, n) in [(1, 5), (3, 10_000), (480, 1_000), (999, 1_000), (500_000, 1_000_000)] {
            let interval = clopper_pearson(hits, n, 0.99).expect("sensible");
            let below = binomial_at_least(hits, n, interval.low);
            let above = at_most(hits, n, interval.high);
            assert!((below / 0.005 - 1.0).abs() < 1e-9 && (above / 0.005 - 1.0).abs() < 1e-9, "{hits} {n} {below} {above}");
        }
    }

    #[test]
    fn nothing_and_everything_seen_have_closed_forms() {
        let none = clopper_pearson(0, 50, 0.95).expect("sensible");
        assert!((none.high - (1.0 - 0.025_f64.powf(0.02))).abs() < 1e-14 && none.low == 0.0);
        let all = clopper_pearson(50, 50, 0.95).expect("sensible");
        assert!((all.low - 0.025_f64.powf(0.02)).abs() < 1e-14 && all.high == 1.0);
        assert!((upper_if_none_seen(50, 0.95).expect("sensible") - (1.0 - 0.05_f64.powf(0.02))).abs() < 1e-14);
        assert_eq!(wilson(0, 50, 0.95).expect("sensible").low, 0.0);
    }

    #[test]
    fn the_exact_interval_covers_at_least_as_often_as_it_says() {
        // coverage at every p of a grid, by summing the binomial law: no sampling
        for step in 1..40 {
            let p = f64::from(step) / 40.0;
            let covered: f64 = (0..=30)
                .filter(|hits| clopper_pearson(*hits, 30, 0.9).expect("sensible").contains(p))
                .map(|hits| binomial_pmf(hits, 30, p))
                .sum();
            assert!(covered >= 0.9, "{p}: {covered}");
        }
    }

    #[test]
    fn what_makes_no_share_has_no_interval() {
        assert_eq!(clopper_pearson(1, 0, 0.95), None);
        assert_eq!(clopper_pearson(2, 1, 0.95), None);
        assert_eq!(wilson(1, 2, 1.0), None);
        assert_eq!(replications_for(0.0, 0.1, 0.95), None);
    }
}
