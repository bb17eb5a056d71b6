use rayon::prelude::*;

use super::arrivals::above_zero;
use super::{Arrivals, Keep, Length, Observed, Run, Start, Station, replicate};
use crate::stats::{Estimate, Invalid, ratio};
use crate::stream::Stream;

/// The safe load is looked for up to this utilization: the memory of a queue, and with it the cost, grows with (1 - ρ)^-2.
const HIGHEST: f64 = 0.99;

/// How much is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Independent replications: standard errors are over these, so 30 or more.
    pub replications: u32,
    /// Customers counted in each; with a profile, as many whole periods as hold them.
    pub customers: u64,
    /// Warm-up in memories of the station ([`Station::memory`]): e^-memories of the initial bias is left. Not used where the
    /// stationary law is known.
    pub memories: f64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { replications: 64, customers: 20_000, memories: 10.0 }
    }
}

/// A latency objective: the percentile of the response is at most the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// Such as 0.99.
    pub percentile: f64,
    /// In the unit of the service times.
    pub target: f64,
}

/// Why there is no latency or no safe load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLoad {
    /// A parameter.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The objective is missed by services alone.
    #[error("{percentile} of responses within {target} cannot be met even without load: {alone} of services alone take longer")]
    Unreachable {
        /// The percentile, as text.
        percentile: String,
        /// The target, as text.
        target: String,
        /// The share of services that are longer than the target, as text.
        alone: String,
    },
}

/// The highest utilization at which a latency objective holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SafeLoad {
    /// Utilization, with its standard error.
    pub utilization: Estimate,
    /// The objective still holds at the highest utilization that was looked at.
    pub at_bound: bool,
}

impl SafeLoad {
    /// Where the safe load is with 95 %.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let half = crate::stats::TWO_SIDED_95 * self.utilization.standard_error;
        ((self.utilization.value - half).max(0.0), (self.utilization.value + half).min(1.0))
    }
}

/// Percentiles of the response at a utilization, simulated: any laws of arrivals and services, with room and patience if the
/// station has them. `arrivals` gives the shape of the load (a profile keeps its hours); its rate is scaled so that the servers
/// are busy for `utilization` of the time on average.
///
/// # Errors
/// A utilization that the station cannot carry, percentiles outside (0, 1), too little effort to estimate anything.
pub fn latency_at(
    utilization: f64,
    station: &Station,
    arrivals: &Arrivals,
    percentiles: &[f64],
    effort: Effort,
    stream: Stream,
) -> Result<Vec<Estimate>, Invalid> {
    check(effort, percentiles)?;
    let keep = Keep { responses: true, ..Keep::default() };
    let seen: Observed = at(utilization, station, arrivals, effort, |run| replicate(run, keep, effort.replications, stream))?;
    let none = || Invalid { parameter: "customers", seen: "served: none".to_owned(), expected: "some who are served" };
    percentiles.iter().map(|p| seen.response_percentile(*p).ok_or_else(none)).collect()
}

/// The highest utilization at which the objective holds, by simulation with common random numbers: every utilization meets the
/// same customers, closer together or further apart, so that the share of late responses rises smoothly and is bisected.
///
/// The standard error is that of the share at the root over its slope (delta method), the slope by differences of the same
/// numbers. Glasserman & Yao (1992), "Some guidelines and guarantees for common random numbers", *Management Science* 38(6).
///
/// # Errors
/// Parameters, as for [`latency_at`]; an objective that services alone miss.
pub fn safe_load(
    objective: Objective,
    station: &Station,
    arrivals: &Arrivals,
    effort: Effort,
    stream: Stream,
) -> Result<SafeLoad, NoLoad> {
    check(effort, &[objective.percentile])?;
    above_zero("target", objective.target)?;
    let allowed = 1.0 - objective.percentile;
    let late = |utilization: f64| share_late(utilization, objective.target, station, arrivals, effort, stream);
    let alone = station.service.p_above(objective.target);
    if alone > allowed {
        return Err(NoLoad::Unreachable {
            percentile: format!("p{}", objective.percentile * 100.0),
            target: objective.target.to_string(),
            alone: alone.to_string(),
        });
    }
    let (mut low, mut high) = (0.0, HIGHEST);
    if late(high)?.value <= allowed {
        return Ok(SafeLoad { utilization: Estimate { value: high, standard_error: 0.0 }, at_bound: true });
    }
    while high - low > 1e-4 {
        let middle = f64::midpoint(low, high);
        if late(middle)?.value <= allowed { low = middle } else { high = middle }
    }
    let value = f64::midpoint(low, high);
    // a step of a tenth of what is left to 1: the share curves on that scale
    let step = (0.1 * (1.0 - value)).min(0.5 * value).min(HIGHEST - value).max(1e-3);
    let (before, here, after) = (late(value - step)?, late(value)?, late(value + step)?);
    let slope = (after.value - before.value) / (2.0 * step);
    let standard_error = here.standard_error / slope.max(f64::MIN_POSITIVE);
    Ok(SafeLoad { utilization: Estimate { value, standard_error }, at_bound: false })
}

