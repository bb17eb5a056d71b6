//! Forecasts of many series against what came: scores by series, by step and over all series, none of them kept for long.

use super::methods::GRID;
use super::scores::{Mean, Scale, crps_of_quantiles, interval, pinball, smape};

/// One point that was forecast, and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The step ahead, 1 the next.
    pub ahead: usize,
    /// What came.
    pub came: f64,
    /// The point forecast.
    pub stated: f64,
    /// What the seasonal naive forecast says.
    pub naive: f64,
    /// The unit of errors: how the series moved before.
    pub scale: Scale,
    /// The CRPS of the quantiles.
    pub crps: f64,
    /// The interval score of the 95 % band.
    pub interval: f64,
    /// Whether it came inside the 80 % and the 95 % band.
    pub inside: [bool; 2],
    /// Twice the quantile loss at each probability asked for.
    pub pinballs: Vec<f64>,
}

impl Point {
    /// Scores a step by its quantiles.
    #[must_use]
    pub fn of(
        (ahead, came): (usize, f64),
        (stated, naive): (f64, f64),
        scale: Scale,
        probabilities: &[f64],
        quantile: impl Fn(f64) -> f64,
    ) -> Self {
        let quantiles = GRID.map(&quantile);
        let bands = [(0.1, 0.9), (0.025, 0.975)].map(|(low, high)| (quantile(low), quantile(high)));
        Self {
            ahead,
            came,
            stated,
            naive,
            scale,
            crps: crps_of_quantiles(&GRID, &quantiles, came),
            interval: interval(came, bands[1].0, bands[1].1, 0.95),
            inside: bands.map(|(low, high)| (low..=high).contains(&came)),
            pinballs: probabilities.iter().map(|p| 2.0 * pinball(came, quantile(*p), *p)).collect(),
        }
    }
}

/// What is scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Score {
    /// Mean absolute error over the scale.
    Mase,
    /// Root of the mean squared error over the squared scale.
    Rmsse,
    /// Symmetric mean absolute error in percent.
    Smape,
    /// Sum of absolute errors over the sum of absolute values, in percent.
    Wape,
    /// Mean error (stated less came) over the scale.
    Bias,
    /// CRPS over the scale.
    Crps,
    /// Interval score of the 95 % band over the scale.
    Msis,
    /// Share inside the 80 % band, in percent.
    Coverage80,
    /// Share inside the 95 % band, in percent.
    Coverage95,
    /// Twice the quantile loss over the scale, at the probability of this position and value.
    Pinball(usize, f64),
}

