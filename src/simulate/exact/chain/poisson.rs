/// Poisson probabilities P(N = k) and P(N > k) for k = `first`, `first` + 1, …; below `first` P(N > k) is 1.
pub(super) struct Poisson {
    pub first: usize,
    pub weights: Vec<(f64, f64)>,
}

impl Poisson {
    /// From the mode outwards by ratios, then normalised, so that no error builds up: Fox & Glynn (1988), "Computing Poisson
    /// probabilities", *CACM* 31(4), 440–445. The right end is 12 standard deviations and 60 + `further` jumps beyond the mean, so
    /// that what takes many jumps in a short time is there too. Small means keep all of the left, for what survives only when
    /// there are few jumps; large ones 40 standard deviations of it.
    pub fn new(mean: f64, further: usize) -> Self {
        let first = if mean < 1e5 { 0 } else { (mean - 40.0 * mean.sqrt()) as usize };
        let last = (mean + 12.0 * mean.sqrt()) as usize + 60 + further;
        let mode = mean.floor() as usize - first;
        let mut weights = vec![(0.0, 0.0); last - first + 1];
        weights[mode].0 = 1.0;
        for k in mode..weights.len() - 1 {
            weights[k + 1].0 = weights[k].0 * mean / (first + k + 1) as f64;
        }
        for k in (0..mode).rev() {
            weights[k].0 = weights[k + 1].0 * (first + k + 1) as f64 / mean;
        }
        // the smaller first, from both ends towards the mode
        let total: f64 =
            weights[..mode].iter().map(|w| w.0).sum::<f64>() + weights[mode..].iter().rev().map(|w| w.0).sum::<f64>();
        let mut beyond = 0.0;
        for weight in weights.iter_mut().rev() {
            weight.0 /= total;
            weight.1 = beyond;
            beyond += weight.0;
        }
        Self { first, weights }
    }

    /// P(N = k) and P(N > k).
    pub fn at(&self, k: usize) -> (f64, f64) {
        if k < self.first { (0.0, 1.0) } else { self.weights[k - self.first] }
    }

    /// The largest k that counts.
    pub fn last(&self) -> usize {
        self.first + self.weights.len() - 1
    }
}
