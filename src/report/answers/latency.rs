//! From utilization to latency: where the safe-load line of a pool comes from.

use super::now::recent_peak;
use crate::model::{LatencyCurve, LoadLine};
use crate::report::charts::chart;
use crate::report::{Chart, ChartBody, Evidence, format};
use crate::simulate::latency_curve;

/// That of a pool whose binding resource has a line from a latency objective.
pub(in crate::report) fn latency_chart(evidence: &Evidence<'_>, p: usize) -> Option<Chart> {
    let plan = &evidence.plan.pools[p];
    let resource = &plan.at_end.binding;
    let demands = &evidence.scenarios.first()?.model.pools[p].demands;
    let LoadLine::Latency(objective) = &demands.iter().find(|demand| demand.resource == *resource)?.line else { return None };
    let line = plan.lines.iter().find(|line| line.resource == *resource)?;
    // an objective that makes no curve has stopped the run before
    let curve = latency_curve(objective).ok()?;
    let measured = if let LatencyCurve::Measured { points } = &objective.curve { points.clone() } else { Vec::new() };
    let now = recent_peak(evidence, &plan.pool, resource).filter(|_| line.capacity > 0.0).map(|peak| peak / line.capacity);
    let p = format::number(objective.percentile * 100.0);
    let target = seconds(objective.target_seconds);
    let seen = now.map_or_else(String::new, |now| {
        let word = if now > line.ratio { "already " } else { "" };
        format!("; the peak of the last 28 days was {word}{}", format::percent(now))
    });
    let title =
        format!("{} keeps its p{p} within {target} up to {} of its {resource}{seen}", plan.pool, format::percent(line.ratio));
    let knee_at = knee(&curve);
    let knee_words = if knee_at.is_some() { "; at the knee, utilization ÷ latency is greatest" } else { "" };
    let subtitle = format!("p{p} of the response by utilization; {}{knee_words}", line.method);
    let body = ChartBody::Latency {
        percentile: objective.percentile,
        target: objective.target_seconds,
        curve,
        measured,
        line: line.ratio,
        interval: line.interval,
        knee: knee_at,
        now,
    };
    Some(Chart { pool: Some(plan.pool.clone()), ..chart(evidence, &format!("latency-{}", plan.pool), title, subtitle, body) })
}

fn seconds(value: f64) -> String {
    if value < 2.0 { format!("{} ms", format::number(value * 1e3)) } else { format!("{} s", format::number(value)) }
}

/// Where a line from the origin touches the curve: utilization ÷ latency ("power") is greatest there. `None` where that is an end of it.
///
/// Kleinrock (1979), "Power and deterministic rules of thumb for probabilistic problems in computer communications", *ICC '79*, 43.1.
fn knee(curve: &[(f64, f64)]) -> Option<(f64, f64)> {
    let power = |at: usize| curve[at].0 / curve[at].1;
    let best = (0..curve.len()).max_by(|a, b| power(*a).total_cmp(&power(*b)))?;
    (best > 0 && best + 1 < curve.len()).then(|| curve[best])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LatencyObjective;

    #[test]
    fn the_knee_of_a_single_exponential_server_is_at_half_of_its_capacity() {
        // the percentile of M/M/1 is c / (1 - u): u / R = u (1 - u) / c has its top at 1/2 (Kleinrock)
        let curve = LatencyCurve::Mmc { service_seconds: 0.01, servers: 1 };
        let objective = LatencyObjective { percentile: 0.99, target_seconds: 0.25, curve };
        let found = knee(&latency_curve(&objective).unwrap()).unwrap();
        // the curve's points are at most 0.02 apart here
        assert!((found.0 - 0.5).abs() < 0.02, "{found:?}");
        assert_eq!(knee(&[(0.1, 1.0), (0.5, 1.1)]), None);
    }
}
