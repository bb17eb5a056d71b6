//! Queues by simulation: every quantity that it can see often enough, with a standard error over independent replications.

use plimsoll::simulate::station::{
    Arrivals, Breakdowns, Class, ForkJoin, Keep, Law, Length, Network, Node, Observed, Priorities, Run, Setup, Sources, Start,
    Station, Tandem, fan_out, replicate,
};
use plimsoll::stats::{Distribution, Estimate, batch_percentile, estimate, ratio, variance_constant};
use plimsoll::stream::{Address, Seed, Stream};
use serde_json::Value;

use super::case::{Case, Check, case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &[];

const SEED: Seed = Seed(2024);
const REPLICATIONS: u32 = 64;
/// Probabilities below this are seen too seldom for a standard error to be trusted.
const RARE: f64 = 1e-3;
/// Initial bias left is e^-12 where a warm-up is needed.
const MEMORIES: f64 = 12.0;

pub fn simulated(into: &mut Vec<Check>) {
    let of = |name: &str| family(name).iter().map(case).collect::<Vec<Case>>();
    let mut each = |name: &str, answer: &dyn Fn(&Case, Stream) -> Box<Answer>| {
        for case in of(name) {
            let answer = answer(&case, Stream::root(SEED).named("stations").at(Address::of(&case.name)));
            into.extend(case.expected.iter().filter(|(_, value, _)| value.is_number()).filter_map(|(quantity, ..)| {
                let rare = quantity.starts_with("p_") && case.exact(quantity) < RARE;
                // a percentile of 0 has nothing beside it
                let none = rare || case.exact(quantity) == 0.0;
                (!none).then(|| answer(quantity)).flatten().map(|seen| case.simulated(quantity, seen))
            }));
        }
    };
    each("mm1", &mm1);
    each("mm1_transient", &transient);
    each("mmc", &mmc);
    each("mmck", &mmck);
    each("erlang_b", &|case, stream| loss(case, Law::exponential(1.0).unwrap(), stream.named("exponential")));
    each("erlang_b", &|case, stream| loss(case, one(Distribution::constant(1.0)), stream.named("constant")));
    let heavy = || one(Distribution::Lognormal { median: (-0.5_f64).exp(), sigma: 1.0 });
    each("erlang_b", &|case, stream| loss(case, heavy(), stream.named("lognormal")));
    each("engset", &engset);
    each("erlang_a", &erlang_a);
    each("mg1", &|case, stream| single(case, service_of(case), stream));
    each("md1", &|case, stream| single(case, one(Distribution::constant(case.number("service_time"))), stream));
    each("priority", &priority);
    each("jackson", &jackson);
    each("tandem", &tandem);
    each("fork_join", &fork_join);
    each("mm1_setup", &setup);
    each("mmc_breakdown", &breakdown);
    each("fanout_tail", &fanout);
}

type Answer = dyn Fn(&str) -> Option<Estimate>;

fn one(law: Distribution) -> Law {
    Law::new(law).unwrap()
}

fn list(case: &Case, name: &str) -> Vec<f64> {
    case.parameters[name].as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

/// 0.95 of "p95", 0.999 of "p999".
fn percentile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    Some(digits.parse::<f64>().ok()? / 10_f64.powi(digits.len() as i32))
}

/// Percentiles need this many memories beyond them in all: those who wait long come together, so that fewer are too few
/// independent sightings for their spread to be known (measured: p99.9 of M/D/1 at 95 % from 3 of them was up to 14 standard
/// errors off).
const SIGHTINGS: f64 = 25.0;

/// What replications saw, and how many memories they lasted together.
struct Seen {
    of: Observed,
    memories: f64,
}

impl std::ops::Deref for Seen {
    type Target = Observed;
    fn deref(&self) -> &Observed {
        &self.of
    }
}

impl Seen {
    fn enough(&self, p: f64) -> Option<f64> {
        (self.memories * (1.0 - p) >= SIGHTINGS).then_some(p)
    }
}

/// Eighty memories in each replication, from 10,000 to 80,000 customers.
fn observe(station: &Station, arrivals: &Arrivals, keep: Keep, stream: Stream) -> Seen {
    let start = Start::steady(station, arrivals, 1.0, MEMORIES).unwrap();
    let memory = station.memory(arrivals, 1.0).unwrap_or(0.0);
    let customers = (80.0 * memory * arrivals.rate()).clamp(10_000.0, 80_000.0) as u64;
    let run = Run { arrivals, factor: 1.0, station, start: &start, length: Length::Customers(customers) };
    let memories = f64::from(REPLICATIONS) * customers as f64 / (memory * arrivals.rate()).max(1.0);
    Seen { of: replicate(&run, keep, REPLICATIONS, stream), memories }
}

const ALL: Keep = Keep { waits: true, responses: true, numbers: true };
const TIMES: Keep = Keep { waits: true, responses: true, numbers: false };

/// The quantities that queues with endless room share.
fn common(seen: &Seen, quantity: &str) -> Option<Estimate> {
    match quantity {
        "offered_load" => seen.mean_busy(),
        "utilization" => seen.utilization(),
        "p_wait" => seen.p_wait(),
        "mean_service" => seen.share(|one| one.busy, |one| one.came),
        "mean_number_in_system" => seen.mean_number(),
        "mean_queue_length" => seen.mean_queue(),
        "mean_wait" | "mean_wait_all" => seen.mean_wait(),
        "var_wait" => seen.var_wait(),
        "mean_response" => seen.mean_response(),
        "mean_wait_given_wait" => seen.mean_wait_given_wait(),
        "var_number_in_system" => seen.var_found(),
        // a busy period begins with everyone who does not wait
        "mean_busy_period" => seen.share(|one| one.busy, |one| one.came - one.waited),
        other => {
            if let Some(least) = other.strip_prefix("p_number_ge_") {
                return seen.p_found_at_least(least.parse().ok()?);
            }
            if let Some(name) = other.strip_prefix("wait_") {
                return seen.wait_percentile(seen.enough(percentile(name)?)?);
            }
            seen.response_percentile(seen.enough(percentile(other.strip_prefix("response_")?)?)?)
        }
    }
}

fn mm1(case: &Case, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("arrival_rate")).unwrap();
    let station = Station::new(1, Law::exponential(1.0 / case.number("service_rate")).unwrap()).unwrap();
    let seen = observe(&station, &arrivals, ALL, stream);
    Box::new(move |quantity| match quantity {
        "asymptotic_variance_number" => Some(width(&station, &arrivals, stream.named("width"))),
        other => common(&seen, other),
    })
}

