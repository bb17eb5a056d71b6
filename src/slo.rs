//! Objectives and error budgets.

use crate::time::MONTH_HOURS;

/// Minutes a month that an availability objective allows to be missed.
///
/// `(1 - availability) × 730.485 h × 60`.
///
/// ```
/// assert!((plimsoll::slo::budget_minutes_per_month(0.999) - 43.8291).abs() < 1e-9);
/// ```
#[must_use]
pub fn budget_minutes_per_month(availability: f64) -> f64 {
    (1.0 - availability) * MONTH_HOURS * 60.0
}
