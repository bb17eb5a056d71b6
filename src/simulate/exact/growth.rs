//! Demand that grows like a geometric Brownian motion into a fixed or failing capacity, and a seasonal peak with noise.

use std::f64::consts::TAU;

use crate::stats::{binomial_pmf, mills_ratio, normal_density, normal_quantile, normal_tail};

use super::walk::{Start, Walk};

/// -ζ(1/2) / √(2π): how far, in sd of a step, a barrier looks away when it is watched once a step.
const WATCHED_ONCE_A_STEP: f64 = 0.582_597_157_939_010_6;
const MONTHS: f64 = 12.0;

/// Demand dX = X (μ dt + σ dW) from `start`, and a capacity that it must stay under. Time in years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GrowingDemand {
    start: f64,
    capacity: f64,
    growth: f64,
    volatility: f64,
}

impl GrowingDemand {
    /// Demand with E(X_t) = start × e^(growth × t); `None` unless start, capacity and volatility are above 0 and all finite.
    #[must_use]
    pub fn new(start: f64, capacity: f64, growth: f64, volatility: f64) -> Option<Self> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        (positive(start) && positive(capacity) && positive(volatility) && growth.is_finite()).then_some(Self {
            start,
            capacity,
            growth,
            volatility,
        })
    }

    /// Drift of ln X a year: μ - σ²/2.
    #[must_use]
    pub fn log_drift(&self) -> f64 {
        self.growth - self.volatility * self.volatility / 2.0
    }

    /// ln(capacity / start): how far ln X has to go.
    fn distance(&self) -> f64 {
        (self.capacity / self.start).ln()
    }

    /// P(X reaches the capacity within `years`), watched without a break: Φ(-u) + e^(2νb/σ²) Φ(-w), the second term as
    /// φ(u) × Mills' ratio of w, which can't overflow. Folks & Chhikara (1978), *JRSS B* 40(3), 263–289.
    #[must_use]
    pub fn p_hit_by(&self, years: f64) -> f64 {
        self.p_hit(self.distance(), years)
    }

    fn p_hit(&self, distance: f64, years: f64) -> f64 {
        if distance <= 0.0 {
            return 1.0;
        }
        let (drift, scale) = (self.log_drift(), self.volatility * years.sqrt());
        let (u, w) = ((distance - drift * years) / scale, (distance + drift * years) / scale);
        let reflected = if w > 0.0 {
            normal_density(u) * mills_ratio(w)
        } else {
            (2.0 * drift * distance / (self.volatility * self.volatility)).exp() * normal_tail(w)
        };
        (normal_tail(u) + reflected).min(1.0)
    }

    /// P(X ever reaches the capacity): 1, or e^(2νb/σ²) where ln X drifts down.
    #[must_use]
    pub fn p_ever_hit(&self) -> f64 {
        (2.0 * self.log_drift() * self.distance() / (self.volatility * self.volatility)).min(0.0).exp()
    }

    /// Years by which the capacity is reached with probability `p`; `None` where it is reached less often than that.
    #[must_use]
    pub fn first_passage_quantile(&self, p: f64) -> Option<f64> {
        if !(p > 0.0 && p < self.p_ever_hit()) {
            return None;
        }
        let (mut low, mut high) = (0.0, 1.0);
        while self.p_hit_by(high) < p {
            (low, high) = (high, high * 2.0);
            if high > 1e12 {
                return None;
            }
        }
        // halving to the last bit: the law is smooth but its density may be tiny on one side
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if self.p_hit_by(middle) < p {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(high)
    }

    /// Mean and variance of the years to the capacity, b/ν and bσ²/ν³; `None` where it may never be reached.
    #[must_use]
    pub fn first_passage_moments(&self) -> Option<(f64, f64)> {
        let drift = self.log_drift();
        let distance = self.distance().max(0.0);
        (drift > 0.0).then(|| (distance / drift, distance * self.volatility.powi(2) / drift.powi(3)))
    }

    /// P(X has been at the capacity or above at the end of month n or before), n = 1, …, `months`.
    #[must_use]
    pub fn p_hit_monthly(&self, months: u32) -> Vec<f64> {
        let step = Walk::new(1.0, self.log_drift() / MONTHS, self.volatility / MONTHS.sqrt());
        step.and_then(|walk| walk.hit_by(self.distance(), months, Start::At(0.0))).unwrap_or_default()
    }

    /// The monthly probability from the continuous one with the barrier moved away by 0.5826 σ √(1/12).
    ///
    /// Broadie, Glasserman & Kou (1997), "A continuity correction for discrete barrier options", *Mathematical Finance* 7(4).
    #[must_use]
    pub fn p_hit_monthly_corrected(&self, years: f64) -> f64 {
        self.p_hit(self.distance() + WATCHED_ONCE_A_STEP * self.volatility / MONTHS.sqrt(), years)
    }

    /// P(X_t >= amount) after `years` > 0.
    #[must_use]
    pub fn p_above(&self, amount: f64, years: f64) -> f64 {
        if amount <= 0.0 {
            return 1.0;
        }
        normal_tail(((amount / self.start).ln() - self.log_drift() * years) / (self.volatility * years.sqrt()))
    }

    /// E(X_t) after `years`.
    #[must_use]
    pub fn mean(&self, years: f64) -> f64 {
        self.start * (self.growth * years).exp()
    }

    /// The amount under which X_t is with probability `p` after `years`.
    #[must_use]
    pub fn quantile(&self, p: f64, years: f64) -> f64 {
        self.start * (self.log_drift() * years + self.volatility * years.sqrt() * normal_quantile(p)).exp()
    }

    /// P(demand > capacity) after `years` when capacity is `per_server` for each of `servers` that is up, each on its own with
    /// probability `availability`: a binomial mixture of lognormal tails.
    #[must_use]
    pub fn p_overload(&self, servers: u32, availability: f64, per_server: f64, years: f64) -> f64 {
        (0..=servers)
            .map(|up| {
                binomial_pmf(u64::from(up), u64::from(servers), availability) * self.p_above(f64::from(up) * per_server, years)
            })
            .sum()
    }
}

