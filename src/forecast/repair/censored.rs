//! Demand behind a ceiling: values at it say "at least".

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::erf::erfc;

/// The noise about the expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// The same size at every level.
    Normal,
    /// In proportion to the level: logarithms are normal.
    Lognormal,
}

/// Demand as it would have been without a ceiling.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncensored {
    /// The noise that explains the values better.
    pub noise: Noise,
    /// Recorded values below the ceiling; where the ceiling was met, the mean of what demand may have been, never under the
    /// ceiling. Gaps stay NaN.
    pub demand: Vec<f64>,
    /// Which steps met the ceiling.
    pub censored: Vec<bool>,
    /// Expectation of the noise scale (the logarithm for lognormal noise) at every step, gaps too.
    centre: Vec<f64>,
    /// The standard deviation on that scale.
    sd: f64,
}

impl Uncensored {
    /// The expected demand at step `index`, in the unit of the series.
    #[must_use]
    pub fn expected(&self, index: usize) -> f64 {
        match self.noise {
            Noise::Normal => self.centre[index],
            Noise::Lognormal => (self.centre[index] + 0.5 * self.sd * self.sd).min(700.0).exp(),
        }
    }

    /// The quantile of demand at step `index` for probability `p` strictly between 0 and 1, in the unit of the series.
    #[must_use]
    pub fn quantile(&self, index: usize, p: f64) -> f64 {
        let value = self.centre[index] + self.sd * Normal::standard().inverse_cdf(p);
        if self.noise == Noise::Lognormal { value.min(700.0).exp() } else { value }
    }

    /// The share of recorded values that met the ceiling.
    #[must_use]
    pub fn share(&self) -> f64 {
        let seen = self.demand.iter().filter(|value| value.is_finite()).count();
        self.censored.iter().filter(|met| **met).count() as f64 / seen.max(1) as f64
    }
}

/// Values within this share of the ceiling met it.
const AT: f64 = 1e-3;
/// Most pools a season: longer ones share a pool among neighbouring phases.
const POOLS: usize = 48;
/// Fewest values below the ceiling.
const FEWEST: usize = 10;
/// The mean of the two neighbouring pools counts as this over n² observations in a pool of n: a pool that was always at the ceiling
/// tells only "at least", and would drift without end; others hardly notice.
const NEIGHBOURS: f64 = 1.0;
/// EM passes, at most; and the relative change of the deviation at which it stops.
const PASSES: (usize, f64) = (300, 1e-6);

/// The demand behind values that were cut off at `ceiling`; `None` without values at it, or with fewer than ten below.
///
/// Demand is normal (or lognormal, whichever has the larger likelihood) about the mean of its phase of the `season` plus a common
/// linear trend, with one standard deviation; values at the ceiling are right-censored. Tobin (1958), "Estimation of relationships
/// for limited dependent variables", *Econometrica* 26, 24–36, fitted by EM (Dempster, Laird & Rubin 1977, *JRSS B* 39, 1–38).
#[must_use]
pub fn uncensor(values: &[f64], season: usize, ceiling: f64) -> Option<Uncensored> {
    let line = ceiling - AT * ceiling.abs();
    let censored: Vec<bool> = values.iter().map(|value| *value >= line).collect();
    let free = values.iter().filter(|value| value.is_finite() && **value < line).count();
    if free < FEWEST || !censored.contains(&true) {
        return None;
    }
    let normal = Tobit::fit(values, &censored, season, ceiling);
    let positive = ceiling > 0.0 && values.iter().all(|value| value.is_nan() || *value > 0.0);
    let logarithms = positive.then(|| {
        let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        // The density of a value is that of its logarithm over the value.
        let jacobian: f64 = logs.iter().zip(&censored).filter(|(log, met)| log.is_finite() && !**met).map(|(log, _)| log).sum();
        let fitted = Tobit::fit(&logs, &censored, season, ceiling.ln());
        (fitted.likelihood - jacobian, fitted)
    });
    let (noise, fitted) = match logarithms {
        Some((likelihood, fitted)) if likelihood > normal.likelihood => (Noise::Lognormal, fitted),
        _ => (Noise::Normal, normal),
    };
    if !fitted.sd.is_finite() || fitted.centre.iter().any(|centre| !centre.is_finite()) {
        return None; // squares beyond what numbers hold
    }
    let limit = if noise == Noise::Lognormal { ceiling.ln() } else { ceiling };
    let demand =
        (0..values.len()).map(|t| if censored[t] { fitted.beyond(t, noise, limit, ceiling) } else { values[t] }).collect();
    Some(Uncensored { noise, demand, censored, centre: fitted.centre, sd: fitted.sd })
}

