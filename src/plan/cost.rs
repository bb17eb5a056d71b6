use std::collections::BTreeMap;

use super::{Error, PlannedOrder};
use crate::model::{Term, UnitType};
use crate::time::{Day, Month};
use crate::units::Money;

/// Mean days a month.
pub const MONTH_DAYS: f64 = 365.25 / 12.0;

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
/// serves days that no plan judges. Upfront prices are those of the day of the order. A commitment keeps the monthly price of that
/// day too, and one that follows another has the prices of its own first day; what is kept for good pays the monthly price of
/// each day that it runs.
#[must_use]
pub fn cost_of_term(unit: &UnitType, term: &Term, units: u32, stay: &Stay, end: Day) -> Money {
    cost_from(unit, term, units, stay, arrival_on_average(unit, term, stay), end)
}

/// The same with units that arrive so many days after the epoch.
pub(super) fn cost_from(unit: &UnitType, term: &Term, units: u32, stay: &Stay, arrival: f64, end: Day) -> Money {
    if stay.placed > end {
        return Money(0.0);
    }
    let paid = payments(unit, term, stay, arrival, end);
    Money(f64::from(units) * paid.iter().map(|paid| paid.upfront * paid.share + paid.monthly).sum::<f64>())
}

/// What an order of a plan costs until the end of the horizon by the prices of a catalog: its own way to pay, its own days.
///
/// # Errors
/// [`Error::UnknownTerm`] where the catalog has no such unit or way to pay.
pub(super) fn order_cost(catalog: &BTreeMap<String, UnitType>, order: &PlannedOrder, end: Day) -> Result<Money, Error> {
    let (unit, ways, term) = way_of(catalog, order)?;
    let stay = Stay { placed: order.order_by, needed: order.needed, until: order.until };
    Ok(cost_of_term(unit, &ways[term], order.units, &stay, end))
}

/// The unit of an order, its ways to pay, and which of them the order has.
///
/// # Errors
/// [`Error::UnknownTerm`] where the catalog has no such unit or way to pay.
pub(super) fn way_of<'c>(
    catalog: &'c BTreeMap<String, UnitType>,
    order: &PlannedOrder,
) -> Result<(&'c UnitType, Vec<Term>, usize), Error> {
    let unknown = |ways: &[Term]| {
        let names: Vec<&str> = ways.iter().map(|term| term.name.as_str()).collect();
        let have = if names.is_empty() { "no such unit".to_owned() } else { names.join(", ") };
        Error::UnknownTerm { unit: order.unit.clone(), term: order.term.clone(), have }
    };
    let unit = catalog.get(&order.unit).ok_or_else(|| unknown(&[]))?;
    let ways = unit.ways_to_pay();
    // an order of a unit with one price alone names no term
    let named = |term: &Term| if order.term.is_empty() { unit.terms.is_empty() } else { term.name == order.term };
    let term = ways.iter().position(named).ok_or_else(|| unknown(&ways))?;
    Ok((unit, ways, term))
}

