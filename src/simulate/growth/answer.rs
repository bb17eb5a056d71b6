//! From what batches saw to estimates with their errors.

use serde::Serialize;

use super::block::control_mean;
use super::part::{BATCHES, MonthTally, Part, Tally};
use crate::portable::{exp_m1, ln};
use crate::simulate::stopping::Why;
use crate::stats::{Estimate, Sketch, estimate, student_quantile};

/// An estimate with its standard error and its interval, in the unit of the value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sure {
    /// The estimate.
    pub value: f64,
    /// Its standard error, from the spread of the batches.
    pub standard_error: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Sure {
    fn around(seen: Estimate, t: f64) -> Self {
        let half = t * seen.standard_error;
        Self { value: seen.value, standard_error: seen.standard_error, low: seen.value - half, high: seen.value + half }
    }

    /// Half of the interval ÷ value.
    #[must_use]
    pub fn relative_half_width(&self) -> f64 {
        let half = (self.high - self.low) / 2.0;
        if half == 0.0 { 0.0 } else { half / self.value.abs() }
    }
}

/// Demand at the end of a month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// The month, 1 for the first.
    pub month: usize,
    /// Its mean.
    pub mean: Sure,
    /// Its quantiles, at the shares asked for.
    pub quantiles: Vec<Sure>,
    /// P(demand was at the capacity or above at the end of this month or of one before), where there is a capacity.
    pub reached: Option<Sure>,
}

/// The month by which the capacity is reached with some probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Passage {
    /// The probability.
    pub p: f64,
    /// The month; none where it is not reached that often within the months looked at.
    pub month: Option<usize>,
    /// The earliest month that the errors allow.
    pub earliest: Option<usize>,
    /// The latest; none where it may be none.
    pub latest: Option<usize>,
}

/// What all paths together say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Paths played.
    pub paths: u64,
    /// Month after month.
    pub months: Vec<Month>,
    /// First passage of the capacity; empty without one.
    pub passages: Vec<Passage>,
    /// Why no more paths were played; none for a number of blocks fixed beforehand.
    pub stopped: Option<Why>,
}

impl Answer {
    /// The widest interval of a mean or quantile, relative to its value.
    #[must_use]
    pub fn relative_half_width(&self) -> f64 {
        let widths = self.months.iter().flat_map(|month| month.quantiles.iter().chain([&month.mean]));
        widths.map(Sure::relative_half_width).fold(0.0, f64::max)
    }
}

/// Degrees of freedom of a spread of batches.
const FREEDOM: f64 = (BATCHES - 1) as f64;

/// Estimates from batches of equal size.
pub(super) fn answer(part: &Part, p: &[f64], confidence: f64) -> Answer {
    let paths = part.tallies.iter().map(|tally| tally.paths).sum();
    let tail = 0.5 + confidence / 2.0;
    let months: Vec<Month> = (0..part.projection.question().months)
        .map(|month| {
            let seen: Vec<&MonthTally> = part.tallies.iter().map(|tally| &tally.months[month]).collect();
            let t = student_quantile(tail, FREEDOM);
            Month {
                month: month + 1,
                mean: mean(part, month, tail),
                quantiles: quantiles(&seen, p, t),
                reached: part.projection.ln_capacity.as_ref().map(|_| share(&part.tallies, month, confidence)),
            }
        })
        .collect();
    let passages = if part.projection.ln_capacity.is_some() { passages(&months) } else { Vec::new() };
    Answer { paths, months, passages, stopped: None }
}

