//! A law through stated quantiles.

use super::quadrature::integrate;
use super::{Invalid, normal_tail};
use crate::portable::{exp, ln, normal_quantile};

/// A law that meets every stated (probability, value) exactly.
///
/// The value, carried to the whole line by its bounds, is a monotone cubic spline in the normal score z of the probability: with
/// Hermite slopes that are weighted harmonic means of the slopes on both sides, the rule of Fritsch & Butland (1984), "A method for
/// constructing local monotone piecewise cubic interpolants", *SIAM J. Sci. Stat. Comput.* 5(2), 300–304. The end slopes are those
/// of no curvature, so that the straight tails join smoothly; all slopes stay inside the box of Fritsch & Carlson (1980),
/// "Monotone piecewise cubic interpolation", *SIAM J. Numer. Anal.* 17(2), 238–246, and above 0. Any rising points make a law, with
/// a density that is continuous and above 0.
///
/// Carried to the line as metalogs are, Keelin (2016), "The metalog distributions", *Decision Analysis* 13(4), 243–277, §4: as it
/// is without bounds; `ln(x - low)` above a lower one; `-ln(high - x)` below an upper one; `ln((x - low) / (high - x))` between two.
/// Values all above 0 without a stated lower bound have the lower bound 0. So tails are normal without bounds and lognormal towards
/// the open side of a bound, and two points alone give exactly the normal, lognormal or logit-normal law through them.
///
/// ```
/// use plimsoll::stats::QuantileLaw;
/// let growth = QuantileLaw::through(&[(0.1, 0.01), (0.5, 0.03), (0.9, 0.08)], None, Some(0.5))?;
/// assert!((growth.cdf(0.03) - 0.5).abs() < 1e-12);
/// assert!(growth.quantile(0.999_999) < 0.5);
/// # Ok::<(), plimsoll::stats::Invalid>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileLaw {
    scale: Scale,
    /// Rising by score.
    knots: Vec<Knot>,
    /// Slope below the first knot; that above the last is the last knot's.
    first_slope: f64,
}

/// A stated point and the cubic from it to the next: y + (z - score) (c₁ + (z - score) (c₂ + (z - score) c₃)).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Knot {
    score: f64,
    y: f64,
    cubic: [f64; 3],
}

/// How values are carried to the whole line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Scale {
    Open,
    Above(f64),
    Below(f64),
    Between(f64, f64),
}

impl Scale {
    fn of(low: Option<f64>, high: Option<f64>) -> Self {
        match (low, high) {
            (None, None) => Self::Open,
            (Some(low), None) => Self::Above(low),
            (None, Some(high)) => Self::Below(high),
            (Some(low), Some(high)) => Self::Between(low, high),
        }
    }

    fn to_line(self, x: f64) -> f64 {
        match self {
            Self::Open => x,
            Self::Above(low) => ln(x - low),
            Self::Below(high) => -ln(high - x),
            Self::Between(low, high) => ln((x - low) / (high - x)),
        }
    }

    #[inline]
    fn to_value(self, y: f64) -> f64 {
        match self {
            Self::Open => y.clamp(-f64::MAX, f64::MAX),
            // above 0 and finite, whatever the tail
            Self::Above(low) => (low + exp(y).max(f64::MIN_POSITIVE)).min(f64::MAX),
            Self::Below(high) => (high - exp(-y).max(f64::MIN_POSITIVE)).max(-f64::MAX),
            Self::Between(low, high) => {
                let part = exp(-y.abs());
                let part = (high - low) * part / (1.0 + part);
                if y < 0.0 { low + part } else { high - part }
            }
        }
    }

    /// Whether `x` is at or beyond a bound: which one, as a probability.
    fn beyond(self, x: f64) -> Option<f64> {
        match self {
            Self::Above(low) | Self::Between(low, _) if x <= low => Some(0.0),
            Self::Below(high) | Self::Between(_, high) if x >= high => Some(1.0),
            _ => None,
        }
    }
}

/// Points and bounds as they are written.
pub(super) fn told(points: &[(f64, f64)], low: Option<f64>, high: Option<f64>) -> String {
    let percent = |p: f64| (p * 1e11).round() / 1e9;
    let bound = |name: &str, bound: Option<f64>| bound.map(|value| format!("{name} = {value}"));
    let points = points.iter().map(|(p, x)| format!("p{} = {x}", percent(*p)));
    let all: Vec<String> = points.chain(bound("low", low)).chain(bound("high", high)).collect();
    all.join(", ")
}