/// Pool means, a trend and a deviation, fitted.
struct Tobit {
    centre: Vec<f64>,
    sd: f64,
    likelihood: f64,
}

impl Tobit {
    fn fit(values: &[f64], censored: &[bool], season: usize, limit: f64) -> Self {
        let season = if values.len() >= 2 * season { season.max(1) } else { 1 };
        let pools = season.min(POOLS);
        let pool = |t: usize| t % season * pools / season;
        let seen: Vec<usize> = (0..values.len()).filter(|t| values[*t].is_finite()).collect();
        let count = seen.len() as f64;
        let middle = seen.iter().map(|t| *t as f64).sum::<f64>() / count;
        let mut guess: Vec<f64> = values.to_vec();
        let mut squares: Vec<f64> = vec![0.0; values.len()]; // variances of what is not known
        let (mut means, mut slope, mut sd) = (vec![0.0; pools], 0.0, 0.0_f64);
        for pass in 0..PASSES.0 {
            pool_means(&mut means, seen.iter().map(|t| (pool(*t), guess[*t] - slope * (*t as f64 - middle))));
            let off = |t: usize| t as f64 - middle;
            let along: f64 = seen.iter().map(|t| off(*t).powi(2)).sum();
            let with: f64 = seen.iter().map(|t| off(*t) * (guess[*t] - means[pool(*t)])).sum();
            slope = if along > 0.0 { with / along } else { 0.0 };
            let rest = |t: usize| guess[t] - means[pool(t)] - slope * off(t);
            let sum: f64 = seen.iter().map(|t| rest(*t).powi(2) + squares[*t]).sum();
            let freedom = (count - pools as f64 - 1.0).max(1.0);
            let new = (sum / freedom).sqrt().max(1e-12 * limit.abs()).max(f64::MIN_POSITIVE);
            let done = pass > 0 && (new - sd).abs() <= PASSES.1 * new;
            sd = new;
            if done {
                break;
            }
            for t in seen.iter().copied().filter(|t| censored[*t]) {
                let centre = means[pool(t)] + slope * off(t);
                let alpha = (limit - centre) / sd;
                let lambda = inverse_mills(alpha);
                guess[t] = (centre + sd * lambda).max(limit);
                squares[t] = sd * sd * (1.0 + alpha * lambda - lambda * lambda).clamp(0.0, 1.0);
            }
        }
        let centre: Vec<f64> = (0..values.len()).map(|t| means[pool(t)] + slope * (t as f64 - middle)).collect();
        let likelihood = seen
            .iter()
            .map(|t| {
                if censored[*t] {
                    log_upper_tail((limit - centre[*t]) / sd)
                } else {
                    -0.5 * ((values[*t] - centre[*t]) / sd).powi(2) - sd.ln() - 0.5 * std::f64::consts::TAU.ln()
                }
            })
            .sum();
        Self { centre, sd, likelihood }
    }

    /// The mean of demand at step `t`, given that it is at least the ceiling.
    fn beyond(&self, t: usize, noise: Noise, limit: f64, ceiling: f64) -> f64 {
        let alpha = (limit - self.centre[t]) / self.sd;
        let mean = match noise {
            Noise::Normal => self.centre[t] + self.sd * inverse_mills(alpha),
            // E[e^X | X ≥ c] = e^(μ + σ²/2) Φ(σ − α) / Φ(−α).
            Noise::Lognormal => {
                let ratio = log_upper_tail(alpha - self.sd) - log_upper_tail(alpha);
                (self.centre[t] + 0.5 * self.sd * self.sd + ratio).min(700.0).exp()
            }
        };
        mean.max(ceiling)
    }
}

