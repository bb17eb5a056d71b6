/// The percentile at fraction `p` of `sorted`, in the unit of its values; `None` when there are none.
///
/// Linear interpolation between order statistics (type 7), so that reports agree with NumPy's and R's defaults.
/// Hyndman & Fan (1996), "Sample quantiles in statistical packages", *The American Statistician* 50(4), 361–365.
///
/// ```
/// assert_eq!(plimsoll::stats::percentile_of_sorted(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
/// ```
#[must_use]
pub fn percentile_of_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = p.clamp(0.0, 1.0) * last as f64;
    let below = rank.floor() as usize;
    let above = (below + 1).min(last); // p = 1 lands on the last value, which has none above it
    Some(sorted[below] + (rank - below as f64) * (sorted[above] - sorted[below]))
}

/// [`percentile_of_sorted`] of values in any order.
#[must_use]
pub fn percentile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    percentile_of_sorted(&sorted, p)
}
