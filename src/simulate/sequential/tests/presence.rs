//! Units that come and leave, by hand.

use super::*;

fn ages(name: &str, node: u32, life: f64, repair: f64) -> Mode {
    Mode::new(Address::of(name), vec![node], constant(life), constant(repair))
}

fn leaves(node: u32, until: f64) -> Presence {
    Presence { node, from: 0.0, until }
}

fn named(names: &[&str]) -> Vec<Node> {
    names.iter().map(|name| unit(None, name)).collect()
}

#[test]
fn a_unit_that_has_left_asks_for_no_crew() {
    let with = |mode: Mode| Mode { crew: Some((0, 0)), ..mode };
    let modes = vec![with(ages("a", 0, 100.0, 50.0)), with(ages("b", 1, 90.0, 50.0))];
    let parts = Parts { nodes: named(&["a", "b"]), modes, crews: vec![1], ..Parts::default() };
    // b is gone at 10: a, down at 100, need not wait until 140 for the crew
    let seen = path_with(parts.clone(), Start::AllUp, 200.0, 0, &[leaves(1, 10.0)]);
    assert_eq!(seen, vec![(0.0, 2), (10.0, 1), (100.0, 0), (150.0, 1)]);
    // b leaves while it is repaired: that is done to its end
    let seen = path_with(parts, Start::AllUp, 200.0, 0, &[leaves(1, 95.0)]);
    assert_eq!(seen, vec![(0.0, 2), (90.0, 1), (100.0, 0), (190.0, 1)]);
}

#[test]
fn a_unit_that_leaves_gives_up_its_place_in_the_queue() {
    let with = |mode: Mode| Mode { crew: Some((0, 0)), ..mode };
    let modes = vec![with(ages("a", 0, 80.0, 50.0)), with(ages("b", 1, 90.0, 50.0)), with(ages("c", 2, 110.0, 50.0))];
    let parts = Parts { nodes: named(&["a", "b", "c"]), modes, crews: vec![1], ..Parts::default() };
    // a has the crew until 130; b waits from 90 and leaves at 100, so that c is next, and up at 180
    let seen = path_with(parts, Start::AllUp, 200.0, 0, &[leaves(1, 100.0)]);
    assert_eq!(seen, vec![(0.0, 3), (80.0, 2), (90.0, 1), (110.0, 0), (130.0, 1), (180.0, 2)]);
}

#[test]
fn a_unit_that_has_left_takes_no_part() {
    let depot = Depot { address: Address::of("shelf"), parts: 0, lead: constant(7.0), every: 0.0 };
    let with = |mode: Mode| Mode { depot: Some(0), ..mode };
    let modes = vec![with(ages("a", 0, 10.0, 1.0)), with(ages("b", 1, 12.0, 1.0))];
    let parts = Parts { nodes: named(&["a", "b"]), modes, depots: vec![depot], ..Parts::default() };
    // a waits from 10 and leaves at 11: its part comes at 17 and goes to b, that waits since 12
    let seen = path_with(parts, Start::AllUp, 29.0, 0, &[leaves(0, 11.0)]);
    assert_eq!(seen, vec![(0.0, 2), (10.0, 1), (12.0, 0), (18.0, 1)]);
}

/// What four units asked of a shelf until 10,000 h, when they leave at an hour, or when the run ends there.
fn asked(mode: &Mode, leave: f64, horizon: f64) -> u64 {
    let depot = Depot { address: Address::of("shelf"), parts: 9, lead: constant(30.0), every: 0.0 };
    let nodes = named(&["zone", "a", "b", "c", "d"]);
    let nodes = nodes.into_iter().enumerate().map(|(n, node)| match n {
        0 => Node::domain(None, node.address),
        _ => Node { parent: Some(0), ..node },
    });
    let mode = Mode { depot: Some(0), ..mode.clone() };
    let parts = Parts { lanes: 1, nodes: nodes.collect(), modes: vec![mode], depots: vec![depot], ..Parts::default() };
    let system = System::new(parts).unwrap();
    let presence: Vec<Presence> = (1..5).map(|node| leaves(node, leave)).collect();
    let mut asked = 0;
    let mut watch = |_: f64, _: f64, state: &State| {
        asked = state.asked[0];
        true
    };
    Engine::new(&system).run(Stream::root(Seed(8)), Start::AllUp, horizon, &presence, &mut watch);
    asked
}

#[test]
fn parts_are_asked_for_until_all_have_left_and_then_no_more() {
    let each = Mode::new(Address::of("fails"), vec![1, 2, 3, 4], exponential(100.0), constant(3.0));
    let wears = Mode { life: law(&Distribution::Weibull { shape: 2.0, scale: 100.0 }), ..each.clone() };
    let shocks = Mode { members: vec![0], slots: 1, hits: Some(0.5), each: true, ..each.clone() };
    for mode in [each, wears, shocks] {
        let until_then = asked(&mode, f64::INFINITY, 1_000.0);
        assert!(until_then > 5, "{until_then}");
        assert_eq!(asked(&mode, 1_000.0, 10_000.0), until_then, "{mode:?}");
    }
}
