//! Demand that is often zero: Croston's method and its successors.
//!
//! | form | rate of demand a step |
//! |---|---|
//! | Croston | smoothed size / smoothed interval between demands |
//! | SBA | the same × (1 − α/2), which takes away most of Croston's bias |
//! | TSB | smoothed size × smoothed chance of a demand, so that a stopped demand fades |
//! | ADIDA | the series summed over its mean interval, smoothed exponentially, spread evenly again |
//!
//! Croston (1972), "Forecasting and stock control for intermittent demands", *Operational Research Quarterly* 23, 289–303;
//! Syntetos & Boylan (2005), "The accuracy of intermittent demand estimates", *International Journal of Forecasting* 21,
//! 303–314; Teunter, Syntetos & Babai (2011), "Intermittent demand: linking forecasting to inventory obsolescence", *European
//! Journal of Operational Research* 214, 606–615; Nikolopoulos, Syntetos, Boylan, Petropoulos & Assimakopoulos (2011), "An
//! aggregate–disaggregate intermittent demand approach (ADIDA) to forecasting", *Journal of the Operational Research Society*
//! 62, 544–554.

mod run;
mod sizes;

use self::run::{Level, Smoothing, buckets};
use self::sizes::Sizes;
use super::outlook::{Fitted, GRID, GRID_POINTS, Outlook};

/// Which method for intermittent demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntermittentForm {
    /// Croston (1972).
    Croston,
    /// Syntetos & Boylan (2005).
    Sba,
    /// Teunter, Syntetos & Babai (2011).
    Tsb,
    /// Nikolopoulos et al. (2011).
    Adida,
}

/// What the smoothing weights are to make small: the sum over the past of the errors one step ahead, squared or absolute.
///
/// The absolute error is least at the median, which is 0 where demand comes in fewer than half of the steps: it suits series
/// that are rarely zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IntermittentLoss {
    /// Σ e².
    #[default]
    Squared,
    /// Σ |e|.
    Absolute,
}

/// How to forecast a series that is often zero.
///
/// ```
/// use plimsoll::forecast::methods::{Fitted, Intermittent, IntermittentForm};
///
/// let method = Intermittent { form: IntermittentForm::Tsb, ..Intermittent::default() };
/// let fitted = method.fit(&[0.0, 0.0, 3.0, 0.0, 4.0, 0.0, 0.0, 5.0]).expect("no negative demand");
/// let outlook = fitted.outlook(4);
/// assert!(fitted.chance() < 1.0 && outlook.quantiles_at(0)[0] == 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intermittent {
    /// The form.
    pub form: IntermittentForm,
    /// The loss by which weights are found.
    pub loss: IntermittentLoss,
    /// Given weights of the newest size and the newest interval (or indicator), each in (0, 1]; none: found by the loss.
    pub weights: Option<(f64, f64)>,
}

impl Default for Intermittent {
    fn default() -> Self {
        Self { form: IntermittentForm::Sba, loss: IntermittentLoss::Squared, weights: None }
    }
}

/// The weights that are tried; under 0.5, as in the studies cited.
const TRIED: [f64; 9] = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4];

impl Intermittent {
    /// Fits to a past; none where nothing is known or a value is negative or not finite (gaps aside).
    #[must_use]
    pub fn fit(&self, past: &[f64]) -> Option<FittedIntermittent> {
        let seen: Vec<f64> = past.iter().copied().filter(|value| !value.is_nan()).collect();
        if seen.is_empty() || seen.iter().any(|value| *value < 0.0 || !value.is_finite()) {
            return None;
        }
        let bucket = if self.form == IntermittentForm::Adida { buckets(&seen) } else { 1 };
        let smoothing = match self.weights {
            Some((size, rate)) => Smoothing { size: size.clamp(1e-3, 1.0), rate: rate.clamp(1e-3, 1.0) },
            None => self.search(&seen, bucket),
        };
        Some(self.finish(past, &seen, bucket, smoothing))
    }

    fn search(&self, seen: &[f64], bucket: usize) -> Smoothing {
        let mut best = (f64::INFINITY, Smoothing { size: 0.1, rate: 0.1 });
        for rate in TRIED {
            for size in TRIED {
                let tried = Smoothing { size, rate };
                let mut total = 0.0;
                run::run(self.form, seen, bucket, tried, |value, expected| {
                    if let Some(expected) = expected {
                        let error = value - expected;
                        total += match self.loss {
                            IntermittentLoss::Squared => error * error,
                            IntermittentLoss::Absolute => error.abs(),
                        };
                    }
                });
                if total < best.0 {
                    best = (total, tried);
                }
                if self.form == IntermittentForm::Adida {
                    break; // one weight only
                }
            }
        }
        best.1
    }

