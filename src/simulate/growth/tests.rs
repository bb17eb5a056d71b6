use super::block::PATHS_PER_BLOCK;
use super::draws::{Scores, Source};
use super::*;
use crate::simulate::exact::{Start, Walk};
use crate::simulate::stopping::{Stopping, Why};
use crate::stats::{Distribution, normal_quantile, percentile_of_sorted};
use crate::stream::{Seed, Stream};

const P: [f64; 3] = [0.05, 0.5, 0.95];
const WAYS: [Way; 4] = [Way::Plain, Way::Antithetic, Way::Sobol(Construction::Bridge), Way::Sobol(Construction::Principal)];

fn known(start: f64, growth: f64, volatility: f64, months: usize) -> Question {
    Question {
        start: Distribution::constant(start),
        growth: Distribution::constant(growth),
        volatility: Distribution::constant(volatility),
        months,
        events: Vec::new(),
        correlations: Vec::new(),
        capacity: None,
    }
}

fn sampling(way: Way) -> Sampling {
    Sampling { way, control: false }
}

fn stream(seed: u64) -> Stream {
    Stream::root(Seed(seed)).named("growth")
}

fn played(question: Question, sampling: Sampling, seed: u64, blocks: u32) -> Answer {
    let projection = Projection::new(question).expect("a projection");
    play(&projection, sampling, stream(seed), 0..blocks).answer(&P, 0.95).expect("whole rounds")
}

/// Five standard errors of Student's law with 31 degrees (P = 2e-5 beyond), and what the sketch is off.
fn assert_near(what: &str, seen: &Sure, exact: f64) {
    let off = (seen.value - exact).abs();
    assert!(off <= 5.0 * seen.standard_error + 1e-6 * exact.abs(), "{what}: {seen:?}, exactly {exact}");
}

#[test]
fn months_have_the_lognormal_mean_and_quantiles_in_every_way_of_sampling() {
    for way in WAYS {
        let seen = played(known(1_200.0, 0.03, 0.08, 14), sampling(way), 1, 64);
        assert_eq!(seen.paths, 65_536);
        for month in &seen.months {
            let t = month.month as f64;
            assert_near(&format!("{way:?} mean"), &month.mean, 1_200.0 * 1.03_f64.powf(t));
            for (p, quantile) in P.iter().zip(&month.quantiles) {
                let log = 1_200_f64.ln() + t * (1.03_f64.ln() - 0.0032) + 0.08 * t.sqrt() * normal_quantile(*p);
                assert_near(&format!("{way:?} {p}"), quantile, log.exp());
            }
        }
    }
}

#[test]
fn the_capacity_is_reached_as_often_as_the_walk_by_convolution() {
    for way in WAYS {
        let mut question = known(1_200.0, 0.03, 0.08, 24);
        question.capacity = Some(vec![2_000.0; 24]);
        let seen = played(question, sampling(way), 2, 64);
        let walk = Walk::new(1.0, 1.03_f64.ln() - 0.0032, 0.08).expect("a walk");
        let exact = walk.hit_by((2_000_f64 / 1_200.0).ln(), 24, Start::At(0.0)).expect("a level");
        for (month, exact) in seen.months.iter().zip(&exact) {
            let reached = month.reached.expect("a capacity");
            // where fewer than a hundred paths hit, their number is a Poisson count and its own error too small a guide
            if exact * seen.paths as f64 > 100.0 {
                assert_near(&format!("{way:?} {}", month.month), &reached, *exact);
            }
            assert!(reached.low <= reached.value && reached.value <= reached.high);
        }
        for passage in &seen.passages {
            let month = exact.iter().position(|p| *p >= passage.p).map(|place| place + 1);
            assert!(passage.earliest <= month && month.is_none_or(|month| passage.latest.is_none_or(|latest| month <= latest)));
        }
    }
}

