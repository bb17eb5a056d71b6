//! Crews, spare parts, planned work, bad releases and freezes of a model, against exact answers.

use std::sync::Arc;

use plimsoll::model::{
    Arrival, CapacityChange, Crew, Deploy, Drain, Level, Model, Order, Overload, Question, Routing, Shelf, Standby, Takes,
    Transfer,
};
use plimsoll::observe::Silent;
use plimsoll::paths::SamplePaths;
use plimsoll::scenario::{Override, Scenario};
use plimsoll::simulate::exact::KOfN;
use plimsoll::simulate::rare::Method;
use plimsoll::simulate::{self, Answered, Outcomes, adequacy};
use plimsoll::stats::{Distribution, Estimate, estimate};
use plimsoll::stream::{Seed, Stream};
use plimsoll::time::Day;

use crate::support::{assert_within, world};

const HOURS: f64 = 240.0 * 24.0;

/// Eight hosts of one unit each in two zones that carry `load` at every hour; hosts fail after 400 h on average.
fn steady(load: f64, replications: u32, change: impl FnOnce(&mut Model)) -> (Scenario, SamplePaths) {
    let (scenario, mut paths) = world(&["a"], replications);
    let mut model = (*scenario.model).clone();
    model.failures.truncate(1);
    model.failures[0].time_to_failure_hours = Distribution::Exponential { mean: 400.0 };
    change(&mut model);
    // a unit carries 16 cores up to the line of 0.7
    paths.values.fill(load * 16.0 * 0.7);
    paths.series[0].profile.days = vec![[1.0; 24]];
    (Scenario { model: Arc::new(model), ..scenario }, paths)
}

fn outcomes((scenario, paths): &(Scenario, SamplePaths)) -> Outcomes {
    simulate::run(scenario, paths, Stream::root(Seed(5)), &Silent).unwrap()
}

/// Hours short of each replication.
fn hours_short(seen: &Outcomes) -> Vec<f64> {
    let months = seen.months.len();
    seen.pools[0].hours_short.chunks(months).map(|months| months.iter().map(|hours| f64::from(*hours)).sum()).collect()
}

fn share_short(seen: &Outcomes) -> Estimate {
    estimate(hours_short(seen).into_iter().map(|hours| hours / HOURS))
}

#[test]
fn repairs_that_wait_for_a_crew_follow_the_machine_repair_model() {
    for jobs in [1_u32, 2] {
        let asked = steady(5.5, 800, |model| {
            model.crews.insert("night".to_owned(), Crew { name: "night".to_owned(), jobs });
            model.failures[0].repair_hours = Distribution::Exponential { mean: 40.0 };
            model.failures[0].crew = Some(("night".to_owned(), 0));
        });
        // p(n) / p(n-1) = (8 - n + 1) / 400 x 40 / min(n, jobs): the finite-source queue (Cooper 1981, §3.6)
        let mut weights = vec![1.0];
        for down in 1..=8_u32 {
            weights.push(weights[down as usize - 1] * f64::from(9 - down) / 400.0 * 40.0 / f64::from(down.min(jobs)));
        }
        let exactly = weights[3..].iter().sum::<f64>() / weights.iter().sum::<f64>();
        let seen = share_short(&outcomes(&asked));
        assert!(seen.standard_error < 0.03 * exactly, "{seen:?}");
        assert_within(&format!("{jobs} jobs"), seen.value, exactly, 5.0 * seen.standard_error);
    }
}