/// A daily peak: level × (1 + growth)^(d/365) + amplitude × sin(2πd/7) + N(0, noise²), d = 1, 2, …, days independent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeasonalPeak {
    /// Level at day 0.
    pub level: f64,
    /// Growth a year, above -1.
    pub annual_growth: f64,
    /// Amplitude of the week.
    pub amplitude: f64,
    /// Standard deviation of a day, 0 or more.
    pub noise_sd: f64,
}

/// When, how often and how likely a daily peak exceeds a capacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exceedance {
    /// P(a day or more above the capacity).
    pub p_any: f64,
    /// Expected days above it.
    pub expected_days: f64,
    /// The first day by which it has happened with probability one half; `None` where it does not come to that.
    pub median_first_day: Option<u32>,
}

impl SeasonalPeak {
    /// The expected peak of day `d`.
    #[must_use]
    pub fn mean(&self, day: u32) -> f64 {
        let d = f64::from(day);
        self.level * (1.0 + self.annual_growth).powf(d / 365.0) + self.amplitude * (TAU * d / 7.0).sin()
    }

    /// The exceedance of `capacity` over days 1 to `days`.
    #[must_use]
    pub fn exceedance(&self, capacity: f64, days: u32) -> Exceedance {
        let (mut ln_none, mut expected_days, mut median_first_day) = (0.0, 0.0, None);
        for day in 1..=days {
            let above = if self.noise_sd > 0.0 {
                normal_tail((capacity - self.mean(day)) / self.noise_sd)
            } else {
                f64::from(u8::from(self.mean(day) > capacity))
            };
            ln_none += (-above).ln_1p();
            expected_days += above;
            if median_first_day.is_none() && -f64::exp_m1(ln_none) >= 0.5 {
                median_first_day = Some(day);
            }
        }
        Exceedance { p_any: -f64::exp_m1(ln_none), expected_days, median_first_day }
    }
}

