use super::*;
use crate::simulate::station::{Arrivals, Effort, Law, Objective, Station, safe_load};
use crate::stats::Distribution;
use crate::stream::{Seed, Stream};

fn objective(percentile: f64, target_seconds: f64, curve: LatencyCurve) -> LoadLine {
    LoadLine::Latency(LatencyObjective { percentile, target_seconds, curve })
}

#[test]
fn the_line_of_mmc_is_where_the_percentile_meets_the_target() {
    let line = safe_load_line(&objective(0.99, 0.25, LatencyCurve::Mmc { service_seconds: 0.04, servers: 16 })).unwrap();
    let queue = Mmc::new(line.value * 16.0 / 0.04, 25.0, 16).unwrap();
    assert!((queue.response_percentile(0.99) - 0.25).abs() < 1e-9, "{line:?}");
    assert_eq!((line.interval, line.method.as_str()), (None, "M/M/16: 0.99 of responses within 0.25 s at 0.04 s a service"));
}

#[test]
fn a_target_below_the_service_time_is_refused() {
    let constant = LatencyCurve::Mgc { service: Distribution::constant(0.06), servers: 16 };
    let alone = LatencyCurve::Scalability { rate: 25.0, contention: 0.1, coherence: 0.0 };
    for curve in [LatencyCurve::Mmc { service_seconds: 0.04, servers: 16 }, constant, alone] {
        let told = safe_load_line(&objective(0.99, 0.05, curve)).unwrap_err();
        assert_eq!(told.slug(), "simulate/latency-unreachable", "{told}");
    }
}

#[test]
fn exponential_services_have_one_line_by_either_way() {
    for (servers, target) in [(1, 0.5), (4, 0.3), (64, 0.2)] {
        let exact = objective(0.99, target, LatencyCurve::Mmc { service_seconds: 0.04, servers });
        let service = Distribution::Exponential { mean: 0.04 };
        let line = safe_load_line(&objective(0.99, target, LatencyCurve::Mgc { service, servers })).unwrap();
        let exact = safe_load_line(&exact).unwrap().value;
        // 512 cells round the share of late responses by less than 1e-3 of itself
        assert!((line.value - exact).abs() < 1e-3 * (1.0 - exact), "{servers}: {line:?} {exact}");
        let told = line.interval.map(|(low, high)| (high - low) / (1.0 - line.value));
        assert!(if servers == 1 { told.is_none() } else { told.is_some_and(|share| share > 0.19 && share < 0.2001) }, "{line:?}");
    }
}

/// Services of a mean of 1 with the squared variations 0, ¼, ½, 2 and 4.
fn services() -> Vec<Distribution> {
    let lognormal = |scv: f64| {
        let sigma = (1.0 + scv).ln().sqrt();
        Distribution::Lognormal { median: (-sigma * sigma / 2.0).exp(), sigma }
    };
    // balanced means: half of the work in either branch
    let mixture = |scv: f64| {
        let share = 0.5 * (1.0 + ((scv - 1.0) / (scv + 1.0)).sqrt());
        Distribution::Hyperexponential { branches: vec![(share, 0.5 / share), (1.0 - share, 0.5 / (1.0 - share))] }
    };
    vec![
        Distribution::constant(1.0),
        Distribution::Gamma { shape: 4.0, scale: 0.25 },
        Distribution::Gamma { shape: 2.0, scale: 0.5 },
        lognormal(0.5),
        Distribution::Gamma { shape: 0.5, scale: 2.0 },
        lognormal(2.0),
        mixture(2.0),
        mixture(4.0),
        lognormal(4.0),
        Distribution::Gamma { shape: 0.25, scale: 4.0 },
    ]
}

/// Sees whether the simulated line is in the interval told (for one server: at the line), but for the noise of the simulation.
fn compare(service: &Distribution, servers: u32, (percentile, factor): (f64, f64), effort: Effort) -> f64 {
    let target = factor * service.quantile(percentile);
    let curve = LatencyCurve::Mgc { service: service.clone(), servers };
    let line = safe_load_line(&objective(percentile, target, curve)).unwrap();
    let station = Station::new(servers, Law::new(service.clone()).unwrap()).unwrap();
    let (poisson, stream) = (Arrivals::poisson(1.0).unwrap(), Stream::root(Seed(12)).named("line").replication(servers));
    let seen = safe_load(Objective { percentile, target }, &station, &poisson, effort, stream).unwrap();
    let (left, error) = (1.0 - seen.utilization.value, seen.utilization.standard_error);
    let off = line.value - seen.utilization.value;
    // the bisection of the simulation stops at 1e-4, 512 cells are 1e-3 of what is left to 1
    let allowed = if servers == 1 { 0.0 } else { MOST_OFF * left } + 1e-4 + 2e-3 * left;
    assert!(off.abs() < allowed + 5.0 * error && !seen.at_bound, "{service}, {servers}: {line:?} {seen:?}");
    off / left
}