impl Score {
    /// All of them.
    #[must_use]
    pub fn all(probabilities: &[f64]) -> Vec<Self> {
        let plain = [
            Self::Mase,
            Self::Rmsse,
            Self::Smape,
            Self::Wape,
            Self::Bias,
            Self::Crps,
            Self::Msis,
            Self::Coverage80,
            Self::Coverage95,
        ];
        plain.into_iter().chain(probabilities.iter().enumerate().map(|(at, p)| Self::Pinball(at, *p))).collect()
    }

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Mase => "mase".to_owned(),
            Self::Rmsse => "rmsse".to_owned(),
            Self::Smape => "smape".to_owned(),
            Self::Wape => "wape".to_owned(),
            Self::Bias => "bias".to_owned(),
            Self::Crps => "crps".to_owned(),
            Self::Msis => "msis".to_owned(),
            Self::Coverage80 => "coverage_80".to_owned(),
            Self::Coverage95 => "coverage_95".to_owned(),
            Self::Pinball(_, p) => format!("pinball_{}", (p * 1e10).round() / 1e8),
        }
    }

    /// The score of one series as a fraction, so that a ratio over series can be told from a mean; `None` where the series has
    /// none (its past never moved).
    #[must_use]
    pub fn of(self, points: &[&Point]) -> Option<(f64, f64)> {
        self.over(points, |point| point.stated)
    }

    /// The same of the seasonal naive forecast, for scores of a point forecast. Its CRPS is its absolute error.
    #[must_use]
    pub fn of_naive(self, points: &[&Point]) -> Option<(f64, f64)> {
        match self {
            Self::Crps => Self::Mase.of_naive(points),
            Self::Msis | Self::Coverage80 | Self::Coverage95 | Self::Pinball(..) => None,
            _ => self.over(points, |point| point.naive),
        }
    }

    fn over(self, points: &[&Point], stated: impl Fn(&Point) -> f64) -> Option<(f64, f64)> {
        let error = |point: &Point| stated(point) - point.came;
        let mean = |value: &dyn Fn(&Point) -> f64| {
            (!points.is_empty()).then(|| (points.iter().map(|point| value(point)).sum::<f64>() / points.len() as f64, 1.0))
        };
        let scaled = |value: &dyn Fn(&Point) -> f64| {
            let (mut sum, mut n) = (0.0, 0.0);
            for point in points.iter().filter(|point| point.scale.absolute > 0.0) {
                sum += value(point) / point.scale.absolute;
                n += 1.0;
            }
            (n > 0.0).then(|| (sum / n, 1.0))
        };
        match self {
            Self::Mase => scaled(&|point| error(point).abs()),
            Self::Bias => scaled(&error),
            Self::Crps => scaled(&|point| point.crps),
            Self::Msis => scaled(&|point| point.interval),
            Self::Pinball(at, _) => scaled(&|point| point.pinballs[at]),
            Self::Smape => mean(&|point| smape(point.came, stated(point))),
            Self::Coverage80 => mean(&|point| 100.0 * f64::from(u8::from(point.inside[0]))),
            Self::Coverage95 => mean(&|point| 100.0 * f64::from(u8::from(point.inside[1]))),
            Self::Wape => {
                let size: f64 = points.iter().map(|point| point.came.abs()).sum();
                Some((100.0 * points.iter().map(|point| error(point).abs()).sum::<f64>(), size))
            }
            Self::Rmsse => {
                let moved: Vec<f64> = points
                    .iter()
                    .filter(|point| point.scale.squared > 0.0)
                    .map(|point| error(point).powi(2) / point.scale.squared)
                    .collect();
                (!moved.is_empty()).then(|| ((moved.iter().sum::<f64>() / moved.len() as f64).sqrt(), 1.0))
            }
        }
    }
}

/// Sums over series, from which a ratio and its standard error follow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tally {
    parts: usize,
    above: f64,
    below: f64,
    squares: [f64; 3],
}

impl Tally {
    /// Adds the fraction of one series.
    pub fn add(&mut self, (above, below): (f64, f64)) {
        self.parts += 1;
        self.above += above;
        self.below += below;
        self.squares = [self.squares[0] + above * above, self.squares[1] + above * below, self.squares[2] + below * below];
    }

    /// Σa / Σb with the standard error of a ratio of means; `None` when there is nothing. Cochran (1977), section 2.11.
    #[must_use]
    pub fn mean(&self) -> Option<Mean> {
        if self.below == 0.0 {
            return None;
        }
        let (n, value) = (self.parts as f64, self.above / self.below);
        let spread = (self.squares[0] - 2.0 * value * self.squares[1] + value * value * self.squares[2]).max(0.0);
        let standard_error = (self.parts > 1).then(|| (spread / (n * (n - 1.0))).sqrt() * n / self.below.abs());
        Some(Mean { value, standard_error, parts: self.parts })
    }
}

/// Scores over all series: of the forecasts and of seasonal naive.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What was scored.
    pub scores: Vec<Score>,
    /// For each score ours and seasonal naive's over all series.
    pub pooled: Vec<[Tally; 2]>,
    /// For each step ahead the same.
    pub steps: Vec<Vec<[Tally; 2]>>,
}

/// The scores of one series, and those of seasonal naive.
#[derive(Debug, Clone, PartialEq)]
pub struct OneJudged {
    /// One a score.
    pub ours: Vec<Option<f64>>,
    /// One a score.
    pub naive: Vec<Option<f64>>,
}

