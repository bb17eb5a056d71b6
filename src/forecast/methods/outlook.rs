//! What every method says about the steps ahead.

/// How many probabilities an outlook may state quantiles at.
pub const GRID_POINTS: usize = 17;

/// The probabilities at which outlooks are combined and calibrated.
pub const GRID: [f64; GRID_POINTS] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995];

/// The standard normal quantiles at [`GRID`].
pub(super) const NORMAL: [f64; GRID_POINTS] = [
    -2.575_829_303_548_901,
    -2.326_347_874_040_841,
    -1.959_963_984_540_054,
    -1.644_853_626_951_472,
    -1.281_551_565_544_6,
    -0.841_621_233_572_914,
    -0.524_400_512_708_041,
    -0.253_347_103_135_8,
    0.0,
    0.253_347_103_135_8,
    0.524_400_512_708_041,
    0.841_621_233_572_914,
    1.281_551_565_544_6,
    1.644_853_626_951_472,
    1.959_963_984_540_054,
    2.326_347_874_040_841,
    2.575_829_303_548_901,
];

/// The distribution of each of the next steps, the first step after the past first.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The point forecast, in the unit of the series; finite.
    pub centre: Vec<f64>,
    /// The standard deviation of the error so many steps ahead, as the method implies it; finite and >= 0.
    pub sd: Vec<f64>,
    /// Quantiles at [`GRID`], rising, where the method states more than a centre and a width.
    pub quantiles: Option<Vec<[f64; GRID_POINTS]>>,
}

impl Outlook {
    /// The quantiles at [`GRID`] of the step `ahead` (0 the first): those stated, or normal ones about the centre.
    #[must_use]
    pub fn quantiles_at(&self, ahead: usize) -> [f64; GRID_POINTS] {
        match &self.quantiles {
            Some(stated) => stated[ahead],
            None => std::array::from_fn(|p| self.centre[ahead] + self.sd[ahead] * NORMAL[p]),
        }
    }
}

/// A method fitted to one past.
pub trait Fitted: Send + Sync {
    /// Its name in the field's words, such as `ETS(A,Ad,A)`.
    fn name(&self) -> String;

    /// What came less what was expected one step before, a number a step of the past; NaN at gaps and where nothing was expected.
    fn residuals(&self) -> &[f64];

    /// The next `steps` steps.
    fn outlook(&self, steps: usize) -> Outlook;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_stated_quantiles_an_outlook_is_normal() {
        let outlook = Outlook { centre: vec![10.0], sd: vec![2.0], quantiles: None };
        let seen = outlook.quantiles_at(0);
        for (p, value) in GRID.iter().zip(seen) {
            let z = statrs::distribution::ContinuousCDF::inverse_cdf(&statrs::distribution::Normal::standard(), *p);
            assert!((value - (10.0 + 2.0 * z)).abs() < 1e-9, "{p}: {value}");
        }
    }
}
