//! Is there a season, and what does each of its steps add or multiply?

use statrs::distribution::{ContinuousCDF, Normal};

/// How trend and season make a value: their sum or their product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Composition {
    /// Value = trend + index; the indices have mean 0.
    Additive,
    /// Value = trend × index; the indices have mean 1.
    Multiplicative,
}

/// Whether the autocorrelation at lag `season` is significant at 90 %, as in the M4 competition's seasonality test.
///
/// See [`is_seasonal_at`].
#[must_use]
pub fn is_seasonal(past: &[f64], season: usize) -> bool {
    is_seasonal_at(past, season, 0.90)
}

/// Whether r(m) > z √((1 + 2 Σ r(k)², k < m) / n), z the standard normal quantile at (1 + `level`) / 2.
///
/// Bartlett's variance under an autocorrelation that ends before lag m. Makridakis, Spiliotis & Assimakopoulos (2020), "The M4
/// Competition", *International Journal of Forecasting* 36(1), 54–74. There |r(m)| is tested; a negative r(m) is no season, so
/// here it does not pass. Gaps are left out pair by pair. False where the past has
/// fewer than two seasons or no variance.
///
/// ```
/// # use plimsoll::forecast::methods::is_seasonal_at;
/// let past: Vec<f64> = (0..40).map(|t| [5.0, 1.0, 1.0, 1.0][t % 4]).collect();
/// assert!(is_seasonal_at(&past, 4, 0.99));
/// ```
#[must_use]
pub fn is_seasonal_at(past: &[f64], season: usize, level: f64) -> bool {
    if season < 2 || past.len() < 2 * season {
        return false;
    }
    let Some((last, before)) = autocorrelations(past, season).and_then(|r| r.split_last().map(|(l, b)| (*l, b.to_vec()))) else {
        return false;
    };
    let observed = past.iter().filter(|value| value.is_finite()).count() as f64;
    let spread = ((1.0 + 2.0 * before.iter().map(|r| r * r).sum::<f64>()) / observed).sqrt();
    last > Normal::standard().inverse_cdf(0.5 + 0.5 * level.clamp(0.0, 1.0)) * spread
}

/// The autocorrelations at lags 1 to `most`; without gaps Σ d(t) d(t + k) / Σ d(t)², with gaps the means of the pairs there are.
fn autocorrelations(past: &[f64], most: usize) -> Option<Vec<f64>> {
    let observed = past.iter().filter(|value| value.is_finite()).count();
    let largest = past.iter().filter(|value| value.is_finite()).fold(0.0_f64, |most, value| most.max(value.abs()));
    if observed < 3 || largest == 0.0 {
        return None;
    }
    let mean = past.iter().filter(|value| value.is_finite()).map(|value| value / largest).sum::<f64>() / observed as f64;
    let away: Vec<f64> = past.iter().map(|value| if value.is_finite() { value / largest - mean } else { 0.0 }).collect();
    let squares: f64 = away.iter().map(|d| d * d).sum();
    if squares <= 1e-20 * observed as f64 {
        return None;
    }
    let whole = observed == past.len();
    Some(
        (1..=most)
            .map(|lag| {
                let products = dot(&away[lag..], &away[..away.len() - lag]);
                let share = if whole {
                    1.0
                } else {
                    let pairs = past[lag..].iter().zip(past).filter(|(a, b)| a.is_finite() && b.is_finite()).count();
                    let expected = (past.len() - lag) as f64 * observed as f64 / past.len() as f64;
                    expected / pairs.max(1) as f64
                };
                products / squares * share
            })
            .collect(),
    )
}

/// Σ a b in eight partial sums, which the processor adds side by side.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut sums, whole) = ([0.0; 8], a.len().min(b.len()) / 8 * 8);
    for (a, b) in a[..whole].chunks_exact(8).zip(b.chunks_exact(8)) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum::<f64>() + a[whole..].iter().zip(&b[whole..]).map(|(a, b)| a * b).sum::<f64>()
}

/// The index of each step of a season.
#[derive(Debug, Clone, PartialEq)]
pub struct Seasonal {
    /// Sum or product.
    pub composition: Composition,
    /// One index a step of the season, that of the past's first step first; in the unit of the series where additive.
    pub indices: Vec<f64>,
}

impl Seasonal {
    /// The classical decomposition's indices: the mean, over the seasons seen, of what is left of each value when a centred
    /// moving average one season long is taken off (divided out).
    ///
    /// Macaulay (1931), *The Smoothing of Time Series*; Hyndman & Athanasopoulos (2021), *FPP3*, 3.4. Gaps are filled for the
    /// moving average only, first by a straight line and then by trend and index; they weigh nothing in the indices. None for a
    /// past under two seasons, or a product over values that are not all positive.
    #[must_use]
    pub fn classical(past: &[f64], season: usize, composition: Composition) -> Option<Self> {
        Self::with_remainder(past, season, composition).map(|(seasonal, _)| seasonal)
    }