/// The variance constant of the number at the station: batches of 50 memories or 8,000 customers, so that at most about 2 % of
/// it is missing, against a standard error of 12 %.
fn width(station: &Station, arrivals: &Arrivals, stream: Stream) -> Estimate {
    let start = Start::steady(station, arrivals, 1.0, MEMORIES).unwrap();
    let length = (50.0 * station.memory(arrivals, 1.0).unwrap()).max(8_000.0 / arrivals.rate());
    let run = Run { arrivals, factor: 1.0, station, start: &start, length: Length::Time(length) };
    let means: Vec<f64> = (0..128).map(|batch| run.mean_number(stream.replication(batch))).collect();
    variance_constant(&means, length).unwrap()
}

fn transient(case: &Case, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("arrival_rate")).unwrap();
    let station = Station::new(1, Law::exponential(1.0 / case.number("service_rate")).unwrap()).unwrap();
    let times = list(case, "times");
    let last = times.iter().copied().fold(0.0, f64::max);
    let start = Start::Empty { warm_up: 0.0 };
    let run = Run { arrivals: &arrivals, factor: 1.0, station: &station, start: &start, length: Length::Time(last) };
    let replications = (8e6 / (last * arrivals.rate())).clamp(400.0, 4_000.0) as u32;
    let numbers: Vec<Vec<u32>> = (0..replications).map(|one| run.numbers_at(&times, stream.replication(one))).collect();
    Box::new(move |quantity| {
        let (name, time) = quantity.rsplit_once("_t_")?;
        let place = times.iter().position(|one| Some(*one) == time.parse().ok())?;
        let of = |value: fn(u32) -> f64| Some(estimate(numbers.iter().map(|one| value(one[place]))));
        match name {
            "p_empty" => of(|number| f64::from(u8::from(number == 0))),
            "mean_number" => of(f64::from),
            _ => None,
        }
    })
}

