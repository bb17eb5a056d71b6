//! Rare events of models with crews, shocks, standby, spares, planned work, releases and overload: each against an exact answer.

use std::sync::Arc;

use plimsoll::model::{Crew, Deploy, Drain, FailureMode, Level, Model, Overload, Question, Shelf, Standby, Strikes, Takes};
use plimsoll::scenario::Scenario;
use plimsoll::simulate::answer;
use plimsoll::simulate::exact::{Chain, KOfN, binomial, explore};
use plimsoll::simulate::rare::{Method, RareEstimate};
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::Day;

use crate::support::{assert_within, world};

const WITHIN: f64 = 1_000.0;

fn exponential(mean: f64) -> Distribution {
    Distribution::Exponential { mean }
}

/// Hosts fail after 2,000 h on average and are repaired within 10; what else there is comes by `change`. Two zones of four.
fn asked(below: u32, change: impl FnOnce(&mut Model)) -> RareEstimate {
    let (scenario, mut paths) = world(&["a"], 4);
    let mut model = (*scenario.model).clone();
    model.failures.truncate(1);
    let host = &mut model.failures[0];
    (host.time_to_failure_hours, host.repair_hours) = (exponential(2_000.0), exponential(10.0));
    change(&mut model);
    let question = Question { name: "few".to_owned(), pool: "a".to_owned(), below, within_hours: WITHIN, precision: 0.2 };
    model.questions.push(question);
    // five units are asked for: a unit carries 16 cores up to the line of 0.7
    paths.values.fill(5.0 * 16.0 * 0.7);
    paths.series[0].profile.days = vec![[1.0; 24]];
    let scenario = Scenario { model: Arc::new(model), ..scenario };
    answer(&scenario, &paths, paths.start, Stream::root(Seed(6))).unwrap().remove(0).answer
}

fn agrees(what: &str, seen: &RareEstimate, exactly: f64) {
    assert!(seen.standard_error < 0.15 * exactly, "{what}: {seen:?} tells nothing of {exactly}");
    assert_within(what, seen.value, exactly, 5.0 * seen.standard_error);
}

fn one_group(model: &mut Model) {
    let pool = &mut model.pools[0];
    pool.groups.truncate(1);
    pool.groups[0].racks = 0;
}

fn zone(model: &Model, mean: f64, repair: f64) -> FailureMode {
    FailureMode {
        name: "zone".to_owned(),
        strikes: Strikes::Node("z1".to_owned()),
        time_to_failure_hours: exponential(mean),
        repair_hours: exponential(repair),
        ..model.failures[0].clone()
    }
}

fn crew(model: &mut Model) {
    model.crews.insert("night".to_owned(), Crew { name: "night".to_owned(), jobs: 1 });
}

#[test]
fn a_crew_that_serves_hosts_and_their_zone_follows_its_chain() {
    let (apart, dark) = (2e6, 20.0);
    let seen = asked(2, |model| {
        one_group(model);
        crew(model);
        let zone = FailureMode { crew: Some(("night".to_owned(), 0)), ..zone(model, apart, dark) };
        model.failures[0].crew = Some(("night".to_owned(), 1));
        model.failures.push(zone);
    });
    // (hosts down, zone dark, what the one crew does: 0 nothing, 1 a host, 2 the zone); the zone comes first, once a job is done
    let up = |(down, dark, _): &(u32, bool, u8)| if *dark { 0 } else { 4 - down };
    let next_job = |down: u32, dark: bool| if dark { 2 } else { u8::from(down > 0) };
    let next = |state: &(u32, bool, u8)| {
        if up(state) < 2 {
            return Vec::new();
        }
        let (down, is_dark, does) = *state;
        let mut to = vec![((down + 1, is_dark, does.max(1)), f64::from(4 - down) / 2_000.0)];
        if !is_dark {
            to.push(((down, true, if does == 0 { 2 } else { does }), 1.0 / apart));
        }
        match does {
            1 => to.push(((down - 1, is_dark, next_job(down - 1, is_dark)), 1.0 / 10.0)),
            2 => to.push(((down, false, next_job(down, false)), 1.0 / dark)),
            _ => {}
        }
        to
    };
    let (chain, states) = explore((0, false, 0), 100, next).unwrap();
    let short: Vec<bool> = states.iter().map(|state| up(state) < 2).collect();
    let exactly = chain.first_passage(&chain.start(0), &short, WITHIN).unwrap().met;
    assert!(exactly < 2e-3 && seen.method == Method::Splitting, "{exactly} {seen:?}");
    agrees("crew", &seen, exactly);
}

