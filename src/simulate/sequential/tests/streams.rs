//! What moves no draw.

use super::*;

fn shocked(units: u32, slots: u32) -> Parts {
    let names = ["a", "b", "c", "d", "e"];
    let mut nodes = vec![Node::domain(None, Address::of("rack"))];
    nodes.extend(names[..units as usize].iter().map(|name| unit(Some(0), name)));
    let own = Mode { slots, ..Mode::new(Address::of("own"), (1..=units).collect(), exponential(50.0), exponential(10.0)) };
    let shock = Mode {
        hits: Some(0.5),
        overlapping: true,
        ..Mode::new(Address::of("shock"), vec![0], exponential(60.0), exponential(9.0))
    };
    let wears = law(&Distribution::Weibull { shape: 2.0, scale: 70.0 });
    let ages = Mode::new(Address::of("ages"), (1..=units).collect(), wears, exponential(5.0));
    Parts { lanes: 1, nodes, modes: vec![own, shock, ages], ..Parts::default() }
}

/// When each of the first three units was up.
fn of_units(parts: Parts, start: Start) -> Vec<(f64, [bool; 3])> {
    let nodes = parts.nodes.clone();
    let system = System::new(parts).unwrap();
    let at = |name: &str| nodes.iter().position(|node| node.address == Address::of(name)).unwrap() as u32;
    let of = ["a", "b", "c"].map(at);
    let mut seen: Vec<(f64, [bool; 3])> = Vec::new();
    let mut watch = |from: f64, _: f64, state: &State| {
        let up = of.map(|node| state.standing.outages(node) == 0);
        if seen.last().is_none_or(|last| last.1 != up) {
            seen.push((from, up));
        }
        true
    };
    Engine::new(&system).run(Stream::root(Seed(2)).replication(1), start, 2_000.0, &[], &mut watch);
    seen
}

#[test]
fn another_unit_moves_nothing_of_the_others() {
    for start in [Start::AllUp, Start::Steady] {
        let three = of_units(shocked(3, 8), start);
        assert!(three.len() > 100);
        assert_eq!(three, of_units(shocked(5, 8), start));
        assert_ne!(three, of_units(shocked(3, 9), start), "another clock is another future");
    }
}

#[test]
fn the_order_of_the_parts_and_another_mode_move_nothing() {
    let parts = shocked(3, 3);
    let first = of_units(parts.clone(), Start::Steady);
    let mut turned = parts.clone();
    turned.modes.reverse();
    turned.nodes[1..].reverse();
    // the members keep their places within the mode
    for mode in &mut turned.modes {
        mode.members.iter_mut().filter(|node| **node > 0).for_each(|node| *node = 4 - *node);
    }
    assert_eq!(first, of_units(turned, Start::Steady));
    let mut more = parts;
    more.nodes.push(unit(None, "apart"));
    more.modes.insert(0, Mode::new(Address::of("of another"), vec![4], exponential(20.0), exponential(5.0)));
    assert_eq!(first, of_units(more, Start::Steady));
}

/// A crew with a hand for everyone holds nothing up, but takes a mode out of what is drawn ahead: the slow twin.
#[test]
fn what_is_drawn_ahead_is_what_the_agenda_gives() {
    let names: Vec<u64> = (0..40).collect();
    let mut nodes = vec![Node::domain(None, Address::of("zone")), Node::domain(Some(0), Address::of("rack"))];
    nodes.extend(names.iter().map(|n| Node::unit(Some(1), 1, Address::of("unit").child(*n))));
    let lognormal = |median| law(&Distribution::Lognormal { median, sigma: 1.0 });
    let shock = |name: &str, node, life, median| Mode {
        overlapping: true,
        ..Mode::new(Address::of(name), vec![node], exponential(life), lognormal(median))
    };
    // units are down half of the time, so that many strikes are void; the repairs of the zone outlast a span
    let own = Mode { slots: 48, ..Mode::new(Address::of("own"), (2..42).collect(), exponential(50.0), exponential(50.0)) };
    let ahead =
        Parts { nodes, modes: vec![own, shock("rack", 1, 90.0, 5.0), shock("zone", 0, 5_000.0, 500.0)], ..Parts::default() };
    let mut agenda = Parts { crews: vec![100_000], ..ahead.clone() };
    agenda.modes.iter_mut().for_each(|mode| mode.crew = Some((0, 0)));
    let comes = [Presence { node: 7, from: 300.0, until: 9_000.0 }];
    for horizon in [10.0, 20_000.0] {
        let played = path_with(ahead.clone(), Start::AllUp, horizon, 4, &comes);
        assert_eq!(played, path_with(agenda.clone(), Start::AllUp, horizon, 4, &comes));
        assert!(played.len() as f64 > horizon / 10.0, "{}", played.len());
    }
}