/// Days after the epoch on which units arrive that come as late as they do on average.
pub(super) fn arrival_on_average(unit: &UnitType, term: &Term, stay: &Stay) -> f64 {
    f64::from(stay.placed.0) + unit.lead(term).mean()
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

/// All payments within the horizon of one unit that arrives so many days after the epoch.
pub(super) fn payments(unit: &UnitType, term: &Term, stay: &Stay, arrival: f64, end: Day) -> Vec<Payment> {
    let at = |day: Day| f64::from(day.0);
    let close = stay.until.map_or(at(end), |until| at(until).min(at(end)));
    let payment = |day: Day, share: f64, from: f64, to: f64| {
        let ((upfront, monthly), to) = (unit.price_factors(day), to.min(close));
        let monthly = monthly * term.monthly * (to - from).max(0.0) / MONTH_DAYS;
        Payment { day, upfront: upfront * term.upfront, share, monthly, runs: (from, to.max(from)) }
    };
    let mut all = Vec::new();
    let Some(months) = term.commits_months else {
        // from one monthly price to the next; upfront once
        let changes = unit.price_changes.iter().map(|change| change.from).filter(|day| at(*day) > arrival && at(*day) < close);
        let begins = [Day(arrival.floor() as i32)].into_iter().chain(changes.clone());
        for (first, next) in begins.zip(changes.map(at).chain([close])) {
            let from = at(first).max(arrival);
            let upfront = if all.is_empty() { unit.price_factors(stay.placed).0 * term.upfront } else { 0.0 };
            all.push(Payment { day: stay.placed, upfront, ..payment(first, 1.0, from, next) });
        }
        return all;
    };
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
    use super::*;
    use crate::model::{Price, PriceChange};
    use crate::stats::Distribution;

    fn unit() -> UnitType {
        UnitType {
            name: "m8".to_owned(),
            capacity: BTreeMap::new(),
            price: Price::default(),
            terms: Vec::new(),
            price_changes: vec![PriceChange::of_all("2027-01-01".parse().unwrap(), 0.9)],
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

    #[test]
    fn what_is_kept_for_good_pays_the_monthly_price_of_each_day_and_upfront_that_of_its_order() {
        // 31 days of December at 1 a day, January to May (151 days) at 0.9; upfront on 1 December
        let seen = cost(&term(1_000.0, MONTH_DAYS, None), "2026-12-01", None, "2027-06-01");
        assert!((seen - (1_000.0 + 31.0 + 0.9 * 151.0)).abs() < 1e-9, "{seen}");
        let after = cost(&term(1_000.0, MONTH_DAYS, None), "2027-01-01", None, "2027-06-01");
        assert!((after - 0.9 * (1_000.0 + 151.0)).abs() < 1e-9, "{after}");
    }

    #[test]
    fn changes_of_prices_multiply_from_their_days_on() {
        let day = |day: &str| day.parse::<Day>().unwrap();
        let change = |from, upfront, monthly| PriceChange { from: day(from), upfront, monthly };
        // 0.9 from January on in the catalog
        let unit = unit().with_price_change(change("2026-10-01", 2.0, 1.0)).with_price_change(change("2027-01-01", 1.5, 3.0));
        let seen: Vec<(f64, f64)> =
            ["2026-09-30", "2026-10-01", "2026-12-31", "2027-01-01"].map(|on| unit.price_factors(day(on))).into();
        assert_eq!(seen, [(1.0, 1.0), (2.0, 1.0), (2.0, 1.0), (0.9 * 2.0 * 1.5, 0.9 * 3.0)]);
    }

    #[test]
    fn an_order_is_paid_by_its_own_term_at_the_price_of_its_day() {
        let (bought, reserved) = (term(5_000.0, 0.0, None), Term { name: "reserved".to_owned(), ..term(3650.0, 0.0, Some(12)) });
        let catalog = BTreeMap::from([("m8".to_owned(), UnitType { terms: vec![bought, reserved], ..unit() })]);
        let day = |day: &str| day.parse::<Day>().unwrap();
        let order = |term: &str, placed: &str| PlannedOrder {
            unit: "m8".to_owned(),
            term: term.to_owned(),
            until: None,
            units: 2,
            order_by: day(placed),
            needed: day(placed),
            arrival: (day(placed), day(placed), day(placed)),
            late: 0.0,
            overdue: false,
            cost: Money(0.0),
        };
        let cost = |term, placed| order_cost(&catalog, &order(term, placed), day("2028-01-01")).unwrap().0;
        // bought before and after prices fall by a tenth; reserved: a year from then, and two and a half that overlap the end
        assert_eq!((cost("t", "2026-07-01"), cost("t", "2027-07-01")), (10_000.0, 9_000.0));
        assert!((cost("reserved", "2027-01-01") - 2.0 * 0.9 * 3650.0).abs() < 1e-9);
        let two = 3650.0 + 0.9 * 3650.0 * 184.0 / 366.0;
        assert!((cost("reserved", "2026-07-01") - 2.0 * two).abs() < 1e-9, "{}", cost("reserved", "2026-07-01"));
        // what has no price is told, not taken as free
        for term in ["neither", ""] {
            let refused = order_cost(&catalog, &order(term, "2027-01-01"), day("2028-01-01")).unwrap_err();
            let have = "t, reserved".to_owned();
            assert_eq!(refused, Error::UnknownTerm { unit: "m8".to_owned(), term: term.to_owned(), have });
        }
    }

    #[test]
    fn units_that_arrive_later_pay_by_the_month_from_then_on_and_upfront_all_the_same() {
        // a year reserved from December on for 120 and 1 a day, ordered on 16 November, until the end of May: 182 of 365 days
        let term = term(120.0, MONTH_DAYS, Some(12));
        let day = |day: &str| day.parse::<Day>().unwrap();
        let stay = Stay { placed: day("2026-11-16"), needed: day("2026-12-01"), until: None };
        for (arrival, days) in [("2026-11-21", 192.0), ("2026-12-01", 182.0), ("2027-01-10", 142.0)] {
            let arrival = f64::from(day(arrival).0);
            let seen = cost_from(&unit(), &term, 3, &stay, arrival, day("2027-06-01")).0;
            assert!((seen - 3.0 * (120.0 * 182.0 / 365.0 + days)).abs() < 1e-9, "{seen}");
        }
    }
}
