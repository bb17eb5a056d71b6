//! Dynamic harmonic regression: Fourier terms for seasons of any length, a drift or line, and autoregressive errors.
//!
//! Young, Pedregal & Tych (1999), "Dynamic harmonic regression", *Journal of Forecasting* 18, 369–394; Hyndman &
//! Athanasopoulos (2021), *Forecasting: Principles and Practice*, 3rd ed., section 10.5.
//!
//! With `η` for errors of an autoregression φ, `y = x·β + η` says the same as `φ(B) y = w + ε` with `w = φ(B) x·β`: and as a
//! sinusoid shifted is a sinusoid of the same frequency, `w` is a sum of the same terms. So one regression of the series on its
//! own lags and the terms is the whole conditional least-squares fit; nothing is iterated.

use std::f64::consts::TAU;
use std::sync::Arc;

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::mstl::{from_logs, unlogged_errors};
use super::triangle::Triangle;
use super::{Fitted, Outlook};

/// What the series does besides its seasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HarmonicTrend {
    /// A level; after differencing, a walk without drift.
    None,
    /// A straight line; after differencing, a walk with drift, drawn toward none by what noise alone would make.
    Linear,
}

/// The settings of a dynamic harmonic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Harmonic {
    /// Steps of each season; need not be whole, such as 52.18 weeks a year. Without any the fit is an autoregression.
    pub periods: Vec<f64>,
    /// Most harmonics a season.
    pub most: usize,
    /// What the series does besides.
    pub trend: HarmonicTrend,
    /// Whether the errors have a unit root: given, or by AICc.
    pub differenced: Option<bool>,
    /// Whether it works on logarithms, where all values are positive: given, or by AICc with the Jacobian `2 Σ ln y`.
    pub log: Option<bool>,
    /// The season must be there at this level of an F test, Bonferroni over the numbers of harmonics tried; 1 asks nothing.
    pub level: f64,
}

impl Harmonic {
    /// Seasons of `periods` steps with at most 12 harmonics each, a line, errors of either kind, seasons there at 1 %.
    #[must_use]
    pub fn new(periods: &[f64]) -> Self {
        Self { periods: periods.to_vec(), most: 12, trend: HarmonicTrend::Linear, differenced: None, log: None, level: 0.01 }
    }

    /// No season: an autoregression of the series or its differences, by AICc; for what other methods leave.
    #[must_use]
    pub fn autoregression() -> Self {
        Self { log: Some(false), ..Self::new(&[]) }
    }

    /// The fit with numbers of lags and harmonics by AICc; `None` where two of the longest season do not fit in, no season is
    /// there, or too little was seen.
    #[must_use]
    pub fn fit(&self, past: &[f64]) -> Option<FittedHarmonic> {
        let waves = Arc::new(Waves::new(self.waves(past.len())?, past.len()));
        let either = |given: Option<bool>| given.map_or(vec![false, true], |given| vec![given]);
        let start = most_lags(past.len()) + 1;
        let mut best: Option<(f64, Estimate, Scaled)> = None;
        for log in either(self.log) {
            let Some(scaled) = Scaled::new(past, log) else { continue };
            for differenced in either(self.differenced) {
                let form = Form { waves: waves.clone(), lags: None, differenced, start, chosen: false };
                let Some(estimate) = self.estimate(&scaled, form) else { continue };
                let aicc = estimate.aicc + scaled.jacobian(past, start);
                if best.as_ref().is_none_or(|(least, ..)| aicc < *least) {
                    best = Some((aicc, estimate, scaled.clone()));
                }
            }
        }
        let (_, estimate, scaled) = best?;
        let there = waves.list.is_empty() || estimate.p_value() * self.most.min(waves.list.len()) as f64 <= self.level;
        (there || self.level >= 1.0).then(|| FittedHarmonic::new(self.clone(), estimate, &scaled, past))
    }

    /// The waves of all seasons, the shortest season and lowest frequency first; each frequency once.
    fn waves(&self, count: usize) -> Option<Vec<Wave>> {
        let mut periods = self.periods.clone();
        periods.retain(|period| *period >= 2.0 && 2.0 * period <= count as f64);
        periods.sort_by(f64::total_cmp);
        let mut waves: Vec<Wave> = Vec::new();
        for (season, period) in periods.iter().enumerate() {
            for k in (1..=self.most).take_while(|k| 2.0 * *k as f64 <= *period) {
                let frequency = k as f64 / period;
                if waves.iter().all(|wave| (wave.frequency - frequency).abs() * count as f64 > 0.25) {
                    waves.push(Wave { season, frequency });
                }
            }
        }
        (!waves.is_empty() || self.periods.is_empty()).then_some(waves)
    }

