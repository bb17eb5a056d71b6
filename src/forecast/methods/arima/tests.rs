//! The whole method: against a peer's fits, by hand, and on pasts that are hardly series.

use super::estimate::Task;
use super::fitted::prepare;
use super::polynomial::to_partial;
use super::{Arima, ArimaSearch, AutoArima};
use crate::forecast::methods::Fitted;

#[derive(serde::Deserialize)]
struct Oracle {
    cases: Vec<Case>,
    choices: Vec<Choice>,
}

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    y: Vec<Option<f64>>,
    order: [usize; 3],
    seasonal: [usize; 3],
    season: usize,
    constant: bool,
    /// φ, θ, Φ, Θ, then the constant.
    coefficients: Vec<f64>,
    log_likelihood: f64,
    variance: f64,
    centre: Vec<f64>,
    sd: Vec<f64>,
}

#[derive(serde::Deserialize)]
struct Choice {
    name: String,
    order: [usize; 3],
    seasonal: [usize; 3],
    constant: bool,
}

impl Case {
    fn past(&self) -> Vec<f64> {
        self.y.iter().map(|y| y.unwrap_or(f64::NAN)).collect()
    }

    fn arima(&self) -> Arima {
        let ([ar, differences, ma], [seasonal_ar, seasonal_differences, seasonal_ma]) = (self.order, self.seasonal);
        Arima { ar, differences, ma, seasonal_ar, seasonal_differences, seasonal_ma, constant: self.constant }
    }
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("../../../../tests/fixtures/forecast/arima.json")).expect("the fixture is JSON")
}

/// A difference beside which those of an approximately diffuse beginning (variance 1e6) are small.
const DIFFUSE_ERROR: f64 = 1e-3;

#[test]
fn the_likelihood_at_a_peers_estimates_is_the_peers() {
    for case in oracle().cases {
        let order = case.arima();
        let mut free = Vec::new();
        let mut rest = case.coefficients.as_slice();
        for (which, size) in order.sizes().into_iter().enumerate() {
            let (block, after) = rest.split_at(size);
            rest = after;
            let signed: Vec<f64> = block.iter().map(|c| if which % 2 == 1 { -c } else { *c }).collect();
            free.extend(to_partial(&signed).expect("stationary").iter().map(|r| r.atanh()));
        }
        let prepared = prepare(&case.past(), case.season, &[], None).expect("long enough");
        let data = prepared.differenced(order, case.season);
        let task = Task { prepared: &prepared, data: &data, order, season: case.season };
        let found = task.likelihood(&free).expect("stationary");
        let log = found.log - found.counted as f64 * prepared.scale.ln();
        assert!((log - case.log_likelihood).abs() < DIFFUSE_ERROR, "{}: {log} {}", case.name, case.log_likelihood);
    }
}

#[test]
fn estimates_are_at_least_as_likely_as_a_peers_and_forecast_alike() {
    for case in oracle().cases {
        let past = case.past();
        let fitted = case.arima().fit(&past, case.season).expect("long enough");
        let gained = fitted.log_likelihood() - case.log_likelihood;
        assert!(gained > -DIFFUSE_ERROR, "{}: {} {}", case.name, fitted.log_likelihood(), case.log_likelihood);
        let spare = case.variance.sqrt();
        let outlook = fitted.outlook(case.centre.len());
        // the peer states σ² as largest likelihood has it
        let freedom = past.iter().filter(|y| !y.is_nan()).count() as f64;
        let freer = (1.0 - (case.coefficients.len() as f64) / (freedom - 13.0)).sqrt();
        for ahead in 0..case.centre.len() {
            let off = (outlook.centre[ahead] - case.centre[ahead]).abs() / case.sd[ahead].max(spare);
            assert!(off < 0.02, "{} {ahead}: {} {}", case.name, outlook.centre[ahead], case.centre[ahead]);
            let wide = outlook.sd[ahead] / case.sd[ahead];
            assert!((0.98..1.03 / freer).contains(&wide), "{} {ahead}: {} {}", case.name, outlook.sd[ahead], case.sd[ahead]);
        }
    }
}

#[test]
fn chosen_models_have_the_peers_differences_and_are_about_as_good_by_aicc() {
    let oracle = oracle();
    for choice in oracle.choices {
        let case = oracle.cases.iter().find(|case| case.name == choice.name).expect("named");
        for search in [ArimaSearch::Thorough, ArimaSearch::Fast] {
            let fitted = AutoArima { search, power: None }.fit(&case.past(), case.season).expect("long enough");
            let order = fitted.order();
            let ([ar, differences, ma], [seasonal_ar, seasonal_differences, seasonal_ma]) = (choice.order, choice.seasonal);
            assert_eq!((order.differences, order.seasonal_differences), (differences, seasonal_differences), "{}", choice.name);
            let peers = Arima { ar, differences, ma, seasonal_ar, seasonal_differences, seasonal_ma, constant: choice.constant };
            let theirs = peers.fit(&case.past(), case.season).expect("long enough").aicc();
            // stepwise searches may end at another of several models within two units, which count as equal
            assert!(fitted.aicc() < theirs + 2.0, "{}: {} {} {theirs}", choice.name, fitted.name(), fitted.aicc());
        }
    }
}

