//! The safe-load line: the share of capacity up to which the service keeps its promise.

mod curve;

use std::fmt::Display;

pub use curve::latency_curve;

use super::Error;
use super::queue::{Mgc, Mmc, Scalability};
use crate::model::{LatencyCurve, LatencyObjective, LoadLine};

/// Where a line is, how sure that is, and how it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct SafeLine {
    /// The share of capacity that may be used, up to 1.
    pub value: f64,
    /// Between which shares it is, where that is known: for an approximation what its error was measured to be at most, for a
    /// measured curve the two points around it.
    pub interval: Option<(f64, f64)>,
    /// How it was found, in words.
    pub method: String,
}

/// The approximation of M/G/c for several servers was at most this share of 1 - ρ off, either way, beside simulated stations
/// (the tests of this module).
const MOST_OFF: f64 = 0.1;

/// The share of capacity that may be used safely.
///
/// # Errors
/// [`Error::Latency`] when no load meets a latency objective, [`Error::OutsideCurve`] when a measured curve does not reach it,
/// [`Error::Part`] for parameters that make no curve.
pub fn safe_load_line(line: &LoadLine) -> Result<SafeLine, Error> {
    match line {
        LoadLine::Utilization(ratio) => Ok(SafeLine { value: *ratio, interval: None, method: "declared".to_owned() }),
        LoadLine::Latency(objective) => match &objective.curve {
            LatencyCurve::Mmc { service_seconds, servers } => exponential_services(objective, *service_seconds, *servers),
            LatencyCurve::Mgc { service, servers } => {
                let queue = Mgc::new(service, *servers, objective.target_seconds).map_err(part)?;
                any_services(objective, &queue, *servers)
            }
            LatencyCurve::Scalability { rate, contention, coherence } => {
                let law = Scalability::new(*rate, *contention, *coherence).map_err(part)?;
                let method = format!(
                    "universal scalability law (λ {rate}/s, σ {contention}, κ {coherence}), responses taken as exponential: {}",
                    promise(objective)
                );
                scalable(objective, &law, 1.0 / rate, method)
            }
            LatencyCurve::Measured { points } => measured(objective, points),
        },
    }
}

fn part(why: impl Display) -> Error {
    Error::Part(format!("a safe-load line: {why}"))
}

/// "0.99 of responses within 0.25 s".
fn promise(objective: &LatencyObjective) -> String {
    format!("{} of responses within {} s", rounded(objective.percentile), rounded(objective.target_seconds))
}

/// Without the last digits of a conversion of units.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn unreachable(objective: &LatencyObjective, service_seconds: f64) -> Error {
    Error::Latency {
        percentile: format!("p{}", objective.percentile * 100.0),
        target: objective.target_seconds.to_string(),
        service: service_seconds.to_string(),
    }
}

/// The highest utilization at which the share of late responses, which rises with it, is allowed: by halving to 1e-10.
fn highest(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > 1e-10 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}

fn exponential_services(objective: &LatencyObjective, service_seconds: f64, servers: u32) -> Result<SafeLine, Error> {
    let (service, allowed) = (1.0 / service_seconds, 1.0 - objective.percentile);
    let holds = |utilization: f64| {
        let queue = Mmc::new(utilization * service * f64::from(servers), service, servers);
        queue.is_some_and(|queue| queue.p_response_above(objective.target_seconds) <= allowed)
    };
    if !holds(0.0) {
        return Err(unreachable(objective, service_seconds));
    }
    let method = format!("M/M/{servers}: {} at {} s a service", promise(objective), rounded(service_seconds));
    Ok(SafeLine { value: highest(holds), interval: None, method })
}

fn any_services(objective: &LatencyObjective, queue: &Mgc, servers: u32) -> Result<SafeLine, Error> {
    let allowed = 1.0 - objective.percentile;
    if queue.p_late_alone() > allowed {
        return Err(unreachable(objective, queue.mean_service()));
    }
    let value = highest(|utilization| queue.p_late(utilization) <= allowed);
    let half = MOST_OFF * (1.0 - value);
    // one server has the formula of Pollaczek and Khinchine
    let (about, interval) = match servers {
        1 => ("", None),
        _ => (", an approximation", Some(((value - half).max(0.0), (value + half).min(1.0)))),
    };
    let method = format!(
        "M/G/{servers}{about}: {} at {} s a service on average, squared variation {}",
        promise(objective),
        rounded(queue.mean_service()),
        rounded(queue.scv())
    );
    Ok(SafeLine { value, interval, method })
}

/// The percentile of an exponential response is ln(1 / (1 - p)) times its mean.
fn scalable(objective: &LatencyObjective, law: &Scalability, alone: f64, method: String) -> Result<SafeLine, Error> {
    let mean = objective.target_seconds / -(-objective.percentile).ln_1p();
    let value = law.utilization_at(mean).ok_or_else(|| unreachable(objective, alone))?;
    Ok(SafeLine { value, interval: None, method })
}

/// Linear between the points: a latency curve bends upward, so that the line between two points lies above it and the load found
/// is on the safe side. Any rising curve through the points meets the target between the two points around it.
fn measured(objective: &LatencyObjective, points: &[(f64, f64)]) -> Result<SafeLine, Error> {
    let sane = |point: &(f64, f64)| point.0 > 0.0 && point.0 <= 1.0 && point.1 > 0.0 && point.1.is_finite();
    let rises = |pair: &[(f64, f64)]| pair[1].0 > pair[0].0 && pair[1].1 > pair[0].1;
    if points.len() < 2 || !points.iter().all(sane) || !points.windows(2).all(rises) {
        return Err(part(
            "a measured curve has two points or more, of utilizations above 0 to 1 and latencies that rise with them",
        ));
    }
    let (target, last) = (objective.target_seconds, points.len() - 1);
    if target < points[0].1 || target > points[last].1 {
        return Err(Error::OutsideCurve {
            target: target.to_string(),
            first: format!("{} s at {}", points[0].1, points[0].0),
            last: format!("{} s at {}", points[last].1, points[last].0),
        });
    }
    let above = points.partition_point(|point| point.1 < target).max(1);
    let ((from, quick), (until, slow)) = (points[above - 1], points[above]);
    let value = from + (until - from) * (target - quick) / (slow - quick);
    let method = format!("a curve measured at {} utilizations: {}", points.len(), promise(objective));
    Ok(SafeLine { value, interval: Some((from, until)), method })
}

#[cfg(test)]
mod tests;