#[test]
fn repairs_without_a_part_wait_for_one() {
    let asked = steady(6.5, 800, |model| {
        let shelf = Shelf { name: "parts".to_owned(), parts: 0, lead_hours: Distribution::constant(60.0), review_hours: 0.0 };
        model.shelves.insert("parts".to_owned(), shelf);
        model.failures[0].repair_hours = Distribution::constant(4.0);
        model.failures[0].shelf = Some("parts".to_owned());
    });
    // each unit is down for 64 h after 400 h, by itself
    let down: f64 = 64.0 / 464.0;
    let exactly = 1.0 - (1.0 - down).powi(8) - 8.0 * down * (1.0 - down).powi(7);
    let seen = share_short(&outcomes(&asked));
    assert_within("no parts", seen.value, exactly, 5.0 * seen.standard_error);
    let stocked = steady(6.5, 800, |model| {
        let mut shelves = asked.0.model.shelves.clone();
        shelves.get_mut("parts").unwrap().parts = 50;
        model.shelves = shelves;
        model.failures[0].repair_hours = Distribution::constant(4.0);
        model.failures[0].shelf = Some("parts".to_owned());
    });
    let down: f64 = 4.0 / 404.0;
    let exactly = 1.0 - (1.0 - down).powi(8) - 8.0 * down * (1.0 - down).powi(7);
    let seen = share_short(&outcomes(&stocked));
    assert_within("50 parts", seen.value, exactly, 5.0 * seen.standard_error);
}

fn drain(one_at_a_time: bool) -> Drain {
    Drain {
        name: "firmware".to_owned(),
        takes: Takes::Every(Level::Zone),
        first: Day(31),
        every_hours: Some(60.0 * 24.0),
        apart_hours: 2.0,
        lasts_hours: 10.0,
        one_at_a_time,
    }
}

#[test]
fn planned_work_never_takes_two_zones_where_that_is_asked() {
    let drained = |one_at_a_time, load| {
        let asked = steady(load, 3, |model| {
            model.failures.clear();
            model.drains.push(drain(one_at_a_time));
        });
        let seen = outcomes(&asked);
        (hours_short(&seen), seen.pools[0].unserved[0].iter().map(|one| f64::from(*one)).sum::<f64>() / 3.0 / 11.2)
    };
    // four rounds within 240 days: 10 h with one zone out, then 10 h with the other
    let (hours, unserved) = drained(true, 5.0);
    assert_eq!(hours, [80.0; 3]);
    assert_within("unserved units x hours", unserved, 80.0, 1e-3);
    // 2 h of the first alone, 8 h of both, 2 h of the second alone
    let (hours, unserved) = drained(false, 5.0);
    assert_eq!(hours, [48.0; 3]);
    assert_within("unserved units x hours", unserved, 4.0 * (4.0 + 8.0 * 5.0), 1e-3);
    assert_eq!(drained(true, 4.0).0, [0.0; 3]);
}

#[test]
fn a_bad_release_reaches_the_waves_before_it_is_seen_and_is_rolled_back() {
    let hours = |value| Distribution::constant(value);
    let deploy = Deploy {
        name: "release".to_owned(),
        pool: None,
        every_hours: hours(1_000.0),
        waves: Level::Zone,
        gap_hours: 2.0,
        detection_hours: hours(3.0),
        rollback_hours: hours(5.0),
        share_lost: 0.5,
    };
    let seen = |detection: f64, pool: Option<&str>| {
        let asked = steady(8.0, 2, |model| {
            model.failures.clear();
            let pool = pool.map(str::to_owned);
            model.deploys.push(Deploy { detection_hours: hours(detection), pool, ..deploy.clone() });
        });
        let seen = outcomes(&asked);
        (hours_short(&seen)[0], seen.pools[0].unserved[0].iter().map(|one| f64::from(*one)).sum::<f64>() / 2.0 / 11.2)
    };
    // five releases (hours 1,000 to 5,000 of 5,760): half of zone 1 for 8 h, half of zone 2 for the last 6 of them
    let (hours, unserved) = seen(3.0, None);
    assert_within("hours", hours, 5.0 * 8.0, 1e-3);
    assert_within("unserved", unserved, 5.0 * (8.0 * 2.0 + 6.0 * 2.0), 1e-2);
    // seen before the second wave
    let (hours, unserved) = seen(1.0, Some("a"));
    assert_within("hours", hours, 5.0 * 6.0, 1e-3);
    assert_within("unserved", unserved, 5.0 * 6.0 * 2.0, 1e-2);
}

