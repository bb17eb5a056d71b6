//! The benchmarks every method is measured against.
//!
//! Their h-step standard deviations: Hyndman & Athanasopoulos (2021), *Forecasting: Principles and Practice*, 3rd ed., table 5.2.

use super::{Fitted, Outlook, Seasonal};

/// A benchmark method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Benchmark {
    /// The newest value; sd σ √h.
    Naive,
    /// The mean of all values; sd σ √(1 + 1/T).
    Mean,
    /// The newest value of the same step of the season; sd σ √(k + 1), k whole seasons back.
    SeasonalNaive,
    /// The newest value plus the mean change a step; sd σ √(h (1 + h / (T − 1))).
    Drift,
    /// [`Benchmark::Drift`] of the classically adjusted series, its season put back.
    SeasonalDrift,
    /// The mean of the last so many steps; sd of the autoregression it is, y(t) = mean of the window + e.
    Window(usize),
}

/// A benchmark fitted to one past.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedBenchmark {
    kind: Benchmark,
    period: usize,
    sigma: f64,
    residuals: Vec<f64>,
    state: State,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    /// A value, the change a step, steps since, steps it was seen over, and the season.
    Line { last: f64, slope: f64, since: usize, span: usize, season: Option<Seasonal>, length: usize },
    /// A value for all steps and the number of values in it.
    Level { mean: f64, count: usize },
    /// The newest value of each of the next `season` steps, and how many seasons back it is.
    Season(Vec<(f64, usize)>),
    /// The last steps, the newest last, gaps filled with what was expected.
    Window(Vec<f64>),
}

impl Benchmark {
    /// The method fitted to a past with a season of `season` steps (1: none); None where it has too few values.
    ///
    /// ```
    /// # use plimsoll::forecast::methods::{Benchmark, Fitted};
    /// let next = Benchmark::SeasonalNaive.fit(&[1.0, 5.0, f64::NAN, 6.0], 2).unwrap().outlook(3);
    /// assert_eq!(next.centre, [1.0, 6.0, 1.0]);
    /// ```
    #[must_use]
    pub fn fit(self, past: &[f64], season: usize) -> Option<FittedBenchmark> {
        let period = season.max(1);
        match self {
            Self::Naive => line(self, past, period, None, false),
            Self::Drift => line(self, past, period, None, true),
            Self::SeasonalDrift => line(self, past, period, Some(Seasonal::chosen(past, period)?), true),
            Self::Mean => mean(past, period),
            Self::SeasonalNaive => seasonal(past, period),
            Self::Window(length) => window(past, period, length),
        }
    }
}

/// Σ e² / (count − used), its root; 0 without a residual.
fn deviation(squares: f64, count: usize, used: usize) -> f64 {
    if count == 0 { 0.0 } else { (squares / (count.saturating_sub(used).max(1)) as f64).sqrt() }
}

fn line(kind: Benchmark, past: &[f64], period: usize, season: Option<Seasonal>, drifts: bool) -> Option<FittedBenchmark> {
    let adjusted = season.as_ref().map(|season| season.adjusted(past));
    let values = adjusted.as_deref().unwrap_or(past);
    let first = values.iter().position(|value| value.is_finite())?;
    let last = values.iter().rposition(|value| value.is_finite())?;
    let span = last - first;
    if drifts && span == 0 {
        return None;
    }
    let slope = if drifts { (values[last] - values[first]) / span as f64 } else { 0.0 };
    let mut residuals = vec![f64::NAN; past.len()];
    let (mut known, mut squares, mut count) = (first, 0.0, 0);
    for t in first + 1..=last {
        if values[t].is_finite() {
            let steps = (t - known) as f64;
            let expected = values[known] + slope * steps;
            squares += (values[t] - expected).powi(2) / steps;
            residuals[t] = past[t] - season.as_ref().map_or(expected, |season| season.restored(t, expected));
            (known, count) = (t, count + 1);
        }
    }
    let sigma = deviation(squares, count, usize::from(drifts));
    let state = State::Line { last: values[last], slope, since: past.len() - 1 - last, span, season, length: past.len() };
    Some(FittedBenchmark { kind, period, sigma, residuals, state })
}

