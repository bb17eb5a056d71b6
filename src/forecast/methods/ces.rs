//! Complex exponential smoothing.
//!
//! Svetunkov, Kourentzes & Ord (2022), "Complex exponential smoothing", *Naval Research Logistics* 69(8), 1108–1123. Level and
//! information potential are the real and imaginary part of one smoothed number with a complex smoothing parameter α₀ + iα₁:
//!
//! ```text
//! y(t) = ℓ(t−p) + e(t)
//! ℓ(t) = ℓ(t−p) − (1 − α₁) c(t−p) + (α₀ − α₁) e(t)
//! c(t) = ℓ(t−p) + (1 − α₀) c(t−p) + (α₀ + α₁) e(t)
//! ```
//!
//! p is 1, or the season for the *simple* seasonal form. The *partial* form adds a real season s(t) = s(t−m) + β e(t), the
//! *full* form a second complex pair at lag m with its own parameters. At α₁ = 1 the level has a unit root without a trend; above
//! it grows, below it fades.
//!
//! The states before the first step are backcast: the recursion runs forward, backward and forward again. The derivatives of
//! the sum of squares by the parameters are carried along as further lanes of the same linear recursion, so one run gives both.

use super::season::interpolated;
use super::{Composition, Fitted, Outlook, Seasonal};
use crate::stats::bfgs;

/// The scale of a parameter without a prior, for the search.
const LOOSE: f64 = 0.25;

/// What is complex, and at which lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CesForm {
    /// No season.
    None,
    /// The pair at the lag of the season.
    Simple,
    /// A pair at lag 1 and a real season.
    Partial,
    /// A pair at lag 1 and a pair at the lag of the season.
    Full,
}

impl CesForm {
    const ALL: [Self; 4] = [Self::None, Self::Simple, Self::Partial, Self::Full];

    /// Where the search starts: α₀, α₁ and the β of the form.
    fn start(self) -> &'static [f64] {
        match self {
            Self::None | Self::Simple => &[1.3, 1.0],
            Self::Partial => &[1.3, 1.0, 0.1],
            Self::Full => &[1.3, 1.0, 1.3, 1.0],
        }
    }

    fn has_season(self) -> bool {
        matches!(self, Self::Partial | Self::Full)
    }
}

/// Complex exponential smoothing: of one form, or of the one with the least `AICc`.
///
/// Parameters counted: the smoothing parameters, σ, and half of the number of backcast phases (1 or m for the level, m for a
/// season): backcasting ties the first states to the values without fitting them freely, and counting none of them takes a
/// seasonal form for every past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ces {
    /// The form; None lets the corrected Akaike criterion choose.
    pub form: Option<CesForm>,
}

impl Ces {
    /// The form is chosen.
    pub const AUTO: Self = Self { form: None };

    /// The model fitted to a past with a season of `season` steps (1: none); None under six values, or for a seasonal form under
    /// two seasons.
    ///
    /// ```
    /// # use plimsoll::forecast::methods::{Ces, Fitted};
    /// let past: Vec<f64> = (0..40).map(|t| [5.0, 1.0, 2.0, 3.0][t % 4]).collect();
    /// let next = Ces::AUTO.fit(&past, 4).unwrap().outlook(4);
    /// assert!((next.centre[0] - 5.0).abs() < 0.1 && (next.centre[1] - 1.0).abs() < 0.1);
    /// ```
    #[must_use]
    pub fn fit(&self, past: &[f64], season: usize) -> Option<FittedCes> {
        match self.form {
            Some(form) => Problem::of(past, season, form)?.fitted(form.start(), 200),
            None => CesForm::ALL
                .into_iter()
                .filter_map(|form| Problem::of(past, season, form)?.fitted(form.start(), 200))
                .min_by(|a, b| a.aicc.total_cmp(&b.aicc)),
        }
    }
}

/// A value and its derivatives by the parameters.
type Lanes<const L: usize> = [f64; L];
/// A complex state: level and potential.
type Pair<const L: usize> = [Lanes<L>; 2];

/// The newest pair of each phase of its lag.
#[derive(Debug, Clone, PartialEq)]
struct States<const L: usize> {
    level: Vec<Pair<L>>,
    /// Empty without a season; its second part is unused where the season is real.
    season: Vec<Pair<L>>,
}

