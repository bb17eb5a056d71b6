use super::*;
use crate::stats::estimate;
use crate::stream::{Seed, Stream};

fn exponential(mean: f64) -> Distribution {
    Distribution::Exponential { mean }
}

fn weibull(shape: f64, scale: f64) -> Distribution {
    Distribution::Weibull { shape, scale }
}

fn least(laws: &[Distribution]) -> Distribution {
    Distribution::Minimum { laws: laws.to_vec() }
}

/// A law with its mean, E X², and some of its quantiles, by hand.
struct Case {
    law: Distribution,
    mean: f64,
    square: f64,
    quantiles: Vec<(f64, f64)>,
}

fn case(law: Distribution, mean: f64, square: f64, quantiles: Vec<(f64, f64)>) -> Case {
    Case { law, mean, square, quantiles }
}

fn cases() -> Vec<Case> {
    let two_as_one = weibull(0.5, 2.0);
    let closed = |law: &Distribution| [1e-9, 0.1, 0.5, 0.9, 0.999_999].map(|p| (p, law.quantile(p))).to_vec();
    // exponential of rate a beside a Rayleigh e^(-x²): ∫ e^(-ax - x²) = √π/2 e^(a²/4) erfc(a/2), and
    // ∫ 2x e^(-ax - x²) = 1 - a times that; here a = 1, with erfc(1/2) of 50 digits
    let beside = std::f64::consts::PI.sqrt() / 2.0 * 0.25_f64.exp() * 0.479_500_122_186_953_5;
    vec![
        // x with 0.75 e^-x + 0.25 e^(-x/2) = 1 - p: with y = e^(-x/2), y = (-0.25 + √(0.0625 + 3 (1 - p))) / 1.5
        case(
            Distribution::Hyperexponential { branches: vec![(0.75, 1.0), (0.25, 2.0)] },
            1.25,
            0.75 * 2.0 + 0.25 * 8.0,
            [0.1, 0.5, 0.9, 0.999].map(|p: f64| (p, -2.0 * ((-0.25 + (0.0625 + 3.0 * (1.0 - p)).sqrt()) / 1.5).ln())).to_vec(),
        ),
        case(
            Distribution::Empirical { values: vec![1.0, 2.0, 6.0] },
            3.0,
            41.0 / 3.0,
            vec![(1e-9, 1.0), (1.0 / 3.0, 1.0), (0.34, 2.0), (2.0 / 3.0, 2.0), (0.67, 6.0), (1.0, 6.0)],
        ),
        // a whole gamma shape is an Erlang law: P(X > x) = e^-x (1 + x)
        case(Distribution::Gamma { shape: 2.0, scale: 1.0 }, 2.0, 6.0, vec![(1.0 - 2.0 * (-1.0_f64).exp(), 1.0)]),
        case(least(&[exponential(4.0), exponential(4.0 / 3.0)]), 1.0, 2.0, closed(&exponential(1.0))),
        // of two Weibulls of shape 1/2 another with a quarter of the scale; E X = scale Γ(3), E X² = scale² Γ(5)
        case(least(&[weibull(0.5, 8.0), weibull(0.5, 8.0)]), 4.0, 96.0, closed(&two_as_one)),
        case(least(&[least(&[weibull(0.5, 8.0)]), weibull(0.5, 8.0)]), 4.0, 96.0, closed(&two_as_one)),
        case(least(&[exponential(1.0), weibull(2.0, 1.0)]), beside, 1.0 - beside, vec![(-(-2.0_f64).exp_m1(), 1.0)]),
        // replaced at 3 at the latest: ∫ e^(-x/2) to 3, ∫ 2x e^(-x/2) to 3
        case(
            least(&[exponential(2.0), Distribution::constant(3.0)]),
            2.0 - 2.0 * (-1.5_f64).exp(),
            8.0 - 20.0 * (-1.5_f64).exp(),
            vec![(0.5, 2.0 * 2.0_f64.ln()), (0.9, 3.0), (1.0, 3.0)],
        ),
        // of two dice-like laws: the least of two of {1, 2, 6} is 1, 2, 6 with 5/9, 3/9, 1/9
        case(
            least(&vec![Distribution::Empirical { values: vec![1.0, 2.0, 6.0] }; 2]),
            17.0 / 9.0,
            53.0 / 9.0,
            vec![(0.5, 1.0), (0.6, 2.0), (0.88, 2.0), (0.9, 6.0)],
        ),
    ]
}

