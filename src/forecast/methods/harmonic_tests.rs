use super::*;

/// Deterministic noise, about uniform on ±1, without a visible period.
fn noise(t: usize) -> f64 {
    let mut state = (t as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((state ^ (state >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

const YEAR: f64 = 365.25 / 7.0;

fn wave(t: usize) -> f64 {
    6.0 * (TAU * t as f64 / YEAR).sin() - 3.0 * (2.0 * TAU * t as f64 / YEAR).cos()
}

/// Eight years of weeks about a line, with autoregressive errors of coefficient 0.6.
fn weeks(count: usize) -> Vec<f64> {
    let mut error = 0.0;
    (0..count)
        .map(|t| {
            error = 0.6 * error + noise(t);
            100.0 + 0.05 * t as f64 + wave(t) + error
        })
        .collect()
}

#[test]
fn a_season_that_is_no_whole_number_of_steps_is_carried_on() {
    let series = weeks(417);
    let fitted = Harmonic::new(&[YEAR]).fit(&series).expect("the season is there");
    let outlook = fitted.outlook(52);
    for ahead in 0..52 {
        let t = 417 + ahead;
        let exact = 100.0 + 0.05 * t as f64 + wave(t);
        assert!((outlook.centre[ahead] - exact).abs() < 1.5, "{ahead}: {} {exact}", outlook.centre[ahead]);
    }
    assert!(fitted.p_value() < 1e-6 && fitted.harmonics() >= 2, "{}", fitted.name());
}

#[test]
fn the_deviation_is_that_of_the_innovations_and_rises_as_an_autoregression_does() {
    let settings = Harmonic { differenced: Some(false), ..Harmonic::new(&[YEAR]) };
    let outlook = settings.fit(&weeks(1043)).expect("the season is there").outlook(20);
    // uniform noise on ±1 has σ = 1/√3; an AR(1) of 0.6 goes to σ / √(1 − 0.36) = 1.25 σ
    assert!((outlook.sd[0] * 3.0_f64.sqrt() - 1.0).abs() < 0.1, "{}", outlook.sd[0]);
    assert!((outlook.sd[19] / outlook.sd[0] - 1.25).abs() < 0.1, "{:?}", outlook.sd);
    assert!(outlook.sd.windows(2).all(|pair| pair[0] <= pair[1] * 1.02));
}

#[test]
fn a_season_that_is_not_there_is_refused() {
    let plain: Vec<f64> = (0..417).map(noise).collect();
    let walk: Vec<f64> = plain
        .iter()
        .scan(0.0, |level, step| {
            *level += step;
            Some(*level)
        })
        .collect();
    assert!(Harmonic::new(&[YEAR]).fit(&plain).is_none());
    assert!(Harmonic::new(&[YEAR]).fit(&walk).is_none());
    assert!(Harmonic { level: 1.0, ..Harmonic::new(&[YEAR]) }.fit(&plain).is_some());
    assert!(Harmonic::new(&[YEAR]).fit(&weeks(100)).is_none(), "under two cycles");
}

#[test]
fn noise_is_called_a_season_about_as_seldom_as_the_level_says() {
    let called = (0..100).filter(|trial| {
        let series: Vec<f64> = (0..200).map(|t| noise(t + 1000 * (trial + 1))).collect();
        Harmonic::new(&[24.0]).fit(&series).is_some()
    });
    // 1 % expected of each; 6 or more of 100 has probability under 0.1 %
    assert!(called.count() < 6);
}

#[test]
fn a_refit_of_the_same_past_says_nearly_the_same() {
    let series = weeks(417);
    let fitted = Harmonic::new(&[YEAR]).fit(&series).expect("the season is there");
    let again = fitted.refit(&series).expect("the same past");
    let (first, second) = (fitted.outlook(26), again.outlook(26));
    (0..26).for_each(|h| assert!((first.centre[h] - second.centre[h]).abs() < 0.5, "{h}"));
    assert_eq!(fitted.harmonics(), again.harmonics());
}

#[test]
fn the_triangle_solves_what_the_slow_twin_solves() {
    let series = weeks(300);
    let settings = Harmonic { most: 3, ..Harmonic::new(&[YEAR]) };
    let waves = Arc::new(Waves::new(settings.waves(300).expect("five years"), 300));
    let form = Form { waves, lags: Some(2), differenced: false, start: 2, chosen: true };
    let columns = Columns::new(HarmonicTrend::Linear, &form, 300);
    let triangle = Triangle::new(&series, &columns, 2, 2).expect("not constant");
    let mut rows = Vec::new();
    for t in 2..300 {
        let mut row = vec![0.0; columns.width()];
        columns.write(t, &mut row);
        rows.extend([series[t - 1], series[t - 2]]);
        rows.extend(row);
    }
    let slow = crate::stats::least_squares(&rows, 2 + columns.width(), &series[2..], 0.0);
    let fast = triangle.solve(&triangle.z);
    // values of about 100 with products of about 1e6: 1e-16 × the square of the columns' condition (about 1e3)
    slow.iter().zip(&fast).for_each(|(a, b)| assert!((a - b).abs() < 1e-6 * a.abs().max(1.0), "{slow:?} {fast:?}"));
}

#[test]
fn one_step_errors_are_the_residuals_and_gaps_have_none() {
    let mut series = weeks(417);
    (100..104).for_each(|t| series[t] = f64::NAN);
    let fitted = Harmonic::new(&[YEAR]).fit(&series).expect("the season is there");
    assert!((100..104).all(|t| fitted.residuals()[t].is_nan()));
    let seen: Vec<f64> = fitted.residuals().iter().copied().filter(|error| error.is_finite()).collect();
    let deviation = (seen.iter().map(|error| error * error).sum::<f64>() / seen.len() as f64).sqrt();
    assert!((deviation - 1.0 / 3.0_f64.sqrt()).abs() < 0.06, "{deviation}");
}

#[test]
fn logarithms_multiply() {
    let series: Vec<f64> = weeks(417).iter().map(|value| (value / 50.0).exp()).collect();
    let settings = Harmonic { log: Some(true), ..Harmonic::new(&[YEAR]) };
    let outlook = settings.fit(&series).expect("the season is there").outlook(13);
    let plain =
        Harmonic { log: Some(false), ..Harmonic::new(&[YEAR]) }.fit(&weeks(417)).expect("the season is there").outlook(13);
    (0..13).for_each(|h| assert!((outlook.centre[h].ln() * 50.0 - plain.centre[h]).abs() < 1e-6));
    let chosen = Harmonic::new(&[YEAR]).fit(&series).expect("the season is there");
    assert!(chosen.name().starts_with("log "), "{}", chosen.name());
    assert!(settings.fit(&[-1.0; 200]).is_none());
}

#[test]
fn without_a_season_it_is_an_autoregression() {
    let series: Vec<f64> = (0..1000)
        .map(noise)
        .scan(0.0, |last, step| {
            *last = 0.6 * *last + step;
            Some(*last)
        })
        .collect();
    let settings = Harmonic { trend: HarmonicTrend::None, differenced: Some(false), log: Some(false), ..Harmonic::new(&[]) };
    let fitted = settings.fit(&series).expect("long enough");
    assert!(fitted.name().starts_with("AR("), "{}", fitted.name());
    // Var(φ̂) ≈ (1 − φ²) / n: three deviations are 0.076
    assert!((fitted.outlook(1).centre[0] / series[999] - 0.6).abs() < 0.12);
}

#[test]
fn waves_shared_by_two_seasons_come_once() {
    let waves = Harmonic { most: 8, ..Harmonic::new(&[168.0, 24.0]) }.waves(1000).expect("six weeks");
    // 8 of the day; of the week 8 less the 7th, which is the first of the day
    assert_eq!(waves.len(), 15);
    assert!(waves[..8].iter().all(|wave| wave.season == 0));
}

#[test]
fn partial_correlations_tell_a_stationary_autoregression() {
    assert!(stable(&[0.5]) && stable(&[]) && stable(&[1.2, -0.5]));
    assert!(!stable(&[1.0]) && !stable(&[0.7, 0.4]) && !stable(&[f64::NAN]));
    assert_eq!(with_unit_root(&[0.5]), [1.5, -0.5]);
}

#[test]
fn unsuited_series_are_refused_and_odd_ones_give_finite_numbers() {
    let loose = Harmonic { level: 1.0, ..Harmonic::new(&[7.0]) };
    assert!(loose.fit(&[]).is_none());
    assert!(loose.fit(&[1.0, 2.0, 3.0]).is_none());
    assert!(loose.fit(&[5.0; 100]).is_none());
    assert!(loose.fit(&[f64::NAN; 100]).is_none());
    let exact: Vec<f64> = (0..100).map(|t| f64::from(t % 7)).collect();
    let spike: Vec<f64> = (0..100).map(|t| if t == 50 { 1e12 } else { 0.0 }).collect();
    let early: Vec<f64> =
        (0..100).map(|t| if (8..=95).contains(&t) { f64::from(t % 7) + noise(t as usize) } else { f64::NAN }).collect();
    let short: Vec<f64> = (0..20).map(|t| f64::from(t % 7) + noise(t as usize)).collect();
    for series in [&exact, &spike, &early, &short] {
        for scale in [1.0, 1e12, 1e-9] {
            let scaled: Vec<f64> = series.iter().map(|value| value * scale).collect();
            if let Some(fitted) = loose.fit(&scaled) {
                let outlook = fitted.outlook(30);
                assert!(outlook.centre.iter().chain(&outlook.sd).all(|value| value.is_finite()), "{outlook:?}");
                drop(fitted.refit(&scaled));
            }
        }
    }
}

#[test]
fn forecasts_are_those_of_the_exact_likelihood() {
    let document: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/forecast/harmonic.json")).expect("the fixture is JSON");
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
    };
    for case in document["cases"].as_array().expect("a list") {
        let settings = Harmonic { differenced: Some(false), log: Some(false), ..Harmonic::new(&[YEAR]) };
        let fitted = settings.fit(&numbers(&case["series"])).expect("the season is there");
        let outlook = fitted.outlook(26);
        // the peer knows the true form and maximises the exact likelihood; we choose the form, draw waves in and take least
        // squares given the first values: forecasts within a quarter of the innovations' σ = 1
        for (h, mean) in numbers(&case["mean"]).into_iter().enumerate() {
            assert!((outlook.centre[h] - mean).abs() < 0.25, "{} {h}: {} {mean}", fitted.name(), outlook.centre[h]);
        }
        // the peer takes the coefficients of its terms for known: ours is wider, by the leverage of seven terms in 417 values
        // seen through long memory
        for (h, sd) in numbers(&case["sd"]).into_iter().enumerate() {
            assert!(outlook.sd[h] > 0.97 * sd && outlook.sd[h] < 1.12 * sd, "{} {h}: {} {sd}", fitted.name(), outlook.sd[h]);
        }
    }
}