fn mmc(case: &Case, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("arrival_rate")).unwrap();
    let service = Law::exponential(1.0 / case.number("service_rate")).unwrap();
    let station = Station::new(case.whole("servers"), service).unwrap();
    let seen = observe(&station, &arrivals, TIMES, stream);
    let target = case.parameters.get("wait_target").and_then(Value::as_f64);
    Box::new(move |quantity| match quantity {
        "service_level" => seen.p_wait_within(target?),
        other => common(&seen, other),
    })
}

fn mmck(case: &Case, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("arrival_rate")).unwrap();
    let service = Law::exponential(1.0 / case.number("service_rate")).unwrap();
    let station = Station::new(case.whole("servers"), service).unwrap().with_room(case.whole("capacity")).unwrap();
    let seen = observe(&station, &arrivals, ALL, stream);
    Box::new(move |quantity| match quantity {
        "p_block" => seen.p_refused(),
        "throughput" => seen.throughput(),
        "p_empty" => seen.share(|one| one.found[0] as f64, |one| one.came),
        other => common(&seen, other.strip_suffix("_accepted").unwrap_or(other)),
    })
}

fn loss(case: &Case, holding: Law, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("offered_load")).unwrap();
    let servers = case.whole("servers");
    let station = Station::new(servers, holding).unwrap().with_room(servers).unwrap();
    let seen = observe(&station, &arrivals, Keep::default(), stream);
    Box::new(move |quantity| match quantity {
        "p_block" => seen.p_refused(),
        "carried_load" => seen.mean_busy(),
        "utilization" => seen.utilization(),
        _ => None,
    })
}

fn engset(case: &Case, stream: Stream) -> Box<Answer> {
    let holding = Law::exponential(1.0).unwrap();
    let idle = Law::exponential(1.0 / case.number("alpha")).unwrap();
    // both forget within a few of their means
    let warm_up = MEMORIES * (holding.mean() + idle.mean());
    let sources = Sources { sources: case.whole("sources"), servers: case.whole("servers"), idle, holding };
    let length = 40_000.0 / f64::from(sources.sources);
    let seen: Vec<_> = (0..REPLICATIONS).map(|one| sources.run(warm_up, length, stream.replication(one))).collect();
    Box::new(move |quantity| {
        let of = |part: &dyn Fn(usize) -> f64, whole: &dyn Fn(usize) -> f64| {
            let all = |one: &dyn Fn(usize) -> f64| (0..seen.len()).map(one).collect::<Vec<_>>();
            ratio(&all(part), &all(whole))
        };
        match quantity {
            "p_time_blocked" => of(&|at| seen[at].full, &|at| seen[at].length),
            "p_call_blocked" => of(&|at| seen[at].refused, &|at| seen[at].requests),
            "mean_busy" => of(&|at| seen[at].busy, &|at| seen[at].length),
            _ => None,
        }
    })
}

fn erlang_a(case: &Case, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("arrival_rate")).unwrap();
    let mean = |name: &str| Law::exponential(1.0 / case.number(name)).unwrap();
    let station = Station::new(case.whole("servers"), mean("service_rate")).unwrap().with_patience(mean("abandonment_rate"));
    let seen = observe(&station, &arrivals, TIMES, stream);
    Box::new(move |quantity| match quantity {
        "p_abandon" => seen.p_left(),
        other => common(&seen, other),
    })
}

