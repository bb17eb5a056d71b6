//! Repairable systems by the sequential simulator: every quantity that it sees often enough.

use plimsoll::simulate::exact::KOfN;
use plimsoll::simulate::sequential::{Depot, Engine, Law, Mode, Node, Parts, Standby, Start, State, System};
use plimsoll::stats::{Distribution, Estimate, estimate, proportion, ratio};
use plimsoll::stream::{Address, Seed, Stream};

use super::case::{Case, Check, case, family};

/// Families whose every quantity is answered here: none, these are answered exactly elsewhere and by simulation here.
pub const FAMILIES: &[&str] = &[];

/// Events that one estimate may cost.
const EVENTS: f64 = 1.2e6;
/// What is seen more rarely in all is left to the methods for rare events.
const SEEN: f64 = 150.0;
const NEVER: f64 = 1e18;

pub fn simulated(into: &mut Vec<Check>) {
    for case in family("kofn").iter().map(case) {
        kofn(&case, into);
    }
    for case in family("standby_norepair").iter().map(case) {
        standby_norepair(&case, into);
    }
    for case in family("standby_coverage").iter().map(case) {
        standby_coverage(&case, into);
    }
    for case in family("min_capacity").iter().map(case) {
        min_capacity(&case, into);
    }
    for name in ["min_capacity_zones", "zone_rare"] {
        for case in family(name).iter().map(case) {
            zones(&case, name == "min_capacity_zones", into);
        }
    }
    for case in family("mginf_transient").iter().map(case) {
        mginf_transient(&case, into);
    }
    for case in family("common_cause_beta").iter().map(case) {
        common_cause(&case, into);
    }
    for case in family("erasure_mttdl").iter().map(case) {
        erasure(&case, into);
    }
    for case in family("spares_leadtime").iter().map(case) {
        spares(&case, into);
    }
}

fn law(distribution: &Distribution) -> Law {
    Law::of(distribution).unwrap()
}

fn exponential(mean: f64) -> Law {
    law(&Distribution::Exponential { mean })
}

fn never() -> Law {
    law(&Distribution::constant(NEVER))
}

/// The stream of one estimate of a case: estimates are independent of one another.
fn stream(case: &Case, purpose: &str, replication: u32) -> Stream {
    Stream::root(Seed(20)).named(&case.name).named(purpose).replication(replication)
}

fn ratio_of(pairs: &[(f64, f64)]) -> Estimate {
    let (parts, wholes): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    ratio(&parts, &wholes).unwrap()
}

/// Of a list: one check for each entry that `n` trials see often enough on both sides.
fn listed(case: &Case, quantity: &str, hits: &[u64], n: u64, into: &mut Vec<Check>) {
    let expected = case.expected.iter().find(|one| one.0 == quantity).unwrap();
    for (i, (value, hits)) in expected.1.as_array().unwrap().iter().zip(hits).enumerate() {
        let exact = value.as_f64().unwrap();
        if exact.min(1.0 - exact) * n as f64 >= SEEN {
            let seen = proportion(*hits, n);
            let what = format!("{}: {quantity}[{i}] {seen:?} against {exact}", case.name);
            into.push(Check { what, z: (seen.value - exact) / seen.standard_error });
        }
    }
}

/// Units in a group that passes on what `needed` of them do.
fn group(units: u32, needed: u32) -> Vec<Node> {
    let mut nodes = vec![Node { limit: vec![i64::from(needed)], ..Node::domain(None, Address::of("group")) }];
    nodes.extend((0..units).map(|i| Node::unit(Some(0), 1, Address::of("unit").child(u64::from(i)))));
    nodes
}

/// What a span of one replication saw of a system that needs `needed` in lane 0.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    down_hours: f64,
    outages: f64,
    /// Hours × units up.
    up: f64,
    first_outage: Option<f64>,
    down_at_end: bool,
}

