//! The theta method's four state-space forms.
//!
//! Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler (2016), "Models for optimising the theta method and their relationship
//! to state space models", *International Journal of Forecasting* 32(4), 1151–1161:
//!
//! ```text
//! μ(t) = ℓ(t−1) + w [ (1−α)^(t−1) A(t−1) + (1 − (1−α)^t)/α B(t−1) ],   w = 1 − 1/θ
//! ℓ(t) = α y(t) + (1−α) ℓ(t−1)
//! ```
//!
//! A and B are the intercept and slope of the least-squares line through the past: through all of it (static), or through what
//! was known before each step (dynamic). Given α, μ is linear in ℓ(0) and in w, so both are profiled out exactly and the search
//! is over α alone: a grid (the loss often has two valleys), then golden sections in the best valley.
//!
//! On few values the plain sum of squares has a deceptive valley at a low α, where ℓ(0) fits several steps and w runs to its
//! bounds. A local search from α = ½ often ends in the other valley; an exact one needs to say why this one is not believed. So each is given a
//! prior worth about one value: w ~ N(½, 1), its unit that of the noise of a step; and ℓ(0), integrated out, ~ N(·, σ²). The
//! loss is n ln(Σ e² + (w − ½)² s²) + ln(1 + Σ (1−α)^(2t−2)), s² the variance of the differences.

use super::season::interpolated;
use super::{Fitted, Outlook, Seasonal, is_seasonal};

/// Steps at the start that do not count in the sum of squares: the dynamic line needs them.
const BURN_IN: usize = 3;
const LEAST_ALPHA: f64 = 0.1;
const MOST_ALPHA: f64 = 0.99;

/// Which line, and whether its weight is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThetaForm {
    /// Standard theta model: one line, θ = 2.
    Stm,
    /// Dynamic standard theta model: the line known at each step, θ = 2.
    Dstm,
    /// Optimised theta model: one line, θ ≥ 1 estimated.
    Otm,
    /// Dynamic optimised theta model: the line known at each step, θ ≥ 1 estimated.
    Dotm,
}

impl ThetaForm {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Stm, Self::Dstm, Self::Otm, Self::Dotm];

    fn dynamic(self) -> bool {
        matches!(self, Self::Dstm | Self::Dotm)
    }

    fn optimised(self) -> bool {
        matches!(self, Self::Otm | Self::Dotm)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Stm => "STM",
            Self::Dstm => "DSTM",
            Self::Otm => "OTM",
            Self::Dotm => "DOTM",
        }
    }
}

/// When the season is taken off before and put back after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// Where [`is_seasonal`] says there is one.
    Tested,
    /// Wherever two seasons are known.
    Always,
    /// Not at all.
    Never,
}

/// The theta method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theta {
    /// The form.
    pub form: ThetaForm,
    /// Its treatment of a season.
    pub adjustment: Adjustment,
}

impl Theta {
    /// The dynamic optimised model on a series adjusted for the season its test finds.
    pub const DYNAMIC: Self = Self { form: ThetaForm::Dotm, adjustment: Adjustment::Tested };

    /// The model fitted to a past with a season of `season` steps (1: none); None under five values.
    ///
    /// ```
    /// # use plimsoll::forecast::methods::{Fitted, Theta};
    /// let past: Vec<f64> = (0..30).map(|t| 100.0 + 2.0 * f64::from(t)).collect();
    /// let next = Theta::DYNAMIC.fit(&past, 1).unwrap().outlook(1);
    /// assert!((next.centre[0] - 160.0).abs() < 1e-6);
    /// ```
    #[must_use]
    pub fn fit(&self, past: &[f64], season: usize) -> Option<FittedTheta> {
        let adjusted = Adjusted::of(past, season, self.adjustment)?;
        adjusted.fitted(self.form, None)
    }

