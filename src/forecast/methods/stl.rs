//! STL: a series taken apart into season, trend and remainder by loess.
//!
//! Cleveland, Cleveland, McRae & Terpenning (1990), "STL: A seasonal-trend decomposition procedure based on loess", *Journal of
//! Official Statistics* 6(1), 3–73.

use super::loess::{LocalFit, Loess, Smoother};

/// How far the season of one phase may change from cycle to cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeasonalWindow {
    /// Not at all: each phase has its mean.
    Periodic,
    /// Loess over so many cycles (odd, at least 3).
    Cycles(usize),
}

/// The settings of one decomposition.
#[derive(Debug, Clone, PartialEq)]
pub struct Stl {
    /// Steps a season.
    pub period: usize,
    /// How the season may change.
    pub seasonal: SeasonalWindow,
    /// The local fit along a phase.
    pub seasonal_fit: LocalFit,
    /// Points of the trend's window (made odd); by default the least odd number over `1.5 period / (1 − 1.5 / seasonal window)`.
    pub trend: Option<usize>,
    /// Loess of trend and low-pass filter is fitted at every so manyth point; by default a tenth of its window.
    pub jump: Option<usize>,
    /// Passes of the inner loop.
    pub inner: usize,
    /// Passes of the outer loop that weigh outliers down; 0 is plain.
    pub outer: usize,
}

/// A series as the sum of three.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// The season; also at gaps.
    pub seasonal: Vec<f64>,
    /// The trend; also at gaps.
    pub trend: Vec<f64>,
    /// What is left; NaN at gaps.
    pub remainder: Vec<f64>,
    /// The trust in each point by the last outer pass, 0 to 1; 1 without outer passes.
    pub trust: Vec<f64>,
}

impl Stl {
    /// The settings of R's `stl` for a season of `period` steps: not robust, two inner passes, jumps of a tenth of a window.
    #[must_use]
    pub fn new(period: usize, seasonal: SeasonalWindow) -> Self {
        Self { period, seasonal, seasonal_fit: LocalFit::Constant, trend: None, jump: None, inner: 2, outer: 0 }
    }

    /// The decomposition of `past` (NaN is a gap); `None` under two whole seasons, or with a phase that was never seen.
    #[must_use]
    pub fn decompose(&self, past: &[f64]) -> Option<Decomposition> {
        let plan = Plan::new(self, past.len())?;
        let mut state = State::new(past, self.period)?;
        plan.run(&mut state, self.outer);
        Some(state.into_decomposition(past))
    }

    fn trend_window(&self) -> usize {
        let cycles = match self.seasonal {
            SeasonalWindow::Periodic => f64::INFINITY,
            SeasonalWindow::Cycles(cycles) => odd(cycles.max(3)) as f64,
        };
        odd(self.trend.unwrap_or_else(|| (1.5 * self.period as f64 / (1.0 - 1.5 / cycles)).ceil() as usize).max(3))
    }
}

/// The least odd number that is not under `count`.
fn odd(count: usize) -> usize {
    count | 1
}

/// The smoothers of one length, used for every pass.
pub(super) struct Plan {
    stl: Stl,
    count: usize,
    cycle: Vec<Vec<f64>>,
    cycle_long: Vec<Vec<f64>>,
    low: Smoother,
    trend: Smoother,
}

/// What changes from pass to pass.
pub(super) struct State {
    /// The series, gaps filled.
    pub(super) values: Vec<f64>,
    pub(super) gaps: Vec<usize>,
    pub(super) seasonal: Vec<f64>,
    pub(super) trend: Vec<f64>,
    pub(super) trust: Option<Vec<f64>>,
}

impl Plan {
    pub(super) fn new(stl: &Stl, count: usize) -> Option<Self> {
        let period = stl.period;
        if period < 2 || count < 2 * period {
            return None;
        }
        let (full, rest) = (count / period, count % period);
        let table = |cycles: usize| cycle_table(stl, cycles);
        let (low, trend) = smoothers(stl, count, None);
        let cycle_long = if rest > 0 { table(full + 1) } else { Vec::new() };
        Some(Self { stl: stl.clone(), count, cycle: table(full), cycle_long, low, trend })
    }

    /// How many cycles an end of the season is in effect the mean of, `1 / Σ weight²`.
    pub(super) fn cycles_at_end(&self) -> f64 {
        1.0 / squares(&self.cycle[self.cycle.len() - 2])
    }

    /// The share of independent noise's variance that the season does not follow, in the middle: `1 − 2 own weight + Σ weight²`.
    pub(super) fn noise_left(&self) -> f64 {
        let middle = self.cycle.len() / 2;
        let row = &self.cycle[middle];
        1.0 - 2.0 * row[middle - 1] + squares(row)
    }

