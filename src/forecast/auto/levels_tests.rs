use std::convert::Infallible;
use std::f64::consts::TAU;

use super::super::methods::GRID;
use super::{Batch, Calendar, Method, Past, Settings, forecast_levels};
use crate::stream::{Seed, Stream};

fn levels(past: &[Option<f64>], methods: Option<Vec<Method>>, horizon: usize) -> Batch {
    let settings = Settings { horizon, seasons: vec![7], shared_dates: false, ceiling: None, methods };
    let calendar = Calendar { year: 365.25, month: 28 };
    let done =
        forecast_levels(&[Past { values: past, behind: 0, drivers: None }], &settings, calendar, Stream::root(Seed(1)), || {
            Ok::<(), Infallible>(())
        });
    let Ok(batch) = done;
    batch
}

/// Growth of 30 % a year with a yearly swing of 10 % and noise of 3 %, a week's weekend lower.
fn shop(days: usize, seed: u64) -> Vec<Option<f64>> {
    let mut rng = Stream::root(Seed(seed)).rng();
    let at = |t: usize| {
        let year = t as f64 / 365.25;
        100.0 * (1.3_f64.powf(year)) * (1.0 + 0.1 * (TAU * year).cos()) * if t % 7 >= 5 { 0.8 } else { 1.0 }
    };
    (0..days).map(|t| Some(at(t) * (0.03 * rng.normal()).exp())).collect()
}

#[test]
fn growth_and_year_are_continued_on_the_log_scale_and_naive_is_beaten() {
    let past = shop(1095, 3);
    let batch = levels(&past[..730], None, 365);
    let one = &batch.series[0];
    let tested = one.tested.as_ref().unwrap();
    assert!(one.log && one.yearly, "{one:?}");
    assert!(tested.crps < 0.5 * tested.naive_crps, "{tested:?}");
    assert!(tested.candidates.is_sorted_by(|a, b| a.1 <= b.1), "{tested:?}");
    // a year ahead of two years of history: the pace is known to a few points, noise is 3 %
    let worst = (0..365).map(|h| (one.median(h) / past[730 + h].unwrap() - 1.0).abs()).fold(0.0, f64::max);
    assert!(worst < 0.2, "{worst}");
    // one history says little of a width: six
    let widths = (3..9).map(|seed| {
        let one = levels(&shop(730, seed), None, 365).series.remove(0);
        [3, 360].map(|h| (one.quantile(h, 0.9) - one.quantile(h, 0.1)) / one.median(h))
    });
    let [near, far] = widths.fold([0.0; 2], |sum, of| [sum[0] + of[0] / 6.0, sum[1] + of[1] / 6.0]);
    assert!(far > 1.2 * near, "bands widen beyond what the back-test reaches: {near} {far}");
}

#[test]
fn where_nothing_beats_seasonal_naive_it_is_used_alone_and_an_asked_method_is_used_whatever_it_did() {
    // a walk in seven phases: each weekday repeats what it last was, plus its own step
    let mut rng = Stream::root(Seed(8)).rng();
    let mut week = [50.0; 7];
    let past: Vec<Option<f64>> = (0..210)
        .map(|t| {
            week[t % 7] += 4.0 * rng.normal();
            Some(week[t % 7] + 200.0)
        })
        .collect();
    let auto = levels(&past, None, 60);
    let tested = auto.series[0].tested.as_ref().unwrap();
    let beaten = tested.candidates.iter().filter(|(name, score)| name != "seasonal naive" && *score < tested.naive_crps);
    for (name, _) in &auto.series[0].methods {
        assert!(name == "seasonal naive" || beaten.clone().any(|(better, _)| better == name), "{name} {tested:?}");
    }
    let asked = levels(&past, Some(vec![Method::Drift]), 60);
    assert_eq!(asked.series[0].methods, [("seasonal drift".to_owned(), 1.0)]);
}

#[test]
fn short_gappy_constant_and_zero_levels_give_finite_rising_quantiles() {
    let gappy: Vec<Option<f64>> = (0..40).map(|t| (t % 5 != 1).then_some(3.0 + f64::from(t % 7))).collect();
    for past in
        [vec![Some(0.0); 14], vec![Some(5.0); 400], gappy, shop(14, 1), shop(20, 2), [shop(500, 4), vec![None; 9]].concat()]
    {
        let batch = levels(&past, None, 30);
        let one = &batch.series[0];
        let mut path = vec![0.0; 30];
        batch.joint.path(0, &batch.joint.dates(3), &mut path);
        assert!(path.iter().all(|value| value.is_finite() && *value >= 0.0), "{path:?}");
        for h in 0..30 {
            let row = GRID.map(|p| one.quantile(h, p));
            assert!(row.is_sorted() && row[0] >= 0.0 && row.iter().all(|value| value.is_finite()), "{row:?}");
        }
    }
}

#[test]
fn a_level_that_is_told_more_of_keeps_its_dates() {
    let (long, other) = (shop(730, 3), shop(730, 4));
    let settings = Settings { horizon: 90, seasons: vec![7], shared_dates: false, ceiling: None, methods: None };
    let of = |pasts: &[Past]| {
        let Ok(batch) = forecast_levels(pasts, &settings, Calendar { year: 365.25, month: 28 }, Stream::root(Seed(1)), || {
            Ok::<(), Infallible>(())
        });
        batch
    };
    let alone = of(&[Past { values: &long, behind: 0, drivers: None }]);
    let both = of(&[Past { values: &long, behind: 0, drivers: None }, Past { values: &other, behind: 0, drivers: None }]);
    assert_eq!(format!("{:?}", alone.joint.dates(7)), format!("{:?}", both.joint.dates(7)));
}