fn mean(past: &[f64], period: usize) -> Option<FittedBenchmark> {
    let count = past.iter().filter(|value| value.is_finite()).count();
    if count == 0 {
        return None;
    }
    let mean = past.iter().filter(|value| value.is_finite()).map(|value| value / count as f64).sum::<f64>();
    let residuals: Vec<f64> = past.iter().map(|value| if value.is_finite() { value - mean } else { f64::NAN }).collect();
    let squares: f64 = residuals.iter().filter(|e| e.is_finite()).map(|e| e * e).sum();
    let state = State::Level { mean, count };
    Some(FittedBenchmark { kind: Benchmark::Mean, period, sigma: deviation(squares, count, 1), residuals, state })
}

fn seasonal(past: &[f64], period: usize) -> Option<FittedBenchmark> {
    let overall = mean(past, period)?;
    let State::Level { mean, .. } = overall.state else { return None };
    let mut newest: Vec<Option<usize>> = vec![None; period];
    let mut residuals = vec![f64::NAN; past.len()];
    let (mut squares, mut count) = (0.0, 0);
    for (t, value) in past.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        if let Some(known) = newest[t % period] {
            residuals[t] = value - past[known];
            squares += residuals[t].powi(2) / ((t - known) / period) as f64;
            count += 1;
        }
        newest[t % period] = Some(t);
    }
    if count == 0 {
        return None;
    }
    // a step of the season that was never seen gets the mean of all values
    let ahead = (past.len()..past.len() + period)
        .map(|t| newest[t % period].map_or((mean, 1), |known| (past[known], (t - known) / period)))
        .collect();
    let sigma = deviation(squares, count, 0);
    Some(FittedBenchmark { kind: Benchmark::SeasonalNaive, period, sigma, residuals, state: State::Season(ahead) })
}

fn window(past: &[f64], period: usize, length: usize) -> Option<FittedBenchmark> {
    let first = past.iter().position(|value| value.is_finite())?;
    if length == 0 || past.len() - first < length {
        return None;
    }
    let mut filled = past[first..].to_vec();
    let mut residuals = vec![f64::NAN; past.len()];
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0);
    for t in 0..filled.len() {
        let expected = sum / t.clamp(1, length) as f64;
        if !filled[t].is_finite() {
            filled[t] = expected;
        } else if t >= length {
            residuals[first + t] = filled[t] - expected;
            squares += residuals[first + t].powi(2);
            count += 1;
        }
        sum += filled[t];
        if t >= length {
            sum -= filled[t - length];
        }
    }
    let state = State::Window(filled.split_off(filled.len() - length));
    Some(FittedBenchmark { kind: Benchmark::Window(length), period, sigma: deviation(squares, count, 0), residuals, state })
}

impl FittedBenchmark {
    /// The same method on another past.
    #[must_use]
    pub fn refit(&self, past: &[f64]) -> Option<Self> {
        self.kind.fit(past, self.period)
    }
}

