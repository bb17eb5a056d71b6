use super::super::Invalid;
use super::{Chain, explore};
use crate::stream::{Seed, Stream};

/// Relative to what is expected, however small.
#[track_caller]
fn close(seen: f64, expected: f64, relative: f64) {
    assert!((seen - expected).abs() <= relative * expected.abs(), "{seen:e} against {expected:e}");
}

/// A random chain in which every state leads to every other, its rates over six orders of magnitude.
fn random(states: usize, seed: u64) -> Chain {
    let mut draws = Stream::root(Seed(seed)).named("chain").rng();
    let mut rates: Vec<(usize, usize, f64)> =
        (0..states).map(|from| (from, (from + 1) % states, 10_f64.powf(-6.0 * draws.uniform()))).collect();
    for _ in 0..2 * states {
        let state = |u: f64| (u * states as f64) as usize;
        rates.push((state(draws.uniform()), state(draws.uniform()), 10_f64.powf(-6.0 * draws.uniform())));
    }
    Chain::new(states, rates).unwrap()
}

/// The slow twin of a course: exp(Qt) by 2^doublings short Taylor steps, a dense matrix squared again and again.
fn by_squaring(chain: &Chain, hours: f64) -> Vec<Vec<f64>> {
    let n = chain.states();
    let fastest = (0..n).map(|state| chain.exit(state)).fold(0.0, f64::max);
    let doublings = (fastest * hours * 16.0).log2().ceil().max(0.0) as i32;
    let step = hours / 2_f64.powi(doublings);
    let product = |a: &[Vec<f64>], b: &[Vec<f64>]| -> Vec<Vec<f64>> {
        (0..n).map(|i| (0..n).map(|j| (0..n).map(|k| a[i][k] * b[k][j]).sum()).collect()).collect()
    };
    let mut jump = vec![vec![0.0; n]; n];
    for (from, row) in jump.iter_mut().enumerate() {
        row[from] = 1.0 - chain.exit(from) * step;
        for (to, rate) in chain.rates(from) {
            row[*to] = rate * step;
        }
    }
    // exp(Qs) = e^-1 Σ (I + Qs)^k ÷ k!: all terms are positive, as the step is short
    let mut power: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let mut sum = vec![vec![0.0; n]; n];
    let mut weight = (-1.0_f64).exp();
    for k in 0..40 {
        for (into, from) in sum.iter_mut().flatten().zip(power.iter().flatten()) {
            *into += weight * from;
        }
        power = product(&power, &jump);
        weight /= f64::from(k + 1);
    }
    for _ in 0..doublings {
        sum = product(&sum, &sum);
        for row in &mut sum {
            let total: f64 = row.iter().sum();
            for p in row {
                *p /= total;
            }
        }
    }
    sum
}

#[test]
fn the_long_run_balances_what_enters_and_leaves_each_state() {
    for seed in 0..20 {
        let chain = random(30, seed);
        let steady = chain.steady().unwrap();
        for state in 0..chain.states() {
            let only: Vec<bool> = (0..chain.states()).map(|one| one == state).collect();
            close(chain.frequency_into(&only, &steady), steady[state] * chain.exit(state), 1e-13);
        }
    }
}

#[test]
fn a_birth_death_chain_keeps_its_digits_at_1e_minus_200() {
    // π(i) = (λ/μ)^i (1 − λ/μ) ÷ (1 − (λ/μ)^n)
    let (n, birth, death) = (51, 1e-4, 1.0);
    let rates = (0..n - 1).flat_map(|i| [(i, i + 1, birth), (i + 1, i, death)]);
    let steady = Chain::new(n, rates).unwrap().steady().unwrap();
    for (i, p) in steady.iter().enumerate() {
        close(*p, 1e-4_f64.powi(i as i32) * (1.0 - 1e-4), 1e-13);
    }
}

#[test]
fn states_that_are_left_for_good_have_no_part_in_the_long_run() {
    let chain = Chain::new(4, [(0, 1, 1.0), (1, 2, 1.0), (2, 3, 2.0), (3, 2, 6.0)]).unwrap();
    let steady = chain.steady().unwrap();
    assert_eq!(steady[..2], [0.0, 0.0]);
    close(steady[2], 0.75, 1e-15);
    let two_ends = Chain::new(3, [(0, 1, 1.0), (0, 2, 1.0)]).unwrap();
    assert_eq!(two_ends.steady(), Err(Invalid::SeveralClosedClasses));
    assert_eq!(Chain::new(1, []).unwrap().steady(), Ok(vec![1.0]));
}