#[test]
fn a_random_walk_with_drift_is_its_closed_form() {
    let past = [3.0, 5.0, 4.0, 8.0, 9.0, 13.0];
    let fitted = Arima { differences: 1, constant: true, ..Arima::default() }.fit(&past, 1).unwrap();
    // steps 2 −1 4 1 4: mean 2, Σ (step − mean)² = 18, over 5 − 1
    assert!((fitted.constant().unwrap() - 2.0).abs() < 1e-12);
    assert!((fitted.variance() - 4.5).abs() < 1e-12);
    let outlook = fitted.outlook(3);
    for (h, expected) in [15.0, 17.0, 19.0].into_iter().enumerate() {
        assert!((outlook.centre[h] - expected).abs() < 1e-12);
        assert!((outlook.sd[h] - (4.5 * (h as f64 + 1.0)).sqrt()).abs() < 1e-12);
    }
    assert!(fitted.residuals()[0].is_nan() && (fitted.residuals()[1] - 0.0).abs() < 1e-12 && fitted.residuals().len() == 6);
}

#[test]
fn a_seasonal_walk_repeats_the_last_season() {
    let past: Vec<f64> = (0..12).map(|t| [1.0, 5.0, 2.0, 8.0][t % 4] + t as f64 * 0.01 * (t % 3) as f64).collect();
    let outlook = Arima { seasonal_differences: 1, ..Arima::default() }.fit(&past, 4).unwrap().outlook(6);
    for h in 0..6 {
        assert!((outlook.centre[h] - past[8 + h % 4]).abs() < 1e-12);
    }
}

#[test]
fn regression_errors_follow_the_model_and_coefficients_are_found() {
    let wave = |t: usize| (t as f64 * 0.9).sin();
    let step = |t: usize| f64::from(u8::from(t % 7 < 3));
    let noise = |t: usize| ((t * t) as f64 * 0.37).sin() * 0.05;
    let past: Vec<f64> = (0..80).map(|t| 4.0 + 2.0 * wave(t) - 3.0 * step(t) + noise(t)).collect();
    let regressors = [(0..80).map(wave).collect::<Vec<_>>(), (0..80).map(step).collect()];
    let order = Arima { ar: 1, constant: true, ..Arima::default() };
    let fitted = order.fit_with(&past, 1, &regressors, None).unwrap();
    let found = fitted.coefficients();
    assert!((found[0] - 2.0).abs() < 0.05 && (found[1] + 3.0).abs() < 0.05, "{found:?}");
    let future = [(80..90).map(wave).collect::<Vec<_>>(), (80..90).map(step).collect()];
    for (h, centre) in fitted.outlook_with(10, &future).centre.iter().enumerate() {
        assert!((centre - (4.0 + 2.0 * wave(80 + h) - 3.0 * step(80 + h))).abs() < 0.2);
    }
    let mut gapped = past.clone();
    gapped[20] = f64::NAN;
    let again = order.fit_with(&gapped, 1, &regressors, None).unwrap();
    assert!((again.coefficients()[0] - found[0]).abs() < 0.02, "{:?} {found:?}", again.coefficients());
}

#[test]
fn gap_filter_and_fast_filter_agree_where_nothing_is_missing() {
    let past: Vec<f64> = (0..48).map(|t| 10.0 + f64::from(t) * 0.3 + f64::from(t * t % 12)).collect();
    let order = Arima { ar: 1, differences: 1, seasonal_ma: 1, constant: true, ..Arima::default() };
    let prepared = prepare(&past, 12, &[], None).unwrap();
    let data = prepared.differenced(order, 12);
    let whole = Task { prepared: &prepared, data: &data, order, season: 12 }.likelihood(&[0.3, 0.4]).unwrap();
    // a gap before the beginning changes nothing but the filter that is used
    let mut late = prepared.clone();
    late.filled.insert(0, 0.0);
    late.seen.insert(0, false);
    let gapped = Task { prepared: &late, data: &data, order, season: 12 }.likelihood(&[0.3, 0.4]).unwrap();
    assert_eq!(whole.counted, gapped.counted);
    assert!((whole.log - gapped.log).abs() < 1e-3, "{} {}", whole.log, gapped.log);
    assert!((whole.beta[0] - gapped.beta[0]).abs() < 1e-4);
}

#[test]
fn a_logarithm_forecasts_growth_and_positive_quantiles() {
    let past: Vec<f64> = (0..40).map(|t| 100.0 * 1.05_f64.powi(t) * if t % 2 == 0 { 1.02 } else { 0.98 }).collect();
    let fitted = AutoArima { power: Some(0.0), ..AutoArima::default() }.fit(&past, 1).unwrap();
    let outlook = fitted.outlook(4);
    assert!((outlook.centre[3] / (100.0 * 1.05_f64.powi(43)) - 1.0).abs() < 0.05, "{:?}", outlook.centre);
    assert!(outlook.quantiles_at(3)[0] > 0.0 && outlook.quantiles_at(3)[16] > outlook.centre[3]);
    assert!(AutoArima { power: Some(0.0), ..AutoArima::default() }.fit(&[1.0, 0.0, 2.0, 3.0], 1).is_none());
}

