//! Doubt about the pace of growth: what the long-run slope would have been, had other months of the past come.

/// How the growth of each block of history differed from the mean growth, a step; newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Growth {
    deviations: Vec<f64>,
}

impl Growth {
    /// From the increments between the means of successive blocks.
    ///
    /// Scaled so that a mean of independent draws has the variance of the mean of the increments as they came: their long-run
    /// variance γ₀ + 2γ₁ in place of γ₀. Where the level stands still but is noisy, increments undo one another, γ₁ is near
    /// −γ₀/2, and there is next to no doubt.
    pub(super) fn of(values: &[Option<f64>], block: usize) -> Self {
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
            return Self::default();
        }
        let mean = steps.iter().sum::<f64>() / n;
        let off: Vec<f64> = steps.iter().map(|step| step - mean).collect();
        let variance = off.iter().map(|d| d * d).sum::<f64>() / n;
        if variance <= 0.0 {
            return Self::default();
        }
        let lagged = off.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / n;
        let factor = (1.0 + 2.0 * lagged / variance).clamp(LEAST, MOST).sqrt() * (n / (n - 1.0)).sqrt();
        Self { deviations: off.iter().rev().map(|d| d * factor).collect() }
    }

    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.deviations.len()
    }

    /// The change of slope when the blocks `drawn` had come: indices beyond its own history are passed over.
    pub(super) fn slope(&self, drawn: &[u32]) -> f64 {
        let own = drawn.iter().filter_map(|block| self.deviations.get(*block as usize));
        let (n, sum) = own.fold((0_usize, 0.0), |(n, sum), d| (n + 1, sum + d));
        if n == 0 { 0.0 } else { sum / n as f64 }
    }
}

/// Bounds of long-run variance ÷ variance: γ₁ of two dozen increments is known to ± 0.2 γ₀.
const LEAST: f64 = 0.1;
/// See [`LEAST`].
const MOST: f64 = 2.0;