#[test]
fn shocks_that_hit_each_host_follow_their_chain() {
    let (apart, lasts, p) = (10_000.0, 30.0, 0.2);
    let seen = asked(1, |model| {
        one_group(model);
        let shock = FailureMode { hits_each_with: Some(p), ..zone(model, apart, lasts) };
        model.failures.push(shock);
    });
    // (whether a shock lasts, hosts down by themselves alone, by it alone, by both)
    let up = |(_, own, hit, both): &(bool, u32, u32, u32)| 4 - own - hit - both;
    let next = |state: &(bool, u32, u32, u32)| {
        let (shock, own, hit, both) = *state;
        if up(state) < 1 {
            return Vec::new();
        }
        let mut to = vec![
            ((shock, own + 1, hit, both), f64::from(up(state)) / 2_000.0),
            ((shock, own, hit.saturating_sub(1), both + 1), f64::from(hit) / 2_000.0),
            ((shock, own.saturating_sub(1), hit, both), f64::from(own) / 10.0),
            ((shock, own, hit + 1, both.saturating_sub(1)), f64::from(both) / 10.0),
        ];
        if shock {
            to.push(((false, own + both, 0, 0), 1.0 / lasts));
        } else {
            for (of_up, q) in binomial(up(state), p).iter().enumerate() {
                for (of_own, r) in binomial(own, p).iter().enumerate() {
                    let (of_up, of_own) = (of_up as u32, of_own as u32);
                    to.push(((true, own - of_own, of_up, of_own), q * r / apart));
                }
            }
        }
        to.retain(|(_, rate)| *rate > 0.0);
        to
    };
    let (chain, states) = explore((false, 0, 0, 0), 500, next).unwrap();
    let short: Vec<bool> = states.iter().map(|state| up(state) < 1).collect();
    let exactly = chain.first_passage(&chain.start(0), &short, WITHIN).unwrap().met;
    assert!(exactly < 2e-3 && seen.method == Method::Splitting, "{exactly} {seen:?}");
    agrees("shocks", &seen, exactly);
}

#[test]
fn a_cold_spare_follows_its_birth_and_death() {
    let seen = asked(1, |model| {
        one_group(model);
        model.pools[0].groups[0].counts[0].units = 3;
        model.pools[0].groups[0].standby = Some(Standby { units: 1, ages: 0.0, takes_over: 1.0 });
    });
    let fails = [2.0, 2.0, 1.0].map(|active| active / 2_000.0);
    let up = (0..3).map(|down| (down, down + 1, fails[down]));
    let back = (1..3).map(|down| (down, down - 1, down as f64 / 10.0));
    let chain = Chain::new(4, up.chain(back)).unwrap();
    let exactly = chain.first_passage(&chain.start(0), &[false, false, false, true], WITHIN).unwrap().met;
    assert!(exactly < 2e-4 && seen.method == Method::Splitting, "{exactly} {seen:?}");
    agrees("standby", &seen, exactly);
}

#[test]
fn a_part_that_must_be_ordered_first_is_a_longer_repair() {
    // any part that comes is for the first that waits: as many wait as if each had its own, 60 h on average
    let seen = asked(4, |model| {
        let lead_hours = exponential(60.0);
        let shelf = Shelf { name: "parts".to_owned(), parts: 0, lead_hours, review_hours: 0.0 };
        model.shelves.insert("parts".to_owned(), shelf);
        model.failures[0].repair_hours = Distribution::constant(1e-3);
        model.failures[0].shelf = Some("parts".to_owned());
    });
    let group = KOfN { units: 8, needed: 4, mttf: 2_000.0, mttr: 60.001, crews: 8, standby: 1.0 };
    let exactly = group.first_outage(WITHIN).unwrap().met;
    assert!(exactly < 2e-3 && seen.method == Method::Splitting, "{exactly} {seen:?}");
    agrees("parts", &seen, exactly);
}

/// P(fewer than `below` of two zones of four at some moment), zone 1 taken out for 10 h from hour 96 on, zone 2 from 296 on.
fn drained(below: usize) -> f64 {
    let at = |a: usize, b: usize| a * 5 + b;
    let mut now: Vec<f64> = (0..26).map(|state| f64::from(u8::from(state == 0))).collect();
    for (hours, out) in
        [(96.0, [false, false]), (10.0, [true, false]), (190.0, [false; 2]), (10.0, [false, true]), (694.0, [false; 2])]
    {
        let up = |a: usize, b: usize| if out[0] { 0 } else { 4 - a } + if out[1] { 0 } else { 4 - b };
        // who is short at the beginning of a span is at once
        for (a, b) in (0..25).map(|state| (state / 5, state % 5)) {
            if up(a, b) < below {
                now[25] += std::mem::take(&mut now[at(a, b)]);
            }
        }
        let mut rates = Vec::new();
        for (a, b) in (0..25).map(|state| (state / 5, state % 5)).filter(|(a, b)| up(*a, *b) >= below) {
            let mut to = |c: usize, d: usize, rate: f64| {
                rates.push((at(a, b), if up(c, d) < below { 25 } else { at(c, d) }, rate));
            };
            let fails = |down: usize| (4 - down) as f64 / 2_000.0;
            if a < 4 {
                to(a + 1, b, fails(a));
            }
            if b < 4 {
                to(a, b + 1, fails(b));
            }
            if a > 0 {
                to(a - 1, b, a as f64 / 10.0);
            }
            if b > 0 {
                to(a, b - 1, b as f64 / 10.0);
            }
        }
        now = Chain::new(26, rates).unwrap().course(&now, hours).unwrap().at_end;
    }
    now[25]
}

