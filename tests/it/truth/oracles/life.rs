//! Laws of lifetimes, fitted and known.

use plimsoll::fit::{Family, FittedLaw, Law, Lifetimes, Observation, fit_law, survival};
use plimsoll::simulate::exact::{
    AgeReplacement, PowerLawProcess, expected_renewals, expected_renewals_erlang, renewal_asymptote,
};
use plimsoll::stats::{Estimate, complement, estimate, proportion};
use plimsoll::stream::{Address, Generator, Seed, Stream};

use super::case::{Case, Check, case, family, parse};
use crate::support::truth;

/// Families answered here.
pub const FAMILIES: &[&str] = &["lifetime_distribution", "censored_fit", "renewal", "age_replacement", "nhpp_power_law"];

const YEAR: f64 = 8_760.0;

fn numbers(case: &Case, name: &str) -> Vec<f64> {
    case.parameters[name].as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
}

fn law(case: &Case) -> Law {
    let v = numbers(case, "parameters");
    match case.parameters["law"].as_str().unwrap() {
        "exponential" => Law::Exponential { mean: v[0] },
        "weibull" => Law::Weibull { shape: v[0], scale: v[1] },
        "lognormal" => Law::Lognormal { mu: v[0], sigma: v[1] },
        "gamma" | "erlang" => Law::Gamma { shape: v[0], scale: v[1] },
        "bathtub" => Law::CompetingWeibulls { risks: vec![(v[0], v[1]), (1.0, v[2]), (v[3], v[4])] },
        other => panic!("{}: no law {other}", case.name),
    }
}

/// Whether Chernoff's bound, P(T > t) <= e^(-t/s + k) (t / (k s))^k for a gamma law and t above its mean, says that the tail at `t`
/// is less than half of `tail`: then `t` is not the quantile it is said to be, whoever computed it.
fn is_refuted(law: &Law, t: f64, tail: f64) -> bool {
    let Law::Gamma { shape, scale } = law else { return false };
    let ratio = t / (shape * scale);
    ratio > 1.0 && (shape * (1.0 - ratio + ratio.ln())).exp() < 0.5 * tail
}

fn of_lifetime(law: &Law, quantity: &str) -> Option<f64> {
    if let Some(age) = quantity.strip_prefix("hazard_at_").and_then(|rest| rest.strip_suffix('h')) {
        return Some(law.hazard(age.parse().ok()?));
    }
    Some(match quantity {
        "mean" => law.mean(),
        "variance" => law.variance(),
        "survival_at_mean" => law.survival(law.mean()),
        "hazard_minimum_at" => law.hazard_minimum()?.0,
        "hazard_minimum" => law.hazard_minimum()?.1,
        "afr_first_year" => law.conditional_failure(0.0, YEAR),
        "afr_fifth_year_given_4" => law.conditional_failure(4.0 * YEAR, YEAR),
        _ => return None,
    })
}

#[test]
fn lifetime_distribution() {
    for case in family("lifetime_distribution").iter().map(case) {
        let law = law(&case);
        case.check(|quantity| {
            let Some(p) = quantity.strip_prefix("quantile_").and_then(|p| p.parse::<f64>().ok()) else {
                return Some(vec![of_lifetime(&law, quantity)?]);
            };
            let (seen, told) = (law.quantile(p), case.exact(quantity));
            // dist_gamma tells 901 h for the 99.9 % point of a law whose tail there is under 2e-7: ours then has to hold by its
            // own tail
            if is_refuted(&law, told, complement(p)) {
                assert!((law.survival(seen) / complement(p) - 1.0).abs() < 1e-10, "{}: {quantity} {seen}", case.name);
                return Some(vec![told]);
            }
            Some(vec![seen])
        });
    }
}

fn lifetimes(case: &Case) -> Lifetimes {
    let rows: Vec<Observation> = numbers(case, "times")
        .iter()
        .zip(numbers(case, "event"))
        .map(|(time, event)| if event == 1.0 { Observation::failed(*time) } else { Observation::alive(*time) })
        .collect();
    Lifetimes::new(&rows).unwrap()
}

#[test]
fn censored_fit() {
    for case in family("censored_fit").iter().map(case) {
        let lifetimes = lifetimes(&case);
        let fits: Vec<FittedLaw> = [Family::Weibull, Family::Exponential, Family::Lognormal, Family::Gamma]
            .iter()
            .map(|family| fit_law(*family, &lifetimes, 0.95).unwrap())
            .collect();
        let steps = survival(&lifetimes, 0.95).unwrap();
        case.check(|quantity| {
            let of = |name: &str, parameter: &str| {
                let fit = fits.iter().find(|fit| fit.family.name().eq_ignore_ascii_case(name))?;
                if parameter == "loglik" {
                    return Some(fit.log_likelihood);
                }
                fit.parameters.iter().find(|one| one.name == parameter).map(|one| one.value)
            };
            Some(match quantity {
                "failures" => vec![lifetimes.failures() as f64],
                "censored" => vec![(lifetimes.count() - lifetimes.failures()) as f64],
                "aic" => fits.iter().map(|fit| fit.aic).collect(),
                "event_times" => steps.iter().map(|step| step.time).collect(),
                "kaplan_meier" => steps.iter().map(|step| step.survival).collect(),
                "km_greenwood_se" => steps.iter().map(|step| step.standard_error).collect(),
                "nelson_aalen" => steps.iter().map(|step| step.cumulative_hazard).collect(),
                other => {
                    let (name, parameter) = other.split_once('_')?;
                    vec![of(name, parameter)?]
                }
            })
        });
    }
}

