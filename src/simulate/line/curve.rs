//! The whole curve from utilization to latency that a line is read from.

use super::{Error, SafeLine, part, safe_load_line};
use crate::model::{LatencyCurve, LatencyObjective, LoadLine};
use crate::portable::ln;

/// Points of a computed curve.
const POINTS: usize = 64;
/// The same where each of them is a sum over 512 cells and more.
const FEW_POINTS: usize = 28;
/// The curve goes up to so many times the target.
const ABOVE: f64 = 3.0;

/// Utilization and seconds at the objective's percentile, both rising: for each of some targets the highest utilization that keeps it, so
/// that the curve passes the safe-load line at the objective's own target. A measured curve is its points.
///
/// # Errors
/// As [`safe_load_line`] for parameters that make no curve.
pub fn latency_curve(objective: &LatencyObjective) -> Result<Vec<(f64, f64)>, Error> {
    let unloaded = -ln(1.0 - objective.percentile);
    let (alone, count) = match &objective.curve {
        LatencyCurve::Measured { points } => return Ok(points.clone()),
        LatencyCurve::Mmc { service_seconds, .. } => (unloaded * service_seconds, POINTS),
        LatencyCurve::Scalability { rate, .. } => (unloaded / rate, POINTS),
        LatencyCurve::Mgc { service, .. } => (service.quantile(objective.percentile), FEW_POINTS),
    };
    let top = ABOVE * objective.target_seconds;
    if !(alone.is_finite() && alone >= 0.0 && alone < top) {
        return Err(part(format!("a service alone takes {alone} s at the percentile, the curve would end at {top} s")));
    }
    let mut curve = vec![(0.0, alone)];
    for i in 1..=count {
        // closer together where the curve leaves the service alone
        let share = i as f64 / count as f64;
        let seconds = alone + (top - alone) * share * share * share;
        let target = LatencyObjective { target_seconds: seconds, ..objective.clone() };
        // just above a service alone, rounding may find no load at all
        let Ok(SafeLine { value, .. }) = safe_load_line(&LoadLine::Latency(target)) else { continue };
        if curve.last().is_none_or(|(before, _)| value > *before) {
            curve.push((value, seconds));
        }
    }
    Ok(curve)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Distribution;

    fn objective(curve: LatencyCurve) -> LatencyObjective {
        LatencyObjective { percentile: 0.99, target_seconds: 0.25, curve }
    }

    /// Linear between its points.
    fn at(curve: &[(f64, f64)], utilization: f64) -> f64 {
        let after = curve.partition_point(|point| point.0 < utilization).max(1);
        let ((from, low), (to, high)) = (curve[after - 1], curve[after]);
        low + (high - low) * (utilization - from) / (to - from)
    }

    #[test]
    fn a_single_exponential_server_has_the_curve_in_closed_form() {
        // p99 of M/M/1 is ln 100 × service ÷ (1 - u) at every point (Gross & Harris)
        let curve = latency_curve(&objective(LatencyCurve::Mmc { service_seconds: 0.02, servers: 1 })).unwrap();
        assert!(curve.len() > 40);
        for (utilization, seconds) in curve {
            let exact = 100.0_f64.ln() * 0.02 / (1.0 - utilization);
            // the utilization is found to 1e-10, the curve is no steeper than 0.75² / 0.09 = 6.25 s
            assert!((seconds - exact).abs() < 1e-9, "{utilization}: {seconds} {exact}");
        }
    }

    #[test]
    fn every_kind_of_curve_rises_and_passes_the_line_at_the_target() {
        let kinds = [
            LatencyCurve::Mmc { service_seconds: 0.03, servers: 16 },
            LatencyCurve::Mgc { service: Distribution::Exponential { mean: 0.03 }, servers: 4 },
            LatencyCurve::Scalability { rate: 120.0, contention: 0.03, coherence: 1e-5 },
            LatencyCurve::Measured { points: vec![(0.3, 0.1), (0.6, 0.2), (0.8, 0.5)] },
        ];
        for kind in kinds {
            let objective = objective(kind);
            let curve = latency_curve(&objective).unwrap();
            assert!(curve.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1), "{objective:?}");
            let line = safe_load_line(&LoadLine::Latency(objective.clone())).unwrap().value;
            // a chord of two neighbouring points is off by at most the step between them, here under 5 % of the target
            assert!((at(&curve, line) / 0.25 - 1.0).abs() < 0.05, "{objective:?}: {}", at(&curve, line));
        }
    }

    #[test]
    fn a_curve_ends_where_no_more_load_is_carried_however_long_one_waits() {
        let (rate, contention, coherence) = (120.0, 0.03, 1e-4);
        let objective = objective(LatencyCurve::Scalability { rate, contention, coherence });
        let (end, seconds) = *latency_curve(&objective).unwrap().last().unwrap();
        // throughput is greatest with √((1 - σ) / κ) requests at once (Gunther 2007, Guerrilla Capacity Planning, §5)
        let most = ((1.0 - contention) / coherence).sqrt();
        let together = (1.0 + contention * (most - 1.0) + coherence * most * (most - 1.0)) / rate * 100.0_f64.ln();
        // the next of the targets asked for: 3 × 0.75² × 0.712 / 64 s apart at most
        assert!(seconds >= together - 1e-9 && seconds < together + 0.02, "{seconds} {together}");
        assert!((end - safe_load_line(&LoadLine::Latency(objective)).unwrap().value).abs() < 1e-9);
    }

    #[test]
    fn a_service_that_is_too_slow_alone_has_no_curve() {
        assert!(latency_curve(&objective(LatencyCurve::Mmc { service_seconds: 1.0, servers: 1 })).is_err());
    }
}
