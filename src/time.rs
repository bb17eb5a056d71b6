//! Instants, civil days, steps, time zones. Nothing here knows today's date.
//!
//! Demand is planned on *civil* days and hours of the model's time zone: a day has 24 hours, the hour that a change to
//! summer time skips is a gap, and the hour that occurs twice is one bin.

use std::fmt;

use jiff::civil;
use serde::{Deserialize, Serialize};

/// Seconds in a day of 24 hours.
pub const DAY_SECONDS: i64 = 86_400;
/// Hours in the mean Gregorian month, used to turn monthly prices and rates into hourly ones: 365.2425 × 24 / 12.
pub const MONTH_HOURS: f64 = 730.485;

/// An instant in UTC, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "{} s since 1970", self.0),
        }
    }
}

/// The length of a bin, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Step(pub i64);

impl Step {
    /// One hour.
    pub const HOUR: Self = Self(3_600);
    /// One day of 24 hours.
    pub const DAY: Self = Self(DAY_SECONDS);

    /// Its length in hours.
    #[must_use]
    pub fn hours(self) -> f64 {
        self.0 as f64 / 3_600.0
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            s if s % (7 * DAY_SECONDS) == 0 => write!(f, "{} w", s / (7 * DAY_SECONDS)),
            s if s % DAY_SECONDS == 0 => write!(f, "{} d", s / DAY_SECONDS),
            s if s % 3_600 == 0 => write!(f, "{} h", s / 3_600),
            s if s % 60 == 0 => write!(f, "{} min", s / 60),
            s => write!(f, "{s} s"),
        }
    }
}

/// A civil day, counted from 1970-01-01. Arithmetic on it never meets a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a calendar date.
    #[must_use]
    pub fn of(date: civil::Date) -> Self {
        let epoch = civil::date(1970, 1, 1);
        Self((date - epoch).get_days())
    }

    /// Its calendar date.
    ///
    /// # Panics
    /// Never for days within years -9999 to 9999, which is all that parsing lets in.
    #[must_use]
    pub fn date(self) -> civil::Date {
        civil::date(1970, 1, 1)
            .checked_add(jiff::Span::new().days(self.0))
            .expect("days are checked against the calendar when they are parsed")
    }

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub fn weekday(self) -> usize {
        (self.0 + 3).rem_euclid(7) as usize // 1970-01-01 was a Thursday
    }

    /// The day `days` later.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// How many days after `earlier` this one is.
    #[must_use]
    pub fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The month it lies in.
    #[must_use]
    pub fn month(self) -> Month {
        let date = self.date();
        Month { year: date.year(), month: date.month() }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

impl std::str::FromStr for Day {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<civil::Date>().map(Self::of)
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "cli")]
impl schemars::JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date" })
    }
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

impl Month {
    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Day {
        Day::of(civil::date(self.year, self.month, 1))
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 { Self { year: self.year + 1, month: 1 } } else { Self { month: self.month + 1, ..self } }
    }

    /// All months that days `first..=last` touch, in order.
    #[must_use]
    pub fn spanning(first: Day, last: Day) -> Vec<Self> {
        let last = last.month();
        let mut months = vec![first.month()];
        while let Some(&month) = months.last().filter(|month| **month < last) {
            months.push(month.next());
        }
        months
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl std::str::FromStr for Month {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        format!("{text}-01").parse::<Day>().map(Day::month)
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "cli")]
impl schemars::JsonSchema for Month {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Month".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^\\d{4}-\\d{2}$" })
    }
}

/// A time zone by its IANA name.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    rules: jiff::tz::TimeZone,
}

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: jiff::tz::TimeZone::UTC }
    }

    /// The zone of an IANA name such as `Europe/Berlin`, from the database that is built in.
    ///
    /// # Errors
    /// When no zone has that name.
    pub fn named(name: &str) -> Result<Self, jiff::Error> {
        let rules = jiff::tz::TimeZoneDatabase::bundled().get(name)?;
        Ok(Self { name: name.to_owned(), rules })
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The civil day and hour (0 to 23) at an instant.
    #[must_use]
    pub fn civil(&self, at: Timestamp) -> (Day, u8) {
        let offset = jiff::Timestamp::from_second(at.0).map_or(0, |t| i64::from(self.rules.to_offset(t).seconds()));
        let local = at.0 + offset;
        let day = local.div_euclid(DAY_SECONDS);
        (Day(day as i32), (local.rem_euclid(DAY_SECONDS) / 3_600) as u8)
    }

    /// The offsets that a local time may have; `local` in seconds since 1970-01-01T00:00:00 local time.
    #[must_use]
    pub fn offsets_of_local(&self, local: i64) -> jiff::tz::AmbiguousOffset {
        let time = local.rem_euclid(DAY_SECONDS);
        let date = Day(local.div_euclid(DAY_SECONDS) as i32).date();
        let at = date.at((time / 3_600) as i8, (time / 60 % 60) as i8, (time % 60) as i8, 0);
        self.rules.to_ambiguous_timestamp(at).offset()
    }

    /// The instant at which a civil day begins (after a gap at midnight: the first instant of the day).
    #[must_use]
    pub fn midnight(&self, day: Day) -> Timestamp {
        let local = day.date().to_datetime(civil::Time::midnight());
        let at = self.rules.to_ambiguous_zoned(local).compatible();
        Timestamp(at.map_or(i64::from(day.0) * DAY_SECONDS, |zoned| zoned.timestamp().as_second()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_know_their_weekday_and_month() {
        let day: Day = "2026-11-24".parse().unwrap();
        assert_eq!((day.weekday(), day.month().to_string()), (1, "2026-11".to_owned())); // a Tuesday
        assert_eq!(day.to_string(), "2026-11-24");
    }

    #[test]
    fn summer_time_moves_the_civil_hour() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let noon_utc = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_second());
        assert_eq!(berlin.civil(noon_utc("2026-01-10T12:00:00Z")).1, 13);
        assert_eq!(berlin.civil(noon_utc("2026-07-10T12:00:00Z")).1, 14);
        let day: Day = "2026-07-10".parse().unwrap();
        assert_eq!(berlin.civil(berlin.midnight(day)), (day, 0));
    }

    #[test]
    fn months_spanning_a_new_year_are_in_order() {
        let months = Month::spanning("2026-11-24".parse().unwrap(), "2027-02-01".parse().unwrap());
        let names: Vec<String> = months.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["2026-11", "2026-12", "2027-01", "2027-02"]);
        assert!(months.iter().zip(&names).all(|(month, name)| name.parse::<Month>().unwrap() == *month));
        assert!("2026-13".parse::<Month>().is_err() && "2026-11-24".parse::<Month>().is_err());
    }
}
