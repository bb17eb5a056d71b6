use crate::model::UnitType;
use crate::time::Day;
use crate::units::Money;

/// Mean days a month.
const MONTH_DAYS: f64 = 365.25 / 12.0;

/// What an order costs until the end of the horizon: `units × (purchase + monthly × months in force)`, in force from its mean
/// arrival; nothing when it is placed after the end.
///
/// ```
/// # use plimsoll::{model::{Price, UnitType}, plan::cost_of, stats::Distribution, time::Day};
/// let unit = UnitType {
///     name: "m8".into(),
///     capacity: Default::default(),
///     price: Price { purchase: 1000.0, monthly: 10.0 },
///     lot: 1,
///     lead_time_days: Distribution::constant(0.0),
///     limit: None,
/// };
/// let year = cost_of(&unit, 2, Day(0), Day(365));
/// assert!((year.0 - 2.0 * (1000.0 + 10.0 * 365.0 / 30.4375)).abs() < 1e-9);
/// ```
#[must_use]
pub fn cost_of(unit: &UnitType, units: u32, placed: Day, end: Day) -> Money {
    if placed > end {
        return Money(0.0);
    }
    let in_force = (f64::from(end.since(placed)) - unit.lead_time_days.mean()).max(0.0) / MONTH_DAYS;
    Money(f64::from(units) * (unit.price.purchase + unit.price.monthly * in_force))
}