    /// The classical indices and the sum of squares of what trend and season leave of the values.
    fn with_remainder(past: &[f64], season: usize, composition: Composition) -> Option<(Self, f64)> {
        let multiplies = composition == Composition::Multiplicative;
        if season < 2 || past.len() < 2 * season || multiplies && past.iter().any(|value| *value <= 0.0) {
            return None;
        }
        let mut filled = interpolated(past)?;
        let gaps = past.iter().any(|value| !value.is_finite());
        let mut trend = centred_average(&filled, season);
        let mut indices = means_by_step(past, &trend, season, multiplies);
        for _ in 0..if gaps { 2 } else { 0 } {
            for (t, filled) in filled.iter_mut().enumerate().filter(|(t, _)| !past[*t].is_finite()) {
                let trend = trend[t.clamp(season / 2, past.len() - 1 - season / 2)];
                *filled = if multiplies { trend * indices[t % season] } else { trend + indices[t % season] };
            }
            trend = centred_average(&filled, season);
            indices = means_by_step(past, &trend, season, multiplies);
        }
        let left = |(t, value): (usize, &f64)| {
            value - if multiplies { trend[t] * indices[t % season] } else { trend[t] + indices[t % season] }
        };
        let squares = past.iter().enumerate().map(left).filter(|left| left.is_finite()).map(|left| left * left).sum();
        indices.iter().all(|index| index.is_finite()).then_some((Self { composition, indices }, squares))
    }

    /// The indices of the composition that leaves less of the values, a product only where every value and index is safely above
    /// zero.
    ///
    /// Safely: the smallest value above 1 % of the mean, the smallest index above 0.05, so that no quotient blows up.
    #[must_use]
    pub fn chosen(past: &[f64], season: usize) -> Option<Self> {
        let (mut count, mut sum, mut least) = (0.0, 0.0, f64::INFINITY);
        for value in past.iter().filter(|value| value.is_finite()) {
            count += 1.0;
            sum += value;
            least = least.min(*value);
        }
        let (added, left) = Self::with_remainder(past, season, Composition::Additive)?;
        if least > 0.01 * sum / count && least > 0.0 {
            let product = Self::with_remainder(past, season, Composition::Multiplicative);
            if let Some((product, of_product)) = product
                && of_product <= left
                && product.indices.iter().all(|index| *index > 0.05)
            {
                return Some(product);
            }
        }
        Some(added)
    }

    /// The past without its season, gaps as they are.
    #[must_use]
    pub fn adjusted(&self, past: &[f64]) -> Vec<f64> {
        let season = self.indices.iter().cycle();
        match self.composition {
            Composition::Additive => past.iter().zip(season).map(|(value, index)| value - index).collect(),
            Composition::Multiplicative => past.iter().zip(season).map(|(value, index)| value / index).collect(),
        }
    }

    /// A value without a season, at step `t` of the past (or after it), with its season.
    #[must_use]
    pub fn restored(&self, t: usize, value: f64) -> f64 {
        let index = self.indices[t % self.indices.len()];
        match self.composition {
            Composition::Additive => value + index,
            Composition::Multiplicative => value * index,
        }
    }

    /// What a width without a season is at step `t`: the index times it where the season multiplies.
    #[must_use]
    pub fn widened(&self, t: usize, width: f64) -> f64 {
        match self.composition {
            Composition::Additive => width,
            Composition::Multiplicative => width * self.indices[t % self.indices.len()],
        }
    }
}

/// Gaps on the straight line between their neighbours, at the ends level with the nearest value; None without any value.
pub(super) fn interpolated(past: &[f64]) -> Option<Vec<f64>> {
    let first = past.iter().position(|value| value.is_finite())?;
    let mut filled = past.to_vec();
    filled[..first].fill(past[first]);
    let mut known = first;
    for t in first + 1..past.len() {
        if past[t].is_finite() {
            let rise = (past[t] - past[known]) / (t - known) as f64;
            for (ahead, between) in filled[known + 1..t].iter_mut().enumerate() {
                *between = past[known] + rise * (ahead + 1) as f64;
            }
            known = t;
        }
    }
    filled[known + 1..].fill(past[known]);
    Some(filled)
}