fn service_of(case: &Case) -> Law {
    let of = list(case, "service_parameters");
    match case.parameters["service_distribution"].as_str().unwrap() {
        "exponential" => Law::exponential(1.0 / of[0]).unwrap(),
        "erlang" => one(Distribution::Gamma { shape: of[0], scale: of[1] / of[0] }),
        "gamma" => one(Distribution::Gamma { shape: of[0], scale: of[1] }),
        "lognormal" => one(Distribution::Lognormal { median: of[0].exp(), sigma: of[1] }),
        "deterministic" => one(Distribution::constant(of[0])),
        "hyperexp" => {
            let part = |share: f64, rate: f64| (share, Distribution::Exponential { mean: 1.0 / rate });
            Law::mixture(&[part(of[0], of[1]), part(1.0 - of[0], of[2])]).unwrap()
        }
        other => panic!("{}: no law {other}", case.name),
    }
}

fn single(case: &Case, service: Law, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("arrival_rate")).unwrap();
    let station = Station::new(1, service).unwrap();
    let seen = observe(&station, &arrivals, TIMES, stream);
    Box::new(move |quantity| common(&seen, quantity))
}

fn priority(case: &Case, stream: Stream) -> Box<Answer> {
    let (rates, services) = (list(case, "arrival_rates"), list(case, "service_rates"));
    let class = |(rate, service): (&f64, &f64)| Class {
        arrivals: Arrivals::poisson(*rate).unwrap(),
        service: Law::exponential(1.0 / service).unwrap(),
    };
    let classes: Vec<Class> = rates.iter().zip(&services).map(class).collect();
    let rate: f64 = rates.iter().sum();
    let load: f64 = rates.iter().zip(&services).map(|(rate, service)| rate / service).sum();
    // the least urgent see what the whole queue sees
    let memory = 4.0 * load / (1.0 - load).powi(2) * (load / rate);
    let length = (50.0 * memory).max(8_000.0 / rate);
    let seen = [false, true].map(|preemptive| {
        let queue = Priorities { servers: 1, classes: classes.clone(), preemptive };
        let stream = stream.named(if preemptive { "preemptive" } else { "in turn" });
        (0..REPLICATIONS).map(|one| queue.run(MEMORIES * memory, length, stream.replication(one))).collect::<Vec<_>>()
    });
    Box::new(move |quantity| {
        let (name, class) = quantity.rsplit_once("_class_")?;
        let class = class.parse::<usize>().ok()? - 1;
        let of = |runs: &[Vec<plimsoll::simulate::station::ClassTally>], wait: bool| {
            let sum =
                |one: &Vec<plimsoll::simulate::station::ClassTally>| if wait { one[class].wait } else { one[class].response };
            ratio(&runs.iter().map(sum).collect::<Vec<_>>(), &runs.iter().map(|one| one[class].customers).collect::<Vec<_>>())
        };
        match name {
            "mean_wait" => of(&seen[0], true),
            "mean_response_preemptive" => of(&seen[1], false),
            _ => None,
        }
    })
}

