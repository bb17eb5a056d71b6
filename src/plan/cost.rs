use crate::model::{Term, UnitType};
use crate::time::{Day, Month};
use crate::units::Money;

/// Mean days a month.
pub(super) const MONTH_DAYS: f64 = 365.25 / 12.0;

/// From when to when ordered units are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// The day of the order.
    pub placed: Day,
    /// The first day they are needed; commitments count from it.
    pub needed: Day,
    /// The day they are returned; `None`: they stay beyond the horizon.
    pub until: Option<Day>,
}

/// What an order costs until the end of the horizon under the first way to pay for its unit: `units × (purchase + monthly ×
/// months in force)`, in force from its mean arrival; nothing when it is placed after the end.
///
/// ```
/// # use plimsoll::{model::{Price, UnitType}, plan::cost_of, stats::Distribution, time::Day};
/// let unit = UnitType {
///     name: "m8".into(),
///     capacity: Default::default(),
///     price: Price { purchase: 1000.0, monthly: 10.0 },
///     terms: Vec::new(),
///     price_changes: Vec::new(),
///     lot: 1,
///     lead_time_days: Distribution::constant(0.0),
///     limit: None,
/// };
/// let year = cost_of(&unit, 2, Day(0), Day(365));
/// assert!((year.0 - 2.0 * (1000.0 + 10.0 * 365.0 / 30.4375)).abs() < 1e-9);
/// ```
#[must_use]
pub fn cost_of(unit: &UnitType, units: u32, placed: Day, end: Day) -> Money {
    unit.ways_to_pay().first().map_or(Money(0.0), |term| {
        let needed = placed.plus(unit.lead(term).mean().max(0.0).ceil() as i32);
        cost_of_term(unit, term, units, &Stay { placed, needed, until: None }, end)
    })
}

/// What an order costs until the end of the horizon under one of the ways to pay for its unit.
///
/// Monthly prices run from the mean arrival until the units are returned, at the latest until `end`. What is kept for good costs
/// its whole upfront price. A commitment costs of its upfront price the share of its days that lie within the horizon: the rest
/// serves days that no plan judges. Prices are those of the day of the order; a commitment that follows another has those of its
/// first day.
#[must_use]
pub fn cost_of_term(unit: &UnitType, term: &Term, units: u32, stay: &Stay, end: Day) -> Money {
    if stay.placed > end {
        return Money(0.0);
    }
    let each = payments(unit, term, stay, end).iter().map(|paid| paid.upfront * paid.share + paid.monthly).sum::<f64>();
    Money(f64::from(units) * each)
}

/// What one unit pays for a commitment, or for good.
pub(super) struct Payment {
    /// The day of the upfront price.
    pub day: Day,
    /// The upfront price.
    pub upfront: f64,
    /// The share of it that counts within the horizon.
    pub share: f64,
    /// Monthly prices within the horizon, together.
    pub monthly: f64,
    /// Days after the epoch between which the monthly price runs.
    pub runs: (f64, f64),
}

/// All payments of one unit within the horizon.
pub(super) fn payments(unit: &UnitType, term: &Term, stay: &Stay, end: Day) -> Vec<Payment> {
    let at = |day: Day| f64::from(day.0);
    let arrival = at(stay.placed) + unit.lead(term).mean();
    let close = stay.until.map_or(at(end), |until| at(until).min(at(end)));
    let payment = |day: Day, share: f64, from: f64, to: f64| {
        let (factor, to) = (unit.price_factor(day), to.min(close));
        let monthly = factor * term.monthly * (to - from).max(0.0) / MONTH_DAYS;
        Payment { day, upfront: factor * term.upfront, share, monthly, runs: (from, to.max(from)) }
    };
    let Some(months) = term.commits_months else {
        return vec![payment(stay.placed, 1.0, arrival, close)];
    };
    let mut all = Vec::new();
    let mut start = stay.needed;
    while at(start) < close {
        let next = (0..months).fold(start.month(), |month, _| Month::next(month)).first_day();
        let share = ((at(end).min(at(next)) - at(start)) / (at(next) - at(start))).clamp(0.0, 1.0);
        let (day, from) = if all.is_empty() { (stay.placed, arrival) } else { (start, at(start)) };
        all.push(payment(day, share, from, at(next)));
        start = next;
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{Price, PriceChange};
    use crate::stats::Distribution;

    fn unit() -> UnitType {
        UnitType {
            name: "m8".to_owned(),
            capacity: BTreeMap::new(),
            price: Price::default(),
            terms: Vec::new(),
            price_changes: vec![PriceChange { from: "2027-01-01".parse().unwrap(), factor: 0.9 }],
            lot: 1,
            lead_time_days: Distribution::constant(0.0),
            limit: None,
        }
    }

    fn term(upfront: f64, monthly: f64, commits_months: Option<u32>) -> Term {
        Term { name: "t".to_owned(), upfront, monthly, commits_months, lead_time_days: None }
    }

    fn cost(term: &Term, from: &str, until: Option<&str>, end: &str) -> f64 {
        let (from, end): (Day, Day) = (from.parse().unwrap(), end.parse().unwrap());
        let stay = Stay { placed: from, needed: from, until: until.map(|day| day.parse().unwrap()) };
        cost_of_term(&unit(), term, 1, &stay, end).0
    }

    #[test]
    fn a_commitment_beyond_the_horizon_counts_by_its_days_within() {
        // a year from July on of which 184 days lie before the end of the year
        let seen = cost(&term(3650.0, 0.0, Some(12)), "2026-07-01", None, "2027-01-01");
        assert!((seen - 3650.0 * 184.0 / 365.0).abs() < 1e-9, "{seen}");
        assert_eq!(cost(&term(3650.0, 0.0, None), "2026-07-01", None, "2027-01-01"), 3650.0);
    }

    #[test]
    fn a_commitment_keeps_its_price_and_the_next_has_the_new_one() {
        let monthly = cost(&term(0.0, MONTH_DAYS, Some(1)), "2026-12-01", Some("2027-02-01"), "2027-06-01");
        assert!((monthly - (31.0 + 0.9 * 31.0)).abs() < 1e-9, "{monthly}");
        let kept = cost(&term(0.0, MONTH_DAYS, Some(12)), "2026-12-01", None, "2027-06-01");
        assert!((kept - 182.0).abs() < 1e-9, "{kept}");
    }
}