#[test]
fn a_course_is_the_exponential_of_the_rates() {
    for (seed, hours) in (0..12).zip([1e-3, 0.3, 7.0, 90.0, 2e3, 5e4].into_iter().cycle()) {
        let chain = random(12, seed);
        let slow = by_squaring(&chain, hours);
        let seen = chain.course(&chain.start(0), hours).unwrap();
        for (seen, slow) in seen.at_end.iter().zip(&slow[0]) {
            // entries of less than 1e-20 are beyond the twin's series
            assert!((seen - slow).abs() <= 1e-11 * slow + 1e-20, "{hours} h: {seen:e} against {slow:e}");
        }
        close(seen.time_in.iter().sum(), hours, 1e-12);
    }
}

#[test]
fn first_passages_agree_with_the_exponential_of_the_rates_and_sum_to_one() {
    for (seed, hours) in (0..12).zip([0.1, 10.0, 1e3, 1e5].into_iter().cycle()) {
        let chain = random(10, seed);
        let targets: Vec<bool> = (0..10).map(|state| state >= 8).collect();
        let slow = by_squaring(&chain.with_absorbing(&targets), hours);
        let seen = chain.first_passage(&chain.start(0), &targets, hours).unwrap();
        let met: f64 = slow[0][8..].iter().sum();
        assert!((seen.met - met).abs() <= 1e-11 * met + 1e-20, "{seen:?} against {met:e}");
        close(seen.met + seen.not_met, 1.0, 1e-12);
    }
}

#[test]
fn a_rare_passage_over_a_long_time_keeps_its_digits() {
    // a pair: λ from good, μ back, absorbed at λ from one failed: P(t) = 1 − (s₂ e^(−s₁ t) − s₁ e^(−s₂ t)) ÷ (s₂ − s₁), s₁ s₂ = 2λ²
    let (fail, repair, hours) = (1e-9, 1.0, 1e6);
    let chain = Chain::new(3, [(0, 1, 2.0 * fail), (1, 0, repair), (1, 2, fail)]).unwrap();
    let sum = 3.0 * fail + repair;
    let s2 = f64::midpoint(sum, (sum * sum - 8.0 * fail * fail).sqrt());
    let s1 = 2.0 * fail * fail / s2;
    // 1 − e^(−s₁t) − s₁ (e^(−s₁t) − e^(−s₂t)) ÷ (s₂ − s₁)
    let expected = -(-s1 * hours).exp_m1() - s1 * ((-s1 * hours).exp() - (-s2 * hours).exp()) / (s2 - s1);
    let seen = chain.first_passage(&chain.start(0), &[false, false, true], hours).unwrap();
    close(seen.met, expected, 1e-12);
    assert!(expected < 3e-12);
}

#[test]
fn what_needs_more_jumps_than_there_is_time_for_is_not_lost() {
    // Erlang-150 within an hour at one jump an hour: P(N ≥ 150) = e^-1 ÷ 150! × (1 + 1/151 + …)
    let chain = Chain::new(151, (0..150).map(|i| (i, i + 1, 1.0))).unwrap();
    let last: Vec<bool> = (0..151).map(|state| state == 150).collect();
    let log_factorial: f64 = (1..=150).map(|k| f64::from(k).ln()).sum();
    let tail = 1.0 + 1.0 / 151.0 * (1.0 + 1.0 / 152.0 * (1.0 + 1.0 / 153.0 * (1.0 + 1.0 / 154.0 * (1.0 + 1.0 / 155.0))));
    let seen = chain.first_passage(&chain.start(0), &last, 1.0).unwrap();
    close(seen.met, (-1.0 - log_factorial).exp() * tail, 1e-11);
}

#[test]
fn a_decay_to_almost_nothing_keeps_its_digits() {
    // one state left at rate 1: e^(−500) after 500 h, and at rate 0.1 beside a faster state that is never entered
    let chain = Chain::new(2, [(0, 1, 1.0)]).unwrap();
    close(chain.course(&chain.start(0), 500.0).unwrap().at_end[0], (-500.0_f64).exp(), 1e-11);
    let beside = Chain::new(3, [(0, 1, 0.1), (2, 1, 3.0)]).unwrap();
    close(beside.course(&beside.start(0), 6_000.0).unwrap().at_end[0], (-600.0_f64).exp(), 1e-10);
}

