use std::collections::BTreeMap;

use super::{Quality, Remark, SeriesKey, Severity};
use crate::time::{DAY_SECONDS, Day, Step, Timestamp, Zone};
use crate::units::Unit;

/// What one step of a series holds: averaging alone would destroy the peaks that capacity must carry.
///
/// All values finite, in the unit of the series; `mean <= max`, `p95 <= p99 <= max`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// How many samples it was made of (at least 1).
    pub count: u32,
    /// Their mean.
    pub mean: f64,
    /// Their largest.
    pub max: f64,
    /// Their 95th percentile (type 7).
    pub p95: f64,
    /// Their 99th percentile (type 7).
    pub p99: f64,
    /// Some of its samples were saturated: the true value was at least this.
    pub censored: bool,
}

impl Bin {
    /// A bin of one sample.
    #[must_use]
    pub fn of(value: f64) -> Self {
        Self { count: 1, mean: value, max: value, p95: value, p99: value, censored: false }
    }
}

/// One metric of one entity (or of a pool's sum) on a regular step. A missing bin is a gap, never zero and never NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Whose it is.
    pub key: SeriesKey,
    /// The unit of its values, always a base unit.
    pub unit: Unit,
    /// The instant at which the first bin begins.
    pub start: Timestamp,
    /// The length of a bin.
    pub step: Step,
    /// Its bins in time order; `None` is a gap.
    pub bins: Vec<Option<Bin>>,
}

impl Series {
    /// The instant at which bin `index` begins.
    #[must_use]
    pub fn at(&self, index: usize) -> Timestamp {
        Timestamp(self.start.0 + index as i64 * self.step.0)
    }

    /// The instant just after the last bin.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.at(self.bins.len())
    }

    /// How many bins are gaps.
    #[must_use]
    pub fn gaps(&self) -> usize {
        self.bins.iter().filter(|bin| bin.is_none()).count()
    }
}

/// A series by civil day of the model's zone, each bin made of *all* samples of that day at the source's own step.
#[derive(Debug, Clone, PartialEq)]
pub struct Daily {
    /// Whose it is.
    pub key: SeriesKey,
    /// The unit of its values, always a base unit.
    pub unit: Unit,
    /// The day of the first bin.
    pub first: Day,
    /// One bin a day; `None` is a gap. A day that has under half of its samples is a gap.
    pub bins: Vec<Option<Bin>>,
}

/// Many series in the order of their keys, and what was found while reading them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Panel {
    /// Demand of each pool and resource by key, on an hourly step in UTC (finer sources are folded into it), or on the
    /// source's own step where that is coarser.
    pub series: BTreeMap<SeriesKey, Series>,
    /// The same by civil day; absent where the source's step is longer than a day.
    pub daily: BTreeMap<SeriesKey, Daily>,
    /// One record a source and series, in the order of their names.
    pub quality: Vec<Quality>,
}

impl Panel {
    /// The last day of a series that has a value, up to `as_of`, and the days of its step.
    fn ends(&self, key: &SeriesKey, as_of: Day, zone: &Zone) -> Option<(Day, i32)> {
        if let Some(daily) = self.daily.get(key) {
            let days = daily.bins.iter().enumerate().rev().map(|(i, bin)| (daily.first.plus(i as i32), bin));
            return days.filter(|(day, bin)| bin.is_some() && *day <= as_of).map(|(day, _)| (day, 1)).next();
        }
        let series = self.series.get(key)?;
        let days = series.bins.iter().enumerate().rev().map(|(i, bin)| (zone.civil(series.at(i + 1)).0.plus(-1), bin));
        let last = days.filter(|(day, bin)| bin.is_some() && *day <= as_of).map(|(day, _)| day).next()?;
        Some((last, (series.step.0 / DAY_SECONDS) as i32))
    }

    /// Warns of every series that ends more than a week, and more than its own step, before `as_of`: the plan takes what came since for
    /// granted.
    pub fn tell_stale(&mut self, as_of: Day, zone: &Zone) {
        let keys: Vec<SeriesKey> = self.series.keys().chain(self.daily.keys()).cloned().collect();
        for key in keys {
            let Some((last, step)) = self.ends(&key, as_of, zone) else { continue };
            let past = as_of.since(last);
            if past <= step.max(WEEK_DAYS) {
                continue;
            }
            let named = key.to_string();
            let newest = self.quality.iter_mut().filter(|one| one.series == named).max_by_key(|one| one.last.map(|at| at.0));
            let told = newest.filter(|one| one.remarks.iter().all(|remark| remark.kind != "stale"));
            if let Some(quality) = told {
                let text = format!(
                    "its history ends on {last}, {past} days before the plan begins: demand since then is forecast, not known. Give \
                     newer data, or an earlier `as_of`"
                );
                quality.remarks.push(Remark { severity: Severity::Warning, kind: "stale".to_owned(), text });
            }
        }
    }
}

/// Exports come by the day or by the week.
const WEEK_DAYS: i32 = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_that_ends_more_than_a_week_before_the_plan_is_told_once() {
        let (key, first) = (SeriesKey::demand("web", "cpu"), Day(20_000));
        let daily = Daily { key: key.clone(), unit: Unit::named("cores"), first, bins: vec![Some(Bin::of(1.0)); 30] };
        let told = |as_of: Day| {
            let quality = vec![Quality { series: key.to_string(), ..Quality::default() }];
            let mut panel = Panel { daily: BTreeMap::from([(key.clone(), daily.clone())]), quality, ..Panel::default() };
            panel.tell_stale(as_of, &Zone::utc());
            panel.tell_stale(as_of, &Zone::utc());
            panel.quality.remove(0).remarks
        };
        assert_eq!(told(first.plus(29 + 7)), []);
        let remarks = told(first.plus(29 + 8));
        assert_eq!(remarks.len(), 1);
        assert!(remarks[0].kind == "stale" && remarks[0].text.contains("8 days before"), "{remarks:?}");
        // history after the plan's day is not looked at
        assert_eq!(told(first.plus(10)), []);
    }
}
