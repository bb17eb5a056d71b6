use std::collections::BTreeMap;

use super::*;
use crate::forecast::Choice;
use crate::model::{DomainTree, Objective, RiskRule, UncertainNumber};
use crate::stats::{Distribution, estimate, normal_tail, proportion};
use crate::stream::Seed;
use crate::time::{Day, Zone};
use crate::units::Unit;

const PATHS: u32 = 4_000;

fn model(numbers: Vec<UncertainNumber>) -> Model {
    Model {
        name: "stated".to_owned(),
        question: "When?".to_owned(),
        zone: Zone::utc(),
        currency: "EUR".to_owned(),
        resources: BTreeMap::from([("cpu".to_owned(), Unit::named("cores"))]),
        catalog: BTreeMap::new(),
        domains: DomainTree { nodes: BTreeMap::new() },
        failures: Vec::new(),
        crews: BTreeMap::new(),
        shelves: BTreeMap::new(),
        drains: Vec::new(),
        deploys: Vec::new(),
        questions: Vec::new(),
        pools: Vec::new(),
        objective: Objective {
            risk: RiskRule::ShortfallPerMonth(0.01),
            late_arrival: 0.1,
            confirmation_days: 1,
            availability: None,
            review_days: 91,
            reforecast: 0,
            shortfall_price: None,
        },
        bounds: crate::model::Bounds::default(),
        uncertain: numbers,
        correlations: Vec::new(),
    }
}

fn number(place: Place) -> UncertainNumber {
    UncertainNumber { name: format!("{place:?}"), law: Distribution::constant(0.0), place }
}

fn numbers(pool: &str) -> Vec<UncertainNumber> {
    let (pool, resource) = (pool.to_owned(), "cpu".to_owned());
    let hours = (0..HOURS).map(|hour| if hour < 12 { 0.5 } else { 1.0 }).collect();
    let at = || (pool.clone(), resource.clone());
    let level = Place::Level { pool: pool.clone(), resource: resource.clone(), hours };
    let ((a, b), (c, d), (e, f)) = (at(), at(), at());
    vec![
        number(level),
        number(Place::Growth { pool: a, resource: b }),
        number(Place::Volatility { pool: c, resource: d }),
        number(Place::Noise { pool: e, resource: f }),
    ]
}

fn options(days: u32) -> Options {
    Options { as_of: Day(100), horizon_days: days, paths: PATHS as usize, zone: Zone::utc(), choice: Choice::Auto }
}

fn paths(days: u32, drawn: &(dyn Fn(u32) -> Vec<f64> + Sync)) -> Forecasts {
    with_stated(None, &model(numbers("web")), &options(days), drawn, Stream::root(Seed(3)))
}

#[test]
fn without_spread_the_level_grows_as_stated() {
    let seen = paths(366, &|r| vec![100.0 + f64::from(r), 0.5, 0.0, 0.0]);
    for r in [0, 7, 3_999] {
        let levels = seen.paths.row(r).levels(0);
        assert!((levels[0] - (100.0 + r as f64)).abs() < 1e-9);
        let year = levels[0] * 1.5_f64.powf(365.0 / 365.25);
        assert!((levels[365] / year - 1.0).abs() < 1e-12, "{} {year}", levels[365]);
    }
    assert_eq!(seen.paths.series[0].profile.days[0][11..13], [0.5, 1.0]);
    assert_eq!((seen.series[0].history.len(), seen.series[0].start, seen.series[0].unit.name()), (0, Day(101), "cores"));
}

#[test]
fn noise_and_volatility_have_the_stated_deviations() {
    let seen = paths(366, &|_| vec![100.0, 0.2, 0.3, 0.1]);
    let logs = |step: usize| seen.paths.column(0, step).into_iter().map(|level| (level / 100.0).ln());
    let (first, last) = (estimate(logs(0)), estimate(logs(365)));
    let pace = 1.2_f64.ln() * 365.0 / 365.25;
    assert!(first.value.abs() < 5.0 * first.standard_error, "{first:?}");
    assert!((last.value - pace).abs() < 5.0 * last.standard_error, "{last:?} {pace}");
    let many = f64::from(PATHS);
    for (seen, exactly) in [(first, 0.1), (last, (0.1_f64.powi(2) + 0.09 * 365.0 / 365.25_f64).sqrt())] {
        let deviation = seen.standard_error * many.sqrt();
        // the deviation of n normal values is known to 1/√(2n)
        assert!((deviation / exactly - 1.0).abs() < 5.0 / (2.0 * many).sqrt(), "{deviation} {exactly}");
    }
}

#[test]
fn a_line_is_first_crossed_as_a_geometric_brownian_motion_crosses_it() {
    // P(max of ln over [0, T] >= b) = Φ((νT - b)/(σ√T)) + exp(2νb/σ²) Φ((-νT - b)/(σ√T)); seen once a day, the line is as if higher by
    // 0.5826 σ √Δt: Broadie, Glasserman & Kou (1997), Mathematical Finance 7(4)
    let (growth, volatility, years) = (0.3_f64, 0.4_f64, 365.0 / 365.25_f64);
    let seen = paths(366, &|_| vec![100.0, growth, volatility, 0.0]);
    for line in [110.0, 140.0, 200.0_f64] {
        let crossed = (0..PATHS as usize).filter(|r| seen.paths.row(*r).levels(0).iter().any(|level| *level >= line)).count();
        let share = proportion(crossed as u64, u64::from(PATHS));
        let drift = (1.0 + growth).ln();
        let b = (line / 100.0).ln() + 0.5826 * volatility * (1.0 / 365.25_f64).sqrt();
        let (root, below) = (volatility * years.sqrt(), |x: f64| normal_tail(-x));
        let exactly =
            below((drift * years - b) / root) + (2.0 * drift * b / volatility.powi(2)).exp() * below((-drift * years - b) / root);
        // what the correction leaves is of order Δt, 0.003
        assert!((share.value - exactly).abs() < 5.0 * share.standard_error + 0.003, "{line}: {share:?} {exactly}");
    }
}

#[test]
fn stated_demands_stand_among_forecast_ones_in_the_order_of_their_keys() {
    let held = paths(10, &|r| vec![f64::from(r) + 1.0, 0.0, 0.0, 0.0]);
    let mut two = numbers("api");
    two.extend(numbers("zoo"));
    let drawn = |r: u32| [vec![1e3 + f64::from(r), 0.0, 0.0, 0.0], vec![1e6 + f64::from(r), 0.0, 0.0, 0.0]].concat();
    let both = with_stated(Some(held), &model(two), &options(10), &drawn, Stream::root(Seed(3)));
    let pools: Vec<&str> = both.series.iter().filter_map(|one| one.key.pool()).collect();
    assert_eq!(pools, ["api", "web", "zoo"]);
    for r in [0, 11, 3_999] {
        let at = |s: usize| both.paths.row(r).levels(s)[9];
        let wanted = [1e3 + r as f64, r as f64 + 1.0, 1e6 + r as f64];
        assert!((0..3).all(|s| (at(s) / wanted[s] - 1.0).abs() < 1e-12), "{r}");
    }
}
