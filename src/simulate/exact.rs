//! Exact answers, used as checks of the simulation and in its place where a model qualifies.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF, Poisson};

/// A distribution over whole amounts: `pmf[k]` = P(amount = k).
pub type Pmf = Vec<f64>;

/// The sum of two independent amounts.
#[must_use]
pub fn convolve(a: &[f64], b: &[f64]) -> Pmf {
    let mut sum = vec![0.0; a.len() + b.len() - 1];
    for (i, p) in a.iter().enumerate().filter(|(_, p)| **p > 0.0) {
        for (j, q) in b.iter().enumerate() {
            sum[i + j] += p * q;
        }
    }
    sum
}

/// Capacity of independent two-state units, each `(capacity, availability)`: the capacity table of resource adequacy.
///
/// Billinton & Allan (1996), *Reliability Evaluation of Power Systems*, §2.2.
#[must_use]
pub fn capacity_table(units: &[(u32, f64)]) -> Pmf {
    units.iter().fold(vec![1.0], |table, (capacity, availability)| {
        let mut next = vec![0.0; table.len() + *capacity as usize];
        for (k, p) in table.iter().enumerate() {
            next[k] += p * (1.0 - availability);
            next[k + *capacity as usize] += p * availability;
        }
        next
    })
}

/// Hours short and unserved amount against an hourly load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adequacy {
    /// Expected hours with capacity below load.
    pub lole_hours: f64,
    /// Expected amount × hours not served.
    pub eue: f64,
}

/// Exact adequacy of a capacity table against loads of one hour each: Σ P(C < L), Σ E[(L - C)+].
#[must_use]
pub fn adequacy(table: &[f64], loads: &[f64]) -> Adequacy {
    let (below, amount) = cumulated(table);
    let mut sums = Adequacy { lole_hours: 0.0, eue: 0.0 };
    for load in loads {
        // States strictly below the load: 0 ..= ceil(load) - 1.
        let states = (load.ceil().max(0.0) as usize).min(table.len());
        sums.lole_hours += below[states];
        sums.eue += load * below[states] - amount[states];
    }
    sums
}

/// P(C < k) and E[C; C < k] for k = 0..=n.
fn cumulated(table: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (mut below, mut amount) = (vec![0.0], vec![0.0]);
    for (k, p) in table.iter().enumerate() {
        below.push(below[k] + p);
        amount.push(amount[k] + k as f64 * p);
    }
    (below, amount)
}

/// Mean, variance, and the smallest amount whose cumulated probability reaches each of `probabilities`.
#[must_use]
pub fn moments(pmf: &[f64], probabilities: &[f64]) -> (f64, f64, Vec<usize>) {
    let mean: f64 = pmf.iter().enumerate().map(|(k, p)| k as f64 * p).sum();
    let variance = pmf.iter().enumerate().map(|(k, p)| (k as f64 - mean).powi(2) * p).sum();
    let quantile = |wanted: &f64| {
        let mut sum = 0.0;
        pmf.iter()
            .position(|p| {
                sum += p;
                sum >= *wanted
            })
            .unwrap_or(pmf.len() - 1)
    };
    (mean, variance, probabilities.iter().map(quantile).collect())
}

/// Units up of `units` that are each up with probability `availability`.
#[must_use]
pub fn binomial(units: u32, availability: f64) -> Pmf {
    (0..units).fold(vec![1.0], |pmf, _| convolve(&pmf, &[1.0 - availability, availability]))
}

/// The same when all are lost together with probability 1 - `availability`.
#[must_use]
pub fn under_domain(pmf: &[f64], availability: f64) -> Pmf {
    let mut under: Pmf = pmf.iter().map(|p| p * availability).collect();
    under[0] += 1.0 - availability;
    under
}

/// k-out-of-n units with exponential failures and repairs, a number of repair crews, and spares that fail at a share of the
/// active rate (1: hot, 0: cold). State i = units failed; down when fewer than `needed` are up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KOfN {
    /// Units in all.
    pub units: u32,
    /// Units needed.
    pub needed: u32,
    /// Mean time to failure of an active unit, in hours.
    pub mttf: f64,
    /// Mean time to repair, in hours.
    pub mttr: f64,
    /// Repairs at once.
    pub crews: u32,
    /// Failure rate of a spare ÷ that of an active unit.
    pub standby: f64,
}