/// The mean of each pool, the mean of its neighbours (of the pass before) counted as some observations.
fn pool_means(means: &mut [f64], values: impl Iterator<Item = (usize, f64)>) {
    let pools = means.len();
    let mut sums = vec![(0.0, 0.0); pools];
    for (pool, value) in values {
        sums[pool].0 += value;
        sums[pool].1 += 1.0;
    }
    let raw: Vec<f64> = sums.iter().map(|(sum, count)| if *count > 0.0 { sum / count } else { f64::NAN }).collect();
    let seen = raw.iter().filter(|mean| mean.is_finite());
    let (count, total) = seen.fold((0.0, 0.0), |(count, sum), mean| (count + 1.0, sum + mean));
    let whole = total / f64::max(count, 1.0);
    for (i, mean) in means.iter_mut().enumerate() {
        let around = [raw[(i + pools - 1) % pools], raw[(i + 1) % pools]].map(|near| if near.is_finite() { near } else { whole });
        let near = 0.5 * (around[0] + around[1]);
        let (sum, count) = sums[i];
        // A pool alone has no neighbours but itself.
        let pull = if pools > 2 { NEIGHBOURS / count.max(1.0).powi(2) } else { 0.0 };
        *mean = if count > 0.0 { (sum + pull * near) / (count + pull) } else { near };
    }
}

/// φ(α) / (1 − Φ(α)): the mean of a standard normal value that is at least α.
fn inverse_mills(alpha: f64) -> f64 {
    if alpha > 30.0 {
        return alpha + 1.0 / alpha; // the first two terms of its series: off by 2/α³, under 1e-4
    }
    let density = (-0.5 * alpha * alpha).exp() / std::f64::consts::TAU.sqrt();
    density / (0.5 * erfc(alpha / std::f64::consts::SQRT_2))
}