    fn estimate(&self, scaled: &Scaled, form: Form) -> Option<Estimate> {
        let mut values = scaled.values.clone();
        let mut estimate = Estimate::new(self.trend, form, &values)?;
        // gaps begin as straight lines; where there are any, expectations take their place and the fit is done again
        for _ in 0..if scaled.gaps.is_empty() { 0 } else { 2 } {
            for gap in scaled.gaps.iter().filter(|gap| **gap > estimate.lags.len()) {
                values[*gap] = estimate.expected(&values, *gap);
            }
            let form = Form { lags: Some(estimate.phi.len()), ..estimate.form.clone() };
            estimate = Estimate::new(self.trend, form, &values)?;
        }
        estimate.values = values;
        Some(estimate)
    }
}

fn most_lags(count: usize) -> usize {
    (count / 10).min(16)
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Wave {
    pub(super) season: usize,
    frequency: f64,
}

/// The waves with their values at the steps of a past, which every regression on it uses.
#[derive(Debug)]
struct Waves {
    list: Vec<Wave>,
    /// Cosine and sine of each wave, a row a step.
    table: Vec<f64>,
}

impl Waves {
    fn new(list: Vec<Wave>, count: usize) -> Self {
        let mut table = vec![0.0; 2 * list.len() * count];
        for t in 0..count {
            write_waves(&list, t, &mut table[2 * list.len() * t..2 * list.len() * (t + 1)]);
        }
        Self { list, table }
    }

    fn write(&self, t: usize, row: &mut [f64]) {
        let width = 2 * self.list.len();
        match self.table.get(width * t..width * (t + 1)) {
            Some(known) => row.copy_from_slice(known),
            None => write_waves(&self.list, t, row),
        }
    }
}

fn write_waves(waves: &[Wave], t: usize, row: &mut [f64]) {
    for (pair, wave) in row.chunks_exact_mut(2).zip(waves) {
        let (sine, cosine) = (TAU * wave.frequency * t as f64).sin_cos();
        (pair[0], pair[1]) = (cosine, sine);
    }
}

/// The past in standard units, perhaps of logarithms, gaps filled by straight lines.
#[derive(Clone)]
struct Scaled {
    values: Vec<f64>,
    gaps: Vec<usize>,
    shift: f64,
    unit: f64,
    log: bool,
}

impl Scaled {
    fn new(past: &[f64], log: bool) -> Option<Self> {
        if log && past.iter().any(|value| *value <= 0.0) {
            return None;
        }
        let mut values: Vec<f64> = past.iter().map(|value| if log { value.ln() } else { *value }).collect();
        let seen: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        if seen.len() < 20 || 2 * seen.len() < past.len() {
            return None;
        }
        let shift = seen.iter().sum::<f64>() / seen.len() as f64;
        let unit = (seen.iter().map(|value| (value - shift).powi(2)).sum::<f64>() / seen.len() as f64).sqrt();
        if !(unit > 1e-12 * shift.abs() && unit.is_finite()) {
            return None;
        }
        for value in &mut values {
            *value = (*value - shift) / unit;
        }
        let gaps = (0..values.len()).filter(|t| !values[*t].is_finite()).collect();
        bridge(&mut values);
        Some(Self { values, gaps, shift, unit, log })
    }

    /// What AICc in these units lacks to that in the units of the past, from the step `start` on.
    fn jacobian(&self, past: &[f64], start: usize) -> f64 {
        let steps = (past.len() - start) as f64;
        let seen: Vec<f64> = past[start..].iter().filter(|value| value.is_finite()).map(|value| value.abs().ln()).collect();
        let mean = if self.log { seen.iter().sum::<f64>() / seen.len().max(1) as f64 } else { 0.0 };
        2.0 * steps * (self.unit.ln() + mean)
    }
}

/// Straight lines over gaps, the nearest value at the ends.
fn bridge(values: &mut [f64]) {
    let mut before: Option<usize> = None;
    for t in 0..values.len() {
        let value = values[t];
        if value.is_finite() {
            match before {
                Some(from) => {
                    let slope = (value - values[from]) / (t - from) as f64;
                    (from + 1..t).for_each(|gap| values[gap] = values[from] + slope * (gap - from) as f64);
                }
                None => values[..t].fill(value),
            }
            before = Some(t);
        }
    }
    if let Some(last) = before {
        let value = values[last];
        values[last..].fill(value);
    }
}

/// Which columns a regression has.
#[derive(Debug, Clone)]
struct Form {
    waves: Arc<Waves>,
    /// Lags of the series or of its differences; by AICc when not known.
    lags: Option<usize>,
    differenced: bool,
    /// The first step that is explained.
    start: usize,
    /// The waves were chosen before: all stay.
    chosen: bool,
}

/// One regression of the series on its lags and the terms.
struct Estimate {
    form: Form,
    trend: HarmonicTrend,
    values: Vec<f64>,
    /// Coefficients of the lags of what was regressed: the series, or its differences.
    phi: Vec<f64>,
    /// Coefficients of the lags of the series, the unit root included.
    lags: Vec<f64>,
    /// Coefficients of level, line and waves.
    terms: Vec<f64>,
    triangle: Triangle,
    base: usize,
    sigma2: f64,
    aicc: f64,
    /// F of the waves kept, and its degrees of freedom.
    f: (f64, f64, f64),
}

impl Estimate {
    fn new(trend: HarmonicTrend, form: Form, values: &[f64]) -> Option<Self> {
        let series: Vec<f64> = if form.differenced {
            std::iter::once(0.0).chain(values.windows(2).map(|pair| pair[1] - pair[0])).collect()
        } else {
            values.to_vec()
        };
        let columns = Columns::new(trend, &form, values.len());
        let lags = match form.lags {
            Some(lags) => lags,
            None => choose_lags(&series, &columns, &form)?,
        };
        let triangle = Triangle::new(&series, &columns, lags, form.start)?;
        let rows = (series.len() - form.start) as f64;
        let base = lags + columns.base;
        let (kept, sse) = if form.chosen {
            (vec![true; form.waves.list.len()], triangle.rest)
        } else {
            triangle.choose(&form.waves.list, base, rows)
        };
        let waves_kept = kept.iter().filter(|kept| **kept).count();
        let width = (base + 2 * waves_kept) as f64;
        if rows < width + 5.0 {
            return None;
        }
        let sigma2 = (sse / (rows - width)).max(1e-20);
        let gain: f64 = (0..kept.len()).filter(|at| kept[*at]).map(|at| triangle.gain(base, at)).sum();
        let f = (gain / (2 * waves_kept).max(1) as f64 / sigma2, 2.0 * waves_kept as f64, rows - width);
        let fitted = triangle.solve(&triangle.drawn_in(&kept, base, columns.drift(lags), sigma2));
        let phi = fitted[..lags].to_vec();
        let with_root = if form.differenced { with_unit_root(&phi) } else { phi.clone() };
        if !stable(&phi) {
            return None;
        }
        let aicc = rows * (sse / rows).max(1e-20).ln() + penalty(width, rows);
        let (terms, values) = (fitted[lags..].to_vec(), Vec::new());
        Some(Self { form, trend, values, phi, lags: with_root, terms, triangle, base, sigma2, aicc, f })
    }

    /// What the step `t` is expected to be by those before it, `t` more than the lags.
    fn expected(&self, values: &[f64], t: usize) -> f64 {
        let own: f64 = self.lags.iter().enumerate().map(|(lag, phi)| phi * values[t - lag - 1]).sum();
        own + self.term_at(t, values.len())
    }

    fn term_at(&self, t: usize, count: usize) -> f64 {
        let mut row = vec![0.0; self.terms.len()];
        Columns::new(self.trend, &self.form, count).write(t, &mut row);
        row.iter().zip(&self.terms).map(|(x, b)| x * b).sum()
    }

    fn p_value(&self) -> f64 {
        let (f, above, below) = self.f;
        if above == 0.0 || !f.is_finite() {
            return 1.0;
        }
        FisherSnedecor::new(above, below).map_or(1.0, |law| law.sf(f))
    }
}

/// AICc's penalty for `width` coefficients and a variance.
pub(super) fn penalty(width: f64, rows: f64) -> f64 {
    2.0 * (width + 1.0) * rows / (rows - width - 2.0).max(1.0)
}

/// The coefficients of `(1 − φ(B)) (1 − B)`.
fn with_unit_root(phi: &[f64]) -> Vec<f64> {
    let at = |lag: usize| if lag == 0 { -1.0 } else { phi.get(lag - 1).copied().unwrap_or(0.0) };
    (1..=phi.len() + 1).map(|lag| at(lag) - at(lag - 1)).collect()
}

/// Whether `φ` is a stationary autoregression: all its partial correlations lie within one (Levinson–Durbin, backwards).
fn stable(phi: &[f64]) -> bool {
    let mut phi = phi.to_vec();
    while let Some(last) = phi.pop() {
        if last.is_nan() || last.abs() >= 0.9999 {
            return false;
        }
        let shorter: Vec<f64> =
            (0..phi.len()).map(|at| (phi[at] + last * phi[phi.len() - 1 - at]) / (1.0 - last * last)).collect();
        phi = shorter;
    }
    true
}

/// The deterministic columns: level, line, then a cosine and a sine a wave.
pub(super) struct Columns {
    level: bool,
    line: bool,
    base: usize,
    waves: Arc<Waves>,
    count: f64,
    differenced: bool,
}

impl Columns {
    fn new(trend: HarmonicTrend, form: &Form, count: usize) -> Self {
        let linear = trend == HarmonicTrend::Linear;
        // differences of a line are a level
        let (level, line) = if form.differenced { (linear, false) } else { (true, linear) };
        let waves = Arc::clone(&form.waves);
        let base = usize::from(level) + usize::from(line);
        Self { level, line, base, waves, count: count as f64, differenced: form.differenced }
    }

    pub(super) fn width(&self) -> usize {
        self.base + 2 * self.waves.list.len()
    }

    /// The column of the drift, after `lags` others, where there is one.
    fn drift(&self, lags: usize) -> Option<usize> {
        (self.differenced && self.level).then_some(lags)
    }

    pub(super) fn write(&self, t: usize, row: &mut [f64]) {
        if self.level {
            row[0] = 1.0;
        }
        if self.line {
            row[self.base - 1] = t as f64 / self.count - 0.5;
        }
        self.waves.write(t, &mut row[self.base..]);
    }
}

/// How many lags: those of Burg's recursion on what the terms alone leave, by AICc.
///
/// Burg (1975), *Maximum entropy spectral analysis*, PhD thesis, Stanford.
fn choose_lags(series: &[f64], columns: &Columns, form: &Form) -> Option<usize> {
    let alone = Triangle::new(series, columns, 0, 1)?;
    let terms = alone.solve(&alone.z);
    let mut row = vec![0.0; columns.width()];
    let rest: Vec<f64> = (1..series.len())
        .map(|t| {
            columns.write(t, &mut row);
            series[t] - row.iter().zip(&terms).map(|(x, b)| x * b).sum::<f64>()
        })
        .collect();
    let (rows, most) = (rest.len() as f64, form.start - 1);
    let (mut ahead, mut back) = (rest.clone(), rest);
    let mut variance = ahead.iter().map(|value| value * value).sum::<f64>() / rows;
    let mut best = (rows * variance.max(1e-20).ln() + penalty(0.0, rows), 0);
    for lags in 1..=most {
        let (mut cross, mut power) = (0.0, 0.0);
        for t in lags..ahead.len() {
            cross += ahead[t] * back[t - 1];
            power += ahead[t].powi(2) + back[t - 1].powi(2);
        }
        let partial = if power > 0.0 { 2.0 * cross / power } else { 0.0 };
        for t in (lags..ahead.len()).rev() {
            let (f, b) = (ahead[t], back[t - 1]);
            (ahead[t], back[t]) = (f - partial * b, b - partial * f);
        }
        variance *= 1.0 - partial * partial;
        let score = rows * variance.max(1e-20).ln() + penalty(lags as f64, rows);
        if score < best.0 {
            best = (score, lags);
        }
    }
    Some(best.1)
}

/// A dynamic harmonic regression fitted to a past.
pub struct FittedHarmonic {
    settings: Harmonic,
    estimate: Estimate,
    shift: f64,
    unit: f64,
    log: bool,
    residuals: Vec<f64>,
}

impl FittedHarmonic {
    fn new(settings: Harmonic, estimate: Estimate, scaled: &Scaled, past: &[f64]) -> Self {
        let errors: Vec<f64> = (0..past.len())
            .map(|t| {
                if t > estimate.lags.len() && past[t].is_finite() {
                    (estimate.values[t] - estimate.expected(&estimate.values, t)) * scaled.unit
                } else {
                    f64::NAN
                }
            })
            .collect();
        let residuals = if scaled.log { unlogged_errors(past, &errors) } else { errors };
        Self { settings, estimate, shift: scaled.shift, unit: scaled.unit, log: scaled.log, residuals }
    }

    /// The same lags and waves on another past, estimated anew; nothing is searched for or tested.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        let scaled = Scaled::new(past, self.log)?;
        let lags = self.estimate.phi.len();
        let kept = |wave: &&Wave| {
            let at = self.estimate.form.waves.list.iter().position(|own| own.frequency == wave.frequency);
            at.is_some_and(|at| {
                let first = self.estimate.base - lags + 2 * at;
                self.estimate.terms[first] != 0.0 || self.estimate.terms[first + 1] != 0.0
            })
        };
        let waves: Vec<Wave> = self.estimate.form.waves.list.iter().filter(kept).copied().collect();
        let waves = Arc::new(Waves::new(waves, past.len()));
        let start = lags + 2;
        if past.len() <= start {
            return None;
        }
        let form = Form { waves, lags: Some(lags), differenced: self.estimate.form.differenced, start, chosen: true };
        let estimate = self.settings.estimate(&scaled, form)?;
        Some(Self::new(self.settings.clone(), estimate, &scaled, past))
    }

    /// Waves with a coefficient.
    #[must_use]
    pub fn harmonics(&self) -> usize {
        let first = self.estimate.base - self.estimate.phi.len();
        self.estimate.terms[first..].chunks_exact(2).filter(|pair| pair[0] != 0.0 || pair[1] != 0.0).count()
    }

    /// The probability of waves as large in a series without a season, by the F test.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        self.estimate.p_value()
    }
}

