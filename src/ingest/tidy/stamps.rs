//! Times of plain series: what the numbers mean, how a file writes them, how far one is from the next.

use crate::time::{DAY_SECONDS, Day, Step};

const NANOS: i64 = 1_000_000_000;
const DAY_NANOS: i64 = DAY_SECONDS * NANOS;

/// What the time of a plain series counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampForm {
    /// Whole numbers.
    Integer,
    /// Days since 1970-01-01.
    Date,
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Instant,
}

/// How a file writes its times; forecasts are written the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampStyle {
    /// What they count.
    pub form: StampForm,
    /// Whether its column holds text rather than times.
    pub text: bool,
    /// Ticks of a second in a column of instants: 1,000, 1,000,000 or 1,000,000,000.
    pub per_second: i64,
    /// The time zone of a column of instants.
    pub zone: Option<String>,
    /// Whether date and clock stand apart by a space rather than `T`.
    pub spaced: bool,
    /// Whether instants are counted on the clock of their zone: days and months of a place begin at its midnight, in summer too.
    pub local: bool,
}

impl StampStyle {
    /// A file of whole numbers, dates or instants in UTC.
    #[must_use]
    pub fn plain(form: StampForm) -> Self {
        Self { form, text: false, per_second: 1_000, zone: None, spaced: false, local: false }
    }

    /// The zone of a column that is not in UTC.
    fn place(&self) -> Option<jiff::tz::TimeZone> {
        let name = self.zone.as_deref().filter(|zone| *zone != "UTC")?;
        jiff::tz::TimeZoneDatabase::bundled().get(name).ok()
    }

    /// Whether its instants may have to be counted on the clock of a zone: see [`days_apart`](Self::days_apart).
    pub(super) fn has_clock(&self) -> bool {
        self.place().is_some()
    }

    /// Whether days or more lie between all of these rising times: then they are those of a place's clock.
    pub(super) fn days_apart(rows: &[(i64, f64)]) -> bool {
        rows.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 23 * 3_600 * NANOS)
    }

    /// Brings instants to the clock of the zone, where they are counted on it.
    pub(super) fn on_the_clock(&self, rows: &mut [(i64, f64)]) {
        if self.local {
            for row in rows {
                row.0 = self.clock(row.0);
            }
        }
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z of a time.
    #[must_use]
    pub fn utc(&self, stamp: i64) -> i64 {
        let Some(place) = self.place().filter(|_| self.local) else { return stamp };
        let clock = jiff::Timestamp::from_nanosecond(i128::from(stamp)).map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).datetime());
        let exact = clock.and_then(|clock| place.to_timestamp(clock)).map(jiff::Timestamp::as_nanosecond);
        exact.ok().and_then(|nanos| i64::try_from(nanos).ok()).unwrap_or(stamp)
    }

    /// The reverse of [`utc`](Self::utc): a time as the series count theirs.
    #[must_use]
    pub(super) fn clock(&self, utc: i64) -> i64 {
        let Some(place) = self.place().filter(|_| self.local) else { return utc };
        let at = jiff::Timestamp::from_nanosecond(i128::from(utc)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        utc + i64::from(place.to_offset(at).seconds()) * NANOS
    }

    /// A time as the file would write it.
    #[must_use]
    pub fn text(&self, stamp: i64) -> String {
        match self.form {
            StampForm::Integer => stamp.to_string(),
            StampForm::Date => Day(stamp.clamp(-4_371_587, 2_932_896) as i32).to_string(), // the calendar's own ends
            StampForm::Instant => self.instant(stamp),
        }
    }

    fn instant(&self, stamp: i64) -> String {
        let at = jiff::Timestamp::from_nanosecond(i128::from(self.utc(stamp))).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let text = if self.zone.is_some() {
            at.to_string()
        } else {
            let text = at.to_string();
            text.trim_end_matches('Z').to_owned()
        };
        if self.spaced { text.replacen('T', " ", 1) } else { text }
    }
}

/// How far one observation is from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// So many whole numbers, days or nanoseconds.
    Even(i64),
    /// So many calendar months.
    Months(i32),
}

fn day_of(form: StampForm, stamp: i64) -> (i64, i64) {
    if form == StampForm::Instant { (stamp.div_euclid(DAY_NANOS), stamp.rem_euclid(DAY_NANOS)) } else { (stamp, 0) }
}

impl Pace {
    /// Months where the smallest difference looks like it, otherwise the smallest difference. `stamps` rise.
    pub(super) fn of(form: StampForm, stamps: impl Iterator<Item = i64>) -> Self {
        let (mut smallest, mut last) = (i64::MAX, None);
        for stamp in stamps {
            if let Some(last) = last {
                smallest = smallest.min(stamp - last);
            }
            last = Some(stamp);
        }
        let smallest = if smallest == i64::MAX { 1 } else { smallest };
        let day = match form {
            StampForm::Integer => return Self::Even(smallest),
            StampForm::Date => 1,
            StampForm::Instant => DAY_NANOS,
        };
        let calendar = [(28, 31, 1), (59, 62, 2), (89, 92, 3), (181, 184, 6), (365, 366, 12)];
        let months = calendar.iter().find(|(low, high, _)| (low * day..=high * day).contains(&smallest));
        months.map_or(Self::Even(smallest), |(_, _, months)| Self::Months(*months))
    }

