//! Tracks of one demand, fine and coarse, to hourly bins and daily bins.

use std::collections::BTreeMap;

use super::combine::Track;
use crate::series::{Bin, Daily, Series, SeriesKey};
use crate::stats::percentile_of_sorted;
use crate::time::{DAY_SECONDS, Day, Step, Timestamp, Zone};
use crate::units::Unit;

const HOUR: i64 = 3_600;

/// One bin of samples; `None` when there are none.
fn bin(samples: &mut [f64], censored: bool) -> Option<Bin> {
    samples.sort_by(f64::total_cmp);
    let last = *samples.last()?;
    Some(Bin {
        count: samples.len() as u32,
        mean: (samples.iter().sum::<f64>() / samples.len() as f64).min(last),
        max: last,
        p95: percentile_of_sorted(samples, 0.95)?,
        p99: percentile_of_sorted(samples, 0.99)?,
        censored,
    })
}

/// The hourly series (or on the finest track's step where that is longer): in each bin the finest track that has samples.
pub(super) fn series(key: &SeriesKey, unit: &Unit, tracks: &[Track]) -> Series {
    let step = tracks.iter().map(|track| track.step).min().unwrap_or(HOUR).max(HOUR);
    let first = tracks.iter().map(|track| track.start).min().unwrap_or(0);
    let anchor = if step > DAY_SECONDS { first.rem_euclid(step) } else { 0 };
    let start = (first - anchor).div_euclid(step) * step + anchor;
    let end = tracks.iter().map(|track| track.start + track.values.len() as i64 * track.step).max().unwrap_or(start);
    let count = ((end - start) as f64 / step as f64).ceil() as usize;
    let column = |track: &Track| -> Vec<Option<Bin>> {
        (0..count as i64).map(|index| within(track, start + index * step, start + (index + 1) * step)).collect()
    };
    let bins = tracks.iter().map(column).reduce(|fine, coarse| {
        let raise = Raise::of(fine.iter().zip(&coarse).filter_map(|(fine, coarse)| Some(((*fine)?, (*coarse)?))));
        fine.into_iter().zip(coarse).map(|(fine, coarse)| fine.or_else(|| coarse.map(|bin| raise.of_bin(bin)))).collect()
    });
    Series { key: key.clone(), unit: unit.clone(), start: Timestamp(start), step: Step(step), bins: bins.unwrap_or_default() }
}

/// How much higher the peaks of a coarse track would be, seen as finely as another: the median over bins that both have of
/// fine ÷ coarse, by statistic. A p99 of hourly averages is lower than that of 5-minute averages, and a history that changes from
/// one to the other must not look like growth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Raise {
    p95: f64,
    pub p99: f64,
    max: f64,
    /// Bins that both have.
    pub common: usize,
}

/// Fewest common bins from which a ratio is taken.
const COMMON: usize = 7;

impl Raise {
    fn of(pairs: impl Iterator<Item = (Bin, Bin)>) -> Self {
        let pairs: Vec<(Bin, Bin)> = pairs.filter(|(_, coarse)| coarse.p95 > 0.0).collect();
        let ratio = |of: fn(&Bin) -> f64| {
            let ratios: Vec<f64> = pairs.iter().map(|(fine, coarse)| of(fine) / of(coarse)).collect();
            crate::stats::percentile(&ratios, 0.5).filter(|_| pairs.len() >= COMMON).unwrap_or(1.0)
        };
        Self { p95: ratio(|bin| bin.p95), p99: ratio(|bin| bin.p99), max: ratio(|bin| bin.max), common: pairs.len() }
    }

    fn of_bin(self, bin: Bin) -> Bin {
        let p95 = (bin.p95 * self.p95).max(bin.mean);
        let p99 = (bin.p99 * self.p99).max(p95);
        Bin { p95, p99, max: (bin.max * self.max).max(p99), ..bin }
    }
}

/// The samples of a track in `from..until`, as a bin.
fn within(track: &Track, from: i64, until: i64) -> Option<Bin> {
    let steps = |seconds: i64| (seconds.max(0) + track.step - 1) / track.step;
    let index = |at: i64| steps(at - track.start).min(track.values.len() as i64) as usize;
    let range = index(from)..index(until);
    let mut samples: Vec<f64> = track.values[range.clone()].iter().copied().filter(|value| !value.is_nan()).collect();
    let censored = track.saturated[range].iter().any(|saturated| *saturated);
    bin(&mut samples, censored)
}

/// Civil days from all samples of the day, by the finest track that has at least half of them, and for each coarser track by how
/// much its days were raised to compare; `None` for tracks slower than a day.
pub(super) fn daily(key: &SeriesKey, unit: &Unit, tracks: &[Track], zone: &Zone) -> Option<(Daily, Vec<(i64, Raise)>)> {
    let mut days: BTreeMap<Day, Bin> = BTreeMap::new();
    let mut raises = Vec::new();
    for track in tracks.iter().filter(|track| track.step <= DAY_SECONDS) {
        let expected = (DAY_SECONDS / track.step) as usize;
        let enough = by_day(track, zone).into_iter().filter(|(_, samples, _)| samples.len() * 2 >= expected);
        let own: Vec<(Day, Bin)> =
            enough.filter_map(|(day, mut samples, censored)| Some((day, bin(&mut samples, censored)?))).collect();
        let raise = Raise::of(own.iter().filter_map(|(day, coarse)| Some((*days.get(day)?, *coarse))));
        raises.push((track.step, raise));
        for (day, bin) in own {
            days.entry(day).or_insert_with(|| raise.of_bin(bin));
        }
    }
    let (first, last) = (*days.keys().next()?, *days.keys().next_back()?);
    let bins = (0..=last.since(first)).map(|offset| days.get(&first.plus(offset)).copied()).collect();
    Some((Daily { key: key.clone(), unit: unit.clone(), first, bins }, raises))
}

fn by_day(track: &Track, zone: &Zone) -> Vec<(Day, Vec<f64>, bool)> {
    let mut days: Vec<(Day, Vec<f64>, bool)> = Vec::new();
    for (index, value) in track.values.iter().enumerate() {
        if value.is_nan() {
            continue;
        }
        let at = track.start + index as i64 * track.step;
        let day = if track.step == DAY_SECONDS { Day(at.div_euclid(DAY_SECONDS) as i32) } else { zone.civil(Timestamp(at)).0 };
        match days.last_mut().filter(|last| last.0 == day) {
            Some(last) => {
                last.1.push(*value);
                last.2 |= track.saturated[index];
            }
            None => days.push((day, vec![*value], track.saturated[index])),
        }
    }
    days
}
