//! Error budgets and availability.

use plimsoll::simulate::exact::{Incidents, allowed_downtime};
use plimsoll::stats::{Distribution, estimate, proportion};
use plimsoll::stream::{Address, Generator, Seed, Stream};

use super::case::{Case, Check, case, family};

/// Families answered here.
pub const FAMILIES: &[&str] = &["error_budget", "availability_table"];

fn length(case: &Case) -> Distribution {
    let (mean, parameter) = (case.number("mean_duration"), || case.number("law_parameter"));
    match case.parameters["duration_law"].as_str().unwrap() {
        "constant" => Distribution::Constant { value: mean },
        "exponential" => Distribution::Exponential { mean },
        "gamma" => Distribution::Gamma { shape: parameter(), scale: mean / parameter() },
        "lognormal" => Distribution::Lognormal { median: mean * (-parameter().powi(2) / 2.0).exp(), sigma: parameter() },
        other => panic!("{}: no law {other}", case.name),
    }
}

fn count(case: &Case) -> f64 {
    case.number("incidents_per_30d") * case.number("window") / 30.0
}

fn budget(case: &Case) -> f64 {
    allowed_downtime(case.number("slo"), case.number("window") * 1_440.0)
}

#[test]
fn error_budget() {
    for case in family("error_budget").iter().map(case) {
        let incidents = Incidents::new(count(&case), length(&case)).unwrap();
        let allowed = budget(&case);
        case.check(|quantity| {
            Some(vec![match quantity {
                "budget_minutes" => allowed,
                "expected_incidents" => count(&case),
                "expected_burn_minutes" => incidents.mean_sum(),
                "p_no_incident" => incidents.p_none(),
                "var_burn_minutes" => incidents.variance_of_sum(),
                "p_budget_exhausted" => incidents.p_sum_exceeds(allowed),
                _ => return None,
            }])
        });
    }
}

#[test]
fn availability_table() {
    for case in family("availability_table").iter().map(case) {
        case.check(|quantity| {
            let (window, level) = quantity.strip_prefix("downtime_per_")?.rsplit_once('_')?;
            let window = match window {
                "year_hours" => 8_760.0,
                "30d_minutes" => 43_200.0,
                "quarter_hours" => 2_160.0,
                "week_minutes" => 10_080.0,
                "day_seconds" => 86_400.0,
                _ => return None,
            };
            Some(vec![allowed_downtime(level.parse().ok()?, window)])
        });
    }
}

const WINDOWS: u32 = 40_000;

/// Arrivals in the window one by one, each with a length of its own.
fn window(count: f64, draw: &impl Fn(&mut Generator) -> f64, rng: &mut Generator) -> (f64, f64) {
    let (mut clock, mut incidents, mut burnt) = (rng.exponential(), 0.0, 0.0);
    while clock < count {
        incidents += 1.0;
        burnt += draw(rng);
        clock += rng.exponential();
    }
    (incidents, burnt)
}

pub fn simulated(into: &mut Vec<Check>) {
    for case in family("error_budget").iter().map(case) {
        let (sampler, count, allowed) = (length(&case).sampler(), count(&case), budget(&case));
        let streams = Stream::root(Seed(5)).named("budget").at(Address::of(&case.name));
        let draw = |rng: &mut Generator| sampler.draw(rng);
        let windows: Vec<(f64, f64)> =
            (0..WINDOWS).map(|replication| window(count, &draw, &mut streams.replication(replication).rng())).collect();
        let share =
            |hit: &dyn Fn(&(f64, f64)) -> bool| proportion(windows.iter().filter(|one| hit(one)).count() as u64, WINDOWS.into());
        into.push(case.simulated("expected_incidents", estimate(windows.iter().map(|one| one.0))));
        into.push(case.simulated("expected_burn_minutes", estimate(windows.iter().map(|one| one.1))));
        let shares = [
            ("p_no_incident", share(&|one| one.0 == 0.0)),
            ("p_budget_exhausted", share(&|one| one.1 > allowed * (1.0 + 1e-12))),
        ];
        let visible = shares.into_iter().filter(|(quantity, _)| case.is_visible(quantity, WINDOWS));
        into.extend(visible.map(|(quantity, seen)| case.simulated(quantity, seen)));
    }
}
