use super::*;
use crate::forecast::methods::Composition;

const GAP: f64 = f64::NAN;

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    season: usize,
    past: Vec<f64>,
    form: String,
    alpha: f64,
    theta: f64,
    start: f64,
    mse: f64,
    composition: Option<String>,
    indices: Option<Vec<f64>>,
    centre: Vec<f64>,
}

fn cases() -> Vec<(Case, ThetaForm)> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../../tests/fixtures/forecast/theta.json")).unwrap();
    let form = |case: &Case| *ThetaForm::ALL.iter().find(|form| form.name() == case.form).unwrap();
    cases.into_iter().map(|case| (form(&case), case)).map(|(form, case)| (case, form)).collect()
}

#[test]
fn the_season_found_is_that_of_the_peer() {
    for (case, _) in cases() {
        assert_eq!(is_seasonal(&case.past, case.season), case.indices.is_some(), "{}", case.name);
        let Some(indices) = case.indices else { continue };
        let found = Seasonal::chosen(&case.past, case.season).unwrap();
        assert_eq!(found.composition == Composition::Multiplicative, case.composition.as_deref() == Some("multiplicative"));
        assert!(found.indices.iter().zip(&indices).all(|(a, b)| (a - b).abs() < 1e-10), "{}", case.name);
    }
}

/// The model at the peer's parameters.
fn at_the_peers(adjusted: &Adjusted, case: &Case, form: ThetaForm) -> FittedTheta {
    let (lines, weight) = (adjusted.lines(form), 1.0 - 1.0 / case.theta);
    let start = (case.start - adjusted.shift * (1.0 - weight)) / adjusted.scale;
    let best = Profiled { alpha: case.alpha, start, weight, squares: 0.0, loss: 0.0 };
    adjusted.at(form, &lines, &best).unwrap()
}

#[test]
fn with_the_peers_parameters_errors_and_forecasts_are_the_peers() {
    for (case, form) in cases() {
        let adjusted = Adjusted::of(&case.past, case.season, Adjustment::Tested).unwrap();
        let fitted = at_the_peers(&adjusted, &case, form);
        for (ours, theirs) in fitted.outlook(case.centre.len()).centre.iter().zip(&case.centre) {
            assert!((ours - theirs).abs() < 1e-8 * (1.0 + theirs.abs()), "{} {}: {ours} {theirs}", case.name, case.form);
        }
        let season = adjusted.season.as_ref();
        let squares: Vec<f64> = (BURN_IN..case.past.len())
            .map(|t| fitted.residuals[t] / season.map_or(1.0, |season| season.widened(t, 1.0)))
            .map(|e| e * e)
            .collect();
        let mse = squares.iter().sum::<f64>() / squares.len() as f64;
        assert!((mse / case.mse - 1.0).abs() < 1e-8, "{} {}: {mse} {}", case.name, case.form, case.mse);
    }
}

/// Our loss carries two priors, so the peer's plain squares may be fewer; its point's loss may not.
#[test]
fn no_parameters_of_the_peer_have_a_lower_loss() {
    for (case, form) in cases() {
        let adjusted = Adjusted::of(&case.past, case.season, Adjustment::Tested).unwrap();
        let fitted = adjusted.fitted(form, None).unwrap();
        let lines = adjusted.lines(form);
        let noise = step_variance(&adjusted.values);
        let problem = Problem { values: &adjusted.values, observed: &adjusted.observed, lines: &lines, form, noise };
        let ours = problem.profile(fitted.alpha).loss;
        assert!(ours <= problem.profile(case.alpha).loss + 1e-6, "{} {}", case.name, case.form);
        let n = (case.past.len() - BURN_IN) as f64;
        let prior = (0.5 - 1.0 / case.theta).powi(2) * noise;
        let faded = (BURN_IN..case.past.len()).map(|t| (1.0 - case.alpha).powi(2 * t as i32)).sum::<f64>();
        let theirs = n * (case.mse * n / adjusted.scale.powi(2) + prior).ln() + faded.ln_1p();
        assert!(ours <= theirs + 1e-6, "{} {}: {ours} {theirs}", case.name, case.form);
    }
}

#[test]
fn lines_grow_as_least_squares_through_what_is_known() {
    let values = [3.0, 5.0, 4.0, 8.0, 6.0];
    for (n, line) in growing_lines(&values).iter().enumerate().skip(2) {
        let rows: Vec<f64> = (1..=n).flat_map(|t| [1.0, t as f64]).collect();
        let plain = crate::stats::least_squares(&rows, 2, &values[..n], 0.0);
        assert!((line.intercept - plain[0]).abs() < 1e-12 && (line.slope - plain[1]).abs() < 1e-12, "{line:?} {plain:?}");
    }
}