impl Fitted for FittedBenchmark {
    fn name(&self) -> String {
        match self.kind {
            Benchmark::Naive => "naive".to_owned(),
            Benchmark::Mean => "mean".to_owned(),
            Benchmark::SeasonalNaive => "seasonal naive".to_owned(),
            Benchmark::Drift => "drift".to_owned(),
            Benchmark::SeasonalDrift => "seasonal drift".to_owned(),
            Benchmark::Window(length) => format!("mean of the last {length}"),
        }
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    fn outlook(&self, steps: usize) -> Outlook {
        let (centre, sd) = match &self.state {
            State::Line { last, slope, since, span, season, length } => (0..steps)
                .map(|ahead| {
                    let h = (since + ahead + 1) as f64;
                    let of_slope = if matches!(self.kind, Benchmark::Naive) { 0.0 } else { h / *span as f64 };
                    let (value, width, t) = (last + slope * h, self.sigma * (h * (1.0 + of_slope)).sqrt(), length + ahead);
                    season.as_ref().map_or((value, width), |season| (season.restored(t, value), season.widened(t, width)))
                })
                .unzip(),
            State::Level { mean, count } => (0..steps).map(|_| (*mean, self.sigma * (1.0 + 1.0 / *count as f64).sqrt())).unzip(),
            State::Season(newest) => (0..steps)
                .map(|ahead| {
                    let (value, back) = newest[ahead % self.period];
                    (value, self.sigma * ((back + ahead / self.period) as f64).sqrt())
                })
                .unzip(),
            State::Window(last) => roll(last, self.sigma, steps),
        };
        Outlook { centre, sd, quantiles: None }
    }
}

/// The window average's forecasts and the widths of the autoregression: Var(h) = σ² Σ ψ(j)², j < h.
///
/// The centre is the window's mean at every step; ψ(0) = 1 and ψ(j) the mean of the last `window` ψ.
fn roll(last: &[f64], sigma: f64, steps: usize) -> (Vec<f64>, Vec<f64>) {
    let length = last.len();
    let mean = last.iter().map(|value| value / length as f64).sum::<f64>();
    let (mut weights, mut sum, mut variance) = (Vec::with_capacity(steps), 0.0, 0.0);
    let mut sd = Vec::with_capacity(steps);
    for j in 0..steps {
        let weight: f64 = if j == 0 { 1.0 } else { sum / length as f64 };
        weights.push(weight);
        sum += weight - if j >= length { weights[j - length] } else { 0.0 };
        variance += weight * weight;
        sd.push(sigma * variance.sqrt());
    }
    (vec![mean; steps], sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::methods::Composition;

    const GAP: f64 = f64::NAN;

    fn outlook(kind: Benchmark, past: &[f64], season: usize, steps: usize) -> Outlook {
        kind.fit(past, season).unwrap().outlook(steps)
    }

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() <= 1e-12 * (1.0 + e.abs()), "{found:?} {expected:?}");
        }
    }

    #[test]
    fn the_widths_are_those_of_the_textbooks_table() {
        // differences 2, -1, 2: σ² = 9/3
        let past = [1.0, 3.0, 2.0, 4.0];
        close(&outlook(Benchmark::Naive, &past, 1, 2).sd, &[3.0_f64.sqrt(), 6.0_f64.sqrt()]);
        // mean 2.5, squares 2.25 + .25 + .25 + 2.25 = 5: σ² = 5/3
        let mean = outlook(Benchmark::Mean, &past, 1, 2);
        close(&mean.centre, &[2.5, 2.5]);
        close(&mean.sd, &[(5.0_f64 / 3.0 * 1.25).sqrt(); 2]);
        // slope 1, errors 1, -2, 1: σ² = 6/2
        let drift = outlook(Benchmark::Drift, &past, 1, 2);
        close(&drift.centre, &[5.0, 6.0]);
        close(&drift.sd, &[(3.0_f64 * (1.0 + 1.0 / 3.0)).sqrt(), (3.0_f64 * 2.0 * (1.0 + 2.0 / 3.0)).sqrt()]);
        // seasonal differences 1, 1: σ = 1, a second season √2
        let seasonal = outlook(Benchmark::SeasonalNaive, &past, 2, 4);
        close(&seasonal.centre, &[2.0, 4.0, 2.0, 4.0]);
        close(&seasonal.sd, &[1.0, 1.0, 2.0_f64.sqrt(), 2.0_f64.sqrt()]);
    }

    #[test]
    fn a_window_of_one_is_naive_and_a_longer_one_is_its_autoregression() {
        let past = [1.0, 3.0, 2.0, 4.0];
        let (one, naive) = (outlook(Benchmark::Window(1), &past, 1, 5), outlook(Benchmark::Naive, &past, 1, 5));
        close(&one.centre, &naive.centre);
        close(&one.sd, &naive.sd);
        // errors 2 − 2 = 0 and 4 − 2.5 = 1.5: σ² = 2.25/2; ψ = 1, ½, ¾
        let two = outlook(Benchmark::Window(2), &past, 1, 3);
        close(&two.centre, &[3.0; 3]);
        let sigma2 = 1.125_f64;
        close(&two.sd, &[sigma2.sqrt(), (sigma2 * 1.25).sqrt(), (sigma2 * 1.8125).sqrt()]);
    }

    #[test]
    fn gaps_take_the_newest_earlier_value_of_their_kind() {
        let past = [1.0, 5.0, 2.0, 7.0, GAP, 8.0, GAP];
        let seasonal = outlook(Benchmark::SeasonalNaive, &past, 2, 3);
        close(&seasonal.centre, &[8.0, 2.0, 8.0]);
        let sigma = seasonal.sd[0];
        close(&seasonal.sd, &[sigma, sigma * 3.0_f64.sqrt(), sigma * 2.0_f64.sqrt()]);
        // one step of gap at the end: the first step ahead is two from the last value
        let naive = outlook(Benchmark::Naive, &past, 1, 1);
        close(&naive.centre, &[8.0]);
        let squares: f64 = 16.0 + 9.0 + 25.0 + 1.0 / 2.0;
        close(&naive.sd, &[(2.0 * squares / 4.0).sqrt()]);
    }

    #[test]
    fn seasonal_drift_follows_a_line_with_a_season_exactly() {
        let past: Vec<f64> = (0..24).map(|t| 10.0 + 2.0 * f64::from(t) + [3.0, -1.0, -2.0, 0.0][t as usize % 4] - 40.0).collect();
        let seen = outlook(Benchmark::SeasonalDrift, &past, 4, 4);
        close(&seen.centre, &[21.0, 19.0, 20.0, 24.0]);
        assert!(seen.sd.iter().all(|sd| sd.abs() < 1e-9));
    }

    #[test]
    fn odd_pasts_give_finite_numbers_or_nothing() {
        let kinds = [
            Benchmark::Naive,
            Benchmark::Mean,
            Benchmark::SeasonalNaive,
            Benchmark::Drift,
            Benchmark::SeasonalDrift,
            Benchmark::Window(3),
            Benchmark::Window(0),
        ];
        let pasts: [&[f64]; 7] =
            [&[], &[GAP; 5], &[3.0], &[0.0; 9], &[1e12, 2e12, GAP, GAP, 1e12], &[1e-9; 3], &[GAP, 1.0, GAP, 2.0]];
        for kind in kinds {
            for past in pasts {
                for season in [0, 1, 2, 7] {
                    if let Some(fitted) = kind.fit(past, season) {
                        let seen = fitted.outlook(9);
                        assert!(seen.centre.iter().chain(&seen.sd).all(|v| v.is_finite()), "{kind:?} {past:?} {seen:?}");
                        assert_eq!(fitted.residuals().len(), past.len());
                        assert_eq!(fitted.refit(past).map(|again| again.outlook(9)), Some(seen));
                    }
                }
            }
        }
    }

    #[test]
    fn a_composition_is_chosen_by_the_seasonal_drift() {
        let past: Vec<f64> = (0..12).map(|t| 100.0 * [1.2, 0.8][t % 2]).collect();
        assert_eq!(Seasonal::chosen(&past, 2).unwrap().composition, Composition::Multiplicative);
        close(&outlook(Benchmark::SeasonalDrift, &past, 2, 2).centre, &[120.0, 80.0]);
    }
}
