//! What growth paths cost, in CPU time: beside `benches/peers/growth.py` (numpy).
//!
//! A million paths of 24 months with the mean and three quantiles of each month; a question of experts alone, a million paths of
//! 12 months from six uncertain inputs of which two go together; and what a given precision costs in each way of sampling.
//! Printed: `work TAB cpu_seconds TAB note`, the least of several rounds, draws included.

#![allow(missing_docs, reason = "a program")]
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "the clock is asked, figures are told")]

mod clock;

use plimsoll::simulate::growth::{
    Answer, Change, Construction, Event, Input, Projection, Question, Sampling, Way, play, project,
};
use plimsoll::simulate::stopping::Stopping;
use plimsoll::stats::Distribution;
use plimsoll::stream::{Seed, Stream};

use clock::{cpu, least};

const P: [f64; 3] = [0.05, 0.5, 0.95];
/// 992 blocks of 1,024 paths, 31 rounds of 32: 1,015,808 paths.
const BLOCKS: u32 = 992;
const ROUNDS: u32 = 7;

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    pool.install(|| {
        let (plain, expert) = (known(24), expert());
        told("growth, 1e6 paths, 24 months", || blocks(&plain, Way::Plain));
        told("growth, 1e6 paths, 24 months, antithetic", || blocks(&plain, Way::Antithetic));
        told("growth, 1e6 paths, 24 months, Sobol by bridge", || blocks(&plain, Way::Sobol(Construction::Bridge)));
        told("growth, 1e6 paths, 24 months, Sobol by components", || blocks(&plain, Way::Sobol(Construction::Principal)));
        told("growth, 1e6 trials, 12 months, 6 uncertain inputs", || blocks(&expert, Way::Plain));
        for (name, way) in [
            ("plain", Way::Plain),
            ("antithetic", Way::Antithetic),
            ("Sobol by bridge", Way::Sobol(Construction::Bridge)),
            ("Sobol by components", Way::Sobol(Construction::Principal)),
        ] {
            told(&format!("growth, 24 months to 0.1 %, {name}"), || to_precision(&plain, way, 0.001));
            told(&format!("growth, experts to 0.25 %, {name}"), || to_precision(&expert, way, 0.0025));
        }
    });
}

fn told(work: &str, round: impl Fn() -> Answer) {
    let (spent, answer) = least(cpu, ROUNDS, round);
    println!("{work}\t{spent:.5}\t{}", noted(&answer));
}

fn noted(answer: &Answer) -> String {
    let last = answer.months.last().expect("a month");
    let [low, middle, high] = [0, 1, 2].map(|at: usize| last.quantiles[at].value);
    format!(
        "{} paths, last month: mean {:.2} ± {:.2}, p5 {low:.2}, p50 {middle:.2}, p95 {high:.2}",
        answer.paths, last.mean.value, last.mean.standard_error
    )
}

fn stream() -> Stream {
    Stream::root(Seed(1)).named("growth")
}

fn blocks(question: &Question, way: Way) -> Answer {
    let projection = Projection::new(question.clone()).expect("a projection");
    play(&projection, Sampling { way, control: false }, stream(), 0..BLOCKS).answer(&P, 0.95).expect("whole rounds")
}

fn to_precision(question: &Question, way: Way, relative: f64) -> Answer {
    let projection = Projection::new(question.clone()).expect("a projection");
    let stopping = Stopping::at_precision(relative, 0.95, 1, 1 << 10).expect("a rule");
    project(&projection, Sampling { way, control: false }, stream(), &P, &stopping, |_| true)
}

fn known(months: usize) -> Question {
    Question {
        start: Distribution::constant(1_200.0),
        growth: Distribution::constant(0.03),
        volatility: Distribution::constant(0.02),
        months,
        events: Vec::new(),
        correlations: Vec::new(),
        capacity: None,
    }
}

/// What experts said: demand today, growth and volatility a month, two launches and a step of efficiency, of which the growth
/// and the first launch go together; a capacity that may not do.
fn expert() -> Question {
    let lognormal = |median, sigma| Distribution::Lognormal { median, sigma };
    let event = |month, change, size| Event { month, change, size };
    Question {
        start: lognormal(1_200.0, 0.13),
        growth: Distribution::Normal { mean: 0.03, sd: 0.01 },
        volatility: lognormal(0.03, 0.3),
        events: vec![
            event(4, Change::Adds, lognormal(200.0, 0.5)),
            event(8, Change::Adds, lognormal(100.0, 0.7)),
            event(10, Change::Multiplies, lognormal(0.9, 0.05)),
        ],
        correlations: vec![(Input::Growth, Input::Event(0), 0.5)],
        capacity: Some(vec![2_000.0; 12]),
        ..known(12)
    }
}