fn jackson(case: &Case, stream: Stream) -> Box<Answer> {
    let (external, rates, servers) = (list(case, "external_rates"), list(case, "service_rates"), list(case, "servers"));
    let routing = case.parameters["routing"].as_array().unwrap();
    let row = |at: usize| routing[at].as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect();
    let node = |at: usize| Node {
        external: external[at],
        servers: servers[at] as u32,
        service: Law::exponential(1.0 / rates[at]).unwrap(),
        routing: row(at),
    };
    let network = Network::new((0..external.len()).map(node).collect()).unwrap();
    // from the product form: nothing to warm up
    let rate: f64 = external.iter().sum();
    let memory = (0..external.len()).map(|at| {
        let (servers, spare) = (servers[at] * rates[at], 1.0 - network.flows()[at] / (servers[at] * rates[at]));
        4.0 * (1.0 - spare) / (servers * spare * spare)
    });
    let length = (50.0 * memory.fold(0.0, f64::max)).clamp(10_000.0 / rate, 60_000.0 / rate);
    let seen: Vec<_> = (0..REPLICATIONS).map(|one| network.run(0.0, length, stream.replication(one))).collect();
    Box::new(move |quantity| {
        let (name, node) = quantity.rsplit_once("_node_").map_or((quantity, 0), |(name, at)| (name, at.parse().unwrap_or(1) - 1));
        let of = |part: &dyn Fn(usize) -> f64, whole: &dyn Fn(usize) -> f64| {
            let all = |one: &dyn Fn(usize) -> f64| (0..seen.len()).map(one).collect::<Vec<_>>();
            ratio(&all(part), &all(whole))
        };
        let total = |at: usize| seen[at].nodes.iter().map(|one| one.number).sum::<f64>();
        let length = |at: usize| seen[at].length;
        match name {
            "arrival_rate" => of(&|at| seen[at].nodes[node].came, &length),
            "utilization" => of(&|at| seen[at].nodes[node].busy, &|at| length(at) * servers[node]),
            "mean_number" => of(&|at| seen[at].nodes[node].number, &length),
            "mean_response_per_visit" => of(&|at| seen[at].nodes[node].number, &|at| seen[at].nodes[node].came),
            "p_wait" => of(&|at| seen[at].nodes[node].waited, &|at| seen[at].nodes[node].came),
            "mean_number_total" => of(&total, &length),
            "mean_response_total" => of(&total, &|at| seen[at].came),
            "p_all_empty" => of(&|at| seen[at].empty, &length),
            _ => None,
        }
    })
}

fn times(batches: Vec<Vec<f64>>) -> Box<Answer> {
    Box::new(move |quantity| match quantity {
        "mean_response" => Some(estimate(batches.iter().map(|one| one.iter().sum::<f64>() / one.len() as f64))),
        other => batch_percentile(&batches, percentile(other.strip_prefix("response_")?)?),
    })
}

fn tandem(case: &Case, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("arrival_rate")).unwrap();
    let of = |rate: &f64| Station::new(1, Law::exponential(1.0 / rate).unwrap()).unwrap();
    let stations: Vec<Station> = list(case, "service_rates").iter().map(of).collect();
    let starts = stations.iter().map(|one| Start::steady(one, &arrivals, 1.0, MEMORIES).unwrap()).collect();
    let memory = stations.iter().map(|one| one.memory(&arrivals, 1.0).unwrap()).fold(0.0, f64::max);
    let customers = (50.0 * memory * arrivals.rate()).clamp(10_000.0, 60_000.0) as usize;
    let line = Tandem { arrivals, stations, starts };
    times((0..REPLICATIONS).map(|one| line.responses(customers, stream.replication(one))).collect())
}

fn fork_join(case: &Case, stream: Stream) -> Box<Answer> {
    let arrivals = Arrivals::poisson(case.number("arrival_rate")).unwrap();
    let branch = Station::new(1, Law::exponential(1.0 / case.number("service_rate")).unwrap()).unwrap();
    let memory = branch.memory(&arrivals, 1.0).unwrap();
    let count = case.parameters.get("branches").and_then(Value::as_u64).unwrap_or(2);
    let customers = (50.0 * memory * arrivals.rate()).clamp(8_000.0, 80_000.0) as usize;
    let join = ForkJoin { arrivals, branches: vec![branch; count as usize] };
    times((0..REPLICATIONS).map(|one| join.responses(MEMORIES * memory, customers, stream.replication(one))).collect())
}

fn setup(case: &Case, stream: Stream) -> Box<Answer> {
    let law = |name: &str| Law::exponential(1.0 / case.number(name)).unwrap();
    let rate = case.number("arrival_rate");
    let server = Setup { arrivals: Arrivals::poisson(rate).unwrap(), service: law("service_rate"), setup: law("setup_rate") };
    // 20,000 customers a replication, by what a cycle is expected to hold
    let (load, switching) = (rate / case.number("service_rate"), 1.0 / case.number("setup_rate"));
    let cycles = (20_000.0 * (1.0 - load) / (1.0 + rate * switching)).ceil().max(50.0) as u32;
    let seen: Vec<_> = (0..REPLICATIONS).map(|one| server.run(cycles, stream.replication(one))).collect();
    Box::new(move |quantity| {
        let (part, whole): (fn(usize, &[plimsoll::simulate::station::SetupTally]) -> f64, bool) = match quantity {
            "mean_response" => (|at, seen| seen[at].response, false),
            "p_off" => (|at, seen| seen[at].off, true),
            "p_setup" => (|at, seen| seen[at].setup, true),
            _ => return None,
        };
        let parts: Vec<f64> = (0..seen.len()).map(|at| part(at, &seen)).collect();
        ratio(&parts, &seen.iter().map(|one| if whole { one.length } else { one.customers }).collect::<Vec<_>>())
    })
}