/// Plays from hour 0 and tells what is seen between two hours; ends at the first outage when asked to.
fn play(engine: &mut Engine, stream: Stream, needed: i64, (from, until): (f64, f64), first: bool, units: Option<u32>) -> Seen {
    let mut seen = Seen::default();
    let mut was_down = false;
    let mut watch = |start: f64, end: f64, state: &State| {
        let down = state.total(0) < needed;
        if down && !was_down && start >= from {
            seen.outages += 1.0;
            seen.first_outage = seen.first_outage.or(Some(start));
        }
        was_down = down;
        seen.down_at_end = down;
        let hours = (end - start.max(from)).max(0.0);
        if down {
            seen.down_hours += hours;
        }
        if let Some(units) = units {
            seen.up += hours * (1..=units).filter(|unit| state.standing.outages(*unit) == 0).count() as f64;
        }
        !(first && down)
    };
    engine.run(stream, Start::AllUp, until, &[], &mut watch);
    seen
}

/// Times to the first outage of as many replications as the events allow; `None` when that is too few.
fn first_outages(case: &Case, system: &System, needed: i64, mean: f64, events_an_hour: f64) -> Option<Vec<f64>> {
    let replications = (EVENTS / (mean * events_an_hour).max(1.0)).min(20_000.0) as u32;
    let mut engine = Engine::new(system);
    let time = |r| play(&mut engine, stream(case, "first", r), needed, (0.0, NEVER / 2.0), true, None).first_outage.unwrap();
    (replications >= 150).then(|| (0..replications).map(time).collect())
}

/// Long spans after a warm-up, as pairs (what is seen, hours).
fn spans(case: &Case, system: &System, needed: i64, warm: f64, events_an_hour: f64, units: Option<u32>) -> (Vec<Seen>, f64) {
    let batches = 200;
    let hours = (EVENTS / f64::from(batches) / events_an_hour).max(warm);
    let mut engine = Engine::new(system);
    let one = |b| play(&mut engine, stream(case, "span", b), needed, (warm, warm + hours), false, units);
    ((0..batches).map(one).collect(), hours)
}

fn system(of: &KOfN) -> System {
    let members = (1..=of.units).collect();
    let mode = Mode::new(Address::of("fails"), members, exponential(of.mttf), exponential(of.mttr));
    let hot = of.standby >= 1.0;
    let standby = (!hot).then_some(Standby { active: of.needed, factor: of.standby, coverage: 1.0, group: 0 });
    let crew = (of.crews < of.units).then_some((0, 0));
    let pooled = hot && crew.is_none();
    let parts = Parts {
        lanes: 1,
        nodes: group(of.units, of.needed),
        modes: vec![Mode { crew, standby, pooled, ..mode }],
        crews: vec![of.crews],
        ..Parts::default()
    };
    System::new(parts).unwrap()
}

fn events_an_hour(of: &KOfN) -> f64 {
    2.0 * f64::from(of.units) / of.mttf
}

fn kofn(case: &Case, into: &mut Vec<Check>) {
    let of = case.group();
    let (system, needed, horizon) = (system(&of), i64::from(of.needed), case.number("horizon"));
    let mut engine = Engine::new(&system);
    let replications = (EVENTS / (events_an_hour(&of) * horizon)).clamp(500.0, 20_000.0) as u32;
    let n = f64::from(replications);
    let one = |r| play(&mut engine, stream(case, "transient", r), needed, (0.0, horizon), false, None);
    let seen: Vec<Seen> = (0..replications).map(one).collect();
    let outages = case.exact("expected_outages_T") * n;
    let of_all = |value: &dyn Fn(&Seen) -> f64| estimate(seen.iter().map(value).collect::<Vec<_>>().into_iter());
    if outages >= SEEN {
        into.push(case.simulated("expected_outages_T", of_all(&|one| one.outages)));
        into.push(case.simulated("interval_unavailability_T", of_all(&|one| one.down_hours / horizon)));
    }
    let often = |quantity: &str| case.exact(quantity).min(1.0 - case.exact(quantity)) * n >= SEEN;
    for (quantity, hits) in [
        ("p_outage_by_T", seen.iter().filter(|one| one.first_outage.is_some()).count()),
        ("unavailability_at_T", seen.iter().filter(|one| one.down_at_end).count()),
    ] {
        if often(quantity) {
            into.push(case.simulated(quantity, proportion(hits as u64, u64::from(replications))));
        }
    }
    if let Some(times) = first_outages(case, &system, needed, case.exact("mttf_system"), events_an_hour(&of)) {
        into.push(case.simulated("mttf_system", estimate(times.into_iter())));
    }
    let (seen, hours) = spans(case, &system, needed, 60.0 * of.mttr, events_an_hour(&of), Some(of.units));
    let of_all = |value: &dyn Fn(&Seen) -> f64| estimate(seen.iter().map(value).collect::<Vec<_>>().into_iter());
    into.push(case.simulated("mean_units_up", of_all(&|one| one.up / hours)));
    if case.exact("outage_frequency") * hours * seen.len() as f64 >= SEEN {
        into.push(case.simulated("outage_frequency", of_all(&|one| one.outages / hours)));
        into.push(case.simulated("steady_unavailability", of_all(&|one| one.down_hours / hours)));
        let pairs: Vec<(f64, f64)> = seen.iter().map(|one| (one.down_hours, one.outages)).collect();
        into.push(case.simulated("mean_outage_duration", ratio_of(&pairs)));
    }
}

