use super::*;
use crate::forecast::methods::noise::Noise;

fn driver(name: &str, past: Vec<f64>, future: DriverFuture) -> Driver {
    Driver { name: name.to_owned(), past, future, lags: Vec::new() }
}

/// 120 steps of y = 50 + 0.1 t + 3 users + AR(1) noise, 12 more of users.
fn shop(seed: u64, phi: f64) -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut noise = Noise::new(seed);
    let (mut users, mut series, mut error, mut level) = (Vec::new(), Vec::new(), 0.0, 20.0);
    for t in 0..132_u32 {
        level = 20.0 + 0.8 * (level - 20.0) + 2.0 * noise.normal();
        error = phi * error + noise.normal();
        users.push(level);
        series.push(50.0 + 0.1 * f64::from(t) + 3.0 * level + error);
    }
    let (later, after) = (users.split_off(120), series.split_off(120));
    (users, later, series, after)
}

#[test]
fn a_known_effect_is_found_and_known_futures_are_followed() {
    let (mut inside, mut within) = (0, 0);
    for seed in 0..50 {
        let (users, later, series, after) = shop(seed, 0.5);
        let table = DriverTable { drivers: vec![driver("users", users, DriverFuture::Known(later))], events: Vec::new() };
        let fitted = DriverModel::default().fit(&series, 1, &table, 12).expect("fits");
        let effect = &fitted.effects()[0];
        assert!(effect.name == "users" && (effect.size - 3.0).abs() < 0.25, "{effect:?}");
        within += usize::from((effect.size - 3.0).abs() < 1.96 * effect.sd);
        let outlook = fitted.outlook(12);
        inside += (0..12).filter(|h| (after[*h] - outlook.centre[*h]).abs() < 1.2816 * outlook.sd[*h]).count();
    }
    // 95 % of 50 and 80 % of 600
    assert!((43..=50).contains(&within) && (440..=520).contains(&inside), "{within} {inside}");
}

#[test]
fn a_driver_without_a_future_is_refused() {
    let (users, later, series, _) = shop(1, 0.0);
    let with = |future, lags: &[usize]| {
        let driver = Driver { lags: lags.to_vec(), ..driver("users", users.clone(), future) };
        DriverModel::default().fit(&series, 1, &DriverTable { drivers: vec![driver], events: Vec::new() }, 12).map(|_| ())
    };
    let name = || "users".to_owned();
    assert_eq!(with(DriverFuture::Missing, &[]), Err(DriverError::NoFuture { name: name() }));
    assert_eq!(with(DriverFuture::Missing, &[12]), Ok(()));
    assert_eq!(with(DriverFuture::Missing, &[11]), Err(DriverError::NoFuture { name: name() }));
    let short = DriverFuture::Known(later[..5].to_vec());
    assert_eq!(with(short.clone(), &[]), Err(DriverError::FutureTooShort { name: name(), have: 5, want: 12 }));
    assert_eq!(with(short, &[7, 9]), Ok(()));
    let mut unfit = later.clone();
    unfit[3] = f64::NAN;
    assert_eq!(with(DriverFuture::Known(unfit), &[]), Err(DriverError::NotFinite { name: name(), step: 124 }));
    let negative = DriverFuture::Uncertain { centre: later.clone(), sd: vec![-1.0; 12] };
    assert_eq!(with(negative, &[]), Err(DriverError::NotFinite { name: name(), step: 121 }));
    assert_eq!(with(DriverFuture::Paths(vec![]), &[]), Err(DriverError::FutureTooShort { name: name(), have: 0, want: 12 }));
    let error = with(DriverFuture::Missing, &[]).expect_err("no future").to_string();
    assert_eq!(error, "driver 'users' has no future values: a forecast by it needs a forecast of it");
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let series = vec![1.0; 30];
    let fit = |table: &DriverTable| DriverModel::default().fit(&series, 1, table, 1).map(|_| ());
    let known = || DriverFuture::Known(vec![1.0]);
    let table = |drivers| DriverTable { drivers, events: vec![Event { name: "sale".to_owned(), ..Event::default() }] };
    let sale = fit(&table(vec![driver("sale", vec![1.0; 30], known())]));
    assert_eq!(sale, Err(DriverError::SameName { name: "sale".to_owned() }));
    let name = || "users".to_owned();
    let of = |past| fit(&table(vec![driver("users", past, known())]));
    assert_eq!(of(vec![1.0; 29]), Err(DriverError::PastLength { name: name(), have: 29, want: 30 }));
    assert_eq!(of(vec![f64::NAN; 30]), Err(DriverError::NoValues { name: name() }));
    assert_eq!(of(vec![f64::INFINITY; 30]), Err(DriverError::NotFinite { name: name(), step: 1 }));
    assert_eq!(DriverModel::default().fit(&[1.0, 2.0], 1, &DriverTable::default(), 1).map(|_| ()), Err(DriverError::TooShort));
}

