//! Demand that grows into a capacity.

use plimsoll::simulate::exact::{GrowingDemand, SeasonalPeak, Start, Walk, gamblers_ruin};
use plimsoll::stats::{Estimate, estimate, normal_tail, proportion};
use plimsoll::stream::{Address, Generator, Seed, Stream};

use super::case::{Case, Check, case, family};

/// Families answered here.
pub const FAMILIES: &[&str] =
    &["gbm_first_passage", "random_walk_hit", "ar1_exceedance", "gamblers_ruin", "growth_meets_failures", "seasonal_peak"];

const MONTHS: f64 = 12.0;

fn demand(case: &Case) -> GrowingDemand {
    let [start, capacity] = ["x0", "capacity"].map(|name| case.number(name));
    GrowingDemand::new(start, capacity, case.number("growth_mu"), case.number("volatility")).unwrap()
}

/// The probability in `first_passage_p10_months` or `p05_at_horizon`.
fn percent(quantity: &str, before: &str, after: &str) -> Option<f64> {
    let digits: f64 = quantity.strip_prefix(before)?.strip_suffix(after)?.parse().ok()?;
    Some(digits / 100.0)
}

#[test]
fn gbm_first_passage() {
    for case in family("gbm_first_passage").iter().map(case) {
        let (demand, months) = (demand(&case), case.whole("horizon"));
        let years = f64::from(months) / MONTHS;
        let monthly = demand.p_hit_monthly(months);
        case.check(|quantity| {
            if let Some(p) = percent(quantity, "first_passage_p", "_months") {
                return Some(vec![demand.first_passage_quantile(p)? * MONTHS]);
            }
            if let Some(p) = percent(quantity, "p", "_at_horizon") {
                return Some(vec![demand.quantile(p, years)]);
            }
            Some(match quantity {
                "p_hit_by_horizon_continuous" => vec![demand.p_hit_by(years)],
                "p_hit_by_horizon_monthly" => vec![*monthly.last()?],
                "p_hit_monthly_cumulative" => monthly.clone(),
                "p_hit_broadie_glasserman_kou" => vec![demand.p_hit_monthly_corrected(years)],
                "p_above_at_horizon" => vec![demand.p_above(case.number("capacity"), years)],
                "mean_at_horizon" => vec![demand.mean(years)],
                "p_ever_hit" => vec![demand.p_ever_hit()],
                "mean_first_passage_months" => vec![demand.first_passage_moments()?.0 * MONTHS],
                "var_first_passage_months" => vec![demand.first_passage_moments()?.1 * MONTHS * MONTHS],
                _ => return None,
            })
        });
    }
}

fn walk(case: &Case) -> Walk {
    Walk::new(1.0, case.number("drift_per_step"), case.number("sd_per_step")).unwrap()
}

#[test]
fn random_walk_hit() {
    for case in family("random_walk_hit").iter().map(case) {
        let (level, steps) = (case.number("level"), case.whole("steps"));
        let hit = walk(&case).hit_by(level, steps, Start::At(0.0)).unwrap();
        // the Brownian motion with these moments is the logarithm of a demand whose year is one step
        let (drift, sd) = (case.number("drift_per_step"), case.number("sd_per_step"));
        let brownian = GrowingDemand::new(1.0, level.exp(), drift + sd * sd / 2.0, sd).unwrap();
        case.check(|quantity| {
            Some(match quantity {
                "p_hit_discrete" => vec![*hit.last()?],
                "p_hit_cumulative" => hit.clone(),
                "p_hit_continuous" => vec![brownian.p_hit_by(f64::from(steps))],
                _ => return None,
            })
        });
        // a list is compared from 1e-16 on; ours keeps its digits further down
        let listed = &case.expected.iter().find(|one| one.0 == "p_hit_cumulative").unwrap().1;
        for (seen, wanted) in hit.iter().zip(listed.as_array().unwrap()) {
            let wanted = wanted.as_f64().unwrap();
            assert!((seen / wanted - 1.0).abs() < 1e-7 || wanted < 1e-290, "{}: {seen} {wanted}", case.name);
        }
    }
}

fn residual(case: &Case) -> Walk {
    Walk::new(case.number("phi"), 0.0, case.number("innovation_sd")).unwrap()
}

#[test]
fn ar1_exceedance() {
    for case in family("ar1_exceedance").iter().map(case) {
        let (residual, level, n) = (residual(&case), case.number("level"), case.whole("observations"));
        let by = |start| residual.hit_by(level, n, start).and_then(|hit| hit.last().copied());
        let once = normal_tail(level / residual.stationary_sd());
        case.check(|quantity| {
            Some(vec![match quantity {
                "stationary_sd" => residual.stationary_sd(),
                "p_exceed_once" => once,
                "p_max_exceeds_stationary" => by(Start::Stationary)?,
                "p_max_exceeds_from_zero" => by(Start::At(0.0))?,
                "p_max_if_independent" => -(f64::from(n) * (-once).ln_1p()).exp_m1(),
                _ => return None,
            }])
        });
    }
}

