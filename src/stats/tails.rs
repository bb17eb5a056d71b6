//! Probabilities far out, to full relative precision: normal, binomial, Poisson, gamma.

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2, TAU};

use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{gamma_lr, ln_gamma};

use crate::portable::{exp, exp_m1};

/// 1 - p for the decimal number that `p` was written as: `complement(0.999_999)` is 1e-6 to the last bit, where `1.0 - 0.999_999`
/// is 3e-11 off. NaN outside [0, 1].
///
/// ```
/// assert_eq!(plimsoll::stats::complement(0.999_999), 1e-6);
/// ```
#[must_use]
pub fn complement(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    // the shortest decimal that reads as `p`, which is what a person typed; below 1e-3 nothing is lost by plain subtraction
    let text = format!("{p}");
    let digits = text.strip_prefix("0.").filter(|digits| digits.len() <= 18 && p > 1e-3);
    match digits.and_then(|digits| Some((digits.len() as u32, digits.parse::<u64>().ok()?))) {
        Some((places, digits)) => (10_u64.pow(places) - digits) as f64 / 10_u64.pow(places) as f64,
        None => 1.0 - p,
    }
}

/// e^(x²) erfc(x) for x >= 0.5: the trapezoidal rule of step 1/2 on ∫ e^(-t²) / (t² + x²) dt with the residue of its poles, right
/// to 1e-15. (statrs' erfc is 2e-11 off at 3.5.)
///
/// Matta & Reichel (1971), "Uniform computation of the error function and other related functions", *Mathematics of
/// Computation* 25(114), 339–344.
fn scaled_erfc(x: f64) -> f64 {
    const STEP: f64 = 0.5;
    let square = x * x;
    let sum: f64 =
        WEIGHTS.iter().enumerate().map(|(n, weight)| weight / (((n + 1) * (n + 1)) as f64 * STEP * STEP + square)).sum();
    let plain = STEP * x / PI * (1.0 / square + 2.0 * sum);
    let residue = if x < PI / STEP { 2.0 * exp(square) / exp_m1(TAU * x / STEP) } else { 0.0 };
    plain - residue
}

/// e^(-(n/2)²) for n = 1, 2, …, until 1e-17.
const WEIGHTS: [f64; 12] = [
    0.778_800_783_071_404_9,
    0.367_879_441_171_442_3,
    0.105_399_224_561_864_33,
    0.018_315_638_888_734_18,
    0.001_930_454_136_227_709_2,
    1.234_098_040_866_795_5e-4,
    4.785_117_392_129_009e-6,
    1.125_351_747_192_591_1e-7,
    1.605_228_055_185_612e-9,
    1.388_794_386_496_402e-11,
    7.287_724_095_819_693e-14,
    2.319_522_830_243_569_6e-16,
];

/// P(Z > z) of a standard normal, with its relative precision kept down to 1e-308.
#[must_use]
pub fn normal_tail(z: f64) -> f64 {
    let x = z.abs() * FRAC_1_SQRT_2;
    let above = if x >= 0.5 {
        0.5 * exp(-0.5 * z * z) * scaled_erfc(x)
    } else {
        // φ(z) (z + z³/3 + z⁵/15 + …): Abramowitz & Stegun 26.2.11
        let (mut term, mut sum, mut odd) = (z.abs(), 0.0, 1.0);
        while term > 1e-18 {
            sum += term;
            odd += 2.0;
            term *= z * z / odd;
        }
        0.5 - normal_density(z) * sum
    };
    if z < 0.0 { 1.0 - above } else { above }
}

/// ln P(Z > z): also where the probability itself is too small for a number.
#[must_use]
pub fn ln_normal_tail(z: f64) -> f64 {
    if z < 5.0 { normal_tail(z).ln() } else { mills_ratio(z).ln() - 0.5 * z * z - 0.5 * TAU.ln() }
}

/// Mills' ratio P(Z > z) ÷ φ(z). Grows beyond all numbers left of -38.
#[must_use]
pub fn mills_ratio(z: f64) -> f64 {
    let x = z * FRAC_1_SQRT_2;
    if x >= 0.5 { (0.5 * PI).sqrt() * scaled_erfc(x) } else { normal_tail(z) / normal_density(z) }
}

/// The density of a standard normal.
#[must_use]
pub fn normal_density(z: f64) -> f64 {
    exp(-0.5 * z * z) / TAU.sqrt()
}

/// The z with P(Z <= z) = p; one step of Halley's method after the rational approximation.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p > 0.5 {
        return -upper_normal(1.0 - p);
    }
    upper_normal(p)
}

