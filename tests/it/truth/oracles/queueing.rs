//! Queues: closed forms.

use plimsoll::simulate::queue::{Mmc, erlang_b, servers_for_blocking, servers_for_wait};
use serde_json::Value;

use super::case::{case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &["erlang_b", "mmc", "mmc_sizing"];

#[test]
fn mmc() {
    for case in family("mmc").iter().map(case) {
        let rate = case.number("service_rate");
        let queue = Mmc::new(case.number("arrival_rate"), rate, case.whole("servers")).unwrap();
        let target = case.parameters.get("wait_target").and_then(Value::as_f64).unwrap_or(0.0);
        case.check(|quantity| {
            let percentile = |name: &str| {
                name.strip_prefix('p').map(|digits| digits.parse::<f64>().unwrap() / 10_f64.powi(digits.len() as i32))
            };
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