impl KOfN {
    fn fails(&self, failed: u32) -> f64 {
        let up = self.units - failed;
        let active = up.min(self.needed);
        (f64::from(active) + self.standby * f64::from(up - active)) / self.mttf
    }

    fn repairs(&self, failed: u32) -> f64 {
        f64::from(failed.min(self.crews)) / self.mttr
    }

    /// The first down state.
    fn down(&self) -> usize {
        (self.units - self.needed + 1) as usize
    }

    /// Steady-state probability of each number of failed units, by detailed balance.
    #[must_use]
    pub fn steady(&self) -> Pmf {
        let mut weights = vec![1.0];
        for i in 0..self.units {
            let last = weights[i as usize];
            weights.push(last * self.fails(i) / self.repairs(i + 1));
        }
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    }

    /// P(down) in steady state.
    #[must_use]
    pub fn unavailability(&self) -> f64 {
        self.steady()[self.down()..].iter().sum()
    }

    /// Outages per hour in steady state.
    #[must_use]
    pub fn outage_frequency(&self) -> f64 {
        let edge = self.down() - 1;
        self.steady()[edge] * self.fails(edge as u32)
    }

    /// Mean units up in steady state.
    #[must_use]
    pub fn mean_up(&self) -> f64 {
        f64::from(self.units) - moments(&self.steady(), &[]).0
    }

    /// Mean hours from all up to the first outage: Σ over the edges below it of (1 + repairs(i) · h(i-1)) / fails(i).
    #[must_use]
    pub fn mttf_system(&self) -> f64 {
        let mut step = 0.0;
        let steps = (0..self.down() as u32).map(|i| {
            step = (1.0 + self.repairs(i) * step) / self.fails(i);
            step
        });
        steps.sum()
    }

    /// Transient measures over `0..hours` with all up at 0, by uniformization.
    #[must_use]
    pub fn transient(&self, hours: f64) -> Transient {
        let all = self.jump(hours, false);
        let first = self.jump(hours, true);
        let down = self.down();
        let edge = down - 1;
        Transient {
            unavailability: all.at_end[down..].iter().sum(),
            interval_unavailability: all.mean[down..].iter().sum(),
            expected_outages: all.mean[edge] * self.fails(edge as u32) * hours,
            p_outage: first.at_end[down],
            p_no_outage: first.at_end[..down].iter().sum(),
        }
    }

    /// State probabilities at the end, and their mean over the time, started all up; the first down state may absorb.
    ///
    /// Uniformization: jumps of a Poisson clock of rate Λ; Σ Poisson(k) P^k and Σ P(N > k) / (Λ t) P^k.
    /// Grassmann (1977), "Transient solutions in Markovian queueing systems", *Computers & OR* 4, 47–53.
    fn jump(&self, hours: f64, absorb: bool) -> Jumped {
        let states = if absorb { self.down() + 1 } else { self.units as usize + 1 };
        let leaves = |i: usize| -> (f64, f64) {
            if absorb && i + 1 == states {
                return (0.0, 0.0);
            }
            let i = i as u32;
            (if i < self.units { self.fails(i) } else { 0.0 }, self.repairs(i))
        };
        let rate = (0..states).map(|i| leaves(i).0 + leaves(i).1).fold(0.0, f64::max) * 1.02;
        let jumps = rate * hours;
        let poisson = poisson_weights(jumps);
        let mut now = vec![0.0; states];
        now[0] = 1.0;
        let (mut at_end, mut mean) = (vec![0.0; states], vec![0.0; states]);
        for (weight, beyond) in poisson {
            for i in 0..states {
                at_end[i] += weight * now[i];
                mean[i] += beyond / jumps * now[i];
            }
            let mut next = vec![0.0; states];
            for (i, p) in now.iter().enumerate() {
                let (up, back) = leaves(i);
                next[i] += p * (1.0 - (up + back) / rate);
                if up > 0.0 {
                    next[i + 1] += p * up / rate;
                }
                if back > 0.0 {
                    next[i - 1] += p * back / rate;
                }
            }
            now = next;
        }
        Jumped { at_end, mean }
    }
}

struct Jumped {
    at_end: Vec<f64>,
    mean: Vec<f64>,
}