impl<const L: usize> States<L> {
    /// What is expected at a step of this phase of the season.
    fn expected(&self, phase: usize) -> Lanes<L> {
        let level = &self.level[if self.level.len() == 1 { 0 } else { phase }][0];
        if self.season.is_empty() {
            return *level;
        }
        let season = &self.season[phase][0];
        std::array::from_fn(|i| level[i] + season[i])
    }

    /// Moves the states of a phase on by the error `e`.
    fn step(&mut self, phase: usize, e: &Lanes<L>, at: &[f64]) {
        let of_level = if self.level.len() == 1 { 0 } else { phase };
        turn(&mut self.level[of_level], e, at[0], at[1], 1);
        match at.len() {
            3 => {
                let season = &mut self.season[phase][0];
                (0..L).for_each(|i| season[i] += at[2] * e[i]);
                if L > 3 {
                    season[3] += e[0];
                }
            }
            4 => turn(&mut self.season[phase], e, at[2], at[3], 3),
            _ => {}
        }
    }
}

/// One step of a pair; the derivatives by its own parameters are the lanes `own` and `own` + 1.
fn turn<const L: usize>(pair: &mut Pair<L>, e: &Lanes<L>, real: f64, imaginary: f64, own: usize) {
    let [level, potential] = *pair;
    let [next_level, next_potential] = pair;
    for i in 0..L {
        next_level[i] = level[i] - (1.0 - imaginary) * potential[i] + (real - imaginary) * e[i];
        next_potential[i] = level[i] + (1.0 - real) * potential[i] + (real + imaginary) * e[i];
    }
    if L > own + 1 {
        next_level[own] += e[0];
        next_potential[own] += e[0] - potential[0];
        next_level[own + 1] += potential[0] - e[0];
        next_potential[own + 1] += e[0];
    }
}

/// A past made ready: from its first value on, scaled to mean size 1.
struct Problem {
    form: CesForm,
    period: usize,
    first: usize,
    scale: f64,
    values: Vec<f64>,
    /// The phase of the season of each value.
    phases: Vec<usize>,
    counted: f64,
    /// Mean and standard deviation of the prior on each parameter that has one.
    prior: Vec<(f64, f64)>,
    /// The states the first run starts from.
    seed: States<1>,
}

impl Problem {
    fn of(past: &[f64], season: usize, form: CesForm) -> Option<Self> {
        let period = if form == CesForm::None { 1 } else { season };
        let first = past.iter().position(|value| value.is_finite())?;
        let values = &past[first..];
        let counted = values.iter().filter(|value| value.is_finite()).count();
        if counted < 6 || form != CesForm::None && (season < 2 || values.len() < 2 * season) {
            return None;
        }
        let size = values.iter().filter(|value| value.is_finite()).map(|value| value.abs() / counted as f64).sum::<f64>();
        let scale = if size > 0.0 { size } else { 1.0 };
        let values: Vec<f64> = values.iter().map(|value| value / scale).collect();
        let seed = seed(&values, period, form)?;
        let prior = prior(form, period as f64, values.len() as f64);
        Some(Self {
            form,
            period,
            first,
            scale,
            phases: (0..values.len()).map(|t| t % period).collect(),
            values,
            counted: counted as f64,
            prior,
            seed,
        })
    }

    /// The states before the first step: the recursion run forward and back again.
    fn backcast<const L: usize>(&self, at: &[f64]) -> States<L> {
        let widen = |pairs: &[Pair<1>]| -> Vec<Pair<L>> {
            pairs.iter().map(|pair| pair.map(|lanes| std::array::from_fn(|i| if i == 0 { lanes[0] } else { 0.0 }))).collect()
        };
        let mut states = States { level: widen(&self.seed.level), season: widen(&self.seed.season) };
        (0..self.values.len()).for_each(|t| {
            self.visit(&mut states, t, at);
        });
        (0..self.values.len()).rev().for_each(|t| {
            self.visit(&mut states, t, at);
        });
        states
    }

    /// Moves the states over step `t`; its error, 0 in all lanes at a gap.
    fn visit<const L: usize>(&self, states: &mut States<L>, t: usize, at: &[f64]) -> Lanes<L> {
        let (value, phase) = (self.values[t], self.phases[t]);
        let mut e = [0.0; L];
        if value.is_finite() {
            let expected = states.expected(phase);
            e = std::array::from_fn(|i| if i == 0 { value - expected[0] } else { -expected[i] });
        }
        states.step(phase, &e, at);
        e
    }

