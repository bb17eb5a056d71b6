//! The same bytes on any number of threads; adding a pool or changing the order of the file moves nothing else.

use plimsoll::observe::Silent;
use plimsoll::plan;
use plimsoll::simulate;
use plimsoll::stream::{Seed, Stream};

use crate::support::world;

#[test]
fn threads_change_nothing() {
    let (scenario, paths) = world(&["a", "b"], 300);
    let once = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| simulate::run(&scenario, &paths, Stream::root(Seed(1)), &Silent).unwrap())
    };
    let one = once(1);
    assert!(one.pools.iter().any(|pool| pool.hours_short.iter().any(|hours| *hours > 0.0)), "nothing happens in this world");
    assert_eq!(one, once(2));
    assert_eq!(one, once(7));
}

#[test]
fn another_pool_moves_no_draw_of_the_first() {
    let (alone, alone_paths) = world(&["b"], 200);
    let (both, both_paths) = world(&["a", "b"], 200);
    let run = |scenario, paths| simulate::run(scenario, paths, Stream::root(Seed(1)), &Silent).unwrap();
    assert_eq!(run(&alone, &alone_paths).pools[0], run(&both, &both_paths).pools[1]);
}

#[test]
fn more_replications_begin_with_the_same_ones() {
    let (few, few_paths) = world(&["a"], 100);
    let (many, many_paths) = world(&["a"], 250);
    let run = |scenario, paths| simulate::run(scenario, paths, Stream::root(Seed(1)), &Silent).unwrap();
    let (few, many) = (run(&few, &few_paths), run(&many, &many_paths));
    let count = few.pools[0].hours_short.len();
    assert_eq!(few.pools[0].hours_short, many.pools[0].hours_short[..count]);
}

#[test]
fn a_plan_is_the_same_on_any_number_of_threads() {
    let (scenario, paths) = world(&["a", "b"], 200);
    let once = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let root = Stream::root(Seed(1));
            let outcomes = vec![simulate::run(&scenario, &paths, root, &Silent).unwrap()];
            plan::recommend(std::slice::from_ref(&scenario), &paths, &outcomes, root, &Silent).unwrap()
        })
    };
    assert_eq!(once(1), once(7));
}