fn check(effort: Effort, percentiles: &[f64]) -> Result<(), Invalid> {
    if let Some(p) = percentiles.iter().find(|p| !(**p > 0.0 && **p < 1.0)) {
        return Err(Invalid { parameter: "percentile", seen: format!("is {p}"), expected: "above 0 and below 1" });
    }
    if effort.replications < 2 || effort.customers == 0 {
        let seen = format!("is {effort:?}");
        return Err(Invalid { parameter: "effort", seen, expected: "two replications or more of a customer or more" });
    }
    above_zero("memories", effort.memories)
}

/// A run at a utilization.
fn at<T>(
    utilization: f64,
    station: &Station,
    arrivals: &Arrivals,
    effort: Effort,
    simulate: impl Fn(&Run) -> T,
) -> Result<T, Invalid> {
    above_zero("utilization", utilization)?;
    let factor = utilization / station.utilization(arrivals.rate());
    let (mut start, mut length) =
        (Start::steady(station, arrivals, factor, effort.memories)?, Length::Customers(effort.customers));
    if let Arrivals::Profile { profile } = arrivals {
        // whole periods: every hour counts alike
        let whole = |time: f64| (time / profile.period()).ceil().max(1.0) * profile.period();
        start = Start::Empty { warm_up: whole(start.warm_up()) };
        length = Length::Time(whole(effort.customers as f64 / (arrivals.rate() * factor)));
    }
    Ok(simulate(&Run { arrivals, factor, station, start: &start, length }))
}

