//! Medians and spreads that a few bad values do not move.

use std::collections::VecDeque;

/// The factor that makes the median absolute deviation a standard deviation in normal data: 1 / Φ⁻¹(3/4).
pub(in crate::forecast) const MAD_TO_SD: f64 = 1.482_602_218_505_602;
/// The factor that makes the mean absolute deviation a standard deviation in normal data: √(π/2).
const MEAN_TO_SD: f64 = 1.253_314_137_315_500_3;

/// The median of the finite values of `scratch`, which is reordered; NaN when there are none.
pub(in crate::forecast) fn median_of(scratch: &mut Vec<f64>) -> f64 {
    scratch.retain(|value| value.is_finite());
    quantile_of(scratch, 0.5)
}

/// The order statistic at fraction `p` of finite values (the mean of the two middle ones for an even median), which are reordered.
pub(in crate::forecast) fn quantile_of(scratch: &mut [f64], p: f64) -> f64 {
    let Some(last) = scratch.len().checked_sub(1) else { return f64::NAN };
    let rank = p * last as f64;
    let (below, middle, above) = scratch.select_nth_unstable_by(rank.floor() as usize, f64::total_cmp);
    debug_assert!(below.len() <= last);
    let share = rank - rank.floor();
    if share == 0.0 {
        return *middle;
    }
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    *middle + share * (next - *middle)
}

/// The standard deviation of values about 0 as most of them tell it: from the median of their sizes, or from the mean of the sizes
/// where more than half are 0; 0 when there are none.
pub(in crate::forecast) fn spread_about_zero(values: impl Iterator<Item = f64>) -> f64 {
    let mut sizes: Vec<f64> = values.filter(|value| value.is_finite()).map(f64::abs).collect();
    if sizes.is_empty() {
        return 0.0;
    }
    let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
    let middle = quantile_of(&mut sizes, 0.5);
    // Rounding leaves sizes of the order of the last digits where the values are in truth alike.
    if middle > 1e-9 * mean { middle * MAD_TO_SD } else { mean * MEAN_TO_SD }
}

/// The median of the `2 half + 1` values about each one (fewer at the ends; gaps left out), in O(n half) moves of memory and
/// O(n log half) comparisons. Where a window is all gaps, the level before it is held (the first one at the start).
pub(in crate::forecast) fn running_median(values: &[f64], half: usize) -> Vec<f64> {
    let n = values.len();
    let mut sorted: Vec<f64> = Vec::with_capacity(2 * half + 2);
    let mut level = Vec::with_capacity(n);
    for value in &values[..half.min(n)] {
        insert(&mut sorted, *value);
    }
    for t in 0..n {
        if let Some(value) = values.get(t + half) {
            insert(&mut sorted, *value);
        }
        if t > half {
            remove(&mut sorted, values[t - half - 1]);
        }
        let middle = sorted.len() / 2;
        level.push(match sorted.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => sorted[middle],
            _ => 0.5 * (sorted[middle - 1] + sorted[middle]),
        });
    }
    hold(&mut level);
    level
}

fn insert(sorted: &mut Vec<f64>, value: f64) {
    if value.is_finite() {
        sorted.insert(sorted.partition_point(|held| *held < value), value);
    }
}

fn remove(sorted: &mut Vec<f64>, value: f64) {
    if value.is_finite() {
        sorted.remove(sorted.partition_point(|held| *held < value));
    }
}

/// Fills what is NaN with the value before it, and at the start with the first there is.
pub(super) fn hold(level: &mut [f64]) {
    let mut held = level.iter().copied().find(|value| value.is_finite()).unwrap_or(0.0);
    for value in level {
        if value.is_finite() {
            held = *value;
        } else {
            *value = held;
        }
    }
}

/// The last `length` finite values, kept sorted: their median and quantiles at any time.
pub(in crate::forecast) struct Window {
    order: VecDeque<f64>,
    sorted: Vec<f64>,
    length: usize,
}

impl Window {
    pub(in crate::forecast) fn new(length: usize) -> Self {
        Self { order: VecDeque::with_capacity(length + 1), sorted: Vec::with_capacity(length + 1), length }
    }

    pub(in crate::forecast) fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.order.push_back(value);
        insert(&mut self.sorted, value);
        if self.order.len() > self.length
            && let Some(old) = self.order.pop_front()
        {
            remove(&mut self.sorted, old);
        }
    }

    pub(in crate::forecast) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// The order statistic at fraction `p`, interpolated; NaN when there are none.
    pub(in crate::forecast) fn quantile(&self, p: f64) -> f64 {
        crate::stats::percentile_of_sorted(&self.sorted, p).unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_median_is_that_of_each_window_sorted() {
        let mut values: Vec<f64> = (0..60).map(|i| f64::from((i * 37) % 23) - f64::from(i % 7)).collect();
        values[5] = f64::NAN;
        values[40] = f64::NAN;
        for half in [0, 1, 3, 10, 100] {
            let fast = running_median(&values, half);
            for (t, seen) in fast.iter().enumerate() {
                let window = &values[t.saturating_sub(half)..(t + half + 1).min(values.len())];
                let wanted = median_of(&mut window.to_vec());
                if wanted.is_finite() {
                    assert_eq!(*seen, wanted, "half {half}, step {t}");
                }
            }
        }
    }

    #[test]
    fn a_tenth_of_bad_values_moves_the_spread_little() {
        let normal: Vec<f64> = (1..1_000)
            .map(|i| {
                statrs::distribution::ContinuousCDF::inverse_cdf(&statrs::distribution::Normal::standard(), f64::from(i) / 1e3)
            })
            .collect();
        assert!((spread_about_zero(normal.iter().copied()) - 1.0).abs() < 2e-3);
        let bad = normal.iter().enumerate().map(|(i, value)| if i % 10 == 0 { 1e6 } else { *value });
        // With a tenth at infinity the median size is the 0.5/0.9 = 0.556 point of the clean sizes: z = 0.765 instead of 0.674.
        assert!((spread_about_zero(bad) - 0.765 / 0.6745).abs() < 0.02);
        assert_eq!(spread_about_zero([0.0, 0.0, 0.0, 4.0].into_iter()), MEAN_TO_SD);
    }

    #[test]
    fn a_window_forgets_what_is_old() {
        let mut window = Window::new(3);
        for value in [9.0, 1.0, f64::NAN, 2.0, 4.0] {
            window.push(value);
        }
        assert_eq!((window.len(), window.quantile(0.5)), (3, 2.0));
    }
}
