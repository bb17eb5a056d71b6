//! Drains, releases, overload, traces and units that come and go, by hand.

use super::*;

fn two_zones() -> Vec<Node> {
    vec![
        Node::domain(None, Address::of("z1")),
        Node::domain(None, Address::of("z2")),
        Node::unit(Some(0), 3, Address::of("a")),
        Node::unit(Some(1), 5, Address::of("b")),
    ]
}

#[test]
fn no_two_zones_of_a_set_are_drained_at_once() {
    let drain = |node, due| Drain { node, due, hours: 4.0, exclusive: Some(0) };
    let parts = Parts {
        lanes: 1,
        nodes: two_zones(),
        drains: vec![drain(0, 10.0), drain(1, 12.0)],
        exclusive: vec![vec![0, 1]],
        ..Parts::default()
    };
    assert_eq!(path(parts.clone(), 30.0, 0), vec![(0.0, 8), (10.0, 5), (14.0, 3), (18.0, 8)]);
    // the zone that is down by itself until 20 holds the other's drain up too
    let outages = vec![Outage { node: 1, from: 9.0, until: 20.0, lost: 1.0 }];
    let held = Parts { outages, drains: vec![drain(0, 10.0)], ..parts.clone() };
    assert_eq!(path(held, 30.0, 0), vec![(0.0, 8), (9.0, 3), (20.0, 5), (24.0, 8)]);
    let mut free = parts;
    free.drains.iter_mut().for_each(|drain| drain.exclusive = None);
    assert_eq!(path(free, 30.0, 0), vec![(0.0, 8), (10.0, 5), (12.0, 0), (14.0, 3), (16.0, 8)]);
}

#[test]
fn a_bad_release_rolls_on_until_it_is_seen() {
    let nodes: Vec<Node> = (0..5_u64).map(|n| Node::unit(None, 8, Address::of("unit").child(n))).collect();
    let deploys = Deploys {
        address: Address::of("web"),
        every: constant(100.0),
        waves: vec![vec![0], vec![1, 2], vec![3, 4]],
        gap: 2.0,
        detection: constant(3.0),
        rollback: constant(1.5),
        lost: 0.25,
    };
    let parts = Parts { lanes: 1, nodes, deploys: vec![deploys], ..Parts::default() };
    // the third wave would begin at 104, after it is seen at 103
    assert_eq!(path(parts, 150.0, 0), vec![(0.0, 40), (100.0, 38), (102.0, 34), (104.5, 40)]);
}

#[test]
fn survivors_trip_when_they_are_asked_for_too_much() {
    let nodes: Vec<Node> =
        [4, 3, 3].iter().zip(0..).map(|(size, n)| Node::unit(None, *size, Address::of("c").child(n))).collect();
    let cascade = |load: Vec<f64>, limit| Cascade {
        address: Address::of("load"),
        carriers: vec![0, 1, 2],
        lane: 0,
        load,
        limit,
        restart: constant(6.0),
    };
    let outages = vec![Outage { node: 2, from: 5.0, until: 9.0, lost: 1.0 }];
    let parts = Parts { lanes: 1, nodes, outages, ..Parts::default() };
    // 6 of 10 is carried; of the 7 left at 5 it is more than 0.8: the largest trips, then the last; all restart at 11
    let falls = Parts { cascades: vec![cascade(vec![6.0], 0.8)], ..parts.clone() };
    assert_eq!(path(falls, 20.0, 0)[..2], [(0.0, 10), (5.0, 0)]);
    let holds = Parts { cascades: vec![cascade(vec![6.0], 0.9)], ..parts.clone() };
    assert_eq!(path(holds, 20.0, 0), vec![(0.0, 10), (5.0, 7), (9.0, 10)]);
    // the load of hour 7 alone is too much
    let mut load = vec![5.0; 24];
    load[7] = 7.0;
    let by_hour = Parts { cascades: vec![cascade(load, 0.8)], ..parts };
    assert_eq!(path(by_hour, 8.5, 0), vec![(0.0, 10), (5.0, 7), (7.0, 0)]);
}

#[test]
fn a_trace_is_replayed_and_overlaps_count_once() {
    let outage = |node, from, until, lost| Outage { node, from, until, lost };
    let outages = vec![outage(2, -3.0, 2.0, 1.0), outage(0, 1.0, 4.0, 1.0), outage(2, 3.0, 5.0, 1.0), outage(3, 6.0, 8.0, 0.4)];
    let parts = Parts { lanes: 1, nodes: two_zones(), outages, ..Parts::default() };
    assert_eq!(path(parts, 10.0, 0), vec![(0.0, 5), (5.0, 8), (6.0, 6), (8.0, 8)]);
}

#[test]
fn units_come_and_go_and_a_new_one_is_new() {
    let presence =
        [Presence { node: 2, from: 4.0, until: 20.0 }, Presence { node: 3, from: f64::NEG_INFINITY, until: f64::INFINITY }];
    let parts = Parts { lanes: 1, nodes: two_zones(), ..Parts::default() };
    assert_eq!(path_with(parts, Start::Steady, 30.0, 0, &presence), vec![(0.0, 5), (4.0, 8), (20.0, 5)]);
    let wears = Mode::new(Address::of("wears"), vec![2], constant(6.0), constant(1.0));
    let parts = Parts { lanes: 1, nodes: two_zones(), modes: vec![wears], ..Parts::default() };
    let seen = path_with(parts, Start::Steady, 13.0, 0, &presence);
    assert_eq!(seen, vec![(0.0, 5), (4.0, 8), (10.0, 5), (11.0, 8)]);
}

#[test]
fn hours_short_by_hand() {
    let outages = vec![Outage { node: 3, from: 1.5, until: 3.25, lost: 1.0 }];
    let system = System::new(Parts { lanes: 1, nodes: two_zones(), outages, ..Parts::default() }).unwrap();
    let mut watch = DailyLoad::new(vec![2.0, 4.0, 3.0, 6.0]).unwrap();
    Engine::new(&system).run(Stream::root(Seed(1)), Start::AllUp, 8.0, &[], &mut watch);
    // 3 are left: 1 short for half an hour, none in hour 2, 3 short for a quarter
    let wanted = Adequacy { hours_short: 0.75, unserved: 0.5 + 0.75, lowest: 3 };
    assert_eq!(watch.seen, wanted);
    assert!(DailyLoad::new(Vec::new()).is_none());
}