fn share_late(
    utilization: f64,
    target: f64,
    station: &Station,
    arrivals: &Arrivals,
    effort: Effort,
    stream: Stream,
) -> Result<Estimate, Invalid> {
    let counts: Vec<(f64, f64)> = at(utilization, station, arrivals, effort, |run| {
        let one = |replication| {
            let (mut late, mut all) = (0.0, 0.0);
            run.visits(stream.replication(replication), |visit, counted| {
                if counted && visit.fate == super::Fate::Served {
                    all += 1.0;
                    late += f64::from(u8::from(visit.response() > target));
                }
            });
            (late, all)
        };
        (0..effort.replications).into_par_iter().map(one).collect()
    })?;
    let (late, all): (Vec<f64>, Vec<f64>) = counts.into_iter().unzip();
    ratio(&late, &all).ok_or_else(|| Invalid {
        parameter: "customers",
        seen: "served: none".to_owned(),
        expected: "some who are served",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LatencyCurve, LatencyObjective, LoadLine};
    use crate::simulate::queue::Mmc;
    use crate::simulate::safe_load_line;
    use crate::simulate::station::{Law, Profile};
    use crate::stats::Distribution;
    use crate::stream::Seed;

    fn mmc(servers: u32) -> Station {
        Station::new(servers, Law::exponential(0.04).unwrap()).unwrap()
    }

    #[test]
    fn the_latency_curve_of_mmc_is_the_exact_one() {
        let station = mmc(4);
        for (run, utilization) in [0.3, 0.7, 0.9].into_iter().enumerate() {
            let stream = Stream::root(Seed(5)).named("curve").replication(run as u32);
            let poisson = Arrivals::poisson(1.0).unwrap();
            let seen = latency_at(utilization, &station, &poisson, &[0.5, 0.99], Effort::default(), stream).unwrap();
            let exact = Mmc::new(utilization * 100.0, 25.0, 4).unwrap();
            for (one, p) in seen.iter().zip([0.5, 0.99]) {
                assert!((one.value - exact.response_percentile(p)).abs() < 5.0 * one.standard_error, "{utilization} {p} {one:?}");
                assert!(one.standard_error < 0.05 * one.value, "{one:?}");
            }
        }
    }

    #[test]
    fn the_safe_load_of_mmc_is_the_exact_one() {
        let curve = LatencyCurve::Mmc { service_seconds: 0.04, servers: 8 };
        let wanted = LoadLine::Latency(LatencyObjective { percentile: 0.99, target_seconds: 0.25, curve });
        let objective = Objective { percentile: 0.99, target: 0.25 };
        let poisson = Arrivals::poisson(1.0).unwrap();
        let seen = safe_load(objective, &mmc(8), &poisson, Effort::default(), Stream::root(Seed(6))).unwrap();
        let exact = safe_load_line(&wanted).unwrap().value;
        let off = (seen.utilization.value - exact).abs();
        // the bisection stops at 1e-4
        assert!(off < 5.0 * seen.utilization.standard_error + 1e-4 && !seen.at_bound, "{seen:?} {exact}");
        assert!(seen.utilization.standard_error < 0.01, "{seen:?}");
    }

    #[test]
    fn regular_arrivals_and_services_are_safe_to_a_higher_load() {
        let effort = Effort { replications: 32, customers: 5_000, memories: 10.0 };
        let objective = Objective { percentile: 0.95, target: 6.0 };
        let safe = |service: Law, arrivals: &Arrivals| {
            let station = Station::new(2, service).unwrap();
            safe_load(objective, &station, arrivals, effort, Stream::root(Seed(7))).unwrap().utilization
        };
        let poisson = Arrivals::poisson(1.0).unwrap();
        let even = Arrivals::Renewal { gap: Law::new(Distribution::Gamma { shape: 4.0, scale: 0.25 }).unwrap() };
        let gamma = || Law::new(Distribution::Gamma { shape: 4.0, scale: 0.25 }).unwrap();
        let (mm, mg, gg) = (safe(Law::exponential(1.0).unwrap(), &poisson), safe(gamma(), &poisson), safe(gamma(), &even));
        let above =
            |one: Estimate, other: Estimate| one.value - other.value > 5.0 * one.standard_error.hypot(other.standard_error);
        assert!(above(mg, mm) && above(gg, mg), "{mm:?} {mg:?} {gg:?}");
    }

    #[test]
    fn what_cannot_be_is_told() {
        let poisson = Arrivals::poisson(1.0).unwrap();
        let objective = Objective { percentile: 0.99, target: 0.05 };
        let told = safe_load(objective, &mmc(8), &poisson, Effort::default(), Stream::root(Seed(1))).unwrap_err().to_string();
        assert!(told.starts_with("p99 of responses within 0.05 cannot be met even without load: 0.2865"), "{told}");
        let far = latency_at(1.2, &mmc(8), &poisson, &[0.5], Effort::default(), Stream::root(Seed(1))).unwrap_err();
        assert_eq!(far.parameter, "utilization");
        assert!(latency_at(0.5, &mmc(8), &poisson, &[1.0], Effort::default(), Stream::root(Seed(1))).is_err());
    }

    #[test]
    fn a_day_with_a_peak_is_slower_than_its_mean_says() {
        // slow against the service, so that each hour is in its own steady state: a mixture of two M/M/1
        let station = Station::new(1, Law::exponential(1.0).unwrap()).unwrap();
        let profile = Profile::new(vec![0.4, 0.8], 4_000.0).unwrap();
        let arrivals = Arrivals::Profile { profile };
        let effort = Effort { replications: 40, customers: 20_000, memories: 10.0 };
        let seen = latency_at(0.6, &station, &arrivals, &[0.5, 0.95], effort, Stream::root(Seed(8))).unwrap();
        // weights by arrivals: a third and two thirds; each response exponential with rate 1 - ρ
        let above = |time: f64| (-0.6 * time).exp() / 3.0 + 2.0 * (-0.2 * time).exp() / 3.0;
        for (one, p) in seen.iter().zip([0.5, 0.95]) {
            // what the change between the hours blurs is of the order memory ÷ hour: 25 of 4,000, under 1 %
            let (low, high) = (one.value - 5.0 * one.standard_error, one.value + 5.0 * one.standard_error);
            assert!(above(low * 0.99) > 1.0 - p && above(high * 1.01) < 1.0 - p, "{p} {one:?}");
        }
    }
}