fn standby_norepair(case: &Case, into: &mut Vec<Check>) {
    let of = KOfN {
        units: case.whole("units"),
        needed: case.whole("needed"),
        mttf: 1.0 / case.number("failure_rate"),
        mttr: NEVER,
        crews: case.whole("units"),
        standby: case.number("standby_factor"),
    };
    let members = (1..=of.units).collect();
    let standby = Some(Standby { active: of.needed, factor: of.standby, coverage: 1.0, group: 0 });
    let mode = Mode { standby, ..Mode::new(Address::of("fails"), members, exponential(of.mttf), never()) };
    let parts = Parts { lanes: 1, nodes: group(of.units, of.needed), modes: vec![mode], ..Parts::default() };
    let (system, mean) = (System::new(parts).unwrap(), case.exact("mttf_system"));
    let times = first_outages(case, &system, i64::from(of.needed), mean, events_an_hour(&of)).unwrap();
    let failed = times.iter().filter(|time| **time <= case.number("horizon")).count();
    into.push(case.simulated("p_failed_by_T", proportion(failed as u64, times.len() as u64)));
    into.push(case.simulated("var_time_to_failure", estimate(times.clone().into_iter().map(|time| (time - mean).powi(2)))));
    into.push(case.simulated("mttf_system", estimate(times.into_iter())));
}

fn standby_coverage(case: &Case, into: &mut Vec<Check>) {
    let (mttf, mttr) = (1.0 / case.number("failure_rate"), 1.0 / case.number("repair_rate"));
    let standby = Standby { active: 1, factor: 0.0, coverage: case.number("coverage"), group: 0 };
    let mode = Mode {
        standby: Some(standby),
        crew: Some((0, 0)),
        ..Mode::new(Address::of("fails"), vec![1, 2], exponential(mttf), exponential(mttr))
    };
    let parts = Parts { lanes: 1, nodes: group(2, 1), modes: vec![mode], crews: vec![1], ..Parts::default() };
    let system = System::new(parts).unwrap();
    if let Some(times) = first_outages(case, &system, 1, case.exact("mttf_system"), 2.0 / mttf) {
        into.push(case.simulated("mttf_system", estimate(times.into_iter())));
    }
    let (seen, hours) = spans(case, &system, 1, 100.0 * mttr, 2.0 / mttf, None);
    let down = case.exact("steady_unavailability") * hours * seen.len() as f64 / mttr;
    if down >= SEEN {
        let each: Vec<f64> = seen.iter().map(|one| one.down_hours / hours).collect();
        into.push(case.simulated("steady_unavailability", estimate(each.into_iter())));
    }
}

fn min_capacity(case: &Case, into: &mut Vec<Check>) {
    let (servers, crews) = (case.whole("servers"), case.whole("crews"));
    let of = KOfN { units: servers, needed: servers, mttf: case.number("mttf"), mttr: case.number("mttr"), crews, standby: 1.0 };
    let (system, horizon) = (system(&of), case.number("horizon"));
    let replications = (EVENTS / (events_an_hour(&of) * horizon)).clamp(500.0, 20_000.0) as u32;
    lowest(case, &system, horizon, replications, into);
}

