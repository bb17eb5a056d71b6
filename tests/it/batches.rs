//! Pools that do not meet may be worked on one by one or some at a time: the same bits come out.

use std::sync::Arc;

use plimsoll::model::{Arrival, CapacityChange, Model, Order, Redundancy, Routing, Transfer};
use plimsoll::observe::Silent;
use plimsoll::paths::SamplePaths;
use plimsoll::scenario::{Override, Scenario};
use plimsoll::simulate::{self, World};
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::Day;

use crate::support::world;

const FUTURES: u32 = 96;
const POOLS: [&str; 3] = ["a", "b", "c"];

fn root() -> Stream {
    Stream::root(Seed(3))
}

fn changed(scenario: &Scenario, change: impl FnOnce(&mut Model)) -> Scenario {
    let mut model = (*scenario.model).clone();
    change(&mut model);
    Scenario { model: Arc::new(model), ..scenario.clone() }
}

/// Three pools that differ: guards, orders on the way, counts that change.
fn varied(replications: u32) -> (Scenario, SamplePaths) {
    let (scenario, mut paths) = world(&POOLS, replications);
    for (i, value) in paths.values.iter_mut().enumerate() {
        // days that swing, so that no two are alike
        *value *= 1.0 + 0.15 * ((i * 7_919 % 1_000) as f64 / 1_000.0 - 0.5);
    }
    let scenario = changed(&scenario, |model| {
        model.pools[0].orders = vec![Order {
            leaves: None,
            name: "signed".to_owned(),
            unit: "m8".to_owned(),
            units: 3,
            domain: None,
            ordered: Day(1),
            arrival: Arrival::LeadTimeDays(Distribution::quantiles(&[(0.1, 20.0), (0.5, 60.0), (0.9, 120.0)])),
            committed: true,
        }];
        model.pools[1].redundancy = Redundancy { hosts: 0, rack: true, zone: false };
        model.pools[1].groups[0].counts.push(CapacityChange { day: Day(100), units: 6 });
        model.pools[2].redundancy = Redundancy { hosts: 2, rack: false, zone: true };
        model.catalog.values_mut().for_each(|unit| unit.limit = Some(40));
    });
    let growth = Override::Growth { pool: Some("b".to_owned()), annual: Distribution::Normal { mean: 0.1, sd: 0.1 } };
    let loss = Override::DomainLoss { node: "z2".to_owned(), on: Day(50), hours: 30.0 };
    (Scenario { overrides: vec![growth, loss], ..scenario }, paths)
}

#[test]
fn pools_simulated_one_by_one_see_what_they_see_together() {
    let (scenario, paths) = varied(FUTURES);
    let apart = simulate::run(&scenario, &paths, root(), &Silent).unwrap();
    let together = World::build(&scenario, &paths).unwrap();
    let months = apart.months.len();
    let mut short = 0.0;
    for r in 0..FUTURES {
        let seen = simulate::replicate(&together, &paths, r, root());
        let at = r as usize * months..(r as usize + 1) * months;
        for (pool, seen) in apart.pools.iter().zip(&seen.pools) {
            assert_eq!(pool.hours_short[at.clone()], seen.hours_short);
            assert_eq!(pool.unserved[0][at.clone()], seen.unserved[0]);
            assert_eq!(pool.room_units[at.clone()], seen.room_units);
            assert_eq!(pool.reserve_room_units[at.clone()], seen.reserve_room_units);
            assert_eq!(pool.room_by_resource[0][at.clone()], seen.room_by_resource[0]);
            assert_eq!(
                (pool.exhaustion[r as usize], pool.reserve_exhaustion[r as usize]),
                (seen.exhaustion, seen.reserve_exhaustion)
            );
            for (survival, seen) in pool.survival.iter().zip(&seen.survives) {
                assert_eq!(survival.survives[at.clone()], seen[..]);
            }
            short += seen.hours_short.iter().sum::<f32>();
        }
    }
    assert!(short > 0.0, "a world without shortages proves nothing");
}

#[test]
fn days_taken_in_blocks_are_days_looked_into_one_by_one() {
    // a transfer of nothing changes nothing, but lets no day be skipped
    let (scenario, paths) = varied(FUTURES);
    let nothing = Transfer { from: "z1".to_owned(), to: "z2".to_owned(), at_most: 0.0 };
    let pinned = |transfers: &[Transfer]| {
        changed(&scenario, |model| {
            for pool in &mut model.pools {
                pool.routing = Routing::Pinned;
                pool.transfers = transfers.to_vec();
            }
        })
    };
    let [blocks, days] = [pinned(&[]), pinned(&[nothing])].map(|one| simulate::run(&one, &paths, root(), &Silent).unwrap());
    for (here, there) in blocks.pools.iter().zip(&days.pools) {
        assert_eq!((&here.hours_short, &here.unserved), (&there.hours_short, &there.unserved));
        assert_eq!((&here.exhaustion, &here.reserve_exhaustion), (&there.exhaustion, &there.reserve_exhaustion));
        assert_eq!(here.survival, there.survival);
        // where zones may lend, what two of them miss is counted together: whether units are missing is the same, how many is not
        let signs = |rooms: &[i32]| rooms.iter().map(|room| *room < 0).collect::<Vec<_>>();
        assert_eq!(signs(&here.room_units), signs(&there.room_units));
        assert_eq!(signs(&here.reserve_room_units), signs(&there.reserve_room_units));
    }
    assert!(blocks.pools.iter().any(|pool| pool.hours_short.iter().any(|hours| *hours > 0.0)));
}
