//! Seasonal autoregressive integrated moving averages: ARIMA(p, d, q)(P, D, Q)ₘ, with orders given or chosen.
//!
//! The model of the differenced series w = (1 − B)ᵈ (1 − Bᵐ)ᴰ y, with regressors x differenced alike and a constant,
//!
//! φ(B) Φ(Bᵐ) (w − c − β·x) = θ(B) Θ(Bᵐ) ε,
//!
//! as Box & Jenkins (1970), *Time Series Analysis: Forecasting and Control*. Estimates begin at the conditional sum of squares
//! (exact gradients, Gauss–Newton) and end at the exact Gaussian likelihood; the orders are chosen as Hyndman & Khandakar (2008),
//! "Automatic time series forecasting: the forecast package for R", *Journal of Statistical Software* 27(3).

mod conditional;
mod estimate;
mod exact;
mod fitted;
mod gaps;
mod polynomial;
mod prepared;
mod search;
mod strength;
#[cfg(test)]
mod tests;
mod tests_of_difference;

pub use fitted::FittedArima;
pub use search::{ArimaSearch, AutoArima};

use polynomial::{expand, from_partial};

/// The most coefficients one of the four polynomials may have.
const MOST_ORDER: usize = 8;

/// The orders of a seasonal ARIMA, ARIMA(p, d, q)(P, D, Q) and whether it has a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arima {
    /// p: autoregressive coefficients, at most 8.
    pub ar: usize,
    /// d: differences of neighbours; with `seasonal_differences` at most 3.
    pub differences: usize,
    /// q: moving-average coefficients, at most 8.
    pub ma: usize,
    /// P: autoregressive coefficients a season apart, at most 8.
    pub seasonal_ar: usize,
    /// D: differences a season apart.
    pub seasonal_differences: usize,
    /// Q: moving-average coefficients a season apart, at most 8.
    pub seasonal_ma: usize,
    /// Whether the differenced series has a mean: the level with no differences, a drift with one.
    pub constant: bool,
}

impl Arima {
    /// The sizes of the four polynomials: p, q, P, Q.
    const fn sizes(self) -> [usize; 4] {
        [self.ar, self.ma, self.seasonal_ar, self.seasonal_ma]
    }

    /// Coefficients of the four polynomials together.
    const fn dynamics(self) -> usize {
        self.ar + self.ma + self.seasonal_ar + self.seasonal_ma
    }

    /// Values at the beginning that differencing uses up.
    const fn lost(self, season: usize) -> usize {
        self.differences + self.seasonal_differences * season
    }

    const fn is_sound(self) -> bool {
        self.ar <= MOST_ORDER
            && self.ma <= MOST_ORDER
            && self.seasonal_ar <= MOST_ORDER
            && self.seasonal_ma <= MOST_ORDER
            && self.differences + self.seasonal_differences <= 3
    }

    /// In the field's words: `ARIMA(1,1,1)(0,1,1)[12] with drift`.
    fn name(self, season: usize) -> String {
        let Self { ar, differences, ma, seasonal_ar, seasonal_differences, seasonal_ma, constant } = self;
        let seasonal = if seasonal_ar + seasonal_differences + seasonal_ma > 0 {
            format!("({seasonal_ar},{seasonal_differences},{seasonal_ma})[{season}]")
        } else {
            String::new()
        };
        let mean = match (constant, differences + seasonal_differences) {
            (false, _) => "",
            (true, 0) => " with mean",
            (true, _) => " with drift",
        };
        format!("ARIMA({ar},{differences},{ma}){seasonal}{mean}")
    }
}

/// The four polynomials, each 1 − Σ cₖ Bᵏ (the moving averages too: c = −θ), in the order p, q, P, Q, one after another.
#[derive(Debug, Clone, PartialEq)]
struct Coefficients {
    sizes: [usize; 4],
    all: Vec<f64>,
}

impl Coefficients {
    /// From numbers without bounds: tanh makes partial autocorrelations, those a stationary, invertible model.
    fn from_free(sizes: [usize; 4], free: &[f64]) -> Self {
        let mut all: Vec<f64> = free.iter().map(|u| u.tanh()).collect();
        let mut rest = all.as_mut_slice();
        for size in sizes {
            let (block, after) = rest.split_at_mut(size);
            from_partial(block);
            rest = after;
        }
        Self { sizes, all }
    }

    fn block(&self, which: usize) -> &[f64] {
        let from: usize = self.sizes[..which].iter().sum();
        &self.all[from..from + self.sizes[which]]
    }

    /// φ(B) Φ(Bᵐ).
    fn auto(&self, season: usize) -> Vec<f64> {
        expand(self.block(0), self.block(2), season)
    }

    /// θ(B) Θ(Bᵐ), with the sign of an autoregression.
    fn moving(&self, season: usize) -> Vec<f64> {
        expand(self.block(1), self.block(3), season)
    }
}
