/// The continuous ranked probability score of a sample against what came, in the unit of the values; lower is better.
///
/// E|X − y| − ½ E|X − X′| with the second mean over pairs of different members, which is unbiased for the score of the law
/// that the sample was drawn from. `sorted` rises. Gneiting & Raftery (2007), *JASA* 102(477), 359–378; the fair form: Ferro
/// (2014), *QJRMS* 140(683), 1917–1923. 0 for an empty sample.
#[must_use]
pub fn crps(sorted: &[f64], seen: f64) -> f64 {
    let n = sorted.len() as f64;
    if sorted.is_empty() {
        return 0.0;
    }
    let distance = sorted.iter().map(|value| (value - seen).abs()).sum::<f64>() / n;
    if sorted.len() < 2 {
        return distance;
    }
    // Σ_{i<j} (x_j − x_i) = Σ_i x_i (2i − n + 1), i from 0
    let spread: f64 = sorted.iter().enumerate().map(|(i, value)| (value - sorted[0]) * (2.0 * i as f64 - n + 1.0)).sum();
    distance - spread / (n * (n - 1.0))
}

/// The CRPS of a normal law in closed form: σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π), z = (y − μ) / σ.
///
/// Gneiting, Raftery, Westveld & Goldman (2005), *Monthly Weather Review* 133(5), 1098–1118.
#[must_use]
pub fn crps_normal(mean: f64, sd: f64, seen: f64) -> f64 {
    let z = (seen - mean) / sd;
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let below = 0.5 * statrs::function::erf::erfc(-z / std::f64::consts::SQRT_2);
    sd * (z * (2.0 * below - 1.0) + 2.0 * density - 1.0 / std::f64::consts::PI.sqrt())
}
