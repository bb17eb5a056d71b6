//! Sums of independent amounts: capacity of units and domains, and what load it leaves unserved.

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
    let (below, short) = cumulated(table);
    let mut sums = Adequacy { lole_hours: 0.0, eue: 0.0 };
    for load in loads.iter().filter(|load| **load > 0.0) {
        // the whole amounts strictly below the load, 0 to `last`
        let last = load.ceil() as usize - 1;
        let states = (last + 1).min(table.len());
        sums.lole_hours += below[states];
        // E[(L - C)+] grows by P(C < L) per unit of load: positive terms only, so that rare shortages keep their digits
        let from = last.min(table.len());
        sums.eue += short[from] + (load - from as f64) * below[states];
    }
    sums
}

/// P(C < k) and E[(k - C)+] for k = 0..=n.
fn cumulated(table: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (mut below, mut short) = (vec![0.0], vec![0.0]);
    for (k, p) in table.iter().enumerate() {
        below.push(below[k] + p);
        short.push(short[k] + below[k + 1]);
    }
    (below, short)
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