    /// The form with the least `AICc` of [`ThetaForm::ALL`], each fitted to the same adjusted series.
    ///
    /// Parameters counted: α, ℓ(0) and σ; one more where θ is estimated; one more for the static forms, whose slope is estimated
    /// from the values it is judged on.
    #[must_use]
    pub fn auto(past: &[f64], season: usize) -> Option<FittedTheta> {
        let adjusted = Adjusted::of(past, season, Adjustment::Tested)?;
        ThetaForm::ALL.iter().filter_map(|form| adjusted.fitted(*form, None)).min_by(|a, b| a.aicc.total_cmp(&b.aicc))
    }
}

/// A past made ready: from its first value in units of the largest distance to it, without season, gaps and ends without values.
struct Adjusted<'a> {
    past: &'a [f64],
    season: Option<Seasonal>,
    /// The index of the first value in `past`.
    first: usize,
    shift: f64,
    scale: f64,
    values: Vec<f64>,
    observed: Vec<bool>,
}

impl<'a> Adjusted<'a> {
    fn of(past: &'a [f64], season: usize, adjustment: Adjustment) -> Option<Self> {
        let seasonal = match adjustment {
            Adjustment::Never => false,
            Adjustment::Always => true,
            Adjustment::Tested => is_seasonal(past, season),
        };
        let season = if seasonal { Seasonal::chosen(past, season) } else { None };
        Self::by(past, season)
    }

    fn by(past: &'a [f64], season: Option<Seasonal>) -> Option<Self> {
        let first = past.iter().position(|value| value.is_finite())?;
        let last = past.iter().rposition(|value| value.is_finite())?;
        let adjusted = season.as_ref().map(|season| season.adjusted(past));
        let values = &adjusted.as_deref().unwrap_or(past)[first..=last];
        let observed: Vec<bool> = values.iter().map(|value| value.is_finite()).collect();
        let count = observed.iter().filter(|seen| **seen).count();
        if count < BURN_IN + 2 {
            return None;
        }
        let shift = values[0];
        let farthest =
            values.iter().filter(|value| value.is_finite()).fold(0.0_f64, |most, value| most.max((value - shift).abs()));
        let scale = if farthest > 0.0 { farthest } else { 1.0 };
        let values = interpolated(values)?.into_iter().map(|value| (value - shift) / scale).collect();
        Some(Self { past, season, first, shift, scale, values, observed })
    }

    fn fitted(&self, form: ThetaForm, near: Option<f64>) -> Option<FittedTheta> {
        let lines = self.lines(form);
        let problem =
            Problem { values: &self.values, observed: &self.observed, lines: &lines, form, noise: step_variance(&self.values) };
        self.at(form, &lines, &problem.profile(problem.best_alpha(near)))
    }

    fn lines(&self, form: ThetaForm) -> Vec<Line> {
        if form.dynamic() { growing_lines(&self.values) } else { one_line(&self.values) }
    }

    /// The model with these parameters.
    fn at(&self, form: ThetaForm, lines: &[Line], best: &Profiled) -> Option<FittedTheta> {
        let counted = self.observed[BURN_IN..].iter().filter(|seen| **seen).count().max(1) as f64;
        let free = 2.0 + f64::from(u8::from(form.optimised()));
        let (residuals, level) = self.residuals(lines, best);
        let sigma = self.scale * (best.squares / (counted - free).max(1.0)).sqrt();
        let n = self.values.len();
        (sigma.is_finite() && level.is_finite()).then(|| FittedTheta {
            form,
            alpha: best.alpha,
            weight: best.weight,
            start: self.scale * best.start + self.shift * (1.0 - best.weight),
            shift: self.shift,
            level: self.scale * level,
            mean: self.scale * self.values.iter().sum::<f64>() / n as f64,
            slope: self.scale * lines[n].slope,
            intercept: self.scale * lines[n].intercept,
            count: n,
            sigma,
            mse: self.scale * self.scale * best.squares / counted,
            aicc: corrected_akaike(form, counted, best.squares),
            season: self.season.clone(),
            trailing: self.past.len() - self.first - n,
            length: self.past.len(),
            residuals,
        })
    }