/// The mean of batch means; with a control, of batch means less β × (control's mean - its known mean), β by least squares over
/// the batches: S. S. Lavenberg, P. D. Welch (1981), "A perspective on the use of control variables to increase the efficiency
/// of Monte Carlo simulations", *Management Science* 27(3), 322–335.
fn mean(part: &Part, month: usize, tail: f64) -> Sure {
    let of = |value: fn(&MonthTally) -> f64| -> Vec<f64> {
        part.tallies.iter().map(|tally| value(&tally.months[month]) / tally.paths as f64).collect()
    };
    let seen = of(|month| month.sum.value());
    let plain = estimate(seen.iter().copied());
    if !part.sampling.control {
        return Sure::around(plain, student_quantile(tail, FREEDOM));
    }
    let control = of(|month| month.control.value());
    let centre = estimate(control.iter().copied()).value;
    let squares: f64 = control.iter().map(|c| (c - centre) * (c - centre)).sum();
    if squares == 0.0 {
        return Sure::around(plain, student_quantile(tail, FREEDOM));
    }
    let products: f64 = control.iter().zip(&seen).map(|(c, x)| (c - centre) * (x - plain.value)).sum();
    let beta = products / squares;
    let off = centre - control_mean(&part.projection, month);
    let left: f64 = control.iter().zip(&seen).map(|(c, x)| (x - plain.value - beta * (c - centre)).powi(2)).sum();
    // the slope was fitted: one degree of freedom less, and the variance of its product with what the control is off
    let variance = left / (FREEDOM - 1.0);
    let standard_error = (variance * (1.0 / f64::from(BATCHES) + off * off / squares)).sqrt();
    Sure::around(Estimate { value: plain.value - beta * off, standard_error }, student_quantile(tail, FREEDOM - 1.0))
}

/// Quantiles of all batches together. The spread of the batches' shares below it gives the standard error e of p; the pooled
/// quantiles at p ± t e are the ends. R. S. Woodruff (1952), "Confidence intervals for medians and other position measures",
/// *JASA* 47, 635–646. Where batches agree to a path, as about a symmetric median, what is left is that a share moves in steps
/// of a path, and that the order within a bucket of the sketch is not known: at most the binomial variance of its count.
fn quantiles(seen: &[&MonthTally], p: &[f64], t: f64) -> Vec<Sure> {
    let mut all: Sketch = seen[0].sketch.clone();
    for month in &seen[1..] {
        all.merge(&month.sketch).expect("all sketches here have one relative error");
    }
    let values = all.quantiles(p);
    let shares: Vec<Vec<f64>> = seen.iter().map(|month| month.sketch.shares_below(&values)).collect();
    let one = |place: usize| {
        let spread = estimate(shares.iter().map(|batch| batch[place])).standard_error;
        let unknown = (all.count_around(values[place]) as f64 / 4.0 + 1.0).sqrt() / all.count() as f64;
        let e = (spread * spread + unknown * unknown).sqrt();
        let ends = all.quantiles(&[p[place] - e, p[place] + e, p[place] - t * e, p[place] + t * e]);
        Sure { value: values[place], standard_error: (ends[1] - ends[0]) / 2.0, low: ends[2], high: ends[3] }
    };
    (0..p.len()).map(one).collect()
}

/// The share of paths that reached the capacity. Where none did, or all, the interval ends at the one-sided bound of as many
/// independent paths.
fn share(tallies: &[Tally], month: usize, confidence: f64) -> Sure {
    let paths: u64 = tallies.iter().map(|tally| tally.paths).sum();
    let seen = estimate(tallies.iter().map(|tally| tally.months[month].reached as f64 / tally.paths as f64));
    let t = student_quantile(0.5 + confidence / 2.0, FREEDOM);
    let mut sure = Sure::around(seen, t);
    let unseen = -exp_m1(ln(1.0 - confidence) / paths as f64);
    if seen.value == 0.0 {
        sure.high = unseen;
    } else if seen.value == 1.0 {
        sure.low = 1.0 - unseen;
    }
    Sure { low: sure.low.max(0.0), high: sure.high.min(1.0), ..sure }
}

fn passages(months: &[Month]) -> Vec<Passage> {
    let by = |p: f64, of: fn(&Sure) -> f64| {
        months.iter().find(|month| month.reached.as_ref().is_some_and(|sure| of(sure) >= p)).map(|month| month.month)
    };
    let one = |p| Passage { p, month: by(p, |s| s.value), earliest: by(p, |s| s.high), latest: by(p, |s| s.low) };
    [0.1, 0.5, 0.9].map(one).to_vec()
}