/// Var(h) = σ² Σ ψ², ψ the response of later means to a unit error, found by walking twice.
#[test]
fn widths_are_those_of_the_responses_to_single_errors() {
    let past: Vec<f64> = (0..20).map(|t| f64::from((t * 7) % 11 + t)).collect();
    for form in ThetaForm::ALL {
        let fitted = Theta { form, adjustment: Adjustment::Never }.fit(&past, 1).unwrap();
        let outlook = fitted.outlook(6);
        for h in 0..6 {
            let mut variance = 1.0;
            for shocked in 0..h {
                let mut longer = past.clone();
                longer.extend(&outlook.centre[..shocked]);
                longer.push(outlook.centre[shocked] + 1.0);
                let adjusted = Adjusted::by(&longer, None).unwrap();
                let mut lines = adjusted.lines(form);
                if !form.dynamic() {
                    let (scale, intercept, slope) = (adjusted.scale, fitted.intercept, fitted.slope);
                    lines.fill(Line { intercept: intercept / scale, slope: slope / scale });
                }
                let start = (fitted.start - adjusted.shift * (1.0 - fitted.weight)) / adjusted.scale;
                let best = Profiled { alpha: fitted.alpha, start, weight: fitted.weight, squares: 0.0, loss: 0.0 };
                let after = adjusted.at(form, &lines, &best).unwrap().outlook(h - shocked);
                variance += (after.centre[h - shocked - 1] - outlook.centre[h]).powi(2);
            }
            let plain = fitted.sigma * variance.sqrt();
            assert!((outlook.sd[h] / plain - 1.0).abs() < 1e-8, "{form:?} {h}: {} {plain}", outlook.sd[h]);
        }
    }
}

#[test]
fn a_line_with_a_season_is_continued_and_a_gap_at_the_end_is_walked_over() {
    let value = |t: usize| 50.0 + 0.5 * t as f64 + [4.0, -3.0, -1.0, 0.0][t % 4] - 60.0;
    let mut past: Vec<f64> = (0..40).map(value).collect();
    past[17] = GAP;
    past.extend([GAP, GAP]);
    let outlook = Theta::DYNAMIC.fit(&past, 4).unwrap().outlook(5);
    for (ahead, centre) in outlook.centre.iter().enumerate() {
        assert!((centre - value(42 + ahead)).abs() < 0.4, "{ahead}: {centre} {}", value(42 + ahead));
    }
}

#[test]
fn shift_and_scale_carry_through() {
    let past: Vec<f64> = (0..30).map(|t| f64::from((t * 13) % 17 + t)).collect();
    let plain = Theta::DYNAMIC.fit(&past, 1).unwrap().outlook(4);
    for (scale, shift) in [(1e12, 0.0), (1e-9, 0.0), (1.0, 1e6)] {
        let moved: Vec<f64> = past.iter().map(|value| scale * value + shift).collect();
        let seen = Theta::DYNAMIC.fit(&moved, 1).unwrap().outlook(4);
        for h in 0..4 {
            let (centre, sd) = ((seen.centre[h] - shift) / scale, seen.sd[h] / scale);
            assert!((centre - plain.centre[h]).abs() < 1e-3 && (sd - plain.sd[h]).abs() < 1e-3, "{scale} {shift} {h}");
        }
    }
}

#[test]
fn odd_pasts_give_finite_numbers_or_nothing_and_a_refit_is_near_the_fit() {
    let wave: Vec<f64> = (0..50).map(|t| f64::from(t % 5) * 3.0 + f64::from(t * t % 7)).collect();
    let mut ridden = wave.clone();
    (0..50).filter(|t| t % 3 != 0).for_each(|t| ridden[t] = GAP);
    let pasts = [vec![], vec![GAP; 9], vec![1.0, 2.0, 3.0], vec![0.0; 30], vec![7.0; 6], vec![1e12; 8], wave, ridden];
    for past in &pasts {
        for season in [0, 1, 5, 60] {
            for fitted in [Theta::auto(past, season), Theta::DYNAMIC.fit(past, season)].into_iter().flatten() {
                let outlook = fitted.outlook(30);
                assert!(outlook.centre.iter().chain(&outlook.sd).all(|v| v.is_finite()), "{past:?} {season} {outlook:?}");
                let again = fitted.refit(past).unwrap();
                assert!((again.alpha - fitted.alpha).abs() < 2e-3, "{} {}", again.alpha, fitted.alpha);
            }
        }
    }
}
