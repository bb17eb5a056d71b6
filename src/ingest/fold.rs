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
    let bins = (0..count).map(|index| {
        let from = start + index as i64 * step;
        tracks.iter().find_map(|track| within(track, from, from + step))
    });
    Series { key: key.clone(), unit: unit.clone(), start: Timestamp(start), step: Step(step), bins: bins.collect() }
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

/// Civil days from all samples of the day, by the finest track that has at least half of them; `None` for tracks slower than a day.
pub(super) fn daily(key: &SeriesKey, unit: &Unit, tracks: &[Track], zone: &Zone) -> Option<Daily> {
    let tracks: Vec<&Track> = tracks.iter().filter(|track| track.step <= DAY_SECONDS).collect();
    let mut days: BTreeMap<Day, Bin> = BTreeMap::new();
    for track in &tracks {
        let expected = (DAY_SECONDS / track.step) as usize;
        for (day, mut samples, censored) in by_day(track, zone) {
            if samples.len() * 2 >= expected && !days.contains_key(&day) {
                days.extend(bin(&mut samples, censored).map(|bin| (day, bin)));
            }
        }
    }
    let (first, last) = (*days.keys().next()?, *days.keys().next_back()?);
    let bins = (0..=last.since(first)).map(|offset| days.get(&first.plus(offset)).copied()).collect();
    Some(Daily { key: key.clone(), unit: unit.clone(), first, bins })
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