#[test]
fn what_waits_or_is_planned_is_counted_and_the_reason_is_told() {
    let (scenario, paths) = steady(5.0, 20, |model| model.drains.push(drain(true)));
    let seen = outcomes(&(scenario.clone(), paths.clone()));
    let told = adequacy(&scenario, &paths, &seen, Stream::root(Seed(5))).unwrap();
    assert_eq!(told[0].counted_because.as_deref(), Some("domains are taken out for planned work"));
    assert_eq!(scenario.model.drains[0].first, Day(31));
}

#[test]
fn shocks_that_overlap_need_a_law_without_memory() {
    let asked = steady(5.0, 2, |model| {
        model.failures[0].overlapping = true;
        model.failures[0].time_to_failure_hours = Distribution::Weibull { shape: 2.0, scale: 100.0 };
    });
    let error = simulate::run(&asked.0, &asked.1, Stream::root(Seed(5)), &Silent).unwrap_err();
    assert_eq!(error.slug(), "simulate/impossible-part");
    assert!(error.to_string().contains("exponential"), "{error}");
}

#[test]
fn a_zone_that_is_down_borrows_from_the_other_up_to_the_limit_and_to_what_it_has_left() {
    let unserved = |at_most: Option<f64>| {
        let asked = steady(5.0, 2, |model| {
            model.failures.clear();
            model.drains.push(Drain { every_hours: None, takes: Takes::Node("z1".to_owned()), ..drain(true) });
            model.pools[0].routing = Routing::Pinned;
            let transfer = |at_most| Transfer { from: "z1".to_owned(), to: "z2".to_owned(), at_most };
            model.pools[0].transfers = at_most.map(transfer).into_iter().collect();
        });
        let seen = outcomes(&asked);
        seen.pools[0].unserved[0].iter().map(|one| f64::from(*one)).sum::<f64>() / 2.0 / 11.2
    };
    // half of the load of 5 units is in each zone of 4: the one that is out for 10 h lacks 2.5, the other has 1.5 left
    assert_within("nothing moves", unserved(None), 25.0, 1e-3);
    assert_within("a unit moves", unserved(Some(0.2)), 15.0, 1e-3);
    assert_within("all that fits moves", unserved(Some(1.0)), 10.0, 1e-3);
}

#[test]
fn any_host_may_go_where_another_zone_has_room_for_its_load() {
    // 6.8 units of load, 3.4 in each zone of 4 hosts
    let survives = |at_most: Option<f64>, load: f64| {
        let asked = steady(load, 2, |model| {
            model.failures.clear();
            model.pools[0].routing = Routing::Pinned;
            let both = [("z1", "z2"), ("z2", "z1")];
            let transfer =
                |at_most, (from, to): &(&str, &str)| Transfer { from: (*from).to_owned(), to: (*to).to_owned(), at_most };
            model.pools[0].transfers = at_most.iter().flat_map(|most| both.iter().map(|ends| transfer(*most, ends))).collect();
        });
        let seen = outcomes(&asked);
        (seen.pools[0].survival[0].survives[0], seen.pools[0].reserve_room_units[0])
    };
    assert_eq!(survives(None, 6.8), (false, -2), "both zones lack 0.4 of a host");
    assert_eq!(survives(Some(0.1), 6.8), (true, 0));
    assert!(!survives(Some(0.1), 7.2).0, "seven hosts do not carry 7.2");
    assert!(!survives(Some(0.05), 6.8).0, "0.4 of 6.8 is more than a twentieth");
}

#[test]
fn survivors_that_are_asked_for_too_much_stop_one_after_the_other() {
    let seen = |trips_at: f64| {
        let asked = steady(5.0, 2, |model| {
            model.failures.clear();
            model.drains.push(Drain { every_hours: None, takes: Takes::Node("z1".to_owned()), lasts_hours: 9.0, ..drain(true) });
            model.pools[0].overload = Some(Overload { trips_at, restart_hours: Distribution::constant(3.0) });
        });
        let seen = outcomes(&asked);
        (hours_short(&seen)[0], seen.pools[0].unserved[0].iter().map(|one| f64::from(*one)).sum::<f64>() / 2.0 / 11.2)
    };
    // four hosts are asked for five units, 1.25 times what they may carry, for 9 h
    let (hours, unserved) = seen(1.3);
    assert_within("they hold: hours", hours, 9.0, 1e-3);
    assert_within("they hold: one unit is short", unserved, 9.0, 1e-3);
    // all four stop, and again when they are back after 3 and 6 h; at 9 h they are back together with the other zone
    let (hours, unserved) = seen(1.2);
    assert_within("they stop: hours", hours, 9.0, 1e-3);
    assert_within("they stop: everything is short", unserved, 45.0, 1e-2);
}

