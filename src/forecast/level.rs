//! From bins to levels: one number a civil day (or week), the statistic that is planned for.

use super::{Error, Wanted};
use crate::model::Statistic;
use crate::series::{Bin, Panel, SeriesKey};
use crate::time::{DAY_SECONDS, Day, Zone};
use crate::units::Unit;

/// Fewest levels, in days or in weeks, that say anything about a future.
const FEWEST: [usize; 2] = [14, 6];
/// History must be at least this share of the horizon: beyond, the pace of growth is a guess.
const HORIZON_SHARE: f64 = 0.4;

/// The level of a bin.
pub(super) fn statistic(bin: &Bin, statistic: Statistic) -> f64 {
    match statistic {
        Statistic::Mean => bin.mean,
        Statistic::P95 => bin.p95,
        Statistic::P99 => bin.p99,
        Statistic::Max => bin.max,
    }
}

/// Day and level of each day (or coarser step, by its last day) of a demand up to `until`, as they were observed: empty for a demand that
/// the panel does not have.
#[must_use]
pub fn observed_levels(panel: &Panel, key: &SeriesKey, statistic: Statistic, until: Day, zone: &Zone) -> Vec<(Day, f64)> {
    dated(panel, &Wanted { key: key.clone(), statistic }, until, zone).map_or_else(Vec::new, |(_, levels)| levels)
}

/// The newest civil day that any series covers in full.
#[must_use]
pub fn last_full_day(panel: &Panel, zone: &Zone) -> Option<Day> {
    let daily = panel.daily.values().filter_map(|daily| {
        let last = daily.bins.iter().rposition(Option::is_some)?;
        Some(daily.first.plus(last as i32))
    });
    let coarse = panel.series.iter().filter(|(key, _)| !panel.daily.contains_key(key)).filter_map(|(_, series)| {
        let last = series.bins.iter().rposition(Option::is_some)?;
        Some(zone.civil(series.at(last + 1)).0.plus(-1))
    });
    daily.chain(coarse).max()
}

/// The levels of one demand up to `as_of`, oldest first, the last one observed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    pub(super) unit: Unit,
    /// The first day of the first level.
    pub(super) first: Day,
    /// `None` is a gap; the last one is the newest that was observed.
    pub(super) values: Vec<Option<f64>>,
    /// Steps between the last level and `as_of` that were not observed.
    pub(super) trailing_gap: usize,
}

/// Days a step of a run: 1, or 7 when any demand is recorded more coarsely than by the day.
pub(super) fn step_days(panel: &Panel, wanted: &[Wanted]) -> u32 {
    let daily = |one: &Wanted| panel.daily.contains_key(&one.key) || !panel.series.contains_key(&one.key);
    if wanted.iter().all(daily) { 1 } else { 7 }
}

/// Day and level of every bin of a demand up to `as_of`, where a bin is a day or the source's own coarser step.
fn dated(panel: &Panel, wanted: &Wanted, as_of: Day, zone: &Zone) -> Option<(Unit, Vec<(Day, f64)>)> {
    if let Some(daily) = panel.daily.get(&wanted.key) {
        let each = daily.bins.iter().enumerate().filter_map(|(i, bin)| {
            let day = daily.first.plus(i as i32);
            bin.as_ref().filter(|_| day <= as_of).map(|bin| (day, statistic(bin, wanted.statistic)))
        });
        return Some((daily.unit.clone(), each.collect()));
    }
    let series = panel.series.get(&wanted.key)?;
    let each = series.bins.iter().enumerate().filter_map(|(i, bin)| {
        let day = zone.civil(series.at(i + 1)).0.plus(-1);
        bin.as_ref().filter(|_| day <= as_of).map(|bin| (day, statistic(bin, wanted.statistic)))
    });
    Some((series.unit.clone(), each.collect()))
}

/// The levels of one demand on steps of `step_days` that end with `as_of`.
pub(super) fn levels(
    panel: &Panel,
    wanted: &Wanted,
    as_of: Day,
    zone: &Zone,
    (step_days, horizon): (u32, usize),
) -> Result<Levels, Error> {
    let series = wanted.key.to_string();
    let unit_name = if step_days == 1 { "days" } else { "weeks" };
    let fewest = FEWEST[usize::from(step_days > 1)];
    let enough = |ahead: usize| fewest.max((HORIZON_SHARE * ahead as f64).ceil() as usize);
    let required = enough(horizon);
    let Some((unit, dated)) = dated(panel, wanted, as_of, zone) else { return Err(Error::NoSeries { series }) };
    let Some((oldest, _)) = dated.first() else {
        let begins = panel
            .daily
            .get(&wanted.key)
            .and_then(|daily| Some(daily.first.plus(daily.bins.iter().position(Option::is_some)? as i32)));
        if let Some(first) = begins.filter(|first| *first > as_of) {
            return Err(Error::Later { series, first, as_of });
        }
        let seen = panel.daily.get(&wanted.key).map_or(0, |daily| daily.bins.len());
        return Err(Error::NoData { series, seen, required, unit: unit_name });
    };
    let width = step_days as i32;
    let count = (as_of.since(*oldest) / width + 1) as usize;
    let mut values: Vec<Option<f64>> = vec![None; count];
    let mut filled = vec![0_u32; count];
    for (day, level) in &dated {
        let at = count - 1 - (as_of.since(*day) / width) as usize;
        filled[at] += 1;
        values[at] = Some(match (values[at], wanted.statistic) {
            (None, _) => *level,
            (Some(before), Statistic::Mean) => before + (level - before) / f64::from(filled[at]),
            (Some(before), _) => before.max(*level),
        });
    }
    let spans_days = dated.len() > 1 && dated.windows(2).any(|pair| pair[1].0.since(pair[0].0) == 1);
    if step_days > 1 && spans_days && filled[0] < step_days.div_ceil(2) {
        values[0] = None; // a week with under half of its days
    }
    let from = values.iter().position(Option::is_some).unwrap_or(0);
    let values = values.split_off(from);
    let seen = values.iter().flatten().count();
    let last = values.iter().rposition(Option::is_some).unwrap_or(0);
    let trailing_gap = values.len() - 1 - last;
    // what has passed since the last value is forecast through
    let ahead = horizon + trailing_gap;
    if seen < enough(ahead) {
        let carries = ((seen as f64 / HORIZON_SHARE).floor() as usize).checked_sub(trailing_gap);
        return Err(Error::TooShort {
            series,
            seen,
            required: enough(ahead),
            horizon: ahead,
            since: trailing_gap,
            carries: carries.filter(|most| seen >= fewest && *most > 0),
            unit: unit_name,
        });
    }
    let first = as_of.plus(1 - (count - from) as i32 * width);
    Ok(Levels { unit, first, trailing_gap, values: values[..=last].to_vec() })
}

/// The instant just after the newest day that is used, in seconds: bins that end later are not history.
pub(super) fn cut_off(as_of: Day, zone: &Zone) -> i64 {
    zone.midnight(as_of.plus(1)).0.max(i64::from(as_of.0) * DAY_SECONDS)
}