#[test]
fn a_line_that_no_path_reaches_has_a_bound_and_one_below_the_start_is_reached_at_once() {
    let mut question = known(100.0, 0.01, 0.01, 2);
    question.capacity = Some(vec![1e6; 2]);
    let seen = played(question.clone(), sampling(Way::Plain), 3, 32);
    let reached = seen.months[1].reached.unwrap();
    // 1 - 0.05^(1/n)
    assert_eq!((reached.value, reached.low), (0.0, 0.0));
    assert!((reached.high - 2.995_732 / 32_768.0).abs() < 1e-8);
    assert_eq!((seen.passages[0].month, seen.passages[0].earliest, seen.passages[0].latest), (None, None, None));
    question.capacity = Some(vec![50.0; 2]);
    let seen = played(question, sampling(Way::Plain), 3, 32);
    assert_eq!(seen.months[0].reached.unwrap().value, 1.0);
    assert_eq!(seen.passages[2].month, Some(1));
}

#[test]
fn uncertain_inputs_that_go_together_add_their_variances() {
    // ln X = ln start + ln factor + a walk: normal, with twice the covariance of the two scores, 2 sin(π r/6)
    let mut question = known(1.0, 0.02, 0.05, 4);
    question.start = Distribution::Lognormal { median: 100.0, sigma: 0.2 };
    question.events =
        vec![Event { month: 3, change: Change::Multiplies, size: Distribution::Lognormal { median: 0.8, sigma: 0.3 } }];
    question.correlations = vec![(Input::Event(0), Input::Start, 0.6)];
    let rho = 2.0 * (std::f64::consts::PI * 0.1).sin();
    for way in WAYS {
        let seen = played(question.clone(), sampling(way), 4, 64);
        for month in &seen.months {
            let t = month.month as f64;
            let (centre, extra) = if t < 3.0 { (100_f64.ln(), 0.0) } else { (80_f64.ln(), 0.09 + 2.0 * rho * 0.06) };
            let variance = 0.04 + extra + t * 0.0025;
            let centre = centre + t * (1.02_f64.ln() - 0.00125);
            assert_near(&format!("{way:?} mean {t}"), &month.mean, (centre + variance / 2.0).exp());
            for (p, quantile) in P.iter().zip(&month.quantiles) {
                assert_near(&format!("{way:?} {p} {t}"), quantile, (centre + variance.sqrt() * normal_quantile(*p)).exp());
            }
        }
    }
}

#[test]
fn launches_add_to_the_mean_what_they_have_grown_to() {
    let mut question = known(1_000.0, 0.04, 0.1, 6);
    question.growth = Distribution::quantiles(&[(0.1, 0.02), (0.5, 0.04), (0.9, 0.05)]);
    question.events = vec![
        Event { month: 4, change: Change::Adds, size: Distribution::Uniform { low: 100.0, high: 500.0 } },
        Event { month: 2, change: Change::Adds, size: Distribution::constant(50.0) },
    ];
    // E (1 + g)^k by the midpoint rule over the quantile function
    let grown = |k: i32| {
        let cell = |n: u32| (1.0 + question.growth.quantile((f64::from(n) + 0.5) / 20_000.0)).powi(k);
        (0..20_000).map(cell).sum::<f64>() / 20_000.0
    };
    for (way, control) in [(Way::Plain, false), (Way::Sobol(Construction::Bridge), true), (Way::Antithetic, true)] {
        let seen = played(question.clone(), Sampling { way, control }, 5, 64);
        for month in &seen.months {
            let k = month.month as i32;
            let launched = |at: i32, size: f64| if k >= at { size * grown(k - at) } else { 0.0 };
            let exact = 1_000.0 * grown(k) + launched(4, 300.0) + launched(2, 50.0);
            assert_near(&format!("{way:?} {k}"), &month.mean, exact);
        }
    }
}