/// The average of the `season` values about each step (of `season` + 1 with half weights at the ends, where it is even); NaN
/// where they are not all there.
fn centred_average(values: &[f64], season: usize) -> Vec<f64> {
    let (half, even) = (season / 2, season.is_multiple_of(2));
    let mut trend = vec![f64::NAN; values.len()];
    let mut sum = 0.0;
    for (moved, t) in (half..values.len() - half).enumerate() {
        // the window without its right end, moved on by one value; summed afresh once a season so that rounding does not add up
        let left = t - half;
        if moved % season == 0 {
            sum = values[left..t + half].iter().sum();
        } else {
            sum += values[t + half - 1] - values[left - 1];
        }
        let ends = if even { 0.5 * (values[t + half] - values[left]) } else { values[t + half] };
        trend[t] = (sum + ends) / season as f64;
    }
    trend
}

fn means_by_step(past: &[f64], trend: &[f64], season: usize, multiplies: bool) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; season], vec![0.0; season]);
    for (t, (value, trend)) in past.iter().zip(trend).enumerate() {
        if value.is_finite() && trend.is_finite() {
            sums[t % season] += if multiplies { value / trend } else { value - trend };
            counts[t % season] += 1.0;
        }
    }
    let seen: f64 = counts.iter().filter(|count| **count > 0.0).count() as f64;
    let mean = sums.iter().zip(&counts).filter(|(_, count)| **count > 0.0).map(|(sum, count)| sum / count).sum::<f64>() / seen;
    let neutral = if multiplies { 1.0 } else { 0.0 };
    sums.iter()
        .zip(&counts)
        .map(|(sum, count)| match (*count > 0.0, multiplies) {
            (false, _) => neutral,
            (true, true) => sum / count / mean,
            (true, false) => sum / count - mean,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: f64 = f64::NAN;

    #[test]
    fn autocorrelations_by_hand() {
        // about the mean 2.5: −1.5 −.5 .5 1.5, squares 5; lag 1: .75 − .25 + .75, lag 2: −.75 − .75
        let found = autocorrelations(&[1.0, 2.0, 3.0, 4.0], 2).unwrap();
        assert!((found[0] - 0.25).abs() < 1e-15 && (found[1] + 0.3).abs() < 1e-15, "{found:?}");
    }

    #[test]
    fn a_sliding_average_is_that_of_each_window() {
        let values: Vec<f64> = (0..40).map(|t| f64::from((t * 17) % 23) - 3.0).collect();
        for (season, weights) in [(3, vec![1.0; 3]), (4, vec![0.5, 1.0, 1.0, 1.0, 0.5])] {
            let trend = centred_average(&values, season);
            for (t, window) in values.windows(weights.len()).enumerate() {
                let plain = window.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f64>() / season as f64;
                assert!((trend[t + season / 2] - plain).abs() < 1e-12, "{season} {t}");
            }
            assert!(trend[..season / 2].iter().chain(&trend[40 - season / 2..]).all(|value| value.is_nan()));
        }
    }

    #[test]
    fn a_higher_level_asks_for_a_stronger_season() {
        // a wave under noise, its autocorrelation at 4 between the thresholds
        let past: Vec<f64> = (0..24).map(|t| [1.2, 0.0, -1.2, 0.0][t % 4] + f64::from((t as i32 * 37) % 11 - 5) * 0.35).collect();
        assert!(is_seasonal_at(&past, 4, 0.5) && !is_seasonal_at(&past, 4, 0.9999));
        assert!(!is_seasonal(&[3.0; 24], 4) && !is_seasonal(&past[..7], 4) && !is_seasonal(&[GAP; 24], 4));
    }

    #[test]
    fn a_season_on_a_line_is_found_exactly_even_with_gaps() {
        let index = [4.0, -3.0, -1.0];
        let mut past: Vec<f64> = (0..30).map(|t| f64::from(t) + index[t as usize % 3]).collect();
        let whole = Seasonal::classical(&past, 3, Composition::Additive).unwrap();
        assert!(whole.indices.iter().zip(index).all(|(a, b)| (a - b).abs() < 1e-12), "{whole:?}");
        for t in [2, 7, 8, 29] {
            past[t] = GAP;
        }
        let gappy = Seasonal::classical(&past, 3, Composition::Additive).unwrap();
        assert!(gappy.indices.iter().zip(index).all(|(a, b)| (a - b).abs() < 0.3), "{gappy:?}");
        let adjusted = whole.adjusted(&past);
        assert!((adjusted[4] - 4.0).abs() < 1e-12 && adjusted[7].is_nan() && (whole.restored(30, 10.0) - 14.0).abs() < 1e-12);
    }

    #[test]
    fn a_product_is_chosen_only_safely_above_zero() {
        let of = |low: f64| -> Vec<f64> { (0..12).map(|t| if t % 2 == 0 { low } else { 100.0 }).collect() };
        let chosen = |low: f64| Seasonal::chosen(&of(low), 2).unwrap().composition;
        assert_eq!(chosen(50.0), Composition::Multiplicative);
        assert_eq!([chosen(0.0), chosen(-5.0), chosen(1.0)], [Composition::Additive; 3]);
    }
}
