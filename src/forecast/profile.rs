//! Hours within a day: past days kept whole, as ratios of their level.

use std::collections::BTreeMap;

use super::Wanted;
use super::level::{cut_off, statistic};
use crate::paths::{HOURS, HourProfile};
use crate::series::Panel;
use crate::time::{DAY_SECONDS, Day, Zone};

/// Newest days kept: a year and a week, so that every season and holiday is among them.
const DAYS: i32 = 372;
/// A date is used for all series when each has so many of its hours.
const ENOUGH_HOURS: usize = 18;
/// Fewest dates on which all series are there: two months of each weekday.
const ENOUGH_DATES: usize = 56;

/// The hours of each day: the largest statistic seen in the hour.
type ByDay = BTreeMap<Day, [Option<f64>; HOURS]>;

/// Profiles of all series over the same past dates, and the dates that may be drawn for Monday to Sunday.
pub(super) struct Profiles {
    pub(super) series: Vec<HourProfile>,
    pub(super) choice: [Vec<u32>; 7],
}

/// The profiles of `wanted`. `levels` gives each series' level by day.
pub(super) fn profiles(panel: &Panel, wanted: &[Wanted], levels: &[BTreeMap<Day, f64>], as_of: Day, zone: &Zone) -> Profiles {
    let hourly: Vec<ByDay> = wanted.iter().map(|one| by_day(panel, one, as_of, zone)).collect();
    let dates = dates(&hourly, as_of);
    let series = hourly.iter().zip(levels).map(|(hours, levels)| HourProfile { days: ratios(hours, levels, &dates) }).collect();
    let mut choice: [Vec<u32>; 7] = std::array::from_fn(|_| Vec::new());
    for (i, date) in dates.iter().enumerate() {
        choice[date.weekday()].push(i as u32);
    }
    Profiles { series, choice }
}

fn by_day(panel: &Panel, wanted: &Wanted, as_of: Day, zone: &Zone) -> ByDay {
    let mut days = ByDay::new();
    let Some(series) = panel.series.get(&wanted.key).filter(|series| series.step.0 <= 3_600) else { return days };
    let end = cut_off(as_of, zone);
    let from = end - i64::from(DAYS) * DAY_SECONDS;
    let first = ((from - series.start.0).max(0) / series.step.0) as usize;
    for (index, bin) in series.bins.iter().enumerate().skip(first) {
        let at = series.at(index);
        if at.0 >= end {
            break;
        }
        if let Some(bin) = bin {
            let (day, hour) = zone.civil(at);
            let value = statistic(bin, wanted.statistic);
            let held = &mut days.entry(day).or_insert([None; HOURS])[usize::from(hour)];
            *held = Some(held.map_or(value, |before: f64| before.max(value)));
        }
    }
    days
}

/// The dates on which every series with hours has enough of them; where those are too few, the newest eight weeks.
fn dates(hourly: &[ByDay], as_of: Day) -> Vec<Day> {
    let with_hours: Vec<&ByDay> = hourly.iter().filter(|days| !days.is_empty()).collect();
    let whole = |day: &Day| {
        let seen = |days: &&ByDay| days.get(day).is_some_and(|hours| hours.iter().flatten().count() >= ENOUGH_HOURS);
        with_hours.iter().all(seen)
    };
    let span: Vec<Day> = (0..DAYS).rev().map(|back| as_of.plus(-back)).collect();
    let common: Vec<Day> = span.iter().copied().filter(|day| !with_hours.is_empty() && whole(day)).collect();
    if common.len() >= ENOUGH_DATES { common } else { span[span.len() - ENOUGH_DATES..].to_vec() }
}

/// Hour ÷ level for each date; what is missing takes the median of that hour on that weekday, or of that hour, or 1.
fn ratios(hours: &ByDay, levels: &BTreeMap<Day, f64>, dates: &[Day]) -> Vec<[f32; HOURS]> {
    if hours.is_empty() {
        return vec![[1.0; HOURS]; dates.len()];
    }
    let mut seen: Vec<Vec<f64>> = vec![Vec::new(); 8 * HOURS];
    let ratio = |day: &Day, hour: usize| -> Option<f64> {
        let level = levels.get(day).copied().filter(|level| *level > 0.0)?;
        Some(hours.get(day)?[hour]? / level)
    };
    for day in hours.keys() {
        for hour in 0..HOURS {
            if let Some(ratio) = ratio(day, hour) {
                seen[day.weekday() * HOURS + hour].push(ratio);
                seen[7 * HOURS + hour].push(ratio);
            }
        }
    }
    let medians: Vec<Option<f64>> = seen.iter().map(|ratios| crate::stats::percentile(ratios, 0.5)).collect();
    let usual = |day: &Day, hour: usize| medians[day.weekday() * HOURS + hour].or(medians[7 * HOURS + hour]).unwrap_or(1.0);
    let at = |day: &Day| std::array::from_fn(|hour| ratio(day, hour).unwrap_or_else(|| usual(day, hour)) as f32);
    dates.iter().map(at).collect()
}
