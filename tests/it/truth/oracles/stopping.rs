//! Sequential stopping and the growth engine on exactly known cases: intervals as wide as they must be, covering as often as said.

use plimsoll::simulate::growth::{Construction, Projection, Question, Sampling, Sure, Way, project};
use plimsoll::simulate::stopping::{Stopping, Why};
use plimsoll::stats::{Distribution, Estimate, batch_means, student_quantile};
use plimsoll::stream::{Generator, Seed, Stream};

use super::case::{case, family};
use crate::support::assert_within;

const CONFIDENCE: f64 = 0.95;
const BATCHES: usize = 32;

/// P(a binomial share of `n` is this far from `p`) is about 6e-7.
fn five_errors(p: f64, n: u32) -> f64 {
    5.0 * (p * (1.0 - p) / f64::from(n)).sqrt()
}

/// The number in an M/M/1 system, stretch after stretch, begun in its long run.
struct Number {
    rng: Generator,
    arrives: f64,
    serves: f64,
    number: u32,
}

impl Number {
    fn over(&mut self, length: f64) -> f64 {
        let (mut left, mut area) = (length, 0.0);
        loop {
            let rate = self.arrives + if self.number > 0 { self.serves } else { 0.0 };
            let stay = self.rng.exponential() / rate;
            area += f64::from(self.number) * stay.min(left);
            if stay >= left {
                return area / length;
            }
            left -= stay;
            if self.rng.uniform() * rate < self.arrives { self.number += 1 } else { self.number -= 1 }
        }
    }
}

/// Waits of customers in an M/M/1 queue by Lindley's recursion, block after block, begun in its long run.
struct Waits {
    rng: Generator,
    arrives: f64,
    serves: f64,
    wait: f64,
}

impl Waits {
    fn over(&mut self, customers: f64) -> f64 {
        let mut sum = 0.0;
        for _ in 0..customers as u32 {
            sum += self.wait;
            self.wait = (self.wait + self.rng.exponential() / self.serves - self.rng.exponential() / self.arrives).max(0.0);
        }
        sum / customers
    }
}

/// Repetitions of a run that goes on until its mean is known to 10 %: how many intervals hold the mean, the mean length of a run
/// and of (standard error)² × length, which is the variance constant as the intervals have it.
fn repeated(runs: u32, mean: f64, length: f64, stretches: &dyn Fn(u32) -> Box<dyn FnMut(f64) -> f64>) -> [f64; 3] {
    let rule = Stopping::at_precision(0.1, CONFIDENCE, 64, 1 << 14).unwrap();
    let t = student_quantile(0.5 + CONFIDENCE / 2.0, BATCHES as f64 - 1.0);
    let (mut inside, mut lasted, mut constant) = (0, 0.0, 0.0);
    for run in 0..runs {
        let (mut next, mut each, mut seen) = (stretches(run), Vec::new(), Estimate::default());
        let stopped = rule.run(
            |more| {
                each.extend(more.map(|_| next(length)));
                seen = batch_means(&each, BATCHES).unwrap();
                t * seen.standard_error / seen.value
            },
            |_| true,
        );
        assert_eq!(stopped.why, Why::Precise);
        inside += u32::from((seen.value - mean).abs() <= stopped.half_width * seen.value);
        lasted += length * f64::from(stopped.rounds);
        constant += seen.standard_error.powi(2) * length * f64::from(stopped.rounds);
    }
    [f64::from(inside), lasted, constant].map(|sum| sum / f64::from(runs))
}

fn assert_sure(what: &str, [share, lasted, seen]: [f64; 3], mean: f64, constant: f64, runs: u32) {
    // rounds double from 64 on, 2 batches a memory and more: the spread at the moment of stopping is small by selection, which
    // takes 3 % of coverage at most and a fifth of the constant
    assert!(share > CONFIDENCE - 0.03 - five_errors(CONFIDENCE, runs), "{what} covers {share}");
    assert!(share < CONFIDENCE + five_errors(CONFIDENCE, runs), "{what} covers {share}");
    assert!(seen > 0.75 * constant && seen < 1.1 * constant, "{what}: {seen} against {constant}");
    // a mean over T has variance constant ÷ T: to 10 % at 95 % it takes so long, or up to twice that as rounds double
    let needed = constant * (student_quantile(0.975, 31.0) / (0.1 * mean)).powi(2);
    assert!(lasted > 0.7 * needed && lasted < 2.2 * needed, "{what}: {lasted} against {needed}");
}

