//! Forecasters against closed forms.

use plimsoll::forecast::auto::{Method, Past, Settings, forecast_batch};
use plimsoll::forecast::{crps, crps_normal};
use plimsoll::stats::{estimate, percentile};
use plimsoll::stream::{Seed, Stream};

use crate::support::assert_within;

fn stream(seed: u64) -> Stream {
    Stream::root(Seed(seed))
}

/// Sample paths of one series by these methods: for each step its values.
struct Ahead(Vec<Vec<f64>>);

impl Ahead {
    fn mean(&self, step: usize) -> f64 {
        self.0[step].iter().sum::<f64>() / self.0[step].len() as f64
    }

    fn quantile(&self, step: usize, p: f64) -> f64 {
        percentile(&self.0[step], p).unwrap()
    }
}

fn series(past: &[Option<f64>], season: usize, horizon: usize, paths: u32, methods: Option<Method>, stream: Stream) -> Ahead {
    let settings = Settings {
        horizon,
        seasons: vec![season],
        shared_dates: false,
        ceiling: None,
        methods: methods.map(|method| vec![method]),
    };
    let joint = forecast_batch(&[Past { values: past, behind: 0, drivers: None }], &settings, stream).joint;
    let mut steps = vec![Vec::new(); horizon];
    let mut path = vec![0.0; horizon];
    for r in 0..paths {
        joint.path(0, &joint.dates(r), &mut path);
        steps.iter_mut().zip(&path).for_each(|(step, value)| step.push(*value));
    }
    Ahead(steps)
}

#[test]
fn the_score_of_a_sample_tends_to_that_of_its_law() {
    let each = (0..400).map(|seed| {
        let mut rng = stream(seed).rng();
        let mut sample: Vec<f64> = (0..50).map(|_| rng.normal()).collect();
        sample.sort_by(f64::total_cmp);
        crps(&sample, 0.7)
    });
    let seen = estimate(each.collect::<Vec<_>>().into_iter());
    assert_within("CRPS", seen.value, crps_normal(0.0, 1.0, 0.7), 5.0 * seen.standard_error);
}

#[test]
fn a_straight_line_is_continued() {
    let line: Vec<Option<f64>> = (0..100).map(|t| Some(50.0 + 2.0 * f64::from(t))).collect();
    for methods in [Some(Method::Drift), Some(Method::Ets), None] {
        let ahead = series(&line, 1, 20, 200, methods, stream(1));
        for step in 0..20 {
            // a line without noise leaves next to nothing to doubt: within a tenth of a step
            assert_within(&format!("{methods:?} {step}"), ahead.mean(step), 250.0 + 2.0 * step as f64, 0.2);
        }
    }
}

#[test]
fn a_season_without_noise_is_repeated() {
    let week = [10.0, 12.0, 14.0, 13.0, 11.0, 5.0, 4.0];
    let past: Vec<Option<f64>> = (0..140).map(|t| Some(week[t % 7])).collect();
    for methods in [Some(Method::SeasonalNaive), None] {
        let ahead = series(&past, 7, 14, 100, methods, stream(1));
        for step in 0..14 {
            assert_within(&format!("{methods:?} {step}"), ahead.mean(step), week[step % 7], 0.05);
        }
    }
}

#[test]
fn bands_of_a_random_walk_widen_with_the_root_of_time() {
    // the mean over walks of the 80 % half-width at h steps is 1.2816 σ √h; the naive forecaster knows this law
    let walks = 60;
    let widths: Vec<[f64; 2]> = (0..walks)
        .map(|seed| {
            let mut rng = stream(seed).named("walk").rng();
            let mut level = 1_000.0;
            let past: Vec<Option<f64>> = (0..400)
                .map(|_| {
                    level += rng.normal();
                    Some(level)
                })
                .collect();
            let ahead = series(&past, 1, 16, 800, Some(Method::SeasonalNaive), stream(seed));
            [0, 15].map(|step| (ahead.quantile(step, 0.9) - ahead.quantile(step, 0.1)) / 2.0)
        })
        .collect();
    let ratio = estimate(widths.iter().map(|[one, sixteen]| (sixteen / one).ln()));
    // corrections from eight origins of each walk are noisy but centred: the ratio of widths is 4 on average of logs
    assert_within("ln ratio", ratio.value, 4.0_f64.ln(), 5.0 * ratio.standard_error.max(0.02));
}

#[test]
fn a_forecast_never_crosses_its_own_percentiles_and_is_finite() {
    for seed in 0..20 {
        let mut rng = stream(seed).rng();
        let past: Vec<Option<f64>> =
            (0..120).map(|t| (t % 11 != 3).then(|| (10.0 + f64::from(t) * 0.1 + 3.0 * rng.normal()).max(0.0))).collect();
        let ahead = series(&past, 7, 30, 200, None, stream(seed));
        for step in 0..30 {
            let levels: Vec<f64> = [0.025, 0.1, 0.5, 0.9, 0.975].map(|p| ahead.quantile(step, p)).to_vec();
            assert!(levels.iter().all(|value| value.is_finite() && *value >= 0.0) && levels.is_sorted(), "{levels:?}");
        }
    }
}
