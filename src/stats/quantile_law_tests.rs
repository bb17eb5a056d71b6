//! Exact at what is stated, rising, smooth, inside its bounds; moments against closed forms.

use proptest::prelude::*;

use super::*;

const Z90: f64 = 1.281_551_565_544_600_4;

fn law(points: &[(f64, f64)]) -> QuantileLaw {
    QuantileLaw::through(points, None, None).expect("rising points")
}

/// 2 to 9 rising points, over several orders of magnitude, and bounds around them at random.
fn stated() -> impl Strategy<Value = (Vec<(f64, f64)>, Option<f64>, Option<f64>)> {
    let steps = proptest::collection::vec((0.01..1.0_f64, -6.0..6.0_f64), 2..10);
    let bounds = (proptest::option::of(-3.0..3.0_f64), proptest::option::of(-3.0..3.0_f64));
    (steps, -100.0..100.0_f64, 0.001..1.0_f64, bounds).prop_map(|(steps, first, rest, (low, high))| {
        let total: f64 = steps.iter().map(|(step, _)| step).sum::<f64>() + rest;
        let (mut p, mut x) = (0.0, first);
        let points: Vec<(f64, f64)> = steps
            .iter()
            .map(|(step, rise)| {
                p += step / total;
                x += 10_f64.powf(*rise);
                (p, x)
            })
            .collect();
        let (bottom, top) = (points[0].1, x);
        (points, low.map(|by| bottom - 10_f64.powf(by)), high.map(|by| top + 10_f64.powf(by)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_stated_quantile_is_met((points, low, high) in stated()) {
        let law = QuantileLaw::through(&points, low, high).expect("rising points inside their bounds");
        for (p, x) in &points {
            prop_assert!((law.cdf(*x) - p).abs() <= 1e-12, "{p} {x}: {}", law.cdf(*x));
            // values a 1e12 of their spread apart cannot be told apart after a logarithm
            let spread = points[points.len() - 1].1 - points[0].1 + x.abs() + high.unwrap_or(0.0).abs();
            prop_assert!((law.quantile(*p) - x).abs() <= 1e-12 * spread, "{p} {x}: {}", law.quantile(*p));
        }
    }

    #[test]
    fn it_rises_without_a_gap_and_stays_inside_its_bounds((points, low, high) in stated()) {
        let law = QuantileLaw::through(&points, low, high).expect("rising points inside their bounds");
        let mut before = f64::NEG_INFINITY;
        for step in -800..=800 {
            let z = f64::from(step) / 100.0;
            let x = law.at(z);
            prop_assert!(x.is_finite() && x >= before, "{z}: {before} {x}");
            prop_assert!(low.is_none_or(|low| x >= low) && high.is_none_or(|high| x <= high), "{z}: {x}");
            before = x;
        }
        for step in -40..=40 {
            let z = f64::from(step) / 10.0;
            // on the line itself: where values crowd at a bound or a point, rounding hides the score
            let y = law.line(z);
            let after = law.knots.partition_point(|knot| knot.y <= y);
            let back = match (after.checked_sub(1).map(|i| &law.knots[i]), law.knots.get(after)) {
                (Some(knot), Some(next)) => knot.score_of(y, next),
                (Some(knot), None) => knot.score + (y - knot.y) / knot.cubic[0],
                (None, _) => law.knots[0].score + (y - law.knots[0].y) / law.first_slope,
            };
            let tolerance = 1e-14 * (1.0 + y.abs());
            prop_assert!((back - z).abs() <= 1e-12 || (law.line(back) - y).abs() <= tolerance, "{z}: {back}");
        }
    }

    #[test]
    fn the_slope_is_above_zero_and_does_not_jump((points, low, high) in stated()) {
        let law = QuantileLaw::through(&points, low, high).expect("rising points inside their bounds");
        prop_assert!(law.first_slope > 0.0);
        prop_assert_eq!(law.first_slope, law.knots[0].cubic[0]);
        for pair in law.knots.windows(2) {
            let ([c1, c2, c3], next) = (pair[0].cubic, &pair[1]);
            let width = next.score - pair[0].score;
            let at = |t: f64| c1 + t * (2.0 * c2 + 3.0 * t * c3);
            // terms of this size cancel where slopes differ by orders of magnitude
            let rounding = 1e-14 * (c1.abs() + width * (2.0 * c2.abs() + 3.0 * width * c3.abs()));
            prop_assert!((at(width) - next.cubic[0]).abs() <= rounding, "{} {}", at(width), next.cubic[0]);
            for part in 0..=20 {
                prop_assert!(at(width * f64::from(part) / 20.0) > -rounding);
            }
        }
    }
}

#[test]
fn two_points_are_the_normal_lognormal_and_logit_normal_through_them() {
    let normal = law(&[(0.1, -3.0), (0.9, 7.0)]);
    let sd = 5.0 / Z90;
    assert!((normal.mean() - 2.0).abs() < 1e-12 && (normal.variance() / (sd * sd) - 1.0).abs() < 1e-12, "{}", normal.variance());
    assert!((normal.cdf(2.0 + sd) - 0.841_344_746_068_542_9).abs() < 1e-14);
    for (low, sigma) in [(0.0, 0.3), (0.0, 1.5), (10.0, 0.8), (-4.0, 3.0)] {
        let at = |z: f64| low + 20.0 * (sigma * z).exp();
        let points = [(0.1, at(-Z90)), (0.9, at(Z90))];
        let lognormal = QuantileLaw::through(&points, Some(low), None).expect("a law");
        let mean = 20.0 * (sigma * sigma / 2.0_f64).exp();
        let variance = mean * mean * (sigma * sigma).exp_m1();
        assert!((lognormal.mean() / (low + mean) - 1.0).abs() < 1e-11, "{low} {sigma}: {}", lognormal.mean());
        assert!((lognormal.variance() / variance - 1.0).abs() < 1e-10, "{low} {sigma}: {} {variance}", lognormal.variance());
        // the mirror below an upper bound
        let mirrored = [(0.1, -points[1].1), (0.9, -points[0].1)];
        let mirror = QuantileLaw::through(&mirrored, None, Some(-low)).expect("a law");
        assert!((mirror.mean() + lognormal.mean()).abs() < 1e-11 * mean && (mirror.variance() / variance - 1.0).abs() < 1e-10);
        assert!((mirror.cdf(-at(2.0)) - normal_tail(2.0)).abs() < 1e-12);
    }
    let logit = QuantileLaw::through(&[(0.1, 0.2), (0.9, 0.8)], Some(0.0), Some(1.0)).expect("a law");
    let sigma = 4.0_f64.ln() / Z90;
    for z in [-3.0, -0.5, 0.0, 1.0, 4.0_f64] {
        let want = 1.0 / (1.0 + (-sigma * z).exp());
        assert!((logit.at(z) - want).abs() < 1e-14, "{z}");
    }
    assert!((logit.mean() - 0.5).abs() < 1e-14, "{}", logit.mean());
}

#[test]
fn moments_agree_with_a_million_cells_in_every_scale() {
    let points = [(0.05, 10.0), (0.3, 11.0), (0.5, 14.0), (0.95, 30.0)];
    for (low, high) in [(None, None), (Some(4.0), None), (None, Some(33.0)), (Some(9.0), Some(31.0)), (Some(-50.0), Some(60.0))] {
        let law = QuantileLaw::through(&points, low, high).expect("a law");
        // the trapezoidal rule over scores, a slow twin that knows nothing of knots
        let (cells, reach) = (1_000_000_u32, 14.0);
        let step = 2.0 * reach / f64::from(cells);
        let of = |f: &dyn Fn(f64) -> f64| {
            let at = |i: u32| -reach + step * f64::from(i);
            let weight = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
            (0..=cells).map(|i| weight(at(i)) * f(law.at(at(i)))).sum::<f64>() * step
        };
        let mean = of(&|x| x);
        let variance = of(&|x| (x - mean).powi(2));
        assert!((law.mean() / mean - 1.0).abs() < 1e-10, "{low:?} {high:?}: {} {mean}", law.mean());
        assert!((law.variance() / variance - 1.0).abs() < 1e-9, "{low:?} {high:?}: {} {variance}", law.variance());
    }
}

#[test]
fn tails_too_steep_for_a_mean_are_told_as_infinite() {
    let steep = law(&[(0.1, 1e-20), (0.9, 1e20)]);
    assert_eq!((steep.mean(), steep.variance()), (f64::INFINITY, f64::INFINITY));
    assert!(steep.at(40.0).is_finite() && steep.at(-40.0) > 0.0);
    let wide = law(&[(0.1, 1e-5), (0.9, 1e5)]);
    let sigma = 1e5_f64.ln() / Z90;
    assert!((wide.mean() / (sigma * sigma / 2.0).exp() - 1.0).abs() < 1e-10, "{}", wide.mean());
}

#[test]
fn many_points_are_found_as_quickly_and_exactly() {
    let points: Vec<(f64, f64)> = (1..500).map(|i| (f64::from(i) / 500.0, f64::from(i * i))).collect();
    let law = law(&points);
    for (p, x) in &points {
        assert!((law.cdf(*x) - p).abs() < 1e-12 && (law.quantile(*p) / x - 1.0).abs() < 1e-12, "{p}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_the_reason() {
    let said = |points: &[(f64, f64)], low, high| QuantileLaw::through(points, low, high).unwrap_err().to_string();
    let cases: [(&[(f64, f64)], Option<f64>, Option<f64>, &str); 11] = [
        (&[(0.5, 1.0)], None, None, "quantiles are p50 = 1, expected two or more"),
        (&[(0.0, 1.0), (0.5, 2.0)], None, None, "quantiles are p0 = 1, p50 = 2, expected probabilities above p0 and below p100"),
        (
            &[(f64::NAN, 1.0), (0.5, 2.0)],
            None,
            None,
            "quantiles are pNaN = 1, p50 = 2, expected probabilities above p0 and below p100",
        ),
        (&[(0.1, 1.0), (0.5, f64::INFINITY)], None, None, "quantiles are p10 = 1, p50 = inf, expected finite values"),
        (&[(0.1, 1.0), (0.1, 2.0)], None, None, "quantiles are p10 = 1, p10 = 2, expected each probability once"),
        (
            &[(0.1, 3.0), (0.5, 2.0)],
            None,
            None,
            "quantiles are p10 = 3, p50 = 2, expected values that rise with their probabilities",
        ),
        (
            &[(0.1, 2.0), (0.5, 2.0)],
            None,
            None,
            "quantiles are p10 = 2, p50 = 2, expected values that rise with their probabilities",
        ),
        (
            &[(0.1, 1.0), (0.5, 2.0)],
            Some(1.0),
            None,
            "quantiles are p10 = 1, p50 = 2, low = 1, expected values inside their bounds, not at them",
        ),
        (
            &[(0.07, 1.0), (0.5, 2.0)],
            None,
            Some(1.5),
            "quantiles are p7 = 1, p50 = 2, high = 1.5, expected values inside their bounds, not at them",
        ),
        (
            &[(0.1, 1.0), (0.5, 2.0)],
            Some(4.0),
            Some(3.0),
            "quantiles are p10 = 1, p50 = 2, low = 4, high = 3, expected `low` below `high`",
        ),
        (
            &[(0.1, 1.0), (0.5, 1.0 + f64::EPSILON)],
            Some(-1e9),
            None,
            "quantiles are p10 = 1, p50 = 1.0000000000000002, low = -1000000000, \
             expected values and probabilities that are further apart than rounding",
        ),
    ];
    for (points, low, high, want) in cases {
        assert_eq!(said(points, low, high), want);
    }
}