/// How often the lowest capacity from all up on is at most each level.
fn lowest(case: &Case, system: &System, horizon: f64, replications: u32, into: &mut Vec<Check>) {
    let levels: Vec<i64> = case.parameters["levels"].as_array().unwrap().iter().map(|one| one.as_i64().unwrap()).collect();
    let mut hits = vec![0; levels.len()];
    let mut engine = Engine::new(system);
    for r in 0..replications {
        let mut least = i64::MAX;
        let mut watch = |_: f64, _: f64, state: &State| {
            least = least.min(state.total(0));
            true
        };
        engine.run(stream(case, "lowest", r), Start::AllUp, horizon, &[], &mut watch);
        for (hits, level) in hits.iter_mut().zip(&levels) {
            *hits += u64::from(least <= *level);
        }
    }
    listed(case, "cdf_min_capacity", &hits, u64::from(replications), into);
}

fn zones(case: &Case, with_lowest: bool, into: &mut Vec<Check>) {
    let (zones, servers) = (case.whole("zones"), case.whole("servers_per_zone"));
    let mut nodes: Vec<Node> = (0..zones).map(|z| Node::domain(None, Address::of("zone").child(u64::from(z)))).collect();
    let unit = |i: u32| Node::unit(Some(i / servers), 1, Address::of("server").child(u64::from(i)));
    nodes.extend((0..zones * servers).map(unit));
    let mean = |name: &str| exponential(case.number(name));
    let modes = vec![
        Mode::new(Address::of("zone"), (0..zones).collect(), mean("zone_mttf"), mean("zone_mttr")),
        Mode::new(Address::of("server"), (zones..zones * (servers + 1)).collect(), mean("server_mttf"), mean("server_mttr")),
    ];
    let system = System::new(Parts { lanes: 1, nodes, modes, ..Parts::default() }).unwrap();
    let mut at_start = vec![0; (zones * servers + 1) as usize];
    let mut engine = Engine::new(&system);
    let replications = 20_000;
    for r in 0..replications {
        let mut watch = |_: f64, _: f64, state: &State| {
            at_start[state.total(0) as usize] += 1;
            false
        };
        engine.run(stream(case, "steady", r), Start::Steady, 1.0, &[], &mut watch);
    }
    let pmf = if with_lowest { "steady_capacity_pmf" } else { "capacity_pmf" };
    listed(case, pmf, &at_start, u64::from(replications), into);
    if with_lowest {
        let horizon = case.number("horizon");
        let events = 2.0 * f64::from(zones * servers) / case.number("server_mttf") * horizon;
        lowest(case, &system, horizon, (EVENTS / events).clamp(500.0, 20_000.0) as u32, into);
    }
}

fn mginf_transient(case: &Case, into: &mut Vec<Check>) {
    let domains = case.whole("domains");
    let nodes = (0..domains).map(|d| Node::unit(None, 1, Address::of("domain").child(u64::from(d)))).collect();
    let (mu, sigma) = (case.number("lognormal_mu"), case.number("lognormal_sigma"));
    let outage = law(&Distribution::Lognormal { median: mu.exp(), sigma });
    let life = exponential(8_760.0 / case.number("shocks_per_year"));
    let mode = Mode { overlapping: true, ..Mode::new(Address::of("shock"), (0..domains).collect(), life, outage) };
    let system = System::new(Parts { lanes: 1, nodes, modes: vec![mode], ..Parts::default() }).unwrap();
    let mut engine = Engine::new(&system);
    for at in case.parameters["times"].as_array().unwrap() {
        let hour = at.as_f64().unwrap();
        let (mut first, mut all, n) = (0, 0, 30_000);
        for r in 0..n {
            let mut last = (false, false);
            let mut watch = |_: f64, _: f64, state: &State| {
                last = (state.standing.outages(0) == 0, state.total(0) == i64::from(domains));
                true
            };
            engine.run(stream(case, &format!("at {hour}"), r), Start::AllUp, hour, &[], &mut watch);
            first += u64::from(last.0);
            all += u64::from(last.1);
        }
        into.push(case.simulated(&format!("point_availability_t_{hour}"), proportion(first, u64::from(n))));
        into.push(case.simulated(&format!("p_all_{domains}_up_t_{hour}"), proportion(all, u64::from(n))));
    }
    let mut up = 0;
    for r in 0..30_000 {
        let mut watch = |_: f64, _: f64, state: &State| {
            up += u64::from(state.standing.outages(0) == 0);
            false
        };
        engine.run(stream(case, "steady", r), Start::Steady, 1.0, &[], &mut watch);
    }
    into.push(case.simulated("steady_availability", proportion(up, 30_000)));
}

