//! The steps ahead: centres by the recursion without errors, variances by closed forms where they exist.

use super::form::{EtsError, EtsForm, EtsSeason};
use super::recursion::States;
use crate::forecast::methods::Outlook;

/// What the steps ahead depend on; β and γ as they enter the recursion.
#[derive(Debug, Clone)]
pub(super) struct Ahead {
    pub form: EtsForm,
    pub alpha: f64,
    pub beta: f64,
    pub gamma: f64,
    pub phi: f64,
    pub states: States,
    /// Variance of the error, absolute or relative as the form's.
    pub variance: f64,
    /// The least and the most a centre may be.
    pub reach: (f64, f64),
}

impl Ahead {
    /// The next `steps` steps; variances by Hyndman, Koehler, Ord & Snyder (2008), ch. 6: exact for additive forms (class 1)
    /// and for relative errors on additive states (class 2). Seasonal factors (class 3) are class 2 on the level, exact through
    /// the first season; beyond it the book's formula leaves out that one error moves both level and factor, here they add up.
    /// The other forms sum the squares of what a shock of one standard deviation at each step does to those after it.
    pub(super) fn outlook(&self, steps: usize) -> Outlook {
        let path = self.path(steps, |_| 0.0);
        let relative = self.form.error == EtsError::Multiplicative;
        let factors = self.form.season == EtsSeason::Multiplicative;
        let variances = if self.form.grows_by_ratio() || (factors && !relative) {
            self.by_shocks(&path)
        } else if relative {
            self.relative(&path)
        } else {
            self.additive(steps)
        };
        let (low, high) = self.reach;
        let widest = 10.0 * (high - low);
        let centre = path.iter().map(|(_, _, mean)| if mean.is_nan() { self.states.level } else { *mean }.clamp(low, high));
        let sd = variances.iter().map(|v| if v.is_nan() { widest } else { v.max(0.0).sqrt().min(widest) });
        Outlook { centre: centre.collect(), sd: sd.collect(), quantiles: None }
    }

    /// (level with trend, season, expected) of each step, with `shock` standard deviations of error at each.
    fn path(&self, steps: usize, shock: impl Fn(usize) -> f64) -> Vec<(f64, f64, f64)> {
        let States { mut level, mut slope, mut season, mut place } = self.states.clone();
        let factors = self.form.season == EtsSeason::Multiplicative;
        let mut path = Vec::with_capacity(steps);
        for step in 0..steps {
            let (q, onward) = if self.form.grows_by_ratio() {
                let ratio = slope.max(1e-9).powf(self.phi);
                (level * ratio, ratio)
            } else if self.form.trended() {
                (level + self.phi * slope, self.phi * slope)
            } else {
                (level, 0.0)
            };
            let s = season.get(place).copied().unwrap_or(0.0);
            let expected = if factors { q * s } else { q + s };
            path.push((q, s, expected));
            let e = shock(step) * self.variance.sqrt() * if self.form.error == EtsError::Multiplicative { expected } else { 1.0 };
            let e_level = if factors { e / s } else { e };
            let by = if self.form.grows_by_ratio() { e_level / level } else { e_level };
            slope = onward + self.beta * by;
            level = q + self.alpha * e_level;
            if let Some(s) = season.get_mut(place) {
                *s += self.gamma * if factors { e / q } else { e };
                place = (place + 1) % self.states.season.len();
            }
        }
        path
    }

    /// What an error of 1 does `j` steps later, j = 1 .. steps − 1 (for factors, as a share of the level at a place's return).
    fn response(&self, steps: usize) -> Vec<f64> {
        let m = self.states.season.len();
        let (mut level, mut slope) = (self.alpha, self.beta);
        (1..steps.max(1))
            .map(|j| {
                slope *= self.phi;
                level += if self.form.trended() { slope } else { 0.0 };
                level + if self.form.seasonal() && j % m == 0 { self.gamma } else { 0.0 }
            })
            .collect()
    }

    fn additive(&self, steps: usize) -> Vec<f64> {
        let mut variances = vec![self.variance];
        for c in self.response(steps) {
            variances.push(variances[variances.len() - 1] + self.variance * c * c);
        }
        variances.truncate(steps);
        variances
    }

    fn relative(&self, path: &[(f64, f64, f64)]) -> Vec<f64> {
        let factors = self.form.season == EtsSeason::Multiplicative;
        let squares: Vec<f64> = self.response(path.len()).iter().map(|c| self.variance * c * c).collect();
        let mut theta = Vec::with_capacity(path.len());
        let mut variances = Vec::with_capacity(path.len());
        for (h, (q, s, mean)) in path.iter().enumerate() {
            let (centre, factor) = if factors { (q, *s) } else { (mean, 1.0) };
            let earlier: f64 = (1..=h).map(|j| squares[j - 1] * theta[h - j]).sum();
            theta.push(centre * centre + earlier);
            variances.push(factor * factor * ((1.0 + self.variance) * theta[h] - centre * centre));
        }
        variances
    }

    /// The values of the next steps where the errors are these, in standard deviations.
    #[cfg(test)]
    pub(super) fn sampled(&self, shocks: &[f64]) -> Vec<f64> {
        let relative = self.form.error == EtsError::Multiplicative;
        let path = self.path(shocks.len(), |step| shocks[step]);
        path.iter()
            .zip(shocks)
            .map(|((_, _, mean), z)| mean + z * self.variance.sqrt() * if relative { *mean } else { 1.0 })
            .collect()
    }

    fn by_shocks(&self, path: &[(f64, f64, f64)]) -> Vec<f64> {
        let steps = path.len();
        let relative = self.form.error == EtsError::Multiplicative;
        let mut variances: Vec<f64> =
            path.iter().map(|(_, _, mean)| self.variance * if relative { mean * mean } else { 1.0 }).collect();
        for at in 0..steps.saturating_sub(1) {
            let (up, down) = (
                self.path(steps, |step| f64::from(u8::from(step == at))),
                self.path(steps, |step| -f64::from(u8::from(step == at))),
            );
            for h in at + 1..steps {
                variances[h] += (0.5 * (up[h].2 - down[h].2)).powi(2);
            }
        }
        variances
    }
}