#[test]
fn a_unit_that_waits_takes_over_and_ages_as_is_said() {
    for (ages, takes_over) in [(0.0, 1.0), (1.0, 1.0), (0.3, 1.0), (0.0, 0.6)] {
        let asked = steady(1.5, 1_500, |model| {
            model.pools[0].groups.truncate(1);
            let group = &mut model.pools[0].groups[0];
            (group.racks, group.counts[0].units) = (0, 3);
            group.standby = Some(Standby { units: 1, ages, takes_over });
            model.failures[0].repair_hours = Distribution::Exponential { mean: 40.0 };
        });
        let seen = outcomes(&asked);
        // two carry, one waits: with two down one is short; where nothing took over all are, until the one that failed is back
        let (fails, back) = (1.0 / 400.0, 1.0 / 40.0);
        let exactly = if takes_over < 1.0 {
            // states: all up; one down and taken over; one down and not (both short and not ageing); two down; three down
            let mut generator = vec![vec![0.0; 5]; 5];
            let mut rate = |from: usize, to: usize, rate: f64| {
                generator[from][to] += rate;
                generator[from][from] -= rate;
            };
            rate(0, 1, 2.0 * fails * takes_over);
            rate(0, 2, 2.0 * fails * (1.0 - takes_over));
            rate(1, 0, back);
            rate(2, 0, back);
            rate(1, 3, 2.0 * fails);
            rate(3, 1, 2.0 * back);
            rate(3, 4, fails);
            rate(4, 3, 3.0 * back);
            let p = stationary(&generator);
            p[2] + p[3] + p[4]
        } else {
            let up = [2.0 * fails + ages * fails, 2.0 * fails, fails];
            let mut weights = vec![1.0];
            for down in 1..=3_u32 {
                weights.push(weights[down as usize - 1] * up[down as usize - 1] / (f64::from(down) * back));
            }
            weights[2..].iter().sum::<f64>() / weights.iter().sum::<f64>()
        };
        let short = share_short(&seen);
        assert!(short.standard_error < 0.05 * exactly, "{short:?}");
        assert_within(&format!("ages {ages}, takes over {takes_over}"), short.value, exactly, 5.0 * short.standard_error);
        assert!(seen.pools[0].room_by_resource[0].iter().all(|room| *room == 0), "two units are installed, 1.5 are asked for");
    }
}

/// Row vector p with p Q = 0 and Σ p = 1, by powers of I + Q / rate.
fn stationary(generator: &[Vec<f64>]) -> Vec<f64> {
    let states = generator.len();
    let rate = 1.05 * generator.iter().enumerate().map(|(i, row)| -row[i]).fold(0.0, f64::max);
    let mut p = vec![1.0 / states as f64; states];
    for _ in 0..20_000 {
        p = (0..states).map(|to| p[to] + (0..states).map(|from| p[from] * generator[from][to]).sum::<f64>() / rate).collect();
    }
    p
}

const YEAR: f64 = 8_760.0;

#[test]
fn pools_that_share_a_crew_are_simulated_together() {
    let (scenario, paths) = world(&["a", "b"], 60);
    let with = |pools: std::ops::Range<usize>, shares: bool| {
        let mut model = (*scenario.model).clone();
        if shares {
            model.crews.insert("night".to_owned(), Crew { name: "night".to_owned(), jobs: 1 });
            model.failures[0].crew = Some(("night".to_owned(), 0));
        }
        // repairs take long: jobs of one pool hold those of the other up
        model.failures[0].repair_hours = Distribution::Exponential { mean: 400.0 };
        model.pools = model.pools[pools].to_vec();
        let meet = model.pools_meet();
        let scenario = Scenario { model: Arc::new(model), ..scenario.clone() };
        (meet, outcomes(&(scenario, paths.clone())).pools.pop().unwrap())
    };
    assert_eq!(with(1..2, false), (false, with(0..2, false).1), "pools that share nothing may be simulated alone");
    assert!(with(0..2, true).0);
    assert!(with(1..2, true).1 != with(0..2, true).1);
}