    fn finish(&self, past: &[f64], seen: &[f64], bucket: usize, smoothing: Smoothing) -> FittedIntermittent {
        let mut errors = Vec::with_capacity(seen.len());
        let level = run::run(self.form, seen, bucket, smoothing, |value, expected| {
            errors.push(expected.map_or(f64::NAN, |expected| value - expected));
        });
        let mut errors = errors.into_iter();
        let residuals =
            past.iter().map(|value| if value.is_nan() { f64::NAN } else { errors.next().unwrap_or(f64::NAN) }).collect();
        let demands: Vec<f64> = seen.iter().copied().filter(|value| *value > 0.0).collect();
        let sizes = Sizes::new(&demands, smoothing.size, level.size);
        FittedIntermittent { method: *self, smoothing, level, sizes, residuals }
    }
}

/// A method for intermittent demand fitted to one past: a compound distribution of a step, zero with chance 1 − p, else a size.
///
/// Over the steps ahead the chance p stays as it is (the mean of a level that drifts without direction) while the variance of
/// a size rises by α² p a step (a smoothed mean moves by α² s² with each demand).
#[derive(Debug, Clone)]
pub struct FittedIntermittent {
    method: Intermittent,
    smoothing: Smoothing,
    level: Level,
    sizes: Sizes,
    residuals: Vec<f64>,
}

impl FittedIntermittent {
    /// The same form at a longer or shorter past, its weights kept.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        Intermittent { weights: Some((self.smoothing.size, self.smoothing.rate)), ..self.method }
            .fit(past)
            .map(|fitted| Self { method: self.method, ..fitted })
    }

    /// The chance p of a demand in a step, 0 to 1.
    #[must_use]
    pub fn chance(&self) -> f64 {
        self.level.chance
    }

    /// The mean size of a demand, in the unit of the series.
    #[must_use]
    pub fn size(&self) -> f64 {
        self.level.size
    }

    /// The weights of the newest size and of the newest interval (or indicator).
    #[must_use]
    pub fn weights(&self) -> (f64, f64) {
        (self.smoothing.size, self.smoothing.rate)
    }
}

impl Fitted for FittedIntermittent {
    fn name(&self) -> String {
        match self.method.form {
            IntermittentForm::Croston => "Croston",
            IntermittentForm::Sba => "SBA",
            IntermittentForm::Tsb => "TSB",
            IntermittentForm::Adida => "ADIDA",
        }
        .to_owned()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let Level { chance, size } = self.level;
        // the quantile of a size that belongs to each probability of a step; none: the step is zero
        let base: [Option<f64>; GRID_POINTS] = std::array::from_fn(|at| {
            let within = (GRID[at] - (1.0 - chance)) / chance;
            (chance > 0.0 && within > 0.0).then(|| self.sizes.quantile(within.min(1.0 - 1e-9)))
        });
        let mut sd = Vec::with_capacity(steps);
        let mut quantiles = Vec::with_capacity(steps);
        for ahead in 0..steps {
            let wider = 1.0 + self.smoothing.size.powi(2) * chance * ahead as f64;
            let variance = chance * self.sizes.variance() * wider + chance * (1.0 - chance) * size * size;
            sd.push(variance.max(0.0).sqrt());
            quantiles.push(base.map(|quantile| quantile.map_or(0.0, |value| self.sizes.stretched(value, wider.sqrt()))));
        }
        Outlook { centre: vec![chance * size; steps], sd, quantiles: Some(quantiles) }
    }
}

/// The four kinds of demand of Syntetos, Boylan & Croston (2005).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemandPattern {
    /// Comes often, in like sizes.
    Smooth,
    /// Comes often, in unlike sizes.
    Erratic,
    /// Comes rarely, in like sizes.
    Intermittent,
    /// Comes rarely, in unlike sizes.
    Lumpy,
}

/// How often demand comes and how unlike its sizes are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// The average interval between demands (ADI): steps known / steps with a demand; >= 1.
    pub interval: f64,
    /// The squared coefficient of variation of the sizes (CV²): variance / mean².
    pub variation: f64,
    /// The kind: rare where the interval is above 1.32, unlike where the variation is above 0.49.
    pub pattern: DemandPattern,
}

/// The kind of a series of demands; none where no demand is known.
///
/// Syntetos, Boylan & Croston (2005), "On the categorization of demand patterns", *Journal of the Operational Research
/// Society* 56, 495–503.
#[must_use]
pub fn demand(past: &[f64]) -> Option<Demand> {
    let seen = past.iter().filter(|value| value.is_finite()).count();
    let sizes: Vec<f64> = past.iter().copied().filter(|value| value.is_finite() && *value != 0.0).collect();
    if sizes.is_empty() {
        return None;
    }
    let count = sizes.len() as f64;
    let mean = sizes.iter().sum::<f64>() / count;
    let variance = sizes.iter().map(|size| (size / mean - 1.0).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    let interval = seen as f64 / count;
    let pattern = match (interval > 1.32, variance > 0.49) {
        (false, false) => DemandPattern::Smooth,
        (false, true) => DemandPattern::Erratic,
        (true, false) => DemandPattern::Intermittent,
        (true, true) => DemandPattern::Lumpy,
    };
    Some(Demand { interval, variation: variance, pattern })
}

#[cfg(test)]
mod tests;
