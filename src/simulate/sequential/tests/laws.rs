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
    let bathtub = [weibull(0.5, 3_000.0), Distribution::Exponential { mean: 2_000.0 }, weibull(4.0, 1_500.0)];
    // E of the square, by hand
    let cases = [
        ("exponential", exponential(10.0), 200.0),
        ("constant", constant(4.0), 16.0),
        ("Weibull", law(&weibull(2.0, 3.0)), 9.0),
        ("lognormal", law(&Distribution::Lognormal { median: 2.0, sigma: 0.5 }), 4.0 * (2.0_f64 * 0.25).exp()),
        ("Erlang", law(&Distribution::Gamma { shape: 3.0, scale: 2.0 }), 4.0 * (9.0 + 3.0)),
        ("empirical", law(&Distribution::Empirical { values: vec![1.0, 2.0, 6.0] }), 41.0 / 3.0),
        ("uniform", law(&Distribution::Uniform { low: 1.0, high: 4.0 }), 7.0),
        ("hyperexponential", Law::hyperexponential(&[(3.0, 1.0), (1.0, 5.0)]).unwrap(), 0.75 * 2.0 + 0.25 * 50.0),
        // the least of two exponentials is one of half the mean
        ("least", Law::minimum(&vec![Distribution::Exponential { mean: 8.0 }; 2]).unwrap(), 32.0),
    ];
    for (name, law, square) in cases {
        let drawn = of_draws(&law, Law::draw);
        // 4096 cells stand for the law of a least: their mean is 2e-4 off
        let cells = if name == "least" { 5e-4 * law.mean() } else { 1e-9 };
        assert!((drawn.value - law.mean()).abs() <= 5.0 * drawn.standard_error + cells, "{name}: {drawn:?} {}", law.mean());
        let (left, wanted) = (of_draws(&law, Law::left), square / (2.0 * law.mean()));
        assert!((left.value - wanted).abs() <= 5.0 * left.standard_error + 4.0 * cells, "{name}: {left:?} {wanted}");
    }
    let bathtub = Law::minimum(&bathtub).unwrap();
    let drawn = of_draws(&bathtub, Law::draw);
    assert!((drawn.value - bathtub.mean()).abs() <= 5.0 * drawn.standard_error, "{drawn:?} {}", bathtub.mean());
}

#[test]
fn what_is_no_law_is_refused() {
    assert!(Law::of(&Distribution::Exponential { mean: 0.0 }).is_err());
    assert!(Law::of(&Distribution::constant(-1.0)).is_err());
    assert!(Law::hyperexponential(&[]).is_err());
    assert!(Law::hyperexponential(&[(1.0, f64::NAN)]).is_err());
    assert!(Law::minimum(&[]).is_err());
}

#[test]
fn units_that_age_are_up_as_long_as_their_means_say_from_the_start_on() {
    // started in the steady state, availability is life / (life + repair) at every instant
    let mode =
        |life: Law| Mode::new(Address::of("ages"), (0..40).collect(), life, law(&Distribution::Uniform { low: 5.0, high: 15.0 }));
    for life in [law(&Distribution::Weibull { shape: 3.0, scale: 100.0 }), exponential(90.0)] {
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