#[test]
fn the_number_at_a_station_stops_with_intervals_as_wide_as_its_variance_constant_says() {
    for (of, runs) in family("mm1").iter().map(case).zip([400, 300, 100]) {
        let (arrives, serves) = (of.number("arrival_rate"), of.number("service_rate"));
        let (mean, constant) = (of.exact("mean_number_in_system"), of.exact("asymptotic_variance_number"));
        let load = arrives / serves;
        // a first look at a quarter of it
        let needed = constant * (1.96 / (0.1 * mean)).powi(2);
        let stretches = |run: u32| -> Box<dyn FnMut(f64) -> f64> {
            let mut rng = Stream::root(Seed(31)).named(&of.name).replication(run).rng();
            let number = (rng.uniform().ln() / load.ln()) as u32;
            let mut queue = Number { rng, arrives, serves, number };
            Box::new(move |length| queue.over(length))
        };
        let seen = repeated(runs, mean, needed / 256.0, &stretches);
        assert_sure(&of.name, seen, mean, constant, runs);
    }
}

#[test]
fn waits_in_a_queue_stop_with_intervals_that_cover() {
    for (of, runs) in family("mm1").iter().map(case).zip([400, 300, 100]) {
        let (arrives, serves) = (of.number("arrival_rate"), of.number("service_rate"));
        let (mean, load) = (of.exact("mean_wait"), arrives / serves);
        // Daley (1968), "The serial correlation coefficients of waiting times in a stationary single server queue", J. Austral.
        // Math. Soc. 8, 683–699: the sum of all autocovariances of waits, with services of mean 1
        let constant = load * (2.0 + 5.0 * load - 4.0 * load.powi(2) + load.powi(3)) / (1.0 - load).powi(4) / serves.powi(2);
        let needed = constant * (1.96 / (0.1 * mean)).powi(2);
        let stretches = |run: u32| -> Box<dyn FnMut(f64) -> f64> {
            let mut rng = Stream::root(Seed(32)).named(&of.name).replication(run).rng();
            let waits = rng.uniform() < load;
            let wait = if waits { rng.exponential() / (serves - arrives) } else { 0.0 };
            let mut queue = Waits { rng, arrives, serves, wait };
            Box::new(move |customers| queue.over(customers))
        };
        let seen = repeated(runs, mean, (needed / 256.0).ceil(), &stretches);
        assert_sure(&of.name, seen, mean, constant, runs);
    }
}

/// Five standard errors of Student's law with 31 degrees, and what the sketch is off.
fn near(what: &str, seen: &Sure, exact: f64) {
    assert_within(what, seen.value, exact, 5.0 * seen.standard_error + 1e-6 * exact.abs());
}

#[test]
fn growth_into_a_capacity_is_projected_as_the_cases_have_it() {
    let mut cases = 0;
    for of in family("gbm_first_passage").iter().map(case) {
        let months = of.whole("horizon") as usize;
        let question = Question {
            start: Distribution::constant(of.number("x0")),
            growth: Distribution::constant((of.number("growth_mu") / 12.0).exp_m1()),
            volatility: Distribution::constant(of.number("volatility") / 12_f64.sqrt()),
            months,
            events: Vec::new(),
            correlations: Vec::new(),
            capacity: Some(vec![of.number("capacity"); months]),
        };
        let projection = Projection::new(question).unwrap();
        for way in [Way::Plain, Way::Sobol(Construction::Bridge)] {
            let rule = Stopping::at_precision(0.005, CONFIDENCE, 1, 16).unwrap();
            let percents: Vec<(&String, f64)> = of
                .expected
                .iter()
                .filter_map(|(quantity, _, _)| {
                    let digits = quantity.strip_prefix('p')?.strip_suffix("_at_horizon")?;
                    Some((quantity, digits.parse::<f64>().ok()? / 100.0))
                })
                .collect();
            let shares: Vec<f64> = percents.iter().map(|(_, p)| *p).collect();
            let stream = Stream::root(Seed(33)).named(&of.name);
            let sampling = Sampling { way, control: false };
            let seen = project(&projection, sampling, stream, &shares, &rule, |_| true);
            assert!(seen.stopped.is_some_and(|why| why != Why::Interrupted));
            let last = seen.months.last().unwrap();
            let what = |quantity: &str| format!("{} {way:?}: {quantity}", of.name);
            near(&what("mean"), &last.mean, of.exact("mean_at_horizon"));
            for ((quantity, _), quantile) in percents.iter().zip(&last.quantiles) {
                near(&what(quantity), quantile, of.exact(quantity));
            }
            let monthly = of.expected.iter().find(|one| one.0 == "p_hit_monthly_cumulative").unwrap().1.as_array().unwrap();
            for (month, exact) in seen.months.iter().zip(monthly) {
                let (reached, exact) = (month.reached.unwrap(), exact.as_f64().unwrap());
                // where fewer than a hundred paths hit, their number is a Poisson count and its own error too small a guide
                if exact * seen.paths as f64 > 100.0 {
                    near(&what(&format!("hit by month {}", month.month)), &reached, exact);
                }
            }
            near(&what("hit"), &last.reached.unwrap(), of.exact("p_hit_by_horizon_monthly"));
            cases += 1;
        }
    }
    assert!(cases == 0 || cases >= 8, "{cases}");
}