#[test]
fn gamblers_ruin_exactly() {
    for case in family("gamblers_ruin").iter().map(case) {
        let (reach, steps) = gamblers_ruin(case.number("p_up"), case.whole("start"), case.whole("upper")).unwrap();
        case.check(|quantity| {
            Some(vec![match quantity {
                "p_reach_upper" => reach,
                "mean_duration" => steps,
                _ => return None,
            }])
        });
    }
}

fn months(case: &Case) -> Vec<f64> {
    case.parameters["months"].as_array().unwrap().iter().map(|month| month.as_f64().unwrap()).collect()
}

fn growing_into_failures(case: &Case) -> GrowingDemand {
    GrowingDemand::new(case.number("demand0"), 1.0, case.number("growth_mu"), case.number("volatility")).unwrap()
}

#[test]
fn growth_meets_failures() {
    for case in family("growth_meets_failures").iter().map(case) {
        let demand = growing_into_failures(&case);
        let (servers, up, each) = (case.whole("servers"), case.number("availability"), case.number("per_server"));
        let every = |answer: &dyn Fn(f64) -> f64| months(&case).iter().map(|month| answer(month / MONTHS)).collect();
        case.check(|quantity| {
            Some(match quantity {
                "p_overload" => every(&|years| demand.p_overload(servers, up, each, years)),
                "mean_demand" => every(&|years| demand.mean(years)),
                _ => return None,
            })
        });
    }
}

fn peak(case: &Case) -> SeasonalPeak {
    SeasonalPeak {
        level: case.number("level"),
        annual_growth: case.number("annual_growth"),
        amplitude: case.number("amp"),
        noise_sd: case.number("noise_sd"),
    }
}

#[test]
fn seasonal_peak() {
    for case in family("seasonal_peak").iter().map(case) {
        let seen = peak(&case).exceedance(case.number("capacity"), case.whole("days"));
        case.check(|quantity| {
            Some(vec![match quantity {
                "p_any_exceedance" => seen.p_any,
                "expected_exceedance_days" => seen.expected_days,
                "median_first_exceedance_day" => f64::from(seen.median_first_day?),
                _ => return None,
            }])
        });
    }
}

fn streams(case: &Case) -> Stream {
    Stream::root(Seed(4)).named("growth").at(Address::of(&case.name))
}

fn replicate<T>(case: &Case, n: u32, one: impl Fn(&mut Generator) -> T) -> Vec<T> {
    (0..n).map(|replication| one(&mut streams(case).replication(replication).rng())).collect()
}

fn share<T>(all: &[T], hit: impl Fn(&T) -> bool) -> Estimate {
    proportion(all.iter().filter(|one| hit(one)).count() as u64, all.len() as u64)
}

/// Paths of ln(demand) to the horizon, month by month: hit at a month end, P(hit between) by the Brownian bridge, the end.
fn first_passages(case: &Case, into: &mut Vec<Check>) {
    const PATHS: u32 = 20_000;
    let demand = demand(case);
    let (drift, sd) = (demand.log_drift() / MONTHS, case.number("volatility") / MONTHS.sqrt());
    let far = (case.number("capacity") / case.number("x0")).ln();
    let paths = replicate(case, PATHS, |rng| {
        let (mut at, mut hit, mut missed) = (0.0, false, 1.0);
        for _ in 0..case.whole("horizon") {
            let next = at + drift + sd * rng.normal();
            let crossed = if at >= far || next >= far { 1.0 } else { (-2.0 * (far - at) * (far - next) / (sd * sd)).exp() };
            missed *= 1.0 - crossed;
            hit |= next >= far;
            at = next;
        }
        (hit, 1.0 - missed, at)
    });
    let start = case.number("x0");
    let shares = [
        ("p_hit_by_horizon_monthly", share(&paths, |path| path.0)),
        ("p_hit_by_horizon_continuous", estimate(paths.iter().map(|path| path.1))),
        ("p_above_at_horizon", share(&paths, |path| path.2 >= far)),
    ];
    let visible = shares.into_iter().filter(|(quantity, _)| case.is_visible(quantity, PATHS));
    into.extend(visible.map(|(quantity, seen)| case.simulated(quantity, seen)));
    into.push(case.simulated("mean_at_horizon", estimate(paths.iter().map(|path| start * path.2.exp()))));
}

fn walks(case: &Case, into: &mut Vec<Check>) {
    const WALKS: u32 = 20_000;
    let (level, drift, sd) = (case.number("level"), case.number("drift_per_step"), case.number("sd_per_step"));
    // tilted so that the walk drifts to the level: the likelihood ratio at the hit is that of its place and time
    let steps = case.whole("steps");
    let tilted = drift.max(level / f64::from(steps));
    let walks = replicate(case, WALKS, |rng| {
        let mut at = 0.0;
        for step in 1..=steps {
            at += tilted + sd * rng.normal();
            if at >= level {
                let square = (tilted * tilted - drift * drift) / 2.0 * f64::from(step);
                return (((drift - tilted) * at + square) / (sd * sd)).exp();
            }
        }
        0.0
    });
    into.push(case.simulated("p_hit_discrete", estimate(walks.iter().copied())));
}