fn asked(below: u32, change: impl FnOnce(&mut Model)) -> Result<Answered, simulate::Error> {
    let (scenario, paths) = world(&["a"], 1);
    let mut model = (*scenario.model).clone();
    model.questions.push(Question { name: "few".to_owned(), pool: "a".to_owned(), below, within_hours: YEAR, precision: 0.1 });
    change(&mut model);
    let scenario = Scenario { model: Arc::new(model), ..scenario };
    simulate::answer(&scenario, &paths, Day(1), Stream::root(Seed(5))).map(|mut answers| answers.remove(0))
}

#[test]
fn a_rare_event_of_alike_hosts_is_answered_exactly_crews_included() {
    for jobs in [None, Some(2)] {
        let seen = asked(4, |model| {
            model.failures.truncate(1);
            if let Some(jobs) = jobs {
                model.crews.insert("night".to_owned(), Crew { name: "night".to_owned(), jobs });
                model.failures[0].crew = Some(("night".to_owned(), 0));
            }
        });
        let seen = seen.unwrap();
        let group = KOfN { units: 8, needed: 4, mttf: 3_000.0, mttr: 12.0, crews: jobs.unwrap_or(8), standby: 1.0 };
        assert_eq!((seen.hosts, seen.answer.method), (8, Method::Exact));
        assert_within("exactly", seen.answer.value, group.first_outage(YEAR).unwrap().met, 1e-12 * seen.answer.value);
    }
}

#[test]
fn both_zones_dark_at_once_is_as_rare_as_two_units_are() {
    // hosts never fail, so that only zones matter: two units of which one is needed
    let seen = asked(1, |model| model.failures[0].time_to_failure_hours = Distribution::Exponential { mean: 1e12 }).unwrap();
    let zones = KOfN { units: 2, needed: 1, mttf: 30_000.0, mttr: 5.0, crews: 2, standby: 1.0 };
    let exactly = zones.first_outage(YEAR).unwrap().met;
    assert!(exactly < 2e-4 && seen.answer.method != Method::Crude, "{seen:?}");
    assert!(seen.answer.warning.is_none(), "{:?}", seen.answer.warning);
    assert_within("both", seen.answer.value, exactly, 5.0 * seen.answer.standard_error);
    assert!(seen.answer.relative_error < 0.06);
}

#[test]
fn what_has_no_such_answer_is_refused_by_name() {
    let refused = |below, change: &dyn Fn(&mut Model)| asked(below, change).unwrap_err().to_string();
    assert!(refused(9, &|_| {}).contains("fewer than 9 of 8 hosts"));
    let one_waits = |model: &mut Model| {
        let group = &mut model.pools[0].groups[0];
        group.standby = Some(Standby { units: 1, ages: 1.0, takes_over: 1.0 });
    };
    assert!(refused(8, &one_waits).contains("fewer than 8 of 8 hosts, expected 7"));
    assert!(refused(4, &|model| model.failures[1].share_lost = 0.5).contains("`zone` takes a part of `z1`"));
    let nothing = |model: &mut Model| model.failures.iter_mut().for_each(|mode| mode.share_lost = 0.1);
    let hosts_only = |model: &mut Model| {
        model.failures.truncate(1);
        nothing(model);
    };
    assert!(refused(4, &hosts_only).contains("nothing takes a whole host of pool `a` down"));
    // units that stand by wear by one law without memory
    let wears = |model: &mut Model| {
        one_waits(model);
        model.failures[0].time_to_failure_hours = Distribution::Weibull { shape: 2.0, scale: 3_000.0 };
    };
    assert!(refused(4, &wears).contains("exponential"));
}

