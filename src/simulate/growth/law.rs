//! An uncertain input by its normal score, a block at a time.

use crate::portable::exp;
use crate::stats::{ByScore, Distribution, Sampler};
use crate::wide::exp_in_place;

/// Scores of inputs are kept within ± this: a normal lies beyond once in 1e16 draws, a double's uniform never. So each input
/// has a least and a greatest value, which are checked once.
pub(super) const FARTHEST: f64 = 8.3;

/// The value of an input from its score.
#[derive(Debug, Clone)]
pub(super) enum Law {
    Known(f64),
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        log_median: f64,
        sigma: f64,
    },
    /// A function of the score itself.
    ByScore(ByScore),
    ByQuantile(Distribution),
}

impl Law {
    /// The law of a checked distribution; none for gamma, whose quantile function is slow and not portable.
    pub(super) fn of(distribution: &Distribution) -> Option<Self> {
        Some(match distribution.sampler() {
            Sampler::Constant(value) => Self::Known(value),
            Sampler::Normal { mean, sd } => Self::Normal { mean, sd },
            Sampler::Lognormal { log_median, sigma } => Self::Lognormal { log_median, sigma },
            Sampler::ByScore(law) => Self::ByScore(law),
            Sampler::Gamma(_) => return None,
            // their quantile functions are found by halving, with what is made once of each part
            Sampler::Mixture(_) | Sampler::Hyperexponential(_) | Sampler::Least(_) => Self::ByScore(distribution.by_score()),
            _ => Self::ByQuantile(distribution.clone()),
        })
    }

    pub(super) fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// The least and the greatest value.
    pub(super) fn range(&self) -> (f64, f64) {
        let mut ends = [-FARTHEST, FARTHEST];
        self.apply(&mut ends);
        (ends[0], ends[1])
    }

    /// The middle value, of score 0.
    pub(super) fn median(&self) -> f64 {
        let mut middle = [0.0];
        self.apply(&mut middle);
        middle[0]
    }

    /// Overwrites scores by values.
    pub(super) fn apply(&self, scores: &mut [f64]) {
        for z in &mut *scores {
            *z = z.clamp(-FARTHEST, FARTHEST);
        }
        match self {
            Self::Known(value) => scores.fill(*value),
            Self::Normal { mean, sd } => scores.iter_mut().for_each(|z| *z = mean + sd * *z),
            Self::Lognormal { log_median, sigma } => {
                for z in scores.iter_mut() {
                    *z = log_median + sigma * *z;
                }
                exp_in_place(scores);
            }
            Self::ByScore(law) => scores.iter_mut().for_each(|z| *z = law.at(*z)),
            Self::ByQuantile(law) => {
                normal_cdf_in_place(scores);
                for p in scores.iter_mut() {
                    *p = law.quantile(p.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0));
                }
            }
        }
    }
}

/// Hart (1968), *Computer Approximations*, no. 5666, as restated by G. West (2005), "Better approximations to cumulative normal
/// functions": numerator and denominator from the highest power down; 1e-15 off at most for |z| < 7.
const ABOVE: [f64; 7] = [
    0.035_262_496_599_891_1,
    0.700_383_064_443_688,
    6.373_962_203_531_65,
    33.912_866_078_383,
    112.079_291_497_871,
    221.213_596_169_931,
    220.206_867_912_376,
];
const BELOW: [f64; 8] = [
    0.088_388_347_648_318_4,
    1.755_667_163_182_64,
    16.064_177_579_207,
    86.780_732_202_946_1,
    296.564_248_779_674,
    637.333_633_378_831,
    793.826_512_519_948,
    440.413_735_824_752,
];

/// P(Z <= z) of each score within ±[`FARTHEST`].
fn normal_cdf_in_place(scores: &mut [f64]) {
    for z in scores {
        let x = z.abs();
        let power = |of: &[f64]| of.iter().fold(0.0, |sum, c| sum * x + c);
        // beyond 7.07 a continued fraction is nearer
        let tail = exp(-0.5 * x * x)
            * if x < 7.071_067_811_865_47 {
                power(&ABOVE) / power(&BELOW)
            } else {
                1.0 / (x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / (x + 0.65))))) / 2.506_628_274_631
            };
        *z = if *z > 0.0 { 1.0 - tail } else { tail };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{normal_quantile, normal_tail};

    #[test]
    fn the_normal_distribution_function_is_right_to_2e_15_and_never_falls() {
        let mut before = 0.0;
        for step in -8_300..=8_300 {
            let z = f64::from(step) / 1e3;
            let mut seen = [z];
            normal_cdf_in_place(&mut seen);
            assert!((seen[0] - normal_tail(-z)).abs() < 2e-15, "{z}: {} {}", seen[0], normal_tail(-z));
            assert!(seen[0] >= before - 1e-15);
            before = seen[0];
        }
    }

    #[test]
    fn a_score_gives_the_quantile_of_its_probability() {
        let laws = [
            Distribution::Normal { mean: 2.0, sd: 0.5 },
            Distribution::Lognormal { median: 8.0, sigma: 0.7 },
            Distribution::Uniform { low: -1.0, high: 3.0 },
            Distribution::Triangular { low: 0.0, mode: 1.0, high: 5.0 },
            Distribution::quantiles(&[(0.1, 2.0), (0.5, 3.0), (0.9, 7.0)]),
            Distribution::Minimum { laws: vec![Distribution::Exponential { mean: 3.0 }, Distribution::constant(2.0)] },
        ];
        for law in laws {
            let by_score = Law::of(&law).expect("quick");
            for p in [1e-6, 0.1, 0.5, 0.83, 0.999] {
                let mut seen = [normal_quantile(p)];
                by_score.apply(&mut seen);
                let wanted = law.quantile(p);
                assert!((seen[0] - wanted).abs() < 1e-9 * (1.0 + wanted.abs()), "{law} {p}: {} {wanted}", seen[0]);
            }
            let (low, high) = by_score.range();
            assert!(low < law.quantile(1e-15) + 1e-9 && high > law.quantile(1.0 - 1e-15) - 1e-9 && high.is_finite(), "{law}");
        }
        assert!(Law::of(&Distribution::Gamma { shape: 2.0, scale: 1.0 }).is_none());
    }
}
