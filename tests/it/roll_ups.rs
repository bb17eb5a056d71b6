//! Services, zones and regions: futures are summed, percentiles are taken of the sum.

use std::sync::Arc;

use plimsoll::model::{Model, Redundancy, Routing};
use plimsoll::observe::Silent;
use plimsoll::paths::SamplePaths;
use plimsoll::plan::{RollUp, roll_ups};
use plimsoll::scenario::Scenario;
use plimsoll::simulate;
use plimsoll::stats::{Distribution, proportion};
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::Month;

use crate::support::{assert_within, world};

/// Eight hosts of 16 cores under a line of 0.7.
const USABLE: f64 = 8.0 * 16.0 * 0.7;

fn changed(scenario: &Scenario, change: impl FnOnce(&mut Model)) -> Scenario {
    let mut model = (*scenario.model).clone();
    change(&mut model);
    Scenario { model: Arc::new(model), ..scenario.clone() }
}

/// Two pools of one service, with these levels by future, pool and day.
fn two(replications: u32, level: impl Fn(usize, usize, usize) -> f64) -> (Scenario, SamplePaths) {
    let (scenario, mut paths) = world(&["a", "b"], replications);
    let days = paths.steps;
    for (i, value) in paths.values.iter_mut().enumerate() {
        *value = level(i / days / 2, i / days % 2, i % days);
    }
    let shop = |model: &mut Model| model.pools.iter_mut().for_each(|pool| pool.service = Some("shop".to_owned()));
    (changed(&scenario, shop), paths)
}

fn rolled(scenario: &Scenario, paths: &SamplePaths) -> Vec<RollUp> {
    let months = Month::spanning(paths.start, paths.start.plus(scenario.horizon_days as i32 - 1));
    roll_ups(scenario, paths, &months, Stream::root(Seed(3)), &Silent).unwrap()
}

fn one<'a>(all: &'a [RollUp], level: &str, name: &str) -> &'a RollUp {
    all.iter().find(|of| of.level == level && of.name == name).unwrap()
}

#[test]
fn a_sum_of_opposites_has_no_spread_where_the_sum_of_percentiles_has() {
    let (scenario, paths) = two(100, |future, pool, _| if (future + pool) % 2 == 0 { 60.0 } else { 20.0 });
    let all = rolled(&scenario, &paths);
    let shop = one(&all, "service", "shop");
    let room = shop.rooms[0].all_up;
    for seen in [room.p10, room.p50, room.p90] {
        assert_within("room of the service", seen, 2.0 * USABLE - 80.0, 1e-9);
    }
    // one of the hosts of each pool lost
    assert_within("with the reserve", shop.rooms[1].reserve.p10, 2.0 * USABLE - 80.0 - 2.0 * 16.0 * 0.7, 1e-9);
    assert_eq!((shop.pools, shop.bought.as_ref().map(|(unit, _)| unit.as_str())), (2, Some("m8")));
    assert_eq!(shop.units(room.p50), Some(8), "99.2 cores by 11.2 usable ones of an m8");
    // alone each pool has the spread: 29.6 at worst, 69.6 at best
    let alone: Vec<Scenario> = scenario.each_pool_alone();
    let lows: f64 = alone.iter().map(|alone| one(&rolled(alone, &paths), "service", "shop").rooms[0].all_up.p10).sum();
    assert_within("percentiles added", lows, 2.0 * (USABLE - 60.0), 1e-9);
}

#[test]
fn zones_carry_what_they_have_of_a_pool_and_together_all_of_it() {
    let (scenario, paths) = two(40, |future, pool, day| 40.0 + future as f64 * 0.1 + pool as f64 * 7.0 + day as f64 * 0.05);
    let uneven = changed(&scenario, |model| model.pools[0].groups[0].counts[0].units = 12);
    for routing in [Routing::Shared, Routing::Pinned] {
        let scenario = changed(&uneven, |model| model.pools.iter_mut().for_each(|pool| pool.routing = routing));
        let all = rolled(&scenario, &paths);
        let (shop, z1, z2) = (one(&all, "service", "shop"), one(&all, "zone", "z1"), one(&all, "zone", "z2"));
        for month in 0..2 {
            let sum = z1.rooms[month].all_up.p50 + z2.rooms[month].all_up.p50;
            // demand of all pools rises together, so that here percentiles do add up
            assert_within("both zones", sum, shop.rooms[month].all_up.p50, 1e-9);
        }
        // on the last day of the first month (day 29 of 1970-01-02 on): a has 12 of its 16 units in z1, b 4 of 8
        // the 20th smallest room of 40 is that of the 21st smallest demand
        let [a, b] = [0.0, 7.0].map(|more| 40.0 + 20.0 * 0.1 + more + 29.0 * 0.05);
        let by_hand = (12.0 + 4.0) * 16.0 * 0.7 - a * 0.75 - b * 0.5;
        assert_within("z1 by hand", z1.rooms[0].all_up.p50, by_hand, 1e-9);
    }
}