    /// The one-step errors in the unit of the series and the last level.
    fn residuals(&self, lines: &[Line], best: &Profiled) -> (Vec<f64>, f64) {
        let mut residuals = vec![f64::NAN; self.past.len()];
        let (mut level, mut fade) = (best.start, 1.0);
        for (t, value) in self.values.iter().enumerate() {
            let expected = level + best.weight * lines[t].pull(fade, best.alpha);
            if self.observed[t] && t > 0 {
                let at = self.first + t;
                let expected = self.shift + self.scale * expected;
                residuals[at] = self.past[at] - self.season.as_ref().map_or(expected, |season| season.restored(at, expected));
            }
            level += best.alpha * (value - level);
            fade *= 1.0 - best.alpha;
        }
        (residuals, level)
    }
}

/// n ln(Σ e² / n) + 2 k + 2 k (k + 1) / (n − k − 1), infinite where n ≤ k + 1; k as at [`Theta::auto`].
fn corrected_akaike(form: ThetaForm, n: f64, squares: f64) -> f64 {
    let k = 3.0 + f64::from(u8::from(form.optimised())) + f64::from(u8::from(!form.dynamic()));
    if n <= k + 1.0 {
        return f64::INFINITY;
    }
    n * (squares / n).max(1e-300).ln() + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)
}

/// Intercept and slope, the first step of the past being step 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    intercept: f64,
    slope: f64,
}

impl Line {
    /// (1−α)^(t−1) A + (1 − (1−α)^t)/α B, `fade` = (1−α)^(t−1).
    fn pull(&self, fade: f64, alpha: f64) -> f64 {
        fade * self.intercept + (1.0 - fade * (1.0 - alpha)) / alpha * self.slope
    }
}

/// The lines through the first 0, 1, … n values.
fn growing_lines(values: &[f64]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(values.len() + 1);
    lines.push(Line { intercept: 0.0, slope: 0.0 });
    let (mut mean, mut slope) = (0.0, 0.0);
    for (before, value) in values.iter().enumerate() {
        (mean, slope) = next_line(before as f64, mean, slope, *value);
        lines.push(Line { intercept: mean - slope * (before as f64 + 2.0) / 2.0, slope });
    }
    lines
}

/// The mean and least-squares slope with one more value.
fn next_line(before: f64, mean: f64, slope: f64, value: f64) -> (f64, f64) {
    let risen =
        if before == 0.0 { 0.0 } else { ((before - 1.0) * slope + 6.0 * (value - mean) / (before + 1.0)) / (before + 2.0) };
    (mean + (value - mean) / (before + 1.0), risen)
}

fn one_line(values: &[f64]) -> Vec<Line> {
    let last = growing_lines(values)[values.len()];
    vec![last; values.len() + 1]
}

/// The variance of the differences of following values.
fn step_variance(values: &[f64]) -> f64 {
    let count = (values.len() - 1) as f64;
    let mean = (values[values.len() - 1] - values[0]) / count;
    values.windows(2).map(|pair| (pair[1] - pair[0] - mean).powi(2)).sum::<f64>() / count
}

/// The best level and weight at one α.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Profiled {
    alpha: f64,
    start: f64,
    weight: f64,
    /// Σ e².
    squares: f64,
    loss: f64,
}

struct Problem<'a> {
    values: &'a [f64],
    observed: &'a [bool],
    lines: &'a [Line],
    form: ThetaForm,
    noise: f64,
}

