//! Intervals and tails.

use plimsoll::stats::{
    Estimate, binomial_at_least, clopper_pearson, estimate, ln_gamma_tail, normal_tail, poisson_at_least, replications_for,
    upper_if_none_seen, wilson,
};
use plimsoll::stream::{Address, Generator, Seed, Stream};

use super::case::{Case, Check, case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &["mc_statistics", "tail_sums"];

#[test]
fn mc_statistics() {
    for case in family("mc_statistics").iter().map(case) {
        let (hits, n, confidence) = (case.number("x") as u64, case.number("n") as u64, case.number("confidence"));
        let exact = clopper_pearson(hits, n, confidence).unwrap();
        let score = wilson(hits, n, confidence).unwrap();
        case.check(|quantity| {
            Some(vec![match quantity {
                "clopper_pearson_low" => exact.low,
                "clopper_pearson_high" => exact.high,
                // without a hit the score interval begins at 0; the file's own last bits (4e-22) are allowed, no more
                "wilson_low" if hits == 0 && case.exact(quantity).abs() < 1e-15 * score.high => {
                    assert_eq!(score.low, 0.0, "{}", case.name);
                    case.exact(quantity)
                }
                "wilson_low" => score.low,
                "wilson_high" => score.high,
                // the file's value is 1 - (1 - c)^(1/n) in floating point: half a spacing of numbers at 1 is in it
                "upper_one_sided_if_zero" => {
                    let seen = upper_if_none_seen(n, confidence)?;
                    let wanted = case.exact(quantity);
                    if (seen - wanted).abs() <= f64::EPSILON / 2.0 { wanted } else { seen }
                }
                other => {
                    let percent: f64 = other.strip_prefix("replications_for_")?.strip_suffix("pct")?.parse().ok()?;
                    replications_for(hits as f64 / n as f64, percent / 100.0, confidence)?
                }
            }])
        });
    }
}

/// The binomial law of the family, fixed in its description.
const TRIALS: (u64, f64) = (200, 0.01);

#[test]
fn tail_sums() {
    for case in family("tail_sums").iter().map(case) {
        let (n, x, k) = (case.number("n"), case.number("x"), case.number("k") as u64);
        case.check(|quantity| {
            Some(vec![match quantity {
                // a sum of n exponential gaps is gamma with shape n
                "p_sum_exp_gt_x" => ln_gamma_tail(n, x).exp(),
                "p_poisson_ge_k" => poisson_at_least(k, case.number("lam")),
                "p_binomial_ge_k" => binomial_at_least(k, TRIALS.0, TRIALS.1),
                "p_normal_gt" => normal_tail(x / n),
                _ => return None,
            }])
        });
    }
}

const DRAWS: u32 = 20_000;

/// Importance sampling: draws of a weight, 0 where the tail was not hit.
fn weighted(case: &Case, purpose: &str, draw: impl Fn(&mut Generator) -> f64) -> Estimate {
    let streams = Stream::root(Seed(6)).named(purpose).at(Address::of(&case.name));
    let all: Vec<f64> = (0..DRAWS).map(|replication| draw(&mut streams.replication(replication).rng())).collect();
    estimate(all.iter().copied())
}

fn poisson(mean: f64, rng: &mut Generator) -> f64 {
    let (mut clock, mut count) = (rng.exponential(), 0.0);
    while clock < mean {
        count += 1.0;
        clock += rng.exponential();
    }
    count
}

/// Each tail by a law tilted so that the tail is where its middle is, and the likelihood ratio back.
pub fn simulated(into: &mut Vec<Check>) {
    for case in family("tail_sums").iter().map(case) {
        let (n, x, mean, k) = (case.number("n"), case.number("x"), case.number("lam"), case.number("k"));
        let rate = (n / x).min(1.0);
        into.push(case.simulated(
            "p_sum_exp_gt_x",
            weighted(&case, "exponential", |rng| {
                let sum: f64 = (0..n as u32).map(|_| rng.exponential() / rate).sum();
                if sum > x { (-(1.0 - rate) * sum).exp() / rate.powf(n) } else { 0.0 }
            }),
        ));
        let tilted = mean.max(k);
        into.push(case.simulated(
            "p_poisson_ge_k",
            weighted(&case, "poisson", |rng| {
                let count = poisson(tilted, rng);
                if count >= k { (tilted - mean + count * (mean / tilted).ln()).exp() } else { 0.0 }
            }),
        ));
        let (trials, p) = (TRIALS.0 as f64, TRIALS.1);
        let q = (k / trials).clamp(p, 0.99);
        into.push(case.simulated(
            "p_binomial_ge_k",
            weighted(&case, "binomial", |rng| {
                let count = (0..TRIALS.0).filter(|_| rng.uniform() < q).count() as f64;
                let ratio = count * (p / q).ln() + (trials - count) * ((1.0 - p) / (1.0 - q)).ln();
                if count >= k { ratio.exp() } else { 0.0 }
            }),
        ));
        let shift = (x / n).max(0.0);
        into.push(case.simulated(
            "p_normal_gt",
            weighted(&case, "normal", |rng| {
                let z = rng.normal() + shift;
                if z > x / n { (shift * (shift / 2.0 - z)).exp() } else { 0.0 }
            }),
        ));
    }
}
