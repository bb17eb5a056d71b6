//! Doubt about the pace of growth: what the long-run slope would have been, had other months of the past come.

/// Standard deviation of the mean growth a step over the history, from the increments between the means of successive blocks.
///
/// The variance of a mean of n increments is their long-run variance γ₀ + 2γ₁ over n, not γ₀ / n. Where the level stands still
/// but is noisy, increments undo one another, γ₁ is near −γ₀/2, and there is next to no doubt. 0 for under four increments.
pub(super) fn doubt(values: &[Option<f64>], block: usize) -> f64 {
    let skip = values.len() % block;
    let means: Vec<Option<f64>> = values[skip..]
        .chunks(block)
        .map(|chunk| {
            let (n, sum) = chunk.iter().flatten().fold((0_usize, 0.0), |(n, sum), value| (n + 1, sum + value));
            (2 * n >= block).then(|| sum / n as f64)
        })
        .collect();
    let steps: Vec<f64> = means.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?) / block as f64)).collect();
    let n = steps.len() as f64;
    if n < 4.0 {
        return 0.0;
    }
    let mean = steps.iter().sum::<f64>() / n;
    let off: Vec<f64> = steps.iter().map(|step| step - mean).collect();
    let variance = off.iter().map(|d| d * d).sum::<f64>() / n;
    if variance <= 0.0 {
        return 0.0;
    }
    let lagged = off.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / n;
    (variance * (1.0 + 2.0 * lagged / variance).clamp(LEAST, MOST) / (n - 1.0)).sqrt()
}

/// Bounds of long-run variance ÷ variance: γ₁ of two dozen increments is known to ± 0.2 γ₀.
const LEAST: f64 = 0.1;
/// See [`LEAST`].
const MOST: f64 = 2.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Seed, Stream};

    fn noisy(seed: u64, wander: f64) -> f64 {
        let mut rng = Stream::root(Seed(seed)).rng();
        let mut level = 0.0;
        let values: Vec<Option<f64>> = (0..672)
            .map(|_| {
                level += wander * rng.normal();
                Some(level + rng.normal())
            })
            .collect();
        doubt(&values, 28)
    }

    #[test]
    fn the_doubt_of_a_walk_is_that_of_its_mean_step_and_noise_adds_next_to_none() {
        let mean = |wander: f64| (0..40).map(|seed| noisy(seed, wander).powi(2)).sum::<f64>() / 40.0;
        // increments of block means of a walk have variance 28 (2/3) and covariance 28 / 6, so γ₀ + 2γ₁ = 28 a block, 1/28 a step;
        // over n = 23 of them; noise of variance 1/28 a mean adds 2/28 to γ₀ and takes as much off again
        let expected = 1.0 / 28.0 / 23.0;
        assert!((mean(1.0) / expected - 1.0).abs() < 0.35, "{} {expected}", mean(1.0));
        assert!(mean(0.0) < 0.01 * expected, "{}", mean(0.0));
        assert_eq!(doubt(&[Some(1.0); 300], 28), 0.0);
        assert_eq!(doubt(&[Some(1.0), Some(2.0)], 28), 0.0);
    }
}
