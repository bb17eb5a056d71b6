//! Draws have the mean of their law, and what is left in the steady state that of a length-biased life.

use super::*;
use crate::stats::estimate;

fn of_draws(law: &Law, draw: impl Fn(&Law, &mut crate::stream::Generator) -> f64) -> crate::stats::Estimate {
    let mut rng = Stream::root(Seed(8)).rng();
    let draws: Vec<f64> = (0..100_000).map(|_| draw(law, &mut rng)).collect();
    estimate(draws.into_iter())
}

#[test]
fn means_and_what_is_left() {
    let weibull = |shape, scale| Distribution::Weibull { shape, scale };
    let least = |laws: &[Distribution]| law(&Distribution::Minimum { laws: laws.to_vec() });
    let exponential_of = |mean| Distribution::Exponential { mean };
    // E of the square, by hand
    let cases = [
        ("exponential", exponential(10.0), 200.0),
        ("constant", constant(4.0), 16.0),
        ("Weibull", law(&weibull(2.0, 3.0)), 9.0),
        ("lognormal", law(&Distribution::Lognormal { median: 2.0, sigma: 0.5 }), 4.0 * (2.0_f64 * 0.25).exp()),
        ("Erlang", law(&Distribution::Gamma { shape: 3.0, scale: 2.0 }), 4.0 * (9.0 + 3.0)),
        ("empirical", law(&Distribution::Empirical { values: vec![1.0, 2.0, 6.0] }), 41.0 / 3.0),
        ("uniform", law(&Distribution::Uniform { low: 1.0, high: 4.0 }), 7.0),
        (
            "hyperexponential",
            law(&Distribution::Hyperexponential { branches: vec![(0.75, 1.0), (0.25, 5.0)] }),
            0.75 * 2.0 + 0.25 * 50.0,
        ),
        // the least of two exponentials is one of half the mean
        ("least", least(&[exponential_of(8.0), exponential_of(8.0)]), 32.0),
        // of two Weibulls of shape 1/2 another with a quarter of the scale: E X² = scale² Γ(5)
        ("least, falling hazard", least(&[weibull(0.5, 8.0), weibull(0.5, 8.0)]), 96.0),
        // replaced at age 3 at the latest: E X² = ∫ 2x e^(-x/2) to 3 = 8 - (8 + 12) e^-1.5
        ("least, with an end", least(&[exponential_of(2.0), Distribution::constant(3.0)]), 8.0 - 20.0 * (-1.5_f64).exp()),
    ];
    for (name, law, square) in cases {
        let drawn = of_draws(&law, Law::draw);
        assert!((drawn.value - law.mean()).abs() <= 5.0 * drawn.standard_error + 1e-9, "{name}: {drawn:?} {}", law.mean());
        let (left, wanted) = (of_draws(&law, Law::left), square / (2.0 * law.mean()));
        assert!((left.value - wanted).abs() <= 5.0 * left.standard_error + 4e-9, "{name}: {left:?} {wanted}");
    }
}

#[test]
fn what_is_left_of_a_bathtub_has_the_density_of_its_survival() {
    let weibull = |shape, scale| Distribution::Weibull { shape, scale };
    let bathtub = [weibull(0.5, 3_000.0), Distribution::Exponential { mean: 2_000.0 }, weibull(4.0, 1_500.0)];
    let bathtub = Distribution::Minimum { laws: bathtub.to_vec() };
    let ready = law(&bathtub);
    let mut rng = Stream::root(Seed(9)).rng();
    let n = 100_000_u32;
    let left: Vec<f64> = (0..n).map(|_| ready.left(&mut rng)).collect();
    for age in [1.0, 30.0, 200.0, 700.0, 1_200.0] {
        // P(left > age) = ∫ P(X > x) from age on ÷ mean, with x ↦ age + y²: a smooth function for Simpson's rule
        let cells = 2_000;
        let end = (4_000.0_f64 - age).sqrt();
        let at = |i: i32| {
            let y = end * f64::from(i) / f64::from(cells);
            let weight = if i == 0 || i == cells { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
            weight * 2.0 * y * bathtub.survival(age + y * y)
        };
        let wanted = (0..=cells).map(at).sum::<f64>() * end / f64::from(cells) / 3.0 / bathtub.mean();
        let seen = left.iter().filter(|one| **one > age).count() as f64 / f64::from(n);
        assert!((seen - wanted).abs() < 5.0 * (wanted * (1.0 - wanted) / f64::from(n)).sqrt(), "{age}: {seen} {wanted}");
    }
}

#[test]
fn what_is_no_law_is_refused() {
    assert!(Law::of(&Distribution::Exponential { mean: 0.0 }).is_err());
    assert!(Law::of(&Distribution::constant(-1.0)).is_err());
    assert!(Law::of(&Distribution::Hyperexponential { branches: vec![(1.0, f64::NAN)] }).is_err());
    assert!(Law::of(&Distribution::Minimum { laws: vec![] }).is_err());
}

#[test]
fn units_that_age_are_up_as_long_as_their_means_say_from_the_start_on() {
    // started in the steady state, availability is life / (life + repair) at every instant
    let mode =
        |life: Law| Mode::new(Address::of("ages"), (0..40).collect(), life, law(&Distribution::Uniform { low: 5.0, high: 15.0 }));
    let wide = Distribution::Hyperexponential { branches: vec![(0.8, 20.0), (0.2, 400.0)] };
    let bathtub = [(0.5, 600.0), (4.0, 150.0)].map(|(shape, scale)| Distribution::Weibull { shape, scale }).to_vec();
    let bathtub = Distribution::Minimum { laws: bathtub };
    let wear = Distribution::Weibull { shape: 3.0, scale: 100.0 };
    for life in [law(&wear), exponential(90.0), law(&wide), law(&bathtub)] {
        let wanted = life.mean() / (life.mean() + 10.0);
        let nodes = (0..40_u64).map(|n| Node::unit(None, 1, Address::of("unit").child(n))).collect();
        let system = System::new(Parts { lanes: 1, nodes, modes: vec![mode(life)], ..Parts::default() }).unwrap();
        let mut engine = Engine::new(&system);
        for hour in [0.5, 60.0] {
            let mut shares = Vec::new();
            for r in 0..2_000 {
                let mut last = 0;
                let mut watch = |_: f64, _: f64, state: &State| {
                    last = state.total(0);
                    true
                };
                engine.run(Stream::root(Seed(4)).replication(r), Start::Steady, hour, &[], &mut watch);
                shares.push(last as f64 / 40.0);
            }
            let seen = estimate(shares.into_iter());
            assert!((seen.value - wanted).abs() < 5.0 * seen.standard_error, "{hour}: {seen:?} {wanted}");
        }
    }
}