#[test]
fn the_approximation_of_mgc_is_as_near_to_simulated_stations_as_it_says() {
    let effort = Effort { replications: 32, customers: 10_000, memories: 6.0 };
    for (index, servers) in [(0, 1), (0, 4), (1, 4), (4, 16), (6, 4), (8, 1)] {
        compare(&services()[index], servers, (0.95, 1.2), effort);
    }
}

/// `cargo test --release --no-default-features --lib simulate::line::tests::grid -- --ignored --nocapture`
#[test]
#[ignore = "minutes: the whole grid behind the interval"]
fn grid() {
    let effort = Effort { replications: 32, customers: 20_000, memories: 6.0 };
    let (mut most, mut least) = (0.0_f64, 0.0_f64);
    for servers in [1, 2, 4, 16] {
        for service in services() {
            for promise in [(0.95, 1.2), (0.95, 2.0), (0.99, 1.2)] {
                let off = compare(&service, servers, promise, effort);
                (most, least) = (most.max(off), least.min(off));
            }
        }
        assert!(most < 2.0 * MOST_OFF && least > -2.0 * MOST_OFF, "with {servers} servers: {least} to {most}");
    }
}

#[test]
fn the_scalability_law_is_safe_where_its_exponential_percentile_meets_the_target() {
    let curve = LatencyCurve::Scalability { rate: 120.0, contention: 0.03, coherence: 0.0001 };
    let line = safe_load_line(&objective(0.99, 0.25, curve)).unwrap();
    // R = 0.25 / ln 100 = 0.054287: 1 + 0.03 (N - 1) + 0.0001 N (N - 1) = 6.514414, so that
    // N = (-0.0299 + √(0.0299² + 0.0004 × 5.544414)) / 0.0002 = 129.4, past the peak at √(0.97 / 0.0001) = 98.5
    assert_eq!((line.value, line.interval), (1.0, None));
    let curve = LatencyCurve::Scalability { rate: 120.0, contention: 0.25, coherence: 0.0 };
    let line = safe_load_line(&objective(0.99, 0.25, curve)).unwrap();
    // N = 1 + 5.514414 / 0.25 = 23.0577, X = N / R = 424.73 of 120 / 0.25
    assert!((line.value - 0.884_862).abs() < 1e-5, "{line:?}");
    assert!(
        line.method.starts_with("universal scalability law (λ 120/s, σ 0.25, κ 0), responses taken as exponential"),
        "{line:?}"
    );
}

#[test]
fn a_measured_curve_is_linear_between_its_points_and_refused_outside() {
    let points = vec![(0.4, 0.1), (0.6, 0.15), (0.8, 0.35)];
    let at = |target, points: &[(f64, f64)]| {
        safe_load_line(&objective(0.99, target, LatencyCurve::Measured { points: points.to_vec() }))
    };
    let line = at(0.25, &points).unwrap();
    assert!((line.value - 0.7).abs() < 1e-12);
    assert_eq!(line.interval, Some((0.6, 0.8)));
    assert_eq!(line.method, "a curve measured at 3 utilizations: 0.99 of responses within 0.25 s");
    assert_eq!(at(0.1, &points).unwrap().value, 0.4);
    assert!((at(0.35, &points).unwrap().value - 0.8).abs() < 1e-12);
    for outside in [0.09, 0.36] {
        let told = at(outside, &points).unwrap_err();
        assert_eq!(told.slug(), "simulate/outside-latency-curve");
        assert!(told.to_string().ends_with("which goes from 0.1 s at 0.4 to 0.35 s at 0.8 of capacity"), "{told}");
    }
    for bad in [&points[..1], &[(0.4, 0.2), (0.6, 0.1)], &[(0.6, 0.1), (0.4, 0.2)], &[(0.6, 0.1), (1.2, 0.2)]] {
        assert_eq!(at(0.15, bad).unwrap_err().slug(), "simulate/impossible-part");
    }
}
