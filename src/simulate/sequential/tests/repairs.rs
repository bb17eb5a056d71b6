//! Crews, shelves, standby and common causes, by hand.

use super::*;

/// A unit that lives so long each time, and is repaired for so long each time.
fn ages(name: &str, node: u32, life: f64, repair: f64) -> Mode {
    Mode::new(Address::of(name), vec![node], constant(life), constant(repair))
}

#[test]
fn the_crew_takes_the_lower_rank_first_and_of_one_rank_the_first_to_come() {
    let ranked = |mode: Mode, rank| Mode { crew: Some((0, rank)), ..mode };
    let modes = vec![
        ranked(ages("a", 0, 10.0, 5.0), 2),
        ranked(ages("b", 1, 11.0, 5.0), 2),
        ranked(ages("c", 2, 12.0, 5.0), 1),
        ranked(ages("d", 3, 10.5, 5.0), 2),
    ];
    let nodes: Vec<Node> = ["a", "b", "c", "d"].iter().map(|name| unit(None, name)).collect();
    let system = System::new(Parts { lanes: 1, nodes, modes, crews: vec![1], ..Parts::default() }).unwrap();
    let mut up_again: Vec<(f64, u32)> = Vec::new();
    let mut down = [false; 4];
    let mut watch = |from: f64, _: f64, state: &State| {
        for node in 0..4 {
            let is_down = state.standing.outages(node) > 0;
            if down[node as usize] && !is_down {
                up_again.push((from, node));
            }
            down[node as usize] = is_down;
        }
        true
    };
    Engine::new(&system).run(Stream::root(Seed(1)), Start::AllUp, 31.0, &[], &mut watch);
    // a is up at 15 and down again at 25, then in the queue behind b
    assert_eq!(up_again, vec![(15.0, 0), (20.0, 2), (25.0, 3), (30.0, 1)]);
}

#[test]
fn a_part_from_the_shelf_or_after_its_lead_time() {
    let depot = Depot { address: Address::of("shelf"), parts: 1, lead: constant(7.0), every: 0.0 };
    let with = |mode: Mode| Mode { depot: Some(0), ..mode };
    let modes = vec![with(ages("a", 0, 10.0, 1.0)), with(ages("b", 1, 12.0, 1.0))];
    let nodes = vec![unit(None, "a"), unit(None, "b")];
    let parts = Parts { lanes: 1, nodes, modes, depots: vec![depot], ..Parts::default() };
    // a fails at 10 and takes the part; its order comes at 17 and goes to b, which waits since 12; b's order comes at 19
    assert_eq!(path(parts.clone(), 21.0, 0), vec![(0.0, 2), (10.0, 1), (11.0, 2), (12.0, 1), (18.0, 2)]);
    // orders gathered until hour 20 come at 27: b waits for the first, a (down again at 21) for the second
    let mut gathered = parts;
    gathered.depots[0].every = 20.0;
    let wanted = vec![(0.0, 2), (10.0, 1), (11.0, 2), (12.0, 1), (21.0, 0), (28.0, 2)];
    assert_eq!(path(gathered, 30.0, 0), wanted);
}

#[test]
fn spares_add_nothing_until_one_is_needed() {
    let mut nodes = vec![Node { limit: vec![2], ..Node::domain(None, Address::of("group")) }];
    nodes.extend(["a", "b", "c"].iter().map(|name| unit(Some(0), name)));
    let outage = |node, from, until| Outage { node, from, until, lost: 1.0 };
    let outages = vec![outage(1, 5.0, 20.0), outage(2, 10.0, 15.0)];
    let parts = Parts { lanes: 1, nodes, outages, ..Parts::default() };
    assert_eq!(path(parts, 30.0, 0), vec![(0.0, 2), (10.0, 1), (15.0, 2)]);
}

#[test]
fn a_switch_that_never_works_stops_the_group_until_the_repair() {
    let group = |coverage| {
        let mut nodes = vec![Node { limit: vec![1], ..Node::domain(None, Address::of("group")) }];
        nodes.extend(["a", "b"].iter().map(|name| unit(Some(0), name)));
        let standby = Some(Standby { active: 1, factor: 0.0, coverage, group: 0 });
        let mode = Mode { standby, ..Mode::new(Address::of("fails"), vec![1, 2], exponential(100.0), constant(3.0)) };
        Parts { lanes: 1, nodes, modes: vec![mode], ..Parts::default() }
    };
    let seen = path(group(0.0), 5_000.0, 1);
    assert!(seen.len() > 50);
    for pair in seen[1..].chunks_exact(2) {
        assert_eq!((pair[0].1, pair[1].1), (0, 1));
        assert!((pair[1].0 - pair[0].0 - 3.0).abs() < 1e-9, "{pair:?}");
    }
    // with a switch that works, only a second failure within three hours is seen
    assert!(path(group(1.0), 5_000.0, 1).len() < seen.len() / 4);
}

