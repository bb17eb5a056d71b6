//! Queues: the exact engine.

use plimsoll::simulate::queue::{
    BreakdownParameters, BreakdownQueue, Engset, ErlangA, Fanout, Jackson, Md1, Mg1, Mm1, Mm1Transient, Mmc, Mmck, Node,
    PriorityQueue, Service, SetupQueue, Tandem, erlang_b, servers_for_blocking, servers_for_wait,
};
use serde_json::Value;

use super::case::{Case, case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &[
    "engset",
    "erlang_a",
    "erlang_b",
    "fanout_tail",
    "fork_join",
    "jackson",
    "md1",
    "mg1",
    "mm1",
    "mm1_setup",
    "mm1_transient",
    "mmc",
    "mmc_breakdown",
    "mmc_sizing",
    "mmck",
    "priority",
    "tandem",
];

/// Checks every case of a family against what `answer` says of each quantity.
fn check(wanted: &str, answer: impl Fn(&Case, &str) -> Option<f64>) {
    for case in family(wanted).iter().map(case) {
        case.check(|quantity| Some(vec![answer(&case, quantity)?]));
    }
}

/// `p999` is 0.999.
fn percentile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    Some(digits.parse::<f64>().ok()? / 10_f64.powi(digits.len() as i32))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

fn list(case: &Case, name: &str) -> Vec<f64> {
    numbers(&case.parameters[name])
}

#[test]
fn mm1() {
    check("mm1", |case, quantity| {
        let queue = Mm1::new(case.number("arrival_rate"), case.number("service_rate")).unwrap();
        Some(match quantity {
            "utilization" | "p_wait" => queue.utilization(),
            "mean_number_in_system" => queue.mean_in_system(),
            "mean_queue_length" => queue.mean_queue(),
            "mean_wait" => queue.mean_wait(),
            "mean_response" | "mean_busy_period" => queue.mean_response(),
            "var_number_in_system" => queue.variance_in_system(),
            "asymptotic_variance_number" => queue.asymptotic_variance_of_number(),
            other => match (other.strip_prefix("wait_"), other.strip_prefix("response_"), other.strip_prefix("p_number_ge_")) {
                (Some(name), ..) => queue.wait_percentile(percentile(name)?),
                (_, Some(name), _) => queue.response_percentile(percentile(name)?),
                (.., Some(n)) => queue.p_number_at_least(n.parse().ok()?),
                _ => return None,
            },
        })
    });
}

#[test]
fn mm1_transient() {
    check("mm1_transient", |case, quantity| {
        let (_, seconds) = quantity.split_once("_t_")?;
        let (arrivals, service) = (case.number("arrival_rate"), case.number("service_rate"));
        let queue = Mm1Transient::new(arrivals, service, seconds.parse().ok()?)?;
        match quantity.split_once("_t_")?.0 {
            "p_empty" => Some(queue.p_empty()),
            "mean_number" => Some(queue.mean_in_system()),
            _ => None,
        }
    });
}

#[test]
fn mmck() {
    check("mmck", |case, quantity| {
        let rates = (case.number("arrival_rate"), case.number("service_rate"));
        let queue = Mmck::new(rates.0, rates.1, case.whole("servers"), case.whole("capacity")).unwrap();
        Some(match quantity {
            "p_block" => queue.p_block(),
            "throughput" => queue.throughput(),
            "utilization" => queue.utilization(),
            "mean_number_in_system" => queue.mean_in_system(),
            "mean_queue_length" => queue.mean_queue(),
            "mean_wait_accepted" => queue.mean_wait(),
            "mean_response_accepted" => queue.mean_response(),
            "p_wait_accepted" => queue.p_wait(),
            "p_empty" => queue.p_empty(),
            other => queue.wait_percentile(percentile(other.strip_prefix("wait_")?.strip_suffix("_accepted")?)?),
        })
    });
}

#[test]
fn engset() {
    check("engset", |case, quantity| {
        let queue = Engset::new(case.whole("sources"), case.number("alpha"), case.whole("servers")).unwrap();
        match quantity {
            "p_time_blocked" => Some(queue.p_time_blocked()),
            "p_call_blocked" => Some(queue.p_call_blocked()),
            "mean_busy" => Some(queue.mean_busy()),
            _ => None,
        }
    });
}

#[test]
fn erlang_a() {
    check("erlang_a", |case, quantity| {
        let rates = (case.number("arrival_rate"), case.number("service_rate"), case.number("abandonment_rate"));
        let queue = ErlangA::new(rates.0, rates.1, case.whole("servers"), rates.2).unwrap();
        Some(match quantity {
            "p_abandon" => queue.p_abandon(),
            "p_wait" => queue.p_wait(),
            "mean_queue_length" => queue.mean_queue(),
            "mean_wait_all" => queue.mean_wait(),
            "utilization" => queue.utilization(),
            "mean_number_in_system" => queue.mean_in_system(),
            _ => return None,
        })
    });
}

/// The service law of a case; what is not known here fails by name.
fn service(case: &Case) -> Service {
    let (law, of) = (case.parameters["service_distribution"].as_str().unwrap(), list(case, "service_parameters"));
    match law {
        "erlang" => Service::Erlang { phases: of[0] as u32, mean: of[1] },
        "hyperexp" => Service::Hyperexponential { branches: vec![(of[0], of[1]), (1.0 - of[0], of[2])] },
        "gamma" => Service::Gamma { shape: of[0], scale: of[1] },
        "lognormal" => Service::Lognormal { mu: of[0], sigma: of[1] },
        other => panic!("{}: the service law `{other}` is not known", case.name),
    }
}

#[test]
fn mg1() {
    check("mg1", |case, quantity| {
        let queue = Mg1::new(case.number("arrival_rate"), service(case)).unwrap();
        Some(match quantity {
            "utilization" | "p_wait" => queue.utilization(),
            "mean_service" => queue.service().moment(1),
            "scv_service" => queue.service().squared_variation(),
            "mean_wait" => queue.mean_wait(),
            "var_wait" => queue.variance_of_wait(),
            "mean_response" => queue.mean_response(),
            "mean_queue_length" => queue.mean_queue(),
            other => queue.wait_percentile(percentile(other.strip_prefix("wait_")?)?)?,
        })
    });
}

#[test]
fn md1() {
    check("md1", |case, quantity| {
        let queue = Md1::new(case.number("arrival_rate"), case.number("service_time")).unwrap();
        Some(match quantity {
            "utilization" | "p_wait" => queue.utilization(),
            "mean_wait" => queue.mean_wait(),
            "var_wait" => queue.variance_of_wait(),
            "mean_response" => queue.mean_response(),
            other => queue.wait_percentile(percentile(other.strip_prefix("wait_")?)?),
        })
    });
}

#[test]
fn priority() {
    check("priority", |case, quantity| {
        let classes = list(case, "arrival_rates").into_iter().zip(list(case, "service_rates")).collect();
        let (kind, class) = quantity.split_once("_class_")?;
        let (queue, class) = (PriorityQueue::new(classes).unwrap(), class.parse::<usize>().ok()?.checked_sub(1)?);
        match kind {
            "mean_wait" => queue.mean_wait(class),
            "mean_response_preemptive" => queue.mean_response_preemptive(class),
            _ => None,
        }
    });
}

#[test]
fn jackson() {
    check("jackson", |case, quantity| {
        let lists = (list(case, "external_rates"), list(case, "service_rates"), list(case, "servers"));
        let node = |i: usize| Node { external: lists.0[i], service: lists.1[i], servers: lists.2[i] as u32 };
        let nodes: Vec<Node> = (0..lists.0.len()).map(node).collect();
        let routing: Vec<Vec<f64>> = case.parameters["routing"].as_array().unwrap().iter().map(numbers).collect();
        let net = Jackson::new(&nodes, &routing).unwrap();
        let Some((kind, node)) = quantity.split_once("_node_") else {
            return match quantity {
                "mean_number_total" => Some(net.mean_in_system()),
                "mean_response_total" => Some(net.mean_response()),
                "p_all_empty" => Some(net.p_empty()),
                _ => None,
            };
        };
        let node = node.parse::<usize>().ok()?.checked_sub(1)?;
        let queue = net.nodes().get(node)?;
        match kind {
            "arrival_rate" => Some(net.arrivals()[node]),
            "utilization" => Some(queue.utilization()),
            "mean_number" => Some(queue.mean_in_system()),
            "mean_response_per_visit" => Some(queue.mean_response()),
            "p_wait" => Some(queue.p_wait()),
            _ => None,
        }
    });
}

#[test]
fn tandem() {
    check("tandem", |case, quantity| {
        let row = Tandem::new(case.number("arrival_rate"), &list(case, "service_rates")).unwrap();
        match quantity {
            "mean_response" => Some(row.mean_response()),
            other => Some(row.response_percentile(percentile(other.strip_prefix("response_")?)?)),
        }
    });
}

#[test]
fn fork_join() {
    check("fork_join", |case, quantity| {
        let queue = Mm1::new(case.number("arrival_rate"), case.number("service_rate")).unwrap();
        (quantity == "mean_response").then(|| queue.mean_response_of_two_joined())
    });
}

#[test]
fn mm1_setup() {
    check("mm1_setup", |case, quantity| {
        let rates = (case.number("arrival_rate"), case.number("service_rate"), case.number("setup_rate"));
        let queue = SetupQueue::new(rates.0, rates.1, rates.2).unwrap();
        match quantity {
            "mean_response" => Some(queue.mean_response()),
            "p_off" => Some(queue.p_off()),
            "p_setup" => Some(queue.p_setup()),
            _ => None,
        }
    });
}

#[test]
fn mmc_breakdown() {
    for case in family("mmc_breakdown").iter().map(case) {
        let queue = BreakdownQueue::new(BreakdownParameters {
            arrivals: case.number("arrival_rate"),
            service: case.number("service_rate"),
            servers: case.whole("servers"),
            failure: case.number("failure_rate"),
            repair: case.number("repair_rate"),
            crews: case.whole("crews"),
        });
        let queue = queue.unwrap();
        case.check(|quantity| {
            Some(vec![match quantity {
                "mean_servers_up" => queue.mean_servers_up(),
                "load_over_mean_capacity" => queue.load(),
                "mean_number_in_system" => queue.mean_in_system(),
                "mean_response" => queue.mean_response(),
                other => queue.p_number_at_least(other.strip_prefix("p_number_ge_")?.parse().ok()?),
            }])
        });
    }
}

#[test]
fn fanout_tail() {
    check("fanout_tail", |case, quantity| {
        let request = Fanout::new(case.whole("fanout")).unwrap();
        let (slow, copies) = (case.number("p_slow"), case.whole("replicas"));
        Some(match quantity {
            "p_request_slow" => request.p_slow(slow),
            "p_request_slow_hedged" => request.p_slow_hedged(slow, copies),
            "mean_max_exponential" => request.mean_slowest_exponential(),
            other => match (other.strip_prefix("leaf_quantile_needed_"), other.strip_suffix("_max_exponential")) {
                (Some(permil), _) => {
                    let permil: f64 = permil.strip_suffix("permil")?.parse().ok()?;
                    request.server_quantile(permil / 1_000.0)
                }
                (_, Some(name)) => request.slowest_exponential_quantile(percentile(name)?),
                _ => return None,
            },
        })
    });
}

#[test]
fn mmc() {
    for case in family("mmc").iter().map(case) {
        let rate = case.number("service_rate");
        let queue = Mmc::new(case.number("arrival_rate"), rate, case.whole("servers")).unwrap();
        let target = case.parameters.get("wait_target").and_then(Value::as_f64).unwrap_or(0.0);
        case.check(|quantity| {
            Some(vec![match quantity {
                "offered_load" => queue.offered(),
                "utilization" => queue.utilization(),
                "p_wait" => queue.p_wait(),
                "mean_queue_length" => queue.mean_queue(),
                "mean_number_in_system" => queue.mean_in_system(),
                "mean_wait" => queue.mean_wait(),
                "mean_response" => queue.mean_response(),
                "mean_wait_given_wait" => queue.mean_wait_given_wait(),
                "service_level" => queue.p_wait_within(target),
                other => match (other.strip_prefix("wait_"), other.strip_prefix("response_")) {
                    (Some(name), _) => queue.wait_percentile(percentile(name)?),
                    (_, Some(name)) => queue.response_percentile(percentile(name)?),
                    _ => return None,
                },
            }])
        });
    }
}

#[test]
fn mmc_sizing() {
    for case in family("mmc_sizing").iter().map(case) {
        let (arrivals, rate, target) = (case.number("arrival_rate"), case.number("service_rate"), case.number("wait_target"));
        let (servers, queue) = servers_for_wait(arrivals, rate, target, case.number("level"));
        let fewer = Mmc::new(arrivals, rate, servers - 1).map_or(0.0, |queue| queue.p_wait_within(target));
        case.check(|quantity| {
            Some(vec![match quantity {
                "min_servers" => f64::from(servers),
                "service_level_at_min" => queue.p_wait_within(target),
                "service_level_one_fewer" => fewer,
                "p_wait_at_min" => queue.p_wait(),
                "utilization_at_min" => queue.utilization(),
                _ => return None,
            }])
        });
    }
}

#[test]
fn erlang_b_blocking() {
    for case in family("erlang_b").iter().map(case) {
        let (offered, servers) = (case.number("offered_load"), case.whole("servers"));
        let blocked = erlang_b(offered, servers);
        case.check(|quantity| {
            Some(vec![match quantity {
                "p_block" => blocked,
                "carried_load" => offered * (1.0 - blocked),
                "utilization" => offered * (1.0 - blocked) / f64::from(servers),
                other => f64::from(servers_for_blocking(offered, other.strip_prefix("min_servers_")?.parse().ok()?)),
            }])
        });
    }
}