/// One path after the other with the functions of the standard library, all values kept.
fn slow_twin(projection: &Projection, way: Way, seed: u64, blocks: u32) -> (Vec<Vec<f64>>, Vec<u64>) {
    let question = projection.question();
    let width = PATHS_PER_BLOCK;
    let mut months = vec![Vec::new(); question.months];
    let mut reached = vec![0; question.months];
    for block in 0..blocks {
        let source = Source::new(projection, way, stream(seed), block % BATCHES);
        let mut scores = Scores::new(projection, way, width);
        source.fill(block, &mut scores, width);
        for path in 0..width {
            let mut inputs = scores.inputs.chunks(width).map(|row| row[path]);
            let values: Vec<f64> = projection
                .laws
                .iter()
                .map(|law| {
                    let mut value = [if law.is_known() { 0.0 } else { inputs.next().unwrap() }];
                    law.apply(&mut value);
                    value[0]
                })
                .collect();
            let (mut x, mut was) = (values[0], false);
            for month in 0..question.months {
                let step = values[2] * scores.steps[month * width + path];
                x *= (1.0 + values[1]) * (step - values[2] * values[2] / 2.0).exp();
                for (event, size) in question.events.iter().zip(&values[3..]).filter(|(event, _)| event.month == month + 1) {
                    x = if event.change == Change::Adds { x + size } else { x * size };
                }
                was |= x >= question.capacity.as_ref().map_or(f64::INFINITY, |line| line[month]);
                reached[month] += u64::from(was);
                months[month].push(x);
            }
        }
    }
    (months, reached)
}

fn rich() -> Question {
    let mut question = known(1.0, 0.02, 0.05, 5);
    question.start = Distribution::Lognormal { median: 1_200.0, sigma: 0.15 };
    question.growth = Distribution::Normal { mean: 0.03, sd: 0.01 };
    question.volatility = Distribution::Uniform { low: 0.01, high: 0.05 };
    let size = |low, high| Distribution::Uniform { low, high };
    question.events = vec![
        Event { month: 2, change: Change::Adds, size: size(100.0, 300.0) },
        Event { month: 2, change: Change::Multiplies, size: size(0.8, 1.1) },
        Event { month: 5, change: Change::Adds, size: size(0.0, 50.0) },
    ];
    question.correlations = vec![(Input::Start, Input::Growth, -0.4), (Input::Event(0), Input::Growth, 0.5)];
    question.capacity = Some(vec![1_500.0, 1_500.0, 1_500.0, 1_700.0, 1_700.0]);
    question
}

#[test]
fn blocks_agree_with_a_path_at_a_time_and_the_sketch_with_sorted_values() {
    let projection = Projection::new(rich()).unwrap();
    for way in WAYS {
        let seen = play(&projection, sampling(way), stream(6), 0..32).answer(&P, 0.95).unwrap();
        let (mut months, reached) = slow_twin(&projection, way, 6, 32);
        for (month, (values, reached)) in seen.months.iter().zip(months.iter_mut().zip(reached)) {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!((month.mean.value / mean - 1.0).abs() < 1e-12, "{way:?}");
            values.sort_by(f64::total_cmp);
            for (p, quantile) in P.iter().zip(&month.quantiles) {
                let exact = percentile_of_sorted(values, *p).unwrap();
                assert!((quantile.value / exact - 1.0).abs() <= 2e-4, "{way:?} {p}: {quantile:?} {exact}");
            }
            // a path within rounding of the line may be told on its other side: none of these is
            let seen = month.reached.unwrap().value * values.len() as f64;
            assert!((seen - reached as f64).abs() < 1e-6, "{way:?}: {seen} {reached}");
        }
    }
}