#[test]
fn an_engine_that_played_before_plays_the_same() {
    let system = System::new(shocked(3, 4)).unwrap();
    let once = |engine: &mut Engine, r| {
        let mut seen = Vec::new();
        let mut watch = |from: f64, until: f64, state: &State| {
            seen.push((from, until, state.total(0)));
            true
        };
        engine.run(Stream::root(Seed(1)).replication(r), Start::Steady, 900.0, &[], &mut watch);
        (seen, engine.failures())
    };
    let mut used = Engine::new(&system);
    once(&mut used, 7);
    assert_eq!(once(&mut used, 8), once(&mut Engine::new(&system), 8));
}

#[test]
fn a_pool_of_clocks_has_the_law_of_its_parts() {
    let nodes = || (0..30_u64).map(|n| Node::unit(None, 1, Address::of("unit").child(n))).collect::<Vec<_>>();
    let wanted = 30.0 * 40.0 / 45.0;
    for (pooled, start) in [(true, Start::AllUp), (true, Start::Steady), (false, Start::Steady)] {
        let mode = Mode { pooled, ..Mode::new(Address::of("pool"), (0..30).collect(), exponential(40.0), exponential(5.0)) };
        let system = System::new(Parts { lanes: 1, nodes: nodes(), modes: vec![mode], ..Parts::default() }).unwrap();
        let mut engine = Engine::new(&system);
        let mut means = Vec::new();
        for r in 0..400 {
            let mut sum = 0.0;
            let mut watch = |from: f64, until: f64, state: &State| {
                sum += (until - f64::max(from, 100.0)).max(0.0) * state.total(0) as f64;
                true
            };
            engine.run(Stream::root(Seed(1)).replication(r), start, 600.0, &[], &mut watch);
            means.push(sum / 500.0);
        }
        let seen = crate::stats::estimate(means.into_iter());
        assert!((seen.value - wanted).abs() < 5.0 * seen.standard_error, "{pooled}: {seen:?} {wanted}");
    }
}

#[test]
fn members_of_a_pool_are_alike_and_their_number_up_is_binomial() {
    let nodes: Vec<Node> = (0..12_u64).map(|n| Node::unit(None, 1, Address::of("unit").child(n))).collect();
    let mode = Mode { pooled: true, ..Mode::new(Address::of("pool"), (0..12).collect(), exponential(30.0), exponential(10.0)) };
    let system = System::new(Parts { lanes: 1, nodes, modes: vec![mode], ..Parts::default() }).unwrap();
    let mut engine = Engine::new(&system);
    // hours up of each unit, hours with so many up, events
    let mut seen = vec![Vec::new(); 12 + 13 + 1];
    for r in 0..600 {
        let mut one = [0.0; 12 + 13 + 1];
        let mut watch = |from: f64, until: f64, state: &State| {
            for (unit, up) in one[..12].iter_mut().enumerate() {
                *up += if state.standing.outages(unit as u32) == 0 { (until - from) / 500.0 } else { 0.0 };
            }
            one[12 + state.total(0) as usize] += (until - from) / 500.0;
            one[25] += if until < 500.0 { 1.0 / 500.0 } else { 0.0 };
            true
        };
        engine.run(Stream::root(Seed(3)).replication(r), Start::Steady, 500.0, &[], &mut watch);
        for (kept, one) in seen.iter_mut().zip(one) {
            kept.push(one);
        }
    }
    let ways = [1.0, 12.0, 66.0, 220.0, 495.0, 792.0, 924.0, 792.0, 495.0, 220.0, 66.0, 12.0, 1.0];
    let binomial = ways.iter().enumerate().map(|(up, ways)| ways * 0.75_f64.powi(up as i32) * 0.25_f64.powi(12 - up as i32));
    // each unit fails and is repaired once in 40 hours
    let wanted = std::iter::repeat_n(0.75, 12).chain(binomial).chain([2.0 * 12.0 / 40.0]);
    for (what, (seen, wanted)) in seen.into_iter().zip(wanted).enumerate() {
        let seen = crate::stats::estimate(seen.into_iter());
        assert!((seen.value - wanted).abs() <= 5.0 * seen.standard_error.max(1e-6), "{what}: {seen:?} {wanted}");
    }
}