/// The t with P(T <= t) = p of Student's law with `freedom` degrees, from the quantile of the normal law by four terms in
/// 1/freedom: within 1e-6 of itself for 25 degrees or more and p from 0.005 to 0.995. Abramowitz & Stegun 26.7.5.
///
/// ```
/// // the tables say 2.0395
/// assert!((plimsoll::stats::student_quantile(0.975, 31.0) - 2.039_513).abs() < 1e-6);
/// ```
#[must_use]
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    let z = crate::portable::normal_quantile(p);
    let s = z * z;
    let first = (s + 1.0) / 4.0;
    let second = ((5.0 * s + 16.0) * s + 3.0) / 96.0;
    let third = (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0;
    let fourth = ((((79.0 * s + 776.0) * s + 1_482.0) * s - 1_920.0) * s - 945.0) / 92_160.0;
    let v = 1.0 / freedom;
    z * (1.0 + v * (first + v * (second + v * (third + v * fourth))))
}

/// The z with P(Z > z) = `tail`: right for tails far below the spacing of numbers at 1.
#[must_use]
pub fn normal_quantile_of_tail(tail: f64) -> f64 {
    if tail > 0.5 { upper_normal(1.0 - tail) } else { -upper_normal(tail) }
}

/// The quantile at a probability up to one half.
fn upper_normal(p: f64) -> f64 {
    let z = -SQRT_2 * erfc_inv(2.0 * p);
    if !z.is_finite() || z < -37.0 {
        return z;
    }
    let step = (normal_tail(-z) - p) / normal_density(z);
    z - step / (1.0 + 0.5 * z * step)
}

/// ln n! minus Stirling's formula: Loader (2000), "Fast and accurate computation of binomial probabilities".
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return if n == 0.0 { 0.0 } else { ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - 0.5 * TAU.ln() };
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square) / square) / square) / n
}

