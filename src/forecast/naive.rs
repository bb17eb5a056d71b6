use super::decompose::season_of;
use super::{Fitted, Forecaster, Prepared};

/// The last season again: y(t) = y(t − m) + e(t).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeasonalNaive;

/// A seasonal naive forecaster with its last season.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedNaive {
    last: Vec<f64>,
    innovations: Vec<Option<f64>>,
}

impl Forecaster for SeasonalNaive {
    type Fitted = FittedNaive;

    /// A gap in the last season takes the value a season (or more) before it, or failing that the last value of all.
    fn fit(&self, past: &Prepared) -> Option<FittedNaive> {
        let (m, n) = (past.naive_season, past.values.len());
        let newest = past.values.iter().rev().find_map(|value| *value)?;
        let from = n.saturating_sub(m);
        let season = (from..from + m).map(|t| {
            let mut earlier = (0..=t / m).map(|k| t - k * m).filter(|t| *t < n);
            earlier.find_map(|t| past.values[t]).unwrap_or(newest)
        });
        let innovations = (0..n).map(|t| past.values[t].zip(t.checked_sub(m).and_then(|t| past.values[t])).map(|(a, b)| a - b));
        Some(FittedNaive { last: season.collect(), innovations: innovations.collect() })
    }
}

impl Fitted for FittedNaive {
    fn name(&self) -> String {
        if self.last.len() == 1 { "naive".to_owned() } else { format!("seasonal naive({})", self.last.len()) }
    }

    fn innovations(&self) -> &[Option<f64>] {
        &self.innovations
    }

    fn path(&self, innovations: &[f64], limit: f64, out: &mut [f64]) {
        let m = self.last.len();
        let mut season = self.last.clone();
        for (h, (out, e)) in out.iter_mut().zip(innovations).enumerate() {
            let base = season[h % m];
            *out = base + e;
            season[h % m] = base + e.clamp(-limit, limit);
        }
    }

    fn grows(&self) -> bool {
        false
    }
}

/// Random walk with drift on the seasonally adjusted series: x(t) = x(t − 1) + d + e(t), d = (x(T) − x(1)) / (T − 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drift;

/// A drift with its last value.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedDrift {
    last: f64,
    slope: f64,
    steps: usize,
    variance: f64,
    season: Vec<f64>,
    innovations: Vec<Option<f64>>,
}

impl Forecaster for Drift {
    type Fitted = FittedDrift;

    fn fit(&self, past: &Prepared) -> Option<FittedDrift> {
        let n = past.clean.len();
        let season = season_of(&past.clean, past.season);
        let adjusted = |values: &[Option<f64>], t: usize| values[t].map(|value| value - season[t % season.len()]);
        let first = (0..n).find(|t| past.clean[*t].is_some())?;
        let final_at = (0..n).rev().find(|t| past.clean[*t].is_some()).filter(|t| *t > first)?;
        let (start, last) = (adjusted(&past.clean, first)?, adjusted(&past.clean, final_at)?);
        let steps = final_at - first;
        let slope = (last - start) / steps as f64;
        let innovations: Vec<Option<f64>> = (0..n)
            .map(|t| {
                let before = t.checked_sub(1).and_then(|t| adjusted(&past.clean, t))?;
                Some(adjusted(&past.level, t)? - before - slope)
            })
            .collect();
        let (count, squares) = innovations.iter().flatten().fold((0_usize, 0.0), |(n, sum), e| (n + 1, sum + e * e));
        let variance = squares / (count.max(2) - 1) as f64;
        let turn = n % season.len(); // the season begins with the step after the history
        let mut season = season;
        season.rotate_left(turn);
        Some(FittedDrift { last, slope, steps, variance, season, innovations })
    }
}

impl FittedDrift {
    /// Growth a step.
    #[must_use]
    pub fn slope(&self) -> f64 {
        self.slope
    }

    /// The variance of the error `h` steps ahead, doubt about the drift included: σ² h (1 + h / (T − 1)).
    ///
    /// Hyndman & Athanasopoulos (2021), *Forecasting: Principles and Practice*, 3rd ed., table 5.2.
    #[must_use]
    pub fn variance(&self, h: usize) -> f64 {
        let h = h as f64;
        self.variance * h * (1.0 + h / self.steps as f64)
    }
}

impl Fitted for FittedDrift {
    fn name(&self) -> String {
        "drift".to_owned()
    }

    fn innovations(&self) -> &[Option<f64>] {
        &self.innovations
    }

    fn path(&self, innovations: &[f64], limit: f64, out: &mut [f64]) {
        let mut level = self.last;
        for (h, (out, e)) in out.iter_mut().zip(innovations).enumerate() {
            let base = level + self.slope;
            *out = base + e + self.season[h % self.season.len()];
            level = base + e.clamp(-limit, limit);
        }
    }
}
