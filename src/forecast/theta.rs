use super::decompose::{line, season_of};
use super::minimize::minimize;
use super::{Fitted, Forecaster, Prepared};

/// Theta in its state-space form: simple exponential smoothing with a share of the long-run slope as its drift.
///
/// x(t) = l(t − 1) + w b + e(t), l(t) = l(t − 1) + w b + α e(t), b the least-squares slope of the whole seasonally adjusted
/// history, w = 1 − 1/θ: ½ for the standard θ = 2. Assimakopoulos & Nikolopoulos (2000), *International Journal of
/// Forecasting* 16(4), 521–530; the equivalence: Hyndman & Billah (2003), *IJF* 19(2), 287–290.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theta {
    /// The share w of the slope, 0 to 1.
    pub share: f64,
}

impl Theta {
    /// θ = 2.
    pub const STANDARD: Self = Self { share: 0.5 };
    /// θ = ∞: all of the slope.
    pub const FULL: Self = Self { share: 1.0 };
}

/// Theta with its level.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedTheta {
    level: f64,
    drift: f64,
    alpha: f64,
    share: f64,
    season: Vec<f64>,
    innovations: Vec<Option<f64>>,
}

impl Forecaster for Theta {
    type Fitted = FittedTheta;

    fn fit(&self, past: &Prepared) -> Option<FittedTheta> {
        let season = season_of(&past.clean, past.season);
        let adjust = |values: &[Option<f64>]| -> Vec<Option<f64>> {
            values.iter().enumerate().map(|(t, value)| value.map(|value| value - season[t % season.len()])).collect()
        };
        let (clean, raw) = (adjust(&past.clean), adjust(&past.level));
        let (intercept, slope) = line(&clean)?;
        let drift = self.share * slope;
        let start = clean.iter().flatten().take(3).sum::<f64>() / clean.iter().flatten().take(3).count() as f64;
        let start = if clean.len() > 30 { intercept } else { start } - drift;
        let cost = |alpha: f64| smooth(&clean, start, drift, alpha).1;
        let (best, _) = minimize(&[-1.0], 1.0, 60, |at| cost(logistic(at[0])));
        let alpha = logistic(best[0]);
        let mut level = start;
        let mut innovations = Vec::with_capacity(clean.len());
        for (clean, raw) in clean.iter().zip(&raw) {
            let base = level + drift;
            innovations.push(raw.map(|raw| raw - base));
            level = base + clean.map_or(0.0, |clean| alpha * (clean - base));
        }
        let mut turned = season.clone();
        turned.rotate_left(past.clean.len() % season.len());
        Some(FittedTheta { level, drift, alpha, share: self.share, season: turned, innovations })
    }
}

impl FittedTheta {
    /// The smoothing parameter α.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Growth a step.
    #[must_use]
    pub fn drift(&self) -> f64 {
        self.drift
    }
}

/// The last level and the sum of squared one-step errors.
fn smooth(values: &[Option<f64>], start: f64, drift: f64, alpha: f64) -> (f64, f64) {
    let (mut level, mut squares) = (start, 0.0);
    for value in values {
        level += drift;
        if let Some(value) = value {
            let e = value - level;
            squares += e * e;
            level += alpha * e;
        }
    }
    (level, squares)
}

fn logistic(x: f64) -> f64 {
    1e-4 + 0.9998 / (1.0 + (-x).exp())
}

impl Fitted for FittedTheta {
    fn name(&self) -> String {
        if self.share < 1.0 { "Theta".to_owned() } else { "smoothing with drift".to_owned() }
    }

    fn innovations(&self) -> &[Option<f64>] {
        &self.innovations
    }

    fn path(&self, innovations: &[f64], limit: f64, out: &mut [f64]) {
        let mut level = self.level;
        for (h, (out, e)) in out.iter_mut().zip(innovations).enumerate() {
            let base = level + self.drift;
            *out = base + e + self.season[h % self.season.len()];
            level = base + self.alpha * e.clamp(-limit, limit);
        }
    }
}