/// Of the Weibull kind, or Erlang with the phases in the name of its law: `gamma shape 2`.
enum Position {
    Weibull(Law),
    Erlang { phases: u32, mean: f64 },
}

fn position(case: &Case) -> Position {
    match case.parameters.get("law").and_then(|law| law.as_str()) {
        Some(named) => {
            let phases = named.rsplit(' ').next().and_then(|last| last.parse().ok());
            Position::Erlang {
                phases: phases.unwrap_or_else(|| panic!("{}: no law {named}", case.name)),
                mean: case.number("mean"),
            }
        }
        None => Position::Weibull(Law::Weibull { shape: case.number("shape"), scale: case.number("scale") }),
    }
}

#[test]
fn renewal() {
    for case in family("renewal").iter().map(case) {
        let horizon = case.number("T");
        case.check(|quantity| {
            Some(vec![match (quantity, position(&case)) {
                ("expected_failures", Position::Weibull(law)) => expected_renewals(|t| -law.ln_survival(t).exp_m1(), horizon)?,
                ("expected_failures", Position::Erlang { phases, mean }) => expected_renewals_erlang(phases, mean, horizon)?,
                ("asymptote", Position::Weibull(law)) => renewal_asymptote(law.mean(), law.variance(), horizon),
                ("wrong_if_exponential", Position::Weibull(law)) => horizon / law.mean(),
                _ => return None,
            }])
        });
    }
}

fn policy(case: &Case) -> AgeReplacement {
    let [shape, scale, planned, failure] = ["shape", "scale", "cost_planned", "cost_failure"].map(|name| case.number(name));
    AgeReplacement::new(shape, scale, planned, failure).unwrap()
}

#[test]
fn age_replacement() {
    for case in family("age_replacement").iter().map(case) {
        let policy = policy(&case);
        let best = policy.optimal_age().unwrap();
        case.check(|quantity| {
            Some(vec![match quantity {
                "optimal_age" => best,
                "cost_rate_at_optimum" => policy.cost_rate(best),
                "cost_rate_run_to_failure" => policy.cost_rate_run_to_failure(),
                _ => return None,
            }])
        });
    }
}

#[test]
fn nhpp_power_law() {
    for case in family("nhpp_power_law").iter().map(case) {
        let process = PowerLawProcess::new(case.number("a"), case.number("b")).unwrap();
        let time = case.number("T");
        case.check(|quantity| {
            Some(vec![match quantity {
                "expected_failures" => process.expected(time),
                "p_no_failure" => process.p_at_most(0, time),
                "mean_first_failure" => process.mean_first_failure(),
                other => process.p_at_most(other.strip_prefix("p_at_most_")?.parse().ok()?, time),
            }])
        });
    }
}

/// Each published law of each trace: lives drawn from it, a fifth of them cut short, fitted again.
#[test]
fn published_laws_are_found_again_from_their_own_draws() {
    const LIVES: u32 = 400;
    let Some(folder) = truth("oracles") else { return };
    let traces = parse(&folder.join("failure_trace_archive_fits.json"));
    for (trace, laws) in traces["traces"].as_object().unwrap() {
        for family in Family::COMMON {
            for (what, values) in laws[family.name().to_lowercase()].as_object().unwrap() {
                let v: Vec<f64> = values.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect();
                let law = match family {
                    Family::Exponential => Law::Exponential { mean: v[0] },
                    Family::Weibull => Law::Weibull { shape: v[0], scale: v[1] },
                    Family::Lognormal => Law::Lognormal { mu: v[0], sigma: v[1] },
                    _ => Law::Gamma { shape: v[0], scale: v[1] },
                };
                let name = format!("{trace} {} {what}", family.name());
                let mut rng = Stream::root(Seed(8)).named("trace").at(Address::of(&name)).rng();
                let end = law.quantile(0.8);
                let lives = (0..LIVES).map(|_| law.sample(&mut rng));
                let rows: Vec<Observation> =
                    lives.map(|t| if t < end { Observation::failed(t) } else { Observation::alive(end) }).collect();
                let fitted = fit_law(family, &Lifetimes::new(&rows).unwrap(), 0.95).unwrap();
                for (one, wanted) in fitted.parameters.iter().zip(&v) {
                    let off = (one.value - wanted).abs();
                    assert!(off <= 5.0 * one.standard_error, "{name}: {one:?} against {wanted}");
                }
            }
        }
    }
}

