//! What it would be worth to know more before deciding.
//!
//! A decision has options, each with a loss in every future. Without more knowledge the option with the least expected loss is taken.
//! With more, another one may be taken in some futures, and the expected loss that this avoids is the value of knowing. Raiffa &
//! Schlaifer (1961), *Applied Statistical Decision Theory*, ch. 4.

use super::pieces::{Pieces, sorted};
use super::sensitivity::LEAST_FUTURES;
use super::{Estimate, estimate, normal_quantile};
use crate::stream::{Address, Stream};

/// The futures are cut into so many parts; each is decided by what the others taught.
const PARTS: usize = 8;

fn same_lengths(losses: &[Vec<f64>]) -> Option<usize> {
    let futures = losses.first()?.len();
    (futures >= LEAST_FUTURES && losses.iter().all(|one| one.len() == futures)).then_some(futures)
}

/// The option with the least mean loss; of equal ones the first.
fn best(losses: &[Vec<f64>]) -> usize {
    let means: Vec<f64> = losses.iter().map(|one| one.iter().sum::<f64>()).collect();
    (0..means.len()).min_by(|a, b| means[*a].total_cmp(&means[*b])).unwrap_or(0)
}

/// The expected value of perfect information: what would be gained if the whole future were known before deciding.
///
/// E[loss of the best option on average - loss of the best option in each future], from `losses[option][future]`, with its standard
/// error. No knowledge of any kind is worth more. `None` without options, for unequal lengths or fewer than 200 futures.
#[must_use]
pub fn value_of_certainty(losses: &[Vec<f64>]) -> Option<Estimate> {
    let futures = same_lengths(losses)?;
    let taken = best(losses);
    let gain: Vec<f64> =
        (0..futures).map(|r| losses[taken][r] - losses.iter().map(|one| one[r]).fold(f64::INFINITY, f64::min)).collect();
    Some(estimate(gain.iter().copied()))
}

/// The expected value of knowing a signal (an uncertain number, or a measurement of it) before deciding, and nothing else: EVPPI.
///
/// The loss of each option is regressed on the signal by straight lines in stretches, and the option with the least expected loss at
/// the signal of a future is taken there. What an option is expected to lose is learned from seven eighths of the futures
/// and used in the other eighth, so that no future helps to decide itself: an irrelevant signal is worth nothing on average, and
/// errors of the regression can only make the value smaller. An eighth where deciding so gains nothing in the seven others stays with the
/// usual option, as knowledge need not be used: what is worth nothing is not told to be worth less. Regression on given data: Strong, Oakley & Brennan (2014), "Estimating multiparameter
/// partial expected value of perfect information", *Medical Decision Making* 34(3), 311–326. `None` as in [`value_of_certainty`], or for
/// signals of another number of futures.
#[must_use]
pub fn value_of_knowing(losses: &[Vec<f64>], signal: &[f64]) -> Option<Estimate> {
    let futures = same_lengths(losses).filter(|futures| *futures == signal.len())?;
    let taken = best(losses);
    let order = sorted(signal);
    let learned = |part: usize, option: usize| {
        let others = order.iter().map(|r| *r as usize).filter(|r| r % PARTS != part);
        // differences from the option taken otherwise: what all options share is no noise then
        let points: Vec<(f64, f64)> = others.map(|r| (signal[r], losses[option][r] - losses[taken][r])).collect();
        Pieces::fit(&points)
    };
    let curves: Vec<Vec<Option<Pieces>>> =
        (0..PARTS).map(|part| (0..losses.len()).map(|option| learned(part, option)).collect()).collect();
    let mut gain: Vec<f64> = (0..futures)
        .map(|r| {
            let expected = |option: usize| match &curves[r % PARTS][option] {
                Some(curve) if option != taken => curve.at(signal[r]),
                _ => 0.0,
            };
            let least = (0..losses.len()).min_by(|a, b| expected(*a).total_cmp(&expected(*b)));
            // an option must promise something to be taken in place of the usual one
            let choice = least.filter(|option| expected(*option) < 0.0).unwrap_or(taken);
            losses[taken][r] - losses[choice][r]
        })
        .collect();
    // who knows may also stay with the usual option: so does each part where deciding by the signal gains nothing in the others
    let mut sums = [0.0; PARTS];
    gain.iter().enumerate().for_each(|(r, gain)| sums[r % PARTS] += gain);
    let all: f64 = sums.iter().sum();
    for (_, gain) in gain.iter_mut().enumerate().filter(|(r, _)| all - sums[r % PARTS] <= 0.0) {
        *gain = 0.0;
    }
    Some(estimate(gain.iter().copied()))
}