    /// ½ n ln Σ e², the priors and the gradient of both, infinite outside the admissible parameters.
    fn loss<const L: usize>(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        if !admissible(at) {
            return f64::INFINITY;
        }
        let mut squares = [1e-24; L];
        let mut states = self.backcast::<L>(at);
        for t in 0..self.values.len() {
            let e = self.visit(&mut states, t, at);
            (0..L).for_each(|i| squares[i] += e[0] * e[i]);
        }
        if !squares[0].is_finite() {
            return f64::INFINITY;
        }
        for (i, slope) in gradient.iter_mut().enumerate() {
            *slope = self.counted * squares[i + 1] / squares[0];
        }
        let mut loss = 0.5 * self.counted * squares[0].ln();
        for ((value, slope), (mean, width)) in at.iter().zip(gradient).zip(&self.prior) {
            let away = (value - mean) / width;
            loss += 0.5 * away * away;
            *slope += away / width;
        }
        loss
    }

    fn loss_of(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        match at.len() {
            2 => self.loss::<3>(at, gradient),
            3 => self.loss::<4>(at, gradient),
            _ => self.loss::<5>(at, gradient),
        }
    }

    fn fitted(&self, start: &[f64], most: usize) -> Option<FittedCes> {
        let best = bfgs(&self.inner(start), 1e-3, most, |inner, gradient| {
            let (at, stretch) = self.outer(inner);
            let loss = self.loss_of(&at, gradient);
            gradient.iter_mut().zip(stretch).for_each(|(slope, stretch)| *slope *= stretch);
            loss
        });
        let (at, _) = self.outer(&best.at);
        self.at(&at, self.backcast(&at))
    }

    /// The point of the search at these parameters: distances from the priors' means in their widths, the real season's share
    /// as log odds, for its best is often near its bound 0.
    fn inner(&self, at: &[f64]) -> Vec<f64> {
        let of = |(i, value): (usize, &f64)| match self.prior.get(i) {
            Some((mean, width)) => (value - mean) / width.min(LOOSE),
            None => (value / (1.0 - value)).ln(),
        };
        at.iter().enumerate().map(of).collect()
    }

    /// The parameters at a point of the search and their derivatives by its coordinates.
    fn outer(&self, inner: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let of = |(i, value): (usize, &f64)| {
            if let Some((mean, width)) = self.prior.get(i) {
                (mean + value * width.min(LOOSE), width.min(LOOSE))
            } else {
                let share = (1.0 / (1.0 + (-value).exp())).clamp(1e-9, 1.0 - 1e-9);
                (share, share * (1.0 - share))
            }
        };
        inner.iter().enumerate().map(of).unzip()
    }

    /// The model with these parameters, from these states before the first step.
    fn at(&self, at: &[f64], mut states: States<1>) -> Option<FittedCes> {
        let mut residuals = vec![f64::NAN; self.first + self.values.len()];
        let mut squares = 0.0;
        for t in 0..self.values.len() {
            let [e] = self.visit(&mut states, t, at);
            squares += e * e;
            if self.values[t].is_finite() {
                residuals[self.first + t] = self.scale * e;
            }
        }
        let n = self.counted;
        let backcast = (self.seed.level.len() + self.seed.season.len()) as f64;
        let k = at.len() as f64 + 1.0 + 0.5 * backcast;
        let small = if n > k + 1.0 { 2.0 * k * (k + 1.0) / (n - k - 1.0) } else { f64::INFINITY };
        let aicc = n * (squares / n).max(1e-300).ln() + 2.0 * k + small;
        let sigma = self.scale * (squares / (n - at.len() as f64).max(1.0)).sqrt();
        sigma.is_finite().then(|| FittedCes {
            form: self.form,
            period: self.period,
            parameters: at.to_vec(),
            scale: self.scale,
            sigma,
            aicc,
            seen: self.values.len(),
            states,
            residuals,
        })
    }
}

/// Whether old errors fade: both roots of a pair's discount matrix lie inside the unit circle (Jury), and β is in its range.
fn admissible(at: &[f64]) -> bool {
    let fades = |real: f64, imaginary: f64| {
        let trace = 2.0 - 2.0 * real + imaginary;
        let determinant = (1.0 - real + imaginary) * (1.0 - real) + (1.0 - imaginary) * (1.0 - real - imaginary);
        determinant.abs() < 1.0 && trace.abs() < 1.0 + determinant
    };
    fades(at[0], at[1])
        && match at {
            [_, _, share] => (0.0..1.0).contains(share),
            [_, _, real, imaginary] => fades(*real, *imaginary) || (0.0..1.8).contains(real) && (0.0..1.8).contains(imaginary),
            _ => true,
        }
}