#[test]
fn a_common_cause_takes_each_unit_with_its_probability() {
    let mut nodes = vec![Node::domain(None, Address::of("rack"))];
    nodes.extend((0..1_000_u64).map(|n| Node::unit(Some(0), 1, Address::of("unit").child(n))));
    let shock = Mode { hits: Some(0.3), ..Mode::new(Address::of("shock"), vec![0], constant(10.0), constant(5.0)) };
    let parts = Parts { lanes: 1, nodes, modes: vec![shock], ..Parts::default() };
    let seen = path(parts, 29.0, 0);
    let hours: Vec<f64> = seen.iter().map(|one| one.0).collect();
    assert_eq!(hours, vec![0.0, 10.0, 15.0, 25.0]);
    // a binomial of 1,000 and 0.3: standard deviation 14.5
    for struck in [seen[1].1, seen[3].1] {
        assert!((struck - 700).abs() < 73, "{struck}");
    }
    assert_eq!(seen[2].1, 1_000);
    assert_ne!(seen[1].1, seen[3].1, "each shock draws anew");
}

#[test]
fn units_hit_together_are_repaired_each_by_itself() {
    let mut nodes = vec![Node::domain(None, Address::of("rack"))];
    nodes.extend((0..3_u64).map(|n| Node::unit(Some(0), 1, Address::of("unit").child(n))));
    let shock = Mode {
        hits: Some(1.0),
        each: true,
        only_up: true,
        crew: Some((0, 0)),
        ..Mode::new(Address::of("shock"), vec![0], exponential(1_000.0), constant(4.0))
    };
    let parts = Parts { lanes: 1, nodes, modes: vec![shock], crews: vec![1], ..Parts::default() };
    let seen = path(parts, 20_000.0, 0);
    let falls: Vec<usize> = (0..seen.len()).filter(|i| seen[*i].1 == 0).collect();
    assert!(falls.len() > 5);
    let alone = falls.iter().filter(|i| seen.get(**i + 3).is_some_and(|last| last.1 == 3));
    for i in alone {
        for unit in 1..=3 {
            assert!((seen[i + unit].0 - seen[*i].0 - 4.0 * unit as f64).abs() < 1e-9, "one crew repairs them in turn");
        }
    }
}

#[test]
fn parts_that_make_no_system_are_refused() {
    let good = || Mode::new(Address::of("m"), vec![0], exponential(1.0), exponential(1.0));
    let with = |mode: Mode| Parts { lanes: 1, nodes: vec![unit(None, "a")], modes: vec![mode], ..Parts::default() };
    assert!(System::new(with(good())).is_ok());
    let standby = Some(Standby { active: 1, factor: 2.0, coverage: 1.0, group: 0 });
    for bad in [
        Mode { members: vec![1], ..good() },
        Mode { slots: 0, ..good() },
        Mode { lost: 0.0, ..good() },
        Mode { hits: Some(1.5), ..good() },
        Mode { each: true, ..good() },
        Mode { crew: Some((0, 0)), ..good() },
        Mode { depot: Some(0), ..good() },
        Mode { overlapping: true, life: constant(1.0), ..good() },
        Mode { pooled: true, repair: constant(1.0), ..good() },
        Mode { life: constant(0.0), ..good() },
        Mode { standby, ..good() },
    ] {
        let told = System::new(with(bad)).unwrap_err();
        assert_eq!((told.what, told.index), ("mode", 0), "{told}");
    }
    let loop_back = Parts { lanes: 1, nodes: vec![unit(Some(0), "a")], ..Parts::default() };
    assert_eq!(System::new(loop_back).unwrap_err().what, "node");
    let outage = Outage { node: 0, from: 2.0, until: 1.0, lost: 1.0 };
    assert_eq!(System::new(Parts { outages: vec![outage], ..with(good()) }).unwrap_err().what, "outage");
}