#[test]
fn any_split_any_order_and_any_number_of_threads_give_the_same_bytes() {
    let projection = Projection::new(rich()).unwrap();
    for way in WAYS {
        let sampling = Sampling { way, control: true };
        let part = |blocks| play(&projection, sampling, stream(7), blocks);
        let bytes = |part: &Part| serde_json::to_string(&part.answer(&P, 0.95).unwrap()).unwrap();
        let whole = bytes(&part(0..96));
        for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]] {
            let parts = [part(0..5), part(5..50), part(50..83), part(83..96)];
            let mut merged = part(0..0);
            for place in &order {
                merged.merge(&parts[*place]).unwrap();
            }
            assert_eq!(bytes(&merged), whole, "{way:?} {order:?}");
        }
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(bytes(&alone.install(|| part(0..96))), whole);
        assert_eq!(bytes(&three.install(|| part(0..96))), whole);
    }
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let projection = Projection::new(known(1.0, 0.0, 0.1, 2)).unwrap();
    let part = |way, seed, blocks| play(&projection, sampling(way), stream(seed), blocks);
    let mut one = part(Way::Plain, 1, 0..20);
    assert_eq!(one.merge(&part(Way::Plain, 2, 20..32)), Err(Foreign::Question));
    assert_eq!(one.merge(&part(Way::Antithetic, 1, 20..32)), Err(Foreign::Question));
    assert_eq!(one.merge(&part(Way::Plain, 1, 19..32)), Err(Foreign::Overlap(19)));
    assert_eq!(one.answer(&P, 0.95), Err(Foreign::Uneven(20)));
    one.merge(&part(Way::Plain, 1, 24..32)).unwrap();
    assert_eq!(one.answer(&P, 0.95), Err(Foreign::Hole(20)));
    one.merge(&part(Way::Plain, 1, 20..24)).unwrap();
    assert!(one.answer(&P, 0.95).is_ok());
    assert_eq!(part(Way::Plain, 1, 3..32).answer(&P, 0.95), Err(Foreign::Hole(0)));
}

/// The mean over seeds of squared standard errors, per path, of mean and median of a month counted from 0.
fn variances(question: &Question, sampling: Sampling, months: &[usize]) -> Vec<[f64; 2]> {
    let mut sums = vec![[0.0; 2]; months.len()];
    for seed in 0..SEEDS {
        let seen = played(question.clone(), sampling, 100 + seed, 32);
        for (sum, month) in sums.iter_mut().zip(months) {
            let errors = [&seen.months[*month].mean, &seen.months[*month].quantiles[1]];
            let each = errors.map(|sure| sure.standard_error.powi(2) * seen.paths as f64 / SEEDS as f64);
            *sum = [sum[0] + each[0], sum[1] + each[1]];
        }
    }
    sums
}

const SEEDS: u64 = 20;
/// Five standard errors of a variance from 20 seeds with 31 degrees of freedom each: 5 √(2/620).
const SURE: f64 = 0.284;

#[test]
fn antithetic_paths_and_a_control_take_off_as_much_variance_as_they_should() {
    // variance of e^(sZ - s²/2): e^(s²) - 1; of a pair's mean, twice: times 1 - e^(-s²)
    let s2: f64 = 3.0 * 0.01;
    let plain = s2.exp_m1();
    let question = known(1.0, 0.0, 0.1, 3);
    let mean = |question: &Question, way, control| variances(question, Sampling { way, control }, &[2])[0][0];
    let seen = mean(&question, Way::Plain, false);
    assert!((seen / plain - 1.0).abs() < SURE, "{seen} {plain}");
    let seen = mean(&question, Way::Antithetic, false);
    let paired = plain * -(-s2).exp_m1();
    assert!((seen / paired - 1.0).abs() < SURE, "{seen} {paired}");
    // the control is the path itself: nothing is left but rounding
    assert!(mean(&question, Way::Plain, true) < 1e-20);
    // start and path independent: what the path explains is E(S)² Var(P) of Var(SP); the fitted slope costs 31/30 × 30/29
    let uncertain = Question { start: Distribution::Lognormal { median: 1.0, sigma: 0.1 }, ..question };
    let (first, second): (f64, f64) = (0.005_f64.exp(), 0.02_f64.exp());
    let left = second * s2.exp() - first * first - first * first * s2.exp_m1();
    let seen = mean(&uncertain, Way::Plain, true);
    assert!((seen / left - 31.0 / 29.0).abs() < SURE, "{seen} {left}");
}