impl Problem<'_> {
    /// The best ℓ(0), w and the loss given α.
    fn profile(&self, alpha: f64) -> Profiled {
        let (mut yy, mut yg, mut yd, mut gg, mut gd, mut dd, mut counted) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        let (mut level, mut fade) = (0.0, 1.0);
        for (t, ((value, seen), line)) in self.values.iter().zip(self.observed).zip(self.lines).enumerate() {
            if t >= BURN_IN && *seen {
                let (y, d) = (value - level, line.pull(fade, alpha));
                yy += y * y;
                yg += y * fade;
                yd += y * d;
                gg += fade * fade;
                gd += fade * d;
                dd += d * d;
                counted += 1.0;
            }
            level += alpha * (value - level);
            fade *= 1.0 - alpha;
        }
        let faded = gg < 1e-20;
        let (curvature, slope) = if faded { (dd, yd) } else { (dd - gd * gd / gg, yd - gd * yg / gg) };
        let weight = if self.form.optimised() && curvature + self.noise > 0.0 {
            ((slope + 0.5 * self.noise) / (curvature + self.noise)).clamp(0.0, 1.0)
        } else {
            0.5
        };
        let start = if faded { 0.0 } else { (yg - weight * gd) / gg };
        let fit = start * gg + 2.0 * weight * gd - 2.0 * yg;
        let squares = (yy - 2.0 * weight * yd + weight * weight * dd + start * fit).max(0.0);
        let prior = (weight - 0.5).powi(2) * self.noise;
        Profiled { alpha, start, weight, squares, loss: counted * (squares + prior).max(1e-300).ln() + gg.ln_1p() }
    }

    /// α of the least loss: over a grid, or only about `near`, then golden sections.
    fn best_alpha(&self, near: Option<f64>) -> f64 {
        let cost = |alpha: f64| self.profile(alpha).loss;
        let (mut low, mut high) = if let Some(near) = near {
            ((near - 0.08).max(LEAST_ALPHA), (near + 0.08).min(MOST_ALPHA))
        } else {
            const POINTS: usize = 11;
            let grid: [f64; POINTS] =
                std::array::from_fn(|i| LEAST_ALPHA + (MOST_ALPHA - LEAST_ALPHA) * i as f64 / (POINTS - 1) as f64);
            let best = (0..POINTS).min_by(|a, b| cost(grid[*a]).total_cmp(&cost(grid[*b]))).unwrap_or(0);
            (grid[best.saturating_sub(1)], grid[(best + 1).min(POINTS - 1)])
        };
        let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
        let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
        let (mut at_left, mut at_right) = (cost(left), cost(right));
        while high - low > 1e-3 {
            if at_left <= at_right {
                (high, right, at_right) = (right, left, at_left);
                left = high - golden * (high - low);
                at_left = cost(left);
            } else {
                (low, left, at_left) = (left, right, at_right);
                right = low + golden * (high - low);
                at_right = cost(right);
            }
        }
        [low, 0.5 * (low + high), high].into_iter().min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(low)
    }
}

/// A theta model fitted to one past.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedTheta {
    form: ThetaForm,
    alpha: f64,
    weight: f64,
    start: f64,
    level: f64,
    mean: f64,
    slope: f64,
    intercept: f64,
    count: usize,
    shift: f64,
    sigma: f64,
    mse: f64,
    aicc: f64,
    season: Option<Seasonal>,
    trailing: usize,
    length: usize,
    residuals: Vec<f64>,
}

impl FittedTheta {
    /// The same form and seasonal treatment on another past, α searched only near its value here.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        let season = match &self.season {
            Some(season) => Seasonal::classical(past, season.indices.len(), season.composition)
                .or_else(|| Seasonal::chosen(past, season.indices.len())),
            None => None,
        };
        Adjusted::by(past, season)?.fitted(self.form, Some(self.alpha))
    }

    /// The smoothing parameter α.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// θ = 1 / (1 − w), infinite where the whole slope is followed.
    #[must_use]
    pub fn theta(&self) -> f64 {
        1.0 / (1.0 - self.weight)
    }

    /// The level ℓ(0) before the first step, of the seasonally adjusted series.
    #[must_use]
    pub fn start(&self) -> f64 {
        self.start
    }

    /// The mean squared one-step error of the seasonally adjusted series, the first three steps left out.
    #[must_use]
    pub fn mse(&self) -> f64 {
        self.mse
    }

    /// The corrected Akaike criterion, comparable only between theta models of one past.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        self.aicc
    }

    /// The season taken off, if one was found.
    #[must_use]
    pub fn season(&self) -> Option<&Seasonal> {
        self.season.as_ref()
    }
}