/// What a sample of an uncertain number would show in each future: its normal score with the noise of a sample that takes away a
/// share `removed` of its variance, in (0, 1); the noise is drawn by `name` and the future.
///
/// For a normal number of variance s² and `n` observations with noise variance v each, `removed` is n s² / (n s² + v). Its
/// [`value_of_knowing`] is the expected value of that sample: Strong, Oakley, Brennan & Breeze (2015), "Estimating the expected value
/// of sample information using the probabilistic sensitivity analysis sample", *Medical Decision Making* 35(5), 570–583.
#[must_use]
pub fn sample_of(input: &[f64], removed: f64, stream: Stream, name: &str) -> Vec<f64> {
    let removed = removed.clamp(1e-6, 1.0);
    let noise = ((1.0 - removed) / removed).sqrt();
    let mut scores = vec![0.0; input.len()];
    let order = sorted(input);
    let score = |below: usize, through: usize| normal_quantile((below + through) as f64 / 2.0 / order.len() as f64);
    let mut below = 0;
    while below < order.len() {
        // equal numbers share the score in their middle
        let value = input[order[below] as usize];
        let through = below + order[below..].iter().take_while(|r| input[**r as usize] == value).count();
        order[below..through].iter().for_each(|r| scores[*r as usize] = score(below, through));
        below = through;
    }
    let stream = stream.named("sample").at(Address::of(name));
    let each = scores.iter().enumerate();
    each.map(|(r, score)| score + noise * stream.replication(r as u32).rng().normal()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{normal_density, normal_tail};
    use crate::stream::Seed;

    const FUTURES: u32 = 20_000;

    /// The unit normal loss integral: E[(Z - u)+].
    fn unit_loss(u: f64) -> f64 {
        normal_density(u) - u * normal_tail(u)
    }

    /// Two options: nothing, or something that gains `mean + a + b + noise`, a and b normal with these deviations.
    fn two_options(mean: f64, deviations: [f64; 2], noise: f64) -> (Vec<Vec<f64>>, [Vec<f64>; 2]) {
        let draw = |name: &str, deviation: f64| -> Vec<f64> {
            let stream = Stream::root(Seed(5)).named("two options").at(Address::of(name));
            (0..FUTURES).map(|r| deviation * stream.replication(r).rng().normal()).collect()
        };
        let inputs = [draw("a", deviations[0]), draw("b", deviations[1])];
        let rest = draw("rest", noise);
        let loss = (0..FUTURES as usize).map(|r| -(mean + inputs[0][r] + inputs[1][r] + rest[r])).collect();
        (vec![vec![0.0; FUTURES as usize], loss], inputs)
    }

    fn near(seen: Estimate, want: f64) {
        assert!((seen.value - want).abs() < 5.0 * seen.standard_error, "{seen:?}, expected {want}");
        assert!(seen.standard_error < 0.05 * want + 0.02, "too unsure to tell: {seen:?}");
    }

    #[test]
    fn two_normal_options_have_the_values_of_the_unit_normal_loss_integral() {
        for mean in [-1.0, 0.0, 0.5] {
            let (losses, inputs) = two_options(mean, [2.0, 1.0], 1.0);
            let value = |deviation: f64| deviation * unit_loss(mean.abs() / deviation);
            near(value_of_certainty(&losses).unwrap(), value(6.0_f64.sqrt()));
            near(value_of_knowing(&losses, &inputs[0]).unwrap(), value(2.0));
            near(value_of_knowing(&losses, &inputs[1]).unwrap(), value(1.0));
            // a sample that takes away a share ρ of the variance: the mean after it has the variance ρ s²
            for removed in [0.2, 0.5, 0.9_f64] {
                let shown = sample_of(&inputs[0], removed, Stream::root(Seed(6)), "a");
                near(value_of_knowing(&losses, &shown).unwrap(), value(2.0 * removed.sqrt()));
            }
        }
    }

    #[test]
    fn what_does_not_matter_for_the_decision_is_worth_nothing() {
        let (losses, _) = two_options(0.1, [1.0, 1.0], 1.0);
        let other: Vec<f64> = (0..FUTURES).map(|r| Stream::root(Seed(7)).replication(r).rng().normal()).collect();
        let seen = value_of_knowing(&losses, &other).unwrap();
        assert!(seen.value <= 5.0 * seen.standard_error, "{seen:?}");
        // an option that is always better leaves nothing to know
        let (mut sure, inputs) = two_options(0.0, [1.0, 1.0], 0.0);
        sure[1] = sure[0].iter().zip(&inputs[0]).map(|(nothing, a)| nothing - 10.0 - a.tanh()).collect();
        assert_eq!(value_of_certainty(&sure).unwrap(), Estimate::default());
        assert_eq!(value_of_knowing(&sure, &inputs[0]).unwrap(), Estimate::default());
    }

    #[test]
    fn knowledge_that_only_misleads_is_not_used() {
        // six options, each worse by 0.3 on average in futures that swing by 5: noise makes some look better at some signals
        let draw = |name: &str| -> Vec<f64> {
            let stream = Stream::root(Seed(8)).named("misleading").at(Address::of(name));
            (0..2_000).map(|r| stream.replication(r).rng().normal()).collect()
        };
        let mut losses = vec![vec![0.0; 2_000]];
        losses.extend((0..6).map(|k| draw(&k.to_string()).into_iter().map(|z| 0.3 + 5.0 * z).collect::<Vec<_>>()));
        let worth: Vec<Estimate> = (0..20).map(|k| value_of_knowing(&losses, &draw(&format!("signal {k}"))).unwrap()).collect();
        assert!(worth.iter().all(|seen| seen.value.abs() <= 5.0 * seen.standard_error), "{worth:?}");
        // the eighths of a signal that misleads agree that it does
        assert!(worth.iter().filter(|seen| seen.value == 0.0).count() >= 10, "{worth:?}");
    }

    #[test]
    fn a_discrete_input_has_the_value_counted_by_hand() {
        // launched (3 of 10): buying loses 1, not buying 9; otherwise buying loses 4, not buying 0
        let launched: Vec<f64> = (0..1_000).map(|r| f64::from(u8::from(r * 7 % 10 < 3))).collect();
        let losses =
            vec![launched.iter().map(|yes| 4.0 - 3.0 * yes).collect::<Vec<_>>(), launched.iter().map(|yes| 9.0 * yes).collect()];
        // without knowing: 3.1 against 2.7; knowing: 0.3 × 1
        for seen in [value_of_certainty(&losses).unwrap(), value_of_knowing(&losses, &launched).unwrap()] {
            assert!((seen.value - 2.4).abs() < 1e-12, "{seen:?}");
        }
    }

    #[test]
    fn a_sample_shows_as_much_as_it_says() {
        let (_, inputs) = two_options(0.0, [1.0, 1.0], 0.0);
        for removed in [0.1, 0.5, 0.8_f64] {
            let shown = sample_of(&inputs[0], removed, Stream::root(Seed(6)), "a");
            let share = crate::stats::first_order(&shown, &inputs[0]).unwrap();
            assert!((share.value - removed).abs() < 5.0 * share.standard_error, "{removed}: {share:?}");
        }
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(value_of_certainty(&[]), None);
        assert_eq!(value_of_certainty(&[vec![0.0; 199], vec![1.0; 199]]), None);
        assert_eq!(value_of_knowing(&[vec![0.0; 300], vec![1.0; 300]], &[0.0; 299]), None);
    }
}