/// A walk of +1 with probability `p_up`, else -1, from `start` until 0 or `upper`: P(it ends at `upper`) and its mean steps.
/// `None` unless 0 <= start <= upper, upper > 0 and `p_up` is in (0, 1).
///
/// Feller (1968), *An Introduction to Probability Theory*, vol. 1, ch. XIV. By elimination from below without a subtraction, so
/// that a fair walk and a rare end keep all digits: C_0 = 1, C_k = qC/(p + qC), D_k = A_k + (1 - C_k) D_(k+1).
#[must_use]
pub fn gamblers_ruin(p_up: f64, start: u32, upper: u32) -> Option<(f64, f64)> {
    if !(p_up > 0.0 && p_up < 1.0) || start > upper || upper == 0 {
        return None;
    }
    if start == 0 || start == upper {
        return Some((f64::from(u8::from(start == upper)), 0.0));
    }
    let (p, q) = (p_up, 1.0 - p_up);
    let (mut back, mut time) = (1.0, 0.0);
    let mut onward = Vec::new();
    for _ in 1..upper {
        let leave = p + q * back;
        time = (1.0 + q * time) / leave;
        back = q * back / leave;
        onward.push((p / leave, time));
    }
    let (mut reach, mut steps) = (1.0, 0.0);
    for (up, wait) in onward[start as usize - 1..].iter().rev() {
        reach *= up;
        steps = wait + up * steps;
    }
    Some((reach, steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand_is_at_the_capacity_by_the_quantile_of_its_first_passage() {
        let demand = GrowingDemand::new(100.0, 150.0, 0.2, 0.15).expect("sane");
        for p in [1e-6, 0.1, 0.5, 0.9, 0.999] {
            let years = demand.first_passage_quantile(p).expect("ln X drifts up");
            assert!((demand.p_hit_by(years) - p).abs() < 1e-13, "{p}");
        }
        let down = GrowingDemand::new(100.0, 150.0, -0.2, 0.15).expect("sane");
        assert_eq!(down.first_passage_quantile(0.9), None);
        assert_eq!(down.first_passage_moments(), None);
    }

    #[test]
    fn watching_less_often_sees_fewer_hits_and_the_correction_says_how_many() {
        let demand = GrowingDemand::new(100.0, 150.0, 0.2, 0.15).expect("sane");
        let monthly = demand.p_hit_monthly(24)[23];
        assert!(monthly < demand.p_hit_by(2.0) && monthly > demand.p_above(150.0, 2.0));
        // the correction is of order 1/√12 of a step: what is left is under a tenth of what it corrects here
        assert!((demand.p_hit_monthly_corrected(2.0) - monthly).abs() < 0.2 * (demand.p_hit_by(2.0) - monthly));
    }

    #[test]
    fn a_capacity_already_reached_is_reached() {
        let demand = GrowingDemand::new(100.0, 90.0, 0.2, 0.15).expect("sane");
        assert_eq!(demand.p_hit_by(0.1), 1.0);
        assert!(demand.p_hit_monthly(1)[0] > 0.99);
    }

    #[test]
    fn a_fair_and_an_unfair_game_end_as_feller_says() {
        let (reach, steps) = gamblers_ruin(0.5, 7, 20).expect("a game");
        assert!((reach - 0.35).abs() < 1e-15 && (steps - 91.0).abs() < 1e-12);
        let (p, q): (f64, f64) = (0.45, 0.55);
        let (reach, steps) = gamblers_ruin(p, 10, 30).expect("a game");
        let closed = ((q / p).powi(10) - 1.0) / ((q / p).powi(30) - 1.0);
        assert!((reach - closed).abs() < 1e-14 && (steps - (10.0 - 30.0 * closed) / (q - p)).abs() < 1e-10);
        assert_eq!(gamblers_ruin(0.5, 0, 3), Some((0.0, 0.0)));
        assert_eq!(gamblers_ruin(0.5, 4, 3), None);
    }

    #[test]
    fn servers_that_never_fail_leave_the_plain_tail() {
        let demand = GrowingDemand::new(100.0, 150.0, 0.2, 0.15).expect("sane");
        let seen = demand.p_overload(15, 1.0, 10.0, 1.0);
        assert!((seen - demand.p_above(150.0, 1.0)).abs() < 1e-15);
    }

    #[test]
    fn a_peak_without_noise_is_over_on_the_day_it_crosses() {
        let peak = SeasonalPeak { level: 100.0, annual_growth: 0.3, amplitude: 0.0, noise_sd: 0.0 };
        let seen = peak.exceedance(115.0, 365);
        let day = (365.0 * (1.15_f64).ln() / 1.3_f64.ln()).ceil() as u32;
        assert_eq!(seen.median_first_day, Some(day));
        assert_eq!(seen.expected_days, f64::from(365 - day + 1));
    }
}
