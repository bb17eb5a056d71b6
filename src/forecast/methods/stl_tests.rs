use super::*;

fn oracle() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/forecast/mstl.json")).expect("the fixture is JSON")
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|value| value.as_f64().expect("a number")).collect()
}

/// The largest difference to values known at every fifth place.
fn apart(seen: &[f64], known: &serde_json::Value) -> f64 {
    let known = numbers(known);
    assert_eq!(known.len(), seen.len().div_ceil(5));
    known.iter().enumerate().map(|(i, known)| (seen[5 * i] - known).abs()).fold(0.0, f64::max)
}

#[test]
fn components_are_those_of_statsmodels() {
    let document = oracle();
    let plain = Stl { inner: 5, jump: Some(1), ..Stl::new(12, SeasonalWindow::Cycles(11)) };
    let lines = Stl { inner: 2, jump: Some(3), seasonal_fit: LocalFit::Line, ..Stl::new(12, SeasonalWindow::Cycles(7)) };
    let robust = Stl { jump: Some(1), outer: 6, ..lines.clone() };
    // plain: the same sums in another order, values known to nine digits (series about 60: 5e-8)
    // robust: our outer loop stops when no trust changes by 0.01, theirs goes on: under a tenth of the noise of 1
    for (at, (stl, within)) in [(plain, 1e-7), (lines, 1e-7), (robust, 0.1)].into_iter().enumerate() {
        let case = &document["stl"][at];
        let seen = stl.decompose(&numbers(&case["series"])).expect("ten cycles are enough");
        assert!(
            apart(&seen.seasonal, &case["seasonal"]) < within,
            "{}: {}",
            case["name"],
            apart(&seen.seasonal, &case["seasonal"])
        );
        assert!(apart(&seen.trend, &case["trend"]) < within, "{}: {}", case["name"], apart(&seen.trend, &case["trend"]));
        assert!(apart(&seen.trust, &case["weights"]) < 0.1, "{}: {}", case["name"], apart(&seen.trust, &case["weights"]));
    }
}

/// A line plus a season whose phases sum to nothing: every smoother reproduces it.
fn exact(count: usize, period: usize) -> (Vec<f64>, Vec<f64>) {
    let season: Vec<f64> = (0..period).map(|j| if j == 0 { period as f64 - 1.0 } else { -1.0 }).collect();
    let series = (0..count).map(|t| 5.0 + 0.25 * t as f64 + season[t % period]).collect();
    (series, season)
}

#[test]
fn a_line_with_a_fixed_season_is_taken_apart_exactly() {
    for (count, period) in [(84, 7), (90, 7), (60, 12), (14, 7)] {
        let (series, season) = exact(count, period);
        for seasonal in [SeasonalWindow::Periodic, SeasonalWindow::Cycles(7)] {
            let stl = Stl { inner: 30, jump: Some(1), seasonal_fit: LocalFit::Line, ..Stl::new(period, seasonal) };
            let seen = stl.decompose(&series).expect("two cycles");
            for t in 0..count {
                assert!((seen.seasonal[t] - season[t % period]).abs() < 1e-2, "{count} {period} {seasonal:?} {t}: {seen:?}");
                assert!((seen.trend[t] - 5.0 - 0.25 * t as f64).abs() < 1e-2);
            }
        }
    }
}

#[test]
fn components_and_remainder_add_up_to_the_series() {
    let series: Vec<f64> = (0..100).map(|t| f64::from((t * 37) % 23) + f64::from(t % 8)).collect();
    let seen = Stl::new(8, SeasonalWindow::Cycles(11)).decompose(&series).expect("twelve cycles");
    for (t, value) in series.iter().enumerate() {
        assert!((seen.seasonal[t] + seen.trend[t] + seen.remainder[t] - value).abs() < 1e-12);
    }
}

#[test]
fn a_periodic_season_repeats_exactly() {
    let series: Vec<f64> = (0..100).map(|t| f64::from((t * 37) % 23) + f64::from(t % 8)).collect();
    let seen = Stl::new(8, SeasonalWindow::Periodic).decompose(&series).expect("twelve cycles");
    (8..100).for_each(|t| assert_eq!(seen.seasonal[t], seen.seasonal[t - 8]));
}

#[test]
fn gaps_are_borne_by_the_rest_and_stay_gaps_in_the_remainder() {
    let (mut series, _) = exact(120, 12);
    let whole = Stl::new(12, SeasonalWindow::Periodic).decompose(&series).expect("ten cycles");
    for t in [0, 1, 30, 31, 32, 33, 77, 119] {
        series[t] = f64::NAN;
    }
    let seen = Stl::new(12, SeasonalWindow::Periodic).decompose(&series).expect("ten cycles");
    for (t, value) in series.iter().enumerate() {
        assert_eq!(seen.remainder[t].is_nan(), value.is_nan());
        assert!((seen.seasonal[t] - whole.seasonal[t]).abs() < 0.15, "{t}: {} {}", seen.seasonal[t], whole.seasonal[t]);
    }
}

#[test]
fn an_outlier_is_not_trusted_and_leaves_the_season_as_it_was() {
    let (mut series, _) = exact(120, 12);
    series.iter_mut().enumerate().for_each(|(t, value)| *value += 0.1 * ((t * 7919 % 13) as f64 - 6.0));
    let stl = Stl { outer: 5, ..Stl::new(12, SeasonalWindow::Periodic) };
    let clean = stl.decompose(&series).expect("ten cycles");
    series[50] += 100.0;
    let dirty = stl.decompose(&series).expect("ten cycles");
    assert_eq!(dirty.trust[50], 0.0);
    // a plain mean of ten cycles would move by 10
    (0..120).for_each(|t| assert!((clean.seasonal[t] - dirty.seasonal[t]).abs() < 0.5, "{t}"));
}

#[test]
fn unsuited_series_are_refused_and_odd_ones_give_finite_numbers() {
    let stl = |period| Stl { outer: 2, ..Stl::new(period, SeasonalWindow::Cycles(11)) };
    assert!(stl(12).decompose(&[1.0; 23]).is_none());
    assert!(stl(1).decompose(&[1.0; 23]).is_none());
    assert!(stl(2).decompose(&[1.0, f64::NAN, 1.0, f64::NAN]).is_none());
    assert!(stl(2).decompose(&[]).is_none());
    for scale in [0.0, 1e12, 1e-9] {
        for count in [4, 5, 6, 40] {
            let series: Vec<f64> = (0..count).map(|t| scale * f64::from(t % 3)).collect();
            let seen = stl(2).decompose(&series).expect("two cycles");
            assert!(seen.seasonal.iter().chain(&seen.trend).chain(&seen.remainder).all(|value| value.is_finite()), "{seen:?}");
        }
    }
}
