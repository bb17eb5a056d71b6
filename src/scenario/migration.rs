#[cfg(test)]
#[path = "migration_tests.rs"]
mod tests;

use std::borrow::Cow;

use super::Override;
use crate::paths::SamplePaths;
use crate::stream::{Address, Stream};

/// The futures of demand with the moves of a scenario made: on day t of a future, `share × ramp(t)` of the level of each resource of the
/// pool `from` stands in the pool `to`, where ramp rises in a straight line from 0 on the day before the start to 1. Moves come in their order,
/// before any growth, launch or gain: these act on what is in a pool then.
///
/// What moves has the hours of the day of the pool that it comes to. Futures and pools that no move names are as they were.
#[must_use]
pub fn migrated<'a>(paths: &'a SamplePaths, changes: &[Override], stream: Stream) -> Cow<'a, SamplePaths> {
    let moves = |change: &&Override| matches!(change, Override::Migration { .. });
    if !changes.iter().any(|change| moves(&change)) {
        return Cow::Borrowed(paths);
    }
    let mut moved = paths.clone();
    let (width, steps, days) = (moved.series.len() * moved.steps, moved.steps, f64::from(moved.step_days));
    for change in changes {
        let Override::Migration { name, from, to, start, delay_days, share, ramp_days } = change else { continue };
        let of_from = moved.series.iter().enumerate().filter(|(_, series)| series.key.pool() == Some(from.as_str()));
        let pairs: Vec<(usize, usize)> =
            of_from.filter_map(|(i, series)| Some((i, moved.position(to, &series.key.metric)?))).collect();
        let start = f64::from(start.since(moved.start));
        let stream = stream.named("migration");
        for (r, row) in moved.values.chunks_mut(width.max(1)).enumerate() {
            let mut rng = stream.replication(r as u32).at(Address::of(name)).rng();
            let (start, share) = (start + delay_days.sample(&mut rng), share.sample(&mut rng).clamp(0.0, 1.0));
            let ramp = ramp_days.sample(&mut rng).max(1.0);
            for step in 0..steps {
                // the last day of the step: all of a day's move is made on the day
                let day = (step as f64 + 1.0) * days;
                let part = share * ((day - start) / ramp).clamp(0.0, 1.0);
                for (i, j) in &pairs {
                    let goes = row[i * steps + step] * part;
                    row[i * steps + step] -= goes;
                    row[j * steps + step] += goes;
                }
            }
        }
    }
    Cow::Owned(moved)
}
