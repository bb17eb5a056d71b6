//! What fitting costs, in CPU time, beside `benches/peers/fit.py`: 10,000 lifetimes of a Weibull law (shape 1.5, scale 1000), a third
//! censored, made by the same arithmetic on both sides. Printed: `work TAB cpu_seconds TAB note`, the least of several rounds.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use plimsoll::fit::{Family, Lifetimes, Observation, fit_law, goodness_of_fit, survival};
use plimsoll::simulate::exact::{GrowingDemand, Incidents};
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};

use clock::{cpu, least};

const ROWS: u32 = 10_000;
const ROUNDS: u32 = 7;

fn told<T>(work: &str, run: impl Fn() -> T, note: impl Fn(&T) -> String) {
    let (spent, answer) = least(cpu, ROUNDS, run);
    println!("{work}\t{spent:.6}\t{}", note(&answer));
}

/// The i-th life by the quantile of a golden-ratio sequence, so that the peer has the very same data.
fn rows() -> Vec<Observation> {
    (1..=ROWS)
        .map(|i| {
            let u = (f64::from(i) * 0.618_033_988_749_894_9).fract();
            let life = 1_000.0 * (-(1.0 - u).ln()).powf(1.0 / 1.5);
            if i % 3 == 0 { Observation::alive(0.5 * life) } else { Observation::failed(life) }
        })
        .collect()
}

fn main() {
    let rows = rows();
    for family in Family::ALL {
        told(
            &format!("fit_{}", family.name().to_lowercase()),
            || Lifetimes::new(&rows).and_then(|lifetimes| fit_law(family, &lifetimes, 0.95)),
            |fitted| {
                fitted.as_ref().map_or_else(ToString::to_string, |fitted| format!("{fitted}, ln L {:.6}", fitted.log_likelihood))
            },
        );
    }
    let lifetimes = Lifetimes::new(&rows).expect("two thirds fail");
    told(
        "kaplan_meier",
        || survival(&lifetimes, 0.95),
        |steps| {
            steps.as_ref().and_then(|steps| steps.last()).map_or_else(String::new, |last| format!("last S {:.9}", last.survival))
        },
    );
    let fitted = fit_law(Family::Weibull, &lifetimes, 0.95).expect("a maximum");
    let stream = Stream::root(Seed(1)).named("bench");
    told(
        "goodness_99_refits",
        || goodness_of_fit(&fitted, &lifetimes, 99, stream),
        |seen| seen.map_or_else(String::new, |seen| format!("A2 p {}", seen.anderson_darling.p_value)),
    );
    let demand = GrowingDemand::new(100.0, 150.0, 0.2, 0.15).expect("sane");
    told("monthly_hits_24", || demand.p_hit_monthly(24), |hit| format!("{:.12}", hit[23]));
    let incidents = Incidents::new(2.0, Distribution::Lognormal { median: 7.3, sigma: 1.2 }).expect("sane");
    told("budget_lognormal", || incidents.p_sum_exceeds(43.2), |p| format!("{p:.10}"));
}