/// Why these points and bounds are no law.
fn refusal(points: &[(f64, f64)], low: Option<f64>, high: Option<f64>) -> Option<&'static str> {
    let (bottom, top) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    let refusals = [
        (points.len() < 2, "two or more"),
        (points.iter().any(|(p, _)| !(*p > 0.0 && *p < 1.0)), "probabilities above p0 and below p100"),
        (points.iter().any(|(_, x)| !x.is_finite()), "finite values"),
        (points.windows(2).any(|pair| pair[1].0 == pair[0].0), "each probability once"),
        (
            points.windows(2).any(|pair| pair[1].0 < pair[0].0 || pair[1].1 <= pair[0].1),
            "values that rise with their probabilities",
        ),
        ([low, high].iter().flatten().any(|bound| !bound.is_finite()), "finite bounds"),
        (bottom >= top, "`low` below `high`"),
        (points.iter().any(|(_, x)| *x <= bottom || *x >= top), "values inside their bounds, not at them"),
    ];
    refusals.into_iter().find(|(wrong, _)| *wrong).map(|(_, expected)| expected)
}

impl QuantileLaw {
    /// The law through `points` of (probability, value), rising, within bounds where they are given.
    ///
    /// # Errors
    /// Fewer than two points; a probability outside (0, 1) or twice; values that do not rise, are not finite, lie at or beyond a
    /// bound, or are so near to each other or to a bound that rounding makes them one.
    pub fn through(points: &[(f64, f64)], low: Option<f64>, high: Option<f64>) -> Result<Self, Invalid> {
        let refuse = |expected| Invalid { parameter: "quantiles", seen: format!("are {}", told(points, low, high)), expected };
        if let Some(expected) = refusal(points, low, high) {
            return Err(refuse(expected));
        }
        let implied = low.or_else(|| (points[0].1 > 0.0).then_some(0.0));
        let scale = Scale::of(implied, high);
        let carried: Vec<(f64, f64)> = points.iter().map(|(p, x)| (normal_quantile(*p), scale.to_line(*x))).collect();
        let steps: Vec<(f64, f64)> =
            carried.windows(2).map(|pair| (pair[1].0 - pair[0].0, (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0))).collect();
        if steps.iter().any(|(width, slope)| !(*width > 0.0 && *slope > 0.0 && slope.is_finite())) {
            return Err(refuse("values and probabilities that are further apart than rounding"));
        }
        let slopes = slopes(&steps);
        let knots: Vec<_> = carried.into_iter().zip(slopes).map(|((score, y), slope)| (score, y, slope)).collect();
        Ok(Self::hermite(scale, &knots))
    }

    /// A table of another law above `low`, or between bounds: scores, values on the line, slopes there, that are near enough to
    /// each other for the cubic to rise.
    pub(super) fn tabulated(low: f64, high: Option<f64>, knots: &[(f64, f64, f64)]) -> Self {
        Self::hermite(Scale::of(Some(low), high), knots)
    }

    /// Cubics through knots of (score, y, slope).
    fn hermite(scale: Scale, knots: &[(f64, f64, f64)]) -> Self {
        let first_slope = knots[0].2;
        let cubics = knots.iter().enumerate().map(|(i, (score, y, here))| {
            let cubic = knots.get(i + 1).map_or([*here, 0.0, 0.0], |(next_score, next_y, next)| {
                let width = next_score - score;
                let slope = (next_y - y) / width;
                [*here, (3.0 * slope - 2.0 * here - next) / width, (here + next - 2.0 * slope) / (width * width)]
            });
            Knot { score: *score, y: *y, cubic }
        });
        Self { scale, knots: cubics.collect(), first_slope }
    }