/// Mean and standard deviation of the priors on α₀, α₁ and, in the full form, β₀ (none) and β₁.
///
/// A likelihood is flat along α₁, while an α₁ above 1 by d grows the pair by a factor of about 1 + d/α₀ each of its lags, for
/// ever. The prior says that over a time as long as the past it grows or shrinks by a factor of some e^(1/α₀), and on a short
/// past 5 % a lag. α₀ = 1.3 is where the search starts; 0.25 is a quarter of the admissible range at α₁ = 1.
fn prior(form: CesForm, period: f64, length: f64) -> Vec<(f64, f64)> {
    let width = |lag: f64| (lag / length).min(0.05);
    let mut prior = vec![(1.3, 0.25), (1.0, width(if form == CesForm::Simple { period } else { 1.0 }))];
    if form == CesForm::Full {
        prior.extend([(1.3, f64::INFINITY), (1.0, width(period))]);
    }
    prior
}

/// The mean of the first steps, their own values or the classical indices; the potential at its rest, the level over 1.1.
fn seed(values: &[f64], period: usize, form: CesForm) -> Option<States<1>> {
    let pair = |level: f64| [[level], [level / 1.1]];
    let filled = interpolated(values)?;
    let opening = &filled[..filled.len().min(if form == CesForm::None { 10 } else { period })];
    let mean = opening.iter().sum::<f64>() / opening.len() as f64;
    let level = if form == CesForm::Simple { opening.iter().map(|value| pair(*value)).collect() } else { vec![pair(mean)] };
    let season = if form.has_season() {
        Seasonal::classical(values, period, Composition::Additive)?.indices.into_iter().map(pair).collect()
    } else {
        Vec::new()
    };
    Some(States { level, season })
}

/// Complex exponential smoothing fitted to one past.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedCes {
    form: CesForm,
    period: usize,
    parameters: Vec<f64>,
    scale: f64,
    sigma: f64,
    aicc: f64,
    seen: usize,
    states: States<1>,
    residuals: Vec<f64>,
}

impl FittedCes {
    /// The same form on another past, searched briefly from the parameters here.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        Problem::of(past, self.period, self.form)?.fitted(&self.parameters, 8)
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> CesForm {
        self.form
    }

    /// α₀, α₁, then β (partial) or β₀, β₁ (full).
    #[must_use]
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// The corrected Akaike criterion, comparable only between forms on one past.
    #[must_use]
    pub fn aicc(&self) -> f64 {
        self.aicc
    }

    /// The response ψ of later steps to an error of 1 now: 1 at its own step.
    fn responses(&self, steps: usize) -> Vec<f64> {
        let still = |pairs: &[Pair<1>]| vec![[[0.0]; 2]; pairs.len()];
        let mut states = States { level: still(&self.states.level), season: still(&self.states.season) };
        (0..steps)
            .map(|t| {
                let response = if t == 0 { 1.0 } else { states.expected(t % self.period)[0] };
                states.step(t % self.period, &[if t == 0 { 1.0 } else { 0.0 }], &self.parameters);
                response
            })
            .collect()
    }
}

impl Fitted for FittedCes {
    fn name(&self) -> String {
        match self.form {
            CesForm::None => "CES",
            CesForm::Simple => "CES, simple season",
            CesForm::Partial => "CES, partial season",
            CesForm::Full => "CES, full season",
        }
        .to_owned()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let mut states = self.states.clone();
        let centre = (self.seen..self.seen + steps)
            .map(|t| {
                let expected = states.expected(t % self.period)[0];
                states.step(t % self.period, &[0.0], &self.parameters);
                self.scale * expected.clamp(-1e9, 1e9)
            })
            .collect();
        let mut variance = 0.0;
        let sd = self
            .responses(steps)
            .iter()
            .map(|response| {
                variance += response.clamp(-1e9, 1e9).powi(2);
                self.sigma * variance.sqrt()
            })
            .collect();
        Outlook { centre, sd, quantiles: None }
    }
}

#[cfg(test)]
mod tests;