#[test]
#[expect(clippy::disallowed_macros, reason = "the table of docs/concepts/growth-paths.md is what it tells")]
fn sobol_points_take_off_most_of_the_variance() {
    let question = known(1.0, 0.0, 0.1, 12);
    let of = |way| variances(&question, sampling(way), &[5, 11]);
    let plain = of(Way::Plain);
    let bridge = of(Way::Sobol(Construction::Bridge));
    let principal = of(Way::Sobol(Construction::Principal));
    for (month, at) in [(6, 0), (12, 1)] {
        for (what, kind) in [("mean", 0), ("median", 1)] {
            let off = |of: &[[f64; 2]]| plain[at][kind] / of[at][kind];
            println!("{what}, month {month}: {:.0} {:.0}", off(&bridge), off(&principal));
        }
    }
    // the bridge makes the last month of its first score alone, one point in each of 1,024 strata: its variance is at most what
    // is left within strata, 1/1,367 of the plain one (by the closed form of the moments of each stratum); the outermost
    // stratum has long tails, so twice that is allowed
    assert!(bridge[1][0] < plain[1][0] * 2.0 / 1_367.0, "{} {}", bridge[1][0], plain[1][0]);
    // principal components: the first score has 2/3 and more of the variance of each late month, and is as evenly spread; a
    // half is the least that this must take off, medians included, whose indicator is no smooth function
    for (seen, plain) in principal.iter().chain(&bridge).zip(plain.iter().cycle()) {
        assert!(seen[0] < plain[0] / 2.0 && seen[1] < plain[1] / 2.0, "{seen:?} {plain:?}");
    }
}

#[test]
fn intervals_cover_as_often_as_they_say() {
    let runs = 300;
    let mut question = known(1.0, 0.02, 0.1, 2);
    question.capacity = Some(vec![1.2; 2]);
    let walk = Walk::new(1.0, 1.02_f64.ln() - 0.005, 0.1).unwrap();
    let hit = walk.hit_by(1.2_f64.ln(), 2, Start::At(0.0)).unwrap()[1];
    let at = |p: f64| (2.0 * (1.02_f64.ln() - 0.005) + 0.1 * 2_f64.sqrt() * normal_quantile(p)).exp();
    let exact = [1.02_f64.powi(2), at(0.05), at(0.5), at(0.95), hit];
    for way in WAYS {
        let mut inside = [0_u32; 5];
        for seed in 0..runs {
            let seen = played(question.clone(), sampling(way), 1_000 + seed, 32);
            let last = &seen.months[1];
            let all = [last.mean, last.quantiles[0], last.quantiles[1], last.quantiles[2], last.reached.unwrap()];
            for ((count, sure), exact) in inside.iter_mut().zip(all).zip(exact) {
                *count += u32::from(sure.low <= exact && exact <= sure.high);
            }
        }
        let five_errors = 5.0 * (0.95 * 0.05 / runs as f64).sqrt();
        for (what, count) in inside.into_iter().enumerate() {
            let share = f64::from(count) / runs as f64;
            assert!(share - 0.95 > -five_errors, "{way:?}: {inside:?}");
            // medians of mirrored or stratified paths are surer than a count of paths can say
            assert!(share - 0.95 < five_errors || (what == 2 && way != Way::Plain), "{way:?}: {inside:?}");
        }
    }
}