/// Level, mean and slope as the steps ahead go by, and the covariance of their errors.
struct Walk {
    state: [f64; 3],
    spread: [[f64; 3]; 3],
    seen: f64,
    fade: f64,
}

impl Walk {
    /// The mean and variance of the next value; moves on as if the mean came, with its error's variance.
    fn step(&mut self, of: &FittedTheta) -> (f64, f64) {
        let t = self.seen;
        let share = (1.0 - self.fade * (1.0 - of.alpha)) / of.alpha;
        let dynamic = of.form.dynamic();
        let seen = if dynamic {
            [1.0, of.weight * self.fade, of.weight * (share - self.fade * (t + 1.0) / 2.0)]
        } else {
            [1.0, 0.0, of.weight * share]
        };
        let constant = if dynamic { 0.0 } else { of.weight * self.fade * of.intercept };
        let mean = constant + dot(&seen, &self.state);
        let through: [f64; 3] = std::array::from_fn(|i| dot(&self.spread[i], &seen));
        let noise = of.sigma * of.sigma;
        let variance = noise + dot(&seen, &through);
        let (keep, gain) = if dynamic { (Self::keep(of.alpha, t), Self::gain(of.alpha, t)) } else { Self::of_level(of.alpha) };
        let moves: [[f64; 3]; 3] = std::array::from_fn(|i| std::array::from_fn(|j| keep[i][j] + gain[i] * seen[j]));
        self.state = std::array::from_fn(|i| dot(&keep[i], &self.state) + gain[i] * mean);
        let half: [[f64; 3]; 3] =
            std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| moves[i][k] * self.spread[k][j]).sum()));
        self.spread = std::array::from_fn(|i| {
            std::array::from_fn(|j| (0..3).map(|k| half[i][k] * moves[j][k]).sum::<f64>() + noise * gain[i] * gain[j])
        });
        self.seen += 1.0;
        self.fade *= 1.0 - of.alpha;
        (mean, variance)
    }

    fn keep(alpha: f64, t: f64) -> [[f64; 3]; 3] {
        let bend = -6.0 / ((t + 1.0) * (t + 2.0));
        [[1.0 - alpha, 0.0, 0.0], [0.0, t / (t + 1.0), 0.0], [0.0, bend, (t - 1.0) / (t + 2.0)]]
    }

    fn gain(alpha: f64, t: f64) -> [f64; 3] {
        [alpha, 1.0 / (t + 1.0), 6.0 / ((t + 1.0) * (t + 2.0))]
    }

    fn of_level(alpha: f64) -> ([[f64; 3]; 3], [f64; 3]) {
        ([[1.0 - alpha, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [alpha, 0.0, 0.0])
    }
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

impl Fitted for FittedTheta {
    fn name(&self) -> String {
        self.form.name().to_owned()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let mut walk = Walk {
            state: [self.level, self.mean, self.slope],
            spread: [[0.0; 3]; 3],
            seen: self.count as f64,
            fade: (1.0 - self.alpha).powi(self.count as i32),
        };
        for _ in 0..self.trailing {
            walk.step(self);
        }
        let mut outlook = Outlook { centre: Vec::with_capacity(steps), sd: Vec::with_capacity(steps), quantiles: None };
        for t in self.length..self.length + steps {
            let (mean, variance) = walk.step(self);
            let mean = self.shift + mean;
            let sd = variance.max(0.0).sqrt();
            outlook.centre.push(self.season.as_ref().map_or(mean, |season| season.restored(t, mean)));
            outlook.sd.push(self.season.as_ref().map_or(sd, |season| season.widened(t, sd)));
        }
        outlook
    }
}

#[cfg(test)]
mod tests;