fn replicate<T>(case: &Case, n: u32, one: impl Fn(&mut Generator) -> T) -> Vec<T> {
    let streams = Stream::root(Seed(9)).named("life").at(Address::of(&case.name));
    (0..n).map(|replication| one(&mut streams.replication(replication).rng())).collect()
}

/// Draws of a lifetime: the mean, and the share below each quantile, set beside its probability.
fn lives(case: &Case, into: &mut Vec<Check>) {
    const LIVES: u32 = 20_000;
    let law = law(case);
    let draws = replicate(case, LIVES, |rng| law.sample(rng));
    into.push(case.simulated("mean", estimate(draws.iter().copied())));
    let quantiles = case.expected.iter().filter_map(|(quantity, value, _)| {
        let p: f64 = quantity.strip_prefix("quantile_")?.parse().ok()?;
        Some((quantity, p, value.as_f64()?))
    });
    for (quantity, p, at) in quantiles.filter(|(_, p, at)| (0.01..=0.99).contains(p) && !is_refuted(&law, *at, 1.0 - p)) {
        let seen = proportion(draws.iter().filter(|t| **t <= at).count() as u64, u64::from(LIVES));
        let what = format!("{}: share below {quantity} {seen:?} against {p}", case.name);
        into.push(Check { what, z: (seen.value - p) / seen.standard_error });
    }
}

fn renewals(case: &Case, into: &mut Vec<Check>) {
    const POSITIONS: u32 = 20_000;
    let (horizon, law) = match (case.number("T"), position(case)) {
        (horizon, Position::Weibull(law)) => (horizon, law),
        (horizon, Position::Erlang { phases, mean }) => {
            (horizon, Law::Gamma { shape: f64::from(phases), scale: mean / f64::from(phases) })
        }
    };
    let counts = replicate(case, POSITIONS, |rng| {
        let (mut clock, mut failures) = (law.sample(rng), 0.0);
        while clock <= horizon {
            failures += 1.0;
            clock += law.sample(rng);
        }
        failures
    });
    into.push(case.simulated("expected_failures", estimate(counts.iter().copied())));
}

/// Cost a unit of time over cycles: a ratio of means, its error by the delta method.
fn replaced(case: &Case, into: &mut Vec<Check>) {
    const CYCLES: u32 = 20_000;
    let law = Law::Weibull { shape: case.number("shape"), scale: case.number("scale") };
    let (planned, failure) = (case.number("cost_planned"), case.number("cost_failure"));
    for (quantity, age) in [("cost_rate_at_optimum", case.exact("optimal_age")), ("cost_rate_run_to_failure", f64::INFINITY)] {
        let lives = replicate(case, CYCLES, |rng| law.sample(rng));
        let cycle = |life: f64| (life.min(age), if life < age { failure } else { planned });
        let time = estimate(lives.iter().map(|life| cycle(*life).0)).value;
        let rate = estimate(lives.iter().map(|life| cycle(*life).1)).value / time;
        let residual = estimate(lives.iter().map(|life| (cycle(*life).1 - rate * cycle(*life).0) / time));
        into.push(case.simulated(quantity, Estimate { value: rate, standard_error: residual.standard_error }));
    }
}

/// Arrivals of a unit Poisson process, moved to the clock on which a t^b are expected.
fn drifting(case: &Case, into: &mut Vec<Check>) {
    const SYSTEMS: u32 = 20_000;
    let (a, b, end) = (case.number("a"), case.number("b"), case.number("T"));
    let seen = replicate(case, SYSTEMS, |rng| {
        let mut arrival = rng.exponential();
        let first = (arrival / a).powf(1.0 / b);
        let mut failures = 0.0;
        while (arrival / a).powf(1.0 / b) <= end {
            failures += 1.0;
            arrival += rng.exponential();
        }
        (failures, first)
    });
    let share = |most: f64| proportion(seen.iter().filter(|one| one.0 <= most).count() as u64, u64::from(SYSTEMS));
    into.push(case.simulated("expected_failures", estimate(seen.iter().map(|one| one.0))));
    for (quantity, most) in [("p_no_failure", 0.0), ("p_at_most_2", 2.0)] {
        if case.is_visible(quantity, SYSTEMS) {
            into.push(case.simulated(quantity, share(most)));
        }
    }
    into.push(case.simulated("mean_first_failure", estimate(seen.iter().map(|one| one.1))));
}

/// Sets what a case's simulation says beside its exact values.
type Simulation = fn(&Case, &mut Vec<Check>);

pub fn simulated(into: &mut Vec<Check>) {
    let each: [(&str, Simulation); 4] =
        [("lifetime_distribution", lives), ("renewal", renewals), ("age_replacement", replaced), ("nhpp_power_law", drifting)];
    for (name, simulate) in each {
        family(name).iter().map(case).for_each(|case| simulate(&case, into));
    }
}