fn breakdown(case: &Case, stream: Stream) -> Box<Answer> {
    let law = |name: &str| Law::exponential(1.0 / case.number(name)).unwrap();
    let (rate, service) = (case.number("arrival_rate"), case.number("service_rate"));
    let station = Breakdowns {
        arrivals: Arrivals::poisson(rate).unwrap(),
        service: law("service_rate"),
        servers: case.whole("servers"),
        failure: law("failure_rate"),
        repair: law("repair_rate"),
        crews: case.whole("crews"),
    };
    let memory = station.memory().unwrap();
    let length = (100.0 * memory).clamp(8_000.0 / rate, 40_000.0 / rate);
    let seen: Vec<_> = (0..REPLICATIONS).map(|one| station.run(MEMORIES * memory, length, stream.replication(one))).collect();
    Box::new(move |quantity| {
        let of = |part: &dyn Fn(usize) -> f64, whole: &dyn Fn(usize) -> f64| {
            let all = |one: &dyn Fn(usize) -> f64| (0..seen.len()).map(one).collect::<Vec<_>>();
            ratio(&all(part), &all(whole))
        };
        let length = |at: usize| seen[at].length;
        match quantity {
            "mean_servers_up" => of(&|at| seen[at].up, &length),
            "load_over_mean_capacity" => of(&|at| length(at) * rate / service, &|at| seen[at].up),
            "mean_number_in_system" => of(&|at| seen[at].number, &length),
            "mean_response" => of(&|at| seen[at].number, &|at| seen[at].came),
            other => {
                let least = other.strip_prefix("p_number_ge_")?.parse().ok()?;
                of(&|at| seen[at].time_at_least(least), &length)
            }
        }
    })
}

fn fanout(case: &Case, stream: Stream) -> Box<Answer> {
    let (width, replicas, slow) = (case.whole("fanout"), case.whole("replicas"), case.number("p_slow"));
    let leaf = Law::exponential(1.0).unwrap();
    let requests = (400_000 / width).clamp(100, 5_000) as usize;
    let run = |replicas: u32, stream: Stream| -> Vec<Vec<f64>> {
        (0..32).map(|one| fan_out(width, replicas, &leaf, requests, stream.replication(one))).collect()
    };
    let (plain, hedged) = (run(1, stream.named("plain")), run(replicas, stream.named("hedged")));
    // a leaf is slow when it takes longer than all but this share
    let long = -slow.ln();
    let above = move |batches: &[Vec<f64>]| {
        Some(estimate(batches.iter().map(|one| one.iter().filter(|time| **time > long).count() as f64 / one.len() as f64)))
    };
    Box::new(move |quantity| match quantity {
        "p_request_slow" => above(&plain),
        "p_request_slow_hedged" => above(&hedged),
        "mean_max_exponential" => Some(estimate(plain.iter().map(|one| one.iter().sum::<f64>() / one.len() as f64))),
        "p99_max_exponential" => batch_percentile(&plain, 0.99),
        other => {
            // the leaf's own quantile at the time of the request's
            let level: f64 = other.strip_prefix("leaf_quantile_needed_")?.strip_suffix("permil")?.parse().ok()?;
            let time = batch_percentile(&plain, level / 1_000.0)?;
            let beyond = (-time.value).exp();
            Some(Estimate { value: 1.0 - beyond, standard_error: beyond * time.standard_error })
        }
    })
}