#[test]
fn refitting_the_same_past_stays_and_a_longer_one_is_followed() {
    let past: Vec<f64> =
        (0..96).map(|t| f64::from(t % 12) * 2.0 + (f64::from(t * t) * 0.37).sin() + f64::from(t) * 0.1).collect();
    let fitted = AutoArima::default().fit(&past[..84], 12).unwrap();
    let same = fitted.refit(&past[..84]).unwrap();
    assert!((same.log_likelihood() - fitted.log_likelihood()).abs() < 0.05);
    let longer = fitted.refit(&past).unwrap();
    assert_eq!((longer.order(), longer.residuals().len()), (fitted.order(), 96));
}

#[test]
fn hardly_a_series_gives_finite_numbers_or_nothing() {
    let wild = |t: usize| ((t * t) as f64 * 0.37).sin();
    let gapped: Vec<f64> = (0..60).map(|t| if t % 3 == 0 { wild(t) + 5.0 } else { f64::NAN }).collect();
    let ends_in_gaps: Vec<f64> = (0..60).map(|t| if t < 50 { wild(t) + t as f64 } else { f64::NAN }).collect();
    let mut jump = vec![0.0; 40];
    jump[39] = 1e12;
    let mut exploding: Vec<f64> = (0..30).map(|t| 2.0_f64.powi(t)).collect();
    exploding[3] = 0.0;
    let pasts: Vec<Vec<f64>> = vec![
        vec![],
        vec![1.0],
        vec![1.0, 2.0],
        vec![1.0, 2.0, 4.0],
        vec![1.0, 2.0, 4.0, 3.0],
        vec![5.0; 40],
        vec![0.0; 40],
        vec![f64::NAN; 40],
        (0..50).map(|t| 1e12 * (1.0 + 0.1 * wild(t))).collect(),
        (0..50).map(|t| 1e-9 * wild(t)).collect(),
        (0..50).map(|t| 1e12 + wild(t)).collect(),
        (0..50).map(f64::from).collect(),
        (0..50).map(|t| f64::from(t * t)).collect(),
        (0..50).map(|t| f64::from(t % 7)).collect(),
        gapped,
        ends_in_gaps,
        jump,
        exploding,
        vec![f64::INFINITY, 1.0, 2.0, 3.0],
    ];
    for past in &pasts {
        for season in [0, 1, 2, 7, 12, 100] {
            for search in [ArimaSearch::Thorough, ArimaSearch::Fast] {
                let Some(fitted) = (AutoArima { search, power: None }).fit(past, season) else { continue };
                let outlook = fitted.outlook(24);
                let sound = outlook.centre.iter().all(|y| y.is_finite()) && outlook.sd.iter().all(|s| s.is_finite() && *s >= 0.0);
                assert!(sound, "{} {past:?} {outlook:?}", fitted.name());
                assert_eq!(fitted.residuals().len(), past.len());
                let order = fitted.order();
                assert!(order.differences + order.seasonal_differences <= 2);
                if let Some(again) = fitted.refit(past) {
                    assert!(again.outlook(5).centre.iter().all(|y| y.is_finite()));
                }
            }
        }
    }
}

#[test]
fn the_same_past_gives_the_same_fit() {
    let past: Vec<f64> = (0..72).map(|t| (f64::from(t * t) * 0.37).sin() + f64::from(t % 12)).collect();
    let once = AutoArima::default().fit(&past, 12).unwrap().outlook(12);
    assert_eq!(once, AutoArima::default().fit(&past, 12).unwrap().outlook(12));
}

#[test]
fn names_are_the_fields_words() {
    let order = Arima { ar: 1, differences: 1, ma: 2, seasonal_ma: 1, constant: true, ..Arima::default() };
    assert_eq!(order.name(12), "ARIMA(1,1,2)(0,0,1)[12] with drift");
    assert_eq!(Arima { ar: 1, constant: true, ..Arima::default() }.name(1), "ARIMA(1,0,0) with mean");
}

#[test]
fn gaps_at_the_end_are_the_first_steps_ahead() {
    let past: Vec<f64> = (0..50).map(|t| f64::from(t) + (f64::from(t * t) * 0.37).sin()).collect();
    let mut longer = past.clone();
    longer.extend([f64::NAN; 3]);
    let order = Arima { ar: 1, differences: 1, constant: true, ..Arima::default() };
    let (short, long) = (order.fit(&past, 1).unwrap().outlook(5), order.fit(&longer, 1).unwrap().outlook(2));
    assert_eq!((&short.centre[3..], &short.sd[3..]), (&long.centre[..], &long.sd[..]));
}