/// ln (1 − Φ(α)).
fn log_upper_tail(alpha: f64) -> f64 {
    if alpha > 30.0 {
        return -0.5 * alpha * alpha - (alpha * std::f64::consts::TAU.sqrt()).ln();
    }
    (0.5 * erfc(alpha / std::f64::consts::SQRT_2)).ln()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    const DAYS: usize = 28;

    /// Demand of a day with a peak at hour 14, cut off at 100.
    fn fleet(seed: u64, lognormal: bool) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let mut rng = rand::rngs::SmallRng::seed_from_u64(seed);
        let mut mean = Vec::new();
        let mut demand = Vec::new();
        for t in 0..24 * DAYS {
            let hour = (t % 24) as f64;
            let swing = ((hour - 14.0) / 24.0 * std::f64::consts::TAU).cos();
            let z: f64 = StandardNormal.sample(&mut rng);
            if lognormal {
                let centre = 4.2 + 0.4 * swing;
                mean.push((centre + 0.5 * 0.15 * 0.15_f64).exp());
                demand.push((centre + 0.15 * z).exp());
            } else {
                mean.push(75.0 + 25.0 * swing);
                demand.push(75.0 + 25.0 * swing + 8.0 * z);
            }
        }
        let seen = demand.iter().map(|value| value.min(100.0)).collect();
        (seen, demand, mean)
    }

    #[test]
    fn demand_behind_the_ceiling_is_found_without_bias() {
        for lognormal in [false, true] {
            let (mut bias, mut naive, mut tail, mut chosen) = (0.0, 0.0, 0.0, 0);
            let fleets = 20;
            for seed in 0..fleets {
                let (seen, _, mean) = fleet(seed, lognormal);
                let found = uncensor(&seen, 24, 100.0).unwrap();
                let peak: Vec<usize> = (0..seen.len()).filter(|t| (12..=16).contains(&(t % 24))).collect();
                let over = peak.len() as f64 * f64::from(fleets as u32);
                bias += peak.iter().map(|t| found.expected(*t) / mean[*t] - 1.0).sum::<f64>() / over;
                naive += peak.iter().map(|t| seen[*t] / mean[*t] - 1.0).sum::<f64>() / over;
                let sd = 8.0;
                let truth = |t: usize| {
                    if lognormal { mean[t] * (1.96 * 0.15 - 0.5 * 0.15_f64.powi(2)).exp() } else { mean[t] + 1.96 * sd }
                };
                tail += peak.iter().map(|t| found.quantile(*t, 0.975) / truth(*t) - 1.0).sum::<f64>() / over;
                chosen += u64::from((found.noise == Noise::Lognormal) == lognormal);
            }
            // Each peak hour has 28 values with a deviation of 8 % (15 %): over 20 fleets × 5 hours its mean is off by
            // 8 % / √2,800 = 0.15 % (0.3 %), and √2 of that with half of them censored; four of those. The tail adds the error of
            // the deviation, 1.96 · 8 % / √(2 · 20 · 672) = 0.1 %, so half as much again is allowed.
            let tolerance = if lognormal { 0.017 } else { 0.0085 };
            assert!(bias.abs() < tolerance, "bias {bias}");
            assert!(tail.abs() < 1.5 * tolerance, "tail {tail}");
            assert!(naive < -2.0 * bias.abs(), "the naive mean is too low: {naive}");
            assert!(chosen >= fleets * 8 / 10, "{chosen} of {fleets}");
        }
    }

    #[test]
    fn a_single_pool_is_the_tobit_estimate() {
        // 1,999 normal quantiles of mean 10, deviation 2 cut off at 11: α = 0.5.
        let normal = Normal::standard();
        let mut values: Vec<f64> = (1..2_000).map(|i| (10.0 + 2.0 * normal.inverse_cdf(f64::from(i) / 2e3)).min(11.0)).collect();
        // In an order without a trend: every 911th (coprime with 1,999).
        values = (0..1_999).map(|i| values[i * 911 % 1_999]).collect();
        let found = uncensor(&values, 1, 11.0).unwrap();
        assert_eq!(found.noise, Noise::Normal);
        assert!((found.expected(1_000) - 10.0).abs() < 0.02, "{}", found.expected(1_000));
        assert!((found.quantile(1_000, 0.975) - 13.92).abs() < 0.06, "{}", found.quantile(1_000, 0.975));
        // E[X | X ≥ 11] = 10 + 2 φ(0.5) / (1 − Φ(0.5)) = 10 + 2 · 1.141 = 12.282.
        let first = found.censored.iter().position(|met| *met).unwrap();
        assert!((found.demand[first] - 12.282).abs() < 0.05, "{}", found.demand[first]);
    }

    #[test]
    fn mills_ratio_meets_its_series() {
        assert!((inverse_mills(0.0) - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-12);
        assert!((inverse_mills(29.99) - (29.99 + 1.0 / 29.99)).abs() < 1e-4);
        assert!((log_upper_tail(29.99) - log_upper_tail(30.01)).abs() < 0.7);
    }

    #[test]
    fn without_a_ceiling_met_or_values_below_it_there_is_nothing_to_say() {
        assert!(uncensor(&[1.0; 50], 7, 100.0).is_none());
        assert!(uncensor(&[100.0; 50], 7, 100.0).is_none());
        let mut pool: Vec<f64> = (0..70).map(|t| if t % 7 == 3 { 100.0 } else { 80.0 + f64::from(t % 7) }).collect();
        pool[5] = f64::NAN;
        let found = uncensor(&pool, 7, 100.0).unwrap();
        assert!(found.demand.iter().enumerate().all(|(t, value)| t == 5 || value.is_finite()));
        assert!((found.share() - 10.0 / 69.0).abs() < 1e-12);
    }

    #[test]
    fn em_meets_the_maximum_of_the_likelihood() {
        let text = include_str!("../../../tests/fixtures/forecast/repair.json");
        let oracle: serde_json::Value = serde_json::from_str(text).unwrap();
        for case in oracle["tobit"].as_array().unwrap() {
            let values: Vec<f64> = serde_json::from_value(case["values"].clone()).unwrap();
            let means: Vec<f64> = serde_json::from_value(case["means"].clone()).unwrap();
            let (sd, slope, limit) =
                (case["sd"].as_f64().unwrap(), case["slope"].as_f64().unwrap(), case["limit"].as_f64().unwrap());
            let season = means.len();
            let censored: Vec<bool> = values.iter().map(|value| *value >= limit).collect();
            let found = Tobit::fit(&values, &censored, season, limit);
            // Ours divides by the degrees of freedom, the maximum by n: wider by √(n / (n − pools − 1)). A wider deviation also
            // widens what is guessed behind the ceiling: that over the share of information that is seen, here over 0.4.
            let n = values.len() as f64;
            let wider = (n / (n - season as f64 - 1.0)).sqrt() - 1.0;
            let seen = found.sd / sd - 1.0;
            assert!(seen > 0.0 && seen < wider / 0.4, "{} for {sd}", found.sd);
            for (t, centre) in found.centre.iter().enumerate() {
                let wanted = means[t % season] + slope * (t as f64 - (n - 1.0) / 2.0);
                assert!((centre - wanted).abs() < 0.1 * sd, "step {t}: {centre} for {wanted}");
            }
        }
    }
}
