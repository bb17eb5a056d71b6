//! Transients of a Markov chain as jumps of a Poisson clock.

/// P(N = k) and P(N > k) for k = 0, 1, … until less than 1e-18 is left: by ratios from the mode outwards, then normalised, so
/// that no error builds up. Fox & Glynn (1988), "Computing Poisson probabilities", *CACM* 31(4), 440–445.
pub(super) fn poisson_weights(mean: f64) -> Vec<(f64, f64)> {
    let last = (mean + 12.0 * mean.sqrt() + 60.0) as usize;
    let mode = mean.floor() as usize;
    let mut weights = vec![0.0; last + 1];
    weights[mode] = 1.0;
    for k in mode..last {
        weights[k + 1] = weights[k] * mean / (k + 1) as f64;
    }
    for k in (0..mode).rev() {
        weights[k] = weights[k + 1] * (k + 1) as f64 / mean;
    }
    let mut sorted = weights.clone();
    sorted.sort_by(f64::total_cmp);
    let total: f64 = sorted.iter().sum();
    for weight in &mut weights {
        *weight /= total;
    }
    let mut beyond: Vec<f64> = vec![0.0; weights.len()];
    for k in (0..weights.len() - 1).rev() {
        beyond[k] = beyond[k + 1] + weights[k + 1];
    }
    weights.into_iter().zip(beyond).collect()
}