#[test]
fn times_to_absorption_are_those_of_erlang_and_of_the_pair() {
    let erlang = Chain::new(4, [(0, 1, 2.0), (1, 2, 2.0), (2, 3, 2.0)]).unwrap();
    let end = [false, false, false, true];
    close(erlang.mean_time_to(&end)[0], 1.5, 1e-15);
    close(erlang.variance_of_time_to(&end)[0], 0.75, 1e-15);
    // mean of the pair: (3λ + μ) ÷ 2λ²
    let (fail, repair) = (1e-7, 0.5);
    let pair = Chain::new(3, [(0, 1, 2.0 * fail), (1, 0, repair), (1, 2, fail)]).unwrap();
    close(pair.mean_time_to(&[false, false, true])[0], (3.0 * fail + repair) / (2.0 * fail * fail), 1e-14);
}

#[test]
fn the_variance_is_the_second_moment_less_the_square_of_the_mean() {
    for seed in 0..10 {
        let chain = random(8, seed);
        let end: Vec<bool> = (0..8).map(|state| state == 5).collect();
        let mean = chain.mean_time_to(&end);
        let twice: Vec<f64> = mean.iter().map(|m| 2.0 * m).collect();
        let second = chain.reward_until(&end, &twice);
        close(chain.variance_of_time_to(&end)[0], second[0] - mean[0] * mean[0], 1e-9);
    }
}

#[test]
fn a_target_that_may_be_missed_takes_for_ever_but_has_a_probability() {
    // 0 leads to 1 (target) or to 2 (for ever)
    let chain = Chain::new(4, [(0, 1, 1.0), (0, 2, 3.0), (3, 1, 1.0)]).unwrap();
    let target = [false, true, false, false];
    assert_eq!(chain.mean_time_to(&target), [f64::INFINITY, 0.0, f64::INFINITY, 1.0]);
    assert_eq!(chain.p_reach(&target, &[false; 4]), [0.25, 1.0, 0.0, 1.0]);
    assert_eq!(chain.p_reach(&target, &[false, false, true, false]), [0.25, 1.0, 0.0, 1.0]);
}

#[test]
fn a_gambler_is_ruined_as_often_as_the_formula_says() {
    let (up, down, n) = (1.0, 3.0, 40);
    let chain = Chain::new(n + 1, (1..n).flat_map(|i| [(i, i + 1, up), (i, i - 1, down)])).unwrap();
    let only = |wanted: usize| -> Vec<bool> { (0..=n).map(|state| state == wanted).collect() };
    let seen = chain.p_reach(&only(n), &only(0))[1];
    // ((q/p) − 1) ÷ ((q/p)^n − 1)
    close(seen, 2.0 / (3.0_f64.powi(40) - 1.0), 1e-13);
}

#[test]
fn states_are_numbered_as_they_are_met_and_not_beyond_the_limit() {
    let next = |n: &u32| vec![(n + 1, 1.0), (n / 2, 2.0)];
    assert_eq!(explore(0_u32, 10, next).err(), Some(Invalid::TooManyStates { limit: 10 }));
    let (chain, states) = explore(3_u32, 10, |n| vec![((n * 2) % 7, 1.0)]).unwrap();
    assert_eq!(states, [3, 6, 5]);
    assert_eq!(chain.rates(2), [(0, 1.0)]);
}

#[test]
fn what_is_no_chain_is_told() {
    assert!(matches!(Chain::new(0, []), Err(Invalid::Number { .. })));
    assert!(matches!(Chain::new(2, [(0, 1, -1.0)]), Err(Invalid::Number { .. })));
    assert!(matches!(Chain::new(2, [(0, 1, f64::NAN)]), Err(Invalid::Number { .. })));
    assert_eq!(Chain::new(2, [(0, 2, 1.0)]), Err(Invalid::Missing { what: "state", seen: 2, count: 2 }));
    let chain = Chain::new(2, [(0, 1, 1.0), (0, 1, 2.0), (0, 0, 5.0)]).unwrap();
    assert_eq!((chain.rates(0), chain.exit(0)), (&[(1, 3.0)][..], 3.0));
    assert!(chain.course(&[1.0], 1.0).is_err());
    assert!(chain.course(&[1.0, 0.0], -1.0).is_err());
}