fn firmware(first: Day) -> Drain {
    Drain {
        name: "firmware".to_owned(),
        takes: Takes::Every(Level::Zone),
        first,
        every_hours: None,
        apart_hours: 200.0,
        lasts_hours: 10.0,
        one_at_a_time: true,
    }
}

#[test]
fn planned_work_is_played_by_the_calendar_rare_or_not() {
    // day 5 is 96 h after day 1
    for (below, rare) in [(4, false), (3, true)] {
        let seen = asked(below, |model| model.drains.push(firmware(Day(5))));
        assert_eq!(seen.method, if rare { Method::Splitting } else { Method::Crude }, "{seen:?}");
        agrees(&format!("fewer than {below}"), &seen, drained(below as usize));
    }
}

#[test]
fn a_bad_release_takes_both_waves_unless_it_is_seen_before() {
    let released = |every: f64, detection: f64| {
        asked(1, |model| {
            model.failures.clear();
            model.deploys.push(Deploy {
                name: "release".to_owned(),
                pool: None,
                every_hours: exponential(every),
                waves: Level::Zone,
                gap_hours: 2.0,
                detection_hours: exponential(detection),
                rollback_hours: Distribution::constant(4.0),
                share_lost: 1.0,
            });
        })
    };
    // the second wave begins after 2 h if nobody has seen it by then
    for (every, detection) in [(1e4, 2.0), (2e5, 1.0)] {
        let seen = released(every, detection);
        let exactly = -(-(WITHIN - 2.0) / every * f64::exp(-2.0 / detection)).exp_m1();
        agrees(&format!("one in {every} h"), &seen, exactly);
    }
}

#[test]
fn hosts_that_stop_under_overload_are_all_down_once_the_others_cannot_carry_it() {
    // five units on four hosts are 1.25 of what they may carry: they stop as soon as four of eight are down
    let seen = asked(1, |model| {
        model.pools[0].overload = Some(Overload { trips_at: 1.2, restart_hours: Distribution::constant(3.0) });
        model.failures[0].repair_hours = exponential(40.0);
    });
    let group = KOfN { units: 8, needed: 5, mttf: 2_000.0, mttr: 40.0, crews: 8, standby: 1.0 };
    let exactly = group.first_outage(WITHIN).unwrap().met;
    agrees("overload", &seen, exactly);
}

#[test]
fn two_failures_of_a_host_are_two_clocks() {
    // disks and boards, alike: a host is up unless one of them is down; seven of eight up at worst within a short time
    let seen = asked(6, |model| {
        let second = FailureMode { name: "disk".to_owned(), ..model.failures[0].clone() };
        model.failures.push(second);
    });
    // (hosts with one of the two down, with both)
    let next = |(one, both): &(u32, u32)| {
        let (one, both) = (*one, *both);
        if one + both > 2 {
            return Vec::new();
        }
        let mut to = vec![
            ((one + 1, both), f64::from(2 * (8 - one - both)) / 2_000.0),
            ((one.saturating_sub(1), both + 1), f64::from(one) / 2_000.0),
            ((one.saturating_sub(1), both), f64::from(one) / 10.0),
            ((one + 1, both.saturating_sub(1)), f64::from(2 * both) / 10.0),
        ];
        to.retain(|(_, rate)| *rate > 0.0);
        to
    };
    let (chain, states) = explore((0, 0), 100, next).unwrap();
    let short: Vec<bool> = states.iter().map(|(one, both)| one + both > 2).collect();
    agrees("two clocks", &seen, chain.first_passage(&chain.start(0), &short, WITHIN).unwrap().met);
}

#[test]
fn hosts_that_wear_out_and_wait_for_a_crew_agree_with_crude_sampling() {
    // no closed form: splitting to a fifth is checked by crude sampling itself, and says so
    let seen = asked(5, |model| {
        crew(model);
        model.failures[0].crew = Some(("night".to_owned(), 0));
        model.failures[0].time_to_failure_hours = Distribution::Weibull { shape: 2.0, scale: 2_000.0 };
        model.failures[0].repair_hours = Distribution::Lognormal { median: 30.0, sigma: 0.6 };
    });
    assert_eq!(seen.method, Method::Splitting, "{seen:?}");
    assert!(seen.cross_check.is_some(), "{seen:?}");
    let check = seen.cross_check.unwrap();
    assert!(check.method == Method::Crude && check.z.abs() < 4.0, "{seen:?}");
    assert_eq!(seen.warning, None, "{seen:?}");
}
