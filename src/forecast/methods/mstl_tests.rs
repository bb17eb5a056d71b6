use super::*;

/// The mean of what it saw, for ever.
struct Mean {
    mean: f64,
    sd: f64,
    residuals: Vec<f64>,
}

impl Fitted for Mean {
    fn name(&self) -> String {
        "mean".to_owned()
    }
    fn residuals(&self) -> &[f64] {
        &self.residuals
    }
    fn outlook(&self, steps: usize) -> Outlook {
        Outlook { centre: vec![self.mean; steps], sd: vec![self.sd; steps], quantiles: None }
    }
}

// the contract of `fit` is an option: a method may refuse
#[allow(clippy::unnecessary_wraps)]
fn mean(past: &[f64]) -> Option<Box<dyn Fitted>> {
    let seen: Vec<f64> = past.iter().copied().filter(|value| value.is_finite()).collect();
    let mean = seen.iter().sum::<f64>() / seen.len() as f64;
    let residuals = past.iter().map(|value| value - mean).collect();
    Some(Box::new(Mean { mean, sd: variance(past).sqrt(), residuals }))
}

#[test]
fn components_are_those_of_statsforecast() {
    let document: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/forecast/mstl.json")).expect("the fixture is JSON");
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
    };
    let series = numbers(&document["mstl"]["series"]);
    let authors = Some(vec![SeasonalWindow::Cycles(11), SeasonalWindow::Cycles(15)]);
    let seen = Mstl { windows: authors, ..Mstl::new(&[24, 6]) }.decompose(&series).expect("thirteen cycles");
    assert_eq!(seen.seasons, [6, 24]);
    // they fit every point and pass five times, we fit every tenth of a window and pass twice: within a tenth of the noise of 1
    for (ours, theirs) in [(&seen.trend, "trend"), (&seen.seasonals[0], "seasonal6"), (&seen.seasonals[1], "seasonal24")] {
        for (i, known) in numbers(&document["mstl"][theirs]).into_iter().enumerate() {
            assert!((ours[5 * i] - known).abs() < 0.1, "{theirs} {i}: {} {known}", ours[5 * i]);
        }
    }
}

fn two_seasons(count: usize) -> Vec<f64> {
    (0..count).map(|t| 40.0 + if t % 6 == 0 { 5.0 } else { -1.0 } + if t % 24 < 12 { 3.0 } else { -3.0 }).collect()
}

#[test]
fn two_fixed_seasons_are_carried_on() {
    let series = two_seasons(240);
    let fitted = Mstl::new(&[6, 24]).fit(&series, mean).expect("ten cycles");
    assert_eq!(fitted.name(), "MSTL(6,24) + mean");
    let outlook = fitted.outlook(60);
    let next = two_seasons(300);
    (0..60).for_each(|h| assert!((outlook.centre[h] - next[240 + h]).abs() < 0.05, "{h}: {}", outlook.centre[h]));
    let strengths = fitted.components().seasonal_strengths();
    assert!(strengths.iter().all(|strength| *strength > 0.99), "{strengths:?}");
}

#[test]
fn logarithms_carry_a_season_that_multiplies() {
    let series: Vec<f64> = (0..120).map(|t| (0.02 * f64::from(t)).exp() * if t % 4 == 0 { 8.0 } else { 2.0 }).collect();
    let settings = Mstl { log: true, ..Mstl::new(&[4]) };
    let fitted = settings.fit(&series, mean).expect("thirty cycles");
    let outlook = fitted.outlook(4);
    // the season is a factor of 4; the line in the logarithms is 0.02 a step, seen by the mean as nothing
    assert!((outlook.centre[0] / outlook.centre[1] / 4.0 - 1.0).abs() < 0.05, "{outlook:?}");
    let quantiles = outlook.quantiles_at(0);
    assert!(quantiles.windows(2).all(|pair| pair[0] <= pair[1]) && quantiles[0] > 0.0);
    let mut with_zero = series;
    with_zero[3] = 0.0;
    assert!(settings.fit(&with_zero, mean).is_none());
}

#[test]
fn a_season_of_noise_is_shrunk_and_a_real_one_is_not() {
    let noise = |t: usize| ((t * 7919 + t * t * 31) % 101) as f64 / 10.0 - 5.0;
    let alone: Vec<f64> = (0..168).map(noise).collect();
    let real: Vec<f64> = (0..168).map(|t| noise(t) + if t % 7 == 0 { 300.0 } else { 0.0 }).collect();
    let size = |series: &[f64], shrink| {
        let fitted = Mstl { shrink, ..Mstl::new(&[7]) }.fit(series, mean).expect("cycles enough");
        fitted.carried[0].cycle.iter().map(|value| value.abs()).sum::<f64>()
    };
    assert!(size(&alone, true) < 0.75 * size(&alone, false));
    assert!(size(&real, true) > 0.999 * size(&real, false));
}

#[test]
fn unsuited_series_are_refused_and_odd_ones_give_finite_numbers() {
    assert!(Mstl::new(&[24]).fit(&[1.0; 40], mean).is_none());
    assert!(Mstl::new(&[]).fit(&[1.0; 40], mean).is_none());
    for scale in [0.0, 1e12, 1e-9] {
        let mut series: Vec<f64> = (0..60).map(|t| scale * f64::from(t % 5)).collect();
        series[17] = f64::NAN;
        let fitted = Mstl::new(&[4, 12]).fit(&series, mean).expect("five cycles");
        let outlook = fitted.outlook(30);
        assert!(outlook.centre.iter().chain(&outlook.sd).all(|value| value.is_finite()));
        assert!(fitted.residuals()[17].is_nan() && fitted.residuals().len() == 60);
    }
}

#[test]
fn the_deviation_is_that_of_the_noise_although_the_season_followed_it() {
    let noise = |t: usize| {
        let mut state = (t as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((state ^ (state >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    let series: Vec<f64> = (0..480).map(|t| noise(t) + if t % 12 == 0 { 5.0 } else { 0.0 }).collect();
    let fitted = Mstl::new(&[12]).fit(&series, mean).expect("forty cycles");
    let mut errors = 0.0;
    let mut predicted = 0.0;
    for (h, sd) in fitted.outlook(12).sd.iter().enumerate() {
        let own = fitted.outlook(12).centre[h] - if h == 0 { 5.0 } else { 0.0 };
        errors += own * own + 1.0 / 3.0;
        predicted += sd * sd;
    }
    // the remainder's own variance is about 0.8 of the noise's 1/3, and the error's 1.2 of it
    assert!((predicted / errors - 1.0).abs() < 0.2, "{predicted} {errors}");
}