    pub(super) fn run(&self, state: &mut State, outer: usize) {
        self.inner(state, &self.low, &self.trend);
        for _ in 0..outer {
            let trust = state.bisquare();
            let settled = state.trust.as_ref().is_some_and(|before| before.iter().zip(&trust).all(|(a, b)| (a - b).abs() < 0.01));
            let (low, trend) = smoothers(&self.stl, self.count, Some(&trust));
            state.trust = Some(trust);
            self.inner(state, &low, &trend);
            if settled {
                break;
            }
        }
    }

    fn inner(&self, state: &mut State, low: &Smoother, trend: &Smoother) {
        let (n, period) = (self.count, self.stl.period);
        let mut cycles = vec![0.0; n + 2 * period];
        let (mut work, mut passed) = (vec![0.0; n + 2 * period], vec![0.0; n]);
        for _ in 0..self.stl.inner.max(1) {
            (0..n).for_each(|t| work[t] = state.values[t] - state.trend[t]);
            match &state.trust {
                None => self.smooth_cycles(&work[..n], &mut cycles),
                Some(trust) => self.smooth_cycles_by_trust(&work[..n], trust, &mut cycles),
            }
            let mut length = moving_mean(&cycles, n + 2 * period, period, &mut work);
            length = moving_mean_in_place(&mut work, length, period);
            length = moving_mean_in_place(&mut work, length, 3);
            debug_assert_eq!(length, n);
            low.smooth(&work[..n], &mut passed);
            (0..n).for_each(|t| state.seasonal[t] = cycles[t + period] - passed[t]);
            if self.stl.seasonal == SeasonalWindow::Periodic {
                repeat_means(&mut state.seasonal, period);
            }
            (0..n).for_each(|t| work[t] = state.values[t] - state.seasonal[t]);
            trend.smooth(&work[..n], &mut state.trend);
            for gap in &state.gaps {
                state.values[*gap] = state.trend[*gap] + state.seasonal[*gap];
            }
        }
    }

    /// Every phase smoothed, with one cycle more at both ends: all phases at once, as whole cycles lie side by side.
    fn smooth_cycles(&self, values: &[f64], out: &mut [f64]) {
        let period = self.stl.period;
        let rest = self.count % period;
        out.fill(0.0);
        let mut fill = |table: &[Vec<f64>], phases: std::ops::Range<usize>| {
            for (cycle, row) in table.iter().enumerate() {
                let target = &mut out[cycle * period + phases.start..cycle * period + phases.end];
                for (from, weight) in row.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
                    let source = &values[from * period + phases.start..from * period + phases.end];
                    target.iter_mut().zip(source).for_each(|(target, value)| *target += weight * value);
                }
            }
        };
        fill(&self.cycle_long, 0..rest);
        fill(&self.cycle, rest..period);
    }

    fn smooth_cycles_by_trust(&self, values: &[f64], trust: &[f64], out: &mut [f64]) {
        let period = self.stl.period;
        for phase in 0..period {
            let own: Vec<f64> = values.iter().skip(phase).step_by(period).copied().collect();
            let weights: Vec<f64> = trust.iter().skip(phase).step_by(period).copied().collect();
            let total: f64 = weights.iter().sum();
            let loess = cycle_loess(&self.stl);
            let mean = own.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f64>() / total;
            for cycle in 0..own.len() + 2 {
                out[cycle * period + phase] = match loess {
                    None if total > 0.0 => mean,
                    // an outlier drew the plain mean so far off that no point of the phase was believed
                    None => crate::stats::percentile(&own, 0.5).unwrap_or(0.0),
                    Some(loess) => loess.row(cycle as f64 - 1.0, own.len(), Some(&weights)).apply(&own),
                };
            }
        }
    }
}

fn squares(row: &[f64]) -> f64 {
    row.iter().map(|weight| weight * weight).sum()
}

fn cycle_loess(stl: &Stl) -> Option<Loess> {
    match stl.seasonal {
        SeasonalWindow::Periodic => None,
        SeasonalWindow::Cycles(cycles) => Some(Loess { window: odd(cycles.max(3)), fit: stl.seasonal_fit }),
    }
}

/// The weights of the values of a phase of `cycles` cycles at each of its places and one beyond at both ends.
fn cycle_table(stl: &Stl, cycles: usize) -> Vec<Vec<f64>> {
    (0..cycles + 2)
        .map(|place| match cycle_loess(stl) {
            None => vec![1.0 / cycles as f64; cycles],
            Some(loess) => {
                let row = loess.row(place as f64 - 1.0, cycles, None);
                let mut weights = vec![0.0; cycles];
                weights[row.from()..row.from() + row.weights().len()].copy_from_slice(row.weights());
                weights
            }
        })
        .collect()
}