#[test]
fn moments_and_quantiles_are_those_by_hand() {
    for Case { law, mean, square, quantiles } in cases() {
        assert_eq!(law.check(), Ok(()), "{law}");
        let off = |seen: f64, wanted: f64| (seen / wanted - 1.0).abs();
        assert!(off(law.mean(), mean) < 1e-12, "{law}: {} {mean}", law.mean());
        assert!(off(law.second_moment(), square) < 1e-12, "{law}: {} {square}", law.second_moment());
        for (p, wanted) in quantiles {
            assert!(off(law.quantile(p), wanted) < 1e-9, "{law}: p = {p}: {} {wanted}", law.quantile(p));
        }
    }
}

#[test]
fn draws_have_the_mean_the_square_and_the_shares_of_their_law() {
    let n = 100_000_u32;
    for Case { law, mean, square, .. } in cases() {
        let (sampler, mut rng) = (law.sampler(), Stream::root(Seed(5)).named("compound").rng());
        let draws: Vec<f64> = (0..n).map(|_| sampler.draw(&mut rng)).collect();
        let seen = estimate(draws.iter().copied());
        assert!((seen.value - mean).abs() < 5.0 * seen.standard_error, "{law}: {seen:?} {mean}");
        let seen = estimate(draws.iter().map(|x| x * x));
        assert!((seen.value - square).abs() < 5.0 * seen.standard_error, "{law}: {seen:?} {square}");
        for x in [0.05, 0.5, 1.0, 2.0, 5.0] {
            let (share, p) = (draws.iter().filter(|one| **one <= x).count() as f64 / f64::from(n), law.cdf(x));
            assert!((share - p).abs() <= 5.0 * (p * (1.0 - p) / f64::from(n)).sqrt(), "{law}: {share} {p} at {x}");
        }
    }
}

#[test]
fn the_mean_of_a_bathtub_is_right_to_ten_digits_for_slow_and_for_steep_causes() {
    // the trapezoidal rule in ln x with a fine step is an independent way: it converges at an exponential rate
    for laws in [
        vec![weibull(0.5, 3_000.0), exponential(2_000.0), weibull(4.0, 1_500.0)],
        vec![weibull(0.1, 50.0), weibull(40.0, 10.0)],
        vec![Distribution::Lognormal { median: 5.0, sigma: 2.0 }, Distribution::Gamma { shape: 0.3, scale: 90.0 }],
    ] {
        let law = least(&laws);
        let step = 1.0 / 2_048.0;
        let sum: f64 = (-200_000..60_000).map(|i| (f64::from(i) * step).exp()).map(|x| x * law.survival(x) * step).sum();
        assert!((law.mean() / sum - 1.0).abs() < 1e-11, "{law}: {} {sum}", law.mean());
    }
}

#[test]
fn survival_keeps_its_digits_far_out() {
    let wide = Distribution::Hyperexponential { branches: vec![(0.999, 1e-3), (0.001, 1.0)] };
    // only the slow branch is left
    assert!((wide.survival(600.0) / (0.001 * (-600.0_f64).exp()) - 1.0).abs() < 1e-12);
    assert!((wide.cumulative_hazard(2_000.0) - (2_000.0 + 1_000.0_f64.ln())).abs() < 1e-9);
    assert!((wide.quantile(1.0 - 1e-12) + (1e-12_f64 / 0.001).ln()).abs() < 1e-3, "{}", wide.quantile(1.0 - 1e-12));
    // near 0 the hazard is the sum of the densities there: 999 + 0.001
    assert!((wide.cumulative_hazard(1e-15) / (999.001 * 1e-15) - 1.0).abs() < 1e-11);
}

#[test]
fn what_is_no_law_is_told() {
    let told = |law: Distribution| law.check().unwrap_err().to_string();
    let branches = |branches: &[(f64, f64)]| Distribution::Hyperexponential { branches: branches.to_vec() };
    assert_eq!(told(branches(&[])), "weights are none, expected one or more");
    assert_eq!(told(branches(&[(-0.5, 1.0), (1.5, 1.0)])), "weights is -0.5, expected a finite number above 0");
    assert_eq!(told(branches(&[(0.5, 1.0), (0.25, 1.0)])), "weights sum to 0.75, expected a sum of 1");
    assert_eq!(told(branches(&[(1.0, 0.0)])), "means is 0, expected a finite number above 0");
    assert_eq!(told(least(&[])), "laws are none, expected one or more");
    assert_eq!(told(least(&[exponential(-1.0)])), "mean is -1, expected a finite number above 0");
    let below = least(&[Distribution::Uniform { low: -1.0, high: 2.0 }]);
    assert_eq!(told(below), "laws is -1, expected laws that do not go below 0");
    assert_eq!(told(Distribution::Empirical { values: vec![] }), "values are none, expected one value or more");
    assert!(told(Distribution::Empirical { values: vec![2.0, 1.0] }).starts_with("values is 1, expected sorted"));
}