/// The same question with nothing changed between two days after the start.
fn frozen((scenario, paths): (Scenario, SamplePaths), spans: &[(i32, i32)]) -> (Scenario, SamplePaths) {
    let start = scenario.as_of.plus(1);
    let freeze = |(from, until): &(i32, i32)| Override::Freeze { from: start.plus(*from), until: start.plus(*until) };
    (Scenario { overrides: spans.iter().map(freeze).collect(), ..scenario }, paths)
}

#[test]
fn what_comes_or_leaves_in_a_freeze_waits_for_its_end() {
    let hours = |load: f64, spans: &[(i32, i32)], change: &dyn Fn(&mut Model, Day)| {
        let asked = steady(load, 2, |model| model.failures.clear());
        let start = asked.0.as_of.plus(1);
        let mut model = (*asked.0.model).clone();
        change(&mut model, start);
        let asked = (Scenario { model: Arc::new(model), ..asked.0 }, asked.1);
        hours_short(&outcomes(&frozen(asked, spans)))
    };
    // nine units are asked for, eight are there until an order comes 30 days after it was placed
    let order = |model: &mut Model, start: Day| {
        model.pools[0].orders.push(Order {
            leaves: Some(start.plus(200)),
            name: "signed".to_owned(),
            unit: "m8".to_owned(),
            units: 2,
            domain: None,
            ordered: start,
            arrival: Arrival::LeadTimeDays(Distribution::constant(30.0)),
            committed: true,
        });
    };
    let days = |days: f64| [24.0 * days; 2];
    assert_eq!(hours(9.0, &[], &order), days(30.0 + 40.0));
    assert_eq!(hours(9.0, &[(20, 50)], &order), days(50.0 + 40.0));
    assert_eq!(hours(9.0, &[(30, 35)], &order), days(35.0 + 40.0));
    // two that meet are one; what leaves stays until the end of the last
    assert_eq!(hours(9.0, &[(20, 32), (32, 40), (190, 215)], &order), days(40.0 + 25.0));
    let fewer = |model: &mut Model, start: Day| {
        model.pools[0].groups[0].counts.push(CapacityChange { day: start.plus(100), units: 3 });
    };
    assert_eq!(hours(7.5, &[], &fewer), days(140.0));
    assert_eq!(hours(7.5, &[(90, 120)], &fewer), days(120.0));
}

#[test]
fn a_freeze_puts_planned_work_off_and_holds_releases_back() {
    let drained = |spans: &[(i32, i32)]| {
        let asked = steady(5.0, 3, |model| {
            model.failures.clear();
            model.drains.push(drain(true));
        });
        let first = Day(31).since(asked.0.as_of.plus(1));
        let spans: Vec<(i32, i32)> = spans.iter().map(|(from, until)| (first + from, first + until)).collect();
        hours_short(&outcomes(&frozen(asked, &spans)))
    };
    // four rounds of 20 h, 60 days apart; those that come due in one freeze are done together at its end
    assert_eq!(drained(&[(-5, 5)]), [80.0; 3]);
    assert_eq!(drained(&[(-5, 150)]), [40.0; 3]);
    assert_eq!(drained(&[(-5, 250)]), [0.0; 3]);
    let constant = Distribution::constant;
    let released = |spans: &[(i32, i32)]| {
        let asked = steady(8.0, 2, |model| {
            model.failures.clear();
            model.deploys.push(Deploy {
                name: "release".to_owned(),
                pool: None,
                every_hours: constant(1_000.0),
                waves: Level::Zone,
                gap_hours: 2.0,
                detection_hours: constant(3.0),
                rollback_hours: constant(5.0),
                share_lost: 0.5,
            });
        });
        hours_short(&outcomes(&frozen(asked, spans)))
    };
    // of five, 8 h each, those of hours 2,000 and 3,000 fall into days 62 to 146
    assert_eq!(released(&[]), [40.0; 2]);
    assert_eq!(released(&[(62, 146)]), [24.0; 2]);
}