#[test]
fn a_service_does_not_run_out_where_one_of_its_pools_does() {
    let (scenario, paths) = two(20, |_, pool, day| if pool == 0 { 80.0 + day as f64 } else { 10.0 });
    let all = rolled(&scenario, &paths);
    let outcomes = simulate::run(&scenario, &paths, Stream::root(Seed(3)), &Silent).unwrap();
    assert!(outcomes.pools[0].exhaustion.iter().all(|day| *day == Some(10)), "above 89.6 from day 10 on");
    // 90 + day > 179.2 from day 90 on, confirmed on the second day; the first day is 1970-01-02
    let shop = one(&all, "service", "shop");
    assert_eq!(shop.exhaustion.p50, Some(paths.start.plus(90)));
    assert_eq!(shop.exhaustion.never.value, 0.0);
    let guarded = shop.reserve_exhaustion.as_ref().unwrap();
    assert_eq!(guarded.p50, Some(paths.start.plus(67)), "22.4 less");
    let bare = changed(&scenario, |model| model.pools.iter_mut().for_each(|pool| pool.redundancy = Redundancy::default()));
    assert!(one(&rolled(&bare, &paths), "service", "shop").reserve_exhaustion.is_none());
}

#[test]
fn the_sum_first_passes_its_line_as_the_inverse_gaussian_law_says() {
    // ln of the sum of both is a Brownian motion of drift ν and deviation σ a day; watched once a day it crosses as one that is watched
    // always crosses a line that is 0.5826 σ √Δt higher: Broadie, Glasserman & Kou (1997), "A continuity correction for discrete barrier
    // options", Mathematical Finance 7(4), 325–349
    const FUTURES: u32 = 4_000;
    let (drift, sigma) = (0.001, 0.02);
    let start = 2.0 * USABLE * (-0.3_f64).exp();
    let mut walks = vec![0.0; FUTURES as usize * 240];
    for (r, walk) in walks.chunks_mut(240).enumerate() {
        let mut rng = Stream::root(Seed(11)).replication(r as u32).rng();
        let mut at = 0.0;
        for level in walk {
            at += drift + sigma * rng.normal();
            *level = start * at.exp();
        }
    }
    let (scenario, paths) = two(FUTURES, |future, pool, day| {
        // split unevenly, and differently each day
        let share = 0.3 + 0.4 * (day % 3) as f64 / 2.0;
        walks[future * 240 + day] * if pool == 0 { share } else { 1.0 - share }
    });
    let scenario = changed(&scenario, |model| model.objective.confirmation_days = 1);
    let all = rolled(&scenario, &paths);
    let found = &one(&all, "service", "shop").exhaustion;
    let normal = |x: f64| Distribution::Normal { mean: 0.0, sd: 1.0 }.cdf(x);
    let law = |days: f64| {
        let line = 0.3 + 0.5826 * sigma;
        let spread = sigma * days.sqrt();
        normal((drift * days - line) / spread)
            + (2.0 * drift * line / (sigma * sigma)).exp() * normal((-line - drift * days) / spread)
    };
    for days in [60, 120, 240] {
        let last = paths.start.plus(days - 1);
        let share = found.curve.iter().take_while(|(day, _)| *day <= last).last().map_or(0.0, |(_, share)| *share);
        let error = proportion((share * f64::from(FUTURES)).round() as u64, u64::from(FUTURES)).standard_error;
        assert_within(&format!("P(crossed within {days} days)"), share, law(f64::from(days)), 5.0 * error);
    }
    assert_within("P(never)", found.never.value, 1.0 - law(240.0), 5.0 * found.never.standard_error);
}