impl Judged {
    /// Nothing yet.
    #[must_use]
    pub fn new(probabilities: &[f64], horizon: usize) -> Self {
        let scores = Score::all(probabilities);
        let none = vec![[Tally::default(); 2]; scores.len()];
        Self { steps: vec![none.clone(); horizon], pooled: none, scores }
    }

    /// Adds all points of a series.
    pub fn add(&mut self, points: &[Point]) -> OneJudged {
        let all: Vec<&Point> = points.iter().collect();
        let mut by_step: Vec<Vec<&Point>> = vec![Vec::new(); self.steps.len()];
        for point in points {
            by_step[point.ahead - 1].push(point);
        }
        for (tallies, points) in self.steps.iter_mut().zip(&by_step) {
            tally(&self.scores, tallies, points);
        }
        tally(&self.scores, &mut self.pooled, &all);
        let share = |(above, below): (f64, f64)| (below != 0.0).then(|| above / below);
        OneJudged {
            ours: self.scores.iter().map(|score| score.of(&all).and_then(share)).collect(),
            naive: self.scores.iter().map(|score| score.of_naive(&all).and_then(share)).collect(),
        }
    }
}

fn tally(scores: &[Score], tallies: &mut [[Tally; 2]], points: &[&Point]) {
    if points.is_empty() {
        return;
    }
    for (score, [ours, naive]) in scores.iter().zip(tallies) {
        score.of(points).into_iter().for_each(|part| ours.add(part));
        score.of_naive(points).into_iter().for_each(|part| naive.add(part));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(ahead: usize, came: f64, stated: f64) -> Point {
        let scale = Scale { absolute: 2.0, squared: 5.0 };
        // a uniform law of width 10 about what was stated
        Point::of((ahead, came), (stated, 0.0), scale, &[0.9], |p| stated + 10.0 * (p - 0.5))
    }

    #[test]
    fn a_series_is_scored_as_worked_by_hand() {
        let mut judged = Judged::new(&[0.9], 2);
        let one = judged.add(&[point(1, 10.0, 12.0), point(2, 20.0, 16.0)]);
        let seen: Vec<(String, f64)> = judged.scores.iter().zip(&one.ours).map(|(s, v)| (s.name(), v.unwrap())).collect();
        let expected = [
            ("mase", 1.5),
            ("rmsse", f64::sqrt(2.0)),
            ("smape", 100.0 * (2.0 / 22.0 + 4.0 / 36.0)),
            ("wape", 20.0),
            ("bias", (1.0 - 2.0) / 2.0),
            ("msis", 9.5 / 2.0),
            ("coverage_80", 100.0),
            ("coverage_95", 100.0),
            // q(0.9) is 16, then 20: 2 × 0.1 × 6, then 0
            ("pinball_90", 0.3),
        ];
        for (name, value) in expected {
            let found = seen.iter().find(|seen| seen.0 == name).unwrap().1;
            assert!((found - value).abs() < 1e-12, "{name}: {found}, by hand {value}");
        }
        assert_eq!(one.naive[0], Some(7.5), "naive says 0: 10 and 20 away, in units of 2");
        assert_eq!(judged.steps[1][0][0].mean().unwrap().value, 2.0);
    }

    #[test]
    fn the_tally_has_the_error_of_the_ratio_computed_at_once() {
        let parts = [(1.0, 2.0), (3.0, 2.5), (2.0, 4.0), (5.0, 3.0)];
        let mut tally = Tally::default();
        for part in parts {
            tally.add(part);
        }
        let (one, other) = (tally.mean().unwrap(), super::super::scores::ratio(parts.into_iter()).unwrap());
        assert!((one.value - other.value).abs() < 1e-15);
        assert!((one.standard_error.unwrap() - other.standard_error.unwrap()).abs() < 1e-12);
    }
}