/// x ln(x/m) + m - x without cancellation near x = m (Loader 2000).
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    for j in 1..1000 {
        power *= v * v;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// P(N = k) for a Poisson mean, by the saddle point (Loader 2000): relative precision about 1e-15 at any size.
#[must_use]
pub fn poisson_pmf(k: u64, mean: f64) -> f64 {
    if mean == 0.0 {
        return f64::from(u8::from(k == 0));
    }
    if k == 0 {
        return (-mean).exp();
    }
    let x = k as f64;
    (-stirling_error(x) - deviance(x, mean)).exp() / (TAU * x).sqrt()
}

/// P(N >= k) for a Poisson mean: summed from the side on which it is small.
#[must_use]
pub fn poisson_at_least(k: u64, mean: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k as f64 <= mean {
        return 1.0 - falling(poisson_pmf(k - 1, mean), k - 1, |i| i as f64 / mean);
    }
    let (mut term, mut sum, mut at) = (poisson_pmf(k, mean), 0.0, k);
    while term > 1e-18 * sum {
        sum += term;
        at += 1;
        term *= mean / at as f64;
    }
    sum
}

/// P(X = k) of n trials: Loader (2000).
#[must_use]
pub fn binomial_pmf(k: u64, n: u64, p: f64) -> f64 {
    let (x, trials, q) = (k as f64, n as f64, 1.0 - p);
    if k > n || p <= 0.0 || p >= 1.0 {
        let certain = if p >= 1.0 { n } else { 0 };
        return f64::from(u8::from(k == certain && k <= n));
    }
    if k == 0 {
        return (trials * (-p).ln_1p()).exp();
    }
    if k == n {
        return (trials * p.ln()).exp();
    }
    let errors = stirling_error(trials) - stirling_error(x) - stirling_error(trials - x);
    let exponent = errors - deviance(x, trials * p) - deviance(trials - x, trials * q);
    exponent.exp() * (trials / (TAU * x * (trials - x))).sqrt()
}

/// P(X >= k) of n trials: summed from the side on which it is small.
#[must_use]
pub fn binomial_at_least(k: u64, n: u64, p: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let odds = p / (1.0 - p);
    if k as f64 <= n as f64 * p {
        return 1.0 - falling(binomial_pmf(k - 1, n, p), k - 1, |i| i as f64 / ((n - i + 1) as f64 * odds));
    }
    let (mut term, mut sum, mut at) = (binomial_pmf(k, n, p), 0.0, k);
    while term > 1e-18 * sum {
        sum += term;
        term *= (n - at) as f64 / (at + 1) as f64 * odds;
        at += 1;
    }
    sum
}

/// Terms from `at` downwards, each `ratio(i)` times the one above.
fn falling(first: f64, mut at: u64, ratio: impl Fn(u64) -> f64) -> f64 {
    let (mut term, mut sum) = (first, 0.0);
    while term > 1e-18 * sum {
        sum += term;
        if at == 0 {
            break;
        }
        term *= ratio(at);
        at -= 1;
    }
    sum
}

/// ln Q(a, x), the upper tail of a gamma law of scale 1, also where Q itself is too small for a number.
///
/// Right of the mean by Legendre's continued fraction (modified Lentz), else 1 - P. DLMF 8.9.2.
#[must_use]
pub fn ln_gamma_tail(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x < a + 1.0 {
        return (-gamma_lr(a, x)).ln_1p();
    }
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..100_000 {
        let i = f64::from(i);
        let step = -i * (i - a);
        b += 2.0;
        d = step * d + b;
        c = b + step / c;
        d = 1.0 / if d.abs() < tiny { tiny } else { d };
        c = if c.abs() < tiny { tiny } else { c };
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    a * x.ln() - x - ln_gamma(a) + fraction.ln()
}

/// ln P(a, x), the lower tail of a gamma law of scale 1.
#[must_use]
pub fn ln_gamma_below(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if x >= a + 1.0 {
        return (-ln_gamma_tail(a, x).exp()).ln_1p();
    }
    // x^a e^-x / Γ(a + 1) × (1 + x/(a+1) + …): DLMF 8.7.1
    let (mut term, mut sum, mut at) = (1.0, 1.0, a);
    while term > 1e-17 * sum {
        at += 1.0;
        term *= x / at;
        sum += term;
    }
    a * x.ln() - x - ln_gamma(a + 1.0) + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(seen: f64, wanted: f64, relative: f64) {
        assert!((seen - wanted).abs() <= relative * wanted.abs(), "{seen} against {wanted}");
    }

    #[test]
    fn complements_are_those_of_the_decimal_that_was_written() {
        assert_eq!(complement(0.999_999), 1e-6);
        assert_eq!(complement(0.9), 0.1);
        assert_eq!((complement(1.0), complement(0.0)), (0.0, 1.0));
        assert!(complement(1.1).is_nan());
    }

    #[test]
    fn tails_agree_with_forty_digit_values() {
        // mpmath 1.3, 40 digits
        near(normal_tail(5.0), 2.866_515_718_791_939e-7, 1e-13);
        near(ln_normal_tail(50.0), -1_254.831_361_139_419_9, 1e-14);
        near(mills_ratio(20.0), 0.049_875_925_981_836_78, 1e-14);
        near(mills_ratio(0.8), 0.731_313_690_592_240_4, 1e-14);
        near(normal_tail(0.3), 0.382_088_577_811_047_4, 1e-14);
        near(normal_tail(8.8), 6.840_807_685_935_546e-19, 1e-13);
        near(normal_quantile(0.975), 1.959_963_984_540_054, 1e-14);
        near(normal_quantile_of_tail(1e-20), 9.262_340_089_798_408, 1e-13);
        near(binomial_at_least(50, 200, 0.01), 1.035_826_492_646_785_2e-53, 1e-12);
        near(poisson_at_least(50, 20.0), 1.245_892_607_971_938e-8, 1e-13);
        near(ln_gamma_tail(10.0, 50.0).exp(), 1.259_608_459_166_090_8e-12, 1e-12);
    }

    #[test]
    fn both_sides_of_a_law_of_counts_sum_to_one() {
        for k in [1, 17, 20, 40] {
            let below: f64 = (0..k).map(|i| poisson_pmf(i, 20.0)).sum();
            near(below + poisson_at_least(k, 20.0), 1.0, 1e-14);
            let below: f64 = (0..k).map(|i| binomial_pmf(i, 60, 0.3)).sum();
            near(below + binomial_at_least(k, 60, 0.3), 1.0, 1e-14);
        }
    }

    #[test]
    fn both_sides_of_the_gamma_law_sum_to_one() {
        for (a, x) in [(0.3, 0.01), (0.3, 2.0), (7.0, 3.0), (7.0, 12.0), (200.0, 190.0)] {
            near(ln_gamma_tail(a, x).exp() + ln_gamma_below(a, x).exp(), 1.0, 1e-13);
        }
    }

    #[test]
    fn quantiles_of_student_are_within_what_is_promised() {
        use statrs::distribution::{ContinuousCDF, StudentsT};
        for freedom in [25.0, 30.0, 31.0, 100.0] {
            let law = StudentsT::new(0.0, 1.0, freedom).expect("degrees of freedom");
            for p in [0.005, 0.025, 0.05, 0.3, 0.8, 0.95, 0.975, 0.995] {
                let (seen, wanted) = (student_quantile(p, freedom), law.inverse_cdf(p));
                assert!((seen - wanted).abs() < 1e-6 * wanted.abs(), "{freedom} {p}: {seen} {wanted}");
            }
        }
    }
}