impl Fitted for FittedHarmonic {
    fn name(&self) -> String {
        let log = if self.log { "log " } else { "" };
        let root = if self.estimate.form.differenced { "I" } else { "" };
        let waves = if self.settings.periods.is_empty() { String::new() } else { format!("harmonic({}) + ", self.harmonics()) };
        format!("{log}{waves}AR{root}({})", self.estimate.phi.len())
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let estimate = &self.estimate;
        let (count, lags) = (estimate.values.len(), estimate.phi.len());
        let columns = Columns::new(estimate.trend, &estimate.form, count);
        let mut values = estimate.values.clone();
        let mut psi: Vec<f64> = Vec::with_capacity(steps);
        // the derivative of each step's forecast by each coefficient
        let mut slopes: Vec<Vec<f64>> = Vec::with_capacity(steps);
        let (mut power, mut outlook) = (0.0, Outlook { centre: Vec::new(), sd: Vec::new(), quantiles: None });
        for t in count..count + steps {
            let mut row = vec![0.0; lags + columns.width()];
            for (lag, cell) in row[..lags].iter_mut().enumerate() {
                let differenced = if estimate.form.differenced { values[t - lag - 2] } else { 0.0 };
                *cell = values[t - lag - 1] - differenced;
            }
            columns.write(t, &mut row[lags..]);
            // a term that was dropped is not estimated either
            row[lags..].iter_mut().zip(&estimate.terms).filter(|(_, b)| **b == 0.0).for_each(|(x, _)| *x = 0.0);
            let own: f64 = estimate.lags.iter().enumerate().map(|(lag, phi)| phi * values[t - lag - 1]).sum();
            let next = own + row[lags..].iter().zip(&estimate.terms).map(|(x, b)| x * b).sum::<f64>();
            values.push(next);
            let ahead = t - count;
            let mut weight = if ahead == 0 { 1.0 } else { 0.0 };
            for (lag, phi) in estimate.lags.iter().enumerate().take(ahead) {
                weight += phi * psi[ahead - lag - 1];
                row.iter_mut().zip(&slopes[ahead - lag - 1]).for_each(|(slope, before)| *slope += phi * before);
            }
            psi.push(weight);
            power += weight * weight;
            outlook.centre.push(self.shift + self.unit * next);
            outlook.sd.push(self.unit * (estimate.sigma2 * (power + estimate.triangle.leverage(&row))).sqrt());
            slopes.push(row);
        }
        if self.log { from_logs(&outlook, steps) } else { outlook }
    }
}

#[cfg(test)]
#[path = "harmonic_tests.rs"]
mod tests;
