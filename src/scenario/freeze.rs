#[cfg(test)]
#[path = "freeze_tests.rs"]
mod tests;

use std::borrow::Cow;

use super::Override;
use crate::time::Day;

/// When nothing is changed: what arrives or leaves waits for the end of a freeze, planned work is put off to it, no release begins.
///
/// ```
/// use plimsoll::scenario::{Freezes, Override};
/// use plimsoll::time::Day;
/// let freezes = Freezes::of(&[Override::Freeze { from: Day(10), until: Day(20) }]);
/// assert_eq!((freezes.day(Day(9)), freezes.day(Day(10)), freezes.day(Day(20))), (Day(9), Day(20), Day(20)));
/// // what is needed on a day within it must have come before it begins
/// assert_eq!((freezes.needed(Day(10)), freezes.needed(Day(19)), freezes.needed(Day(20))), (Day(9), Day(9), Day(20)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Freezes {
    /// First day, and the day after the last; in order, apart from each other.
    spans: Vec<(Day, Day)>,
}

impl Freezes {
    /// Those of a scenario; freezes that meet are one.
    #[must_use]
    pub fn of(changes: &[Override]) -> Self {
        let each = changes.iter().filter_map(|change| match change {
            Override::Freeze { from, until } if from < until => Some((*from, *until)),
            _ => None,
        });
        let mut all: Vec<(Day, Day)> = each.collect();
        all.sort_unstable();
        let mut spans: Vec<(Day, Day)> = Vec::with_capacity(all.len());
        for (from, until) in all {
            match spans.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => spans.push((from, until)),
            }
        }
        Self { spans }
    }

    /// The same in hours after a day.
    #[must_use]
    pub fn hours(&self, start: Day) -> Vec<(f64, f64)> {
        let hours = |day: Day| f64::from(day.since(start)) * 24.0;
        self.spans.iter().map(|(from, until)| (hours(*from), hours(*until))).collect()
    }

    fn over(&self, day: Day) -> Option<(Day, Day)> {
        self.spans.iter().find(|(from, until)| *from <= day && day < *until).copied()
    }

    /// The first day from a day on on which a change may be made.
    #[must_use]
    pub fn day(&self, day: Day) -> Day {
        self.over(day).map_or(day, |(_, until)| until)
    }

    /// The day by which a change must have been made to be in force on a day.
    #[must_use]
    pub fn needed(&self, day: Day) -> Day {
        self.over(day).map_or(day, |(from, _)| from.plus(-1))
    }

    /// Days after `start` on which something is crossed, each moved to the day by which capacity must have come to be there then.
    #[must_use]
    pub fn crossings<'a>(&self, crossing: &'a [Option<u32>], start: Day) -> Cow<'a, [Option<u32>]> {
        if self.spans.is_empty() {
            return Cow::Borrowed(crossing);
        }
        let moved = |day: u32| self.needed(start.plus(day as i32)).since(start).max(0) as u32;
        Cow::Owned(crossing.iter().map(|day| day.map(moved)).collect())
    }
}

/// The first hour from `hour` on that no span holds; spans are in order and apart.
pub(crate) fn thawed(spans: &[(f64, f64)], hour: f64) -> f64 {
    spans.iter().find(|(from, until)| *from <= hour && hour < *until).map_or(hour, |(_, until)| *until)
}

/// Hours of planned work, in order, each put off by freezes: what was due in one begins at its end, and what comes after keeps its distance.
pub(crate) fn put_off(spans: &[(f64, f64)], due: &mut [f64]) {
    for (from, until) in spans {
        if let Some(first) = due.iter().position(|hour| from <= hour && hour < until) {
            let by = until - due[first];
            due[first..].iter_mut().for_each(|hour| *hour += by);
        }
    }
}