fn common_cause(case: &Case, into: &mut Vec<Check>) {
    let (units, needed) = (case.whole("units"), case.whole("needed"));
    let (rate, beta, mttr) = (case.number("failure_rate"), case.number("beta"), case.number("mttr"));
    let system = |repair: &Law| {
        let alone = Mode {
            only_up: true,
            ..Mode::new(Address::of("alone"), (1..=units).collect(), exponential(1.0 / (rate * (1.0 - beta))), repair.clone())
        };
        let shock = Mode {
            hits: Some(1.0),
            each: true,
            only_up: true,
            ..Mode::new(Address::of("shock"), vec![0], exponential(1.0 / (rate * beta)), repair.clone())
        };
        let modes = if beta > 0.0 { vec![alone, shock] } else { vec![alone] };
        System::new(Parts { lanes: 1, nodes: group(units, needed), modes, ..Parts::default() }).unwrap()
    };
    let per_hour = 2.0 * f64::from(units) * rate;
    let unrepaired = system(&never());
    let times = first_outages(case, &unrepaired, i64::from(needed), case.exact("mttf_system"), per_hour).unwrap();
    let failed = times.iter().filter(|time| **time <= case.number("horizon")).count();
    into.push(case.simulated("unreliability_T", proportion(failed as u64, times.len() as u64)));
    into.push(case.simulated("mttf_system", estimate(times.into_iter())));
    let repaired = system(&exponential(mttr));
    let (seen, hours) = spans(case, &repaired, i64::from(needed), 60.0 * mttr, per_hour, None);
    if case.exact("steady_unavailability") / mttr * hours * seen.len() as f64 >= SEEN {
        let each: Vec<f64> = seen.iter().map(|one| one.down_hours / hours).collect();
        into.push(case.simulated("steady_unavailability", estimate(each.into_iter())));
    }
}

fn erasure(case: &Case, into: &mut Vec<Check>) {
    let drives = case.whole("n");
    let serial = case.parameters["rebuild"] == "serial";
    let of = KOfN {
        units: drives,
        needed: case.whole("k"),
        mttf: case.number("mttf"),
        mttr: case.number("mttr"),
        crews: if serial { 1 } else { drives },
        standby: 1.0,
    };
    let system = system(&of);
    if let Some(times) = first_outages(case, &system, i64::from(of.needed), case.exact("mttdl"), events_an_hour(&of)) {
        into.push(case.simulated("mttdl", estimate(times.into_iter())));
    }
    let quantities: Vec<String> = case.expected.iter().map(|one| one.0.clone()).collect();
    for quantity in &quantities {
        let Some(years) = quantity.strip_prefix("p_data_loss_").and_then(|rest| rest.strip_suffix('y')) else { continue };
        let horizon = 8_760.0 * years.parse::<f64>().unwrap();
        let replications = (EVENTS / (events_an_hour(&of) * horizon)).clamp(1.0, 60_000.0) as u32;
        if case.exact(quantity) * f64::from(replications) < SEEN {
            continue;
        }
        let mut engine = Engine::new(&system);
        let lost = |r: &u32| {
            let seen = play(&mut engine, stream(case, quantity, *r), i64::from(of.needed), (0.0, horizon), true, None);
            seen.first_outage.is_some()
        };
        let lost = (0..replications).filter(lost).count() as u64;
        into.push(case.simulated(quantity, proportion(lost, u64::from(replications))));
    }
}

fn spares(case: &Case, into: &mut Vec<Check>) {
    let (needed, spares) = (case.whole("needed"), case.whole("spares"));
    let (mttf, lead) = (case.number("mttf"), case.number("lead_time"));
    // (a) every unit runs, and each that fails is replaced after the lead time, whose law does not matter
    let lead_time = law(&Distribution::Gamma { shape: 4.0, scale: lead / 4.0 });
    let mode = Mode::new(Address::of("fails"), (1..=needed + spares).collect(), exponential(mttf), lead_time);
    let parts = Parts { lanes: 1, nodes: group(needed + spares, needed), modes: vec![mode], ..Parts::default() };
    let system = System::new(parts).unwrap();
    let mut engine = Engine::new(&system);
    let span = 20.0 * lead;
    let replications = (EVENTS / (2.0 * f64::from(needed + spares) / mttf * span)).clamp(300.0, 20_000.0) as u32;
    let short = |r| {
        let mut short = 0.0;
        let mut watch = |from: f64, until: f64, state: &State| {
            short += if state.total(0) < i64::from(needed) { until - from } else { 0.0 };
            true
        };
        engine.run(stream(case, "hot", r), Start::Steady, span, &[], &mut watch);
        short / span
    };
    let each: Vec<f64> = (0..replications).map(short).collect();
    into.push(case.simulated("p_short_hot_n_plus_k", estimate(each.into_iter())));
    palm(case, into);
    periodic(case, into);
}