#[test]
fn a_lag_is_followed_from_the_past_into_the_future() {
    let mut noise = Noise::new(4);
    let orders: Vec<f64> = (0..80).map(|_| 10.0 * noise.uniform()).collect();
    let series: Vec<f64> = (0..80).map(|t| if t < 3 { f64::NAN } else { 5.0 + 2.0 * orders[t - 3] }).collect();
    let lagged = Driver { lags: vec![3], ..driver("orders", orders.clone(), DriverFuture::Missing) };
    let table = DriverTable { drivers: vec![lagged], events: Vec::new() };
    let outlook = DriverModel::default().fit(&series, 1, &table, 3).expect("fits").outlook(3);
    for h in 0..3 {
        assert!((outlook.centre[h] - (5.0 + 2.0 * orders[77 + h])).abs() < 1e-3, "{outlook:?}");
    }
}

#[test]
fn an_event_recurs_with_its_window() {
    let mut noise = Noise::new(9);
    let dates = vec![20, 50, 80, 110, 123];
    let effect = |t: usize| -> f64 {
        dates
            .iter()
            .map(|at| {
                if t + 1 == *at {
                    10.0
                } else if t == *at {
                    40.0
                } else if t == at + 1 {
                    -15.0
                } else {
                    0.0
                }
            })
            .sum()
    };
    let series: Vec<f64> = (0..120).map(|t| 100.0 + effect(t) + noise.normal()).collect();
    let sale = Event { name: "sale".to_owned(), at: dates.clone(), before: 1, after: 1 };
    let first = Event { name: "launch".to_owned(), at: vec![125], ..Event::default() };
    let table = DriverTable { drivers: Vec::new(), events: vec![sale, first] };
    let fitted = DriverModel::default().fit(&series, 1, &table, 8).expect("fits");
    let effects = fitted.effects();
    assert_eq!(effects.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["sale (-1)", "sale", "sale (+1)", "launch"]);
    for (effect, want) in effects.iter().zip([10.0, 40.0, -15.0, 0.0]) {
        assert!((effect.size - want).abs() < 2.0, "{effect:?}");
    }
    assert_eq!(fitted.unseen_events(), ["launch"]);
    let outlook = fitted.outlook(8);
    assert!((outlook.centre[3] - 140.0).abs() < 3.0 && (outlook.centre[4] - 85.0).abs() < 3.0, "{outlook:?}");
    // what was never seen is as uncertain as the prior
    assert!(outlook.sd[5] > 10.0 * outlook.sd[0], "{outlook:?}");
}

#[test]
fn doubt_about_drivers_widens_as_a_simulation_says() {
    let (users, later, series, _) = shop(7, 0.4);
    let mut noise = Noise::new(77);
    let visits: Vec<f64> = (0..120).map(|t| users[t] + 5.0 * noise.normal()).collect();
    let sd: Vec<f64> = (0..12).map(|h| 0.5 * f64::from(h + 1)).collect();
    let draws: Vec<Vec<f64>> = (0..400).map(|_| (0..12).map(|_| 15.0 + 4.0 * noise.normal()).collect()).collect();
    let uncertain = DriverFuture::Uncertain { centre: later.clone(), sd: sd.clone() };
    let users = Driver { lags: vec![0, 1], ..driver("users", users, uncertain) };
    let table =
        DriverTable { drivers: vec![users, driver("visits", visits, DriverFuture::Paths(draws.clone()))], events: Vec::new() };
    let fitted = DriverModel::default().fit(&series, 1, &table, 12).expect("fits");
    let outlook = fitted.outlook(12);
    let found = &fitted.regressed;
    let width = found.coefficients.len();
    let lower = crate::stats::cholesky(&found.covariance, width).expect("a covariance");
    let noise_ahead = found.autoregression.variance_ahead(12);
    for h in [0_usize, 5, 11] {
        let mut row = Vec::new();
        fitted.push_row(&mut row, 120 + h);
        let scale = |at: usize| match &fitted.columns[at] {
            Column::Driver { scale, .. } => *scale,
            Column::Event { .. } => 1.0,
        };
        let mean_visits = draws.iter().map(|path| path[h]).sum::<f64>() / 400.0;
        let (mut first, mut second, count) = (0.0, 0.0, 40_000);
        for draw in 0..count {
            let z: Vec<f64> = (0..width).map(|_| noise.normal()).collect();
            let beta: Vec<f64> =
                (0..width).map(|i| found.coefficients[i] + (0..=i).map(|j| lower[i * width + j] * z[j]).sum::<f64>()).collect();
            let mut x = row.clone();
            let away = noise.normal();
            x[fitted.fixed] += away * sd[h] / scale(0);
            if h > 0 {
                x[fitted.fixed + 1] += away * sd[h - 1] / scale(1);
            }
            x[fitted.fixed + 2] += (draws[draw % 400][h] - mean_visits) / scale(2);
            let value = x.iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>()
                + found.sigma * noise_ahead[h].sqrt() * noise.normal()
                - outlook.centre[h];
            first += value;
            second += value * value;
        }
        let count = count as f64;
        let simulated = (second / count - (first / count).powi(2)).sqrt();
        // the standard error of a standard deviation over 40 000 draws is 0.35 %
        assert!((simulated / outlook.sd[h] - 1.0).abs() < 0.015, "{h} {simulated} {}", outlook.sd[h]);
    }
}