fn residuals(case: &Case, into: &mut Vec<Check>) {
    let n = case.whole("observations");
    let paths = (4_000_000 / n).clamp(500, 20_000);
    let (phi, sd, level) = (case.number("phi"), case.number("innovation_sd"), case.number("level"));
    for (quantity, first) in [("p_max_exceeds_stationary", residual(case).stationary_sd()), ("p_max_exceeds_from_zero", sd)] {
        if !case.is_visible(quantity, paths) {
            continue;
        }
        let streams = streams(case).named(quantity);
        let exceeds = |replication| {
            let mut rng = streams.replication(replication).rng();
            let mut at = first * rng.normal();
            let mut left = n - 1;
            while at < level && left > 0 {
                at = phi * at + sd * rng.normal();
                left -= 1;
            }
            at >= level
        };
        let hits = (0..paths).filter(|replication| exceeds(*replication)).count();
        into.push(case.simulated(quantity, proportion(hits as u64, u64::from(paths))));
    }
}

fn games(case: &Case, into: &mut Vec<Check>) {
    const GAMES: u32 = 10_000;
    let (p, start, upper) = (case.number("p_up"), case.whole("start"), case.whole("upper"));
    let play = |up: f64, rng: &mut Generator| {
        let (mut at, mut steps) = (start, 0.0);
        while at > 0 && at < upper {
            at = if rng.uniform() < up { at + 1 } else { at - 1 };
            steps += 1.0;
        }
        (at == upper, steps)
    };
    let games = replicate(case, GAMES, |rng| play(p, rng));
    into.push(case.simulated("mean_duration", estimate(games.iter().map(|game| game.1))));
    // an unfavourable game is played with the odds turned round; each win then weighs (p/q)^(upper - start)
    let (up, weight) = if p < 0.5 { (1.0 - p, (p / (1.0 - p)).powi((upper - start) as i32)) } else { (p, 1.0) };
    let won = share(&replicate(case, GAMES, |rng| play(up, rng)), |game| game.0);
    let seen = Estimate { value: won.value * weight, standard_error: won.standard_error * weight };
    if won.value.min(1.0 - won.value) * f64::from(GAMES) >= 25.0 {
        into.push(case.simulated("p_reach_upper", seen));
    }
}

fn overloads(case: &Case, into: &mut Vec<Check>) {
    const DRAWS: u32 = 20_000;
    let demand = growing_into_failures(case);
    let (servers, up, each) = (case.whole("servers"), case.number("availability"), case.number("per_server"));
    let volatility = case.number("volatility");
    for month in months(case) {
        let (years, exact) = (month / MONTHS, demand.p_overload(servers, up, each, month / MONTHS));
        if exact.min(1.0 - exact) * f64::from(DRAWS) < 25.0 {
            continue;
        }
        let streams = streams(case).named(&format!("month {month}"));
        let draw = |replication| {
            let mut rng = streams.replication(replication).rng();
            let alive = (0..servers).filter(|_| rng.uniform() < up).count() as f64;
            let asked = case.number("demand0") * (demand.log_drift() * years + volatility * years.sqrt() * rng.normal()).exp();
            asked > alive * each
        };
        let seen = proportion((0..DRAWS).filter(|replication| draw(*replication)).count() as u64, u64::from(DRAWS));
        let what = format!("{}: p_overload in month {month} {seen:?} against {exact}", case.name);
        into.push(Check { what, z: (seen.value - exact) / seen.standard_error });
    }
}

fn peaks(case: &Case, into: &mut Vec<Check>) {
    const YEARS: u32 = 10_000;
    let (peak, capacity, days) = (peak(case), case.number("capacity"), case.whole("days"));
    let means: Vec<f64> = (1..=days).map(|day| peak.mean(day)).collect();
    let over =
        replicate(case, YEARS, |rng| means.iter().filter(|mean| **mean + peak.noise_sd * rng.normal() > capacity).count() as f64);
    into.push(case.simulated("expected_exceedance_days", estimate(over.iter().copied())));
    if case.is_visible("p_any_exceedance", YEARS) {
        into.push(case.simulated("p_any_exceedance", share(&over, |days| *days > 0.0)));
    }
}

/// Sets what a case's simulation says beside its exact values.
type Simulation = fn(&Case, &mut Vec<Check>);

pub fn simulated(into: &mut Vec<Check>) {
    let each: [(&str, Simulation); 6] = [
        ("gbm_first_passage", first_passages),
        ("random_walk_hit", walks),
        ("ar1_exceedance", residuals),
        ("gamblers_ruin", games),
        ("growth_meets_failures", overloads),
        ("seasonal_peak", peaks),
    ];
    for (name, simulate) in each {
        family(name).iter().map(case).for_each(|case| simulate(&case, into));
    }
}