/// Failures at a constant rate of all positions together, parts from one shelf.
fn shelf(case: &Case, parts: u32, every: f64) -> System {
    let depot =
        Depot { address: Address::of("shelf"), parts, lead: law(&Distribution::constant(case.number("lead_time"))), every };
    let life = exponential(case.number("mttf") / f64::from(case.whole("needed")));
    let mode = Mode {
        overlapping: true,
        depot: Some(0),
        ..Mode::new(Address::of("fails"), vec![0], life, law(&Distribution::constant(0.0)))
    };
    let nodes = vec![Node::unit(None, 1, Address::of("fleet"))];
    System::new(Parts { lanes: 1, nodes, modes: vec![mode], depots: vec![depot], ..Parts::default() }).unwrap()
}

fn palm(case: &Case, into: &mut Vec<Check>) {
    let system = shelf(case, case.whole("spares"), 0.0);
    let mut engine = Engine::new(&system);
    // after one lead time the pipeline is stationary
    let (lead, span) = (case.number("lead_time"), 60.0 * case.number("lead_time"));
    let failures = span * f64::from(case.whole("needed")) / case.number("mttf");
    let replications = (EVENTS / (2.0 * failures)).clamp(200.0, 4_000.0) as u32;
    let one = |r| {
        let (mut short, mut waiting, mut before) = (0.0, 0.0, (0, 0));
        let mut counted = (0, 0);
        let mut watch = |from: f64, until: f64, state: &State| {
            let (hours, wait) = ((until - from.max(lead)).max(0.0), state.waiting(0));
            short += if wait > 0 { hours } else { 0.0 };
            waiting += wait as f64 * hours;
            counted = (state.served[0], state.asked[0]);
            if from < lead {
                before = counted;
            }
            true
        };
        engine.run(stream(case, "palm", r), Start::AllUp, lead + span, &[], &mut watch);
        (short / span, waiting / span, ((counted.0 - before.0) as f64, (counted.1 - before.1) as f64))
    };
    let seen: Vec<(f64, f64, (f64, f64))> = (0..replications).map(one).collect();
    into.push(case.simulated("p_short_palm", estimate(seen.iter().map(|one| one.0))));
    into.push(case.simulated("expected_backorders_palm", estimate(seen.iter().map(|one| one.1))));
    into.push(case.simulated("fill_rate_palm", ratio_of(&seen.iter().map(|one| one.2).collect::<Vec<_>>())));
}

/// The first order is placed after a period and comes a lead time later: just before, all failures since the start met what
/// was on the shelf then.
fn periodic(case: &Case, into: &mut Vec<Check>) {
    let every = case.number("order_interval");
    let system = shelf(case, case.whole("spares_for_period"), every);
    let mut engine = Engine::new(&system);
    let replications = 10_000;
    let short = |r: &u32| {
        let mut short = false;
        let mut watch = |_: f64, _: f64, state: &State| {
            short = state.waiting(0) > 0;
            true
        };
        engine.run(stream(case, "periodic", *r), Start::AllUp, every + case.number("lead_time"), &[], &mut watch);
        short
    };
    let hits = (0..replications).filter(short).count() as u64;
    if case.exact("p_stockout_periodic") * f64::from(replications) >= SEEN {
        into.push(case.simulated("p_stockout_periodic", proportion(hits, u64::from(replications))));
    }
}

#[test]
fn repairable_systems_simulated() {
    let mut all = Vec::new();
    simulated(&mut all);
    for check in &all {
        println!("{:6.2} {}", check.z, check.what);
        assert!(check.z.abs() <= 4.0, "{} z = {}", check.what, check.z);
    }
}