/// P(N = k) and P(N > k) for k = 0, 1, … until less than 1e-18 is left: by ratios from the mode outwards, then normalised, so
/// that no error builds up. Fox & Glynn (1988), "Computing Poisson probabilities", *CACM* 31(4), 440–445.
fn poisson_weights(mean: f64) -> Vec<(f64, f64)> {
    let last = (mean + 12.0 * mean.sqrt() + 60.0) as usize;
    let mode = mean.floor() as usize;
    let mut weights = vec![0.0; last + 1];
    weights[mode] = 1.0;
    for k in mode..last {
        weights[k + 1] = weights[k] * mean / (k + 1) as f64;
    }
    for k in (0..mode).rev() {
        weights[k] = weights[k + 1] * (k + 1) as f64 / mean;
    }
    let mut sorted = weights.clone();
    sorted.sort_by(f64::total_cmp);
    let total: f64 = sorted.iter().sum();
    for weight in &mut weights {
        *weight /= total;
    }
    let mut beyond: Vec<f64> = vec![0.0; weights.len()];
    for k in (0..weights.len() - 1).rev() {
        beyond[k] = beyond[k + 1] + weights[k + 1];
    }
    weights.into_iter().zip(beyond).collect()
}

/// What happens to a k-of-n group within a time, all up at its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transient {
    /// P(down) at the end.
    pub unavailability: f64,
    /// Expected share of the time down.
    pub interval_unavailability: f64,
    /// Expected number of outages begun.
    pub expected_outages: f64,
    /// P(at least one outage).
    pub p_outage: f64,
    /// P(none): summed on its own, as it may be far smaller than 1 − `p_outage` can tell.
    pub p_no_outage: f64,
}

/// A fleet of `needed` units with spares whose replacement takes a lead time; times in one unit of your choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spares {
    /// Units that must run.
    pub needed: u32,
    /// Spares.
    pub spares: u32,
    /// Mean time to failure of a running unit.
    pub mttf: f64,
    /// Mean time to replace.
    pub lead_time: f64,
}

impl Spares {
    /// All `needed + spares` run, each failed one is replaced after the lead time (any law): P(fewer than needed up), binomial.
    ///
    /// # Panics
    /// Never: the availability is within 0 to 1 by construction.
    #[must_use]
    pub fn p_short_hot(&self) -> f64 {
        let down = self.lead_time / (self.mttf + self.lead_time);
        let failed =
            Binomial::new(down, u64::from(self.needed + self.spares)).expect("a ratio of positive times is a probability");
        failed.sf(u64::from(self.spares))
    }

    /// Orders under way when spares sit on a shelf and each failure orders one: Poisson by Palm's theorem (any lead-time law).
    fn pipeline(&self) -> Poisson {
        Poisson::new(f64::from(self.needed) * self.lead_time / self.mttf).expect("times are positive")
    }

    /// P(a position is empty) = P(under way > spares).
    #[must_use]
    pub fn p_short_palm(&self) -> f64 {
        self.pipeline().sf(u64::from(self.spares))
    }

    /// P(a failure finds a spare on the shelf) = P(under way < spares), as arrivals see time averages.
    #[must_use]
    pub fn fill_rate_palm(&self) -> f64 {
        if self.spares == 0 { 0.0 } else { self.pipeline().cdf(u64::from(self.spares) - 1) }
    }

    /// Expected empty positions: E[(under way - spares)+] = (m - k) P(N > k) + m·P(N = k) for a Poisson mean m.
    #[must_use]
    pub fn backorders_palm(&self) -> f64 {
        let (mean, k) = (f64::from(self.needed) * self.lead_time / self.mttf, u64::from(self.spares));
        (mean - k as f64) * self.pipeline().sf(k) + mean * self.pipeline().pmf(k)
    }

    /// The fewest spares with P(a position is empty) at most `probability`.
    #[must_use]
    pub fn spares_for(&self, probability: f64) -> u32 {
        (0..u32::MAX).find(|spares| Self { spares: *spares, ..*self }.p_short_palm() <= probability).unwrap_or(u32::MAX)
    }

    /// Ordering once an interval: P(failures over interval and lead time exceed the spares).
    #[must_use]
    pub fn p_stockout_periodic(&self, interval: f64) -> f64 {
        let mean = f64::from(self.needed) * (interval + self.lead_time) / self.mttf;
        Poisson::new(mean).expect("times are positive").sf(u64::from(self.spares))
    }
}