    /// The value at a probability.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.at(normal_quantile(p))
    }

    /// The value at a standard normal score: the law of `at(Z)` is this one.
    #[inline]
    #[must_use]
    pub fn at(&self, score: f64) -> f64 {
        self.scale.to_value(self.line(score))
    }

    /// The largest number that no draw is below; minus infinity without a lower bound.
    #[must_use]
    pub fn least(&self) -> f64 {
        match self.scale {
            Scale::Above(low) | Scale::Between(low, _) => low,
            Scale::Open | Scale::Below(_) => f64::NEG_INFINITY,
        }
    }

    #[inline]
    fn line(&self, score: f64) -> f64 {
        let after = if self.knots.len() > 8 {
            self.knots.partition_point(|knot| knot.score <= score)
        } else {
            self.knots.iter().take_while(|knot| knot.score <= score).count()
        };
        if after == 0 {
            return self.knots[0].y + self.first_slope * (score - self.knots[0].score);
        }
        self.knots[after - 1].at(score)
    }

    /// P(X <= x).
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        self.scale.beyond(x).unwrap_or_else(|| normal_tail(-self.score_of(x)))
    }

    fn score_of(&self, x: f64) -> f64 {
        let y = self.scale.to_line(x);
        let after = self.knots.partition_point(|knot| knot.y <= y);
        if after == 0 {
            return self.knots[0].score + (y - self.knots[0].y) / self.first_slope;
        }
        let knot = &self.knots[after - 1];
        match self.knots.get(after) {
            Some(next) => knot.score_of(y, next),
            None => knot.score + (y - knot.y) / knot.cubic[0],
        }
    }

    /// Its mean, by Gauss–Legendre quadrature over scores: relative error below 1e-10. Told as infinite where a lognormal tail is
    /// steeper than 20 e-folds a standard deviation (its mean is above e^200 medians).
    #[must_use]
    pub fn mean(&self) -> f64 {
        let middle = self.at(0.0);
        middle + self.expectation(1.0, |x| x - middle)
    }

    /// Its variance, in the same way; told as infinite for tails steeper than 10 e-folds a standard deviation.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        if mean.is_finite() { self.expectation(2.0, |x| (x - mean) * (x - mean)) } else { f64::INFINITY }
    }

    /// E f(X) for an f that grows as the `power` of x.
    ///
    /// Panels end at the knots, where the third derivative jumps, and are at most half a score wide and half an e-fold high. Tails
    /// are followed for 12 scores beyond where the integrand is highest: for a lognormal one of slope s that is power × s.
    fn expectation(&self, power: f64, f: impl Fn(f64) -> f64) -> f64 {
        let (first, last) = (&self.knots[0], &self.knots[self.knots.len() - 1]);
        let highest = |slope: f64, grows: bool| if grows { power * slope } else { 0.0 };
        let low = highest(self.first_slope, matches!(self.scale, Scale::Below(_)));
        let high = highest(last.cubic[0], matches!(self.scale, Scale::Above(_)));
        if low.max(high) > STEEPEST {
            return f64::INFINITY;
        }
        let (bottom, top) = (first.score.min(-low) - 12.0, last.score.max(high) + 12.0);
        let ends: Vec<f64> = [bottom].into_iter().chain(self.knots.iter().map(|knot| knot.score)).chain([top]).collect();
        let log_density = -0.5 * ln(std::f64::consts::TAU);
        let weighed = |z: f64| {
            let weight = exp(log_density - 0.5 * z * z);
            if weight > 0.0 { weight * f(self.at(z)) } else { 0.0 }
        };
        let pieces = ends.windows(2).map(|pair| {
            let rise = if self.scale == Scale::Open { 0.0 } else { self.line(pair[1]) - self.line(pair[0]) };
            let panels = (2.0 * (pair[1] - pair[0])).max(2.0 * rise).ceil().clamp(1.0, 20_000.0);
            integrate(pair[0], pair[1], panels as u32, weighed)
        });
        let sum: f64 = pieces.sum();
        if sum.is_nan() { f64::INFINITY } else { sum }
    }
}

/// Integrands that are highest further out than this would not stay numbers 12 scores beyond: e^(20 × 32) does.
const STEEPEST: f64 = 20.0;

/// Slopes at the knots, above 0, from the width and slope of each step.
fn slopes(steps: &[(f64, f64)]) -> Vec<f64> {
    let last = steps.len() - 1;
    let inner: Vec<f64> = steps
        .windows(2)
        .map(|pair| {
            let [(h0, d0), (h1, d1)] = [pair[0], pair[1]];
            let (w0, w1) = (2.0 * h1 + h0, h1 + 2.0 * h0);
            (w0 + w1) / (w0 / d0 + w1 / d1)
        })
        .collect();
    // a harmonic mean is below three times the slope on either side, so that this is above 0 but for rounding
    let end = |step: usize, neighbour: Option<&f64>| {
        neighbour.map_or(steps[step].1, |neighbour| (1.5 * steps[step].1 - 0.5 * neighbour).max(1e-12 * steps[step].1))
    };
    [end(0, inner.first())].into_iter().chain(inner.iter().copied()).chain([end(last, inner.last())]).collect()
}

impl Knot {
    #[inline]
    fn at(&self, score: f64) -> f64 {
        let t = score - self.score;
        self.y + t * (self.cubic[0] + t * (self.cubic[1] + t * self.cubic[2]))
    }

    /// The score before the next knot at which the line is `y`: Newton's steps, halved where they leave the bracket.
    fn score_of(&self, y: f64, next: &Self) -> f64 {
        let (mut low, mut high) = (0.0, next.score - self.score);
        let [c1, c2, c3] = self.cubic;
        let mut t = high * (y - self.y) / (next.y - self.y);
        for _ in 0..100 {
            let off = self.y - y + t * (c1 + t * (c2 + t * c3));
            if off > 0.0 {
                high = t;
            } else {
                low = t;
            }
            let step = t - off / (c1 + t * (2.0 * c2 + t * 3.0 * c3));
            let better = if step >= low && step <= high { step } else { f64::midpoint(low, high) };
            if (better - t).abs() <= 1e-16 * (1.0 + t.abs()) {
                return self.score + better;
            }
            t = better;
        }
        self.score + t
    }
}

#[cfg(test)]
#[path = "quantile_law_tests.rs"]
mod tests;
