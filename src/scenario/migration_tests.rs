use super::*;
use crate::paths::{HourProfile, PathSeries};
use crate::series::SeriesKey;
use crate::stats::Distribution;
use crate::stream::Seed;
use crate::time::{Day, Zone};
use crate::units::Unit;

/// Two pools, cpu in both and memory in the first and the second, 10 days of 100 and 40 in three futures.
fn paths(step_days: u32) -> SamplePaths {
    let series = |pool: &str, resource: &str| PathSeries {
        key: SeriesKey::demand(pool, resource),
        unit: Unit::named("cores"),
        profile: HourProfile { days: vec![[1.0; 24]] },
    };
    let row: Vec<f64> = [100.0, 40.0].iter().flat_map(|level| vec![*level; 10]).collect();
    SamplePaths {
        start: Day(1),
        step_days,
        steps: 10,
        paths: 3,
        zone: Zone::utc(),
        series: vec![series("a", "cpu"), series("b", "cpu")],
        profile_choice: std::array::from_fn(|_| vec![0]),
        profile_replay: None,
        values: [row.clone(), row.clone(), row].concat(),
    }
}

fn moves(share: Distribution, start: i32, ramp: f64) -> Override {
    let constant = Distribution::constant;
    Override::Migration {
        name: "m".to_owned(),
        from: "a".to_owned(),
        to: "b".to_owned(),
        start: Day(start),
        delay_days: constant(0.0),
        share,
        ramp_days: constant(ramp),
    }
}

#[test]
fn a_share_moves_along_a_straight_ramp_and_nothing_is_lost() {
    let (before, stream) = (paths(1), Stream::root(Seed(1)));
    let after = migrated(&before, &[moves(Distribution::constant(0.5), 4, 4.0)], stream);
    // days 1 to 3 before the start, then an eighth more each day until the half has moved
    let a = [100.0, 100.0, 100.0, 87.5, 75.0, 62.5, 50.0, 50.0, 50.0, 50.0];
    assert_eq!(after.row(0).levels(0), a);
    for r in 0..3 {
        let row = after.row(r);
        assert!(row.levels(0).iter().zip(row.levels(1)).all(|(a, b)| (a + b - 140.0).abs() < 1e-9));
    }
    // of weeks the last day counts: the move of day 4 is made in the first
    let weekly = migrated(&paths(7), &[moves(Distribution::constant(0.5), 4, 4.0)], stream).into_owned();
    assert_eq!(weekly.row(0).levels(0), [50.0; 10]);
}

#[test]
fn futures_differ_by_their_draw_and_none_without_a_move() {
    let (before, stream) = (paths(1), Stream::root(Seed(1)));
    assert!(matches!(migrated(&before, &[], stream), Cow::Borrowed(_)));
    let share = Distribution::quantiles(&[(0.1, 0.2), (0.5, 0.4), (0.9, 0.6)]);
    let drawn = migrated(&before, &[moves(share, 1, 1.0)], stream);
    assert!(drawn.row(0).levels(0) != drawn.row(1).levels(0));
    let twice = [moves(Distribution::constant(0.5), 1, 1.0), moves(Distribution::constant(0.5), 1, 1.0)];
    assert_eq!(migrated(&before, &twice, stream).row(0).levels(0)[9], 25.0, "moves come one after the other");
}