#[test]
fn a_projection_stops_when_it_is_sure_enough_or_has_to() {
    let projection = Projection::new(known(100.0, 0.02, 0.1, 12)).unwrap();
    let ask = |sampling, relative, most, go_on: bool| {
        let stopping = Stopping::at_precision(relative, 0.95, 1, most).unwrap();
        project(&projection, sampling, stream(8), &P, &stopping, |_| go_on)
    };
    let sure = ask(sampling(Way::Plain), 0.004, 64, true);
    assert_eq!(sure.stopped, Some(Why::Precise));
    assert!(sure.relative_half_width() <= 0.004);
    // the 95 % point at a year, relative: 2.04 × √(0.0475/n) / 0.103 × 0.346 = 0.004 at n = 139,000: 5 rounds, so 8
    assert!((65_536..=262_144).contains(&sure.paths), "{}", sure.paths);
    assert!(ask(sampling(Way::Sobol(Construction::Bridge)), 0.004, 64, true).paths < sure.paths);
    let cut = ask(sampling(Way::Plain), 1e-5, 2, true);
    assert_eq!((cut.stopped, cut.paths), (Some(Why::Budget), 65_536));
    let cut = ask(sampling(Way::Plain), 1e-5, 64, false);
    assert_eq!((cut.stopped, cut.paths), (Some(Why::Interrupted), 32_768));
    // rounds one by one are the blocks at once
    let mut at_once = play(&projection, sampling(Way::Plain), stream(8), 0..sure.paths as u32 / 1_024).answer(&P, 0.95).unwrap();
    at_once.stopped = sure.stopped;
    assert_eq!(at_once, sure);
}

#[test]
fn questions_that_cannot_be_are_refused_with_what_is_accepted() {
    let good = known(1.0, 0.0, 0.1, 2);
    let uniform = |low, high| Distribution::Uniform { low, high };
    let event = |month, change, size| vec![Event { month, change, size }];
    let cases = [
        (Question { months: 0, ..good.clone() }, "the number of months is 0, expected 1 to 480"),
        (Question { start: Distribution::constant(0.0), ..good.clone() }, "start reaches from 0 to 0, expected an amount above"),
        (Question { start: Distribution::Normal { mean: 1.0, sd: 0.5 }, ..good.clone() }, "start reaches from -3.15"),
        (Question { growth: uniform(-1.5, 0.0), ..good.clone() }, "growth reaches from -1.5"),
        (Question { volatility: Distribution::constant(f64::NAN), ..good.clone() }, "volatility: value is NaN"),
        (Question { volatility: Distribution::Gamma { shape: 1.0, scale: 1.0 }, ..good.clone() }, "volatility is a gamma law"),
        (Question { events: event(3, Change::Adds, uniform(0.0, 1.0)), ..good.clone() }, "the month of an event is 3"),
        (Question { events: event(1, Change::Adds, uniform(-1.0, 1.0)), ..good.clone() }, "event 1 reaches from -"),
        (Question { capacity: Some(vec![1.0]), ..good.clone() }, "the number of capacities is 1"),
        (Question { capacity: Some(vec![1.0, -2.0]), ..good.clone() }, "the capacity of month 2 is -2"),
        (Question { correlations: vec![(Input::Start, Input::Growth, 0.5)], ..good.clone() }, "start and growth cannot go"),
    ];
    for (question, message) in cases {
        let told = Projection::new(question).unwrap_err().to_string();
        assert!(told.starts_with(message), "{told}");
    }
    let three = Question { start: uniform(1.0, 2.0), growth: uniform(0.0, 0.1), volatility: uniform(0.0, 0.1), ..good };
    let pairs = [(Input::Start, Input::Growth, 0.9), (Input::Growth, Input::Volatility, 0.9)];
    let with = |last: f64| {
        let correlations = pairs.into_iter().chain([(Input::Start, Input::Volatility, last)]).collect();
        Projection::new(Question { correlations, ..three.clone() }).map(|_| ())
    };
    assert_eq!(with(0.9), Ok(()));
    assert_eq!(with(-0.9), Err(Invalid::Correlations));
    assert_eq!(with(1.0), Err(Invalid::Correlation(Input::Start, Input::Volatility, 1.0)));
}