    /// The time `index` steps after `first`. A series at month ends stays at month ends.
    pub(super) fn after(self, form: StampForm, first: i64, index: usize) -> i64 {
        let months = match self {
            Self::Even(step) => return first.saturating_add((index as i64).saturating_mul(step)),
            Self::Months(months) => i64::from(months).saturating_mul(index as i64),
        };
        let (day, rest) = day_of(form, first);
        let date = Day(day as i32).date();
        let span = jiff::Span::new().try_months(months);
        let moved = span.and_then(|span| date.checked_add(span)).unwrap_or(date);
        let moved = if date == date.last_of_month() { moved.last_of_month() } else { moved };
        let day = i64::from(Day::of(moved).0);
        if form == StampForm::Instant { day.saturating_mul(DAY_NANOS).saturating_add(rest) } else { day }
    }

    /// How many steps after `first` a time is.
    pub(super) fn index(self, form: StampForm, first: i64, stamp: i64) -> Option<usize> {
        match self {
            Self::Even(step) => {
                let away = stamp.checked_sub(first)?;
                (away % step == 0).then(|| usize::try_from(away / step).ok()).flatten()
            }
            Self::Months(months) => {
                let date = |at: i64| Day(day_of(form, at).0 as i32).date();
                let (from, to) = (date(first), date(stamp));
                let apart =
                    (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month()) - i32::from(from.month());
                (apart % months == 0).then(|| usize::try_from(apart / months).ok()).flatten()
            }
        }
    }

    /// Steps of the seasons that such a pace has on the calendar: day and week, week, year. None for whole numbers, which say
    /// nothing of the calendar.
    #[must_use]
    pub fn seasons(self, form: StampForm) -> Vec<usize> {
        let day = match (self, form) {
            (Self::Months(months), _) => return if months < 12 { vec![12 / months as usize] } else { Vec::new() },
            (_, StampForm::Integer) => return Vec::new(),
            (_, StampForm::Date) => 1,
            (_, StampForm::Instant) => DAY_NANOS,
        };
        let Self::Even(step) = self else { return Vec::new() };
        let whole = |cycle: i64| (cycle % step == 0 && cycle > step).then(|| (cycle / step) as usize);
        if step == 7 * day { vec![52] } else { [whole(day), whole(7 * day)].into_iter().flatten().collect() }
    }

    /// Such as `1 h`, `3 months`.
    #[must_use]
    pub fn in_words(self, form: StampForm) -> String {
        match (self, form) {
            (Self::Months(1), _) => "1 month".to_owned(),
            (Self::Months(months), _) => format!("{months} months"),
            (Self::Even(step), StampForm::Integer) => step.to_string(),
            (Self::Even(step), StampForm::Date) => Step(step.saturating_mul(DAY_SECONDS)).to_string(),
            (Self::Even(step), StampForm::Instant) if step % NANOS == 0 => Step(step / NANOS).to_string(),
            (Self::Even(step), StampForm::Instant) => format!("{} ms", step as f64 / 1e6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seasons_follow_from_the_step() {
        let minutes = |minutes: i64| Pace::Even(minutes * 60 * NANOS).seasons(StampForm::Instant);
        assert_eq!(minutes(60), [24, 168]);
        assert_eq!(minutes(5), [288, 2_016]);
        assert_eq!(minutes(30), [48, 336]);
        assert_eq!(minutes(7), [1_440], "seven minutes fit into a week, not into a day");
        assert_eq!(minutes(11), [0; 0]);
        assert_eq!(minutes(24 * 60), [7]);
        assert_eq!(minutes(7 * 24 * 60), [52]);
        assert_eq!(Pace::Even(1).seasons(StampForm::Date), [7]);
        assert_eq!(Pace::Even(7).seasons(StampForm::Date), [52]);
        assert_eq!(Pace::Even(1).seasons(StampForm::Integer), [0; 0]);
        assert_eq!([1, 3, 12].map(|months| Pace::Months(months).seasons(StampForm::Date)), [vec![12], vec![4], vec![]]);
    }

    #[test]
    fn instants_keep_the_form_of_their_file() {
        let mut style = StampStyle { spaced: true, ..StampStyle::plain(StampForm::Instant) };
        assert_eq!(style.text(90 * NANOS), "1970-01-01 00:01:30");
        style = StampStyle { zone: Some("UTC".into()), spaced: false, ..style };
        assert_eq!(style.text(90 * NANOS + 500_000_000), "1970-01-01T00:01:30.5Z");
    }
}