/// The low-pass filter's loess, which the robustness weights do not touch, and the trend's.
fn smoothers(stl: &Stl, count: usize, trust: Option<&[f64]>) -> (Smoother, Smoother) {
    let line = |window: usize| Loess { window, fit: LocalFit::Line };
    let jump = |window: usize| stl.jump.unwrap_or(window.div_ceil(10));
    let (low, trend) = (odd(stl.period), stl.trend_window());
    (Smoother::new(line(low), count, jump(low), None), Smoother::new(line(trend), count, jump(trend), trust))
}

impl State {
    /// Starts from no trend; a gap holds the mean of its phase about the overall mean of the cycle's neighbours until the first
    /// pass gives it trend plus season, as the step of expectation in an EM algorithm would.
    pub(super) fn new(past: &[f64], period: usize) -> Option<Self> {
        let gaps: Vec<usize> = (0..past.len()).filter(|t| !past[*t].is_finite()).collect();
        let mut values = past.to_vec();
        if !gaps.is_empty() {
            fill(&mut values, past, period)?;
        }
        let n = past.len();
        Some(Self { values, gaps, seasonal: vec![0.0; n], trend: vec![0.0; n], trust: None })
    }

    /// Bisquare weights of the remainder within six median absolute remainders.
    fn bisquare(&self) -> Vec<f64> {
        let mut sizes: Vec<f64> = self.remainders().map(f64::abs).collect();
        let remainders: Vec<f64> = sizes.clone();
        sizes.sort_unstable_by(f64::total_cmp);
        let middle = sizes.len() / 2;
        let median = if sizes.len() % 2 == 1 { sizes[middle] } else { f64::midpoint(sizes[middle - 1], sizes[middle]) };
        let reach = 6.0 * median;
        let mut trust: Vec<f64> = remainders
            .into_iter()
            .map(|size| match size {
                size if size <= 0.001 * reach => 1.0,
                size if size > 0.999 * reach => 0.0,
                size => (1.0 - (size / reach).powi(2)).powi(2),
            })
            .collect();
        self.gaps.iter().for_each(|gap| trust[*gap] = 0.0);
        trust
    }

    fn remainders(&self) -> impl Iterator<Item = f64> {
        (0..self.values.len()).map(|t| self.values[t] - self.trend[t] - self.seasonal[t])
    }

    pub(super) fn into_decomposition(self, past: &[f64]) -> Decomposition {
        let remainder = (0..past.len()).map(|t| past[t] - self.trend[t] - self.seasonal[t]).collect();
        let trust = self.trust.unwrap_or_else(|| vec![1.0; past.len()]);
        Decomposition { seasonal: self.seasonal, trend: self.trend, remainder, trust }
    }
}

/// Fills gaps by the value of the same phase before and after, drawn by a straight line; `None` where a phase has no value.
fn fill(values: &mut [f64], past: &[f64], period: usize) -> Option<()> {
    for phase in 0..period {
        let mut before: Option<usize> = None;
        let mut t = phase;
        while t < past.len() {
            if past[t].is_finite() {
                let from = before.map_or(phase, |before| before + period);
                for gap in (from..t).step_by(period) {
                    values[gap] = before.map_or(past[t], |before| {
                        past[before] + (past[t] - past[before]) * (gap - before) as f64 / (t - before) as f64
                    });
                }
                before = Some(t);
            }
            t += period;
        }
        let last = before?;
        (last + period..past.len()).step_by(period).for_each(|gap| values[gap] = past[last]);
    }
    Some(())
}

/// Means of `width` neighbours of the first `length` values; says how many there are.
fn moving_mean(values: &[f64], length: usize, width: usize, out: &mut [f64]) -> usize {
    out[..length].copy_from_slice(&values[..length]);
    moving_mean_in_place(out, length, width)
}

fn moving_mean_in_place(values: &mut [f64], length: usize, width: usize) -> usize {
    let count = length + 1 - width;
    let mut sum: f64 = values[..width].iter().sum();
    for t in 0..count {
        let leaving = values[t];
        values[t] = sum / width as f64;
        if t + 1 < count {
            sum += values[t + width] - leaving;
        }
    }
    count
}

/// Every phase takes its mean.
fn repeat_means(seasonal: &mut [f64], period: usize) {
    for phase in 0..period {
        let count = seasonal.iter().skip(phase).step_by(period).count();
        let mean = seasonal.iter().skip(phase).step_by(period).sum::<f64>() / count as f64;
        seasonal.iter_mut().skip(phase).step_by(period).for_each(|value| *value = mean);
    }
}

#[cfg(test)]
#[path = "stl_tests.rs"]
mod tests;