#[test]
fn an_earlier_origin_knows_what_the_drivers_did_later() {
    let (users, later, series, _) = shop(11, 0.3);
    let table = DriverTable { drivers: vec![driver("users", users, DriverFuture::Known(later))], events: Vec::new() };
    let fitted = DriverModel::default().fit(&series, 1, &table, 12).expect("fits");
    let outlook = fitted.refit(&series[..100]).expect("fits").outlook(20);
    let wide = (0..20).filter(|h| (series[100 + h] - outlook.centre[*h]).abs() > 2.6 * outlook.sd[*h]).count();
    assert!(wide <= 2 && outlook.sd[19] < 3.0, "{wide} {outlook:?}");
    assert_eq!(fitted.refit(&series).expect("fits").outlook(12), fitted.outlook(12));
}

#[test]
fn awkward_pasts_give_finite_numbers_or_an_error() {
    let mut gaps: Vec<f64> = (0..40).map(f64::from).collect();
    (0..40).filter(|t| t % 3 == 0).for_each(|t| gaps[t] = f64::NAN);
    for past in [vec![0.0; 40], vec![7.0; 40], gaps.clone(), (0..40).map(|t| 1e12 * f64::from(t % 5)).collect(), vec![1e-9; 40]] {
        for (column, next) in [(vec![0.0; 40], 1.0), (vec![5.0; 40], 9.0), (gaps.clone(), 40.0), (past.clone(), 1e12)] {
            let table = DriverTable {
                drivers: vec![
                    driver("a", column.clone(), DriverFuture::Known(vec![next; 6])),
                    driver("b", column, DriverFuture::Known(vec![next; 6])),
                ],
                events: vec![Event { name: "e".to_owned(), at: vec![0, 39, 41], before: 2, after: 2 }],
            };
            if let Ok(fitted) = DriverModel::default().fit(&past, 7, &table, 6) {
                let outlook = fitted.outlook(9);
                assert!(outlook.centre.iter().chain(&outlook.sd).all(|v| v.is_finite()), "{past:?} {outlook:?}");
            }
        }
    }
}

#[derive(serde::Deserialize)]
struct Peer {
    past: Vec<f64>,
    users: Vec<f64>,
    price: Vec<f64>,
    effects: Vec<f64>,
    effect_sd: Vec<f64>,
    centre: Vec<f64>,
    sd: Vec<f64>,
}

#[test]
fn without_a_prior_it_is_ordinary_least_squares() {
    let all: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/fixtures/forecast/growth.json")).expect("a fixture");
    let peer: Peer = serde_json::from_value(all["drivers"].clone()).expect("drivers");
    let of = |name, values: &[f64]| driver(name, values[..80].to_vec(), DriverFuture::Known(values[80..].to_vec()));
    let table = DriverTable {
        drivers: vec![of("users", &peer.users), of("price", &peer.price)],
        events: vec![Event { name: "sale".to_owned(), at: vec![10, 30, 55, 83], ..Event::default() }],
    };
    let fitted = DriverModel { order: 0, prior: 1e6, trend: true }.fit(&peer.past, 1, &table, 6).expect("fits");
    // the guard of 1e-10 on the diagonal and the normal equations leave seven digits
    let near = |ours: f64, theirs: f64| assert!((ours - theirs).abs() < 1e-6 * theirs.abs().max(1.0), "{ours} {theirs}");
    for ((effect, size), sd) in fitted.effects().iter().zip(peer.effects).zip(peer.effect_sd) {
        near(effect.size, size);
        near(effect.sd, sd);
    }
    let outlook = fitted.outlook(6);
    for h in 0..6 {
        near(outlook.centre[h], peer.centre[h]);
        near(outlook.sd[h], peer.sd[h]);
    }
}
